/* SET a = 1, s.b = x, and INSERT's columns with their values: from texts to images of rows.
 *
 * Values are columns of the statement's query; what type they are is known when that is described,
 * and they are assigned to their columns above it (eng_assign). A member of a struct is set by
 * packing the struct again. */
#include "lake/engine/rows/dml.h"

#include "sql/lex.h"

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

static cx_code check_identity(cx *c, const dml_sets *s, const json *top)
{
    if (!eng_is_identity(top))
        return CX_OK;
    if (!s->fresh)
        return cx_fail_as(c, CX_INVALID, "DELTA_IDENTITY_COLUMNS_UPDATE_NOT_SUPPORTED", "42808",
                          "UPDATE on IDENTITY column %s is not supported.", field_name(top));
    if (!json_get_bool(json_get(top, "metadata"), "delta.identity.allowExplicitInsert", false))
        return cx_fail_as(c, CX_INVALID, "DELTA_IDENTITY_COLUMNS_EXPLICIT_INSERT_NOT_SUPPORTED",
                          "42808",
                          "Providing values for GENERATED ALWAYS AS IDENTITY column %s is not "
                          "supported.",
                          field_name(top));
    return CX_OK;
}

/* DEFAULT of a column that makes its own values is what it gets anyway. */
static void drop_own_defaults(cx *c, const eng_dml *d, dml_sets *s)
{
    sql_pair *kept = cx_array(c, sql_pair, s->count + 1);
    size_t n = 0;
    for (size_t i = 0; i < s->count; i++) {
        const json *top = NULL;
        const json *field = find_path(c, d->fields, NULL, s->sets[i].key, &top);
        const bool own = field && (eng_generation(field) || (s->fresh && eng_is_identity(field)));
        if (!own || !text_same_nocase(s->sets[i].value, "DEFAULT"))
            kept[n++] = s->sets[i];
    }
    s->sets = kept;
    s->count = n;
}

static bool is_generator(const sql_tokens *t, size_t i)
{
    static const char *const names[] = {
        "explode",          "explode_outer", "posexplode", "inline",          "inline_outer",
        "posexplode_outer", "stack",         "json_tuple", "variant_explode", "unnest"};
    for (size_t k = 0; k < CX_COUNT(names); k++)
        if (sql_token_is(t, i, names[k]) && sql_token_is(t, i + 1, "("))
            return true;
    return false;
}

/* A generator would make several rows of one; in a sub-query it may. */
static cx_code check_generators(cx *c, const char *value)
{
    sql_tokens t;
    uint8_t query = 0; /* depth of the sub-query that we are in; 0 = none */
    TRY(sql_lex(c, value, &t));
    for (size_t i = 0; i < t.count; i++) {
        if (query && t.at[i].depth < query)
            query = 0;
        if (!query && sql_token_is(&t, i, "SELECT"))
            query = t.at[i].depth;
        if (!query && is_generator(&t, i))
            return cx_fail_as(c, CX_INVALID, "UNSUPPORTED_GENERATOR.OUTSIDE_SELECT", "42K0E",
                              "The generator is not supported: outside the SELECT clause, found: "
                              "%s.",
                              value);
    }
    return CX_OK;
}

cx_code dml_check_sets(cx *c, const eng_dml *d, dml_sets *s)
{
    drop_own_defaults(c, d, s);
    for (size_t i = 0; i < s->count; i++) {
        const json *top = NULL;
        const char *path = s->sets[i].key;
        const json *field = find_path(c, d->fields, NULL, path, &top);
        if (!field)
            return cx_fail_as(c, CX_INVALID, "UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703",
                              "A column with name `%s` cannot be resolved: %s has no such column.",
                              path, d->t->shown);
        TRY(check_identity(c, s, top));
        TRY(check_conflicts(c, s, i));
        TRY(check_generators(c, s->sets[i].value));
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

/* A time as text is a matter of Databricks SQL, not of DuckDB. */
static bool is_text(const json *field)
{
    const char *type = json_string_value(json_get(field, "type"));
    return type && strcmp(type, "string") == 0;
}

cx_code dml_add_values(cx *c, const eng_dml *d, const dml_sets *s, const char *when, buf *text)
{
    for (size_t i = 0; i < s->count; i++) {
        const json *top = NULL;
        const json *field = find_path(c, d->fields, NULL, s->sets[i].key, &top);
        const char *value = s->sets[i].value;
        if (text_same_nocase(value, "DEFAULT"))
            value = default_of(field);
        buf_adds(text, ", ");
        if (when)
            buf_addf(text, "CASE WHEN %s THEN ", when);
        buf_addf(text, is_text(field) ? "CAST((%s\n) AS STRING)" : "(%s\n)", value);
        buf_addf(text, "%s AS `%s%zu`", when ? " END" : "", s->prefix, i);
    }
    return CX_OK;
}

/* ---- images ----------------------------------------------------------------------------- */

typedef struct {
    const dml_sets *sets;
    const json *described;
} imaging;

static const char *type_of(const imaging *m, const char *column)
{
    const json *one;
    size_t i;
    json_array_foreach (m->described, i, one)
        if (text_same_nocase(json_string_value(json_array_get(one, 0)), column))
            return json_string_value(json_array_get(one, 1));
    return NULL;
}

static cx_code add_image(cx *c, const imaging *m, const json *field, const char *path,
                         const char *before, buf *out)
{
    const long at = find_set(m->sets, path);
    const json *member;
    size_t i;
    if (at >= 0) {
        const char *value = cx_fmt(c, "%s%ld", m->sets->prefix, at);
        return eng_assign(c, field, value, type_of(m, value), out);
    }
    if (!sets_below(m->sets, path)) {
        buf_adds(out, before);
        return CX_OK;
    }
    buf_adds(out, "struct_pack(");
    json_array_foreach (json_get(json_get(field, "type"), "fields"), i, member) {
        AUTO_CLEAR(buf) inner = BUF(BUF_ANY);
        buf_addf(&inner, "(%s).", before);
        duck_add_ident(&inner, field_name(member));
        buf_adds(out, i ? ", " : "");
        duck_add_ident(out, field_name(member));
        buf_adds(out, " := ");
        TRY(add_image(c, m, member, cx_fmt(c, "%s.%s", path, field_name(member)), buf_text(&inner),
                      out));
    }
    buf_addc(out, ')');
    return CX_OK;
}

/* What a column has before anything is set. Asked once a column: a second sequence of an identity
 * column would give the same numbers again. */
static cx_code find_before(cx *c, eng_dml *d, size_t i, bool fresh, const char **out)
{
    AUTO_CLEAR(buf) text = BUF(BUF_ANY);
    if (!fresh && i < d->there) {
        *out = cx_fmt(c, "__clxs_o%zu", i);
        return CX_OK;
    }
    if (!fresh) {
        TRY(dml_add_null(c, json_array_get(d->fields, i), &text));
        *out = cx_dup(c, buf_text(&text));
        return CX_OK;
    }
    if (!d->fresh)
        d->fresh = cx_array(c, const char *, d->count + 1);
    if (!d->fresh[i]) {
        TRY(eng_fresh(c, d->r, &d->shape, i, &text));
        d->fresh[i] = cx_dup(c, buf_text(&text));
    }
    *out = d->fresh[i];
    return CX_OK;
}

cx_code dml_images(cx *c, eng_dml *d, const dml_sets *s, const json *described,
                   const char *const **out)
{
    const char **images = cx_array(c, const char *, d->count + 1);
    const imaging m = {s, described};
    const json *field;
    size_t i;
    json_array_foreach (d->fields, i, field) {
        AUTO_CLEAR(buf) image = BUF(BUF_ANY);
        const char *before = "NULL";
        if (find_set(s, field_name(field)) < 0)
            TRY(find_before(c, d, i, s->fresh, &before));
        TRY(add_image(c, &m, field, field_name(field), before, &image));
        images[i] = cx_dup(c, buf_text(&image));
    }
    *out = images;
    return CX_OK;
}
