/* Shared by the SCIM files: filters, PATCH and the JSON of a record. */
#pragma once

#include "lake/metastore/principals.h"
#include "lake/rest/rest.h"

enum { SCIM_TERMS_MOST = 32, SCIM_OPERATIONS_MOST = 1000, SCIM_PAGE = 100, SCIM_PAGE_MOST = 10000 };

/* `userName eq "x" and displayName co "y" or active eq true`: no brackets; `and` binds closer. */
typedef struct {
    const char *attribute, *value; /* value NULL for "pr" */
    char op[3];                    /* eq ne co sw ew pr */
    bool starts;                   /* an `or` stands before it */
} scim_term;
typedef struct {
    scim_term terms[SCIM_TERMS_MOST];
    size_t count;
} scim_filter;
CX_CHECKED cx_code scim_filter_read(cx *c, const char *text, scim_filter *out);
bool scim_filter_takes(const scim_filter *f, const meta_person *p);

/* Applies PATCH's Operations to a record of metastore/principals.h. No I/O. */
CX_CHECKED cx_code scim_patch(cx *c, meta_kind kind, const json *operations, json *record);
/* The record that a whole resource (of POST, PUT) describes; it is the caller's. */
CX_CHECKED cx_code scim_record(cx *c, meta_kind kind, const json *resource, json **out);
