/* The plan that takes a finished (or half finished) clone back. */
#pragma once

#include "plan/plan.h"

typedef struct {
    bool drop_catalog; /* the catalog that the clone made goes, too */
    bool force;        /* also tables that others have written to since */
} undo_options;
/* From a run of the journal: reads what it did and how its tables stand now, writes nothing. What
 * cannot or must not be taken back is a step with a problem. */
CX_CHECKED cx_code clone_undo_plan(cx *c, workspace *ws, state *st, const state_run *run,
                                   const undo_options *k, plan **out);
/* Applies it and tells: restored, dropped, undone, failed, errors, left. */
CX_CHECKED cx_code clone_undo_apply(cx *c, const plan *p, const plan_apply_options *k, json **out,
                                    bool *out_failed);
/* Clones of this workspace in the journal that did something and were not taken back, newest first:
 * [{file, timestamp, source_catalog, destination_catalog, status, total_objects, created_objects}].
 */
CX_CHECKED cx_code clone_undo_runs(cx *c, const workspace *ws, state *st, const char *owner,
                                   json **out);
/* owner: who asked for the clone; NULL = anybody. */
bool clone_undo_fits(cx *c, const workspace *ws, state *st, const char *owner, const state_run *r);
