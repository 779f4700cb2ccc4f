/* The protocol that a table needs.
 *
 * No more is asked for than schema, properties and the statement need, and never less than before.
 * Features that a legacy version implies are asked for by that version while nothing else forces
 * lists; once one feature needs a list (writer 7), everything that the old version implied is
 * spelled out, since it could be in use. spec: delta "Versions and features", "Valid Feature Names"
 */
#include "lake/engine/ddl/features.h"

enum { NATIVE = 9 }; /* no legacy version implies it */

typedef struct {
    const char *name;
    bool reader;          /* readers must know it, too */
    int min_reader;       /* legacy versions that imply it */
    int min_writer;       /* … */
    const char *property; /* "true" wants it; NULL = see wanted() */
    const char *needs;    /* another feature */
    bool refused;         /* we could not keep what it promises */
} feature;

static const feature features[] = {
    {"appendOnly", false, 0, 2, NULL, NULL, false},
    {"invariants", false, 0, 2, NULL, NULL, false},
    {"checkConstraints", false, 0, 3, NULL, NULL, false},
    {"changeDataFeed", false, 0, 4, "delta.enableChangeDataFeed", NULL, false},
    {"generatedColumns", false, 0, 4, NULL, NULL, false},
    {"columnMapping", true, 2, 5, NULL, NULL, false},
    {"identityColumns", false, 0, 6, NULL, NULL, false},
    {"deletionVectors", true, NATIVE, NATIVE, "delta.enableDeletionVectors", NULL, false},
    {"timestampNtz", true, NATIVE, NATIVE, NULL, NULL, false},
    {"typeWidening", true, NATIVE, NATIVE, "delta.enableTypeWidening", NULL, false},
    {"v2Checkpoint", true, NATIVE, NATIVE, NULL, NULL, false},
    {"vacuumProtocolCheck", true, NATIVE, NATIVE, NULL, NULL, false},
    {"variantType", true, NATIVE, NATIVE, NULL, NULL, true},
    {"allowColumnDefaults", false, 0, NATIVE, NULL, NULL, false},
    {"inCommitTimestamp", false, 0, NATIVE, "delta.enableInCommitTimestamps", NULL, false},
    {"rowTracking", false, 0, NATIVE, "delta.enableRowTracking", "domainMetadata", false},
    {"clustering", false, 0, NATIVE, NULL, "domainMetadata", false},
    {"domainMetadata", false, 0, NATIVE, NULL, NULL, false},
    {"icebergCompatV1", false, 0, NATIVE, "delta.enableIcebergCompatV1", NULL, true},
    {"icebergCompatV2", false, 0, NATIVE, "delta.enableIcebergCompatV2", NULL, true},
    {"icebergCompatV3", false, 0, NATIVE, "delta.enableIcebergCompatV3", NULL, true},
    {"variantShredding", true, NATIVE, NATIVE, "delta.enableVariantShredding", NULL, true},
    {"catalogManaged", true, NATIVE, NATIVE, NULL, NULL, true},
    {"checkpointProtection", false, 0, NATIVE, NULL, NULL, true},
};
enum { FEATURES = CX_COUNT(features) };

static const feature *find(const char *name)
{
    for (size_t i = 0; i < FEATURES; i++)
        if (text_same_nocase(features[i].name, name))
            return &features[i];
    return NULL;
}

const char *eng_feature_name(const char *name)
{
    const feature *f = find(name);
    return f ? f->name : NULL;
}

bool eng_feature_for_readers(const char *name)
{
    const feature *f = find(name);
    return f && f->reader;
}

bool eng_property_on(const json *configuration, const char *key)
{
    return text_same_nocase(json_get_str(configuration, key, ""), "true");
}

bool eng_log_adds(const json *configuration)
{
    return eng_property_on(configuration, "delta.enableRowTracking") ||
           eng_property_on(configuration, "delta.enableInCommitTimestamps");
}

/* ---- what a table's schema and properties want ----------------------------------------------- */

static bool has_type(const json *type, const char *name)
{
    const json *field;
    size_t i;
    if (json_is_string(type))
        return strcmp(json_string_value(type), name) == 0;
    json_array_foreach (json_get(type, "fields"), i, field)
        if (has_type(json_get(field, "type"), name))
            return true;
    return type && json_is_object(type) &&
           (has_type(json_get(type, "elementType"), name) ||
            has_type(json_get(type, "keyType"), name) ||
            has_type(json_get(type, "valueType"), name));
}

/* Such members stand at columns of the table only. */
static bool has_mark(const json *schema, const char *member)
{
    const json *field;
    size_t i;
    json_array_foreach (json_get(schema, "fields"), i, field)
        if (json_get(json_get(field, "metadata"), member))
            return true;
    return false;
}

static bool has_checks(const json *configuration)
{
    const char *key;
    const json *value;
    json_object_foreach ((json *)configuration, key, value)
        if (text_starts(key, "delta.constraints."))
            return true;
    return false;
}

static bool wanted(const eng_needs *n, const feature *f)
{
    const json *k = n->configuration;
    if (f->property)
        return eng_property_on(k, f->property);
    if (strcmp(f->name, "appendOnly") == 0 || strcmp(f->name, "invariants") == 0)
        return true;
    if (strcmp(f->name, "checkConstraints") == 0)
        return has_checks(k);
    if (strcmp(f->name, "generatedColumns") == 0)
        return has_mark(n->schema, "delta.generationExpression");
    if (strcmp(f->name, "identityColumns") == 0)
        return has_mark(n->schema, "delta.identity.step");
    if (strcmp(f->name, "allowColumnDefaults") == 0)
        return has_mark(n->schema, "CURRENT_DEFAULT");
    if (strcmp(f->name, "columnMapping") == 0)
        return !text_same_nocase(json_get_str(k, "delta.columnMapping.mode", "none"), "none");
    if (strcmp(f->name, "timestampNtz") == 0)
        return has_type(n->schema, "timestamp_ntz");
    if (strcmp(f->name, "variantType") == 0)
        return has_type(n->schema, "variant");
    if (strcmp(f->name, "v2Checkpoint") == 0)
        return text_same_nocase(json_get_str(k, "delta.checkpointPolicy", ""), "v2");
    return strcmp(f->name, "clustering") == 0 && n->clustered;
}

static bool in_list(const json *names, const char *name)
{
    const json *known;
    size_t i;
    json_array_foreach (names, i, known)
        if (text_same_nocase(json_string_value(known), name))
            return true;
    return false;
}

/* What each feature is asked for by: 0 = not, 1 = the table, 2 = its name, which makes lists. */
static cx_code mark(cx *c, const eng_needs *n, unsigned char *marks)
{
    for (size_t i = 0; i < FEATURES; i++) {
        marks[i] = in_list(n->features, features[i].name) ? 2 : wanted(n, &features[i]) ? 1 : 0;
        if (marks[i] && features[i].refused)
            return eng_unsupported(c, "the table feature %s", features[i].name);
    }
    for (size_t i = 0; i < FEATURES; i++)
        if (marks[i] && features[i].needs) {
            const size_t other = (size_t)(find(features[i].needs) - features);
            marks[other] = marks[other] ? marks[other] : 1;
        }
    return CX_OK;
}

/* ---- versions and lists ---------------------------------------------------------------------- */

typedef struct {
    int reader, writer;
    bool listed;
    json *readers, *writers; /* owned by eng_protocol */
} protocol;

static void add_before(const delta_protocol *before, protocol *p)
{
    if (!before)
        return;
    for (size_t i = 0; before->reader_features[i]; i++)
        eng_add_name(p->readers, before->reader_features[i]);
    for (size_t i = 0; before->writer_features[i]; i++)
        eng_add_name(p->writers, before->writer_features[i]);
}

/* The preview of a feature is the feature. */
static bool is_there(const protocol *p, const char *name)
{
    char preview[64];
    snprintf(preview, sizeof preview, "%s-preview", name);
    return in_list(p->writers, name) || in_list(p->writers, preview);
}

static void add_feature(const feature *f, protocol *p)
{
    if (is_there(p, f->name))
        return;
    if (f->min_reader == NATIVE)
        p->reader = 3;
    else if (f->min_reader > p->reader)
        p->reader = f->min_reader;
    if (f->min_writer != NATIVE && f->min_writer > p->writer && !p->listed)
        p->writer = f->min_writer;
    json_array_append_new(p->writers, json_string(f->name));
}

/* The old version implies it; a mapping that no reader was asked to know cannot be in use. */
static bool implied(const feature *f, int reader, int writer)
{
    return writer < 7 && f->min_writer <= writer && f->min_reader <= reader;
}

static void fill(const eng_needs *n, const unsigned char *marks, protocol *p)
{
    const int reader = p->reader, writer = p->writer;
    add_before(n->before, p);
    for (size_t i = 0; i < FEATURES; i++) {
        const feature *f = &features[i];
        if (marks[i] || (p->listed && implied(f, reader, writer)))
            add_feature(f, p);
    }
    for (size_t i = 0; p->reader >= 3 && i < FEATURES; i++)
        if (features[i].reader && in_list(p->writers, features[i].name))
            eng_add_name(p->readers, features[i].name);
    if (p->listed || p->reader >= 3)
        p->writer = 7;
}

static cx_code check_versions(cx *c, const eng_needs *n)
{
    if (n->min_reader <= 3 && n->min_writer <= 7)
        return CX_OK;
    return cx_fail_as(c, CX_INVALID, "DELTA_INVALID_PROTOCOL_VERSION", "KD004",
                      "Reader version %d with writer version %d is not known here; this program "
                      "knows readers up to 3 and writers up to 7.",
                      n->min_reader, n->min_writer);
}

static int most(int a, int b)
{
    return a > b ? a : b;
}

cx_code eng_protocol(cx *c, const eng_needs *n, json **out)
{
    AUTO(json) readers = json_array();
    AUTO(json) writers = json_array();
    unsigned char marks[FEATURES];
    protocol p = {.reader = most(n->before ? n->before->min_reader : 1, n->min_reader),
                  .writer = most(n->before ? n->before->min_writer : 2, n->min_writer),
                  .readers = readers,
                  .writers = writers};
    TRY(check_versions(c, n));
    TRY(mark(c, n, marks));
    p.listed = p.writer >= 7 || p.reader >= 3;
    for (size_t i = 0; i < FEATURES; i++)
        p.listed = p.listed || marks[i] == 2 || (marks[i] && features[i].min_writer == NATIVE);
    fill(n, marks, &p);
    *out = json_pack("{s:i, s:i}", "minReaderVersion", p.reader, "minWriterVersion", p.writer);
    if (p.writer >= 7)
        json_object_set(*out, "writerFeatures", writers);
    if (p.reader >= 3)
        json_object_set(*out, "readerFeatures", readers);
    return CX_OK;
}

bool eng_protocol_same(const delta_protocol *old, const json *fresh)
{
    size_t n = 0;
    while (old->writer_features[n])
        n++;
    return json_get_int(fresh, "minReaderVersion", 0) == old->min_reader &&
           json_get_int(fresh, "minWriterVersion", 0) == old->min_writer &&
           (old->min_writer < 7 || json_array_size(json_get(fresh, "writerFeatures")) == n);
}

static void take_out(json *names, const char *name)
{
    for (size_t i = json_array_size(names); i-- > 0;)
        if (text_same_nocase(json_string_value(json_array_get(names, i)), name))
            json_array_remove(names, i);
}

/* The legacy writer version that implies just these features; 0 = none does. */
static int legacy_writer(const json *writers, int reader)
{
    for (int version = 2; version < 7; version++) {
        size_t n = 0, there = 0;
        for (size_t i = 0; i < FEATURES; i++) {
            n += implied(&features[i], reader, version);
            there += implied(&features[i], reader, version) && in_list(writers, features[i].name);
        }
        if (n == there && n == json_array_size(writers))
            return version;
    }
    return 0;
}

json *eng_protocol_without(const delta_protocol *old, const char *name)
{
    AUTO(json) readers = json_array();
    AUTO(json) writers = json_array();
    protocol p = {.readers = readers, .writers = writers};
    add_before(old, &p);
    for (size_t i = 0; old->min_writer < 7 && i < FEATURES; i++)
        if (implied(&features[i], old->min_reader, old->min_writer))
            eng_add_name(writers, features[i].name);
    take_out(readers, name);
    take_out(writers, name);
    const bool mapped = in_list(writers, "columnMapping");
    int reader = old->min_reader;
    if (reader >= 3 && json_array_size(readers) == (mapped ? 1 : 0))
        reader = mapped ? 2 : 1;
    const int writer = reader < 3 ? legacy_writer(writers, reader) : 0;
    json *out = json_pack("{s:i, s:i}", "minReaderVersion", reader, "minWriterVersion",
                          writer ? writer : 7);
    if (!writer)
        json_object_set(out, "writerFeatures", writers);
    if (reader >= 3)
        json_object_set(out, "readerFeatures", readers);
    return out;
}

bool eng_protocol_has(const delta_protocol *p, const char *name)
{
    const feature *f = find(name);
    for (size_t i = 0; p->writer_features[i]; i++)
        if (text_same_nocase(p->writer_features[i], name))
            return true;
    return f && implied(f, p->min_reader, p->min_writer);
}

json *eng_protocol_features(const delta_protocol *p)
{
    json *all = json_array();
    protocol view = {.readers = json_array(), .writers = all};
    add_before(p, &view);
    json_decref(view.readers);
    for (size_t i = 0; i < FEATURES; i++)
        if (implied(&features[i], p->min_reader, p->min_writer))
            eng_add_name(all, features[i].name);
    return all;
}

void eng_add_name(json *names, const char *name)
{
    if (!in_list(names, name))
        json_array_append_new(names, json_string(name));
}
