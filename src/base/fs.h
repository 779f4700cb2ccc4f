/* Files with fsync discipline, below store/. Paths are absolute or relative to the process. */
#pragma once

#include "base/buf.h"

/* mkdir -p with mode 0700 for what is made; a new folder is durable in the one above it. */
CX_CHECKED cx_code fs_mkdirs(cx *c, const char *path);
CX_CHECKED cx_code fs_read(cx *c, const char *path, size_t most, buf *out);
/* Replaces path by temp file, fsync, rename, fsync of the folder. Mode 0600 when `secret`. */
CX_CHECKED cx_code fs_replace(cx *c, const char *path, const void *data, size_t length,
                              bool secret);
CX_CHECKED cx_code fs_sync_dir(cx *c, const char *path);
bool fs_exists(const char *path);
bool fs_is_dir(const char *path);
int64_t fs_size(const char *path); /* -1 when absent */
/* Removes a file or a folder with all below it; absent is fine. Never follows links. */
CX_CHECKED cx_code fs_remove_tree(cx *c, const char *path);
/* Calls visit for each regular file below root, in no order, with its path relative to root. A
 * visit that fails ends the walk with its code. Never follows links. */
typedef cx_code (*fs_visit)(cx *c, void *self, const char *relative, int64_t size,
                            int64_t mtime_ms);
CX_CHECKED cx_code fs_walk(cx *c, const char *root, fs_visit visit, void *self);
char *fs_join(cx *c, const char *a, const char *b); /* arena */
CX_CHECKED cx_code fs_absolute(cx *c, const char *path,
                               char **out); /* realpath when it exists; arena */
/* Copies a whole file: reflink, else copy_file_range, else read and write. The target must not
 * exist. Writing to disk is begun, not waited for: fs_sync_file before anything may depend on the
 * copy. Waiting file by file would leave the disk idle between them. */
CX_CHECKED cx_code fs_copy(cx *c, const char *from, const char *to, int64_t *out_bytes);
CX_CHECKED cx_code fs_sync_file(cx *c, const char *path);
/* An advisory lock that the kernel drops with the process. Waits up to wait_ms; CX_CONFLICT after.
 */
typedef struct fs_lock fs_lock;
CX_CHECKED cx_code fs_lock_take(cx *c, const char *path, int64_t wait_ms, fs_lock **out);
void fs_lock_free(fs_lock *l);
AUTO_TYPE(fs_lock);
