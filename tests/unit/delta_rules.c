/* What the commit path itself puts into a commit: row ids, in-commit times, checksums; and who wins
 * a race. */
#include "unit/delta_help.h"

#include "delta/log.h"

#include <pthread.h>

#define TRACKED                                                     \
    "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":7," \
    "\"writerFeatures\":[\"rowTracking\",\"domainMetadata\",\"appendOnly\"]}}"
#define TIMED                                                       \
    "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":7," \
    "\"writerFeatures\":[\"inCommitTimestamp\",\"appendOnly\"]}}"

static delta_table *table_of(cx *c, const char *protocol, const char *configuration)
{
    delta_table *t = NULL;
    int64_t version;
    assert_int_equal(delta_open_store(c, store_memory_new(), NULL, &t), CX_OK);
    assert_int_equal(COMMIT(c, t, -1, true, &version, protocol, meta_with(c, configuration)),
                     CX_OK);
    return t;
}

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

static const char *sized_remove(cx *c, const char *path)
{
    return cx_fmt(c,
                  "{\"remove\":{\"path\":\"%s\",\"deletionTimestamp\":1,\"dataChange\":true,"
                  "\"extendedFileMetadata\":true,\"size\":3,\"partitionValues\":{}}}",
                  path);
}

/* spec: delta "Version Checksum File", "Version Checksum File Schema", "Writer Requirements" */
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

/* spec: delta "State Validation", "Reader Requirements" */
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

/* ---- races --------------------------------------------------------------------------------- */

typedef struct {
    const char *operation;
    const char *const *actions;
    const char *const *files; /* that were read; NULL = the whole table */
    size_t file_count;
} side;

static cx_code commit_side(cx *c, delta_table *t, const side *w, int64_t *version)
{
    AUTO(json) actions = json_array();
    AUTO(json) parameters = json_object();
    for (const char *const *a = w->actions; *a; a++)
        json_array_append_new(actions, text_json(*a));
    const delta_reads reads = {w->files, w->file_count};
    const delta_commit m = {.operation = w->operation,
                            .parameters = parameters,
                            .read_version = 1,
                            .actions = actions,
                            .reads = w->files ? &reads : NULL};
    return delta_commit_write(c, t, &m, version);
}

static cx_code race_of(const char *isolation, const side *winner, const side *loser,
                       char condition[64])
{
    cx c;
    cx_init(&c);
    AUTO(delta_table)
    t = table_of(&c, PROTOCOL, cx_fmt(&c, "{\"delta.isolationLevel\":\"%s\"}", isolation));
    int64_t version;
    OK(COMMIT(&c, t, 0, true, &version, add_of(&c, "a"), add_of(&c, "b")));
    OK(commit_side(&c, t, winner, &version));
    const cx_code rc = commit_side(&c, t, loser, &version);
    snprintf(condition, 64, "%s", c.error.condition ? c.error.condition : "");
    if (rc != CX_OK)
        assert_non_null(strstr(c.error.message, winner->operation));
    cx_clear(&c);
    return rc;
}

#define WITH_VECTOR(path, rows)                                                                 \
    "{\"add\":{\"path\":\"" path "\",\"partitionValues\":{},\"size\":3,\"modificationTime\":1," \
    "\"dataChange\":true,\"stats\":\"{\\\"numRecords\\\":5}\",\"deletionVector\":{"             \
    "\"storageType\":\"i\",\"pathOrInlineDv\":\"x\",\"sizeInBytes\":1,\"cardinality\":" rows "}}}"

/* spec: delta "Creation of New Log Entries", sheet §8 */
static void deletes_in_different_files_both_pass(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    char condition[64];
    const char *in_a[] = {sized_remove(&c, "a"), WITH_VECTOR("a", "1"), NULL};
    const char *in_b[] = {sized_remove(&c, "b"), WITH_VECTOR("b", "1"), NULL};
    const char *a[] = {"a"}, *b[] = {"b"};
    const side one = {"DELETE", in_a, a, 1}, two = {"DELETE", in_b, b, 1},
               all = {"DELETE", in_b, NULL, 0};
    assert_int_equal(race_of("WriteSerializable", &one, &two, condition), CX_OK);
    assert_int_equal(race_of("WriteSerializable", &one, &one, condition), CX_CONFLICT);
    assert_string_equal(condition, "DELTA_CONCURRENT_DELETE_DELETE");
    assert_int_equal(race_of("WriteSerializable", &one, &all, condition), CX_CONFLICT);
    assert_string_equal(condition, "DELTA_CONCURRENT_APPEND");
    cx_clear(&c);
}

static void rows_that_come_back_or_are_new_are_not_overlooked(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    char condition[64];
    const char *restored[] = {sized_remove(&c, "a"), WITH_VECTOR("a", "1"), NULL};
    const char *rewritten[] = {sized_remove(&c, "a"), add_of(&c, "a2"), NULL};
    const char *gone[] = {sized_remove(&c, "a"), NULL};
    const char *in_b[] = {sized_remove(&c, "b"), NULL};
    const char *a[] = {"a"}, *b[] = {"b"}, *both[] = {"a", "b"};
    const side restore = {"RESTORE", restored, a, 1}, update = {"UPDATE", rewritten, a, 1},
               truncate = {"DELETE", gone, a, 1}, ours = {"DELETE", in_b, b, 1},
               reader = {"UPDATE", in_b, both, 2};
    assert_int_equal(race_of("WriteSerializable", &restore, &ours, condition), CX_CONFLICT);
    assert_string_equal(condition, "DELTA_CONCURRENT_APPEND");
    assert_int_equal(race_of("WriteSerializable", &update, &ours, condition), CX_CONFLICT);
    assert_string_equal(condition, "DELTA_CONCURRENT_APPEND");
    assert_int_equal(race_of("Serializable", &truncate, &ours, condition), CX_OK);
    assert_int_equal(race_of("Serializable", &truncate, &reader, condition), CX_CONFLICT);
    assert_string_equal(condition, "DELTA_CONCURRENT_DELETE_READ");
    cx_clear(&c);
}

static const char *moved(cx *c, const char *kind, const char *path)
{
    return cx_fmt(c,
                  "{\"%s\":{\"path\":\"%s\",\"partitionValues\":{},\"size\":3,"
                  "\"modificationTime\":1,\"deletionTimestamp\":1,\"dataChange\":false}}",
                  kind, path);
}

static void a_rearrangement_and_an_append_do_not_disturb_each_other(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    char condition[64];
    const char *packed[] = {moved(&c, "remove", "a"), moved(&c, "remove", "b"),
                            moved(&c, "add", "ab"), NULL};
    const char *appended[] = {add_of(&c, "n"), NULL};
    const char *in_b[] = {sized_remove(&c, "b"), NULL}, *both[] = {"a", "b"};
    const side optimize = {"OPTIMIZE", packed, NULL, 0}, append = {"WRITE", appended, NULL, 0},
               remove = {"DELETE", in_b, NULL, 0}, reader = {"MERGE", appended, both, 2};
    assert_int_equal(race_of("Serializable", &append, &optimize, condition), CX_OK);
    assert_int_equal(race_of("Serializable", &optimize, &append, condition), CX_OK);
    assert_int_equal(race_of("Serializable", &optimize, &reader, condition), CX_OK);
    assert_int_equal(race_of("Serializable", &remove, &optimize, condition), CX_CONFLICT);
    assert_string_equal(condition, "DELTA_CONCURRENT_DELETE_DELETE");
    cx_clear(&c);
}

static void who_only_changes_properties_passes_an_append(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    char condition[64];
    const char *set[] = {meta_with(&c, "{\"k\":\"v\"}"), NULL},
               *appended[] = {add_of(&c, "n"), NULL}, *gone[] = {sized_remove(&c, "b"), NULL},
               *none[] = {NULL};
    const side alter = {"SET TBLPROPERTIES", set, none, 0},
               check = {"ADD CONSTRAINT", set, NULL, 0}, append = {"WRITE", appended, NULL, 0},
               remove = {"DELETE", gone, NULL, 0};
    assert_int_equal(race_of("Serializable", &append, &alter, condition), CX_OK);
    assert_int_equal(race_of("Serializable", &remove, &alter, condition), CX_OK);
    assert_int_equal(race_of("Serializable", &append, &check, condition), CX_CONFLICT);
    assert_string_equal(condition, "DELTA_CONCURRENT_APPEND");
    assert_int_equal(race_of("Serializable", &alter, &alter, condition), CX_CONFLICT);
    assert_string_equal(condition, "DELTA_METADATA_CHANGED");
    cx_clear(&c);
}

/* spec: delta "Transaction Identifiers" */
static void an_application_finds_how_far_it_came(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    AUTO(delta_table)
    t = table_of(&c, PROTOCOL, "{\"delta.setTransactionRetentionDuration\":\"interval 1 day\"}");
    AUTO(delta_snapshot) s = NULL;
    AUTO(json) none = json_array();
    AUTO(json) parameters = json_object();
    int64_t version, now = cx_now_ms(&c);
    const delta_commit m = {.operation = "WRITE",
                            .parameters = parameters,
                            .read_version = 0,
                            .blind_append = true,
                            .actions = none,
                            .app_id = "job \"7\"",
                            .app_version = 41};
    OK(delta_commit_write(&c, t, &m, &version));
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &s));
    assert_int_equal(delta_txn_version(&c, s, "job \"7\""), 41);
    assert_int_equal(delta_txn_version(&c, s, "other"), -1);
    assert_int_equal(delta_commit_write(&c, t, &m, &version), CX_CONFLICT);
    assert_string_equal(c.error.condition, "DELTA_CONCURRENT_TRANSACTION");
    cx_clock clock = *c.clock;
    clock.now_ms = slow_now;
    clock.self = &now;
    now += 2 * 86400000LL;
    c.clock = &clock;
    assert_int_equal(delta_txn_version(&c, s, "job \"7\""), -1);
    c.clock = &cx_system_clock;
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

/* ---- types -------------------------------------------------------------------------------- */

/* spec: delta "Type Widening", "Reader Requirements for Type Widening" */
static void a_change_of_type_that_nobody_knows_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        bool known;
    } changes[] = {
        {"byte", "long", true},
        {"short", "double", true},
        {"long", "double", false},
        {"float", "double", true},
        {"date", "timestamp_ntz", true},
        {"date", "timestamp", false},
        {"integer", "string", false},
        {"integer", "decimal(10,0)", true},
        {"integer", "decimal(12,3)", false},
        {"long", "decimal(20,0)", true},
        {"decimal(5,2)", "decimal(7,4)", true},
        {"decimal(5,2)", "decimal(7,5)", false},
    };
    for (size_t i = 0; i < CX_COUNT(changes); i++) {
        cx c;
        cx_init(&c);
        AUTO(delta_table) t = NULL;
        AUTO(delta_snapshot) s = NULL;
        int64_t version;
        OK(delta_open_store(&c, store_memory_new(), NULL, &t));
        OK(COMMIT(&c, t, -1, true, &version, PROTOCOL,
                  cx_fmt(&c,
                         "{\"metaData\":{\"id\":\"t1\",\"format\":{\"provider\":\"parquet\","
                         "\"options\":{}},\"schemaString\":\"{\\\"type\\\":\\\"struct\\\","
                         "\\\"fields\\\":[{\\\"name\\\":\\\"grown\\\",\\\"type\\\":{"
                         "\\\"type\\\":\\\"struct\\\",\\\"fields\\\":[{\\\"name\\\":"
                         "\\\"in\\\",\\\"type\\\":\\\"%s\\\",\\\"nullable\\\":true,"
                         "\\\"metadata\\\":{\\\"delta.typeChanges\\\":[{\\\"fromType\\\":"
                         "\\\"%s\\\",\\\"toType\\\":\\\"%s\\\"}]}}]},\\\"nullable\\\":true,"
                         "\\\"metadata\\\":{}}]}\",\"partitionColumns\":[],"
                         "\"configuration\":{},\"createdTime\":1}}",
                         changes[i].to, changes[i].from, changes[i].to)));
        const cx_code rc = delta_snapshot_load(&c, t, DELTA_LATEST, &s);
        assert_int_equal(rc, changes[i].known ? CX_OK : CX_UNSUPPORTED);
        if (!changes[i].known) {
            assert_string_equal(c.error.condition, "DELTA_UNSUPPORTED_TYPE_CHANGE_IN_SCHEMA");
            assert_non_null(strstr(c.error.message, changes[i].to));
        }
        cx_clear(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_file_gets_row_ids_that_go_on_from_the_last),
        cmocka_unit_test(who_loses_a_race_takes_the_next_row_ids),
        cmocka_unit_test(a_handle_that_knows_nothing_finds_the_mark),
        cmocka_unit_test(a_file_without_a_row_count_gets_no_row_ids),
        cmocka_unit_test(row_ids_stay_with_their_file),
        cmocka_unit_test(turning_row_tracking_on_gives_ids_to_the_files_that_are_there),
        cmocka_unit_test(in_commit_times_can_be_turned_on_later),
        cmocka_unit_test(a_clock_that_goes_backwards_does_not_take_the_commits_with_it),
        cmocka_unit_test(each_commit_says_what_its_version_amounts_to),
        cmocka_unit_test(what_is_not_known_is_not_written_down),
        cmocka_unit_test(a_checkpoint_that_lost_files_does_not_pass_the_checksum),
        cmocka_unit_test(deletes_in_different_files_both_pass),
        cmocka_unit_test(rows_that_come_back_or_are_new_are_not_overlooked),
        cmocka_unit_test(a_rearrangement_and_an_append_do_not_disturb_each_other),
        cmocka_unit_test(writers_that_race_count_right),
        cmocka_unit_test(a_domain_is_its_newest_text_until_it_is_removed),
        cmocka_unit_test(a_restore_brings_the_clustering_back),
        cmocka_unit_test(a_change_of_type_that_nobody_knows_is_refused),
        cmocka_unit_test(who_only_changes_properties_passes_an_append),
        cmocka_unit_test(an_application_finds_how_far_it_came),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
