/* Deletion vectors that we write. spec: delta "Deletion Vector Format" */
#include "unit/delta_help.h"

#include "delta/delta_int.h"

static void expect_rows(cx *c, const char *root, const delta_dv *dv, const uint64_t *rows, size_t n)
{
    AUTO_CLEAR(buf) bitmap = {0};
    AUTO_FREE uint64_t *got = NULL;
    size_t m;
    if (dv_load(c, root, dv, &bitmap) != CX_OK ||
        dv_decode(c, bitmap.data, bitmap.length, dv->cardinality, &got, &m) != CX_OK)
        fail_msg("%s", c->error.message);
    assert_int_equal(m, n);
    assert_memory_equal(got, rows, n * sizeof *rows);
}

/* The vector that other implementations test themselves with. */
/* spec: delta "Deletion Vector Format" */
static void the_bytes_are_those_of_the_published_vector(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    static const uint64_t rows[] = {3, 4, 7, 11, 18, 29};
    static const char text[] = "^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L";
    unsigned char wanted[44];
    AUTO_CLEAR(buf) got = BUF(BUF_ANY);
    assert_true(z85_decode(text, strlen(text), wanted));
    OK(dv_encode(&c, rows, CX_COUNT(rows), &got));
    assert_int_equal(got.length, sizeof wanted);
    assert_memory_equal(got.data, wanted, sizeof wanted);
    cx_clear(&c);
}

static uint64_t *every(uint64_t from, uint64_t step, size_t n)
{
    uint64_t *rows = cx_malloc(n * sizeof *rows);
    for (size_t i = 0; i < n; i++)
        rows[i] = from + i * step;
    return rows;
}

/* spec: delta "Deletion Vector File Storage Format", "Deletion Vector Files" */
static void vectors_of_one_file_are_read_back(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    AUTO(delta_table) t = NULL;
    AUTO_FREE uint64_t *runs = every(10, 1, 300000);
    AUTO_FREE uint64_t *bits = every(0, 3, 50000);
    AUTO_FREE uint64_t *sparse = every(5, 70001, 100);
    AUTO_FREE uint64_t *high = every(4294967290u, 1, 20); /* over the border of two buckets */
    const delta_rows all[] = {{runs, 300000}, {bits, 50000}, {sparse, 100}, {high, 20}};
    delta_dv out[4];
    OK(delta_open(&c, root, NULL, &t));
    OK(delta_dv_write(&c, t, all, 4, out));
    assert_int_equal(out[0].offset, 1);
    assert_int_equal(out[1].offset, 1 + 8 + out[0].size_bytes);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(out[i].path_or_inline, out[0].path_or_inline);
        expect_rows(&c, root, &out[i], all[i].rows, all[i].count);
    }
    assert_true(out[0].size_bytes < 200); /* runs are written as such */
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

static void rows_that_do_not_rise_are_refused(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    static const uint64_t rows[] = {3, 3};
    AUTO_CLEAR(buf) got = BUF(BUF_ANY);
    assert_int_equal(dv_encode(&c, rows, 2, &got), CX_INTERNAL);
    assert_int_equal(dv_encode(&c, rows, 0, &got), CX_INVALID);
    cx_clear(&c);
}

#define DV_PROTOCOL                                                 \
    "{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7," \
    "\"readerFeatures\":[\"deletionVectors\"],\"writerFeatures\":[\"deletionVectors\"]}}"

/* spec: delta "Writer Requirement for Deletion Vectors", "Add File and Remove File",
 * "Per-file Statistics" */
static void a_delete_with_a_vector_is_one_commit(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    AUTO(delta_table) t = NULL;
    AUTO(json) actions = json_array();
    AUTO(json) parameters = json_object();
    AUTO_FREE uint64_t *rows = NULL;
    AUTO(delta_snapshot) s = NULL;
    AUTO(delta_snapshot) after = NULL;
    AUTO(json) stats = NULL;
    delta_dv dv;
    size_t n;
    int64_t v;
    static const uint64_t gone[] = {0, 4};
    OK(delta_open(&c, root, NULL, &t));
    OK(COMMIT(&c, t, -1, true, &v, DV_PROTOCOL,
              meta_with(&c, "{\"delta.enableDeletionVectors\":\"true\"}"), add_of(&c, "f"),
              add_of(&c, "g")));
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &s));
    OK(delta_dv_write(&c, t, &(delta_rows){gone, 2}, 1, &dv));
    OK(delta_dv_actions(&c, delta_file_at(s, 0), &dv, 5, actions));
    OK(delta_dv_actions(&c, delta_file_at(s, 1), NULL, 5, actions)); /* all of its rows */
    const delta_commit m = {
        .operation = "DELETE", .parameters = parameters, .read_version = 0, .actions = actions};
    OK(delta_commit_write(&c, t, &m, &v));
    OK(delta_snapshot_load(&c, t, DELTA_LATEST, &after));
    assert_int_equal(delta_file_count(after), 1);
    OK(delta_dv_rows(&c, after, delta_file_at(after, 0), &rows, &n));
    assert_int_equal(n, 2);
    assert_int_equal(rows[1], 4);
    OK(delta_file_stats(&c, delta_file_at(after, 0), &stats));
    assert_int_equal(json_get_int(stats, "numRecords", -1), 5);
    assert_false(json_get_bool(stats, "tightBounds", true));
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

static bool has_mark(const char *relative, const void *digits)
{
    return text_starts(relative, "deletion_vector_") && strstr(relative, digits);
}

/* What a killed writer left is found by its mark; what others are writing stays. */
static void a_vectors_file_carries_the_mark_of_its_writer(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    const char *root = scratch(&c);
    AUTO(delta_table) t = NULL;
    const uint64_t rows[] = {1};
    int64_t removed = 0;
    delta_dv ours, theirs;
    OK(delta_open(&c, root, NULL, &t));
    OK(create(&c, t));
    OK(delta_dv_write(&c, t, &(delta_rows){rows, 1}, 1, &theirs));
    delta_mark(t, "00000000-0000-0000-0000-00000000abcd");
    OK(delta_dv_write(&c, t, &(delta_rows){rows, 1}, 1, &ours));
    OK(delta_remove_unreferenced(&c, t, 0, has_mark, "-00000000abcd.bin", &removed));
    assert_int_equal(removed, 1);
    delta_mark(t, NULL);
    OK(delta_remove_unreferenced(&c, t, 0, NULL, NULL, &removed));
    assert_int_equal(removed, 1);
    OK(fs_remove_tree(&c, root));
    cx_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes_are_those_of_the_published_vector),
        cmocka_unit_test(vectors_of_one_file_are_read_back),
        cmocka_unit_test(rows_that_do_not_rise_are_refused),
        cmocka_unit_test(a_delete_with_a_vector_is_one_commit),
        cmocka_unit_test(a_vectors_file_carries_the_mark_of_its_writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
