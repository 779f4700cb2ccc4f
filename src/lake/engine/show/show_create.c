/* SHOW CREATE TABLE: a statement that makes an equal table.
 *
 * Of a Delta table everything comes from the log, since other hands can change it; keys, masks and
 * row filters from the metastore. CHECK constraints stand among the properties, as the platform
 * writes them. What only counts this table's past (column ids, names for row ids) is left out: the
 * new table makes its own. */
#include "lake/engine/ddl/features.h"
#include "lake/engine/ddl/properties.h"
#include "lake/engine/ddl/schema.h"
#include "lake/metastore/facts.h"
#include "sql/quote.h"

typedef struct {
    run *r;
    const meta_object *o;
    const delta_snapshot *s; /* NULL = not a Delta table */
    meta_key_row *keys;
    meta_policy_row *policies;
    size_t key_count, policy_count;
    size_t lines; /* columns and constraints written */
    buf *out;
} shown;

/* ---- types ----------------------------------------------------------------------------------- */

static void add_type(cx *c, const json *type, const json *metadata, buf *b);

static void add_comment(const json *metadata, buf *b)
{
    const char *comment = json_get_str(metadata, "comment", NULL);
    if (!comment)
        return;
    buf_adds(b, " COMMENT ");
    sql_add_literal(b, comment);
}

static void add_struct(cx *c, const json *type, buf *b)
{
    const json *field;
    size_t i;
    buf_adds(b, "struct<");
    json_array_foreach (json_get(type, "fields"), i, field) {
        buf_adds(b, i ? ", " : "");
        sql_add_ident(b, json_get_str(field, "name", ""));
        buf_adds(b, ": ");
        add_type(c, json_get(field, "type"), json_get(field, "metadata"), b);
        if (!json_get_bool(field, "nullable", true))
            buf_adds(b, " NOT NULL");
        add_comment(json_get(field, "metadata"), b);
    }
    buf_addc(b, '>');
}

static void add_type(cx *c, const json *type, const json *metadata, buf *b)
{
    const char *text = json_get_str(metadata, "__CHAR_VARCHAR_TYPE_STRING", NULL);
    const char *kind = json_get_str(type, "type", "");
    if (!json_is_object(type)) {
        buf_adds(b, text ? text : delta_type_sql(c, type));
    } else if (strcmp(kind, "struct") == 0) {
        add_struct(c, type, b);
    } else if (strcmp(kind, "array") == 0) {
        buf_adds(b, "array<");
        add_type(c, json_get(type, "elementType"), NULL, b);
        buf_addc(b, '>');
    } else {
        buf_adds(b, "map<");
        add_type(c, json_get(type, "keyType"), NULL, b);
        buf_adds(b, ", ");
        add_type(c, json_get(type, "valueType"), NULL, b);
        buf_addc(b, '>');
    }
}

/* ---- columns ---- */

static void next_line(shown *k)
{
    buf_adds(k->out, k->lines++ ? ",\n  " : " (\n  ");
}

static void add_origin(const json *metadata, buf *b)
{
    const char *generated = json_get_str(metadata, "delta.generationExpression", NULL);
    const char *standard = json_get_str(metadata, "CURRENT_DEFAULT", NULL);
    const int64_t step = json_get_int(metadata, "delta.identity.step", 0);
    if (generated)
        buf_addf(b, " GENERATED ALWAYS AS (%s)", generated);
    if (step)
        buf_addf(b, " GENERATED %s AS IDENTITY (START WITH %lld INCREMENT BY %lld)",
                 json_get_bool(metadata, "delta.identity.allowExplicitInsert", false) ? "BY DEFAULT"
                                                                                      : "ALWAYS",
                 (long long)json_get_int(metadata, "delta.identity.start", 1), (long long)step);
    if (standard)
        buf_addf(b, " DEFAULT %s", standard);
}

static void add_names(const char *list, buf *b)
{
    json_error_t e;
    AUTO(json) names = json_loads(list ? list : "[]", 0, &e);
    const json *name;
    size_t i;
    buf_addc(b, '(');
    json_array_foreach (names, i, name) {
        buf_adds(b, i ? ", " : "");
        sql_add_ident(b, json_string_value(name));
    }
    buf_addc(b, ')');
}

static void add_mask(cx *c, const shown *k, const char *column)
{
    for (size_t i = 0; i < k->policy_count; i++) {
        const meta_policy_row *p = &k->policies[i];
        if (!p->column || !text_same_nocase(p->column, column))
            continue;
        buf_addf(k->out, " MASK %s", eng_quoted(c, p->function));
        if (p->arguments && strcmp(p->arguments, "[]") != 0) {
            buf_adds(k->out, " USING COLUMNS ");
            add_names(p->arguments, k->out);
        }
    }
}

static void add_field(cx *c, shown *k, const json *field)
{
    const json *metadata = json_get(field, "metadata");
    const char *name = json_get_str(field, "name", "");
    next_line(k);
    sql_add_ident(k->out, name);
    buf_addc(k->out, ' ');
    add_type(c, json_get(field, "type"), metadata, k->out);
    if (!json_get_bool(field, "nullable", true))
        buf_adds(k->out, " NOT NULL");
    add_origin(metadata, k->out);
    add_comment(metadata, k->out);
    add_mask(c, k, name);
}

/* Of a view, or a table that is not Delta. */
static void add_column(shown *k, const json *column)
{
    next_line(k);
    sql_add_ident(k->out, json_get_str(column, "name", ""));
    if (!k->o->view_definition)
        buf_addf(k->out, " %s", json_get_str(column, "type_text", ""));
    if (!k->o->view_definition && !json_get_bool(column, "nullable", true))
        buf_adds(k->out, " NOT NULL");
    add_comment(column, k->out);
}

static void add_key(cx *c, shown *k, const meta_key_row *key)
{
    next_line(k);
    buf_adds(k->out, "CONSTRAINT ");
    sql_add_ident(k->out, key->name);
    buf_adds(k->out, key->foreign ? " FOREIGN KEY " : " PRIMARY KEY ");
    add_names(key->columns, k->out);
    if (key->foreign) {
        buf_addf(k->out, " REFERENCES %s ", eng_quoted(c, key->parent));
        add_names(key->parent_columns, k->out);
    }
    if (key->rely)
        buf_adds(k->out, " RELY");
}

static void add_columns(cx *c, shown *k)
{
    const json *column;
    size_t i;
    json_array_foreach (k->s ? json_get(delta_schema(k->s), "fields") : k->o->columns, i, column)
        if (k->s)
            add_field(c, k, column);
        else
            add_column(k, column);
    for (i = 0; i < k->key_count; i++)
        if (!k->keys[i].foreign || k->keys[i].parent.name)
            add_key(c, k, &k->keys[i]);
    buf_adds(k->out, k->lines ? ")\n" : "\n");
}

/* ---- layout ---- */

static void add_path(const char *path, buf *b)
{
    for (const char *p = path; *p;) {
        const size_t n = strcspn(p, ".");
        char part[256];
        snprintf(part, sizeof part, "%.*s", (int)n, p);
        sql_add_ident(b, part);
        p += n;
        if (*p == '.')
            buf_addc(b, *p++);
    }
}

static void add_clustering(cx *c, const shown *k)
{
    AUTO(json) columns = eng_clustered_by(c, k->s);
    const json *name;
    size_t i;
    if (columns && json_array_size(columns) == 0 &&
        text_same_nocase(delta_property(k->s, "clusterByAuto"), "true"))
        buf_adds(k->out, "CLUSTER BY AUTO\n");
    json_array_foreach (columns, i, name) {
        buf_adds(k->out, i ? ", " : "CLUSTER BY (");
        add_path(json_string_value(name), k->out);
    }
    if (json_array_size(columns))
        buf_adds(k->out, ")\n");
}

static void add_layout(cx *c, const shown *k)
{
    const size_t n = k->s ? delta_partition_count(k->s) : 0;
    for (size_t i = 0; i < n; i++) {
        buf_adds(k->out, i ? ", " : "PARTITIONED BY (");
        sql_add_ident(k->out, delta_partition_name(k->s, i));
    }
    if (n)
        buf_adds(k->out, ")\n");
    if (k->s)
        add_clustering(c, k);
    for (size_t i = 0; i < k->policy_count; i++)
        if (!k->policies[i].column) {
            buf_addf(k->out, "WITH ROW FILTER %s ON ", eng_quoted(c, k->policies[i].function));
            add_names(k->policies[i].arguments, k->out);
            buf_addc(k->out, '\n');
        }
}

/* ---- properties ---- */

static json *properties_of(cx *c, const shown *k)
{
    json *all = json_object();
    const json *value;
    const char *key;
    AUTO(json) own = k->s ? eng_all_properties(k->s) : json_incref(k->o->properties);
    json_object_foreach (own, key, value)
        if (!k->s || !eng_property_own(key))
            json_object_set(all, key, (json *)value);
    if (!k->s)
        return all;
    const delta_protocol *p = delta_protocol_of(k->s);
    json_object_set_new(all, "delta.minReaderVersion", json_sprintf("%d", p->min_reader));
    json_object_set_new(all, "delta.minWriterVersion", json_sprintf("%d", p->min_writer));
    for (size_t i = 0; p->writer_features[i]; i++)
        json_object_set_new(all, cx_fmt(c, "delta.feature.%s", p->writer_features[i]),
                            json_string("supported"));
    return all;
}

static cx_code add_properties(cx *c, const shown *k)
{
    AUTO(json) all = properties_of(c, k);
    AUTO(json) sorted = NULL;
    AUTO_FREE char *text = json_canonical(all);
    const char *key;
    const json *value;
    size_t n = 0;
    TRY(json_parse(c, text, strlen(text), "table properties", &sorted));
    json_object_foreach (sorted, key, value) {
        buf_adds(k->out, n++ ? ",\n  " : "TBLPROPERTIES (\n  ");
        sql_add_literal(k->out, key);
        buf_adds(k->out, " = ");
        sql_add_literal(k->out, json_is_string(value) ? json_string_value(value) : "");
    }
    if (n)
        buf_adds(k->out, ")\n");
    return CX_OK;
}

/* ---- the statement ---- */

static cx_code add_statement(cx *c, shown *k)
{
    const meta_object *o = k->o;
    const bool view = o->view_definition != NULL;
    buf_adds(k->out, view ? "CREATE VIEW " : "CREATE TABLE ");
    buf_adds(k->out, eng_quoted(c, o->name));
    add_columns(c, k);
    if (!view)
        buf_addf(k->out, "USING %s\n", k->s ? "delta" : o->format);
    add_layout(c, k);
    if (!view && !text_starts(o->table_type, "MANAGED")) {
        buf_adds(k->out, "LOCATION ");
        sql_add_literal(k->out, o->location);
        buf_addc(k->out, '\n');
    }
    if (o->comment) {
        buf_adds(k->out, "COMMENT ");
        sql_add_literal(k->out, o->comment);
        buf_addc(k->out, '\n');
    }
    TRY(add_properties(c, k));
    if (view)
        buf_addf(k->out, "AS %s", o->view_definition);
    return CX_OK;
}

static cx_code compose(cx *c, run *r, const meta_object *o, const delta_snapshot *s, buf *out)
{
    shown k = {.r = r, .o = o, .s = s, .out = out};
    if (!o->view_definition) {
        TRY(meta_keys_of(c, r->e->meta, o->name, &k.keys, &k.key_count));
        TRY(meta_policies_of(c, r->e->meta, o->name, &k.policies, &k.policy_count));
    }
    return add_statement(c, &k);
}

cx_code eng_show_create(cx *c, run *r, const sql_statement *q)
{
    static const engine_column column = {"createtab_stmt", "STRING"};
    AUTO_CLEAR(meta_object) o = {0};
    AUTO_CLEAR(eng_table) t = {0};
    AUTO_CLEAR(buf) b = BUF(BUF_ANY);
    TRY(eng_load_object(c, r, &q->name, "SELECT", &o));
    if (!o.view_definition && text_same_nocase(o.format, "DELTA"))
        TRY(eng_table_load(c, r, &q->name, "SELECT", NULL, &t));
    TRY(compose(c, r, &o, t.snapshot, &b));
    TRY(eng_out_columns(c, r, &column, 1));
    const char *const values[] = {buf_text(&b)};
    return eng_out_row(c, r, values, 1);
}
