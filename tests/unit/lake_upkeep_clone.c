/* CLONE and CONVERT as statements: their forms and what they refuse. */
#include "unit/lake_engine.h"

static const char *location(kit *k, const char *table)
{
    OK(k, cx_fmt(&k->c, "DESCRIBE DETAIL %s", table));
    const char *at = strstr(buf_text(&k->rows), "file:") + 5;
    return cx_dupn(&k->c, at, strcspn(at, "|"));
}

static void table_type_is(kit *k, const char *table, const char *type)
{
    ROWS(k,
         cx_fmt(&k->c, "SELECT table_type FROM information_schema.tables WHERE table_name = '%s'",
                table),
         type);
}

static void a_clone_is_of_a_version_and_has_its_own_properties(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT) TBLPROPERTIES ('k' = 'source')");
    OK(k, "INSERT INTO t VALUES (1)");
    OK(k, "INSERT INTO t VALUES (2)");
    OK(k, "CREATE TABLE d DEEP CLONE t VERSION AS OF 1 TBLPROPERTIES ('k' = 'clone')");
    ROWS(k, "SELECT * FROM d", "1");
    ROWS(k, "SHOW TBLPROPERTIES d ('k')", "k|clone");
    table_type_is(k, "d", "MANAGED");
    OK(k, "SELECT timestamp FROM (DESCRIBE HISTORY t) WHERE version = 1");
    const char *then = cx_dup(&k->c, buf_text(&k->rows));
    OK(k, cx_fmt(&k->c, "CREATE TABLE s SHALLOW CLONE t TIMESTAMP AS OF '%s'", then));
    ROWS(k, "SELECT * FROM s", "1");
    table_type_is(k, "s", "MANAGED_SHALLOW_CLONE");
    ROWS(k,
         "SELECT operation, operationParameters['sourceVersion'], "
         "operationMetrics['sourceNumOfFiles'] FROM (DESCRIBE HISTORY s)",
         "CLONE|1|1");
    OK(k, "CREATE OR REPLACE TABLE s DEEP CLONE t");
    table_type_is(k, "s", "MANAGED");
    ROWS(k, "SELECT * FROM s ORDER BY a", "1\n2");
    ROWS(k, "CREATE TABLE IF NOT EXISTS s CLONE t", "");
    FAILS(k, "CREATE TABLE s CLONE t", "TABLE_OR_VIEW_ALREADY_EXISTS");
}

static void cloning_again_copies_only_what_is_new(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT)");
    OK(k, "INSERT INTO t VALUES (1)");
    OK(k, "CREATE TABLE d CLONE t");
    OK(k, "INSERT INTO t VALUES (2)");
    OK(k, "CREATE OR REPLACE TABLE d CLONE t");
    const char *row = strchr(buf_text(&k->rows), '|') + 1;
    assert_true(text_starts(row, "2|0|1|0|"));
    OK(k, "CREATE OR REPLACE TABLE d CLONE t");
    row = strchr(buf_text(&k->rows), '|') + 1;
    assert_string_equal("2|0|0|0|0", row);
    ROWS(k, "SELECT * FROM d ORDER BY a", "1\n2");
}

static void a_clone_may_go_to_a_path(void **state)
{
    kit *k = *state;
    const char *there = cx_fmt(&k->c, "%s/elsewhere", k->root);
    OK(k, "CREATE TABLE t (a INT)");
    OK(k, "INSERT INTO t VALUES (1)");
    OK(k, cx_fmt(&k->c, "CREATE TABLE delta.`%s` CLONE t", there));
    ROWS(k, cx_fmt(&k->c, "SELECT * FROM delta.`%s`", there), "1");
    FAILS(k, cx_fmt(&k->c, "CREATE TABLE delta.`%s` CLONE t", there), "DELTA_TABLE_ALREADY_EXISTS");
    OK(k, cx_fmt(&k->c, "CREATE TABLE IF NOT EXISTS delta.`%s` CLONE t", there));
    OK(k, "INSERT INTO t VALUES (2)");
    OK(k, cx_fmt(&k->c, "CREATE OR REPLACE TABLE delta.`%s` DEEP CLONE t", there));
    FAILS(k, cx_fmt(&k->c, "CREATE OR REPLACE TABLE delta.`%s` SHALLOW CLONE t", there),
          "UNSUPPORTED_FEATURE");
    ROWS(k, cx_fmt(&k->c, "SELECT count(*) FROM delta.`%s`", there), "2");
    FAILS(k, cx_fmt(&k->c, "CREATE TABLE delta.`%s` CLONE t LOCATION '/tmp/x'", there),
          "DELTA_CLONE_AMBIGUOUS_TARGET");
    FAILS(k, cx_fmt(&k->c, "CREATE OR REPLACE TABLE delta.`%s` CLONE delta.`%s`", there, there),
          "INVALID_PARAMETER_VALUE");
}

static void a_shallow_clone_is_known_however_it_was_registered(void **state)
{
    kit *k = *state;
    const char *there = cx_fmt(&k->c, "%s/elsewhere", k->root);
    OK(k, "CREATE TABLE t (a INT)");
    OK(k, "INSERT INTO t VALUES (1)");
    OK(k, cx_fmt(&k->c, "CREATE TABLE c SHALLOW CLONE t LOCATION '%s'", there));
    OK(k, "DROP TABLE c");
    OK(k, cx_fmt(&k->c, "CREATE TABLE d USING DELTA LOCATION '%s'", there));
    table_type_is(k, "d", "EXTERNAL_SHALLOW_CLONE");
    OK(k, cx_fmt(&k->c, "CREATE TABLE x (a INT) LOCATION '%s/x'", there));
    table_type_is(k, "x", "EXTERNAL");
    OK(k, cx_fmt(&k->c, "CREATE OR REPLACE TABLE delta.`%s/x` SHALLOW CLONE t", there));
    table_type_is(k, "x", "EXTERNAL_SHALLOW_CLONE");
    OK(k, "ALTER TABLE t SET TBLPROPERTIES ('delta.deletedFileRetentionDuration' = '0 hours')");
    OK(k, "DELETE FROM t");
    OK(k, "VACUUM t RETAIN 0 HOURS");
    ROWS(k, "SELECT * FROM d", "1");
    ROWS(k, "SELECT * FROM x", "1");
}

static void what_cannot_be_cloned_is_refused_by_name(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT)");
    OK(k, "CREATE VIEW v AS SELECT * FROM t");
    FAILS(k, "CREATE TABLE x CLONE v", "DELTA_CLONE_UNSUPPORTED_SOURCE");
    assert_string_equal("0AKDC", k->c.error.sqlstate);
    FAILS(k, "CREATE TABLE x CLONE csv.`/tmp/x`", "DELTA_CLONE_UNSUPPORTED_SOURCE");
    FAILS(k, "CREATE TABLE x CLONE nope", "TABLE_OR_VIEW_NOT_FOUND");
    FAILS(k, "CREATE TABLE x CLONE t VERSION AS OF 7", "DELTA_VERSION_NOT_FOUND");
    FAILS(k, "REPLACE TABLE x CLONE t", "DELTA_CANNOT_REPLACE_MISSING_TABLE");
    FAILS(k, "CREATE OR REPLACE TABLE t CLONE t", "INVALID_PARAMETER_VALUE");
    FAILS(k, "SELECT * FROM x", "TABLE_OR_VIEW_NOT_FOUND");
}

static void a_clone_does_not_show_what_masks_hide(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT, secret STRING)");
    OK(k, "INSERT INTO t VALUES (1, 'x')");
    OK(k, "CREATE FUNCTION hide(s STRING) RETURNS STRING RETURN '***'");
    OK(k, "ALTER TABLE t ALTER COLUMN secret SET MASK hide");
    assert_int_equal(CX_OK, meta_principal_add(&k->c, k->m, "reader@x", false));
    OK(k, "GRANT USE CATALOG, USE SCHEMA, SELECT, CREATE TABLE ON CATALOG main TO `reader@x`");
    OK(k, "CREATE TABLE mine CLONE t");
    FAILS(k, "SELECT * FROM table_changes('t', 0)", "UNSUPPORTED_FEATURE");
    k->principal = "reader@x";
    FAILS(k, "CREATE TABLE theirs CLONE t", "INSUFFICIENT_PERMISSIONS");
}

/* Parquet files without a log: those of a table, whose log is removed. */
static const char *bare_folder(kit *k, const char *create)
{
    OK(k, create);
    const char *root = location(k, "src");
    const char *bare = cx_fmt(&k->c, "%s/bare", k->root);
    assert_int_equal(0, rename(root, bare));
    assert_int_equal(CX_OK, fs_remove_tree(&k->c, cx_fmt(&k->c, "%s/_delta_log", bare)));
    return bare;
}

static void a_parquet_folder_is_converted_where_it_lies(void **state)
{
    kit *k = *state;
    const char *bare = bare_folder(
        k, "CREATE TABLE src PARTITIONED BY (p) AS SELECT 1 AS a, 'x' AS b, 7 AS p UNION ALL "
           "SELECT 2, NULL, 8 UNION ALL SELECT 3, 'z', NULL");
    FAILS(k, cx_fmt(&k->c, "CONVERT TO DELTA parquet.`%s`", bare),
          "DELTA_UNEXPECTED_NUM_PARTITION_COLUMNS_FROM_FILE_NAME");
    FAILS(k, cx_fmt(&k->c, "CONVERT TO DELTA parquet.`%s` PARTITIONED BY (q INT)", bare),
          "DELTA_UNEXPECTED_PARTITION_COLUMN_FROM_FILE_NAME");
    FAILS(k, "CONVERT TO DELTA csv.`/tmp/x`", "DELTA_CONVERT_NON_PARQUET_TABLE");
    FAILS(k, "CONVERT TO DELTA parquet.`/nope/nope`", "DELTA_PATH_DOES_NOT_EXIST");
    OK(k, cx_fmt(&k->c, "CONVERT TO DELTA parquet.`%s` PARTITIONED BY (p INT)", bare));
    ROWS(k, cx_fmt(&k->c, "SELECT a, b, p FROM delta.`%s` ORDER BY a", bare),
         "1|x|7\n2|NULL|8\n3|z|NULL");
    ROWS(k,
         cx_fmt(&k->c,
                "SELECT operation, operationMetrics['numConvertedFiles'] FROM (DESCRIBE HISTORY "
                "delta.`%s`)",
                bare),
         "CONVERT|3");
    OK(k, cx_fmt(&k->c, "CONVERT TO DELTA parquet.`%s` PARTITIONED BY (p INT)", bare));
    OK(k, cx_fmt(&k->c, "DELETE FROM delta.`%s` WHERE a = 1", bare));
    ROWS(k, cx_fmt(&k->c, "SELECT count(*) FROM delta.`%s`", bare), "2");
}

static void a_registered_parquet_table_becomes_a_delta_table(void **state)
{
    kit *k = *state;
    const char *bare = bare_folder(k, "CREATE TABLE src AS SELECT id AS a FROM range(3)");
    OK(k, cx_fmt(&k->c, "CREATE TABLE p USING PARQUET LOCATION '%s'", bare));
    FAILS(k, "OPTIMIZE p", "DELTA_ONLY_OPERATION");
    OK(k, "CONVERT TO DELTA p");
    OK(k, "INSERT INTO p VALUES (9)");
    ROWS(k, "SELECT count(*), max(a) FROM p", "4|9");
    ROWS(k, "SELECT data_source_format FROM information_schema.tables WHERE table_name = 'p'",
         "DELTA");
}

static void parquet_files_are_cloned_deep_and_shallow(void **state)
{
    kit *k = *state;
    const char *bare = bare_folder(
        k, "CREATE TABLE src PARTITIONED BY (p) AS SELECT 1 AS a, 7 AS p UNION ALL SELECT 2, 8");
    OK(k, cx_fmt(&k->c, "CREATE TABLE d CLONE parquet.`%s` TBLPROPERTIES ('k' = 'v')", bare));
    assert_true(strstr(buf_text(&k->rows), "|2|0|2|0|") != NULL);
    ROWS(k, "SELECT a, p FROM d ORDER BY a", "1|7\n2|8");
    ROWS(k, "SHOW TBLPROPERTIES d ('k')", "k|v");
    OK(k, cx_fmt(&k->c, "CREATE TABLE s SHALLOW CLONE parquet.`%s`", bare));
    table_type_is(k, "s", "MANAGED_SHALLOW_CLONE");
    ROWS(k, "SELECT a, p FROM s WHERE p = 8", "2|8");
    OK(k, "INSERT INTO s VALUES (3, 9)");
    OK(k, cx_fmt(&k->c, "CREATE OR REPLACE TABLE s CLONE parquet.`%s`", bare));
    ROWS(k, "SELECT a, p FROM s ORDER BY a", "1|7\n2|8");
    ROWS(k,
         "SELECT operation, operationParameters['sourceVersion'], "
         "operationMetrics['numRemovedFiles'] FROM (DESCRIBE HISTORY s LIMIT 1)",
         "CLONE|-1|3");
    FAILS(k, cx_fmt(&k->c, "CREATE TABLE x CLONE parquet.`%s` VERSION AS OF 1", bare),
          "UNSUPPORTED_FEATURE.TIME_TRAVEL");
    assert_int_equal(CX_OK, fs_remove_tree(&k->c, bare));
    ROWS(k, "SELECT count(*) FROM d", "2");
    ROWS(k, "SELECT count(*) FROM s", "2");
}

static void properties_of_a_clone_of_files_mean_what_they_mean_elsewhere(void **state)
{
    kit *k = *state;
    const char *from = cx_fmt(&k->c, "%s/plain", k->root);
    OK(k, cx_fmt(&k->c, "CREATE TABLE s LOCATION '%s' AS SELECT 1 AS a", from));
    OK(k, "DROP TABLE s");
    assert_int_equal(CX_OK, fs_remove_tree(&k->c, fs_join(&k->c, from, "_delta_log")));
    FAILS(k,
          cx_fmt(&k->c, "CREATE TABLE c CLONE parquet.`%s` TBLPROPERTIES ('delta.nothing' = '1')",
                 from),
          "DELTA_UNKNOWN_CONFIGURATION");
    OK(k, cx_fmt(&k->c,
                 "CREATE TABLE c CLONE parquet.`%s` TBLPROPERTIES ("
                 "'delta.feature.deletionVectors' = 'supported', "
                 "'DELTA.enableChangeDataFeed' = 'TRUE', 'mine' = 'x')",
                 from));
    ROWS(k, "SELECT * FROM c", "1");
    OK(k, "SHOW TBLPROPERTIES c");
    assert_non_null(strstr(buf_text(&k->rows), "delta.enableChangeDataFeed|true"));
    assert_null(strstr(buf_text(&k->rows), "delta.feature.deletionVectors|enabled"));
    assert_non_null(strstr(buf_text(&k->rows), "mine|x"));
    OK(k, "DESCRIBE DETAIL c");
    assert_non_null(strstr(buf_text(&k->rows), "deletionVectors"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_clone_is_of_a_version_and_has_its_own_properties),
        T(cloning_again_copies_only_what_is_new),
        T(a_clone_may_go_to_a_path),
        T(a_shallow_clone_is_known_however_it_was_registered),
        T(what_cannot_be_cloned_is_refused_by_name),
        T(a_clone_does_not_show_what_masks_hide),
        T(a_parquet_folder_is_converted_where_it_lies),
        T(a_registered_parquet_table_becomes_a_delta_table),
        T(parquet_files_are_cloned_deep_and_shallow),
        T(properties_of_a_clone_of_files_mean_what_they_mean_elsewhere),
    };
    return cmocka_run_group_tests_name("clone, convert", tests, NULL, NULL);
}
