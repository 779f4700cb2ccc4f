/* The rows of information_schema, from the metastore's lists. */
#include "lake/engine/show/info.h"

#include "base/when.h"

json *info_row(info *i)
{
    json *row = json_array();
    json_array_append_new(i->rows, row);
    return row;
}

void info_put(json *row, const char *text)
{
    json_array_append_new(row, json_str_or_null(text));
}

static void put_nulls(json *row, int n)
{
    while (n-- > 0)
        json_array_append_new(row, json_null());
}

void info_put_int(json *row, int64_t value)
{
    json_array_append_new(row, json_integer(value));
}

void info_put_name(json *row, meta_name n)
{
    info_put(row, n.catalog);
    if (n.schema)
        info_put(row, n.schema);
    if (n.name)
        info_put(row, n.name);
}

static void put_stamps(cx *c, json *row, const meta_object *o)
{
    info_put(row, when_iso_ms(c, o->created_ms));
    info_put(row, o->created_by);
    info_put(row, when_iso_ms(c, o->updated_ms));
    info_put(row, o->updated_by);
}

typedef void (*one_object)(cx *c, info *i, const meta_object *o);

static cx_code each_object(cx *c, info *i, meta_type t, bool with_columns, one_object one)
{
    meta_object *all = NULL;
    size_t n = 0;
    TRY(eng_list(c, i->r, t, t == META_CATALOG ? NULL : i->catalog, NULL, with_columns, &all, &n));
    for (size_t k = 0; k < n; k++) {
        const bool mine =
            t != META_CATALOG || !i->catalog || strcmp(all[k].name.catalog, i->catalog) == 0;
        if (mine)
            one(c, i, &all[k]);
        meta_object_clear(&all[k]);
    }
    return CX_OK;
}

static void one_catalog(cx *c, info *i, const meta_object *o)
{
    json *row = info_row(i);
    info_put_name(row, o->name);
    info_put(row, o->owner);
    info_put(row, o->comment);
    put_stamps(c, row, o);
}

static void one_schema(cx *c, info *i, const meta_object *o)
{
    one_catalog(c, i, o);
    json *row = json_array_get(i->rows, json_array_size(i->rows) - 1);
    info_put(row, o->location);
    put_nulls(row, 1);
}

/* The virtual schema of each catalog stands in its list too. */
static void one_information_schema(cx *c, info *i, const meta_object *catalog)
{
    meta_object o = *catalog;
    o.name.schema = "information_schema";
    o.owner = "System user";
    o.comment = "Information schema (auto-created)";
    o.location = NULL;
    one_schema(c, i, &o);
}

static void one_table(cx *c, info *i, const meta_object *o)
{
    json *row = info_row(i);
    info_put_name(row, o->name);
    info_put(row, o->table_type ? o->table_type : "VIEW");
    info_put(row, o->view_definition ? "NO" : "YES");
    info_put(row, "PRESERVE");
    info_put(row, o->owner);
    info_put(row, o->comment);
    put_stamps(c, row, o);
    info_put(row, o->view_definition ? NULL : o->format);
    info_put(row, NULL);
    info_put(row, o->location);
}

/* LENGTHS of info.c: what a type says of its values' size. */
static void put_lengths(cx *c, json *row, const char *type)
{
    static const struct {
        const char *name;
        int precision, radix;
    } numbers[] = {{"LONG", 64, 2}, {"INT", 32, 2},    {"SHORT", 16, 2},
                   {"BYTE", 8, 2},  {"DOUBLE", 53, 2}, {"FLOAT", 24, 2}};
    const char *name = eng_type_name(c, type);
    int precision = 0, radix = 0, scale = 0;
    for (size_t k = 0; k < CX_COUNT(numbers); k++)
        if (strcmp(name, numbers[k].name) == 0)
            precision = numbers[k].precision, radix = numbers[k].radix;
    if (strcmp(name, "DECIMAL") == 0) {
        radix = 10;
        precision = 10;
        (void)sscanf(type, "%*[^(](%d,%d)", &precision, &scale);
    }
    const bool text = strcmp(name, "STRING") == 0 || strcmp(name, "BINARY") == 0;
    const bool whole = radix && strcmp(name, "DOUBLE") != 0 && strcmp(name, "FLOAT") != 0;
    const bool time = text_starts(name, "TIMESTAMP");
    json_array_append_new(row, text ? json_integer(0) : json_null());
    json_array_append_new(row, text ? json_integer(0) : json_null());
    json_array_append_new(row, radix ? json_integer(precision) : json_null());
    json_array_append_new(row, radix ? json_integer(radix) : json_null());
    json_array_append_new(row, whole ? json_integer(scale) : json_null());
    json_array_append_new(row, time                        ? json_integer(6)
                               : strcmp(name, "DATE") == 0 ? json_integer(0)
                                                           : json_null());
    put_nulls(row, 3);
}

static void one_column(cx *c, info *i, const meta_object *o, const json *column)
{
    const char *type = json_get_str(column, "type_text", "string");
    json *row = info_row(i);
    info_put_name(row, o->name);
    info_put(row, json_get_str(column, "name", ""));
    info_put_int(row, json_get_int(column, "position", 0));
    info_put(row, json_get_str(column, "column_default", NULL));
    info_put(row, json_get_bool(column, "nullable", true) ? "YES" : "NO");
    info_put(row, type);
    info_put(row, eng_type_name(c, type));
    put_lengths(c, row, type);
    info_put(row, "NO");
    put_nulls(row, 6);
    info_put(row, "NO");
    put_nulls(row, 1);
    info_put(row, "NO");
    info_put(row, "NO");
    put_nulls(row, 1);
    info_put(row, o->view_definition ? "NO" : "YES");
    const json *part = json_get(column, "partition_index");
    json_array_append_new(row, part ? json_integer(json_integer_value(part)) : json_null());
    info_put(row, json_get_str(column, "comment", NULL));
    put_nulls(row, 3);
}

static void one_tables_columns(cx *c, info *i, const meta_object *o)
{
    const json *column;
    size_t k;
    json_array_foreach (o->columns, k, column)
        one_column(c, i, o, column);
}

static void one_view(cx *c, info *i, const meta_object *o)
{
    (void)c;
    if (!o->view_definition)
        return;
    json *row = info_row(i);
    info_put_name(row, o->name);
    info_put(row, o->view_definition);
    info_put(row, "NONE");
    info_put(row, "NO");
    info_put(row, "NO");
    put_nulls(row, 1);
    info_put(row, "NO");
}

static void one_routine(cx *c, info *i, const meta_object *o)
{
    const char *type = json_get_str(o->routine, "full_data_type", "string");
    json *row = info_row(i);
    info_put_name(row, o->name);
    info_put_name(row, o->name);
    info_put(row, o->owner);
    info_put(row, "FUNCTION");
    info_put(row, json_get_str(o->routine, "data_type", "STRING"));
    info_put(row, type);
    put_lengths(c, row, type);
    info_put(row, json_get_str(o->routine, "routine_body", "SQL"));
    info_put(row, json_get_str(o->routine, "routine_definition", NULL));
    info_put(row, json_get_str(o->routine, "external_name", NULL));
    info_put(row, json_get_str(o->routine, "external_language", NULL));
    info_put(row, "SQL");
    info_put(row, json_get_bool(o->routine, "is_deterministic", true) ? "YES" : "NO");
    info_put(row, json_get_str(o->routine, "sql_data_access", "CONTAINS_SQL"));
    info_put(row, json_get_bool(o->routine, "is_null_call", true) ? "YES" : "NO");
    info_put(row, json_get_str(o->routine, "security_type", "DEFINER"));
    info_put(row, NULL);
    info_put(row, o->comment);
    put_stamps(c, row, o);
    put_nulls(row, 3);
}

static const json *members(const meta_object *o, const char *key)
{
    return json_get(json_get(o->routine, key), "parameters");
}

static void one_routines_parameters(cx *c, info *i, const meta_object *o)
{
    const json *p;
    size_t k;
    json_array_foreach (members(o, "input_params"), k, p) {
        const char *type = json_get_str(p, "type_text", "string");
        json *row = info_row(i);
        info_put_name(row, o->name);
        info_put_int(row, (int64_t)k);
        info_put(row, "IN");
        info_put(row, "NO");
        put_nulls(row, 1);
        info_put(row, json_get_str(p, "name", ""));
        info_put(row, eng_type_name(c, type));
        info_put(row, type);
        put_lengths(c, row, type);
        info_put(row, json_get_str(p, "parameter_default", NULL));
        info_put(row, json_get_str(p, "comment", NULL));
        put_nulls(row, 3);
    }
}

static void one_routines_columns(cx *c, info *i, const meta_object *o)
{
    const json *p;
    size_t k;
    json_array_foreach (members(o, "return_params"), k, p) {
        const char *type = json_get_str(p, "type_text", "string");
        json *row = info_row(i);
        info_put_name(row, o->name);
        info_put(row, json_get_str(p, "name", ""));
        info_put_int(row, (int64_t)k);
        info_put(row, eng_type_name(c, type));
        info_put(row, type);
        put_lengths(c, row, type);
        info_put(row, json_get_str(p, "comment", NULL));
        put_nulls(row, 3);
    }
}

static void one_volume(cx *c, info *i, const meta_object *o)
{
    json *row = info_row(i);
    info_put_name(row, o->name);
    info_put(row, o->table_type);
    info_put(row, o->owner);
    info_put(row, o->comment);
    info_put(row, o->location);
    put_stamps(c, row, o);
}

cx_code info_catalogs(cx *c, info *i)
{
    return each_object(c, i, META_CATALOG, false, one_catalog);
}
cx_code info_schemata(cx *c, info *i)
{
    TRY(each_object(c, i, META_SCHEMA, false, one_schema));
    return each_object(c, i, META_CATALOG, false, one_information_schema);
}
cx_code info_tables(cx *c, info *i)
{
    return each_object(c, i, META_TABLE, false, one_table);
}
cx_code info_columns(cx *c, info *i)
{
    return each_object(c, i, META_TABLE, true, one_tables_columns);
}
cx_code info_views(cx *c, info *i)
{
    return each_object(c, i, META_TABLE, false, one_view);
}
cx_code info_routines(cx *c, info *i)
{
    return each_object(c, i, META_FUNCTION, false, one_routine);
}
cx_code info_parameters(cx *c, info *i)
{
    return each_object(c, i, META_FUNCTION, false, one_routines_parameters);
}
cx_code info_routine_columns(cx *c, info *i)
{
    return each_object(c, i, META_FUNCTION, false, one_routines_columns);
}
cx_code info_volumes(cx *c, info *i)
{
    return each_object(c, i, META_VOLUME, false, one_volume);
}

/* ---- privileges ------------------------------------------------------------------ */

static void one_grant(cx *c, info *i, const meta_grant_row *g)
{
    const meta_name n = {g->name.catalog, g->type >= META_SCHEMA ? g->name.schema : NULL,
                         g->type >= META_TABLE ? g->name.name : NULL};
    json *row = info_row(i);
    info_put(row, g->grantor);
    info_put(row, g->principal);
    info_put_name(row, n);
    if (g->type == META_FUNCTION)
        info_put_name(row, n);
    char *words = cx_dup(c, g->privilege);
    for (char *p = words; *p; p++)
        if (*p == '_')
            *p = ' ';
    info_put(row, words);
    info_put(row, "NO");
    info_put(row, "NONE");
}

/* Grants on what the principal may know of, and the principal's own. */
static cx_code grants_visible(cx *c, const info *i, const meta_grant_row *rows, size_t n,
                              bool *keep)
{
    meta_object *objects = cx_array(c, meta_object, n + 1);
    for (size_t k = 0; k < n; k++) {
        objects[k] = (meta_object){.type = rows[k].type, .name = rows[k].name};
        keep[k] = true;
    }
    if (!i->r->principal)
        return CX_OK;
    TRY(meta_visible(c, i->r->e->meta, i->r->principal, objects, n, keep));
    for (size_t k = 0; k < n; k++)
        keep[k] = keep[k] || text_same_nocase(rows[k].principal, i->r->principal);
    return CX_OK;
}

static cx_code grants_below(cx *c, info *i, const char *catalog, meta_type t)
{
    meta_grant_row *rows = NULL;
    size_t n = 0;
    TRY(meta_grants(c, i->r->e->meta, META_CATALOG, (meta_name){.catalog = catalog}, true, &rows,
                    &n));
    bool *keep = cx_array(c, bool, n + 1);
    TRY(grants_visible(c, i, rows, n, keep));
    for (size_t k = 0; k < n; k++)
        if (rows[k].type == t && keep[k])
            one_grant(c, i, &rows[k]);
    return CX_OK;
}

static cx_code privileges(cx *c, info *i, meta_type t)
{
    meta_object *all = NULL;
    size_t n = 0;
    cx_code rc = CX_OK;
    if (i->catalog)
        return grants_below(c, i, i->catalog, t);
    TRY(eng_list(c, i->r, META_CATALOG, NULL, NULL, false, &all, &n));
    for (size_t k = 0; k < n; k++) {
        if (rc == CX_OK)
            rc = grants_below(c, i, all[k].name.catalog, t);
        meta_object_clear(&all[k]);
    }
    return rc;
}

cx_code info_table_privileges(cx *c, info *i)
{
    return privileges(c, i, META_TABLE);
}
cx_code info_schema_privileges(cx *c, info *i)
{
    return privileges(c, i, META_SCHEMA);
}
cx_code info_catalog_privileges(cx *c, info *i)
{
    return privileges(c, i, META_CATALOG);
}
cx_code info_routine_privileges(cx *c, info *i)
{
    return privileges(c, i, META_FUNCTION);
}
cx_code info_volume_privileges(cx *c, info *i)
{
    return privileges(c, i, META_VOLUME);
}
