/* Checkpoints through DuckDB: the join between delta/, which knows no Parquet, and duck/.
 *
 * A checkpoint's row is a struct for each action, one of them set. Reading turns a row into JSON;
 * writing turns JSON lines into the structs that the protocol names, whatever members a line lacks.
 * spec: delta "Checkpoints" */
#include "base/fs.h"
#include "lake/engine/engine_int.h"

static const char *const actions[] = {
    "protocol", "metaData",       "add",     "remove",
    "txn",      "domainMetadata", "sidecar", "checkpointMetadata"};

/* The columns of a file, as json_transform wants them. */
static const char file_columns[] =
    "{\"add\":{\"path\":\"VARCHAR\",\"partitionValues\":\"MAP(VARCHAR, VARCHAR)\","
    "\"size\":\"BIGINT\",\"modificationTime\":\"BIGINT\",\"dataChange\":\"BOOLEAN\","
    "\"stats\":\"VARCHAR\",\"tags\":\"MAP(VARCHAR, VARCHAR)\",\"deletionVector\":{"
    "\"storageType\":\"VARCHAR\",\"pathOrInlineDv\":\"VARCHAR\",\"offset\":\"INTEGER\","
    "\"sizeInBytes\":\"INTEGER\",\"cardinality\":\"BIGINT\"},\"baseRowId\":\"BIGINT\","
    "\"defaultRowCommitVersion\":\"BIGINT\",\"clusteringProvider\":\"VARCHAR\"},"
    "\"remove\":{\"path\":\"VARCHAR\",\"deletionTimestamp\":\"BIGINT\",\"dataChange\":\"BOOLEAN\","
    "\"extendedFileMetadata\":\"BOOLEAN\",\"partitionValues\":\"MAP(VARCHAR, VARCHAR)\","
    "\"size\":\"BIGINT\",\"deletionVector\":{\"storageType\":\"VARCHAR\","
    "\"pathOrInlineDv\":\"VARCHAR\",\"offset\":\"INTEGER\",\"sizeInBytes\":\"INTEGER\","
    "\"cardinality\":\"BIGINT\"},\"baseRowId\":\"BIGINT\",\"defaultRowCommitVersion\":\"BIGINT\"}}";
static const char other_columns[] =
    "{\"protocol\":{\"minReaderVersion\":\"INTEGER\",\"minWriterVersion\":\"INTEGER\","
    "\"readerFeatures\":[\"VARCHAR\"],\"writerFeatures\":[\"VARCHAR\"]},"
    "\"metaData\":{\"id\":\"VARCHAR\",\"name\":\"VARCHAR\",\"description\":\"VARCHAR\","
    "\"format\":{\"provider\":\"VARCHAR\",\"options\":\"MAP(VARCHAR, VARCHAR)\"},"
    "\"schemaString\":\"VARCHAR\",\"partitionColumns\":[\"VARCHAR\"],\"createdTime\":\"BIGINT\","
    "\"configuration\":\"MAP(VARCHAR, VARCHAR)\"},"
    "\"txn\":{\"appId\":\"VARCHAR\",\"version\":\"BIGINT\",\"lastUpdated\":\"BIGINT\"},"
    "\"domainMetadata\":{\"domain\":\"VARCHAR\",\"configuration\":\"VARCHAR\","
    "\"removed\":\"BOOLEAN\"}}";
static const char v2_columns[] =
    "{\"checkpointMetadata\":{\"version\":\"BIGINT\",\"tags\":\"MAP(VARCHAR, VARCHAR)\"},"
    "\"sidecar\":{\"path\":\"VARCHAR\",\"sizeInBytes\":\"BIGINT\",\"modificationTime\":\"BIGINT\","
    "\"tags\":\"MAP(VARCHAR, VARCHAR)\"}}";

typedef struct {
    delta_row row;
    void *self;
} reader;

static cx_code pass_row(cx *c, void *self, const char *const *values, const size_t *lengths)
{
    const reader *r = self;
    return values[0] ? r->row(c, r->self, (str){values[0], lengths[0]}) : CX_OK;
}

static cx_code take_name(cx *c, void *self, const char *const *values, const size_t *lengths)
{
    (void)c, (void)lengths;
    for (size_t i = 0; i < CX_COUNT(actions); i++)
        if (values[0] && strcmp(values[0], actions[i]) == 0)
            ((bool *)self)[i] = true;
    return CX_OK;
}

/* A path in a list is still a pattern to DuckDB: each special character stands in a class of its
 * own. */
void eng_add_file_literal(cx *c, buf *b, const char *path)
{
    buf text = BUF(BUF_ANY);
    for (; *path; path++) {
        if (strchr("*?[", *path))
            buf_addf(&text, "[%c]", *path);
        else
            buf_addc(&text, *path);
    }
    (void)c;
    duck_add_literal(b, buf_text(&text));
    buf_clear(&text);
}

static cx_code columns_there(cx *c, duck_conn *conn, const char *path, bool *there)
{
    AUTO(duck_result) r = NULL;
    buf sql = BUF(BUF_ANY);
    buf_adds(&sql, "SELECT column_name FROM (DESCRIBE SELECT * FROM read_parquet([");
    eng_add_file_literal(c, &sql, path);
    buf_adds(&sql, "], hive_partitioning=false))");
    const cx_code rc = duck_run(c, conn, buf_text(&sql), &r);
    buf_clear(&sql);
    TRY(rc);
    return duck_each(c, r, take_name, there);
}

static cx_code read_rows(cx *c, duck_conn *conn, const char *path, const bool *there, reader *to)
{
    AUTO(duck_result) r = NULL;
    buf sql = BUF(BUF_ANY);
    bool any = false;
    buf_adds(&sql, "SELECT to_json(r) FROM (SELECT ");
    for (size_t i = 0; i < CX_COUNT(actions); i++)
        if (there[i]) {
            buf_addf(&sql, "%s\"%s\"", any ? ", " : "", actions[i]);
            any = true;
        }
    buf_adds(&sql, " FROM read_parquet([");
    eng_add_file_literal(c, &sql, path);
    buf_adds(&sql, "], hive_partitioning=false)) r");
    cx_code rc = any ? duck_run(c, conn, buf_text(&sql), &r)
                     : cx_fail(c, CX_CORRUPT, "%s has none of a checkpoint's columns", path);
    buf_clear(&sql);
    TRY(rc);
    return duck_each(c, r, pass_row, to);
}

static cx_code bridge_read(cx *c, void *self, const char *path, delta_row row, void *row_self)
{
    engine *e = self;
    AUTO(duck_conn) conn = NULL;
    bool there[CX_COUNT(actions)] = {0};
    reader to = {row, row_self};
    TRY(eng_connect(c, e, &conn));
    TRY_IN(c, columns_there(c, conn, path, there), "reading checkpoint %s", path);
    return read_rows(c, conn, path, there, &to);
}

static json *lines_of(str text)
{
    json *rows = json_array();
    const char *p = text.data, *end = text.data + text.length;
    while (p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p));
        const size_t n = stop ? (size_t)(stop - p) : (size_t)(end - p);
        if (n) {
            json *row = json_array();
            json_array_append_new(row, json_stringn_nocheck(p, n));
            json_array_append_new(rows, row);
        }
        p += n + 1;
    }
    return rows;
}

static cx_code merge_columns(cx *c, json *into, const char *text)
{
    AUTO(json) more = NULL;
    TRY(json_parse(c, text, strlen(text), "checkpoint columns", &more));
    json_object_update(into, more);
    return CX_OK;
}

static cx_code parsed_column(cx *c, json *columns, const char *member, const json *type)
{
    if (!type)
        return CX_OK;
    buf text = BUF(BUF_ANY);
    const cx_code rc = eng_duck_type(c, type, false, &text);
    if (rc == CX_OK)
        json_object_set_new(json_object_get(columns, "add"), member, json_string(buf_text(&text)));
    buf_clear(&text);
    return rc;
}

static cx_code columns_of(cx *c, const delta_rows_shape *shape, char **out)
{
    AUTO(json) columns = json_object();
    if (shape->kind != DELTA_SIDECAR)
        TRY(merge_columns(c, columns, other_columns));
    TRY(merge_columns(c, columns, file_columns));
    if (shape->kind == DELTA_V2)
        TRY(merge_columns(c, columns, v2_columns));
    TRY(parsed_column(c, columns, "stats_parsed", shape->stats));
    TRY(parsed_column(c, columns, "partitionValues_parsed", shape->partition_values));
    *out = json_text(columns);
    return CX_OK;
}

static cx_code bridge_write(cx *c, void *self, const char *path, str json_lines,
                            const delta_rows_shape *shape)
{
    static const char *const columns[] = {"line"}, *const types[] = {"VARCHAR"};
    engine *e = self;
    AUTO(duck_conn) conn = NULL;
    AUTO(json) rows = lines_of(json_lines);
    AUTO_FREE char *wanted = NULL;
    buf sql = BUF(BUF_ANY);
    TRY(columns_of(c, shape, &wanted));
    TRY(eng_connect(c, e, &conn));
    TRY(duck_register_rows(c, conn, "__clxs_lines", columns, types, 1, rows));
    buf_adds(&sql, "COPY (SELECT unnest(json_transform(line, ");
    duck_add_literal(&sql, wanted);
    buf_adds(&sql, ")) FROM __clxs_lines) TO ");
    duck_add_literal(&sql, path);
    buf_adds(&sql, " (FORMAT parquet, CODEC 'snappy')");
    const cx_code rc = duck_run(c, conn, buf_text(&sql), NULL);
    buf_clear(&sql);
    TRY_IN(c, rc, "writing checkpoint %s", path);
    return CX_OK;
}

delta_parquet eng_parquet(engine *e)
{
    return (delta_parquet){bridge_read, bridge_write, e};
}
