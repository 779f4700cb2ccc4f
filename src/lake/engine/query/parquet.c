/* External tables of plain Parquet files: every *.parquet below a folder, hidden ones left out. */
#include "base/fs.h"
#include "lake/engine/engine_int.h"

typedef struct {
    const char *folder;
    buf *out;
    size_t count;
    bool hive;
} files;

static bool hidden(const char *relative)
{
    for (const char *p = relative; p; p = strchr(p, '/')) {
        p += *p == '/';
        if (*p == '_' || *p == '.')
            return true;
    }
    return false;
}

static cx_code take_file(cx *c, void *self, const char *relative, int64_t size, int64_t mtime_ms)
{
    files *f = self;
    (void)size, (void)mtime_ms;
    if (hidden(relative) || !text_ends(relative, ".parquet"))
        return CX_OK;
    if (f->count++)
        buf_adds(f->out, ", ");
    eng_add_file_literal(c, f->out, fs_join(c, f->folder, relative));
    f->hive = f->hive || (strchr(relative, '=') && strchr(relative, '/'));
    return CX_OK;
}

cx_code eng_parquet_select(cx *c, const char *folder, char **out)
{
    buf list = BUF(BUF_ANY), sql = BUF(BUF_ANY);
    files f = {.folder = folder, .out = &list};
    cx_code rc = fs_walk(c, folder, take_file, &f);
    if (rc == CX_OK && f.count == 0)
        rc = cx_fail_as(c, CX_NOT_FOUND, "UNABLE_TO_INFER_SCHEMA", "42KD9",
                        "There are no Parquet files in %s.", folder);
    buf_addf(&sql, "SELECT * FROM read_parquet([%s], union_by_name=true, hive_partitioning=%s)",
             buf_text(&list), f.hive ? "true" : "false");
    *out = cx_dup(c, buf_text(&sql));
    buf_clear(&list);
    buf_clear(&sql);
    return rc;
}

cx_code eng_parquet_folder_view(cx *c, run *r, const meta_object *o, const char *relation)
{
    char *select = NULL;
    buf sql = BUF(BUF_ANY);
    TRY(eng_parquet_select(c, o->location, &select));
    buf_adds(&sql, "CREATE OR REPLACE TEMP VIEW ");
    duck_add_ident(&sql, relation);
    buf_addf(&sql, " AS %s", select);
    return eng_exec(c, r, &sql);
}
