/* What a COPY wrote, as actions of the log. The files and the folders that name them are synced
 * first: a log must never name what a crash can take away. spec: delta "Add File", "Add CDC File"
 */
#include "lake/engine/rows/rows_int.h"

#include <errno.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/hash.h"

typedef struct {
    const eng_shape *shape;
    const eng_rows *rows;
    json *actions;
    eng_written *written;
    json *folders; /* set of folders to sync */
    json *large;   /* [[path, partition]…] of files that are too large; NULL = take any */
    const char *partitions; /* of all files, when the COPY does not say */
} collector;

/* The folder of a file, and those above it up to the table's. */
static void note_folders(cx *c, const char *location, const char *path, json *folders)
{
    char *folder = cx_dup(c, path);
    for (char *slash; (slash = strrchr(folder, '/')) && strlen(folder) > strlen(location);) {
        *slash = '\0';
        json_object_set_new(folders, folder, json_true());
    }
}

static cx_code partition_values(cx *c, const char *text, json **out)
{
    if (text)
        return json_parse(c, text, strlen(text), "a file's partition", out);
    *out = json_object();
    return CX_OK;
}

static cx_code remove_file(cx *c, const char *path)
{
    if (unlink(path) != 0 && errno != ENOENT)
        return cx_fail_errno(c, errno, "removing %s", path);
    return CX_OK;
}

static json *change_action(json *take_action)
{
    json_object_set_new(take_action, "dataChange", json_false());
    return json_pack("{s:o}", "cdc", take_action);
}

static cx_code add_action(cx *c, const collector *k, json *action, int64_t rows,
                          const char *statistics, json **out)
{
    char *stats = NULL;
    TRY(eng_stats(c, k->shape, statistics, rows, &stats));
    json_object_set_new(action, "modificationTime", json_integer(cx_now_ms(c)));
    json_object_set_new(action, "dataChange", json_boolean(!k->rows->rearranged));
    json_object_set_new(action, "stats", json_string(stats));
    if (k->shape->clustered)
        json_object_set_new(action, "clusteringProvider", json_string("liquid"));
    *out = json_pack("{s:O}", "add", action);
    return CX_OK;
}

static cx_code add_file(cx *c, collector *k, const char *path, int64_t rows, int64_t size,
                        const char *statistics, const char *partitions)
{
    AUTO(json) action = NULL;
    json *values = NULL, *wrapped = NULL;
    buf encoded = BUF(BUF_ANY);
    TRY(fs_sync_file(c, path));
    note_folders(c, k->shape->location, path, k->folders);
    TRY(partition_values(c, partitions, &values));
    buf_add_percent(&encoded, path + strlen(k->shape->location) + 1, "/=");
    action = json_pack("{s:s, s:o, s:I}", "path", buf_text(&encoded), "partitionValues", values,
                       "size", (json_int_t)size);
    buf_clear(&encoded);
    if (k->rows->changes)
        wrapped = change_action(json_incref(action));
    else
        TRY(add_action(c, k, action, rows, statistics, &wrapped));
    json_array_append_new(k->actions, wrapped);
    k->written->rows += rows;
    k->written->bytes += size;
    k->written->files++;
    return CX_OK;
}

/* filename, count, file_size_bytes, footer_size_bytes, column_statistics, partition_keys */
static cx_code take_file(cx *c, void *self, const char *const *v, const size_t *lengths)
{
    collector *k = self;
    (void)lengths;
    const int64_t rows = v[1] ? strtoll(v[1], NULL, 10) : 0;
    const int64_t size = v[2] ? strtoll(v[2], NULL, 10) : 0;
    const char *partitions = v[5] ? v[5] : k->partitions;
    TRY(cx_alive(c));
    if (rows > 0 && k->large && rows_too_large(k->shape, size)) {
        json_array_append_new(k->large, json_pack("[s, s?]", v[0], partitions));
        return CX_OK;
    }
    return rows > 0 ? add_file(c, k, v[0], rows, size, v[4], partitions) : remove_file(c, v[0]);
}

static cx_code split_large(cx *c, run *r, collector *k)
{
    const json *file;
    size_t i;
    json *large = k->large;
    k->large = NULL;
    json_array_foreach (large, i, file) {
        AUTO(duck_result) pieces = NULL;
        const char *path = json_string_value(json_array_get(file, 0));
        k->partitions = json_string_value(json_array_get(file, 1));
        TRY(rows_split(c, r, k->shape, k->rows, path, &pieces));
        TRY(duck_each(c, pieces, take_file, k));
        TRY(remove_file(c, path));
    }
    return CX_OK;
}

static cx_code sync_folders(cx *c, const json *folders)
{
    const char *folder;
    const json *unused;
    json_object_foreach ((json *)folders, folder, unused)
        TRY(fs_sync_dir(c, folder));
    return CX_OK;
}

cx_code rows_take_files(cx *c, run *r, const eng_shape *s, const eng_rows *rows,
                        duck_result *result, json *actions, eng_written *out)
{
    AUTO(json) folders = json_object();
    AUTO(json) large = json_array();
    collector k = {.shape = s,
                   .rows = rows,
                   .actions = actions,
                   .written = out,
                   .folders = folders,
                   .large = large};
    TRY(duck_each(c, result, take_file, &k));
    TRY(split_large(c, r, &k));
    return sync_folders(c, folders);
}

/* A remove for a live file, with all that a reader of changes and VACUUM want to know. */
cx_code eng_remove_actions(cx *c, const delta_snapshot *s, size_t i, json *actions)
{
    AUTO(json) add = NULL;
    static const char *const kept[] = {
        "path",      "partitionValues",         "size", "deletionVector",
        "baseRowId", "defaultRowCommitVersion", "tags"};
    TRY(delta_file_add(c, delta_file_at(s, i), &add));
    json *remove = json_pack("{s:I, s:b, s:b}", "deletionTimestamp", (json_int_t)cx_now_ms(c),
                             "dataChange", 1, "extendedFileMetadata", 1);
    for (size_t k = 0; k < CX_COUNT(kept); k++) {
        json *value = json_get(add, kept[k]);
        if (value)
            json_object_set(remove, kept[k], value);
    }
    json_array_append_new(actions, json_pack("{s:o}", "remove", remove));
    return CX_OK;
}
