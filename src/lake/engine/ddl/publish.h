/* Making a table appear, or taking another's place. See publish.c. */
#pragma once

#include "lake/engine/engine_int.h"

typedef struct {
    meta_name name;
    const char *location; /* as written; NULL = managed */
    bool replace, if_not_exists;
    bool clone;  /* files will come in under names that are not ours */
    bool adopts; /* a Delta table that is at the location already is registered as it is */
} eng_wish;

typedef struct {
    meta_name name;
    const char *location;
    meta_object old; /* what is replaced, when `exists` */
    bool exists, managed, made_folder;
    bool committed; /* set by whoever commits */
    bool noted, copies;
    eng_note note;
    delta_table *table;
    delta_snapshot *before; /* latest version, when the folder has a log */
} eng_target;
char *eng_clone_note(cx *c, const char *location);
void eng_target_clear(eng_target *t);

/* out_skip: it exists and IF NOT EXISTS was said. */
CX_CHECKED cx_code eng_target_begin(cx *c, run *r, const eng_wish *w, eng_target *t,
                                    bool *out_skip);
/* Removes what was written and returns `code`. */
CX_CHECKED cx_code eng_target_abandon(cx *c, run *r, eng_target *t, cx_code code);

typedef struct {
    const char *table_type, *format, *comment;
    json *columns, *properties; /* borrowed */
    bool keep_comment;
    int64_t version; /* of the log that the row was made from */
} eng_row;
CX_CHECKED cx_code eng_target_finish(cx *c, run *r, eng_target *t, const eng_row *row);
