/* What OPTIMIZE tells: its row, and what the history keeps of it. spec: delta sheet §21 */
#include "lake/engine/upkeep/optimize.h"

/* Sizes of the files on one side, sorted. */
typedef struct {
    int64_t *bytes;
    size_t count;
    int64_t total;
} sizes;

static int by_size(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static sizes sizes_of(cx *c, const optimize *o, const char *kind)
{
    sizes s = {.bytes = cx_array(c, int64_t, json_array_size(o->actions) + 1)};
    const json *action;
    size_t i;
    json_array_foreach (o->actions, i, action) {
        const json *file = json_get(action, kind);
        if (!file)
            continue;
        s.bytes[s.count] = json_get_int(file, "size", 0);
        s.total += s.bytes[s.count++];
    }
    qsort(s.bytes, s.count, sizeof *s.bytes, by_size);
    return s;
}

static json *number(int64_t n)
{
    return json_integer((json_int_t)n);
}

static json *size_stats(const sizes *s)
{
    if (!s->count)
        return json_pack("{s:n, s:n, s:f, s:i, s:i}", "min", "max", "avg", 0.0, "totalFiles", 0,
                         "totalSize", 0);
    return json_pack("{s:I, s:I, s:f, s:I, s:I}", "min", (json_int_t)s->bytes[0], "max",
                     (json_int_t)s->bytes[s->count - 1], "avg", (double)s->total / (double)s->count,
                     "totalFiles", (json_int_t)s->count, "totalSize", (json_int_t)s->total);
}

static json *pair(int64_t files, int64_t bytes)
{
    return json_pack("{s:I, s:I}", "num", (json_int_t)files, "size", (json_int_t)bytes);
}

static int64_t cubes_in(const optimize *o, int64_t *files, int64_t *bytes)
{
    AUTO(json) seen = json_object();
    *files = *bytes = 0;
    for (size_t i = 0; i < o->bin_count; i++)
        for (size_t k = 0; k < o->bins[i].count; k++) {
            const opt_file *f = o->bins[i].files[k];
            if (!f->cube)
                continue;
            json_object_set_new(seen, f->cube, json_true());
            (*files)++;
            *bytes += f->bytes;
        }
    return (int64_t)json_object_size(seen);
}

static json *order_stats(const optimize *o, const sizes *removed)
{
    int64_t files, bytes;
    const int64_t cubes = cubes_in(o, &files, &bytes);
    if (!o->column_count || o->purge)
        return json_null();
    json *s = json_object();
    if (!o->clustered)
        json_object_set_new(s, "strategyName", json_string("all"));
    json_object_set_new(s, o->clustered ? "inputZCubeFiles" : "inputCubeFiles", pair(files, bytes));
    json_object_set_new(s, "inputOtherFiles",
                        pair((int64_t)removed->count - files, removed->total - bytes));
    json_object_set_new(s, o->clustered ? "inputNumZCubes" : "inputNumCubes", number(cubes));
    json_object_set_new(s, "mergedFiles", pair((int64_t)removed->count, removed->total));
    json_object_set_new(s, o->clustered ? "numOutputZCubes" : "numOutputCubes",
                        number((int64_t)o->bin_count));
    if (!o->clustered)
        json_object_set_new(s, "mergedNumCubes", number(cubes));
    return s;
}

static void vectors_removed(const optimize *o, int64_t *files, int64_t *rows)
{
    *files = *rows = 0;
    for (size_t i = 0; i < o->bin_count; i++)
        for (size_t k = 0; k < o->bins[i].count; k++) {
            *files += o->bins[i].files[k]->deleted_rows > 0;
            *rows += o->bins[i].files[k]->deleted_rows;
        }
}

static int64_t columns_with_stats(const optimize *o)
{
    const int64_t n =
        (int64_t)(json_array_size(json_get(o->shape.schema, "fields")) - o->shape.partition_count);
    const int64_t most =
        json_get_int(o->shape.configuration, "delta.dataSkippingNumIndexedCols", 32);
    return most < 0 || n < most ? n : most;
}

static json *metrics_of(cx *c, const optimize *o)
{
    const sizes added = sizes_of(c, o, "add"), removed = sizes_of(c, o, "remove");
    int64_t vectors, rows;
    vectors_removed(o, &vectors, &rows);
    json *order = order_stats(o, &removed), *none = json_null();
    json *m = json_object();
    json_object_set_new(m, "numFilesAdded", number((int64_t)added.count));
    json_object_set_new(m, "numFilesRemoved", number((int64_t)removed.count));
    json_object_set_new(m, "filesAdded", size_stats(&added));
    json_object_set_new(m, "filesRemoved", size_stats(&removed));
    json_object_set_new(m, "partitionsOptimized", number((int64_t)o->partition_count));
    json_object_set_new(m, "zOrderStats", o->clustered ? none : order);
    json_object_set_new(m, "clusteringStats", o->clustered ? order : none);
    json_object_set_new(m, "numBins", number((int64_t)o->bin_count));
    json_object_set_new(m, "numBatches", number(o->bin_count > 0));
    json_object_set_new(m, "totalConsideredFiles", number((int64_t)o->file_count));
    json_object_set_new(m, "totalFilesSkipped",
                        number((int64_t)o->file_count - (int64_t)removed.count));
    json_object_set_new(m, "preserveInsertionOrder", json_boolean(!o->column_count));
    json_object_set_new(m, "numFilesSkippedToReduceWriteAmplification", number(0));
    json_object_set_new(m, "numBytesSkippedToReduceWriteAmplification", number(0));
    json_object_set_new(m, "startTimeMs", number(o->began_ms));
    json_object_set_new(m, "endTimeMs", number(cx_now_ms(c)));
    json_object_set_new(m, "totalClusterParallelism", number(1));
    json_object_set_new(m, "totalScheduledTasks", number((int64_t)o->bin_count));
    json_object_set_new(m, "autoCompactParallelismStats", json_null());
    json_object_set_new(m, "deletionVectorStats",
                        json_pack("{s:I, s:I}", "numDeletionVectorsRemoved", (json_int_t)vectors,
                                  "numDeletionVectorRowsRemoved", (json_int_t)rows));
    json_object_set_new(m, "numTableColumns",
                        number((int64_t)json_array_size(json_get(o->shape.schema, "fields"))));
    json_object_set_new(m, "numTableColumnsWithStats", number(columns_with_stats(o)));
    return m;
}

#define SIZES "STRUCT<min: BIGINT, max: BIGINT, avg: DOUBLE, totalFiles: BIGINT, totalSize: BIGINT>"
#define PAIR "STRUCT<num: BIGINT, size: BIGINT>"

cx_code opt_report(cx *c, const optimize *o)
{
    static const engine_column columns[] = {
        {"path", "STRING"},
        {"metrics",
         "STRUCT<numFilesAdded: BIGINT, numFilesRemoved: BIGINT, filesAdded: " SIZES
         ", filesRemoved: " SIZES ", partitionsOptimized: BIGINT, zOrderStats: "
         "STRUCT<strategyName: STRING, inputCubeFiles: " PAIR ", inputOtherFiles: " PAIR
         ", inputNumCubes: BIGINT, mergedFiles: " PAIR
         ", numOutputCubes: BIGINT, mergedNumCubes: BIGINT>, clusteringStats: "
         "STRUCT<inputZCubeFiles: " PAIR ", inputOtherFiles: " PAIR
         ", inputNumZCubes: BIGINT, mergedFiles: " PAIR
         ", numOutputZCubes: BIGINT>, numBins: BIGINT, numBatches: BIGINT, totalConsideredFiles: "
         "BIGINT, totalFilesSkipped: BIGINT, preserveInsertionOrder: BOOLEAN, "
         "numFilesSkippedToReduceWriteAmplification: BIGINT, "
         "numBytesSkippedToReduceWriteAmplification: BIGINT, startTimeMs: BIGINT, endTimeMs: "
         "BIGINT, totalClusterParallelism: BIGINT, totalScheduledTasks: BIGINT, "
         "autoCompactParallelismStats: STRUCT<maxClusterActiveParallelism: BIGINT, "
         "minClusterActiveParallelism: BIGINT, maxSessionActiveParallelism: BIGINT, "
         "minSessionActiveParallelism: BIGINT>, deletionVectorStats: "
         "STRUCT<numDeletionVectorsRemoved: BIGINT, numDeletionVectorRowsRemoved: BIGINT>, "
         "numTableColumns: BIGINT, numTableColumnsWithStats: BIGINT>"}};
    AUTO(json) metrics = metrics_of(c, o);
    AUTO_FREE char *text = json_text(metrics);
    const char *values[] = {cx_fmt(c, "file:%s", delta_root(o->t->table)), text};
    TRY(eng_out_columns(c, o->r, columns, 2));
    return eng_out_row(c, o->r, values, 2);
}

/* ---- the history ---------------------------------------------------------------------- */

static json *text_list(const char *one)
{
    AUTO(json) list = json_array();
    if (one)
        json_array_append_new(list, json_string(one));
    AUTO_FREE char *text = json_text(list);
    return json_string(text);
}

static json *parameters_of(const optimize *o)
{
    json *p = json_object();
    const bool ordered = o->column_count > 0 && !o->purge;
    json_object_set_new(p, "predicate", text_list(o->q->where));
    if (o->purge) {
        json_object_set_new(p, "applyPurge", json_true());
        return p;
    }
    json_object_set_new(p, "zOrderBy",
                        json_string(ordered && !o->clustered ? o->columns_text : "[]"));
    json_object_set_new(p, "clusterBy",
                        json_string(ordered && o->clustered ? o->columns_text : "[]"));
    json_object_set_new(p, "auto", json_false());
    if (o->clustered)
        json_object_set_new(p, "isFull", json_boolean(o->q->what != NULL));
    return p;
}

static void add_metric(json *m, const char *key, int64_t n)
{
    json_object_set_new(m, key, json_sprintf("%lld", (long long)n));
}

/* The size that q hundredths of the files are not above; 0 = there are no files. */
static int64_t quantile(const sizes *s, size_t q)
{
    return s->count ? s->bytes[(s->count - 1) * q / 100] : 0;
}

cx_code opt_history(cx *c, const optimize *o, json **out_parameters, json **out_metrics)
{
    const sizes added = sizes_of(c, o, "add"), removed = sizes_of(c, o, "remove");
    int64_t vectors, rows;
    json *m = json_object();
    vectors_removed(o, &vectors, &rows);
    add_metric(m, "numAddedFiles", (int64_t)added.count);
    add_metric(m, "numRemovedFiles", (int64_t)removed.count);
    add_metric(m, "numAddedBytes", added.total);
    add_metric(m, "numRemovedBytes", removed.total);
    add_metric(m, "minFileSize", quantile(&added, 0));
    add_metric(m, "p25FileSize", quantile(&added, 25));
    add_metric(m, "p50FileSize", quantile(&added, 50));
    add_metric(m, "p75FileSize", quantile(&added, 75));
    add_metric(m, "maxFileSize", quantile(&added, 100));
    add_metric(m, "numDeletionVectorsRemoved", vectors);
    *out_parameters = parameters_of(o);
    *out_metrics = m;
    return CX_OK;
}
