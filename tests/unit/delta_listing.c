/* Listing a log that grows meanwhile. */
#include "delta_help.h"

/* A store whose next listings each meet two commits that appear meanwhile, and see the later one.
 */
typedef struct {
    store base;
    store *next;                 /* owned */
    int races, versions, hidden; /* listings to come, versions there, the one that is not seen */
    store_visit visit;
    void *self;
} racing;

static racing *of(store *s)
{
    return container_of(s, racing, base);
}

static cx_code pass_read(cx *c, store *s, const char *path, int64_t offset, int64_t length,
                         size_t most, buf *out)
{
    return of(s)->next->ops->read(c, of(s)->next, path, offset, length, most, out);
}

static cx_code pass_stat(cx *c, store *s, const char *path, store_entry *out)
{
    return of(s)->next->ops->stat(c, of(s)->next, path, out);
}

static cx_code pass_put(cx *c, store *s, const char *path, str data)
{
    return of(s)->next->ops->put_if_absent(c, of(s)->next, path, data);
}

static cx_code pass_replace(cx *c, store *s, const char *path, str data)
{
    return of(s)->next->ops->replace(c, of(s)->next, path, data);
}

static cx_code pass_remove(cx *c, store *s, const char *path)
{
    return of(s)->next->ops->remove(c, of(s)->next, path);
}

static void pass_free(store *s)
{
    store_free(of(s)->next);
    free(of(s));
}

static const char *commit_path(cx *c, int version)
{
    return cx_fmt(c, "_delta_log/%020d.json", version);
}

static cx_code all_but_hidden(cx *c, void *self, const store_entry *e)
{
    const racing *r = self;
    return strstr(commit_path(c, r->hidden), e->path) ? CX_OK : r->visit(c, r->self, e);
}

static cx_code race_list(cx *c, store *s, const char *folder, const char *from, store_visit v,
                         void *self)
{
    racing *r = of(s);
    if (r->races == 0)
        return r->next->ops->list(c, r->next, folder, from, v, self);
    r->races--;
    r->hidden = r->versions;
    for (int i = 0; i < 2; i++, r->versions++) {
        const char *line = cx_fmt(c, "%s\n", add_of(c, cx_fmt(c, "f%d", r->versions)));
        TRY(store_put_if_absent(c, r->next, commit_path(c, r->versions), STR(line)));
    }
    r->visit = v;
    r->self = self;
    return r->next->ops->list(c, r->next, folder, from, all_but_hidden, r);
}

static const store_ops racing_ops = {
    .name = "racing",
    .read = pass_read,
    .stat = pass_stat,
    .list = race_list,
    .put_if_absent = pass_put,
    .replace = pass_replace,
    .remove = pass_remove,
    .free = pass_free,
};

static store *racing_new(void)
{
    racing *r = cx_calloc(1, sizeof *r);
    r->next = store_memory_new();
    r->base = (store){&racing_ops, "memory:"};
    return &r->base;
}

/* spec: delta "Delta Log Entries" */
static void commits_that_appear_while_the_log_is_listed_are_no_gap(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    AUTO(delta_table) t = NULL;
    AUTO(delta_snapshot) s = NULL;
    store *raced = racing_new();
    int64_t version;
    OK(delta_open_store(&c, raced, NULL, &t));
    OK(create(&c, t));
    OK(COMMIT(&c, t, 0, true, &version, add_of(&c, "f1")));
    of(raced)->races = 5;
    of(raced)->versions = 2;
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &s));
    assert_int_equal(delta_version(s), 3);
    assert_int_equal(delta_file_count(s), 3);
    cx_clear(&c);
}

/* spec: delta "Delta Log Entries" */
static void a_version_that_is_missing_for_good_is_still_named(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    AUTO(delta_table) t = NULL;
    AUTO(delta_snapshot) s = NULL;
    store *raced = racing_new();
    int64_t version;
    OK(delta_open_store(&c, raced, NULL, &t));
    OK(create(&c, t));
    OK(COMMIT(&c, t, 0, true, &version, add_of(&c, "f1")));
    OK(COMMIT(&c, t, 1, true, &version, add_of(&c, "f2")));
    OK(store_remove(&c, raced, commit_path(&c, 1)));
    assert_int_equal(delta_snapshot_load(&c, t, DELTA_LATEST, &s), CX_CORRUPT);
    assert_string_equal(c.error.condition, "DELTA_VERSIONS_NOT_CONTIGUOUS");
    cx_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commits_that_appear_while_the_log_is_listed_are_no_gap),
        cmocka_unit_test(a_version_that_is_missing_for_good_is_still_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
