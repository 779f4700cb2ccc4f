/* The metastore of the embedded workspace: SQLite at <root>/metastore.db (WAL, several processes).
 *
 * Everything that Unity Catalog knows of an object and Delta does not. Names compare without case
 * and are stored in lower case, as Unity Catalog does (columns keep their case). Every write is one
 * transaction, durable on return. Any thread: connections are pooled inside.
 *
 * Errors carry the platform's conditions and SQLSTATEs ([NO_SUCH_CATALOG_EXCEPTION] 42704; spec:
 * wire §3.1, §13). REST wants {CATALOG,SCHEMA,TABLE}_DOES_NOT_EXIST, SQL wants [SCHEMA_NOT_FOUND]
 * 42704, [TABLE_OR_VIEW_NOT_FOUND] 42P01, [SCHEMA_ALREADY_EXISTS] 42P06,
 * [TABLE_OR_VIEW_ALREADY_EXISTS] 42P07. The metastore sets the SQL condition; rest/ maps it to the
 * REST code. */
#pragma once

#include "base/json.h"

typedef struct meta meta;
CX_CHECKED cx_code meta_open(cx *c, const char *lake_root, meta **out);
void meta_free(meta *m);
AUTO_TYPE(meta);
const char *meta_id(const meta *m);           /* metastore uuid */
const char *meta_owner(const meta *m);        /* user name of the first admin */
const char *meta_workspace_id(const meta *m); /* decimal, stable */
const char *meta_warehouse_id(const meta *m); /* 16 hex digits, stable: the one SQL warehouse */

/* The name of this open handle, a new one each time, and whether the handle of a name is still
 * open: in this process, another, or another container over the same folder. */
const char *meta_process(const meta *m);
bool meta_process_alive(cx *c, const meta *m, const char *process);

typedef enum {
    META_METASTORE,
    META_CATALOG,
    META_SCHEMA,
    META_TABLE,
    META_FUNCTION,
    META_VOLUME
} meta_type;
const char *meta_type_name(meta_type t); /* "CATALOG" */

/* A name as far as the type needs it: catalog; catalog, schema; catalog, schema, name. */
typedef struct {
    const char *catalog, *schema, *name;
} meta_name;
char *meta_full_name(cx *c, meta_type t, meta_name n); /* a.b.c, unquoted, arena */

/* One object. Strings in the loader's arena; json values owned by the object (meta_object_clear).
 * Members that do not apply are NULL. */
typedef struct {
    meta_type type;
    meta_name name;
    const char *id, *owner, *comment, *created_by, *updated_by;
    int64_t created_ms, updated_ms;
    json *properties; /* object of strings */
    /* tables and views */
    const char *table_type; /* MANAGED EXTERNAL VIEW MANAGED_SHALLOW_CLONE EXTERNAL_SHALLOW_CLONE */
    const char *format;     /* DELTA PARQUET CSV JSON … or NULL for views */
    const char
        *location; /* absolute folder, no trailing slash; NULL for views. Also volumes, catalogs */
    const char *view_definition;            /* SELECT text as written */
    const char *view_catalog, *view_schema; /* what unqualified names in it mean */
    json *columns; /* array of {name,type_text,type_json,nullable,comment,position,partition_index?}
                    */
    /* functions: FunctionInfo-shaped: input_params, data_type, full_data_type, routine_body,
     * routine_definition, is_deterministic, sql_data_access …; volumes: volume_type in table_type
     */
    json *routine;
} meta_object;
void meta_object_clear(meta_object *o);

CX_CHECKED cx_code meta_load(cx *c, meta *m, meta_type t, meta_name n, meta_object *out);
bool meta_exists(cx *c, meta *m, meta_type t, meta_name n);
/* All of a type below catalog (NULL = all catalogs) and schema (NULL = all schemas), ordered by
 * name. One SQL query however many there are. `columns` of tables are loaded too when asked for. */
CX_CHECKED cx_code meta_list(cx *c, meta *m, meta_type t, const char *catalog, const char *schema,
                             bool with_columns, meta_object **out, size_t *out_n);
/* EXISTS when it is there, unless `replace`. Id, times and owner (= by) are filled in when NULL/0.
 * A new catalog gets its `default` schema and information_schema is virtual (never stored). */
CX_CHECKED cx_code meta_create(cx *c, meta *m, const meta_object *o, const char *by, bool replace);
/* Changes: a json object with members of {new_name, new_schema (tables), owner, comment,
 * properties, columns, location, view_definition, table_type, format}; only those given change. */
CX_CHECKED cx_code meta_update(cx *c, meta *m, meta_type t, meta_name n, const json *changes,
                               const char *by);
/* SCHEMA_NOT_EMPTY / CATALOG_NOT_EMPTY unless cascade. *out_locations: array of managed folders
 * that the caller now removes (their removal is journalled in `pending` in the same transaction).
 */
CX_CHECKED cx_code meta_drop(cx *c, meta *m, meta_type t, meta_name n, bool cascade,
                             json **out_locations);
/* A fresh folder for a managed table or volume below the lake's root. Not made yet. */
char *meta_new_location(cx *c, meta *m, meta_type t);

/* ---- grants ------------------------------------------------------------------ */
/* Privileges are spelled as REST does: USE_CATALOG, SELECT, ALL_PRIVILEGES. */
CX_CHECKED cx_code meta_grant(cx *c, meta *m, meta_type t, meta_name n, const char *principal,
                              const char *privilege, const char *grantor);
CX_CHECKED cx_code meta_revoke(cx *c, meta *m, meta_type t, meta_name n, const char *principal,
                               const char *privilege);
typedef struct {
    meta_type type; /* of the object that the grant is on */
    meta_name name;
    const char *principal, *privilege, *grantor;
} meta_grant_row;
/* Direct grants on the object (all_below: on everything in that catalog or schema, too). */
CX_CHECKED cx_code meta_grants(cx *c, meta *m, meta_type t, meta_name n, bool all_below,
                               meta_grant_row **out, size_t *out_n);
/* CX_DENIED [INSUFFICIENT_PERMISSIONS] 42501 unless principal owns the object or a parent, is an
 * admin, or has the privilege there or inherited from a parent (and USE_CATALOG / USE_SCHEMA on the
 * way). */
CX_CHECKED cx_code meta_require(cx *c, meta *m, const char *principal, const char *privilege,
                                meta_type t, meta_name n);
/* The names out of objs (from one meta_list) that principal may see: owned, or any privilege on it,
 * on a parent or, for containers, on something inside. One query however many; sets keep[i]. */
CX_CHECKED cx_code meta_visible(cx *c, meta *m, const char *principal, const meta_object *objs,
                                size_t n, bool *keep);
bool meta_privilege_known(const char *privilege, meta_type t);

/* ---- principals, tokens ----------------------------------------------------------- */
CX_CHECKED cx_code meta_principal_add(cx *c, meta *m, const char *user_name,
                                      bool admin); /* existing is fine */
bool meta_principal_known(cx *c, meta *m,
                          const char *user_name); /* users, groups, "account users" */
bool meta_is_admin(cx *c, meta *m, const char *user_name);
CX_CHECKED cx_code meta_group_add(cx *c, meta *m, const char *group,
                                  const char *member); /* member may be NULL */
typedef struct {
    const char *name;
    int64_t id;
    bool group, admin;
} meta_principal;
/* All principals (or, with a user_name, that one and the groups it is in), ordered by name. */
CX_CHECKED cx_code meta_principals(cx *c, meta *m, const char *user_name, meta_principal **out,
                                   size_t *out_n);
CX_CHECKED cx_code meta_token_add(cx *c, meta *m, const char *user_name,
                                  const char *token); /* SHA-256 is stored */
CX_CHECKED cx_code meta_token_find(cx *c, meta *m, const char *token,
                                   char **out_user); /* UNAUTHENTICATED */

/* ---- work in flight ----------------------------------------------------------------- */
/* A folder in which this process is about to write data that no log names yet. Recorded before the
 * first byte; ended after the commit and the metastore row (or after cleaning up). meta_open's
 * recovery: entries whose process is dead → the folder is removed when no table has it, else files
 * of no log version are. */
CX_CHECKED cx_code meta_pending_begin(cx *c, meta *m, const char *location, int64_t *out_id);
CX_CHECKED cx_code meta_pending_end(cx *c, meta *m, int64_t id);
/* Ends all of this process's entries for a folder: after removing what meta_drop handed out. */
CX_CHECKED cx_code meta_pending_end_at(cx *c, meta *m, const char *location);
typedef struct {
    int64_t id, since_ms;
    const char *location;
    bool owned_by_table; /* some table or volume has this location */
    bool contended;      /* a live process has a note on this location, too ("/x/." is "/x") */
} meta_pending;
CX_CHECKED cx_code meta_pending_dead(cx *c, meta *m, meta_pending **out, size_t *out_n);

/* ---- query history --------------------------------------------------------------------- */
CX_CHECKED cx_code meta_history_add(cx *c, meta *m, const json *query_info);
CX_CHECKED cx_code meta_history_list(cx *c, meta *m, int64_t limit,
                                     json **out_array); /* newest first */
