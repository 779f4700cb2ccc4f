/* What a token means, and where an error stands. */
#include "sql/lex.h"

#include <strings.h>

typedef struct {
    size_t line, column; /* 1-based line; 0-based column in characters */
    size_t line_start, line_end;
} place;

static place place_of(const char *text, size_t at)
{
    place p = {.line = 1};
    for (size_t i = 0; i < at; i++) {
        if (text[i] == '\n') {
            p.line++;
            p.line_start = i + 1;
        }
    }
    for (size_t i = p.line_start; i < at; i++)
        p.column += ((unsigned char)text[i] & 0xc0) != 0x80;
    p.line_end = p.line_start + strcspn(text + p.line_start, "\r\n");
    return p;
}

/* The line of the error with a caret below; a long line is cropped round it, at character borders.
 */
static void add_excerpt(buf *b, const char *text, size_t at, place p)
{
    size_t from = p.line_start, to = p.line_end, column = p.column;
    if (at - from > 120) {
        from = at - 120;
        while (((unsigned char)text[from] & 0xc0) == 0x80)
            from++;
        column = 0;
        for (size_t i = from; i < at; i++)
            column += ((unsigned char)text[i] & 0xc0) != 0x80;
    }
    if (to > at && to - at > 120) {
        to = at + 120;
        while (((unsigned char)text[to] & 0xc0) == 0x80)
            to--;
    }
    buf_adds(b, "\n\n== SQL ==\n");
    buf_add(b, text + from, to > from ? to - from : 0);
    buf_addc(b, '\n');
    for (size_t i = 0; i < column; i++)
        buf_addc(b, '-');
    buf_adds(b, "^^^");
}

cx_code sql_syntax_error(cx *c, const char *text, size_t at, const char *fmt, ...)
{
    AUTO_CLEAR(buf) excerpt = BUF(4096);
    const place p = place_of(text, at);
    va_list ap;
    va_start(ap, fmt);
    const char *what = arena_vfmt(c->arena, fmt, ap);
    va_end(ap);
    add_excerpt(&excerpt, text, at, p);
    return cx_fail_as(c, CX_INVALID, "PARSE_SYNTAX_ERROR", "42601", "%s (line %zu, pos %zu)%s",
                      what, p.line, p.column, buf_text(&excerpt));
}

cx_code sql_unexpected(cx *c, const sql_tokens *t, size_t i)
{
    if (t->at[i].kind == TOK_END)
        return sql_syntax_error(c, t->text, t->at[i].start,
                                "Syntax error at or near end of input.");
    const size_t length = t->at[i].end - t->at[i].start;
    size_t shown = length > 60 ? 60 : length;
    while (shown < length && shown > 0 &&
           ((unsigned char)t->text[t->at[i].start + shown] & 0xc0) == 0x80)
        shown--;
    return sql_syntax_error(c, t->text, t->at[i].start, "Syntax error at or near '%.*s'.",
                            (int)shown, t->text + t->at[i].start);
}

bool sql_token_is(const sql_tokens *t, size_t i, const char *word)
{
    const sql_token *k = &t->at[i];
    if (k->kind != TOK_WORD && k->kind != TOK_OP)
        return false;
    const size_t length = k->end - k->start;
    return strlen(word) == length && strncasecmp(t->text + k->start, word, length) == 0;
}

char *sql_token_text(cx *c, const sql_tokens *t, size_t i)
{
    return cx_dupn(c, t->text + t->at[i].start, t->at[i].end - t->at[i].start);
}

char *sql_token_name(cx *c, const sql_tokens *t, size_t i)
{
    char *name = sql_token_text(c, t, i);
    if (t->at[i].kind != TOK_QUOTED)
        return name;
    char *w = name;
    const char *end = name + strlen(name) - 1;
    for (const char *r = name + 1; r < end; r++) {
        *w++ = *r;
        if (*r == '`')
            r++;
    }
    *w = '\0';
    return name;
}

static void add_utf8(buf *b, uint32_t code)
{
    if (code >= 0xd800 && code <= 0xdfff)
        code = 0xfffd;
    if (code < 0x80) {
        buf_addc(b, (char)code);
    } else if (code < 0x800) {
        buf_addc(b, (char)(0xc0 | code >> 6));
        buf_addc(b, (char)(0x80 | (code & 0x3f)));
    } else if (code < 0x10000) {
        buf_addc(b, (char)(0xe0 | code >> 12));
        buf_addc(b, (char)(0x80 | (code >> 6 & 0x3f)));
        buf_addc(b, (char)(0x80 | (code & 0x3f)));
    } else {
        buf_addc(b, (char)(0xf0 | code >> 18));
        buf_addc(b, (char)(0x80 | (code >> 12 & 0x3f)));
        buf_addc(b, (char)(0x80 | (code >> 6 & 0x3f)));
        buf_addc(b, (char)(0x80 | (code & 0x3f)));
    }
}

/* `count` digits of base 8 or 16 at s; false when one is missing. */
static bool read_code(const char *s, const char *end, int base, int count, uint32_t *out)
{
    uint32_t value = 0;
    for (int i = 0; i < count; i++) {
        if (s + i >= end)
            return false;
        const char ch = s[i];
        uint32_t digit = 99;
        if (ch >= '0' && ch <= '9')
            digit = (uint32_t)(ch - '0');
        else if ((ch | 32) >= 'a' && (ch | 32) <= 'f')
            digit = (uint32_t)((ch | 32) - 'a' + 10);
        if (digit >= (uint32_t)base)
            return false;
        value = value * (uint32_t)base + digit;
    }
    *out = value;
    return true;
}

/* One escape at s, after the backslash; returns how many bytes it took. False on NUL. */
static size_t add_escape(buf *b, const char *s, const char *end, bool *nul)
{
    uint32_t code;
    if (*s == 'u' && read_code(s + 1, end, 16, 4, &code)) {
        *nul = *nul || code == 0;
        add_utf8(b, code);
        return 5;
    }
    if (*s == 'U' && read_code(s + 1, end, 16, 8, &code) && code <= 0x10ffff) {
        *nul = *nul || code == 0;
        add_utf8(b, code);
        return 9;
    }
    if (*s <= '1' && read_code(s, end, 8, 3, &code)) {
        *nul = *nul || code == 0;
        add_utf8(b, code);
        return 3;
    }
    static const char from[] = "bnrtZ", to[] = "\b\n\r\t\032";
    const char *known = strchr(from, *s);
    if (*s == '0')
        *nul = true;
    else if (*s == '%' || *s == '_') /* kept for LIKE */
        buf_addc(b, '\\'), buf_addc(b, *s);
    else
        buf_addc(b, known ? to[known - from] : *s);
    return 1;
}

cx_code sql_token_string(cx *c, const sql_tokens *t, size_t i, char **out)
{
    AUTO_CLEAR(buf) b = BUF(SQL_MOST_BYTES);
    const char *s = t->text + t->at[i].start, *end = t->text + t->at[i].end - 1;
    if (*s == '$') {
        const size_t tag = strcspn(s + 1, "$") + 2;
        *out = cx_dupn(c, s + tag, (size_t)(end + 1 - s) - 2 * tag);
        return CX_OK;
    }
    const bool raw = *s == 'r' || *s == 'R';
    const char quote = s[raw];
    bool nul = false;
    for (s += raw + 1; s < end;) {
        if (raw || (*s != '\\' && *s != quote)) {
            buf_addc(&b, *s++);
        } else if (*s == '\\') {
            s++;
            s += add_escape(&b, s, end, &nul);
        } else {
            buf_addc(&b, quote);
            s += 2;
        }
    }
    if (nul)
        return sql_syntax_error(c, t->text, t->at[i].start,
                                "A string may not hold the character NUL.");
    TRY(buf_done(c, &b, "a string literal"));
    *out = cx_dupn(c, buf_text(&b), b.length);
    return CX_OK;
}

char *sql_tokens_text(cx *c, const sql_tokens *t, size_t from, size_t to)
{
    if (from >= to)
        return cx_dup(c, "");
    return cx_dupn(c, t->text + t->at[from].start, t->at[to - 1].end - t->at[from].start);
}

size_t sql_closing(const sql_tokens *t, size_t i)
{
    const uint8_t depth = t->at[i].depth;
    for (i++; i < t->count && t->at[i].depth > depth; i++)
        ;
    return i;
}
