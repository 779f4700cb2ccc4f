/* Deletion vectors, inline and in a file.
 *
 * input: how (1 byte) │ cardinality (1) │ the bitmap, the file, or the text in base 85 */
#include "delta/delta_int.h"
#include "fuzz/fuzz.h"

#include "base/hash.h"

#include <sys/mman.h>

enum { BITMAP, FRAMED, RAW_FILE, TEXT, KINDS };

static void rows_rise(const uint64_t *rows, size_t n)
{
    for (size_t i = 1; i < n; i++)
        FUZZ_MUST(rows[i - 1] < rows[i]);
}

/* Deletion vectors in files are read by path: a file of memory has one. */
static void in_file(cx *c, const uint8_t *data, size_t size, bool framed, int64_t cardinality)
{
    AUTO_CLEAR(buf) b = BUF(BUF_ANY);
    AUTO_CLEAR(buf) out = {0};
    const uint32_t crc = hash_crc32(data, size);
    const uint8_t head[] = {1, (uint8_t)(size >> 24), (uint8_t)(size >> 16), (uint8_t)(size >> 8),
                            (uint8_t)size};
    const uint8_t tail[] = {(uint8_t)(crc >> 24), (uint8_t)(crc >> 16), (uint8_t)(crc >> 8),
                            (uint8_t)crc};
    if (framed)
        buf_add(&b, head, sizeof head);
    buf_add(&b, data, size);
    if (framed)
        buf_add(&b, tail, sizeof tail);
    const int fd = memfd_create("vector", MFD_CLOEXEC);
    if (fd < 0 || write(fd, buf_text(&b), b.length) != (ssize_t)b.length)
        return;
    int64_t bytes = (int64_t)size; /* a raw file's size is what it says itself */
    if (!framed && size > 4)
        bytes = (int64_t)data[1] << 24 | (int64_t)data[2] << 16 | data[3] << 8 | data[4];
    const delta_dv dv = {"p", cx_fmt(c, "file:///proc/self/fd/%d", fd), 1, bytes, cardinality};
    const cx_code rc = dv_load(c, "/", &dv, &out);
    FUZZ_MUST(!framed || (rc == CX_OK && out.length == size));
    uint64_t *rows = NULL;
    size_t n = 0;
    if (rc == CX_OK && dv_decode(c, out.data, out.length, cardinality, &rows, &n) == CX_OK)
        rows_rise(rows, n);
    free(rows);
    close(fd);
}

static void as_text(cx *c, const uint8_t *data, size_t size, int64_t cardinality)
{
    const char *text = cx_dupn(c, (const char *)data, size);
    for (int64_t cut = 0; cut < 4; cut++) {
        AUTO_CLEAR(buf) out = {0};
        AUTO_FREE uint64_t *rows = NULL;
        size_t n = 0;
        const delta_dv dv = {"i", text, -1, (int64_t)strlen(text) / 5 * 4 - cut, cardinality};
        if (dv_load(c, "/", &dv, &out) == CX_OK &&
            dv_decode(c, out.data, out.length, cardinality, &rows, &n) == CX_OK)
            rows_rise(rows, n);
    }
    char *path;
    const delta_dv relative = {"u", text, 1, 3, cardinality};
    if (dv_file(c, "/root", &relative, &path) == CX_OK)
        FUZZ_MUST(text_starts(path, "/root/") && !strstr(path, "/../"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cx c;
    if (size < 2)
        return 0;
    cx_init(&c);
    const int how = data[0] % KINDS;
    const int64_t cardinality = data[1] == 255 ? 70000 : data[1];
    uint64_t *rows = NULL;
    size_t n = 0;
    if (how == TEXT)
        as_text(&c, data + 2, size - 2, cardinality);
    else if (how != BITMAP)
        in_file(&c, data + 2, size - 2, how == FRAMED, cardinality);
    else if (dv_decode(&c, data + 2, size - 2, cardinality, &rows, &n) == CX_OK) {
        FUZZ_MUST((int64_t)n == cardinality);
        rows_rise(rows, n);
    }
    free(rows);
    cx_clear(&c);
    return 0;
}

static void add_seed(int how, int cardinality, const void *data, size_t size)
{
    uint8_t text[8300] = {(uint8_t)how, (uint8_t)cardinality};
    memcpy(text + 2, data, size);
    fuzz_seed(text, size + 2);
}

/* The vectors' files that others wrote. */
static cx_code golden_file(cx *c, void *self, const char *relative, int64_t size, int64_t mtime_ms)
{
    AUTO_CLEAR(buf) text = {0};
    const char *slash = strrchr(relative, '/'), *name = slash ? slash + 1 : relative;
    (void)mtime_ms;
    if (!text_starts(name, "deletion_vector_") || size > 8000)
        return CX_OK;
    TRY(fs_read(c, fs_join(c, self, relative), 8000, &text));
    add_seed(RAW_FILE, 2, buf_text(&text), text.length);
    if (text.length > 9) /* version, size, bitmap, checksum */
        add_seed(BITMAP, 2, text.data + 5, text.length - 9);
    return CX_OK;
}

void fuzz_seeds(cx *c)
{
    static const char inline_text[] = "^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L";
    unsigned char bitmap[44];
    const char *golden = fuzz_golden();
    if (golden && fs_walk(c, golden, golden_file, (void *)(uintptr_t)golden) != CX_OK)
        cx_forgive(c);
    FUZZ_MUST(z85_decode(inline_text, strlen(inline_text), bitmap));
    for (int how = BITMAP; how <= RAW_FILE; how++)
        add_seed(how, 6, bitmap, sizeof bitmap);
    add_seed(TEXT, 6, inline_text, strlen(inline_text));
    add_seed(TEXT, 1, "ab^-aqEH.-t@S}K{vb[*k^", 22);
    /* Two buckets; runs; a bit set. */
    static const uint8_t runs[] = {0xD1, 0xD3, 0x39, 0x64, 1, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0,
                                   0x3B, 0x30, 0,    0,    1, 0, 0, 4, 0, 1, 0, 10, 0, 4, 0};
    add_seed(BITMAP, 5, runs, sizeof runs);
    static uint8_t bits[4 + 8 + 4 + 8 + 8 + 8192] = {0xD1, 0xD3, 0x39, 0x64, 1, 0, 0,    0,    0, 0,
                                                     0,    0,    0,    0,    0, 0, 0x3A, 0x30, 0, 0,
                                                     1,    0,    0,    0,    0, 0, 0xFF, 0xFF, 16};
    memset(bits + 32, 0xFF, 8192);
    add_seed(BITMAP, 255, bits, sizeof bits);
}
