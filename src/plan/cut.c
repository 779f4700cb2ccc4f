/* One consistent cut: for each table the newest version that was committed at or before one moment.
 *
 * The moment T0 is the workspace's own clock. The histories are read after it, about fifty tables
 * to a statement: DESCRIBE HISTORY may stand in FROM, and UNION ALL joins them. A workspace that
 * does not parse that is asked table by table. A batch that fails because of one table is split in
 * halves until that table is alone, so that one bad table costs a few statements and not the cut.
 *
 * Newer versions than T0 are skipped. If all of the rows that were asked for are newer (a table
 * with many commits a second), that table is asked again, alone and deeper. */
#include "base/pool.h"
#include "base/when.h"
#include "plan/plan.h"
#include "sql/quote.h"

#include <pthread.h>

enum { BATCH = 50, SHALLOW_LIMIT = 5, DEEP_LIMIT = 1000, READERS = 8 };

typedef struct {
    workspace *w;
    const char *catalog;
    cut_entry *entries;
    size_t n;
    int64_t t0_us;
    arena *arena; /* owned by the caller; guarded by lock: texts of problems */
    pthread_mutex_t lock;
    atomic_bool one_by_one; /* the workspace does not take histories in FROM */
} cutting;

static void add_name(buf *b, const cutting *k, size_t i)
{
    sql_add_name3(b, k->catalog, k->entries[i].table->schema, k->entries[i].table->name);
}

static char *batch_text(cx *c, const cutting *k, size_t from, size_t to, int limit)
{
    buf b = BUF(BUF_ANY);
    for (size_t i = from; i < to; i++) {
        buf_addf(&b, "%sSELECT %zu AS i, version, timestamp FROM (DESCRIBE HISTORY ",
                 i > from ? " UNION ALL " : "", i);
        add_name(&b, k, i);
        buf_addf(&b, " LIMIT %d)", limit);
    }
    char *text = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    return text;
}

static char *single_text(cx *c, const cutting *k, size_t i, int limit)
{
    buf b = BUF(BUF_ANY);
    buf_adds(&b, "DESCRIBE HISTORY ");
    add_name(&b, k, i);
    buf_addf(&b, " LIMIT %d", limit);
    char *text = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    return text;
}

/* The best version so far wins; entries of one batch are touched by one thread only. */
static void take_row(cutting *k, size_t i, int64_t version, const char *timestamp)
{
    int64_t us;
    if (i >= k->n || version < 0 || !timestamp || !when_parse_us(timestamp, &us) || us > k->t0_us)
        return;
    if (version > k->entries[i].version)
        k->entries[i].version = version;
}

static void take_batch(cutting *k, const sql_result *r)
{
    for (size_t row = 0; row < sql_rows(r); row++)
        take_row(k, (size_t)sql_int(r, row, "i", -1), sql_int(r, row, "version", -1),
                 sql_value_by(r, row, "timestamp"));
}

static cx_code ask_single(cx *c, cutting *k, size_t i, int limit)
{
    AUTO(sql_result) r = NULL;
    TRY(workspace_sql(c, k->w, single_text(c, k, i, limit), &r));
    for (size_t row = 0; row < sql_rows(r); row++)
        take_row(k, i, sql_int(r, row, "version", -1), sql_value_by(r, row, "timestamp"));
    return CX_OK;
}

static void note_problem(cx *c, cutting *k, size_t i)
{
    pthread_mutex_lock(&k->lock);
    k->entries[i].problem = arena_dup(k->arena, c->error.message);
    pthread_mutex_unlock(&k->lock);
    cx_forgive(c);
}

/* Errors that stay when the table is asked alone belong to the table; those of the connection do
 * not. */
static bool of_the_table(cx_code rc)
{
    return rc != CX_OK && rc != CX_CANCELLED && rc != CX_TIMEOUT && rc != CX_UNAVAILABLE &&
           rc != CX_UNAUTHENTICATED && rc != CX_LIMITED;
}

static cx_code ask_one_by_one(cx *c, cutting *k, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        cx_code rc = ask_single(c, k, i, SHALLOW_LIMIT);
        if (rc == CX_OK && k->entries[i].version < 0)
            rc = ask_single(c, k, i, DEEP_LIMIT);
        if (of_the_table(rc))
            note_problem(c, k, i);
        else
            TRY(rc);
    }
    return CX_OK;
}

static bool not_understood(const cx *c, cx_code rc)
{
    const char *condition = c->error.condition;
    return rc == CX_UNSUPPORTED || (condition && strstr(condition, "PARSE_SYNTAX_ERROR"));
}

static cx_code ask_range(cx *c, cutting *k, size_t from, size_t to)
{
    if (to - from == 1 || atomic_load(&k->one_by_one))
        return ask_one_by_one(c, k, from, to);
    AUTO(sql_result) r = NULL;
    const cx_code rc = workspace_sql(c, k->w, batch_text(c, k, from, to, SHALLOW_LIMIT), &r);
    if (rc == CX_OK) {
        take_batch(k, r);
        for (size_t i = from; i < to; i++)
            if (k->entries[i].version < 0)
                TRY(ask_one_by_one(c, k, i, i + 1));
        return CX_OK;
    }
    if (!of_the_table(rc))
        return rc;
    if (not_understood(c, rc))
        atomic_store(&k->one_by_one, true);
    cx_forgive(c);
    const size_t middle = from + (to - from) / 2;
    TRY(ask_range(c, k, from, middle));
    return ask_range(c, k, middle, to);
}

static cx_code ask_batch(cx *c, void *self, size_t number)
{
    cutting *k = self;
    const size_t from = number * BATCH;
    return ask_range(c, k, from, from + BATCH < k->n ? from + BATCH : k->n);
}

static cx_code ask_time(cx *c, workspace *w, const char **out_text, int64_t *out_us)
{
    AUTO(sql_result) r = NULL;
    TRY(workspace_sql(c, w, "SELECT current_timestamp() AS t0", &r));
    const char *text = sql_rows(r) == 1 ? sql_value_by(r, 0, "t0") : NULL;
    if (!text || !when_parse_us(text, out_us))
        return cx_fail(c, CX_UNAVAILABLE, "the workspace did not tell its time");
    *out_text = cx_dup(c, text);
    return CX_OK;
}

cx_code plan_cut(cx *c, workspace *w, const char *catalog, cut_entry *entries, size_t n,
                 const char **out_t0)
{
    cutting k = {.w = w, .catalog = catalog, .entries = entries, .n = n, .arena = c->arena};
    const char *t0;
    TRY(ask_time(c, w, &t0, &k.t0_us));
    for (size_t i = 0; i < n; i++)
        entries[i].version = -1;
    pthread_mutex_init(&k.lock, NULL);
    const cx_code rc = pool_run(c, (n + BATCH - 1) / BATCH, READERS, true, ask_batch, &k);
    pthread_mutex_destroy(&k.lock);
    TRY(rc);
    *out_t0 = t0;
    return CX_OK;
}
