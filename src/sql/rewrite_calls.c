/* Calls whose function is missing in DuckDB, or means something else there, or whose arguments the
 * dialect library would mangle. Functions that DuckDB only lacks need no entry here: a macro of the
 * same name is enough (duckdb_macros.h). */
#include "sql/rewrite_int.h"

enum { MOST_ARGS = 256 };

typedef struct {
    const char *name;           /* lower case */
    size_t open, close;         /* tokens of its brackets */
    size_t count;               /* arguments */
    size_t from[MOST_ARGS + 1]; /* argument k is from[k] .. from[k + 1] - 1 */
} call;

static bool split_arguments(const rewriter *r, call *k)
{
    const uint8_t depth = (uint8_t)(r->t.at[k->open].depth + 1);
    k->count = k->open + 1 < k->close;
    k->from[0] = k->open + 1;
    for (size_t i = k->open + 1; i < k->close; i++) {
        if (r->t.at[i].depth != depth || !sql_token_is(&r->t, i, ","))
            continue;
        if (k->count == MOST_ARGS)
            return false;
        k->from[k->count++] = i + 1;
    }
    k->from[k->count] = k->close + 1;
    return true;
}

static void argument(rewriter *r, const call *k, size_t n)
{
    rewrite_range(r, k->from[n], k->from[n + 1] - 1);
}

static void arguments(rewriter *r, const call *k, size_t first)
{
    for (size_t n = first; n < k->count; n++) {
        if (n > first)
            buf_addc(&r->out, ',');
        argument(r, k, n);
    }
}

/* A word at the call's own depth that makes it another form: substring(x FROM 2), count(DISTINCT
 * a). */
static bool has_word(const rewriter *r, const call *k, const char *word)
{
    for (size_t i = k->open + 1; i < k->close; i++)
        if (r->t.at[i].depth == r->t.at[k->open].depth + 1 && sql_token_is(&r->t, i, word))
            return true;
    return false;
}

/* ---- renames ---- */

static const struct {
    const char *from, *to;
    size_t least, most;
} renames[] = {
    {"add_months", "dbx_add_months", 2, 2},
    {"approx_percentile", "quantile_disc", 2, 3},
    {"array_join", "dbx_array_join", 2, 3},
    {"array_position", "dbx_array_position", 2, 2},
    {"array_size", "dbx_array_size", 1, 1},
    {"arrays_overlap", "list_has_any", 2, 2},
    {"base64", "dbx_base64", 1, 1},
    {"bround", "dbx_bround", 1, 2},
    {"cardinality", "dbx_size", 1, 1},
    {"ceil", "dbx_ceil", 1, 1},
    {"ceiling", "dbx_ceil", 1, 1},
    {"current_catalog", "dbx_current_catalog", 0, 0},
    {"current_database", "dbx_current_schema", 0, 0},
    {"current_schema", "dbx_current_schema", 0, 0},
    {"current_timestamp", "now", 0, 0},
    {"current_user", "dbx_current_user", 0, 0},
    {"date_add", "dbx_date_add", 2, 2},
    {"date_diff", "dbx_datediff", 2, 2},
    {"date_format", "dbx_date_format", 2, 2},
    {"date_from_unix_date", "dbx_date_from_unix_date", 1, 1},
    {"date_sub", "dbx_date_sub", 2, 2},
    {"date_trunc", "dbx_date_trunc", 2, 2},
    {"dateadd", "dbx_date_add", 2, 2},
    {"datediff", "dbx_datediff", 2, 2},
    {"day", "dbx_day", 1, 1},
    {"dayofmonth", "dbx_day", 1, 1},
    {"dayofweek", "dbx_dayofweek", 1, 1},
    {"dayofyear", "dbx_dayofyear", 1, 1},
    {"element_at", "dbx_element_at", 2, 2},
    {"find_in_set", "dbx_find_in_set", 2, 2},
    {"flatten", "dbx_flatten", 1, 1},
    {"floor", "dbx_floor", 1, 1},
    {"format_number", "dbx_format_number", 2, 2},
    {"format_string", "printf", 1, MOST_ARGS},
    {"from_unixtime", "dbx_from_unixtime", 1, 2},
    {"get_json_object", "dbx_get_json_object", 2, 2},
    {"get", "dbx_get", 2, 2},
    {"hex", "dbx_hex", 1, 1},
    {"hour", "dbx_hour", 1, 1},
    {"initcap", "dbx_initcap", 1, 1},
    {"inline", "dbx_inline", 1, 1},
    {"isnotnull", "dbx_isnotnull", 1, 1},
    {"isnull", "dbx_isnull", 1, 1},
    {"json_array_length", "dbx_json_array_length", 1, 1},
    {"last_day", "dbx_last_day", 1, 1},
    {"log2", "dbx_log2", 1, 1},
    {"lpad", "dbx_lpad", 2, 3},
    {"make_date", "dbx_make_date", 3, 3},
    {"make_timestamp", "dbx_make_timestamp", 6, 6},
    {"md5", "dbx_md5", 1, 1},
    {"minute", "dbx_minute", 1, 1},
    {"month", "dbx_month", 1, 1},
    {"months_between", "dbx_months_between", 2, 2},
    {"percentile", "quantile_cont", 2, 2},
    {"percentile_cont", "quantile_cont", 2, 2},
    {"pmod", "dbx_pmod", 2, 2},
    {"quarter", "dbx_quarter", 1, 1},
    {"rand", "dbx_rand", 0, 1},
    {"random", "dbx_rand", 0, 1},
    {"regexp_count", "dbx_regexp_count", 2, 2},
    {"regexp_extract", "dbx_regexp_extract", 2, 3},
    {"regexp_extract_all", "dbx_regexp_extract_all", 2, 3},
    {"regexp_replace", "dbx_regexp_replace", 3, 3},
    {"rpad", "dbx_rpad", 2, 3},
    {"second", "dbx_second", 1, 1},
    {"sequence", "dbx_sequence", 2, 3},
    {"session_user", "dbx_current_user", 0, 0},
    {"sha", "dbx_sha1", 1, 1},
    {"sha1", "dbx_sha1", 1, 1},
    {"sha2", "dbx_sha2", 2, 2},
    {"size", "dbx_size", 1, 1},
    {"slice", "dbx_slice", 3, 3},
    {"some", "bool_or", 1, 1},
    {"split_part", "dbx_split_part", 3, 3},
    {"substr", "dbx_substring", 2, 3},
    {"substring", "dbx_substring", 2, 3},
    {"substring_index", "dbx_substring_index", 3, 3},
    {"timestamp_micros", "dbx_timestamp_micros", 1, 1},
    {"timestamp_millis", "dbx_timestamp_millis", 1, 1},
    {"timestamp_seconds", "dbx_timestamp_seconds", 1, 1},
    {"to_date", "dbx_to_date", 1, 2},
    {"to_json", "dbx_to_json", 1, 1},
    {"to_timestamp", "dbx_to_timestamp", 1, 2},
    {"to_unix_timestamp", "dbx_unix_timestamp", 1, 2},
    {"try_to_date", "dbx_try_to_date", 1, 2},
    {"transform", "list_transform", 2, 2},
    {"trunc", "dbx_trunc", 2, 2},
    {"try_avg", "avg", 1, 1},
    {"try_divide", "dbx_try_divide", 2, 2},
    {"try_sum", "sum", 1, 1},
    {"try_to_timestamp", "dbx_try_to_timestamp", 1, 2},
    {"unbase64", "dbx_unbase64", 1, 1},
    {"unix_date", "dbx_unix_date", 1, 1},
    {"unix_micros", "dbx_unix_micros", 1, 1},
    {"unix_millis", "dbx_unix_millis", 1, 1},
    {"unix_seconds", "dbx_unix_seconds", 1, 1},
    {"unix_timestamp", "dbx_unix_timestamp", 0, 2},
    {"user", "dbx_current_user", 0, 0},
    {"weekday", "dbx_weekday", 1, 1},
    {"weekofyear", "dbx_weekofyear", 1, 1},
    {"array_remove", "dbx_array_remove", 2, 2},
    {"charindex", "dbx_locate", 2, 3},
    {"locate", "dbx_locate", 2, 3},
    {"instr", "dbx_instr", 2, 2},
    {"length", "dbx_length", 1, 1},
    {"len", "dbx_length", 1, 1},
    {"char_length", "dbx_length", 1, 1},
    {"character_length", "dbx_length", 1, 1},
    {"split", "dbx_split", 2, 3},
    {"skewness", "dbx_skewness", 1, 1},
    {"kurtosis", "kurtosis_pop", 1, 1},
    {"percentile_approx", "quantile_disc", 2, 3},
    {"try_element_at", "dbx_try_element_at", 2, 2},
    {"arrays_zip", "dbx_arrays_zip", 2, 2},
    {"position", "dbx_locate", 2, 3},
    {"sign", "signum", 1, 1},
    {"to_utc_timestamp", "dbx_to_utc", 2, 2},
    {"from_utc_timestamp", "dbx_from_utc", 2, 2},
    {"iff", "if", 3, 3},
    {"year", "dbx_year", 1, 1},
};

static bool rename_call(rewriter *r, const call *k)
{
    for (size_t n = 0; n < CX_COUNT(renames); n++) {
        if (strcmp(renames[n].from, k->name) != 0)
            continue;
        if (k->count < renames[n].least || k->count > renames[n].most || has_word(r, k, "FROM"))
            return false;
        if (has_word(r, k, "IN"))
            return false;
        rewrite_text(r, renames[n].to);
        buf_addc(&r->out, '(');
        if (strcmp(renames[n].to, "quantile_disc") == 0) { /* exact, so the accuracy is no matter */
            argument(r, k, 0);
            buf_addc(&r->out, ',');
            argument(r, k, 1);
            buf_addc(&r->out, ')');
            return true;
        }
        arguments(r, k, 0);
        buf_addc(&r->out, ')');
        return true;
    }
    return false;
}

/* ---- dates with a format ---- */

static const struct {
    const char *name, *before, *between, *after;
} formats[] = {
    {"date_format", "dbx_strftime(cast(", " AS timestamp_ntz), ", ")"},
    {"to_date", "cast(dbx_strptime(cast(", " AS string), ", ") AS date)"},
    {"try_to_date", "dbx_try(cast(dbx_try_strptime(cast(", " AS string), ", ") AS date))"},
    {"to_timestamp", "cast(dbx_strptime(cast(", " AS string), ", ") AS timestamp)"},
    {"try_to_timestamp", "dbx_try(cast(dbx_try_strptime(cast(", " AS string), ",
     ") AS timestamp))"},
    {"unix_timestamp", "dbx_unix_timestamp(dbx_strptime(cast(", " AS string), ", "))"},
    {"to_unix_timestamp", "dbx_unix_timestamp(dbx_strptime(cast(", " AS string), ", "))"},
    {"from_unixtime", "dbx_strftime(dbx_from_epoch(", "), ", ")"},
};

static bool format_call(rewriter *r, const call *k)
{
    if (k->count != 2 || k->from[2] - k->from[1] != 2)
        return false;
    for (size_t n = 0; n < CX_COUNT(formats); n++) {
        if (strcmp(formats[n].name, k->name) != 0)
            continue;
        const size_t before = r->out.length;
        rewrite_text(r, formats[n].before);
        argument(r, k, 0);
        buf_adds(&r->out, formats[n].between);
        if (rewrite_format(r, k->from[1])) {
            buf_adds(&r->out, formats[n].after);
            return true;
        }
        r->out.length = before;
        r->out.data[before] = '\0';
    }
    return false;
}

/* ---- casts ---- */

/* int(x) is cast(x AS int), but decimal(10, 2) is a type. */
static bool cast_call(rewriter *r, const call *k)
{
    static const char *const types[] = {"bigint", "int",       "smallint", "tinyint",
                                        "double", "float",     "boolean",  "decimal",
                                        "date",   "timestamp", "string",   "binary"};
    if (k->count != 1 || r->t.at[k->open + 1].kind == TOK_NUMBER)
        return false;
    for (size_t n = 0; n < CX_COUNT(types); n++) {
        if (strcmp(types[n], k->name) != 0)
            continue;
        rewrite_text(r, "cast(");
        argument(r, k, 0);
        rewrite_text(r, "AS ");
        buf_adds(&r->out, strcmp(k->name, "decimal") == 0 ? "decimal(10,0)" : k->name);
        buf_addc(&r->out, ')');
        return true;
    }
    return false;
}

/* The library writes TRY_CAST for every cast; the macro dbx_try marks where it belongs. */
static bool try_cast_call(rewriter *r, const call *k)
{
    if (strcmp(k->name, "try_cast") != 0)
        return false;
    rewrite_text(r, "dbx_try(cast(");
    rewrite_range(r, k->open + 1, k->close);
    buf_adds(&r->out, "))");
    return true;
}

/* ---- aggregates ---- */

/* FILTER (WHERE …) behind the call, joined with "argument 0 is not null"; moves *i behind it. */
static void non_null_filter(rewriter *r, const call *k, size_t *i)
{
    buf_adds(&r->out, " FILTER (WHERE (");
    const size_t from = k->from[0] + sql_token_is(&r->t, k->from[0], "DISTINCT");
    rewrite_range(r, from, k->from[1] - 1);
    buf_adds(&r->out, ") IS NOT NULL");
    if (sql_token_is(&r->t, *i, "FILTER") && sql_token_is(&r->t, *i + 1, "(") &&
        sql_token_is(&r->t, *i + 2, "WHERE")) {
        const size_t close = sql_closing(&r->t, *i + 1);
        buf_adds(&r->out, " AND (");
        rewrite_range(r, *i + 3, close);
        buf_addc(&r->out, ')');
        *i = close + 1;
    }
    buf_addc(&r->out, ')');
}

static bool collect_call(rewriter *r, const call *k, size_t *i)
{
    const bool set = strcmp(k->name, "collect_set") == 0;
    if (k->count != 1 ||
        (!set && strcmp(k->name, "collect_list") != 0 && strcmp(k->name, "array_agg") != 0))
        return false;
    buf_adds(&r->out, set && !has_word(r, k, "DISTINCT") ? " list(DISTINCT " : " list(");
    argument(r, k, 0);
    buf_addc(&r->out, ')');
    non_null_filter(r, k, i);
    return true;
}

/* first(x, true) and first(x) IGNORE NULLS skip NULLs. */
static bool first_call(rewriter *r, const call *k, size_t *i)
{
    const bool last = strcmp(k->name, "last") == 0 || strcmp(k->name, "last_value") == 0;
    if (!last && strcmp(k->name, "first") != 0 && strcmp(k->name, "first_value") != 0)
        return false;
    const bool flag = k->count == 2 && sql_token_is(&r->t, k->from[1], "true");
    const bool words =
        k->count >= 1 && sql_token_is(&r->t, *i, "IGNORE") && sql_token_is(&r->t, *i + 1, "NULLS");
    if (k->count == 0 || k->count > 2)
        return false;
    if (words)
        *i += 2;
    const bool window = sql_token_is(&r->t, *i, "OVER");
    buf_adds(&r->out, window ? (last ? " last_value(" : " first_value(")
                      : last ? " last("
                             : " first(");
    argument(r, k, 0);
    buf_adds(&r->out, window && (flag || words) ? " IGNORE NULLS)" : ")");
    if (!window && (flag || words))
        non_null_filter(r, k, i);
    return true;
}

/* ---- structs, lambdas, hashes ---- */

static void field_name(rewriter *r, const call *k, size_t n)
{
    const size_t from = k->from[n], to = k->from[n + 1] - 1;
    bool chain = true;
    for (size_t i = from; i < to; i++)
        chain = chain &&
                ((i - from) % 2 ? sql_token_is(&r->t, i, ".")
                                : r->t.at[i].kind == TOK_WORD || r->t.at[i].kind == TOK_QUOTED);
    const bool alias = to >= from + 3 && sql_token_is(&r->t, to - 2, "AS");
    if (!chain && !alias) {
        buf_addf(&r->out, "'col%zu'", n + 1);
        return;
    }
    buf_addc(&r->out, '\'');
    for (const char *s = sql_token_name(r->c, &r->t, to - 1); *s; s++) {
        if (*s == '\'' || *s == '\\')
            buf_addc(&r->out, '\\');
        buf_addc(&r->out, *s);
    }
    buf_addc(&r->out, '\'');
}

static bool struct_call(rewriter *r, const call *k)
{
    if (strcmp(k->name, "struct") != 0 || k->count == 0)
        return false;
    rewrite_text(r, "{");
    for (size_t n = 0; n < k->count; n++) {
        const size_t from = k->from[n], to = k->from[n + 1] - 1;
        if (n)
            buf_addc(&r->out, ',');
        field_name(r, k, n);
        buf_adds(&r->out, ": ");
        const bool alias = to >= from + 3 && sql_token_is(&r->t, to - 2, "AS");
        rewrite_range(r, from, alias ? to - 2 : to);
    }
    buf_addc(&r->out, '}');
    return true;
}

static bool named_struct_call(rewriter *r, const call *k)
{
    if (strcmp(k->name, "named_struct") != 0 || k->count == 0 || k->count % 2)
        return false;
    for (size_t n = 0; n < k->count; n += 2)
        if (r->t.at[k->from[n]].kind != TOK_STRING || k->from[n + 1] - k->from[n] != 2)
            return false;
    rewrite_text(r, "{");
    for (size_t n = 0; n < k->count; n += 2) {
        if (n)
            buf_addc(&r->out, ',');
        argument(r, k, n);
        buf_adds(&r->out, ": ");
        argument(r, k, n + 1);
    }
    buf_addc(&r->out, '}');
    return true;
}

static bool map_call(rewriter *r, const call *k)
{
    if (strcmp(k->name, "map") != 0 || k->count % 2)
        return false;
    for (size_t half = 0; half < 2; half++) {
        rewrite_text(r, half ? "), array(" : "map_from_arrays(array(");
        for (size_t n = half; n < k->count; n += 2) {
            if (n > 1)
                buf_addc(&r->out, ',');
            argument(r, k, n);
        }
    }
    buf_adds(&r->out, "))");
    return true;
}

/* range(n) in FROM position has one column, id. */
static bool range_call(rewriter *r, const call *k)
{
    if (strcmp(k->name, "range") != 0 || k->count == 0 || k->count > 3)
        return false;
    rewrite_text(r, "(SELECT range AS id FROM range(");
    arguments(r, k, 0);
    buf_adds(&r->out, "))");
    return true;
}

static bool lambda_call(rewriter *r, const call *k)
{
    const bool any = strcmp(k->name, "exists") == 0 && k->count == 2;
    const bool all = strcmp(k->name, "forall") == 0 && k->count == 2;
    const bool fold = (strcmp(k->name, "aggregate") == 0 || strcmp(k->name, "reduce") == 0) &&
                      (k->count == 3 || k->count == 4);
    if (!any && !all && !fold)
        return false;
    const bool finish = fold && k->count == 4;
    if (finish)
        rewrite_text(r, "list_extract(list_transform(array(");
    rewrite_text(r, any   ? "dbx_any(list_filter("
                    : all ? "dbx_all(list_transform("
                          : "list_reduce(");
    argument(r, k, 0);
    buf_addc(&r->out, ',');
    argument(r, k, fold ? 2 : 1);
    if (fold) {
        buf_addc(&r->out, ',');
        argument(r, k, 1);
    }
    buf_adds(&r->out, fold ? ")" : "))");
    if (finish) {
        buf_adds(&r->out, "), ");
        argument(r, k, 3);
        buf_adds(&r->out, "), 1)");
    }
    return true;
}

/* The platform's values, from C (src/duck/hashes.c). */
static bool hash_call(rewriter *r, const call *k)
{
    if ((strcmp(k->name, "xxhash64") != 0 && strcmp(k->name, "hash") != 0) || k->count == 0)
        return false;
    rewrite_text(r, strcmp(k->name, "hash") == 0 ? "dbx_murmur3(" : "dbx_xxhash64(");
    arguments(r, k, 0);
    buf_addc(&r->out, ')');
    return true;
}

/* concat_ws takes texts and arrays of texts, and skips NULLs. */
static bool concat_ws_call(rewriter *r, const call *k)
{
    if (strcmp(k->name, "concat_ws") != 0 || k->count < 2)
        return false;
    rewrite_text(r, "dbx_joined(");
    argument(r, k, 0);
    buf_adds(&r->out, ", array(");
    for (size_t n = 1; n < k->count; n++) {
        buf_adds(&r->out, n > 1 ? ", dbx_ws(" : "dbx_ws(");
        argument(r, k, n);
        buf_addc(&r->out, ')');
    }
    buf_adds(&r->out, "))");
    return true;
}

/* from_json(x, 'a INT, b STRING') is a cast of JSON; what does not fit is NULL. */
static bool from_json_call(rewriter *r, const call *k)
{
    char *type;
    if (strcmp(k->name, "from_json") != 0 || k->count != 2 ||
        r->t.at[k->from[1]].kind != TOK_STRING || k->from[2] - k->from[1] != 2 ||
        sql_token_string(r->c, &r->t, k->from[1], &type) != CX_OK)
        return false;
    text_lower(type);
    const bool whole =
        text_starts(type, "array<") || text_starts(type, "map<") || text_starts(type, "struct<");
    if (sql_token_string(r->c, &r->t, k->from[1], &type) != CX_OK)
        return false;
    rewrite_text(r, "dbx_try(cast(dbx_json(");
    argument(r, k, 0);
    buf_addf(&r->out, whole ? ") AS %s))" : ") AS struct<%s>))", type);
    return true;
}

/* Generators in a select list with more than one column; `AS (a, b)` behind them names those. */
typedef struct {
    size_t names[16], count;
} generated;

static void generated_names(const rewriter *r, size_t *i, generated *out)
{
    if (!sql_token_is(&r->t, *i, "AS") || !sql_token_is(&r->t, *i + 1, "("))
        return;
    const size_t close = sql_closing(&r->t, *i + 1);
    for (size_t at = *i + 2; at < close && out->count < 16; at += 2)
        out->names[out->count++] = at;
    *i = close + 1;
}

static void generated_alias(rewriter *r, const generated *g, size_t n, const char *otherwise)
{
    buf_adds(&r->out, " AS ");
    if (n < g->count)
        rewrite_token(r, g->names[n]);
    else
        buf_adds(&r->out, otherwise);
}

static void generated_part(rewriter *r, const call *k, const char *before, const char *after)
{
    rewrite_text(r, before);
    argument(r, k, 0);
    buf_adds(&r->out, after);
}

static bool json_tuple_call(rewriter *r, const call *k, size_t *i)
{
    generated g = {0};
    if (strcmp(k->name, "json_tuple") != 0 || k->count < 2)
        return false;
    generated_names(r, i, &g);
    for (size_t n = 1; n < k->count; n++) {
        generated_part(r, k, n > 1 ? ", dbx_get_json_object(" : "dbx_get_json_object(",
                       ", concat('$.', ");
        argument(r, k, n);
        buf_adds(&r->out, "))");
        generated_alias(r, &g, n - 1, cx_fmt(r->c, "c%zu", n - 1));
    }
    return true;
}

/* explode(m) AS (k, v), posexplode(a) */
static bool explode_call(rewriter *r, const call *k, size_t *i)
{
    const bool pos = strcmp(k->name, "posexplode") == 0;
    generated g = {0};
    size_t at = *i;
    if ((!pos && strcmp(k->name, "explode") != 0) || k->count != 1)
        return false;
    generated_names(r, &at, &g);
    if (!pos && g.count == 0)
        return false;
    *i = at;
    const bool map = g.count == (pos ? 3 : 2);
    if (pos) {
        generated_part(r, k, map ? "dbx_ordinals(map_entries(" : "dbx_ordinals(", map ? "))" : ")");
        generated_alias(r, &g, 0, "pos");
        buf_addc(&r->out, ',');
    }
    generated_part(r, k, map ? "dbx_key(explode(map_entries(" : "explode(", map ? ")))" : ")");
    generated_alias(r, &g, pos, "col");
    if (!map)
        return true;
    generated_part(r, k, ", dbx_value(explode(map_entries(", ")))");
    generated_alias(r, &g, pos + 1, "value");
    return true;
}

/* stack(2, a, b, c, d): two rows of two. */
static bool stack_call(rewriter *r, const call *k, size_t *i)
{
    generated g = {0};
    if (strcmp(k->name, "stack") != 0 || k->count < 2 || r->t.at[k->from[0]].kind != TOK_NUMBER)
        return false;
    const size_t rows = strtoul(sql_token_text(r->c, &r->t, k->from[0]), NULL, 10);
    if (rows == 0 || rows > k->count)
        return false;
    const size_t columns = (k->count - 1 + rows - 1) / rows;
    generated_names(r, i, &g);
    for (size_t column = 0; column < columns; column++) {
        rewrite_text(r, column ? ", explode(array(" : "explode(array(");
        for (size_t row = 0; row < rows; row++) {
            const size_t n = 1 + row * columns + column;
            if (row)
                buf_addc(&r->out, ',');
            if (n < k->count)
                argument(r, k, n);
            else
                buf_adds(&r->out, "NULL");
        }
        buf_adds(&r->out, "))");
        generated_alias(r, &g, column, cx_fmt(r->c, "col%zu", column));
    }
    return true;
}

/* EXISTS (SELECT …), = SOME (SELECT …) are no calls. */
static bool holds_query(const rewriter *r, const call *k)
{
    static const char *const words[] = {"SELECT", "WITH", "VALUES", "FROM", "TABLE"};
    for (size_t n = 0; n < CX_COUNT(words); n++)
        if (sql_token_is(&r->t, k->open + 1, words[n]))
            return true;
    return false;
}

bool rewrite_call(rewriter *r, size_t *i)
{
    char *name = sql_token_text(r->c, &r->t, *i);
    text_lower(name);
    call k = {.name = name, .open = *i + 1, .close = sql_closing(&r->t, *i + 1)};
    if (holds_query(r, &k) || !split_arguments(r, &k))
        return false;
    size_t after = k.close + 1;
    if (!format_call(r, &k) && !rename_call(r, &k) && !cast_call(r, &k) && !try_cast_call(r, &k) &&
        !collect_call(r, &k, &after) && !first_call(r, &k, &after) && !struct_call(r, &k) &&
        !named_struct_call(r, &k) && !map_call(r, &k) && !range_call(r, &k) &&
        !lambda_call(r, &k) && !hash_call(r, &k) && !concat_ws_call(r, &k) &&
        !from_json_call(r, &k) && !json_tuple_call(r, &k, &after) && !explode_call(r, &k, &after) &&
        !stack_call(r, &k, &after))
        return rewrite_variant_call(r, i);
    *i = after;
    return true;
}
