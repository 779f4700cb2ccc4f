/* RESTORE and VACUUM as statements: their rows, what they refuse, and what shallow clones keep. */
#include "unit/lake_engine.h"

#define NOW "TBLPROPERTIES ('delta.deletedFileRetentionDuration' = 'interval 0 hours')"

static const char *location(kit *k, const char *table)
{
    OK(k, cx_fmt(&k->c, "DESCRIBE DETAIL %s", table));
    const char *at = strstr(buf_text(&k->rows), "file:") + 5;
    return cx_dupn(&k->c, at, strcspn(at, "|"));
}

static cx_code count_parquet(cx *c, void *self, const char *relative, int64_t size, int64_t mtime)
{
    (void)c, (void)size, (void)mtime;
    *(int *)self += text_ends(relative, ".parquet") && !text_starts(relative, "_delta_log");
    return CX_OK;
}

static int files_in(kit *k, const char *root)
{
    int n = 0;
    assert_int_equal(CX_OK, fs_walk(&k->c, root, count_parquet, &n));
    return n;
}

static void a_restore_gives_the_rows_the_columns_and_the_properties_back(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT) TBLPROPERTIES ('mine' = 'old')");
    OK(k, "INSERT INTO t VALUES (1), (2)");
    OK(k, "ALTER TABLE t ADD COLUMN b STRING");
    OK(k, "ALTER TABLE t SET TBLPROPERTIES ('mine' = 'new')");
    OK(k, "INSERT INTO t VALUES (3, 'x')");
    TYPES(k, "RESTORE TABLE t TO VERSION AS OF 1",
          "table_size_after_restore BIGINT, num_of_files_after_restore BIGINT, num_removed_files "
          "BIGINT, num_restored_files BIGINT, removed_files_size BIGINT, restored_files_size "
          "BIGINT");
    ROWS(k, "SELECT * FROM t ORDER BY a", "1\n2");
    ROWS(k, "SELECT column_name FROM information_schema.columns WHERE table_name = 't'", "a");
    ROWS(k, "SHOW TBLPROPERTIES t ('mine')", "mine|old");
    ROWS(k,
         "SELECT operation, operationParameters['version'], operationMetrics['numRemovedFiles'] "
         "FROM (DESCRIBE HISTORY t LIMIT 1)",
         "RESTORE|1|1");
    OK(k, "RESTORE t VERSION AS OF 4");
    ROWS(k, "SELECT * FROM t ORDER BY a", "1|NULL\n2|NULL\n3|x");
}

static void a_restore_to_a_time_takes_the_version_of_then(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT)");
    OK(k, "INSERT INTO t VALUES (1)");
    cx_sleep_ms(&k->c, 20);
    OK(k, "INSERT INTO t VALUES (2)");
    OK(k, "SELECT timestamp FROM (DESCRIBE HISTORY t) WHERE version = 1");
    const char *then = cx_dup(&k->c, buf_text(&k->rows));
    OK(k, cx_fmt(&k->c, "RESTORE TABLE t TO TIMESTAMP AS OF '%s'", then));
    ROWS(k, "SELECT * FROM t", "1");
}

static void what_cannot_be_restored_is_refused_by_name(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT)");
    OK(k, "CREATE VIEW v AS SELECT * FROM t");
    FAILS(k, "RESTORE TABLE t TO VERSION AS OF 0", "DELTA_CANNOT_RESTORE_TABLE_VERSION");
    assert_string_equal("22003", k->c.error.sqlstate);
    assert_non_null(strstr(k->c.error.message, "`main`.`default`.`t`"));
    assert_null(strstr(k->c.error.message, k->root));
    FAILS(k, "RESTORE TABLE t TO VERSION AS OF 9", "DELTA_CANNOT_RESTORE_TABLE_VERSION");
    FAILS(k, "RESTORE TABLE t TO TIMESTAMP AS OF '2999-01-01'",
          "DELTA_CANNOT_RESTORE_TIMESTAMP_GREATER");
    FAILS(k, "RESTORE TABLE t TO TIMESTAMP AS OF '1999-01-01'",
          "DELTA_CANNOT_RESTORE_TIMESTAMP_EARLIER");
    FAILS(k, "RESTORE TABLE v TO VERSION AS OF 0", "EXPECT_TABLE_NOT_VIEW");
    FAILS(k, "RESTORE TABLE t", "PARSE_SYNTAX_ERROR");
    assert_int_equal(CX_OK, meta_principal_add(&k->c, k->m, "reader@x", false));
    OK(k, "GRANT USE CATALOG, USE SCHEMA, SELECT ON CATALOG main TO `reader@x`");
    k->principal = "reader@x";
    FAILS(k, "RESTORE TABLE t TO VERSION AS OF 0", "INSUFFICIENT_PERMISSIONS");
    FAILS(k, "VACUUM t", "INSUFFICIENT_PERMISSIONS");
}

static void a_vacuum_lists_first_then_removes_and_says_so_in_the_history(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT) " NOW);
    OK(k, "INSERT INTO t VALUES (1)");
    OK(k, "INSERT OVERWRITE t VALUES (2)");
    const char *root = location(k, "t");
    cx_sleep_ms(&k->c, 20);
    TYPES(k, "VACUUM t DRY RUN", "path STRING");
    assert_true(text_starts(buf_text(&k->rows), cx_fmt(&k->c, "file:%s/part-", root)));
    assert_null(strchr(buf_text(&k->rows), '\n'));
    assert_int_equal(2, files_in(k, root));
    ROWS(k, "VACUUM t RETAIN 0 HOURS", cx_fmt(&k->c, "file:%s", root));
    assert_int_equal(1, files_in(k, root));
    ROWS(k,
         "SELECT operation, operationParameters['status'], operationMetrics['numDeletedFiles'] "
         "FROM (DESCRIBE HISTORY t LIMIT 2)",
         "VACUUM END|COMPLETED|1\nVACUUM START|NULL|NULL");
    ROWS(k, "SELECT * FROM t", "2");
    FAILS(k, "SELECT * FROM t VERSION AS OF 1", "DELTA_FILE_NOT_FOUND");
    FAILS(k, "RESTORE TABLE t TO VERSION AS OF 1",
          "DELTA_UNSUPPORTED_TIME_TRAVEL_BEYOND_DELETED_FILE_RETENTION_DURATION");
    OK(k, "ALTER TABLE t SET TBLPROPERTIES ('delta.deletedFileRetentionDuration' = 'interval 1 "
          "week')");
    FAILS(k, "RESTORE TABLE t TO VERSION AS OF 1", "DELTA_FILE_NOT_FOUND");
}

static void a_lite_vacuum_takes_what_the_log_removed_and_leaves_the_rest(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT) " NOW);
    OK(k, "INSERT INTO t VALUES (1)");
    OK(k, "INSERT OVERWRITE t VALUES (2)");
    const char *root = location(k, "t");
    const char *stray = cx_fmt(&k->c, "%s/stray.parquet", root);
    assert_int_equal(CX_OK, fs_replace(&k->c, stray, "x", 1, false));
    OK(k, "CREATE TABLE s SHALLOW CLONE t VERSION AS OF 1");
    cx_sleep_ms(&k->c, 20);
    OK(k, "VACUUM t LITE");
    assert_int_equal(3, files_in(k, root)); /* a shallow clone needs the old one */
    OK(k, "DROP TABLE s");
    OK(k, "VACUUM t LITE");
    assert_int_equal(2, files_in(k, root));
    assert_true(fs_exists(stray));
    OK(k, "VACUUM t FULL");
    assert_int_equal(1, files_in(k, root));
    ROWS(k, "SELECT * FROM t", "2");
}

static void a_short_retention_is_refused(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT)");
    FAILS(k, "VACUUM t RETAIN 100 HOURS", "DELTA_VACUUM_RETENTION_PERIOD_TOO_SHORT");
    OK(k, "VACUUM t RETAIN 168 HOURS");
    OK(k, "VACUUM t FULL RETAIN 200.5 HOURS DRY RUN");
    FAILS(k, "VACUUM t RETAIN -1 HOURS", "PARSE_SYNTAX_ERROR");
    FAILS(k, "VACUUM t RETAIN 1e99 HOURS", "INVALID_PARAMETER_VALUE");
}

static void a_vacuum_keeps_what_a_shallow_clone_refers_to(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT) " NOW);
    OK(k, "INSERT INTO t VALUES (1), (2)");
    OK(k, "CREATE TABLE near SHALLOW CLONE t");
    OK(k, "CREATE TABLE far SHALLOW CLONE near");
    OK(k, "DROP TABLE near");
    OK(k, "INSERT OVERWRITE t VALUES (3)");
    const char *root = location(k, "t");
    cx_sleep_ms(&k->c, 20);
    ROWS(k, "VACUUM t RETAIN 0 HOURS DRY RUN", "");
    OK(k, "VACUUM t RETAIN 0 HOURS");
    assert_int_equal(2, files_in(k, root));
    ROWS(k, "SELECT operationMetrics['numFilesKeptForClones'] FROM (DESCRIBE HISTORY t LIMIT 1)",
         "1");
    ROWS(k, "SELECT * FROM far ORDER BY a", "1\n2");
    OK(k, "ALTER TABLE far SET TBLPROPERTIES ('delta.deletedFileRetentionDuration' = 'interval 1 "
          "week')");
    OK(k, "CREATE OR REPLACE TABLE far AS SELECT 9 AS a");
    OK(k, "RESTORE TABLE far TO VERSION AS OF 1");
    ROWS(k, "SELECT table_type FROM information_schema.tables WHERE table_name = 'far'",
         "MANAGED_SHALLOW_CLONE");
    OK(k, "VACUUM t RETAIN 0 HOURS");
    ROWS(k, "SELECT * FROM far ORDER BY a", "1\n2");
    OK(k, "DROP TABLE far");
    OK(k, "VACUUM t RETAIN 0 HOURS");
    assert_int_equal(1, files_in(k, root));
}

static void a_clone_whose_log_cannot_be_read_stops_the_vacuum(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT) " NOW);
    OK(k, "INSERT INTO t VALUES (1)");
    OK(k, "CREATE TABLE s SHALLOW CLONE t");
    const char *log = cx_fmt(&k->c, "%s/_delta_log/00000000000000000000.json", location(k, "s"));
    assert_int_equal(CX_OK, fs_replace(&k->c, log, "{\"add\":{\"pa", 11, false));
    OK(k, "INSERT OVERWRITE t VALUES (3)");
    assert_int_not_equal(CX_OK, kit_run(k, "VACUUM t RETAIN 0 HOURS"));
    ROWS(k, "SELECT count(*) FROM t VERSION AS OF 1", "1");
}

static void a_vacuum_takes_change_files_and_vectors_that_nobody_needs(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT) TBLPROPERTIES ('delta.deletedFileRetentionDuration' = "
          "'interval 0 hours', 'delta.enableChangeDataFeed' = 'true', "
          "'delta.enableDeletionVectors' = 'true')");
    OK(k, "INSERT INTO t VALUES (1), (2), (3)");
    OK(k, "DELETE FROM t WHERE a = 1");
    OK(k, "DELETE FROM t WHERE a = 2");
    const char *root = location(k, "t");
    cx_sleep_ms(&k->c, 20);
    OK(k, "VACUUM t RETAIN 0 HOURS");
    ROWS(k, "SELECT * FROM t", "3");
    assert_int_equal(1, files_in(k, root));
    OK(k, "OPTIMIZE t");
    cx_sleep_ms(&k->c, 20);
    OK(k, "VACUUM t RETAIN 0 HOURS");
    assert_int_equal(1, files_in(k, root));
    ROWS(k, "SELECT * FROM t", "3");
}

static void a_history_has_as_many_rows_as_it_is_asked_for(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT)");
    OK(k, "INSERT INTO t VALUES (1)");
    ROWS(k, "DESCRIBE HISTORY t LIMIT 0", "");
    ROWS(k, "SELECT count(*) FROM (DESCRIBE HISTORY t LIMIT 0)", "0");
    ROWS(k, "SELECT version FROM (DESCRIBE HISTORY t LIMIT 1)", "1");
    ROWS(k,
         "SELECT version, userName, readVersion, isBlindAppend FROM (DESCRIBE "
         "HISTORY t) WHERE operation = 'WRITE'",
         cx_fmt(&k->c, "1|%s|0|true", k->principal));
}

static void the_maintenance_that_we_lack_is_refused_by_name(void **state)
{
    kit *k = *state;
    static const char *const texts[] = {"FSCK REPAIR TABLE t",
                                        "MSCK REPAIR TABLE t",
                                        "GENERATE symlink_format_manifest FOR TABLE t",
                                        "CACHE SELECT * FROM t",
                                        "ANALYZE TABLE t COMPUTE STATISTICS",
                                        "REFRESH TABLE t"};
    OK(k, "CREATE TABLE t (a INT)");
    for (size_t i = 0; i < CX_COUNT(texts); i++) {
        FAILS(k, texts[i], "UNSUPPORTED_FEATURE");
        assert_non_null(
            strstr(k->c.error.message, cx_dupn(&k->c, texts[i], strcspn(texts[i], " "))));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_restore_gives_the_rows_the_columns_and_the_properties_back),
        T(a_restore_to_a_time_takes_the_version_of_then),
        T(what_cannot_be_restored_is_refused_by_name),
        T(a_vacuum_lists_first_then_removes_and_says_so_in_the_history),
        T(a_lite_vacuum_takes_what_the_log_removed_and_leaves_the_rest),
        T(a_short_retention_is_refused),
        T(a_vacuum_keeps_what_a_shallow_clone_refers_to),
        T(a_clone_whose_log_cannot_be_read_stops_the_vacuum),
        T(a_vacuum_takes_change_files_and_vectors_that_nobody_needs),
        T(a_history_has_as_many_rows_as_it_is_asked_for),
        T(the_maintenance_that_we_lack_is_refused_by_name),
    };
    return cmocka_run_group_tests_name("restore, vacuum", tests, NULL, NULL);
}
