/* TBLPROPERTIES. Keys that begin with "delta." are Delta's: an unknown one is a misspelling, and a
 * value that cannot be read would be ignored silently later, so both are refused here. All other
 * keys are the user's. spec: delta "Table Properties" */
#include "lake/engine/ddl/properties.h"

#include "lake/engine/ddl/features.h"

typedef enum { BOOLEAN, NUMBER, INTERVAL, SIZE, CHOICE, ANY, OURS, REFUSED } value_kind;

typedef struct {
    const char *key;
    value_kind kind;
    int64_t least;       /* NUMBER */
    const char *choices; /* CHOICE: "a|b" */
} known;

static const known all[] = {
    {"delta.appendOnly", BOOLEAN, 0, NULL},
    {"delta.autoOptimize", BOOLEAN, 0, NULL},
    {"delta.autoOptimize.autoCompact", CHOICE, 0, "true|false|auto|legacy"},
    {"delta.autoOptimize.optimizeWrite", BOOLEAN, 0, NULL},
    {"delta.checkpoint.writeStatsAsJson", BOOLEAN, 0, NULL},
    {"delta.checkpoint.writeStatsAsStruct", BOOLEAN, 0, NULL},
    {"delta.checkpointInterval", NUMBER, 1, NULL},
    {"delta.checkpointPolicy", CHOICE, 0, "classic|v2"},
    {"delta.checkpointRetentionDuration", INTERVAL, 0, NULL},
    {"delta.columnMapping.mode", CHOICE, 0, "none|name|id"},
    {"delta.columnMapping.maxColumnId", OURS, 0, NULL},
    {"delta.compatibility.symlinkFormatManifest.enabled", REFUSED, 0, NULL},
    {"delta.dataSkippingNumIndexedCols", NUMBER, -1, NULL},
    {"delta.dataSkippingStatsColumns", ANY, 0, NULL},
    {"delta.deletedFileRetentionDuration", INTERVAL, 0, NULL},
    {"delta.dropFeatureTruncateHistory.retentionDuration", INTERVAL, 0, NULL},
    {"delta.enableChangeDataFeed", BOOLEAN, 0, NULL},
    {"delta.enableDeletionVectors", BOOLEAN, 0, NULL},
    {"delta.enableExpiredLogCleanup", BOOLEAN, 0, NULL},
    {"delta.enableFullRetentionRollback", BOOLEAN, 0, NULL},
    {"delta.enableIcebergCompatV1", REFUSED, 0, NULL},
    {"delta.enableIcebergCompatV2", REFUSED, 0, NULL},
    {"delta.enableIcebergCompatV3", REFUSED, 0, NULL},
    {"delta.enableInCommitTimestamps", BOOLEAN, 0, NULL},
    {"delta.enableRowTracking", BOOLEAN, 0, NULL},
    {"delta.enableTypeWidening", BOOLEAN, 0, NULL},
    {"delta.enableVariantShredding", REFUSED, 0, NULL},
    {"delta.inCommitTimestampEnablementTimestamp", OURS, 0, NULL},
    {"delta.inCommitTimestampEnablementVersion", OURS, 0, NULL},
    {"delta.isolationLevel", CHOICE, 0, "Serializable|WriteSerializable"},
    {"delta.logRetentionDuration", INTERVAL, 0, NULL},
    {"delta.parquet.compression.codec", CHOICE, 0,
     "uncompressed|none|snappy|gzip|lz4|lz4_raw|zstd|brotli"},
    {"delta.parquet.format.version", ANY, 0, NULL},
    {"delta.randomizeFilePrefixes", BOOLEAN, 0, NULL},
    {"delta.randomPrefixLength", NUMBER, 1, NULL},
    {"delta.rowTracking.materializedRowCommitVersionColumnName", OURS, 0, NULL},
    {"delta.rowTracking.materializedRowIdColumnName", OURS, 0, NULL},
    {"delta.rowTrackingSuspended", BOOLEAN, 0, NULL},
    {"delta.sampleRetentionDuration", INTERVAL, 0, NULL},
    {"delta.setTransactionRetentionDuration", INTERVAL, 0, NULL},
    {"delta.targetFileSize", SIZE, 0, NULL},
    {"delta.tuneFileSizesForRewrites", BOOLEAN, 0, NULL},
    {"delta.universalFormat.enabledFormats", REFUSED, 0, NULL},
};

static const known *find(const char *key)
{
    for (size_t i = 0; i < CX_COUNT(all); i++)
        if (text_same_nocase(all[i].key, key))
            return &all[i];
    return NULL;
}

void eng_asked_clear(eng_asked *a)
{
    json_decref(a->kept);
    json_decref(a->features);
    *a = (eng_asked){0};
}

bool eng_property_own(const char *key)
{
    const known *k = find(key);
    return k && k->kind == OURS;
}

/* ---- values ---------------------------------------------------------------------------------- */

static bool is_number(const char *text, int64_t least)
{
    char *end;
    const long long value = strtoll(text, &end, 10);
    return *text && !*end && value >= least && value <= INT32_MAX;
}

static bool is_choice(const char *choices, const char *text)
{
    for (const char *p = choices; *p;) {
        const size_t n = strcspn(p, "|");
        if (strlen(text) == n && strncasecmp(p, text, n) == 0)
            return true;
        p += n + (p[n] == '|');
    }
    return false;
}

static bool unit(const char *word, size_t n)
{
    static const char *const units[] = {"week",   "day",         "hour",        "minute",
                                        "second", "millisecond", "microsecond", NULL};
    for (size_t i = 0; units[i]; i++) {
        const size_t m = strlen(units[i]);
        if ((n == m || (n == m + 1 && (word[m] | 32) == 's')) &&
            strncasecmp(word, units[i], m) == 0)
            return true;
    }
    return false;
}

/* "interval 1 week", "interval 1 day 12 hours", "30 days". Months and years have no fixed length.
 */
static bool is_interval(const char *text)
{
    int pairs = 0;
    const char *p = text + strspn(text, " ");
    if (strncasecmp(p, "interval", 8) == 0)
        p += 8;
    for (;; pairs++) {
        p += strspn(p, " ");
        if (!*p)
            return pairs > 0;
        const size_t digits = strspn(p, "0123456789");
        if (!digits || digits > 9)
            return false;
        p += digits;
        p += strspn(p, " ");
        const size_t letters = strcspn(p, " ");
        if (!unit(p, letters))
            return false;
        p += letters;
    }
}

/* "134217728", "128mb", "1 GB" */
static bool is_size(const char *text)
{
    const size_t digits = strspn(text, "0123456789");
    const char *p = text + digits + strspn(text + digits, " ");
    return digits && digits < 16 && (!*p || is_choice("b|kb|mb|gb|k|m|g", p));
}

static const char *wish(cx *c, const known *k)
{
    switch (k->kind) {
    case BOOLEAN: return "true or false";
    case NUMBER: return cx_fmt(c, "a whole number of at least %lld", (long long)k->least);
    case INTERVAL: return "an interval in weeks, days, hours or less, such as 'interval 7 days'";
    case SIZE: return "a size, such as '128mb'";
    default: return cx_fmt(c, "one of %s", k->choices);
    }
}

static bool fits(const known *k, const char *value)
{
    switch (k->kind) {
    case BOOLEAN: return is_choice("true|false", value);
    case NUMBER: return is_number(value, k->least);
    case INTERVAL: return is_interval(value);
    case SIZE: return is_size(value);
    case CHOICE: return is_choice(k->choices, value);
    default: return true;
    }
}

/* As the protocol spells it: other programs compare with case. */
static const char *spelled(cx *c, const known *k, const char *value)
{
    char *lower = cx_dup(c, value);
    text_lower(lower);
    if (k->kind == BOOLEAN)
        return lower;
    for (const char *p = k->kind == CHOICE ? k->choices : ""; *p;) {
        const size_t n = strcspn(p, "|");
        if (strlen(value) == n && strncasecmp(p, value, n) == 0)
            return cx_dupn(c, p, n);
        p += n + (p[n] == '|');
    }
    return value;
}

static cx_code check_value(cx *c, const known *k, const char *value)
{
    if (k->kind == REFUSED && !is_choice("false|none", value) && *value)
        return eng_unsupported(c, "the table property %s", k->key);
    if (fits(k, value))
        return CX_OK;
    if (strcmp(k->key, "delta.columnMapping.mode") == 0)
        return cx_fail_as(c, CX_INVALID, "DELTA_INVALID_COLUMN_MAPPING_MODE", "42K0B",
                          "The column mapping mode '%s' is not one of none, id, name.", value);
    return cx_fail_as(c, CX_INVALID, "INVALID_PARAMETER_VALUE", "22023",
                      "The table property %s cannot be '%s': it is %s.", k->key, value, wish(c, k));
}

/* ---- keys ------------------------------------------------------------------------------------ */

static cx_code unknown_key(cx *c, const char *key)
{
    (void)cx_fail_as(c, CX_INVALID, "DELTA_UNKNOWN_CONFIGURATION", "F0000",
                     "The table property %s is not known: keys that begin with \"delta.\" are "
                     "Delta's own.",
                     key);
    return cx_hint(c, "Check the spelling; a property of your own wants another prefix.");
}

cx_code eng_property_key(cx *c, const char *key, const char **out)
{
    const known *k = find(key);
    *out = key;
    if (text_same_nocase(key, "location"))
        return cx_fail_as(c, CX_INVALID, "DELTA_CANNOT_CHANGE_LOCATION", "42601",
                          "'location' is no table property; use ALTER TABLE … SET LOCATION.");
    if (text_same_nocase(key, "provider"))
        return cx_fail_as(c, CX_INVALID, "DELTA_CANNOT_CHANGE_PROVIDER", "42939",
                          "'provider' is no table property and cannot be altered.");
    if (strncasecmp(key, "delta.", 6) != 0)
        return CX_OK;
    if (strncasecmp(key, "delta.constraints.", 18) == 0 ||
        strncasecmp(key, "delta.feature.", 14) == 0 ||
        text_same_nocase(key, "delta.minReaderVersion") ||
        text_same_nocase(key, "delta.minWriterVersion") ||
        text_same_nocase(key, "delta.ignoreProtocolDefaults"))
        return CX_OK;
    if (!k)
        return unknown_key(c, key);
    if (k->kind == OURS)
        return cx_fail_as(c, CX_INVALID, "DELTA_CANNOT_MODIFY_TABLE_PROPERTY", "42939",
                          "The table property %s is kept by Delta and cannot be set.", k->key);
    *out = k->key;
    return CX_OK;
}

static cx_code ask_feature(cx *c, const char *name, const char *value, eng_asked *out)
{
    const char *known_name = eng_feature_name(name);
    if (!known_name)
        return cx_fail_as(c, CX_INVALID, "DELTA_UNSUPPORTED_FEATURES_IN_CONFIG", "56038",
                          "delta.feature.%s names a table feature that this program does not know.",
                          name);
    if (!is_choice("supported|enabled", value))
        return cx_fail_as(c, CX_INVALID, "DELTA_UNSUPPORTED_FEATURE_STATUS", "0AKDE",
                          "The status of the table feature %s can be \"supported\", not \"%s\".",
                          name, value);
    eng_add_name(out->features, known_name);
    return CX_OK;
}

static cx_code ask_version(cx *c, const char *key, const char *value, int *out)
{
    if (!is_number(value, 1))
        return cx_fail_as(c, CX_INVALID, "DELTA_INVALID_PROTOCOL_VERSION", "KD004",
                          "The table property %s cannot be '%s'.", key, value);
    *out = (int)strtol(value, NULL, 10);
    return CX_OK;
}

static cx_code one(cx *c, const sql_pair *p, eng_asked *out)
{
    const char *key, *value = p->value ? p->value : "";
    TRY(eng_property_key(c, p->key, &key));
    if (strncasecmp(key, "delta.feature.", 14) == 0)
        return ask_feature(c, key + 14, value, out);
    if (text_same_nocase(key, "delta.minReaderVersion"))
        return ask_version(c, key, value, &out->min_reader);
    if (text_same_nocase(key, "delta.minWriterVersion"))
        return ask_version(c, key, value, &out->min_writer);
    if (text_same_nocase(key, "delta.ignoreProtocolDefaults"))
        return CX_OK;
    if (find(key)) {
        TRY(check_value(c, find(key), value));
        value = spelled(c, find(key), value);
    }
    json_object_set_new(out->kept, key, json_string(value));
    return CX_OK;
}

cx_code eng_properties(cx *c, const sql_pair *pairs, size_t n, eng_asked *out)
{
    AUTO_CLEAR(eng_asked) a = {.kept = json_object(), .features = json_array()};
    for (size_t i = 0; i < n; i++)
        TRY(one(c, &pairs[i], &a));
    *out = a;
    a = (eng_asked){0};
    return CX_OK;
}
