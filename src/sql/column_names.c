/* Names of result columns that the query gives none: the platform calls them after the item's own
 * text (`count(1)`, `(a + 1)`, `upper(g)`), which the translated query no longer has. So each item
 * of a select list that is more than a column gets that text as its alias before translation. */
#include "sql/dialect.h"
#include "sql/lex.h"
#include "sql/quote.h"

typedef struct {
    const sql_tokens *t;
    size_t from, to; /* tokens of the item */
} item;

static bool any_of(const sql_tokens *t, size_t i, const char *const *words, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (sql_token_is(t, i, words[k]))
            return true;
    return false;
}
#define ANY(t, i, words) any_of((t), (i), (words), CX_COUNT(words))

static bool is_name(const sql_tokens *t, size_t i)
{
    return t->at[i].kind == TOK_WORD || t->at[i].kind == TOK_QUOTED;
}

/* Words after which a name is an operand, and words that end an expression. */
static const char *const operators[] = {"AND",     "OR",     "NOT",  "IS",   "LIKE",   "ILIKE",
                                        "RLIKE",   "DIV",    "IN",   "THEN", "ELSE",   "WHEN",
                                        "BETWEEN", "REGEXP", "FROM", "CASE", "ESCAPE", "OVER"};
static const char *const closers[] = {"END", "NULL", "TRUE", "FALSE", "UNKNOWN"};

static size_t depth_of(const item *m)
{
    return m->t->at[m->from].depth;
}

static bool has_alias(const item *m)
{
    const sql_tokens *t = m->t;
    for (size_t i = m->from; i < m->to; i++)
        if (t->at[i].depth == depth_of(m) && sql_token_is(t, i, "AS"))
            return true;
    const size_t last = m->to - 1;
    if (last == m->from || !is_name(t, last) || t->at[last].depth != depth_of(m))
        return false;
    if (t->at[last].kind == TOK_WORD && ANY(t, last, closers))
        return false;
    const size_t before = last - 1;
    for (size_t k = 2; k <= 3 && last >= m->from + k; k++)
        if (sql_token_is(t, last - k, "INTERVAL"))
            return false;
    if (t->at[before].kind == TOK_WORD)
        return !ANY(t, before, operators);
    return t->at[before].kind != TOK_OP || sql_token_is(t, before, ")") ||
           sql_token_is(t, before, "]");
}

static bool is_star(const item *m)
{
    for (size_t i = m->from; i < m->to; i++)
        if (sql_token_is(m->t, i, "*") && m->t->at[i].depth == depth_of(m) &&
            (i == m->from || sql_token_is(m->t, i - 1, ".")))
            return true;
    return false;
}

/* a, t.a, s.t.a: the column's own name. */
static bool is_column(const item *m)
{
    for (size_t i = m->from; i < m->to; i++)
        if ((i - m->from) % 2 ? !sql_token_is(m->t, i, ".") : !is_name(m->t, i))
            return false;
    return m->to - m->from > 1 || m->t->at[m->from].kind == TOK_QUOTED ||
           !ANY(m->t, m->from, closers);
}

static bool is_generator(const item *m)
{
    static const char *const names[] = {
        "posexplode", "posexplode_outer", "inline",         "inline_outer",
        "stack",      "json_tuple",       "variant_explode"};
    return ANY(m->t, m->from, names);
}

static bool is_explode(const item *m)
{
    static const char *const names[] = {"explode", "explode_outer"};
    return ANY(m->t, m->from, names) && sql_token_is(m->t, m->from + 1, "(") &&
           sql_closing(m->t, m->from + 1) == m->to - 1;
}

/* a + b, a = b, …: a binary operator at the item's own depth. */
static bool is_operation(const item *m)
{
    static const char *const signs[] = {"+",  "-",    "*",   "/",  "%",       "=",  "<",   ">",
                                        "<=", ">=",   "<>",  "!=", "<=>",     "==", "AND", "OR",
                                        "IS", "LIKE", "DIV", "IN", "BETWEEN", "&",  "|",   "^"};
    size_t cases = 0;
    for (size_t i = m->from + 1; i < m->to; i++) {
        cases += sql_token_is(m->t, i - 1, "CASE");
        if (m->t->at[i].depth == depth_of(m) && !cases && ANY(m->t, i, signs))
            return true;
        cases -= cases && sql_token_is(m->t, i, "END");
    }
    return false;
}

static cx_code add_token(cx *c, const item *m, size_t i, buf *out)
{
    char *text = sql_token_text(c, m->t, i);
    if (m->t->at[i].kind == TOK_STRING)
        TRY(sql_token_string(c, m->t, i, &text));
    const bool call =
        m->t->at[i].kind == TOK_WORD && i + 1 < m->to && sql_token_is(m->t, i + 1, "(");
    if (call && (sql_token_is(m->t, i, "CAST") || sql_token_is(m->t, i, "TRY_CAST")))
        text = cx_dup(c, sql_token_is(m->t, i, "CAST") ? "CAST" : "TRY_CAST");
    else if (call && !(i > m->from && sql_token_is(m->t, i - 1, ".")))
        text_lower(text);
    if (sql_token_is(m->t, i, "*") && i > m->from + 1 && sql_token_is(m->t, i - 2, "count"))
        text = (char *)"1";
    buf_adds(out, text);
    return CX_OK;
}

static bool spaced(const sql_tokens *t, size_t i)
{
    static const char *const signs[] = {"+", "-", "/", "%", "=", "<", ">", "<=", ">=", "<>"};
    return t->at[i].kind == TOK_OP && ANY(t, i, signs);
}

static cx_code item_text(cx *c, const item *m, buf *out)
{
    const bool operation = is_operation(m);
    if (is_explode(m)) {
        buf_adds(out, "col");
        return CX_OK;
    }
    if (operation)
        buf_addc(out, '(');
    for (size_t i = m->from; i < m->to; i++) {
        const bool unary = i > m->from && spaced(m->t, i - 1) &&
                           (i == m->from + 1 || m->t->at[i - 2].kind == TOK_OP);
        const bool wide = !unary && i > m->from && (spaced(m->t, i) || spaced(m->t, i - 1)) &&
                          !sql_token_is(m->t, i - 1, "(");
        const bool comma = i > m->from && sql_token_is(m->t, i - 1, ",");
        if (i > m->from && (!m->t->at[i].glued || wide || comma))
            buf_addc(out, ' ');
        TRY(add_token(c, m, i, out));
    }
    if (operation)
        buf_addc(out, ')');
    return CX_OK;
}

static cx_code name_item(cx *c, const item *m, buf *out)
{
    AUTO_CLEAR(buf) name = BUF(BUF_ANY);
    if (m->to <= m->from || has_alias(m) || is_star(m) || is_column(m) || is_generator(m))
        return CX_OK;
    TRY(item_text(c, m, &name));
    buf_adds(out, " AS ");
    sql_add_ident(out, buf_text(&name));
    return CX_OK;
}

/* The library reads `x LIKE ANY (…) AS a` wrongly unless the expression has brackets. Returns where
 * the expression ends, or 0. */
static size_t like_any_end(const item *m)
{
    static const char *const kinds[] = {"ANY", "ALL", "SOME"};
    bool found = false;
    for (size_t i = m->from; i + 1 < m->to; i++) {
        if (m->t->at[i].depth != depth_of(m))
            continue;
        found = found || ((sql_token_is(m->t, i, "LIKE") || sql_token_is(m->t, i, "ILIKE")) &&
                          ANY(m->t, i + 1, kinds));
        if (found && sql_token_is(m->t, i, "AS"))
            return i;
    }
    return found ? m->to : 0;
}

static bool ends_list(const sql_tokens *t, size_t i, size_t first)
{
    static const char *const words[] = {"FROM",    "WHERE", "GROUP",     "HAVING", "ORDER",
                                        "LIMIT",   "UNION", "INTERSECT", "MINUS",  "WINDOW",
                                        "QUALIFY", "SORT",  "CLUSTER",   "FETCH",  "DISTRIBUTE",
                                        "LATERAL", "OFFSET"};
    if (t->at[i].kind != TOK_WORD || i == first || sql_token_is(t, i - 1, ".") ||
        sql_token_is(t, i - 1, "WITHIN"))
        return false;
    /* a + offset: behind an operator it is a column. */
    if (t->at[i - 1].kind == TOK_OP && !sql_token_is(t, i - 1, ")") &&
        !sql_token_is(t, i - 1, "]") && !sql_token_is(t, i - 1, "*"))
        return false;
    if (sql_token_is(t, i, "EXCEPT"))
        return !sql_token_is(t, i - 1, "*");
    if (sql_token_is(t, i, "FROM"))
        return !sql_token_is(t, i - 1, "DISTINCT"); /* IS DISTINCT FROM */
    return ANY(t, i, words);
}

/* What is put before and behind tokens. */
typedef struct {
    const char **before, **behind;
} inserts;

/* The items of the list that begins at token `first`. */
static cx_code name_list(cx *c, const sql_tokens *t, size_t first, inserts *in)
{
    item m = {t, first, first};
    const size_t depth = t->at[first].depth;
    for (size_t i = first;; i++) {
        const bool over = i >= t->count || t->at[i].depth < depth || sql_token_is(t, i, ";") ||
                          (sql_token_is(t, i, ")") && t->at[i].depth < depth) ||
                          (t->at[i].depth == depth && ends_list(t, i, first));
        if (!over && !(t->at[i].depth == depth && sql_token_is(t, i, ",")))
            continue;
        AUTO_CLEAR(buf) name = BUF(BUF_ANY);
        m.to = i;
        TRY(name_item(c, &m, &name));
        if (name.length)
            in->behind[i - 1] = cx_dup(c, buf_text(&name));
        const size_t like = m.to > m.from ? like_any_end(&m) : 0;
        if (like) {
            const char *was = in->behind[like - 1];
            in->before[m.from] = "(";
            in->behind[like - 1] = cx_fmt(c, ")%s", was ? was : "");
        }
        m.from = i + 1;
        if (over)
            return CX_OK;
    }
}

cx_code dialect_name_columns(cx *c, const char *sql, char **out)
{
    AUTO_CLEAR(buf) b = BUF(BUF_ANY);
    sql_tokens t;
    TRY(sql_lex(c, sql, &t));
    inserts in = {cx_array(c, const char *, t.count + 1), cx_array(c, const char *, t.count + 1)};
    size_t at = 0;
    for (size_t i = 0; i + 1 < t.count; i++) {
        if (!sql_token_is(&t, i, "SELECT") || (i && sql_token_is(&t, i - 1, ".")))
            continue;
        const size_t first =
            i + 1 + (sql_token_is(&t, i + 1, "DISTINCT") || sql_token_is(&t, i + 1, "ALL"));
        if (first < t.count)
            TRY(name_list(c, &t, first, &in));
    }
    for (size_t i = 0; i < t.count; i++) {
        if (in.before[i]) {
            buf_add(&b, sql + at, t.at[i].start - at);
            buf_adds(&b, in.before[i]);
            at = t.at[i].start;
        }
        if (!in.behind[i])
            continue;
        buf_add(&b, sql + at, t.at[i].end - at);
        buf_adds(&b, in.behind[i]);
        at = t.at[i].end;
    }
    buf_adds(&b, sql + at);
    *out = cx_dup(c, buf_text(&b));
    return CX_OK;
}
