/* Reading JSON text without building a tree.
 *
 * Replaying a log means looking at a few members of each of up to millions of actions. A cursor
 * goes over the text once; values that nobody asks for are skipped, values that are wanted are lent
 * as slices of the text. The cursor is strict about structure (what it accepts, jansson accepts,
 * but for the content of skipped strings and scalars) and never reads past its end. */
#pragma once

#include "base/buf.h"

typedef struct {
    const char *p, *end;
    bool bad; /* the text is not JSON, or not of the kind that was asked for */
} scan;

#define SCAN(s) ((scan){(s).data, (s).data + (s).length, false})

/* Enters an object; false (and bad) when there is none. */
bool scan_enter(scan *s);
/* The next member's key, quotes off, escapes left; the cursor is at its value, which the caller
 * must take with scan_value or scan_enter. False after the last one, or when bad. */
bool scan_key(scan *s, str *out_key);
/* The first character of what comes next; 0 at the end. */
char scan_peek(scan *s);
/* The value's text; a string keeps its quotes. */
bool scan_value(scan *s, str *out);
/* Nothing but white space is left, and nothing was bad. */
bool scan_done(scan *s);

/* Readers of a value's text. */
bool value_is_null(str v); /* absent (no data) counts */
bool value_is_string(str v);
int64_t value_int(str v, int64_t otherwise); /* 12, "12", 1.2e1 */
/* The content of a string value, unescaped, NUL-terminated. False when v is no valid string or
 * contains NUL. */
bool value_text(arena *a, str v, char **out);
/* The member of an object's text; empty when absent or null. First one wins. */
str object_member(str object, const char *key);
