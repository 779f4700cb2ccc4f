/* Buffers, JSON, hashes, times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/when.h"

static void a_buffer_over_its_ceiling_says_so_and_keeps_what_fits(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    buf b = BUF(8);
    buf_adds(&b, "12345678");
    assert_int_equal(CX_OK, buf_done(&c, &b, "text"));
    buf_addc(&b, '9');
    assert_int_equal(CX_TOO_LARGE, buf_done(&c, &b, "text"));
    assert_string_equal("12345678", buf_text(&b));
    buf_clear(&b);
    assert_string_equal("", buf_text(&b));
    cx_clear(&c);
}

static void json_that_is_nested_too_deeply_is_refused(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    buf b = BUF(BUF_ANY);
    for (int i = 0; i < 500; i++)
        buf_addc(&b, '[');
    for (int i = 0; i < 500; i++)
        buf_addc(&b, ']');
    json *j = NULL;
    assert_int_equal(CX_INVALID, json_parse(&c, b.data, b.length, "the body", &j));
    assert_null(j);
    buf_clear(&b);
    cx_clear(&c);
}

static void canonical_json_has_sorted_keys_and_no_spaces(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    AUTO(json) j = NULL;
    static const char text[] = "{\"b\": [1, true], \"a\": \"x\"}";
    assert_int_equal(CX_OK, json_parse(&c, text, sizeof text - 1, "x", &j));
    AUTO_FREE char *canonical = json_canonical(j);
    assert_string_equal("{\"a\":\"x\",\"b\":[1,true]}", canonical);
    cx_clear(&c);
}

static void digests_equal_their_published_vectors(void **state)
{
    (void)state;
    char sha[SHA256_HEX], md5[33];
    hash_sha256_hex("abc", 3, sha);
    assert_string_equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", sha);
    hash_md5_hex("abc", 3, md5);
    assert_string_equal("900150983cd24fb0d6963f7d28e17f72", md5);
    assert_int_equal(0xCBF43926u, hash_crc32("123456789", 9));
}

static void percent_decoding_happens_once_and_leaves_bad_escapes_alone(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    assert_string_equal("a b%3A", percent_decode(&c, "a%20b%253A", 10, NULL));
    assert_string_equal("100%", percent_decode(&c, "100%", 4, NULL));
    assert_string_equal("%4", percent_decode(&c, "%4", 2, NULL));
    assert_string_equal("%zz", percent_decode(&c, "%zz", 3, NULL));
    assert_string_equal("A", percent_decode(&c, "%41", 3, NULL));
    cx_clear(&c);
}

static void base64_pads(void **state)
{
    (void)state;
    buf b = BUF(BUF_ANY);
    buf_add_base64(&b, "foob", 4);
    assert_string_equal("Zm9vYg==", buf_text(&b));
    buf_clear(&b);
}

static void times_survive_the_round_trip(void **state)
{
    (void)state;
    cx c;
    cx_init(&c);
    assert_string_equal("2026-04-19T11:30:00.123Z", when_iso_ms(&c, 1776598200123));
    assert_string_equal("1969-12-31T23:59:59.999Z", when_iso_ms(&c, -1));
    static const struct {
        const char *text;
        int64_t us;
    } good[] = {{"1970-01-01", 0},
                {"1970-01-01 00:00:01.5", 1500000},
                {"1970-01-01T01:00:00+01:00", 0},
                {"2026-04-19T11:30:00.123Z", 1776598200123000},
                {"1969-12-31T23:59:59.999999Z", -1},
                {"0001-01-01", -62135596800000000}};
    for (size_t i = 0; i < CX_COUNT(good); i++) {
        int64_t us = 7;
        assert_true(when_parse_us(good[i].text, &us));
        assert_int_equal(good[i].us, us);
    }
    static const char *const bad[] = {
        "", "x", "2026-02-30", "2026-13-01", "2026-01-01 25:00", "2026-01-01x"};
    for (size_t i = 0; i < CX_COUNT(bad); i++) {
        int64_t us = 7;
        assert_false(when_parse_us(bad[i], &us));
        assert_int_equal(7, us);
    }
    cx_clear(&c);
}

static void utf8_that_is_overlong_or_cut_is_not_valid(void **state)
{
    (void)state;
    assert_true(text_utf8_valid("größe \xE2\x82\xAC \xF0\x9F\x98\x80", 16));
    assert_false(text_utf8_valid("\xC0\x80", 2));
    assert_false(text_utf8_valid("\xE2\x82", 2));
    assert_false(text_utf8_valid("\xED\xA0\x80", 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_buffer_over_its_ceiling_says_so_and_keeps_what_fits),
        cmocka_unit_test(json_that_is_nested_too_deeply_is_refused),
        cmocka_unit_test(canonical_json_has_sorted_keys_and_no_spaces),
        cmocka_unit_test(digests_equal_their_published_vectors),
        cmocka_unit_test(percent_decoding_happens_once_and_leaves_bad_escapes_alone),
        cmocka_unit_test(base64_pads),
        cmocka_unit_test(times_survive_the_round_trip),
        cmocka_unit_test(utf8_that_is_overlong_or_cut_is_not_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
