/* RESTORE: the log goes back (delta/restore.c), then the metastore's row says what the log says.
 *
 * A crash between the two leaves a row behind the log: a copy for listings, written anew by the
 * next change of the table. spec: delta sheet §20 */
#include "lake/engine/upkeep/upkeep.h"

static cx_code update_row(cx *c, run *r, const eng_table *t)
{
    AUTO(delta_snapshot) now = NULL;
    if (!t->object.name.name)
        return CX_OK;
    TRY(delta_snapshot_load(c, t->table, DELTA_LATEST, &now));
    AUTO(json) columns = eng_snapshot_columns(c, now);
    AUTO(json) properties = eng_all_properties(now);
    AUTO(json)
    changes = json_pack("{s:O, s:O, s:o}", "columns", columns, "properties", properties, "routine",
                        eng_row_version(delta_version(now)));
    if (eng_has_files_elsewhere(now)) /* an older version may have been a shallow clone */
        json_object_set_new(changes, "table_type",
                            json_string(eng_shallow_type(t->object.table_type)));
    return meta_update(c, r->e->meta, META_TABLE, t->object.name, changes, r->s->principal);
}

cx_code eng_restore(cx *c, run *r, const sql_statement *q)
{
    static const char *const names[] = {"table_size_after_restore", "num_of_files_after_restore",
                                        "num_removed_files",        "num_restored_files",
                                        "removed_files_size",       "restored_files_size"};
    AUTO_CLEAR(eng_table) t = {0};
    delta_restore_result n = {0};
    delta_at at;
    TRY(eng_table_load(c, r, &q->name, "MODIFY", NULL, &t));
    TRY(eng_travel(c, r, &q->travel, &at));
    TRY(upkeep_shown(c, delta_root(t.table), t.shown,
                     delta_restore(c, t.table, at, r->s->principal, &n)));
    TRY(update_row(c, r, &t));
    const int64_t values[] = {n.table_size_after_restore, n.num_of_files_after_restore,
                              n.num_removed_files,        n.num_restored_files,
                              n.removed_files_size,       n.restored_files_size};
    return eng_out_numbers(c, r, names, values, CX_COUNT(values));
}
