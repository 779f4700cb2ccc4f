/* MERGE: the source, evaluated once; the pairs that ON finds; what each clause makes of them.
 *
 * Target and source are joined once. Each pair carries the number of the first MATCHED clause that
 * holds for it (__clxs_k), and that clause's values. Source rows in no pair are for NOT MATCHED,
 * target rows in no pair for NOT MATCHED BY SOURCE; both are asked the same way. A pair for which
 * no clause holds (NULL) leaves its row as it is, but its two rows did match. */
#include "lake/engine/rows/dml.h"

#include "sql/quote.h"

/* CASE WHEN <condition> THEN i … END AS `__clxs_k`, over the clauses of a kind. */
static void add_choice(const dml_merging *k, sql_when_kind kind, buf *text)
{
    buf_adds(text, "CASE");
    for (size_t i = 0; i < k->m->when_count; i++) {
        const sql_when *w = &k->m->whens[i];
        if (w->when != kind)
            continue;
        if (w->condition)
            buf_addf(text, " WHEN (%s\n) THEN %zu", w->condition, i);
        else
            buf_addf(text, " WHEN true THEN %zu", i);
    }
    buf_adds(text, " END AS `__clxs_k`");
}

static void add_place(const dml_merging *k, buf *text)
{
    const char *alias = k->d.alias;
    sql_add_ident(text, alias);
    buf_adds(text, ".`" ENG_FILE "` AS `__clxs_f`, ");
    sql_add_ident(text, alias);
    buf_adds(text, ".`" ENG_ROW "` AS `__clxs_w`");
}

static bool wants_old(const dml_merging *k)
{
    return k->d.images || k->d.feed;
}

/* Places, old values, the clause and its values: what dml_note wants. */
static cx_code add_select(cx *c, const dml_merging *k, sql_when_kind kind, buf *text)
{
    buf_adds(text, "SELECT ");
    if (kind == SQL_NOT_MATCHED)
        buf_adds(text, "NULL AS `__clxs_f`, NULL AS `__clxs_w`");
    else
        add_place(k, text);
    if (kind != SQL_NOT_MATCHED && k->has[kind] && wants_old(k))
        dml_add_old(&k->d, text);
    if (kind == SQL_MATCHED && k->has[SQL_NOT_MATCHED]) {
        buf_adds(text, ", ");
        sql_add_ident(text, k->source_alias);
        buf_adds(text, ".`" DML_SOURCE_ROW "` AS `__clxs_sr`");
    }
    if (!k->has[kind])
        return CX_OK;
    buf_adds(text, ", ");
    add_choice(k, kind, text);
    for (size_t i = 0; i < k->m->when_count; i++)
        if (k->m->whens[i].when == kind)
            TRY(dml_add_values(c, &k->d, &k->sets[i], cx_fmt(c, "`__clxs_k` = %zu", i), text));
    return CX_OK;
}

/* The rows of a kind as a table of DuckDB. `every`: those that no clause takes are wanted too. */
static cx_code make_table(cx *c, dml_merging *k, sql_when_kind kind, const char *from, bool every,
                          const char **out)
{
    AUTO_CLEAR(buf) text = BUF(BUF_ANY);
    buf sql = BUF(BUF_ANY);
    char *query = NULL;
    TRY(add_select(c, k, kind, &text));
    buf_addf(&text, " FROM %s", from);
    TRY(dml_prepare(c, &k->d, buf_text(&text), &query));
    TRY(eng_relation_new(c, k->d.r, "rows of a merge", k->d.t->shown, out));
    buf_addf(&sql, "CREATE TEMP TABLE %s AS SELECT %s* FROM (%s) AS q%s", *out,
             k->has[kind] ? "" : "DISTINCT ", query, every ? "" : " WHERE __clxs_k IS NOT NULL");
    return dml_exec(c, &k->d, &sql);
}

static cx_code note_clauses(cx *c, dml_merging *k, sql_when_kind kind, const char *table)
{
    static const int actions[] = {[SQL_THEN_UPDATE] = DML_UPDATE,
                                  [SQL_THEN_DELETE] = DML_DELETE,
                                  [SQL_THEN_INSERT] = DML_INSERT};
    AUTO(json) described = NULL;
    TRY(eng_describe_query(c, k->d.r, cx_fmt(c, "SELECT * FROM %s", table), &described));
    for (size_t i = 0; i < k->m->when_count; i++) {
        const sql_when *w = &k->m->whens[i];
        const char *const *images = NULL;
        if (w->when != kind)
            continue;
        if (w->then != SQL_THEN_DELETE)
            TRY(dml_images(c, &k->d, &k->sets[i], described, &images));
        /* Several source rows may delete one row: see dml_merge_check. */
        const bool once = w->then == SQL_THEN_DELETE && kind == SQL_MATCHED;
        TRY(dml_note(c, &k->d, actions[w->then], kind, images,
                     cx_fmt(c, "SELECT %s* FROM %s WHERE __clxs_k = %zu",
                            once ? "DISTINCT ON (__clxs_f, __clxs_w) " : "", table, i)));
    }
    return CX_OK;
}

/* ---- the three kinds -------------------------------------------------------------------- */

static cx_code find_pairs(cx *c, dml_merging *k)
{
    const bool every = k->has[SQL_NOT_MATCHED] || k->has[SQL_NOT_MATCHED_BY_SOURCE];
    const char *from = cx_fmt(c, "%s JOIN %s ON (%s\n)", k->d.target, k->source, k->m->on);
    TRY(make_table(c, k, SQL_MATCHED, from, every, &k->pairs));
    if (!k->has[SQL_MATCHED])
        return CX_OK;
    TRY(dml_merge_check(c, k));
    return note_clauses(c, k, SQL_MATCHED, k->pairs);
}

static cx_code make_rest(cx *c, dml_merging *k, const char *relation, const char *all,
                         const char *on)
{
    buf sql = BUF(BUF_ANY);
    buf_addf(&sql, "CREATE TEMP VIEW %s AS SELECT a.* FROM %s AS a ANTI JOIN %s AS p ON %s",
             relation, all, k->pairs, on);
    return dml_exec(c, &k->d, &sql);
}

static cx_code find_fresh(cx *c, dml_merging *k)
{
    const char *relation, *reference, *table;
    if (!k->has[SQL_NOT_MATCHED])
        return CX_OK;
    TRY(dml_merge_source_as(c, k, "'__clxs_unmatched'", &relation, &reference));
    TRY(make_rest(c, k, relation, k->source_rows, "a." DML_SOURCE_ROW " = p.__clxs_sr"));
    TRY(make_table(c, k, SQL_NOT_MATCHED, reference, false, &table));
    return note_clauses(c, k, SQL_NOT_MATCHED, table);
}

static cx_code find_left(cx *c, dml_merging *k)
{
    static const char version[] = "'__clxs_left'";
    const char *relation, *table;
    if (!k->has[SQL_NOT_MATCHED_BY_SOURCE])
        return CX_OK;
    TRY(dml_relation(c, &k->d, version, &relation));
    TRY(make_rest(c, k, relation, k->d.places,
                  "a." ENG_FILE " = p.__clxs_f AND a." ENG_ROW " = p.__clxs_w"));
    TRY(make_table(c, k, SQL_NOT_MATCHED_BY_SOURCE, dml_reference(c, &k->d, version), false,
                   &table));
    return note_clauses(c, k, SQL_NOT_MATCHED_BY_SOURCE, table);
}

/* The new columns come with their first values. */
static cx_code apply_merge(cx *c, eng_dml *d, json *actions)
{
    const dml_merging *k = container_of(d, dml_merging, d);
    if (k->evolved)
        TRY(eng_evolve_actions(c, d->t->snapshot, k->evolved, &d->shape, actions));
    return dml_apply(c, d, actions);
}

/* The commit is made whether the metastore's row follows or not: queries read the log, and the next
 * change of the table writes the row anew. */
static void follow(cx *c, const eng_dml *d)
{
    if (eng_refresh_rows(c, d->r->e, delta_root(d->t->table)) == CX_OK)
        return;
    cx_warn(c, "the listing of %s is behind its log: %s", d->t->shown, c->error.message);
    cx_forgive(c);
}

/* What NOT MATCHED inserts depends on all rows that matched, whatever became of those. */
static void read_narrowly(dml_merging *k)
{
    dml_read_narrowly(&k->d, k->has[SQL_NOT_MATCHED_BY_SOURCE] ? NULL : k->m->on);
    k->d.looked_at = k->pairs;
}

static cx_code run_merge(cx *c, dml_merging *k)
{
    AUTO(json) parameters = dml_merge_parameters(k->m);
    const dml_commit how = {"MERGE", parameters, apply_merge, dml_merge_metrics};
    TRY(dml_merge_source(c, k));
    if (k->m->evolve)
        TRY(dml_merge_evolve(c, k));
    TRY(dml_merge_sets(c, k));
    TRY(dml_touched(c, &k->d));
    TRY(find_pairs(c, k));
    TRY(find_fresh(c, k));
    TRY(find_left(c, k));
    read_narrowly(k);
    TRY(dml_write(c, &k->d, &how));
    if (k->evolved)
        follow(c, &k->d);
    return CX_OK;
}

static cx_code tell(cx *c, const dml_merging *k)
{
    static const char *const names[] = {"num_affected_rows", "num_updated_rows", "num_deleted_rows",
                                        "num_inserted_rows"};
    const eng_dml_done *done = &k->d.done;
    const int64_t numbers[] = {done->updated + done->deleted + done->inserted, done->updated,
                               done->deleted, done->inserted};
    return eng_out_numbers(c, k->d.r, names, numbers, 4);
}

typedef struct {
    dml_merging k;
    run *r;
    const sql_statement *q;
} merge_attempt;

static cx_code try_once(cx *c, void *self, bool *again)
{
    merge_attempt *m = self;
    dml_merging *k = &m->k;
    AUTO_CLEAR(eng_table) t = {0};
    *k = (dml_merging){.m = m->q->merge};
    TRY(eng_table_load(c, m->r, &m->q->name, "MODIFY", NULL, &t));
    TRY(dml_begin(c, &k->d, m->r, &t, m->q->alias));
    for (size_t i = 0; i < k->m->when_count; i++)
        k->has[k->m->whens[i].when] = true;
    const cx_code rc = run_merge(c, k);
    /* It took numbers of an identity column, which change the metadata: as INSERT. */
    *again = rc == CX_CONFLICT && k->d.done.inserted > 0 && eng_has_identity(t.snapshot);
    json_decref(k->source_columns);
    json_decref(k->evolved);
    return rc;
}

cx_code eng_merge(cx *c, run *r, const sql_statement *q)
{
    merge_attempt m = {.r = r, .q = q};
    TRY(eng_attempts(c, r, try_once, &m));
    return tell(c, &m.k);
}
