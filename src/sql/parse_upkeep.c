/* What keeps a table in shape: RESTORE, VACUUM, OPTIMIZE, REORG, CONVERT TO DELTA. */
#include "sql/parse_int.h"

/* A name, or a folder as a string. */
static cx_code take_table(sql_parser *p, sql_name *out)
{
    const char *path;
    if (p->t.at[p->i].kind != TOK_STRING)
        return sql_take_name(p, 3, out);
    TRY(sql_take_string(p, &path));
    *out = (sql_name){.parts = {"delta"}, .count = 1, .path = path};
    return CX_OK;
}

cx_code sql_parse_restore(sql_parser *p, sql_statement *out)
{
    out->kind = SQL_RESTORE;
    (void)sql_accept(p, "TABLE");
    TRY(sql_take_name(p, 3, &out->name));
    (void)sql_accept(p, "TO");
    TRY(sql_take_travel(p, &out->travel));
    return out->travel.version_sql || out->travel.timestamp_sql ? CX_OK : sql_refuse(p);
}

cx_code sql_parse_vacuum(sql_parser *p, sql_statement *out)
{
    out->kind = SQL_VACUUM;
    TRY(take_table(p, &out->name));
    for (;;) {
        if (!out->what && sql_accept(p, "FULL"))
            out->what = "FULL";
        else if (!out->what && sql_accept(p, "LITE"))
            out->what = "LITE";
        else if (!out->dry_run && sql_accept(p, "DRY RUN"))
            out->dry_run = true;
        else if (!out->value && sql_accept(p, "RETAIN")) {
            if (p->t.at[p->i].kind != TOK_NUMBER)
                return sql_refuse(p);
            out->value = sql_token_text(p->c, &p->t, p->i++);
            TRY(sql_expect(p, "HOURS"));
        } else if (sql_at(p, "USING"))
            return sql_unsupported(p, "VACUUM … USING INVENTORY");
        else
            return CX_OK;
    }
}

static cx_code take_zorder(sql_parser *p, sql_statement *out)
{
    const char **names = NULL;
    if (sql_at(p, "("))
        return sql_take_names(p, &out->zorder_by, &out->zorder_count);
    do {
        names = sql_grow(p->c, names, out->zorder_count, sizeof *names);
        TRY(sql_take_column_path(p, &names[out->zorder_count]));
        out->zorder_count++;
    } while (sql_accept(p, ","));
    out->zorder_by = names;
    return CX_OK;
}

cx_code sql_parse_optimize(sql_parser *p, sql_statement *out)
{
    static const char *const stops[] = {"ZORDER", NULL};
    out->kind = SQL_OPTIMIZE;
    TRY(take_table(p, &out->name));
    if (sql_accept(p, "FULL"))
        out->what = "FULL";
    if (sql_accept(p, "WHERE"))
        TRY(sql_take_span(p, stops, &out->where));
    return sql_accept(p, "ZORDER BY") ? take_zorder(p, out) : CX_OK;
}

cx_code sql_parse_reorg(sql_parser *p, sql_statement *out)
{
    static const char *const stops[] = {"APPLY", NULL};
    out->kind = SQL_REORG;
    TRY(sql_expect(p, "TABLE"));
    TRY(sql_take_name(p, 3, &out->name));
    if (sql_accept(p, "WHERE"))
        TRY(sql_take_span(p, stops, &out->where));
    TRY(sql_expect(p, "APPLY"));
    if (sql_accept(p, "( UPGRADE"))
        return sql_unsupported(p, "REORG TABLE … APPLY (UPGRADE UNIFORM …)");
    if (sql_accept(p, "( CHECKPOINT"))
        return sql_unsupported(p, "REORG TABLE … APPLY (CHECKPOINT)");
    return sql_expect(p, "( PURGE )");
}

static cx_code take_partition_columns(sql_parser *p, sql_statement *out)
{
    sql_column *columns = NULL;
    TRY(sql_expect(p, "("));
    do {
        columns = sql_grow(p->c, columns, out->column_count, sizeof *columns);
        TRY(sql_take_column(p, &columns[out->column_count]));
        out->column_count++;
    } while (sql_accept(p, ","));
    out->columns = columns;
    return sql_expect(p, ")");
}

cx_code sql_parse_convert(sql_parser *p, sql_statement *out)
{
    out->kind = SQL_CONVERT;
    TRY(sql_expect(p, "TO DELTA"));
    TRY(sql_take_name(p, 3, &out->name));
    if (sql_accept(p, "NO STATISTICS"))
        out->what = "NO STATISTICS";
    return sql_accept(p, "PARTITIONED BY") ? take_partition_columns(p, out) : CX_OK;
}
