/* All statements say their end state (CREATE OR REPLACE, IF NOT EXISTS, SET), so that a step done
 * twice is a step done once. Names go through sql/quote.h; bodies are rewritten on the syntax tree.
 */
#include "ops/clone/steps.h"

#include <ctype.h>

#include "sql/dialect.h"
#include "sql/quote.h"

static char *taken(cx *c, buf *b)
{
    char *text = cx_dup(c, buf_text(b));
    buf_clear(b);
    return text;
}

char *clone_label(cx *c, const char *catalog, const model_object *o)
{
    return o ? cx_fmt(c, "%s.%s", catalog, model_label(c, o)) : cx_dup(c, catalog);
}

static void add_target(buf *b, const clone_options *k, const model_object *o)
{
    if (!o)
        sql_add_ident(b, k->dest);
    else if (o->kind == MODEL_SCHEMA)
        sql_add_name2(b, k->dest, o->name);
    else
        sql_add_name3(b, k->dest, o->schema, o->name);
}

static void add_comment(buf *b, const clone_options *k, const char *comment)
{
    if (!comment || !k->comments)
        return;
    buf_adds(b, " COMMENT ");
    sql_add_literal(b, comment);
}

char *clone_sql_catalog(cx *c, const clone_options *k, const inventory *source)
{
    buf b = BUF(BUF_ANY);
    buf_adds(&b, "CREATE CATALOG IF NOT EXISTS ");
    sql_add_ident(&b, k->dest);
    if (k->location) {
        buf_adds(&b, " MANAGED LOCATION ");
        sql_add_literal(&b, k->location);
    }
    add_comment(&b, k, source->comment);
    return taken(c, &b);
}

char *clone_sql_schema(cx *c, const clone_options *k, const model_object *o)
{
    buf b = BUF(BUF_ANY);
    buf_adds(&b, "CREATE SCHEMA IF NOT EXISTS ");
    add_target(&b, k, o);
    add_comment(&b, k, o->comment);
    return taken(c, &b);
}

static void add_properties(buf *b, const json *properties)
{
    const char *key;
    json *value;
    bool first = true;
    if (!properties || json_object_size(properties) == 0)
        return;
    buf_adds(b, " TBLPROPERTIES (");
    json_object_foreach ((json *)properties, key, value) {
        buf_adds(b, first ? "" : ", ");
        sql_add_literal(b, key);
        buf_adds(b, " = ");
        sql_add_literal(b, json_string_value(value) ? json_string_value(value) : "");
        first = false;
    }
    buf_adds(b, ")");
}

char *clone_sql_table(cx *c, const clone_options *k, const model_object *o, int64_t version)
{
    buf b = BUF(BUF_ANY);
    buf_adds(&b, "CREATE OR REPLACE TABLE ");
    add_target(&b, k, o);
    buf_adds(&b, k->shallow ? " SHALLOW CLONE " : " DEEP CLONE ");
    sql_add_name3(&b, k->source, o->schema, o->name);
    if (version >= 0) {
        buf_addf(&b, " VERSION AS OF %lld", (long long)version);
    } else if (k->as_of_timestamp) {
        buf_adds(&b, " TIMESTAMP AS OF ");
        sql_add_literal(&b, k->as_of_timestamp);
    }
    add_properties(&b, k->properties);
    return taken(c, &b);
}

char *clone_sql_volume(cx *c, const clone_options *k, const model_object *o)
{
    buf b = BUF(BUF_ANY);
    buf_adds(&b, "CREATE VOLUME IF NOT EXISTS ");
    add_target(&b, k, o);
    add_comment(&b, k, o->comment);
    return taken(c, &b);
}

/* ---- bodies ---------------------------------------------------------------------------- */

static cx_code moved_body(cx *c, const clone_options *k, const model_object *o, char **out)
{
    size_t changed;
    if (!o->body)
        return cx_fail(c, CX_UNSUPPORTED, "the workspace does not show its definition");
    char *text = NULL;
    const cx_code rc = dialect_rename_catalog(c, o->body, k->source, k->dest, &text, &changed);
    if (rc != CX_OK) {
        const char *why = c->error.message;
        return cx_fail(c, rc, "its definition cannot be parsed (%s): %s", why, o->body);
    }
    size_t n = strlen(text);
    while (n && (isspace((unsigned char)text[n - 1]) || text[n - 1] == ';'))
        text[--n] = '\0';
    *out = text;
    return CX_OK;
}

cx_code clone_sql_view(cx *c, const clone_options *k, const model_object *o, char **out)
{
    char *body;
    TRY(moved_body(c, k, o, &body));
    buf b = BUF(BUF_ANY);
    buf_adds(&b, "CREATE OR REPLACE VIEW ");
    add_target(&b, k, o);
    for (size_t i = 0; i < o->column_count; i++) {
        buf_adds(&b, i ? ", " : " (");
        sql_add_ident(&b, o->columns[i].name);
        add_comment(&b, k, o->columns[i].comment);
    }
    buf_adds(&b, o->column_count ? ")" : "");
    add_comment(&b, k, o->comment);
    buf_addf(&b, " AS %s", body);
    *out = taken(c, &b);
    return CX_OK;
}

static void add_parameters(buf *b, const model_object *o)
{
    for (size_t i = 0; i < o->column_count; i++) {
        const model_column *p = &o->columns[i];
        buf_adds(b, i ? ", " : "");
        sql_add_ident(b, p->name);
        buf_addf(b, " %s", p->type);
        if (p->default_sql)
            buf_addf(b, " DEFAULT %s", p->default_sql);
        if (p->comment) {
            buf_adds(b, " COMMENT ");
            sql_add_literal(b, p->comment);
        }
    }
}

static void add_returns(buf *b, const model_object *o)
{
    if (o->returns) {
        buf_addf(b, ") RETURNS %s", o->returns);
        return;
    }
    buf_adds(b, ") RETURNS TABLE");
    for (size_t i = 0; i < o->returned_count; i++) {
        buf_adds(b, i ? ", " : " (");
        sql_add_ident(b, o->returned[i].name);
        buf_addf(b, " %s", o->returned[i].type);
    }
    buf_adds(b, o->returned_count ? ")" : "");
}

static bool begins_with_return(const char *body)
{
    return strncasecmp(body, "RETURN", 6) == 0 &&
           (isspace((unsigned char)body[6]) || body[6] == '(');
}

cx_code clone_sql_function(cx *c, const clone_options *k, const model_object *o, char **out)
{
    const bool sql = !strcasecmp(o->language, "SQL");
    char *body;
    if (!sql && (!o->body || strstr(o->body, "$$")))
        return cx_fail(c, CX_UNSUPPORTED, "its %s body cannot be written into a statement",
                       o->language);
    if (sql)
        TRY(moved_body(c, k, o, &body));
    buf b = BUF(BUF_ANY);
    buf_adds(&b, "CREATE OR REPLACE FUNCTION ");
    add_target(&b, k, o);
    buf_adds(&b, "(");
    add_parameters(&b, o);
    add_returns(&b, o);
    if (!sql)
        buf_addf(&b, " LANGUAGE %s", o->language);
    add_comment(&b, k, o->comment);
    if (sql)
        buf_addf(&b, "%s %s", begins_with_return(body) ? "" : " RETURN", body);
    else
        buf_addf(&b, " AS $$%s$$", o->body);
    *out = taken(c, &b);
    return CX_OK;
}

/* ---- what goes on objects -------------------------------------------------------------------- */

static const char *word_of(const model_object *o)
{
    return o ? model_kind_name(o->kind) : "CATALOG";
}

char *clone_sql_drop(cx *c, const clone_options *k, const model_object *o)
{
    buf b = BUF(BUF_ANY);
    buf_addf(&b, "DROP %s IF EXISTS ", word_of(o));
    add_target(&b, k, o);
    return taken(c, &b);
}

char *clone_sql_comment(cx *c, const clone_options *k, const model_object *o, const char *comment)
{
    buf b = BUF(BUF_ANY);
    buf_addf(&b, "COMMENT ON %s ", word_of(o)); /* our word */
    add_target(&b, k, o);
    buf_adds(&b, " IS ");
    if (comment)
        sql_add_literal(&b, comment);
    else
        buf_adds(&b, "NULL");
    return taken(c, &b);
}

char *clone_sql_grant(cx *c, const clone_options *k, const model_object *o,
                      const model_grant *grants, size_t n, bool revoke)
{
    buf b = BUF(BUF_ANY);
    buf_adds(&b, revoke ? "REVOKE " : "GRANT ");
    for (size_t i = 0; i < n; i++)
        buf_addf(&b, "%s%s", i ? ", " : "", grants[i].privilege);
    buf_addf(&b, " ON %s ", word_of(o)); /* our word */
    add_target(&b, k, o);
    buf_adds(&b, revoke ? " FROM " : " TO ");
    sql_add_ident(&b, grants[0].principal);
    return taken(c, &b);
}

static void add_altered(buf *b, const clone_options *k, const model_object *o, const char *column)
{
    buf_addf(b, "ALTER %s ", word_of(o)); /* our word */
    add_target(b, k, o);
    if (column) {
        buf_adds(b, " ALTER COLUMN ");
        sql_add_ident(b, column);
    }
}

char *clone_sql_unset_tags(cx *c, const clone_options *k, const model_object *o, const char *column,
                           const model_tag *tags, size_t n)
{
    buf b = BUF(BUF_ANY);
    add_altered(&b, k, o, column);
    buf_adds(&b, " UNSET TAGS (");
    for (size_t i = 0; i < n; i++) {
        buf_adds(&b, i ? ", " : "");
        sql_add_literal(&b, tags[i].key ? tags[i].key : "");
    }
    buf_adds(&b, ")");
    return taken(c, &b);
}

char *clone_sql_drop_mask(cx *c, const clone_options *k, const model_object *o,
                          const model_column *column)
{
    buf b = BUF(BUF_ANY);
    add_altered(&b, k, o, column->name);
    buf_adds(&b, " DROP MASK");
    return taken(c, &b);
}

char *clone_sql_drop_filter(cx *c, const clone_options *k, const model_object *o)
{
    buf b = BUF(BUF_ANY);
    add_altered(&b, k, o, NULL);
    buf_adds(&b, " DROP ROW FILTER");
    return taken(c, &b);
}

char *clone_sql_drop_key(cx *c, const clone_options *k, const model_object *o, const model_key *key)
{
    buf b = BUF(BUF_ANY);
    add_altered(&b, k, o, NULL);
    buf_adds(&b, " DROP CONSTRAINT IF EXISTS ");
    sql_add_ident(&b, key->name);
    buf_adds(&b, " CASCADE");
    return taken(c, &b);
}

char *clone_sql_tags(cx *c, const clone_options *k, const model_object *o, const char *column,
                     const model_tag *tags, size_t n)
{
    buf b = BUF(BUF_ANY);
    add_altered(&b, k, o, column);
    buf_adds(&b, " SET TAGS (");
    for (size_t i = 0; i < n; i++) {
        buf_adds(&b, i ? ", " : "");
        sql_add_literal(&b, tags[i].key ? tags[i].key : "");
        buf_adds(&b, " = ");
        sql_add_literal(&b, tags[i].value ? tags[i].value : "");
    }
    buf_adds(&b, ")");
    return taken(c, &b);
}

/* A function's full name as the workspace tells it, moved to the destination if it is of the
 * source. */
static cx_code add_moved_function(cx *c, buf *b, const clone_options *k, const char *name,
                                  const char **out_label)
{
    char *parts[3];
    int n;
    TRY(sql_split_name(c, name, 3, parts, &n));
    if (n != 3)
        return cx_fail(c, CX_UNSUPPORTED, "the function %s is not named in full", name);
    const bool ours = text_same_nocase(parts[0], k->source);
    sql_add_name3(b, ours ? k->dest : parts[0], parts[1], parts[2]);
    *out_label = ours ? cx_fmt(c, "%s.%s", parts[1], parts[2]) : NULL;
    return CX_OK;
}

/* "a, b" of information_schema as a list of identifiers. */
static void add_column_list(cx *c, buf *b, const char *names)
{
    bool first = true;
    while (names && *names) {
        const size_t n = strcspn(names, ",");
        char *one = cx_dupn(c, names, n);
        while (isspace((unsigned char)*one))
            one++;
        for (size_t len = strlen(one); len && isspace((unsigned char)one[len - 1]);)
            one[--len] = '\0';
        if (*one) {
            buf_adds(b, first ? "" : ", ");
            sql_add_ident(b, one);
            first = false;
        }
        names += n + (names[n] == ',');
    }
}

cx_code clone_sql_mask(cx *c, const clone_options *k, const model_object *o,
                       const model_column *column, char **out, const char **out_function)
{
    buf b = BUF(BUF_ANY);
    buf_adds(&b, "ALTER TABLE ");
    add_target(&b, k, o);
    buf_adds(&b, " ALTER COLUMN ");
    sql_add_ident(&b, column->name);
    buf_adds(&b, " SET MASK ");
    const cx_code rc = add_moved_function(c, &b, k, column->mask, out_function);
    if (rc == CX_OK && column->mask_using && *column->mask_using) {
        buf_adds(&b, " USING COLUMNS (");
        add_column_list(c, &b, column->mask_using);
        buf_adds(&b, ")");
    }
    *out = taken(c, &b);
    return rc;
}

cx_code clone_sql_filter(cx *c, const clone_options *k, const model_object *o, char **out,
                         const char **out_function)
{
    buf b = BUF(BUF_ANY);
    buf_adds(&b, "ALTER TABLE ");
    add_target(&b, k, o);
    buf_adds(&b, " SET ROW FILTER ");
    const cx_code rc = add_moved_function(c, &b, k, o->row_filter, out_function);
    buf_adds(&b, " ON (");
    add_column_list(c, &b, o->row_filter_columns);
    buf_adds(&b, ")");
    *out = taken(c, &b);
    return rc;
}

static void add_columns(buf *b, const char *const *columns)
{
    buf_adds(b, " (");
    for (size_t i = 0; columns[i]; i++) {
        buf_adds(b, i ? ", " : "");
        sql_add_ident(b, columns[i]);
    }
    buf_adds(b, ")");
}

static void add_reference(cx *c, buf *b, const clone_options *k, const model_key *key,
                          const model_object *parent)
{
    const model_key *primary = NULL;
    size_t n = 0, has = 0;
    for (size_t i = 0; i < parent->key_count; i++)
        if (parent->keys[i].type && !strcmp(parent->keys[i].type, "PRIMARY KEY"))
            primary = &parent->keys[i];
    buf_adds(b, " REFERENCES ");
    add_target(b, k, parent);
    while (key->columns[n])
        n++;
    while (primary && primary->columns[has])
        has++;
    const char **columns = cx_array(c, const char *, n + 1);
    for (size_t i = 0; i < n; i++) {
        if (key->places[i] < 1 || (size_t)key->places[i] > has)
            return; /* the whole primary key, in its order */
        columns[i] = primary->columns[key->places[i] - 1];
    }
    add_columns(b, columns);
}

char *clone_sql_key(cx *c, const clone_options *k, const model_object *o, const model_key *key,
                    const model_object *parent)
{
    buf b = BUF(BUF_ANY);
    buf_adds(&b, "ALTER TABLE ");
    add_target(&b, k, o);
    buf_adds(&b, " ADD CONSTRAINT ");
    sql_add_ident(&b, key->name);
    buf_adds(&b, parent ? " FOREIGN KEY" : " PRIMARY KEY");
    add_columns(&b, key->columns);
    if (parent)
        add_reference(c, &b, k, key, parent);
    return taken(c, &b);
}

char *clone_sql_owner(cx *c, const clone_options *k, const model_object *o, const char *owner)
{
    buf b = BUF(BUF_ANY);
    buf_addf(&b, "ALTER %s ", word_of(o)); /* our word */
    add_target(&b, k, o);
    buf_adds(&b, " SET OWNER TO ");
    sql_add_ident(&b, owner);
    return taken(c, &b);
}
