/* Each system call of each statement fails: of the engine, of SQLite and of DuckDB, whichever comes
 * to a file of the workspace. Once, or for ever (a full disk), or the process dies there.
 * Afterwards the workspace is opened again: each table has the rows of before or of after, of after
 * when the statement said so, and no file is there that nobody knows of.
 *
 * All points are some thousands, and each needs a process of its own. Without CLXS_CHECK_FULL=1
 * they are tried in an order that a fixed seed shuffles (CLXS_SEED: another), for CLXS_FAULT_MS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fs.h"
#include "delta/delta.h"
#include "fault/syscalls.h"
#include "lake/engine/engine.h"

#include <sys/mman.h>
#include <sys/wait.h>

#define T_TABLE "(a INT, b STRING)"
static const char *const first_statements[] = {
    "CREATE TABLE t " T_TABLE,
    "INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, 'z')",
    "INSERT INTO t VALUES (4, 'w')",
    "CREATE TABLE v " T_TABLE " TBLPROPERTIES ('delta.enableDeletionVectors' = 'true', "
    "'delta.enableChangeDataFeed' = 'true')",
    "INSERT INTO v VALUES (1, 'x'), (2, 'y'), (3, 'z')",
};
static const char *const statements[] = {
    "CREATE TABLE n (a INT, b STRING)",
    "CREATE TABLE n AS SELECT a + 1 AS a, b FROM t",
    "CREATE TABLE n PARTITIONED BY (b) AS SELECT * FROM t",
    "CREATE OR REPLACE TABLE t AS SELECT 7 AS a",
    "INSERT INTO t VALUES (9, 'q')",
    "INSERT OVERWRITE t VALUES (8, 'p')",
    "DELETE FROM t WHERE a = 1",
    "DELETE FROM v WHERE a = 1",
    "UPDATE t SET b = 'u' WHERE a > 2",
    "UPDATE v SET b = 'u' WHERE a > 2",
    "MERGE INTO t USING v ON t.a = v.a WHEN MATCHED THEN UPDATE SET b = 'm' WHEN NOT MATCHED THEN "
    "INSERT (a, b) VALUES (v.a, v.b)",
    "CREATE TABLE n DEEP CLONE v",
    "CREATE TABLE n SHALLOW CLONE t",
    "CREATE OR REPLACE TABLE v CLONE t",
    "ALTER TABLE t ADD COLUMN c BIGINT",
    "ALTER TABLE t SET TBLPROPERTIES ('k' = '1')",
    "RESTORE TABLE t TO VERSION AS OF 1",
    "OPTIMIZE t",
    "DROP TABLE v",
};
static const char *const tables[] = {"t", "v", "n"};
enum { STATE_MOST = 8192 };

/* What a child process tells. */
typedef struct {
    cx_code rc;
    bool fired, unsupported;
    int counts[CALL_CLASSES];
    char state[STATE_MOST], words[STATE_MOST];
} report;

static char root[128], pristine[160], lake[160];
static report *told; /* shared with the children */

/* ---- in a child ------------------------------------------------------------------------ */

typedef struct {
    cx c;
    meta *m;
    engine *e;
    buf *out; /* where the rows go; NULL = nowhere */
    size_t columns;
} place;

static cx_code take_columns(cx *c, void *self, const engine_column *columns, size_t n)
{
    place *p = self;
    (void)c;
    p->columns = n;
    for (size_t i = 0; p->out && i < n; i++)
        buf_addf(p->out, "%s %s|", columns[i].name, columns[i].type_text);
    return CX_OK;
}

static cx_code take_row(cx *c, void *self, const char *const *values, const size_t *lengths)
{
    place *p = self;
    (void)c, (void)lengths;
    for (size_t i = 0; p->out && i < p->columns; i++)
        buf_addf(p->out, "%c%s", i ? '|' : '\n', values[i] ? values[i] : "NULL");
    return CX_OK;
}

static cx_code say(place *p, const char *text)
{
    const engine_sink sink = {take_columns, take_row, p};
    const engine_statement s = {.text = text, .principal = meta_owner(p->m)};
    return engine_run(&p->c, p->e, &s, &sink);
}

static void give_up(const cx *c, const char *what)
{
    snprintf(told->words, sizeof told->words, "%s: %s", what, c->error.message);
    _exit(3);
}

static void place_open(place *p)
{
    cx_init(&p->c);
    if (meta_open(&p->c, lake, &p->m) != CX_OK || engine_new(&p->c, p->m, lake, &p->e) != CX_OK ||
        engine_recover(&p->c, p->e) != CX_OK)
        give_up(&p->c, "the workspace does not open");
}

static void place_close(place *p)
{
    engine_free(p->e);
    meta_free(p->m);
    cx_clear(&p->c);
}

static void look_at_tables(place *p, buf *out)
{
    p->out = out;
    for (size_t i = 0; i < CX_COUNT(tables); i++) {
        buf_addf(out, "%s: ", tables[i]);
        if (say(p, cx_fmt(&p->c, "SELECT * FROM %s ORDER BY ALL", tables[i])) == CX_OK &&
            say(p, cx_fmt(&p->c, "SHOW TBLPROPERTIES %s", tables[i])) == CX_OK)
            buf_addc(out, '\n');
        else if (text_same_nocase(p->c.error.condition, "TABLE_OR_VIEW_NOT_FOUND"))
            buf_adds(out, "is not there\n");
        else
            give_up(&p->c, tables[i]);
    }
    p->out = NULL;
}

typedef struct {
    json *named;
    const char *folder, *stray;
} stray_job;

/* The temporaries of a log are vacuum's business. */
static cx_code look_for_stray(cx *c, void *self, const char *relative, int64_t size,
                              int64_t mtime_ms)
{
    stray_job *job = self;
    (void)size, (void)mtime_ms;
    const char *path = fs_join(c, job->folder, relative);
    const char *log = strstr(path, "/_delta_log/");
    const char *table = log ? cx_dupn(c, path, (size_t)(log - path)) : "";
    if (!json_object_get(job->named, log ? table : path))
        job->stray = cx_dup(c, path);
    return CX_OK;
}

static void look_for_strays(place *p)
{
    AUTO(json) named = json_object();
    stray_job job = {named, fs_join(&p->c, lake, "tables"), NULL};
    for (size_t i = 0; i < CX_COUNT(tables); i++) {
        meta_object o = {0};
        delta_table *t = NULL;
        if (meta_load(&p->c, p->m, META_TABLE, (meta_name){"main", "default", tables[i]}, &o) !=
            CX_OK)
            continue;
        if (delta_open(&p->c, o.location, NULL, &t) != CX_OK ||
            delta_names(&p->c, t, named) != CX_OK)
            give_up(&p->c, "a log cannot be read");
        json_object_set_new(named, o.location, json_true());
        delta_table_free(t);
        meta_object_clear(&o);
    }
    if (fs_walk(&p->c, job.folder, look_for_stray, &job) != CX_OK)
        give_up(&p->c, "the folder cannot be read");
    if (job.stray) {
        snprintf(told->words, sizeof told->words, "nobody knows of %s", job.stray);
        _exit(4);
    }
}

static void child_looks(const void *unused)
{
    (void)unused;
    place p = {0};
    AUTO_CLEAR(buf) out = BUF(STATE_MOST);
    place_open(&p);
    look_at_tables(&p, &out);
    look_for_strays(&p);
    snprintf(told->state, sizeof told->state, "%s", buf_text(&out));
    place_close(&p);
}

static void child_makes(const void *unused)
{
    (void)unused;
    place p = {0};
    place_open(&p);
    for (size_t i = 0; i < CX_COUNT(first_statements); i++)
        if (say(&p, first_statements[i]) != CX_OK)
            give_up(&p.c, first_statements[i]);
    place_close(&p);
}

typedef struct {
    const char *statement;
    call_class what;
    fail_how how;
    int at;
} trial;

static void child_runs(const void *self)
{
    const trial *t = self;
    place p = {0};
    place_open(&p);
    syscalls_watch(lake);
    memset(sys_.counts, 0, sizeof sys_.counts);
    syscalls_fail(t->what, t->at, t->how, t->what == CALL_WRITE ? ENOSPC : EIO);
    told->rc = say(&p, t->statement);
    memcpy(told->counts, sys_.counts, sizeof told->counts);
    told->fired = syscalls_mend();
    told->unsupported = told->rc == CX_UNSUPPORTED;
    if (told->rc != CX_OK)
        snprintf(told->words, sizeof told->words, "%s", p.c.error.message);
    place_close(&p);
}

/* The statement, and then no power. SQLite looks after its own files; the tables are looked at. */
static void child_loses_power(const void *self)
{
    place p = {0};
    place_open(&p);
    syscalls_watch(cx_fmt(&p.c, "%s/tables", lake));
    syscalls_track(true);
    told->rc = say(&p, self);
    told->unsupported = told->rc == CX_UNSUPPORTED;
    (void)syscalls_power_cut();
    if (told->rc != CX_OK)
        give_up(&p.c, self);
    place_close(&p);
}

/* ---- around it --------------------------------------------------------------------------- */

static int in_child(void (*work)(const void *), const void *self)
{
    int status;
    *told = (report){0};
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        work(self);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static cx_code copy_one(cx *c, void *self, const char *relative, int64_t size, int64_t mtime_ms)
{
    const char *to = fs_join(c, lake, relative);
    int64_t bytes;
    (void)size, (void)mtime_ms;
    TRY(fs_mkdirs(c, cx_dupn(c, to, (size_t)(strrchr(to, '/') - to))));
    return fs_copy(c, fs_join(c, self, relative), to, &bytes);
}

/* Paths in the metastore are absolute: the workspace is always at the same place. */
static void begin_again(void)
{
    cx c;
    cx_init(&c);
    assert_int_equal(fs_remove_tree(&c, lake), CX_OK);
    if (fs_walk(&c, pristine, copy_one, pristine) != CX_OK)
        fail_msg("%s", c.error.message);
    cx_clear(&c);
}

static void look(const char *what, char out[STATE_MOST])
{
    const int rc = in_child(child_looks, NULL);
    if (rc != 0)
        fail_msg("%s: looking ends with %d: %s", what, rc, told->words);
    snprintf(out, STATE_MOST, "%s", told->state);
}

typedef struct {
    trial t;
    const char *before, *after; /* owned by the statement's entry */
} point;

/* Empty when all is well. */
static char complaint[3 * STATE_MOST + 1024];
#define COMPLAIN(...) (void)snprintf(complaint, sizeof complaint, __VA_ARGS__)

static void try_point(const point *pt)
{
    const trial *t = &pt->t;
    begin_again();
    int rc = in_child(child_runs, t);
    const bool died = rc == SYS_EXIT, done = rc == 0 && told->rc == CX_OK;
    if (rc != 0 && !died)
        COMPLAIN("ends with %d: %s", rc, told->words);
    else if (!died && !done && !told->fired)
        COMPLAIN("fails by itself: %s", told->words);
    else if ((rc = in_child(child_looks, NULL)) != 0)
        COMPLAIN("looking ends with %d: %s", rc, told->words);
    else if (strcmp(told->state, pt->before) && strcmp(told->state, pt->after))
        COMPLAIN("the workspace is damaged:\n%s\nbefore:\n%s\nafter:\n%s", told->state, pt->before,
                 pt->after);
    else if (done && strcmp(told->state, pt->after))
        COMPLAIN("it said that it was done, and is not:\n%s", told->state);
}

static int try_one(const point *pt)
{
    static const char *const hows[] = {"fails once", "and all after fail", "kills"};
    *complaint = '\0';
    try_point(pt);
    if (*complaint)
        print_error("%s, %s %d %s: %s\n", pt->t.statement, call_names[pt->t.what], pt->t.at,
                    hows[pt->t.how], complaint);
    return *complaint != '\0';
}

/* All points of one statement, from a run without a fault. */
static void add_points(cx *c, const char *statement, const char *before, point **points, size_t *n)
{
    static const fail_how hows[] = {FAIL_ONCE, FAIL_ON, DIE};
    int counts[CALL_CLASSES];
    const trial plain = {.statement = statement, .what = CALL_CLASSES};
    begin_again();
    const int rc = in_child(child_runs, &plain);
    if (rc != 0 || (told->rc != CX_OK && !told->unsupported))
        fail_msg("%s: %s", statement, told->words);
    if (told->unsupported) {
        print_message("not swept, since it is not supported: %s\n", statement);
        return;
    }
    memcpy(counts, told->counts, sizeof counts);
    char *after = cx_alloc(c, STATE_MOST);
    look(statement, after);
    for (int what = 0; what < CALL_CLASSES; what++)
        for (int at = 1; at <= counts[what]; at++)
            for (size_t h = 0; h < CX_COUNT(hows); h++) {
                *points = cx_realloc(*points, (*n + 1) * sizeof **points);
                (*points)[(*n)++] =
                    (point){{statement, (call_class)what, hows[h], at}, before, after};
            }
}

static void shuffle(point *points, size_t n)
{
    const char *given = getenv("CLXS_SEED");
    uint64_t s = (given ? strtoull(given, NULL, 10) : 1) * 0x9E3779B97F4A7C15u + 1;
    for (size_t i = n; i > 1; i--) {
        s ^= s << 13, s ^= s >> 7, s ^= s << 17;
        const size_t k = s % i;
        const point kept = points[i - 1];
        points[i - 1] = points[k];
        points[k] = kept;
    }
}

static int64_t budget_us(void)
{
    const char *ms = getenv("CLXS_FAULT_MS"), *full = getenv("CLXS_CHECK_FULL");
    return 1000 * (ms ? strtoll(ms, NULL, 10) : full && *full ? 1500000 : 15000);
}

static void a_statement_is_done_or_not_whichever_call_fails(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    point *points = NULL;
    size_t n = 0, i = 0;
    int damaged = 0;
    char *before = cx_alloc(&c, STATE_MOST);
    begin_again();
    look("the first look", before);
    for (size_t k = 0; k < CX_COUNT(statements); k++)
        add_points(&c, statements[k], before, &points, &n);
    shuffle(points, n);
    for (const int64_t stop = cx_ticks_us(&c) + budget_us(); i < n && cx_ticks_us(&c) < stop; i++)
        damaged += try_one(&points[i]);
    print_message("%zu of %zu faults\n", i, n);
    assert_int_equal(damaged, 0);
    free(points);
    cx_clear(&c);
}

static void what_a_statement_said_is_done_survives_a_power_cut(void **state)
{
    (void)state;
    for (size_t k = 0; k < CX_COUNT(statements); k++) {
        char after[STATE_MOST], state_then[STATE_MOST];
        const trial plain = {.statement = statements[k], .what = CALL_CLASSES};
        begin_again();
        if (in_child(child_runs, &plain) != 0 || told->rc != CX_OK)
            fail_msg("%s: %s", statements[k], told->words);
        look(statements[k], after);
        begin_again();
        const int rc = in_child(child_loses_power, statements[k]);
        if (rc != 0)
            fail_msg("%s: ends with %d: %s", statements[k], rc, told->words);
        look(statements[k], state_then);
        if (strcmp(state_then, after))
            fail_msg("%s: after the power cut:\n%s\ninstead of:\n%s", statements[k], state_then,
                     after);
    }
}

static int setup(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    snprintf(root, sizeof root, "%s/clxs-fault-XXXXXX",
             fs_is_dir("/dev/shm") ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(root));
    snprintf(lake, sizeof lake, "%s/lake", root);
    snprintf(pristine, sizeof pristine, "%s/pristine", root);
    told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(told != MAP_FAILED);
    if (in_child(child_makes, NULL) != 0)
        fail_msg("%s", told->words);
    assert_int_equal(rename(lake, pristine), 0);
    cx_clear(&c);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    assert_int_equal(fs_remove_tree(&c, root), CX_OK);
    cx_clear(&c);
    munmap(told, sizeof *told);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_statement_said_is_done_survives_a_power_cut),
        cmocka_unit_test(a_statement_is_done_or_not_whichever_call_fails),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
