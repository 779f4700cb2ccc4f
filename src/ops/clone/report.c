/* Applying the plan of a clone, comparing, and the run summary. spec: rest §4.1 */
#include "base/when.h"
#include "ops/clone/plan.h"

static bool is_main(const plan_step *s)
{
    return !strcmp(s->action, "create") || !strcmp(s->action, "clone") ||
           !strcmp(s->action, "refer");
}

/* ---- counting ----------------------------------------------------------------------------- */

typedef struct {
    json *formats, *errors, *skipped, *durations, *versions;
    int64_t bytes, files, volume_bytes, volume_files, success[5], failed[5], left_out[5];
} tally;

static int kind_index(const char *kind)
{
    for (int k = 0; k < MODEL_KINDS; k++)
        if (!strcmp(kind, model_kind_name((model_kind)k)))
            return k;
    return -1;
}

static void count_format(tally *t, const plan_step *s)
{
    const char *format = s->format ? s->format : "DELTA";
    json_object_set_new(t->formats, format, json_integer(json_get_int(t->formats, format, 0) + 1));
}

static void count_main(tally *t, const plan_step *s, const step_outcome *o)
{
    const int k = kind_index(s->kind);
    if (k < 0 || !is_main(s))
        return;
    t->success[k] += o->status == STEP_DONE;
    t->failed[k] += o->status == STEP_FAILED;
    t->left_out[k] +=
        o->status == STEP_SKIPPED || o->status == STEP_CANCELLED || o->status == STEP_PENDING;
    if (k != MODEL_TABLE || o->status != STEP_DONE)
        return;
    count_format(t, s);
    t->bytes += json_get_int(o->detail, "copied_files_size", 0);
    t->files += json_get_int(o->detail, "num_copied_files", 0);
    if (s->version >= 0)
        json_object_set_new(t->versions, s->source, json_integer(s->version));
}

static json *entry_json(const plan_step *s, const step_outcome *o, const char *key,
                        const char *text);

/* Files of volumes; those that were too large to go through are told one line a volume. */
static void count_files(cx *c, tally *t, const plan_step *s, const step_outcome *o)
{
    const int64_t large = json_get_int(o->detail, "volume_files_too_large", 0);
    if (!s->files_from || o->status != STEP_DONE)
        return;
    t->volume_files += json_get_int(o->detail, "volume_files", 0);
    t->volume_bytes += json_get_int(o->detail, "volume_bytes", 0);
    if (large)
        json_array_append_new(
            t->skipped,
            entry_json(s, o, "reason",
                       cx_fmt(c, "%lld file%s larger than %lld MB", (long long)large,
                              large == 1 ? " is" : "s are", (long long)(s->files_most >> 20))));
}

static json *entry_json(const plan_step *s, const step_outcome *o, const char *key,
                        const char *text)
{
    json *j = json_pack("{s:s,s:s,s:s,s:s}", "object", s->object, "kind", s->kind, "action",
                        s->action, key, text);
    const char *hint = json_get_str(o->detail, "hint", NULL);
    const char *condition = json_get_str(o->detail, "condition", NULL);
    if (hint)
        json_object_set_new(j, "hint", json_string(hint));
    if (condition)
        json_object_set_new(j, "condition", json_string(condition));
    return j;
}

static void count_trouble(tally *t, const plan_step *s, const step_outcome *o)
{
    if (o->status == STEP_FAILED)
        json_array_append_new(
            t->errors, entry_json(s, o, "error", json_get_str(o->detail, "error", "failed")));
    else if (o->status == STEP_SKIPPED)
        json_array_append_new(
            t->skipped, entry_json(s, o, "reason", json_get_str(o->detail, "reason", "left out")));
    else if (o->status == STEP_CANCELLED || o->status == STEP_PENDING)
        json_array_append_new(t->skipped, entry_json(s, o, "reason", "the run was cancelled"));
}

/* From the first begin to the last end of a schema's steps. */
static void count_durations(tally *t, const plan *p, const plan_outcome *o)
{
    json *begins = json_object(), *ends = json_object();
    for (int i = 0; i < p->count; i++) {
        const char *schema = p->steps[i].schema;
        const step_outcome *s = &o->steps[i];
        if (!*schema || !s->began_ms)
            continue;
        if (json_get_int(begins, schema, INT64_MAX) > s->began_ms)
            json_object_set_new(begins, schema, json_integer(s->began_ms));
        if (json_get_int(ends, schema, 0) < s->ended_ms)
            json_object_set_new(ends, schema, json_integer(s->ended_ms));
    }
    const char *schema;
    json *begin;
    json_object_foreach (begins, schema, begin) {
        const double ms = (double)(json_get_int(ends, schema, 0) - json_integer_value(begin));
        json_object_set_new(t->durations, schema, json_real(ms > 0 ? ms / 1000 : 0));
    }
    json_decref(begins);
    json_decref(ends);
}

static json *counts_json(const tally *t, model_kind k)
{
    return json_pack("{s:I,s:I,s:I}", "success", (json_int_t)t->success[k], "failed",
                     (json_int_t)t->failed[k], "skipped", (json_int_t)t->left_out[k]);
}

static json *warnings_json(const plan *p)
{
    json *list = json_array();
    for (int i = 0; i < p->warning_count; i++)
        json_array_append_new(list, json_string(p->warnings[i]));
    return list;
}

static void set_head(cx *c, json *j, const plan *p)
{
    char hash[65];
    plan_hash(p, hash);
    json_object_set_new(j, "source_catalog", json_string(p->source));
    json_object_set_new(j, "destination_catalog", json_string(p->dest));
    json_object_set_new(j, "clone_type",
                        json_string(json_get_str(p->options, "clone_type", "DEEP")));
    json_object_set_new(j, "plan_hash", json_string(hash));
    json_object_set_new(j, "t0", json_str_or_null(p->t0));
    json_object_set_new(j, "cut", json_str_or_null(p->cut));
    json_object_set_new(j, "warnings", warnings_json(p));
    json_object_set_new(j, "timestamp", json_string(when_iso_ms(c, cx_now_ms(c))));
}

static json *summary(cx *c, const plan *p, const plan_outcome *o)
{
    tally t = {.formats = json_object(),
               .errors = json_array(),
               .skipped = json_array(),
               .durations = json_object(),
               .versions = json_object()};
    for (int i = 0; i < p->count; i++) {
        count_main(&t, &p->steps[i], &o->steps[i]);
        count_files(c, &t, &p->steps[i], &o->steps[i]);
        count_trouble(&t, &p->steps[i], &o->steps[i]);
    }
    count_durations(&t, p, o);
    json *j = json_object();
    json_object_set_new(j, "mode", json_string(json_get_str(p->options, "mode", "full")));
    const json *drift = json_get(p->options, "drift");
    if (drift) {
        json_object_set(j, "total_drifted_tables", json_get(drift, "total_drifted_tables"));
        json_object_set(j, "tables_in_sync", json_get(drift, "tables_in_sync"));
        json_object_set(j, "drift", json_get(drift, "breakdown"));
        json_object_set(j, "drifted_tables", json_get(drift, "tables"));
    }
    set_head(c, j, p);
    json_object_set_new(j, "formats", t.formats);
    json_object_set_new(j, "bytes_copied", json_integer(t.bytes));
    json_object_set_new(j, "files_copied", json_integer(t.files));
    json_object_set_new(j, "volume_bytes_copied", json_integer(t.volume_bytes));
    json_object_set_new(j, "volume_files_copied", json_integer(t.volume_files));
    json_object_set_new(j, "schemas_processed",
                        json_integer(json_get_int(p->options, "schemas", 0)));
    for (int k = MODEL_TABLE; k < MODEL_KINDS; k++)
        json_object_set_new(j, model_kind_plural((model_kind)k), counts_json(&t, (model_kind)k));
    json_object_set_new(j, "errors", t.errors);
    json_object_set_new(j, "skipped", t.skipped);
    json_object_set_new(j, "schema_durations", t.durations);
    json_object_set_new(j, "versions", t.versions);
    json_object_set_new(j, "run_id", json_str_or_null(*o->run ? o->run : NULL));
    return j;
}

/* ---- comparing ------------------------------------------------------------------------------- */

static char *after_dot(cx *c, const char *label, const char *catalog)
{
    return cx_dup(c, label + strlen(catalog) + 1);
}

/* The tables that were cloned, at the versions that were cloned. */
static size_t cloned_tables(cx *c, const plan *p, const plan_outcome *o, verify_table **out)
{
    verify_table *list = cx_array(c, verify_table, p->count + 1);
    size_t n = 0;
    for (int i = 0; i < p->count; i++) {
        const plan_step *s = &p->steps[i];
        if (!is_main(s) || strcmp(s->kind, "TABLE") != 0 || o->steps[i].status != STEP_DONE)
            continue;
        char *name = after_dot(c, s->object, p->dest) + strlen(s->schema) + 1;
        list[n++] =
            (verify_table){.schema = s->schema, .table = name, .source_version = s->version};
    }
    *out = list;
    return n;
}

/* Hashes need the columns: both inventories are read once more, so that what is compared is what is
 * there. */
static cx_code load_columns(cx *c, const verify_options *k, verify_table *tables, size_t n)
{
    const model_filter everything = {0};
    inventory *source, *dest;
    TRY(model_load(c, k->ws, k->source, &everything, &source));
    TRY(model_load(c, k->ws, k->dest, &everything, &dest));
    for (size_t i = 0; i < n; i++) {
        tables[i].source = model_find(source, MODEL_TABLE, tables[i].schema, tables[i].table);
        tables[i].dest = model_find(dest, MODEL_TABLE, tables[i].schema, tables[i].table);
    }
    return CX_OK;
}

static cx_code compare(cx *c, const plan *p, const plan_apply_options *a, const plan_outcome *o,
                       json *result, bool *failed)
{
    verify_table *tables;
    const size_t n = cloned_tables(c, p, o, &tables);
    const verify_options k = {.ws = a->ws,
                              .source = p->source,
                              .dest = p->dest,
                              .hash = json_get_bool(p->options, "checksum", false)};
    if (k.hash)
        TRY(load_columns(c, &k, tables, n));
    TRY(verify_run(c, &k, tables, n));
    json *v = verify_json(&k, tables, n);
    *failed = *failed || json_get_int(v, "matched", 0) != (int64_t)n;
    json_object_set_new(result, "validation", v);
    return CX_OK;
}

clone_meter clone_meter_start(const cx *c, workspace *w)
{
    return (clone_meter){w, workspace_requests(w), workspace_statements(w), cx_ticks_us(c)};
}

void clone_meter_read(const cx *c, const clone_meter *m, json *result)
{
    const int64_t ms = (cx_ticks_us(c) - m->began_us) / 1000;
    json_object_set_new(result, "duration_seconds", json_real((double)ms / 1000));
    json_object_set_new(result, "requests", json_integer(workspace_requests(m->ws) - m->requests));
    json_object_set_new(result, "statements",
                        json_integer(workspace_statements(m->ws) - m->statements));
}

cx_code clone_apply(cx *c, const plan *p, const plan_apply_options *k, json **out, bool *out_failed)
{
    AUTO(plan_outcome) o = NULL;
    const cx_code rc = plan_apply(c, p, k, &o);
    if (!o)
        return rc;
    AUTO(json) j = summary(c, p, o);
    *out_failed = o->failed > 0 || json_array_size(json_get(j, "errors")) > 0;
    if (rc != CX_OK) {
        *out = STEAL(j);
        return rc;
    }
    if (json_get_bool(p->options, "validate", false))
        TRY_IN(c, compare(c, p, k, o, j, out_failed), "comparing %s with %s", p->dest, p->source);
    *out = STEAL(j);
    return CX_OK;
}

/* The plan itself, and what it comes to. */
json *clone_dry_run(const plan *p)
{
    int64_t planned[MODEL_KINDS] = {0};
    for (int i = 0; i < p->count; i++) {
        const int k = kind_index(p->steps[i].kind);
        if (k >= 0 && is_main(&p->steps[i]))
            planned[k] += p->steps[i].problem == NULL;
    }
    json *counts = json_object();
    for (int k = 0; k < MODEL_KINDS; k++)
        json_object_set_new(counts, model_kind_plural((model_kind)k), json_integer(planned[k]));
    json *j = plan_json(p);
    json_object_set_new(j, "mode", json_string("dry_run"));
    json_object_set_new(j, "dry_run", json_true());
    json_object_set(j, "plan_hash", json_get(j, "hash"));
    json_object_set_new(j, "planned", counts);
    return j;
}

/* ---- for a person -------------------------------------------------------------------------------
 */

static const char *size_text(cx *c, int64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    double v = (double)bytes;
    int u = 0;
    for (; v >= 1000 && u < 4; u++)
        v /= 1000;
    return cx_fmt(c, u ? "%.1f %s" : "%.0f %s", v, units[u]);
}

static void add_counts(buf *out, const json *result)
{
    buf_addf(out, "  %-10s %8s %8s %8s\n", "", "success", "failed", "skipped");
    for (int k = MODEL_TABLE; k < MODEL_KINDS; k++) {
        const json *one = json_get(result, model_kind_plural((model_kind)k));
        const int64_t success = json_get_int(one, "success", 0),
                      failed = json_get_int(one, "failed", 0),
                      skipped = json_get_int(one, "skipped", 0);
        if (k == MODEL_TABLE || success + failed + skipped)
            buf_addf(out, "  %-10s %8lld %8lld %8lld\n", model_kind_plural((model_kind)k),
                     (long long)success, (long long)failed, (long long)skipped);
    }
}

static void add_entries(buf *out, const json *list, const char *title, const char *key)
{
    enum { MOST = 20 };
    const size_t n = json_array_size(list);
    for (size_t i = 0; i < n && i < MOST; i++) {
        const json *e = json_array_get(list, i);
        buf_addf(out, "%s: %s %s: %s\n", title, json_get_str(e, "action", ""),
                 json_get_str(e, "object", ""), json_get_str(e, key, ""));
        if (json_get_str(e, "hint", NULL))
            buf_addf(out, "    try: %s\n", json_get_str(e, "hint", ""));
    }
    if (n > MOST)
        buf_addf(out, "%s: and %zu more (--json shows all)\n", title, n - MOST);
}

static void add_validation(buf *out, const json *v)
{
    if (!v)
        return;
    buf_addf(out, "Validated by %s: %lld of %lld tables match\n", json_get_str(v, "evidence", ""),
             (long long)json_get_int(v, "matched", 0),
             (long long)json_get_int(v, "total_tables", 0));
    const json *bad = json_get(v, "mismatched_tables");
    for (size_t i = 0; i < json_array_size(bad); i++) {
        const json *t = json_array_get(bad, i);
        buf_addf(out, "  %s.%s: %lld rows, %lld in the copy%s%s\n", json_get_str(t, "schema", ""),
                 json_get_str(t, "table", ""), (long long)json_get_int(t, "source_count", -1),
                 (long long)json_get_int(t, "dest_count", -1), json_get(t, "error") ? ": " : "",
                 json_get_str(t, "error", ""));
    }
}

static void add_plan(cx *c, const json *result, int width, buf *out)
{
    AUTO(plan) p = NULL;
    if (plan_from_json(c, result, &p) == CX_OK)
        plan_text(c, p, width, out);
    else
        cx_forgive(c);
}

void clone_text(cx *c, const json *result, int width, buf *out)
{
    if (json_get_bool(result, "dry_run", false)) {
        add_plan(c, result, width, out);
        buf_adds(out, "\nNothing was changed: this was a dry run.\n");
        return;
    }
    const size_t errors = json_array_size(json_get(result, "errors"));
    buf_addf(out, "%s %s to %s (%s) in %.1f s\n", errors ? "Copied, not all of it:" : "Copied",
             json_get_str(result, "source_catalog", ""),
             json_get_str(result, "destination_catalog", ""),
             json_get_str(result, "clone_type", ""), json_get_real(result, "duration_seconds", 0));
    add_counts(out, result);
    buf_addf(out, "  %s in %lld file%s copied, %lld statements\n",
             size_text(c, json_get_int(result, "bytes_copied", 0)),
             (long long)json_get_int(result, "files_copied", 0),
             json_get_int(result, "files_copied", 0) == 1 ? "" : "s",
             (long long)json_get_int(result, "statements", 0));
    add_validation(out, json_get(result, "validation"));
    add_entries(out, json_get(result, "errors"), "failed", "error");
    add_entries(out, json_get(result, "skipped"), "skipped", "reason");
    const json *warnings = json_get(result, "warnings");
    for (size_t i = 0; i < json_array_size(warnings); i++)
        buf_addf(out, "warning: %s\n", json_string_value(json_array_get(warnings, i)));
}
