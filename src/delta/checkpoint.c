/* Writing checkpoints.
 *
 * A checkpoint is the same state in another form, so losing it costs nothing: it appears by a
 * rename that refuses to replace, and whoever made one of the same version first has made the same.
 * _last_checkpoint follows, and never goes back. Tables that ask for v2 checkpoints get one JSON
 * file with everything in it: it needs no sidecars, and so leaves none behind.
 * spec: delta "Checkpoints", "V2 Spec", "Last Checkpoint File" */
#include "delta/action.h"
#include "delta/delta_int.h"
#include "delta/protocol.h"

#include "base/fs.h"
#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

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
        cx_now_ms(c) - property_ms(s, "delta.deletedFileRetentionDuration", WEEK_MS);
    add_json(b, "protocol", s->protocol_action, count);
    add_json(b, "metaData", s->metadata, count);
    for (size_t i = 0; i < json_array_size(s->txns); i++)
        add_json(b, "txn", json_array_get(s->txns, i), count);
    for (size_t i = 0; i < json_array_size(s->domains); i++)
        add_json(b, "domainMetadata", json_array_get(s->domains, i), count);
    for (size_t i = 0; i < s->tombstone_count; i++)
        if (value_int(object_member(s->tombstones[i], "deletionTimestamp"), 0) >= kept_from)
            add_file_action(b, "remove", s->tombstones[i], of_remove, count);
    AUTO_CLEAR(buf) made = BUF(BUF_ANY);
    for (size_t i = 0; i < s->file_count; i++)
        add_file_action(b, "add", file_text(&s->files[i], &made), of_add, count);
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
    const delta_rows_shape shape = {.kind = DELTA_CLASSIC};
    cx_code rc = t->parquet->write(c, t->parquet->self, temp, lines, &shape);
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

static cx_code point_at(cx *c, delta_table *t, const delta_snapshot *s, int64_t size, int64_t bytes)
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
                              s->version, size, bytes, s->file_count);
    return store_replace(c, t->store, LOG_FOLDER "/_last_checkpoint", STR(text));
}

static cx_code write_classic(cx *c, delta_table *t, const delta_snapshot *full)
{
    AUTO_CLEAR(buf) lines = BUF(BUF_ANY);
    int64_t count = 0;
    state_lines(c, full, &lines, &count);
    const char *path = cx_fmt(c, "%s/" LOG_FOLDER "/%020" PRId64 ".checkpoint.parquet",
                              t->store->root, full->version);
    TRY_IN(c, write_file(c, t, path, (str){lines.data, lines.length}), "writing the checkpoint %s",
           path);
    return point_at(c, t, full, count, fs_size(path));
}

static cx_code write_v2(cx *c, delta_table *t, const delta_snapshot *full)
{
    AUTO_CLEAR(buf) lines = BUF(BUF_ANY);
    int64_t count = 1;
    char id[UUID_TEXT];
    uuid_random(id);
    buf_addf(&lines, "{\"checkpointMetadata\":{\"version\":%" PRId64 "}}\n", full->version);
    state_lines(c, full, &lines, &count);
    const char *path =
        cx_fmt(c, LOG_FOLDER "/%020" PRId64 ".checkpoint.%s.json", full->version, id);
    TRY_IN(c, store_put_if_absent(c, t->store, path, (str){lines.data, lines.length}),
           "writing the checkpoint %s", path);
    return point_at(c, t, full, count, (int64_t)lines.length);
}

static bool wants_v2(const delta_snapshot *s)
{
    return protocol_has(&s->protocol, "v2Checkpoint") &&
           text_same_nocase(delta_property(s, "delta.checkpointPolicy"), "v2");
}

/* `full` was loaded with its tombstones. */
static cx_code write_full(cx *c, delta_table *t, const delta_snapshot *full)
{
    if (wants_v2(full))
        return write_v2(c, t, full);
    if (!t->parquet || !t->parquet->write || t->store->root[0] != '/')
        return cx_fail(c, CX_UNSUPPORTED, "checkpoints of %s cannot be written here",
                       t->store->root);
    return write_classic(c, t, full);
}

cx_code delta_checkpoint_write(cx *c, delta_table *t, const delta_snapshot *s)
{
    AUTO(delta_snapshot) full = NULL;
    TRY(snapshot_load(c, t, s->version, true, &full));
    return write_full(c, t, full);
}

/* ---- in the life of a table -------------------------------------------------------- */

int64_t checkpoint_interval(const json *configuration)
{
    const char *text = json_get_str(configuration, "delta.checkpointInterval", "10");
    char *end;
    const long long n = strtoll(text, &end, 10);
    return end == text || *end || n < 1 ? 10 : n;
}

static cx_code keep_up(cx *c, delta_table *t, int64_t version)
{
    AUTO(delta_snapshot) s = NULL;
    TRY(snapshot_load(c, t, version, true, &s));
    if (version % checkpoint_interval(json_get(s->metadata, "configuration")) != 0 ||
        protocol_has(&s->protocol, "catalogManaged"))
        return CX_OK;
    TRY(write_full(c, t, s));
    return log_cleanup(c, t, s);
}

void checkpoint_after_commit(cx *c, delta_table *t, int64_t version, int64_t interval)
{
    cx own;
    if (version == 0 || version % interval != 0 || !t->parquet || t->store->root[0] != '/')
        return;
    cx_child(&own, c); /* the commit is there: whatever happens now is no failure of it */
    if (keep_up(&own, t, version) != CX_OK)
        cx_warn(c, "version %" PRId64 " of %s has no checkpoint: %s", version, t->store->root,
                own.error.message);
    cx_clear(&own);
}
