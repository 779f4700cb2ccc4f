/* RENAME COLUMN and DROP COLUMNS: changes of names only, which column mapping makes possible. The
 * files stay as they are; a physical name that was dropped never comes back. */
#include "lake/engine/ddl/alter.h"

static cx_code need_mapping(cx *c, const edit *e, const char *condition, const char *what)
{
    if (eng_is_mapped(e->configuration))
        return CX_OK;
    (void)cx_fail_as(c, CX_INVALID, condition, "0AKDC",
                     "Columns of %s cannot be %s: the table has no column mapping.", e->t->shown,
                     what);
    return cx_hint(c, "ALTER TABLE %s SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name')",
                   e->t->shown);
}

/* "a, s.x" of a property, with one path renamed or, with NULL, taken out. */
static void change_list(cx *c, edit *e, const char *key, const char *path, const char *to)
{
    const char *list = json_get_str(e->configuration, key, NULL);
    buf b = BUF(BUF_ANY);
    const size_t n = strlen(path);
    bool any = false;
    if (!list)
        return;
    for (const char *p = list; *p;) {
        p += strspn(p, " ,");
        const size_t length = strcspn(p, ",");
        char *item = cx_dupn(c, p, length);
        p += length;
        const bool hit = strncasecmp(item, path, n) == 0 && (!item[n] || item[n] == '.');
        if (!*item || (hit && !to))
            continue;
        buf_addf(&b, "%s%s%s", any ? "," : "", hit ? to : item, hit ? item + n : "");
        any = true;
    }
    json_object_set_new(e->configuration, key, json_string(buf_text(&b)));
    if (!any)
        json_object_del(e->configuration, key);
    buf_clear(&b);
}

static void rename_partition(const edit *e, const char *from, const char *to)
{
    for (size_t i = 0; i < json_array_size(e->partitions); i++)
        if (text_same_nocase(json_string_value(json_array_get(e->partitions, i)), from))
            json_array_set_new(e->partitions, i, json_string(to));
}

cx_code eng_rename_column(cx *c, edit *e)
{
    eng_place p;
    const char *to = e->q->value;
    TRY(need_mapping(c, e, "DELTA_UNSUPPORTED_RENAME_COLUMN", "renamed"));
    TRY(eng_place_in(c, e, e->q->key, &p));
    if (*p.below)
        return eng_column_missing(c, e, e->q->key);
    TRY(eng_check_dependents(c, e, e->q->key));
    const char *from = cx_dup(c, json_get_str(p.field, "name", ""));
    json_object_set_new(p.field, "name", json_string(to));
    const size_t above = strlen(e->q->key) - strlen(from);
    const char *path = cx_fmt(c, "%.*s%s", (int)above, e->q->key, to);
    change_list(c, e, "delta.dataSkippingStatsColumns", e->q->key, path);
    if (p.depth == 0) {
        rename_partition(e, from, to);
        e->column = from;
        e->to = to;
    }
    e->operation = "RENAME COLUMN";
    json_object_set_new(e->parameters, "oldColumnPath", json_string(e->q->key));
    json_object_set_new(e->parameters, "newColumnPath", json_string(path));
    return eng_check_names(c, json_get(e->schema, "fields"));
}

/* ---- DROP ------------------------------------------------------------------------------------ */

static bool within(const char *path, const char *whole)
{
    const size_t n = strlen(path);
    return strncasecmp(whole, path, n) == 0 && (!whole[n] || whole[n] == '.');
}

static cx_code check_layout(cx *c, const edit *e, const char *path)
{
    AUTO(json) clusters = eng_clustered_by(c, e->t->snapshot);
    const json *column;
    size_t i;
    if (eng_is_partition(e, path))
        return cx_fail_as(c, CX_INVALID, "DELTA_UNSUPPORTED_DROP_PARTITION_COLUMN", "0AKDC",
                          "Dropping partition columns (%s) is not supported.", path);
    json_array_foreach (clusters, i, column)
        if (within(path, json_string_value(column)))
            return cx_fail_as(c, CX_INVALID, "DELTA_UNSUPPORTED_DROP_CLUSTERING_COLUMN", "0AKDC",
                              "Dropping clustering columns (%s) is not supported.", path);
    return CX_OK;
}

static cx_code drop_one(cx *c, edit *e, const char *path, json *told)
{
    eng_place p;
    const bool found = eng_find_place(c, e->schema, path, &p) && !*p.below;
    if (!found && e->q->if_exists)
        return CX_OK;
    if (!found)
        return eng_column_missing(c, e, path);
    TRY(check_layout(c, e, path));
    TRY(eng_check_dependents(c, e, path));
    if (json_array_size(p.fields) == 1)
        return cx_fail_as(c, CX_INVALID, "DELTA_DROP_COLUMN_ON_SINGLE_FIELD_SCHEMA", "0AKDC",
                          "Cannot drop the column %s: it is the only one of %s.", path,
                          p.depth ? "its struct" : e->t->shown);
    json_array_append_new(told, json_string(path));
    if (p.depth == 0)
        ((const char **)(uintptr_t)e->dropped)[json_array_size(told) - 1] =
            cx_dup(c, json_get_str(p.field, "name", ""));
    change_list(c, e, "delta.dataSkippingStatsColumns", path, NULL);
    json_array_remove(p.fields, p.index);
    return CX_OK;
}

cx_code eng_drop_columns(cx *c, edit *e)
{
    AUTO(json) told = json_array();
    TRY(need_mapping(c, e, "DELTA_UNSUPPORTED_DROP_COLUMN", "dropped"));
    e->dropped = cx_array(c, const char *, e->q->insert_column_count + 1);
    for (size_t i = 0; i < e->q->insert_column_count; i++)
        TRY(drop_one(c, e, e->q->insert_columns[i], told));
    e->operation = "DROP COLUMNS";
    eng_parameter(e, "columns", told);
    e->nothing = json_array_size(told) == 0;
    return CX_OK;
}
