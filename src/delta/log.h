/* The files of a log: their names, and which of them make one version.
 * spec: delta "Delta Log Entries", "Checkpoints", "Log Compaction Files", "Last Checkpoint File" */
#pragma once

#include "delta/delta.h"

#define LOG_FOLDER "_delta_log"

typedef struct {
    int64_t version, to; /* to > version for a compaction */
    int64_t mtime_ms, size;
} log_file;

/* One file of a checkpoint; those of one checkpoint share version and key. */
typedef struct {
    int64_t version, mtime_ms;
    const char *name; /* below _delta_log */
    int part, parts;  /* 1 of 1 for a single file */
} log_checkpoint_file;

/* What a listing found; arena. Commits are sorted by version. */
typedef struct {
    log_file *commits, *compactions;
    size_t commit_count, compaction_count;
    log_checkpoint_file *checkpoints;
    size_t checkpoint_count;
} log_listing;

/* The files to read for one version. */
typedef struct {
    int64_t version;
    int64_t checkpoint_version; /* -1 = none: the log starts at version 0 */
    const log_checkpoint_file *checkpoint;
    size_t checkpoint_files;
    const log_file *files; /* commits and compactions above it, newest first */
    size_t file_count;
    int64_t timestamp_ms; /* of the version's commit file, monotonic within the listing */
    int64_t checkpoint_mtime_ms;
} log_segment;

/* "_delta_log/00000000000000000007.json" and so on; arena. */
char *log_commit_path(cx *c, int64_t version);
char *log_file_path(cx *c, const log_file *f);

/* Lists from the given version (0 = everything). CX_NOT_FOUND when there is no log. */
CX_CHECKED cx_code log_list(cx *c, store *s, int64_t from, log_listing *out);
/* version -1 = latest. use_checkpoints false: only where the commits reach back to version 0. */
CX_CHECKED cx_code log_segment_load(cx *c, store *s, int64_t version, bool use_checkpoints,
                                    log_segment *out);
/* The number of files of the checkpoint that checkpoints[i] begins; 0 when one is missing. */
size_t log_checkpoint_complete(const log_listing *l, size_t i);
/* The version that _last_checkpoint names: a hint, never more. 0 = none that can be read. */
CX_CHECKED cx_code log_hint(cx *c, store *s, int64_t *out);
/* The newest version in the log. */
CX_CHECKED cx_code log_latest(cx *c, store *s, int64_t from, int64_t *out);
/* Makes commit times rise: a later version is never earlier than the one before plus 1 ms. */
void log_monotonic(log_file *commits, size_t n);
/* A commit's commitInfo; NULL when it has none. */
CX_CHECKED cx_code log_commit_info(cx *c, store *s, int64_t version, json **out);
