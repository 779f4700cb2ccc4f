/* DELETE, UPDATE, MERGE: rows of a table that change in place.
 *
 * One mechanism. First the touched rows are found, with their places (which file, which row) and
 * what becomes of them, and stand in a temporary table of DuckDB, which spills: expressions are
 * evaluated once. Then actions are made of it: deletion vectors and files of the new images where
 * the table wants deletion vectors, else the touched files again without the old rows and with the
 * new; and change files where the feed is on.
 *
 * The statement's own expressions run as one query of Databricks SQL, FROM the table's name with a
 * version that nobody else writes ("VERSION AS OF '__clxs_target'"): so names, aliases, sub-queries
 * and types mean what they mean in any query, and that reference alone has the columns ENG_FILE and
 * ENG_ROW. Every other reference to the table sees the same pinned version without them. */
#pragma once

#include "lake/engine/rows/rows.h"

/* What was done, as the history tells it. */
typedef struct {
    int64_t deleted, updated, inserted, copied; /* rows */
    int64_t added_files, removed_files, change_files;
    int64_t added_bytes, removed_bytes;
    int64_t vectors_added, vectors_removed, vectors_updated;
    int64_t scan_ms, rewrite_ms;
} eng_dml_done;

/* Appends the actions that delete the rows of t for which `where` (Databricks text; NULL = all)
 * holds, without committing: for INSERT … REPLACE WHERE. Wants eng_note_begin before. Nothing
 * matched: no action. With out->change_files > 0 the commit has change files, which then must tell
 * of the rows that the caller inserts too (eng_rows.changes, 'insert'). */
CX_CHECKED cx_code eng_delete_matching(cx *c, run *r, eng_table *t, const char *where,
                                       json *actions, eng_dml_done *out);

/* ---- inside the three commands ---------------------------------------------------------- */

/* What becomes of a touched row. */
enum { DML_DELETE = 1, DML_UPDATE, DML_INSERT };
#define DML_TARGET "'__clxs_target'"

/* A file with touched rows. */
typedef struct {
    size_t file;
    int64_t touched, records, live; /* rows; records: deleted ones included */
} dml_file;

typedef struct {
    run *r;
    eng_table *t;
    const char *alias; /* as written, or the table's name */
    eng_shape shape;
    const json *fields;
    size_t count;
    size_t there;          /* columns that the files may have; those behind come with this commit */
    const char *target;    /* Databricks text of the reference that has places */
    const char *places;    /* DuckDB's relation that it stands for */
    const char *plain;     /* … that other references to the table stand for */
    const char *touched;   /* DuckDB's table of what was found: see dml_touched */
    bool vectors, feed;    /* the table's properties */
    bool row_ids;          /* rows have ids that must be kept */
    bool images;           /* touched has new images */
    const char *condition; /* of the rows that were looked at (reads.c); NULL = all were */
    const char *looked_at; /* DuckDB's table with the files of these as __clxs_f; NULL = files */
    const char *elsewhere; /* relation of one file, for dml_reads; NULL = not made yet */
    const char **fresh;    /* what columns get that are not given, once asked (eng_fresh) */
    const bool *compute;   /* generated columns that follow the others; or NULL */
    const dml_file *files; /* touched, in order; arena */
    size_t file_count;
    int64_t counts[4][3]; /* touched rows, by what becomes of them and why */
    eng_dml_done done;
    int64_t began_ms;
} eng_dml;

/* Refuses tables that cannot be changed; makes the relations. */
CX_CHECKED cx_code dml_begin(cx *c, eng_dml *d, run *r, eng_table *t, const char *alias);
/* The target under another relation and version ("'x'", a literal). */
const char *dml_reference(cx *c, const eng_dml *d, const char *version);
CX_CHECKED cx_code dml_relation(cx *c, eng_dml *d, const char *version, const char **out);
/* Databricks text → guarded DuckDB text. */
CX_CHECKED cx_code dml_prepare(cx *c, const eng_dml *d, const char *text, char **out);
/* Appends ", `alias`.`x` AS `__clxs_o0` …" of all columns, of the row id too. (DuckDB takes a name
 * that is no column for another column's alias: so ours are such as no user has.) */
void dml_add_old(const eng_dml *d, buf *text);
/* Makes the table of touched rows, empty: f, w (place), a (DML_…), why (the clause's kind), id and
 * version where rows have ids, n0 … where there are images, o0 … where the feed is on. */
CX_CHECKED cx_code dml_touched(cx *c, eng_dml *d);
/* Appends what was found to `touched`. `from`: DuckDB text that gives __clxs_f, _w, _id, _o0 …,
 * once a row; images: DuckDB expressions over it, NULL for DML_DELETE. */
CX_CHECKED cx_code dml_note(cx *c, eng_dml *d, int action, sql_when_kind why,
                            const char *const *images, const char *from);

/* ---- assignments (assign.c) ---- */

/* The expressions of one clause: SET a = 1, s.b = x or INSERT's columns with their values. */
typedef struct {
    const sql_pair *sets;
    size_t count;
    const char *prefix; /* of the columns that carry the values: "__clxs_v0_" */
    bool fresh;         /* of a new row: INSERT */
} dml_sets;
/* Each column is there, is set once, may be set. DEFAULT of a column that makes its own values is
 * taken out. */
CX_CHECKED cx_code dml_check_sets(cx *c, const eng_dml *d, dml_sets *s);
/* Finds the generated columns that none of the clauses sets: they follow the others. */
void dml_compute(cx *c, eng_dml *d, const dml_sets *clauses, size_t n);
/* Appends ", CASE WHEN <when> THEN <value> END AS `__clxs_v0_0`" …; when NULL = no CASE. */
CX_CHECKED cx_code dml_add_values(cx *c, const eng_dml *d, const dml_sets *s, const char *when,
                                  buf *text);
/* DuckDB expressions of the new images: the values, else the old column or, for fresh rows,
 * the default. `described`: the types of the values, as eng_describe_query gives them. */
CX_CHECKED cx_code dml_images(cx *c, eng_dml *d, const dml_sets *s, const json *described,
                              const char *const **out);

/* ---- actions (apply.c, vectors.c) ---- */

/* Appends the actions of the touched rows; fills counts and done. */
CX_CHECKED cx_code dml_apply(cx *c, eng_dml *d, json *actions);
/* The same for a table all of whose rows go. */
bool dml_wants_rows(const eng_dml *d); /* the feed must tell them one by one */
CX_CHECKED cx_code dml_apply_all(cx *c, eng_dml *d, json *actions);
/* DELETE of what a condition on partition columns alone takes: the files, and their removal.
 * *out_found is false when rows must be looked at (partitions.c). */
CX_CHECKED cx_code dml_find_files(cx *c, eng_dml *d, const char *where, bool *out_found);
CX_CHECKED cx_code dml_apply_files(cx *c, eng_dml *d, json *actions);
/* The touched files by deletion vectors. */
CX_CHECKED cx_code dml_apply_vectors(cx *c, eng_dml *d, json *actions);
CX_CHECKED cx_code dml_remove_file(cx *c, eng_dml *d, size_t file, json *actions);
/* Rows in a file, deleted ones included. May ask DuckDB: not while rows of a result come. */
CX_CHECKED cx_code dml_records(cx *c, const eng_dml *d, const delta_file *f, int64_t *out);
CX_CHECKED cx_code dml_add_null(cx *c, const json *field, buf *sql); /* of its type */
/* Runs a DuckDB text and clears it. */
CX_CHECKED cx_code dml_exec(cx *c, const eng_dml *d, buf *sql);
/* Calls row for each row of a DuckDB text. */
CX_CHECKED cx_code dml_each(cx *c, const eng_dml *d, const char *sql, duck_row row, void *self);
/* A condition of operators alone: it calls no function and asks no other query. */
CX_CHECKED cx_code dml_is_plain(cx *c, const char *where, bool *out);

/* ---- what was read (reads.c) ---- */

/* To be said when all texts of the statement were prepared: but for what these asked besides, it
 * looked, one by one, at rows of the target that meet `condition` (NULL = at all). */
void dml_read_narrowly(eng_dml *d, const char *condition);
/* For delta_commit.reads; *out stays NULL for the whole table. */
CX_CHECKED cx_code dml_reads(cx *c, eng_dml *d, delta_reads *reads, const delta_reads **out);

/* Notes the write, makes the actions, commits them if there are any. */
typedef struct {
    const char *operation;
    json *parameters; /* lent */
    cx_code (*actions)(cx *c, eng_dml *d, json *actions);
    json *(*metrics)(cx *c, const eng_dml *d);
} dml_commit;
CX_CHECKED cx_code dml_write(cx *c, eng_dml *d, const dml_commit *how);

/* ---- what the history says (told.c) ---- */

void dml_metric(json *metrics, const char *name, int64_t value);
/* Those that DELETE and UPDATE share. */
json *dml_change_metrics(cx *c, const eng_dml *d, const char *rows_name, int64_t rows);
json *dml_merge_metrics(cx *c, const eng_dml *d);
/* {"predicate": "[\"…\"]"}; NULL = an empty list. */
json *dml_predicate(const char *text);
json *dml_merge_parameters(const sql_merge *m);

/* ---- MERGE (merge.c and merge_*.c) ---- */

typedef struct {
    eng_dml d;
    const sql_merge *m;
    const char *source;      /* Databricks text of the reference to the source's rows */
    const char *source_rows; /* DuckDB's table of them, with DML_SOURCE_ROW */
    const char *source_name; /* how references to it begin: a table's name */
    const char *source_alias;
    json *source_columns; /* [[name, type]…], in order; owned */
    json *evolved;        /* the schema with what the source has more; owned; NULL = as it was */
    int64_t source_count;
    dml_sets *sets;    /* of each WHEN, stars expanded */
    const char *pairs; /* DuckDB's table of what matched: place, source row, clause … */
    bool has[3];       /* WHENs of each kind */
} dml_merging;
#define DML_SOURCE_ROW "__clxs_source_row"

/* Evaluates the source, once. */
CX_CHECKED cx_code dml_merge_source(cx *c, dml_merging *k);
/* Another relation under the source's name: the reference's text. */
CX_CHECKED cx_code dml_merge_source_as(cx *c, dml_merging *k, const char *version,
                                       const char **out_relation, const char **out_reference);
/* WITH SCHEMA EVOLUTION: what stars and assignments name and only the source has. */
CX_CHECKED cx_code dml_merge_evolve(cx *c, dml_merging *k);
/* What each WHEN sets, by star or by name; checked. */
CX_CHECKED cx_code dml_merge_sets(cx *c, dml_merging *k);
/* Refuses two source rows for one target row. */
CX_CHECKED cx_code dml_merge_check(cx *c, const dml_merging *k);
