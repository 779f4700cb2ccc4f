/* Lengths of time, as the properties of a table write them. */
#include "delta/delta_int.h"

#include <strings.h>

int64_t duration_ms(const char *text, int64_t otherwise)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {
        {"millisecond", 1}, {"second", 1000},  {"minute", 60000},
        {"hour", 3600000},  {"day", 86400000}, {"week", 604800000},
    };
    if (!text)
        return otherwise;
    if (!strncasecmp(text, "interval ", 9))
        text += 9;
    char *end;
    const long long n = strtoll(text, &end, 10);
    if (end == text || n < 0 || n > 1000000)
        return otherwise;
    while (*end == ' ')
        end++;
    for (size_t i = 0; i < CX_COUNT(units); i++)
        if (!strncasecmp(end, units[i].unit, strlen(units[i].unit)))
            return n * units[i].ms;
    return otherwise;
}

int64_t property_ms(const delta_snapshot *s, const char *key, int64_t otherwise)
{
    return duration_ms(delta_property(s, key), otherwise);
}
