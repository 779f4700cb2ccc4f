/* What the checks before a clone share.
 *
 * FAIL: the clone would not start, or all of it would fail. WARN: it would run, and single objects
 * would be left out or fail. Nothing here writes: rights are read, not tried. */
#pragma once

#include "model/model.h"

typedef enum { CHECK_OK, CHECK_WARN, CHECK_FAIL } check_status;

typedef struct {
    cx *c;
    workspace *w;
    const char *source, *dest;
    json *checks; /* owned by the operation */
    int64_t counts[3];

    const char *user;
    const char **acts_as;       /* the user, the groups, "account users"; NULL-terminated */
    bool everything;            /* the embedded workspace's owner may do all */
    const inventory *from, *to; /* NULL = could not be read */
    bool dest_exists;
} preflight;

/* One line of the result; `fix` NULL = none is needed. */
void preflight_say(preflight *p, check_status status, const char *check, const char *fix,
                   const char *detail, ...) CX_PRINTF(5, 6);
/* The error that is set becomes a line, and is forgiven. CANCELLED stays an error. */
CX_CHECKED cx_code preflight_told(preflight *p, check_status status, const char *check, cx_code rc);
/* Names in a row, the first few: "a, b and 3 more". */
void preflight_add_name(buf *list, int64_t *count, const char *name);
const char *preflight_names(cx *c, buf *list, int64_t count);

/* Each adds its lines. Codes other than OK end the whole: only a cancelled run has one. */
CX_CHECKED cx_code preflight_connection(preflight *p, bool *out_usable);
CX_CHECKED cx_code preflight_catalogs(preflight *p);
CX_CHECKED cx_code preflight_reading(preflight *p);
CX_CHECKED cx_code preflight_writing(preflight *p);
CX_CHECKED cx_code preflight_content(preflight *p);

/* ---- rights: rights.c ---- */

/* What somebody may do to one object, by themselves or through a group. */
typedef struct {
    bool owner;
    json *held; /* owned; {"SELECT": true} */
} rights;
void rights_clear(rights *r);
/* By the service's account of effective privileges; what it does not tell is not held. */
CX_CHECKED cx_code rights_load(preflight *p, const char *type, const char *name, const char *owner,
                               rights *out);
bool rights_has(const preflight *p, const rights *r, const char *privilege);
/* Adds direct grants that the inventory knows. */
void rights_add(const preflight *p, rights *r, const model_grant *grants, size_t n);
bool preflight_is_me(const preflight *p, const char *principal);
/* Is a number of objects within the platform's limit? OK up to nine tenths of it, FAIL over it. */
check_status preflight_limit(int64_t count, int64_t limit);
