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
 * them. MARK tells them from JSON, which begins otherwise. */
#include "delta/packed.h"

enum { MARK = 1, NUMBER_ROOM = 10 };
enum {
    DATA_CHANGE = 1,
    VALUES = 2,
    STATS = 4,
    TAGS = 8,
    BASE_ROW_ID = 16,
    COMMIT_VERSION = 32,
    PROVIDER = 64
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
           a->clustering_provider.length + 2 + 4 * NUMBER_ROOM;
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

size_t pack_add(char *out, const delta_add_row *a)
{
    const int flags = (a->data_change ? DATA_CHANGE : 0) |
                      (a->partition_values.there ? VALUES : 0) | (a->stats.data ? STATS : 0) |
                      (a->tags.there ? TAGS : 0) |
                      (a->base_row_id != DELTA_NO_LONG ? BASE_ROW_ID : 0) |
                      (a->default_row_commit_version != DELTA_NO_LONG ? COMMIT_VERSION : 0) |
                      (a->clustering_provider.data ? PROVIDER : 0);
    char *p = out;
    *p++ = MARK;
    *p++ = (char)flags;
    if (flags & VALUES)
        p = put_map(p, &a->partition_values);
    if (flags & STATS)
        p = put_text(p, a->stats);
    if (flags & TAGS)
        p = put_map(p, &a->tags);
    if (flags & BASE_ROW_ID)
        p = put_number(p, (uint64_t)a->base_row_id);
    if (flags & COMMIT_VERSION)
        p = put_number(p, (uint64_t)a->default_row_commit_version);
    if (flags & PROVIDER)
        p = put_text(p, a->clustering_provider);
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

packed_add pack_read(str raw)
{
    const char *p = raw.data + 2;
    const int flags = (unsigned char)raw.data[1];
    packed_add a = {.data_change = flags & DATA_CHANGE,
                    .base_row_id = DELTA_NO_LONG,
                    .default_row_commit_version = DELTA_NO_LONG};
    if (flags & VALUES)
        a.partition_values = map(&p);
    if (flags & STATS)
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
