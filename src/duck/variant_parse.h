/* From JSON text to a variant (variant.h). */
#pragma once

#include "duck/variant.h"

/* Appends the blob of it; false when the text is no JSON, names a key twice in one object, is
 * nested too deep, or is over 16 MiB. */
bool variant_parse(str json, buf *out);
