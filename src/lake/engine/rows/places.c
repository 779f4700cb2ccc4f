/* Where the touched rows are: relations with places, and the table of what was found. */
#include "lake/engine/rows/dml.h"

#include "sql/quote.h"

static bool is_true(const eng_dml *d, const char *property)
{
    const char *value = delta_property(d->t->snapshot, property);
    return value && text_same_nocase(value, "true");
}

/* Rows would be read through masks and written back so. */
static cx_code refuse_policies(cx *c, const eng_dml *d)
{
    bool guarded;
    TRY(eng_has_policies(c, d->r, &d->t->object, &guarded));
    if (guarded)
        return eng_unsupported(c, "changing rows of a table with a row filter or masks (%s)",
                               d->t->shown);
    return CX_OK;
}

static cx_code refuse_append_only(cx *c, const eng_dml *d)
{
    if (is_true(d, "delta.appendOnly"))
        return cx_fail_as(c, CX_INVALID, "DELTA_CANNOT_MODIFY_APPEND_ONLY", "42809",
                          "%s is configured to only allow appends.", d->t->shown);
    return CX_OK;
}

/* The key under which query.c finds the relation that a reference stands for. */
static const char *reference_key(cx *c, const eng_dml *d, const char *version)
{
    return cx_fmt(c, "%s\1%s\1", d->t->shown, version);
}

const char *dml_reference(cx *c, const eng_dml *d, const char *version)
{
    return cx_fmt(c, "%s VERSION AS OF %s AS %s", d->t->shown, version, sql_ident(c, d->alias));
}

cx_code dml_relation(cx *c, eng_dml *d, const char *version, const char **out)
{
    return eng_relation_new(c, d->r, reference_key(c, d, version), d->t->shown, out);
}

static cx_code make_relations(cx *c, eng_dml *d)
{
    TRY(dml_relation(c, d, "", &d->plain));
    TRY(eng_scan_view(c, d->r, d->t->snapshot, d->plain, false));
    TRY(dml_relation(c, d, DML_TARGET, &d->places));
    TRY(eng_scan_view(c, d->r, d->t->snapshot, d->places, true));
    d->target = dml_reference(c, d, DML_TARGET);
    return CX_OK;
}

cx_code dml_begin(cx *c, eng_dml *d, run *r, eng_table *t, const char *alias)
{
    *d = (eng_dml){.r = r, .t = t, .began_ms = cx_now_ms(c)};
    d->alias = alias ? alias : t->object.name.name ? t->object.name.name : "__clxs_t";
    TRY(delta_check_writable(c, t->snapshot));
    TRY(refuse_append_only(c, d));
    TRY(refuse_policies(c, d));
    r->changing = delta_root(t->table);
    eng_shape_of(c, t->snapshot, delta_root(t->table), &d->shape);
    d->fields = json_get(d->shape.schema, "fields");
    d->count = d->there = json_array_size(d->fields);
    d->vectors = is_true(d, "delta.enableDeletionVectors");
    d->feed = is_true(d, "delta.enableChangeDataFeed");
    d->row_ids = eng_scan_has_row_ids(t->snapshot);
    return make_relations(c, d);
}

cx_code dml_prepare(cx *c, const eng_dml *d, const char *text, char **out)
{
    TRY(eng_prepare(c, d->r, text, out));
    return eng_guard(c, d->r, *out);
}

void dml_add_old(const eng_dml *d, buf *text)
{
    const json *field;
    size_t i;
    if (d->row_ids) {
        buf_adds(text, ", ");
        sql_add_ident(text, d->alias);
        buf_adds(text, ".`" ENG_ROW_ID "` AS `__clxs_id`");
    }
    json_array_foreach (d->fields, i, field) {
        if (i >= d->there)
            break;
        buf_adds(text, ", ");
        sql_add_ident(text, d->alias);
        buf_addc(text, '.');
        sql_add_ident(text, json_get_str(field, "name", ""));
        buf_addf(text, " AS `__clxs_o%zu`", i);
    }
}

static cx_code add_typed_columns(cx *c, const eng_dml *d, char prefix, buf *sql)
{
    const json *field;
    size_t i;
    json_array_foreach (d->fields, i, field) {
        buf_addf(sql, ", %c%zu ", prefix, i);
        TRY(eng_duck_type(c, json_get(field, "type"), false, sql));
    }
    return CX_OK;
}

cx_code dml_touched(cx *c, eng_dml *d)
{
    buf sql = BUF(BUF_ANY);
    TRY(eng_relation_new(c, d->r, "the touched rows", d->t->shown, &d->touched));
    buf_addf(&sql, "CREATE TEMP TABLE %s (f BIGINT, w BIGINT, a TINYINT, why TINYINT", d->touched);
    buf_adds(&sql, d->row_ids ? ", id BIGINT" : "");
    cx_code rc = d->images ? add_typed_columns(c, d, 'n', &sql) : CX_OK;
    if (rc == CX_OK && d->feed)
        rc = add_typed_columns(c, d, 'o', &sql);
    buf_addc(&sql, ')');
    if (rc != CX_OK) {
        buf_clear(&sql);
        return rc;
    }
    return dml_exec(c, d, &sql);
}

cx_code dml_note(cx *c, eng_dml *d, int action, sql_when_kind why, const char *const *images,
                 const char *from)
{
    buf sql = BUF(BUF_ANY);
    const bool placed = action != DML_INSERT;
    buf_addf(&sql, "INSERT INTO %s SELECT %s, %d, %d", d->touched,
             placed ? "__clxs_f, __clxs_w" : "NULL, NULL", action, (int)why);
    if (d->row_ids)
        buf_adds(&sql, action == DML_UPDATE ? ", __clxs_id" : ", NULL");
    for (size_t i = 0; d->images && i < d->count; i++)
        buf_addf(&sql, ", %s", images ? images[i] : "NULL");
    for (size_t i = 0; d->feed && i < d->count; i++)
        if (placed && i < d->there)
            buf_addf(&sql, ", __clxs_o%zu", i);
        else
            buf_adds(&sql, ", NULL");
    buf_addf(&sql, " FROM (%s) AS q", from);
    return dml_exec(c, d, &sql);
}
