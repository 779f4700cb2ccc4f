/* May the current user do what a clone does? Privileges come from the service's effective
 * permissions and from the grants that information_schema shows; groups count. Owners of an object
 * or of what it is in may do everything to it. ALL PRIVILEGES does not hold MANAGE. */
#include "base/hash.h"
#include "ops/preflight/checks.h"
#include "sql/quote.h"

#include <ctype.h>

void rights_clear(rights *r)
{
    json_decref(r->held);
    r->held = NULL;
}

bool preflight_is_me(const preflight *p, const char *principal)
{
    for (size_t i = 0; principal && p->acts_as[i]; i++)
        if (text_same_nocase(p->acts_as[i], principal))
            return true;
    return false;
}

static void add_word(cx *c, rights *r, const char *word)
{
    char *text = cx_dup(c, word);
    for (char *q = text; *q; q++)
        *q = *q == '_' ? ' ' : (char)toupper((unsigned char)*q);
    json_object_set_new(r->held, text, json_true());
}

static void take_page(const preflight *p, const json *page, rights *r)
{
    const json *list = json_get(page, "privilege_assignments"), *a, *v;
    size_t i, k;
    json_array_foreach (list, i, a) {
        if (!preflight_is_me(p, json_get_str(a, "principal", NULL)))
            continue;
        json_array_foreach (json_get(a, "privileges"), k, v)
            add_word(p->c, r, json_get_str(v, "privilege", ""));
    }
}

static char *path_of(const char *type, const char *name)
{
    buf path = BUF(BUF_ANY);
    buf_addf(&path, "/api/2.1/unity-catalog/effective-permissions/%s/", type); /* our word */
    buf_add_percent(&path, name, "");
    return buf_steal(&path);
}

enum { PAGES_MOST = 100 };

cx_code rights_load(preflight *p, const char *type, const char *name, const char *owner,
                    rights *out)
{
    AUTO_FREE char *path = path_of(type, name);
    const char *query = NULL;
    *out = (rights){preflight_is_me(p, owner), json_object()};
    for (int page = 0; page < PAGES_MOST; page++) {
        AUTO(json) answer = NULL;
        const cx_code rc = workspace_call(p->c, p->w, "GET", path, query, NULL, &answer);
        if (rc == CX_CANCELLED)
            return rc;
        if (rc != CX_OK) { /* it does not tell: only what grants say is held */
            cx_forgive(p->c);
            return CX_OK;
        }
        take_page(p, answer, out);
        const char *next = json_get_str(answer, "next_page_token", NULL);
        if (!next || !*next)
            return CX_OK;
        buf b = BUF(BUF_ANY);
        buf_adds(&b, "page_token=");
        buf_add_percent(&b, next, "");
        query = cx_dup(p->c, buf_text(&b));
        buf_clear(&b);
    }
    return CX_OK;
}

void rights_add(const preflight *p, rights *r, const model_grant *grants, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (preflight_is_me(p, grants[i].principal))
            add_word(p->c, r, grants[i].privilege);
}

bool rights_has(const preflight *p, const rights *r, const char *privilege)
{
    if (p->everything || r->owner || json_object_get(r->held, privilege))
        return true;
    return strcmp(privilege, "MANAGE") != 0 && json_object_get(r->held, "ALL PRIVILEGES");
}

/* ---- reading the source ------------------------------------------------------------------ */

static bool held_on(const preflight *p, const model_object *o, const char *privilege)
{
    if (preflight_is_me(p, o->owner))
        return true;
    for (size_t i = 0; i < o->grant_count; i++)
        if (preflight_is_me(p, o->grants[i].principal) &&
            (!strcmp(o->grants[i].privilege, privilege) ||
             (!strcmp(o->grants[i].privilege, "ALL PRIVILEGES") &&
              strcmp(privilege, "MANAGE") != 0)))
            return true;
    return false;
}

static const model_object *schema_of(const inventory *i, const char *schema)
{
    return model_find(i, MODEL_SCHEMA, schema, schema);
}

static bool may(const preflight *p, const inventory *in, const rights *catalog,
                const model_object *o, const char *privilege)
{
    const model_object *schema = schema_of(in, o->schema);
    if (rights_has(p, catalog, privilege) || held_on(p, o, privilege))
        return true;
    return schema && held_on(p, schema, privilege);
}

/* An owner needs no USE SCHEMA of an own object's schema. */
static bool may_reach(const preflight *p, const inventory *in, const rights *catalog,
                      const model_object *o)
{
    return may(p, in, catalog, o, "USE SCHEMA");
}

static const char *grant_words(preflight *p, const char *privileges, const char *on)
{
    return cx_fmt(p->c, "GRANT %s ON CATALOG %s TO %s", privileges, sql_ident(p->c, on),
                  sql_ident(p->c, p->user));
}

static void check_objects(preflight *p, const rights *catalog)
{
    static const struct {
        model_kind kind;
        const char *privilege;
    } needs[] = {{MODEL_TABLE, "SELECT"},
                 {MODEL_VIEW, "SELECT"},
                 {MODEL_FUNCTION, "EXECUTE"},
                 {MODEL_VOLUME, "READ VOLUME"}};
    buf names = BUF(BUF_ANY);
    int64_t closed = 0, all = 0;
    for (size_t k = 0; k < CX_COUNT(needs); k++)
        for (size_t i = 0; i < p->from->of[needs[k].kind].count; i++) {
            const model_object *o = &p->from->of[needs[k].kind].items[i];
            all++;
            if (!may(p, p->from, catalog, o, needs[k].privilege) ||
                !may_reach(p, p->from, catalog, o))
                preflight_add_name(&names, &closed, model_label(p->c, o));
        }
    const char *fix = grant_words(p, "USE SCHEMA, SELECT, EXECUTE, READ VOLUME", p->source);
    if (!all && !rights_has(p, catalog, "SELECT"))
        preflight_say(p, CHECK_FAIL, "source_select", fix, "%s can see nothing in %s", p->user,
                      p->source);
    else if (closed)
        preflight_say(p, closed == all ? CHECK_FAIL : CHECK_WARN, "source_select", fix,
                      "%lld of %lld objects may be seen but not read: %s", (long long)closed,
                      (long long)all, preflight_names(p->c, &names, closed));
    else if (!rights_has(p, catalog, "SELECT"))
        preflight_say(p, CHECK_WARN, "source_select", fix,
                      "all that can be seen can be read; SELECT is not held on the whole catalog, "
                      "so there may be objects that cannot be seen and would be left out");
    else
        preflight_say(p, CHECK_OK, "source_select", NULL, "all %lld objects can be read",
                      (long long)all);
    buf_clear(&names);
}

cx_code preflight_reading(preflight *p)
{
    AUTO_CLEAR(rights) r = {0};
    if (!p->from)
        return CX_OK;
    TRY(rights_load(p, "catalog", p->source, p->from->owner, &r));
    rights_add(p, &r, p->from->grants, p->from->grant_count);
    if (rights_has(p, &r, "USE CATALOG"))
        preflight_say(p, CHECK_OK, "source_use_catalog", NULL, "%s %s %s", p->user,
                      r.owner ? "owns" : "may use", p->source);
    else
        preflight_say(p, CHECK_FAIL, "source_use_catalog", grant_words(p, "USE CATALOG", p->source),
                      "%s may not use %s: USE CATALOG is missing", p->user, p->source);
    check_objects(p, &r);
    return CX_OK;
}

/* ---- writing the destination ---------------------------------------------------------------- */

static cx_code check_create_catalog(preflight *p)
{
    AUTO(json) metastore = NULL;
    AUTO_CLEAR(rights) r = {0};
    const cx_code rc = workspace_call(p->c, p->w, "GET", "/api/2.1/unity-catalog/metastore_summary",
                                      NULL, NULL, &metastore);
    if (rc != CX_OK)
        return preflight_told(p, CHECK_WARN, "create_catalog_permission", rc);
    TRY(rights_load(p, "metastore", json_get_str(metastore, "metastore_id", ""),
                    json_get_str(metastore, "owner", NULL), &r));
    if (rights_has(p, &r, "CREATE CATALOG"))
        preflight_say(p, CHECK_OK, "create_catalog_permission", NULL, "%s may make %s", p->user,
                      p->dest);
    else
        preflight_say(
            p, CHECK_FAIL, "create_catalog_permission",
            cx_fmt(p->c, "GRANT CREATE CATALOG ON METASTORE TO %s", sql_ident(p->c, p->user)),
            "%s may not make %s, which is not there: CREATE CATALOG is missing", p->user, p->dest);
    return CX_OK;
}

/* Schemas of the source in which a table could not be made. */
static void check_create_table(preflight *p, const rights *r)
{
    buf names = BUF(BUF_ANY);
    int64_t closed = 0;
    const bool use = rights_has(p, r, "USE CATALOG");
    for (size_t i = 0; i < p->from->of[MODEL_SCHEMA].count; i++) {
        const char *name = p->from->of[MODEL_SCHEMA].items[i].name;
        const model_object *there = schema_of(p->to, name);
        const bool fine =
            there ? may(p, p->to, r, there, "CREATE TABLE") && may(p, p->to, r, there, "USE SCHEMA")
                  : rights_has(p, r, "CREATE SCHEMA");
        if (!fine || !use)
            preflight_add_name(&names, &closed, name);
    }
    if (closed)
        preflight_say(
            p, CHECK_FAIL, "dest_create_table",
            grant_words(p, "USE CATALOG, USE SCHEMA, CREATE SCHEMA, CREATE TABLE", p->dest),
            "%s may not make tables in these schemas of %s: %s", p->user, p->dest,
            preflight_names(p->c, &names, closed));
    else
        preflight_say(p, CHECK_OK, "dest_create_table", NULL, "tables may be made in %s", p->dest);
    buf_clear(&names);
}

static void add_lacking(preflight *p, const rights *r, model_kind kind, const char *privilege,
                        buf *names, int64_t *count)
{
    bool lacks = false;
    for (size_t i = 0; i < p->from->of[kind].count && !lacks; i++) {
        const model_object *there = schema_of(p->to, p->from->of[kind].items[i].schema);
        lacks = there && !may(p, p->to, r, there, privilege);
    }
    if (lacks)
        preflight_add_name(names, count, privilege);
}

/* To put something in the place of an object takes what only its owner, or MANAGE, may; of a table
 * its rows go too, which is MODIFY. Views of the copy read its tables with the rights of who makes
 * them: of a table that somebody else owns that is SELECT. */
static bool may_replace(const preflight *p, const rights *r, const model_object *there)
{
    return may(p, p->to, r, there, "MANAGE") &&
           (there->kind != MODEL_TABLE ||
            (may(p, p->to, r, there, "MODIFY") &&
             (p->from->of[MODEL_VIEW].count == 0 || may(p, p->to, r, there, "SELECT"))));
}

static void check_replacing(preflight *p, const rights *r)
{
    buf names = BUF(BUF_ANY), words = BUF(BUF_ANY);
    int64_t foreign = 0, lacking = 0;
    for (int kind = MODEL_TABLE; kind < MODEL_VOLUME; kind++)
        for (size_t i = 0; i < p->from->of[kind].count; i++) {
            const model_object *o = &p->from->of[kind].items[i];
            const model_object *there = model_find(p->to, (model_kind)kind, o->schema, o->name);
            if (there && !may_replace(p, r, there))
                preflight_add_name(&names, &foreign, model_label(p->c, o));
        }
    add_lacking(p, r, MODEL_FUNCTION, "CREATE FUNCTION", &words, &lacking);
    add_lacking(p, r, MODEL_VOLUME, "CREATE VOLUME", &words, &lacking);
    if (lacking)
        preflight_say(p, CHECK_WARN, "write_permissions",
                      grant_words(p, preflight_names(p->c, &words, lacking), p->dest),
                      "%s lacks %s on %s", p->user, preflight_names(p->c, &words, lacking),
                      p->dest);
    else if (foreign)
        preflight_say(p, CHECK_WARN, "write_permissions",
                      grant_words(p, "MANAGE, MODIFY, SELECT", p->dest),
                      "%lld objects that are there cannot be replaced: %s", (long long)foreign,
                      preflight_names(p->c, &names, foreign));
    else
        preflight_say(p, CHECK_OK, "write_permissions", NULL,
                      "whatever a clone makes or replaces may be made or replaced");
    buf_clear(&names);
    buf_clear(&words);
}

static void check_manage(preflight *p, const rights *r)
{
    if (rights_has(p, r, "MANAGE"))
        preflight_say(p, CHECK_OK, "dest_manage_permission", NULL, "%s %s %s", p->user,
                      r->owner ? "owns" : "may manage", p->dest);
    else
        preflight_say(p, CHECK_WARN, "dest_manage_permission", grant_words(p, "MANAGE", p->dest),
                      "%s does not own %s and lacks MANAGE: grants and owners of what is there "
                      "cannot be copied",
                      p->user, p->dest);
}

static void say_new(preflight *p)
{
    preflight_say(p, CHECK_OK, "dest_manage_permission", NULL, "whoever makes %s owns it", p->dest);
    preflight_say(p, CHECK_OK, "dest_create_table", NULL, "whoever makes %s owns it", p->dest);
    preflight_say(p, CHECK_OK, "write_permissions", NULL, "there is nothing to replace");
}

cx_code preflight_writing(preflight *p)
{
    AUTO_CLEAR(rights) r = {0};
    if (!p->to || !p->from)
        return CX_OK;
    if (!p->dest_exists) {
        TRY(check_create_catalog(p));
        say_new(p);
        return CX_OK;
    }
    preflight_say(p, CHECK_OK, "create_catalog_permission", NULL, "not needed: %s is there",
                  p->dest);
    TRY(rights_load(p, "catalog", p->dest, p->to->owner, &r));
    rights_add(p, &r, p->to->grants, p->to->grant_count);
    check_manage(p, &r);
    check_create_table(p, &r);
    check_replacing(p, &r);
    return CX_OK;
}
