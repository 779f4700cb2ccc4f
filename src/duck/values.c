/* Values as the SQL Statement API writes them.
 *
 * spec: wire §2 "Values": integers and decimals plain, floating point as Java prints it (shortest
 * digits that read back, a fraction always, an exponent outside 10^-3..10^7), ISO dates in the
 * proleptic calendar with the sign that Java gives years past 9999, timestamps with three digits of
 * a second or, when there are microseconds, six. Inside arrays, maps and structs the same values
 * stand as JSON: numbers and booleans bare, everything else a string. */
#include "duck/duck_int.h"

#include <math.h>

#include "base/hash.h"
#include "base/when.h"
#include "duck/variant.h"

#define DATA(type) (((const type *)duckdb_vector_get_data(vector))[row])

/* Fewest digits that give the same double (or float) back. */
static void shortest(char *out, size_t size, double v, bool single)
{
    const bool tiny = single ? fabs(v) < 1.2e-38 : fabs(v) < 2.3e-308;
    int digits = tiny ? 1 : single ? 6 : 15;
    const int most = single ? 9 : 17;
    for (; digits <= most; digits++) {
        snprintf(out, size, "%.*e", digits - 1, v);
        if (single ? strtof(out, NULL) == (float)v : strtod(out, NULL) == v)
            return;
    }
}

static void add_plain_digits(buf *b, const char *digits, int count, int exponent)
{
    if (exponent < 0) {
        buf_adds(b, "0.");
        for (int i = -1; i > exponent; i--)
            buf_addc(b, '0');
        buf_add(b, digits, (size_t)count);
        return;
    }
    for (int i = 0; i < count || i <= exponent; i++) {
        buf_addc(b, i < count ? digits[i] : '0');
        if (i == exponent)
            buf_addc(b, '.');
    }
    if (count <= exponent + 1)
        buf_addc(b, '0');
}

void duck_add_double(buf *b, double v, bool single)
{
    char text[40], digits[24];
    int count = 0;
    if (isnan(v) || isinf(v)) {
        buf_adds(b, isnan(v) ? "NaN" : v > 0 ? "Infinity" : "-Infinity");
        return;
    }
    if (signbit(v))
        buf_addc(b, '-');
    v = fabs(v);
    if (v == 0) {
        buf_adds(b, "0.0");
        return;
    }
    shortest(text, sizeof text, v, single);
    const char *p = text;
    for (; *p && *p != 'e'; p++)
        if (*p != '.' && count < 20)
            digits[count++] = *p;
    while (count > 1 && digits[count - 1] == '0')
        count--;
    const int exponent = (int)strtol(p + 1, NULL, 10);
    if (v >= 1e-3 && v < 1e7) {
        add_plain_digits(b, digits, count, exponent);
        return;
    }
    add_plain_digits(b, digits, count, 0);
    buf_addf(b, "E%d", exponent);
}

static void add_u128(buf *b, unsigned __int128 v)
{
    char text[44], *p = text + sizeof text;
    *--p = '\0';
    do
        *--p = (char)('0' + (int)(v % 10));
    while (v /= 10);
    buf_adds(b, p);
}

static __int128 from_hugeint(duckdb_hugeint h)
{
    return (__int128)(((unsigned __int128)(uint64_t)h.upper << 64) | h.lower);
}

static void add_i128(buf *b, __int128 v)
{
    if (v < 0)
        buf_addc(b, '-');
    add_u128(b, v < 0 ? -(unsigned __int128)v : (unsigned __int128)v);
}

void duck_add_decimal(buf *b, __int128 v, int scale)
{
    unsigned __int128 size = v < 0 ? -(unsigned __int128)v : (unsigned __int128)v, unit = 1;
    if (v < 0)
        buf_addc(b, '-');
    for (int i = 0; i < scale; i++)
        unit *= 10;
    add_u128(b, size / unit);
    if (scale == 0)
        return;
    buf_addc(b, '.');
    for (unsigned __int128 rest = size % unit; unit > 1; rest %= unit) {
        unit /= 10;
        buf_addc(b, (char)('0' + (int)(rest / unit)));
    }
}

static __int128 decimal_of(const duck_shape *s, duckdb_vector vector, idx_t row)
{
    switch (s->internal) {
    case DUCKDB_TYPE_SMALLINT: return DATA(int16_t);
    case DUCKDB_TYPE_INTEGER: return DATA(int32_t);
    case DUCKDB_TYPE_BIGINT: return DATA(int64_t);
    default: return from_hugeint(DATA(duckdb_hugeint));
    }
}

void duck_add_date(buf *b, int64_t days)
{
    int64_t year;
    unsigned month, day;
    when_civil_from_days(days, &year, &month, &day);
    if (year > 9999)
        buf_addc(b, '+');
    else if (year < 0)
        buf_addc(b, '-');
    buf_addf(b, "%04lld-%02u-%02u", (long long)(year < 0 ? -year : year), month, day);
}

static void add_clock(buf *b, int64_t us)
{
    const int64_t s = us / 1000000, part = us % 1000000;
    buf_addf(b, "%02d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
    if (part % 1000)
        buf_addf(b, ".%06d", (int)part);
    else
        buf_addf(b, ".%03d", (int)(part / 1000));
}

static void add_timestamp(buf *b, int64_t us, bool zoned)
{
    if (us == INT64_MAX || us == -INT64_MAX) {
        buf_adds(b, us > 0 ? "infinity" : "-infinity");
        return;
    }
    const int64_t day_us = INT64_C(86400000000);
    int64_t days = us / day_us, rest = us % day_us;
    if (rest < 0)
        rest += day_us, days--;
    duck_add_date(b, days);
    buf_addc(b, 'T');
    add_clock(b, rest);
    if (zoned)
        buf_addc(b, 'Z');
}

static void add_interval(buf *b, duckdb_interval v)
{
    const bool less = v.micros < 0;
    const uint64_t us = less ? -(uint64_t)v.micros : (uint64_t)v.micros;
    if (v.months)
        buf_addf(b, "%d-%d ", v.months / 12, abs(v.months % 12));
    buf_addf(b, "%d %s%02llu:%02llu:%02llu.%09llu", v.days, less ? "-" : "",
             (unsigned long long)(us / 3600000000u), (unsigned long long)(us / 60000000 % 60),
             (unsigned long long)(us / 1000000 % 60), (unsigned long long)(us % 1000000 * 1000));
}

static void add_uuid(buf *b, duckdb_hugeint h)
{
    /* DuckDB flips the top bit so that its signed order is the textual order. */
    const uint64_t upper = (uint64_t)h.upper ^ (UINT64_C(1) << 63);
    buf_addf(b, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(upper >> 32),
             (unsigned)(upper >> 16 & 0xffff), (unsigned)(upper & 0xffff),
             (unsigned)(h.lower >> 48), (unsigned long long)(h.lower & 0xffffffffffffu));
}

static const char *enum_word(const duck_shape *s, duckdb_vector vector, idx_t row)
{
    switch (s->internal) {
    case DUCKDB_TYPE_UTINYINT: return s->names[DATA(uint8_t)];
    case DUCKDB_TYPE_USMALLINT: return s->names[DATA(uint16_t)];
    default: return s->names[DATA(uint32_t)];
    }
}

static str text_of(duckdb_vector vector, idx_t row)
{
    duckdb_string_t *s = &((duckdb_string_t *)duckdb_vector_get_data(vector))[row];
    return (str){duckdb_string_t_data(s), duckdb_string_t_length(*s)};
}

static bool valid(duckdb_vector vector, idx_t row)
{
    uint64_t *mask = duckdb_vector_get_validity(vector);
    return !mask || duckdb_validity_row_is_valid(mask, row);
}

static void add_nested(buf *b, const duck_shape *s, duckdb_vector vector, idx_t row)
{
    if (valid(vector, row))
        duck_add_value(b, s, vector, row, true);
    else
        buf_adds(b, "null");
}

static void add_list(buf *b, const duck_shape *s, duckdb_vector vector, idx_t row)
{
    const bool fixed = s->id == DUCKDB_TYPE_ARRAY;
    const idx_t first = fixed ? row * s->array_size : DATA(duckdb_list_entry).offset;
    const idx_t n = fixed ? s->array_size : DATA(duckdb_list_entry).length;
    duckdb_vector child =
        fixed ? duckdb_array_vector_get_child(vector) : duckdb_list_vector_get_child(vector);
    buf_addc(b, '[');
    for (idx_t i = 0; i < n; i++) {
        if (i)
            buf_addc(b, ',');
        add_nested(b, &s->children[0], child, first + i);
    }
    buf_addc(b, ']');
}

/* Texts may hold zero bytes, where buf_add_json would end. */
void duck_add_json_text(buf *b, const buf *text)
{
    const char *p = buf_text(text), *end = p + text->length;
    buf_addc(b, '"');
    for (;; p++) {
        buf piece = BUF(BUF_ANY);
        buf_add_json(&piece, p);
        buf_add(b, buf_text(&piece) + 1, piece.length - 2);
        buf_clear(&piece);
        p += strlen(p);
        if (p == end)
            break;
        buf_adds(b, "\\u0000");
    }
    buf_addc(b, '"');
}

/* A JSON string of what add_value writes at top level: map keys must be strings. */
static void add_key(buf *b, const duck_shape *s, duckdb_vector vector, idx_t row)
{
    buf text = BUF(BUF_ANY);
    duck_add_value(&text, s, vector, row, false);
    duck_add_json_text(b, &text);
    buf_clear(&text);
}

static void add_map(buf *b, const duck_shape *s, duckdb_vector vector, idx_t row)
{
    const duckdb_list_entry entry = DATA(duckdb_list_entry);
    duckdb_vector pairs = duckdb_list_vector_get_child(vector);
    duckdb_vector keys = duckdb_struct_vector_get_child(pairs, 0);
    duckdb_vector values = duckdb_struct_vector_get_child(pairs, 1);
    buf_addc(b, '{');
    for (idx_t i = entry.offset; i < entry.offset + entry.length; i++) {
        if (i > entry.offset)
            buf_addc(b, ',');
        add_key(b, &s->children[0], keys, i);
        buf_addc(b, ':');
        add_nested(b, &s->children[1], values, i);
    }
    buf_addc(b, '}');
}

static void add_struct(buf *b, const duck_shape *s, duckdb_vector vector, idx_t row)
{
    buf_addc(b, '{');
    for (size_t i = 0; i < s->count; i++) {
        if (i)
            buf_addc(b, ',');
        buf_add_json(b, s->names[i]);
        buf_addc(b, ':');
        add_nested(b, &s->children[i], duckdb_struct_vector_get_child(vector, i), row);
    }
    buf_addc(b, '}');
}

/* Numbers, booleans, arrays, maps, structs: what JSON writes without quotes. */
static bool add_bare(buf *b, const duck_shape *s, duckdb_vector vector, idx_t row)
{
    switch (s->id) {
    case DUCKDB_TYPE_BOOLEAN: buf_adds(b, DATA(bool) ? "true" : "false"); return true;
    case DUCKDB_TYPE_TINYINT: buf_addf(b, "%d", DATA(int8_t)); return true;
    case DUCKDB_TYPE_SMALLINT: buf_addf(b, "%d", DATA(int16_t)); return true;
    case DUCKDB_TYPE_INTEGER: buf_addf(b, "%d", DATA(int32_t)); return true;
    case DUCKDB_TYPE_BIGINT: buf_addf(b, "%lld", (long long)DATA(int64_t)); return true;
    case DUCKDB_TYPE_UTINYINT: buf_addf(b, "%u", DATA(uint8_t)); return true;
    case DUCKDB_TYPE_USMALLINT: buf_addf(b, "%u", DATA(uint16_t)); return true;
    case DUCKDB_TYPE_UINTEGER: buf_addf(b, "%u", DATA(uint32_t)); return true;
    case DUCKDB_TYPE_UBIGINT: buf_addf(b, "%llu", (unsigned long long)DATA(uint64_t)); return true;
    case DUCKDB_TYPE_HUGEINT: add_i128(b, from_hugeint(DATA(duckdb_hugeint))); return true;
    case DUCKDB_TYPE_UHUGEINT:
        add_u128(b, (unsigned __int128)DATA(duckdb_uhugeint).upper << 64 |
                        DATA(duckdb_uhugeint).lower);
        return true;
    case DUCKDB_TYPE_DECIMAL:
        duck_add_decimal(b, decimal_of(s, vector, row), s->scale);
        return true;
    case DUCKDB_TYPE_LIST:
    case DUCKDB_TYPE_ARRAY: add_list(b, s, vector, row); return true;
    case DUCKDB_TYPE_MAP: add_map(b, s, vector, row); return true;
    case DUCKDB_TYPE_STRUCT: add_struct(b, s, vector, row); return true;
    default: return false;
    }
}

static void add_quotable(buf *b, const duck_shape *s, duckdb_vector vector, idx_t row)
{
    switch (s->id) {
    case DUCKDB_TYPE_DATE: duck_add_date(b, DATA(int32_t)); return;
    case DUCKDB_TYPE_TIMESTAMP: add_timestamp(b, DATA(int64_t), false); return;
    case DUCKDB_TYPE_TIMESTAMP_TZ: add_timestamp(b, DATA(int64_t), true); return;
    case DUCKDB_TYPE_TIMESTAMP_S: add_timestamp(b, DATA(int64_t) * 1000000, false); return;
    case DUCKDB_TYPE_TIMESTAMP_MS: add_timestamp(b, DATA(int64_t) * 1000, false); return;
    case DUCKDB_TYPE_TIMESTAMP_NS: add_timestamp(b, DATA(int64_t) / 1000, false); return;
    case DUCKDB_TYPE_TIME: add_clock(b, DATA(int64_t)); return;
    case DUCKDB_TYPE_INTERVAL: add_interval(b, DATA(duckdb_interval)); return;
    case DUCKDB_TYPE_UUID: add_uuid(b, DATA(duckdb_hugeint)); return;
    case DUCKDB_TYPE_ENUM: buf_adds(b, enum_word(s, vector, row)); return;
    case DUCKDB_TYPE_BLOB: {
        const str bytes = text_of(vector, row);
        buf_add_base64(b, bytes.data, bytes.length);
        return;
    }
    case DUCKDB_TYPE_VARCHAR: {
        const str text = text_of(vector, row);
        buf_add(b, text.data, text.length);
        return;
    }
    default: buf_adds(b, "?"); /* UNION, BIT and their like never reach a user: queries cast them */
    }
}

/* Its JSON, inside other values too. */
static void add_variant(buf *b, str blob)
{
    variant v;
    if (variant_unpack(blob, &v))
        variant_add_json(b, &v);
    else
        buf_adds(b, "null");
}

void duck_add_value(buf *b, const duck_shape *s, duckdb_vector vector, idx_t row, bool nested)
{
    if (s->variant) {
        add_variant(b, text_of(vector, row));
        return;
    }
    const bool real = s->id == DUCKDB_TYPE_FLOAT || s->id == DUCKDB_TYPE_DOUBLE;
    if (real) {
        const double v = s->id == DUCKDB_TYPE_FLOAT ? DATA(float) : DATA(double);
        const bool quote = nested && !isfinite(v);
        if (quote)
            buf_addc(b, '"');
        duck_add_double(b, v, s->id == DUCKDB_TYPE_FLOAT);
        if (quote)
            buf_addc(b, '"');
        return;
    }
    if (add_bare(b, s, vector, row))
        return;
    if (!nested) {
        add_quotable(b, s, vector, row);
        return;
    }
    buf text = BUF(BUF_ANY);
    add_quotable(&text, s, vector, row);
    duck_add_json_text(b, &text);
    buf_clear(&text);
}
