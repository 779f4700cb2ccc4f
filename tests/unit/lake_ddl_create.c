/* CREATE TABLE: what the log says of a new table, and what is refused by name. */
#include "lake_engine.h"

/* "reader,writer features…" of a table, as DESCRIBE DETAIL has them. */
static void protocol_is(kit *k, const char *table, const char *expected)
{
    const char *p;
    OK(k, cx_fmt(&k->c, "DESCRIBE DETAIL %s", table));
    const char *row = buf_text(&k->rows);
    p = row + strlen(row);
    for (int bars = 0; bars < 3 && p > row;)
        if (*--p == '|')
            bars++;
    assert_string_equal(expected, p + 1);
}

static void a_plain_table_asks_for_no_more_than_it_needs(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE a (x INT)");
    protocol_is(k, "a", "1|2|[\"appendOnly\",\"invariants\"]");
    OK(k, "CREATE TABLE b (x INT CHECK (x > 0)) TBLPROPERTIES ('delta.appendOnly' = 'TRUE')");
    protocol_is(k, "b", "1|3|[\"appendOnly\",\"invariants\",\"checkConstraints\"]");
    ROWS(k, "SHOW TBLPROPERTIES b ('delta.appendOnly')", "delta.appendOnly|true");
    OK(k, "CREATE TABLE c (x INT, y INT GENERATED ALWAYS AS (x + 1))");
    protocol_is(k, "c",
                "1|4|[\"appendOnly\",\"invariants\",\"checkConstraints\",\"changeDataFeed\","
                "\"generatedColumns\"]");
    OK(k, "CREATE TABLE d (x TIMESTAMP_NTZ)");
    protocol_is(k, "d", "3|7|[\"appendOnly\",\"invariants\",\"timestampNtz\"]");
    OK(k, "CREATE TABLE e (x INT) TBLPROPERTIES ('delta.feature.deletionVectors' = 'supported')");
    protocol_is(k, "e", "3|7|[\"appendOnly\",\"invariants\",\"deletionVectors\"]");
    OK(k, "CREATE TABLE f (x INT) CLUSTER BY (x)");
    protocol_is(k, "f", "1|7|[\"appendOnly\",\"invariants\",\"clustering\",\"domainMetadata\"]");
    OK(k, "CREATE TABLE g (x INT) TBLPROPERTIES ('delta.minReaderVersion' = '2', "
          "'delta.minWriterVersion' = '5')");
    protocol_is(k, "g",
                "2|5|[\"appendOnly\",\"invariants\",\"checkConstraints\",\"changeDataFeed\","
                "\"generatedColumns\",\"columnMapping\"]");
}

static void what_a_legacy_version_implied_is_spelled_out_in_the_lists(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE a (x INT) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')");
    OK(k, "ALTER TABLE a SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')");
    protocol_is(k, "a",
                "3|7|[\"appendOnly\",\"invariants\",\"checkConstraints\",\"changeDataFeed\","
                "\"generatedColumns\",\"deletionVectors\"]");
    OK(k, "ALTER TABLE a SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'false')");
    OK(k, "CREATE OR REPLACE TABLE a (y INT)");
    protocol_is(k, "a",
                "3|7|[\"appendOnly\",\"invariants\",\"checkConstraints\",\"changeDataFeed\","
                "\"generatedColumns\",\"deletionVectors\"]");
    ROWS(k, "SHOW TBLPROPERTIES a ('delta.enableChangeDataFeed')",
         "delta.enableChangeDataFeed|Table does not have property: delta.enableChangeDataFeed");
}

static void properties_of_delta_are_checked_by_name_and_value(void **state)
{
    static const char *const bad[][2] = {
        {"'delta.apendOnly' = 'true'", "DELTA_UNKNOWN_CONFIGURATION"},
        {"'delta.appendOnly' = 'yes'", "INVALID_PARAMETER_VALUE"},
        {"'delta.checkpointInterval' = '0'", "INVALID_PARAMETER_VALUE"},
        {"'delta.checkpointInterval' = 'ten'", "INVALID_PARAMETER_VALUE"},
        {"'delta.logRetentionDuration' = 'interval 2 months'", "INVALID_PARAMETER_VALUE"},
        {"'delta.logRetentionDuration' = 'soon'", "INVALID_PARAMETER_VALUE"},
        {"'delta.checkpointPolicy' = 'v3'", "INVALID_PARAMETER_VALUE"},
        {"'delta.columnMapping.mode' = 'names'", "DELTA_INVALID_COLUMN_MAPPING_MODE"},
        {"'delta.columnMapping.maxColumnId' = '7'", "DELTA_CANNOT_MODIFY_TABLE_PROPERTY"},
        {"'delta.feature.everything' = 'supported'", "DELTA_UNSUPPORTED_FEATURES_IN_CONFIG"},
        {"'delta.feature.deletionVectors' = 'on'", "DELTA_UNSUPPORTED_FEATURE_STATUS"},
        {"'delta.minReaderVersion' = '4'", "DELTA_INVALID_PROTOCOL_VERSION"},
        {"'delta.feature.icebergCompatV2' = 'supported'", "UNSUPPORTED_FEATURE"},
        {"'delta.enableIcebergCompatV2' = 'true'", "UNSUPPORTED_FEATURE"},
        {"'location' = '/x'", "DELTA_CANNOT_CHANGE_LOCATION"},
    };
    kit *k = *state;
    for (size_t i = 0; i < CX_COUNT(bad); i++)
        FAILS(k, cx_fmt(&k->c, "CREATE TABLE a (x INT) TBLPROPERTIES (%s)", bad[i][0]), bad[i][1]);
    OK(k, "CREATE TABLE a (x INT) TBLPROPERTIES ('delta.logRetentionDuration' = 'interval 1 week 2 "
          "days', 'Delta.TargetFileSize' = '64MB', mine = 7, 'delta.autoOptimize.optimizeWrite' = "
          "'true')");
    ROWS(k, "SHOW TBLPROPERTIES a ('delta.targetFileSize')", "delta.targetFileSize|64MB");
    for (size_t i = 0; i < CX_COUNT(bad); i++)
        FAILS(k, cx_fmt(&k->c, "ALTER TABLE a SET TBLPROPERTIES (%s)", bad[i][0]), bad[i][1]);
    ROWS(k, "SELECT count(*) FROM (DESCRIBE HISTORY a)", "1");
}

static void rules_of_columns_must_mean_something(void **state)
{
    static const char *const bad[][2] = {
        {"x INT, y INT GENERATED ALWAYS AS (z + 1)", "DELTA_INVALID_GENERATED_COLUMN_REFERENCES"},
        {"x INT, y INT GENERATED ALWAYS AS (x + 1), z INT GENERATED ALWAYS AS (y + 1)",
         "DELTA_INVALID_GENERATED_COLUMN_REFERENCES"},
        {"x INT, y STRING GENERATED ALWAYS AS (x + 1)",
         "DELTA_GENERATED_COLUMNS_EXPR_TYPE_MISMATCH"},
        {"x INT, y DOUBLE GENERATED ALWAYS AS (x + rand())",
         "DELTA_NON_DETERMINISTIC_EXPRESSION_IN_GENERATED_COLUMN"},
        {"x INT, y INT GENERATED ALWAYS AS ((SELECT 1))", "DELTA_UDF_IN_GENERATED_COLUMN"},
        {"x INT GENERATED ALWAYS AS IDENTITY", "DELTA_IDENTITY_COLUMNS_UNSUPPORTED_DATA_TYPE"},
        {"x BIGINT GENERATED BY DEFAULT AS IDENTITY (INCREMENT BY 0)",
         "DELTA_IDENTITY_COLUMNS_ILLEGAL_STEP"},
        {"x INT DEFAULT 5", "WRONG_COLUMN_DEFAULTS_FOR_DELTA_FEATURE_NOT_ENABLED"},
        {"x INT, CHECK (x + 1)", "DELTA_NON_BOOLEAN_CHECK_CONSTRAINT"},
        {"x INT, CONSTRAINT a CHECK (x > 1), CONSTRAINT A CHECK (x > 2)",
         "DELTA_CONSTRAINT_ALREADY_EXISTS"},
        {"x ARRAY<STRUCT<a: INT NOT NULL>>", "DELTA_NESTED_NOT_NULL_CONSTRAINT"},
        {"x STRUCT<a: INT, A: INT>", "COLUMN_ALREADY_EXISTS"},
        {"x STRING COLLATE UNICODE_CI", "UNSUPPORTED_FEATURE"},
        {"x STRUCT<`a b`: INT>", "DELTA_INVALID_CHARACTERS_IN_COLUMN_NAMES"},
    };
    kit *k = *state;
    for (size_t i = 0; i < CX_COUNT(bad); i++)
        FAILS(k, cx_fmt(&k->c, "CREATE TABLE a (%s)", bad[i][0]), bad[i][1]);
    FAILS(k,
          "CREATE TABLE a (x INT DEFAULT (SELECT 1)) TBLPROPERTIES "
          "('delta.feature.allowColumnDefaults' = 'supported')",
          "INVALID_DEFAULT_VALUE.SUBQUERY_EXPRESSION");
    FAILS(k,
          "CREATE TABLE a (x INT, y INT DEFAULT x) TBLPROPERTIES "
          "('delta.feature.allowColumnDefaults' = 'supported')",
          "INVALID_DEFAULT_VALUE.UNRESOLVED_EXPRESSION");
    ROWS(k, "SHOW TABLES", "");
}

static void layouts_are_checked(void **state)
{
    kit *k = *state;
    FAILS(k, "CREATE TABLE a (x INT, y INT) PARTITIONED BY (x) CLUSTER BY (y)",
          "DELTA_CLUSTER_BY_WITH_PARTITIONED_BY");
    FAILS(k, "CREATE TABLE a (a INT, b INT, c INT, d INT, e INT) CLUSTER BY (a, b, c, d, e)",
          "DELTA_CLUSTER_BY_INVALID_NUM_COLUMNS");
    FAILS(k, "CREATE TABLE a (x ARRAY<INT>) CLUSTER BY (x)",
          "DELTA_CLUSTERING_COLUMNS_DATATYPE_NOT_SUPPORTED");
    FAILS(k,
          "CREATE TABLE a (x INT, y INT) CLUSTER BY (y) TBLPROPERTIES "
          "('delta.dataSkippingNumIndexedCols' = '1')",
          "DELTA_CLUSTERING_COLUMN_MISSING_STATS");
    FAILS(k, "CREATE TABLE a (x INT, y INT) CLUSTER BY (z)", "UNRESOLVED_COLUMN.WITH_SUGGESTION");
    FAILS(k, "CREATE TABLE a (x INT, y ARRAY<INT>) PARTITIONED BY (y)",
          "INVALID_PARTITION_COLUMN_DATA_TYPE");
    FAILS(k, "CREATE TABLE a (x INT) PARTITIONED BY (x)", "ALL_PARTITION_COLUMNS_NOT_ALLOWED");
    OK(k, "CREATE TABLE a (x INT) PARTITIONED BY (y STRING, z DATE)");
    ROWS(k, "SHOW COLUMNS IN a", "x\ny\nz");
    OK(k, "CREATE TABLE b (s STRUCT<x: INT>) CLUSTER BY (s.x)");
    FAILS(k, "REPLACE TABLE nothing (x INT)", "DELTA_CANNOT_REPLACE_MISSING_TABLE");
}

static void a_table_like_another_has_its_rules_but_not_its_past(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE a (x INT NOT NULL COMMENT 'the x', y STRING, CONSTRAINT c CHECK (x > 0)) "
          "PARTITIONED BY (y) TBLPROPERTIES ('delta.columnMapping.mode' = 'name', mine = 1)");
    OK(k, "INSERT INTO a VALUES (1, 'p')");
    OK(k, "CREATE TABLE b LIKE a TBLPROPERTIES (mine = 2)");
    ROWS(k, "SELECT count(*) FROM b", "0");
    ROWS(k, "SHOW TBLPROPERTIES b ('mine')", "mine|2");
    ROWS(k, "DESCRIBE b",
         "x|int|the x\ny|string|NULL\n# Partition Information||\n# col_name|data_type|comment\n"
         "y|string|NULL");
    FAILS(k, "INSERT INTO b VALUES (-1, 'p')", "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES");
    OK(k, "CREATE VIEW v AS SELECT x, upper(y) AS u FROM a");
    OK(k, "CREATE TABLE w LIKE v");
    ROWS(k, "SHOW COLUMNS IN w", "x\nu");
}

static void a_replacement_is_one_commit_over_the_same_log(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE a (x INT) CLUSTER BY (x)");
    OK(k, "INSERT INTO a VALUES (1)");
    OK(k, "CREATE OR REPLACE TABLE a (y STRING, z INT) PARTITIONED BY (z)");
    ROWS(k, "SELECT count(*) FROM a", "0");
    ROWS(k, "SELECT x FROM a VERSION AS OF 1", "1");
    OK(k, "DESCRIBE DETAIL a");
    assert_non_null(strstr(buf_text(&k->rows), "|[\"z\"]|[]|"));
    OK(k, "REPLACE TABLE a AS SELECT 5 AS five");
    ROWS(k, "SELECT five FROM a", "5");
    ROWS(k, "SELECT version, operation FROM (DESCRIBE HISTORY a) ORDER BY version",
         "0|CREATE TABLE\n1|WRITE\n2|CREATE OR REPLACE TABLE\n3|REPLACE TABLE AS SELECT");
}

static void a_key_that_cannot_be_takes_the_new_table_along(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE p (id INT, n STRING)");
    FAILS(k, "CREATE TABLE c (id INT, CONSTRAINT f FOREIGN KEY (id) REFERENCES p (id))",
          "FOREIGN_KEY_MISMATCH");
    ROWS(k, "SHOW TABLES LIKE 'c'", "");
    OK(k, "CREATE TABLE q (id INT PRIMARY KEY)");
    OK(k, "CREATE TABLE c (id INT, CONSTRAINT f FOREIGN KEY (id) REFERENCES q)");
    OK(k, "DESCRIBE EXTENDED c");
    assert_non_null(strstr(buf_text(&k->rows), "\nf|FOREIGN KEY (`id`) REFERENCES "
                                               "`main`.`default`.`q` (`id`)|"));
    FAILS(k, "INSERT INTO q VALUES (NULL)", "DELTA_NOT_NULL_CONSTRAINT_VIOLATED");
}

static void what_lies_at_a_location_is_registered_or_refused_but_never_written_over(void **state)
{
    kit *k = *state;
    const char *at = cx_fmt(&k->c, "LOCATION '%s/x'", k->root);
    OK(k, cx_fmt(&k->c,
                 "CREATE TABLE a (x INT, p STRING) PARTITIONED BY (p) %s TBLPROPERTIES (k = "
                 "1)",
                 at));
    OK(k, "INSERT INTO a VALUES (1, 'q')");
    OK(k, "DROP TABLE a");
    FAILS(k, cx_fmt(&k->c, "CREATE TABLE b (x BIGINT, p STRING) %s", at),
          "DELTA_CREATE_TABLE_SCHEME_MISMATCH");
    FAILS(k, cx_fmt(&k->c, "CREATE TABLE b (x INT, p STRING) PARTITIONED BY (x) %s", at),
          "DELTA_CREATE_TABLE_WITH_DIFFERENT_PARTITIONING");
    FAILS(k, cx_fmt(&k->c, "CREATE TABLE b %s TBLPROPERTIES (k = 2)", at),
          "DELTA_CREATE_TABLE_WITH_DIFFERENT_PROPERTY");
    FAILS(k, cx_fmt(&k->c, "CREATE TABLE b %s AS SELECT 1 AS x", at),
          "DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION");
    OK(k, "CREATE TABLE l (z INT)");
    FAILS(k, cx_fmt(&k->c, "CREATE TABLE b LIKE l %s", at),
          "DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION");
    OK(k, cx_fmt(&k->c, "CREATE TABLE b (x INT, p STRING) PARTITIONED BY (p) %s", at));
    ROWS(k, "SELECT * FROM b", "1|q");
    OK(k, "DROP TABLE b");
    OK(k, cx_fmt(&k->c, "CREATE OR REPLACE TABLE b (y DATE) %s", at));
    ROWS(k, "SELECT count(*) FROM b", "0");
    ROWS(k, "SELECT x FROM b VERSION AS OF 1", "1");
    FAILS(k, cx_fmt(&k->c, "CREATE OR REPLACE TABLE b %s", at), "DELTA_SCHEMA_NOT_PROVIDED");
}

/* The text less the table's name. */
static char *shown_without_name(kit *k, const char *table)
{
    OK(k, cx_fmt(&k->c, "SHOW CREATE TABLE %s", table));
    return cx_dup(&k->c, strchr(buf_text(&k->rows), '('));
}

static void show_create_table_makes_an_equal_table(void **state)
{
    static const char *const tables[] = {
        "(x INT NOT NULL COMMENT 'it''s \\\\ x', s STRUCT<a: INT NOT NULL COMMENT 'in', `b c`: "
        "MAP<STRING, ARRAY<DECIMAL(10,2)>>>, v VARCHAR(5), p DATE) PARTITIONED BY (p) COMMENT "
        "'about' TBLPROPERTIES ('delta.columnMapping.mode' = 'name', 'a''b' = 'c')",
        "(x INT DEFAULT 5 + 1, y INT GENERATED ALWAYS AS (x * 2) COMMENT 'two', t TIMESTAMP_NTZ, "
        "i BIGINT GENERATED BY DEFAULT AS IDENTITY (START WITH 3 INCREMENT BY -2), CONSTRAINT pos "
        "CHECK (x > 0 AND 'it''s' <> 'x')) TBLPROPERTIES ('delta.feature.allowColumnDefaults' = "
        "'supported')",
        "(x INT, s STRUCT<y: STRING>) CLUSTER BY (x, s.y) TBLPROPERTIES "
        "('delta.enableDeletionVectors' = 'true', 'delta.checkpointPolicy' = 'v2', "
        "'delta.enableRowTracking' = 'true', 'delta.enableTypeWidening' = 'true')",
        "(x INT) CLUSTER BY AUTO",
        "(x INT) TBLPROPERTIES ('delta.minReaderVersion' = '2', 'delta.minWriterVersion' = '6')",
    };
    kit *k = *state;
    for (size_t i = 0; i < CX_COUNT(tables); i++) {
        OK(k, cx_fmt(&k->c, "CREATE TABLE t%zu %s", i, tables[i]));
        OK(k, cx_fmt(&k->c, "SHOW CREATE TABLE t%zu", i));
        const char *text = cx_dup(&k->c, buf_text(&k->rows));
        const char *first = shown_without_name(k, cx_fmt(&k->c, "t%zu", i));
        OK(k, "CREATE SCHEMA IF NOT EXISTS again");
        const char *made = cx_fmt(&k->c, "CREATE TABLE again.t%zu %s", i, strchr(text, '('));
        OK(k, made);
        assert_string_equal(first, shown_without_name(k, cx_fmt(&k->c, "again.t%zu", i)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_plain_table_asks_for_no_more_than_it_needs),
        T(what_a_legacy_version_implied_is_spelled_out_in_the_lists),
        T(properties_of_delta_are_checked_by_name_and_value),
        T(rules_of_columns_must_mean_something),
        T(layouts_are_checked),
        T(a_table_like_another_has_its_rules_but_not_its_past),
        T(a_replacement_is_one_commit_over_the_same_log),
        T(a_key_that_cannot_be_takes_the_new_table_along),
        T(what_lies_at_a_location_is_registered_or_refused_but_never_written_over),
        T(show_create_table_makes_an_equal_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
