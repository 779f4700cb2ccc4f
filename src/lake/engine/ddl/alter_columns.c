/* ADD COLUMNS and REPLACE COLUMNS. Rows that are there have NULL in a new column, so it can be
 * neither NOT NULL nor have a value of its own: the files say nothing of it. */
#include "lake/engine/ddl/alter.h"

static cx_code refuse(cx *c, const char *what)
{
    return cx_fail_as(c, CX_INVALID, "DELTA_OPERATION_NOT_ALLOWED", "0AKDC",
                      "Operation not allowed: %s is not supported for Delta tables.", what);
}

static cx_code check_new(cx *c, edit *e, const sql_column *column)
{
    if (column->default_sql)
        return cx_fail_as(
            c, CX_INVALID, "WRONG_COLUMN_DEFAULTS_FOR_DELTA_ALTER_TABLE_ADD_COLUMN_NOT_SUPPORTED",
            "0AKDC",
            "The new column %s cannot have a DEFAULT value at once: add it without one, then say "
            "ALTER COLUMN … SET DEFAULT.",
            column->name);
    if (column->generated_sql)
        return refuse(c, "GENERATED ALWAYS AS in ALTER TABLE ADD COLUMNS");
    if (column->identity)
        return refuse(c, "IDENTITY in ALTER TABLE ADD COLUMNS");
    if (column->mask_function)
        return eng_unsupported(c, "MASK in ADD COLUMNS (use ALTER COLUMN … SET MASK)");
    if ((column->not_null || column->primary_key) && delta_file_count(e->t->snapshot) > 0)
        return refuse(c, "NOT NULL in ALTER TABLE ADD COLUMNS of a table with rows");
    e->exclusive = e->exclusive || column->not_null || column->primary_key;
    return CX_OK;
}

static const char *full_path(cx *c, const sql_column *column)
{
    return column->parent ? cx_fmt(c, "%s.%s", column->parent, column->name) : column->name;
}

static bool is_there(const json *fields, const char *name)
{
    const json *field;
    size_t i;
    json_array_foreach (fields, i, field)
        if (text_same_nocase(json_get_str(field, "name", ""), name))
            return true;
    return false;
}

static bool below_list(cx *c, const edit *e, const char *path)
{
    eng_place p;
    return path && eng_find_place(c, e->schema, path, &p) && (p.inside_list || *p.below);
}

/* The positions of later columns count those that were added before. */
static cx_code add_one(cx *c, edit *e, const sql_column *column, json *told)
{
    json *fields, *field = NULL;
    size_t at;
    cx_code rc;
    TRY(check_new(c, e, column));
    TRY(eng_struct_at(c, e->schema, column->parent, column->name, &fields));
    if (e->q->if_not_exists && is_there(fields, column->name))
        return CX_OK;
    TRY(eng_find_position(c, fields, column->first, column->after, json_array_size(fields), &at));
    TRY(eng_field_of_column(c, column, &field));
    rc = eng_check_nulls(c, field, below_list(c, e, column->parent), "");
    if (rc != CX_OK) {
        json_decref(field);
        return rc;
    }
    json *entry = json_pack("{s:O}", "column", field);
    if (column->first || column->after)
        json_object_set_new(
            entry, "position",
            json_string(column->first ? "FIRST" : cx_fmt(c, "AFTER %s", column->after)));
    json_array_append_new(told, entry);
    json_array_insert_new(fields, at, field);
    if (column->parent)
        json_object_set_new(entry, "path", json_string(full_path(c, column)));
    return CX_OK;
}

/* Name clashes, ids. */
static cx_code settle(cx *c, edit *e)
{
    TRY(eng_check_names(c, json_get(e->schema, "fields")));
    return eng_map_columns(c, e->schema, e->configuration, false);
}

cx_code eng_add_columns(cx *c, edit *e)
{
    AUTO(json) told = json_array();
    for (size_t i = 0; i < e->q->column_count; i++)
        TRY(add_one(c, e, &e->q->columns[i], told));
    TRY(settle(c, e));
    e->operation = "ADD COLUMNS";
    eng_parameter(e, "columns", told);
    e->nothing = json_array_size(told) == 0;
    return CX_OK;
}

/* ---- REPLACE COLUMNS ------------------------------------------------------------------------- */

static json *take_known(json *fields, const char *name)
{
    json *field;
    size_t i;
    json_array_foreach (fields, i, field)
        if (text_same_nocase(json_get_str(field, "name", ""), name)) {
            json_incref(field);
            json_array_remove(fields, i);
            return field;
        }
    return NULL;
}

/* A column that stays keeps what it is; type and comment may change as with ALTER COLUMN. */
static cx_code keep_column(cx *c, edit *e, const sql_column *column, json *field)
{
    json *metadata = json_get(field, "metadata");
    eng_place p = {.field = field, .holder = field, .member = "type", .below = ""};
    if (column->not_null && json_get_bool(field, "nullable", true))
        return refuse(c, "NOT NULL in ALTER TABLE REPLACE COLUMNS");
    if (!column->not_null)
        json_object_set_new(field, "nullable", json_true());
    if (column->comment)
        json_object_set_new(metadata, "comment", json_string(column->comment));
    else
        json_object_del(metadata, "comment");
    return eng_change_type(c, e, &p, column->name, column->type);
}

static cx_code check_gone(cx *c, const edit *e, const json *gone)
{
    const json *field;
    size_t i;
    json_array_foreach (gone, i, field) {
        const char *name = json_get_str(field, "name", "");
        if (!eng_is_mapped(e->configuration) || eng_is_partition(e, name))
            return cx_fail_as(c, CX_INVALID, "DELTA_UNSUPPORTED_ALTER_TABLE_REPLACE_COL_OP",
                              "0AKDC",
                              "Unsupported ALTER TABLE REPLACE COLUMNS operation: the column %s "
                              "would be dropped, and %s.",
                              name,
                              eng_is_partition(e, name) ? "it is a partition column"
                                                        : "the table has no column mapping");
        TRY(eng_check_dependents(c, e, name));
    }
    return CX_OK;
}

static cx_code note_dropped(cx *c, edit *e, const json *gone)
{
    const json *field;
    size_t i;
    const char **names = cx_array(c, const char *, json_array_size(gone) + 1);
    json_array_foreach (gone, i, field)
        names[i] = cx_dup(c, json_get_str(field, "name", ""));
    e->dropped = names;
    return CX_OK;
}

cx_code eng_replace_columns(cx *c, edit *e)
{
    AUTO(json) old = json_incref(json_get(e->schema, "fields"));
    json *fields = json_array();
    json_object_set_new(e->schema, "fields", fields);
    for (size_t i = 0; i < e->q->column_count; i++) {
        const sql_column *column = &e->q->columns[i];
        json *field = take_known(old, column->name);
        if (field) {
            json_array_append_new(fields, field);
            TRY(keep_column(c, e, column, field));
            continue;
        }
        TRY(check_new(c, e, column));
        TRY(eng_field_of_column(c, column, &field));
        json_array_append_new(fields, field);
        TRY(eng_check_nulls(c, field, false, ""));
    }
    TRY(check_gone(c, e, old));
    TRY(note_dropped(c, e, old));
    TRY(settle(c, e));
    e->operation = "REPLACE COLUMNS";
    eng_parameter(e, "columns", fields);
    return CX_OK;
}
