/* A store on a machine whose power can go, shared by processes that can be killed.
 *
 * Wrapped round another store. What a process writes is visible to all at once, but stays only when
 * the folder is synced: by its own call before that returns, or by anybody's later call in the same
 * folder. Notes of what is not synced yet lie in a journal folder; machine_power_cut, when all
 * processes are dead, takes away what they name. For tests; `window_us` is how long a write stays
 * un-synced at most. */
#pragma once

#include "store/store.h"

store *machine_store_new(store *take_next, const char *journal, int64_t window_us);
/* out_lost: how many writes were taken away. */
CX_CHECKED cx_code machine_power_cut(cx *c, store *next, const char *journal, int64_t *out_lost);
