/* One process on one table of an embedded workspace, with statements: a writer or a reader;
 * started, killed and judged by test_engine.py.
 *
 *   lake_worker setup LAKE PROPERTIES
 *   lake_worker write LAKE HISTORY WHO COMMITS SEED KINDS
 *   lake_worker read  LAKE HISTORY WHO SEED              until it is ended
 *   lake_worker dump  LAKE                               each version's rows, after recovery
 *
 * The table has accounts, whose sum each transfer keeps, and notes that come and go. Each row has
 * the tag of the statement that wrote it. KINDS are letters: i = INSERT, u = UPDATE (a transfer),
 * m = MERGE (a transfer), d = DELETE (of a note of its own). */
#include "concurrency/history.h"
#include "lake/engine/engine.h"

#include <inttypes.h>

enum { ACCOUNTS = 8, START_VALUE = 1000 };

typedef struct {
    cx c; /* of the whole process */
    meta *m;
    engine *e;
} place;

typedef struct {
    json *rows; /* object: "name@tag" → value */
    int64_t single;
} answer;

static void die(const cx *c, const char *what)
{
    fprintf(stderr, "%s: %s\n", what, c->error.message ? c->error.message : "failed");
    _exit(1);
}

static void place_open(place *p, const char *root)
{
    cx_init(&p->c);
    if (meta_open(&p->c, root, &p->m) != CX_OK || engine_new(&p->c, p->m, root, &p->e) != CX_OK ||
        engine_recover(&p->c, p->e) != CX_OK)
        die(&p->c, "open");
}

static void place_close(place *p)
{
    engine_free(p->e);
    meta_free(p->m);
    cx_clear(&p->c);
}

static cx_code take_columns(cx *c, void *self, const engine_column *columns, size_t n)
{
    (void)c, (void)self, (void)columns, (void)n;
    return CX_OK;
}

static cx_code take_row(cx *c, void *self, const char *const *values, const size_t *lengths)
{
    answer *a = self;
    (void)c, (void)lengths;
    a->single = strtoll(values[0] ? values[0] : "0", NULL, 10);
    if (a->rows) {
        if (json_object_get(a->rows, values[0]))
            json_object_set_new(a->rows, "twice", json_string(values[0]));
        json_object_set_new(a->rows, values[0], json_integer(strtoll(values[1], NULL, 10)));
    }
    return CX_OK;
}

static cx_code run(cx *c, place *p, const char *text, answer *out)
{
    const engine_sink sink = {take_columns, take_row, out};
    const engine_statement s = {.text = text, .principal = meta_owner(p->m)};
    return engine_run(c, p->e, &s, &sink);
}

static int setup(place *p, const char *properties)
{
    answer none = {0};
    if (run(&p->c, p,
            cx_fmt(&p->c,
                   "CREATE TABLE facts (name STRING, value BIGINT, tag STRING) "
                   "TBLPROPERTIES (%s)",
                   properties),
            &none) != CX_OK ||
        run(&p->c, p,
            cx_fmt(&p->c,
                   "INSERT INTO facts SELECT 'acc-' || CAST(id AS STRING), %d, 'create' FROM "
                   "range(%d)",
                   START_VALUE, ACCOUNTS),
            &none) != CX_OK)
        die(&p->c, "setup");
    return 0;
}

/* ---- writing -------------------------------------------------------------------- */

typedef struct {
    place *p;
    history h;
    const char *kinds;
    char note[128]; /* the tag of the newest note of ours; "" = none */
} writer;

static const char *transfer(cx *c, bool merge, const char *tag, json *what)
{
    const int a = (int)(cx_random(c) % ACCOUNTS);
    const int b = (a + 1 + (int)(cx_random(c) % (ACCOUNTS - 1))) % ACCOUNTS;
    const int part = (int)(cx_random(c) % 50);
    json_object_set_new(what, "transfer", json_pack("[i,i,i]", a, b, part));
    if (merge)
        return cx_fmt(
            c,
            "MERGE INTO facts t USING (SELECT 'acc-%d' AS name, -%d AS d UNION ALL SELECT "
            "'acc-%d', %d) s ON t.name = s.name WHEN MATCHED THEN UPDATE SET t.value = "
            "t.value + s.d, t.tag = '%s'",
            a, part, b, part, tag);
    return cx_fmt(
        c,
        "UPDATE facts SET value = value + CASE WHEN name = 'acc-%d' THEN -%d ELSE %d END, "
        "tag = '%s' WHERE name IN ('acc-%d', 'acc-%d')",
        a, part, part, tag, a, b);
}

static bool work(cx *c, writer *w)
{
    const char *tag = history_tag(c, &w->h), *sql = NULL;
    const size_t kinds = strlen(w->kinds);
    char kind = w->kinds[cx_random(c) % kinds];
    json *what = json_object();
    answer none = {0};
    if (kind == 'd' && !*w->note)
        kind = 'i';
    if (kind == 'i') {
        json_object_set_new(what, "adds", json_pack("{s:i}", cx_fmt(c, "note-%s@%s", tag, tag), 0));
        sql = cx_fmt(c, "INSERT INTO facts VALUES ('note-%s', 0, '%s')", tag, tag);
    } else if (kind == 'd') {
        json_object_set_new(what, "removes",
                            json_pack("{s:i}", cx_fmt(c, "note-%s@%s", w->note, w->note), 0));
        sql = cx_fmt(c, "DELETE FROM facts WHERE name = 'note-%s'", w->note);
    } else {
        sql = transfer(c, kind == 'm', tag, what);
    }
    history_begin(c, &w->h, "commit", tag, what);
    const cx_code rc = run(c, w->p, sql, &none);
    history_end(c, &w->h, tag, rc, json_object());
    if (rc != CX_OK && rc != CX_CONFLICT && rc != CX_UNSUPPORTED)
        die(c, sql);
    if (rc == CX_OK && (kind == 'i' || kind == 'd'))
        snprintf(w->note, sizeof w->note, "%s", kind == 'i' ? tag : "");
    return rc == CX_OK;
}

static int write_many(place *p, writer *w, int commits, uint64_t seed)
{
    w->p = p;
    for (int done = 0, round = 0; done < commits; round++) {
        cx c;
        cx_init(&c);
        c.rng[0] ^= seed + (uint64_t)round * 0x9E3779B97F4A7C15u;
        done += work(&c, w);
        cx_clear(&c);
    }
    return 0;
}

/* ---- reading ----------------------------------------------------------------------- */

static cx_code rows_of(cx *c, place *p, int64_t version, answer *out)
{
    const char *at = version < 0 ? "" : cx_fmt(c, " VERSION AS OF %" PRId64, version);
    out->rows = json_object();
    return run(c, p, cx_fmt(c, "SELECT name || '@' || tag, value FROM facts%s", at), out);
}

static int read_for_ever(place *p, history *h)
{
    for (;;) {
        cx c;
        cx_init(&c);
        answer a = {0};
        const char *tag = history_tag(&c, h);
        history_begin(&c, h, "read", tag, json_object());
        const cx_code rc = rows_of(&c, p, -1, &a);
        if (rc != CX_OK)
            die(&c, "read");
        history_end(&c, h, tag, rc, json_pack("{s:o}", "state", a.rows));
        cx_clear(&c);
        usleep(2000);
    }
    return 0;
}

static int dump(place *p)
{
    answer last = {0};
    meta_object o;
    if (run(&p->c, p, "SELECT max(version) FROM (DESCRIBE HISTORY facts)", &last) != CX_OK ||
        meta_load(&p->c, p->m, META_TABLE, (meta_name){"main", "default", "facts"}, &o) != CX_OK)
        die(&p->c, "dump");
    printf("%s\n", o.location);
    for (int64_t v = 0; v <= last.single; v++) {
        cx c;
        cx_init(&c);
        answer a = {0};
        if (rows_of(&c, p, v, &a) != CX_OK)
            die(&c, "dump");
        AUTO_FREE char *text = json_text(a.rows);
        printf("%s\n", text);
        json_decref(a.rows);
        cx_clear(&c);
    }
    meta_object_clear(&o);
    return 0;
}

int main(int argc, char **argv)
{
    place p;
    int rc = 2;
    if (argc < 3)
        return rc;
    place_open(&p, argv[2]);
    if (argc == 4 && !strcmp(argv[1], "setup")) {
        rc = setup(&p, argv[3]);
    } else if (argc == 8 && !strcmp(argv[1], "write")) {
        writer w = {.h = history_open(argv[3], argv[4]), .kinds = argv[7]};
        rc = write_many(&p, &w, (int)strtol(argv[5], NULL, 10), strtoull(argv[6], NULL, 10));
    } else if (argc == 6 && !strcmp(argv[1], "read")) {
        history h = history_open(argv[3], argv[4]);
        rc = read_for_ever(&p, &h);
    } else if (argc == 3 && !strcmp(argv[1], "dump")) {
        rc = dump(&p);
    }
    place_close(&p);
    return rc;
}
