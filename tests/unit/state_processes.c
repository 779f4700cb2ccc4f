/* The journal with several processes: one is killed, another goes on. */
#include "check.h"

#include "base/fs.h"
#include "state/state_int.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    cx c;
    char folder[64];
} fixture;

static int set_up(void **slot)
{
    fixture *f = cx_calloc(1, sizeof *f);
    cx_init(&f->c);
    snprintf(f->folder, sizeof f->folder, "/tmp/clxs-state-XXXXXX");
    *slot = f;
    return mkdtemp(f->folder) ? 0 : -1;
}

static int tear_down(void **slot)
{
    fixture *f = *slot;
    const int bad = fs_remove_tree(&f->c, f->folder) != CX_OK;
    cx_clear(&f->c);
    free(f);
    return bad;
}

/* Runs in the child: a job with a run, a note for each step, its number told through the pipe after
 * it was written; never ends. */
static void work_until_killed(const char *folder, int told)
{
    cx c;
    cx_init(&c);
    state *s;
    char *job, *run;
    AUTO(json) plan = json_pack("{s:s}", "kind", "clone");
    if (state_open(&c, folder, &s) != CX_OK ||
        state_job_add(&c, s, "clone", "running", "", "w", NULL, &job) != CX_OK ||
        state_job_start(&c, s, job) != CX_OK ||
        state_run_begin(&c, s, job, "w", plan, &run) != CX_OK)
        _exit(1);
    for (int step = 0;; step++) {
        if (state_step_note(&c, s, run, step, "intent", NULL, step % 2) != CX_OK ||
            state_step_note(&c, s, run, step, "done", plan, false) != CX_OK ||
            write(told, &step, sizeof step) != sizeof step)
            _exit(1);
    }
}

static pid_t start_child(const char *folder, int *out_told)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        work_until_killed(folder, ends[1]);
    }
    close(ends[1]);
    *out_told = ends[0];
    return pid;
}

static void what_was_noted_before_a_kill_is_there_and_is_adopted_once(void **slot)
{
    fixture *f = *slot;
    int told, step = -1, last = -1;
    const pid_t pid = start_child(f->folder, &told);
    while (last < 40 && read(told, &step, sizeof step) == sizeof step)
        last = step;
    AUTO(state) s = NULL;
    assert_int_equal(state_open(&f->c, f->folder, &s), CX_OK);
    state_run *runs;
    size_t n;
    assert_int_equal(state_run_unfinished(&f->c, s, &runs, &n), CX_OK);
    assert_int_equal(n, 0); /* it is alive */
    kill(pid, SIGKILL);
    while (read(told, &step, sizeof step) == sizeof step)
        last = step;
    close(told);
    siginfo_t ended;
    assert_int_equal(waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT), 0);
    /* not reaped yet: a zombie is no living process */
    assert_int_equal(state_run_unfinished(&f->c, s, &runs, &n), CX_OK);
    assert_int_equal(n, 1);
    assert_string_equal(json_get_str(runs[0].plan, "kind", ""), "clone");
    state_step *steps;
    size_t step_n;
    assert_int_equal(state_step_list(&f->c, s, runs[0].id, &steps, &step_n), CX_OK);
    assert_in_range(step_n, last + 1, last + 2);
    for (size_t i = 0; i < step_n; i++) {
        if ((int)i <= last)
            assert_string_equal(steps[i].status, "done");
        json_decref(steps[i].detail);
    }
    AUTO(state) other = NULL;
    assert_int_equal(state_open(&f->c, f->folder, &other), CX_OK);
    assert_int_equal(state_run_adopt(&f->c, s, runs[0].id), CX_OK);
    assert_int_equal(state_run_adopt(&f->c, s, runs[0].id), CX_OK); /* ours */
    state_job j;
    assert_int_equal(state_job_reap(&f->c, other), CX_OK);
    assert_int_equal(state_job_load(&f->c, s, runs[0].job, &j), CX_OK);
    assert_string_equal(j.status, "interrupted");
    state_job_clear(&j);
    assert_int_equal(state_run_end(&f->c, s, runs[0].id, "done"), CX_OK);
    assert_int_equal(state_run_adopt(&f->c, s, runs[0].id), CX_CONFLICT);
    state_run_clear(&runs[0]);
    waitpid(pid, NULL, 0);
}

static void a_run_of_a_living_process_is_not_adopted_nor_its_job_reaped(void **slot)
{
    fixture *f = *slot;
    int told, step;
    const pid_t pid = start_child(f->folder, &told);
    assert_int_equal(read(told, &step, sizeof step), sizeof step);
    AUTO(state) s = NULL;
    assert_int_equal(state_open(&f->c, f->folder, &s), CX_OK);
    kill(pid, SIGSTOP);
    assert_int_equal(state_job_reap(&f->c, s), CX_OK);
    state_job *jobs;
    size_t n;
    assert_int_equal(state_job_list(&f->c, s, NULL, "running", NULL, 0, &jobs, &n), CX_OK);
    assert_int_equal(n, 1);
    state_job_clear(&jobs[0]);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(told);
}

static void two_processes_take_each_job_once(void **slot)
{
    fixture *f = *slot;
    enum { JOBS = 60 };
    AUTO(state) s = NULL;
    assert_int_equal(state_open(&f->c, f->folder, &s), CX_OK);
    for (int i = 0; i < JOBS; i++) {
        char *id;
        assert_int_equal(state_job_add(&f->c, s, "clone", "queued", "", "w", NULL, &id), CX_OK);
    }
    pid_t pids[2];
    for (int i = 0; i < 2; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            cx c;
            cx_init(&c);
            state *mine;
            if (state_open(&c, f->folder, &mine) != CX_OK)
                _exit(1);
            state_job j;
            while (state_job_take(&c, mine, &j) == CX_OK)
                if (state_job_end(&c, mine, j.id, "completed", NULL, NULL) != CX_OK)
                    _exit(2);
            _exit(0);
        }
    }
    for (int i = 0; i < 2; i++) {
        int status;
        waitpid(pids[i], &status, 0);
        assert_int_equal(status, 0);
    }
    state_job *jobs;
    size_t n;
    assert_int_equal(state_job_list(&f->c, s, NULL, "completed", NULL, 0, &jobs, &n), CX_OK);
    assert_int_equal(n, JOBS);
}

static void many_processes_can_open_a_new_folder_at_once(void **slot)
{
    fixture *f = *slot;
    enum { N = 8 };
    pid_t pids[N];
    for (int i = 0; i < N; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            cx c;
            cx_init(&c);
            state *s;
            char *id;
            _exit(state_open(&c, f->folder, &s) == CX_OK &&
                          state_job_add(&c, s, "clone", "queued", "", "w", NULL, &id) == CX_OK
                      ? 0
                      : 1);
        }
    }
    for (int i = 0; i < N; i++) {
        int status;
        waitpid(pids[i], &status, 0);
        assert_int_equal(status, 0);
    }
}

static void a_number_that_another_process_got_is_not_the_process(void **slot)
{
    (void)slot;
    char mine[MARK_TEXT], other[MARK_TEXT];
    state_process_mark(getpid(), mine);
    assert_true(*mine);
    assert_true(state_process_alive(getpid(), mine));
    snprintf(other, sizeof other, "%.40s:1", mine);
    assert_false(state_process_alive(getpid(), other));
    assert_false(state_process_alive(getpid(), ""));
    assert_false(state_process_alive(0, mine));
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_was_noted_before_a_kill_is_there_and_is_adopted_once),
        T(a_run_of_a_living_process_is_not_adopted_nor_its_job_reaped),
        T(two_processes_take_each_job_once),
        T(many_processes_can_open_a_new_folder_at_once),
        T(a_number_that_another_process_got_is_not_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
