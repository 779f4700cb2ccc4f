/* SHOW. Column names are those that JDBC drivers and dbt read. spec: wire §14.1 */
#include "lake/engine/engine_int.h"

#include "lake/engine/engine.h"
#include "sql/quote.h"

/* Patterns of SHOW … LIKE: "*" or "%" for any run, "|" between alternatives, case does not count.
 */
static bool match_one(const char *p, size_t n, const char *text)
{
    for (; n; p++, n--, text++) {
        if (*p == '*' || *p == '%') {
            for (const char *t = text;; t++) {
                if (match_one(p + 1, n - 1, t))
                    return true;
                if (!*t)
                    return false;
            }
        }
        if (!*text || strncasecmp(p, text, 1) != 0)
            return false;
    }
    return !*text;
}

static bool matches(const char *pattern, const char *text)
{
    if (!pattern)
        return true;
    for (const char *p = pattern;; p++) {
        const size_t n = strcspn(p, "|");
        if (match_one(p, n, text))
            return true;
        p += n;
        if (!*p)
            return false;
    }
}

static cx_code columns(cx *c, run *r, const char *const *names, size_t n)
{
    engine_column *all = cx_array(c, engine_column, n + 1);
    for (size_t i = 0; i < n; i++)
        all[i] =
            (engine_column){names[i], strcmp(names[i], "isTemporary") == 0 ? "BOOLEAN" : "STRING"};
    return eng_out_columns(c, r, all, n);
}

typedef cx_code (*object_row)(cx *c, run *r, const meta_object *o);
typedef struct {
    meta_type type;
    object_row row;
    const char *names[8];
} listing;

/* The schema of SHOW TABLES [IN s]: none, s or c.s. */
static cx_code schema_of(cx *c, run *r, const sql_statement *q, meta_name *out)
{
    if (q->name.count == 0) {
        const sql_name current = {.parts = {r->schema}, .count = 1};
        return eng_name(c, r, &current, META_SCHEMA, out);
    }
    return eng_name(c, r, &q->name, META_SCHEMA, out);
}

static const char *name_of(const meta_object *o)
{
    return o->type == META_CATALOG  ? o->name.catalog
           : o->type == META_SCHEMA ? o->name.schema
                                    : o->name.name;
}

static cx_code list_objects(cx *c, run *r, const sql_statement *q, const listing *l,
                            const char *catalog, const char *schema)
{
    meta_object *all = NULL;
    size_t n = 0, count = 0;
    cx_code rc = CX_OK;
    while (l->names[count])
        count++;
    TRY(eng_list(c, r, l->type, catalog, schema, false, &all, &n));
    rc = columns(c, r, l->names, count);
    for (size_t i = 0; rc == CX_OK && i < n; i++)
        if (matches(q->pattern, name_of(&all[i])))
            rc = l->row(c, r, &all[i]);
    eng_list_clear(all, n);
    return rc;
}

static cx_code row_name(cx *c, run *r, const meta_object *o)
{
    const char *const values[] = {name_of(o)};
    return eng_out_row(c, r, values, 1);
}

static cx_code row_table(cx *c, run *r, const meta_object *o)
{
    const char *const values[] = {o->name.schema, o->name.name, "false"};
    return eng_out_row(c, r, values, 3);
}

static cx_code row_view(cx *c, run *r, const meta_object *o)
{
    const char *const values[] = {o->name.schema, o->name.name, "false"};
    return o->view_definition ? eng_out_row(c, r, values, 3) : CX_OK;
}

static cx_code row_function(cx *c, run *r, const meta_object *o)
{
    const char *const values[] = {meta_full_name(c, META_FUNCTION, o->name)};
    return eng_out_row(c, r, values, 1);
}

static cx_code row_volume(cx *c, run *r, const meta_object *o)
{
    const char *const values[] = {o->name.schema, o->name.name};
    return eng_out_row(c, r, values, 2);
}

static cx_code row_full_table(cx *c, run *r, const meta_object *o)
{
    const char *const values[] = {o->name.schema,  o->name.name,  "false",   "",
                                  o->name.catalog, o->table_type, o->comment};
    return eng_out_row(c, r, values, 7);
}

static const listing catalogs = {META_CATALOG, row_name, {"catalog"}};
static const listing schemas = {META_SCHEMA, row_name, {"databaseName"}};
static const listing tables = {META_TABLE, row_table, {"database", "tableName", "isTemporary"}};
static const listing views = {META_TABLE, row_view, {"namespace", "viewName", "isTemporary"}};
static const listing functions = {META_FUNCTION, row_function, {"function"}};
static const listing volumes = {META_VOLUME, row_volume, {"database", "volume_name"}};
static const listing full_tables = {META_TABLE,
                                    row_full_table,
                                    {"namespace", "tableName", "isTemporary", "information",
                                     "catalogName", "tableType", "remarks"}};

static cx_code show_schemas(cx *c, run *r, const sql_statement *q)
{
    meta_name n = {.catalog = r->catalog};
    if (q->name.count)
        TRY(eng_name(c, r, &q->name, META_CATALOG, &n));
    return list_objects(c, r, q, &schemas, n.catalog, NULL);
}

static cx_code show_in_catalog(cx *c, run *r, const sql_statement *q)
{
    meta_name n;
    TRY(eng_name(c, r, &q->name, META_CATALOG, &n));
    return list_objects(c, r, q, &full_tables, n.catalog, NULL);
}

static cx_code show_in_schema(cx *c, run *r, const sql_statement *q, const listing *l)
{
    meta_name n;
    if (q->object && text_same_nocase(q->object, "CATALOG") && l == &tables)
        return show_in_catalog(c, r, q);
    TRY(schema_of(c, r, q, &n));
    if (eng_is_information_schema(n))
        return columns(c, r, l->names, l->names[2] ? 3 : l->names[1] ? 2 : 1);
    return list_objects(c, r, q, l, n.catalog, n.schema);
}

/* ---- of one table ------------------------------------------------------------------------ */

static cx_code show_columns(cx *c, run *r, const sql_statement *q)
{
    static const char *const names[] = {"col_name"};
    AUTO_CLEAR(meta_object) o = {0};
    const json *column;
    size_t i;
    TRY(eng_load_object(c, r, &q->name, "SELECT", &o));
    TRY(columns(c, r, names, 1));
    json_array_foreach (o.columns, i, column) {
        const char *const values[] = {json_get_str(column, "name", "")};
        TRY(eng_out_row(c, r, values, 1));
    }
    return CX_OK;
}

/* The log's configuration where there is a log, else what the metastore keeps. */
static cx_code properties_of(cx *c, run *r, const sql_statement *q, json **out)
{
    AUTO_CLEAR(meta_object) o = {0};
    AUTO_CLEAR(eng_table) t = {0};
    if (!q->name.path)
        TRY(eng_load_object(c, r, &q->name, "SELECT", &o));
    if (!q->name.path && !text_same_nocase(o.format, "DELTA")) {
        *out = json_deep_copy(o.properties);
        return CX_OK;
    }
    TRY(eng_table_load(c, r, &q->name, "SELECT", NULL, &t));
    *out = eng_all_properties(t.snapshot);
    const delta_protocol *p = delta_protocol_of(t.snapshot);
    json_object_set_new(*out, "delta.minReaderVersion", json_sprintf("%d", p->min_reader));
    json_object_set_new(*out, "delta.minWriterVersion", json_sprintf("%d", p->min_writer));
    for (size_t i = 0; p->writer_features[i]; i++)
        json_object_set_new(*out, cx_fmt(c, "delta.feature.%s", p->writer_features[i]),
                            json_string("supported"));
    return CX_OK;
}

static cx_code show_properties(cx *c, run *r, const sql_statement *q)
{
    static const char *const names[] = {"key", "value"};
    AUTO(json) all = NULL;
    TRY(properties_of(c, r, q, &all));
    TRY(columns(c, r, names, 2));
    if (q->key) {
        const char *missing = cx_fmt(c, "Table does not have property: %s", q->key);
        const char *const values[] = {q->key, json_get_str(all, q->key, missing)};
        return eng_out_row(c, r, values, 2);
    }
    AUTO_FREE char *text = json_canonical(all); /* sorted by key */
    AUTO(json) sorted = NULL;
    TRY(json_parse(c, text, strlen(text), "table properties", &sorted));
    const char *key;
    const json *value;
    json_object_foreach (sorted, key, value) {
        const char *const values[] = {key, json_string_value(value)};
        TRY(eng_out_row(c, r, values, 2));
    }
    return CX_OK;
}

cx_code eng_show(cx *c, run *r, const sql_statement *q)
{
    if (strcmp(q->what, "CATALOGS") == 0)
        return list_objects(c, r, q, &catalogs, NULL, NULL);
    if (strcmp(q->what, "SCHEMAS") == 0 || strcmp(q->what, "DATABASES") == 0)
        return show_schemas(c, r, q);
    if (strcmp(q->what, "TABLES") == 0)
        return show_in_schema(c, r, q, &tables);
    if (strcmp(q->what, "VIEWS") == 0)
        return show_in_schema(c, r, q, &views);
    if (strcmp(q->what, "FUNCTIONS") == 0)
        return show_in_schema(c, r, q, &functions);
    if (strcmp(q->what, "VOLUMES") == 0)
        return show_in_schema(c, r, q, &volumes);
    if (strcmp(q->what, "COLUMNS") == 0)
        return show_columns(c, r, q);
    if (strcmp(q->what, "TBLPROPERTIES") == 0)
        return show_properties(c, r, q);
    if (strcmp(q->what, "CREATE TABLE") == 0)
        return eng_show_create(c, r, q);
    return eng_unsupported(c, "SHOW %s", q->what);
}
