/* Results: escaped, chunked, cut, and the same after they went to disk. */
#include "base/json.h"
#include "lake/rest/result.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define OK(call) assert_int_equal(call, CX_OK)

static const engine_column columns[] = {{"id", "BIGINT"}, {"text", "STRING"}};

/* Fills until the writer stops or `rows` rows are in; gives what the last call gave. */
static cx_code fill(cx *c, result_writer *w, int rows, const char *text)
{
    const engine_sink sink = result_sink(w);
    cx_code rc = sink.columns(c, sink.self, columns, 2);
    for (int i = 0; i < rows && rc == CX_OK; i++) {
        const char *id = cx_fmt(c, "%d", i);
        const char *values[] = {id, text};
        const size_t lengths[] = {strlen(id), text ? strlen(text) : 0};
        rc = sink.row(c, sink.self, values, lengths);
    }
    if (rc == CX_OK || w->stopped)
        rc = result_finish(c, w);
    result_writer_clear(w);
    return rc;
}

/* All rows of all chunks; NULL when a chunk is not a JSON array. */
static json *rows_of(cx *c, const result *r)
{
    json *all = json_array();
    for (size_t i = 0; i < r->chunk_count; i++) {
        buf b = BUF(BUF_ANY);
        OK(result_read(c, r, i, &b));
        AUTO(json) part = json_loadb(b.data, b.length, 0, NULL);
        buf_clear(&b);
        assert_non_null(part);
        assert_int_equal(json_array_size(part), r->chunks[i].rows);
        assert_int_equal(json_array_size(all), r->chunks[i].row_offset);
        json_array_extend(all, part);
    }
    return all;
}

static void every_byte_survives(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    result r;
    result_init(&r);
    result_writer w = {.to = &r};
    const char odd[] = "\x01\x1f\"\\/\b\f\n\r\t\x7f é 表";
    OK(fill(&c, &w, 1, odd));
    AUTO(json) rows = rows_of(&c, &r);
    assert_string_equal(json_string_value(json_array_get(json_array_get(rows, 0), 1)), odd);
    AUTO(json) shown = json_loads(r.columns, 0, NULL);
    assert_string_equal(json_get_str(json_array_get(shown, 0), "type_name", ""), "LONG");
    result_clear(&r);
    cx_clear(&c);
}

static void what_went_to_disk_reads_the_same(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    char *text = cx_alloc(&c, 1001);
    memset(text, 'x', 1000);
    result r;
    result_init(&r);
    result_writer w = {.to = &r};
    OK(fill(&c, &w, 10000, text));
    assert_true(r.chunk_count >= 2);
    AUTO(json) before = rows_of(&c, &r);
    OK(result_spill(&c, &r, "/tmp"));
    assert_int_equal(r.in_memory, 0);
    AUTO(json) after = rows_of(&c, &r);
    assert_true(json_equal(before, after));
    result_clear(&r);
    cx_clear(&c);
}

static void a_large_result_for_links_leaves_memory_by_itself(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    char *text = cx_alloc(&c, 100001);
    memset(text, 'y', 100000);
    result r;
    result_init(&r);
    result_writer w = {.to = &r, .memory_most = 1 << 20, .folder = "/tmp"};
    OK(fill(&c, &w, 400, text));
    assert_true(r.bytes > RESULT_INLINE_MOST);
    assert_true(r.in_memory < 2 * RESULT_CHUNK);
    AUTO(json) rows = rows_of(&c, &r);
    assert_int_equal(json_array_size(rows), 400);
    result_clear(&r);
    cx_clear(&c);
}

static void limits_stop_at_a_whole_row(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    result r;
    result_init(&r);
    result_writer w = {.to = &r, .row_limit = 3};
    OK(fill(&c, &w, 10, "a"));
    assert_true(r.truncated);
    assert_int_equal(r.rows, 3);
    result_clear(&r);
    w = (result_writer){.to = &r, .byte_limit = 25};
    OK(fill(&c, &w, 10, "a"));
    assert_true(r.truncated && r.bytes <= 25);
    AUTO(json) rows = rows_of(&c, &r);
    assert_int_equal(json_array_size(rows), r.rows);
    result_clear(&r);
    w = (result_writer){.to = &r, .byte_limit = 1};
    OK(fill(&c, &w, 10, "a"));
    assert_int_equal(r.chunk_count, 0);
    result_clear(&r);
    cx_clear(&c);
}

static void a_result_too_large_to_be_inline_fails(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    char *text = cx_alloc(&c, 100001);
    memset(text, 'z', 100000);
    result r;
    result_init(&r);
    result_writer w = {.to = &r};
    assert_int_equal(fill(&c, &w, 400, text), CX_TOO_LARGE);
    assert_non_null(strstr(c.error.message, "EXTERNAL_LINKS"));
    result_clear(&r);
    cx_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_survives),
        cmocka_unit_test(what_went_to_disk_reads_the_same),
        cmocka_unit_test(a_large_result_for_links_leaves_memory_by_itself),
        cmocka_unit_test(limits_stop_at_a_whole_row),
        cmocka_unit_test(a_result_too_large_to_be_inline_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
