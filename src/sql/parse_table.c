/* CREATE TABLE in its four forms: columns, AS query, LIKE, CLONE. */
#include "sql/parse_int.h"

static cx_code parse_clone(sql_parser *p, sql_statement *out)
{
    out->kind = SQL_CLONE_TABLE;
    TRY(sql_take_name(p, 3, &out->source));
    TRY(sql_take_travel(p, &out->travel));
    for (;;) {
        if (!out->property_count && sql_accept(p, "TBLPROPERTIES"))
            TRY(sql_take_pairs(p, false, &out->properties, &out->property_count));
        else if (!out->location && sql_accept(p, "LOCATION"))
            TRY(sql_take_string(p, &out->location));
        else
            return CX_OK;
    }
}

/* PARTITIONED BY (a, b) names columns; (a INT) declares them too, behind the others. */
static cx_code take_partitions(sql_parser *p, sql_statement *out)
{
    const char **names = NULL;
    TRY(sql_expect(p, "("));
    do {
        names = sql_grow(p->c, names, out->partition_count, sizeof *names);
        if (sql_token_is(&p->t, p->i + 1, ",") || sql_token_is(&p->t, p->i + 1, ")")) {
            TRY(sql_take_ident(p, &names[out->partition_count]));
        } else {
            sql_column *columns = cx_array(p->c, sql_column, out->column_count + 1);
            if (out->column_count)
                memcpy(columns, out->columns, out->column_count * sizeof *columns);
            TRY(sql_take_column(p, &columns[out->column_count]));
            names[out->partition_count] = columns[out->column_count++].name;
            out->columns = columns;
        }
        out->partition_count++;
    } while (sql_accept(p, ","));
    out->partitioned_by = names;
    return sql_expect(p, ")");
}

static cx_code take_cluster(sql_parser *p, sql_statement *out)
{
    if (sql_accept(p, "AUTO"))
        out->cluster_auto = true;
    else if (sql_accept(p, "NONE") || sql_accept(p, "( )"))
        out->cluster_none = true;
    else
        TRY(sql_take_names(p, &out->cluster_by, &out->cluster_count));
    return CX_OK;
}

static cx_code refuse_twice(sql_parser *p, bool there)
{
    return there ? sql_syntax_error(p->c, p->t.text, p->t.at[p->i - 1].start,
                                    "This clause stands there twice.")
                 : CX_OK;
}

/* One clause; *out_more is false when none is there. */
static cx_code take_clause(sql_parser *p, sql_statement *out, bool *out_more)
{
    const char *unused;
    *out_more = true;
    if (sql_accept(p, "USING")) {
        TRY(refuse_twice(p, out->using_format != NULL));
        return sql_take_ident(p, &out->using_format);
    }
    if (sql_accept(p, "LOCATION")) {
        TRY(refuse_twice(p, out->location != NULL));
        return sql_take_string(p, &out->location);
    }
    if (sql_accept(p, "COMMENT")) {
        TRY(refuse_twice(p, out->comment != NULL));
        return sql_take_string(p, &out->comment);
    }
    if (sql_accept(p, "TBLPROPERTIES") || sql_accept(p, "OPTIONS")) {
        TRY(refuse_twice(p, out->property_count > 0));
        return sql_take_pairs(p, false, &out->properties, &out->property_count);
    }
    if (sql_accept(p, "PARTITIONED BY")) {
        TRY(refuse_twice(p, out->partition_count > 0));
        return take_partitions(p, out);
    }
    if (sql_accept(p, "CLUSTER BY"))
        return take_cluster(p, out);
    if (sql_accept(p, "WITH ROW FILTER"))
        return sql_take_row_filter(p, out);
    if (sql_accept(p, "DEFAULT COLLATION"))
        return sql_take_ident(p, &unused);
    *out_more = false;
    return CX_OK;
}

cx_code sql_parse_table(sql_parser *p, sql_statement *out)
{
    bool more = true;
    out->kind = SQL_CREATE_TABLE;
    out->if_not_exists = sql_accept(p, "IF NOT EXISTS");
    TRY(sql_take_name(p, 3, &out->name));
    out->shallow = sql_accept(p, "SHALLOW CLONE");
    if (out->shallow || sql_accept(p, "DEEP CLONE") || sql_accept(p, "CLONE"))
        return parse_clone(p, out);
    if (sql_accept(p, "LIKE"))
        TRY(sql_take_name(p, 3, &out->source));
    else if (sql_at(p, "(") && !sql_at_query(p))
        TRY(sql_take_elements(p, out));
    while (more)
        TRY(take_clause(p, out, &more));
    if (sql_accept(p, "AS") || sql_at_query(p)) {
        if (!sql_at_query(p))
            return sql_refuse(p);
        return sql_take_rest(p, &out->query);
    }
    return CX_OK;
}
