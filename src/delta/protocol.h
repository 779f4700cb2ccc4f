/* Which tables we may read, and which we may write.
 * spec: delta "Valid Feature Names in Table Features", "Reader Version Requirements",
 * "Writer Version Requirements" */
#pragma once

#include "delta/delta.h"

CX_CHECKED cx_code protocol_parse(cx *c, arena *a, const json *j, const char *table,
                                  delta_protocol *out);
CX_CHECKED cx_code protocol_check_read(cx *c, const delta_protocol *p, const char *table);
/* A clone takes files as they are and may keep more promises than who writes rows: it only minds
 * features that nobody here has heard of. */
CX_CHECKED cx_code protocol_check_clone(cx *c, const delta_protocol *p, const char *table);
bool protocol_has(const delta_protocol *p,
                  const char *writer_feature); /* named, or implied by the version */
/* The least protocol that has all of both, as a JSON action body; without catalogManaged. */
json *protocol_merge(const delta_protocol *a, const delta_protocol *b);
