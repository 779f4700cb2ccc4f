#include "base/buf.h"

#include <strings.h>

void buf_clear(buf *b)
{
    free(b->data);
    *b = (buf){.ceiling = b->ceiling};
}

void buf_reset(buf *b)
{
    b->length = 0;
    b->over = false;
    if (b->data)
        b->data[0] = '\0';
}

static bool grow(buf *b, size_t more)
{
    const size_t ceiling = b->ceiling ? b->ceiling : BUF_ANY;
    if (b->over || more > ceiling - b->length) {
        b->over = true;
        return false;
    }
    const size_t want = b->length + more + 1;
    if (want > b->capacity) {
        size_t capacity = b->capacity ? b->capacity * 2 : 128;
        if (capacity < want)
            capacity = want;
        b->data = cx_realloc(b->data, capacity);
        b->capacity = capacity;
    }
    return true;
}

void buf_add(buf *b, const void *bytes, size_t length)
{
    if (!grow(b, length))
        return;
    if (length)
        memcpy(b->data + b->length, bytes, length);
    b->length += length;
    b->data[b->length] = '\0';
}

void buf_adds(buf *b, const char *text)
{
    buf_add(b, text, strlen(text));
}
void buf_addc(buf *b, char ch)
{
    buf_add(b, &ch, 1);
}

void buf_addf(buf *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    const int n = vsnprintf(NULL, 0, fmt, ap);
    if (n >= 0 && grow(b, (size_t)n)) {
        vsnprintf(b->data + b->length, (size_t)n + 1, fmt, again);
        b->length += (size_t)n;
    }
    va_end(again);
    va_end(ap);
}

const char *buf_text(const buf *b)
{
    return b->data ? b->data : "";
}

char *buf_steal(buf *b)
{
    char *data = b->data ? b->data : cx_heapdup("");
    *b = (buf){.ceiling = b->ceiling};
    return data;
}

cx_code buf_done(cx *c, const buf *b, const char *what)
{
    if (!b->over)
        return CX_OK;
    return cx_fail(c, CX_TOO_LARGE, "%s is over its ceiling of %zu bytes", what, b->ceiling);
}

bool str_is(str s, const char *text)
{
    return s.length == strlen(text) && !memcmp(s.data, text, s.length);
}

bool str_is_nocase(str s, const char *text)
{
    return s.length == strlen(text) && !strncasecmp(s.data, text, s.length);
}

bool text_starts(const char *text, const char *prefix)
{
    return !strncmp(text, prefix, strlen(prefix));
}

bool text_ends(const char *text, const char *suffix)
{
    const size_t n = strlen(text), m = strlen(suffix);
    return n >= m && !memcmp(text + n - m, suffix, m);
}

bool text_same_nocase(const char *a, const char *b)
{
    return a == b || (a && b && !strcasecmp(a, b));
}

void text_lower(char *text)
{
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text - 'A' + 'a');
}

bool text_utf8_valid(const char *text, size_t length)
{
    const unsigned char *p = (const unsigned char *)text, *end = p + length;
    while (p < end) {
        int more;
        uint32_t least, cp;
        if (*p < 0x80) {
            p++;
            continue;
        }
        if ((*p & 0xE0) == 0xC0)
            more = 1, least = 0x80, cp = *p & 0x1F;
        else if ((*p & 0xF0) == 0xE0)
            more = 2, least = 0x800, cp = *p & 0x0F;
        else if ((*p & 0xF8) == 0xF0)
            more = 3, least = 0x10000, cp = *p & 0x07;
        else
            return false;
        if (end - p <= more)
            return false;
        for (int i = 1; i <= more; i++) {
            if ((p[i] & 0xC0) != 0x80)
                return false;
            cp = cp << 6 | (p[i] & 0x3F);
        }
        if (cp < least || cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
            return false;
        p += more + 1;
    }
    return true;
}
