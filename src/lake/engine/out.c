/* Rows of commands, from C. */
#include "lake/engine/engine_int.h"

enum { OUT_MOST_COLUMNS = 64 };

cx_code eng_out_columns(cx *c, run *r, const engine_column *columns, size_t n)
{
    return r->sink && r->sink->columns ? r->sink->columns(c, r->sink->self, columns, n) : CX_OK;
}

cx_code eng_out_none(cx *c, run *r)
{
    return eng_out_columns(c, r, NULL, 0);
}

cx_code eng_out_row(cx *c, run *r, const char *const *values, size_t n)
{
    size_t lengths[OUT_MOST_COLUMNS];
    if (!r->sink || !r->sink->row)
        return CX_OK;
    for (size_t i = 0; i < n && i < OUT_MOST_COLUMNS; i++)
        lengths[i] = values[i] ? strlen(values[i]) : 0;
    return r->sink->row(c, r->sink->self, values, lengths);
}

cx_code eng_out_numbers(cx *c, run *r, const char *const *names, const int64_t *values, size_t n)
{
    engine_column columns[OUT_MOST_COLUMNS];
    const char *texts[OUT_MOST_COLUMNS];
    for (size_t i = 0; i < n && i < OUT_MOST_COLUMNS; i++) {
        columns[i] = (engine_column){names[i], "BIGINT"};
        texts[i] = cx_fmt(c, "%lld", (long long)values[i]);
    }
    TRY(eng_out_columns(c, r, columns, n));
    return eng_out_row(c, r, texts, n);
}
