/* What each WHEN of a MERGE sets: stars become lists of names. */
#include "lake/engine/rows/dml.h"

#include "sql/quote.h"

static const char *name_of(const json *column)
{
    return json_string_value(json_array_get(column, 0));
}

static const char *source_column(const dml_merging *k, const char *name)
{
    const json *column;
    size_t i;
    json_array_foreach (k->source_columns, i, column)
        if (text_same_nocase(name_of(column), name))
            return name_of(column);
    return NULL;
}

static const char *column_list(cx *c, const dml_merging *k)
{
    buf b = BUF(BUF_ANY);
    const json *column;
    size_t i;
    json_array_foreach (k->source_columns, i, column) {
        buf_adds(&b, i ? ", " : "");
        sql_add_ident(&b, name_of(column));
    }
    const char *text = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    return text;
}

static cx_code unresolved(cx *c, const dml_merging *k, const sql_when *w, const char *name)
{
    return cx_fail_as(c, CX_INVALID, "DELTA_MERGE_UNRESOLVED_EXPRESSION", "42601",
                      "Cannot resolve %s in %s clause given columns %s of the source.",
                      sql_ident(c, name), w->then == SQL_THEN_INSERT ? "INSERT" : "UPDATE",
                      column_list(c, k));
}

/* Generated and identity columns that the source has not follow their own rules. */
static bool has_own_value(const json *field)
{
    return eng_generation(field) || eng_is_identity(field);
}

static cx_code expand_star(cx *c, dml_merging *k, const sql_when *w, dml_sets *s)
{
    sql_pair *sets = cx_array(c, sql_pair, k->d.count + 1);
    const json *field;
    size_t i;
    s->sets = sets;
    json_array_foreach (k->d.fields, i, field) {
        const char *name = json_get_str(field, "name", ""), *from = source_column(k, name);
        if (!from && !has_own_value(field) && !k->m->evolve)
            return unresolved(c, k, w, name);
        if (!from)
            continue;
        sets[s->count].key = name;
        sets[s->count++].value =
            cx_fmt(c, "%s.%s", sql_ident(c, k->source_alias), sql_ident(c, from));
    }
    return CX_OK;
}

/* ---- schema evolution -------------------------------------------------------------------- */

static bool is_set(const sql_merge *m, const char *column)
{
    for (size_t i = 0; i < m->when_count; i++) {
        const sql_when *w = &m->whens[i];
        for (size_t k = 0; k < w->set_count; k++)
            if (text_same_nocase(w->sets[k].key, column))
                return true;
        if (w->star)
            return true;
    }
    return false;
}

cx_code dml_merge_evolve(cx *c, dml_merging *k)
{
    AUTO(json) wanted = json_array();
    json *column;
    size_t i;
    json_array_foreach (k->source_columns, i, column)
        if (is_set(k->m, name_of(column)))
            json_array_append(wanted, column);
    TRY(eng_evolve_schema(c, k->d.t->snapshot, wanted, &k->evolved));
    if (!k->evolved)
        return CX_OK;
    k->d.shape.schema = k->evolved;
    k->d.fields = json_get(k->evolved, "fields");
    k->d.count = json_array_size(k->d.fields);
    return CX_OK;
}

/* ---- all of it ---------------------------------------------------------------------------- */

cx_code dml_merge_sets(cx *c, dml_merging *k)
{
    const size_t n = k->m->when_count;
    k->sets = cx_array(c, dml_sets, n);
    for (size_t i = 0; i < n; i++) {
        const sql_when *w = &k->m->whens[i];
        k->sets[i] = (dml_sets){w->sets, w->set_count, cx_fmt(c, "__clxs_v%zu_", i),
                                w->then == SQL_THEN_INSERT};
        if (w->star)
            TRY(expand_star(c, k, w, &k->sets[i]));
        TRY(dml_check_sets(c, &k->d, &k->sets[i]));
        k->d.images = k->d.images || w->then != SQL_THEN_DELETE;
    }
    dml_compute(c, &k->d, k->sets, n);
    return CX_OK;
}
