/* What a dead process left: see publish.c and note.c for the promises that are kept here.
 *
 * A folder with a name of our own making, as managed tables and volumes have, goes as a whole when
 * no table names it. In a folder of a table, files of the dead write go if no version names them. A
 * folder that a user named and that never got its row is somebody's, wherever it lies, and may have
 * been there before: only our marked files go, and what is empty then. */
#include "lake/engine/engine_int.h"

#include <dirent.h>
#include <unistd.h>

#include "base/fs.h"

/* meta_new_location's names; a folder below our root that a user named is his. */
static bool named_by_us(const engine *e, const char *location)
{
    static const char *const kinds[] = {"/tables/", "/volumes/"};
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    const size_t n = strlen(e->root);
    const char *id = NULL;
    if (strncmp(location, e->root, n) != 0)
        return false;
    for (size_t i = 0; i < CX_COUNT(kinds); i++)
        if (text_starts(location + n, kinds[i]))
            id = location + n + strlen(kinds[i]);
    bool ok = id && strlen(id) == strlen(shape);
    for (size_t i = 0; ok && shape[i]; i++)
        ok = shape[i] == '-' ? id[i] == '-' : strchr("0123456789abcdef", id[i]) != NULL;
    return ok;
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

static void remove_if_empty(cx *c, const char *location)
{
    (void)rmdir(fs_join(c, location, "_delta_log"));
    (void)rmdir(location);
}

static cx_code recover_one(cx *c, engine *e, const meta_pending *p)
{
    AUTO(delta_table) table = NULL;
    const char *location;
    const eng_note note = {p->id, p->since_ms};
    bool clone;
    int64_t removed = 0;
    TRY(strip_clone(c, e, p, &location, &clone));
    if (!p->owned_by_table && !clone && named_by_us(e, location))
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
        if (!p->owned_by_table)
            remove_if_empty(c, location);
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
