#include "delta/scan.h"

enum { DEEPEST = 200 };

static void space(scan *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\r' || *s->p == '\n'))
        s->p++;
}

static bool fail(scan *s)
{
    s->bad = true;
    return false;
}

static bool take(scan *s, char ch)
{
    space(s);
    if (s->bad || s->p >= s->end || *s->p != ch)
        return false;
    s->p++;
    return true;
}

/* At the opening quote; ends after the closing one. */
static bool string(scan *s)
{
    for (const char *p = s->p + 1; p < s->end; p++) {
        if (*p == '\\') {
            p++;
        } else if (*p == '"') {
            s->p = p + 1;
            return true;
        }
    }
    return fail(s);
}

bool scan_enter(scan *s)
{
    return take(s, '{') || fail(s);
}

bool scan_key(scan *s, str *out_key)
{
    if (s->bad)
        return false;
    /* After "{" there is a key or "}", after a value "," and a key, or "}". The cursor knows which
     * by looking back, so it needs no state of its own. */
    const bool first = s->p[-1] == '{';
    if (take(s, '}'))
        return false;
    if (!first && !take(s, ','))
        return fail(s);
    space(s);
    if (s->p >= s->end || *s->p != '"')
        return fail(s);
    const char *start = s->p + 1;
    if (!string(s))
        return false;
    *out_key = (str){start, (size_t)(s->p - 1 - start)};
    return take(s, ':') || fail(s);
}

/* Brackets are matched by kind; what is between them is skipped by its tokens. */
static bool nested(scan *s)
{
    char open[DEEPEST];
    int depth = 0;
    while (s->p < s->end) {
        const char ch = *s->p;
        if (ch == '"') {
            if (!string(s))
                return false;
            continue;
        }
        s->p++;
        if (ch == '{' || ch == '[') {
            if (depth == DEEPEST)
                return fail(s);
            open[depth++] = ch == '{' ? '}' : ']';
        } else if (ch == '}' || ch == ']') {
            if (open[--depth] != ch)
                return fail(s);
            if (depth == 0)
                return true;
        }
    }
    return fail(s);
}

static bool scalar(scan *s)
{
    const char *start = s->p;
    while (s->p < s->end && ((*s->p >= 'a' && *s->p <= 'z') || (*s->p >= '0' && *s->p <= '9') ||
                             *s->p == '-' || *s->p == '+' || *s->p == '.' || *s->p == 'E'))
        s->p++;
    return s->p > start || fail(s);
}

bool scan_value(scan *s, str *out)
{
    space(s);
    if (s->bad || s->p >= s->end)
        return fail(s);
    const char *start = s->p;
    const char ch = *start;
    const bool ok = ch == '"' ? string(s) : ch == '{' || ch == '[' ? nested(s) : scalar(s);
    if (ok)
        *out = (str){start, (size_t)(s->p - start)};
    return ok;
}

char scan_peek(scan *s)
{
    space(s);
    return s->p < s->end ? *s->p : '\0';
}

bool scan_done(scan *s)
{
    space(s);
    return !s->bad && s->p == s->end;
}

bool value_is_null(str v)
{
    return !v.data || str_is(v, "null");
}
bool value_is_string(str v)
{
    return v.length >= 2 && v.data[0] == '"';
}

int64_t value_int(str v, int64_t otherwise)
{
    if (value_is_string(v))
        v = (str){v.data + 1, v.length - 2};
    int64_t plain = 0;
    size_t i = 0;
    for (; i < v.length && i < 18 && v.data[i] >= '0' && v.data[i] <= '9'; i++)
        plain = plain * 10 + (v.data[i] - '0');
    if (i && i == v.length)
        return plain;
    char text[40], *end;
    if (!v.data || v.length == 0 || v.length >= sizeof text)
        return otherwise;
    memcpy(text, v.data, v.length);
    text[v.length] = '\0';
    const long long n = strtoll(text, &end, 10);
    if (!*end)
        return n;
    const double d = strtod(text, &end);
    return !*end && d > -9.2e18 && d < 9.2e18 ? (int64_t)d : otherwise;
}

static int hex4(const char *p, const char *end, uint32_t *out)
{
    if (end - p < 4)
        return 0;
    uint32_t v = 0;
    for (int i = 0; i < 4; i++) {
        const char ch = p[i];
        const int d = ch >= '0' && ch <= '9'   ? ch - '0'
                      : ch >= 'a' && ch <= 'f' ? ch - 'a' + 10
                      : ch >= 'A' && ch <= 'F' ? ch - 'A' + 10
                                               : -1;
        if (d < 0)
            return 0;
        v = v << 4 | (uint32_t)d;
    }
    *out = v;
    return 4;
}

static size_t put_utf8(char *out, uint32_t cp)
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 63));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xE0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 63));
        out[2] = (char)(0x80 | (cp & 63));
        return 3;
    }
    out[0] = (char)(0xF0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 63));
    out[2] = (char)(0x80 | (cp >> 6 & 63));
    out[3] = (char)(0x80 | (cp & 63));
    return 4;
}

/* \uXXXX after the "u"; a surrogate pair is one character. Zero when it is none. */
static size_t unicode_escape(const char **p, const char *end, char *out)
{
    uint32_t cp, low;
    if (!hex4(*p, end, &cp))
        return 0;
    *p += 4;
    if (cp >= 0xD800 && cp < 0xDC00) {
        if (end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u' || !hex4(*p + 2, end, &low) ||
            low < 0xDC00 || low > 0xDFFF)
            return 0;
        *p += 6;
        cp = 0x10000 + ((cp - 0xD800) << 10) + (low - 0xDC00);
    } else if (cp == 0 || (cp >= 0xDC00 && cp < 0xE000)) {
        return 0;
    }
    return put_utf8(out, cp);
}

bool value_text(arena *a, str v, char **out)
{
    if (!value_is_string(v))
        return false;
    const char *p = v.data + 1, *end = v.data + v.length - 1;
    if (memchr(p, '\0', (size_t)(end - p)))
        return false;
    if (!memchr(p, '\\', (size_t)(end - p))) {
        *out = arena_dupn(a, p, (size_t)(end - p));
        return true;
    }
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    char *text = arena_alloc(a, v.length);
    size_t n = 0;
    while (p < end) {
        if (*p != '\\') {
            text[n++] = *p++;
            continue;
        }
        p++;
        const char *known = p < end ? strchr(from, *p) : NULL;
        if (known && *known) {
            text[n++] = to[known - from];
            p++;
            continue;
        }
        if (p >= end || *p++ != 'u')
            return false;
        const size_t more = unicode_escape(&p, end, text + n);
        if (!more)
            return false;
        n += more;
    }
    text[n] = '\0';
    *out = text;
    return true;
}

str object_member(str object, const char *key)
{
    scan s = SCAN(object);
    str k, v;
    if (!object.data || !scan_enter(&s))
        return (str){0};
    while (scan_key(&s, &k) && scan_value(&s, &v))
        if (str_is(k, key))
            return value_is_null(v) ? (str){0} : v;
    return (str){0};
}
