/* VACUUM LITE: instead of all files, those that the log says were removed.
 *
 * That is all of them only if each commit is still there, or those that are gone were dealt with by
 * an earlier vacuum, which left a note of how far it had looked:
 *
 *   _delta_log/_last_vacuum_info   {"latestCommitVersionOutsideOfRetentionWindow":12}
 *
 * What no version ever named (a killed writer's files) is left to a full VACUUM.
 * spec: delta sheet §21 */
#include "delta/vacuum.h"

#include "delta/action.h"
#include "delta/uri.h"

#include "base/fs.h"

#include <inttypes.h>
#include <sys/stat.h>

static const char note_path[] = LOG_FOLDER "/_last_vacuum_info";
static const char note_member[] = "latestCommitVersionOutsideOfRetentionWindow";

/* The last commit of which everything was taken; -1 = unknown. */
static int64_t dealt_with(cx *c, const vacuum *v)
{
    AUTO_CLEAR(buf) text = {0};
    AUTO(json) j = NULL;
    if (store_read(c, v->t->store, note_path, 4096, &text) != CX_OK ||
        json_parse(c, text.data, text.length, note_path, &j) != CX_OK)
        cx_forgive(c);
    return json_get_int(j, note_member, -1);
}

static cx_code load_log(cx *c, vacuum *v)
{
    TRY(log_list(c, v->t->store, 0, &v->log));
    log_monotonic(v->log.commits, v->log.commit_count);
    return CX_OK;
}

cx_code vacuum_check_lite(cx *c, vacuum *v)
{
    TRY(load_log(c, v));
    const int64_t first = v->log.commit_count ? v->log.commits[0].version : v->s->version + 1;
    if (first == 0 || dealt_with(c, v) >= first - 1)
        return CX_OK;
    (void)cx_fail_as(c, CX_INVALID, "DELTA_CANNOT_VACUUM_LITE", "55000",
                     "VACUUM LITE cannot tell all files that were removed from %s: its log begins "
                     "at version %" PRId64 ", and no vacuum dealt with those before",
                     v->s->root, first);
    return cx_hint(c, "Run VACUUM FULL once.");
}

/* ---- the files ---------------------------------------------------------------------- */

static cx_code take(cx *c, vacuum *v, const char *path)
{
    struct stat st;
    const size_t n = strlen(v->s->root);
    if (strncmp(path, v->s->root, n) != 0 || path[n] != '/' || json_object_get(v->seen, path))
        return CX_OK; /* another folder's file is not ours to take */
    json_object_set_new_nocheck(v->seen, path, json_true());
    if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return CX_OK; /* it went before */
    const int64_t mtime_ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
    return vacuum_file(c, v, path + n + 1, st.st_size, mtime_ms);
}

static cx_code take_vector(cx *c, vacuum *v, const action *a, const char *what)
{
    delta_dv *dv = NULL;
    char *path = NULL;
    if (!a->dv.data)
        return CX_OK;
    TRY(dv_parse(c, c->arena, a->dv, what, &dv));
    TRY(dv_file(c, v->s->root, dv, &path));
    return path ? take(c, v, path) : CX_OK;
}

static cx_code on_action(cx *c, void *self, const action *a, const char *what)
{
    vacuum *v = self;
    char *uri, *path;
    if (a->kind != ACTION_REMOVE && a->kind != ACTION_CDC)
        return CX_OK;
    if (a->kind == ACTION_REMOVE &&
        value_int(object_member(a->body, "deletionTimestamp"), 0) >= v->before_ms)
        return CX_OK;
    if (!value_text(c->arena, a->path, &uri))
        return cx_fail(c, CX_CORRUPT, "%s has a damaged %s action", what, action_name(a->kind));
    TRY(take_vector(c, v, a, what));
    if (uri_to_path(c, v->s->root, uri, &path) != CX_OK) {
        cx_forgive(c); /* not on this disk */
        return CX_OK;
    }
    return take(c, v, path);
}

cx_code vacuum_listed(cx *c, vacuum *v)
{
    const int64_t from = dealt_with(c, v) + 1;
    for (size_t i = 0; i < v->log.commit_count; i++) {
        AUTO_CLEAR(buf) text = {0};
        const log_file *f = &v->log.commits[i];
        if (f->version < from || f->mtime_ms >= v->before_ms)
            continue;
        const char *path = log_commit_path(c, f->version);
        TRY(cx_alive(c));
        TRY(store_read(c, v->t->store, path, (size_t)4 << 30, &text));
        TRY(actions_each(c, (str){buf_text(&text), text.length}, path, false, on_action, v));
    }
    return CX_OK;
}

/* A file that stayed for another table's sake would be forgotten: then nothing is noted. */
cx_code vacuum_remember(cx *c, vacuum *v)
{
    int64_t last = -1;
    if (v->o->dry_run || v->r.kept_count)
        return CX_OK;
    if (!v->o->lite)
        TRY(load_log(c, v));
    for (size_t i = 0; i < v->log.commit_count && v->log.commits[i].mtime_ms < v->before_ms; i++)
        last = v->log.commits[i].version;
    if (last < 0 || last <= dealt_with(c, v))
        return CX_OK;
    const char *text = cx_fmt(c, "{\"%s\":%" PRId64 "}", note_member, last);
    return store_replace(c, v->t->store, note_path, STR(text));
}
