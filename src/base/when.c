#include "base/when.h"

#include <ctype.h>

/* Era arithmetic on years that begin in March: exact for every int64 day that matters. */
int64_t when_days_from_civil(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    const int64_t era = (year >= 0 ? year : year - 399) / 400;
    const int64_t yoe = year - era * 400;
    const int64_t doy = (153 * (int64_t)(month + (month > 2 ? -3u : 9u)) + 2) / 5 + day - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

void when_civil_from_days(int64_t days, int64_t *out_year, unsigned *out_month, unsigned *out_day)
{
    days += 719468;
    const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    const int64_t doe = days - era * 146097;
    const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const int64_t mp = (5 * doy + 2) / 153;
    *out_day = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
    *out_month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
    *out_year = yoe + era * 400 + (*out_month <= 2);
}

static char *iso(cx *c, int64_t epoch_ms, bool millis)
{
    int64_t days = epoch_ms / 86400000, rest = epoch_ms % 86400000, year;
    unsigned month, day;
    if (rest < 0)
        rest += 86400000, days--;
    when_civil_from_days(days, &year, &month, &day);
    const int s = (int)(rest / 1000);
    if (millis)
        return cx_fmt(c, "%04lld-%02u-%02uT%02d:%02d:%02d.%03dZ", (long long)year, month, day,
                      s / 3600, s / 60 % 60, s % 60, (int)(rest % 1000));
    return cx_fmt(c, "%04lld-%02u-%02uT%02d:%02d:%02d", (long long)year, month, day, s / 3600,
                  s / 60 % 60, s % 60);
}

char *when_iso_ms(cx *c, int64_t epoch_ms)
{
    return iso(c, epoch_ms, true);
}
char *when_iso_s(cx *c, int64_t epoch_ms)
{
    return iso(c, epoch_ms, false);
}

static bool digits(const char **p, int least, int most, int64_t *out)
{
    int n = 0;
    int64_t v = 0;
    while (n < most && isdigit((unsigned char)(*p)[n]))
        v = v * 10 + ((*p)[n++] - '0');
    *p += n;
    *out = v;
    return n >= least;
}

static bool clock_part(const char **p, int64_t *out_us)
{
    int64_t h, m, s = 0, fraction = 0;
    if (!digits(p, 1, 2, &h) || *(*p)++ != ':' || !digits(p, 2, 2, &m))
        return false;
    if (**p == ':') {
        (*p)++;
        if (!digits(p, 2, 2, &s))
            return false;
    }
    if (**p == '.') {
        int64_t unit = 100000;
        for ((*p)++; isdigit((unsigned char)**p); (*p)++, unit /= 10)
            fraction += (**p - '0') * unit;
    }
    if (h > 23 || m > 59 || s > 59)
        return false;
    *out_us = ((h * 60 + m) * 60 + s) * 1000000 + fraction;
    return true;
}

bool when_parse_us(const char *text, int64_t *out_epoch_us)
{
    const char *p = text;
    while (isspace((unsigned char)*p))
        p++;
    const bool negative = *p == '-';
    if (*p == '-' || *p == '+')
        p++;
    int64_t year, month = 1, day = 1, us = 0, offset = 0;
    if (!digits(&p, 4, 7, &year))
        return false;
    if (*p == '-') {
        p++;
        if (!digits(&p, 1, 2, &month))
            return false;
        if (*p == '-') {
            p++;
            if (!digits(&p, 1, 2, &day))
                return false;
        }
    }
    if (month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    if (*p == 'T' || (*p == ' ' && isdigit((unsigned char)p[1]))) {
        p++;
        if (!clock_part(&p, &us))
            return false;
    }
    while (*p == ' ')
        p++;
    if (*p == 'Z' || !strcmp(p, "UTC")) {
        p += *p == 'Z' ? 1 : 3;
    } else if (*p == '+' || *p == '-') {
        const int sign = *p++ == '-' ? -1 : 1;
        int64_t h, m = 0;
        if (!digits(&p, 1, 2, &h))
            return false;
        if (*p == ':')
            p++;
        if (*p && !digits(&p, 2, 2, &m))
            return false;
        offset = sign * (h * 60 + m) * 60 * 1000000;
    }
    while (isspace((unsigned char)*p))
        p++;
    if (*p)
        return false;
    int64_t y2;
    unsigned m2, d2;
    const int64_t days =
        when_days_from_civil(negative ? -year : year, (unsigned)month, (unsigned)day);
    when_civil_from_days(days, &y2, &m2, &d2);
    if (m2 != (unsigned)month || d2 != (unsigned)day)
        return false; /* 30 February */
    *out_epoch_us = days * 86400000000 + us - offset;
    return true;
}
