/* The small parts of the format: JSON cursor, paths, base 85, deletion vectors, types. */
#include "unit/delta_help.h"

#include "delta/action.h"
#include "delta/delta_int.h"
#include "delta/uri.h"

#include <roaring/roaring.h>

static str literal(const char *text)
{
    return STR(text);
}

/* spec: delta "Actions" */
static void an_action_is_read_whatever_its_spacing_order_and_unknown_members(void **state)
{
    (void)state;
    action a;
    assert_true(
        action_scan(literal(" { \"txn\" : null , \"add\" : { \"x\":[1,{\"a\":\"}\\\"\"}], "
                            "\"size\" : \"12\", \"path\":\"p\\u0041\\u00e9\\ud83d\\ude00\", "
                            "\"dataChange\":true } } "),
                    &a));
    assert_int_equal(a.kind, ACTION_ADD);
    assert_int_equal(a.size, 12);
    assert_true(a.data_change);
    AUTO(arena) mem = arena_new();
    char *path;
    assert_true(value_text(mem, a.path, &path));
    assert_string_equal(path, "pA\xc3\xa9\xf0\x9f\x98\x80");
}

static void structs_of_nulls_are_no_actions(void **state)
{
    (void)state;
    action a;
    assert_true(
        action_scan(literal("{\"add\":{\"path\":\"x\",\"size\":1},\"remove\":{\"path\":null,"
                            "\"size\":null},\"protocol\":{\"minReaderVersion\":null}}"),
                    &a));
    assert_int_equal(a.kind, ACTION_ADD);
    assert_int_equal(a.size, 1);
    assert_true(action_scan(literal("{\"add\":{\"path\":null}}"), &a));
    assert_int_equal(a.kind, ACTION_OTHER);
}

static void damaged_lines_are_not_actions(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "{",
                                      "{\"add\":{\"path\":\"x\"}",
                                      "{\"add\":{\"path\":\"x}}",
                                      "{\"add\":{}}",
                                      "{\"add\":{\"path\":1}}",
                                      "[1]",
                                      "{\"a\":[}]}",
                                      "{\"add\":{\"path\":\"x\"}} 1",
                                      "{\"a\" 1}",
                                      "{,}",
                                      "{\"a\":1,}"};
    for (size_t i = 0; i < CX_COUNT(bad); i++) {
        action a;
        /* A copy without a NUL, so that a sanitizer sees a read past the end. */
        char *copy = cx_malloc(strlen(bad[i]) + 1);
        memcpy(copy, bad[i], strlen(bad[i]));
        char *exact = cx_realloc(copy, strlen(bad[i]) ? strlen(bad[i]) : 1);
        if (action_scan((str){exact, strlen(bad[i])}, &a))
            fail_msg("accepted: %s", bad[i]);
        free(exact);
    }
}

static void every_cut_of_a_line_is_refused_without_reading_past_it(void **state)
{
    (void)state;
    const char *line = "{\"add\":{\"path\":\"a\\\\b\",\"partitionValues\":{\"k\":null},\"size\":1,"
                       "\"stats\":\"{\\\"numRecords\\\":5}\",\"tags\":[1,2]}}";
    for (size_t n = 0; n < strlen(line); n++) {
        action a;
        char *cut = cx_malloc(n ? n : 1);
        memcpy(cut, line, n);
        assert_false(action_scan((str){cut, n}, &a));
        free(cut);
    }
}

/* spec: delta "Add File and Remove File" */
static void paths_are_decoded_once_and_file_uris_are_local(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *path;
    } good[] = {
        {"a/b.parquet", "/t/a/b.parquet"}, {"a%20b%253A.parquet", "/t/a b%3A.parquet"},
        {"file:/x/y%23", "/x/y#"},         {"file:///x/y", "/x/y"},
        {"file://localhost/x", "/x"},      {"/x/y z", "/x/y z"},
        {"c=a:b/x", "/t/c=a:b/x"},         {"\xc3\xa9%C3%A9", "/t/\xc3\xa9\xc3\xa9"},
    };
    cx c;
    cx_init(&c);
    char *path;
    for (size_t i = 0; i < CX_COUNT(good); i++) {
        OK(uri_to_path(&c, "/t", good[i].uri, &path));
        assert_string_equal(path, good[i].path);
    }
    assert_int_equal(uri_to_path(&c, "/t", "s3://b/x", &path), CX_UNSUPPORTED);
    assert_int_equal(uri_to_path(&c, "/t", "a%00b", &path), CX_CORRUPT);
    OK(uri_to_path(&c, "/t", uri_of_path(&c, "/x/a b%c#?\xc3\xa9"), &path));
    assert_string_equal(path, "/x/a b%c#?\xc3\xa9");
    assert_false(uri_is_below(&c, "../x"));
    assert_false(uri_is_below(&c, "a/%2E%2E/x"));
    assert_false(uri_is_below(&c, "_delta_log/x"));
    assert_true(uri_is_below(&c, "a=1/x..y"));
    cx_clear(&c);
}

static void one_file_has_one_key_however_it_is_spelled(void **state)
{
    (void)state;
    AUTO(arena) a = arena_new();
    assert_string_equal(uri_key(a, "/t", "a%20b"), "a b");
    assert_string_equal(uri_key(a, "/t", "file:/t/a%20b"), "a b");
    assert_string_equal(uri_key(a, "/t", "/t/a b"), "a b");
    assert_string_equal(uri_key(a, "/t", "file:///u/x"), "/u/x");
    assert_string_equal(uri_key(a, "/t", "s3://t/x"), "s3://t/x");
}

/* spec: delta "Derived Fields", "Deletion Vector Descriptor Schema",
 * "JSON Example 1 — On Disk with Relative Path (with Random Prefix)" */
static void the_relative_vector_of_the_protocol_has_its_path(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    char *path;
    const delta_dv dv = {"u", "ab^-aqEH.-t@S}K{vb[*k^", 4, 40, 6};
    OK(dv_file(&c, "/t", &dv, &path));
    assert_string_equal(path, "/t/ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin");
    cx_clear(&c);
}

/* spec: delta "JSON Example 3 — Inline", "Deletion Vector Format" */
static void the_inline_vector_of_the_sheet_has_its_rows(void **state)
{
    (void)state;
    static const uint64_t rows_wanted[] = {3, 4, 7, 11, 18, 29};
    cx c;
    cx_init(&c);
    const delta_dv dv = {"i", "^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L", -1, 44, 6};
    AUTO_CLEAR(buf) b = {0};
    AUTO_FREE uint64_t *rows = NULL;
    size_t n;
    OK(dv_load(&c, "/t", &dv, &b));
    OK(dv_decode(&c, b.data, b.length, 6, &rows, &n));
    assert_int_equal(n, 6);
    assert_memory_equal(rows, rows_wanted, sizeof rows_wanted);
    uint64_t *none = NULL;
    assert_int_equal(dv_decode(&c, b.data, b.length, 5, &none, &n), CX_CORRUPT);
    assert_int_equal(dv_decode(&c, b.data, b.length, 7, &none, &n), CX_CORRUPT);
    cx_clear(&c);
}

static void base_85_goes_there_and_back(void **state)
{
    (void)state;
    unsigned char data[16], back[16];
    char text[21];
    for (int i = 0; i < 200; i++) {
        cx_random_bytes(data, sizeof data);
        z85_encode(data, sizeof data, text);
        assert_true(z85_decode(text, 20, back));
        assert_memory_equal(data, back, sizeof data);
    }
    assert_true(z85_decode("##093", 5, back)); /* a short last chunk: two bytes */
    assert_memory_equal(back, "\x03\x00\x00\x00", 4);
    assert_false(z85_decode("##09300000", 10, back)); /* not the last */
    assert_false(z85_decode("%nSc1", 5, back));       /* 2^32 */
    assert_false(z85_decode("a bcd", 5, back));
}

/* One bucket, as the roaring library serializes it. */
static size_t serialize(const roaring_bitmap_t *r, uint32_t key, unsigned char **out)
{
    const size_t n = roaring_bitmap_portable_size_in_bytes(r);
    unsigned char *data = cx_calloc(1, n + 16);
    const uint32_t magic = 1681511377, buckets = 1;
    memcpy(data, &magic, 4);
    memcpy(data + 4, &buckets, 4);
    memcpy(data + 12, &key, 4);
    roaring_bitmap_portable_serialize(r, (char *)data + 16);
    *out = data;
    return n + 16;
}

static roaring_bitmap_t *random_bitmap(cx *c, bool runs)
{
    roaring_bitmap_t *r = roaring_bitmap_create();
    for (int k = 0; k < 6; k++) {
        const uint32_t base = (uint32_t)(cx_random(c) % 40) << 16;
        const int how = (int)(cx_random(c) % 3);
        for (int i = 0; i < (how == 0 ? 50 : how == 1 ? 20000 : 3000); i++)
            roaring_bitmap_add(r,
                               base + (how == 2 ? (uint32_t)i : (uint32_t)(cx_random(c) & 0xFFFF)));
    }
    if (runs)
        roaring_bitmap_run_optimize(r);
    return r;
}

/* spec: delta "Deletion Vector Format" */
static void bitmaps_of_every_container_kind_decode_as_the_library_wrote_them(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    for (int i = 0; i < 40; i++) {
        roaring_bitmap_t *r = random_bitmap(&c, i % 2);
        const size_t card = roaring_bitmap_get_cardinality(r);
        AUTO_FREE uint32_t *want = cx_calloc(card, sizeof *want);
        AUTO_FREE unsigned char *data = NULL;
        AUTO_FREE uint64_t *rows = NULL;
        size_t n, length = serialize(r, 3, &data);
        roaring_bitmap_to_uint32_array(r, want);
        OK(dv_decode(&c, data, length, (int64_t)card, &rows, &n));
        assert_int_equal(n, card);
        for (size_t k = 0; k < n; k++)
            assert_true(rows[k] == ((uint64_t)3 << 32 | want[k]));
        roaring_bitmap_free(r);
    }
    cx_clear(&c);
}

static void damaged_bitmaps_are_refused_or_decode_but_never_overrun(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    roaring_bitmap_t *r = random_bitmap(&c, true);
    AUTO_FREE unsigned char *data = NULL;
    const size_t length = serialize(r, 0, &data), card = roaring_bitmap_get_cardinality(r);
    for (int i = 0; i < 3000; i++) {
        const size_t cut = i < 1000 ? cx_random(&c) % length : length;
        unsigned char *copy = cx_malloc(cut ? cut : 1);
        uint64_t *rows = NULL;
        size_t n;
        memcpy(copy, data, cut);
        if (i >= 1000)
            copy[cx_random(&c) % (i % 2 ? 60 : cut)] ^= (unsigned char)(1 + cx_random(&c) % 255);
        if (dv_decode(&c, copy, cut, (int64_t)card, &rows, &n) == CX_OK)
            assert_true(cut == length && n == card);
        free(rows);
        free(copy);
    }
    roaring_bitmap_free(r);
    cx_clear(&c);
}

/* spec: delta "Schema Serialization Format", "Primitive Types", "Struct Type", "Array Type",
 * "Map Type" */
static void types_go_to_sql_and_back(void **state)
{
    (void)state;
    static const struct {
        const char *sql, *back;
    } list[] = {
        {"BIGINT", "bigint"},
        {"decimal", "decimal(10,0)"},
        {"numeric( 12 , 2 )", "decimal(12,2)"},
        {"array<struct<a:int,`b c`: string NOT NULL COMMENT 'it''s'>>",
         "array<struct<a:int,`b c`:string>>"},
        {"map<string, array<timestamp_ntz>>", "map<string,array<timestamp_ntz>>"},
        {"struct<c: varchar(5), d char(2)>", "struct<c:varchar(5),d:char(2)>"},
        {"varchar(3)", "string"},
        {"variant", "variant"},
    };
    cx c;
    cx_init(&c);
    for (size_t i = 0; i < CX_COUNT(list); i++) {
        AUTO(json) j = NULL;
        OK(delta_type_parse(&c, list[i].sql, &j));
        assert_string_equal(delta_type_sql(&c, j), list[i].back);
    }
    static const char *const bad[] = {
        "",      "foo",       "array<",  "array<int", "decimal(39,0)", "decimal(5,6)",
        "int x", "struct<a>", "varchar", "map<int>",  "struct<a int,>"};
    for (size_t i = 0; i < CX_COUNT(bad); i++) {
        AUTO(json) j = NULL;
        if (delta_type_parse(&c, bad[i], &j) == CX_OK)
            fail_msg("accepted: %s", bad[i]);
    }
    cx_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_action_is_read_whatever_its_spacing_order_and_unknown_members),
        cmocka_unit_test(structs_of_nulls_are_no_actions),
        cmocka_unit_test(damaged_lines_are_not_actions),
        cmocka_unit_test(every_cut_of_a_line_is_refused_without_reading_past_it),
        cmocka_unit_test(paths_are_decoded_once_and_file_uris_are_local),
        cmocka_unit_test(one_file_has_one_key_however_it_is_spelled),
        cmocka_unit_test(the_relative_vector_of_the_protocol_has_its_path),
        cmocka_unit_test(the_inline_vector_of_the_sheet_has_its_rows),
        cmocka_unit_test(base_85_goes_there_and_back),
        cmocka_unit_test(bitmaps_of_every_container_kind_decode_as_the_library_wrote_them),
        cmocka_unit_test(damaged_bitmaps_are_refused_or_decode_but_never_overrun),
        cmocka_unit_test(types_go_to_sql_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
