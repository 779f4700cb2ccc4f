/* ALTER COLUMN: type, comment, nullability, default, position, identity. */
#include "lake/engine/ddl/alter.h"

#include "lake/metastore/facts.h"
#include "sql/quote.h"

static void told(edit *e, const eng_place *p, const char *position)
{
    e->operation = "CHANGE COLUMN";
    eng_parameter(e, "column", p->field);
    if (position)
        json_object_set_new(e->parameters, "position", json_string(position));
}

/* ---- TYPE ---------------------------------------------------------------------------- */

static cx_code refuse_type(cx *c, const edit *e, const char *path, const json *from, const json *to)
{
    const char *kind = json_get_str(from, "type", NULL);
    const char *a = delta_type_sql(c, from), *b = delta_type_sql(c, to);
    if (kind && strcmp(kind, "struct") == 0)
        return cx_fail_as(
            c, CX_INVALID, "DELTA_CANNOT_UPDATE_STRUCT_FIELD", "429BQ",
            "Cannot update %s field %s type: update the struct by adding, deleting or "
            "updating its fields.",
            e->t->shown, path);
    if (kind && strcmp(kind, "array") == 0)
        return cx_fail_as(c, CX_INVALID, "DELTA_CANNOT_UPDATE_ARRAY_FIELD", "429BQ",
                          "Cannot update %s field %s type: update the element by updating "
                          "%s.element.",
                          e->t->shown, path, path);
    if (kind)
        return cx_fail_as(c, CX_INVALID, "DELTA_CANNOT_UPDATE_MAP_FIELD", "429BQ",
                          "Cannot update %s field %s type: update the map by updating %s.key or "
                          "%s.value.",
                          e->t->shown, path, path, path);
    (void)cx_fail_as(c, CX_INVALID, "DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP", "0AKDC",
                     "ALTER TABLE CHANGE COLUMN is not supported for changing the column %s from "
                     "%s to %s.",
                     path, a, b);
    if (json_is_string(to) && eng_widens(json_string_value(from), json_string_value(to)))
        return cx_hint(c, "Set the table property 'delta.enableTypeWidening' = 'true' first.");
    return CX_INVALID;
}

/* n of "varchar(n)"; a string without a length holds everything. */
static long length_of(const char *text)
{
    const char *open = text ? strchr(text, '(') : NULL;
    return open ? strtol(open + 1, NULL, 10) : INT32_MAX;
}

/* Strings may get more room. */
static cx_code change_length(cx *c, edit *e, eng_place *p, const char *path, const json *fresh)
{
    json *metadata = json_get(p->field, "metadata");
    const char *old = json_get_str(metadata, "__CHAR_VARCHAR_TYPE_STRING", NULL);
    const char *wanted =
        json_get_str(json_get(fresh, "metadata"), "__CHAR_VARCHAR_TYPE_STRING", NULL);
    const bool padded = old && wanted && text_starts(wanted, "char(") && strcmp(old, wanted) != 0;
    if (padded || length_of(wanted) < length_of(old))
        return cx_fail_as(c, CX_INVALID, "DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP", "0AKDC",
                          "ALTER TABLE CHANGE COLUMN is not supported for changing the column %s "
                          "of %s from %s to %s.",
                          path, e->t->shown, old ? old : "string", wanted ? wanted : "string");
    if (wanted && !*p->below)
        json_object_set_new(metadata, "__CHAR_VARCHAR_TYPE_STRING", json_string(wanted));
    else if (!*p->below)
        json_object_del(metadata, "__CHAR_VARCHAR_TYPE_STRING");
    return CX_OK;
}

static cx_code set_type(cx *c, edit *e, eng_place *p, const char *path, json *fresh)
{
    const json *from = eng_place_type(p);
    json *to = json_get(fresh, "type");
    const char *a = json_string_value(from), *b = json_string_value(to);
    if (a && b && strcmp(a, "string") == 0 && strcmp(b, "string") == 0)
        return change_length(c, e, p, path, fresh);
    if (json_equal(from, to))
        return CX_OK;
    if (a && strcmp(a, "void") == 0) {
        json_object_set(p->holder, p->member, to);
        return CX_OK;
    }
    if (!a || !b || !eng_property_on(e->configuration, "delta.enableTypeWidening") ||
        !eng_widens(a, b))
        return refuse_type(c, e, path, from, to);
    if (json_get(json_get(p->field, "metadata"), "delta.identity.step"))
        return cx_fail_as(
            c, CX_INVALID, "DELTA_IDENTITY_COLUMNS_ALTER_COLUMN_NOT_SUPPORTED", "429BQ",
            "ALTER TABLE ALTER COLUMN … TYPE is not supported for the identity column "
            "%s.",
            path);
    TRY(eng_check_dependents(c, e, path));
    eng_note_widening(p, cx_dup(c, a), b);
    json_object_set(p->holder, p->member, to);
    return CX_OK;
}

cx_code eng_change_type(cx *c, edit *e, eng_place *p, const char *path, const char *type_text)
{
    AUTO(json) fresh = NULL;
    const sql_column column = {.name = path, .type = type_text};
    TRY(eng_field_of_column(c, &column, &fresh));
    return set_type(c, e, p, path, fresh);
}

static cx_code alter_type(cx *c, edit *e, eng_place *p)
{
    TRY(eng_change_type(c, e, p, e->q->key, e->q->value));
    told(e, p, NULL);
    return CX_OK;
}

/* ---- COMMENT ------------------------------------------------------------------------- */

static cx_code set_comment(cx *c, edit *e, eng_place *p)
{
    json *metadata = json_get(p->field, "metadata");
    if (*p->below)
        return eng_column_missing(c, e, e->q->key);
    if (e->q->value)
        json_object_set_new(metadata, "comment", json_string(e->q->value));
    else
        json_object_del(metadata, "comment");
    told(e, p, NULL);
    return CX_OK;
}

cx_code eng_column_comment(cx *c, edit *e)
{
    eng_place p;
    TRY(eng_place_in(c, e, e->q->key, &p));
    return set_comment(c, e, &p);
}

/* ---- NOT NULL ------------------------------------------------------------------------ */

/* "s IS NOT NULL AND s.x IS NULL": a struct that is NULL has no members to be NULL. */
static const char *null_condition(cx *c, const json *names)
{
    buf path = BUF(BUF_ANY), b = BUF(BUF_ANY);
    const size_t n = json_array_size(names);
    for (size_t i = 0; i < n; i++) {
        buf_adds(&path, i ? "." : "");
        sql_add_ident(&path, json_string_value(json_array_get(names, i)));
        buf_addf(&b, "%s%s IS %s", i ? " AND " : "", buf_text(&path),
                 i + 1 < n ? "NOT NULL" : "NULL");
    }
    const char *out = cx_dup(c, buf_text(&b));
    buf_clear(&path);
    buf_clear(&b);
    return out;
}

static cx_code set_not_null(cx *c, edit *e, eng_place *p)
{
    AUTO(json) names = json_array();
    int64_t rows;
    if (*p->below || p->inside_list || !eng_path_to(e->schema, p->field, false, names))
        return cx_fail_as(c, CX_INVALID, "DELTA_NESTED_NOT_NULL_CONSTRAINT", "0AKDC",
                          "%s cannot be NOT NULL: it is nested within an array or a map.",
                          e->q->key);
    TRY(eng_count_rows(c, e, null_condition(c, names), &rows));
    if (rows)
        return cx_fail_as(c, CX_INVALID, "DELTA_NEW_NOT_NULL_VIOLATION", "23512",
                          "%lld rows in %s violate the new NOT NULL constraint on %s.",
                          (long long)rows, e->t->shown, e->q->key);
    json_object_set_new(p->field, "nullable", json_false());
    told(e, p, NULL);
    return CX_OK;
}

/* The columns of a primary key are NOT NULL. */
static cx_code refuse_key(cx *c, const edit *e, const char *column)
{
    meta_key_row *keys = NULL;
    size_t n = 0, i;
    if (!e->t->object.name.name)
        return CX_OK;
    TRY(meta_keys_of(c, e->r->e->meta, e->t->object.name, &keys, &n));
    for (size_t k = 0; k < n; k++) {
        AUTO(json) names = NULL;
        const json *name;
        TRY(json_parse(c, keys[k].columns, strlen(keys[k].columns), "columns", &names));
        json_array_foreach (names, i, name)
            if (!keys[k].foreign && text_same_nocase(json_string_value(name), column))
                return cx_fail_as(c, CX_CONFLICT, "COLUMN_HAS_DEPENDENTS", "2BP01",
                                  "The column `%s` of %s cannot be made nullable: it is in the "
                                  "primary key %s.",
                                  column, e->t->shown, keys[k].name);
    }
    return CX_OK;
}

static cx_code drop_not_null(cx *c, edit *e, eng_place *p)
{
    if (p->depth == 0)
        TRY(refuse_key(c, e, json_get_str(p->field, "name", "")));
    json_object_set_new(p->field, "nullable", json_true());
    told(e, p, NULL);
    return CX_OK;
}

/* ---- DEFAULT ------------------------------------------------------------------------- */

static cx_code set_default(cx *c, edit *e, eng_place *p)
{
    json *metadata = json_get(p->field, "metadata");
    if (p->depth > 0 || *p->below)
        return cx_fail_as(c, CX_INVALID, "DEFAULT_UNSUPPORTED", "42623",
                          "%s cannot have a DEFAULT value: only columns of the table can.",
                          e->q->key);
    if (!eng_protocol_has(delta_protocol_of(e->t->snapshot), "allowColumnDefaults"))
        return cx_fail_as(
            c, CX_INVALID, "WRONG_COLUMN_DEFAULTS_FOR_DELTA_FEATURE_NOT_ENABLED", "0AKDE",
            "The column %s cannot have a DEFAULT value: the table feature for them is not enabled. "
            "Say ALTER TABLE %s SET TBLPROPERTIES ('delta.feature.allowColumnDefaults' = "
            "'supported').",
            e->q->key, e->t->shown);
    json_object_set_new(metadata, "CURRENT_DEFAULT", json_string(e->q->value));
    TRY(eng_check_default(c, e->r, p->field));
    told(e, p, NULL);
    return CX_OK;
}

static cx_code drop_default(cx *c, edit *e, eng_place *p)
{
    (void)c;
    json_object_del(json_get(p->field, "metadata"), "CURRENT_DEFAULT");
    told(e, p, NULL);
    return CX_OK;
}

/* ---- FIRST, AFTER -------------------------------------------------------------------- */

static cx_code move_column(cx *c, edit *e, eng_place *p)
{
    const bool first = strcmp(e->q->what, "FIRST") == 0;
    size_t to;
    if (*p->below)
        return eng_column_missing(c, e, e->q->key);
    TRY(eng_find_position(c, p->fields, first, first ? NULL : e->q->value, 0, &to));
    json *field = p->field;
    if (to != p->index && to != p->index + 1)
        eng_move_field(p->fields, p->index, to > p->index ? to - 1 : to);
    p->field = field;
    told(e, p, first ? "FIRST" : cx_fmt(c, "AFTER %s", e->q->value));
    return CX_OK;
}

/* ---- IDENTITY ------------------------------------------------------------------------ */

/* The mark is a value of the sequence, at or past everything that is there; it never goes back. */
static int64_t next_mark(int64_t start, int64_t step, int64_t value)
{
    const __int128 offset = (__int128)value - start;
    __int128 steps = offset / step;
    if (offset % step != 0 && (offset < 0) == (step < 0))
        steps++;
    const __int128 mark = start + steps * step;
    return mark > INT64_MAX ? INT64_MAX : mark < INT64_MIN ? INT64_MIN : (int64_t)mark;
}

static cx_code sync_identity(cx *c, edit *e, eng_place *p)
{
    json *metadata = json_get(p->field, "metadata");
    const int64_t start = json_get_int(metadata, "delta.identity.start", 1),
                  step = json_get_int(metadata, "delta.identity.step", 0);
    bool none;
    int64_t value;
    if (!step)
        return cx_fail_as(c, CX_INVALID, "DELTA_IDENTITY_COLUMNS_ALTER_NON_IDENTITY_COLUMN",
                          "429BQ", "SYNC IDENTITY is for identity columns; %s is none.", e->q->key);
    TRY(eng_one_number(c, e,
                       cx_fmt(c, "%s(%s)", step > 0 ? "max" : "min",
                              sql_ident(c, json_get_str(p->field, "name", ""))),
                       &none, &value));
    told(e, p, NULL);
    e->nothing = none || (step > 0 ? value < start : value > start);
    if (e->nothing)
        return CX_OK;
    const int64_t mark = next_mark(start, step, value);
    const int64_t old = json_get_int(metadata, "delta.identity.highWaterMark", mark);
    json_object_set_new(metadata, "delta.identity.highWaterMark",
                        json_integer((step > 0) == (old > mark) ? old : mark));
    told(e, p, NULL);
    return CX_OK;
}

static cx_code one_change(cx *c, edit *e)
{
    static const struct {
        const char *what;
        cx_code (*step)(cx *c, edit *e, eng_place *p);
    } steps[] = {
        {"TYPE", alter_type},
        {"COMMENT", set_comment},
        {"SET NOT NULL", set_not_null},
        {"DROP NOT NULL", drop_not_null},
        {"SET DEFAULT", set_default},
        {"DROP DEFAULT", drop_default},
        {"FIRST", move_column},
        {"AFTER", move_column},
        {"SYNC IDENTITY", sync_identity},
    };
    eng_place p;
    TRY(eng_place_in(c, e, e->q->key, &p));
    for (size_t i = 0; i < CX_COUNT(steps); i++)
        if (strcmp(e->q->what, steps[i].what) == 0)
            return steps[i].step(c, e, &p);
    return eng_unsupported(c, "ALTER COLUMN … %s", e->q->what);
}

/* ALTER COLUMN a …, b …: one after the other, all in one commit. */
cx_code eng_alter_column(cx *c, edit *e)
{
    const sql_statement *first = e->q;
    AUTO(json) columns = json_array();
    bool nothing = true;
    for (; e->q; e->q = e->q->next_change) {
        e->nothing = false;
        TRY(one_change(c, e));
        nothing = nothing && e->nothing;
        json_array_append_new(columns, json_deep_copy(json_get(e->parameters, "column")));
    }
    e->q = first;
    e->nothing = nothing;
    if (!first->next_change)
        return CX_OK;
    json_object_clear(e->parameters);
    e->operation = "CHANGE COLUMNS";
    eng_parameter(e, "columns", columns);
    return CX_OK;
}
