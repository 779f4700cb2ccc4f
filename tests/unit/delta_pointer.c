/* _last_checkpoint and v2 checkpoints that we write. */
#include "unit/delta_help.h"

#include "delta/checkpoint.h"
#include "delta/log.h"

#include <unistd.h>

/* spec: delta "JSON checksum", "How to URL encode keys and string values" */
static void the_checksum_is_that_of_the_protocols_example(void **state)
{
    (void)state;
    char sum[33];
    AUTO(json)
    j = text_json("{\"k0\":\"'v 0'\",\"checksum\":\"adsaskfljadfkjadfkj\",\"k1\":{\"k2\":2,\"k3\":"
                  "[\"v3\",[1,2],{\"k4\":\"v4\",\"k5\":[\"v5\",\"v6\",\"v7\"]}]}}");
    json_checksum(j, sum);
    assert_string_equal(sum, "6a92d155a59bf2eecbd4b4ec7fd1f875");
    assert_non_null(json_get(j, "checksum"));
}

static cx_code check_pointer(cx *c, void *self, const char *relative, int64_t size,
                             int64_t mtime_ms)
{
    const char *root = ((const char **)self)[0];
    AUTO_CLEAR(buf) text = {0};
    AUTO(json) j = NULL;
    char sum[33];
    (void)size, (void)mtime_ms;
    if (!text_ends(relative, "/_last_checkpoint"))
        return CX_OK;
    TRY(fs_read(c, fs_join(c, root, relative), BUF_ANY, &text));
    if (!text.length || json_parse(c, text.data, text.length, relative, &j) != CX_OK) {
        cx_forgive(c); /* one of them is damaged on purpose */
        return CX_OK;
    }
    const char *wanted = json_get_str(j, "checksum", NULL);
    json_checksum(j, sum);
    if (wanted && strcmp(sum, wanted) != 0)
        fail_msg("%s: %s, not %s", relative, sum, wanted);
    return CX_OK;
}

/* spec: delta "JSON checksum" */
static void the_checksums_of_other_writers_are_ours(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = getenv("CLXS_GOLDEN");
    root = root ? root : "../shared/golden";
    if (fs_is_dir(root))
        OK(fs_walk(&c, root, check_pointer, &root));
    else
        print_message("skipped: there are no golden tables at %s\n", root);
    cx_clear(&c);
}

#define V2_PROTOCOL                                                 \
    "{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7," \
    "\"readerFeatures\":[\"v2Checkpoint\"],\"writerFeatures\":[\"v2Checkpoint\"]}}"

static void make_v2(cx *c, const char *root, int files)
{
    AUTO(delta_table) t = NULL;
    AUTO(json) actions = json_array();
    AUTO(json) none = json_object();
    int64_t version;
    assert_int_equal(delta_open(c, root, &lines_parquet, &t), CX_OK);
    assert_int_equal(
        COMMIT(
            c, t, -1, true, &version, V2_PROTOCOL,
            meta_with(c, "{\"delta.checkpointPolicy\":\"v2\",\"delta.checkpointInterval\":\"2\"}"),
            "{\"txn\":{\"appId\":\"x\",\"version\":7}}"),
        CX_OK);
    for (int i = 0; i < files; i++)
        json_array_append_new(actions, text_json(add_of(c, cx_fmt(c, "f%d", i))));
    const delta_commit m = {
        .operation = "WRITE", .parameters = none, .read_version = 0, .actions = actions};
    assert_int_equal(delta_commit_write(c, t, &m, &version), CX_OK);
    assert_int_equal(COMMIT(c, t, 1, false, &version, remove_of(c, "f0")), CX_OK);
}

static json *pointer_of(cx *c, const char *root)
{
    AUTO_CLEAR(buf) text = {0};
    assert_int_equal(fs_read(c, fs_join(c, root, "_delta_log/_last_checkpoint"), BUF_ANY, &text),
                     CX_OK);
    return text_json(buf_text(&text));
}

static size_t files_from_checkpoint(cx *c, const char *root)
{
    AUTO(delta_table) t = NULL;
    AUTO(delta_snapshot) s = NULL;
    for (int v = 0; v < 2; v++)
        unlink(cx_fmt(c, "%s/_delta_log/%020d.json", root, v));
    assert_int_equal(delta_open(c, root, &lines_parquet, &t), CX_OK);
    assert_int_equal(delta_snapshot_load(c, t, DELTA_LATEST, &s), CX_OK);
    assert_int_equal(delta_txn_version(c, s, "x"), 7);
    return delta_file_count(s);
}

/* spec: delta "V2 Spec", "UUID-named checkpoint", "Sidecar Files", "Sidecar File Information",
 * "Checkpoint Metadata", "Last Checkpoint File Schema" */
static void many_files_go_to_sidecars(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    char sum[33];
    const char *root = scratch(&c);
    make_v2(&c, root, 1500);
    AUTO(json) j = pointer_of(&c, root);
    const json *v2 = json_get(j, "v2Checkpoint");
    const json *sidecar = json_array_get(json_get(v2, "sidecarFiles"), 0);
    const char *manifest =
        fs_join(&c, root, cx_fmt(&c, "_delta_log/%s", json_get_str(v2, "path", "")));
    const char *beside =
        fs_join(&c, root, cx_fmt(&c, "_delta_log/_sidecars/%s", json_get_str(sidecar, "path", "")));
    assert_int_equal(json_get_int(j, "numOfAddFiles", -1), 1499);
    assert_int_equal(json_get_int(j, "size", -1), 1499 + 4);
    assert_true(text_ends(manifest, ".parquet"));
    assert_int_equal(fs_size(manifest), json_get_int(v2, "sizeInBytes", -1));
    assert_int_equal(fs_size(beside), json_get_int(sidecar, "sizeInBytes", -1));
    assert_int_equal(json_array_size(json_get(v2, "nonFileActions")), 4);
    json_checksum(j, sum);
    assert_string_equal(sum, json_get_str(j, "checksum", ""));
    AUTO_CLEAR(buf) text = {0};
    OK(fs_read(&c, manifest, BUF_ANY, &text));
    assert_null(strstr(text.data, "{\"add\""));
    assert_int_equal(files_from_checkpoint(&c, root), 1499);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

static void few_files_stay_in_the_manifest(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    make_v2(&c, root, 20);
    AUTO(json) j = pointer_of(&c, root);
    const json *v2 = json_get(j, "v2Checkpoint");
    assert_true(text_ends(json_get_str(v2, "path", ""), ".json"));
    assert_int_equal(json_array_size(json_get(v2, "sidecarFiles")), 0);
    assert_int_equal(files_from_checkpoint(&c, root), 19);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

/* spec: delta "Last Checkpoint File" */
static void a_pointer_that_was_changed_is_not_followed(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    AUTO(delta_table) t = NULL;
    AUTO(delta_snapshot) s = NULL;
    make_v2(&c, root, 20);
    AUTO(json) j = pointer_of(&c, root);
    json_object_set_new(j, "version", json_integer(1));
    AUTO_FREE char *text = json_text(j);
    write_text(&c, fs_join(&c, root, "_delta_log/_last_checkpoint"), text);
    OK(delta_open(&c, root, &lines_parquet, &t));
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &s));
    assert_int_equal(delta_version(s), 2);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

/* ---- statistics ------------------------------------------------------------------------- */

typedef struct {
    char lines[4096];
    json *stats, *values;
} seen;

static cx_code see(cx *c, void *self, const char *path, str lines, const delta_rows_shape *shape)
{
    seen *s = self;
    snprintf(s->lines, sizeof s->lines, "%.*s", (int)lines.length, lines.data);
    s->stats = json_incref((json *)shape->stats);
    s->values = json_incref((json *)shape->partition_values);
    return fs_replace(c, path, lines.data, lines.length, false);
}

#define COLUMN(name, type, physical)                    \
    "{\\\"name\\\":\\\"" name "\\\",\\\"type\\\":" type \
    ",\\\"nullable\\\":true,\\\"metadata\\\":{"         \
    "\\\"delta.columnMapping.physicalName\\\":\\\"" physical "\\\"}}"
#define PARTED                                                                                                        \
    "{\"metaData\":{\"id\":\"t1\",\"format\":{\"provider\":\"parquet\",\"options\":{}},"                              \
    "\"schemaString\":\"{\\\"type\\\":\\\"struct\\\",\\\"fields\\\":[" COLUMN("id", "\\\"long\\\"", "c1") "," COLUMN( \
        "ok", "\\\"boolean\\\"",                                                                                      \
        "c2") "," COLUMN("p", "\\\"date\\\"",                                                                         \
                         "c3") "," COLUMN("s",                                                                        \
                                          "{\\\"type\\\":\\\"struct\\\",\\\"fields\\\":[" COLUMN(                     \
                                              "t", "\\\"timestamp\\\"", "c5") "]}",                                   \
                                          "c4") "]}\",\"partitionColumns\":[\"p\"],"                                  \
                                                "\"configuration\":{\"delta.checkpointInterval\":\"1\","              \
                                                "\"delta.checkpoint.writeStatsAsStruct\":\"true\","                   \
                                                "\"delta.checkpoint.writeStatsAsJson\":\"false\"},\"createdTime\":1}}"

/* spec: delta "Checkpoint Schema", "Per-file Statistics" */
static void statistics_are_written_as_the_table_says(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    seen what = {0};
    const delta_parquet parquet = {NULL, see, &what};
    AUTO(delta_table) t = NULL;
    int64_t version;
    OK(delta_open(&c, root, &parquet, &t));
    OK(COMMIT(&c, t, -1, true, &version, PROTOCOL, PARTED));
    OK(COMMIT(&c, t, 0, true, &version,
              "{\"add\":{\"path\":\"a\",\"partitionValues\":{\"c3\":\"2020-01-01\"},\"size\":3,"
              "\"modificationTime\":1,\"dataChange\":true,\"stats\":\"{\\\"numRecords\\\":5,"
              "\\\"minValues\\\":{\\\"c1\\\":1}}\"}}"));
    AUTO_FREE char *stats = json_canonical(what.stats);
    AUTO_FREE char *values = json_canonical(what.values);
    assert_non_null(
        strstr(what.lines, "\"stats_parsed\":{\"numRecords\":5,\"minValues\":{\"c1\":1}}"));
    assert_non_null(strstr(what.lines, "\"partitionValues_parsed\":{\"c3\":\"2020-01-01\"}"));
    assert_null(strstr(what.lines, "\"stats\":"));
    const json *fields = json_get(what.stats, "fields");
    const char *const names[] = {"numRecords", "minValues", "maxValues", "nullCount",
                                 "tightBounds"};
    for (size_t i = 0; i < CX_COUNT(names); i++)
        assert_string_equal(json_get_str(json_array_get(fields, i), "name", ""), names[i]);
    const json *bounds = json_get(json_get(json_array_get(fields, 1), "type"), "fields");
    const json *nulls = json_get(json_get(json_array_get(fields, 3), "type"), "fields");
    assert_int_equal(json_array_size(bounds), 2); /* no booleans */
    assert_string_equal(json_get_str(json_array_get(bounds, 1), "name", ""), "c4");
    assert_int_equal(json_array_size(nulls), 3);
    assert_non_null(strstr(values, "\"name\":\"c3\""));
    json_decref(what.stats);
    json_decref(what.values);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checksum_is_that_of_the_protocols_example),
        cmocka_unit_test(the_checksums_of_other_writers_are_ours),
        cmocka_unit_test(many_files_go_to_sidecars),
        cmocka_unit_test(few_files_stay_in_the_manifest),
        cmocka_unit_test(a_pointer_that_was_changed_is_not_followed),
        cmocka_unit_test(statistics_are_written_as_the_table_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
