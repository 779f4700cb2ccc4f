#include "sql/parse_int.h"

#include "sql/quote.h"

#include <errno.h>

bool sql_at(const sql_parser *p, const char *word)
{
    return sql_token_is(&p->t, p->i, word);
}

bool sql_accept(sql_parser *p, const char *words)
{
    char word[32];
    size_t i = p->i;
    while (*words) {
        const size_t length = strcspn(words, " ");
        memcpy(word, words, length);
        word[length] = '\0';
        if (!sql_token_is(&p->t, i, word))
            return false;
        i++;
        words += length + (words[length] == ' ');
    }
    p->i = i;
    return true;
}

cx_code sql_refuse(sql_parser *p)
{
    return sql_unexpected(p->c, &p->t, p->i);
}

cx_code sql_expect(sql_parser *p, const char *words)
{
    if (sql_accept(p, words))
        return CX_OK;
    const cx_code rc = sql_refuse(p);
    (void)cx_hint(p->c, "%s is expected there.", words);
    return rc;
}

bool sql_at_query(const sql_parser *p)
{
    static const char *const words[] = {"SELECT", "WITH", "VALUES", "FROM", "TABLE"};
    size_t i = p->i;
    while (sql_token_is(&p->t, i, "("))
        i++;
    for (size_t k = 0; k < CX_COUNT(words); k++)
        if (sql_token_is(&p->t, i, words[k]))
            return true;
    return false;
}

void *sql_grow(cx *c, const void *array, size_t count, size_t size)
{
    if (count > 0 && (count & (count - 1)) != 0)
        return (void *)(uintptr_t)array;
    void *bigger = cx_alloc(c, size * (count ? count * 2 : 1));
    if (count)
        memcpy(bigger, array, size * count);
    return bigger;
}

static bool at_ident(const sql_parser *p)
{
    const uint8_t kind = p->t.at[p->i].kind;
    return kind == TOK_WORD || kind == TOK_QUOTED;
}

cx_code sql_take_ident(sql_parser *p, const char **out)
{
    if (!at_ident(p))
        return sql_refuse(p);
    *out = sql_token_name(p->c, &p->t, p->i++);
    return CX_OK;
}

/* IDENTIFIER('a.b' || '.c'): a name computed from constants. */
static cx_code take_identifier_clause(sql_parser *p, int most, sql_name *out)
{
    AUTO_CLEAR(buf) text = BUF(4096);
    p->i += 2;
    do {
        const char *piece;
        TRY(sql_take_string(p, &piece));
        buf_adds(&text, piece);
    } while (sql_accept(p, "||"));
    TRY(sql_expect(p, ")"));
    TRY(buf_done(p->c, &text, "a name"));
    char *parts[4];
    TRY(sql_split_name(p->c, buf_text(&text), most > 3 ? 4 : most, parts, &out->count));
    for (int k = 0; k < out->count; k++)
        out->parts[k] = parts[k];
    return CX_OK;
}

/* delta.`/path`: the second part is quoted and is a path. */
static void recognise_path(sql_name *name, bool last_quoted)
{
    static const char *const formats[] = {"delta", "parquet", "csv",        "json",   "text",
                                          "avro",  "orc",     "binaryfile", "iceberg"};
    if (name->count != 2 || !last_quoted || !strchr(name->parts[1], '/'))
        return;
    for (size_t k = 0; k < CX_COUNT(formats); k++) {
        if (text_same_nocase(name->parts[0], formats[k])) {
            name->path = name->parts[1];
            name->parts[1] = NULL;
            name->count = 1;
            return;
        }
    }
}

cx_code sql_take_name(sql_parser *p, int most, sql_name *out)
{
    sql_name name = {0};
    if (sql_at(p, "IDENTIFIER") && sql_token_is(&p->t, p->i + 1, "(")) {
        TRY(take_identifier_clause(p, most, &name));
        *out = name;
        return CX_OK;
    }
    do {
        if (name.count == most)
            return sql_refuse(p);
        TRY(sql_take_ident(p, &name.parts[name.count]));
        name.count++;
    } while (sql_accept(p, "."));
    recognise_path(&name, p->t.at[p->i - 1].kind == TOK_QUOTED);
    *out = name;
    return CX_OK;
}

cx_code sql_take_string(sql_parser *p, const char **out)
{
    if (p->t.at[p->i].kind != TOK_STRING)
        return sql_refuse(p);
    char *value;
    TRY(sql_token_string(p->c, &p->t, p->i, &value));
    p->i++;
    *out = value;
    return CX_OK;
}

cx_code sql_take_integer(sql_parser *p, int64_t *out)
{
    const size_t start = p->i;
    const bool minus = sql_accept(p, "-");
    if (p->t.at[p->i].kind != TOK_NUMBER)
        return sql_refuse(p);
    const char *text = cx_fmt(p->c, "%s%s", minus ? "-" : "", sql_token_text(p->c, &p->t, p->i));
    char *end;
    errno = 0;
    const long long value = strtoll(text, &end, 10);
    if (errno != 0 || (*end && strcmp(end, "L") != 0 && strcmp(end, "l") != 0)) {
        p->i = start;
        return sql_refuse(p);
    }
    p->i++;
    *out = value;
    return CX_OK;
}

/* Any type, kept as text: a word, then ARRAY<…> brackets or (p, s), then COLLATE; INTERVAL has more
 * words. "<" and ">" are counted here because they are no brackets to the lexer. */
static cx_code skip_angles(sql_parser *p)
{
    int level = 0;
    do {
        if (p->t.at[p->i].kind == TOK_END || (level == 0 && !sql_at(p, "<") && !sql_at(p, "<>")))
            return sql_refuse(p);
        level += sql_at(p, "<") - sql_at(p, ">");
        p->i++;
    } while (level > 0);
    return CX_OK;
}

cx_code sql_take_type(sql_parser *p, const char **out)
{
    static const char *const units[] = {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "TO"};
    const size_t start = p->i;
    if (p->t.at[p->i].kind != TOK_WORD)
        return sql_refuse(p);
    const bool interval = sql_at(p, "INTERVAL");
    p->i++;
    if (sql_at(p, "<") || sql_at(p, "<>"))
        TRY(skip_angles(p));
    else if (sql_at(p, "("))
        p->i = sql_closing(&p->t, p->i) + 1;
    for (size_t k = 0; interval && k < CX_COUNT(units); k++)
        if (sql_accept(p, units[k]))
            k = (size_t)-1;
    if (sql_accept(p, "COLLATE")) {
        const char *collation;
        TRY(sql_take_ident(p, &collation));
    }
    *out = sql_tokens_text(p->c, &p->t, start, p->i);
    return CX_OK;
}

static bool at_stop(const sql_parser *p, const char *const *stops)
{
    if (p->i > 0 && sql_token_is(&p->t, p->i - 1, "."))
        return false;
    for (; stops && *stops; stops++) {
        sql_parser probe = *p;
        if (sql_accept(&probe, *stops))
            return true;
    }
    return false;
}

cx_code sql_take_span(sql_parser *p, const char *const *stops, const char **out)
{
    const size_t start = p->i;
    const uint8_t depth = p->t.at[p->i].depth;
    while (p->t.at[p->i].kind != TOK_END && p->t.at[p->i].depth >= depth && !sql_at(p, ";")) {
        if (p->t.at[p->i].depth == depth && at_stop(p, stops))
            break;
        p->i++;
    }
    if (p->i == start)
        return sql_refuse(p);
    *out = sql_tokens_text(p->c, &p->t, start, p->i);
    return CX_OK;
}

cx_code sql_take_rest(sql_parser *p, const char **out)
{
    return sql_take_span(p, NULL, out);
}

cx_code sql_take_names(sql_parser *p, const char *const **out, size_t *out_count)
{
    const char **names = NULL;
    size_t count = 0;
    TRY(sql_expect(p, "("));
    do {
        names = sql_grow(p->c, names, count, sizeof *names);
        TRY(sql_take_column_path(p, &names[count]));
        count++;
    } while (sql_accept(p, ","));
    TRY(sql_expect(p, ")"));
    *out = names;
    *out_count = count;
    return CX_OK;
}

static cx_code take_pair_key(sql_parser *p, const char **out)
{
    if (p->t.at[p->i].kind == TOK_STRING)
        return sql_take_string(p, out);
    return sql_take_column_path(p, out);
}

static cx_code take_pair_value(sql_parser *p, const char **out)
{
    if (p->t.at[p->i].kind == TOK_STRING)
        return sql_take_string(p, out);
    const size_t start = p->i;
    if (sql_accept(p, "-") && p->t.at[p->i].kind != TOK_NUMBER)
        return sql_refuse(p);
    if (p->t.at[p->i].kind != TOK_NUMBER && p->t.at[p->i].kind != TOK_WORD)
        return sql_refuse(p);
    p->i++;
    *out = sql_tokens_text(p->c, &p->t, start, p->i);
    return CX_OK;
}

cx_code sql_take_pairs(sql_parser *p, bool keys_only, const sql_pair **out, size_t *out_count)
{
    sql_pair *pairs = NULL;
    size_t count = 0;
    TRY(sql_expect(p, "("));
    do {
        pairs = sql_grow(p->c, pairs, count, sizeof *pairs);
        TRY(take_pair_key(p, &pairs[count].key));
        const bool equals = !keys_only && sql_accept(p, "=");
        if (equals || (!keys_only && !sql_at(p, ",") && !sql_at(p, ")")))
            TRY(take_pair_value(p, &pairs[count].value));
        else if (!keys_only)
            pairs[count].value = "";
        count++;
    } while (sql_accept(p, ","));
    TRY(sql_expect(p, ")"));
    *out = pairs;
    *out_count = count;
    return CX_OK;
}

cx_code sql_take_travel(sql_parser *p, sql_travel *out)
{
    static const char *const stops[] = {"TBLPROPERTIES", "LOCATION", NULL};
    sql_travel travel = {0};
    if (sql_accept(p, "VERSION AS OF") || sql_accept(p, "FOR VERSION AS OF"))
        TRY(sql_take_span(p, stops, &travel.version_sql));
    else if (sql_accept(p, "TIMESTAMP AS OF") || sql_accept(p, "FOR TIMESTAMP AS OF"))
        TRY(sql_take_span(p, stops, &travel.timestamp_sql));
    *out = travel;
    return CX_OK;
}

cx_code sql_take_column_path(sql_parser *p, const char **out)
{
    const char *path, *part;
    TRY(sql_take_ident(p, &path));
    while (sql_accept(p, ".")) {
        TRY(sql_take_ident(p, &part));
        path = cx_fmt(p->c, "%s.%s", path, part);
    }
    *out = path;
    return CX_OK;
}

const char *sql_take_object(sql_parser *p)
{
    static const char *const objects[][2] = {
        {"MATERIALIZED VIEW", "MATERIALIZED VIEW"},
        {"STREAMING TABLE", "STREAMING TABLE"},
        {"EXTERNAL LOCATION", "EXTERNAL LOCATION"},
        {"STORAGE CREDENTIAL", "STORAGE CREDENTIAL"},
        {"CATALOG", "CATALOG"},
        {"SCHEMA", "SCHEMA"},
        {"DATABASE", "SCHEMA"},
        {"TABLE", "TABLE"},
        {"VIEW", "VIEW"},
        {"FUNCTION", "FUNCTION"},
        {"VOLUME", "VOLUME"},
        {"METASTORE", "METASTORE"},
        {"COLUMN", "COLUMN"},
        {"SHARE", "SHARE"},
        {"RECIPIENT", "RECIPIENT"},
        {"PROVIDER", "PROVIDER"},
        {"CONNECTION", "CONNECTION"},
        {"CREDENTIAL", "CREDENTIAL"},
        {"PROCEDURE", "PROCEDURE"},
        {"MODEL", "MODEL"},
    };
    for (size_t k = 0; k < CX_COUNT(objects); k++)
        if (sql_accept(p, objects[k][0]))
            return objects[k][1];
    return NULL;
}

cx_code sql_unsupported(sql_parser *p, const char *what)
{
    return cx_fail_as(p->c, CX_UNSUPPORTED, "UNSUPPORTED_FEATURE", "0A000",
                      "%s is not supported by the embedded workspace.", what);
}
