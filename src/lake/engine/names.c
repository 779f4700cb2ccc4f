/* Names as written, and the objects that they mean. */
#include <dirent.h>

#include "base/fs.h"
#include "lake/engine/engine_int.h"
#include "sql/quote.h"

static const char *lower(cx *c, const char *text)
{
    char *copy = cx_dup(c, text);
    text_lower(copy);
    return copy;
}

static cx_code wrong_parts(cx *c, const sql_name *n)
{
    buf text = BUF(BUF_ANY);
    for (int i = 0; i < n->count; i++) {
        if (i)
            buf_addc(&text, '.');
        sql_add_ident(&text, n->parts[i]);
    }
    const cx_code rc =
        cx_fail_as(c, CX_INVALID, "INVALID_IDENTIFIER", "42602",
                   "%s has the wrong number of parts for a name here.", buf_text(&text));
    buf_clear(&text);
    return rc;
}

cx_code eng_name(cx *c, const run *r, const sql_name *n, meta_type t, meta_name *out)
{
    const int wanted = t == META_CATALOG ? 1 : t == META_SCHEMA ? 2 : 3;
    const char *full[3] = {r->catalog, r->schema, NULL};
    if (t == META_METASTORE) {
        *out = (meta_name){0};
        return CX_OK;
    }
    if (n->path || n->count < 1 || n->count > wanted)
        return wrong_parts(c, n);
    for (int i = 0; i < n->count; i++)
        full[wanted - n->count + i] = n->parts[i];
    *out = (meta_name){.catalog = lower(c, full[0])};
    if (wanted > 1)
        out->schema = lower(c, full[1]);
    if (wanted > 2)
        out->name = lower(c, full[2]);
    return CX_OK;
}

char *eng_quoted(cx *c, meta_name n)
{
    if (!n.schema)
        return sql_ident(c, n.catalog);
    return n.name ? sql_name3(c, n.catalog, n.schema, n.name) : sql_name2(c, n.catalog, n.schema);
}

bool eng_is_information_schema(meta_name n)
{
    return n.schema && text_same_nocase(n.schema, "information_schema");
}

cx_code eng_require(cx *c, const run *r, const char *privilege, meta_type t, meta_name n)
{
    return r->principal ? meta_require(c, r->e->meta, r->principal, privilege, t, n) : CX_OK;
}

cx_code eng_require_path(cx *c, const run *r)
{
    if (r->read_paths)
        return CX_OK;
    return eng_require(c, r, "CREATE_EXTERNAL_LOCATION", META_METASTORE, (meta_name){0});
}

cx_code eng_unsupported(cx *c, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *what = arena_vfmt(c->arena, fmt, ap);
    va_end(ap);
    return cx_fail_as(c, CX_UNSUPPORTED, "UNSUPPORTED_FEATURE", "0A000",
                      "The embedded workspace does not support %s yet.", what);
}

cx_code eng_type(cx *c, const char *object, meta_type *out)
{
    static const struct {
        const char *word;
        meta_type type;
    } words[] = {{"METASTORE", META_METASTORE}, {"CATALOG", META_CATALOG}, {"SCHEMA", META_SCHEMA},
                 {"DATABASE", META_SCHEMA},     {"TABLE", META_TABLE},     {"VIEW", META_TABLE},
                 {"FUNCTION", META_FUNCTION},   {"VOLUME", META_VOLUME}};
    for (size_t i = 0; object && i < CX_COUNT(words); i++)
        if (text_same_nocase(object, words[i].word)) {
            *out = words[i].type;
            return CX_OK;
        }
    return eng_unsupported(c, "objects of the kind %s", object ? object : "(none)");
}

/* "file:/x", "file:///x" and "/x" are the same folder; nothing else is a folder here. */
cx_code eng_location(cx *c, const char *text, char **out)
{
    const char *path = text;
    if (text_starts(path, "file:")) {
        path += 5;
        while (path[0] == '/' && path[1] == '/')
            path++;
    }
    if (path[0] != '/')
        return cx_fail_as(c, CX_INVALID, "INVALID_PARAMETER_VALUE", "22023",
                          "The location '%s' is not an absolute path of this machine.", text);
    char *full = NULL;
    TRY(fs_absolute(c, path, &full));
    size_t n = strlen(full);
    while (n > 1 && full[n - 1] == '/')
        full[--n] = '\0';
    *out = full;
    return CX_OK;
}

bool eng_folder_empty(const char *folder)
{
    DIR *d = opendir(folder);
    bool empty = true;
    for (struct dirent *e; d && empty && (e = readdir(d));)
        empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
    if (d)
        closedir(d);
    return empty;
}
