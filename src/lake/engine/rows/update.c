/* UPDATE: the rows that match, with their values before and after. */
#include "lake/engine/rows/dml.h"

static cx_code find_rows(cx *c, eng_dml *d, const sql_statement *q, const dml_sets *sets)
{
    AUTO_CLEAR(buf) text = BUF(BUF_ANY);
    AUTO(json) described = NULL;
    char *sql = NULL;
    const char *const *images = NULL;
    buf_adds(&text, "SELECT `" ENG_FILE "` AS `__clxs_f`, `" ENG_ROW "` AS `__clxs_w`");
    dml_add_old(d, &text);
    TRY(dml_add_values(c, d, sets, NULL, &text));
    buf_addf(&text, " FROM %s", d->target);
    if (q->where)
        buf_addf(&text, " WHERE (%s\n)", q->where);
    TRY(dml_prepare(c, d, buf_text(&text), &sql));
    TRY(eng_describe_query(c, d->r, sql, &described));
    TRY(dml_images(c, d, sets, described, &images));
    dml_read_narrowly(d, q->where);
    TRY(dml_touched(c, d));
    return dml_note(c, d, DML_UPDATE, SQL_MATCHED, images, sql);
}

static json *metrics_of(cx *c, const eng_dml *d)
{
    return dml_change_metrics(c, d, "numUpdatedRows", d->done.updated);
}

cx_code eng_update(cx *c, run *r, const sql_statement *q)
{
    static const char *const name[] = {"num_affected_rows"};
    dml_sets sets = {q->sets, q->set_count, "__clxs_v", false};
    AUTO_CLEAR(eng_table) t = {0};
    AUTO(json) parameters = dml_predicate(q->where);
    const dml_commit how = {"UPDATE", parameters, dml_apply, metrics_of};
    eng_dml d;
    TRY(eng_table_load(c, r, &q->name, "MODIFY", NULL, &t));
    TRY(dml_begin(c, &d, r, &t, q->alias));
    TRY(dml_check_sets(c, &d, &sets));
    dml_compute(c, &d, &sets, 1);
    d.images = true;
    TRY(find_rows(c, &d, q, &sets));
    TRY(dml_write(c, &d, &how));
    return eng_out_numbers(c, r, name, &d.done.updated, 1);
}
