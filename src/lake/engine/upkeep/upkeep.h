/* Shared by the commands that keep tables in shape. */
#pragma once

#include "lake/engine/engine_int.h"

/* delta/ speaks of a table's folder; the user wrote a name: says it in the error's message, where
 * the folder as such is meant, and returns rc. */
cx_code upkeep_shown(cx *c, const char *root, const char *shown, cx_code rc);
