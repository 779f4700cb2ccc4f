/* DELETE and TRUNCATE. A condition that is NULL is not met, as SQL has it. */
#include "lake/engine/rows/dml.h"

static cx_code find_rows(cx *c, eng_dml *d, const char *where)
{
    AUTO_CLEAR(buf) text = BUF(BUF_ANY);
    char *sql = NULL;
    buf_adds(&text, "SELECT `" ENG_FILE "` AS `__clxs_f`, `" ENG_ROW "` AS `__clxs_w`");
    if (d->feed)
        dml_add_old(d, &text);
    buf_addf(&text, " FROM %s WHERE (%s\n)", d->target, where);
    TRY(dml_prepare(c, d, buf_text(&text), &sql));
    dml_read_narrowly(d, where);
    TRY(dml_touched(c, d));
    return dml_note(c, d, DML_DELETE, SQL_MATCHED, NULL, sql);
}

typedef cx_code (*maker)(cx *c, eng_dml *d, json *actions);

/* Finds what is deleted, and how that becomes actions. */
static cx_code find(cx *c, eng_dml *d, const char *where, maker *out)
{
    bool by_files = false;
    if (!where && dml_wants_rows(d))
        where = "true";
    *out = dml_apply_all;
    if (!where)
        return CX_OK;
    TRY(dml_find_files(c, d, where, &by_files));
    *out = by_files ? dml_apply_files : dml_apply;
    if (!by_files)
        return find_rows(c, d, where);
    dml_read_narrowly(d, where);
    return CX_OK;
}

cx_code eng_delete_matching(cx *c, run *r, eng_table *t, const char *where, json *actions,
                            eng_dml_done *out)
{
    eng_dml d;
    maker apply;
    TRY(dml_begin(c, &d, r, t, NULL));
    TRY(find(c, &d, where, &apply));
    delta_mark(t->table, r->mark);
    TRY(apply(c, &d, actions));
    *out = d.done;
    return CX_OK;
}

static json *metrics_of(cx *c, const eng_dml *d)
{
    return dml_change_metrics(c, d, "numDeletedRows", d->done.deleted);
}

static json *truncate_metrics(cx *c, const eng_dml *d)
{
    json *m = json_object();
    dml_metric(m, "numRemovedFiles", d->done.removed_files);
    dml_metric(m, "executionTimeMs", cx_now_ms(c) - d->began_ms);
    return m;
}

static cx_code run_delete(cx *c, eng_dml *d, const sql_statement *q)
{
    const bool truncate = q->kind == SQL_TRUNCATE;
    AUTO(json) parameters = truncate ? json_object() : dml_predicate(q->where);
    dml_commit how = {.operation = truncate ? "TRUNCATE" : "DELETE",
                      .parameters = parameters,
                      .metrics = truncate ? truncate_metrics : metrics_of};
    TRY(find(c, d, q->where, &how.actions));
    return dml_write(c, d, &how);
}

cx_code eng_delete(cx *c, run *r, const sql_statement *q)
{
    static const char *const name[] = {"num_affected_rows"};
    AUTO_CLEAR(eng_table) t = {0};
    eng_dml d;
    TRY(eng_table_load(c, r, &q->name, "MODIFY", NULL, &t));
    TRY(dml_begin(c, &d, r, &t, q->alias));
    TRY(run_delete(c, &d, q));
    return q->kind == SQL_TRUNCATE ? eng_out_none(c, r)
                                   : eng_out_numbers(c, r, name, &d.done.deleted, 1);
}
