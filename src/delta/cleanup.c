/* Letting go of old versions, at the time of a checkpoint.
 *
 * Kept are the newest checkpoint that is not above the newest commit from before the cutoff, that
 * commit file of the checkpoint's version, and all that follows. So every version from the cutoff
 * on can still be built, at each moment of the removal: it goes from old to new, and the oldest
 * versions are the ones that nobody may ask for any more.
 * spec: delta "Metadata Cleanup" */
#include "delta/action.h"
#include "delta/delta_int.h"
#include "delta/protocol.h"

#include "base/hash.h"

#include <inttypes.h>

#define SIDECARS LOG_FOLDER "/_sidecars"

/* What stands in the log under a version below the kept one. */
typedef struct {
    int64_t below;
    json *paths;
} doomed;

static void doomed_clear(doomed *d)
{
    json_decref(d->paths);
}

/* "<version>.…": a commit, checkpoint, checksum or compaction. The compaction that begins at the
 * kept version goes too: it would be read in the place of commits that the checkpoint has. */
static cx_code choose(cx *c, void *self, const store_entry *e)
{
    doomed *d = self;
    const char *rest = e->path + 20;
    if (strspn(e->path, "0123456789") != 20 || *rest != '.')
        return CX_OK;
    const int64_t version = strtoll(e->path, NULL, 10);
    const bool compacted = text_ends(rest, ".compacted.json");
    const bool known = compacted || !strcmp(rest, ".json") || !strcmp(rest, ".crc") ||
                       text_starts(rest, ".checkpoint.");
    if (known && (version < d->below || (compacted && version == d->below)))
        json_array_append_new(d->paths, json_string(cx_fmt(c, LOG_FOLDER "/%s", e->path)));
    return CX_OK;
}

static cx_code remove_all(cx *c, delta_table *t, const json *paths)
{
    for (size_t i = 0; i < json_array_size(paths); i++) {
        TRY(cx_alive(c));
        TRY(store_remove(c, t->store, json_string_value(json_array_get(paths, i))));
    }
    return CX_OK;
}

/* The checkpoint to keep; -1 = nothing may go. */
static int64_t kept_checkpoint(const log_listing *l, int64_t cutoff_ms)
{
    int64_t commit = -1, kept = -1;
    for (size_t i = 0; i < l->commit_count && l->commits[i].mtime_ms <= cutoff_ms; i++)
        commit = l->commits[i].version;
    for (size_t i = 0; i < l->checkpoint_count; i++)
        if (l->checkpoints[i].version <= commit && l->checkpoints[i].version > kept &&
            log_checkpoint_complete(l, i))
            kept = l->checkpoints[i].version;
    return kept;
}

/* ---- sidecars ------------------------------------------------------------------- */

typedef struct {
    json *named, *old;
    int64_t before_ms;
} sidecars;

static void sidecars_clear(sidecars *s)
{
    json_decref(s->named);
    json_decref(s->old);
}

static cx_code find_old(cx *c, void *self, const store_entry *e)
{
    sidecars *s = self;
    (void)c;
    if (e->mtime_ms < s->before_ms && text_ends(e->path, ".parquet"))
        json_array_append_new(s->old, json_string(e->path));
    return CX_OK;
}

static cx_code note_action(cx *c, void *self, const action *a, const char *what)
{
    sidecars *s = self;
    char *path;
    (void)what;
    if (a->kind != ACTION_SIDECAR || !value_text(c->arena, a->path, &path))
        return CX_OK;
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    json_object_set_new(s->named, percent_decode(c, name, strlen(name), NULL), json_true());
    return CX_OK;
}

static cx_code note_row(cx *c, void *self, str row)
{
    action a;
    return action_scan(row, &a) ? note_action(c, self, &a, "") : CX_OK;
}

static cx_code note_checkpoint(cx *c, delta_table *t, const char *name, sidecars *s)
{
    AUTO_CLEAR(buf) text = {0};
    const char *path = cx_fmt(c, LOG_FOLDER "/%s", name);
    const delta_sink sink = {.row = note_row, .others = true, .self = s};
    if (!text_ends(name, ".json"))
        return t->parquet->read(c, t->parquet->self, cx_fmt(c, "%s/%s", t->store->root, path),
                                &sink);
    TRY(store_read(c, t->store, path, (size_t)4 << 30, &text));
    return actions_each(c, (str){buf_text(&text), text.length}, path, false, note_action, s);
}

/* Those that no checkpoint names and that nobody can be about to name. */
static cx_code clean_sidecars(cx *c, delta_table *t)
{
    log_listing l;
    AUTO_CLEAR(sidecars)
    s = {.named = json_object(), .old = json_array(), .before_ms = cx_now_ms(c) - DAY_MS};
    const cx_code rc = store_list(c, t->store, SIDECARS, NULL, find_old, &s);
    if (rc == CX_NOT_FOUND) {
        cx_forgive(c);
        return CX_OK;
    }
    TRY(rc);
    if (!json_array_size(s.old))
        return CX_OK;
    TRY(log_list(c, t->store, 0, &l));
    for (size_t i = 0; i < l.checkpoint_count; i++)
        TRY(note_checkpoint(c, t, l.checkpoints[i].name, &s));
    for (size_t i = 0; i < json_array_size(s.old); i++) {
        const char *name = json_string_value(json_array_get(s.old, i));
        if (!json_object_get(s.named, name))
            TRY(store_remove(c, t->store, cx_fmt(c, SIDECARS "/%s", name)));
    }
    return CX_OK;
}

cx_code log_cleanup(cx *c, delta_table *t, const delta_snapshot *s)
{
    log_listing l;
    const char *wanted = delta_property(s, "delta.enableExpiredLogCleanup");
    if ((wanted && !text_same_nocase(wanted, "true")) ||
        protocol_has(&s->protocol, "checkpointProtection"))
        return CX_OK;
    const int64_t retention = property_ms(s, "delta.logRetentionDuration", 30 * DAY_MS);
    const int64_t cutoff = (cx_now_ms(c) - retention) / DAY_MS * DAY_MS; /* midnight, UTC */
    TRY(log_list(c, t->store, 0, &l));
    log_monotonic(l.commits, l.commit_count);
    const int64_t kept = kept_checkpoint(&l, cutoff);
    if (kept <= 0)
        return CX_OK;
    AUTO_CLEAR(doomed) d = {.below = kept, .paths = json_array()};
    TRY(store_list(c, t->store, LOG_FOLDER, NULL, choose, &d));
    TRY(remove_all(c, t, d.paths));
    return clean_sidecars(c, t);
}
