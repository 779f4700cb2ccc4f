/* Version checksums: what is written, and what a reader makes of them. */
#include "unit/delta_help.h"

#include <pthread.h>

#define TRACKED                                                     \
    "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":7," \
    "\"writerFeatures\":[\"rowTracking\",\"domainMetadata\",\"appendOnly\"]}}"

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

/* ---- checksums ------------------------------------------------------------------------------ */

static json *checksum_of(cx *c, const char *root, int64_t version)
{
    AUTO_CLEAR(buf) text = {0};
    const char *path = cx_fmt(c, "%s/_delta_log/%020lld.crc", root, (long long)version);
    if (!fs_exists(path))
        return NULL;
    assert_int_equal(fs_read(c, path, BUF_ANY, &text), CX_OK);
    return text_json(buf_text(&text));
}

/* spec: delta "Version Checksum File", "Version Checksum File Schema" */
static void each_commit_says_what_its_version_amounts_to(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    AUTO(delta_table) t = NULL;
    AUTO(delta_table) other = NULL;
    AUTO(delta_snapshot) s = NULL;
    int64_t version;
    OK(delta_open(&c, root, NULL, &t));
    OK(delta_open(&c, root, NULL, &other));
    OK(create(&c, t));
    OK(COMMIT(&c, t, 0, true, &version, add_of(&c, "a"), add_of(&c, "b"),
              "{\"txn\":{\"appId\":\"x\",\"version\":7}}"));
    OK(COMMIT(&c, other, 1, true, &version, add_of(&c, "x")));
    OK(COMMIT(&c, t, 1, true, &version, add_of(&c, "y"))); /* after a lost race */
    OK(COMMIT(&c, t, 3, false, &version, sized_remove(&c, "a")));
    AUTO(json) first = checksum_of(&c, root, 0);
    AUTO(json) third = checksum_of(&c, root, 3);
    AUTO(json) fourth = checksum_of(&c, root, 4);
    assert_int_equal(json_get_int(first, "numFiles", -1), 0);
    assert_int_equal(json_get_int(third, "numFiles", -1), 4);
    assert_int_equal(json_get_int(third, "tableSizeBytes", -1), 12);
    assert_int_equal(json_get_int(fourth, "numFiles", -1), 3);
    assert_int_equal(json_get_int(fourth, "numMetadata", -1), 1);
    assert_int_equal(json_get_int(fourth, "numProtocol", -1), 1);
    assert_string_equal(json_get_str(json_get(fourth, "metadata"), "id", ""), "t1");
    assert_int_equal(json_get_int(json_get(fourth, "protocol"), "minWriterVersion", -1), 2);
    assert_int_equal(json_array_size(json_get(fourth, "setTransactions")), 1);
    assert_true(json_is_array(json_get(fourth, "domainMetadata")));
    assert_int_equal(strlen(json_get_str(fourth, "txnId", "")), 36);
    assert_null(json_get(fourth, "inCommitTimestampOpt"));
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &s));
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

static void what_is_not_known_is_not_written_down(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    AUTO(delta_table) t = NULL;
    int64_t version;
    make_table(&c, root, 2);
    OK(delta_open(&c, root, NULL, &t));
    OK(COMMIT(&c, t, 2, false, &version, remove_of(&c, "f0.parquet"))); /* does not say its size */
    assert_null(checksum_of(&c, root, 3));
    OK(COMMIT(&c, t, 3, true, &version, add_of(&c, "a")));
    assert_null(checksum_of(&c, root, 4));
    AUTO(delta_snapshot) s = NULL;
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &s)); /* now it is known again */
    OK(COMMIT(&c, t, 4, true, &version, add_of(&c, "b")));
    AUTO(json) sum = checksum_of(&c, root, 5);
    assert_int_equal(json_get_int(sum, "numFiles", -1), 3);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

/* spec: delta "State Validation" */
static void a_checkpoint_that_lost_files_does_not_pass_the_checksum(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    AUTO(delta_table) t = NULL;
    AUTO(delta_snapshot) s = NULL;
    int64_t version;
    OK(delta_open(&c, root, &lines_parquet, &t));
    OK(COMMIT(&c, t, -1, true, &version, PROTOCOL,
              meta_with(&c, "{\"delta.checkpointInterval\":\"2\"}")));
    OK(COMMIT(&c, t, 0, true, &version, add_of(&c, "a")));
    OK(COMMIT(&c, t, 1, true, &version, add_of(&c, "b")));
    const char *path = cx_fmt(&c, "%s/_delta_log/%020d.checkpoint.parquet", root, 2);
    AUTO_CLEAR(buf) text = {0};
    OK(fs_read(&c, path, BUF_ANY, &text));
    char *last = strstr(text.data, "{\"add\"");
    assert_non_null(last);
    OK(fs_replace(&c, path, text.data, (size_t)(last - text.data), false));
    assert_int_equal(delta_snapshot_load(&c, t, DELTA_LATEST, &s), CX_CORRUPT);
    assert_non_null(strstr(c.error.message, "numFiles is 2 there, and 0 in the log"));
    assert_non_null(strstr(c.error.message, "00000000000000000002.crc"));
    cx_forgive(&c);
    OK(fs_replace(&c, cx_fmt(&c, "%s/_delta_log/%020d.crc", root, 2), "{\"num", 5, false));
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &s)); /* a torn one says nothing */
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

enum { WRITERS = 4, EACH = 15 };

typedef struct {
    const char *root;
    int who;
} racer;
static int racer_failed;

static void *race_along(void *self)
{
    const racer *r = self;
    cx c;
    cx_init(&c);
    AUTO(delta_table) t = NULL;
    int64_t version = 0;
    cx_code rc = delta_open(&c, r->root, NULL, &t);
    for (int i = 0; i < EACH && rc == CX_OK; i++)
        rc = COMMIT(&c, t, version, true, &version, add_of(&c, cx_fmt(&c, "w%d-%d", r->who, i)));
    cx_clear(&c);
    return rc == CX_OK ? NULL : &racer_failed;
}

/* Whoever wins and loses, ids are given once, and each checksum is true. */
static void writers_that_race_count_right(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    AUTO(delta_table) t = NULL;
    AUTO(delta_snapshot) s = NULL;
    pthread_t threads[WRITERS];
    racer racers[WRITERS];
    bool given[WRITERS * EACH] = {0};
    int64_t version;
    OK(delta_open(&c, root, NULL, &t));
    OK(COMMIT(&c, t, -1, true, &version, TRACKED, meta_with(&c, "{}")));
    for (int i = 0; i < WRITERS; i++) {
        racers[i] = (racer){root, i};
        assert_int_equal(pthread_create(&threads[i], NULL, race_along, &racers[i]), 0);
    }
    for (int i = 0; i < WRITERS; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    for (int v = 0; v <= WRITERS * EACH; v++) {
        AUTO(json) sum = checksum_of(&c, root, v);
        assert_non_null(sum);
        assert_int_equal(json_get_int(sum, "numFiles", -1), v);
        assert_int_equal(json_get_int(sum, "tableSizeBytes", -1), 3 * v);
    }
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &s));
    assert_int_equal(mark_of(s), 5 * WRITERS * EACH - 1);
    for (size_t i = 0; i < delta_file_count(s); i++) {
        AUTO(json) add = NULL;
        OK(delta_file_add(&c, delta_file_at(s, i), &add));
        const int64_t base = json_get_int(add, "baseRowId", -1);
        assert_true(base % 5 == 0 && base / 5 < WRITERS * EACH && !given[base / 5]);
        given[base / 5] = true;
        assert_int_equal(json_get_int(add, "defaultRowCommitVersion", -1), base / 5 + 1);
    }
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_commit_says_what_its_version_amounts_to),
        cmocka_unit_test(what_is_not_known_is_not_written_down),
        cmocka_unit_test(a_checkpoint_that_lost_files_does_not_pass_the_checksum),
        cmocka_unit_test(writers_that_race_count_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
