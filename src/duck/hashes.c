/* xxhash64() and hash() with the platform's values: each argument in turn is hashed with the hash
 * of those before it as seed (42 at first), NULLs change nothing, and small integers, booleans and
 * dates count as four bytes, timestamps and decimals of up to 18 digits as eight. */
#include "duck/functions.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

enum { SEED = 42 };

typedef struct {
    bool wide; /* xxhash64, else murmur3 */
} hasher;

static uint32_t rotate(uint32_t x, int by)
{
    return x << by | x >> (32 - by);
}

static uint32_t mix(uint32_t h, uint32_t k)
{
    k = rotate(k * 0xcc9e2d51U, 15) * 0x1b873593U;
    return rotate(h ^ k, 13) * 5 + 0xe6546b64U;
}

/* Murmur3, but each byte behind the last whole word is mixed in as a word of its own, signed. */
static uint32_t murmur(const uint8_t *data, size_t n, uint32_t h)
{
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        uint32_t word;
        memcpy(&word, data + i, 4);
        h = mix(h, word);
    }
    for (; i < n; i++)
        h = mix(h, (uint32_t)(int32_t)(int8_t)data[i]);
    h ^= (uint32_t)n;
    h = (h ^ h >> 16) * 0x85ebca6bU;
    h = (h ^ h >> 13) * 0xc2b2ae35U;
    return h ^ h >> 16;
}

static uint64_t bytes_hash(hasher k, const void *data, size_t n, uint64_t seed)
{
    return k.wide ? XXH64(data, n, seed) : murmur(data, n, (uint32_t)seed);
}

static uint64_t hash_int(hasher k, int32_t v, uint64_t seed)
{
    return bytes_hash(k, &v, sizeof v, seed);
}

static uint64_t hash_long(hasher k, int64_t v, uint64_t seed)
{
    return bytes_hash(k, &v, sizeof v, seed);
}

/* Over 18 digits: the fewest big-endian bytes of the two's complement. */
static uint64_t hash_huge(hasher k, duckdb_hugeint v, uint64_t seed)
{
    uint8_t all[16];
    for (int i = 0; i < 8; i++) {
        all[i] = (uint8_t)((uint64_t)v.upper >> (56 - 8 * i));
        all[8 + i] = (uint8_t)(v.lower >> (56 - 8 * i));
    }
    size_t from = 0;
    const uint8_t sign = v.upper < 0 ? 0xff : 0;
    while (from < 15 && all[from] == sign && (all[from + 1] & 0x80) == (sign & 0x80))
        from++;
    return bytes_hash(k, all + from, 16 - from, seed);
}

#define DATA(type) (((const type *)duckdb_vector_get_data(vector))[row])

static uint64_t hash_decimal(hasher k, const duck_shape *s, duckdb_vector vector, idx_t row,
                             uint64_t seed)
{
    switch (s->internal) {
    case DUCKDB_TYPE_SMALLINT: return hash_long(k, DATA(int16_t), seed);
    case DUCKDB_TYPE_INTEGER: return hash_long(k, DATA(int32_t), seed);
    case DUCKDB_TYPE_BIGINT: return hash_long(k, DATA(int64_t), seed);
    default: return hash_huge(k, DATA(duckdb_hugeint), seed);
    }
}

static uint64_t hash_value(hasher k, const duck_shape *s, duckdb_vector vector, idx_t row,
                           uint64_t seed);

static uint64_t hash_list(hasher k, const duck_shape *s, duckdb_vector vector, idx_t row,
                          uint64_t seed)
{
    const duckdb_list_entry at = DATA(duckdb_list_entry);
    duckdb_vector child = duckdb_list_vector_get_child(vector);
    for (uint64_t i = 0; i < at.length; i++)
        seed = hash_value(k, &s->children[0], child, at.offset + i, seed);
    return seed;
}

static uint64_t hash_struct(hasher k, const duck_shape *s, duckdb_vector vector, idx_t row,
                            uint64_t seed)
{
    for (size_t i = 0; i < s->count; i++)
        seed = hash_value(k, &s->children[i], duckdb_struct_vector_get_child(vector, i), row, seed);
    return seed;
}

static uint64_t hash_text(hasher k, duckdb_vector vector, idx_t row, uint64_t seed)
{
    duckdb_string_t text = DATA(duckdb_string_t);
    return bytes_hash(k, duckdb_string_t_data(&text), duckdb_string_t_length(text), seed);
}

static uint64_t hash_value(hasher k, const duck_shape *s, duckdb_vector vector, idx_t row,
                           uint64_t seed)
{
    uint64_t *valid = duckdb_vector_get_validity(vector);
    if (valid && !duckdb_validity_row_is_valid(valid, row))
        return seed;
    switch (s->id) {
    case DUCKDB_TYPE_BOOLEAN: return hash_int(k, DATA(bool), seed);
    case DUCKDB_TYPE_TINYINT: return hash_int(k, DATA(int8_t), seed);
    case DUCKDB_TYPE_SMALLINT: return hash_int(k, DATA(int16_t), seed);
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_DATE: return hash_int(k, DATA(int32_t), seed);
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ: return hash_long(k, DATA(int64_t), seed);
    case DUCKDB_TYPE_HUGEINT: return hash_long(k, (int64_t)DATA(duckdb_hugeint).lower, seed);
    case DUCKDB_TYPE_FLOAT: {
        const float v = DATA(float) == 0 ? 0 : DATA(float);
        return bytes_hash(k, &v, sizeof v, seed);
    }
    case DUCKDB_TYPE_DOUBLE: {
        const double v = DATA(double) == 0 ? 0 : DATA(double);
        return bytes_hash(k, &v, sizeof v, seed);
    }
    case DUCKDB_TYPE_DECIMAL: return hash_decimal(k, s, vector, row, seed);
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_BLOB: return hash_text(k, vector, row, seed);
    case DUCKDB_TYPE_LIST: return hash_list(k, s, vector, row, seed);
    case DUCKDB_TYPE_STRUCT: return hash_struct(k, s, vector, row, seed);
    default: return seed;
    }
}

/* What is not hashed above must be refused, not passed over. */
static bool can_hash(const duck_shape *s)
{
    switch (s->id) {
    case DUCKDB_TYPE_BOOLEAN:
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_DECIMAL:
    case DUCKDB_TYPE_DATE:
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_BLOB:
    case DUCKDB_TYPE_SQLNULL: return true;
    case DUCKDB_TYPE_LIST: return can_hash(&s->children[0]);
    case DUCKDB_TYPE_STRUCT:
        for (size_t i = 0; i < s->count; i++)
            if (!can_hash(&s->children[i]))
                return false;
        return true;
    default: return false;
    }
}

static void hash_chunk(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out, hasher k)
{
    const idx_t rows = duckdb_data_chunk_get_size(in);
    const idx_t columns = duckdb_data_chunk_get_column_count(in);
    uint64_t *seeds = cx_malloc((rows + 1) * sizeof *seeds);
    for (idx_t r = 0; r < rows; r++)
        seeds[r] = SEED;
    for (idx_t i = 0; i < columns; i++) {
        duckdb_vector vector = duckdb_data_chunk_get_vector(in, i);
        duckdb_logical_type type = duckdb_vector_get_column_type(vector);
        duck_shape shape;
        duck_shape_init(&shape, type);
        duckdb_destroy_logical_type(&type);
        if (!can_hash(&shape))
            duckdb_scalar_function_set_error(
                info, "[DATATYPE_MISMATCH.HASH_MAP_TYPE] A value of this type cannot be hashed.");
        for (idx_t r = 0; r < rows; r++)
            seeds[r] = hash_value(k, &shape, vector, r, seeds[r]);
        duck_shape_clear(&shape);
    }
    void *to = duckdb_vector_get_data(out);
    for (idx_t r = 0; r < rows; r++)
        if (k.wide)
            ((int64_t *)to)[r] = (int64_t)seeds[r];
        else
            ((int32_t *)to)[r] = (int32_t)seeds[r];
    free(seeds);
}

void duck_xxhash64(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out)
{
    hash_chunk(info, in, out, (hasher){true});
}

void duck_murmur3(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out)
{
    hash_chunk(info, in, out, (hasher){false});
}
