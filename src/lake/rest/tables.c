/* Tables and views. spec: wire "Tables"
 *
 * POST makes an external table. For Delta the truth about its columns is in the log at its
 * location, so the statement that SQL would use is run; other formats are registered with the
 * columns given. */
#include "base/fs.h"
#include "base/hash.h"
#include "lake/rest/rest.h"
#include "sql/quote.h"

enum { SUMMARY_MOST = 10000 };

static json *with_all(cx *c, const rest_call *r, const meta_object *o)
{
    return rest_table_json(c, r, o, !rest_query_flag(c, r, "omit_columns"),
                           !rest_query_flag(c, r, "omit_properties"));
}

static cx_code in_schema(cx *c, const rest_call *r, const char **catalog, const char **schema)
{
    TRY(rest_need_query(c, r, "catalog_name", catalog));
    return rest_need_query(c, r, "schema_name", schema);
}

cx_code rest_tables_list(cx *c, rest_call *r)
{
    const char *catalog, *schema;
    TRY(in_schema(c, r, &catalog, &schema));
    return rest_list(c, r, META_TABLE, catalog, schema, "tables", with_all,
                     !rest_query_flag(c, r, "omit_columns"));
}

static cx_code reply_table(cx *c, rest_call *r, meta_name n)
{
    AUTO_CLEAR(meta_object) o = {0};
    AUTO(json) body = NULL;
    TRY(rest_load(c, r, META_TABLE, n, &o));
    body = rest_table_json(c, r, &o, true, true);
    TRY(rest_add_facts(c, r, &o, body));
    return rest_reply(r, json_incref(body));
}

cx_code rest_table_get(cx *c, rest_call *r)
{
    meta_name n;
    TRY(rest_full_name(c, r, META_TABLE, rest_param(r, "name"), &n));
    return reply_table(c, r, n);
}

cx_code rest_table_exists(cx *c, rest_call *r)
{
    meta_name n;
    TRY(rest_full_name(c, r, META_TABLE, rest_param(r, "name"), &n));
    TRY(rest_require(c, r, "USE_SCHEMA", META_SCHEMA, n)); /* fails for a parent that is missing */
    return rest_reply(
        r, json_pack("{s:b}", "table_exists", meta_exists(c, r->lake->meta, META_TABLE, n)));
}

cx_code rest_table_patch(cx *c, rest_call *r)
{
    static const char *const allowed[] = {"owner", "comment", NULL};
    meta_name n;
    TRY(rest_full_name(c, r, META_TABLE, rest_param(r, "name"), &n));
    TRY(rest_patch(c, r, META_TABLE, &n, allowed));
    return rest_empty(r);
}

cx_code rest_table_delete(cx *c, rest_call *r)
{
    meta_name n;
    TRY(rest_full_name(c, r, META_TABLE, rest_param(r, "name"), &n));
    return rest_drop(c, r, META_TABLE, n);
}

/* ---- create ------------------------------------------------------------------------ */

static cx_code local_folder(cx *c, const char *location, const char **out)
{
    static const char scheme[] = "file://";
    const char *path = location;
    if (text_starts(location, scheme))
        path = percent_decode(c, location + sizeof scheme - 1, strlen(location) - sizeof scheme + 1,
                              NULL);
    else if (strstr(location, "://"))
        return rest_fail(
            c, CX_INVALID, "INVALID_PARAMETER_VALUE",
            "storage_location '%s' is not a local folder: this workspace stores tables in "
            "local folders only",
            location);
    if (*path != '/')
        return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                         "storage_location '%s' must be absolute", location);
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    *out = cx_dupn(c, path, length);
    return CX_OK;
}

static cx_code create_delta(cx *c, const rest_call *r, meta_name n, const char *folder)
{
    return rest_sql(c, r,
                    cx_fmt(c, "CREATE TABLE %s USING DELTA LOCATION %s",
                           sql_name3(c, n.catalog, n.schema, n.name), sql_literal(c, folder)));
}

cx_code rest_table_create(cx *c, rest_call *r)
{
    meta_object o = {.type = META_TABLE, .properties = json_get(r->body, "properties")};
    const char *location, *folder;
    TRY(rest_need(c, r, "name", &o.name.name));
    TRY(rest_need(c, r, "catalog_name", &o.name.catalog));
    TRY(rest_need(c, r, "schema_name", &o.name.schema));
    TRY(rest_need(c, r, "table_type", &o.table_type));
    TRY(rest_need(c, r, "data_source_format", &o.format));
    TRY(rest_need(c, r, "storage_location", &location));
    if (strcmp(o.table_type, "EXTERNAL") != 0)
        return rest_fail(
            c, CX_INVALID, "INVALID_PARAMETER_VALUE",
            "Only EXTERNAL tables can be created here; use a SQL statement for %s tables",
            o.table_type);
    TRY(local_folder(c, location, &folder));
    TRY(rest_require(c, r, "CREATE_TABLE", META_SCHEMA, o.name));
    o.location = folder;
    o.columns = json_get(r->body, "columns");
    if (strcmp(o.format, "DELTA") == 0 && fs_is_dir(fs_join(c, folder, "_delta_log")))
        TRY(rest_named(c, create_delta(c, r, o.name, folder), META_TABLE, o.name));
    else
        TRY(rest_named(c, meta_create(c, r->lake->meta, &o, r->principal, false), META_TABLE,
                       o.name));
    return reply_table(c, r, o.name);
}

/* ---- summaries ---------------------------------------------------------------------- */

/* SQL LIKE without case: % any run, _ any one byte. */
static bool like(const char *pattern, const char *text)
{
    const char *star = NULL, *from = NULL;
    while (*text) {
        const char p = *pattern;
        if (p == '%') {
            star = ++pattern;
            from = text;
        } else if (p == '_' || (p | 32) == (*text | 32)) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star;
            text = ++from;
        } else {
            return false;
        }
    }
    while (*pattern == '%')
        pattern++;
    return !*pattern;
}

static json *summary(cx *c, const meta_object *o)
{
    const bool view = o->view_definition != NULL;
    return json_pack(
        "{s:s, s:s, s:{s:s, s:s}}", "full_name", meta_full_name(c, META_TABLE, o->name),
        "table_type", o->table_type ? o->table_type : "VIEW", "securable_kind_manifest",
        "securable_type", "TABLE", "securable_kind", view ? "TABLE_VIEW" : "TABLE_STANDARD");
}

static cx_code summaries(cx *c, rest_call *r, const meta_object *list, size_t n)
{
    const char *schema = rest_query(c, r, "schema_name_pattern"),
               *name = rest_query(c, r, "table_name_pattern");
    rest_page page;
    TRY(rest_page_read(c, r, "max_results", SUMMARY_MOST, &page));
    if (page.most < 0)
        page.most = SUMMARY_MOST;
    bool *keep = cx_array(c, bool, n + 1);
    TRY(meta_visible(c, r->lake->meta, r->principal, list, n, keep));
    json *body = json_object(), *items = json_array();
    const char *last = NULL;
    for (size_t i = 0; i < n; i++) {
        const char *key = cx_fmt(c, "%s\x1f%s", list[i].name.schema, list[i].name.name);
        if (!keep[i] || (schema && !like(schema, list[i].name.schema)) ||
            (name && !like(name, list[i].name.name)) ||
            (*page.after && strcmp(key, page.after) <= 0))
            continue;
        if ((int64_t)json_array_size(items) == page.most) {
            rest_page_next(c, body, last);
            break;
        }
        json_array_append_new(items, summary(c, &list[i]));
        last = key;
    }
    json_object_set_new(body, "tables", items);
    return rest_reply(r, body);
}

cx_code rest_table_summaries(cx *c, rest_call *r)
{
    const char *catalog;
    meta_object *list = NULL;
    size_t n = 0;
    TRY(rest_need_query(c, r, "catalog_name", &catalog));
    TRY(rest_named(c, meta_list(c, r->lake->meta, META_TABLE, catalog, NULL, false, &list, &n),
                   META_TABLE, (meta_name){.catalog = catalog}));
    const cx_code rc = summaries(c, r, list, n);
    for (size_t i = 0; i < n; i++)
        meta_object_clear(&list[i]);
    return rc;
}
