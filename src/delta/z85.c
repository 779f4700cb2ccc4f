#include "delta/delta_int.h"

static const char digits[] =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/* Digits of text as a number; false for a character that is none. */
static bool number_of(const char *text, size_t n, uint64_t *out)
{
    *out = 0;
    for (size_t k = 0; k < n; k++) {
        const char *d = text[k] ? strchr(digits, text[k]) : NULL;
        if (!d)
            return false;
        *out = *out * 85 + (uint64_t)(d - digits);
    }
    return true;
}

/* No chunk of four bytes begins with the digit of 84, so writers exist who say by it that the last
 * chunk is short: k of them mean that 4 - k bytes follow, in the other 5 - k digits. */
static size_t missing_of(const char *chunk, bool last)
{
    size_t k = 0;
    while (last && k < 3 && chunk[k] == '#')
        k++;
    return k;
}

bool z85_decode(const char *text, size_t length, unsigned char *out)
{
    if (length % 5)
        return false;
    for (size_t i = 0; i < length; i += 5) {
        uint64_t v;
        const size_t missing = missing_of(text + i, i + 5 == length), bytes = 4 - missing;
        if (!number_of(text + i + missing, 5 - missing, &v) || v >> (8 * bytes))
            return false;
        for (size_t k = 0; k < bytes; k++)
            *out++ = (unsigned char)(v >> (8 * (bytes - 1 - k)));
        for (size_t k = 0; k < missing; k++)
            *out++ = 0;
    }
    return true;
}

void z85_encode(const unsigned char *data, size_t length, char *out)
{
    for (size_t i = 0; i + 4 <= length; i += 4) {
        uint32_t v = (uint32_t)data[i] << 24 | (uint32_t)data[i + 1] << 16 |
                     (uint32_t)data[i + 2] << 8 | data[i + 3];
        for (int k = 4; k >= 0; k--, v /= 85)
            out[k] = digits[v % 85];
        out += 5;
    }
    *out = '\0';
}
