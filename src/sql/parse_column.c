/* Columns and constraints of CREATE TABLE and ALTER TABLE. */
#include "sql/parse_int.h"

/* Where the expression of a DEFAULT ends: at the next option of the column. */
static const char *const option_starts[] = {
    "COMMENT",    "NOT NULL",    "NULL COMMENT", "GENERATED ALWAYS",
    "CONSTRAINT", "PRIMARY KEY", "REFERENCES",   "MASK",
    "CHECK",      "FIRST",       "AFTER",        "COLLATE",
    ",",          NULL};

static cx_code take_identity(sql_parser *p, sql_column *out)
{
    out->identity = true;
    out->identity_start = out->identity_step = 1;
    if (!sql_accept(p, "("))
        return CX_OK;
    for (int i = 0; i < 2 && !sql_at(p, ")"); i++) {
        (void)(i && sql_accept(p, ","));
        if (sql_accept(p, "START WITH") || sql_accept(p, "START"))
            TRY(sql_take_integer(p, &out->identity_start));
        else if (sql_accept(p, "INCREMENT BY") || sql_accept(p, "INCREMENT"))
            TRY(sql_take_integer(p, &out->identity_step));
    }
    return sql_expect(p, ")");
}

static cx_code take_generated(sql_parser *p, sql_column *out)
{
    if (sql_accept(p, "BY DEFAULT")) {
        TRY(sql_expect(p, "AS IDENTITY"));
        return take_identity(p, out);
    }
    TRY(sql_expect(p, "ALWAYS AS"));
    if (sql_accept(p, "IDENTITY")) {
        out->identity_always = true;
        return take_identity(p, out);
    }
    TRY(sql_expect(p, "("));
    TRY(sql_take_span(p, NULL, &out->generated_sql));
    return sql_expect(p, ")");
}

static cx_code take_mask(sql_parser *p, sql_column *out)
{
    sql_name name;
    const size_t start = p->i;
    TRY(sql_take_name(p, 3, &name));
    out->mask_function = sql_tokens_text(p->c, &p->t, start, p->i);
    if (sql_accept(p, "USING COLUMNS"))
        TRY(sql_take_names(p, &out->mask_columns, &out->mask_column_count));
    return CX_OK;
}

static bool take_key_options(sql_parser *p)
{
    bool rely = false;
    static const char *const options[] = {"RELY",
                                          "NORELY",
                                          "NOT ENFORCED",
                                          "ENFORCED",
                                          "DEFERRABLE",
                                          "NOT DEFERRABLE",
                                          "INITIALLY DEFERRED",
                                          "INITIALLY IMMEDIATE",
                                          "MATCH FULL",
                                          "ON UPDATE NO ACTION",
                                          "ON DELETE NO ACTION"};
    for (size_t k = 0; k < CX_COUNT(options); k++)
        if (sql_accept(p, options[k])) {
            rely = rely || k == 0;
            k = (size_t)-1;
        }
    return rely;
}

/* CHECK or REFERENCES behind a column, CONSTRAINT name before it. */
static bool at_column_constraint(const sql_parser *p)
{
    sql_parser probe = *p;
    if (sql_accept(&probe, "CONSTRAINT"))
        probe.i++;
    return sql_accept(&probe, "CHECK (") || sql_accept(&probe, "REFERENCES") ||
           sql_accept(&probe, "FOREIGN KEY REFERENCES");
}

static cx_code take_references(sql_parser *p, const char *column, sql_constraint *out);

static cx_code take_column_constraint(sql_parser *p, sql_column *out)
{
    sql_constraint *all =
        sql_grow(p->c, out->constraints, out->constraint_count, sizeof *out->constraints);
    sql_constraint *k = &all[out->constraint_count];
    sql_parser probe = *p;
    if (sql_accept(&probe, "CONSTRAINT"))
        probe.i++;
    if (sql_accept(&probe, "CHECK"))
        TRY(sql_take_constraint(p, k));
    else
        TRY(take_references(p, out->name, k));
    out->constraints = all;
    out->constraint_count++;
    return CX_OK;
}

/* One option of a column; *out_more is false when none is there. */
static cx_code take_option(sql_parser *p, sql_column *out, bool *out_more)
{
    const char *unused;
    *out_more = true;
    if (sql_accept(p, "NOT NULL")) {
        out->not_null = true;
        return CX_OK;
    }
    if (sql_accept(p, "COMMENT"))
        return sql_take_string(p, &out->comment);
    if (sql_accept(p, "DEFAULT"))
        return sql_take_span(p, option_starts, &out->default_sql);
    if (sql_accept(p, "GENERATED"))
        return take_generated(p, out);
    if (sql_accept(p, "MASK"))
        return take_mask(p, out);
    if (sql_accept(p, "COLLATE"))
        return sql_take_ident(p, &unused);
    if (sql_at(p, "CONSTRAINT") && sql_token_is(&p->t, p->i + 2, "PRIMARY"))
        p->i += 2;
    if (at_column_constraint(p))
        return take_column_constraint(p, out);
    if (sql_accept(p, "PRIMARY KEY")) {
        out->primary_key = true;
        out->rely = take_key_options(p);
        return CX_OK;
    }
    if (sql_accept(p, "FIRST")) {
        out->first = true;
        return CX_OK;
    }
    if (sql_accept(p, "AFTER"))
        return sql_take_ident(p, &out->after);
    *out_more = sql_accept(p, "NULL");
    return CX_OK;
}

cx_code sql_take_column(sql_parser *p, sql_column *out)
{
    sql_column column = {0};
    bool more = true;
    TRY(sql_take_ident(p, &column.name));
    while (sql_accept(p, ".")) {
        column.parent =
            column.parent ? cx_fmt(p->c, "%s.%s", column.parent, column.name) : column.name;
        TRY(sql_take_ident(p, &column.name));
    }
    TRY(sql_take_type(p, &column.type));
    while (more)
        TRY(take_option(p, &column, &more));
    *out = column;
    return CX_OK;
}

static const char **as_list(sql_parser *p, const char *const *names, size_t count)
{
    const char **list = cx_array(p->c, const char *, count + 1);
    for (size_t i = 0; i < count; i++)
        list[i] = names[i];
    return list;
}

static cx_code take_key_columns(sql_parser *p, const char ***out)
{
    const char **names = NULL;
    size_t count = 0;
    TRY(sql_expect(p, "("));
    do {
        names = sql_grow(p->c, names, count, sizeof *names);
        TRY(sql_take_ident(p, &names[count]));
        count++;
        (void)sql_accept(p, "TIMESERIES");
    } while (sql_accept(p, ","));
    TRY(sql_expect(p, ")"));
    *out = as_list(p, names, count);
    return CX_OK;
}

static cx_code take_foreign_key(sql_parser *p, sql_constraint *out)
{
    out->kind = SQL_FOREIGN_KEY;
    TRY(take_key_columns(p, &out->columns));
    TRY(sql_expect(p, "REFERENCES"));
    TRY(sql_take_name(p, 3, &out->parent));
    if (sql_at(p, "("))
        TRY(take_key_columns(p, &out->parent_columns));
    out->rely = take_key_options(p);
    return CX_OK;
}

static cx_code take_references(sql_parser *p, const char *column, sql_constraint *out)
{
    const char *const only[] = {column};
    *out = (sql_constraint){.kind = SQL_FOREIGN_KEY, .columns = as_list(p, only, 1)};
    if (sql_accept(p, "CONSTRAINT"))
        TRY(sql_take_ident(p, &out->name));
    (void)sql_accept(p, "FOREIGN KEY");
    TRY(sql_expect(p, "REFERENCES"));
    TRY(sql_take_name(p, 3, &out->parent));
    if (sql_at(p, "("))
        TRY(take_key_columns(p, &out->parent_columns));
    out->rely = take_key_options(p);
    return CX_OK;
}

bool sql_at_constraint(const sql_parser *p)
{
    sql_parser probe = *p;
    return (sql_at(p, "CONSTRAINT") && !sql_token_is(&p->t, p->i + 2, ",") &&
            (sql_token_is(&p->t, p->i + 2, "PRIMARY") || sql_token_is(&p->t, p->i + 2, "FOREIGN") ||
             sql_token_is(&p->t, p->i + 2, "CHECK"))) ||
           sql_accept(&probe, "PRIMARY KEY") || sql_accept(&probe, "FOREIGN KEY") ||
           sql_accept(&probe, "CHECK (");
}

cx_code sql_take_constraint(sql_parser *p, sql_constraint *out)
{
    sql_constraint k = {.kind = SQL_CHECK};
    if (sql_accept(p, "CONSTRAINT"))
        TRY(sql_take_ident(p, &k.name));
    if (sql_accept(p, "PRIMARY KEY")) {
        k.kind = SQL_PRIMARY_KEY;
        TRY(take_key_columns(p, &k.columns));
        k.rely = take_key_options(p);
    } else if (sql_accept(p, "FOREIGN KEY")) {
        TRY(take_foreign_key(p, &k));
    } else {
        TRY(sql_expect(p, "CHECK"));
        TRY(sql_expect(p, "("));
        TRY(sql_take_span(p, NULL, &k.check_sql));
        TRY(sql_expect(p, ")"));
        (void)take_key_options(p);
    }
    *out = k;
    return CX_OK;
}

cx_code sql_take_elements(sql_parser *p, sql_statement *out)
{
    sql_column *columns = NULL;
    sql_constraint *constraints = NULL;
    TRY(sql_expect(p, "("));
    do {
        if (sql_at_constraint(p)) {
            constraints = sql_grow(p->c, constraints, out->constraint_count, sizeof *constraints);
            TRY(sql_take_constraint(p, &constraints[out->constraint_count]));
            out->constraint_count++;
        } else {
            columns = sql_grow(p->c, columns, out->column_count, sizeof *columns);
            const size_t start = p->i;
            TRY(sql_take_column(p, &columns[out->column_count]));
            const sql_column *column = &columns[out->column_count];
            if (column->parent)
                return p->i = start + 1, sql_refuse(p);
            for (size_t k = 0; k < column->constraint_count; k++) {
                constraints =
                    sql_grow(p->c, constraints, out->constraint_count, sizeof *constraints);
                constraints[out->constraint_count++] = column->constraints[k];
            }
            out->column_count++;
        }
    } while (sql_accept(p, ","));
    out->columns = columns;
    out->constraints = constraints;
    return sql_expect(p, ")");
}

cx_code sql_take_row_filter(sql_parser *p, sql_statement *out)
{
    TRY(sql_take_name(p, 3, &out->row_filter));
    TRY(sql_expect(p, "ON"));
    if (sql_accept(p, "( )"))
        return CX_OK;
    return sql_take_names(p, &out->row_filter_columns, &out->row_filter_column_count);
}
