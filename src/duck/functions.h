/* Functions that C gives to DuckDB; inside src/duck only. */
#pragma once

#include "duck/duck_int.h"

typedef void (*duck_function)(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out);

void duck_xxhash64(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out);
void duck_murmur3(duckdb_function_info info, duckdb_data_chunk in, duckdb_vector out);

/* A variant's type; the caller destroys it. */
duckdb_logical_type duck_variant_type(void);

/* All of them, once a database. */
CX_CHECKED cx_code duck_functions(cx *c, duck_conn *conn);
CX_CHECKED cx_code duck_variant_functions(cx *c, duck_conn *conn);
CX_CHECKED cx_code duck_variant_casts(cx *c, duck_conn *conn);
CX_CHECKED cx_code duck_probe_function(cx *c, duck_conn *conn);
