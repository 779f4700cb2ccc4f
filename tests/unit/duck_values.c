/* spec: wire §2 "Values", type_text */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <unistd.h>

#include "duck/duck.h"

typedef struct {
    cx c;
    duck_db *db;
    duck_conn *conn;
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    cx_init(&f->c);
    duck_config config = {.threads = 2};
    assert_int_equal(CX_OK, duck_open(&f->c, &config, &f->db));
    assert_int_equal(CX_OK, duck_connect(&f->c, f->db, &f->conn));
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    duck_conn_free(f->conn);
    duck_db_free(f->db);
    cx_clear(&f->c);
    free(f);
    return 0;
}

static cx_code join(cx *c, void *self, const char *const *values, const size_t *lengths)
{
    (void)c, (void)lengths;
    buf *b = self;
    buf_addf(b, "%s%s", b->length ? "\n" : "", values[0] ? values[0] : "NULL");
    return CX_OK;
}

/* One value: "TYPE text". */
static void check(fixture *f, const char *expression, const char *type, const char *text)
{
    AUTO(duck_result) r = NULL;
    buf got = BUF(BUF_ANY);
    const cx_code rc = duck_run(&f->c, f->conn, cx_fmt(&f->c, "SELECT %s AS x", expression), &r);
    if (rc != CX_OK)
        fail_msg("%s: %s", expression, f->c.error.message);
    assert_string_equal("x", duck_column_name(r, 0));
    assert_string_equal(type, duck_column_type(r, 0));
    assert_int_equal(CX_OK, duck_each(&f->c, r, join, &got));
    assert_string_equal(text, buf_text(&got));
    buf_clear(&got);
}

static void whole_numbers_are_decimal_text(void **state)
{
    check(*state, "CAST(-128 AS TINYINT)", "TINYINT", "-128");
    check(*state, "CAST(-32768 AS SMALLINT)", "SMALLINT", "-32768");
    check(*state, "CAST(7 AS INTEGER)", "INT", "7");
    check(*state, "CAST('-9223372036854775808' AS BIGINT)", "BIGINT", "-9223372036854775808");
    check(*state, "(SELECT sum(i) FROM range(4) t(i))", "BIGINT", "6");
    check(*state, "CAST('18446744073709551615' AS UBIGINT)", "DECIMAL(20,0)",
          "18446744073709551615");
    check(*state, "CAST(NULL AS INTEGER)", "INT", "NULL");
    check(*state, "true", "BOOLEAN", "true");
}

static void floating_point_is_java_text(void **state)
{
    check(*state, "CAST(1 AS DOUBLE)", "DOUBLE", "1.0");
    check(*state, "CAST(1e10 AS DOUBLE)", "DOUBLE", "1.0E10");
    check(*state, "CAST(1e7 AS DOUBLE)", "DOUBLE", "1.0E7");
    check(*state, "CAST(9999999 AS DOUBLE)", "DOUBLE", "9999999.0");
    check(*state, "CAST(0.001 AS DOUBLE)", "DOUBLE", "0.001");
    check(*state, "CAST(0.00012 AS DOUBLE)", "DOUBLE", "1.2E-4");
    check(*state, "CAST(-123.456 AS DOUBLE)", "DOUBLE", "-123.456");
    check(*state, "CAST(0.1 AS DOUBLE) + CAST(0.2 AS DOUBLE)", "DOUBLE", "0.30000000000000004");
    check(*state, "CAST('4.9e-324' AS DOUBLE)", "DOUBLE", "5.0E-324");
    check(*state, "CAST('1.7976931348623157e308' AS DOUBLE)", "DOUBLE", "1.7976931348623157E308");
    check(*state, "CAST(0.1 AS FLOAT)", "FLOAT", "0.1");
    check(*state, "CAST(16777216 AS FLOAT)", "FLOAT", "1.6777216E7");
    check(*state, "CAST('nan' AS DOUBLE)", "DOUBLE", "NaN");
    check(*state, "CAST('-inf' AS DOUBLE)", "DOUBLE", "-Infinity");
    check(*state, "CAST('-0.0' AS DOUBLE)", "DOUBLE", "-0.0");
}

static void decimals_keep_their_scale(void **state)
{
    check(*state, "CAST('1.5' AS DECIMAL(4,2))", "DECIMAL(4,2)", "1.50");
    check(*state, "CAST('-0.05' AS DECIMAL(9,3))", "DECIMAL(9,3)", "-0.050");
    check(*state, "CAST('12345678901234.5' AS DECIMAL(18,1))", "DECIMAL(18,1)", "12345678901234.5");
    check(*state, "CAST('-99999999999999999999999999999999999999' AS DECIMAL(38,0))",
          "DECIMAL(38,0)", "-99999999999999999999999999999999999999");
    check(*state, "CAST('0.00000000000000000000000000000000000001' AS DECIMAL(38,38))",
          "DECIMAL(38,38)", "0.00000000000000000000000000000000000001");
}

static void dates_reach_past_the_gregorian_reform_and_year_9999(void **state)
{
    check(*state, "DATE '2021-01-01'", "DATE", "2021-01-01");
    check(*state, "DATE '1582-10-10'", "DATE", "1582-10-10");
    check(*state, "DATE '0001-01-01'", "DATE", "0001-01-01");
    check(*state, "CAST('12345-06-07' AS DATE)", "DATE", "+12345-06-07");
}

static void timestamps_have_milliseconds_or_microseconds(void **state)
{
    check(*state, "TIMESTAMPTZ '2021-01-01 10:00:00+00'", "TIMESTAMP", "2021-01-01T10:00:00.000Z");
    check(*state, "TIMESTAMPTZ '2021-01-01 10:00:00.123456+02'", "TIMESTAMP",
          "2021-01-01T08:00:00.123456Z");
    check(*state, "TIMESTAMP '1969-12-31 23:59:59.999'", "TIMESTAMP_NTZ",
          "1969-12-31T23:59:59.999");
    check(*state, "TIMESTAMP '1400-02-28 00:00:00.000001'", "TIMESTAMP_NTZ",
          "1400-02-28T00:00:00.000001");
}

static void bytes_are_base64_and_text_is_text(void **state)
{
    check(*state, "'\\x00\\xFFab'::BLOB", "BINARY", "AP9hYg==");
    check(*state, "'žluťoučký \"kůň\"'", "STRING", "žluťoučký \"kůň\"");
    check(*state, "'0b1f5f4e-8d2a-4c6e-9a51-1f2e3d4c5b6a'::UUID", "STRING",
          "0b1f5f4e-8d2a-4c6e-9a51-1f2e3d4c5b6a");
    check(*state, "NULL", "INT", "NULL");
}

static void nested_values_are_json(void **state)
{
    check(*state, "[1, NULL, 3]", "ARRAY<INT>", "[1,null,3]");
    check(*state, "['a\"b', NULL]", "ARRAY<STRING>", "[\"a\\\"b\",null]");
    check(*state, "MAP {1: 1.5::DOUBLE, 2: NULL}", "MAP<INT, DOUBLE>", "{\"1\":1.5,\"2\":null}");
    check(*state, "['a' || chr(0) || 'b\"', '']", "ARRAY<STRING>", "[\"a\\u0000b\\\"\",\"\"]");
    check(*state, "{'x,y': 1, 'b`c': 2}", "STRUCT<`x,y`: INT, `b``c`: INT>",
          "{\"x,y\":1,\"b`c\":2}");
    check(*state, "{'a': 1, 'b': [DATE '2020-02-03']}", "STRUCT<a: INT, b: ARRAY<DATE>>",
          "{\"a\":1,\"b\":[\"2020-02-03\"]}");
    check(*state, "[CAST('nan' AS DOUBLE)]", "ARRAY<DOUBLE>", "[\"NaN\"]");
    check(*state, "CAST([1,2,3] AS INTEGER[3])", "ARRAY<INT>", "[1,2,3]");
    check(*state, "[]::VARCHAR[]", "ARRAY<STRING>", "[]");
}

static void many_rows_arrive_in_order(void **state)
{
    fixture *f = *state;
    AUTO(duck_result) r = NULL;
    buf got = BUF(BUF_ANY);
    assert_int_equal(CX_OK, duck_run(&f->c, f->conn, "SELECT * FROM range(10000)", &r));
    assert_int_equal(CX_OK, duck_each(&f->c, r, join, &got));
    assert_true(text_starts(buf_text(&got), "0\n1\n2\n"));
    assert_true(text_ends(buf_text(&got), "\n9999"));
    buf_clear(&got);
}

static void registered_rows_have_the_types_asked_for(void **state)
{
    fixture *f = *state;
    const char *const columns[] = {"n", "when \"it\" was"}, *const types[] = {"BIGINT",
                                                                              "TIMESTAMPTZ"};
    AUTO(json) rows = json_pack("[[s, s], [n, n]]", "12", "2020-01-02T03:04:05Z");
    assert_int_equal(CX_OK, duck_register_rows(&f->c, f->conn, "things", columns, types, 2, rows));
    assert_int_equal(CX_OK, duck_register_rows(&f->c, f->conn, "things", columns, types, 2, rows));
    check(f, "(SELECT n FROM things WHERE n IS NOT NULL)", "BIGINT", "12");
    check(f, "(SELECT \"when \"\"it\"\" was\" FROM things WHERE n = 12)", "TIMESTAMP",
          "2020-01-02T03:04:05.000Z");
    int64_t n = 0;
    assert_int_equal(CX_OK, duck_one_int(&f->c, f->conn, "SELECT count(*) FROM things", &n));
    assert_int_equal(2, n);
}

static void failures_carry_the_platforms_condition(void **state)
{
    static const struct {
        const char *sql, *condition;
    } cases[] = {
        {"SELEC 1", "PARSE_SYNTAX_ERROR"},
        {"SELECT nope FROM range(3) t(i)", "UNRESOLVED_COLUMN.WITH_SUGGESTION"},
        {"SELECT nope(1)", "UNRESOLVED_ROUTINE"},
        {"SELECT * FROM nope", "TABLE_OR_VIEW_NOT_FOUND"},
        {"SELECT CAST('x' AS INTEGER)", "CAST_INVALID_INPUT"},
        {"SELECT i + 9223372036854775807 FROM range(2) t(i)", "ARITHMETIC_OVERFLOW"},
        {"SELECT sum(9223372036854775807) FROM range(2)", "ARITHMETIC_OVERFLOW"},
    };
    fixture *f = *state;
    for (size_t i = 0; i < CX_COUNT(cases); i++) {
        AUTO(duck_result) r = NULL;
        cx_code rc = duck_run(&f->c, f->conn, cases[i].sql, &r);
        if (rc == CX_OK) {
            buf rows = BUF(BUF_ANY);
            rc = duck_each(&f->c, r, join, &rows);
            buf_clear(&rows);
        }
        assert_int_not_equal(CX_OK, rc);
        assert_string_equal(cases[i].condition, f->c.error.condition);
        assert_null(strstr(f->c.error.message, " Error: "));
        cx_forgive(&f->c);
    }
}

static void *cancel_soon(void *flag)
{
    usleep(30000);
    atomic_store((atomic_bool *)flag, true);
    return NULL;
}

static const char endless[] =
    "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range * b.range % 7 = 3";

static void a_cancelled_statement_stops(void **state)
{
    fixture *f = *state;
    atomic_bool cancel = false;
    pthread_t t;
    f->c.cancel = &cancel;
    pthread_create(&t, NULL, cancel_soon, &cancel);
    assert_int_equal(CX_CANCELLED, duck_run(&f->c, f->conn, endless, NULL));
    pthread_join(t, NULL);
}

static void a_statement_past_its_deadline_stops(void **state)
{
    fixture *f = *state;
    f->c.deadline_us = cx_ticks_us(&f->c) + 30000;
    assert_int_equal(CX_TIMEOUT, duck_run(&f->c, f->conn, endless, NULL));
}

static void a_copy_is_done_when_run_returns(void **state)
{
    fixture *f = *state;
    char path[] = "/tmp/clxs-duck-XXXXXX";
    close(mkstemp(path));
    const char *sql = cx_fmt(&f->c, "COPY (SELECT 1 AS a) TO '%s' (FORMAT parquet)", path);
    AUTO(duck_result) r = NULL;
    assert_int_equal(CX_OK, duck_run(&f->c, f->conn, sql, &r));
    assert_int_equal(1, duck_rows_changed(r));
    int64_t n = 0;
    sql = cx_fmt(&f->c, "SELECT a FROM read_parquet('%s')", path);
    assert_int_equal(CX_OK, duck_one_int(&f->c, f->conn, sql, &n));
    assert_int_equal(1, n);
    unlink(path);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(whole_numbers_are_decimal_text),
        T(floating_point_is_java_text),
        T(decimals_keep_their_scale),
        T(dates_reach_past_the_gregorian_reform_and_year_9999),
        T(timestamps_have_milliseconds_or_microseconds),
        T(bytes_are_base64_and_text_is_text),
        T(nested_values_are_json),
        T(many_rows_arrive_in_order),
        T(registered_rows_have_the_types_asked_for),
        T(failures_carry_the_platforms_condition),
        T(a_cancelled_statement_stops),
        T(a_statement_past_its_deadline_stops),
        T(a_copy_is_done_when_run_returns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
