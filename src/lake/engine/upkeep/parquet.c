/* Plain Parquet files as a Delta table: what a log says of each file is found from its name (the
 * partition) and by one query over all of them (rows, bounds, NULLs). The files stay as they are.
 * spec: delta "Add File", "Partition Value Serialization", "Per-file Statistics" */
#include "lake/engine/upkeep/parquet.h"

#include "base/fs.h"
#include "base/hash.h"
#include "lake/engine/ddl/features.h"
#include "lake/engine/ddl/schema.h"
#include "lake/engine/rows/rows.h"

enum { STATS_COLUMNS = 32 };

void eng_parquet_source_clear(eng_parquet_source *s)
{
    json_decref(s->schema);
    json_decref(s->files);
    *s = (eng_parquet_source){0};
}

/* ---- the files ------------------------------------------------------------------------- */

static bool hidden(const char *relative)
{
    for (const char *p = relative; p; p = strchr(p, '/')) {
        p += *p == '/';
        if (*p == '.' || (*p == '_' && !memchr(p, '=', strcspn(p, "/"))))
            return true;
    }
    return false;
}

/* "a=1/b=x%20y/f.parquet" */
static json *values_of(cx *c, const char *relative)
{
    json *values = json_object();
    for (const char *p = relative, *slash; (slash = strchr(p, '/')); p = slash + 1) {
        const char *equals = memchr(p, '=', (size_t)(slash - p));
        if (!equals)
            continue;
        const char *key = percent_decode(c, p, (size_t)(equals - p), NULL);
        const char *value = percent_decode(c, equals + 1, (size_t)(slash - equals - 1), NULL);
        const bool null = strcmp(value, "__HIVE_DEFAULT_PARTITION__") == 0 || !*value;
        json_object_set_new(values, key, json_str_or_null(null ? NULL : value));
    }
    return values;
}

static cx_code take_file(cx *c, void *self, const char *relative, int64_t size, int64_t mtime_ms)
{
    eng_parquet_source *s = self;
    if (hidden(relative) || !text_ends(relative, ".parquet"))
        return CX_OK;
    json_array_append_new(s->files, json_pack("{s:s, s:I, s:I, s:o}", "path", relative, "size",
                                              (json_int_t)size, "mtime", (json_int_t)mtime_ms,
                                              "values", values_of(c, relative)));
    s->bytes += size;
    return CX_OK;
}

static cx_code check_file(cx *c, const eng_parquet_source *s, const json *file)
{
    const json *values = json_get(file, "values");
    const char *path = json_get_str(file, "path", "");
    if (json_object_size(values) != s->partition_count)
        return cx_fail_as(c, CX_INVALID, "DELTA_UNEXPECTED_NUM_PARTITION_COLUMNS_FROM_FILE_NAME",
                          "KD009",
                          "Expecting %zu partition column(s), but found %zu partition column(s) "
                          "from parsing the file name: %s.",
                          s->partition_count, json_object_size(values), path);
    for (size_t i = 0; i < s->partition_count; i++)
        if (!json_object_get(values, s->partitions[i]))
            return cx_fail_as(c, CX_INVALID, "DELTA_UNEXPECTED_PARTITION_COLUMN_FROM_FILE_NAME",
                              "KD009",
                              "Expecting partition column %s, but it is not in the file name: %s.",
                              s->partitions[i], path);
    return CX_OK;
}

static cx_code find_partitions(cx *c, eng_parquet_source *s, const sql_column *declared, size_t n)
{
    const json *file, *first = json_get(json_array_get(s->files, 0), "values");
    const char *name;
    json *unused;
    size_t i;
    s->partitions = cx_array(c, const char *, json_object_size(first) + n + 1);
    for (i = 0; i < n; i++)
        s->partitions[s->partition_count++] = declared[i].name;
    if (!declared)
        json_object_foreach ((json *)first, name, unused)
            s->partitions[s->partition_count++] = cx_dup(c, name);
    json_array_foreach (s->files, i, file)
        TRY(check_file(c, s, file));
    return CX_OK;
}

/* ---- the schema ------------------------------------------------------------------------ */

static void add_files(cx *c, const eng_parquet_source *s, bool hive, buf *sql)
{
    const json *file;
    size_t i;
    buf_adds(sql, "read_parquet([");
    json_array_foreach (s->files, i, file) {
        buf_adds(sql, i ? ", " : "");
        eng_add_file_literal(c, sql, fs_join(c, s->folder, json_get_str(file, "path", "")));
    }
    buf_addf(sql, "], union_by_name=true, hive_partitioning=%s)", hive ? "true" : "false");
}

static bool is_partition(const eng_parquet_source *s, const char *name)
{
    for (size_t i = 0; i < s->partition_count; i++)
        if (text_same_nocase(s->partitions[i], name))
            return true;
    return false;
}

/* DuckDB's guess of a partition column's type; what it does not know is a string. */
static json *guessed(const json *fields, const char *name)
{
    json *field;
    size_t i;
    json_array_foreach (fields, i, field)
        if (text_same_nocase(json_get_str(field, "name", ""), name))
            return json_incref(json_get(field, "type"));
    return json_string("string");
}

static cx_code partition_field(cx *c, const json *fields, const char *name,
                               const sql_column *declared, json **out)
{
    if (!declared || !declared->type) {
        *out = eng_field(name, guessed(fields, name), true, NULL);
        return CX_OK;
    }
    return eng_field_of_column(c, declared, out);
}

static cx_code find_schema(cx *c, run *r, eng_parquet_source *s, const sql_column *declared)
{
    AUTO(json) described = NULL;
    AUTO(json) found = NULL;
    AUTO(json) fields = json_array();
    json *field;
    size_t i;
    buf sql = BUF(BUF_ANY);
    buf_adds(&sql, "SELECT * FROM ");
    add_files(c, s, s->partition_count > 0, &sql);
    const cx_code rc = eng_describe_query(c, r, buf_text(&sql), &described);
    buf_clear(&sql);
    TRY(rc);
    TRY(eng_schema_of_query(c, described, &found));
    json_array_foreach (json_get(found, "fields"), i, field)
        if (!is_partition(s, json_get_str(field, "name", "")))
            json_array_append(fields, field);
    for (i = 0; i < s->partition_count; i++) {
        TRY(partition_field(c, json_get(found, "fields"), s->partitions[i],
                            declared ? &declared[i] : NULL, &field));
        json_array_append_new(fields, field);
    }
    s->schema = json_pack("{s:s, s:O}", "type", "struct", "fields", fields);
    return CX_OK;
}

cx_code eng_parquet_source_load(cx *c, run *r, const char *folder, const sql_column *declared,
                                size_t n, eng_parquet_source *out)
{
    out->folder = folder;
    out->files = json_array();
    if (!fs_is_dir(folder))
        return cx_fail_as(c, CX_NOT_FOUND, "DELTA_PATH_DOES_NOT_EXIST", "42K03",
                          "%s does not exist.", folder);
    TRY(fs_walk(c, folder, take_file, out));
    if (json_array_size(out->files) == 0)
        return cx_fail_as(c, CX_NOT_FOUND, "UNABLE_TO_INFER_SCHEMA", "42KD9",
                          "There are no Parquet files in %s.", folder);
    TRY(find_partitions(c, out, declared, n));
    return find_schema(c, r, out, declared);
}

/* ---- the statistics ----------------------------------------------------------------------- */

/* Types whose bounds are bounds of the log, too. */
static bool has_bounds(const json *type)
{
    const char *name = json_string_value(type);
    return name && strcmp(name, "binary") != 0 && strcmp(name, "boolean") != 0 &&
           strcmp(name, "void") != 0;
}

static bool is_float(const json *type)
{
    const char *name = json_string_value(type);
    return name && (strcmp(name, "float") == 0 || strcmp(name, "double") == 0);
}

/* "'"a"', {min, max, null_count, has_nan}" in the words of DuckDB's own statistics. */
static void add_bounds(const json *field, buf *sql)
{
    buf name = BUF(BUF_ANY);
    const json *type = json_get(field, "type");
    duck_add_ident(&name, json_get_str(field, "name", ""));
    const char *column = buf_text(&name);
    duck_add_literal(sql, column);
    buf_addf(sql, ", json_object('null_count', CAST(count(*) - count(%s) AS VARCHAR)", column);
    if (has_bounds(type))
        buf_addf(sql, ", 'min', CAST(min(%s) AS VARCHAR), 'max', CAST(max(%s) AS VARCHAR)", column,
                 column);
    if (is_float(type))
        buf_addf(sql, ", 'has_nan', CAST(coalesce(bool_or(isnan(%s)), false) AS VARCHAR)", column);
    buf_addc(sql, ')');
    buf_clear(&name);
}

static void add_question(cx *c, const eng_parquet_source *s, buf *sql)
{
    const json *field;
    size_t i, asked = 0;
    buf_adds(sql, "SELECT CAST(file_index AS BIGINT), count(*), json_object(");
    json_array_foreach (json_get(s->schema, "fields"), i, field) {
        if (is_partition(s, json_get_str(field, "name", "")) ||
            !json_is_string(json_get(field, "type")) || asked == STATS_COLUMNS)
            continue;
        buf_adds(sql, asked++ ? ", " : "");
        add_bounds(field, sql);
    }
    buf_adds(sql, ") FROM ");
    add_files(c, s, false, sql);
    buf_adds(sql, " GROUP BY 1");
}

typedef struct {
    const eng_parquet_source *s;
    const eng_shape *shape;
} taker;

static cx_code take_stats(cx *c, void *self, const char *const *v, const size_t *lengths)
{
    const taker *t = self;
    char *text = NULL;
    (void)lengths;
    if (!v[0] || !v[1])
        return CX_OK;
    json *file = json_array_get(t->s->files, (size_t)strtoull(v[0], NULL, 10));
    TRY(eng_stats(c, t->shape, v[2], strtoll(v[1], NULL, 10), &text));
    json_object_set_new(file, "stats", json_string(text));
    return CX_OK;
}

static cx_code find_stats(cx *c, run *r, const eng_parquet_source *s, const eng_shape *shape)
{
    AUTO(duck_result) found = NULL;
    buf sql = BUF(BUF_ANY);
    add_question(c, s, &sql);
    const cx_code rc = eng_run_duck(c, r, buf_text(&sql), &found);
    buf_clear(&sql);
    TRY(rc);
    return duck_each(c, found, take_stats, &(taker){s, shape});
}

/* ---- the actions ------------------------------------------------------------------------ */

static json *add_of(cx *c, const eng_parquet_source *s, const json *file, bool absolute)
{
    buf path = BUF(BUF_ANY);
    const char *relative = json_get_str(file, "path", "");
    buf_adds(&path, absolute ? "file://" : "");
    buf_add_percent(&path, absolute ? fs_join(c, s->folder, relative) : relative, "/=");
    json *add =
        json_pack("{s:s, s:O, s:I, s:I, s:b}", "path", buf_text(&path), "partitionValues",
                  json_get(file, "values"), "size", (json_int_t)json_get_int(file, "size", 0),
                  "modificationTime", (json_int_t)json_get_int(file, "mtime", 0), "dataChange", 1);
    buf_clear(&path);
    if (json_get(file, "stats"))
        json_object_set(add, "stats", json_get(file, "stats"));
    return json_pack("{s:o}", "add", add);
}

cx_code eng_parquet_actions(cx *c, run *r, const eng_parquet_source *s, const eng_parquet_wish *w,
                            json *actions)
{
    const json *file;
    json *protocol = NULL;
    size_t i;
    const eng_shape shape = {.location = s->folder,
                             .schema = s->schema,
                             .partitions = s->partitions,
                             .partition_count = s->partition_count,
                             .configuration = w->configuration};
    const eng_new_table t = {.schema = s->schema,
                             .configuration = w->configuration,
                             .partitions = s->partitions,
                             .partition_count = s->partition_count};
    const eng_needs needs = {.schema = s->schema,
                             .configuration = w->configuration,
                             .features = w->asked ? w->asked->features : NULL,
                             .min_reader = w->asked ? w->asked->min_reader : 0,
                             .min_writer = w->asked ? w->asked->min_writer : 0,
                             .before = w->before ? delta_protocol_of(w->before) : NULL};
    TRY(eng_check_reserved(c, s->schema, w->configuration));
    TRY(eng_map_columns(c, s->schema, w->configuration, true));
    if (w->statistics)
        TRY(find_stats(c, r, s, &shape));
    TRY(eng_protocol(c, &needs, &protocol));
    json_array_append_new(actions, json_pack("{s:o}", "protocol", protocol));
    json_array_append_new(
        actions,
        eng_metadata_action(&t, w->before ? delta_table_id(w->before) : NULL, cx_now_ms(c)));
    for (i = 0; w->before && i < delta_file_count(w->before); i++)
        TRY(eng_remove_actions(c, w->before, i, actions));
    json_array_foreach (s->files, i, file)
        json_array_append_new(actions, add_of(c, s, file, w->absolute));
    return CX_OK;
}
