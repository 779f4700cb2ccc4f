/* A table in hand: its row in the metastore, its log, and one pinned version. */
#include "lake/engine/engine_int.h"

#include "base/when.h"
#include "sql/quote.h"

void eng_table_clear(eng_table *t)
{
    delta_snapshot_free(t->snapshot);
    delta_table_free(t->table);
    meta_object_clear(&t->object);
    *t = (eng_table){0};
}

cx_code eng_load_object(cx *c, run *r, const sql_name *n, const char *privilege, meta_object *out)
{
    meta_name name;
    TRY(eng_name(c, r, n, META_TABLE, &name));
    TRY(meta_load(c, r->e->meta, META_TABLE, name, out));
    const cx_code rc = privilege ? eng_require(c, r, privilege, META_TABLE, name) : CX_OK;
    if (rc != CX_OK)
        meta_object_clear(out);
    return rc;
}

/* ---- time travel ------------------------------------------------------------- */

/* The text inside a plain literal ('2024-01-01' or 5), NULL when it is an expression. */
static const char *literal(cx *c, const char *sql)
{
    const size_t n = strlen(sql);
    if (n >= 2 && sql[0] == '\'' && sql[n - 1] == '\'' && !memchr(sql + 1, '\'', n - 2) &&
        !strchr(sql, '\\'))
        return cx_dupn(c, sql + 1, n - 2);
    return n && strspn(sql, "0123456789") == n ? sql : NULL;
}

static cx_code evaluate(cx *c, run *r, const char *sql, const char *before, const char *after,
                        int64_t *out)
{
    duck_conn *conn;
    char *text = NULL;
    TRY(eng_conn(c, r, &conn));
    TRY(eng_expression(c, r, sql, &text));
    buf b = BUF(BUF_ANY);
    buf_adds(&b, before);
    buf_adds(&b, text);
    buf_adds(&b, after);
    cx_code rc = eng_guard(c, r, buf_text(&b));
    if (rc == CX_OK)
        rc = duck_one_int(c, conn, buf_text(&b), out);
    buf_clear(&b);
    return rc;
}

static cx_code travel_version(cx *c, run *r, const char *sql, delta_at *out)
{
    const char *text = literal(c, sql);
    char *end = NULL;
    out->version = text ? strtoll(text, &end, 10) : -1;
    if (!text)
        TRY(evaluate(c, r, sql, "SELECT CAST(", " AS BIGINT)", &out->version));
    if ((end && *end) || out->version < 0)
        return cx_fail_as(c, CX_INVALID, "INVALID_TIME_TRAVEL_SPEC", "42K0E",
                          "VERSION AS OF wants a whole number, not %s.", sql);
    return CX_OK;
}

cx_code eng_travel(cx *c, run *r, const sql_travel *travel, delta_at *out)
{
    *out = DELTA_LATEST;
    if (!travel)
        return CX_OK;
    if (travel->version_sql)
        return travel_version(c, r, travel->version_sql, out);
    if (!travel->timestamp_sql)
        return CX_OK;
    const char *text = literal(c, travel->timestamp_sql);
    if (!text)
        return evaluate(c, r, travel->timestamp_sql, "SELECT epoch_us(CAST((", ") AS TIMESTAMPTZ))",
                        &out->timestamp_us);
    if (!when_parse_us(text, &out->timestamp_us))
        return cx_fail_as(c, CX_INVALID, "INVALID_TIME_TRAVEL_TIMESTAMP_EXPR.INPUT", "42K0E",
                          "TIMESTAMP AS OF wants a timestamp, not %s.", travel->timestamp_sql);
    return CX_OK;
}

/* ---- the metastore's row of a table ---------------------------------------------------
 *
 * The row has a copy of the schema and the properties, for listings. The log is changed first; who
 * dies then, or changes the log without us, leaves a row behind. It is brought up to date when
 * somebody has the table in hand, and by recovery. The version in the row says what it was copied
 * from, so that a reader of an older version never takes it back. */

json *eng_row_version(int64_t version)
{
    return json_pack("{s:I}", "log_version", (json_int_t)version);
}

bool eng_has_files_elsewhere(const delta_snapshot *s)
{
    for (size_t i = 0; i < delta_file_count(s); i++) {
        const char *path = delta_file_at(s, i)->path;
        if (text_starts(path, "file:") || path[0] == '/')
            return true;
    }
    return false;
}

const char *eng_shallow_type(const char *table_type)
{
    return text_starts(table_type, "MANAGED") ? "MANAGED_SHALLOW_CLONE" : "EXTERNAL_SHALLOW_CLONE";
}

static bool row_is_behind(cx *c, const meta_object *o, const delta_snapshot *s, json **changes)
{
    AUTO(json) columns = NULL;
    AUTO(json) properties = NULL;
    if (json_get_int(o->routine, "log_version", -1) >= delta_version(s))
        return false;
    columns = eng_snapshot_columns(c, s);
    properties = eng_all_properties(s);
    const bool clone = !text_ends(o->table_type, "_SHALLOW_CLONE") && eng_has_files_elsewhere(s);
    if (!clone && json_equal(columns, o->columns) && json_equal(properties, o->properties))
        return false;
    *changes = json_pack("{s:O, s:O, s:o}", "columns", columns, "properties", properties, "routine",
                         eng_row_version(delta_version(s)));
    if (clone)
        json_object_set_new(*changes, "table_type", json_string(eng_shallow_type(o->table_type)));
    return true;
}

/* A listing that stays behind is no reason to fail. */
static void refresh_row(cx *c, engine *e, meta_object *o, const delta_snapshot *s)
{
    AUTO(json) changes = NULL;
    cx own;
    if (!row_is_behind(c, o, s, &changes))
        return;
    cx_init(&own);
    if (meta_update(&own, e->meta, META_TABLE, o->name, changes, o->updated_by) != CX_OK)
        cx_warn(c, "%s: the metastore's columns stay as they were: %s", eng_quoted(c, o->name),
                own.error.message);
    cx_clear(&own);
    json_decref(o->columns);
    json_decref(o->properties);
    o->columns = json_incref(json_get(changes, "columns"));
    o->properties = json_incref(json_get(changes, "properties"));
}

cx_code eng_refresh_rows(cx *c, engine *e, const char *location)
{
    meta_object *all = NULL;
    size_t n = 0;
    AUTO(delta_table) table = NULL;
    AUTO(delta_snapshot) snapshot = NULL;
    if (!delta_is_table(c, location))
        return CX_OK;
    TRY(delta_open(c, location, &e->parquet, &table));
    TRY(delta_snapshot_load(c, table, DELTA_LATEST, &snapshot));
    TRY(meta_list(c, e->meta, META_TABLE, NULL, NULL, true, &all, &n));
    for (size_t i = 0; i < n; i++) {
        if (all[i].location && !all[i].view_definition &&
            text_same_nocase(all[i].format, "DELTA") && strcmp(all[i].location, location) == 0)
            refresh_row(c, e, &all[i], snapshot);
        meta_object_clear(&all[i]);
    }
    return CX_OK;
}

/* ---- loading --------------------------------------------------------------------- */

static cx_code pin(cx *c, run *r, const char *location, const sql_travel *travel, eng_table *out)
{
    delta_at at;
    TRY(eng_travel(c, r, travel, &at));
    TRY(delta_open(c, location, &r->e->parquet, &out->table));
    return delta_snapshot_load(c, out->table, at, &out->snapshot);
}

static cx_code load_path(cx *c, run *r, const sql_name *n, const sql_travel *travel, eng_table *out)
{
    char *location = NULL;
    if (!text_same_nocase(n->parts[0], "delta"))
        return eng_unsupported(c, "paths of the format %s here", n->parts[0]);
    TRY(eng_require_path(c, r));
    TRY(eng_location(c, n->path, &location));
    out->shown = cx_fmt(c, "delta.%s", sql_ident(c, n->path));
    return pin(c, r, location, travel, out);
}

static cx_code load_named(cx *c, run *r, const sql_name *n, const char *privilege,
                          const sql_travel *travel, eng_table *out)
{
    TRY(eng_load_object(c, r, n, privilege, &out->object));
    const meta_object *o = &out->object;
    out->shown = eng_quoted(c, o->name);
    if (o->view_definition)
        return cx_fail_as(c, CX_INVALID, "EXPECT_TABLE_NOT_VIEW", "42809",
                          "%s is a view; this statement wants a table.", out->shown);
    if (!text_same_nocase(o->format, "DELTA"))
        return cx_fail_as(c, CX_INVALID, "DELTA_ONLY_OPERATION", "0AKDD",
                          "%s is a %s table; this statement wants a Delta table.", out->shown,
                          o->format ? o->format : "foreign");
    TRY(pin(c, r, o->location, travel, out));
    if (!travel || (!travel->version_sql && !travel->timestamp_sql))
        refresh_row(c, r->e, &out->object, out->snapshot);
    return CX_OK;
}

cx_code eng_table_load(cx *c, run *r, const sql_name *n, const char *privilege,
                       const sql_travel *travel, eng_table *out)
{
    eng_table t = {0};
    const cx_code rc =
        n->path ? load_path(c, r, n, travel, &t) : load_named(c, r, n, privilege, travel, &t);
    if (rc != CX_OK) {
        if (t.shown)
            (void)cx_frame(c, "table %s", t.shown);
        eng_table_clear(&t);
        return rc;
    }
    *out = t;
    return CX_OK;
}

/* ---- columns for the metastore ------------------------------------------------------ */

static int partition_index(const char *const *partitions, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (text_same_nocase(partitions[i], name))
            return (int)i;
    return -1;
}

/* char and varchar are strings to Delta, with their own text in the metadata. */
static const char *column_type(cx *c, const json *field)
{
    const char *original =
        json_get_str(json_get(field, "metadata"), "__CHAR_VARCHAR_TYPE_STRING", NULL);
    return original ? original : delta_type_sql(c, json_get(field, "type"));
}

json *eng_columns_of(cx *c, const json *schema, const char *const *partitions, size_t count)
{
    json *columns = json_array();
    const json *field;
    size_t i;
    json_array_foreach (json_get(schema, "fields"), i, field) {
        const char *name = json_get_str(field, "name", "");
        const int part = partition_index(partitions, count, name);
        AUTO_FREE char *field_text = json_text(field);
        const char *type = column_type(c, field);
        json *column =
            json_pack("{s:s, s:s, s:s, s:s, s:b, s:i}", "name", name, "type_text", type,
                      "type_name", eng_type_name(c, type), "type_json", field_text, "nullable",
                      json_get_bool(field, "nullable", true), "position", (int)i);
        const char *comment = json_get_str(json_get(field, "metadata"), "comment", NULL);
        if (comment)
            json_object_set_new(column, "comment", json_string(comment));
        if (part >= 0)
            json_object_set_new(column, "partition_index", json_integer(part));
        json_array_append_new(columns, column);
    }
    return columns;
}

static const char **partitions_of(cx *c, const delta_snapshot *s)
{
    const size_t n = delta_partition_count(s);
    const char **names = cx_array(c, const char *, n + 1);
    for (size_t i = 0; i < n; i++)
        names[i] = delta_partition_name(s, i);
    return names;
}

json *eng_snapshot_columns(cx *c, const delta_snapshot *s)
{
    return eng_columns_of(c, delta_schema(s), partitions_of(c, s), delta_partition_count(s));
}

json *eng_all_properties(const delta_snapshot *s)
{
    const json *found = json_get(delta_metadata(s), "configuration");
    return json_is_object(found) ? json_deep_copy(found) : json_object();
}
