/* Copying what is in a volume, by the Files API. spec: wire "Files API"
 *
 * A file goes through memory whole, so its size is bounded; the platform has no way to copy on its
 * own side. */
#include "base/hash.h"
#include "workspace/workspace_int.h"

enum { FILE_MOST = 256 << 20, PATH_DEPTH = 60 };

typedef struct {
    workspace *w;
    int64_t most;
    workspace_copied *n;
} copying;

static char *api_path(cx *c, const char *kind, const char *path)
{
    buf b = BUF(BUF_ANY);
    buf_addf(&b, "/api/2.0/fs/%s", kind);
    buf_add_percent(&b, path, "/");
    char *text = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    return text;
}

/* All entries of a folder, page after page; out is an array. */
static cx_code list_folder(cx *c, workspace *w, const char *path, json *out)
{
    char *token = NULL;
    do {
        AUTO(json) page = NULL;
        buf query = BUF(BUF_ANY);
        if (token) {
            buf_adds(&query, "page_token=");
            buf_add_percent(&query, token, "");
        }
        const cx_code rc = workspace_call(c, w, "GET", api_path(c, "directories", path),
                                          token ? buf_text(&query) : NULL, NULL, &page);
        buf_clear(&query);
        TRY(rc);
        json_array_extend(out, json_get(page, "contents"));
        token = cx_dup(c, json_get_str(page, "next_page_token", NULL));
    } while (token && *token);
    return CX_OK;
}

static const json *entry_named(const json *list, const char *name)
{
    const json *entry;
    size_t i;
    json_array_foreach (list, i, entry)
        if (!strcmp(json_get_str(entry, "name", ""), name))
            return entry;
    return NULL;
}

static cx_code copy_file(cx *c, copying *k, const char *from, const char *to)
{
    AUTO_CLEAR(http_response) got = {0};
    AUTO_CLEAR(http_response) put = {0};
    TRY(client_bytes(c, k->w, "GET", api_path(c, "files", from), NULL, NULL, (str){0}, true,
                     FILE_MOST, &got));
    TRY(client_bytes(c, k->w, "PUT", api_path(c, "files", to), "overwrite=true",
                     "application/octet-stream", (str){buf_text(&got.body), got.body.length}, true,
                     1 << 20, &put));
    k->n->files++;
    k->n->bytes += (int64_t)got.body.length;
    return CX_OK;
}

static bool is_copied(const json *source, const json *there)
{
    return there && json_get_int(there, "file_size", -1) == json_get_int(source, "file_size", -2) &&
           json_get_int(there, "last_modified", 0) >= json_get_int(source, "last_modified", 0);
}

static cx_code copy_folder(cx *c, copying *k, const char *from, const char *to, int depth);

static cx_code copy_entry(cx *c, copying *k, const json *entry, const json *there, const char *from,
                          const char *to, int depth)
{
    const char *name = json_get_str(entry, "name", "");
    const char *source = cx_fmt(c, "%s/%s", from, name), *target = cx_fmt(c, "%s/%s", to, name);
    TRY(cx_alive(c));
    if (!*name || strchr(name, '/') || !strcmp(name, "..") || !strcmp(name, "."))
        return cx_fail(c, CX_CORRUPT, "%s has an entry with the name \"%s\"", from, name);
    if (json_get_bool(entry, "is_directory", false))
        return copy_folder(c, k, source, target, depth + 1);
    if (is_copied(entry, entry_named(there, name))) {
        k->n->there++;
        return CX_OK;
    }
    if (json_get_int(entry, "file_size", 0) > k->most) {
        k->n->too_large++;
        cx_warn(c, "%s is larger than %lld bytes and was not copied", source, (long long)k->most);
        return CX_OK;
    }
    return copy_file(c, k, source, target);
}

static cx_code copy_folder(cx *c, copying *k, const char *from, const char *to, int depth)
{
    AUTO(json) entries = json_array();
    AUTO(json) there = json_array();
    const json *entry;
    size_t i;
    if (depth > PATH_DEPTH)
        return cx_fail(c, CX_UNSUPPORTED, "%s is more than %d folders deep", from, PATH_DEPTH);
    TRY(list_folder(c, k->w, from, entries));
    const cx_code rc = list_folder(c, k->w, to, there);
    if (rc == CX_NOT_FOUND) {
        cx_forgive(c);
        TRY(workspace_call(c, k->w, "PUT", api_path(c, "directories", to), NULL, NULL, NULL));
    } else {
        TRY(rc);
    }
    json_array_foreach (entries, i, entry)
        TRY(copy_entry(c, k, entry, there, from, to, depth));
    return CX_OK;
}

cx_code workspace_copy_files(cx *c, workspace *w, const char *from, const char *to, int64_t most,
                             workspace_copied *out)
{
    *out = (workspace_copied){0};
    copying k = {.w = w, .most = most > 0 && most < FILE_MOST ? most : FILE_MOST, .n = out};
    return copy_folder(c, &k, from, to, 0);
}
