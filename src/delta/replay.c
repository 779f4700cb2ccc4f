/* Reconciliation: from the files of a log to the state of one version.
 *
 * The log is read from the newest action to the oldest. The first time that a file (its path and
 * deletion vector) is seen decides: an add is live, a remove is a tombstone; what comes later is
 * older and is ignored. So each live file is stored once, and the checkpoint, which is read last
 * and names each file once, needs no entries of its own in the table of seen files.
 * spec: delta "Action Reconciliation" */
#include "delta/action.h"
#include "delta/delta_int.h"
#include "delta/packed.h"
#include "delta/uri.h"

#include "base/fs.h"
#include "base/hash.h"

#include <inttypes.h>

static const size_t log_file_most = (size_t)4 << 30;

/* Open addressing, at most three quarters full. A slot without a path is free. */
typedef struct {
    uint64_t hash;
    const char *path, *dv;
} seen_slot;

typedef struct {
    delta_snapshot *s;
    arena *keys; /* texts that only the table of seen files needs */
    seen_slot *slots;
    size_t slot_count, used, file_room, tombstone_room;
    bool in_checkpoint, want_tombstones;
    json *domains, *txns;  /* newest by name; domains hold tombstones until the end */
    buf text;              /* an action being rewritten */
    json *sidecars;        /* paths, of a v2 checkpoint */
    char *room, *room_end; /* for paths and packed actions, in the snapshot's arena */
    str model;             /* of statistics, in that room */
    arena *scratch;        /* keys that are only looked up */
} replay;

enum { ROOM = 1 << 20 };

static void replay_clear(replay *r)
{
    arena_free(r->keys);
    arena_free(r->scratch);
    free(r->slots);
    json_decref(r->domains);
    json_decref(r->txns);
    json_decref(r->sidecars);
    buf_clear(&r->text);
}

static seen_slot *slot_of(seen_slot *slots, size_t count, uint64_t hash, const char *path,
                          const char *dv)
{
    for (size_t i = hash & (count - 1);; i = (i + 1) & (count - 1)) {
        seen_slot *s = &slots[i];
        if (!s->path || (s->hash == hash && !strcmp(s->path, path) && !strcmp(s->dv, dv)))
            return s;
    }
}

static void grow_slots(replay *r)
{
    const size_t count = r->slot_count ? r->slot_count * 2 : 256;
    seen_slot *slots = cx_calloc(count, sizeof *slots);
    for (size_t i = 0; i < r->slot_count; i++)
        if (r->slots[i].path)
            *slot_of(slots, count, r->slots[i].hash, r->slots[i].path, r->slots[i].dv) =
                r->slots[i];
    free(r->slots);
    r->slots = slots;
    r->slot_count = count;
}

/* True when the key was there; else it is there now, unless `only_look`. */
static bool seen(replay *r, const char *path, const char *dv, bool only_look)
{
    if (r->used * 4 >= r->slot_count * 3)
        grow_slots(r);
    const uint64_t hash = hash_64(path, strlen(path)) ^ (*dv ? hash_64(dv, strlen(dv)) : 0);
    seen_slot *s = slot_of(r->slots, r->slot_count, hash, path, dv);
    if (s->path)
        return true;
    if (!only_look) {
        *s = (seen_slot){hash, path, dv};
        r->used++;
    }
    return false;
}

static cx_code damaged(cx *c, const action *a, const char *what)
{
    return cx_fail(c, CX_CORRUPT, "%s has a damaged %s action", what, action_name(a->kind));
}

/* The action's own text. Rows of a checkpoint carry parsed copies of what they have as text. */
static str keep_text(replay *r, const action *a)
{
    static const char *const parsed[] = {"stats_parsed", "partitionValues_parsed", NULL};
    if (!r->in_checkpoint)
        return (str){arena_dupn(r->s->arena, a->body.data, a->body.length), a->body.length};
    buf_reset(&r->text);
    buf_addc(&r->text, '{');
    buf_add_members(&r->text, a->body, a->stats.data ? parsed : parsed + 1);
    if (r->text.length > 1)
        r->text.data[r->text.length - 1] = '}';
    return (str){arena_dupn(r->s->arena, r->text.data, r->text.length), r->text.length};
}

static delta_file *new_file(replay *r)
{
    delta_snapshot *s = r->s;
    if (s->file_count == r->file_room) {
        r->file_room = r->file_room ? r->file_room * 2 : 64;
        s->files = cx_realloc(s->files, r->file_room * sizeof *s->files);
    }
    return &s->files[s->file_count++];
}

static cx_code on_add(cx *c, replay *r, const action *a, const char *what)
{
    arena *mem = r->s->arena;
    char *path;
    delta_dv *dv = NULL;
    if (!value_text(mem, a->path, &path) || !*path || a->size < 0)
        return damaged(c, a, what);
    if (a->dv.data)
        TRY(dv_parse(c, mem, a->dv, what, &dv));
    const char *id = dv ? dv_id(r->keys, dv) : "";
    if (seen(r, uri_key(r->keys, r->s->root, path), id, r->in_checkpoint))
        return CX_OK;
    if (__builtin_add_overflow(r->s->size_bytes, a->size, &r->s->size_bytes))
        return damaged(c, a, what); /* no disk is so large */
    delta_file *f = new_file(r);
    *f = (delta_file){path, a->size, a->mtime, dv, keep_text(r, a)};
    return CX_OK;
}

/* ---- typed adds ---------------------------------------------------------------- */

static bool has_nul(str s)
{
    return s.length && memchr(s.data, '\0', s.length);
}

static bool map_has_nul(const delta_map *m)
{
    for (size_t i = 0; i < m->count; i++)
        if (has_nul(m->pairs[i].key) || has_nul(m->pairs[i].value))
            return true;
    return false;
}

/* Texts that end where C thinks they end, and a size that a file can have. */
static bool well_formed(const delta_add_row *a)
{
    return a->path.length && !has_nul(a->path) && !has_nul(a->stats) && !has_nul(a->dv_type) &&
           !has_nul(a->dv_path) && !has_nul(a->clustering_provider) &&
           !map_has_nul(&a->partition_values) && !map_has_nul(&a->tags) &&
           (a->size_bytes >= 0 || a->size_bytes == DELTA_NO_LONG) &&
           (!a->dv_type.data || a->dv_path.data);
}

static delta_dv *dv_of_row(arena *mem, const delta_add_row *a)
{
    if (!a->dv_type.data)
        return NULL;
    delta_dv *dv = arena_alloc(mem, sizeof *dv);
    *dv = (delta_dv){
        .storage_type = arena_dupn(mem, a->dv_type.data, a->dv_type.length),
        .path_or_inline = arena_dupn(mem, a->dv_path.data, a->dv_path.length),
        .offset = a->dv_offset == DELTA_NO_LONG ? -1 : a->dv_offset,
        .size_bytes = a->dv_size == DELTA_NO_LONG ? -1 : a->dv_size,
        .cardinality = a->dv_cardinality == DELTA_NO_LONG ? -1 : a->dv_cardinality,
    };
    return dv;
}

/* Millions of small texts side by side: the arena's alignment would add a tenth. */
static char *make_room(replay *r, size_t n)
{
    if ((size_t)(r->room_end - r->room) < n) {
        const size_t size = n > ROOM ? n : ROOM;
        r->room = arena_alloc(r->s->arena, size);
        r->room_end = r->room + size;
        r->model = (str){0};
    }
    return r->room;
}

/* A commit above the checkpoint decided about this file. */
static bool seen_above(replay *r, const char *path, const delta_dv *dv)
{
    if (!r->used)
        return false;
    if (!r->scratch || arena_bytes(r->scratch) > ROOM) {
        arena_free(r->scratch);
        r->scratch = arena_new();
    }
    return seen(r, uri_key(r->scratch, r->s->root, path), dv_id(r->scratch, dv), true);
}

typedef struct {
    replay *r;
    const char *what;
    size_t rows;
} row_self;

static cx_code on_add_row(cx *c, void *self, const delta_add_row *a)
{
    row_self *rows = self;
    replay *r = rows->r;
    if ((++rows->rows & 4095) == 0)
        TRY(cx_alive(c));
    if (!well_formed(a))
        return cx_fail(c, CX_CORRUPT, "%s has a damaged add action", rows->what);
    const size_t n = a->path.length + 1;
    char *path = make_room(r, n + pack_room(a));
    memcpy(path, a->path.data, n - 1);
    path[n - 1] = '\0';
    delta_dv *dv = dv_of_row(r->s->arena, a);
    if (seen_above(r, path, dv))
        return CX_OK;
    const int64_t size = a->size_bytes == DELTA_NO_LONG ? 0 : a->size_bytes;
    if (__builtin_add_overflow(r->s->size_bytes, size, &r->s->size_bytes))
        return cx_fail(c, CX_CORRUPT, "%s has a damaged add action", rows->what);
    const str raw = {path + n, pack_add(path + n, a, &r->model)};
    r->room = path + n + raw.length;
    *new_file(r) =
        (delta_file){path, size, a->mtime_ms == DELTA_NO_LONG ? 0 : a->mtime_ms, dv, raw};
    return CX_OK;
}

static cx_code on_remove(cx *c, replay *r, const action *a, const char *what)
{
    char *path;
    delta_dv *dv = NULL;
    if (r->in_checkpoint && !r->want_tombstones)
        return CX_OK;
    if (!value_text(r->keys, a->path, &path))
        return damaged(c, a, what);
    if (a->dv.data)
        TRY(dv_parse(c, r->keys, a->dv, what, &dv));
    const char *id = dv ? dv_id(r->keys, dv) : "";
    if (seen(r, uri_key(r->keys, r->s->root, path), id, r->in_checkpoint) || !r->want_tombstones)
        return CX_OK;
    delta_snapshot *s = r->s;
    if (s->tombstone_count == r->tombstone_room) {
        r->tombstone_room = r->tombstone_room ? r->tombstone_room * 2 : 64;
        s->tombstones = cx_realloc(s->tombstones, r->tombstone_room * sizeof *s->tombstones);
    }
    s->tombstones[s->tombstone_count++] = keep_text(r, a);
    return CX_OK;
}

static cx_code parse_body(cx *c, const action *a, const char *what, json **out)
{
    if (json_parse(c, a->body.data, a->body.length, what, out) == CX_OK)
        return CX_OK;
    return damaged(c, a, what);
}

/* Newest by a name of its own. */
static cx_code on_named(cx *c, json *by_name, const char *member, const action *a, const char *what)
{
    AUTO(json) j = NULL;
    TRY(parse_body(c, a, what, &j));
    const char *name = json_get_str(j, member, NULL);
    if (name && !json_object_get(by_name, name))
        json_object_set(by_name, name, j);
    return CX_OK;
}

static cx_code on_sidecar(cx *c, replay *r, const action *a, const char *what)
{
    char *path;
    if (!r->in_checkpoint || !r->sidecars)
        return CX_OK;
    if (!value_text(r->keys, a->path, &path))
        return damaged(c, a, what);
    json_array_append_new(r->sidecars, json_string(path));
    return CX_OK;
}

static cx_code on_action(cx *c, void *self, const action *a, const char *what)
{
    replay *r = self;
    switch (a->kind) {
    case ACTION_ADD: return on_add(c, r, a, what);
    case ACTION_REMOVE: return on_remove(c, r, a, what);
    case ACTION_METADATA: return r->s->metadata ? CX_OK : parse_body(c, a, what, &r->s->metadata);
    case ACTION_PROTOCOL:
        return r->s->protocol_action ? CX_OK : parse_body(c, a, what, &r->s->protocol_action);
    case ACTION_TXN: return on_named(c, r->txns, "appId", a, what);
    case ACTION_DOMAIN: return on_named(c, r->domains, "domain", a, what);
    case ACTION_SIDECAR: return on_sidecar(c, r, a, what);
    default: return CX_OK;
    }
}

/* ---- the files --------------------------------------------------------------- */

static cx_code replay_json(cx *c, delta_table *t, replay *r, const char *path, bool backwards)
{
    AUTO_CLEAR(buf) text = {0};
    const char *what = cx_fmt(c, "%s/%s", t->store->root, path);
    TRY(store_read(c, t->store, path, log_file_most, &text));
    return actions_each(c, (str){buf_text(&text), text.length}, what, backwards, on_action, r);
}

static cx_code on_row(cx *c, void *self, str row)
{
    row_self *s = self;
    action a;
    if ((++s->rows & 4095) == 0)
        TRY(cx_alive(c));
    if (!action_scan(row, &a))
        return cx_fail(c, CX_CORRUPT, "%s is damaged: row %zu cannot be read", s->what, s->rows);
    return on_action(c, s->r, &a, s->what);
}

static cx_code replay_parquet(cx *c, delta_table *t, replay *r, const char *path)
{
    row_self self = {r, cx_fmt(c, "%s/%s", t->store->root, path), 0};
    if (!t->parquet)
        return cx_fail(c, CX_UNSUPPORTED, "%s is a Parquet checkpoint, which cannot be read here",
                       self.what);
    const delta_sink sink = {on_row, on_add_row, true, r->want_tombstones, &self};
    TRY_IN(c, t->parquet->read(c, t->parquet->self, self.what, &sink), "reading %s", self.what);
    return CX_OK;
}

static cx_code replay_sidecars(cx *c, delta_table *t, replay *r)
{
    AUTO(json) paths = STEAL(r->sidecars); /* a sidecar that names sidecars is not followed */
    for (size_t i = 0; i < json_array_size(paths); i++) {
        const char *uri = json_string_value(json_array_get(paths, i));
        char *path;
        if (strchr(uri, '/')) { /* not a bare name: it says itself where it is */
            TRY(uri_to_path(c, fs_join(c, t->store->root, LOG_FOLDER "/_sidecars"), uri, &path));
            const size_t n = strlen(t->store->root);
            if (strncmp(path, t->store->root, n) != 0 || path[n] != '/')
                return cx_fail(c, CX_UNSUPPORTED, "the sidecar %s is outside of %s", path,
                               t->store->root);
            path += n + 1;
        } else {
            path = cx_fmt(c, LOG_FOLDER "/_sidecars/%s", percent_decode(c, uri, strlen(uri), NULL));
        }
        TRY(replay_parquet(c, t, r, path));
    }
    return CX_OK;
}

static cx_code replay_checkpoint(cx *c, delta_table *t, replay *r, const log_segment *seg)
{
    r->in_checkpoint = true;
    r->sidecars = json_array();
    for (size_t i = 0; i < seg->checkpoint_files; i++) {
        const char *path = cx_fmt(c, LOG_FOLDER "/%s", seg->checkpoint[i].name);
        TRY(text_ends(path, ".json") ? replay_json(c, t, r, path, true)
                                     : replay_parquet(c, t, r, path));
    }
    return replay_sidecars(c, t, r);
}

static json *values_but_removed(json *by_name)
{
    json *list = json_array(), *value;
    const char *key;
    json_object_foreach (by_name, key, value) {
        if (!json_get_bool(value, "removed", false))
            json_array_append(list, value);
    }
    return list;
}

cx_code replay_segment(cx *c, delta_table *t, const log_segment *seg, bool tombstones,
                       delta_snapshot *s)
{
    AUTO_CLEAR(replay)
    r = {.s = s,
         .keys = arena_new(),
         .want_tombstones = tombstones,
         .domains = json_object(),
         .txns = json_object(),
         .text = BUF(BUF_ANY)};
    for (size_t i = 0; i < seg->file_count; i++) {
        /* In a commit the later line wins, if a writer broke the rule of one per file. A compaction
         * has one per file; writers that only put commits together begin with the newest. */
        const bool commit = seg->files[i].to == seg->files[i].version;
        TRY(replay_json(c, t, &r, log_file_path(c, &seg->files[i]), commit));
    }
    if (seg->checkpoint_files)
        TRY(replay_checkpoint(c, t, &r, seg));
    /* In the order of the log, the oldest first: what a person expects, and stable. */
    for (size_t i = 0, n = s->file_count; i < n / 2; i++) {
        const delta_file f = s->files[i];
        s->files[i] = s->files[n - 1 - i];
        s->files[n - 1 - i] = f;
    }
    s->domains = values_but_removed(r.domains);
    s->txns = values_but_removed(r.txns);
    return CX_OK;
}
