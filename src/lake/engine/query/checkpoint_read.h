/* Reading a Parquet checkpoint: delta_parquet.read; self is the engine. */
#pragma once

#include "delta/delta.h"

CX_CHECKED cx_code eng_read_checkpoint(cx *c, void *self, const char *path, const delta_sink *to);
