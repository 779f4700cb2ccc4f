/* What ran in this state folder. */
#include "base/when.h"
#include "ops/op.h"

static const char *const actions[] = {"list", "show", NULL};

#define ARGS(A)                                                                          \
    A(ENUM, action, .help = "list, or show one", .of = actions, .def = "list", .pos = 1) \
    A(STR, id, .help = "Which one to show", .pos = 2)                                    \
    A(STR, operation, .help = "Only this operation")                                     \
    A(STR, source, .help = "Only those with this source catalog")                        \
    A(INT, limit, .help = "At most so many, newest first", .def = "20", .min = 1, .max = 1000)
OP_ARGS(ARGS);

static const op_result results[] = {
    {"operations", "array",
     "id, op, status, owner, workspace, arguments, error, created_at, duration_seconds"},
    {"operation", "object", "The one that was asked for, with its result"},
    {0}};

static json *time_json(cx *c, int64_t ms)
{
    return ms ? json_string(when_iso_ms(c, ms)) : json_null();
}

static json *row_json(cx *c, const state_job *j)
{
    const double seconds =
        j->ended_ms && j->started_ms ? (double)(j->ended_ms - j->started_ms) / 1000 : 0;
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:O?,s:o,s:o,s:o,s:f}", "id", j->id, "op", j->op,
                     "status", j->status, "owner", j->owner ? j->owner : "", "workspace",
                     j->workspace ? j->workspace : "", "arguments", j->args, "error",
                     json_str_or_null(j->error), "created_at", time_json(c, j->created_ms),
                     "ended_at", time_json(c, j->ended_ms), "duration_seconds", seconds);
}

/* Over HTTP people see their own. */
static const char *owner_of(const op_call *call)
{
    return call->cli ? NULL : call->user ? call->user : "";
}

static cx_code show(cx *c, op_call *call, const args *a, json **out)
{
    if (!a->id)
        return cx_fail(c, CX_INVALID, "history show needs the id of an operation");
    state_job j = {0};
    TRY(state_job_load(c, call->st, a->id, &j));
    const char *owner = owner_of(call);
    if (owner && strcmp(owner, j.owner ? j.owner : "") != 0) {
        state_job_clear(&j);
        return cx_fail(c, CX_NOT_FOUND, "there is no operation \"%s\"", a->id);
    }
    json *row = row_json(c, &j);
    if (j.result)
        json_object_set(row, "result", j.result);
    state_job_clear(&j);
    *out = json_pack("{s:o}", "operation", row);
    return CX_OK;
}

static cx_code list(cx *c, op_call *call, const args *a, json **out)
{
    state_job *jobs;
    size_t n;
    TRY(state_job_list(c, call->st, a->operation, NULL, owner_of(call), a->source ? 1000 : a->limit,
                       &jobs, &n));
    json *rows = json_array();
    for (size_t i = 0; i < n; i++) {
        const char *source = json_get_str(jobs[i].args, "source_catalog", "");
        if ((!a->source || text_same_nocase(a->source, source)) &&
            (int64_t)json_array_size(rows) < a->limit)
            json_array_append_new(rows, row_json(c, &jobs[i]));
        state_job_clear(&jobs[i]);
    }
    *out = json_pack("{s:o}", "operations", rows);
    return CX_OK;
}

static cx_code run(cx *c, op_call *call, const args *a, json **out)
{
    return !strcmp(a->action, "show") ? show(c, call, a, out) : list(c, call, a, out);
}

static void text(cx *c, const json *result, int width, buf *out)
{
    (void)width;
    const json *one = json_get(result, "operation");
    if (one) {
        AUTO_FREE char *pretty = json_pretty(one);
        buf_addf(out, "%s\n", pretty);
        return;
    }
    const json *rows = json_get(result, "operations");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json *r = json_array_get(rows, i);
        const json *k = json_get(r, "arguments");
        const char *source = json_get_str(k, "source_catalog", json_get_str(k, "catalog_name", ""));
        const char *dest = json_get_str(k, "destination_catalog", NULL);
        buf_addf(out, "%s  %-24.24s  %-12s %-11s %7.1f s  %s%s%s%s\n", json_get_str(r, "id", ""),
                 json_get_str(r, "created_at", ""), json_get_str(r, "op", ""),
                 json_get_str(r, "status", ""), json_get_real(r, "duration_seconds", 0), source,
                 dest ? " to " : "", dest ? dest : "",
                 json_get(r, "error") ? cx_fmt(c, "  (%s)", json_get_str(r, "error", "")) : "");
    }
    if (json_array_size(rows) == 0)
        buf_adds(out, "Nothing ran in this state folder yet.\n");
}

OP(history, .http = "POST /api/history", .group = "Ops and servers",
   .help = "Show what ran in this state folder",
   .why = "Who ran what, when, with which arguments, and how it ended.",
   .example = "clxs history list --limit 5", .effect = EFFECT_READ, .results = results,
   .text = text);
