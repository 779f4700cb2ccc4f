/* Dates and times as text. All in UTC; proleptic Gregorian calendar. */
#pragma once

#include "base/buf.h"

/* "2026-04-19T11:30:00.123Z" of epoch milliseconds; arena. */
char *when_iso_ms(cx *c, int64_t epoch_ms);
/* "2026-04-19T11:30:00" (the state file's form); arena. */
char *when_iso_s(cx *c, int64_t epoch_ms);
/* Reads dates and timestamps as SQL and ISO write them: "2026-04-19", "2026-04-19
 * 11:30[:00[.123456]]", with "T", "Z" or "+02:00" allowed. False when it is none of these. */
bool when_parse_us(const char *text, int64_t *out_epoch_us);
int64_t when_days_from_civil(int64_t year, unsigned month, unsigned day); /* since 1970-01-01 */
void when_civil_from_days(int64_t days, int64_t *out_year, unsigned *out_month, unsigned *out_day);
