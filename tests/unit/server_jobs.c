/* Jobs over HTTP: run, watched, cancelled, kept over a restart, seen by their owner alone. */
#include "server_fixture.h"

static void a_job_runs_and_its_events_tell_all_of_it(void **slot)
{
    world *w = *slot;
    const char *me = sign_in(w, "s3cret-tok-ana");
    const char *id = submit(w, me, "{\"steps\":3,\"password\":\"s3cret-pw\"}");
    json *job = wait_for_status(w, me, id, "completed");
    assert_string_equal(json_get_str(job, "job_type", ""), "slow");
    assert_true(json_get_bool(json_get(job, "result"), "had_password", false));
    assert_int_equal(json_array_size(json_get(job, "logs")), 3);
    const json *progress = json_get(job, "progress");
    assert_int_equal(json_get_int(progress, "completed", 0), 3);
    assert_string_equal(json_get_str(progress, "current_table", ""), "sales.orders");
    assert_null(json_get(json_get(job, "args"), "password"));
    assert_non_null(json_get_str(job, "completed_at", NULL));
    json_decref(job);
    http_response r = {0};
    const char *path = cx_fmt(&w->c, "/api/clone/%s/events", id);
    assert_int_equal(call(w, "GET", path, me, NULL, NULL, &r),
                     200); /* ends by itself behind the result */
    assert_string_equal(http_response_header(&w->c, &r, "content-type"), "text/event-stream");
    const char *all = buf_text(&r.body);
    assert_non_null(strstr(all, "id: 1\nevent: status\ndata: {\"status\":\"queued\"}\n\n"));
    assert_non_null(strstr(all, "event: status\ndata: {\"status\":\"running\"}\n\n"));
    assert_non_null(strstr(all, "\"text\":\"step 3\""));
    assert_non_null(strstr(all, "event: progress\n"));
    const char *last = strstr(all, "event: result\ndata: {\"status\":\"completed\"");
    assert_non_null(last);
    const char *behind = cx_fmt(&w->c, "%s\nLast-Event-ID: 3", me);
    assert_int_equal(call(w, "GET", path, behind, NULL, NULL, &r), 200);
    assert_null(strstr(buf_text(&r.body), "id: 3\n"));
    assert_non_null(strstr(buf_text(&r.body), "id: 4\n"));
    assert_int_equal(call(w, "GET", cx_fmt(&w->c, "%s?after=3", path), me, NULL, NULL, &r), 200);
    assert_null(strstr(buf_text(&r.body), "id: 3\n"));
    http_response_clear(&r);
}

static void a_waiting_job_and_a_running_one_can_be_cancelled(void **slot)
{
    world *w = *slot;
    const char *me = sign_in(w, "s3cret-tok-ana");
    const char *running = submit(w, me, "{\"steps\":0}"), *waiting = submit(w, me, "{\"steps\":0}");
    json_decref(wait_for_status(w, me, running, "running"));
    json_decref(wait_for_status(w, me, waiting, "queued")); /* one at a time here */
    json *j;
    assert_int_equal(call(w, "DELETE", cx_fmt(&w->c, "/api/clone/%s", waiting), me, NULL, &j, NULL),
                     200);
    assert_string_equal(json_get_str(j, "status", ""), "cancelled");
    assert_string_equal(json_get_str(j, "job_id", ""), waiting);
    json_decref(j);
    json_decref(wait_for_status(w, me, waiting, "cancelled"));
    assert_int_equal(
        call(w, "DELETE", cx_fmt(&w->c, "/api/clone/%s", running), me, NULL, NULL, NULL), 200);
    json_decref(wait_for_status(w, me, running, "cancelled"));
    const char *done = submit(w, me, "{\"steps\":1}");
    json_decref(wait_for_status(w, me, done, "completed"));
    assert_int_equal(call(w, "DELETE", cx_fmt(&w->c, "/api/clone/%s", done), me, NULL, NULL, NULL),
                     409);
    assert_int_equal(call(w, "GET", "/api/clone/jobs", me, NULL, &j, NULL), 200);
    assert_int_equal(json_array_size(j), 3);
    assert_string_equal(json_get_str(json_array_get(j, 0), "job_id", ""), done); /* newest first */
    json_decref(j);
}

static void somebody_elses_job_does_not_exist(void **slot)
{
    world *w = *slot;
    const char *ana = sign_in(w, "s3cret-tok-ana"), *bob = sign_in(w, "s3cret-tok-bob");
    const char *id = submit(w, ana, "{\"steps\":1}");
    json *j;
    const char *path = cx_fmt(&w->c, "/api/clone/%s", id);
    assert_int_equal(call(w, "GET", path, bob, NULL, &j, NULL), 404);
    assert_string_equal(json_get_str(j, "detail", ""), "Job not found");
    json_decref(j);
    assert_int_equal(call(w, "DELETE", path, bob, NULL, NULL, NULL), 404);
    assert_int_equal(call(w, "GET", cx_fmt(&w->c, "%s/events", path), bob, NULL, NULL, NULL), 404);
    assert_int_equal(call(w, "GET", "/api/clone/jobs", bob, NULL, &j, NULL), 200);
    assert_int_equal(json_array_size(j), 0);
    json_decref(j);
    assert_int_equal(call(w, "GET", "/api/clone/ffffffff", ana, NULL, NULL, NULL), 404);
    assert_int_equal(call(w, "GET", path, sign_in(w, "s3cret-tok-ana"), NULL, NULL, NULL), 200);
}

static void jobs_outlive_the_server_and_wait_for_their_owner(void **slot)
{
    world *w = *slot;
    const char *bob = sign_in(w, "s3cret-tok-bob"), *ana = sign_in(w, "s3cret-tok-ana");
    const char *first = submit(w, bob, "{\"steps\":0}");
    json_decref(wait_for_status(w, bob, first, "running"));
    const char *hers = submit(w, ana, "{\"steps\":2}"), *his = submit(w, bob, "{\"steps\":2}");
    const char *secret = submit(w, bob, "{\"steps\":2,\"password\":\"s3cret-pw\"}");
    world_stop(w);
    world_start(w);
    ana = sign_in(w, "s3cret-tok-ana");
    json_decref(wait_for_status(w, ana, hers, "completed"));
    state_job j;
    for (int i = 0; i < 500; i++) {
        assert_int_equal(state_job_load(&w->c, w->st, his, &j), CX_OK);
        if (j.progress)
            break;
        state_job_clear(&j);
        usleep(10000);
    }
    assert_string_equal(j.status, "queued");
    assert_non_null(strstr(json_get_str(j.progress, "reason", ""), "until bob signs in"));
    state_job_clear(&j);
    bob = sign_in(w, "s3cret-tok-bob");
    json_decref(wait_for_status(w, bob, his, "completed"));
    json_decref(wait_for_status(w, bob, first, "interrupted"));
    json *job = wait_for_status(w, bob, secret, "failed");
    assert_non_null(strstr(json_get_str(job, "error", ""), "submit it again"));
    json_decref(job);
}

static void no_secret_is_in_the_state_folder_or_the_log(void **slot)
{
    world *w = *slot;
    const char *me = sign_in(w, "s3cret-tok-ana");
    const char *id = submit(w, me, "{\"steps\":1,\"password\":\"s3cret-pw\"}");
    json_decref(wait_for_status(w, me, id, "completed"));
    static const char *const names[] = {"state.db", "state.db-wal"};
    for (size_t i = 0; i < CX_COUNT(names); i++) {
        buf bytes = BUF(64 << 20);
        assert_int_equal(fs_read(&w->c, fs_join(&w->c, w->folder, names[i]), 64 << 20, &bytes),
                         CX_OK);
        assert_null(memmem(bytes.data, bytes.length, "s3cret", 6));
        buf_clear(&bytes);
    }
    pthread_mutex_lock(&w->log_lock);
    assert_null(strstr(buf_text(&w->log), "s3cret"));
    assert_non_null(strstr(buf_text(&w->log), "path=/api/test/slow status=200"));
    pthread_mutex_unlock(&w->log_lock);
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_job_runs_and_its_events_tell_all_of_it),
        T(a_waiting_job_and_a_running_one_can_be_cancelled),
        T(somebody_elses_job_does_not_exist),
        T(jobs_outlive_the_server_and_wait_for_their_owner),
        T(no_secret_is_in_the_state_folder_or_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
