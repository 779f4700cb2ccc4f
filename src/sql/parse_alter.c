/* ALTER: the object, then one action. */
#include "sql/parse_int.h"

static cx_code set_tags(sql_parser *p, bool set, sql_statement *out)
{
    return sql_take_pairs(p, !set, &out->properties, &out->property_count);
}

static cx_code action(sql_statement *out, const char *name)
{
    out->alter_action = name;
    return CX_OK;
}

static cx_code alter_set(sql_parser *p, sql_statement *out)
{
    if (sql_accept(p, "TBLPROPERTIES") || sql_accept(p, "DBPROPERTIES") ||
        sql_accept(p, "PROPERTIES")) {
        TRY(action(out, "SET TBLPROPERTIES"));
        return sql_take_pairs(p, false, &out->properties, &out->property_count);
    }
    if (sql_accept(p, "TAGS")) {
        TRY(action(out, "SET TAGS"));
        return set_tags(p, true, out);
    }
    if (sql_accept(p, "OWNER")) {
        TRY(action(out, "SET OWNER"));
        TRY(sql_expect(p, "TO"));
        return sql_take_ident(p, &out->principal);
    }
    if (sql_accept(p, "LOCATION")) {
        TRY(action(out, "SET LOCATION"));
        return sql_take_string(p, &out->location);
    }
    if (sql_accept(p, "MANAGED LOCATION")) {
        TRY(action(out, "SET MANAGED LOCATION"));
        return sql_take_string(p, &out->location);
    }
    TRY(sql_expect(p, "ROW FILTER"));
    TRY(action(out, "SET ROW FILTER"));
    return sql_take_row_filter(p, out);
}

static cx_code alter_unset(sql_parser *p, sql_statement *out)
{
    if (sql_accept(p, "TAGS")) {
        TRY(action(out, "UNSET TAGS"));
        return set_tags(p, false, out);
    }
    TRY(sql_expect(p, "TBLPROPERTIES"));
    TRY(action(out, "UNSET TBLPROPERTIES"));
    out->if_exists = sql_accept(p, "IF EXISTS");
    return sql_take_pairs(p, true, &out->properties, &out->property_count);
}

static cx_code add_columns(sql_parser *p, sql_statement *out)
{
    sql_column *columns = NULL;
    TRY(action(out, "ADD COLUMNS"));
    if (!sql_accept(p, "COLUMNS"))
        TRY(sql_expect(p, "COLUMN"));
    out->if_not_exists = sql_accept(p, "IF NOT EXISTS");
    const bool list = sql_accept(p, "(");
    do {
        columns = sql_grow(p->c, columns, out->column_count, sizeof *columns);
        TRY(sql_take_column(p, &columns[out->column_count]));
        out->column_count++;
    } while (sql_accept(p, ","));
    out->columns = columns;
    return list ? sql_expect(p, ")") : CX_OK;
}

static cx_code alter_add(sql_parser *p, sql_statement *out)
{
    if (sql_at(p, "PARTITION"))
        return sql_unsupported(p, "ALTER TABLE … ADD PARTITION");
    if (!sql_at_constraint(p))
        return add_columns(p, out);
    sql_constraint *k = cx_new(p->c, sql_constraint);
    TRY(action(out, "ADD CONSTRAINT"));
    TRY(sql_take_constraint(p, k));
    out->constraints = k;
    out->constraint_count = 1;
    return CX_OK;
}

static cx_code drop_columns(sql_parser *p, sql_statement *out)
{
    const char **names = NULL;
    TRY(action(out, "DROP COLUMNS"));
    if (!sql_accept(p, "COLUMNS"))
        TRY(sql_expect(p, "COLUMN"));
    out->if_exists = sql_accept(p, "IF EXISTS");
    if (sql_at(p, "("))
        return sql_take_names(p, &out->insert_columns, &out->insert_column_count);
    do {
        names = sql_grow(p->c, names, out->insert_column_count, sizeof *names);
        TRY(sql_take_column_path(p, &names[out->insert_column_count]));
        out->insert_column_count++;
    } while (sql_accept(p, ","));
    out->insert_columns = names;
    return CX_OK;
}

static void take_cascade(sql_parser *p, sql_statement *out)
{
    out->cascade = sql_accept(p, "CASCADE");
    if (!out->cascade)
        (void)sql_accept(p, "RESTRICT");
}

static cx_code alter_drop(sql_parser *p, sql_statement *out)
{
    if (sql_accept(p, "ROW FILTER"))
        return action(out, "DROP ROW FILTER");
    if (sql_accept(p, "CONSTRAINT")) {
        TRY(action(out, "DROP CONSTRAINT"));
        out->if_exists = sql_accept(p, "IF EXISTS");
        TRY(sql_take_ident(p, &out->key));
        take_cascade(p, out);
        return CX_OK;
    }
    if (sql_accept(p, "PRIMARY KEY")) {
        out->if_exists = sql_accept(p, "IF EXISTS");
        take_cascade(p, out);
        return action(out, "DROP PRIMARY KEY");
    }
    if (sql_accept(p, "FOREIGN KEY")) {
        TRY(action(out, "DROP FOREIGN KEY"));
        out->if_exists = sql_accept(p, "IF EXISTS");
        return sql_take_names(p, &out->insert_columns, &out->insert_column_count);
    }
    if (sql_accept(p, "FEATURE")) {
        TRY(action(out, "DROP FEATURE"));
        TRY(sql_take_ident(p, &out->key));
        out->what = sql_accept(p, "TRUNCATE HISTORY") ? "TRUNCATE HISTORY" : NULL;
        return CX_OK;
    }
    if (sql_at(p, "PARTITION"))
        return sql_unsupported(p, "ALTER TABLE … DROP PARTITION");
    return drop_columns(p, out);
}

static cx_code set_mask(sql_parser *p, sql_statement *out)
{
    sql_column *column = cx_new(p->c, sql_column);
    sql_name name;
    const size_t start = p->i;
    TRY(sql_take_name(p, 3, &name));
    column->name = out->key;
    column->mask_function = sql_tokens_text(p->c, &p->t, start, p->i);
    if (sql_accept(p, "USING COLUMNS"))
        TRY(sql_take_names(p, &column->mask_columns, &column->mask_column_count));
    out->columns = column;
    out->column_count = 1;
    return CX_OK;
}

static cx_code one_column(sql_parser *p, sql_statement *out)
{
    static const char *const plain[] = {"SET NOT NULL", "DROP NOT NULL", "DROP DEFAULT",
                                        "FIRST",        "SYNC IDENTITY", "DROP MASK"};
    TRY(action(out, "ALTER COLUMN"));
    TRY(sql_take_column_path(p, &out->key));
    for (size_t k = 0; k < CX_COUNT(plain); k++) {
        if (sql_accept(p, plain[k])) {
            out->what = plain[k];
            return CX_OK;
        }
    }
    if (sql_accept(p, "TYPE")) {
        out->what = "TYPE";
        return sql_take_type(p, &out->value);
    }
    if (sql_accept(p, "COMMENT")) {
        out->what = "COMMENT";
        return sql_take_string(p, &out->value);
    }
    if (sql_accept(p, "AFTER")) {
        out->what = "AFTER";
        return sql_take_ident(p, &out->value);
    }
    if (sql_accept(p, "SET DEFAULT")) {
        static const char *const ends[] = {",", NULL};
        out->what = "SET DEFAULT";
        return sql_take_span(p, ends, &out->value);
    }
    if (sql_accept(p, "SET MASK")) {
        out->what = "SET MASK";
        return set_mask(p, out);
    }
    const bool set = sql_accept(p, "SET TAGS");
    if (!set)
        TRY(sql_expect(p, "UNSET TAGS"));
    out->what = set ? "SET TAGS" : "UNSET TAGS";
    return set_tags(p, set, out);
}

/* Tags and masks are the metastore's, one to a statement. */
static bool is_fact(const sql_statement *q)
{
    return strstr(q->what, "TAGS") || strstr(q->what, "MASK");
}

static cx_code alter_column(sql_parser *p, sql_statement *out)
{
    sql_statement *last = out;
    TRY(one_column(p, out));
    while (sql_accept(p, ",")) {
        sql_statement *next = cx_new(p->c, sql_statement);
        TRY(one_column(p, next));
        if (is_fact(next) || is_fact(last))
            return sql_unsupported(p, "ALTER COLUMN of several columns with tags or masks");
        last->next_change = next;
        last = next;
    }
    return CX_OK;
}

static cx_code alter_rename(sql_parser *p, sql_statement *out)
{
    if (sql_accept(p, "TO")) {
        TRY(action(out, "RENAME"));
        return sql_take_name(p, 3, &out->source);
    }
    TRY(action(out, "RENAME COLUMN"));
    TRY(sql_expect(p, "COLUMN"));
    TRY(sql_take_column_path(p, &out->key));
    TRY(sql_expect(p, "TO"));
    return sql_take_ident(p, &out->value);
}

static cx_code alter_cluster(sql_parser *p, sql_statement *out)
{
    TRY(action(out, "CLUSTER BY"));
    out->cluster_auto = sql_accept(p, "AUTO");
    out->cluster_none = !out->cluster_auto && (sql_accept(p, "NONE") || sql_accept(p, "( )"));
    if (out->cluster_auto || out->cluster_none)
        return CX_OK;
    return sql_take_names(p, &out->cluster_by, &out->cluster_count);
}

static cx_code alter_action(sql_parser *p, sql_statement *out)
{
    static const char *const switches[] = {"ENABLE", "DISABLE", "INHERIT"};
    if (sql_accept(p, "ALTER COLUMN") || sql_accept(p, "CHANGE COLUMN") || sql_accept(p, "ALTER") ||
        sql_accept(p, "CHANGE"))
        return alter_column(p, out);
    if (sql_accept(p, "REPLACE COLUMNS")) {
        TRY(action(out, "REPLACE COLUMNS"));
        return sql_take_elements(p, out);
    }
    if (sql_accept(p, "SET"))
        return alter_set(p, out);
    if (sql_accept(p, "UNSET"))
        return alter_unset(p, out);
    if (sql_accept(p, "ADD"))
        return alter_add(p, out);
    if (sql_accept(p, "DROP"))
        return alter_drop(p, out);
    if (sql_accept(p, "RENAME"))
        return alter_rename(p, out);
    if (sql_accept(p, "CLUSTER BY"))
        return alter_cluster(p, out);
    if (sql_accept(p, "AS")) {
        TRY(action(out, "AS"));
        return sql_at_query(p) ? sql_take_rest(p, &out->query) : sql_refuse(p);
    }
    if (sql_accept(p, "OWNER TO")) {
        TRY(action(out, "SET OWNER"));
        return sql_take_ident(p, &out->principal);
    }
    if (sql_accept(p, "DEFAULT COLLATION")) {
        TRY(action(out, "DEFAULT COLLATION"));
        return sql_take_ident(p, &out->key);
    }
    for (size_t k = 0; k < CX_COUNT(switches); k++) {
        if (sql_accept(p, switches[k])) {
            out->what = switches[k];
            TRY(action(out, "PREDICTIVE OPTIMIZATION"));
            return sql_expect(p, "PREDICTIVE OPTIMIZATION");
        }
    }
    return sql_refuse(p);
}

cx_code sql_parse_alter(sql_parser *p, sql_statement *out)
{
    static const char *const objects[] = {"CATALOG", "SCHEMA", "TABLE",
                                          "VIEW",    "VOLUME", "FUNCTION"};
    out->kind = SQL_ALTER;
    out->object = sql_take_object(p);
    if (!out->object)
        return sql_refuse(p);
    out->materialized = strcmp(out->object, "MATERIALIZED VIEW") == 0;
    if (out->materialized)
        out->object = "VIEW";
    if (strcmp(out->object, "STREAMING TABLE") == 0)
        out->object = "TABLE";
    for (size_t k = 0; k < CX_COUNT(objects); k++) {
        if (strcmp(out->object, objects[k]) == 0) {
            TRY(sql_take_name(p, k == 0 ? 1 : k == 1 ? 2 : 3, &out->name));
            return alter_action(p, out);
        }
    }
    return sql_unsupported(p, cx_fmt(p->c, "ALTER %s", out->object));
}
