/* INSERT in all its forms. */
#include "sql/parse_int.h"

static bool at_column_list(const sql_parser *p)
{
    return sql_at(p, "(") && !sql_at_query(p);
}

/* PARTITION (p = 1, q) */
static cx_code take_partition(sql_parser *p, sql_insert *out)
{
    static const char *const stops[] = {",", NULL};
    sql_pair *pairs = NULL;
    if (!sql_accept(p, "PARTITION"))
        return CX_OK;
    TRY(sql_expect(p, "("));
    do {
        pairs = sql_grow(p->c, pairs, out->partition_count, sizeof *pairs);
        pairs[out->partition_count] = (sql_pair){0};
        TRY(sql_take_ident(p, &pairs[out->partition_count].key));
        if (sql_accept(p, "="))
            TRY(sql_take_span(p, stops, &pairs[out->partition_count].value));
        out->partition_count++;
    } while (sql_accept(p, ","));
    out->partition = pairs;
    TRY(sql_expect(p, ")"));
    return sql_at(p, "IF") ? sql_unsupported(p, "INSERT … PARTITION … IF NOT EXISTS") : CX_OK;
}

static cx_code take_replace(sql_parser *p, sql_statement *out, sql_insert *insert)
{
    static const char *const query_starts[] = {"SELECT", "WITH", "VALUES", "TABLE", "FROM", NULL};
    if (!sql_at(p, "REPLACE"))
        return CX_OK;
    if (out->overwrite)
        return sql_refuse(p);
    if (sql_accept(p, "REPLACE WHERE"))
        return sql_take_span(p, query_starts, &out->replace_where);
    if (sql_accept(p, "REPLACE USING"))
        return sql_take_names(p, &insert->replace_using, &insert->replace_using_count);
    return sql_unsupported(p, "INSERT … REPLACE ON");
}

static cx_code take_target(sql_parser *p, sql_statement *out)
{
    out->overwrite = sql_accept(p, "OVERWRITE");
    if (!out->overwrite)
        TRY(sql_expect(p, "INTO"));
    else
        (void)sql_accept(p, "INTO");
    if (sql_at(p, "DIRECTORY"))
        return sql_unsupported(p, "INSERT OVERWRITE DIRECTORY");
    (void)sql_accept(p, "TABLE");
    return sql_take_name(p, 3, &out->name);
}

cx_code sql_parse_insert(sql_parser *p, sql_statement *out)
{
    sql_insert *insert = cx_new(p->c, sql_insert);
    out->kind = SQL_INSERT;
    out->insert = insert;
    insert->evolve = sql_accept(p, "WITH SCHEMA EVOLUTION");
    TRY(take_target(p, out));
    TRY(take_partition(p, insert));
    if (sql_accept(p, "BY NAME"))
        out->by_name = true;
    else if (at_column_list(p))
        TRY(sql_take_names(p, &out->insert_columns, &out->insert_column_count));
    TRY(take_replace(p, out, insert));
    if (!sql_at_query(p))
        return sql_refuse(p);
    return sql_take_rest(p, &out->query);
}
