/* DELETE by partition: what a condition over partition columns alone takes, it takes by whole
 * files, and no file is read.
 *
 * The condition is tried on a relation that has a row a file and the partition columns only. If it
 * can be evaluated there, it names nothing else. It must be plain: a function may be random, and a
 * sub-query is not tried. Where this does not work for whatever reason, the rows are looked at. */
#include "lake/engine/rows/dml.h"

#include "sql/lex.h"

cx_code dml_is_plain(cx *c, const char *where, bool *out)
{
    static const char *const words[] = {"AND", "OR", "NOT", "IN", "BETWEEN"};
    sql_tokens t;
    TRY(sql_lex(c, where, &t));
    *out = true;
    for (size_t i = 0; i < t.count; i++) {
        const bool word = t.at[i].kind == TOK_WORD || t.at[i].kind == TOK_QUOTED;
        bool known = false;
        for (size_t k = 0; k < CX_COUNT(words); k++)
            known = known || sql_token_is(&t, i, words[k]);
        if (sql_token_is(&t, i, "SELECT") || sql_token_is(&t, i, "WITH") ||
            (word && !known && sql_token_is(&t, i + 1, "(")))
            *out = false;
    }
    return CX_OK;
}

typedef struct {
    dml_file *files;
    size_t count;
} hits;

static cx_code take_hit(cx *c, void *self, const char *const *v, const size_t *lengths)
{
    hits *h = self;
    (void)c, (void)lengths;
    h->files[h->count++] = (dml_file){.file = (size_t)strtoull(v[0], NULL, 10)};
    return CX_OK;
}

static cx_code try_files(cx *c, eng_dml *d, const char *where, hits *h)
{
    static const char version[] = "'__clxs_partitions'";
    const char *relation;
    char *sql = NULL;
    TRY(dml_relation(c, d, version, &relation));
    TRY(eng_scan_partitions(c, d->r, d->t->snapshot, relation));
    TRY(dml_prepare(c, d,
                    cx_fmt(c, "SELECT `" ENG_FILE "` AS `__clxs_f` FROM %s WHERE (%s\n)",
                           dml_reference(c, d, version), where),
                    &sql));
    return dml_each(c, d, sql, take_hit, h);
}

cx_code dml_find_files(cx *c, eng_dml *d, const char *where, bool *out_found)
{
    const size_t n = delta_file_count(d->t->snapshot);
    hits h = {.files = cx_array(c, dml_file, n + 1)};
    bool plain;
    *out_found = false;
    if (delta_partition_count(d->t->snapshot) == 0 || dml_wants_rows(d))
        return CX_OK;
    TRY(dml_is_plain(c, where, &plain));
    if (!plain)
        return CX_OK;
    if (try_files(c, d, where, &h) != CX_OK) {
        cx_forgive(c);
        return cx_alive(c);
    }
    for (size_t i = 0; i < h.count; i++) {
        const delta_file *f = delta_file_at(d->t->snapshot, h.files[i].file);
        TRY(dml_records(c, d, f, &h.files[i].records));
        h.files[i].live = h.files[i].records - (f->dv ? f->dv->cardinality : 0);
    }
    d->files = h.files;
    d->file_count = h.count;
    *out_found = true;
    return CX_OK;
}

cx_code dml_apply_files(cx *c, eng_dml *d, json *actions)
{
    for (size_t i = 0; i < d->file_count; i++) {
        d->done.deleted += d->files[i].live;
        TRY(dml_remove_file(c, d, d->files[i].file, actions));
    }
    return CX_OK;
}
