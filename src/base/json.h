/* JSON values: jansson's json_t under a short name, with the accessors that
 * keep reading code free of NULL checks. Keys and strings are UTF-8.
 *
 * Ownership is jansson's: json_object_set_new and friends take the reference,
 * json_get* lend. AUTO(json) drops the reference at the end of the scope. */
#pragma once

#include <jansson.h>

#include "base/buf.h"

typedef json_t json;
static inline void json_free(json *j)
{
    json_decref(j);
}
AUTO_TYPE(json);

/* `what` names the document in the error ("response of GET /x"). Nesting over 200 is refused. */
CX_CHECKED cx_code json_parse(cx *c, const char *text, size_t length, const char *what, json **out);

/* Lenient readers: a missing or ill-typed member gives the default. `j` may be NULL. */
const char *json_get_str(const json *j, const char *key, const char *otherwise); /* lent */
int64_t json_get_int(const json *j, const char *key, int64_t otherwise); /* also reads "12" */
double json_get_real(const json *j, const char *key, double otherwise);
bool json_get_bool(const json *j, const char *key, bool otherwise);
json *json_get(const json *j, const char *key); /* lent; NULL when absent or null */

/* Compact, sorted keys, "," and ":" without spaces: the canonical form that is hashed. Heap text.
 */
char *json_canonical(const json *j);
/* Compact in insertion order; heap text. */
char *json_text(const json *j);
/* Indented by two; heap text. */
char *json_pretty(const json *j);
/* A string value, or JSON null for NULL. */
json *json_str_or_null(const char *text);
/* Appends the JSON string literal of text, quotes included. */
void buf_add_json(buf *b, const char *text);
