/* Masks and row filters in force: a scan of such a table goes through them, whoever asks and by
 * whatever way (a view, a function, a sub-query). Their functions see the session's user, run with
 * their owners' rights, and what they give is cast to the column's type. A table whose policy
 * cannot be applied is not read at all. */
#include "lake/engine/engine_int.h"
#include "lake/metastore/facts.h"

typedef struct {
    run *r;
    const meta_policy_row *rows;
    size_t count;
    const json *columns;
} policies;

static cx_code call_policy(cx *c, policies *p, const meta_policy_row *row, buf *sql)
{
    AUTO(json) arguments = NULL;
    const json *argument;
    const char *macro = NULL, *was = p->r->principal;
    size_t i;
    TRY(json_parse(c, row->arguments, strlen(row->arguments), "a policy's columns", &arguments));
    p->r->principal = NULL;
    const cx_code rc = eng_function_macro(c, p->r, row->function, &macro);
    p->r->principal = was;
    TRY(rc);
    duck_add_ident(sql, macro);
    buf_addc(sql, '(');
    if (row->column)
        duck_add_ident(sql, row->column);
    json_array_foreach (arguments, i, argument) {
        buf_adds(sql, i || row->column ? ", " : "");
        duck_add_ident(sql, json_string_value(argument));
    }
    buf_addc(sql, ')');
    return CX_OK;
}

static const meta_policy_row *policy_of(const policies *p, const char *column)
{
    for (size_t i = 0; i < p->count; i++)
        if (column ? text_same_nocase(p->rows[i].column, column) : !p->rows[i].column)
            return &p->rows[i];
    return NULL;
}

static cx_code add_column(cx *c, policies *p, const json *column, buf *sql)
{
    const char *name = json_get_str(column, "name", "");
    const meta_policy_row *mask = policy_of(p, name);
    AUTO(json) type = NULL;
    if (!mask) {
        duck_add_ident(sql, name);
        return CX_OK;
    }
    TRY(delta_type_parse(c, json_get_str(column, "type_text", "string"), &type));
    buf_adds(sql, "CAST(");
    TRY(call_policy(c, p, mask, sql));
    buf_adds(sql, " AS ");
    TRY(eng_duck_type(c, type, false, sql));
    buf_adds(sql, ") AS ");
    duck_add_ident(sql, name);
    return CX_OK;
}

static cx_code add_view(cx *c, policies *p, const char *base, const char *relation, buf *sql)
{
    const json *column;
    size_t i;
    const meta_policy_row *filter = policy_of(p, NULL);
    buf_adds(sql, "CREATE OR REPLACE TEMP VIEW ");
    duck_add_ident(sql, relation);
    buf_adds(sql, " AS SELECT ");
    json_array_foreach (p->columns, i, column) {
        buf_adds(sql, i ? ", " : "");
        TRY(add_column(c, p, column, sql));
    }
    buf_adds(sql, " FROM ");
    duck_add_ident(sql, base);
    if (filter) {
        buf_adds(sql, " WHERE ");
        TRY(call_policy(c, p, filter, sql));
    }
    return CX_OK;
}

/* Reading an older version, the policies of now apply to the columns of then. */
cx_code eng_policies(cx *c, run *r, const meta_object *o, const delta_snapshot *snapshot,
                     const char *base, const char *relation)
{
    policies p = {.r = r};
    meta_policy_row *rows = NULL;
    buf sql = BUF(BUF_ANY);
    TRY(meta_policies_of(c, r->e->meta, o->name, &rows, &p.count));
    AUTO(json) columns = eng_snapshot_columns(c, snapshot);
    p.rows = rows;
    p.columns = columns;
    cx_code rc = add_view(c, &p, base, relation, &sql);
    if (rc == CX_OK)
        return eng_exec(c, r, &sql);
    buf_clear(&sql);
    return rc;
}

cx_code eng_has_policies(cx *c, run *r, const meta_object *o, bool *out)
{
    meta_policy_row *rows = NULL;
    size_t n = 0;
    *out = false;
    if (!o->name.name)
        return CX_OK;
    TRY(meta_policies_of(c, r->e->meta, o->name, &rows, &n));
    *out = n > 0;
    return CX_OK;
}
