/* Rows out of a streaming result, chunk by chunk, as text. */
#include "duck/duck_int.h"

typedef struct {
    buf text; /* the row's values, each NUL-terminated */
    size_t *offsets, *lengths;
    const char **values;
    duckdb_vector *vectors;
    uint64_t **valid;
} row_room;

static void room_init(row_room *m, size_t n)
{
    m->text = BUF(BUF_ANY);
    m->offsets = cx_calloc(n + 1, sizeof *m->offsets);
    m->lengths = cx_calloc(n + 1, sizeof *m->lengths);
    m->values = cx_calloc(n + 1, sizeof *m->values);
    m->vectors = cx_calloc(n + 1, sizeof *m->vectors);
    m->valid = cx_calloc(n + 1, sizeof *m->valid);
}

static void row_room_clear(row_room *m)
{
    buf_clear(&m->text);
    free(m->offsets);
    free(m->lengths);
    free(m->values);
    free(m->vectors);
    free(m->valid);
}

/* A sum that DuckDB keeps in 128 bits is a BIGINT to the user, and must fit one. */
static cx_code check_fits(cx *c, const duck_shape *s, duckdb_vector vector, idx_t row)
{
    if (s->id != DUCKDB_TYPE_HUGEINT)
        return CX_OK;
    const duckdb_hugeint v = ((const duckdb_hugeint *)duckdb_vector_get_data(vector))[row];
    if (v.upper == ((int64_t)v.lower < 0 ? -1 : 0))
        return CX_OK;
    return cx_fail_as(c, CX_INVALID, "ARITHMETIC_OVERFLOW", "22003",
                      "long overflow. Cast the values to DECIMAL to sum them.");
}

static cx_code one_row(cx *c, duck_result *r, row_room *m, idx_t row, duck_row each, void *self)
{
    buf_reset(&m->text);
    for (size_t i = 0; i < r->count; i++) {
        m->offsets[i] = m->text.length;
        m->lengths[i] = 0;
        const bool null = m->valid[i] && !duckdb_validity_row_is_valid(m->valid[i], row);
        m->values[i] = null ? NULL : "";
        if (null)
            continue;
        TRY(check_fits(c, &r->shapes[i], m->vectors[i], row));
        duck_add_value(&m->text, &r->shapes[i], m->vectors[i], row, false);
        m->lengths[i] = m->text.length - m->offsets[i];
        buf_addc(&m->text, '\0');
    }
    /* The buffer may have moved while it grew, so pointers are taken last. */
    for (size_t i = 0; i < r->count; i++)
        if (m->values[i])
            m->values[i] = m->text.data + m->offsets[i];
    return each(c, self, m->values, m->lengths);
}

static cx_code one_chunk(cx *c, duck_result *r, row_room *m, duckdb_data_chunk chunk, duck_row each,
                         void *self)
{
    const idx_t rows = duckdb_data_chunk_get_size(chunk);
    for (size_t i = 0; i < r->count; i++) {
        m->vectors[i] = duckdb_data_chunk_get_vector(chunk, i);
        m->valid[i] = duckdb_vector_get_validity(m->vectors[i]);
    }
    for (idx_t row = 0; row < rows; row++)
        TRY(one_row(c, r, m, row, each, self));
    return CX_OK;
}

duckdb_data_chunk duck_next_chunk(cx *c, duck_result *r)
{
    duck_watch w;
    duck_watch_begin(r->conn, c, &w);
    duckdb_data_chunk chunk = duckdb_fetch_chunk(r->result);
    duck_watch_end(r->conn, &w);
    return chunk;
}

cx_code duck_end(cx *c, duck_result *r)
{
    const char *message = duckdb_result_error(&r->result);
    if (!message || !*message)
        return CX_OK;
    TRY(cx_alive(c));
    return duck_fail(c, message);
}

cx_code duck_each(cx *c, duck_result *r, duck_row row, void *self)
{
    AUTO_CLEAR(row_room) m = {0};
    room_init(&m, r->count);
    for (;;) {
        TRY(cx_alive(c));
        duckdb_data_chunk chunk = duck_next_chunk(c, r);
        if (!chunk)
            return duck_end(c, r);
        const cx_code rc = one_chunk(c, r, &m, chunk, row, self);
        duckdb_destroy_data_chunk(&chunk);
        TRY(rc);
    }
}

static cx_code take_int(cx *c, void *self, const char *const *values, const size_t *lengths)
{
    (void)c, (void)lengths;
    int64_t *const *slot = self;
    if (slot[0] && values[0]) {
        *slot[0] = strtoll(values[0], NULL, 10);
        *(bool *)slot[1] = true;
        ((int64_t **)self)[0] = NULL;
    }
    return CX_OK;
}

cx_code duck_one_int(cx *c, duck_conn *d, const char *sql, int64_t *out)
{
    AUTO(duck_result) r = NULL;
    bool found = false;
    int64_t value = 0;
    void *slot[2] = {&value, &found};
    TRY(duck_run(c, d, sql, &r));
    TRY(duck_each(c, r, take_int, slot));
    if (!found)
        return cx_fail(c, CX_NOT_FOUND, "the query gave no row");
    *out = value;
    return CX_OK;
}
