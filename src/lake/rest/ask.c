/* What handlers ask of a request: parameters, names, pages, the right to see. */
#include "base/hash.h"
#include "lake/rest/rest.h"

const char *rest_param(const rest_call *r, const char *name)
{
    const char *value = route_param(r->match, name);
    return value ? value : "";
}

const char *rest_query(cx *c, const rest_call *r, const char *name)
{
    return r->http->query ? query_param(c, r->http->query, name) : NULL;
}

bool rest_query_flag(cx *c, const rest_call *r, const char *name)
{
    const char *text = rest_query(c, r, name);
    return text && text_same_nocase(text, "true");
}

cx_code rest_need(cx *c, const rest_call *r, const char *key, const char **out)
{
    const json *value = json_get(r->body, key);
    if (value && !json_is_string(value))
        return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE", "Field '%s' must be a string",
                         key);
    if (!value || !*json_string_value(value))
        return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE", "Missing required field: %s",
                         key);
    *out = json_string_value(value);
    return CX_OK;
}

cx_code rest_need_query(cx *c, const rest_call *r, const char *key, const char **out)
{
    const char *value = rest_query(c, r, key);
    if (!value || !*value)
        return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE", "Missing required field: %s",
                         key);
    *out = value;
    return CX_OK;
}

/* ---- full names ------------------------------------------------------------- */

enum { DOTS_MOST = 64 };

static meta_name name_of(const char *a, const char *b, const char *d)
{
    return (meta_name){.catalog = a, .schema = b, .name = d};
}

static bool split_exists(cx *c, const rest_call *r, meta_type t, const char *text,
                         const size_t *dots, size_t i, size_t j, meta_name *out)
{
    const char *first = cx_dupn(c, text, dots[i]);
    const char *second = t == META_SCHEMA ? cx_dup(c, text + dots[i] + 1)
                                          : cx_dupn(c, text + dots[i] + 1, dots[j] - dots[i] - 1);
    const char *third = t == META_SCHEMA ? NULL : cx_dup(c, text + dots[j] + 1);
    *out = name_of(first, second, third);
    return meta_exists(c, r->lake->meta, t, *out);
}

/* More dots than a name of this type has: one of the names has dots in it. */
static bool find_split(cx *c, const rest_call *r, meta_type t, const char *text, const size_t *dots,
                       size_t count, meta_name *out)
{
    for (size_t i = 0; i < count; i++) {
        if (t == META_SCHEMA && split_exists(c, r, t, text, dots, i, 0, out))
            return true;
        for (size_t j = i + 1; t != META_SCHEMA && j < count; j++)
            if (split_exists(c, r, t, text, dots, i, j, out))
                return true;
    }
    return false;
}

/* `a`.b.`c.d`: backticks doubled inside. False when the text is not so written. */
static bool split_quoted(cx *c, const char *text, size_t want, const char *parts[3])
{
    size_t n = 0;
    const char *p = text;
    for (;;) {
        if (n == want)
            return false;
        char *part = cx_dup(c, p);
        size_t length = 0;
        if (*p == '`') {
            for (p++; *p && (*p != '`' || p[1] == '`'); p++) {
                part[length++] = *p;
                p += *p == '`';
            }
            if (*p++ != '`')
                return false;
        } else {
            while (*p && *p != '.')
                part[length++] = *p++;
        }
        part[length] = 0;
        parts[n++] = part;
        if (!*p)
            return n == want;
        if (*p++ != '.')
            return false;
    }
}

cx_code rest_full_name(cx *c, const rest_call *r, meta_type t, const char *text, meta_name *out)
{
    const size_t want = t == META_SCHEMA ? 2 : 3;
    size_t dots[DOTS_MOST], count = 0;
    if (t == META_CATALOG || t == META_METASTORE) {
        *out = name_of(text, NULL, NULL);
        return CX_OK;
    }
    const char *parts[3] = {NULL, NULL, NULL};
    if (split_quoted(c, text, want, parts)) {
        *out = name_of(parts[0], parts[1], parts[2]);
        return CX_OK;
    }
    for (size_t i = 0; text[i] && count < DOTS_MOST; i++)
        if (text[i] == '.')
            dots[count++] = i;
    if (count < want - 1)
        return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                         "'%s' is not a full name: %zu parts joined by dots are expected", text,
                         want);
    if (find_split(c, r, t, text, dots, count, out))
        return CX_OK;
    *out = name_of(cx_dupn(c, text, dots[0]),
                   want == 2 ? cx_dup(c, text + dots[0] + 1)
                             : cx_dupn(c, text + dots[0] + 1, dots[1] - dots[0] - 1),
                   want == 2 ? NULL : cx_dup(c, text + dots[1] + 1));
    return CX_OK;
}

/* ---- objects ------------------------------------------------------------------ */

cx_code rest_load(cx *c, const rest_call *r, meta_type t, meta_name n, meta_object *out)
{
    meta_object o;
    bool visible = false;
    cx_code rc = rest_named(c, meta_load(c, r->lake->meta, t, n, &o), t, n);
    TRY(rc);
    rc = meta_visible(c, r->lake->meta, r->principal, &o, 1, &visible);
    if (rc == CX_OK && !visible)
        rc =
            rest_fail(c, CX_DENIED, "INSUFFICIENT_PERMISSIONS", "User does not have %s on %s '%s'.",
                      t == META_CATALOG  ? "USE CATALOG"
                      : t == META_SCHEMA ? "USE SCHEMA"
                                         : "BROWSE",
                      t == META_CATALOG  ? "Catalog"
                      : t == META_SCHEMA ? "Schema"
                                         : meta_type_name(t),
                      meta_full_name(c, t, n));
    if (rc != CX_OK) {
        meta_object_clear(&o);
        return rc;
    }
    *out = o;
    return CX_OK;
}

cx_code rest_require(cx *c, const rest_call *r, const char *privilege, meta_type t, meta_name n)
{
    return rest_named(c, meta_require(c, r->lake->meta, r->principal, privilege, t, n), t, n);
}

/* ---- pages --------------------------------------------------------------------- */

static bool unhex(cx *c, const char *text, const char **out)
{
    const size_t length = strlen(text);
    if (length % 2)
        return false;
    char *bytes = cx_alloc(c, length / 2 + 1);
    for (size_t i = 0; i < length / 2; i++) {
        const char pair[3] = {text[2 * i], text[2 * i + 1], 0};
        char *end;
        bytes[i] = (char)strtoul(pair, &end, 16);
        if (*end || pair[0] == '-' || pair[0] == '+' || pair[0] == ' ')
            return false;
    }
    *out = bytes;
    return true;
}

cx_code rest_page_read(cx *c, const rest_call *r, const char *size_key, int64_t server_most,
                       rest_page *out)
{
    const char *size = rest_query(c, r, size_key), *token = rest_query(c, r, "page_token");
    rest_page page = {.most = -1, .after = ""};
    if (size && *size) {
        char *end;
        const long long n = strtoll(size, &end, 10);
        if (*end || n < 0)
            return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                             "Invalid value for %s: '%s'. It must not be negative.", size_key,
                             size);
        page.most = n == 0 || n > server_most ? server_most : n;
    }
    if (token && *token && !unhex(c, token, &page.after))
        return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE", "Invalid page token: '%s'",
                         token);
    *out = page;
    return CX_OK;
}

void rest_page_next(cx *c, json *body, const char *last_key)
{
    buf hex = BUF(BUF_ANY);
    (void)c;
    buf_add_hex(&hex, last_key, strlen(last_key));
    json_object_set_new(body, "next_page_token", json_string(buf_text(&hex)));
    buf_clear(&hex);
}

/* ---- by way of SQL ---------------------------------------------------------- */

static cx_code ignore_columns(cx *c, void *self, const engine_column *columns, size_t n)
{
    (void)c, (void)self, (void)columns, (void)n;
    return CX_OK;
}

static cx_code ignore_row(cx *c, void *self, const char *const *values, const size_t *lengths)
{
    (void)c, (void)self, (void)values, (void)lengths;
    return CX_OK;
}

cx_code rest_sql(cx *c, const rest_call *r, const char *text)
{
    const engine_sink sink = {.columns = ignore_columns, .row = ignore_row};
    const engine_statement s = {.text = text, .principal = r->principal};
    return engine_run(c, r->lake->engine, &s, &sink);
}
