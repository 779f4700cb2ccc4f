/* SET a = 1, s.b = x, and INSERT's columns with their values: from texts to images of rows.
 *
 * A value is cast twice: in Databricks SQL to a plain type, so that 2.7 becomes the INT that the
 * platform makes of it; and in DuckDB to the column's very type, since structs go by name there. A
 * member of a struct is set by packing the struct again. */
#include "lake/engine/rows/dml.h"

static const char *field_name(const json *field)
{
    return json_get_str(field, "name", "");
}

static long find_set(const dml_sets *s, const char *path)
{
    for (size_t i = 0; i < s->count; i++)
        if (text_same_nocase(s->sets[i].key, path))
            return (long)i;
    return -1;
}

/* Is a member below this path set? */
static bool sets_below(const dml_sets *s, const char *path)
{
    const size_t n = strlen(path);
    for (size_t i = 0; i < s->count; i++)
        if (strncasecmp(s->sets[i].key, path, n) == 0 && s->sets[i].key[n] == '.')
            return true;
    return false;
}

/* ---- checks --------------------------------------------------------------------------- */

/* The field that a dotted path means; names may have dots themselves. */
static const json *find_path(cx *c, const json *fields, const char *before, const char *path,
                             const json **top)
{
    const json *field;
    size_t i;
    json_array_foreach (fields, i, field) {
        const char *full =
            before ? cx_fmt(c, "%s.%s", before, field_name(field)) : field_name(field);
        const size_t n = strlen(full);
        if (!before)
            *top = field;
        if (text_same_nocase(full, path))
            return field;
        if (strncasecmp(path, full, n) != 0 || path[n] != '.')
            continue;
        const json *inner =
            find_path(c, json_get(json_get(field, "type"), "fields"), full, path, top);
        if (inner)
            return inner;
    }
    return NULL;
}

static cx_code check_conflicts(cx *c, const dml_sets *s, size_t i)
{
    for (size_t k = 0; k < s->count; k++)
        if (k != i && text_same_nocase(s->sets[k].key, s->sets[i].key))
            return cx_fail_as(c, CX_INVALID, "DUPLICATE_ASSIGNMENTS", "42701",
                              "The column `%s` is assigned twice.", s->sets[i].key);
    if (sets_below(s, s->sets[i].key))
        return cx_fail_as(c, CX_INVALID, "DELTA_CONFLICT_SET_COLUMN", "42701",
                          "There is a conflict from these SET columns: `%s` and a field in it.",
                          s->sets[i].key);
    return CX_OK;
}

cx_code dml_check_sets(cx *c, const eng_dml *d, const dml_sets *s)
{
    for (size_t i = 0; i < s->count; i++) {
        const json *top = NULL;
        const char *path = s->sets[i].key;
        const json *field = find_path(c, d->fields, NULL, path, &top);
        if (!field)
            return cx_fail_as(c, CX_INVALID, "UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703",
                              "A column with name `%s` cannot be resolved: %s has no such column.",
                              path, d->t->shown);
        if (!s->fresh && json_get(json_get(top, "metadata"), "delta.identity.step"))
            return cx_fail_as(c, CX_INVALID, "DELTA_IDENTITY_COLUMNS_UPDATE_NOT_SUPPORTED", "42808",
                              "UPDATE on IDENTITY column %s is not supported.", field_name(top));
        TRY(check_conflicts(c, s, i));
    }
    return CX_OK;
}

void dml_compute(cx *c, eng_dml *d, const dml_sets *clauses, size_t n)
{
    bool *compute = cx_array(c, bool, d->count + 1), any = false;
    const json *field;
    size_t i;
    json_array_foreach (d->fields, i, field) {
        compute[i] = eng_generation(field) != NULL;
        for (size_t k = 0; compute[i] && k < n; k++)
            compute[i] = find_set(&clauses[k], field_name(field)) < 0 &&
                         !sets_below(&clauses[k], field_name(field));
        any = any || compute[i];
    }
    d->compute = any ? compute : NULL;
}

/* ---- values ----------------------------------------------------------------------------- */

static const char *default_of(const json *field)
{
    return json_get_str(json_get(field, "metadata"), "CURRENT_DEFAULT", "NULL");
}

static void add_value(cx *c, const json *field, const char *value, buf *text)
{
    const json *type = json_get(field, "type");
    const bool plain = json_is_string(type) && strcmp(json_string_value(type), "void") != 0;
    if (text_same_nocase(value, "DEFAULT"))
        value = default_of(field);
    if (plain)
        buf_addf(text, "CAST((%s\n) AS %s)", value, delta_type_sql(c, type));
    else
        buf_addf(text, "(%s\n)", value);
}

cx_code dml_add_values(cx *c, const eng_dml *d, const dml_sets *s, const char *when, buf *text)
{
    for (size_t i = 0; i < s->count; i++) {
        const json *top = NULL;
        const json *field = find_path(c, d->fields, NULL, s->sets[i].key, &top);
        buf_adds(text, ", ");
        if (when)
            buf_addf(text, "CASE WHEN %s THEN ", when);
        add_value(c, field, s->sets[i].value, text);
        buf_addf(text, "%s AS `%s%zu`", when ? " END" : "", s->prefix, i);
    }
    return CX_OK;
}

/* ---- images ----------------------------------------------------------------------------- */

static cx_code add_image(cx *c, const json *field, const dml_sets *s, const char *path,
                         const char *before, buf *out)
{
    const long at = find_set(s, path);
    const json *type = json_get(field, "type"), *member;
    size_t i;
    if (at >= 0) {
        buf_addf(out, "CAST(%s%ld AS ", s->prefix, at);
        TRY(eng_duck_type(c, type, false, out));
        buf_addc(out, ')');
        return CX_OK;
    }
    if (!sets_below(s, path)) {
        buf_adds(out, before);
        return CX_OK;
    }
    buf_adds(out, "struct_pack(");
    json_array_foreach (json_get(type, "fields"), i, member) {
        buf inner = BUF(BUF_ANY);
        buf_addf(&inner, "(%s).", before);
        duck_add_ident(&inner, field_name(member));
        buf_adds(out, i ? ", " : "");
        duck_add_ident(out, field_name(member));
        buf_adds(out, " := ");
        const cx_code rc = add_image(c, member, s, cx_fmt(c, "%s.%s", path, field_name(member)),
                                     buf_text(&inner), out);
        buf_clear(&inner);
        TRY(rc);
    }
    buf_addc(out, ')');
    return CX_OK;
}

/* What a column has before anything is set. */
static cx_code add_before(cx *c, const eng_dml *d, const json *field, size_t i, bool fresh,
                          buf *out)
{
    char *text = NULL;
    if (!fresh) {
        buf_addf(out, "o%zu", i);
        return CX_OK;
    }
    TRY(eng_expression(c, d->r, default_of(field), &text));
    TRY(eng_guard(c, d->r, cx_fmt(c, "SELECT %s", text)));
    buf_addf(out, "CAST((%s) AS ", text);
    TRY(eng_duck_type(c, json_get(field, "type"), false, out));
    buf_addc(out, ')');
    return CX_OK;
}

cx_code dml_images(cx *c, const eng_dml *d, const dml_sets *s, const char *const **out)
{
    const char **images = cx_array(c, const char *, d->count + 1);
    const json *field;
    size_t i;
    json_array_foreach (d->fields, i, field) {
        buf before = BUF(BUF_ANY), image = BUF(BUF_ANY);
        cx_code rc = add_before(c, d, field, i, s->fresh, &before);
        if (rc == CX_OK)
            rc = add_image(c, field, s, field_name(field), buf_text(&before), &image);
        images[i] = cx_dup(c, buf_text(&image));
        buf_clear(&before);
        buf_clear(&image);
        TRY(rc);
    }
    *out = images;
    return CX_OK;
}
