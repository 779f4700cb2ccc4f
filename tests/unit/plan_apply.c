/* Plans: hash, JSON both ways, carrying out, the consistent cut. */
#include "check.h"

#include <unistd.h>

#include "base/fs.h"
#include "fake_workspace.h"
#include "plan/plan.h"

static int add(cx *c, plan *p, const char *kind, const char *object, const char *sql, int need)
{
    const plan_step s = {.action = "create",
                         .kind = kind,
                         .object = object,
                         .schema = "s",
                         .sql = sql,
                         .version = -1,
                         .bytes = -1,
                         .files = -1};
    const int id = plan_add(c, p, &s);
    plan_need(c, p, id, need);
    return id;
}

static plan *small_plan(cx *c)
{
    plan *p = plan_new(c, "clone", "a", "b");
    const int schema = add(c, p, "SCHEMA", "b.s", "CREATE SCHEMA IF NOT EXISTS b.s", -1);
    const int bad =
        add(c, p, "TABLE", "b.s.bad", "CREATE OR REPLACE TABLE b.s.bad DEEP CLONE a.s.bad", schema);
    add(c, p, "TABLE", "b.s.good", "CREATE OR REPLACE TABLE b.s.good DEEP CLONE a.s.good", schema);
    const int view = add(c, p, "VIEW", "b.s.v", "CREATE OR REPLACE VIEW b.s.v AS SELECT 1", bad);
    add(c, p, "VIEW", "b.s.w", "CREATE OR REPLACE VIEW b.s.w AS SELECT 2", view);
    return p;
}

static cx_code bad_fails(cx *c, fake *f, const http_request *req, const char *sql, int *status,
                         buf *body)
{
    (void)c, (void)f, (void)status;
    if (fake_warehouses(req, body))
        return CX_OK;
    if (strstr(sql, "TABLE b.s.bad") && !f->self)
        buf_adds(
            body,
            "{\"status\":{\"state\":\"FAILED\",\"error\":{\"message\":\"[DELTA_FILE_NOT_FOUND] gone\"}}}");
    else
        fake_rows(body, "[{\"name\":\"copied_files_size\"},{\"name\":\"num_copied_files\"}]",
                  "[[\"70\",\"2\"]]");
    return CX_OK;
}

static workspace *open_fake(cx *c, fake_answer answer, void *self, fake **out)
{
    workspace *w;
    *out = fake_new(answer, self);
    const workspace_config k = {.host = "h", .token = "t", .take_transport = &(*out)->base};
    assert_int_equal(workspace_open(c, &k, &w), CX_OK);
    return w;
}

static void the_hash_is_of_the_deeds_and_not_of_the_moment(void **s)
{
    (void)s;
    AUTO_CLEAR(cx) c = {0};
    cx_init(&c);
    char first[65], second[65], third[65];
    AUTO(plan) a = small_plan(&c);
    AUTO(plan) b = small_plan(&c);
    a->t0 = "2026-01-01T00:00:00Z";
    b->t0 = "2026-01-02T00:00:00Z";
    plan_hash(a, first);
    plan_hash(b, second);
    assert_string_equal(first, second);
    b->steps[2].version = 4;
    plan_hash(b, second);
    assert_string_not_equal(first, second);
    AUTO(json) j = plan_json(a);
    AUTO(plan) again = NULL;
    assert_int_equal(plan_from_json(&c, j, &again), CX_OK);
    plan_hash(again, third);
    assert_string_equal(first, third);
    assert_string_equal(json_get_str(j, "hash", ""), first);
}

static void a_damaged_plan_is_refused(void **s)
{
    (void)s;
    AUTO_CLEAR(cx) c = {0};
    cx_init(&c);
    AUTO(plan) p = small_plan(&c);
    AUTO(json) j = plan_json(p);
    json *needs = json_object_get(json_array_get(json_object_get(j, "steps"), 1), "depends_on");
    json_array_append_new(needs, json_integer(3));
    AUTO(plan) again = NULL;
    assert_int_equal(plan_from_json(&c, j, &again), CX_CORRUPT);
}

static void a_failing_step_takes_only_its_dependants_with_it(void **s)
{
    (void)s;
    AUTO_CLEAR(cx) c = {0};
    cx_init(&c);
    fake *f;
    AUTO(workspace) w = open_fake(&c, bad_fails, NULL, &f);
    AUTO(plan) p = small_plan(&c);
    const plan_apply_options k = {.ws = w, .workers = 3};
    AUTO(plan_outcome) o = NULL;
    assert_int_equal(plan_apply(&c, p, &k, &o), CX_OK);
    assert_int_equal(o->done, 2);
    assert_int_equal(o->failed, 1);
    assert_int_equal(o->skipped, 2);
    assert_int_equal(o->steps[1].status, STEP_FAILED);
    assert_string_equal(json_get_str(o->steps[1].detail, "error", ""), "gone");
    assert_string_equal(json_get_str(o->steps[1].detail, "condition", ""), "DELTA_FILE_NOT_FOUND");
    assert_int_equal(json_get_int(o->steps[2].detail, "copied_files_size", 0), 70);
    assert_non_null(strstr(json_get_str(o->steps[4].detail, "reason", ""), "b.s.v"));
}

static void a_resume_does_what_has_no_end_and_only_that(void **s)
{
    (void)s;
    AUTO_CLEAR(cx) c = {0};
    cx_init(&c);
    char folder[] = "/tmp/clxs-plan-XXXXXX";
    assert_non_null(mkdtemp(folder));
    AUTO(state) st = NULL;
    assert_int_equal(state_open(&c, folder, &st), CX_OK);
    fake *f;
    AUTO(workspace) w = open_fake(&c, bad_fails, NULL, &f);
    AUTO(plan) p = small_plan(&c);
    plan_apply_options k = {.ws = w, .st = st, .workers = 2};
    AUTO(plan_outcome) first = NULL;
    assert_int_equal(plan_apply(&c, p, &k, &first), CX_OK);
    assert_int_equal(first->failed, 1);

    fake *g;
    AUTO(workspace) healed = open_fake(&c, bad_fails, "healed", &g);
    k.ws = healed;
    k.run = first->run;
    AUTO(plan_outcome) second = NULL;
    assert_int_equal(plan_apply(&c, p, &k, &second), CX_OK);
    assert_int_equal(second->done, 5);
    assert_null(strstr(buf_text(&g->log), "b.s.good"));
    assert_null(strstr(buf_text(&g->log), "CREATE SCHEMA"));
    assert_non_null(strstr(buf_text(&g->log), "TABLE b.s.bad"));
    assert_int_equal(json_get_int(second->steps[2].detail, "num_copied_files", 0), 2);
    assert_int_equal(fs_remove_tree(&c, folder), CX_OK);
}

static cx_code cancels_at_third(cx *c, fake *f, const http_request *req, const char *sql,
                                int *status, buf *body)
{
    (void)c, (void)status, (void)sql;
    if (fake_warehouses(req, body))
        return CX_OK;
    if (f->calls == 3)
        atomic_store((atomic_bool *)f->self, true);
    fake_rows(body, "[]", "[]");
    return CX_OK;
}

static void cancelling_stops_between_steps(void **s)
{
    (void)s;
    AUTO_CLEAR(cx) c = {0};
    cx_init(&c);
    atomic_bool stop = false;
    c.cancel = &stop;
    fake *f;
    AUTO(workspace) w = open_fake(&c, cancels_at_third, &stop, &f);
    AUTO(plan) p = small_plan(&c);
    const plan_apply_options k = {.ws = w, .workers = 1};
    AUTO(plan_outcome) o = NULL;
    assert_int_equal(plan_apply(&c, p, &k, &o), CX_CANCELLED);
    assert_non_null(o);
    assert_int_equal(o->done, 2);
    assert_int_equal(o->steps[4].status, STEP_PENDING);
}

/* ---- the cut ---------------------------------------------------------------------------- */

enum { TABLES = 120 };

static cx_code histories(cx *c, fake *f, const http_request *req, const char *sql, int *status,
                         buf *body)
{
    (void)c, (void)status;
    if (fake_warehouses(req, body))
        return CX_OK;
    if (strstr(sql, "current_timestamp")) {
        fake_rows(body, "[{\"name\":\"t0\"}]", "[[\"2026-01-01T12:00:00.000Z\"]]");
        return CX_OK;
    }
    if (strstr(sql, "t77") || (f->self && strstr(sql, "FROM (DESCRIBE"))) {
        buf_adds(
            body,
            f->self
                ? "{\"status\":{\"state\":\"FAILED\",\"error\":{\"message\":\"[PARSE_SYNTAX_ERROR] no\"}}}"
                : "{\"status\":{\"state\":\"FAILED\",\"error\":{\"message\":\"[TABLE_OR_VIEW_NOT_FOUND] t77\"}}}");
        return CX_OK;
    }
    buf rows = BUF(BUF_ANY);
    for (const char *p = sql; (p = strstr(p, "SELECT ")); p++) {
        const long i = strtol(p + 7, NULL, 10);
        buf_addf(
            &rows,
            "%s[\"%ld\",\"9\",\"2026-01-01T12:00:00.001Z\"],[\"%ld\",\"8\",\"2026-01-01T11:59:59.000Z\"]",
            rows.length ? "," : "", i, i);
    }
    if (!rows.length)
        buf_adds(&rows, "[\"0\",\"8\",\"2026-01-01T11:59:59.000Z\"]");
    buf all = BUF(BUF_ANY);
    buf_addf(&all, "[%s]", buf_text(&rows));
    fake_rows(body, "[{\"name\":\"i\"},{\"name\":\"version\"},{\"name\":\"timestamp\"}]",
              buf_text(&all));
    buf_clear(&rows);
    buf_clear(&all);
    return CX_OK;
}

static cut_entry *entries(cx *c)
{
    cut_entry *list = cx_array(c, cut_entry, TABLES);
    model_object *tables = cx_array(c, model_object, TABLES);
    for (int i = 0; i < TABLES; i++) {
        tables[i] = (model_object){.kind = MODEL_TABLE, .schema = "s", .name = cx_fmt(c, "t%d", i)};
        list[i].table = &tables[i];
    }
    return list;
}

static void the_cut_takes_the_newest_version_before_its_moment_in_few_statements(void **s)
{
    (void)s;
    AUTO_CLEAR(cx) c = {0};
    cx_init(&c);
    fake *f;
    AUTO(workspace) w = open_fake(&c, histories, NULL, &f);
    cut_entry *list = entries(&c);
    const char *t0;
    assert_int_equal(plan_cut(&c, w, "a", list, TABLES, &t0), CX_OK);
    assert_string_equal(t0, "2026-01-01T12:00:00.000Z");
    for (int i = 0; i < TABLES; i++)
        assert_int_equal(list[i].version, i == 77 ? -1 : 8);
    assert_non_null(list[77].problem);
    /* T0, three batches, and the halvings of the batch with the bad table. */
    assert_true(workspace_statements(w) <= 1 + 3 + 14);
}

static void a_workspace_without_histories_in_from_is_asked_table_by_table(void **s)
{
    (void)s;
    AUTO_CLEAR(cx) c = {0};
    cx_init(&c);
    fake *f;
    AUTO(workspace) w = open_fake(&c, histories, "old", &f);
    cut_entry *list = entries(&c);
    const char *t0;
    assert_int_equal(plan_cut(&c, w, "a", list, 60, &t0), CX_OK);
    for (int i = 0; i < 60; i++)
        assert_int_equal(list[i].version, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_is_of_the_deeds_and_not_of_the_moment),
        cmocka_unit_test(a_damaged_plan_is_refused),
        cmocka_unit_test(a_failing_step_takes_only_its_dependants_with_it),
        cmocka_unit_test(a_resume_does_what_has_no_end_and_only_that),
        cmocka_unit_test(cancelling_stops_between_steps),
        cmocka_unit_test(the_cut_takes_the_newest_version_before_its_moment_in_few_statements),
        cmocka_unit_test(a_workspace_without_histories_in_from_is_asked_table_by_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
