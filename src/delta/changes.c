/* What changed between two versions, file by file.
 *
 * A commit with change files has said everything in them. Of any other commit, each added file is
 * inserts and each removed one deletes; a file that is removed and added in one commit, with
 * another deletion vector, is the difference of the two vectors. Whoever reads the files makes rows
 * of it, all with the schema of the last version: so the schemas on the way must fit into that one,
 * and the feed must have been on all the time. That is known before the first change is told. spec:
 * delta "Add CDC File", "Reader Requirements for AddCDCFile" */
#include "delta/action.h"
#include "delta/delta_int.h"
#include "delta/uri.h"
#include "delta/widening.h"

#include <inttypes.h>

static const size_t commit_most = (size_t)4 << 30;

/* ---- is the range one that can be told? ------------------------------------------ */

typedef struct {
    const char *root;
    int64_t version;
    const json *last; /* schema at the end of the range */
    const char *mode; /* of column mapping, there */
} range;

static cx_code check_feed(cx *c, const range *r, const json *configuration)
{
    if (text_same_nocase(json_get_str(configuration, "delta.enableChangeDataFeed", NULL), "true"))
        return CX_OK;
    (void)cx_fail_as(c, CX_INVALID, "DELTA_MISSING_CHANGE_DATA", "KD002",
                     "the changes of version %" PRId64
                     " of %s were not recorded: its change data feed was off",
                     r->version, r->root);
    return cx_hint(c,
                   "Set delta.enableChangeDataFeed to true, and ask for the versions after that.");
}

static bool type_fits(const json *was, const json *is, bool mapped);

static const char *identity(const json *field, bool mapped)
{
    const char *name = json_get_str(field, "name", "");
    return mapped
               ? json_get_str(json_get(field, "metadata"), "delta.columnMapping.physicalName", name)
               : name;
}

static const json *field_like(const json *fields, const json *wanted, bool mapped)
{
    for (size_t i = 0; i < json_array_size(fields); i++) {
        const json *f = json_array_get(fields, i);
        if (text_same_nocase(identity(f, mapped), identity(wanted, mapped)))
            return f;
    }
    return NULL;
}

/* Each column is still there, under its name, and can hold what it held. */
static bool struct_fits(const json *was, const json *is, bool mapped)
{
    const json *old = json_get(was, "fields"), *now = json_get(is, "fields");
    for (size_t i = 0; i < json_array_size(old); i++) {
        const json *f = json_array_get(old, i), *g = field_like(now, f, mapped);
        if (!g || !text_same_nocase(json_get_str(f, "name", ""), json_get_str(g, "name", "")) ||
            (json_get_bool(f, "nullable", true) && !json_get_bool(g, "nullable", true)) ||
            !type_fits(json_get(f, "type"), json_get(g, "type"), mapped))
            return false;
    }
    return true;
}

static bool type_fits(const json *was, const json *is, bool mapped)
{
    static const char *const inner[] = {"elementType", "keyType", "valueType"};
    if (json_is_string(was) && json_is_string(is) &&
        type_widens(json_string_value(was), json_string_value(is)))
        return true;
    if (!json_is_object(was) || !json_is_object(is))
        return json_equal(was, is);
    if (strcmp(json_get_str(was, "type", ""), json_get_str(is, "type", "")) != 0)
        return false;
    for (size_t i = 0; i < CX_COUNT(inner); i++)
        if (json_get(was, inner[i]) &&
            !type_fits(json_get(was, inner[i]), json_get(is, inner[i]), mapped))
            return false;
    return struct_fits(was, is, mapped);
}

static const char *mode_of(const json *configuration)
{
    return json_get_str(configuration, "delta.columnMapping.mode", "none");
}

static cx_code check_schema(cx *c, const range *r, const json *schema, const char *mode)
{
    const bool mapped = strcmp(mode, "none") != 0;
    if (!text_same_nocase(mode, r->mode))
        return cx_fail_as(c, CX_UNSUPPORTED, "DELTA_BLOCK_COLUMN_MAPPING_AND_CDC_OPERATION",
                          "42KD4",
                          "the changes of %s cannot be read across version %" PRId64
                          ": its column mapping was changed",
                          r->root, r->version);
    if (struct_fits(schema, r->last, mapped))
        return CX_OK;
    return cx_fail_as(c, CX_UNSUPPORTED,
                      mapped ? "DELTA_CHANGE_DATA_FEED_INCOMPATIBLE_SCHEMA_CHANGE"
                             : "DELTA_CHANGE_DATA_FEED_INCOMPATIBLE_DATA_SCHEMA",
                      "0AKDC",
                      "the changes of %s cannot be read with the schema of the last version asked "
                      "for: that of version %" PRId64 " has columns that do not fit into it",
                      r->root, r->version);
}

static cx_code check_metadata(cx *c, void *self, const action *a, const char *what)
{
    range *r = self;
    AUTO(json) m = NULL;
    AUTO(json) schema = NULL;
    if (a->kind != ACTION_METADATA)
        return CX_OK;
    TRY(json_parse(c, a->body.data, a->body.length, what, &m));
    const json *configuration = json_get(m, "configuration");
    const char *text = json_get_str(m, "schemaString", "");
    TRY(check_feed(c, r, configuration));
    TRY(json_parse(c, text, strlen(text), what, &schema));
    return check_schema(c, r, schema, mode_of(configuration));
}

typedef struct {
    bool metadata, removes;
} replacing;

static cx_code note_replacing(cx *c, void *self, const action *a, const char *what)
{
    replacing *r = self;
    (void)c, (void)what;
    r->metadata = r->metadata || a->kind == ACTION_METADATA;
    r->removes = r->removes || (a->kind == ACTION_REMOVE && a->data_change);
    return CX_OK;
}

/* A first version that replaces the table takes away rows of the version before: under column
 * mapping, these are under names that the new schema may not know. */
static cx_code check_replaced(cx *c, delta_table *t, const range *r, int64_t from)
{
    AUTO(delta_snapshot) before = NULL;
    AUTO_CLEAR(buf) text = {0};
    replacing found = {0};
    const char *path = log_commit_path(c, from);
    if (from == 0 || strcmp(r->mode, "none") == 0)
        return CX_OK;
    TRY(store_read(c, t->store, path, commit_most, &text));
    TRY(actions_each(c, (str){buf_text(&text), text.length}, path, false, note_replacing, &found));
    if (!found.metadata || !found.removes)
        return CX_OK;
    if (snapshot_load(c, t, from - 1, false, &before) != CX_OK) {
        cx_forgive(c); /* cleaned up */
        return CX_OK;
    }
    return check_schema(c, r, before->schema, mode_of(json_get(before->metadata, "configuration")));
}

static cx_code check_range(cx *c, delta_table *t, int64_t from, int64_t to)
{
    AUTO(delta_snapshot) first = NULL;
    AUTO(delta_snapshot) last = NULL;
    TRY(snapshot_load(c, t, from, false, &first));
    TRY(snapshot_load(c, t, to, false, &last));
    range r = {t->store->root, from, last->schema,
               mode_of(json_get(last->metadata, "configuration"))};
    const json *configuration = json_get(first->metadata, "configuration");
    TRY(check_feed(c, &r, configuration));
    TRY(check_schema(c, &r, first->schema, mode_of(configuration)));
    TRY(check_replaced(c, t, &r, from));
    for (r.version = from + 1; r.version <= to; r.version++) {
        AUTO_CLEAR(buf) text = {0};
        const char *path = log_commit_path(c, r.version);
        TRY(cx_alive(c));
        TRY(store_read(c, t->store, path, commit_most, &text));
        TRY(actions_each(c, (str){buf_text(&text), text.length}, path, false, check_metadata, &r));
    }
    return CX_OK;
}

/* ---- one version ------------------------------------------------------------------ */

typedef struct {
    const char *uri, *key;
    str raw;
    delta_dv *dv;
    bool done;
} entry;

typedef struct {
    entry *items;
    size_t count, room;
} entries;

typedef struct {
    delta_table *t;
    arena *mem; /* of this version */
    entries cdc, added, removed;
    json *info;
    json *removed_at; /* key → index */
    int64_t version, timestamp_ms;
    delta_change_visit visit;
    void *self;
} teller;

static void teller_clear(teller *w)
{
    free(w->cdc.items);
    free(w->added.items);
    free(w->removed.items);
    json_decref(w->info);
    json_decref(w->removed_at);
    arena_free(w->mem);
}

static cx_code keep(cx *c, teller *w, entries *list, const action *a, const char *what)
{
    entry e = {.raw = a->body};
    char *uri;
    if (!value_text(w->mem, a->path, &uri))
        return cx_fail(c, CX_CORRUPT, "%s has a damaged %s action", what, action_name(a->kind));
    e.uri = uri;
    e.key = uri_key(w->mem, w->t->store->root, uri);
    TRY(dv_parse(c, w->mem, a->dv, what, &e.dv));
    if (list->count == list->room) {
        list->room = list->room ? list->room * 2 : 16;
        list->items = cx_realloc(list->items, list->room * sizeof e);
    }
    if (list == &w->removed)
        json_object_set_new_nocheck(w->removed_at, e.key, json_integer((json_int_t)list->count));
    list->items[list->count++] = e;
    return CX_OK;
}

static cx_code gather(cx *c, void *self, const action *a, const char *what)
{
    teller *w = self;
    if (a->kind == ACTION_CDC)
        return keep(c, w, &w->cdc, a, what);
    if (a->kind == ACTION_ADD && a->data_change)
        return keep(c, w, &w->added, a, what);
    if (a->kind == ACTION_REMOVE && a->data_change)
        return keep(c, w, &w->removed, a, what);
    if (a->kind == ACTION_COMMIT_INFO && !w->info)
        return json_parse(c, a->body.data, a->body.length, what, &w->info);
    return CX_OK;
}

static cx_code rows_of(cx *c, const teller *w, const delta_dv *dv, uint64_t **out, size_t *out_n)
{
    AUTO_CLEAR(buf) bitmap = {0};
    *out = NULL;
    *out_n = 0;
    if (!dv)
        return CX_OK;
    TRY(dv_load(c, w->t->store->root, dv, &bitmap));
    return dv_decode(c, bitmap.data, bitmap.length, dv->cardinality, out, out_n);
}

static cx_code tell(cx *c, const teller *w, delta_change_kind kind, const entry *e, bool only,
                    const uint64_t *rows, size_t n)
{
    AUTO(json) values = NULL;
    const delta_file f = {e->uri, 0, 0, NULL, e->raw};
    char *path;
    TRY(delta_file_partition_values(c, &f, &values));
    TRY(uri_to_path(c, w->t->store->root, e->uri, &path));
    const delta_change change = {kind, w->version, w->timestamp_ms, path, values, only, rows, n};
    return w->visit(c, w->self, &change);
}

static cx_code tell_file(cx *c, const teller *w, delta_change_kind kind, const entry *e)
{
    AUTO_FREE uint64_t *rows = NULL;
    size_t n;
    TRY_IN(c, rows_of(c, w, e->dv, &rows, &n), "reading the deletion vector of %s", e->uri);
    return tell(c, w, kind, e, false, rows, n);
}

/* In `a` and not in `b`; both rise. Overwrites a. */
static size_t minus(uint64_t *a, size_t n, const uint64_t *b, size_t m)
{
    size_t k = 0, j = 0;
    for (size_t i = 0; i < n; i++) {
        while (j < m && b[j] < a[i])
            j++;
        if (j == m || b[j] != a[i])
            a[k++] = a[i];
    }
    return k;
}

static cx_code tell_difference(cx *c, const teller *w, const entry *old, const entry *now)
{
    AUTO_FREE uint64_t *was = NULL;
    AUTO_FREE uint64_t *is = NULL;
    size_t n, m;
    TRY_IN(c, rows_of(c, w, old->dv, &was, &n), "reading the deletion vector of %s", old->uri);
    TRY_IN(c, rows_of(c, w, now->dv, &is, &m), "reading the deletion vector of %s", now->uri);
    AUTO_FREE uint64_t *gone = cx_malloc((m + 1) * sizeof *gone);
    if (m)
        memcpy(gone, is, m * sizeof *gone);
    const size_t deleted = minus(gone, m, was, n), back = minus(was, n, is, m);
    if (deleted)
        TRY(tell(c, w, DELTA_DELETED, now, true, gone, deleted));
    return back ? tell(c, w, DELTA_INSERTED, now, true, was, back) : CX_OK;
}

static cx_code tell_files(cx *c, teller *w)
{
    for (size_t i = 0; i < w->added.count; i++) {
        const entry *e = &w->added.items[i];
        const json *at = json_object_get(w->removed_at, e->key);
        entry *old = at ? &w->removed.items[json_integer_value(at)] : NULL;
        TRY(old ? tell_difference(c, w, old, e) : tell_file(c, w, DELTA_INSERTED, e));
        if (old)
            old->done = true;
    }
    for (size_t i = 0; i < w->removed.count; i++)
        if (!w->removed.items[i].done)
            TRY(tell_file(c, w, DELTA_DELETED, &w->removed.items[i]));
    return CX_OK;
}

/* A MERGE that found nothing to do may have rewritten files all the same. */
static bool changed_nothing(const json *info)
{
    static const char *const counts[] = {"numTargetRowsInserted", "numTargetRowsUpdated",
                                         "numTargetRowsDeleted"};
    const json *metrics = json_get(info, "operationMetrics");
    if (strcmp(json_get_str(info, "operation", ""), "MERGE") != 0)
        return false;
    for (size_t i = 0; i < CX_COUNT(counts); i++)
        if (json_get_int(metrics, counts[i], -1) != 0)
            return false;
    return true;
}

static cx_code tell_version(cx *c, delta_table *t, const log_file *f, delta_change_visit visit,
                            void *self)
{
    AUTO_CLEAR(buf) text = {0};
    AUTO_CLEAR(teller)
    w = {.t = t,
         .mem = arena_new(),
         .removed_at = json_object(),
         .version = f->version,
         .visit = visit,
         .self = self};
    const char *path = log_commit_path(c, f->version);
    TRY(store_read(c, t->store, path, commit_most, &text));
    TRY(actions_each(c, (str){buf_text(&text), text.length}, path, false, gather, &w));
    w.timestamp_ms = json_get_int(w.info, "inCommitTimestamp", f->mtime_ms);
    for (size_t i = 0; i < w.cdc.count; i++)
        TRY(tell(c, &w, DELTA_CHANGE_FILE, &w.cdc.items[i], false, NULL, 0));
    return w.cdc.count || changed_nothing(w.info) ? CX_OK : tell_files(c, &w);
}

cx_code delta_changes(cx *c, delta_table *t, int64_t from, int64_t to, delta_change_visit visit,
                      void *self)
{
    log_listing l;
    if (from < 0)
        return cx_fail_as(c, CX_INVALID, "DELTA_NO_START_FOR_CDC_READ", "42601",
                          "the changes of %s need a version to start from", t->store->root);
    if (to >= 0 && to < from)
        return cx_fail_as(c, CX_INVALID, "DELTA_INVALID_CDC_RANGE", "22003",
                          "the changes of %s cannot end (version %" PRId64
                          ") before they start (version %" PRId64 ")",
                          t->store->root, to, from);
    TRY(log_list(c, t->store, 0, &l));
    const int64_t latest = l.commit_count ? l.commits[l.commit_count - 1].version : -1;
    if (from > latest)
        return cx_fail_as(c, CX_INVALID, "DELTA_CDC_START_VERSION_AFTER_LATEST", "22003",
                          "the changes of %s cannot start at version %" PRId64
                          ": the latest is %" PRId64,
                          t->store->root, from, latest);
    if (to < 0 || to > latest)
        to = latest;
    if (from < l.commits[0].version)
        return cx_fail_as(c, CX_NOT_FOUND, "DELTA_VERSION_NOT_FOUND", "22003",
                          "version %" PRId64 " of %s is not available: versions %" PRId64
                          " to %" PRId64 " are",
                          from, t->store->root, l.commits[0].version, latest);
    TRY(check_range(c, t, from, to));
    log_monotonic(l.commits, l.commit_count);
    for (size_t i = 0; i < l.commit_count; i++) {
        TRY(cx_alive(c));
        if (l.commits[i].version >= from && l.commits[i].version <= to)
            TRY(tell_version(c, t, &l.commits[i], visit, self));
    }
    return CX_OK;
}
