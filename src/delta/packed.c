/* An add action in few bytes.
 *
 * A snapshot of a million files has a million adds, and most of them are never asked for more than
 * their path and size. The text of an action would be twice as long (the names of its members, the
 * statistics with each quote escaped), so what comes from the columns of a checkpoint is kept as
 *
 *   MARK  flags  [partition values] [stats] [tags] [base row id] [commit version] [provider]
 *
 * with a member where its flag is set. A text is its length, its bytes and NUL; a map is the number
 * of its pairs, then key and value of each, a value being 0 for NULL or 1 and the text; numbers are
 * in base 128, least first. The bytes are our own: nobody else can write them, so reading trusts
 * them. MARK tells them from JSON, which begins otherwise.
 *
 * Statistics are most of an add, and those of one file look like those of the one before it: the
 * same columns, other numbers. So they may be written by their differences from a model, the last
 * statistics that were written in full:
 *
 *   size  length  distance back to the model  { copied  literal bytes  skipped }*
 *
 * where `copied` bytes of the model are followed by a literal, and then `skipped` bytes of the
 * model are left out. Which differences are looked for does not matter to who reads them. */
#include "delta/packed.h"

enum { MARK = 1, NUMBER_ROOM = 10 };
enum {
    DATA_CHANGE = 1,
    VALUES = 2,
    STATS = 4,
    TAGS = 8,
    BASE_ROW_ID = 16,
    COMMIT_VERSION = 32,
    PROVIDER = 64,
    BY_DIFFERENCE = 128 /* the statistics */
};

static size_t map_room(const delta_map *m)
{
    size_t n = NUMBER_ROOM;
    for (size_t i = 0; i < m->count; i++)
        n += m->pairs[i].key.length + m->pairs[i].value.length + 2 * NUMBER_ROOM + 3;
    return n;
}

size_t pack_room(const delta_add_row *a)
{
    return 2 + map_room(&a->partition_values) + map_room(&a->tags) + a->stats.length +
           a->clustering_provider.length + 2 + 8 * NUMBER_ROOM;
}

static char *put_number(char *p, uint64_t v)
{
    for (; v >= 128; v >>= 7)
        *p++ = (char)(v | 128);
    *p++ = (char)v;
    return p;
}

static char *put_text(char *p, str text)
{
    p = put_number(p, text.length);
    memcpy(p, text.data, text.length);
    p += text.length;
    *p++ = '\0';
    return p;
}

static char *put_map(char *p, const delta_map *m)
{
    p = put_number(p, m->count);
    for (size_t i = 0; i < m->count; i++) {
        p = put_text(p, m->pairs[i].key);
        *p++ = m->pairs[i].value.data != NULL;
        if (m->pairs[i].value.data)
            p = put_text(p, m->pairs[i].value);
    }
    return p;
}

/* ---- differences ----------------------------------------------------------------- */

static size_t same(const char *a, const char *b, size_t most)
{
    size_t n = 0;
    uint64_t x, y;
    for (; n + sizeof x <= most; n += sizeof x) {
        memcpy(&x, a + n, sizeof x);
        memcpy(&y, b + n, sizeof y);
        if (x != y)
            return n + (size_t)__builtin_ctzll(x ^ y) / 8;
    }
    while (n < most && a[n] == b[n])
        n++;
    return n;
}

/* Where a value ends. */
static size_t token(const char *p, size_t most)
{
    size_t n = 0;
    while (n < most && p[n] != ',' && p[n] != '}' && p[n] != ':')
        n++;
    return n;
}

/* The end of what was written; NULL when it would be longer than `limit`. */
static char *put_differences(char *p, str text, str model, const char *limit)
{
    size_t i = 0, j = 0;
    while (i < text.length) {
        const size_t left = text.length - i, there = model.length - j;
        const size_t copied = same(text.data + i, model.data + j, left < there ? left : there);
        i += copied;
        j += copied;
        size_t literal = token(text.data + i, text.length - i);
        const size_t skipped = token(model.data + j, model.length - j);
        if (!literal && !skipped)
            literal = text.length - i; /* of another shape from here on */
        if (p + literal + 3 * NUMBER_ROOM > limit)
            return NULL;
        p = put_number(p, copied);
        p = put_number(p, literal);
        memcpy(p, text.data + i, literal);
        p = put_number(p + literal, skipped);
        i += literal;
        j += skipped;
    }
    return p;
}

/* In full, unless the differences are clearly shorter. *flags says which. */
static char *put_stats(char *out, char *p, str text, str *model, int *flags)
{
    enum { HEAD = 3 * NUMBER_ROOM, WORTH_IT = 32 };
    const size_t limit = text.length / 4 * 3;
    if (model->data && text.length > WORTH_IT) {
        char *end = put_differences(p + HEAD, text, *model, p + HEAD + limit);
        if (end) {
            const size_t n = (size_t)(end - p - HEAD);
            char *body = put_number(p, text.length);
            body = put_number(body, (uint64_t)(out - model->data));
            body = put_number(body, n);
            memmove(body, p + HEAD, n);
            *flags |= BY_DIFFERENCE;
            return body + n;
        }
    }
    p = put_text(p, text);
    *model = (str){p - 1 - text.length, text.length};
    return p;
}

size_t pack_add(char *out, const delta_add_row *a, str *model)
{
    int flags = (a->data_change ? DATA_CHANGE : 0) | (a->partition_values.there ? VALUES : 0) |
                (a->stats.data ? STATS : 0) | (a->tags.there ? TAGS : 0) |
                (a->base_row_id != DELTA_NO_LONG ? BASE_ROW_ID : 0) |
                (a->default_row_commit_version != DELTA_NO_LONG ? COMMIT_VERSION : 0) |
                (a->clustering_provider.data ? PROVIDER : 0);
    char *p = out;
    *p++ = MARK;
    p++; /* flags */
    if (flags & VALUES)
        p = put_map(p, &a->partition_values);
    if (flags & STATS)
        p = put_stats(out, p, a->stats, model, &flags);
    if (flags & TAGS)
        p = put_map(p, &a->tags);
    if (flags & BASE_ROW_ID)
        p = put_number(p, (uint64_t)a->base_row_id);
    if (flags & COMMIT_VERSION)
        p = put_number(p, (uint64_t)a->default_row_commit_version);
    if (flags & PROVIDER)
        p = put_text(p, a->clustering_provider);
    out[1] = (char)flags;
    return (size_t)(p - out);
}

bool is_packed(str raw)
{
    return raw.length && raw.data[0] == MARK;
}

static uint64_t number(const char **p)
{
    uint64_t v = 0;
    for (int shift = 0;; shift += 7) {
        const unsigned char ch = (unsigned char)*(*p)++;
        v |= (uint64_t)(ch & 127) << shift;
        if (ch < 128)
            return v;
    }
}

static const char *text(const char **p)
{
    const uint64_t n = number(p);
    const char *start = *p;
    *p += n + 1;
    return start;
}

packed_pairs pack_pairs(const char *map)
{
    packed_pairs at = {.p = map};
    at.left = map ? (size_t)number(&at.p) : 0;
    return at;
}

bool pack_next(packed_pairs *at, const char **key, const char **value)
{
    if (!at->left)
        return false;
    at->left--;
    *key = text(&at->p);
    *value = *at->p++ ? text(&at->p) : NULL;
    return true;
}

static const char *map(const char **p)
{
    const char *start = *p, *key, *value;
    packed_pairs at = pack_pairs(start);
    while (pack_next(&at, &key, &value))
        ;
    *p = at.p;
    return start;
}

static void read_differences(packed_add *a, const char *start, const char **p)
{
    a->stats_size = (size_t)number(p);
    a->model = start - number(p);
    const size_t n = (size_t)number(p);
    a->stats = *p;
    *p += n;
}

const char *pack_stats(arena *mem, const packed_add *a)
{
    if (!a->model)
        return a->stats;
    char *out = arena_alloc(mem, a->stats_size + 1), *w = out, *end = out + a->stats_size;
    const char *p = a->stats, *model = a->model;
    while (w < end) {
        const size_t copied = (size_t)number(&p), literal = (size_t)number(&p);
        memcpy(w, model, copied);
        memcpy(w + copied, p, literal);
        w += copied + literal;
        p += literal;
        model += copied + number(&p);
    }
    *w = '\0';
    return out;
}

packed_add pack_read(str raw)
{
    const char *p = raw.data + 2;
    const int flags = (unsigned char)raw.data[1];
    packed_add a = {.data_change = flags & DATA_CHANGE,
                    .base_row_id = DELTA_NO_LONG,
                    .default_row_commit_version = DELTA_NO_LONG};
    if (flags & VALUES)
        a.partition_values = map(&p);
    if (flags & BY_DIFFERENCE)
        read_differences(&a, raw.data, &p);
    else if (flags & STATS)
        a.stats = text(&p);
    if (flags & TAGS)
        a.tags = map(&p);
    if (flags & BASE_ROW_ID)
        a.base_row_id = (int64_t)number(&p);
    if (flags & COMMIT_VERSION)
        a.default_row_commit_version = (int64_t)number(&p);
    if (flags & PROVIDER)
        a.clustering_provider = text(&p);
    return a;
}
