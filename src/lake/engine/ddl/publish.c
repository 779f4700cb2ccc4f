/* How a table appears: all of it or nothing.
 *
 *   note the folder in `pending`  →  write files  →  commit to the log  →  row in the metastore  →
 *   take the note back
 *
 * Killed before the commit, a new table is a folder that nothing names: recovery removes it. Killed
 * between commit and row, the same. A table that is replaced stays where it is: one commit takes
 * the old files out and puts the new ones in, so readers see the old table or the new one, and what
 * a killed replacement wrote is named by no version: recovery removes it. */
#include "lake/engine/ddl/publish.h"

#include <unistd.h>

#include "base/fs.h"

void eng_target_clear(eng_target *t)
{
    delta_snapshot_free(t->before);
    delta_table_free(t->table);
    meta_object_clear(&t->old);
    *t = (eng_target){0};
}

static cx_code existing(cx *c, run *r, const eng_wish *w, eng_target *t, bool *out_skip)
{
    if (!w->replace && w->if_not_exists) {
        *out_skip = true;
        return CX_OK;
    }
    if (!w->replace)
        return cx_fail_as(c, CX_EXISTS, "TABLE_OR_VIEW_ALREADY_EXISTS", "42P07",
                          "Cannot create table or view %s because it already exists. Choose a "
                          "different name, drop or replace the existing object, or add the IF NOT "
                          "EXISTS clause to tolerate pre-existing objects.",
                          eng_quoted(c, w->name));
    TRY(meta_load(c, r->e->meta, META_TABLE, w->name, &t->old));
    if (t->old.view_definition)
        return cx_fail_as(c, CX_INVALID, "EXPECT_TABLE_NOT_VIEW", "42809",
                          "%s is a view; drop it before making a table of that name.",
                          eng_quoted(c, w->name));
    TRY(eng_require(c, r, "MODIFY", META_TABLE, w->name));
    t->exists = true;
    t->location = t->old.location;
    t->managed = text_starts(t->old.table_type, "MANAGED");
    return CX_OK;
}

static cx_code place(cx *c, run *r, const eng_wish *w, eng_target *t)
{
    const meta_name schema = {.catalog = w->name.catalog, .schema = w->name.schema};
    if (t->exists && !w->location)
        return CX_OK;
    if (!t->exists)
        TRY(eng_require(c, r, "CREATE_TABLE", META_SCHEMA, schema));
    if (w->location) {
        char *location = NULL;
        TRY(eng_require_path(c, r));
        TRY(eng_location(c, w->location, &location));
        if (t->exists && strcmp(location, t->old.location) != 0)
            return eng_unsupported(c, "moving a table to another location by replacing it");
        t->location = location;
        t->managed = false;
        return CX_OK;
    }
    t->location = meta_new_location(c, r->e->meta, META_TABLE);
    t->managed = true;
    return CX_OK;
}

/* A clone copies files under the source's names, so its note cannot say which are its own: recovery
 * removes everything that no version names. The suffix tells it to. */
char *eng_clone_note(cx *c, const char *location)
{
    return cx_fmt(c, "%s/.", location);
}

/* Of a clone's: into a table, or into a folder that it makes at a place that the user named. */
static bool sweeps_all(const eng_wish *w, const eng_target *t)
{
    return w->clone && (t->exists || (!t->managed && t->made_folder));
}

static cx_code open_log(cx *c, run *r, const eng_wish *w, eng_target *t)
{
    t->made_folder = !fs_exists(t->location);
    /* A table that is registered as it lies there is not written: nothing of it may ever be
     * cleaned. */
    if (!w->adopts || !delta_is_table(c, t->location)) {
        TRY(eng_note_begin(c, r, sweeps_all(w, t) ? eng_clone_note(c, t->location) : t->location,
                           &t->note));
        t->noted = true;
    }
    TRY(delta_open(c, t->location, &r->e->parquet, &t->table));
    if (!t->made_folder && delta_is_table(c, t->location))
        TRY(delta_snapshot_load(c, t->table, DELTA_LATEST, &t->before));
    return CX_OK;
}

cx_code eng_target_begin(cx *c, run *r, const eng_wish *w, eng_target *t, bool *out_skip)
{
    *out_skip = false;
    t->name = w->name;
    t->copies = w->clone;
    if (eng_is_information_schema(w->name) || text_same_nocase(w->name.catalog, "system"))
        return cx_fail_as(c, CX_DENIED, "INSUFFICIENT_PERMISSIONS", "42501",
                          "Nothing can be created in %s.%s: it is maintained by the workspace.",
                          w->name.catalog, w->name.schema);
    if (meta_exists(c, r->e->meta, META_TABLE, w->name))
        TRY(existing(c, r, w, t, out_skip));
    if (*out_skip)
        return CX_OK;
    TRY(place(c, r, w, t));
    const cx_code rc = open_log(c, r, w, t);
    return rc == CX_OK ? CX_OK : eng_target_abandon(c, r, t, rc);
}

/* A folder with a name of our own making is ours alone. One that the user named may be somebody
 * else's table by now, who was there first: only what this statement wrote goes, and folders that
 * are empty then. */
static cx_code remove_new(cx *c, eng_target *t)
{
    if (t->managed)
        return fs_remove_tree(c, t->location);
    if (t->table && !t->copies)
        TRY(eng_note_sweep(c, t->table, &t->note));
    (void)rmdir(fs_join(c, t->location, "_delta_log"));
    (void)rmdir(t->location);
    return CX_OK;
}

/* Cleans up on a context of its own, so that a cancelled statement still cleans and the first error
 * stays the one that is told. What cannot be cleaned now keeps its note for recovery. */
cx_code eng_target_abandon(cx *c, run *r, eng_target *t, cx_code code)
{
    cx own;
    if (!t->noted)
        return code;
    cx_init(&own);
    own.log = c->log;
    cx_code rc = CX_OK;
    if (!t->committed && !t->exists && t->made_folder)
        rc = remove_new(&own, t);
    else if (t->committed && !t->exists && t->managed)
        rc = fs_remove_tree(&own, t->location);
    else if (t->table && !t->committed && !t->copies) /* a failed clone undoes its own copies */
        rc = eng_note_sweep(&own, t->table, &t->note);
    if (rc == CX_OK)
        rc = meta_pending_end(&own, r->e->meta, t->note.id);
    if (rc != CX_OK)
        cx_warn(c, "%s is not cleaned up yet: %s", t->location, own.error.message);
    cx_clear(&own);
    t->noted = false;
    return code;
}

cx_code eng_target_finish(cx *c, run *r, eng_target *t, const eng_row *row)
{
    AUTO(json) routine = eng_row_version(row->version);
    meta_object o = {.type = META_TABLE,
                     .routine = routine,
                     .name = t->name,
                     .comment = row->comment,
                     .properties = row->properties,
                     .table_type = row->table_type,
                     .format = row->format,
                     .location = t->location,
                     .columns = row->columns};
    if (t->exists) {
        o.owner = t->old.owner;
        if (!o.comment && row->keep_comment)
            o.comment = t->old.comment;
    }
    TRY(meta_create(c, r->e->meta, &o, r->s->principal, t->exists));
    const bool noted = t->noted;
    t->noted = false;
    return noted ? meta_pending_end(c, r->e->meta, t->note.id) : CX_OK;
}
