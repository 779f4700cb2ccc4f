/* A typed client of one workspace's REST API. The same code for Databricks over https and for the
 * embedded lakehouse in process: only the transport differs. Thread-safe.
 *
 * Requests are retried (429 and 503 always, connection failures and the platform's transient
 * messages with backoff; spec: wire §13), limited in rate, cancelled with the context, and counted.
 */
#pragma once

#include "base/json.h"
#include "net/http.h"

typedef struct workspace workspace;

typedef struct {
    const char *host;               /* "https://…" or "http://127.0.0.1:8181"; NULL = embedded */
    const char *token;              /* bearer token; NULL for embedded */
    const char *lake_root;          /* embedded: the folder */
    const char *warehouse_id;       /* NULL = the first running one, found at first use */
    double max_rps;                 /* 0 = no limit */
    int max_parallel;               /* statements at once; 0 = 10 */
    const char *trace_path;         /* NULL = none */
    http_transport *take_transport; /* tests: used instead; owned by the workspace afterwards */
} workspace_config;
CX_CHECKED cx_code workspace_open(cx *c, const workspace_config *config, workspace **out);
void workspace_free(workspace *w);
AUTO_TYPE(workspace);

bool workspace_is_embedded(const workspace *w);
const char *workspace_name(const workspace *w); /* host, or "embedded:<folder>" */
long workspace_requests(const workspace *w);    /* HTTP requests sent so far, retries included */
long workspace_statements(const workspace *w);  /* SQL statements submitted so far */

/* One request. A request whose answer was lost is sent again only when doing it twice is doing it
 * once: GET, PUT, PATCH and DELETE are; POST is not, and fails with UNAVAILABLE. Body may be NULL;
 * *out is NULL for an empty body. A non-2xx answer becomes an error with the service's message,
 * condition = error_code, request id. */
CX_CHECKED cx_code workspace_call(cx *c, workspace *w, const char *method, const char *path,
                                  const char *query, const json *body, json **out);

/* ---- SQL -------------------------------------------------------------------- */

typedef struct sql_result sql_result;
/* Runs one statement and waits (adaptively: the first wait is inside the request). A FAILED
 * statement becomes an error: code from sqlstate and condition ([TABLE_OR_VIEW_NOT_FOUND] →
 * NOT_FOUND …). When c is cancelled while it waits, the statement is cancelled on the server too.
 *
 * A statement whose answer was lost is sent again when it is idempotent by its own words (queries,
 * SHOW, DESCRIBE, CREATE OR REPLACE, IF [NOT] EXISTS, GRANT, REVOKE, COMMENT ON, SET); INSERT,
 * UPDATE, DELETE, MERGE, COPY INTO and plain CREATE or DROP never are: they fail with UNAVAILABLE,
 * "may have been run". */
CX_CHECKED cx_code workspace_sql(cx *c, workspace *w, const char *sql,
                                 sql_result **out); /* out may be NULL */
/* The same, where unqualified names in the statement mean catalog.schema (either may be NULL). */
CX_CHECKED cx_code workspace_sql_in(cx *c, workspace *w, const char *catalog, const char *schema,
                                    const char *sql, sql_result **out);
void sql_result_free(sql_result *r);
AUTO_TYPE(sql_result);
size_t sql_columns(const sql_result *r);
const char *sql_column_name(const sql_result *r, size_t i);
const char *sql_column_type(const sql_result *r, size_t i); /* type_text */
size_t sql_rows(const sql_result *r);
/* NULL for SQL NULL. Lent. */
const char *sql_value(const sql_result *r, size_t row, size_t column);
const char *sql_value_by(const sql_result *r, size_t row,
                         const char *column); /* NULL too when no such column */
int64_t sql_int(const sql_result *r, size_t row, const char *column, int64_t otherwise);

/* ---- files in volumes -------------------------------------------------------------- */

typedef struct {
    int64_t files, bytes;     /* copied */
    int64_t there, too_large; /* left alone: as new and as large already; larger than `most` */
} workspace_copied;
/* Copies all files below one volume path to another ("/Volumes/c/s/v"), folders and all, within the
 * workspace. most: bytes of a file; 0 = 256 MiB, which is the most that one request carries. Each
 * file appears whole; a copy that was ended in the middle can be begun again. */
CX_CHECKED cx_code workspace_copy_files(cx *c, workspace *w, const char *from, const char *to,
                                        int64_t most, workspace_copied *out);

/* Is the statement one that may be sent twice? */
bool sql_repeatable(const char *sql);

/* Who the token is: user name; cached. */
CX_CHECKED cx_code workspace_whoami(cx *c, workspace *w, const char **out_user);
/* The warehouse that statements run on; cached. An unknown one fails at once with NOT_FOUND, naming
 * it. */
CX_CHECKED cx_code workspace_warehouse(cx *c, workspace *w, const char **out_id);
