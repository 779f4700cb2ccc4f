/* One pinned snapshot as a relation of DuckDB.
 *
 * Files are not trusted to look like the table: older ones lack columns, have narrower types, or
 * the names that columns had in the file before a renaming. read_parquet's `schema` parameter
 * resolves each of the table's columns in each file by physical name (or by field id, in mapping
 * mode `id`), casts it to the table's type, and gives NULL where a file has no such column. Inside
 * the scan the columns are called c0, c1, …, so that no column of the table can hide DuckDB's own
 * file_index and file_row_number.
 *
 * Partition values come from the log, never from file names. They stand in a small table of one row
 * a file and join on file_index; when all files have the same values they are constants.
 *
 * Deletion vectors: files that have one make a scan of their own, anti-joined with a table of
 * (file_index, row). Files without pay nothing.
 *
 * spec: delta "Partition Value Serialization", "Column Mapping", "Deletion Vectors" */
#include "lake/engine/query/scan.h"

#include "base/hash.h"

typedef struct {
    run *r;
    duck_conn *conn;
    const delta_snapshot *s;
    const char *relation;
    const json *fields;
    bool by_id, places;
    const char *row_id, *row_version; /* materialised columns' names in the files; NULL = none */
    int parts;                        /* SELECTs written so far */
} scan;

static bool is_partition(const delta_snapshot *s, const char *logical)
{
    for (size_t i = 0; i < delta_partition_count(s); i++)
        if (text_same_nocase(delta_partition_name(s, i), logical))
            return true;
    return false;
}

static bool is_void(const json *field)
{
    const json *type = json_get(field, "type");
    return json_is_string(type) && strcmp(json_string_value(type), "void") == 0;
}

static bool in_files(const scan *s, const json *field)
{
    return !is_partition(s->s, json_get_str(field, "name", "")) && !is_void(field);
}

/* Bytes are written as a string with one character (U+0000 to U+00FF) a byte. */
static const char *bytes_as_hex(cx *c, const char *text)
{
    buf hex = BUF(BUF_ANY);
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        const bool two = (*p & 0xe0) == 0xc0 && p[1];
        const unsigned char byte = two ? (unsigned char)((*p & 0x03) << 6 | (p[1] & 0x3f)) : *p;
        buf_add_hex(&hex, &byte, 1);
        p += two ? 2 : 1;
    }
    const char *out = cx_dup(c, buf_text(&hex));
    buf_clear(&hex);
    return out;
}

/* What stands in the log, as text that DuckDB casts to the column's type; NULL for NULL. */
static const char *partition_text(cx *c, const json *values, const json *field)
{
    const char *text = json_get_str(values, eng_physical_name(field), NULL);
    const json *type = json_get(field, "type");
    if (!text)
        text = json_get_str(values, json_get_str(field, "name", ""), NULL);
    if (!text || !*text)
        return NULL;
    const bool binary = json_is_string(type) && strcmp(json_string_value(type), "binary") == 0;
    return binary ? bytes_as_hex(c, text) : text;
}

static cx_code cast_partition(cx *c, const json *field, const char *expression, buf *out)
{
    const json *type = json_get(field, "type");
    if (json_is_string(type) && strcmp(json_string_value(type), "binary") == 0) {
        buf_addf(out, "unhex(%s)", expression);
        return CX_OK;
    }
    buf_addf(out, "CAST(%s AS ", expression);
    TRY(eng_duck_type(c, type, false, out));
    buf_addc(out, ')');
    return CX_OK;
}

static cx_code add_schema(cx *c, const scan *s, const char *extra, buf *sql)
{
    const json *field;
    size_t i;
    bool any = false;
    json_array_foreach (s->fields, i, field) {
        if (!in_files(s, field))
            continue;
        buf type = BUF(BUF_ANY);
        buf_adds(sql, any ? ", " : ", schema=MAP {");
        any = true;
        const json *id = json_get(json_get(field, "metadata"), "delta.columnMapping.id");
        if (s->by_id && id)
            buf_addf(sql, "%lld", (long long)json_integer_value(id));
        else
            duck_add_literal(sql, eng_physical_name(field));
        buf_addf(sql, ": {name: 'c%zu', type: ", i);
        const cx_code rc = eng_duck_type(c, json_get(field, "type"), true, &type);
        duck_add_literal(sql, buf_text(&type));
        buf_clear(&type);
        TRY(rc);
        buf_adds(sql, ", default_value: NULL}");
    }
    if (extra) {
        buf_adds(sql, any ? ", " : ", schema=MAP {");
        any = true;
        buf_adds(sql, extra);
    }
    if (any)
        buf_addc(sql, '}');
    return CX_OK;
}

/* The text of values of one file, one a partition column, in the schema's order. */
void eng_scan_partition_row(cx *c, const delta_snapshot *s, const json *values, json *row)
{
    const json *field;
    size_t i;
    json_array_foreach (json_get(delta_schema(s), "fields"), i, field)
        if (is_partition(s, json_get_str(field, "name", "")))
            json_array_append_new(row, json_str_or_null(partition_text(c, values, field)));
}

static cx_code partition_row(cx *c, const scan *s, const delta_file *f, json *row)
{
    AUTO(json) values = NULL;
    TRY(delta_file_partition_values(c, f, &values));
    eng_scan_partition_row(c, s->s, values, row);
    return CX_OK;
}

/* rows: [[file index, value…]…]; *same is set when every file has the same values. */
static cx_code partition_rows(cx *c, const scan *s, const size_t *files, size_t n, json *rows,
                              bool *same)
{
    *same = true;
    for (size_t i = 0; i < n; i++) {
        AUTO(json) values = json_array();
        TRY(partition_row(c, s, delta_file_at(s->s, files[i]), values));
        json *row = json_array();
        json_array_append_new(row, json_integer((json_int_t)i));
        json_array_extend(row, values);
        json_array_append_new(rows, row);
        const json *first = json_array_get(rows, 0);
        for (size_t k = 1; *same && k < json_array_size(row); k++)
            *same = json_equal(json_array_get(first, k), json_array_get(row, k));
        if (i % 1024 == 0)
            TRY(cx_alive(c));
    }
    return CX_OK;
}

static cx_code register_partitions(cx *c, const scan *s, const char *name, const json *rows)
{
    const size_t n = delta_partition_count(s->s) + 1;
    const char **columns = cx_array(c, const char *, n), **types = cx_array(c, const char *, n);
    for (size_t i = 0; i < n; i++) {
        columns[i] = i ? cx_fmt(c, "p%zu", i) : "i";
        types[i] = i ? "VARCHAR" : "BIGINT";
    }
    return duck_register_rows(c, s->conn, name, columns, types, n, rows);
}

/* One column of the table from its c-column, its partition value, or nothing. */
static cx_code add_column(cx *c, const scan *s, size_t i, size_t *partition, const json *constants,
                          buf *sql)
{
    const json *field = json_array_get(s->fields, i);
    const char *logical = json_get_str(field, "name", "");
    if (is_partition(s->s, logical)) {
        buf value = BUF(BUF_ANY);
        const char *text = json_string_value(json_array_get(constants, ++*partition));
        if (!constants)
            buf_addf(&value, "p.p%zu", *partition);
        else if (text)
            duck_add_literal(&value, text);
        else
            buf_adds(&value, "NULL");
        const cx_code rc = cast_partition(c, field, buf_text(&value), sql);
        buf_clear(&value);
        TRY(rc);
    } else if (is_void(field)) {
        buf_adds(sql, "CAST(NULL AS VARCHAR)");
    } else {
        TRY(eng_rename_expression(c, json_get(field, "type"), cx_fmt(c, "r.c%zu", i), true, sql));
    }
    buf_adds(sql, " AS ");
    duck_add_ident(sql, logical);
    return CX_OK;
}

static cx_code add_columns(cx *c, const scan *s, const json *constants, buf *sql)
{
    size_t partition = 0;
    for (size_t i = 0; i < json_array_size(s->fields); i++) {
        if (i)
            buf_adds(sql, ", ");
        TRY(add_column(c, s, i, &partition, constants, sql));
    }
    return CX_OK;
}

static scan scan_of(const delta_snapshot *s, bool by_id)
{
    return (scan){.s = s, .fields = json_get(delta_schema(s), "fields"), .by_id = by_id};
}

cx_code eng_scan_schema(cx *c, const delta_snapshot *snapshot, bool by_id, const char *extra,
                        buf *sql)
{
    const scan s = scan_of(snapshot, by_id);
    return add_schema(c, &s, extra, sql);
}

cx_code eng_scan_columns(cx *c, const delta_snapshot *snapshot, buf *sql)
{
    const scan s = scan_of(snapshot, false);
    return add_columns(c, &s, NULL, sql);
}

static const char *row_id_columns(cx *c, const scan *s)
{
    buf text = BUF(BUF_ANY);
    for (int i = 0; i < 2; i++) {
        buf_adds(&text, i ? ", " : "");
        duck_add_literal(&text, i ? s->row_version : s->row_id);
        buf_addf(&text, ": {name: '%s', type: 'BIGINT', default_value: NULL}", i ? "v" : "k");
    }
    const char *out = cx_dup(c, buf_text(&text));
    buf_clear(&text);
    return out;
}

static cx_code add_list(cx *c, const scan *s, const size_t *files, size_t n, buf *sql)
{
    buf_adds(sql, "read_parquet([");
    for (size_t i = 0; i < n; i++) {
        char *path = NULL;
        TRY(delta_file_path(c, s->s, delta_file_at(s->s, files[i]), &path));
        if (i)
            buf_adds(sql, ", ");
        eng_add_file_literal(c, sql, path);
    }
    buf_adds(sql, "], hive_partitioning=false");
    return CX_OK;
}

static cx_code add_files(cx *c, const scan *s, const size_t *files, size_t n, buf *sql)
{
    TRY(add_list(c, s, files, n, sql));
    TRY(add_schema(c, s, s->row_id && !s->by_id ? row_id_columns(c, s) : NULL, sql));
    buf_addc(sql, ')');
    return CX_OK;
}

/* Files that are read by field id know no column by its name, and the materialised columns have no
 * ids: so they are read once more, by name, beside. */
static cx_code join_row_ids(cx *c, const scan *s, const size_t *files, size_t n, buf *sql)
{
    buf_adds(sql, " JOIN (SELECT file_index AS i, file_row_number AS n, k, v FROM ");
    TRY(add_list(c, s, files, n, sql));
    buf_addf(sql, ", schema=MAP {%s})) w ON r.file_index = w.i AND r.file_row_number = w.n",
             row_id_columns(c, s));
    return CX_OK;
}

static cx_code register_deleted(cx *c, const scan *s, const char *name, const size_t *files,
                                size_t n)
{
    TRY(duck_pairs_begin(c, s->conn, name));
    for (size_t i = 0; i < n; i++) {
        AUTO_FREE uint64_t *rows = NULL;
        size_t count = 0;
        TRY(delta_dv_rows(c, s->s, delta_file_at(s->s, files[i]), &rows, &count));
        TRY(duck_pairs_add(c, s->conn, name, (int64_t)i, rows, count));
    }
    return CX_OK;
}

/* A number of each file, by the row's file: a list, looked up. */
static void add_by_file(const int64_t *numbers, size_t n, buf *sql)
{
    buf_adds(sql, "CAST([");
    for (size_t i = 0; i < n; i++)
        if (numbers[i] < 0)
            buf_addf(sql, "%sNULL", i ? "," : "");
        else
            buf_addf(sql, "%s%lld", i ? "," : "", (long long)numbers[i]);
    buf_adds(sql, "][CAST(r.file_index AS BIGINT) + 1] AS BIGINT)");
}

/* What a row carries with it, else what follows from its file. spec: delta "Row Tracking" */
static cx_code add_row_ids(cx *c, const scan *s, const size_t *files, size_t n, buf *sql)
{
    int64_t *base = cx_array(c, int64_t, n), *version = cx_array(c, int64_t, n);
    for (size_t i = 0; i < n; i++) {
        AUTO(json) add = NULL;
        TRY(delta_file_add(c, delta_file_at(s->s, files[i]), &add));
        base[i] = json_get_int(add, "baseRowId", -1);
        version[i] = json_get_int(add, "defaultRowCommitVersion", -1);
    }
    buf_addf(sql, ", coalesce(%s.k, ", s->by_id ? "w" : "r");
    add_by_file(base, n, sql);
    buf_adds(sql, " + CAST(r.file_row_number AS BIGINT)) AS " ENG_ROW_ID);
    buf_addf(sql, ", coalesce(%s.v, ", s->by_id ? "w" : "r");
    add_by_file(version, n, sql);
    buf_adds(sql, ") AS " ENG_ROW_VERSION);
    return CX_OK;
}

/* Which file of the snapshot a row is of, and which row in it. */
static cx_code add_places(cx *c, const scan *s, const size_t *files, size_t n, buf *sql)
{
    int64_t *numbers = cx_array(c, int64_t, n);
    for (size_t i = 0; i < n; i++)
        numbers[i] = (int64_t)files[i];
    buf_adds(sql, ", ");
    add_by_file(numbers, n, sql);
    buf_adds(sql, " AS " ENG_FILE ", CAST(r.file_row_number AS BIGINT) AS " ENG_ROW);
    return s->row_id ? add_row_ids(c, s, files, n, sql) : CX_OK;
}

static cx_code add_group(cx *c, scan *s, const size_t *files, size_t n, bool deleted, buf *sql)
{
    AUTO(json) rows = json_array();
    const bool partitioned = delta_partition_count(s->s) > 0;
    const char *base = cx_fmt(c, "%s_%d", s->relation, s->parts);
    bool same = true;
    if (n == 0)
        return CX_OK;
    if (partitioned)
        TRY(partition_rows(c, s, files, n, rows, &same));
    buf_adds(sql, s->parts++ ? " UNION ALL SELECT " : "SELECT ");
    TRY(add_columns(c, s, partitioned && same ? json_array_get(rows, 0) : NULL, sql));
    if (s->places)
        TRY(add_places(c, s, files, n, sql));
    buf_adds(sql, " FROM ");
    TRY(add_files(c, s, files, n, sql));
    buf_adds(sql, " r");
    if (s->row_id && s->by_id)
        TRY(join_row_ids(c, s, files, n, sql));
    if (partitioned && !same) {
        TRY(register_partitions(c, s, cx_fmt(c, "%s_p", base), rows));
        buf_addf(sql, " JOIN \"%s_p\" p ON CAST(r.file_index AS BIGINT) = p.i", base);
    }
    if (deleted) {
        TRY(register_deleted(c, s, cx_fmt(c, "%s_d", base), files, n));
        buf_addf(sql,
                 " ANTI JOIN \"%s_d\" d ON CAST(r.file_index AS BIGINT) = d.a"
                 " AND CAST(r.file_row_number AS BIGINT) = d.b",
                 base);
    }
    return CX_OK;
}

static cx_code add_empty(cx *c, const scan *s, buf *sql)
{
    const json *field;
    size_t i;
    buf_adds(sql, "SELECT ");
    json_array_foreach (s->fields, i, field) {
        buf_adds(sql, i ? ", CAST(NULL AS " : "CAST(NULL AS ");
        TRY(eng_duck_type(c, json_get(field, "type"), false, sql));
        buf_adds(sql, ") AS ");
        duck_add_ident(sql, json_get_str(field, "name", ""));
    }
    if (s->places)
        buf_adds(sql, ", CAST(NULL AS BIGINT) AS " ENG_FILE ", CAST(NULL AS BIGINT) AS " ENG_ROW);
    if (s->row_id)
        buf_adds(sql, ", CAST(NULL AS BIGINT) AS " ENG_ROW_ID
                      ", CAST(NULL AS BIGINT) AS " ENG_ROW_VERSION);
    buf_adds(sql, " WHERE false");
    return CX_OK;
}

/* `only`: indices of files, or NULL for all `n` of them. */
static cx_code add_scan(cx *c, scan *s, const size_t *only, size_t n, buf *sql)
{
    size_t *plain = cx_array(c, size_t, n + 1), *with_dv = cx_array(c, size_t, n + 1);
    size_t plain_n = 0, dv_n = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t file = only ? only[i] : i;
        if (delta_file_at(s->s, file)->dv)
            with_dv[dv_n++] = file;
        else
            plain[plain_n++] = file;
    }
    if (json_array_size(s->fields) == 0)
        return cx_fail_as(c, CX_INVALID, "DELTA_SCHEMA_NOT_SET", "KD008",
                          "The table has no columns yet.");
    if (n == 0)
        return add_empty(c, s, sql);
    TRY(add_group(c, s, plain, plain_n, false, sql));
    return add_group(c, s, with_dv, dv_n, true, sql);
}

static const char row_id_key[] = "delta.rowTracking.materializedRowIdColumnName",
                  row_version_key[] = "delta.rowTracking.materializedRowCommitVersionColumnName";

static bool reads_by_id(const delta_snapshot *s)
{
    const char *mode = delta_property(s, "delta.columnMapping.mode");
    return mode && strcmp(mode, "id") == 0;
}

bool eng_scan_has_row_ids(const delta_snapshot *s)
{
    const char *on = delta_property(s, "delta.enableRowTracking");
    return on && text_same_nocase(on, "true") && delta_property(s, row_id_key) &&
           delta_property(s, row_version_key);
}

static cx_code make_view(cx *c, scan *s, const size_t *only, size_t n)
{
    buf sql = BUF(BUF_ANY);
    s->fields = json_get(delta_schema(s->s), "fields");
    s->by_id = reads_by_id(s->s);
    if (s->places && eng_scan_has_row_ids(s->s)) {
        s->row_id = delta_property(s->s, row_id_key);
        s->row_version = delta_property(s->s, row_version_key);
    }
    TRY(eng_conn(c, s->r, &s->conn));
    buf_adds(&sql, "CREATE OR REPLACE TEMP VIEW ");
    duck_add_ident(&sql, s->relation);
    buf_adds(&sql, " AS ");
    cx_code rc = add_scan(c, s, only, n, &sql);
    if (rc == CX_OK)
        rc = eng_exec(c, s->r, &sql);
    buf_clear(&sql);
    return rc;
}

cx_code eng_scan_view(cx *c, run *r, const delta_snapshot *snapshot, const char *relation,
                      bool places)
{
    scan s = {.r = r, .s = snapshot, .relation = relation, .places = places};
    return make_view(c, &s, NULL, delta_file_count(snapshot));
}

cx_code eng_scan_files(cx *c, run *r, const delta_snapshot *snapshot, const char *relation,
                       const size_t *files, size_t n)
{
    scan s = {.r = r, .s = snapshot, .relation = relation, .places = true};
    return make_view(c, &s, files, n);
}

static cx_code add_partition_columns(cx *c, const scan *s, buf *sql)
{
    const json *field;
    size_t i, at = 0;
    json_array_foreach (s->fields, i, field) {
        if (!is_partition(s->s, json_get_str(field, "name", "")))
            continue;
        buf_adds(sql, ", ");
        TRY(cast_partition(c, field, cx_fmt(c, "p.p%zu", ++at), sql));
        buf_adds(sql, " AS ");
        duck_add_ident(sql, json_get_str(field, "name", ""));
    }
    return CX_OK;
}

cx_code eng_scan_partitions(cx *c, run *r, const delta_snapshot *snapshot, const char *relation)
{
    scan s = scan_of(snapshot, false);
    AUTO(json) rows = json_array();
    AUTO_CLEAR(buf) sql = BUF(BUF_ANY);
    const size_t n = delta_file_count(snapshot);
    size_t *files = cx_array(c, size_t, n + 1);
    bool same;
    for (size_t i = 0; i < n; i++)
        files[i] = i;
    s.r = r;
    TRY(eng_conn(c, r, &s.conn));
    TRY(partition_rows(c, &s, files, n, rows, &same));
    TRY(register_partitions(c, &s, cx_fmt(c, "%s_p", relation), rows));
    buf_adds(&sql, "CREATE OR REPLACE TEMP VIEW ");
    duck_add_ident(&sql, relation);
    buf_adds(&sql, " AS SELECT p.i AS " ENG_FILE);
    TRY(add_partition_columns(c, &s, &sql));
    buf_addf(&sql, " FROM \"%s_p\" p", relation);
    return eng_exec(c, r, &sql);
}
