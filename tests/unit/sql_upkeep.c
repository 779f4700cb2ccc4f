/* The forms of RESTORE, VACUUM, OPTIMIZE, REORG, CONVERT, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sql/parse.h"

static int setup(void **state)
{
    cx *c = calloc(1, sizeof *c);
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

static sql_statement parsed(cx *c, const char *text, sql_kind kind)
{
    sql_statement s = {0};
    cx_forgive(c);
    if (sql_parse(c, text, &s) != CX_OK)
        fail_msg("%s: %s", text, c->error.message);
    assert_int_equal(kind, s.kind);
    return s;
}

static void refused(cx *c, const char *text, const char *condition)
{
    sql_statement s;
    cx_forgive(c);
    assert_int_not_equal(CX_OK, sql_parse(c, text, &s));
    assert_string_equal(condition, c->error.condition);
}

static void restore_has_a_version_or_a_time(void **state)
{
    cx *c = *state;
    sql_statement s = parsed(c, "RESTORE TABLE a.b.t TO VERSION AS OF 3;", SQL_RESTORE);
    assert_int_equal(3, s.name.count);
    assert_string_equal("3", s.travel.version_sql);
    s = parsed(c, "restore t timestamp as of current_timestamp() - interval 1 day", SQL_RESTORE);
    assert_string_equal("current_timestamp() - interval 1 day", s.travel.timestamp_sql);
    s = parsed(c, "RESTORE delta.`/x/y` TO VERSION AS OF 0", SQL_RESTORE);
    assert_string_equal("/x/y", s.name.path);
    refused(c, "RESTORE TABLE t", "PARSE_SYNTAX_ERROR");
    refused(c, "RESTORE TABLE t TO VERSION AS OF", "PARSE_SYNTAX_ERROR");
}

static void vacuum_takes_its_clauses_in_any_order(void **state)
{
    cx *c = *state;
    sql_statement s = parsed(c, "VACUUM t", SQL_VACUUM);
    assert_false(s.dry_run);
    assert_null(s.what);
    s = parsed(c, "VACUUM s.t FULL RETAIN 0.5 HOURS DRY RUN", SQL_VACUUM);
    assert_true(s.dry_run);
    assert_string_equal("FULL", s.what);
    assert_string_equal("0.5", s.value);
    s = parsed(c, "VACUUM '/a/b' DRY RUN LITE", SQL_VACUUM);
    assert_string_equal("LITE", s.what);
    assert_string_equal("/a/b", s.name.path);
    refused(c, "VACUUM t RETAIN HOURS", "PARSE_SYNTAX_ERROR");
    refused(c, "VACUUM t FULL LITE", "PARSE_SYNTAX_ERROR");
    refused(c, "VACUUM t USING INVENTORY (SELECT 1)", "UNSUPPORTED_FEATURE");
}

static void optimize_has_a_condition_and_an_order(void **state)
{
    cx *c = *state;
    sql_statement s =
        parsed(c, "OPTIMIZE t WHERE p >= '2024' AND q = 1 ZORDER BY (a, s.`x y`)", SQL_OPTIMIZE);
    assert_string_equal("p >= '2024' AND q = 1", s.where);
    assert_int_equal(2, s.zorder_count);
    assert_string_equal("s.x y", s.zorder_by[1]);
    s = parsed(c, "OPTIMIZE t ZORDER BY a, b", SQL_OPTIMIZE);
    assert_int_equal(2, s.zorder_count);
    s = parsed(c, "OPTIMIZE t FULL", SQL_OPTIMIZE);
    assert_string_equal("FULL", s.what);
    s = parsed(c, "REORG TABLE t WHERE p = 1 APPLY (PURGE)", SQL_REORG);
    assert_string_equal("p = 1", s.where);
    refused(c, "OPTIMIZE t ZORDER BY ()", "PARSE_SYNTAX_ERROR");
    refused(c, "REORG TABLE t", "PARSE_SYNTAX_ERROR");
    refused(c, "REORG TABLE t APPLY (UPGRADE UNIFORM (ICEBERG_COMPAT_VERSION = 2))",
            "UNSUPPORTED_FEATURE");
}

static void convert_names_its_partition_columns(void **state)
{
    cx *c = *state;
    sql_statement s =
        parsed(c, "CONVERT TO DELTA parquet.`/x` NO STATISTICS PARTITIONED BY (a INT, b STRING)",
               SQL_CONVERT);
    assert_string_equal("/x", s.name.path);
    assert_string_equal("NO STATISTICS", s.what);
    assert_int_equal(2, s.column_count);
    assert_string_equal("b", s.columns[1].name);
    parsed(c, "CONVERT TO DELTA c.s.t", SQL_CONVERT);
    refused(c, "CONVERT TO ICEBERG t", "PARSE_SYNTAX_ERROR");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(restore_has_a_version_or_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(vacuum_takes_its_clauses_in_any_order, setup, teardown),
        cmocka_unit_test_setup_teardown(optimize_has_a_condition_and_an_order, setup, teardown),
        cmocka_unit_test_setup_teardown(convert_names_its_partition_columns, setup, teardown),
    };
    return cmocka_run_group_tests_name("maintenance is parsed", tests, NULL, NULL);
}
