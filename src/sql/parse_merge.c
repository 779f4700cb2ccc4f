/* MERGE: one source, one condition, and a list of WHENs.
 *
 * The expressions in it end where a word of MERGE begins, but WHEN and THEN are words of CASE too:
 * so spans are taken with an eye on CASE … END. */
#include "sql/parse_int.h"

static bool at_any(const sql_parser *p, const char *const *stops)
{
    for (; *stops; stops++)
        if (sql_at(p, *stops))
            return true;
    return false;
}

static bool after_dot(const sql_parser *p)
{
    return p->i > 0 && sql_token_is(&p->t, p->i - 1, ".");
}

static cx_code take_expression(sql_parser *p, const char *const *stops, const char **out)
{
    const size_t start = p->i;
    const uint8_t depth = p->t.at[p->i].depth;
    int cases = 0;
    for (; p->t.at[p->i].kind != TOK_END && p->t.at[p->i].depth >= depth && !sql_at(p, ";");
         p->i++) {
        if (p->t.at[p->i].depth > depth || after_dot(p))
            continue;
        if (!cases && at_any(p, stops))
            break;
        cases += sql_at(p, "CASE") ? 1 : sql_at(p, "END") && cases ? -1 : 0;
    }
    if (p->i == start)
        return sql_refuse(p);
    *out = sql_tokens_text(p->c, &p->t, start, p->i);
    return CX_OK;
}

static cx_code take_alias(sql_parser *p, const char *next, const char **out)
{
    if (sql_accept(p, "AS") || !sql_at(p, next))
        return sql_take_ident(p, out);
    return CX_OK;
}

/* ---- the source ---------------------------------------------------------------------- */

/* A function's call is a query to us: SELECT * FROM f(…). */
static cx_code take_call(sql_parser *p, sql_merge *m, size_t start)
{
    const size_t close = sql_closing(&p->t, p->i);
    m->query = cx_fmt(p->c, "SELECT * FROM %s", sql_tokens_text(p->c, &p->t, start, close + 1));
    m->alias = m->source.parts[m->source.count - 1];
    m->source = (sql_name){0};
    p->i = close + 1;
    return CX_OK;
}

/* Only a number or a text, as in FROM: what follows it is the alias. */
static cx_code take_travel(sql_parser *p, sql_travel *out)
{
    const bool version = sql_accept(p, "VERSION AS OF") || sql_accept(p, "FOR VERSION AS OF");
    if (!version && !sql_accept(p, "TIMESTAMP AS OF") && !sql_accept(p, "FOR TIMESTAMP AS OF"))
        return CX_OK;
    const uint8_t kind = p->t.at[p->i].kind;
    if (kind != TOK_NUMBER && kind != TOK_STRING)
        return sql_refuse(p);
    *(version ? &out->version_sql : &out->timestamp_sql) = sql_token_text(p->c, &p->t, p->i++);
    return CX_OK;
}

static cx_code take_source(sql_parser *p, sql_merge *m)
{
    const size_t start = p->i;
    if (sql_at(p, "(")) {
        const size_t close = sql_closing(&p->t, p->i);
        m->query = sql_tokens_text(p->c, &p->t, p->i + 1, close);
        p->i = close + 1;
    } else {
        TRY(sql_take_name(p, 3, &m->source));
        if (sql_at(p, "("))
            TRY(take_call(p, m, start));
        else
            TRY(take_travel(p, &m->travel));
    }
    TRY(take_alias(p, "ON", &m->alias));
    if (sql_at(p, "("))
        TRY(sql_take_names(p, &m->columns, &m->column_count));
    return CX_OK;
}

/* ---- the clauses ----------------------------------------------------------------------- */

/* Takes "name." for each of the names, or nothing. */
static bool accept_owner(sql_parser *p, const char *const *names, int count)
{
    const size_t start = p->i;
    for (int i = 0; i < count; i++) {
        const sql_token_kind kind = p->t.at[p->i].kind;
        const bool same = (kind == TOK_WORD || kind == TOK_QUOTED) &&
                          text_same_nocase(sql_token_name(p->c, &p->t, p->i), names[i]);
        p->i++;
        if (!same || !sql_accept(p, ".")) {
            p->i = start;
            return false;
        }
    }
    return count > 0;
}

cx_code sql_take_target_column(sql_parser *p, const sql_statement *s, const char **out)
{
    const int count = s->name.path ? 0 : s->name.count;
    if (s->alias)
        (void)accept_owner(p, &s->alias, 1);
    for (int from = 0; !s->alias && from < count; from++)
        if (accept_owner(p, s->name.parts + from, count - from))
            break;
    return sql_take_column_path(p, out);
}

static cx_code take_sets(sql_parser *p, const sql_statement *s, sql_when *w)
{
    static const char *const stops[] = {",", "WHEN", NULL};
    sql_pair *sets = NULL;
    if (sql_accept(p, "*")) {
        w->star = true;
        return CX_OK;
    }
    do {
        sets = sql_grow(p->c, sets, w->set_count, sizeof *sets);
        TRY(sql_take_target_column(p, s, &sets[w->set_count].key));
        TRY(sql_expect(p, "="));
        TRY(take_expression(p, stops, &sets[w->set_count].value));
        w->set_count++;
    } while (sql_accept(p, ","));
    w->sets = sets;
    return CX_OK;
}

static cx_code wrong_count(sql_parser *p, size_t columns, size_t values)
{
    return cx_fail_as(p->c, CX_INVALID, "PARSE_SYNTAX_ERROR", "42601",
                      "INSERT in a MERGE names %zu columns and gives %zu values.", columns, values);
}

static cx_code take_values(sql_parser *p, const sql_statement *s, sql_when *w)
{
    static const char *const stops[] = {",", NULL};
    sql_pair *sets = NULL;
    size_t values = 0;
    if (sql_accept(p, "*")) {
        w->star = true;
        return CX_OK;
    }
    TRY(sql_expect(p, "("));
    do {
        sets = sql_grow(p->c, sets, w->set_count, sizeof *sets);
        TRY(sql_take_target_column(p, s, &sets[w->set_count++].key));
    } while (sql_accept(p, ","));
    TRY(sql_expect(p, ")"));
    TRY(sql_expect(p, "VALUES"));
    TRY(sql_expect(p, "("));
    do {
        const char *value;
        TRY(take_expression(p, stops, &value));
        if (values < w->set_count)
            sets[values].value = value;
        values++;
    } while (sql_accept(p, ","));
    TRY(sql_expect(p, ")"));
    w->sets = sets;
    return values == w->set_count ? CX_OK : wrong_count(p, w->set_count, values);
}

static cx_code take_action(sql_parser *p, const sql_statement *s, sql_when *w)
{
    if (w->when == SQL_NOT_MATCHED) {
        w->then = SQL_THEN_INSERT;
        TRY(sql_expect(p, "INSERT"));
        return take_values(p, s, w);
    }
    if (sql_accept(p, "DELETE")) {
        w->then = SQL_THEN_DELETE;
        return CX_OK;
    }
    w->then = SQL_THEN_UPDATE;
    TRY(sql_expect(p, "UPDATE"));
    TRY(sql_expect(p, "SET"));
    if (w->when == SQL_NOT_MATCHED_BY_SOURCE && sql_at(p, "*"))
        return sql_refuse(p);
    return take_sets(p, s, w);
}

static cx_code take_when(sql_parser *p, const sql_statement *s, sql_when *w)
{
    static const char *const stops[] = {"THEN", NULL};
    w->when = SQL_MATCHED;
    if (sql_accept(p, "NOT MATCHED BY SOURCE"))
        w->when = SQL_NOT_MATCHED_BY_SOURCE;
    else if (sql_accept(p, "NOT MATCHED BY TARGET") || sql_accept(p, "NOT MATCHED"))
        w->when = SQL_NOT_MATCHED;
    else
        TRY(sql_expect(p, "MATCHED"));
    if (sql_accept(p, "AND"))
        TRY(take_expression(p, stops, &w->condition));
    TRY(sql_expect(p, "THEN"));
    return take_action(p, s, w);
}

/* Only the last clause of a kind may be without a condition: those after it could never hold. */
static cx_code check_order(sql_parser *p, const sql_merge *m)
{
    static const char *const conditions[] = {
        "NON_LAST_MATCHED_CLAUSE_OMIT_CONDITION",
        "NON_LAST_NOT_MATCHED_BY_TARGET_CLAUSE_OMIT_CONDITION",
        "NON_LAST_NOT_MATCHED_BY_SOURCE_CLAUSE_OMIT_CONDITION"};
    static const char *const names[] = {"MATCHED", "NOT MATCHED", "NOT MATCHED BY SOURCE"};
    for (size_t i = 0; i < m->when_count; i++)
        for (size_t k = i + 1; k < m->when_count; k++)
            if (!m->whens[i].condition && m->whens[i].when == m->whens[k].when)
                return cx_fail_as(p->c, CX_INVALID, conditions[m->whens[i].when], "42613",
                                  "When there are more than one %s clauses in a MERGE statement, "
                                  "only the last one can omit the condition.",
                                  names[m->whens[i].when]);
    return CX_OK;
}

cx_code sql_parse_merge(sql_parser *p, sql_statement *out)
{
    static const char *const stops[] = {"WHEN", NULL};
    sql_merge *m = cx_new(p->c, sql_merge);
    sql_when *whens = NULL;
    out->kind = SQL_MERGE;
    m->evolve = sql_accept(p, "WITH SCHEMA EVOLUTION");
    TRY(sql_expect(p, "INTO"));
    TRY(sql_take_name(p, 3, &out->name));
    TRY(take_alias(p, "USING", &out->alias));
    TRY(sql_expect(p, "USING"));
    TRY(take_source(p, m));
    TRY(sql_expect(p, "ON"));
    TRY(take_expression(p, stops, &m->on));
    while (sql_accept(p, "WHEN")) {
        whens = sql_grow(p->c, whens, m->when_count, sizeof *whens);
        whens[m->when_count] = (sql_when){0};
        TRY(take_when(p, out, &whens[m->when_count]));
        m->when_count++;
    }
    if (!m->when_count)
        return cx_fail_as(p->c, CX_INVALID, "MERGE_WITHOUT_WHEN", "42601",
                          "There must be at least one WHEN clause in a MERGE statement.");
    m->whens = whens;
    out->merge = m;
    return check_order(p, m);
}
