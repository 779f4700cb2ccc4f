/* Who did what: the commitInfo of each commit that is still there. */
#include "delta/delta_int.h"

cx_code delta_history(cx *c, delta_table *t, int64_t limit, delta_history_row **out, size_t *out_n,
                      json **out_holder)
{
    log_listing l;
    TRY(log_list(c, t->store, 0, &l));
    if (!l.commit_count && !l.checkpoint_count)
        return cx_fail_as(c, CX_NOT_FOUND, "DELTA_MISSING_DELTA_TABLE", "42P01",
                          "%s is not a Delta table: it has no " LOG_FOLDER " with a commit",
                          t->store->root);
    log_monotonic(l.commits, l.commit_count);
    const size_t n = limit > 0 && (uint64_t)limit < l.commit_count ? (size_t)limit : l.commit_count;
    delta_history_row *rows = cx_array(c, delta_history_row, n ? n : 1);
    AUTO(json) holder = json_array();
    for (size_t i = 0; i < n; i++) {
        const log_file *f = &l.commits[l.commit_count - 1 - i];
        json *info = NULL;
        TRY(cx_alive(c));
        TRY(log_commit_info(c, t->store, f->version, &info));
        if (info)
            json_array_append_new(holder, info);
        /* Only a table with in-commit times writes that member. */
        rows[i] = (delta_history_row){f->version,
                                      json_get_int(info, "inCommitTimestamp", f->mtime_ms), info};
    }
    *out = rows;
    *out_n = n;
    *out_holder = STEAL(holder);
    return CX_OK;
}
