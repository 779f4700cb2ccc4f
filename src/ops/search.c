/* Tables and columns by name. */
#include <regex.h>

#include "model/model.h"
#include "ops/op.h"

#define ARGS(A)                                                                                \
    A(NAME, source_catalog, .flag = "source", .alias = "catalog", .help = "Catalog to search", \
      .need = true)                                                                            \
    A(STR, pattern, .help = "Regular expression; case is ignored", .need = true)               \
    A(BOOL, search_columns, .flag = "columns", .help = "Search the names of columns too")      \
    A(STRS, exclude_schemas, .help = "Schemas to leave out", .def = "information_schema",      \
      .advanced = true)
OP_ARGS(ARGS);

static const op_result results[] = {{"pattern", "string", "What was searched"},
                                    {"catalog", "string", "Where"},
                                    {"matched_tables", "array", "schema, table, type"},
                                    {"matched_columns", "array", "schema, table, column, type"},
                                    {0}};

static void search_object(const regex_t *re, const model_object *o, bool columns, json *tables,
                          json *found)
{
    if (regexec(re, o->name, 0, NULL, 0) == 0)
        json_array_append_new(tables,
                              json_pack("{s:s,s:s,s:s}", "schema", o->schema, "table", o->name,
                                        "type", o->type ? o->type : model_kind_name(o->kind)));
    for (size_t i = 0; columns && i < o->column_count; i++)
        if (regexec(re, o->columns[i].name, 0, NULL, 0) == 0)
            json_array_append_new(found, json_pack("{s:s,s:s,s:s,s:s}", "schema", o->schema,
                                                   "table", o->name, "column", o->columns[i].name,
                                                   "type", o->columns[i].type));
}

static cx_code run(cx *c, op_call *call, const args *a, json **out)
{
    regex_t re;
    const int bad = regcomp(&re, a->pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB);
    if (bad) {
        char why[120];
        regerror(bad, &re, why, sizeof why);
        return cx_fail(c, CX_INVALID, "--pattern is no regular expression: %s", why);
    }
    const model_filter f = {NULL, a->exclude_schemas.items, !a->search_columns};
    inventory *i = NULL;
    const cx_code rc = model_load(c, call->ws, a->source_catalog, &f, &i);
    if (rc == CX_OK) {
        json *tables = json_array(), *columns = json_array();
        for (int k = MODEL_TABLE; k <= MODEL_VIEW; k++)
            for (size_t n = 0; n < i->of[k].count; n++)
                search_object(&re, &i->of[k].items[n], a->search_columns, tables, columns);
        *out = json_pack("{s:s,s:s,s:o,s:o}", "pattern", a->pattern, "catalog", a->source_catalog,
                         "matched_tables", tables, "matched_columns", columns);
    }
    regfree(&re);
    return rc;
}

OP(search, .http = "POST /api/search", .group = "Analysis and comparison",
   .help = "Find tables, views and columns by name",
   .why = "Where is that column? A regular expression over the names of a catalog.",
   .example = "clxs search --source sales --pattern '^cust' --columns", .effect = EFFECT_READ,
   .results = results);
