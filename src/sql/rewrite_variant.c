/* Calls of variants. The type that variant_get names is a word of its text, so the call becomes a
 * cast of the part that the path finds: to the plain types as the engine casts variants, to a
 * decimal through its text, to arrays, maps and structs through its JSON. */
#include "sql/rewrite_int.h"

static bool is_plain(const char *type)
{
    static const char *const through_text[] = {"decimal", "dec", "numeric"};
    for (size_t i = 0; i < CX_COUNT(through_text); i++)
        if (text_starts(type, through_text[i]))
            return false;
    return !strchr(type, '<');
}

static void part(rewriter *r, size_t open, size_t close)
{
    rewrite_text(r, "dbx_variant_at(");
    rewrite_range(r, open + 1, close - 2);
    buf_addc(&r->out, ')');
}

static void cast_part(rewriter *r, size_t open, size_t close, const char *type)
{
    if (is_plain(type)) {
        rewrite_text(r, "cast(");
        part(r, open, close);
    } else {
        rewrite_text(r, strchr(type, '<') ? "cast(dbx_json(cast(" : "cast((cast(");
        part(r, open, close);
        buf_adds(&r->out, " AS string))");
    }
    buf_addf(&r->out, " AS %s)", type);
}

static bool get_call(rewriter *r, size_t open, size_t close, bool tries)
{
    char *type, *low;
    if (close < open + 6 || r->t.at[close - 1].kind != TOK_STRING ||
        !sql_token_is(&r->t, close - 2, ",") ||
        sql_token_string(r->c, &r->t, close - 1, &type) != CX_OK)
        return false;
    low = cx_dup(r->c, type);
    text_lower(low);
    if (strcmp(low, "variant") == 0) {
        part(r, open, close);
        return true;
    }
    rewrite_text(r, tries ? "dbx_try(" : "");
    cast_part(r, open, close, strchr(low, '<') ? type : low);
    buf_adds(&r->out, tries ? ")" : "");
    return true;
}

static bool renamed(rewriter *r, size_t open, size_t close, const char *to)
{
    rewrite_text(r, to);
    buf_addc(&r->out, '(');
    rewrite_range(r, open + 1, close);
    buf_addc(&r->out, ')');
    return true;
}

bool rewrite_variant_call(rewriter *r, size_t *i)
{
    char *name = sql_token_text(r->c, &r->t, *i);
    const size_t open = *i + 1, close = sql_closing(&r->t, open);
    bool done = false;
    text_lower(name);
    if (strcmp(name, "variant_get") == 0 || strcmp(name, "try_variant_get") == 0)
        done = get_call(r, open, close, *name == 't');
    else if (strcmp(name, "schema_of_variant") == 0)
        done = renamed(r, open, close, "dbx_schema_of_variant");
    else if (strcmp(name, "is_variant_null") == 0)
        done = renamed(r, open, close, "dbx_is_variant_null");
    else if (strcmp(name, "parse_json") == 0)
        done = renamed(r, open, close, "dbx_parse_json");
    else if (strcmp(name, "try_parse_json") == 0)
        done = renamed(r, open, close, "dbx_try_parse_json");
    if (done)
        *i = close + 1;
    return done;
}

/* Is the AS at i that of a cast? */
static bool of_cast(const rewriter *r, size_t i)
{
    size_t depth = 1;
    while (i > 0 && depth > 0) {
        i--;
        depth += sql_token_is(&r->t, i, ")");
        depth -= sql_token_is(&r->t, i, "(");
    }
    return i > 0 && (sql_token_is(&r->t, i - 1, "CAST") || sql_token_is(&r->t, i - 1, "TRY_CAST"));
}

/* DuckDB has a VARIANT of its own, which is not ours: no cast makes one of other values yet, and
 * the engine says so. */
static bool to_variant(rewriter *r, size_t *i)
{
    if (!sql_token_is(&r->t, *i + 1, "VARIANT") ||
        (!sql_token_is(&r->t, *i, "::") && (!sql_token_is(&r->t, *i, "AS") || !of_cast(r, *i))))
        return false;
    rewrite_token(r, *i);
    rewrite_text(r, " VARIANT_BYTES");
    *i += 2;
    return true;
}

/* v:a::decimal(10,2) goes through the text, which is right for JSON texts too; also in cast(). */
bool rewrite_path_cast(rewriter *r, size_t *i)
{
    static const char *const types[] = {"decimal", "dec", "numeric"};
    if (to_variant(r, i))
        return true;
    if ((!sql_token_is(&r->t, *i, "::") && !sql_token_is(&r->t, *i, "AS")) ||
        !sql_token_is(&r->t, *i + 2, "(") || !rewrite_in_path(r, *i))
        return false;
    for (size_t n = 0; n < CX_COUNT(types); n++)
        if (sql_token_is(&r->t, *i + 1, types[n])) {
            rewrite_text(r, "::string");
            rewrite_token(r, (*i)++);
            return true;
        }
    return false;
}

/* Is the "[" at i inside a path, as in v:a.b[0]? It counts from zero whatever v is. */
bool rewrite_in_path(const rewriter *r, size_t i)
{
    for (size_t at = i; at-- > 0;) {
        if (sql_token_is(&r->t, at, "]")) {
            size_t depth = 1;
            while (at > 0 && depth > 0) {
                at--;
                depth += sql_token_is(&r->t, at, "]");
                depth -= sql_token_is(&r->t, at, "[");
            }
            continue;
        }
        if (sql_token_is(&r->t, at, ":"))
            return true;
        const bool name = r->t.at[at].kind == TOK_WORD || r->t.at[at].kind == TOK_QUOTED;
        if (!name && !sql_token_is(&r->t, at, "."))
            return false;
        if (name && at > 0 && !sql_token_is(&r->t, at - 1, ".") &&
            !sql_token_is(&r->t, at - 1, ":"))
            return false;
    }
    return false;
}
