/* Carries a plan out.
 *
 * Workers take steps whose needs are done. Before a step its intent is in the journal (against
 * power loss: a statement that ran and that nobody remembers would be worse than one remembered
 * that did not run); after it, its end. A step that fails takes only those with it that need it.
 * Cancellation stops at step boundaries, and cancels statements that run: they are atomic, so
 * nothing is half there, and their intent stays in the journal. Doing a step twice is doing it
 * once, so whoever continues the run does again what has an intent and no end.
 *
 * One lock guards the queue and the outcome; it is never held during a statement or a journal
 * write. */
#include "base/pool.h"
#include "plan/plan.h"

#include <pthread.h>

enum { DEFAULT_WORKERS = 4 };

typedef struct {
    int step;
    bool order_only; /* it comes after, whatever becomes of what it waits for */
} dependant;

typedef struct {
    const plan *p;
    const plan_apply_options *k;
    plan_outcome *o;
    pthread_mutex_t lock; /* guards what follows, and o */
    pthread_cond_t news;
    int *missing;          /* steps before it that are not settled yet, a step */
    dependant *dependants; /* those of step i: dependants[first_of[i] .. first_of[i+1]) */
    int *first_of;
    int *queue, queue_begin, queue_end;
    int active, settled;
    bool stopped;
} applying;

const char *step_status_name(step_status s)
{
    static const char *const names[] = {"pending", "running", "done",
                                        "failed",  "skipped", "cancelled"};
    return names[s];
}

void plan_outcome_free(plan_outcome *o)
{
    if (!o)
        return;
    for (int i = 0; i < o->count; i++)
        json_decref(o->steps[i].detail);
    free(o->steps);
    free(o);
}

/* ---- one step ---------------------------------------------------------------------- */

static json *error_json(const cx *c)
{
    json *j = json_object();
    json_object_set_new(j, "error", json_string(c->error.message ? c->error.message : "failed"));
    if (c->error.hint)
        json_object_set_new(j, "hint", json_string(c->error.hint));
    if (c->error.condition)
        json_object_set_new(j, "condition", json_string(c->error.condition));
    if (c->error.sqlstate)
        json_object_set_new(j, "sqlstate", json_string(c->error.sqlstate));
    return j;
}

static json *numbers_json(const sql_result *r)
{
    static const char *const names[] = {"source_table_size",  "source_num_of_files",
                                        "num_removed_files",  "num_copied_files",
                                        "removed_files_size", "copied_files_size"};
    json *j = json_object();
    for (size_t i = 0; r && sql_rows(r) > 0 && i < CX_COUNT(names); i++) {
        const int64_t v = sql_int(r, 0, names[i], -1);
        if (v >= 0)
            json_object_set_new(j, names[i], json_integer(v));
    }
    return j;
}

static cx_code note(cx *c, applying *a, int id, const char *status, const json *detail,
                    bool against_power_loss)
{
    if (!a->k->st)
        return CX_OK;
    return state_step_note(c, a->k->st, a->o->run, id, status, detail, against_power_loss);
}

/* Files that are there already, as new and as large, are left alone: so doing it again is cheap. */
static cx_code copy_files(cx *c, workspace *w, const plan_step *s, json **out_detail)
{
    workspace_copied n;
    TRY(workspace_copy_files(c, w, s->files_from, s->files_to, s->files_most, &n));
    *out_detail = json_pack("{s:I, s:I, s:I, s:I}", "volume_files", (json_int_t)n.files,
                            "volume_bytes", (json_int_t)n.bytes, "volume_files_there",
                            (json_int_t)n.there, "volume_files_too_large", (json_int_t)n.too_large);
    return CX_OK;
}

static cx_code do_step(cx *c, applying *a, const plan_step *s, json **out_detail)
{
    if (s->problem) {
        *out_detail = json_pack("{s:s}", s->skip ? "reason" : "error", s->problem);
        return s->skip ? CX_OK : CX_FAILED;
    }
    cx_code rc = note(c, a, s->id, "intent", NULL, true);
    AUTO(sql_result) r = NULL;
    if (s->files_from) {
        if (rc == CX_OK)
            rc = copy_files(c, a->k->ws, s, out_detail);
        if (rc != CX_OK)
            *out_detail = error_json(c);
        return rc;
    }
    if (rc == CX_OK)
        rc = workspace_sql_in(c, a->k->ws, s->in_catalog, s->in_schema, s->sql, &r);
    if (rc == CX_EXISTS && s->exists_ok) {
        cx_forgive(c);
        rc = CX_OK;
    }
    *out_detail = rc == CX_OK ? numbers_json(r) : error_json(c);
    return rc;
}

static step_status status_of(const plan_step *s, cx_code rc)
{
    if (rc == CX_OK)
        return s->problem ? STEP_SKIPPED : STEP_DONE;
    return rc == CX_CANCELLED ? STEP_CANCELLED : STEP_FAILED;
}

/* The end of a step is worth recording although the operation was cancelled meanwhile. */
static void note_end(cx *c, applying *a, int id, step_status status, const json *detail)
{
    if (status == STEP_CANCELLED)
        return;
    cx side;
    cx_child(&side, c);
    side.cancel = NULL;
    side.deadline_us = 0;
    if (note(&side, a, id, step_status_name(status), detail, false) != CX_OK)
        cx_warn(c, "the end of step %d was not recorded: %s", id + 1, side.error.message);
    cx_clear(&side);
}

static void log_end(cx *c, const plan_step *s, step_status status, const json *detail)
{
    const int64_t files = json_get_int(detail, "num_copied_files", -1);
    if (status == STEP_FAILED)
        cx_warn(c, "%s %s: %s", s->action, s->object, json_get_str(detail, "error", "failed"));
    else if (status == STEP_SKIPPED)
        cx_info(c, "left out %s: %s", s->object, s->problem);
    else if (status == STEP_DONE && files >= 0)
        cx_info(c, "%s %s: %lld files, %lld bytes copied", s->action, s->object, (long long)files,
                (long long)json_get_int(detail, "copied_files_size", 0));
    else if (status == STEP_DONE)
        cx_info(c, "%s %s %s", s->action, s->kind, s->object);
}

static step_status run_step(cx *parent, applying *a, int id, json **out_detail)
{
    cx c;
    cx_child(&c, parent);
    const plan_step *s = &a->p->steps[id];
    const cx_code rc = do_step(&c, a, s, out_detail);
    const step_status status = status_of(s, rc);
    note_end(&c, a, id, status, *out_detail);
    log_end(&c, s, status, *out_detail);
    cx_clear(&c);
    return status;
}

/* ---- settling: what a step's end means for others (under the lock) ---------------------- */

static void settle(applying *a, int id, step_status status, json *take_detail)
{
    step_outcome *o = &a->o->steps[id];
    o->status = status;
    o->detail = take_detail;
    a->settled++;
    a->o->done += status == STEP_DONE;
    a->o->failed += status == STEP_FAILED;
    a->o->skipped += status == STEP_SKIPPED;
    a->o->cancelled += status == STEP_CANCELLED;
    for (int k = a->first_of[id]; k < a->first_of[id + 1]; k++) {
        const int to = a->dependants[k].step;
        if (a->o->steps[to].status != STEP_PENDING)
            continue;
        if (status == STEP_DONE || (a->dependants[k].order_only && status != STEP_CANCELLED)) {
            if (--a->missing[to] == 0)
                a->queue[a->queue_end++] = to;
        } else if (status !=
                   STEP_CANCELLED) { /* depth is that of the plan: catalog, schema, object, grant */
            const plan_step *s = &a->p->steps[id];
            buf b = BUF(BUF_ANY);
            buf_addf(&b, "needs %s, which %s", s->object,
                     status == STEP_FAILED ? "failed" : "was left out");
            settle(a, to, STEP_SKIPPED,
                   json_pack("{s:s,s:b}", "reason", buf_text(&b), "because_of_failure", 1));
            buf_clear(&b);
        }
    }
}

static void wait_for_news(applying *a)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 100 * 1000 * 1000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&a->news, &a->lock, &until);
}

static cx_code worker(cx *c, void *self, size_t number)
{
    (void)number;
    applying *a = self;
    pthread_mutex_lock(&a->lock);
    while (!a->stopped) {
        if (cx_alive(c) != CX_OK) {
            a->stopped = true;
        } else if (a->queue_begin < a->queue_end) {
            const int id = a->queue[a->queue_begin++];
            a->o->steps[id].status = STEP_RUNNING;
            a->o->steps[id].began_ms = cx_now_ms(c);
            a->active++;
            pthread_mutex_unlock(&a->lock);
            json *detail = NULL;
            const step_status status = run_step(c, a, id, &detail);
            pthread_mutex_lock(&a->lock);
            a->active--;
            a->o->steps[id].ended_ms = cx_now_ms(c);
            settle(a, id, status, detail);
            cx_progress(c, a->p->op, a->settled, a->p->count, a->p->steps[id].object);
            pthread_cond_broadcast(&a->news);
        } else if (a->active == 0) {
            break; /* nothing runs and nothing is ready: the rest is settled */
        } else {
            wait_for_news(a);
        }
    }
    pthread_mutex_unlock(&a->lock);
    return CX_OK;
}

/* ---- the frame ------------------------------------------------------------------------------ */

static void link_to(applying *a, int *at, const plan_ids *earlier, int step, bool order_only)
{
    for (int k = 0; k < earlier->count; k++) {
        const int on = earlier->items[k];
        a->dependants[a->first_of[on] + at[on]++] = (dependant){step, order_only};
    }
}

static void link_steps(cx *c, applying *a)
{
    const int n = a->p->count;
    a->missing = cx_array(c, int, n + 1);
    a->first_of = cx_array(c, int, n + 2);
    a->queue = cx_array(c, int, n + 1);
    for (int i = 0; i < n; i++) {
        const plan_step *s = &a->p->steps[i];
        a->missing[i] = s->needs.count + s->after.count;
        for (int k = 0; k < s->needs.count; k++)
            a->first_of[s->needs.items[k] + 1]++;
        for (int k = 0; k < s->after.count; k++)
            a->first_of[s->after.items[k] + 1]++;
    }
    for (int i = 0; i < n; i++)
        a->first_of[i + 1] += a->first_of[i];
    a->dependants = cx_array(c, dependant, a->first_of[n] + 1);
    int *at = cx_array(c, int, n + 1);
    for (int i = 0; i < n; i++) {
        link_to(a, at, &a->p->steps[i].needs, i, false);
        link_to(a, at, &a->p->steps[i].after, i, true);
    }
}

/* What an earlier process finished counts as done; everything else is done (again). */
static cx_code take_earlier(cx *c, applying *a)
{
    if (!a->k->st || !a->k->run)
        return CX_OK;
    state_step *steps;
    size_t n;
    TRY(state_step_list(c, a->k->st, a->k->run, &steps, &n));
    for (size_t i = 0; i < n; i++) {
        const int id = steps[i].step;
        if (id >= 0 && id < a->p->count && !strcmp(steps[i].status, "done")) {
            a->o->steps[id].status = STEP_DONE;
            json_decref(a->o->steps[id].detail);
            a->o->steps[id].detail = json_incref(steps[i].detail);
        }
        json_decref(steps[i].detail);
    }
    return CX_OK;
}

static void fill_queue(applying *a)
{
    for (int i = 0; i < a->p->count; i++) {
        if (a->o->steps[i].status != STEP_DONE)
            continue;
        a->settled++;
        a->o->done++;
        for (int k = a->first_of[i]; k < a->first_of[i + 1]; k++)
            a->missing[a->dependants[k].step]--;
    }
    for (int i = 0; i < a->p->count; i++)
        if (a->o->steps[i].status == STEP_PENDING && a->missing[i] == 0)
            a->queue[a->queue_end++] = i;
}

static cx_code begin_run(cx *c, applying *a)
{
    if (!a->k->st)
        return CX_OK;
    if (!a->k->run) {
        AUTO(json) j = plan_json(a->p);
        char *run;
        TRY(state_run_begin(c, a->k->st, a->k->job ? a->k->job : "", workspace_name(a->k->ws), j,
                            &run));
        snprintf(a->o->run, sizeof a->o->run, "%s", run);
        if (a->k->intent)
            TRY(state_run_end(c, a->k->st, a->k->intent, "done"));
    } else {
        snprintf(a->o->run, sizeof a->o->run, "%s", a->k->run);
    }
    return CX_OK;
}

static void end_run(cx *c, const applying *a)
{
    if (!a->k->st)
        return;
    cx side;
    cx_child(&side, c);
    side.cancel = NULL;
    side.deadline_us = 0;
    const char *status = a->o->done + a->o->skipped == a->o->count ? "done" : "failed";
    if (state_run_end(&side, a->k->st, a->o->run, status) != CX_OK)
        cx_warn(c, "the end of the run was not recorded: %s", side.error.message);
    cx_clear(&side);
}

cx_code plan_apply(cx *c, const plan *p, const plan_apply_options *k, plan_outcome **out)
{
    AUTO(plan_outcome) o = cx_calloc(1, sizeof *o);
    o->steps = cx_calloc((size_t)p->count + 1, sizeof *o->steps);
    o->count = p->count;
    o->began_ms = cx_now_ms(c);
    applying a = {.p = p, .k = k, .o = o};
    link_steps(c, &a);
    TRY(begin_run(c, &a));
    TRY(take_earlier(c, &a));
    fill_queue(&a);
    pthread_mutex_init(&a.lock, NULL);
    pthread_cond_init(&a.news, NULL);
    const int workers = k->workers > 0 ? k->workers : DEFAULT_WORKERS;
    const cx_code rc = pool_run(c, (size_t)workers, workers, false, worker, &a);
    pthread_cond_destroy(&a.news);
    pthread_mutex_destroy(&a.lock);
    o->ended_ms = cx_now_ms(c);
    end_run(c, &a);
    *out = STEAL(o);
    if (rc != CX_OK)
        return rc;
    return cx_alive(c);
}
