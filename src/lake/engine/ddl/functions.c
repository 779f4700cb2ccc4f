/* SQL functions of the workspace become macros of DuckDB on the statement's connection.
 *
 * A call with a qualified name is one of ours for certain. A plain name followed by "(" is ours
 * only when the current schema has such a function and it hides none of the built-in ones: those
 * win, as on the platform. The body is translated in the function's own schema, with its owner's
 * rights. */
#include "lake/engine/engine_int.h"

#include "sql/lex.h"
#include "sql/quote.h"

enum { FUNCTION_DEPTH = 20 };

static const json *parameters_of(const meta_object *o)
{
    return json_get(json_get(o->routine, "input_params"), "parameters");
}

static void add_signature(const meta_object *o, const char *name, buf *sql)
{
    const json *p;
    size_t i;
    buf_adds(sql, "CREATE OR REPLACE TEMP MACRO ");
    duck_add_ident(sql, name);
    buf_addc(sql, '(');
    json_array_foreach (parameters_of(o), i, p) {
        if (i)
            buf_adds(sql, ", ");
        duck_add_ident(sql, json_get_str(p, "name", ""));
    }
    buf_adds(sql, ") AS ");
}

static cx_code cast_result(cx *c, const meta_object *o, const char *body, buf *sql)
{
    const char *type = json_get_str(o->routine, "full_data_type", NULL);
    AUTO(json) parsed = NULL;
    if (!type) {
        buf_addf(sql, "(%s)", body);
        return CX_OK;
    }
    TRY(delta_type_parse(c, type, &parsed));
    buf_addf(sql, "CAST((%s) AS ", body);
    TRY(eng_duck_type(c, parsed, false, sql));
    buf_addc(sql, ')');
    return CX_OK;
}

static bool starts_query(const char *body)
{
    while (*body == ' ' || *body == '\n' || *body == '\t' || *body == '(')
        body++;
    return strncasecmp(body, "SELECT", 6) == 0 || strncasecmp(body, "WITH", 4) == 0;
}

static cx_code write_macro(cx *c, run *r, const meta_object *o, const char *name)
{
    const char *body = json_get_str(o->routine, "routine_definition", "");
    const bool table = strcmp(json_get_str(o->routine, "data_type", ""), "TABLE_TYPE") == 0;
    char *text = NULL;
    buf sql = BUF(BUF_ANY);
    cx_code rc;
    if (table || starts_query(body))
        TRY(eng_prepare(c, r, body, &text));
    else
        TRY(eng_expression(c, r, body, &text));
    TRY(eng_guard(c, r, table || starts_query(body) ? text : cx_fmt(c, "SELECT %s", text)));
    add_signature(o, name, &sql);
    if (table) {
        buf_addf(&sql, "TABLE %s", text);
        rc = CX_OK;
    } else {
        rc = cast_result(c, o, text, &sql);
    }
    return rc == CX_OK ? eng_exec(c, r, &sql) : (buf_clear(&sql), rc);
}

static cx_code in_owners_place(cx *c, run *r, const meta_object *o, const char *name)
{
    const char *catalog = r->catalog, *schema = r->schema, *principal = r->principal;
    if (r->depth >= FUNCTION_DEPTH)
        return cx_fail_as(c, CX_INVALID, "RECURSIVE_FUNCTION", "42K0H",
                          "The function %s calls itself.", eng_quoted(c, o->name));
    r->catalog = o->name.catalog;
    r->schema = o->name.schema;
    r->principal = NULL;
    const char **stack = cx_array(c, const char *, r->depth + 1);
    const char *const *was = r->viewing;
    for (int i = 0; i < r->depth; i++)
        stack[i] = was[i];
    stack[r->depth++] = eng_quoted(c, o->name);
    r->viewing = stack;
    const cx_code rc = write_macro(c, r, o, name);
    r->viewing = was;
    r->depth--;
    r->catalog = catalog;
    r->schema = schema;
    r->principal = principal;
    return rc;
}

cx_code eng_function_macro(cx *c, run *r, meta_name n, const char **out)
{
    AUTO_CLEAR(meta_object) o = {0};
    const char *key = cx_fmt(c, "%s()", eng_quoted(c, n));
    TRY(eng_require(c, r, "EXECUTE", META_FUNCTION, n));
    for (eng_relation *p = r->relations; p; p = p->next)
        if (strcmp(p->key, key) == 0) {
            *out = p->relation;
            return CX_OK;
        }
    TRY(meta_load(c, r->e->meta, META_FUNCTION, n, &o));
    if (!text_same_nocase(json_get_str(o.routine, "routine_body", "SQL"), "SQL"))
        return eng_unsupported(c, "calling functions in other languages than SQL (%s)",
                               eng_quoted(c, n));
    TRY(eng_relation_new(c, r, key, eng_quoted(c, n), out));
    TRY_IN(c, in_owners_place(c, r, &o, *out), "function %s", eng_quoted(c, n));
    return CX_OK;
}

typedef struct {
    size_t start, end;
    meta_name name;
} call;

/* a.b( somewhere: only then is the text parsed for the calls' names. */
static cx_code has_qualified_call(cx *c, const char *text, bool *out)
{
    sql_tokens t;
    TRY(sql_lex(c, text, &t));
    *out = false;
    for (size_t i = 2; i + 1 < t.count && !*out; i++)
        *out = sql_token_is(&t, i - 1, ".") && sql_token_is(&t, i + 1, "(");
    return CX_OK;
}

static cx_code qualified_calls(cx *c, run *r, const char *text, call **out, size_t *out_n)
{
    dialect_ref *refs = NULL;
    size_t n = 0;
    bool any = false;
    TRY(has_qualified_call(c, text, &any));
    if (!any)
        return CX_OK;
    TRY(dialect_functions(c, text, &refs, &n));
    *out = cx_array(c, call, n + 1);
    *out_n = 0;
    for (size_t i = 0; i < n; i++) {
        sql_name name = {.count = refs[i].part_count};
        for (int k = 0; k < refs[i].part_count && k < 3; k++)
            name.parts[k] = refs[i].parts[k];
        call *to = &(*out)[*out_n];
        TRY(eng_name(c, r, &name, META_FUNCTION, &to->name));
        to->start = refs[i].start;
        to->end = refs[i].end;
        (*out_n)++;
    }
    return CX_OK;
}

/* name( not after a dot. */
static bool is_plain_call(const sql_tokens *t, size_t i)
{
    if (t->at[i].kind != TOK_WORD && t->at[i].kind != TOK_QUOTED)
        return false;
    return sql_token_is(t, i + 1, "(") && !(i > 0 && sql_token_is(t, i - 1, "."));
}

static cx_code plain_calls(cx *c, run *r, const char *text, call **out, size_t *out_n)
{
    sql_tokens t;
    meta_object *known = NULL;
    size_t known_n = 0;
    bool any = false;
    TRY(sql_lex(c, text, &t));
    for (size_t i = 0; !any && i < t.count; i++)
        any = is_plain_call(&t, i);
    if (!any)
        return CX_OK;
    if (meta_list(c, r->e->meta, META_FUNCTION, r->catalog, r->schema, false, &known, &known_n) !=
        CX_OK)
        cx_forgive(c); /* no such schema: then it has no functions either */
    call *all = cx_array(c, call, *out_n + t.count + 1);
    if (*out_n)
        memcpy(all, *out, *out_n * sizeof *all);
    for (size_t i = 0; known_n && i < t.count; i++) {
        if (!is_plain_call(&t, i))
            continue;
        const char *name = sql_token_name(c, &t, i);
        for (size_t k = 0; k < known_n; k++)
            if (text_same_nocase(name, known[k].name.name))
                all[(*out_n)++] = (call){t.at[i].start, t.at[i].end, known[k].name};
    }
    for (size_t k = 0; k < known_n; k++)
        meta_object_clear(&known[k]);
    *out = all;
    return CX_OK;
}

static int by_start(const void *a, const void *b)
{
    const call *x = a, *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

cx_code eng_functions(cx *c, run *r, const char *text, char **out)
{
    call *calls = NULL;
    size_t n = 0, at = 0;
    *out = (char *)text;
    if (!strchr(text, '('))
        return CX_OK;
    TRY(qualified_calls(c, r, text, &calls, &n));
    TRY(plain_calls(c, r, text, &calls, &n));
    if (n == 0)
        return CX_OK;
    qsort(calls, n, sizeof *calls, by_start);
    buf b = BUF(BUF_ANY);
    for (size_t i = 0; i < n; i++) {
        const char *macro = NULL;
        const cx_code rc = eng_function_macro(c, r, calls[i].name, &macro);
        if (rc != CX_OK) {
            buf_clear(&b);
            return rc;
        }
        buf_add(&b, text + at, calls[i].start - at);
        buf_adds(&b, macro);
        at = calls[i].end;
    }
    buf_adds(&b, text + at);
    *out = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    return CX_OK;
}
