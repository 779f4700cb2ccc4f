/* Tokens of Databricks SQL. The parsers, the scanners of names and the engine's splicing work on
 * these, so that "is this word inside a string or a comment" is decided in one place.
 *
 * A token is a span of the text; its value (unquoted, unescaped) is decoded when somebody asks. */
#pragma once

#include "base/buf.h"

enum {
    SQL_MOST_BYTES = 16 << 20, /* of one statement */
    SQL_MOST_TOKENS = 2000000,
    SQL_MOST_NESTING = 200 /* of brackets: what recursive parsers are asked to follow */
};

typedef enum {
    TOK_END,
    TOK_WORD,   /* an identifier without quotes, or a keyword */
    TOK_QUOTED, /* `identifier` */
    TOK_STRING, /* '…', "…", r'…', $$…$$ */
    TOK_NUMBER,
    TOK_PARAM, /* :name */
    TOK_OP
} sql_token_kind;

typedef struct {
    uint32_t start, end; /* bytes in the text */
    uint8_t kind;
    uint8_t depth; /* brackets that are open before it; a closing one has its opener's depth */
    bool glued;    /* nothing stands between it and the token before */
} sql_token;

typedef struct {
    const char *text;
    const sql_token *at; /* arena; the last is TOK_END */
    size_t count;        /* without TOK_END */
} sql_tokens;

/* Fails with PARSE_SYNTAX_ERROR on an open string, comment or identifier, unbalanced brackets,
 * nesting over SQL_MOST_NESTING; CX_TOO_LARGE over the ceilings. */
CX_CHECKED cx_code sql_lex(cx *c, const char *text, sql_tokens *out);

/* PARSE_SYNTAX_ERROR at a byte of the text, with the line and a caret under it. */
cx_code sql_syntax_error(cx *c, const char *text, size_t at, const char *fmt, ...) CX_PRINTF(4, 5);
/* "Syntax error at or near 'x'" for token i. */
cx_code sql_unexpected(cx *c, const sql_tokens *t, size_t i);

bool sql_token_is(const sql_tokens *t, size_t i, const char *word); /* word or operator, any case */
/* An unquoted or quoted identifier's name; arena. */
char *sql_token_name(cx *c, const sql_tokens *t, size_t i);
/* A string literal's value. Fails on an escape for NUL, which no text here may hold. */
CX_CHECKED cx_code sql_token_string(cx *c, const sql_tokens *t, size_t i, char **out);
char *sql_token_text(cx *c, const sql_tokens *t, size_t i); /* as written */
/* The text from token `from` to before token `to`, comments between them and all. */
char *sql_tokens_text(cx *c, const sql_tokens *t, size_t from, size_t to);
/* The index of the bracket that closes the one at i. */
size_t sql_closing(const sql_tokens *t, size_t i);
