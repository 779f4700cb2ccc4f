/* Opening a workspace folder, and closing it in the one right order: statements first, since they
 * use the engine, which uses the metastore. */
#include "lake/lake_int.h"

#include "base/fs.h"
#include "base/hash.h"
#include "lake/rest/statements.h"

cx_code lake_open(cx *c, const char *root, lake **out)
{
    AUTO(lake) l = cx_calloc(1, sizeof *l);
    char *absolute = NULL;
    if (!root || !*root)
        return cx_fail(c, CX_INVALID, "the embedded workspace needs a folder");
    TRY(meta_open(c, root, &l->meta));
    TRY(fs_absolute(c, root, &absolute));
    l->root = cx_heapdup(absolute);
    TRY(engine_new(c, l->meta, l->root, &l->engine));
    TRY_IN(c, engine_recover(c, l->engine), "cleaning up after a process that died");
    l->statements = statements_new(l);
    *out = STEAL(l);
    return CX_OK;
}

void lake_free(lake *l)
{
    if (!l)
        return;
    statements_free(l->statements);
    engine_free(l->engine);
    meta_free(l->meta);
    free(l->root);
    free(l);
}

const char *lake_owner(const lake *l)
{
    return meta_owner(l->meta);
}

cx_code lake_token(cx *c, lake *l, const char *user_name, const char *token, char **out_token)
{
    char *kept = NULL;
    if (token) {
        kept = cx_dup(c, token);
    } else {
        char random[33];
        hex_random(random, 32);
        kept = cx_fmt(c, "dapi%s", random);
    }
    TRY(meta_principal_add(c, l->meta, user_name, false));
    TRY(meta_token_add(c, l->meta, user_name, kept));
    *out_token = kept;
    return CX_OK;
}
