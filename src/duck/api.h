/* DuckDB's C functions, looked up when the first database opens. Linking the library would cost
 * every command, even `clxs --version`, its 12 ms of relocation, and most commands run no query.
 *
 * Included instead of <duckdb.h>; calls are written as if it were linked. */
#pragma once

#include "base/cx.h"

#include <duckdb.h>

#define DUCK_FUNCTIONS(F)                          \
    F(duckdb_add_scalar_function_to_set)           \
    F(duckdb_append_data_chunk)                    \
    F(duckdb_append_null)                          \
    F(duckdb_append_varchar)                       \
    F(duckdb_append_varchar_length)                \
    F(duckdb_appender_create_ext)                  \
    F(duckdb_appender_destroy)                     \
    F(duckdb_appender_end_row)                     \
    F(duckdb_appender_error)                       \
    F(duckdb_appender_flush)                       \
    F(duckdb_array_type_array_size)                \
    F(duckdb_array_type_child_type)                \
    F(duckdb_array_vector_get_child)               \
    F(duckdb_cast_function_get_extra_info)         \
    F(duckdb_cast_function_set_extra_info)         \
    F(duckdb_cast_function_set_function)           \
    F(duckdb_cast_function_set_implicit_cast_cost) \
    F(duckdb_cast_function_set_row_error)          \
    F(duckdb_cast_function_set_source_type)        \
    F(duckdb_cast_function_set_target_type)        \
    F(duckdb_close)                                \
    F(duckdb_column_count)                         \
    F(duckdb_column_logical_type)                  \
    F(duckdb_column_name)                          \
    F(duckdb_connect)                              \
    F(duckdb_create_cast_function)                 \
    F(duckdb_create_config)                        \
    F(duckdb_create_data_chunk)                    \
    F(duckdb_create_logical_type)                  \
    F(duckdb_create_scalar_function)               \
    F(duckdb_create_scalar_function_set)           \
    F(duckdb_data_chunk_get_column_count)          \
    F(duckdb_data_chunk_get_size)                  \
    F(duckdb_data_chunk_get_vector)                \
    F(duckdb_data_chunk_reset)                     \
    F(duckdb_data_chunk_set_size)                  \
    F(duckdb_decimal_internal_type)                \
    F(duckdb_decimal_scale)                        \
    F(duckdb_decimal_width)                        \
    F(duckdb_destroy_cast_function)                \
    F(duckdb_destroy_client_context)               \
    F(duckdb_destroy_config)                       \
    F(duckdb_destroy_data_chunk)                   \
    F(duckdb_destroy_error_data)                   \
    F(duckdb_destroy_expression)                   \
    F(duckdb_destroy_logical_type)                 \
    F(duckdb_destroy_pending)                      \
    F(duckdb_destroy_prepare)                      \
    F(duckdb_destroy_result)                       \
    F(duckdb_destroy_scalar_function)              \
    F(duckdb_destroy_scalar_function_set)          \
    F(duckdb_destroy_value)                        \
    F(duckdb_disconnect)                           \
    F(duckdb_enum_dictionary_size)                 \
    F(duckdb_enum_dictionary_value)                \
    F(duckdb_enum_internal_type)                   \
    F(duckdb_execute_pending)                      \
    F(duckdb_expression_fold)                      \
    F(duckdb_expression_return_type)               \
    F(duckdb_fetch_chunk)                          \
    F(duckdb_free)                                 \
    F(duckdb_get_int64)                            \
    F(duckdb_get_type_id)                          \
    F(duckdb_interrupt)                            \
    F(duckdb_list_type_child_type)                 \
    F(duckdb_list_vector_get_child)                \
    F(duckdb_logical_type_get_alias)               \
    F(duckdb_logical_type_set_alias)               \
    F(duckdb_map_type_key_type)                    \
    F(duckdb_map_type_value_type)                  \
    F(duckdb_open_ext)                             \
    F(duckdb_pending_error)                        \
    F(duckdb_pending_prepared_streaming)           \
    F(duckdb_prepare)                              \
    F(duckdb_prepare_error)                        \
    F(duckdb_register_cast_function)               \
    F(duckdb_register_logical_type)                \
    F(duckdb_register_scalar_function)             \
    F(duckdb_register_scalar_function_set)         \
    F(duckdb_result_error)                         \
    F(duckdb_rows_changed)                         \
    F(duckdb_scalar_function_add_parameter)        \
    F(duckdb_scalar_function_bind_get_argument)    \
    F(duckdb_scalar_function_bind_get_extra_info)  \
    F(duckdb_scalar_function_get_client_context)   \
    F(duckdb_scalar_function_set_bind)             \
    F(duckdb_scalar_function_set_error)            \
    F(duckdb_scalar_function_set_extra_info)       \
    F(duckdb_scalar_function_set_function)         \
    F(duckdb_scalar_function_set_name)             \
    F(duckdb_scalar_function_set_return_type)      \
    F(duckdb_scalar_function_set_special_handling) \
    F(duckdb_scalar_function_set_varargs)          \
    F(duckdb_set_config)                           \
    F(duckdb_string_t_data)                        \
    F(duckdb_string_t_length)                      \
    F(duckdb_struct_type_child_count)              \
    F(duckdb_struct_type_child_name)               \
    F(duckdb_struct_type_child_type)               \
    F(duckdb_struct_vector_get_child)              \
    F(duckdb_validity_row_is_valid)                \
    F(duckdb_validity_set_row_invalid)             \
    F(duckdb_vector_assign_string_element_len)     \
    F(duckdb_vector_ensure_validity_writable)      \
    F(duckdb_vector_get_column_type)               \
    F(duckdb_vector_get_data)                      \
    F(duckdb_vector_get_validity)                  \
    F(duckdb_vector_size)

#define DUCK_MEMBER(name) __typeof__(name) *name;
typedef struct {
    DUCK_FUNCTIONS(DUCK_MEMBER)
} duck_api;
#undef DUCK_MEMBER

/* Filled once, by the first duck_load that succeeds, and constant from then on. */
extern duck_api duck_lib;
/* CX_UNAVAILABLE with the loader's words when the library is not there. Any thread. */
CX_CHECKED cx_code duck_load(cx *c);

#ifndef DUCK_API_ITSELF
#define duckdb_add_scalar_function_to_set duck_lib.duckdb_add_scalar_function_to_set
#define duckdb_append_data_chunk duck_lib.duckdb_append_data_chunk
#define duckdb_append_null duck_lib.duckdb_append_null
#define duckdb_append_varchar duck_lib.duckdb_append_varchar
#define duckdb_append_varchar_length duck_lib.duckdb_append_varchar_length
#define duckdb_appender_create_ext duck_lib.duckdb_appender_create_ext
#define duckdb_appender_destroy duck_lib.duckdb_appender_destroy
#define duckdb_appender_end_row duck_lib.duckdb_appender_end_row
#define duckdb_appender_error duck_lib.duckdb_appender_error
#define duckdb_appender_flush duck_lib.duckdb_appender_flush
#define duckdb_array_type_array_size duck_lib.duckdb_array_type_array_size
#define duckdb_array_type_child_type duck_lib.duckdb_array_type_child_type
#define duckdb_array_vector_get_child duck_lib.duckdb_array_vector_get_child
#define duckdb_cast_function_get_extra_info duck_lib.duckdb_cast_function_get_extra_info
#define duckdb_cast_function_set_extra_info duck_lib.duckdb_cast_function_set_extra_info
#define duckdb_cast_function_set_function duck_lib.duckdb_cast_function_set_function
#define duckdb_cast_function_set_implicit_cast_cost \
    duck_lib.duckdb_cast_function_set_implicit_cast_cost
#define duckdb_cast_function_set_row_error duck_lib.duckdb_cast_function_set_row_error
#define duckdb_cast_function_set_source_type duck_lib.duckdb_cast_function_set_source_type
#define duckdb_cast_function_set_target_type duck_lib.duckdb_cast_function_set_target_type
#define duckdb_close duck_lib.duckdb_close
#define duckdb_column_count duck_lib.duckdb_column_count
#define duckdb_column_logical_type duck_lib.duckdb_column_logical_type
#define duckdb_column_name duck_lib.duckdb_column_name
#define duckdb_connect duck_lib.duckdb_connect
#define duckdb_create_cast_function duck_lib.duckdb_create_cast_function
#define duckdb_create_config duck_lib.duckdb_create_config
#define duckdb_create_data_chunk duck_lib.duckdb_create_data_chunk
#define duckdb_create_logical_type duck_lib.duckdb_create_logical_type
#define duckdb_create_scalar_function duck_lib.duckdb_create_scalar_function
#define duckdb_create_scalar_function_set duck_lib.duckdb_create_scalar_function_set
#define duckdb_data_chunk_get_column_count duck_lib.duckdb_data_chunk_get_column_count
#define duckdb_data_chunk_get_size duck_lib.duckdb_data_chunk_get_size
#define duckdb_data_chunk_get_vector duck_lib.duckdb_data_chunk_get_vector
#define duckdb_data_chunk_reset duck_lib.duckdb_data_chunk_reset
#define duckdb_data_chunk_set_size duck_lib.duckdb_data_chunk_set_size
#define duckdb_decimal_internal_type duck_lib.duckdb_decimal_internal_type
#define duckdb_decimal_scale duck_lib.duckdb_decimal_scale
#define duckdb_decimal_width duck_lib.duckdb_decimal_width
#define duckdb_destroy_cast_function duck_lib.duckdb_destroy_cast_function
#define duckdb_destroy_client_context duck_lib.duckdb_destroy_client_context
#define duckdb_destroy_config duck_lib.duckdb_destroy_config
#define duckdb_destroy_data_chunk duck_lib.duckdb_destroy_data_chunk
#define duckdb_destroy_error_data duck_lib.duckdb_destroy_error_data
#define duckdb_destroy_expression duck_lib.duckdb_destroy_expression
#define duckdb_destroy_logical_type duck_lib.duckdb_destroy_logical_type
#define duckdb_destroy_pending duck_lib.duckdb_destroy_pending
#define duckdb_destroy_prepare duck_lib.duckdb_destroy_prepare
#define duckdb_destroy_result duck_lib.duckdb_destroy_result
#define duckdb_destroy_scalar_function duck_lib.duckdb_destroy_scalar_function
#define duckdb_destroy_scalar_function_set duck_lib.duckdb_destroy_scalar_function_set
#define duckdb_destroy_value duck_lib.duckdb_destroy_value
#define duckdb_disconnect duck_lib.duckdb_disconnect
#define duckdb_enum_dictionary_size duck_lib.duckdb_enum_dictionary_size
#define duckdb_enum_dictionary_value duck_lib.duckdb_enum_dictionary_value
#define duckdb_enum_internal_type duck_lib.duckdb_enum_internal_type
#define duckdb_execute_pending duck_lib.duckdb_execute_pending
#define duckdb_expression_fold duck_lib.duckdb_expression_fold
#define duckdb_expression_return_type duck_lib.duckdb_expression_return_type
#define duckdb_fetch_chunk duck_lib.duckdb_fetch_chunk
#define duckdb_free duck_lib.duckdb_free
#define duckdb_get_int64 duck_lib.duckdb_get_int64
#define duckdb_get_type_id duck_lib.duckdb_get_type_id
#define duckdb_interrupt duck_lib.duckdb_interrupt
#define duckdb_list_type_child_type duck_lib.duckdb_list_type_child_type
#define duckdb_list_vector_get_child duck_lib.duckdb_list_vector_get_child
#define duckdb_logical_type_get_alias duck_lib.duckdb_logical_type_get_alias
#define duckdb_logical_type_set_alias duck_lib.duckdb_logical_type_set_alias
#define duckdb_map_type_key_type duck_lib.duckdb_map_type_key_type
#define duckdb_map_type_value_type duck_lib.duckdb_map_type_value_type
#define duckdb_open_ext duck_lib.duckdb_open_ext
#define duckdb_pending_error duck_lib.duckdb_pending_error
#define duckdb_pending_prepared_streaming duck_lib.duckdb_pending_prepared_streaming
#define duckdb_prepare duck_lib.duckdb_prepare
#define duckdb_prepare_error duck_lib.duckdb_prepare_error
#define duckdb_register_cast_function duck_lib.duckdb_register_cast_function
#define duckdb_register_logical_type duck_lib.duckdb_register_logical_type
#define duckdb_register_scalar_function duck_lib.duckdb_register_scalar_function
#define duckdb_register_scalar_function_set duck_lib.duckdb_register_scalar_function_set
#define duckdb_result_error duck_lib.duckdb_result_error
#define duckdb_rows_changed duck_lib.duckdb_rows_changed
#define duckdb_scalar_function_add_parameter duck_lib.duckdb_scalar_function_add_parameter
#define duckdb_scalar_function_bind_get_argument duck_lib.duckdb_scalar_function_bind_get_argument
#define duckdb_scalar_function_bind_get_extra_info \
    duck_lib.duckdb_scalar_function_bind_get_extra_info
#define duckdb_scalar_function_get_client_context duck_lib.duckdb_scalar_function_get_client_context
#define duckdb_scalar_function_set_bind duck_lib.duckdb_scalar_function_set_bind
#define duckdb_scalar_function_set_error duck_lib.duckdb_scalar_function_set_error
#define duckdb_scalar_function_set_extra_info duck_lib.duckdb_scalar_function_set_extra_info
#define duckdb_scalar_function_set_function duck_lib.duckdb_scalar_function_set_function
#define duckdb_scalar_function_set_name duck_lib.duckdb_scalar_function_set_name
#define duckdb_scalar_function_set_return_type duck_lib.duckdb_scalar_function_set_return_type
#define duckdb_scalar_function_set_special_handling \
    duck_lib.duckdb_scalar_function_set_special_handling
#define duckdb_scalar_function_set_varargs duck_lib.duckdb_scalar_function_set_varargs
#define duckdb_set_config duck_lib.duckdb_set_config
#define duckdb_string_t_data duck_lib.duckdb_string_t_data
#define duckdb_string_t_length duck_lib.duckdb_string_t_length
#define duckdb_struct_type_child_count duck_lib.duckdb_struct_type_child_count
#define duckdb_struct_type_child_name duck_lib.duckdb_struct_type_child_name
#define duckdb_struct_type_child_type duck_lib.duckdb_struct_type_child_type
#define duckdb_struct_vector_get_child duck_lib.duckdb_struct_vector_get_child
#define duckdb_validity_row_is_valid duck_lib.duckdb_validity_row_is_valid
#define duckdb_validity_set_row_invalid duck_lib.duckdb_validity_set_row_invalid
#define duckdb_vector_assign_string_element_len duck_lib.duckdb_vector_assign_string_element_len
#define duckdb_vector_ensure_validity_writable duck_lib.duckdb_vector_ensure_validity_writable
#define duckdb_vector_get_column_type duck_lib.duckdb_vector_get_column_type
#define duckdb_vector_get_data duck_lib.duckdb_vector_get_data
#define duckdb_vector_get_validity duck_lib.duckdb_vector_get_validity
#define duckdb_vector_size duck_lib.duckdb_vector_size
#endif
