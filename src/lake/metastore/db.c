/* SQLite connections for many threads.
 *
 * A thread takes a connection for the time of one call and gives it back. Each connection keeps its
 * prepared statements, found again by the address of their text: preparing costs more than running
 * them. Two kinds of connection are kept, since `synchronous` belongs to the connection: FULL,
 * where a commit is on the disk when it returns, and NORMAL for history and for ends of pending
 * work, which a power cut may take back without harm (a mere kill of the process loses neither). */
#include "lake/metastore/meta_int.h"

#include <inttypes.h>

cx_code db_fail(cx *c, sqlite3 *sql, const char *doing)
{
    const int rc = sql ? sqlite3_errcode(sql) : SQLITE_NOMEM;
    const char *why = sql ? sqlite3_errmsg(sql) : "out of memory";
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        (void)cx_fail(c, CX_UNAVAILABLE, "the metastore is kept locked by another process (%s)",
                      doing);
        return cx_hint(c, "end the other process that uses this workspace folder, or try again");
    case SQLITE_FULL: return cx_fail(c, CX_FULL, "the disk is full (%s the metastore)", doing);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return cx_fail(c, CX_CORRUPT, "the metastore is damaged: %s", why);
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_IOERR: return cx_fail(c, CX_IO, "%s the metastore: %s", doing, why);
    case SQLITE_INTERRUPT: return cx_fail(c, CX_CANCELLED, "the operation was cancelled");
    default: return cx_fail(c, CX_INTERNAL, "%s the metastore: %s", doing, why);
    }
}

static void close_one(db *d)
{
    for (size_t i = 0; i < d->statement_count; i++)
        sqlite3_finalize(d->statements[i].stmt);
    sqlite3_close(d->sql);
    free(d);
}

static cx_code exec(cx *c, db *d, const char *text, const char *doing)
{
    return sqlite3_exec(d->sql, text, NULL, NULL, NULL) == SQLITE_OK ? CX_OK
                                                                     : db_fail(c, d->sql, doing);
}

static cx_code open_one(cx *c, meta *m, bool relaxed, db **out)
{
    db *d = cx_calloc(1, sizeof *d);
    d->m = m;
    d->relaxed = relaxed;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    cx_code rc = CX_OK;
    if (sqlite3_open_v2(m->path, &d->sql, flags, NULL) != SQLITE_OK)
        rc = db_fail(c, d->sql, "opening");
    if (rc == CX_OK) {
        sqlite3_extended_result_codes(d->sql, 1);
        sqlite3_busy_timeout(d->sql, META_BUSY_MS);
        rc = exec(c, d,
                  relaxed ? "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL"
                          : "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
                  "opening");
    }
    if (rc != CX_OK) {
        close_one(d);
        return rc;
    }
    *out = d;
    return CX_OK;
}

static db *idle_one(meta *m, bool relaxed)
{
    pthread_mutex_lock(&m->pool_lock);
    db *d = m->idle[relaxed];
    if (d)
        m->idle[relaxed] = d->next;
    pthread_mutex_unlock(&m->pool_lock);
    return d;
}

cx_code db_take(cx *c, meta *m, db_mode mode, db **out)
{
    const bool relaxed = mode == DB_RELAXED;
    db *d = idle_one(m, relaxed);
    if (!d)
        TRY(open_one(c, m, relaxed, &d));
    d->mode = mode;
    if (mode != DB_READ) {
        pthread_mutex_lock(&m->write_lock);
        d->in_write = true;
        const cx_code rc = db_run(c, d, "BEGIN IMMEDIATE", "");
        if (rc != CX_OK) {
            db_free(d);
            return rc;
        }
    }
    *out = d;
    return CX_OK;
}

cx_code db_commit(cx *c, db *d)
{
    return db_run(c, d, "COMMIT", "");
}

void db_free(db *d)
{
    if (!d)
        return;
    for (size_t i = 0; i < d->statement_count; i++)
        sqlite3_reset(d->statements[i].stmt);
    if (!sqlite3_get_autocommit(d->sql))
        sqlite3_exec(d->sql, "ROLLBACK", NULL, NULL, NULL);
    meta *m = d->m;
    if (d->in_write) {
        d->in_write = false;
        pthread_mutex_unlock(&m->write_lock);
    }
    pthread_mutex_lock(&m->pool_lock);
    d->next = m->idle[d->relaxed];
    m->idle[d->relaxed] = d;
    pthread_mutex_unlock(&m->pool_lock);
}

void db_close_all(meta *m)
{
    for (int i = 0; i < 2; i++)
        while (m->idle[i]) {
            db *d = m->idle[i];
            m->idle[i] = d->next;
            close_one(d);
        }
}

/* ---- statements --------------------------------------------------------- */

static sqlite3_stmt *find_statement(db *d, const char *text)
{
    for (size_t i = 0; i < d->statement_count; i++)
        if (d->statements[i].text == text)
            return d->statements[i].stmt;
    for (size_t i = 0; i < d->statement_count; i++)
        if (strcmp(d->statements[i].text, text) == 0)
            return d->statements[i].stmt;
    return NULL;
}

static cx_code prepare(cx *c, db *d, const char *text, sqlite3_stmt **out)
{
    sqlite3_stmt *s = find_statement(d, text);
    if (s) {
        sqlite3_reset(s);
        *out = s;
        return CX_OK;
    }
    if (d->statement_count == DB_STATEMENTS)
        return cx_fail(c, CX_INTERNAL, "more than %d different metastore statements",
                       DB_STATEMENTS);
    if (sqlite3_prepare_v3(d->sql, text, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL) != SQLITE_OK)
        return db_fail(c, d->sql, "reading");
    d->statements[d->statement_count].text = text;
    d->statements[d->statement_count++].stmt = s;
    *out = s;
    return CX_OK;
}

static cx_code bind(cx *c, db *d, sqlite3_stmt **out, const char *sql, const char *types,
                    va_list ap)
{
    sqlite3_stmt *s = NULL;
    TRY(prepare(c, d, sql, &s));
    for (int i = 0; types[i]; i++) {
        int rc;
        if (types[i] == 'i') {
            rc = sqlite3_bind_int64(s, i + 1, va_arg(ap, int64_t));
        } else {
            const char *text = va_arg(ap, const char *);
            rc = text ? sqlite3_bind_text(s, i + 1, text, -1, SQLITE_STATIC)
                      : sqlite3_bind_null(s, i + 1);
        }
        if (rc != SQLITE_OK)
            return db_fail(c, d->sql, "asking");
    }
    *out = s;
    return CX_OK;
}

cx_code db_query(cx *c, db *d, sqlite3_stmt **out, const char *sql, const char *types, ...)
{
    va_list ap;
    va_start(ap, types);
    const cx_code rc = bind(c, d, out, sql, types, ap);
    va_end(ap);
    return rc;
}

cx_code db_step(cx *c, db *d, sqlite3_stmt *s, bool *out_row)
{
    const int rc = sqlite3_step(s);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return db_fail(c, d->sql, d->in_write ? "writing" : "reading");
    *out_row = rc == SQLITE_ROW;
    return CX_OK;
}

cx_code db_run(cx *c, db *d, const char *sql, const char *types, ...)
{
    DB_STMT s = NULL;
    va_list ap;
    va_start(ap, types);
    const cx_code rc = bind(c, d, &s, sql, types, ap);
    va_end(ap);
    TRY(rc);
    bool row;
    return db_step(c, d, s, &row);
}

cx_code db_int(cx *c, db *d, int64_t *out, const char *sql, const char *types, ...)
{
    DB_STMT s = NULL;
    va_list ap;
    va_start(ap, types);
    const cx_code rc = bind(c, d, &s, sql, types, ap);
    va_end(ap);
    TRY(rc);
    bool row;
    TRY(db_step(c, d, s, &row));
    if (row)
        *out = sqlite3_column_int64(s, 0);
    return CX_OK;
}

char *db_text(cx *c, sqlite3_stmt *s, int column)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    return text ? cx_dupn(c, text, (size_t)sqlite3_column_bytes(s, column)) : NULL;
}
