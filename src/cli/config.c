#include "cli/cli_int.h"

#include "base/fs.h"

#include <ctype.h>

static const char *env(const char *name)
{
    const char *v = getenv(name);
    return v && *v ? v : NULL;
}

static cx_code home(cx *c, const char **out)
{
    *out = env("HOME");
    if (*out)
        return CX_OK;
    (void)cx_fail(c, CX_INVALID, "no state folder: HOME is not set");
    return cx_hint(c, "give --state-dir DIR, or set CLXS_HOME");
}

/* ---- ~/.databrickscfg ----------------------------------------------------------- */

static char *trimmed(cx *c, const char *text, size_t n)
{
    while (n && isspace((unsigned char)*text))
        text++, n--;
    while (n && isspace((unsigned char)text[n - 1]))
        n--;
    return cx_dupn(c, text, n);
}

/* Sections with key = value lines, as the Databricks tools write them. */
static json *read_ini(cx *c, const char *text)
{
    json *sections = json_object(), *section = NULL;
    for (const char *line = text; *line;) {
        const size_t n = strcspn(line, "\n");
        const char *t = trimmed(c, line, n);
        const size_t m = strlen(t);
        const char *eq = strchr(t, '=');
        if (*t == '[' && m > 1 && t[m - 1] == ']') {
            section = json_object();
            json_object_set_new(sections, trimmed(c, t + 1, m - 2), section);
        } else if (eq && section && *t != '#' && *t != ';') {
            json_object_set_new(section, trimmed(c, t, (size_t)(eq - t)),
                                json_str_or_null(trimmed(c, eq + 1, strlen(eq + 1))));
        }
        line += n + (line[n] == '\n');
    }
    return sections;
}

static cx_code load_ini(cx *c, json **out)
{
    const char *path = env("DATABRICKS_CONFIG_FILE"), *at;
    if (!path) {
        TRY(home(c, &at));
        path = fs_join(c, at, ".databrickscfg");
    }
    if (!fs_exists(path)) {
        *out = json_object();
        return CX_OK;
    }
    buf text;
    TRY(fs_read(c, path, 1 << 20, &text));
    *out = read_ini(c, buf_text(&text));
    buf_clear(&text);
    return CX_OK;
}

cx_code cli_profiles(cx *c, json **out)
{
    AUTO(json) sections = NULL;
    TRY(load_ini(c, &sections));
    json *list = json_array();
    const char *name;
    json *s;
    json_object_foreach (sections, name, s) {
        const char *auth = json_get(s, "token")       ? "pat"
                           : json_get(s, "client_id") ? "oauth-m2m"
                                                      : "other";
        json_array_append_new(list, json_pack("{s:s,s:o,s:s}", "name", name, "host",
                                              json_str_or_null(json_get_str(s, "host", NULL)),
                                              "auth", auth));
    }
    *out = list;
    return CX_OK;
}

static cx_code from_profile(cx *c, const char *name, workspace_config *out)
{
    AUTO(json) sections = NULL;
    TRY(load_ini(c, &sections));
    const json *s = json_get(sections, name);
    if (!s) {
        (void)cx_fail(c, CX_NOT_FOUND,
                      "there is no profile \"%s\" in the Databricks configuration file", name);
        return cx_hint(c, "clxs auth --list-profiles shows the profiles");
    }
    out->host = cx_dup(c, json_get_str(s, "host", NULL));
    out->token = cx_dup(c, json_get_str(s, "token", NULL));
    if (!out->warehouse_id)
        out->warehouse_id = cx_dup(c, json_get_str(s, "warehouse_id", NULL));
    if (out->host && !out->token)
        return cx_fail(c, CX_UNSUPPORTED,
                       "profile \"%s\" has no token; only personal access tokens are "
                       "supported so far",
                       name);
    return CX_OK;
}

/* ---- all of it --------------------------------------------------------------------- */

static cx_code find_state_dir(cx *c, const cli_globals *g, const char **out)
{
    const char *dir = g->state_dir ? g->state_dir : env("CLXS_HOME");
    if (!dir) {
        const char *at;
        TRY(home(c, &at));
        dir = fs_join(c, at, ".clxs");
    }
    char *absolute;
    TRY(fs_absolute(c, dir, &absolute));
    *out = absolute;
    return CX_OK;
}

static const char *with_scheme(cx *c, const char *host)
{
    char *h = strstr(host, "://") ? cx_dup(c, host) : cx_fmt(c, "https://%s", host);
    size_t n = strlen(h);
    while (n && h[n - 1] == '/')
        h[--n] = '\0';
    return h;
}

static cx_code check_remote(cx *c, workspace_config *w)
{
    if (!w->token) {
        (void)cx_fail(c, CX_UNAUTHENTICATED, "a workspace is named (%s) but no token", w->host);
        return cx_hint(c, "set DATABRICKS_TOKEN, or use --auth-profile");
    }
    w->host = with_scheme(c, w->host);
    if (!text_starts(w->host, "https://") && !text_starts(w->host, "http://"))
        return cx_fail(c, CX_INVALID, "the workspace address must begin with https:// (it is %s)",
                       w->host);
    return CX_OK;
}

cx_code cli_resolve(cx *c, const cli_globals *g, const char **out_state_dir, workspace_config *out)
{
    TRY(find_state_dir(c, g, out_state_dir));
    workspace_config w = {.host = g->host,
                          .token = g->token,
                          .warehouse_id =
                              g->warehouse_id ? g->warehouse_id : env("DATABRICKS_WAREHOUSE_ID"),
                          .max_rps = g->max_rps,
                          .max_parallel = (int)g->max_parallel,
                          .trace_path = g->trace,
                          .lake_root = fs_join(c, *out_state_dir, "lake")};
    const char *profile = g->auth_profile ? g->auth_profile
                          : g->host       ? NULL
                                          : env("DATABRICKS_CONFIG_PROFILE");
    if (profile)
        TRY(from_profile(c, profile, &w));
    if (!w.host)
        w.host = env("DATABRICKS_HOST");
    if (w.host && !w.token)
        w.token = env("DATABRICKS_TOKEN");
    if (w.host)
        TRY(check_remote(c, &w));
    *out = w;
    return CX_OK;
}
