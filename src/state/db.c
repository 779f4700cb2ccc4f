/* SQLite behind the four calls that state/ needs.
 *
 * Statements are prepared once and kept by the address of their text, which is always a literal. A
 * connection is used by one thread at a time, under its lock, for the length of one statement: each
 * public write is one statement and so one transaction, and no reader holds a snapshot open. */
#include "state/state_int.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { BUSY_MS = 20000 };

static cx_code fail(cx *c, state_db *d, int code, const char *doing)
{
    const char *why = d && d->handle ? sqlite3_errmsg(d->handle) : sqlite3_errstr(code);
    switch (code & 0xff) {
    case SQLITE_FULL:
        return cx_fail(c, CX_FULL, "the disk of the state folder is full (%s)", doing);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return cx_fail(c, CX_UNAVAILABLE, "the state folder is busy: %s (%s)", why, doing);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        (void)cx_fail(c, CX_CORRUPT, "the state database is damaged: %s (%s)", why, doing);
        return cx_hint(c, "move state.db away to begin with a new one; catalogs are not affected");
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return cx_fail(c, CX_DENIED, "the state database cannot be written: %s (%s)", why, doing);
    case SQLITE_IOERR: return cx_fail(c, CX_IO, "the state database failed: %s (%s)", why, doing);
    default: return cx_fail(c, CX_INTERNAL, "the state database said: %s (%s)", why, doing);
    }
}

cx_code state_db_script(cx *c, state_db *d, const char *sql)
{
    const int code = sqlite3_exec(d->handle, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? CX_OK : fail(c, d, code, "setting up");
}

cx_code state_db_open(cx *c, const char *path, bool against_power_loss, state_db **out)
{
    /* SQLite would make the file readable for all; its -wal and -shm copy the mode of the file */
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return cx_fail_errno(c, errno, "the state database %s cannot be opened", path);
    close(fd);
    AUTO(state_db) d = cx_calloc(1, sizeof *d);
    pthread_mutex_init(&d->lock, NULL);
    const int code =
        sqlite3_open_v2(path, &d->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK)
        return fail(c, d, code, "opening");
    sqlite3_extended_result_codes(d->handle, 1);
    sqlite3_busy_timeout(d->handle, BUSY_MS);
    TRY(state_db_script(
        c, d, "PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"));
    TRY(state_db_script(
        c, d, against_power_loss ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL"));
    *out = STEAL(d);
    return CX_OK;
}

void state_db_free(state_db *d)
{
    if (!d)
        return;
    for (size_t i = 0; i < d->kept_count; i++)
        sqlite3_finalize(d->kept[i].statement);
    sqlite3_close(d->handle);
    pthread_mutex_destroy(&d->lock);
    free(d);
}

static cx_code prepared(cx *c, state_db *d, const char *sql, sqlite3_stmt **out)
{
    for (size_t i = 0; i < d->kept_count; i++)
        if (d->kept[i].sql == sql) {
            *out = d->kept[i].statement;
            return CX_OK;
        }
    if (d->kept_count == STATEMENTS_KEPT)
        return cx_fail(c, CX_INTERNAL, "more statements than state/ keeps");
    sqlite3_stmt *statement = NULL;
    const int code =
        sqlite3_prepare_v3(d->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
    if (code != SQLITE_OK)
        return fail(c, d, code, "preparing");
    d->kept[d->kept_count].sql = sql;
    d->kept[d->kept_count++].statement = statement;
    *out = statement;
    return CX_OK;
}

static void bind(sqlite3_stmt *statement, const char *kinds, va_list ap)
{
    for (int i = 1; *kinds; kinds++, i++) {
        if (*kinds == 'i') {
            sqlite3_bind_int64(statement, i, va_arg(ap, int64_t));
        } else if (*kinds == 't') {
            const char *text = va_arg(ap, const char *);
            if (text)
                sqlite3_bind_text(statement, i, text, -1, SQLITE_TRANSIENT);
        } else {
            const json *j = va_arg(ap, const json *);
            if (j)
                sqlite3_bind_text(statement, i, json_text(j), -1, free);
        }
    }
}

/* Under lock. */
static cx_code steps(cx *c, state_db *d, sqlite3_stmt *statement, state_db_each each, void *self)
{
    state_db_row row = {c, statement};
    cx_code rc = CX_OK;
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW && rc == CX_OK)
        rc = each ? each(self, &row) : CX_OK;
    if (rc == CX_OK && code != SQLITE_DONE)
        rc = fail(c, d, code, "writing");
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return rc;
}

static cx_code run(cx *c, state_db *d, int64_t *out_changes, state_db_each each, void *self,
                   const char *sql, const char *kinds, va_list ap)
{
    sqlite3_stmt *statement = NULL;
    pthread_mutex_lock(&d->lock);
    cx_code rc = prepared(c, d, sql, &statement);
    if (rc == CX_OK) {
        bind(statement, kinds, ap);
        rc = steps(c, d, statement, each, self);
        if (rc == CX_OK && out_changes)
            *out_changes = sqlite3_changes64(d->handle);
    }
    pthread_mutex_unlock(&d->lock);
    return rc;
}

cx_code state_db_run(cx *c, state_db *d, int64_t *out_changes, const char *sql, const char *kinds,
                     ...)
{
    va_list ap;
    va_start(ap, kinds);
    const cx_code rc = run(c, d, out_changes, NULL, NULL, sql, kinds, ap);
    va_end(ap);
    return rc;
}

cx_code state_db_query(cx *c, state_db *d, state_db_each each, void *self, const char *sql,
                       const char *kinds, ...)
{
    va_list ap;
    va_start(ap, kinds);
    const cx_code rc = run(c, d, NULL, each, self, sql, kinds, ap);
    va_end(ap);
    return rc;
}

const char *state_db_text(state_db_row *row, int column)
{
    return cx_dup(row->c, (const char *)sqlite3_column_text(row->statement, column));
}

int64_t state_db_int(state_db_row *row, int column)
{
    return sqlite3_column_int64(row->statement, column);
}

cx_code state_db_json(state_db_row *row, int column, json **out)
{
    const char *text = (const char *)sqlite3_column_text(row->statement, column);
    if (!text)
        return CX_OK;
    const size_t length = (size_t)sqlite3_column_bytes(row->statement, column);
    if (json_parse(row->c, text, length, "a document in the state database", out) != CX_OK)
        return row->c->error.code = CX_CORRUPT;
    return CX_OK;
}
