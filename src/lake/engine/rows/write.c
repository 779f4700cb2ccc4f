/* Rows of a query as data files of a table.
 *
 * DuckDB writes the Parquet (one COPY, with a file a partition) and says per file what is in it;
 * this file says what each column is called there, what its partition values look like in the log,
 * and that no row breaks the table's rules. The files are synced when this returns, but no log
 * names them: whoever is killed here leaves files that recovery removes. spec: delta "Partition
 * Value Serialization", "Column Mapping" */
#include "lake/engine/rows/rows.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/hash.h"

typedef struct {
    const eng_shape *shape;
    json *actions;
    eng_written *written;
    json *folders;    /* set of folders to sync */
    const char *kind; /* "add" or "cdc" */
} collector;

static const json *fields_of(const eng_shape *s)
{
    return json_get(s->schema, "fields");
}

static bool is_partition(const eng_shape *s, const char *logical)
{
    for (size_t i = 0; i < s->partition_count; i++)
        if (text_same_nocase(s->partitions[i], logical))
            return true;
    return false;
}

/* ---- the SELECT -------------------------------------------------------------------- */

/* A partition value as the log has it. */
static cx_code partition_expression(cx *c, const json *field, const char *column, buf *out)
{
    const char *type = json_string_value(json_get(field, "type"));
    if (!type || strcmp(type, "binary") == 0)
        return eng_unsupported(c, "writing partitions by a column of this type (%s)",
                               json_get_str(field, "name", ""));
    if (strcmp(type, "timestamp") == 0)
        buf_addf(out, "strftime(%s, '%%Y-%%m-%%dT%%H:%%M:%%S.%%fZ')", column);
    else if (strcmp(type, "timestamp_ntz") == 0)
        buf_addf(out, "strftime(%s, '%%Y-%%m-%%d %%H:%%M:%%S.%%f')", column);
    else
        buf_addf(out, "NULLIF(CAST(%s AS VARCHAR), '')", column);
    return CX_OK;
}

static void not_null(const json *field, const char *column, buf *out)
{
    buf message = BUF(BUF_ANY);
    buf_addf(&message,
             "[DELTA_NOT_NULL_CONSTRAINT_VIOLATED] NOT NULL constraint violated for column: %s.",
             json_get_str(field, "name", ""));
    buf_addf(out, "CASE WHEN %s IS NULL THEN error(", column);
    duck_add_literal(out, buf_text(&message));
    buf_addf(out, ") ELSE %s END", column);
    buf_clear(&message);
}

/* CHECK constraints ride on the first column: a row that breaks one fails the statement. */
static cx_code with_checks(cx *c, run *r, const json *checks, const char *column, buf *out)
{
    const char *key;
    const json *value;
    buf_adds(out, "CASE ");
    json_object_foreach ((json *)checks, key, value) {
        char *text = NULL;
        buf message = BUF(BUF_ANY);
        TRY(eng_expression(c, r, json_string_value(value), &text));
        buf_addf(&message,
                 "[DELTA_VIOLATE_CONSTRAINT_WITH_VALUES] CHECK constraint %s (%s) violated by a "
                 "row.",
                 key, json_string_value(value));
        buf_addf(out, "WHEN (%s) IS NOT TRUE THEN error(", text);
        duck_add_literal(out, buf_text(&message));
        buf_adds(out, ") ");
        buf_clear(&message);
    }
    buf_addf(out, "ELSE %s END", column);
    return CX_OK;
}

static cx_code add_column(cx *c, run *r, const eng_shape *s, const json *checks, size_t i, buf *sql)
{
    const json *field = json_array_get(fields_of(s), i);
    buf column = BUF(BUF_ANY), checked = BUF(BUF_ANY), renamed = BUF(BUF_ANY);
    cx_code rc = CX_OK;
    duck_add_ident(&column, json_get_str(field, "name", ""));
    if (!json_get_bool(field, "nullable", true))
        not_null(field, buf_text(&column), &checked);
    else
        buf_adds(&checked, buf_text(&column));
    if (i == 0 && json_object_size(checks) > 0) {
        buf_reset(&column);
        buf_adds(&column, buf_text(&checked));
        buf_reset(&checked);
        rc = with_checks(c, r, checks, buf_text(&column), &checked);
    }
    if (rc == CX_OK && is_partition(s, json_get_str(field, "name", "")))
        rc = partition_expression(c, field, buf_text(&checked), &renamed);
    else if (rc == CX_OK)
        rc = eng_rename_expression(c, json_get(field, "type"), buf_text(&checked), false, &renamed);
    buf_adds(sql, i ? ", " : "");
    buf_adds(sql, buf_text(&renamed));
    buf_adds(sql, " AS ");
    duck_add_ident(sql, eng_physical_name(field));
    buf_clear(&column);
    buf_clear(&checked);
    buf_clear(&renamed);
    return rc;
}

static cx_code add_select(cx *c, run *r, const eng_shape *s, const char *select, buf *sql)
{
    const json *field;
    size_t i;
    AUTO(json) checks = NULL;
    TRY(eng_rules(c, s, &checks));
    buf_adds(sql, "SELECT ");
    for (i = 0; i < json_array_size(fields_of(s)); i++)
        TRY(add_column(c, r, s, checks, i, sql));
    buf_addf(sql, " FROM (%s) AS q(", select);
    json_array_foreach (fields_of(s), i, field) {
        buf_adds(sql, i ? ", " : "");
        duck_add_ident(sql, json_get_str(field, "name", ""));
    }
    buf_addc(sql, ')');
    return CX_OK;
}

/* ---- the options -------------------------------------------------------------------- */

static bool has_ids(const json *type)
{
    const json *field;
    size_t i;
    json_array_foreach (json_get(type, "fields"), i, field)
        if (json_get(json_get(field, "metadata"), "delta.columnMapping.id"))
            return true;
    return false;
}

static void add_ids(const eng_shape *s, const json *type, bool top, buf *out)
{
    const json *field;
    size_t i;
    bool any = !top;
    json_array_foreach (json_get(type, "fields"), i, field) {
        const json *inner = json_get(field, "type");
        const int64_t id = json_get_int(json_get(field, "metadata"), "delta.columnMapping.id", 0);
        if (top && is_partition(s, json_get_str(field, "name", "")))
            continue;
        buf_adds(out, any ? ", " : "");
        any = true;
        duck_add_ident(out, eng_physical_name(field));
        if (has_ids(inner)) {
            buf_addf(out, ": {__duckdb_field_id: %lld", (long long)id);
            add_ids(s, inner, false, out);
            buf_addc(out, '}');
        } else {
            buf_addf(out, ": %lld", (long long)id);
        }
    }
}

static void add_options(const eng_shape *s, const char *mark, buf *sql)
{
    const json *field;
    size_t i;
    bool any = false;
    buf_adds(sql, " (FORMAT parquet, CODEC 'snappy', RETURN_STATS");
    if (has_ids(s->schema)) {
        buf_adds(sql, ", FIELD_IDS {");
        add_ids(s, s->schema, true, sql);
        buf_addc(sql, '}');
    }
    if (s->partition_count == 0) {
        buf_addc(sql, ')');
        return;
    }
    buf_addf(sql, ", FILENAME_PATTERN 'part-00000-%s-{i}.c000.snappy', OVERWRITE_OR_IGNORE", mark);
    buf_adds(sql, ", PARTITION_BY (");
    json_array_foreach (fields_of(s), i, field) {
        if (!is_partition(s, json_get_str(field, "name", "")))
            continue;
        buf_adds(sql, any ? ", " : "");
        any = true;
        duck_add_ident(sql, eng_physical_name(field));
    }
    buf_adds(sql, "))");
}

/* ---- what was written ------------------------------------------------------------------- */

static cx_code sync_file(cx *c, const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return cx_fail_errno(c, errno, "opening %s", path);
    const int rc = fsync(fd), saved = errno;
    close(fd);
    return rc == 0 ? CX_OK : cx_fail_errno(c, saved, "syncing %s", path);
}

static void note_folders(cx *c, const char *location, const char *path, json *folders)
{
    char *folder = cx_dup(c, path);
    for (char *slash; (slash = strrchr(folder, '/')) && strlen(folder) > strlen(location);) {
        *slash = '\0';
        json_object_set_new(folders, folder, json_true());
    }
}

static json *partition_values(const char *text)
{
    json_error_t e;
    json *values = text ? json_loads(text, 0, &e) : NULL;
    return values ? values : json_object();
}

static cx_code add_file(cx *c, collector *k, const char *path, int64_t rows, int64_t size,
                        const char *statistics, const char *partitions)
{
    char *stats = NULL;
    const char *relative = path + strlen(k->shape->location) + 1;
    buf encoded = BUF(BUF_ANY);
    TRY(sync_file(c, path));
    note_folders(c, k->shape->location, path, k->folders);
    TRY(eng_stats(c, k->shape, statistics, rows, &stats));
    buf_add_percent(&encoded, relative, "/=");
    json *add = json_pack("{s:s, s:o, s:I, s:I, s:b}", "path", buf_text(&encoded),
                          "partitionValues", partition_values(partitions), "size", (json_int_t)size,
                          "modificationTime", (json_int_t)cx_now_ms(c), "dataChange", 1);
    buf_clear(&encoded);
    json_object_set_new(add, "stats", json_string(stats));
    json_array_append_new(k->actions, json_pack("{s:o}", "add", add));
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
    if (rows > 0)
        return add_file(c, k, v[0], rows, size, v[4], v[5]);
    if (unlink(v[0]) != 0 && errno != ENOENT)
        return cx_fail_errno(c, errno, "removing %s", v[0]);
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

static cx_code add_copy(cx *c, run *r, const eng_shape *s, const char *select, buf *sql)
{
    buf_adds(sql, "COPY (");
    TRY(add_select(c, r, s, select, sql));
    buf_adds(sql, ") TO ");
    duck_add_literal(sql, s->partition_count ? s->location
                                             : cx_fmt(c, "%s/part-00000-%s.c000.snappy.parquet",
                                                      s->location, r->mark));
    add_options(s, r->mark, sql);
    return CX_OK;
}

cx_code eng_write(cx *c, run *r, const eng_shape *shape, const eng_rows *rows, json *actions,
                  eng_written *out)
{
    AUTO(duck_result) result = NULL;
    AUTO(json) folders = json_object();
    collector k = {.shape = shape, .actions = actions, .written = out, .folders = folders};
    buf sql = BUF(BUF_ANY);
    *out = (eng_written){0};
    TRY(fs_mkdirs(c, shape->location));
    if (rows->row_ids || rows->changes || rows->rearranged || rows->order_by)
        return eng_unsupported(c, "this form of writing rows");
    cx_code rc = add_copy(c, r, shape, rows->select, &sql);
    if (rc == CX_OK)
        rc = eng_run_duck(c, r, buf_text(&sql), &result);
    buf_clear(&sql);
    TRY(rc);
    TRY(duck_each(c, result, take_file, &k));
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
