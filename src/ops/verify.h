/* Compares the rows of tables in two catalogs: by count, or by count and hash. */
#pragma once

#include "model/model.h"

typedef struct {
    const char *schema, *table;
    int64_t source_version; /* compare with this version of the source; -1 = the newest */
    const model_object *source, *dest; /* columns for the hash; NULL = not there, or counts only */
    int64_t source_count, dest_count;  /* out; -1 = not known */
    const char *source_hash, *dest_hash;
    const char *error;
} verify_table;

typedef struct {
    workspace *ws;
    const char *source, *dest; /* catalogs */
    bool hash;
} verify_options;

/* Fills the tables' outputs (texts in c's arena): about 2·⌈n/50⌉ statements. */
CX_CHECKED cx_code verify_run(cx *c, const verify_options *k, verify_table *tables, size_t n);
/* {total_tables, matched, mismatched, errors, checksum_mismatches, details[], mismatched_tables[],
 * evidence} */
json *verify_json(const verify_options *k, const verify_table *tables, size_t n);
bool verify_match(const verify_options *k, const verify_table *t);
