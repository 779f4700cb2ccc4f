/* Tables that Spark wrote: what a snapshot of them holds, and why some are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fs.h"
#include "delta/delta.h"

#include <dirent.h>

static const char *golden(cx *c)
{
    const char *root = getenv("CLXS_GOLDEN");
    if (!root)
        root = "../shared/golden";
    if (fs_is_dir(root))
        return cx_dup(c, root);
    print_message("skipped: there are no golden tables at %s\n", root);
    return NULL;
}

static cx_code load(cx *c, const char *path, delta_snapshot **out)
{
    AUTO(delta_table) t = NULL;
    TRY(delta_open(c, path, NULL, &t));
    return delta_snapshot_load(c, t, DELTA_LATEST, out);
}

typedef struct {
    const char *path;
    int64_t version;
    size_t files;
} known;

/* Counted by another program from the JSON commits. */
static const known tables[] = {
#include "delta_golden_counts.inc"
};

/* spec: delta "Action Reconciliation", "Checkpoints", "Log Compaction Files",
 * "Version Checksum File" */
static void each_table_has_the_version_and_the_number_of_files_that_its_log_says(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = golden(&c);
    for (size_t i = 0; root && i < CX_COUNT(tables); i++) {
        AUTO(delta_snapshot) s = NULL;
        const char *path = fs_join(&c, root, tables[i].path);
        if (load(&c, path, &s) != CX_OK)
            fail_msg("%s: %s", tables[i].path, c.error.message);
        if (delta_version(s) != tables[i].version || delta_file_count(s) != tables[i].files)
            fail_msg("%s: version %ld with %zu files", tables[i].path, (long)delta_version(s),
                     delta_file_count(s));
        assert_non_null(delta_schema(s));
        for (size_t f = 0; f < delta_file_count(s); f++) {
            AUTO(json) values = NULL;
            AUTO(json) stats = NULL;
            char *file;
            assert_int_equal(delta_file_partition_values(&c, delta_file_at(s, f), &values), CX_OK);
            assert_true(json_is_object(values));
            assert_int_equal(delta_file_stats(&c, delta_file_at(s, f), &stats), CX_OK);
            assert_int_equal(delta_file_path(&c, s, delta_file_at(s, f), &file), CX_OK);
        }
    }
    cx_clear(&c);
}

static void refused(const char *name, cx_code code, const char *condition, const char *words)
{
    cx c;
    cx_init(&c);
    const char *root = golden(&c);
    if (root) {
        AUTO(delta_snapshot) s = NULL;
        assert_int_equal(load(&c, fs_join(&c, root, name), &s), code);
        assert_string_equal(c.error.condition, condition);
        if (!strstr(c.error.message, words))
            fail_msg("%s: %s", name, c.error.message);
    }
    cx_clear(&c);
}

/* spec: delta "Protocol Evolution", "Reader Version Requirements" */
static void a_protocol_version_from_the_future_is_refused(void **state)
{
    (void)state;
    refused("tables/deltalog-invalid-protocol-version/delta", CX_UNSUPPORTED,
            "DELTA_INVALID_PROTOCOL_VERSION", "99");
}

/* spec: delta "Change Metadata" */
static void a_log_without_metadata_is_refused(void **state)
{
    (void)state;
    refused("tables/deltalog-state-reconstruction-without-metadata/delta", CX_CORRUPT,
            "DELTA_STATE_RECOVER_ERROR", "metaData");
}

/* spec: delta "Delta Log Entries" */
static void the_missing_version_is_named(void **state)
{
    (void)state;
    refused("tables/versions-not-contiguous/delta", CX_CORRUPT, "DELTA_VERSIONS_NOT_CONTIGUOUS",
            "version 1 is missing");
}

static void a_folder_without_a_log_is_no_table(void **state)
{
    (void)state;
    refused("tables/no-delta-log-folder/delta", CX_NOT_FOUND, "DELTA_MISSING_DELTA_TABLE",
            "not a Delta table");
}

/* Where the data is there, each row that a vector deletes is below the file's number of rows. */
/* spec: delta "Reader Requirements for Deletion Vectors", "Deletion Vector File Storage Format" */
static void every_deletion_vector_can_be_read(void **state)
{
    (void)state;
    static const char *const with[] = {
        "more/table-with-dv-small", "more/cdf-table-with-dv", "more/compacted-log-files-table",
        "tables/log-replay-dv-key-cases/delta", "tables/dv-partitioned-with-checkpoint/delta"};
    cx c;
    cx_init(&c);
    const char *root = golden(&c);
    size_t vectors = 0;
    for (size_t i = 0; root && i < CX_COUNT(with); i++) {
        AUTO(delta_snapshot) s = NULL;
        assert_int_equal(load(&c, fs_join(&c, root, with[i]), &s), CX_OK);
        for (size_t f = 0; f < delta_file_count(s); f++) {
            const delta_file *file = delta_file_at(s, f);
            AUTO_FREE uint64_t *rows = NULL;
            size_t n = 0;
            if (delta_dv_rows(&c, s, file, &rows, &n) != CX_OK)
                fail_msg("%s: %s", with[i], c.error.message);
            assert_int_equal(n, file->dv ? file->dv->cardinality : 0);
            if (n)
                assert_true((int64_t)rows[n - 1] < delta_file_records(file));
            vectors += n > 0;
        }
    }
    assert_true(!root || vectors == 5);
    cx_clear(&c);
}

/* spec: delta "Commit Provenance Information" */
static void history_names_the_operations(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = golden(&c);
    if (root) {
        AUTO(delta_table) t = NULL;
        AUTO(json) holder = NULL;
        delta_history_row *rows;
        size_t n;
        const char *path = fs_join(&c, root, "tables/basic-with-inserts-overwrite-restore/delta");
        assert_int_equal(delta_open(&c, path, NULL, &t), CX_OK);
        assert_int_equal(delta_history(&c, t, 2, &rows, &n, &holder), CX_OK);
        assert_int_equal(n, 2);
        assert_int_equal(rows[0].version, 3);
        assert_string_equal(json_get_str(rows[0].commit_info, "operation", ""), "RESTORE");
        assert_true(rows[0].timestamp_ms > rows[1].timestamp_ms);
    }
    cx_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_table_has_the_version_and_the_number_of_files_that_its_log_says),
        cmocka_unit_test(a_protocol_version_from_the_future_is_refused),
        cmocka_unit_test(a_log_without_metadata_is_refused),
        cmocka_unit_test(the_missing_version_is_named),
        cmocka_unit_test(a_folder_without_a_log_is_no_table),
        cmocka_unit_test(every_deletion_vector_can_be_read),
        cmocka_unit_test(history_names_the_operations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
