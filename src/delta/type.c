/* Spark's JSON types and the SQL text of the same. spec: delta "Schema Serialization Format" */
#include "delta/delta.h"

#include <ctype.h>
#include <inttypes.h>

enum { DEEPEST = 60 };

static const struct {
    const char *json_name, *sql;
} primitives[] = {
    /* The first row with a JSON name gives its SQL name; the others are read as well. */
    {"long", "bigint"},         {"integer", "int"},
    {"short", "smallint"},      {"byte", "tinyint"},
    {"string", "string"},       {"float", "float"},
    {"double", "double"},       {"boolean", "boolean"},
    {"binary", "binary"},       {"date", "date"},
    {"timestamp", "timestamp"}, {"timestamp_ntz", "timestamp_ntz"},
    {"void", "void"},           {"variant", "variant"},
    {"long", "long"},           {"integer", "integer"},
    {"short", "short"},         {"byte", "byte"},
    {"float", "real"},          {"timestamp", "timestamp_ltz"},
    {"void", "null"},
};

static bool plain_name(const char *name)
{
    if (!*name || isdigit((unsigned char)*name))
        return false;
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && *name != '_')
            return false;
    return true;
}

static void add_name(buf *b, const char *name)
{
    if (plain_name(name)) {
        buf_adds(b, name);
        return;
    }
    buf_addc(b, '`');
    for (; *name; name++) {
        if (*name == '`')
            buf_addc(b, '`');
        buf_addc(b, *name);
    }
    buf_addc(b, '`');
}

static void add_type(buf *b, const json *type, int deep);

static void add_struct(buf *b, const json *type, int deep)
{
    const json *fields = json_get(type, "fields");
    buf_adds(b, "struct<");
    for (size_t i = 0; i < json_array_size(fields); i++) {
        const json *f = json_array_get(fields, i);
        const char *text =
            json_get_str(json_get(f, "metadata"), "__CHAR_VARCHAR_TYPE_STRING", NULL);
        if (i)
            buf_addc(b, ',');
        add_name(b, json_get_str(f, "name", ""));
        buf_addc(b, ':');
        if (text)
            buf_adds(b, text);
        else
            add_type(b, json_get(f, "type"), deep + 1);
    }
    buf_addc(b, '>');
}

static void add_primitive(buf *b, const char *name)
{
    for (size_t i = 0; i < CX_COUNT(primitives); i++)
        if (!strcmp(primitives[i].json_name, name)) {
            buf_adds(b, primitives[i].sql);
            return;
        }
    buf_adds(b, name); /* decimal(p,s), and what is unknown as it is */
}

static void add_type(buf *b, const json *type, int deep)
{
    const char *kind = json_get_str(type, "type", "");
    if (json_is_string(type)) {
        add_primitive(b, json_string_value(type));
    } else if (deep > DEEPEST) {
        buf_adds(b, "void");
    } else if (!strcmp(kind, "struct")) {
        add_struct(b, type, deep);
    } else if (!strcmp(kind, "array")) {
        buf_adds(b, "array<");
        add_type(b, json_get(type, "elementType"), deep + 1);
        buf_addc(b, '>');
    } else if (!strcmp(kind, "map")) {
        buf_adds(b, "map<");
        add_type(b, json_get(type, "keyType"), deep + 1);
        buf_addc(b, ',');
        add_type(b, json_get(type, "valueType"), deep + 1);
        buf_addc(b, '>');
    } else {
        buf_adds(b, "void");
    }
}

char *delta_type_sql(cx *c, const json *type)
{
    AUTO_CLEAR(buf) b = BUF(BUF_ANY);
    add_type(&b, type, 0);
    return cx_dup(c, buf_text(&b));
}

/* ---- reading ------------------------------------------------------------------- */

typedef struct {
    const char *all, *p;
    int deep;
} reader;

static void space(reader *r)
{
    while (isspace((unsigned char)*r->p))
        r->p++;
}

static bool take(reader *r, char ch)
{
    space(r);
    if (*r->p != ch)
        return false;
    r->p++;
    return true;
}

static cx_code bad(cx *c, const reader *r)
{
    return cx_fail_as(c, CX_INVALID, "PARSE_SYNTAX_ERROR", "42601",
                      "\"%s\" is not a data type (at character %td)", r->all, r->p - r->all + 1);
}

static bool word(cx *c, reader *r, char **out)
{
    space(r);
    const char *start = r->p;
    while (isalnum((unsigned char)*r->p) || *r->p == '_' || (unsigned char)*r->p >= 0x80)
        r->p++;
    *out = cx_dupn(c, start, (size_t)(r->p - start));
    return r->p > start;
}

static bool keyword(reader *r, const char *text)
{
    space(r);
    const size_t n = strlen(text);
    if (!str_is_nocase((str){r->p, strnlen(r->p, n)}, text) || isalnum((unsigned char)r->p[n]) ||
        r->p[n] == '_')
        return false;
    r->p += n;
    return true;
}

/* A name or a text in the given quotes, which are doubled inside. */
static cx_code quoted(cx *c, reader *r, char quote, char **out)
{
    AUTO_CLEAR(buf) b = BUF(BUF_ANY);
    for (r->p++;; r->p++) {
        if (!*r->p)
            return bad(c, r);
        if (quote != '`' && *r->p == '\\' && r->p[1])
            r->p++;
        else if (*r->p == quote && *++r->p != quote)
            break;
        buf_addc(&b, *r->p);
    }
    *out = cx_dup(c, buf_text(&b));
    return CX_OK;
}

static cx_code parse_type(cx *c, reader *r, json **out, char **out_text);

static cx_code field_of(cx *c, reader *r, json **out)
{
    char *name, *text = NULL, *comment;
    AUTO(json) type = NULL;
    bool nullable = true;
    space(r);
    if (*r->p == '`')
        TRY(quoted(c, r, '`', &name));
    else if (!word(c, r, &name))
        return bad(c, r);
    (void)take(r, ':');
    TRY(parse_type(c, r, &type, &text));
    AUTO(json) metadata = json_object();
    if (keyword(r, "not")) {
        if (!keyword(r, "null"))
            return bad(c, r);
        nullable = false;
    }
    if (keyword(r, "comment")) {
        space(r);
        if (*r->p != '\'' && *r->p != '"')
            return bad(c, r);
        TRY(quoted(c, r, *r->p, &comment));
        json_object_set_new(metadata, "comment", json_str_or_null(comment));
    }
    if (text)
        json_object_set_new(metadata, "__CHAR_VARCHAR_TYPE_STRING", json_string(text));
    *out = json_pack("{s:s,s:O,s:b,s:O}", "name", name, "type", type, "nullable", nullable,
                     "metadata", metadata);
    return *out ? CX_OK : bad(c, r);
}

static cx_code parse_struct(cx *c, reader *r, json **out)
{
    AUTO(json) fields = json_array();
    if (!take(r, '<'))
        return bad(c, r);
    while (!take(r, '>')) {
        json *f = NULL;
        if (json_array_size(fields) && !take(r, ','))
            return bad(c, r);
        TRY(field_of(c, r, &f));
        json_array_append_new(fields, f);
    }
    *out = json_pack("{s:s,s:O}", "type", "struct", "fields", fields);
    return CX_OK;
}

static cx_code parse_array(cx *c, reader *r, json **out)
{
    AUTO(json) of = NULL;
    if (!take(r, '<'))
        return bad(c, r);
    TRY(parse_type(c, r, &of, NULL));
    if (!take(r, '>'))
        return bad(c, r);
    *out = json_pack("{s:s,s:O,s:b}", "type", "array", "elementType", of, "containsNull", 1);
    return CX_OK;
}

static cx_code parse_map(cx *c, reader *r, json **out)
{
    AUTO(json) key = NULL;
    AUTO(json) value = NULL;
    if (!take(r, '<'))
        return bad(c, r);
    TRY(parse_type(c, r, &key, NULL));
    if (!take(r, ','))
        return bad(c, r);
    TRY(parse_type(c, r, &value, NULL));
    if (!take(r, '>'))
        return bad(c, r);
    *out = json_pack("{s:s,s:O,s:O,s:b}", "type", "map", "keyType", key, "valueType", value,
                     "valueContainsNull", 1);
    return CX_OK;
}

static bool integer(reader *r, int *out)
{
    space(r);
    char *end;
    if (!isdigit((unsigned char)*r->p))
        return false;
    const long v = strtol(r->p, &end, 10);
    if (v < 0 || v > 1 << 30)
        return false;
    r->p = end;
    *out = (int)v;
    return true;
}

/* "(10)", "(10,2)"; count = how many there were. */
static cx_code arguments(cx *c, reader *r, int values[2], int *out_count)
{
    *out_count = 0;
    if (!take(r, '('))
        return CX_OK;
    do {
        if (*out_count == 2 || !integer(r, &values[(*out_count)++]))
            return bad(c, r);
    } while (take(r, ','));
    return take(r, ')') ? CX_OK : bad(c, r);
}

static cx_code parse_sized(cx *c, reader *r, const char *name, json **out, char **out_text)
{
    int v[2] = {10, 0}, n;
    TRY(arguments(c, r, v, &n));
    const bool text =
        !strcmp(name, "varchar") || !strcmp(name, "char") || !strcmp(name, "character");
    if (text) {
        if (n != 1 || v[0] < 1)
            return bad(c, r);
        if (out_text)
            *out_text = cx_fmt(c, "%s(%d)", strcmp(name, "varchar") ? "char" : "varchar", v[0]);
        *out = json_string("string");
        return CX_OK;
    }
    if (v[0] < 1 || v[0] > 38 || v[1] > v[0])
        return bad(c, r);
    *out = json_string(cx_fmt(c, "decimal(%d,%d)", v[0], v[1]));
    return CX_OK;
}

static cx_code parse_named(cx *c, reader *r, const char *name, json **out, char **out_text)
{
    static const char *const sized[] = {"decimal", "dec",  "numeric",
                                        "varchar", "char", "character"};
    if (!strcmp(name, "struct"))
        return parse_struct(c, r, out);
    if (!strcmp(name, "array"))
        return parse_array(c, r, out);
    if (!strcmp(name, "map"))
        return parse_map(c, r, out);
    for (size_t i = 0; i < CX_COUNT(sized); i++)
        if (!strcmp(name, sized[i]))
            return parse_sized(c, r, name, out, out_text);
    for (size_t i = 0; i < CX_COUNT(primitives); i++)
        if (!strcmp(name, primitives[i].sql)) {
            *out = json_string(primitives[i].json_name);
            return CX_OK;
        }
    return cx_fail_as(c, CX_INVALID, "UNSUPPORTED_DATATYPE", "0A000",
                      "\"%s\" is not a known data type", name);
}

/* out_text, when wanted, gets "varchar(n)" or "char(n)" for those; they are strings in the schema.
 */
static cx_code parse_type(cx *c, reader *r, json **out, char **out_text)
{
    char *name;
    if (++r->deep > DEEPEST || !word(c, r, &name))
        return bad(c, r);
    text_lower(name);
    TRY(parse_named(c, r, name, out, out_text));
    r->deep--;
    return CX_OK;
}

cx_code delta_type_parse(cx *c, const char *sql, json **out)
{
    reader r = {sql, sql, 0};
    AUTO(json) type = NULL;
    TRY(parse_type(c, &r, &type, NULL));
    space(&r);
    if (*r.p)
        return bad(c, &r);
    *out = STEAL(type);
    return CX_OK;
}
