/* The walk works on ranges of tokens. A bracket that begins with a query word is a query with a
 * scope of its own; other brackets hold expressions, where FROM means nothing (EXTRACT(YEAR FROM
 * x)). In a FROM clause a comma or a JOIN brings the next relation, until a word that ends the
 * clause.
 *
 * CTE names hide tables from where they are defined: for the CTEs that follow, for the query, and
 * for everything nested in it; a recursive one in itself too. */
#include "sql/scan.h"

#include "sql/parse_int.h"

typedef struct scope {
    const struct scope *outer;
    const char *name;
} scope;

typedef struct {
    cx *c;
    sql_tokens t;
    scan_table *tables;
    size_t table_count;
    scan_chain *chains;
    size_t chain_count;
    bool dynamic;
} scanner;

static cx_code scan_query(scanner *s, size_t i, size_t end, const scope *env);
static cx_code scan_expressions(scanner *s, size_t i, size_t end, const scope *env);
static cx_code scan_from(scanner *s, size_t *i, size_t end, const scope *env);
static cx_code scan_relation(scanner *s, size_t *i, size_t end, const scope *env);

/* A keyword is not the part of a name behind a dot. */
static bool is(const scanner *s, size_t i, const char *word)
{
    return sql_token_is(&s->t, i, word) && (i == 0 || !sql_token_is(&s->t, i - 1, "."));
}

static bool is_any(const scanner *s, size_t i, const char *const *words)
{
    for (; *words; words++)
        if (is(s, i, *words))
            return true;
    return false;
}

static bool is_name(const scanner *s, size_t i)
{
    return s->t.at[i].kind == TOK_WORD || s->t.at[i].kind == TOK_QUOTED;
}

static bool begins_query(const scanner *s, size_t i, size_t end)
{
    static const char *const words[] = {"SELECT", "WITH", "VALUES", "FROM", NULL};
    if (i >= end)
        return false;
    return is_any(s, i, words) || (is(s, i, "TABLE") && i + 1 < end && is_name(s, i + 1));
}

static bool in_scope(const scope *env, const char *name)
{
    for (; env; env = env->outer)
        if (text_same_nocase(env->name, name))
            return true;
    return false;
}

/* ---- expressions ---- */

static cx_code add_chain(scanner *s, size_t from, size_t to, bool is_call)
{
    s->chains = sql_grow(s->c, s->chains, s->chain_count, sizeof *s->chains);
    s->chains[s->chain_count++] = (scan_chain){from, to, is_call};
    return CX_OK;
}

/* A chain of names at *i; moves behind it. */
static cx_code scan_chain_at(scanner *s, size_t *i, size_t end)
{
    const size_t from = *i;
    size_t parts = 1, at = from + 1;
    while (at + 1 < end && sql_token_is(&s->t, at, ".") &&
           (is_name(s, at + 1) || sql_token_is(&s->t, at + 1, "*"))) {
        at += 2;
        parts++;
    }
    *i = at;
    const bool call = at < end && sql_token_is(&s->t, at, "(");
    if ((call && parts > 1) || parts >= 4)
        return add_chain(s, from, at, call);
    return CX_OK;
}

static cx_code scan_bracket(scanner *s, size_t *i, const scope *env)
{
    const size_t close = sql_closing(&s->t, *i), inner = *i + 1;
    *i = close + 1;
    if (begins_query(s, inner, close))
        return scan_query(s, inner, close, env);
    return scan_expressions(s, inner, close, env);
}

/* One token or bracket of an expression. */
static cx_code scan_step(scanner *s, size_t *i, size_t end, const scope *env)
{
    static const char *const brackets[] = {"(", "[", "{", NULL};
    if (is_any(s, *i, brackets))
        return scan_bracket(s, i, env);
    if (is(s, *i, "IDENTIFIER") && *i + 1 < end && sql_token_is(&s->t, *i + 1, "("))
        s->dynamic = true;
    if (is_name(s, *i))
        return scan_chain_at(s, i, end);
    (*i)++;
    return CX_OK;
}

static cx_code scan_expressions(scanner *s, size_t i, size_t end, const scope *env)
{
    while (i < end) {
        /* f(TABLE t): a relation as an argument */
        if (is(s, i, "TABLE") && i > 0 && i + 1 < end &&
            (is_name(s, i + 1) || sql_token_is(&s->t, i + 1, "("))) {
            i++;
            TRY(scan_relation(s, &i, end, env));
            continue;
        }
        TRY(scan_step(s, &i, end, env));
    }
    return CX_OK;
}

/* ---- relations ---- */

/* The value after AS OF: operands joined by operators; what follows is the alias or the next
 * clause. */
static size_t skip_operand(const scanner *s, size_t i, size_t end)
{
    static const char *const prefixed[] = {"TIMESTAMP", "DATE", "TIMESTAMP_NTZ", "INTERVAL", NULL};
    while (i < end && (sql_token_is(&s->t, i, "-") || sql_token_is(&s->t, i, "+")))
        i++;
    const bool interval = i < end && is(s, i, "INTERVAL");
    if (i + 1 < end && is_any(s, i, prefixed) &&
        (s->t.at[i + 1].kind == TOK_STRING || s->t.at[i + 1].kind == TOK_NUMBER))
        return i + 2 + (interval && i + 2 < end && is_name(s, i + 2));
    if (i < end && sql_token_is(&s->t, i, "("))
        return sql_closing(&s->t, i) + 1;
    if (i >= end || !is_name(s, i))
        return i < end ? i + 1 : i;
    for (i++; i + 1 < end && sql_token_is(&s->t, i, ".") && is_name(s, i + 1); i += 2)
        ;
    return i < end && sql_token_is(&s->t, i, "(") ? sql_closing(&s->t, i) + 1 : i;
}

static size_t skip_value(const scanner *s, size_t i, size_t end)
{
    static const char *const operators[] = {"+", "-", "*", "/", "%", "||", NULL};
    for (;;) {
        i = skip_operand(s, i, end);
        while (i + 1 < end && sql_token_is(&s->t, i, "::"))
            i += 2;
        if (i >= end || !is_any(s, i, operators))
            return i;
        i++;
    }
}

/* t@v5 and t@20240131093000000 */
static cx_code take_at_sign(scanner *s, size_t *i, sql_travel *out)
{
    const char *text = sql_token_text(s->c, &s->t, *i + 1);
    const bool version = text[0] == 'v' || text[0] == 'V';
    const size_t digits = strspn(text + version, "0123456789");
    if (text[version + digits] || digits == 0 || (!version && digits != 17))
        return sql_unexpected(s->c, &s->t, *i + 1);
    if (version)
        out->version_sql = text + 1;
    else
        out->timestamp_sql = cx_fmt(s->c, "'%.4s-%.2s-%.2s %.2s:%.2s:%.2s.%.3s'", text, text + 4,
                                    text + 6, text + 8, text + 10, text + 12, text + 14);
    *i += 2;
    return CX_OK;
}

static cx_code take_travel(scanner *s, size_t *i, size_t end, sql_travel *out)
{
    size_t at = *i;
    if (at + 1 < end && sql_token_is(&s->t, at, "@"))
        return take_at_sign(s, i, out);
    if (at < end && is(s, at, "FOR"))
        at++;
    if (at + 3 >= end || !is(s, at + 1, "AS") || !is(s, at + 2, "OF"))
        return CX_OK;
    const bool version = is(s, at, "VERSION") || is(s, at, "SYSTEM_VERSION");
    if (!version && !is(s, at, "TIMESTAMP") && !is(s, at, "SYSTEM_TIME"))
        return CX_OK;
    const size_t from = at + 3;
    at = version ? from + 1 : skip_value(s, from, end);
    if (at <= from ||
        (version && s->t.at[from].kind != TOK_NUMBER && s->t.at[from].kind != TOK_STRING))
        return sql_unexpected(s->c, &s->t, from);
    *(version ? &out->version_sql : &out->timestamp_sql) = sql_tokens_text(s->c, &s->t, from, at);
    *i = at;
    return CX_OK;
}

static cx_code add_table(scanner *s, scan_table table, size_t first, size_t last)
{
    s->tables = sql_grow(s->c, s->tables, s->table_count, sizeof *s->tables);
    table.ref.start = s->t.at[first].start;
    table.ref.end = s->t.at[last - 1].end;
    s->tables[s->table_count++] = table;
    return CX_OK;
}

/* (DESCRIBE HISTORY t LIMIT n) with its brackets, from `open` to `close`. */
static cx_code take_history(scanner *s, size_t open, size_t close)
{
    sql_parser p = {.c = s->c, .t = s->t, .i = open + 3};
    scan_table table = {.ref = {.history = true, .limit = -1}, .name_from = open + 3};
    TRY(sql_take_name(&p, 3, &table.ref.name));
    table.name_to = p.i;
    if (sql_accept(&p, "LIMIT")) {
        TRY(sql_take_integer(&p, &table.ref.limit));
        if (table.ref.limit < 0)
            return sql_unexpected(s->c, &s->t, p.i - 1);
    }
    if (p.i != close)
        return sql_unexpected(s->c, &s->t, p.i);
    return add_table(s, table, open, close + 1);
}

static bool is_generator(const char *name)
{
    static const char *const names[] = {
        "explode", "explode_outer", "posexplode", "posexplode_outer", "inline",  "inline_outer",
        "range",   "stack",         "json_tuple", "unnest",           "flatten", "sequence"};
    for (size_t k = 0; k < CX_COUNT(names); k++)
        if (text_same_nocase(name, names[k]))
            return true;
    return false;
}

static cx_code take_arguments(scanner *s, size_t open, size_t close, sql_table_ref *out)
{
    sql_parser p = {.c = s->c, .t = s->t, .i = open + 1};
    static const char *const stops[] = {",", NULL};
    while (p.i < close) {
        out->args = sql_grow(s->c, out->args, out->arg_count, sizeof *out->args);
        TRY(sql_take_span(&p, stops, &out->args[out->arg_count]));
        out->arg_count++;
        if (p.i < close)
            p.i++;
    }
    return CX_OK;
}

/* f(args) in FROM position; the cursor is on "(" . */
static cx_code take_table_function(scanner *s, scan_table table, size_t *i, const scope *env)
{
    const size_t open = *i, close = sql_closing(&s->t, open);
    AUTO_CLEAR(buf) dotted = BUF(4096);
    for (int k = 0; k < table.ref.name.count; k++) {
        if (k)
            buf_addc(&dotted, '.');
        buf_adds(&dotted, table.ref.name.parts[k]);
    }
    TRY(buf_done(s->c, &dotted, "a function's name"));
    table.ref.function = cx_dup(s->c, buf_text(&dotted));
    table.is_generator = table.ref.name.count == 1 && is_generator(table.ref.function);
    TRY(take_arguments(s, open, close, &table.ref));
    if (table.ref.name.count > 1)
        TRY(add_chain(s, table.name_from, table.name_to, true));
    *i = close + 1;
    TRY(add_table(s, table, table.name_from, close + 1));
    const size_t own = s->table_count;
    TRY(scan_expressions(s, open + 1, close, env));
    if (!table.is_generator && s->table_count != own)
        return cx_fail_as(s->c, CX_UNSUPPORTED, "UNSUPPORTED_FEATURE", "0A000",
                          "A table as an argument of the table function %s is not supported.",
                          table.ref.function);
    return CX_OK;
}

static cx_code take_relation_name(scanner *s, size_t *i, size_t end, const scope *env)
{
    sql_parser p = {.c = s->c, .t = s->t, .i = *i};
    scan_table table = {.ref = {.limit = -1}, .name_from = *i};
    s->dynamic = s->dynamic || (is(s, *i, "IDENTIFIER") && sql_token_is(&s->t, *i + 1, "("));
    TRY(sql_take_name(&p, 3, &table.ref.name));
    table.name_to = *i = p.i;
    if (*i < end && sql_token_is(&s->t, *i, "("))
        return take_table_function(s, table, i, env);
    TRY(take_travel(s, i, end, &table.ref.travel));
    table.is_cte =
        table.ref.name.count == 1 && !table.ref.name.path && in_scope(env, table.ref.name.parts[0]);
    return add_table(s, table, table.name_from, *i);
}

/* FROM VALUES (1, 2), (3, 4) AS t: commas before a row belong to it. */
static cx_code skip_values(scanner *s, size_t *i, size_t end, const scope *env)
{
    (*i)++;
    for (;;) {
        if (*i >= end)
            return CX_OK;
        TRY(scan_step(s, i, end, env));
        const bool row = *i + 1 < end && sql_token_is(&s->t, *i, ",") &&
                         (sql_token_is(&s->t, *i + 1, "(") || s->t.at[*i + 1].kind == TOK_NUMBER ||
                          s->t.at[*i + 1].kind == TOK_STRING);
        if (!row)
            return CX_OK;
        (*i)++;
    }
}

static cx_code scan_relation_bracket(scanner *s, size_t *i, const scope *env)
{
    const size_t open = *i, close = sql_closing(&s->t, open);
    size_t inner = open + 1;
    *i = close + 1;
    if ((is(s, inner, "DESCRIBE") || is(s, inner, "DESC")) && is(s, inner + 1, "HISTORY"))
        return take_history(s, open, close);
    if (begins_query(s, inner, close))
        return scan_query(s, inner, close, env);
    TRY(scan_from(s, &inner, close, env));
    return inner < close ? scan_query(s, inner, close, env) : CX_OK;
}

static cx_code scan_relation(scanner *s, size_t *i, size_t end, const scope *env)
{
    static const char *const prefixes[] = {"LATERAL", "STREAM", NULL};
    while (*i + 1 < end && is_any(s, *i, prefixes) &&
           (is_name(s, *i + 1) || sql_token_is(&s->t, *i + 1, "(")))
        (*i)++;
    if (*i >= end)
        return sql_unexpected(s->c, &s->t, *i);
    if (sql_token_is(&s->t, *i, "("))
        return scan_relation_bracket(s, i, env);
    if (is(s, *i, "VALUES"))
        return skip_values(s, i, end, env);
    return take_relation_name(s, i, end, env);
}

/* LATERAL VIEW [OUTER] f(x) t AS a, b: its commas are between columns. */
static cx_code scan_lateral_view(scanner *s, size_t *i, size_t end, const scope *env)
{
    *i += 2;
    if (*i < end && is(s, *i, "OUTER"))
        (*i)++;
    while (*i < end && !sql_token_is(&s->t, *i, "("))
        TRY(scan_step(s, i, end, env));
    if (*i < end)
        TRY(scan_step(s, i, end, env));
    static const char *const ends[] = {"LATERAL", "WHERE", "GROUP",   "HAVING", "ORDER",
                                       "JOIN",    "LEFT",  "INNER",   "CROSS",  "RIGHT",
                                       "FULL",    "PIVOT", "UNPIVOT", "ON",     NULL};
    if (*i < end && !is(s, *i, "AS") && is_name(s, *i) && !is_any(s, *i, ends))
        (*i)++;
    if (*i < end && is(s, *i, "AS"))
        (*i) += 2;
    while (*i + 1 < end && sql_token_is(&s->t, *i, ",") && is_name(s, *i + 1))
        *i += 2;
    return CX_OK;
}

static bool ends_from(const scanner *s, size_t i)
{
    static const char *const words[] = {"WHERE",  "GROUP",   "HAVING",     "WINDOW", "QUALIFY",
                                        "ORDER",  "CLUSTER", "DISTRIBUTE", "SORT",   "LIMIT",
                                        "OFFSET", "UNION",   "EXCEPT",     "MINUS",  "INTERSECT",
                                        "SELECT", NULL};
    return is_any(s, i, words);
}

/* A list of relations with their joins; stops on the word that ends the clause. */
static cx_code scan_from(scanner *s, size_t *i, size_t end, const scope *env)
{
    TRY(scan_relation(s, i, end, env));
    while (*i < end && !ends_from(s, *i)) {
        if (is(s, *i, "LATERAL") && *i + 1 < end && is(s, *i + 1, "VIEW")) {
            TRY(scan_lateral_view(s, i, end, env));
        } else if (is(s, *i, "JOIN") || sql_token_is(&s->t, *i, ",")) {
            (*i)++;
            TRY(scan_relation(s, i, end, env));
        } else if (is(s, *i, "AS") && *i + 1 < end) {
            *i += 2;
        } else {
            TRY(scan_step(s, i, end, env));
        }
    }
    return CX_OK;
}

/* ---- queries ---- */

/* name [(columns)] AS (query), …; adds to the scope. */
static cx_code scan_with(scanner *s, size_t *i, size_t end, const scope **env)
{
    const bool recursive = ++*i < end && is(s, *i, "RECURSIVE");
    *i += recursive;
    for (;;) {
        if (*i >= end || !is_name(s, *i))
            return sql_unexpected(s->c, &s->t, *i);
        scope *own = cx_new(s->c, scope);
        *own = (scope){.outer = *env, .name = sql_token_name(s->c, &s->t, (*i)++)};
        if (*i < end && sql_token_is(&s->t, *i, "("))
            *i = sql_closing(&s->t, *i) + 1;
        while (*i < end && !sql_token_is(&s->t, *i, "(")) /* AS, MAX RECURSION LEVEL n */
            (*i)++;
        if (*i >= end)
            return sql_unexpected(s->c, &s->t, *i);
        const size_t close = sql_closing(&s->t, *i);
        TRY(scan_query(s, *i + 1, close, recursive ? own : *env));
        *env = own;
        *i = close + 1;
        if (*i >= end || !sql_token_is(&s->t, *i, ","))
            return CX_OK;
        (*i)++;
    }
}

/* FROM of a clause, not that of IS [NOT] DISTINCT FROM. */
static bool begins_from(const scanner *s, size_t i)
{
    if (!is(s, i, "FROM"))
        return false;
    return !(i >= 2 && is(s, i - 1, "DISTINCT") && (is(s, i - 2, "IS") || is(s, i - 2, "NOT")));
}

static bool after_set_operator(const scanner *s, size_t i, size_t start)
{
    static const char *const words[] = {"UNION", "EXCEPT",   "MINUS", "INTERSECT",
                                        "ALL",   "DISTINCT", NULL};
    return i == start || is_any(s, i - 1, words);
}

static cx_code scan_query(scanner *s, size_t i, size_t end, const scope *env)
{
    if (i < end && is(s, i, "WITH"))
        TRY(scan_with(s, &i, end, &env));
    const size_t start = i;
    while (i < end) {
        if (begins_from(s, i) || (is(s, i, "TABLE") && after_set_operator(s, i, start) &&
                                  i + 1 < end && is_name(s, i + 1))) {
            i++;
            TRY(scan_from(s, &i, end, env));
        } else if (is(s, i, "AS") && i + 1 < end && is_name(s, i + 1)) {
            i += 2; /* an alias, whatever word it is */
        } else {
            TRY(scan_step(s, &i, end, env));
        }
    }
    return CX_OK;
}

cx_code sql_scan(cx *c, const char *text, scan_result *out)
{
    scanner s = {.c = c};
    TRY(sql_lex(c, text, &s.t));
    if (begins_query(&s, 0, s.t.count) || sql_token_is(&s.t, 0, "("))
        TRY(scan_query(&s, 0, s.t.count, NULL));
    else
        TRY(scan_expressions(&s, 0, s.t.count, NULL));
    *out = (scan_result){.t = s.t,
                         .tables = s.tables,
                         .table_count = s.table_count,
                         .chains = s.chains,
                         .chain_count = s.chain_count,
                         .dynamic = s.dynamic};
    return CX_OK;
}
