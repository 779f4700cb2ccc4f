/* A plan: the steps that an operation wants to take, each with the exact statement, what must be
 * done before it, and how to take it back. A plan is data: it prints as text, JSON and a SQL
 * script, has a hash, and can be applied now, or by another process that finds it in the journal.
 *
 * Strings live in the arena of the context that the plan was made with. */
#pragma once

#include "model/model.h"
#include "state/state.h"

typedef struct {
    int *items;
    int count, capacity;
} plan_ids;

typedef struct {
    int id;             /* its index */
    const char *action; /* create clone refer comment tag mask filter grant … */
    const char *kind;   /* CATALOG SCHEMA TABLE VIEW FUNCTION VOLUME */
    const char *object; /* "dest.schema.name", for people */
    const char *schema; /* the schema it belongs to; "" = the catalog itself */
    const char *source; /* what it is copied from; NULL = nothing */
    const char *format; /* of a table's source: DELTA PARQUET …; NULL */
    const char *sql;    /* what is run; or, of a step that copies the files of a volume: */
    const char *files_from, *files_to; /* "/Volumes/…"; NULL = sql */
    int64_t files_most;                /* larger files are left out and told; 0 = none are */
    const char *in_catalog,
        *in_schema;       /* what unqualified names in sql mean; NULL = the workspace's default */
    const char *problem;  /* why it cannot be done; NULL = it can */
    bool skip;            /* with `problem`: left out on purpose, which is no failure */
    bool exists_ok;       /* that it is there already is success: statements without OR REPLACE */
    const char *inverse;  /* statement that takes it back; NULL = none */
    int64_t version;      /* of the source that is copied; -1 = whatever is newest */
    int64_t bytes, files; /* what it will move; -1 = not known before it runs */
    plan_ids needs;       /* steps that must have succeeded */
    plan_ids after;       /* steps that must have ended, however */
} plan_step;

typedef struct {
    const char *op; /* operation that made it: "clone" */
    const char *source, *dest;
    const char *workspace;
    const char *t0;  /* the workspace's time of the consistent cut; NULL = none was taken */
    const char *cut; /* how strong the cut is, for the report; NULL */
    json *options;   /* owned: what the operation needs again when it is resumed */
    plan_step *steps;
    int count, capacity;
    const char **warnings;
    int warning_count;
} plan;
plan *plan_new(cx *c, const char *op, const char *source, const char *dest);
void plan_free(plan *p); /* the options; the rest is the arena's */
AUTO_TYPE(plan);

/* Adds a step and returns its id. Strings are borrowed (arena). */
int plan_add(cx *c, plan *p, const plan_step *step);
void plan_need(cx *c, plan *p, int step, int needed);   /* needed < 0 is ignored */
void plan_after(cx *c, plan *p, int step, int earlier); /* the same, as an order only */
void plan_warn(cx *c, plan *p, const char *fmt, ...) CX_PRINTF(3, 4);

json *plan_json(const plan *p); /* new reference; with "hash" */
CX_CHECKED cx_code plan_from_json(cx *c, const json *j, plan **out);
/* SHA-256 over the canonical JSON of what will be done: not over the moment (t0) at which it was
 * asked. Two plans with one hash do the same to the same versions. */
void plan_hash(const plan *p, char out[65]);
void plan_text(cx *c, const plan *p, int width, buf *out);
void plan_sql(const plan *p, buf *out);  /* a script: statements with comments */
void plan_html(const plan *p, buf *out); /* one page, nothing from outside */

/* ---- the consistent cut ------------------------------------------------------------ */

typedef struct {
    const model_object *table;
    int64_t version;     /* newest at or before T0; -1 = not known */
    const char *problem; /* why it is not known */
} cut_entry;
/* Asks the workspace for its time T0, then for the newest version of each Delta table that was
 * committed at or before it, about fifty tables to a statement. */
CX_CHECKED cx_code plan_cut(cx *c, workspace *w, const char *catalog, cut_entry *entries, size_t n,
                            const char **out_t0);

/* ---- applying -------------------------------------------------------------------------- */

typedef enum {
    STEP_PENDING,
    STEP_RUNNING,
    STEP_DONE,
    STEP_FAILED,
    STEP_SKIPPED,
    STEP_CANCELLED
} step_status;
const char *step_status_name(step_status s);

typedef struct {
    step_status status;
    int64_t began_ms, ended_ms;
    json *detail; /* owned; numbers of the result, or {error, hint, condition, sqlstate}; may be
                     NULL */
} step_outcome;
typedef struct {
    step_outcome *steps; /* one a step of the plan */
    int count, done, failed, skipped, cancelled;
    char run[40]; /* id in the journal; "" = not journalled */
    int64_t began_ms, ended_ms;
} plan_outcome;
void plan_outcome_free(plan_outcome *o);
AUTO_TYPE(plan_outcome);

typedef struct {
    workspace *ws;
    state *st;       /* NULL = no journal (tests) */
    const char *job; /* NULL = "" */
    const char *run; /* continue this run of the journal; NULL = a new one */
    const char
        *intent; /* a run that only says that this would come: ended when the real one is there */
    int workers; /* 0 = 4 */
} plan_apply_options;
/* Carries the plan out. OK also when steps failed: the outcome says so. CANCELLED (with *out set)
 * when the context was cancelled: steps that ran were cancelled too and will be done again by a
 * resume. */
CX_CHECKED cx_code plan_apply(cx *c, const plan *p, const plan_apply_options *k,
                              plan_outcome **out);
