/* Adds packed one after the other, with the statistics of one as the model of the next, are read
 * back as they were.
 *
 * input: adds, 1E after each; an add is flags, then statistics 1F key 1F value 1F key … */
#include "delta/packed.h"
#include "fuzz/fuzz.h"

enum { PAIRS = 8, ADDS = 64 };

typedef struct {
    delta_add_row row;
    delta_pair pairs[PAIRS];
    str raw;
} kept;

static str piece(const uint8_t **p, const uint8_t *end, uint8_t stop)
{
    const uint8_t *start = *p, *at = memchr(start, stop, (size_t)(end - start));
    *p = at ? at + 1 : end;
    return (str){(const char *)start, (size_t)((at ? at : end) - start)};
}

static void take(str text, kept *k)
{
    const uint8_t *p = (const uint8_t *)text.data, *end = p + text.length;
    const uint8_t flags = p < end ? *p++ : 0;
    size_t n = 0;
    *k = (kept){.row = {.base_row_id = flags & 1 ? flags * INT64_C(0x1234567) : DELTA_NO_LONG,
                        .default_row_commit_version = flags & 2 ? flags : DELTA_NO_LONG,
                        .data_change = flags & 4}};
    const str stats = piece(&p, end, 0x1f);
    if (flags & 8)
        k->row.stats = stats;
    while (p < end && n < PAIRS) {
        k->pairs[n].key = piece(&p, end, 0x1f);
        k->pairs[n].value = p < end ? piece(&p, end, 0x1f) : (str){0};
        n++;
    }
    k->row.partition_values = (delta_map){k->pairs, n, n || flags & 16};
    if (flags & 32)
        k->row.tags = (delta_map){k->pairs, n / 2, true};
    if (flags & 64 && n)
        k->row.clustering_provider = k->pairs[0].key;
}

static void same_text(str was, const char *is)
{
    FUZZ_MUST(!was.data == !is);
    FUZZ_MUST(!is || (strlen(is) == was.length && !memcmp(is, was.data, was.length)));
}

static void same_map(const delta_map *was, const char *is)
{
    const char *key, *value;
    packed_pairs at = pack_pairs(is);
    FUZZ_MUST(was->there == (is != NULL));
    for (size_t i = 0; i < was->count; i++) {
        FUZZ_MUST(pack_next(&at, &key, &value));
        same_text(was->pairs[i].key, key);
        same_text(was->pairs[i].value, value);
    }
    FUZZ_MUST(!pack_next(&at, &key, &value));
}

static void check(arena *mem, const kept *k)
{
    FUZZ_MUST(is_packed(k->raw));
    const packed_add a = pack_read(k->raw);
    same_text(k->row.stats, pack_stats(mem, &a));
    same_text(k->row.clustering_provider, a.clustering_provider);
    same_map(&k->row.partition_values, a.partition_values);
    same_map(&k->row.tags, a.tags);
    FUZZ_MUST(a.data_change == k->row.data_change && a.base_row_id == k->row.base_row_id &&
              a.default_row_commit_version == k->row.default_row_commit_version);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) mem = arena_new();
    AUTO_FREE kept *all = cx_calloc(ADDS, sizeof *all);
    size_t n = 0, room = 0;
    str model = {0};
    if (memchr(data, 0, size))
        return 0; /* such texts are refused before they are packed */
    for (const uint8_t *p = data, *end = data + size; p < end && n < ADDS; n++) {
        take(piece(&p, end, 0x1e), &all[n]);
        room += pack_room(&all[n].row);
    }
    AUTO_FREE char *out = cx_malloc(room + 1);
    char *w = out;
    for (size_t i = 0; i < n; i++) {
        const size_t most = pack_room(&all[i].row), length = pack_add(w, &all[i].row, &model);
        FUZZ_MUST(length <= most);
        all[i].raw = (str){w, length};
        w += length;
    }
    for (size_t i = 0; i < n; i++)
        check(mem, &all[i]);
    return 0;
}

void fuzz_seeds(cx *c)
{
    AUTO_CLEAR(buf) b = BUF(BUF_ANY);
    for (int i = 0; i < 12; i++)
        buf_addf(
            &b,
            "%c{\"numRecords\":%d,\"minValues\":{\"a\":%d,\"b\":\"x%d\"},\"maxValues\":{\"a\":%d},"
            "\"nullCount\":{\"a\":0,\"b\":%d}}\x1fp\x1f%d\x1fq\x1f\x1e",
            9 + i, i, i * 77, i * i * i, i, i % 3, i);
    fuzz_seed(b.data, b.length);
    fuzz_seed_text("\x08same same same same same same same same\x1e\x08same same same same same "
                   "same same sane\x1e\x7fno\x1ek\x1e\x08");
    (void)c;
}
