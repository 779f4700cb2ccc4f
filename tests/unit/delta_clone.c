/* Clones and checkpoints, on disk. */
#include "unit/delta_help.h"

#include <sys/stat.h>
#include <unistd.h>

static cx_code clone_to(cx *c, const char *from, const char *to, bool shallow, bool replace,
                        delta_clone_result *r)
{
    AUTO(delta_snapshot) s = load_at(c, from, -1);
    AUTO(delta_table) t = NULL;
    TRY(delta_open(c, to, &lines_parquet, &t));
    const delta_clone_options o = {
        .shallow = shallow, .source_name = "`a`.`b`.`c`", .replace = replace, .user_name = "ann"};
    return delta_clone(c, s, t, &o, r);
}

static void expect_text(cx *c, const char *path, const char *text)
{
    AUTO_CLEAR(buf) b = {0};
    if (fs_read(c, path, 1 << 20, &b) != CX_OK)
        fail_msg("%s", c->error.message);
    assert_string_equal(buf_text(&b), text);
}

/* spec: delta "Data Files" */
static void a_deep_clone_has_files_of_its_own_under_the_same_names(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c), *a = fs_join(&c, root, "a"), *b = fs_join(&c, root, "b");
    make_table(&c, a, 1);
    AUTO(delta_table) t = NULL;
    int64_t version;
    delta_clone_result r;
    OK(delta_open(&c, a, NULL, &t));
    write_text(&c, fs_join(&c, a, "p=x y/%3A#\xc3\xa9.parquet"), "special");
    write_text(&c, fs_join(&c, root, "outside.parquet"), "outside");
    OK(COMMIT(&c, t, 1, true, &version, add_of(&c, "p=x%20y/%253A%23\xc3\xa9.parquet"),
              add_of(&c, cx_fmt(&c, "file://%s/outside.parquet", root))));
    OK(clone_to(&c, a, b, false, false, &r));
    assert_int_equal(r.source_num_of_files, 3);
    assert_int_equal(r.num_copied_files, 3);
    assert_int_equal(r.copied_files_size, 3 + 7 + 7);
    assert_int_equal(r.source_version, 2);
    assert_int_equal(r.target_version, 0);
    expect_text(&c, fs_join(&c, b, "p=x y/%3A#\xc3\xa9.parquet"), "special");
    AUTO(delta_snapshot) s = load_at(&c, b, -1);
    assert_int_equal(delta_file_count(s), 3);
    assert_string_not_equal(delta_table_id(s), "t1");
    for (size_t i = 0; i < 3; i++) {
        char *path;
        OK(delta_file_path(&c, s, delta_file_at(s, i), &path));
        assert_true(text_starts(path, b));
        assert_true(fs_exists(path));
        assert_int_equal(delta_file_records(delta_file_at(s, i)), 5);
    }
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

static void cloning_again_copies_only_what_is_missing(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c), *a = fs_join(&c, root, "a"), *b = fs_join(&c, root, "b");
    make_table(&c, a, 3);
    AUTO(delta_table) t = NULL;
    int64_t version;
    delta_clone_result r;
    OK(delta_open(&c, a, NULL, &t));
    write_text(&c, fs_join(&c, root, "outside.parquet"), "outside");
    OK(COMMIT(&c, t, 3, true, &version, add_of(&c, cx_fmt(&c, "file:%s/outside.parquet", root))));
    OK(clone_to(&c, a, b, false, true, &r));
    assert_int_equal(r.num_copied_files, 4);
    OK(clone_to(&c, a, b, false, true, &r));
    assert_int_equal(r.num_copied_files, 0);
    assert_int_equal(r.num_removed_files, 0);
    write_text(&c, fs_join(&c, a, "new.parquet"), "new!");
    OK(COMMIT(&c, t, 4, false, &version, remove_of(&c, "f1.parquet"), add_of(&c, "new.parquet")));
    OK(clone_to(&c, a, b, false, true, &r));
    assert_int_equal(r.num_copied_files, 1);
    assert_int_equal(r.num_removed_files, 1);
    assert_int_equal(r.target_version, 2);
    AUTO(delta_snapshot) s = load_at(&c, b, -1);
    AUTO(delta_snapshot) first = load_at(&c, b, 0);
    assert_int_equal(delta_file_count(s), 4);
    assert_string_equal(delta_table_id(s), delta_table_id(first));
    AUTO(delta_table) target = NULL;
    AUTO(json) holder = NULL;
    delta_history_row *rows;
    size_t n;
    OK(delta_open(&c, b, NULL, &target));
    OK(delta_history(&c, target, 1, &rows, &n, &holder));
    const json *info = rows[0].commit_info;
    assert_string_equal(json_get_str(info, "operation", ""), "CLONE");
    assert_string_equal(json_get_str(json_get(info, "operationParameters"), "source", ""),
                        "`a`.`b`.`c`");
    assert_int_equal(json_get_int(json_get(info, "operationParameters"), "sourceVersion", -1), 5);
    assert_string_equal(json_get_str(json_get(info, "operationMetrics"), "numCopiedFiles", ""),
                        "1");
    assert_int_equal(clone_to(&c, a, b, false, false, &r), CX_EXISTS);
    assert_string_equal(c.error.condition, "DELTA_UNSUPPORTED_NON_EMPTY_CLONE");
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

/* spec: delta "Add File and Remove File" */
static void a_shallow_clone_refers_to_the_source_and_copies_nothing(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c), *a = fs_join(&c, root, "a b"), *b = fs_join(&c, root, "b");
    make_table(&c, a, 2);
    delta_clone_result r;
    OK(clone_to(&c, a, b, true, true, &r));
    OK(clone_to(&c, a, b, true, true, &r));
    assert_int_equal(r.num_copied_files, 0);
    assert_int_equal(r.num_removed_files, 0);
    AUTO(delta_snapshot) s = load_at(&c, b, -1);
    assert_int_equal(delta_version(s), 1);
    assert_int_equal(delta_file_count(s), 2);
    char *path;
    OK(delta_file_path(&c, s, delta_file_at(s, 0), &path));
    assert_string_equal(path, fs_join(&c, a, "f0.parquet"));
    assert_non_null(strstr(delta_file_at(s, 0)->path, "/a%20b/"));
    /* And a deep clone of the shallow one stands alone. */
    OK(clone_to(&c, b, fs_join(&c, root, "d"), false, true, &r));
    assert_int_equal(r.num_copied_files, 2);
    OK(fs_remove_tree(&c, a));
    AUTO(delta_snapshot) d = load_at(&c, fs_join(&c, root, "d"), -1);
    OK(delta_file_path(&c, d, delta_file_at(d, 0), &path));
    expect_text(&c, path, "abc");
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

static void a_missing_file_is_named_and_nothing_becomes_visible(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c), *a = fs_join(&c, root, "a"), *b = fs_join(&c, root, "b");
    make_table(&c, a, 9);
    delta_clone_result r;
    unlink(fs_join(&c, a, "f4.parquet"));
    assert_int_equal(clone_to(&c, a, b, false, true, &r), CX_NOT_FOUND);
    assert_non_null(strstr(c.error.message, "f4.parquet"));
    assert_non_null(strstr(c.error.message, "version 9"));
    assert_false(delta_is_table(&c, b));
    for (int i = 0; i < 9; i++)
        assert_false(fs_exists(fs_join(&c, b, cx_fmt(&c, "f%d.parquet", i))));
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

/* spec: delta "Row Tracking", "Row IDs", "Row Commit Versions" */
static void row_ids_are_given_anew_and_unknown_features_refused(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c), *a = fs_join(&c, root, "a"), *b = fs_join(&c, root, "b");
    delta_clone_result r;
    static const char *const lists[] = {"\"rowTracking\",\"domainMetadata\"", "\"tomorrow\""};
    write_text(&c, fs_join(&c, a, "x"), "abc");
    write_text(&c, fs_join(&c, a, "y"), "abc");
    for (size_t i = 0; i < 2; i++) {
        AUTO_CLEAR(buf) text = BUF(BUF_ANY);
        const char *meta = meta_with(&c, "{\"delta.enableRowTracking\":\"true\"}");
        buf_addf(
            &text,
            "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":7,\"writerFeatures\":[%s]}}\n%s\n",
            lists[i], meta);
        static const char *const names[] = {"x", "y"};
        for (size_t k = 0; k < 2; k++)
            buf_addf(
                &text,
                "{\"add\":{\"path\":\"%s\",\"partitionValues\":{},\"size\":3,\"modificationTime\":1,"
                "\"dataChange\":true,\"stats\":\"{\\\"numRecords\\\":5}\",\"baseRowId\":7%zu,"
                "\"defaultRowCommitVersion\":9}}\n",
                names[k], k);
        write_text(&c, fs_join(&c, a, "_delta_log/00000000000000000000.json"), buf_text(&text));
        const cx_code rc = clone_to(&c, a, b, false, true, &r);
        assert_int_equal(rc, i ? CX_UNSUPPORTED : CX_OK);
    }
    assert_non_null(strstr(c.error.message, "tomorrow"));
    AUTO(delta_snapshot) s = load_at(&c, b, -1);
    for (size_t i = 0; i < 2; i++) {
        AUTO(json) add = NULL;
        OK(delta_file_add(&c, delta_file_at(s, i), &add));
        assert_int_equal(json_get_int(add, "baseRowId", -1), 5 * i);
        assert_int_equal(json_get_int(add, "defaultRowCommitVersion", -1), 0);
    }
    const json *domain = json_array_get(delta_domains(s), 0);
    assert_string_equal(json_get_str(domain, "configuration", ""), "{\"rowIdHighWaterMark\":9}");
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

/* spec: delta "Deletion Vectors", "Deletion Vector Files", "Deletion Vector Descriptor Schema" */
static void deletion_vectors_come_along(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *golden = getenv("CLXS_GOLDEN") ? getenv("CLXS_GOLDEN") : "../shared/golden";
    const char *from = fs_join(&c, golden, "more/table-with-dv-small");
    if (!fs_is_dir(from)) {
        print_message("skipped: there are no golden tables at %s\n", golden);
        cx_clear(&c);
        return;
    }
    const char *root = scratch(&c);
    const char *deep = fs_join(&c, root, "deep"), *shallow = fs_join(&c, root, "shallow");
    const char *deeper = fs_join(&c, root, "deeper");
    delta_clone_result r;
    OK(clone_to(&c, from, deep, false, true, &r));
    OK(clone_to(&c, from, shallow, true, true, &r));
    OK(clone_to(&c, shallow, deeper, false, true, &r));
    const char *const all[] = {from, deep, shallow, deeper};
    const char *const kinds[] = {"u", "u", "p", "u"};
    for (size_t i = 0; i < CX_COUNT(all); i++) {
        AUTO(delta_snapshot) s = load_at(&c, all[i], -1);
        AUTO_FREE uint64_t *rows = NULL;
        size_t n;
        assert_string_equal(delta_file_at(s, 0)->dv->storage_type, kinds[i]);
        OK(delta_dv_rows(&c, s, delta_file_at(s, 0), &rows, &n));
        assert_int_equal(n, 2);
        assert_int_equal(rows[0], 0);
        assert_int_equal(rows[1], 9);
    }
    OK(clone_to(&c, from, deep, false, true, &r));
    assert_int_equal(r.num_copied_files, 0);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

static void what_a_killed_clone_left_is_swept_and_nothing_else(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c), *a = fs_join(&c, root, "a");
    make_table(&c, a, 2);
    AUTO(delta_table) t = NULL;
    int64_t version, removed;
    OK(delta_open(&c, a, NULL, &t));
    OK(COMMIT(&c, t, 2, false, &version, remove_of(&c, "f0.parquet"))); /* time travel needs it */
    write_text(&c, fs_join(&c, a, "left.parquet"), "x");
    write_text(&c, fs_join(&c, a, "p=1/.clxs-1.tmp"), "x");
    write_text(&c, fs_join(&c, a, "_delta_log/.x.json.1.tmp"), "x");
    write_text(&c, fs_join(&c, a, "notes.txt"), "x");
    make_table(&c, fs_join(&c, a, "nested"), 1);
    OK(delta_remove_unreferenced(&c, t, cx_now_ms(&c) + 60000, NULL, NULL, &removed));
    assert_int_equal(removed, 0);
    OK(delta_remove_unreferenced(&c, t, 0, NULL, NULL, &removed));
    assert_int_equal(removed, 3);
    assert_false(fs_exists(fs_join(&c, a, "left.parquet")));
    static const char *const kept[] = {"f0.parquet", "f1.parquet", "notes.txt",
                                       "nested/f0.parquet"};
    for (size_t i = 0; i < CX_COUNT(kept); i++)
        assert_true(fs_exists(fs_join(&c, a, kept[i])));
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

/* ---- checkpoints ----------------------------------------------------------------- */

static char *log_name(cx *c, const char *root, const char *name)
{
    return cx_fmt(c, "%s/_delta_log/%s", root, name);
}

/* spec: delta "Checkpoints", "V1 Spec", "Classic checkpoint", "Last Checkpoint File" */
static void a_log_can_begin_at_the_checkpoint_that_we_wrote(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c), *a = fs_join(&c, root, "a");
    make_table(&c, a, 5);
    AUTO(delta_table) t = NULL;
    AUTO(delta_snapshot) s = NULL;
    AUTO(delta_snapshot) again = NULL;
    AUTO(delta_snapshot) old = NULL;
    int64_t version;
    OK(delta_open(&c, a, &lines_parquet, &t));
    OK(COMMIT(
        &c, t, 5, false, &version, remove_of(&c, "f2.parquet"),
        "{\"txn\":{\"appId\":\"x\",\"version\":7}}",
        "{\"domainMetadata\":{\"domain\":\"d\",\"configuration\":\"{}\",\"removed\":false}}"));
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &s));
    OK(delta_checkpoint_write(&c, t, s));
    OK(delta_checkpoint_write(&c, t, s)); /* somebody else's is as good */
    for (int i = 0; i < 6; i++)
        unlink(log_name(&c, a, cx_fmt(&c, "%020d.json", i)));
    OK(COMMIT(&c, t, 6, true, &version, add_of(&c, "new.parquet")));
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &again));
    assert_int_equal(delta_version(again), 7);
    assert_int_equal(delta_file_count(again), 5);
    assert_int_equal(delta_file_records(delta_file_at(again, 0)), 5);
    assert_int_equal(json_array_size(delta_domains(again)), 1);
    assert_int_equal(delta_snapshot_load(&c, t, (delta_at){3, -1}, &old), CX_NOT_FOUND);
    assert_string_equal(c.error.condition, "DELTA_VERSION_NOT_FOUND");
    /* A pointer that lies, points nowhere, or is not JSON. */
    static const char *const pointers[] = {"{\"version\":3}", "{\"version\":99}", "{", "7",
                                           "{\"version\":\"x\"}"};
    for (size_t i = 0; i < CX_COUNT(pointers); i++) {
        AUTO(delta_snapshot) with = NULL;
        write_text(&c, log_name(&c, a, "_last_checkpoint"), pointers[i]);
        OK(delta_snapshot_load(&c, t, DELTA_LATEST, &with));
        assert_int_equal(delta_file_count(with), 5);
    }
    /* The commit that the checkpoint is of was cleaned away: a writer that stayed behind is told.
     */
    assert_int_equal(COMMIT(&c, t, 2, true, &version, add_of(&c, "late.parquet")), CX_CONFLICT);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

static const char *const rows_one =
    "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2,\"readerFeatures\":null},\"add\":null}\n"
    "{\"add\":{\"path\":\"x\",\"partitionValues\":[{\"key\":\"p\",\"value\":\"1\"}],\"size\":\"4\","
    "\"modificationTime\":1,\"dataChange\":false,\"tags\":null,\"stats\":null,\"stats_parsed\":"
    "{\"numRecords\":9},\"deletionVector\":{\"storageType\":null,\"pathOrInlineDv\":null}}}\n";

/* spec: delta "Multi-part checkpoint", "Problems with multi-part checkpoints",
 * "Checkpoint Naming Scheme" */
static void only_complete_multi_part_checkpoints_count(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *a = scratch(&c);
    AUTO(delta_table) t = NULL;
    AUTO(delta_snapshot) s = NULL;
    AUTO(json) values = NULL;
    OK(delta_open(&c, a, &lines_parquet, &t));
    const char *two = "00000000000000000004.checkpoint.0000000002.0000000002.parquet";
    write_text(&c, log_name(&c, a, "00000000000000000004.checkpoint.0000000001.0000000002.parquet"),
               rows_one);
    assert_int_equal(delta_snapshot_load(&c, t, DELTA_LATEST, &s), CX_NOT_FOUND);
    write_text(&c, log_name(&c, a, two), meta_with(&c, "[{\"key\":\"delta.k\",\"value\":\"v\"}]"));
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &s));
    assert_int_equal(delta_version(s), 4);
    assert_int_equal(delta_file_count(s), 1);
    assert_int_equal(delta_file_at(s, 0)->size_bytes, 4);
    assert_null(delta_file_at(s, 0)->dv);
    assert_int_equal(delta_file_records(delta_file_at(s, 0)), 9);
    assert_string_equal(delta_property(s, "delta.k"), "v");
    OK(delta_file_partition_values(&c, delta_file_at(s, 0), &values));
    assert_string_equal(json_get_str(values, "p", ""), "1");
    OK(fs_remove_tree(&c, a));
    cx_clear(&c);
}

/* spec: delta "V2 Spec", "V2 Checkpoint Table Feature", "Sidecar Files" */
static void a_v2_checkpoint_is_read_with_its_sidecars(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *a = scratch(&c);
    AUTO(delta_table) t = NULL;
    AUTO(delta_snapshot) s = NULL;
    OK(delta_open(&c, a, &lines_parquet, &t));
    write_text(
        &c,
        log_name(&c, a,
                 "00000000000000000003.checkpoint.0a8d73ee-aa83-49d0-9583-c99db75b89b2.json"),
        cx_fmt(&c,
               "{\"checkpointMetadata\":{\"version\":3}}\n{\"protocol\":{\"minReaderVersion\":3,"
               "\"minWriterVersion\":7,\"readerFeatures\":[\"v2Checkpoint\"],"
               "\"writerFeatures\":[\"v2Checkpoint\"]}}\n%s\n"
               "{\"sidecar\":{\"path\":\"s1.parquet\",\"sizeInBytes\":1,\"modificationTime\":1}}\n"
               "{\"sidecar\":{\"path\":\"s2.parquet\",\"sizeInBytes\":1,\"modificationTime\":1}}\n",
               meta_with(&c, "{}")));
    write_text(&c, log_name(&c, a, "_sidecars/s1.parquet"), add_of(&c, "x"));
    write_text(&c, log_name(&c, a, "_sidecars/s2.parquet"), add_of(&c, "y"));
    write_text(&c, log_name(&c, a, "00000000000000000004.json"), remove_of(&c, "y"));
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &s));
    assert_int_equal(delta_version(s), 4);
    assert_int_equal(delta_file_count(s), 1);
    assert_string_equal(delta_file_at(s, 0)->path, "x");
    OK(fs_remove_tree(&c, a));
    cx_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deep_clone_has_files_of_its_own_under_the_same_names),
        cmocka_unit_test(cloning_again_copies_only_what_is_missing),
        cmocka_unit_test(a_shallow_clone_refers_to_the_source_and_copies_nothing),
        cmocka_unit_test(a_missing_file_is_named_and_nothing_becomes_visible),
        cmocka_unit_test(row_ids_are_given_anew_and_unknown_features_refused),
        cmocka_unit_test(deletion_vectors_come_along),
        cmocka_unit_test(what_a_killed_clone_left_is_swept_and_nothing_else),
        cmocka_unit_test(a_log_can_begin_at_the_checkpoint_that_we_wrote),
        cmocka_unit_test(only_complete_multi_part_checkpoints_count),
        cmocka_unit_test(a_v2_checkpoint_is_read_with_its_sidecars),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
