/* Puts the answers of the questions together: objects first, sorted, then everything that belongs
 * to an object is found its place by binary search. A row about an object that is not there (it was
 * made or dropped between two statements) is passed over. */
#include "model/model_int.h"

#include <ctype.h>

static int by_name(const void *a, const void *b)
{
    const model_object *x = a, *y = b;
    const int schemas = strcmp(x->schema, y->schema);
    return schemas ? schemas : strcmp(x->name, y->name);
}

model_object *model_find(const inventory *i, model_kind k, const char *schema, const char *name)
{
    const model_object key = {.schema = schema, .name = name};
    const model_list *l = &i->of[k];
    return l->count ? bsearch(&key, l->items, l->count, sizeof *l->items, by_name) : NULL;
}

const char *model_kind_name(model_kind k)
{
    static const char *const names[] = {"SCHEMA", "TABLE", "VIEW", "FUNCTION", "VOLUME"};
    return names[k];
}

const char *model_kind_plural(model_kind k)
{
    static const char *const names[] = {"schemas", "tables", "views", "functions", "volumes"};
    return names[k];
}

const char *model_label(cx *c, const model_object *o)
{
    return o->kind == MODEL_SCHEMA ? o->name : cx_fmt(c, "%s.%s", o->schema, o->name);
}

static size_t rows_of(const sql_result *r)
{
    return r ? sql_rows(r) : 0;
}

static char *text(cx *c, const sql_result *r, size_t row, const char *column)
{
    const char *v = sql_value_by(r, row, column);
    return v && *v ? cx_dup(c, v) : NULL;
}

static bool yes(const char *v)
{
    return v && (!strcasecmp(v, "YES") || !strcasecmp(v, "true"));
}

/* ---- objects ------------------------------------------------------------------- */

static model_object *start(model_list *l, model_kind k, char *schema, char *name)
{
    model_object *o = &l->items[l->count++];
    *o = (model_object){.kind = k, .schema = schema ? schema : "", .name = name ? name : ""};
    return o;
}

static void take_schemas(cx *c, inventory *i, const sql_result *r)
{
    model_list *l = &i->of[MODEL_SCHEMA];
    l->items = cx_array(c, model_object, rows_of(r) + 1);
    for (size_t row = 0; row < rows_of(r); row++) {
        char *name = text(c, r, row, "s");
        model_object *o = start(l, MODEL_SCHEMA, name, name);
        o->owner = text(c, r, row, "owner");
        o->comment = text(c, r, row, "comment");
    }
}

static bool is_view(const char *type)
{
    return type && (strstr(type, "VIEW") != NULL); /* VIEW MATERIALIZED_VIEW METRIC_VIEW */
}

static void take_tables(cx *c, inventory *i, const sql_result *r)
{
    for (int k = MODEL_TABLE; k <= MODEL_VIEW; k++)
        i->of[k].items = cx_array(c, model_object, rows_of(r) + 1);
    for (size_t row = 0; row < rows_of(r); row++) {
        char *type = text(c, r, row, "table_type");
        const model_kind k = is_view(type) ? MODEL_VIEW : MODEL_TABLE;
        model_object *o = start(&i->of[k], k, text(c, r, row, "s"), text(c, r, row, "n"));
        o->type = type;
        o->owner = text(c, r, row, "owner");
        o->comment = text(c, r, row, "comment");
        o->format = text(c, r, row, "format");
        o->location = text(c, r, row, "location");
    }
}

static void take_routines(cx *c, inventory *i, const sql_result *r)
{
    model_list *l = &i->of[MODEL_FUNCTION];
    l->items = cx_array(c, model_object, rows_of(r) + 1);
    for (size_t row = 0; row < rows_of(r); row++) {
        model_object *o = start(l, MODEL_FUNCTION, text(c, r, row, "s"), text(c, r, row, "n"));
        o->owner = text(c, r, row, "owner");
        o->comment = text(c, r, row, "comment");
        o->body = text(c, r, row, "body");
        const char *data_type = text(c, r, row, "data_type"),
                   *full = text(c, r, row, "full_data_type");
        const bool table = data_type && text_starts(data_type, "TABLE");
        o->type = table ? "TABLE" : "SCALAR";
        o->returns = table ? NULL : full ? full : data_type;
        const char *language = text(c, r, row, "external_language");
        o->language = language ? language : "SQL";
        o->deterministic = yes(sql_value_by(r, row, "is_deterministic"));
    }
}

static void take_volumes(cx *c, inventory *i, const sql_result *r)
{
    model_list *l = &i->of[MODEL_VOLUME];
    l->items = cx_array(c, model_object, rows_of(r) + 1);
    for (size_t row = 0; row < rows_of(r); row++) {
        model_object *o = start(l, MODEL_VOLUME, text(c, r, row, "s"), text(c, r, row, "n"));
        o->owner = text(c, r, row, "owner");
        o->type = text(c, r, row, "volume_type");
        o->comment = text(c, r, row, "comment");
        o->location = text(c, r, row, "location");
    }
}

static model_object *table_or_view(inventory *i, const char *schema, const char *name)
{
    if (!schema || !name)
        return NULL;
    model_object *o = model_find(i, MODEL_TABLE, schema, name);
    return o ? o : model_find(i, MODEL_VIEW, schema, name);
}

static void take_bodies(cx *c, inventory *i, const sql_result *r)
{
    for (size_t row = 0; row < rows_of(r); row++) {
        model_object *o = table_or_view(i, sql_value_by(r, row, "s"), sql_value_by(r, row, "n"));
        if (o)
            o->body = text(c, r, row, "body");
    }
}

/* ---- what belongs to objects: rows are sorted once, then given out in runs -------------- */

/* A row of an answer with the object that it belongs to. */
typedef struct {
    const void *owner;
    int64_t position;
    size_t row;
} claim;

static int by_owner(const void *a, const void *b)
{
    const claim *x = a, *y = b;
    if (x->owner != y->owner)
        return (uintptr_t)x->owner < (uintptr_t)y->owner ? -1 : 1;
    if (x->position != y->position)
        return x->position < y->position ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

typedef model_object *(*finder)(inventory *i, const char *kind, const char *schema,
                                const char *name);

static claim *claims_of(cx *c, inventory *i, const sql_result *r, finder find, size_t *out_n)
{
    claim *list = cx_array(c, claim, rows_of(r) + 1);
    size_t n = 0;
    for (size_t row = 0; row < rows_of(r); row++) {
        const void *owner = find(i, sql_value_by(r, row, "kind"), sql_value_by(r, row, "s"),
                                 sql_value_by(r, row, "n"));
        if (owner)
            list[n++] = (claim){owner, sql_int(r, row, "position", 0), row};
    }
    qsort(list, n, sizeof *list, by_owner);
    *out_n = n;
    return list;
}

static size_t run_length(const claim *list, size_t n, size_t at)
{
    size_t end = at;
    while (end < n && list[end].owner == list[at].owner)
        end++;
    return end - at;
}

static model_object *find_table(inventory *i, const char *kind, const char *schema,
                                const char *name)
{
    (void)kind;
    return table_or_view(i, schema, name);
}

static model_object *find_function(inventory *i, const char *kind, const char *schema,
                                   const char *name)
{
    (void)kind;
    return schema && name ? model_find(i, MODEL_FUNCTION, schema, name) : NULL;
}

static void take_column(cx *c, const sql_result *r, size_t row, model_column *out)
{
    const char *nullable = sql_value_by(r, row, "is_nullable");
    *out = (model_column){.name = text(c, r, row, "c"),
                          .type = text(c, r, row, "type"),
                          .comment = text(c, r, row, "comment"),
                          .default_sql = text(c, r, row, "column_default"),
                          .nullable = !nullable || yes(nullable),
                          .position = (int)sql_int(r, row, "position", 0),
                          .partition = (int)sql_int(r, row, "partition_index", -1)};
    if (!out->name)
        out->name = "";
    if (!out->type)
        out->type = "string";
}

static void take_columns(cx *c, inventory *i, const sql_result *r, finder find, bool returned)
{
    size_t n;
    const claim *list = claims_of(c, i, r, find, &n);
    for (size_t at = 0; at < n;) {
        const size_t run = run_length(list, n, at);
        model_column *columns = cx_array(c, model_column, run);
        for (size_t k = 0; k < run; k++)
            take_column(c, r, list[at + k].row, &columns[k]);
        model_object *o = (model_object *)list[at].owner;
        if (returned)
            o->returned = columns, o->returned_count = run;
        else
            o->columns = columns, o->column_count = run;
        at += run;
    }
}

static model_column *column_of(const model_object *o, const char *name)
{
    for (size_t k = 0; o && name && k < o->column_count; k++)
        if (text_same_nocase(o->columns[k].name, name))
            return (model_column *)&o->columns[k];
    return NULL;
}

static void take_masks(cx *c, inventory *i, const sql_result *r)
{
    for (size_t row = 0; row < rows_of(r); row++) {
        const model_object *o =
            table_or_view(i, sql_value_by(r, row, "s"), sql_value_by(r, row, "n"));
        model_column *column = column_of(o, sql_value_by(r, row, "c"));
        if (column) {
            column->mask = text(c, r, row, "mask_name");
            column->mask_using = text(c, r, row, "using_columns");
        }
    }
}

static void take_filters(cx *c, inventory *i, const sql_result *r)
{
    for (size_t row = 0; row < rows_of(r); row++) {
        model_object *o = table_or_view(i, sql_value_by(r, row, "s"), sql_value_by(r, row, "n"));
        if (o) {
            o->row_filter = text(c, r, row, "filter_name");
            o->row_filter_columns = text(c, r, row, "target_columns");
        }
    }
}

static model_object *find_securable(inventory *i, const char *kind, const char *schema,
                                    const char *name)
{
    if (!kind || !schema || !name || !strcmp(kind, "CATALOG"))
        return NULL;
    if (!strcmp(kind, "SCHEMA"))
        return model_find(i, MODEL_SCHEMA, name, name);
    if (!strcmp(kind, "FUNCTION"))
        return model_find(i, MODEL_FUNCTION, schema, name);
    if (!strcmp(kind, "VOLUME"))
        return model_find(i, MODEL_VOLUME, schema, name);
    return table_or_view(i, schema, name);
}

/* Only what was granted on the object itself: the rest comes back with the parent's grants. */
static bool direct(const sql_result *r, size_t row)
{
    const char *from = sql_value_by(r, row, "inherited_from");
    return !from || !*from || !strcasecmp(from, "NONE");
}

static int by_grant(const void *a, const void *b)
{
    const model_grant *x = a, *y = b;
    const int principals = strcmp(x->principal, y->principal);
    return principals ? principals : strcmp(x->privilege, y->privilege);
}

static bool take_grant(cx *c, const sql_result *r, size_t row, model_grant *out)
{
    char *privilege = text(c, r, row, "privilege_type");
    *out = (model_grant){text(c, r, row, "grantee"), privilege};
    for (char *p = privilege; p && *p; p++)
        *p = *p == '_' ? ' ' : (char)toupper((unsigned char)*p);
    return out->principal && out->privilege && direct(r, row);
}

static void take_grants(cx *c, inventory *i, const sql_result *r)
{
    size_t n;
    const claim *list = claims_of(c, i, r, find_securable, &n);
    for (size_t at = 0; at < n;) {
        const size_t run = run_length(list, n, at);
        model_grant *grants = cx_array(c, model_grant, run);
        size_t kept = 0;
        for (size_t k = 0; k < run; k++)
            kept += take_grant(c, r, list[at + k].row, &grants[kept]);
        qsort(grants, kept, sizeof *grants, by_grant);
        model_object *o = (model_object *)list[at].owner;
        o->grants = grants, o->grant_count = kept;
        at += run;
    }
    model_grant *own = cx_array(c, model_grant, rows_of(r) + 1);
    for (size_t row = 0; row < rows_of(r); row++) {
        const char *kind = sql_value_by(r, row, "kind");
        if (kind && !strcmp(kind, "CATALOG"))
            i->grant_count += take_grant(c, r, row, &own[i->grant_count]);
    }
    qsort(own, i->grant_count, sizeof *own, by_grant);
    i->grants = own;
}

static void take_tag(cx *c, const sql_result *r, size_t row, model_tag *out)
{
    *out = (model_tag){text(c, r, row, "c"), text(c, r, row, "tag_name"),
                       text(c, r, row, "tag_value")};
}

static void take_tags(cx *c, inventory *i, const sql_result *r)
{
    size_t n;
    const claim *list = claims_of(c, i, r, find_securable, &n);
    for (size_t at = 0; at < n;) {
        const size_t run = run_length(list, n, at);
        model_tag *tags = cx_array(c, model_tag, run);
        for (size_t k = 0; k < run; k++)
            take_tag(c, r, list[at + k].row, &tags[k]);
        model_object *o = (model_object *)list[at].owner;
        o->tags = tags, o->tag_count = run;
        at += run;
    }
    model_tag *own = cx_array(c, model_tag, rows_of(r) + 1);
    for (size_t row = 0; row < rows_of(r); row++) {
        const char *kind = sql_value_by(r, row, "kind");
        if (kind && !strcmp(kind, "CATALOG"))
            take_tag(c, r, row, &own[i->tag_count++]);
    }
    i->tags = own;
}

/* Rows of one table, by position: those of one constraint are gathered in that order. */
static void take_keys_of(cx *c, const sql_result *r, const claim *list, size_t run)
{
    model_object *o = (model_object *)list[0].owner;
    model_key *keys = cx_array(c, model_key, run);
    for (size_t k = 0; k < run; k++) {
        const char *name = sql_value_by(r, list[k].row, "k");
        size_t at = 0, columns = 0;
        while (at < o->key_count && strcmp(keys[at].name, name ? name : "") != 0)
            at++;
        if (at == o->key_count)
            keys[o->key_count++] =
                (model_key){.name = name ? cx_dup(c, name) : "",
                            .type = text(c, r, list[k].row, "type"),
                            .columns = cx_array(c, const char *, run + 1),
                            .parent_schema = text(c, r, list[k].row, "parent_schema"),
                            .parent_table = text(c, r, list[k].row, "parent_table"),
                            .places = cx_array(c, int, run + 1)};
        while (keys[at].columns[columns])
            columns++;
        keys[at].columns[columns] = text(c, r, list[k].row, "c");
        keys[at].places[columns] = (int)sql_int(r, list[k].row, "place", (int64_t)columns + 1);
    }
    o->keys = keys;
}

static void take_keys(cx *c, inventory *i, const sql_result *r)
{
    size_t n;
    const claim *list = claims_of(c, i, r, find_table, &n);
    for (size_t at = 0; at < n; at += run_length(list, n, at))
        take_keys_of(c, r, &list[at], run_length(list, n, at));
}

cx_code model_assemble(cx *c, inventory *i, sql_result *const answers[ASKS])
{
    take_schemas(c, i, answers[ASK_SCHEMATA]);
    take_tables(c, i, answers[ASK_TABLES]);
    take_routines(c, i, answers[ASK_ROUTINES]);
    take_volumes(c, i, answers[ASK_VOLUMES]);
    for (int k = 0; k < MODEL_KINDS; k++)
        qsort(i->of[k].items, i->of[k].count, sizeof(model_object), by_name);
    take_bodies(c, i, answers[ASK_VIEWS]);
    take_columns(c, i, answers[ASK_COLUMNS], find_table, false);
    take_columns(c, i, answers[ASK_PARAMETERS], find_function, false);
    take_columns(c, i, answers[ASK_RETURNED], find_function, true);
    take_masks(c, i, answers[ASK_MASKS]);
    take_filters(c, i, answers[ASK_FILTERS]);
    take_grants(c, i, answers[ASK_GRANTS]);
    take_tags(c, i, answers[ASK_TAGS]);
    take_keys(c, i, answers[ASK_KEYS]);
    return CX_OK;
}
