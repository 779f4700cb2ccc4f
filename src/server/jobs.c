/* The job queue: what the state folder lists as queued, run a few at a time.
 *
 * The row in SQLite is the job; this process holds only what must not be on disk: for a job that
 * was submitted here, its full body (secrets included) and a reference to its tenant (credentials
 * included), so that it runs even when the session ends meanwhile. After a restart a queued job
 * runs when its workspace is the embedded one or the server's own, or as soon as its owner signs
 * in; until then its progress says what it waits for. A job whose secret arguments died with the
 * process cannot run and says so. Claiming is atomic in SQLite: two servers may share a folder.
 *
 * The ticker thread writes progress (at most twice a second a job, however often it changes), looks
 * for cancellations asked by other processes, and wakes the event streams. */
#include "base/when.h"
#include "server/server_int.h"

typedef struct pending {
    char id[16];
    json *body;  /* owned; with secrets */
    tenant *who; /* holds a reference */
    struct pending *next;
} pending;

typedef struct running {
    app *s;
    const char *id;
    atomic_bool cancel;
    int64_t started_ms;
    pthread_mutex_t lock; /* guards what follows */
    char *phase, *object; /* owned */
    int64_t done, total;
    bool dirty;
    struct running *next; /* under queue->lock */
} running;

struct job_queue {
    app *s;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t news;
    bool stopping;
    pending *pending; /* owned */
    running *running;
    int thread_count;
    pthread_t *threads; /* owned; the last one is the ticker */
};

enum { TICK_MS = 500, IDLE_MS = 2000 };

/* ---- what a running job says ------------------------------------------------------------ */

static void on_progress(void *self, const char *phase, int64_t done, int64_t total,
                        const char *object)
{
    running *r = self;
    pthread_mutex_lock(&r->lock);
    if (!r->phase || strcmp(r->phase, phase ? phase : "")) {
        free(r->phase);
        r->phase = cx_heapdup(phase ? phase : "");
    }
    free(r->object);
    r->object = cx_heapdup(object);
    r->done = done;
    r->total = total;
    r->dirty = true;
    pthread_mutex_unlock(&r->lock);
}

static void add_event(cx *c, app *s, const char *job, const char *kind, const char *level,
                      const json *data)
{
    AUTO_FREE char *text = json_text(data);
    if (state_event_add(c, s->config.st, job, kind, level, text) != CX_OK) {
        cx_warn(c, "an event of job %s was not kept: %s", job, c->error.message);
        cx_forgive(c);
    }
    server_wake(s);
}

static void on_log(void *self, cx_level level, const char *scope, const char *text)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    running *r = self;
    cx c;
    cx_init(&c);
    AUTO(json)
    data = json_pack("{s:s,s:o,s:I}", "level", names[level], "text", json_str_or_null(text),
                     "time_ms", (json_int_t)cx_now_ms(&c));
    add_event(&c, r->s, r->id, "log", names[level], data);
    if (r->s->log && level >= r->s->log->least)
        r->s->log->line(r->s->log->self, level, scope, text);
    cx_clear(&c);
}

static void flush_progress(cx *c, running *r)
{
    pthread_mutex_lock(&r->lock);
    json *data =
        !r->dirty
            ? NULL
            : json_pack("{s:I,s:I,s:o,s:o,s:s}", "total", (json_int_t)r->total, "completed",
                        (json_int_t)r->done, "current_table", json_str_or_null(r->object), "phase",
                        json_str_or_null(r->phase), "started_at", when_iso_ms(c, r->started_ms));
    r->dirty = false;
    pthread_mutex_unlock(&r->lock);
    if (!data)
        return;
    if (state_job_progress(c, r->s->config.st, r->id, data) != CX_OK)
        cx_forgive(c);
    add_event(c, r->s, r->id, "progress", "", data);
    json_decref(data);
}

/* ---- running one ---------------------------------------------------------------------------- */

static void status_event(cx *c, app *s, const char *id, const char *status)
{
    AUTO(json) data = json_pack("{s:s}", "status", status);
    add_event(c, s, id, "status", "", data);
}

/* The row has its end; the stream gets it too: the status, then the result, which closes it. */
static void tell_end(cx *c, app *s, const char *id, const cx_error *e)
{
    state_job j;
    if (state_job_load(c, s->config.st, id, &j) != CX_OK)
        return;
    status_event(c, s, id, j.status);
    AUTO(json)
    data = json_pack("{s:s,s:O?,s:o,s:o,s:o}", "status", j.status, "result", j.result, "error",
                     json_str_or_null(j.error), "hint", json_str_or_null(e->hint), "code",
                     json_str_or_null(e->code ? cx_code_name(e->code) : NULL));
    add_event(c, s, id, "result", "", data);
    state_job_clear(&j);
}

/* op_execute records the end of what ran; this covers what could not begin. */
static void end_if_open(cx *c, app *s, const char *id, const cx_error *e)
{
    state_job j;
    if (state_job_load(c, s->config.st, id, &j) != CX_OK)
        return;
    const bool open = !strcmp(j.status, "running");
    state_job_clear(&j);
    if (open && state_job_end(c, s->config.st, id, "failed", NULL, e->message) != CX_OK)
        cx_warn(c, "the end of job %s was not recorded: %s", id, c->error.message);
}

static void execute(struct job_queue *q, running *r, const state_job *j, const json *body,
                    tenant *t)
{
    app *s = q->s;
    const cx_log_sink log = {on_log, r, CX_INFO};
    const cx_progress_sink progress = {on_progress, r};
    cx c, after;
    cx_init(&c);
    cx_init(&after);
    c.cancel = &r->cancel;
    c.log = &log;
    c.progress = &progress;
    c.scope = j->op;
    const op *o = server_op(s, j->op);
    op_call call = {.ws = t->ws,
                    .st = s->config.st,
                    .job_id = j->id,
                    .user = t->user,
                    .config = &t->config,
                    .state_dir = state_folder(s->config.st)};
    AUTO(json) result = NULL;
    if (json_get(j->args, "_withheld") && body == j->args)
        (void)cx_fail(&c, CX_INVALID,
                      "its secret arguments were not kept over a restart; submit it again");
    else if (o)
        (void)!op_execute(&c, o, &call, body, &result);
    else
        (void)cx_fail(&c, CX_UNSUPPORTED, "this version has no operation %s", j->op);
    flush_progress(&after, r);
    end_if_open(&after, s, j->id, &c.error);
    pthread_mutex_lock(&q->lock);
    const bool stopping = q->stopping;
    pthread_mutex_unlock(&q->lock);
    if (stopping && c.error.code == CX_CANCELLED &&
        state_job_interrupt(&after, s->config.st, j->id) != CX_OK)
        cx_forgive(&after);
    tell_end(&after, s, j->id, &c.error);
    cx_clear(&c);
    cx_clear(&after);
}

static void run_claimed(struct job_queue *q, const state_job *j, const json *body, tenant *t)
{
    running r = {.s = q->s, .id = j->id, .started_ms = j->started_ms};
    pthread_mutex_init(&r.lock, NULL);
    pthread_mutex_lock(&q->lock);
    r.next = q->running;
    q->running = &r;
    atomic_store(&r.cancel, q->stopping);
    pthread_mutex_unlock(&q->lock);
    cx c;
    cx_init(&c);
    status_event(&c, q->s, j->id, "running");
    cx_clear(&c);
    execute(q, &r, j, body, t);
    pthread_mutex_lock(&q->lock);
    for (running **at = &q->running; *at; at = &(*at)->next)
        if (*at == &r) {
            *at = r.next;
            break;
        }
    pthread_mutex_unlock(&q->lock);
    pthread_mutex_destroy(&r.lock);
    free(r.phase);
    free(r.object);
}

/* ---- choosing one -----------------------------------------------------------------------------
 */

static pending *take_pending(struct job_queue *q, const char *id)
{
    pending *found = NULL;
    pthread_mutex_lock(&q->lock);
    for (pending **at = &q->pending; *at && !found; at = found ? at : &(*at)->next)
        if (!strcmp((*at)->id, id)) {
            found = *at;
            *at = found->next;
        }
    pthread_mutex_unlock(&q->lock);
    return found;
}

static bool is_pending(struct job_queue *q, const char *id)
{
    bool found = false;
    pthread_mutex_lock(&q->lock);
    for (const pending *p = q->pending; p && !found; p = p->next)
        found = !strcmp(p->id, id);
    pthread_mutex_unlock(&q->lock);
    return found;
}

static void drop_pending(pending *p)
{
    if (!p)
        return;
    json_decref(p->body);
    tenant_free(p->who);
    free(p);
}

/* Whoever may run a job that this process did not take in: its owner where signed in, or our own.
 */
static tenant *tenant_for(cx *c, app *s, const state_job *j)
{
    tenant *t = tenant_find(s, j->workspace, j->owner);
    if (t)
        return t;
    if (tenant_standard(c, s, &t) == CX_OK) {
        if (tenant_may_see(t, j))
            return t;
        tenant_free(t);
    }
    cx_forgive(c);
    return NULL;
}

static void say_waiting(cx *c, app *s, const state_job *j)
{
    if (j->progress)
        return;
    AUTO(json)
    data = json_pack("{s:s,s:s}", "phase", "waiting", "reason",
                     cx_fmt(c, "waits until %s signs in to %s again", j->owner, j->workspace));
    if (state_job_progress(c, s->config.st, j->id, data) == CX_OK)
        add_event(c, s, j->id, "progress", "", data);
    cx_forgive(c);
}

static bool try_job(cx *c, struct job_queue *q, const state_job *j)
{
    app *s = q->s;
    AUTO(tenant) t = NULL;
    if (!is_pending(q, j->id)) {
        t = tenant_for(c, s, j);
        if (!t) {
            say_waiting(c, s, j);
            return false;
        }
    }
    state_job mine;
    if (state_job_claim(c, s->config.st, j->id, &mine) != CX_OK) {
        cx_forgive(c);
        return false; /* another was quicker, or it was cancelled */
    }
    pending *p = take_pending(q, j->id);
    run_claimed(q, &mine, p ? p->body : mine.args, p ? p->who : t);
    drop_pending(p);
    state_job_clear(&mine);
    return true;
}

/* Runs the oldest job that can run; false when there is none. */
static bool run_next(struct job_queue *q)
{
    cx c;
    cx_init(&c);
    state_job *rows = NULL;
    size_t n = 0;
    bool ran = false;
    if (state_job_list(&c, q->s->config.st, NULL, "queued", NULL, 0, &rows, &n) != CX_OK)
        n = 0;
    for (size_t i = n; i-- > 0;) {
        if (!ran)
            ran = try_job(&c, q, &rows[i]);
        state_job_clear(&rows[i]);
    }
    cx_clear(&c);
    return ran;
}

static void wait_for_news(struct job_queue *q, int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(&q->news, &q->lock, &until);
}

static void *worker(void *self)
{
    struct job_queue *q = self;
    pthread_mutex_lock(&q->lock);
    while (!q->stopping) {
        pthread_mutex_unlock(&q->lock);
        const bool ran = run_next(q);
        pthread_mutex_lock(&q->lock);
        if (!ran && !q->stopping)
            wait_for_news(q, IDLE_MS); /* another process may have queued something */
    }
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

/* Under q->lock, so that no running job goes away meanwhile. */
static void tick(struct job_queue *q)
{
    cx c;
    cx_init(&c);
    for (running *r = q->running; r; r = r->next) {
        bool wanted = false;
        flush_progress(&c, r);
        if (state_job_cancel_wanted(&c, q->s->config.st, r->id, &wanted) != CX_OK)
            cx_forgive(&c);
        if (wanted)
            atomic_store(&r->cancel, true);
    }
    cx_clear(&c);
}

static void *ticker(void *self)
{
    struct job_queue *q = self;
    pthread_mutex_lock(&q->lock);
    while (!q->stopping) {
        wait_for_news(q, TICK_MS);
        tick(q);
    }
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

/* ---- the interface ------------------------------------------------------------------------------
 */

void jobs_wake(app *s)
{
    if (!s->jobs)
        return;
    pthread_mutex_lock(&s->jobs->lock);
    pthread_cond_broadcast(&s->jobs->news);
    pthread_mutex_unlock(&s->jobs->lock);
}

/* The names of secret arguments that are not in the row, so that a later process knows. */
static json *shown_args(const op *o, const json *body)
{
    json *shown = op_redact(o, body), *withheld = json_array();
    for (size_t i = 0; i < o->arg_count; i++)
        if (o->args[i].kind == ARG_SECRET && json_get(body, o->args[i].name))
            json_array_append_new(withheld, json_string(o->args[i].name));
    if (json_array_size(withheld))
        json_object_set(shown, "_withheld", withheld);
    json_decref(withheld);
    return shown;
}

cx_code jobs_submit(cx *c, app *s, tenant *t, const op *o, const json *body, char **out_id)
{
    struct job_queue *q = s->jobs;
    AUTO(json) shown = shown_args(o, body);
    /* under the lock, so that no worker takes the row before its body is here */
    pthread_mutex_lock(&q->lock);
    const cx_code rc = state_job_add(c, s->config.st, o->name, "queued", t->user,
                                     workspace_name(t->ws), shown, out_id);
    if (rc == CX_OK) {
        pending *p = cx_calloc(1, sizeof *p);
        snprintf(p->id, sizeof p->id, "%s", *out_id);
        p->body = json_deep_copy(body);
        p->who = tenant_ref(t);
        p->next = q->pending;
        q->pending = p;
    }
    pthread_mutex_unlock(&q->lock);
    TRY(rc);
    status_event(c, s, *out_id, "queued");
    jobs_wake(s);
    return CX_OK;
}

cx_code jobs_cancel(cx *c, app *s, const char *id, const char **out_status)
{
    struct job_queue *q = s->jobs;
    TRY(state_job_cancel(c, s->config.st, id, out_status));
    if (!strcmp(*out_status, "cancelled")) {
        pending *p = take_pending(q, id);
        drop_pending(p);
        tell_end(c, s, id, &(cx_error){0});
        return CX_OK;
    }
    pthread_mutex_lock(&q->lock);
    for (running *r = q->running; r; r = r->next)
        if (!strcmp(r->id, id))
            atomic_store(&r->cancel, true);
    pthread_mutex_unlock(&q->lock);
    return CX_OK;
}

/* What a process that died left half done is finished first, as a job that everybody can watch. */
static cx_code resume_unfinished(cx *c, app *s)
{
    const op *o = server_op(s, "resume");
    if (!o || !o->job)
        return CX_OK;
    state_run *runs;
    size_t n;
    bool ours = false;
    TRY(state_run_unfinished(c, s->config.st, &runs, &n));
    if (!n)
        return CX_OK;
    AUTO(tenant) t = NULL;
    const cx_code rc = tenant_standard(c, s, &t);
    for (size_t i = 0; i < n; i++) {
        ours |= rc == CX_OK && !strcmp(runs[i].workspace, workspace_name(t->ws));
        state_run_clear(&runs[i]);
    }
    if (!ours)
        return rc;
    char *id;
    AUTO(json) body = json_object();
    return jobs_submit(c, s, t, o, body, &id);
}

cx_code jobs_start(cx *c, app *s)
{
    struct job_queue *q = cx_calloc(1, sizeof *q);
    s->jobs = q;
    q->s = s;
    pthread_mutex_init(&q->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&q->news, &monotonic);
    pthread_condattr_destroy(&monotonic);
    TRY(state_job_reap(c, s->config.st));
    TRY(resume_unfinished(c, s));
    const int want = (s->config.max_jobs > 0 ? s->config.max_jobs : 2) + 1;
    q->threads = cx_calloc((size_t)want, sizeof *q->threads);
    for (; q->thread_count < want; q->thread_count++)
        if (pthread_create(&q->threads[q->thread_count], NULL, q->thread_count ? worker : ticker,
                           q) != 0)
            return cx_fail(c, CX_INTERNAL, "the system gives no threads for jobs");
    return CX_OK;
}

void jobs_stop(app *s)
{
    struct job_queue *q = s->jobs;
    if (!q)
        return;
    pthread_mutex_lock(&q->lock);
    q->stopping = true;
    for (running *r = q->running; r; r = r->next)
        atomic_store(&r->cancel, true);
    pthread_cond_broadcast(&q->news);
    pthread_mutex_unlock(&q->lock);
    for (int i = 0; i < q->thread_count; i++)
        pthread_join(q->threads[i], NULL);
    while (q->pending) {
        pending *p = q->pending;
        q->pending = p->next;
        drop_pending(p);
    }
    pthread_cond_destroy(&q->news);
    pthread_mutex_destroy(&q->lock);
    free(q->threads);
    free(q);
    s->jobs = NULL;
}
