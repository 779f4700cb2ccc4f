/* Jobs: one row for each operation that ran or waits, shared by all processes of the folder.
 *
 * A status changes only by a statement that names the status it expects, so two processes cannot
 * both take a job, and an end that was written stays. */
#include "base/hash.h"
#include "state/state_int.h"

#define COLUMNS                                                                                \
    "id, op, status, owner, workspace, args, progress, result, error, created_ms, started_ms," \
    " ended_ms, pid"

void state_job_clear(state_job *j)
{
    json_decref(j->args);
    json_decref(j->progress);
    json_decref(j->result);
    *j = (state_job){0};
}

static cx_code read_job(state_db_row *row, state_job *j)
{
    *j = (state_job){.id = state_db_text(row, 0),
                     .op = state_db_text(row, 1),
                     .status = state_db_text(row, 2),
                     .owner = state_db_text(row, 3),
                     .workspace = state_db_text(row, 4),
                     .error = state_db_text(row, 8),
                     .created_ms = state_db_int(row, 9),
                     .started_ms = state_db_int(row, 10),
                     .ended_ms = state_db_int(row, 11),
                     .pid = state_db_int(row, 12)};
    cx_code rc = state_db_json(row, 5, &j->args);
    if (rc == CX_OK)
        rc = state_db_json(row, 6, &j->progress);
    if (rc == CX_OK)
        rc = state_db_json(row, 7, &j->result);
    if (rc != CX_OK)
        state_job_clear(j);
    return rc;
}

typedef struct {
    state_job *rows; /* arena */
    size_t count;
} job_list;

static cx_code take_job(void *self, state_db_row *row)
{
    job_list *l = self;
    state_job j;
    TRY(read_job(row, &j));
    *(state_job *)state_more(row->c, (void **)&l->rows, &l->count, sizeof j) = j;
    return CX_OK;
}

static void drop_jobs(job_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        state_job_clear(&l->rows[i]);
}

cx_code state_job_add(cx *c, state *s, const char *op, const char *status, const char *owner,
                      const char *workspace, const json *args, char **out_id)
{
    for (int attempt = 0; attempt < 16; attempt++) {
        char id[9];
        int64_t added = 0;
        hex_random(id, 8);
        TRY(state_db_run(
            c, s->main, &added,
            "INSERT INTO job(id, op, status, owner, workspace, args, created_ms, pid, mark)"
            " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT(id) DO NOTHING",
            "tttttjiit", id, op, status, owner ? owner : "", workspace ? workspace : "", args,
            cx_now_ms(c), s->pid, s->mark));
        if (added) {
            *out_id = cx_dup(c, id);
            return CX_OK;
        }
    }
    return cx_fail(c, CX_INTERNAL, "no free job number was found");
}

cx_code state_job_load(cx *c, state *s, const char *id, state_job *out)
{
    job_list l = {0};
    const cx_code rc = state_db_query(c, s->main, take_job, &l,
                                      "SELECT " COLUMNS " FROM job WHERE id = ?1", "t", id);
    if (rc != CX_OK) {
        drop_jobs(&l);
        return rc;
    }
    if (!l.count)
        return cx_fail(c, CX_NOT_FOUND, "there is no job %s", id);
    *out = l.rows[0];
    return CX_OK;
}

cx_code state_job_list(cx *c, state *s, const char *op, const char *status, const char *owner,
                       int64_t limit, state_job **out, size_t *out_n)
{
    job_list l = {0};
    const cx_code rc =
        state_db_query(c, s->main, take_job, &l,
                       "SELECT " COLUMNS " FROM job WHERE (?1 IS NULL OR op = ?1) AND"
                       " (?2 IS NULL OR status = ?2) AND (?3 IS NULL OR owner = ?3)"
                       " ORDER BY rowid DESC LIMIT ?4",
                       "ttti", op, status, owner, limit > 0 ? limit : (int64_t)-1);
    if (rc != CX_OK) {
        drop_jobs(&l);
        return rc;
    }
    *out = l.rows;
    *out_n = l.count;
    return CX_OK;
}

cx_code state_job_start(cx *c, state *s, const char *id)
{
    int64_t changed = 0;
    TRY(state_db_run(c, s->main, &changed,
                     "UPDATE job SET status = 'running', started_ms = ?2, pid = ?3, mark = ?4"
                     " WHERE id = ?1 AND status IN ('queued', 'running')",
                     "tiit", id, cx_now_ms(c), s->pid, s->mark));
    if (!changed)
        return cx_fail(c, CX_CONFLICT, "job %s is not waiting any more", id);
    return CX_OK;
}

cx_code state_job_take(cx *c, state *s, state_job *out)
{
    job_list l = {0};
    const cx_code rc = state_db_query(
        c, s->main, take_job, &l,
        "UPDATE job SET status = 'running', started_ms = ?1, pid = ?2, mark = ?3 WHERE rowid ="
        " (SELECT min(rowid) FROM job WHERE status = 'queued') RETURNING " COLUMNS,
        "iit", cx_now_ms(c), s->pid, s->mark);
    if (rc != CX_OK) {
        drop_jobs(&l);
        return rc;
    }
    if (!l.count)
        return cx_fail(c, CX_NOT_FOUND, "no job is waiting");
    *out = l.rows[0];
    return CX_OK;
}

cx_code state_job_claim(cx *c, state *s, const char *id, state_job *out)
{
    job_list l = {0};
    const cx_code rc =
        state_db_query(c, s->main, take_job, &l,
                       "UPDATE job SET status = 'running', started_ms = ?2, pid = ?3, mark = ?4"
                       " WHERE id = ?1 AND status = 'queued' RETURNING " COLUMNS,
                       "tiit", id, cx_now_ms(c), s->pid, s->mark);
    if (rc != CX_OK) {
        drop_jobs(&l);
        return rc;
    }
    if (!l.count)
        return cx_fail(c, CX_CONFLICT, "job %s is not waiting any more", id);
    *out = l.rows[0];
    return CX_OK;
}

cx_code state_job_cancel(cx *c, state *s, const char *id, const char **out_status)
{
    int64_t changed = 0;
    TRY(state_db_run(c, s->main, &changed,
                     "UPDATE job SET cancel_wanted = 1,"
                     " ended_ms = CASE status WHEN 'queued' THEN ?2 ELSE ended_ms END,"
                     " status = CASE status WHEN 'queued' THEN 'cancelled' ELSE status END"
                     " WHERE id = ?1 AND status IN ('queued', 'running')",
                     "ti", id, cx_now_ms(c)));
    state_job j;
    TRY(state_job_load(c, s, id, &j));
    *out_status = j.status;
    state_job_clear(&j);
    return CX_OK;
}

static cx_code take_flag(void *self, state_db_row *row)
{
    *(bool *)self = state_db_int(row, 0) != 0;
    return CX_OK;
}

cx_code state_job_cancel_wanted(cx *c, state *s, const char *id, bool *out_wanted)
{
    bool wanted = false;
    TRY(state_db_query(c, s->main, take_flag, &wanted,
                       "SELECT cancel_wanted FROM job WHERE id = ?1", "t", id));
    *out_wanted = wanted;
    return CX_OK;
}

cx_code state_job_progress(cx *c, state *s, const char *id, const json *progress)
{
    return state_db_run(c, s->main, NULL, "UPDATE job SET progress = ?2 WHERE id = ?1", "tj", id,
                        progress);
}

cx_code state_job_end(cx *c, state *s, const char *id, const char *status, const json *result,
                      const char *error)
{
    int64_t changed = 0;
    TRY(state_db_run(
        c, s->main, &changed,
        "UPDATE job SET status = ?2, result = coalesce(?3, result), error = ?4, ended_ms = ?5"
        " WHERE id = ?1 AND status IN ('queued', 'running', 'interrupted')",
        "ttjti", id, status, result, error, cx_now_ms(c)));
    if (!changed)
        return cx_fail(c, CX_CONFLICT, "job %s has ended already, or never was", id);
    return CX_OK;
}

cx_code state_job_interrupt(cx *c, state *s, const char *id)
{
    return state_db_run(c, s->main, NULL,
                        "UPDATE job SET status = 'interrupted', error = 'the server was stopped',"
                        " ended_ms = ?2 WHERE id = ?1 AND status IN ('running', 'cancelled')"
                        " AND cancel_wanted = 0",
                        "ti", id, cx_now_ms(c));
}

/* ---- jobs whose process died ------------------------------------------------------------ */

typedef struct {
    const char *id, *mark;
    int64_t pid;
} running_row;

typedef struct {
    running_row *rows; /* arena */
    size_t count;
} running_list;

static cx_code take_running(void *self, state_db_row *row)
{
    running_list *l = self;
    const running_row r = {state_db_text(row, 0), state_db_text(row, 2), state_db_int(row, 1)};
    *(running_row *)state_more(row->c, (void **)&l->rows, &l->count, sizeof r) = r;
    return CX_OK;
}

cx_code state_job_reap(cx *c, state *s)
{
    running_list l = {0};
    TRY(state_db_query(c, s->main, take_running, &l,
                       "SELECT id, pid, mark FROM job WHERE status = 'running'", ""));
    for (size_t i = 0; i < l.count; i++) {
        const running_row *r = &l.rows[i];
        if (state_process_alive(r->pid, r->mark))
            continue;
        int64_t changed = 0; /* the mark again: another process may have continued it meanwhile */
        TRY(state_db_run(c, s->main, &changed,
                         "UPDATE job SET status = 'interrupted', ended_ms = ?3,"
                         " error = 'the process that ran it ended'"
                         " WHERE id = ?1 AND status = 'running' AND mark = ?2",
                         "tti", r->id, r->mark, cx_now_ms(c)));
        if (changed)
            TRY(state_event_add(c, s, r->id, "status", "", "{\"status\":\"interrupted\"}"));
    }
    return CX_OK;
}

/* ---- events -------------------------------------------------------------------------------- */

enum { EVENTS_KEPT = 20000, PRUNE_EVERY = 1000 };

static cx_code take_number(void *self, state_db_row *row)
{
    *(int64_t *)self = state_db_int(row, 0);
    return CX_OK;
}

cx_code state_event_add(cx *c, state *s, const char *job, const char *kind, const char *level,
                        const char *text)
{
    int64_t seq = 0;
    TRY(state_db_query(
        c, s->main, take_number, &seq,
        "INSERT INTO event(job, seq, time_ms, kind, level, text)"
        " SELECT ?1, coalesce(max(seq), 0) + 1, ?2, ?3, ?4, ?5 FROM event WHERE job = ?1"
        " RETURNING seq",
        "tittt", job, cx_now_ms(c), kind, level ? level : "", text ? text : ""));
    if (seq % PRUNE_EVERY == 0 && seq > EVENTS_KEPT)
        return state_db_run(c, s->main, NULL, "DELETE FROM event WHERE job = ?1 AND seq <= ?2",
                            "ti", job, seq - EVENTS_KEPT);
    return CX_OK;
}

typedef struct {
    state_event *rows; /* arena */
    size_t count;
} event_list;

static cx_code take_event(void *self, state_db_row *row)
{
    event_list *l = self;
    state_event *e = state_more(row->c, (void **)&l->rows, &l->count, sizeof *e);
    *e = (state_event){.seq = state_db_int(row, 0),
                       .time_ms = state_db_int(row, 1),
                       .kind = state_db_text(row, 2),
                       .level = state_db_text(row, 3),
                       .text = state_db_text(row, 4)};
    return CX_OK;
}

cx_code state_event_list(cx *c, state *s, const char *job, int64_t after_seq, int64_t limit,
                         state_event **out, size_t *out_n)
{
    event_list l = {0};
    TRY(state_db_query(
        c, s->main, take_event, &l,
        "SELECT seq, time_ms, kind, level, text FROM event WHERE job = ?1 AND seq > ?2"
        " ORDER BY seq LIMIT ?3",
        "tii", job, after_seq, limit > 0 ? limit : (int64_t)-1));
    *out = l.rows;
    *out_n = l.count;
    return CX_OK;
}

cx_code state_event_tail(cx *c, state *s, const char *job, const char *kind, int64_t limit,
                         state_event **out, size_t *out_n)
{
    event_list l = {0};
    TRY(state_db_query(
        c, s->main, take_event, &l,
        "SELECT seq, time_ms, kind, level, text FROM (SELECT * FROM event WHERE job = ?1 AND"
        " (?2 IS NULL OR kind = ?2) ORDER BY seq DESC LIMIT ?3) ORDER BY seq",
        "tti", job, kind, limit));
    *out = l.rows;
    *out_n = l.count;
    return CX_OK;
}
