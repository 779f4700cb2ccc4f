/* A store that breaks on purpose, wrapped round another.
 *
 * Each call through it counts as one, from 1. The call that the plan names fails with CX_IO: before
 * it did anything, after it published but before the disk was asked to keep it, or after it did all
 * and only its answer was lost. A power cut then takes away what was never synced. Used by one
 * thread; for tests. */
#pragma once

#include "store/store.h"

typedef enum {
    CRASHY_BEFORE,   /* nothing happened */
    CRASHY_UNSYNCED, /* a write is visible, until the power goes */
    CRASHY_AFTER     /* it happened and stays; the caller is told that it failed */
} crashy_when;

typedef struct {
    int fail_at; /* the number of the call that fails; 0 = none */
    crashy_when when;
    bool dead; /* all later calls fail too, as if the process had been killed */
} crashy_plan;

store *crashy_new(store *take_next, crashy_plan plan);
int crashy_calls(const store *s); /* how many there were */
bool crashy_fired(const store *s);
/* The machine comes back: un-synced writes are gone, calls work again. */
CX_CHECKED cx_code crashy_power_cut(cx *c, store *s);
