/* What a lake is made of. Shared by the files of lake/ and of lake/rest/. */
#pragma once

#include "lake/engine/engine.h"
#include "lake/lake.h"
#include "lake/metastore/meta.h"

typedef struct statements statements; /* rest/statements.h */

struct lake {
    char *root;             /* owned, absolute */
    meta *meta;             /* owned */
    engine *engine;         /* owned */
    statements *statements; /* owned */
    atomic_bool
        stopped; /* the warehouse's state; a statement starts it again, as auto-start does */
};
