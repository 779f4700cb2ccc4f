/* The built web UI: files of one folder, and its index.html for every path that is not a file,
 * because the application routes by itself. Hashed assets never change under a name, so browsers
 * may keep them. */
#include "base/fs.h"
#include "base/hash.h"
#include "server/server_int.h"

#include <limits.h>
#include <unistd.h>

const char *static_folder(cx *c, const char *given)
{
    if (given)
        return fs_exists(fs_join(c, given, "index.html")) ? cx_dup(c, given) : NULL;
    char self[PATH_MAX];
    const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0)
        return NULL;
    self[n] = '\0';
    char *slash = strrchr(self, '/');
    if (slash)
        *slash = '\0';
    static const char *const beside[] = {"../../web/dist", "../share/clxs/web"};
    for (size_t i = 0; i < CX_COUNT(beside); i++) {
        const char *folder = fs_join(c, self, beside[i]);
        if (fs_exists(fs_join(c, folder, "index.html")))
            return folder;
    }
    return NULL;
}

static const char *content_type(const char *path)
{
    static const struct {
        const char *end, *type;
    } types[] = {{".html", "text/html; charset=utf-8"},
                 {".js", "text/javascript; charset=utf-8"},
                 {".mjs", "text/javascript; charset=utf-8"},
                 {".css", "text/css; charset=utf-8"},
                 {".json", "application/json"},
                 {".map", "application/json"},
                 {".webmanifest", "application/manifest+json"},
                 {".svg", "image/svg+xml"},
                 {".png", "image/png"},
                 {".jpg", "image/jpeg"},
                 {".ico", "image/x-icon"},
                 {".webp", "image/webp"},
                 {".woff2", "font/woff2"},
                 {".woff", "font/woff"},
                 {".wasm", "application/wasm"},
                 {".txt", "text/plain; charset=utf-8"}};
    for (size_t i = 0; i < CX_COUNT(types); i++)
        if (text_ends(path, types[i].end))
            return types[i].type;
    return "application/octet-stream";
}

/* Only plain names: no "..", nothing hidden, no NUL or backslash that somebody may read otherwise.
 */
static bool plain_path(const char *path, size_t length)
{
    if (strlen(path) != length || path[0] != '/' || strchr(path, '\\'))
        return false;
    for (const char *p = path; (p = strchr(p, '/')); p++)
        if (p[1] == '.' || p[1] == '/')
            return false;
    return true;
}

static bool takes_gzip(const http_request *req)
{
    const char *accept = http_request_header(req, "Accept-Encoding");
    return accept && strstr(accept, "gzip") && !http_request_header(req, "Range");
}

static cx_code send_file(cx *c, ask *a, const char *path, const char *cache)
{
    http_reply_header(a->reply, "Content-Type", content_type(path));
    http_reply_header(a->reply, "Cache-Control", cache);
    const char *packed = cx_fmt(c, "%s.gz", path);
    if (takes_gzip(a->req) && fs_exists(packed)) {
        http_reply_header(a->reply, "Content-Encoding", "gzip");
        http_reply_header(a->reply, "Vary", "Accept-Encoding");
        path = packed;
    }
    a->reply->file_path = path;
    return CX_OK;
}

static cx_code no_ui(ask *a)
{
    static const char page[] =
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>clxs</title>"
        "<h1>clxs serves its API here</h1><p>The web UI is not built: <code>tools/build-web</code> builds it."
        "</p><p><a href=\"/docs\">Documentation of the API</a></p></html>";
    http_reply_header(a->reply, "Content-Type", "text/html; charset=utf-8");
    http_reply_header(a->reply, "Cache-Control", "no-cache");
    buf_adds(&a->reply->body, page);
    return CX_OK;
}

cx_code static_serve(cx *c, ask *a)
{
    size_t length;
    const char *path = percent_decode(c, a->req->path, strlen(a->req->path), &length);
    if (!plain_path(path, length) && strcmp(path, "/") != 0)
        return cx_fail(c, CX_NOT_FOUND, "Not Found");
    if (!a->app->ui)
        return !strcmp(path, "/") ? no_ui(a) : cx_fail(c, CX_NOT_FOUND, "Not Found");
    const char *file = fs_join(c, a->app->ui, path + 1);
    if (path[1] && fs_exists(file) && !fs_is_dir(file))
        return send_file(c, a, file,
                         text_starts(path, "/assets/") ? "public, max-age=31536000, immutable"
                                                       : "no-cache");
    if (text_starts(path,
                    "/assets/")) /* an old page asks for a file that is gone: not for index.html */
        return cx_fail(c, CX_NOT_FOUND, "Not Found");
    return send_file(c, a, fs_join(c, a->app->ui, "index.html"), "no-cache");
}
