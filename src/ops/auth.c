#include "ops/op.h"

#define ARGS(A)                                                                              \
    A(BOOL, list_profiles, .help = "List the profiles of the Databricks configuration file") \
    A(BOOL, verify_auth, .help = "Fail when the credentials do not work")
OP_ARGS(ARGS);

static cx_code status_of(cx *c, op_call *call, json **out)
{
    AUTO(workspace) ws = NULL;
    const char *user = NULL;
    TRY(workspace_open(c, call->config, &ws));
    const cx_code rc = workspace_whoami(c, ws, &user);
    *out = json_pack("{s:b,s:o,s:s,s:s,s:o}", "authenticated", rc == CX_OK, "user",
                     json_str_or_null(user), "host", workspace_name(ws), "auth_method",
                     workspace_is_embedded(ws) ? "embedded" : "pat", "error",
                     json_str_or_null(rc == CX_OK ? NULL : c->error.message));
    return rc;
}

static cx_code run(cx *c, op_call *call, const args *a, json **out)
{
    if (a->list_profiles)
        return call->host->profiles(c, out);
    const cx_code rc = status_of(c, call, out);
    if (rc == CX_OK || !*out)
        return rc;
    if (a->verify_auth)
        return rc;
    call->failed = true;
    return CX_OK;
}

static const op_result results[] = {{"authenticated", "boolean", "The credentials work"},
                                    {"user", "string", "Who they are"},
                                    {"host", "string", "The workspace"},
                                    {"auth_method", "string", "pat, or embedded"},
                                    {"error", "string", "Why they do not work"},
                                    {0}};

OP(auth, .group = "Configuration and auth", .help = "Show who you are in which workspace",
   .why = "The first thing to look at when a command is refused.", .example = "clxs auth",
   .effect = EFFECT_LOCAL, .results = results);
