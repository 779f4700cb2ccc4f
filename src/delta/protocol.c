#include "delta/protocol.h"

/* A feature may be in the protocol without being used by the table. A writer must keep its promise
 * only once it is active, so most writer features are refused by what the table does with them.
 * CHECK constraints, defaults and physical names are kept by who writes the rows, above delta/. */
typedef enum {
    WRITE_OK,    /* nothing to keep, or the commit path keeps it */
    WRITE_ACTIVE /* refused where the table uses it */
} write_rule;

typedef struct {
    const char *name;
    bool reader;     /* a reader must know it */
    int from_writer; /* legacy writer version that implies it; 0 = none */
    write_rule write;
    const char *property; /* active when this property is "true" … */
    const char *mark;     /* … or when the schema's text has this key */
} feature;

static const feature features[] = {
    {"appendOnly", false, 2, WRITE_OK, NULL, NULL},
    {"invariants", false, 2, WRITE_OK, NULL, NULL},
    {"checkConstraints", false, 3, WRITE_OK, NULL, NULL},
    {"changeDataFeed", false, 4, WRITE_OK, NULL, NULL},
    {"generatedColumns", false, 4, WRITE_OK, NULL, NULL},
    {"columnMapping", true, 5, WRITE_OK, NULL, NULL},
    {"identityColumns", false, 6, WRITE_OK, NULL, NULL},
    {"allowColumnDefaults", false, 0, WRITE_OK, NULL, NULL},
    {"deletionVectors", true, 0, WRITE_OK, NULL, NULL},
    {"timestampNtz", true, 0, WRITE_OK, NULL, NULL},
    {"v2Checkpoint", true, 0, WRITE_OK, NULL, NULL},
    {"typeWidening", true, 0, WRITE_OK, NULL, NULL},
    {"typeWidening-preview", true, 0, WRITE_OK, NULL, NULL},
    {"variantType", true, 0, WRITE_ACTIVE, NULL, "\"variant\""},
    {"variantType-preview", true, 0, WRITE_ACTIVE, NULL, "\"variant\""},
    {"vacuumProtocolCheck", true, 0, WRITE_OK, NULL, NULL},
    {"domainMetadata", false, 0, WRITE_OK, NULL, NULL},
    {"clustering", false, 0, WRITE_OK, NULL, NULL},
    {"inCommitTimestamp", false, 0, WRITE_OK, NULL, NULL},
    {"rowTracking", false, 0, WRITE_OK, NULL, NULL},
    {"icebergCompatV1", false, 0, WRITE_ACTIVE, "delta.enableIcebergCompatV1", NULL},
    {"icebergCompatV2", false, 0, WRITE_ACTIVE, "delta.enableIcebergCompatV2", NULL},
    {"icebergCompatV3", false, 0, WRITE_ACTIVE, "delta.enableIcebergCompatV3", NULL},
};

static const feature *find(const char *name)
{
    for (size_t i = 0; i < CX_COUNT(features); i++)
        if (!strcmp(features[i].name, name))
            return &features[i];
    return NULL;
}

static bool listed(const char *const *list, const char *name)
{
    for (; *list; list++)
        if (!strcmp(*list, name))
            return true;
    return false;
}

static const char *const *names_of(arena *a, const json *list)
{
    const size_t n = json_array_size(list);
    const char **names = arena_alloc(a, (n + 1) * sizeof *names);
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        if (json_is_string(json_array_get(list, i)))
            names[k++] = arena_dup(a, json_string_value(json_array_get(list, i)));
    return names;
}

cx_code protocol_parse(cx *c, arena *a, const json *j, const char *table, delta_protocol *out)
{
    const int64_t r = json_get_int(j, "minReaderVersion", 0),
                  w = json_get_int(j, "minWriterVersion", 0);
    if (r < 1 || w < 1 || r > INT32_MAX || w > INT32_MAX)
        return cx_fail(c, CX_CORRUPT, "the protocol action of %s has no valid versions", table);
    *out = (delta_protocol){(int)r, (int)w, names_of(a, json_get(j, "readerFeatures")),
                            names_of(a, json_get(j, "writerFeatures"))};
    return CX_OK;
}

/* "a, b" of the names that `refused` picks; NULL when there is none. */
static char *join(cx *c, const char *const *names, bool (*refused)(const char *))
{
    char *all = NULL;
    for (; *names; names++)
        if (refused(*names))
            all = all ? cx_fmt(c, "%s, %s", all, *names) : cx_dup(c, *names);
    return all;
}

static bool unknown_reader(const char *name)
{
    const feature *f = find(name);
    return !f || !f->reader;
}

static cx_code version_too_new(cx *c, const char *table, const char *kind, int version, int most)
{
    return cx_fail_as(c, CX_UNSUPPORTED, "DELTA_INVALID_PROTOCOL_VERSION", "KD004",
                      "%s needs Delta %s version %d; this program knows versions up to %d", table,
                      kind, version, most);
}

cx_code protocol_check_read(cx *c, const delta_protocol *p, const char *table)
{
    if (p->min_reader > 3)
        return version_too_new(c, table, "reader", p->min_reader, 3);
    if (p->min_reader < 3)
        return CX_OK;
    const char *names = join(c, p->reader_features, unknown_reader);
    if (!names)
        return CX_OK;
    return cx_fail_as(
        c, CX_UNSUPPORTED, "DELTA_UNSUPPORTED_FEATURES_FOR_READ", "56038",
        "%s cannot be read: it uses table features that this program does not know: %s", table,
        names);
}

bool protocol_has(const delta_protocol *p, const char *name)
{
    const feature *f = find(name);
    if (p->min_writer < 7)
        return f && f->from_writer && p->min_writer >= f->from_writer;
    return listed(p->writer_features, name);
}

static bool never_heard_of(const char *name)
{
    return !find(name);
}

static bool active(const delta_snapshot *s, const feature *f)
{
    const char *schema = json_get_str(delta_metadata(s), "schemaString", "");
    if (f->mark && strstr(schema, f->mark))
        return true;
    if (!f->property)
        return false;
    return text_same_nocase(delta_property(s, f->property), "true");
}

cx_code protocol_check_clone(cx *c, const delta_protocol *p, const char *table)
{
    if (p->min_writer > 7)
        return version_too_new(c, table, "writer", p->min_writer, 7);
    const char *names = p->min_writer == 7 ? join(c, p->writer_features, never_heard_of) : NULL;
    if (!names)
        return CX_OK;
    return cx_fail_as(
        c, CX_UNSUPPORTED, "DELTA_UNSUPPORTED_FEATURES_FOR_WRITE", "56038",
        "%s cannot be cloned: it uses table features that this program does not know: %s", table,
        names);
}

cx_code delta_check_writable(cx *c, const delta_snapshot *s)
{
    const delta_protocol *p = delta_protocol_of(s);
    const char *table = json_get_str(delta_metadata(s), "name", NULL);
    if (!table)
        table = "the table";
    if (p->min_writer > 7)
        return version_too_new(c, table, "writer", p->min_writer, 7);
    char *names = p->min_writer == 7 ? join(c, p->writer_features, never_heard_of) : NULL;
    for (size_t i = 0; i < CX_COUNT(features); i++) {
        const feature *f = &features[i];
        if (f->write == WRITE_ACTIVE && protocol_has(p, f->name) && active(s, f))
            names = names ? cx_fmt(c, "%s, %s", names, f->name) : cx_dup(c, f->name);
    }
    if (!names)
        return CX_OK;
    return cx_fail_as(
        c, CX_UNSUPPORTED, "DELTA_UNSUPPORTED_FEATURES_FOR_WRITE", "56038",
        "%s cannot be written: it uses table features that this program cannot keep: %s", table,
        names);
}

/* ---- merging ----------------------------------------------------------------- */

static void add_name(json *list, const char *name)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!strcmp(json_string_value(json_array_get(list, i)), name))
            return;
    if (strcmp(name, "catalogManaged") != 0 && strcmp(name, "catalogOwned-preview") != 0)
        json_array_append_new(list, json_string(name));
}

/* All features that a protocol stands for, spelled out. */
static void spell_out(const delta_protocol *p, json *reader, json *writer)
{
    for (size_t i = 0; i < CX_COUNT(features); i++)
        if (p->min_writer < 7 && features[i].from_writer &&
            p->min_writer >= features[i].from_writer)
            add_name(writer, features[i].name);
    if (p->min_reader == 2)
        add_name(reader, "columnMapping");
    for (const char *const *f = p->reader_features; p->min_reader == 3 && *f; f++)
        add_name(reader, *f);
    for (const char *const *f = p->writer_features; p->min_writer == 7 && *f; f++)
        add_name(writer, *f);
}

json *protocol_merge(const delta_protocol *a, const delta_protocol *b)
{
    json *out = json_object();
    if (a->min_writer < 7 && b->min_writer < 7 && a->min_reader < 3 && b->min_reader < 3) {
        const int r = a->min_reader > b->min_reader ? a->min_reader : b->min_reader;
        const int w = a->min_writer > b->min_writer ? a->min_writer : b->min_writer;
        json_object_set_new(out, "minReaderVersion", json_integer(r));
        json_object_set_new(out, "minWriterVersion", json_integer(w));
        return out;
    }
    json *reader = json_array(), *writer = json_array();
    spell_out(a, reader, writer);
    spell_out(b, reader, writer);
    const bool lists = a->min_reader == 3 || b->min_reader == 3;
    const int most = a->min_reader > b->min_reader ? a->min_reader : b->min_reader;
    json_object_set_new(out, "minReaderVersion", json_integer(lists ? 3 : most));
    json_object_set_new(out, "minWriterVersion", json_integer(7));
    if (lists)
        json_object_set_new(out, "readerFeatures", reader);
    else
        json_decref(reader);
    json_object_set_new(out, "writerFeatures", writer);
    return out;
}
