/* Writing a classic checkpoint.
 *
 * It is the same state in another form, so losing it costs nothing: it appears by a rename that
 * refuses to replace, and whoever made one of the same version first has made the same.
 * _last_checkpoint follows, and never goes back. spec: delta "Checkpoints", "Last Checkpoint File"
 */
#include "delta/action.h"
#include "delta/delta_int.h"

#include "base/fs.h"
#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

/* "interval 1 week", "interval 36 hours"; what cannot be read is the default. */
static int64_t interval_ms(const char *text, int64_t otherwise)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {
        {"millisecond", 1}, {"second", 1000},  {"minute", 60000},
        {"hour", 3600000},  {"day", 86400000}, {"week", 604800000},
    };
    if (!text)
        return otherwise;
    if (!strncasecmp(text, "interval ", 9))
        text += 9;
    char *end;
    const long long n = strtoll(text, &end, 10);
    if (end == text || n < 0 || n > 1000000)
        return otherwise;
    while (*end == ' ')
        end++;
    for (size_t i = 0; i < CX_COUNT(units); i++)
        if (!strncasecmp(end, units[i].unit, strlen(units[i].unit)))
            return n * units[i].ms;
    return otherwise;
}

static void add_json(buf *b, const char *kind, const json *body, int64_t *count)
{
    AUTO_FREE char *text = json_text(body);
    buf_addf(b, "{\"%s\":", kind);
    buf_adds(b, text);
    buf_adds(b, "}\n");
    ++*count;
}

static void add_file_action(buf *b, const char *kind, str body, const char *const *without,
                            int64_t *count)
{
    buf_addf(b, "{\"%s\":{", kind);
    buf_add_members(b, body, without);
    buf_adds(b, "\"dataChange\":false}}\n");
    ++*count;
}

static void state_lines(cx *c, const delta_snapshot *s, buf *b, int64_t *count)
{
    static const char *const of_add[] = {"dataChange", NULL};
    static const char *const of_remove[] = {"dataChange", "stats", "stats_parsed", "tags", NULL};
    const int64_t kept_from =
        cx_now_ms(c) -
        interval_ms(delta_property(s, "delta.deletedFileRetentionDuration"), 604800000);
    add_json(b, "protocol", s->protocol_action, count);
    add_json(b, "metaData", s->metadata, count);
    for (size_t i = 0; i < json_array_size(s->txns); i++)
        add_json(b, "txn", json_array_get(s->txns, i), count);
    for (size_t i = 0; i < json_array_size(s->domains); i++)
        add_json(b, "domainMetadata", json_array_get(s->domains, i), count);
    for (size_t i = 0; i < s->tombstone_count; i++)
        if (value_int(object_member(s->tombstones[i], "deletionTimestamp"), 0) >= kept_from)
            add_file_action(b, "remove", s->tombstones[i], of_remove, count);
    for (size_t i = 0; i < s->file_count; i++)
        add_file_action(b, "add", s->files[i].raw, of_add, count);
}

static cx_code sync_file(cx *c, const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return cx_fail_errno(c, errno, "cannot open %s", path);
    const int rc = fsync(fd), e = errno;
    close(fd);
    return rc == 0 ? CX_OK : cx_fail_errno(c, e, "cannot sync %s", path);
}

static cx_code write_file(cx *c, delta_table *t, const char *path, str lines)
{
    char tail[17];
    hex_random(tail, 16);
    const char *folder = fs_join(c, t->store->root, LOG_FOLDER);
    const char *temp = cx_fmt(c, "%s/.checkpoint-%s.tmp", folder, tail);
    cx_code rc = t->parquet->write(c, t->parquet->self, temp, lines);
    if (rc == CX_OK)
        rc = sync_file(c, temp);
    if (rc == CX_OK && renameat2(AT_FDCWD, temp, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
        return fs_sync_dir(c, folder);
    if (rc == CX_OK && (errno == EINVAL || errno == ENOSYS))
        rc = link(temp, path) == 0 ? CX_OK : cx_fail_errno(c, errno, "cannot publish %s", path);
    else if (rc == CX_OK && errno != EEXIST)
        rc = cx_fail_errno(c, errno, "cannot publish %s", path);
    unlink(temp);
    return rc;
}

static cx_code point_at(cx *c, delta_table *t, const delta_snapshot *s, int64_t size,
                        const char *path)
{
    AUTO_CLEAR(buf) old = {0};
    AUTO(json) j = NULL;
    if (store_read(c, t->store, LOG_FOLDER "/_last_checkpoint", (size_t)64 << 20, &old) == CX_OK &&
        json_parse(c, old.data, old.length, "_last_checkpoint", &j) == CX_OK &&
        json_get_int(j, "version", -1) >= s->version)
        return CX_OK;
    cx_forgive(c);
    const char *text = cx_fmt(c,
                              "{\"version\":%" PRId64 ",\"size\":%" PRId64
                              ",\"sizeInBytes\":%" PRId64 ",\"numOfAddFiles\":%zu}",
                              s->version, size, fs_size(path), s->file_count);
    return store_replace(c, t->store, LOG_FOLDER "/_last_checkpoint", STR(text));
}

cx_code delta_checkpoint_write(cx *c, delta_table *t, const delta_snapshot *s)
{
    AUTO(delta_snapshot) full = NULL;
    AUTO_CLEAR(buf) lines = BUF(BUF_ANY);
    int64_t count = 0;
    if (!t->parquet || t->store->root[0] != '/')
        return cx_fail(c, CX_UNSUPPORTED, "checkpoints of %s cannot be written here",
                       t->store->root);
    TRY(snapshot_load(c, t, s->version, true, &full)); /* with the tombstones */
    state_lines(c, full, &lines, &count);
    const char *path = cx_fmt(c, "%s/" LOG_FOLDER "/%020" PRId64 ".checkpoint.parquet",
                              t->store->root, s->version);
    TRY_IN(c, write_file(c, t, path, (str){lines.data, lines.length}), "writing the checkpoint %s",
           path);
    return point_at(c, t, full, count, path);
}
