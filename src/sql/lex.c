/* The lexical rules of Databricks SQL.
 *
 * Three of them surprise: a string may stand in double quotes, block comments nest, and a word may
 * begin with digits (1st is an identifier, 1L a number). ">" is always a token of its own, because
 * types nest with it (ARRAY<ARRAY<INT>>) and no command cares about ">>". */
#include "sql/lex.h"

typedef struct {
    cx *c;
    const char *text;
    size_t length, at;
    sql_token *tokens;
    size_t count, room;
    uint32_t open[SQL_MOST_NESTING]; /* token indexes of open brackets */
    size_t depth;
} lexer;

static bool is_digit(char ch)
{
    return ch >= '0' && ch <= '9';
}

static bool is_word(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '_' || is_digit(ch) ||
           (unsigned char)ch >= 0x80;
}

static bool is_space(char ch)
{
    return ch == ' ' || (ch >= '\t' && ch <= '\r');
}

static char peek(const lexer *x, size_t ahead)
{
    return x->at + ahead < x->length ? x->text[x->at + ahead] : '\0';
}

static cx_code skip_block_comment(lexer *x)
{
    const size_t start = x->at;
    size_t level = 0;
    while (x->at < x->length) {
        if (peek(x, 0) == '/' && peek(x, 1) == '*') {
            level++;
            x->at += 2;
        } else if (peek(x, 0) == '*' && peek(x, 1) == '/') {
            x->at += 2;
            if (--level == 0)
                return CX_OK;
        } else {
            x->at++;
        }
    }
    return sql_syntax_error(x->c, x->text, start, "The comment that begins here is not closed.");
}

static cx_code skip_blank(lexer *x)
{
    for (;;) {
        const char ch = peek(x, 0);
        if (is_space(ch)) {
            x->at++;
        } else if (ch == '-' && peek(x, 1) == '-') {
            while (x->at < x->length && peek(x, 0) != '\n')
                x->at++;
        } else if (ch == '/' && peek(x, 1) == '*') {
            TRY(skip_block_comment(x));
        } else {
            return CX_OK;
        }
    }
}

static cx_code add(lexer *x, sql_token_kind kind, size_t start)
{
    if (x->count >= SQL_MOST_TOKENS)
        return cx_fail(x->c, CX_TOO_LARGE, "The statement has more than %d words and signs.",
                       SQL_MOST_TOKENS);
    if (x->count + 1 >= x->room) {
        const size_t room = x->room ? x->room * 2 : 64;
        sql_token *bigger = cx_array(x->c, sql_token, room);
        if (x->count)
            memcpy(bigger, x->tokens, x->count * sizeof *bigger);
        x->tokens = bigger;
        x->room = room;
    }
    const bool glued = x->count > 0 && x->tokens[x->count - 1].end == start;
    x->tokens[x->count++] = (sql_token){.start = (uint32_t)start,
                                        .end = (uint32_t)x->at,
                                        .kind = (uint8_t)kind,
                                        .depth = (uint8_t)x->depth,
                                        .glued = glued};
    return CX_OK;
}

static cx_code lex_string(lexer *x, size_t start, bool raw)
{
    const char quote = peek(x, 0);
    x->at++;
    while (x->at < x->length) {
        const char ch = peek(x, 0);
        if (ch == '\\' && !raw && x->at + 1 < x->length) {
            x->at += 2;
        } else if (ch == quote && peek(x, 1) == quote && !raw) {
            x->at += 2;
        } else if (ch == quote) {
            x->at++;
            return add(x, TOK_STRING, start);
        } else {
            x->at++;
        }
    }
    return sql_syntax_error(x->c, x->text, start, "The string that begins here is not closed.");
}

/* $$ body $$ or $tag$ body $tag$ : a function body in another language. False when it is none. */
static bool skip_dollar(lexer *x, size_t *out_tag)
{
    size_t tag = 1;
    while (is_word(peek(x, tag)))
        tag++;
    if (peek(x, tag) != '$')
        return false;
    tag++;
    const char *end = memmem(x->text + x->at + tag, x->length - x->at - tag, x->text + x->at, tag);
    if (!end)
        return false;
    *out_tag = tag;
    x->at = (size_t)(end - x->text) + tag;
    return true;
}

static cx_code lex_quoted(lexer *x)
{
    const size_t start = x->at++;
    while (x->at < x->length) {
        if (peek(x, 0) != '`') {
            x->at++;
        } else if (peek(x, 1) == '`') {
            x->at += 2;
        } else {
            x->at++;
            if (x->at == start + 2)
                return sql_syntax_error(x->c, x->text, start, "The identifier is empty.");
            return add(x, TOK_QUOTED, start);
        }
    }
    return sql_syntax_error(x->c, x->text, start, "The identifier that begins here is not closed.");
}

static bool number_suffix(const char *text, size_t length)
{
    static const char *const suffixes[] = {"L", "S", "Y", "F", "D", "BD"};
    for (size_t i = 0; i < CX_COUNT(suffixes); i++)
        if (str_is_nocase((str){text, length}, suffixes[i]))
            return true;
    return length == 0;
}

static void skip_exponent(lexer *x)
{
    if (peek(x, 0) != 'e' && peek(x, 0) != 'E')
        return;
    const size_t sign = peek(x, 1) == '+' || peek(x, 1) == '-';
    if (!is_digit(peek(x, 1 + sign)))
        return;
    x->at += 1 + sign;
    while (is_digit(peek(x, 0)))
        x->at++;
}

static cx_code lex_number(lexer *x)
{
    const size_t start = x->at;
    bool plain = true;
    while (is_digit(peek(x, 0)))
        x->at++;
    if (peek(x, 0) == '.' &&
        !(is_word(peek(x, 1)) && !is_digit(peek(x, 1)) && peek(x, 1) != 'e' && peek(x, 1) != 'E')) {
        plain = false;
        x->at++;
        while (is_digit(peek(x, 0)))
            x->at++;
    }
    skip_exponent(x);
    const size_t suffix = x->at;
    while (is_word(peek(x, 0)))
        x->at++;
    if (number_suffix(x->text + suffix, x->at - suffix))
        return add(x, TOK_NUMBER, start);
    if (plain)
        return add(x, TOK_WORD, start);
    return sql_syntax_error(x->c, x->text, start, "'%.*s' is not a number.",
                            (int)(x->at - start > 40 ? 40 : x->at - start), x->text + start);
}

/* After a name or a closing bracket "." separates; else ".5" is a number. */
static bool dot_begins_number(const lexer *x)
{
    if (!is_digit(peek(x, 1)))
        return false;
    if (x->count == 0 || x->tokens[x->count - 1].end != x->at)
        return true;
    const sql_token last = x->tokens[x->count - 1];
    const char ch = x->text[last.start];
    return last.kind == TOK_OP && ch != ')' && ch != ']';
}

static size_t operator_length(const lexer *x)
{
    static const char *const longer[] = {
        "<=>", "<>", "!=", "<=", ">=", "==", "||", "->", "=>", "::"};
    for (size_t i = 0; i < CX_COUNT(longer); i++) {
        const size_t n = strlen(longer[i]);
        if (x->length - x->at >= n && memcmp(x->text + x->at, longer[i], n) == 0)
            return n;
    }
    return 1;
}

static cx_code lex_open(lexer *x)
{
    const size_t start = x->at++;
    if (x->depth == SQL_MOST_NESTING)
        return sql_syntax_error(x->c, x->text, start, "Brackets are nested more than %d deep.",
                                SQL_MOST_NESTING);
    TRY(add(x, TOK_OP, start));
    x->open[x->depth++] = (uint32_t)(x->count - 1);
    return CX_OK;
}

static cx_code lex_close(lexer *x)
{
    const size_t start = x->at++;
    const char ch = x->text[start];
    const char opener = ch == ')' ? '(' : ch == ']' ? '[' : '{';
    if (x->depth == 0 || x->text[x->tokens[x->open[x->depth - 1]].start] != opener)
        return sql_syntax_error(x->c, x->text, start, "Syntax error at or near '%c'.", ch);
    x->depth--;
    return add(x, TOK_OP, start);
}

static cx_code lex_operator(lexer *x)
{
    const char ch = peek(x, 0);
    const size_t start = x->at;
    if (ch == '(' || ch == '[' || ch == '{')
        return lex_open(x);
    if (ch == ')' || ch == ']' || ch == '}')
        return lex_close(x);
    if (!strchr("+-*/%=<>!|&^~.,;:@?$#", ch) || (unsigned char)ch < 0x20)
        return sql_syntax_error(x->c, x->text, start, "Syntax error at or near '%c'.",
                                (unsigned char)ch < 0x20 || ch == 0x7f ? '?' : ch);
    x->at += operator_length(x);
    return add(x, TOK_OP, start);
}

/* ":name" is a parameter, but "a:b" is a path into semi-structured data and "[1:2]" a slice. */
static bool begins_parameter(const lexer *x)
{
    if (peek(x, 0) != ':' || !is_word(peek(x, 1)) || is_digit(peek(x, 1)))
        return false;
    if (x->count == 0 || x->tokens[x->count - 1].end != x->at)
        return true;
    const sql_token last = x->tokens[x->count - 1];
    return last.kind == TOK_OP && !strchr(")]", x->text[last.start]);
}

static cx_code lex_one(lexer *x)
{
    const char ch = peek(x, 0);
    const size_t start = x->at;
    if (ch == '`')
        return lex_quoted(x);
    if (ch == '\'' || ch == '"')
        return lex_string(x, start, false);
    if ((ch == 'r' || ch == 'R') && (peek(x, 1) == '\'' || peek(x, 1) == '"')) {
        x->at++;
        return lex_string(x, start, true);
    }
    if (is_digit(ch) || (ch == '.' && dot_begins_number(x)))
        return lex_number(x);
    if (is_word(ch) || begins_parameter(x)) {
        x->at++;
        while (is_word(peek(x, 0)))
            x->at++;
        return add(x, ch == ':' ? TOK_PARAM : TOK_WORD, start);
    }
    size_t tag;
    if (ch == '$' && skip_dollar(x, &tag))
        return add(x, TOK_STRING, start);
    return lex_operator(x);
}

cx_code sql_lex(cx *c, const char *text, sql_tokens *out)
{
    const size_t length = strlen(text);
    if (length > SQL_MOST_BYTES)
        return cx_fail(c, CX_TOO_LARGE, "The statement is larger than %d MiB.",
                       SQL_MOST_BYTES >> 20);
    if (!text_utf8_valid(text, length))
        return cx_fail_as(c, CX_INVALID, "PARSE_SYNTAX_ERROR", "42601",
                          "The statement is not valid UTF-8.");
    lexer x = {.c = c, .text = text, .length = length};
    TRY(skip_blank(&x));
    while (x.at < x.length) {
        TRY(lex_one(&x));
        TRY(skip_blank(&x));
    }
    if (x.depth > 0)
        return sql_syntax_error(c, text, x.tokens[x.open[x.depth - 1]].start,
                                "The bracket that begins here is not closed.");
    TRY(add(&x, TOK_END, x.at));
    *out = (sql_tokens){.text = text, .at = x.tokens, .count = x.count - 1};
    return CX_OK;
}
