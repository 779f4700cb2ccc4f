/* JSON results as text that fits the terminal: scalars as lines, arrays of objects as tables. Wide
 * columns give way first; what is cut ends in "…". */
#include "cli/cli_int.h"

#include <sys/ioctl.h>
#include <unistd.h>

int cli_width(void)
{
    struct winsize w;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col >= 40)
        return w.ws_col;
    return 100;
}

static const char *scalar(cx *c, const json *v)
{
    switch (json_typeof(v)) {
    case JSON_STRING: return json_string_value(v);
    case JSON_INTEGER: return cx_fmt(c, "%lld", (long long)json_integer_value(v));
    case JSON_REAL: return cx_fmt(c, "%.6g", json_real_value(v));
    case JSON_TRUE: return "yes";
    case JSON_FALSE: return "no";
    case JSON_NULL: return "-";
    default: {
        AUTO_FREE char *text = json_text(v);
        return cx_dup(c, text);
    }
    }
}

/* Cells on screen: code points, close enough for names. */
static int cells(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

static void add_cell(buf *out, const char *text, int width, bool right)
{
    const int n = cells(text);
    if (n <= width) {
        buf_addf(out, "%*s", right ? width - n : 0, "");
        buf_adds(out, text);
        buf_addf(out, "%*s", right ? 0 : width - n, "");
        return;
    }
    int used = 0;
    for (; *text && used < width - 1; used++) {
        do
            buf_addc(out, *text++);
        while (((unsigned char)*text & 0xC0) == 0x80);
    }
    buf_adds(out, "…");
}

enum { COLUMNS_MOST = 32 };
typedef struct {
    const char *names[COLUMNS_MOST];
    int widths[COLUMNS_MOST];
    bool numeric[COLUMNS_MOST];
    int n;
} table;

static void measure(cx *c, const json *rows, table *t)
{
    const char *key;
    json *v;
    json_object_foreach (json_array_get(rows, 0), key, v) {
        if (t->n < COLUMNS_MOST) {
            t->names[t->n] = key;
            t->widths[t->n] = cells(key);
            t->numeric[t->n++] = json_is_number(v);
        }
    }
    for (size_t i = 0; i < json_array_size(rows); i++)
        for (int k = 0; k < t->n; k++) {
            const json *cell = json_object_get(json_array_get(rows, i), t->names[k]);
            const int w = cell ? cells(scalar(c, cell)) : 1;
            if (w > t->widths[k])
                t->widths[k] = w;
        }
}

static void fit(table *t, int width)
{
    for (;;) {
        int total = 2 * (t->n - 1), widest = 0;
        for (int k = 0; k < t->n; k++) {
            total += t->widths[k];
            if (t->widths[k] > t->widths[widest])
                widest = k;
        }
        if (total <= width || t->widths[widest] <= 8)
            return;
        const int cut = total - width;
        t->widths[widest] -= cut < t->widths[widest] / 4 + 1 ? cut : t->widths[widest] / 4 + 1;
    }
}

static void add_table(cx *c, const json *rows, int width, buf *out)
{
    table t = {.n = 0};
    measure(c, rows, &t);
    fit(&t, width);
    for (int k = 0; k < t.n; k++) {
        add_cell(out, t.names[k], k + 1 < t.n || t.numeric[k] ? t.widths[k] : cells(t.names[k]),
                 t.numeric[k]);
        buf_adds(out, k + 1 < t.n ? "  " : "\n");
    }
    for (size_t i = 0; i < json_array_size(rows); i++)
        for (int k = 0; k < t.n; k++) {
            const json *v = json_object_get(json_array_get(rows, i), t.names[k]);
            const char *text = v ? scalar(c, v) : "-";
            const bool last = k + 1 == t.n;
            const int w =
                last && !t.numeric[k] && cells(text) < t.widths[k] ? cells(text) : t.widths[k];
            add_cell(out, text, w, t.numeric[k]);
            buf_adds(out, last ? "\n" : "  ");
        }
}

static bool is_table(const json *v)
{
    return json_is_array(v) && json_array_size(v) > 0 && json_is_object(json_array_get(v, 0));
}

static void add_member(cx *c, const char *key, const json *v, int width, buf *out)
{
    if (is_table(v)) {
        buf_addf(out, "\n%s\n", key);
        add_table(c, v, width, out);
    } else if (json_is_array(v)) {
        buf_addf(out, "%-20s ", key);
        if (json_array_size(v) == 0)
            buf_adds(out, "none");
        for (size_t i = 0; i < json_array_size(v); i++)
            buf_addf(out, "%s%s", i ? ", " : "", scalar(c, json_array_get(v, i)));
        buf_addc(out, '\n');
    } else if (json_is_object(v)) {
        buf_addf(out, "%-20s ", key);
        const char *k;
        json *item;
        bool any = false;
        json_object_foreach ((json *)v, k, item) {
            buf_addf(out, "%s%s %s", any ? ", " : "", k, scalar(c, item));
            any = true;
        }
        buf_adds(out, any ? "\n" : "none\n");
    } else {
        buf_addf(out, "%-20s %s\n", key, scalar(c, v));
    }
}

void cli_render(cx *c, const json *result, int width, buf *out)
{
    if (is_table(result)) {
        add_table(c, result, width, out);
        return;
    }
    if (!json_is_object(result)) {
        if (json_is_array(result) && json_array_size(result) == 0)
            buf_adds(out, "nothing found\n");
        else
            buf_addf(out, "%s\n", scalar(c, result));
        return;
    }
    const char *key;
    json *v;
    json_object_foreach ((json *)result, key, v) {
        if (!is_table(v))
            add_member(c, key, v, width, out);
    }
    json_object_foreach ((json *)result, key, v) {
        if (is_table(v))
            add_member(c, key, v, width, out);
    }
}
