/* Rows of a statement's answer, without building a JSON tree of them.
 *
 * An inventory of a large catalog is a few answers of many megabytes, nearly all of it
 * `data_array`: an array of rows, each an array of texts and nulls. A tree would take ten times the
 * memory. So this walks the bytes once: everything up to data_array is skipped over, its cells are
 * decoded straight into the result's arena, and what is left of the document (small) is parsed as
 * JSON with an empty array in the gap. The array is at result.data_array in a statement's answer
 * and at data_array in a chunk. */
#include "workspace/workspace_int.h"

enum { RESULT_MOST = 1 << 30, DEEPEST = 200 };

typedef struct {
    const char *p, *end;
} scan;

static void blank(scan *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\n' || *s->p == '\t' || *s->p == '\r'))
        s->p++;
}

static bool eat(scan *s, char ch)
{
    blank(s);
    if (s->p >= s->end || *s->p != ch)
        return false;
    s->p++;
    return true;
}

/* A string's raw inside, escapes and all. */
static bool take_raw(scan *s, str *out)
{
    if (!eat(s, '"'))
        return false;
    const char *from = s->p;
    while (s->p < s->end && *s->p != '"')
        s->p += *s->p == '\\' && s->p + 1 < s->end ? 2 : 1;
    if (s->p >= s->end)
        return false;
    *out = (str){from, (size_t)(s->p - from)};
    s->p++;
    return true;
}

static bool skip_value(scan *s)
{
    int depth = 0;
    str ignored;
    do {
        blank(s);
        if (s->p >= s->end || depth > DEEPEST)
            return false;
        const char ch = *s->p;
        if (ch == '"') {
            if (!take_raw(s, &ignored))
                return false;
        } else if (ch == '{' || ch == '[') {
            depth++, s->p++;
        } else if (ch == '}' || ch == ']') {
            depth--, s->p++;
        } else if (ch == ',' || ch == ':') {
            if (depth == 0)
                return false;
            s->p++;
        } else {
            s->p += strcspn(s->p, ",]}: \t\r\n");
        }
    } while (depth > 0);
    return depth == 0;
}

static unsigned hex4(const char *p)
{
    unsigned v = 0;
    for (int i = 0; i < 4; i++) {
        const char ch = p[i];
        const unsigned digit = ch >= '0' && ch <= '9'   ? (unsigned)(ch - '0')
                               : ch >= 'a' && ch <= 'f' ? (unsigned)(ch - 'a') + 10
                               : ch >= 'A' && ch <= 'F' ? (unsigned)(ch - 'A') + 10
                                                        : 0x10000;
        v = v << 4 | digit;
    }
    return v;
}

static char *put_utf8(char *out, unsigned cp)
{
    if (cp < 0x80) {
        *out++ = (char)cp;
    } else if (cp < 0x800) {
        *out++ = (char)(0xc0 | cp >> 6);
        *out++ = (char)(0x80 | (cp & 63));
    } else if (cp < 0x10000) {
        *out++ = (char)(0xe0 | cp >> 12);
        *out++ = (char)(0x80 | (cp >> 6 & 63));
        *out++ = (char)(0x80 | (cp & 63));
    } else {
        *out++ = (char)(0xf0 | cp >> 18);
        *out++ = (char)(0x80 | (cp >> 12 & 63));
        *out++ = (char)(0x80 | (cp >> 6 & 63));
        *out++ = (char)(0x80 | (cp & 63));
    }
    return out;
}

/* One \uXXXX (or a pair of surrogates); *p stands behind the "u". False for a lone surrogate. */
static bool decode_unicode(const char **p, const char *end, char **out)
{
    if (end - *p < 4)
        return false;
    unsigned cp = hex4(*p);
    *p += 4;
    if (cp >= 0xd800 && cp < 0xdc00) {
        if (end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u')
            return false;
        const unsigned low = hex4(*p + 2);
        if (low < 0xdc00 || low > 0xdfff)
            return false;
        cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
        *p += 6;
    } else if (cp > 0xffff || (cp >= 0xdc00 && cp < 0xe000)) {
        return false;
    }
    *out = put_utf8(*out, cp);
    return true;
}

/* Decoded text is never longer than its raw form. */
static const char *decode(arena *a, str raw)
{
    char *text = arena_alloc(a, raw.length + 1), *out = text;
    const char *p = raw.data, *end = raw.data + raw.length;
    while (p < end) {
        if (*p != '\\') {
            *out++ = *p++;
            continue;
        }
        if (++p >= end)
            return NULL;
        static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
        const char *known = *p ? strchr(from, *p) : NULL;
        if (known)
            *out++ = to[known - from], p++;
        else if (*p != 'u' || (p++, !decode_unicode(&p, end, &out)))
            return NULL;
    }
    *out = '\0';
    return text;
}

static void push(sql_result *r, const char *value)
{
    if (r->cells == r->capacity) {
        r->capacity = r->capacity ? r->capacity * 2 : 64;
        r->values = cx_realloc(r->values, r->capacity * sizeof *r->values);
    }
    r->values[r->cells++] = value;
}

/* A text, null, or (of other servers) a bare number or boolean, or a nested value kept as JSON
 * text. */
static bool take_cell(scan *s, sql_result *r)
{
    blank(s);
    if (s->p < s->end && *s->p == '"') {
        str raw;
        const char *text = take_raw(s, &raw) ? decode(r->arena, raw) : NULL;
        if (text)
            push(r, text);
        return text != NULL;
    }
    const char *from = s->p;
    if (!skip_value(s))
        return false;
    const str raw = {from, (size_t)(s->p - from)};
    push(r, str_is(raw, "null") ? NULL : arena_dupn(r->arena, raw.data, raw.length));
    return true;
}

static bool take_row(scan *s, sql_result *r, size_t *width)
{
    const size_t before = r->cells;
    if (!eat(s, '['))
        return false;
    if (!eat(s, ']')) {
        do {
            if (!take_cell(s, r))
                return false;
        } while (eat(s, ','));
        if (!eat(s, ']'))
            return false;
    }
    const size_t n = r->cells - before;
    if (*width == SIZE_MAX)
        *width = n;
    return n == *width;
}

static cx_code take_rows(cx *c, scan *s, sql_result *r, size_t *width)
{
    bool fine = eat(s, '[');
    if (fine && eat(s, ']'))
        return CX_OK;
    while (fine) {
        fine = take_row(s, r, width);
        if (fine && arena_bytes(r->arena) > RESULT_MOST) {
            (void)cx_fail(c, CX_TOO_LARGE, "the result of the statement is over 1 GiB");
            return cx_hint(c, "narrow the statement with WHERE or LIMIT");
        }
        if (!fine || eat(s, ']'))
            break;
        fine = eat(s, ',');
    }
    return fine
               ? CX_OK
               : cx_fail(c, CX_INVALID, "the workspace's answer has rows that are not well formed");
}

/* Moves s to data_array's value. False when there is none (or the document is not what it should
 * be: then parsing the rest says so). */
static bool find_array(scan *s, int depth)
{
    if (!eat(s, '{'))
        return false;
    if (eat(s, '}'))
        return false;
    do {
        str key;
        if (!take_raw(s, &key) || !eat(s, ':'))
            return false;
        blank(s);
        if (str_is(key, "data_array") && s->p < s->end && *s->p == '[')
            return true;
        if (depth == 0 && str_is(key, "result") && s->p < s->end && *s->p == '{') {
            scan inner = *s;
            if (find_array(&inner, 1)) {
                *s = inner;
                return true;
            }
        }
        if (!skip_value(s))
            return false;
    } while (eat(s, ','));
    return false;
}

cx_code rows_take(cx *c, sql_result *r, const buf *body, json **out_rest)
{
    const char *text = buf_text(body);
    scan s = {text, text + body->length};
    if (!text_utf8_valid(text, body->length))
        return cx_fail(c, CX_INVALID, "the workspace's answer is not UTF-8");
    if (!find_array(&s, 0))
        return json_parse(c, text, body->length, "the workspace's answer", out_rest);

    const char *from = s.p;
    size_t width = r->columns ? r->columns : SIZE_MAX;
    TRY(take_rows(c, &s, r, &width));
    if (!r->columns && width != SIZE_MAX)
        r->columns = width; /* the manifest may come later in the text; the caller compares */
    buf rest = BUF(BUF_ANY);
    buf_add(&rest, text, (size_t)(from - text));
    buf_adds(&rest, "[]");
    buf_add(&rest, s.p, (size_t)(s.end - s.p));
    const cx_code rc =
        json_parse(c, buf_text(&rest), rest.length, "the workspace's answer", out_rest);
    buf_clear(&rest);
    return rc;
}
