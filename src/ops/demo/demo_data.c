/* Makes a demo catalog: bronze, silver and gold schemas of real Delta tables, all from the
 * workspace's own SQL, so that it works the same on Databricks and here. The statements are a plan
 * like any other: tables wait only for those that they read. */
#include "ops/demo/demo_data.h"

#include <math.h>

#include "base/when.h"
#include "ops/batch.h"
#include "ops/op.h"
#include "plan/plan.h"
#include "sql/quote.h"

#define ARGS(A)                                                                              \
    A(NAME, catalog_name, .flag = "catalog", .help = "Catalog to make", .need = true)        \
    A(STRS, industries, .flag = "industry", .help = "retail, healthcare, or both",           \
      .def = "retail")                                                                       \
    A(REAL, scale_factor, .flag = "scale", .help = "Size; 1 is a few hundred thousand rows", \
      .def = "1", .min = 0.001, .max = 1000)                                                 \
    A(INT, max_workers, .help = "Tables made at once", .def = "2", .min = 1, .max = 64)      \
    A(BOOL, drop_existing, .help = "Drop the catalog first, with all that is in it",         \
      .advanced = true)                                                                      \
    A(BOOL, medallion, .help = "Make silver and gold, too", .def = "true", .advanced = true) \
    A(BOOL, create_functions, .flag = "functions", .help = "Make functions", .def = "true",  \
      .advanced = true)                                                                      \
    A(BOOL, create_volumes, .flag = "volumes", .help = "Make volumes", .def = "true",        \
      .advanced = true)                                                                      \
    A(STR, start_date, .help = "First day of orders and visits", .def = "2020-01-01",        \
      .advanced = true)                                                                      \
    A(STR, end_date, .help = "Day after the last one", .def = "2025-01-01", .advanced = true)
OP_ARGS(ARGS);

static const op_result results[] = {{"catalogs", "array", "Catalogs that were made"},
                                    {"schemas", "integer", "Schemas"},
                                    {"tables", "integer", "Tables"},
                                    {"views", "integer", "Views"},
                                    {"functions", "integer", "Functions"},
                                    {"volumes", "integer", "Volumes"},
                                    {"rows", "integer", "Rows of all tables"},
                                    {"bytes", "integer", "Bytes of all tables"},
                                    {"seconds", "number", "How long it took"},
                                    {"errors", "array", "object, error"},
                                    {0}};

static const demo_industry *const industries[] = {&demo_retail, &demo_healthcare};

typedef struct {
    cx *c;
    const args *a;
    const demo_industry *industry;
    const char *prefix; /* of schemas: "" when there is one industry */
    int64_t days;
    plan *p;
    int catalog; /* step */
} making;

/* ---- the templates ------------------------------------------------------------------------ */

static int64_t rows_of(const making *m, const demo_table *t)
{
    const double rows = floor((double)t->rows * m->a->scale_factor);
    return rows < 1 ? 1 : (int64_t)rows;
}

static const char *schema_name(const making *m, const char *schema)
{
    return cx_fmt(m->c, "%s%s", m->prefix, schema);
}

static const demo_table *table_named(const making *m, const char *name, size_t length)
{
    for (const demo_table *t = m->industry->tables; t->name; t++)
        if (strlen(t->name) == length && !strncmp(t->name, name, length))
            return t;
    return NULL;
}

static void add_word(buf *b, const making *m, const demo_table *self, const char *word, size_t n)
{
    static const char rows[] = "_rows";
    const str w = {word, n};
    if (str_is(w, "rows"))
        buf_addf(b, "%lld", (long long)rows_of(m, self));
    else if (str_is(w, "days"))
        buf_addf(b, "%lld", (long long)m->days);
    else if (str_is(w, "start"))
        sql_add_literal(b, m->a->start_date);
    else if (n > strlen(rows) && !strncmp(word + n - strlen(rows), rows, strlen(rows)))
        buf_addf(b, "%lld", (long long)rows_of(m, table_named(m, word, n - strlen(rows))));
    else
        sql_add_name2(b, m->a->catalog_name, schema_name(m, cx_dupn(m->c, word, n)));
}

/* Addresses in e-mail texts have their @ behind a quote: '@example.com'. */
static void expand(buf *b, const making *m, const demo_table *self, const char *text)
{
    for (const char *p = text; *p; p++) {
        if (*p != '@' || (p > text && p[-1] == '\'')) {
            buf_addc(b, *p);
            continue;
        }
        const size_t n = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz_");
        add_word(b, m, self, p + 1, n);
        p += n;
    }
}

/* ---- steps -------------------------------------------------------------------------------------
 */

static char *taken(const making *m, buf *b)
{
    char *text = cx_dup(m->c, buf_text(b));
    buf_clear(b);
    return text;
}

static int add_step(making *m, const char *kind, const char *schema, const char *name, char *sql)
{
    const plan_step s = {
        .action = "create",
        .kind = kind,
        .object = name ? cx_fmt(m->c, "%s.%s.%s", m->a->catalog_name, schema, name)
                       : cx_fmt(m->c, "%s%s%s", m->a->catalog_name, *schema ? "." : "", schema),
        .schema = schema,
        .sql = sql,
        .version = -1,
        .bytes = -1,
        .files = -1};
    return plan_add(m->c, m->p, &s);
}

static int find_step(const making *m, const char *schema, const char *name)
{
    const char *object = cx_fmt(m->c, "%s.%s.%s", m->a->catalog_name, schema, name);
    for (int i = 0; i < m->p->count; i++)
        if (!strcmp(m->p->steps[i].object, object))
            return i;
    return -1;
}

/* "@silver.order_lines" in a text: the step that makes it comes first. */
static void need_what_it_reads(making *m, int step, const char *text)
{
    for (const char *p = strchr(text, '@'); p; p = strchr(p + 1, '@')) {
        const size_t n = strspn(p + 1, "abcdefghijklmnopqrstuvwxyz");
        if (p[1 + n] != '.')
            continue;
        const char *name = p + n + 2;
        const size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz_");
        plan_need(
            m->c, m->p, step,
            find_step(m, schema_name(m, cx_dupn(m->c, p + 1, n)), cx_dupn(m->c, name, length)));
    }
}

static void add_schema(making *m, const char *schema, const char *comment)
{
    buf b = BUF(BUF_ANY);
    buf_adds(&b, "CREATE SCHEMA IF NOT EXISTS ");
    sql_add_name2(&b, m->a->catalog_name, schema_name(m, schema));
    buf_adds(&b, " COMMENT ");
    sql_add_literal(&b, comment);
    const int id = add_step(m, "SCHEMA", schema_name(m, schema), NULL, taken(m, &b));
    plan_need(m->c, m->p, id, m->catalog);
}

static int schema_step(const making *m, const char *schema)
{
    const char *object = cx_fmt(m->c, "%s.%s", m->a->catalog_name, schema_name(m, schema));
    for (int i = 0; i < m->p->count; i++)
        if (!strcmp(m->p->steps[i].object, object))
            return i;
    return -1;
}

static bool wanted(const making *m, const char *schema)
{
    return m->a->medallion || !strcmp(schema, "bronze");
}

static void add_table(making *m, const demo_table *t)
{
    buf b = BUF(BUF_ANY);
    buf_adds(&b, "CREATE OR REPLACE TABLE ");
    sql_add_name3(&b, m->a->catalog_name, schema_name(m, t->schema), t->name);
    buf_adds(&b, " USING DELTA");
    if (t->partition) {
        buf_adds(&b, " PARTITIONED BY (");
        sql_add_ident(&b, t->partition);
        buf_adds(&b, ")");
    }
    buf_adds(&b, " COMMENT ");
    sql_add_literal(&b, t->comment);
    buf_adds(&b, " AS ");
    expand(&b, m, t, t->select);
    const int id = add_step(m, "TABLE", schema_name(m, t->schema), t->name, taken(m, &b));
    plan_need(m->c, m->p, id, schema_step(m, t->schema));
    need_what_it_reads(m, id, t->select);
}

static void add_function(making *m, const demo_code *f)
{
    buf b = BUF(BUF_ANY);
    buf_adds(&b, "CREATE OR REPLACE FUNCTION ");
    sql_add_name3(&b, m->a->catalog_name, schema_name(m, f->schema), f->name);
    buf_addf(&b, "%s COMMENT ", f->columns);
    sql_add_literal(&b, f->comment);
    buf_adds(&b, " RETURN ");
    expand(&b, m, NULL, f->body);
    const int id = add_step(m, "FUNCTION", schema_name(m, f->schema), f->name, taken(m, &b));
    plan_need(m->c, m->p, id, schema_step(m, f->schema));
}

static void add_view(making *m, const demo_code *v)
{
    if (!m->a->create_functions && strstr(v->body, "@gold.") &&
        strchr(strstr(v->body, "@gold."), '('))
        return; /* it calls a function that is not made */
    buf b = BUF(BUF_ANY);
    buf_adds(&b, "CREATE OR REPLACE VIEW ");
    sql_add_name3(&b, m->a->catalog_name, schema_name(m, v->schema), v->name);
    buf_addf(&b, " (%s) COMMENT ", v->columns);
    sql_add_literal(&b, v->comment);
    buf_adds(&b, " AS ");
    expand(&b, m, NULL, v->body);
    const int id = add_step(m, "VIEW", schema_name(m, v->schema), v->name, taken(m, &b));
    plan_need(m->c, m->p, id, schema_step(m, v->schema));
    need_what_it_reads(m, id, v->body);
}

static void add_volume(making *m)
{
    const demo_industry *d = m->industry;
    buf b = BUF(BUF_ANY);
    buf_adds(&b, "CREATE VOLUME IF NOT EXISTS ");
    sql_add_name3(&b, m->a->catalog_name, schema_name(m, d->volume_schema), d->volume);
    buf_adds(&b, " COMMENT ");
    sql_add_literal(&b, d->volume_comment);
    const int id = add_step(m, "VOLUME", schema_name(m, d->volume_schema), d->volume, taken(m, &b));
    plan_need(m->c, m->p, id, schema_step(m, d->volume_schema));
}

static void add_industry(making *m)
{
    add_schema(m, "bronze", "Rows as they arrive");
    if (m->a->medallion) {
        add_schema(m, "silver", "Rows that are joined and clean");
        add_schema(m, "gold", "Numbers to decide by");
    }
    for (const demo_table *t = m->industry->tables; t->name; t++)
        if (wanted(m, t->schema))
            add_table(m, t);
    for (const demo_code *f = m->industry->functions; f->name && m->a->create_functions; f++)
        if (wanted(m, f->schema))
            add_function(m, f);
    for (const demo_code *v = m->industry->views; v->name; v++)
        if (wanted(m, v->schema))
            add_view(m, v);
    if (m->a->create_volumes)
        add_volume(m);
}

static const demo_industry *industry_named(const char *name)
{
    for (size_t i = 0; i < CX_COUNT(industries); i++)
        if (text_same_nocase(industries[i]->name, name))
            return industries[i];
    return NULL;
}

static cx_code check(cx *c, const void *raw)
{
    const args *a = raw;
    for (size_t i = 0; i < a->industries.count; i++)
        if (!industry_named(a->industries.items[i]))
            return cx_fail(c, CX_INVALID,
                           "there is no demo industry \"%s\": retail and healthcare are there",
                           a->industries.items[i]);
    int64_t start, end;
    if (a->start_date && (!when_parse_us(a->start_date, &start) || strlen(a->start_date) != 10))
        return cx_fail(c, CX_INVALID, "start_date must be a date like 2020-01-01");
    if (a->end_date && (!when_parse_us(a->end_date, &end) || end <= start))
        return cx_fail(c, CX_INVALID, "end_date must be a date after start_date");
    return CX_OK;
}

static void make_plan(cx *c, const args *a, plan *p)
{
    int64_t start = 0, end = 0;
    making m = {.c = c, .a = a, .p = p};
    (void)when_parse_us(a->start_date, &start);
    (void)when_parse_us(a->end_date, &end);
    m.days = (end - start) / 86400000000;
    buf b = BUF(BUF_ANY);
    buf_adds(&b, "CREATE CATALOG IF NOT EXISTS ");
    sql_add_ident(&b, a->catalog_name);
    buf_adds(&b, " COMMENT 'Demo data, invented'");
    m.catalog = add_step(&m, "CATALOG", "", NULL, taken(&m, &b));
    for (size_t i = 0; i < a->industries.count; i++) {
        m.industry = industry_named(a->industries.items[i]);
        m.prefix = a->industries.count > 1 ? cx_fmt(c, "%s_", m.industry->name) : "";
        add_industry(&m);
    }
}

/* ---- the report
 * ---------------------------------------------------------------------------------- */

typedef struct {
    const plan *p;
    const args *a;
    int64_t rows;
} counting;

static const char *count_part(cx *c, void *self, size_t i)
{
    const counting *k = self;
    const plan_step *s = &k->p->steps[i];
    if (strcmp(s->kind, "TABLE") != 0)
        return NULL;
    const char *name = s->object + strlen(k->a->catalog_name) + 1 + strlen(s->schema) + 1;
    return cx_fmt(c, "count(*) AS n FROM %s", sql_name3(c, k->a->catalog_name, s->schema, name));
}

static void count_row(void *self, size_t i, const sql_result *r, size_t row)
{
    (void)i;
    ((counting *)self)->rows += sql_int(r, row, "n", 0);
}

static void count_problem(void *self, size_t i, const cx_error *e)
{
    (void)self, (void)i, (void)e;
}

static cx_code bytes_of(cx *c, workspace *w, const args *a, const plan *p, int64_t *out)
{
    for (int i = 0; i < p->count; i++) {
        const plan_step *s = &p->steps[i];
        if (strcmp(s->kind, "TABLE") != 0)
            continue;
        const char *name = s->object + strlen(a->catalog_name) + 1 + strlen(s->schema) + 1;
        AUTO(sql_result) r = NULL;
        const cx_code rc = workspace_sql(
            c, w, cx_fmt(c, "DESCRIBE DETAIL %s", sql_name3(c, a->catalog_name, s->schema, name)),
            &r);
        if (rc == CX_OK && sql_rows(r))
            *out += sql_int(r, 0, "sizeInBytes", 0);
        else if (rc != CX_NOT_FOUND)
            TRY(rc);
        cx_forgive(c);
    }
    return CX_OK;
}

static json *errors_json(const plan *p, const plan_outcome *o)
{
    json *list = json_array();
    for (int i = 0; i < p->count; i++)
        if (o->steps[i].status != STEP_DONE)
            json_array_append_new(
                list,
                json_pack("{s:s,s:s}", "object", p->steps[i].object, "error",
                          json_get_str(o->steps[i].detail, "error",
                                       json_get_str(o->steps[i].detail, "reason", "not made"))));
    return list;
}

static int64_t made(const plan *p, const plan_outcome *o, const char *kind)
{
    int64_t n = 0;
    for (int i = 0; i < p->count; i++)
        n += !strcmp(p->steps[i].kind, kind) && o->steps[i].status == STEP_DONE;
    return n;
}

static cx_code run(cx *c, op_call *call, const args *a, json **out)
{
    const int64_t began = cx_ticks_us(c);
    AUTO(plan) p = plan_new(c, "demo_data", NULL, a->catalog_name);
    make_plan(c, a, p);
    if (a->drop_existing)
        TRY(workspace_sql(
            c, call->ws,
            cx_fmt(c, "DROP CATALOG IF EXISTS %s CASCADE", sql_ident(c, a->catalog_name)), NULL));
    const plan_apply_options how = {.ws = call->ws, .workers = (int)a->max_workers};
    AUTO(plan_outcome) o = NULL;
    TRY(plan_apply(c, p, &how, &o));
    counting k = {p, a, 0};
    const batch_query q = {.ws = call->ws,
                           .n = (size_t)p->count,
                           .part = count_part,
                           .row = count_row,
                           .problem = count_problem,
                           .self = &k};
    int64_t bytes = 0;
    TRY(batch_run(c, &q));
    TRY(bytes_of(c, call->ws, a, p, &bytes));
    call->failed = o->done != o->count;
    *out = json_pack(
        "{s:[s],s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:f,s:o}", "catalogs", a->catalog_name, "schemas",
        (json_int_t)made(p, o, "SCHEMA"), "tables", (json_int_t)made(p, o, "TABLE"), "views",
        (json_int_t)made(p, o, "VIEW"), "functions", (json_int_t)made(p, o, "FUNCTION"), "volumes",
        (json_int_t)made(p, o, "VOLUME"), "rows", (json_int_t)k.rows, "bytes", (json_int_t)bytes,
        "seconds", (double)((cx_ticks_us(c) - began) / 1000) / 1000, "errors", errors_json(p, o));
    return CX_OK;
}

static void text(cx *c, const json *result, int width, buf *out)
{
    (void)c, (void)width;
    buf_addf(
        out,
        "Made catalog %s: %lld schemas, %lld tables, %lld views, %lld functions, %lld volumes\n",
        json_string_value(json_array_get(json_get(result, "catalogs"), 0)),
        (long long)json_get_int(result, "schemas", 0), (long long)json_get_int(result, "tables", 0),
        (long long)json_get_int(result, "views", 0),
        (long long)json_get_int(result, "functions", 0),
        (long long)json_get_int(result, "volumes", 0));
    buf_addf(out, "  %lld rows, %lld bytes, in %.1f s\n",
             (long long)json_get_int(result, "rows", 0),
             (long long)json_get_int(result, "bytes", 0), json_get_real(result, "seconds", 0));
    const json *errors = json_get(result, "errors");
    for (size_t i = 0; i < json_array_size(errors); i++)
        buf_addf(out, "failed: %s: %s\n", json_get_str(json_array_get(errors, i), "object", ""),
                 json_get_str(json_array_get(errors, i), "error", ""));
}

OP(demo_data, .http = "POST /api/generate/demo-data", .group = "Generate and export",
   .help = "Make a demo catalog of real Delta tables",
   .why =
       "Something to clone, compare and explore, without touching anything of yours. The same scale always gives "
       "the same rows.",
   .example = "clxs demo-data --catalog demo_retail --industry retail --scale 1",
   .effect = EFFECT_WRITE, .job = true, .accepted = "Demo data job submitted", .results = results,
   .check = check, .text = text);
