/* Keys and tags. Changes go through the statements that SQL has for them, so that there is one set
 * of rules. spec: wire "Tables", "Tags" */
#include "lake/metastore/facts.h"

#include "lake/rest/rest.h"
#include "sql/quote.h"

/* ---- keys, masks and filters of a table ------------------------------------------------ */

static cx_code list_json(cx *c, const char *text, json **out)
{
    return json_parse(c, text ? text : "[]", text ? strlen(text) : 2, "columns", out);
}

static cx_code key_json(cx *c, const meta_key_row *k, json **out)
{
    AUTO(json) columns = NULL;
    AUTO(json) parent = NULL;
    TRY(list_json(c, k->columns, &columns));
    TRY(list_json(c, k->parent_columns, &parent));
    if (!k->foreign)
        *out = json_pack("{s:{s:s, s:O, s:b}}", "primary_key_constraint", "name", k->name,
                         "child_columns", columns, "rely", k->rely);
    else
        *out = json_pack("{s:{s:s, s:O, s:s, s:O, s:b}}", "foreign_key_constraint", "name", k->name,
                         "child_columns", columns, "parent_table",
                         k->parent.name ? meta_full_name(c, META_TABLE, k->parent) : "",
                         "parent_columns", parent, "rely", k->rely);
    return CX_OK;
}

static cx_code add_policy(cx *c, const meta_policy_row *p, json *table)
{
    AUTO(json) arguments = NULL;
    json *column;
    size_t i;
    const char *function = meta_full_name(c, META_FUNCTION, p->function);
    TRY(list_json(c, p->arguments, &arguments));
    if (!p->column) {
        json_object_set_new(
            table, "row_filter",
            json_pack("{s:s, s:O}", "function_name", function, "input_column_names", arguments));
        return CX_OK;
    }
    json_array_foreach (json_get(table, "columns"), i, column)
        if (text_same_nocase(json_get_str(column, "name", ""), p->column))
            json_object_set_new(column, "mask",
                                json_pack("{s:s, s:O}", "function_name", function,
                                          "using_column_names", arguments));
    return CX_OK;
}

cx_code rest_add_facts(cx *c, const rest_call *r, const meta_object *o, json *table)
{
    meta_key_row *keys;
    meta_policy_row *policies;
    size_t key_count, policy_count;
    if (text_same_nocase(o->name.schema, "information_schema"))
        return CX_OK;
    TRY(meta_keys_of(c, r->lake->meta, o->name, &keys, &key_count));
    TRY(meta_policies_of(c, r->lake->meta, o->name, &policies, &policy_count));
    json *list = json_array();
    if (key_count)
        json_object_set(table, "table_constraints", list);
    for (size_t i = 0; i < key_count; i++) {
        json *one = NULL;
        const cx_code rc = key_json(c, &keys[i], &one);
        if (rc != CX_OK) {
            json_decref(list);
            return rc;
        }
        json_array_append_new(list, one);
    }
    json_decref(list);
    for (size_t i = 0; i < policy_count; i++)
        TRY(add_policy(c, &policies[i], table));
    return CX_OK;
}

/* ---- constraints -------------------------------------------------------------------------- */

static cx_code add_columns(cx *c, const json *names, buf *sql)
{
    const json *name;
    size_t i;
    buf_addc(sql, '(');
    json_array_foreach (names, i, name) {
        if (!json_is_string(name))
            return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                             "Columns of a constraint must be strings");
        buf_adds(sql, i ? ", " : "");
        sql_add_ident(sql, json_string_value(name));
    }
    buf_addc(sql, ')');
    return CX_OK;
}

static cx_code add_reference(cx *c, const rest_call *r, const json *foreign, buf *sql)
{
    meta_name parent;
    TRY(rest_full_name(c, r, META_TABLE, json_get_str(foreign, "parent_table", ""), &parent));
    buf_adds(sql, " REFERENCES ");
    sql_add_name3(sql, parent.catalog, parent.schema, parent.name);
    buf_addc(sql, ' ');
    return json_array_size(json_get(foreign, "parent_columns"))
               ? add_columns(c, json_get(foreign, "parent_columns"), sql)
               : CX_OK;
}

static cx_code constraint_sql(cx *c, const rest_call *r, meta_name n, const json *constraint,
                              buf *sql)
{
    const json *primary = json_get(constraint, "primary_key_constraint"),
               *foreign = json_get(constraint, "foreign_key_constraint"),
               *one = primary ? primary : foreign;
    if (!json_is_object(one))
        return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                         "constraint needs primary_key_constraint or foreign_key_constraint");
    if (!*json_get_str(one, "name", "") || !json_array_size(json_get(one, "child_columns")))
        return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                         "A constraint needs a name and child_columns");
    buf_adds(sql, "ALTER TABLE ");
    sql_add_name3(sql, n.catalog, n.schema, n.name);
    buf_adds(sql, " ADD CONSTRAINT ");
    sql_add_ident(sql, json_get_str(one, "name", ""));
    buf_adds(sql, primary ? " PRIMARY KEY " : " FOREIGN KEY ");
    TRY(add_columns(c, json_get(one, "child_columns"), sql));
    return primary ? CX_OK : add_reference(c, r, foreign, sql);
}

cx_code rest_constraint_create(cx *c, rest_call *r)
{
    AUTO_CLEAR(buf) sql = BUF(BUF_ANY);
    const char *table;
    meta_name n;
    json *constraint = json_get(r->body, "constraint");
    TRY(rest_need(c, r, "full_name_arg", &table));
    TRY(rest_full_name(c, r, META_TABLE, table, &n));
    TRY(constraint_sql(c, r, n, constraint, &sql));
    TRY(rest_named(c, rest_sql(c, r, buf_text(&sql)), META_TABLE, n));
    return rest_reply(r, json_incref(constraint));
}

cx_code rest_constraint_delete(cx *c, rest_call *r)
{
    const char *name;
    meta_name n;
    TRY(rest_need_query(c, r, "constraint_name", &name));
    TRY(rest_full_name(c, r, META_TABLE, rest_param(r, "name"), &n));
    TRY(rest_named(c,
                   rest_sql(c, r,
                            cx_fmt(c, "ALTER TABLE %s DROP CONSTRAINT %s%s",
                                   sql_name3(c, n.catalog, n.schema, n.name), sql_ident(c, name),
                                   rest_query_flag(c, r, "cascade") ? " CASCADE" : "")),
                   META_TABLE, n));
    return rest_empty(r);
}

/* ---- tags ------------------------------------------------------------------------------------ */

typedef struct {
    meta_type type;
    meta_name name;
    const char *column; /* NULL = the object itself */
    const char *word, *shown;
} entity;

static cx_code entity_of(cx *c, const rest_call *r, const char *word, const char *name, entity *out)
{
    static const struct {
        const char *word;
        meta_type type;
    } words[] = {{"catalogs", META_CATALOG}, {"schemas", META_SCHEMA},
                 {"tables", META_TABLE},     {"columns", META_TABLE},
                 {"volumes", META_VOLUME},   {"functions", META_FUNCTION}};
    *out = (entity){.word = word, .shown = name};
    for (size_t i = 0; i < CX_COUNT(words); i++) {
        if (!text_same_nocase(word, words[i].word))
            continue;
        out->type = words[i].type;
        const char *dot = strrchr(name, '.');
        if (strcmp(words[i].word, "columns") == 0 && dot) {
            out->column = dot + 1;
            name = cx_dupn(c, name, (size_t)(dot - name));
        }
        return rest_full_name(c, r, out->type, name, &out->name);
    }
    return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                     "entity_type '%s' is not one of catalogs, schemas, tables, columns, volumes, "
                     "functions",
                     word);
}

static json *tag_json(const entity *e, const meta_tag_row *t)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "entity_type", e->word, "entity_name", e->shown,
                     "tag_key", t->key, "tag_value", t->value);
}

static bool same_part(const char *a, const char *b)
{
    return text_same_nocase(a ? a : "", b ? b : "");
}

/* The entity's tags; with `key` only that one. */
static cx_code tags_of(cx *c, const rest_call *r, const entity *e, const char *key, json *list)
{
    AUTO_CLEAR(meta_object) o = {0};
    meta_tag_row *rows;
    size_t n;
    TRY(rest_load(c, r, e->type, e->name, &o));
    TRY(meta_tags_below(c, r->lake->meta, e->name.catalog, &rows, &n));
    for (size_t i = 0; i < n; i++)
        if (rows[i].type == e->type && same_part(rows[i].name.schema, o.name.schema) &&
            same_part(rows[i].name.name, o.name.name) && same_part(rows[i].column, e->column) &&
            (!key || strcmp(key, rows[i].key) == 0))
            json_array_append_new(list, tag_json(e, &rows[i]));
    return CX_OK;
}

static cx_code of_path(cx *c, const rest_call *r, entity *out)
{
    return entity_of(c, r, rest_param(r, "type"), rest_param(r, "name"), out);
}

cx_code rest_tags_list(cx *c, rest_call *r)
{
    AUTO(json) list = json_array();
    entity e;
    TRY(of_path(c, r, &e));
    TRY(tags_of(c, r, &e, NULL, list));
    return rest_reply(r, json_pack("{s:O}", "tag_assignments", list));
}

static cx_code reply_tag(cx *c, rest_call *r, const entity *e, const char *key)
{
    AUTO(json) list = json_array();
    TRY(tags_of(c, r, e, key, list));
    if (json_array_size(list) == 0)
        return rest_fail(c, CX_NOT_FOUND, "RESOURCE_DOES_NOT_EXIST", "%s has no tag '%s'", e->shown,
                         key);
    return rest_reply(r, json_incref(json_array_get(list, 0)));
}

cx_code rest_tag_get(cx *c, rest_call *r)
{
    entity e;
    TRY(of_path(c, r, &e));
    return reply_tag(c, r, &e, rest_param(r, "key"));
}

static cx_code change_tag(cx *c, rest_call *r, const entity *e, const char *key, const char *value)
{
    AUTO_CLEAR(buf) sql = BUF(BUF_ANY);
    buf_addf(&sql, "ALTER %s ", meta_type_name(e->type)); /* our word */
    if (e->type == META_CATALOG)
        sql_add_ident(&sql, e->name.catalog);
    else if (e->type == META_SCHEMA)
        sql_add_name2(&sql, e->name.catalog, e->name.schema);
    else
        sql_add_name3(&sql, e->name.catalog, e->name.schema, e->name.name);
    if (e->column) {
        buf_adds(&sql, " ALTER COLUMN ");
        sql_add_ident(&sql, e->column);
    }
    buf_adds(&sql, value ? " SET TAGS (" : " UNSET TAGS (");
    sql_add_literal(&sql, key);
    if (value) {
        buf_adds(&sql, " = ");
        sql_add_literal(&sql, value);
    }
    buf_addc(&sql, ')');
    return rest_named(c, rest_sql(c, r, buf_text(&sql)), e->type, e->name);
}

cx_code rest_tag_create(cx *c, rest_call *r)
{
    const char *word, *name, *key;
    entity e;
    TRY(rest_need(c, r, "entity_type", &word));
    TRY(rest_need(c, r, "entity_name", &name));
    TRY(rest_need(c, r, "tag_key", &key));
    TRY(entity_of(c, r, word, name, &e));
    TRY(change_tag(c, r, &e, key, json_get_str(r->body, "tag_value", "")));
    return reply_tag(c, r, &e, key);
}

cx_code rest_tag_patch(cx *c, rest_call *r)
{
    entity e;
    TRY(of_path(c, r, &e));
    TRY(change_tag(c, r, &e, rest_param(r, "key"), json_get_str(r->body, "tag_value", "")));
    return reply_tag(c, r, &e, rest_param(r, "key"));
}

cx_code rest_tag_delete(cx *c, rest_call *r)
{
    entity e;
    TRY(of_path(c, r, &e));
    TRY(change_tag(c, r, &e, rest_param(r, "key"), NULL));
    return rest_empty(r);
}
