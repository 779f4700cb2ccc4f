/* Query history: one JSON document (QueryInfo) a statement, kept in the order of their start and
 * bounded, since nobody else would ever prune it. */
#include "lake/metastore/meta_int.h"

enum { HISTORY_MOST = 100000, PRUNE_EVERY = 512 };

cx_code meta_history_add(cx *c, meta *m, const json *query_info)
{
    AUTO(db) d = NULL;
    const char *id = json_get_str(query_info, "query_id", NULL);
    if (!id)
        return cx_fail(c, CX_INVALID, "a query of the history needs a query_id");
    AUTO_FREE char *text = json_text(query_info);
    TRY(db_take(c, m, DB_RELAXED, &d));
    TRY(db_run(c, d,
               "INSERT INTO history(query_id, start_ms, info) VALUES(?1,?2,?3)"
               " ON CONFLICT(query_id) DO UPDATE SET info=excluded.info",
               "tit", id, json_get_int(query_info, "query_start_time_ms", cx_now_ms(c)), text));
    if (sqlite3_last_insert_rowid(d->sql) % PRUNE_EVERY == 0)
        TRY(db_run(c, d,
                   "DELETE FROM history WHERE rowid IN"
                   " (SELECT rowid FROM history ORDER BY start_ms DESC LIMIT -1 OFFSET ?1)",
                   "i", (int64_t)HISTORY_MOST));
    return db_commit(c, d);
}

cx_code meta_history_list(cx *c, meta *m, int64_t limit, json **out_array)
{
    AUTO(db) d = NULL;
    DB_STMT s = NULL;
    AUTO(json) list = json_array();
    TRY(db_take(c, m, DB_READ, &d));
    TRY(db_query(c, d, &s, "SELECT info FROM history ORDER BY start_ms DESC, rowid DESC LIMIT ?1",
                 "i", limit > 0 ? limit : (int64_t)HISTORY_MOST));
    for (bool row;;) {
        TRY(db_step(c, d, s, &row));
        if (!row)
            break;
        json *info = json_loads((const char *)sqlite3_column_text(s, 0), 0, NULL);
        if (info)
            json_array_append_new(list, info);
    }
    *out_array = STEAL(list);
    return CX_OK;
}
