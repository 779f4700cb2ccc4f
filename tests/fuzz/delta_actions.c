/* Lines of a log, and what readers ask of an add: statistics, partition values, deletion vector. */
#include "delta/action.h"
#include "fuzz/delta_seeds.h"

#include <inttypes.h>

typedef struct {
    arena *mem;
    int64_t count, sum;
} totals;

static void ask_file(cx *c, totals *t, const action *a)
{
    char *path;
    if (!value_text(t->mem, a->path, &path))
        return;
    AUTO(json) values = NULL;
    AUTO(json) stats = NULL;
    AUTO(json) whole = NULL;
    const delta_file f = {path, a->size, a->mtime, NULL, a->body};
    const int64_t records = delta_file_records(&f);
    if (delta_file_stats(c, &f, &stats) == CX_OK && a->stats.data && json_is_object(stats) &&
        json_is_integer(json_object_get(stats, "numRecords")) && records >= 0)
        FUZZ_MUST(records == json_get_int(stats, "numRecords", -1) ||
                  strstr(a->stats.data, "numRecords") != NULL);
    (void)!delta_file_partition_values(c, &f, &values);
    if (delta_file_add(c, &f, &whole) == CX_OK && json_is_object(whole))
        FUZZ_MUST(json_is_string(json_object_get(whole, "path")));
    cx_forgive(c);
}

static void ask_vector(cx *c, totals *t, const action *a)
{
    delta_dv *dv = NULL, *again = NULL;
    AUTO_CLEAR(buf) b = BUF(BUF_ANY);
    if (dv_parse(c, t->mem, a->dv, "fuzz", &dv) != CX_OK || !dv)
        return;
    buf_add_dv(&b, dv);
    FUZZ_MUST(dv_parse(c, t->mem, (str){b.data, b.length}, "again", &again) == CX_OK && again);
    FUZZ_MUST(!strcmp(dv_id(t->mem, dv), dv_id(t->mem, again)));
}

static cx_code visit(cx *c, void *self, const action *a, const char *what)
{
    totals *t = self;
    (void)what;
    t->count++;
    t->sum += (int64_t)a->kind * 31 + (int64_t)a->body.length;
    if (a->kind == ACTION_ADD || a->kind == ACTION_REMOVE)
        ask_file(c, t, a);
    if (a->dv.data)
        ask_vector(c, t, a);
    AUTO_CLEAR(buf) b = BUF(BUF_ANY);
    static const char *const without[] = {"stats", NULL};
    buf_add_members(&b, a->body, without);
    cx_forgive(c);
    return CX_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cx c;
    cx_init(&c);
    totals on = {.mem = c.arena}, back = {.mem = c.arena};
    const str text = {(const char *)data, size};
    const cx_code a = actions_each(&c, text, "fuzz", false, visit, &on);
    const cx_code b = actions_each(&c, text, "fuzz", true, visit, &back);
    /* Both ways see the same lines. */
    FUZZ_MUST(a == b);
    FUZZ_MUST(a != CX_OK || (on.count == back.count && on.sum == back.sum));
    cx_clear(&c);
    return 0;
}

static void seed(cx *c, const char *log)
{
    for (int v = 0; v < 6; v++) {
        AUTO_CLEAR(buf) b = BUF(BUF_ANY);
        if (fuzz_add_file(c, cx_fmt(c, "%s/%020d.json", log, v), &b))
            fuzz_seed(b.data, b.length < 8192 ? b.length : 8192);
    }
}

void fuzz_seeds(cx *c)
{
    fuzz_seed_text(fuzz_commit);
    for (const char *p = fuzz_commit; *p;) { /* each line of it too */
        const size_t n = strcspn(p, "\n");
        fuzz_seed(p, n);
        p += n + (p[n] != 0);
    }
    fuzz_golden_logs(c, seed);
}
