/* Shared inside model/. */
#pragma once

#include "model/model.h"

/* The questions that an inventory asks. Their order is that of questions.c's table. */
typedef enum {
    ASK_SCHEMATA,
    ASK_TABLES,
    ASK_VIEWS,
    ASK_ROUTINES,
    ASK_VOLUMES,
    ASK_GRANTS,
    ASK_COLUMNS,
    ASK_PARAMETERS,
    ASK_TAGS,
    ASK_KEYS,
    ASK_MASKS,
    ASK_FILTERS,
    ASK_RETURNED,
    ASKS
} ask;

/* One statement's text; NULL when the filter makes it needless. */
char *question_text(cx *c, ask a, const char *catalog, const model_filter *f);
/* May its relations be missing in a workspace? Then there is nothing of the kind there. */
bool question_optional(ask a);

/* Puts the answers together; a NULL answer is an empty one. */
CX_CHECKED cx_code model_assemble(cx *c, inventory *i, sql_result *const answers[ASKS]);
