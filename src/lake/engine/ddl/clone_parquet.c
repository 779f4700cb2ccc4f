/* CLONE of plain Parquet files: a Delta table over copies of them, or over the files themselves.
 *
 * The rows are not read but for their statistics. Copies get names of our own, with the statement's
 * mark, so that what a killed clone left can be told (note.c). spec: delta sheet §19 */
#include "lake/engine/ddl/clone.h"

#include "base/fs.h"
#include "base/hash.h"
#include "lake/engine/ddl/features.h"
#include "lake/engine/upkeep/parquet.h"
#include "sql/quote.h"

static cx_code copy_file(cx *c, const run *r, const eng_target *t, const char *from, json *add)
{
    char id[UUID_TEXT];
    int64_t bytes;
    uuid_random(id);
    const char *name = cx_fmt(c, "part-00000-%.24s%s.c000.parquet", id, r->mark + 24);
    const char *to = fs_join(c, t->location, name);
    TRY(cx_alive(c));
    TRY(fs_copy(c, from, to, &bytes));
    TRY(fs_sync_file(c, to));
    json_object_set_new(add, "path", json_string(name));
    return CX_OK;
}

/* The adds are the last actions, in the order of the source's files. */
static cx_code copy_files(cx *c, const run *r, const eng_target *t, const eng_parquet_source *s,
                          json *actions)
{
    const size_t n = json_array_size(s->files), first = json_array_size(actions) - n;
    TRY(fs_mkdirs(c, t->location));
    for (size_t i = 0; i < n; i++) {
        const char *path = json_get_str(json_array_get(s->files, i), "path", "");
        cx_progress(c, "copy", (int64_t)i, (int64_t)n, path);
        TRY(copy_file(c, r, t, fs_join(c, s->folder, path),
                      json_get(json_array_get(actions, first + i), "add")));
    }
    return fs_sync_dir(c, t->location);
}

static json *metrics_of(const delta_clone_result *n)
{
    json *m = json_object();
    const char *const names[] = {"sourceTableSize", "sourceNumOfFiles", "numRemovedFiles",
                                 "numCopiedFiles",  "removedFilesSize", "copiedFilesSize"};
    const int64_t values[] = {n->source_table_size, n->source_num_of_files, n->num_removed_files,
                              n->num_copied_files,  n->removed_files_size,  n->copied_files_size};
    for (size_t i = 0; i < CX_COUNT(names); i++)
        json_object_set_new(m, names[i], json_sprintf("%lld", (long long)values[i]));
    return m;
}

static void count(const sql_statement *q, const eng_target *t, const eng_parquet_source *s,
                  delta_clone_result *n)
{
    n->source_num_of_files = (int64_t)json_array_size(s->files);
    n->source_table_size = s->bytes;
    n->num_copied_files = q->shallow ? 0 : n->source_num_of_files;
    n->copied_files_size = q->shallow ? 0 : n->source_table_size;
    n->num_removed_files = t->before ? (int64_t)delta_file_count(t->before) : 0;
    n->removed_files_size = t->before ? delta_size_bytes(t->before) : 0;
}

static cx_code commit(cx *c, run *r, const sql_statement *q, eng_target *t,
                      const eng_parquet_source *s, const eng_asked *asked, delta_clone_result *n)
{
    AUTO(json) actions = json_array();
    AUTO(json)
    parameters = json_pack("{s:s, s:i}", "source", cx_fmt(c, "parquet.%s", sql_ident(c, s->folder)),
                           "sourceVersion", -1);
    const eng_parquet_wish w = {.configuration = asked->kept,
                                .asked = asked,
                                .before = t->before,
                                .absolute = q->shallow,
                                .statistics = true};
    TRY(eng_parquet_actions(c, r, s, &w, actions));
    count(q, t, s, n);
    if (!q->shallow)
        TRY(copy_files(c, r, t, s, actions));
    AUTO(json) metrics = metrics_of(n);
    TRY(fs_mkdirs(c, t->location));
    const delta_commit m = {.operation = "CLONE",
                            .parameters = parameters,
                            .metrics = metrics,
                            .user_name = r->s->principal,
                            .read_version = t->before ? delta_version(t->before) : -1,
                            .actions = actions};
    TRY(delta_commit_write(c, t->table, &m, &n->target_version));
    t->committed = true;
    return CX_OK;
}

static cx_code clone_into(cx *c, run *r, const sql_statement *q, const char *folder, eng_target *t,
                          delta_clone_result *n)
{
    AUTO_CLEAR(eng_parquet_source) s = {0};
    AUTO_CLEAR(eng_asked) asked = {0};
    TRY(eng_properties(c, q->properties, q->property_count, &asked));
    TRY(eng_clone_refuse_missing(c, q, t));
    if (t->before && !t->exists)
        return cx_fail_as(c, CX_INVALID, "DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION", "42601",
                          "%s already holds a Delta table.", t->location);
    if (t->before)
        TRY(delta_check_writable(c, t->before));
    TRY(eng_parquet_source_load(c, r, folder, NULL, 0, &s));
    TRY(commit(c, r, q, t, &s, &asked, n));
    AUTO(json) columns = eng_columns_of(c, s.schema, s.partitions, s.partition_count);
    const eng_row row = {.table_type = eng_clone_type(t, q->shallow),
                         .format = "DELTA",
                         .columns = columns,
                         .properties = asked.kept,
                         .keep_comment = true,
                         .version = n->target_version - eng_log_adds(asked.kept)};
    return eng_target_finish(c, r, t, &row);
}

cx_code eng_clone_parquet(cx *c, run *r, const sql_statement *q, const char *folder,
                          const eng_wish *wish)
{
    AUTO_CLEAR(eng_target) t = {0};
    delta_clone_result n = {0};
    eng_wish w = *wish;
    bool skip = false;
    w.clone = false; /* its files have names of ours */
    if (q->travel.version_sql || q->travel.timestamp_sql)
        return cx_fail_as(c, CX_INVALID, "UNSUPPORTED_FEATURE.TIME_TRAVEL", "0A000",
                          "Time travel on %s is not supported: Parquet files have no versions.",
                          folder);
    TRY(eng_target_begin(c, r, &w, &t, &skip));
    if (skip)
        return eng_clone_nothing(c, r);
    const cx_code rc = clone_into(c, r, q, folder, &t, &n);
    if (rc != CX_OK)
        return eng_target_abandon(c, r, &t, rc);
    return eng_clone_row(c, r, &n);
}
