/* The SQL warehouse: there is one, and it is this process. Stopping it only changes what it says
 * about itself; the next statement starts it again, as auto-start does. spec: wire "SQL warehouses"
 */
#include "lake/rest/rest.h"

static const char *host_of(const rest_call *r)
{
    const char *host = http_request_header(r->http, "host");
    return host ? host : "localhost";
}

static json *warehouse(cx *c, const rest_call *r)
{
    const char *id = meta_warehouse_id(r->lake->meta), *host = host_of(r);
    const bool stopped = atomic_load(&r->lake->stopped);
    const int name_length = (int)strcspn(host, ":");
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:s, s:s, s:b, s:b, s:s, s:{s:s}, s:s, s:{s:s, s:s, s:i, "
        "s:s}, s:{s:s}}",
        "id", id, "name", "Embedded warehouse", "size", "2X-Small", "cluster_size", "2X-Small",
        "min_num_clusters", 1, "max_num_clusters", 1, "auto_stop_mins", 0, "num_clusters",
        stopped ? 0 : 1, "num_active_sessions", 0, "creator_name", meta_owner(r->lake->meta),
        "warehouse_type", "PRO", "enable_photon", 0, "enable_serverless_compute", 0,
        "spot_instance_policy", "COST_OPTIMIZED", "channel", "name", "CHANNEL_NAME_CURRENT",
        "jdbc_url",
        cx_fmt(c, "jdbc:databricks://%s/default;transportMode=http;httpPath=/sql/1.0/warehouses/%s",
               host, id),
        "odbc_params", "hostname", cx_fmt(c, "%.*s", name_length, host), "path",
        cx_fmt(c, "/sql/1.0/warehouses/%s", id), "port",
        host[name_length] ? (int)strtol(host + name_length + 1, NULL, 10) : 443, "protocol",
        "https", "health", "status", "HEALTHY");
}

static json *with_state(cx *c, const rest_call *r)
{
    json *j = warehouse(c, r);
    json_object_set_new(j, "state",
                        json_string(atomic_load(&r->lake->stopped) ? "STOPPED" : "RUNNING"));
    return j;
}

static cx_code check_id(cx *c, const rest_call *r)
{
    const char *id = rest_param(r, "id");
    if (strcmp(id, meta_warehouse_id(r->lake->meta)) == 0)
        return CX_OK;
    return rest_fail(c, CX_NOT_FOUND, "RESOURCE_DOES_NOT_EXIST",
                     "SQL warehouse '%s' does not exist.", id);
}

cx_code rest_warehouses_list(cx *c, rest_call *r)
{
    const char *key = strstr(r->http->path, "/endpoints") ? "endpoints" : "warehouses";
    return rest_reply(r, json_pack("{s:[o]}", key, with_state(c, r)));
}

cx_code rest_warehouse_get(cx *c, rest_call *r)
{
    TRY(check_id(c, r));
    return rest_reply(r, with_state(c, r));
}

cx_code rest_warehouse_start(cx *c, rest_call *r)
{
    TRY(check_id(c, r));
    atomic_store(&r->lake->stopped, false);
    return rest_empty(r);
}

cx_code rest_warehouse_stop(cx *c, rest_call *r)
{
    TRY(check_id(c, r));
    atomic_store(&r->lake->stopped, true);
    return rest_empty(r);
}

cx_code rest_warehouse_create(cx *c, rest_call *r)
{
    (void)r;
    return rest_fail(
        c, CX_INVALID, "QUOTA_EXCEEDED",
        "This workspace has one SQL warehouse, which is always there; no other can be made.");
}

cx_code rest_warehouse_fixed(cx *c, rest_call *r)
{
    TRY(check_id(c, r));
    return rest_fail(c, CX_INVALID, "INVALID_STATE",
                     "The SQL warehouse of this workspace cannot be edited or deleted.");
}

cx_code rest_data_sources(cx *c, rest_call *r)
{
    (void)c;
    const char *id = meta_warehouse_id(r->lake->meta);
    return rest_reply(r, json_pack("[{s:s, s:s, s:s, s:s, s:b, s:n}]", "id", id, "name",
                                   "Embedded warehouse", "warehouse_id", id, "type",
                                   "databricks_internal", "view_only", 0, "pause_reason"));
}
