/* INSERT in all its forms, as one commit.
 *
 * The query's columns are matched with the table's (match.c), each value is assigned to its column
 * (store.c), what is not given is made up (fresh.c), and the rows become new files. Which rows go
 * is a matter of its own: none (INTO), all (OVERWRITE), or those that meet a condition (REPLACE
 * WHERE, REPLACE USING, OVERWRITE of a partition), which go as DELETE takes them away.
 *
 * An append reads nothing, so it never conflicts with another append; unless it took numbers of an
 * identity column, which change the metadata: then a lost race begins the statement again. */
#include "lake/engine/rows/insert.h"

#include "lake/engine/rows/dml.h"

/* ---- what goes ------------------------------------------------------------------------------ */

static cx_code refuse_append_only(cx *c, const insertion *k)
{
    const char *only = delta_property(k->t->snapshot, "delta.appendOnly");
    if (only && text_same_nocase(only, "true"))
        return cx_fail_as(c, CX_INVALID, "DELTA_CANNOT_MODIFY_APPEND_ONLY", "42809",
                          "%s is configured to only allow appends.", k->t->shown);
    return CX_OK;
}

static cx_code remove_all(cx *c, insertion *k, json *actions)
{
    const size_t n = delta_file_count(k->t->snapshot);
    for (size_t i = 0; i < n; i++) {
        TRY(eng_remove_actions(c, k->t->snapshot, i, actions));
        k->removed_bytes += delta_file_at(k->t->snapshot, i)->size_bytes;
    }
    k->removed_files = (int64_t)n;
    return CX_OK;
}

static cx_code remove_matching(cx *c, insertion *k, json *actions)
{
    eng_dml_done done = {0};
    TRY(eng_delete_matching(c, k->r, k->t, k->within, actions, &done));
    k->removed_files = done.removed_files;
    k->removed_bytes = done.removed_bytes;
    k->deleted_rows = done.deleted;
    k->copied_rows = done.copied;
    k->change_files = done.change_files;
    return CX_OK;
}

/* ---- what comes ------------------------------------------------------------------------------ */

/* With change files in the commit, readers of changes look at nothing else, so the new rows must be
 * told of there too. The rows are the same in both only if the query runs once. */
static cx_code add_changes(cx *c, insertion *k, const eng_shape *shape, const char *table,
                           json *actions)
{
    eng_written written;
    const eng_rows rows = {.select = cx_fmt(c, "SELECT *, 'insert' FROM %s", table),
                           .changes = true};
    TRY(eng_write(c, k->r, shape, &rows, actions, &written));
    k->change_files += written.files;
    return CX_OK;
}

static cx_code keep_rows(cx *c, insertion *k, const eng_shape *shape, const char *select,
                         const char *table)
{
    buf sql = BUF(BUF_ANY);
    buf_addf(&sql, "CREATE OR REPLACE TEMP TABLE %s AS ", table);
    cx_code rc =
        rows_table(c, k->r, shape, &(eng_rows){.select = select, .compute = k->compute}, &sql);
    if (rc == CX_OK)
        rc = eng_exec(c, k->r, &sql);
    buf_clear(&sql);
    return rc;
}

static cx_code write_rows(cx *c, insertion *k, const eng_shape *shape, json *actions)
{
    static const char table[] = "__clxs_inserted";
    buf sql = BUF(BUF_ANY);
    cx_code rc = insert_select(c, k, shape, &sql);
    const char *select = cx_dup(c, buf_text(&sql));
    buf_clear(&sql);
    TRY(rc);
    const bool twice = k->change_files > 0;
    if (twice)
        TRY(keep_rows(c, k, shape, select, table));
    const eng_rows rows = {.select = twice ? cx_fmt(c, "SELECT * FROM %s", table) : select,
                           .compute = twice ? NULL : k->compute,
                           .within = k->q->replace_where};
    TRY(eng_write(c, k->r, shape, &rows, actions, &k->written));
    return twice ? add_changes(c, k, shape, table, actions) : CX_OK;
}

/* ---- the commit ------------------------------------------------------------------------------ */

static void add_count(json *metrics, const char *key, int64_t n)
{
    json_object_set_new(metrics, key, json_sprintf("%lld", (long long)n));
}

static json *metrics_of(const insertion *k)
{
    json *m = eng_write_metrics(&k->written);
    if (k->q->overwrite || k->within) {
        add_count(m, "numRemovedFiles", k->removed_files);
        add_count(m, "numRemovedBytes", k->removed_bytes);
    }
    if (k->within) {
        add_count(m, "numDeletedRows", k->deleted_rows);
        add_count(m, "numCopiedRows", k->copied_rows);
        add_count(m, "numAddedChangeFiles", k->change_files);
    }
    return m;
}

static const char *using_columns(cx *c, const insertion *k)
{
    const char *all = NULL;
    for (size_t i = 0; i < k->q->insert->replace_using_count; i++)
        all = all ? cx_fmt(c, "%s,%s", all, k->q->insert->replace_using[i])
                  : k->q->insert->replace_using[i];
    return all;
}

static json *parameters_of(cx *c, const insertion *k)
{
    AUTO(json) by = json_array();
    for (size_t i = 0; i < delta_partition_count(k->t->snapshot); i++)
        json_array_append_new(by, json_string(delta_partition_name(k->t->snapshot, i)));
    AUTO_FREE char *text = json_text(by);
    json *p = json_pack("{s:s, s:s}", "mode", k->q->overwrite || k->within ? "Overwrite" : "Append",
                        "partitionBy", text);
    if (k->q->insert->replace_using_count)
        json_object_set_new(p, "replaceUsingCols", json_string(using_columns(c, k)));
    else if (k->within)
        json_object_set_new(p, "predicate", json_string(k->within));
    if (k->evolved)
        json_object_set_new(p, "canMergeSchema", json_true());
    return p;
}

/* The query looked at the table itself: its rows depend on what was there. */
static bool reads_target(const insertion *k)
{
    const size_t n = strlen(k->t->shown);
    for (const eng_relation *one = k->r->relations; one; one = one->next)
        if (strncmp(one->key, k->t->shown, n) == 0 && one->key[n] == '\1')
            return true;
    return false;
}

static cx_code commit(cx *c, insertion *k, json *actions)
{
    AUTO(json) metrics = metrics_of(k);
    AUTO(json) parameters = parameters_of(c, k);
    const bool append = !k->q->overwrite && !k->within;
    int64_t version;
    if (append && json_array_size(actions) == 0)
        return CX_OK;
    const delta_commit what = {.operation = "WRITE",
                               .parameters = parameters,
                               .metrics = metrics,
                               .user_name = k->r->s->principal,
                               .read_version = delta_version(k->t->snapshot),
                               .blind_append = append && !reads_target(k),
                               .actions = actions};
    return delta_commit_write(c, k->t->table, &what, &version);
}

/* The commit is made whether the metastore's row follows or not: queries read the log, and the next
 * change of the table writes the row anew. */
static void follow(cx *c, const insertion *k)
{
    if (eng_refresh_rows(c, k->r->e, delta_root(k->t->table)) == CX_OK)
        return;
    cx_warn(c, "the listing of %s is behind its log: %s", k->t->shown, c->error.message);
    cx_forgive(c);
}

static cx_code write_and_commit(cx *c, insertion *k)
{
    AUTO(json) actions = json_array();
    eng_shape shape;
    eng_shape_of(c, k->t->snapshot, delta_root(k->t->table), &shape);
    if (k->q->insert->replace_using_count)
        TRY(insert_using(c, k, &shape));
    if (k->within)
        TRY(remove_matching(c, k, actions));
    else if (k->q->overwrite)
        TRY(remove_all(c, k, actions));
    if (k->evolved)
        TRY(eng_evolve_actions(c, k->t->snapshot, k->evolved, &shape, actions));
    TRY(write_rows(c, k, &shape, actions));
    TRY(eng_identity_actions(c, k->r, k->t->snapshot, actions));
    TRY(commit(c, k, actions));
    if (k->evolved)
        follow(c, k);
    return CX_OK;
}

/* ---- the statement -----------------------------------------------------------------------------
 */

static cx_code run_once(cx *c, insertion *k)
{
    eng_note note;
    TRY(delta_check_writable(c, k->t->snapshot));
    TRY(insert_match(c, k));
    if (k->q->overwrite || k->within || k->q->insert->replace_using_count)
        TRY(refuse_append_only(c, k));
    TRY(eng_note_begin(c, k->r, delta_root(k->t->table), &note));
    return eng_note_end(c, k->r, k->t->table, &note, write_and_commit(c, k));
}

static cx_code try_once(cx *c, void *self, bool *again)
{
    insertion *k = self;
    AUTO_CLEAR(eng_table) t = {0};
    *k = (insertion){.r = k->r, .q = k->q, .t = &t};
    TRY(eng_table_load(c, k->r, &k->q->name, "MODIFY", NULL, &t));
    k->fields = json_get(delta_schema(t.snapshot), "fields");
    k->count = json_array_size(k->fields);
    const cx_code rc = run_once(c, k);
    *again = rc == CX_CONFLICT && eng_has_identity(t.snapshot);
    json_decref(k->described);
    json_decref(k->evolved);
    return rc;
}

cx_code eng_insert(cx *c, run *r, const sql_statement *q)
{
    static const char *const names[] = {"num_affected_rows", "num_inserted_rows"};
    insertion k = {.r = r, .q = q};
    TRY(eng_attempts(c, r, try_once, &k));
    const int64_t numbers[] = {k.written.rows, k.written.rows};
    return eng_out_numbers(c, r, names, numbers, 2);
}
