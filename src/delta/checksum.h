/* Version checksums: what a version amounts to, beside it in the log.
 * spec: delta "Version Checksum File" */
#pragma once

#include "delta/delta_int.h"

/* Writes that of the version that the handle knows, if it knows all of it. Failures are logged: the
 * commit is there. */
void checksum_after_commit(cx *c, delta_table *t, int64_t version, const char *txn_id);
/* CX_CORRUPT when there is one for the snapshot's version, it says something else, and the snapshot
 * was not made of commits alone. */
CX_CHECKED cx_code checksum_check(cx *c, delta_table *t, const log_segment *from,
                                  const delta_snapshot *s);
