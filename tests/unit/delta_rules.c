/* What the commit path itself puts into a commit: row ids and in-commit times; domains, types. */
#include "unit/delta_help.h"

#define TRACKED                                                     \
    "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":7," \
    "\"writerFeatures\":[\"rowTracking\",\"domainMetadata\",\"appendOnly\"]}}"
#define TIMED                                                       \
    "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":7," \
    "\"writerFeatures\":[\"inCommitTimestamp\",\"appendOnly\"]}}"

static json *add_at(cx *c, const delta_snapshot *s, const char *path)
{
    json *add = NULL;
    for (size_t i = 0; i < delta_file_count(s); i++)
        if (!strcmp(delta_file_at(s, i)->path, path)) {
            assert_int_equal(delta_file_add(c, delta_file_at(s, i), &add), CX_OK);
            return add;
        }
    fail_msg("%s is not in the table", path);
    return NULL;
}

static void expect_ids(cx *c, const delta_snapshot *s, const char *path, int64_t base,
                       int64_t version)
{
    AUTO(json) add = add_at(c, s, path);
    assert_int_equal(json_get_int(add, "baseRowId", -1), base);
    assert_int_equal(json_get_int(add, "defaultRowCommitVersion", -1), version);
}

static int64_t mark_of(const delta_snapshot *s)
{
    const json *domains = delta_domains(s);
    for (size_t i = 0; i < json_array_size(domains); i++) {
        const json *d = json_array_get(domains, i);
        if (strcmp(json_get_str(d, "domain", ""), "delta.rowTracking") != 0)
            continue;
        AUTO(json) config = text_json(json_get_str(d, "configuration", "{}"));
        return json_get_int(config, "rowIdHighWaterMark", -1);
    }
    return -1;
}

/* spec: delta "Row Tracking", "Row IDs", "Row Commit Versions",
 * "Writer Requirements for Row Tracking" */
static void each_file_gets_row_ids_that_go_on_from_the_last(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    AUTO(delta_table) t = table_of(&c, TRACKED, "{}");
    AUTO(delta_snapshot) s = NULL;
    int64_t version;
    OK(COMMIT(&c, t, 0, true, &version, add_of(&c, "a"), add_of(&c, "b")));
    OK(COMMIT(&c, t, 1, true, &version, add_of(&c, "x")));
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &s));
    expect_ids(&c, s, "a", 0, 1);
    expect_ids(&c, s, "b", 5, 1);
    expect_ids(&c, s, "x", 10, 2);
    assert_int_equal(mark_of(s), 14);
    cx_clear(&c);
}

static void who_loses_a_race_takes_the_next_row_ids(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    AUTO(delta_table) t = table_of(&c, TRACKED, "{}");
    AUTO(delta_snapshot) s = NULL;
    int64_t version;
    OK(COMMIT(&c, t, 0, true, &version, add_of(&c, "a")));
    OK(COMMIT(&c, t, 0, true, &version, add_of(&c, "b")));
    assert_int_equal(version, 2);
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &s));
    expect_ids(&c, s, "a", 0, 1);
    expect_ids(&c, s, "b", 5, 2);
    assert_int_equal(mark_of(s), 9);
    cx_clear(&c);
}

static void a_handle_that_knows_nothing_finds_the_mark(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    AUTO(delta_table) one = NULL;
    AUTO(delta_table) two = NULL;
    AUTO(delta_snapshot) s = NULL;
    int64_t version;
    OK(delta_open(&c, root, NULL, &one));
    OK(delta_open(&c, root, NULL, &two));
    OK(COMMIT(&c, one, -1, true, &version, TRACKED, meta_with(&c, "{}"), add_of(&c, "a")));
    OK(COMMIT(&c, two, 0, true, &version, add_of(&c, "b")));
    OK(COMMIT(&c, one, 0, true, &version, add_of(&c, "x")));
    OK(COMMIT(&c, two, 1, true, &version, add_of(&c, "y")));
    OK(delta_snapshot_load(&c, one, DELTA_LATEST, &s));
    expect_ids(&c, s, "a", 0, 0);
    expect_ids(&c, s, "b", 5, 1);
    expect_ids(&c, s, "x", 10, 2);
    expect_ids(&c, s, "y", 15, 3);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

static void a_file_without_a_row_count_gets_no_row_ids(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    AUTO(delta_table) t = table_of(&c, TRACKED, "{}");
    AUTO(delta_table) off = table_of(&c, TRACKED, "{\"delta.rowTrackingSuspended\":\"true\"}");
    AUTO(delta_snapshot) s = NULL;
    int64_t version;
    const char *bare = "{\"add\":{\"path\":\"a\",\"partitionValues\":{},\"size\":3,"
                       "\"modificationTime\":1,\"dataChange\":true}}";
    assert_int_equal(COMMIT(&c, t, 0, true, &version, bare), CX_UNSUPPORTED);
    OK(COMMIT(&c, off, 0, true, &version, bare));
    OK(delta_snapshot_load(&c, off, DELTA_LATEST, &s));
    assert_int_equal(mark_of(s), -1);
    cx_clear(&c);
}

/* A file that gets another vector keeps its ids, in the remove and in the add. */
static void row_ids_stay_with_their_file(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    AUTO(delta_table) t = table_of(&c, TRACKED, "{}");
    AUTO(delta_snapshot) s = NULL;
    AUTO(delta_snapshot) after = NULL;
    AUTO(json) actions = json_array();
    AUTO(json) none = json_object();
    int64_t version;
    OK(COMMIT(&c, t, 0, true, &version, add_of(&c, "a")));
    OK(COMMIT(&c, t, 1, true, &version, add_of(&c, "b")));
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &s));
    const uint64_t rows[] = {1};
    delta_dv dv;
    OK(delta_dv_write(&c, t, &(delta_rows){rows, 1}, 1, &dv));
    OK(delta_dv_actions(&c, delta_file_at(s, 1), &dv, 5, actions));
    const json *gone = json_get(json_array_get(actions, 0), "remove");
    assert_int_equal(json_get_int(gone, "baseRowId", -1), 5);
    const delta_commit m = {
        .operation = "DELETE", .parameters = none, .read_version = 2, .actions = actions};
    OK(delta_commit_write(&c, t, &m, &version));
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &after));
    expect_ids(&c, after, "b", 5, 2);
    assert_int_equal(mark_of(after), 9);
    cx_clear(&c);
}

static void a_restored_file_has_its_row_ids_again(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    AUTO(delta_table) t = NULL;
    AUTO(delta_snapshot) s = NULL;
    delta_restore_result r;
    int64_t version;
    write_text(&c, fs_join(&c, root, "a"), "abc");
    OK(delta_open(&c, root, NULL, &t));
    OK(COMMIT(&c, t, -1, true, &version, TRACKED, meta_with(&c, "{}"), add_of(&c, "a")));
    OK(COMMIT(&c, t, 0, false, &version, remove_of(&c, "a"), add_of(&c, "b")));
    OK(delta_restore(&c, t, (delta_at){0, -1}, NULL, &r));
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &s));
    expect_ids(&c, s, "a", 0, 0);
    assert_int_equal(mark_of(s), 9); /* ids of b are not given again */
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

static json *info_of(cx *c, delta_table *t, json **holder)
{
    delta_history_row *rows;
    size_t n;
    assert_int_equal(delta_history(c, t, 1, &rows, &n, holder), CX_OK);
    return (json *)rows[0].commit_info;
}

static const char *preserved(cx *c, delta_table *t, json **holder)
{
    return json_get_str(json_get(info_of(c, t, holder), "tags"), "delta.rowTracking.preserved",
                        "absent");
}

/* spec: delta "Row Tracking" */
static void turning_row_tracking_on_gives_ids_to_the_files_that_are_there(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    AUTO(delta_table) t = table_of(&c, PROTOCOL, "{}");
    AUTO(delta_snapshot) s = NULL;
    AUTO(json) h1 = NULL;
    AUTO(json) h2 = NULL;
    AUTO(json) h3 = NULL;
    int64_t version;
    OK(COMMIT(&c, t, 0, true, &version, add_of(&c, "a")));
    OK(COMMIT(&c, t, 1, true, &version, add_of(&c, "b")));
    const char *again = "{\"add\":{\"path\":\"b\",\"partitionValues\":{},\"size\":3,"
                        "\"modificationTime\":1,\"dataChange\":false,"
                        "\"stats\":\"{\\\"numRecords\\\":5}\"}}";
    OK(COMMIT(&c, t, 2, false, &version, TRACKED,
              meta_with(&c, "{\"delta.enableRowTracking\":\"true\"}"), again));
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &s));
    assert_int_equal(delta_file_count(s), 2);
    assert_int_equal(delta_size_bytes(s), 6);
    expect_ids(&c, s, "b", 0, 3); /* what the caller adds again itself is not added twice */
    expect_ids(&c, s, "a", 5, 3);
    assert_int_equal(mark_of(s), 9);
    assert_non_null(delta_property(s, "delta.rowTracking.materializedRowIdColumnName"));
    assert_non_null(delta_property(s, "delta.rowTracking.materializedRowCommitVersionColumnName"));
    OK(COMMIT(&c, t, 3, true, &version, add_of(&c, "x")));
    assert_string_equal(preserved(&c, t, &h1), "true");
    OK(COMMIT(&c, t, 4, false, &version, add_of(&c, "y"), remove_of(&c, "a")));
    assert_string_equal(preserved(&c, t, &h2), "false");
    OK(COMMIT(&c, t, 5, false, &version, remove_of(&c, "y")));
    assert_string_equal(preserved(&c, t, &h3), "true");
    cx_clear(&c);
}

/* ---- in-commit times --------------------------------------------------------------------- */

static int64_t slow_now(void *self)
{
    return *(int64_t *)self;
}

/* spec: delta "In-Commit Timestamps", "Writer Requirements for In-Commit Timestamps" */
static void in_commit_times_can_be_turned_on_later(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    AUTO(delta_table) t = table_of(&c, PROTOCOL, "{}");
    AUTO(delta_snapshot) before = NULL;
    AUTO(delta_snapshot) s = NULL;
    AUTO(delta_snapshot) then = NULL;
    AUTO(delta_snapshot) old = NULL;
    AUTO(delta_snapshot) later = NULL;
    int64_t version;
    OK(COMMIT(&c, t, 0, true, &version, add_of(&c, "a")));
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &before));
    OK(COMMIT(&c, t, 1, false, &version, TIMED,
              meta_with(&c, "{\"delta.enableInCommitTimestamps\":\"true\"}")));
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &s));
    const char *at = delta_property(s, "delta.inCommitTimestampEnablementTimestamp");
    assert_string_equal(delta_property(s, "delta.inCommitTimestampEnablementVersion"), "2");
    assert_non_null(at);
    assert_int_equal(strtoll(at, NULL, 10), delta_timestamp_ms(s));
    assert_true(delta_timestamp_ms(s) > delta_timestamp_ms(before));
    OK(COMMIT(&c, t, 2, true, &version, add_of(&c, "b")));
    OK(delta_snapshot_load(&c, t, (delta_at){-1, delta_timestamp_ms(s) * 1000}, &then));
    assert_int_equal(delta_version(then), 2);
    OK(delta_snapshot_load(&c, t, (delta_at){-1, delta_timestamp_ms(before) * 1000}, &old));
    assert_int_equal(delta_version(old), 1);
    /* Another change of the metadata does not forget from when on. */
    OK(COMMIT(&c, t, 3, false, &version,
              meta_with(&c, "{\"delta.enableInCommitTimestamps\":\"true\",\"k\":\"v\"}")));
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &later));
    assert_string_equal(delta_property(later, "delta.inCommitTimestampEnablementVersion"), "2");
    cx_clear(&c);
}

static void a_clock_that_goes_backwards_does_not_take_the_commits_with_it(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    int64_t now = 2000000000000, version = -1, last = 0;
    cx_clock clock = *c.clock;
    clock.now_ms = slow_now;
    clock.self = &now;
    c.clock = &clock;
    AUTO(delta_table) t = table_of(&c, TIMED, "{\"delta.enableInCommitTimestamps\":\"true\"}");
    for (int i = 0; i < 5; i++, now -= 3600000)
        OK(COMMIT(&c, t, i, true, &version, add_of(&c, cx_fmt(&c, "f%d", i))));
    for (int64_t v = 0; v <= version; v++) {
        AUTO(delta_snapshot) s = NULL;
        OK(delta_snapshot_load(&c, t, (delta_at){v, -1}, &s));
        assert_true(delta_timestamp_ms(s) > last);
        last = delta_timestamp_ms(s);
    }
    cx_clear(&c);
}

/* ---- domains ------------------------------------------------------------------------------- */

static const char *domain_of(cx *c, const char *name, const char *text, bool removed)
{
    return cx_fmt(c,
                  "{\"domainMetadata\":{\"domain\":\"%s\",\"configuration\":\"%s\","
                  "\"removed\":%s}}",
                  name, text, removed ? "true" : "false");
}

static const char *domain_text(const delta_snapshot *s, const char *name)
{
    for (size_t i = 0; i < json_array_size(delta_domains(s)); i++) {
        const json *d = json_array_get(delta_domains(s), i);
        if (!strcmp(json_get_str(d, "domain", ""), name))
            return json_get_str(d, "configuration", "");
    }
    return "none";
}

#define WITH_DOMAINS                                                \
    "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":7," \
    "\"writerFeatures\":[\"domainMetadata\",\"clustering\"]}}"

/* spec: delta "Domain Metadata", "Reader Requirements for Domain Metadata",
 * "Writer Requirements for Domain Metadata" */
static void a_domain_is_its_newest_text_until_it_is_removed(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    AUTO(delta_table) t = NULL;
    AUTO(delta_table) fresh = NULL;
    AUTO(delta_snapshot) s = NULL;
    AUTO(delta_snapshot) from_checkpoint = NULL;
    int64_t version;
    OK(delta_open(&c, root, &lines_parquet, &t));
    OK(COMMIT(&c, t, -1, true, &version, WITH_DOMAINS, meta_with(&c, "{}"),
              domain_of(&c, "one", "a", false), domain_of(&c, "two", "b", false),
              domain_of(&c, "unknown.to.us", "x", false)));
    OK(COMMIT(&c, t, 0, false, &version, domain_of(&c, "one", "c", false),
              domain_of(&c, "two", "", true)));
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &s));
    assert_string_equal(domain_text(s, "one"), "c");
    assert_string_equal(domain_text(s, "two"), "none");
    assert_string_equal(domain_text(s, "unknown.to.us"), "x");
    OK(delta_checkpoint_write(&c, t, s));
    for (int v = 0; v < 2; v++)
        OK(fs_remove_tree(&c, cx_fmt(&c, "%s/_delta_log/%020d.json", root, v)));
    OK(delta_open(&c, root, &lines_parquet, &fresh));
    OK(delta_snapshot_load(&c, fresh, DELTA_LATEST, &from_checkpoint));
    assert_string_equal(domain_text(from_checkpoint, "one"), "c");
    assert_string_equal(domain_text(from_checkpoint, "two"), "none");
    assert_string_equal(domain_text(from_checkpoint, "unknown.to.us"), "x");
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

/* spec: delta "Clustered Table" */
static void a_restore_brings_the_clustering_back(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c), *name = "delta.clustering";
    AUTO(delta_table) t = NULL;
    AUTO(delta_snapshot) first = NULL;
    AUTO(delta_snapshot) none = NULL;
    delta_restore_result r;
    int64_t version;
    OK(delta_open(&c, root, NULL, &t));
    OK(COMMIT(&c, t, -1, true, &version, WITH_DOMAINS, meta_with(&c, "{}")));
    OK(COMMIT(&c, t, 0, false, &version, domain_of(&c, name, "id", false)));
    OK(COMMIT(&c, t, 1, false, &version, domain_of(&c, name, "other", false)));
    OK(delta_restore(&c, t, (delta_at){1, -1}, NULL, &r));
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &first));
    assert_string_equal(domain_text(first, name), "id");
    OK(delta_restore(&c, t, (delta_at){0, -1}, NULL, &r));
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &none));
    assert_string_equal(domain_text(none, name), "none");
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_file_gets_row_ids_that_go_on_from_the_last),
        cmocka_unit_test(who_loses_a_race_takes_the_next_row_ids),
        cmocka_unit_test(a_handle_that_knows_nothing_finds_the_mark),
        cmocka_unit_test(a_file_without_a_row_count_gets_no_row_ids),
        cmocka_unit_test(row_ids_stay_with_their_file),
        cmocka_unit_test(a_restored_file_has_its_row_ids_again),
        cmocka_unit_test(turning_row_tracking_on_gives_ids_to_the_files_that_are_there),
        cmocka_unit_test(in_commit_times_can_be_turned_on_later),
        cmocka_unit_test(a_clock_that_goes_backwards_does_not_take_the_commits_with_it),
        cmocka_unit_test(a_domain_is_its_newest_text_until_it_is_removed),
        cmocka_unit_test(a_restore_brings_the_clustering_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
