/* Type widening: which types a column may grow into, and the note of it that readers of old files
 * go by. spec: delta "Type Widening", "Type Change Metadata" */
#include "lake/engine/ddl/schema.h"

static int rank(const char *type)
{
    static const char *const whole[] = {"byte", "short", "integer", "long"};
    for (int i = 0; i < 4; i++)
        if (strcmp(type, whole[i]) == 0)
            return i + 1;
    return 0;
}

static bool is_decimal(const char *type, int *precision, int *scale)
{
    *precision = 10;
    *scale = 0;
    return strcmp(type, "decimal") == 0 || sscanf(type, "decimal(%d,%d)", precision, scale) == 2;
}

/* Digits before and behind the point may become more, never fewer. */
static bool widens_to_decimal(const char *from, const char *to)
{
    int p, s, p0, s0;
    if (!is_decimal(to, &p, &s))
        return false;
    if (is_decimal(from, &p0, &s0))
        return s >= s0 && p - s >= p0 - s0 && (p != p0 || s != s0);
    const int whole = rank(from);
    return whole && p - s >= (whole == 4 ? 20 : 10);
}

bool eng_widens(const char *from, const char *to)
{
    const int a = rank(from), b = rank(to);
    if (a && b)
        return a < b;
    if (strcmp(to, "double") == 0)
        return strcmp(from, "float") == 0 || (a && a < 4);
    if (strcmp(from, "date") == 0)
        return strcmp(to, "timestamp_ntz") == 0;
    return widens_to_decimal(from, to);
}

void eng_note_widening(eng_place *p, const char *from, const char *to)
{
    json *metadata = json_get(p->field, "metadata");
    json *changes = json_get(metadata, "delta.typeChanges");
    json *change = json_pack("{s:s, s:s}", "fromType", from, "toType", to);
    if (*p->below)
        json_object_set_new(change, "fieldPath", json_string(p->below));
    if (!changes) {
        changes = json_array();
        json_object_set_new(metadata, "delta.typeChanges", changes);
    }
    json_array_append_new(changes, change);
}
