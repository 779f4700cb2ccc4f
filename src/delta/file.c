/* What a live file's add action says, whatever form the log gave it. */
#include "delta/action.h"
#include "delta/delta_int.h"
#include "delta/packed.h"

#include <inttypes.h>

void pairs_to_object(json *owner, const char *member)
{
    json *list = json_object_get(owner, member);
    if (!json_is_array(list))
        return;
    json *map = json_object(), *pair;
    size_t i;
    json_array_foreach (list, i, pair) {
        const char *key = json_get_str(pair, "key", NULL);
        json *value = json_object_get(pair, "value");
        if (key)
            json_object_set_new(map, key, value ? json_incref(value) : json_null());
    }
    json_object_set_new(owner, member, map);
}

/* ---- packed → JSON --------------------------------------------------------------- */

static void add_map(buf *b, const char *name, const char *map)
{
    const char *key, *value;
    if (!map)
        return;
    buf_addf(b, ",\"%s\":{", name);
    packed_pairs at = pack_pairs(map);
    for (bool more = false; pack_next(&at, &key, &value); more = true) {
        if (more)
            buf_addc(b, ',');
        buf_add_json(b, key);
        buf_addc(b, ':');
        if (value)
            buf_add_json(b, value);
        else
            buf_adds(b, "null");
    }
    buf_addc(b, '}');
}

static void add_text(buf *b, const char *name, const char *text)
{
    if (!text)
        return;
    buf_addf(b, ",\"%s\":", name);
    buf_add_json(b, text);
}

static void add_long(buf *b, const char *name, int64_t v)
{
    if (v != DELTA_NO_LONG)
        buf_addf(b, ",\"%s\":%" PRId64, name, v);
}

str file_text(const delta_file *f, buf *made)
{
    if (!is_packed(f->raw))
        return f->raw;
    const packed_add a = pack_read(f->raw);
    AUTO(arena) mem = arena_new();
    buf_reset(made);
    buf_adds(made, "{\"path\":");
    buf_add_json(made, f->path);
    add_map(made, "partitionValues", a.partition_values);
    add_long(made, "size", f->size_bytes);
    add_long(made, "modificationTime", f->mtime_ms);
    buf_adds(made, a.data_change ? ",\"dataChange\":true" : ",\"dataChange\":false");
    add_text(made, "stats", pack_stats(mem, &a));
    add_map(made, "tags", a.tags);
    if (f->dv) {
        buf_adds(made, ",\"deletionVector\":");
        buf_add_dv(made, f->dv);
    }
    add_long(made, "baseRowId", a.base_row_id);
    add_long(made, "defaultRowCommitVersion", a.default_row_commit_version);
    add_text(made, "clusteringProvider", a.clustering_provider);
    buf_addc(made, '}');
    return (str){made->data, made->length};
}

/* ---- asking ---------------------------------------------------------------------- */

cx_code delta_file_add(cx *c, const delta_file *f, json **out)
{
    AUTO_CLEAR(buf) made = BUF(BUF_ANY);
    const str text = file_text(f, &made);
    if (json_parse(c, text.data, text.length, "add", out) != CX_OK)
        return cx_fail(c, CX_CORRUPT, "the add action of %s is damaged", f->path);
    pairs_to_object(*out, "partitionValues");
    pairs_to_object(*out, "tags");
    return CX_OK;
}

static json *map_object(const char *map)
{
    json *object = json_object();
    const char *key, *value;
    packed_pairs at = pack_pairs(map);
    while (pack_next(&at, &key, &value))
        json_object_set_new(object, key, json_str_or_null(value));
    return object;
}

cx_code delta_file_partition_values(cx *c, const delta_file *f, json **out)
{
    if (is_packed(f->raw)) {
        *out = map_object(pack_read(f->raw).partition_values);
        return CX_OK;
    }
    const str text = object_member(f->raw, "partitionValues");
    AUTO(json) owner = json_object();
    json *values = NULL;
    if (!text.data) {
        *out = STEAL(owner);
        return CX_OK;
    }
    if (json_parse(c, text.data, text.length, "partitionValues", &values) != CX_OK)
        return cx_fail(c, CX_CORRUPT, "the partition values of %s are damaged", f->path);
    json_object_set_new(owner, "partitionValues", values);
    pairs_to_object(owner, "partitionValues");
    *out = json_incref(json_object_get(owner, "partitionValues"));
    return CX_OK;
}

const char *file_tag(arena *a, const delta_file *f, const char *name)
{
    if (!is_packed(f->raw)) {
        char *text;
        return value_text(a, object_member(object_member(f->raw, "tags"), name), &text) ? text
                                                                                        : NULL;
    }
    const char *key, *value;
    packed_pairs at = pack_pairs(pack_read(f->raw).tags);
    while (pack_next(&at, &key, &value))
        if (!strcmp(key, name))
            return value;
    return NULL;
}

/* The statistics' text, unescaped; no data when there are none. */
static str stats_text(arena *a, const delta_file *f)
{
    char *inner = NULL;
    if (is_packed(f->raw)) {
        const packed_add add = pack_read(f->raw);
        const char *stats = pack_stats(a, &add);
        return stats ? STR(stats) : (str){0};
    }
    if (value_text(a, object_member(f->raw, "stats"), &inner))
        return STR(inner);
    return object_member(f->raw, "stats_parsed");
}

cx_code delta_file_stats(cx *c, const delta_file *f, json **out)
{
    AUTO(arena) a = arena_new();
    const str text = stats_text(a, f);
    *out = NULL;
    if (!text.length)
        return CX_OK;
    if (json_parse(c, text.data, text.length, "stats", out) != CX_OK)
        return cx_fail(c, CX_CORRUPT, "the statistics of %s are damaged", f->path);
    return CX_OK;
}

int64_t delta_file_records(const delta_file *f)
{
    AUTO(arena) a = arena_new();
    return value_int(object_member(stats_text(a, f), "numRecords"), -1);
}
