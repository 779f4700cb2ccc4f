/* What changed between versions. spec: delta "Add CDC File" */
#include "unit/delta_help.h"

static const char *golden(cx *c, const char *name)
{
    const char *root = getenv("CLXS_GOLDEN");
    const char *path = fs_join(c, root ? root : "../shared/golden", name);
    if (fs_is_dir(path))
        return path;
    print_message("skipped: there is no golden table %s\n", path);
    return NULL;
}

/* "1:+f(all but 2) 2:-f(only 3)" */
static cx_code write_down(cx *c, void *self, const delta_change *ch)
{
    buf *b = self;
    (void)c;
    assert_true(ch->timestamp_ms > 0);
    assert_true(json_is_object(ch->partition_values));
    buf_addf(b, "%s%d:%c", b->length ? " " : "", (int)ch->version,
             ch->kind == DELTA_INSERTED  ? '+'
             : ch->kind == DELTA_DELETED ? '-'
                                         : '~');
    if (ch->only || ch->row_count)
        buf_addf(b, "%s", ch->only ? "only" : "but");
    for (size_t i = 0; i < ch->row_count; i++)
        buf_addf(b, "%c%d", i ? ',' : ' ', (int)ch->rows[i]);
    return CX_OK;
}

static void expect(const char *name, int64_t from, int64_t to, const char *text)
{
    cx c;
    cx_init(&c);
    const char *root = golden(&c, name);
    if (root) {
        AUTO(delta_table) t = NULL;
        AUTO_CLEAR(buf) b = BUF(BUF_ANY);
        OK(delta_open(&c, root, NULL, &t));
        OK(delta_changes(&c, t, from, to, write_down, &b));
        assert_string_equal(buf_text(&b), text);
    }
    cx_clear(&c);
}

static void refuse(const char *name, int64_t from, int64_t to, const char *condition)
{
    cx c;
    cx_init(&c);
    const char *root = golden(&c, name);
    if (root) {
        AUTO(delta_table) t = NULL;
        AUTO_CLEAR(buf) b = BUF(BUF_ANY);
        OK(delta_open(&c, root, NULL, &t));
        assert_int_not_equal(delta_changes(&c, t, from, to, write_down, &b), CX_OK);
        assert_string_equal(c.error.condition ? c.error.condition : c.error.message, condition);
        assert_int_equal(b.length, 0);
    }
    cx_clear(&c);
}

/* spec: delta "Add CDC File", "Change Data Files", "Reader Requirements for AddCDCFile" */
static void change_files_say_all_else_adds_and_removes_do(void **state)
{
    (void)state;
    expect("more/cdf-table-simple", 0, -1, "0:+ 0:+ 1:- 1:- 2:~ 2:~");
    expect("more/cdf-table-simple", 1, 1, "1:- 1:-");
    expect("more/cdf-table-update-ops", 0, 99, "0:+ 0:+ 1:~ 1:~ 2:~ 2:~");
    expect("more/table-with-cdf", 0, 1, "0:+ 1:~"); /* the removed file is in the change file */
}

/* spec: delta "Reader Requirements for AddCDCFile", "Deletion Vectors" */
static void a_new_deletion_vector_is_the_rows_that_it_adds_or_gives_back(void **state)
{
    (void)state;
    expect("more/cdf-table-with-dv", 0, -1,
           "0:+ 1:-only 0,9 2:+only 0,9 3:-only 0,1,4,5 4:+only 1,4 5:-only 3 5:+only 0,5 "
           "6:+only 3");
}

static void what_cannot_be_told_is_refused_before_the_first_row(void **state)
{
    (void)state;
    refuse("more/cdf-table-simple", 2, 1, "DELTA_INVALID_CDC_RANGE");
    refuse("more/cdf-table-simple", 3, -1, "DELTA_CDC_START_VERSION_AFTER_LATEST");
    refuse("more/cdf-table-simple", -1, -1, "DELTA_NO_START_FOR_CDC_READ");
    refuse("more/table-with-dv-small", 0, -1, "DELTA_MISSING_CHANGE_DATA");
    refuse("more/table-with-cdf", 0, 2, "DELTA_MISSING_CHANGE_DATA"); /* version 2 turns it off */
    refuse("more/table-with-cdf", 3, 4, "DELTA_CHANGE_DATA_FEED_INCOMPATIBLE_DATA_SCHEMA");
}

#define FEED "{\"delta.enableChangeDataFeed\":\"true\"}"

static const char *wider(cx *c, const char *type, bool more)
{
    return cx_fmt(
        c,
        "{\"metaData\":{\"id\":\"t1\",\"format\":{\"provider\":\"parquet\",\"options\":{}},"
        "\"schemaString\":\"{\\\"type\\\":\\\"struct\\\",\\\"fields\\\":[{\\\"name\\\":\\\"id\\\","
        "\\\"type\\\":\\\"%s\\\",\\\"nullable\\\":true,\\\"metadata\\\":{}}%s]}\","
        "\"partitionColumns\":[],\"configuration\":" FEED ",\"createdTime\":1}}",
        type,
        more ? ",{\\\"name\\\":\\\"b\\\",\\\"type\\\":\\\"string\\\",\\\"nullable\\\":true,"
               "\\\"metadata\\\":{}}"
             : "");
}

/* spec: delta "Reader Requirements for AddCDCFile" */
static void schemas_on_the_way_must_fit_into_the_last(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    AUTO(delta_table) t = NULL;
    AUTO_CLEAR(buf) b = BUF(BUF_ANY);
    int64_t v;
    OK(delta_open_store(&c, store_memory_new(), NULL, &t));
    OK(COMMIT(&c, t, -1, true, &v, PROTOCOL, meta_with(&c, FEED)));
    OK(COMMIT(&c, t, 0, true, &v, add_of(&c, "a")));
    OK(COMMIT(&c, t, 1, false, &v, wider(&c, "long", true)));
    OK(COMMIT(&c, t, 2, false, &v, remove_of(&c, "a")));
    OK(delta_changes(&c, t, 0, -1, write_down, &b));
    assert_string_equal(buf_text(&b), "1:+ 3:-");
    OK(COMMIT(&c, t, 3, false, &v, wider(&c, "string", true)));
    assert_int_equal(delta_changes(&c, t, 0, -1, write_down, &b), CX_UNSUPPORTED);
    assert_string_equal(c.error.condition, "DELTA_CHANGE_DATA_FEED_INCOMPATIBLE_DATA_SCHEMA");
    cx_forgive(&c);
    buf_reset(&b);
    OK(delta_changes(&c, t, 0, 3, write_down, &b)); /* up to there it can be told */
    assert_string_equal(buf_text(&b), "1:+ 3:-");
    cx_clear(&c);
}

/* spec: delta "Type Widening" */
static void a_type_that_widened_on_the_way_fits(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    AUTO(delta_table) t = NULL;
    AUTO_CLEAR(buf) b = BUF(BUF_ANY);
    int64_t v;
    OK(delta_open_store(&c, store_memory_new(), NULL, &t));
    OK(COMMIT(&c, t, -1, true, &v, PROTOCOL, wider(&c, "short", false)));
    OK(COMMIT(&c, t, 0, true, &v, add_of(&c, "a")));
    OK(COMMIT(&c, t, 1, false, &v, wider(&c, "decimal(12,2)", false)));
    OK(delta_changes(&c, t, 0, -1, write_down, &b));
    assert_string_equal(buf_text(&b), "1:+");
    OK(COMMIT(&c, t, 2, false, &v, wider(&c, "byte", false)));
    assert_int_equal(delta_changes(&c, t, 0, -1, write_down, &b), CX_UNSUPPORTED);
    assert_string_equal(c.error.condition, "DELTA_CHANGE_DATA_FEED_INCOMPATIBLE_DATA_SCHEMA");
    cx_clear(&c);
}

/* spec: delta "Add File and Remove File" */
static void compaction_changes_nothing(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    AUTO(delta_table) t = NULL;
    AUTO_CLEAR(buf) b = BUF(BUF_ANY);
    int64_t v;
    OK(delta_open_store(&c, store_memory_new(), NULL, &t));
    OK(COMMIT(&c, t, -1, true, &v, PROTOCOL, meta_with(&c, FEED)));
    OK(COMMIT(&c, t, 0, true, &v, add_of(&c, "a")));
    OK(COMMIT(&c, t, 1, false, &v, "{\"remove\":{\"path\":\"a\",\"dataChange\":false}}",
              "{\"add\":{\"path\":\"b\",\"size\":1,\"dataChange\":false,\"partitionValues\":{}}}"));
    OK(delta_changes(&c, t, 0, -1, write_down, &b));
    assert_string_equal(buf_text(&b), "1:+");
    cx_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(change_files_say_all_else_adds_and_removes_do),
        cmocka_unit_test(a_new_deletion_vector_is_the_rows_that_it_adds_or_gives_back),
        cmocka_unit_test(what_cannot_be_told_is_refused_before_the_first_row),
        cmocka_unit_test(schemas_on_the_way_must_fit_into_the_last),
        cmocka_unit_test(a_type_that_widened_on_the_way_fits),
        cmocka_unit_test(compaction_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
