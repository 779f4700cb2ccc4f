#include "base/json.h"

enum { JSON_DEEPEST = 200 };

/* jansson's own limit on nesting is 2048; ours is lower, because values are
 * walked recursively elsewhere, on worker stacks. */
static bool too_deep(const json *j, int left)
{
    if (left == 0)
        return true;
    if (json_is_object(j)) {
        const char *key;
        json *value;
        json_object_foreach ((json *)j, key, value) {
            if (too_deep(value, left - 1))
                return true;
        }
    } else if (json_is_array(j)) {
        for (size_t i = 0; i < json_array_size(j); i++)
            if (too_deep(json_array_get(j, i), left - 1))
                return true;
    }
    return false;
}

cx_code json_parse(cx *c, const char *text, size_t length, const char *what, json **out)
{
    json_error_t e;
    json *j = json_loadb(text, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, &e);
    if (!j)
        return cx_fail(c, CX_INVALID, "%s is not valid JSON: %s (line %d, column %d)", what, e.text,
                       e.line, e.column);
    if (too_deep(j, JSON_DEEPEST)) {
        json_decref(j);
        return cx_fail(c, CX_INVALID, "%s is nested too deeply", what);
    }
    *out = j;
    return CX_OK;
}

json *json_get(const json *j, const char *key)
{
    json *v = json_is_object(j) ? json_object_get(j, key) : NULL;
    return json_is_null(v) ? NULL : v;
}

const char *json_get_str(const json *j, const char *key, const char *otherwise)
{
    const json *v = json_get(j, key);
    return json_is_string(v) ? json_string_value(v) : otherwise;
}

int64_t json_get_int(const json *j, const char *key, int64_t otherwise)
{
    const json *v = json_get(j, key);
    if (json_is_integer(v))
        return json_integer_value(v);
    if (json_is_string(v)) {
        char *end;
        const char *text = json_string_value(v);
        const long long n = strtoll(text, &end, 10);
        if (end != text && !*end)
            return n;
    }
    return otherwise;
}

double json_get_real(const json *j, const char *key, double otherwise)
{
    const json *v = json_get(j, key);
    return json_is_number(v) ? json_number_value(v) : otherwise;
}

bool json_get_bool(const json *j, const char *key, bool otherwise)
{
    const json *v = json_get(j, key);
    return json_is_boolean(v) ? json_is_true(v) : otherwise;
}

static char *dump(const json *j, size_t flags)
{
    char *text = json_dumps(j, flags | JSON_ENCODE_ANY);
    return text ? text : cx_heapdup("null");
}

char *json_canonical(const json *j)
{
    return dump(j, JSON_COMPACT | JSON_SORT_KEYS);
}
char *json_text(const json *j)
{
    return dump(j, JSON_COMPACT);
}
char *json_pretty(const json *j)
{
    return dump(j, JSON_INDENT(2) | JSON_REAL_PRECISION(15)); /* 0.339, not 0.33900000000000002 */
}

json *json_str_or_null(const char *text)
{
    json *j = text ? json_string(text) : json_null();
    return j ? j : json_null(); /* not UTF-8: absent rather than a crash */
}

void buf_add_json(buf *b, const char *text)
{
    buf_addc(b, '"');
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        switch (*p) {
        case '"': buf_adds(b, "\\\""); break;
        case '\\': buf_adds(b, "\\\\"); break;
        case '\n': buf_adds(b, "\\n"); break;
        case '\r': buf_adds(b, "\\r"); break;
        case '\t': buf_adds(b, "\\t"); break;
        default:
            if (*p < 0x20)
                buf_addf(b, "\\u%04x", *p);
            else
                buf_addc(b, (char)*p);
        }
    }
    buf_addc(b, '"');
}
