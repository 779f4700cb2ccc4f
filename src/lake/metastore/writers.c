/* Who has the folder open.
 *
 * A note about a write in flight (pending.c) names its writer, and whoever opens the folder next
 * must know whether that writer lives. A process id cannot tell: two containers over one folder
 * have process ids of their own, and each would take the other's writers for dead. So each open
 * handle makes a file of a random name in processes/ and holds its lock; the kernel drops the lock
 * with the handle, however that ends, and with the machine. Alive = the lock is held.
 *
 * Files are made, and those of the dead removed, under metastore.lock only: nobody meets one
 * between its making and its locking. A test for life takes the lock shared, so that two that test
 * at once do not take each other for the owner. What cannot be told counts as alive: a note that
 * stays is cleaned up later, a living writer's files would be gone for good. */
#include "lake/metastore/meta_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/hash.h"

static const char *folder_of(cx *c, const meta *m)
{
    return fs_join(c, m->root, "processes");
}

static bool lock_is_held(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno != ENOENT && errno != ELOOP;
    const bool held = flock(fd, LOCK_SH | LOCK_NB) != 0;
    close(fd);
    return held;
}

/* Only what we name so ourselves may become part of a path. */
static bool is_process(const char *name)
{
    return strlen(name) == META_PROCESS - 1 && strspn(name, "0123456789abcdef") == META_PROCESS - 1;
}

bool meta_process_alive(cx *c, const meta *m, const char *process)
{
    return is_process(process) && lock_is_held(fs_join(c, folder_of(c, m), process));
}

static void remove_dead(cx *c, const meta *m, const char *folder)
{
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));)
        if (is_process(e->d_name) && !meta_process_alive(c, m, e->d_name))
            (void)unlinkat(dirfd(d), e->d_name, 0);
    if (d)
        closedir(d);
}

cx_code meta_presence_take(cx *c, meta *m)
{
    const char *folder = folder_of(c, m);
    TRY(fs_mkdirs(c, folder));
    remove_dead(c, m, folder);
    hex_random(m->process, META_PROCESS - 1);
    return fs_lock_take(c, fs_join(c, folder, m->process), 0, &m->presence);
}

void meta_presence_drop(meta *m)
{
    cx own;
    if (!m->presence)
        return;
    cx_init(&own);
    (void)unlink(fs_join(&own, folder_of(&own, m), m->process));
    fs_lock_free(m->presence);
    m->presence = NULL;
    cx_clear(&own);
}

const char *meta_process(const meta *m)
{
    return m->process;
}
