/* A driver for fuzzers that needs nothing but the compiler's sanitizers.
 *
 * Each program has fuzz_one (libFuzzer's LLVMFuzzerTestOneInput under CLXS_LIBFUZZER) and
 * fuzz_seeds, which names its starting inputs with fuzz_seed. The driver mutates them from a fixed
 * seed, so that a run which fails can be had again; an input that makes the program die is written
 * to <program>.crash in the build folder. Arguments are files to be run as they are.
 *
 *   CLXS_FUZZ_RUNS  how many inputs (50,000)      CLXS_FUZZ_MS  at most so long (4000)
 *   CLXS_FUZZ_SEED  another order (1) */
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/fs.h"

enum { FUZZ_MOST = 1 << 16 };

void fuzz_seeds(cx *c);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
void fuzz_seed(const void *data, size_t size);

static inline void fuzz_seed_text(const char *text)
{
    fuzz_seed(text, strlen(text));
}

/* The golden tables, or NULL. */
static inline const char *fuzz_golden(void)
{
    const char *root = getenv("CLXS_GOLDEN");
    if (!root)
        root = "../shared/golden";
    return fs_is_dir(root) ? root : NULL;
}

/* A promise that must hold whatever the input is. */
#define FUZZ_MUST(truth)                                                          \
    do {                                                                          \
        if (!(truth)) {                                                           \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #truth); \
            __builtin_trap();                                                     \
        }                                                                         \
    } while (0)

#ifndef CLXS_LIBFUZZER

static struct {
    uint8_t *data[4096];
    size_t size[4096], count;
    uint64_t state;
    uint8_t now[FUZZ_MOST];
    size_t length;
    const char *program;
} fuzz_;

void fuzz_seed(const void *data, size_t size)
{
    if (fuzz_.count == CX_COUNT(fuzz_.data) || size > FUZZ_MOST / 2)
        return;
    fuzz_.data[fuzz_.count] = cx_malloc(size + 1);
    memcpy(fuzz_.data[fuzz_.count], data, size);
    fuzz_.size[fuzz_.count++] = size;
}

static inline uint64_t fuzz_random(uint64_t below)
{
    fuzz_.state ^= fuzz_.state << 13;
    fuzz_.state ^= fuzz_.state >> 7;
    fuzz_.state ^= fuzz_.state << 17;
    return below ? fuzz_.state % below : 0;
}

/* Puts n bytes in the place of `out` ones at `at`. */
static inline void fuzz_splice(size_t at, size_t out, const void *bytes, size_t n)
{
    if (fuzz_.length - out + n > FUZZ_MOST)
        return;
    memmove(fuzz_.now + at + n, fuzz_.now + at + out, fuzz_.length - at - out);
    memmove(fuzz_.now + at, bytes, n);
    fuzz_.length += n - out;
}

static inline void fuzz_number(size_t at)
{
    static const char *const numbers[] = {"0",          "-1",
                                          "1",          "2147483648",
                                          "4294967295", "9223372036854775807",
                                          "1e308",      "18446744073709551616"};
    size_t n = 0;
    while (at < fuzz_.length && (fuzz_.now[at] < '0' || fuzz_.now[at] > '9'))
        at++;
    while (at + n < fuzz_.length && fuzz_.now[at + n] >= '0' && fuzz_.now[at + n] <= '9')
        n++;
    const char *text = numbers[fuzz_random(CX_COUNT(numbers))];
    fuzz_splice(at, n, text, strlen(text));
}

static inline void fuzz_mutate(void)
{
    static const char *const tokens[] = {
        "null",    "true", "{}",    "[]",  "\"\"",     "\"",          "\\",   "\\u0000",
        "\\ud800", "{",    "}",     ",",   ":",        "\n",          "\r\n", "%",
        "%2F",     "%00",  "..",    "/",   "file:///", "\x1e",        "\xff", "\xc3",
        " ",       "-",    "0x1p3", "add", "remove",   "\xef\xbf\xbf"};
    static const uint8_t odd[] = {0, 1, 0x7f, 0x80, 0xff, '"', '{', '\n', 0x1e};
    const size_t at = fuzz_random(fuzz_.length + 1), left = fuzz_.length - at;
    switch (fuzz_random(8)) {
    case 0:
        if (left)
            fuzz_.now[at] ^= (uint8_t)(1u << fuzz_random(8));
        return;
    case 1:
        if (left)
            fuzz_.now[at] = odd[fuzz_random(sizeof odd)];
        return;
    case 2: fuzz_splice(at, fuzz_random(left < 32 ? left + 1 : 32), "", 0); return;
    case 3: { /* a piece once more */
        uint8_t piece[64];
        const size_t n = fuzz_random(left < sizeof piece ? left + 1 : sizeof piece);
        memcpy(piece, fuzz_.now + at, n);
        fuzz_splice(fuzz_random(fuzz_.length + 1), 0, piece, n);
        return;
    }
    case 4: { /* the end of another seed */
        const size_t other = fuzz_random(fuzz_.count), from = fuzz_random(fuzz_.size[other] + 1);
        fuzz_splice(at, left, fuzz_.data[other] + from, fuzz_.size[other] - from);
        return;
    }
    case 5: {
        const char *token = tokens[fuzz_random(CX_COUNT(tokens))];
        fuzz_splice(at, fuzz_random(2) && left ? 1 : 0, token, strlen(token));
        return;
    }
    case 6: fuzz_number(at); return;
    default: fuzz_.length = at; return; /* cut off */
    }
}

static inline void fuzz_run(void)
{
    /* In memory of its own size, so that a read past the end is seen. */
    AUTO_FREE uint8_t *exact = cx_malloc(fuzz_.length ? fuzz_.length : 1);
    memcpy(exact, fuzz_.now, fuzz_.length);
    (void)LLVMFuzzerTestOneInput(exact, fuzz_.length);
}

static inline void fuzz_keep(void)
{
    char path[4096];
    snprintf(path, sizeof path, "%s.crash", fuzz_.program);
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, fuzz_.now, fuzz_.length) < 0)
        return;
    close(fd);
    fprintf(stderr, "the input is in %s\n", path);
}

static inline void fuzz_signal(int sig)
{
    fuzz_keep();
    signal(sig, SIG_DFL);
    raise(sig);
}

void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static inline int64_t fuzz_setting(const char *name, int64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoll(text, NULL, 10) : otherwise;
}

static inline int fuzz_files(cx *c, int n, char **paths)
{
    for (int i = 0; i < n; i++) {
        AUTO_CLEAR(buf) text = {0};
        if (fs_read(c, paths[i], FUZZ_MOST, &text) != CX_OK)
            return fprintf(stderr, "%s\n", c->error.message), 1;
        memcpy(fuzz_.now, buf_text(&text), fuzz_.length = text.length);
        fuzz_run();
    }
    return 0;
}

int main(int argc, char **argv)
{
    cx c;
    cx_init(&c);
    fuzz_.program = argv[0];
    fuzz_.state = (uint64_t)fuzz_setting("CLXS_FUZZ_SEED", 1) * 0x9E3779B97F4A7C15u + 1;
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(fuzz_keep);
    signal(SIGILL, fuzz_signal);
    signal(SIGTRAP, fuzz_signal);
    int rc = 0;
    if (argc > 1) {
        rc = fuzz_files(&c, argc - 1, argv + 1);
    } else {
        fuzz_seeds(&c);
        const int64_t runs = fuzz_setting("CLXS_FUZZ_RUNS", 50000),
                      stop = cx_ticks_us(&c) + fuzz_setting("CLXS_FUZZ_MS", 4000) * 1000;
        int64_t i = 0;
        for (; i < runs && cx_ticks_us(&c) < stop; i++) {
            const size_t seed = (size_t)i < fuzz_.count ? (size_t)i : fuzz_random(fuzz_.count);
            memcpy(fuzz_.now, fuzz_.data[seed], fuzz_.length = fuzz_.size[seed]);
            for (uint64_t n = (size_t)i < fuzz_.count ? 0 : 1 + fuzz_random(4); n; n--)
                fuzz_mutate();
            fuzz_run();
        }
        printf("%lld inputs from %zu seeds\n", (long long)i, fuzz_.count);
    }
    for (size_t i = 0; i < fuzz_.count; i++)
        free(fuzz_.data[i]);
    cx_clear(&c);
    return rc;
}

#endif
