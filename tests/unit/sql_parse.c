/* The command parser: what it reads from a statement, and what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sql/parse.h"

static cx *fresh(void **state)
{
    return *state;
}

static int setup(void **state)
{
    cx *c = cx_malloc(sizeof *c);
    cx_init(c);
    *state = c;
    return 0;
}

static int teardown(void **state)
{
    cx_clear(*state);
    free(*state);
    return 0;
}

static sql_statement parsed(cx *c, const char *text)
{
    sql_statement s = {0};
    const cx_code rc = sql_parse(c, text, &s);
    if (rc != CX_OK)
        print_error("%s\n%s\n", text, c->error.message);
    assert_int_equal(rc, CX_OK);
    return s;
}

static void refused(cx *c, const char *text, const char *message)
{
    sql_statement s = {0};
    const cx_code rc = sql_parse(c, text, &s);
    if (rc != CX_INVALID || !strstr(c->error.message, message))
        print_error("%.200s\n-> %s\n", text, c->error.message ? c->error.message : "accepted");
    assert_int_equal(rc, CX_INVALID);
    assert_string_equal(c->error.condition, "PARSE_SYNTAX_ERROR");
    assert_string_equal(c->error.sqlstate, "42601");
    assert_non_null(strstr(c->error.message, message));
}

static void names(const sql_name *n, const char *dotted)
{
    char text[256] = "";
    for (int i = 0; i < n->count; i++) {
        if (i)
            strncat(text, "|", sizeof text - strlen(text) - 1);
        strncat(text, n->parts[i], sizeof text - strlen(text) - 1);
    }
    assert_string_equal(text, dotted);
}

static void a_query_keeps_its_text(void **state)
{
    cx *c = fresh(state);
    static const char *const queries[] = {"SELECT 1",        "with a as (select 1) select * from a",
                                          "VALUES (1), (2)", "FROM t SELECT a",
                                          "TABLE t",         "((SELECT 1) UNION (SELECT 2))"};
    for (size_t i = 0; i < CX_COUNT(queries); i++) {
        sql_statement s = parsed(c, cx_fmt(c, "  /* hello */ %s ; ;\n-- end", queries[i]));
        assert_int_equal(s.kind, SQL_QUERY);
        assert_string_equal(s.query, queries[i]);
    }
}

static void catalogs_schemas_and_volumes_are_created(void **state)
{
    cx *c = fresh(state);
    sql_statement s = parsed(c, "create catalog if not exists `my cat` managed location 's3://b/x' "
                                "comment 'it''s \\'q\\'' options ('a' = 'b', c = 3)");
    assert_int_equal(s.kind, SQL_CREATE_CATALOG);
    names(&s.name, "my cat");
    assert_true(s.if_not_exists);
    assert_string_equal(s.location, "s3://b/x");
    assert_string_equal(s.comment, "it's 'q'");
    assert_int_equal(s.property_count, 2);
    assert_string_equal(s.properties[1].value, "3");
    s = parsed(c, "CREATE CATALOG c USING SHARE p.s");
    assert_string_equal(s.share, "p.s");
    names(&s.source, "p|s");
    s = parsed(c, "CREATE DATABASE a.b COMMENT \"x\" WITH DBPROPERTIES (k='v')");
    assert_int_equal(s.kind, SQL_CREATE_SCHEMA);
    names(&s.name, "a|b");
    assert_string_equal(s.comment, "x");
    s = parsed(c, "CREATE EXTERNAL VOLUME a.b.v LOCATION '/x' COMMENT 'y'");
    assert_int_equal(s.kind, SQL_CREATE_VOLUME);
    assert_true(s.external);
    refused(c, "CREATE EXTERNAL VOLUME a.b.v", "end of input");
}

static void a_table_is_created_with_all_its_clauses(void **state)
{
    cx *c = fresh(state);
    sql_statement s = parsed(
        c,
        "CREATE OR REPLACE TABLE `c`.s.`t``x` (\n"
        " id BIGINT GENERATED ALWAYS AS IDENTITY (START WITH 5 INCREMENT BY -2) NOT NULL,\n"
        " name STRING COLLATE UTF8_BINARY DEFAULT concat('a', 'b') COMMENT 'who',\n"
        " price DECIMAL(10, 2) NOT NULL, tags MAP<STRING, ARRAY<STRUCT<a: INT, b: STRING>>>,\n"
        " y INT GENERATED ALWAYS AS (year(ts)), ts TIMESTAMP DEFAULT current_timestamp(),\n"
        " ssn STRING MASK c.s.m USING COLUMNS (name, y),\n"
        " CONSTRAINT pk PRIMARY KEY (id TIMESERIES, name) RELY,\n"
        " CONSTRAINT fk FOREIGN KEY (y) REFERENCES c.s.p (z) NOT ENFORCED, CHECK (price > (0)))\n"
        "USING DELTA PARTITIONED BY (y) LOCATION '/tmp/x' COMMENT 'tab'\n"
        "TBLPROPERTIES (delta.enableChangeDataFeed = true, 'a b' = '1')\n"
        "WITH ROW FILTER c.s.f ON (name)");
    assert_int_equal(s.kind, SQL_CREATE_TABLE);
    assert_true(s.replace && s.create);
    names(&s.name, "c|s|t`x");
    assert_int_equal(s.column_count, 7);
    assert_true(s.columns[0].identity && s.columns[0].identity_always && s.columns[0].not_null);
    assert_int_equal(s.columns[0].identity_start, 5);
    assert_int_equal(s.columns[0].identity_step, -2);
    assert_string_equal(s.columns[1].type, "STRING COLLATE UTF8_BINARY");
    assert_string_equal(s.columns[1].default_sql, "concat('a', 'b')");
    assert_string_equal(s.columns[1].comment, "who");
    assert_string_equal(s.columns[2].type, "DECIMAL(10, 2)");
    assert_string_equal(s.columns[3].type, "MAP<STRING, ARRAY<STRUCT<a: INT, b: STRING>>>");
    assert_string_equal(s.columns[4].generated_sql, "year(ts)");
    assert_string_equal(s.columns[5].default_sql, "current_timestamp()");
    assert_string_equal(s.columns[6].mask_function, "c.s.m");
    assert_int_equal(s.columns[6].mask_column_count, 2);
    assert_int_equal(s.constraint_count, 3);
    assert_string_equal(s.constraints[0].columns[1], "name");
    names(&s.constraints[1].parent, "c|s|p");
    assert_string_equal(s.constraints[1].parent_columns[0], "z");
    assert_string_equal(s.constraints[2].check_sql, "price > (0)");
    assert_string_equal(s.using_format, "DELTA");
    assert_string_equal(s.partitioned_by[0], "y");
    assert_string_equal(s.properties[0].key, "delta.enableChangeDataFeed");
    assert_string_equal(s.properties[0].value, "true");
    names(&s.row_filter, "c|s|f");
}

static void a_table_is_created_as_a_query_or_like_another(void **state)
{
    cx *c = fresh(state);
    sql_statement s =
        parsed(c, "CREATE TABLE IF NOT EXISTS t USING delta CLUSTER BY (a, b.c) AS SELECT 1 a;");
    assert_string_equal(s.query, "SELECT 1 a");
    assert_string_equal(s.cluster_by[1], "b.c");
    s = parsed(c, "CREATE TABLE t (SELECT 1)");
    assert_string_equal(s.query, "(SELECT 1)");
    s = parsed(c, "CREATE TABLE t LIKE delta.`/a/b`");
    assert_string_equal(s.source.path, "/a/b");
    s = parsed(c, "CREATE TABLE t (a INT) PARTITIONED BY (p STRING COMMENT 'x')");
    assert_int_equal(s.column_count, 2);
    assert_string_equal(s.partitioned_by[0], "p");
    s = parsed(c, "CREATE TABLE t CLUSTER BY AUTO");
    assert_true(s.cluster_auto);
    s = parsed(c, "CREATE TABLE IDENTIFIER('a.b' || '.c') (x INT)");
    names(&s.name, "a|b|c");
    refused(c, "CREATE TABLE t COMMENT 'a' COMMENT 'b'", "twice");
}

static void clones_are_deep_unless_shallow_is_said(void **state)
{
    cx *c = fresh(state);
    sql_statement s = parsed(c, "CREATE OR REPLACE TABLE d.s.t CLONE a.s.t VERSION AS OF 12");
    assert_int_equal(s.kind, SQL_CLONE_TABLE);
    assert_false(s.shallow);
    names(&s.source, "a|s|t");
    assert_string_equal(s.travel.version_sql, "12");
    s = parsed(c, "REPLACE TABLE t DEEP CLONE s TIMESTAMP AS OF '2024-01-01' TBLPROPERTIES (a='b') "
                  "LOCATION '/x'");
    assert_true(s.replace && !s.create);
    assert_string_equal(s.travel.timestamp_sql, "'2024-01-01'");
    assert_string_equal(s.properties[0].value, "b");
    assert_string_equal(s.location, "/x");
    s = parsed(c, "CREATE TABLE IF NOT EXISTS t SHALLOW CLONE delta.`/p/q`");
    assert_true(s.shallow && s.if_not_exists);
    assert_string_equal(s.source.path, "/p/q");
    refused(c, "CREATE TABLE t SHALLOW CLONE", "end of input");
}

static void views_and_functions_keep_their_bodies(void **state)
{
    cx *c = fresh(state);
    sql_statement s =
        parsed(c, "CREATE OR REPLACE VIEW c.s.v (a COMMENT 'x', b) COMMENT 'y' "
                  "TBLPROPERTIES ('k'='v') AS SELECT /* keep */ a, b FROM t -- last\n;");
    assert_int_equal(s.kind, SQL_CREATE_VIEW);
    assert_string_equal(s.query, "SELECT /* keep */ a, b FROM t");
    assert_string_equal(s.columns[0].comment, "x");
    s = parsed(c, "CREATE MATERIALIZED VIEW v SCHEDULE EVERY 4 HOURS AS SELECT 1");
    assert_true(s.materialized);
    s = parsed(c, "CREATE FUNCTION c.s.f(x INT DEFAULT 3 COMMENT 'n', y STRING) RETURNS STRING\n"
                  "LANGUAGE SQL DETERMINISTIC COMMENT 'z' RETURN CASE WHEN x > 1 THEN y END");
    assert_int_equal(s.kind, SQL_CREATE_FUNCTION);
    assert_int_equal(s.column_count, 2);
    assert_string_equal(s.columns[0].default_sql, "3");
    assert_string_equal(s.returns, "STRING");
    assert_true(s.deterministic);
    assert_string_equal(s.body, "CASE WHEN x > 1 THEN y END");
    s = parsed(c, "CREATE FUNCTION f() RETURNS TABLE (a INT, b STRING) RETURN SELECT 1, 'a'");
    assert_int_equal(s.returns_table_count, 2);
    s = parsed(c, "CREATE FUNCTION f(in INT) RETURNS INT LANGUAGE PYTHON AS $$\nreturn ')'\n$$");
    assert_string_equal(s.columns[0].name, "in");
    assert_string_equal(s.language, "PYTHON");
    assert_string_equal(s.body, "\nreturn ')'\n");
}

static void drops_say_object_and_mode(void **state)
{
    cx *c = fresh(state);
    sql_statement s = parsed(c, "DROP DATABASE IF EXISTS a.b CASCADE");
    assert_string_equal(s.object, "SCHEMA");
    assert_true(s.if_exists && s.cascade);
    s = parsed(c, "DROP MATERIALIZED VIEW v");
    assert_string_equal(s.object, "VIEW");
    parsed(c, "DROP TABLE a.b.c");
    refused(c, "DROP CATALOG a.b", "near 'b'");
}

static void rows_are_changed(void **state)
{
    cx *c = fresh(state);
    sql_statement s = parsed(c, "INSERT INTO TABLE a.b.c (x, y) VALUES (1, 'a;b'), (2, DEFAULT)");
    assert_int_equal(s.kind, SQL_INSERT);
    assert_int_equal(s.insert_column_count, 2);
    assert_string_equal(s.query, "VALUES (1, 'a;b'), (2, DEFAULT)");
    s = parsed(c, "INSERT OVERWRITE t SELECT 1");
    assert_true(s.overwrite);
    s = parsed(c, "INSERT INTO t REPLACE WHERE d >= '2024' AND (e) = 1 SELECT * FROM u");
    assert_string_equal(s.replace_where, "d >= '2024' AND (e) = 1");
    s = parsed(c, "INSERT INTO t BY NAME (SELECT 1 a)");
    assert_true(s.by_name);
    assert_string_equal(s.query, "(SELECT 1 a)");
    s = parsed(c, "DELETE FROM t AS x WHERE x.a IN (SELECT b FROM u)");
    assert_string_equal(s.alias, "x");
    assert_string_equal(s.where, "x.a IN (SELECT b FROM u)");
    s = parsed(c, "DELETE FROM t");
    assert_null(s.where);
    s = parsed(
        c,
        "UPDATE a.t SET t.x = CASE WHEN y = 1 THEN 2 ELSE f(1, 2) END, z.w = 1 WHERE `where` = 2");
    assert_int_equal(s.set_count, 2);
    assert_string_equal(s.sets[0].key, "x");
    assert_string_equal(s.sets[0].value, "CASE WHEN y = 1 THEN 2 ELSE f(1, 2) END");
    assert_string_equal(s.sets[1].key, "z.w");
    assert_string_equal(s.where, "`where` = 2");
    parsed(c, "TRUNCATE TABLE t");
}

static void privileges_are_granted(void **state)
{
    cx *c = fresh(state);
    sql_statement s =
        parsed(c, "GRANT use schema, SELECT, ALL PRIVILEGES ON DATABASE a.b TO `x@y.z`");
    assert_int_equal(s.kind, SQL_GRANT);
    assert_string_equal(s.privileges[0], "USE_SCHEMA");
    assert_string_equal(s.privileges[2], "ALL_PRIVILEGES");
    assert_string_equal(s.object, "SCHEMA");
    assert_string_equal(s.principal, "x@y.z");
    s = parsed(c, "REVOKE MODIFY ON a.b.c FROM users");
    assert_int_equal(s.kind, SQL_REVOKE);
    assert_string_equal(s.object, "TABLE");
    s = parsed(c, "GRANT CREATE CATALOG ON METASTORE TO admins");
    assert_int_equal(s.name.count, 0);
    s = parsed(c, "SHOW GRANTS `a b` ON CATALOG c");
    assert_string_equal(s.principal, "a b");
    s = parsed(c, "SHOW GRANTS ON EXTERNAL LOCATION l");
    assert_null(s.principal);
    refused(c, "GRANT ON t TO u", "near 'ON'");
}

static void things_are_shown(void **state)
{
    cx *c = fresh(state);
    static const struct {
        const char *text, *what, *name, *pattern;
    } cases[] = {
        {"SHOW CATALOGS LIKE 'a*'", "CATALOGS", "", "a*"},
        {"SHOW DATABASES IN c", "SCHEMAS", "c", NULL},
        {"SHOW TABLES FROM a.b 'x'", "TABLES", "a|b", "x"},
        {"SHOW TABLES", "TABLES", "", NULL},
        {"SHOW TABLES DROPPED IN a.b", "TABLES DROPPED", "a|b", NULL},
        {"SHOW TABLES IN CATALOG c SCHEMA LIKE 'p' LIKE 'q'", "TABLES", "c", "q"},
        {"SHOW TABLE EXTENDED IN a.b LIKE 'p'", "TABLE EXTENDED", "a|b", "p"},
        {"SHOW VIEWS IN s", "VIEWS", "s", NULL},
        {"SHOW COLUMNS IN t IN c.s", "COLUMNS", "c|s|t", NULL},
        {"SHOW USER FUNCTIONS IN s LIKE 'f'", "FUNCTIONS", "s", "f"},
        {"SHOW VOLUMES IN c.s", "VOLUMES", "c|s", NULL},
        {"SHOW TBLPROPERTIES t (delta.x)", "TBLPROPERTIES", "t", NULL},
        {"SHOW CREATE TABLE c.s.t", "CREATE TABLE", "c|s|t", NULL},
    };
    for (size_t i = 0; i < CX_COUNT(cases); i++) {
        sql_statement s = parsed(c, cases[i].text);
        assert_int_equal(s.kind, SQL_SHOW);
        assert_string_equal(s.what, cases[i].what);
        names(&s.name, cases[i].name);
        if (cases[i].pattern)
            assert_string_equal(s.pattern, cases[i].pattern);
        else
            assert_null(s.pattern);
    }
}

static void things_are_described(void **state)
{
    cx *c = fresh(state);
    sql_statement s = parsed(c, "DESC EXTENDED c.s.t");
    assert_string_equal(s.what, "TABLE");
    assert_true(s.extended);
    s = parsed(c, "DESCRIBE HISTORY c.s.t LIMIT 5");
    assert_string_equal(s.what, "HISTORY");
    assert_int_equal(s.limit, 5);
    s = parsed(c, "DESCRIBE history");
    assert_string_equal(s.what, "TABLE");
    names(&s.name, "history");
    assert_int_equal(s.limit, -1);
    s = parsed(c, "DESCRIBE DETAIL delta.`/x/y`");
    assert_string_equal(s.name.path, "/x/y");
    s = parsed(c, "DESCRIBE SCHEMA EXTENDED c.s");
    assert_string_equal(s.what, "SCHEMA");
    s = parsed(c, "DESCRIBE TABLE EXTENDED t AS JSON");
    assert_true(s.as_json);
    s = parsed(c, "DESCRIBE QUERY SELECT 1");
    assert_string_equal(s.query, "SELECT 1");
    s = parsed(c, "DESCRIBE t col.nested");
    assert_string_equal(s.key, "col.nested");
}

static void objects_are_altered(void **state)
{
    cx *c = fresh(state);
    static const struct {
        const char *text, *action;
    } cases[] = {
        {"ALTER TABLE t SET TBLPROPERTIES ('a'='b')", "SET TBLPROPERTIES"},
        {"ALTER TABLE t UNSET TBLPROPERTIES IF EXISTS ('a', b.c)", "UNSET TBLPROPERTIES"},
        {"ALTER SCHEMA c.s SET OWNER TO `x y`", "SET OWNER"},
        {"ALTER CATALOG c OWNER TO x", "SET OWNER"},
        {"ALTER TABLE t RENAME TO c.s.u", "RENAME"},
        {"ALTER TABLE t ADD COLUMN a INT COMMENT 'x' AFTER b", "ADD COLUMNS"},
        {"ALTER TABLE t ADD COLUMNS (a INT, b.c STRING FIRST)", "ADD COLUMNS"},
        {"ALTER TABLE t DROP COLUMNS (a, b)", "DROP COLUMNS"},
        {"ALTER TABLE t RENAME COLUMN a.b TO c", "RENAME COLUMN"},
        {"ALTER TABLE t ALTER COLUMN a TYPE BIGINT", "ALTER COLUMN"},
        {"ALTER TABLE t ALTER COLUMN a SET MASK c.s.f USING COLUMNS (b)", "ALTER COLUMN"},
        {"ALTER TABLE t ALTER COLUMN a SET TAGS ('k' = 'v', 'w')", "ALTER COLUMN"},
        {"ALTER TABLE t ALTER COLUMN a SET DEFAULT 1 + 2", "ALTER COLUMN"},
        {"ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0)", "ADD CONSTRAINT"},
        {"ALTER TABLE t DROP CONSTRAINT IF EXISTS k CASCADE", "DROP CONSTRAINT"},
        {"ALTER TABLE t DROP PRIMARY KEY IF EXISTS", "DROP PRIMARY KEY"},
        {"ALTER TABLE t CLUSTER BY NONE", "CLUSTER BY"},
        {"ALTER TABLE t SET ROW FILTER f ON (a, b)", "SET ROW FILTER"},
        {"ALTER TABLE t DROP ROW FILTER", "DROP ROW FILTER"},
        {"ALTER VOLUME v SET TAGS ('a' = 'b')", "SET TAGS"},
        {"SET TAG ON COLUMN c.s.t.x k = v", "SET TAGS"},
        {"UNSET TAG ON TABLE t k", "UNSET TAGS"},
        {"ALTER VIEW v AS SELECT 1", "AS"},
        {"ALTER TABLE t DROP FEATURE x TRUNCATE HISTORY", "DROP FEATURE"},
        {"ALTER SCHEMA s ENABLE PREDICTIVE OPTIMIZATION", "PREDICTIVE OPTIMIZATION"},
    };
    for (size_t i = 0; i < CX_COUNT(cases); i++) {
        sql_statement s = parsed(c, cases[i].text);
        assert_int_equal(s.kind, SQL_ALTER);
        assert_string_equal(s.alter_action, cases[i].action);
    }
}

static void sessions_and_comments_are_set(void **state)
{
    cx *c = fresh(state);
    sql_statement s = parsed(c, "COMMENT ON COLUMN a.b.c.d IS 'x'");
    assert_int_equal(s.name.count, 4);
    s = parsed(c, "COMMENT ON TABLE t IS NULL");
    assert_null(s.comment);
    s = parsed(c, "USE CATALOG c");
    assert_string_equal(s.object, "CATALOG");
    s = parsed(c, "USE a.b");
    assert_string_equal(s.object, "SCHEMA");
    names(&s.name, "a|b");
    s = parsed(c, "SET spark.sql.ansi.enabled = true");
    assert_string_equal(s.key, "spark.sql.ansi.enabled");
    assert_string_equal(s.value, "true");
    parsed(c, "SET TIME ZONE 'UTC'");
    parsed(c, "RESET");
}

static void an_error_says_where_it_is(void **state)
{
    cx *c = fresh(state);
    refused(c, "SELEC 1", "Syntax error at or near 'SELEC'. (line 1, pos 0)");
    refused(c, "DROP\n  TABEL t",
            "Syntax error at or near 'TABEL'. (line 2, pos 2)\n\n== SQL ==\n"
            "  TABEL t\n--^^^");
    refused(c, "DROP TABLE é.ü.ö x", "(line 1, pos 17)");
    refused(c, "", "end of input");
    refused(c, " ; ", "near ';'");
    refused(c, "DROP TABLE a; DROP TABLE b", "Only one statement");
}

static void commands_that_we_lack_are_refused_by_name(void **state)
{
    cx *c = fresh(state);
    sql_statement s;
    assert_int_equal(sql_parse(c, "FSCK REPAIR TABLE t", &s), CX_UNSUPPORTED);
    assert_non_null(strstr(c->error.message, "FSCK"));
    assert_int_equal(sql_parse(c, "CREATE SHARE s", &s), CX_UNSUPPORTED);
}

static void hostile_text_gives_a_clean_error(void **state)
{
    cx *c = fresh(state);
    refused(c, "DROP TABLE `x", "not closed");
    refused(c, "DROP TABLE ``", "empty");
    refused(c, "SELECT 'x", "not closed");
    refused(c, "SELECT \"x\\\"", "not closed");
    refused(c, "SELECT 1 /* a /* b */", "not closed");
    refused(c, "SELECT (1", "not closed");
    refused(c, "SELECT (1]", "near ']'");
    refused(c, "SELECT 1)", "near ')'");
    refused(c, "SELECT \x01", "near '?'");
    refused(c, "COMMENT ON TABLE t IS 'a\\0b'", "NUL");
    refused(c, "CREATE TABLE t (a ARRAY<ARRAY<INT>)", "Syntax error");
    refused(c, "DESCRIBE HISTORY t LIMIT 99999999999999999999", "near '99999999999999999999'");
    refused(c, "SELECT '\xff\xfe'", "UTF-8");
    char *deep = cx_alloc(c, 100001);
    memset(deep, '(', 100000);
    refused(c, deep, "nested more than 200");
    char *big = cx_alloc(c, (17 << 20) + 1);
    memset(big, ' ', 17 << 20);
    sql_statement s;
    assert_int_equal(sql_parse(c, big, &s), CX_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(a_query_keeps_its_text),
        T(catalogs_schemas_and_volumes_are_created),
        T(a_table_is_created_with_all_its_clauses),
        T(a_table_is_created_as_a_query_or_like_another),
        T(clones_are_deep_unless_shallow_is_said),
        T(views_and_functions_keep_their_bodies),
        T(drops_say_object_and_mode),
        T(rows_are_changed),
        T(privileges_are_granted),
        T(things_are_shown),
        T(things_are_described),
        T(objects_are_altered),
        T(sessions_and_comments_are_set),
        T(an_error_says_where_it_is),
        T(commands_that_we_lack_are_refused_by_name),
        T(hostile_text_gives_a_clean_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
