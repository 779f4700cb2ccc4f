/* Per-file statistics of an add action, from what DuckDB says of the file it wrote.
 *
 * DuckDB names a leaf "s"."q" and gives every bound as text. Bounds must never be too tight: long
 * strings are cut and the upper one gets the greatest character appended; columns with NaN, bytes,
 * booleans, lists and maps have no bounds. spec: delta "Per-file Statistics" */
#include "lake/engine/rows/rows.h"

enum { STATS_LEAVES = 32, STATS_PREFIX = 32 };

typedef struct {
    const json *columns; /* DuckDB's: name → {min, max, null_count, …} */
    const eng_shape *shape;
    buf min, max, nulls;
    int leaves;
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

static void add_string_bound(cx *c, buf *b, const char *text, bool upper)
{
    const size_t n = prefix(text, STATS_PREFIX);
    if (!text[n])
        buf_add_json(b, text);
    else
        buf_add_json(b, cx_fmt(c, "%s%s", cx_dupn(c, text, n), upper ? "\xf4\x8f\xbf\xbf" : ""));
}

/* "2020-01-02 03:04:05.6+00" as ISO. NULL for years that ISO writes otherwise. */
static const char *iso_time(cx *c, const char *text, bool zoned)
{
    char *out = cx_dup(c, text);
    const size_t n = strlen(out);
    if (n < 19 || out[4] != '-' || out[10] != ' ')
        return NULL;
    out[10] = 'T';
    if (!zoned)
        return out;
    if (n < 22 || strcmp(out + n - 3, "+00") != 0)
        return NULL;
    out[n - 3] = 'Z';
    out[n - 2] = '\0';
    return out;
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
        add_string_bound(c, b, text, upper);
    } else if (strcmp(type, "date") == 0 && strlen(text) == 10) {
        buf_add_json(b, text);
    } else if (text_starts(type, "timestamp")) {
        const char *iso = iso_time(c, text, strcmp(type, "timestamp") == 0);
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
    const char *text = json_get_str(found, upper ? "max" : "min", NULL);
    buf value = BUF(BUF_ANY);
    if (text && !json_get_bool(found, "has_nan", false) &&
        strcmp(json_get_str(found, "has_nan", "false"), "true") != 0 &&
        add_bound(c, &value, type, text, upper)) {
        add_key(to, name);
        buf_adds(to, buf_text(&value));
    }
    buf_clear(&value);
}

static void add_leaf(cx *c, stats *s, const char *name, const char *path, const char *type)
{
    const json *found = json_get(s->columns, path);
    if (!found || s->leaves++ >= STATS_LEAVES)
        return;
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

static bool is_partition(const eng_shape *shape, const char *logical)
{
    for (size_t i = 0; i < shape->partition_count; i++)
        if (text_same_nocase(shape->partitions[i], logical))
            return true;
    return false;
}

static void add_fields(cx *c, stats *s, const json *type, const char *path)
{
    const json *field;
    size_t i;
    json_array_foreach (json_get(type, "fields"), i, field) {
        const char *name = eng_physical_name(field);
        const json *inner = json_get(field, "type");
        buf full = BUF(BUF_ANY);
        if (!path && is_partition(s->shape, json_get_str(field, "name", "")))
            continue;
        if (path)
            buf_addf(&full, "%s.", path);
        duck_add_ident(&full, name);
        const char *full_text = cx_dup(c, buf_text(&full));
        buf_clear(&full);
        if (json_is_string(inner)) {
            add_leaf(c, s, name, full_text, json_string_value(inner));
        } else if (strcmp(json_get_str(inner, "type", ""), "struct") == 0) {
            open_level(s, name);
            add_fields(c, s, inner, full_text);
            close_level(s);
        }
    }
}

cx_code eng_stats(cx *c, const eng_shape *shape, const char *column_statistics, int64_t rows,
                  char **out)
{
    AUTO(json) columns = NULL;
    if (column_statistics)
        TRY(json_parse(c, column_statistics, strlen(column_statistics), "a file's statistics",
                       &columns));
    stats s = {.columns = columns,
               .shape = shape,
               .min = BUF(BUF_ANY),
               .max = BUF(BUF_ANY),
               .nulls = BUF(BUF_ANY)};
    open_level(&s, NULL);
    add_fields(c, &s, shape->schema, NULL);
    close_level(&s);
    *out = cx_fmt(c, "{\"numRecords\":%lld,\"minValues\":%s,\"maxValues\":%s,\"nullCount\":%s}",
                  (long long)rows, buf_text(&s.min), buf_text(&s.max), buf_text(&s.nulls));
    buf_clear(&s.min);
    buf_clear(&s.max);
    buf_clear(&s.nulls);
    return CX_OK;
}
