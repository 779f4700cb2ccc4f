/* Workspaces with their principals, shared by everybody who is the same person in the same place.
 */
#include "server/server_int.h"

static void release(tenant *t)
{
    workspace_free(t->ws);
    free(t->user);
    free((char *)t->config.host);
    free((char *)t->config.token);
    free((char *)t->config.lake_root);
    free((char *)t->config.warehouse_id);
    free((char *)t->config.trace_path);
    free(t);
}

tenant *tenant_ref(tenant *t)
{
    pthread_mutex_lock(&t->app->lock);
    t->refs++;
    pthread_mutex_unlock(&t->app->lock);
    return t;
}

void tenant_free(tenant *t)
{
    if (!t)
        return;
    app *s = t->app;
    pthread_mutex_lock(&s->lock);
    const bool last = --t->refs == 0;
    if (last)
        for (tenant **at = &s->tenants; *at; at = &(*at)->next)
            if (*at == t) {
                *at = t->next;
                break;
            }
    pthread_mutex_unlock(&s->lock);
    if (last)
        release(t); /* closing connections takes time: not under the lock */
}

cx_code tenant_open(cx *c, app *s, const workspace_config *config, tenant **out)
{
    tenant *t = cx_calloc(1, sizeof *t);
    t->app = s;
    t->refs = 1;
    t->config = *config;
    t->config.host = cx_heapdup(config->host);
    t->config.token = cx_heapdup(config->token);
    t->config.lake_root = cx_heapdup(config->lake_root);
    t->config.warehouse_id = cx_heapdup(config->warehouse_id);
    t->config.trace_path = cx_heapdup(config->trace_path);
    t->method = config->host ? "pat" : "embedded";
    const char *user = NULL;
    cx_code rc = workspace_open(c, &t->config, &t->ws);
    if (rc == CX_OK)
        rc = workspace_whoami(c, t->ws, &user);
    if (rc != CX_OK) {
        release(t);
        return rc;
    }
    t->user = cx_heapdup(user);
    pthread_mutex_lock(&s->lock);
    t->next = s->tenants;
    s->tenants = t;
    pthread_mutex_unlock(&s->lock);
    *out = t;
    return CX_OK;
}

/* One handle on the lake for the whole server, opened when it is first asked for. */
cx_code tenant_embedded(cx *c, app *s, tenant **out)
{
    pthread_mutex_lock(&s->opening);
    cx_code rc = CX_OK;
    if (!s->embedded) {
        workspace_config config = *s->config.workspace;
        config.host = config.token = config.warehouse_id = NULL;
        rc = tenant_open(c, s, &config, &s->embedded);
    }
    if (rc == CX_OK)
        *out = tenant_ref(s->embedded);
    pthread_mutex_unlock(&s->opening);
    return rc;
}

cx_code tenant_standard(cx *c, app *s, tenant **out)
{
    if (!s->config.workspace->host)
        return tenant_embedded(c, s, out);
    pthread_mutex_lock(&s->opening);
    cx_code rc = CX_OK;
    if (!s->standard)
        rc = tenant_open(c, s, s->config.workspace, &s->standard);
    if (rc == CX_OK)
        *out = tenant_ref(s->standard);
    pthread_mutex_unlock(&s->opening);
    return rc;
}

static bool same(const tenant *t, const char *place, const char *user)
{
    return !strcmp(workspace_name(t->ws), place) && !strcmp(t->user, user);
}

tenant *tenant_find(app *s, const char *place, const char *user)
{
    tenant *found = NULL;
    pthread_mutex_lock(&s->lock);
    for (tenant *t = s->tenants; t && !found; t = t->next)
        if (same(t, place, user)) {
            t->refs++;
            found = t;
        }
    pthread_mutex_unlock(&s->lock);
    return found;
}

/* The command line writes no owner: on the embedded workspace it is the same person. */
bool tenant_may_see(const tenant *t, const state_job *j)
{
    const bool local = workspace_is_embedded(t->ws) && !*j->owner;
    return same(t, j->workspace, local ? t->user : j->owner);
}
