/* Which files the commits above a checkpoint decided about: path and deletion vector. */
#pragma once

#include "base/cx.h"

typedef struct {
    uint64_t hash;
    const char *path, *dv; /* borrowed; a slot without a path is free */
} seen_slot;

/* Open addressing, at most three quarters full. Any number of threads may look while none adds. */
typedef struct {
    arena *keys;      /* owned; for texts that only this table needs */
    seen_slot *slots; /* owned */
    size_t slot_count, used;
} seen_files;

void seen_init(seen_files *t);
void seen_clear(seen_files *t);
bool seen_has(const seen_files *t, const char *path, const char *dv);
/* True when it was there; it is there now. */
bool seen_add(seen_files *t, const char *path, const char *dv);
