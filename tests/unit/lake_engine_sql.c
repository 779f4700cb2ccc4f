/* Statements on a workspace of our own: what they give, and what they leave. */
#include "unit/lake_engine.h"

#include <pthread.h>
#include <sys/wait.h>

static void a_query_needs_no_table(void **state)
{
    kit *k = *state;
    TYPES(k, "SELECT 1 AS a, 'x' AS b", "a INT, b STRING");
    ROWS(k, "SELECT current_user(), current_catalog()", cx_fmt(&k->c, "%s|main", k->principal));
    ROWS(k, "VALUES (1, 'a'), (2, NULL)", "1|a\n2|NULL");
    assert_true(buf_text(&k->types)[0] != 0);
}

static void a_table_is_written_and_read(void **state)
{
    kit *k = *state;
    OK(k,
       "CREATE TABLE t (id BIGINT NOT NULL COMMENT 'the key', name STRING, amount DECIMAL(10,2))");
    TYPES(k, "SELECT * FROM t", "id BIGINT, name STRING, amount DECIMAL(10,2)");
    ROWS(k, "SELECT * FROM t", "");
    ROWS(k, "INSERT INTO t VALUES (1, 'one', 1.5), (2, NULL, NULL)", "2|2");
    ROWS(k, "SELECT * FROM main.default.t ORDER BY id", "1|one|1.50\n2|NULL|NULL");
    ROWS(k, "INSERT INTO t (name, id) SELECT 'three', 3", "1|1");
    ROWS(k, "SELECT count(*), max(id) FROM t", "3|3");
    ROWS(k, "UPDATE t SET name = upper(name) WHERE id <> 2", "2");
    ROWS(k, "DELETE FROM t WHERE id = 2", "1");
    ROWS(k, "SELECT id, name FROM t ORDER BY id", "1|ONE\n3|THREE");
    ROWS(k, "SELECT count(*) FROM t VERSION AS OF 1", "2");
    ROWS(k, "INSERT OVERWRITE t VALUES (9, 'nine', 9)", "1|1");
    ROWS(k, "SELECT * FROM t", "9|nine|9.00");
    OK(k, "TRUNCATE TABLE t");
    ROWS(k, "SELECT count(*) FROM t", "0");
    ROWS(k, "SELECT version, operation FROM (DESCRIBE HISTORY t) ORDER BY version",
         "0|CREATE TABLE\n1|WRITE\n2|WRITE\n3|UPDATE\n4|DELETE\n5|WRITE\n6|TRUNCATE");
}

static void rows_that_break_the_rules_are_refused(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (id INT NOT NULL, n TINYINT)");
    FAILS(k, "INSERT INTO t VALUES (NULL, 1)", "DELTA_NOT_NULL_CONSTRAINT_VIOLATED");
    FAILS(k, "INSERT INTO t VALUES (1)", "INSERT_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS");
    FAILS(k, "INSERT INTO t VALUES ('x', 1)", "CAST_INVALID_INPUT");
    FAILS(k, "INSERT INTO t (nope) VALUES (1)", "UNRESOLVED_COLUMN.WITH_SUGGESTION");
    assert_int_not_equal(CX_OK, kit_run(k, "INSERT INTO t VALUES (1, 1000)"));
    ROWS(k, "SELECT count(*) FROM t", "0");
    ROWS(k, "SELECT count(*) FROM (DESCRIBE HISTORY t)", "1");
}

static cx_code count_parquet(cx *c, void *self, const char *relative, int64_t size, int64_t mtime)
{
    (void)c, (void)size, (void)mtime;
    if (text_ends(relative, ".parquet"))
        ++*(int *)self;
    return CX_OK;
}

static void a_failed_write_leaves_no_file(void **state)
{
    kit *k = *state;
    int files = 0;
    OK(k, "CREATE TABLE t (id INT NOT NULL, p STRING) PARTITIONED BY (p)");
    FAILS(k, "INSERT INTO t SELECT CASE WHEN id < 5000 THEN id END, id % 3 FROM range(9999)",
          "DELTA_NOT_NULL_CONSTRAINT_VIOLATED");
    FAILS(k,
          "CREATE TABLE u AS SELECT CAST(CASE WHEN id = 9 THEN 'x' ELSE '1' END AS INT) AS a FROM "
          "range(10)",
          "CAST_INVALID_INPUT");
    assert_int_equal(CX_OK, fs_walk(&k->c, k->root, count_parquet, &files));
    assert_int_equal(0, files);
    FAILS(k, "SELECT * FROM u", "TABLE_OR_VIEW_NOT_FOUND");
    meta_pending *dead;
    size_t n;
    assert_int_equal(CX_OK, meta_pending_dead(&k->c, k->m, &dead, &n));
    assert_int_equal(0, n);
}

static void partitions_of_every_type_come_back(void **state)
{
    kit *k = *state;
    OK(k,
       "CREATE TABLE p (v INT, s STRING, i INT, d DATE, b BOOLEAN, n DECIMAL(10,3), ts TIMESTAMP, "
       "z TIMESTAMP_NTZ) PARTITIONED BY (s, i, d, b, n, ts, z)");
    OK(k,
       "INSERT INTO p VALUES (1, 'a/b c%=''ž', 7, DATE '1500-03-01', true, 1.25, TIMESTAMP "
       "'2020-01-02 03:04:05.678901', CAST('2020-01-02 03:04:05' AS TIMESTAMP_NTZ)), (2, NULL, NULL, NULL, "
       "NULL, NULL, NULL, NULL), (3, '', 0, DATE '2020-01-01', false, 0, TIMESTAMP '1969-12-31 "
       "23:59:59', CAST('1400-01-01 00:00:00' AS TIMESTAMP_NTZ))");
    ROWS(k, "SELECT * FROM p ORDER BY v",
         "1|a/b c%='ž|7|1500-03-01|true|1.250|2020-01-02T03:04:05.678901Z|2020-01-02T03:04:05.000\n"
         "2|NULL|NULL|NULL|NULL|NULL|NULL|NULL\n"
         "3|NULL|0|2020-01-01|false|0.000|1969-12-31T23:59:59.000Z|1400-01-01T00:00:00.000");
    ROWS(k, "DELETE FROM p WHERE s IS NULL AND i = 0", "1");
    ROWS(k, "SELECT v FROM p ORDER BY v", "1\n2");
}

static void nested_values_survive(void **state)
{
    kit *k = *state;
    OK(k,
       "CREATE TABLE n AS SELECT array(1, 2) AS a, map('k', 1.5D) AS m, named_struct('x', 1, 'y', "
       "array('q')) AS s, CAST('abc' AS BINARY) AS b");
    TYPES(k, "SELECT * FROM n",
          "a ARRAY<INT>, m MAP<STRING, DOUBLE>, s STRUCT<x: INT, y: ARRAY<STRING>>, b BINARY");
    ROWS(k, "SELECT * FROM n", "[1,2]|{\"k\":1.5}|{\"x\":1,\"y\":[\"q\"]}|YWJj");
}

static void column_mapping_renames_and_drops(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE m (`a b` INT, s STRUCT<x: INT, `y z`: STRING>, gone INT) TBLPROPERTIES "
          "('delta.columnMapping.mode' = 'name')");
    OK(k, "INSERT INTO m VALUES (1, named_struct('x', 2, 'y z', 'w'), 3)");
    ROWS(k, "SELECT `a b`, s.x, s.`y z` FROM m", "1|2|w");
    OK(k, "ALTER TABLE m RENAME COLUMN `a b` TO first");
    OK(k, "ALTER TABLE m DROP COLUMN gone");
    OK(k, "ALTER TABLE m ADD COLUMN gone STRING");
    TYPES(k, "SELECT * FROM m", "first INT, s STRUCT<x: INT, `y z`: STRING>, gone STRING");
    ROWS(k, "SELECT * FROM m", "1|{\"x\":2,\"y z\":\"w\"}|NULL");
    FAILS(k, "CREATE TABLE bad (`a b` INT)", "DELTA_INVALID_CHARACTERS_IN_COLUMN_NAMES");
}

static void names_may_hold_anything(void **state)
{
    kit *k = *state;
    OK(k, "CREATE CATALOG `it's`");
    OK(k, "CREATE SCHEMA `it's`.`a.b \"c\"`");
    OK(k, "CREATE TABLE `it's`.`a.b \"c\"`.`ta``ble žluť` (`co\"l'` INT)");
    OK(k, "INSERT INTO `it's`.`a.b \"c\"`.`ta``ble žluť` VALUES (1)");
    ROWS(k, "SELECT `ta``ble žluť`.`co\"l'` FROM `it's`.`a.b \"c\"`.`ta``ble žluť`", "1");
    ROWS(k, "SELECT table_schema, table_name FROM `it's`.information_schema.tables",
         "a.b \"c\"|ta`ble žluť");
    OK(k, "CREATE TABLE `it's`.default.copy DEEP CLONE `it's`.`a.b \"c\"`.`ta``ble žluť`");
    ROWS(k, "SELECT * FROM `it's`.default.copy", "1");
}

static void a_clone_gives_its_six_numbers(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE a AS SELECT id FROM range(10)");
    TYPES(k, "CREATE TABLE b SHALLOW CLONE a",
          "source_table_size BIGINT, source_num_of_files BIGINT, num_removed_files BIGINT, "
          "num_copied_files BIGINT, removed_files_size BIGINT, copied_files_size BIGINT");
    FAILS(k, "CREATE TABLE b SHALLOW CLONE a", "TABLE_OR_VIEW_ALREADY_EXISTS");
    OK(k, "CREATE TABLE IF NOT EXISTS b SHALLOW CLONE a");
    FAILS(k, "CREATE OR REPLACE TABLE a DEEP CLONE a", "INVALID_PARAMETER_VALUE");
    OK(k, "INSERT INTO a SELECT 100");
    ROWS(k, "SELECT count(*) FROM b", "10");
    OK(k, "CREATE OR REPLACE TABLE b DEEP CLONE a");
    ROWS(k, "SELECT count(*) FROM b", "11");
    OK(k, "CREATE OR REPLACE TABLE b CLONE a VERSION AS OF 0");
    ROWS(k, "SELECT count(*) FROM b", "10");
    OK(k, "CREATE TABLE c SHALLOW CLONE a");
    ROWS(k, "SELECT table_name, table_type FROM main.information_schema.tables ORDER BY 1",
         "a|MANAGED\nb|MANAGED\nc|MANAGED_SHALLOW_CLONE");
}

static void views_and_functions_mean_what_they_meant(void **state)
{
    kit *k = *state;
    OK(k, "CREATE CATALOG other");
    OK(k, "CREATE SCHEMA other.s");
    OK(k, "CREATE TABLE other.s.t AS SELECT 1 AS id, 'x' AS name");
    OK(k, "CREATE VIEW v (key COMMENT 'k', label) COMMENT 'a view' AS SELECT t.id, t.name FROM "
          "other.s.t WHERE other.s.t.id = 1");
    OK(k, "CREATE VIEW w AS SELECT v.key + 1 AS next FROM v");
    ROWS(k, "SELECT w.next, v.label FROM w CROSS JOIN v", "2|x");
    FAILS(k, "CREATE OR REPLACE VIEW v AS SELECT next FROM w", "RECURSIVE_VIEW");
    OK(k, "CREATE FUNCTION other.s.twice(n INT) RETURNS INT RETURN n * 2");
    ROWS(k, "SELECT other.s.twice(21)", "42");
    ROWS(k, "SELECT other.s.twice(id) FROM other.s.t", "2");
    FAILS(k, "CREATE VIEW bad AS SELECT nope FROM other.s.t", "UNRESOLVED_COLUMN.WITH_SUGGESTION");
    FAILS(k, "DROP TABLE v", "EXPECT_TABLE_NOT_VIEW");
    OK(k, "DROP VIEW v");
    ROWS(k, "SELECT routine_name, full_data_type, data_type FROM other.information_schema.routines",
         "twice|int|INT");
    ROWS(k, "SELECT parameter_name, full_data_type FROM other.information_schema.parameters",
         "n|int");
}

static void information_schema_has_its_columns(void **state)
{
    static const char *const relations[] = {"catalogs",
                                            "schemata",
                                            "tables",
                                            "columns",
                                            "views",
                                            "routines",
                                            "parameters",
                                            "volumes",
                                            "table_constraints",
                                            "key_column_usage",
                                            "table_privileges",
                                            "schema_privileges",
                                            "catalog_privileges",
                                            "routine_privileges",
                                            "volume_privileges",
                                            "catalog_tags",
                                            "schema_tags",
                                            "table_tags",
                                            "column_tags",
                                            "volume_tags",
                                            "column_masks",
                                            "row_filters",
                                            "routine_columns",
                                            "referential_constraints"};
    kit *k = *state;
    OK(k, "CREATE TABLE t (id INT NOT NULL, d DECIMAL(12,3), p STRING) PARTITIONED BY (p)");
    for (size_t i = 0; i < CX_COUNT(relations); i++) {
        OK(k, cx_fmt(&k->c, "SELECT * FROM main.information_schema.%s", relations[i]));
        OK(k, cx_fmt(&k->c, "SELECT count(*) FROM system.information_schema.%s", relations[i]));
    }
    ROWS(k,
         "SELECT column_name, is_nullable, full_data_type, data_type, numeric_precision, "
         "numeric_scale, partition_index FROM main.information_schema.columns ORDER BY "
         "ordinal_position",
         "id|NO|int|INT|32|0|NULL\nd|YES|decimal(12,3)|DECIMAL|12|3|NULL\np|YES|string|STRING|NULL|"
         "NULL|0");
    ROWS(k, "SELECT schema_name FROM main.information_schema.schemata ORDER BY 1",
         "default\ninformation_schema");
    FAILS(k, "SELECT * FROM main.information_schema.nope", "TABLE_OR_VIEW_NOT_FOUND");
}

static void privileges_count(void **state)
{
    kit *k = *state;
    const char *owner = k->principal;
    OK(k, "CREATE TABLE secret AS SELECT 1 AS id");
    OK(k, "CREATE VIEW shown AS SELECT id FROM secret");
    assert_int_equal(CX_OK, meta_principal_add(&k->c, k->m, "ann@x.org", false));
    OK(k, "GRANT USE CATALOG ON CATALOG main TO `ann@x.org`");
    OK(k, "GRANT USE SCHEMA ON SCHEMA main.default TO `ann@x.org`");
    OK(k, "GRANT SELECT ON VIEW shown TO `ann@x.org`");
    k->principal = "ann@x.org";
    FAILS(k, "SELECT * FROM secret", "INSUFFICIENT_PERMISSIONS");
    FAILS(k, "INSERT INTO secret VALUES (2)", "INSUFFICIENT_PERMISSIONS");
    FAILS(k, "DROP TABLE secret", "INSUFFICIENT_PERMISSIONS");
    FAILS(k, "CREATE TABLE mine (a INT)", "INSUFFICIENT_PERMISSIONS");
    FAILS(k, "CREATE TABLE mine SHALLOW CLONE secret", "INSUFFICIENT_PERMISSIONS");
    FAILS(k, "SELECT * FROM delta.`/etc`", "INSUFFICIENT_PERMISSIONS");
    ROWS(k, "SELECT * FROM shown", "1");
    ROWS(k, "SELECT table_name FROM main.information_schema.tables", "shown");
    k->principal = owner;
    ROWS(k, "SHOW GRANTS ON VIEW shown",
         "ann@x.org|SELECT|TABLE|main.default.shown\nann@x.org|USE SCHEMA|SCHEMA|main.default\n"
         "ann@x.org|USE CATALOG|CATALOG|main");
    OK(k, "REVOKE SELECT ON VIEW shown FROM `ann@x.org`");
    ROWS(k, "SELECT grantee FROM main.information_schema.table_privileges", "");
}

static void a_query_reads_no_files(void **state)
{
    static const char *const texts[] = {
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM `/etc/passwd`",
        "SELECT * FROM csv.`/etc/passwd`",
        "SELECT (SELECT max(content) FROM read_text('/x'))",
        "SELECT * FROM sniff_csv('/etc/passwd')",
        "SELECT * FROM duckdb_secrets()",
        "SELECT * FROM sqlite_scan('/x', 'y')",
        "SELECT * FROM `x.parquet`",
    };
    kit *k = *state;
    for (size_t i = 0; i < CX_COUNT(texts); i++) {
        assert_int_not_equal(CX_OK, kit_run(k, texts[i]));
        assert_null(strstr(buf_text(&k->rows), "root:"));
    }
}

static void external_tables_are_registered(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE a AS SELECT id, id * 2 AS twice FROM range(5)");
    OK(k,
       cx_fmt(&k->c, "CREATE TABLE ext USING DELTA LOCATION '%s/ext' AS SELECT * FROM a", k->root));
    OK(k, "DROP TABLE ext");
    OK(k, cx_fmt(&k->c, "CREATE TABLE ext USING DELTA LOCATION '%s/ext'", k->root));
    ROWS(k, "SELECT sum(twice) FROM ext", "20");
    ROWS(k, "SELECT table_type FROM main.information_schema.tables WHERE table_name = 'ext'",
         "EXTERNAL");
    assert_int_equal(CX_OK, fs_remove_tree(&k->c, cx_fmt(&k->c, "%s/ext/_delta_log", k->root)));
    OK(k, "DROP TABLE ext");
    OK(k, cx_fmt(&k->c, "CREATE TABLE pq USING PARQUET LOCATION '%s/ext'", k->root));
    ROWS(k, "SELECT count(*), sum(twice) FROM pq", "5|20");
    OK(k, "CREATE TABLE converted DEEP CLONE pq");
    ROWS(k, "SELECT sum(twice) FROM converted", "20");
    FAILS(k, cx_fmt(&k->c, "CREATE TABLE no USING DELTA LOCATION '%s/ext'", k->root),
          "DELTA_MISSING_DELTA_TABLE");
}

static void describe_and_show_tell(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (id BIGINT COMMENT 'k', p STRING) PARTITIONED BY (p) COMMENT 'about' "
          "TBLPROPERTIES ('a' = 'b')");
    ROWS(k, "DESCRIBE t",
         "id|bigint|k\np|string|NULL\n# Partition Information||\n# "
         "col_name|data_type|comment\np|string|NULL");
    ROWS(k, "SHOW TBLPROPERTIES t ('a')", "a|b");
    ROWS(k, "SHOW COLUMNS IN t", "id\np");
    ROWS(k, "SHOW SCHEMAS IN main", "default");
    ROWS(k, "SHOW TABLES IN main.default LIKE 'T*'", "default|t|false");
    ROWS(k, "SHOW TABLES LIKE 'x|y*'", "");
    OK(k, "DESCRIBE DETAIL t");
    OK(k, "DESCRIBE EXTENDED t");
    OK(k, "DESCRIBE CATALOG EXTENDED main");
    OK(k, "DESCRIBE SCHEMA main.default");
    ROWS(k, "DESCRIBE QUERY SELECT 1 AS a, CAST(1 AS DECIMAL(5,1)) AS b",
         "a|int|NULL\nb|decimal(5,1)|NULL");
    OK(k, "SHOW CREATE TABLE t");
    OK(k, "USE CATALOG main");
    OK(k, "SET x = y");
    FAILS(k, "USE CATALOG nope", "NO_SUCH_CATALOG_EXCEPTION");
    FAILS(k, "SELECT * FROM nope.s.t", "NO_SUCH_CATALOG_EXCEPTION");
}

typedef struct {
    kit *k;
    int number, failures;
} writer;

static void *append_many(void *self)
{
    writer *w = self;
    for (int i = 0; i < 10; i++) {
        cx c;
        cx_init(&c);
        const engine_sink sink = {0};
        const char *sql = cx_fmt(&c, "INSERT INTO t SELECT %d, id FROM range(3)", w->number);
        const engine_statement s = {.text = sql, .principal = w->k->principal};
        if (engine_run(&c, w->k->e, &s, &sink) != CX_OK) {
            print_error("%s\n", c.error.message);
            w->failures++;
        }
        cx_clear(&c);
    }
    return NULL;
}

static void appends_from_many_threads_all_land(void **state)
{
    kit *k = *state;
    writer writers[4];
    pthread_t threads[4];
    OK(k, "CREATE TABLE t (a INT, b BIGINT)");
    for (int i = 0; i < 4; i++) {
        writers[i] = (writer){k, i, 0};
        pthread_create(&threads[i], NULL, append_many, &writers[i]);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(0, writers[i].failures);
    }
    ROWS(k, "SELECT a, count(*) FROM t GROUP BY a ORDER BY a", "0|30\n1|30\n2|30\n3|30");
    ROWS(k, "SELECT count(*) FROM (DESCRIBE HISTORY t)", "41");
}

/* A process that writes and dies before its commit: what it leaves goes, what others have stays. */
static void die_while_writing(kit *k)
{
    const engine_sink sink = {0};
    const engine_statement made = {.text = "INSERT INTO t SELECT 5 AS a",
                                   .principal = k->principal};
    int64_t id;
    char *location = NULL;
    meta_object o;
    if (meta_load(&k->c, k->m, META_TABLE, (meta_name){"main", "default", "t"}, &o) != CX_OK)
        _exit(2);
    location = cx_dup(&k->c, o.location);
    const char *fresh = meta_new_location(&k->c, k->m, META_TABLE);
    if (engine_run(&k->c, k->e, &made, &sink) != CX_OK || fs_mkdirs(&k->c, fresh) != CX_OK ||
        meta_pending_begin(&k->c, k->m, fresh, &id) != CX_OK ||
        fs_replace(&k->c, fs_join(&k->c, fresh, "part-x.parquet"), "x", 1, false) != CX_OK ||
        meta_pending_begin(&k->c, k->m, location, &id) != CX_OK)
        _exit(3);
    const char *mark =
        cx_fmt(&k->c, "part-00000-11111111-1111-4111-8111-%012llx.c000.snappy.parquet",
               (unsigned long long)id);
    _exit(fs_replace(&k->c, fs_join(&k->c, location, mark), "x", 1, false) == CX_OK ? 0 : 4);
}

static void what_a_dead_process_left_is_removed(void **state)
{
    kit *k = *state;
    int files = 0, status;
    OK(k, "CREATE TABLE t AS SELECT 1 AS a");
    /* The child makes its own engine: a fork has no threads of DuckDB. */
    const pid_t child = fork();
    if (child == 0) {
        kit other = {.principal = k->principal};
        cx_init(&other.c);
        if (meta_open(&other.c, k->root, &other.m) != CX_OK ||
            engine_new(&other.c, other.m, k->root, &other.e) != CX_OK)
            _exit(1);
        die_while_writing(&other);
    }
    assert_int_equal(child, waitpid(child, &status, 0));
    assert_int_equal(0, WEXITSTATUS(status));
    assert_int_equal(CX_OK, fs_walk(&k->c, k->root, count_parquet, &files));
    assert_int_equal(4, files);
    assert_int_equal(CX_OK, engine_recover(&k->c, k->e));
    files = 0;
    assert_int_equal(CX_OK, fs_walk(&k->c, k->root, count_parquet, &files));
    assert_int_equal(2, files);
    ROWS(k, "SELECT * FROM t ORDER BY a", "1\n5");
    meta_pending *dead;
    size_t n;
    assert_int_equal(CX_OK, meta_pending_dead(&k->c, k->m, &dead, &n));
    assert_int_equal(0, n);
}

static void statements_have_types(void **state)
{
    (void)state;
    assert_string_equal("SELECT", engine_statement_type("-- x\n (select 1)"));
    assert_string_equal("SELECT", engine_statement_type("with a as (select 1) select * from a"));
    assert_string_equal("CREATE", engine_statement_type("/* c */ create table t"));
    assert_string_equal("DESCRIBE", engine_statement_type("desc t"));
    assert_string_equal("OTHER", engine_statement_type("selection"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_query_needs_no_table),
        T(a_table_is_written_and_read),
        T(rows_that_break_the_rules_are_refused),
        T(a_failed_write_leaves_no_file),
        T(partitions_of_every_type_come_back),
        T(nested_values_survive),
        T(column_mapping_renames_and_drops),
        T(names_may_hold_anything),
        T(a_clone_gives_its_six_numbers),
        T(views_and_functions_mean_what_they_meant),
        T(information_schema_has_its_columns),
        T(privileges_count),
        T(a_query_reads_no_files),
        T(external_tables_are_registered),
        T(describe_and_show_tell),
        T(appends_from_many_threads_all_land),
        T(what_a_dead_process_left_is_removed),
        T(statements_have_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
