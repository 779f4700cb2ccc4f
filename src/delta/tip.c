#include "delta/tip.h"

#include "delta/delta_int.h"
#include "delta/protocol.h"

#define ROW_DOMAIN "delta.rowTracking"

void tip_forget(table_tip *tip)
{
    json_decref(tip->protocol);
    json_decref(tip->metadata);
    json_decref(tip->txns);
    json_decref(tip->domains);
    *tip = (table_tip){.version = -1, .rules = {.serializable = true, .checkpoint_interval = 10}};
}

void tip_empty(table_tip *tip)
{
    tip_forget(tip);
    tip->txns = json_object();
    tip->domains = json_object();
    tip->counted = true;
}

/* ---- what protocol and metadata mean ------------------------------------------------ */

static bool is_true(const delta_snapshot *s, const char *key)
{
    return text_same_nocase(delta_property(s, key), "true");
}

static table_rules rules_of(const delta_snapshot *s)
{
    cx own;
    cx_init(&own);
    const delta_protocol *p = &s->protocol;
    const bool tracked = protocol_has(p, "rowTracking");
    const char *isolation = delta_property(s, "delta.isolationLevel");
    const table_rules rules = {
        .in_commit_times =
            protocol_has(p, "inCommitTimestamp") && is_true(s, "delta.enableInCommitTimestamps"),
        .append_only = protocol_has(p, "appendOnly") && is_true(s, "delta.appendOnly"),
        .serializable = !text_same_nocase(isolation, "WriteSerializable"),
        .row_ids = tracked && !is_true(s, "delta.rowTrackingSuspended"),
        .row_ids_enabled = tracked && is_true(s, "delta.enableRowTracking"),
        .checkpoint_interval = checkpoint_interval(json_get(s->metadata, "configuration")),
        .writable = delta_check_writable(&own, s),
    };
    cx_clear(&own);
    return rules;
}

/* As if the two actions were a snapshot: so the rules stand in one place. */
cx_code rules_read(cx *c, const json *protocol, json *metadata, const char *root, table_rules *out)
{
    delta_snapshot light = {.metadata = metadata};
    if (!protocol || !metadata)
        return cx_fail(c, CX_INVALID, "the first version of %s has no protocol or no metadata",
                       root);
    TRY(protocol_parse(c, c->arena, protocol, root, &light.protocol));
    *out = rules_of(&light);
    return CX_OK;
}

/* ---- from a snapshot ------------------------------------------------------------------ */

static json *by_name(const json *list, const char *member)
{
    json *out = json_object();
    for (size_t i = 0; i < json_array_size(list); i++) {
        json *j = json_array_get(list, i);
        const char *name = json_get_str(j, member, NULL);
        if (name)
            json_object_set(out, name, j);
    }
    return out;
}

void tip_note(table_tip *tip, const delta_snapshot *s)
{
    if (s->version < tip->version || (s->version == tip->version && tip->counted))
        return;
    tip_forget(tip);
    tip->version = s->version;
    tip->timestamp_ms = s->timestamp_ms;
    tip->protocol = json_incref(s->protocol_action);
    tip->metadata = json_incref(s->metadata);
    tip->txns = by_name(s->txns, "appId");
    tip->domains = by_name(s->domains, "domain");
    tip->counted = true;
    tip->file_count = (int64_t)delta_file_count(s);
    tip->size_bytes = delta_size_bytes(s);
    tip->rules = rules_of(s);
}

/* ---- from commits ----------------------------------------------------------------------- */

static void take(json **slot, json *value)
{
    if (!value)
        return;
    json_decref(*slot);
    *slot = json_incref(value);
}

static void merge_domains(json *into, const json *from)
{
    const char *name;
    json *value;
    json_object_foreach ((json *)from, name, value) {
        if (json_get_bool(value, "removed", false))
            json_object_del(into, name);
        else
            json_object_set(into, name, value);
    }
}

static void count(table_tip *tip, const footprint *touched)
{
    tip->counted = tip->counted && !touched->uncounted;
    tip->file_count += touched->added - touched->removed_count;
    if (__builtin_add_overflow(tip->size_bytes, touched->added_bytes, &tip->size_bytes))
        tip->counted = false;
    tip->size_bytes -= touched->removed_bytes;
    if (tip->file_count < 0 || tip->size_bytes < 0)
        tip->counted = false;
}

void tip_apply(table_tip *tip, const char *root, int64_t version, int64_t timestamp_ms,
               const footprint *touched)
{
    cx own;
    if (version != tip->version + 1 || !tip->txns)
        return;
    tip->version = version;
    tip->timestamp_ms = timestamp_ms;
    json_object_update(tip->txns, touched->apps);
    merge_domains(tip->domains, touched->domains);
    count(tip, touched);
    if (!touched->metadata && !touched->protocol)
        return;
    take(&tip->metadata, touched->metadata);
    take(&tip->protocol, touched->protocol);
    cx_init(&own);
    if (rules_read(&own, tip->protocol, tip->metadata, root, &tip->rules) != CX_OK)
        tip_forget(tip);
    cx_clear(&own);
}

int64_t tip_row_mark(const table_tip *tip)
{
    const char *text =
        json_get_str(json_object_get(tip->domains, ROW_DOMAIN), "configuration", NULL);
    AUTO(json) config = text ? json_loads(text, 0, NULL) : NULL;
    return json_get_int(config, "rowIdHighWaterMark", -1);
}
