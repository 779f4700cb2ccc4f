/* Finishes what an interrupted run left: the steps that have no end in the journal are done
 * (again), and the operation's own report is made as if nothing had happened. A clone that was
 * killed while it was planning has written nothing; it is simply asked for again, with the
 * arguments of its job. */
#include "ops/clone/plan.h"
#include "ops/clone/undo.h"
#include "ops/op.h"

#define ARGS(A)                                                                                 \
    A(INT, max_workers, .help = "Steps done at once; 0 = as the run had", .def = "0", .min = 0, \
      .max = 64)
OP_ARGS(ARGS);

static const op_result results[] = {
    {"resumed", "array",
     "Runs that were finished: run, job, operation, status, steps, error, result"},
    {"left", "array", "Runs that stay as they are, and why"},
    {0}};

typedef struct {
    op_call *call;
    int workers;
    json *resumed, *left;
} resuming;

static void end_job(cx *c, op_call *call, const char *job, bool failed, const json *result,
                    const char *error)
{
    if (!job || !*job)
        return;
    cx side;
    cx_child(&side, c);
    if (state_job_end(&side, call->st, job, failed ? "failed" : "completed", result, error) !=
        CX_OK)
        cx_warn(c, "the end of operation %s was not recorded: %s", job, side.error.message);
    cx_clear(&side);
}

/* The run had got as far as a plan. */
static cx_code go_on(cx *c, resuming *r, const state_run *run, json **out, bool *failed)
{
    AUTO(plan) p = NULL;
    TRY(plan_from_json(c, run->plan, &p));
    const int workers = r->workers ? r->workers : (int)json_get_int(p->options, "workers", 4);
    const plan_apply_options how = {
        .ws = r->call->ws, .st = r->call->st, .job = run->job, .run = run->id, .workers = workers};
    const clone_meter meter = clone_meter_start(c, r->call->ws);
    if (!strcmp(p->op, "rollback"))
        return clone_undo_apply(c, p, &how, out, failed);
    TRY(clone_apply(c, p, &how, out, failed));
    clone_meter_read(c, &meter, *out);
    return CX_OK;
}

/* It had not: the same operation, the same arguments, the same job. */
static cx_code ask_again(cx *c, resuming *r, const state_run *run, json **out, bool *failed)
{
    const op *o = op_find(json_get_str(run->plan, "operation", ""));
    if (!o)
        return cx_fail(c, CX_CORRUPT, "the journal names an operation that does not exist");
    state_job job = {0};
    TRY(state_job_load(c, r->call->st, run->job, &job));
    op_call call = *r->call;
    call.job_id = run->job;
    call.failed = false;
    const void *decoded;
    cx_code rc = op_decode(c, o, job.args, true, &decoded, NULL);
    if (rc == CX_OK)
        rc = o->run(c, &call, decoded, out);
    state_job_clear(&job);
    *failed = call.failed;
    return rc;
}

static bool is_planning(const state_run *run)
{
    return json_get_bool(run->plan, "planning", false);
}

/* A run that only says that a clone would come is worth nothing beside the real one, or a later one
 * of its kind. */
static bool superseded(const state_run *runs, size_t n, size_t at)
{
    for (size_t i = 0; is_planning(&runs[at]) && i < n; i++)
        if (i != at && runs[i].job && runs[at].job && *runs[i].job &&
            !strcmp(runs[i].job, runs[at].job) && (!is_planning(&runs[i]) || i > at))
            return true;
    return false;
}

static void leave(resuming *r, const state_run *run, const char *why)
{
    json_array_append_new(r->left, json_pack("{s:s,s:s,s:s}", "run", run->id, "job",
                                             run->job ? run->job : "", "reason", why));
}

static cx_code finish(cx *c, resuming *r, const state_run *run, bool needless)
{
    const bool planning = is_planning(run);
    const cx_code mine = state_run_adopt(c, r->call->st, run->id);
    if (mine == CX_CONFLICT) {
        leave(r, run, c->error.message);
        cx_forgive(c);
        return CX_OK;
    }
    TRY(mine);
    if (needless)
        return state_run_end(c, r->call->st, run->id, "done");
    json *result = NULL;
    bool failed = false;
    const cx_code rc =
        planning ? ask_again(c, r, run, &result, &failed) : go_on(c, r, run, &result, &failed);
    if (planning && rc != CX_CANCELLED)
        TRY(state_run_end(c, r->call->st, run->id, "done"));
    const char *error = rc != CX_OK ? cx_dup(c, c->error.message)
                        : failed    ? "some objects failed"
                                    : NULL;
    end_job(c, r->call, run->job, rc != CX_OK || failed, result, error);
    r->call->failed = r->call->failed || rc != CX_OK || failed;
    json_array_append_new(r->resumed, json_pack("{s:s,s:s,s:s,s:s,s:o,s:o}", "run", run->id, "job",
                                                run->job ? run->job : "", "operation",
                                                json_get_str(run->plan, "operation", ""), "status",
                                                rc != CX_OK || failed ? "failed" : "completed",
                                                "error", json_str_or_null(error), "result",
                                                result ? result : json_null()));
    if (rc == CX_CANCELLED)
        return rc;
    cx_forgive(c);
    return CX_OK;
}

static cx_code finish_all(cx *c, resuming *r, const state_run *runs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cx_progress(c, "resume", (int64_t)i, (int64_t)n, runs[i].id);
        if (!strcmp(json_get_str(runs[i].plan, "operation", ""), "quiesce"))
            continue; /* op_execute saw to it */
        if (strcmp(runs[i].workspace ? runs[i].workspace : "", workspace_name(r->call->ws)) != 0)
            leave(r, &runs[i], cx_fmt(c, "it belongs to the workspace %s", runs[i].workspace));
        else
            TRY(finish(c, r, &runs[i], superseded(runs, n, i)));
    }
    return CX_OK;
}

static cx_code run(cx *c, op_call *call, const args *a, json **out)
{
    state_run *runs;
    size_t n;
    TRY(state_job_reap(c, call->st));
    TRY(state_run_unfinished(c, call->st, &runs, &n));
    AUTO(json) resumed = json_array();
    AUTO(json) left = json_array();
    resuming r = {call, (int)a->max_workers, resumed, left};
    const cx_code rc = finish_all(c, &r, runs, n);
    for (size_t i = 0; i < n; i++)
        state_run_clear(&runs[i]);
    TRY(rc);
    *out = json_pack("{s:O,s:O}", "resumed", resumed, "left", left);
    return CX_OK;
}

static void text(cx *c, const json *result, int width, buf *out)
{
    const json *list = json_get(result, "resumed");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json *r = json_array_get(list, i);
        buf_addf(out, "Finished %s %s: %s%s%s\n", json_get_str(r, "operation", ""),
                 json_get_str(r, "job", ""), json_get_str(r, "status", ""),
                 json_get(r, "error") ? ": " : "", json_get_str(r, "error", ""));
        if (json_get(r, "result") && !strcmp(json_get_str(r, "operation", ""), "clone"))
            clone_text(c, json_get(r, "result"), width, out);
    }
    const json *left = json_get(result, "left");
    for (size_t i = 0; i < json_array_size(left); i++)
        buf_addf(out, "Left alone: run %s: %s\n", json_get_str(json_array_get(left, i), "run", ""),
                 json_get_str(json_array_get(left, i), "reason", ""));
    if (json_array_size(list) == 0 && json_array_size(left) == 0)
        buf_adds(out, "Nothing was left unfinished.\n");
}

OP(resume, .http = "POST /api/resume", .group = "Clone",
   .help = "Finish what an interrupted run left",
   .why =
       "After a crash, a kill or a power cut: steps that were done stay done, the others are done now.",
   .example = "clxs resume", .effect = EFFECT_WRITE, .job = true,
   .accepted = "Resume job submitted", .results = results, .text = text);
