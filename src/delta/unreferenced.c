/* Finding what a killed writer left: files that no version of the log names.
 *
 * The names come from every commit that is left, and, where the first commits are gone, from the
 * state at the newest version with its tombstones. Only files that look like a writer's own
 * (Parquet, deletion vectors, temporaries) and that are new enough are touched, and never those of
 * another table that lives in a folder of this one. */
#include "delta/action.h"
#include "delta/delta_int.h"
#include "delta/uri.h"

#include "base/fs.h"

#include <errno.h>
#include <unistd.h>

typedef struct {
    delta_table *t;
    json *named; /* absolute path → true */
    int64_t since_ms, removed;
    delta_mine mine; /* NULL = all */
    const void *mine_self;
} sweep;

static void sweep_clear(sweep *s)
{
    json_decref(s->named);
}

/* A name may lead through links, or be written in a roundabout way; the walk sees plain ones. */
static void add_name(json *named, const char *root, const char *path)
{
    json_object_set_new_nocheck(named, path, json_true());
    const size_t n = strlen(root);
    if (!strncmp(path, root, n) && path[n] == '/' && !strstr(path, "/.") && !strstr(path, "//"))
        return;
    AUTO_FREE char *real = realpath(path, NULL);
    if (real)
        json_object_set_new_nocheck(named, real, json_true());
}

cx_code name_file(cx *c, json *named, const char *root, const char *uri, const delta_dv *dv)
{
    char *path;
    const cx_code rc = uri_to_path(c, root, uri, &path);
    if (rc == CX_OK)
        add_name(named, root, path);
    else
        cx_forgive(c); /* not on this disk: nothing of it can be below the root */
    if (!dv)
        return CX_OK;
    TRY(dv_file(c, root, dv, &path));
    if (path)
        add_name(named, root, path);
    return CX_OK;
}

static cx_code note(cx *c, void *self, const action *a, const char *what)
{
    char *path;
    delta_dv *dv = NULL;
    if (a->kind != ACTION_ADD && a->kind != ACTION_REMOVE && a->kind != ACTION_CDC)
        return CX_OK;
    if (!value_text(c->arena, a->path, &path))
        return cx_fail(c, CX_CORRUPT, "%s has a damaged %s action", what, action_name(a->kind));
    TRY(dv_parse(c, c->arena, a->dv, what, &dv));
    const sweep *s = self;
    return name_file(c, s->named, s->t->store->root, path, dv);
}

static cx_code name_commits(cx *c, sweep *s, const log_listing *l)
{
    for (size_t i = 0; i < l->commit_count; i++) {
        AUTO_CLEAR(buf) text = {0};
        const char *path = log_commit_path(c, l->commits[i].version);
        TRY(cx_alive(c));
        TRY(store_read(c, s->t->store, path, (size_t)4 << 30, &text));
        TRY(actions_each(c, (str){buf_text(&text), text.length}, path, false, note, s));
    }
    return CX_OK;
}

static cx_code name_state(cx *c, sweep *s)
{
    AUTO(delta_snapshot) state = NULL;
    TRY(snapshot_load(c, s->t, -1, true, &state));
    for (size_t i = 0; i < state->file_count; i++)
        TRY(name_file(c, s->named, state->root, state->files[i].path, state->files[i].dv));
    for (size_t i = 0; i < state->tombstone_count; i++) {
        action a;
        const char *line = cx_fmt(c, "{\"remove\":%s}", state->tombstones[i].data);
        if (action_scan(STR(line), &a))
            TRY(note(c, s, &a, state->root));
    }
    return CX_OK;
}

static cx_code name_all(cx *c, sweep *s)
{
    log_listing l;
    const cx_code rc = log_list(c, s->t->store, 0, &l);
    if (rc == CX_NOT_FOUND) { /* killed before the first commit: nothing is named */
        cx_forgive(c);
        return CX_OK;
    }
    TRY(rc);
    TRY(name_commits(c, s, &l));
    const bool from_zero = l.commit_count && l.commits[0].version == 0;
    return from_zero || !(l.commit_count + l.checkpoint_count) ? CX_OK : name_state(c, s);
}

cx_code delta_names(cx *c, delta_table *t, json *out)
{
    sweep s = {.t = t, .named = out};
    return name_all(c, &s);
}

static bool ours(const char *relative)
{
    const char *slash = strrchr(relative, '/');
    const char *name = slash ? slash + 1 : relative;
    if (text_starts(relative, LOG_FOLDER "/"))
        return name[0] == '.' && text_ends(name, ".tmp");
    return text_ends(name, ".parquet") ||
           ((text_starts(name, ".clxs-") || text_starts(name, ".deletion_vector_")) &&
            text_ends(name, ".tmp")) ||
           (text_starts(name, "deletion_vector_") && text_ends(name, ".bin"));
}

/* Some folder on the way down is a table of its own. */
bool of_other_table(cx *c, const char *root, const char *relative)
{
    for (const char *p = strchr(relative, '/'); p; p = strchr(p + 1, '/')) {
        const char *log = cx_fmt(c, "%s/%.*s/" LOG_FOLDER, root, (int)(p - relative), relative);
        if (fs_is_dir(log))
            return true;
    }
    return false;
}

static cx_code visit(cx *c, void *self, const char *relative, int64_t size, int64_t mtime_ms)
{
    sweep *s = self;
    (void)size;
    const char *root = s->t->store->root;
    if (mtime_ms < s->since_ms || !ours(relative) || (s->mine && !s->mine(relative, s->mine_self)))
        return CX_OK;
    const char *path = fs_join(c, root, relative);
    if (json_object_get(s->named, path) || of_other_table(c, root, relative))
        return CX_OK;
    if (unlink(path) != 0 && errno != ENOENT)
        return cx_fail_errno(c, errno, "cannot remove %s", path);
    s->removed++;
    return CX_OK;
}

cx_code delta_remove_unreferenced(cx *c, delta_table *t, int64_t since_ms, delta_mine mine,
                                  const void *mine_self, int64_t *out_removed)
{
    AUTO_CLEAR(sweep)
    s = {
        .t = t, .named = json_object(), .since_ms = since_ms, .mine = mine, .mine_self = mine_self};
    if (t->store->root[0] != '/')
        return cx_fail(c, CX_UNSUPPORTED, "%s is not a folder", t->store->root);
    TRY(name_all(c, &s));
    TRY(fs_walk(c, t->store->root, visit, &s));
    *out_removed = s.removed;
    return CX_OK;
}
