/* Tags, keys, masks and row filters in SQL. Functions of masks and filters are looked up when they
 * are set and named in full from then on; that the columns exist is checked here, since the
 * metastore does not know what an expression may name. */
#include "lake/engine/ddl/facts.h"

#include "base/hash.h"
#include "lake/metastore/facts.h"
#include "sql/quote.h"

static cx_code find_column(cx *c, const meta_object *o, const char *name, const char **out)
{
    const json *column;
    size_t i;
    json_array_foreach (o->columns, i, column)
        if (text_same_nocase(json_get_str(column, "name", ""), name)) {
            *out = cx_dup(c, json_get_str(column, "name", ""));
            return CX_OK;
        }
    return cx_fail_as(c, CX_INVALID, "UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703",
                      "A column with name `%s` cannot be resolved: %s has no such column.", name,
                      eng_quoted(c, o->name));
}

/* Names as the table spells them, as JSON text. */
static cx_code column_list(cx *c, const meta_object *o, const char *const *names, size_t n,
                           const char **out)
{
    AUTO(json) list = json_array();
    for (size_t i = 0; i < n; i++) {
        const char *name;
        TRY(find_column(c, o, names[i], &name));
        json_array_append_new(list, json_string(name));
    }
    AUTO_FREE char *text = json_text(list);
    *out = cx_dup(c, text);
    return CX_OK;
}

/* ---- tags ---------------------------------------------------------------------------- */

static cx_code change_tags(cx *c, run *r, const sql_statement *q, meta_type t, meta_name n,
                           const char *column, bool set)
{
    AUTO(json) pairs = json_object();
    AUTO(json) keys = json_array();
    TRY(eng_require(c, r, "APPLY_TAG", t, n));
    for (size_t i = 0; i < q->property_count; i++) {
        const char *value = q->properties[i].value;
        json_object_set_new(pairs, q->properties[i].key, json_string(value ? value : ""));
        json_array_append_new(keys, json_string(q->properties[i].key));
    }
    return set ? meta_tags_set(c, r->e->meta, t, n, column, pairs, r->s->principal)
               : meta_tags_unset(c, r->e->meta, t, n, column, keys);
}

/* ---- masks and filters ------------------------------------------------------------------ */

/* How many arguments the function takes must fit: a call that cannot work would shut the table. */
static cx_code find_function(cx *c, run *r, const sql_name *name, size_t arguments, meta_name *out)
{
    AUTO_CLEAR(meta_object) f = {0};
    TRY(eng_name(c, r, name, META_FUNCTION, out));
    TRY(eng_require(c, r, "EXECUTE", META_FUNCTION, *out));
    TRY(meta_load(c, r->e->meta, META_FUNCTION, *out, &f));
    const size_t takes =
        json_array_size(json_get(json_get(f.routine, "input_params"), "parameters"));
    if (takes == arguments)
        return CX_OK;
    return cx_fail_as(c, CX_INVALID, "WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "42605",
                      "The function %s takes %zu argument%s, and would be given %zu.",
                      eng_quoted(c, *out), takes, takes == 1 ? "" : "s", arguments);
}

static cx_code function_name(cx *c, const char *text, sql_name *out)
{
    char *parts[3];
    *out = (sql_name){0};
    TRY(sql_split_name(c, text, 3, parts, &out->count));
    for (int i = 0; i < out->count; i++)
        out->parts[i] = parts[i];
    return CX_OK;
}

static cx_code set_mask(cx *c, run *r, const meta_object *o, const char *column,
                        const sql_column *mask)
{
    meta_policy_row p = {.table = o->name};
    sql_name name;
    TRY(find_column(c, o, column, &p.column));
    TRY(column_list(c, o, mask->mask_columns, mask->mask_column_count, &p.arguments));
    TRY(function_name(c, mask->mask_function, &name));
    TRY(find_function(c, r, &name, 1 + mask->mask_column_count, &p.function));
    return meta_policy_set(c, r->e->meta, &p);
}

static cx_code set_filter(cx *c, run *r, const meta_object *o, const sql_statement *q)
{
    meta_policy_row p = {.table = o->name};
    TRY(column_list(c, o, q->row_filter_columns, q->row_filter_column_count, &p.arguments));
    TRY(find_function(c, r, &q->row_filter, q->row_filter_column_count, &p.function));
    return meta_policy_set(c, r->e->meta, &p);
}

/* ---- keys --------------------------------------------------------------------------------- */

static size_t count_of(const char *const *names)
{
    size_t n = 0;
    while (names && names[n])
        n++;
    return n;
}

static const char *key_name(cx *c, const meta_object *o, const sql_constraint *k)
{
    char random[9];
    if (k->name)
        return k->name;
    hex_random(random, 8);
    return k->kind == SQL_PRIMARY_KEY ? cx_fmt(c, "%s_pk", o->name.name)
                                      : cx_fmt(c, "%s_fk_%s", o->name.name, random);
}

static cx_code nullable_key(cx *c, const meta_object *o, const char *const *columns)
{
    const json *column;
    size_t i;
    for (size_t k = 0; columns[k]; k++)
        json_array_foreach (o->columns, i, column)
            if (text_same_nocase(json_get_str(column, "name", ""), columns[k]) &&
                json_get_bool(column, "nullable", true))
                return cx_fail_as(c, CX_INVALID, "PRIMARY_KEY_COLUMN_NULLABLE", "42831",
                                  "Cannot create the primary key because its child column(s) `%s` "
                                  "is nullable. Please change the column nullability and retry.",
                                  columns[k]);
    return CX_OK;
}

static cx_code add_key(cx *c, run *r, const meta_object *o, const sql_constraint *k)
{
    meta_key_row row = {.table = o->name,
                        .name = key_name(c, o, k),
                        .foreign = k->kind == SQL_FOREIGN_KEY,
                        .rely = k->rely};
    TRY(column_list(c, o, (const char *const *)k->columns,
                    count_of((const char *const *)k->columns), &row.columns));
    if (!row.foreign)
        TRY(nullable_key(c, o, (const char *const *)k->columns));
    if (row.foreign) {
        AUTO_CLEAR(meta_object) parent = {0};
        TRY(eng_name(c, r, &k->parent, META_TABLE, &row.parent));
        TRY(eng_require(c, r, "SELECT", META_TABLE, row.parent));
        TRY(meta_load(c, r->e->meta, META_TABLE, row.parent, &parent));
        if (k->parent_columns && k->parent_columns[0])
            TRY(column_list(c, &parent, (const char *const *)k->parent_columns,
                            count_of((const char *const *)k->parent_columns), &row.parent_columns));
    }
    return meta_key_add(c, r->e->meta, &row);
}

/* The key that DROP means: by name, or the primary key, or the foreign key over columns. NULL =
 * none of the table's keys. */
static cx_code find_key(cx *c, run *r, const sql_statement *q, meta_name n, const char **out)
{
    meta_key_row *rows = NULL;
    size_t count = 0;
    TRY(meta_keys_of(c, r->e->meta, n, &rows, &count));
    *out = NULL;
    for (size_t i = 0; i < count && !*out; i++) {
        AUTO(json) columns = NULL;
        TRY(json_parse(c, rows[i].columns, strlen(rows[i].columns), "columns", &columns));
        bool same = json_array_size(columns) == q->insert_column_count;
        for (size_t k = 0; same && k < q->insert_column_count; k++)
            same = text_same_nocase(json_string_value(json_array_get(columns, k)),
                                    q->insert_columns[k]);
        if (strcmp(q->alter_action, "DROP CONSTRAINT") == 0 ? text_same_nocase(rows[i].name, q->key)
            : strcmp(q->alter_action, "DROP PRIMARY KEY") == 0 ? !rows[i].foreign
                                                               : rows[i].foreign && same)
            *out = rows[i].name;
    }
    return CX_OK;
}

static cx_code drop_key(cx *c, run *r, const sql_statement *q, meta_name n, bool *out_done)
{
    const char *name;
    TRY(find_key(c, r, q, n, &name));
    if (!name && strcmp(q->alter_action, "DROP CONSTRAINT") == 0)
        return CX_OK; /* perhaps a CHECK constraint: the log's affair */
    *out_done = true;
    if (!name && q->if_exists)
        return CX_OK;
    return meta_key_drop(c, r->e->meta, n, name ? name : "", false, q->cascade);
}

/* ---- dispatch -------------------------------------------------------------------------------- */

static cx_code alter_column(cx *c, run *r, const sql_statement *q, const meta_object *o,
                            bool *out_done)
{
    const bool set = strcmp(q->what, "SET TAGS") == 0;
    const char *column = NULL;
    if (set || strcmp(q->what, "UNSET TAGS") == 0) {
        *out_done = true;
        TRY(find_column(c, o, q->key, &column));
        return change_tags(c, r, q, META_TABLE, o->name, column, set);
    }
    if (strcmp(q->what, "SET MASK") == 0) {
        *out_done = true;
        TRY(eng_require(c, r, "MANAGE", META_TABLE, o->name));
        return set_mask(c, r, o, q->key, &q->columns[0]);
    }
    if (strcmp(q->what, "DROP MASK") == 0) {
        *out_done = true;
        TRY(eng_require(c, r, "MANAGE", META_TABLE, o->name));
        TRY(find_column(c, o, q->key, &column));
        return meta_policy_drop(c, r->e->meta, o->name, column);
    }
    return CX_OK;
}

static cx_code alter_table(cx *c, run *r, const sql_statement *q, meta_name n, bool *out_done)
{
    AUTO_CLEAR(meta_object) o = {0};
    const char *action = q->alter_action;
    const bool key = strcmp(action, "ADD CONSTRAINT") == 0 && q->constraints[0].kind != SQL_CHECK;
    const bool filter = text_ends(action, "ROW FILTER");
    if (!key && !filter && !text_starts(action, "DROP ") && strcmp(action, "ALTER COLUMN") != 0)
        return CX_OK;
    TRY(meta_load(c, r->e->meta, META_TABLE, n, &o));
    if (strcmp(action, "ALTER COLUMN") == 0)
        return alter_column(c, r, q, &o, out_done);
    if (key || filter)
        TRY(eng_require(c, r, "MANAGE", META_TABLE, n));
    *out_done = key || filter;
    if (key)
        return add_key(c, r, &o, &q->constraints[0]);
    if (filter)
        return text_starts(action, "SET") ? set_filter(c, r, &o, q)
                                          : meta_policy_drop(c, r->e->meta, n, NULL);
    if (strcmp(action, "DROP CONSTRAINT") == 0 || text_ends(action, " KEY")) {
        TRY(eng_require(c, r, "MANAGE", META_TABLE, n));
        return drop_key(c, r, q, n, out_done);
    }
    return CX_OK;
}

cx_code eng_alter_facts(cx *c, run *r, const sql_statement *q, meta_type t, meta_name n,
                        bool *out_done)
{
    const bool set = strcmp(q->alter_action, "SET TAGS") == 0;
    *out_done = set || strcmp(q->alter_action, "UNSET TAGS") == 0;
    if (*out_done)
        return change_tags(c, r, q, t, n, NULL, set);
    return t == META_TABLE ? alter_table(c, r, q, n, out_done) : CX_OK;
}

cx_code eng_created_facts(cx *c, run *r, const sql_statement *q, meta_name n)
{
    AUTO_CLEAR(meta_object) o = {0};
    TRY(meta_load(c, r->e->meta, META_TABLE, n, &o));
    for (size_t i = 0; i < q->column_count; i++) {
        const char *only[] = {q->columns[i].name, NULL};
        const sql_constraint key = {
            .kind = SQL_PRIMARY_KEY, .columns = only, .rely = q->columns[i].rely};
        if (q->columns[i].primary_key)
            TRY(add_key(c, r, &o, &key));
        if (q->columns[i].mask_function)
            TRY(set_mask(c, r, &o, q->columns[i].name, &q->columns[i]));
    }
    for (size_t i = 0; i < q->constraint_count; i++)
        if (q->constraints[i].kind != SQL_CHECK)
            TRY(add_key(c, r, &o, &q->constraints[i]));
    return q->row_filter.count ? set_filter(c, r, &o, q) : CX_OK;
}
