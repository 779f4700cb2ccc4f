/* Rows of a query as files of a table: one COPY, in which DuckDB writes the Parquet and says per
 * file what is in it.
 *
 * A table without partitions gets a new file whenever the last one has reached the target size;
 * with partitions there is a file a partition (and more where DuckDB has too many open at once).
 * Each call has names of its own, all with the mark of the statement (note.c) at their end: whoever
 * is killed here leaves files that no log names and that recovery removes. */
#include "lake/engine/rows/rows_int.h"

#include <ctype.h>

#include "base/fs.h"
#include "base/hash.h"

enum { TARGET_BYTES = 128 << 20 };

/* ---- options of the COPY ------------------------------------------------------------ */

static bool has_ids(const json *type)
{
    const json *field;
    size_t i;
    if (!json_is_object(type))
        return false;
    json_array_foreach (json_get(type, "fields"), i, field)
        if (json_get(json_get(field, "metadata"), "delta.columnMapping.id"))
            return true;
    return has_ids(json_get(type, "elementType")) || has_ids(json_get(type, "keyType")) ||
           has_ids(json_get(type, "valueType"));
}

/* Ids of elements, keys and values: "delta.columnMapping.nested.ids" of the nearest field has
 * {"col.element": 101}. */
typedef struct {
    const json *nested;
    const char *path;
} nearest;

static void add_inner_ids(cx *c, const json *type, nearest at, buf *out);

static void add_inner_id(cx *c, const char *name, const json *type, nearest at, buf *out)
{
    if (!type)
        return;
    at.path = cx_fmt(c, "%s.%s", at.path, name);
    const json *id = json_get(at.nested, at.path);
    buf inner = BUF(BUF_ANY);
    add_inner_ids(c, type, at, &inner);
    if (id)
        buf_addf(out, ", %s: {__duckdb_field_id: %lld%s}", name, (long long)json_integer_value(id),
                 buf_text(&inner));
    else if (inner.length)
        buf_addf(out, ", %s: {%s}", name, buf_text(&inner) + 2);
    buf_clear(&inner);
}

static void add_field_id(cx *c, const json *field, buf *out)
{
    const json *m = json_get(field, "metadata");
    const nearest at = {json_get(m, "delta.columnMapping.nested.ids"), eng_physical_name(field)};
    buf_adds(out, ", ");
    duck_add_ident(out, eng_physical_name(field));
    buf_addf(out, ": {__duckdb_field_id: %lld",
             (long long)json_get_int(m, "delta.columnMapping.id", 0));
    add_inner_ids(c, json_get(field, "type"), at, out);
    buf_addc(out, '}');
}

/* ", name: {…}" of each thing inside that has an id, or has something inside that has. */
static void add_inner_ids(cx *c, const json *type, nearest at, buf *out)
{
    const json *field;
    size_t i;
    if (!json_is_object(type))
        return;
    json_array_foreach (json_get(type, "fields"), i, field)
        add_field_id(c, field, out);
    add_inner_id(c, "element", json_get(type, "elementType"), at, out);
    add_inner_id(c, "key", json_get(type, "keyType"), at, out);
    add_inner_id(c, "value", json_get(type, "valueType"), at, out);
}

static void add_ids(cx *c, const eng_shape *s, buf *out)
{
    const json *field;
    size_t i;
    buf all = BUF(BUF_ANY);
    json_array_foreach (json_get(s->schema, "fields"), i, field)
        if (rows_in_files(s, field))
            add_field_id(c, field, &all);
    buf_addf(out, ", FIELD_IDS {%s}", all.length ? buf_text(&all) + 2 : "");
    buf_clear(&all);
}

static void add_partitions(const eng_shape *s, buf *sql)
{
    const json *field;
    size_t i;
    bool any = false;
    buf_adds(sql, ", PARTITION_BY (");
    json_array_foreach (json_get(s->schema, "fields"), i, field) {
        if (!rows_is_partition(s, json_get_str(field, "name", "")))
            continue;
        buf_adds(sql, any ? ", " : "");
        any = true;
        duck_add_ident(sql, eng_physical_name(field));
    }
    buf_adds(sql, "))");
}

/* The codec's name, and what stands for it in a file's name. */
static cx_code find_codec(cx *c, const eng_shape *s, const char **codec, const char **suffix)
{
    static const char *const known[][3] = {
        {"snappy", "snappy", ".snappy"}, {"zstd", "zstd", ".zstd"},
        {"gzip", "gzip", ".gz"},         {"lz4_raw", "lz4_raw", ".lz4raw"},
        {"lz4", "lz4_raw", ".lz4raw"},   {"uncompressed", "uncompressed", ""},
        {"none", "uncompressed", ""},
    };
    const char *wanted = rows_property(s, "delta.parquet.compression.codec");
    for (size_t i = 0; i < CX_COUNT(known); i++)
        if (!wanted || text_same_nocase(wanted, known[i][0])) {
            *codec = known[i][1];
            *suffix = known[i][2];
            return CX_OK;
        }
    return eng_unsupported(c, "the compression codec %s (delta.parquet.compression.codec)", wanted);
}

/* "134217728", "128mb", "1g". */
static bool parse_bytes(const char *text, int64_t *out)
{
    static const char units[] = "bkmgt";
    char *end;
    const double n = strtod(text, &end);
    while (*end == ' ')
        end++;
    const char unit = (char)tolower((unsigned char)(*end ? *end : 'b'));
    const char *at = strchr(units, unit);
    if (!at || n < 1 || (*end && end[1] && tolower((unsigned char)end[1]) != 'b'))
        return false;
    const double bytes = n * (double)(1ll << (10 * (at - units)));
    if (bytes > (double)(1ll << 50))
        return false;
    *out = (int64_t)bytes;
    return true;
}

int64_t eng_target_bytes(const eng_shape *s)
{
    const char *wanted = rows_property(s, "delta.targetFileSize");
    int64_t bytes = TARGET_BYTES;
    return wanted && parse_bytes(wanted, &bytes) ? bytes : TARGET_BYTES;
}

/* ---- the COPY ----------------------------------------------------------------------- */

/* A name that no other call has, in this statement or another: the first digits are new, the last
 * say whose statement it is. */
static const char *fresh_name(cx *c, const run *r)
{
    char id[UUID_TEXT];
    uuid_random(id);
    return cx_fmt(c, "%.24s%s", id, r->mark + 24);
}

/* Options that all COPYs have; the names of the files are fresh. */
static cx_code add_options(cx *c, const run *r, const eng_shape *s, const eng_rows *rows, buf *sql)
{
    const char *codec, *suffix;
    TRY(find_codec(c, s, &codec, &suffix));
    buf_addf(sql, " (FORMAT parquet, CODEC '%s', RETURN_STATS, OVERWRITE_OR_IGNORE", codec);
    buf_addf(sql, ", FILENAME_PATTERN '%s-00000-%s-{i}.c000%s'", rows->changes ? "cdc" : "part",
             fresh_name(c, r), suffix);
    if (has_ids(s->schema))
        add_ids(c, s, sql);
    return CX_OK;
}

static void add_size(const eng_shape *s, buf *sql)
{
    buf_addf(sql, ", FILE_SIZE_BYTES %lld)", (long long)eng_target_bytes(s));
}

static cx_code add_copy(cx *c, run *r, const eng_shape *s, const eng_rows *rows, const char *folder,
                        buf *sql)
{
    buf_adds(sql, "COPY (");
    TRY(rows_select(c, r, s, rows, sql));
    buf_adds(sql, ") TO ");
    duck_add_literal(sql, folder);
    TRY(add_options(c, r, s, rows, sql));
    if (s->partition_count)
        add_partitions(s, sql);
    else
        add_size(s, sql);
    return CX_OK;
}

/* ---- files that became too large --------------------------------------------------------- */

/* DuckDB looks at sizes only where there are no partitions. So the file of a partition that is much
 * too large is copied once more, in pieces. */
bool rows_too_large(const eng_shape *s, int64_t size)
{
    return s->partition_count && size > 2 * eng_target_bytes(s);
}

cx_code rows_split(cx *c, run *r, const eng_shape *s, const eng_rows *rows, const char *path,
                   duck_result **out)
{
    const char *slash = strrchr(path, '/');
    buf sql = BUF(BUF_ANY);
    buf_adds(&sql, "COPY (SELECT * FROM read_parquet([");
    eng_add_file_literal(c, &sql, path);
    buf_adds(&sql, "], hive_partitioning=false)) TO ");
    duck_add_literal(&sql, cx_dupn(c, path, (size_t)(slash - path)));
    cx_code rc = add_options(c, r, s, rows, &sql);
    add_size(s, &sql);
    if (rc == CX_OK)
        rc = eng_run_duck(c, r, buf_text(&sql), out);
    buf_clear(&sql);
    return rc;
}

cx_code eng_write(cx *c, run *r, const eng_shape *shape, const eng_rows *rows, json *actions,
                  eng_written *out)
{
    AUTO(duck_result) result = NULL;
    const char *folder =
        rows->changes ? fs_join(c, shape->location, "_change_data") : shape->location;
    buf sql = BUF(BUF_ANY);
    *out = (eng_written){0};
    TRY(fs_mkdirs(c, folder));
    cx_code rc = add_copy(c, r, shape, rows, folder, &sql);
    if (rc == CX_OK)
        rc = eng_run_duck(c, r, buf_text(&sql), &result);
    buf_clear(&sql);
    TRY(rc);
    return rows_take_files(c, r, shape, rows, result, actions, out);
}
