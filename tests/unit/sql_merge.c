/* MERGE, as the parser reads it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sql/parse.h"

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

static void refused(cx *c, const char *text, const char *condition)
{
    sql_statement s = {0};
    assert_int_not_equal(CX_OK, sql_parse(c, text, &s));
    assert_string_equal(condition, c->error.condition);
    cx_forgive(c);
}

static void a_merge_has_a_source_a_condition_and_clauses(void **state)
{
    cx *c = *state;
    const sql_statement s =
        parsed(c, "MERGE INTO a.b.t AS x USING u.v AS y ON x.id = y.id AND CASE WHEN x.w THEN y.z "
                  "END WHEN MATCHED AND CASE y.op WHEN 'd' THEN true END THEN DELETE WHEN MATCHED "
                  "THEN UPDATE SET x.a = CASE WHEN y.a > 1 THEN 2 ELSE 3 END, b.c = f(y.b, 1)");
    const sql_merge *m = s.merge;
    assert_int_equal(s.kind, SQL_MERGE);
    assert_string_equal(s.alias, "x");
    assert_string_equal(m->source.parts[1], "v");
    assert_string_equal(m->alias, "y");
    assert_string_equal(m->on, "x.id = y.id AND CASE WHEN x.w THEN y.z END");
    assert_int_equal(m->when_count, 2);
    assert_string_equal(m->whens[0].condition, "CASE y.op WHEN 'd' THEN true END");
    assert_int_equal(m->whens[0].then, SQL_THEN_DELETE);
    assert_string_equal(m->whens[1].sets[0].key, "a");
    assert_string_equal(m->whens[1].sets[0].value, "CASE WHEN y.a > 1 THEN 2 ELSE 3 END");
    assert_string_equal(m->whens[1].sets[1].key, "b.c");
    assert_string_equal(m->whens[1].sets[1].value, "f(y.b, 1)");
}

static void each_kind_of_clause_is_told_apart(void **state)
{
    cx *c = *state;
    const sql_merge *m =
        parsed(c,
               "MERGE WITH SCHEMA EVOLUTION INTO t USING (SELECT * FROM s WHERE (a)) AS q (x, y) "
               "ON true WHEN NOT MATCHED BY TARGET AND x > 1 THEN INSERT (t.a, `b`) VALUES (x, "
               "CASE WHEN y THEN 1 END) WHEN NOT MATCHED THEN INSERT * WHEN NOT MATCHED BY SOURCE "
               "AND a = 1 THEN UPDATE SET a = DEFAULT WHEN NOT MATCHED BY SOURCE THEN DELETE WHEN "
               "MATCHED THEN UPDATE SET *;")
            .merge;
    assert_true(m->evolve);
    assert_int_equal(m->source.count, 0);
    assert_string_equal(m->query, "SELECT * FROM s WHERE (a)");
    assert_string_equal(m->alias, "q");
    assert_int_equal(m->column_count, 2);
    assert_int_equal(m->when_count, 5);
    assert_int_equal(m->whens[0].when, SQL_NOT_MATCHED);
    assert_int_equal(m->whens[0].set_count, 2);
    assert_string_equal(m->whens[0].sets[0].key, "a");
    assert_string_equal(m->whens[0].sets[1].value, "CASE WHEN y THEN 1 END");
    assert_true(m->whens[1].star);
    assert_int_equal(m->whens[2].when, SQL_NOT_MATCHED_BY_SOURCE);
    assert_string_equal(m->whens[2].sets[0].value, "DEFAULT");
    assert_int_equal(m->whens[3].then, SQL_THEN_DELETE);
    assert_true(m->whens[4].star);
}

static void sources_may_be_versions_paths_and_functions(void **state)
{
    cx *c = *state;
    const sql_merge *m =
        parsed(c, "MERGE INTO t USING s VERSION AS OF 3 y ON true WHEN MATCHED THEN DELETE").merge;
    assert_string_equal(m->travel.version_sql, "3");
    assert_string_equal(m->alias, "y");
    m = parsed(c, "MERGE INTO delta.`/x/t` USING delta.`/x/s` ON true WHEN MATCHED THEN DELETE")
            .merge;
    assert_string_equal(m->source.path, "/x/s");
    m = parsed(c, "MERGE INTO t USING table_changes('s', 1, 2) AS ch ON true WHEN MATCHED THEN "
                  "DELETE")
            .merge;
    assert_string_equal(m->query, "SELECT * FROM table_changes('s', 1, 2)");
    assert_string_equal(m->alias, "ch");
}

static void what_no_merge_can_be_is_refused(void **state)
{
    cx *c = *state;
    refused(c, "MERGE INTO t USING s ON true", "MERGE_WITHOUT_WHEN");
    refused(c, "MERGE INTO t USING s WHEN MATCHED THEN DELETE", "PARSE_SYNTAX_ERROR");
    refused(c, "MERGE INTO t USING s ON true WHEN MATCHED THEN INSERT *", "PARSE_SYNTAX_ERROR");
    refused(c, "MERGE INTO t USING s ON true WHEN NOT MATCHED THEN DELETE", "PARSE_SYNTAX_ERROR");
    refused(c, "MERGE INTO t USING s ON true WHEN NOT MATCHED THEN INSERT (a) VALUES (1, 2)",
            "PARSE_SYNTAX_ERROR");
    refused(c, "MERGE INTO t USING s ON true WHEN NOT MATCHED THEN INSERT (a, b) VALUES (1)",
            "PARSE_SYNTAX_ERROR");
    refused(c, "MERGE INTO t USING s ON true WHEN NOT MATCHED BY SOURCE THEN UPDATE SET *",
            "PARSE_SYNTAX_ERROR");
    refused(c, "MERGE INTO t USING s ON WHEN MATCHED THEN DELETE", "PARSE_SYNTAX_ERROR");
    refused(
        c,
        "MERGE INTO t USING s ON true WHEN NOT MATCHED BY SOURCE THEN DELETE WHEN NOT MATCHED BY "
        "SOURCE THEN UPDATE SET a = 1",
        "NON_LAST_NOT_MATCHED_BY_SOURCE_CLAUSE_OMIT_CONDITION");
}

static void updates_know_their_columns_by_any_name_of_the_table(void **state)
{
    cx *c = *state;
    sql_statement s = parsed(c, "UPDATE a.b.t SET a.b.t.x = 1, b.t.y = 2, t.z = 3, w.q = 4, t = 5");
    assert_string_equal(s.sets[0].key, "x");
    assert_string_equal(s.sets[1].key, "y");
    assert_string_equal(s.sets[2].key, "z");
    assert_string_equal(s.sets[3].key, "w.q");
    assert_string_equal(s.sets[4].key, "t");
    s = parsed(c, "UPDATE t AS k SET k.x = 1, t.x = 2");
    assert_string_equal(s.sets[0].key, "x");
    assert_string_equal(s.sets[1].key, "t.x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_merge_has_a_source_a_condition_and_clauses, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(each_kind_of_clause_is_told_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(sources_may_be_versions_paths_and_functions, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_no_merge_can_be_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(updates_know_their_columns_by_any_name_of_the_table, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
