/* RESTORE and VACUUM. */
#include "unit/delta_help.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Versions: 0 empty, 1 +f0, 2 +f1, 3 +f2, 4 -f0 -f1 +g. */
static delta_table *history(cx *c, const char *root)
{
    delta_table *t = NULL;
    int64_t v;
    make_table(c, root, 3);
    write_text(c, fs_join(c, root, "g.parquet"), "abc");
    const char *now = cx_fmt(c, "%lld", (long long)cx_now_ms(c));
    assert_int_equal(delta_open(c, root, &lines_parquet, &t), CX_OK);
    const char *r0 = cx_fmt(c,
                            "{\"remove\":{\"path\":\"f0.parquet\",\"deletionTimestamp\":%s,"
                            "\"dataChange\":true}}",
                            now);
    assert_int_equal(
        COMMIT(c, t, 3, false, &v, r0, remove_of(c, "f1.parquet"), add_of(c, "g.parquet")), CX_OK);
    return t;
}

static bool names(const delta_snapshot *s, const char *path)
{
    for (size_t i = 0; i < delta_file_count(s); i++)
        if (!strcmp(delta_file_at(s, i)->path, path))
            return true;
    return false;
}

/* spec: delta sheet §20 */
static void a_restored_version_has_its_files_and_its_schema_again(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    AUTO(delta_table) t = history(&c, root);
    int64_t v;
    OK(COMMIT(&c, t, 4, false, &v, meta_with(&c, "{\"new\":\"1\"}")));
    delta_restore_result r;
    OK(delta_restore(&c, t, (delta_at){2, -1}, "ann", &r));
    assert_int_equal(r.version, 6);
    assert_int_equal(r.num_of_files_after_restore, 2);
    assert_int_equal(r.table_size_after_restore, 6);
    assert_int_equal(r.num_restored_files, 2); /* f0, f1 */
    assert_int_equal(r.restored_files_size, 6);
    assert_int_equal(r.num_removed_files, 2); /* f2, g */
    AUTO(delta_snapshot) s = load_at(&c, root, -1);
    assert_int_equal(delta_file_count(s), 2);
    assert_true(names(s, "f0.parquet") && names(s, "f1.parquet"));
    assert_null(delta_property(s, "new"));
    assert_string_equal(delta_table_id(s), "t1");
    assert_int_equal(delta_file_records(delta_file_at(s, 0)), 5);
    AUTO(json) holder = NULL;
    delta_history_row *rows;
    size_t n;
    OK(delta_history(&c, t, 1, &rows, &n, &holder));
    assert_string_equal(json_get_str(rows[0].commit_info, "operation", ""), "RESTORE");
    assert_int_equal(
        json_get_int(json_get(rows[0].commit_info, "operationParameters"), "version", -1), 2);
    assert_string_equal(
        json_get_str(json_get(rows[0].commit_info, "operationMetrics"), "numRestoredFiles", ""),
        "2");
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

static void a_restore_names_the_files_that_are_gone_and_does_nothing(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    AUTO(delta_table) t = history(&c, root);
    delta_restore_result r;
    unlink(fs_join(&c, root, "f1.parquet"));
    assert_int_equal(delta_restore(&c, t, (delta_at){3, -1}, NULL, &r), CX_NOT_FOUND);
    assert_string_equal(c.error.condition, "DELTA_FILE_NOT_FOUND");
    assert_non_null(strstr(c.error.message, "f1.parquet"));
    assert_null(strstr(c.error.message, "f0.parquet"));
    AUTO(delta_snapshot) s = load_at(&c, root, -1);
    assert_int_equal(delta_version(s), 4);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

static void what_is_no_older_version_cannot_be_restored(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    AUTO(delta_table) t = history(&c, root);
    delta_restore_result r;
    static const struct {
        delta_at at;
        const char *condition;
    } wrong[] = {{{4, -1}, "DELTA_CANNOT_RESTORE_TABLE_VERSION"},
                 {{99, -1}, "DELTA_CANNOT_RESTORE_TABLE_VERSION"},
                 {{-1, INT64_C(5000000000000000)}, "DELTA_CANNOT_RESTORE_TIMESTAMP_GREATER"},
                 {{-1, 1}, "DELTA_CANNOT_RESTORE_TIMESTAMP_EARLIER"}};
    for (size_t i = 0; i < CX_COUNT(wrong); i++) {
        assert_int_equal(delta_restore(&c, t, wrong[i].at, NULL, &r), CX_INVALID);
        assert_string_equal(c.error.condition, wrong[i].condition);
        cx_forgive(&c);
    }
    assert_int_equal(delta_restore(&c, t, DELTA_LATEST, NULL, &r), CX_INVALID);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

/* ---- VACUUM ---------------------------------------------------------------------------- */

/* spec: delta "VACUUM Protocol Check", "Writer Requirements for Vacuum Protocol Check" */
static void a_vacuum_of_a_table_that_it_does_not_understand_is_refused(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    AUTO(delta_table) t = NULL;
    int64_t v;
    delta_vacuum_result r;
    const delta_vacuum_options o = {.retention_ms = -1, .dry_run = true};
    OK(delta_open(&c, root, NULL, &t));
    OK(COMMIT(&c, t, -1, true, &v,
              "{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,\"readerFeatures\":"
              "[\"vacuumProtocolCheck\"],\"writerFeatures\":[\"vacuumProtocolCheck\","
              "\"tomorrow\"]}}",
              meta_with(&c, "{}")));
    assert_int_equal(delta_vacuum(&c, t, &o, &r), CX_UNSUPPORTED);
    assert_non_null(strstr(c.error.message, "tomorrow"));
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

static void age(cx *c, const char *root, const char *name, int days)
{
    const struct timespec then = {.tv_sec = cx_now_ms(c) / 1000 - (time_t)days * 86400};
    assert_int_equal(
        utimensat(AT_FDCWD, fs_join(c, root, name), (struct timespec[]){then, then}, 0), 0);
}

static void old_file(cx *c, const char *root, const char *name)
{
    write_text(c, fs_join(c, root, name), "x");
    age(c, root, name, 30);
}

static bool there(cx *c, const char *root, const char *name)
{
    return fs_exists(fs_join(c, root, name));
}

static void fill(cx *c, const char *root)
{
    static const char *const strays[] = {
        "stray.parquet",   "a=1/stray.parquet",    "_hidden/x.parquet",
        "a=1/.clxs-1.tmp", ".hidden.parquet",      "_change_data/c.bin",
        "inner/x.parquet", "inner/_delta_log/0.x", "deep/er/x.parquet",
    };
    for (size_t i = 0; i < CX_COUNT(strays); i++)
        old_file(c, root, strays[i]);
    write_text(c, fs_join(c, root, "young.parquet"), "x");
    for (int i = 0; i < 3; i++)
        age(c, root, cx_fmt(c, "f%d.parquet", i), 30);
    age(c, root, "g.parquet", 30);
    age(c, root, "deep/er", 30);
    age(c, root, "deep", 30);
}

/* spec: delta sheet §21 */
static void only_files_that_nobody_needs_are_vacuumed(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    AUTO(delta_table) t = history(&c, root);
    fill(&c, root);
    delta_vacuum_result r;
    const delta_vacuum_options dry = {.retention_ms = -1, .dry_run = true},
                               real = {.retention_ms = -1, .record = true};
    OK(delta_vacuum(&c, t, &dry, &r));
    assert_int_equal(r.file_count, 6);
    assert_int_equal(r.path_count, 6);
    assert_true(there(&c, root, "stray.parquet"));
    OK(delta_vacuum(&c, t, &real, &r));
    assert_int_equal(r.file_count, 6);
    assert_false(there(&c, root, "stray.parquet"));
    assert_false(there(&c, root, "a=1/stray.parquet"));
    assert_true(there(&c, root, "a=1")); /* young: a writer may be in it */
    assert_false(there(&c, root, "deep/er"));
    assert_false(there(&c, root, "_change_data/c.bin"));
    assert_false(there(&c, root, "f1.parquet")); /* removed long ago */
    assert_true(there(&c, root, "f0.parquet"));  /* removed just now */
    assert_true(there(&c, root, "f2.parquet") && there(&c, root, "g.parquet"));
    assert_true(there(&c, root, "young.parquet"));
    assert_true(there(&c, root, "_hidden/x.parquet") && there(&c, root, ".hidden.parquet"));
    assert_true(there(&c, root, "inner/x.parquet")); /* of another table */
    AUTO(json) holder = NULL;
    delta_history_row *rows;
    size_t n;
    OK(delta_history(&c, t, 2, &rows, &n, &holder));
    assert_string_equal(json_get_str(rows[0].commit_info, "operation", ""), "VACUUM END");
    assert_string_equal(json_get_str(rows[1].commit_info, "operation", ""), "VACUUM START");
    assert_string_equal(
        json_get_str(json_get(rows[0].commit_info, "operationMetrics"), "numDeletedFiles", ""),
        "6");
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

static void a_short_retention_wants_the_check_turned_off(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    AUTO(delta_table) t = history(&c, root);
    delta_vacuum_result r;
    const delta_vacuum_options shorter = {.retention_ms = 0},
                               all = {.retention_ms = 0, .unchecked = true};
    assert_int_equal(delta_vacuum(&c, t, &shorter, &r), CX_INVALID);
    assert_string_equal(c.error.condition, "DELTA_VACUUM_RETENTION_PERIOD_TOO_SHORT");
    cx_forgive(&c);
    cx_sleep_ms(&c, 5);
    OK(delta_vacuum(&c, t, &all, &r));
    assert_int_equal(r.file_count, 2);
    assert_false(there(&c, root, "f0.parquet"));
    assert_true(there(&c, root, "g.parquet"));
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

/* A vacuum of the source takes what only the clone needs; one of the clone takes nothing of it. */
static void a_shallow_clones_vacuum_leaves_its_source_alone(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c), *a = fs_join(&c, root, "a"), *b = fs_join(&c, root, "b");
    make_table(&c, a, 2);
    AUTO(delta_snapshot) s = load_at(&c, a, -1);
    AUTO(delta_table) t = NULL;
    delta_clone_result cloned;
    delta_vacuum_result r;
    const delta_clone_options o = {.shallow = true, .source_name = "s"};
    const delta_vacuum_options all = {.retention_ms = 0, .unchecked = true};
    OK(delta_open(&c, b, &lines_parquet, &t));
    OK(delta_clone(&c, s, t, &o, &cloned));
    cx_sleep_ms(&c, 5);
    OK(delta_vacuum(&c, t, &all, &r));
    assert_int_equal(r.file_count, 0);
    assert_true(there(&c, a, "f0.parquet"));
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

/* ---- LITE -------------------------------------------------------------------------------- */

static void age_commits(cx *c, const char *root, int last)
{
    for (int v = 0; v <= last; v++)
        age(c, root, cx_fmt(c, "_delta_log/%020d.json", v), 40 - v);
}

/* spec: delta sheet §21 */
static void a_lite_vacuum_takes_what_the_log_says_was_removed(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    AUTO(delta_table) t = history(&c, root);
    delta_vacuum_result r;
    const delta_vacuum_options dry = {.retention_ms = -1, .lite = true, .dry_run = true},
                               lite = {.retention_ms = -1, .lite = true};
    fill(&c, root);
    age_commits(&c, root, 4);
    OK(delta_vacuum(&c, t, &dry, &r));
    assert_int_equal(r.file_count, 1);
    assert_string_equal(r.paths[0], fs_join(&c, root, "f1.parquet"));
    assert_false(there(&c, root, "_delta_log/_last_vacuum_info"));
    OK(delta_vacuum(&c, t, &lite, &r));
    assert_int_equal(r.file_count, 1);
    assert_false(there(&c, root, "f1.parquet"));
    assert_true(there(&c, root, "f0.parquet")); /* its tombstone is young */
    assert_true(there(&c, root, "stray.parquet"));
    assert_true(there(&c, root, "_delta_log/_last_vacuum_info"));
    OK(delta_vacuum(&c, t, &lite, &r));
    assert_int_equal(r.file_count, 0);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

static void a_lite_vacuum_needs_the_log_or_an_earlier_vacuum(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    AUTO(delta_table) t = history(&c, root);
    AUTO(delta_snapshot) s = load_at(&c, root, -1);
    delta_vacuum_result r;
    const delta_vacuum_options full = {.retention_ms = -1},
                               lite = {.retention_ms = -1, .lite = true};
    fill(&c, root);
    age_commits(&c, root, 4);
    OK(delta_checkpoint_write(&c, t, s));
    for (int v = 0; v < 4; v++)
        unlink(cx_fmt(&c, "%s/_delta_log/%020d.json", root, v));
    assert_int_equal(delta_vacuum(&c, t, &lite, &r), CX_INVALID);
    assert_string_equal(c.error.condition, "DELTA_CANNOT_VACUUM_LITE");
    cx_forgive(&c);
    OK(delta_vacuum(&c, t, &full, &r));
    assert_true(r.file_count > 1);
    OK(delta_vacuum(&c, t, &lite, &r));
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

/* ---- RESTORE, within limits -------------------------------------------------------------- */

/* spec: delta sheet §20 */
static void a_version_whose_files_may_be_vacuumed_is_not_restored(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    AUTO(delta_table) t = history(&c, root);
    delta_restore_result r;
    age_commits(&c, root, 3);
    assert_int_equal(delta_restore(&c, t, (delta_at){2, -1}, NULL, &r), CX_INVALID);
    assert_string_equal(c.error.condition,
                        "DELTA_UNSUPPORTED_TIME_TRAVEL_BEYOND_DELETED_FILE_RETENTION_DURATION");
    cx_forgive(&c);
    OK(delta_restore(&c, t, (delta_at){3, -1}, NULL, &r)); /* it was the latest until now */
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

static const char *identity(cx *c, int mark)
{
    return cx_fmt(c,
                  "{\"metaData\":{\"id\":\"t1\",\"format\":{\"provider\":\"parquet\","
                  "\"options\":{}},\"schemaString\":\"{\\\"type\\\":\\\"struct\\\","
                  "\\\"fields\\\":[{\\\"name\\\":\\\"id\\\",\\\"type\\\":\\\"long\\\","
                  "\\\"nullable\\\":true,\\\"metadata\\\":{\\\"delta.identity.start\\\":1,"
                  "\\\"delta.identity.step\\\":1,\\\"delta.identity.highWaterMark\\\":%d}}]}\","
                  "\"partitionColumns\":[],\"configuration\":{},\"createdTime\":1}}",
                  mark);
}

/* spec: delta "Identity Columns" */
static void numbers_of_an_identity_column_are_not_given_twice(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    AUTO(delta_table) t = NULL;
    delta_restore_result r;
    int64_t v;
    OK(delta_open(&c, root, NULL, &t));
    OK(COMMIT(&c, t, -1, true, &v, PROTOCOL, identity(&c, 5)));
    OK(COMMIT(&c, t, 0, false, &v, identity(&c, 9)));
    OK(delta_restore(&c, t, (delta_at){0, -1}, NULL, &r));
    AUTO(delta_snapshot) s = load_at(&c, root, -1);
    const json *field = json_array_get(json_get(delta_schema(s), "fields"), 0);
    assert_int_equal(json_get_int(json_get(field, "metadata"), "delta.identity.highWaterMark", -1),
                     9);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restored_version_has_its_files_and_its_schema_again),
        cmocka_unit_test(a_restore_names_the_files_that_are_gone_and_does_nothing),
        cmocka_unit_test(what_is_no_older_version_cannot_be_restored),
        cmocka_unit_test(a_vacuum_of_a_table_that_it_does_not_understand_is_refused),
        cmocka_unit_test(only_files_that_nobody_needs_are_vacuumed),
        cmocka_unit_test(a_short_retention_wants_the_check_turned_off),
        cmocka_unit_test(a_shallow_clones_vacuum_leaves_its_source_alone),
        cmocka_unit_test(a_lite_vacuum_takes_what_the_log_says_was_removed),
        cmocka_unit_test(a_lite_vacuum_needs_the_log_or_an_earlier_vacuum),
        cmocka_unit_test(a_version_whose_files_may_be_vacuumed_is_not_restored),
        cmocka_unit_test(numbers_of_an_identity_column_are_not_given_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
