/* The SELECT under a COPY, in layers, innermost first:
 *
 *   given     the caller's rows under the table's column names, in order if one is asked
 *   table     generated columns computed, texts cut and padded
 *   ruled     a row that breaks a rule fails the statement
 *   outside   physical names, partition values as the log has them, the two columns of row tracking
 *             under the names that the table gives them
 *
 * Expressions that the table keeps are Databricks SQL, and mean what they mean in a query: so the
 * layer below becomes a view, and they are columns of a query over it. A rule rides on a column
 * that is written, since DuckDB drops what nobody reads. spec: delta "Partition Value
 * Serialization", "Column Mapping", "Row Tracking" */
#include "lake/engine/rows/rows_int.h"

#include "lake/engine/ddl/schema.h"

static const json *fields_of(const eng_shape *s)
{
    return json_get(s->schema, "fields");
}

bool rows_is_partition(const eng_shape *s, const char *logical)
{
    for (size_t i = 0; i < s->partition_count; i++)
        if (text_same_nocase(s->partitions[i], logical))
            return true;
    return false;
}

bool rows_is_void(const json *field)
{
    const json *type = json_get(field, "type");
    return json_is_string(type) && strcmp(json_string_value(type), "void") == 0;
}

bool rows_in_files(const eng_shape *s, const json *field)
{
    return !rows_is_partition(s, json_get_str(field, "name", "")) && !rows_is_void(field);
}

const char *rows_property(const eng_shape *s, const char *key)
{
    return json_get_str(s->configuration, key, NULL);
}

/* ---- the outside -------------------------------------------------------------------- */

/* A byte is one character (U+0000 to U+00FF) in the log; DuckDB has no such conversion, so each
 * pair of hex digits becomes a character. A zero byte would end the text for most readers. */
static void binary_partition(const char *column, buf *out)
{
    buf_addf(out,
             "CASE WHEN list_contains(regexp_extract_all(hex(%s), '..'), '00') THEN "
             "error('[UNSUPPORTED_FEATURE] A binary partition value with a zero byte cannot be "
             "written.') ELSE NULLIF(array_to_string(list_transform(regexp_extract_all(hex(%s), "
             "'..'), lambda b: chr(CAST('0x' || b AS INTEGER))), ''), '') END",
             column, column);
}

/* A partition value as the log has it; '' is NULL there. */
static cx_code partition_expression(cx *c, const json *field, const char *column, buf *out)
{
    const char *type = json_string_value(json_get(field, "type"));
    if (!type)
        return cx_fail_as(c, CX_INVALID, "DELTA_INVALID_PARTITION_COLUMN_TYPE", "42996",
                          "Using column %s as a partition column is not supported.",
                          json_get_str(field, "name", ""));
    if (strcmp(type, "binary") == 0)
        binary_partition(column, out);
    else if (strcmp(type, "timestamp") == 0)
        buf_addf(out, "strftime(%s, '%%Y-%%m-%%dT%%H:%%M:%%S.%%fZ')", column);
    else if (strcmp(type, "timestamp_ntz") == 0)
        buf_addf(out, "strftime(%s, '%%Y-%%m-%%d %%H:%%M:%%S.%%f')", column);
    else if (strcmp(type, "double") == 0 || strcmp(type, "float") == 0)
        buf_addf(out,
                 "CASE WHEN isnan(%s) THEN 'NaN' WHEN isinf(%s) THEN if(%s > 0, 'Infinity', "
                 "'-Infinity') ELSE CAST(%s AS VARCHAR) END",
                 column, column, column, column);
    else
        buf_addf(out, "NULLIF(CAST(%s AS VARCHAR), '')", column);
    return CX_OK;
}

static cx_code add_column(cx *c, const eng_shape *s, const json *field, buf *sql)
{
    cx_code rc = CX_OK;
    buf column = BUF(BUF_ANY);
    duck_add_ident(&column, json_get_str(field, "name", ""));
    if (rows_is_partition(s, json_get_str(field, "name", "")))
        rc = partition_expression(c, field, buf_text(&column), sql);
    else
        rc = eng_rename_expression(c, json_get(field, "type"), buf_text(&column), false, sql);
    buf_clear(&column);
    buf_adds(sql, " AS ");
    duck_add_ident(sql, eng_physical_name(field));
    return rc;
}

static const char row_id_key[] = "delta.rowTracking.materializedRowIdColumnName",
                  row_version_key[] = "delta.rowTracking.materializedRowCommitVersionColumnName";

static cx_code add_row_ids(cx *c, const eng_shape *s, buf *sql)
{
    const char *id = rows_property(s, row_id_key), *version = rows_property(s, row_version_key);
    if (!id || !version)
        return cx_fail(c, CX_CORRUPT, "the table at %s tracks rows, but has no property %s",
                       s->location, id ? row_version_key : row_id_key);
    buf_adds(sql, ", __clxs_row_id AS ");
    duck_add_ident(sql, id);
    buf_adds(sql, ", __clxs_row_version AS ");
    duck_add_ident(sql, version);
    return CX_OK;
}

static cx_code add_outside(cx *c, const eng_shape *s, const eng_rows *rows, buf *sql)
{
    const json *field;
    size_t i;
    bool any = false, in_files = false;
    buf_adds(sql, "SELECT ");
    json_array_foreach (fields_of(s), i, field) {
        if (rows_is_void(field))
            continue;
        buf_adds(sql, any ? ", " : "");
        any = true;
        in_files = in_files || rows_in_files(s, field);
        TRY(add_column(c, s, field, sql));
    }
    if (!in_files)
        return cx_fail_as(c, CX_INVALID, "DELTA_NON_PARTITION_COLUMN_ABSENT", "KD005",
                          "Data written into Delta needs to contain at least one non-partitioned "
                          "column.");
    if (rows->row_ids)
        TRY(add_row_ids(c, s, sql));
    if (rows->changes)
        buf_adds(sql, ", _change_type");
    return CX_OK;
}

/* ---- expressions of the table ----------------------------------------------------------- */

/* "SELECT *, e0 AS __clxs_e0 … FROM <inner>" as guarded DuckDB text. */
static cx_code typed_over(cx *c, run *r, const char *const *expressions, size_t n,
                          const char *inner, char **out)
{
    const char *relation = NULL;
    buf view = BUF(BUF_ANY), text = BUF(BUF_ANY);
    TRY(eng_relation_new(c, r, "", "the rows", &relation));
    buf_adds(&view, "CREATE OR REPLACE TEMP VIEW ");
    duck_add_ident(&view, relation);
    buf_addf(&view, " AS %s", inner);
    TRY(eng_exec(c, r, &view));
    buf_adds(&text, "SELECT *");
    for (size_t i = 0; i < n; i++)
        buf_addf(&text, ", (%s\n) AS __clxs_e%zu", expressions[i], i);
    buf_addf(&text, " FROM %s", relation);
    cx_code rc = eng_rule_query(c, r, buf_text(&text), out);
    buf_clear(&text);
    return rc == CX_OK ? eng_guard(c, r, *out) : rc;
}

static void add_more_columns(const eng_rows *rows, buf *sql)
{
    if (rows->row_ids)
        buf_adds(sql, ", __clxs_row_id, __clxs_row_version");
    if (rows->changes)
        buf_adds(sql, ", _change_type");
}

/* ---- the table's columns ------------------------------------------------------------------ */

static void add_given(const eng_shape *s, const eng_rows *rows, buf *sql)
{
    const json *field;
    size_t i;
    buf_addf(sql, "SELECT * FROM (%s) AS q(", rows->select);
    json_array_foreach (fields_of(s), i, field) {
        buf_adds(sql, i ? ", " : "");
        duck_add_ident(sql, json_get_str(field, "name", ""));
    }
    add_more_columns(rows, sql);
    buf_addc(sql, ')');
    if (rows->order_by)
        buf_addf(sql, " ORDER BY %s", rows->order_by);
}

/* char(n) is padded to n characters; of what is too long, blanks may be cut. */
static bool add_length(cx *c, const json *field, buf *out)
{
    const char *type = json_get_str(json_get(field, "metadata"), "__CHAR_VARCHAR_TYPE_STRING", "");
    const bool fixed = text_starts(type, "char(");
    const char *digits = strchr(type, '(');
    const int n = digits ? (int)strtol(digits + 1, NULL, 10) : 0;
    if ((!fixed && !text_starts(type, "varchar(")) || n <= 0)
        return false;
    buf column = BUF(BUF_ANY);
    duck_add_ident(&column, json_get_str(field, "name", ""));
    const char *x = buf_text(&column);
    buf_addf(out, "CASE WHEN length(%s) <= %d THEN ", x, n);
    buf_adds(out, fixed ? cx_fmt(c, "rpad(%s, %d, ' ')", x, n) : x);
    buf_addf(out,
             " WHEN length(rtrim(%s, ' ')) <= %d THEN substring(%s, 1, %d) WHEN %s IS NOT NULL"
             " THEN error(",
             x, n, x, n, x);
    duck_add_literal(
        out,
        cx_fmt(c, "[EXCEED_LIMIT_LENGTH] Exceeds char/varchar type length limitation: %d.", n));
    buf_adds(out, ") END");
    buf_clear(&column);
    return true;
}

/* `computed`: which expression of the layer below is the column's, -1 = none. */
static cx_code add_table_column(cx *c, const json *field, const eng_rows *rows, int computed,
                                buf *sql)
{
    if (computed >= 0) {
        buf_addf(sql, "CAST(__clxs_e%d AS ", computed);
        TRY(eng_duck_type(c, json_get(field, "type"), false, sql));
        buf_addc(sql, ')');
    } else if (rows->rearranged || rows->changes || !add_length(c, field, sql)) {
        duck_add_ident(sql, json_get_str(field, "name", ""));
    }
    buf_adds(sql, " AS ");
    duck_add_ident(sql, json_get_str(field, "name", ""));
    return CX_OK;
}

static cx_code add_table_columns(cx *c, const eng_shape *s, const eng_rows *rows, buf *sql)
{
    const json *field;
    size_t i;
    int computed = 0;
    buf_adds(sql, "SELECT ");
    json_array_foreach (fields_of(s), i, field) {
        const bool compute = rows->compute && rows->compute[i];
        buf_adds(sql, i ? ", " : "");
        TRY(add_table_column(c, field, rows, compute ? computed++ : -1, sql));
    }
    add_more_columns(rows, sql);
    return CX_OK;
}

cx_code rows_table(cx *c, run *r, const eng_shape *s, const eng_rows *rows, buf *sql)
{
    const char **expressions = cx_array(c, const char *, json_array_size(fields_of(s)) + 1);
    const json *field;
    size_t i, n = 0;
    buf given = BUF(BUF_ANY);
    char *inner = NULL;
    json_array_foreach (fields_of(s), i, field)
        if (rows->compute && rows->compute[i])
            expressions[n++] = rows_generated(c, field);
    add_given(s, rows, &given);
    const cx_code rc = n ? typed_over(c, r, expressions, n, buf_text(&given), &inner) : CX_OK;
    if (!n)
        inner = cx_dup(c, buf_text(&given));
    buf_clear(&given);
    TRY_IN(c, rc, "generated columns of the table");
    TRY(add_table_columns(c, s, rows, sql));
    buf_addf(sql, " FROM (%s)", inner);
    return CX_OK;
}

/* ---- the rules ---------------------------------------------------------------------- */

/* The column that the rules ride on: the first that is written. */
static size_t first_written(const eng_shape *s)
{
    const json *field;
    size_t i;
    json_array_foreach (fields_of(s), i, field)
        if (!rows_is_void(field))
            return i;
    return 0;
}

static void add_carrier(const json *field, const rows_rule *rules, size_t n, buf *sql)
{
    size_t expression = 0;
    buf_adds(sql, "CASE ");
    for (size_t i = 0; i < n; i++) {
        if (rules[i].sql)
            buf_addf(sql, "WHEN __clxs_e%zu IS NOT TRUE", expression++);
        else
            buf_addf(sql, "WHEN %s", rules[i].broken);
        buf_addf(sql, " THEN error(%s) ", rules[i].message);
    }
    buf_adds(sql, "ELSE ");
    duck_add_ident(sql, json_get_str(field, "name", ""));
    buf_adds(sql, " END AS ");
    duck_add_ident(sql, json_get_str(field, "name", ""));
}

/* The table's rows with the conditions of its rules beside them, as DuckDB text. */
static cx_code with_conditions(cx *c, run *r, const eng_shape *s, const eng_rows *rows,
                               const rows_rule *rules, size_t n, char **out)
{
    const char **expressions = cx_array(c, const char *, n + 1);
    size_t conditions = 0;
    buf table = BUF(BUF_ANY);
    for (size_t i = 0; i < n; i++)
        if (rules[i].sql)
            expressions[conditions++] = rules[i].sql;
    cx_code rc = rows_table(c, r, s, rows, &table);
    if (rc == CX_OK && conditions)
        rc = typed_over(c, r, expressions, conditions, buf_text(&table), out);
    else
        *out = cx_dup(c, buf_text(&table));
    buf_clear(&table);
    TRY_IN(c, rc, "the rules of the table");
    return CX_OK;
}

static cx_code add_ruled(cx *c, run *r, const eng_shape *s, const eng_rows *rows, buf *sql)
{
    const size_t carrier = first_written(s);
    rows_rule *rules = NULL;
    char *inner = NULL;
    const json *field;
    size_t i, n = 0;
    if (!rows->rearranged && !rows->changes)
        TRY(rows_rules(c, s, rows, &rules, &n));
    TRY(with_conditions(c, r, s, rows, rules, n, &inner));
    buf_adds(sql, "SELECT ");
    json_array_foreach (fields_of(s), i, field) {
        buf_adds(sql, i ? ", " : "");
        if (i == carrier && n)
            add_carrier(field, rules, n, sql);
        else
            duck_add_ident(sql, json_get_str(field, "name", ""));
    }
    add_more_columns(rows, sql);
    buf_addf(sql, " FROM (%s)", inner);
    return CX_OK;
}

cx_code rows_select(cx *c, run *r, const eng_shape *s, const eng_rows *rows, buf *sql)
{
    TRY(add_outside(c, s, rows, sql));
    buf_adds(sql, " FROM (");
    TRY(add_ruled(c, r, s, rows, sql));
    buf_addc(sql, ')');
    return CX_OK;
}
