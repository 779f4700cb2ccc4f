/* What differs between a table and its earlier clone, told from the clone's own record: the CLONE
 * commit in the destination says which version of which table it copied, so no state is needed. */
#pragma once

#include "ops/clone/planning.h"

/* Fills g->drift, one entry a table of the source. About one statement for fifty tables. */
CX_CHECKED cx_code clone_drift(planning *g);
/* Commits that leave every row and column as it was. */
bool clone_is_upkeep(const char *operation);
/* The destination lacks grants or tags of the source that the clone is asked to carry. */
bool clone_facts_missing(const planning *g, const model_object *source, const model_object *dest);
