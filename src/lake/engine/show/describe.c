/* DESCRIBE. spec: wire §14.1 */
#include "lake/engine/ddl/features.h"
#include "lake/engine/ddl/schema.h"
#include "lake/metastore/facts.h"

#include "base/when.h"
#include "sql/quote.h"

static const engine_column three[] = {
    {"col_name", "STRING"}, {"data_type", "STRING"}, {"comment", "STRING"}};

static cx_code line(cx *c, run *r, const char *a, const char *b, const char *comment)
{
    const char *const values[] = {a, b, comment};
    return eng_out_row(c, r, values, 3);
}

static cx_code column_lines(cx *c, run *r, const json *columns)
{
    const json *column;
    size_t i;
    json_array_foreach (columns, i, column)
        TRY(line(c, r, json_get_str(column, "name", ""), json_get_str(column, "type_text", ""),
                 json_get_str(column, "comment", NULL)));
    return CX_OK;
}

static cx_code partition_lines(cx *c, run *r, const json *columns)
{
    const json *column;
    size_t i;
    bool any = false;
    json_array_foreach (columns, i, column) {
        if (!json_get(column, "partition_index"))
            continue;
        if (!any) {
            TRY(line(c, r, "# Partition Information", "", ""));
            TRY(line(c, r, "# col_name", "data_type", "comment"));
        }
        any = true;
        TRY(line(c, r, json_get_str(column, "name", ""), json_get_str(column, "type_text", ""),
                 json_get_str(column, "comment", NULL)));
    }
    return CX_OK;
}

static const char *properties_text(cx *c, const json *properties)
{
    buf b = BUF(BUF_ANY);
    AUTO_FREE char *text = json_canonical(properties);
    json_error_t e;
    AUTO(json) sorted = json_loads(text, 0, &e);
    const char *key;
    const json *value;
    buf_addc(&b, '[');
    json_object_foreach (sorted, key, value)
        buf_addf(&b, "%s%s=%s", b.length > 1 ? "," : "", key,
                 json_is_string(value) ? json_string_value(value) : "");
    buf_addc(&b, ']');
    const char *out = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    return out;
}

static cx_code detail_lines(cx *c, run *r, const meta_object *o)
{
    const bool view = o->view_definition != NULL;
    const char *const pairs[][2] = {
        {"Catalog", o->name.catalog},
        {"Database", o->name.schema},
        {"Table", o->name.name},
        {"Created Time", when_iso_ms(c, o->created_ms)},
        {"Last Access", "UNKNOWN"},
        {"Created By", o->created_by},
        {"Type", o->table_type},
        {"Comment", o->comment},
        {"Location", view || !o->location ? NULL : cx_fmt(c, "file:%s", o->location)},
        {"Provider",
         view || !o->format ? NULL : (text_same_nocase(o->format, "DELTA") ? "delta" : o->format)},
        {"View Text", o->view_definition},
        {"View Original Text", o->view_definition},
        {"View Catalog and Namespace",
         view ? sql_name2(c, o->view_catalog ? o->view_catalog : o->name.catalog,
                          o->view_schema ? o->view_schema : o->name.schema)
              : NULL},
        {"Owner", o->owner},
        {"Is_managed_location", !view && text_starts(o->table_type, "MANAGED") ? "true" : NULL},
        {"Table Properties", properties_text(c, o->properties)},
    };
    TRY(line(c, r, "", "", ""));
    TRY(line(c, r, "# Detailed Table Information", "", ""));
    for (size_t i = 0; i < CX_COUNT(pairs); i++)
        if (pairs[i][1])
            TRY(line(c, r, pairs[i][0], pairs[i][1], ""));
    return CX_OK;
}

static cx_code clustering_lines(cx *c, run *r, const json *clusters, const json *columns)
{
    const json *name, *column;
    size_t i, k;
    if (!json_array_size(clusters))
        return CX_OK;
    TRY(line(c, r, "# Clustering Information", "", ""));
    TRY(line(c, r, "# col_name", "data_type", "comment"));
    json_array_foreach (clusters, i, name) {
        const char *type = "", *comment = NULL;
        json_array_foreach (columns, k, column)
            if (text_same_nocase(json_get_str(column, "name", ""), json_string_value(name))) {
                type = json_get_str(column, "type_text", "");
                comment = json_get_str(column, "comment", NULL);
            }
        TRY(line(c, r, json_string_value(name), type, comment));
    }
    return CX_OK;
}

static const char *name_list(cx *c, const char *list)
{
    json_error_t e;
    AUTO(json) names = json_loads(list ? list : "[]", 0, &e);
    const json *name;
    size_t i;
    const char *out = "";
    json_array_foreach (names, i, name)
        out = cx_fmt(c, "%s%s%s", out, i ? ", " : "", sql_ident(c, json_string_value(name)));
    return out;
}

/* Keys; CHECK constraints are among the properties. */
static cx_code key_lines(cx *c, run *r, const meta_object *o)
{
    meta_key_row *keys = NULL;
    size_t n = 0;
    if (o->view_definition)
        return CX_OK;
    TRY(meta_keys_of(c, r->e->meta, o->name, &keys, &n));
    if (n) {
        TRY(line(c, r, "", "", ""));
        TRY(line(c, r, "# Constraints", "", ""));
    }
    for (size_t i = 0; i < n; i++) {
        const char *text = cx_fmt(c, "%s KEY (%s)", keys[i].foreign ? "FOREIGN" : "PRIMARY",
                                  name_list(c, keys[i].columns));
        if (keys[i].foreign && keys[i].parent.name)
            text = cx_fmt(c, "%s REFERENCES %s (%s)", text, eng_quoted(c, keys[i].parent),
                          name_list(c, keys[i].parent_columns));
        TRY(line(c, r, keys[i].name, text, ""));
    }
    return CX_OK;
}

/* What the metastore says, with the columns that the log has now: a table can change by other
 * hands. */
static cx_code load_described(cx *c, run *r, const sql_name *n, meta_object *out,
                              json **out_clusters)
{
    AUTO_CLEAR(eng_table) t = {0};
    if (!n->path) {
        TRY(eng_load_object(c, r, n, "SELECT", out));
        if (!out->format || !text_same_nocase(out->format, "DELTA"))
            return CX_OK;
    }
    TRY(eng_table_load(c, r, n, "SELECT", NULL, &t));
    json_decref(out->columns);
    json_decref(out->properties);
    out->columns = eng_snapshot_columns(c, t.snapshot);
    out->properties = eng_all_properties(t.snapshot);
    *out_clusters = eng_clustered_by(c, t.snapshot);
    return CX_OK;
}

static cx_code as_json(cx *c, run *r, const meta_object *o)
{
    static const engine_column one[] = {{"json_metadata", "STRING"}};
    AUTO(json) columns = json_array();
    const json *column;
    size_t i;
    json_array_foreach (o->columns, i, column)
        json_array_append_new(columns, json_pack("{s:s, s:{s:s}, s:b, s:s?}", "name",
                                                 json_get_str(column, "name", ""), "type", "name",
                                                 json_get_str(column, "type_text", ""), "nullable",
                                                 json_get_bool(column, "nullable", true), "comment",
                                                 json_get_str(column, "comment", NULL)));
    AUTO(json)
    all = json_pack(
        "{s:s, s:s, s:s, s:[s], s:s, s:s?, s:O, s:s?, s:s?, s:s?, s:s, s:O, s:s?}", "table_name",
        o->name.name, "catalog_name", o->name.catalog, "schema_name", o->name.schema, "namespace",
        o->name.schema, "type", o->table_type, "provider", o->format, "columns", columns,
        "view_text", o->view_definition, "owner", o->owner, "location", o->location, "created_time",
        when_iso_ms(c, o->created_ms), "table_properties", o->properties, "comment", o->comment);
    AUTO_FREE char *text = json_text(all);
    const char *const values[] = {text};
    TRY(eng_out_columns(c, r, one, 1));
    return eng_out_row(c, r, values, 1);
}

static cx_code describe_information_schema(cx *c, run *r, meta_name n)
{
    AUTO(json) described = NULL;
    const char *relation;
    const json *pair;
    size_t i;
    TRY(eng_relation_new(c, r, eng_quoted(c, n), eng_quoted(c, n), &relation));
    TRY(eng_information_schema(c, r, n.catalog, n.name, relation));
    TRY(eng_describe_query(c, r, cx_fmt(c, "FROM %s", relation), &described));
    TRY(eng_out_columns(c, r, three, 3));
    json_array_foreach (described, i, pair) {
        char *type = cx_dup(c, json_string_value(json_array_get(pair, 1)));
        text_lower(type);
        TRY(line(c, r, json_string_value(json_array_get(pair, 0)), type, NULL));
    }
    return CX_OK;
}

static cx_code describe_table(cx *c, run *r, const sql_statement *q)
{
    AUTO_CLEAR(meta_object) o = {0};
    AUTO(json) clusters = NULL;
    meta_name n;
    if (!q->name.path) {
        TRY(eng_name(c, r, &q->name, META_TABLE, &n));
        if (eng_is_information_schema(n))
            return describe_information_schema(c, r, n);
    }
    TRY(load_described(c, r, &q->name, &o, &clusters));
    if (q->as_json)
        return as_json(c, r, &o);
    TRY(eng_out_columns(c, r, three, 3));
    TRY(column_lines(c, r, o.columns));
    TRY(partition_lines(c, r, o.columns));
    TRY(clustering_lines(c, r, clusters, o.columns));
    if (!q->extended || !o.name.name)
        return CX_OK;
    TRY(detail_lines(c, r, &o));
    return key_lines(c, r, &o);
}

/* ---- DETAIL -----------------------------------------------------------------------------------
 */

/* A list as JSON text; NULL is an empty one. */
static const char *list_text(cx *c, json *take_list)
{
    AUTO(json) list = take_list ? take_list : json_array();
    AUTO_FREE char *text = json_text(list);
    return cx_dup(c, text);
}

static const engine_column detail_columns[] = {
    {"format", "STRING"},
    {"id", "STRING"},
    {"name", "STRING"},
    {"description", "STRING"},
    {"location", "STRING"},
    {"createdAt", "TIMESTAMP"},
    {"lastModified", "TIMESTAMP"},
    {"partitionColumns", "ARRAY<STRING>"},
    {"clusteringColumns", "ARRAY<STRING>"},
    {"numFiles", "BIGINT"},
    {"sizeInBytes", "BIGINT"},
    {"properties", "MAP<STRING, STRING>"},
    {"minReaderVersion", "INT"},
    {"minWriterVersion", "INT"},
    {"tableFeatures", "ARRAY<STRING>"},
};

static cx_code describe_detail(cx *c, run *r, const sql_statement *q)
{
    AUTO_CLEAR(eng_table) t = {0};
    AUTO(json) partitions = json_array();
    TRY(eng_table_load(c, r, &q->name, "SELECT", NULL, &t));
    const delta_snapshot *s = t.snapshot;
    const delta_protocol *p = delta_protocol_of(s);
    for (size_t i = 0; i < delta_partition_count(s); i++)
        json_array_append_new(partitions, json_string(delta_partition_name(s, i)));
    AUTO(json) properties = eng_all_properties(s);
    AUTO_FREE char *by = json_text(partitions);
    AUTO_FREE char *settings = json_text(properties);
    const char *name = t.object.name.name ? meta_full_name(c, META_TABLE, t.object.name) : NULL;
    const json *created = json_get(delta_metadata(s), "createdTime");
    const char *const values[] = {
        "delta",
        delta_table_id(s),
        name,
        t.object.comment ? t.object.comment : json_get_str(delta_metadata(s), "description", NULL),
        cx_fmt(c, "file:%s", delta_root(t.table)),
        created ? when_iso_ms(c, json_integer_value(created)) : NULL,
        when_iso_ms(c, delta_timestamp_ms(s)),
        by,
        list_text(c, eng_clustered_by(c, s)),
        cx_fmt(c, "%zu", delta_file_count(s)),
        cx_fmt(c, "%lld", (long long)delta_size_bytes(s)),
        settings,
        cx_fmt(c, "%d", p->min_reader),
        cx_fmt(c, "%d", p->min_writer),
        list_text(c, eng_protocol_features(p)),
    };
    TRY(eng_out_columns(c, r, detail_columns, CX_COUNT(detail_columns)));
    return eng_out_row(c, r, values, CX_COUNT(values));
}

/* ---- the others -------------------------------------------------------------------------------
 */

static cx_code pair_rows(cx *c, run *r, const char *const (*pairs)[2], size_t n)
{
    for (size_t i = 0; i < n; i++)
        TRY(eng_out_row(c, r, pairs[i], 2));
    return CX_OK;
}

static cx_code describe_container(cx *c, run *r, const sql_statement *q)
{
    const bool catalog = strcmp(q->what, "CATALOG") == 0;
    const meta_type t = catalog ? META_CATALOG : META_SCHEMA;
    const engine_column columns[] = {
        {catalog ? "info_name" : "database_description_item", "STRING"},
        {catalog ? "info_value" : "database_description_value", "STRING"}};
    AUTO_CLEAR(meta_object) o = {0};
    meta_name n;
    TRY(eng_name(c, r, &q->name, t, &n));
    TRY(meta_load(c, r->e->meta, t, n, &o));
    TRY(eng_require(c, r, catalog ? "USE_CATALOG" : "USE_SCHEMA", t, n));
    const char *const short_pairs[][2] = {
        {"Catalog Name", n.catalog},
        {catalog ? "Comment" : "Namespace Name", catalog ? o.comment : n.schema},
        {catalog ? "Owner" : "Comment", catalog ? o.owner : o.comment},
        {catalog ? "Catalog Type" : "Location", catalog ? "Regular" : o.location},
        {catalog ? "Created By" : "Owner", catalog ? o.created_by : o.owner}};
    const char *const more[][2] = {{"Created At", when_iso_ms(c, o.created_ms)},
                                   {"Updated At", when_iso_ms(c, o.updated_ms)},
                                   {"Properties", properties_text(c, o.properties)}};
    TRY(eng_out_columns(c, r, columns, 2));
    TRY(pair_rows(c, r, short_pairs, CX_COUNT(short_pairs)));
    return q->extended ? pair_rows(c, r, more, CX_COUNT(more)) : CX_OK;
}

static cx_code describe_function(cx *c, run *r, const sql_statement *q)
{
    static const engine_column columns[] = {{"function_desc", "STRING"}};
    AUTO_CLEAR(meta_object) o = {0};
    meta_name n;
    const json *p;
    size_t i;
    buf input = BUF(BUF_ANY);
    TRY(eng_name(c, r, &q->name, META_FUNCTION, &n));
    TRY(meta_load(c, r->e->meta, META_FUNCTION, n, &o));
    TRY(eng_require(c, r, "EXECUTE", META_FUNCTION, n));
    json_array_foreach (json_get(json_get(o.routine, "input_params"), "parameters"), i, p)
        buf_addf(&input, "%s%s %s", i ? ", " : "", json_get_str(p, "name", ""),
                 eng_type_upper(c, json_get_str(p, "type_text", "")));
    const char *lines[] = {
        cx_fmt(c, "Function:    %s", meta_full_name(c, META_FUNCTION, n)),
        cx_fmt(c, "Type:        %s",
               strcmp(json_get_str(o.routine, "data_type", ""), "TABLE_TYPE") ? "SCALAR" : "TABLE"),
        cx_fmt(c, "Input:       %s", buf_text(&input)),
        cx_fmt(c, "Returns:     %s",
               eng_type_upper(c, json_get_str(o.routine, "full_data_type", ""))),
        q->extended ? cx_fmt(c, "Owner:       %s", o.owner) : NULL,
        q->extended
            ? cx_fmt(c, "Body:        %s", json_get_str(o.routine, "routine_definition", ""))
            : NULL,
    };
    buf_clear(&input);
    TRY(eng_out_columns(c, r, columns, 1));
    for (i = 0; i < CX_COUNT(lines); i++)
        if (lines[i])
            TRY(eng_out_row(c, r, &lines[i], 1));
    return CX_OK;
}

static cx_code describe_volume(cx *c, run *r, const sql_statement *q)
{
    static const engine_column columns[] = {
        {"name", "STRING"},   {"catalog", "STRING"},         {"database", "STRING"},
        {"owner", "STRING"},  {"storageLocation", "STRING"}, {"volumeType", "STRING"},
        {"comment", "STRING"}};
    AUTO_CLEAR(meta_object) o = {0};
    meta_name n;
    TRY(eng_name(c, r, &q->name, META_VOLUME, &n));
    TRY(meta_load(c, r->e->meta, META_VOLUME, n, &o));
    TRY(eng_require(c, r, "READ_VOLUME", META_VOLUME, n));
    const char *const values[] = {n.name,
                                  n.catalog,
                                  n.schema,
                                  o.owner,
                                  o.location ? cx_fmt(c, "file:%s", o.location) : NULL,
                                  o.table_type,
                                  o.comment};
    TRY(eng_out_columns(c, r, columns, CX_COUNT(columns)));
    return eng_out_row(c, r, values, CX_COUNT(values));
}

static cx_code describe_query(cx *c, run *r, const sql_statement *q)
{
    AUTO(json) described = NULL;
    char *text = NULL;
    const json *pair;
    size_t i;
    TRY(eng_prepare(c, r, q->query, &text));
    TRY(eng_guard(c, r, text));
    TRY(eng_describe_query(c, r, text, &described));
    TRY(eng_out_columns(c, r, three, 3));
    json_array_foreach (described, i, pair) {
        AUTO(json) type = NULL;
        TRY(delta_type_parse(c, json_string_value(json_array_get(pair, 1)), &type));
        TRY(line(c, r, json_string_value(json_array_get(pair, 0)), delta_type_sql(c, type), NULL));
    }
    return CX_OK;
}

cx_code eng_describe(cx *c, run *r, const sql_statement *q)
{
    static const struct {
        const char *what;
        cx_code (*run_it)(cx *c, run *r, const sql_statement *q);
    } kinds[] = {
        {"TABLE", describe_table},      {"HISTORY", eng_describe_history},
        {"DETAIL", describe_detail},    {"CATALOG", describe_container},
        {"SCHEMA", describe_container}, {"FUNCTION", describe_function},
        {"VOLUME", describe_volume},    {"QUERY", describe_query},
    };
    for (size_t i = 0; i < CX_COUNT(kinds); i++)
        if (strcmp(q->what, kinds[i].what) == 0)
            return kinds[i].run_it(c, r, q);
    return eng_unsupported(c, "DESCRIBE %s", q->what);
}
