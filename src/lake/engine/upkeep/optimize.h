/* OPTIMIZE and REORG: shared by the files of it. What is written where: optimize.c reads the
 * statement and commits, plan.c chooses files, zorder.c says in which order rows go, report.c tells
 * what was done. */
#pragma once

#include "lake/engine/rows/rows.h"

/* A live file that the statement may touch. */
typedef struct {
    size_t index; /* in the snapshot */
    int64_t bytes, deleted_rows, records;
    const char *partition; /* its values as canonical text */
    const char *cube; /* the earlier run that put it in the order that is wanted; NULL = none */
    bool dropped;     /* it has columns that the table has no more */
} opt_file;

/* Files that are read, and written again, together. */
typedef struct {
    const opt_file **files;
    size_t count;
    int64_t bytes;
} opt_bin;

typedef struct {
    run *r;
    const sql_statement *q;
    eng_table *t;
    eng_shape shape;
    const char *const *columns; /* to order by, dotted; of ZORDER BY or of the clustering */
    size_t column_count;
    const char *columns_text; /* the same as the text of a JSON list */
    bool clustered, purge;
    int64_t target; /* bytes of a file */
    opt_file *files;
    size_t file_count;
    opt_bin *bins;
    size_t bin_count, partition_count; /* partitions that bins are of */
    json *actions;                     /* owned by eng_optimize */
    int64_t began_ms;
} optimize;

/* Tags of files that were ordered together, as the platform writes them. */
#define TAG_CUBE "ZCUBE_ID"
#define TAG_ORDER "ZCUBE_ZORDER_BY"

/* plan.c */
CX_CHECKED cx_code opt_plan(cx *c, optimize *o);
CX_CHECKED cx_code opt_matching(cx *c, optimize *o, json **out); /* WHERE: indices; NULL = all */

/* zorder.c */
CX_CHECKED cx_code opt_check_columns(cx *c, const optimize *o);
CX_CHECKED cx_code opt_order(cx *c, const optimize *o, char **out);

/* report.c */
CX_CHECKED cx_code opt_report(cx *c, const optimize *o);
CX_CHECKED cx_code opt_history(cx *c, const optimize *o, json **out_parameters, json **out_metrics);
