/* The journal: what a plan did so far, step by step, so that any process can finish it.
 *
 * A step's intent is written before the step and its end after it. Most notes must survive the
 * death of the process only (the commit is in the page cache); the caller asks for more where
 * production would suffer, and then the commit goes through a connection that syncs the log before
 * it returns. Syncing the log covers every earlier commit, too. */
#include "base/fs.h"
#include "base/hash.h"
#include "state/state_int.h"

#define RUN_COLUMNS "id, job, workspace, status, plan, started_ms, ended_ms, pid, mark"

void state_run_clear(state_run *r)
{
    json_decref(r->plan);
    *r = (state_run){0};
}

static cx_code safe_db(cx *c, state *s, state_db **out)
{
    pthread_mutex_lock(&s->lock);
    cx_code rc = CX_OK;
    if (!s->safe)
        rc = state_db_open(c, fs_join(c, s->folder, "state.db"), true, &s->safe);
    *out = s->safe;
    pthread_mutex_unlock(&s->lock);
    return rc;
}

cx_code state_run_begin(cx *c, state *s, const char *job, const char *workspace, const json *plan,
                        char **out_run)
{
    char id[17];
    hex_random(id, 16);
    state_db *d;
    TRY(safe_db(c, s, &d)); /* a plan that is lost cannot be finished */
    TRY(state_db_run(c, d, NULL,
                     "INSERT INTO run(id, job, workspace, status, plan, started_ms, pid, mark)"
                     " VALUES(?1, ?2, ?3, 'running', ?4, ?5, ?6, ?7)",
                     "tttjiit", id, job, workspace ? workspace : "", plan, cx_now_ms(c), s->pid,
                     s->mark));
    *out_run = cx_dup(c, id);
    return CX_OK;
}

typedef struct {
    state_run *rows; /* arena */
    const char **marks;
    size_t count, mark_count;
} run_list;

static cx_code take_run(void *self, state_db_row *row)
{
    run_list *l = self;
    json *plan = NULL;
    TRY(state_db_json(row, 4, &plan));
    state_run *r = state_more(row->c, (void **)&l->rows, &l->count, sizeof *r);
    *r = (state_run){.id = state_db_text(row, 0),
                     .job = state_db_text(row, 1),
                     .workspace = state_db_text(row, 2),
                     .status = state_db_text(row, 3),
                     .plan = plan,
                     .started_ms = state_db_int(row, 5),
                     .ended_ms = state_db_int(row, 6),
                     .pid = state_db_int(row, 7)};
    const char **mark = state_more(row->c, (void **)&l->marks, &l->mark_count, sizeof *mark);
    *mark = state_db_text(row, 8);
    return CX_OK;
}

static void drop_runs(run_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        state_run_clear(&l->rows[i]);
}

static cx_code load_run(cx *c, state *s, const char *run, run_list *out)
{
    const cx_code rc = state_db_query(c, s->main, take_run, out,
                                      "SELECT " RUN_COLUMNS " FROM run WHERE id = ?1", "t", run);
    if (rc != CX_OK)
        drop_runs(out);
    else if (!out->count)
        return cx_fail(c, CX_NOT_FOUND, "there is no run %s", run);
    return rc;
}

cx_code state_run_load(cx *c, state *s, const char *run, state_run *out)
{
    run_list l = {0};
    TRY(load_run(c, s, run, &l));
    *out = l.rows[0];
    return CX_OK;
}

cx_code state_run_unfinished(cx *c, state *s, state_run **out, size_t *out_n)
{
    run_list l = {0};
    const cx_code rc = state_db_query(
        c, s->main, take_run, &l,
        "SELECT " RUN_COLUMNS " FROM run WHERE status = 'running' ORDER BY rowid", "");
    if (rc != CX_OK) {
        drop_runs(&l);
        return rc;
    }
    size_t kept = 0;
    for (size_t i = 0; i < l.count; i++) {
        if (state_process_alive(l.rows[i].pid, l.marks[i]))
            state_run_clear(&l.rows[i]);
        else
            l.rows[kept++] = l.rows[i];
    }
    *out = l.rows;
    *out_n = kept;
    return CX_OK;
}

cx_code state_run_list(cx *c, state *s, const char *operation, int64_t limit, state_run **out,
                       size_t *out_n)
{
    run_list l = {0};
    const cx_code rc = state_db_query(c, s->main, take_run, &l,
                                      "SELECT " RUN_COLUMNS
                                      " FROM run WHERE json_extract(plan, '$.operation') = ?1"
                                      " ORDER BY rowid DESC LIMIT ?2",
                                      "ti", operation, limit);
    if (rc != CX_OK)
        drop_runs(&l);
    *out = l.rows;
    *out_n = l.count;
    return rc;
}

/* The update names the mark that was judged dead, so of two processes that adopt at once one wins.
 */
cx_code state_run_adopt(cx *c, state *s, const char *run)
{
    run_list l = {0};
    TRY(load_run(c, s, run, &l));
    const char *mark = l.marks[0];
    const int64_t pid = l.rows[0].pid;
    const bool running = !strcmp(l.rows[0].status, "running");
    drop_runs(&l);
    if (!running)
        return cx_fail(c, CX_CONFLICT, "run %s has ended", run);
    if (pid == s->pid && !strcmp(mark, s->mark))
        return CX_OK; /* it is ours already */
    int64_t changed = 0;
    if (!state_process_alive(pid, mark))
        TRY(state_db_run(
            c, s->main, &changed,
            "UPDATE run SET pid = ?3, mark = ?4 WHERE id = ?1 AND mark = ?2 AND status = 'running'",
            "ttit", run, mark, s->pid, s->mark));
    if (!changed)
        return cx_fail(c, CX_CONFLICT, "run %s is being worked on by process %lld", run,
                       (long long)pid);
    return CX_OK;
}

cx_code state_run_end(cx *c, state *s, const char *run, const char *status)
{
    int64_t changed = 0;
    TRY(state_db_run(c, s->main, &changed,
                     "UPDATE run SET status = ?2, ended_ms = ?3 WHERE id = ?1", "tti", run, status,
                     cx_now_ms(c)));
    if (!changed)
        return cx_fail(c, CX_NOT_FOUND, "there is no run %s", run);
    return CX_OK;
}

cx_code state_step_note(cx *c, state *s, const char *run, int step, const char *status,
                        const json *detail, bool against_power_loss)
{
    state_db *d = s->main;
    if (against_power_loss)
        TRY(safe_db(c, s, &d));
    return state_db_run(
        c, d, NULL,
        "INSERT INTO step(run, step, status, detail, time_ms) VALUES(?1, ?2, ?3, ?4, ?5)"
        " ON CONFLICT(run, step) DO UPDATE SET status = excluded.status,"
        " detail = coalesce(excluded.detail, detail), time_ms = excluded.time_ms",
        "titji", run, (int64_t)step, status, detail, cx_now_ms(c));
}

typedef struct {
    state_step *rows; /* arena */
    size_t count;
} step_list;

static cx_code take_step(void *self, state_db_row *row)
{
    step_list *l = self;
    json *detail = NULL;
    TRY(state_db_json(row, 2, &detail));
    state_step *s = state_more(row->c, (void **)&l->rows, &l->count, sizeof *s);
    *s = (state_step){
        .step = (int)state_db_int(row, 0), .status = state_db_text(row, 1), .detail = detail};
    return CX_OK;
}

cx_code state_step_list(cx *c, state *s, const char *run, state_step **out, size_t *out_n)
{
    step_list l = {0};
    const cx_code rc = state_db_query(
        c, s->main, take_step, &l,
        "SELECT step, status, detail FROM step WHERE run = ?1 ORDER BY step", "t", run);
    if (rc != CX_OK) {
        for (size_t i = 0; i < l.count; i++)
            json_decref(l.rows[i].detail);
        return rc;
    }
    *out = l.rows;
    *out_n = l.count;
    return CX_OK;
}
