/* The metastore: names, objects, privileges, and what survives a kill. */
#include "base/fs.h"
#include "lake/metastore/meta.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct {
    cx c;
    char root[64];
    meta *m;
} fixture;

static int setup(void **state)
{
    fixture *f = cx_calloc(1, sizeof *f);
    cx_init(&f->c);
    snprintf(f->root, sizeof f->root, "/tmp/clxs-meta-XXXXXX");
    if (!mkdtemp(f->root))
        return -1;
    if (meta_open(&f->c, f->root, &f->m) != CX_OK)
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

#define OK(call) assert_int_equal(call, CX_OK)
#define ME "someone@localhost"

static meta_name table_name(const char *schema, const char *name)
{
    return (meta_name){"main", schema, name};
}

static void make_table(fixture *f, const char *schema, const char *name)
{
    const meta_object o = {.type = META_TABLE,
                           .name = table_name(schema, name),
                           .table_type = "MANAGED",
                           .format = "DELTA",
                           .location = meta_new_location(&f->c, f->m, META_TABLE)};
    OK(meta_create(&f->c, f->m, &o, meta_owner(f->m), false));
}

static void a_new_folder_is_private_and_has_main_default(void **state)
{
    fixture *f = *state;
    struct stat st;
    assert_int_equal(stat(f->root, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_true(meta_exists(&f->c, f->m, META_SCHEMA, (meta_name){"MAIN", "Default", NULL}));
    assert_true(meta_exists(&f->c, f->m, META_CATALOG, (meta_name){.catalog = "system"}));
    assert_true(meta_is_admin(&f->c, f->m, meta_owner(f->m)));
    assert_int_equal(strlen(meta_warehouse_id(f->m)), 16);
    AUTO(meta) again = NULL;
    OK(meta_open(&f->c, f->root, &again));
    assert_string_equal(meta_id(again), meta_id(f->m));
}

static void odd_names_are_kept_and_bad_ones_refused(void **state)
{
    fixture *f = *state;
    static const char *const good[] = {"a.b", "it's",       "back`tick", "Größe",
                                       "表",  "with space", "a\"b",      "%s"};
    for (size_t i = 0; i < CX_COUNT(good); i++) {
        make_table(f, "default", good[i]);
        AUTO_CLEAR(meta_object) o = {0};
        OK(meta_load(&f->c, f->m, META_TABLE, table_name("default", good[i]), &o));
        char *lower = cx_dup(&f->c, good[i]);
        text_lower(lower);
        assert_string_equal(o.name.name, lower);
    }
    char *longest = cx_alloc(&f->c, 300);
    memset(longest, 'x', 256);
    const char *bad[] = {"", "a/b", "a\nb", "a\x7f", "\xff", longest};
    for (size_t i = 0; i < CX_COUNT(bad); i++) {
        const meta_object o = {.type = META_TABLE, .name = table_name("default", bad[i])};
        assert_int_equal(meta_create(&f->c, f->m, &o, ME, false), CX_INVALID);
        assert_string_equal(f->c.error.condition, "INVALID_PARAMETER_VALUE");
    }
}

static void what_is_missing_is_named_from_the_top(void **state)
{
    fixture *f = *state;
    meta_object o;
    const meta_name n[] = {{"nope", "a", "b"}, {"main", "nope", "b"}, {"main", "default", "nope"}};
    static const char *const want[] = {"NO_SUCH_CATALOG_EXCEPTION", "SCHEMA_NOT_FOUND",
                                       "TABLE_OR_VIEW_NOT_FOUND"};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(meta_load(&f->c, f->m, META_TABLE, n[i], &o), CX_NOT_FOUND);
        assert_string_equal(f->c.error.condition, want[i]);
    }
}

static void creating_twice_fails_and_replacing_keeps_id_and_grants(void **state)
{
    fixture *f = *state;
    make_table(f, "default", "t");
    AUTO_CLEAR(meta_object) before = {0};
    OK(meta_load(&f->c, f->m, META_TABLE, table_name("default", "t"), &before));
    OK(meta_grant(&f->c, f->m, META_TABLE, before.name, "account users", "SELECT", ME));
    meta_object o = {
        .type = META_TABLE, .name = before.name, .table_type = "MANAGED", .location = "/x"};
    assert_int_equal(meta_create(&f->c, f->m, &o, ME, false), CX_EXISTS);
    assert_string_equal(f->c.error.sqlstate, "42P07");
    OK(meta_create(&f->c, f->m, &o, ME, true));
    AUTO_CLEAR(meta_object) after = {0};
    OK(meta_load(&f->c, f->m, META_TABLE, before.name, &after));
    assert_string_equal(after.id, before.id);
    meta_grant_row *rows;
    size_t n;
    OK(meta_grants(&f->c, f->m, META_TABLE, before.name, false, &rows, &n));
    assert_int_equal(n, 1);
}

static void a_catalog_is_listed_with_columns_in_one_go(void **state)
{
    fixture *f = *state;
    AUTO(json) columns = json_loads("[{\"name\":\"Id\",\"type_text\":\"int\"}]", 0, NULL);
    for (int i = 0; i < 300; i++) {
        const meta_object o = {.type = META_TABLE,
                               .name = table_name("default", cx_fmt(&f->c, "t%03d", i)),
                               .table_type = "EXTERNAL",
                               .columns = columns};
        OK(meta_create(&f->c, f->m, &o, ME, false));
    }
    meta_object *rows;
    size_t n;
    OK(meta_list(&f->c, f->m, META_TABLE, "main", NULL, true, &rows, &n));
    assert_int_equal(n, 300);
    assert_string_equal(rows[299].name.name, "t299");
    assert_string_equal(json_get_str(json_array_get(rows[7].columns, 0), "name", ""), "Id");
    for (size_t i = 0; i < n; i++)
        meta_object_clear(&rows[i]);
}

static void renames_keep_what_is_inside(void **state)
{
    fixture *f = *state;
    make_table(f, "default", "t");
    OK(meta_grant(&f->c, f->m, META_TABLE, table_name("default", "t"), "account users", "SELECT",
                  ME));
    AUTO(json) change = json_pack("{s:s}", "new_name", "Haupt");
    OK(meta_update(&f->c, f->m, META_CATALOG, (meta_name){.catalog = "main"}, change, ME));
    meta_grant_row *rows;
    size_t n;
    OK(meta_grants(&f->c, f->m, META_CATALOG, (meta_name){.catalog = "haupt"}, true, &rows, &n));
    assert_int_equal(n, 1);
    assert_string_equal(rows[0].name.name, "t");
    assert_false(meta_exists(&f->c, f->m, META_CATALOG, (meta_name){.catalog = "main"}));
}

static void dropping_asks_for_cascade_and_journals_the_folders(void **state)
{
    fixture *f = *state;
    const meta_name schema = {"main", "default", NULL};
    make_table(f, "default", "a");
    make_table(f, "default", "b");
    assert_int_equal(meta_drop(&f->c, f->m, META_SCHEMA, schema, false, NULL), CX_CONFLICT);
    assert_string_equal(f->c.error.condition, "SCHEMA_NOT_EMPTY");
    assert_int_equal(meta_drop(&f->c, f->m, META_CATALOG, schema, false, NULL), CX_CONFLICT);
    AUTO(json) folders = NULL;
    OK(meta_drop(&f->c, f->m, META_SCHEMA, schema, true, &folders));
    assert_int_equal(json_array_size(folders), 2);
    assert_false(meta_exists(&f->c, f->m, META_SCHEMA, schema));
    meta_pending *dead;
    size_t n;
    OK(meta_pending_dead(&f->c, f->m, &dead, &n));
    assert_int_equal(n, 0); /* this process is alive */
}

static void an_empty_catalog_drops_with_its_default_schema(void **state)
{
    fixture *f = *state;
    const meta_object o = {.type = META_CATALOG, .name = {.catalog = "C"}};
    OK(meta_create(&f->c, f->m, &o, meta_owner(f->m), false));
    assert_true(meta_exists(&f->c, f->m, META_SCHEMA, (meta_name){"c", "default", NULL}));
    OK(meta_drop(&f->c, f->m, META_CATALOG, (meta_name){.catalog = "c"}, false, NULL));
    assert_false(meta_exists(&f->c, f->m, META_SCHEMA, (meta_name){"c", "default", NULL}));
}

/* ---- privileges ---------------------------------------------------------------- */

static cx_code needs(fixture *f, const char *privilege)
{
    return meta_require(&f->c, f->m, "ann@x", privilege, META_TABLE, table_name("default", "t"));
}

static void give(fixture *f, meta_type t, const char *who, const char *privilege)
{
    OK(meta_grant(&f->c, f->m, t, table_name("default", "t"), who, privilege, ME));
}

static void privileges_come_from_above_and_need_the_way(void **state)
{
    fixture *f = *state;
    make_table(f, "default", "t");
    OK(meta_principal_add(&f->c, f->m, "ann@x", false));
    assert_int_equal(needs(f, "SELECT"), CX_DENIED);
    assert_string_equal(f->c.error.sqlstate, "42501");
    give(f, META_TABLE, "ann@x", "SELECT");
    assert_int_equal(needs(f, "SELECT"), CX_DENIED); /* no USE_CATALOG */
    give(f, META_CATALOG, "ann@x", "USE_CATALOG");
    assert_int_equal(needs(f, "SELECT"), CX_DENIED); /* no USE_SCHEMA */
    give(f, META_CATALOG, "account users", "USE_SCHEMA");
    OK(needs(f, "SELECT"));
    assert_int_equal(needs(f, "MODIFY"), CX_DENIED);
    give(f, META_SCHEMA, "ann@x", "ALL_PRIVILEGES");
    OK(needs(f, "MODIFY"));
    assert_int_equal(needs(f, "MANAGE"), CX_DENIED);
    OK(meta_revoke(&f->c, f->m, META_SCHEMA, table_name("default", "t"), "ann@x",
                   "ALL_PRIVILEGES"));
    assert_int_equal(needs(f, "MODIFY"), CX_DENIED);
}

static void groups_owners_and_admins_count(void **state)
{
    fixture *f = *state;
    make_table(f, "default", "t");
    OK(meta_principal_add(&f->c, f->m, "ann@x", false));
    OK(meta_group_add(&f->c, f->m, "analysts", "ann@x"));
    give(f, META_CATALOG, "analysts", "USE_CATALOG");
    give(f, META_CATALOG, "analysts", "USE_SCHEMA");
    give(f, META_CATALOG, "analysts", "SELECT");
    OK(needs(f, "SELECT"));
    AUTO(json) owner = json_pack("{s:s}", "owner", "ann@x");
    OK(meta_update(&f->c, f->m, META_SCHEMA, table_name("default", NULL), owner, ME));
    OK(needs(f, "MANAGE"));
    OK(meta_require(&f->c, f->m, meta_owner(f->m), "MODIFY", META_TABLE,
                    table_name("default", "t")));
    assert_int_equal(
        meta_grant(&f->c, f->m, META_TABLE, table_name("default", "t"), "nobody", "SELECT", ME),
        CX_NOT_FOUND);
    assert_int_equal(
        meta_grant(&f->c, f->m, META_TABLE, table_name("default", "t"), "ann@x", "EXECUTE", ME),
        CX_INVALID);
}

static void only_what_one_may_see_is_visible(void **state)
{
    fixture *f = *state;
    make_table(f, "default", "t");
    make_table(f, "default", "u");
    OK(meta_principal_add(&f->c, f->m, "ann@x", false));
    meta_object *rows;
    size_t n;
    bool keep[2];
    OK(meta_list(&f->c, f->m, META_TABLE, "main", NULL, false, &rows, &n));
    OK(meta_visible(&f->c, f->m, "ann@x", rows, n, keep));
    assert_false(keep[0] || keep[1]);
    give(f, META_TABLE, "ann@x", "SELECT");
    give(f, META_CATALOG, "ann@x", "USE_CATALOG");
    OK(meta_visible(&f->c, f->m, "ann@x", rows, n, keep));
    assert_true(keep[0]);
    assert_false(keep[1]);
    const meta_object catalog = {.type = META_CATALOG, .name = {.catalog = "main"}};
    OK(meta_visible(&f->c, f->m, "ann@x", &catalog, 1, keep));
    assert_true(keep[0]);
    for (size_t i = 0; i < n; i++)
        meta_object_clear(&rows[i]);
}

static void a_token_proves_its_user_and_nothing_else_does(void **state)
{
    fixture *f = *state;
    char *user = NULL;
    OK(meta_token_add(&f->c, f->m, meta_owner(f->m), "dapi123"));
    OK(meta_token_find(&f->c, f->m, "dapi123", &user));
    assert_string_equal(user, meta_owner(f->m));
    assert_int_equal(meta_token_find(&f->c, f->m, "dapi124", &user), CX_UNAUTHENTICATED);
}

static void history_is_newest_first(void **state)
{
    fixture *f = *state;
    for (int i = 0; i < 5; i++) {
        AUTO(json)
        info =
            json_pack("{s:s, s:i}", "query_id", cx_fmt(&f->c, "q%d", i), "query_start_time_ms", i);
        OK(meta_history_add(&f->c, f->m, info));
    }
    AUTO(json) list = NULL;
    OK(meta_history_list(&f->c, f->m, 2, &list));
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(json_get_str(json_array_get(list, 0), "query_id", ""), "q4");
}

/* ---- processes -------------------------------------------------------------------- */

static void write_tables(const char *root, const char *prefix, int count, int tell)
{
    cx c;
    meta *m = NULL;
    cx_init(&c);
    if (meta_open(&c, root, &m) != CX_OK)
        _exit(2);
    for (int i = 0; i < count; i++) {
        int64_t id;
        const meta_object o = {.type = META_TABLE,
                               .name = table_name("default", cx_fmt(&c, "%s%d", prefix, i)),
                               .table_type = "MANAGED",
                               .location = meta_new_location(&c, m, META_TABLE)};
        if (meta_pending_begin(&c, m, o.location, &id) || meta_create(&c, m, &o, ME, false))
            _exit(3);
        if (tell >= 0 && write(tell, "x", 1) != 1)
            _exit(4);
        if (meta_pending_end(&c, m, id))
            _exit(5);
    }
    _exit(0);
}

static size_t count_tables(fixture *f)
{
    meta_object *rows;
    size_t n;
    OK(meta_list(&f->c, f->m, META_TABLE, NULL, NULL, false, &rows, &n));
    for (size_t i = 0; i < n; i++)
        meta_object_clear(&rows[i]);
    return n;
}

static void two_processes_write_side_by_side(void **state)
{
    fixture *f = *state;
    const pid_t a = fork();
    if (a == 0)
        write_tables(f->root, "a", 200, -1);
    const pid_t b = fork();
    if (b == 0)
        write_tables(f->root, "b", 200, -1);
    int sa = 0, sb = 0;
    waitpid(a, &sa, 0);
    waitpid(b, &sb, 0);
    assert_int_equal(sa, 0);
    assert_int_equal(sb, 0);
    assert_int_equal(count_tables(f), 400);
}

static void a_killed_writer_leaves_whole_rows_and_a_note(void **state)
{
    fixture *f = *state;
    int pipes[2];
    char ch;
    assert_int_equal(pipe(pipes), 0);
    const pid_t a = fork();
    if (a == 0)
        write_tables(f->root, "a", 100000, pipes[1]);
    for (int i = 0; i < 50; i++)
        assert_int_equal(read(pipes[0], &ch, 1), 1);
    kill(a, SIGKILL);
    waitpid(a, NULL, 0);
    close(pipes[0]);
    close(pipes[1]);
    assert_true(count_tables(f) >= 50);
    meta_pending *dead;
    size_t n;
    OK(meta_pending_dead(&f->c, f->m, &dead, &n));
    assert_true(n <= 2);
    AUTO(meta) again = NULL;
    OK(meta_open(&f->c, f->root, &again)); /* and nothing is locked */
    make_table(f, "default", "after");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_new_folder_is_private_and_has_main_default),
        T(odd_names_are_kept_and_bad_ones_refused),
        T(what_is_missing_is_named_from_the_top),
        T(creating_twice_fails_and_replacing_keeps_id_and_grants),
        T(a_catalog_is_listed_with_columns_in_one_go),
        T(renames_keep_what_is_inside),
        T(dropping_asks_for_cascade_and_journals_the_folders),
        T(an_empty_catalog_drops_with_its_default_schema),
        T(privileges_come_from_above_and_need_the_way),
        T(groups_owners_and_admins_count),
        T(only_what_one_may_see_is_visible),
        T(a_token_proves_its_user_and_nothing_else_does),
        T(history_is_newest_first),
        T(two_processes_write_side_by_side),
        T(a_killed_writer_leaves_whole_rows_and_a_note),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
