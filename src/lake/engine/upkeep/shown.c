#include "lake/engine/upkeep/upkeep.h"

#include <ctype.h>

/* Not part of a longer path. */
static bool ends_here(const char *p)
{
    return *p != '/' && *p != '-' && *p != '_' && !isalnum((unsigned char)*p);
}

cx_code upkeep_shown(cx *c, const char *root, const char *shown, cx_code rc)
{
    buf text = BUF(BUF_ANY);
    const size_t n = strlen(root);
    if (rc == CX_OK || !c->error.message || !n)
        return rc;
    for (const char *p = c->error.message; *p;) {
        const bool there = strncmp(p, root, n) == 0 && ends_here(p + n);
        if (there)
            buf_adds(&text, shown);
        else
            buf_addc(&text, *p);
        p += there ? n : 1;
    }
    c->error.message = cx_dup(c, buf_text(&text));
    buf_clear(&text);
    return rc;
}
