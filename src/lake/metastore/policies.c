/* Column masks and row filters, and what becomes of a column's facts when it is renamed. */
#include "lake/metastore/facts.h"
#include "lake/metastore/meta_int.h"

#define POLICY_COLUMNS                                                                \
    "o.catalog, o.schema, o.name, p.column, p.catalog, p.schema, p.name, p.arguments" \
    " FROM policy p JOIN object o ON o.id=p.object_id"
#define POLICY_ORDER " ORDER BY o.catalog, o.schema, o.name, p.column"

static cx_code collect(cx *c, db *d, sqlite3_stmt *s, meta_policy_row **out, size_t *out_n)
{
    size_t count = 0, room = 8;
    meta_policy_row *rows = cx_array(c, meta_policy_row, room);
    for (bool row;;) {
        TRY(db_step(c, d, s, &row));
        if (!row)
            break;
        rows = meta_grow(c, rows, sizeof *rows, count, &room);
        const char *column = db_text(c, s, 3);
        rows[count++] =
            (meta_policy_row){.table = {db_text(c, s, 0), db_text(c, s, 1), db_text(c, s, 2)},
                              .column = column && *column ? column : NULL,
                              .function = {db_text(c, s, 4), db_text(c, s, 5), db_text(c, s, 6)},
                              .arguments = db_text(c, s, 7)};
    }
    *out = rows;
    *out_n = count;
    return CX_OK;
}

cx_code meta_policy_set(cx *c, meta *m, const meta_policy_row *policy)
{
    AUTO(db) d = NULL;
    const char *id, *function;
    const meta_name f = meta_fold(c, META_FUNCTION, policy->function);
    TRY(db_take(c, m, DB_WRITE, &d));
    TRY(meta_id_on(c, d, META_TABLE, meta_fold(c, META_TABLE, policy->table), &id));
    TRY(meta_id_on(c, d, META_FUNCTION, f, &function));
    TRY(db_run(c, d,
               "INSERT OR REPLACE INTO policy(object_id, column, catalog, schema, name, arguments)"
               " VALUES(?1,?2,?3,?4,?5,?6)",
               "tttttt", id, policy->column ? policy->column : "", f.catalog, f.schema, f.name,
               policy->arguments ? policy->arguments : "[]"));
    return db_commit(c, d);
}

cx_code meta_policy_drop(cx *c, meta *m, meta_name table, const char *column)
{
    AUTO(db) d = NULL;
    const char *id;
    TRY(db_take(c, m, DB_WRITE, &d));
    TRY(meta_id_on(c, d, META_TABLE, meta_fold(c, META_TABLE, table), &id));
    TRY(db_run(c, d, "DELETE FROM policy WHERE object_id=?1 AND column=?2", "tt", id,
               column ? column : ""));
    return db_commit(c, d);
}

cx_code meta_policies_of(cx *c, meta *m, meta_name table, meta_policy_row **out, size_t *out_n)
{
    AUTO(db) d = NULL;
    DB_STMT s = NULL;
    table = meta_fold(c, META_TABLE, table);
    TRY(db_take(c, m, DB_READ, &d));
    TRY(db_query(c, d, &s,
                 "SELECT " POLICY_COLUMNS
                 " WHERE o.type=3 AND o.catalog=?1 AND o.schema=?2 AND o.name=?3" POLICY_ORDER,
                 "ttt", table.catalog, table.schema, table.name));
    return collect(c, d, s, out, out_n);
}

cx_code meta_policies_below(cx *c, meta *m, const char *catalog, meta_policy_row **out,
                            size_t *out_n)
{
    AUTO(db) d = NULL;
    DB_STMT s = NULL;
    const meta_name n = meta_fold(c, META_CATALOG, (meta_name){.catalog = catalog});
    TRY(db_take(c, m, DB_READ, &d));
    TRY(db_query(c, d, &s,
                 "SELECT " POLICY_COLUMNS " WHERE ?1 IS NULL OR o.catalog=?1" POLICY_ORDER, "t",
                 catalog ? n.catalog : NULL));
    return collect(c, d, s, out, out_n);
}

/* ---- a column that changes ------------------------------------------------------------ */

static cx_code count_uses(cx *c, db *d, const char *id, const char *column, const char **out_what)
{
    static const struct {
        const char *what, *sql;
    } uses[] = {
        {"a primary or foreign key",
         "SELECT count(*) FROM table_key k, json_each(k.columns) e WHERE k.object_id=?1 AND"
         " e.value=?2 COLLATE NOCASE"},
        {"a foreign key of another table",
         "SELECT count(*) FROM table_key k, json_each(k.parent_columns) e WHERE k.parent_id=?1 AND"
         " e.value=?2 COLLATE NOCASE"},
        {"a row filter or a column mask",
         "SELECT count(*) FROM policy p, json_each(p.arguments) e WHERE p.object_id=?1 AND"
         " e.value=?2 COLLATE NOCASE"},
        {"a column mask", "SELECT count(*) FROM policy WHERE object_id=?1 AND column=?2"},
    };
    *out_what = NULL;
    for (size_t i = 0; i < CX_COUNT(uses) && !*out_what; i++) {
        int64_t n = 0;
        TRY(db_int(c, d, &n, uses[i].sql, "tt", id, column));
        if (n)
            *out_what = uses[i].what;
    }
    return CX_OK;
}

cx_code meta_column_renamed(cx *c, meta *m, meta_name table, const char *column, const char *to)
{
    AUTO(db) d = NULL;
    const char *id, *what;
    TRY(db_take(c, m, DB_WRITE, &d));
    TRY(meta_id_on(c, d, META_TABLE, meta_fold(c, META_TABLE, table), &id));
    TRY(count_uses(c, d, id, column, &what));
    if (what)
        return cx_fail_as(c, CX_CONFLICT, "COLUMN_HAS_DEPENDENTS", "2BP01",
                          "The column `%s` of %s cannot be renamed or dropped: %s needs it.",
                          column, meta_full_name(c, META_TABLE, table), what);
    if (to)
        TRY(db_run(c, d, "UPDATE tag SET column=?3 WHERE object_id=?1 AND column=?2", "ttt", id,
                   column, to));
    else
        TRY(db_run(c, d, "DELETE FROM tag WHERE object_id=?1 AND column=?2", "tt", id, column));
    return db_commit(c, d);
}
