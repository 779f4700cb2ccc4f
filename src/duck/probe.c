/* What types do the operands in a query have? DuckDB knows once it binds the query, and tells C
 * only through a function's bind callback. So a query whose operands x are wrapped as
 * __clxs_probe(id, x) is prepared (never run), and the callback notes x's type under the id.
 *
 * Ids are the database's own, so that statements of many threads do not meet. */
#include "duck/functions.h"

static void note(duck_db *d, int64_t id, duckdb_logical_type type)
{
    pthread_mutex_lock(&d->lock);
    for (duck_probing *p = d->probing; p; p = p->next) {
        if (id < p->first || id >= p->first + (int64_t)p->count)
            continue;
        buf text = BUF(BUF_ANY);
        duck_add_type(&text, type);
        char **to = &p->types[id - p->first];
        if (!*to)
            *to = buf_steal(&text);
        else if (strcmp(*to, buf_text(&text)) != 0) /* two columns of one name, say */
            **to = '\0';
        buf_clear(&text);
    }
    pthread_mutex_unlock(&d->lock);
}

static void bind(duckdb_bind_info info)
{
    duck_db *d = duckdb_scalar_function_bind_get_extra_info(info);
    duckdb_expression id = duckdb_scalar_function_bind_get_argument(info, 0);
    duckdb_expression x = duckdb_scalar_function_bind_get_argument(info, 1);
    duckdb_client_context context = NULL;
    duckdb_value value = NULL;
    duckdb_scalar_function_get_client_context(info, &context);
    duckdb_error_data bad = duckdb_expression_fold(context, id, &value);
    if (value) {
        duckdb_logical_type type = duckdb_expression_return_type(x);
        note(d, duckdb_get_int64(value), type);
        duckdb_destroy_logical_type(&type);
        duckdb_destroy_value(&value);
    }
    if (bad)
        duckdb_destroy_error_data(&bad);
    duckdb_destroy_client_context(&context);
    duckdb_destroy_expression(&id);
    duckdb_destroy_expression(&x);
}

/* Constants are folded while a query is prepared. */
static void yes(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out)
{
    (void)info;
    bool *to = duckdb_vector_get_data(out);
    for (idx_t i = 0; i < duckdb_data_chunk_get_size(in); i++)
        to[i] = true;
}

cx_code duck_probe_function(cx *c, duck_conn *conn)
{
    duckdb_scalar_function f = duckdb_create_scalar_function();
    duckdb_logical_type id = duckdb_create_logical_type(DUCKDB_TYPE_BIGINT),
                        any = duckdb_create_logical_type(DUCKDB_TYPE_ANY),
                        boolean = duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN);
    duckdb_scalar_function_set_name(f, "__clxs_probe");
    duckdb_scalar_function_add_parameter(f, id);
    duckdb_scalar_function_add_parameter(f, any);
    duckdb_scalar_function_set_return_type(f, boolean);
    duckdb_scalar_function_set_special_handling(f);
    duckdb_scalar_function_set_extra_info(f, conn->db, NULL);
    duckdb_scalar_function_set_bind(f, bind);
    duckdb_scalar_function_set_function(f, yes);
    const duckdb_state state = duckdb_register_scalar_function(conn->connection, f);
    duckdb_destroy_scalar_function(&f);
    duckdb_destroy_logical_type(&id);
    duckdb_destroy_logical_type(&any);
    duckdb_destroy_logical_type(&boolean);
    return state == DuckDBSuccess
               ? CX_OK
               : cx_fail(c, CX_INTERNAL, "DuckDB refuses the function that probes types");
}

int64_t duck_probe_ids(duck_conn *conn, size_t count)
{
    pthread_mutex_lock(&conn->db->lock);
    const int64_t first = conn->db->next_probe;
    conn->db->next_probe += (int64_t)count;
    pthread_mutex_unlock(&conn->db->lock);
    return first;
}

cx_code duck_probe(cx *c, duck_conn *conn, const char *sql, int64_t first, size_t count,
                   const char **types)
{
    duck_db *d = conn->db;
    duckdb_prepared_statement prepared = NULL;
    duck_probing mine = {.first = first, .count = count, .next = NULL};
    mine.types = cx_calloc(count + 1, sizeof *mine.types);
    pthread_mutex_lock(&d->lock);
    mine.next = d->probing;
    d->probing = &mine;
    pthread_mutex_unlock(&d->lock);
    const duckdb_state state = duckdb_prepare(conn->connection, sql, &prepared);
    pthread_mutex_lock(&d->lock);
    for (duck_probing **p = &d->probing; *p; p = &(*p)->next)
        if (*p == &mine) {
            *p = mine.next;
            break;
        }
    pthread_mutex_unlock(&d->lock);
    const cx_code rc =
        state == DuckDBSuccess ? CX_OK : duck_fail(c, duckdb_prepare_error(prepared));
    duckdb_destroy_prepare(&prepared);
    for (size_t i = 0; i < count; i++) {
        types[i] = rc == CX_OK && mine.types[i] && *mine.types[i] ? cx_dup(c, mine.types[i]) : NULL;
        free(mine.types[i]);
    }
    free(mine.types);
    return rc;
}
