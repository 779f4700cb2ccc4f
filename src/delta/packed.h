/* An add action in few bytes. See packed.c. */
#pragma once

#include "delta/delta.h"

/* Bytes that pack_add writes at most. */
size_t pack_room(const delta_add_row *a);
/* Returns the number of bytes written. No text may hold a NUL. `model` is the statistics that were
 * last written in full, below `out` in the same block of memory; no data where a block begins. */
size_t pack_add(char *out, const delta_add_row *a, str *model);

bool is_packed(str raw);
/* What is in a packed add besides path, size, time and vector, which delta_file has itself. Texts
 * are NUL-terminated and of the pack; NULL = absent. */
typedef struct {
    const char *clustering_provider;
    const char *partition_values, *tags; /* packed maps */
    const char *stats;                   /* the text, or with a model its differences */
    const char *model;
    size_t stats_size; /* with a model: bytes of the text */
    bool data_change;
    int64_t base_row_id, default_row_commit_version;
} packed_add;
packed_add pack_read(str raw);
/* The text of the statistics, made in `a` where it is not there as it is; NULL = none. */
const char *pack_stats(arena *a, const packed_add *add);

/* Pair by pair; false after the last. `*at` begins as the map; the value may be NULL. */
typedef struct {
    const char *p;
    size_t left;
} packed_pairs;
packed_pairs pack_pairs(const char *map);
bool pack_next(packed_pairs *at, const char **key, const char **value);
