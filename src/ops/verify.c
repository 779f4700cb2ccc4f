/* How rows are compared.
 *
 * Count: count(*) of both sides. Hash: each row becomes one text, injectively: every column is
 * written as its length, a colon and its text, or "N" for NULL, after the column's type; so
 * 'a','bc' and 'ab','c' differ, NULL and '' differ, and 1 and '1' differ. Two 64-bit hashes of that
 * text (the second of the text with a mark behind it) are summed as DECIMAL(38,0): sums do not
 * depend on the order of the rows and, unlike XOR, see a row that is there twice. A table's hash is
 * the pair of sums. Maps, arrays and structs are taken as JSON, binaries as hex.
 *
 * Both sides are hashed by the same engine with the same words, so how it prints a double does not
 * matter. */
#include "ops/verify.h"

#include "ops/batch.h"
#include "sql/quote.h"

typedef struct {
    cx *c; /* the caller's: texts go to its arena, one call at a time */
    const verify_options *k;
    verify_table *tables;
    bool dest; /* which side is asked */
} asking;

static bool starts_nocase(const char *text, const char *word)
{
    return strncasecmp(text, word, strlen(word)) == 0;
}

static void add_column_text(buf *b, const model_column *column)
{
    const char *type = column->type;
    const bool nested = starts_nocase(type, "array") || starts_nocase(type, "map") ||
                        starts_nocase(type, "struct") || starts_nocase(type, "variant");
    buf_adds(b, nested ? "to_json(" : starts_nocase(type, "binary") ? "hex(" : "CAST(");
    sql_add_ident(b, column->name);
    buf_adds(b, nested || starts_nocase(type, "binary") ? ")" : " AS STRING)");
}

/* concat('int', coalesce(concat(length(x), ':', x), 'N'), …) */
static void add_row_text(buf *b, const model_object *table)
{
    buf_adds(b, "concat(''");
    for (size_t i = 0; i < table->column_count; i++) {
        const model_column *column = &table->columns[i];
        char type[64];
        snprintf(type, sizeof type, "%s", column->type);
        text_lower(type);
        buf_adds(b, ", ");
        sql_add_literal(b, type);
        buf_adds(b, ", coalesce(concat(CAST(length(");
        add_column_text(b, column);
        buf_adds(b, ") AS STRING), ':', ");
        add_column_text(b, column);
        buf_adds(b, "), 'N')");
    }
    buf_adds(b, ")");
}

static void add_hash(buf *b, const model_object *table)
{
    for (int i = 0; i < 2; i++) {
        buf_addf(b, ", CAST(sum(CAST(xxhash64(%s", i ? "concat(" : "");
        add_row_text(b, table);
        buf_addf(b, "%s) AS DECIMAL(38,0))) AS STRING) AS h%d", i ? ", '#')" : "", i);
    }
}

static const char *part(cx *c, void *self, size_t i)
{
    const asking *a = self;
    const verify_table *t = &a->tables[i];
    const model_object *table = a->dest ? t->dest : t->source;
    if (t->error)
        return NULL;
    buf b = BUF(BUF_ANY);
    buf_adds(&b, "count(*) AS n");
    if (a->k->hash && table)
        add_hash(&b, table);
    else if (a->k->hash)
        buf_adds(&b, ", CAST(NULL AS STRING) AS h0, CAST(NULL AS STRING) AS h1");
    buf_adds(&b, " FROM ");
    sql_add_name3(&b, a->dest ? a->k->dest : a->k->source, t->schema, t->table);
    if (!a->dest && t->source_version >= 0)
        buf_addf(&b, " VERSION AS OF %lld", (long long)t->source_version);
    const char *text = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    return text;
}

static void row(void *self, size_t i, const sql_result *r, size_t at)
{
    asking *a = self;
    verify_table *t = &a->tables[i];
    const char *h0 = sql_value_by(r, at, "h0"), *h1 = sql_value_by(r, at, "h1");
    const char *hash = a->k->hash ? cx_fmt(a->c, "%s:%s", h0 ? h0 : "-", h1 ? h1 : "-") : NULL;
    if (a->dest)
        t->dest_count = sql_int(r, at, "n", -1), t->dest_hash = hash;
    else
        t->source_count = sql_int(r, at, "n", -1), t->source_hash = hash;
}

static void problem(void *self, size_t i, const cx_error *e)
{
    asking *a = self;
    a->tables[i].error = cx_fmt(a->c, "%s: %s", a->dest ? "destination" : "source", e->message);
}

cx_code verify_run(cx *c, const verify_options *k, verify_table *tables, size_t n)
{
    for (size_t i = 0; i < n; i++)
        tables[i].source_count = tables[i].dest_count = -1;
    for (int side = 0; side < 2; side++) {
        asking a = {.c = c, .k = k, .tables = tables, .dest = side == 1};
        const batch_query q = {.ws = k->ws,
                               .n = n,
                               .phase = side ? "validate destination" : "validate source",
                               .part = part,
                               .row = row,
                               .problem = problem,
                               .self = &a};
        TRY(batch_run(c, &q));
    }
    return CX_OK;
}

bool verify_match(const verify_options *k, const verify_table *t)
{
    if (t->error || t->source_count < 0 || t->source_count != t->dest_count)
        return false;
    return !k->hash || (t->source_hash && t->dest_hash && !strcmp(t->source_hash, t->dest_hash));
}

static json *count_json(int64_t n)
{
    return n >= 0 ? json_integer(n) : json_null();
}

static json *detail_json(const verify_options *k, const verify_table *t)
{
    json *j = json_object();
    json_object_set_new(j, "schema", json_string(t->schema));
    json_object_set_new(j, "table", json_string(t->table));
    json_object_set_new(j, "source_count", count_json(t->source_count));
    json_object_set_new(j, "dest_count", count_json(t->dest_count));
    json_object_set_new(j, "match", json_boolean(verify_match(k, t)));
    const bool hashed = k->hash && t->source_hash && t->dest_hash;
    json_object_set_new(j, "checksum_match",
                        hashed ? json_boolean(!strcmp(t->source_hash, t->dest_hash)) : json_null());
    json_object_set_new(j, "error", json_str_or_null(t->error));
    return j;
}

json *verify_json(const verify_options *k, const verify_table *tables, size_t n)
{
    json *details = json_array(), *bad = json_array();
    int64_t matched = 0, errors = 0, hashes = 0;
    for (size_t i = 0; i < n; i++) {
        json *one = detail_json(k, &tables[i]);
        const bool fine = verify_match(k, &tables[i]);
        matched += fine;
        errors += tables[i].error != NULL;
        hashes += json_is_false(json_object_get(one, "checksum_match"));
        if (!fine)
            json_array_append(bad, one);
        json_array_append_new(details, one);
    }
    return json_pack("{s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:s}", "total_tables", (json_int_t)n, "matched",
                     (json_int_t)matched, "mismatched", (json_int_t)n - matched - errors, "errors",
                     (json_int_t)errors, "checksum_mismatches", (json_int_t)hashes, "details",
                     details, "mismatched_tables", bad, "evidence",
                     k->hash ? "count and hash" : "count");
}
