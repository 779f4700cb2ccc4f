/* Checkpoints are read in two ways: adds as typed rows, or everything as JSON. Both give the same
 * snapshot, of the tables that others wrote and of files that no writer we know makes. */
#include "unit/lake_engine.h"

#include "delta/delta_int.h"
#include "lake/engine/engine_int.h"

#include <dirent.h>
#include <stdatomic.h>

/* ---- both ways ---------------------------------------------------------------------- */

/* Several threads read at once. */
typedef struct {
    delta_parquet real;
    atomic_size_t typed; /* adds that came as rows */
    atomic_int slices;
} counted;

typedef struct {
    counted *k;
    const delta_sink *to;
} call;

static cx_code pass_row(cx *c, void *self, str row)
{
    const call *mine = self;
    return mine->to->row(c, mine->to->self, row);
}

static cx_code count_add(cx *c, void *self, const delta_add_row *add)
{
    const call *mine = self;
    mine->k->typed++;
    return mine->to->add(c, mine->to->self, add);
}

static cx_code read_typed(cx *c, void *self, const char *path, const delta_sink *to)
{
    call mine = {self, to};
    delta_sink sink = *to;
    sink.row = pass_row;
    sink.add = to->add ? count_add : NULL;
    sink.self = &mine;
    if (to->slices > mine.k->slices)
        mine.k->slices = to->slices;
    return mine.k->real.read(c, mine.k->real.self, path, &sink);
}

static cx_code read_json(cx *c, void *self, const char *path, const delta_sink *to)
{
    counted *k = self;
    delta_sink plain = *to;
    plain.add = NULL;
    return k->real.read(c, k->real.self, path, &plain);
}

static cx_code load(kit *k, const char *root, counted *how, bool typed, int64_t version,
                    delta_snapshot **out)
{
    *how = (counted){.real = eng_parquet(k->e)};
    const delta_parquet parquet = {typed ? read_typed : read_json, how->real.write, how};
    AUTO(delta_table) t = NULL;
    TRY(delta_open(&k->c, root, &parquet, &t));
    return snapshot_load(&k->c, t, version, true, out);
}

/* ---- the same --------------------------------------------------------------------------- */

static void same_json(const json *a, const json *b, const char *where)
{
    AUTO_FREE char *x = a ? json_canonical(a) : NULL;
    AUTO_FREE char *y = b ? json_canonical(b) : NULL;
    if (strcmp(x ? x : "-", y ? y : "-") != 0)
        fail_msg("%s:\n%s\n%s", where, x ? x : "-", y ? y : "-");
}

static void drop_nulls(json *object)
{
    const char *key;
    json *value;
    void *next;
    json_object_foreach_safe(object, next, key, value)
    {
        if (json_is_null(value))
            json_object_del(object, key);
    }
}

/* Without what is compared elsewhere, and with what an absent member means. */
static json *add_without_statistics(kit *k, const delta_file *f)
{
    json *add = NULL;
    assert_int_equal(CX_OK, delta_file_add(&k->c, f, &add));
    json_object_del(add, "stats");
    json_object_del(add, "stats_parsed");
    drop_nulls(json_object_get(add, "deletionVector"));
    json_object_del(json_object_get(add, "deletionVector"), "maxRowIndex");
    if (!json_get(add, "dataChange"))
        json_object_set_new(add, "dataChange", json_false());
    if (!json_get(add, "modificationTime"))
        json_object_set_new(add, "modificationTime", json_integer(0));
    return add;
}

static void same_file(kit *k, const delta_file *a, const delta_file *b, const char *where)
{
    AUTO(json) x = add_without_statistics(k, a);
    AUTO(json) y = add_without_statistics(k, b);
    AUTO(json) stats = NULL;
    AUTO(json) other = NULL;
    AUTO(json) values = NULL;
    AUTO(json) others = NULL;
    assert_string_equal(a->path, b->path);
    assert_int_equal(a->size_bytes, b->size_bytes);
    assert_int_equal(a->mtime_ms, b->mtime_ms);
    assert_int_equal(delta_file_records(a), delta_file_records(b));
    assert_int_equal(CX_OK, delta_file_stats(&k->c, a, &stats));
    assert_int_equal(CX_OK, delta_file_stats(&k->c, b, &other));
    assert_int_equal(CX_OK, delta_file_partition_values(&k->c, a, &values));
    assert_int_equal(CX_OK, delta_file_partition_values(&k->c, b, &others));
    same_json(x, y, where);
    same_json(stats, other, where);
    same_json(values, others, where);
    AUTO(json) v = a->dv ? delta_dv_json(a->dv) : NULL;
    AUTO(json) w = b->dv ? delta_dv_json(b->dv) : NULL;
    same_json(v, w, where);
}

static void same_tombstones(kit *k, const delta_snapshot *a, const delta_snapshot *b,
                            const char *where)
{
    assert_int_equal(a->tombstone_count, b->tombstone_count);
    for (size_t i = 0; i < a->tombstone_count; i++) {
        AUTO(json) x = NULL;
        AUTO(json) y = NULL;
        const str s = a->tombstones[i], t = b->tombstones[i];
        assert_int_equal(CX_OK, json_parse(&k->c, s.data, s.length, where, &x));
        assert_int_equal(CX_OK, json_parse(&k->c, t.data, t.length, where, &y));
        same_json(x, y, where);
    }
}

static void same_snapshot(kit *k, const delta_snapshot *a, const delta_snapshot *b,
                          const char *where)
{
    assert_int_equal(delta_version(a), delta_version(b));
    assert_int_equal(delta_size_bytes(a), delta_size_bytes(b));
    if (a->file_count != b->file_count)
        fail_msg("%s: %zu files typed, %zu as JSON", where, a->file_count, b->file_count);
    for (size_t i = 0; i < a->file_count; i++)
        same_file(k, &a->files[i], &b->files[i], where);
    same_json(a->metadata, b->metadata, where);
    same_json(a->protocol_action, b->protocol_action, where);
    same_json(a->domains, b->domains, where);
    same_json(a->txns, b->txns, where);
    same_tombstones(k, a, b, where);
}

/* Returns how many adds came typed; *slices is how many parts a file was read in. */
static size_t both_ways_in(kit *k, const char *root, int64_t version, int *slices)
{
    AUTO(delta_snapshot) typed = NULL;
    AUTO(delta_snapshot) plain = NULL;
    counted how, other;
    if (load(k, root, &other, false, version, &plain) != CX_OK ||
        load(k, root, &how, true, version, &typed) != CX_OK)
        fail_msg("%s: %s", root, k->c.error.message);
    same_snapshot(k, typed, plain, root);
    *slices = how.slices;
    return how.typed;
}

static size_t both_ways(kit *k, const char *root, int64_t version)
{
    int slices;
    return both_ways_in(k, root, version, &slices);
}

/* ---- tables of others -------------------------------------------------------------------- */

static size_t each_checkpoint(kit *k, const char *root)
{
    size_t typed = 0;
    DIR *d = opendir(fs_join(&k->c, root, "_delta_log"));
    for (struct dirent *e; d && (e = readdir(d));) {
        const char *at = strstr(e->d_name, ".checkpoint.");
        if (at && text_ends(e->d_name, ".parquet") && !strstr(root, "without"))
            typed += both_ways(k, root, strtoll(e->d_name, NULL, 10));
    }
    if (d)
        closedir(d);
    return typed;
}

static size_t each_table(kit *k, const char *folder, const char *below)
{
    size_t typed = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));)
        if (e->d_name[0] != '.')
            typed += each_checkpoint(k, cx_fmt(&k->c, "%s/%s%s", folder, e->d_name, below));
    if (d)
        closedir(d);
    return typed;
}

/* spec: delta "Checkpoints" */
static void typed_rows_and_json_give_the_same_snapshot(void **state)
{
    kit *k = *state;
    const char *golden = kit_golden();
    char *root = NULL;
    if (!golden)
        skip();
    assert_int_equal(CX_OK, fs_absolute(&k->c, golden, &root));
    const size_t typed = each_table(k, fs_join(&k->c, root, "tables"), "/delta") +
                         each_table(k, fs_join(&k->c, root, "more"), "");
    print_message("%zu adds\n", typed);
    assert_true(typed > 40);
}

/* ---- files of our own ---------------------------------------------------------------------- */

#define PROTOCOL_ROW "{'minReaderVersion': 1, 'minWriterVersion': 2}"
#define META_ROW                                                                               \
    "{'id': 't', 'schemaString': '{\"type\":\"struct\",\"fields\":[]}', 'configuration': MAP " \
    "{'k': 'v'}}"

/* A table whose version 1 is a checkpoint with protocol, metadata and the adds that the query
 * gives as its only column. */
static const char *table_of(kit *k, const char *name, const char *adds)
{
    const char *root = cx_fmt(&k->c, "%s/%s", k->root, name);
    const char *log = fs_join(&k->c, root, "_delta_log");
    AUTO(duck_conn) conn = NULL;
    buf sql = BUF(BUF_ANY);
    assert_int_equal(CX_OK, fs_mkdirs(&k->c, log));
    buf_addf(&sql,
             "COPY (SELECT " PROTOCOL_ROW " AS protocol UNION ALL BY NAME SELECT " META_ROW
             " AS metaData UNION ALL BY NAME SELECT a AS add FROM (%s) t(a)) TO "
             "'%s/00000000000000000001.checkpoint.parquet' (FORMAT parquet, ROW_GROUP_SIZE 4096)",
             adds, log);
    assert_int_equal(CX_OK, eng_connect(&k->c, k->e, &conn));
    if (duck_run(&k->c, conn, buf_text(&sql), NULL) != CX_OK)
        fail_msg("%s\n%s", k->c.error.message, buf_text(&sql));
    buf_clear(&sql);
    return root;
}

static delta_snapshot *typed_snapshot(kit *k, const char *root, size_t *typed)
{
    delta_snapshot *s = NULL;
    counted how;
    if (load(k, root, &how, true, -1, &s) != CX_OK)
        fail_msg("%s: %s", root, k->c.error.message);
    *typed = how.typed;
    return s;
}

/* Enough rows for statistics that are written by their differences over several blocks, and bytes
 * for a file that several threads read, where there are several. */
static void every_member_of_an_add_survives(void **state)
{
    kit *k = *state;
    const char *root = table_of(
        k, "members",
        "SELECT {'path': printf('p=%d/f %%20%d\"ü.parquet', i % 7, i), 'size': i::INT, "
        "'partitionValues': MAP {'p': CASE WHEN i % 7 = 0 THEN NULL ELSE (i % 7)::VARCHAR END, "
        "'q': ''}, 'modificationTime': i, 'dataChange': i % 2 = 0, "
        "'stats': CASE WHEN i % 11 = 0 THEN NULL WHEN i % 13 = 0 THEN '{}' WHEN i % 5 = 0 THEN "
        "printf('{\"numRecords\":%d,\"x\":\"%s\"}', i, repeat('é,:}', i % 40)) ELSE "
        "printf('{\"numRecords\":%d,\"minValues\":{\"a\":%d,\"b\":\"x%d\"},\"nullCount\":{\"a\":0}}', "
        "i, i * 7919 % 1009, i) END, "
        "'tags': CASE WHEN i % 3 > 0 THEN MAP {'t': 'v\\n' || sha256(i::VARCHAR) || sha256('x' || i)} END, "
        "'deletionVector': CASE WHEN i % 4 = 0 THEN {'storageType': 'u', "
        "'pathOrInlineDv': 'ab^-aqEH.-t@S}K{vb[*k^', 'offset': CASE WHEN i % 8 = 0 THEN 4 END, "
        "'sizeInBytes': 40, 'cardinality': 6::BIGINT} END, 'baseRowId': 1000 + i, "
        "'defaultRowCommitVersion': CASE WHEN i % 2 = 0 THEN 3 END, "
        "'clusteringProvider': CASE WHEN i % 6 = 0 THEN 'liquid' END} FROM range(60000) t(i)");
    int slices;
    const int64_t size =
        fs_size(fs_join(&k->c, root, "_delta_log/00000000000000000001.checkpoint.parquet"));
    assert_true(size > 4 << 20);
    assert_int_equal(60000, both_ways_in(k, root, -1, &slices));
    assert_true(slices > 1 || sysconf(_SC_NPROCESSORS_ONLN) == 1);
}

static void columns_that_are_not_there_are_not_asked_for(void **state)
{
    kit *k = *state;
    const char *root = table_of(
        k, "few", "SELECT {'path': 'a', 'size': 5} UNION ALL SELECT {'path': 'b', 'size': 6}");
    assert_int_equal(2, both_ways(k, root, -1));
}

/* spec: delta "Checkpoint Schema": writers may leave stats out and write stats_parsed. */
static void parsed_statistics_stand_in_where_there_is_no_text(void **state)
{
    static const char *const adds[] = {
        "SELECT {'path': 'a' || i, 'size': 1, 'stats_parsed': {'numRecords': i, "
        "'minValues': {'x': i}}} FROM range(3) t(i)",
        /* one row without text */
        "SELECT {'path': 'a' || i, 'size': 1, 'stats': CASE WHEN i <> 1 THEN "
        "printf('{\"numRecords\":%d,\"minValues\":{\"x\":%d}}', i, i) END, 'stats_parsed': "
        "{'numRecords': i, 'minValues': {'x': i}}} FROM range(3) t(i)",
        /* text in all rows */
        "SELECT {'path': 'a' || i, 'size': 1, 'stats': "
        "printf('{\"numRecords\":%d,\"minValues\":{\"x\":%d}}', i, i), 'stats_parsed': "
        "{'numRecords': i, 'minValues': {'x': i}}} FROM range(3) t(i)"};
    kit *k = *state;
    for (size_t n = 0; n < CX_COUNT(adds); n++) {
        size_t typed;
        const char *root = table_of(k, cx_fmt(&k->c, "parsed%zu", n), adds[n]);
        AUTO(delta_snapshot) s = typed_snapshot(k, root, &typed);
        assert_int_equal(3, typed);
        for (size_t i = 0; i < 3; i++) {
            const delta_file *f = delta_file_at(s, i);
            AUTO(json) stats = NULL;
            const int64_t number = f->path[1] - '0';
            assert_int_equal(number, delta_file_records(f));
            assert_int_equal(CX_OK, delta_file_stats(&k->c, f, &stats));
            assert_int_equal(number, json_get_int(json_get(stats, "minValues"), "x", -1));
        }
        (void)both_ways(k, root, -1);
    }
}

static void unusual_columns_are_read_as_json(void **state)
{
    static const char *const adds[] = {
        /* a map as a list of pairs */
        "SELECT {'path': 'a', 'size': 1, 'partitionValues': [{'key': 'p', 'value': '1'}]}",
        /* a member that we do not know is carried on */
        "SELECT {'path': 'a', 'size': 1, 'future': {'x': 1}}", "SELECT {'path': 'a', 'size': '1'}",
        "SELECT {'path': 'a', 'size': 1, 'modificationTime': 17.0::DOUBLE}",
        "SELECT {'path': 'a', 'size': 1, 'deletionVector': {'storageType': 'i', "
        "'pathOrInlineDv': 'x', 'sizeInBytes': 1, 'cardinality': 1, 'future': 2}}"};
    kit *k = *state;
    for (size_t n = 0; n < CX_COUNT(adds); n++) {
        size_t typed;
        const char *root = table_of(k, cx_fmt(&k->c, "odd%zu", n), adds[n]);
        AUTO(delta_snapshot) s = typed_snapshot(k, root, &typed);
        assert_int_equal(0, typed);
        assert_int_equal(1, delta_file_count(s));
        assert_int_equal(1, delta_file_at(s, 0)->size_bytes);
    }
}

static void damaged_rows_are_refused_both_ways(void **state)
{
    static const char *const adds[] = {
        "SELECT {'path': NULL::VARCHAR, 'size': 1}", "SELECT {'path': '', 'size': 1}",
        "SELECT {'path': 'a', 'size': -1}", "SELECT {'path': 'a' || chr(0), 'size': 1}",
        "SELECT {'path': 'a' || i, 'size': 9223372036854775807} FROM range(2) t(i)"};
    kit *k = *state;
    for (size_t n = 0; n < CX_COUNT(adds); n++)
        for (int typed = 0; typed < 2; typed++) {
            AUTO(delta_snapshot) s = NULL;
            counted how;
            const char *root = table_of(k, cx_fmt(&k->c, "bad%zu-%d", n, typed), adds[n]);
            if (load(k, root, &how, typed, -1, &s) != CX_CORRUPT)
                fail_msg("%s (%d): %s", adds[n], typed, k->c.error.message);
            cx_forgive(&k->c);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(typed_rows_and_json_give_the_same_snapshot),
        T(every_member_of_an_add_survives),
        T(columns_that_are_not_there_are_not_asked_for),
        T(parsed_statistics_stand_in_where_there_is_no_text),
        T(unusual_columns_are_read_as_json),
        T(damaged_rows_are_refused_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
