/* Would a clone succeed? Everything is read, nothing is tried: rights from the service's account of
 * them, what is in the catalogs from the two inventories. spec: rest §4.14 */
#include "ops/preflight/checks.h"

#include "ops/op.h"

#define ARGS(A)                                                                                   \
    A(NAME, source_catalog, .flag = "source", .help = "Catalog that would be copied",             \
      .need = true)                                                                               \
    A(NAME, destination_catalog, .flag = "dest", .help = "Catalog that would be made or changed", \
      .need = true)                                                                               \
    A(BOOL, check_write, .flag = "write-check", .label = "Check write rights",                    \
      .help = "Also look whether the destination may be written", .def = "true")
OP_ARGS(ARGS);

static const op_result results[] = {
    {"source_catalog", "string", "The source"},
    {"destination_catalog", "string", "The destination"},
    {"checks", "array", "check, status (OK, WARN, FAIL), detail, fix (null when none is needed)"},
    {"passed", "integer", "Checks that are OK"},
    {"warnings", "integer", "Checks with a warning: single objects would be left out or fail"},
    {"failed", "integer", "Checks that failed: the clone would"},
    {"ready", "boolean", "None failed"},
    {0}};

static const char *const words[] = {"OK", "WARN", "FAIL"};

/* ---- what the checks call -------------------------------------------------------------------- */

void preflight_say(preflight *p, check_status status, const char *check, const char *fix,
                   const char *detail, ...)
{
    va_list ap;
    va_start(ap, detail);
    char *text = arena_vfmt(p->c->arena, detail, ap);
    va_end(ap);
    p->counts[status]++;
    json_array_append_new(p->checks,
                          json_pack("{s:s, s:s, s:s, s:o}", "check", check, "status", words[status],
                                    "detail", text, "fix", json_str_or_null(fix)));
    cx_progress(p->c, "checks", (int64_t)json_array_size(p->checks), 0, check);
}

cx_code preflight_told(preflight *p, check_status status, const char *check, cx_code rc)
{
    if (rc == CX_CANCELLED)
        return rc;
    const cx_error e = p->c->error;
    const char *fix = e.hint ? e.hint
                      : rc == CX_UNAVAILABLE || rc == CX_TIMEOUT
                          ? "check the address and the network, and try again"
                          : "see the message, and ask an owner or an administrator";
    preflight_say(p, status, check, fix, "%s", e.message ? e.message : cx_code_text(rc));
    cx_forgive(p->c);
    return CX_OK;
}

enum { NAMES_MOST = 5 };

void preflight_add_name(buf *list, int64_t *count, const char *name)
{
    if ((*count)++ < NAMES_MOST)
        buf_addf(list, "%s%s", list->length ? ", " : "", name);
}

const char *preflight_names(cx *c, buf *list, int64_t count)
{
    if (count <= NAMES_MOST)
        return cx_dup(c, buf_text(list));
    return cx_fmt(c, "%s and %lld more", buf_text(list), (long long)(count - NAMES_MOST));
}

/* ---- the operation ----------------------------------------------------------------------------
 */

static cx_code check(cx *c, const void *raw)
{
    const args *a = raw;
    if (a->source_catalog && a->destination_catalog &&
        text_same_nocase(a->source_catalog, a->destination_catalog))
        return cx_fail(c, CX_INVALID, "source %s and destination %s are the same catalog",
                       a->source_catalog, a->destination_catalog);
    return CX_OK;
}

static cx_code look(preflight *p, bool writing)
{
    bool usable;
    TRY(preflight_connection(p, &usable));
    if (!usable)
        return CX_OK;
    TRY(preflight_catalogs(p));
    TRY(preflight_reading(p));
    if (writing)
        TRY(preflight_writing(p));
    return preflight_content(p);
}

static cx_code run(cx *c, op_call *call, const args *a, json **out)
{
    AUTO(json) checks = json_array();
    preflight p = {.c = c,
                   .w = call->ws,
                   .source = a->source_catalog,
                   .dest = a->destination_catalog,
                   .checks = checks};
    TRY(look(&p, a->check_write));
    const bool ready = p.counts[CHECK_FAIL] == 0;
    *out = json_pack("{s:s, s:s, s:O, s:I, s:I, s:I, s:b}", "source_catalog", a->source_catalog,
                     "destination_catalog", a->destination_catalog, "checks", checks, "passed",
                     (json_int_t)p.counts[CHECK_OK], "warnings", (json_int_t)p.counts[CHECK_WARN],
                     "failed", (json_int_t)p.counts[CHECK_FAIL], "ready", ready);
    call->failed = !ready;
    return CX_OK;
}

/* ---- for a person -----------------------------------------------------------------------------
 */

/* Words behind a column; one that is longer than the line stands alone. */
static void add_wrapped(buf *out, const char *text, int indent, int width)
{
    for (int at = indent; *text;) {
        const int n = (int)strcspn(text, " ");
        if (at > indent && at + 1 + n > width) {
            buf_addf(out, "\n%*s", indent, "");
            at = indent;
        } else if (at > indent) {
            buf_addc(out, ' ');
            at++;
        }
        buf_add(out, text, (size_t)n);
        at += n;
        text += n + (text[n] == ' ');
    }
    buf_addc(out, '\n');
}

static void text(cx *c, const json *result, int width, buf *out)
{
    enum { INDENT = 6 };
    const json *one;
    size_t i;
    (void)c;
    json_array_foreach (json_get(result, "checks"), i, one) {
        const char *fix = json_get_str(one, "fix", NULL);
        buf_addf(out, "%-4s  %s\n%*s", json_get_str(one, "status", ""),
                 json_get_str(one, "check", ""), INDENT, "");
        add_wrapped(out, json_get_str(one, "detail", ""), INDENT, width);
        if (!fix)
            continue;
        buf_addf(out, "%*sfix: ", INDENT, "");
        add_wrapped(out, fix, INDENT + 5, width);
    }
    buf_addf(out, "\n%s: %lld passed, %lld warnings, %lld failed\n",
             json_get_bool(result, "ready", false) ? "Ready" : "Not ready",
             (long long)json_get_int(result, "passed", 0),
             (long long)json_get_int(result, "warnings", 0),
             (long long)json_get_int(result, "failed", 0));
}

OP(preflight, .http = "POST /api/preflight", .group = "Safety",
   .help = "Check connection, catalogs, rights and limits before a clone",
   .why = "What would stop a clone, or be left out of it, and the statement that mends it. Changes "
          "nothing.",
   .example = "clxs preflight --source sales --dest sales_dev", .effect = EFFECT_READ,
   .results = results, .check = check, .text = text);
