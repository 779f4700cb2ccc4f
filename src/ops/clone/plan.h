/* Plans the copy of a catalog: reads both sides, writes nothing. */
#pragma once

#include "ops/verify.h"
#include "plan/plan.h"

typedef enum {
    CLONE_FULL,        /* everything, in place of what is there */
    CLONE_INCREMENTAL, /* what is not there yet */
    CLONE_SELECTIVE    /* what is not there, or differs from the source */
} clone_load;
const char *clone_load_name(clone_load load); /* "selective" */

typedef struct {
    clone_load load;
    const char *source, *dest;
    bool shallow, permissions, ownership, tags, security, constraints, comments, views, functions,
        volumes;
    const char *const *include_schemas, *const *exclude_schemas; /* NULL-terminated */
    const char *include_regex, *exclude_regex;                   /* of tables; NULL = none */
    int64_t volume_file_most;    /* bytes; larger files in volumes stay behind */
    int64_t as_of_version;       /* -1 = the consistent cut */
    const char *as_of_timestamp; /* NULL = the consistent cut */
    const json *properties;      /* of every cloned table; NULL = none */
    const char *location;        /* managed location of a new catalog; NULL = the workspace's */
    int workers;
    bool validate, checksum;
    /* Called, unless NULL, when the source was read and before its versions are: what it does to
     * the source's grants is not copied, and what it stops from being written is not seen. */
    cx_code (*before_cut)(cx *c, void *self, const inventory *source);
    void *self;
} clone_options;

CX_CHECKED cx_code clone_plan(cx *c, workspace *w, const clone_options *k, plan **out);

/* Applies the plan (or goes on with `run` of the journal), compares when the plan says so, and
 * gives the run summary. *out_failed: something in it failed. On CANCELLED *out may be a summary of
 * what was done. */
CX_CHECKED cx_code clone_apply(cx *c, const plan *p, const plan_apply_options *k, json **out,
                               bool *out_failed);
/* What the whole operation took: seconds, requests, statements. */
typedef struct {
    workspace *ws;
    long requests, statements;
    int64_t began_us;
} clone_meter;
clone_meter clone_meter_start(const cx *c, workspace *w);
void clone_meter_read(const cx *c, const clone_meter *m, json *result);
/* The summary of a dry run: the plan, and what it comes to. */
json *clone_dry_run(const plan *p);
void clone_text(cx *c, const json *result, int width, buf *out);
