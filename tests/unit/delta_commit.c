/* Commits: the race, the rules, what is written. */
#include "unit/delta_help.h"

#include "delta/log.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static delta_table *memory_table(cx *c)
{
    delta_table *t = NULL;
    assert_int_equal(delta_open_store(c, store_memory_new(), NULL, &t), CX_OK);
    assert_int_equal(create(c, t), CX_OK);
    return t;
}

/* spec: delta "Commit Provenance Information" */
static void a_commit_says_who_did_what(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    AUTO(delta_table) t = memory_table(&c);
    AUTO(json) actions = json_array();
    AUTO(json) parameters = text_json("{\"mode\":\"Append\",\"partitionBy\":[],\"n\":3}");
    AUTO(json) metrics = text_json("{\"numFiles\":1}");
    AUTO(json) holder = NULL;
    json_array_append_new(actions, text_json(add_of(&c, "a.parquet")));
    const delta_commit m = {.operation = "WRITE",
                            .parameters = parameters,
                            .metrics = metrics,
                            .user_name = "ann@example.org",
                            .read_version = 0,
                            .blind_append = true,
                            .actions = actions};
    int64_t version;
    OK(delta_commit_write(&c, t, &m, &version));
    assert_int_equal(version, 1);
    delta_history_row *rows;
    size_t n;
    OK(delta_history(&c, t, 1, &rows, &n, &holder));
    assert_int_equal(n, 1);
    const json *info = rows[0].commit_info;
    assert_string_equal(json_get_str(info, "engineInfo", ""), "clxs/0.1.0");
    assert_string_equal(json_get_str(info, "userName", ""), "ann@example.org");
    assert_string_equal(json_get_str(json_get(info, "operationParameters"), "partitionBy", ""),
                        "[]");
    assert_true(json_is_integer(json_get(json_get(info, "operationParameters"), "n")));
    assert_string_equal(json_get_str(json_get(info, "operationMetrics"), "numFiles", ""), "1");
    assert_int_equal(strlen(json_get_str(info, "txnId", "")), 36);
    assert_true(json_get_bool(info, "isBlindAppend", false));
    assert_int_equal(json_get_int(info, "readVersion", -1), 0);
    cx_clear(&c);
}

/* spec: delta "Creation of New Log Entries", "Delta Log Entries" */
static void append_after_append_is_rebased(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    AUTO(delta_table) t = memory_table(&c);
    int64_t version;
    OK(COMMIT(&c, t, 0, true, &version, add_of(&c, "a")));
    OK(COMMIT(&c, t, 0, true, &version, add_of(&c, "b")));
    assert_int_equal(version, 2);
    cx_clear(&c);
}

static void expect_conflict(const char *winner, const char *loser, bool blind,
                            const char *condition)
{
    cx c;
    cx_init(&c);
    AUTO(delta_table) t = memory_table(&c);
    int64_t version = -7;
    OK(COMMIT(&c, t, 0, true, &version, add_of(&c, "a")));
    OK(COMMIT(&c, t, 1, false, &version, winner));
    version = -7;
    assert_int_equal(COMMIT(&c, t, 1, blind, &version, loser), CX_CONFLICT);
    assert_string_equal(c.error.condition, condition);
    assert_int_equal(version, -7);
    assert_non_null(strstr(c.error.message, "version 2"));
    cx_clear(&c);
}

/* spec: delta sheet §8 */
static void writers_that_cannot_both_be_right_conflict_by_name(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *meta = meta_with(&c, "{\"k\":\"v\"}"),
               *txn = "{\"txn\":{\"appId\":\"x\",\"version\":1}}";
    const char *domain =
        "{\"domainMetadata\":{\"domain\":\"d\",\"configuration\":\"\",\"removed\":false}}";
    expect_conflict(meta, add_of(&c, "b"), true, "DELTA_METADATA_CHANGED");
    expect_conflict(PROTOCOL, add_of(&c, "b"), true, "DELTA_PROTOCOL_CHANGED");
    expect_conflict(txn, txn, true, "DELTA_CONCURRENT_TRANSACTION");
    expect_conflict(domain, domain, true, "DELTA_CONCURRENT_WRITE");
    expect_conflict(remove_of(&c, "a"), remove_of(&c, "a"), false,
                    "DELTA_CONCURRENT_DELETE_DELETE");
    expect_conflict(add_of(&c, "b"), remove_of(&c, "a"), false, "DELTA_CONCURRENT_APPEND");
    expect_conflict(remove_of(&c, "a"), add_of(&c, "b"), false, "DELTA_CONCURRENT_DELETE_READ");
    expect_conflict(add_of(&c, "b"), meta, false, "DELTA_CONCURRENT_APPEND");
    cx_clear(&c);
}

static void a_table_that_appeared_meanwhile_is_a_conflict(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    AUTO(delta_table) t = memory_table(&c);
    assert_int_equal(create(&c, t), CX_CONFLICT);
    assert_string_equal(c.error.condition, "DELTA_PROTOCOL_CHANGED");
    cx_clear(&c);
}

/* spec: delta "Append-only Tables" */
static void an_append_only_table_keeps_its_rows(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    AUTO(delta_table) t = NULL;
    int64_t version;
    OK(delta_open_store(&c, store_memory_new(), NULL, &t));
    OK(COMMIT(&c, t, -1, true, &version, PROTOCOL, meta_with(&c, "{\"delta.appendOnly\":\"true\"}"),
              add_of(&c, "a")));
    assert_int_equal(COMMIT(&c, t, 0, false, &version, remove_of(&c, "a")), CX_INVALID);
    assert_string_equal(c.error.condition, "DELTA_CANNOT_MODIFY_APPEND_ONLY");
    cx_clear(&c);
}

/* spec: delta "Writer Version Requirements", "Valid Feature Names in Table Features",
 * "Supported Features" */
static void features_that_cannot_be_kept_are_refused_for_writing_by_name(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    AUTO(delta_table) t = NULL;
    AUTO(delta_snapshot) s = NULL;
    int64_t version;
    OK(delta_open_store(&c, store_memory_new(), NULL, &t));
    OK(COMMIT(&c, t, -1, true, &version,
              "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":7,\"writerFeatures\":"
              "[\"appendOnly\",\"yesterday\",\"tomorrow\"]}}",
              meta_with(&c, "{}")));
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &s));
    assert_int_equal(delta_check_writable(&c, s), CX_UNSUPPORTED);
    assert_non_null(strstr(c.error.message, "yesterday, tomorrow"));
    assert_int_equal(COMMIT(&c, t, 0, true, &version, add_of(&c, "a")), CX_UNSUPPORTED);
    assert_string_equal(c.error.condition, "DELTA_UNSUPPORTED_FEATURES_FOR_WRITE");
    cx_clear(&c);
}

/* spec: delta "Reader Version Requirements", "Table Features", "Protocol Evolution",
 * "Reader Requirements for Catalog-managed tables" */
static void unknown_reader_features_are_refused_by_name(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    AUTO(delta_table) t = NULL;
    AUTO(delta_snapshot) s = NULL;
    int64_t version;
    OK(delta_open_store(&c, store_memory_new(), NULL, &t));
    OK(COMMIT(&c, t, -1, true, &version,
              "{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,\"readerFeatures\":"
              "[\"columnMapping\",\"catalogManaged\",\"xyz\"],\"writerFeatures\":[]}}",
              meta_with(&c, "{}")));
    assert_int_equal(delta_snapshot_load(&c, t, DELTA_LATEST, &s), CX_UNSUPPORTED);
    assert_string_equal(c.error.condition, "DELTA_UNSUPPORTED_FEATURES_FOR_READ");
    assert_non_null(strstr(c.error.message, "catalogManaged, xyz"));
    cx_clear(&c);
}

/* spec: delta "In-Commit Timestamps" */
static void in_commit_times_rise_even_when_the_clock_does_not(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    AUTO(delta_table) t = NULL;
    int64_t version, last = 0;
    OK(delta_open_store(&c, store_memory_new(), NULL, &t));
    OK(COMMIT(&c, t, -1, true, &version,
              "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":7,\"writerFeatures\":"
              "[\"inCommitTimestamp\"]}}",
              meta_with(&c, "{\"delta.enableInCommitTimestamps\":\"true\"}")));
    for (int i = 0; i < 20; i++)
        OK(COMMIT(&c, t, version, true, &version, add_of(&c, cx_fmt(&c, "f%d", i))));
    for (int64_t v = 0; v <= version; v++) {
        AUTO(delta_snapshot) s = NULL;
        AUTO(delta_snapshot) again = NULL;
        OK(delta_snapshot_load(&c, t, (delta_at){v, -1}, &s));
        assert_true(delta_timestamp_ms(s) > last);
        last = delta_timestamp_ms(s);
        OK(delta_snapshot_load(&c, t, (delta_at){-1, last * 1000}, &again));
        assert_int_equal(delta_version(again), v);
    }
    AUTO(delta_snapshot) none = NULL;
    assert_int_equal(delta_snapshot_load(&c, t, (delta_at){-1, (last + 1) * 1000}, &none),
                     CX_INVALID);
    assert_string_equal(c.error.condition, "DELTA_TIMESTAMP_GREATER_THAN_COMMIT");
    assert_int_equal(delta_snapshot_load(&c, t, (delta_at){-1, 1000}, &none), CX_INVALID);
    assert_int_equal(delta_snapshot_load(&c, t, (delta_at){99, -1}, &none), CX_NOT_FOUND);
    assert_string_equal(c.error.condition, "DELTA_VERSION_NOT_FOUND");
    cx_clear(&c);
}

/* spec: delta "Action Reconciliation", "Deletion Vectors", "Derived Fields" */
static void replay_keeps_one_entry_for_each_path_and_vector(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    AUTO(delta_table) t = memory_table(&c);
    AUTO(delta_snapshot) s = NULL;
    int64_t version;
    OK(COMMIT(&c, t, 0, true, &version, add_of(&c, "a%20b"), add_of(&c, "c")));
    OK(COMMIT(
        &c, t, 1, false, &version, remove_of(&c, "a%20b"),
        "{\"add\":{\"path\":\"a b\",\"partitionValues\":{\"p\":null,\"q\":\"\"},\"size\":3,"
        "\"modificationTime\":1,\"dataChange\":true,\"deletionVector\":{\"storageType\":\"i\","
        "\"pathOrInlineDv\":\"^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L\","
        "\"sizeInBytes\":44,\"cardinality\":6}}}"));
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &s));
    assert_int_equal(delta_file_count(s), 2);
    const delta_file *f = delta_file_at(s, 1);
    AUTO_FREE uint64_t *rows = NULL;
    AUTO(json) values = NULL;
    size_t n;
    assert_string_equal(f->path, "a b");
    assert_int_equal(delta_file_records(f), -1);
    assert_int_equal(delta_file_records(delta_file_at(s, 0)), 5);
    OK(delta_file_partition_values(&c, f, &values));
    assert_true(json_is_null(json_object_get(values, "p")));
    OK(delta_dv_rows(&c, s, f, &rows, &n));
    assert_int_equal(n, 6);
    assert_int_equal(rows[5], 29);
    cx_clear(&c);
}

/* ---- the race -------------------------------------------------------------------- */

enum { WRITERS = 6, EACH = 20 };

static cx_code append_many(cx *c, const char *root, int who)
{
    AUTO(delta_table) t = NULL;
    TRY(delta_open(c, root, NULL, &t));
    int64_t version = 0;
    for (int i = 0; i < EACH; i++)
        TRY(COMMIT(c, t, version, true, &version, add_of(c, cx_fmt(c, "w%d-%d", who, i))));
    return CX_OK;
}

typedef struct {
    const char *root;
    int who;
    cx_code rc;
} racer;

static void *race(void *arg)
{
    racer *r = arg;
    cx c;
    cx_init(&c);
    r->rc = append_many(&c, r->root, r->who);
    cx_clear(&c);
    return NULL;
}

static void every_file_is_there_once(cx *c, const char *root)
{
    AUTO(delta_snapshot) s = load_at(c, root, -1);
    AUTO(json) seen = json_object();
    assert_int_equal(delta_version(s), WRITERS * EACH);
    assert_int_equal(delta_file_count(s), WRITERS * EACH);
    for (size_t i = 0; i < delta_file_count(s); i++)
        json_object_set_new(seen, delta_file_at(s, i)->path, json_true());
    assert_int_equal(json_object_size(seen), WRITERS * EACH);
}

static void threads_that_race_lose_no_commit(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    make_table(&c, root, 0);
    racer racers[WRITERS];
    pthread_t threads[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        racers[i] = (racer){root, i, CX_OK};
        assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
    }
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(racers[i].rc, CX_OK);
    }
    every_file_is_there_once(&c, root);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

/* spec: delta "Creation of New Log Entries" */
static void processes_that_race_lose_no_commit(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    make_table(&c, root, 0);
    pid_t children[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            cx mine;
            cx_init(&mine);
            _exit(append_many(&mine, root, i) == CX_OK ? 0 : 1);
        }
    }
    for (int i = 0; i < WRITERS; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    every_file_is_there_once(&c, root);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commit_says_who_did_what),
        cmocka_unit_test(append_after_append_is_rebased),
        cmocka_unit_test(writers_that_cannot_both_be_right_conflict_by_name),
        cmocka_unit_test(a_table_that_appeared_meanwhile_is_a_conflict),
        cmocka_unit_test(an_append_only_table_keeps_its_rows),
        cmocka_unit_test(features_that_cannot_be_kept_are_refused_for_writing_by_name),
        cmocka_unit_test(unknown_reader_features_are_refused_by_name),
        cmocka_unit_test(in_commit_times_rise_even_when_the_clock_does_not),
        cmocka_unit_test(replay_keeps_one_entry_for_each_path_and_vector),
        cmocka_unit_test(threads_that_race_lose_no_commit),
        cmocka_unit_test(processes_that_race_lose_no_commit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
