/* Per-file statistics of an add action, from what DuckDB says of the file it wrote.
 *
 * DuckDB names a leaf "s"."q" and gives every bound as text. Bounds must never be too tight: long
 * strings are cut and the upper one gets the greatest character appended; times go to the
 * millisecond outside; columns with NaN, bytes, booleans, lists and maps have no bounds. Which
 * columns are counted is the table's choice: the first leaves (delta.dataSkippingNumIndexedCols),
 * or those named in delta.dataSkippingStatsColumns. spec: delta "Per-file Statistics" */
#include "lake/engine/rows/rows_int.h"

#include "base/when.h"
#include "sql/lex.h"

enum { STATS_LEAVES = 32, STATS_PREFIX = 32 };

typedef struct {
    const json *columns; /* DuckDB's: name → {min, max, null_count, …} */
    const eng_shape *shape;
    buf min, max, nulls;
    int64_t leaves, most; /* most < 0: all */
    const json *chosen;   /* paths in lower case; NULL = the first ones */
} stats;

static void add_key(buf *b, const char *name)
{
    if (b->length && b->data[b->length - 1] != '{')
        buf_addc(b, ',');
    buf_add_json(b, name);
    buf_addc(b, ':');
}

/* The bytes of the first n characters; all when there are fewer. */
static size_t prefix(const char *text, int n)
{
    size_t i = 0;
    while (text[i] && n-- > 0)
        for (i++; ((unsigned char)text[i] & 0xc0) == 0x80;)
            i++;
    return i;
}

/* False when no bound can be said: nothing is greater than the greatest character. */
static bool add_string_bound(cx *c, buf *b, const char *text, bool upper)
{
    static const char greatest[] = "\xf4\x8f\xbf\xbf";
    const size_t n = prefix(text, STATS_PREFIX);
    if (!text[n])
        buf_add_json(b, text);
    else if (upper && text_starts(text + n, greatest))
        return false;
    else
        buf_add_json(b, cx_fmt(c, "%s%s", cx_dupn(c, text, n), upper ? greatest : ""));
    return true;
}

/* "2020-01-02 03:04:05.6789+00" as ISO to the millisecond; NULL for years that ISO writes
 * otherwise. */
static const char *iso_time(cx *c, const char *text, bool zoned, bool upper)
{
    char *iso = cx_dup(c, text), *end = iso + strlen(iso);
    int64_t us;
    if (end - iso < 19 || iso[4] != '-' || iso[10] != ' ')
        return NULL;
    iso[10] = 'T';
    if (zoned && strcmp(end - 3, "+00") != 0)
        return NULL;
    if (zoned)
        end -= 3;
    *end = '\0';
    if (!when_parse_us(cx_fmt(c, "%sZ", iso), &us))
        return NULL;
    const int64_t rest = (us % 1000 + 1000) % 1000;
    us += upper && rest ? 1000 - rest : -rest;
    const char *shown = when_iso_ms(c, us / 1000);
    if (shown[4] != '-') /* rounded up into the year 10000 */
        return NULL;
    return zoned ? shown : cx_dupn(c, shown, strlen(shown) - 1);
}

/* A bound as JSON text into b; false when this type or value has none. */
static bool add_bound(cx *c, buf *b, const char *type, const char *text, bool upper)
{
    static const char *const numbers[] = {"long", "integer", "short", "byte", "float", "double"};
    bool number = text_starts(type, "decimal");
    for (size_t i = 0; i < CX_COUNT(numbers); i++)
        number = number || strcmp(type, numbers[i]) == 0;
    if (number && strspn(text, "0123456789+-.eE") != strlen(text))
        return false;
    if (number) {
        buf_adds(b, text);
    } else if (strcmp(type, "string") == 0) {
        return add_string_bound(c, b, text, upper);
    } else if (strcmp(type, "date") == 0 && strlen(text) == 10) {
        buf_add_json(b, text);
    } else if (text_starts(type, "timestamp")) {
        const char *iso = iso_time(c, text, strcmp(type, "timestamp") == 0, upper);
        if (iso)
            buf_add_json(b, iso);
        return iso != NULL;
    } else {
        return false;
    }
    return true;
}

static void add_one_bound(cx *c, buf *to, const char *name, const char *type, const json *found,
                          bool upper)
{
    const json *bound = json_get(found, upper ? "max" : "min");
    const char *text = json_string_value(bound);
    if (text && strlen(text) != json_string_length(bound)) /* a zero byte: no log can hold it */
        return;
    buf value = BUF(BUF_ANY);
    if (text && !json_get_bool(found, "has_nan", false) &&
        strcmp(json_get_str(found, "has_nan", "false"), "true") != 0 &&
        add_bound(c, &value, type, text, upper)) {
        add_key(to, name);
        buf_adds(to, buf_text(&value));
    }
    buf_clear(&value);
}

/* Is the leaf, or a struct that it is in, among the chosen? */
static bool is_chosen(cx *c, const stats *s, const char *path)
{
    char *low = cx_dup(c, path);
    text_lower(low);
    for (char *dot;; *dot = '\0') {
        if (json_object_get(s->chosen, low))
            return true;
        dot = strrchr(low, '\x01');
        if (!dot)
            return false;
    }
}

/* Each leaf counts, also one that has no bounds. */
static bool wanted(cx *c, stats *s, const char *logical)
{
    if (s->chosen)
        return is_chosen(c, s, logical);
    return s->most < 0 || s->leaves++ < s->most;
}

static void add_leaf(cx *c, stats *s, const char *name, const json *found, const char *type)
{
    const char *nulls = json_get_str(found, "null_count", NULL);
    if (nulls) {
        add_key(&s->nulls, name);
        buf_adds(&s->nulls, nulls);
    }
    add_one_bound(c, &s->min, name, type, found, false);
    add_one_bound(c, &s->max, name, type, found, true);
}

static void open_level(stats *s, const char *name)
{
    buf *const all[] = {&s->min, &s->max, &s->nulls};
    for (int i = 0; i < 3; i++) {
        if (name)
            add_key(all[i], name);
        buf_addc(all[i], '{');
    }
}

static void close_level(stats *s)
{
    buf_addc(&s->min, '}');
    buf_addc(&s->max, '}');
    buf_addc(&s->nulls, '}');
}

/* `path` is DuckDB's, of physical names; `logical` has \x01 between names. NULL at the top. */
static void add_fields(cx *c, stats *s, const json *type, const char *path, const char *logical)
{
    const json *field;
    size_t i;
    json_array_foreach (json_get(type, "fields"), i, field) {
        const char *name = eng_physical_name(field), *shown = json_get_str(field, "name", "");
        const json *inner = json_get(field, "type");
        buf full = BUF(BUF_ANY);
        if ((!path && rows_is_partition(s->shape, shown)) || rows_is_void(field))
            continue;
        if (path)
            buf_addf(&full, "%s.", path);
        duck_add_ident(&full, name);
        const char *full_text = cx_dup(c, buf_text(&full));
        buf_clear(&full);
        const char *whole = logical ? cx_fmt(c, "%s\x01%s", logical, shown) : shown;
        if (strcmp(json_get_str(inner, "type", ""), "struct") == 0) {
            open_level(s, name);
            add_fields(c, s, inner, full_text, whole);
            close_level(s);
        } else if (wanted(c, s, whole) && json_is_string(inner)) {
            add_leaf(c, s, name, json_get(s->columns, full_text), json_string_value(inner));
        }
    }
}

/* "a, `b c`, s.x" as a set of paths. */
static cx_code parse_chosen(cx *c, const char *text, json **out)
{
    sql_tokens t;
    buf path = BUF(BUF_ANY);
    TRY(sql_lex(c, text, &t));
    *out = json_object();
    for (size_t i = 0; i <= t.count; i++) {
        if (i == t.count || sql_token_is(&t, i, ",")) {
            char *low = cx_dup(c, buf_text(&path));
            text_lower(low);
            if (*low)
                json_object_set_new(*out, low, json_true());
            buf_reset(&path);
        } else if (sql_token_is(&t, i, ".")) {
            buf_addc(&path, '\x01');
        } else {
            buf_adds(&path, t.at[i].kind == TOK_QUOTED ? sql_token_name(c, &t, i)
                                                       : sql_token_text(c, &t, i));
        }
    }
    buf_clear(&path);
    return CX_OK;
}

static int64_t most_leaves(const eng_shape *s)
{
    const char *text = rows_property(s, "delta.dataSkippingNumIndexedCols");
    char *end = NULL;
    const int64_t n = text ? strtoll(text, &end, 10) : STATS_LEAVES;
    return text && (end == text || *end) ? STATS_LEAVES : n;
}

/* Texts in the rows may hold zero bytes, and so may bounds. */
static cx_code parse_statistics(cx *c, const char *text, json **out)
{
    json_error_t e;
    *out = json_loads(text, JSON_ALLOW_NUL, &e);
    return *out ? CX_OK : cx_fail(c, CX_INTERNAL, "a file's statistics are not JSON: %s", e.text);
}

cx_code eng_stats(cx *c, const eng_shape *shape, const char *column_statistics, int64_t rows,
                  char **out)
{
    AUTO(json) columns = NULL;
    AUTO(json) chosen = NULL;
    const char *names = rows_property(shape, "delta.dataSkippingStatsColumns");
    if (column_statistics)
        TRY(parse_statistics(c, column_statistics, &columns));
    if (names)
        TRY_IN(c, parse_chosen(c, names, &chosen), "delta.dataSkippingStatsColumns");
    stats s = {.columns = columns,
               .shape = shape,
               .min = BUF(BUF_ANY),
               .max = BUF(BUF_ANY),
               .nulls = BUF(BUF_ANY),
               .most = most_leaves(shape),
               .chosen = chosen};
    open_level(&s, NULL);
    add_fields(c, &s, shape->schema, NULL, NULL);
    close_level(&s);
    *out = cx_fmt(c,
                  "{\"numRecords\":%lld,\"minValues\":%s,\"maxValues\":%s,\"nullCount\":%s,"
                  "\"tightBounds\":true}",
                  (long long)rows, buf_text(&s.min), buf_text(&s.max), buf_text(&s.nulls));
    buf_clear(&s.min);
    buf_clear(&s.max);
    buf_clear(&s.nulls);
    return CX_OK;
}
