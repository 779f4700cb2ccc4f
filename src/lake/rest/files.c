/* The Files API: files in volumes. spec: wire "Files API"
 *
 * A path is /Volumes/<catalog>/<schema>/<volume>/<rest>. Nothing outside the volume's folder can be
 * named: parts "." and ".." are refused, and so is whatever a link leads out of it. A file appears
 * whole and durable, or not at all (store/). Temporary names begin with "." and are not listed. */
#include "base/fs.h"
#include "lake/rest/rest.h"
#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FILES_PAGE_MOST = 1000, FILES_DEPTH_MOST = 64 };

typedef struct {
    meta_name volume;
    const char *root;   /* the volume's folder */
    const char *inside; /* below it; "" = the volume itself */
    const char *at;     /* the absolute path on disk */
    const char *full;   /* "/Volumes/…" */
} place;

static cx_code bad_path(cx *c, const char *path)
{
    return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                     "'%s' is not the path of something in a volume: /Volumes/<catalog>/<schema>/"
                     "<volume>/<path>",
                     path);
}

static bool is_dots(const char *part)
{
    return strcmp(part, ".") == 0 || strcmp(part, "..") == 0;
}

/* Parts of the path, no empty ones; the first four name the volume. */
static cx_code split(cx *c, const char *path, const char **parts, size_t *out_n)
{
    *out_n = 0;
    for (const char *p = path; *p;) {
        const size_t length = strcspn(p, "/");
        if (length) {
            if (*out_n == FILES_DEPTH_MOST)
                return bad_path(c, path);
            parts[(*out_n)++] = cx_dupn(c, p, length);
            if (is_dots(parts[*out_n - 1]) || length > 255)
                return bad_path(c, path);
        }
        p += length + (p[length] == '/');
    }
    return *out_n >= 4 && strcmp(parts[0], "Volumes") == 0 ? CX_OK : bad_path(c, path);
}

/* Links may be in an external volume's folder; they may not lead out of it. */
static cx_code check_inside(cx *c, const place *p)
{
    char *root = NULL;
    TRY(fs_absolute(c, p->root, &root));
    for (char *at = cx_dup(c, p->at); strlen(at) > strlen(p->root); *strrchr(at, '/') = '\0') {
        char *real = NULL;
        if (!fs_exists(at))
            continue;
        TRY(fs_absolute(c, at, &real));
        const size_t n = strlen(root);
        if (strncmp(real, root, n) != 0 || (real[n] && real[n] != '/'))
            return bad_path(c, p->full);
        return CX_OK;
    }
    return CX_OK;
}

static cx_code place_of(cx *c, const rest_call *r, const char *privilege, place *out)
{
    AUTO_CLEAR(meta_object) o = {0};
    const char *parts[FILES_DEPTH_MOST];
    size_t n = 0;
    TRY(split(c, rest_param(r, "path"), parts, &n));
    *out = (place){.volume = {parts[1], parts[2], parts[3]}, .inside = ""};
    TRY(rest_named(c, meta_load(c, r->lake->meta, META_VOLUME, out->volume, &o), META_VOLUME,
                   out->volume));
    TRY(rest_require(c, r, privilege, META_VOLUME, out->volume));
    out->root = o.location;
    for (size_t i = 4; i < n; i++)
        out->inside = *out->inside ? fs_join(c, out->inside, parts[i]) : parts[i];
    out->at = *out->inside ? fs_join(c, out->root, out->inside) : out->root;
    out->full = cx_fmt(c, "/Volumes/%s/%s/%s%s%s", parts[1], parts[2], parts[3],
                       *out->inside ? "/" : "", out->inside);
    return check_inside(c, out);
}

static cx_code no_file(cx *c, const place *p)
{
    return rest_fail(c, CX_NOT_FOUND, "NOT_FOUND", "The file being accessed is not found: %s",
                     p->full);
}

static cx_code no_folder(cx *c, const place *p)
{
    return rest_fail(c, CX_NOT_FOUND, "NOT_FOUND", "The directory being accessed is not found: %s",
                     p->full);
}

static cx_code done(rest_call *r)
{
    r->out->status = 204;
    buf_reset(&r->out->body);
    return CX_OK;
}

static cx_code volume_store(cx *c, const place *p, store **out)
{
    return store_file_open(c, p->root, out);
}

/* ---- one file ---------------------------------------------------------------------------- */

static cx_code stat_file(cx *c, const place *p, struct stat *st)
{
    if (*p->inside && stat(p->at, st) == 0 && S_ISREG(st->st_mode))
        return CX_OK;
    return no_file(c, p);
}

/* RFC 9110: a day's and a month's names are English whatever the locale. */
static const char *http_time(cx *c, time_t when)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct tm t;
    gmtime_r(&when, &t);
    return cx_fmt(c, "%s, %02d %s %d %02d:%02d:%02d GMT", days[t.tm_wday], t.tm_mday,
                  months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

static cx_code reply_file(cx *c, rest_call *r, bool head)
{
    struct stat st;
    place p;
    TRY(place_of(c, r, "READ_VOLUME", &p));
    TRY(stat_file(c, &p, &st));
    rest_header(r, "content-type", "application/octet-stream");
    rest_header(r, "last-modified", http_time(c, st.st_mtime));
    if (head && !r->out->takes_file)
        rest_header(r, "content-length", cx_fmt(c, "%lld", (long long)st.st_size));
    r->out->status = 200;
    return head && !r->out->takes_file ? CX_OK : rest_reply_file(c, r, p.at, st.st_size);
}

cx_code rest_file_get(cx *c, rest_call *r)
{
    return reply_file(c, r, false);
}

cx_code rest_file_head(cx *c, rest_call *r)
{
    return reply_file(c, r, true);
}

cx_code rest_file_put(cx *c, rest_call *r)
{
    AUTO(store) s = NULL;
    place p;
    TRY(place_of(c, r, "WRITE_VOLUME", &p));
    if (!*p.inside || fs_is_dir(p.at))
        return rest_fail(c, CX_EXISTS, "ALREADY_EXISTS", "There is a directory at %s", p.full);
    const char *name = strrchr(p.at, '/') + 1;
    if (*name == '.')
        return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                         "Names of files in volumes do not begin with a dot here: %s", p.full);
    TRY(volume_store(c, &p, &s));
    const cx_code rc = rest_query_flag(c, r, "overwrite")
                           ? store_replace(c, s, p.inside, r->http->body)
                           : store_put_if_absent(c, s, p.inside, r->http->body);
    if (rc == CX_EXISTS)
        return rest_fail(c, CX_EXISTS, "ALREADY_EXISTS", "The file already exists: %s", p.full);
    TRY(rc);
    return done(r);
}

cx_code rest_file_delete(cx *c, rest_call *r)
{
    AUTO(store) s = NULL;
    struct stat st;
    place p;
    TRY(place_of(c, r, "WRITE_VOLUME", &p));
    TRY(stat_file(c, &p, &st));
    TRY(volume_store(c, &p, &s));
    TRY(store_remove(c, s, p.inside));
    return done(r);
}

/* ---- folders ------------------------------------------------------------------------------ */

cx_code rest_folder_put(cx *c, rest_call *r)
{
    place p;
    TRY(place_of(c, r, "WRITE_VOLUME", &p));
    if (fs_exists(p.at) && !fs_is_dir(p.at))
        return rest_fail(c, CX_EXISTS, "ALREADY_EXISTS", "There is a file at %s", p.full);
    TRY(fs_mkdirs(c, p.at));
    return done(r);
}

cx_code rest_folder_head(cx *c, rest_call *r)
{
    place p;
    TRY(place_of(c, r, "READ_VOLUME", &p));
    if (!fs_is_dir(p.at))
        return no_folder(c, &p);
    r->out->status = 200;
    return CX_OK;
}

cx_code rest_folder_delete(cx *c, rest_call *r)
{
    place p;
    TRY(place_of(c, r, "WRITE_VOLUME", &p));
    if (!fs_is_dir(p.at))
        return no_folder(c, &p);
    if (!*p.inside)
        return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                         "%s is the volume itself: use DROP VOLUME", p.full);
    if (rmdir(p.at) == 0)
        return done(r);
    if (errno == ENOTEMPTY || errno == EEXIST)
        return rest_fail(c, CX_INVALID, "FILES_API_DIRECTORY_IS_NOT_EMPTY",
                         "The directory is not empty: %s", p.full);
    return cx_fail_errno(c, errno, "removing %s", p.full);
}

typedef struct {
    char **names;
    size_t count, room;
} listing;

static void listing_clear(listing *l)
{
    for (size_t i = 0; i < l->count; i++)
        free(l->names[i]);
    free(l->names);
    *l = (listing){0};
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static cx_code read_folder(cx *c, const place *p, listing *out)
{
    DIR *d = opendir(p->at);
    if (!d)
        return no_folder(c, p);
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.')
            continue;
        if (out->count == out->room) {
            out->room = out->room ? out->room * 2 : 64;
            out->names = cx_realloc(out->names, out->room * sizeof *out->names);
        }
        out->names[out->count++] = cx_heapdup(e->d_name);
    }
    closedir(d);
    if (out->count)
        qsort(out->names, out->count, sizeof *out->names, by_name);
    return CX_OK;
}

static json *entry_json(cx *c, const place *p, const char *name)
{
    struct stat st;
    if (stat(fs_join(c, p->at, name), &st) != 0)
        return NULL;
    const bool folder = S_ISDIR(st.st_mode);
    json *j = json_pack("{s:s, s:s, s:b, s:I}", "path", cx_fmt(c, "%s/%s", p->full, name), "name",
                        name, "is_directory", folder, "last_modified",
                        (json_int_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000);
    if (!folder)
        json_object_set_new(j, "file_size", json_integer(st.st_size));
    return j;
}

cx_code rest_folder_list(cx *c, rest_call *r)
{
    AUTO_CLEAR(listing) all = {0};
    rest_page page;
    place p;
    const char *last = NULL;
    TRY(place_of(c, r, "READ_VOLUME", &p));
    TRY(rest_page_read(c, r, "page_size", FILES_PAGE_MOST, &page));
    TRY(read_folder(c, &p, &all));
    json *body = json_object(), *contents = json_array();
    for (size_t i = 0; i < all.count; i++) {
        if (*page.after && strcmp(all.names[i], page.after) <= 0)
            continue;
        if ((int64_t)json_array_size(contents) == (page.most < 0 ? FILES_PAGE_MOST : page.most)) {
            rest_page_next(c, body, last);
            break;
        }
        json *entry = entry_json(c, &p, all.names[i]);
        if (entry)
            json_array_append_new(contents, entry);
        last = all.names[i];
    }
    json_object_set_new(body, "contents", contents);
    return rest_reply(r, body);
}
