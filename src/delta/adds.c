/* A million files are found in two forms: as actions in JSON, kept as they are, and as rows of a
 * checkpoint, kept packed. Nothing is shared with other threads but the table of seen files, which
 * nobody changes while checkpoints are read. */
#include "delta/adds.h"

#include "delta/packed.h"
#include "delta/uri.h"

enum { ROOM = 1 << 20 };

void adds_init(adds *to, const char *root, seen_files *seen, bool in_checkpoint)
{
    *to = (adds){.root = root,
                 .seen = seen,
                 .in_checkpoint = in_checkpoint,
                 .mem = arena_new(),
                 .rewritten = BUF(BUF_ANY)};
}

void adds_clear(adds *to)
{
    arena_free(to->mem);
    arena_free(to->scratch);
    free(to->files);
    buf_clear(&to->rewritten);
    *to = (adds){0};
}

/* A newer action decided about this file. */
static bool decided(adds *to, const char *path, const delta_dv *dv)
{
    if (!to->in_checkpoint)
        return seen_add(to->seen, uri_key(to->seen->keys, to->root, path),
                        dv_id(to->seen->keys, dv));
    if (!to->seen->used)
        return false;
    if (!to->scratch || arena_bytes(to->scratch) > ROOM) {
        arena_free(to->scratch);
        to->scratch = arena_new();
    }
    return seen_has(to->seen, uri_key(to->scratch, to->root, path), dv_id(to->scratch, dv));
}

/* False when the sizes' sum is more than a disk can hold. */
static bool add_file(adds *to, const delta_file *f)
{
    if (__builtin_add_overflow(to->size_bytes, f->size_bytes, &to->size_bytes))
        return false;
    if (to->count == to->room) {
        to->room = to->room ? to->room * 2 : 64;
        to->files = cx_realloc(to->files, to->room * sizeof *to->files);
    }
    to->files[to->count++] = *f;
    return true;
}

static cx_code damaged(cx *c, const char *what)
{
    return cx_fail(c, CX_CORRUPT, "%s has a damaged add action", what);
}

/* ---- actions ---------------------------------------------------------------------- */

str action_keep(arena *mem, buf *scratch, const action *a, bool in_checkpoint)
{
    static const char *const parsed[] = {"stats_parsed", "partitionValues_parsed", NULL};
    if (!in_checkpoint)
        return (str){arena_dupn(mem, a->body.data, a->body.length), a->body.length};
    buf_reset(scratch);
    buf_addc(scratch, '{');
    buf_add_members(scratch, a->body, a->stats.data ? parsed : parsed + 1);
    if (scratch->length > 1)
        scratch->data[scratch->length - 1] = '}';
    return (str){arena_dupn(mem, scratch->data, scratch->length), scratch->length};
}

cx_code adds_action(cx *c, adds *to, const action *a, const char *what)
{
    char *path;
    delta_dv *dv = NULL;
    if (!value_text(to->mem, a->path, &path) || !*path || a->size < 0)
        return damaged(c, what);
    if (a->dv.data)
        TRY(dv_parse(c, to->mem, a->dv, what, &dv));
    if (decided(to, path, dv))
        return CX_OK;
    const delta_file f = {path, a->size, a->mtime, dv,
                          action_keep(to->mem, &to->rewritten, a, to->in_checkpoint)};
    return add_file(to, &f) ? CX_OK : damaged(c, what);
}

/* ---- rows --------------------------------------------------------------------------- */

static bool has_nul(str s)
{
    return s.length && memchr(s.data, '\0', s.length);
}

static bool map_has_nul(const delta_map *m)
{
    for (size_t i = 0; i < m->count; i++)
        if (has_nul(m->pairs[i].key) || has_nul(m->pairs[i].value))
            return true;
    return false;
}

/* Texts that end where C thinks they end, and a size that a file can have. */
static bool well_formed(const delta_add_row *a)
{
    return a->path.length && !has_nul(a->path) && !has_nul(a->stats) && !has_nul(a->dv_type) &&
           !has_nul(a->dv_path) && !has_nul(a->clustering_provider) &&
           !map_has_nul(&a->partition_values) && !map_has_nul(&a->tags) &&
           (a->size_bytes >= 0 || a->size_bytes == DELTA_NO_LONG) &&
           (!a->dv_type.data || a->dv_path.data);
}

static int64_t known(int64_t v, int64_t otherwise)
{
    return v == DELTA_NO_LONG ? otherwise : v;
}

static delta_dv *dv_of_row(arena *mem, const delta_add_row *a)
{
    if (!a->dv_type.data)
        return NULL;
    delta_dv *dv = arena_alloc(mem, sizeof *dv);
    *dv = (delta_dv){.storage_type = arena_dupn(mem, a->dv_type.data, a->dv_type.length),
                     .path_or_inline = arena_dupn(mem, a->dv_path.data, a->dv_path.length),
                     .offset = known(a->dv_offset, -1),
                     .size_bytes = known(a->dv_size, -1),
                     .cardinality = known(a->dv_cardinality, -1)};
    return dv;
}

/* Millions of small texts side by side: the arena's alignment would add a tenth. */
static char *make_room(adds *to, size_t n)
{
    if ((size_t)(to->text_end - to->text) < n) {
        const size_t size = n > ROOM ? n : ROOM;
        to->text = arena_alloc(to->mem, size);
        to->text_end = to->text + size;
        to->model = (str){0};
    }
    return to->text;
}

cx_code adds_row(cx *c, adds *to, const delta_add_row *a, const char *what)
{
    if ((++to->rows & 4095) == 0)
        TRY(cx_alive(c));
    if (!well_formed(a))
        return damaged(c, what);
    const size_t n = a->path.length + 1;
    char *path = make_room(to, n + pack_room(a));
    memcpy(path, a->path.data, n - 1);
    path[n - 1] = '\0';
    delta_dv *dv = dv_of_row(to->mem, a);
    if (decided(to, path, dv))
        return CX_OK;
    const str raw = {path + n, pack_add(path + n, a, &to->model)};
    to->text = path + n + raw.length;
    const delta_file f = {path, known(a->size_bytes, 0), known(a->mtime_ms, 0), dv, raw};
    return add_file(to, &f) ? CX_OK : damaged(c, what);
}

/* ---- together ------------------------------------------------------------------------ */

cx_code adds_move(cx *c, adds *from, delta_snapshot *to)
{
    if (__builtin_add_overflow(to->size_bytes, from->size_bytes, &to->size_bytes))
        return cx_fail(c, CX_CORRUPT, "the files of %s are larger than any disk", to->root);
    to->texts = cx_realloc(to->texts, (to->text_count + 1) * sizeof *to->texts);
    to->texts[to->text_count++] = STEAL(from->mem);
    if (!to->file_count) {
        free(to->files);
        to->files = STEAL(from->files);
    } else if (from->count) {
        to->files = cx_realloc(to->files, (to->file_count + from->count) * sizeof *to->files);
        memcpy(to->files + to->file_count, from->files, from->count * sizeof *to->files);
    }
    to->file_count += from->count;
    adds_clear(from);
    return CX_OK;
}
