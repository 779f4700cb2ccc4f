/* Which objects two catalogs have, and how those that both have differ. spec: rest §5.4 */
#include "model/model.h"
#include "ops/op.h"

#define ARGS(A)                                                                           \
    A(NAME, source_catalog, .flag = "source", .help = "First catalog", .need = true)      \
    A(NAME, destination_catalog, .flag = "dest", .help = "Catalog to compare it with",    \
      .need = true)                                                                       \
    A(STRS, include_schemas, .help = "Only these schemas; all when none is named")        \
    A(STRS, exclude_schemas, .help = "Schemas to leave out", .def = "information_schema", \
      .advanced = true)
OP_ARGS(ARGS);

static const op_result results[] = {
    {"identical", "boolean", "Nothing differs"},
    {"schemas", "object", "only_in_source, only_in_dest, in_both, source_count, dest_count"},
    {"tables", "object", "The same for tables"},
    {"views", "object", "The same for views"},
    {"functions", "object", "The same for functions"},
    {"volumes", "object", "The same for volumes"},
    {"changed", "array", "Objects on both sides that differ: kind, object, attributes"},
    {"different", "integer", "How many objects differ or are on one side only"},
    {"requests", "integer", "Requests that it took"},
    {0}};

static json *lists_json(cx *c, const diff_result *d, model_kind kind)
{
    json *only_source = json_array(), *only_dest = json_array(), *both = json_array();
    for (size_t i = 0; i < d->count; i++) {
        const diff_entry *e = &d->items[i];
        if (e->kind != kind)
            continue;
        json *label = json_string(model_label(c, e->source ? e->source : e->dest));
        json_array_append_new(!e->dest ? only_source : !e->source ? only_dest : both, label);
    }
    const json_int_t shared = (json_int_t)json_array_size(both);
    const json_int_t first = shared + (json_int_t)json_array_size(only_source);
    const json_int_t second = shared + (json_int_t)json_array_size(only_dest);
    return json_pack("{s:o,s:o,s:o,s:I,s:I}", "only_in_source", only_source, "only_in_dest",
                     only_dest, "in_both", both, "source_count", first, "dest_count", second);
}

static json *changed_json(cx *c, const diff_result *d)
{
    json *list = json_array();
    for (size_t i = 0; i < d->count; i++) {
        const diff_entry *e = &d->items[i];
        if (e->side != DIFF_CHANGED)
            continue;
        json *attributes = json_array();
        for (size_t k = 0; k < e->attribute_count; k++)
            json_array_append_new(
                attributes, json_pack("{s:s,s:o,s:o}", "attribute", e->attributes[k].attribute,
                                      "source", json_str_or_null(e->attributes[k].source), "dest",
                                      json_str_or_null(e->attributes[k].dest)));
        json_array_append_new(list,
                              json_pack("{s:s,s:s,s:o}", "kind", model_kind_name(e->kind), "object",
                                        model_label(c, e->source), "attributes", attributes));
    }
    return list;
}

static cx_code run(cx *c, op_call *call, const args *a, json **out)
{
    const model_filter f = {a->include_schemas.items, a->exclude_schemas.items, false};
    const long before = workspace_requests(call->ws);
    inventory *source, *dest;
    diff_result *d;
    cx_progress(c, "inventory", 0, 2, a->source_catalog);
    TRY(model_load(c, call->ws, a->source_catalog, &f, &source));
    cx_progress(c, "inventory", 1, 2, a->destination_catalog);
    TRY(model_load(c, call->ws, a->destination_catalog, &f, &dest));
    cx_progress(c, "inventory", 2, 2, "");
    TRY(model_diff(c, source, dest, &d));
    json *j = json_object();
    json_object_set_new(j, "source_catalog", json_string(a->source_catalog));
    json_object_set_new(j, "destination_catalog", json_string(a->destination_catalog));
    json_object_set_new(j, "identical", json_boolean(d->different == 0));
    for (int k = 0; k < MODEL_KINDS; k++)
        json_object_set_new(j, model_kind_plural((model_kind)k), lists_json(c, d, (model_kind)k));
    json_object_set_new(j, "changed", changed_json(c, d));
    json_object_set_new(j, "different", json_integer((json_int_t)d->different));
    json_object_set_new(j, "requests", json_integer(workspace_requests(call->ws) - before));
    *out = j;
    return CX_OK;
}

static void add_names(buf *out, const json *list, const char *sign)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        buf_addf(out, "    %s %s\n", sign, json_string_value(json_array_get(list, i)));
}

static void add_changed(buf *out, const json *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json *e = json_array_get(list, i);
        buf_addf(out, "    ~ %s %s\n", json_get_str(e, "kind", ""), json_get_str(e, "object", ""));
        const json *attributes = json_get(e, "attributes");
        for (size_t k = 0; k < json_array_size(attributes); k++) {
            const json *one = json_array_get(attributes, k);
            buf_addf(out, "        %s: %s, there %s\n", json_get_str(one, "attribute", ""),
                     json_get_str(one, "source", "absent"), json_get_str(one, "dest", "absent"));
        }
    }
}

static void text(cx *c, const json *result, int width, buf *out)
{
    (void)c, (void)width;
    buf_addf(out, "  %-10s %8s %8s %12s %12s\n", "", "source", "dest", "only source", "only dest");
    for (int k = 0; k < MODEL_KINDS; k++) {
        const json *one = json_get(result, model_kind_plural((model_kind)k));
        buf_addf(out, "  %-10s %8lld %8lld %12zu %12zu\n", model_kind_plural((model_kind)k),
                 (long long)json_get_int(one, "source_count", 0),
                 (long long)json_get_int(one, "dest_count", 0),
                 json_array_size(json_get(one, "only_in_source")),
                 json_array_size(json_get(one, "only_in_dest")));
        add_names(out, json_get(one, "only_in_source"), "-");
        add_names(out, json_get(one, "only_in_dest"), "+");
    }
    add_changed(out, json_get(result, "changed"));
    if (json_get_bool(result, "identical", false))
        buf_adds(out, "No differences.\n");
    else
        buf_addf(out, "%lld differences.\n", (long long)json_get_int(result, "different", 0));
}

OP(diff, .http = "POST /api/diff", .group = "Analysis and comparison",
   .help = "Compare the objects of two catalogs",
   .why =
       "What one has and the other has not, and what both have with other columns, comments or definitions. Rows "
       "are compared by validate.",
   .example = "clxs diff --source sales --dest sales_dev", .effect = EFFECT_READ,
   .results = results, .text = text);
