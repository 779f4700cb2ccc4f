/* DuckDB's messages under the platform's conditions.
 *
 * DuckDB says "Binder Error: Referenced column …"; the client libraries of the platform look for
 * "[UNRESOLVED_COLUMN.WITH_SUGGESTION] … SQLSTATE: 42703". The first pattern that the message
 * contains decides; the text of the message stays, without DuckDB's heading. */
#include "duck/duck_int.h"

static const struct {
    const char *heading, *pattern; /* both must be in the message; NULL = any */
    cx_code code;
    const char *condition, *sqlstate;
} known[] = {
    {"Parser Error", NULL, CX_INVALID, "PARSE_SYNTAX_ERROR", "42601"},
    {"Binder Error", "Referenced column", CX_INVALID, "UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703"},
    {"Binder Error", "does not have a column named", CX_INVALID,
     "UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703"},
    {"Binder Error", "Ambiguous reference", CX_INVALID, "AMBIGUOUS_REFERENCE", "42704"},
    {"Binder Error", "must appear in the GROUP BY", CX_INVALID, "MISSING_AGGREGATION", "42803"},
    {"Binder Error", "No function matches", CX_INVALID, "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
     "42K09"},
    {"Binder Error", "Cannot compare values", CX_INVALID, "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES",
     "42K09"},
    {"Binder Error", "Referenced table", CX_INVALID, "UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703"},
    {"Catalog Error", "Function with name", CX_INVALID, "UNRESOLVED_ROUTINE", "42883"},
    {"Catalog Error", "Table with name", CX_NOT_FOUND, "TABLE_OR_VIEW_NOT_FOUND", "42P01"},
    {"Catalog Error", "Type with name", CX_INVALID, "UNSUPPORTED_DATATYPE", "0A000"},
    {NULL, "ivision by zero", CX_INVALID, "DIVIDE_BY_ZERO", "22012"},
    {NULL, "ivide by zero", CX_INVALID, "DIVIDE_BY_ZERO", "22012"},
    /* files with the annotation, which may be shredded */
    {"Conversion Error", "from type VARIANT to", CX_UNSUPPORTED, "UNSUPPORTED_DATATYPE", "0A000"},
    {"Conversion Error", "Type INT128", CX_INVALID, "ARITHMETIC_OVERFLOW", "22003"}, /* sums */
    {"Conversion Error", "out of range for the destination type", CX_INVALID, "CAST_OVERFLOW",
     "22003"},
    {"Conversion Error", "Could not cast value", CX_INVALID, "NUMERIC_VALUE_OUT_OF_RANGE", "22003"},
    {"Conversion Error", NULL, CX_INVALID, "CAST_INVALID_INPUT", "22018"},
    {"Out of Range Error", NULL, CX_INVALID, "ARITHMETIC_OVERFLOW", "22003"},
    {"Constraint Error", "NOT NULL", CX_INVALID, "DELTA_NOT_NULL_CONSTRAINT_VIOLATED", "23502"},
    {"Out of Memory Error", NULL, CX_TOO_LARGE, "OUT_OF_MEMORY", "53200"},
    {"INTERRUPT Error", NULL, CX_CANCELLED, "OPERATION_CANCELED", "HY008"},
    {"IO Error", "No files found", CX_CORRUPT, "DELTA_FILE_NOT_FOUND", "42K03"},
    {"IO Error", "Cannot open file", CX_CORRUPT, "DELTA_FILE_NOT_FOUND", "42K03"},
    {"IO Error", "No space left", CX_FULL, "IO_ERROR", "58030"},
    {"IO Error", NULL, CX_IO, "IO_ERROR", "58030"},
    {"Invalid Input Error", "No magic bytes", CX_CORRUPT,
     "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER", "KD001"},
    {"Invalid Input Error", NULL, CX_INVALID, "INVALID_PARAMETER_VALUE", "22023"},
    {"Not implemented Error", NULL, CX_UNSUPPORTED, "UNSUPPORTED_FEATURE", "0A000"},
    {"INTERNAL Error", NULL, CX_INTERNAL, "INTERNAL_ERROR", "XX000"},
    {"Binder Error", NULL, CX_INVALID, "INVALID_SQL_SYNTAX", "42000"},
};

/* Without "Binder Error: " and without the LINE 1: … ^ picture of a text that nobody wrote. */
static const char *bare(cx *c, const char *message)
{
    const char *start = strstr(message, " Error: ");
    const char *text = start && start - message < 32 ? start + strlen(" Error: ") : message;
    const char *picture = strstr(text, "\n\nLINE ");
    if (!picture)
        picture = strstr(text, "\nLINE ");
    return cx_dupn(c, text, picture ? (size_t)(picture - text) : strlen(text));
}

/* error('[CONDITION] text') in a query of ours raises a condition by name. */
static const struct {
    const char *condition, *sqlstate;
} raised[] = {
    {"DELTA_NOT_NULL_CONSTRAINT_VIOLATED", "23502"},
    {"DELTA_VIOLATE_CONSTRAINT_WITH_VALUES", "23001"},
    {"DELTA_REPLACE_WHERE_MISMATCH", "44000"},
    {"EXCEED_LIMIT_LENGTH", "54006"},
    {"CAST_INVALID_INPUT", "22018"},
    {"CAST_OVERFLOW", "22003"},
    {"CAST_OVERFLOW_IN_TABLE_INSERT", "22003"},
    {"NUMERIC_VALUE_OUT_OF_RANGE", "22003"},
    {"ARITHMETIC_OVERFLOW", "22003"},
    {"DIVIDE_BY_ZERO", "22012"},
    {"REMAINDER_BY_ZERO", "22012"},
    {"INVALID_ARRAY_INDEX_IN_ELEMENT_AT", "22003"},
    {"DATATYPE_MISMATCH.HASH_MAP_TYPE", "42K09"},
    {"UNSUPPORTED_FEATURE", "0A000"},
    {"MALFORMED_VARIANT", "22023"},
    {"MALFORMED_RECORD_IN_PARSING", "22023"},
    {"INVALID_VARIANT_CAST", "22023"},
    {"INVALID_VARIANT_GET_PATH", "22023"},
    {"INVALID_INDEX_OF_ZERO", "22003"},
    {"INVALID_ARRAY_INDEX", "22003"},
    {"ELEMENT_AT_BY_INDEX_ZERO", "22003"},
    {"MAP_KEY_DOES_NOT_EXIST", "22023"},
    {"USER_RAISED_EXCEPTION", "P0001"},
};

static bool fail_raised(cx *c, const char *text)
{
    const char *end = *text == '[' ? strchr(text, ']') : NULL;
    for (size_t i = 0; end && i < CX_COUNT(raised); i++) {
        const size_t n = strlen(raised[i].condition);
        if ((size_t)(end - text - 1) != n || strncmp(text + 1, raised[i].condition, n) != 0)
            continue;
        const char *said = end[1] == ' ' ? end + 2 : end + 1;
        const cx_code code =
            strcmp(raised[i].condition, "MALFORMED_VARIANT") == 0 ? CX_CORRUPT : CX_INVALID;
        (void)cx_fail_as(c, code, raised[i].condition, raised[i].sqlstate, "%s", said);
        return true;
    }
    return false;
}

cx_code duck_fail(cx *c, const char *message)
{
    const char *text = bare(c, message);
    if (fail_raised(c, text))
        return c->error.code;
    for (size_t i = 0; i < CX_COUNT(known); i++) {
        if (known[i].heading && !text_starts(message, known[i].heading))
            continue;
        if (known[i].pattern && !strstr(message, known[i].pattern))
            continue;
        return cx_fail_as(c, known[i].code, known[i].condition, known[i].sqlstate, "%s", text);
    }
    return cx_fail(c, CX_INVALID, "%s", text);
}
