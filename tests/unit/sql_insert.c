/* INSERT as the parser reads it, and what it refuses. */
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
    if (sql_parse(c, text, &s) != CX_OK)
        fail_msg("%s: %s", text, c->error.message);
    assert_int_equal(SQL_INSERT, s.kind);
    assert_non_null(s.insert);
    return s;
}

static void partitions_are_given_or_asked_of_the_query(void **state)
{
    sql_statement s =
        parsed(*state, "INSERT OVERWRITE TABLE t PARTITION (p = 'a,b', `q r`, z = f(1, "
                       "2)) (x, y) SELECT 1");
    assert_true(s.overwrite);
    assert_int_equal(3, s.insert->partition_count);
    assert_string_equal("p", s.insert->partition[0].key);
    assert_string_equal("'a,b'", s.insert->partition[0].value);
    assert_string_equal("q r", s.insert->partition[1].key);
    assert_null(s.insert->partition[1].value);
    assert_string_equal("f(1, 2)", s.insert->partition[2].value);
    assert_int_equal(2, s.insert_column_count);
    assert_string_equal("SELECT 1", s.query);
}

static void rows_are_replaced_by_a_condition_or_by_columns(void **state)
{
    sql_statement s = parsed(*state, "INSERT INTO t REPLACE WHERE a > 1 AND b = 'x' TABLE u");
    assert_string_equal("a > 1 AND b = 'x'", s.replace_where);
    assert_string_equal("TABLE u", s.query);
    s = parsed(*state, "INSERT INTO t BY NAME REPLACE USING (a, `b c`) SELECT 1");
    assert_true(s.by_name);
    assert_int_equal(2, s.insert->replace_using_count);
    assert_string_equal("b c", s.insert->replace_using[1]);
}

static void the_schema_may_evolve(void **state)
{
    assert_true(parsed(*state, "INSERT WITH SCHEMA EVOLUTION INTO t SELECT 1").insert->evolve);
    assert_false(parsed(*state, "INSERT INTO t SELECT 1").insert->evolve);
}

static void other_forms_are_refused(void **state)
{
    static const struct {
        const char *text;
        cx_code code;
    } all[] = {
        {"INSERT INTO t", CX_INVALID},
        {"INSERT t VALUES (1)", CX_INVALID},
        {"INSERT OVERWRITE t REPLACE WHERE a = 1 SELECT 1", CX_INVALID},
        {"INSERT INTO t PARTITION p SELECT 1", CX_INVALID},
        {"INSERT INTO t PARTITION (p = ) SELECT 1", CX_INVALID},
        {"INSERT INTO t PARTITION (p = 1) IF NOT EXISTS SELECT 1", CX_UNSUPPORTED},
        {"INSERT OVERWRITE DIRECTORY '/x' SELECT 1", CX_UNSUPPORTED},
        {"INSERT INTO t REPLACE ON t.a = s.a SELECT 1", CX_UNSUPPORTED},
    };
    for (size_t i = 0; i < CX_COUNT(all); i++) {
        sql_statement s = {0};
        if (sql_parse(*state, all[i].text, &s) != all[i].code)
            fail_msg("%s", all[i].text);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(partitions_are_given_or_asked_of_the_query),
        T(rows_are_replaced_by_a_condition_or_by_columns),
        T(the_schema_may_evolve),
        T(other_forms_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
