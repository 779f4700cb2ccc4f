/* Table history, as rows of DESCRIBE HISTORY and as a relation in a query.
 *
 * A query may ask for the history of fifty tables at once. Their rows go to one table of the
 * connection, numbered by reference; each reference becomes a call of a macro that selects its own.
 * The table is filled again for each new reference, which is cheap beside opening a log. spec:
 * delta "DESCRIBE HISTORY" */
#include "lake/engine/engine_int.h"

#include "base/when.h"
#include "sql/quote.h"

static const engine_column history_columns[] = {
    {"version", "BIGINT"},
    {"timestamp", "TIMESTAMP"},
    {"userId", "STRING"},
    {"userName", "STRING"},
    {"operation", "STRING"},
    {"operationParameters", "MAP<STRING, STRING>"},
    {"job", "STRUCT<jobId: STRING, jobName: STRING, jobRunId: STRING, runId: STRING, jobOwnerId: "
            "STRING, triggerType: STRING>"},
    {"notebook", "STRUCT<notebookId: STRING>"},
    {"clusterId", "STRING"},
    {"readVersion", "BIGINT"},
    {"isolationLevel", "STRING"},
    {"isBlindAppend", "BOOLEAN"},
    {"operationMetrics", "MAP<STRING, STRING>"},
    {"userMetadata", "STRING"},
    {"engineInfo", "STRING"},
};
enum { COLUMNS = sizeof history_columns / sizeof history_columns[0] };

/* Every value of a map as plain text: parameters are written as raw JSON. */
static json *flat_map(const json *map)
{
    json *flat = json_object();
    const char *key;
    json *value;
    json_object_foreach ((json *)map, key, value) {
        if (json_is_string(value)) {
            json_object_set(flat, key, value);
        } else if (json_is_null(value)) {
            json_object_set_new(flat, key, json_null());
        } else {
            AUTO_FREE char *text = json_text(value);
            json_object_set_new(flat, key, json_string(text));
        }
    }
    return flat;
}

static char *map_text(cx *c, const json *info, const char *key)
{
    const json *map = json_get(info, key);
    if (!json_is_object(map))
        return NULL;
    AUTO(json) flat = flat_map(map);
    AUTO_FREE char *text = json_text(flat);
    return cx_dup(c, text);
}

static char *object_text(cx *c, const json *info, const char *key)
{
    const json *value = json_get(info, key);
    if (!json_is_object(value))
        return NULL;
    AUTO_FREE char *text = json_text(value);
    return cx_dup(c, text);
}

static char *integer_text(cx *c, const json *info, const char *key)
{
    return json_get(info, key) ? cx_fmt(c, "%lld", (long long)json_get_int(info, key, 0)) : NULL;
}

static void row_values(cx *c, const delta_history_row *row, const char **v)
{
    const json *info = row->commit_info;
    v[0] = cx_fmt(c, "%lld", (long long)row->version);
    v[1] = when_iso_ms(c, row->timestamp_ms);
    v[2] = json_get_str(info, "userId", NULL);
    v[3] = json_get_str(info, "userName", NULL);
    v[4] = json_get_str(info, "operation", NULL);
    v[5] = map_text(c, info, "operationParameters");
    v[6] = object_text(c, info, "job");
    v[7] = object_text(c, info, "notebook");
    v[8] = json_get_str(info, "clusterId", NULL);
    v[9] = integer_text(c, info, "readVersion");
    v[10] = json_get_str(info, "isolationLevel", NULL);
    v[11] = json_get(info, "isBlindAppend")
                ? (json_get_bool(info, "isBlindAppend", false) ? "true" : "false")
                : NULL;
    v[12] = map_text(c, info, "operationMetrics");
    v[13] = json_get_str(info, "userMetadata", NULL);
    v[14] = json_get_str(info, "engineInfo", NULL);
}

/* A log without snapshot: history of a table whose features we do not read is still history. */
static cx_code load_history(cx *c, run *r, const sql_name *n, int64_t limit,
                            delta_history_row **rows, size_t *count, json **holder)
{
    AUTO_CLEAR(meta_object) o = {0};
    AUTO(delta_table) table = NULL;
    char *location = NULL;
    if (n->path) {
        TRY(eng_require_path(c, r));
        TRY(eng_location(c, n->path, &location));
    } else {
        TRY(eng_load_object(c, r, n, "SELECT", &o));
        if (o.view_definition)
            return cx_fail_as(c, CX_INVALID, "EXPECT_TABLE_NOT_VIEW", "42809",
                              "%s is a view and has no history.", eng_quoted(c, o.name));
        if (!text_same_nocase(o.format, "DELTA"))
            return cx_fail_as(c, CX_INVALID, "DELTA_ONLY_OPERATION", "0AKDD",
                              "%s is a %s table; DESCRIBE HISTORY is only for Delta tables.",
                              eng_quoted(c, o.name), o.format);
        location = (char *)o.location;
    }
    TRY(delta_open(c, location, &r->e->parquet, &table));
    TRY(delta_history(c, table, limit < 0 ? 0 : limit ? limit : 1, rows, count, holder));
    if (limit == 0)
        *count = 0;
    return CX_OK;
}

cx_code eng_describe_history(cx *c, run *r, const sql_statement *q)
{
    AUTO(json) holder = NULL;
    delta_history_row *rows = NULL;
    size_t n = 0;
    const char *values[COLUMNS];
    TRY(load_history(c, r, &q->name, q->limit, &rows, &n, &holder));
    TRY(eng_out_columns(c, r, history_columns, COLUMNS));
    for (size_t i = 0; i < n; i++) {
        row_values(c, &rows[i], values);
        TRY(eng_out_row(c, r, values, COLUMNS));
    }
    return CX_OK;
}

/* ---- in a query -------------------------------------------------------------------- */

static const char history_view[] =
    "CREATE OR REPLACE TEMP VIEW __clxs_history AS SELECT CAST(c0 AS BIGINT) AS __clxs_ref, "
    "CAST(c1 AS BIGINT) AS version, CAST(c2 AS TIMESTAMPTZ) AS timestamp, c3 AS \"userId\", "
    "c4 AS \"userName\", c5 AS operation, "
    "CAST(CAST(c6 AS JSON) AS MAP(VARCHAR, VARCHAR)) AS \"operationParameters\", "
    "CAST(CAST(c7 AS JSON) AS STRUCT(\"jobId\" VARCHAR, \"jobName\" VARCHAR, \"jobRunId\" VARCHAR,"
    " \"runId\" VARCHAR, \"jobOwnerId\" VARCHAR, \"triggerType\" VARCHAR)) AS job, "
    "CAST(CAST(c8 AS JSON) AS STRUCT(\"notebookId\" VARCHAR)) AS notebook, c9 AS \"clusterId\", "
    "CAST(c10 AS BIGINT) AS \"readVersion\", c11 AS \"isolationLevel\", "
    "CAST(c12 AS BOOLEAN) AS \"isBlindAppend\", "
    "CAST(CAST(c13 AS JSON) AS MAP(VARCHAR, VARCHAR)) AS \"operationMetrics\", "
    "c14 AS \"userMetadata\", c15 AS \"engineInfo\" FROM \"__clxs_histories rows\"";

static const char history_macro[] =
    "CREATE OR REPLACE TEMP MACRO __clxs_history_of(n) AS TABLE "
    "SELECT * EXCLUDE (__clxs_ref) FROM __clxs_history WHERE __clxs_ref = n";

static void keep_row(run *r, int64_t ref, const char *const *values)
{
    json *row = json_array();
    json_array_append_new(row, json_integer(ref));
    for (size_t i = 0; i < COLUMNS; i++)
        json_array_append_new(row, json_str_or_null(values[i]));
    json_array_append_new(r->histories, row);
}

cx_code eng_history_ref(cx *c, run *r, const sql_table_ref *ref, buf *out)
{
    AUTO(json) holder = NULL;
    delta_history_row *rows = NULL;
    size_t n = 0;
    const char *values[COLUMNS];
    TRY(load_history(c, r, &ref->name, ref->limit, &rows, &n, &holder));
    if (!r->histories)
        r->histories = json_array();
    const int64_t number = ++r->history_count;
    for (size_t i = 0; i < n; i++) {
        row_values(c, &rows[i], values);
        keep_row(r, number, values);
    }
    buf_addf(out, "__clxs_history_of(%lld)", (long long)number);
    return CX_OK;
}

/* Called when all references are known, before the query is bound. */
cx_code eng_histories_ready(cx *c, run *r)
{
    const char *names[COLUMNS + 1], *types[COLUMNS + 1];
    duck_conn *conn;
    if (r->history_count == r->histories_ready)
        return CX_OK;
    r->histories_ready = r->history_count;
    for (size_t i = 0; i <= COLUMNS; i++) {
        names[i] = cx_fmt(c, "h%zu", i);
        types[i] = "VARCHAR";
    }
    TRY(eng_conn(c, r, &conn));
    TRY(duck_register_rows(c, conn, "__clxs_histories", names, types, COLUMNS + 1, r->histories));
    TRY(duck_run(c, conn, history_view, NULL));
    return duck_run(c, conn, history_macro, NULL);
}
