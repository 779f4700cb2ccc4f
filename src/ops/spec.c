#include "ops/emit.h"
#include "ops/op.h"

static const char *const formats[] = {"openapi", "ts", "md", NULL};

#define ARGS(A)                                                               \
    A(ENUM, format, .help = "What to print", .of = formats, .def = "openapi") \
    A(STR, operation, .help = "One operation only (md)", .pos = 1)
OP_ARGS(ARGS);

static cx_code run(cx *c, op_call *call, const args *a, json **out)
{
    if (!strcmp(a->format, "openapi"))
        return call->host->openapi(c, out);
    if (a->operation && !op_find(a->operation))
        return cx_fail(c, CX_NOT_FOUND, "there is no operation \"%s\"", a->operation);
    buf text = BUF(BUF_ANY);
    if (!strcmp(a->format, "ts"))
        emit_typescript(c, &text);
    else
        emit_markdown(c, a->operation ? op_find(a->operation) : NULL, &text);
    *out = json_pack("{s:s}", "text", buf_text(&text));
    buf_clear(&text);
    return CX_OK;
}

static void text(cx *c, const json *result, int width, buf *out)
{
    (void)c;
    (void)width;
    const char *plain = json_get_str(result, "text", NULL);
    if (plain) {
        buf_adds(out, plain);
        return;
    }
    AUTO_FREE char *pretty = json_pretty(result);
    buf_addf(out, "%s\n", pretty);
}

static const op_result results[] = {{"text", "string", "The document"}, {0}};

OP(spec, .group = "Generate and export", .help = "Print the API as OpenAPI, TypeScript or Markdown",
   .why = "Everything here comes from the operation table, so it cannot be stale.",
   .example = "clxs spec --format openapi", .effect = EFFECT_LOCAL, .results = results,
   .text = text);
