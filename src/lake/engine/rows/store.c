/* Store assignment: a value of one type into a column of another.
 *
 * A number goes into any numeric column that has room for it: fractions are cut for whole numbers,
 * rounded for decimals; what does not fit fails with CAST_OVERFLOW_IN_TABLE_INSERT and the column's
 * name. Text must look like a value of the column's type. Everything else is a plain cast. */
#include "lake/engine/rows/rows_int.h"

static bool one_of(const char *text, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (text_same_nocase(text, list[i]))
            return true;
    return false;
}

static bool is_whole(const char *type)
{
    static const char *const names[] = {"tinyint", "smallint", "int",     "bigint",
                                        "byte",    "short",    "integer", "long"};
    return one_of(type, names, CX_COUNT(names));
}

static bool is_fraction(const char *type)
{
    return strncasecmp(type, "decimal", 7) == 0 || text_same_nocase(type, "float") ||
           text_same_nocase(type, "double");
}

static bool is_number(const char *type)
{
    return is_whole(type) || is_fraction(type);
}

static void add_failing(const char *value, const char *condition, const char *duck_type,
                        const char *message, buf *out)
{
    buf_addf(out, "CASE WHEN %s THEN CAST(error(", condition);
    duck_add_literal(out, message);
    buf_addf(out, ") AS %s) ELSE CAST(%s AS %s) END", duck_type, value, duck_type);
}

static void number_to_number(cx *c, const char *column, const char *value, const char *from,
                             const char *to, const char *duck_type, buf *out)
{
    const bool cut = is_whole(to) && is_fraction(from);
    const char *v = cut ? cx_fmt(c, "trunc(%s)", value) : value;
    const char *misfit =
        cx_fmt(c, "%s IS NOT NULL AND TRY_CAST(%s AS %s) IS NULL", value, v, duck_type);
    add_failing(v, misfit, duck_type,
                cx_fmt(c,
                       "[CAST_OVERFLOW_IN_TABLE_INSERT] Fail to assign a value of \"%s\" type to "
                       "the \"%s\" type column or variable `%s` due to an overflow. Use `try_cast` "
                       "on the input value to tolerate overflow and return NULL instead.",
                       from, eng_type_upper(c, to), column),
                out);
}

/* DuckDB would read '1.7' as the whole number 2. */
static void text_to_whole(cx *c, const char *value, const char *to, const char *duck_type, buf *out)
{
    add_failing(value,
                cx_fmt(c, "%s IS NOT NULL AND NOT regexp_full_match(%s, '\\s*[+-]?[0-9]+\\s*')",
                       value, value),
                duck_type,
                cx_fmt(c,
                       "[CAST_INVALID_INPUT] A value of the type \"STRING\" cannot be cast to "
                       "\"%s\" because it is malformed. Correct the value as per the syntax, or "
                       "change its target type. Use `try_cast` to tolerate malformed input and "
                       "return NULL instead.",
                       eng_type_upper(c, to)),
                out);
}

cx_code eng_assign(cx *c, const json *field, const char *value, const char *from, buf *out)
{
    const json *type = json_get(field, "type");
    const char *to = delta_type_sql(c, type);
    buf b = BUF(BUF_ANY);
    const cx_code rc = eng_duck_type(c, type, false, &b);
    const char *duck_type = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    TRY(rc);
    if (from && is_number(from) && is_number(to) && !text_same_nocase(from, to))
        number_to_number(c, json_get_str(field, "name", ""), value, from, to, duck_type, out);
    else if (from && text_same_nocase(from, "STRING") && is_whole(to))
        text_to_whole(c, value, to, duck_type, out);
    else
        buf_addf(out, "CAST(%s AS %s)", value, duck_type);
    return CX_OK;
}
