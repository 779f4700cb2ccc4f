/* Commits of the golden tables, and a few of our own, as seeds. */
#pragma once

#include "fuzz/fuzz.h"

static const char fuzz_commit[] __attribute__((unused)) =
    "{\"commitInfo\":{\"timestamp\":1,\"inCommitTimestamp\":2,\"operation\":\"WRITE\",\"operationParameters\":{\"a\":\"[]\"}}}\n"
    "{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,\"readerFeatures\":[\"deletionVectors\"],"
    "\"writerFeatures\":[\"deletionVectors\",\"inCommitTimestamp\"]}}\n"
    "{\"metaData\":{\"id\":\"t\",\"format\":{\"provider\":\"parquet\",\"options\":{}},\"schemaString\":"
    "\"{\\\"type\\\":\\\"struct\\\",\\\"fields\\\":[{\\\"name\\\":\\\"a\\\",\\\"type\\\":\\\"long\\\","
    "\\\"nullable\\\":true,\\\"metadata\\\":{}}]}\",\"partitionColumns\":[\"a\"],"
    "\"configuration\":{\"delta.enableInCommitTimestamps\":\"true\"}}}\n"
    "{\"add\":{\"path\":\"a=%25/\\u00e9.parquet\",\"partitionValues\":{\"a\":\"1\",\"b\":null},\"size\":3,"
    "\"modificationTime\":4,\"dataChange\":true,\"stats\":\"{\\\"numRecords\\\":5,\\\"minValues\\\":{\\\"a\\\":1}}\","
    "\"tags\":{\"k\":\"v\"},\"deletionVector\":{\"storageType\":\"i\",\"pathOrInlineDv\":"
    "\"^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L\",\"sizeInBytes\":44,\"cardinality\":6}}}\n"
    "{\"add\":{\"path\":\"b\",\"partitionValues\":[{\"key\":\"a\",\"value\":\"\"}],\"size\":\"3\",\"stats_parsed\":{\"numRecords\":7}}}\n"
    "{\"remove\":{\"path\":\"file:///x/b\",\"deletionTimestamp\":1,\"dataChange\":true}}\n"
    "{\"cdc\":{\"path\":\"_change_data/c\",\"size\":1}}\n"
    "{\"txn\":{\"appId\":\"x\",\"version\":3}}\n"
    "{\"domainMetadata\":{\"domain\":\"d\",\"configuration\":\"\",\"removed\":false}}\n"
    "{\"checkpointMetadata\":{\"version\":1}}\n{\"sidecar\":{\"path\":\"s.parquet\",\"sizeInBytes\":1}}\n";

typedef void (*fuzz_commits_seed)(cx *c, const char *log_folder);

/* Calls seed for the log of each golden table. */
static inline void fuzz_golden_logs(cx *c, fuzz_commits_seed seed)
{
    const char *root = fuzz_golden();
    if (!root)
        return;
    static const char *const kinds[][2] = {{"more", ""}, {"tables", "delta"}};
    for (size_t k = 0; k < CX_COUNT(kinds); k++) {
        const char *folder = fs_join(c, root, kinds[k][0]);
        struct dirent **names = NULL;
        const int n = scandir(folder, &names, NULL, alphasort);
        for (int i = 0; i < n; i++) {
            if (names[i]->d_name[0] != '.')
                seed(c, cx_fmt(c, "%s/%s/%s/_delta_log", folder, names[i]->d_name, kinds[k][1]));
            free(names[i]);
        }
        free(names);
    }
}

/* Appends the text of a log's file, and says whether it was there. */
static inline bool fuzz_add_file(cx *c, const char *path, buf *out)
{
    AUTO_CLEAR(buf) text = {0};
    const bool there = fs_read(c, path, 1 << 20, &text) == CX_OK;
    cx_forgive(c);
    if (there)
        buf_add(out, buf_text(&text), text.length);
    return there;
}
