/* Checkpoints through DuckDB: the join between delta/, which knows no Parquet, and duck/.
 *
 * A checkpoint's row is a struct for each action, one of them set. Reading is in checkpoint_read.c;
 * writing turns JSON lines into the structs that the protocol names, whatever members a line lacks.
 * spec: delta "Checkpoints" */
#include "lake/engine/engine_int.h"
#include "lake/engine/query/checkpoint_read.h"

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
    return (delta_parquet){eng_read_checkpoint, bridge_write, e};
}
