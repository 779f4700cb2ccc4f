/* The source of a MERGE: evaluated once, so that what is random or changes meanwhile is one thing
 * to every clause; and each of its rows has a number, by which those that matched are known. */
#include "lake/engine/rows/dml.h"

#include "sql/quote.h"

static const char *name_text(cx *c, const sql_name *n)
{
    buf b = BUF(BUF_ANY);
    if (n->path)
        return cx_fmt(c, "%s.%s", n->parts[0], sql_ident(c, n->path));
    for (int i = 0; i < n->count; i++) {
        buf_adds(&b, i ? "." : "");
        sql_add_ident(&b, n->parts[i]);
    }
    const char *text = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    return text;
}

static const char *source_query(cx *c, const sql_merge *m)
{
    if (!m->source.count)
        return m->query;
    const char *name = name_text(c, &m->source);
    if (m->travel.version_sql)
        return cx_fmt(c, "SELECT * FROM %s VERSION AS OF %s", name, m->travel.version_sql);
    if (m->travel.timestamp_sql)
        return cx_fmt(c, "SELECT * FROM %s TIMESTAMP AS OF %s", name, m->travel.timestamp_sql);
    return cx_fmt(c, "SELECT * FROM %s", name);
}

/* References to it: by its full name, so that columns may be written s.t.x; what has no name in the
 * metastore goes by a path that is none. */
static cx_code name_source(cx *c, dml_merging *k)
{
    const sql_name *n = &k->m->source;
    meta_name full;
    k->source_name = "delta.`/__clxs_source`";
    k->source_alias = k->m->alias            ? k->m->alias
                      : n->count && !n->path ? n->parts[n->count - 1]
                                             : "__clxs_s";
    if (!n->count || n->path)
        return CX_OK;
    TRY(eng_name(c, k->d.r, n, META_TABLE, &full));
    if (!eng_is_information_schema(full))
        k->source_name = eng_quoted(c, full);
    return CX_OK;
}

cx_code dml_merge_source_as(cx *c, dml_merging *k, const char *version, const char **out_relation,
                            const char **out_reference)
{
    const char *key = cx_fmt(c, "%s\1%s\1", k->source_name, version);
    TRY(eng_relation_new(c, k->d.r, key, "the source", out_relation));
    *out_reference = cx_fmt(c, "%s VERSION AS OF %s AS %s", k->source_name, version,
                            sql_ident(c, k->source_alias));
    return CX_OK;
}

static cx_code wrong_columns(cx *c, size_t given, size_t columns)
{
    return cx_fail_as(c, CX_INVALID, "INSERT_COLUMN_ARITY_MISMATCH", "21S01",
                      "The source of the MERGE has %zu columns, and %zu names are given for them.",
                      columns, given);
}

static cx_code name_columns(cx *c, dml_merging *k, const char *query)
{
    json *column;
    size_t i;
    TRY(eng_describe_query(c, k->d.r, query, &k->source_columns));
    const size_t n = json_array_size(k->source_columns);
    if (k->m->column_count && k->m->column_count != n)
        return wrong_columns(c, k->m->column_count, n);
    json_array_foreach (k->source_columns, i, column)
        if (k->m->column_count)
            json_array_set_new(column, 0, json_string(k->m->columns[i]));
    return CX_OK;
}

static cx_code count_source(cx *c, void *self, const char *const *v, const size_t *lengths)
{
    (void)c, (void)lengths;
    ((dml_merging *)self)->source_count = strtoll(v[0], NULL, 10);
    return CX_OK;
}

cx_code dml_merge_source(cx *c, dml_merging *k)
{
    char *query = NULL;
    buf sql = BUF(BUF_ANY);
    const json *column;
    size_t i;
    TRY(name_source(c, k));
    TRY(dml_prepare(c, &k->d, source_query(c, k->m), &query));
    TRY(name_columns(c, k, query));
    TRY(dml_merge_source_as(c, k, "'__clxs_source'", &k->source_rows, &k->source));
    buf_addf(&sql,
             "CREATE TEMP TABLE %s AS SELECT row_number() OVER () AS " DML_SOURCE_ROW ", q.*"
             " FROM (%s) AS q(",
             k->source_rows, query);
    json_array_foreach (k->source_columns, i, column) {
        buf_adds(&sql, i ? ", " : "");
        duck_add_ident(&sql, json_string_value(json_array_get(column, 0)));
    }
    buf_addc(&sql, ')');
    TRY(dml_exec(c, &k->d, &sql));
    return dml_each(c, &k->d, cx_fmt(c, "SELECT count(*) FROM %s", k->source_rows), count_source,
                    k);
}
