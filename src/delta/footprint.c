/* What a commit touches: read once from its lines, for the rules of conflict and for the count of
 * what is in the table after it. */
#include "delta/conflict.h"

#include "delta/action.h"
#include "delta/uri.h"

footprint *footprint_new(void)
{
    footprint *f = cx_calloc(1, sizeof *f);
    *f = (footprint){.removed = json_object(),
                     .vectors = json_object(),
                     .apps = json_object(),
                     .domains = json_object(),
                     .time_ms = -1,
                     .mem = arena_new()};
    return f;
}

void footprint_free(footprint *f)
{
    if (!f)
        return;
    json_decref(f->metadata);
    json_decref(f->protocol);
    json_decref(f->removed);
    json_decref(f->vectors);
    json_decref(f->apps);
    json_decref(f->domains);
    json_decref(f->info);
    json_decref(f->places);
    arena_free(f->mem);
    free(f);
}

typedef struct {
    footprint *f;
    const char *root;
} reader;

static cx_code parse(cx *c, const action *a, const char *what, json **out)
{
    json_decref(*out);
    *out = NULL;
    return json_parse(c, a->body.data, a->body.length, what, out);
}

static cx_code note_named(cx *c, json *set, const action *a, const char *member, const char *what)
{
    AUTO(json) j = NULL;
    TRY(parse(c, a, what, &j));
    const char *name = json_get_str(j, member, NULL);
    if (name)
        json_object_set(set, name, j);
    return CX_OK;
}

static int64_t vector_rows(const action *a)
{
    return a->dv.data ? value_int(object_member(a->dv, "cardinality"), 0) : 0;
}

static const char *key_of(const reader *r, const action *a)
{
    char *path;
    return value_text(r->f->mem, a->path, &path) ? uri_key(r->f->mem, r->root, path) : NULL;
}

static void note_place(footprint *f, const action *a)
{
    const str values = object_member(a->body, "partitionValues");
    if (values.data)
        json_object_setn_new_nocheck(f->places, values.data, values.length, json_true());
    else
        f->regained = true; /* nobody knows where: as if it were anywhere */
}

static void note_add(const reader *r, const action *a)
{
    footprint *f = r->f;
    f->data_change |= a->data_change;
    f->adds_data |= a->data_change;
    f->added++;
    if (__builtin_add_overflow(f->added_bytes, a->size, &f->added_bytes))
        f->uncounted = true;
    const char *key = a->dv.data ? key_of(r, a) : NULL;
    if (key)
        json_object_set_new_nocheck(f->vectors, key, json_integer(vector_rows(a)));
    else
        f->plain_adds += a->data_change;
    if (!key && a->data_change && f->places)
        note_place(f, a);
}

static void note_remove(const reader *r, const action *a)
{
    footprint *f = r->f;
    f->data_change |= a->data_change;
    f->removes_data |= a->data_change;
    f->removed_count++;
    /* Not all writers say how large the file was that they remove. */
    if (!object_member(a->body, "size").data ||
        __builtin_add_overflow(f->removed_bytes, a->size, &f->removed_bytes))
        f->uncounted = true;
    const char *key = key_of(r, a);
    if (key)
        json_object_set_new_nocheck(f->removed, key, json_integer(vector_rows(a)));
}

static cx_code note(cx *c, void *self, const action *a, const char *what)
{
    const reader *r = self;
    footprint *f = r->f;
    switch (a->kind) {
    case ACTION_METADATA: return parse(c, a, what, &f->metadata);
    case ACTION_PROTOCOL: return parse(c, a, what, &f->protocol);
    case ACTION_TXN: return note_named(c, f->apps, a, "appId", what);
    case ACTION_DOMAIN: return note_named(c, f->domains, a, "domain", what);
    case ACTION_COMMIT_INFO: return f->info ? CX_OK : parse(c, a, what, &f->info);
    case ACTION_ADD: note_add(r, a); return CX_OK;
    case ACTION_REMOVE: note_remove(r, a); return CX_OK;
    default: return CX_OK;
    }
}

/* A vector that only grew adds no rows; who undoes deletes may bring some back. */
static void count_vectors(footprint *f)
{
    const char *operation = json_get_str(f->info, "operation", ""), *key;
    const bool undoes = !strcmp(operation, "RESTORE") || !strcmp(operation, "CLONE");
    json *rows;
    json_object_foreach (f->vectors, key, rows) {
        const json *before = json_object_get(f->removed, key);
        if (undoes || !before || json_integer_value(rows) < json_integer_value(before)) {
            f->plain_adds++;
            f->regained = true;
        }
    }
}

cx_code footprint_read(cx *c, footprint *f, const char *root, str lines, const char *what)
{
    reader r = {f, root};
    TRY(actions_each(c, lines, what, false, note, &r));
    count_vectors(f);
    f->time_ms = json_get_int(f->info, "inCommitTimestamp", -1);
    /* A file that is there may be added again, with better statistics: it is not one more. */
    if (f->added && !f->removed_count && !f->adds_data)
        f->uncounted = true;
    return CX_OK;
}

bool footprint_rewrites(const footprint *f)
{
    return f->removed_count && (f->plain_adds || (f->added && !f->adds_data));
}
