/* RESTORE: an older state, committed as a new version.
 *
 * Files are not copied: those that the old version had and the latest has not are added again, the
 * others of the latest are removed. So each of them must still be there, which is asked before
 * anything is written. Any commit between the reading and the writing makes the answer wrong, and
 * the commit fails. The protocol never goes back, nor do in-commit times and column ids.
 * spec: delta sheet §20 */
#include "delta/action.h"
#include "delta/clone.h"
#include "delta/protocol.h"
#include "delta/uri.h"

#include "base/fs.h"
#include "base/when.h"

#include <inttypes.h>

enum { MISSING_NAMED = 10 };

typedef struct {
    delta_table *t;
    const delta_snapshot *old, *latest;
    json *had; /* key of each file of the latest → true */
    json *has; /* … of the old version */
    buf lines;
    delta_restore_result r;
} restore;

static void restore_clear(restore *w)
{
    json_decref(w->had);
    json_decref(w->has);
    buf_clear(&w->lines);
}

static const char *key_of(cx *c, const delta_snapshot *s, const delta_file *f)
{
    return cx_fmt(c, "%s\n%s", uri_key(c->arena, s->root, f->path), dv_id(c->arena, f->dv));
}

static json *keys_of(cx *c, const delta_snapshot *s)
{
    json *keys = json_object();
    for (size_t i = 0; i < s->file_count; i++)
        json_object_set_new_nocheck(keys, key_of(c, s, &s->files[i]), json_true());
    return keys;
}

/* ---- the version to go back to ------------------------------------------------------ */

static cx_code load_old(cx *c, delta_table *t, delta_at at, const delta_snapshot *latest,
                        delta_snapshot **out)
{
    if (at.version >= latest->version)
        return cx_fail_as(c, CX_INVALID, "DELTA_CANNOT_RESTORE_TABLE_VERSION", "22003",
                          "cannot restore %s to version %" PRId64
                          ": it must be older than the latest, %" PRId64,
                          latest->root, at.version, latest->version);
    if (delta_snapshot_load(c, t, at, out) == CX_OK)
        return CX_OK;
    static const char *const names[][2] = {
        {"DELTA_VERSION_NOT_FOUND", "DELTA_CANNOT_RESTORE_TABLE_VERSION"},
        {"DELTA_TIMESTAMP_GREATER_THAN_COMMIT", "DELTA_CANNOT_RESTORE_TIMESTAMP_GREATER"},
        {"DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION", "DELTA_CANNOT_RESTORE_TIMESTAMP_EARLIER"},
    };
    for (size_t i = 0; i < CX_COUNT(names); i++)
        if (c->error.condition && !strcmp(c->error.condition, names[i][0])) {
            c->error.condition = names[i][1];
            c->error.sqlstate = "22003";
        }
    (void)cx_frame(c, "restoring %s", latest->root);
    return c->error.code;
}

/* Files that only an older version needs may be vacuumed once it was not the latest for as long as
 * the table keeps removed files; whether they were is a matter of luck. */
static cx_code check_retention(cx *c, const restore *w)
{
    const int64_t kept_ms = property_ms(w->latest, "delta.deletedFileRetentionDuration", WEEK_MS);
    const int64_t from = cx_now_ms(c) - kept_ms;
    log_listing l;
    TRY(log_list(c, w->t->store, w->old->version, &l));
    log_monotonic(l.commits, l.commit_count);
    for (size_t i = 0; i < l.commit_count; i++) {
        if (l.commits[i].version != w->old->version + 1 || l.commits[i].mtime_ms >= from)
            continue;
        (void)cx_fail_as(
            c, CX_INVALID, "DELTA_UNSUPPORTED_TIME_TRAVEL_BEYOND_DELETED_FILE_RETENTION_DURATION",
            "0AKDC",
            "%s cannot be restored to version %" PRId64
            ": it was replaced longer ago than the table keeps removed files (%" PRId64 " hours)",
            w->latest->root, w->old->version, kept_ms / 3600000);
        return cx_hint(c, "Set delta.deletedFileRetentionDuration of the table to a longer time, "
                          "if its files are known to be there.");
    }
    return CX_OK;
}

static void look(cx *c, const char *path, int *missing, buf *names)
{
    if (!path || fs_exists(path))
        return;
    if (++*missing <= MISSING_NAMED)
        buf_addf(names, "%s%s", names->length ? ", " : "", path);
    (void)c;
}

static cx_code check_files(cx *c, const restore *w)
{
    AUTO_CLEAR(buf) names = BUF(BUF_ANY);
    int missing = 0;
    for (size_t i = 0; i < w->old->file_count; i++) {
        const delta_file *f = &w->old->files[i];
        char *path, *vector = NULL;
        if (json_object_get(w->had, key_of(c, w->old, f)))
            continue;
        TRY(cx_alive(c));
        TRY(delta_file_path(c, w->old, f, &path));
        if (f->dv)
            TRY(dv_file(c, w->old->root, f->dv, &vector));
        look(c, path, &missing, &names);
        look(c, vector, &missing, &names);
    }
    if (!missing)
        return CX_OK;
    if (missing > MISSING_NAMED)
        buf_addf(&names, " and %d more", missing - MISSING_NAMED);
    (void)cx_fail_as(c, CX_NOT_FOUND, "DELTA_FILE_NOT_FOUND", "42K03",
                     "version %" PRId64 " of %s cannot be restored: %s %s gone", w->old->version,
                     w->old->root, buf_text(&names), missing == 1 ? "is" : "are");
    return cx_hint(c, "They were vacuumed. Restore a later version.");
}

static cx_code check_rules(cx *c, const restore *w)
{
    static const char mode[] = "delta.columnMapping.mode";
    const char *was = delta_property(w->old, mode), *is = delta_property(w->latest, mode);
    TRY(delta_check_writable(c, w->latest));
    TRY(delta_check_writable(c, w->old));
    if (!text_same_nocase(was ? was : "none", is ? is : "none"))
        return cx_fail_as(
            c, CX_UNSUPPORTED, "DELTA_UNSUPPORTED_COLUMN_MAPPING_MODE_CHANGE", "0AKDC",
            "%s cannot be restored to version %" PRId64 ": its column mapping was changed since",
            w->latest->root, w->old->version);
    if (w->r.num_removed_files && protocol_has(&w->latest->protocol, "appendOnly") &&
        text_same_nocase(delta_property(w->latest, "delta.appendOnly"), "true"))
        return cx_fail_as(c, CX_INVALID, "DELTA_CANNOT_MODIFY_APPEND_ONLY", "42809",
                          "%s only allows appends (delta.appendOnly is true)", w->latest->root);
    return CX_OK;
}

/* ---- the lines ---------------------------------------------------------------------- */

static void line(buf *out, const char *kind, const json *body)
{
    AUTO_FREE char *text = json_text(body);
    buf_addf(out, "{\"%s\":", kind);
    buf_adds(out, text);
    buf_adds(out, "}\n");
}

static void protocol_line(restore *w)
{
    AUTO(json) now = protocol_merge(&w->latest->protocol, &w->latest->protocol);
    AUTO(json) both = protocol_merge(&w->old->protocol, &w->latest->protocol);
    if (!json_equal(now, both))
        line(&w->lines, "protocol", both);
}

/* Numbers that were given out are not given again, whatever became of their rows.
 * spec: delta "Identity Columns" */
static void keep_identities(json *fields, const json *latest)
{
    static const char mark[] = "delta.identity.highWaterMark";
    const json *f;
    size_t i, k;
    json_array_foreach (fields, i, f) {
        json *metadata = json_get(f, "metadata");
        const int64_t step = json_get_int(metadata, "delta.identity.step", 0);
        const json *other;
        json_array_foreach (latest, k, other) {
            const json *now = json_get(json_get(other, "metadata"), mark);
            if (!step || !now ||
                strcmp(json_get_str(other, "name", ""), json_get_str(f, "name", "")))
                continue;
            const int64_t was = json_get_int(metadata, mark, 0),
                          is = json_get_int(json_get(other, "metadata"), mark, 0);
            if (!json_get(metadata, mark) || (step > 0 ? is > was : is < was))
                json_object_set_new(metadata, mark, json_integer(is));
        }
    }
}

static void merge_schema(const restore *w, json *metadata)
{
    AUTO(json) schema = json_deep_copy(w->old->schema);
    keep_identities(json_get(schema, "fields"), json_get(w->latest->schema, "fields"));
    if (json_equal(schema, w->old->schema))
        return;
    AUTO_FREE char *text = json_text(schema);
    json_object_set_new(metadata, "schemaString", json_string(text));
}

static void metadata_line(restore *w)
{
    static const char *const kept[] = {"delta.enableInCommitTimestamps",
                                       "delta.inCommitTimestampEnablementVersion",
                                       "delta.inCommitTimestampEnablementTimestamp",
                                       "delta.columnMapping.maxColumnId",
                                       "delta.rowTracking.materializedRowIdColumnName",
                                       "delta.rowTracking.materializedRowCommitVersionColumnName"};
    AUTO(json) m = json_deep_copy(w->old->metadata);
    AUTO(json) none = json_object();
    if (!json_is_object(json_object_get(m, "configuration")))
        json_object_set(m, "configuration", none);
    json *configuration = json_object_get(m, "configuration");
    for (size_t i = 0; i < CX_COUNT(kept); i++) {
        const char *value = delta_property(w->latest, kept[i]);
        json_object_del(configuration, kept[i]);
        if (value)
            json_object_set_new(configuration, kept[i], json_string(value));
    }
    merge_schema(w, m);
    json_object_set_new(m, "id", json_string(delta_table_id(w->latest)));
    line(&w->lines, "metaData", m);
}

static const json *clustering(const delta_snapshot *s)
{
    for (size_t i = 0; i < json_array_size(s->domains); i++)
        if (!strcmp(json_get_str(json_array_get(s->domains, i), "domain", ""), "delta.clustering"))
            return json_array_get(s->domains, i);
    return NULL;
}

static void clustering_line(restore *w)
{
    const json *was = clustering(w->old), *is = clustering(w->latest);
    if (was && !json_equal(was, is))
        line(&w->lines, "domainMetadata", was);
    if (was || !is)
        return;
    AUTO(json) gone = json_deep_copy(is);
    json_object_set_new(gone, "removed", json_true());
    line(&w->lines, "domainMetadata", gone);
}

static cx_code file_lines(cx *c, restore *w)
{
    for (size_t i = 0; i < w->old->file_count; i++) {
        const delta_file *f = &w->old->files[i];
        const clone_item item = {.file = f, .path = f->path, .dv = f->dv};
        if (json_object_get(w->had, key_of(c, w->old, f)))
            continue;
        TRY(clone_add_line(c, &item, true, &w->lines));
        w->r.num_restored_files++;
        w->r.restored_files_size += f->size_bytes;
    }
    for (size_t i = 0; i < w->latest->file_count; i++) {
        const delta_file *f = &w->latest->files[i];
        if (json_object_get(w->has, key_of(c, w->latest, f)))
            continue;
        TRY(clone_remove_line(c, f, cx_now_ms(c), &w->lines));
        w->r.num_removed_files++;
        w->r.removed_files_size += f->size_bytes;
    }
    return CX_OK;
}

/* ---- the whole ---------------------------------------------------------------------- */

static json *metrics_of(const delta_restore_result *r)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "tableSizeAfterRestore",
                     (json_int_t)r->table_size_after_restore, "numOfFilesAfterRestore",
                     (json_int_t)r->num_of_files_after_restore, "numRemovedFiles",
                     (json_int_t)r->num_removed_files, "numRestoredFiles",
                     (json_int_t)r->num_restored_files, "removedFilesSize",
                     (json_int_t)r->removed_files_size, "restoredFilesSize",
                     (json_int_t)r->restored_files_size);
}

static cx_code publish(cx *c, restore *w, delta_at at, const char *user_name)
{
    AUTO(json) metrics = metrics_of(&w->r);
    AUTO(json) parameters = json_object();
    json_object_set_new(parameters, "version",
                        at.version >= 0 ? json_integer(at.version) : json_null());
    json_object_set_new(
        parameters, "timestamp",
        json_str_or_null(at.version < 0 ? when_iso_ms(c, at.timestamp_us / 1000) : NULL));
    const delta_commit m = {.operation = "RESTORE",
                            .parameters = parameters,
                            .metrics = metrics,
                            .user_name = user_name,
                            .read_version = w->latest->version,
                            .exclusive = true};
    return commit_lines(c, w->t, &m, (str){buf_text(&w->lines), w->lines.length}, &w->r.version);
}

cx_code delta_restore(cx *c, delta_table *t, delta_at at, const char *user_name,
                      delta_restore_result *out)
{
    AUTO(delta_snapshot) latest = NULL;
    AUTO(delta_snapshot) old = NULL;
    if ((at.version < 0) == (at.timestamp_us < 0))
        return cx_fail(c, CX_INVALID, "a restore of %s needs either a version or a timestamp",
                       t->store->root);
    TRY(delta_snapshot_load(c, t, DELTA_LATEST, &latest));
    TRY(load_old(c, t, at, latest, &old));
    AUTO_CLEAR(restore)
    w = {.t = t,
         .old = old,
         .latest = latest,
         .had = keys_of(c, latest),
         .has = keys_of(c, old),
         .lines = BUF(BUF_ANY),
         .r = {.table_size_after_restore = old->size_bytes,
               .num_of_files_after_restore = (int64_t)old->file_count}};
    protocol_line(&w);
    metadata_line(&w);
    clustering_line(&w);
    TRY(file_lines(c, &w));
    TRY(check_rules(c, &w));
    TRY(check_retention(c, &w));
    TRY(check_files(c, &w));
    TRY_IN(c, publish(c, &w, at, user_name), "restoring version %" PRId64 " of %s", old->version,
           old->root);
    *out = w.r;
    return CX_OK;
}
