/* Reads a catalog: the questions side by side, then one pass to put the answers together. */
#include "base/hash.h"
#include "base/pool.h"
#include "model/model_int.h"

enum { READERS = 8 };

typedef struct {
    workspace *w;
    char *texts[ASKS];         /* arena of the caller; NULL = not asked */
    sql_result *answers[ASKS]; /* owned */
} reading;

static cx_code read_one(cx *c, void *self, size_t i)
{
    reading *r = self;
    if (!r->texts[i])
        return CX_OK;
    const cx_code rc = workspace_sql(c, r->w, r->texts[i], &r->answers[i]);
    if (rc == CX_NOT_FOUND && question_optional((ask)i)) {
        cx_forgive(c); /* a workspace without the relation has nothing of the kind */
        return CX_OK;
    }
    return rc;
}

static cx_code load_catalog(cx *c, workspace *w, const char *catalog, inventory *i)
{
    buf path = BUF(BUF_ANY);
    buf_adds(&path, "/api/2.1/unity-catalog/catalogs/");
    buf_add_percent(&path, catalog, "");
    AUTO_FREE char *text = buf_steal(&path);
    AUTO(json) info = NULL;
    const cx_code rc = workspace_call(c, w, "GET", text, NULL, NULL, &info);
    if (rc == CX_NOT_FOUND) {
        (void)cx_fail(c, CX_NOT_FOUND, "there is no catalog \"%s\" in %s", catalog,
                      workspace_name(w));
        return cx_hint(c, "list them with: clxs run-sql --sql \"SHOW CATALOGS\"");
    }
    TRY(rc);
    i->catalog = cx_dup(c, json_get_str(info, "name", catalog));
    i->owner = cx_dup(c, json_get_str(info, "owner", NULL));
    i->comment = cx_dup(c, json_get_str(info, "comment", NULL));
    i->storage_root = cx_dup(c, json_get_str(info, "storage_root", NULL));
    return CX_OK;
}

static cx_code read_all(cx *c, workspace *w, const model_filter *f, inventory *i)
{
    reading r = {.w = w};
    for (int a = 0; a < ASKS; a++)
        r.texts[a] = question_text(c, (ask)a, i->catalog, f);
    cx_code rc = pool_run(c, ASKS, READERS, true, read_one, &r);
    if (rc == CX_OK)
        rc = model_assemble(c, i, r.answers);
    for (int a = 0; a < ASKS; a++)
        sql_result_free(r.answers[a]);
    return rc;
}

cx_code model_load(cx *c, workspace *w, const char *catalog, const model_filter *f, inventory **out)
{
    static const model_filter everything = {0};
    inventory *i = cx_new(c, inventory);
    const long before = workspace_requests(w);
    TRY(load_catalog(c, w, catalog, i));
    TRY_IN(c, read_all(c, w, f ? f : &everything, i), "reading the inventory of catalog %s",
           catalog);
    i->statements = (int)(workspace_requests(w) - before);
    *out = i;
    return CX_OK;
}

cx_code model_load_or_empty(cx *c, workspace *w, const char *catalog, const model_filter *f,
                            inventory **out, bool *out_exists)
{
    cx_code rc = model_load(c, w, catalog, f, out);
    *out_exists = rc == CX_OK;
    if (rc != CX_NOT_FOUND)
        return rc;
    cx_forgive(c);
    inventory *empty = cx_new(c, inventory);
    empty->catalog = cx_dup(c, catalog);
    *out = empty;
    return CX_OK;
}
