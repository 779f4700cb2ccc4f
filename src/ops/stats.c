/* What is in a catalog, and how much. Row counts are read about fifty tables to a statement; sizes
 * have to be asked table by table, because DESCRIBE DETAIL does not stand in a sub-query. */
#include "model/model.h"
#include "ops/batch.h"
#include "ops/details.h"
#include "ops/op.h"
#include "sql/quote.h"

#define ARGS(A)                                                                                 \
    A(NAME, source_catalog, .flag = "source", .alias = "catalog", .help = "Catalog to look at", \
      .need = true)                                                                             \
    A(STRS, include_schemas, .help = "Only these schemas; all when none is named")              \
    A(STRS, exclude_schemas, .help = "Schemas to leave out", .def = "information_schema",       \
      .advanced = true)
OP_ARGS(ARGS);

static const op_result results[] = {
    {"catalog", "string", "The catalog"},
    {"num_schemas", "integer", "Schemas"},
    {"num_tables", "integer", "Tables"},
    {"num_views", "integer", "Views"},
    {"num_functions", "integer", "Functions"},
    {"num_volumes", "integer", "Volumes"},
    {"total_size_bytes", "integer", "Bytes of all tables"},
    {"total_size_display", "string", "The same, for reading"},
    {"total_rows", "integer", "Rows of all tables"},
    {"schema_summaries", "array", "schema, tables, size_bytes, rows"},
    {"tables", "array", "schema, table, type, format, size_bytes, num_files, row_count, error"},
    {"top_tables_by_size", "array", "The ten largest"},
    {"top_tables_by_rows", "array", "The ten with the most rows"},
    {0}};

typedef struct {
    const model_object *table;
    int64_t rows, bytes, files; /* -1 = not known */
    const char *error;
} measure;

typedef struct {
    cx *c; /* the caller's; by one thread at a time */
    workspace *w;
    const char *catalog;
    measure *items;
    size_t n;
} measuring;

static cx_code ask_sizes(cx *c, const measuring *m)
{
    table_detail *details = cx_array(c, table_detail, m->n + 1);
    for (size_t i = 0; i < m->n; i++)
        details[i].table = m->items[i].table;
    TRY(details_load(c, m->w, m->catalog, details, m->n));
    for (size_t i = 0; i < m->n; i++) {
        m->items[i].bytes = details[i].bytes;
        m->items[i].files = details[i].files;
        m->items[i].error = details[i].error ? details[i].error : m->items[i].error;
    }
    return CX_OK;
}

static const char *count_part(cx *c, void *self, size_t i)
{
    const measuring *m = self;
    return cx_fmt(c, "count(*) AS n FROM %s",
                  sql_name3(c, m->catalog, m->items[i].table->schema, m->items[i].table->name));
}

static void count_row(void *self, size_t i, const sql_result *r, size_t row)
{
    measuring *m = self;
    m->items[i].rows = sql_int(r, row, "n", -1);
}

static void count_problem(void *self, size_t i, const cx_error *e)
{
    measuring *m = self;
    m->items[i].error = cx_dup(m->c, e->message);
}

static json *number(int64_t v)
{
    return v >= 0 ? json_integer(v) : json_null();
}

static json *table_json(const measure *m)
{
    return json_pack("{s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o}", "schema", m->table->schema, "table",
                     m->table->name, "type", json_str_or_null(m->table->type), "format",
                     json_str_or_null(m->table->format), "size_bytes", number(m->bytes),
                     "num_files", number(m->files), "row_count", number(m->rows), "error",
                     json_str_or_null(m->error));
}

static int by_size(const void *a, const void *b)
{
    const measure *x = *(measure *const *)a, *y = *(measure *const *)b;
    return x->bytes < y->bytes   ? 1
           : x->bytes > y->bytes ? -1
                                 : strcmp(x->table->name, y->table->name);
}

static int by_rows(const void *a, const void *b)
{
    const measure *x = *(measure *const *)a, *y = *(measure *const *)b;
    return x->rows < y->rows ? 1 : x->rows > y->rows ? -1 : strcmp(x->table->name, y->table->name);
}

static json *top_json(const measuring *m, int (*order)(const void *, const void *))
{
    measure **list = cx_array(m->c, measure *, m->n + 1);
    for (size_t i = 0; i < m->n; i++)
        list[i] = &m->items[i];
    qsort(list, m->n, sizeof *list, order);
    json *out = json_array();
    for (size_t i = 0; i < m->n && i < 10; i++)
        json_array_append_new(out, table_json(list[i]));
    return out;
}

static json *schemas_json(const inventory *inv, const measuring *m)
{
    json *list = json_array();
    for (size_t s = 0; s < inv->of[MODEL_SCHEMA].count; s++) {
        const char *name = inv->of[MODEL_SCHEMA].items[s].name;
        int64_t tables = 0, bytes = 0, rows = 0;
        for (size_t i = 0; i < m->n; i++)
            if (!strcmp(m->items[i].table->schema, name)) {
                tables++;
                bytes += m->items[i].bytes > 0 ? m->items[i].bytes : 0;
                rows += m->items[i].rows > 0 ? m->items[i].rows : 0;
            }
        json_array_append_new(list, json_pack("{s:s,s:I,s:I,s:I}", "schema", name, "tables",
                                              (json_int_t)tables, "size_bytes", (json_int_t)bytes,
                                              "rows", (json_int_t)rows));
    }
    return list;
}

static json *result_json(const inventory *inv, const measuring *m)
{
    int64_t bytes = 0, rows = 0;
    json *tables = json_array();
    for (size_t i = 0; i < m->n; i++) {
        bytes += m->items[i].bytes > 0 ? m->items[i].bytes : 0;
        rows += m->items[i].rows > 0 ? m->items[i].rows : 0;
        json_array_append_new(tables, table_json(&m->items[i]));
    }
    json *j = json_object();
    json_object_set_new(j, "catalog", json_string(inv->catalog));
    for (int k = 0; k < MODEL_KINDS; k++)
        json_object_set_new(j, cx_fmt(m->c, "num_%s", model_kind_plural((model_kind)k)),
                            json_integer((json_int_t)inv->of[k].count));
    json_object_set_new(j, "total_size_bytes", json_integer(bytes));
    json_object_set_new(j, "total_size_display", json_string(details_size_text(m->c, bytes)));
    json_object_set_new(j, "total_rows", json_integer(rows));
    json_object_set_new(j, "schema_summaries", schemas_json(inv, m));
    json_object_set_new(j, "tables", tables);
    json_object_set_new(j, "top_tables_by_size", top_json(m, by_size));
    json_object_set_new(j, "top_tables_by_rows", top_json(m, by_rows));
    return j;
}

static cx_code run(cx *c, op_call *call, const args *a, json **out)
{
    const model_filter f = {a->include_schemas.items, a->exclude_schemas.items, true};
    inventory *inv;
    TRY(model_load(c, call->ws, a->source_catalog, &f, &inv));
    measuring m = {
        .c = c, .w = call->ws, .catalog = a->source_catalog, .n = inv->of[MODEL_TABLE].count};
    m.items = cx_array(c, measure, m.n + 1);
    for (size_t i = 0; i < m.n; i++)
        m.items[i] = (measure){&inv->of[MODEL_TABLE].items[i], -1, -1, -1, NULL};
    const batch_query q = {.ws = call->ws,
                           .n = m.n,
                           .phase = "rows",
                           .part = count_part,
                           .row = count_row,
                           .problem = count_problem,
                           .self = &m};
    TRY(batch_run(c, &q));
    TRY(ask_sizes(c, &m));
    *out = result_json(inv, &m);
    return CX_OK;
}

OP(stats, .http = "POST /api/stats", .group = "Analysis and comparison",
   .help = "Count and size what is in a catalog",
   .why = "How many schemas, tables, views, rows and bytes, and which tables are the largest.",
   .example = "clxs stats --source sales", .effect = EFFECT_READ, .results = results);
