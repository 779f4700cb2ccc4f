/* Parameters of the Statement Execution API: :name markers become literals of their types. */
#include "sql/parse.h"

#include "sql/lex.h"
#include "sql/quote.h"

static const json *find(const json *params, const char *name)
{
    size_t i;
    json *one;
    json_array_foreach (params, i, one)
        if (text_same_nocase(json_get_str(one, "name", ""), name))
            return one;
    return NULL;
}

/* Nothing but a type's letters may come from outside: "DECIMAL(10, 2)", "TIMESTAMP_NTZ". */
static cx_code check_type(cx *c, const char *name, const char *type)
{
    const size_t length =
        strspn(type, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_(), ");
    if (!*type || type[length])
        return cx_fail_as(c, CX_INVALID, "DATATYPE_NOT_SUPPORTED", "42000",
                          "'%s' is not a type that the parameter %s can have.", type, name);
    return CX_OK;
}

static cx_code add_value(cx *c, const json *param, const char *name, buf *out)
{
    const char *type = json_get_str(param, "type", "STRING");
    const char *value = json_get_str(param, "value", NULL);
    TRY(check_type(c, name, type));
    if (!value) {
        buf_addf(out, "CAST(NULL AS %s)", type);
    } else if (text_same_nocase(type, "STRING")) {
        sql_add_literal(out, value);
    } else {
        buf_adds(out, "CAST(");
        sql_add_literal(out, value);
        buf_addf(out, " AS %s)", type);
    }
    return CX_OK;
}

cx_code sql_bind_parameters(cx *c, const char *text, const json *params, char **out)
{
    AUTO_CLEAR(buf) b = BUF((size_t)4 * SQL_MOST_BYTES);
    sql_tokens t;
    size_t at = 0;
    TRY(sql_lex(c, text, &t));
    for (size_t i = 0; i < t.count; i++) {
        if (t.at[i].kind != TOK_PARAM)
            continue;
        const char *name = sql_token_text(c, &t, i) + 1;
        const json *param = find(params, name);
        if (!param)
            return cx_fail_as(c, CX_INVALID, "UNBOUND_SQL_PARAMETER", "42P02",
                              "Found the unbound parameter: %s.", name);
        buf_add(&b, text + at, t.at[i].start - at);
        TRY(add_value(c, param, name, &b));
        at = t.at[i].end;
    }
    buf_adds(&b, text + at);
    TRY(buf_done(c, &b, "the statement"));
    *out = cx_dupn(c, buf_text(&b), b.length);
    return CX_OK;
}
