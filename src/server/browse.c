/* Catalogs for the UI: read-only, straight from the workspace's own REST API and SQL. */
#include "base/hash.h"
#include "ops/clone/undo.h"
#include "server/server_int.h"
#include "sql/quote.h"

enum {
    SAMPLE_DEFAULT = 10,
    SAMPLE_MOST = 1000,
    HISTORY_DEFAULT = 100,
    HISTORY_MOST = 1000,
    PAGES_MOST = 10000
};

static char *encoded(cx *c, const char *text)
{
    buf b = BUF(1 << 16);
    buf_add_percent(&b, text, "");
    char *out = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    return out;
}

static const char *param(const ask *a, const char *name)
{
    const char *value = route_param(&a->match, name);
    return value ? value : "";
}

/* All pages of a list, as one array. */
static cx_code list_all(cx *c, ask *a, const char *what, const char *query, json **out)
{
    AUTO(json) all = json_array();
    const char *path = cx_fmt(c, "/api/2.1/unity-catalog/%s", what);
    const char *page = query;
    for (int i = 0; i < PAGES_MOST; i++) {
        AUTO(json) answer = NULL;
        TRY(workspace_call(c, a->who->ws, "GET", path, page, NULL, &answer));
        json *rows = json_get(answer, what);
        if (rows)
            json_array_extend(all, rows);
        const char *next = json_get_str(answer, "next_page_token", "");
        if (!*next)
            break;
        page = cx_fmt(c, "%s%spage_token=%s", query ? query : "", query && *query ? "&" : "",
                      encoded(c, next));
    }
    *out = STEAL(all);
    return CX_OK;
}

/* A list is of names; with ?details=true it is of what the workspace says of each. */
static cx_code list_names(cx *c, ask *a, const char *what, const char *query, json **out)
{
    AUTO(json) all = NULL;
    TRY(list_all(c, a, what, query, &all));
    const char *details = query_param(c, a->req->query, "details");
    if (details && !strcmp(details, "true")) {
        *out = STEAL(all);
        return CX_OK;
    }
    json *names = json_array(), *row;
    size_t i;
    json_array_foreach (all, i, row) {
        json_array_append_new(names, json_str_or_null(json_get_str(row, "name", NULL)));
    }
    *out = names;
    return CX_OK;
}

static const char *schema_query(cx *c, const ask *a, const char *more)
{
    return cx_fmt(c, "catalog_name=%s&schema_name=%s&max_results=0%s",
                  encoded(c, param(a, "catalog")), encoded(c, param(a, "schema")), more);
}

cx_code browse_catalogs(cx *c, ask *a, json **out)
{
    return list_names(c, a, "catalogs", "max_results=0", out);
}

cx_code browse_catalog(cx *c, ask *a, json **out)
{
    const char *path =
        cx_fmt(c, "/api/2.1/unity-catalog/catalogs/%s", encoded(c, param(a, "catalog")));
    return workspace_call(c, a->who->ws, "GET", path, NULL, NULL, out);
}

cx_code browse_schemas(cx *c, ask *a, json **out)
{
    return list_names(c, a, "schemas",
                      cx_fmt(c, "catalog_name=%s&max_results=0", encoded(c, param(a, "catalog"))),
                      out);
}

cx_code browse_tables(cx *c, ask *a, json **out)
{
    return list_names(c, a, "tables", schema_query(c, a, "&omit_columns=true&omit_properties=true"),
                      out);
}

cx_code browse_functions(cx *c, ask *a, json **out)
{
    return list_names(c, a, "functions", schema_query(c, a, ""), out);
}

cx_code browse_volumes(cx *c, ask *a, json **out)
{
    return list_names(c, a, "volumes", schema_query(c, a, ""), out);
}

static bool is_view(const json *table)
{
    const char *type = json_get_str(table, "table_type", "");
    return !strcmp(type, "VIEW") || !strcmp(type, "MATERIALIZED_VIEW") ||
           !strcmp(type, "METRIC_VIEW");
}

cx_code browse_objects(cx *c, ask *a, json **out)
{
    AUTO(json) all = NULL;
    AUTO(json) functions = NULL;
    AUTO(json) volumes = NULL;
    TRY(list_all(c, a, "tables", schema_query(c, a, "&omit_columns=true&omit_properties=true"),
                 &all));
    TRY(list_all(c, a, "functions", schema_query(c, a, ""), &functions));
    TRY(list_all(c, a, "volumes", schema_query(c, a, ""), &volumes));
    json *tables = json_array(), *views = json_array(), *row;
    size_t i;
    json_array_foreach (all, i, row) {
        json_array_append(is_view(row) ? views : tables, row);
    }
    *out = json_pack("{s:o,s:o,s:O,s:O}", "tables", tables, "views", views, "functions", functions,
                     "volumes", volumes);
    return CX_OK;
}

/* ---- one table ------------------------------------------------------------------------------- */

static const char *table_name(cx *c, const ask *a)
{
    return sql_name3(c, param(a, "catalog"), param(a, "schema"), param(a, "table"));
}

static cx_code describe_detail(cx *c, ask *a, json *info)
{
    AUTO(sql_result) r = NULL;
    TRY(workspace_sql(c, a->who->ws, cx_fmt(c, "DESCRIBE DETAIL %s", table_name(c, a)), &r));
    if (!sql_rows(r))
        return CX_OK;
    json_object_set_new(info, "size", json_integer(sql_int(r, 0, "sizeInBytes", 0)));
    json_object_set_new(info, "num_files", json_integer(sql_int(r, 0, "numFiles", 0)));
    json_object_set_new(info, "format", json_str_or_null(sql_value_by(r, 0, "format")));
    static const char *const lists[] = {"partitionColumns", "clusteringColumns"};
    for (size_t i = 0; i < CX_COUNT(lists); i++) {
        const char *text = sql_value_by(r, 0, lists[i]);
        json *list = text ? json_loads(text, 0, NULL) : NULL;
        json_object_set_new(info, i ? "clustering_columns" : "partition_columns",
                            json_is_array(list) ? json_incref(list) : json_array());
        json_decref(list);
    }
    return CX_OK;
}

static json *plain_columns(const json *columns)
{
    json *out = json_array(), *column;
    size_t i;
    json_array_foreach ((json *)columns, i, column) {
        json *copy = json_copy(column);
        json_object_set_new(copy, "column_name",
                            json_str_or_null(json_get_str(column, "name", NULL)));
        json_object_set_new(copy, "data_type",
                            json_str_or_null(json_get_str(column, "type_text", NULL)));
        json_object_set_new(copy, "nullable",
                            json_boolean(json_get_bool(column, "nullable", true)));
        json_array_append_new(out, copy);
    }
    return out;
}

/* Everything that the catalog says about it, under its own names, and size and files where they can
 * be had: a table that cannot be read (its folder is gone, no SELECT) still shows what the catalog
 * knows. */
cx_code browse_info(cx *c, ask *a, json **out)
{
    const char *full =
        cx_fmt(c, "%s.%s.%s", param(a, "catalog"), param(a, "schema"), param(a, "table"));
    AUTO(json) info = NULL;
    TRY(workspace_call(c, a->who->ws, "GET",
                       cx_fmt(c, "/api/2.1/unity-catalog/tables/%s", encoded(c, full)), NULL, NULL,
                       &info));
    if (!json_is_object(info))
        return cx_fail(c, CX_UNAVAILABLE, "the workspace gave no description of %s", full);
    json_object_set_new(info, "columns", plain_columns(json_get(info, "columns")));
    json_object_set_new(info, "location",
                        json_str_or_null(json_get_str(info, "storage_location", NULL)));
    json_object_set_new(info, "format",
                        json_str_or_null(json_get_str(info, "data_source_format", NULL)));
    json_object_set_new(info, "size", json_null());
    if (!is_view(info) && describe_detail(c, a, info) != CX_OK) {
        if (c->error.code == CX_CANCELLED)
            return c->error.code;
        json_object_set_new(info, "detail_error", json_str_or_null(c->error.message));
        cx_forgive(c);
    }
    *out = STEAL(info);
    return CX_OK;
}

static int64_t limit_of(cx *c, const ask *a, int64_t otherwise, int64_t most)
{
    const char *text = query_param(c, a->req->query, "limit");
    const int64_t n = text ? strtoll(text, NULL, 10) : otherwise;
    return n < 1 ? 1 : n > most ? most : n;
}

/* A cell as JSON where its type is a structure or a number that JSON can hold; else its text. */
static json *cell(const char *text, const char *type)
{
    if (!text)
        return json_null();
    static const char *const parsed[] = {"MAP", "STRUCT", "ARRAY", "BIGINT", "INT", "BOOLEAN"};
    for (size_t i = 0; i < CX_COUNT(parsed); i++)
        if (type && text_starts(type, parsed[i])) {
            json *j = json_loads(text, JSON_DECODE_ANY, NULL);
            return j ? j : json_str_or_null(text);
        }
    return json_str_or_null(text);
}

cx_code browse_history(cx *c, ask *a, json **out)
{
    const int64_t limit = limit_of(c, a, HISTORY_DEFAULT, HISTORY_MOST);
    AUTO(sql_result) r = NULL;
    TRY(workspace_sql(
        c, a->who->ws,
        cx_fmt(c, "DESCRIBE HISTORY %s LIMIT %lld", table_name(c, a), (long long)limit), &r));
    json *list = json_array();
    for (size_t row = 0; row < sql_rows(r); row++) {
        json *entry = json_object();
        for (size_t i = 0; i < sql_columns(r); i++)
            json_object_set_new(entry, sql_column_name(r, i),
                                cell(sql_value(r, row, i), sql_column_type(r, i)));
        json_array_append_new(list, entry);
    }
    *out = list;
    return CX_OK;
}

/* Values stay the text that the workspace gave (or null): no digit of a DECIMAL or BIGINT is lost.
 */
cx_code browse_sample(cx *c, ask *a, json **out)
{
    const int64_t limit = limit_of(c, a, SAMPLE_DEFAULT, SAMPLE_MOST);
    AUTO(sql_result) r = NULL;
    TRY(workspace_sql(c, a->who->ws,
                      cx_fmt(c, "SELECT * FROM %s LIMIT %lld", table_name(c, a), (long long)limit),
                      &r));
    json *columns = json_array(), *rows = json_array();
    for (size_t i = 0; i < sql_columns(r); i++)
        json_array_append_new(columns, json_pack("{s:o,s:o}", "name",
                                                 json_str_or_null(sql_column_name(r, i)), "type",
                                                 json_str_or_null(sql_column_type(r, i))));
    for (size_t row = 0; row < sql_rows(r); row++) {
        json *line = json_array();
        for (size_t i = 0; i < sql_columns(r); i++)
            json_array_append_new(line, json_str_or_null(sql_value(r, row, i)));
        json_array_append_new(rows, line);
    }
    *out = json_pack("{s:o,s:o}", "columns", columns, "rows", rows);
    return CX_OK;
}

cx_code browse_rollbacks(cx *c, ask *a, json **out)
{
    return clone_undo_runs(c, a->who->ws, a->app->config.st, a->who->user, out);
}
