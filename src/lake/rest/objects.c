/* What the families of objects share: listing, changing, dropping. */
#include "base/fs.h"
#include "lake/rest/rest.h"

enum { PAGE_MOST = 1000 };

static const char *key_of(cx *c, const meta_object *o)
{
    switch (o->type) {
    case META_CATALOG: return o->name.catalog;
    case META_SCHEMA: return o->name.schema;
    default: return cx_fmt(c, "%s\x1f%s", o->name.schema, o->name.name);
    }
}

/* The objects that exist without being stored: system, and information_schema in every catalog. */
static cx_code add_virtual(cx *c, const rest_call *r, meta_type t, const char *catalog,
                           meta_object **list, size_t *n)
{
    if (t != META_CATALOG && t != META_SCHEMA)
        return CX_OK;
    const meta_name name = t == META_CATALOG
                               ? (meta_name){.catalog = "system"}
                               : (meta_name){.catalog = catalog, .schema = "information_schema"};
    meta_object *more = cx_array(c, meta_object, *n + 1);
    size_t at = 0;
    while (at < *n &&
           strcmp(key_of(c, &(*list)[at]), t == META_CATALOG ? name.catalog : name.schema) < 0)
        at++;
    TRY(meta_load(c, r->lake->meta, t, name, &more[at]));
    if (*n) {
        memcpy(more, *list, at * sizeof *more);
        memcpy(more + at + 1, *list + at, (*n - at) * sizeof *more);
    }
    *list = more;
    (*n)++;
    return CX_OK;
}

static cx_code fill(cx *c, rest_call *r, const meta_object *list, size_t n, const char *key,
                    rest_shape shape)
{
    rest_page page;
    TRY(rest_page_read(c, r, "max_results", PAGE_MOST, &page));
    bool *keep = cx_array(c, bool, n + 1);
    TRY(meta_visible(c, r->lake->meta, r->principal, list, n, keep));
    json *body = json_object(), *items = json_array();
    const char *last = NULL;
    for (size_t i = 0; i < n; i++) {
        const char *k = key_of(c, &list[i]);
        if (!keep[i] || (*page.after && strcmp(k, page.after) <= 0))
            continue;
        if (page.most >= 0 && (int64_t)json_array_size(items) == page.most) {
            rest_page_next(c, body, last);
            break;
        }
        json_array_append_new(items, shape(c, r, &list[i]));
        last = k;
    }
    json_object_set_new(body, key, items);
    return rest_reply(r, body);
}

static cx_code load_list(cx *c, const rest_call *r, meta_type t, const char *catalog,
                         const char *schema, bool columns, meta_object **list, size_t *n)
{
    const bool virtual_only = catalog && text_same_nocase(catalog, "system");
    if (!virtual_only || t == META_CATALOG)
        TRY(rest_named(c, meta_list(c, r->lake->meta, t, catalog, schema, columns, list, n), t,
                       (meta_name){catalog, schema, ""}));
    return add_virtual(c, r, t, catalog, list, n);
}

cx_code rest_list(cx *c, rest_call *r, meta_type t, const char *catalog, const char *schema,
                  const char *key, rest_shape shape, bool columns)
{
    meta_object *list = NULL;
    size_t n = 0;
    cx_code rc = load_list(c, r, t, catalog, schema, columns, &list, &n);
    if (rc == CX_OK)
        rc = fill(c, r, list, n, key, shape);
    for (size_t i = 0; i < n; i++)
        meta_object_clear(&list[i]);
    return rc;
}

/* The row goes first, in one transaction with the note about its folders; what dies in between is
 * cleaned up by the next opener. */
cx_code rest_drop(cx *c, rest_call *r, meta_type t, meta_name n)
{
    AUTO(json) folders = NULL;
    TRY(rest_require(c, r, "MANAGE", t, n));
    TRY(rest_named(c, meta_drop(c, r->lake->meta, t, n, rest_query_flag(c, r, "force"), &folders),
                   t, n));
    for (size_t i = 0; i < json_array_size(folders); i++) {
        const char *folder = json_string_value(json_array_get(folders, i));
        TRY(fs_remove_tree(c, folder));
        TRY(meta_pending_end_at(c, r->lake->meta, folder));
    }
    return rest_empty(r);
}

cx_code rest_patch(cx *c, rest_call *r, meta_type t, meta_name *n, const char *const *allowed)
{
    AUTO(json) changes = json_object();
    for (; *allowed; allowed++) {
        json *value = json_object_get(r->body, *allowed);
        if (value && !(json_is_null(value) && strcmp(*allowed, "comment") != 0))
            json_object_set(changes, *allowed, value);
    }
    TRY(rest_require(c, r, "MANAGE", t, *n));
    const char *name = json_get_str(changes, "new_name", NULL);
    TRY(rest_named(c, meta_update(c, r->lake->meta, t, *n, changes, r->principal), t, *n));
    if (name && t == META_CATALOG)
        n->catalog = name;
    else if (name && t == META_SCHEMA)
        n->schema = name;
    else if (name)
        n->name = name;
    return CX_OK;
}
