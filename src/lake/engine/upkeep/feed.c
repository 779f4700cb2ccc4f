/* table_changes(table, start [, end]) as a relation.
 *
 * delta/ tells, file by file, what each version inserted and deleted (delta_changes). Here that
 * becomes a view over the files, never a copy of rows: each file is read once for each way of
 * looking at it, and joins on file_index with a small table of changes, so that a file that was
 * inserted in one version and deleted in another gives its rows twice.
 *
 *   PLAIN    all rows of the file
 *   ONLY     the rows of a list of positions (a deletion vector grew or shrank): semi join
 *   EXCEPT   all rows but those of a list (the file had a deletion vector): anti join
 *   TOLD     change files, whose rows say themselves what they are
 *
 * Lists of positions go to a table of DuckDB as they come. All columns are those of the last
 * version asked for. spec: delta "Add CDC File", wire §15 */
#include "lake/engine/query/scan.h"
#include "lake/engine/upkeep/upkeep.h"

#include "base/when.h"
#include "sql/lex.h"
#include "sql/quote.h"

#include <inttypes.h>

typedef enum { PLAIN, ONLY, EXCEPT, TOLD, WAYS } way;

typedef struct {
    json *files;   /* path → its index in `list` */
    buf list;      /* literals of paths, with commas */
    json *changes; /* [file index, number, type, version, time, partition value …] */
} group;

typedef struct {
    run *r;
    duck_conn *conn;
    delta_table *table;
    const delta_snapshot *s; /* at the last version: whose schema rows have */
    const char *relation;
    group groups[WAYS];
    int64_t count;
} feed;

static void feed_clear(feed *f)
{
    for (int i = 0; i < WAYS; i++) {
        json_decref(f->groups[i].files);
        json_decref(f->groups[i].changes);
        buf_clear(&f->groups[i].list);
    }
}

/* ---- gathering ----------------------------------------------------------------------- */

static const char *positions_of(cx *c, const feed *f, way w)
{
    return cx_fmt(c, "%s_%d_rows", f->relation, (int)w);
}

static const char *changes_of(cx *c, const feed *f, way w)
{
    return cx_fmt(c, "%s_%d_changes", f->relation, (int)w);
}

static int64_t file_index(cx *c, group *g, const char *path)
{
    const json *known = json_object_get(g->files, path);
    if (known)
        return json_integer_value(known);
    const int64_t index = (int64_t)json_object_size(g->files);
    json_object_set_new_nocheck(g->files, path, json_integer(index));
    if (index)
        buf_adds(&g->list, ", ");
    eng_add_file_literal(c, &g->list, path);
    return index;
}

static way way_of(const delta_change *d)
{
    if (d->kind == DELTA_CHANGE_FILE)
        return TOLD;
    if (d->only)
        return ONLY;
    return d->row_count ? EXCEPT : PLAIN;
}

static cx_code take(cx *c, void *self, const delta_change *d)
{
    feed *f = self;
    const way w = way_of(d);
    group *g = &f->groups[w];
    const char *type = d->kind == DELTA_INSERTED ? "insert" : "delete";
    const int64_t number = f->count++;
    json *row =
        json_pack("[I, I, s, I, s]", (json_int_t)file_index(c, g, d->path), (json_int_t)number,
                  type, (json_int_t)d->version, when_iso_ms(c, d->timestamp_ms));
    eng_scan_partition_row(c, f->s, d->partition_values, row);
    json_array_append_new(g->changes, row);
    if (w != ONLY && w != EXCEPT)
        return CX_OK;
    return duck_pairs_add(c, f->conn, positions_of(c, f, w), number, d->rows, d->row_count);
}

static cx_code gather(cx *c, feed *f, int64_t from)
{
    for (int i = 0; i < WAYS; i++)
        f->groups[i] =
            (group){.files = json_object(), .list = BUF(BUF_ANY), .changes = json_array()};
    TRY(duck_pairs_begin(c, f->conn, positions_of(c, f, ONLY)));
    TRY(duck_pairs_begin(c, f->conn, positions_of(c, f, EXCEPT)));
    return delta_changes(c, f->table, from, delta_version(f->s), take, f);
}

/* ---- the view ------------------------------------------------------------------------ */

static cx_code register_changes(cx *c, const feed *f, way w)
{
    static const char *const fixed[] = {"i", "k", "t", "v", "m"};
    const size_t n = CX_COUNT(fixed) + delta_partition_count(f->s);
    const char **columns = cx_array(c, const char *, n), **types = cx_array(c, const char *, n);
    for (size_t i = 0; i < n; i++) {
        columns[i] = i < CX_COUNT(fixed) ? fixed[i] : cx_fmt(c, "p%zu", i + 1 - CX_COUNT(fixed));
        types[i] = i < 2 || i == 3 ? "BIGINT" : "VARCHAR";
    }
    return duck_register_rows(c, f->conn, changes_of(c, f, w), columns, types, n,
                              f->groups[w].changes);
}

static bool by_id(const feed *f)
{
    const char *mode = delta_property(f->s, "delta.columnMapping.mode");
    return mode && strcmp(mode, "id") == 0;
}

/* Change files have one column that the table has not, and that has no field id: there, names are
 * the physical ones in each mode. */
static cx_code add_way(cx *c, const feed *f, way w, bool first, buf *sql)
{
    static const char told[] = "'_change_type': {name: 'kind', type: 'VARCHAR', "
                               "default_value: NULL}";
    const group *g = &f->groups[w];
    TRY(register_changes(c, f, w));
    buf_adds(sql, first ? "SELECT " : " UNION ALL SELECT ");
    TRY(eng_scan_columns(c, f->s, sql));
    buf_addf(sql,
             ", %s AS _change_type, p.v AS _commit_version, CAST(p.m AS TIMESTAMPTZ) AS "
             "_commit_timestamp FROM read_parquet([%s], hive_partitioning=false",
             w == TOLD ? "r.kind" : "p.t", buf_text(&g->list));
    TRY(eng_scan_schema(c, f->s, w != TOLD && by_id(f), w == TOLD ? told : NULL, sql));
    buf_addf(sql, ") r JOIN \"%s\" p ON CAST(r.file_index AS BIGINT) = p.i", changes_of(c, f, w));
    if (w == ONLY || w == EXCEPT)
        buf_addf(sql, " %s JOIN \"%s\" d ON p.k = d.a AND CAST(r.file_row_number AS BIGINT) = d.b",
                 w == ONLY ? "SEMI" : "ANTI", positions_of(c, f, w));
    return CX_OK;
}

static cx_code add_nothing(cx *c, const feed *f, buf *sql)
{
    const json *field;
    size_t i;
    buf_adds(sql, "SELECT ");
    json_array_foreach (json_get(delta_schema(f->s), "fields"), i, field) {
        buf_adds(sql, "CAST(NULL AS ");
        TRY(eng_duck_type(c, json_get(field, "type"), false, sql));
        buf_adds(sql, ") AS ");
        duck_add_ident(sql, json_get_str(field, "name", ""));
        buf_adds(sql, ", ");
    }
    buf_adds(sql, "CAST(NULL AS VARCHAR) AS _change_type, CAST(NULL AS BIGINT) AS _commit_version, "
                  "CAST(NULL AS TIMESTAMPTZ) AS _commit_timestamp WHERE false");
    return CX_OK;
}

static cx_code add_body(cx *c, const feed *f, buf *sql)
{
    bool first = true;
    for (way w = PLAIN; w < WAYS; w++) {
        if (json_array_size(f->groups[w].changes) == 0)
            continue;
        TRY(add_way(c, f, w, first, sql));
        first = false;
    }
    return first ? add_nothing(c, f, sql) : CX_OK;
}

static cx_code make_view(cx *c, feed *f)
{
    buf sql = BUF(BUF_ANY);
    buf_adds(&sql, "CREATE OR REPLACE TEMP VIEW ");
    duck_add_ident(&sql, f->relation);
    buf_adds(&sql, " AS ");
    cx_code rc = add_body(c, f, &sql);
    if (rc == CX_OK)
        rc = eng_exec(c, f->r, &sql);
    buf_clear(&sql);
    return rc;
}

/* ---- the arguments -------------------------------------------------------------------- */

static cx_code string_argument(cx *c, const sql_table_ref *ref, char **out)
{
    sql_tokens t;
    if (ref->arg_count < 2 || ref->arg_count > 3)
        return cx_fail_as(c, CX_INVALID, "WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "42605",
                          "The `%s` requires 2 or 3 parameters but the actual number is %zu.",
                          ref->function, ref->arg_count);
    TRY(sql_lex(c, ref->args[0], &t));
    if (t.count != 1 || t.at[0].kind != TOK_STRING)
        return cx_fail_as(c, CX_INVALID, "NON_FOLDABLE_ARGUMENT", "42K08",
                          "The first argument of `%s` is a table's name as a string, not %s.",
                          ref->function, ref->args[0]);
    return sql_token_string(c, &t, 0, out);
}

static bool is_number(const char *type)
{
    return strcmp(type, "BIGINT") == 0 || strcmp(type, "INT") == 0 ||
           strcmp(type, "SMALLINT") == 0 || strcmp(type, "TINYINT") == 0 ||
           text_starts(type, "DECIMAL");
}

/* Whole numbers are versions; all else is a time. */
static cx_code bound(cx *c, run *r, const char *sql, delta_at *out)
{
    AUTO(json) described = NULL;
    char *query = NULL;
    sql_travel travel = {0};
    if (text_same_nocase(sql, "NULL"))
        return cx_fail_as(c, CX_INVALID, "DELTA_CDC_READ_NULL_RANGE_BOUNDARY", "22004",
                          "CDC read start/end parameters cannot be null. Please provide a valid "
                          "version or timestamp.");
    bool number = strspn(sql, "0123456789") == strlen(sql);
    if (!number && sql[0] != '\'') {
        TRY(eng_prepare(c, r, cx_fmt(c, "SELECT %s AS x", sql), &query));
        TRY(eng_guard(c, r, query));
        TRY(eng_describe_query(c, r, query, &described));
        number = is_number(json_string_value(json_array_get(json_array_get(described, 0), 1)));
    }
    *(number ? &travel.version_sql : &travel.timestamp_sql) = sql;
    return eng_travel(c, r, &travel, out);
}

static bool failed_as(const cx *c, const char *condition)
{
    return c->error.condition && strcmp(c->error.condition, condition) == 0;
}

/* The first version at or after the time; the first that there is, for a time before all. */
static cx_code start_version(cx *c, delta_table *t, delta_at at, int64_t *out)
{
    AUTO(delta_snapshot) s = NULL;
    if (at.version >= 0) {
        *out = at.version;
        return CX_OK;
    }
    const cx_code rc = delta_snapshot_load(c, t, at, &s);
    if (rc != CX_OK && failed_as(c, "DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION")) {
        AUTO(json) holder = NULL;
        delta_history_row *rows = NULL;
        size_t n = 0;
        cx_forgive(c);
        TRY(delta_history(c, t, 0, &rows, &n, &holder));
        *out = n ? rows[n - 1].version : 0;
        return CX_OK;
    }
    TRY(rc);
    *out = delta_version(s) + (delta_timestamp_ms(s) * 1000 < at.timestamp_us);
    return CX_OK;
}

/* What is past the end is the end. */
static cx_code load_end(cx *c, delta_table *t, delta_at at, int64_t from, delta_snapshot **out)
{
    if (at.version >= 0 && at.version < from)
        return cx_fail_as(c, CX_INVALID, "DELTA_INVALID_CDC_RANGE", "22003",
                          "CDC range from start %" PRId64 " to end %" PRId64
                          " was invalid. End cannot be before start.",
                          from, at.version);
    const cx_code rc = delta_snapshot_load(c, t, at, out);
    if (rc == CX_OK || (!failed_as(c, "DELTA_TIMESTAMP_GREATER_THAN_COMMIT") &&
                        !failed_as(c, "DELTA_VERSION_NOT_FOUND")))
        return rc;
    cx_forgive(c);
    return delta_snapshot_load(c, t, DELTA_LATEST, out);
}

static cx_code check_order(cx *c, const delta_snapshot *s, delta_at end, int64_t from)
{
    if (from <= delta_version(s))
        return CX_OK;
    if (end.timestamp_us >= 0)
        return cx_fail_as(c, CX_INVALID, "DELTA_INVALID_CDC_RANGE", "22003",
                          "CDC range from start %" PRId64 " to end %" PRId64
                          " was invalid. End cannot be before start.",
                          from, delta_version(s));
    return cx_fail_as(c, CX_INVALID, "DELTA_CDC_START_VERSION_AFTER_LATEST", "22003",
                      "Start version %" PRId64 " is greater than the latest version of the table, "
                      "%" PRId64 ".",
                      from, delta_version(s));
}

static cx_code make_feed(cx *c, run *r, const sql_table_ref *ref, delta_table *t,
                         const char *relation)
{
    AUTO(delta_snapshot) s = NULL;
    delta_at start, end = DELTA_LATEST;
    int64_t from;
    TRY(bound(c, r, ref->args[1], &start));
    if (ref->arg_count > 2)
        TRY(bound(c, r, ref->args[2], &end));
    TRY(start_version(c, t, start, &from));
    TRY(load_end(c, t, end, from, &s));
    TRY(check_order(c, s, end, from));
    AUTO_CLEAR(feed) f = {.r = r, .table = t, .s = s, .relation = relation};
    TRY(eng_conn(c, r, &f.conn));
    TRY(gather(c, &f, from));
    return make_view(c, &f);
}

/* ---- the table ------------------------------------------------------------------------ */

static cx_code check_object(cx *c, run *r, const meta_object *o)
{
    bool guarded;
    const char *shown = eng_quoted(c, o->name);
    if (o->view_definition)
        return cx_fail_as(c, CX_INVALID, "DELTA_TABLE_CHANGES_VIEW_UNSUPPORTED", "0A000",
                          "table_changes is for Delta tables; %s is a view.", shown);
    if (!text_same_nocase(o->format, "DELTA"))
        return cx_fail_as(c, CX_INVALID, "DELTA_ONLY_OPERATION", "0AKDD",
                          "%s is a %s table; table_changes is only for Delta tables.", shown,
                          o->format ? o->format : "foreign");
    TRY(eng_has_policies(c, r, o, &guarded));
    if (guarded)
        return eng_unsupported(c, "table_changes on a table with a row filter or masks (%s)",
                               shown);
    return CX_OK;
}

static cx_code named_table(cx *c, run *r, const char *text, const char **shown, delta_table **out)
{
    AUTO_CLEAR(meta_object) o = {0};
    sql_name name = {0};
    char *parts[3];
    TRY(sql_split_name(c, text, 3, parts, &name.count));
    for (int i = 0; i < name.count; i++)
        name.parts[i] = parts[i];
    TRY(eng_load_object(c, r, &name, "SELECT", &o));
    TRY(check_object(c, r, &o));
    *shown = eng_quoted(c, o.name);
    return delta_open(c, o.location, &r->e->parquet, out);
}

static cx_code table_at(cx *c, run *r, const char *path, const char **shown, delta_table **out)
{
    char *location = NULL;
    TRY(eng_require_path(c, r));
    TRY(eng_location(c, path, &location));
    *shown = cx_fmt(c, "delta.%s", sql_ident(c, path));
    return delta_open(c, location, &r->e->parquet, out);
}

cx_code eng_changes_relation(cx *c, run *r, const sql_table_ref *ref, const char **out)
{
    AUTO(delta_table) t = NULL;
    char *text = NULL;
    const char *shown = NULL;
    TRY(string_argument(c, ref, &text));
    if (text_same_nocase(ref->function, "table_changes"))
        TRY(named_table(c, r, text, &shown, &t));
    else
        TRY(table_at(c, r, text, &shown, &t));
    const char *key = cx_fmt(c, "table_changes\1%s\1%d", shown, r->relation_count);
    TRY(eng_relation_new(c, r, key, shown, out));
    return upkeep_shown(c, delta_root(t), shown, make_feed(c, r, ref, t, *out));
}
