/* ALTER: the log first, where Delta knows of the thing, then the metastore's row.
 *
 * A crash between the two leaves a row behind the log: the row is a copy for listings, and the next
 * change of the table writes it anew; queries read the log. */
#include "lake/engine/ddl/facts.h"
#include "lake/engine/ddl/schema.h"

typedef struct {
    run *r;
    eng_table *t;
    json *schema, *configuration; /* copies to be changed; owned by change_table */
    const char *operation;
    json *parameters; /* owned by change_table */
} edit;

typedef cx_code (*edit_step)(cx *c, edit *e, const sql_statement *q);

static cx_code metadata_action(cx *c, const edit *e, json *actions)
{
    json *body = json_deep_copy(delta_metadata(e->t->snapshot));
    AUTO_FREE char *schema = json_text(e->schema);
    json *protocol = NULL;
    json_object_set_new(body, "schemaString", json_string(schema));
    json_object_set(body, "configuration", e->configuration);
    json_array_append_new(actions, json_pack("{s:o}", "metaData", body));
    TRY(eng_protocol(c, e->schema, e->configuration, false, delta_protocol_of(e->t->snapshot),
                     &protocol));
    const delta_protocol *old = delta_protocol_of(e->t->snapshot);
    const size_t features = json_array_size(json_get(protocol, "writerFeatures"));
    size_t before = 0;
    while (old->writer_features[before])
        before++;
    if (json_get_int(protocol, "minReaderVersion", 0) != old->min_reader ||
        json_get_int(protocol, "minWriterVersion", 0) != old->min_writer ||
        (old->min_writer >= 7 && features != before))
        json_array_insert_new(actions, 0, json_pack("{s:o}", "protocol", protocol));
    else
        json_decref(protocol);
    return CX_OK;
}

static cx_code update_row(cx *c, const edit *e)
{
    const char **partitions = cx_array(c, const char *, delta_partition_count(e->t->snapshot) + 1);
    for (size_t i = 0; i < delta_partition_count(e->t->snapshot); i++)
        partitions[i] = delta_partition_name(e->t->snapshot, i);
    AUTO(json)
    columns = eng_columns_of(c, e->schema, partitions, delta_partition_count(e->t->snapshot));
    AUTO(json)
    changes = json_pack("{s:O, s:O}", "columns", columns, "properties", e->configuration);
    return meta_update(c, e->r->e->meta, META_TABLE, e->t->object.name, changes,
                       e->r->s->principal);
}

static cx_code commit_edit(cx *c, edit *e)
{
    AUTO(json) actions = json_array();
    int64_t version;
    TRY(metadata_action(c, e, actions));
    const delta_commit what = {.operation = e->operation,
                               .parameters = e->parameters,
                               .user_name = e->r->s->principal,
                               .read_version = delta_version(e->t->snapshot),
                               .actions = actions};
    TRY(delta_commit_write(c, e->t->table, &what, &version));
    return e->t->object.name.name ? update_row(c, e) : CX_OK;
}

static cx_code change_table(cx *c, run *r, const sql_name *name, const sql_statement *q,
                            edit_step step)
{
    AUTO_CLEAR(eng_table) t = {0};
    TRY(eng_table_load(c, r, name, "MODIFY", NULL, &t));
    TRY(delta_check_writable(c, t.snapshot));
    AUTO(json) schema = json_deep_copy(delta_schema(t.snapshot));
    AUTO(json) configuration = eng_all_properties(t.snapshot);
    AUTO(json) parameters = json_object();
    edit e = {.r = r,
              .t = &t,
              .schema = schema,
              .configuration = configuration,
              .parameters = parameters};
    TRY(step(c, &e, q));
    return commit_edit(c, &e);
}

/* ---- steps -------------------------------------------------------------------------------- */

static cx_code set_properties(cx *c, edit *e, const sql_statement *q)
{
    AUTO(json) given = json_object();
    const char *mode = json_get_str(e->configuration, "delta.columnMapping.mode", "none");
    for (size_t i = 0; i < q->property_count; i++) {
        const char *key = q->properties[i].key, *value = q->properties[i].value;
        if (strcmp(key, "delta.columnMapping.mode") == 0 && !text_same_nocase(value, mode))
            return eng_unsupported(c, "changing the column mapping mode of a table");
        if (text_starts(key, "delta.feature.") || text_starts(key, "delta.min"))
            return eng_unsupported(c, "the table property %s", key);
        if (text_starts(key, "delta.constraints."))
            return eng_unsupported(c, "constraints by way of table properties");
        json_object_set_new(e->configuration, key, json_string(value));
        json_object_set_new(given, key, json_string(value));
    }
    AUTO_FREE char *text = json_text(given);
    e->operation = "SET TBLPROPERTIES";
    json_object_set_new(e->parameters, "properties", json_string(text));
    return CX_OK;
}

static cx_code unset_properties(cx *c, edit *e, const sql_statement *q)
{
    AUTO(json) keys = json_array();
    for (size_t i = 0; i < q->property_count; i++) {
        const char *key = q->properties[i].key;
        if (!json_object_get(e->configuration, key) && !q->if_exists)
            return cx_fail_as(c, CX_INVALID, "DELTA_UNSET_NON_EXISTENT_PROPERTY", "42616",
                              "Attempted to unset non-existent property '%s' in table %s.", key,
                              e->t->shown);
        if (text_starts(key, "delta.columnMapping."))
            return eng_unsupported(c, "changing the column mapping mode of a table");
        json_object_del(e->configuration, key);
        json_array_append_new(keys, json_string(key));
    }
    AUTO_FREE char *text = json_text(keys);
    e->operation = "UNSET TBLPROPERTIES";
    json_object_set_new(e->parameters, "properties", json_string(text));
    json_object_set_new(e->parameters, "ifExists", json_boolean(q->if_exists));
    return CX_OK;
}

static cx_code add_columns(cx *c, edit *e, const sql_statement *q)
{
    AUTO(json) added = NULL;
    json *fields = json_get(e->schema, "fields"), *field;
    const char *mode = json_get_str(e->configuration, "delta.columnMapping.mode", "none");
    size_t i;
    TRY(eng_schema_of_columns(c, q->columns, q->column_count, &added));
    json_array_foreach (json_get(added, "fields"), i, field) {
        if (q->columns[i].not_null || q->columns[i].default_sql || q->columns[i].first ||
            q->columns[i].after)
            return eng_unsupported(c, "ADD COLUMN with NOT NULL, DEFAULT, FIRST or AFTER");
        if (q->if_not_exists && eng_find_field(e->schema, json_get_str(field, "name", "")))
            continue;
        if (!text_same_nocase(mode, "none"))
            eng_map_field(field, e->configuration);
        json_array_append(fields, field);
    }
    AUTO_FREE char *text = json_text(json_get(added, "fields"));
    e->operation = "ADD COLUMNS";
    json_object_set_new(e->parameters, "columns", json_string(text));
    return eng_check_names(c, fields);
}

static cx_code column_missing(cx *c, const edit *e, const char *column)
{
    return cx_fail_as(c, CX_INVALID, "UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703",
                      "A column with name `%s` cannot be resolved: %s has no such column.", column,
                      e->t->shown);
}

static cx_code comment_column(cx *c, edit *e, const sql_statement *q)
{
    json *field = eng_find_field(e->schema, q->key);
    if (!field)
        return column_missing(c, e, q->key);
    if (q->value)
        json_object_set_new(json_get(field, "metadata"), "comment", json_string(q->value));
    else
        json_object_del(json_get(field, "metadata"), "comment");
    AUTO_FREE char *text = json_text(field);
    e->operation = "CHANGE COLUMN";
    json_object_set_new(e->parameters, "column", json_string(text));
    return CX_OK;
}

static cx_code alter_column(cx *c, edit *e, const sql_statement *q)
{
    json *field = eng_find_field(e->schema, q->key);
    if (!field)
        return column_missing(c, e, q->key);
    if (text_same_nocase(q->what, "COMMENT"))
        return comment_column(c, e, q);
    if (!text_same_nocase(q->what, "DROP NOT NULL"))
        return eng_unsupported(c, "ALTER COLUMN … %s", q->what);
    json_object_set_new(field, "nullable", json_true());
    AUTO_FREE char *text = json_text(field);
    e->operation = "CHANGE COLUMN";
    json_object_set_new(e->parameters, "column", json_string(text));
    return CX_OK;
}

static cx_code need_mapping(cx *c, const edit *e)
{
    const char *mode = json_get_str(e->configuration, "delta.columnMapping.mode", "none");
    if (!text_same_nocase(mode, "none"))
        return CX_OK;
    return cx_fail_as(
        c, CX_INVALID, "DELTA_UNSUPPORTED_RENAME_COLUMN", "0AKDC",
        "Columns of %s cannot be renamed or dropped: the table has no column mapping.",
        e->t->shown);
}

static cx_code rename_column(cx *c, edit *e, const sql_statement *q)
{
    json *field = eng_find_field(e->schema, q->key);
    TRY(need_mapping(c, e));
    if (!field)
        return column_missing(c, e, q->key);
    for (size_t i = 0; i < delta_partition_count(e->t->snapshot); i++)
        if (text_same_nocase(delta_partition_name(e->t->snapshot, i), q->key))
            return eng_unsupported(c, "renaming partition columns");
    json_object_set_new(field, "name", json_string(q->value));
    e->operation = "RENAME COLUMN";
    json_object_set_new(e->parameters, "oldColumnPath", json_string(q->key));
    json_object_set_new(e->parameters, "newColumnPath", json_string(q->value));
    return eng_check_names(c, json_get(e->schema, "fields"));
}

static cx_code drop_columns(cx *c, edit *e, const sql_statement *q)
{
    json *fields = json_get(e->schema, "fields");
    AUTO(json) names = json_array();
    TRY(need_mapping(c, e));
    for (size_t i = 0; i < q->insert_column_count; i++) {
        const json *field = eng_find_field(e->schema, q->insert_columns[i]);
        if (!field && q->if_exists)
            continue;
        if (!field)
            return column_missing(c, e, q->insert_columns[i]);
        for (size_t k = 0; k < delta_partition_count(e->t->snapshot); k++)
            if (text_same_nocase(delta_partition_name(e->t->snapshot, k), q->insert_columns[i]))
                return eng_unsupported(c, "dropping partition columns");
        for (size_t k = 0; k < json_array_size(fields); k++)
            if (json_array_get(fields, k) == field) {
                json_array_remove(fields, k);
                break;
            }
        json_array_append_new(names, json_string(q->insert_columns[i]));
    }
    AUTO_FREE char *text = json_text(names);
    e->operation = "DROP COLUMNS";
    json_object_set_new(e->parameters, "columns", json_string(text));
    return CX_OK;
}

/* ---- what only the metastore knows ------------------------------------------------------------
 */

static cx_code set_owner(cx *c, run *r, const sql_statement *q, meta_type t, meta_name n)
{
    AUTO(json) changes = json_pack("{s:s}", "owner", q->principal);
    TRY(eng_require(c, r, "MANAGE", t, n));
    return meta_update(c, r->e->meta, t, n, changes, r->s->principal);
}

static cx_code rename_object(cx *c, run *r, const sql_statement *q, meta_type t, meta_name n)
{
    meta_name to;
    const char *full[3] = {n.catalog, n.schema, NULL};
    const int wanted = t == META_CATALOG ? 1 : t == META_SCHEMA ? 2 : 3;
    TRY(eng_require(c, r, "MANAGE", t, n));
    /* A short new name stays beside the old one, whatever the current schema is. */
    run beside = *r;
    beside.catalog = full[0];
    beside.schema = full[1] ? full[1] : r->schema;
    TRY(eng_name(c, &beside, &q->source, t, &to));
    if (wanted > 1 && strcmp(to.catalog, n.catalog) != 0)
        return cx_fail_as(c, CX_INVALID, "RENAME_ACROSS_CATALOGS", "0A000",
                          "%s cannot be moved to another catalog.", eng_quoted(c, n));
    if (wanted > 2 && strcmp(to.schema, n.schema) != 0)
        TRY(eng_require(c, r, "CREATE_TABLE", META_SCHEMA,
                        (meta_name){.catalog = to.catalog, .schema = to.schema}));
    AUTO(json)
    changes = json_pack("{s:s}", "new_name",
                        wanted == 1   ? to.catalog
                        : wanted == 2 ? to.schema
                                      : to.name);
    if (wanted > 2)
        json_object_set_new(changes, "new_schema", json_string(to.schema));
    return meta_update(c, r->e->meta, t, n, changes, r->s->principal);
}

static cx_code meta_properties(cx *c, run *r, const sql_statement *q, meta_type t, meta_name n)
{
    AUTO_CLEAR(meta_object) o = {0};
    const bool set = text_starts(q->alter_action, "SET");
    TRY(eng_require(c, r, "MANAGE", t, n));
    TRY(meta_load(c, r->e->meta, t, n, &o));
    for (size_t i = 0; i < q->property_count; i++) {
        if (set)
            json_object_set_new(o.properties, q->properties[i].key,
                                json_string(q->properties[i].value));
        else
            json_object_del(o.properties, q->properties[i].key);
    }
    AUTO(json) changes = json_pack("{s:O}", "properties", o.properties);
    return meta_update(c, r->e->meta, t, n, changes, r->s->principal);
}

static cx_code change_view(cx *c, run *r, const sql_statement *q, meta_name n)
{
    sql_statement create = *q;
    const engine_sink silent = {0}, *was = r->sink;
    AUTO_CLEAR(meta_object) o = {0};
    TRY(meta_load(c, r->e->meta, META_TABLE, n, &o));
    create.kind = SQL_CREATE_VIEW;
    create.replace = create.create = true;
    create.comment = o.comment;
    r->sink = &silent;
    const cx_code rc = eng_create_view(c, r, &create);
    r->sink = was;
    return rc;
}

static cx_code is_delta(cx *c, run *r, meta_name n, bool *out)
{
    AUTO_CLEAR(meta_object) o = {0};
    TRY(meta_load(c, r->e->meta, META_TABLE, n, &o));
    *out = o.format && text_same_nocase(o.format, "DELTA");
    return CX_OK;
}

cx_code eng_comment_column(cx *c, run *r, const sql_name *table, const char *column,
                           const char *comment)
{
    const sql_statement q = {.key = column, .value = comment};
    return change_table(c, r, table, &q, comment_column);
}

static cx_code alter_table(cx *c, run *r, const sql_statement *q, meta_name n)
{
    static const struct {
        const char *action;
        edit_step step;
    } steps[] = {
        {"SET TBLPROPERTIES", set_properties}, {"UNSET TBLPROPERTIES", unset_properties},
        {"ADD COLUMNS", add_columns},          {"ALTER COLUMN", alter_column},
        {"RENAME COLUMN", rename_column},      {"DROP COLUMNS", drop_columns},
    };
    bool delta = true;
    if (!q->name.path)
        TRY(is_delta(c, r, n, &delta));
    if (!delta && text_ends(q->alter_action, "TBLPROPERTIES"))
        return meta_properties(c, r, q, META_TABLE, n);
    if (strcmp(q->alter_action, "AS") == 0)
        return change_view(c, r, q, n);
    for (size_t i = 0; i < CX_COUNT(steps); i++)
        if (strcmp(q->alter_action, steps[i].action) == 0)
            return change_table(c, r, &q->name, q, steps[i].step);
    return eng_unsupported(c, "ALTER TABLE … %s", q->alter_action);
}

static cx_code alter_any(cx *c, run *r, const sql_statement *q)
{
    meta_type t;
    meta_name n = {0};
    TRY(eng_type(c, q->object, &t));
    if (q->name.path)
        return alter_table(c, r, q, n);
    bool done;
    TRY(eng_name(c, r, &q->name, t, &n));
    TRY(eng_alter_facts(c, r, q, t, n, &done));
    if (done)
        return CX_OK;
    if (strcmp(q->alter_action, "SET OWNER") == 0)
        return set_owner(c, r, q, t, n);
    if (strcmp(q->alter_action, "RENAME") == 0)
        return rename_object(c, r, q, t, n);
    if (t == META_TABLE)
        return alter_table(c, r, q, n);
    if (text_ends(q->alter_action, "PROPERTIES"))
        return meta_properties(c, r, q, t, n);
    return eng_unsupported(c, "ALTER %s … %s", q->object, q->alter_action);
}

cx_code eng_alter(cx *c, run *r, const sql_statement *q)
{
    TRY(alter_any(c, r, q));
    return eng_out_none(c, r);
}
