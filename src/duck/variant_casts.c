/* Casts of variants, and so v:a::INT and variant_get(v, '$.a', 'int'): numbers go to numbers that
 * hold them (fractions towards zero), texts to what they spell, days and moments to one another,
 * anything to text; the variant null is NULL. The rest is INVALID_VARIANT_CAST. */
#include <errno.h>
#include <math.h>

#include "base/when.h"
#include "duck/functions.h"
#include "duck/variant.h"

static const int64_t day_us = INT64_C(86400000000);

static bool text_number(str text, double *real, __int128 *whole)
{
    char copy[64], *end;
    if (text.length == 0 || text.length >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.length);
    copy[text.length] = '\0';
    if (strpbrk(copy, "xXpP"))
        return false;
    if (whole) {
        errno = 0;
        *whole = strtoll(copy, &end, 10);
        return end > copy && !*end && !errno;
    }
    *real = strtod(copy, &end);
    return end > copy && !*end;
}

static long double unit_of(const variant_leaf *leaf)
{
    long double unit = 1;
    for (int i = 0; i < leaf->scale; i++)
        unit *= 10;
    return unit;
}

static bool as_whole(const variant_leaf *leaf, __int128 *out)
{
    switch (leaf->kind) {
    case VARIANT_BOOLEAN: *out = leaf->truth; return true;
    case VARIANT_WHOLE: *out = leaf->number; return true;
    case VARIANT_DECIMAL:
        *out = leaf->number;
        for (int i = 0; i < leaf->scale; i++)
            *out /= 10;
        return true;
    case VARIANT_FLOAT:
    case VARIANT_DOUBLE:
        *out = (__int128)(fabs(leaf->real) < 1e30 ? leaf->real : 1e30);
        return isfinite(leaf->real);
    case VARIANT_STRING: return text_number(leaf->bytes, NULL, out);
    default: return false;
    }
}

static bool as_real(const variant_leaf *leaf, double *out)
{
    switch (leaf->kind) {
    case VARIANT_BOOLEAN: *out = leaf->truth; return true;
    case VARIANT_WHOLE: *out = (double)leaf->number; return true;
    case VARIANT_DECIMAL: *out = (double)((long double)leaf->number / unit_of(leaf)); return true;
    case VARIANT_FLOAT:
    case VARIANT_DOUBLE: *out = leaf->real; return true;
    case VARIANT_STRING: return text_number(leaf->bytes, out, NULL);
    default: return false;
    }
}

static bool as_moment(const variant_leaf *leaf, int64_t *out)
{
    switch (leaf->kind) {
    case VARIANT_DATE: *out = (int64_t)leaf->number * day_us; return true;
    case VARIANT_TIMESTAMP:
    case VARIANT_TIMESTAMP_NTZ: *out = (int64_t)leaf->number; return true;
    case VARIANT_STRING: {
        char copy[64];
        if (leaf->bytes.length >= sizeof copy || !leaf->bytes.length)
            return false;
        memcpy(copy, leaf->bytes.data, leaf->bytes.length);
        copy[leaf->bytes.length] = '\0';
        return when_parse_us(copy, out);
    }
    default: return false;
    }
}

static bool as_truth(const variant_leaf *leaf, bool *out)
{
    double real;
    if (leaf->kind == VARIANT_STRING) {
        *out = str_is_nocase(leaf->bytes, "true");
        return *out || str_is_nocase(leaf->bytes, "false");
    }
    if (leaf->kind >= VARIANT_DATE || !as_real(leaf, &real))
        return false;
    *out = real != 0;
    return true;
}

/* ---- into DuckDB's vectors ---- */

#define PUT(type, v) (((type *)duckdb_vector_get_data(out))[row] = (type)(v), true)

static bool put_whole(const variant_leaf *leaf, int bits, duckdb_vector out, idx_t row)
{
    __int128 v;
    const __int128 most = ((__int128)1 << (bits - 1)) - 1;
    if (!as_whole(leaf, &v) || v > most || v < -most - 1)
        return false;
    return bits == 8    ? PUT(int8_t, v)
           : bits == 16 ? PUT(int16_t, v)
           : bits == 32 ? PUT(int32_t, v)
                        : PUT(int64_t, v);
}

static bool put_moment(const variant_leaf *leaf, bool date, duckdb_vector out, idx_t row)
{
    int64_t us;
    if (leaf->kind == VARIANT_DATE && date)
        return PUT(int32_t, leaf->number);
    if (!as_moment(leaf, &us))
        return false;
    return date ? PUT(int32_t, us / day_us - (us % day_us < 0)) : PUT(int64_t, us);
}

static bool put(const variant *v, const variant_leaf *leaf, duckdb_type to, duckdb_vector out,
                idx_t row)
{
    double real;
    bool truth;
    buf text = BUF(BUF_ANY);
    switch (to) {
    case DUCKDB_TYPE_BOOLEAN: return as_truth(leaf, &truth) && PUT(bool, truth);
    case DUCKDB_TYPE_TINYINT: return put_whole(leaf, 8, out, row);
    case DUCKDB_TYPE_SMALLINT: return put_whole(leaf, 16, out, row);
    case DUCKDB_TYPE_INTEGER: return put_whole(leaf, 32, out, row);
    case DUCKDB_TYPE_BIGINT: return put_whole(leaf, 64, out, row);
    case DUCKDB_TYPE_FLOAT: return as_real(leaf, &real) && PUT(float, real);
    case DUCKDB_TYPE_DOUBLE: return as_real(leaf, &real) && PUT(double, real);
    case DUCKDB_TYPE_DATE: return put_moment(leaf, true, out, row);
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ: return put_moment(leaf, false, out, row);
    case DUCKDB_TYPE_BLOB:
        if (leaf->kind != VARIANT_BINARY && leaf->kind != VARIANT_STRING)
            return false;
        duckdb_vector_assign_string_element_len(out, row, leaf->bytes.data, leaf->bytes.length);
        return true;
    default:
        variant_add_text(&text, v);
        duckdb_vector_assign_string_element_len(out, row, buf_text(&text), text.length);
        buf_clear(&text);
        return true;
    }
}

/* ---- registering ---- */

static const struct target {
    duckdb_type type;
    const char *name;
} targets[] = {
    {DUCKDB_TYPE_BOOLEAN, "BOOLEAN"},
    {DUCKDB_TYPE_TINYINT, "TINYINT"},
    {DUCKDB_TYPE_SMALLINT, "SMALLINT"},
    {DUCKDB_TYPE_INTEGER, "INT"},
    {DUCKDB_TYPE_BIGINT, "BIGINT"},
    {DUCKDB_TYPE_FLOAT, "FLOAT"},
    {DUCKDB_TYPE_DOUBLE, "DOUBLE"},
    {DUCKDB_TYPE_DATE, "DATE"},
    {DUCKDB_TYPE_TIMESTAMP, "TIMESTAMP_NTZ"},
    {DUCKDB_TYPE_TIMESTAMP_TZ, "TIMESTAMP"},
    {DUCKDB_TYPE_BLOB, "BINARY"},
    {DUCKDB_TYPE_VARCHAR, "STRING"},
};

static void cannot(duckdb_function_info info, const variant *v, const struct target *to, idx_t row,
                   duckdb_vector out)
{
    buf text = BUF(BUF_ANY), message = BUF(BUF_ANY);
    variant_add_json(&text, v);
    buf_addf(&message,
             "[INVALID_VARIANT_CAST] The variant value `%.*s` cannot be cast into \"%s\". Please "
             "use `try_variant_get` instead.",
             (int)(text.length < 100 ? text.length : 100), buf_text(&text), to->name);
    duckdb_cast_function_set_row_error(info, buf_text(&message), row, out);
    buf_clear(&text);
    buf_clear(&message);
}

static bool cast(duckdb_function_info info, idx_t count, duckdb_vector in, duckdb_vector out)
{
    const struct target *to = duckdb_cast_function_get_extra_info(info);
    duckdb_string_t *blobs = duckdb_vector_get_data(in);
    uint64_t *valid = duckdb_vector_get_validity(in);
    bool all = true;
    duckdb_vector_ensure_validity_writable(out);
    uint64_t *there = duckdb_vector_get_validity(out);
    for (idx_t row = 0; row < count; row++) {
        variant v;
        variant_leaf leaf = {0};
        const bool null = valid && !duckdb_validity_row_is_valid(valid, row);
        const bool read =
            !null &&
            variant_unpack(
                (str){duckdb_string_t_data(&blobs[row]), duckdb_string_t_length(blobs[row])}, &v) &&
            variant_read(&v, &leaf);
        if (!read || leaf.kind == VARIANT_NULL) {
            duckdb_validity_set_row_invalid(there, row);
        } else if (!put(&v, &leaf, to->type, out, row)) {
            cannot(info, &v, to, row, out);
            all = false;
        }
    }
    return all;
}

/* A text is a variant that holds it; else its bytes would be taken for one. */
static bool from_text(duckdb_function_info info, idx_t count, duckdb_vector in, duckdb_vector out)
{
    static const char head[] = {0x11, 0, 0, 16 << 2}; /* no keys; a string */
    duckdb_string_t *texts = duckdb_vector_get_data(in);
    uint64_t *valid = duckdb_vector_get_validity(in);
    (void)info;
    duckdb_vector_ensure_validity_writable(out);
    for (idx_t row = 0; row < count; row++) {
        if (valid && !duckdb_validity_row_is_valid(valid, row)) {
            duckdb_validity_set_row_invalid(duckdb_vector_get_validity(out), row);
            continue;
        }
        buf blob = BUF(BUF_ANY);
        const uint32_t n = duckdb_string_t_length(texts[row]);
        buf_add(&blob, head, sizeof head);
        for (int i = 0; i < 4; i++)
            buf_addc(&blob, (char)(n >> 8 * i & 0xff));
        buf_add(&blob, duckdb_string_t_data(&texts[row]), n);
        duckdb_vector_assign_string_element_len(out, row, buf_text(&blob), blob.length);
        buf_clear(&blob);
    }
    return true;
}

static cx_code cast_from_text(cx *c, duck_conn *conn)
{
    duckdb_cast_function f = duckdb_create_cast_function();
    duckdb_logical_type to = duck_variant_type(),
                        from = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
    duckdb_cast_function_set_source_type(f, from);
    duckdb_cast_function_set_target_type(f, to);
    duckdb_cast_function_set_implicit_cast_cost(f, -1);
    duckdb_cast_function_set_function(f, from_text);
    const duckdb_state state = duckdb_register_cast_function(conn->connection, f);
    duckdb_destroy_logical_type(&from);
    duckdb_destroy_logical_type(&to);
    duckdb_destroy_cast_function(&f);
    if (state != DuckDBSuccess)
        return cx_fail(c, CX_INTERNAL, "DuckDB refuses casts to variants");
    return CX_OK;
}

cx_code duck_variant_casts(cx *c, duck_conn *conn)
{
    TRY(cast_from_text(c, conn));
    for (size_t i = 0; i < CX_COUNT(targets); i++) {
        duckdb_cast_function f = duckdb_create_cast_function();
        duckdb_logical_type from = duck_variant_type(),
                            to = duckdb_create_logical_type(targets[i].type);
        duckdb_cast_function_set_source_type(f, from);
        duckdb_cast_function_set_target_type(f, to);
        duckdb_cast_function_set_implicit_cast_cost(f, -1);
        duckdb_cast_function_set_extra_info(f, (void *)(uintptr_t)&targets[i], NULL);
        duckdb_cast_function_set_function(f, cast);
        const duckdb_state state = duckdb_register_cast_function(conn->connection, f);
        duckdb_destroy_logical_type(&from);
        duckdb_destroy_logical_type(&to);
        duckdb_destroy_cast_function(&f);
        if (state != DuckDBSuccess)
            return cx_fail(c, CX_INTERNAL, "DuckDB refuses casts of variants");
    }
    return CX_OK;
}
