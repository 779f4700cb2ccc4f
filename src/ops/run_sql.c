/* One statement, and its rows. */
#include "ops/op.h"

#define ARGS(A)                                                                    \
    A(STR, sql, .help = "The statement, in Databricks SQL", .need = true)          \
    A(STR, catalog, .help = "What names without a catalog mean", .advanced = true) \
    A(STR, schema, .help = "What names without a schema mean", .advanced = true)
OP_ARGS(ARGS);

static const op_result results[] = {
    {"columns", "array", "name, type"},
    {"rows", "array", "Rows of texts, as the SQL Statement API writes them"},
    {0}};

static cx_code run(cx *c, op_call *call, const args *a, json **out)
{
    AUTO(sql_result) r = NULL;
    TRY(workspace_sql_in(c, call->ws, a->catalog, a->schema, a->sql, &r));
    json *columns = json_array(), *rows = json_array();
    for (size_t i = 0; i < sql_columns(r); i++)
        json_array_append_new(columns, json_pack("{s:s,s:s}", "name", sql_column_name(r, i), "type",
                                                 sql_column_type(r, i)));
    for (size_t row = 0; row < sql_rows(r); row++) {
        json *cells = json_array();
        for (size_t i = 0; i < sql_columns(r); i++)
            json_array_append_new(cells, json_str_or_null(sql_value(r, row, i)));
        json_array_append_new(rows, cells);
    }
    *out = json_pack("{s:o,s:o}", "columns", columns, "rows", rows);
    return CX_OK;
}

/* ---- as a table ---------------------------------------------------------------------- */

static int cells_of(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

static const char *cell_text(const json *rows, size_t row, size_t column)
{
    const json *v = json_array_get(json_array_get(rows, row), column);
    return json_is_string(v) ? json_string_value(v) : "NULL";
}

/* Fills `width` cells, cut with "…" when the text is longer; line ends become spaces. */
static void add_cell(buf *out, const char *text, int width, bool last)
{
    const int n = cells_of(text);
    int used = 0;
    while (*text && (n <= width || used < width - 1)) {
        do
            buf_addc(out, (unsigned char)*text < ' ' ? ' ' : *text), text++;
        while (((unsigned char)*text & 0xC0) == 0x80);
        used++;
    }
    if (n > width)
        buf_adds(out, "…"), used++;
    for (; !last && used < width + 2; used++)
        buf_addc(out, ' ');
}

static void text(cx *c, const json *result, int width, buf *out)
{
    const json *columns = json_get(result, "columns"), *rows = json_get(result, "rows");
    const size_t n = json_array_size(columns);
    if (n == 0) {
        buf_adds(out, "done\n");
        return;
    }
    int *widths = cx_array(c, int, n);
    const int most = n == 1 ? (width > 20 ? width : 20) : (width / 2 > 20 ? width / 2 : 20);
    for (size_t i = 0; i < n; i++) {
        widths[i] = cells_of(json_get_str(json_array_get(columns, i), "name", ""));
        for (size_t row = 0; row < json_array_size(rows); row++) {
            const int cells = cells_of(cell_text(rows, row, i));
            widths[i] = cells > widths[i] ? cells : widths[i];
        }
        widths[i] = widths[i] > most ? most : widths[i];
    }
    for (size_t i = 0; i < n; i++)
        add_cell(out, json_get_str(json_array_get(columns, i), "name", ""), widths[i], i + 1 == n);
    buf_addc(out, '\n');
    for (size_t row = 0; row < json_array_size(rows); row++) {
        for (size_t i = 0; i < n; i++)
            add_cell(out, cell_text(rows, row, i), widths[i], i + 1 == n);
        buf_addc(out, '\n');
    }
}

OP(run_sql, .http = "POST /api/run-sql", .group = "Ops and servers",
   .help = "Run one SQL statement",
   .why = "The same SQL on a Databricks warehouse and on the embedded workspace.",
   .example = "clxs run-sql --sql \"SELECT count(*) FROM sales.eu.orders\"", .effect = EFFECT_WRITE,
   .results = results, .text = text);
