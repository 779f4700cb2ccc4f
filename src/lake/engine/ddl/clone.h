/* Shared by the files of CLONE. */
#pragma once

#include "lake/engine/ddl/publish.h"
#include "lake/engine/ddl/schema.h"

/* The row of numbers, and the same without a row (IF NOT EXISTS). */
CX_CHECKED cx_code eng_clone_row(cx *c, run *r, const delta_clone_result *n);
CX_CHECKED cx_code eng_clone_nothing(cx *c, run *r);
const char *eng_clone_type(const eng_target *t, bool shallow);
json *eng_clone_overrides(const sql_statement *q); /* TBLPROPERTIES, a new reference */
CX_CHECKED cx_code eng_clone_refuse_missing(cx *c, const sql_statement *q, const eng_target *t);

/* CLONE of a folder of Parquet files (clone_parquet.c). */
CX_CHECKED cx_code eng_clone_parquet(cx *c, run *r, const sql_statement *q, const char *folder,
                                     const eng_wish *wish);
