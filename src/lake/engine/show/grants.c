/* GRANT, REVOKE, SHOW GRANTS, COMMENT ON. */
#include "lake/engine/engine_int.h"

cx_code eng_grant(cx *c, run *r, const sql_statement *q)
{
    meta_type t;
    meta_name n;
    TRY(eng_type(c, q->object, &t));
    TRY(eng_name(c, r, &q->name, t, &n));
    TRY(eng_require(c, r, "MANAGE", t, n));
    for (size_t i = 0; i < q->privilege_count; i++) {
        if (q->kind == SQL_GRANT)
            TRY(meta_grant(c, r->e->meta, t, n, q->principal, q->privileges[i], r->s->principal));
        else
            TRY(meta_revoke(c, r->e->meta, t, n, q->principal, q->privileges[i]));
    }
    return eng_out_none(c, r);
}

static cx_code grant_rows(cx *c, run *r, const sql_statement *q, meta_type t, meta_name n)
{
    meta_grant_row *rows = NULL;
    size_t count = 0;
    TRY(meta_grants(c, r->e->meta, t, n, false, &rows, &count));
    for (size_t i = 0; i < count; i++) {
        if (q->principal && !text_same_nocase(q->principal, rows[i].principal))
            continue;
        char *words = cx_dup(c, rows[i].privilege);
        for (char *p = words; *p; p++)
            if (*p == '_')
                *p = ' ';
        const char *const values[] = {rows[i].principal, words, meta_type_name(t),
                                      meta_full_name(c, t, n)};
        TRY(eng_out_row(c, r, values, 4));
    }
    return CX_OK;
}

/* On the object itself first, then what it has from above. */
cx_code eng_show_grants(cx *c, run *r, const sql_statement *q)
{
    static const engine_column columns[] = {{"Principal", "STRING"},
                                            {"ActionType", "STRING"},
                                            {"ObjectType", "STRING"},
                                            {"ObjectKey", "STRING"}};
    meta_type t;
    meta_name n;
    TRY(eng_type(c, q->object ? q->object : "METASTORE", &t));
    TRY(eng_name(c, r, &q->name, t, &n));
    if (!meta_exists(c, r->e->meta, t, n)) {
        meta_object o;
        TRY(meta_load(c, r->e->meta, t, n, &o)); /* says what is missing */
        meta_object_clear(&o);
    }
    TRY(eng_out_columns(c, r, columns, 4));
    TRY(grant_rows(c, r, q, t, n));
    if (t >= META_TABLE)
        TRY(grant_rows(c, r, q, META_SCHEMA,
                       (meta_name){.catalog = n.catalog, .schema = n.schema}));
    if (t >= META_SCHEMA)
        TRY(grant_rows(c, r, q, META_CATALOG, (meta_name){.catalog = n.catalog}));
    return CX_OK;
}

static cx_code comment_object(cx *c, run *r, const sql_statement *q)
{
    meta_type t;
    meta_name n;
    AUTO(json) changes = json_pack("{s:s?}", "comment", q->comment);
    TRY(eng_type(c, q->object, &t));
    TRY(eng_name(c, r, &q->name, t, &n));
    TRY(eng_require(c, r, t == META_TABLE ? "MODIFY" : "MANAGE", t, n));
    if (t == META_TABLE) {
        AUTO_CLEAR(meta_object) o = {0};
        TRY(meta_load(c, r->e->meta, t, n, &o));
        if (!o.view_definition && o.format && text_same_nocase(o.format, "DELTA"))
            return eng_comment_table(c, r, q);
    }
    return meta_update(c, r->e->meta, t, n, changes, r->s->principal);
}

cx_code eng_comment(cx *c, run *r, const sql_statement *q)
{
    if (text_same_nocase(q->object, "COLUMN")) {
        sql_name table = q->name;
        if (table.count < 2)
            return cx_fail_as(c, CX_INVALID, "INVALID_IDENTIFIER", "42602",
                              "COMMENT ON COLUMN wants table.column.");
        const char *column = table.parts[--table.count];
        TRY(eng_comment_column(c, r, &table, column, q->comment));
    } else {
        TRY(comment_object(c, r, q));
    }
    return eng_out_none(c, r);
}
