/* Is the process that wrote a row still there?
 *
 * A number alone does not tell: it is used again, soon in a container. The start time of the
 * process (in ticks since boot, /proc/<pid>/stat) and the id of the boot make it exact. A zombie
 * counts as gone. */
#include "state/state_int.h"

#include <fcntl.h>
#include <unistd.h>

static bool read_small(const char *path, char *out, size_t size)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    const ssize_t n = read(fd, out, size - 1);
    close(fd);
    out[n > 0 ? n : 0] = '\0';
    return n > 0;
}

/* Field 3 (state) and field 22 (start time) of /proc/<pid>/stat; the name before them may hold
 * anything. */
static bool start_of(int64_t pid, char *out_state, unsigned long long *out_start)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    if (!read_small(path, text, sizeof text))
        return false;
    const char *p = strrchr(text, ')');
    if (!p || p[1] != ' ')
        return false;
    p += 2;
    *out_state = *p;
    for (int field = 3; field < 22; field++) {
        p = strchr(p, ' ');
        if (!p)
            return false;
        p++;
    }
    *out_start = strtoull(p, NULL, 10);
    return true;
}

void state_process_mark(int64_t pid, char out[MARK_TEXT])
{
    char condition, boot[64];
    unsigned long long start;
    out[0] = '\0';
    if (pid <= 0 || !start_of(pid, &condition, &start) || condition == 'Z' || condition == 'X')
        return;
    if (!read_small("/proc/sys/kernel/random/boot_id", boot, sizeof boot))
        boot[0] = '\0';
    boot[strcspn(boot, "\n")] = '\0';
    snprintf(out, MARK_TEXT, "%s:%llu", boot, start);
}

bool state_process_alive(int64_t pid, const char *mark)
{
    char now[MARK_TEXT];
    state_process_mark(pid, now);
    return *now && mark && !strcmp(now, mark);
}
