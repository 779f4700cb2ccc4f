/* SHOW and DESCRIBE. */
#include "sql/parse_int.h"

static cx_code take_in(sql_parser *p, int most, sql_statement *out)
{
    if (!sql_accept(p, "IN") && !sql_accept(p, "FROM"))
        return CX_OK;
    return sql_take_name(p, most, &out->name);
}

static cx_code take_like(sql_parser *p, sql_statement *out)
{
    if (sql_accept(p, "LIKE") || p->t.at[p->i].kind == TOK_STRING)
        return sql_take_string(p, &out->pattern);
    return CX_OK;
}

static cx_code show_list(sql_parser *p, const char *what, int most, sql_statement *out)
{
    out->what = what;
    TRY(take_in(p, most, out));
    return take_like(p, out);
}

/* What JDBC asks: SHOW TABLES IN CATALOG c SCHEMA LIKE 'p' LIKE 'q'. */
static cx_code show_in_catalog(sql_parser *p, sql_statement *out)
{
    out->object = "CATALOG";
    TRY(sql_take_name(p, 1, &out->name));
    if (sql_accept(p, "SCHEMA LIKE"))
        TRY(sql_take_string(p, &out->value));
    return take_like(p, out);
}

static cx_code show_tables(sql_parser *p, sql_statement *out)
{
    out->what = sql_accept(p, "DROPPED") ? "TABLES DROPPED" : "TABLES";
    if (sql_accept(p, "IN CATALOG") || sql_accept(p, "FROM CATALOG"))
        return show_in_catalog(p, out);
    return show_list(p, out->what, 2, out);
}

static cx_code show_columns(sql_parser *p, sql_statement *out)
{
    sql_name schema;
    out->what = "COLUMNS";
    if (!sql_at(p, "IN") && !sql_at(p, "FROM"))
        return sql_refuse(p);
    TRY(take_in(p, 3, out));
    if (out->name.count != 1 || (!sql_accept(p, "IN") && !sql_accept(p, "FROM")))
        return CX_OK;
    TRY(sql_take_name(p, 2, &schema));
    schema.parts[schema.count++] = out->name.parts[0];
    out->name = schema;
    return CX_OK;
}

static cx_code show_properties(sql_parser *p, sql_statement *out)
{
    out->what = "TBLPROPERTIES";
    TRY(sql_take_name(p, 3, &out->name));
    if (!sql_accept(p, "("))
        return CX_OK;
    if (p->t.at[p->i].kind == TOK_STRING)
        TRY(sql_take_string(p, &out->key));
    else
        TRY(sql_take_column_path(p, &out->key));
    return sql_expect(p, ")");
}

static cx_code show_functions(sql_parser *p, sql_statement *out)
{
    out->what = "FUNCTIONS";
    TRY(take_in(p, 2, out));
    if (!sql_accept(p, "LIKE") && p->t.at[p->i].kind != TOK_STRING &&
        p->t.at[p->i].kind != TOK_WORD)
        return CX_OK;
    if (p->t.at[p->i].kind == TOK_STRING)
        return sql_take_string(p, &out->pattern);
    return sql_take_column_path(p, &out->pattern);
}

static cx_code show_of_table(sql_parser *p, const char *what, sql_statement *out)
{
    out->what = what;
    return sql_take_name(p, 3, &out->name);
}

cx_code sql_parse_show(sql_parser *p, sql_statement *out)
{
    out->kind = SQL_SHOW;
    if (sql_accept(p, "GRANTS") || sql_accept(p, "GRANT"))
        return sql_parse_show_grants(p, out);
    if (sql_accept(p, "CATALOGS"))
        return show_list(p, "CATALOGS", 1, out);
    if (sql_accept(p, "SCHEMAS") || sql_accept(p, "DATABASES"))
        return show_list(p, "SCHEMAS", 1, out);
    if (sql_accept(p, "TABLES"))
        return show_tables(p, out);
    if (sql_accept(p, "TABLE EXTENDED"))
        return show_list(p, "TABLE EXTENDED", 2, out);
    if (sql_accept(p, "VIEWS"))
        return show_list(p, "VIEWS", 2, out);
    if (sql_accept(p, "VOLUMES"))
        return show_list(p, "VOLUMES", 2, out);
    if (sql_accept(p, "COLUMNS"))
        return show_columns(p, out);
    if (sql_accept(p, "TBLPROPERTIES"))
        return show_properties(p, out);
    if (sql_accept(p, "CREATE TABLE"))
        return show_of_table(p, "CREATE TABLE", out);
    if (sql_accept(p, "PARTITIONS"))
        return show_of_table(p, "PARTITIONS", out);
    (void)(sql_accept(p, "USER") || sql_accept(p, "SYSTEM") || sql_accept(p, "ALL"));
    if (sql_accept(p, "FUNCTIONS"))
        return show_functions(p, out);
    return sql_refuse(p);
}

static cx_code describe_object(sql_parser *p, const char *what, int most, sql_statement *out)
{
    out->what = what;
    out->extended = sql_accept(p, "EXTENDED");
    return sql_take_name(p, most, &out->name);
}

static cx_code describe_table(sql_parser *p, sql_statement *out)
{
    out->what = "TABLE";
    (void)sql_accept(p, "TABLE");
    out->extended = sql_accept(p, "EXTENDED") || sql_accept(p, "FORMATTED");
    TRY(sql_take_name(p, 3, &out->name));
    if (sql_at(p, "PARTITION"))
        return sql_unsupported(p, "DESCRIBE of a partition");
    out->as_json = sql_accept(p, "AS JSON");
    if (!out->as_json && p->t.at[p->i].kind != TOK_END && !sql_at(p, ";"))
        return sql_take_column_path(p, &out->key);
    return CX_OK;
}

static cx_code describe_history(sql_parser *p, sql_statement *out)
{
    out->what = "HISTORY";
    TRY(sql_take_name(p, 3, &out->name));
    if (!sql_accept(p, "LIMIT"))
        return CX_OK;
    TRY(sql_take_integer(p, &out->limit));
    return out->limit < 0 ? sql_refuse(p) : CX_OK;
}

/* A word that selects a form is a table's name when nothing, or a dot, follows ("DESCRIBE
 * history"). */
static bool form(sql_parser *p, const char *word)
{
    const size_t next = p->i + 1;
    if (!sql_at(p, word) || p->t.at[next].kind == TOK_END || sql_token_is(&p->t, next, ".") ||
        sql_token_is(&p->t, next, ";"))
        return false;
    p->i++;
    return true;
}

cx_code sql_parse_describe(sql_parser *p, sql_statement *out)
{
    out->kind = SQL_DESCRIBE;
    if (form(p, "HISTORY"))
        return describe_history(p, out);
    if (form(p, "DETAIL"))
        return describe_object(p, "DETAIL", 3, out);
    if (form(p, "CATALOG"))
        return describe_object(p, "CATALOG", 1, out);
    if (form(p, "SCHEMA") || form(p, "DATABASE"))
        return describe_object(p, "SCHEMA", 2, out);
    if (form(p, "FUNCTION"))
        return describe_object(p, "FUNCTION", 3, out);
    if (form(p, "VOLUME"))
        return describe_object(p, "VOLUME", 3, out);
    if (form(p, "QUERY") || (sql_at_query(p) && !sql_at(p, "TABLE"))) {
        out->what = "QUERY";
        return sql_take_rest(p, &out->query);
    }
    return describe_table(p, out);
}
