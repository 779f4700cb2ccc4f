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
        TRY(sql_take_target_column(p, out, &sets[out->set_count].key));
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
