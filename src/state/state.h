/* The tool's own SQLite (<state folder>/state.db): jobs with events, the plan journal, sessions,
 * settings. Several processes may have it open; WAL; every write is one transaction, durable
 * against the death of the process on return (journal intents: against power loss too). Any thread.
 */
#pragma once

#include "base/json.h"

typedef struct state state;
CX_CHECKED cx_code state_open(cx *c, const char *folder,
                              state **out); /* makes the folder, mode 0700 */
void state_free(state *s);
AUTO_TYPE(state);
const char *state_folder(const state *s);

/* ---- operations: one row for each operation that ran (history) and each job of the server
 * ---------- */
typedef struct {
    const char *id;          /* 8 characters, [0-9a-f] */
    const char *op;          /* operation name: "clone" */
    const char *status;      /* queued running completed failed cancelled interrupted */
    const char *owner;       /* user name, or "" on the command line */
    const char *workspace;   /* host or lake folder that it ran against */
    json *args;              /* secrets taken out; owned by the row */
    json *progress, *result; /* may be NULL */
    const char *error;       /* message; NULL = none */
    int64_t created_ms, started_ms, ended_ms; /* 0 = not yet */
    int64_t pid;                              /* process that runs it */
} state_job;
void state_job_clear(state_job *j); /* drops the json; strings are in the arena of the loader */

CX_CHECKED cx_code state_job_add(cx *c, state *s, const char *op, const char *status,
                                 const char *owner, const char *workspace, const json *args,
                                 char **out_id);
CX_CHECKED cx_code state_job_load(cx *c, state *s, const char *id, state_job *out); /* NOT_FOUND */
/* Newest first. op / status / owner NULL = any. */
CX_CHECKED cx_code state_job_list(cx *c, state *s, const char *op, const char *status,
                                  const char *owner, int64_t limit, state_job **out, size_t *out_n);
CX_CHECKED cx_code state_job_start(cx *c, state *s, const char *id);
/* Takes the oldest queued job for this process atomically; NOT_FOUND when there is none. */
CX_CHECKED cx_code state_job_take(cx *c, state *s, state_job *out);
/* The same for one job; CONFLICT when it is no longer queued. */
CX_CHECKED cx_code state_job_claim(cx *c, state *s, const char *id, state_job *out);
/* A queued job becomes `cancelled`. A running one is marked: its process asks
 * state_job_cancel_wanted and stops it. *out_status is the status after the call. */
CX_CHECKED cx_code state_job_cancel(cx *c, state *s, const char *id, const char **out_status);
CX_CHECKED cx_code state_job_cancel_wanted(cx *c, state *s, const char *id, bool *out_wanted);
CX_CHECKED cx_code state_job_progress(cx *c, state *s, const char *id, const json *progress);
CX_CHECKED cx_code state_job_end(cx *c, state *s, const char *id, const char *status,
                                 const json *result, const char *error);
/* A job that stopped because its process is stopping, not because somebody wanted it to. */
CX_CHECKED cx_code state_job_interrupt(cx *c, state *s, const char *id);
/* Running jobs whose process is gone become `interrupted`. Call at start. */
CX_CHECKED cx_code state_job_reap(cx *c, state *s);

/* Events of a job, numbered from 1: log lines, progress, state changes. */
typedef struct {
    int64_t seq, time_ms;
    const char *kind;  /* status progress log result */
    const char *level; /* of log lines: debug info warning error; else "" */
    const char *text;  /* log line, or JSON */
} state_event;
CX_CHECKED cx_code state_event_add(cx *c, state *s, const char *job, const char *kind,
                                   const char *level, const char *text);
CX_CHECKED cx_code state_event_list(cx *c, state *s, const char *job, int64_t after_seq,
                                    int64_t limit, state_event **out, size_t *out_n);
/* The newest `limit` events of one kind (NULL = any), oldest of them first. */
CX_CHECKED cx_code state_event_tail(cx *c, state *s, const char *job, const char *kind,
                                    int64_t limit, state_event **out, size_t *out_n);

/* ---- journal of plans --------------------------------------------------------------------------
 */
/* A run is a plan being applied. Steps are numbered as in the plan. */
CX_CHECKED cx_code state_run_begin(cx *c, state *s, const char *job, const char *workspace,
                                   const json *plan, char **out_run);
typedef struct {
    const char *id, *job, *workspace, *status; /* running done failed undone */
    json *plan;                                /* owned */
    int64_t started_ms, ended_ms, pid;
} state_run;
void state_run_clear(state_run *r);
CX_CHECKED cx_code state_run_load(cx *c, state *s, const char *run, state_run *out);
/* Runs with status running whose process is gone: what `resume` finishes. */
CX_CHECKED cx_code state_run_unfinished(cx *c, state *s, state_run **out, size_t *out_n);
/* Ended and unended ones of an operation, newest first. */
CX_CHECKED cx_code state_run_list(cx *c, state *s, const char *operation, int64_t limit,
                                  state_run **out, size_t *out_n);
CX_CHECKED cx_code
state_run_adopt(cx *c, state *s,
                const char *run); /* this process continues it; CONFLICT when alive elsewhere */
CX_CHECKED cx_code state_run_end(cx *c, state *s, const char *run, const char *status);
/* status: intent done failed skipped. `detail` (result numbers, error) may be NULL. */
CX_CHECKED cx_code state_step_note(cx *c, state *s, const char *run, int step, const char *status,
                                   const json *detail, bool against_power_loss);
typedef struct {
    int step;
    const char *status;
    json *detail; /* owned */
} state_step;
CX_CHECKED cx_code state_step_list(cx *c, state *s, const char *run, state_step **out,
                                   size_t *out_n);

/* ---- sessions, settings -------------------------------------------------------------------------
 */
CX_CHECKED cx_code state_session_add(cx *c, state *s, const char *hash, const json *session,
                                     int64_t expires_ms);
CX_CHECKED cx_code state_session_find(cx *c, state *s, const char *hash, json **out,
                                      int64_t *out_expires_ms);                     /* NOT_FOUND */
CX_CHECKED cx_code state_session_drop(cx *c, state *s, const char *hash);           /* NULL = all */
CX_CHECKED cx_code state_setting_get(cx *c, state *s, const char *key, char **out); /* NOT_FOUND */
CX_CHECKED cx_code state_setting_set(cx *c, state *s, const char *key, const char *value);
