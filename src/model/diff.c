/* Compares two inventories. Both are sorted, so one walk through each pair of lists is enough.
 *
 * What a clone changes by design is no difference: an external table becomes a managed one, the
 * location moves, the owner is whoever ran it, and a view's references to its own catalog follow
 * it. */
#include "model/model_int.h"
#include "sql/dialect.h"

#include <ctype.h>

typedef struct {
    cx *c;
    const inventory *source, *dest;
    diff_attribute *items; /* arena, of the object at hand */
    size_t count, capacity;
} compare;

static void note(compare *k, const char *attribute, const char *source, const char *dest)
{
    if (k->count == k->capacity) {
        k->capacity = k->capacity ? k->capacity * 2 : 8;
        diff_attribute *grown = cx_array(k->c, diff_attribute, k->capacity);
        if (k->count)
            memcpy(grown, k->items, k->count * sizeof *grown);
        k->items = grown;
    }
    k->items[k->count++] = (diff_attribute){attribute, source, dest};
}

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && !strcmp(a, b));
}

static void compare_text(compare *k, const char *attribute, const char *a, const char *b)
{
    if (!same(a, b))
        note(k, attribute, a, b);
}

static const char *trimmed(cx *c, const char *text)
{
    if (!text)
        return NULL;
    while (isspace((unsigned char)*text))
        text++;
    size_t n = strlen(text);
    while (n && (isspace((unsigned char)text[n - 1]) || text[n - 1] == ';'))
        n--;
    return cx_dupn(c, text, n);
}

/* The source's body as it would read in the destination. */
static const char *moved(compare *k, const char *body)
{
    char *out;
    size_t changed;
    if (!body || !strcmp(k->source->catalog, k->dest->catalog))
        return body;
    if (dialect_rename_catalog(k->c, body, k->source->catalog, k->dest->catalog, &out, &changed) ==
        CX_OK)
        return out;
    cx_forgive(k->c); /* not parseable: compared as it is written */
    return body;
}

static const model_column *column_named(const model_object *o, const char *name)
{
    for (size_t i = 0; i < o->column_count; i++)
        if (text_same_nocase(o->columns[i].name, name))
            return &o->columns[i];
    return NULL;
}

static void compare_column(compare *k, const model_column *a, const model_column *b)
{
    if (!text_same_nocase(a->type, b->type))
        note(k, cx_fmt(k->c, "column %s: type", a->name), a->type, b->type);
    if (a->nullable != b->nullable)
        note(k, cx_fmt(k->c, "column %s: nullable", a->name), a->nullable ? "yes" : "no",
             b->nullable ? "yes" : "no");
    if (!same(a->default_sql, b->default_sql))
        note(k, cx_fmt(k->c, "column %s: default", a->name), a->default_sql, b->default_sql);
    if (!same(a->comment, b->comment))
        note(k, cx_fmt(k->c, "column %s: comment", a->name), a->comment, b->comment);
}

static void compare_columns(compare *k, const model_object *a, const model_object *b)
{
    bool matched = true;
    for (size_t i = 0; i < a->column_count; i++) {
        const model_column *other = column_named(b, a->columns[i].name);
        if (other)
            compare_column(k, &a->columns[i], other);
        else
            note(k, cx_fmt(k->c, "column %s", a->columns[i].name), a->columns[i].type, NULL);
        matched = matched && other;
    }
    for (size_t i = 0; i < b->column_count; i++)
        if (!column_named(a, b->columns[i].name)) {
            note(k, cx_fmt(k->c, "column %s", b->columns[i].name), NULL, b->columns[i].type);
            matched = false;
        }
    for (size_t i = 0; matched && i < a->column_count && i < b->column_count; i++)
        if (!text_same_nocase(a->columns[i].name, b->columns[i].name)) {
            note(k, "column order", a->columns[i].name, b->columns[i].name);
            break;
        }
}

static void compare_objects(compare *k, const model_object *a, const model_object *b)
{
    k->items = NULL;
    k->count = k->capacity = 0;
    compare_text(k, "comment", a->comment, b->comment);
    if (a->kind == MODEL_FUNCTION) {
        if (!text_same_nocase(a->returns, b->returns))
            note(k, "returns", a->returns, b->returns);
        compare_text(k, "language", a->language, b->language);
    }
    if (a->kind == MODEL_VIEW || a->kind == MODEL_FUNCTION)
        compare_text(k, "definition", trimmed(k->c, moved(k, a->body)), trimmed(k->c, b->body));
    if (a->kind != MODEL_SCHEMA && a->kind != MODEL_VOLUME)
        compare_columns(k, a, b);
}

static void add(diff_result *d, diff_entry e)
{
    d->items[d->count++] = e;
    d->different += e.side != DIFF_SAME;
}

static void compare_kind(compare *k, model_kind kind, diff_result *d)
{
    const model_list *a = &k->source->of[kind], *b = &k->dest->of[kind];
    size_t i = 0, j = 0;
    while (i < a->count || j < b->count) {
        int order = i == a->count   ? 1
                    : j == b->count ? -1
                                    : strcmp(a->items[i].schema, b->items[j].schema);
        if (order == 0)
            order = strcmp(a->items[i].name, b->items[j].name);
        if (order < 0) {
            add(d, (diff_entry){.kind = kind, .side = DIFF_ONLY_SOURCE, .source = &a->items[i++]});
        } else if (order > 0) {
            add(d, (diff_entry){.kind = kind, .side = DIFF_ONLY_DEST, .dest = &b->items[j++]});
        } else {
            compare_objects(k, &a->items[i], &b->items[j]);
            add(d, (diff_entry){.kind = kind,
                                .side = k->count ? DIFF_CHANGED : DIFF_SAME,
                                .source = &a->items[i++],
                                .dest = &b->items[j++],
                                .attributes = k->items,
                                .attribute_count = k->count});
        }
    }
}

cx_code model_diff(cx *c, const inventory *source, const inventory *dest, diff_result **out)
{
    compare k = {.c = c, .source = source, .dest = dest};
    size_t most = 0;
    for (int kind = 0; kind < MODEL_KINDS; kind++)
        most += source->of[kind].count + dest->of[kind].count;
    diff_result *d = cx_new(c, diff_result);
    d->items = cx_array(c, diff_entry, most + 1);
    for (int kind = 0; kind < MODEL_KINDS; kind++) {
        TRY(cx_alive(c));
        compare_kind(&k, (model_kind)kind, d);
    }
    *out = d;
    return CX_OK;
}
