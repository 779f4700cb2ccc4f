/* One line of a log, or one row of a checkpoint: which action it is, and what replay needs of it.
 * spec: delta "Actions" */
#pragma once

#include "delta/delta.h"
#include "delta/scan.h"

typedef enum {
    ACTION_OTHER, /* unknown ones must be ignored; also a row without any action */
    ACTION_ADD,
    ACTION_REMOVE,
    ACTION_CDC,
    ACTION_METADATA,
    ACTION_PROTOCOL,
    ACTION_TXN,
    ACTION_DOMAIN,
    ACTION_COMMIT_INFO,
    ACTION_CHECKPOINT_METADATA,
    ACTION_SIDECAR
} action_kind;

/* Slices of the line. The file members are set for add, remove, cdc and sidecar. */
typedef struct {
    action_kind kind;
    str body; /* {…} */
    str path, dv, stats;
    int64_t size, mtime;
    bool data_change;
} action;

const char *action_name(action_kind kind);
/* False when the line is not a JSON object with an action in it. */
bool action_scan(str line, action *out);

/* Calls visit for each line of a log file; `what` names the file in errors. From the last line to
 * the first when `backwards`: replay goes from new to old. */
typedef cx_code (*action_visit)(cx *c, void *self, const action *a, const char *what);
CX_CHECKED cx_code actions_each(cx *c, str text, const char *what, bool backwards, action_visit v,
                                void *self);

/* A deletion vector's descriptor; NULL in *out for a null one. */
CX_CHECKED cx_code dv_parse(cx *c, arena *a, str text, const char *what, delta_dv **out);
/* storage type, path and offset as one text, the identity of a vector; "" for none. */
char *dv_id(arena *a, const delta_dv *dv);
/* Appends the descriptor as a JSON object. */
void buf_add_dv(buf *b, const delta_dv *dv);

/* Appends the members of an action's object as they are, with a comma after each, but for those
 * named in `without` (NULL-terminated) and those that are null. */
void buf_add_members(buf *b, str object, const char *const *without);
