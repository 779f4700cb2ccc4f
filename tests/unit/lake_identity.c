/* PATCH in its forms, filters, expiry, who may sign in: without a server. */
#include "base/fs.h"
#include "base/hash.h"
#include "lake/metastore/principals.h"
#include "lake/rest/scim.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lake_metastore_v2.h"

#define OK(call) assert_int_equal(call, CX_OK)

/* A clock that the test moves. */
typedef struct {
    cx_clock base;
    int64_t ahead_ms;
} moved_clock;

typedef struct {
    cx c;
    moved_clock clock;
    char root[64];
    meta *m;
} fixture;

static int64_t moved_now(void *self)
{
    return cx_system_clock.now_ms(NULL) + ((moved_clock *)self)->ahead_ms;
}

static int setup(void **state)
{
    fixture *f = cx_calloc(1, sizeof *f);
    cx_init(&f->c);
    f->clock.base = cx_system_clock;
    f->clock.base.now_ms = moved_now;
    f->clock.base.self = &f->clock;
    f->c.clock = &f->clock.base;
    snprintf(f->root, sizeof f->root, "/tmp/clxs-identity-XXXXXX");
    if (!mkdtemp(f->root) || meta_open(&f->c, f->root, &f->m) != CX_OK)
        return -1;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    meta_free(f->m);
    const cx_code rc = fs_remove_tree(&f->c, f->root);
    cx_clear(&f->c);
    free(f);
    return rc == CX_OK ? 0 : -1;
}

/* ---- PATCH -------------------------------------------------------------------------- */

/* The record after the operations, as text; or the scimType of the refusal. */
static const char *patched(fixture *f, meta_kind kind, const char *record, const char *operations)
{
    AUTO(json) doc = json_loads(record, 0, NULL);
    AUTO(json) ops = json_loads(operations, 0, NULL);
    assert_non_null(doc);
    assert_non_null(ops);
    const cx_code rc = scim_patch(&f->c, kind, ops, doc);
    if (rc != CX_OK) {
        assert_int_equal(rc, CX_INVALID);
        const char *type = f->c.error.condition;
        cx_forgive(&f->c);
        return type;
    }
    AUTO_FREE char *text = json_canonical(doc);
    return cx_dup(&f->c, text);
}

#define USER(record, operations, want) \
    assert_string_equal(patched(f, META_USER, record, operations), want)
#define GROUP(record, operations, want) \
    assert_string_equal(patched(f, META_GROUP, record, operations), want)

static void one_value_is_set_in_each_form(void **state)
{
    fixture *f = *state;
    static const char off[] = "{\"active\":false}";
    USER("{}", "[{\"op\":\"replace\",\"path\":\"active\",\"value\":false}]", off);
    USER("{}", "[{\"op\":\"Replace\",\"path\":\"active\",\"value\":\"False\"}]", off);
    USER("{}", "[{\"op\":\"replace\",\"path\":\"active\",\"value\":[{\"value\":\"false\"}]}]", off);
    USER("{}", "[{\"op\":\"replace\",\"value\":{\"active\":false}}]", off);
    USER("{}", "[{\"op\":\"add\",\"path\":\"displayname\",\"value\":\"A\"}]",
         "{\"displayName\":\"A\"}");
    USER("{\"displayName\":\"A\"}", "[{\"op\":\"remove\",\"path\":\"displayName\"}]", "{}");
    USER("{}", "[{\"op\":\"replace\",\"path\":\"userName\",\"value\":\"b\"}]", "{}");
    USER("{}", "[{\"op\":\"replace\",\"path\":\"name.givenName\",\"value\":\"b\"}]", "{}");
}

static void lists_grow_shrink_and_are_replaced(void **state)
{
    fixture *f = *state;
    static const char two[] = "{\"members\":[\"1\",\"2\"]}";
    GROUP("{}", "[{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":\"1\"},2]}]", two);
    GROUP("{\"members\":[\"1\"]}",
          "[{\"op\":\"add\",\"value\":{\"members\":[{\"value\":\"2\"},"
          "{\"value\":\"1\"}]}}]",
          two);
    GROUP("{\"members\":[\"1\"]}",
          "[{\"op\":\"add\",\"path\":\"members\",\"value\":{\"members\":[{\"value\":\"2\"}]}}]",
          two);
    GROUP(two, "[{\"op\":\"remove\",\"path\":\"members[value eq \\\"1\\\"]\"}]",
          "{\"members\":[\"2\"]}");
    GROUP(two, "[{\"op\":\"remove\",\"path\":\"members\",\"value\":[{\"value\":\"2\"}]}]",
          "{\"members\":[\"1\"]}");
    GROUP(two, "[{\"op\":\"remove\",\"path\":\"members[value eq \\\"9\\\"]\"}]", two);
    GROUP(two, "[{\"op\":\"remove\",\"path\":\"members\"}]", "{\"members\":[]}");
    GROUP(two, "[{\"op\":\"replace\",\"path\":\"members\",\"value\":[{\"value\":\"3\"}]}]",
          "{\"members\":[\"3\"]}");
    USER("{}", "[{\"op\":\"add\",\"path\":\"entitlements\",\"value\":\"a\"}]",
         "{\"entitlements\":[\"a\"]}");
}

static void a_patch_that_makes_no_sense_is_refused(void **state)
{
    fixture *f = *state;
    USER("{}", "[]", "invalidSyntax");
    USER("{}", "{\"op\":\"add\"}", "invalidSyntax");
    USER("{}", "[{\"op\":\"move\",\"path\":\"active\"}]", "invalidSyntax");
    USER("{}", "[{\"op\":\"remove\"}]", "noTarget");
    USER("{}", "[{\"op\":\"replace\",\"path\":\"password\",\"value\":\"x\"}]", "invalidPath");
    USER("{}", "[{\"op\":\"replace\",\"path\":\"active\"}]", "invalidValue");
    USER("{}", "[{\"op\":\"replace\",\"path\":\"displayName\",\"value\":7}]", "invalidValue");
    USER("{}", "[{\"op\":\"add\",\"path\":\"members\",\"value\":\"1\"}]", "invalidPath");
    GROUP("{}", "[{\"op\":\"replace\",\"path\":\"active\",\"value\":false}]", "invalidPath");
    GROUP("{}", "[{\"op\":\"add\",\"path\":\"members\"}]", "invalidValue");
    GROUP("{}", "[{\"op\":\"add\",\"path\":\"members\",\"value\":[{\"value\":[]}]}]",
          "invalidValue");
    GROUP("{}", "[{\"op\":\"remove\",\"path\":\"members[\"}]", "invalidPath");
    GROUP("{}", "[{\"op\":\"remove\",\"path\":\"members[value eq \\\"1]\"}]", "invalidPath");
    GROUP("{}", "[{\"op\":\"remove\",\"path\":\"members[display eq \\\"1\\\"]\"}]", "invalidPath");
    GROUP("{}", "[{\"op\":\"add\",\"path\":\"members[value eq \\\"1\\\"]\"}]", "invalidPath");
}

/* ---- filters --------------------------------------------------------------------------- */

static bool takes(fixture *f, const char *text)
{
    const meta_person ann = {
        .id = 7, .kind = META_USER, .active = true, .name = "ann@x.io", .display = "Ann \"A\" B"};
    scim_filter filter;
    OK(scim_filter_read(&f->c, text, &filter));
    return scim_filter_takes(&filter, &ann);
}

static void filters_choose(void **state)
{
    fixture *f = *state;
    assert_true(takes(f, NULL));
    assert_true(takes(f, "userName eq \"ANN@x.io\""));
    assert_true(takes(f, "username SW 'ann' AND displayName co \"n \\\"a\\\"\""));
    assert_true(takes(f, "userName eq 'bob' or id eq 7"));
    assert_true(takes(f, "id eq 7 or userName eq 'bob' and active eq false"));
    assert_false(takes(f, "userName eq 'bob' and id eq 8 or active eq false"));
    assert_false(takes(f, "userName sw 'ann@x.io.long'"));
    assert_false(takes(f, "userName co 'ann@x.io.long'"));
    assert_true(takes(f, "externalId ne 'x'"));
    assert_false(takes(f, "externalId pr"));
    assert_true(takes(f, "displayName pr and userName ew '.IO'"));
    static const char *const bad[] = {"x",           "userName eq", "userName eq 'x",
                                      "id eq 1 and", "(id eq 1)",   "id eq 1 xor id eq 2",
                                      "shoe eq 1"};
    for (size_t i = 0; i < CX_COUNT(bad); i++) {
        scim_filter filter;
        assert_int_equal(scim_filter_read(&f->c, bad[i], &filter), CX_INVALID);
    }
}

/* ---- tokens ------------------------------------------------------------------------------- */

static bool proves(fixture *f, const char *token)
{
    char *user;
    const cx_code rc = meta_token_find(&f->c, f->m, token, &user);
    if (rc != CX_OK)
        assert_int_equal(rc, CX_UNAUTHENTICATED);
    cx_forgive(&f->c);
    return rc == CX_OK;
}

static void make(fixture *f, meta_token_kind kind, const char *token, int64_t seconds)
{
    meta_token t = {.kind = kind,
                    .user = "ann@x",
                    .created_by = meta_owner(f->m),
                    .expires_ms = cx_now_ms(&f->c) + seconds * 1000};
    OK(meta_token_make(&f->c, f->m, &t, token));
}

static void a_token_ends_with_its_time(void **state)
{
    fixture *f = *state;
    meta_token *rows;
    size_t n;
    OK(meta_principal_add(&f->c, f->m, "ann@x", false));
    make(f, META_TOKEN_PERSONAL, "short", 60);
    assert_true(proves(f, "short"));
    f->clock.ahead_ms = 60000;
    assert_false(proves(f, "short"));
    OK(meta_tokens(&f->c, f->m, META_TOKEN_PERSONAL, "ann@x", &rows, &n));
    assert_int_equal(n, 0);
}

static void an_access_token_ends_with_its_secret_or_after_an_hour(void **state)
{
    fixture *f = *state;
    int64_t seconds;
    meta_token *rows;
    size_t n;
    OK(meta_principal_add(&f->c, f->m, "ann@x", false));
    make(f, META_TOKEN_SECRET, "secret", 86400);
    assert_false(proves(f, "secret"));
    OK(meta_access_make(&f->c, f->m, "ANN@x", "secret", "a1", &seconds));
    assert_int_equal(seconds, META_ACCESS_SECONDS);
    assert_true(proves(f, "a1"));
    assert_int_equal(meta_access_make(&f->c, f->m, "ann@x", "a1", "a2", &seconds),
                     CX_UNAUTHENTICATED);
    assert_int_equal(meta_access_make(&f->c, f->m, "bob@x", "secret", "a2", &seconds),
                     CX_UNAUTHENTICATED);
    f->clock.ahead_ms = 3600 * 1000;
    assert_false(proves(f, "a1"));
    OK(meta_access_make(&f->c, f->m, "ann@x", "secret", "a3", &seconds));
    OK(meta_tokens(&f->c, f->m, META_TOKEN_SECRET, "ann@x", &rows, &n));
    assert_int_equal(n, 1);
    OK(meta_token_drop(&f->c, f->m, META_TOKEN_SECRET, "ann@x", rows[0].id));
    assert_false(proves(f, "a3"));
}

static void a_secret_about_to_end_gives_no_more_than_it_has(void **state)
{
    fixture *f = *state;
    int64_t seconds;
    OK(meta_principal_add(&f->c, f->m, "ann@x", false));
    make(f, META_TOKEN_SECRET, "secret", 100);
    OK(meta_access_make(&f->c, f->m, "ann@x", "secret", "a1", &seconds));
    assert_in_range(seconds, 99, 100);
    f->clock.ahead_ms = 100 * 1000;
    assert_false(proves(f, "a1"));
}

/* ---- people --------------------------------------------------------------------------------- */

static cx_code set_inactive(cx *c, void *self, json *record)
{
    (void)c, (void)self;
    json_object_set_new(record, "active", json_false());
    return CX_OK;
}

static void who_is_not_active_or_gone_signs_in_no_more(void **state)
{
    fixture *f = *state;
    meta_person ann;
    OK(meta_principal_add(&f->c, f->m, "ann@x", false));
    OK(meta_token_add(&f->c, f->m, "ann@x", "t1"));
    OK(meta_person_named(&f->c, f->m, "ann@x", &ann));
    assert_true(proves(f, "t1"));
    OK(meta_person_edit(&f->c, f->m, META_USER, ann.id, set_inactive, NULL));
    assert_false(proves(f, "t1"));
    OK(meta_person_delete(&f->c, f->m, META_USER, ann.id));
    OK(meta_principal_add(&f->c, f->m, "ann@x", false));
    assert_false(proves(f, "t1"));
}

static void groups_in_a_circle_count_once_and_end(void **state)
{
    fixture *f = *state;
    meta_principal *list;
    size_t n, groups = 0;
    OK(meta_principal_add(&f->c, f->m, "ann@x", false));
    OK(meta_group_add(&f->c, f->m, "a", "ann@x"));
    OK(meta_group_add(&f->c, f->m, "b", "a"));
    OK(meta_group_add(&f->c, f->m, "a", "b"));
    assert_false(meta_is_admin(&f->c, f->m, "ann@x"));
    OK(meta_group_add(&f->c, f->m, "admins", "b"));
    assert_true(meta_is_admin(&f->c, f->m, "ann@x"));
    OK(meta_principals(&f->c, f->m, "ann@x", &list, &n));
    for (size_t i = 0; i < n; i++)
        groups += list[i].group;
    assert_int_equal(groups, 4); /* a, b, admins, users */
}

/* ---- older workspaces --------------------------------------------------------------------------
 */

static void an_older_workspace_keeps_its_admins_and_tokens(void **state)
{
    fixture *f = *state;
    sqlite3 *sql = NULL;
    char t1[SHA256_HEX];
    AUTO(meta) old = NULL;
    const char *root = cx_fmt(&f->c, "%s/old", f->root);
    OK(fs_mkdirs(&f->c, root));
    hash_sha256_hex("t1", 2, t1);
    assert_int_equal(sqlite3_open(cx_fmt(&f->c, "%s/metastore.db", root), &sql), SQLITE_OK);
    assert_int_equal(sqlite3_exec(sql, metastore_v2, NULL, NULL, NULL), SQLITE_OK);
    const char *rows = cx_fmt(&f->c,
                              "INSERT INTO setting VALUES('metastore_id','m'),('owner','me@x'),"
                              "('workspace_id','1'),('warehouse_id','w');"
                              "INSERT INTO principal VALUES('me@x',1,'user',1);"
                              "INSERT INTO token VALUES('%s','me@x',1);",
                              t1);
    assert_int_equal(sqlite3_exec(sql, rows, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(sql);
    OK(meta_open(&f->c, root, &old));
    assert_true(meta_is_admin(&f->c, old, "me@x"));
    assert_true(meta_principal_known(&f->c, old, "users"));
    char *user = NULL;
    OK(meta_token_find(&f->c, old, "t1", &user));
    assert_string_equal(user, "me@x");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(one_value_is_set_in_each_form),
        T(lists_grow_shrink_and_are_replaced),
        T(a_patch_that_makes_no_sense_is_refused),
        T(filters_choose),
        T(a_token_ends_with_its_time),
        T(an_access_token_ends_with_its_secret_or_after_an_hour),
        T(a_secret_about_to_end_gives_no_more_than_it_has),
        T(who_is_not_active_or_gone_signs_in_no_more),
        T(groups_in_a_circle_count_once_and_end),
        T(an_older_workspace_keeps_its_admins_and_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
