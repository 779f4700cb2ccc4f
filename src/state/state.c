/* The state folder: opening, the schema, sessions and settings.
 *
 * One database, state.db, in WAL mode. Several processes may have it open: the command line, a
 * server, a resumed run. The schema's number is the database's user_version; migrations run in
 * order, in one transaction, under a file lock, so that two processes that start at once do not
 * race. A database that a newer clxs wrote is refused. */
#include "state/state_int.h"

#include "base/fs.h"

#include <unistd.h>

enum { OPEN_WAIT_MS = 30000 };

static const char *const migrations[] = {
    "CREATE TABLE job(id TEXT PRIMARY KEY NOT NULL, op TEXT NOT NULL, status TEXT NOT NULL,"
    " owner TEXT NOT NULL, workspace TEXT NOT NULL, args TEXT, progress TEXT, result TEXT, error TEXT,"
    " created_ms INTEGER NOT NULL, started_ms INTEGER NOT NULL DEFAULT 0,"
    " ended_ms INTEGER NOT NULL DEFAULT 0, pid INTEGER NOT NULL DEFAULT 0, mark TEXT NOT NULL DEFAULT '',"
    " cancel_wanted INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX job_status ON job(status);"
    "CREATE TABLE event(job TEXT NOT NULL, seq INTEGER NOT NULL, time_ms INTEGER NOT NULL,"
    " kind TEXT NOT NULL, level TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY(job, seq)) WITHOUT ROWID;"
    "CREATE TABLE run(id TEXT PRIMARY KEY NOT NULL, job TEXT, workspace TEXT NOT NULL,"
    " status TEXT NOT NULL, plan TEXT, started_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL DEFAULT 0,"
    " pid INTEGER NOT NULL, mark TEXT NOT NULL);"
    "CREATE INDEX run_status ON run(status);"
    "CREATE TABLE step(run TEXT NOT NULL, step INTEGER NOT NULL, status TEXT NOT NULL, detail TEXT,"
    " time_ms INTEGER NOT NULL, PRIMARY KEY(run, step)) WITHOUT ROWID;"
    "CREATE TABLE session(hash TEXT PRIMARY KEY NOT NULL, body TEXT, expires_ms INTEGER NOT NULL);"
    "CREATE TABLE setting(key TEXT PRIMARY KEY NOT NULL, value TEXT);",
};

static cx_code take_version(void *self, state_db_row *row)
{
    *(int64_t *)self = state_db_int(row, 0);
    return CX_OK;
}

static cx_code migrate(cx *c, state_db *d)
{
    int64_t version = 0;
    const int64_t newest = (int64_t)CX_COUNT(migrations);
    TRY(state_db_query(c, d, take_version, &version, "PRAGMA user_version", ""));
    if (version > newest) {
        (void)cx_fail(c, CX_UNSUPPORTED, "the state folder was written by a newer clxs");
        return cx_hint(c, "upgrade clxs, or use another folder with --state-dir");
    }
    for (; version < newest; version++) {
        TRY(state_db_script(c, d, "BEGIN IMMEDIATE"));
        cx_code rc = state_db_script(c, d, migrations[version]);
        if (rc == CX_OK)
            rc = state_db_script(
                c, d, cx_fmt(c, "PRAGMA user_version=%lld; COMMIT", (long long)version + 1));
        if (rc != CX_OK) {
            sqlite3_exec(d->handle, "ROLLBACK", NULL, NULL, NULL);
            return rc;
        }
    }
    return CX_OK;
}

cx_code state_open(cx *c, const char *folder, state **out)
{
    TRY_IN(c, fs_mkdirs(c, folder), "making the state folder %s", folder);
    AUTO(fs_lock) opening = NULL;
    TRY(fs_lock_take(c, fs_join(c, folder, "state.lock"), OPEN_WAIT_MS, &opening));
    AUTO(state) s = cx_calloc(1, sizeof *s);
    pthread_mutex_init(&s->lock, NULL);
    s->folder = cx_heapdup(folder);
    s->pid = getpid();
    state_process_mark(s->pid, s->mark);
    TRY_IN(c, state_db_open(c, fs_join(c, folder, "state.db"), false, &s->main),
           "opening the state folder %s", folder);
    TRY_IN(c, migrate(c, s->main), "opening the state folder %s", folder);
    *out = STEAL(s);
    return CX_OK;
}

void state_free(state *s)
{
    if (!s)
        return;
    state_db_free(s->safe);
    state_db_free(s->main);
    pthread_mutex_destroy(&s->lock);
    free(s->folder);
    free(s);
}

const char *state_folder(const state *s)
{
    return s->folder;
}

void *state_more(cx *c, void **array, size_t *count, size_t size)
{
    const size_t n = *count;
    if (n == 0 || (n >= 16 && (n & (n - 1)) == 0)) { /* full at 16, 32, 64, … */
        char *bigger = cx_alloc(c, size * (n ? n * 2 : 16));
        if (n)
            memcpy(bigger, *array, size * n);
        *array = bigger;
    }
    *count = n + 1;
    return (char *)*array + size * n;
}

/* ---- settings ------------------------------------------------------------------------ */

typedef struct {
    const char *text;
    json *body;
    int64_t number;
    bool found;
} answer;

static cx_code take_text(void *self, state_db_row *row)
{
    answer *a = self;
    a->found = true;
    a->text = state_db_text(row, 0);
    return CX_OK;
}

cx_code state_setting_get(cx *c, state *s, const char *key, char **out)
{
    answer a = {0};
    TRY(state_db_query(c, s->main, take_text, &a, "SELECT value FROM setting WHERE key = ?1", "t",
                       key));
    if (!a.found || !a.text)
        return cx_fail(c, CX_NOT_FOUND, "there is no setting %s", key);
    *out = (char *)a.text;
    return CX_OK;
}

cx_code state_setting_set(cx *c, state *s, const char *key, const char *value)
{
    if (!value)
        return state_db_run(c, s->main, NULL, "DELETE FROM setting WHERE key = ?1", "t", key);
    return state_db_run(c, s->main, NULL,
                        "INSERT INTO setting(key, value) VALUES(?1, ?2)"
                        " ON CONFLICT(key) DO UPDATE SET value = excluded.value",
                        "tt", key, value);
}

/* ---- sessions ------------------------------------------------------------------------- */

cx_code state_session_add(cx *c, state *s, const char *hash, const json *session,
                          int64_t expires_ms)
{
    TRY(state_db_run(c, s->main, NULL, "DELETE FROM session WHERE expires_ms < ?1", "i",
                     cx_now_ms(c)));
    return state_db_run(
        c, s->main, NULL,
        "INSERT INTO session(hash, body, expires_ms) VALUES(?1, ?2, ?3)"
        " ON CONFLICT(hash) DO UPDATE SET body = excluded.body, expires_ms = excluded.expires_ms",
        "tji", hash, session, expires_ms);
}

static cx_code take_session(void *self, state_db_row *row)
{
    answer *a = self;
    a->found = true;
    a->number = state_db_int(row, 1);
    return state_db_json(row, 0, &a->body);
}

cx_code state_session_find(cx *c, state *s, const char *hash, json **out, int64_t *out_expires_ms)
{
    answer a = {0};
    TRY(state_db_query(c, s->main, take_session, &a,
                       "SELECT body, expires_ms FROM session WHERE hash = ?1 AND expires_ms >= ?2",
                       "ti", hash, cx_now_ms(c)));
    if (!a.found)
        return cx_fail(c, CX_NOT_FOUND, "there is no such session");
    *out = a.body;
    if (out_expires_ms)
        *out_expires_ms = a.number;
    return CX_OK;
}

cx_code state_session_drop(cx *c, state *s, const char *hash)
{
    return state_db_run(c, s->main, NULL, "DELETE FROM session WHERE ?1 IS NULL OR hash = ?1", "t",
                        hash);
}
