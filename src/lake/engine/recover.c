/* What a dead process left: see publish.c and note.c for the promises that are kept here.
 *
 * A folder that no table names and that lies below our own root goes as a whole. In a folder of a
 * table, files of the dead write go if no version names them. A folder elsewhere that never got its
 * row is somebody's: only our marked files go. */
#include "lake/engine/engine_int.h"

#include <dirent.h>

#include "base/fs.h"

static bool inside(const engine *e, const char *location)
{
    const size_t n = strlen(e->root);
    return strncmp(location, e->root, n) == 0 && location[n] == '/' && !strstr(location, "/../") &&
           strlen(location) > n + strlen("/tables/");
}

/* "/x/." is the note of a clone into a table that was there. */
static cx_code strip_clone(cx *c, engine *e, const meta_pending *p, const char **location,
                           bool *clone)
{
    (void)e;
    const size_t n = strlen(p->location);
    *clone = text_ends(p->location, "/.");
    *location = *clone ? cx_dupn(c, p->location, n - 2) : p->location;
    return CX_OK;
}

/* Times of files come from a clock that steps, and so can be before the note that was made first.
 */
enum { COARSE_CLOCK_MS = 2000 };

static cx_code recover_one(cx *c, engine *e, const meta_pending *p)
{
    AUTO(delta_table) table = NULL;
    const char *location;
    const eng_note note = {p->id, p->since_ms};
    bool clone;
    int64_t removed = 0;
    TRY(strip_clone(c, e, p, &location, &clone));
    if (!p->owned_by_table && !clone && inside(e, location))
        TRY(fs_remove_tree(c, location));
    else if (clone && p->contended)
        return CX_OK; /* the live writer's files look the same; the note stays for the next opener
                       */
    else if (fs_is_dir(location)) {
        TRY(delta_open(c, location, &e->parquet, &table));
        if (clone)
            TRY(delta_remove_unreferenced(c, table, p->since_ms - COARSE_CLOCK_MS, NULL, NULL,
                                          &removed));
        else
            TRY(eng_note_sweep(c, table, &note));
        TRY(eng_refresh_rows(c, e, location)); /* the log may have changed, and the row not yet */
    }
    return meta_pending_end(c, e->meta, p->id);
}

/* The folder that DuckDB spills to, "spill-<process>", of a process that is no more. */
static bool dead_spill(cx *c, const engine *e, const char *name)
{
    return text_starts(name, "spill-") && !meta_process_alive(c, e->meta, name + strlen("spill-"));
}

static void remove_spills(cx *c, const engine *e)
{
    DIR *d = opendir(e->root);
    for (struct dirent *entry; d && (entry = readdir(d));)
        if (dead_spill(c, e, entry->d_name) &&
            fs_remove_tree(c, fs_join(c, e->root, entry->d_name)) != CX_OK)
            cx_forgive(c); /* the next opener tries again */
    if (d)
        closedir(d);
}

cx_code engine_recover(cx *c, engine *e)
{
    meta_pending *dead = NULL;
    size_t n = 0;
    remove_spills(c, e);
    TRY(meta_pending_dead(c, e->meta, &dead, &n));
    for (size_t i = 0; i < n; i++) {
        if (recover_one(c, e, &dead[i]) != CX_OK) {
            cx_warn(c, "%s is not cleaned up: %s", dead[i].location, c->error.message);
            cx_forgive(c);
        }
    }
    return CX_OK;
}
