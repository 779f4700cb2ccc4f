/* ALTER TABLE: columns, types, rules, layout, properties; what is refused, and by which name. */
#include "lake_engine.h"

static const char *schema_of(kit *k, const char *table)
{
    AUTO_CLEAR(meta_object) o = {0};
    const meta_name n = {"main", "default", table};
    const json *column;
    size_t i;
    const char *all = "";
    assert_int_equal(CX_OK, meta_load(&k->c, k->m, META_TABLE, n, &o));
    json_array_foreach (o.columns, i, column)
        all = cx_fmt(&k->c, "%s%s", all, json_get_str(column, "type_json", ""));
    return all;
}
#define HAS(k, table, text) assert_non_null(strstr(schema_of(k, table), text))
#define HAS_NOT(k, table, text) assert_null(strstr(schema_of(k, table), text))

static void columns_are_added_where_they_are_said_to_be(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT, s STRUCT<x: INT>, l ARRAY<STRUCT<y: INT>>)");
    OK(k, "INSERT INTO t VALUES (1, named_struct('x', 2), array(named_struct('y', 3)))");
    OK(k, "ALTER TABLE t ADD COLUMNS (b STRING COMMENT 'bee' FIRST, c DATE AFTER a, s.w INT FIRST, "
          "l.element.z STRING)");
    ROWS(k, "SHOW COLUMNS IN t", "b\na\nc\ns\nl");
    ROWS(k, "SELECT * FROM t", "NULL|1|NULL|{\"w\":null,\"x\":2}|[{\"y\":3,\"z\":null}]");
    OK(k, "ALTER TABLE t ADD COLUMN IF NOT EXISTS b STRING");
    FAILS(k, "ALTER TABLE t ADD COLUMN B INT", "COLUMN_ALREADY_EXISTS");
    FAILS(k, "ALTER TABLE t ADD COLUMN n INT NOT NULL", "DELTA_OPERATION_NOT_ALLOWED");
    FAILS(k, "ALTER TABLE t ADD COLUMN n INT DEFAULT 1",
          "WRONG_COLUMN_DEFAULTS_FOR_DELTA_ALTER_TABLE_ADD_COLUMN_NOT_SUPPORTED");
    FAILS(k, "ALTER TABLE t ADD COLUMN n INT GENERATED ALWAYS AS (a)",
          "DELTA_OPERATION_NOT_ALLOWED");
    FAILS(k, "ALTER TABLE t ADD COLUMN q.n INT", "DELTA_ADD_COLUMN_STRUCT_NOT_FOUND");
    FAILS(k, "ALTER TABLE t ADD COLUMN a.n INT", "DELTA_ADD_COLUMN_PARENT_NOT_STRUCT");
    FAILS(k, "ALTER TABLE t ADD COLUMN n INT AFTER q", "FIELD_NOT_FOUND");
    ROWS(k, "SELECT count(*) FROM (DESCRIBE HISTORY t)", "3");
    OK(k, "CREATE TABLE e (a INT)");
    OK(k, "ALTER TABLE e ADD COLUMN n INT NOT NULL");
    FAILS(k, "INSERT INTO e VALUES (1, NULL)", "DELTA_NOT_NULL_CONSTRAINT_VIOLATED");
    FAILS(k, "ALTER TABLE e ADD COLUMN l ARRAY<STRUCT<y: INT NOT NULL>>",
          "DELTA_NESTED_NOT_NULL_CONSTRAINT");
    OK(k, "ALTER TABLE e ADD COLUMN l ARRAY<STRUCT<y: INT>>");
    FAILS(k, "ALTER TABLE e ADD COLUMN l.element.z INT NOT NULL",
          "DELTA_NESTED_NOT_NULL_CONSTRAINT");
}

static void columns_move(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT, b INT, c INT, s STRUCT<x: INT, y: INT>)");
    OK(k, "INSERT INTO t VALUES (1, 2, 3, named_struct('x', 4, 'y', 5))");
    OK(k, "ALTER TABLE t ALTER COLUMN c FIRST");
    OK(k, "ALTER TABLE t ALTER COLUMN a AFTER b");
    OK(k, "ALTER TABLE t ALTER s.y FIRST");
    ROWS(k, "SELECT * FROM t", "3|2|1|{\"y\":5,\"x\":4}");
    FAILS(k, "ALTER TABLE t ALTER COLUMN a AFTER q", "FIELD_NOT_FOUND");
    OK(k, "ALTER TABLE t ALTER COLUMN a FIRST, b COMMENT 'bee', c SET NOT NULL");
    ROWS(k, "DESCRIBE t", "a|int|NULL\nc|int|NULL\nb|int|bee\ns|struct<y:int,x:int>|NULL");
    ROWS(k, "SELECT operation FROM (DESCRIBE HISTORY t LIMIT 1)", "CHANGE COLUMNS");
}

static void types_grow_as_the_protocol_allows(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (b TINYINT, f FLOAT, d DECIMAL(5,2), day DATE, l ARRAY<INT>, m "
          "MAP<SMALLINT, STRUCT<x: INT>>, v VARCHAR(3))");
    OK(k,
       "INSERT INTO t VALUES (1, 1.5, 2.25, DATE'2026-01-02', array(7), map(CAST(3 AS SMALLINT), "
       "named_struct('x', 9)), 'abc')");
    FAILS(k, "ALTER TABLE t ALTER COLUMN b TYPE INT",
          "DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP");
    OK(k, "ALTER TABLE t SET TBLPROPERTIES ('delta.enableTypeWidening' = 'true')");
    OK(k, "ALTER TABLE t ALTER COLUMN b TYPE SMALLINT");
    OK(k, "ALTER TABLE t ALTER COLUMN b TYPE BIGINT");
    OK(k, "ALTER TABLE t ALTER COLUMN f TYPE DOUBLE");
    OK(k, "ALTER TABLE t ALTER COLUMN d TYPE DECIMAL(8,4)");
    OK(k, "ALTER TABLE t ALTER COLUMN day TYPE TIMESTAMP_NTZ");
    OK(k, "ALTER TABLE t ALTER COLUMN l.element TYPE BIGINT");
    OK(k, "ALTER TABLE t ALTER COLUMN m.key TYPE INT");
    OK(k, "ALTER TABLE t ALTER COLUMN m.value.x TYPE DECIMAL(12,1)");
    OK(k, "ALTER TABLE t ALTER COLUMN v TYPE VARCHAR(5)");
    OK(k, "ALTER TABLE t ALTER COLUMN v TYPE STRING");
    HAS(k, "t",
        "\"delta.typeChanges\":[{\"fromType\":\"byte\",\"toType\":\"short\"},{\"fromType\":"
        "\"short\",\"toType\":\"long\"}]");
    HAS(k, "t", "{\"fromType\":\"integer\",\"toType\":\"long\",\"fieldPath\":\"element\"}");
    HAS(k, "t", "{\"fromType\":\"short\",\"toType\":\"integer\",\"fieldPath\":\"key\"}");
    HAS(k, "t", "{\"fromType\":\"integer\",\"toType\":\"decimal(12,1)\"}");
    ROWS(k, "SELECT b, f, d, day, l[0], m[3].x, v FROM t",
         "1|1.5|2.2500|2026-01-02T00:00:00.000|7|9.0|abc");
    OK(k, "INSERT INTO t (b, v) VALUES (5000000000, 'longer')");
    ROWS(k, "SELECT sum(b) FROM t", "5000000001");
}

static void types_do_not_shrink_or_turn_into_others(void **state)
{
    static const char *const bad[][2] = {
        {"a TYPE INT", "DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP"},
        {"a TYPE STRING", "DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP"},
        {"a TYPE DOUBLE", "DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP"},
        {"i TYPE DECIMAL(9,0)", "DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP"},
        {"a TYPE DECIMAL(19,0)", "DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP"},
        {"d TYPE DECIMAL(5,3)", "DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP"},
        {"d TYPE DOUBLE", "DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP"},
        {"v TYPE VARCHAR(2)", "DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP"},
        {"s TYPE STRUCT<x: BIGINT>", "DELTA_CANNOT_UPDATE_STRUCT_FIELD"},
        {"l TYPE ARRAY<BIGINT>", "DELTA_CANNOT_UPDATE_ARRAY_FIELD"},
        {"m TYPE MAP<BIGINT, INT>", "DELTA_CANNOT_UPDATE_MAP_FIELD"},
        {"q TYPE INT", "UNRESOLVED_COLUMN.WITH_SUGGESTION"},
        {"i TYPE BIGINT", "DELTA_CONSTRAINT_DEPENDENT_COLUMN_CHANGE"},
    };
    kit *k = *state;
    OK(k, "CREATE TABLE t (a BIGINT, i INT, d DECIMAL(5,2), v VARCHAR(3), s STRUCT<x: INT>, l "
          "ARRAY<INT>, m MAP<INT, INT>, CONSTRAINT c CHECK (i > 0)) TBLPROPERTIES "
          "('delta.enableTypeWidening' = 'true')");
    for (size_t i = 0; i < CX_COUNT(bad); i++)
        FAILS(k, cx_fmt(&k->c, "ALTER TABLE t ALTER COLUMN %s", bad[i][0]), bad[i][1]);
    OK(k, "ALTER TABLE t ALTER COLUMN d TYPE DECIMAL(5,2)");
}

static void not_null_looks_at_the_rows_first(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT, s STRUCT<x: INT>, l ARRAY<STRUCT<y: INT>>)");
    OK(k, "INSERT INTO t VALUES (1, NULL, NULL), (2, named_struct('x', 3), NULL)");
    OK(k, "ALTER TABLE t ALTER COLUMN a SET NOT NULL");
    OK(k, "ALTER TABLE t ALTER COLUMN s.x SET NOT NULL");
    FAILS(k, "ALTER TABLE t ALTER COLUMN s SET NOT NULL", "DELTA_NEW_NOT_NULL_VIOLATION");
    FAILS(k, "ALTER TABLE t ALTER COLUMN l.element.y SET NOT NULL",
          "DELTA_NESTED_NOT_NULL_CONSTRAINT");
    FAILS(k, "INSERT INTO t VALUES (NULL, NULL, NULL)", "DELTA_NOT_NULL_CONSTRAINT_VIOLATED");
    OK(k, "ALTER TABLE t ALTER COLUMN a DROP NOT NULL");
    OK(k, "INSERT INTO t VALUES (NULL, NULL, NULL)");
    FAILS(k, "ALTER TABLE t ALTER COLUMN a SET NOT NULL", "DELTA_NEW_NOT_NULL_VIOLATION");
}

static void checks_look_at_the_rows_first(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT, p STRING) PARTITIONED BY (p)");
    OK(k, "INSERT INTO t VALUES (1, 'x'), (2, 'y'), (NULL, 'z')");
    FAILS(k, "ALTER TABLE t ADD CONSTRAINT big CHECK (a > 1)",
          "DELTA_NEW_CHECK_CONSTRAINT_VIOLATION");
    assert_non_null(strstr(k->c.error.message, "2 rows"));
    OK(k, "ALTER TABLE t ADD CONSTRAINT Small CHECK (a < 10 OR a IS NULL)");
    FAILS(k, "ALTER TABLE t ADD CONSTRAINT small CHECK (a < 11)",
          "DELTA_CONSTRAINT_ALREADY_EXISTS");
    FAILS(k, "ALTER TABLE t ADD CONSTRAINT odd CHECK (a + 1)",
          "DELTA_NON_BOOLEAN_CHECK_CONSTRAINT");
    FAILS(k, "ALTER TABLE t ADD CONSTRAINT odd CHECK (q > 1)", "UNRESOLVED_COLUMN.WITH_SUGGESTION");
    FAILS(k, "ALTER TABLE t ADD CONSTRAINT sub CHECK (a IN (SELECT 1))",
          "UNSUPPORTED_EXPRESSION_IN_TABLE_RULE");
    FAILS(k, "INSERT INTO t VALUES (12, 'x')", "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES");
    FAILS(k, "ALTER TABLE t SET TBLPROPERTIES ('delta.constraints.x' = 'a > 0')",
          "DELTA_ADD_CONSTRAINTS");
    FAILS(k, "ALTER TABLE t DROP CONSTRAINT nothing", "DELTA_CONSTRAINT_DOES_NOT_EXIST");
    OK(k, "ALTER TABLE t DROP CONSTRAINT IF EXISTS nothing");
    OK(k, "ALTER TABLE t DROP CONSTRAINT small");
    OK(k, "INSERT INTO t VALUES (12, 'x')");
    ROWS(k, "SELECT operation FROM (DESCRIBE HISTORY t) ORDER BY version",
         "CREATE TABLE\nWRITE\nADD CONSTRAINT\nDROP CONSTRAINT\nWRITE");
}

static void mapping_is_switched_on_and_names_are_free_then(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT, s STRUCT<x: INT, y: STRING>, p STRING, q STRING) PARTITIONED BY "
          "(p)");
    OK(k, "INSERT INTO t VALUES (1, named_struct('x', 2, 'y', 'z'), 'one', 'r')");
    FAILS(k, "ALTER TABLE t RENAME COLUMN a TO b", "DELTA_UNSUPPORTED_RENAME_COLUMN");
    FAILS(k, "ALTER TABLE t DROP COLUMN a", "DELTA_UNSUPPORTED_DROP_COLUMN");
    FAILS(k, "ALTER TABLE t SET TBLPROPERTIES ('delta.columnMapping.mode' = 'id')",
          "DELTA_UNSUPPORTED_COLUMN_MAPPING_MODE_CHANGE");
    OK(k, "ALTER TABLE t SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name')");
    FAILS(k, "ALTER TABLE t SET TBLPROPERTIES ('delta.columnMapping.mode' = 'none')",
          "DELTA_UNSUPPORTED_COLUMN_MAPPING_MODE_CHANGE");
    FAILS(k, "ALTER TABLE t UNSET TBLPROPERTIES ('delta.columnMapping.mode')",
          "DELTA_UNSUPPORTED_COLUMN_MAPPING_MODE_CHANGE");
    ROWS(k, "SHOW TBLPROPERTIES t ('delta.columnMapping.maxColumnId')",
         "delta.columnMapping.maxColumnId|6");
    OK(k, "ALTER TABLE t RENAME COLUMN a TO `the a`");
    OK(k, "ALTER TABLE t RENAME COLUMN s.x TO ex");
    OK(k, "ALTER TABLE t RENAME COLUMN p TO part");
    OK(k, "ALTER TABLE t DROP COLUMNS (s.y, q)");
    OK(k, "ALTER TABLE t ADD COLUMN q INT");
    OK(k, "INSERT INTO t VALUES (5, named_struct('ex', 6), 'two', 7)");
    ROWS(k, "SELECT `the a`, s.ex, part, q FROM t ORDER BY 1", "1|2|one|NULL\n5|6|two|7");
    FAILS(k, "ALTER TABLE t DROP COLUMN s.ex", "DELTA_DROP_COLUMN_ON_SINGLE_FIELD_SCHEMA");
    FAILS(k, "ALTER TABLE t DROP COLUMN part", "DELTA_UNSUPPORTED_DROP_PARTITION_COLUMN");
    FAILS(k, "ALTER TABLE t DROP COLUMN nothing", "UNRESOLVED_COLUMN.WITH_SUGGESTION");
    OK(k, "ALTER TABLE t DROP COLUMN IF EXISTS nothing");
    FAILS(k, "ALTER TABLE t RENAME COLUMN q TO part", "COLUMN_ALREADY_EXISTS");
}

static void what_others_need_is_neither_renamed_nor_dropped(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (id INT NOT NULL, a INT, b INT, c INT, d INT, CONSTRAINT pos CHECK (A > "
          "0), CONSTRAINT t_pk PRIMARY KEY (id)) CLUSTER BY (c) TBLPROPERTIES "
          "('delta.columnMapping.mode' = 'name')");
    FAILS(k, "ALTER TABLE t RENAME COLUMN a TO aa", "DELTA_CONSTRAINT_DEPENDENT_COLUMN_CHANGE");
    FAILS(k, "ALTER TABLE t DROP COLUMN a", "DELTA_CONSTRAINT_DEPENDENT_COLUMN_CHANGE");
    FAILS(k, "ALTER TABLE t DROP COLUMN c", "DELTA_UNSUPPORTED_DROP_CLUSTERING_COLUMN");
    FAILS(k, "ALTER TABLE t DROP COLUMN id", "COLUMN_HAS_DEPENDENTS");
    FAILS(k, "ALTER TABLE t ALTER COLUMN id DROP NOT NULL", "COLUMN_HAS_DEPENDENTS");
    OK(k, "ALTER TABLE t RENAME COLUMN c TO see");
    OK(k, "DESCRIBE DETAIL t");
    assert_non_null(strstr(buf_text(&k->rows), "|[\"see\"]|"));
    OK(k, "ALTER TABLE t ALTER COLUMN b SET TAGS ('k' = 'v')");
    OK(k, "ALTER TABLE t RENAME COLUMN b TO bee");
    ROWS(k, "SELECT column_name, tag_name FROM information_schema.column_tags", "bee|k");
    OK(k, "ALTER TABLE t DROP COLUMN bee");
    ROWS(k, "SELECT count(*) FROM information_schema.column_tags", "0");
}

static void columns_are_replaced_by_name(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT, b STRING)");
    OK(k, "INSERT INTO t VALUES (1, 'x')");
    OK(k, "ALTER TABLE t REPLACE COLUMNS (b STRING COMMENT 'bee', a INT, c DATE)");
    ROWS(k, "SELECT * FROM t", "x|1|NULL");
    FAILS(k, "ALTER TABLE t REPLACE COLUMNS (a INT)",
          "DELTA_UNSUPPORTED_ALTER_TABLE_REPLACE_COL_OP");
    FAILS(k, "ALTER TABLE t REPLACE COLUMNS (a STRING, b STRING, c DATE)",
          "DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP");
    OK(k, "ALTER TABLE t SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name')");
    OK(k, "ALTER TABLE t REPLACE COLUMNS (a INT, d INT)");
    ROWS(k, "SELECT * FROM t", "1|NULL");
}

static void defaults_come_and_go(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT, b STRING)");
    FAILS(k, "ALTER TABLE t ALTER COLUMN b SET DEFAULT 'x'",
          "WRONG_COLUMN_DEFAULTS_FOR_DELTA_FEATURE_NOT_ENABLED");
    OK(k, "ALTER TABLE t SET TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported')");
    OK(k, "ALTER TABLE t ALTER COLUMN b SET DEFAULT 'x'");
    FAILS(k, "ALTER TABLE t ALTER COLUMN a SET DEFAULT 'word'", "INVALID_DEFAULT_VALUE.DATA_TYPE");
    OK(k, "INSERT INTO t (a) VALUES (1)");
    OK(k, "ALTER TABLE t ALTER COLUMN b DROP DEFAULT");
    OK(k, "INSERT INTO t (a) VALUES (2)");
    ROWS(k, "SELECT a, b FROM t ORDER BY a", "1|x\n2|NULL");
}

static void clustering_comes_and_goes(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT, b INT)");
    OK(k, "ALTER TABLE t CLUSTER BY (b, a)");
    ROWS(k, "DESCRIBE t",
         "a|int|NULL\nb|int|NULL\n# Clustering Information||\n# col_name|data_type|comment\n"
         "b|int|NULL\na|int|NULL");
    OK(k, "DESCRIBE DETAIL t");
    assert_non_null(strstr(buf_text(&k->rows), "|[\"b\",\"a\"]|"));
    OK(k, "ALTER TABLE t CLUSTER BY NONE");
    OK(k, "DESCRIBE DETAIL t");
    assert_null(strstr(buf_text(&k->rows), "|[\"b\",\"a\"]|"));
    OK(k, "ALTER TABLE t CLUSTER BY AUTO");
    ROWS(k, "SHOW TBLPROPERTIES t ('clusterByAuto')", "clusterByAuto|true");
    OK(k, "CREATE TABLE p (a INT, b INT) PARTITIONED BY (a)");
    FAILS(k, "ALTER TABLE p CLUSTER BY (b)",
          "DELTA_ALTER_TABLE_CLUSTER_BY_ON_PARTITIONED_TABLE_NOT_ALLOWED");
}

static void properties_are_unset(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT) TBLPROPERTIES ('mine' = 'x', 'delta.appendOnly' = 'true')");
    OK(k, "ALTER TABLE t UNSET TBLPROPERTIES ('mine', 'Delta.AppendOnly')");
    FAILS(k, "ALTER TABLE t UNSET TBLPROPERTIES ('mine')", "DELTA_UNSET_NON_EXISTENT_PROPERTY");
    OK(k, "ALTER TABLE t UNSET TBLPROPERTIES IF EXISTS ('mine')");
    ROWS(k, "SHOW TBLPROPERTIES t", "delta.minReaderVersion|1\ndelta.minWriterVersion|2");
    FAILS(k, "ALTER TABLE t SET TBLPROPERTIES ('delta.minWriterVersion' = '1')",
          "DELTA_INVALID_PROTOCOL_DOWNGRADE");
    OK(k, "ALTER TABLE t SET TBLPROPERTIES ('comment' = 'said')");
    ROWS(k, "SELECT comment FROM information_schema.tables WHERE table_name = 't'", "said");
}

static void the_feed_keeps_its_columns_for_itself(void **state)
{
    kit *k = *state;
    FAILS(k,
          "CREATE TABLE t (a INT, _Change_Type STRING) TBLPROPERTIES "
          "('delta.enableChangeDataFeed' = 'true')",
          "DELTA_TABLE_ALREADY_CONTAINS_CDC_COLUMNS");
    OK(k, "CREATE TABLE t (a INT, _change_type STRING)");
    FAILS(k, "ALTER TABLE t SET TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')",
          "DELTA_TABLE_ALREADY_CONTAINS_CDC_COLUMNS");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(columns_are_added_where_they_are_said_to_be),
        T(columns_move),
        T(types_grow_as_the_protocol_allows),
        T(types_do_not_shrink_or_turn_into_others),
        T(not_null_looks_at_the_rows_first),
        T(checks_look_at_the_rows_first),
        T(mapping_is_switched_on_and_names_are_free_then),
        T(what_others_need_is_neither_renamed_nor_dropped),
        T(columns_are_replaced_by_name),
        T(defaults_come_and_go),
        T(clustering_comes_and_goes),
        T(properties_are_unset),
        T(the_feed_keeps_its_columns_for_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
