/* What a copy would cost to keep. Sizes are those that the tables tell of themselves, one statement
 * a table, side by side. With a destination that is there, the plan of a SELECTIVE clone says what
 * such a clone would take, so the comparison cannot differ from the run. spec: rest §4.2 */
#include "base/hash.h"
#include "ops/estimate/selective.h"

#define ARGS(A)                                                                             \
    A(NAME, source_catalog, .flag = "source", .alias = "catalog",                           \
      .help = "Catalog that would be copied", .need = true)                                 \
    A(NAME, destination_catalog, .flag = "dest",                                            \
      .help = "Catalog that is there already: compares a full with a selective clone")      \
    A(REAL, price_per_gb, .label = "Price per GB", .help = "Price of one GB for one month", \
      .def = "0.023", .min = 0, .max = 1e6)                                                 \
    A(STR, currency, .help = "Currency of the price: three letters", .def = "USD",          \
      .advanced = true)                                                                     \
    A(STRS, include_schemas, .help = "Only these schemas; all when none is named")          \
    A(STRS, exclude_schemas, .help = "Schemas to leave out", .def = "information_schema",   \
      .advanced = true)
OP_ARGS(ARGS);

static const op_result results[] = {
    {"source_catalog", "string", "The catalog"},
    {"total_bytes", "integer", "Bytes of all tables"},
    {"total_gb", "number", "The same in GB"},
    {"total_tb", "number", "The same in TB"},
    {"total_files", "integer", "Data files of all tables"},
    {"total_display", "string", "The same, for reading"},
    {"table_count", "integer", "Tables"},
    {"price_per_gb", "number", "Price of one GB for one month"},
    {"currency", "string", "Currency of all costs"},
    {"monthly_cost", "number", "Of a deep clone, in the currency"},
    {"yearly_cost", "number", "Of a deep clone, in the currency"},
    {"monthly_cost_usd", "number", "The same when the currency is USD"},
    {"yearly_cost_usd", "number", "The same when the currency is USD"},
    {"deep", "object", "A deep clone: size_bytes, size_gb, costs"},
    {"shallow", "object", "A shallow clone refers to the files of the source: nothing at first"},
    {"top_tables", "array", "The ten largest: schema, table, size_bytes, size_gb, num_files"},
    {"not_sized", "array", "Tables whose size is not known: schema, table, error"},
    {"selective", "object",
     "Only with a destination that exists: target_exists, tables_to_clone, tables_in_sync, "
     "savings_pct, recommended, size_bytes, size_gb, costs, drift_breakdown, top_drifted_tables"},
    {0}};

static cx_code check(cx *c, const void *raw)
{
    const args *a = raw;
    if (a->destination_catalog && text_same_nocase(a->source_catalog, a->destination_catalog))
        return cx_fail(c, CX_INVALID, "source %s and destination %s are the same catalog",
                       a->source_catalog, a->destination_catalog);
    if (strlen(a->currency) != 3 ||
        strspn(a->currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != 3)
        return cx_fail(c, CX_INVALID, "currency must be three letters, like EUR, not \"%s\"",
                       a->currency);
    return CX_OK;
}

static int by_size(const void *a, const void *b)
{
    const table_detail *x = *(table_detail *const *)a, *y = *(table_detail *const *)b;
    return x->bytes < y->bytes   ? 1
           : x->bytes > y->bytes ? -1
                                 : strcmp(x->table->name, y->table->name);
}

static json *top_json(cx *c, table_detail *details, size_t n)
{
    table_detail **list = cx_array(c, table_detail *, n + 1);
    json *top = json_array();
    for (size_t i = 0; i < n; i++)
        list[i] = &details[i];
    qsort(list, n, sizeof *list, by_size);
    for (size_t i = 0; i < n && i < 10 && list[i]->bytes >= 0; i++)
        json_array_append_new(top, json_pack("{s:s, s:s, s:I, s:o, s:I}", "schema",
                                             list[i]->table->schema, "table", list[i]->table->name,
                                             "size_bytes", (json_int_t)list[i]->bytes, "size_gb",
                                             estimate_number(estimate_gb(list[i]->bytes)),
                                             "num_files", (json_int_t)list[i]->files));
    return top;
}

static json *not_sized_json(const table_detail *details, size_t n)
{
    json *list = json_array();
    for (size_t i = 0; i < n; i++)
        if (details[i].bytes < 0)
            json_array_append_new(list,
                                  json_pack("{s:s, s:s, s:s}", "schema", details[i].table->schema,
                                            "table", details[i].table->name, "error",
                                            details[i].error ? details[i].error
                                                             : "the table does not tell its size"));
    return list;
}

static json *kind_json(int64_t bytes, const args *a, const char *currency)
{
    json *j = json_pack("{s:I, s:o}", "size_bytes", (json_int_t)bytes, "size_gb",
                        estimate_number(estimate_gb(bytes)));
    estimate_add_costs(j, bytes, a->price_per_gb, currency);
    return j;
}

static const char *currency_of(cx *c, const args *a)
{
    char *word = cx_dup(c, a->currency);
    for (char *p = word; *p; p++)
        *p = (char)(*p & ~0x20); /* letters, by check() */
    return word;
}

static json *totals_json(cx *c, const args *a, table_detail *details, size_t n)
{
    const char *currency = currency_of(c, a);
    int64_t bytes = 0, files = 0;
    for (size_t i = 0; i < n; i++) {
        bytes += details[i].bytes > 0 ? details[i].bytes : 0;
        files += details[i].files > 0 ? details[i].files : 0;
    }
    json *j = json_object();
    json_object_set_new(j, "source_catalog", json_string(a->source_catalog));
    json_object_set_new(j, "total_bytes", json_integer(bytes));
    json_object_set_new(j, "total_gb", estimate_number(estimate_gb(bytes)));
    json_object_set_new(j, "total_tb", estimate_number(estimate_gb(bytes) / 1024));
    json_object_set_new(j, "total_files", json_integer(files));
    json_object_set_new(j, "total_display", json_string(details_size_text(c, bytes)));
    json_object_set_new(j, "table_count", json_integer((json_int_t)n));
    json_object_set_new(j, "price_per_gb", estimate_number(a->price_per_gb));
    json_object_set_new(j, "currency", json_string(currency));
    estimate_add_costs(j, bytes, a->price_per_gb, currency);
    json_object_set_new(j, "deep", kind_json(bytes, a, currency));
    json_object_set_new(j, "shallow", kind_json(0, a, currency));
    json_object_set_new(j, "top_tables", top_json(c, details, n));
    json_object_set_new(j, "not_sized", not_sized_json(details, n));
    return j;
}

static cx_code dest_exists(cx *c, workspace *w, const char *name, bool *out)
{
    buf path = BUF(BUF_ANY);
    *out = false;
    if (!name || !*name)
        return CX_OK;
    buf_adds(&path, "/api/2.1/unity-catalog/catalogs/");
    buf_add_percent(&path, name, "");
    AUTO_FREE char *text = buf_steal(&path);
    const cx_code rc = workspace_call(c, w, "GET", text, NULL, NULL, NULL);
    *out = rc == CX_OK;
    if (rc != CX_NOT_FOUND)
        return rc;
    cx_forgive(c);
    return CX_OK;
}

static cx_code measure(cx *c, workspace *w, const inventory *source, table_detail **out)
{
    const model_list *tables = &source->of[MODEL_TABLE];
    table_detail *details = cx_array(c, table_detail, tables->count + 1);
    for (size_t i = 0; i < tables->count; i++)
        details[i].table = &tables->items[i];
    TRY(details_load(c, w, source->catalog, details, tables->count));
    *out = details;
    return CX_OK;
}

static cx_code estimate_alone(cx *c, op_call *call, const args *a, json **out)
{
    const model_filter f = {a->include_schemas.items, a->exclude_schemas.items, true};
    inventory *source;
    table_detail *details;
    TRY(model_load(c, call->ws, a->source_catalog, &f, &source));
    TRY(measure(c, call->ws, source, &details));
    *out = totals_json(c, a, details, source->of[MODEL_TABLE].count);
    return CX_OK;
}

static cx_code compare(cx *c, op_call *call, const args *a, selective *s, json **out)
{
    const selective_options k = {a->source_catalog, a->destination_catalog,
                                 a->include_schemas.items, a->exclude_schemas.items};
    table_detail *details;
    json *block;
    TRY(selective_load(c, call->ws, &k, s));
    TRY(measure(c, call->ws, s->source, &details));
    TRY(selective_json(c, call->ws, &k, s, details, a->price_per_gb, currency_of(c, a), &block));
    *out = totals_json(c, a, details, s->source->of[MODEL_TABLE].count);
    json_object_set_new(*out, "selective", block);
    return CX_OK;
}

static cx_code run(cx *c, op_call *call, const args *a, json **out)
{
    bool exists;
    TRY(dest_exists(c, call->ws, a->destination_catalog, &exists));
    if (!exists)
        return estimate_alone(c, call, a, out);
    selective s = {0};
    const cx_code rc = compare(c, call, a, &s, out);
    selective_clear(&s);
    return rc;
}

/* ---- for a person -----------------------------------------------------------------------------
 */

static void money_line(const char *what, const json *j, const char *currency, cx *c, buf *out)
{
    buf_addf(out, "%-18s %12s  %12.2f %s a month  %12.2f %s a year\n", what,
             details_size_text(c, json_get_int(j, "size_bytes", 0)),
             json_get_real(j, "monthly_cost", 0), currency, json_get_real(j, "yearly_cost", 0),
             currency);
}

static void tables_text(cx *c, const char *title, const json *list, int width, buf *out)
{
    const json *t;
    size_t i;
    if (json_array_size(list) == 0)
        return;
    buf_addf(out, "\n%s\n", title);
    json_array_foreach (list, i, t) {
        const char *why = json_get_str(t, "reason", json_get_str(t, "error", ""));
        const char *size =
            json_get(t, "size_bytes") ? details_size_text(c, json_get_int(t, "size_bytes", 0)) : "";
        const int room = width > 30 ? width - 16 : 14;
        buf_addf(out, "  %12s  %.*s\n", size, room,
                 cx_fmt(c, "%s.%s  %s", json_get_str(t, "schema", ""), json_get_str(t, "table", ""),
                        why));
    }
}

static void selective_text(cx *c, const json *s, const char *currency, int width, buf *out)
{
    money_line("selective clone", s, currency, c, out);
    buf_addf(out, "\n%lld tables to clone, %lld in sync: %.1f %% saved. Recommended: %s\n",
             (long long)json_get_int(s, "tables_to_clone", 0),
             (long long)json_get_int(s, "tables_in_sync", 0), json_get_real(s, "savings_pct", 0),
             json_get_bool(s, "recommended", false) ? "SELECTIVE" : "FULL");
    tables_text(c, "What differs", json_get(s, "top_drifted_tables"), width, out);
}

static void text(cx *c, const json *result, int width, buf *out)
{
    const char *currency = json_get_str(result, "currency", "");
    const json *s = json_get(result, "selective");
    buf_addf(out, "%s: %lld tables, %s in %lld files; %g %s for a GB and month\n\n",
             json_get_str(result, "source_catalog", ""),
             (long long)json_get_int(result, "table_count", 0),
             json_get_str(result, "total_display", ""),
             (long long)json_get_int(result, "total_files", 0),
             json_get_real(result, "price_per_gb", 0), currency);
    money_line("deep clone", json_get(result, "deep"), currency, c, out);
    money_line("shallow clone", json_get(result, "shallow"), currency, c, out);
    if (s)
        selective_text(c, s, currency, width, out);
    tables_text(c, "Largest tables", json_get(result, "top_tables"), width, out);
    tables_text(c, "Not sized", json_get(result, "not_sized"), width, out);
}

OP(estimate, .http = "POST /api/estimate", .group = "Clone",
   .help = "Say what a copy would cost to keep, and what a selective clone would copy",
   .why = "How much would this clone copy, and is it worth cloning all of it again?",
   .example = "clxs estimate --source sales --dest sales_dev", .effect = EFFECT_READ,
   .results = results, .check = check, .text = text);
