/* Opening, connecting and running.
 *
 * DuckDB looks at nobody's cancel flag, but a connection may be interrupted from another thread. So
 * each database has one watcher thread, started with the first statement that can be cancelled or
 * has a deadline; it looks at all running statements every few milliseconds and interrupts those
 * whose time is over. That reaches planning and blocking operators too, where polling a pending
 * query from the running thread would not come back in time. */
#include "duck/functions.h"

#include <errno.h>
#include <time.h>

enum { WATCH_EVERY_MS = 10 };

static bool must_stop(const cx *c)
{
    return cx_cancelled(c) || (c->deadline_us && cx_ticks_us(c) >= c->deadline_us);
}

static void *watch(void *self)
{
    duck_db *d = self;
    pthread_mutex_lock(&d->lock);
    while (!d->stop) {
        if (!d->running) {
            pthread_cond_wait(&d->wake, &d->lock);
            continue;
        }
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += WATCH_EVERY_MS * 1000000L;
        if (until.tv_nsec >= 1000000000L)
            until.tv_sec++, until.tv_nsec -= 1000000000L;
        pthread_cond_timedwait(&d->wake, &d->lock, &until);
        for (duck_watch *w = d->running; w; w = w->next)
            if (must_stop(w->c))
                duckdb_interrupt(w->connection);
    }
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

void duck_watch_begin(duck_conn *conn, const cx *c, duck_watch *w)
{
    duck_db *d = conn->db;
    *w = (duck_watch){.c = c, .connection = conn->connection};
    if (!c->cancel && !c->deadline_us)
        return;
    pthread_mutex_lock(&d->lock);
    if (!d->watching)
        d->watching = pthread_create(&d->watcher, NULL, watch, d) == 0;
    w->next = d->running;
    d->running = w;
    if (!w->next)
        pthread_cond_signal(&d->wake);
    pthread_mutex_unlock(&d->lock);
}

void duck_watch_end(duck_conn *conn, duck_watch *w)
{
    duck_db *d = conn->db;
    if (!w->c->cancel && !w->c->deadline_us)
        return;
    pthread_mutex_lock(&d->lock);
    for (duck_watch **p = &d->running; *p; p = &(*p)->next)
        if (*p == w) {
            *p = w->next;
            break;
        }
    pthread_mutex_unlock(&d->lock);
}

static void set_text(duckdb_config config, const char *name, const char *value)
{
    /* Names are ours and known to the DuckDB we build with; a refusal is a defect seen in tests. */
    if (duckdb_set_config(config, name, value) != DuckDBSuccess)
        fprintf(stderr, "clxs: DuckDB refuses the setting %s\n", name);
}

static void set_all(duckdb_config config, const duck_config *given)
{
    char number[32];
    set_text(config, "autoinstall_known_extensions", "false");
    set_text(config, "autoload_known_extensions", "false");
    set_text(config, "allow_community_extensions", "false");
    if (given && given->threads > 0) {
        snprintf(number, sizeof number, "%d", given->threads);
        set_text(config, "threads", number);
    }
    if (given && given->memory_bytes > 0) {
        snprintf(number, sizeof number, "%lldB", (long long)given->memory_bytes);
        set_text(config, "memory_limit", number);
    }
    set_text(config, "temp_directory", given && given->temp_dir ? given->temp_dir : "");
}

/* Settings that only SQL can set, for every connection to come. */
static const char *const session_defaults[] = {
    "SET GLOBAL TimeZone = 'UTC'",
    "SET GLOBAL default_null_order = 'nulls_first_on_asc_last_on_desc'",
};

cx_code duck_open(cx *c, const duck_config *config, duck_db **out)
{
    TRY(duck_load(c));
    AUTO(duck_db) d = cx_calloc(1, sizeof *d);
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->wake, NULL);
    duckdb_config options = NULL;
    char *message = NULL;
    if (duckdb_create_config(&options) != DuckDBSuccess)
        return cx_fail(c, CX_INTERNAL, "DuckDB gave no configuration");
    set_all(options, config);
    const duckdb_state state = duckdb_open_ext(":memory:", &d->database, options, &message);
    duckdb_destroy_config(&options);
    if (state != DuckDBSuccess) {
        const cx_code rc =
            cx_fail(c, CX_INTERNAL, "DuckDB cannot open: %s", message ? message : "?");
        duckdb_free(message);
        return rc;
    }
    AUTO(duck_conn) conn = NULL;
    TRY(duck_connect(c, d, &conn));
    for (size_t i = 0; i < CX_COUNT(session_defaults); i++)
        TRY(duck_run(c, conn, session_defaults[i], NULL));
    TRY(duck_functions(c, conn));
    *out = STEAL(d);
    return CX_OK;
}

void duck_db_free(duck_db *d)
{
    if (!d)
        return;
    if (d->watching) {
        pthread_mutex_lock(&d->lock);
        d->stop = true;
        pthread_cond_signal(&d->wake);
        pthread_mutex_unlock(&d->lock);
        pthread_join(d->watcher, NULL);
    }
    if (d->database)
        duckdb_close(&d->database);
    pthread_cond_destroy(&d->wake);
    pthread_mutex_destroy(&d->lock);
    free(d);
}

cx_code duck_connect(cx *c, duck_db *d, duck_conn **out)
{
    AUTO(duck_conn) conn = cx_calloc(1, sizeof *conn);
    conn->db = d;
    if (duckdb_connect(d->database, &conn->connection) != DuckDBSuccess)
        return cx_fail(c, CX_INTERNAL, "DuckDB refuses a connection");
    *out = STEAL(conn);
    return CX_OK;
}

void duck_conn_free(duck_conn *d)
{
    if (!d)
        return;
    if (d->connection)
        duckdb_disconnect(&d->connection);
    free(d);
}

void duck_interrupt(duck_conn *d)
{
    duckdb_interrupt(d->connection);
}

/* An interrupted statement fails with DuckDB's word for it; ours says who stopped it. */
static cx_code failed(cx *c, const char *message)
{
    TRY(cx_alive(c));
    return duck_fail(c, message ? message : "DuckDB failed without a message");
}

static void describe(duck_result *r)
{
    r->count = duckdb_column_count(&r->result);
    r->shapes = cx_calloc(r->count + 1, sizeof *r->shapes);
    r->types = cx_calloc(r->count + 1, sizeof *r->types);
    for (size_t i = 0; i < r->count; i++) {
        duckdb_logical_type type = duckdb_column_logical_type(&r->result, i);
        buf text = BUF(BUF_ANY);
        duck_shape_init(&r->shapes[i], type);
        duck_add_type(&text, type);
        r->types[i] = buf_steal(&text);
        duckdb_destroy_logical_type(&type);
    }
}

static cx_code execute(cx *c, duck_conn *d, const char *sql, duck_result *r)
{
    duckdb_pending_result pending = NULL;
    if (duckdb_prepare(d->connection, sql, &r->prepared) != DuckDBSuccess)
        return failed(c, duckdb_prepare_error(r->prepared));
    if (duckdb_pending_prepared_streaming(r->prepared, &pending) != DuckDBSuccess) {
        const cx_code rc = failed(c, duckdb_pending_error(pending));
        duckdb_destroy_pending(&pending);
        return rc;
    }
    const duckdb_state state = duckdb_execute_pending(pending, &r->result);
    r->has_result = true;
    duckdb_destroy_pending(&pending);
    if (state != DuckDBSuccess)
        return failed(c, duckdb_result_error(&r->result));
    describe(r);
    return CX_OK;
}

cx_code duck_run(cx *c, duck_conn *d, const char *sql, duck_result **out)
{
    AUTO(duck_result) r = cx_calloc(1, sizeof *r);
    duck_watch w;
    TRY(cx_alive(c));
    r->conn = d;
    duck_watch_begin(d, c, &w);
    const cx_code rc = execute(c, d, sql, r);
    duck_watch_end(d, &w);
    TRY(rc);
    if (out)
        *out = STEAL(r);
    return CX_OK;
}

void duck_result_free(duck_result *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->count; i++) {
        duck_shape_clear(&r->shapes[i]);
        free(r->types[i]);
    }
    free(r->shapes);
    free(r->types);
    if (r->has_result)
        duckdb_destroy_result(&r->result);
    if (r->prepared)
        duckdb_destroy_prepare(&r->prepared);
    free(r);
}

size_t duck_columns(const duck_result *r)
{
    return r->count;
}
const char *duck_column_name(const duck_result *r, size_t i)
{
    return duckdb_column_name((duckdb_result *)&r->result, i);
}
const char *duck_column_type(const duck_result *r, size_t i)
{
    return r->types[i];
}
int64_t duck_rows_changed(const duck_result *r)
{
    return (int64_t)duckdb_rows_changed((duckdb_result *)&r->result);
}
