/* CREATE of everything but tables, views and functions, and DROP. */
#include "sql/parse_int.h"

static cx_code create_catalog(sql_parser *p, sql_statement *out)
{
    const char *unused;
    out->kind = SQL_CREATE_CATALOG;
    out->if_not_exists = sql_accept(p, "IF NOT EXISTS");
    TRY(sql_take_name(p, 1, &out->name));
    for (;;) {
        if (sql_accept(p, "USING SHARE")) {
            const size_t start = p->i;
            TRY(sql_take_name(p, 2, &out->source));
            out->share = sql_tokens_text(p->c, &p->t, start, p->i);
        } else if (sql_accept(p, "MANAGED LOCATION")) {
            TRY(sql_take_string(p, &out->location));
        } else if (sql_accept(p, "COMMENT")) {
            TRY(sql_take_string(p, &out->comment));
        } else if (sql_accept(p, "OPTIONS") || sql_accept(p, "WITH DBPROPERTIES")) {
            TRY(sql_take_pairs(p, false, &out->properties, &out->property_count));
        } else if (sql_accept(p, "DEFAULT COLLATION")) {
            TRY(sql_take_ident(p, &unused));
        } else {
            return CX_OK;
        }
    }
}

static cx_code create_schema(sql_parser *p, sql_statement *out)
{
    const char *unused;
    out->kind = SQL_CREATE_SCHEMA;
    out->if_not_exists = sql_accept(p, "IF NOT EXISTS");
    TRY(sql_take_name(p, 2, &out->name));
    for (;;) {
        if (sql_accept(p, "MANAGED LOCATION") || sql_accept(p, "LOCATION"))
            TRY(sql_take_string(p, &out->location));
        else if (sql_accept(p, "COMMENT"))
            TRY(sql_take_string(p, &out->comment));
        else if (sql_accept(p, "WITH DBPROPERTIES"))
            TRY(sql_take_pairs(p, false, &out->properties, &out->property_count));
        else if (sql_accept(p, "DEFAULT COLLATION"))
            TRY(sql_take_ident(p, &unused));
        else
            return CX_OK;
    }
}

static cx_code create_volume(sql_parser *p, sql_statement *out)
{
    out->kind = SQL_CREATE_VOLUME;
    out->if_not_exists = sql_accept(p, "IF NOT EXISTS");
    TRY(sql_take_name(p, 3, &out->name));
    for (;;) {
        if (sql_accept(p, "LOCATION"))
            TRY(sql_take_string(p, &out->location));
        else if (sql_accept(p, "COMMENT"))
            TRY(sql_take_string(p, &out->comment));
        else
            break;
    }
    if (out->external && !out->location)
        return sql_expect(p, "LOCATION");
    return CX_OK;
}

cx_code sql_parse_create(sql_parser *p, sql_statement *out)
{
    out->create = true;
    out->replace = sql_accept(p, "OR REPLACE");
    if (sql_accept(p, "OR REFRESH") || sql_at(p, "STREAMING"))
        return sql_unsupported(p, "CREATE STREAMING TABLE");
    out->temporary = sql_accept(p, "GLOBAL TEMPORARY") || sql_accept(p, "GLOBAL TEMP") ||
                     sql_accept(p, "TEMPORARY") || sql_accept(p, "TEMP");
    out->materialized = sql_accept(p, "MATERIALIZED");
    out->external = sql_accept(p, "EXTERNAL");
    if (sql_at(p, "FOREIGN"))
        return sql_unsupported(p, "CREATE FOREIGN CATALOG");
    const size_t at = p->i;
    out->object = sql_take_object(p);
    if (!out->object)
        return sql_refuse(p);
    if (out->materialized ? strcmp(out->object, "VIEW") != 0
        : out->external   ? strcmp(out->object, "TABLE") != 0 && strcmp(out->object, "VOLUME") != 0
                          : false) {
        p->i = at;
        return sql_refuse(p);
    }
    if (strcmp(out->object, "CATALOG") == 0)
        return create_catalog(p, out);
    if (strcmp(out->object, "SCHEMA") == 0)
        return create_schema(p, out);
    if (strcmp(out->object, "TABLE") == 0)
        return sql_parse_table(p, out);
    if (strcmp(out->object, "VIEW") == 0)
        return sql_parse_view(p, out);
    if (strcmp(out->object, "FUNCTION") == 0)
        return sql_parse_function(p, out);
    if (strcmp(out->object, "VOLUME") == 0)
        return create_volume(p, out);
    return sql_unsupported(p, cx_fmt(p->c, "CREATE %s", out->object));
}

cx_code sql_parse_replace(sql_parser *p, sql_statement *out)
{
    out->replace = true;
    TRY(sql_expect(p, "TABLE"));
    out->object = "TABLE";
    return sql_parse_table(p, out);
}

static bool droppable(const char *object)
{
    static const char *const objects[] = {"CATALOG", "SCHEMA",   "TABLE",
                                          "VIEW",    "FUNCTION", "VOLUME"};
    for (size_t k = 0; k < CX_COUNT(objects); k++)
        if (strcmp(object, objects[k]) == 0)
            return true;
    return false;
}

cx_code sql_parse_drop(sql_parser *p, sql_statement *out)
{
    out->kind = SQL_DROP;
    out->temporary = sql_accept(p, "TEMPORARY") || sql_accept(p, "TEMP");
    out->object = sql_take_object(p);
    if (!out->object)
        return sql_refuse(p);
    out->materialized = strcmp(out->object, "MATERIALIZED VIEW") == 0;
    if (out->materialized)
        out->object = "VIEW";
    if (!droppable(out->object))
        return sql_unsupported(p, cx_fmt(p->c, "DROP %s", out->object));
    out->if_exists = sql_accept(p, "IF EXISTS");
    const bool catalog = strcmp(out->object, "CATALOG") == 0,
               schema = strcmp(out->object, "SCHEMA") == 0;
    TRY(sql_take_name(p, catalog ? 1 : schema ? 2 : 3, &out->name));
    out->cascade = sql_accept(p, "CASCADE");
    if (!out->cascade)
        (void)sql_accept(p, "RESTRICT");
    if (strcmp(out->object, "TABLE") == 0)
        (void)sql_accept(p, "PURGE");
    return CX_OK;
}
