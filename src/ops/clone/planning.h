/* Shared by the files that plan a clone. */
#pragma once

#include <regex.h>

#include "ops/clone/plan.h"
#include "ops/clone/steps.h"

/* Of one table of the source, in a selective clone. */
typedef struct {
    const char *reasons; /* "version_drift", several joined by ", "; NULL = in sync */
    bool copy;           /* its rows or columns differ: it is cloned again */
    bool asked;          /* its copy's history was read */
    bool based;          /* the copy is one of this table, as it was at … */
    int64_t base, at;    /* … this version; the copy's own version that took it */
} clone_drift_entry;

typedef struct {
    cx *c;
    workspace *w;
    const clone_options *k;
    inventory *source, *dest;
    bool dest_exists;
    cut_entry *cut; /* one a table that is asked, in the order of the list */
    size_t cut_count;
    plan *p;
    int catalog;             /* step ids; -1 = none needed */
    int *steps[MODEL_KINDS]; /* of each object of the source */
    int *keys;               /* the step of each table's primary key; -1 = none */
    int *guards;             /* steps of masks and filters: grants above wait for them */
    int guard_count, guard_capacity;
    regex_t include, exclude;
    bool has_include, has_exclude;
    clone_drift_entry *drift; /* one a table of the source; NULL = not a selective clone */
    bool *same[MODEL_KINDS];  /* selective: views, functions … that are there as they should be */
} planning;

plan_step clone_blank_step(const planning *g, const char *action, const model_object *o);
int clone_add_step(planning *g, plan_step *s, int needs); /* its id */
int *clone_slot(planning *g, const model_object *o);      /* the step that makes an object */
CX_CHECKED cx_code clone_attach(planning *g);
bool clone_wanted(const planning *g, const model_object *table); /* by the filters */
bool clone_has_history(const model_object *table);
const cut_entry *clone_cut_of(const planning *g, const model_object *table);
