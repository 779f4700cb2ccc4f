/* Tables that lie in folders become external tables of a catalog: nothing is copied, nothing in the
 * folders is changed.
 *
 * Each folder below --from is looked at: a Delta table has _delta_log (in it, or in its folder
 * `delta`), a Parquet table has .parquet files and no log. The workspace then reads the table, and
 * what it does not support it refuses by name; here that becomes a line of the report, and the
 * others go on. */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>

#include "base/fs.h"
#include "base/pool.h"
#include "model/model.h"
#include "ops/batch.h"
#include "ops/op.h"
#include "sql/quote.h"

#define ARGS(A)                                                                                 \
    A(NAME, catalog, .help = "Catalog to register in; made when it is not there", .need = true) \
    A(STR, schema, .help = "Schema to register in; made when it is not there", .need = true)    \
    A(PATH, from, .help = "Folder whose folders are tables", .need = true)                      \
    A(INT, max_workers, .help = "Tables registered at once", .def = "4", .min = 1, .max = 64,   \
      .advanced = true)
OP_ARGS(ARGS);

static const op_result results[] = {{"registered", "array", "name, path, format, existed"},
                                    {"refused", "array", "name, path, reason"},
                                    {"catalog", "string", "Where they are now"},
                                    {"schema", "string", "Where they are now"},
                                    {0}};

enum { FOLDERS_MOST = 200000 };

typedef struct {
    const char *folder, *name, *path; /* entry; table name; where the table lies */
    const char *format;               /* DELTA PARQUET; NULL = refused */
    const char *reason;               /* why it is refused */
    bool existed, made;               /* made: by us, and to be taken away again */
} candidate;

typedef struct {
    cx *c; /* the caller's, under the lock */
    workspace *w;
    const char *catalog, *schema;
    candidate *items;
    size_t n, done;
    pthread_mutex_t lock;
} registering;

/* ---- looking at folders --------------------------------------------------------------- */

static char *table_name(cx *c, const char *folder)
{
    char *name = cx_dup(c, folder);
    text_lower(name);
    for (char *p = name; *p; p++)
        if (!(*p >= 'a' && *p <= 'z') && !(*p >= '0' && *p <= '9'))
            *p = '_';
    return name;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static cx_code list_folder(cx *c, const char *path, const char ***out, size_t *out_n)
{
    DIR *d = opendir(path);
    if (!d)
        return cx_fail_errno(c, errno, "cannot read the folder %s", path);
    const char **names = NULL;
    size_t n = 0, capacity = 0;
    for (struct dirent *e; (e = readdir(d)) && n < FOLDERS_MOST;) {
        if (*e->d_name == '.')
            continue;
        if (n == capacity) {
            capacity = capacity ? capacity * 2 : 64;
            const char **grown = cx_array(c, const char *, capacity);
            if (n)
                memcpy(grown, names, n * sizeof *grown);
            names = grown;
        }
        names[n++] = cx_dup(c, e->d_name);
    }
    closedir(d);
    if (n)
        qsort(names, n, sizeof *names, by_text);
    *out = names;
    *out_n = n;
    return CX_OK;
}

static bool has_parquet(const char *path)
{
    bool found = false;
    DIR *d = opendir(path);
    for (struct dirent *e; d && !found && (e = readdir(d));)
        found = *e->d_name != '.' && *e->d_name != '_' && text_ends(e->d_name, ".parquet");
    if (d)
        closedir(d);
    return found;
}

static bool has_log(cx *c, const char *path)
{
    return fs_is_dir(fs_join(c, path, "_delta_log"));
}

static void look(cx *c, const char *path, candidate *out)
{
    const char *inner = fs_join(c, path, "delta");
    out->path = path;
    if (has_log(c, path)) {
        out->format = "DELTA";
    } else if (has_log(c, inner)) {
        out->format = "DELTA";
        out->path = inner;
    } else if (fs_is_dir(inner)) {
        out->reason = "its folder delta has no _delta_log";
    } else if (has_parquet(path)) {
        out->format = "PARQUET";
    } else {
        out->reason = "it has neither a _delta_log nor Parquet files";
    }
}

static void refuse_same_names(cx *c, registering *r)
{
    for (size_t i = 0; i < r->n; i++)
        for (size_t k = 0; k < i && r->items[i].format; k++)
            if (r->items[k].format && !strcmp(r->items[i].name, r->items[k].name)) {
                r->items[i].format = NULL;
                r->items[i].reason =
                    cx_fmt(c, "the folder %s has the same table name", r->items[k].folder);
            }
}

static cx_code scan(cx *c, registering *r, const char *from)
{
    char *root;
    const char **names;
    size_t n;
    if (!fs_is_dir(from))
        return cx_fail(c, CX_NOT_FOUND, "there is no folder %s", from);
    TRY(fs_absolute(c, from, &root));
    TRY(list_folder(c, root, &names, &n));
    r->items = cx_array(c, candidate, n + 1);
    for (size_t i = 0; i < n; i++) {
        char *path;
        if (!fs_is_dir(fs_join(c, root, names[i])))
            continue;
        TRY(fs_absolute(c, fs_join(c, root, names[i]), &path)); /* links are followed here, once */
        candidate *one = &r->items[r->n++];
        one->folder = names[i];
        one->name = table_name(c, names[i]);
        look(c, path, one);
    }
    if (r->n == 0) {
        (void)cx_fail(c, CX_NOT_FOUND, "%s has no folders", from);
        return cx_hint(c, "--from names the folder above the tables' own folders");
    }
    if (r->n < 5000)
        refuse_same_names(c, r);
    return CX_OK;
}

/* ---- registering -------------------------------------------------------------------------- */

static const char *plain_path(const char *location)
{
    if (text_starts(location, "file:"))
        location += 5;
    while (text_starts(location, "//"))
        location++;
    return location;
}

/* A table that is there already is fine when it is this one. */
static void mark_existing(cx *c, registering *r, const inventory *inv)
{
    for (size_t i = 0; i < r->n; i++) {
        candidate *one = &r->items[i];
        const model_object *o =
            one->format ? model_find(inv, MODEL_TABLE, r->schema, one->name) : NULL;
        if (!o)
            continue;
        if (o->location && !strcmp(plain_path(o->location), one->path)) {
            one->existed = true;
        } else {
            one->format = NULL;
            one->reason = cx_fmt(c, "the schema has another table of this name%s%s",
                                 o->location ? ", at " : "", o->location ? o->location : "");
        }
    }
}

static cx_code make_schema(cx *c, registering *r)
{
    TRY(workspace_sql(
        c, r->w, cx_fmt(c, "CREATE CATALOG IF NOT EXISTS %s", sql_ident(c, r->catalog)), NULL));
    return workspace_sql(
        c, r->w, cx_fmt(c, "CREATE SCHEMA IF NOT EXISTS %s", sql_name2(c, r->catalog, r->schema)),
        NULL);
}

static cx_code register_one(cx *c, void *self, size_t i)
{
    registering *r = self;
    candidate *one = &r->items[i];
    cx_code rc = CX_OK;
    if (one->format && !one->existed)
        rc = workspace_sql(c, r->w,
                           cx_fmt(c, "CREATE TABLE IF NOT EXISTS %s USING %s LOCATION %s",
                                  sql_name3(c, r->catalog, r->schema, one->name), one->format,
                                  sql_literal(c, one->path)),
                           NULL);
    if (rc == CX_CANCELLED || rc == CX_UNAVAILABLE || rc == CX_UNAUTHENTICATED)
        return rc;
    pthread_mutex_lock(&r->lock);
    if (rc != CX_OK) {
        one->format = NULL;
        one->reason = cx_dup(r->c, c->error.message);
    }
    const size_t done = ++r->done;
    pthread_mutex_unlock(&r->lock);
    cx_forgive(c);
    cx_progress(c, "register", (int64_t)done, (int64_t)r->n, one->name);
    return CX_OK;
}

/* ---- is it readable? ---------------------------------------------------------------------- */

/* A log may name data files that are not there. Counting opens each of them once, so that a table
 * which cannot be read is refused now and not in the middle of a clone. */
static const char *count_part(cx *c, void *self, size_t i)
{
    const registering *r = self;
    if (!r->items[i].format)
        return NULL;
    return cx_fmt(c, "count(*) AS n FROM %s",
                  sql_name3(c, r->catalog, r->schema, r->items[i].name));
}

static void count_row(void *self, size_t i, const sql_result *rows, size_t row)
{
    (void)self, (void)i, (void)rows, (void)row;
}

static void not_readable(void *self, size_t i, const cx_error *e)
{
    registering *r = self;
    r->items[i].format = NULL;
    r->items[i].reason = cx_dup(r->c, e->message);
    r->items[i].made = !r->items[i].existed;
}

static cx_code refuse_unreadable(cx *c, registering *r)
{
    const batch_query q = {.ws = r->w,
                           .n = r->n,
                           .phase = "read",
                           .part = count_part,
                           .row = count_row,
                           .problem = not_readable,
                           .self = r};
    TRY(batch_run(c, &q));
    for (size_t i = 0; i < r->n; i++) /* external: the folder stays as it is */
        if (r->items[i].made)
            TRY(workspace_sql(c, r->w,
                              cx_fmt(c, "DROP TABLE IF EXISTS %s",
                                     sql_name3(c, r->catalog, r->schema, r->items[i].name)),
                              NULL));
    return CX_OK;
}

static json *report(const registering *r)
{
    json *registered = json_array(), *refused = json_array();
    for (size_t i = 0; i < r->n; i++) {
        const candidate *one = &r->items[i];
        if (one->format)
            json_array_append_new(registered, json_pack("{s:s,s:s,s:s,s:b}", "name", one->name,
                                                        "path", one->path, "format", one->format,
                                                        "existed", one->existed));
        else
            json_array_append_new(refused, json_pack("{s:s,s:s,s:s}", "name", one->name, "path",
                                                     one->path, "reason", one->reason));
    }
    return json_pack("{s:s,s:s,s:o,s:o}", "catalog", r->catalog, "schema", r->schema, "registered",
                     registered, "refused", refused);
}

static cx_code run(cx *c, op_call *call, const args *a, json **out)
{
    char *schema = cx_dup(c, a->schema);
    text_lower(schema);
    registering r = {.c = c, .w = call->ws, .catalog = a->catalog, .schema = schema};
    TRY(scan(c, &r, a->from));
    TRY(make_schema(c, &r));
    const char *const only[] = {schema, NULL};
    const model_filter f = {only, NULL, true};
    inventory *inv;
    TRY(model_load(c, call->ws, a->catalog, &f, &inv));
    mark_existing(c, &r, inv);
    pthread_mutex_init(&r.lock, NULL);
    const cx_code rc = pool_run(c, r.n, (int)a->max_workers, true, register_one, &r);
    pthread_mutex_destroy(&r.lock);
    TRY(rc);
    TRY(refuse_unreadable(c, &r));
    *out = report(&r);
    return CX_OK;
}

static void text(cx *c, const json *result, int width, buf *out)
{
    (void)c, (void)width;
    const json *refused = json_get(result, "refused");
    buf_addf(out, "%zu tables registered in %s.%s, %zu refused\n",
             json_array_size(json_get(result, "registered")), json_get_str(result, "catalog", ""),
             json_get_str(result, "schema", ""), json_array_size(refused));
    for (size_t i = 0; i < json_array_size(refused); i++) {
        const json *one = json_array_get(refused, i);
        buf_addf(out, "  refused %s: %s\n", json_get_str(one, "name", ""),
                 json_get_str(one, "reason", ""));
    }
}

OP(register, .http = "POST /api/register", .group = "Generate and export",
   .help = "Register the Delta and Parquet tables of a folder as external tables",
   .why =
       "Tables that other engines wrote become part of a catalog where they lie: to read, to clone, to compare.",
   .example = "clxs register --catalog lake --schema raw --from /data/tables",
   .effect = EFFECT_WRITE, .job = true, .accepted = "Register job submitted", .results = results,
   .text = text);
