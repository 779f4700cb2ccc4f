/* INSERT in all its forms. */
#include "sql/parse_int.h"

static bool at_column_list(const sql_parser *p)
{
    return sql_at(p, "(") && !sql_at_query(p);
}

cx_code sql_parse_insert(sql_parser *p, sql_statement *out)
{
    static const char *const query_starts[] = {"SELECT", "WITH", "VALUES", "TABLE", "FROM", NULL};
    out->kind = SQL_INSERT;
    out->overwrite = sql_accept(p, "OVERWRITE");
    if (!out->overwrite)
        TRY(sql_expect(p, "INTO"));
    else
        (void)sql_accept(p, "INTO");
    if (sql_at(p, "DIRECTORY"))
        return sql_unsupported(p, "INSERT OVERWRITE DIRECTORY");
    (void)sql_accept(p, "TABLE");
    TRY(sql_take_name(p, 3, &out->name));
    if (sql_at(p, "PARTITION"))
        return sql_unsupported(p, "INSERT with a PARTITION clause");
    if (sql_accept(p, "BY NAME"))
        out->by_name = true;
    else if (at_column_list(p))
        TRY(sql_take_names(p, &out->insert_columns, &out->insert_column_count));
    if (sql_accept(p, "REPLACE WHERE"))
        TRY(sql_take_span(p, query_starts, &out->replace_where));
    else if (sql_at(p, "REPLACE"))
        return sql_unsupported(p, "INSERT … REPLACE USING");
    if (!sql_at_query(p))
        return sql_refuse(p);
    return sql_take_rest(p, &out->query);
}
