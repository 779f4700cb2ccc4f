/* Whole logs: _last_checkpoint, commits, checksums, and checkpoints whose rows come from the same
 * input.
 *
 * input: _last_checkpoint 1E commit 0 1E commit 1 … ; a piece that starts with "P" is the rows of a
 * Parquet checkpoint of the version before it, one with "J" a v2 one in JSON, "S" the rows of every
 * sidecar, "C" a compaction, "K" the version's checksum file. Every other line of a Parquet file is
 * handed over in columns. */
#include "delta/delta_int.h"
#include "fuzz/delta_seeds.h"

#include <inttypes.h>

typedef struct {
    str rows, sidecar;
} rows_of;

static str text_of(const json *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? STR(text) : (str){0};
}

static int64_t long_of(const json *object, const char *key)
{
    const json *v = json_object_get(object, key);
    return json_is_integer(v) ? json_integer_value(v) : DELTA_NO_LONG;
}

static delta_map map_of(cx *c, const json *object, const char *key)
{
    json *map = json_object_get(object, key), *value;
    delta_map out = {.there = json_is_object(map)};
    delta_pair *pairs = cx_array(c, delta_pair, json_object_size(map) + 1);
    const char *name;
    json_object_foreach (map, name, value)
        pairs[out.count++] = (delta_pair){STR(name), text_of(map, name)};
    out.pairs = pairs;
    return out;
}

/* False when the line is no add that columns could hold. */
static bool in_columns(cx *c, str line, const delta_sink *to, cx_code *rc)
{
    AUTO(json) j = NULL;
    if (json_parse(c, line.data, line.length, "row", &j) != CX_OK) {
        cx_forgive(c);
        return false;
    }
    const json *add = json_object_get(j, "add"), *dv = json_object_get(add, "deletionVector");
    if (!json_is_object(add) || json_object_size(j) != 1)
        return false;
    const delta_add_row row = {.path = text_of(add, "path"),
                               .stats = text_of(add, "stats"),
                               .clustering_provider = text_of(add, "clusteringProvider"),
                               .partition_values = map_of(c, add, "partitionValues"),
                               .tags = map_of(c, add, "tags"),
                               .size_bytes = long_of(add, "size"),
                               .mtime_ms = long_of(add, "modificationTime"),
                               .base_row_id = long_of(add, "baseRowId"),
                               .default_row_commit_version =
                                   long_of(add, "defaultRowCommitVersion"),
                               .data_change = json_is_true(json_object_get(add, "dataChange")),
                               .dv_type = text_of(dv, "storageType"),
                               .dv_path = text_of(dv, "pathOrInlineDv"),
                               .dv_offset = long_of(dv, "offset"),
                               .dv_size = long_of(dv, "sizeInBytes"),
                               .dv_cardinality = long_of(dv, "cardinality")};
    *rc = to->add(c, to->self, &row);
    return true;
}

static cx_code read_rows(cx *c, void *self, const char *path, const delta_sink *to)
{
    const rows_of *of = self;
    const str rows = strstr(path, "_sidecars/") ? of->sidecar : of->rows;
    if (to->slice > 0)
        return CX_OK;
    for (size_t i = 0, number = 0; i < rows.length; number++) {
        const char *nl = memchr(rows.data + i, '\n', rows.length - i);
        const str line = {rows.data + i, nl ? (size_t)(nl - rows.data) - i : rows.length - i};
        cx_code rc = CX_OK;
        if (line.length && !(to->add && number % 2 && in_columns(c, line, to, &rc)))
            rc = to->row(c, to->self, line);
        TRY(rc);
        i += line.length + 1;
    }
    return CX_OK;
}

static void put(cx *c, store *s, const char *path, str piece)
{
    (void)!store_replace(c, s, path, piece);
    cx_forgive(c);
}

static void put_piece(cx *c, store *s, rows_of *parquet, int64_t *version, str piece)
{
    const int64_t last = *version > 0 ? *version - 1 : 0;
    const str rest = {piece.data + 1, piece.length ? piece.length - 1 : 0};
    const char kind = piece.length ? piece.data[0] : 0;
    if (*version < 0) {
        if (piece.length)
            put(c, s, LOG_FOLDER "/_last_checkpoint", piece);
        *version = 0;
    } else if (kind == 'P') {
        put(c, s, cx_fmt(c, LOG_FOLDER "/%020" PRId64 ".checkpoint.parquet", last), rest);
        parquet->rows = rest;
    } else if (kind == 'S') {
        parquet->sidecar = rest;
    } else if (kind == 'K') {
        put(c, s, cx_fmt(c, LOG_FOLDER "/%020" PRId64 ".crc", last), rest);
    } else if (kind == 'J') {
        put(c, s, cx_fmt(c, LOG_FOLDER "/%020" PRId64 ".checkpoint.0-0-0-0-0.json", last), rest);
    } else if (kind == 'C') {
        put(c, s, cx_fmt(c, LOG_FOLDER "/%020d.%020" PRId64 ".compacted.json", 0, last), rest);
    } else {
        put(c, s, log_commit_path(c, (*version)++), piece);
    }
}

static void ask(cx *c, const delta_snapshot *s)
{
    int64_t bytes = 0;
    for (size_t i = 0; i < delta_file_count(s); i++) {
        const delta_file *f = delta_file_at(s, i);
        AUTO(json) values = NULL;
        AUTO(json) stats = NULL;
        AUTO(json) whole = NULL;
        AUTO_FREE uint64_t *rows = NULL;
        size_t n;
        char *path;
        bytes += f->size_bytes;
        (void)!delta_file_path(c, s, f, &path);
        (void)!delta_file_partition_values(c, f, &values);
        (void)!delta_file_stats(c, f, &stats);
        if (delta_file_add(c, f, &whole) == CX_OK) /* the action has just this path */
            FUZZ_MUST(!strcmp(json_get_str(whole, "path", ""), f->path));
        (void)delta_file_records(f);
        if (!f->dv || !strcmp(f->dv->storage_type, "i"))
            (void)!delta_dv_rows(c, s, f, &rows, &n);
        cx_forgive(c);
    }
    FUZZ_MUST(bytes == delta_size_bytes(s));
    FUZZ_MUST(delta_schema(s) && delta_table_id(s));
    (void)!delta_check_writable(c, s);
    cx_forgive(c);
}

static cx_code take_change(cx *c, void *self, const delta_change *ch)
{
    int64_t *last = self;
    (void)c;
    FUZZ_MUST(ch->version >= *last && *ch->path);
    for (size_t i = 1; i < ch->row_count; i++)
        FUZZ_MUST(ch->rows[i - 1] < ch->rows[i]);
    *last = ch->version;
    return CX_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cx c;
    cx_init(&c);
    store *s = store_memory_new();
    rows_of rows = {{"", 0}, {"", 0}};
    const delta_parquet parquet = {read_rows, NULL, &rows};
    int64_t version = -1;
    for (size_t i = 0; i <= size;) {
        const uint8_t *end = memchr(data + i, 0x1e, size - i);
        const size_t n = end ? (size_t)(end - data) - i : size - i;
        put_piece(&c, s, &rows, &version, (str){(const char *)data + i, n});
        i += n + 1;
    }
    AUTO(delta_table) t = NULL;
    AUTO(delta_snapshot) latest = NULL;
    AUTO(delta_snapshot) old = NULL;
    AUTO(delta_snapshot) timed = NULL;
    AUTO(json) holder = NULL;
    delta_history_row *history;
    size_t n;
    FUZZ_MUST(delta_open_store(&c, s, &parquet, &t) == CX_OK);
    if (delta_snapshot_load(&c, t, DELTA_LATEST, &latest) == CX_OK)
        ask(&c, latest);
    if (delta_snapshot_load(&c, t, (delta_at){0, -1}, &old) == CX_OK)
        ask(&c, old);
    (void)!delta_snapshot_load(&c, t, (delta_at){-1, 1000}, &timed);
    (void)!delta_history(&c, t, 0, &history, &n, &holder);
    int64_t last = 0;
    (void)!delta_changes(&c, t, 0, -1, take_change, &last);
    cx_clear(&c);
    return 0;
}

/* The version's checksum and its v2 checkpoint in JSON, where there are any. */
static void add_beside(cx *c, const char *log, int version, buf *b)
{
    const char *prefix = cx_fmt(c, "%020d.", version);
    DIR *d = opendir(log);
    for (struct dirent *e; d && (e = readdir(d));) {
        const char *rest = e->d_name + 21;
        if (!text_starts(e->d_name, prefix))
            continue;
        const char kind = !strcmp(rest, "crc")                                           ? 'K'
                          : text_starts(rest, "checkpoint.") && text_ends(rest, ".json") ? 'J'
                                                                                         : 0;
        if (kind) {
            buf_addf(b, "\x1e%c", kind);
            (void)fuzz_add_file(c, fs_join(c, log, e->d_name), b);
        }
    }
    if (d)
        closedir(d);
}

static void seed(cx *c, const char *log)
{
    AUTO_CLEAR(buf) b = BUF(BUF_ANY);
    (void)fuzz_add_file(c, cx_fmt(c, "%s/_last_checkpoint", log), &b);
    for (int v = 0; v < 8; v++) {
        buf_addc(&b, 0x1e);
        if (!fuzz_add_file(c, cx_fmt(c, "%s/%020d.json", log, v), &b))
            break;
        add_beside(c, log, v, &b);
    }
    fuzz_seed(buf_text(&b), b.length);
}

static const char fuzz_feed[] =
    "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":4}}\n"
    "{\"metaData\":{\"id\":\"t\",\"schemaString\":\"{\\\"type\\\":\\\"struct\\\","
    "\\\"fields\\\":[]}\",\"configuration\":{\"delta.enableChangeDataFeed\":\"true\"}}}\n"
    "{\"add\":{\"path\":\"a\",\"size\":1,\"dataChange\":true}}\n";
static const char fuzz_vectors[] =
    "{\"remove\":{\"path\":\"a\",\"dataChange\":true}}\n"
    "{\"add\":{\"path\":\"a\",\"size\":1,\"dataChange\":true,\"deletionVector\":{\"storageType\":\"i\","
    "\"pathOrInlineDv\":\"^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L\","
    "\"sizeInBytes\":44,\"cardinality\":6}}}\n";

static const char fuzz_manifest[] =
    "{\"checkpointMetadata\":{\"version\":0,\"tags\":{\"sidecarNumActions\":\"2\"}}}\n"
    "{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,\"readerFeatures\":[\"v2Checkpoint\"],"
    "\"writerFeatures\":[\"v2Checkpoint\"]}}\n"
    "{\"metaData\":{\"id\":\"t\",\"schemaString\":\"{\\\"type\\\":\\\"struct\\\","
    "\\\"fields\\\":[]}\",\"configuration\":{}}}\n";
static const char fuzz_adds[] =
    "{\"add\":{\"path\":\"p\",\"partitionValues\":{\"a\":\"1\",\"b\":null},\"size\":3,"
    "\"modificationTime\":4,\"dataChange\":false,\"tags\":{\"k\":\"v\"},\"baseRowId\":5,"
    "\"defaultRowCommitVersion\":6,\"clusteringProvider\":\"liquid\",\"stats\":\"{\\\"numRecords\\\":5,"
    "\\\"minValues\\\":{\\\"a\\\":1},\\\"maxValues\\\":{\\\"a\\\":9}}\"}}\n"
    "{\"add\":{\"path\":\"q\",\"partitionValues\":{\"a\":\"\"},\"size\":3,\"deletionVector\":{"
    "\"storageType\":\"u\",\"pathOrInlineDv\":\"ab^-aqEH.-t@S}K{vb[*k^\",\"offset\":1,\"sizeInBytes\":34,"
    "\"cardinality\":2},\"stats\":\"{\\\"numRecords\\\":6,\\\"minValues\\\":{\\\"a\\\":2}}\"}}\n";
static const char fuzz_checksum[] =
    "{\"txnId\":\"x\",\"tableSizeBytes\":6,\"numFiles\":2,\"numMetadata\":1,\"numProtocol\":1,"
    "\"setTransactions\":[{\"appId\":\"a\",\"version\":1}],\"domainMetadata\":[],\"fileSizeHistogram\":{"
    "\"sortedBinBoundaries\":[0,8192],\"fileCounts\":[2,0],\"totalBytes\":[6,0]},\"numDeletedRecordsOpt\":0}";

void fuzz_seeds(cx *c)
{
    AUTO_CLEAR(buf) b = BUF(BUF_ANY);
    buf_addf(
        &b,
        "{\"version\":1,\"size\":3}\x1e%s\x1e%s\x1eP%s\x1e{\"add\":{\"path\":\"z\",\"size\":1}}",
        fuzz_commit, strchr(fuzz_commit, '\n') + 1, fuzz_commit);
    fuzz_seed(b.data, b.length);
    buf_reset(&b);
    buf_addf(&b,
             "\x1e%s\x1e{\"remove\":{\"path\":\"b\"}}\x1eJ%s\x1e{\"txn\":{\"appId\":\"q\"}}\x1e"
             "C%s",
             fuzz_commit, fuzz_commit, fuzz_commit);
    fuzz_seed(b.data, b.length);
    buf_reset(&b);
    buf_addf(&b, "\x1e%s\x1e%s", fuzz_feed, fuzz_vectors);
    fuzz_seed(b.data, b.length);
    buf_reset(&b); /* a v2 manifest with a sidecar, whose rows come in both ways; a checksum */
    buf_addf(
        &b,
        "{\"version\":0,\"size\":4,\"v2Checkpoint\":{\"path\":\"%020d.checkpoint.0-0-0-0-0.json\"}}"
        "\x1e%s\x1eJ%s{\"sidecar\":{\"path\":\"s.parquet\",\"sizeInBytes\":9,"
        "\"modificationTime\":1}}\n\x1eS%s%s\x1eK%s",
        0, fuzz_commit, fuzz_manifest, fuzz_adds, fuzz_adds, fuzz_checksum);
    fuzz_seed(b.data, b.length);
    fuzz_golden_logs(c, seed);
}
