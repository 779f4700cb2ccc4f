#include "ops/emit.h"

const char *emit_kind_name(op_kind kind)
{
    static const char *const names[] = {"str",  "name", "enum", "int",  "real",  "bool",
                                        "strs", "map",  "json", "path", "secret"};
    return names[kind];
}

const char *emit_effect_name(op_effect effect)
{
    static const char *const names[] = {"read", "write", "destroy", "local"};
    return names[effect];
}

/* ---- JSON schema ------------------------------------------------------------- */

static json *enum_values(const op_arg *a)
{
    json *list = json_array();
    for (size_t i = 0; a->of[i]; i++)
        json_array_append_new(list, json_string(a->of[i]));
    return list;
}

static json *default_value(const op_arg *a)
{
    if (a->kind == ARG_BOOL)
        return json_boolean(a->def && !strcmp(a->def, "true"));
    if (!a->def)
        return NULL;
    if (a->kind == ARG_INT)
        return json_integer(strtoll(a->def, NULL, 10));
    if (a->kind == ARG_REAL)
        return json_real(strtod(a->def, NULL));
    if (a->kind != ARG_STRS)
        return json_string(a->def);
    json *list = json_array();
    for (const char *p = a->def; *p;) {
        const size_t n = strcspn(p, ",");
        json_array_append_new(list, json_stringn(p, n));
        p += n + (p[n] == ',');
    }
    return list;
}

json *emit_arg_schema(const op_arg *a)
{
    json *s = json_object();
    json_object_set_new(s, "description", json_string(a->help));
    const char *type = "string";
    switch (a->kind) {
    case ARG_INT: type = "integer"; break;
    case ARG_REAL: type = "number"; break;
    case ARG_BOOL: type = "boolean"; break;
    case ARG_STRS: type = "array"; break;
    case ARG_MAP: type = "object"; break;
    case ARG_JSON: type = NULL; break;
    default: break;
    }
    if (type)
        json_object_set_new(s, "type", json_string(type));
    if (a->kind == ARG_STRS)
        json_object_set_new(s, "items", json_pack("{s:s}", "type", "string"));
    if (a->kind == ARG_MAP)
        json_object_set_new(s, "additionalProperties", json_pack("{s:s}", "type", "string"));
    if (a->kind == ARG_ENUM)
        json_object_set_new(s, "enum", enum_values(a));
    if (a->kind == ARG_NAME)
        json_object_set_new(s, "minLength", json_integer(1));
    if (a->kind == ARG_SECRET)
        json_object_set_new(s, "format", json_string("password"));
    if ((a->kind == ARG_INT || a->kind == ARG_REAL) && (a->min != 0 || a->max != 0)) {
        json_object_set_new(s, "minimum", json_real(a->min));
        json_object_set_new(s, "maximum", json_real(a->max));
    }
    json *def = default_value(a);
    if (def)
        json_object_set_new(s, "default", def);
    return s;
}

json *emit_body_schema(cx *c, const op *o)
{
    (void)c;
    json *properties = json_object(), *required = json_array();
    for (size_t i = 0; i < o->arg_count; i++) {
        const op_arg *a = &o->args[i];
        if (a->cli_only || a->hidden)
            continue;
        json_object_set_new(properties, a->name, emit_arg_schema(a));
        if (a->need)
            json_array_append_new(required, json_string(a->name));
    }
    json *s = json_pack("{s:s,s:o}", "type", "object", "properties", properties);
    if (json_array_size(required))
        json_object_set_new(s, "required", required);
    else
        json_decref(required);
    return s;
}

json *emit_result_schema(const op *o)
{
    json *properties = json_object();
    for (const op_result *r = o->results; r && r->name; r++) {
        json *s = json_pack("{s:s}", "description", r->help);
        /* a member that has nothing to say is null */
        json_object_set_new(s, "type", json_pack("[s,s]", r->type, "null"));
        json_object_set_new(properties, r->name, s);
    }
    return json_pack("{s:s,s:o}", "type", "object", "properties", properties);
}

/* ---- TypeScript ----------------------------------------------------------------- */

static void pascal(const char *name, buf *out)
{
    bool up = true;
    for (; *name; name++) {
        if (*name == '_') {
            up = true;
            continue;
        }
        buf_addc(out, up && *name >= 'a' && *name <= 'z' ? (char)(*name - 'a' + 'A') : *name);
        up = false;
    }
}

static void ts_type(const op_arg *a, buf *out)
{
    switch (a->kind) {
    case ARG_INT:
    case ARG_REAL: buf_adds(out, "number"); return;
    case ARG_BOOL: buf_adds(out, "boolean"); return;
    case ARG_STRS: buf_adds(out, "string[]"); return;
    case ARG_MAP: buf_adds(out, "Record<string, string>"); return;
    case ARG_JSON: buf_adds(out, "unknown"); return;
    case ARG_ENUM:
        for (size_t i = 0; a->of[i]; i++) {
            buf_adds(out, i ? " | " : "");
            buf_add_json(out, a->of[i]);
        }
        return;
    default: buf_adds(out, "string");
    }
}

static void ts_interface(const op *o, buf *out)
{
    buf_adds(out, "\nexport interface ");
    pascal(o->name, out);
    buf_adds(out, "Args {\n");
    for (size_t i = 0; i < o->arg_count; i++) {
        const op_arg *a = &o->args[i];
        if (a->cli_only || a->hidden)
            continue;
        buf_addf(out, "  /** %s */\n  %s%s: ", a->help, a->name, a->need ? "" : "?");
        ts_type(a, out);
        buf_adds(out, ";\n");
    }
    buf_adds(out, "}\n");
}

static json *arg_json(cx *c, const op_arg *a)
{
    json *j = json_pack("{s:s,s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:b,s:b}", "name", a->name, "kind",
                        emit_kind_name(a->kind), "flag", op_flag(c, a), "help", a->help, "label",
                        json_str_or_null(a->label), "unit", json_str_or_null(a->unit), "of",
                        a->of ? enum_values(a) : json_null(), "def", json_str_or_null(a->def),
                        "need", a->need, "advanced", a->advanced);
    const bool bounds = a->min != 0 || a->max != 0;
    json_object_set_new(j, "min", bounds ? json_real(a->min) : json_null());
    json_object_set_new(j, "max", bounds ? json_real(a->max) : json_null());
    return j;
}

static json *op_json(cx *c, const op *o)
{
    const char *space = strchr(o->http, ' ');
    json *args = json_array(), *results = json_array();
    for (size_t i = 0; i < o->arg_count; i++)
        if (!o->args[i].cli_only && !o->args[i].hidden)
            json_array_append_new(args, arg_json(c, &o->args[i]));
    for (const op_result *r = o->results; r && r->name; r++)
        json_array_append_new(
            results, json_pack("{s:s,s:s,s:s}", "name", r->name, "type", r->type, "help", r->help));
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:b,s:o,s:o}", "name", o->name, "method",
                     cx_dupn(c, o->http, (size_t)(space - o->http)), "path", space + 1, "cli",
                     op_command(c, o), "group", o->group ? o->group : "", "help", o->help, "why",
                     o->why ? o->why : "", "example", o->example ? o->example : "", "effect",
                     emit_effect_name(o->effect), "job", o->job, "args", args, "results", results);
}

void emit_typescript(cx *c, buf *out)
{
    buf_adds(out,
             "/* Generated from the operation table by `clxs spec --format ts`. Do not edit. */\n");
    for (size_t i = 0; i < op_count; i++)
        if (op_table[i]->http)
            ts_interface(op_table[i], out);
    buf_adds(out, "\nexport interface OpArgs {\n");
    for (size_t i = 0; i < op_count; i++)
        if (op_table[i]->http) {
            buf_addf(out, "  %s: ", op_table[i]->name);
            pascal(op_table[i]->name, out);
            buf_adds(out, "Args;\n");
        }
    buf_adds(out, "}\n\nexport const ops = {\n");
    for (size_t i = 0; i < op_count; i++)
        if (op_table[i]->http) {
            AUTO(json) j = op_json(c, op_table[i]);
            AUTO_FREE char *text = json_pretty(j);
            buf_addf(out, "  %s: ", op_table[i]->name);
            for (const char *p = text; *p; p++) { /* indent behind the key */
                buf_addc(out, *p);
                if (*p == '\n')
                    buf_adds(out, "  ");
            }
            buf_adds(out, ",\n");
        }
    buf_adds(out, "} as const;\n\nexport type OpName = keyof typeof ops;\n");
}

/* ---- Markdown --------------------------------------------------------------------- */

static void md_op(cx *c, const op *o, buf *out)
{
    buf_addf(out, "\n## clxs %s\n\n%s. %s\n", op_command(c, o), o->help, o->why ? o->why : "");
    if (o->http)
        buf_addf(out, "\nOver HTTP: `%s`%s.\n", o->http, o->job ? ", as a job" : "");
    bool any = false;
    for (size_t i = 0; i < o->arg_count; i++) {
        const op_arg *a = &o->args[i];
        if (a->hidden)
            continue;
        if (!any)
            buf_adds(out, "\n| flag | JSON | what | default |\n|---|---|---|---|\n");
        any = true;
        buf_addf(out, "| %s%s%s | %s%s%s | %s%s | %s |\n", a->http_only ? "" : "`",
                 a->http_only ? ""
                 : a->pos     ? a->name
                              : op_flag(c, a),
                 a->http_only ? "" : "`", a->cli_only ? "" : "`", a->cli_only ? "" : a->name,
                 a->cli_only ? "" : "`", a->help, a->need ? " (required)" : "",
                 a->def ? a->def : "");
    }
    if (o->example)
        buf_addf(out, "\n```\n$ %s\n```\n", o->example);
}

void emit_markdown(cx *c, const op *o, buf *out)
{
    if (o) {
        md_op(c, o, out);
        return;
    }
    buf_adds(
        out,
        "<!-- Generated from the operation table by `clxs spec --format md`. Do not edit. -->\n"
        "# Commands\n");
    for (size_t i = 0; i < op_count; i++)
        if (!op_table[i]->cli || *op_table[i]->cli)
            md_op(c, op_table[i], out);
}
