/* CREATE VIEW and CREATE FUNCTION: a body in SQL, kept as written. */
#include "sql/parse_int.h"

static cx_code take_view_columns(sql_parser *p, sql_statement *out)
{
    sql_column *columns = NULL;
    TRY(sql_expect(p, "("));
    do {
        columns = sql_grow(p->c, columns, out->column_count, sizeof *columns);
        columns[out->column_count] = (sql_column){0};
        TRY(sql_take_ident(p, &columns[out->column_count].name));
        if (sql_accept(p, "COMMENT"))
            TRY(sql_take_string(p, &columns[out->column_count].comment));
        out->column_count++;
    } while (sql_accept(p, ","));
    out->columns = columns;
    return sql_expect(p, ")");
}

static cx_code take_view_clause(sql_parser *p, sql_statement *out, bool *out_more)
{
    const char *unused;
    *out_more = true;
    if (sql_accept(p, "COMMENT"))
        return sql_take_string(p, &out->comment);
    if (sql_accept(p, "TBLPROPERTIES"))
        return sql_take_pairs(p, false, &out->properties, &out->property_count);
    if (sql_accept(p, "DEFAULT COLLATION"))
        return sql_take_ident(p, &unused);
    if (sql_accept(p, "WITH SCHEMA BINDING") || sql_accept(p, "WITH SCHEMA COMPENSATION") ||
        sql_accept(p, "WITH SCHEMA TYPE EVOLUTION") || sql_accept(p, "WITH SCHEMA EVOLUTION"))
        return CX_OK;
    if (sql_at(p, "WITH") && sql_token_is(&p->t, p->i + 1, "METRICS"))
        return sql_unsupported(p, "A metric view");
    if (out->materialized && sql_accept(p, "SCHEDULE")) {
        static const char *const stops[] = {"AS", "COMMENT", "TBLPROPERTIES", NULL};
        return sql_take_span(p, stops, &unused);
    }
    if (out->materialized && sql_accept(p, "CLUSTER BY"))
        return sql_take_names(p, &out->cluster_by, &out->cluster_count);
    if (out->materialized && sql_accept(p, "PARTITIONED BY"))
        return sql_take_names(p, &out->partitioned_by, &out->partition_count);
    *out_more = false;
    return CX_OK;
}

cx_code sql_parse_view(sql_parser *p, sql_statement *out)
{
    bool more = true;
    out->kind = SQL_CREATE_VIEW;
    out->if_not_exists = sql_accept(p, "IF NOT EXISTS");
    TRY(sql_take_name(p, 3, &out->name));
    if (sql_at(p, "("))
        TRY(take_view_columns(p, out));
    while (more)
        TRY(take_view_clause(p, out, &more));
    TRY(sql_expect(p, "AS"));
    if (!sql_at_query(p))
        return sql_refuse(p);
    return sql_take_rest(p, &out->query);
}

static cx_code take_parameters(sql_parser *p, const sql_column **out, size_t *out_count)
{
    sql_column *columns = NULL;
    size_t count = 0;
    TRY(sql_expect(p, "("));
    while (!sql_accept(p, ")")) {
        if (count > 0)
            TRY(sql_expect(p, ","));
        (void)(sql_token_is(&p->t, p->i + 2, ",") || sql_token_is(&p->t, p->i + 2, ")") ||
               sql_accept(p, "IN"));
        columns = sql_grow(p->c, columns, count, sizeof *columns);
        TRY(sql_take_column(p, &columns[count]));
        count++;
    }
    *out = columns;
    *out_count = count;
    return CX_OK;
}

static cx_code take_returns(sql_parser *p, sql_statement *out)
{
    if (!sql_accept(p, "TABLE"))
        return sql_take_type(p, &out->returns);
    out->returns = "TABLE";
    if (sql_at(p, "("))
        return take_parameters(p, &out->returns_table, &out->returns_table_count);
    return CX_OK;
}

static cx_code take_function_clause(sql_parser *p, sql_statement *out, bool *out_more)
{
    const char *unused;
    static const char *const ignored[] = {"NOT DETERMINISTIC",
                                          "CONTAINS SQL",
                                          "READS SQL DATA",
                                          "NO SQL",
                                          "SQL SECURITY DEFINER",
                                          "CALLED ON NULL INPUT",
                                          "RETURNS NULL ON NULL INPUT",
                                          "STRICT"};
    *out_more = true;
    for (size_t k = 0; k < CX_COUNT(ignored); k++)
        if (sql_accept(p, ignored[k]))
            return CX_OK;
    if (sql_accept(p, "RETURNS"))
        return take_returns(p, out);
    if (sql_accept(p, "LANGUAGE"))
        return sql_take_ident(p, &out->language);
    if (sql_accept(p, "COMMENT"))
        return sql_take_string(p, &out->comment);
    if (sql_accept(p, "HANDLER") || sql_accept(p, "PARAMETER STYLE"))
        return p->t.at[p->i].kind == TOK_STRING ? sql_take_string(p, &unused)
                                                : sql_take_ident(p, &unused);
    if (sql_accept(p, "DEFAULT COLLATION"))
        return sql_take_ident(p, &unused);
    if (sql_accept(p, "ENVIRONMENT"))
        return sql_take_pairs(p, false, &(const sql_pair *){0}, &(size_t){0});
    *out_more = sql_accept(p, "DETERMINISTIC");
    out->deterministic = out->deterministic || *out_more;
    return CX_OK;
}

cx_code sql_parse_function(sql_parser *p, sql_statement *out)
{
    bool more = true;
    out->kind = SQL_CREATE_FUNCTION;
    out->if_not_exists = sql_accept(p, "IF NOT EXISTS");
    TRY(sql_take_name(p, 3, &out->name));
    TRY(take_parameters(p, &out->columns, &out->column_count));
    while (more)
        TRY(take_function_clause(p, out, &more));
    if (!out->language)
        out->language = "SQL";
    if (sql_accept(p, "AS"))
        return sql_take_string(p, &out->body);
    TRY(sql_expect(p, "RETURN"));
    return sql_take_rest(p, &out->body);
}
