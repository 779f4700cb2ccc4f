/* One process on one Delta table, straight through delta/: a writer or a reader; started, killed
 * and judged by test_delta.py.
 *
 *   delta_worker create   TABLE
 *   delta_worker write    TABLE HISTORY WHO COMMITS SEED [JOURNAL]
 *   delta_worker read     TABLE HISTORY WHO SEED [JOURNAL]      until it is ended
 *   delta_worker powercut TABLE JOURNAL
 *
 * A live file is a fact: its size is its value. Accounts ("acc-…") hold a sum that each transfer
 * keeps: it removes the files of two accounts and adds two others. Notes ("note-…") are appended,
 * and taken away again by whoever comes by. */
#include "unit/delta_help.h"

#include "concurrency/history.h"
#include "store/machine.h"

#include <inttypes.h>

enum { ACCOUNTS = 16, START_VALUE = 1000, WINDOW_US = 3000 };

static void die(const cx *c, const char *what)
{
    fprintf(stderr, "%s: %s\n", what, c->error.message ? c->error.message : "failed");
    _exit(1);
}

static delta_table *open_table(cx *c, const char *root, const char *journal)
{
    store *s = NULL;
    delta_table *t = NULL;
    if (store_file_open(c, root, &s) != CX_OK)
        die(c, "open");
    if (journal)
        s = machine_store_new(s, journal, WINDOW_US);
    if (delta_open_store(c, s, &lines_parquet, &t) != CX_OK)
        die(c, "open");
    return t;
}

static const char *add_sized(cx *c, const char *path, int64_t size)
{
    return cx_fmt(c,
                  "{\"add\":{\"path\":\"%s\",\"partitionValues\":{},\"size\":%" PRId64
                  ",\"modificationTime\":1,\"dataChange\":true}}",
                  path, size);
}

static int create_table(cx *c, const char *root)
{
    AUTO(delta_table) t = open_table(c, root, NULL);
    AUTO(json) actions = json_array();
    AUTO(json) parameters = json_pack("{s:s}", "tag", "create");
    int64_t version;
    json_array_append_new(actions, text_json(PROTOCOL));
    json_array_append_new(actions, text_json(meta_with(c, "{}")));
    for (int i = 0; i < ACCOUNTS; i++)
        json_array_append_new(actions,
                              text_json(add_sized(c, cx_fmt(c, "acc-%d-create", i), START_VALUE)));
    const delta_commit m = {.operation = "CREATE TABLE",
                            .parameters = parameters,
                            .read_version = -1,
                            .actions = actions};
    if (delta_commit_write(c, t, &m, &version) != CX_OK)
        die(c, "create");
    return 0;
}

/* ---- writing -------------------------------------------------------------------- */

typedef struct {
    delta_table *t;
    history *h;
    json *adds, *removes, *actions; /* of the operation that is being made */
} writer;

static void plan_add(cx *c, writer *w, const char *path, int64_t size)
{
    json_object_set_new(w->adds, path, json_integer(size));
    json_array_append_new(w->actions, text_json(add_sized(c, path, size)));
}

static void plan_remove(cx *c, writer *w, const delta_file *f)
{
    json_object_set_new(w->removes, f->path, json_integer(f->size_bytes));
    json_array_append_new(w->actions, text_json(remove_of(c, f->path)));
}

static const delta_file *pick(cx *c, const delta_snapshot *s, const char *prefix)
{
    const size_t n = delta_file_count(s), from = cx_random(c) % n;
    for (size_t i = 0; i < n; i++) {
        const delta_file *f = delta_file_at(s, (from + i) % n);
        if (text_starts(f->path, prefix))
            return f;
    }
    return NULL;
}

/* Two accounts, some of the one's value to the other. */
static bool plan_transfer(cx *c, writer *w, const delta_snapshot *s, const char *tag)
{
    const int a = (int)(cx_random(c) % ACCOUNTS), b = (a + 1 + (int)(cx_random(c) % 15)) % 16;
    const delta_file *from = pick(c, s, cx_fmt(c, "acc-%d-", a));
    const delta_file *to = pick(c, s, cx_fmt(c, "acc-%d-", b));
    if (!from || !to)
        die(c, "an account is gone");
    const int64_t part = (int64_t)(cx_random(c) % (uint64_t)(from->size_bytes / 4 + 1));
    plan_remove(c, w, from);
    plan_remove(c, w, to);
    plan_add(c, w, cx_fmt(c, "acc-%d-%s", a, tag), from->size_bytes - part);
    plan_add(c, w, cx_fmt(c, "acc-%d-%s", b, tag), to->size_bytes + part);
    return true;
}

static bool plan_take(cx *c, writer *w, const delta_snapshot *s)
{
    const delta_file *f = pick(c, s, "note-");
    if (f)
        plan_remove(c, w, f);
    return f != NULL;
}

static cx_code one_commit(cx *c, writer *w, const char *tag, bool append, int64_t read_version,
                          int64_t *version)
{
    AUTO(json) parameters = json_pack("{s:s}", "tag", tag);
    const delta_commit m = {.operation = append ? "WRITE" : "DELETE",
                            .parameters = parameters,
                            .read_version = read_version,
                            .blind_append = append,
                            .actions = w->actions};
    history_begin(c, w->h, "commit", tag,
                  json_pack("{s:O,s:O}", "adds", w->adds, "removes", w->removes));
    const cx_code rc = delta_commit_write(c, w->t, &m, version);
    history_end(c, w->h, tag, rc,
                rc == CX_OK ? json_pack("{s:I}", "version", (json_int_t)*version) : json_object());
    return rc;
}

/* The snapshot is loaded inside the operation: an operation is all that its caller waits for. */
static bool work(cx *c, writer *w)
{
    AUTO(delta_snapshot) s = NULL;
    const int kind = (int)(cx_random(c) % 8);
    int64_t version = -1;
    const char *tag = history_tag(c, w->h);
    if (delta_snapshot_load(c, w->t, DELTA_LATEST, &s) != CX_OK)
        die(c, "reading before a write");
    w->adds = json_object();
    w->removes = json_object();
    w->actions = json_array();
    bool append = false;
    if (kind < 4)
        (void)plan_transfer(c, w, s, tag);
    else if (kind > 5 || !plan_take(c, w, s))
        append = true;
    if (append)
        plan_add(c, w, cx_fmt(c, "note-%s", tag), 0);
    const cx_code rc = one_commit(c, w, tag, append, delta_version(s), &version);
    if (rc != CX_OK && rc != CX_CONFLICT)
        die(c, "commit");
    cx_forgive(c);
    json_decref(w->adds);
    json_decref(w->removes);
    json_decref(w->actions);
    return rc == CX_OK;
}

static int write_many(const char *root, const char *journal, history *h, int commits, uint64_t seed)
{
    cx opening;
    cx_init(&opening);
    AUTO(delta_table) t = open_table(&opening, root, journal);
    for (int done = 0, round = 0; done < commits; round++) {
        cx c;
        cx_init(&c);
        c.rng[0] ^= seed + (uint64_t)round * 0x9E3779B97F4A7C15u;
        writer w = {.t = t, .h = h};
        done += work(&c, &w);
        cx_clear(&c);
    }
    cx_clear(&opening);
    return 0;
}

/* ---- reading --------------------------------------------------------------------- */

static void look(cx *c, delta_table *t, history *h, int64_t version)
{
    AUTO(delta_snapshot) s = NULL;
    const char *tag = history_tag(c, h);
    history_begin(c, h, version < 0 ? "read" : "travel", tag, json_object());
    const cx_code rc = delta_snapshot_load(c, t, (delta_at){version, -1}, &s);
    if (rc != CX_OK)
        die(c, "read");
    json *files = json_object();
    for (size_t i = 0; i < delta_file_count(s); i++)
        json_object_set_new(files, delta_file_at(s, i)->path,
                            json_integer(delta_file_at(s, i)->size_bytes));
    history_end(c, h, tag, rc,
                json_pack("{s:I,s:o}", "version", (json_int_t)delta_version(s), "state", files));
}

/* Old handles and new ones, the latest version and old ones. */
static int read_for_ever(const char *root, const char *journal, history *h)
{
    cx opening;
    cx_init(&opening);
    AUTO(delta_table) kept = open_table(&opening, root, journal);
    for (int round = 0;; round++) {
        cx c;
        cx_init(&c);
        AUTO(delta_table) fresh = round % 2 ? open_table(&c, root, journal) : NULL;
        look(&c, fresh ? fresh : kept, h, -1);
        if (round % 8 == 0)
            look(&c, kept, h, 0);
        cx_sleep_ms(&c, (int64_t)(cx_random(&c) % 4));
        cx_clear(&c);
    }
    return 0;
}

static int power_cut(cx *c, const char *root, const char *journal)
{
    AUTO(store) s = NULL;
    int64_t lost = 0;
    if (store_file_open(c, root, &s) != CX_OK || machine_power_cut(c, s, journal, &lost) != CX_OK)
        die(c, "power cut");
    printf("%" PRId64 "\n", lost);
    return 0;
}

int main(int argc, char **argv)
{
    cx c;
    cx_init(&c);
    int rc = 2;
    if (argc == 3 && !strcmp(argv[1], "create")) {
        rc = create_table(&c, argv[2]);
    } else if (argc == 4 && !strcmp(argv[1], "powercut")) {
        rc = power_cut(&c, argv[2], argv[3]);
    } else if (argc >= 7 && !strcmp(argv[1], "write")) {
        history h = history_open(argv[3], argv[4]);
        rc = write_many(argv[2], argv[7], &h, (int)strtol(argv[5], NULL, 10),
                        strtoull(argv[6], NULL, 10));
    } else if (argc >= 5 && !strcmp(argv[1], "read")) {
        history h = history_open(argv[3], argv[4]);
        rc = read_for_ever(argv[2], argv[5], &h);
    }
    cx_clear(&c);
    return rc;
}
