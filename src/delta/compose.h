/* From the actions of a commit to the lines that are published as one version. */
#pragma once

#include "delta/tip.h"

typedef struct {
    str lines;      /* as the caller gave them */
    json *metadata; /* owned; in the place of the lines' own; NULL = they have none */
    bool turns_on_times;
    bool row_ids;     /* adds get some */
    int64_t row_mark; /* the highest one that was given, ours included once composed */
} composition;

void composition_clear(composition *w);
/* What of the metadata the commit path itself has to see to. `tip` is the table before. */
void composition_begin(composition *w, str lines, const footprint *mine, const table_tip *tip,
                       bool exists, bool row_ids, bool row_ids_enabled);
/* Appends the lines as those of `version`, committed at time_ms; tip is the version before. */
CX_CHECKED cx_code compose(cx *c, composition *w, const table_tip *tip, int64_t version,
                           int64_t time_ms, buf *out);
/* After it was published: what the commit path itself put into it. */
void composition_note(const composition *w, table_tip *tip, int64_t version);
/* Each live file that has no row ids yet and that the lines neither remove nor add again, added
 * once more as it is. */
CX_CHECKED cx_code readd_files(cx *c, const delta_snapshot *s, str lines, buf *out);
