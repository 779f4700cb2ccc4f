/* Lists of what a principal may know of. */
#include "lake/engine/engine_int.h"

static size_t keep_visible(const bool *keep, meta_object *all, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (keep[i])
            all[kept++] = all[i];
        else
            meta_object_clear(&all[i]);
    }
    return kept;
}

cx_code eng_list(cx *c, run *r, meta_type t, const char *catalog, const char *schema,
                 bool with_columns, meta_object **out, size_t *out_n)
{
    meta_object *all = NULL;
    size_t n = 0;
    TRY(meta_list(c, r->e->meta, t, catalog, schema, with_columns, &all, &n));
    if (r->principal) {
        bool *keep = cx_array(c, bool, n + 1);
        const cx_code rc = meta_visible(c, r->e->meta, r->principal, all, n, keep);
        n = keep_visible(keep, all, n);
        if (rc != CX_OK) {
            eng_list_clear(all, n);
            return rc;
        }
    }
    *out = all;
    *out_n = n;
    return CX_OK;
}

void eng_list_clear(meta_object *all, size_t n)
{
    for (size_t i = 0; i < n; i++)
        meta_object_clear(&all[i]);
}
