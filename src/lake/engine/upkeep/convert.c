/* CONVERT TO DELTA. */
#include "lake/engine/engine_int.h"

cx_code eng_convert(cx *c, run *r, const sql_statement *q)
{
    (void)r, (void)q;
    return eng_unsupported(c, "CONVERT TO DELTA");
}
