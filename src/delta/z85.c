#include "delta/delta_int.h"

static const char digits[] =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

bool z85_decode(const char *text, size_t length, unsigned char *out)
{
    if (length % 5)
        return false;
    for (size_t i = 0; i < length; i += 5) {
        uint64_t v = 0;
        for (size_t k = 0; k < 5; k++) {
            const char *d = text[i + k] ? strchr(digits, text[i + k]) : NULL;
            if (!d)
                return false;
            v = v * 85 + (uint64_t)(d - digits);
        }
        /* Above 2^32 it wraps: writers exist whose padding does that, and readers take it so. */
        v &= UINT32_MAX;
        for (size_t k = 0; k < 4; k++)
            *out++ = (unsigned char)(v >> (24 - 8 * k));
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
