/* A statement's result in memory. */
#include "workspace/workspace_int.h"

void sql_result_free(sql_result *r)
{
    if (!r)
        return;
    arena_free(r->arena);
    free(r->values);
    free(r);
}

size_t sql_columns(const sql_result *r)
{
    return r->columns;
}
const char *sql_column_name(const sql_result *r, size_t i)
{
    return r->names[i];
}
const char *sql_column_type(const sql_result *r, size_t i)
{
    return r->types[i];
}
size_t sql_rows(const sql_result *r)
{
    return r->columns ? r->cells / r->columns : 0;
}

const char *sql_value(const sql_result *r, size_t row, size_t column)
{
    return r->values[row * r->columns + column];
}

const char *sql_value_by(const sql_result *r, size_t row, const char *column)
{
    for (size_t i = 0; i < r->columns; i++)
        if (text_same_nocase(r->names[i], column))
            return sql_value(r, row, i);
    return NULL;
}

int64_t sql_int(const sql_result *r, size_t row, const char *column, int64_t otherwise)
{
    const char *text = sql_value_by(r, row, column);
    char *end;
    const long long v = text ? strtoll(text, &end, 10) : 0;
    return text && end != text && (*end == '\0' || *end == '.') ? v : otherwise;
}
