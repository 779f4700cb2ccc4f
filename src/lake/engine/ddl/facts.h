/* Tags, keys, masks and row filters: what a statement puts on objects that Delta knows nothing of.
 */
#pragma once

#include "lake/engine/engine_int.h"

/* ALTER … SET/UNSET TAGS, SET/DROP MASK, SET/DROP ROW FILTER, ADD/DROP key constraints. *out_done
 * is false when the statement is about something else. */
CX_CHECKED cx_code eng_alter_facts(cx *c, run *r, const sql_statement *q, meta_type t, meta_name n,
                                   bool *out_done);
/* The keys, masks and filter that a CREATE TABLE names, once the table is there. */
CX_CHECKED cx_code eng_created_facts(cx *c, run *r, const sql_statement *q, meta_name n);
