/* Sections of the protocol that say what a reader must bear and a writer must refuse, one small
 * test each. */
#include "delta_help.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#define SCHEMA_OF(type)                                                                  \
    "{\\\"type\\\":\\\"struct\\\",\\\"fields\\\":[{\\\"name\\\":\\\"v\\\",\\\"type\\\":" \
    "\\\"" type "\\\",\\\"nullable\\\":true,\\\"metadata\\\":{}}]}"

/* A table of version 0: this protocol, type of column v, configuration. */
static void make(cx *c, const char *root, const char *protocol, const char *schema,
                 const char *configuration)
{
    const char *text = cx_fmt(
        c,
        "{\"commitInfo\":{\"timestamp\":1,\"operation\":\"WRITE\",\"operationParameters\":{}}}\n"
        "{\"protocol\":%s}\n{\"metaData\":{\"id\":\"t\",\"format\":{\"provider\":\"parquet\","
        "\"options\":{}},\"schemaString\":\"%s\",\"partitionColumns\":[],\"configuration\":%s}}\n"
        "{\"add\":{\"path\":\"f.parquet\",\"partitionValues\":{},\"size\":3,"
        "\"modificationTime\":1,\"dataChange\":true,\"stats\":\"{\\\"numRecords\\\":5}\"}}\n",
        protocol, schema, configuration);
    write_text(c, cx_fmt(c, "%s/_delta_log/%020d.json", root, 0), text);
    write_text(c, fs_join(c, root, "f.parquet"), "abc");
}

#define FEATURES(reader, writer)                                                 \
    "{\"minReaderVersion\":3,\"minWriterVersion\":7,\"readerFeatures\":[" reader \
    "],\"writerFeatures\":[" writer "]}"
#define WRITER(writer) \
    "{\"minReaderVersion\":1,\"minWriterVersion\":7,\"writerFeatures\":[" writer "]}"

static delta_table *opened(cx *c, const char *root)
{
    delta_table *t = NULL;
    assert_int_equal(delta_open(c, root, &lines_parquet, &t), CX_OK);
    return t;
}

/* Readable, and refused for writing in words that have the feature's name. */
static void reads_and_does_not_write(const char *protocol, const char *schema,
                                     const char *configuration, const char *feature)
{
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    make(&c, root, protocol, schema, configuration);
    AUTO(delta_table) t = opened(&c, root);
    AUTO(delta_snapshot) s = NULL;
    int64_t version;
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &s));
    assert_int_equal(delta_file_count(s), 1);
    assert_int_equal(delta_check_writable(&c, s), CX_UNSUPPORTED);
    assert_string_equal(c.error.condition, "DELTA_UNSUPPORTED_FEATURES_FOR_WRITE");
    assert_non_null(strstr(c.error.message, feature));
    assert_int_equal(COMMIT(&c, t, 0, true, &version, add_of(&c, "g.parquet")), CX_UNSUPPORTED);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

static void is_not_read(const char *feature)
{
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    make(&c, root,
         cx_fmt(&c,
                "{\"minReaderVersion\":3,\"minWriterVersion\":7,\"readerFeatures\":[\"%s\"],"
                "\"writerFeatures\":[\"%s\"]}",
                feature, feature),
         SCHEMA_OF("long"), "{}");
    AUTO(delta_table) t = opened(&c, root);
    AUTO(delta_snapshot) s = NULL;
    assert_int_equal(delta_snapshot_load(&c, t, DELTA_LATEST, &s), CX_UNSUPPORTED);
    assert_string_equal(c.error.condition, "DELTA_UNSUPPORTED_FEATURES_FOR_READ");
    assert_non_null(strstr(c.error.message, feature));
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

/* spec: delta "Iceberg Compatibility V1", "Iceberg Compatibility V2" */
static void a_table_that_promises_iceberg_is_read_and_not_written(void **state)
{
    (void)state;
    reads_and_does_not_write(WRITER("\"icebergCompatV1\""), SCHEMA_OF("long"),
                             "{\"delta.enableIcebergCompatV1\":\"true\"}", "icebergCompatV1");
    reads_and_does_not_write(WRITER("\"icebergCompatV2\""), SCHEMA_OF("long"),
                             "{\"delta.enableIcebergCompatV2\":\"true\"}", "icebergCompatV2");
}

/* spec: delta "Variant Data Type", "Variant Type" */
static void a_table_with_variants_is_read_and_not_written(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    AUTO(json) type = NULL;
    reads_and_does_not_write(FEATURES("\"variantType\"", "\"variantType\""), SCHEMA_OF("variant"),
                             "{}", "variantType");
    OK(delta_type_parse(&c, "variant", &type));
    assert_string_equal(delta_type_sql(&c, type), "variant");
    cx_clear(&c);
}

/* spec: delta "Variant Shredding", "Catalog-managed tables", "Valid Feature Names in Table
 * Features" */
static void features_that_change_what_files_mean_are_refused_by_their_names(void **state)
{
    (void)state;
    is_not_read("variantShredding");
    is_not_read("catalogManaged");
    is_not_read("somethingOfTheFuture");
}

/* spec: delta "Reader Requirements for Vacuum Protocol Check", "VACUUM Protocol Check" */
static void a_reader_need_not_care_for_the_vacuum_check(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    make(&c, root, FEATURES("\"vacuumProtocolCheck\"", "\"vacuumProtocolCheck\""),
         SCHEMA_OF("long"), "{}");
    AUTO(delta_table) t = opened(&c, root);
    AUTO(delta_snapshot) s = NULL;
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &s));
    assert_int_equal(delta_file_count(s), 1);
    OK(delta_check_writable(&c, s));
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

/* spec: delta "JSON Example 2 — On Disk with Absolute Path", "Deletion Vector Descriptor Schema" */
static void a_vector_at_an_absolute_path_is_found(void **state)
{
    (void)state;
    static const uint64_t rows[] = {0, 4};
    cx c;
    cx_init(&c);
    const char *root = scratch(&c), *other = fs_join(&c, root, "else where");
    make_table(&c, fs_join(&c, root, "t"), 1);
    make_table(&c, other, 0);
    AUTO(delta_table) t = opened(&c, other);
    delta_dv dv;
    AUTO_FREE uint64_t *got = NULL;
    size_t n;
    char *path = NULL;
    OK(delta_dv_write(&c, t, &(delta_rows){rows, 2}, 1, &dv));
    assert_string_equal(dv.storage_type, "u");
    /* The one file in that folder that is no log. */
    DIR *d = opendir(other);
    for (struct dirent *e; (e = readdir(d));)
        if (text_starts(e->d_name, "deletion_vector_"))
            path = fs_join(&c, other, e->d_name);
    closedir(d);
    assert_non_null(path);
    dv.storage_type = "p";
    dv.path_or_inline = cx_fmt(&c, "file://%s/else%%20where/%s", root, strrchr(path, '/') + 1);
    AUTO(delta_snapshot) s = load_at(&c, fs_join(&c, root, "t"), -1);
    const delta_file f = {.path = "f0.parquet", .dv = &dv};
    OK(delta_dv_rows(&c, s, &f, &got, &n));
    assert_int_equal(n, 2);
    assert_int_equal(got[1], 4);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

static void set_mtime(cx *c, const char *root, int version, int64_t seconds)
{
    const struct timespec at = {.tv_sec = seconds};
    const char *path = cx_fmt(c, "%s/_delta_log/%020d.json", root, version);
    assert_int_equal(utimensat(AT_FDCWD, path, (struct timespec[]){at, at}, 0), 0);
}

/* spec: delta "Recommendations for Readers of Tables with In-Commit Timestamps" */
static void travel_goes_by_the_time_in_the_commit_and_not_by_the_files(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    AUTO(delta_table) t = opened(&c, root);
    int64_t version, first, second;
    OK(COMMIT(&c, t, -1, true, &version, "{\"protocol\":" WRITER("\"inCommitTimestamp\"") "}",
              meta_with(&c, "{\"delta.enableInCommitTimestamps\":\"true\"}")));
    cx_sleep_ms(&c, 5);
    OK(COMMIT(&c, t, 0, true, &version, add_of(&c, "a")));
    set_mtime(&c, root, 0, 2000000000); /* copied about: the files' times are wrong */
    set_mtime(&c, root, 1, 1000000000);
    AUTO(delta_snapshot) a = load_at(&c, root, 0);
    AUTO(delta_snapshot) b = load_at(&c, root, 1);
    first = delta_timestamp_ms(a);
    second = delta_timestamp_ms(b);
    assert_true(first < second && second < INT64_C(2000000000000));
    AUTO(delta_snapshot) at_first = NULL;
    AUTO(delta_snapshot) at_second = NULL;
    OK(delta_snapshot_load(&c, t, (delta_at){-1, second * 1000 - 1}, &at_first));
    assert_int_equal(delta_version(at_first), 0);
    OK(delta_snapshot_load(&c, t, (delta_at){-1, second * 1000}, &at_second));
    assert_int_equal(delta_version(at_second), 1);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

#define V2 FEATURES("\"v2Checkpoint\"", "\"v2Checkpoint\"")

/* The state of version 0 and one file more, so that it tells where it was read from. */
static const char *checkpoint_lines(cx *c, bool v2)
{
    return cx_fmt(c,
                  "%s{\"protocol\":" V2 "}\n{\"metaData\":{\"id\":\"t\",\"format\":{\"provider\":"
                  "\"parquet\",\"options\":{}},\"schemaString\":\"" SCHEMA_OF(
                      "long") "\",\"partitionColumns\":[],\"configuration\":{}}}\n%s\n%s\n",
                  v2 ? "{\"checkpointMetadata\":{\"version\":0}}\n" : "", add_of(c, "f.parquet"),
                  add_of(c, "only-in-the-checkpoint.parquet"));
}

static size_t files_with_checkpoint(const char *name, const char *(*lines)(cx *, bool), bool v2)
{
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    make(&c, root, V2, SCHEMA_OF("long"), "{}");
    write_text(&c, cx_fmt(&c, "%s/_delta_log/%s", root, name), lines(&c, v2));
    AUTO(delta_table) t = opened(&c, root);
    AUTO(delta_snapshot) s = NULL;
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &s));
    const size_t n = delta_file_count(s);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
    return n;
}

/* spec: delta "Allowed combinations for `checkpoint spec` <-> `checkpoint file naming`",
 * "Handling Backward compatibility while moving to UUID-named v2 Checkpoints" */
static void each_content_is_read_under_each_name_that_it_may_have(void **state)
{
    (void)state;
    static const char classic[] = "00000000000000000000.checkpoint.parquet";
    static const char uuid[] =
        "00000000000000000000.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json";
    assert_int_equal(files_with_checkpoint(classic, checkpoint_lines, false), 2);
    assert_int_equal(files_with_checkpoint(classic, checkpoint_lines, true), 2);
    assert_int_equal(files_with_checkpoint(uuid, checkpoint_lines, true), 2);
    /* A set that lacks a part is none. */
    assert_int_equal(
        files_with_checkpoint("00000000000000000000.checkpoint.0000000001.0000000002.parquet",
                              checkpoint_lines, false),
        1);
}

/* spec: delta "File Size Histogram Schema", "Version Checksum File" */
static void a_histogram_in_a_checksum_file_is_borne(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    make(&c, root, "{\"minReaderVersion\":1,\"minWriterVersion\":2}", SCHEMA_OF("long"), "{}");
    write_text(&c, fs_join(&c, root, "_delta_log/00000000000000000000.crc"),
               "{\"tableSizeBytes\":3,\"numFiles\":1,\"numMetadata\":1,\"numProtocol\":1,"
               "\"fileSizeHistogram\":{\"sortedBinBoundaries\":[0,8192],\"fileCounts\":[1,0],"
               "\"totalBytes\":[3,0]}}");
    AUTO(delta_table) t = opened(&c, root);
    AUTO(delta_snapshot) s = NULL;
    int64_t version;
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &s));
    assert_int_equal(delta_file_count(s), 1);
    OK(COMMIT(&c, t, 0, true, &version, add_of(&c, "g.parquet")));
    assert_int_equal(version, 1);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_that_promises_iceberg_is_read_and_not_written),
        cmocka_unit_test(a_table_with_variants_is_read_and_not_written),
        cmocka_unit_test(features_that_change_what_files_mean_are_refused_by_their_names),
        cmocka_unit_test(a_reader_need_not_care_for_the_vacuum_check),
        cmocka_unit_test(a_vector_at_an_absolute_path_is_found),
        cmocka_unit_test(travel_goes_by_the_time_in_the_commit_and_not_by_the_files),
        cmocka_unit_test(each_content_is_read_under_each_name_that_it_may_have),
        cmocka_unit_test(a_histogram_in_a_checksum_file_is_borne),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
