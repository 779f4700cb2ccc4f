/* Whole logs: _last_checkpoint, commits, and a checkpoint whose rows come from the same input.
 *
 * input: _last_checkpoint 1E commit 0 1E commit 1 … ; a piece that starts with "P" is the rows of a
 * Parquet checkpoint of the version before it, one with "J" a v2 one in JSON, "C" a compaction. */
#include "delta/delta_int.h"
#include "fuzz/delta_seeds.h"

#include <inttypes.h>

typedef struct {
    str rows;
} rows_of;

static cx_code read_rows(cx *c, void *self, const char *path, const delta_sink *to)
{
    const str rows = ((rows_of *)self)->rows;
    (void)path;
    for (size_t i = 0; i < rows.length;) {
        const char *nl = memchr(rows.data + i, '\n', rows.length - i);
        const size_t n = nl ? (size_t)(nl - rows.data) - i : rows.length - i;
        if (n)
            TRY(to->row(c, to->self, (str){rows.data + i, n}));
        i += n + 1;
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
    const int64_t last = *version ? *version - 1 : 0;
    const str rest = {piece.data + 1, piece.length ? piece.length - 1 : 0};
    const char kind = piece.length ? piece.data[0] : 0;
    if (*version < 0) {
        if (piece.length)
            put(c, s, LOG_FOLDER "/_last_checkpoint", piece);
        *version = 0;
    } else if (kind == 'P') {
        put(c, s, cx_fmt(c, LOG_FOLDER "/%020" PRId64 ".checkpoint.parquet", last), rest);
        parquet->rows = rest;
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
        AUTO_FREE uint64_t *rows = NULL;
        size_t n;
        char *path;
        bytes += f->size_bytes;
        (void)!delta_file_path(c, s, f, &path);
        (void)!delta_file_partition_values(c, f, &values);
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
    rows_of rows = {{"", 0}};
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

static void seed(cx *c, const char *log)
{
    AUTO_CLEAR(buf) b = BUF(BUF_ANY);
    (void)fuzz_add_file(c, cx_fmt(c, "%s/_last_checkpoint", log), &b);
    for (int v = 0; v < 8; v++) {
        buf_addc(&b, 0x1e);
        if (!fuzz_add_file(c, cx_fmt(c, "%s/%020d.json", log, v), &b))
            break;
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
    fuzz_golden_logs(c, seed);
}
