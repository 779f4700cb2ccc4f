/* Deletion vectors: which rows of a file are gone.
 *
 *   file:    version 1 │ size (int32 BE) │ bitmap │ CRC-32 (int32 BE) │ next …
 *                        ^ offset of the descriptor
 *   bitmap:  magic D1 D3 39 64 │ number of buckets (uint64 LE) │ key (uint32 LE), 32-bit Roaring │
 * … Roaring: cookie │ [containers] │ [run flags] │ (key, cardinality - 1) … │ [offsets] │
 * containers
 *
 * The bitmap is decoded here and not by a library: it comes from a file that somebody else wrote,
 * so each count in it is checked against the bytes that are left and against the descriptor before
 * it is believed. Row numbers must rise; their number must be the descriptor's cardinality.
 * spec: delta "Deletion Vectors", "Deletion Vector Format" */
#include "delta/delta_int.h"
#include "delta/uri.h"

#include "base/fs.h"
#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

enum {
    COOKIE_PLAIN = 12346,
    COOKIE_RUNS = 12347,
    OFFSETS_FROM = 4, /* containers from which on a bitmap with runs has offsets */
    ARRAY_MOST = 4096,
    BITSET_BYTES = 8192
};
static const int64_t bytes_most = (int64_t)1 << 30, rows_most = (int64_t)1 << 28;

static cx_code damaged(cx *c, const char *why)
{
    return cx_fail(c, CX_CORRUPT, "the deletion vector is damaged: %s", why);
}

/* ---- where it is ------------------------------------------------------------- */

static cx_code relative_file(cx *c, const char *root, const char *text, char **out)
{
    enum { UUID_Z85 = 20 };
    unsigned char id[16];
    const size_t n = strlen(text);
    if (n < UUID_Z85 || !z85_decode(text + n - UUID_Z85, UUID_Z85, id))
        return damaged(c, "its descriptor holds no file id");
    AUTO_CLEAR(buf) hex = BUF(BUF_ANY);
    buf_add_hex(&hex, id, sizeof id);
    const char *h = buf_text(&hex);
    const char *prefix = cx_dupn(c, text, n - UUID_Z85);
    if (strstr(prefix, ".."))
        return damaged(c, "its descriptor leaves the table's folder");
    *out = cx_fmt(c, "%s/%s%sdeletion_vector_%.8s-%.4s-%.4s-%.4s-%.12s.bin", root, prefix,
                  *prefix ? "/" : "", h, h + 8, h + 12, h + 16, h + 20);
    return CX_OK;
}

cx_code dv_file(cx *c, const char *root, const delta_dv *dv, char **out)
{
    *out = NULL;
    if (!strcmp(dv->storage_type, "i"))
        return CX_OK;
    if (!strcmp(dv->storage_type, "u"))
        return relative_file(c, root, dv->path_or_inline, out);
    if (!strcmp(dv->storage_type, "p"))
        return uri_to_path(c, root, dv->path_or_inline, out);
    return cx_fail(c, CX_UNSUPPORTED, "deletion vectors of storage type \"%s\" are not known",
                   dv->storage_type);
}

static cx_code read_at(cx *c, int fd, const char *path, int64_t offset, void *out, size_t length)
{
    char *p = out;
    while (length) {
        const ssize_t n = pread(fd, p, length, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return cx_fail_errno(c, errno, "cannot read %s", path);
        if (n == 0)
            return cx_fail(c, CX_CORRUPT,
                           "%s ends at byte %" PRId64 ", inside of a deletion vector", path,
                           offset);
        p += n;
        offset += n;
        length -= (size_t)n;
    }
    return CX_OK;
}

static uint32_t big32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static cx_code load_fd(cx *c, int fd, const char *path, const delta_dv *dv, buf *out)
{
    unsigned char version, word[4];
    const int64_t at = dv->offset < 0 ? 0 : dv->offset;
    const size_t size = (size_t)dv->size_bytes;
    TRY(read_at(c, fd, path, 0, &version, 1));
    if (version != 1)
        return cx_fail(c, CX_CORRUPT, "%s is a deletion vector file of version %d, not 1", path,
                       version);
    TRY(read_at(c, fd, path, at, word, sizeof word));
    if (big32(word) != size)
        return cx_fail(c, CX_CORRUPT,
                       "%s holds %" PRIu32 " bytes at offset %" PRId64 "; the log says %zu", path,
                       big32(word), at, size);
    buf b = BUF(size);
    b.data = cx_malloc(size + 1);
    b.capacity = size + 1;
    b.length = size;
    b.data[size] = '\0';
    cx_code rc = read_at(c, fd, path, at + 4, b.data, size);
    if (rc == CX_OK)
        rc = read_at(c, fd, path, at + 4 + (int64_t)size, word, sizeof word);
    if (rc == CX_OK && big32(word) != hash_crc32(b.data, size))
        rc = cx_fail(c, CX_CORRUPT,
                     "%s is damaged: the checksum at offset %" PRId64 " does not agree", path, at);
    if (rc == CX_OK)
        *out = b;
    else
        buf_clear(&b);
    return rc;
}

static cx_code load_inline(cx *c, const delta_dv *dv, buf *out)
{
    const size_t n = strlen(dv->path_or_inline), size = (size_t)dv->size_bytes;
    if (n % 5 || n / 5 * 4 < size || n / 5 * 4 - size > 3)
        return damaged(c, "the inline text does not have the size that the log says");
    buf b = BUF(BUF_ANY);
    b.data = cx_malloc(n / 5 * 4 + 1);
    b.capacity = n / 5 * 4 + 1;
    if (!z85_decode(dv->path_or_inline, n, (unsigned char *)b.data)) {
        buf_clear(&b);
        return damaged(c, "the inline text is not base 85");
    }
    b.length = size;
    *out = b;
    return CX_OK;
}

cx_code dv_load(cx *c, const char *root, const delta_dv *dv, buf *out)
{
    char *path;
    if (dv->size_bytes < 0)
        return damaged(c, "its descriptor has no size");
    if (dv->size_bytes > bytes_most)
        return cx_fail(c, CX_TOO_LARGE, "a deletion vector of %" PRId64 " bytes is too large",
                       dv->size_bytes);
    TRY(dv_file(c, root, dv, &path));
    if (!path)
        return load_inline(c, dv, out);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return cx_fail_errno(c, errno, "cannot read the deletion vector %s", path);
    const cx_code rc = load_fd(c, fd, path, dv, out);
    close(fd);
    return rc;
}

/* ---- what it says ------------------------------------------------------------ */

typedef struct {
    const unsigned char *p, *end;
    uint64_t *rows; /* owned by the caller */
    size_t n, most;
} decoder;

static size_t left(const decoder *d)
{
    return (size_t)(d->end - d->p);
}

static uint64_t little(const unsigned char *p, int bytes)
{
    uint64_t v = 0;
    for (int i = bytes; i-- > 0;)
        v = v << 8 | p[i];
    return v;
}

static bool take(decoder *d, int bytes, uint64_t *out)
{
    if (left(d) < (size_t)bytes)
        return false;
    *out = little(d->p, bytes);
    d->p += bytes;
    return true;
}

/* False when there are more rows than the log says, or they do not rise. */
static bool emit(decoder *d, uint64_t row)
{
    if (d->n == d->most || (d->n && row <= d->rows[d->n - 1]))
        return false;
    d->rows[d->n++] = row;
    return true;
}

static bool array_container(decoder *d, uint64_t base, size_t count)
{
    if (left(d) < count * 2)
        return false;
    for (size_t i = 0; i < count; i++, d->p += 2)
        if (!emit(d, base | little(d->p, 2)))
            return false;
    return true;
}

static bool bitset_container(decoder *d, uint64_t base, size_t count)
{
    if (left(d) < BITSET_BYTES)
        return false;
    const size_t before = d->n;
    for (int i = 0; i < BITSET_BYTES; i += 8)
        for (uint64_t word = little(d->p + i, 8); word; word &= word - 1)
            if (!emit(d, base | (uint64_t)(i * 8 + __builtin_ctzll(word))))
                return false;
    d->p += BITSET_BYTES;
    return d->n - before == count;
}

static bool run_container(decoder *d, uint64_t base)
{
    uint64_t runs, start, more;
    if (!take(d, 2, &runs))
        return false;
    while (runs--) {
        if (!take(d, 2, &start) || !take(d, 2, &more) || start + more > 0xFFFF)
            return false;
        for (uint64_t i = 0; i <= more; i++)
            if (!emit(d, base | (start + i)))
                return false;
    }
    return true;
}

static bool roaring32(decoder *d, uint64_t high)
{
    uint64_t cookie, count;
    const unsigned char *flags = NULL;
    if (!take(d, 4, &cookie))
        return false;
    if ((cookie & 0xFFFF) == COOKIE_RUNS) {
        count = (cookie >> 16) + 1;
        flags = d->p;
        if (left(d) < (count + 7) / 8)
            return false;
        d->p += (count + 7) / 8;
    } else if (cookie != COOKIE_PLAIN || !take(d, 4, &count) || count > 0x10000) {
        return false;
    }
    const unsigned char *heads = d->p;
    const bool offsets = !flags || count >= OFFSETS_FROM;
    if (left(d) < count * (offsets ? 8 : 4)) /* the offsets say what the order says: skipped */
        return false;
    d->p += count * (offsets ? 8 : 4);
    for (size_t i = 0; i < count; i++) {
        const uint64_t base = high << 32 | little(heads + 4 * i, 2) << 16;
        const size_t size = (size_t)little(heads + 4 * i + 2, 2) + 1;
        const bool run = flags && (flags[i / 8] >> (i % 8) & 1);
        if (!(run                  ? run_container(d, base)
              : size <= ARRAY_MOST ? array_container(d, base, size)
                                   : bitset_container(d, base, size)))
            return false;
    }
    return true;
}

static cx_code decode(cx *c, decoder *d)
{
    uint64_t magic, buckets, key, last = 0;
    if (!take(d, 4, &magic) || magic != DV_MAGIC)
        return damaged(c, "it does not begin with the magic number of the portable format");
    if (!take(d, 8, &buckets) || buckets > left(d) / 12)
        return damaged(c, "it has more buckets than bytes");
    for (uint64_t i = 0; i < buckets; i++, last = key) {
        if (!take(d, 4, &key) || key > INT32_MAX || (i && key <= last))
            return damaged(c, "its buckets are not in order");
        if (!roaring32(d, key))
            return damaged(c,
                           "a bitmap in it ends early, is out of order, or has more rows than the "
                           "log says");
    }
    return d->p == d->end ? CX_OK : damaged(c, "there are bytes after its end");
}

cx_code dv_decode(cx *c, const void *data, size_t length, int64_t cardinality, uint64_t **out,
                  size_t *out_n)
{
    if (cardinality < 0)
        return damaged(c, "its descriptor has no cardinality");
    if (cardinality > rows_most)
        return cx_fail(c, CX_TOO_LARGE, "a deletion vector of %" PRId64 " rows is too large",
                       cardinality);
    /* A run names up to 65,536 rows in four bytes, nothing names more. */
    if ((uint64_t)cardinality / 16384 > length)
        return damaged(c, "it is too small for the number of rows that the log says");
    AUTO_FREE uint64_t *rows = cx_malloc(((size_t)cardinality + 1) * sizeof *rows);
    decoder d = {data, (const unsigned char *)data + length, rows, 0, (size_t)cardinality};
    TRY(decode(c, &d));
    if (d.n != d.most)
        return damaged(c, "it has fewer rows than the log says");
    *out = STEAL(rows);
    *out_n = d.n;
    return CX_OK;
}

cx_code delta_dv_rows(cx *c, const delta_snapshot *s, const delta_file *f, uint64_t **out,
                      size_t *out_n)
{
    if (!f->dv) {
        *out = NULL;
        *out_n = 0;
        return CX_OK;
    }
    AUTO_CLEAR(buf) bitmap = {0};
    TRY_IN(c, dv_load(c, s->root, f->dv, &bitmap), "reading the deletion vector of %s", f->path);
    TRY_IN(c, dv_decode(c, bitmap.data, bitmap.length, f->dv->cardinality, out, out_n),
           "reading the deletion vector of %s", f->path);
    return CX_OK;
}
