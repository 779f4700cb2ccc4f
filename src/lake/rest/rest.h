/* Shared inside rest/: one call, its helpers, and the handlers that the routing table names. */
#pragma once

#include "lake/lake_int.h"

typedef struct {
    lake *lake;            /* borrowed */
    const char *principal; /* user name; NULL on the few public paths */
    const http_request *http;
    const route_match *match;
    json *body; /* the request's JSON object; {} when there was none */
    http_response *out;
    const char *request_id;
} rest_call;

typedef cx_code (*rest_handler)(cx *c, rest_call *r);
typedef struct {
    rest_handler run;
    bool open;  /* needs no credentials */
    bool bytes; /* the body is bytes, not JSON */
} rest_endpoint;

const route *rest_routes(size_t *out_count);

/* ---- answering ----------------------------------------------------------- */

/* The answer; takes the reference. */
cx_code rest_reply(rest_call *r, json *take_body);
cx_code rest_empty(rest_call *r); /* {} */
/* A file as the body; of a request with a Range only that part. */
CX_CHECKED cx_code rest_reply_file(cx *c, rest_call *r, const char *path, int64_t size);
void rest_header(rest_call *r, const char *name, const char *value);
/* Turns c's error into the platform's status and body, and forgets it. */
void rest_reply_error(cx *c, rest_call *r);
void rest_reply_code(cx *c, rest_call *r, int status, const char *error_code, const char *message);
/* Failures that know their REST code. `error_code` is a literal. */
cx_code rest_fail(cx *c, cx_code code, const char *error_code, const char *fmt, ...)
    CX_PRINTF(4, 5);
/* A call of the metastore about one object: its "missing" and "already there" in REST's words. */
cx_code rest_named(cx *c, cx_code rc, meta_type t, meta_name n);

bool rest_is_scim(const rest_call *r); /* SCIM's paths have errors of a shape of their own */
void rest_reply_scim_error(cx *c, rest_call *r, int status, const char *condition,
                           const char *message);

/* ---- asking ---------------------------------------------------------------- */

const char *rest_param(const rest_call *r,
                       const char *name); /* of the path; never NULL for a known one */
const char *rest_query(cx *c, const rest_call *r, const char *name);
bool rest_query_flag(cx *c, const rest_call *r, const char *name);
CX_CHECKED cx_code rest_need(cx *c, const rest_call *r, const char *key,
                             const char **out); /* of the body */
CX_CHECKED cx_code rest_need_query(cx *c, const rest_call *r, const char *key, const char **out);
/* "a.b.c" as a name of type t. Names may hold dots: with more dots than parts, a part may be in
 * backticks, and else the split that exists is meant. */
CX_CHECKED cx_code rest_full_name(cx *c, const rest_call *r, meta_type t, const char *text,
                                  meta_name *out);
/* Loads an object that the principal may see; what may not be seen is not there. */
CX_CHECKED cx_code rest_load(cx *c, const rest_call *r, meta_type t, meta_name n, meta_object *out);
CX_CHECKED cx_code rest_require(cx *c, const rest_call *r, const char *privilege, meta_type t,
                                meta_name n);
/* "Only admins can <what>." */
CX_CHECKED cx_code rest_admins_only(cx *c, const rest_call *r, const char *what);

/* Runs a statement for the caller; its rows are dropped. */
CX_CHECKED cx_code rest_sql(cx *c, const rest_call *r, const char *text);

/* ---- paging ------------------------------------------------------------------ */

/* max_results and page_token of a listing. A token is the last key of the page before, in hex; so a
 * page stays right when objects come and go between two requests. */
typedef struct {
    int64_t most;      /* -1 = everything */
    const char *after; /* "" = from the start */
} rest_page;
CX_CHECKED cx_code rest_page_read(cx *c, const rest_call *r, const char *size_key,
                                  int64_t server_most, rest_page *out);
void rest_page_next(cx *c, json *body, const char *last_key);

/* ---- shapes -------------------------------------------------------------------- */

json *rest_catalog_json(cx *c, const rest_call *r, const meta_object *o);
json *rest_schema_json(cx *c, const rest_call *r, const meta_object *o);
json *rest_table_json(cx *c, const rest_call *r, const meta_object *o, bool columns,
                      bool properties);
json *rest_function_json(cx *c, const rest_call *r, const meta_object *o);
json *rest_volume_json(cx *c, const rest_call *r, const meta_object *o);
/* table_constraints, row_filter and the columns' masks, set on a table's JSON. */
CX_CHECKED cx_code rest_add_facts(cx *c, const rest_call *r, const meta_object *o, json *table);
/* type_name, type_precision, type_scale of a type's text, set on obj. */
void rest_type_members(json *obj, const char *type_text);
const char *rest_type_name(
    const char *type_text); /* "DECIMAL(10,2)" → "DECIMAL", bigint → "LONG" */
int rest_decimal(const char *type_text, int *out_scale); /* precision, or -1 */

/* Lists what is below catalog and schema, as far as the principal may see it, page by page. */
typedef json *(*rest_shape)(cx *c, const rest_call *r, const meta_object *o);
CX_CHECKED cx_code rest_list(cx *c, rest_call *r, meta_type t, const char *catalog,
                             const char *schema, const char *key, rest_shape shape, bool columns);
/* DELETE of any object, with its managed folders. */
CX_CHECKED cx_code rest_drop(cx *c, rest_call *r, meta_type t, meta_name n);
/* PATCH with the members of `allowed` (NULL-terminated) that the body has. */
CX_CHECKED cx_code rest_patch(cx *c, rest_call *r, meta_type t, meta_name *n,
                              const char *const *allowed);

/* ---- handlers -------------------------------------------------------------------- */

/* clang-format off */
#define REST_HANDLERS(H) \
    H(discovery) H(oidc_metadata) H(oidc_token) H(telemetry) H(me) \
    H(users_list) H(users_create) H(users_get) H(users_put) H(users_patch) H(users_delete) \
    H(groups_list) H(groups_create) H(groups_get) H(groups_put) H(groups_patch) \
    H(groups_delete) H(service_principals_list) H(service_principals_create) \
    H(service_principals_get) H(service_principals_put) H(service_principals_patch) \
    H(service_principals_delete) H(secrets_list) H(secret_create) H(secret_delete) \
    H(token_create) H(tokens_list) H(token_delete) H(token_for) H(all_tokens_list) \
    H(any_token_get) H(any_token_delete) H(default_namespace) H(warehouses_list) \
    H(warehouse_get) H(warehouse_start) H(warehouse_stop) H(warehouse_create) \
    H(warehouse_fixed) H(data_sources) H(metastore_summary) H(metastores_list) \
    H(metastore_get) H(metastore_assignment) H(catalogs_list) H(catalog_create) \
    H(catalog_get) H(catalog_patch) H(catalog_delete) H(schemas_list) H(schema_create) \
    H(schema_get) H(schema_patch) H(schema_delete) H(tables_list) H(table_create) \
    H(table_get) H(table_exists) H(table_patch) H(table_delete) H(table_summaries) \
    H(functions_list) H(function_create) H(function_get) H(function_patch) \
    H(function_delete) H(volumes_list) H(volume_create) H(volume_get) H(volume_patch) \
    H(volume_delete) H(permissions_get) H(permissions_patch) H(permissions_effective) \
    H(statement_execute) H(statement_get) H(statement_chunk) H(statement_cancel) \
    H(statement_close) H(statement_link) H(queries_list) \
    H(constraint_create) H(constraint_delete) H(tags_list) H(tag_get) H(tag_create) \
    H(tag_patch) H(tag_delete) H(file_get) H(file_head) H(file_put) H(file_delete) \
    H(folder_put) H(folder_head) H(folder_delete) H(folder_list)
/* clang-format on */
#define REST_DECLARE(name) cx_code rest_##name(cx *c, rest_call *r);
REST_HANDLERS(REST_DECLARE)
#undef REST_DECLARE
