/* sql_table_refs: the scanner's tables without CTEs and without generators. */
#include "sql/scan.h"

#include "sql/parse_int.h"

cx_code sql_table_refs(cx *c, const char *query, sql_table_ref **out, size_t *out_n)
{
    scan_result r;
    sql_table_ref *refs = NULL;
    size_t n = 0;
    TRY(sql_scan(c, query, &r));
    for (size_t k = 0; k < r.table_count; k++) {
        if (r.tables[k].is_cte || r.tables[k].is_generator)
            continue;
        refs = sql_grow(c, refs, n, sizeof *refs);
        refs[n++] = r.tables[k].ref;
    }
    *out = refs;
    *out_n = n;
    return CX_OK;
}
