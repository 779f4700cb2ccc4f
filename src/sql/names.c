/* Names as references: listing them, and giving the catalog another name. */
#include "sql/dialect.h"

#include "sql/bridge_int.h"
#include "sql/parse_int.h"

static void set_parts(dialect_ref *ref, const sql_name *name)
{
    for (int i = 0; i < name->count; i++)
        ref->parts[ref->part_count++] = name->parts[i];
    if (name->path)
        ref->parts[ref->part_count++] = name->path;
}

cx_code dialect_tables(cx *c, const char *sql, dialect_ref **out, size_t *out_n)
{
    scan_result r;
    size_t n = 0;
    TRY(dialect_scan(c, sql, &r));
    dialect_ref *refs = cx_array(c, dialect_ref, r.table_count + 1);
    for (size_t k = 0; k < r.table_count; k++) {
        const scan_table *t = &r.tables[k];
        if (t->ref.function)
            continue;
        set_parts(&refs[n], &t->ref.name);
        refs[n].start = r.t.at[t->name_from].start;
        refs[n].end = r.t.at[t->name_to - 1].end;
        refs[n++].is_cte = t->is_cte;
    }
    *out = refs;
    *out_n = n;
    return CX_OK;
}

cx_code dialect_functions(cx *c, const char *sql, dialect_ref **out, size_t *out_n)
{
    scan_result r;
    size_t n = 0;
    TRY(dialect_scan(c, sql, &r));
    dialect_ref *refs = cx_array(c, dialect_ref, r.chain_count + 1);
    for (size_t k = 0; k < r.chain_count; k++) {
        const scan_chain *chain = &r.chains[k];
        if (!chain->is_call || chain->to - chain->from > 5)
            continue;
        for (size_t i = chain->from; i < chain->to; i += 2)
            refs[n].parts[refs[n].part_count++] = sql_token_name(c, &r.t, i);
        refs[n].start = r.t.at[chain->from].start;
        refs[n++].end = r.t.at[chain->to - 1].end;
    }
    *out = refs;
    *out_n = n;
    return CX_OK;
}

/* ---- renaming ---- */

typedef struct {
    size_t start, end;
    const char *text;
} edit;

typedef struct {
    cx *c;
    scan_result r;
    const char *from, *to;
    edit *edits;
    size_t count;
} renamer;

static void add_edit(renamer *n, size_t token, const char *text)
{
    n->edits = sql_grow(n->c, n->edits, n->count, sizeof *n->edits);
    n->edits[n->count++] = (edit){n->r.t.at[token].start, n->r.t.at[token].end, text};
}

/* The new name as the old one was written: with backticks when it had them or needs them. */
static const char *written(renamer *n, size_t token)
{
    bool plain = n->r.t.at[token].kind == TOK_WORD && n->to[0] >= 'A';
    for (const char *s = n->to; *s; s++)
        plain = plain && ((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || *s == '_' ||
                          (*s >= '0' && *s <= '9'));
    return plain ? n->to : sql_ident(n->c, n->to);
}

static bool is_from(renamer *n, size_t token)
{
    return text_same_nocase(sql_token_name(n->c, &n->r.t, token), n->from);
}

static cx_code refuse(renamer *n, size_t token, const char *why)
{
    return sql_syntax_error(n->c, n->r.t.text, n->r.t.at[token].start, "%s", why);
}

/* IDENTIFIER(…) is computed when the query runs; only a constant tells that it is another catalog.
 */
static cx_code check_dynamic(renamer *n)
{
    char *text, *parts[4];
    int count;
    for (size_t i = 0; i + 2 < n->r.t.count; i++) {
        if (!sql_token_is(&n->r.t, i, "IDENTIFIER") || !sql_token_is(&n->r.t, i + 1, "(") ||
            (i > 0 && sql_token_is(&n->r.t, i - 1, ".")))
            continue;
        if (n->r.t.at[i + 2].kind != TOK_STRING || sql_closing(&n->r.t, i + 1) != i + 3)
            return refuse(n, i, "The name in IDENTIFIER(…) is computed, and cannot be rewritten.");
        TRY(sql_token_string(n->c, &n->r.t, i + 2, &text));
        TRY(sql_split_name(n->c, text, 4, parts, &count));
        if (count >= 3 && text_same_nocase(parts[0], n->from))
            return refuse(n, i,
                          "The name in IDENTIFIER(…) is in the catalog, and cannot be rewritten.");
    }
    return CX_OK;
}

/* table_changes('c.s.t', …): the name is a string. */
static cx_code rename_in_string(renamer *n, const scan_table *t)
{
    char *text, *parts[4];
    int count;
    const size_t token = t->name_to + 1;
    if (!text_same_nocase(t->ref.function, "table_changes") || n->r.t.at[token].kind != TOK_STRING)
        return CX_OK;
    TRY(sql_token_string(n->c, &n->r.t, token, &text));
    TRY(sql_split_name(n->c, text, 3, parts, &count));
    if (count != 3 || !text_same_nocase(parts[0], n->from))
        return CX_OK;
    add_edit(n, token, sql_literal(n->c, sql_name3(n->c, n->to, parts[1], parts[2])));
    return CX_OK;
}

static cx_code rename_tables(renamer *n)
{
    for (size_t k = 0; k < n->r.table_count; k++) {
        const scan_table *t = &n->r.tables[k];
        if (t->ref.function)
            TRY(rename_in_string(n, t));
        else if (!t->is_cte && t->ref.name.count == 3 && t->name_to - t->name_from == 5 &&
                 is_from(n, t->name_from))
            add_edit(n, t->name_from, written(n, t->name_from));
    }
    return CX_OK;
}

/* Is a chain's beginning the full name of a table of this text? */
static bool names_table(renamer *n, const scan_chain *chain)
{
    for (size_t k = 0; k < n->r.table_count; k++) {
        const sql_name *name = &n->r.tables[k].ref.name;
        bool same = name->count == 3 && !n->r.tables[k].ref.function;
        for (size_t i = 0; same && i < 3; i++)
            same = text_same_nocase(name->parts[i],
                                    sql_token_name(n->c, &n->r.t, chain->from + 2 * i));
        if (same)
            return true;
    }
    return false;
}

static void rename_chains(renamer *n)
{
    for (size_t k = 0; k < n->r.chain_count; k++) {
        const scan_chain *chain = &n->r.chains[k];
        const size_t parts = (chain->to - chain->from + 1) / 2;
        if (!is_from(n, chain->from))
            continue;
        if (chain->is_call ? parts == 3 : parts >= 4 && names_table(n, chain))
            add_edit(n, chain->from, written(n, chain->from));
    }
}

static int by_start(const void *a, const void *b)
{
    const edit *x = a, *y = b;
    return (x->start > y->start) - (x->start < y->start);
}

static cx_code apply(renamer *n, const char *sql, char **out)
{
    AUTO_CLEAR(buf) b = BUF((size_t)8 * SQL_MOST_BYTES);
    size_t at = 0;
    if (n->count)
        qsort(n->edits, n->count, sizeof *n->edits, by_start);
    for (size_t k = 0; k < n->count; k++) {
        buf_add(&b, sql + at, n->edits[k].start - at);
        buf_adds(&b, n->edits[k].text);
        at = n->edits[k].end;
    }
    buf_adds(&b, sql + at);
    TRY(buf_done(n->c, &b, "the text"));
    *out = cx_dupn(n->c, buf_text(&b), b.length);
    return CX_OK;
}

cx_code dialect_rename_catalog(cx *c, const char *sql, const char *from_catalog,
                               const char *to_catalog, char **out, size_t *out_changed)
{
    renamer n = {.c = c, .from = from_catalog, .to = to_catalog};
    TRY(dialect_scan(c, sql, &n.r));
    TRY(check_dynamic(&n));
    TRY(rename_tables(&n));
    rename_chains(&n);
    TRY(apply(&n, sql, out));
    if (out_changed)
        *out_changed = n.count;
    return CX_OK;
}
