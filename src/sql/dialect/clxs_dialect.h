/* The C interface of the Rust library in this folder. Each call gives out a heap text, the result
 * or an error message, which clxs_dialect_free takes back with its length. Any thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
    CLXS_DIALECT_OK,
    CLXS_DIALECT_SYNTAX, /* *out_at: where, in characters; -1 = unknown */
    CLXS_DIALECT_DEFECT
};

/* Databricks query to DuckDB query. */
int clxs_dialect_to_duckdb(const char *sql, size_t length, char **out, size_t *out_length,
                           int64_t *out_at);
/* {"tables": [["c","s","t"], …], "functions": [["c","s","f"], …]}, in no order that matters; CTE
 * names are among the tables, calls without a qualified name are not among the functions. */
int clxs_dialect_references(const char *sql, size_t length, char **out, size_t *out_length,
                            int64_t *out_at);
int clxs_dialect_validate(const char *sql, size_t length, char **out, size_t *out_length,
                          int64_t *out_at);
void clxs_dialect_free(char *text, size_t length);
