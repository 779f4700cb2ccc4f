/* The rows of a checkpoint: the state of a version, action by action. */
#include "delta/action.h"
#include "delta/checkpoint.h"

static bool property_is(const delta_snapshot *s, const char *key, const char *value)
{
    return text_same_nocase(delta_property(s, key), value);
}

cx_code rows_begin(cx *c, const delta_snapshot *s, checkpoint_rows *out)
{
    checkpoint_rows r = {
        .s = s,
        .as_text = !property_is(s, "delta.checkpoint.writeStatsAsJson", "false"),
        .as_struct = property_is(s, "delta.checkpoint.writeStatsAsStruct", "true"),
        .kept_from_ms =
            cx_now_ms(c) - property_ms(s, "delta.deletedFileRetentionDuration", WEEK_MS),
    };
    if (r.as_struct)
        TRY(parsed_types(c, s, &r.stats, &r.partition_values));
    *out = r;
    return CX_OK;
}

void checkpoint_rows_clear(checkpoint_rows *r)
{
    json_decref(r->stats);
    json_decref(r->partition_values);
}

/* ---- the state -------------------------------------------------------------------- */

static void add_json(checkpoint_rows *r, buf *b, const char *kind, const json *body)
{
    AUTO_FREE char *text = json_text(body);
    buf_addf(b, "{\"%s\":", kind);
    buf_adds(b, text);
    buf_adds(b, "}\n");
    r->count++;
}

void rows_of_state(cx *c, checkpoint_rows *r, buf *out)
{
    const delta_snapshot *s = r->s;
    const json *configuration = json_get(s->metadata, "configuration");
    add_json(r, out, "protocol", s->protocol_action);
    add_json(r, out, "metaData", s->metadata);
    for (size_t i = 0; i < json_array_size(s->txns); i++)
        if (!txn_expired(c, configuration, json_array_get(s->txns, i)))
            add_json(r, out, "txn", json_array_get(s->txns, i));
    for (size_t i = 0; i < json_array_size(s->domains); i++)
        add_json(r, out, "domainMetadata", json_array_get(s->domains, i));
}

/* ---- files -------------------------------------------------------------------------- */

enum { DOUBLE_DIGITS = 15 };

static size_t text_length(const char *p, const char *end)
{
    const char *start = p++;
    while (p < end && *p != '"')
        p += *p == '\\' ? 2 : 1;
    return (size_t)((p < end ? p + 1 : end) - start);
}

/* JSON as it is, but for numbers that a reader who takes them for doubles would spoil: a decimal's
 * bound becomes text, or the bound would no longer bound. */
static void add_exact(str json_value, buf *out)
{
    const char *p = json_value.data, *end = p + json_value.length;
    while (p < end) {
        const bool number = *p == '-' || (*p >= '0' && *p <= '9');
        size_t n = *p == '"' ? text_length(p, end) : 1;
        if (number)
            n = strspn(p, "+-.0123456789eE");
        const bool quote = number && n > DOUBLE_DIGITS;
        if (quote)
            buf_addc(out, '"');
        buf_add(out, p, n);
        if (quote)
            buf_addc(out, '"');
        p += n;
    }
}

/* What was text in the log, once more as the object that it holds. */
static void add_parsed_stats(arena *mem, str add, buf *out)
{
    char *text;
    str value;
    if (!value_text(mem, object_member(add, "stats"), &text))
        return;
    scan whole = SCAN(STR(text));
    if (!scan_value(&whole, &value) || !scan_done(&whole) || value.data[0] != '{')
        return; /* damaged ones are as good as none */
    buf_adds(out, "\"stats_parsed\":");
    add_exact(value, out);
    buf_addc(out, ',');
}

static void add_parsed_values(str add, buf *out)
{
    const str values = object_member(add, "partitionValues");
    if (!values.data || values.data[0] != '{')
        return;
    buf_adds(out, "\"partitionValues_parsed\":");
    buf_add(out, values.data, values.length);
    buf_addc(out, ',');
}

static void add_file(checkpoint_rows *r, const delta_file *f, buf *made, buf *out)
{
    static const char *const all[] = {"dataChange", "partitionValues_parsed", "stats_parsed",
                                      "stats", NULL},
                             *const but_text[] = {"dataChange", "partitionValues_parsed",
                                                  "stats_parsed", NULL},
                             *const plain[] = {"dataChange", NULL};
    AUTO(arena) mem = arena_new();
    const str add = file_text(f, made);
    buf_adds(out, "{\"add\":{");
    /* Without the struct, what came as one stays: it is the only form that there is. */
    buf_add_members(out, add, !r->as_text ? all : r->as_struct ? but_text : plain);
    if (r->as_struct && object_member(add, "stats").data)
        add_parsed_stats(mem, add, out);
    if (r->partition_values)
        add_parsed_values(add, out);
    buf_adds(out, "\"dataChange\":false}}\n");
    r->count++;
    r->adds++;
}

static void add_tombstone(checkpoint_rows *r, str body, buf *out)
{
    static const char *const without[] = {"dataChange", "stats", "stats_parsed", "tags", NULL};
    if (value_int(object_member(body, "deletionTimestamp"), 0) < r->kept_from_ms)
        return;
    buf_adds(out, "{\"remove\":{");
    buf_add_members(out, body, without);
    buf_adds(out, "\"dataChange\":false}}\n");
    r->count++;
}

size_t rows_left(const checkpoint_rows *r)
{
    return r->s->tombstone_count + r->s->file_count - r->next;
}

cx_code rows_of_files(cx *c, checkpoint_rows *r, size_t most, buf *out)
{
    const delta_snapshot *s = r->s;
    const int64_t full = r->count + (int64_t)most;
    AUTO_CLEAR(buf) made = BUF(BUF_ANY);
    for (; r->count < full && rows_left(r); r->next++) {
        if ((r->next & 4095) == 0)
            TRY(cx_alive(c));
        if (r->next < s->tombstone_count)
            add_tombstone(r, s->tombstones[r->next], out);
        else
            add_file(r, &s->files[r->next - s->tombstone_count], &made, out);
    }
    return CX_OK;
}
