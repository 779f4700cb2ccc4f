/* JSON text into a variant, as parse_json makes it: whole numbers in the fewest bytes, numbers with
 * a point and no exponent as decimals where 38 digits hold them, other numbers as doubles; members
 * in the order of their keys, none twice. */
#include <math.h>

#include "duck/variant_parse.h"

enum { MOST_JSON = 16 << 20 };

typedef struct {
    const char *at, *end;
    buf names;       /* the keys' bytes, one behind the other */
    size_t *ends;    /* where each ends; owned */
    uint32_t *table; /* hash table of keys + 1; owned */
    size_t keys, room;
    int depth;
} parser;

typedef struct {
    size_t id;
    buf value;
} member;

static void blanks(parser *p)
{
    while (p->at < p->end && strchr(" \t\r\n", *p->at) && *p->at)
        p->at++;
}

static bool take(parser *p, char ch)
{
    blanks(p);
    if (p->at == p->end || *p->at != ch)
        return false;
    p->at++;
    return true;
}

static void add_little(buf *b, uint64_t v, size_t width)
{
    for (size_t i = 0; i < width; i++)
        buf_addc(b, (char)(v >> 8 * i & 0xff));
}

static size_t width_of(size_t n)
{
    return n < 1u << 8 ? 1 : n < 1u << 16 ? 2 : n < 1u << 24 ? 3 : 4;
}

/* ---- texts ---- */

static void add_utf8(buf *b, uint32_t u)
{
    if (u < 0x80) {
        buf_addc(b, (char)u);
    } else if (u < 0x800) {
        buf_addc(b, (char)(0xc0 | u >> 6));
        buf_addc(b, (char)(0x80 | (u & 0x3f)));
    } else {
        if (u >= 0x10000)
            buf_addc(b, (char)(0xf0 | u >> 18));
        buf_addc(b, (char)(u >= 0x10000 ? 0x80 | (u >> 12 & 0x3f) : 0xe0 | u >> 12));
        buf_addc(b, (char)(0x80 | (u >> 6 & 0x3f)));
        buf_addc(b, (char)(0x80 | (u & 0x3f)));
    }
}

static bool four_digits(parser *p, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++, p->at++) {
        const char *digits = "0123456789abcdef";
        const char ch = p->at < p->end ? *p->at : '\0';
        const char *d = ch ? strchr(digits, ch >= 'A' && ch <= 'F' ? ch + 32 : ch) : NULL;
        if (!d)
            return false;
        *out = *out << 4 | (uint32_t)(d - digits);
    }
    return true;
}

static bool escape(parser *p, buf *b)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    uint32_t u, low;
    const char ch = p->at < p->end ? *p->at++ : '\0';
    const char *known = ch ? strchr(names, ch) : NULL;
    if (known) {
        buf_addc(b, values[known - names]);
        return true;
    }
    if (ch != 'u' || !four_digits(p, &u) || (u >= 0xdc00 && u < 0xe000))
        return false;
    if (u >= 0xd800 && u < 0xdc00) {
        if (p->end - p->at < 6 || p->at[0] != '\\' || p->at[1] != 'u')
            return false;
        p->at += 2;
        if (!four_digits(p, &low) || low < 0xdc00 || low >= 0xe000)
            return false;
        u = 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
    }
    add_utf8(b, u);
    return true;
}

static bool text(parser *p, buf *b)
{
    if (!take(p, '"'))
        return false;
    while (p->at < p->end && *p->at != '"') {
        const char ch = *p->at++;
        if ((unsigned char)ch < 0x20 || (ch == '\\' && !escape(p, b)))
            return false;
        if (ch != '\\')
            buf_addc(b, ch);
    }
    return take(p, '"');
}

static void add_text(buf *out, const buf *t)
{
    if (t->length < 64) {
        buf_addc(out, (char)(1 | t->length << 2));
    } else {
        buf_addc(out, 16 << 2);
        add_little(out, t->length, 4);
    }
    buf_add(out, buf_text(t), t->length);
}

/* ---- numbers ---- */

static void add_whole(buf *out, int64_t v)
{
    const size_t size = v == (int8_t)v ? 1 : v == (int16_t)v ? 2 : v == (int32_t)v ? 4 : 8;
    buf_addc(out, (char)((size == 1 ? 3 : size == 2 ? 4 : size == 4 ? 5 : 6) << 2));
    add_little(out, (uint64_t)v, size);
}

static void add_exact(buf *out, __int128 v, size_t digits, int scale)
{
    const size_t size = digits <= 9 ? 4 : digits <= 18 ? 8 : 16;
    buf_addc(out, (char)((size == 4 ? 8 : size == 8 ? 9 : 10) << 2));
    buf_addc(out, (char)scale);
    add_little(out, (uint64_t)v, size < 8 ? size : 8);
    if (size == 16)
        add_little(out, (uint64_t)((unsigned __int128)v >> 64), 8);
}

static void add_double(buf *out, const char *start, size_t n)
{
    AUTO_CLEAR(buf) copy = BUF(BUF_ANY);
    buf_add(&copy, start, n);
    const double v = strtod(buf_text(&copy), NULL);
    buf_addc(out, 7 << 2);
    buf_add(out, &v, sizeof v);
}

static size_t digits_at(parser *p)
{
    const char *start = p->at;
    while (p->at < p->end && *p->at >= '0' && *p->at <= '9')
        p->at++;
    return (size_t)(p->at - start);
}

/* The digits of a number without an exponent; false when there are more than 38. */
static bool exact(const char *s, const char *end, __int128 *out, size_t *digits)
{
    const bool less = *s == '-';
    unsigned __int128 v = 0;
    *digits = 0;
    for (; s < end; s++)
        if (*s >= '0' && *s <= '9') {
            *digits += *digits || *s != '0';
            if (*digits > 38)
                return false;
            v = v * 10 + (unsigned)(*s - '0');
        }
    *out = less ? -(__int128)v : (__int128)v;
    return true;
}

static bool number(parser *p, buf *out)
{
    const char *start = p->at;
    size_t scale = 0, digits;
    __int128 v;
    bool exponent = false, point = false;
    p->at += p->at < p->end && *p->at == '-';
    const char *first = p->at;
    const size_t whole = digits_at(p);
    if (whole == 0 || (whole > 1 && *first == '0'))
        return false;
    if (p->at < p->end && *p->at == '.') {
        p->at++;
        point = true;
        scale = digits_at(p);
    }
    if (p->at < p->end && (*p->at == 'e' || *p->at == 'E')) {
        exponent = true;
        p->at++;
        p->at += p->at < p->end && (*p->at == '+' || *p->at == '-');
        if (digits_at(p) == 0)
            return false;
    }
    if (point && scale == 0)
        return false;
    if (exponent || scale > 38 || !exact(start, p->at, &v, &digits))
        add_double(out, start, (size_t)(p->at - start));
    else if (!point && v == (int64_t)v)
        add_whole(out, (int64_t)v);
    else
        add_exact(out, v, digits > scale ? digits : scale, (int)scale);
    return true;
}

/* ---- keys ---- */

static str key_at(const parser *p, size_t i)
{
    const size_t from = i ? p->ends[i - 1] : 0;
    return (str){buf_text(&p->names) + from, p->ends[i] - from};
}

static uint64_t hash_of(str s)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < s.length; i++)
        h = (h ^ (unsigned char)s.data[i]) * UINT64_C(1099511628211);
    return h ^ h >> 29;
}

static size_t slot_of(const parser *p, str key)
{
    size_t at = hash_of(key) & (2 * p->room - 1);
    for (; p->table[at]; at = (at + 1) & (2 * p->room - 1)) {
        const str known = key_at(p, p->table[at] - 1);
        if (known.length == key.length &&
            (key.length == 0 || memcmp(known.data, key.data, key.length) == 0))
            break;
    }
    return at;
}

static void grow(parser *p)
{
    p->room = p->room ? 2 * p->room : 16;
    p->ends = cx_realloc(p->ends, p->room * sizeof *p->ends);
    free(p->table);
    p->table = cx_calloc(2 * p->room, sizeof *p->table);
    for (size_t i = 0; i < p->keys; i++)
        p->table[slot_of(p, key_at(p, i))] = (uint32_t)i + 1;
}

static size_t key_id(parser *p, str key)
{
    if (p->keys == p->room)
        grow(p);
    const size_t slot = slot_of(p, key);
    if (!p->table[slot]) {
        buf_add(&p->names, key.data, key.length);
        p->ends[p->keys++] = p->names.length;
        p->table[slot] = (uint32_t)p->keys;
    }
    return p->table[slot] - 1;
}

/* ---- containers ---- */

static bool value(parser *p, buf *out);

typedef struct {
    member *at; /* owned */
    size_t count, room;
} members;

static member *add_member(members *m)
{
    if (m->count == m->room) {
        m->room = m->room ? 2 * m->room : 8;
        m->at = cx_realloc(m->at, m->room * sizeof *m->at);
    }
    m->at[m->count] = (member){.value = BUF(BUF_ANY)};
    return &m->at[m->count++];
}

static void members_clear(members *m)
{
    for (size_t i = 0; i < m->count; i++)
        buf_clear(&m->at[i].value);
    free(m->at);
}

static int by_key(const void *a, const void *b, void *self)
{
    const str x = key_at(self, ((const member *)a)->id), y = key_at(self, ((const member *)b)->id);
    const size_t n = x.length < y.length ? x.length : y.length;
    const int order = n ? memcmp(x.data, y.data, n) : 0;
    return order ? order : (x.length > y.length) - (x.length < y.length);
}

static void add_container(parser *p, const members *m, bool object, buf *out)
{
    size_t inside = 0, most = 0;
    const bool big = m->count > 255;
    for (size_t i = 0; i < m->count; i++) {
        inside += m->at[i].value.length;
        most = m->at[i].id > most ? m->at[i].id : most;
    }
    const size_t width = width_of(inside), ids = width_of(most);
    buf_addc(out, (char)(object ? 2 | (width - 1) << 2 | (ids - 1) << 4 | (size_t)big << 6
                                : 3 | (width - 1) << 2 | (size_t)big << 4));
    add_little(out, m->count, big ? 4 : 1);
    for (size_t i = 0; object && i < m->count; i++)
        add_little(out, m->at[i].id, ids);
    inside = 0;
    add_little(out, 0, width);
    for (size_t i = 0; i < m->count; i++)
        add_little(out, inside += m->at[i].value.length, width);
    for (size_t i = 0; i < m->count; i++)
        buf_add(out, buf_text(&m->at[i].value), m->at[i].value.length);
    (void)p;
}

static bool read_members(parser *p, bool object, members *m)
{
    const char close = object ? '}' : ']';
    if (take(p, close))
        return true;
    do {
        member *k = add_member(m);
        if (object) {
            AUTO_CLEAR(buf) key = BUF(BUF_ANY);
            if (!text(p, &key) || !take(p, ':'))
                return false;
            k->id = key_id(p, (str){buf_text(&key), key.length});
        }
        if (!value(p, &k->value))
            return false;
    } while (take(p, ','));
    return take(p, close);
}

static bool container(parser *p, bool object, buf *out)
{
    members m = {0};
    p->at++;
    bool good = ++p->depth <= VARIANT_DEPTH && read_members(p, object, &m);
    p->depth--;
    if (good && m.count && object) {
        qsort_r(m.at, m.count, sizeof *m.at, by_key, p);
        for (size_t i = 1; i < m.count; i++)
            good = good && m.at[i].id != m.at[i - 1].id;
    }
    if (good)
        add_container(p, &m, object, out);
    members_clear(&m);
    return good;
}

static bool word(parser *p, const char *name, int kind, buf *out)
{
    const size_t n = strlen(name);
    if ((size_t)(p->end - p->at) < n || memcmp(p->at, name, n) != 0)
        return false;
    p->at += n;
    buf_addc(out, (char)(kind << 2));
    return true;
}

static bool value(parser *p, buf *out)
{
    blanks(p);
    if (p->at == p->end)
        return false;
    switch (*p->at) {
    case '{': return container(p, true, out);
    case '[': return container(p, false, out);
    case 'n': return word(p, "null", 0, out);
    case 't': return word(p, "true", 1, out);
    case 'f': return word(p, "false", 2, out);
    case '"': {
        AUTO_CLEAR(buf) t = BUF(BUF_ANY);
        if (!text(p, &t))
            return false;
        add_text(out, &t);
        return true;
    }
    default: return number(p, out);
    }
}

static void add_dictionary(const parser *p, buf *out)
{
    const size_t width = width_of(p->names.length > p->keys ? p->names.length : p->keys);
    buf_addc(out, (char)(1 | (width - 1) << 6));
    add_little(out, p->keys, width);
    add_little(out, 0, width);
    for (size_t i = 0; i < p->keys; i++)
        add_little(out, p->ends[i], width);
    buf_add(out, buf_text(&p->names), p->names.length);
}

bool variant_parse(str json, buf *out)
{
    parser p = {.at = json.data, .end = json.data + json.length, .names = BUF(BUF_ANY)};
    AUTO_CLEAR(buf) bytes = BUF(BUF_ANY);
    bool good =
        json.length <= MOST_JSON && text_utf8_valid(json.data, json.length) && value(&p, &bytes);
    blanks(&p);
    good = good && p.at == p.end;
    if (good) {
        add_dictionary(&p, out);
        buf_add(out, buf_text(&bytes), bytes.length);
    }
    buf_clear(&p.names);
    free(p.ends);
    free(p.table);
    return good;
}
