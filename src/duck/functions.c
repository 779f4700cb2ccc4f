/* Division as the platform has it: by zero is an error (where DuckDB gives infinity or NULL), of
 * integers is exact in DOUBLE, of decimals a decimal. NULL on either side is NULL, and then zero is
 * no matter. DuckDB has no division of decimals; here it is long division of their digits.
 *
 * Registered here, called by macros and rewritten trees (src/sql/duckdb_macros.h, engine/typed.c).
 */
#include "duck/functions.h"

#include <math.h>

typedef unsigned __int128 u128;
typedef __int128 i128;

static const char by_zero[] =
    "[DIVIDE_BY_ZERO] Division by zero. Use `try_divide` to tolerate divisor "
    "being 0 and return NULL instead.";
static const char remainder_by_zero[] =
    "[REMAINDER_BY_ZERO] Remainder by zero. Use `try_mod` to tolerate divisor being 0 and return NULL "
    "instead.";
static const char overflow[] = "[ARITHMETIC_OVERFLOW] The result of a division is out of range.";

typedef struct {
    duckdb_vector a, b, out;
    uint64_t *valid_a, *valid_b, *valid_out;
    idx_t rows;
} pair;

static pair pair_of(duckdb_data_chunk in, duckdb_vector out)
{
    pair p = {.a = duckdb_data_chunk_get_vector(in, 0),
              .b = duckdb_data_chunk_get_vector(in, 1),
              .out = out,
              .rows = duckdb_data_chunk_get_size(in)};
    p.valid_a = duckdb_vector_get_validity(p.a);
    p.valid_b = duckdb_vector_get_validity(p.b);
    duckdb_vector_ensure_validity_writable(out);
    p.valid_out = duckdb_vector_get_validity(out);
    return p;
}

/* Are both there? If not, the result is NULL. */
static bool both(const pair *p, idx_t row)
{
    const bool there = (!p->valid_a || duckdb_validity_row_is_valid(p->valid_a, row)) &&
                       (!p->valid_b || duckdb_validity_row_is_valid(p->valid_b, row));
    if (!there)
        duckdb_validity_set_row_invalid(p->valid_out, row);
    return there;
}

static void divide(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out)
{
    const pair p = pair_of(in, out);
    const double *a = duckdb_vector_get_data(p.a), *b = duckdb_vector_get_data(p.b);
    double *to = duckdb_vector_get_data(out);
    for (idx_t i = 0; i < p.rows; i++) {
        if (!both(&p, i))
            continue;
        if (b[i] == 0) {
            duckdb_scalar_function_set_error(info, by_zero);
            return;
        }
        to[i] = a[i] / b[i];
    }
}

static void int_divide(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out)
{
    const pair p = pair_of(in, out);
    const int64_t *a = duckdb_vector_get_data(p.a), *b = duckdb_vector_get_data(p.b);
    int64_t *to = duckdb_vector_get_data(out);
    for (idx_t i = 0; i < p.rows; i++) {
        if (!both(&p, i))
            continue;
        if (b[i] == 0 || (a[i] == INT64_MIN && b[i] == -1)) {
            duckdb_scalar_function_set_error(info, b[i] == 0 ? by_zero : overflow);
            return;
        }
        to[i] = a[i] / b[i];
    }
}

#define REMAINDER(name, type, expression)                                                \
    static void name(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out) \
    {                                                                                    \
        const pair p = pair_of(in, out);                                                 \
        const type *as = duckdb_vector_get_data(p.a), *bs = duckdb_vector_get_data(p.b); \
        type *to = duckdb_vector_get_data(out);                                          \
        for (idx_t i = 0; i < p.rows; i++) {                                             \
            if (!both(&p, i))                                                            \
                continue;                                                                \
            const type a = as[i], b = bs[i];                                             \
            if (b == 0) {                                                                \
                duckdb_scalar_function_set_error(info, remainder_by_zero);               \
                return;                                                                  \
            }                                                                            \
            to[i] = expression;                                                          \
        }                                                                                \
    }
REMAINDER(remainder_32, int32_t, b == -1 ? 0 : a % b)
REMAINDER(remainder_64, int64_t, b == -1 ? 0 : a % b)
REMAINDER(remainder_double, double, fmod(a, b))

/* ---- decimals: text to text, since DuckDB gives no function its decimals as they are ---- */

typedef struct {
    u128 digits;
    int scale;
    bool negative;
} decimal;

static decimal decimal_of(duckdb_string_t text)
{
    decimal d = {0};
    const char *s = duckdb_string_t_data(&text);
    const uint32_t n = duckdb_string_t_length(text);
    bool point = false;
    for (uint32_t i = 0; i < n; i++) {
        if (s[i] == '-')
            d.negative = true;
        else if (s[i] == '.')
            point = true;
        else if (s[i] >= '0' && s[i] <= '9')
            d.digits = d.digits * 10 + (u128)(s[i] - '0'), d.scale += point;
    }
    return d;
}

static u128 ten_to(int n)
{
    u128 all = 1;
    while (n-- > 0)
        all *= 10;
    return all;
}

/* a / b with `scale` digits behind the point, rounded half up; false on overflow. */
static bool quotient(decimal a, decimal b, int scale, u128 *out)
{
    const u128 most = ten_to(38);
    u128 q = a.digits / b.digits, r = a.digits % b.digits;
    for (int k = scale + b.scale - a.scale; k > 0; k--) {
        if (r > ~(u128)0 / 10 || q >= most / 10)
            return false;
        r *= 10;
        q = q * 10 + r / b.digits;
        r %= b.digits;
    }
    for (int k = scale + b.scale - a.scale; k < 0; k++) {
        r = q % 10 >= 5 ? b.digits : 0;
        q /= 10;
    }
    q += r >= b.digits - r;
    *out = q;
    return q < most;
}

static size_t write_decimal(char out[64], u128 q, int scale, bool negative)
{
    char digits[48];
    int n = 0;
    size_t at = 0;
    while (q > 0 || n <= scale) {
        digits[n++] = (char)('0' + (int)(q % 10));
        q /= 10;
    }
    if (negative)
        out[at++] = '-';
    while (n-- > 0) {
        out[at++] = digits[n];
        if (n == scale && scale > 0)
            out[at++] = '.';
    }
    return at;
}

static void decimal_divide(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out)
{
    const pair p = pair_of(in, out);
    const duckdb_string_t *as = duckdb_vector_get_data(p.a), *bs = duckdb_vector_get_data(p.b);
    const int32_t *scales = duckdb_vector_get_data(duckdb_data_chunk_get_vector(in, 2));
    for (idx_t i = 0; i < p.rows; i++) {
        if (!both(&p, i))
            continue;
        const decimal a = decimal_of(as[i]), b = decimal_of(bs[i]);
        char text[64];
        u128 q;
        if (b.digits == 0 || scales[i] < 0 || scales[i] > 38 || !quotient(a, b, scales[i], &q)) {
            duckdb_scalar_function_set_error(info, b.digits == 0 ? by_zero : overflow);
            return;
        }
        const size_t n = write_decimal(text, q, scales[i], a.negative != b.negative);
        duckdb_vector_assign_string_element_len(out, i, text, n);
    }
}

/* ---- text of a number, as the platform casts it ---- */

static void double_text(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out)
{
    (void)info;
    duckdb_vector vector = duckdb_data_chunk_get_vector(in, 0);
    uint64_t *valid = duckdb_vector_get_validity(vector);
    duckdb_logical_type type = duckdb_vector_get_column_type(vector);
    duck_shape shape;
    duck_shape_init(&shape, type);
    duckdb_destroy_logical_type(&type);
    duckdb_vector_ensure_validity_writable(out);
    for (idx_t i = 0; i < duckdb_data_chunk_get_size(in); i++) {
        if (valid && !duckdb_validity_row_is_valid(valid, i)) {
            duckdb_validity_set_row_invalid(duckdb_vector_get_validity(out), i);
            continue;
        }
        buf text = BUF(BUF_ANY);
        duck_add_value(&text, &shape, vector, i, false);
        duckdb_vector_assign_string_element_len(out, i, buf_text(&text), text.length);
        buf_clear(&text);
    }
    duck_shape_clear(&shape);
}

/* ---- registering ---- */

static const struct {
    const char *name;
    duck_function work;
    duckdb_type takes[3], gives; /* takes ANY first = any number of anything */
} functions[] = {
    {"dbx_divide", divide, {DUCKDB_TYPE_DOUBLE, DUCKDB_TYPE_DOUBLE}, DUCKDB_TYPE_DOUBLE},
    {"dbx_int_divide", int_divide, {DUCKDB_TYPE_BIGINT, DUCKDB_TYPE_BIGINT}, DUCKDB_TYPE_BIGINT},
    {"dbx_mod", remainder_32, {DUCKDB_TYPE_INTEGER, DUCKDB_TYPE_INTEGER}, DUCKDB_TYPE_INTEGER},
    {"dbx_mod", remainder_64, {DUCKDB_TYPE_BIGINT, DUCKDB_TYPE_BIGINT}, DUCKDB_TYPE_BIGINT},
    {"dbx_mod", remainder_double, {DUCKDB_TYPE_DOUBLE, DUCKDB_TYPE_DOUBLE}, DUCKDB_TYPE_DOUBLE},
    {"dbx_decimal_divide",
     decimal_divide,
     {DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_INTEGER},
     DUCKDB_TYPE_VARCHAR},
    {"dbx_double_text", double_text, {DUCKDB_TYPE_DOUBLE}, DUCKDB_TYPE_VARCHAR},
    {"dbx_float_text", double_text, {DUCKDB_TYPE_FLOAT}, DUCKDB_TYPE_VARCHAR},
    {"dbx_xxhash64", duck_xxhash64, {DUCKDB_TYPE_ANY}, DUCKDB_TYPE_BIGINT},
    {"dbx_murmur3", duck_murmur3, {DUCKDB_TYPE_ANY}, DUCKDB_TYPE_INTEGER},
};

static duckdb_scalar_function function_of(size_t n)
{
    duckdb_scalar_function f = duckdb_create_scalar_function();
    duckdb_logical_type type;
    duckdb_scalar_function_set_name(f, functions[n].name);
    for (size_t k = 0; k < 3 && functions[n].takes[k]; k++) {
        type = duckdb_create_logical_type(functions[n].takes[k]);
        if (functions[n].takes[k] == DUCKDB_TYPE_ANY)
            duckdb_scalar_function_set_varargs(f, type);
        else
            duckdb_scalar_function_add_parameter(f, type);
        duckdb_destroy_logical_type(&type);
    }
    type = duckdb_create_logical_type(functions[n].gives);
    duckdb_scalar_function_set_return_type(f, type);
    duckdb_destroy_logical_type(&type);
    duckdb_scalar_function_set_special_handling(f);
    duckdb_scalar_function_set_function(f, functions[n].work);
    return f;
}

cx_code duck_functions(cx *c, duck_conn *conn)
{
    for (size_t n = 0; n < CX_COUNT(functions);) {
        duckdb_scalar_function_set set = duckdb_create_scalar_function_set(functions[n].name);
        const char *name = functions[n].name;
        for (; n < CX_COUNT(functions) && strcmp(functions[n].name, name) == 0; n++) {
            duckdb_scalar_function f = function_of(n);
            duckdb_add_scalar_function_to_set(set, f);
            duckdb_destroy_scalar_function(&f);
        }
        const duckdb_state state = duckdb_register_scalar_function_set(conn->connection, set);
        duckdb_destroy_scalar_function_set(&set);
        if (state != DuckDBSuccess)
            return cx_fail(c, CX_INTERNAL, "DuckDB refuses the function %s", name);
    }
    TRY(duck_variant_functions(c, conn));
    return duck_probe_function(c, conn);
}
