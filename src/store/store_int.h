/* Shared inside store/. */
#pragma once

#include "store/store.h"

bool store_path_ok(const char *path);

/* What list gathers before it shows it in order. */
typedef struct {
    char *path; /* owned */
    int64_t size, mtime_ms;
} name_entry;
typedef struct {
    name_entry *items; /* owned */
    size_t count, room;
} names;
void names_clear(names *n);
void names_add(names *n, const char *path, int64_t size, int64_t mtime_ms);
cx_code names_visit(cx *c, names *n, store_visit v, void *self);
