/* Databricks SQL in DuckDB's words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sql/dialect.h"

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

static const char *const cases[][2] = {
    {"SELECT `a b`, \"str\", 'it''s', 'a\\nb' FROM `t-x` -- end",
     "SELECT \"a b\", 'str', 'it''s', 'a\nb' FROM \"t-x\""},
    {"SELECT * FROM a LEFT ANTI JOIN b ON a.x = b.x", "SELECT * FROM a ANTI JOIN b ON a.x = b.x"},
    {"SELECT * FROM a LEFT SEMI JOIN b USING (x)", "SELECT * FROM a SEMI JOIN b USING (x)"},
    {"SELECT a <=> b, !(a = b)", "SELECT a IS NOT DISTINCT FROM b, NOT (a = b)"},
    {"SELECT x::int, cast(x AS STRING), try_cast(x AS INT), bigint(x)",
     "SELECT CAST(x AS INT), CAST(x AS TEXT), DBX_TRY(TRY_CAST(x AS INT)), CAST(x AS BIGINT)"},
    {"SELECT concat(a, b), a || b", "SELECT DBX_CONCAT(a, b), DBX_CONCAT(a, b)"},
    {"SELECT a / b, a div b", "SELECT a / b, a // b"},
    {"SELECT size(m), arr[0], m['k'], array(1, 2)",
     "SELECT DBX_SIZE(m), arr[DBX_INDEX(0)], m['k'], [1, 2]"},
    {"SELECT collect_list(x) FILTER (WHERE y > 1)",
     "SELECT LIST(x) FILTER(WHERE (x) IS NOT NULL AND (y > 1))"},
    {"SELECT first(x, true), last(x) IGNORE NULLS OVER (ORDER BY y)",
     "SELECT FIRST(x) FILTER(WHERE (x) IS NOT NULL), LAST_VALUE(x IGNORE NULLS) OVER (ORDER BY y NULLS FIRST)"},
    {"SELECT date_format(t, \"yyyy-MM-dd'T'HH:mm\")",
     "SELECT STRFTIME(CAST(t AS TIMESTAMP), '%Y-%m-%dT%H:%M')"},
    {"SELECT timestamp '2024-01-01'", "SELECT CAST('2024-01-01' AS TIMESTAMPTZ)"},
    {"SELECT struct(a, t.b, 1 + 1, c AS d), named_struct('x', 1)",
     "SELECT {'a': a, 'b': t.b, 'col3': 1 + 1, 'd': c}, {'x': 1}"},
    {"SELECT e FROM t LATERAL VIEW explode(arr) v AS e",
     "SELECT e FROM t CROSS JOIN LATERAL (SELECT UNNEST(arr)) AS v(e)"},
    {"SELECT p, e FROM t LATERAL VIEW OUTER posexplode(arr) v AS p, e",
     "SELECT p, e FROM t LEFT JOIN LATERAL (SELECT DBX_ORDINALS(arr), UNNEST(arr)) AS v(p, e) ON TRUE"},
    {"SELECT x LIKE '50\\\\%'", "SELECT x LIKE '50\\%' ESCAPE '\\'"},
    {"SELECT aggregate(a, 0, (x, y) -> x + y)", "SELECT LIST_REDUCE(a, (x, y) -> x + y, 0)"},
    {"SELECT a FROM t GROUP BY a, b WITH ROLLUP", "SELECT a FROM t GROUP BY ROLLUP(a, b)"},
    {"SELECT * FROM range(3) r", "SELECT * FROM (SELECT range AS id FROM RANGE(0, 3)) AS r"},
    {"SELECT substring(x, 0, 2), substring(x FROM 2 FOR 1)",
     "SELECT DBX_SUBSTRING(x, 0, 2), SUBSTRING(x FROM 2 FOR 1)"},
    {"SELECT datediff(a, b), current_timestamp(), current_user()",
     "SELECT DBX_DATEDIFF(a, b), CURRENT_TIMESTAMP, DBX_CURRENT_USER()"},
    {"SELECT 1 WHERE EXISTS (SELECT a, b FROM t) AND exists(c, x -> x > 1)",
     "SELECT 1 WHERE EXISTS(SELECT a, b FROM t) AND DBX_ANY(LIST_FILTER(c, x -> x > 1))"},
    {"TABLE x UNION (TABLE y)", "SELECT * FROM x UNION (SELECT * FROM y)"},
    {"WITH size(a) AS (SELECT 1) SELECT year.a FROM size year",
     "WITH size(a) AS (SELECT 1) SELECT year.a FROM size AS year"},
};

static void queries_are_translated(void **state)
{
    for (size_t i = 0; i < CX_COUNT(cases); i++) {
        cx *c = *state;
        char *out;
        const cx_code rc = dialect_to_duckdb(c, cases[i][0], &out);
        if (rc != CX_OK)
            print_error("%s\n%s\n", cases[i][0], c->error.message);
        assert_int_equal(rc, CX_OK);
        assert_string_equal(out, cases[i][1]);
    }
}

static void what_cannot_be_parsed_says_where(void **state)
{
    cx *c = *state;
    char *out;
    assert_int_equal(dialect_to_duckdb(c, "SELECT a FROM t WHERE", &out), CX_INVALID);
    assert_string_equal(c->error.condition, "PARSE_SYNTAX_ERROR");
    assert_non_null(strstr(c->error.message, "line 1"));
    assert_int_equal(dialect_validate(c, "SELECT FROM WHERE ORDER"), CX_INVALID);
    assert_int_equal(dialect_validate(c, "a + f(1)"), CX_OK);
    assert_int_equal(dialect_validate(c, "SELECT 1"), CX_OK);
}

/* Each repeats one piece very often; none may end the process. */
static void hostile_text_gives_an_error(void **state)
{
    static const struct {
        const char *before, *piece, *after;
        size_t count;
    } all[] = {
        {"SELECT ", "(", "", 100000},         {"SELECT ", "NOT ", "1", 20000},
        {"SELECT ", "- ", "1", 20000},        {"SELECT 1", " + 1", "", 20000},
        {"SELECT ", "CASE WHEN ", "1", 5000}, {"SELECT 1", " UNION SELECT 1", "", 3000},
        {"SELECT a", ".a", "", 20000},        {"SELECT ", "[", "", 190},
        {"SELECT ", "f(", "1", 190},          {"SELECT cast(1 AS ", "array<", "int", 5000},
    };
    for (size_t i = 0; i < CX_COUNT(all); i++) {
        cx c;
        cx_init(&c);
        AUTO_CLEAR(buf) b = BUF(1 << 24);
        char *out;
        buf_adds(&b, all[i].before);
        for (size_t k = 0; k < all[i].count; k++)
            buf_adds(&b, all[i].piece);
        buf_adds(&b, all[i].after);
        const cx_code rc = dialect_to_duckdb(&c, buf_text(&b), &out);
        assert_true(rc == CX_OK || rc == CX_INVALID || rc == CX_UNSUPPORTED);
        cx_clear(&c);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(queries_are_translated),
        T(what_cannot_be_parsed_says_where),
        T(hostile_text_gives_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
