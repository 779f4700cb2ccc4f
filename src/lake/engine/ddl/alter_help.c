/* What the steps of ALTER TABLE share: places, positions, who depends on a column, and questions
 * about the rows that are there. */
#include "lake/engine/ddl/alter.h"

cx_code eng_column_missing(cx *c, const edit *e, const char *column)
{
    return cx_fail_as(c, CX_INVALID, "UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703",
                      "A column with name `%s` cannot be resolved: %s has no such column.", column,
                      e->t->shown);
}

cx_code eng_place_in(cx *c, const edit *e, const char *path, eng_place *out)
{
    return eng_find_place(c, e->schema, path, out) ? CX_OK : eng_column_missing(c, e, path);
}

void eng_parameter(edit *e, const char *key, const json *value)
{
    AUTO_FREE char *text = json_text(value);
    json_object_set_new(e->parameters, key, json_string(text));
}

bool eng_is_partition(const edit *e, const char *column)
{
    const json *name;
    size_t i;
    json_array_foreach (e->partitions, i, name)
        if (text_same_nocase(json_string_value(name), column))
            return true;
    return false;
}

/* ---- positions ------------------------------------------------------------------------------- */

void eng_move_field(json *fields, size_t from, size_t to)
{
    json *field = json_incref(json_array_get(fields, from));
    json_array_remove(fields, from);
    json_array_insert_new(fields, to, field);
}

cx_code eng_find_position(cx *c, const json *fields, bool first, const char *after,
                          size_t otherwise, size_t *out)
{
    const json *field;
    size_t i;
    *out = first ? 0 : otherwise;
    if (!after)
        return CX_OK;
    json_array_foreach (fields, i, field)
        if (text_same_nocase(json_get_str(field, "name", ""), after)) {
            *out = i + 1;
            return CX_OK;
        }
    return cx_fail_as(c, CX_INVALID, "FIELD_NOT_FOUND", "42704",
                      "There is no column `%s` that another one could stand after.", after);
}

/* ---- dependents ------------------------------------------------------------------------------ */

static cx_code check_constraints(cx *c, const edit *e, const char *path)
{
    const char *key;
    const json *value;
    json_object_foreach (e->configuration, key, value) {
        bool reads;
        if (!text_starts(key, "delta.constraints."))
            continue;
        TRY(eng_reads_column(c, json_string_value(value), path, &reads));
        if (reads)
            return cx_fail_as(c, CX_INVALID, "DELTA_CONSTRAINT_DEPENDENT_COLUMN_CHANGE", "42K09",
                              "Cannot alter the column %s because it is referenced by the CHECK "
                              "constraint %s -> %s.",
                              path, key + strlen("delta.constraints."), json_string_value(value));
    }
    return CX_OK;
}

cx_code eng_check_dependents(cx *c, const edit *e, const char *path)
{
    const json *field;
    size_t i;
    TRY(check_constraints(c, e, path));
    json_array_foreach (json_get(e->schema, "fields"), i, field) {
        const char *sql =
            json_get_str(json_get(field, "metadata"), "delta.generationExpression", NULL);
        bool reads = false;
        if (sql)
            TRY(eng_reads_column(c, sql, path, &reads));
        if (reads)
            return cx_fail_as(
                c, CX_INVALID, "DELTA_GENERATED_COLUMNS_DEPENDENT_COLUMN_CHANGE", "42K09",
                "Cannot alter the column %s because it is referenced by the generated "
                "column %s -> %s.",
                path, json_get_str(field, "name", ""), sql);
    }
    return CX_OK;
}

/* ---- the rows that are there --------------------------------------------------------- */

static cx_code take_number(cx *c, void *self, const char *const *values, const size_t *lengths)
{
    const char **out = self;
    (void)lengths;
    *out = values[0] ? cx_dup(c, values[0]) : NULL;
    return CX_OK;
}

/* One value of one row: "SELECT <select> FROM the table [WHERE where]". */
static cx_code ask(cx *c, edit *e, const char *select, const char *where, const char **out)
{
    AUTO(duck_result) result = NULL;
    const char *relation;
    char *sql = NULL;
    TRY(eng_relation_new(c, e->r, e->t->shown, e->t->shown, &relation));
    TRY(eng_scan_view(c, e->r, e->t->snapshot, relation, false));
    TRY(eng_rule_query(c, e->r,
                       cx_fmt(c, "SELECT %s FROM %s%s%s", select, relation, where ? " WHERE " : "",
                              where ? where : ""),
                       &sql));
    TRY(eng_guard(c, e->r, sql));
    TRY(eng_run_duck(c, e->r, sql, &result));
    return duck_each(c, result, take_number, out);
}

cx_code eng_count_rows(cx *c, edit *e, const char *condition, int64_t *out)
{
    const char *text = NULL;
    *out = 0;
    e->exclusive = true;
    if (delta_file_count(e->t->snapshot) == 0)
        return CX_OK;
    TRY(ask(c, e, "count(*)", condition, &text));
    *out = text ? strtoll(text, NULL, 10) : 0;
    return CX_OK;
}

cx_code eng_one_number(cx *c, edit *e, const char *expression, bool *out_null, int64_t *out)
{
    const char *text = NULL;
    e->exclusive = true;
    if (delta_file_count(e->t->snapshot) > 0)
        TRY(ask(c, e, expression, NULL, &text));
    *out_null = !text;
    *out = text ? strtoll(text, NULL, 10) : 0;
    return CX_OK;
}
