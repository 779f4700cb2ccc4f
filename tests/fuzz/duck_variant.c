/* Bytes that say they are a variant: refused, or printed, walked and described without a read past
 * their end, and in time that their size bounds.
 *
 * input: a metadata, then a value */
#include "duck/variant.h"
#include "fuzz/fuzz.h"

static void visit(const variant *v, int depth)
{
    variant_leaf leaf;
    variant inner;
    str key;
    FUZZ_MUST(depth <= VARIANT_DEPTH + 1 && variant_read(v, &leaf));
    for (size_t i = 0; i < leaf.count; i++) {
        FUZZ_MUST(variant_at(v, i, &key, &inner));
        visit(&inner, depth + 1);
    }
    FUZZ_MUST(!variant_at(v, leaf.count, &key, &inner));
}

static void print(const variant *v, bool sound)
{
    static const char *const paths[] = {"$", "$.a", "$[0].b", "$['k'][1]", "$.\"a\"", "$[", "x"};
    AUTO_CLEAR(buf) text = BUF(BUF_ANY);
    variant part;
    bool bad;
    variant_add_json(&text, v);
    if (sound)
        FUZZ_MUST(text_utf8_valid(buf_text(&text), text.length));
    variant_add_text(&text, v);
    variant_add_schema(&text, v);
    for (size_t i = 0; i < CX_COUNT(paths); i++)
        if (variant_find(v, STR(paths[i]), &part, &bad)) {
            FUZZ_MUST(!bad);
            buf_reset(&text);
            variant_add_json(&text, &part);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const str all = {(const char *)data, size};
    const size_t n = variant_metadata_size(all);
    variant v;
    FUZZ_MUST(n <= size);
    const bool sound = variant_open(all, (str){all.data + n, size - n}, &v);
    if (sound)
        visit(&v, 0);
    if (sound && size < 4096)
        print(&v, true);
    return 0;
}

static void seed(const char *metadata, size_t m, const char *value, size_t n)
{
    AUTO_CLEAR(buf) b = BUF(BUF_ANY);
    buf_add(&b, metadata, m);
    buf_add(&b, value, n);
    fuzz_seed(b.data, b.length);
}
#define SEED(metadata, value) seed(metadata, sizeof metadata - 1, value, sizeof value - 1)
#define NO_KEYS "\x11\x00\x00"
#define TWO_KEYS           \
    "\x11\x02\x00\x01\x02" \
    "ab"

void fuzz_seeds(cx *c)
{
    (void)c;
    SEED(NO_KEYS, "\x00");
    SEED(NO_KEYS, "\x04");
    SEED(NO_KEYS, "\x0c\x2a");
    SEED(NO_KEYS, "\x18\xff\xff\xff\xff\xff\xff\xff\x7f");
    SEED(NO_KEYS, "\x1c\x00\x00\x00\x00\x00\x00\xf8\x7f");
    SEED(NO_KEYS, "\x20\x02\xe2\x04\x00\x00");
    SEED(NO_KEYS, "\x28\x26\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f");
    SEED(NO_KEYS, "\x2c\x00\x50\x00\x00");
    SEED(NO_KEYS, "\x30\x00\x00\x00\x00\x00\x00\x00\x80");
    SEED(NO_KEYS, "\x3c\x03\x00\x00\x00\x00\x01\xff");
    SEED(NO_KEYS, "\x40\x02\x00\x00\x00\xc3\xa9");
    SEED(NO_KEYS, "\x50"
                  "0123456789abcdef");
    SEED(NO_KEYS, "\x09hi");
    SEED(NO_KEYS, "\x03\x02\x00\x01\x03\x00\x0c\x07");
    SEED(TWO_KEYS, "\x02\x02\x00\x01\x00\x02\x04\x0c\x01\x05x");
    SEED(TWO_KEYS, "\x02\x01\x01\x00\x0a\x02\x01\x00\x00\x05\x03\x01\x00\x01\x00");
}
