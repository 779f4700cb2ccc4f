/* DROP FEATURE. A feature may go when nothing in the table uses it any more. One that readers must
 * know may be in use in older versions, too: a client that only looks at the newest protocol could
 * clean up or checkpoint the log in between and get those wrong. So such a feature goes when no
 * version that can still be read uses it. The history is never cut for it, TRUNCATE HISTORY or not:
 * the log's own clean-up does that when its time has come. */
#include "lake/engine/ddl/alter.h"

static cx_code refuse_feature(cx *c, const char *condition, const char *name, const char *why)
{
    return cx_fail_as(c, CX_INVALID, condition, "0AKDE", "Cannot drop the table feature %s: %s.",
                      name, why);
}

static cx_code nonremovable(cx *c, const char *name, const char *why)
{
    return cx_fail_as(c, CX_UNSUPPORTED, "DELTA_FEATURE_DROP_NONREMOVABLE_FEATURE", "0AKDC",
                      "Cannot drop the table feature %s: %s.", name, why);
}

/* ---- what must be gone first --------------------------------------------------------- */

static cx_code no_checks(cx *c, edit *e)
{
    const char *key, *names = NULL;
    const json *value;
    json_object_foreach (e->configuration, key, value)
        if (text_starts(key, "delta.constraints."))
            names = names ? cx_fmt(c, "%s, %s", names, key + 18) : key + 18;
    if (!names)
        return CX_OK;
    return cx_fail_as(c, CX_INVALID, "DELTA_CANNOT_DROP_CHECK_CONSTRAINT_FEATURE", "0AKDE",
                      "Cannot drop the table feature checkConstraints. The following constraints "
                      "must be dropped first: %s.",
                      names);
}

static cx_code no_defaults(cx *c, edit *e)
{
    json *field;
    size_t i;
    (void)c;
    json_array_foreach (json_get(e->schema, "fields"), i, field)
        json_object_del(json_get(field, "metadata"), "CURRENT_DEFAULT");
    return CX_OK;
}

static cx_code no_mark(cx *c, edit *e, const char *mark, const char *name, const char *what)
{
    const json *field;
    size_t i;
    json_array_foreach (json_get(e->schema, "fields"), i, field)
        if (json_get(json_get(field, "metadata"), mark))
            return refuse_feature(
                c, "DELTA_FEATURE_DROP_DEPENDENT_FEATURE", name,
                cx_fmt(c, "the column %s is %s", json_get_str(field, "name", ""), what));
    return CX_OK;
}

static cx_code no_generated(cx *c, edit *e)
{
    return no_mark(c, e, "delta.generationExpression", "generatedColumns", "a generated column");
}

static cx_code no_identity(cx *c, edit *e)
{
    return no_mark(c, e, "delta.identity.step", "identityColumns", "an identity column");
}

static cx_code no_vectors(cx *c, edit *e)
{
    json_object_del(e->configuration, "delta.enableDeletionVectors");
    for (size_t i = 0; i < delta_file_count(e->t->snapshot); i++)
        if (delta_file_at(e->t->snapshot, i)->dv)
            return refuse_feature(c, "DELTA_FEATURE_DROP_CONFLICT_REVALIDATION_FAIL",
                                  "deletionVectors",
                                  "files have deletion vectors; REORG TABLE … APPLY (PURGE) first");
    return CX_OK;
}

static bool has_changes(const json *type)
{
    const json *field;
    size_t i;
    if (!json_is_object(type))
        return false;
    json_array_foreach (json_get(type, "fields"), i, field)
        if (json_get(json_get(field, "metadata"), "delta.typeChanges") ||
            has_changes(json_get(field, "type")))
            return true;
    return has_changes(json_get(type, "elementType")) || has_changes(json_get(type, "keyType")) ||
           has_changes(json_get(type, "valueType"));
}

static cx_code no_widening(cx *c, edit *e)
{
    json_object_del(e->configuration, "delta.enableTypeWidening");
    if (has_changes(e->schema) && delta_file_count(e->t->snapshot) > 0)
        return nonremovable(c, "typeWidening",
                            "columns have had their type changed, and files may have the old one");
    return CX_OK;
}

static cx_code classic_checkpoints(cx *c, edit *e)
{
    (void)c;
    json_object_del(e->configuration, "delta.checkpointPolicy");
    return CX_OK;
}

static cx_code no_feed(cx *c, edit *e)
{
    (void)c;
    json_object_del(e->configuration, "delta.enableChangeDataFeed");
    return CX_OK;
}

static cx_code no_append_only(cx *c, edit *e)
{
    (void)c;
    json_object_del(e->configuration, "delta.appendOnly");
    return CX_OK;
}

static cx_code no_clustering(cx *c, edit *e)
{
    AUTO(json) old = eng_clustered_by(c, e->t->snapshot);
    if (json_array_size(old))
        return refuse_feature(c, "DELTA_FEATURE_DROP_DEPENDENT_FEATURE", "clustering",
                              "the table is clustered; ALTER TABLE … CLUSTER BY NONE first");
    if (old)
        json_array_append_new(e->actions,
                              json_pack("{s:{s:s, s:s, s:b}}", "domainMetadata", "domain",
                                        "delta.clustering", "configuration", "", "removed", 1));
    return CX_OK;
}

static cx_code no_domains(cx *c, edit *e)
{
    const delta_protocol *p = delta_protocol_of(e->t->snapshot);
    if (eng_protocol_has(p, "clustering") || eng_protocol_has(p, "rowTracking"))
        return refuse_feature(c, "DELTA_FEATURE_DROP_DEPENDENT_FEATURE", "domainMetadata",
                              "clustering or rowTracking needs it; drop those first");
    if (json_array_size(delta_domains(e->t->snapshot)))
        return refuse_feature(c, "DELTA_FEATURE_DROP_DEPENDENT_FEATURE", "domainMetadata",
                              "the log has metadata of domains");
    return CX_OK;
}

static cx_code nothing_first(cx *c, edit *e)
{
    (void)c, (void)e;
    return CX_OK;
}

static const struct {
    const char *name;
    edit_step before;
} removable[] = {
    {"checkConstraints", no_checks},       {"allowColumnDefaults", no_defaults},
    {"generatedColumns", no_generated},    {"identityColumns", no_identity},
    {"changeDataFeed", no_feed},           {"appendOnly", no_append_only},
    {"clustering", no_clustering},         {"domainMetadata", no_domains},
    {"deletionVectors", no_vectors},       {"typeWidening", no_widening},
    {"v2Checkpoint", classic_checkpoints}, {"vacuumProtocolCheck", nothing_first},
};

/* ---- history ------------------------------------------------------------------------- */

enum { MOST_VERSIONS = 2000 };

/* A version uses the feature, or its files do. */
static bool uses(const delta_snapshot *s, const char *name)
{
    if (strcmp(name, "deletionVectors") == 0) {
        for (size_t i = 0; i < delta_file_count(s); i++)
            if (delta_file_at(s, i)->dv)
                return true;
        return text_same_nocase(delta_property(s, "delta.enableDeletionVectors"), "true");
    }
    if (strcmp(name, "typeWidening") == 0)
        return has_changes(delta_schema(s)) ||
               text_same_nocase(delta_property(s, "delta.enableTypeWidening"), "true");
    if (strcmp(name, "v2Checkpoint") == 0)
        return text_same_nocase(delta_property(s, "delta.checkpointPolicy"), "v2");
    return false;
}

static cx_code still_used(cx *c, const char *name, int64_t version)
{
    (void)refuse_feature(
        c, "DELTA_FEATURE_DROP_HISTORICAL_VERSIONS_EXIST", name,
        cx_fmt(c, "readers must know it, and version %lld, which can still be read, uses it",
               (long long)version));
    return cx_hint(c, "Switch its table property off, and say it again when "
                      "delta.logRetentionDuration has passed and the log was cleaned up.");
}

static cx_code check_history(cx *c, const edit *e, const char *name)
{
    delta_history_row *rows = NULL;
    size_t n = 0;
    AUTO(json) holder = NULL;
    TRY(delta_history(c, e->t->table, 0, &rows, &n, &holder));
    if (n > MOST_VERSIONS)
        return still_used(c, name, rows[n - 1].version);
    for (size_t i = 0; i < n; i++) {
        AUTO(delta_snapshot) s = NULL;
        const delta_at at = {.version = rows[i].version, .timestamp_us = -1};
        TRY(cx_alive(c));
        if (rows[i].version != delta_version(e->t->snapshot))
            TRY(delta_snapshot_load(c, e->t->table, at, &s));
        if (uses(s ? s : e->t->snapshot, name))
            return still_used(c, name, rows[i].version);
    }
    return CX_OK;
}

cx_code eng_drop_feature(cx *c, edit *e)
{
    const delta_protocol *p = delta_protocol_of(e->t->snapshot);
    const char *name = eng_feature_name(e->q->key);
    edit_step before = NULL;
    if (!name)
        return cx_fail_as(c, CX_INVALID, "DELTA_FEATURE_DROP_UNSUPPORTED_CLIENT_FEATURE", "0AKDC",
                          "Cannot drop %s because this program does not know such a table feature.",
                          e->q->key);
    if (!eng_protocol_has(p, name))
        return refuse_feature(c, "DELTA_FEATURE_DROP_FEATURE_NOT_PRESENT", name,
                              "it is not in the table's protocol");
    for (size_t i = 0; i < CX_COUNT(removable); i++)
        if (strcmp(removable[i].name, name) == 0)
            before = removable[i].before;
    if (!before)
        return nonremovable(c, name,
                            strcmp(name, "columnMapping") == 0
                                ? "the files would have to be written anew with other names"
                                : "this program cannot take it out of a table");
    TRY(before(c, e));
    if (eng_feature_for_readers(name))
        TRY(check_history(c, e, name));
    e->protocol = eng_protocol_without(p, name);
    e->exclusive = true;
    e->operation = "DROP FEATURE";
    json_object_set_new(e->parameters, "featureName", json_string(name));
    json_object_set_new(e->parameters, "truncateHistory", json_boolean(e->q->what != NULL));
    return CX_OK;
}
