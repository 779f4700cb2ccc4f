/* Writing deletion vectors. The layout is drawn in dv.c.
 *
 * All vectors of one commit go into one file, which appears whole and durable before anything names
 * it. Killed in between, it is a file that no version names, and VACUUM takes it. Only buckets with
 * rows in them are written. spec: delta "Deletion Vectors", "Deletion Vector Format" */
#include "delta/action.h"
#include "delta/delta_int.h"

#include "base/hash.h"

#include <inttypes.h>
#include <roaring/roaring.h>

static const size_t vector_most = (size_t)1 << 30, rows_most = (size_t)1 << 28;

static void add_little(buf *b, uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++, v >>= 8)
        buf_addc(b, (char)(v & 0xFF));
}

static void add_big32(buf *b, uint32_t v)
{
    const unsigned char p[] = {(unsigned char)(v >> 24), (unsigned char)(v >> 16),
                               (unsigned char)(v >> 8), (unsigned char)v};
    buf_add(b, p, sizeof p);
}

static cx_code check_rows(cx *c, const uint64_t *rows, size_t n)
{
    if (!n || n > rows_most)
        return cx_fail(c, n ? CX_TOO_LARGE : CX_INVALID,
                       "a deletion vector of %zu rows cannot be written", n);
    for (size_t i = 1; i < n; i++)
        if (rows[i] <= rows[i - 1])
            return cx_fail(c, CX_INTERNAL, "the rows of a deletion vector do not rise");
    if (rows[n - 1] > INT64_MAX)
        return cx_fail(c, CX_INVALID, "row %" PRIu64 " is past what a file can hold", rows[n - 1]);
    return CX_OK;
}

/* Rows that share their upper half. */
static void add_bucket(buf *out, const uint64_t *rows, size_t n)
{
    roaring_bitmap_t *r = roaring_bitmap_create();
    for (size_t i = 0; i < n; i++)
        roaring_bitmap_add(r, (uint32_t)rows[i]);
    roaring_bitmap_run_optimize(r);
    const size_t size = roaring_bitmap_portable_size_in_bytes(r);
    AUTO_FREE char *bytes = cx_malloc(size);
    roaring_bitmap_portable_serialize(r, bytes);
    roaring_bitmap_free(r);
    add_little(out, rows[0] >> 32, 4);
    buf_add(out, bytes, size);
}

static size_t bucket_end(const uint64_t *rows, size_t n, size_t from)
{
    size_t to = from;
    while (to < n && rows[to] >> 32 == rows[from] >> 32)
        to++;
    return to;
}

cx_code dv_encode(cx *c, const uint64_t *rows, size_t n, buf *out)
{
    TRY(check_rows(c, rows, n));
    uint64_t buckets = 0;
    for (size_t i = 0; i < n; i = bucket_end(rows, n, i))
        buckets++;
    add_little(out, DV_MAGIC, 4);
    add_little(out, buckets, 8);
    for (size_t i = 0, to; i < n; i = to) {
        to = bucket_end(rows, n, i);
        add_bucket(out, rows + i, to - i);
    }
    if (out->length > vector_most)
        return cx_fail(c, CX_TOO_LARGE, "a deletion vector of %zu bytes cannot be written",
                       out->length);
    return CX_OK;
}

static cx_code add_vector(cx *c, const delta_rows *rows, const char *name, buf *file, delta_dv *out)
{
    AUTO_CLEAR(buf) bitmap = BUF(BUF_ANY);
    TRY(dv_encode(c, rows->rows, rows->count, &bitmap));
    if (file->length + bitmap.length > INT32_MAX)
        return cx_fail(c, CX_TOO_LARGE, "the deletion vectors of one commit are over 2 GiB");
    *out = (delta_dv){.storage_type = "u",
                      .path_or_inline = name,
                      .offset = (int64_t)file->length,
                      .size_bytes = (int64_t)bitmap.length,
                      .cardinality = (int64_t)rows->count};
    add_big32(file, (uint32_t)bitmap.length);
    buf_add(file, bitmap.data, bitmap.length);
    add_big32(file, hash_crc32(bitmap.data, bitmap.length));
    return CX_OK;
}

static void uuid_bytes(const char *text, unsigned char out[16])
{
    for (int i = 0; i < 16; i++, text += 2) {
        unsigned byte = 0;
        text += *text == '-';
        (void)sscanf(text, "%2x", &byte);
        out[i] = (unsigned char)byte;
    }
}

void delta_mark(delta_table *t, const char *uuid)
{
    const size_t n = uuid ? strlen(uuid) : 0;
    t->mark[0] = '\0';
    if (n >= 12 && strspn(uuid + n - 12, "0123456789abcdef") == 12)
        memcpy(t->mark, uuid + n - 12, sizeof t->mark);
}

cx_code delta_dv_write(cx *c, delta_table *t, const delta_rows *rows, size_t n, delta_dv *out)
{
    char id[UUID_TEXT];
    unsigned char bytes[16];
    char *name = cx_alloc(c, 21);
    AUTO_CLEAR(buf) file = BUF(BUF_ANY);
    uuid_random(id);
    if (*t->mark)
        memcpy(id + UUID_TEXT - sizeof t->mark, t->mark, sizeof t->mark);
    uuid_bytes(id, bytes);
    z85_encode(bytes, sizeof bytes, name);
    buf_addc(&file, 1); /* version of the format */
    for (size_t i = 0; i < n; i++) {
        TRY(cx_alive(c));
        TRY(add_vector(c, &rows[i], name, &file, &out[i]));
    }
    const char *path = cx_fmt(c, "deletion_vector_%s.bin", id);
    TRY_IN(c, store_put_if_absent(c, t->store, path, (str){file.data, file.length}),
           "writing %s/%s", t->store->root, path);
    return CX_OK;
}

/* ---- the actions -------------------------------------------------------------------- */

json *delta_dv_json(const delta_dv *dv)
{
    AUTO_CLEAR(buf) b = BUF(BUF_ANY);
    buf_add_dv(&b, dv);
    return json_loads(buf_text(&b), 0, NULL);
}

static json *remove_of(const json *add, int64_t now_ms)
{
    static const char *const kept[] = {
        "path",      "partitionValues",        "size", "tags", "deletionVector",
        "baseRowId", "defaultRowCommitVersion"};
    json *r = json_object();
    for (size_t i = 0; i < CX_COUNT(kept); i++)
        if (json_get(add, kept[i]))
            json_object_set(r, kept[i], json_get(add, kept[i]));
    json_object_set_new(r, "deletionTimestamp", json_integer(now_ms));
    json_object_set_new(r, "dataChange", json_true());
    json_object_set_new(r, "extendedFileMetadata", json_true());
    return json_pack("{s:o}", "remove", r);
}

/* Bounds stay true for the rows that are left, but are no longer reached by one of them. */
static cx_code loosen(cx *c, const delta_file *f, int64_t records, json *add)
{
    AUTO(json) stats = NULL;
    TRY(delta_file_stats(c, f, &stats));
    if (!stats)
        stats = json_object();
    json_object_set_new(stats, "numRecords", json_integer(records));
    json_object_set_new(stats, "tightBounds", json_false());
    AUTO_FREE char *text = json_text(stats);
    json_object_set_new(add, "stats", json_string(text));
    json_object_del(add, "stats_parsed");
    return CX_OK;
}

cx_code delta_dv_actions(cx *c, const delta_file *f, const delta_dv *dv, int64_t records,
                         json *actions)
{
    AUTO(json) add = NULL;
    TRY(delta_file_add(c, f, &add));
    json_array_append_new(actions, remove_of(add, cx_now_ms(c)));
    if (!dv)
        return CX_OK;
    if (dv->cardinality > records)
        return cx_fail(c, CX_INTERNAL, "%s has %" PRId64 " rows; %" PRId64 " cannot be deleted",
                       f->path, records, dv->cardinality);
    TRY(loosen(c, f, records, add));
    json_object_set_new(add, "deletionVector", delta_dv_json(dv));
    json_object_set_new(add, "dataChange", json_true());
    json_array_append_new(actions, json_pack("{s:O}", "add", add));
    return CX_OK;
}
