/* Which words of a query are references: table references in text order, and the catalog renamed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sql/dialect.h"
#include "sql/parse.h"
#include "sql/quote.h"

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

/* The spans of all references, joined with "; ". */
static void spans(cx *c, const char *query, const char *wanted)
{
    sql_table_ref *refs;
    size_t n;
    AUTO_CLEAR(buf) b = BUF(4096);
    const cx_code rc = sql_table_refs(c, query, &refs, &n);
    if (rc != CX_OK)
        print_error("%s\n%s\n", query, c->error.message);
    assert_int_equal(rc, CX_OK);
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_adds(&b, "; ");
        buf_add(&b, query + refs[i].start, refs[i].end - refs[i].start);
    }
    assert_string_equal(buf_text(&b), wanted);
}

static void tables_are_found_where_relations_stand(void **state)
{
    static const char *const cases[][2] = {
        {"SELECT * FROM c.s.t a, `C`.s.`t``x` b JOIN d USING (x)", "c.s.t; `C`.s.`t``x`; d"},
        {"SELECT * FROM a LEFT JOIN LATERAL (SELECT * FROM e) ON a.x IS NOT DISTINCT FROM b.y",
         "a; e"},
        {"SELECT EXTRACT(YEAR FROM x), trim(BOTH ' ' FROM y), (SELECT max(z) FROM q) FROM t",
         "q; t"},
        {"SELECT 'FROM a', \"FROM b\" /* FROM c */ -- FROM d\nFROM e WHERE `from` = x.from", "e"},
        {"x IN (SELECT a FROM b) AND y IS DISTINCT FROM z AND EXISTS (SELECT 1 FROM k)", "b; k"},
        {"TABLE x UNION TABLE y UNION ALL (TABLE z)", "x; y; z"},
        {"FROM a SELECT b", "a"},
        {"((SELECT * FROM a) UNION (SELECT * FROM b)) EXCEPT SELECT * FROM ((c) JOIN (d) ON 1=1)",
         "a; b; c; d"},
        {"SELECT * FROM VALUES (1,2), (3,4) AS t(a, b), u", "u"},
        {"SELECT * FROM t LATERAL VIEW OUTER explode(arr) v AS a, b LATERAL VIEW posexplode(q) AS p, r",
         "t"},
        {"SELECT * FROM t PIVOT (sum(x) FOR y IN ('a', 'b')) p JOIN u", "t; u"},
        {"SELECT sum(x) OVER (PARTITION BY a) FROM t WINDOW w AS (PARTITION BY q)", "t"},
        {"SELECT * FROM delta.`/a/b` TABLESAMPLE (10 PERCENT)", "delta.`/a/b`"},
        {"SELECT a AS from, b AS table FROM t", "t"},
        {"SELECT * FROM é.ü.`ö x`", "é.ü.`ö x`"},
        {"1 + 2", ""},
    };
    for (size_t i = 0; i < CX_COUNT(cases); i++)
        spans(*state, cases[i][0], cases[i][1]);
}

static void cte_names_hide_tables_in_their_scope_only(void **state)
{
    static const char *const cases[][2] = {
        {"WITH a AS (SELECT * FROM t1), b AS (SELECT * FROM a JOIN t2) SELECT * FROM A, b, t3",
         "t1; t2; t3"},
        {"WITH x AS (SELECT * FROM x) SELECT * FROM x", "x"},
        {"SELECT * FROM (WITH t AS (SELECT 1) SELECT * FROM t) JOIN t", "t"},
        {"WITH a AS (SELECT 1) SELECT * FROM c.s.a JOIN s.a JOIN a", "c.s.a; s.a"},
        {"WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r) SELECT * FROM r", ""},
        {"WITH a AS (SELECT 1) SELECT * FROM t WHERE EXISTS (SELECT 1 FROM a JOIN b)", "t; b"},
    };
    for (size_t i = 0; i < CX_COUNT(cases); i++)
        spans(*state, cases[i][0], cases[i][1]);
}

static void time_travel_and_history_belong_to_the_reference(void **state)
{
    cx *c = *state;
    sql_table_ref *r;
    size_t n;
    const char *query =
        "SELECT * FROM t VERSION AS OF 3 v JOIN u TIMESTAMP AS OF '2024' || 'x' AS w JOIN "
        "t@v5 JOIN s FOR TIMESTAMP AS OF current_timestamp() - INTERVAL 3 DAYS q JOIN "
        "z@20240131093000000";
    spans(c, query,
          "t VERSION AS OF 3; u TIMESTAMP AS OF '2024' || 'x'; t@v5; s FOR TIMESTAMP AS OF "
          "current_timestamp() - INTERVAL 3 DAYS; z@20240131093000000");
    assert_int_equal(sql_table_refs(c, query, &r, &n), CX_OK);
    assert_string_equal(r[0].travel.version_sql, "3");
    assert_string_equal(r[1].travel.timestamp_sql, "'2024' || 'x'");
    assert_string_equal(r[2].travel.version_sql, "5");
    assert_string_equal(r[4].travel.timestamp_sql, "'2024-01-31 09:30:00.000'");
    query =
        "SELECT version FROM (DESCRIBE HISTORY `a`.b.c LIMIT 5) UNION ALL SELECT 1 FROM (DESC HISTORY d)";
    spans(c, query, "(DESCRIBE HISTORY `a`.b.c LIMIT 5); (DESC HISTORY d)");
    assert_int_equal(sql_table_refs(c, query, &r, &n), CX_OK);
    assert_true(r[0].history && r[0].limit == 5 && r[1].limit == -1);
}

static void table_functions_come_with_their_arguments(void **state)
{
    cx *c = *state;
    sql_table_ref *r;
    size_t n;
    const char *query =
        "SELECT * FROM read_files('/x', format => 'csv') r, range(5), c.s.f(1), IDENTIFIER('a.b')";
    assert_int_equal(sql_table_refs(c, query, &r, &n), CX_OK);
    assert_int_equal(n, 3);
    assert_string_equal(r[0].function, "read_files");
    assert_string_equal(r[0].args[1], "format => 'csv'");
    assert_string_equal(r[1].function, "c.s.f");
    assert_string_equal(r[2].name.parts[1], "b");
    assert_int_equal(sql_table_refs(c, "SELECT * FROM f(TABLE t)", &r, &n), CX_UNSUPPORTED);
}

static void renamed(cx *c, const char *sql, const char *wanted, size_t changed)
{
    char *out;
    size_t n;
    const cx_code rc = dialect_rename_catalog(c, sql, "c", "new-c", &out, &n);
    if (rc != CX_OK)
        print_error("%s\n%s\n", sql, c->error.message);
    assert_int_equal(rc, CX_OK);
    assert_string_equal(out, wanted);
    assert_int_equal(n, changed);
}

static void a_catalog_is_renamed_only_in_references(void **state)
{
    static const struct {
        const char *sql, *wanted;
        size_t changed;
    } cases[] = {
        {"SELECT c.s.t.x, 'c.s.t', c, c.x AS c /* c.s.t */ FROM c.s.t JOIN C.S.u c ON c.s.t.id = c.id",
         "SELECT `new-c`.s.t.x, 'c.s.t', c, c.x AS c /* c.s.t */ FROM `new-c`.s.t JOIN `new-c`.S.u c ON "
         "`new-c`.s.t.id = c.id",
         4},
        {"SELECT `c`.s.f(x), c.s.f(c.s.g(1)) FROM `c`.`s`.`t` VERSION AS OF 3",
         "SELECT `new-c`.s.f(x), `new-c`.s.f(`new-c`.s.g(1)) FROM `new-c`.`s`.`t` VERSION AS OF 3",
         4},
        {"WITH c AS (SELECT 1 a) SELECT c.a FROM c JOIN d.s.t", NULL, 0},
        {"CASE WHEN is_member('c') THEN c.s.mask(x) ELSE x END",
         "CASE WHEN is_member('c') THEN `new-c`.s.mask(x) ELSE x END", 1},
        {"SELECT * FROM table_changes('c.s.t', 1)",
         "SELECT * FROM table_changes('`new-c`.`s`.`t`', 1)", 1},
        {"SELECT * FROM c.s.tv(1) LATERAL VIEW explode(a) v AS b",
         "SELECT * FROM `new-c`.s.tv(1) LATERAL VIEW explode(a) v AS b", 1},
        {"SELECT c.s.t.* FROM c.s.t", "SELECT `new-c`.s.t.* FROM `new-c`.s.t", 2},
        {"SELECT é, 'ü' -- c.s.t\n FROM `c`.`s.é`.`tö`",
         "SELECT é, 'ü' -- c.s.t\n FROM `new-c`.`s.é`.`tö`", 1},
        {"SELECT * FROM delta.`/c/s/t` JOIN IDENTIFIER('d.s.t') JOIN x.c.t", NULL, 0},
        {"SELECT version FROM (DESCRIBE HISTORY c.s.t)",
         "SELECT version FROM (DESCRIBE HISTORY `new-c`.s.t)", 1},
        {"(SELECT a FROM c.s.t UNION SELECT b FROM (SELECT * FROM c.s.u WHERE x IN (SELECT y FROM c.s.v)))",
         "(SELECT a FROM `new-c`.s.t UNION SELECT b FROM (SELECT * FROM `new-c`.s.u WHERE x IN (SELECT y FROM "
         "`new-c`.s.v)))",
         3},
        {"SELECT row_number() OVER (PARTITION BY b ORDER BY c) FROM s.t QUALIFY 1 = 1", NULL, 0},
    };
    for (size_t i = 0; i < CX_COUNT(cases); i++)
        renamed(*state, cases[i].sql, cases[i].wanted ? cases[i].wanted : cases[i].sql,
                cases[i].changed);
}

static void a_name_that_is_computed_is_not_renamed_in_silence(void **state)
{
    cx *c = *state;
    char *out;
    assert_int_equal(
        dialect_rename_catalog(c, "SELECT * FROM IDENTIFIER('c.s.t')", "c", "d", &out, NULL),
        CX_INVALID);
    assert_non_null(strstr(c->error.message, "IDENTIFIER"));
    assert_int_equal(
        dialect_rename_catalog(c, "SELECT IDENTIFIER(x || '.f')(1)", "c", "d", &out, NULL),
        CX_INVALID);
    assert_int_equal(
        dialect_rename_catalog(c, "SELECT * FROM c.s.t WHERE ((", "c", "d", &out, NULL),
        CX_INVALID);
    assert_int_equal(dialect_rename_catalog(c, "SELECT SELECT FROM FROM", "c", "d", &out, NULL),
                     CX_INVALID);
}

static void references_are_listed_with_ctes_marked(void **state)
{
    cx *c = *state;
    dialect_ref *refs;
    size_t n;
    const char *sql = "WITH w AS (SELECT * FROM a.b.c) SELECT p.q.f(1) FROM w JOIN `x y`.z";
    assert_int_equal(dialect_tables(c, sql, &refs, &n), CX_OK);
    assert_int_equal(n, 3);
    assert_string_equal(refs[0].parts[2], "c");
    assert_true(refs[1].is_cte);
    assert_string_equal(refs[2].parts[0], "x y");
    assert_int_equal(dialect_functions(c, sql, &refs, &n), CX_OK);
    assert_int_equal(n, 1);
    assert_memory_equal(sql + refs[0].start, "p.q.f", 5);
}

static void names_and_literals_are_quoted(void **state)
{
    cx *c = *state;
    char *parts[3];
    int count;
    assert_string_equal(sql_ident(c, "a`b.c"), "`a``b.c`");
    assert_string_equal(sql_literal(c, "it's \\ \n"), "'it\\'s \\\\ \\n'");
    assert_string_equal(sql_name3(c, "a", "b", "c"), "`a`.`b`.`c`");
    assert_int_equal(sql_split_name(c, "`a``.b`.c-d.é", 3, parts, &count), CX_OK);
    assert_int_equal(count, 3);
    assert_string_equal(parts[0], "a`.b");
    assert_string_equal(parts[1], "c-d");
    static const char *const bad[] = {"", "a..b", "`a", "a.b.c.d", "a`b`", ".a", "`a`b", "``"};
    for (size_t i = 0; i < CX_COUNT(bad); i++)
        assert_int_equal(sql_split_name(c, bad[i], 3, parts, &count), CX_INVALID);
}

static void parameters_become_typed_literals(void **state)
{
    cx *c = *state;
    char *out;
    AUTO(json) params = NULL;
    const char *text =
        "[{\"name\":\"a\",\"value\":\"it's\"},{\"name\":\"n\",\"value\":\"5\",\"type\":\"INT\"},"
        "{\"name\":\"z\",\"type\":\"DATE\"},{\"name\":\"bad\",\"value\":\"1\",\"type\":\"INT) x --\"}]";
    assert_int_equal(json_parse(c, text, strlen(text), "parameters", &params), CX_OK);
    assert_int_equal(
        sql_bind_parameters(c, "SELECT :a, ':a' /* :a */, j:a, x::int WHERE n = :n OR d=:z", params,
                            &out),
        CX_OK);
    assert_string_equal(
        out,
        "SELECT 'it\\'s', ':a' /* :a */, j:a, x::int WHERE n = CAST('5' AS INT) OR d=CAST(NULL AS "
        "DATE)");
    assert_int_equal(sql_bind_parameters(c, "SELECT :nope", params, &out), CX_INVALID);
    assert_string_equal(c->error.condition, "UNBOUND_SQL_PARAMETER");
    assert_int_equal(sql_bind_parameters(c, "SELECT :bad", params, &out), CX_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(tables_are_found_where_relations_stand),
        T(cte_names_hide_tables_in_their_scope_only),
        T(time_travel_and_history_belong_to_the_reference),
        T(table_functions_come_with_their_arguments),
        T(a_catalog_is_renamed_only_in_references),
        T(a_name_that_is_computed_is_not_renamed_in_silence),
        T(references_are_listed_with_ctes_marked),
        T(names_and_literals_are_quoted),
        T(parameters_become_typed_literals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
