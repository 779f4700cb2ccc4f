/* Are the rows of a clone those of its source? How they are compared: ops/verify.c. */
#include "ops/op.h"
#include "ops/verify.h"

#define ARGS(A)                                                                                \
    A(NAME, source_catalog, .flag = "source", .help = "Catalog that was copied", .need = true) \
    A(NAME, destination_catalog, .flag = "dest", .help = "Its copy", .need = true)             \
    A(BOOL, use_checksum, .flag = "checksum",                                                  \
      .help = "Compare a hash of all rows, not only counts")                                   \
    A(STRS, include_schemas, .help = "Only these schemas; all when none is named")             \
    A(STRS, exclude_schemas, .help = "Schemas to leave out", .def = "information_schema",      \
      .advanced = true)                                                                        \
    A(INT, max_workers, .help = "Statements at once", .def = "4", .min = 1, .max = 64,         \
      .advanced = true)
OP_ARGS(ARGS);

static const op_result results[] = {
    {"total_tables", "integer", "Tables of the source"},
    {"matched", "integer", "Tables that are equal"},
    {"mismatched", "integer", "Tables that are not"},
    {"errors", "integer", "Tables that could not be compared"},
    {"checksum_mismatches", "integer", "Tables whose hashes differ"},
    {"details", "array", "schema, table, source_count, dest_count, match, checksum_match, error"},
    {"mismatched_tables", "array", "The details of those that do not match"},
    {"evidence", "string", "How they were compared: count, or count and hash"},
    {"requests", "integer", "Requests that it took"},
    {0}};

static size_t tables_of(cx *c, const inventory *source, const inventory *dest, verify_table **out)
{
    const model_list *l = &source->of[MODEL_TABLE];
    verify_table *list = cx_array(c, verify_table, l->count + 1);
    for (size_t i = 0; i < l->count; i++) {
        const model_object *o = &l->items[i];
        list[i] = (verify_table){.schema = o->schema,
                                 .table = o->name,
                                 .source_version = -1,
                                 .source = o,
                                 .dest = model_find(dest, MODEL_TABLE, o->schema, o->name)};
        if (!list[i].dest)
            list[i].error = "the destination has no such table";
    }
    *out = list;
    return l->count;
}

static cx_code run(cx *c, op_call *call, const args *a, json **out)
{
    const model_filter f = {a->include_schemas.items, a->exclude_schemas.items, !a->use_checksum};
    const long before = workspace_requests(call->ws);
    inventory *source, *dest;
    verify_table *tables;
    TRY(model_load(c, call->ws, a->source_catalog, &f, &source));
    TRY(model_load(c, call->ws, a->destination_catalog, &f, &dest));
    const size_t n = tables_of(c, source, dest, &tables);
    const verify_options k = {.ws = call->ws,
                              .source = a->source_catalog,
                              .dest = a->destination_catalog,
                              .hash = a->use_checksum};
    TRY(verify_run(c, &k, tables, n));
    json *j = verify_json(&k, tables, n);
    json_object_set_new(j, "source_catalog", json_string(a->source_catalog));
    json_object_set_new(j, "destination_catalog", json_string(a->destination_catalog));
    json_object_set_new(j, "requests", json_integer(workspace_requests(call->ws) - before));
    call->failed = json_get_int(j, "matched", 0) != (int64_t)n;
    *out = j;
    return CX_OK;
}

static const char *count_text(cx *c, const json *t, const char *key)
{
    return json_get(t, key) ? cx_fmt(c, "%lld", (long long)json_get_int(t, key, 0)) : "-";
}

static const char *verdict(const json *t)
{
    if (json_get(t, "error"))
        return json_get_str(t, "error", "");
    if (json_get_bool(t, "match", false))
        return "equal";
    return json_is_false(json_get(t, "checksum_match")) ? "rows differ" : "counts differ";
}

static void text(cx *c, const json *result, int width, buf *out)
{
    const json *list = json_get(result, "details");
    int longest = 5;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json *t = json_array_get(list, i);
        const int n =
            (int)(strlen(json_get_str(t, "schema", "")) + strlen(json_get_str(t, "table", "")) + 1);
        longest = n > longest ? n : longest;
    }
    longest = longest > width - 50 && width > 70 ? width - 50 : longest;
    buf_addf(out, "  %-*s %14s %14s\n", longest, "table", "source rows", "dest rows");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json *t = json_array_get(list, i);
        buf_addf(out, "  %-*s %14s %14s  %s\n", longest,
                 cx_fmt(c, "%s.%s", json_get_str(t, "schema", ""), json_get_str(t, "table", "")),
                 count_text(c, t, "source_count"), count_text(c, t, "dest_count"), verdict(t));
    }
    buf_addf(
        out, "%lld of %lld tables match, by %s.\n", (long long)json_get_int(result, "matched", 0),
        (long long)json_get_int(result, "total_tables", 0), json_get_str(result, "evidence", ""));
}

OP(validate, .http = "POST /api/validate", .group = "Analysis and comparison",
   .help = "Compare the rows of a clone with those of its source",
   .why =
       "Nothing is called equal before it was compared. Counts are quick; with --checksum every row is hashed, "
       "whatever its order.",
   .example = "clxs validate --source sales --dest sales_dev --checksum", .effect = EFFECT_READ,
   .results = results, .text = text);
