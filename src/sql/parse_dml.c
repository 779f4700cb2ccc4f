/* UPDATE, DELETE, TRUNCATE. */
#include "sql/parse_int.h"

static cx_code take_alias(sql_parser *p, sql_statement *out, const char *next)
{
    if (sql_accept(p, "AS") ||
        (!sql_at(p, next) && !sql_at(p, ";") && p->t.at[p->i].kind != TOK_END))
        return sql_take_ident(p, &out->alias);
    return CX_OK;
}

static cx_code take_where(sql_parser *p, sql_statement *out)
{
    if (!sql_accept(p, "WHERE"))
        return CX_OK;
    return sql_take_rest(p, &out->where);
}

cx_code sql_parse_delete(sql_parser *p, sql_statement *out)
{
    out->kind = SQL_DELETE;
    TRY(sql_take_name(p, 3, &out->name));
    TRY(take_alias(p, out, "WHERE"));
    return take_where(p, out);
}

/* The column without the table's alias or name before it. */
static cx_code take_set_column(sql_parser *p, const sql_statement *s, const char **out)
{
    const char *owner = s->alias ? s->alias : s->name.parts[s->name.count - 1];
    const char *path;
    const size_t start = p->i;
    TRY(sql_take_ident(p, &path));
    if (!sql_at(p, ".") || !text_same_nocase(path, owner))
        p->i = start;
    else
        p->i++;
    return sql_take_column_path(p, out);
}

cx_code sql_parse_update(sql_parser *p, sql_statement *out)
{
    static const char *const stops[] = {",", "WHERE", NULL};
    sql_pair *sets = NULL;
    out->kind = SQL_UPDATE;
    TRY(sql_take_name(p, 3, &out->name));
    TRY(take_alias(p, out, "SET"));
    TRY(sql_expect(p, "SET"));
    do {
        sets = sql_grow(p->c, sets, out->set_count, sizeof *sets);
        TRY(take_set_column(p, out, &sets[out->set_count].key));
        TRY(sql_expect(p, "="));
        TRY(sql_take_span(p, stops, &sets[out->set_count].value));
        out->set_count++;
    } while (sql_accept(p, ","));
    out->sets = sets;
    return take_where(p, out);
}

cx_code sql_parse_truncate(sql_parser *p, sql_statement *out)
{
    out->kind = SQL_TRUNCATE;
    TRY(sql_take_name(p, 3, &out->name));
    if (sql_at(p, "PARTITION"))
        return sql_unsupported(p, "TRUNCATE with a PARTITION clause");
    return CX_OK;
}
