#include "duck/variant.h"

/* Keys of a value count into this, members' names once each time that they are used. */
enum { MOST_NAMES = 256 << 20 };

static uint64_t little(const char *p, size_t n)
{
    uint64_t v = 0;
    while (n-- > 0)
        v = v << 8 | (unsigned char)p[n];
    return v;
}

static int64_t little_signed(const char *p, size_t n)
{
    const uint64_t v = little(p, n);
    return n == 8 ? (int64_t)v : (int64_t)(v << (64 - 8 * n)) >> (64 - 8 * n);
}

/* ---- the dictionary ---- */

typedef struct {
    size_t width, count, offsets, text; /* where the offsets and the keys' bytes start */
} dictionary;

static bool read_dictionary(str m, dictionary *d)
{
    if (m.length < 3 || (m.data[0] & 0x0f) != 1)
        return false;
    d->width = ((unsigned char)m.data[0] >> 6) + 1u;
    if (m.length < 1 + d->width)
        return false;
    d->count = little(m.data + 1, d->width);
    d->offsets = 1 + d->width;
    if (d->count >= (m.length - d->offsets) / d->width)
        return false;
    d->text = d->offsets + (d->count + 1) * d->width;
    return true;
}

static size_t key_offset(str m, const dictionary *d, size_t i)
{
    return little(m.data + d->offsets + i * d->width, d->width);
}

size_t variant_metadata_size(str m)
{
    dictionary d;
    if (!read_dictionary(m, &d))
        return 0;
    const size_t text = key_offset(m, &d, d.count);
    return text <= m.length - d.text ? d.text + text : 0;
}

static bool key_of(str m, size_t i, str *out)
{
    dictionary d;
    if (!read_dictionary(m, &d) || i >= d.count)
        return false;
    const size_t from = key_offset(m, &d, i), to = key_offset(m, &d, i + 1);
    if (from > to || to > m.length - d.text)
        return false;
    *out = (str){m.data + d.text + from, to - from};
    return true;
}

/* ---- values ---- */

/* Where the parts of an object or an array are. */
typedef struct {
    size_t count, id_width, width; /* id_width 0 = an array */
    size_t ids, offsets, values;   /* values: where the members' bytes start */
    size_t size;                   /* of all of it */
} container;

static bool read_container(str v, container *k)
{
    const unsigned header = (unsigned char)v.data[0] >> 2;
    const bool object = (v.data[0] & 3) == 2;
    const size_t count_width = header & (object ? 0x10u : 0x04u) ? 4 : 1;
    if (v.length < 1 + count_width)
        return false;
    k->width = (header & 3) + 1;
    k->id_width = object ? (header >> 2 & 3) + 1 : 0;
    k->count = little(v.data + 1, count_width);
    k->ids = 1 + count_width;
    if (k->count > v.length)
        return false;
    k->offsets = k->ids + k->count * k->id_width;
    k->values = k->offsets + (k->count + 1) * k->width;
    if (k->values > v.length)
        return false;
    const size_t inside = little(v.data + k->offsets + k->count * k->width, k->width);
    k->size = k->values + inside;
    return inside <= v.length - k->values;
}

/* Sizes behind the header of a primitive; 255 = four bytes of length, 254 = unknown. */
static size_t primitive_size(unsigned id)
{
    static const uint8_t sizes[] = {0, 0, 0, 1, 2,   4,   8,   8,   5,   9, 17,
                                    4, 8, 8, 4, 255, 255, 254, 254, 254, 16};
    return id < sizeof sizes ? sizes[id] : 254;
}

static bool read_bytes(str v, variant_leaf *out)
{
    if (v.length < 5 || little(v.data + 1, 4) > v.length - 5)
        return false;
    out->bytes = (str){v.data + 5, little(v.data + 1, 4)};
    return true;
}

static bool read_decimal(str v, size_t n, variant_leaf *out)
{
    out->kind = VARIANT_DECIMAL;
    out->scale = (unsigned char)v.data[1];
    out->number =
        n < 16
            ? little_signed(v.data + 2, n)
            : (__int128)((unsigned __int128)little(v.data + 10, 8) << 64 | little(v.data + 2, 8));
    return out->scale <= 38;
}

static bool read_primitive(str v, variant_leaf *out)
{
    const unsigned id = (unsigned char)v.data[0] >> 2;
    const size_t n = primitive_size(id);
    float single;
    if (n == 254 || (n != 255 && v.length < 1 + n))
        return false;
    switch (id) {
    case 0: out->kind = VARIANT_NULL; return true;
    case 1:
    case 2: out->kind = VARIANT_BOOLEAN, out->truth = id == 1; return true;
    case 7: out->kind = VARIANT_DOUBLE, memcpy(&out->real, v.data + 1, 8); return true;
    case 8:
    case 9:
    case 10: return read_decimal(v, n - 1, out);
    case 14:
        memcpy(&single, v.data + 1, 4);
        out->kind = VARIANT_FLOAT, out->real = (double)single;
        return true;
    case 15: out->kind = VARIANT_BINARY; return read_bytes(v, out);
    case 16: out->kind = VARIANT_STRING; return read_bytes(v, out);
    case 20: out->kind = VARIANT_UUID, out->bytes = (str){v.data + 1, 16}; return true;
    default: break;
    }
    out->kind = id == 11   ? VARIANT_DATE
                : id == 12 ? VARIANT_TIMESTAMP
                : id == 13 ? VARIANT_TIMESTAMP_NTZ
                           : VARIANT_WHOLE;
    out->number = little_signed(v.data + 1, n);
    return true;
}

bool variant_read(const variant *v, variant_leaf *out)
{
    container k;
    *out = (variant_leaf){0};
    if (v->value.length == 0)
        return false;
    switch (v->value.data[0] & 3) {
    case 0: return read_primitive(v->value, out);
    case 1:
        out->kind = VARIANT_STRING;
        out->bytes = (str){v->value.data + 1, (unsigned char)v->value.data[0] >> 2};
        return out->bytes.length < v->value.length;
    default:
        out->kind = (v->value.data[0] & 3) == 2 ? VARIANT_OBJECT : VARIANT_ARRAY;
        if (!read_container(v->value, &k))
            return false;
        out->count = k.count;
        return true;
    }
}

/* Members of an object stand in any order, so one ends where its own bytes say. */
bool variant_at(const variant *v, size_t i, str *key, variant *out)
{
    container k;
    *key = (str){0};
    if (v->value.length == 0 || (v->value.data[0] & 3) < 2 || !read_container(v->value, &k) ||
        i >= k.count)
        return false;
    const size_t from = little(v->value.data + k.offsets + i * k.width, k.width);
    if (from >= k.size - k.values)
        return false;
    if (k.id_width &&
        !key_of(v->metadata, little(v->value.data + k.ids + i * k.id_width, k.id_width), key))
        return false;
    *out = (variant){v->metadata, {v->value.data + k.values + from, k.size - k.values - from}};
    return true;
}

/* ---- the walk over all of it ---- */

typedef struct {
    size_t left, names; /* bytes that may still be counted */
    int depth;
} walk;

static size_t own_size(const variant *v, const variant_leaf *leaf)
{
    container k;
    if (leaf->kind >= VARIANT_OBJECT)
        return read_container(v->value, &k) ? k.values : 0;
    if ((v->value.data[0] & 3) == 1)
        return 1 + leaf->bytes.length;
    const size_t n = primitive_size((unsigned char)v->value.data[0] >> 2);
    return n == 255 ? 5 + leaf->bytes.length : 1 + n;
}

static bool is_sound(const variant *v, walk *w)
{
    variant_leaf leaf;
    variant inner;
    str key;
    if (w->depth++ > VARIANT_DEPTH || !variant_read(v, &leaf))
        return false;
    const size_t size = own_size(v, &leaf);
    if (size > w->left ||
        (leaf.kind == VARIANT_STRING && !text_utf8_valid(leaf.bytes.data, leaf.bytes.length)))
        return false;
    w->left -= size;
    for (size_t i = 0; i < leaf.count; i++) {
        if (!variant_at(v, i, &key, &inner) || key.length > w->names ||
            !text_utf8_valid(key.data, key.length))
            return false;
        w->names -= key.length;
        if (!is_sound(&inner, w))
            return false;
    }
    w->depth--;
    return true;
}

bool variant_open(str metadata, str value, variant *out)
{
    const size_t size = variant_metadata_size(metadata);
    walk w = {.left = value.length, .names = MOST_NAMES};
    *out = (variant){{metadata.data, size}, value};
    return size && is_sound(out, &w);
}

bool variant_unpack(str blob, variant *out)
{
    const size_t size = variant_metadata_size(blob);
    *out = (variant){{blob.data, size}, {blob.data + size, blob.length - size}};
    return size && size < blob.length;
}

/* ---- paths ---- */

static bool member_named(const variant *v, str name, variant *out)
{
    variant_leaf leaf;
    str key;
    if (!variant_read(v, &leaf) || leaf.kind != VARIANT_OBJECT)
        return false;
    for (size_t i = 0; i < leaf.count; i++)
        if (variant_at(v, i, &key, out) && key.length == name.length &&
            (!name.length || memcmp(key.data, name.data, name.length) == 0))
            return true;
    return false;
}

static bool element(const variant *v, size_t i, variant *out)
{
    variant_leaf leaf;
    str key;
    return variant_read(v, &leaf) && leaf.kind == VARIANT_ARRAY && variant_at(v, i, &key, out);
}

typedef struct {
    str name; /* no data = an index */
    size_t index;
} step;

static bool is_index(str text, size_t *out)
{
    *out = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || *out > UINT32_MAX)
            return false;
        *out = *out * 10 + (size_t)(text.data[i] - '0');
    }
    return text.length > 0;
}

/* .name, [0], ['name'] or ["name"]; what follows stays in *path. */
static bool next_step(str *path, step *s)
{
    const char *p = path->data, *end = p + path->length, *stop;
    *s = (step){0};
    if (*p == '.' && p + 1 < end && p[1] == '"') {
        stop = memchr(p + 2, '"', (size_t)(end - p - 2));
        s->name = (str){p + 2, stop ? (size_t)(stop - p - 2) : 0};
        *path = (str){stop ? stop + 1 : end, stop ? (size_t)(end - stop - 1) : 0};
        return stop != NULL;
    }
    if (*p == '.') {
        for (stop = ++p; stop < end && *stop != '.' && *stop != '['; stop++)
            ;
        s->name = (str){p, (size_t)(stop - p)};
        *path = (str){stop, (size_t)(end - stop)};
        return s->name.length > 0;
    }
    if (*p++ != '[' || p == end)
        return false;
    const bool quoted = *p == '\'' || *p == '"';
    const char mark = quoted ? *p++ : ']';
    stop = memchr(p, mark, (size_t)(end - p));
    if (!stop || (quoted && (stop + 1 == end || stop[1] != ']')))
        return false;
    const str inside = {p, (size_t)(stop - p)};
    stop += quoted ? 2 : 1;
    *path = (str){stop, (size_t)(end - stop)};
    if (quoted)
        s->name = inside;
    return quoted || is_index(inside, &s->index);
}

bool variant_find(const variant *v, str path, variant *out, bool *bad)
{
    bool there = true;
    step s;
    *out = *v;
    *bad = path.length == 0 || path.data[0] != '$';
    if (*bad)
        return false;
    for (path = (str){path.data + 1, path.length - 1}; path.length;) {
        *bad = !next_step(&path, &s);
        if (*bad)
            return false;
        const variant from = *out;
        there = there &&
                (s.name.data ? member_named(&from, s.name, out) : element(&from, s.index, out));
    }
    return there;
}
