/* Tests of the tests. Each guarantee has a question that is answered by trying; here the guarantee
 * is taken away, at the seam where it is made, and the question must see that it is gone. spec:
 * delta "Delta Log Entries" */
#include "unit/delta_help.h"

#include "delta/conflict.h"
#include "fault/syscalls.h"

static bool no_conflicts; /* mutant: any two commits are right */

cx_code __real_conflict_check(cx *c, int64_t version, const footprint *theirs,
                              const conflict_side *ours, bool *out_own);
cx_code __wrap_conflict_check(cx *c, int64_t version, const footprint *theirs,
                              const conflict_side *ours, bool *out_own);
cx_code __wrap_conflict_check(cx *c, int64_t version, const footprint *theirs,
                              const conflict_side *ours, bool *out_own)
{
    if (no_conflicts) {
        *out_own = false;
        return CX_OK;
    }
    return __real_conflict_check(c, version, theirs, ours, out_own);
}

typedef struct {
    cx c;
    const char *root;
} place;

static place place_make(void)
{
    place p;
    cx_init(&p.c);
    p.root = scratch(&p.c);
    make_table(&p.c, p.root, 2);
    syscalls_watch(p.root);
    return p;
}

static void place_clear(place *p)
{
    syscalls_watch("");
    assert_int_equal(fs_remove_tree(&p->c, p->root), CX_OK);
    cx_clear(&p->c);
}

static cx_code commit_action(const place *p, const char *action, bool blind)
{
    cx c;
    cx_init(&c);
    int64_t version;
    delta_table *t = NULL;
    assert_int_equal(delta_open(&c, p->root, NULL, &t), CX_OK);
    const cx_code rc = COMMIT(&c, t, 2, blind, &version, action);
    delta_table_free(t);
    cx_clear(&c);
    return rc;
}

static size_t live_files(place *p)
{
    AUTO(delta_snapshot) s = load_at(&p->c, p->root, -1);
    return delta_file_count(s);
}

/* ---- a version is taken by one writer --------------------------------------------------- */

static const place *rival_place;

static void rival(void)
{
    cx c;
    cx_init(&c);
    assert_int_equal(commit_action(rival_place, add_of(&c, "rival.parquet"), true), CX_OK);
    cx_clear(&c);
}

/* Another writer takes the version between our look at the name and its taking. */
static bool both_commits_stay(void)
{
    place p = place_make();
    rival_place = &p;
    sys_.before_name = rival;
    const cx_code rc = commit_action(&p, add_of(&p.c, "ours.parquet"), true);
    const bool holds = rc == CX_OK && live_files(&p) == 4;
    place_clear(&p);
    return holds;
}

static void a_rename_that_replaces_is_seen(void **state)
{
    (void)state;
    assert_true(both_commits_stay());
    sys_.replaces = true;
    const bool holds = both_commits_stay();
    sys_.replaces = false;
    assert_false(holds);
}

/* ---- durable on return ------------------------------------------------------------------ */

static bool a_commit_survives_a_power_cut(void)
{
    place p = place_make();
    syscalls_track(true);
    assert_int_equal(commit_action(&p, add_of(&p.c, "ours.parquet"), true), CX_OK);
    (void)syscalls_power_cut();
    const bool holds = live_files(&p) == 3;
    place_clear(&p);
    return holds;
}

static void a_sync_that_does_nothing_is_seen(void **state)
{
    (void)state;
    assert_true(a_commit_survives_a_power_cut());
    sys_.never_syncs = true;
    const bool holds = a_commit_survives_a_power_cut();
    sys_.never_syncs = false;
    assert_false(holds);
}

/* ---- conflicts --------------------------------------------------------------------------- */

static bool a_file_is_removed_once(void)
{
    place p = place_make();
    assert_int_equal(commit_action(&p, remove_of(&p.c, "f0.parquet"), false), CX_OK);
    const bool holds = commit_action(&p, remove_of(&p.c, "f0.parquet"), false) == CX_CONFLICT;
    place_clear(&p);
    return holds;
}

static bool a_write_does_not_outlive_the_schema_that_it_read(void)
{
    place p = place_make();
    assert_int_equal(commit_action(&p, meta_with(&p.c, "{\"a\":\"b\"}"), false), CX_OK);
    const bool holds = commit_action(&p, add_of(&p.c, "late.parquet"), true) == CX_CONFLICT;
    place_clear(&p);
    return holds;
}

static void conflicts_that_nobody_looks_for_are_seen(void **state)
{
    (void)state;
    assert_true(a_file_is_removed_once());
    assert_true(a_write_does_not_outlive_the_schema_that_it_read());
    no_conflicts = true;
    const bool once = a_file_is_removed_once();
    const bool schema = a_write_does_not_outlive_the_schema_that_it_read();
    no_conflicts = false;
    assert_false(once);
    assert_false(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rename_that_replaces_is_seen),
        cmocka_unit_test(a_sync_that_does_nothing_is_seen),
        cmocka_unit_test(conflicts_that_nobody_looks_for_are_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
