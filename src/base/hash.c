#include "base/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#define XXH_INLINE_ALL
#include <xxhash.h>
#include <zlib.h>

static void to_hex(const unsigned char *bytes, size_t n, char *out)
{
    static const char d[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = d[bytes[i] >> 4];
        out[2 * i + 1] = d[bytes[i] & 15];
    }
    out[2 * n] = '\0';
}

static void digest_hex(const EVP_MD *md, const void *data, size_t length, char *out)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    EVP_Digest(data, length, bytes, &n, md, NULL);
    to_hex(bytes, n, out);
}

void hash_sha256_hex(const void *data, size_t length, char out[SHA256_HEX])
{
    digest_hex(EVP_sha256(), data, length, out);
}
void hash_sha1_hex(const void *data, size_t length, char out[41])
{
    digest_hex(EVP_sha1(), data, length, out);
}
void hash_md5_hex(const void *data, size_t length, char out[33])
{
    digest_hex(EVP_md5(), data, length, out);
}

uint64_t hash_64(const void *data, size_t length)
{
    return XXH3_64bits(data, length);
}

uint32_t hash_crc32(const void *data, size_t length)
{
    return (uint32_t)crc32_z(crc32_z(0, NULL, 0), data, length);
}

bool hash_equal_ct(const char *a, const char *b)
{
    const size_t n = strlen(a), m = strlen(b);
    return n == m && CRYPTO_memcmp(a, b, n) == 0;
}

static void uuid_format(unsigned char bytes[16], char out[UUID_TEXT])
{
    char hex[33];
    to_hex(bytes, 16, hex);
    snprintf(out, UUID_TEXT, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
             hex + 20);
}

void uuid_random(char out[UUID_TEXT])
{
    unsigned char b[16];
    cx_random_bytes(b, sizeof b);
    b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
    uuid_format(b, out);
}

void uuid_ordered(int64_t now_ms, char out[UUID_TEXT])
{
    unsigned char b[16];
    cx_random_bytes(b, sizeof b);
    for (int i = 0; i < 6; i++)
        b[i] = (unsigned char)(now_ms >> (8 * (5 - i)));
    b[6] = (unsigned char)((b[6] & 0x0F) | 0x70);
    b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
    uuid_format(b, out);
}

void hex_random(char *out, size_t digits)
{
    for (size_t i = 0; i < digits; i++) {
        unsigned char b;
        cx_random_bytes(&b, 1);
        out[i] = "0123456789abcdef"[b & 15];
    }
    out[digits] = '\0';
}

void buf_add_hex(buf *b, const void *data, size_t length)
{
    const unsigned char *p = data;
    for (size_t i = 0; i < length; i++)
        buf_addf(b, "%02x", p[i]);
}

void buf_add_base64(buf *b, const void *data, size_t length)
{
    static const char d[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = data;
    for (size_t i = 0; i < length; i += 3) {
        const size_t left = length - i;
        const uint32_t v = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
                           (left > 2 ? p[i + 2] : 0);
        buf_addc(b, d[v >> 18]);
        buf_addc(b, d[v >> 12 & 63]);
        buf_addc(b, left > 1 ? d[v >> 6 & 63] : '=');
        buf_addc(b, left > 2 ? d[v & 63] : '=');
    }
}

static bool unreserved(unsigned char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
           ch == '-' || ch == '.' || ch == '_' || ch == '~';
}

void buf_add_percent(buf *b, const char *text, const char *keep)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (unreserved(*p) || (keep && strchr(keep, *p)))
            buf_addc(b, (char)*p);
        else
            buf_addf(b, "%%%02X", *p);
    }
}

static int hex_value(char ch)
{
    if (ch >= '0' && ch <= '9')
        return ch - '0';
    if (ch >= 'a' && ch <= 'f')
        return ch - 'a' + 10;
    if (ch >= 'A' && ch <= 'F')
        return ch - 'A' + 10;
    return -1;
}

char *percent_decode(cx *c, const char *text, size_t length, size_t *out_length)
{
    char *out = cx_alloc(c, length + 1);
    size_t n = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '%' && length - i > 2 && hex_value(text[i + 1]) >= 0 &&
            hex_value(text[i + 2]) >= 0) {
            out[n++] = (char)(hex_value(text[i + 1]) << 4 | hex_value(text[i + 2]));
            i += 2;
        } else {
            out[n++] = text[i];
        }
    }
    if (out_length)
        *out_length = n;
    return out;
}
