/* The rules of conflict, as Delta has them.
 *
 * A writer that was blind (only added files, read nothing) passes every winner but one that changed
 * schema, protocol, or the same application's transaction. A writer that read is taken to have read
 * the whole table: a winner that added data it did not see, or removed data that it saw, forbids
 * it; under WriteSerializable a winner's blind append is let through, as if it had come later. A
 * writer that changed no data (compaction) only minds the files that it removes itself. */
#include "delta/conflict.h"

#include "delta/action.h"
#include "delta/delta_int.h"
#include "delta/uri.h"

#include <inttypes.h>

footprint *footprint_new(void)
{
    footprint *f = cx_calloc(1, sizeof *f);
    *f = (footprint){.removed = json_object(),
                     .apps = json_object(),
                     .domains = json_object(),
                     .mem = arena_new()};
    return f;
}

void footprint_free(footprint *f)
{
    if (!f)
        return;
    json_decref(f->removed);
    json_decref(f->apps);
    json_decref(f->domains);
    arena_free(f->mem);
    free(f);
}

typedef struct {
    footprint *f;
    const char *root;
} reader;

static cx_code read_metadata(cx *c, footprint *f, const action *a, const char *what)
{
    AUTO(json) j = NULL;
    TRY(json_parse(c, a->body.data, a->body.length, what, &j));
    f->metadata = true;
    f->checkpoint_interval = checkpoint_interval(json_get(j, "configuration"));
    f->in_commit_times = text_same_nocase(
        json_get_str(json_get(j, "configuration"), "delta.enableInCommitTimestamps", NULL), "true");
    return CX_OK;
}

static void note_name(json *set, arena *mem, str body, const char *member)
{
    char *name;
    if (value_text(mem, object_member(body, member), &name))
        json_object_set_new(set, name, json_true());
}

static cx_code note(cx *c, void *self, const action *a, const char *what)
{
    reader *r = self;
    footprint *f = r->f;
    char *path;
    switch (a->kind) {
    case ACTION_METADATA: return read_metadata(c, f, a, what);
    case ACTION_PROTOCOL: f->protocol = true; return CX_OK;
    case ACTION_TXN: note_name(f->apps, f->mem, a->body, "appId"); return CX_OK;
    case ACTION_DOMAIN: note_name(f->domains, f->mem, a->body, "domain"); return CX_OK;
    case ACTION_ADD:
        f->data_change |= a->data_change;
        f->adds_data |= a->data_change;
        return CX_OK;
    case ACTION_REMOVE:
        f->data_change |= a->data_change;
        f->removes_data |= a->data_change;
        if (value_text(f->mem, a->path, &path))
            json_object_set_new_nocheck(f->removed, uri_key(f->mem, r->root, path), json_true());
        return CX_OK;
    default: return CX_OK;
    }
}

cx_code footprint_read(cx *c, footprint *f, const char *root, str lines)
{
    reader r = {f, root};
    return actions_each(c, lines, "the commit", false, note, &r);
}

/* ---- two of them ---------------------------------------------------------------- */

static cx_code find_info(cx *c, void *self, const action *a, const char *what)
{
    json **out = self;
    if (a->kind != ACTION_COMMIT_INFO || *out)
        return CX_OK;
    return json_parse(c, a->body.data, a->body.length, what, out);
}

static const char *shared(const json *a, const json *b)
{
    const char *key;
    json *value;
    json_object_foreach ((json *)a, key, value) {
        if (json_object_get(b, key))
            return key;
    }
    return NULL;
}

static const struct {
    const char *condition, *what;
} kinds[] = {
    {"DELTA_PROTOCOL_CHANGED", "it changed the table's protocol"},
    {"DELTA_METADATA_CHANGED", "it changed the table's schema or properties"},
    {"DELTA_CONCURRENT_TRANSACTION", "it wrote a transaction of the same application"},
    {"DELTA_CONCURRENT_WRITE", "it wrote the same metadata domain"},
    {"DELTA_CONCURRENT_DELETE_DELETE", "it removed a file that this write removes too"},
    {"DELTA_CONCURRENT_APPEND", "it added data that this write did not see"},
    {"DELTA_CONCURRENT_DELETE_READ", "it removed data that this write has read"},
};
enum { NONE = -1, PROTOCOL, METADATA, TRANSACTION, DOMAIN, DELETE_DELETE, APPEND, DELETE_READ };

static int judge(const conflict_side *ours, const footprint *theirs, bool their_blind)
{
    const footprint *mine = ours->touched;
    const bool reads =
        !ours->blind_append && (mine->data_change || mine->metadata || mine->protocol);
    if (theirs->protocol)
        return PROTOCOL;
    if (theirs->metadata)
        return METADATA;
    if (shared(mine->apps, theirs->apps))
        return TRANSACTION;
    if (shared(mine->domains, theirs->domains))
        return DOMAIN;
    if (shared(mine->removed, theirs->removed))
        return DELETE_DELETE;
    if (reads && theirs->adds_data && (ours->serializable || mine->metadata || !their_blind))
        return APPEND;
    if (reads && theirs->removes_data)
        return DELETE_READ;
    return NONE;
}

cx_code conflict_check(cx *c, const char *root, int64_t version, str winner,
                       const conflict_side *ours, bool *out_own)
{
    AUTO(footprint) theirs = footprint_new();
    AUTO(json) info = NULL;
    const char *what = cx_fmt(c, "version %" PRId64 " of %s", version, root);
    reader r = {theirs, root};
    TRY(actions_each(c, winner, what, false, note, &r));
    TRY(actions_each(c, winner, what, false, find_info, &info));
    *out_own = !strcmp(json_get_str(info, "txnId", ""), ours->txn_id);
    if (*out_own)
        return CX_OK;
    const int kind = judge(ours, theirs, json_get_bool(info, "isBlindAppend", false));
    if (kind == NONE)
        return CX_OK;
    (void)cx_fail_as(c, CX_CONFLICT, kinds[kind].condition, "2D521",
                     "another writer was first: version %" PRId64 " of %s (%s): %s", version, root,
                     json_get_str(info, "operation", "unknown operation"), kinds[kind].what);
    return cx_hint(c, "Read the table again and repeat the write.");
}
