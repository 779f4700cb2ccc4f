#include "delta/uri.h"

#include "base/fs.h"
#include "base/hash.h"

/* The length of "scheme:" when a "/" follows it. A relative name may well contain a ":". */
static size_t scheme(const char *uri)
{
    size_t n = 0;
    while ((uri[n] >= 'a' && uri[n] <= 'z') || (uri[n] >= 'A' && uri[n] <= 'Z') ||
           (n &&
            ((uri[n] >= '0' && uri[n] <= '9') || uri[n] == '+' || uri[n] == '.' || uri[n] == '-')))
        n++;
    return n > 1 && uri[n] == ':' && uri[n + 1] == '/' ? n + 1 : 0;
}

/* What follows "file:", with an empty or local authority taken off; NULL when it is another host.
 */
static const char *local_part(const char *rest)
{
    if (rest[0] != '/' || rest[1] != '/')
        return rest;
    if (rest[2] == '/')
        return rest + 2;
    return text_starts(rest + 2, "localhost/") ? rest + 2 + strlen("localhost") : NULL;
}

cx_code uri_to_path(cx *c, const char *root, const char *uri, char **out)
{
    const size_t n = scheme(uri);
    const char *rest = uri;
    if (n) {
        rest = n == 5 && text_starts(uri, "file:") ? local_part(uri + 5) : NULL;
        if (!rest)
            return cx_fail(c, CX_UNSUPPORTED, "the file %s is not on a local disk", uri);
    }
    size_t length;
    char *decoded = percent_decode(c, rest, strlen(rest), &length);
    if (length == 0 || memchr(decoded, '\0', length))
        return cx_fail(c, CX_CORRUPT, "\"%s\" is not the path of a file", uri);
    *out = decoded[0] == '/' ? decoded : fs_join(c, root, decoded);
    return CX_OK;
}

/* Unreserved characters and those that a path segment may hold bare (RFC 2396). */
static char *encode(cx *c, const char *prefix, const char *path)
{
    AUTO_CLEAR(buf) b = BUF(BUF_ANY);
    buf_adds(&b, prefix);
    for (const unsigned char *p = (const unsigned char *)path; *p; p++) {
        if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
            strchr("-_.~!*'()/=@:&+$,;", *p))
            buf_addc(&b, (char)*p);
        else
            buf_addf(&b, "%%%02X", *p);
    }
    return cx_dup(c, buf_text(&b));
}

char *uri_of_path(cx *c, const char *path)
{
    return encode(c, "file://", path);
}
char *uri_encode(cx *c, const char *relative)
{
    return encode(c, "", relative);
}

static int hex(char ch)
{
    return ch >= '0' && ch <= '9'   ? ch - '0'
           : ch >= 'a' && ch <= 'f' ? ch - 'a' + 10
           : ch >= 'A' && ch <= 'F' ? ch - 'A' + 10
                                    : -1;
}

const char *uri_key(arena *a, const char *root, const char *uri)
{
    const size_t n = scheme(uri);
    const char *rest = n == 5 && text_starts(uri, "file:") ? local_part(uri + 5) : n ? NULL : uri;
    if (!rest)
        return uri; /* of another system: only its own spelling names it */
    if (rest[0] != '/' && !strchr(rest, '%'))
        return uri;
    char *key = arena_dup(a, rest), *w = key;
    for (const char *p = key; *p; p++) {
        if (*p == '%' && hex(p[1]) >= 0 && hex(p[2]) >= 0 && (hex(p[1]) | hex(p[2]))) {
            *w++ = (char)(hex(p[1]) << 4 | hex(p[2]));
            p += 2;
        } else {
            *w++ = *p;
        }
    }
    *w = '\0';
    const size_t r = strlen(root);
    return key[0] == '/' && !strncmp(key, root, r) && key[r] == '/' ? key + r + 1 : key;
}

bool uri_is_below(cx *c, const char *uri)
{
    if (scheme(uri))
        return false;
    size_t length;
    const char *p = percent_decode(c, uri, strlen(uri), &length);
    if (!length || *p == '/' || *p == '_' || memchr(p, '\0', length))
        return false;
    for (;;) {
        const size_t n = strcspn(p, "/");
        if (n == 0 || (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
            return false;
        if (!p[n])
            return true;
        p += n + 1;
    }
}
