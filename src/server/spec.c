/* What is served: the hand-written endpoints, and the OpenAPI document and the readable page that
 * are made from them and from the operation table. */
#include "ops/emit.h"
#include "server/server_int.h"

#include "base/sys.h"

const endpoint endpoints[] = {
    {"GET /api/health", serve_health, true, "Health", "Is the server there?", NULL, NULL, "Health"},
    {"POST /api/auth/login", auth_login, true, "Auth", "Sign in to a workspace with a token", NULL,
     "host:string, token:string, warehouse_id:string, api_key:string", "Auth"},
    {"POST /api/auth/demo", auth_demo, true, "Auth",
     "Explore the embedded workspace, without credentials", NULL, "api_key:string", "Auth"},
    {"GET /api/auth/status", auth_status, true, "Auth", "Who is signed in", NULL, NULL, "Auth"},
    {"POST /api/auth/logout", auth_logout, false, "Auth", "Sign out", NULL, NULL, "Message"},
    {"GET /api/auth/warehouses", auth_warehouses, false, "Auth", "SQL warehouses of the workspace",
     NULL, NULL, "Objects"},
    {"GET /api/clone/jobs", job_list, false, "Jobs", "Your jobs, newest first",
     "job_type:string, status:string", NULL, "Jobs"},
    {"GET /api/clone/{job_id}", job_get, false, "Jobs", "One job, with its last 500 log lines",
     NULL, NULL, "Job"},
    {"DELETE /api/clone/{job_id}", job_cancel, false, "Jobs", "Cancel a job that waits or runs",
     NULL, NULL, "Cancelled"},
    {"GET /api/clone/{job_id}/events", job_events, false, "Jobs",
     "Server-sent events of a job: status, progress, log, result; resumes behind Last-Event-ID",
     "after:integer", NULL, "Events"},
    {"GET /api/catalogs", browse_catalogs, false, "Catalogs", "Names of the catalogs",
     "details:boolean", NULL, "Names"},
    {"GET /api/catalogs/{catalog}/info", browse_catalog, false, "Catalogs", "One catalog", NULL,
     NULL, "Object"},
    {"GET /api/catalogs/{catalog}/schemas", browse_schemas, false, "Catalogs",
     "Names of the schemas of a catalog", "details:boolean", NULL, "Names"},
    {"GET /api/catalogs/{catalog}/{schema}/tables", browse_tables, false, "Catalogs",
     "Names of the tables and views of a schema", "details:boolean", NULL, "Names"},
    {"GET /api/catalogs/{catalog}/{schema}/functions", browse_functions, false, "Catalogs",
     "Names of the functions of a schema", "details:boolean", NULL, "Names"},
    {"GET /api/catalogs/{catalog}/{schema}/volumes", browse_volumes, false, "Catalogs",
     "Names of the volumes of a schema", "details:boolean", NULL, "Names"},
    {"GET /api/catalogs/{catalog}/{schema}/objects", browse_objects, false, "Catalogs",
     "Tables, views, functions and volumes of a schema", NULL, NULL, "Object"},
    {"GET /api/catalogs/{catalog}/{schema}/{table}/info", browse_info, false, "Catalogs",
     "Columns, properties, size and definition of a table or view", NULL, NULL, "Object"},
    {"GET /api/catalogs/{catalog}/{schema}/{table}/history", browse_history, false, "Catalogs",
     "Versions of a table, newest first", "limit:integer", NULL, "Objects"},
    {"GET /api/catalogs/{catalog}/{schema}/{table}/sample", browse_sample, false, "Catalogs",
     "A few rows; values as text", "limit:integer", NULL, "Rows"},
    {"GET /api/rollback/logs", browse_rollbacks, false, "Safety",
     "Clones that can be taken back, newest first", NULL, NULL, "Objects"},
    {"GET /openapi.json", serve_openapi, true, "Health", "This document", NULL, NULL, "Object"},
    {"GET /docs", serve_docs, true, "Health", "This API, to read", NULL, NULL, "Page"},
};
const size_t endpoint_count = CX_COUNT(endpoints);

cx_code serve_health(cx *c, ask *a, json **out)
{
    (void)c, (void)a;
    const char *runtime = getenv("CLONE_XS_RUNTIME");
    *out = json_pack("{s:s,s:s,s:s,s:s,s:n,s:b}", "status", "ok", "service", "Clone-Xs", "runtime",
                     runtime && *runtime ? runtime : "standalone", "version", CLXS_VERSION,
                     "sdk_version", "rest_api_fallback", false);
    return CX_OK;
}

/* ---- OpenAPI -----------------------------------------------------------------------------------
 */

static const char schemas[] =
    "{\"Object\":{\"type\":\"object\"},"
    /* names, or with details the whole objects */
    "\"Names\":{\"type\":\"array\",\"items\":{\"type\":[\"string\",\"object\"]}},"
    "\"Objects\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},"
    "\"Message\":{\"type\":\"object\",\"properties\":{\"status\":{\"type\":\"string\"},"
    "\"message\":{\"type\":\"string\"}}},"
    "\"Health\":{\"type\":\"object\",\"required\":[\"status\",\"service\"],\"properties\":{"
    "\"status\":{\"type\":\"string\"},\"service\":{\"type\":\"string\"},\"runtime\":{\"type\":\"string\"},"
    "\"version\":{\"type\":\"string\"},\"sdk_version\":{\"type\":[\"string\",\"null\"]},"
    "\"rest_api_fallback\":{\"type\":\"boolean\"}}},"
    "\"Auth\":{\"type\":\"object\",\"required\":[\"authenticated\"],\"properties\":{"
    "\"authenticated\":{\"type\":\"boolean\"},\"user\":{\"type\":[\"string\",\"null\"]},"
    "\"host\":{\"type\":[\"string\",\"null\"]},\"auth_method\":{\"type\":[\"string\",\"null\"]},"
    "\"session_id\":{\"type\":[\"string\",\"null\"]},\"csrf_token\":{\"type\":[\"string\",\"null\"]},"
    "\"embedded\":{\"type\":\"boolean\"}}},"
    "\"JobTicket\":{\"type\":\"object\",\"required\":[\"job_id\",\"status\",\"message\"],\"properties\":{"
    "\"job_id\":{\"type\":\"string\"},\"status\":{\"type\":\"string\"},\"message\":{\"type\":\"string\"}}},"
    "\"Cancelled\":{\"type\":\"object\",\"required\":[\"job_id\",\"status\"],\"properties\":{"
    "\"job_id\":{\"type\":\"string\"},\"status\":{\"type\":\"string\"}}},"
    "\"Job\":{\"type\":\"object\",\"required\":[\"job_id\",\"status\"],\"properties\":{"
    "\"job_id\":{\"type\":\"string\"},\"status\":{\"enum\":[\"queued\",\"running\",\"completed\",\"failed\","
    "\"cancelled\",\"interrupted\"]},\"job_type\":{\"type\":\"string\"},"
    "\"source_catalog\":{\"type\":[\"string\",\"null\"]},\"destination_catalog\":{\"type\":[\"string\",\"null\"]},"
    "\"clone_type\":{\"type\":[\"string\",\"null\"]},\"progress\":{\"type\":[\"object\",\"null\"]},"
    "\"result\":{},\"error\":{\"type\":[\"string\",\"null\"]},\"hint\":{\"type\":[\"string\",\"null\"]},"
    "\"run_url\":{\"type\":[\"string\",\"null\"]},\"logs\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
    "\"args\":{\"type\":\"object\"},\"created_at\":{\"type\":[\"string\",\"null\"]},"
    "\"started_at\":{\"type\":[\"string\",\"null\"]},\"completed_at\":{\"type\":[\"string\",\"null\"]}}},"
    "\"Jobs\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Job\"}},"
    "\"Rows\":{\"type\":\"object\",\"required\":[\"columns\",\"rows\"],\"properties\":{\"columns\":{"
    "\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},"
    "\"type\":{\"type\":\"string\"}}}},\"rows\":{\"type\":\"array\",\"items\":{\"type\":\"array\","
    "\"items\":{\"type\":[\"string\",\"null\"]}}}}},"
    "\"Problem\":{\"type\":\"object\",\"required\":[\"detail\"],\"properties\":{"
    "\"detail\":{\"type\":\"string\"},\"hint\":{\"type\":[\"string\",\"null\"]},\"code\":{\"type\":\"string\"},"
    "\"request_id\":{\"type\":\"string\"}}},"
    "\"Invalid\":{\"type\":\"object\",\"required\":[\"detail\"],\"properties\":{\"detail\":{\"type\":\"array\","
    "\"items\":{\"type\":\"object\",\"required\":[\"loc\",\"msg\",\"type\"],\"properties\":{"
    "\"loc\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},\"msg\":{\"type\":\"string\"},"
    "\"type\":{\"type\":\"string\"}}}}}}}";

static json *answer(const char *description, const char *type, json *take_schema)
{
    return json_pack("{s:s,s:{s:{s:o}}}", "description", description, "content", type, "schema",
                     take_schema);
}

static json *ref(cx *c, const char *name)
{
    return json_pack("{s:s}", "$ref", cx_fmt(c, "#/components/schemas/%s", name));
}

static void add_failures(cx *c, json *responses, bool open, bool validates)
{
    if (!open)
        json_object_set_new(responses, "401",
                            answer("Not signed in", "application/json", ref(c, "Problem")));
    if (validates)
        json_object_set_new(responses, "422",
                            answer("Arguments are wrong", "application/json", ref(c, "Invalid")));
    json_object_set_new(responses, "default",
                        answer("A failure", "application/json", ref(c, "Problem")));
}

static json *parameter(const char *name, const char *in, bool required, json *take_schema)
{
    return json_pack("{s:s,s:s,s:b,s:o}", "name", name, "in", in, "required", required, "schema",
                     take_schema);
}

static json *path_parameters(cx *c, const char *path)
{
    json *list = json_array();
    for (const char *p = path; (p = strchr(p, '{')); p++) {
        const char *name = cx_dupn(c, p + 1, strcspn(p + 1, ".}"));
        json_array_append_new(list,
                              parameter(name, "path", true, json_pack("{s:s}", "type", "string")));
    }
    return list;
}

/* Calls for each "name:type" of a list. */
static const char *next_field(cx *c, const char *p, const char **out_name, const char **out_type)
{
    p += strspn(p, ", ");
    if (!*p)
        return NULL;
    const size_t name = strcspn(p, ":"), type = strcspn(p + name + 1, ",");
    *out_name = cx_dupn(c, p, name);
    *out_type = cx_dupn(c, p + name + 1, type);
    return p + name + 1 + type;
}

static json *endpoint_json(cx *c, const endpoint *e)
{
    const char *path = strchr(e->pattern, ' ') + 1, *name, *type;
    json *parameters = path_parameters(c, path), *responses = json_object();
    for (const char *p = e->query; p && (p = next_field(c, p, &name, &type));)
        json_array_append_new(parameters,
                              parameter(name, "query", false, json_pack("{s:s}", "type", type)));
    const bool page = !strcmp(e->result, "Page"), events = !strcmp(e->result, "Events");
    json *ok = page || events ? answer("Done", page ? "text/html" : "text/event-stream",
                                       json_pack("{s:s}", "type", "string"))
                              : answer("Done", "application/json", ref(c, e->result));
    json_object_set_new(responses, "200", ok);
    add_failures(c, responses, e->open, e->body != NULL);
    json *out = json_pack("{s:s,s:[s],s:o,s:o}", "summary", e->help, "tags", e->tag, "parameters",
                          parameters, "responses", responses);
    if (e->open)
        json_object_set_new(out, "security", json_array());
    if (e->body) {
        json *properties = json_object();
        for (const char *p = e->body; (p = next_field(c, p, &name, &type));)
            json_object_set_new(properties, name, json_pack("{s:s}", "type", type));
        json_object_set_new(out, "requestBody",
                            json_pack("{s:{s:{s:{s:s,s:o}}}}", "content", "application/json",
                                      "schema", "type", "object", "properties", properties));
    }
    return out;
}

static bool in_path(const char *path, const char *name)
{
    for (const char *p = path; (p = strchr(p, '{')); p++)
        if (!strncmp(p + 1, name, strlen(name)) && p[1 + strlen(name)] == '}')
            return true;
    return false;
}

static json *op_operation(cx *c, const op *o)
{
    const char *path = strchr(o->http, ' ') + 1;
    const bool read = text_starts(o->http, "GET ");
    json *parameters = path_parameters(c, path), *responses = json_object();
    for (size_t i = 0; read && i < o->arg_count; i++)
        if (!o->args[i].cli_only && !in_path(path, o->args[i].name))
            json_array_append_new(parameters, parameter(o->args[i].name, "query", o->args[i].need,
                                                        emit_arg_schema(&o->args[i])));
    json_object_set_new(responses, "200",
                        answer(o->job ? "The job that was queued" : "The result",
                               "application/json",
                               o->job ? ref(c, "JobTicket") : emit_result_schema(o)));
    add_failures(c, responses, false, true);
    json *out =
        json_pack("{s:s,s:s,s:s,s:[s],s:o,s:o}", "operationId", o->name, "summary", o->help,
                  "description", o->why ? o->why : "", "tags", o->group ? o->group : "Operations",
                  "parameters", parameters, "responses", responses);
    if (!read)
        json_object_set_new(out, "requestBody",
                            json_pack("{s:{s:{s:o}}}", "content", "application/json", "schema",
                                      emit_body_schema(c, o)));
    if (o->job) {
        json *schema = emit_result_schema(o); /* of the job's `result` */
        json_object_set_new(out, "x-job-result", schema);
    }
    return out;
}

static void add_path(cx *c, json *paths, const char *pattern, json *take_operation)
{
    const char *space = strchr(pattern, ' ');
    char *method = cx_dupn(c, pattern, (size_t)(space - pattern));
    text_lower(method);
    json *path = json_object_get(paths, space + 1);
    if (!path) {
        path = json_object();
        json_object_set_new(paths, space + 1, path);
    }
    json_object_set_new(path, method, take_operation);
}

static cx_code document(cx *c, const op *const *ops, size_t count, json **out)
{
    json *paths = json_object();
    for (size_t i = 0; i < endpoint_count; i++)
        add_path(c, paths, endpoints[i].pattern, endpoint_json(c, &endpoints[i]));
    for (size_t i = 0; i < count; i++)
        if (ops[i]->http)
            add_path(c, paths, ops[i]->http, op_operation(c, ops[i]));
    json *named = json_loads(schemas, 0, NULL);
    json *security = json_loads(
        "{\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"clxs_session\"},"
        "\"sessionHeader\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"X-Clone-Session\"},"
        "\"workspaceHost\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"X-Databricks-Host\"},"
        "\"workspaceToken\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"X-Databricks-Token\"},"
        "\"apiKey\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"X-API-Key\"}}",
        0, NULL);
    *out = json_pack("{s:s,s:{s:s,s:s,s:s},s:[{s:[]},{s:[]},{s:[],s:[]},{s:[]}],s:o,s:{s:o,s:o}}",
                     "openapi", "3.1.0", "info", "title", "Clone-Xs", "version", CLXS_VERSION,
                     "description", "Clone, compare and keep Unity Catalog catalogs in step.",
                     "security", "session", "sessionHeader", "workspaceHost", "workspaceToken",
                     "apiKey", "paths", paths, "components", "schemas", named, "securitySchemes",
                     security);
    if (!*out)
        return cx_fail(c, CX_INTERNAL, "the OpenAPI document could not be made");
    return CX_OK;
}

cx_code server_openapi(cx *c, json **out)
{
    return document(c, op_table, op_count, out);
}

cx_code serve_openapi(cx *c, ask *a, json **out)
{
    return document(c, a->app->ops, a->app->op_count, out);
}

/* ---- the page -----------------------------------------------------------------------------------
 */

static void add_html(buf *b, const char *text)
{
    for (; text && *text; text++) {
        switch (*text) {
        case '<': buf_adds(b, "&lt;"); break;
        case '>': buf_adds(b, "&gt;"); break;
        case '&': buf_adds(b, "&amp;"); break;
        case '"': buf_adds(b, "&quot;"); break;
        default: buf_addc(b, *text);
        }
    }
}

static void tagged(buf *b, const char *tag, const char *text)
{
    buf_addf(b, "<%s>", tag);
    add_html(b, text);
    buf_addf(b, "</%s>", tag);
}

static void op_section(cx *c, buf *b, const op *o)
{
    buf_addf(b, "<details id=\"%s\"><summary><code>", o->name);
    add_html(b, o->http);
    buf_adds(b, "</code> ");
    add_html(b, o->help);
    buf_adds(b, o->job ? " <em>job</em></summary>" : "</summary>");
    tagged(b, "p", o->why);
    if (o->arg_count)
        buf_adds(
            b,
            "<table><thead><tr><th scope=\"col\">Field<th scope=\"col\">Type<th scope=\"col\">Default"
            "<th scope=\"col\">What</thead>");
    for (size_t i = 0; i < o->arg_count; i++) {
        const op_arg *x = &o->args[i];
        if (x->cli_only)
            continue;
        buf_adds(b, "<tr><td><code>");
        add_html(b, x->name);
        buf_adds(b, x->need ? "</code> (required)<td>" : "</code><td>");
        add_html(b, emit_kind_name(x->kind));
        for (size_t k = 0; x->of && x->of[k]; k++)
            buf_addf(b, "%s%s", k ? " | " : ": ", x->of[k]);
        buf_adds(b, "<td>");
        add_html(b, x->def ? x->def : "");
        buf_adds(b, "<td>");
        add_html(b, x->help);
    }
    if (o->arg_count)
        buf_adds(b, "</table>");
    if (o->results && o->results->name)
        buf_adds(b, "<p>Result:</p><ul>");
    for (const op_result *r = o->results; r && r->name; r++)
        buf_addf(b, "<li><code>%s</code> %s: %s", r->name, r->type, r->help);
    if (o->results && o->results->name)
        buf_adds(b, "</ul>");
    buf_adds(b, "<p>On the command line: <code>");
    add_html(b, o->example ? o->example : op_command(c, o));
    buf_adds(b, "</code></p></details>");
}

static const char docs_head[] =
    "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Clone-Xs API</title>"
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><style>"
    ":root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;"
    "padding:0 1rem}summary{cursor:pointer;padding:.3rem 0}details[open]{padding-bottom:1rem}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.25rem .6rem;"
    "border-bottom:1px solid #8884}code{font:13px ui-monospace,monospace}em{border:1px solid;border-radius:1rem;"
    "padding:0 .5rem;font-size:12px;font-style:normal}</style></head><body><main><h1>Clone-Xs API</h1>"
    "<p>Machine-readable: <a href=\"/openapi.json\">/openapi.json</a>. Sign in with "
    "<code>POST /api/auth/login</code>, or send <code>X-Databricks-Host</code> and "
    "<code>X-Databricks-Token</code> with each request. Failures are "
    "<code>{\"detail\", \"hint\", \"code\", \"request_id\"}</code>; wrong arguments answer 422 with a list in "
    "<code>detail</code>.</p>";

cx_code serve_docs(cx *c, ask *a, json **out)
{
    *out = NULL;
    buf *b = &a->reply->body;
    buf_adds(b, docs_head);
    const char *group = "";
    for (size_t i = 0; i < a->app->op_count; i++) {
        const op *o = a->app->ops[i];
        if (!o->http)
            continue;
        if (o->group && strcmp(group, o->group) != 0)
            tagged(b, "h2", group = o->group);
        op_section(c, b, o);
    }
    for (size_t i = 0; i < endpoint_count; i++) {
        const endpoint *e = &endpoints[i];
        if (!i || strcmp(endpoints[i - 1].tag, e->tag) != 0)
            tagged(b, "h2", e->tag);
        buf_adds(b, "<p><code>");
        add_html(b, e->pattern);
        buf_adds(b, "</code> ");
        add_html(b, e->help);
        if (e->query || e->body)
            buf_addf(b, " (%s%s)", e->query ? "query: " : "body: ", e->query ? e->query : e->body);
        buf_adds(b, "</p>");
    }
    buf_adds(b, "</main></body></html>");
    http_reply_header(a->reply, "Content-Type", "text/html; charset=utf-8");
    http_reply_header(
        a->reply, "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'");
    return CX_OK;
}
