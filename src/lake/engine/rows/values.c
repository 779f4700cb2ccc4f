/* DEFAULT is no expression: it means the default of the column for which it stands, so it is
 * replaced before the query is a query. */
#include "lake/engine/rows/values.h"

#include "lake/engine/rows/rows.h"
#include "sql/lex.h"

typedef struct {
    const json *fields;
    const long *at;
    size_t n, rows;
    size_t *defaults; /* rows with DEFAULT, of each position */
    sql_tokens t;
    size_t copied; /* bytes of the text that are in `out` */
    buf out;
} rewrite;

static const char *default_of(const json *field)
{
    return json_get_str(json_get(field, "metadata"), "CURRENT_DEFAULT", "NULL");
}

/* The tokens from … to are one value of a row. */
static void take_value(rewrite *w, size_t position, size_t from, size_t to)
{
    if (to != from + 1 || !sql_token_is(&w->t, from, "DEFAULT") || position >= w->n)
        return;
    const json *field = json_array_get(w->fields, (size_t)w->at[position]);
    buf_add(&w->out, w->t.text + w->copied, w->t.at[from].start - w->copied);
    buf_addf(&w->out, "(%s)", default_of(field));
    w->copied = w->t.at[from].end;
    w->defaults[position]++;
}

/* A row: "(a, b)", or one bare value; `from` … `to` without the comma behind it. */
static void take_row(rewrite *w, size_t from, size_t to)
{
    const bool bracketed =
        from < to && sql_token_is(&w->t, from, "(") && sql_closing(&w->t, from) + 1 == to;
    const size_t first = bracketed ? from + 1 : from, end = bracketed ? to - 1 : to;
    size_t position = 0, start = first;
    w->rows++;
    for (size_t i = first; i <= end; i++) {
        if (i < end && sql_token_is(&w->t, i, "(")) {
            i = sql_closing(&w->t, i);
            continue;
        }
        if (i < end && !sql_token_is(&w->t, i, ","))
            continue;
        take_value(w, position++, start, i);
        start = i + 1;
    }
}

static void take_rows(rewrite *w)
{
    size_t start = 1;
    for (size_t i = 1; i <= w->t.count; i++) {
        if (i < w->t.count && sql_token_is(&w->t, i, "(")) {
            i = sql_closing(&w->t, i);
            continue;
        }
        if (i < w->t.count && !sql_token_is(&w->t, i, ","))
            continue;
        take_row(w, start, i);
        start = i + 1;
    }
}

static cx_code find_all(cx *c, rewrite *w, bool **out_all)
{
    bool *all = cx_array(c, bool, w->n + 1);
    for (size_t i = 0; i < w->n; i++) {
        const json *field = json_array_get(w->fields, (size_t)w->at[i]);
        all[i] = w->defaults[i] == w->rows;
        if (w->defaults[i] && !all[i] && (eng_is_identity(field) || eng_generation(field)))
            return eng_unsupported(c, "DEFAULT in some rows and values in others, for column %s",
                                   json_get_str(field, "name", ""));
    }
    *out_all = all;
    return CX_OK;
}

cx_code values_with_defaults(cx *c, const json *fields, const long *at, size_t n,
                             const char **query, bool **out_all)
{
    rewrite w = {.fields = fields, .at = at, .n = n, .out = BUF(BUF_ANY)};
    *out_all = NULL;
    if (strncasecmp(*query, "VALUES", 6) != 0 || !strcasestr(*query, "DEFAULT"))
        return CX_OK;
    w.defaults = cx_array(c, size_t, n + 1);
    TRY(sql_lex(c, *query, &w.t));
    take_rows(&w);
    if (w.copied) {
        buf_adds(&w.out, w.t.text + w.copied);
        *query = cx_dup(c, buf_text(&w.out));
    }
    buf_clear(&w.out);
    return w.copied ? find_all(c, &w, out_all) : CX_OK;
}
