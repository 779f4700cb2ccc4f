/* Spark's JSON types as DuckDB's, and back to the words that people read.
 *
 * Under column mapping a struct's members have physical names in the files and logical names in
 * queries. DuckDB's cast between structs goes by name, so a renaming is written out: a struct is
 * packed again member by member, below lists and maps too. In the same way a variant becomes, from
 * the two binaries that the files have, the one blob that the engine computes with. */
#include "lake/engine/engine_int.h"

const char *eng_physical_name(const json *field)
{
    return json_get_str(json_get(field, "metadata"), "delta.columnMapping.physicalName",
                        json_get_str(field, "name", ""));
}

static cx_code unknown_type(cx *c, const char *name)
{
    return cx_fail_as(c, CX_UNSUPPORTED, "UNSUPPORTED_DATATYPE", "0A000",
                      "The type %s is not supported by the embedded workspace yet.", name);
}

static cx_code primitive(cx *c, const char *name, buf *out)
{
    static const char *const pairs[][2] = {
        {"string", "VARCHAR"}, {"long", "BIGINT"},           {"integer", "INTEGER"},
        {"short", "SMALLINT"}, {"byte", "TINYINT"},          {"float", "FLOAT"},
        {"double", "DOUBLE"},  {"boolean", "BOOLEAN"},       {"binary", "BLOB"},
        {"date", "DATE"},      {"timestamp", "TIMESTAMPTZ"}, {"timestamp_ntz", "TIMESTAMP"},
        {"void", "VARCHAR"},
    };
    for (size_t i = 0; i < CX_COUNT(pairs); i++)
        if (strcmp(name, pairs[i][0]) == 0) {
            buf_adds(out, pairs[i][1]);
            return CX_OK;
        }
    if (strcmp(name, "decimal") == 0) {
        buf_adds(out, "DECIMAL(10,0)");
        return CX_OK;
    }
    int precision, scale, used = 0;
    if (sscanf(name, "decimal(%d,%d)%n", &precision, &scale, &used) == 2 && !name[used]) {
        buf_addf(out, "DECIMAL(%d,%d)", precision, scale);
        return CX_OK;
    }
    if (text_starts(name, "varchar(") || text_starts(name, "char(") ||
        text_starts(name, "string collate")) {
        buf_adds(out, "VARCHAR");
        return CX_OK;
    }
    return unknown_type(c, name);
}

static cx_code struct_type(cx *c, const json *type, bool physical, buf *out)
{
    const json *fields = json_get(type, "fields"), *field;
    size_t i;
    if (json_array_size(fields) == 0)
        return unknown_type(c, "struct<>");
    buf_adds(out, "STRUCT(");
    json_array_foreach (fields, i, field) {
        if (i)
            buf_adds(out, ", ");
        duck_add_ident(out, physical ? eng_physical_name(field) : json_get_str(field, "name", ""));
        buf_addc(out, ' ');
        TRY(eng_duck_type(c, json_get(field, "type"), physical, out));
    }
    buf_addc(out, ')');
    return CX_OK;
}

static bool is_variant(const json *type)
{
    return json_is_string(type) && strcmp(json_string_value(type), "variant") == 0;
}

cx_code eng_duck_type(cx *c, const json *type, bool physical, buf *out)
{
    if (is_variant(type)) {
        buf_adds(out, physical ? "STRUCT(metadata BLOB, \"value\" BLOB)" : "VARIANT_BYTES");
        return CX_OK;
    }
    if (json_is_string(type))
        return primitive(c, json_string_value(type), out);
    const char *kind = json_get_str(type, "type", "?");
    if (strcmp(kind, "struct") == 0)
        return struct_type(c, type, physical, out);
    if (strcmp(kind, "array") == 0) {
        TRY(eng_duck_type(c, json_get(type, "elementType"), physical, out));
        buf_adds(out, "[]");
        return CX_OK;
    }
    if (strcmp(kind, "map") == 0) {
        buf_adds(out, "MAP(");
        TRY(eng_duck_type(c, json_get(type, "keyType"), physical, out));
        buf_adds(out, ", ");
        TRY(eng_duck_type(c, json_get(type, "valueType"), physical, out));
        buf_addc(out, ')');
        return CX_OK;
    }
    return unknown_type(c, kind);
}

bool eng_renames(const json *type)
{
    const json *field;
    size_t i;
    if (!json_is_object(type))
        return is_variant(type);
    json_array_foreach (json_get(type, "fields"), i, field) {
        if (strcmp(eng_physical_name(field), json_get_str(field, "name", "")) != 0 ||
            eng_renames(json_get(field, "type")))
            return true;
    }
    return eng_renames(json_get(type, "elementType")) || eng_renames(json_get(type, "keyType")) ||
           eng_renames(json_get(type, "valueType"));
}

static cx_code rename_struct(cx *c, const json *type, const char *expression, bool to_logical,
                             buf *out)
{
    const json *field;
    size_t i;
    buf_addf(out, "CASE WHEN %s IS NULL THEN NULL ELSE struct_pack(", expression);
    json_array_foreach (json_get(type, "fields"), i, field) {
        const char *logical = json_get_str(field, "name", ""), *physical = eng_physical_name(field);
        buf member = BUF(BUF_ANY);
        buf_addf(&member, "(%s).", expression);
        duck_add_ident(&member, to_logical ? physical : logical);
        const char *text = cx_dup(c, buf_text(&member));
        buf_clear(&member);
        if (i)
            buf_adds(out, ", ");
        duck_add_ident(out, to_logical ? logical : physical);
        buf_adds(out, " := ");
        TRY(eng_rename_expression(c, json_get(field, "type"), text, to_logical, out));
    }
    buf_adds(out, ") END");
    return CX_OK;
}

static cx_code rename_map(cx *c, const json *type, const char *expression, bool to_logical,
                          buf *out)
{
    const char *v = cx_fmt(c, "e%zu", out->length);
    buf_addf(out, "map_from_entries(list_transform(map_entries(%s), lambda %s: struct_pack(k := ",
             expression, v);
    TRY(eng_rename_expression(c, json_get(type, "keyType"), cx_fmt(c, "%s.key", v), to_logical,
                              out));
    buf_adds(out, ", v := ");
    TRY(eng_rename_expression(c, json_get(type, "valueType"), cx_fmt(c, "%s.value", v), to_logical,
                              out));
    buf_adds(out, ")))");
    return CX_OK;
}

cx_code eng_rename_expression(cx *c, const json *type, const char *expression, bool to_logical,
                              buf *out)
{
    if (!eng_renames(type)) {
        buf_adds(out, expression);
        return CX_OK;
    }
    if (is_variant(type) && !to_logical)
        return cx_fail_as(c, CX_UNSUPPORTED, "UNSUPPORTED_DATATYPE", "0A000",
                          "Variants are read and not written by the embedded workspace.");
    if (is_variant(type)) {
        buf_addf(out, "dbx_variant(struct_extract(%s, 'metadata'), struct_extract(%s, 'value'))",
                 expression, expression);
        return CX_OK;
    }
    const char *kind = json_get_str(type, "type", "");
    if (strcmp(kind, "struct") == 0)
        return rename_struct(c, type, expression, to_logical, out);
    if (strcmp(kind, "map") == 0)
        return rename_map(c, type, expression, to_logical, out);
    const char *v = cx_fmt(c, "e%zu", out->length);
    buf_addf(out, "list_transform(%s, lambda %s: ", expression, v);
    TRY(eng_rename_expression(c, json_get(type, "elementType"), v, to_logical, out));
    buf_addc(out, ')');
    return CX_OK;
}

/* The platform's ColumnInfoTypeName of a type's text: LONG, SHORT, DECIMAL, STRUCT … */
const char *eng_type_name(cx *c, const char *type_text)
{
    static const char *const pairs[][2] = {
        {"BIGINT", "LONG"},    {"LONG", "LONG"},   {"INT", "INT"},      {"INTEGER", "INT"},
        {"SMALLINT", "SHORT"}, {"SHORT", "SHORT"}, {"TINYINT", "BYTE"}, {"BYTE", "BYTE"},
        {"VARCHAR", "STRING"}, {"VOID", "NULL"},   {"REAL", "FLOAT"},   {"NUMERIC", "DECIMAL"},
        {"DEC", "DECIMAL"},
    };
    const size_t n = strcspn(type_text, "(< ");
    char *word = cx_dupn(c, type_text, n);
    for (char *p = word; *p; p++)
        *p = (char)(*p >= 'a' && *p <= 'z' ? *p - 32 : *p);
    for (size_t i = 0; i < CX_COUNT(pairs); i++)
        if (strcmp(word, pairs[i][0]) == 0)
            return pairs[i][1];
    return word;
}

static bool type_word(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '_';
}

/* Types in capitals, members as they are: "struct<a:int>" → "STRUCT<a: INT>". A word before ":" is
 * a member's name, and so is whatever stands in backticks. */
const char *eng_type_upper(cx *c, const char *text)
{
    buf b = BUF(BUF_ANY);
    for (const char *p = text; *p;) {
        size_t n = 0;
        if (*p == '`') {
            n = 1 + strcspn(p + 1, "`");
            buf_add(&b, p, n + (p[n] == '`'));
            p += n + (p[n] == '`');
            continue;
        }
        while (type_word(p[n]) || (n && p[n] >= '0' && p[n] <= '9'))
            n++;
        const bool name = n && p[n] == ':';
        for (size_t i = 0; i < n; i++)
            buf_addc(&b, (char)(!name && p[i] >= 'a' && p[i] <= 'z' ? p[i] - 32 : p[i]));
        p += n;
        if (!n) {
            buf_addc(&b, *p);
            if ((*p == ':' || *p == ',') && p[1] != ' ' && !(p[1] >= '0' && p[1] <= '9'))
                buf_addc(&b, ' ');
            p++;
        }
    }
    const char *out = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    return out;
}
