/* The main job over the embedded workspace: demo data, clone, diff, validate, plan, search, stats.
 */
#include "lake_fixture.h"

static lake_fixture x;

static int setup(void **s)
{
    (void)s;
    fixture_make(&x);
    fixture_open(&x);
    json_decref(must_op(&x, "demo_data", "{\"catalog_name\":\"shop\",\"scale_factor\":0.01}"));
    return 0;
}

static int teardown(void **s)
{
    (void)s;
    fixture_close(&x);
    fixture_remove(&x);
    return 0;
}

static int64_t count(const json *result, const char *kind, const char *what)
{
    return json_get_int(json_get(result, kind), what, -1);
}

static void a_deep_clone_copies_everything_and_then_nothing_differs(void **s)
{
    (void)s;
    AUTO(json)
    r = must_op(&x, "clone",
                "{\"source_catalog\":\"shop\",\"destination_catalog\":\"copy\","
                "\"validate_after_clone\":true,\"validate_checksum\":true}");
    const int64_t tables = count(r, "tables", "success");
    assert_true(tables >= 8);
    assert_int_equal(count(r, "tables", "failed"), 0);
    assert_true(count(r, "views", "success") >= 3);
    assert_int_equal(count(r, "functions", "success"), 1);
    assert_int_equal(count(r, "volumes", "success"), 1);
    assert_int_equal(json_array_size(json_get(r, "errors")), 0);
    assert_int_equal(json_get_int(json_get(r, "formats"), "DELTA", 0), tables);
    assert_true(json_get_int(r, "bytes_copied", 0) > 0);
    assert_int_equal(json_get_int(json_get(r, "validation"), "matched", -1), tables);
    AUTO(json)
    d = must_op(&x, "diff", "{\"source_catalog\":\"shop\",\"destination_catalog\":\"copy\"}");
    AUTO_FREE char *text = json_pretty(d);
    if (!json_get_bool(d, "identical", false))
        fail_msg("%s", text);
    assert_true(json_get_int(d, "requests", 99) <= 40);
    const char *definition = one_value(
        &x,
        "SELECT view_definition FROM copy.information_schema.views WHERE table_name = 'best_regions'");
    assert_null(strstr(definition, "shop"));
    assert_non_null(strstr(definition, "-- all days"));
    one_value(&x, "SELECT count(*) FROM copy.gold.margins");
}

static void a_dry_run_is_the_plan_and_the_plan_is_the_same_twice(void **s)
{
    (void)s;
    static const char body[] =
        "{\"source_catalog\":\"shop\",\"destination_catalog\":\"dry\",\"dry_run\":true}";
    AUTO(json) a = must_op(&x, "clone", body);
    AUTO(json) b = must_op(&x, "clone", body);
    assert_string_equal(json_get_str(a, "hash", "a"), json_get_str(b, "hash", "b"));
    assert_string_equal(
        one_value(
            &x,
            "SELECT count(*) FROM system.information_schema.catalogs WHERE catalog_name = 'dry'"),
        "0");
    must_sql(&x, "INSERT INTO shop.bronze.stores SELECT * FROM shop.bronze.stores LIMIT 1");
    AUTO(json) d = must_op(&x, "clone", body);
    assert_string_not_equal(json_get_str(a, "hash", "a"), json_get_str(d, "hash", "a"));
}

static void a_clone_again_replaces_and_a_changed_copy_is_seen(void **s)
{
    (void)s;
    json_decref(
        must_op(&x, "clone", "{\"source_catalog\":\"shop\",\"destination_catalog\":\"again\"}"));
    must_sql(&x, "DELETE FROM again.bronze.products WHERE product_id = 3");
    json *r;
    bool failed;
    assert_int_equal(run_op(&x, "validate",
                            "{\"source_catalog\":\"shop\",\"destination_catalog\":\"again\"}", &r,
                            &failed),
                     CX_OK);
    assert_true(failed);
    assert_int_equal(json_get_int(r, "mismatched", -1), 1);
    json_decref(r);
    must_sql(&x, "INSERT INTO again.bronze.products SELECT 3, 'other', 'x', 1, 1, true");
    assert_int_equal(
        run_op(
            &x, "validate",
            "{\"source_catalog\":\"shop\",\"destination_catalog\":\"again\",\"use_checksum\":true}",
            &r, &failed),
        CX_OK);
    assert_true(failed);
    assert_int_equal(json_get_int(r, "checksum_mismatches", -1), 1);
    json_decref(r);
    json_decref(
        must_op(&x, "clone", "{\"source_catalog\":\"shop\",\"destination_catalog\":\"again\"}"));
    json_decref(must_op(
        &x, "validate",
        "{\"source_catalog\":\"shop\",\"destination_catalog\":\"again\",\"use_checksum\":true}"));
}

static void a_shallow_clone_of_one_schema_has_its_grants(void **s)
{
    (void)s;
    must_sql(&x, "GRANT SELECT, MODIFY ON TABLE shop.gold.daily_sales TO `account users`");
    must_sql(&x, "GRANT USE SCHEMA ON SCHEMA shop.gold TO `account users`");
    AUTO(json)
    r = must_op(&x, "clone",
                "{\"source_catalog\":\"shop\",\"destination_catalog\":\"thin\",\"clone_type\":"
                "\"SHALLOW\",\"include_schemas\":[\"Gold\"],\"clone_views\":false}");
    assert_int_equal(json_get_int(r, "bytes_copied", -1), 0);
    assert_string_equal(
        one_value(&x,
                  "SELECT count(*) FROM thin.information_schema.table_privileges WHERE grantee = "
                  "'account users' AND table_name = 'daily_sales' AND inherited_from = 'NONE'"),
        "2");
    assert_string_equal(one_value(&x, "SELECT count(*) FROM thin.gold.daily_sales"),
                        one_value(&x, "SELECT count(*) FROM shop.gold.daily_sales"));
}

static void mistakes_are_named(void **s)
{
    (void)s;
    json *r;
    assert_int_equal(run_op(&x, "clone",
                            "{\"source_catalog\":\"shop\",\"destination_catalog\":\"SHOP\"}", &r,
                            NULL),
                     CX_INVALID);
    assert_int_equal(
        run_op(&x, "clone", "{\"source_catalog\":\"nix\",\"destination_catalog\":\"a\"}", &r, NULL),
        CX_NOT_FOUND);
    assert_non_null(strstr(x.c.error.message, "nix"));
    assert_int_equal(
        run_op(
            &x, "clone",
            "{\"source_catalog\":\"shop\",\"destination_catalog\":\"a\",\"include_schemas\":[\"nix\"]}",
            &r, NULL),
        CX_NOT_FOUND);
    assert_int_equal(
        run_op(&x, "clone",
               "{\"source_catalog\":\"shop\",\"destination_catalog\":\"a\",\"schema_only\":true}",
               &r, NULL),
        CX_UNSUPPORTED);
}

static void odd_names_are_quoted_everywhere(void **s)
{
    (void)s;
    static const char *const names[] = {"it's",
                                        "gr\xc3\xb6\xc3\x9f"
                                        "e",
                                        "a b", "say \\\"hi\\\""};
    for (size_t i = 0; i < CX_COUNT(names); i++) {
        const char *body = cx_fmt(
            &x.c,
            "{\"source_catalog\":\"shop\",\"destination_catalog\":\"%s\",\"include_schemas\":"
            "[\"gold\"],\"clone_views\":false}",
            names[i]);
        json_decref(must_op(&x, "clone", body));
    }
}

static void stats_and_search_see_what_is_there(void **s)
{
    (void)s;
    AUTO(json) st = must_op(&x, "stats", "{\"source_catalog\":\"shop\"}");
    assert_true(json_get_int(st, "num_tables", 0) >= 8);
    assert_true(json_get_int(st, "total_rows", 0) > 1000);
    assert_true(json_get_int(st, "total_size_bytes", 0) > 1000);
    AUTO(json)
    se = must_op(&x, "search",
                 "{\"source_catalog\":\"shop\",\"pattern\":\"^CUSTOMER\",\"search_columns\":true}");
    assert_int_equal(json_array_size(json_get(se, "matched_tables")), 2);
    assert_true(json_array_size(json_get(se, "matched_columns")) >= 3);
}

static void a_clone_keeps_its_budget_of_requests(void **s)
{
    (void)s;
    enum { T = 70 };
    must_sql(&x, "CREATE CATALOG wide");
    must_sql(&x, "CREATE SCHEMA wide.a");
    must_sql(&x, "CREATE SCHEMA wide.b");
    for (int i = 0; i < T; i++)
        must_sql(&x, cx_fmt(&x.c, "CREATE TABLE wide.%s.t%d AS SELECT id FROM range(3)",
                            i % 2 ? "a" : "b", i));
    must_sql(&x, "CREATE VIEW wide.a.v AS SELECT * FROM wide.a.t1");
    must_sql(&x, "CREATE FUNCTION wide.a.f(x INT) RETURNS INT RETURN x + 1");
    must_sql(&x, "CREATE VOLUME wide.a.o");
    AUTO(json)
    r = must_op(&x, "clone", "{\"source_catalog\":\"wide\",\"destination_catalog\":\"wide2\"}");
    assert_int_equal(count(r, "tables", "success"), T);
    const int64_t budget = T + (T + 49) / 50 + 2 + 1 + 1 + 1 + 30;
    print_message("          clone of %d tables: %lld requests, budget %lld\n", T,
                  (long long)json_get_int(r, "requests", 0), (long long)budget);
    assert_true(json_get_int(r, "requests", 1 << 20) <= budget);
    AUTO(json)
    v = must_op(&x, "validate", "{\"source_catalog\":\"wide\",\"destination_catalog\":\"wide2\"}");
    assert_true(json_get_int(v, "requests", 1 << 20) <= 2 * ((T + 49) / 50) + 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deep_clone_copies_everything_and_then_nothing_differs),
        cmocka_unit_test(a_dry_run_is_the_plan_and_the_plan_is_the_same_twice),
        cmocka_unit_test(a_clone_again_replaces_and_a_changed_copy_is_seen),
        cmocka_unit_test(a_shallow_clone_of_one_schema_has_its_grants),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(odd_names_are_quoted_everywhere),
        cmocka_unit_test(stats_and_search_see_what_is_there),
        cmocka_unit_test(a_clone_keeps_its_budget_of_requests),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
