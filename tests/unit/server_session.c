/* Sessions and time. */
#include "check.h"

#include "server/server_int.h"

static int64_t now_ms(void *self)
{
    return *(int64_t *)self;
}
static int64_t ticks_us(void *self)
{
    return *(int64_t *)self * 1000;
}
static void sleep_ms(void *self, int64_t ms)
{
    *(int64_t *)self += ms;
}

typedef struct {
    cx c;
    int64_t time;
    cx_clock clock;
    app *s;
    tenant *who;
} fixture;

static int set_up(void **slot)
{
    fixture *f = cx_calloc(1, sizeof *f);
    cx_init(&f->c);
    f->time = 1700000000000;
    f->clock = (cx_clock){now_ms, ticks_us, sleep_ms, &f->time};
    f->c.clock = &f->clock;
    f->s = cx_calloc(1, sizeof *f->s);
    pthread_mutex_init(&f->s->lock, NULL);
    f->who = cx_calloc(1, sizeof *f->who);
    f->who->app = f->s;
    f->who->refs = 1;
    *slot = f;
    return 0;
}

static int tear_down(void **slot)
{
    fixture *f = *slot;
    session_clear(f->s);
    const int bad = f->who->refs != 1; /* every session gave its reference back */
    tenant_free(f->who);
    pthread_mutex_destroy(&f->s->lock);
    free(f->s);
    cx_clear(&f->c);
    free(f);
    return bad;
}

static char *begin(fixture *f)
{
    char csrf[SESSION_ID];
    return session_new(&f->c, f->s, tenant_ref(f->who), csrf);
}

static bool there(fixture *f, const char *id)
{
    const char *csrf = NULL;
    tenant *t = session_find(&f->c, f->s, id, &csrf);
    tenant_free(t);
    return t != NULL;
}

static const int64_t minute = 60000;

static void a_session_ends_after_an_hour_without_a_request(void **slot)
{
    fixture *f = *slot;
    const char *used = begin(f), *unused = begin(f);
    f->time += 50 * minute;
    assert_true(there(f, used));
    f->time += 20 * minute;
    assert_true(there(f, used));
    assert_false(there(f, unused));
    assert_false(there(f, unused));
}

static void a_session_ends_after_eight_hours_however_busy(void **slot)
{
    fixture *f = *slot;
    const char *id = begin(f);
    for (int i = 0; i < 16; i++) {
        f->time += 30 * minute;
        assert_true(there(f, id));
    }
    f->time += minute;
    assert_false(there(f, id));
}

static void the_one_unused_for_longest_makes_room(void **slot)
{
    fixture *f = *slot;
    char *ids[SESSIONS_MOST + 1];
    for (int i = 0; i < SESSIONS_MOST; i++) {
        ids[i] = begin(f);
        f->time += 1;
    }
    assert_true(there(f, ids[0])); /* now ids[1] is the oldest */
    f->time += 1;
    ids[SESSIONS_MOST] = begin(f);
    assert_true(there(f, ids[0]));
    assert_false(there(f, ids[1]));
    assert_true(there(f, ids[2]));
    assert_true(there(f, ids[SESSIONS_MOST]));
}

static void only_a_digest_of_the_id_is_kept(void **slot)
{
    fixture *f = *slot;
    const char *id = begin(f);
    assert_null(memmem(f->s, sizeof *f->s, id, strlen(id)));
    session_drop(f->s, id);
    assert_false(there(f, id));
}

static void credentials_in_headers_are_found_again_without_an_id(void **slot)
{
    fixture *f = *slot;
    session_keep_headers(f->s, "digest", f->who, f->time);
    tenant *t = session_of_headers(f->s, "digest", f->time);
    assert_ptr_equal(t, f->who);
    tenant_free(t);
    assert_null(session_of_headers(f->s, "digest", f->time + 61 * minute));
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_session_ends_after_an_hour_without_a_request),
        T(a_session_ends_after_eight_hours_however_busy),
        T(the_one_unused_for_longest_makes_room),
        T(only_a_digest_of_the_id_is_kept),
        T(credentials_in_headers_are_found_again_without_an_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
