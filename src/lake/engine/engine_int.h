/* Shared inside engine/.
 *
 * A `run` is one statement in flight: it borrows everything from engine_run's caller, and owns the
 * DuckDB connection that it opens when (and only when) the statement needs one. */
#pragma once

#include "delta/delta.h"
#include "lake/engine/engine.h"
#include "sql/dialect.h"
#include "sql/parse.h"

#include <pthread.h>

enum { ENG_MOST_MACROS = 256 };

/* `lock` guards db, which is opened once, and macros. */
struct engine {
    meta *meta; /* borrowed */
    char *root; /* owned */
    pthread_mutex_t lock;
    duck_db *db;                  /* owned; NULL until the first query */
    delta_parquet parquet;        /* checkpoints through db */
    bool macros[ENG_MOST_MACROS]; /* made already */
};
CX_CHECKED cx_code eng_connect(cx *c, engine *e, duck_conn **out);
delta_parquet eng_parquet(engine *e);

/* A relation that this statement made in its connection, and what the user called it. */
typedef struct eng_relation {
    const char *key;      /* what it stands for, with version: one relation for each */
    const char *relation; /* DuckDB's name, "__clxs_3" */
    const char *shown;    /* the user's: "main.s.t" */
    bool read;            /* a reference was resolved to it after it was made */
    struct eng_relation *next;
} eng_relation;

typedef struct {
    engine *e;
    const engine_statement *s;
    const engine_sink *sink;
    const char *catalog, *schema; /* what unqualified names mean now */
    const char *principal;        /* whose privileges count; NULL = a view's owner, not asked */
    duck_conn *conn;              /* owned by engine_run; see eng_conn */
    eng_relation *relations;
    int relation_count;
    int depth;                  /* of view expansion */
    const char *const *viewing; /* full names of the views being expanded, `depth` of them */
    json *histories;            /* rows of __clxs_history; owned */
    int64_t history_count, histories_ready;
    bool read_paths;      /* paths in this query were allowed already */
    const char *mark;     /* in the names of files that this statement writes; see note.c */
    const char *changing; /* folder of the table whose rows this statement changes; or NULL */
    bool reread;          /* a query of it read that table by another reference */
} run;

/* The statement's connection, opened now if need be. */
CX_CHECKED cx_code eng_conn(cx *c, run *r, duck_conn **out);
CX_CHECKED cx_code eng_exec(cx *c, run *r, buf *sql); /* runs and clears the buffer */

/* ---- names (names.c) ---- */
CX_CHECKED cx_code eng_name(cx *c, const run *r, const sql_name *n, meta_type t, meta_name *out);
char *eng_quoted(cx *c, meta_name n); /* `c`.`s`.`t` */
bool eng_is_information_schema(meta_name n);
CX_CHECKED cx_code eng_require(cx *c, const run *r, const char *privilege, meta_type t,
                               meta_name n);
/* Naming a folder in SQL is for those who may create external locations. */
CX_CHECKED cx_code eng_require_path(cx *c, const run *r);
cx_code eng_unsupported(cx *c, const char *fmt, ...) CX_PRINTF(2, 3);
/* TABLE, VIEW, SCHEMA … as the parser writes it. */
CX_CHECKED cx_code eng_type(cx *c, const char *object, meta_type *out);
CX_CHECKED cx_code eng_location(cx *c, const char *text, char **out); /* absolute, no trailing / */
bool eng_folder_empty(const char *folder);

/* ---- rows out (out.c) ---- */
CX_CHECKED cx_code eng_out_none(cx *c, run *r);
CX_CHECKED cx_code eng_out_columns(cx *c, run *r, const engine_column *columns, size_t n);
CX_CHECKED cx_code eng_out_row(cx *c, run *r, const char *const *values, size_t n);
CX_CHECKED cx_code eng_out_numbers(cx *c, run *r, const char *const *names, const int64_t *values,
                                   size_t n); /* one row of BIGINT */

/* ---- a table in hand (table.c) ---- */
typedef struct {
    meta_object object;
    delta_table *table;
    delta_snapshot *snapshot;
    const char *shown; /* full name or path, for messages */
} eng_table;
void eng_table_clear(eng_table *t);
/* A Delta table by name or path, pinned. privilege NULL = none asked. */
CX_CHECKED cx_code eng_table_load(cx *c, run *r, const sql_name *n, const char *privilege,
                                  const sql_travel *travel, eng_table *out);
CX_CHECKED cx_code eng_travel(cx *c, run *r, const sql_travel *travel, delta_at *out);
CX_CHECKED cx_code eng_load_object(cx *c, run *r, const sql_name *n, const char *privilege,
                                   meta_object *out);
/* The columns of the metastore's row for a Delta schema. */
json *eng_columns_of(cx *c, const json *schema, const char *const *partitions, size_t count);
json *eng_snapshot_columns(cx *c, const delta_snapshot *s);
json *eng_all_properties(const delta_snapshot *s); /* configuration, a new reference */
/* What the metastore's row of a table says of the log that it was copied from. */
json *eng_row_version(int64_t version);
/* VACUUM asks each row of this type, or rather its log, which files of other tables it needs. A row
 * gets the type when the log names such files, and keeps it: older versions may. */
bool eng_has_files_elsewhere(const delta_snapshot *s);
const char *eng_shallow_type(const char *table_type);
/* Brings the rows of the tables at a location up to the log. */
CX_CHECKED cx_code eng_refresh_rows(cx *c, engine *e, const char *location);

/* ---- types (types.c) ---- */
/* Spark's JSON type as DuckDB text. `physical`: members of structs under their physical names. */
CX_CHECKED cx_code eng_duck_type(cx *c, const json *type, bool physical, buf *out);
const char *eng_physical_name(const json *field);
bool eng_renames(const json *type); /* a struct in it has members with other physical names */
/* An expression that gives `expression` (a value with one naming) the other naming. */
CX_CHECKED cx_code eng_rename_expression(cx *c, const json *type, const char *expression,
                                         bool to_logical, buf *out);
const char *eng_type_name(cx *c, const char *type_text);  /* "decimal(10,2)" → "DECIMAL" */
const char *eng_type_upper(cx *c, const char *type_text); /* "struct<a:int>" → "STRUCT<a: INT>" */

/* A file's path as a literal in a list for read_parquet. */
void eng_add_file_literal(cx *c, buf *b, const char *path);

/* ---- scans (scan.c) ---- */
/* Columns that say where a row came from, for copy-on-write. */
#define ENG_FILE "__clxs_file"
#define ENG_ROW "__clxs_row"
/* … and, with places, of tables that have row tracking: who it is (NULL = not known). */
#define ENG_ROW_ID "__clxs_row_id"
#define ENG_ROW_VERSION "__clxs_row_version"
bool eng_scan_has_row_ids(const delta_snapshot *s);
CX_CHECKED cx_code eng_scan_view(cx *c, run *r, const delta_snapshot *s, const char *relation,
                                 bool places);
/* Some of the files, with places. */
CX_CHECKED cx_code eng_scan_files(cx *c, run *r, const delta_snapshot *s, const char *relation,
                                  const size_t *files, size_t n);
/* A row a file: ENG_FILE, and the columns that the table is partitioned by. */
CX_CHECKED cx_code eng_scan_partitions(cx *c, run *r, const delta_snapshot *s,
                                       const char *relation);
CX_CHECKED cx_code eng_parquet_folder_view(cx *c, run *r, const meta_object *o,
                                           const char *relation);
CX_CHECKED cx_code eng_parquet_select(cx *c, const char *folder, char **out);

/* ---- queries (query.c) ---- */
/* Databricks text → DuckDB text with every reference resolved; relations made on the connection. */
CX_CHECKED cx_code eng_prepare(cx *c, run *r, const char *text, char **out);
CX_CHECKED cx_code eng_relation_new(cx *c, run *r, const char *key, const char *shown,
                                    const char **out);
/* Runs DuckDB text that came from eng_prepare and sends its rows to the sink. */
CX_CHECKED cx_code eng_stream(cx *c, run *r, const char *sql);
CX_CHECKED cx_code eng_run_duck(cx *c, run *r, const char *sql, duck_result **out);
/* Names and Databricks types of a query's columns: [[name, type], …]. */
CX_CHECKED cx_code eng_describe_query(cx *c, run *r, const char *sql, json **out);
/* An expression over the columns of `relation`, translated; subqueries resolved. */
CX_CHECKED cx_code eng_expression(cx *c, run *r, const char *text, char **out);
CX_CHECKED cx_code eng_functions(cx *c, run *r, const char *text, char **out);
/* The macro that stands for a function of the workspace. */
CX_CHECKED cx_code eng_function_macro(cx *c, run *r, meta_name n, const char **out);
/* Masks and row filters (policies.c): `relation` is the scan `base` seen through them. */
CX_CHECKED cx_code eng_has_policies(cx *c, run *r, const meta_object *o, bool *out);
CX_CHECKED cx_code eng_policies(cx *c, run *r, const meta_object *o, const delta_snapshot *snapshot,
                                const char *base, const char *relation);
/* Forms that depend on types (typed.c); *sql is replaced. Makes the macros that it names too. */
CX_CHECKED cx_code eng_typed(cx *c, run *r, char **sql);
CX_CHECKED cx_code eng_macros(cx *c, run *r, const char *sql);
CX_CHECKED cx_code eng_guard_tree(cx *c, run *r, const json *tree);
/* DuckDB's tree of a text, locations zeroed. */
CX_CHECKED cx_code eng_tree(cx *c, run *r, const char *sql, json **out);
CX_CHECKED cx_code eng_guard(cx *c, run *r, const char *sql);
CX_CHECKED cx_code eng_information_schema(cx *c, run *r, const char *catalog, const char *view,
                                          const char *relation);
/* ---- history (history.c) ---- */
CX_CHECKED cx_code eng_describe_history(cx *c, run *r, const sql_statement *q);
CX_CHECKED cx_code eng_history_ref(cx *c, run *r, const sql_table_ref *ref, buf *out);
CX_CHECKED cx_code eng_histories_ready(cx *c, run *r);

/* ---- a write in flight (note.c) ---- */
typedef struct {
    int64_t id, since_ms;
} eng_note;
CX_CHECKED cx_code eng_note_begin(cx *c, run *r, const char *location, eng_note *out);
/* Returns `code`, cleaned up after if it is a failure. */
CX_CHECKED cx_code eng_note_end(cx *c, run *r, delta_table *t, const eng_note *note, cx_code code);
/* Removes the write's files that the latest version does not name. */
CX_CHECKED cx_code eng_note_sweep(cx *c, delta_table *t, const eng_note *note);

/* ---- commands ---- */
CX_CHECKED cx_code eng_query(cx *c, run *r, const sql_statement *q);
CX_CHECKED cx_code eng_create_container(cx *c, run *r, const sql_statement *q);
CX_CHECKED cx_code eng_create_table(cx *c, run *r, const sql_statement *q);
CX_CHECKED cx_code eng_create_view(cx *c, run *r, const sql_statement *q);
CX_CHECKED cx_code eng_create_function(cx *c, run *r, const sql_statement *q);
CX_CHECKED cx_code eng_create_volume(cx *c, run *r, const sql_statement *q);
CX_CHECKED cx_code eng_clone(cx *c, run *r, const sql_statement *q);
CX_CHECKED cx_code eng_drop(cx *c, run *r, const sql_statement *q);
CX_CHECKED cx_code eng_insert(cx *c, run *r, const sql_statement *q);
CX_CHECKED cx_code eng_delete(cx *c, run *r, const sql_statement *q); /* and TRUNCATE */
CX_CHECKED cx_code eng_update(cx *c, run *r, const sql_statement *q);
CX_CHECKED cx_code eng_merge(cx *c, run *r, const sql_statement *q);
CX_CHECKED cx_code eng_grant(cx *c, run *r, const sql_statement *q);
CX_CHECKED cx_code eng_show_grants(cx *c, run *r, const sql_statement *q);
CX_CHECKED cx_code eng_show(cx *c, run *r, const sql_statement *q);
CX_CHECKED cx_code eng_show_create(cx *c, run *r, const sql_statement *q);
CX_CHECKED cx_code eng_describe(cx *c, run *r, const sql_statement *q);
CX_CHECKED cx_code eng_comment(cx *c, run *r, const sql_statement *q);
CX_CHECKED cx_code eng_alter(cx *c, run *r, const sql_statement *q);
CX_CHECKED cx_code eng_comment_table(cx *c, run *r, const sql_statement *q); /* a Delta table */
CX_CHECKED cx_code eng_comment_column(cx *c, run *r, const sql_name *table, const char *column,
                                      const char *comment);
CX_CHECKED cx_code eng_use(cx *c, run *r, const sql_statement *q);
CX_CHECKED cx_code eng_restore(cx *c, run *r, const sql_statement *q);
CX_CHECKED cx_code eng_vacuum(cx *c, run *r, const sql_statement *q);
CX_CHECKED cx_code eng_optimize(cx *c, run *r, const sql_statement *q);
CX_CHECKED cx_code eng_convert(cx *c, run *r, const sql_statement *q);
/* table_changes(…) in FROM position, as a relation. */
CX_CHECKED cx_code eng_changes_relation(cx *c, run *r, const sql_table_ref *ref, const char **out);
/* meta_list, less what the principal may not know of (visible.c). */
CX_CHECKED cx_code eng_list(cx *c, run *r, meta_type t, const char *catalog, const char *schema,
                            bool with_columns, meta_object **out, size_t *out_n);
void eng_list_clear(meta_object *all, size_t n);
