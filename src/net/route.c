/* Routing: a path against a table of patterns, and values out of query strings.
 *
 * Every row is tried, because tables have a few hundred rows and a comparison mostly ends in the
 * first segments. Among the rows that match, the first segment in which they differ decides: a
 * literal wins over a parameter, a parameter over a rest. */
#include "base/hash.h"
#include "net/http.h"

typedef enum { SEG_REST = 1, SEG_PARAM, SEG_LITERAL } seg_kind;

typedef struct {
    const char *at;
    size_t length;
} seg;

/* The segment that begins at *p; moves *p past it and the slash. False at the end. */
static bool next_seg(const char **p, seg *out)
{
    if (**p == '/')
        (*p)++;
    if (!**p)
        return false;
    out->at = *p;
    out->length = strcspn(*p, "/");
    *p += out->length;
    return true;
}

static seg_kind kind_of(const seg *s)
{
    if (s->length < 2 || s->at[0] != '{')
        return SEG_LITERAL;
    return s->length > 5 && !memcmp(s->at + s->length - 4, "...}", 4) ? SEG_REST : SEG_PARAM;
}

static bool same(const seg *a, const seg *b)
{
    return a->length == b->length && !memcmp(a->at, b->at, a->length);
}

static bool path_matches(const char *pattern, const char *path)
{
    seg want, have;
    while (next_seg(&pattern, &want)) {
        if (!next_seg(&path, &have))
            return false;
        switch (kind_of(&want)) {
        case SEG_REST: return true;
        case SEG_PARAM:
            if (have.length == 0)
                return false;
            break;
        case SEG_LITERAL:
            if (!same(&want, &have))
                return false;
            break;
        }
    }
    return *path == '\0' || (path[0] == '/' && path[1] == '\0');
}

/* Both match the same path: is a the more exact one? */
static bool more_exact(const char *a, const char *b)
{
    seg x, y;
    while (next_seg(&a, &x) && next_seg(&b, &y)) {
        const seg_kind kx = kind_of(&x), ky = kind_of(&y);
        if (kx != ky)
            return kx > ky;
    }
    return false;
}

static void take_params(cx *c, const char *pattern, const char *path, route_match *out)
{
    seg want, have;
    while (next_seg(&pattern, &want) && next_seg(&path, &have)) {
        const seg_kind kind = kind_of(&want);
        if (kind == SEG_LITERAL || out->count == ROUTE_PARAMS)
            continue;
        const size_t dots = kind == SEG_REST ? 3 : 0;
        size_t length = have.length;
        if (kind == SEG_REST) {
            length = strlen(have.at);
            if (length && have.at[length - 1] == '/')
                length--;
        }
        out->params[out->count].name = cx_dupn(c, want.at + 1, want.length - 2 - dots);
        out->params[out->count].value = percent_decode(c, have.at, length, NULL);
        out->count++;
        if (kind == SEG_REST)
            return;
    }
}

bool route_find(cx *c, const route *table, size_t count, const char *method, const char *path,
                route_match *out)
{
    *out = (route_match){0};
    const size_t method_length = strlen(method);
    const char *best = NULL;
    for (size_t i = 0; i < count; i++) {
        const char *pattern = strchr(table[i].pattern, ' ');
        if (!pattern || !path_matches(++pattern, path))
            continue;
        out->path_known = true;
        if (strncmp(table[i].pattern, method, method_length) != 0 ||
            table[i].pattern[method_length] != ' ')
            continue;
        if (!best || more_exact(pattern, best)) {
            best = pattern;
            out->row = &table[i];
        }
    }
    if (best)
        take_params(c, best, path, out);
    return best != NULL;
}

const char *route_param(const route_match *m, const char *name)
{
    for (int i = 0; i < m->count; i++)
        if (!strcmp(m->params[i].name, name))
            return m->params[i].value;
    return NULL;
}

static char *query_decode(cx *c, const char *text, size_t length)
{
    char *spaced = cx_dupn(c, text, length);
    for (char *p = spaced; *p; p++)
        if (*p == '+')
            *p = ' ';
    return percent_decode(c, spaced, length, NULL);
}

const char *query_param(cx *c, const char *query, const char *key)
{
    for (const char *p = query; p && *p;) {
        const size_t length = strcspn(p, "&");
        const char *equals = memchr(p, '=', length);
        const size_t key_length = equals ? (size_t)(equals - p) : length;
        if (!strcmp(query_decode(c, p, key_length), key))
            return equals ? query_decode(c, equals + 1, length - key_length - 1) : "";
        p += length + (p[length] == '&');
    }
    return NULL;
}
