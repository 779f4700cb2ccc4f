/* One target row, two source rows that would change it: which one should win, nobody said. */
#include "lake/engine/rows/dml.h"

#include "sql/lex.h"

typedef struct {
    const char *file, *row; /* the first such row; NULL = none */
    buf *text;              /* "id = 1, b = x" */
    const json *columns;
} finding;

static cx_code take_place(cx *c, void *self, const char *const *v, const size_t *lengths)
{
    finding *f = self;
    (void)lengths;
    f->file = cx_dup(c, v[0]);
    f->row = cx_dup(c, v[1]);
    return CX_OK;
}

static cx_code take_key(cx *c, void *self, const char *const *v, const size_t *lengths)
{
    finding *f = self;
    const json *name;
    size_t i;
    (void)c, (void)lengths;
    json_array_foreach (f->columns, i, name)
        buf_addf(f->text, "%s%s = %s", i ? ", " : "", json_string_value(name),
                 v[i] ? v[i] : "NULL");
    return CX_OK;
}

static void add_name(json *names, const char *name)
{
    const json *known;
    size_t i;
    json_array_foreach (names, i, known)
        if (text_same_nocase(json_string_value(known), name))
            return;
    json_array_append_new(names, json_string(name));
}

static const char *target_column(const dml_merging *k, const char *name)
{
    const json *field;
    size_t i;
    json_array_foreach (k->d.fields, i, field)
        if (text_same_nocase(json_get_str(field, "name", ""), name))
            return json_get_str(field, "name", "");
    return NULL;
}

/* The target's columns that the condition names: t.id, or id where nothing stands before it. */
static cx_code key_columns(cx *c, const dml_merging *k, json *names)
{
    sql_tokens t;
    TRY(sql_lex(c, k->m->on, &t));
    for (size_t i = 0; i < t.count; i++) {
        if ((t.at[i].kind != TOK_WORD && t.at[i].kind != TOK_QUOTED) ||
            sql_token_is(&t, i + 1, "(") || sql_token_is(&t, i + 1, "."))
            continue;
        const bool owned = i > 1 && sql_token_is(&t, i - 1, ".");
        if (owned && !text_same_nocase(sql_token_name(c, &t, i - 2), k->d.alias))
            continue;
        const char *column = target_column(k, sql_token_name(c, &t, i));
        if (column)
            add_name(names, column);
    }
    return CX_OK;
}

static cx_code find_key(cx *c, const dml_merging *k, finding *f)
{
    AUTO(json) names = json_array();
    AUTO_CLEAR(buf) sql = BUF(BUF_ANY);
    const json *name;
    size_t i;
    TRY(key_columns(c, k, names));
    if (json_array_size(names) == 0)
        return CX_OK;
    json_array_foreach (names, i, name) {
        buf_adds(&sql, i ? ", " : "SELECT ");
        duck_add_ident(&sql, json_string_value(name));
    }
    buf_addf(&sql, " FROM %s WHERE " ENG_FILE " = %s AND " ENG_ROW " = %s", k->d.places, f->file,
             f->row);
    f->columns = names;
    return dml_each(c, &k->d, buf_text(&sql), take_key, f);
}

static cx_code ambiguous(cx *c, const dml_merging *k, finding *f)
{
    AUTO_CLEAR(buf) key = BUF(BUF_ANY);
    f->text = &key;
    TRY(find_key(c, k, f));
    (void)cx_fail_as(
        c, CX_INVALID, "DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE", "21506",
        "Cannot perform Merge as multiple source rows matched and attempted to modify the same "
        "target row in the Delta table %s in possibly conflicting ways%s%s%s. By SQL semantics of "
        "Merge, when multiple source rows match on the same target row, the result may be "
        "ambiguous as it is unclear which source row should be used to update or delete the "
        "matching target row.",
        k->d.t->shown, key.length ? " (" : "", buf_text(&key), key.length ? ")" : "");
    return cx_hint(c, "Reduce the source to one row a key, for example with GROUP BY or QUALIFY "
                      "row_number() OVER (…) = 1.");
}

/* Several matches all delete the row alike where that is all that a match can do. */
cx_code dml_merge_check(cx *c, const dml_merging *k)
{
    finding f = {0};
    for (size_t i = 0; i < k->m->when_count; i++) {
        const sql_when *w = &k->m->whens[i];
        if (w->when != SQL_MATCHED)
            continue;
        if (w->then == SQL_THEN_DELETE && !w->condition)
            return CX_OK;
        break;
    }
    TRY(dml_each(c, &k->d,
                 cx_fmt(c,
                        "SELECT __clxs_f, __clxs_w FROM %s WHERE __clxs_k IS NOT NULL "
                        "GROUP BY 1, 2 HAVING count(*) > 1 "
                        "ORDER BY 1, 2 LIMIT 1",
                        k->pairs),
                 take_place, &f));
    return f.file ? ambiguous(c, k, &f) : CX_OK;
}
