#include "cli/cli_int.h"

#include <pthread.h>
#include <time.h>

struct cli_progress {
    cx_progress_sink sink;
    pthread_mutex_t lock; /* guards all below */
    bool terminal, drawn;
    int64_t last_us, began_us;
    char phase[64];
    int64_t last_tenth;
};

static int64_t ticks(void)
{
    return cx_system_clock.ticks_us(NULL);
}

static void draw(cli_progress *p, int64_t done, int64_t total, const char *object)
{
    char bar[25];
    const int filled = total > 0 ? (int)(done * 24 / total) : 0;
    for (int i = 0; i < 24; i++)
        bar[i] = i < filled ? '#' : '.';
    bar[24] = '\0';
    const int64_t elapsed = (ticks() - p->began_us) / 1000000;
    fprintf(stderr, "\r\033[K%-12.12s [%s] %lld/%lld", p->phase, bar, (long long)done,
            (long long)total);
    if (done > 0 && total > done && elapsed > 1)
        fprintf(stderr, "  %llds left", (long long)(elapsed * (total - done) / done));
    fprintf(stderr, "  %.48s", object ? object : "");
    fflush(stderr);
    p->drawn = true;
}

static void update(void *self, const char *phase, int64_t done, int64_t total, const char *object)
{
    cli_progress *p = self;
    pthread_mutex_lock(&p->lock);
    const int64_t now = ticks();
    const bool fresh = strcmp(p->phase, phase) != 0;
    if (fresh) {
        snprintf(p->phase, sizeof p->phase, "%s", phase);
        p->began_us = now;
        p->last_tenth = -1;
    }
    if (p->terminal) {
        if (fresh || done == total || now - p->last_us > 100000) {
            draw(p, done, total, object);
            p->last_us = now;
        }
    } else {
        const int64_t tenth = total > 0 ? done * 10 / total : 0;
        if (tenth != p->last_tenth)
            fprintf(stderr, "%s %lld/%lld\n", phase, (long long)done, (long long)total);
        p->last_tenth = tenth;
    }
    pthread_mutex_unlock(&p->lock);
}

cli_progress *cli_progress_new(bool terminal)
{
    cli_progress *p = cx_calloc(1, sizeof *p);
    p->sink = (cx_progress_sink){update, p};
    p->terminal = terminal;
    pthread_mutex_init(&p->lock, NULL);
    return p;
}

const cx_progress_sink *cli_progress_sink(cli_progress *p)
{
    return &p->sink;
}

void cli_progress_free(cli_progress *p)
{
    if (!p)
        return;
    if (p->drawn)
        fputs("\r\033[K", stderr);
    pthread_mutex_destroy(&p->lock);
    free(p);
}
