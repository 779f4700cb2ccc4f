/* The copy of a catalog. The plan is in plan.c, its application in plan/apply.c. */
#include "ops/clone/args.h"
#include "ops/clone/quiesce.h"

#define ARGS(A)                                                                        \
    CLONE_PLAN_ARGS(A)                                                                 \
    A(BOOL, dry_run, .help = "Show the plan and stop; changes nothing")                \
    A(INT, max_workers, .help = "Steps done at once", .def = "4", .min = 1, .max = 64) \
    A(BOOL, validate_after_clone, .flag = "validate",                                  \
      .help = "Compare row counts of both sides afterwards")                           \
    A(BOOL, validate_checksum, .flag = "checksum",                                     \
      .help = "Compare a hash of all rows too; with --validate")                       \
    A(BOOL, schema_only, .help = "Tables without rows", .hidden = true)                \
    A(BOOL, quiesce_source, .label = "Pre-clone source quiesce",                       \
      .help = "Take write privileges on the source away while it is copied")           \
    A(JSON, target_workspace, .help = "Another workspace", .hidden = true)             \
    A(JSON, target_workspaces, .help = "Several workspaces", .hidden = true)           \
    A(JSON, masking, .help = "Mask values on the way", .hidden = true)                 \
    A(STR, ttl, .help = "Drop the copy after this time", .hidden = true)               \
    A(BOOL, skip_unused, .help = "Leave out tables nobody reads", .hidden = true)
OP_ARGS(ARGS);

static const op_result results[] = {
    {"mode", "string", "full, selective, incremental, or dry_run"},
    {"total_drifted_tables", "integer", "Tables that differed, of a selective clone"},
    {"tables_in_sync", "integer", "Tables that did not"},
    {"drift", "object", "How many tables for each reason"},
    {"drifted_tables", "object", "The reasons of each table that differed"},
    {"source_catalog", "string", "Catalog that was copied"},
    {"destination_catalog", "string", "Catalog that was made"},
    {"clone_type", "string", "DEEP or SHALLOW"},
    {"formats", "object", "How many tables of each source format were cloned"},
    {"bytes_copied", "integer", "Bytes of data files copied"},
    {"files_copied", "integer", "Data files copied"},
    {"volume_bytes_copied", "integer", "Bytes of files in volumes copied"},
    {"volume_files_copied", "integer", "Files in volumes copied"},
    {"schemas_processed", "integer", "Schemas of the source that were looked at"},
    {"tables", "object", "success, failed, skipped"},
    {"views", "object", "success, failed, skipped"},
    {"functions", "object", "success, failed, skipped"},
    {"volumes", "object", "success, failed, skipped"},
    {"errors", "array", "What failed: object, kind, action, error, hint, condition"},
    {"skipped", "array", "What was left out: object, kind, action, reason"},
    {"schema_durations", "object", "Seconds for each schema"},
    {"duration_seconds", "number", "Seconds for the whole"},
    {"validation", "object", "The comparison, when it was asked for"},
    {"plan_hash", "string", "SHA-256 of the plan that was carried out"},
    {"t0", "string", "The moment of the consistent cut"},
    {"cut", "string", "How exact the cut is"},
    {"versions", "object", "Version of each source table that was copied"},
    {"warnings", "array", "What is not as one might expect"},
    {"run_id", "string", "Id in the journal"},
    {"requests", "integer", "Requests that the application of the plan sent"},
    {"statements", "integer", "SQL statements among them"},
    {"timestamp", "string", "When it ended"},
    {"steps", "array", "The steps of the plan, of a dry run"},
    {"planned", "object", "How many objects of each kind, of a dry run"},
    {0}};

static cx_code not_yet(cx *c, const char *what)
{
    return cx_fail(c, CX_UNSUPPORTED, "%s is not supported yet", what);
}

static cx_code check_supported(cx *c, const args *a)
{
    if (a->schema_only)
        return not_yet(c, "schema_only");
    if (a->target_workspace || a->target_workspaces)
        return not_yet(c, "a clone into another workspace");
    if (a->masking)
        return not_yet(c, "masking");
    if (a->ttl && *a->ttl)
        return not_yet(c, "ttl");
    return a->skip_unused ? not_yet(c, "skip_unused") : CX_OK;
}

static cx_code check(cx *c, const void *raw)
{
    const args *a = raw;
    const bool elsewhere =
        a->target_workspace || a->target_workspaces; /* the same name is fine there */
    return clone_check_args(c, elsewhere ? NULL : a->source_catalog, a->destination_catalog,
                            a->load_type, a->as_of_version, a->as_of_timestamp);
}

static clone_options options_of(const args *a)
{
    return (clone_options){CLONE_PLAN_OPTIONS(a), .workers = (int)a->max_workers,
                           .validate = a->validate_after_clone || a->validate_checksum,
                           .checksum = a->validate_checksum};
}

/* From the first moment the journal knows that a clone was asked for, so that one killed while it
 * plans is finished by a resume, too. */
static cx_code note_intent(cx *c, const op_call *call, char **out_run)
{
    *out_run = NULL;
    if (!call->st || !call->job_id)
        return CX_OK;
    AUTO(json) j = json_pack("{s:s,s:b}", "operation", "clone", "planning", 1);
    return state_run_begin(c, call->st, call->job_id, workspace_name(call->ws), j, out_run);
}

/* What a run with quiesce has to give back. */
typedef struct {
    op_call *call;
    char *run; /* NULL = nothing was taken */
} quiet;

static cx_code take_grants(cx *c, void *self, const inventory *source)
{
    quiet *q = self;
    TRY_IN(c, quiesce_begin(c, q->call, source, &q->run), "taking write privileges on %s away",
           source->catalog);
    return CX_OK;
}

/* The source is writable again whatever became of the clone. */
static cx_code give_grants(cx *c, const quiet *q, cx_code rc)
{
    if (!q->run)
        return rc;
    const cx_error why = c->error;
    const cx_code restored = quiesce_end(c, q->call->ws, q->call->st, q->run);
    if (rc != CX_OK)
        c->error = why;
    return rc != CX_OK ? rc : restored;
}

static void end_intent(cx *c, const op_call *call, const char *intent)
{
    cx side;
    cx_child(&side, c);
    side.cancel = NULL;
    side.deadline_us = 0;
    if (intent && state_run_end(&side, call->st, intent, "failed") != CX_OK)
        cx_warn(c, "the end of the run was not recorded: %s", side.error.message);
    cx_clear(&side);
}

static cx_code apply(cx *c, op_call *call, const args *a, const clone_options *k,
                     const char *intent, json **out)
{
    AUTO(plan) p = NULL;
    const cx_code rc = clone_plan(c, call->ws, k, &p);
    if (rc != CX_OK) {
        end_intent(c, call, intent);
        return rc;
    }
    const plan_apply_options how = {.ws = call->ws,
                                    .st = call->st,
                                    .job = call->job_id,
                                    .intent = intent,
                                    .workers = (int)a->max_workers};
    return clone_apply(c, p, &how, out, &call->failed);
}

static cx_code plan_and_apply(cx *c, op_call *call, const args *a, json **out)
{
    const clone_meter meter = clone_meter_start(c, call->ws);
    clone_options k = options_of(a);
    quiet q = {.call = call};
    char *intent;
    if (a->quiesce_source) {
        k.before_cut = take_grants;
        k.self = &q;
    }
    TRY(note_intent(c, call, &intent));
    TRY(give_grants(c, &q, apply(c, call, a, &k, intent, out)));
    clone_meter_read(c, &meter, *out);
    return CX_OK;
}

static cx_code run(cx *c, op_call *call, const args *a, json **out)
{
    TRY(check_supported(c, a));
    if (!a->dry_run)
        return plan_and_apply(c, call, a, out);
    const clone_options k = options_of(a);
    AUTO(plan) p = NULL;
    TRY(clone_plan(c, call->ws, &k, &p));
    *out = clone_dry_run(p);
    return CX_OK;
}

OP(clone, .http = "POST /api/clone", .group = "Clone",
   .help = "Copy a catalog: schemas, tables, views, functions, volumes, grants, tags",
   .why =
       "A second catalog that is right: to stage, to rehearse a change, to recover, to develop on. All tables "
       "are copied as they were at one moment.",
   .example = "clxs clone --source sales --dest sales_dev --clone-type SHALLOW --dry-run",
   .effect = EFFECT_WRITE, .job = true, .accepted = "Clone job submitted", .results = results,
   .check = check, .text = clone_text);
