/* Preflight: the platform's limits to one object, kinds that stay behind, circles, bodies. */
#include "check.h"

#include "ops/preflight/checks.h"

static model_list many(cx *c, model_kind kind, const char *schema, int n, const char *prefix)
{
    model_object *items = cx_array(c, model_object, n + 1);
    for (int i = 0; i < n; i++)
        items[i] = (model_object){.kind = kind,
                                  .schema = schema,
                                  .name = cx_fmt(c, "%s%05d", prefix, i),
                                  .type = "MANAGED",
                                  .format = "DELTA"};
    return (model_list){items, (size_t)n};
}

static inventory *with_schema(cx *c)
{
    inventory *i = cx_new(c, inventory);
    i->catalog = "src";
    i->of[MODEL_SCHEMA] = many(c, MODEL_SCHEMA, "s", 1, "");
    i->of[MODEL_SCHEMA].items[0].name = "s";
    return i;
}

/* The status of one check, and its detail. */
static const char *status_of(cx *c, const inventory *from, const inventory *to, const char *check,
                             const char **out_detail)
{
    AUTO(json) checks = json_array();
    const char *status = NULL;
    preflight p = {
        .c = c, .source = "src", .dest = "dst", .checks = checks, .from = from, .to = to};
    assert_int_equal(preflight_content(&p), CX_OK);
    for (size_t i = 0; i < json_array_size(checks); i++) {
        const json *one = json_array_get(checks, i);
        if (strcmp(json_get_str(one, "check", ""), check) != 0)
            continue;
        status = cx_dup(c, json_get_str(one, "status", ""));
        *out_detail = cx_dup(c, json_get_str(one, "detail", ""));
    }
    assert_non_null(status);
    return status;
}

static void a_limit_holds_to_the_last_object(void **state)
{
    (void)state;
    assert_int_equal(preflight_limit(0, 10000), CHECK_OK);
    assert_int_equal(preflight_limit(9000, 10000), CHECK_OK);
    assert_int_equal(preflight_limit(9001, 10000), CHECK_WARN);
    assert_int_equal(preflight_limit(10000, 10000), CHECK_WARN);
    assert_int_equal(preflight_limit(10001, 10000), CHECK_FAIL);
}

static void one_table_more_than_a_schema_takes_is_told(void **state)
{
    (void)state;
    const char *detail;
    cx c;
    cx_init(&c);
    inventory *i = with_schema(&c);
    i->of[MODEL_TABLE] = many(&c, MODEL_TABLE, "s", 10000, "t");
    assert_string_equal(status_of(&c, i, NULL, "platform_limits", &detail), "WARN");
    i->of[MODEL_TABLE] = many(&c, MODEL_TABLE, "s", 10001, "t");
    assert_string_equal(status_of(&c, i, NULL, "platform_limits", &detail), "FAIL");
    assert_non_null(strstr(detail, "10001 tables and views"));
    cx_clear(&c);
}

static void what_the_destination_has_besides_counts_and_what_is_replaced_does_not(void **state)
{
    (void)state;
    const char *detail;
    cx c;
    cx_init(&c);
    inventory *from = with_schema(&c), *to = with_schema(&c);
    from->of[MODEL_TABLE] = many(&c, MODEL_TABLE, "s", 6000, "t");
    to->of[MODEL_TABLE] = many(&c, MODEL_TABLE, "s", 6000, "t");
    assert_string_equal(status_of(&c, from, to, "platform_limits", &detail), "OK");
    assert_non_null(strstr(detail, "6000 tables and views"));
    to->of[MODEL_TABLE] = many(&c, MODEL_TABLE, "s", 6000, "other");
    assert_string_equal(status_of(&c, from, to, "platform_limits", &detail), "FAIL");
    assert_non_null(strstr(detail, "12000 tables and views"));
    cx_clear(&c);
}

static void kinds_that_stay_behind_are_named(void **state)
{
    (void)state;
    const char *detail;
    cx c;
    cx_init(&c);
    inventory *i = with_schema(&c);
    i->of[MODEL_TABLE] = many(&c, MODEL_TABLE, "s", 4, "t");
    assert_string_equal(status_of(&c, i, NULL, "table_kinds", &detail), "OK");
    i->of[MODEL_TABLE].items[1].type = "STREAMING_TABLE";
    i->of[MODEL_TABLE].items[2].format = "CSV";
    i->of[MODEL_TABLE].items[3].format = "PARQUET";
    i->of[MODEL_VOLUME] = many(&c, MODEL_VOLUME, "s", 1, "v");
    i->of[MODEL_VOLUME].items[0].type = "EXTERNAL";
    assert_string_equal(status_of(&c, i, NULL, "table_kinds", &detail), "WARN");
    assert_non_null(strstr(detail, "3 objects"));
    assert_non_null(strstr(detail, "s.t00001 (STREAMING_TABLE), s.t00002 (CSV), s.v00000 ("));
    cx_clear(&c);
}

static inventory *with_views(cx *c, const char *first, const char *second)
{
    inventory *i = with_schema(c);
    i->of[MODEL_VIEW] = many(c, MODEL_VIEW, "s", 2, "v");
    for (int k = 0; k < 2; k++) {
        i->of[MODEL_VIEW].items[k].type = "VIEW";
        i->of[MODEL_VIEW].items[k].format = NULL;
        i->of[MODEL_VIEW].items[k].body = k ? second : first;
    }
    return i;
}

static void circles_and_bodies_that_do_not_parse_are_named(void **state)
{
    (void)state;
    const char *detail;
    cx c;
    cx_init(&c);
    const inventory *fine = with_views(&c, "SELECT 1 AS x", "SELECT * FROM src.s.v00000");
    assert_string_equal(status_of(&c, fine, NULL, "view_definitions", &detail), "OK");
    const inventory *circle =
        with_views(&c, "SELECT * FROM src.s.v00001", "SELECT * FROM src.s.v00000");
    assert_string_equal(status_of(&c, circle, NULL, "view_definitions", &detail), "WARN");
    assert_non_null(strstr(detail, "circle"));
    const inventory *broken = with_views(&c, "SELECT FROM WHERE ((", "SELECT 1 AS x");
    assert_string_equal(status_of(&c, broken, NULL, "view_definitions", &detail), "WARN");
    assert_non_null(strstr(detail, "s.v00000"));
    cx_clear(&c);
}

static void names_are_told_up_to_a_few(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    buf list = BUF(BUF_ANY);
    int64_t n = 0;
    for (int i = 0; i < 5; i++)
        preflight_add_name(&list, &n, "a");
    assert_string_equal(preflight_names(&c, &list, n), "a, a, a, a, a");
    preflight_add_name(&list, &n, "b");
    preflight_add_name(&list, &n, "c");
    assert_string_equal(preflight_names(&c, &list, n), "a, a, a, a, a and 2 more");
    buf_clear(&list);
    cx_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_limit_holds_to_the_last_object),
        cmocka_unit_test(one_table_more_than_a_schema_takes_is_told),
        cmocka_unit_test(what_the_destination_has_besides_counts_and_what_is_replaced_does_not),
        cmocka_unit_test(kinds_that_stay_behind_are_named),
        cmocka_unit_test(circles_and_bodies_that_do_not_parse_are_named),
        cmocka_unit_test(names_are_told_up_to_a_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
