/* Who wins a race, and who may try again; transactions of applications; type changes. */
#include "unit/delta_help.h"

static int64_t slow_now(void *self)
{
    return *(int64_t *)self;
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
    const delta_reads reads = {.files = w->files, .count = w->file_count};
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
        cmocka_unit_test(deletes_in_different_files_both_pass),
        cmocka_unit_test(rows_that_come_back_or_are_new_are_not_overlooked),
        cmocka_unit_test(a_rearrangement_and_an_append_do_not_disturb_each_other),
        cmocka_unit_test(who_only_changes_properties_passes_an_append),
        cmocka_unit_test(an_application_finds_how_far_it_came),
        cmocka_unit_test(a_change_of_type_that_nobody_knows_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
