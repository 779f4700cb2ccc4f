/* Who did what: the commitInfo of each commit that is still there.
 *
 * The newest n commits are at most n versions below the newest one, which is not below what
 * _last_checkpoint names (if that is wrong, too few are found, and all are listed). So a LIMIT on a
 * log of a hundred thousand commits looks at few of them.
 */
#include "delta/delta_int.h"

/* Every commit that the answer needs, and maybe older ones. */
static cx_code list_newest(cx *c, delta_table *t, int64_t limit, log_listing *out)
{
    int64_t hint = 0;
    if (limit > 0)
        TRY(log_hint(c, t->store, &hint));
    if (hint > limit) {
        TRY(log_list(c, t->store, hint - limit, out));
        if (out->commit_count >= (uint64_t)limit)
            return CX_OK;
    }
    return log_list(c, t->store, 0, out);
}

cx_code delta_history(cx *c, delta_table *t, int64_t limit, delta_history_row **out, size_t *out_n,
                      json **out_holder)
{
    log_listing l;
    TRY(list_newest(c, t, limit, &l));
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
