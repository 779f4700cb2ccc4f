/* Every path of the workspace, in one table. Paths under /api/2.0/unity-catalog are the same as
 * those under 2.1 (rest/handle.c rewrites them), since clients differ in which they use. */
#include "lake/rest/rest.h"

#define R(pattern, handler)             \
    {                                   \
        pattern, &(const rest_endpoint) \
        {                               \
            .run = rest_##handler       \
        }                               \
    }
#define OPEN(pattern, handler)                  \
    {                                           \
        pattern, &(const rest_endpoint)         \
        {                                       \
            .run = rest_##handler, .open = true \
        }                                       \
    }
#define BYTES(pattern, handler)                  \
    {                                            \
        pattern, &(const rest_endpoint)          \
        {                                        \
            .run = rest_##handler, .bytes = true \
        }                                        \
    }
#define FS "/api/2.0/fs"
#define UC "/api/2.1/unity-catalog"
#define SCIM "/api/2.0/preview/scim/v2"
#define SECRETS "/servicePrincipals/{id}/credentials/secrets"
#define SQL "/api/2.0/sql"
#define TOKENS "/api/2.0/token-management"

static const route table[] = {
    OPEN("GET /.well-known/databricks-config", discovery),
    OPEN("GET /oidc/.well-known/oauth-authorization-server", oidc_metadata),
    OPEN("GET /oidc/.well-known/openid-configuration", oidc_metadata),
    OPEN("POST /oidc/v1/token", oidc_token),
    OPEN("POST /oidc/accounts/{account}/v1/token", oidc_token),
    R("POST /telemetry-ext", telemetry),

    R("GET " SCIM "/Me", me),
    R("GET " SCIM "/Users", users_list),
    R("POST " SCIM "/Users", users_create),
    R("GET " SCIM "/Users/{id}", users_get),
    R("PUT " SCIM "/Users/{id}", users_put),
    R("PATCH " SCIM "/Users/{id}", users_patch),
    R("DELETE " SCIM "/Users/{id}", users_delete),
    R("GET " SCIM "/Groups", groups_list),
    R("POST " SCIM "/Groups", groups_create),
    R("GET " SCIM "/Groups/{id}", groups_get),
    R("PUT " SCIM "/Groups/{id}", groups_put),
    R("PATCH " SCIM "/Groups/{id}", groups_patch),
    R("DELETE " SCIM "/Groups/{id}", groups_delete),
    R("GET " SCIM "/ServicePrincipals", service_principals_list),
    R("POST " SCIM "/ServicePrincipals", service_principals_create),
    R("GET " SCIM "/ServicePrincipals/{id}", service_principals_get),
    R("PUT " SCIM "/ServicePrincipals/{id}", service_principals_put),
    R("PATCH " SCIM "/ServicePrincipals/{id}", service_principals_patch),
    R("DELETE " SCIM "/ServicePrincipals/{id}", service_principals_delete),

    R("GET /api/2.0/token/list", tokens_list),
    R("POST /api/2.0/token/create", token_create),
    R("POST /api/2.0/token/delete", token_delete),
    R("POST " TOKENS "/on-behalf-of/tokens", token_for),
    R("GET " TOKENS "/tokens", all_tokens_list),
    R("GET " TOKENS "/tokens/{id}", any_token_get),
    R("DELETE " TOKENS "/tokens/{id}", any_token_delete),
    R("GET /api/2.0/accounts" SECRETS, secrets_list),
    R("POST /api/2.0/accounts" SECRETS, secret_create),
    R("DELETE /api/2.0/accounts" SECRETS "/{secret}", secret_delete),
    R("GET /api/2.0/accounts/{account}" SECRETS, secrets_list),
    R("POST /api/2.0/accounts/{account}" SECRETS, secret_create),
    R("DELETE /api/2.0/accounts/{account}" SECRETS "/{secret}", secret_delete),

    R("GET /api/2.0/settings/types/default_namespace_ws/names/default", default_namespace),

    R("GET " SQL "/warehouses", warehouses_list),
    R("POST " SQL "/warehouses", warehouse_create),
    R("GET " SQL "/warehouses/{id}", warehouse_get),
    R("POST " SQL "/warehouses/{id}/start", warehouse_start),
    R("POST " SQL "/warehouses/{id}/stop", warehouse_stop),
    R("POST " SQL "/warehouses/{id}/edit", warehouse_fixed),
    R("DELETE " SQL "/warehouses/{id}", warehouse_fixed),
    R("GET " SQL "/endpoints", warehouses_list),
    R("GET " SQL "/endpoints/{id}", warehouse_get),
    R("GET /api/2.0/preview/sql/data_sources", data_sources),

    R("GET " UC "/metastore_summary", metastore_summary),
    R("GET " UC "/metastores", metastores_list),
    R("GET " UC "/metastores/{id}", metastore_get),
    R("GET " UC "/current-metastore-assignment", metastore_assignment),

    R("GET " UC "/catalogs", catalogs_list),
    R("POST " UC "/catalogs", catalog_create),
    R("GET " UC "/catalogs/{name}", catalog_get),
    R("PATCH " UC "/catalogs/{name}", catalog_patch),
    R("DELETE " UC "/catalogs/{name}", catalog_delete),

    R("GET " UC "/schemas", schemas_list),
    R("POST " UC "/schemas", schema_create),
    R("GET " UC "/schemas/{name}", schema_get),
    R("PATCH " UC "/schemas/{name}", schema_patch),
    R("DELETE " UC "/schemas/{name}", schema_delete),

    R("GET " UC "/tables", tables_list),
    R("POST " UC "/tables", table_create),
    R("GET " UC "/tables/{name}", table_get),
    R("GET " UC "/tables/{name}/exists", table_exists),
    R("PATCH " UC "/tables/{name}", table_patch),
    R("DELETE " UC "/tables/{name}", table_delete),
    R("GET " UC "/table-summaries", table_summaries),

    R("GET " UC "/functions", functions_list),
    R("POST " UC "/functions", function_create),
    R("GET " UC "/functions/{name}", function_get),
    R("PATCH " UC "/functions/{name}", function_patch),
    R("DELETE " UC "/functions/{name}", function_delete),

    R("GET " UC "/volumes", volumes_list),
    R("POST " UC "/volumes", volume_create),
    R("GET " UC "/volumes/{name}", volume_get),
    R("PATCH " UC "/volumes/{name}", volume_patch),
    R("DELETE " UC "/volumes/{name}", volume_delete),

    R("GET " UC "/permissions/{type}/{name}", permissions_get),
    R("PATCH " UC "/permissions/{type}/{name}", permissions_patch),
    R("GET " UC "/effective-permissions/{type}/{name}", permissions_effective),

    R("POST " UC "/constraints", constraint_create),
    R("DELETE " UC "/constraints/{name}", constraint_delete),
    R("POST " UC "/entity-tag-assignments", tag_create),
    R("GET " UC "/entity-tag-assignments/{type}/{name}/tags", tags_list),
    R("GET " UC "/entity-tag-assignments/{type}/{name}/tags/{key}", tag_get),
    R("PATCH " UC "/entity-tag-assignments/{type}/{name}/tags/{key}", tag_patch),
    R("DELETE " UC "/entity-tag-assignments/{type}/{name}/tags/{key}", tag_delete),

    R("GET " FS "/files/{path...}", file_get),
    R("HEAD " FS "/files/{path...}", file_head),
    BYTES("PUT " FS "/files/{path...}", file_put),
    R("DELETE " FS "/files/{path...}", file_delete),
    R("GET " FS "/directories/{path...}", folder_list),
    R("HEAD " FS "/directories/{path...}", folder_head),
    R("PUT " FS "/directories/{path...}", folder_put),
    R("DELETE " FS "/directories/{path...}", folder_delete),

    R("POST " SQL "/statements", statement_execute),
    R("GET " SQL "/statements/{id}", statement_get),
    R("DELETE " SQL "/statements/{id}", statement_close),
    R("POST " SQL "/statements/{id}/cancel", statement_cancel),
    R("GET " SQL "/statements/{id}/result/chunks/{n}", statement_chunk),
    OPEN("GET " SQL "/external-results/{id}/{n}/{key}", statement_link),
    R("GET " SQL "/history/queries", queries_list),
};

const route *rest_routes(size_t *out_count)
{
    *out_count = CX_COUNT(table);
    return table;
}
