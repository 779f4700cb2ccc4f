/* VACUUM. spec: delta sheet §21 */
#include "lake/engine/engine_int.h"

cx_code eng_vacuum(cx *c, run *r, const sql_statement *q)
{
    (void)r, (void)q;
    return eng_unsupported(c, "VACUUM");
}
