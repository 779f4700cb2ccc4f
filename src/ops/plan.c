/* The plan of a clone, without the clone. */
#include "base/fs.h"
#include "ops/clone/args.h"

static const char *const formats[] = {"console", "json", "html", "sql", NULL};

#define ARGS(A)                                                                         \
    CLONE_PLAN_ARGS(A)                                                                  \
    A(ENUM, format, .help = "How the plan is written", .of = formats, .def = "console") \
    A(PATH, output, .help = "Write it to this file instead", .cli_only = true)          \
    A(PATH, capture_sql, .help = "Write the statements to this file, too", .cli_only = true)
OP_ARGS(ARGS);

static const op_result results[] = {
    {"hash", "string", "SHA-256 of what would be done"},
    {"t0", "string", "The moment of the consistent cut"},
    {"steps", "array", "Each step: action, kind, object, sql, inverse, depends_on"},
    {"versions", "object", "Version of each source table"},
    {"warnings", "array", "What is not as one might expect"},
    {"format", "string", "How it was asked to be written"},
    {"output", "string", "The file that was written, if one was"},
    {0}};

static cx_code check(cx *c, const void *raw)
{
    const args *a = raw;
    return clone_check_args(c, a->source_catalog, a->destination_catalog, a->load_type,
                            a->as_of_version, a->as_of_timestamp);
}

static void write_as(cx *c, const plan *p, const char *format, buf *out)
{
    if (!strcmp(format, "sql")) {
        plan_sql(p, out);
    } else if (!strcmp(format, "html")) {
        plan_html(p, out);
    } else if (!strcmp(format, "json")) {
        AUTO(json) j = plan_json(p);
        AUTO_FREE char *text = json_pretty(j);
        buf_addf(out, "%s\n", text);
    } else {
        plan_text(c, p, 100, out);
    }
}

static cx_code save(cx *c, const plan *p, const char *format, const char *path)
{
    buf b = BUF(BUF_ANY);
    write_as(c, p, format, &b);
    const cx_code rc = fs_replace(c, path, buf_text(&b), b.length, false);
    buf_clear(&b);
    return rc;
}

static cx_code run(cx *c, op_call *call, const args *a, json **out)
{
    const clone_options k = {CLONE_PLAN_OPTIONS(a), .workers = 4};
    AUTO(plan) p = NULL;
    TRY(clone_plan(c, call->ws, &k, &p));
    if (a->output)
        TRY_IN(c, save(c, p, a->format, a->output), "writing %s", a->output);
    if (a->capture_sql)
        TRY_IN(c, save(c, p, "sql", a->capture_sql), "writing %s", a->capture_sql);
    json *j = plan_json(p);
    json_object_set_new(j, "format", json_string(a->format));
    if (a->output)
        json_object_set_new(j, "output", json_string(a->output));
    *out = j;
    return CX_OK;
}

static void text(cx *c, const json *result, int width, buf *out)
{
    AUTO(plan) p = NULL;
    (void)width;
    if (json_get_str(result, "output", NULL)) {
        buf_addf(out, "%zu steps written to %s\n", json_array_size(json_get(result, "steps")),
                 json_get_str(result, "output", ""));
        return;
    }
    if (plan_from_json(c, result, &p) == CX_OK)
        write_as(c, p, json_get_str(result, "format", "console"), out);
}

OP(plan, .http = "POST /api/plan", .group = "Clone",
   .help = "List every statement that a clone would run",
   .why = "To read, to review, to keep: the same plan that clone carries out, with its hash.",
   .example = "clxs plan --source sales --dest sales_dev --format sql --output sales_dev.sql",
   .effect = EFFECT_READ, .results = results, .check = check, .text = text);
