/* Structs by position. INSERT matches columns by position, and members of structs too, whatever
 * they are called; DuckDB's cast between structs goes by name. So where names differ, the struct is
 * packed again under the column's names, below lists and maps too. */
#include "lake/engine/rows/rows_int.h"

/* Do structs have the same names in the same places? */
static bool same_names(const json *a, const json *b)
{
    const json *field;
    size_t i;
    if (!json_is_object(a) || !json_is_object(b))
        return true;
    const json *fields = json_get(b, "fields");
    if (json_array_size(json_get(a, "fields")) != json_array_size(fields))
        return false;
    json_array_foreach (json_get(a, "fields"), i, field) {
        const json *other = json_array_get(fields, i);
        if (!text_same_nocase(json_get_str(field, "name", ""), json_get_str(other, "name", "")) ||
            !same_names(json_get(field, "type"), json_get(other, "type")))
            return false;
    }
    return same_names(json_get(a, "elementType"), json_get(b, "elementType")) &&
           same_names(json_get(a, "keyType"), json_get(b, "keyType")) &&
           same_names(json_get(a, "valueType"), json_get(b, "valueType"));
}

static cx_code reshape(cx *c, const char *path, const json *from, const json *to, const char *value,
                       buf *out);

static cx_code reshape_struct(cx *c, const char *path, const json *from, const json *to,
                              const char *value, buf *out)
{
    const json *given = json_get(from, "fields"), *wanted = json_get(to, "fields"), *field;
    const size_t n = json_array_size(given), m = json_array_size(wanted);
    size_t i;
    if (n != m)
        return cx_fail_as(c, CX_INVALID, "DELTA_INSERT_COLUMN_ARITY_MISMATCH", "42802",
                          "Cannot write to the column %s: the table's struct has %zu members, the "
                          "given one has %zu.",
                          path, m, n);
    buf_addf(out, "CASE WHEN %s IS NULL THEN NULL ELSE struct_pack(", value);
    json_array_foreach (wanted, i, field) {
        const json *source = json_array_get(given, i);
        const char *name = json_get_str(field, "name", "");
        buf member = BUF(BUF_ANY);
        buf_addf(&member, "(%s).", value);
        duck_add_ident(&member, json_get_str(source, "name", ""));
        const char *text = cx_dup(c, buf_text(&member));
        buf_clear(&member);
        buf_adds(out, i ? ", " : "");
        duck_add_ident(out, name);
        buf_adds(out, " := ");
        TRY(reshape(c, cx_fmt(c, "%s.%s", path, name), json_get(source, "type"),
                    json_get(field, "type"), text, out));
    }
    buf_adds(out, ") END");
    return CX_OK;
}

static cx_code reshape_map(cx *c, const char *path, const json *from, const json *to,
                           const char *value, buf *out)
{
    const char *e = cx_fmt(c, "m%zu", out->length);
    buf_addf(out,
             "map_from_entries(list_transform(map_entries(%s), lambda %s: struct_pack(k := ", value,
             e);
    TRY(reshape(c, cx_fmt(c, "%s.key", path), json_get(from, "keyType"), json_get(to, "keyType"),
                cx_fmt(c, "%s.key", e), out));
    buf_adds(out, ", v := ");
    TRY(reshape(c, cx_fmt(c, "%s.value", path), json_get(from, "valueType"),
                json_get(to, "valueType"), cx_fmt(c, "%s.value", e), out));
    buf_adds(out, ")))");
    return CX_OK;
}

static cx_code reshape(cx *c, const char *path, const json *from, const json *to, const char *value,
                       buf *out)
{
    const char *kind = json_get_str(from, "type", "");
    if (same_names(from, to) || strcmp(kind, json_get_str(to, "type", "")) != 0) {
        buf_adds(out, value);
        return CX_OK;
    }
    if (strcmp(kind, "struct") == 0)
        return reshape_struct(c, path, from, to, value, out);
    if (strcmp(kind, "map") == 0)
        return reshape_map(c, path, from, to, value, out);
    const char *e = cx_fmt(c, "m%zu", out->length);
    buf_addf(out, "list_transform(%s, lambda %s: ", value, e);
    TRY(reshape(c, cx_fmt(c, "%s.element", path), json_get(from, "elementType"),
                json_get(to, "elementType"), e, out));
    buf_addc(out, ')');
    return CX_OK;
}

cx_code rows_by_position(cx *c, const json *field, const char *from, const char *value, buf *out)
{
    AUTO(json) type = NULL;
    const json *to = json_get(field, "type");
    if (!json_is_object(to) || !strchr(from, '<')) {
        buf_adds(out, value);
        return CX_OK;
    }
    TRY(delta_type_parse(c, from, &type));
    return reshape(c, json_get_str(field, "name", ""), type, to, value, out);
}
