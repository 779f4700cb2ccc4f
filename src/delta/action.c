#include "delta/action.h"

#include <inttypes.h>

#define NAMED(text) text, sizeof text - 1

static const struct {
    const char *name;
    size_t length;
    action_kind kind;
} kinds[] = {
    {NAMED("add"), ACTION_ADD},
    {NAMED("remove"), ACTION_REMOVE},
    {NAMED("cdc"), ACTION_CDC},
    {NAMED("metaData"), ACTION_METADATA},
    {NAMED("protocol"), ACTION_PROTOCOL},
    {NAMED("txn"), ACTION_TXN},
    {NAMED("domainMetadata"), ACTION_DOMAIN},
    {NAMED("commitInfo"), ACTION_COMMIT_INFO},
    {NAMED("checkpointMetadata"), ACTION_CHECKPOINT_METADATA},
    {NAMED("sidecar"), ACTION_SIDECAR},
};

const char *action_name(action_kind kind)
{
    for (size_t i = 0; i < CX_COUNT(kinds); i++)
        if (kinds[i].kind == kind)
            return kinds[i].name;
    return "unknown action";
}

static action_kind kind_of(str key)
{
    for (size_t i = 0; i < CX_COUNT(kinds); i++)
        if (key.length == kinds[i].length && !memcmp(key.data, kinds[i].name, key.length))
            return kinds[i].kind;
    return ACTION_OTHER;
}

/* Called for each member of each file: the lengths are the compiler's to know. */
#define KEY_IS(text) (key.length == sizeof text - 1 && !memcmp(key.data, text, sizeof text - 1))

static void file_member(action *a, str key, str v)
{
    if (KEY_IS("path"))
        a->path = v;
    else if (KEY_IS("size"))
        a->size = value_int(v, 0);
    else if (KEY_IS("modificationTime"))
        a->mtime = value_int(v, 0);
    else if (KEY_IS("deletionVector"))
        a->dv = value_is_null(v) ? (str){0} : v;
    else if (KEY_IS("dataChange"))
        a->data_change = str_is(v, "true");
    else if (KEY_IS("stats"))
        a->stats = value_is_null(v) ? (str){0} : v;
}

/* The file members in the same pass that finds the object's end. A row of a checkpoint may hold a
 * struct of nulls where there is no action: *out_empty. */
static bool read_body(scan *s, action *a, bool *out_empty)
{
    str key, v;
    const char *start = s->p;
    bool empty = true, members = false;
    if (!scan_enter(s))
        return false;
    while (scan_key(s, &key) && scan_value(s, &v)) {
        members = true;
        empty = empty && value_is_null(v);
        file_member(a, key, v);
    }
    a->body = (str){start, (size_t)(s->p - start)};
    *out_empty = empty && members;
    return !s->bad;
}

static bool is_file_action(action_kind k)
{
    return k == ACTION_ADD || k == ACTION_REMOVE || k == ACTION_CDC || k == ACTION_SIDECAR;
}

bool action_scan(str line, action *out)
{
    scan s = SCAN(line);
    str key, v;
    action a = {0};
    if (!scan_enter(&s))
        return false;
    while (scan_key(&s, &key)) {
        const action_kind kind = kind_of(key);
        if (kind == ACTION_OTHER || scan_peek(&s) != '{') {
            if (!scan_value(&s, &v)) /* unknown, or null: a checkpoint row has one member set */
                return false;
            continue;
        }
        action found = {.kind = kind};
        bool empty = false;
        if (!read_body(&s, &found, &empty) ||
            (!empty && is_file_action(kind) && !value_is_string(found.path)))
            return false;
        if (!empty)
            a = found;
    }
    if (!scan_done(&s))
        return false;
    *out = a;
    return true;
}

static cx_code one_line(cx *c, str text, str line, const char *what, action_visit v, void *self)
{
    action a;
    if (line.length && line.data[line.length - 1] == '\r')
        line.length--;
    if (!line.length)
        return CX_OK;
    if (!action_scan(line, &a))
        return cx_fail(c, CX_CORRUPT, "%s is damaged: no action can be read at byte %zu", what,
                       (size_t)(line.data - text.data));
    return a.kind == ACTION_OTHER ? CX_OK : v(c, self, &a, what);
}

cx_code actions_each(cx *c, str text, const char *what, bool backwards, action_visit v, void *self)
{
    const char *start = text.data, *end = text.data + text.length;
    size_t n = 0;
    while (start < end) {
        if ((++n & 4095) == 0)
            TRY(cx_alive(c));
        const size_t left = (size_t)(end - start);
        if (backwards) {
            const char *nl = memrchr(start, '\n', left);
            const char *from = nl ? nl + 1 : start;
            TRY(one_line(c, text, (str){from, (size_t)(end - from)}, what, v, self));
            end = nl ? nl : start;
        } else {
            const char *nl = memchr(start, '\n', left);
            const char *to = nl ? nl : end;
            TRY(one_line(c, text, (str){start, (size_t)(to - start)}, what, v, self));
            start = nl ? nl + 1 : end;
        }
    }
    return CX_OK;
}

cx_code dv_parse(cx *c, arena *a, str text, const char *what, delta_dv **out)
{
    *out = NULL;
    if (value_is_null(text))
        return CX_OK;
    const str type = object_member(text, "storageType"),
              path = object_member(text, "pathOrInlineDv");
    const str offset = object_member(text, "offset");
    char *type_text, *path_text;
    if (!type.data && !path.data)
        return CX_OK; /* a checkpoint row's struct of nulls */
    if (!value_text(a, type, &type_text) || !value_text(a, path, &path_text))
        return cx_fail(c, CX_CORRUPT, "%s has a damaged deletion vector descriptor", what);
    delta_dv *dv = arena_alloc(a, sizeof *dv);
    *dv = (delta_dv){.storage_type = type_text,
                     .path_or_inline = path_text,
                     .offset = offset.data ? value_int(offset, -1) : -1,
                     .size_bytes = value_int(object_member(text, "sizeInBytes"), -1),
                     .cardinality = value_int(object_member(text, "cardinality"), -1)};
    *out = dv;
    return CX_OK;
}

char *dv_id(arena *a, const delta_dv *dv)
{
    if (!dv)
        return "";
    if (dv->offset < 0)
        return arena_fmt(a, "%s%s", dv->storage_type, dv->path_or_inline);
    return arena_fmt(a, "%s%s@%" PRId64, dv->storage_type, dv->path_or_inline, dv->offset);
}

void buf_add_dv(buf *b, const delta_dv *dv)
{
    buf_adds(b, "{\"storageType\":");
    buf_add_json(b, dv->storage_type);
    buf_adds(b, ",\"pathOrInlineDv\":");
    buf_add_json(b, dv->path_or_inline);
    if (dv->offset >= 0)
        buf_addf(b, ",\"offset\":%" PRId64, dv->offset);
    buf_addf(b, ",\"sizeInBytes\":%" PRId64 ",\"cardinality\":%" PRId64 "}", dv->size_bytes,
             dv->cardinality);
}

static bool named(str key, const char *const *list)
{
    for (; *list; list++)
        if (str_is(key, *list))
            return true;
    return false;
}

void buf_add_members(buf *b, str object, const char *const *without)
{
    scan s = SCAN(object);
    str key, v;
    if (!scan_enter(&s))
        return;
    while (scan_key(&s, &key) && scan_value(&s, &v)) {
        if (value_is_null(v) || named(key, without))
            continue;
        buf_addc(b, '"');
        buf_add(b, key.data, key.length);
        buf_adds(b, "\":");
        buf_add(b, v.data, v.length);
        buf_addc(b, ',');
    }
}
