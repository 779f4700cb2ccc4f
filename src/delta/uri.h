/* The paths of a log are URIs: relative to the table's root or absolute, percent-encoded.
 * spec: delta "Add File and Remove File" */
#pragma once

#include "base/cx.h"

/* Absolute, decoded file system path. CX_UNSUPPORTED for a scheme other than file:. */
CX_CHECKED cx_code uri_to_path(cx *c, const char *root, const char *uri, char **out);
/* "file:///…" of an absolute path. */
char *uri_of_path(cx *c, const char *path);
/* A decoded relative path as the log writes it. */
char *uri_encode(cx *c, const char *relative);
/* One spelling for each file: relative to the root where it is below it, decoded. The result is uri
 * itself when nothing had to be changed, else in `a`. */
const char *uri_key(arena *a, const char *root, const char *uri);
/* True for a relative path that stays below the root once decoded. */
bool uri_is_below(cx *c, const char *uri);
