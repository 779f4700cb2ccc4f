/* A walk over the tokens that copies them, comments left out, and stops at the forms that it knows.
 * Whether a word before "(" is a call is told from its neighbours: a name behind a dot, behind
 * another name (an alias with columns) or before "AS (" (a CTE) is none. */
#include "sql/rewrite.h"

#include "sql/rewrite_int.h"

static bool is(const rewriter *r, size_t i, const char *word)
{
    return i <= r->t.count && sql_token_is(&r->t, i, word) &&
           (i == 0 || !sql_token_is(&r->t, i - 1, "."));
}

void rewrite_text(rewriter *r, const char *text)
{
    if (r->out.length && r->out.data[r->out.length - 1] != ' ')
        buf_addc(&r->out, ' ');
    buf_adds(&r->out, text);
}

void rewrite_token(rewriter *r, size_t i)
{
    const sql_token k = r->t.at[i];
    if (i > 0 && !k.glued)
        buf_addc(&r->out, ' ');
    buf_add(&r->out, r->t.text + k.start, k.end - k.start);
}

/* Words that may stand right before a call; any other name there makes it an alias with columns. */
static bool before_call(const rewriter *r, size_t i)
{
    static const char *const words[] = {
        "SELECT", "DISTINCT", "ALL",     "WHERE",  "AND",     "OR",       "NOT",    "ON",
        "BY",     "WHEN",     "THEN",    "ELSE",   "CASE",    "IN",       "LIKE",   "ILIKE",
        "RLIKE",  "REGEXP",   "BETWEEN", "HAVING", "QUALIFY", "INTERVAL", "VALUES", "LIMIT",
        "OFFSET", "DIV",      "FROM",    "JOIN",   "LATERAL", "VIEW",     "OUTER",  "ESCAPE",
        "IS",     "OF",       "SETS",    "FOR",    "ANY",     "SOME",     "TRY",    "USING",
        "EXCEPT", "UNION",    "SET",     "RETURN", "RANGE",   "ROWS"};
    for (size_t k = 0; k < CX_COUNT(words); k++)
        if (sql_token_is(&r->t, i, words[k]))
            return true;
    return false;
}

/* name(columns) AS (SELECT …) is a CTE; explode(m) AS (k, v) is none. */
static bool begins_query(const rewriter *r, size_t i)
{
    static const char *const words[] = {"SELECT", "WITH", "VALUES", "TABLE", "FROM", "("};
    for (size_t k = 0; k < CX_COUNT(words); k++)
        if (sql_token_is(&r->t, i, words[k]))
            return true;
    return false;
}

static bool is_call(const rewriter *r, size_t i)
{
    if (r->t.at[i].kind != TOK_WORD || !sql_token_is(&r->t, i + 1, "("))
        return false;
    if (i == 0)
        return true;
    const size_t close = sql_closing(&r->t, i + 1);
    if (sql_token_is(&r->t, close + 1, "AS") && sql_token_is(&r->t, close + 2, "(") &&
        begins_query(r, close + 3))
        return false;
    const uint8_t kind = r->t.at[i - 1].kind;
    if (kind == TOK_WORD)
        return before_call(r, i - 1);
    if (kind != TOK_OP)
        return false;
    return !sql_token_is(&r->t, i - 1, ".") && !sql_token_is(&r->t, i - 1, ")") &&
           !sql_token_is(&r->t, i - 1, "]") && !sql_token_is(&r->t, i - 1, "::") &&
           !sql_token_is(&r->t, i - 1, "<");
}

/* ---- operators and literals ---- */

/* TIMESTAMP '…' is a point in time, which the library takes for a local time. */
static bool timestamp_literal(rewriter *r, size_t *i)
{
    static const char *const types[][2] = {{"TIMESTAMP", "TIMESTAMP"},
                                           {"TIMESTAMP_LTZ", "TIMESTAMP"},
                                           {"TIMESTAMP_NTZ", "TIMESTAMP_NTZ"}};
    for (size_t k = 0; k < CX_COUNT(types); k++) {
        if (is(r, *i, types[k][0]) && r->t.at[*i + 1].kind == TOK_STRING) {
            rewrite_text(r, "cast(");
            rewrite_token(r, *i + 1);
            rewrite_text(r, "AS ");
            buf_adds(&r->out, types[k][1]);
            buf_addc(&r->out, ')');
            *i += 2;
            return true;
        }
    }
    return false;
}

/* X'00FF': the library writes it as text where it stands in VALUES. */
static bool bytes_literal(rewriter *r, size_t *i)
{
    const bool glued =
        is(r, *i, "X") && r->t.at[*i + 1].kind == TOK_STRING && r->t.at[*i + 1].glued;
    if (!glued)
        return false;
    rewrite_text(r, "unhex(");
    rewrite_token(r, *i + 1);
    buf_addc(&r->out, ')');
    *i += 2;
    return true;
}

/* LIKE has "\" as its escape there, and none in DuckDB. */
static bool like_pattern(rewriter *r, size_t *i)
{
    if ((!is(r, *i, "LIKE") && !is(r, *i, "ILIKE")) || r->t.at[*i + 1].kind != TOK_STRING ||
        is(r, *i + 2, "ESCAPE"))
        return false;
    const sql_token k = r->t.at[*i + 1];
    if (!memchr(r->t.text + k.start, '\\', k.end - k.start))
        return false;
    rewrite_token(r, *i);
    rewrite_token(r, *i + 1);
    rewrite_text(r, "ESCAPE '\\\\'");
    *i += 2;
    return true;
}

/* x[k] counts from zero on arrays; which x is one is known later (engine/typed.c), by the mark. */
static bool subscript(rewriter *r, size_t *i)
{
    if (!sql_token_is(&r->t, *i, "[") || *i == 0 || r->t.at[*i + 1].kind == TOK_STRING ||
        !(r->t.at[*i - 1].kind == TOK_WORD || r->t.at[*i - 1].kind == TOK_QUOTED ||
          sql_token_is(&r->t, *i - 1, ")") || sql_token_is(&r->t, *i - 1, "]")) ||
        rewrite_in_path(r, *i))
        return false;
    const size_t close = sql_closing(&r->t, *i);
    buf_adds(&r->out, "[dbx_index(");
    rewrite_range(r, *i + 1, close);
    buf_adds(&r->out, ")]");
    *i = close + 1;
    return true;
}

static bool operators(rewriter *r, size_t *i)
{
    if (is(r, *i, "LEFT") && (is(r, *i + 1, "ANTI") || is(r, *i + 1, "SEMI"))) {
        (*i)++;
        rewrite_text(r, "");
        return true;
    }
    if (sql_token_is(&r->t, *i, "!")) {
        rewrite_text(r, "NOT ");
        (*i)++;
        return true;
    }
    return false;
}

/* TABLE t as a query */
static bool table_query(rewriter *r, size_t *i)
{
    static const char *const before[] = {"(",      "UNION",     "ALL",  "DISTINCT",
                                         "EXCEPT", "INTERSECT", "MINUS"};
    if (!is(r, *i, "TABLE") ||
        !(r->t.at[*i + 1].kind == TOK_WORD || r->t.at[*i + 1].kind == TOK_QUOTED))
        return false;
    bool begins = *i == 0;
    for (size_t k = 0; !begins && k < CX_COUNT(before); k++)
        begins = sql_token_is(&r->t, *i - 1, before[k]);
    if (!begins)
        return false;
    rewrite_text(r, "SELECT * FROM");
    (*i)++;
    return true;
}

/* GROUP BY a, b WITH ROLLUP is GROUP BY ROLLUP(a, b). */
static bool rollup(rewriter *r, size_t *i, size_t end)
{
    if (!is(r, *i, "GROUP") || !is(r, *i + 1, "BY"))
        return false;
    const uint8_t depth = r->t.at[*i].depth;
    for (size_t at = *i + 2; at + 1 < end && r->t.at[at].depth >= depth; at++) {
        const bool roll = is(r, at + 1, "ROLLUP"), cube = is(r, at + 1, "CUBE");
        if (r->t.at[at].depth != depth || !is(r, at, "WITH") || (!roll && !cube))
            continue;
        rewrite_text(r, roll ? "GROUP BY dbx_rollup(" : "GROUP BY dbx_cube(");
        rewrite_range(r, *i + 2, at);
        buf_addc(&r->out, ')');
        *i = at + 2;
        return true;
    }
    return false;
}

/* Rows have no place of work here: SORT BY and CLUSTER BY order them, DISTRIBUTE BY does nothing.
 */
static bool placement(rewriter *r, size_t *i, size_t end)
{
    if (!is(r, *i + 1, "BY") ||
        (!is(r, *i, "SORT") && !is(r, *i, "CLUSTER") && !is(r, *i, "DISTRIBUTE")))
        return false;
    const bool drop = is(r, *i, "DISTRIBUTE");
    const uint8_t depth = r->t.at[*i].depth;
    *i += 2;
    if (!drop) {
        rewrite_text(r, "ORDER BY");
        return true;
    }
    while (*i < end && r->t.at[*i].depth >= depth && !is(r, *i, "SORT") && !is(r, *i, "LIMIT") &&
           !is(r, *i, "WINDOW") && !is(r, *i, "UNION") && !is(r, *i, "ORDER") &&
           !(sql_token_is(&r->t, *i, ")") && r->t.at[*i].depth < depth))
        (*i)++;
    rewrite_text(r, "");
    return true;
}

/* ---- lateral views ---- */

/* LATERAL VIEW [OUTER] explode(x) t [AS a, b] is a join with a sub-query that unnests. Two columns
 * of explode mean a map; so do three of posexplode. */
static void add_generator(rewriter *r, const char *name, size_t open, size_t close, size_t columns)
{
    const bool pos = text_starts(name, "posexplode"), inline_ = text_starts(name, "inline");
    const bool map = columns == (pos ? 3 : 2) && !inline_;
    const char *before = inline_ ? "SELECT dbx_s.* FROM (SELECT explode("
                         : map   ? "SELECT dbx_e.key, dbx_e.value FROM (SELECT explode(map_entries("
                                 : "SELECT explode(";
    if (map && pos)
        before = "SELECT dbx_p, dbx_e.key, dbx_e.value FROM (SELECT dbx_ordinals(map_entries(";
    else if (pos)
        before = "SELECT dbx_ordinals(";
    rewrite_text(r, before);
    if (pos) {
        rewrite_range(r, open + 1, close);
        rewrite_text(r, map ? ")) AS dbx_p, explode(map_entries(" : "), explode(");
    }
    rewrite_range(r, open + 1, close);
    rewrite_text(r, inline_ ? ") AS dbx_s)" : map ? ")) AS dbx_e)" : ")");
}

static void add_default_columns(rewriter *r, const char *name)
{
    if (text_starts(name, "posexplode"))
        buf_adds(&r->out, "(pos, col)");
    else if (text_starts(name, "explode"))
        buf_adds(&r->out, "(col)");
}

static bool is_word_of_clause(const rewriter *r, size_t i)
{
    static const char *const words[] = {"LATERAL", "WHERE", "GROUP",  "HAVING", "ORDER", "JOIN",
                                        "LEFT",    "INNER", "CROSS",  "RIGHT",  "FULL",  "PIVOT",
                                        "UNION",   "LIMIT", "WINDOW", "QUALIFY"};
    for (size_t k = 0; k < CX_COUNT(words); k++)
        if (is(r, i, words[k]))
            return true;
    return false;
}

static bool is_ident(const rewriter *r, size_t i)
{
    return i < r->t.count && (r->t.at[i].kind == TOK_WORD || r->t.at[i].kind == TOK_QUOTED);
}

static bool known_generator(const char *name)
{
    static const char *const names[] = {"explode",          "explode_outer", "posexplode",
                                        "posexplode_outer", "inline",        "inline_outer"};
    for (size_t k = 0; k < CX_COUNT(names); k++)
        if (strcmp(name, names[k]) == 0)
            return true;
    return false;
}

static bool lateral_view(rewriter *r, size_t *i)
{
    if (!is(r, *i, "LATERAL") || !is(r, *i + 1, "VIEW"))
        return false;
    size_t at = *i + 2;
    bool outer = is(r, at, "OUTER");
    at += outer;
    if (!is_ident(r, at) || !sql_token_is(&r->t, at + 1, "("))
        return false;
    char *name = sql_token_text(r->c, &r->t, at);
    text_lower(name);
    if (!known_generator(name))
        return false;
    outer = outer || text_ends(name, "_outer");
    const size_t open = at + 1, close = sql_closing(&r->t, open);
    at = close + 1;
    const size_t alias =
        is_ident(r, at) && !is(r, at, "AS") && !is_word_of_clause(r, at) ? at++ : 0;
    size_t columns = 0, first = at + 1;
    if (is(r, at, "AS")) {
        for (at = first; is_ident(r, at); at += 2, columns++)
            if (!sql_token_is(&r->t, at + 1, ",")) {
                columns++;
                at++;
                break;
            }
    }
    rewrite_text(r, outer ? "LEFT JOIN LATERAL (" : "CROSS JOIN LATERAL (");
    add_generator(r, name, open, close, columns);
    buf_adds(&r->out, ") AS ");
    if (alias)
        rewrite_token(r, alias);
    else
        buf_addf(&r->out, "dbx_view_%zu", *i);
    if (columns) {
        buf_addc(&r->out, '(');
        for (size_t k = 0; k < columns; k++) {
            if (k)
                buf_addc(&r->out, ',');
            rewrite_token(r, first + 2 * k);
        }
        buf_addc(&r->out, ')');
    } else {
        add_default_columns(r, name);
    }
    if (outer)
        buf_adds(&r->out, " ON TRUE");
    *i = at;
    return true;
}

/* ---- the walk ---- */

void rewrite_range(rewriter *r, size_t from, size_t to)
{
    size_t i = from;
    while (i < to) {
        if (timestamp_literal(r, &i) || bytes_literal(r, &i) || like_pattern(r, &i) ||
            subscript(r, &i) || rewrite_path_cast(r, &i) || operators(r, &i) ||
            table_query(r, &i) || rollup(r, &i, to) || placement(r, &i, to) || lateral_view(r, &i))
            continue;
        if (is_call(r, i) && rewrite_call(r, &i))
            continue;
        rewrite_token(r, i++);
    }
}

cx_code sql_rewrite(cx *c, const char *text, char **out)
{
    rewriter r = {.c = c, .out = BUF((size_t)4 * SQL_MOST_BYTES)};
    TRY(sql_lex(c, text, &r.t));
    while (r.t.count > 0 && sql_token_is(&r.t, r.t.count - 1, ";"))
        r.t.count--;
    rewrite_range(&r, 0, r.t.count);
    const cx_code rc = buf_done(c, &r.out, "the statement");
    if (rc == CX_OK)
        *out = cx_dupn(c, buf_text(&r.out), r.out.length);
    buf_clear(&r.out);
    return rc;
}
