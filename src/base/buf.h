/* A growing byte buffer with a ceiling.
 *
 * Always NUL-terminated, never NULL once something was appended (buf_text of
 * an empty one is ""). It remembers its first failure, so a run of appends is
 * checked once, at the end, with buf_done. A buffer whose size a peer or a file
 * decides gets a real ceiling; BUF_ANY is for text of our own. */
#pragma once

#include "base/cx.h"

typedef struct {
    char *data; /* owned */
    size_t length, capacity, ceiling;
    bool over; /* an append would have passed the ceiling */
} buf;

#define BUF_ANY ((size_t)1 << 40)
#define BUF(ceiling_bytes) ((buf){.ceiling = (ceiling_bytes)})

void buf_clear(buf *b); /* frees; the ceiling stays */
void buf_reset(buf *b); /* empties, keeps the memory */
void buf_add(buf *b, const void *bytes, size_t length);
void buf_adds(buf *b, const char *text);
void buf_addc(buf *b, char ch);
void buf_addf(buf *b, const char *fmt, ...) CX_PRINTF(2, 3);
const char *buf_text(const buf *b);
char *buf_steal(buf *b); /* heap text, "" when empty; the buffer is empty after */
/* CX_TOO_LARGE, naming `what`, when the ceiling was passed. */
CX_CHECKED cx_code buf_done(cx *c, const buf *b, const char *what);

/* A borrowed run of bytes. */
typedef struct {
    const char *data;
    size_t length;
} str;
#define STR(text) ((str){(text), strlen(text)})
bool str_is(str s, const char *text);
bool str_is_nocase(str s, const char *text);

bool text_starts(const char *text, const char *prefix);
bool text_ends(const char *text, const char *suffix);
bool text_same_nocase(const char *a, const char *b); /* ASCII; NULL-safe */
void text_lower(char *text);                         /* ASCII, in place */
bool text_utf8_valid(const char *text, size_t length);
