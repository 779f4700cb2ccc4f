/* Runs n independent jobs on up to `threads` threads and waits for them.
 *
 * `job(child, self, i)` runs once for each i in 0..n-1, in any order, on a child
 * context of its own that is cleared after it: what must survive goes into
 * memory that `self` owns, or is copied with the caller's lock. A job's failure
 * is its own; pool_run returns the first failure by index, adopted into c, after
 * all jobs ended, unless `stop` is set, when no new job starts after a failure.
 * Jobs not started because of cancellation count as CX_CANCELLED. */
#pragma once

#include "base/cx.h"

typedef cx_code (*pool_job)(cx *child, void *self, size_t i);
CX_CHECKED cx_code pool_run(cx *c, size_t n, int threads, bool stop, pool_job job, void *self);
