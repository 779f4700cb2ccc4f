/* Taking write privileges on a catalog away while it is copied, and giving them back whatever
 * happens. What will be taken is in the journal, safe against a power cut, before the first REVOKE;
 * it is given back on success, failure and cancel, and, after a kill, by whatever runs next in this
 * state folder, before anything else. spec: behaviours M */
#pragma once

#include "model/model.h"
#include "ops/op.h"

/* source: as it was read with its grants. *out_run: what quiesce_end wants; NULL when nobody had
 * anything to lose. On failure everything is as it was. */
CX_CHECKED cx_code quiesce_begin(cx *c, const op_call *call, const inventory *source,
                                 char **out_run);
/* Not stopped by the cancellation of c. */
CX_CHECKED cx_code quiesce_end(cx *c, workspace *ws, state *st, const char *run);
/* Gives back what processes that died had taken in this workspace. */
CX_CHECKED cx_code quiesce_recover(cx *c, workspace *ws, state *st);
