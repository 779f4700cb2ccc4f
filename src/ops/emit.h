/* Documents that are made from the operation table. */
#pragma once

#include "ops/op.h"

void emit_typescript(cx *c, buf *out);            /* web/src/api/ops.gen.ts */
void emit_markdown(cx *c, const op *o, buf *out); /* docs/commands.md; o NULL = all */
const char *emit_kind_name(op_kind kind);         /* "enum" */
const char *emit_effect_name(op_effect effect);   /* "write" */
/* JSON schema of an argument and of a request body; new references. */
json *emit_arg_schema(const op_arg *a);
json *emit_body_schema(cx *c, const op *o);
json *emit_result_schema(const op *o);
