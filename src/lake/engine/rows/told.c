/* What the history tells of a DELETE, UPDATE or MERGE. spec: delta "Commit Provenance Information"
 */
#include "lake/engine/rows/dml.h"

void dml_metric(json *metrics, const char *name, int64_t value)
{
    json_object_set_new(metrics, name, json_sprintf("%lld", (long long)value));
}

static void add_times(cx *c, const eng_dml *d, json *m)
{
    dml_metric(m, "executionTimeMs", cx_now_ms(c) - d->began_ms);
    dml_metric(m, "scanTimeMs", d->done.scan_ms);
    dml_metric(m, "rewriteTimeMs", d->done.rewrite_ms);
}

json *dml_change_metrics(cx *c, const eng_dml *d, const char *rows_name, int64_t rows)
{
    const eng_dml_done *k = &d->done;
    json *m = json_object();
    dml_metric(m, "numRemovedFiles", k->removed_files);
    dml_metric(m, "numRemovedBytes", k->removed_bytes);
    dml_metric(m, "numAddedFiles", k->added_files);
    dml_metric(m, "numAddedBytes", k->added_bytes);
    dml_metric(m, "numDeletionVectorsAdded", k->vectors_added);
    dml_metric(m, "numDeletionVectorsRemoved", k->vectors_removed);
    dml_metric(m, "numDeletionVectorsUpdated", k->vectors_updated);
    dml_metric(m, "numAddedChangeFiles", k->change_files);
    dml_metric(m, rows_name, rows);
    dml_metric(m, "numCopiedRows", k->copied);
    add_times(c, d, m);
    return m;
}

static void add_merge_rows(const eng_dml *d, json *m)
{
    const int64_t *updated = d->counts[DML_UPDATE], *deleted = d->counts[DML_DELETE];
    dml_metric(m, "numTargetRowsInserted", d->done.inserted);
    dml_metric(m, "numTargetRowsUpdated", d->done.updated);
    dml_metric(m, "numTargetRowsMatchedUpdated", updated[SQL_MATCHED]);
    dml_metric(m, "numTargetRowsNotMatchedBySourceUpdated", updated[SQL_NOT_MATCHED_BY_SOURCE]);
    dml_metric(m, "numTargetRowsDeleted", d->done.deleted);
    dml_metric(m, "numTargetRowsMatchedDeleted", deleted[SQL_MATCHED]);
    dml_metric(m, "numTargetRowsNotMatchedBySourceDeleted", deleted[SQL_NOT_MATCHED_BY_SOURCE]);
    dml_metric(m, "numTargetRowsCopied", d->done.copied);
    dml_metric(m, "numOutputRows", d->done.inserted + d->done.updated + d->done.copied);
}

json *dml_merge_metrics(cx *c, const eng_dml *d)
{
    const eng_dml_done *k = &d->done;
    const dml_merging *merging = container_of(d, dml_merging, d);
    json *m = json_object();
    dml_metric(m, "numSourceRows", merging->source_count);
    add_merge_rows(d, m);
    dml_metric(m, "numTargetFilesAdded", k->added_files);
    dml_metric(m, "numTargetFilesRemoved", k->removed_files);
    dml_metric(m, "numTargetBytesAdded", k->added_bytes);
    dml_metric(m, "numTargetBytesRemoved", k->removed_bytes);
    dml_metric(m, "numTargetChangeFilesAdded", k->change_files);
    dml_metric(m, "numTargetDeletionVectorsAdded", k->vectors_added);
    dml_metric(m, "numTargetDeletionVectorsRemoved", k->vectors_removed);
    dml_metric(m, "numTargetDeletionVectorsUpdated", k->vectors_updated);
    add_times(c, d, m);
    return m;
}

static void set_list(json *parameters, const char *name, const json *list)
{
    AUTO_FREE char *text = json_text(list);
    json_object_set_new(parameters, name, json_string(text));
}

json *dml_predicate(const char *text)
{
    AUTO(json) list = json_array();
    json *parameters = json_object();
    if (text)
        json_array_append_new(list, json_string(text));
    set_list(parameters, "predicate", list);
    return parameters;
}

json *dml_merge_parameters(const sql_merge *m)
{
    static const char *const names[] = {"matchedPredicates", "notMatchedPredicates",
                                        "notMatchedBySourcePredicates"};
    static const char *const actions[] = {
        [SQL_THEN_UPDATE] = "update", [SQL_THEN_DELETE] = "delete", [SQL_THEN_INSERT] = "insert"};
    json *parameters = dml_predicate(m->on);
    for (int kind = 0; kind < 3; kind++) {
        AUTO(json) list = json_array();
        for (size_t i = 0; i < m->when_count; i++) {
            const sql_when *w = &m->whens[i];
            if ((int)w->when != kind)
                continue;
            json *one = json_object();
            if (w->condition)
                json_object_set_new(one, "predicate", json_string(w->condition));
            json_object_set_new(one, "actionType", json_string(actions[w->then]));
            json_array_append_new(list, one);
        }
        set_list(parameters, names[kind], list);
    }
    return parameters;
}
