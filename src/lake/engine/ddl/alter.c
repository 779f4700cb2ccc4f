/* ALTER TABLE: the log first, where Delta knows of the thing, then the metastore's row.
 *
 * A step changes copies of schema and properties and says what the change is called; the frame
 * makes one commit of it: a protocol when more is needed than there was, metaData when it is not
 * what it was, and whatever else the step added. A crash between the commit and the row leaves a
 * row behind the log; the note in `pending` brings recovery there (eng_refresh_rows). */
#include "lake/engine/ddl/alter.h"

#include "lake/engine/ddl/facts.h"
#include "lake/metastore/facts.h"

/* ---- the commit ------------------------------------------------------------------------------ */

static cx_code add_metadata(cx *c, const edit *e, json *actions)
{
    const json *old = delta_metadata(e->t->snapshot);
    AUTO(json) body = json_deep_copy(old);
    (void)c;
    if (!json_equal(e->schema, delta_schema(e->t->snapshot))) {
        AUTO_FREE char *schema = json_text(e->schema);
        json_object_set_new(body, "schemaString", json_string(schema));
    }
    json_object_set(body, "configuration", e->configuration);
    json_object_set(body, "partitionColumns", e->partitions);
    if (e->set_comment && e->comment)
        json_object_set_new(body, "description", json_string(e->comment));
    else if (e->set_comment)
        json_object_del(body, "description");
    if (!json_equal(body, old))
        json_array_append_new(actions, json_pack("{s:O}", "metaData", body));
    return CX_OK;
}

static cx_code add_protocol(cx *c, edit *e, json *actions)
{
    const delta_protocol *old = delta_protocol_of(e->t->snapshot);
    const eng_needs needs = {.schema = e->schema,
                             .configuration = e->configuration,
                             .clustered = e->clustered > 0,
                             .features = e->asked.features,
                             .min_reader = e->asked.min_reader,
                             .min_writer = e->asked.min_writer,
                             .before = old};
    AUTO(json) fresh = NULL;
    if (e->protocol)
        fresh = json_incref(e->protocol);
    else
        TRY(eng_protocol(c, &needs, &fresh));
    if (!eng_protocol_same(old, fresh))
        json_array_append_new(actions, json_pack("{s:O}", "protocol", fresh));
    return CX_OK;
}

static cx_code write_log(cx *c, edit *e, int64_t *out_version)
{
    AUTO(json) actions = json_array();
    const delta_reads nothing = {0};
    TRY(eng_check_reserved(c, e->schema, e->configuration));
    TRY(add_protocol(c, e, actions));
    TRY(add_metadata(c, e, actions));
    json_array_extend(actions, e->actions);
    const delta_commit what = {.operation = e->operation,
                               .parameters = e->parameters,
                               .user_name = e->r->s->principal,
                               .read_version = delta_version(e->t->snapshot),
                               .exclusive = e->exclusive,
                               .reads = e->exclusive ? NULL : &nothing,
                               .actions = actions};
    return delta_commit_write(c, e->t->table, &what, out_version);
}

static cx_code update_row(cx *c, const edit *e, int64_t version)
{
    const size_t n = json_array_size(e->partitions);
    const char **partitions = cx_array(c, const char *, n + 1);
    for (size_t i = 0; i < n; i++)
        partitions[i] = json_string_value(json_array_get(e->partitions, i));
    AUTO(json) columns = eng_columns_of(c, e->schema, partitions, n);
    AUTO(json)
    changes = json_pack("{s:O, s:O, s:o}", "columns", columns, "properties", e->configuration,
                        "routine", eng_row_version(version - eng_log_adds(e->configuration)));
    if (e->set_comment)
        json_object_set_new(changes, "comment", json_str_or_null(e->comment));
    return meta_update(c, e->r->e->meta, META_TABLE, e->t->object.name, changes,
                       e->r->s->principal);
}

/* ---- columns that the metastore hangs things on ---------------------------------------------- */

static bool names_column(const edit *e)
{
    return e->t->object.name.name && (e->column || e->dropped);
}

static cx_code each_column(cx *c, const edit *e, bool probe)
{
    meta *m = e->r->e->meta;
    const meta_name n = e->t->object.name;
    if (e->column)
        TRY(meta_column_renamed(c, m, n, e->column, probe ? e->column : e->to));
    for (size_t i = 0; e->dropped && e->dropped[i]; i++)
        TRY(meta_column_renamed(c, m, n, e->dropped[i], probe ? e->dropped[i] : NULL));
    return CX_OK;
}

static cx_code commit_named(cx *c, edit *e)
{
    int64_t version;
    if (names_column(e)) /* keys, masks and filters may need them */
        TRY(each_column(c, e, true));
    TRY(write_log(c, e, &version));
    if (names_column(e))
        TRY(each_column(c, e, false));
    return update_row(c, e, version);
}

static cx_code commit_edit(cx *c, edit *e)
{
    eng_note note;
    int64_t version;
    if (!e->t->object.name.name)
        return write_log(c, e, &version);
    TRY(eng_note_begin(c, e->r, delta_root(e->t->table), &note));
    const cx_code rc = commit_named(c, e);
    return eng_note_end(c, e->r, e->t->table, &note, rc);
}

/* ---- the frame ------------------------------------------------------------------------------- */

static void edit_clear(edit *e)
{
    json_decref(e->schema);
    json_decref(e->configuration);
    json_decref(e->partitions);
    json_decref(e->actions);
    json_decref(e->parameters);
    json_decref(e->protocol);
    eng_asked_clear(&e->asked);
}

static cx_code change_table(cx *c, run *r, const sql_name *name, const sql_statement *q,
                            edit_step step)
{
    AUTO_CLEAR(eng_table) t = {0};
    TRY(eng_table_load(c, r, name, "MODIFY", NULL, &t));
    TRY(delta_check_writable(c, t.snapshot));
    const json *partitions = json_get(delta_metadata(t.snapshot), "partitionColumns");
    AUTO_CLEAR(edit)
    e = {.r = r,
         .q = q,
         .t = &t,
         .schema = json_deep_copy(delta_schema(t.snapshot)),
         .configuration = eng_all_properties(t.snapshot),
         .partitions = partitions ? json_deep_copy(partitions) : json_array(),
         .actions = json_array(),
         .parameters = json_object(),
         .clustered = -1};
    TRY(step(c, &e));
    return e.nothing ? CX_OK : commit_edit(c, &e);
}

cx_code eng_comment_column(cx *c, run *r, const sql_name *table, const char *column,
                           const char *comment)
{
    const sql_statement q = {.key = column, .value = comment};
    return change_table(c, r, table, &q, eng_column_comment);
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The comment is a property to the log's history, as on the platform. What has it already is not
 * written again: who copies comments onto copies may do so twice. */
static cx_code set_table_comment(cx *c, edit *e)
{
    const char *comment = e->q->comment;
    const char *logged = json_get_str(delta_metadata(e->t->snapshot), "description", NULL);
    const char *listed = e->t->object.comment;
    e->nothing = same_text(comment, logged) && same_text(comment, listed);
    const sql_pair pair = {"comment", comment};
    const sql_statement *was = e->q, q = {.properties = &pair, .property_count = 1};
    e->q = &q;
    const cx_code rc = comment ? eng_set_properties(c, e) : eng_unset_properties(c, e);
    e->q = was;
    return rc;
}

cx_code eng_comment_table(cx *c, run *r, const sql_statement *q)
{
    return change_table(c, r, &q->name, q, set_table_comment);
}

static cx_code alter_log(cx *c, run *r, const sql_statement *q)
{
    static const struct {
        const char *action;
        edit_step step;
    } steps[] = {
        {"SET TBLPROPERTIES", eng_set_properties}, {"UNSET TBLPROPERTIES", eng_unset_properties},
        {"ADD COLUMNS", eng_add_columns},          {"REPLACE COLUMNS", eng_replace_columns},
        {"ALTER COLUMN", eng_alter_column},        {"RENAME COLUMN", eng_rename_column},
        {"DROP COLUMNS", eng_drop_columns},        {"ADD CONSTRAINT", eng_add_constraint},
        {"DROP CONSTRAINT", eng_drop_constraint},  {"CLUSTER BY", eng_cluster_by},
        {"DROP FEATURE", eng_drop_feature},
    };
    for (size_t i = 0; i < CX_COUNT(steps); i++)
        if (strcmp(q->alter_action, steps[i].action) == 0)
            return change_table(c, r, &q->name, q, steps[i].step);
    return eng_unsupported(c, "ALTER TABLE … %s", q->alter_action);
}

static cx_code alter_any(cx *c, run *r, const sql_statement *q)
{
    meta_type t;
    meta_name n = {0};
    bool done = false;
    TRY(eng_type(c, q->object, &t));
    if (q->name.path)
        return alter_log(c, r, q);
    TRY(eng_name(c, r, &q->name, t, &n));
    TRY(eng_alter_facts(c, r, q, t, n, &done));
    if (!done)
        TRY(eng_alter_meta(c, r, q, t, n, &done));
    return done ? CX_OK : alter_log(c, r, q);
}

cx_code eng_alter(cx *c, run *r, const sql_statement *q)
{
    TRY(alter_any(c, r, q));
    return eng_out_none(c, r);
}
