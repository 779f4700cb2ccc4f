/* Rows of ours as a relation: a temporary table of texts, and over it a view that casts. */
#include "duck/duck_int.h"

void duck_add_ident(buf *b, const char *name)
{
    buf_addc(b, '"');
    for (; *name; name++) {
        if (*name == '"')
            buf_addc(b, '"');
        buf_addc(b, *name);
    }
    buf_addc(b, '"');
}

void duck_add_literal(buf *b, const char *text)
{
    buf_addc(b, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            buf_addc(b, '\'');
        buf_addc(b, *text);
    }
    buf_addc(b, '\'');
}

static cx_code run_buf(cx *c, duck_conn *d, buf *sql)
{
    const cx_code rc = duck_run(c, d, buf_text(sql), NULL);
    buf_clear(sql);
    return rc;
}

static cx_code create_table(cx *c, duck_conn *d, const char *store, size_t columns)
{
    buf sql = BUF(BUF_ANY);
    buf_adds(&sql, "CREATE OR REPLACE TEMP TABLE ");
    duck_add_ident(&sql, store);
    buf_adds(&sql, " (");
    for (size_t i = 0; i < columns; i++)
        buf_addf(&sql, "%sc%zu VARCHAR", i ? ", " : "", i);
    buf_addc(&sql, ')');
    return run_buf(c, d, &sql);
}

static cx_code create_view(cx *c, duck_conn *d, const char *name, const char *store,
                           const char *const *columns, const char *const *types, size_t count)
{
    buf sql = BUF(BUF_ANY);
    buf_adds(&sql, "CREATE OR REPLACE TEMP VIEW ");
    duck_add_ident(&sql, name);
    buf_adds(&sql, " AS SELECT ");
    for (size_t i = 0; i < count; i++) {
        buf_addf(&sql, "%sCAST(c%zu AS %s) AS ", i ? ", " : "", i, types[i]);
        duck_add_ident(&sql, columns[i]);
    }
    buf_adds(&sql, " FROM ");
    duck_add_ident(&sql, store);
    return run_buf(c, d, &sql);
}

static void append_value(duckdb_appender a, const json *value)
{
    char number[32];
    if (json_is_string(value)) {
        duckdb_append_varchar_length(a, json_string_value(value), json_string_length(value));
    } else if (json_is_integer(value)) {
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
        duckdb_append_varchar(a, number);
    } else if (json_is_boolean(value)) {
        duckdb_append_varchar(a, json_is_true(value) ? "true" : "false");
    } else if (!value || json_is_null(value)) {
        duckdb_append_null(a);
    } else {
        char *text = json_text(value);
        duckdb_append_varchar(a, text);
        free(text);
    }
}

static cx_code append_all(cx *c, duck_conn *d, const char *store, size_t columns, const json *rows)
{
    duckdb_appender a = NULL;
    duckdb_state state = duckdb_appender_create_ext(d->connection, "temp", "main", store, &a);
    for (size_t i = 0; state == DuckDBSuccess && i < json_array_size(rows); i++) {
        const json *row = json_array_get(rows, i);
        for (size_t k = 0; k < columns; k++)
            append_value(a, json_array_get(row, k));
        state = duckdb_appender_end_row(a);
    }
    if (state == DuckDBSuccess)
        state = duckdb_appender_flush(a);
    const char *message = a ? duckdb_appender_error(a) : NULL;
    const cx_code rc =
        state == DuckDBSuccess ? CX_OK : duck_fail(c, message ? message : "appending failed");
    duckdb_appender_destroy(&a);
    return rc;
}

cx_code duck_register_rows(cx *c, duck_conn *d, const char *name, const char *const *columns,
                           const char *const *types, size_t column_count, const json *rows)
{
    const char *store = cx_fmt(c, "%s rows", name);
    TRY(create_table(c, d, store, column_count));
    TRY(append_all(c, d, store, column_count, rows));
    return create_view(c, d, name, store, columns, types, column_count);
}

/* ---- pairs of integers: the rows that deletion vectors delete ---------------- */

cx_code duck_pairs_begin(cx *c, duck_conn *d, const char *name)
{
    buf sql = BUF(BUF_ANY);
    buf_adds(&sql, "CREATE OR REPLACE TEMP TABLE ");
    duck_add_ident(&sql, name);
    buf_adds(&sql, " (a BIGINT, b BIGINT)");
    return run_buf(c, d, &sql);
}

static duckdb_state append_chunk(duckdb_appender a, duckdb_data_chunk chunk, int64_t first,
                                 const uint64_t *seconds, size_t n)
{
    int64_t *as = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0));
    int64_t *bs = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 1));
    for (size_t i = 0; i < n; i++) {
        as[i] = first;
        bs[i] = (int64_t)seconds[i];
    }
    duckdb_data_chunk_set_size(chunk, n);
    return duckdb_append_data_chunk(a, chunk);
}

static duckdb_state append_pairs(duckdb_appender a, int64_t first, const uint64_t *seconds,
                                 size_t count)
{
    duckdb_logical_type type = duckdb_create_logical_type(DUCKDB_TYPE_BIGINT);
    duckdb_logical_type types[2] = {type, type};
    duckdb_data_chunk chunk = duckdb_create_data_chunk(types, 2);
    const size_t most = duckdb_vector_size();
    duckdb_state state = DuckDBSuccess;
    for (size_t i = 0; state == DuckDBSuccess && i < count; i += most) {
        duckdb_data_chunk_reset(chunk);
        state = append_chunk(a, chunk, first, seconds + i, count - i < most ? count - i : most);
    }
    duckdb_destroy_data_chunk(&chunk);
    duckdb_destroy_logical_type(&type);
    return state;
}

cx_code duck_pairs_add(cx *c, duck_conn *d, const char *name, int64_t first,
                       const uint64_t *seconds, size_t count)
{
    duckdb_appender a = NULL;
    duckdb_state state = duckdb_appender_create_ext(d->connection, "temp", "main", name, &a);
    if (state == DuckDBSuccess)
        state = append_pairs(a, first, seconds, count);
    if (state == DuckDBSuccess)
        state = duckdb_appender_flush(a);
    const char *message = a ? duckdb_appender_error(a) : NULL;
    const cx_code rc =
        state == DuckDBSuccess ? CX_OK : duck_fail(c, message ? message : "appending failed");
    duckdb_appender_destroy(&a);
    return rc;
}
