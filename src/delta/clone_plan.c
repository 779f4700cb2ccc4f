/* Where each file of a clone goes.
 *
 * A relative name is kept. A file that lies outside of the source's folder gets a name of its own
 * in the target, and so does one whose name is taken there by other bytes (an earlier version of
 * the target may still need them): data files are never overwritten. Such an add carries the name
 * that the source uses in a tag, so that the next clone finds the copy again. */
#include "delta/action.h"
#include "delta/clone.h"
#include "delta/uri.h"

#include "base/fs.h"
#include "base/hash.h"

typedef struct {
    clone_plan *p;
    json *by_path, *by_tag; /* key → index in before */
    json *taken;            /* absolute targets of copies */
    size_t room;
} planner;

static void planner_clear(planner *s)
{
    json_decref(s->by_path);
    json_decref(s->by_tag);
    json_decref(s->taken);
}

static const char *root_of(const planner *s)
{
    return s->p->target->store->root;
}

static void index_target(cx *c, planner *s)
{
    const delta_snapshot *before = s->p->before;
    for (size_t i = 0; before && i < before->file_count; i++) {
        const delta_file *f = &before->files[i];
        const char *tag = file_tag(c->arena, f, CLONE_TAG);
        const char *key = tag ? tag : uri_key(c->arena, root_of(s), f->path);
        json_object_set_new_nocheck(tag ? s->by_tag : s->by_path, key, json_integer((json_int_t)i));
    }
}

/* The target's file that is a copy of this one, or refers to it; -1 = none. */
static int64_t find_target(cx *c, const planner *s, const char *path, const delta_file *source)
{
    const json *at = json_object_get(s->by_tag, source->path);
    if (!at)
        at = json_object_get(s->by_path, uri_key(c->arena, root_of(s), path));
    if (!at)
        return -1;
    const delta_file *f = &s->p->before->files[json_integer_value(at)];
    return f->size_bytes == source->size_bytes && f->mtime_ms == source->mtime_ms
               ? json_integer_value(at)
               : -1;
}

static void add_copy(planner *s, const char *from, const char *to, bool vector)
{
    clone_plan *p = s->p;
    if (json_object_get(s->taken, to))
        return; /* one vector file serves many data files */
    json_object_set_new_nocheck(s->taken, to, json_true());
    if (p->copy_count == s->room) {
        s->room = s->room ? s->room * 2 : 64;
        p->copies = cx_realloc(p->copies, s->room * sizeof *p->copies);
    }
    p->copies[p->copy_count++] = (clone_copy){.from = from, .to = to, .vector = vector};
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* A name in the target's root that nothing has. */
static void own_name(cx *c, const planner *s, const delta_file *f, const char *from,
                     clone_item *item)
{
    char id[UUID_TEXT];
    uuid_random(id);
    const char *name = cx_fmt(c, "part-%s-%s", id, base_name(from));
    item->path = uri_encode(c, name);
    item->to = fs_join(c, root_of(s), name);
    item->tag = f->path;
}

static cx_code plan_data(cx *c, planner *s, const delta_file *f, clone_item *item)
{
    char *from, *to;
    const bool below = uri_is_below(c, f->path);
    item->path = f->path;
    item->target = find_target(c, s, below ? f->path : "", f);
    if (item->target >= 0) {
        item->path = s->p->before->files[item->target].path;
        item->tag = strcmp(item->path, f->path) ? f->path : NULL;
        return CX_OK;
    }
    TRY(uri_to_path(c, s->p->source->root, f->path, &from));
    if (below) {
        TRY(uri_to_path(c, root_of(s), f->path, &to));
        item->to = to;
    }
    if (!below || fs_exists(to) || json_object_get(s->taken, to))
        own_name(c, s, f, from, item);
    item->from = from;
    add_copy(s, item->from, item->to, false);
    return CX_OK;
}

/* A vector that is named by an absolute path becomes a file of the target's own. */
static cx_code own_vector(cx *c, planner *s, const delta_dv *dv, const char *from, clone_item *item)
{
    unsigned char id[16];
    char text[21], hex[UUID_TEXT];
    const char *name = base_name(from);
    enum { PREFIX = 16 }; /* "deletion_vector_" */
    bool named = text_starts(name, "deletion_vector_") && strlen(name) == PREFIX + 36 + 4;
    size_t n = 0;
    for (const char *p = name + PREFIX; named && n < 32 && *p && *p != '.'; p++) {
        if (*p == '-')
            continue;
        const char *d = strchr("0123456789abcdef", *p);
        named = d != NULL;
        const unsigned v = d ? (unsigned)(d - "0123456789abcdef") : 0;
        id[n / 2] = (unsigned char)(n % 2 ? id[n / 2] | v : v << 4);
        n++;
    }
    if (!named || n != 32) { /* not in the usual form: any id will do, the copy has that name */
        cx_random_bytes(id, sizeof id);
    }
    AUTO_CLEAR(buf) b = BUF(BUF_ANY);
    buf_add_hex(&b, id, sizeof id);
    const char *h = buf_text(&b);
    snprintf(hex, sizeof hex, "%.8s-%.4s-%.4s-%.4s-%.12s", h, h + 8, h + 12, h + 16, h + 20);
    z85_encode(id, sizeof id, text);
    delta_dv *own = cx_new(c, delta_dv);
    *own = *dv;
    own->storage_type = "u";
    own->path_or_inline = cx_dup(c, text);
    if (own->offset < 0)
        own->offset = 0;
    item->dv = own;
    const char *to = cx_fmt(c, "%s/deletion_vector_%s.bin", root_of(s), hex);
    if (fs_size(to) < 0)
        add_copy(s, from, to, true);
    return CX_OK;
}

static cx_code plan_vector(cx *c, planner *s, const delta_dv *dv, clone_item *item)
{
    char *from, *to;
    item->dv = dv;
    if (!dv || !strcmp(dv->storage_type, "i"))
        return CX_OK;
    TRY(dv_file(c, s->p->source->root, dv, &from));
    if (s->p->options->shallow) {
        delta_dv *absolute = cx_new(c, delta_dv);
        *absolute = *dv;
        if (!strcmp(dv->storage_type, "u")) {
            absolute->storage_type = "p";
            absolute->path_or_inline = uri_of_path(c, from);
            if (absolute->offset < 0)
                absolute->offset = 0;
        }
        item->dv = absolute;
        return CX_OK;
    }
    if (!strcmp(dv->storage_type, "p"))
        return own_vector(c, s, dv, from, item);
    TRY(dv_file(c, root_of(s), dv, &to));
    /* Its name is a UUID: what has that name and that size is that file. */
    if (fs_size(to) < 0 || fs_size(to) != fs_size(from))
        add_copy(s, from, to, true);
    return CX_OK;
}

static cx_code plan_reference(cx *c, planner *s, const delta_file *f, clone_item *item)
{
    char *from;
    TRY(uri_to_path(c, s->p->source->root, f->path, &from));
    item->path = uri_of_path(c, from);
    item->target = find_target(c, s, item->path, f);
    return CX_OK;
}

static cx_code plan_file(cx *c, planner *s, const delta_file *f, clone_item *item)
{
    clone_plan *p = s->p;
    *item = (clone_item){.file = f, .target = -1};
    TRY(p->options->shallow ? plan_reference(c, s, f, item) : plan_data(c, s, f, item));
    TRY(plan_vector(c, s, f->dv, item));
    if (item->target < 0)
        return CX_OK;
    const delta_file *there = &p->before->files[item->target];
    p->reused[item->target] = true;
    item->kept = !strcmp(dv_id(c->arena, item->dv), dv_id(c->arena, there->dv));
    p->stays[item->target] = item->kept;
    return CX_OK;
}

cx_code clone_plan_files(cx *c, clone_plan *p)
{
    AUTO_CLEAR(planner)
    s = {.p = p, .by_path = json_object(), .by_tag = json_object(), .taken = json_object()};
    index_target(c, &s);
    p->items = cx_array(c, clone_item, p->source->file_count + 1);
    const size_t before = p->before ? p->before->file_count : 0;
    p->reused = cx_array(c, bool, before + 1);
    p->stays = cx_array(c, bool, before + 1);
    for (size_t i = 0; i < p->source->file_count; i++) {
        if ((i & 1023) == 0)
            TRY(cx_alive(c));
        TRY(plan_file(c, &s, &p->source->files[i], &p->items[i]));
    }
    return CX_OK;
}
