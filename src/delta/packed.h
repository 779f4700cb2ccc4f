/* An add action in few bytes. See packed.c. */
#pragma once

#include "delta/delta.h"

/* Bytes that pack_add writes at most. */
size_t pack_room(const delta_add_row *a);
/* Returns the number of bytes written. No text may hold a NUL. */
size_t pack_add(char *out, const delta_add_row *a);

bool is_packed(str raw);
/* What is in a packed add besides path, size, time and vector, which delta_file has itself. Texts
 * are NUL-terminated and of the pack; NULL = absent. */
typedef struct {
    const char *stats, *clustering_provider;
    const char *partition_values, *tags; /* packed maps */
    bool data_change;
    int64_t base_row_id, default_row_commit_version;
} packed_add;
packed_add pack_read(str raw);

/* Pair by pair; false after the last. `*at` begins as the map; the value may be NULL. */
typedef struct {
    const char *p;
    size_t left;
} packed_pairs;
packed_pairs pack_pairs(const char *map);
bool pack_next(packed_pairs *at, const char **key, const char **value);
