/* Rows out of a streaming result as they lie in memory.
 *
 * For callers that have a million rows and know what columns they asked for: no value becomes text
 * on its way. The cells are DuckDB's own vectors, lent until the visit returns. */
#include "duck/duck_int.h"

static duck_kind kind_of(const duck_shape *s)
{
    switch (s->id) {
    case DUCKDB_TYPE_VARCHAR: return DUCK_TEXT;
    case DUCKDB_TYPE_BOOLEAN: return DUCK_BOOLEAN;
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT: return DUCK_INTEGER;
    case DUCKDB_TYPE_STRUCT: return DUCK_STRUCT;
    case DUCKDB_TYPE_MAP:
        return s->children[0].id == DUCKDB_TYPE_VARCHAR && s->children[1].id == DUCKDB_TYPE_VARCHAR
                   ? DUCK_TEXT_MAP
                   : DUCK_OTHER;
    default: return DUCK_OTHER;
    }
}

static const duck_shape *column(const duck_result *r, const char *name)
{
    for (size_t i = 0; i < r->count; i++)
        if (!strcmp(duck_column_name(r, i), name))
            return &r->shapes[i];
    return NULL;
}

static const duck_shape *member(const duck_shape *s, const char *name)
{
    for (size_t i = 0; s->id == DUCKDB_TYPE_STRUCT && i < s->count; i++)
        if (!strcmp(s->names[i], name))
            return &s->children[i];
    return NULL;
}

static const duck_shape *find(const duck_result *r, const char *const *names)
{
    const duck_shape *s = column(r, *names);
    while (s && *++names)
        s = member(s, *names);
    return s;
}

duck_kind duck_kind_of(const duck_result *r, const char *const *names)
{
    const duck_shape *s = find(r, names);
    return s ? kind_of(s) : DUCK_ABSENT;
}

const char *duck_member_name(const duck_result *r, const char *const *names, size_t i)
{
    const duck_shape *s = find(r, names);
    return s && s->id == DUCKDB_TYPE_STRUCT && i < s->count ? s->names[i] : NULL;
}

/* ---- cells -------------------------------------------------------------------------- */

bool duck_there(const duck_cells *k, size_t row)
{
    return !k->valid || (k->valid[row / 64] >> (row % 64) & 1);
}

int64_t duck_long(const duck_cells *k, size_t row, int64_t otherwise)
{
    return duck_there(k, row) ? ((const int64_t *)k->data)[row] : otherwise;
}

bool duck_bool(const duck_cells *k, size_t row)
{
    return duck_there(k, row) && ((const bool *)k->data)[row];
}

str duck_text(const duck_cells *k, size_t row)
{
    if (!duck_there(k, row))
        return (str){0};
    duckdb_string_t *s = &((duckdb_string_t *)k->data)[row];
    return (str){duckdb_string_t_data(s), duckdb_string_t_length(*s)};
}

size_t duck_pairs(const duck_cells *k, size_t row, size_t *first)
{
    const duckdb_list_entry e = ((const duckdb_list_entry *)k->data)[row];
    *first = e.offset;
    return e.length;
}

static duck_cells cells_of(duckdb_vector v)
{
    return (duck_cells){.data = duckdb_vector_get_data(v), .valid = duckdb_vector_get_validity(v)};
}

static void look(const duck_result *r, duckdb_data_chunk chunk, duck_cells *cells,
                 duck_cells *pairs)
{
    for (size_t i = 0; i < r->count; i++) {
        duckdb_vector v = duckdb_data_chunk_get_vector(chunk, i);
        cells[i] = cells_of(v);
        if (r->shapes[i].id != DUCKDB_TYPE_MAP)
            continue;
        duckdb_vector both = duckdb_list_vector_get_child(v);
        pairs[2 * i] = cells_of(duckdb_struct_vector_get_child(both, 0));
        pairs[2 * i + 1] = cells_of(duckdb_struct_vector_get_child(both, 1));
        cells[i].pairs = &pairs[2 * i];
    }
}

cx_code duck_each_chunk(cx *c, duck_result *r, duck_chunk visit, void *self)
{
    AUTO_FREE duck_cells *cells = cx_calloc(r->count + 1, sizeof *cells);
    AUTO_FREE duck_cells *pairs = cx_calloc(2 * r->count + 1, sizeof *pairs);
    for (;;) {
        TRY(cx_alive(c));
        duckdb_data_chunk chunk = duck_next_chunk(c, r);
        if (!chunk)
            return duck_end(c, r);
        look(r, chunk, cells, pairs);
        const cx_code rc = visit(c, self, cells, duckdb_data_chunk_get_size(chunk));
        duckdb_destroy_data_chunk(&chunk);
        TRY(rc);
    }
}
