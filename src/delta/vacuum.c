/* VACUUM: files that no version within the retention needs.
 *
 * Kept are the files and vectors of the latest version, and those of removed files whose tombstone
 * is younger than the retention: with them every version of that time can be read. What is younger
 * than the retention itself is never touched, since it may be a file that another writer has
 * written and not yet committed. Nor is a table that lives in a folder of this one, nor anything
 * outside of the root, wherever the log points.
 *
 * Killed at any moment: some files are gone that nobody needs. spec: delta sheet §21,
 * "VACUUM Protocol Check" */
#include "delta/vacuum.h"
#include "delta/action.h"

#include "base/fs.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

static void vacuum_clear(vacuum *v)
{
    json_decref(v->named);
    json_decref(v->folders);
    json_decref(v->seen);
}

static cx_code keep_tombstone(cx *c, vacuum *v, str body)
{
    char *path;
    delta_dv *dv = NULL;
    if (value_int(object_member(body, "deletionTimestamp"), 0) < v->before_ms)
        return CX_OK;
    if (!value_text(c->arena, object_member(body, "path"), &path))
        return cx_fail(c, CX_CORRUPT, "a remove action of %s is damaged", v->s->root);
    TRY(dv_parse(c, c->arena, object_member(body, "deletionVector"), v->s->root, &dv));
    return name_file(c, v->named, v->s->root, path, dv);
}

static cx_code name_kept(cx *c, vacuum *v)
{
    for (size_t i = 0; i < v->s->file_count; i++)
        TRY(name_file(c, v->named, v->s->root, v->s->files[i].path, v->s->files[i].dv));
    for (size_t i = 0; i < v->s->tombstone_count; i++)
        TRY(keep_tombstone(c, v, v->s->tombstones[i]));
    return CX_OK;
}

static bool partition_folder(const delta_snapshot *s, const char *name, size_t length)
{
    const char *equals = memchr(name, '=', length);
    for (size_t i = 0; equals && i < s->partition_count; i++)
        if (strlen(s->partitions[i]) == (size_t)(equals - name) &&
            !strncmp(s->partitions[i], name, (size_t)(equals - name)))
            return true;
    return false;
}

/* Names that begin with "_" or "." are somebody's own business, but for those that Delta made. */
static bool hidden(const delta_snapshot *s, const char *relative)
{
    for (const char *p = relative; *p;) {
        const size_t n = strcspn(p, "/");
        const str name = {p, n};
        if ((*p == '_' || *p == '.') && !str_is(name, "_change_data") &&
            !str_is(name, "_delta_index") && !(p[n] && partition_folder(s, p, n)))
            return true;
        p += n + (p[n] != '\0');
    }
    return false;
}

/* What a killed writer of ours had not finished. */
static bool temporary(const char *relative)
{
    const char *slash = strrchr(relative, '/');
    const char *name = slash ? slash + 1 : relative;
    return text_ends(name, ".tmp") &&
           (text_starts(name, ".clxs-") || text_starts(name, ".deletion_vector_") ||
            (name[0] == '.' && text_starts(relative, LOG_FOLDER "/")));
}

/* A folder that was old before its files went; younger ones may have a writer in them. */
static void note_folder(cx *c, vacuum *v, const char *path)
{
    struct stat st;
    const char *folder = cx_dupn(c, path, (size_t)(strrchr(path, '/') - path));
    if (json_object_get(v->folders, folder) || stat(folder, &st) != 0)
        return;
    const int64_t mtime_ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
    json_object_set_new_nocheck(v->folders, folder, json_boolean(mtime_ms < v->before_ms));
}

cx_code vacuum_file(cx *c, void *self, const char *relative, int64_t size, int64_t mtime_ms)
{
    vacuum *v = self;
    TRY(cx_alive(c));
    if (mtime_ms >= v->before_ms || (hidden(v->s, relative) && !temporary(relative)))
        return CX_OK;
    const char *path = fs_join(c, v->s->root, relative);
    if (json_object_get(v->named, path) || of_other_table(c, v->s->root, relative))
        return CX_OK;
    if (json_object_get(v->o->kept, path)) {
        v->r.kept_count++;
        return CX_OK;
    }
    if (!v->o->dry_run) {
        note_folder(c, v, path);
        if (unlink(path) != 0 && errno != ENOENT)
            return cx_fail_errno(c, errno, "cannot remove %s", path);
    }
    v->r.file_count++;
    v->r.size_bytes += size;
    if (v->r.path_count < PATHS_MOST)
        v->r.paths[v->r.path_count++] = path;
    return CX_OK;
}

static void remove_folders(vacuum *v)
{
    const char *path;
    json *old;
    json_object_foreach (v->folders, path, old) {
        if (json_is_true(old) && strcmp(path, v->s->root) != 0 && rmdir(path) == 0)
            v->r.folder_count++;
    }
}

/* ---- what the history says ----------------------------------------------------------- */

static cx_code record(cx *c, vacuum *v, const char *operation, json *parameters, json *metrics)
{
    int64_t version;
    AUTO(json) actions = json_array();
    if (!v->o->record || v->o->dry_run)
        return CX_OK;
    const delta_commit m = {.operation = operation,
                            .parameters = parameters,
                            .metrics = metrics,
                            .user_name = v->o->user_name,
                            .read_version = v->s->version,
                            .blind_append = true,
                            .actions = actions};
    return delta_commit_write(c, v->t, &m, &version);
}

static cx_code record_start(cx *c, vacuum *v, int64_t configured)
{
    AUTO(json)
    parameters = json_pack("{s:b, s:I}", "retentionCheckEnabled", !v->o->unchecked,
                           "defaultRetentionMillis", (json_int_t)configured);
    if (v->o->retention_ms >= 0)
        json_object_set_new(parameters, "specifiedRetentionMillis",
                            json_integer(v->o->retention_ms));
    return record(c, v, "VACUUM START", parameters, NULL);
}

static cx_code record_end(cx *c, vacuum *v, bool completed)
{
    AUTO(json) parameters = json_pack("{s:s}", "status", completed ? "COMPLETED" : "FAILED");
    AUTO(json)
    metrics = json_pack("{s:I, s:I}", "numDeletedFiles", (json_int_t)v->r.file_count,
                        "numVacuumedDirectories", (json_int_t)v->r.folder_count);
    if (v->r.kept_count)
        json_object_set_new(metrics, "numFilesKeptForClones", json_integer(v->r.kept_count));
    return record(c, v, "VACUUM END", parameters, metrics);
}

static cx_code check_retention(cx *c, const vacuum *v, int64_t configured)
{
    if (v->o->retention_ms < 0 || v->o->retention_ms >= configured || v->o->unchecked)
        return CX_OK;
    (void)cx_fail_as(c, CX_INVALID, "DELTA_VACUUM_RETENTION_PERIOD_TOO_SHORT", NULL,
                     "a retention of %" PRId64 " hours is shorter than that of %s, %" PRId64
                     " hours: readers and writers that are at work may lose files",
                     v->o->retention_ms / 3600000, v->s->root, configured / 3600000);
    return cx_hint(c, "Set delta.deletedFileRetentionDuration of the table, or turn the check off "
                      "(spark.databricks.delta.retentionDurationCheck.enabled).");
}

static cx_code run(cx *c, vacuum *v)
{
    TRY(name_kept(c, v));
    if (v->o->lite)
        TRY(vacuum_listed(c, v));
    else
        TRY(fs_walk(c, v->s->root, vacuum_file, v));
    remove_folders(v);
    return vacuum_remember(c, v);
}

cx_code delta_vacuum(cx *c, delta_table *t, const delta_vacuum_options *options,
                     delta_vacuum_result *out)
{
    AUTO(delta_snapshot) s = NULL;
    if (t->store->root[0] != '/')
        return cx_fail(c, CX_UNSUPPORTED, "%s is not a folder", t->store->root);
    TRY(snapshot_load(c, t, -1, true, &s));
    TRY(delta_check_writable(c, s));
    const int64_t configured = property_ms(s, "delta.deletedFileRetentionDuration", WEEK_MS);
    AUTO_CLEAR(vacuum)
    v = {.t = t,
         .s = s,
         .o = options,
         .named = json_object(),
         .folders = json_object(),
         .seen = json_object()};
    v.before_ms = cx_now_ms(c) - (options->retention_ms >= 0 ? options->retention_ms : configured);
    v.r.paths = cx_array(c, const char *, PATHS_MOST);
    TRY(check_retention(c, &v, configured));
    if (options->lite)
        TRY(vacuum_check_lite(c, &v));
    TRY(record_start(c, &v, configured));
    const cx_code rc = run(c, &v);
    if (rc != CX_OK) {
        cx own; /* the first error is the one to tell */
        cx_child(&own, c);
        if (record_end(&own, &v, false) != CX_OK)
            cx_warn(c, "the end of the vacuum of %s is not in its history", s->root);
        cx_clear(&own);
        return rc;
    }
    TRY(record_end(c, &v, true));
    *out = v.r;
    return CX_OK;
}
