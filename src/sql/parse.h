/* The commands of Databricks SQL that are not queries, as a syntax tree.
 *
 * sql_parse looks at the first words. A query (SELECT, WITH, VALUES, FROM, TABLE, "(") gives
 * SQL_QUERY with its text; everything else is parsed here, in full, or refused with
 * [PARSE_SYNTAX_ERROR] 42601 and the position ("line 1, pos 7"). The tree lives in the context's
 * arena; texts of queries and expressions are kept as written. */
#pragma once

#include "base/json.h"

typedef struct {
    const char
        *parts[4]; /* as written, 1 to 3 of them, unquoted; 4 only in COMMENT ON COLUMN c.s.t.col */
    int count;
    const char *path; /* delta.`/path` or parquet.`/path`: then parts[0] is the format, count = 1 */
} sql_name;

typedef struct {
    const char *key, *value;
} sql_pair;

typedef struct {
    const char *name, *type; /* type as SQL text */
    bool not_null;
    const char *comment, *default_sql, *generated_sql; /* NULL = none */
    bool identity, identity_always;
    int64_t identity_start, identity_step;
    bool primary_key, rely;    /* RELY: of that key */
    const char *mask_function; /* name as SQL text */
    const char *const *mask_columns;
    size_t mask_column_count; /* USING COLUMNS */
    bool first;
    const char *after; /* ALTER TABLE … ADD COLUMN c type FIRST | AFTER x */
    /* ALTER TABLE … ADD COLUMN s.c type: "s", dotted, and name is "c"; NULL = of the table */
    const char *parent;
    /* CHECK and REFERENCES behind the column; those of CREATE TABLE are among the statement's */
    const struct sql_constraint *constraints;
    size_t constraint_count;
} sql_column;

typedef struct sql_constraint {
    const char *name; /* constraint name or NULL */
    enum { SQL_PRIMARY_KEY, SQL_FOREIGN_KEY, SQL_CHECK } kind;
    const char **columns; /* NULL-terminated */
    sql_name parent;      /* FOREIGN KEY */
    const char **parent_columns;
    const char *check_sql;
    bool rely; /* RELY: of keys */
} sql_constraint;

typedef struct {
    const char *version_sql, *timestamp_sql; /* expression text; at most one; both NULL = latest */
} sql_travel;

/* One WHEN of a MERGE. */
typedef enum { SQL_MATCHED, SQL_NOT_MATCHED, SQL_NOT_MATCHED_BY_SOURCE } sql_when_kind;
typedef struct {
    sql_when_kind when;
    enum { SQL_THEN_UPDATE, SQL_THEN_DELETE, SQL_THEN_INSERT } then;
    const char *condition; /* AND …; NULL = none */
    bool star;             /* UPDATE SET *, INSERT * */
    const sql_pair *sets;  /* column → expression text, of SET and of INSERT (…) VALUES (…) */
    size_t set_count;
} sql_when;

typedef struct {
    bool evolve;       /* WITH SCHEMA EVOLUTION */
    sql_name source;   /* count = 0: it is a query */
    sql_travel travel; /* of the source */
    const char *query; /* USING (query), or the source as it stands there: a table function */
    const char *alias; /* of the source; NULL = its own name */
    const char *const *columns; /* USING … AS s (a, b) */
    size_t column_count;
    const char *on;
    const sql_when *whens;
    size_t when_count;
} sql_merge;

/* What INSERT has beside the table, the columns and the query. */
typedef struct {
    bool evolve;               /* WITH SCHEMA EVOLUTION */
    const sql_pair *partition; /* PARTITION (p = expression, q): value NULL = from the query */
    size_t partition_count;
    const char *const *replace_using; /* REPLACE USING (a, b) */
    size_t replace_using_count;
} sql_insert;

typedef enum {
    SQL_QUERY,          /* query */
    SQL_CREATE_CATALOG, /* name, if_not_exists, comment, location (MANAGED LOCATION),
                           properties(OPTIONS), share */
    SQL_CREATE_SCHEMA,  /* + location */
    SQL_CREATE_TABLE,   /* replace, if_not_exists, columns, constraints, using_format, location,
                           partitioned_by,   cluster_by, properties, comment, query (AS) */
    SQL_CLONE_TABLE, /* replace, create, if_not_exists, name, source, travel, shallow, properties,
                        location */
    SQL_CREATE_VIEW, /* replace, if_not_exists, name, columns (names, comments), comment,
                        properties, query; materialized, temporary */
    SQL_CREATE_FUNCTION, /* replace, if_not_exists, name, columns = parameters, returns,
                            returns_table, language, body (expression or RETURN query), comment,
                            deterministic */
    SQL_CREATE_VOLUME,   /* external, location, comment */
    SQL_DROP,            /* object, name, if_exists, cascade */
    SQL_INSERT, /* name, overwrite, insert_columns, query (VALUES … or SELECT …), replace_where,
                   insert */
    SQL_DELETE, /* name, alias, where */
    SQL_UPDATE, /* name, alias, sets, where */
    SQL_MERGE,  /* name, alias, merge */
    SQL_TRUNCATE,
    SQL_GRANT,
    SQL_REVOKE,      /* privileges, object, name, principal */
    SQL_SHOW_GRANTS, /* principal or NULL, object, name */
    SQL_SHOW,        /* what: "CATALOGS" "SCHEMAS" "TABLES" "VIEWS" "COLUMNS" "FUNCTIONS" "VOLUMES"
                        "TBLPROPERTIES" "CREATE TABLE"; name; pattern (LIKE) */
    SQL_DESCRIBE,    /* what: "TABLE" "HISTORY" "DETAIL" "CATALOG" "SCHEMA" "FUNCTION" "VOLUME"
                        "QUERY";    extended; name; limit */
    SQL_COMMENT,     /* object, name, comment (NULL = removed) */
    SQL_ALTER,       /* object, name, action + its members, see alter_action */
    SQL_USE,         /* object CATALOG or SCHEMA, name */
    SQL_SET,         /* key, value: session settings, accepted */
    SQL_RESTORE,     /* name, travel */
    SQL_VACUUM,      /* name, what: "FULL" "LITE" or NULL, value = hours to retain, dry_run */
    SQL_OPTIMIZE,    /* name, what: "FULL" or NULL, where, zorder_by */
    SQL_REORG,       /* name, where: APPLY (PURGE) */
    SQL_CONVERT      /* name, what: "NO STATISTICS" or NULL, columns = partition columns */
} sql_kind;

typedef struct sql_statement {
    sql_kind kind;
    const char *text;   /* the whole statement */
    const char *object; /* "TABLE", "VIEW", "SCHEMA", "CATALOG", "FUNCTION", "VOLUME", "METASTORE",
                           "COLUMN" … */
    sql_name name, source;
    bool create, replace, if_not_exists, if_exists, cascade, shallow, external, materialized,
        temporary, overwrite, extended, deterministic, has_comment;
    const char *comment, *location, *using_format, *query, *where, *replace_where, *alias, *pattern,
        *what, *principal, *returns, *language, *body, *key, *value, *share;
    const sql_column *columns;
    size_t column_count;
    const sql_column *returns_table;
    size_t returns_table_count;
    const sql_constraint *constraints;
    size_t constraint_count;
    const char *const *partitioned_by;
    size_t partition_count;
    const char *const *cluster_by;
    size_t cluster_count;
    const char *const *insert_columns;
    size_t insert_column_count;
    const sql_pair *properties;
    size_t property_count;
    const sql_pair *sets;
    size_t set_count; /* UPDATE: column, expression text */
    const char *const *privileges;
    size_t privilege_count;   /* "USE_CATALOG": underscores */
    const sql_merge *merge;   /* MERGE */
    const sql_insert *insert; /* INSERT */
    sql_travel travel;
    int64_t limit;       /* DESCRIBE HISTORY … LIMIT n; -1 = none */
    sql_name row_filter; /* WITH ROW FILTER f ON (row_filter_columns) */
    const char *const *row_filter_columns;
    size_t row_filter_column_count;
    bool cluster_auto, cluster_none; /* CLUSTER BY AUTO, CLUSTER BY NONE */
    bool by_name;                    /* INSERT INTO t BY NAME */
    bool as_json;                    /* DESCRIBE TABLE EXTENDED t AS JSON */
    const char *alter_action;        /* see sql_alter_actions below */
    bool dry_run;                    /* VACUUM … DRY RUN */
    const char *const *zorder_by;    /* OPTIMIZE … ZORDER BY (…) */
    size_t zorder_count;
    const struct sql_statement *next_change; /* ALTER COLUMN a …, b …: key, what, value of b */
} sql_statement;

/* alter_action, and where its arguments are:
 *   "SET TBLPROPERTIES"    properties                "UNSET TBLPROPERTIES"  properties (value
 * NULL), if_exists "SET TAGS"             properties                "UNSET TAGS" properties (value
 * NULL) "SET OWNER"            principal                 "RENAME"               source = the new
 * name "SET LOCATION"         location                  "SET MANAGED LOCATION" location "ADD
 * COLUMNS"          columns, if_not_exists    "DROP COLUMNS"         insert_columns (dotted),
 * if_exists "RENAME COLUMN"        key → value               "CLUSTER BY"           cluster_by,
 * cluster_auto, cluster_none "ALTER COLUMN"         key = column (nested: dotted), what = "TYPE"
 * "COMMENT" "SET NOT NULL" "DROP NOT NULL" "SET DEFAULT" "DROP DEFAULT" "FIRST" "AFTER" "SYNC
 * IDENTITY" "DROP MASK", value = argument; "SET MASK": columns[0].mask_function, mask_columns; "SET
 * TAGS", "UNSET TAGS": properties "ADD CONSTRAINT"       constraints[0]            "DROP
 * CONSTRAINT"      key = name, if_exists, cascade "DROP PRIMARY KEY"     if_exists "DROP FOREIGN
 * KEY"     insert_columns, if_exists "SET ROW FILTER"       row_filter, its columns   "DROP ROW
 * FILTER" "REPLACE COLUMNS"      columns   "AS" query (view body)         "DROP FEATURE" key
 * "PREDICTIVE OPTIMIZATION" what = "ENABLE" "DISABLE" "INHERIT" "DEFAULT COLLATION"    key SET TAG
 * ON TABLE t k = v gives "SET TAGS" too, and ALTER STREAMING TABLE or MATERIALIZED VIEW the object
 * TABLE, VIEW. For other kinds: SHOW TABLES IN CATALOG c SCHEMA LIKE 'p' has object "CATALOG" and
 * value = the schemas' pattern; SHOW TBLPROPERTIES t (k) and DESCRIBE t column have key; CREATE
 * TABLE t LIKE s has source; SET without "=" has value NULL, RESET has value NULL and what =
 * "RESET". UPDATE's sets[].key is the column without the table's alias. */

/* Fails with CX_INVALID PARSE_SYNTAX_ERROR, or CX_UNSUPPORTED for a command that the platform has
 * and we have not. */
CX_CHECKED cx_code sql_parse(cx *c, const char *text, sql_statement *out);

/* A query with the parts that the dialect library does not know lifted out: each "(DESCRIBE HISTORY
 * t [LIMIT n])" in FROM position, and each table reference's time travel. */
typedef struct {
    size_t start, end; /* byte span of the reference in the text, time travel and all */
    sql_name name;
    sql_travel travel;
    bool history; /* (DESCRIBE HISTORY name LIMIT limit) */
    int64_t limit;
    const char *function; /* "read_files", "table_changes", "c.s.f": a table function; NULL = a
                             table. Generators that the dialect library translates (explode, range,
                             …) are not reported. */
    const char **args;
    size_t arg_count; /* of the function, as SQL text, `name => value` and all */
} sql_table_ref;

/* All table references of a query, or of an expression that has sub-queries, in text order; never
 * overlapping. CTE names are left out, by their scope. IDENTIFIER('a.b') counts as a.b. */
CX_CHECKED cx_code sql_table_refs(cx *c, const char *query, sql_table_ref **out, size_t *out_n);

/* Replaces :name markers (outside strings and comments) by literals, as the Statement Execution API
 * has them: params = [{"name","value","type"}]; no type means STRING; no value means NULL. Fails
 * with UNBOUND_SQL_PARAMETER. */
CX_CHECKED cx_code sql_bind_parameters(cx *c, const char *text, const json *params, char **out);
