/* Functions of variants: what packs one out of a file's two binaries, and what SQL asks of it. */
#include "duck/functions.h"
#include "duck/variant_parse.h"

static const char malformed[] =
    "[MALFORMED_VARIANT] Variant binary is malformed. Please check the data source is valid.";

duckdb_logical_type duck_variant_type(void)
{
    duckdb_logical_type type = duckdb_create_logical_type(DUCKDB_TYPE_BLOB);
    duckdb_logical_type_set_alias(type, VARIANT_TYPE);
    return type;
}

typedef struct {
    duckdb_function_info info;
    duckdb_vector out;
    str a, b; /* this row's arguments */
    idx_t row;
} call;

/* One row whose arguments are there; false when the statement fails. */
typedef bool (*row_work)(call *k);

static bool fail(const call *k, const char *message)
{
    duckdb_scalar_function_set_error(k->info, message);
    return false;
}

static void nothing(const call *k)
{
    duckdb_validity_set_row_invalid(duckdb_vector_get_validity(k->out), k->row);
}

static bool argument(duckdb_data_chunk in, idx_t i, idx_t row, str *out)
{
    duckdb_vector v = duckdb_data_chunk_get_vector(in, i);
    uint64_t *valid = duckdb_vector_get_validity(v);
    if (valid && !duckdb_validity_row_is_valid(valid, row))
        return false;
    duckdb_string_t *s = &((duckdb_string_t *)duckdb_vector_get_data(v))[row];
    *out = (str){duckdb_string_t_data(s), duckdb_string_t_length(*s)};
    return true;
}

static void each(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out, row_work work)
{
    call k = {.info = info, .out = out};
    const idx_t rows = duckdb_data_chunk_get_size(in), n = duckdb_data_chunk_get_column_count(in);
    duckdb_vector_ensure_validity_writable(out);
    for (k.row = 0; k.row < rows; k.row++)
        if (!argument(in, 0, k.row, &k.a) || (n > 1 && !argument(in, 1, k.row, &k.b)))
            nothing(&k);
        else if (!work(&k))
            return;
}

static void give_variant(const call *k, const variant *v)
{
    buf both = BUF(BUF_ANY);
    buf_add(&both, v->metadata.data, v->metadata.length);
    buf_add(&both, v->value.data, v->value.length);
    duckdb_vector_assign_string_element_len(k->out, k->row, buf_text(&both), both.length);
    buf_clear(&both);
}

static bool pack_row(call *k)
{
    variant v;
    if (!variant_open(k->a, k->b, &v))
        return fail(k, malformed);
    give_variant(k, &v);
    return true;
}

static bool find_row(call *k)
{
    variant v, part;
    bool bad = false;
    if (!variant_unpack(k->a, &v))
        return fail(k, malformed);
    if (variant_find(&v, k->b, &part, &bad)) {
        give_variant(k, &part);
        return true;
    }
    nothing(k);
    return !bad ||
           fail(k, "[INVALID_VARIANT_GET_PATH] The path is not a valid variant extraction "
                   "path: it starts with `$`, with steps like `[123]`, `.name`, `['name']`.");
}

static bool text_row(call *k, void (*add)(buf *, const variant *))
{
    variant v;
    buf text = BUF(BUF_ANY);
    if (!variant_unpack(k->a, &v))
        return fail(k, malformed);
    add(&text, &v);
    duckdb_vector_assign_string_element_len(k->out, k->row, buf_text(&text), text.length);
    buf_clear(&text);
    return true;
}

static bool parse_row(call *k)
{
    buf blob = BUF(BUF_ANY);
    const bool good = variant_parse(k->a, &blob);
    if (good)
        duckdb_vector_assign_string_element_len(k->out, k->row, buf_text(&blob), blob.length);
    buf_clear(&blob);
    return good || fail(k, "[MALFORMED_RECORD_IN_PARSING] The text is not JSON that a variant can "
                           "hold. Use `try_parse_json` to get NULL instead.");
}

static bool try_parse_row(call *k)
{
    buf blob = BUF(BUF_ANY);
    if (variant_parse(k->a, &blob))
        duckdb_vector_assign_string_element_len(k->out, k->row, buf_text(&blob), blob.length);
    else
        nothing(k);
    buf_clear(&blob);
    return true;
}

static bool json_row(call *k)
{
    return text_row(k, variant_add_json);
}

static bool schema_row(call *k)
{
    return text_row(k, variant_add_schema);
}

static void pack(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out)
{
    each(info, in, out, pack_row);
}

static void find(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out)
{
    each(info, in, out, find_row);
}

static void parse(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out)
{
    each(info, in, out, parse_row);
}

static void try_parse(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out)
{
    each(info, in, out, try_parse_row);
}

static void json_of(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out)
{
    each(info, in, out, json_row);
}

static void schema_of(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out)
{
    each(info, in, out, schema_row);
}

/* Of no variant at all it is false, not NULL. */
static void is_null(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out)
{
    bool *to = duckdb_vector_get_data(out);
    (void)info;
    for (idx_t i = 0; i < duckdb_data_chunk_get_size(in); i++) {
        str blob;
        variant v;
        to[i] = argument(in, 0, i, &blob) && variant_unpack(blob, &v) && v.value.data[0] == 0;
    }
}

/* ---- registering ---- */

static const struct {
    const char *name;
    duck_function work;
    duckdb_type takes[2], gives; /* VARIANT = a variant */
} functions[] = {
#define VARIANT DUCKDB_TYPE_UNION
    {"dbx_variant", pack, {DUCKDB_TYPE_BLOB, DUCKDB_TYPE_BLOB}, VARIANT},
    {"dbx_parse_json", parse, {DUCKDB_TYPE_VARCHAR}, VARIANT},
    {"dbx_try_parse_json", try_parse, {DUCKDB_TYPE_VARCHAR}, VARIANT},
    {"dbx_variant_at", find, {VARIANT, DUCKDB_TYPE_VARCHAR}, VARIANT},
    {"->>", find, {VARIANT, DUCKDB_TYPE_VARCHAR}, VARIANT}, /* v:a.b */

    {"to_json", json_of, {VARIANT}, DUCKDB_TYPE_VARCHAR},
    {"dbx_schema_of_variant", schema_of, {VARIANT}, DUCKDB_TYPE_VARCHAR},
    {"dbx_is_variant_null", is_null, {VARIANT}, DUCKDB_TYPE_BOOLEAN},
};

static duckdb_logical_type type_of(duckdb_type id)
{
    return id == VARIANT ? duck_variant_type() : duckdb_create_logical_type(id);
}

cx_code duck_variant_functions(cx *c, duck_conn *conn)
{
    for (size_t n = 0; n < CX_COUNT(functions); n++) {
        duckdb_scalar_function f = duckdb_create_scalar_function();
        duckdb_logical_type type;
        duckdb_scalar_function_set_name(f, functions[n].name);
        for (size_t k = 0; k < 2 && functions[n].takes[k]; k++) {
            type = type_of(functions[n].takes[k]);
            duckdb_scalar_function_add_parameter(f, type);
            duckdb_destroy_logical_type(&type);
        }
        type = type_of(functions[n].gives);
        duckdb_scalar_function_set_return_type(f, type);
        duckdb_destroy_logical_type(&type);
        duckdb_scalar_function_set_special_handling(f);
        duckdb_scalar_function_set_function(f, functions[n].work);
        const duckdb_state state = duckdb_register_scalar_function(conn->connection, f);
        duckdb_destroy_scalar_function(&f);
        if (state != DuckDBSuccess)
            return cx_fail(c, CX_INTERNAL, "DuckDB refuses the function %s", functions[n].name);
    }
    duckdb_logical_type type = duck_variant_type();
    const duckdb_state state = duckdb_register_logical_type(conn->connection, type, NULL);
    duckdb_destroy_logical_type(&type);
    if (state != DuckDBSuccess)
        return cx_fail(c, CX_INTERNAL, "DuckDB refuses the type of variants");
    return duck_variant_casts(c, conn);
}
