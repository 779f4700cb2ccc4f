/* DuckDB's types under the platform's names.
 *
 * DuckDB has types that Databricks SQL has not. They come out as the smallest type there that holds
 * their values; HUGEINT, which DuckDB gives for the sum of integers, is BIGINT, because that is
 * what sum() of integers gives on the platform. */
#include "duck/duck_int.h"
#include "duck/variant.h"

void duck_add_member_name(buf *b, const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    if (*name && strspn(name, plain) == strlen(name)) {
        buf_adds(b, name);
        return;
    }
    buf_addc(b, '`');
    for (const char *p = name; *p; p++)
        buf_adds(b, *p == '`' ? "``" : (char[]){*p, '\0'});
    buf_addc(b, '`');
}

static void add_children(buf *b, duckdb_logical_type type)
{
    const idx_t n = duckdb_struct_type_child_count(type);
    buf_adds(b, "STRUCT<");
    for (idx_t i = 0; i < n; i++) {
        char *name = duckdb_struct_type_child_name(type, i);
        duckdb_logical_type child = duckdb_struct_type_child_type(type, i);
        buf_adds(b, i ? ", " : "");
        duck_add_member_name(b, name);
        buf_adds(b, ": ");
        duck_add_type(b, child);
        duckdb_destroy_logical_type(&child);
        duckdb_free(name);
    }
    buf_addc(b, '>');
}

static void add_element(buf *b, duckdb_logical_type child)
{
    buf_adds(b, "ARRAY<");
    duck_add_type(b, child);
    buf_addc(b, '>');
    duckdb_destroy_logical_type(&child);
}

static void add_map(buf *b, duckdb_logical_type type)
{
    duckdb_logical_type key = duckdb_map_type_key_type(type),
                        value = duckdb_map_type_value_type(type);
    buf_adds(b, "MAP<");
    duck_add_type(b, key);
    buf_adds(b, ", ");
    duck_add_type(b, value);
    buf_addc(b, '>');
    duckdb_destroy_logical_type(&key);
    duckdb_destroy_logical_type(&value);
}

static const char *plain_name(duckdb_type id)
{
    switch (id) {
    case DUCKDB_TYPE_BOOLEAN: return "BOOLEAN";
    case DUCKDB_TYPE_TINYINT: return "TINYINT";
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_UTINYINT: return "SMALLINT";
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_USMALLINT: return "INT";
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_HUGEINT: return "BIGINT";
    case DUCKDB_TYPE_UBIGINT: return "DECIMAL(20,0)";
    case DUCKDB_TYPE_UHUGEINT: return "DECIMAL(38,0)";
    case DUCKDB_TYPE_FLOAT: return "FLOAT";
    case DUCKDB_TYPE_DOUBLE: return "DOUBLE";
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS: return "TIMESTAMP_NTZ";
    case DUCKDB_TYPE_TIMESTAMP_TZ: return "TIMESTAMP";
    case DUCKDB_TYPE_DATE: return "DATE";
    case DUCKDB_TYPE_INTERVAL: return "INTERVAL DAY TO SECOND";
    case DUCKDB_TYPE_BLOB: return "BINARY";
    case DUCKDB_TYPE_SQLNULL: return "VOID";
    default: return "STRING";
    }
}

static bool is_variant(duckdb_logical_type type)
{
    if (duckdb_get_type_id(type) != DUCKDB_TYPE_BLOB)
        return false;
    char *alias = duckdb_logical_type_get_alias(type);
    const bool is = alias && strcmp(alias, VARIANT_TYPE) == 0;
    duckdb_free(alias);
    return is;
}

void duck_add_type(buf *b, duckdb_logical_type type)
{
    if (is_variant(type)) {
        buf_adds(b, "VARIANT");
        return;
    }
    switch (duckdb_get_type_id(type)) {
    case DUCKDB_TYPE_DECIMAL:
        buf_addf(b, "DECIMAL(%d,%d)", duckdb_decimal_width(type), duckdb_decimal_scale(type));
        return;
    case DUCKDB_TYPE_LIST: add_element(b, duckdb_list_type_child_type(type)); return;
    case DUCKDB_TYPE_ARRAY: add_element(b, duckdb_array_type_child_type(type)); return;
    case DUCKDB_TYPE_MAP: add_map(b, type); return;
    case DUCKDB_TYPE_STRUCT: add_children(b, type); return;
    default: buf_adds(b, plain_name(duckdb_get_type_id(type)));
    }
}

static void take_child(duck_shape *s, size_t i, duckdb_logical_type child)
{
    duck_shape_init(&s->children[i], child);
    duckdb_destroy_logical_type(&child);
}

static void make_room(duck_shape *s, size_t n)
{
    s->count = n;
    s->children = cx_calloc(n + 1, sizeof *s->children);
    s->names = cx_calloc(n + 1, sizeof *s->names);
}

static void init_struct(duck_shape *s, duckdb_logical_type type)
{
    make_room(s, duckdb_struct_type_child_count(type));
    for (size_t i = 0; i < s->count; i++) {
        char *name = duckdb_struct_type_child_name(type, i);
        s->names[i] = cx_heapdup(name);
        duckdb_free(name);
        take_child(s, i, duckdb_struct_type_child_type(type, i));
    }
}

void duck_shape_init(duck_shape *s, duckdb_logical_type type)
{
    *s = (duck_shape){.id = duckdb_get_type_id(type), .variant = is_variant(type)};
    switch (s->id) {
    case DUCKDB_TYPE_DECIMAL:
        s->internal = duckdb_decimal_internal_type(type);
        s->scale = duckdb_decimal_scale(type);
        break;
    case DUCKDB_TYPE_ENUM: {
        const idx_t n = duckdb_enum_dictionary_size(type);
        s->internal = duckdb_enum_internal_type(type);
        s->count = 0;
        s->array_size = n;
        s->names = cx_calloc(n + 1, sizeof *s->names);
        for (idx_t i = 0; i < n; i++) {
            char *value = duckdb_enum_dictionary_value(type, i);
            s->names[i] = cx_heapdup(value);
            duckdb_free(value);
        }
        break;
    }
    case DUCKDB_TYPE_LIST:
        make_room(s, 1);
        take_child(s, 0, duckdb_list_type_child_type(type));
        break;
    case DUCKDB_TYPE_ARRAY:
        make_room(s, 1);
        s->array_size = duckdb_array_type_array_size(type);
        take_child(s, 0, duckdb_array_type_child_type(type));
        break;
    case DUCKDB_TYPE_MAP:
        make_room(s, 2);
        take_child(s, 0, duckdb_map_type_key_type(type));
        take_child(s, 1, duckdb_map_type_value_type(type));
        break;
    case DUCKDB_TYPE_STRUCT: init_struct(s, type); break;
    default: break;
    }
}

void duck_shape_clear(duck_shape *s)
{
    const size_t names = s->id == DUCKDB_TYPE_ENUM ? s->array_size : s->count;
    for (size_t i = 0; i < s->count; i++)
        duck_shape_clear(&s->children[i]);
    for (size_t i = 0; s->names && i < names; i++)
        free(s->names[i]);
    free(s->children);
    free(s->names);
    *s = (duck_shape){0};
}
