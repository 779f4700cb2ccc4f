/* Type changes that a table has been through.
 *
 * Each stands in the metadata of its column; old files keep the old type, and whoever reads them
 * turns it into the new one. A change that is not in the protocol's list may need something that we
 * do not know, so the table is refused with it named.
 * spec: delta "Type Widening", "Type Change Metadata", "Reader Requirements for Type Widening" */
#include "delta/widening.h"

static bool one_of(const char *name, const char *const *list)
{
    for (; *list; list++)
        if (!strcmp(*list, name))
            return true;
    return false;
}

static bool decimal(const char *text, int *precision, int *scale)
{
    int end = 0;
    return sscanf(text, "decimal(%d,%d)%n", precision, scale, &end) == 2 && end > 0 && !text[end] &&
           *precision > 0 && *precision <= 38 && *scale >= 0 && *scale <= *precision;
}

/* Room for all values before the point, and for all digits after it. */
static bool decimal_holds(int precision, int scale, int digits, int more)
{
    return scale >= more && precision - scale >= digits;
}

bool type_widens(const char *from, const char *to)
{
    static const struct {
        const char *from;
        const char *to[5];
        int digits; /* before the point, of the decimals that hold it; 0 = none */
    } known[] = {
        {"byte", {"short", "integer", "long", "double"}, 3},
        {"short", {"integer", "long", "double"}, 5},
        {"integer", {"long", "double"}, 10},
        {"long", {NULL}, 20},
        {"float", {"double"}, 0},
        {"date", {"timestamp_ntz"}, 0},
    };
    int p, s, q, r;
    const bool into_decimal = decimal(to, &q, &r);
    if (decimal(from, &p, &s))
        return into_decimal && decimal_holds(q, r, p - s, s);
    for (size_t i = 0; i < CX_COUNT(known); i++)
        if (!strcmp(known[i].from, from))
            return one_of(to, known[i].to) ||
                   (into_decimal && known[i].digits && decimal_holds(q, r, known[i].digits, 0));
    return false;
}

static cx_code check_changes(cx *c, const json *field, const char *table)
{
    const json *changes = json_get(json_get(field, "metadata"), "delta.typeChanges"), *change;
    size_t i;
    json_array_foreach (changes, i, change) {
        const char *from = json_get_str(change, "fromType", "?"),
                   *to = json_get_str(change, "toType", "?");
        if (!type_widens(from, to) && strcmp(from, to) != 0)
            return cx_fail_as(c, CX_UNSUPPORTED, "DELTA_UNSUPPORTED_TYPE_CHANGE_IN_SCHEMA", "0AKDC",
                              "%s cannot be read: the type of its column %s was changed from %s to "
                              "%s, which this program does not know",
                              table, json_get_str(field, "name", "?"), from, to);
    }
    return CX_OK;
}

cx_code widening_check(cx *c, const json *schema, const char *table)
{
    static const char *const inner[] = {"elementType", "keyType", "valueType", "type"};
    const json *field;
    size_t i;
    if (!json_is_object(schema))
        return CX_OK;
    json_array_foreach (json_get(schema, "fields"), i, field) {
        TRY(check_changes(c, field, table));
        TRY(widening_check(c, json_get(field, "type"), table));
    }
    for (i = 0; i < CX_COUNT(inner); i++)
        TRY(widening_check(c, json_get(schema, inner[i]), table));
    return CX_OK;
}
