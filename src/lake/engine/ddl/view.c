/* CREATE VIEW and CREATE FUNCTION: texts that are checked now and run later.
 *
 * Both are kept as written, with the catalog and schema that their plain names mean. The check runs
 * the text through the whole translation with the creator's rights, which finds the columns' types,
 * and finds a view that would read itself. */
#include "lake/engine/ddl/schema.h"

static cx_code text_of_type(cx *c, const char *type, char **out)
{
    AUTO(json) parsed = NULL;
    TRY(delta_type_parse(c, type, &parsed));
    *out = delta_type_sql(c, parsed);
    return CX_OK;
}

static cx_code view_schema(cx *c, const sql_statement *q, const json *described, json **out)
{
    const json *pair;
    size_t i;
    if (q->column_count && q->column_count != json_array_size(described))
        return cx_fail_as(c, CX_INVALID,
                          q->column_count > json_array_size(described)
                              ? "CREATE_VIEW_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS"
                              : "CREATE_VIEW_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS",
                          "21S01", "The view names %zu columns and its query gives %zu.",
                          q->column_count, json_array_size(described));
    AUTO(json) named = json_array();
    json_array_foreach (described, i, pair) {
        const char *name =
            q->column_count ? q->columns[i].name : json_string_value(json_array_get(pair, 0));
        json_array_append_new(
            named, json_pack("[s, s]", name, json_string_value(json_array_get(pair, 1))));
    }
    TRY(eng_schema_of_query(c, named, out));
    for (i = 0; i < q->column_count; i++)
        if (q->columns[i].comment)
            json_object_set_new(json_get(json_array_get(json_get(*out, "fields"), i), "metadata"),
                                "comment", json_string(q->columns[i].comment));
    return CX_OK;
}

static cx_code check_query(cx *c, run *r, const sql_statement *q, meta_name n, json **out_schema)
{
    AUTO(json) described = NULL;
    const char *const stack[] = {eng_quoted(c, n)};
    char *text = NULL;
    r->viewing = stack;
    r->depth = 1;
    cx_code rc = eng_prepare(c, r, q->query, &text);
    r->viewing = NULL;
    r->depth = 0;
    TRY(rc);
    TRY(eng_guard(c, r, text));
    TRY(eng_describe_query(c, r, text, &described));
    return view_schema(c, q, described, out_schema);
}

static json *properties_of(const sql_statement *q)
{
    json *all = json_object();
    for (size_t i = 0; i < q->property_count; i++)
        if (q->properties[i].value)
            json_object_set_new(all, q->properties[i].key, json_string(q->properties[i].value));
    return all;
}

cx_code eng_create_view(cx *c, run *r, const sql_statement *q)
{
    AUTO(json) schema = NULL;
    AUTO(json) properties = properties_of(q);
    meta_object o = {.type = META_TABLE,
                     .table_type = "VIEW",
                     .comment = q->comment,
                     .view_definition = q->query,
                     .view_catalog = r->catalog,
                     .view_schema = r->schema,
                     .properties = properties};
    if (q->materialized || q->temporary)
        return eng_unsupported(c, q->materialized ? "materialized views" : "temporary views");
    TRY(eng_name(c, r, &q->name, META_TABLE, &o.name));
    const bool there = meta_exists(c, r->e->meta, META_TABLE, o.name);
    if (q->if_not_exists && there)
        return eng_out_none(c, r);
    if (q->replace && there)
        TRY(eng_require(c, r, "MANAGE", META_TABLE, o.name));
    else
        TRY(eng_require(c, r, "CREATE_TABLE", META_SCHEMA,
                        (meta_name){.catalog = o.name.catalog, .schema = o.name.schema}));
    TRY(check_query(c, r, q, o.name, &schema));
    AUTO(json) columns = eng_columns_of(c, schema, NULL, 0);
    o.columns = columns;
    TRY(meta_create(c, r->e->meta, &o, r->s->principal, q->replace));
    return eng_out_none(c, r);
}

/* ---- functions ------------------------------------------------------------------------------ */

static cx_code parameter_list(cx *c, const sql_column *columns, size_t n, const char *kind,
                              json **out)
{
    AUTO(json) list = json_array();
    for (size_t i = 0; i < n; i++) {
        AUTO(json) type = NULL;
        TRY_IN(c, delta_type_parse(c, columns[i].type, &type), "parameter %s", columns[i].name);
        const char *text = delta_type_sql(c, type);
        AUTO(json)
        field = json_pack("{s:s, s:O, s:b, s:{}}", "name", columns[i].name, "type", type,
                          "nullable", 1, "metadata");
        AUTO_FREE char *field_text = json_text(field);
        json *p =
            json_pack("{s:s, s:s, s:s, s:s, s:i, s:s, s:s}", "name", columns[i].name, "type_text",
                      text, "type_name", eng_type_name(c, text), "type_json", field_text,
                      "position", (int)i, "parameter_mode", "IN", "parameter_type", kind);
        if (columns[i].default_sql)
            json_object_set_new(p, "parameter_default", json_string(columns[i].default_sql));
        if (columns[i].comment)
            json_object_set_new(p, "comment", json_string(columns[i].comment));
        json_array_append_new(list, p);
    }
    *out = json_pack("{s:O}", "parameters", list);
    return CX_OK;
}

/* The body as a query over one row of NULL parameters: what is its type, and does it work? */
static cx_code check_body(cx *c, run *r, const sql_statement *q, const json *parameters,
                          char **out_type)
{
    AUTO(json) described = NULL;
    const json *p;
    size_t i;
    char *text = NULL;
    buf sql = BUF(BUF_ANY);
    TRY(eng_expression(c, r, q->body, &text));
    buf_addf(&sql, "SELECT (%s) AS result FROM (SELECT 1 AS \"__clxs one\"", text);
    json_array_foreach (json_get(parameters, "parameters"), i, p) {
        AUTO(json) type = NULL;
        TRY(delta_type_parse(c, json_get_str(p, "type_text", "string"), &type));
        buf_adds(&sql, ", CAST(NULL AS ");
        TRY(eng_duck_type(c, type, false, &sql));
        buf_adds(&sql, ") AS ");
        duck_add_ident(&sql, json_get_str(p, "name", ""));
    }
    buf_addc(&sql, ')');
    cx_code rc = eng_guard(c, r, cx_fmt(c, "SELECT %s", text));
    if (rc == CX_OK)
        rc = eng_describe_query(c, r, buf_text(&sql), &described);
    buf_clear(&sql);
    TRY(rc);
    return text_of_type(c, json_string_value(json_array_get(json_array_get(described, 0), 1)),
                        out_type);
}

static cx_code return_type(cx *c, run *r, const sql_statement *q, const json *parameters, bool sql,
                           char **out)
{
    char *found = NULL;
    const bool query =
        sql && (strncasecmp(q->body, "SELECT", 6) == 0 || strncasecmp(q->body, "WITH", 4) == 0);
    if (sql && !query)
        TRY(check_body(c, r, q, parameters, &found));
    if (q->returns)
        return text_of_type(c, q->returns, out);
    *out = found ? found : cx_dup(c, "string");
    return CX_OK;
}

static cx_code describe_routine(cx *c, run *r, const sql_statement *q, meta_name n, json **out)
{
    const bool sql = !q->language || text_same_nocase(q->language, "SQL");
    AUTO(json) input = NULL;
    AUTO(json) returned = NULL;
    char *type = "table";
    TRY(parameter_list(c, q->columns, q->column_count, "PARAM", &input));
    if (q->returns_table_count)
        TRY(parameter_list(c, q->returns_table, q->returns_table_count, "COLUMN", &returned));
    else
        TRY(return_type(c, r, q, input, sql, &type));
    *out = json_pack("{s:O, s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:b, s:s, s:s}", "input_params",
                     input, "data_type", returned ? "TABLE_TYPE" : eng_type_name(c, type),
                     "full_data_type", type, "routine_body", sql ? "SQL" : "EXTERNAL",
                     "routine_definition", q->body, "parameter_style", "S", "is_deterministic",
                     q->deterministic, "sql_data_access", sql ? "CONTAINS_SQL" : "NO_SQL",
                     "is_null_call", 1, "security_type", "DEFINER", "specific_name", n.name);
    if (returned)
        json_object_set(*out, "return_params", returned);
    if (!sql)
        json_object_set_new(*out, "external_language", json_string(q->language));
    return CX_OK;
}

cx_code eng_create_function(cx *c, run *r, const sql_statement *q)
{
    AUTO(json) routine = NULL;
    meta_object o = {.type = META_FUNCTION, .comment = q->comment};
    if (q->temporary)
        return eng_unsupported(c, "temporary functions");
    TRY(eng_name(c, r, &q->name, META_FUNCTION, &o.name));
    const bool there = meta_exists(c, r->e->meta, META_FUNCTION, o.name);
    if (q->if_not_exists && there)
        return eng_out_none(c, r);
    if (q->replace && there)
        TRY(eng_require(c, r, "MANAGE", META_FUNCTION, o.name));
    else
        TRY(eng_require(c, r, "CREATE_FUNCTION", META_SCHEMA,
                        (meta_name){.catalog = o.name.catalog, .schema = o.name.schema}));
    r->catalog = o.name.catalog;
    r->schema = o.name.schema;
    TRY(describe_routine(c, r, q, o.name, &routine));
    o.routine = routine;
    TRY(meta_create(c, r->e->meta, &o, r->s->principal, q->replace));
    return eng_out_none(c, r);
}
