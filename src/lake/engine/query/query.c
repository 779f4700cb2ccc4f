/* Queries: from Databricks text to rows.
 *
 * Each table reference of the text becomes a relation on the statement's own connection (a scan of
 * one pinned snapshot, an expanded view, a piece of information_schema), and its span in the text
 * is replaced by that relation's name, with the table's own name as alias where none is written, so
 * that `t.x` keeps its meaning; column references with more parts (`s.t.x`) lose the front ones.
 * What is left is one query over plain names, which the dialect library translates.
 *
 * A table that the statement names twice is pinned once: both references see one version. */
#include "lake/engine/engine_int.h"

#include <ctype.h>

#include "sql/lex.h"
#include "sql/quote.h"

enum { VIEW_DEPTH = 50 };

/* ---- relations ------------------------------------------------------------------ */

static eng_relation *find_relation(const run *r, const char *key)
{
    for (eng_relation *p = r->relations; p; p = p->next)
        if (strcmp(p->key, key) == 0)
            return p;
    return NULL;
}

cx_code eng_relation_new(cx *c, run *r, const char *key, const char *shown, const char **out)
{
    eng_relation *made = cx_new(c, eng_relation);
    *made = (eng_relation){.key = cx_dup(c, key),
                           .relation = cx_fmt(c, "__clxs_%d", ++r->relation_count),
                           .shown = cx_dup(c, shown),
                           .next = r->relations};
    r->relations = made;
    *out = made->relation;
    return CX_OK;
}

cx_code eng_exec(cx *c, run *r, buf *sql)
{
    duck_conn *conn;
    cx_code rc = eng_conn(c, r, &conn);
    if (rc == CX_OK)
        rc = duck_run(c, conn, buf_text(sql), NULL);
    buf_clear(sql);
    return rc;
}

static cx_code add_view_columns(const meta_object *o, buf *sql)
{
    const json *column;
    size_t i;
    if (json_array_size(o->columns) == 0)
        return CX_OK;
    buf_adds(sql, " (");
    json_array_foreach (o->columns, i, column) {
        if (i)
            buf_adds(sql, ", ");
        duck_add_ident(sql, json_get_str(column, "name", ""));
    }
    buf_addc(sql, ')');
    return CX_OK;
}

static cx_code check_cycle(cx *c, const run *r, const char *full)
{
    for (int i = 0; i < r->depth; i++)
        if (strcmp(r->viewing[i], full) == 0)
            return cx_fail_as(c, CX_INVALID, "RECURSIVE_VIEW", "42K0H",
                              "Recursive view %s detected (cycle: %s -> %s).", full,
                              r->viewing[r->depth - 1], full);
    if (r->depth >= VIEW_DEPTH)
        return cx_fail_as(c, CX_INVALID, "VIEW_EXCEED_MAX_NESTED_DEPTH", "54K00",
                          "The depth of view %s exceeds the maximum of %d.", full, VIEW_DEPTH);
    return CX_OK;
}

/* A view's text means what it meant where it was made, and reads with its owner's rights. */
static cx_code prepare_view(cx *c, run *r, const meta_object *o, char **out)
{
    const char *full = eng_quoted(c, o->name);
    const char *const *was_viewing = r->viewing, *was_catalog = r->catalog, *was_schema = r->schema,
                      *was_principal = r->principal;
    TRY(check_cycle(c, r, full));
    const char **stack = cx_array(c, const char *, r->depth + 1);
    for (int i = 0; i < r->depth; i++)
        stack[i] = r->viewing[i];
    stack[r->depth++] = full;
    r->viewing = stack;
    r->catalog = o->view_catalog ? o->view_catalog : o->name.catalog;
    r->schema = o->view_schema ? o->view_schema : o->name.schema;
    r->principal = NULL;
    cx_code rc = eng_prepare(c, r, o->view_definition, out);
    if (rc == CX_OK)
        rc = eng_guard(c, r, *out);
    r->viewing = was_viewing;
    r->depth--;
    r->catalog = was_catalog;
    r->schema = was_schema;
    r->principal = was_principal;
    if (rc != CX_OK)
        (void)cx_frame(c, "view %s", full);
    return rc;
}

static cx_code expand_view(cx *c, run *r, const meta_object *o, const char *relation)
{
    char *body = NULL;
    buf sql = BUF(BUF_ANY);
    TRY(prepare_view(c, r, o, &body));
    buf_adds(&sql, "CREATE OR REPLACE TEMP VIEW ");
    duck_add_ident(&sql, relation);
    TRY(add_view_columns(o, &sql));
    buf_addf(&sql, " AS %s", body);
    return eng_exec(c, r, &sql);
}

/* Through the table's masks and row filter, if it has any. */
static cx_code scan_guarded(cx *c, run *r, const meta_object *o, const delta_snapshot *snapshot,
                            const char *relation)
{
    bool guarded;
    const char *base = cx_fmt(c, "%s_bare", relation);
    TRY(eng_has_policies(c, r, o, &guarded));
    if (!guarded)
        return eng_scan_view(c, r, snapshot, relation, false);
    TRY(eng_scan_view(c, r, snapshot, base, false));
    return eng_policies(c, r, o, snapshot, base, relation);
}

/* See reads.c. */
static void note_read(run *r, const char *location)
{
    r->reread |= r->changing && strcmp(r->changing, location) == 0;
}

static cx_code make_relation(cx *c, run *r, const meta_object *o, const sql_travel *travel,
                             const char *relation)
{
    AUTO(delta_table) table = NULL;
    AUTO(delta_snapshot) snapshot = NULL;
    delta_at at;
    if (o->view_definition && (travel->version_sql || travel->timestamp_sql))
        return cx_fail_as(c, CX_INVALID, "UNSUPPORTED_FEATURE.TIME_TRAVEL", "0A000",
                          "Time travel on the view %s is not supported: a view has no versions.",
                          eng_quoted(c, o->name));
    if (o->view_definition)
        return expand_view(c, r, o, relation);
    if (text_same_nocase(o->format, "PARQUET"))
        return eng_parquet_folder_view(c, r, o, relation);
    if (!text_same_nocase(o->format, "DELTA"))
        return eng_unsupported(c, "reading tables of the format %s", o->format);
    TRY(eng_travel(c, r, travel, &at));
    note_read(r, o->location);
    TRY(delta_open(c, o->location, &r->e->parquet, &table));
    TRY(delta_snapshot_load(c, table, at, &snapshot));
    return scan_guarded(c, r, o, snapshot, relation);
}

static const char *travel_key(cx *c, const sql_travel *t)
{
    return cx_fmt(c, "%s\1%s", t->version_sql ? t->version_sql : "",
                  t->timestamp_sql ? t->timestamp_sql : "");
}

static cx_code schema_relation(cx *c, run *r, meta_name n, const char **out)
{
    const char *shown = eng_quoted(c, n);
    const eng_relation *known = find_relation(r, shown);
    if (known) {
        *out = known->relation;
        return CX_OK;
    }
    TRY(eng_relation_new(c, r, shown, shown, out));
    return eng_information_schema(c, r, n.catalog, n.name, *out);
}

static cx_code missing_shown(cx *c, cx_code rc, meta_name n)
{
    if (rc == CX_NOT_FOUND && c->error.condition &&
        strcmp(c->error.condition, "TABLE_OR_VIEW_NOT_FOUND") == 0)
        return cx_hint(
            c,
            "Check the spelling and the catalog and schema of %s; SHOW TABLES lists what "
            "is there.",
            eng_quoted(c, n));
    return rc;
}

static cx_code table_relation(cx *c, run *r, const sql_table_ref *ref, const char **out)
{
    AUTO_CLEAR(meta_object) o = {0};
    meta_name n;
    TRY(eng_name(c, r, &ref->name, META_TABLE, &n));
    if (eng_is_information_schema(n))
        return schema_relation(c, r, n, out);
    const char *shown = eng_quoted(c, n);
    const char *key = cx_fmt(c, "%s\1%s", shown, travel_key(c, &ref->travel));
    eng_relation *known = find_relation(r, key);
    /* A view of somebody else may read what r's principal may not, so rights are asked each time.
     */
    TRY(missing_shown(c, meta_load(c, r->e->meta, META_TABLE, n, &o), n));
    TRY(eng_require(c, r, "SELECT", META_TABLE, n));
    if (known) {
        known->read = true;
        *out = known->relation;
        return CX_OK;
    }
    const char *relation;
    TRY(eng_relation_new(c, r, key, shown, &relation));
    TRY_IN(c, make_relation(c, r, &o, &ref->travel, relation), "reading %s", shown);
    *out = relation;
    return CX_OK;
}

static cx_code path_relation(cx *c, run *r, const sql_table_ref *ref, const char **out)
{
    AUTO(delta_table) table = NULL;
    AUTO(delta_snapshot) snapshot = NULL;
    char *location = NULL;
    delta_at at;
    const char *shown = cx_fmt(c, "%s.%s", ref->name.parts[0], sql_ident(c, ref->name.path));
    const char *key = cx_fmt(c, "%s\1%s", shown, travel_key(c, &ref->travel));
    eng_relation *known = find_relation(r, key);
    if (known) {
        known->read = true;
        *out = known->relation;
        return CX_OK;
    }
    TRY(eng_require_path(c, r));
    TRY(eng_location(c, ref->name.path, &location));
    TRY(eng_relation_new(c, r, key, shown, out));
    if (text_same_nocase(ref->name.parts[0], "parquet")) {
        const meta_object o = {.location = location};
        return eng_parquet_folder_view(c, r, &o, *out);
    }
    if (!text_same_nocase(ref->name.parts[0], "delta"))
        return eng_unsupported(c, "reading paths of the format %s", ref->name.parts[0]);
    TRY(eng_travel(c, r, &ref->travel, &at));
    note_read(r, location);
    TRY(delta_open(c, location, &r->e->parquet, &table));
    TRY(delta_snapshot_load(c, table, at, &snapshot));
    return eng_scan_view(c, r, snapshot, *out, false);
}

/* ---- splicing -------------------------------------------------------------------- */

/* Words that may follow a table reference without being its alias. */
static const char *const after_table[] = {
    "WHERE", "JOIN",      "LEFT",       "RIGHT",  "INNER",   "FULL",      "CROSS",   "NATURAL",
    "ON",    "USING",     "GROUP",      "ORDER",  "HAVING",  "LIMIT",     "UNION",   "EXCEPT",
    "MINUS", "INTERSECT", "LATERAL",    "WINDOW", "QUALIFY", "PIVOT",     "UNPIVOT", "TABLESAMPLE",
    "SORT",  "CLUSTER",   "DISTRIBUTE", "SEMI",   "ANTI",    "OFFSET",    "SELECT",  "FETCH",
    "WHEN",  "SET",       "FROM",       "VALUES", "ASOF",    "POSITIONAL"};

static bool has_alias(const sql_tokens *t, size_t i)
{
    if (i >= t->count)
        return false;
    if (t->at[i].kind == TOK_QUOTED)
        return true;
    if (t->at[i].kind != TOK_WORD)
        return false;
    for (size_t k = 0; k < CX_COUNT(after_table); k++)
        if (sql_token_is(t, i, after_table[k]))
            return false;
    return true;
}

static size_t token_at(const sql_tokens *t, size_t byte)
{
    size_t low = 0, high = t->count;
    while (low < high) {
        const size_t mid = (low + high) / 2;
        if (t->at[mid].start < byte)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static bool is_name(const sql_tokens *t, size_t i)
{
    return i < t->count && (t->at[i].kind == TOK_WORD || t->at[i].kind == TOK_QUOTED);
}

/* How many parts, from token i on, name a referenced table in front of a column: `s.t` of `s.t.x`
 * gives 1, `c.s.t` of `c.s.t.x` gives 2; those go. 0 = no such thing. */
static size_t parts_to_drop(cx *c, const run *r, const sql_tokens *t, size_t i,
                            const sql_table_ref *refs, size_t n)
{
    if (!is_name(t, i) || (i > 0 && sql_token_is(t, i - 1, ".")))
        return 0;
    size_t parts = 1;
    while (parts < 5 && sql_token_is(t, i + 2 * parts - 1, ".") && is_name(t, i + 2 * parts))
        parts++;
    for (size_t k = 0; parts > 2 && k < n; k++) {
        meta_name full;
        if (refs[k].history || refs[k].function || refs[k].name.path)
            continue;
        if (eng_name(c, r, &refs[k].name, META_TABLE, &full) != CX_OK) {
            cx_forgive(c);
            continue;
        }
        const char *p[3] = {sql_token_name(c, t, i), sql_token_name(c, t, i + 2),
                            sql_token_name(c, t, i + 4)};
        if (parts > 3 && text_same_nocase(p[0], full.catalog) &&
            text_same_nocase(p[1], full.schema) && text_same_nocase(p[2], full.name))
            return 2;
        if (text_same_nocase(p[0], full.schema) && text_same_nocase(p[1], full.name))
            return 1;
    }
    return 0;
}

/* The text between two references, with front parts of column references dropped. */
static void splice_between(cx *c, const run *r, const sql_tokens *t, size_t from, size_t to,
                           const sql_table_ref *refs, size_t n, buf *out)
{
    size_t at = from;
    for (size_t i = token_at(t, from); i < t->count && t->at[i].start < to; i++) {
        const size_t drop = parts_to_drop(c, r, t, i, refs, n);
        if (!drop || t->at[i + 2 * drop].start >= to)
            continue;
        buf_add(out, t->text + at, t->at[i].start - at);
        at = t->at[i + 2 * drop].start;
        i += 2 * drop;
    }
    if (to > at)
        buf_add(out, t->text + at, to - at);
}

static cx_code splice_ref(cx *c, run *r, const sql_tokens *t, const sql_table_ref *ref, buf *out)
{
    const char *relation = NULL;
    r->reread |= r->changing && (ref->history || ref->function); /* perhaps of that table */
    if (ref->history)
        return eng_history_ref(c, r, ref, out);
    if (ref->function && !text_same_nocase(ref->function, "table_changes") &&
        !text_same_nocase(ref->function, "table_changes_by_path"))
        return eng_unsupported(c, "the table function %s", ref->function);
    if (ref->function)
        TRY(eng_changes_relation(c, r, ref, &relation));
    else if (ref->name.path)
        TRY(path_relation(c, r, ref, &relation));
    else
        TRY(table_relation(c, r, ref, &relation));
    sql_add_ident(out, relation);
    if (!has_alias(t, token_at(t, ref->end)) && !ref->name.path) {
        buf_adds(out, " AS ");
        sql_add_ident(out, ref->name.parts[ref->name.count - 1]);
    }
    return CX_OK;
}

static cx_code splice_refs(cx *c, run *r, const char *text, buf *out)
{
    sql_table_ref *refs = NULL;
    sql_tokens t;
    size_t n = 0, at = 0;
    TRY(sql_table_refs(c, text, &refs, &n));
    TRY(sql_lex(c, text, &t));
    for (size_t i = 0; i < n; i++) {
        splice_between(c, r, &t, at, refs[i].start, refs, n, out);
        TRY(splice_ref(c, r, &t, &refs[i], out));
        at = refs[i].end;
    }
    splice_between(c, r, &t, at, strlen(text), refs, n, out);
    return CX_OK;
}

static cx_code prepare(cx *c, run *r, const char *text, char **out)
{
    char *with_functions = NULL;
    buf b = BUF(BUF_ANY);
    TRY(cx_alive(c));
    TRY(eng_functions(c, r, text, &with_functions));
    cx_code rc = splice_refs(c, r, with_functions, &b);
    if (rc == CX_OK)
        rc = eng_histories_ready(c, r);
    if (rc == CX_OK)
        rc = dialect_to_duckdb(c, buf_text(&b), out);
    if (rc == CX_OK)
        rc = eng_typed(c, r, out);
    if (rc == CX_OK)
        cx_debug(c, "duckdb: %s", *out);
    buf_clear(&b);
    return rc;
}

cx_code eng_prepare(cx *c, run *r, const char *text, char **out)
{
    char *named = NULL;
    TRY(dialect_name_columns(c, text, &named));
    return prepare(c, r, named, out);
}

cx_code eng_expression(cx *c, run *r, const char *text, char **out)
{
    char *query = NULL;
    TRY(prepare(c, r, cx_fmt(c, "SELECT %s", text), &query));
    if (!text_starts(query, "SELECT "))
        return cx_fail_as(c, CX_INVALID, "PARSE_SYNTAX_ERROR", "42601",
                          "\"%s\" is not an expression.", text);
    *out = query + strlen("SELECT ");
    return CX_OK;
}

/* ---- running --------------------------------------------------------------------- */

/* DuckDB speaks of our relations; the user wrote other names. */
static const char *with_shown_names(cx *c, const run *r, const char *text)
{
    buf b = BUF(BUF_ANY);
    for (const char *p = text; *p;) {
        const eng_relation *best = NULL;
        for (const eng_relation *k = r->relations; k; k = k->next)
            if (strncasecmp(p, k->relation, strlen(k->relation)) == 0 &&
                (!best || strlen(k->relation) > strlen(best->relation)))
                best = k;
        if (best) {
            buf_adds(&b, best->shown);
            p += strlen(best->relation);
        } else {
            buf_addc(&b, *p++);
        }
    }
    const char *out = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    return out;
}

/* DuckDB speaks of patterns; the user has a table whose log names a file that is gone. */
static void show_missing_file(cx *c)
{
    const char *start = strchr(c->error.message, '"'), *end = strrchr(c->error.message, '"');
    if (!start || end <= start)
        return;
    buf path = BUF(BUF_ANY);
    for (const char *p = start + 1; p < end; p++)
        if (p[0] == '[' && p + 2 < end && p[2] == ']') {
            buf_addc(&path, p[1]);
            p += 2;
        } else {
            buf_addc(&path, *p);
        }
    c->error.message =
        cx_fmt(c, "The file %s, which the table's log names, cannot be found.", buf_text(&path));
    c->error.hint =
        "It was removed by hand, by VACUUM on the source of a shallow clone, or the table "
        "was copied without its data.";
    buf_clear(&path);
}

static void show_names(cx *c, const run *r)
{
    if (c->error.condition && strcmp(c->error.condition, "DELTA_FILE_NOT_FOUND") == 0)
        show_missing_file(c);
    if (c->error.message && strcasestr(c->error.message, "__clxs_"))
        c->error.message = with_shown_names(c, r, c->error.message);
}

cx_code eng_run_duck(cx *c, run *r, const char *sql, duck_result **out)
{
    duck_conn *conn;
    TRY(eng_conn(c, r, &conn));
    const cx_code rc = duck_run(c, conn, sql, out);
    if (rc != CX_OK)
        show_names(c, r);
    return rc;
}

static cx_code pass_row(cx *c, void *self, const char *const *values, const size_t *lengths)
{
    const engine_sink *sink = self;
    return sink->row(c, sink->self, values, lengths);
}

/* A column without an alias is called after its expression; ours must not show through. */
static const char *shown_column(cx *c, const run *r, const char *name)
{
    buf b = BUF(BUF_ANY);
    if (strcmp(name, "count_star()") == 0)
        return "count(1)";
    if (strcasestr(name, "__clxs_"))
        name = with_shown_names(c, r, name);
    if (!strcasestr(name, "dbx_"))
        return name;
    for (const char *p = name; *p;) {
        const bool word = p > name && (isalpha((unsigned char)p[-1]) || p[-1] == '_');
        if (!word && strncasecmp(p, "dbx_", 4) == 0)
            p += strlen("dbx_");
        else
            buf_addc(&b, *p++);
    }
    const char *out = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    return out;
}

cx_code eng_stream(cx *c, run *r, const char *sql)
{
    AUTO(duck_result) result = NULL;
    TRY(eng_run_duck(c, r, sql, &result));
    const size_t n = duck_columns(result);
    engine_column *columns = cx_array(c, engine_column, n + 1);
    for (size_t i = 0; i < n; i++)
        columns[i] = (engine_column){shown_column(c, r, duck_column_name(result, i)),
                                     duck_column_type(result, i)};
    TRY(eng_out_columns(c, r, columns, n));
    if (!r->sink || !r->sink->row)
        return CX_OK;
    const cx_code rc = duck_each(c, result, pass_row, (void *)r->sink);
    if (rc != CX_OK)
        show_names(c, r);
    return rc;
}

cx_code eng_describe_query(cx *c, run *r, const char *sql, json **out)
{
    AUTO(duck_result) result = NULL;
    buf b = BUF(BUF_ANY);
    buf_addf(&b, "SELECT * FROM (%s) LIMIT 0", sql);
    const cx_code rc = eng_run_duck(c, r, buf_text(&b), &result);
    buf_clear(&b);
    TRY(rc);
    *out = json_array();
    for (size_t i = 0; i < duck_columns(result); i++)
        json_array_append_new(
            *out, json_pack("[s, s]", duck_column_name(result, i), duck_column_type(result, i)));
    return CX_OK;
}

cx_code eng_query(cx *c, run *r, const sql_statement *q)
{
    char *sql = NULL;
    TRY(eng_prepare(c, r, q->query ? q->query : q->text, &sql));
    TRY(eng_guard(c, r, sql));
    if (r->s->row_limit > 0)
        sql = cx_fmt(c, "SELECT * FROM (%s) LIMIT %lld", sql, (long long)r->s->row_limit);
    return eng_stream(c, r, sql);
}
