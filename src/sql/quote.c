#include "sql/quote.h"

#include "sql/lex.h"

void sql_add_ident(buf *b, const char *name)
{
    buf_addc(b, '`');
    for (; *name; name++) {
        if (*name == '`')
            buf_addc(b, '`');
        buf_addc(b, *name);
    }
    buf_addc(b, '`');
}

/* Control characters are written as escapes, so that a literal never breaks a line of a script. */
void sql_add_literal(buf *b, const char *text)
{
    buf_addc(b, '\'');
    for (; *text; text++) {
        if (*text == '\n')
            buf_adds(b, "\\n");
        else if (*text == '\r')
            buf_adds(b, "\\r");
        else if (*text == '\'' || *text == '\\')
            buf_addc(b, '\\'), buf_addc(b, *text);
        else
            buf_addc(b, *text);
    }
    buf_addc(b, '\'');
}

void sql_add_name2(buf *b, const char *catalog, const char *schema)
{
    sql_add_ident(b, catalog);
    buf_addc(b, '.');
    sql_add_ident(b, schema);
}

void sql_add_name3(buf *b, const char *catalog, const char *schema, const char *name)
{
    sql_add_name2(b, catalog, schema);
    buf_addc(b, '.');
    sql_add_ident(b, name);
}

static char *keep(cx *c, buf *b)
{
    char *text = cx_dupn(c, buf_text(b), b->length);
    buf_clear(b);
    return text;
}

char *sql_ident(cx *c, const char *name)
{
    buf b = BUF(BUF_ANY);
    sql_add_ident(&b, name);
    return keep(c, &b);
}

char *sql_literal(cx *c, const char *text)
{
    buf b = BUF(BUF_ANY);
    sql_add_literal(&b, text);
    return keep(c, &b);
}

char *sql_name2(cx *c, const char *catalog, const char *schema)
{
    buf b = BUF(BUF_ANY);
    sql_add_name2(&b, catalog, schema);
    return keep(c, &b);
}

char *sql_name3(cx *c, const char *catalog, const char *schema, const char *name)
{
    buf b = BUF(BUF_ANY);
    sql_add_name3(&b, catalog, schema, name);
    return keep(c, &b);
}

/* An unquoted part may hold what REST clients put into full names: anything but ".", "`" and
 * control characters ("my-catalog.s.t" is a name there, though SQL would want backticks). */
static const char *part_end(const char *s, bool *ok)
{
    *ok = true;
    if (*s != '`') {
        while (*s && *s != '.' && *s != '`')
            *ok = (unsigned char)*s++ >= 0x20 && *ok;
        *ok = *ok && *s != '`';
        return s;
    }
    for (s++; *s; s++) {
        if (*s == '`' && s[1] == '`')
            s++;
        else if (*s == '`')
            return s + 1;
    }
    *ok = false;
    return s;
}

static char *part_name(cx *c, const char *s, const char *end)
{
    char *name = cx_dupn(c, s, (size_t)(end - s)), *w = name;
    if (*s != '`')
        return name;
    for (s++; s < end - 1; s++) {
        *w++ = *s;
        if (*s == '`')
            s++;
    }
    *w = '\0';
    return name;
}

cx_code sql_split_name(cx *c, const char *text, int most, char **out_parts, int *out_count)
{
    int count = 0;
    for (const char *s = text;; s++) {
        bool ok;
        const char *end = part_end(s, &ok);
        char *name = ok ? part_name(c, s, end) : NULL;
        if (!ok || !*name || (*end && *end != '.') || count == most)
            return cx_fail_as(c, CX_INVALID, "PARSE_SYNTAX_ERROR", "42601",
                              "'%s' is not a name of up to %d parts.", text, most);
        out_parts[count++] = name;
        s = end;
        if (!*s)
            break;
    }
    *out_count = count;
    return CX_OK;
}
