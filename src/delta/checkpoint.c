/* Writing checkpoints.
 *
 * A checkpoint is the same state in another form, so losing it costs nothing: it appears by a
 * rename that refuses to replace, and whoever made one of the same version first has made the same.
 * _last_checkpoint follows, and never goes back.
 *
 * Tables that ask for v2 checkpoints get a manifest with a name of its own. Few files stand in it,
 * and it is JSON, which every reader can read at once. Many go to sidecars, Parquet files that
 * appear before the manifest that names them: killed in between, a sidecar is left that nobody
 * names, and the clean-up of the log takes it.
 * spec: delta "Checkpoints", "Checkpoint Specs", "V2 Spec", "Sidecar Files",
 * "UUID-named checkpoint" */
#include "delta/checkpoint.h"
#include "delta/action.h"
#include "delta/protocol.h"

#include "base/fs.h"
#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

enum {
    FILES_IN_MANIFEST = 1000, /* more go to sidecars */
    FILES_IN_SIDECAR = 100000
};

static void checkpoint_made_clear(checkpoint_made *m)
{
    json_decref(m->v2);
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

/* path: below the root. */
static cx_code write_rows(cx *c, delta_table *t, const char *path, str lines,
                          const checkpoint_rows *r, delta_rows_kind kind)
{
    char tail[17];
    hex_random(tail, 16);
    const char *to = fs_join(c, t->store->root, path),
               *folder = fs_join(c, t->store->root, LOG_FOLDER);
    const char *temp = cx_fmt(c, "%s/.checkpoint-%s.tmp", folder, tail);
    const delta_rows_shape shape = {kind, r->stats, r->partition_values};
    cx_code rc = t->parquet->write(c, t->parquet->self, temp, lines, &shape);
    if (rc == CX_OK)
        rc = sync_file(c, temp);
    if (rc == CX_OK && renameat2(AT_FDCWD, temp, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return fs_sync_dir(c, cx_dupn(c, to, (size_t)(strrchr(to, '/') - to)));
    if (rc == CX_OK && (errno == EINVAL || errno == ENOSYS))
        rc = link(temp, to) == 0 ? CX_OK : cx_fail_errno(c, errno, "cannot publish %s", to);
    else if (rc == CX_OK && errno != EEXIST)
        rc = cx_fail_errno(c, errno, "cannot publish %s", to);
    unlink(temp);
    return rc;
}

static bool has_writer(const delta_table *t)
{
    return t->parquet && t->parquet->write && t->store->root[0] == '/';
}

static cx_code write_classic(cx *c, delta_table *t, checkpoint_rows *r)
{
    AUTO_CLEAR(buf) lines = BUF(BUF_ANY);
    const char *path = cx_fmt(c, LOG_FOLDER "/%020" PRId64 ".checkpoint.parquet", r->s->version);
    rows_of_state(c, r, &lines);
    TRY(rows_of_files(c, r, SIZE_MAX / 4, &lines));
    TRY_IN(c, write_rows(c, t, path, (str){lines.data, lines.length}, r, DELTA_CLASSIC),
           "writing the checkpoint %s/%s", t->store->root, path);
    const checkpoint_made made = {r->count, fs_size(fs_join(c, t->store->root, path)), r->adds,
                                  NULL};
    return point_at(c, t, r->s->version, &made);
}

/* ---- v2 ----------------------------------------------------------------------------- */

static void add_metadata(const checkpoint_rows *r, buf *out)
{
    buf_addf(out, "{\"checkpointMetadata\":{\"version\":%" PRId64 "}}\n", r->s->version);
}

static const char *manifest_path(cx *c, const checkpoint_rows *r, const char *kind)
{
    char id[UUID_TEXT];
    uuid_random(id);
    return cx_fmt(c, LOG_FOLDER "/%020" PRId64 ".checkpoint.%s.%s", r->s->version, id, kind);
}

/* The manifest, as _last_checkpoint repeats it. */
static cx_code describe(cx *c, delta_table *t, const char *path, str actions, json *take_sidecars,
                        checkpoint_made *made)
{
    AUTO(json) sidecars = take_sidecars;
    AUTO(json) others = json_array();
    store_entry e;
    for (const char *p = actions.data, *end = p + actions.length; p < end;) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));
        json *j = json_loadb(p, (size_t)(nl - p), 0, NULL);
        json_array_append_new(others, j ? j : json_object());
        p = nl + 1;
    }
    TRY(store_stat(c, t->store, path, &e));
    made->size_bytes += e.size;
    made->v2 =
        json_pack("{s:s, s:I, s:I, s:O, s:O}", "path", path + strlen(LOG_FOLDER "/"), "sizeInBytes",
                  (json_int_t)e.size, "modificationTime", (json_int_t)e.mtime_ms, "nonFileActions",
                  others, "sidecarFiles", sidecars);
    return CX_OK;
}

static cx_code write_inside(cx *c, delta_table *t, checkpoint_rows *r, checkpoint_made *made)
{
    AUTO_CLEAR(buf) lines = BUF(BUF_ANY);
    const char *path = manifest_path(c, r, "json");
    add_metadata(r, &lines);
    rows_of_state(c, r, &lines);
    const size_t state = lines.length;
    TRY(rows_of_files(c, r, SIZE_MAX / 4, &lines));
    TRY_IN(c, store_put_if_absent(c, t->store, path, (str){lines.data, lines.length}),
           "writing the checkpoint %s/%s", t->store->root, path);
    return describe(c, t, path, (str){lines.data, state}, json_array(), made);
}

static cx_code write_sidecar(cx *c, delta_table *t, checkpoint_rows *r, json *sidecars,
                             checkpoint_made *made)
{
    AUTO_CLEAR(buf) lines = BUF(BUF_ANY);
    store_entry e;
    char id[UUID_TEXT];
    uuid_random(id);
    const char *name = cx_fmt(c, "%s.parquet", id);
    const char *path = cx_fmt(c, LOG_FOLDER "/_sidecars/%s", name);
    TRY(rows_of_files(c, r, FILES_IN_SIDECAR, &lines));
    if (!lines.length)
        return CX_OK;
    TRY_IN(c, write_rows(c, t, path, (str){lines.data, lines.length}, r, DELTA_SIDECAR),
           "writing the sidecar %s/%s", t->store->root, path);
    TRY(store_stat(c, t->store, path, &e));
    made->size_bytes += e.size;
    json_array_append_new(sidecars, json_pack("{s:s, s:I, s:I}", "path", name, "sizeInBytes",
                                              (json_int_t)e.size, "modificationTime",
                                              (json_int_t)e.mtime_ms));
    return CX_OK;
}

static cx_code write_beside(cx *c, delta_table *t, checkpoint_rows *r, checkpoint_made *made)
{
    AUTO_CLEAR(buf) lines = BUF(BUF_ANY);
    AUTO(json) sidecars = json_array();
    const char *path = manifest_path(c, r, "parquet");
    TRY(fs_mkdirs(c, fs_join(c, t->store->root, LOG_FOLDER "/_sidecars")));
    while (rows_left(r))
        TRY(write_sidecar(c, t, r, sidecars, made));
    add_metadata(r, &lines);
    rows_of_state(c, r, &lines);
    const size_t state = lines.length;
    for (size_t i = 0; i < json_array_size(sidecars); i++) {
        AUTO_FREE char *text = json_text(json_array_get(sidecars, i));
        buf_adds(&lines, "{\"sidecar\":");
        buf_adds(&lines, text);
        buf_adds(&lines, "}\n");
    }
    TRY_IN(c, write_rows(c, t, path, (str){lines.data, lines.length}, r, DELTA_V2),
           "writing the checkpoint %s/%s", t->store->root, path);
    return describe(c, t, path, (str){lines.data, state}, STEAL(sidecars), made);
}

static cx_code write_v2(cx *c, delta_table *t, checkpoint_rows *r)
{
    AUTO_CLEAR(checkpoint_made) made = {0};
    if (rows_left(r) > FILES_IN_MANIFEST && has_writer(t))
        TRY(write_beside(c, t, r, &made));
    else
        TRY(write_inside(c, t, r, &made));
    made.size = r->count + 1;
    made.adds = r->adds;
    return point_at(c, t, r->s->version, &made);
}

static bool wants_v2(const delta_snapshot *s)
{
    return protocol_has(&s->protocol, "v2Checkpoint") &&
           text_same_nocase(delta_property(s, "delta.checkpointPolicy"), "v2");
}

/* `full` was loaded with its tombstones. */
static cx_code write_full(cx *c, delta_table *t, const delta_snapshot *full)
{
    AUTO_CLEAR(checkpoint_rows) r = {0};
    TRY(rows_begin(c, full, &r));
    if (wants_v2(full))
        return write_v2(c, t, &r);
    if (!has_writer(t))
        return cx_fail(c, CX_UNSUPPORTED, "checkpoints of %s cannot be written here",
                       t->store->root);
    return write_classic(c, t, &r);
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
