/* Shared by the files of vacuum. */
#pragma once

#include "delta/delta_int.h"

enum { PATHS_MOST = 1000 };

typedef struct {
    delta_table *t;
    const delta_snapshot *s;
    const delta_vacuum_options *o;
    int64_t before_ms;
    json *named, *folders; /* folders: those that may go when they are empty */
    json *seen;            /* LITE: files that were looked at already */
    log_listing log;       /* LITE */
    delta_vacuum_result r;
} vacuum;

/* Removes one file, if it may go; an fs_visit. */
CX_CHECKED cx_code vacuum_file(cx *c, void *self, const char *relative, int64_t size,
                               int64_t mtime_ms);
/* LITE: refuses when the log does not tell of all files that were removed. */
CX_CHECKED cx_code vacuum_check_lite(cx *c, vacuum *v);
/* … and the files that it tells of. */
CX_CHECKED cx_code vacuum_listed(cx *c, vacuum *v);
/* Notes how far into the log everything was taken, for the next LITE. */
CX_CHECKED cx_code vacuum_remember(cx *c, vacuum *v);
