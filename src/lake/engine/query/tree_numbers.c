/* Large numbers in DuckDB's tree of a query. A decimal over 64 bits is there as {"upper":…,
 * "lower":…}, and lower goes up to 2^64 - 1, which is more than our JSON holds: it is kept as the
 * negative number of the same bits. */
#include "lake/engine/query/typed.h"

#include <inttypes.h>

static const char key[] = "\"lower\":";

char *typed_numbers_in(cx *c, const char *text)
{
    buf b = BUF(BUF_ANY);
    const char *p = text;
    for (const char *at; (at = strstr(p, key)) != NULL;) {
        char *end;
        at += sizeof key - 1;
        buf_add(&b, p, (size_t)(at - p));
        const uint64_t bits = strtoull(at, &end, 10);
        if (end > at && *at != '-')
            buf_addf(&b, "%" PRId64, (int64_t)bits);
        p = end > at && *at != '-' ? end : at;
    }
    buf_adds(&b, p);
    char *out = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    return out;
}

char *typed_numbers_out(cx *c, const char *text)
{
    buf b = BUF(BUF_ANY);
    const char *p = text;
    for (const char *at; (at = strstr(p, key)) != NULL;) {
        char *end = (char *)at + sizeof key - 1;
        at = end;
        buf_add(&b, p, (size_t)(at - p));
        if (*at == '-')
            buf_addf(&b, "%" PRIu64, (uint64_t)strtoll(at, &end, 10));
        p = end;
    }
    buf_adds(&b, p);
    char *out = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    return out;
}
