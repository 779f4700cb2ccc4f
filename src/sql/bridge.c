/* dialect.h over the Rust library: preparing the text, calling, turning what comes back into our
 * errors, and comparing the tree's names with those that the scanner saw. */
#include "sql/dialect.h"

#include "sql/bridge_int.h"
#include "sql/dialect/clxs_dialect.h"
#include "sql/rewrite.h"

typedef int (*library_call)(const char *sql, size_t length, char **out, size_t *out_length,
                            int64_t *out_at);

/* Byte of the text's character `at`. */
static size_t byte_of(const char *text, int64_t at)
{
    size_t i = 0;
    for (; text[i] && at > 0; at--)
        for (i++; ((unsigned char)text[i] & 0xc0) == 0x80; i++)
            ;
    return i;
}

static cx_code call_library(cx *c, library_call work, const char *sql, const char **out)
{
    char *text = NULL;
    size_t length = 0;
    int64_t at = -1;
    const int rc = work(sql, strlen(sql), &text, &length, &at);
    const char *copy = cx_dupn(c, text ? text : "", length);
    clxs_dialect_free(text, length);
    if (rc == CLXS_DIALECT_DEFECT)
        return cx_fail(c, CX_UNSUPPORTED, "%s", copy);
    if (rc == CLXS_DIALECT_SYNTAX && at >= 0)
        return sql_syntax_error(c, sql, byte_of(sql, at), "%s", copy);
    if (rc == CLXS_DIALECT_SYNTAX)
        return cx_fail_as(c, CX_INVALID, "PARSE_SYNTAX_ERROR", "42601", "%s", copy);
    *out = copy;
    return CX_OK;
}

/* A query as it is; an expression as the one column of a query. */
static cx_code as_query(cx *c, const char *sql, const char **out)
{
    sql_tokens t;
    TRY(sql_lex(c, sql, &t));
    size_t end = t.count, first = 0;
    while (end > 0 && sql_token_is(&t, end - 1, ";"))
        end--;
    while (sql_token_is(&t, first, "("))
        first++;
    static const char *const words[] = {"SELECT", "WITH", "VALUES", "FROM", "TABLE"};
    const char *text = sql_tokens_text(c, &t, 0, end);
    *out = cx_fmt(c, "SELECT %s", text);
    for (size_t k = 0; k < CX_COUNT(words); k++)
        if (sql_token_is(&t, first, words[k]))
            *out = text;
    return CX_OK;
}

cx_code dialect_validate(cx *c, const char *sql)
{
    const char *query, *unused;
    TRY(as_query(c, sql, &query));
    return call_library(c, clxs_dialect_validate, query, &unused);
}

/* Is the bracket that token i closes right behind FROM, JOIN or a comma of theirs? */
static bool closes_from(const sql_tokens *t, size_t i)
{
    for (size_t k = i; k-- > 0;) {
        if (!sql_token_is(t, k, "(") || t->at[k].depth != t->at[i].depth)
            continue;
        return k > 0 && (sql_token_is(t, k - 1, "FROM") || sql_token_is(t, k - 1, "JOIN"));
    }
    return false;
}

/* The dialect library takes "FROM (query) UNION …" for "FROM ((query) UNION …)" unless the
 * sub-query has an alias, so each one there gets one. */
static cx_code alias_subqueries(cx *c, const char *text, char **out)
{
    static const char *const set_operations[] = {"UNION", "EXCEPT", "INTERSECT", "MINUS"};
    sql_tokens t;
    buf b = BUF(BUF_ANY);
    size_t at = 0;
    TRY(sql_lex(c, text, &t));
    for (size_t i = 1; i < t.count; i++) {
        bool before_set = false;
        if (!sql_token_is(&t, i, ")") || i + 1 >= t.count)
            continue;
        for (size_t k = 0; k < CX_COUNT(set_operations); k++)
            before_set = before_set || sql_token_is(&t, i + 1, set_operations[k]);
        if (!before_set || !closes_from(&t, i))
            continue;
        buf_add(&b, text + at, t.at[i].end - at);
        buf_adds(&b, " AS `__clxs_sub`");
        at = t.at[i].end;
    }
    buf_adds(&b, text + at);
    *out = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    return CX_OK;
}

/* The library sees the rewritten text; the user's own text says better where an error is. */
cx_code dialect_to_duckdb(cx *c, const char *sql, char **out)
{
    char *rewritten, *aliased;
    const char *text, *unused;
    TRY(alias_subqueries(c, sql, &aliased));
    TRY(sql_rewrite(c, aliased, &rewritten));
    const cx_code rc = call_library(c, clxs_dialect_to_duckdb, rewritten, &text);
    if (rc == CX_INVALID) {
        const cx_error first = c->error;
        cx_forgive(c);
        TRY(call_library(c, clxs_dialect_validate, sql, &unused));
        c->error = first;
    }
    TRY(rc);
    *out = cx_dup(c, text);
    return CX_OK;
}

/* ---- names: the tree's and the scanner's ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *join(cx *c, const char *const *parts, size_t count)
{
    buf b = BUF(BUF_ANY);
    for (size_t i = 0; i < count; i++) {
        if (i)
            buf_addc(&b, '.');
        buf_adds(&b, parts[i]);
    }
    char *text = cx_dupn(c, buf_text(&b), b.length);
    buf_clear(&b);
    text_lower(text);
    return text;
}

static char **tree_names(cx *c, const json *list, size_t *out_count)
{
    const size_t n = json_array_size(list);
    char **names = cx_array(c, char *, n + 1);
    for (size_t i = 0; i < n; i++) {
        const json *parts = json_array_get(list, i);
        const char *text[8] = {0};
        size_t count = json_array_size(parts);
        count = count > 8 ? 8 : count;
        for (size_t k = 0; k < count; k++)
            text[k] = json_string_value(json_array_get(parts, k));
        names[i] = join(c, text, count);
    }
    *out_count = n;
    return names;
}

static char *table_name(cx *c, const sql_name *name)
{
    const char *parts[4] = {name->parts[0], name->path ? name->path : name->parts[1],
                            name->parts[2]};
    return join(c, parts, (size_t)(name->count + (name->path != NULL)));
}

static char *chain_name(cx *c, const sql_tokens *t, const scan_chain *chain)
{
    const char *parts[8];
    size_t count = 0;
    for (size_t i = chain->from; i < chain->to && count < 8; i += 2)
        parts[count++] = sql_token_name(c, t, i);
    return join(c, parts, count);
}

static cx_code compare(cx *c, char **a, size_t na, char **b, size_t nb, const char *what)
{
    qsort(a, na, sizeof *a, by_text);
    qsort(b, nb, sizeof *b, by_text);
    bool same = na == nb;
    for (size_t i = 0; same && i < na; i++)
        same = strcmp(a[i], b[i]) == 0;
    if (same)
        return CX_OK;
    const cx_code rc = cx_fail(c, CX_UNSUPPORTED,
                               "The %s in this text cannot be told apart with certainty.", what);
    (void)cx_hint(c, "Nothing was changed. Two independent readings of the text found %zu and %zu.",
                  na, nb);
    return rc;
}

/* The text without what the library does not know: time travel, IDENTIFIER('…'), history. */
static cx_code plain_text(cx *c, const char *sql, const scan_result *r, const char **out)
{
    AUTO_CLEAR(buf) b = BUF((size_t)4 * SQL_MOST_BYTES);
    size_t at = 0;
    for (size_t k = 0; k < r->table_count; k++) {
        const scan_table *t = &r->tables[k];
        const bool travels = t->ref.travel.version_sql || t->ref.travel.timestamp_sql;
        const bool dynamic = sql_token_is(&r->t, t->name_from, "IDENTIFIER") &&
                             sql_token_is(&r->t, t->name_from + 1, "(");
        if (!travels && !dynamic && !t->ref.history)
            continue;
        buf_add(&b, sql + at, t->ref.start - at);
        if (t->ref.history)
            buf_adds(&b, "(SELECT 1)");
        for (int i = 0; !t->ref.history && i < t->ref.name.count; i++) {
            if (i)
                buf_addc(&b, '.');
            sql_add_ident(&b, t->ref.name.parts[i]);
        }
        if (t->ref.name.path && !t->ref.history) {
            buf_addc(&b, '.');
            sql_add_ident(&b, t->ref.name.path);
        }
        at = t->ref.end;
    }
    buf_adds(&b, sql + at);
    TRY(buf_done(c, &b, "the text"));
    return as_query(c, cx_dupn(c, buf_text(&b), b.length), out);
}

static cx_code compare_tables(cx *c, const json *tree, const scan_result *r)
{
    size_t n, seen = 0;
    char **a = tree_names(c, json_get(tree, "tables"), &n);
    char **b = cx_array(c, char *, r->table_count + 1);
    for (size_t k = 0; k < r->table_count; k++)
        if (!r->tables[k].ref.function && !r->tables[k].ref.history)
            b[seen++] = table_name(c, &r->tables[k].ref.name);
    return compare(c, a, n, b, seen, "table references");
}

static cx_code compare_functions(cx *c, const json *tree, const scan_result *r)
{
    size_t n, seen = 0;
    char **a = tree_names(c, json_get(tree, "functions"), &n);
    char **b = cx_array(c, char *, r->chain_count + 1);
    for (size_t k = 0; k < r->chain_count; k++)
        if (r->chains[k].is_call)
            b[seen++] = chain_name(c, &r->t, &r->chains[k]);
    return compare(c, a, n, b, seen, "function calls");
}

cx_code dialect_scan(cx *c, const char *sql, scan_result *out)
{
    AUTO(json) tree = NULL;
    scan_result r;
    const char *plain, *text;
    TRY(sql_scan(c, sql, &r));
    TRY(plain_text(c, sql, &r, &plain));
    TRY(call_library(c, clxs_dialect_references, plain, &text));
    TRY(json_parse(c, text, strlen(text), "names of a query", &tree));
    TRY(compare_tables(c, tree, &r));
    TRY(compare_functions(c, tree, &r));
    *out = r;
    return CX_OK;
}
