/* Rows of a query as files of a table: the one way in which the engine writes Parquet.
 *
 * Who changes a table (INSERT, DELETE, UPDATE, MERGE, CTAS, OPTIMIZE …) says with `eng_rows` what
 * rows there are; this side gives columns their physical names and field ids, keeps the table's
 * rules (NOT NULL, CHECK, invariants, generated columns), writes one file a partition and size, and
 * appends the actions. Files are synced; nothing names them before the caller commits. */
#pragma once

#include "lake/engine/engine_int.h"

typedef struct {
    const char *location;
    const json *schema; /* of the table, physical names in its metadata */
    const char *const *partitions;
    size_t partition_count;
    const json *configuration; /* the table's properties; NULL = none */
    bool clustered;            /* CLUSTER BY: its files say who clusters them */
} eng_shape;
/* Lends what the snapshot has. */
void eng_shape_of(cx *c, const delta_snapshot *s, const char *location, eng_shape *out);
typedef struct {
    const char
        *select;     /* DuckDB text; its columns are the schema's, in order, cast to their types */
    bool row_ids;    /* two BIGINT columns follow: row id, row commit version (NULL = fresh) */
    bool changes;    /* a VARCHAR column follows: _change_type; the files are change files */
    bool rearranged; /* the same rows as before (OPTIMIZE): dataChange is false, the rules are not
                        asked again */
    const char *order_by; /* DuckDB text over the schema's columns; NULL = as they come */
    const bool *compute;  /* one a column: the value that `select` gives is dropped and the column's
                             generation expression taken; NULL = none. Generated columns that are
                             not computed are checked. */
    const char *within;   /* Databricks text: a row that does not meet it fails the statement with
                             DELTA_REPLACE_WHERE_MISMATCH; NULL = any row will do */
} eng_rows;

typedef struct {
    int64_t rows, files, bytes;
} eng_written;
CX_CHECKED cx_code eng_write(cx *c, run *r, const eng_shape *shape, const eng_rows *rows,
                             json *actions, eng_written *out);
/* The column's generation expression, NULL when it has none. */
const char *eng_generation(const json *field);
/* DuckDB text of what a column gets that a statement does not give: its default, the next number of
 * an identity column, else NULL (generated columns: say eng_rows.compute). Runs once a row. */
CX_CHECKED cx_code eng_fresh(cx *c, run *r, const eng_shape *s, size_t i, buf *out);
bool eng_is_identity(const json *field);
/* After the rows were written: if identity columns took numbers, the metaData action (one that is
 * among the actions already, or a new one) gets the new high-water marks. On a CX_CONFLICT of the
 * commit the statement must begin again from a fresh snapshot. */
CX_CHECKED cx_code eng_identity_actions(cx *c, run *r, const delta_snapshot *s, json *actions);
/* So it does here: runs the statement's attempts until one neither fails nor says `again`. */
typedef cx_code (*eng_attempt)(cx *c, void *self, bool *again);
CX_CHECKED cx_code eng_attempts(cx *c, run *r, eng_attempt attempt, void *self);
bool eng_has_identity(const delta_snapshot *s);
/* WITH SCHEMA EVOLUTION. The table's schema with the columns of `described` ([[name, type]…]) that
 * it has not; *out stays NULL when it has all. And the actions of it; the shape becomes that of the
 * new table, whose schema and configuration the actions own. */
CX_CHECKED cx_code eng_evolve_schema(cx *c, const delta_snapshot *s, const json *described,
                                     json **out);
CX_CHECKED cx_code eng_evolve_actions(cx *c, const delta_snapshot *s, json *schema,
                                      eng_shape *shape, json *actions);
/* DuckDB text that assigns `value` of a Databricks type ("BIGINT"; NULL = not known) to a column,
 * as ANSI store assignment has it: fractions are cut, what does not fit fails and names the column.
 */
CX_CHECKED cx_code eng_assign(cx *c, const json *field, const char *value, const char *from,
                              buf *out);
json *eng_write_metrics(const eng_written *w);
CX_CHECKED cx_code eng_stats(cx *c, const eng_shape *shape, const char *column_statistics,
                             int64_t rows, char **out);
/* How large a file should become: delta.targetFileSize, or our default. */
int64_t eng_target_bytes(const eng_shape *s);
/* A remove for the i-th live file. */
CX_CHECKED cx_code eng_remove_actions(cx *c, const delta_snapshot *s, size_t i, json *actions);
