/* Is there a workspace, who are we in it, what computes, and does the environment agree? */
#include "base/hash.h"
#include "ops/preflight/checks.h"

static void keep_identity(preflight *p, const json *me)
{
    const json *groups = json_get(me, "groups");
    const size_t n = json_array_size(groups);
    size_t k = 0;
    p->user = cx_dup(p->c, json_get_str(me, "userName", ""));
    p->acts_as = cx_array(p->c, const char *, n + 3);
    p->acts_as[k++] = p->user;
    p->acts_as[k++] = "account users";
    for (size_t i = 0; i < n; i++) {
        const char *name = json_get_str(json_array_get(groups, i), "display", NULL);
        if (name)
            p->acts_as[k++] = cx_dup(p->c, name);
    }
    p->acts_as[k] = NULL;
    p->everything = workspace_is_embedded(p->w);
}

static cx_code check_identity(preflight *p, bool *out_usable)
{
    AUTO(json) me = NULL;
    *out_usable = false;
    const cx_code rc =
        workspace_call(p->c, p->w, "GET", "/api/2.0/preview/scim/v2/Me", NULL, NULL, &me);
    if (rc != CX_OK)
        return preflight_told(p, CHECK_FAIL, "connectivity", rc);
    keep_identity(p, me);
    preflight_say(p, CHECK_OK, "connectivity", NULL, "%s answers", workspace_name(p->w));
    if (!*p->user) {
        preflight_say(p, CHECK_FAIL, "current_identity",
                      "use a token of a user or of a service "
                      "principal",
                      "the workspace does not say who the token belongs to");
        return CX_OK;
    }
    preflight_say(p, CHECK_OK, "current_identity", NULL, "%s, member of %zu groups", p->user,
                  json_array_size(json_get(me, "groups")));
    *out_usable = true;
    return CX_OK;
}

static cx_code check_warehouse(preflight *p, bool *out_usable)
{
    const char *id;
    cx_code rc = workspace_warehouse(p->c, p->w, &id);
    AUTO(json) info = NULL;
    if (rc == CX_OK) {
        buf path = BUF(BUF_ANY);
        buf_adds(&path, "/api/2.0/sql/warehouses/");
        buf_add_percent(&path, id, "");
        AUTO_FREE char *text = buf_steal(&path);
        rc = workspace_call(p->c, p->w, "GET", text, NULL, NULL, &info);
    }
    *out_usable = rc == CX_OK;
    if (rc != CX_OK)
        return preflight_told(p, CHECK_FAIL, "warehouse", rc);
    const char *state = json_get_str(info, "state", "");
    if (!strcmp(state, "RUNNING"))
        preflight_say(p, CHECK_OK, "warehouse", NULL, "%s (%s) is running",
                      json_get_str(info, "name", id), id);
    else
        preflight_say(p, CHECK_WARN, "warehouse",
                      "nothing, or start it now: the first statement starts it and waits",
                      "%s (%s) is %s", json_get_str(info, "name", id), id, state);
    return CX_OK;
}

/* Only whether they are set is looked at; a token is told by nobody. */
static void check_environment(preflight *p)
{
    const char *host = getenv("DATABRICKS_HOST");
    const bool token = getenv("DATABRICKS_TOKEN") != NULL, named = host && *host;
    if (!named && token)
        preflight_say(p, CHECK_WARN, "env_vars", "set DATABRICKS_HOST too, or unset the token",
                      "DATABRICKS_TOKEN is set and DATABRICKS_HOST is not");
    else if (named && !strstr(workspace_name(p->w), host) && !strstr(host, workspace_name(p->w)))
        preflight_say(p, CHECK_WARN, "env_vars", "unset DATABRICKS_HOST, or leave the other out",
                      "DATABRICKS_HOST names %s, but a flag, profile or session chose %s", host,
                      workspace_name(p->w));
    else if (named)
        preflight_say(p, CHECK_OK, "env_vars", NULL, "DATABRICKS_HOST%s set",
                      token ? " and DATABRICKS_TOKEN are" : " is");
    else
        preflight_say(p, CHECK_OK, "env_vars", NULL, "none are needed for %s",
                      workspace_name(p->w));
}

cx_code preflight_connection(preflight *p, bool *out_usable)
{
    bool known, computes = false;
    TRY(check_identity(p, &known));
    if (known)
        TRY(check_warehouse(p, &computes));
    check_environment(p);
    *out_usable = known && computes;
    return CX_OK;
}

cx_code preflight_catalogs(preflight *p)
{
    cx *c = p->c;
    inventory *from, *to;
    const char *name = cx_fmt(c, "source_access (%s)", p->source);
    cx_code rc = model_load(c, p->w, p->source, NULL, &from);
    if (rc == CX_OK) {
        p->from = from;
        preflight_say(p, CHECK_OK, name, NULL,
                      "%zu schemas, %zu tables, %zu views, %zu functions, %zu volumes",
                      from->of[MODEL_SCHEMA].count, from->of[MODEL_TABLE].count,
                      from->of[MODEL_VIEW].count, from->of[MODEL_FUNCTION].count,
                      from->of[MODEL_VOLUME].count);
    } else {
        TRY(preflight_told(p, CHECK_FAIL, name, rc));
    }
    name = cx_fmt(c, "destination_access (%s)", p->dest);
    rc = model_load_or_empty(c, p->w, p->dest, NULL, &to, &p->dest_exists);
    if (rc != CX_OK)
        return preflight_told(p, CHECK_FAIL, name, rc);
    p->to = to;
    if (p->dest_exists)
        preflight_say(p, CHECK_OK, name, NULL, "is there, with %zu tables",
                      to->of[MODEL_TABLE].count);
    else
        preflight_say(p, CHECK_OK, name, NULL, "is not there: the clone makes it");
    return CX_OK;
}
