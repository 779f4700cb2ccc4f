/* The clones that can be taken back. */
#include "base/when.h"
#include "ops/clone/undo.h"

static int64_t count_steps(const json *made, bool created)
{
    const json *steps = json_get(made, "steps"), *s;
    int64_t n = 0;
    size_t i;
    json_array_foreach (steps, i, s) {
        const char *action = json_get_str(s, "action", "");
        const bool main =
            !strcmp(action, "create") || !strcmp(action, "clone") || !strcmp(action, "refer");
        n += main && (!created || text_starts(json_get_str(s, "inverse", ""), "DROP "));
    }
    return n;
}

static json *run_json(cx *c, const state_run *r)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I}", "file", r->id, "timestamp",
                     when_iso_ms(c, r->started_ms), "source_catalog",
                     json_get_str(r->plan, "source_catalog", ""), "destination_catalog",
                     json_get_str(r->plan, "destination_catalog", ""), "status", r->status,
                     "total_objects", (json_int_t)count_steps(r->plan, false), "created_objects",
                     (json_int_t)count_steps(r->plan, true));
}

/* Clones of this workspace that did something. */
static bool is_of(cx *c, state *st, const char *owner, const char *job)
{
    state_job j = {0};
    if (!owner)
        return true;
    if (!job || !*job || state_job_load(c, st, job, &j) != CX_OK) {
        cx_forgive(c);
        return false;
    }
    const bool same = text_same_nocase(j.owner ? j.owner : "", owner);
    state_job_clear(&j);
    return same;
}

bool clone_undo_fits(cx *c, const workspace *ws, state *st, const char *owner, const state_run *r)
{
    return is_of(c, st, owner, r->job) &&
           !strcmp(json_get_str(r->plan, "operation", ""), "clone") && json_get(r->plan, "steps") &&
           strcmp(r->status, "undone") != 0 &&
           !strcmp(r->workspace ? r->workspace : "", workspace_name(ws));
}

cx_code clone_undo_runs(cx *c, const workspace *ws, state *st, const char *owner, json **out)
{
    state_run *runs;
    size_t n;
    TRY(state_run_list(c, st, "clone", 1000, &runs, &n));
    *out = json_array();
    for (size_t i = 0; i < n; i++) {
        if (clone_undo_fits(c, ws, st, owner, &runs[i]))
            json_array_append_new(*out, run_json(c, &runs[i]));
        state_run_clear(&runs[i]);
    }
    return CX_OK;
}
