/* Takes a clone back, from the journal: tables to the version before, what it made is dropped. */
#include "ops/clone/undo.h"
#include "ops/op.h"

#define ARGS(A)                                                                                  \
    A(STR, log_file, .flag = "rollback-log", .label = "Run",                                     \
      .help = "Which clone to take back: a run id of --list; the newest unless given", .pos = 1) \
    A(BOOL, list, .help = "Show what can be taken back", .cli_only = true)                       \
    A(BOOL, drop_catalog, .help = "Drop the catalog too, if the clone made it")                  \
    A(BOOL, force, .help = "Also tables that others have written to since")                      \
    A(BOOL, dry_run, .help = "Show what would be done and stop")                                 \
    A(INT, max_workers, .help = "Steps done at once", .def = "4", .min = 1, .max = 64)
OP_ARGS(ARGS);

static const op_result results[] = {
    {"runs", "array",
     "What can be taken back: file, timestamp, source_catalog, destination_catalog, status, "
     "total_objects, created_objects"},
    {"run", "string", "The clone that was taken back"},
    {"restored", "integer", "Objects put back as they were"},
    {"dropped", "integer", "Objects that the clone had made"},
    {"undone", "integer", "Grants, tags, keys … taken back"},
    {"failed", "integer", "Steps that failed"},
    {"errors", "array", "object, kind, action, error"},
    {"left", "array", "What stays as the clone made it, and why: object, kind, reason"},
    {"steps", "array", "The steps, of a dry run"},
    {0}};

/* Over HTTP people take back what they asked for. */
static const char *owner_of(const op_call *call)
{
    return call->cli ? NULL : call->user ? call->user : "";
}

static cx_code list_runs(cx *c, op_call *call, json **out)
{
    AUTO(json) all = NULL;
    TRY(clone_undo_runs(c, call->ws, call->st, owner_of(call), &all));
    *out = json_pack("{s:O}", "runs", all);
    return CX_OK;
}

static cx_code newest(cx *c, op_call *call, const char **out)
{
    AUTO(json) all = NULL;
    TRY(clone_undo_runs(c, call->ws, call->st, owner_of(call), &all));
    *out = cx_dup(c, json_get_str(json_array_get(all, 0), "file", NULL));
    if (!*out)
        return cx_fail(c, CX_NOT_FOUND, "there is no clone in this state folder to take back");
    return CX_OK;
}

static cx_code run(cx *c, op_call *call, const args *a, json **out)
{
    const undo_options k = {.drop_catalog = a->drop_catalog, .force = a->force};
    const char *id = a->log_file;
    state_run r = {0};
    if (a->list)
        return list_runs(c, call, out);
    if (!id || !*id)
        TRY(newest(c, call, &id));
    TRY(state_run_load(c, call->st, id, &r));
    AUTO(plan) p = NULL;
    cx_code rc = CX_OK;
    if (!clone_undo_fits(c, call->ws, call->st, owner_of(call), &r))
        rc = cx_fail(c, CX_INVALID,
                     "run %s is not a clone of this workspace that can be taken back", id);
    if (rc == CX_OK)
        rc = clone_undo_plan(c, call->ws, call->st, &r, &k, &p);
    state_run_clear(&r);
    TRY(rc);
    const plan_apply_options how = {
        .ws = call->ws, .st = call->st, .job = call->job_id, .workers = (int)a->max_workers};
    if (!a->dry_run)
        return clone_undo_apply(c, p, &how, out, &call->failed);
    *out = plan_json(p);
    json_object_set_new(*out, "dry_run", json_true());
    json_object_set_new(*out, "run", json_string(id));
    return CX_OK;
}

static void list_text(const json *runs, buf *out)
{
    const json *r;
    size_t i;
    json_array_foreach (runs, i, r)
        buf_addf(out, "%s  %s  %-8s %s to %s, %lld objects, %lld made\n",
                 json_get_str(r, "file", ""), json_get_str(r, "timestamp", ""),
                 json_get_str(r, "status", ""), json_get_str(r, "source_catalog", ""),
                 json_get_str(r, "destination_catalog", ""),
                 (long long)json_get_int(r, "total_objects", 0),
                 (long long)json_get_int(r, "created_objects", 0));
    if (json_array_size(runs) == 0)
        buf_adds(out, "There is no clone to take back.\n");
}

static void steps_text(const json *steps, buf *out)
{
    const json *s;
    size_t i;
    json_array_foreach (steps, i, s) {
        const char *problem = json_get_str(s, "problem", NULL);
        buf_addf(out, "  %-8s %-8s %s%s%s\n", problem ? "stays" : json_get_str(s, "action", ""),
                 json_get_str(s, "kind", ""), json_get_str(s, "object", ""), problem ? ": " : "",
                 problem ? problem : "");
    }
    buf_adds(out, "\nNothing was changed: this was a dry run.\n");
}

static void text(cx *c, const json *result, int width, buf *out)
{
    const json *e;
    size_t i;
    (void)c, (void)width;
    if (json_get(result, "runs")) {
        list_text(json_get(result, "runs"), out);
        return;
    }
    if (json_get_bool(result, "dry_run", false)) {
        steps_text(json_get(result, "steps"), out);
        return;
    }
    buf_addf(out, "Took run %s back: %lld restored, %lld dropped, %lld other changes undone\n",
             json_get_str(result, "run", ""), (long long)json_get_int(result, "restored", 0),
             (long long)json_get_int(result, "dropped", 0),
             (long long)json_get_int(result, "undone", 0));
    json_array_foreach (json_get(result, "errors"), i, e)
        buf_addf(out, "failed: %s: %s\n", json_get_str(e, "object", ""),
                 json_get_str(e, "error", ""));
    json_array_foreach (json_get(result, "left"), i, e)
        buf_addf(out, "stays: %s: %s\n", json_get_str(e, "object", ""),
                 json_get_str(e, "reason", ""));
}

OP(rollback, .http = "POST /api/rollback", .group = "Safety",
   .help = "Take a clone back: tables to the version before, what it made is dropped",
   .why =
       "A clone went where it should not have, or came out wrong. What others wrote since is kept.",
   .example = "clxs rollback --list", .effect = EFFECT_DESTROY, .job = true,
   .accepted = "Rollback job submitted", .results = results, .text = text);
