/* Bytes at a path below a root. Paths are relative, "/"-separated, already decoded.
 *
 * Kinds: file (a folder), memory (tests), crashy (wraps another; drops what was not synced, fails
 * the nth call). A store may be used by several threads at once. Objects are immutable once they
 * are published, but for store_replace (small pointers such as _last_checkpoint). */
#pragma once

#include "base/buf.h"

typedef struct store store;
typedef struct {
    const char *path; /* relative to the store's root; lent for the call */
    int64_t size, mtime_ms;
} store_entry;
typedef cx_code (*store_visit)(cx *c, void *self, const store_entry *e);

/* Failures: CX_NOT_FOUND for a path or folder that is absent, CX_TOO_LARGE for a read over its
 * ceiling, CX_INVALID for a path that leaves the root, CX_IO and CX_FULL from the disk. */
typedef struct {
    const char *name;
    /* length < 0 reads to the end; a range past the end is CX_CORRUPT. out is made afresh. */
    cx_code (*read)(cx *c, store *s, const char *path, int64_t offset, int64_t length, size_t most,
                    buf *out);
    cx_code (*stat)(cx *c, store *s, const char *path, store_entry *out);
    /* Entries directly in folder whose names are >= from (NULL = all), in name order. */
    cx_code (*list)(cx *c, store *s, const char *folder, const char *from, store_visit v,
                    void *self);
    /* Makes path appear with this content, all or nothing, durable on return; CX_EXISTS if taken.
     */
    cx_code (*put_if_absent)(cx *c, store *s, const char *path, str data);
    /* The same for what nobody misses: nothing is waited for, so a power cut may take it away
     * again, or leave a part. NULL = put_if_absent. */
    cx_code (*put_hint)(cx *c, store *s, const char *path, str data);
    cx_code (*replace)(cx *c, store *s, const char *path, str data);
    /* Absent is fine. */
    cx_code (*remove)(cx *c, store *s, const char *path);
    void (*free)(store *s);
} store_ops;
struct store {
    const store_ops *ops;
    const char *root; /* absolute path for a file store, a label otherwise; owned by the store */
};

CX_CHECKED cx_code store_read(cx *c, store *s, const char *path, size_t most, buf *out);
CX_CHECKED cx_code store_read_range(cx *c, store *s, const char *path, int64_t offset,
                                    int64_t length, buf *out);
CX_CHECKED cx_code store_stat(cx *c, store *s, const char *path, store_entry *out);
CX_CHECKED cx_code store_list(cx *c, store *s, const char *folder, const char *from, store_visit v,
                              void *self);
CX_CHECKED cx_code store_put_if_absent(cx *c, store *s, const char *path, str data);
CX_CHECKED cx_code store_put_hint(cx *c, store *s, const char *path, str data);
CX_CHECKED cx_code store_replace(cx *c, store *s, const char *path, str data);
CX_CHECKED cx_code store_remove(cx *c, store *s, const char *path);
void store_free(store *s);
AUTO_TYPE(store);

CX_CHECKED cx_code store_file_open(cx *c, const char *root,
                                   store **out); /* root need not exist yet */
store *store_memory_new(void);
