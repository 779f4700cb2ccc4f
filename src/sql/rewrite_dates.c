/* Formats of dates. Databricks writes them as Java patterns, DuckDB as strftime directives, which
 * must be constants there; so a literal pattern is translated here and a computed one is refused
 * when the query runs (the dbx_… macros of these functions with a format raise an error). */
#include "sql/rewrite_int.h"

static const struct {
    char letter;
    size_t least, most; /* how often it stands there */
    const char *directive;
} directives[] = {
    {'y', 2, 2, "%y"},  {'y', 1, 9, "%Y"},  {'u', 1, 9, "%Y"},  {'M', 4, 4, "%B"},
    {'M', 3, 3, "%b"},  {'M', 2, 2, "%m"},  {'M', 1, 1, "%-m"}, {'L', 2, 2, "%m"},
    {'d', 2, 2, "%d"},  {'d', 1, 1, "%-d"}, {'H', 2, 2, "%H"},  {'H', 1, 1, "%-H"},
    {'h', 2, 2, "%I"},  {'h', 1, 1, "%-I"}, {'m', 2, 2, "%M"},  {'m', 1, 1, "%-M"},
    {'s', 2, 2, "%S"},  {'s', 1, 1, "%-S"}, {'S', 3, 3, "%g"},  {'S', 6, 6, "%f"},
    {'E', 4, 4, "%A"},  {'E', 1, 3, "%a"},  {'a', 1, 1, "%p"},  {'D', 3, 3, "%j"},
    {'D', 1, 1, "%-j"}, {'X', 1, 3, "%z"},  {'Z', 1, 5, "%z"},  {'x', 1, 3, "%z"},
    {'z', 1, 3, "%Z"},
};

static const char *directive_of(char letter, size_t count)
{
    for (size_t k = 0; k < CX_COUNT(directives); k++)
        if (directives[k].letter == letter && count >= directives[k].least &&
            count <= directives[k].most)
            return directives[k].directive;
    return NULL;
}

static void add_plain(buf *out, char ch)
{
    if (ch == '%')
        buf_addc(out, '%');
    buf_addc(out, ch);
}

/* 'text' in quotes; '' is one quote. Returns what follows. */
static const char *add_quoted(buf *out, const char *s)
{
    if (*s == '\'') {
        buf_addc(out, '\'');
        return s + 1;
    }
    while (*s && *s != '\'')
        add_plain(out, *s++);
    return *s ? s + 1 : s;
}

static bool translate(const char *pattern, buf *out)
{
    for (const char *s = pattern; *s;) {
        const char ch = *s;
        if (ch == '\'') {
            s = add_quoted(out, s + 1);
        } else if ((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z')) {
            size_t count = 0;
            while (s[count] == ch)
                count++;
            const char *directive = directive_of(ch, count);
            if (!directive)
                return false;
            buf_adds(out, directive);
            s += count;
        } else {
            if (ch != '[' && ch != ']')
                add_plain(out, ch);
            s++;
        }
    }
    return true;
}

bool rewrite_format(rewriter *r, size_t i)
{
    AUTO_CLEAR(buf) out = BUF(4096);
    char *pattern;
    if (r->t.at[i].kind != TOK_STRING)
        return false;
    if (sql_token_string(r->c, &r->t, i, &pattern) != CX_OK) {
        cx_forgive(r->c);
        return false;
    }
    if (!translate(pattern, &out) || buf_done(r->c, &out, "a date format") != CX_OK) {
        cx_forgive(r->c);
        return false;
    }
    buf_addc(&r->out, '\'');
    for (const char *s = buf_text(&out); *s; s++) {
        if (*s == '\'' || *s == '\\')
            buf_addc(&r->out, '\\');
        buf_addc(&r->out, *s);
    }
    buf_addc(&r->out, '\'');
    return true;
}
