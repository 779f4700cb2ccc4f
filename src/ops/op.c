#include "ops/op.h"

#include "ops/clone/quiesce.h"

#include <math.h>

#define OP_LISTED(name) extern const op op_##name;
#include "ops/ops.def"
#undef OP_LISTED

const op *const op_table[] = {
#define OP_LISTED(name) &op_##name,
#include "ops/ops.def"
#undef OP_LISTED
};
const size_t op_count = CX_COUNT(op_table);

const op *op_find(const char *name)
{
    for (size_t i = 0; i < op_count; i++)
        if (!strcmp(op_table[i]->name, name))
            return op_table[i];
    return NULL;
}

static char *dashed(cx *c, const char *text)
{
    char *out = cx_dup(c, text);
    for (char *p = out; *p; p++)
        if (*p == '_')
            *p = '-';
    return out;
}

char *op_command(cx *c, const op *o)
{
    return o->cli ? cx_dup(c, o->cli) : dashed(c, o->name);
}

char *op_flag(cx *c, const op_arg *a)
{
    return cx_fmt(c, "--%s", a->flag ? a->flag : dashed(c, a->name));
}

const op *op_find_cli(const char *words)
{
    for (size_t i = 0; i < op_count; i++) {
        const op *o = op_table[i];
        const char *p = o->cli ? o->cli : o->name, *w = words;
        if (!*p)
            continue;
        while (*p && (*p == *w || (!o->cli && *p == '_' && *w == '-')))
            p++, w++;
        if (!*p && !*w)
            return o;
    }
    return NULL;
}

/* ---- decoding ------------------------------------------------------------ */

/* What is wrong with one request; every problem is said, not only the first. */
typedef struct {
    cx *c;
    const op *o;
    bool cli;
    json *problems; /* array */
    const char *first;
} check;

static void problem(check *k, const op_arg *a, const char *type, const char *fmt, ...)
    CX_PRINTF(4, 5);
static void problem(check *k, const op_arg *a, const char *type, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *msg = arena_vfmt(k->c->arena, fmt, ap);
    va_end(ap);
    json_array_append_new(k->problems, json_pack("{s:[s,s],s:s,s:s}", "loc", "body", a->name, "msg",
                                                 msg, "type", type));
    if (!k->first)
        k->first = cx_fmt(k->c, "%s: %s", k->cli ? op_flag(k->c, a) : a->name, msg);
}

static const char *choices(cx *c, const char *const *of)
{
    buf b = BUF(BUF_ANY);
    for (size_t i = 0; of[i]; i++)
        buf_addf(&b, "%s%s", i ? ", " : "", of[i]);
    char *out = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    return out;
}

static void take_text(check *k, const op_arg *a, const char *text, void *slot)
{
    if (!text_utf8_valid(text, strlen(text))) {
        problem(k, a, "string_unicode", "is not valid UTF-8");
        return;
    }
    if (a->kind == ARG_NAME && !*text) {
        problem(k, a, "string_too_short", "must not be empty");
        return;
    }
    if (a->kind != ARG_ENUM) {
        *(const char **)slot = cx_dup(k->c, text);
        return;
    }
    for (size_t i = 0; a->of[i]; i++)
        if (text_same_nocase(a->of[i], text)) {
            *(const char **)slot = a->of[i];
            return;
        }
    problem(k, a, "enum", "must be one of %s, not \"%s\"", choices(k->c, a->of), text);
}

static bool bounded(const op_arg *a)
{
    return a->min != 0 || a->max != 0;
}

static void take_number(check *k, const op_arg *a, double v, void *slot)
{
    if (a->kind == ARG_INT && (v != floor(v) || fabs(v) > 9e15)) {
        problem(k, a, "int_parsing", "must be a whole number");
        return;
    }
    if (bounded(a) && (v < a->min || v > a->max)) {
        problem(k, a, "range", "must be between %.15g and %.15g", a->min, a->max);
        return;
    }
    if (a->kind == ARG_INT)
        *(int64_t *)slot = (int64_t)v;
    else
        *(double *)slot = v;
}

static void take_number_text(check *k, const op_arg *a, const char *text, void *slot)
{
    char *end;
    const double v = strtod(text, &end);
    if (end == text || *end || !isfinite(v))
        problem(k, a, a->kind == ARG_INT ? "int_parsing" : "float_parsing",
                "must be a %snumber, not \"%s\"", a->kind == ARG_INT ? "whole " : "", text);
    else
        take_number(k, a, v, slot);
}

static void take_list(check *k, const op_arg *a, const json *v, op_strs *slot)
{
    const size_t n = json_array_size(v);
    const char **items = cx_array(k->c, const char *, n + 1);
    for (size_t i = 0; i < n; i++) {
        const json *item = json_array_get(v, i);
        if (!json_is_string(item)) {
            problem(k, a, "string_type", "must be a list of texts");
            return;
        }
        items[i] = cx_dup(k->c, json_string_value(item));
    }
    *slot = (op_strs){items, n};
}

static void take_map(check *k, const op_arg *a, json *v, json **slot)
{
    const char *key;
    json *item;
    json_object_foreach (v, key, item) {
        if (!json_is_string(item)) {
            problem(k, a, "string_type", "must be an object of texts (%s is not)", key);
            return;
        }
    }
    *slot = v;
}

static void take(check *k, const op_arg *a, json *v, void *slot)
{
    switch (a->kind) {
    case ARG_STR:
    case ARG_NAME:
    case ARG_ENUM:
    case ARG_PATH:
    case ARG_SECRET:
        if (json_is_string(v))
            take_text(k, a, json_string_value(v), slot);
        else
            problem(k, a, "string_type", "must be text");
        return;
    case ARG_INT:
    case ARG_REAL:
        if (json_is_number(v))
            take_number(k, a, json_number_value(v), slot);
        else if (json_is_string(v) && k->cli)
            take_number_text(k, a, json_string_value(v), slot);
        else
            problem(k, a, "number_type", "must be a number");
        return;
    case ARG_BOOL:
        if (json_is_boolean(v))
            *(bool *)slot = json_is_true(v);
        else
            problem(k, a, "bool_type", "must be true or false");
        return;
    case ARG_STRS:
        if (json_is_array(v))
            take_list(k, a, v, slot);
        else
            problem(k, a, "list_type", "must be a list");
        return;
    case ARG_MAP:
        if (json_is_object(v))
            take_map(k, a, v, slot);
        else
            problem(k, a, "dict_type", "must be an object");
        return;
    case ARG_JSON: *(json **)slot = v; return;
    }
}

static void take_default(check *k, const op_arg *a, void *slot)
{
    static const char *const nothing[] = {NULL};
    if (a->kind == ARG_STRS) {
        *(op_strs *)slot = (op_strs){nothing, 0};
        if (!a->def)
            return;
        const char **items = cx_array(k->c, const char *, strlen(a->def) / 2 + 2);
        size_t n = 0;
        for (const char *p = a->def; *p;) { /* comma-separated in the table */
            const size_t length = strcspn(p, ",");
            items[n++] = cx_dupn(k->c, p, length);
            p += length + (p[length] == ',');
        }
        *(op_strs *)slot = (op_strs){items, n};
    } else if (!a->def && a->unset) {
        *(int64_t *)slot = strtoll(a->unset, NULL, 10);
    } else if (!a->def) {
        return; /* zeroed already: NULL, 0, false */
    } else if (a->kind == ARG_BOOL) {
        *(bool *)slot = !strcmp(a->def, "true");
    } else if (a->kind == ARG_INT || a->kind == ARG_REAL) {
        take_number_text(k, a, a->def, slot);
    } else {
        *(const char **)slot = a->def;
    }
}

cx_code op_decode(cx *c, const op *o, const json *body, bool cli, const void **out_args,
                  json **out_problems)
{
    AUTO(json) problems = json_array();
    check k = {.c = c, .o = o, .cli = cli, .problems = problems};
    char *args = cx_alloc(c, o->args_size);
    for (size_t i = 0; i < o->arg_count; i++) {
        const op_arg *a = &o->args[i];
        void *slot = args + a->offset;
        json *v = json_get(body, a->name);
        take_default(&k, a, slot);
        if (v)
            take(&k, a, v, slot);
        else if (a->need)
            problem(&k, a, "missing", "is required");
    }
    if (!k.first && o->check && o->check(c, args) != CX_OK) {
        json_array_append_new(problems, json_pack("{s:[s],s:s,s:s}", "loc", "body", "msg",
                                                  c->error.message, "type", "value_error"));
        k.first = c->error.message;
    }
    if (k.first) {
        if (out_problems)
            *out_problems = json_incref(problems);
        const char *hint = c->error.code == CX_INVALID ? c->error.hint : NULL;
        cx_fail(c, CX_INVALID, "%s", k.first);
        if (hint)
            return cx_hint(c, "%s", hint);
        return cx_hint(c, "see clxs help %s", op_command(c, o));
    }
    *out_args = args;
    return CX_OK;
}

json *op_redact(const op *o, const json *body)
{
    json *copy = json_deep_copy(body);
    for (size_t i = 0; copy && i < o->arg_count; i++)
        if (o->args[i].kind == ARG_SECRET)
            json_object_del(copy, o->args[i].name);
    return copy ? copy : json_object();
}

/* ---- running --------------------------------------------------------------- */

/* Reads and dry runs leave no row; what changes something does. */
static bool recorded(const op *o, const json *body)
{
    return (o->effect == EFFECT_WRITE || o->effect == EFFECT_DESTROY) &&
           !json_get_bool(body, "dry_run", false);
}

static cx_code record_end(cx *c, op_call *call, cx_code rc, const json *result)
{
    const char *status = rc == CX_CANCELLED            ? "cancelled"
                         : rc != CX_OK || call->failed ? "failed"
                                                       : "completed";
    const char *error = rc != CX_OK    ? c->error.message
                        : call->failed ? "some objects failed"
                                       : NULL;
    cx side; /* the record must be written when the operation was cancelled, too */
    cx_child(&side, c);
    side.cancel = NULL;
    side.deadline_us = 0;
    const cx_code end = state_job_end(&side, call->st, call->job_id, status, result, error);
    if (end != CX_OK) {
        cx_warn(c, "the end of operation %s was not recorded: %s", call->job_id,
                side.error.message);
        if (rc == CX_OK)
            rc = cx_adopt(c, &side);
    }
    cx_clear(&side);
    return rc;
}

cx_code op_execute(cx *c, const op *o, op_call *call, const json *body, json **out)
{
    const void *args;
    TRY(op_decode(c, o, body, call->cli, &args, NULL));
    const bool keep = call->st && (call->job_id || recorded(o, body));
    if (keep && !call->job_id) {
        AUTO(json) shown = op_redact(o, body);
        char *id;
        TRY(state_job_add(c, call->st, o->name, "running", call->user ? call->user : "",
                          call->ws ? workspace_name(call->ws) : "", shown, &id));
        call->job_id = id;
        TRY(state_job_start(c, call->st, id));
    }
    AUTO(json) result = NULL;
    cx_code rc = call->ws && call->st ? quiesce_recover(c, call->ws, call->st) : CX_OK;
    if (rc == CX_OK)
        rc = o->run(c, call, args, &result);
    if (keep)
        rc = record_end(c, call, rc, result);
    if (rc == CX_OK)
        *out = STEAL(result);
    return rc;
}
