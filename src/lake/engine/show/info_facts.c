/* information_schema on constraints, tags, masks and row filters. A row shows when its object does.
 * spec: wire §14.4 */
#include "lake/engine/show/info.h"
#include "lake/metastore/facts.h"

/* Which of n rows' objects the principal may know of; `name_of` and `type_of` pick them out. */
static cx_code visible(cx *c, const info *i, const meta_object *objects, size_t n, bool **out)
{
    *out = cx_array(c, bool, n + 1);
    for (size_t k = 0; k < n; k++)
        (*out)[k] = true;
    return i->r->principal ? meta_visible(c, i->r->e->meta, i->r->principal, objects, n, *out)
                           : CX_OK;
}

/* ---- keys ------------------------------------------------------------------------------ */

typedef cx_code (*one_key)(cx *c, info *i, const meta_key_row *k);

static cx_code each_key(cx *c, info *i, one_key one)
{
    meta_key_row *rows = NULL;
    size_t n = 0;
    bool *keep;
    TRY(meta_keys_below(c, i->r->e->meta, i->catalog, &rows, &n));
    meta_object *objects = cx_array(c, meta_object, n + 1);
    for (size_t k = 0; k < n; k++)
        objects[k] = (meta_object){.type = META_TABLE, .name = rows[k].table};
    TRY(visible(c, i, objects, n, &keep));
    for (size_t k = 0; k < n; k++)
        if (keep[k])
            TRY(one(c, i, &rows[k]));
    return CX_OK;
}

static void put_constraint(json *row, meta_name table, const char *name)
{
    info_put(row, table.catalog);
    info_put(row, table.schema);
    info_put(row, name);
}

static void put_constraint_row(info *i, meta_name table, const char *name, const char *type,
                               const char *enforced)
{
    json *row = info_row(i);
    put_constraint(row, table, name);
    info_put_name(row, table);
    info_put(row, type);
    info_put(row, "NO");
    info_put(row, "NO");
    info_put(row, enforced);
    info_put(row, NULL);
}

static cx_code constraint_of_key(cx *c, info *i, const meta_key_row *k)
{
    (void)c;
    put_constraint_row(i, k->table, k->name, k->foreign ? "FOREIGN KEY" : "PRIMARY KEY", "NO");
    return CX_OK;
}

static cx_code parse_list(cx *c, const char *text, json **out)
{
    return json_parse(c, text ? text : "[]", text ? strlen(text) : 2, "a key's columns", out);
}

/* Where the parent's column that a foreign key's column refers to stands in the primary key. */
static int64_t position_in_parent(const json *refers, const json *order, size_t at)
{
    const char *name = json_string_value(json_array_get(refers, at));
    const json *column;
    size_t i;
    json_array_foreach (order, i, column)
        if (name && text_same_nocase(name, json_string_value(column)))
            return (int64_t)i + 1;
    return (int64_t)at + 1;
}

static cx_code columns_of_key(cx *c, info *i, const meta_key_row *k)
{
    AUTO(json) columns = NULL;
    AUTO(json) refers = NULL;
    AUTO(json) order = NULL;
    const json *column;
    size_t at;
    TRY(parse_list(c, k->columns, &columns));
    TRY(parse_list(c, k->parent_columns, &refers));
    TRY(parse_list(c, k->parent_order, &order));
    json_array_foreach (columns, at, column) {
        json *row = info_row(i);
        put_constraint(row, k->table, k->name);
        info_put_name(row, k->table);
        info_put(row, json_string_value(column));
        info_put_int(row, (int64_t)at + 1);
        if (k->foreign)
            info_put_int(row, position_in_parent(refers, order, at));
        else
            info_put(row, NULL);
    }
    return CX_OK;
}

/* The columns that a constraint is about: of a foreign key, those that it refers to. */
static cx_code usage_of_key(cx *c, info *i, const meta_key_row *k)
{
    AUTO(json) columns = NULL;
    const json *column;
    size_t at;
    TRY(parse_list(c, k->foreign ? k->parent_columns : k->columns, &columns));
    if (k->foreign && !k->parent.name)
        return CX_OK;
    json_array_foreach (columns, at, column) {
        json *row = info_row(i);
        info_put_name(row, k->foreign ? k->parent : k->table);
        info_put(row, json_string_value(column));
        put_constraint(row, k->table, k->name);
    }
    return CX_OK;
}

static cx_code tables_of_key(cx *c, info *i, const meta_key_row *k)
{
    (void)c;
    if (k->foreign && !k->parent.name)
        return CX_OK;
    json *row = info_row(i);
    info_put_name(row, k->foreign ? k->parent : k->table);
    put_constraint(row, k->table, k->name);
    return CX_OK;
}

static cx_code reference_of_key(cx *c, info *i, const meta_key_row *k)
{
    (void)c;
    if (!k->foreign || !k->parent.name)
        return CX_OK;
    json *row = info_row(i);
    put_constraint(row, k->table, k->name);
    put_constraint(row, k->parent, k->parent_key);
    info_put(row, "FULL");
    info_put(row, "NO ACTION");
    info_put(row, "NO ACTION");
    return CX_OK;
}

/* ---- CHECK constraints: the table's properties have them ---------------------------------- */

typedef void (*one_check)(info *i, meta_name table, const char *name, const char *clause);

static cx_code each_check(cx *c, info *i, one_check one)
{
    static const char prefix[] = "delta.constraints.";
    meta_object *all = NULL;
    size_t n = 0;
    TRY(eng_list(c, i->r, META_TABLE, i->catalog, NULL, false, &all, &n));
    for (size_t k = 0; k < n; k++) {
        const char *key;
        json *value;
        json_object_foreach (all[k].properties, key, value)
            if (text_starts(key, prefix))
                one(i, all[k].name, key + strlen(prefix), json_string_value(value));
    }
    eng_list_clear(all, n);
    return CX_OK;
}

static void check_as_constraint(info *i, meta_name table, const char *name, const char *clause)
{
    (void)clause;
    put_constraint_row(i, table, name, "CHECK", "YES");
}

static void check_clause(info *i, meta_name table, const char *name, const char *clause)
{
    json *row = info_row(i);
    put_constraint(row, table, name);
    info_put(row, clause);
    info_put(row, NULL);
    info_put(row, NULL);
}

cx_code info_table_constraints(cx *c, info *i)
{
    TRY(each_key(c, i, constraint_of_key));
    return each_check(c, i, check_as_constraint);
}
cx_code info_key_columns(cx *c, info *i)
{
    return each_key(c, i, columns_of_key);
}
cx_code info_constraint_columns(cx *c, info *i)
{
    return each_key(c, i, usage_of_key);
}
cx_code info_constraint_tables(cx *c, info *i)
{
    return each_key(c, i, tables_of_key);
}
cx_code info_references(cx *c, info *i)
{
    return each_key(c, i, reference_of_key);
}
cx_code info_checks(cx *c, info *i)
{
    return each_check(c, i, check_clause);
}

/* ---- tags ------------------------------------------------------------------------------- */

static cx_code tags(cx *c, info *i, meta_type t, bool of_columns)
{
    meta_tag_row *rows = NULL;
    size_t n = 0;
    bool *keep;
    TRY(meta_tags_below(c, i->r->e->meta, i->catalog, &rows, &n));
    meta_object *objects = cx_array(c, meta_object, n + 1);
    for (size_t k = 0; k < n; k++)
        objects[k] = (meta_object){.type = rows[k].type, .name = rows[k].name};
    TRY(visible(c, i, objects, n, &keep));
    for (size_t k = 0; k < n; k++) {
        if (!keep[k] || rows[k].type != t || of_columns != (rows[k].column != NULL))
            continue;
        json *row = info_row(i);
        const meta_name name = {rows[k].name.catalog, t >= META_SCHEMA ? rows[k].name.schema : NULL,
                                t >= META_TABLE ? rows[k].name.name : NULL};
        info_put_name(row, name);
        if (of_columns)
            info_put(row, rows[k].column);
        info_put(row, rows[k].key);
        info_put(row, rows[k].value);
    }
    return CX_OK;
}

cx_code info_catalog_tags(cx *c, info *i)
{
    return tags(c, i, META_CATALOG, false);
}
cx_code info_schema_tags(cx *c, info *i)
{
    return tags(c, i, META_SCHEMA, false);
}
cx_code info_table_tags(cx *c, info *i)
{
    return tags(c, i, META_TABLE, false);
}
cx_code info_column_tags(cx *c, info *i)
{
    return tags(c, i, META_TABLE, true);
}
cx_code info_volume_tags(cx *c, info *i)
{
    return tags(c, i, META_VOLUME, false);
}

/* ---- masks and filters ------------------------------------------------------------------- */

static cx_code joined(cx *c, const char *list, const char **out)
{
    AUTO(json) names = NULL;
    const json *name;
    size_t k;
    buf b = BUF(BUF_ANY);
    TRY(parse_list(c, list, &names));
    json_array_foreach (names, k, name)
        buf_addf(&b, "%s%s", k ? ", " : "", json_string_value(name));
    *out = json_array_size(names) ? cx_dup(c, buf_text(&b)) : NULL;
    buf_clear(&b);
    return CX_OK;
}

static cx_code policies(cx *c, info *i, bool filters)
{
    meta_policy_row *rows = NULL;
    size_t n = 0;
    bool *keep;
    TRY(meta_policies_below(c, i->r->e->meta, i->catalog, &rows, &n));
    meta_object *objects = cx_array(c, meta_object, n + 1);
    for (size_t k = 0; k < n; k++)
        objects[k] = (meta_object){.type = META_TABLE, .name = rows[k].table};
    TRY(visible(c, i, objects, n, &keep));
    for (size_t k = 0; k < n; k++) {
        const char *arguments;
        if (!keep[k] || filters != (rows[k].column == NULL))
            continue;
        TRY(joined(c, rows[k].arguments, &arguments));
        json *row = info_row(i);
        info_put_name(row, rows[k].table);
        if (!filters)
            info_put(row, rows[k].column);
        info_put(row, meta_full_name(c, META_FUNCTION, rows[k].function));
        info_put(row, arguments);
    }
    return CX_OK;
}

cx_code info_masks(cx *c, info *i)
{
    return policies(c, i, false);
}
cx_code info_filters(cx *c, info *i)
{
    return policies(c, i, true);
}
