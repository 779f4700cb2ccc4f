/* SCIM: users, groups and service principals as resources. spec: wire "Identity"
 *
 * The three kinds differ in their names only, so each verb is one function over a kind. */
#include "lake/rest/scim.h"
#include "base/hash.h"

#include <strings.h>

#define CORE "urn:ietf:params:scim:schemas:core:2.0:"
#define MESSAGES "urn:ietf:params:scim:api:messages:2.0:"

static const char *const nouns[] = {"User", "Group", "ServicePrincipal"};

/* ---- who is in what -------------------------------------------------------------------- */

typedef struct {
    meta_membership *by_group, *by_member;
    size_t n;
    meta_person *users, *services; /* the members of the groups of all */
    size_t user_count, service_count;
    meta_person everybody; /* the group "users" */
} graph;

static cx_code load_graph(cx *c, const rest_call *r, graph *g)
{
    meta *m = r->lake->meta;
    size_t again;
    TRY(meta_memberships(c, m, true, &g->by_group, &g->n));
    TRY(meta_memberships(c, m, false, &g->by_member, &again));
    g->n = again < g->n ? again : g->n;
    TRY(meta_person_named(c, m, "users", &g->everybody));
    TRY(meta_people(c, m, META_USER, &g->users, &g->user_count));
    return meta_people(c, m, META_SERVICE_PRINCIPAL, &g->services, &g->service_count);
}

/* The first row of a name in rows that are ordered by it. */
static size_t first_of(const graph *g, bool by_group, const char *name)
{
    size_t low = 0, high = g->n;
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        const char *at = by_group ? g->by_group[mid].group : g->by_member[mid].member;
        if (strcasecmp(at, name) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static json *reference(cx *c, meta_kind kind, int64_t id, const char *display)
{
    const char *text = cx_fmt(c, "%lld", (long long)id);
    return json_pack("{s:s, s:s, s:s}", "value", text, "display", display, "$ref",
                     cx_fmt(c, "%ss/%s", nouns[kind], text));
}

static void add_people(cx *c, json *list, const meta_person *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, reference(c, rows[i].kind, rows[i].id,
                                              rows[i].display ? rows[i].display : rows[i].name));
}

static json *members_of(cx *c, const graph *g, const char *group)
{
    json *list = json_array();
    if (meta_group_of_all(group)) {
        add_people(c, list, g->users, g->user_count);
        add_people(c, list, g->services, g->service_count);
        return list;
    }
    for (size_t i = first_of(g, true, group);
         i < g->n && text_same_nocase(g->by_group[i].group, group); i++) {
        const meta_membership *m = &g->by_group[i];
        json_array_append_new(
            list, reference(c, m->kind, m->member_id, m->display ? m->display : m->member));
    }
    return list;
}

static bool listed(const json *groups, const char *name)
{
    for (size_t i = 0; i < json_array_size(groups); i++)
        if (text_same_nocase(json_get_str(json_array_get(groups, i), "display", ""), name))
            return true;
    return false;
}

static json *group_reference(cx *c, int64_t id, const char *name, const char *type)
{
    json *ref = reference(c, META_GROUP, id, name);
    json_object_set_new(ref, "type", json_string(type));
    return ref;
}

/* Breadth first: those that somebody is in, then those that these are in. A group that is listed
 * already is not followed again, so cycles end. */
static json *groups_of(cx *c, const graph *g, const meta_person *p)
{
    json *list = json_array();
    const char *name = p->name;
    for (size_t next = 0;; next++) {
        for (size_t i = first_of(g, false, name);
             i < g->n && text_same_nocase(g->by_member[i].member, name); i++) {
            if (listed(list, g->by_member[i].group))
                continue;
            json_array_append_new(list, group_reference(c, g->by_member[i].group_id,
                                                        g->by_member[i].group,
                                                        next ? "indirect" : "direct"));
        }
        if (next == json_array_size(list))
            break;
        name = json_get_str(json_array_get(list, next), "display", "");
    }
    if (p->kind != META_GROUP)
        json_array_append_new(list, group_reference(c, g->everybody.id, "users", "direct"));
    return list;
}

/* ---- resources ---------------------------------------------------------------------------- */

static json *values_json(const char *text)
{
    json *list = json_array();
    AUTO(json) values = text ? json_loads(text, 0, NULL) : NULL;
    for (size_t i = 0; i < json_array_size(values); i++)
        json_array_append_new(list, json_pack("{s:O}", "value", json_array_get(values, i)));
    return list;
}

static void add_user_names(cx *c, const meta_person *p, json *j)
{
    const char *display = p->display ? p->display : cx_dupn(c, p->name, strcspn(p->name, "@"));
    json_array_append_new(json_get(j, "schemas"),
                          json_string("urn:ietf:params:scim:schemas:extension:workspace:2.0:User"));
    json_object_set_new(j, "userName", json_string(p->name));
    json_object_set_new(j, "displayName", json_string(display));
    json_object_set_new(j, "name", json_pack("{s:s}", "givenName", display));
    json_object_set_new(
        j, "emails",
        json_pack("[{s:s, s:s, s:b}]", "value", p->name, "type", "work", "primary", 1));
}

static json *person_json(cx *c, const graph *g, const meta_person *p, meta_kind shape)
{
    json *j = json_pack("{s:[s], s:s}", "schemas", cx_fmt(c, CORE "%s", nouns[shape]), "id",
                        cx_fmt(c, "%lld", (long long)p->id));
    if (shape == META_USER) {
        add_user_names(c, p, j);
    } else if (shape == META_GROUP) {
        json_object_set_new(j, "displayName", json_string(p->name));
        json_object_set_new(j, "members", members_of(c, g, p->name));
        json_object_set_new(j, "meta", json_pack("{s:s}", "resourceType", "WorkspaceGroup"));
    } else {
        json_object_set_new(j, "applicationId", json_string(p->name));
        json_object_set_new(j, "displayName", json_string(p->display ? p->display : p->name));
    }
    if (p->external_id)
        json_object_set_new(j, "externalId", json_string(p->external_id));
    if (shape != META_GROUP)
        json_object_set_new(j, "active", json_boolean(p->active));
    json_object_set_new(j, "groups", groups_of(c, g, p));
    json_object_set_new(j, "roles", values_json(p->roles));
    json_object_set_new(j, "entitlements", values_json(p->entitlements));
    return j;
}

/* Is a key among "id,name.givenName,emails"? */
static bool named_in(const char *list, const char *key)
{
    const size_t n = strlen(key);
    for (const char *p = list; *p;) {
        const size_t length = strcspn(p, ",");
        if (length >= n && strncasecmp(p, key, n) == 0 && (length == n || p[n] == '.'))
            return true;
        p += length + (p[length] == ',');
    }
    return false;
}

/* attributes and excludedAttributes; id and schemas always stay. */
static void only_asked(cx *c, const rest_call *r, json *j)
{
    const char *wanted = rest_query(c, r, "attributes"), *key;
    const char *unwanted = rest_query(c, r, "excludedAttributes");
    json *value;
    void *next;
    json_object_foreach_safe(j, next, key, value)
    {
        if (strcmp(key, "id") == 0 || strcmp(key, "schemas") == 0)
            continue;
        if ((wanted && *wanted && !named_in(wanted, key)) || (unwanted && named_in(unwanted, key)))
            json_object_del(j, key);
    }
}

cx_code rest_me(cx *c, rest_call *r)
{
    graph g = {0};
    meta_person p;
    TRY(meta_person_named(c, r->lake->meta, r->principal, &p));
    TRY(load_graph(c, r, &g));
    json *me = person_json(c, &g, &p, META_USER);
    only_asked(c, r, me);
    return rest_reply(r, me);
}

/* ---- lists ----------------------------------------------------------------------------------- */

static cx_code number_of(cx *c, const rest_call *r, const char *key, int64_t otherwise,
                         int64_t *out)
{
    const char *text = rest_query(c, r, key);
    char *end = NULL;
    *out = otherwise;
    if (!text || !*text)
        return CX_OK;
    *out = strtoll(text, &end, 10);
    if (*end || *out < 0)
        return rest_fail(c, CX_INVALID, "invalidValue", "Invalid value for %s: '%.32s'", key, text);
    return CX_OK;
}

static int by_display(const void *a, const void *b)
{
    const meta_person *x = a, *y = b;
    return strcasecmp(x->display ? x->display : x->name, y->display ? y->display : y->name);
}

static void sort(cx *c, const rest_call *r, meta_person *rows, size_t n)
{
    const char *by = rest_query(c, r, "sortBy"), *order = rest_query(c, r, "sortOrder");
    if (by && text_same_nocase(by, "displayName"))
        qsort(rows, n, sizeof *rows, by_display);
    if (!order || !text_same_nocase(order, "descending"))
        return;
    for (size_t i = 0; i < n / 2; i++) {
        const meta_person swap = rows[i];
        rows[i] = rows[n - 1 - i];
        rows[n - 1 - i] = swap;
    }
}

static cx_code list(cx *c, rest_call *r, meta_kind kind)
{
    graph g = {0};
    scim_filter filter;
    meta_person *rows;
    size_t n;
    int64_t start, count, total = 0;
    TRY(scim_filter_read(c, rest_query(c, r, "filter"), &filter));
    TRY(number_of(c, r, "startIndex", 1, &start));
    TRY(number_of(c, r, "count", SCIM_PAGE, &count));
    if (count > SCIM_PAGE_MOST)
        count = SCIM_PAGE_MOST;
    TRY(meta_people(c, r->lake->meta, kind, &rows, &n));
    TRY(load_graph(c, r, &g));
    sort(c, r, rows, n);
    json *items = json_array();
    for (size_t i = 0; i < n; i++) {
        if (!scim_filter_takes(&filter, &rows[i]) || ++total < start ||
            (int64_t)json_array_size(items) >= count)
            continue;
        json *item = person_json(c, &g, &rows[i], kind);
        only_asked(c, r, item);
        json_array_append_new(items, item);
    }
    return rest_reply(r, json_pack("{s:[s], s:I, s:I, s:I, s:o}", "schemas",
                                   MESSAGES "ListResponse", "totalResults", (json_int_t)total,
                                   "startIndex", (json_int_t)(start ? start : 1), "itemsPerPage",
                                   (json_int_t)json_array_size(items), "Resources", items));
}

/* ---- one --------------------------------------------------------------------------------------
 */

static cx_code id_of(cx *c, const rest_call *r, meta_kind kind, int64_t *out)
{
    const char *text = rest_param(r, "id");
    char *end = NULL;
    *out = strtoll(text, &end, 10);
    if (*text && !*end)
        return CX_OK;
    return rest_fail(c, CX_NOT_FOUND, "RESOURCE_DOES_NOT_EXIST", "%s with id %.64s does not exist.",
                     nouns[kind], text);
}

static cx_code reply_one(cx *c, rest_call *r, meta_kind kind, int64_t id)
{
    graph g = {0};
    meta_person p;
    TRY(meta_person_find(c, r->lake->meta, kind, id, &p));
    TRY(load_graph(c, r, &g));
    json *one = person_json(c, &g, &p, kind);
    only_asked(c, r, one);
    return rest_reply(r, one);
}

static cx_code get(cx *c, rest_call *r, meta_kind kind)
{
    int64_t id;
    TRY(id_of(c, r, kind, &id));
    return reply_one(c, r, kind, id);
}

static cx_code name_of(cx *c, const rest_call *r, meta_kind kind, const char **out)
{
    char random[UUID_TEXT];
    if (kind != META_SERVICE_PRINCIPAL)
        return rest_need(c, r, kind == META_USER ? "userName" : "displayName", out);
    uuid_random(random);
    *out = json_get_str(r->body, "applicationId", NULL);
    if (!*out || !**out)
        *out = cx_dup(c, random);
    return CX_OK;
}

static cx_code create(cx *c, rest_call *r, meta_kind kind)
{
    AUTO(json) record = NULL;
    const char *name;
    int64_t id;
    TRY(rest_admins_only(c, r, "add users and groups"));
    TRY(name_of(c, r, kind, &name));
    TRY(scim_record(c, kind, r->body, &record));
    TRY(meta_person_create(c, r->lake->meta, kind, name, record, &id));
    TRY(reply_one(c, r, kind, id));
    r->out->status = 201;
    return CX_OK;
}

typedef struct {
    meta_kind kind;
    const json *asked; /* a resource, or Operations */
} wish;

/* What a resource does not say is cleared, but for what would be a surprise: nobody loses a name or
 * is let in again by silence. */
static cx_code replace(cx *c, void *self, json *record)
{
    const wish *w = self;
    AUTO(json) whole = NULL;
    AUTO(json) name = json_incref(json_object_get(record, "displayName"));
    AUTO(json) active = json_incref(json_object_get(record, "active"));
    TRY(scim_record(c, w->kind, w->asked, &whole));
    if (w->kind == META_GROUP && !json_get(whole, "displayName"))
        json_object_set(whole, "displayName", name);
    if (!json_get(whole, "active"))
        json_object_set(whole, "active", active);
    json_object_clear(record);
    json_object_update(record, whole);
    return CX_OK;
}

static cx_code patch(cx *c, void *self, json *record)
{
    const wish *w = self;
    return scim_patch(c, w->kind, w->asked, record);
}

static cx_code change(cx *c, rest_call *r, meta_kind kind, meta_person_change how,
                      const json *asked)
{
    wish w = {.kind = kind, .asked = asked};
    int64_t id;
    TRY(rest_admins_only(c, r, "change users and groups"));
    TRY(id_of(c, r, kind, &id));
    TRY(meta_person_edit(c, r->lake->meta, kind, id, how, &w));
    return reply_one(c, r, kind, id);
}

static cx_code drop(cx *c, rest_call *r, meta_kind kind)
{
    int64_t id;
    TRY(rest_admins_only(c, r, "delete users and groups"));
    TRY(id_of(c, r, kind, &id));
    TRY(meta_person_delete(c, r->lake->meta, kind, id));
    buf_reset(&r->out->body);
    r->out->status = 204;
    return CX_OK;
}

#define HANDLERS(name, kind)                                      \
    cx_code rest_##name##_list(cx *c, rest_call *r)               \
    {                                                             \
        return list(c, r, kind);                                  \
    }                                                             \
    cx_code rest_##name##_create(cx *c, rest_call *r)             \
    {                                                             \
        return create(c, r, kind);                                \
    }                                                             \
    cx_code rest_##name##_get(cx *c, rest_call *r)                \
    {                                                             \
        return get(c, r, kind);                                   \
    }                                                             \
    cx_code rest_##name##_put(cx *c, rest_call *r)                \
    {                                                             \
        return change(c, r, kind, replace, r->body);              \
    }                                                             \
    cx_code rest_##name##_patch(cx *c, rest_call *r)              \
    {                                                             \
        const json *operations = json_get(r->body, "Operations"); \
        return change(c, r, kind, patch, operations);             \
    }                                                             \
    cx_code rest_##name##_delete(cx *c, rest_call *r)             \
    {                                                             \
        return drop(c, r, kind);                                  \
    }
HANDLERS(users, META_USER)
HANDLERS(groups, META_GROUP)
HANDLERS(service_principals, META_SERVICE_PRINCIPAL)

/* ---- errors ------------------------------------------------------------------------------------
 */

bool rest_is_scim(const rest_call *r)
{
    return text_starts(r->http->path, "/api/2.0/preview/scim/");
}

/* A condition that begins small is one of SCIM's own types: invalidFilter, uniqueness. */
void rest_reply_scim_error(cx *c, rest_call *r, int status, const char *condition,
                           const char *message)
{
    json *body = json_pack("{s:[s], s:s, s:s}", "schemas", MESSAGES "Error", "detail", message,
                           "status", cx_fmt(c, "%d", status));
    if (condition && *condition >= 'a' && *condition <= 'z')
        json_object_set_new(body, "scimType", json_string(condition));
    (void)rest_reply(r, body);
    r->out->status = status;
}
