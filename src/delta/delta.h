/* The Delta table format: log, snapshot, history, commit, clone.
 *
 * The whole face of the module. A `delta_table` is a place (a store); a `delta_snapshot` is one
 * immutable version of it in memory. Neither knows SQL or DuckDB: Parquet checkpoints are read
 * through `delta_parquet`, which the caller provides. Threads: a snapshot may be read by several
 * threads; a delta_table handle belongs to one.
 *
 * Errors name table, version and file. A table with a feature that we do not read or write fails
 * with CX_UNSUPPORTED, condition DELTA_UNSUPPORTED_FEATURES_FOR_READ / _FOR_WRITE, and the names.
 * spec: delta "Actions", "Delta Log Entries", "Action Reconciliation" */
#pragma once

#include "base/json.h"
#include "store/store.h"

/* Parquet checkpoints and sidecars cross this line in two forms. When writing, and for all but adds
 * when reading: one JSON object a row, e.g.
 *
 *   {"add":{"path":"a=1/x.parquet","partitionValues":{"a":"1","b":null},"size":3,
 *           "modificationTime":1700000000000,"dataChange":false,"stats":"{\"numRecords\":1}",
 *           "tags":{"k":"v"},"deletionVector":{"storageType":"u","pathOrInlineDv":"…","offset":1,
 *           "sizeInBytes":34,"cardinality":2}}}
 *
 * When reading: members may be missing or null at every level (so DuckDB's to_json of the row will
 * do); unknown members are skipped; order and white space do not matter; maps (partitionValues,
 * tags, configuration, options) may be objects or arrays of {"key":…,"value":…}; longs may be
 * numbers or strings of digits; stats_parsed is used where stats is missing. Columns wanted:
 * protocol, metaData, add, remove, txn, domainMetadata, checkpointMetadata, sidecar; a file may
 * lack any of them. When writing: one such object to a line, exactly one member each, NULL members
 * left out, maps as objects, numbers of many digits as text; the file gets the column schema of
 * spec: delta "Checkpoints". */
typedef cx_code (*delta_row)(cx *c, void *self, str action_json);

/* A checkpoint can have a million adds, so a reader may hand them over as they lie in the columns:
 * a str without data and DELTA_NO_LONG are NULL. Lent for the call. */
#define DELTA_NO_LONG INT64_MIN
typedef struct {
    str key, value;
} delta_pair;
typedef struct {
    const delta_pair *pairs;
    size_t count;
    bool there;
} delta_map;
typedef struct {
    str path, stats, clustering_provider;
    delta_map partition_values, tags;
    int64_t size_bytes, mtime_ms, base_row_id, default_row_commit_version;
    bool data_change;
    str dv_type, dv_path; /* the deletion vector; no type is none */
    int64_t dv_offset, dv_size, dv_cardinality;
} delta_add_row;
/* Who takes the rows of a file. */
typedef struct {
    delta_row row;
    /* Takes adds; NULL = row takes them too, as it does where the columns are of unusual types. */
    cx_code (*add)(cx *c, void *self, const delta_add_row *add);
    bool adds, removes, others; /* false: those may be left out */
    /* Of `slices` > 1 parts of the file, the adds of one, in the file's order; the parts together
     * are the whole. A reader may give all of them with slice 0. */
    int slice, slices;
    void *self;
} delta_sink;

/* What kind of file rows are written to: its columns follow from that.
 * spec: delta "Checkpoint Schema", "V2 Spec", "Sidecar Files" */
typedef enum {
    DELTA_CLASSIC, /* every action */
    DELTA_V2,      /* … and checkpointMetadata, and sidecar */
    DELTA_SIDECAR  /* add and remove alone */
} delta_rows_kind;
typedef struct {
    delta_rows_kind kind;
    const json *stats;            /* type of add.stats_parsed (a struct, names are physical) */
    const json *partition_values; /* … and of add.partitionValues_parsed; NULL = no such member */
} delta_rows_shape;
typedef struct delta_parquet {
    /* Hands each row of the file to the sink on the caller's thread, adds in the file's order; ends
     * with the sink's code when that fails. CX_CORRUPT or CX_IO when the file cannot be read. */
    cx_code (*read)(cx *c, void *self, const char *absolute_path, const delta_sink *to);
    /* Writes action rows (JSON lines) as a Parquet file at a path that does not exist yet. Syncing
     * and publishing it under its real name are the caller's affair. */
    cx_code (*write)(cx *c, void *self, const char *absolute_path, str json_lines,
                     const delta_rows_shape *shape);
    void *self;
} delta_parquet;

typedef struct delta_table delta_table;
/* root: absolute folder of the table. `parquet` is borrowed, may be NULL (checkpoints then fail).
 */
CX_CHECKED cx_code delta_open(cx *c, const char *root, const delta_parquet *parquet,
                              delta_table **out);
/* Over any store (tests). */
CX_CHECKED cx_code delta_open_store(cx *c, store *take_store, const delta_parquet *parquet,
                                    delta_table **out);
void delta_table_free(delta_table *t);
AUTO_TYPE(delta_table);
bool delta_is_table(cx *c, const char *root); /* has a _delta_log with a commit or checkpoint */
const char *delta_root(const delta_table *t);
/* The mark of who writes through this handle: the last twelve digits of this UUID become those of
 * the name of each deletion vector's file, so that what a killed writer left can be told from what
 * others are writing (delta_remove_unreferenced). NULL = none. */
void delta_mark(delta_table *t, const char *uuid);

typedef struct {
    const char *storage_type; /* "u", "i", "p" */
    const char *path_or_inline;
    int64_t offset; /* -1 = absent */
    int64_t size_bytes, cardinality;
} delta_dv;

/* A live file. Strings belong to the snapshot. Only what every reader needs is taken apart when the
 * log is replayed; the rest stays text until somebody asks, since a log can name a million files.
 */
typedef struct {
    const char *path; /* as in the log: encoded, relative or absolute URI */
    int64_t size_bytes, mtime_ms;
    const delta_dv *dv; /* NULL = none */
    str raw;            /* the add action, as JSON or packed: for delta/ alone */
} delta_file;

/* numRecords of the file's statistics (rows in the file, deleted ones included); -1 = unknown. */
int64_t delta_file_records(const delta_file *f);
/* Parsed afresh; the caller drops the reference. Partition values: an object, string or null each
 * ("" and null both mean NULL), keys are physical names. Stats: NULL when the file has none. */
CX_CHECKED cx_code delta_file_partition_values(cx *c, const delta_file *f, json **out);
CX_CHECKED cx_code delta_file_stats(cx *c, const delta_file *f, json **out);
CX_CHECKED cx_code delta_file_add(cx *c, const delta_file *f, json **out); /* the whole action */

typedef struct {
    int min_reader, min_writer;
    const char *const *reader_features; /* NULL-terminated, never NULL */
    const char *const *writer_features;
} delta_protocol;

typedef struct delta_snapshot delta_snapshot;
typedef struct {
    int64_t version;      /* -1 = latest unless timestamp_us >= 0 */
    int64_t timestamp_us; /* newest version committed at or before; -1 = not asked */
} delta_at;
#define DELTA_LATEST ((delta_at){-1, -1})

/* NOT_FOUND with condition DELTA_MISSING_DELTA_TABLE when there is no log; DELTA_VERSION_NOT_FOUND,
 * DELTA_TIMESTAMP_… as the protocol sheet §22 names them; CORRUPT with the file otherwise. */
CX_CHECKED cx_code delta_snapshot_load(cx *c, delta_table *t, delta_at at, delta_snapshot **out);
void delta_snapshot_free(delta_snapshot *s);
AUTO_TYPE(delta_snapshot);

int64_t delta_version(const delta_snapshot *s);
int64_t delta_timestamp_ms(const delta_snapshot *s); /* of this version's commit */
const delta_protocol *delta_protocol_of(const delta_snapshot *s);
const json *delta_metadata(const delta_snapshot *s); /* the metaData action: id, schemaString, … */
const json *delta_schema(const delta_snapshot *s);   /* schemaString parsed */
const char *delta_table_id(const delta_snapshot *s);
const char *delta_property(const delta_snapshot *s,
                           const char *key); /* configuration; NULL = unset */
size_t delta_partition_count(const delta_snapshot *s);
const char *delta_partition_name(const delta_snapshot *s, size_t i); /* logical name */
size_t delta_file_count(const delta_snapshot *s);
const delta_file *delta_file_at(const delta_snapshot *s, size_t i);
int64_t delta_size_bytes(const delta_snapshot *s);
const json *delta_domains(const delta_snapshot *s); /* array of live domainMetadata actions */
/* The last version that an application noted with `app_id` in a commit; -1 = none, or expired
 * (delta.setTransactionRetentionDuration). spec: delta "Transaction Identifiers" */
int64_t delta_txn_version(cx *c, const delta_snapshot *s, const char *app_id);
/* Absolute, decoded filesystem path of a file's data; arena. */
CX_CHECKED cx_code delta_file_path(cx *c, const delta_snapshot *s, const delta_file *f, char **out);
/* Row positions that the file's deletion vector deletes, ascending; heap, free(); n = 0 when none.
 */
CX_CHECKED cx_code delta_dv_rows(cx *c, const delta_snapshot *s, const delta_file *f,
                                 uint64_t **out, size_t *out_n);

/* ---- history -------------------------------------------------------------- */

typedef struct {
    int64_t version, timestamp_ms;
    const json *commit_info; /* NULL when the commit has none; arena-held copy in the history */
} delta_history_row;
/* Newest first; limit 0 = all. Rows live in c's arena (the json values until cx_clear: they are
 * registered with *out_holder, which the caller drops with json_decref). */
CX_CHECKED cx_code delta_history(cx *c, delta_table *t, int64_t limit, delta_history_row **out,
                                 size_t *out_n, json **out_holder);

/* ---- changes --------------------------------------------------------------- */

typedef enum {
    DELTA_INSERTED,
    DELTA_DELETED,
    DELTA_CHANGE_FILE /* rows say themselves what they are: column _change_type */
} delta_change_kind;

/* Rows of one file that a version inserted or deleted. Lent for the call. */
typedef struct {
    delta_change_kind kind;
    int64_t version, timestamp_ms;
    const char *path;             /* absolute, decoded */
    const json *partition_values; /* as delta_file_partition_values */
    bool only;                    /* only `rows` changed; else all rows but those */
    const uint64_t *rows;         /* positions in the file, rising; may be past its end */
    size_t row_count;
} delta_change;
typedef cx_code (*delta_change_visit)(cx *c, void *self, const delta_change *change);
/* Tells the changes of versions from … to (-1, or past the end: the latest), oldest first. Rows are
 * to be read with the schema of the last version; columns that a file lacks are NULL. Refusals, all
 * before the first change is told: DELTA_INVALID_CDC_RANGE, DELTA_CDC_START_VERSION_AFTER_LATEST,
 * DELTA_VERSION_NOT_FOUND, DELTA_MISSING_CHANGE_DATA, DELTA_CHANGE_DATA_FEED_INCOMPATIBLE_…,
 * DELTA_BLOCK_COLUMN_MAPPING_AND_CDC_OPERATION. */
CX_CHECKED cx_code delta_changes(cx *c, delta_table *t, int64_t from, int64_t to,
                                 delta_change_visit visit, void *self);

/* ---- writing --------------------------------------------------------------- */

/* What a writer read, where that was less than the whole table. A winner that removed other files,
 * or took rows from them by a deletion vector, does not disturb it. Who read none and changes no
 * data (ALTER TABLE SET TBLPROPERTIES) is disturbed by no winner's files. */
typedef struct {
    const char *const *files; /* delta_file.path of each file whose rows were looked at */
    size_t count;
    /* Whether a row of a file with these partition values (as delta_file_partition_values) may be
     * such as was looked for; asked about files that winners added. NULL = any may. */
    cx_code (*may_match)(cx *c, void *self, const json *partition_values, bool *out);
    void *self;
} delta_reads;

/* One commit: actions in order. commitInfo is composed from the fields here and comes first.
 *
 * Row ids, in-commit times and the version that turned these on depend on the version that wins, so
 * callers leave them out: adds get baseRowId and defaultRowCommitVersion here, where the table has
 * row tracking (adds that carry them keep them), and so does the domain delta.rowTracking.
 * spec: delta "Row Tracking", "In-Commit Timestamps" */
typedef struct {
    const char *operation; /* "WRITE" */
    json *parameters;      /* object, owned by the caller */
    json *metrics;         /* object of strings or NULL */
    const char *user_name; /* may be NULL */
    int64_t read_version;  /* version that the writer read; -1 = table is new */
    bool blind_append;
    json *actions;  /* array of action objects ({"add":{…}}, …), owned by the caller */
    bool exclusive; /* any commit after read_version is a conflict */
    const delta_reads *reads;  /* NULL = the whole table was read, unless blind_append */
    const char *app_id;        /* an application's own transaction: so far its writes are in, */
    int64_t app_version;       /* see delta_txn_version; NULL = none */
    bool row_ids_kept;         /* rows that were copied or updated took their ids with them */
    const char *user_metadata; /* may be NULL */
} delta_commit;

/* The handle remembers the newest snapshot that it loaded; a handle that loaded none since
 * another's commit replays the log once here, to know the table's rules. Publishes by
 * create-if-absent; durable on return. A lost race re-reads and, if nothing the writer depends on
 * changed (spec: delta §8), tries the next version (bounded); else CX_CONFLICT with the platform's
 * condition (DELTA_CONCURRENT_APPEND, DELTA_METADATA_CHANGED, …), version and operation.
 */
CX_CHECKED cx_code delta_commit_write(cx *c, delta_table *t, const delta_commit *commit,
                                      int64_t *out_version);
/* Writes a checkpoint of the snapshot (classic or v2, as the table says) and _last_checkpoint.
 * spec: delta "Checkpoints", "Metadata Cleanup"
 * Commits do this by themselves each delta.checkpointInterval versions, and clean the log up after
 * it. */
CX_CHECKED cx_code delta_checkpoint_write(cx *c, delta_table *t, const delta_snapshot *s);

/* Refuses (CX_UNSUPPORTED) a table whose writer features we cannot keep. CHECK constraints, NOT
 * NULL, defaults and the physical names of column mapping are kept by who writes the rows. A clone
 * onto a table needs no such check: delta_clone makes its own. */
CX_CHECKED cx_code delta_check_writable(cx *c, const delta_snapshot *s);

/* Deletion vectors. spec: delta "Deletion Vectors". Writes one for each list of row positions
 * (rising, not empty) into one new file below the root, durable on return; out[i] describes rows[i]
 * (texts in the arena). Nothing names the file before the caller commits. A file's new vector must
 * have the rows of its old one too. */
typedef struct {
    const uint64_t *rows;
    size_t count;
} delta_rows;
CX_CHECKED cx_code delta_dv_write(cx *c, delta_table *t, const delta_rows *rows, size_t n,
                                  delta_dv *out);
json *delta_dv_json(const delta_dv *dv); /* as in an action; the caller drops it */
/* Appends the actions that give a live file another vector, or, with NULL, take the file away: the
 * remove of what it was, and the add with statistics that say that bounds are wide. `records`: rows
 * in the file, deleted ones included (delta_file_records, or as counted). */
CX_CHECKED cx_code delta_dv_actions(cx *c, const delta_file *f, const delta_dv *dv, int64_t records,
                                    json *actions);

/* RESTORE: the state of an older version as a new one. What became free to be vacuumed may be gone:
 * then nothing is done, and the error (DELTA_FILE_NOT_FOUND) names the files.
 * DELTA_CANNOT_RESTORE_TABLE_VERSION, _TIMESTAMP_EARLIER, _TIMESTAMP_GREATER as sheet §20 has them.
 * Numbers are those of the SQL result row. */
typedef struct {
    int64_t table_size_after_restore, num_of_files_after_restore, num_removed_files,
        num_restored_files, removed_files_size, restored_files_size;
    int64_t version; /* the new one */
} delta_restore_result;
CX_CHECKED cx_code delta_restore(cx *c, delta_table *t, delta_at at, const char *user_name,
                                 delta_restore_result *out);

/* VACUUM: removes files below the root that neither the latest version needs nor one that is
 * within the retention, and that are older than it. */
typedef struct {
    int64_t retention_ms; /* -1 = the table's delta.deletedFileRetentionDuration */
    bool unchecked;       /* a retention shorter than the table's is not refused
                             (DELTA_VACUUM_RETENTION_PERIOD_TOO_SHORT) */
    bool dry_run;
    bool record; /* VACUUM START and VACUUM END in the table's history */
    const char *user_name;
    const json *kept; /* keys: absolute paths that stay, since another table refers to them; NULL =
                         none */
    /* LITE: what the log says was removed, without a walk through the folder. Refused where the log
     * does not reach back far enough (DELTA_CANNOT_VACUUM_LITE). */
    bool lite;
} delta_vacuum_options;
typedef struct {
    int64_t file_count, size_bytes, folder_count;
    const char **paths; /* absolute, the first thousand; arena */
    size_t path_count;
    int64_t kept_count; /* files that would have gone but for `kept` */
} delta_vacuum_result;
CX_CHECKED cx_code delta_vacuum(cx *c, delta_table *t, const delta_vacuum_options *options,
                                delta_vacuum_result *out);

/* Puts the absolute paths of all files that a version of the log names (data, vectors, change
 * files; of removed ones, too) into `out`, as keys. No log is no names. */
CX_CHECKED cx_code delta_names(cx *c, delta_table *t, json *out);

/* CLONE. Result numbers are those of the SQL result row (spec: delta §19). */
typedef struct {
    int64_t source_table_size, source_num_of_files, num_removed_files, num_copied_files,
        removed_files_size, copied_files_size;
    int64_t source_version, target_version;
} delta_clone_result;
typedef struct {
    bool shallow;
    const char *source_name; /* for operationParameters: "`c`.`s`.`t`" as Databricks writes it */
    const json *properties;  /* TBLPROPERTIES overrides, object of strings; may be NULL */
    const char *user_name;
    int threads;  /* files copied at once; 0 = 4 */
    bool replace; /* the target may exist: its files are removed in the same commit,
                     files that it already has from the same source are not copied again */
} delta_clone_options;
/* Copies into target root. Files become visible with the commit only; what a killed clone left is
 * found by delta_remove_unreferenced. Deletion vectors are carried. The source snapshot is pinned.
 */
CX_CHECKED cx_code delta_clone(cx *c, const delta_snapshot *source, delta_table *target,
                               const delta_clone_options *options, delta_clone_result *out);
/* Removes data files below the table's root that no version of its log names and that were modified
 * at or after since_ms. For recovery after a crash; returns how many. Files that another writer has
 * staged and not committed yet look the same: so either `mine` tells by the relative path which
 * files may go, or (NULL) nobody else writes the table. (A delta_clone that fails takes its own
 * files away; this is for one that was killed.) */
typedef bool (*delta_mine)(const char *relative, const void *self);
CX_CHECKED cx_code delta_remove_unreferenced(cx *c, delta_table *t, int64_t since_ms,
                                             delta_mine mine, const void *mine_self,
                                             int64_t *out_removed);

/* Schema helpers: Spark's JSON type (string or object) to SQL text as Databricks prints it
 * ("bigint", "decimal(10,2)", "struct<a:int,b:string>"); arena. And back from SQL text. */
char *delta_type_sql(cx *c, const json *type);
CX_CHECKED cx_code delta_type_parse(cx *c, const char *sql, json **out);
