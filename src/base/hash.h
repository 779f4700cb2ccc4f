/* Digests, encodings and ids. */
#pragma once

#include "base/buf.h"

enum { SHA256_HEX = 65, UUID_TEXT = 37 };

void hash_sha256_hex(const void *data, size_t length, char out[SHA256_HEX]);
void hash_sha1_hex(const void *data, size_t length, char out[41]);
void hash_md5_hex(const void *data, size_t length, char out[33]);
uint64_t hash_64(const void *data,
                 size_t length); /* XXH3, not stable between processes of different builds */
uint32_t hash_crc32(const void *data, size_t length); /* zlib polynomial */
bool hash_equal_ct(const char *a, const char *b);     /* constant time in the content */

/* A random (version 4) UUID as text. */
void uuid_random(char out[UUID_TEXT]);
/* A time-ordered id in the form of the platform's statement ids ("01f0…-…"). */
void uuid_ordered(int64_t now_ms, char out[UUID_TEXT]);
void hex_random(char *out, size_t digits); /* out has digits + 1 bytes */

void buf_add_hex(buf *b, const void *data, size_t length);
void buf_add_base64(buf *b, const void *data, size_t length);
/* Percent-encodes everything but unreserved characters and those in `keep`. */
void buf_add_percent(buf *b, const char *text, const char *keep);
/* Decodes %XX once, into the arena; `out_length` may be NULL. */
char *percent_decode(cx *c, const char *text, size_t length, size_t *out_length);
