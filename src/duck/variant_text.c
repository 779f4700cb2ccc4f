/* A variant as text: JSON as the platform's to_json writes it, and what schema_of_variant says. */
#include "base/hash.h"
#include "duck/duck_int.h"
#include "duck/variant.h"

/* hh:mm:ss, with no more digits of a second than it has. */
static void add_clock(buf *b, int64_t us)
{
    char part[8];
    const int64_t s = us / 1000000;
    buf_addf(b, "%02d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
    snprintf(part, sizeof part, "%06d", (int)(us % 1000000));
    size_t n = 6;
    while (n && part[n - 1] == '0')
        n--;
    if (n)
        buf_addf(b, ".%.*s", (int)n, part);
}

static void add_timestamp(buf *b, int64_t us, bool zoned)
{
    const int64_t day = INT64_C(86400000000);
    int64_t days = us / day, rest = us % day;
    if (rest < 0)
        rest += day, days--;
    duck_add_date(b, days);
    buf_addc(b, ' ');
    add_clock(b, rest);
    buf_adds(b, zoned ? "+00:00" : "");
}

/* Zeros at the end of the fraction say nothing, and are left out. */
static void strip_zeros(variant_leaf *leaf)
{
    while (leaf->scale > 0 && leaf->number % 10 == 0)
        leaf->number /= 10, leaf->scale--;
}

static void add_uuid(buf *b, str bytes)
{
    static const size_t parts[] = {4, 2, 2, 2, 6};
    const char *p = bytes.data;
    for (size_t i = 0; i < CX_COUNT(parts); p += parts[i++]) {
        buf_adds(b, i ? "-" : "");
        buf_add_hex(b, p, parts[i]);
    }
}

/* What JSON writes between quotes; false for what it writes bare. */
static bool add_quoted(buf *b, const variant_leaf *leaf)
{
    switch (leaf->kind) {
    case VARIANT_DATE: duck_add_date(b, (int64_t)leaf->number); return true;
    case VARIANT_TIMESTAMP: add_timestamp(b, (int64_t)leaf->number, true); return true;
    case VARIANT_TIMESTAMP_NTZ: add_timestamp(b, (int64_t)leaf->number, false); return true;
    case VARIANT_BINARY: buf_add_base64(b, leaf->bytes.data, leaf->bytes.length); return true;
    case VARIANT_STRING: buf_add(b, leaf->bytes.data, leaf->bytes.length); return true;
    case VARIANT_UUID: add_uuid(b, leaf->bytes); return true;
    default: return false;
    }
}

static void add_bare(buf *b, variant_leaf *leaf)
{
    const bool single = leaf->kind == VARIANT_FLOAT;
    switch (leaf->kind) {
    case VARIANT_NULL: buf_adds(b, "null"); return;
    case VARIANT_BOOLEAN: buf_adds(b, leaf->truth ? "true" : "false"); return;
    case VARIANT_WHOLE: buf_addf(b, "%lld", (long long)leaf->number); return;
    case VARIANT_DECIMAL:
        strip_zeros(leaf);
        duck_add_decimal(b, leaf->number, leaf->scale);
        return;
    default: duck_add_double(b, leaf->real, single); return;
    }
}

static void add_json_string(buf *b, str bytes)
{
    buf text = BUF(BUF_ANY);
    buf_add(&text, bytes.data, bytes.length);
    duck_add_json_text(b, &text);
    buf_clear(&text);
}

static bool is_odd_number(const variant_leaf *leaf)
{
    return (leaf->kind == VARIANT_FLOAT || leaf->kind == VARIANT_DOUBLE) &&
           !__builtin_isfinite(leaf->real);
}

static void add_leaf(buf *b, variant_leaf *leaf)
{
    buf text = BUF(BUF_ANY);
    const bool quoted = add_quoted(&text, leaf);
    if (quoted) {
        duck_add_json_text(b, &text);
    } else {
        buf_adds(b, is_odd_number(leaf) ? "\"" : "");
        add_bare(b, leaf);
        buf_adds(b, is_odd_number(leaf) ? "\"" : "");
    }
    buf_clear(&text);
}

static void add_json(buf *b, const variant *v, int depth)
{
    variant_leaf leaf;
    variant inner;
    str key;
    if (depth > VARIANT_DEPTH || !variant_read(v, &leaf)) {
        buf_adds(b, "null"); /* not after variant_open */
        return;
    }
    if (leaf.kind < VARIANT_OBJECT) {
        add_leaf(b, &leaf);
        return;
    }
    buf_addc(b, leaf.kind == VARIANT_OBJECT ? '{' : '[');
    for (size_t i = 0; i < leaf.count && variant_at(v, i, &key, &inner); i++) {
        buf_adds(b, i ? "," : "");
        if (leaf.kind == VARIANT_OBJECT) {
            add_json_string(b, key);
            buf_addc(b, ':');
        }
        add_json(b, &inner, depth + 1);
    }
    buf_addc(b, leaf.kind == VARIANT_OBJECT ? '}' : ']');
}

void variant_add_json(buf *b, const variant *v)
{
    add_json(b, v, 0);
}

void variant_add_text(buf *b, const variant *v)
{
    variant_leaf leaf;
    if (!variant_read(v, &leaf) || leaf.kind >= VARIANT_OBJECT)
        variant_add_json(b, v);
    else if (!add_quoted(b, &leaf))
        add_bare(b, &leaf);
}

/* ---- schema ---- */

static void add_decimal_type(buf *b, variant_leaf *leaf)
{
    int digits = 0;
    strip_zeros(leaf);
    for (__int128 n = leaf->number; n; n /= 10)
        digits++;
    if (digits < leaf->scale)
        digits = leaf->scale;
    buf_addf(b, "DECIMAL(%d,%d)", digits ? digits : 1, leaf->scale);
}

/* Where both types are in a row of ever wider ones, the wider; else NULL. */
static const char *wider(const char *const *row, const char *a, const char *b)
{
    const char *found = NULL;
    bool has_a = false, has_b = false;
    for (; *row; row++) {
        const bool is_a = strcmp(*row, a) == 0, is_b = strcmp(*row, b) == 0;
        has_a = has_a || is_a;
        has_b = has_b || is_b;
        found = is_a || is_b ? *row : found;
    }
    return has_a && has_b ? found : NULL;
}

/* The decimal that holds both; whole numbers count as DECIMAL(20,0). */
static bool merge_decimals(const char *a, const char *b, buf *out)
{
    const char *texts[] = {a, b};
    int whole = 0, scale = 0;
    for (int i = 0; i < 2; i++) {
        int p = 20, s = 0;
        if (strcmp(texts[i], "BIGINT") != 0 && sscanf(texts[i], "DECIMAL(%d,%d)", &p, &s) != 2)
            return false;
        whole = p - s > whole ? p - s : whole;
        scale = s > scale ? s : scale;
    }
    if (whole + scale > 38)
        buf_adds(out, "DOUBLE");
    else
        buf_addf(out, "DECIMAL(%d,%d)", whole + scale, scale);
    return true;
}

static bool is_real(const char *type)
{
    return strcmp(type, "FLOAT") == 0 || strcmp(type, "DOUBLE") == 0;
}

/* The schema of two elements of one array: equal, or one of them nothing, or one type for both
 * numbers or both moments, or anything. */
static void merge(buf *all, const buf *one)
{
    static const char *const numbers[] = {"BIGINT", "FLOAT", "DOUBLE", NULL}, *const moments[] = {
                                                                                  "DATE",
                                                                                  "TIMESTAMP_NTZ",
                                                                                  "TIMESTAMP",
                                                                                  NULL};
    const char *a = buf_text(all), *b = buf_text(one), *both;
    AUTO_CLEAR(buf) decimal = BUF(BUF_ANY);
    if (strcmp(a, b) == 0 || strcmp(b, "VOID") == 0)
        return;
    if (strcmp(a, "VOID") == 0)
        both = b;
    else if (!(both = wider(numbers, a, b)) && !(both = wider(moments, a, b)))
        both =
            (is_real(a) && text_starts(b, "DECIMAL")) || (is_real(b) && text_starts(a, "DECIMAL"))
                ? "DOUBLE"
            : merge_decimals(a, b, &decimal) ? buf_text(&decimal)
                                             : "VARIANT";
    buf_reset(all);
    buf_adds(all, both);
}

static void add_schema(buf *b, const variant *v, int depth);

static void add_array_schema(buf *b, const variant *v, size_t count, int depth)
{
    AUTO_CLEAR(buf) all = BUF(BUF_ANY);
    variant inner;
    str key;
    buf_adds(&all, "VOID");
    for (size_t i = 0; i < count && variant_at(v, i, &key, &inner); i++) {
        AUTO_CLEAR(buf) one = BUF(BUF_ANY);
        add_schema(&one, &inner, depth + 1);
        merge(&all, &one);
    }
    buf_addf(b, "ARRAY<%s>", buf_text(&all));
}

static void add_object_schema(buf *b, const variant *v, size_t count, int depth)
{
    variant inner;
    str key;
    buf_adds(b, "OBJECT<");
    for (size_t i = 0; i < count && variant_at(v, i, &key, &inner); i++) {
        AUTO_CLEAR(buf) name = BUF(BUF_ANY);
        buf_adds(b, i ? ", " : "");
        buf_add(&name, key.data, key.length);
        duck_add_member_name(b, buf_text(&name));
        buf_adds(b, ": ");
        add_schema(b, &inner, depth + 1);
    }
    buf_addc(b, '>');
}

static void add_schema(buf *b, const variant *v, int depth)
{
    static const char *const names[] = {
        [VARIANT_NULL] = "VOID",           [VARIANT_BOOLEAN] = "BOOLEAN",
        [VARIANT_WHOLE] = "BIGINT",        [VARIANT_FLOAT] = "FLOAT",
        [VARIANT_DOUBLE] = "DOUBLE",       [VARIANT_DATE] = "DATE",
        [VARIANT_TIMESTAMP] = "TIMESTAMP", [VARIANT_TIMESTAMP_NTZ] = "TIMESTAMP_NTZ",
        [VARIANT_BINARY] = "BINARY",       [VARIANT_STRING] = "STRING",
        [VARIANT_UUID] = "UUID",
    };
    variant_leaf leaf;
    if (depth > VARIANT_DEPTH || !variant_read(v, &leaf))
        buf_adds(b, "VARIANT");
    else if (leaf.kind == VARIANT_ARRAY)
        add_array_schema(b, v, leaf.count, depth);
    else if (leaf.kind == VARIANT_OBJECT)
        add_object_schema(b, v, leaf.count, depth);
    else if (leaf.kind == VARIANT_DECIMAL)
        add_decimal_type(b, &leaf);
    else
        buf_adds(b, names[leaf.kind]);
}

void variant_add_schema(buf *b, const variant *v)
{
    add_schema(b, v, 0);
}
