/* The Z-order of rows.
 *
 * Each column's value becomes a number of few bits: its rank among the rows at hand, scaled. Ranks
 * and not values, so that skewed columns and texts spread as well as even ones. The bits of the
 * columns are interleaved, highest first, and rows are sorted by that number: rows that are near in
 * all columns come near each other, and each file holds a small box. NULL ranks lowest. */
#include "lake/engine/upkeep/optimize.h"

enum { BITS_MOST = 62, BITS_EACH = 16 };

static const json *step(const json *type, const char *path, const char **rest)
{
    const json *field;
    size_t i;
    json_array_foreach (json_get(type, "fields"), i, field) {
        const char *name = json_get_str(field, "name", "");
        const size_t n = strlen(name);
        if (strncasecmp(path, name, n) == 0 && (path[n] == '\0' || path[n] == '.')) {
            *rest = path[n] ? path + n + 1 : path + n;
            return field;
        }
    }
    return NULL;
}

/* Appends the column as DuckDB text; NULL when the schema has no such column. */
static const json *add_path(const json *schema, const char *path, buf *out)
{
    const json *type = schema, *field = NULL;
    do {
        field = step(type, path, &path);
        if (!field)
            return NULL;
        if (type != schema)
            buf_addc(out, '.');
        duck_add_ident(out, json_get_str(field, "name", ""));
        type = json_get(field, "type");
    } while (*path);
    return field;
}

static bool is_partition(const optimize *o, const char *column)
{
    for (size_t i = 0; i < o->shape.partition_count; i++)
        if (text_same_nocase(o->shape.partitions[i], column))
            return true;
    return false;
}

static cx_code check_column(cx *c, const optimize *o, const char *column)
{
    buf unused = BUF(BUF_ANY);
    const json *field = add_path(o->shape.schema, column, &unused);
    buf_clear(&unused);
    if (!field)
        return cx_fail_as(c, CX_INVALID, "DELTA_ZORDERING_COLUMN_DOES_NOT_EXIST", "42703",
                          "Z-Ordering column %s does not exist in data schema.", column);
    if (is_partition(o, column))
        return cx_fail_as(c, CX_INVALID, "DELTA_ZORDERING_ON_PARTITION_COLUMN", "42P10",
                          "%s is a partition column. Z-Ordering can only be performed on data "
                          "columns.",
                          column);
    if (!json_is_string(json_get(field, "type")))
        return cx_fail_as(c, CX_INVALID, "DELTA_ZORDERING_ON_COLUMN_WITHOUT_STATS", "KD00D",
                          "Z-Ordering on [%s] will be ineffective, because there are no "
                          "statistics of columns of its type.",
                          column);
    return CX_OK;
}

cx_code opt_check_columns(cx *c, const optimize *o)
{
    if (o->column_count > BITS_MOST / 2)
        return cx_fail_as(c, CX_INVALID, "INVALID_PARAMETER_VALUE", "22023",
                          "Rows can be ordered by %d columns at most.", BITS_MOST / 2);
    for (size_t i = 0; i < o->column_count; i++)
        TRY(check_column(c, o, o->columns[i]));
    return CX_OK;
}

/* The column's rank in so many bits, each bit k places from the next: bit b goes to place
 * b * k + shift. The list of one element is there to give the rank a name. */
static void add_spread(const optimize *o, size_t i, int bits, int shift, buf *sql)
{
    buf column = BUF(BUF_ANY);
    (void)add_path(o->shape.schema, o->columns[i], &column);
    buf_addf(sql,
             "list_transform([((rank() OVER (ORDER BY %s NULLS FIRST) - 1) * %lld) // "
             "greatest(count(*) OVER () - 1, 1)], lambda x: ",
             buf_text(&column), (1ll << bits) - 1);
    for (int b = 0; b < bits; b++)
        buf_addf(sql, "%s(((x >> %d) & 1) << %d)", b ? " | " : "", b,
                 b * (int)o->column_count + shift);
    buf_adds(sql, ")[1]");
    buf_clear(&column);
}

/* One column is sorted by itself. */
cx_code opt_order(cx *c, const optimize *o, char **out)
{
    const int k = (int)o->column_count,
              bits = BITS_MOST / k < BITS_EACH ? BITS_MOST / k : BITS_EACH;
    buf sql = BUF(BUF_ANY);
    if (k == 1) {
        (void)add_path(o->shape.schema, o->columns[0], &sql);
        buf_adds(&sql, " NULLS FIRST");
    }
    for (int i = 0; k > 1 && i < k; i++) {
        buf_adds(&sql, i ? " | " : "");
        add_spread(o, (size_t)i, bits, k - 1 - i, &sql);
    }
    *out = cx_dup(c, buf_text(&sql));
    buf_clear(&sql);
    return CX_OK;
}
