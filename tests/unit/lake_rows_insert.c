/* INSERT against the rules of a table, as others may have made it. */
#include "unit/lake_engine.h"

#include <pthread.h>

/* A table whose first version is written here, word for word. */
static void make(kit *k, const char *name, const char *fields, const char *partitions,
                 const char *configuration)
{
    const char *folder = cx_fmt(&k->c, "%s/made/%s", k->root, name);
    buf b = BUF(BUF_ANY);
    assert_int_equal(CX_OK, fs_mkdirs(&k->c, cx_fmt(&k->c, "%s/_delta_log", folder)));
    buf_adds(&b, "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":7,\"writerFeatures\":["
                 "\"appendOnly\",\"invariants\",\"checkConstraints\",\"changeDataFeed\","
                 "\"generatedColumns\",\"identityColumns\",\"allowColumnDefaults\"]}}\n"
                 "{\"metaData\":{\"id\":\"6a2d3a2c-0e3c-4a0e-9a0a-3c6f1d2e4b5a\",\"format\":{"
                 "\"provider\":\"parquet\",\"options\":{}},\"schemaString\":");
    buf_add_json(&b, cx_fmt(&k->c, "{\"type\":\"struct\",\"fields\":[%s]}", fields));
    buf_addf(&b, ",\"partitionColumns\":[%s],\"configuration\":{%s},\"createdTime\":1}}\n",
             partitions, configuration);
    const char *path = cx_fmt(&k->c, "%s/_delta_log/00000000000000000000.json", folder);
    assert_int_equal(CX_OK, fs_replace(&k->c, path, buf_text(&b), b.length, false));
    buf_clear(&b);
    OK(k, cx_fmt(&k->c, "CREATE TABLE %s USING DELTA LOCATION '%s'", name, folder));
}

#define FIELD(name, type, nullable, metadata)                                                    \
    "{\"name\":\"" name "\",\"type\":" type ",\"nullable\":" nullable ",\"metadata\":{" metadata \
    "}}"
#define PLAIN(name, type) FIELD(name, "\"" type "\"", "true", "")

static void fails(kit *k, const char *sql, const char *condition, const char *state,
                  const char *message)
{
    FAILS(k, sql, condition);
    assert_string_equal(state, k->c.error.sqlstate);
    assert_string_equal(message, k->c.error.message);
}

static void a_constraint_tells_the_values_that_break_it(void **state)
{
    kit *k = *state;
    make(k, "t", PLAIN("a", "integer") "," PLAIN("b c", "string") "," PLAIN("d", "date"), "",
         "\"delta.constraints.positive\":\"a > 0 AND `b c` <> 'a'\"");
    fails(k, "INSERT INTO t VALUES (1, 'x', NULL), (-1, 'y', NULL)",
          "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES", "23001",
          "CHECK constraint positive (a > 0 AND `b c` <> 'a') violated by row with values:\n"
          " - a : -1\n - b c : y");
    fails(k, "INSERT INTO t (d) VALUES (DATE'2020-01-01')", "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES",
          "23001",
          "CHECK constraint positive (a > 0 AND `b c` <> 'a') violated by row with values:\n"
          " - a : null\n - b c : null");
    ROWS(k, "INSERT INTO t VALUES (1, 'x', NULL)", "1|1");
    ROWS(k, "SELECT * FROM t", "1|x|NULL");
}

static void a_constraint_may_be_of_members(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (s STRUCT<x: INT, y: STRING>, m MAP<STRING, INT>)");
    OK(k, "ALTER TABLE t ADD CONSTRAINT c CHECK (s.x > 0 AND m['a'] < S.X)");
    fails(k, "INSERT INTO t SELECT named_struct('x', 1, 'y', 'q'), map('a', 2)",
          "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES", "23001",
          "CHECK constraint c (s.x > 0 AND m['a'] < S.X) violated by row with values:\n"
          " - s.x : 1\n - m : {a=2}");
    FAILS(k, "INSERT INTO t VALUES (NULL, NULL)", "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES");
    ROWS(k, "INSERT INTO t SELECT named_struct('x', 3, 'y', 'q'), map('a', 2)", "1|1");
}

static void an_invariant_of_a_column_is_kept(void **state)
{
    kit *k = *state;
    make(k, "t",
         FIELD("a", "\"integer\"", "true",
               "\"delta.invariants\":\"{\\\"expression\\\":{\\\"expression\\\":\\\"a > 3\\\"}}\""),
         "", "");
    fails(k, "INSERT INTO t VALUES (3)", "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES", "23001",
          "CHECK constraint EXPRESSION(a > 3) (a > 3) violated by row with values:\n - a : 3");
    FAILS(k, "INSERT INTO t VALUES (NULL)", "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES");
    ROWS(k, "INSERT INTO t VALUES (4)", "1|1");
}

static void members_that_may_not_be_null_are_not(void **state)
{
    kit *k = *state;
    make(k, "t",
         FIELD("s",
               "{\"type\":\"struct\",\"fields\":[" PLAIN("x", "integer") "," FIELD(
                   "y", "\"integer\"", "false", "") "]}",
               "true", "") "," FIELD("l",
                                     "{\"type\":\"array\",\"elementType\":\"integer\","
                                     "\"containsNull\":false}",
                                     "true", ""),
         "", "");
    fails(k, "INSERT INTO t VALUES (named_struct('x', 1, 'y', NULL), NULL)",
          "DELTA_NOT_NULL_CONSTRAINT_VIOLATED", "23502",
          "NOT NULL constraint violated for column: s.y.\n");
    fails(k, "INSERT INTO t VALUES (NULL, array(1, NULL))", "DELTA_NOT_NULL_CONSTRAINT_VIOLATED",
          "23502", "NOT NULL constraint violated for column: l.\n");
    ROWS(k, "INSERT INTO t VALUES (NULL, NULL), (named_struct('x', NULL, 'y', 2), array(1))",
         "2|2");
}

static void generated_columns_are_computed_or_checked(void **state)
{
    kit *k = *state;
    make(k, "t",
         PLAIN("a", "integer") "," FIELD("g", "\"long\"", "true",
                                         "\"delta.generationExpression\":\"a * 2\""),
         "", "");
    ROWS(k, "INSERT INTO t (a) VALUES (1), (NULL)", "2|2");
    ROWS(k, "INSERT INTO t VALUES (2, 4), (3, 6)", "2|2");
    ROWS(k, "INSERT INTO t VALUES (4, DEFAULT)", "1|1");
    fails(k, "INSERT INTO t VALUES (5, 11)", "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES", "23001",
          "CHECK constraint Generated Column (g <=> a * 2) violated by row with values:\n"
          " - g : 11\n - a : 5");
    ROWS(k, "SELECT a, g FROM t ORDER BY a NULLS FIRST", "NULL|NULL\n1|2\n2|4\n3|6\n4|8");
}

#define IDENTITY(name, start, step, more)                                    \
    FIELD(name, "\"long\"", "true",                                          \
          "\"delta.identity.start\":" start ",\"delta.identity.step\":" step \
          ",\"delta.identity.allowExplicitInsert\":" more)

static void identity_columns_count_on(void **state)
{
    kit *k = *state;
    make(k, "t", IDENTITY("id", "10", "-5", "false") "," PLAIN("a", "integer"), "", "");
    ROWS(k, "INSERT INTO t (a) VALUES (1), (2)", "2|2");
    ROWS(k, "INSERT INTO t VALUES (DEFAULT, 3)", "1|1");
    ROWS(k, "INSERT INTO t BY NAME SELECT 4 AS a", "1|1");
    ROWS(k, "SELECT id, a FROM t ORDER BY a", "10|1\n5|2\n0|3\n-5|4");
    fails(k, "INSERT INTO t VALUES (1, 1)", "DELTA_IDENTITY_COLUMNS_EXPLICIT_INSERT_NOT_SUPPORTED",
          "42808", "Providing values for GENERATED ALWAYS AS IDENTITY column id is not supported.");
}

static void an_identity_column_by_default_takes_values(void **state)
{
    kit *k = *state;
    make(k, "t",
         IDENTITY("id", "1", "3", "true,\"delta.identity.highWaterMark\":5") "," PLAIN("a",
                                                                                       "integer"),
         "", "");
    ROWS(k, "INSERT INTO t VALUES (100, 1)", "1|1");
    ROWS(k, "INSERT INTO t (a) VALUES (2)", "1|1");
    ROWS(k, "SELECT id, a FROM t ORDER BY a", "100|1\n7|2");
}

static void an_identity_column_ends_where_numbers_end(void **state)
{
    kit *k = *state;
    make(k, "t", IDENTITY("id", "9223372036854775806", "1", "false") "," PLAIN("a", "integer"), "",
         "");
    FAILS(k, "INSERT INTO t (a) VALUES (1), (2), (3)", "ARITHMETIC_OVERFLOW");
    ROWS(k, "INSERT INTO t (a) VALUES (1), (2)", "2|2");
    FAILS(k, "INSERT INTO t (a) VALUES (3)", "ARITHMETIC_OVERFLOW");
    ROWS(k, "SELECT count(*) FROM t", "2");
}

typedef struct {
    kit *k;
    const char *sql;
    cx_code code;
    char message[200];
} writer;

static void *write_five(void *self)
{
    writer *w = self;
    cx c;
    cx_init(&c);
    for (int i = 0; i < 5 && w->code == CX_OK; i++) {
        const engine_statement s = {.text = w->sql, .principal = w->k->principal};
        w->code = engine_run(&c, w->k->e, &s, NULL);
    }
    if (w->code != CX_OK)
        snprintf(w->message, sizeof w->message, "%s", c.error.message);
    cx_clear(&c);
    return NULL;
}

static void two_writers_never_take_the_same_number(void **state)
{
    kit *k = *state;
    pthread_t threads[3];
    writer writers[3];
    make(k, "t", IDENTITY("id", "1", "1", "false") "," PLAIN("a", "integer"), "", "");
    for (int i = 0; i < 3; i++) {
        writers[i] = (writer){.k = k, .sql = "INSERT INTO t (a) VALUES (1), (2)"};
        pthread_create(&threads[i], NULL, write_five, &writers[i]);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
        if (writers[i].code != CX_OK)
            fail_msg("%s", writers[i].message);
    }
    ROWS(k, "SELECT count(*), count(DISTINCT id), max(id) FROM t", "30|30|30");
}

#define DEFAULT_IS(name, type, text) \
    FIELD(name, "\"" type "\"", "true", "\"CURRENT_DEFAULT\":\"" text "\"")

static void defaults_stand_in(void **state)
{
    kit *k = *state;
    make(k, "t",
         PLAIN("a", "integer") "," DEFAULT_IS("b", "integer", "40 + 2") "," DEFAULT_IS(
             "s", "string", "concat('x', ',')"),
         "", "");
    ROWS(k, "INSERT INTO t (a) SELECT 1", "1|1");
    ROWS(k, "INSERT INTO t VALUES (DEFAULT, DEFAULT, DEFAULT), (3, abs(-3), default)", "2|2");
    ROWS(k, "INSERT INTO t (s, a) VALUES ('DEFAULT', 4)", "1|1");
    ROWS(k, "SELECT * FROM t ORDER BY a NULLS FIRST", "NULL|42|x,\n1|42|x,\n3|3|x,\n4|42|DEFAULT");
}

static void texts_have_a_length(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (v VARCHAR(3), c CHAR(4))");
    ROWS(k, "INSERT INTO t VALUES ('abc', 'x'), ('ab   ', 'abcd  '), (NULL, NULL)", "3|3");
    fails(k, "INSERT INTO t VALUES ('abcd', 'x')", "EXCEED_LIMIT_LENGTH", "54006",
          "Exceeds char/varchar type length limitation: 3.");
    ROWS(k, "SELECT concat('<', v, '|', c, '>') FROM t WHERE v IS NOT NULL ORDER BY v",
         "<ab |abcd>\n<abc|x   >");
}

static void what_does_not_fit_is_refused(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a TINYINT, d DECIMAL(3,1), s STRING, f FLOAT)");
    fails(k, "INSERT INTO t (a) VALUES (1000)", "CAST_OVERFLOW_IN_TABLE_INSERT", "22003",
          "Fail to assign a value of \"INT\" type to the \"TINYINT\" type column or variable `a` "
          "due to an overflow. Use `try_cast` on the input value to tolerate overflow and return "
          "NULL instead.");
    FAILS(k, "INSERT INTO t (d) VALUES (123.4)", "CAST_OVERFLOW_IN_TABLE_INSERT");
    FAILS(k, "INSERT INTO t (a) VALUES ('1.5')", "CAST_INVALID_INPUT");
    FAILS(k, "INSERT INTO t (a) VALUES ('x')", "CAST_INVALID_INPUT");
    ROWS(k, "INSERT INTO t VALUES (1.7, 1.25, 1e10, 3)", "1|1");
    ROWS(k, "INSERT INTO t VALUES ('12', '1.5', true, 1.5D)", "1|1");
    ROWS(k, "SELECT * FROM t ORDER BY a", "1|1.3|1.0E10|3.0\n12|1.5|true|1.5");
}

static void a_partition_is_overwritten_alone(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT, p STRING, q INT) PARTITIONED BY (p, q)");
    ROWS(k, "INSERT INTO t PARTITION (p = 'x', q = 1) VALUES (1), (2)", "2|2");
    ROWS(k, "INSERT INTO t PARTITION (q, p = 'y') VALUES (3, 2)", "1|1");
    ROWS(k, "INSERT INTO t PARTITION (p = 'y') (q, a) VALUES (3, 4)", "1|1");
    ROWS(k, "SELECT * FROM t ORDER BY a", "1|x|1\n2|x|1\n3|y|2\n4|y|3");
    ROWS(k, "INSERT OVERWRITE t PARTITION (p = 'y') VALUES (5, 9)", "1|1");
    ROWS(k, "SELECT * FROM t ORDER BY a", "1|x|1\n2|x|1\n5|y|9");
    FAILS(k, "INSERT INTO t PARTITION (a = 1) VALUES ('x', 1)", "NON_PARTITION_COLUMN");
    ROWS(k, "INSERT OVERWRITE t PARTITION (p) (a, q) VALUES (7, 7, 'z')", "1|1");
    ROWS(k, "SELECT * FROM t ORDER BY a", "7|z|7");
}

static void rows_that_meet_a_condition_are_replaced(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT, b STRING)");
    OK(k, "INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, 'three')");
    ROWS(k, "INSERT INTO t REPLACE WHERE a >= 2 VALUES (2, 'zwei'), (4, 'vier')", "2|2");
    ROWS(k, "SELECT * FROM t ORDER BY a", "1|one\n2|zwei\n4|vier");
    fails(k, "INSERT INTO t REPLACE WHERE a >= 2 VALUES (2, 'x'), (1, 'y')",
          "DELTA_REPLACE_WHERE_MISMATCH", "44000",
          "Written data does not conform to partial table overwrite condition or constraint 'a >= "
          "2':\n - a : 1");
    ROWS(k,
         "SELECT operation, operationParameters['predicate'], operationMetrics['numDeletedRows']"
         " FROM (DESCRIBE HISTORY t LIMIT 1)",
         "WRITE|a >= 2|2");
}

static void replaced_rows_are_in_the_change_feed(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT, b DOUBLE) TBLPROPERTIES (delta.enableChangeDataFeed = true)");
    OK(k, "INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)");
    ROWS(k, "INSERT INTO t REPLACE WHERE a >= 2 SELECT 2, rand()", "1|1");
    ROWS(k, "SELECT a, _change_type, _commit_version FROM table_changes('t', 2) ORDER BY 2, 1",
         "2|delete|2\n3|delete|2\n2|insert|2");
    ROWS(k,
         "SELECT count(*) FROM table_changes('t', 2) c JOIN t ON c.b = t.b AND _change_type = "
         "'insert'",
         "1");
}

static void sources_of_all_forms_are_taken(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE s (a INT, b STRING)");
    OK(k, "INSERT INTO s VALUES (1, 'x')");
    OK(k, "CREATE TABLE t (b STRING, a BIGINT)");
    ROWS(k, "INSERT INTO t BY NAME TABLE s", "1|1");
    ROWS(k, "INSERT INTO t (a, b) TABLE s", "1|1");
    ROWS(k, "INSERT INTO t (a, b) WITH w AS (SELECT * FROM s) SELECT a + 1, b FROM w", "1|1");
    ROWS(k, "INSERT INTO TABLE t SELECT b, a FROM s ORDER BY a LIMIT 1", "1|1");
    ROWS(k, "INSERT INTO t (SELECT b, a FROM s)", "1|1");
    ROWS(k, "SELECT * FROM t ORDER BY a NULLS LAST, b", "x|1\nx|1\nx|1\nx|1\nx|2");
    FAILS(k, "INSERT INTO t BY NAME SELECT 1 AS a, 2 AS nope", "UNRESOLVED_COLUMN.WITH_SUGGESTION");
    FAILS(k, "INSERT INTO t (a, a) SELECT 1, 2", "DUPLICATE_ASSIGNMENTS");
}

static void the_schema_follows_the_query(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT, p STRING) PARTITIONED BY (p)");
    OK(k, "INSERT INTO t VALUES (1, 'x')");
    FAILS(k, "INSERT INTO t SELECT 1, 'x', 2 AS b",
          "INSERT_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS");
    ROWS(k, "INSERT WITH SCHEMA EVOLUTION INTO t SELECT 2, 'y', 2.5D AS b", "1|1");
    ROWS(
        k,
        "INSERT WITH SCHEMA EVOLUTION INTO t BY NAME SELECT TIMESTAMP_NTZ'2020-01-01' AS n, 3 AS a",
        "1|1");
    TYPES(k, "SELECT * FROM t", "a INT, p STRING, b DOUBLE, n TIMESTAMP_NTZ");
    ROWS(k, "SELECT a, p, b, n IS NULL FROM t ORDER BY a",
         "1|x|NULL|true\n2|y|2.5|true\n3|NULL|NULL|false");
    ROWS(k,
         "SELECT column_name FROM information_schema.columns WHERE table_name = 't' ORDER BY "
         "ordinal_position",
         "a\np\nb\nn");
}

static void new_columns_are_mapped(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT) TBLPROPERTIES ('delta.columnMapping.mode' = 'name')");
    ROWS(k,
         "INSERT WITH SCHEMA EVOLUTION INTO t BY NAME SELECT 1 AS a, named_struct('x', 2) AS `b c`",
         "1|1");
    ROWS(k, "SELECT a, `b c`.x FROM t", "1|2");
    OK(k, "ALTER TABLE t RENAME COLUMN `b c` TO d");
    ROWS(k, "SELECT d.x FROM t", "2");
}

static void rows_of_the_same_values_are_replaced(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT, p STRING, d DATE) PARTITIONED BY (p)");
    OK(k,
       "INSERT INTO t VALUES (1, 'x', '2020-01-01'), (2, 'x', '2020-01-02'), (3, 'y\\'', NULL), (4, NULL, NULL)");
    ROWS(k,
         "INSERT INTO t REPLACE USING (p) SELECT id, CASE WHEN id = 7 THEN 'y\\'' END, NULL FROM "
         "range(7, 9)",
         "2|2");
    ROWS(k, "SELECT a FROM t ORDER BY a", "1\n2\n4\n7\n8");
    ROWS(k, "INSERT INTO t REPLACE USING (d, p) VALUES (9, 'x', '2020-01-02')", "1|1");
    ROWS(k, "SELECT a FROM t ORDER BY a", "1\n4\n7\n8\n9");
    ROWS(k, "INSERT INTO t REPLACE USING (p) SELECT * FROM t WHERE false", "0|0");
    ROWS(k, "SELECT count(*) FROM t", "5");
}

static cx_code count_parquet(cx *c, void *self, const char *relative, int64_t size, int64_t mtime)
{
    (void)c, (void)size, (void)mtime;
    if (text_ends(relative, ".parquet"))
        ++*(int *)self;
    return CX_OK;
}

static int parquet_files(kit *k)
{
    int n = 0;
    assert_int_equal(CX_OK, fs_walk(&k->c, k->root, count_parquet, &n));
    return n;
}

static void a_replacement_that_fails_leaves_no_file(void **state)
{
    kit *k = *state;
    OK(k,
       "CREATE TABLE t (a INT, p STRING) PARTITIONED BY (p) TBLPROPERTIES (delta.enableChangeDataFeed = true)");
    OK(k, "INSERT INTO t VALUES (1, 'x'), (2, 'x')");
    assert_int_equal(1, parquet_files(k));
    FAILS(k, "INSERT INTO t REPLACE WHERE a = 2 VALUES (2, 'z'), (1, 'y')",
          "DELTA_REPLACE_WHERE_MISMATCH");
    assert_int_equal(1, parquet_files(k));
    ROWS(k, "SELECT a FROM t ORDER BY a", "1\n2");
}

static void a_table_that_only_grows_is_not_overwritten(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT) TBLPROPERTIES (delta.appendOnly = true)");
    OK(k, "INSERT INTO t VALUES (1)");
    FAILS(k, "INSERT OVERWRITE t VALUES (2)", "DELTA_CANNOT_MODIFY_APPEND_ONLY");
    FAILS(k, "INSERT INTO t REPLACE WHERE a = 1 VALUES (1)", "DELTA_CANNOT_MODIFY_APPEND_ONLY");
    FAILS(k, "INSERT INTO t REPLACE USING (a) VALUES (1)", "DELTA_CANNOT_MODIFY_APPEND_ONLY");
}

static void void_columns_are_in_no_file(void **state)
{
    kit *k = *state;
    make(k, "t", PLAIN("v", "void") "," PLAIN("a", "integer"), "", "");
    ROWS(k, "INSERT INTO t VALUES (NULL, 1)", "1|1");
    ROWS(k, "SELECT v, a FROM t", "NULL|1");
    make(k, "u", PLAIN("v", "void"), "", "");
    FAILS(k, "INSERT INTO u VALUES (NULL)", "DELTA_NON_PARTITION_COLUMN_ABSENT");
}

static void structs_go_by_position(void **state)
{
    kit *k = *state;
    OK(k,
       "CREATE TABLE t (s STRUCT<x: INT, y: STRING>, l ARRAY<STRUCT<x: INT, y: INT>>, m MAP<STRING, STRUCT<z: INT>>)");
    ROWS(
        k,
        "INSERT INTO t SELECT named_struct('y', 1, 'x', 'q'), array(named_struct('y', 1, 'x', 2), NULL), "
        "map('k', named_struct('q', 5))",
        "1|1");
    ROWS(k, "INSERT INTO t BY NAME SELECT named_struct('y', 'r', 'x', 2) AS s", "1|1");
    ROWS(k, "SELECT s.x, s.y, l[0].x, l[0].y, l[1] IS NULL, m['k'].z FROM t ORDER BY 1",
         "1|q|1|2|true|5\n2|r|NULL|NULL|true|NULL");
    FAILS(k, "INSERT INTO t (s) SELECT named_struct('y', 1)", "DELTA_INSERT_COLUMN_ARITY_MISMATCH");
}

static void an_append_of_the_tables_own_rows_is_not_blind(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT)");
    OK(k, "CREATE TABLE u (a INT)");
    OK(k, "INSERT INTO t VALUES (1)");
    OK(k, "INSERT INTO t SELECT a FROM u UNION ALL SELECT 2");
    OK(k, "INSERT INTO t SELECT a + 1 FROM main.default.t");
    ROWS(k, "SELECT version, isBlindAppend FROM (DESCRIBE HISTORY t) WHERE version > 0 ORDER BY 1",
         "1|true\n2|true\n3|false");
}

static void bytes_that_no_log_can_hold_are_refused(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT, p BINARY) PARTITIONED BY (p)");
    FAILS(k, "INSERT INTO t VALUES (1, X'0041')", "UNSUPPORTED_FEATURE");
    ROWS(k, "INSERT INTO t VALUES (1, X'FF41'), (2, NULL), (3, X'')", "3|3");
    ROWS(k, "SELECT a, hex(p) FROM t ORDER BY a", "1|FF41\n2|NULL\n3|NULL");
}

static void texts_with_zero_bytes_are_found_again(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT, s STRING)");
    ROWS(k, "INSERT INTO t SELECT 1, concat('a', chr(0), 'b')", "1|1");
    ROWS(k, "SELECT a, length(s) FROM t WHERE s > 'a'", "1|3");
}

static void decimals_of_all_digits_are_literals(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (d DECIMAL(38,10), i BIGINT)");
    ROWS(k,
         "INSERT INTO t VALUES (1234567890123456789012345678.0123456789, 1), "
         "(-99999999999999999999.5, 2)",
         "2|2");
    ROWS(
        k, "SELECT d, i / 2, d > 18446744073709551615.0 FROM t ORDER BY i",
        "1234567890123456789012345678.0123456789|0.5|true\n-99999999999999999999.5000000000|1.0|false");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_constraint_tells_the_values_that_break_it),
        T(a_constraint_may_be_of_members),
        T(an_invariant_of_a_column_is_kept),
        T(members_that_may_not_be_null_are_not),
        T(generated_columns_are_computed_or_checked),
        T(identity_columns_count_on),
        T(an_identity_column_by_default_takes_values),
        T(an_identity_column_ends_where_numbers_end),
        T(two_writers_never_take_the_same_number),
        T(defaults_stand_in),
        T(texts_have_a_length),
        T(what_does_not_fit_is_refused),
        T(a_partition_is_overwritten_alone),
        T(rows_that_meet_a_condition_are_replaced),
        T(replaced_rows_are_in_the_change_feed),
        T(sources_of_all_forms_are_taken),
        T(the_schema_follows_the_query),
        T(new_columns_are_mapped),
        T(rows_of_the_same_values_are_replaced),
        T(a_replacement_that_fails_leaves_no_file),
        T(a_table_that_only_grows_is_not_overwritten),
        T(void_columns_are_in_no_file),
        T(structs_go_by_position),
        T(an_append_of_the_tables_own_rows_is_not_blind),
        T(bytes_that_no_log_can_hold_are_refused),
        T(decimals_of_all_digits_are_literals),
        T(texts_with_zero_bytes_are_found_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
