/* Paths of nested columns: "s.x" is a member of a struct, "a.element" what an array holds, "m.key"
 * and "m.value" what a map holds. A name may have dots in it, so at each struct the longest name
 * that the path begins with is taken. */
#include "lake/engine/ddl/schema.h"

/* How much of the path the name takes, with the dot behind it; 0 = none. */
static size_t takes(const char *path, const char *name)
{
    const size_t n = strlen(name);
    if (!n || strncasecmp(path, name, n) != 0)
        return 0;
    return path[n] == '.' ? n + 1 : path[n] ? 0 : n;
}

static bool into_fields(cx *c, json *fields, const char *path, eng_place *out);

/* One step below what `out` has in hand: into a struct, an array or a map. */
static bool into_type(cx *c, const char *path, eng_place *out)
{
    json *type = json_get(out->holder, out->member);
    static const char *const words[][2] = {
        {"element", "elementType"}, {"key", "keyType"}, {"value", "valueType"}};
    if (!*path)
        return true;
    if (!json_is_object(type))
        return false;
    if (json_get(type, "fields")) {
        out->inside_list = out->inside_list || *out->below;
        out->depth++;
        return into_fields(c, json_get(type, "fields"), path, out);
    }
    for (size_t i = 0; i < CX_COUNT(words); i++) {
        const size_t n = takes(path, words[i][0]);
        if (!n || !json_get(type, words[i][1]))
            continue;
        out->holder = type;
        out->member = words[i][1];
        out->below =
            *out->below ? cx_fmt(c, "%s.%s", out->below, words[i][0]) : cx_dup(c, words[i][0]);
        return into_type(c, path + n, out);
    }
    return false;
}

static bool into_fields(cx *c, json *fields, const char *path, eng_place *out)
{
    json *field;
    size_t i;
    const eng_place start = *out;
    eng_place best = {0};
    size_t most = 0;
    json_array_foreach (fields, i, field) {
        const size_t n = takes(path, json_get_str(field, "name", ""));
        eng_place p = start;
        if (n <= most)
            continue;
        p.field = p.holder = field;
        p.fields = fields;
        p.index = i;
        p.member = "type";
        p.below = "";
        if (into_type(c, path + n, &p)) {
            best = p;
            most = n;
        }
    }
    if (most)
        *out = best;
    return most > 0;
}

bool eng_find_place(cx *c, json *schema, const char *path, eng_place *out)
{
    *out = (eng_place){.below = ""};
    return into_fields(c, json_get(schema, "fields"), path, out);
}

json *eng_place_type(const eng_place *p)
{
    return json_get(p->holder, p->member);
}

bool eng_path_to(const json *type, const json *wanted, bool physical, json *path)
{
    const json *field;
    size_t i;
    json_array_foreach (json_get(type, "fields"), i, field) {
        json_array_append_new(path, json_string(physical ? eng_physical_name(field)
                                                         : json_get_str(field, "name", "")));
        if (field == wanted || eng_path_to(json_get(field, "type"), wanted, physical, path))
            return true;
        json_array_remove(path, json_array_size(path) - 1);
    }
    return false;
}

cx_code eng_struct_at(cx *c, json *schema, const char *path, const char *adding, json **out_fields)
{
    eng_place p;
    *out_fields = json_get(schema, "fields");
    if (!path)
        return CX_OK;
    if (!eng_find_place(c, schema, path, &p))
        return cx_fail_as(c, CX_INVALID, "DELTA_ADD_COLUMN_STRUCT_NOT_FOUND", "42KD3",
                          "Cannot add %s.%s: there is no column %s.", path, adding, path);
    *out_fields = json_get(eng_place_type(&p), "fields");
    if (!*out_fields)
        return cx_fail_as(c, CX_INVALID, "DELTA_ADD_COLUMN_PARENT_NOT_STRUCT", "42KD3",
                          "Cannot add %s.%s because %s is not a struct: it is %s.", path, adding,
                          path, delta_type_sql(c, eng_place_type(&p)));
    return CX_OK;
}
