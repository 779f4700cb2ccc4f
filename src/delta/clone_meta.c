/* What a clone's table says about itself. spec: delta sheet §19 */
#include "delta/clone.h"
#include "delta/protocol.h"

#include "base/hash.h"

#include <inttypes.h>

/* Inputs of a command, or the source's own business: not part of a clone's configuration. */
static bool not_copied(const char *key)
{
    static const char *const prefixes[] = {
        "delta.feature.",
        "delta.coordinatedCommits.",
        "delta.inCommitTimestampEnablement",
        "delta.rowTracking.materialized",
    };
    static const char *const names[] = {"delta.minReaderVersion", "delta.minWriterVersion",
                                        "delta.ignoreProtocolDefaults", "io.unitycatalog.tableId",
                                        "ucTableId"};
    for (size_t i = 0; i < CX_COUNT(prefixes); i++)
        if (text_starts(key, prefixes[i]))
            return true;
    for (size_t i = 0; i < CX_COUNT(names); i++)
        if (!strcmp(key, names[i]))
            return true;
    return false;
}

static cx_code check_override(cx *c, const clone_plan *p, const char *key, const char *value)
{
    if (strcmp(key, "delta.columnMapping.mode") != 0)
        return CX_OK;
    const char *mode = delta_property(p->source, key);
    if (text_same_nocase(mode ? mode : "none", value))
        return CX_OK;
    return cx_fail_as(c, CX_INVALID, "DELTA_UNSUPPORTED_COLUMN_MAPPING_MODE_CHANGE", "0AKDC",
                      "a clone cannot change delta.columnMapping.mode from %s to %s",
                      mode ? mode : "none", value);
}

static void put(json *map, const char *key, const char *value)
{
    json_object_set_new(map, key, json_str_or_null(value));
}

/* The columns that would hold row ids get new names by the commit: ids are given anew.
 * In-commit times are a promise about all versions of a table from one on: an existing target keeps
 * its own way, a new one may begin with them. */
static void settle_commit_times(const clone_plan *p, json *config)
{
    static const char *const keys[] = {"delta.enableInCommitTimestamps",
                                       "delta.inCommitTimestampEnablementVersion",
                                       "delta.inCommitTimestampEnablementTimestamp"};
    if (!p->before)
        return;
    for (size_t i = 0; i < CX_COUNT(keys); i++) {
        const char *value = delta_property(p->before, keys[i]);
        json_object_del(config, keys[i]);
        if (value)
            put(config, keys[i], value);
    }
}

static cx_code configuration(cx *c, const clone_plan *p, json *config)
{
    const char *key;
    json *value;
    json_object_foreach (json_get(p->source->metadata, "configuration"), key, value) {
        if (!not_copied(key))
            json_object_set(config, key, value);
    }
    json_object_foreach ((json *)p->options->properties, key, value) {
        const char *text = json_string_value(value);
        if (text)
            TRY(check_override(c, p, key, text));
        if (text && !not_copied(key))
            put(config, key, text);
    }
    settle_commit_times(p, config);
    return CX_OK;
}

static cx_code metadata(cx *c, const clone_plan *p, json **out)
{
    char id[UUID_TEXT];
    AUTO(json) m = json_deep_copy(p->source->metadata);
    AUTO(json) config = json_object();
    uuid_random(id);
    json_object_set_new(m, "id", json_string(p->before ? delta_table_id(p->before) : id));
    static const char *const own[] = {"name", "description"};
    for (size_t i = 0; i < CX_COUNT(own); i++) {
        json *value = p->before ? json_get(p->before->metadata, own[i]) : NULL;
        if (value)
            json_object_set(m, own[i], value);
        else
            json_object_del(m, own[i]);
    }
    TRY(configuration(c, p, config));
    json_object_set(m, "configuration", config);
    *out = STEAL(m);
    return CX_OK;
}

/* ---- protocol --------------------------------------------------------------------- */

static const struct {
    const char *property, *value, *feature;
    int reader, writer; /* the least versions; (x, 7) = by the feature's name */
} needs[] = {
    {"delta.appendOnly", "true", NULL, 1, 2},
    {"delta.enableChangeDataFeed", "true", NULL, 1, 4},
    {"delta.enableDeletionVectors", "true", "deletionVectors", 3, 7},
    {"delta.enableTypeWidening", "true", "typeWidening", 3, 7},
    {"delta.enableInCommitTimestamps", "true", "inCommitTimestamp", 1, 7},
    {"delta.checkpointPolicy", "v2", "v2Checkpoint", 3, 7},
    {"delta.enableRowTracking", "true", "rowTracking", 1, 7},
    {"delta.enableRowTracking", "true", "domainMetadata", 1, 7},
};

/* Merges in what the properties ask for, one after the other. */
static cx_code required(cx *c, const json *properties, delta_protocol *p)
{
    for (size_t i = 0; i < CX_COUNT(needs); i++) {
        if (!text_same_nocase(json_get_str(properties, needs[i].property, NULL), needs[i].value))
            continue;
        const char *const names[] = {needs[i].feature, NULL}, *const none[] = {NULL};
        const delta_protocol more = {needs[i].reader, needs[i].writer,
                                     needs[i].reader == 3 ? names : none,
                                     needs[i].writer == 7 ? names : none};
        AUTO(json) merged = protocol_merge(p, &more);
        TRY(protocol_parse(c, c->arena, merged, "the clone", p));
    }
    return CX_OK;
}

static cx_code protocol(cx *c, const clone_plan *p, delta_protocol *out)
{
    AUTO(json)
    both = protocol_merge(&p->source->protocol,
                          p->before ? &p->before->protocol : &p->source->protocol);
    TRY(protocol_parse(c, c->arena, both, "the clone", out));
    return required(c, p->options->properties, out);
}

/* ---- domains ------------------------------------------------------------------------ */

static void add_line(buf *out, const char *kind, const json *body)
{
    AUTO_FREE char *text = json_text(body);
    buf_addf(out, "{\"%s\":", kind);
    buf_adds(out, text);
    buf_adds(out, "}\n");
}

static const json *domain(const delta_snapshot *s, const char *name)
{
    for (size_t i = 0; s && i < json_array_size(s->domains); i++)
        if (!strcmp(json_get_str(json_array_get(s->domains, i), "domain", ""), name))
            return json_array_get(s->domains, i);
    return NULL;
}

static void domain_lines(const clone_plan *p, buf *out)
{
    static const char clustering[] = "delta.clustering";
    const json *from = domain(p->source, clustering);
    if (from)
        add_line(out, "domainMetadata", from);
    for (size_t i = 0; p->before && i < json_array_size(p->before->domains); i++) {
        const json *old = json_array_get(p->before->domains, i);
        const char *name = json_get_str(old, "domain", "");
        if (!strcmp(name, "delta.rowTracking") || (from && !strcmp(name, clustering)))
            continue;
        AUTO(json) tomb = json_deep_copy(old);
        json_object_set_new(tomb, "removed", json_true());
        add_line(out, "domainMetadata", tomb);
    }
}

cx_code clone_meta_lines(cx *c, const clone_plan *p, buf *out)
{
    delta_protocol proto;
    AUTO(json) m = NULL;
    TRY(protocol(c, p, &proto));
    AUTO(json) body = protocol_merge(&proto, &proto);
    TRY(metadata(c, p, &m));
    add_line(out, "protocol", body);
    add_line(out, "metaData", m);
    domain_lines(p, out);
    return CX_OK;
}
