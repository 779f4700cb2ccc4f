#include "lake/rest/result.h"

#include "lake/rest/rest.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

void result_init(result *r)
{
    *r = (result){.fd = -1};
}

void result_clear(result *r)
{
    for (size_t i = 0; i < r->chunk_count; i++)
        free(r->chunks[i].data);
    free(r->chunks);
    free(r->columns);
    if (r->fd >= 0)
        close(r->fd);
    result_init(r);
}

/* ---- the file ------------------------------------------------------------- */

static cx_code open_file(cx *c, result *r, const char *folder)
{
    if (r->fd >= 0)
        return CX_OK;
    r->fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (r->fd >= 0)
        return CX_OK;
    /* Not every file system has unnamed files: make a name and take it away. */
    char *path = cx_fmt(c, "%s/result-XXXXXX", folder);
    r->fd = mkostemp(path, O_CLOEXEC);
    if (r->fd < 0)
        return cx_fail_errno(c, errno, "making a file for a result in %s", folder);
    unlink(path);
    return CX_OK;
}

static cx_code spill_chunk(cx *c, result *r, result_chunk *chunk)
{
    const off_t at = lseek(r->fd, 0, SEEK_END);
    for (size_t done = 0; done < chunk->length;) {
        const ssize_t n = pwrite(r->fd, chunk->data + done, chunk->length - done, at + (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return cx_fail_errno(c, errno, "keeping a result on disk");
        done += (size_t)n;
    }
    chunk->at = at;
    r->in_memory -= (int64_t)chunk->length;
    free(chunk->data);
    chunk->data = NULL;
    return CX_OK;
}

cx_code result_spill(cx *c, result *r, const char *folder)
{
    TRY(open_file(c, r, folder));
    for (size_t i = 0; i < r->chunk_count; i++)
        if (r->chunks[i].data)
            TRY(spill_chunk(c, r, &r->chunks[i]));
    return CX_OK;
}

cx_code result_read(cx *c, const result *r, size_t i, buf *out)
{
    const result_chunk *chunk = &r->chunks[i];
    if (chunk->data) {
        buf_add(out, chunk->data, chunk->length);
        return CX_OK;
    }
    char block[65536];
    for (size_t done = 0; done < chunk->length;) {
        const size_t want =
            chunk->length - done < sizeof block ? chunk->length - done : sizeof block;
        const ssize_t n = pread(r->fd, block, want, (off_t)(chunk->at + (int64_t)done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return cx_fail_errno(c, n ? errno : EIO, "reading a result back from disk");
        buf_add(out, block, (size_t)n);
        done += (size_t)n;
    }
    return CX_OK;
}

/* ---- writing ---------------------------------------------------------------- */

/* Runs of bytes that need no escape are copied whole; that is nearly all of them. */
static void add_string(buf *b, const char *data, size_t length)
{
    static const char hex[] = "0123456789abcdef";
    size_t from = 0;
    buf_addc(b, '"');
    for (size_t i = 0; i < length; i++) {
        const unsigned char ch = (unsigned char)data[i];
        if (ch >= 0x20 && ch != '"' && ch != '\\')
            continue;
        buf_add(b, data + from, i - from);
        from = i + 1;
        switch (ch) {
        case '"': buf_adds(b, "\\\""); break;
        case '\\': buf_adds(b, "\\\\"); break;
        case '\n': buf_adds(b, "\\n"); break;
        case '\r': buf_adds(b, "\\r"); break;
        case '\t': buf_adds(b, "\\t"); break;
        default: {
            const char code[] = {'\\', 'u', '0', '0', hex[ch >> 4], hex[ch & 15]};
            buf_add(b, code, sizeof code);
        }
        }
    }
    buf_add(b, data + from, length - from);
    buf_addc(b, '"');
}

static void add_column(buf *b, const engine_column *column, size_t i)
{
    int scale;
    const int precision = rest_decimal(column->type_text, &scale);
    buf_adds(b, i ? ",{\"name\":" : "{\"name\":");
    add_string(b, column->name, strlen(column->name));
    buf_addf(b, ",\"position\":%zu,\"type_name\":\"%s\",\"type_text\":", i,
             rest_type_name(column->type_text));
    add_string(b, column->type_text, strlen(column->type_text));
    if (precision >= 0)
        buf_addf(b, ",\"type_precision\":%d,\"type_scale\":%d", precision, scale);
    if (text_starts(column->type_text, "INTERVAL ")) {
        buf_adds(b, ",\"type_interval_type\":");
        add_string(b, column->type_text + 9, strlen(column->type_text + 9));
    }
    buf_addc(b, '}');
}

static cx_code on_columns(cx *c, void *self, const engine_column *columns, size_t n)
{
    result_writer *w = self;
    w->to->column_count = n;
    if (n == 0)
        return CX_OK;
    buf b = BUF((size_t)64 << 20);
    buf_addc(&b, '[');
    for (size_t i = 0; i < n; i++)
        add_column(&b, &columns[i], i);
    buf_addc(&b, ']');
    const cx_code rc = buf_done(c, &b, "the list of the result's columns");
    free(w->to->columns);
    w->to->columns = buf_steal(&b);
    return rc;
}

static cx_code end_chunk(cx *c, result_writer *w)
{
    result *r = w->to;
    if (!w->rows.length)
        return CX_OK;
    buf_addc(&w->rows, ']');
    TRY(buf_done(c, &w->rows, "a chunk of the result"));
    if (r->chunk_count == r->chunk_room) {
        r->chunk_room = r->chunk_room ? r->chunk_room * 2 : 4;
        r->chunks = cx_realloc(r->chunks, r->chunk_room * sizeof *r->chunks);
    }
    const size_t length = w->rows.length;
    r->chunks[r->chunk_count++] = (result_chunk){.data = buf_steal(&w->rows),
                                                 .length = length,
                                                 .row_offset = w->rows_from,
                                                 .rows = r->rows - w->rows_from};
    r->in_memory += (int64_t)length;
    w->rows_from = r->rows;
    if (w->memory_most && r->in_memory > w->memory_most)
        return result_spill(c, r, w->folder);
    return CX_OK;
}

static cx_code stop(cx *c, result_writer *w)
{
    w->stopped = w->to->truncated = true;
    return cx_fail(c, CX_CANCELLED, "the limit of the result was reached");
}

static cx_code on_row(cx *c, void *self, const char *const *values, const size_t *lengths)
{
    result_writer *w = self;
    result *r = w->to;
    if (w->row_limit && r->rows >= w->row_limit)
        return stop(c, w);
    const size_t before = w->rows.length;
    buf_adds(&w->rows, before ? ",[" : "[[");
    for (size_t i = 0; i < r->column_count; i++) {
        if (i)
            buf_addc(&w->rows, ',');
        if (values[i])
            add_string(&w->rows, values[i], lengths[i]);
        else
            buf_adds(&w->rows, "null");
    }
    buf_addc(&w->rows, ']');
    const int64_t size = (int64_t)(w->rows.length - before);
    if (w->byte_limit && r->bytes + size > w->byte_limit) {
        w->rows.length = before;
        if (before)
            w->rows.data[before] = 0;
        return stop(c, w);
    }
    r->bytes += size;
    r->rows++;
    if (!w->memory_most && r->bytes > RESULT_INLINE_MOST)
        return cx_fail(
            c, CX_TOO_LARGE,
            "Inline byte limit exceeded. Statements executed with disposition=INLINE can have a "
            "result size of at most %lld bytes. Please execute the statement with "
            "disposition=EXTERNAL_LINKS if you want to download the full result.",
            (long long)RESULT_INLINE_MOST);
    return w->rows.length >= RESULT_CHUNK ? end_chunk(c, w) : CX_OK;
}

engine_sink result_sink(result_writer *w)
{
    w->rows = BUF((size_t)1 << 30); /* one row may be larger than a chunk */
    return (engine_sink){.columns = on_columns, .row = on_row, .self = w};
}

cx_code result_finish(cx *c, result_writer *w)
{
    return end_chunk(c, w);
}

void result_writer_clear(result_writer *w)
{
    buf_clear(&w->rows);
}
