/* A catalog's inventory from scripted answers; its diff. */
#include "check.h"

#include "fake_workspace.h"
#include "model/model.h"

static bool asks(const char *sql, const char *relation)
{
    return strstr(sql, relation) != NULL;
}

static const char none[] = "[]";

static cx_code catalog(cx *c, fake *f, const http_request *req, const char *sql, int *status,
                       buf *body)
{
    const char *dest = f->self; /* "b": the copy, in which something is different */
    (void)c;
    if (fake_warehouses(req, body))
        return CX_OK;
    if (!sql) {
        *status = strstr(req->path, "missing") ? 404 : 200;
        buf_adds(body, *status == 404
                           ? "{\"error_code\":\"CATALOG_DOES_NOT_EXIST\",\"message\":\"no\"}"
                       : dest ? "{\"name\":\"b\"}"
                              : "{\"name\":\"a\",\"comment\":\"k\"}");
        return CX_OK;
    }
    if (asks(sql, ".schemata"))
        fake_rows(body, "[{\"name\":\"s\"},{\"name\":\"owner\"},{\"name\":\"comment\"}]",
                  "[[\"z\",\"me\",null],[\"e\",\"me\",\"x\"]]");
    else if (asks(sql, ".tables"))
        fake_rows(
            body,
            "[{\"name\":\"s\"},{\"name\":\"n\"},{\"name\":\"table_type\"},{\"name\":\"format\"}]",
            dest
                ? "[[\"e\",\"t2\",\"MANAGED\",\"DELTA\"],[\"e\",\"v\",\"VIEW\",null]]"
                : "[[\"e\",\"v\",\"VIEW\",null],[\"e\",\"t2\",\"EXTERNAL\",\"DELTA\"],[\"e\",\"t1\",\"MANAGED\",\"DELTA\"]]");
    else if (asks(sql, ".views"))
        fake_rows(body, "[{\"name\":\"s\"},{\"name\":\"n\"},{\"name\":\"body\"}]",
                  dest ? "[[\"e\",\"v\",\"SELECT 'a.e' AS x FROM b.e.t2\"]]"
                       : "[[\"e\",\"v\",\"SELECT 'a.e' AS x FROM a.e.t2\"]]");
    else if (asks(sql, ".columns"))
        fake_rows(
            body,
            "[{\"name\":\"s\"},{\"name\":\"n\"},{\"name\":\"c\"},{\"name\":\"position\"},{\"name\":\"type\"},{\"name\":\"is_nullable\"}]",
            dest
                ? "[[\"e\",\"t2\",\"b\",\"1\",\"int\",\"YES\"],[\"e\",\"t2\",\"a\",\"0\",\"string\",\"NO\"]]"
                : "[[\"e\",\"t2\",\"b\",\"1\",\"bigint\",\"YES\"],[\"e\",\"t2\",\"a\",\"0\",\"string\",\"NO\"],[\"e\",\"gone\",\"a\",\"0\",\"int\",\"YES\"]]");
    else if (asks(sql, "_privileges"))
        fake_rows(
            body,
            "[{\"name\":\"kind\"},{\"name\":\"s\"},{\"name\":\"n\"},{\"name\":\"grantee\"},{\"name\":\"privilege_type\"},{\"name\":\"inherited_from\"}]",
            "[[\"CATALOG\",\"\",\"a\",\"us\",\"USE_CATALOG\",null],[\"TABLE\",\"e\",\"t2\",\"us\",\"SELECT\",\"NONE\"],"
            "[\"TABLE\",\"e\",\"t2\",\"all\",\"SELECT\",\"CATALOG\"],[\"SCHEMA\",\"e\",\"e\",\"us\",\"USE SCHEMA\",\"\"]]");
    else if (asks(sql, "_tags")) {
        buf_adds(
            body,
            "{\"status\":{\"state\":\"FAILED\",\"error\":{\"message\":\"[TABLE_OR_VIEW_NOT_FOUND] no tags. SQLSTATE: 42P01\"}}}");
    } else {
        fake_rows(body, "[{\"name\":\"s\"},{\"name\":\"n\"}]", none);
    }
    return CX_OK;
}

static workspace *open_fake(cx *c, void *self)
{
    workspace *w;
    const workspace_config k = {
        .host = "h", .token = "t", .take_transport = &fake_new(catalog, self)->base};
    assert_int_equal(workspace_open(c, &k, &w), CX_OK);
    return w;
}

static void an_inventory_is_sorted_and_complete_in_at_most_twenty_requests(void **s)
{
    (void)s;
    AUTO_CLEAR(cx) c = {0};
    cx_init(&c);
    AUTO(workspace) w = open_fake(&c, NULL);
    inventory *i;
    assert_int_equal(model_load(&c, w, "a", NULL, &i), CX_OK);
    assert_true(i->statements <= 20);
    assert_int_equal(i->of[MODEL_SCHEMA].count, 2);
    assert_string_equal(i->of[MODEL_SCHEMA].items[0].name, "e");
    assert_int_equal(i->of[MODEL_TABLE].count, 2);
    assert_string_equal(i->of[MODEL_TABLE].items[0].name, "t1");
    const model_object *t2 = model_find(i, MODEL_TABLE, "e", "t2");
    assert_non_null(t2);
    assert_int_equal(t2->column_count, 2);
    assert_string_equal(t2->columns[0].name, "a");
    assert_false(t2->columns[0].nullable);
    assert_int_equal(t2->grant_count, 1);
    assert_string_equal(t2->grants[0].principal, "us");
    assert_string_equal(i->grants[0].privilege, "USE CATALOG");
    assert_int_equal(i->of[MODEL_SCHEMA].items[0].grant_count, 1);
    assert_non_null(model_find(i, MODEL_VIEW, "e", "v")->body);
    assert_null(model_find(i, MODEL_TABLE, "e", "gone"));
}

static void an_unknown_catalog_is_named(void **s)
{
    (void)s;
    AUTO_CLEAR(cx) c = {0};
    cx_init(&c);
    AUTO(workspace) w = open_fake(&c, NULL);
    inventory *i;
    bool exists;
    assert_int_equal(model_load(&c, w, "missing", NULL, &i), CX_NOT_FOUND);
    assert_non_null(strstr(c.error.message, "\"missing\""));
    assert_int_equal(model_load_or_empty(&c, w, "missing", NULL, &i, &exists), CX_OK);
    assert_false(exists);
    assert_null(model_find(i, MODEL_TABLE, "e", "t"));
}

static void a_diff_names_what_is_missing_and_what_changed_but_not_moved_references(void **s)
{
    (void)s;
    AUTO_CLEAR(cx) c = {0};
    cx_init(&c);
    AUTO(workspace) wa = open_fake(&c, NULL);
    AUTO(workspace) wb = open_fake(&c, "b");
    inventory *a, *b;
    diff_result *d;
    assert_int_equal(model_load(&c, wa, "a", NULL, &a), CX_OK);
    assert_int_equal(model_load(&c, wb, "b", NULL, &b), CX_OK);
    assert_int_equal(model_diff(&c, a, b, &d), CX_OK);
    assert_int_equal(d->different, 2);
    for (size_t i = 0; i < d->count; i++) {
        const diff_entry *e = &d->items[i];
        if (e->side == DIFF_ONLY_SOURCE) {
            assert_string_equal(e->source->name, "t1");
        } else if (e->side == DIFF_CHANGED) {
            assert_string_equal(e->source->name, "t2");
            assert_int_equal(e->attribute_count, 1);
            assert_string_equal(e->attributes[0].attribute, "column b: type");
            assert_string_equal(e->attributes[0].source, "bigint");
        }
    }
}

static model_object code(model_kind k, const char *name, const char *body)
{
    return (model_object){
        .kind = k, .schema = "e", .name = name, .body = body, .type = "VIEW", .language = "SQL"};
}

static void views_and_functions_come_after_what_they_need_and_circles_are_named(void **s)
{
    (void)s;
    AUTO_CLEAR(cx) c = {0};
    cx_init(&c);
    model_object views[] = {code(MODEL_VIEW, "a_last", "SELECT cat.e.f(x) AS y FROM cat.e.b_mid"),
                            code(MODEL_VIEW, "b_mid", "SELECT x FROM E.z_first -- cat.e.r1"),
                            code(MODEL_VIEW, "r1", "SELECT * FROM e.r2"),
                            code(MODEL_VIEW, "r2", "SELECT * FROM r1"),
                            code(MODEL_VIEW, "wrong", "SELECT FROM WHERE"),
                            code(MODEL_VIEW, "z_first", "SELECT x FROM t")};
    model_object functions[] = {code(MODEL_FUNCTION, "f", "x + 1")};
    model_object tables[] = {{.kind = MODEL_TABLE, .schema = "e", .name = "t"}};
    inventory i = {.catalog = "cat"};
    i.of[MODEL_VIEW] = (model_list){views, 6};
    i.of[MODEL_FUNCTION] = (model_list){functions, 1};
    i.of[MODEL_TABLE] = (model_list){tables, 1};
    order_result *o;
    assert_int_equal(model_order(&c, &i, &o), CX_OK);
    assert_int_equal(o->count, 7);
    int at[7] = {0};
    for (int k = 0; k < 7; k++) {
        const order_entry *e = &o->items[k];
        for (int v = 0; v < 6; v++)
            if (e->object == &views[v])
                at[v] = k;
        for (size_t n = 0; n < e->need_count && !e->in_cycle; n++)
            assert_true(e->needs[n] < (size_t)k);
        if (e->object == &views[4])
            assert_non_null(e->unparsed);
        if (e->object == &views[5]) {
            assert_int_equal(e->table_count, 1);
            assert_ptr_equal(e->tables[0], &tables[0]);
        }
        assert_int_equal(e->in_cycle, e->object == &views[2] || e->object == &views[3]);
    }
    assert_true(at[5] < at[1] && at[1] < at[0]);
    assert_non_null(strstr(o->cycle, "e.r1 → e.r2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_inventory_is_sorted_and_complete_in_at_most_twenty_requests),
        cmocka_unit_test(an_unknown_catalog_is_named),
        cmocka_unit_test(a_diff_names_what_is_missing_and_what_changed_but_not_moved_references),
        cmocka_unit_test(views_and_functions_come_after_what_they_need_and_circles_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
