/* Jobs, events, sessions and settings in one process. */
#include "check.h"

#include "base/fs.h"
#include "base/pool.h"
#include "state/state.h"

#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    cx c;
    char folder[64];
    state *s;
} fixture;

static int set_up(void **slot)
{
    fixture *f = cx_calloc(1, sizeof *f);
    cx_init(&f->c);
    snprintf(f->folder, sizeof f->folder, "/tmp/clxs-state-XXXXXX");
    if (!mkdtemp(f->folder) || state_open(&f->c, f->folder, &f->s) != CX_OK)
        return -1;
    *slot = f;
    return 0;
}

static int tear_down(void **slot)
{
    fixture *f = *slot;
    state_free(f->s);
    const int bad = fs_remove_tree(&f->c, f->folder) != CX_OK;
    cx_clear(&f->c);
    free(f);
    return bad;
}

static char *add(fixture *f, const char *op, const char *status)
{
    AUTO(json) args = json_pack("{s:s}", "source_catalog", "sales");
    char *id;
    assert_int_equal(state_job_add(&f->c, f->s, op, status, "ana", "embedded:/l", args, &id),
                     CX_OK);
    return id;
}

static void a_job_keeps_what_was_written(void **slot)
{
    fixture *f = *slot;
    const char *id = add(f, "clone", "queued");
    assert_int_equal(strlen(id), 8);
    AUTO(json) progress = json_pack("{s:i}", "total", 7);
    assert_int_equal(state_job_start(&f->c, f->s, id), CX_OK);
    assert_int_equal(state_job_progress(&f->c, f->s, id, progress), CX_OK);
    AUTO(json) result = json_pack("{s:i}", "bytes_copied", 12);
    assert_int_equal(state_job_end(&f->c, f->s, id, "completed", result, NULL), CX_OK);
    state_job j;
    assert_int_equal(state_job_load(&f->c, f->s, id, &j), CX_OK);
    assert_string_equal(j.status, "completed");
    assert_string_equal(j.owner, "ana");
    assert_string_equal(json_get_str(j.args, "source_catalog", ""), "sales");
    assert_int_equal(json_get_int(j.progress, "total", 0), 7);
    assert_int_equal(json_get_int(j.result, "bytes_copied", 0), 12);
    assert_null(j.error);
    assert_int_equal(j.pid, getpid());
    assert_true(j.created_ms && j.started_ms >= j.created_ms && j.ended_ms >= j.started_ms);
    state_job_clear(&j);
    assert_int_equal(state_job_load(&f->c, f->s, "ffffffff", &j), CX_NOT_FOUND);
}

static void lists_are_newest_first_and_filtered(void **slot)
{
    fixture *f = *slot;
    for (int i = 0; i < 40; i++)
        add(f, i % 2 ? "clone" : "diff", i < 10 ? "queued" : "completed");
    state_job *rows;
    size_t n;
    assert_int_equal(state_job_list(&f->c, f->s, "clone", NULL, NULL, 100, &rows, &n), CX_OK);
    assert_int_equal(n, 20);
    for (size_t i = 0; i < n; i++)
        state_job_clear(&rows[i]);
    assert_int_equal(state_job_list(&f->c, f->s, NULL, "queued", "ana", 3, &rows, &n), CX_OK);
    assert_int_equal(n, 3);
    assert_string_equal(rows[0].op, "clone"); /* number 9, the newest queued */
    for (size_t i = 0; i < n; i++)
        state_job_clear(&rows[i]);
    assert_int_equal(state_job_list(&f->c, f->s, NULL, NULL, "bob", 0, &rows, &n), CX_OK);
    assert_int_equal(n, 0);
}

static cx_code take_until_empty(cx *c, void *self, size_t i)
{
    (void)i;
    fixture *f = self;
    for (;;) {
        state_job j;
        const cx_code rc = state_job_take(c, f->s, &j);
        if (rc == CX_NOT_FOUND)
            return CX_OK;
        TRY(rc);
        const cx_code end = state_job_end(c, f->s, j.id, "completed", NULL, NULL);
        state_job_clear(&j);
        TRY(end); /* CONFLICT when another thread had taken the same */
    }
}

static void each_waiting_job_is_taken_once_oldest_first(void **slot)
{
    fixture *f = *slot;
    const char *first = add(f, "clone", "queued");
    add(f, "clone", "queued");
    state_job j;
    assert_int_equal(state_job_take(&f->c, f->s, &j), CX_OK);
    assert_string_equal(j.id, first);
    assert_string_equal(j.status, "running");
    state_job_clear(&j);
    assert_int_equal(state_job_claim(&f->c, f->s, first, &j), CX_CONFLICT);
    for (int i = 0; i < 60; i++)
        add(f, "clone", "queued");
    assert_int_equal(pool_run(&f->c, 8, 8, false, take_until_empty, f), CX_OK);
}

static void a_queued_job_is_cancelled_and_a_running_one_is_asked_to_stop(void **slot)
{
    fixture *f = *slot;
    const char *waiting = add(f, "clone", "queued"), *running = add(f, "clone", "queued"), *status;
    assert_int_equal(state_job_start(&f->c, f->s, running), CX_OK);
    assert_int_equal(state_job_cancel(&f->c, f->s, waiting, &status), CX_OK);
    assert_string_equal(status, "cancelled");
    assert_int_equal(state_job_cancel(&f->c, f->s, running, &status), CX_OK);
    assert_string_equal(status, "running");
    bool wanted;
    assert_int_equal(state_job_cancel_wanted(&f->c, f->s, running, &wanted), CX_OK);
    assert_true(wanted);
    assert_int_equal(state_job_end(&f->c, f->s, running, "cancelled", NULL, NULL), CX_OK);
    assert_int_equal(state_job_end(&f->c, f->s, running, "completed", NULL, NULL), CX_CONFLICT);
    assert_int_equal(state_job_start(&f->c, f->s, waiting), CX_CONFLICT);
    assert_int_equal(state_job_cancel(&f->c, f->s, "ffffffff", &status), CX_NOT_FOUND);
}

static void events_are_numbered_by_job_from_one(void **slot)
{
    fixture *f = *slot;
    for (int i = 0; i < 30; i++)
        assert_int_equal(state_event_add(&f->c, f->s, i % 3 ? "a" : "b", "log", "info", "line"),
                         CX_OK);
    state_event *rows;
    size_t n;
    assert_int_equal(state_event_list(&f->c, f->s, "a", 0, 0, &rows, &n), CX_OK);
    assert_int_equal(n, 20);
    assert_int_equal(rows[0].seq, 1);
    assert_int_equal(rows[19].seq, 20);
    assert_int_equal(state_event_list(&f->c, f->s, "a", 18, 10, &rows, &n), CX_OK);
    assert_int_equal(n, 2);
    assert_int_equal(rows[0].seq, 19);
}

static void settings_and_sessions_come_back_until_they_expire(void **slot)
{
    fixture *f = *slot;
    char *value;
    assert_int_equal(state_setting_get(&f->c, f->s, "theme", &value), CX_NOT_FOUND);
    assert_int_equal(state_setting_set(&f->c, f->s, "theme", "dark"), CX_OK);
    assert_int_equal(state_setting_set(&f->c, f->s, "theme", "it's light"), CX_OK);
    assert_int_equal(state_setting_get(&f->c, f->s, "theme", &value), CX_OK);
    assert_string_equal(value, "it's light");
    AUTO(json) body = json_pack("{s:s}", "user", "ana");
    assert_int_equal(state_session_add(&f->c, f->s, "h1", body, cx_now_ms(&f->c) + 60000), CX_OK);
    assert_int_equal(state_session_add(&f->c, f->s, "h2", body, cx_now_ms(&f->c) - 1), CX_OK);
    AUTO(json) found = NULL;
    int64_t expires;
    assert_int_equal(state_session_find(&f->c, f->s, "h2", &found, &expires), CX_NOT_FOUND);
    assert_int_equal(state_session_find(&f->c, f->s, "h1", &found, &expires), CX_OK);
    assert_string_equal(json_get_str(found, "user", ""), "ana");
    assert_int_equal(state_session_drop(&f->c, f->s, NULL), CX_OK);
    AUTO(json) again = NULL;
    assert_int_equal(state_session_find(&f->c, f->s, "h1", &again, &expires), CX_NOT_FOUND);
}

static void only_the_owner_can_read_the_folder_and_the_database(void **slot)
{
    fixture *f = *slot;
    add(f, "clone", "queued");
    static const char *const names[] = {"state.db", "state.db-wal", "state.db-shm"};
    for (size_t i = 0; i < CX_COUNT(names); i++) {
        struct stat st;
        assert_int_equal(stat(fs_join(&f->c, f->folder, names[i]), &st), 0);
        assert_int_equal(st.st_mode & 077, 0);
    }
}

static void a_damaged_database_is_named_and_not_overwritten(void **slot)
{
    fixture *f = *slot;
    const char *folder = fs_join(&f->c, f->folder, "other");
    const char *path = fs_join(&f->c, folder, "state.db");
    assert_int_equal(fs_mkdirs(&f->c, folder), CX_OK);
    char noise[8192];
    memset(noise, 'x', sizeof noise);
    assert_int_equal(fs_replace(&f->c, path, noise, sizeof noise, true), CX_OK);
    state *other;
    assert_int_equal(state_open(&f->c, folder, &other), CX_CORRUPT);
    assert_int_equal(fs_size(path), sizeof noise);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_job_keeps_what_was_written),
        T(lists_are_newest_first_and_filtered),
        T(each_waiting_job_is_taken_once_oldest_first),
        T(a_queued_job_is_cancelled_and_a_running_one_is_asked_to_stop),
        T(events_are_numbered_by_job_from_one),
        T(settings_and_sessions_come_back_until_they_expire),
        T(only_the_owner_can_read_the_folder_and_the_database),
        T(a_damaged_database_is_named_and_not_overwritten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
