/* Notes about folders in which work is going on.
 *
 * A process writes the note before its first byte and takes it back when every file there is
 * accounted for. A note whose process is dead (writers.c) tells the next opener where to clean up.
 */
#include "lake/metastore/meta_int.h"

cx_code meta_pending_on(cx *c, db *d, const char *location, int64_t *out_id)
{
    TRY(db_run(c, d, "INSERT INTO pending(location, process, since_ms) VALUES(?1,?2,?3)", "tti",
               location, d->m->process, cx_now_ms(c)));
    *out_id = sqlite3_last_insert_rowid(d->sql);
    return CX_OK;
}

cx_code meta_pending_begin(cx *c, meta *m, const char *location, int64_t *out_id)
{
    AUTO(db) d = NULL;
    TRY(db_take(c, m, DB_WRITE, &d));
    TRY(meta_pending_on(c, d, location, out_id));
    return db_commit(c, d);
}

cx_code meta_pending_end(cx *c, meta *m, int64_t id)
{
    AUTO(db) d = NULL;
    TRY(db_take(c, m, DB_RELAXED, &d));
    TRY(db_run(c, d, "DELETE FROM pending WHERE id=?1", "i", id));
    return db_commit(c, d);
}

cx_code meta_pending_end_at(cx *c, meta *m, const char *location)
{
    AUTO(db) d = NULL;
    TRY(db_take(c, m, DB_RELAXED, &d));
    TRY(db_run(c, d, "DELETE FROM pending WHERE location=?1 AND process=?2", "tt", location,
               m->process));
    return db_commit(c, d);
}

static bool same_place(const char *a, const char *b)
{
    const size_t n = strlen(a) - (text_ends(a, "/.") ? 2 : 0);
    const size_t m = strlen(b) - (text_ends(b, "/.") ? 2 : 0);
    return n == m && !strncmp(a, b, n);
}

static cx_code count_notes(cx *c, db *d, size_t *out)
{
    DB_STMT s = NULL;
    bool row;
    TRY(db_query(c, d, &s, "SELECT count(*) FROM pending", ""));
    TRY(db_step(c, d, s, &row));
    *out = (size_t)sqlite3_column_int64(s, 0);
    return CX_OK;
}

/* All notes; *out_alive tells, note by note, whether its process lives. */
static cx_code all_notes(cx *c, db *d, meta_pending **out, bool **out_alive, size_t *out_n)
{
    DB_STMT s = NULL;
    size_t total;
    bool row;
    TRY(count_notes(c, d, &total));
    meta_pending *rows = cx_array(c, meta_pending, total + 1);
    bool *alive = cx_array(c, bool, total + 1);
    size_t n = 0;
    TRY(db_query(
        c, d, &s,
        "SELECT id, since_ms, location, process,"
        " EXISTS(SELECT 1 FROM object o WHERE o.location=p.location) FROM pending p ORDER BY id",
        ""));
    for (; n < total; n++) {
        TRY(db_step(c, d, s, &row));
        if (!row)
            break;
        alive[n] = meta_process_alive(c, d->m, (const char *)sqlite3_column_text(s, 3));
        rows[n] = (meta_pending){.id = sqlite3_column_int64(s, 0),
                                 .since_ms = sqlite3_column_int64(s, 1),
                                 .location = db_text(c, s, 2),
                                 .owned_by_table = sqlite3_column_int(s, 4) != 0};
    }
    *out = rows;
    *out_alive = alive;
    *out_n = n;
    return CX_OK;
}

cx_code meta_pending_dead(cx *c, meta *m, meta_pending **out, size_t *out_n)
{
    AUTO(db) d = NULL;
    meta_pending *rows;
    bool *alive;
    size_t n, dead = 0;
    TRY(db_take(c, m, DB_READ, &d));
    TRY(all_notes(c, d, &rows, &alive, &n));
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n && !alive[i]; k++)
            if (alive[k] && same_place(rows[i].location, rows[k].location))
                rows[i].contended = true;
    for (size_t i = 0; i < n; i++)
        if (!alive[i])
            rows[dead++] = rows[i];
    *out = rows;
    *out_n = dead;
    return CX_OK;
}
