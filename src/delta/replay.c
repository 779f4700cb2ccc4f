/* Reconciliation: from the files of a log to the state of one version.
 *
 * The log is read from the newest action to the oldest. The first time that a file (its path and
 * deletion vector) is seen decides: an add is live, a remove is a tombstone; what comes later is
 * older and is ignored. So each live file is stored once, and the checkpoint, which is read last
 * and names each file once, needs no entries of its own in the table of seen files.
 * spec: delta "Action Reconciliation" */
#include "delta/adds.h"
#include "delta/uri.h"

#include "base/fs.h"
#include "base/hash.h"
#include "base/pool.h"

#include <unistd.h>

static const size_t log_file_most = (size_t)4 << 30;

typedef struct {
    delta_snapshot *s;
    seen_files seen;
    adds *parts; /* owned: live files, the newest first; [0] is for what one thread reads */
    size_t part_count, tombstone_room;
    bool in_checkpoint, want_tombstones;
    bool no_adds;         /* other threads take them */
    json *domains, *txns; /* newest by name; domains hold tombstones until the end */
    buf text;             /* an action being rewritten */
    json *sidecars;       /* paths, of a v2 checkpoint */
} replay;

static void replay_clear(replay *r)
{
    for (size_t i = 0; i < r->part_count; i++)
        adds_clear(&r->parts[i]);
    free(r->parts);
    seen_clear(&r->seen);
    json_decref(r->domains);
    json_decref(r->txns);
    json_decref(r->sidecars);
    buf_clear(&r->text);
}

static cx_code damaged(cx *c, const action *a, const char *what)
{
    return cx_fail(c, CX_CORRUPT, "%s has a damaged %s action", what, action_name(a->kind));
}

static cx_code keep_tombstone(replay *r, const action *a)
{
    delta_snapshot *s = r->s;
    if (s->tombstone_count == r->tombstone_room) {
        r->tombstone_room = r->tombstone_room ? r->tombstone_room * 2 : 64;
        s->tombstones = cx_realloc(s->tombstones, r->tombstone_room * sizeof *s->tombstones);
    }
    s->tombstones[s->tombstone_count++] = action_keep(s->arena, &r->text, a, r->in_checkpoint);
    return CX_OK;
}

static cx_code on_remove(cx *c, replay *r, const action *a, const char *what)
{
    char *path;
    delta_dv *dv = NULL;
    if (r->in_checkpoint && !r->want_tombstones)
        return CX_OK;
    arena *keys = r->seen.keys;
    if (!value_text(keys, a->path, &path))
        return damaged(c, a, what);
    if (a->dv.data)
        TRY(dv_parse(c, keys, a->dv, what, &dv));
    const char *key = uri_key(keys, r->s->root, path), *id = dv_id(keys, dv);
    if (r->in_checkpoint ? seen_has(&r->seen, key, id) : seen_add(&r->seen, key, id))
        return CX_OK;
    return r->want_tombstones ? keep_tombstone(r, a) : CX_OK;
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
    if (!value_text(r->seen.keys, a->path, &path))
        return damaged(c, a, what);
    json_array_append_new(r->sidecars, json_string(path));
    return CX_OK;
}

static cx_code on_action(cx *c, void *self, const action *a, const char *what)
{
    replay *r = self;
    switch (a->kind) {
    case ACTION_ADD: return r->no_adds ? CX_OK : adds_action(c, &r->parts[0], a, what);
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

typedef struct {
    replay *r;
    adds *to;
    const char *what;
    size_t rows;
} row_self;

static cx_code scan_row(cx *c, row_self *s, str row, action *a)
{
    if ((++s->rows & 4095) == 0)
        TRY(cx_alive(c));
    if (!action_scan(row, a))
        return cx_fail(c, CX_CORRUPT, "%s is damaged: row %zu cannot be read", s->what, s->rows);
    return CX_OK;
}

static cx_code on_row(cx *c, void *self, str row)
{
    row_self *s = self;
    action a;
    TRY(scan_row(c, s, row, &a));
    return on_action(c, s->r, &a, s->what);
}

/* On a thread that takes nothing but adds. */
static cx_code on_unusual_add(cx *c, void *self, str row)
{
    row_self *s = self;
    action a;
    TRY(scan_row(c, s, row, &a));
    return a.kind == ACTION_ADD ? adds_action(c, s->to, &a, s->what) : CX_OK;
}

static cx_code on_add_row(cx *c, void *self, const delta_add_row *a)
{
    row_self *s = self;
    return adds_row(c, s->to, a, s->what);
}

static cx_code read_parquet(cx *c, delta_table *t, const char *what, const delta_sink *sink)
{
    if (!t->parquet)
        return cx_fail(c, CX_UNSUPPORTED, "%s is a Parquet checkpoint, which cannot be read here",
                       what);
    TRY_IN(c, t->parquet->read(c, t->parquet->self, what, sink), "reading %s", what);
    return CX_OK;
}

static cx_code replay_parquet(cx *c, delta_table *t, replay *r, const char *path)
{
    row_self self = {r, &r->parts[0], cx_fmt(c, "%s/%s", t->store->root, path), 0};
    const delta_sink sink = {.row = on_row,
                             .add = on_add_row,
                             .adds = !r->no_adds,
                             .removes = r->want_tombstones,
                             .others = true,
                             .self = &self};
    return read_parquet(c, t, self.what, &sink);
}

/* ---- on several threads ---------------------------------------------------------- */

/* A large checkpoint: one job takes what is not an add, of all files in their order; the others
 * each take the adds of one file, or of a slice of it, into a part of their own. Parts are put
 * together in the order of the files, so the result does not depend on who was first. */
typedef struct {
    delta_table *t;
    replay *r;
    const char *const *paths;
    size_t path_count;
    adds *parts; /* slices for each path */
    int slices;
} team;

enum { TEAM_MOST = 4 };
static const int64_t worth_a_team = (int64_t)4 << 20; /* bytes of checkpoint */

static cx_code team_job(cx *child, void *self, size_t i)
{
    team *m = self;
    if (i == 0) {
        for (size_t k = 0; k < m->path_count; k++)
            TRY(replay_parquet(child, m->t, m->r, m->paths[k]));
        return CX_OK;
    }
    const size_t part = i - 1, path = part / (size_t)m->slices;
    row_self mine = {m->r, &m->parts[part],
                     cx_fmt(child, "%s/%s", m->t->store->root, m->paths[path]), 0};
    const delta_sink sink = {.row = on_unusual_add,
                             .add = on_add_row,
                             .adds = true,
                             .slice = (int)(part % (size_t)m->slices),
                             .slices = m->slices,
                             .self = &mine};
    return read_parquet(child, m->t, mine.what, &sink);
}

static cx_code replay_as_team(cx *c, delta_table *t, replay *r, const char *const *paths, size_t n,
                              int threads)
{
    const int slices = n < (size_t)threads ? threads / (int)n : 1;
    const size_t more = n * (size_t)slices, first = r->part_count;
    r->parts = cx_realloc(r->parts, (first + more) * sizeof *r->parts);
    for (size_t i = 0; i < more; i++)
        adds_init(&r->parts[first + i], r->s->root, &r->seen, true);
    r->part_count += more;
    team m = {t, r, paths, n, r->parts + first, slices};
    r->no_adds = true;
    const cx_code rc = pool_run(c, more + 1, threads, true, team_job, &m);
    r->no_adds = false;
    return rc;
}

static cx_code replay_parquets(cx *c, delta_table *t, replay *r, const char *const *paths, size_t n)
{
    int64_t bytes = 0;
    for (size_t i = 0; i < n; i++) {
        store_entry e;
        TRY(store_stat(c, t->store, paths[i], &e));
        bytes += e.size;
    }
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (cores > 1 && bytes >= worth_a_team)
        return replay_as_team(c, t, r, paths, n, cores < TEAM_MOST ? (int)cores : TEAM_MOST);
    for (size_t i = 0; i < n; i++)
        TRY(replay_parquet(c, t, r, paths[i]));
    return CX_OK;
}

/* ---- the checkpoint ----------------------------------------------------------------- */

static cx_code sidecar_path(cx *c, const delta_table *t, const char *uri, const char **out)
{
    char *path;
    if (!strchr(uri, '/')) {
        *out = cx_fmt(c, LOG_FOLDER "/_sidecars/%s", percent_decode(c, uri, strlen(uri), NULL));
        return CX_OK;
    }
    /* Not a bare name: it says itself where it is. */
    TRY(uri_to_path(c, fs_join(c, t->store->root, LOG_FOLDER "/_sidecars"), uri, &path));
    const size_t n = strlen(t->store->root);
    if (strncmp(path, t->store->root, n) != 0 || path[n] != '/')
        return cx_fail(c, CX_UNSUPPORTED, "the sidecar %s is outside of %s", path, t->store->root);
    *out = path + n + 1;
    return CX_OK;
}

static cx_code replay_sidecars(cx *c, delta_table *t, replay *r)
{
    AUTO(json) uris = STEAL(r->sidecars); /* a sidecar that names sidecars is not followed */
    const size_t n = json_array_size(uris);
    const char **paths = cx_array(c, const char *, n + 1);
    for (size_t i = 0; i < n; i++)
        TRY(sidecar_path(c, t, json_string_value(json_array_get(uris, i)), &paths[i]));
    return replay_parquets(c, t, r, paths, n);
}

static cx_code replay_checkpoint(cx *c, delta_table *t, replay *r, const log_segment *seg)
{
    const size_t n = seg->checkpoint_files;
    const char **paths = cx_array(c, const char *, n + 1);
    r->in_checkpoint = r->parts[0].in_checkpoint = true;
    r->sidecars = json_array();
    for (size_t i = 0; i < n; i++)
        paths[i] = cx_fmt(c, LOG_FOLDER "/%s", seg->checkpoint[i].name);
    if (n == 1 && text_ends(paths[0], ".json"))
        TRY(replay_json(c, t, r, paths[0], true));
    else
        TRY(replay_parquets(c, t, r, paths, n));
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
         .want_tombstones = tombstones,
         .domains = json_object(),
         .txns = json_object(),
         .parts = cx_calloc(1, sizeof(adds)),
         .part_count = 1,
         .text = BUF(BUF_ANY)};
    seen_init(&r.seen);
    adds_init(&r.parts[0], s->root, &r.seen, false);
    for (size_t i = 0; i < seg->file_count; i++) {
        /* In a commit the later line wins, if a writer broke the rule of one per file. A compaction
         * has one per file; writers that only put commits together begin with the newest. */
        const bool commit = seg->files[i].to == seg->files[i].version;
        TRY(replay_json(c, t, &r, log_file_path(c, &seg->files[i]), commit));
    }
    if (seg->checkpoint_files)
        TRY(replay_checkpoint(c, t, &r, seg));
    for (size_t i = 0; i < r.part_count; i++)
        TRY(adds_move(c, &r.parts[i], s));
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
