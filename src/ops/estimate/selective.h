/* What a SELECTIVE clone over what is there would do, and copy: from that clone's own plan. */
#pragma once

#include "ops/details.h"
#include "ops/op.h"

typedef struct {
    const char *source, *dest;
    const char *const *include_schemas, *const *exclude_schemas;
} selective_options;

/* The plan, read and kept for the questions below. */
typedef struct {
    const inventory *source; /* as the plan read it */
    json *drift;             /* owned: the plan's own account */
    struct selective_step {
        const model_object *table;
        int64_t version; /* that is taken; -1 = the newest */
    } * steps;           /* tables that will be cloned */
    size_t count;
} selective;
void selective_clear(selective *s);

CX_CHECKED cx_code selective_load(cx *c, workspace *w, const selective_options *k, selective *out);
/* Details of all tables of the source, in its order. Costs about 2·⌈drifted/50⌉ statements. */
CX_CHECKED cx_code selective_json(cx *c, workspace *w, const selective_options *k,
                                  const selective *s, const table_detail *details,
                                  double price_per_gb, const char *currency, json **out);
/* {size_bytes, size_gb, monthly_cost, yearly_cost, …}; the _usd members are numbers only when the
 * currency is USD. */
void estimate_add_costs(json *j, int64_t bytes, double price_per_gb, const char *currency);
json *estimate_number(double v); /* a number of twelve digits */
double estimate_gb(int64_t bytes);
