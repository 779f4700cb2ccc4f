/* The system calls that change or read a folder, made to fail.
 *
 * These are the real names: a program's own definition comes before libc's for everything in the
 * process, SQLite and DuckDB included, so whatever opens a file below the watched folder goes
 * through here. The nth call of a class fails once (a bad sector, a full disk), or from it on all
 * calls fail (the process is as good as dead), or the process ends there and then.
 *
 * A power cut (syscalls_power_cut) takes away what no sync asked the disk to keep: names whose
 * folder was not synced after they appeared, and the bytes of files that were not synced. This is
 * for programs that write each file once, as delta/ does; a database has pages. */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef enum {
    CALL_READ,
    CALL_WRITE,
    CALL_SYNC,
    CALL_OPEN,
    CALL_NAME, /* rename, link, mkdir */
    CALL_REMOVE,
    CALL_CLASSES
} call_class;
static const char *const call_names[]
    __attribute__((unused)) = {"read", "write", "sync", "open", "name", "remove"};

typedef enum { FAIL_ONCE, FAIL_ON, DIE } fail_how;

enum { SYS_FDS = 1024, SYS_UNSYNCED = 4096, SYS_EXIT = 77 };

static struct {
    pthread_mutex_t lock; /* guards all below */
    char root[256];       /* what is watched; "" = nothing */
    call_class what;
    int at, seen, error; /* the call that fails; 0 = none */
    int counts[CALL_CLASSES];
    fail_how how;
    bool fired, tracking;
    bool replaces,
        never_syncs;           /* mutants: a rename that takes any name, a sync that does nothing */
    void (*before_name)(void); /* called once, in the middle of a publish */
    char *path[SYS_FDS];       /* of open files below the root */
    bool folder[SYS_FDS];
    struct {
        char *name, *above; /* a name that appeared, and its folder */
        char *was;          /* what it was called before; NULL = made anew */
        bool is_folder;
    } names[SYS_UNSYNCED];
    int name_count;
    ino_t dirty[SYS_UNSYNCED]; /* files with bytes that were not synced */
    int dirty_count;
} sys_ = {.lock = PTHREAD_MUTEX_INITIALIZER};

static inline void syscalls_watch(const char *root)
{
    snprintf(sys_.root, sizeof sys_.root, "%s", root);
}

static inline void syscalls_fail(call_class what, int at, fail_how how, int error)
{
    pthread_mutex_lock(&sys_.lock);
    sys_.what = what;
    sys_.at = at;
    sys_.how = how;
    sys_.error = error;
    sys_.seen = 0;
    sys_.fired = false;
    pthread_mutex_unlock(&sys_.lock);
}

/* All is well again. Says whether the call that was to fail came. */
static inline bool syscalls_mend(void)
{
    const bool fired = sys_.fired;
    syscalls_fail(CALL_CLASSES, 0, FAIL_ONCE, 0);
    return fired;
}

static inline int syscalls_seen(void)
{
    return sys_.seen;
}

static inline bool below_(const char *path)
{
    const size_t n = strlen(sys_.root);
    return n && !strncmp(path, sys_.root, n) && (path[n] == '/' || !path[n]);
}

/* True when this call is to fail; errno is set. */
static inline bool hit_(call_class what, bool watched)
{
    if (!watched)
        return false;
    pthread_mutex_lock(&sys_.lock);
    sys_.counts[what]++;
    if (!sys_.at) {
        pthread_mutex_unlock(&sys_.lock);
        return false;
    }
    bool fails = false;
    if (sys_.fired && sys_.how == FAIL_ON)
        fails = true;
    else if (what == sys_.what && ++sys_.seen == sys_.at)
        fails = sys_.fired = true;
    const int error = sys_.error;
    const bool dies = fails && sys_.how == DIE;
    pthread_mutex_unlock(&sys_.lock);
    if (dies)
        syscall(SYS_exit_group, SYS_EXIT);
    if (fails)
        errno = error;
    return fails;
}

static inline bool watched_fd_(int fd)
{
    return fd >= 0 && fd < SYS_FDS && sys_.path[fd];
}

/* ---- what is not on the disk yet ------------------------------------------------ */

static inline char *above_(const char *path)
{
    char *copy = strdup(path), *slash = strrchr(copy, '/');
    if (slash)
        *slash = '\0';
    return copy;
}

static inline void name_appeared_(const char *name, const char *was, bool is_folder)
{
    if (!sys_.tracking || sys_.name_count == SYS_UNSYNCED)
        return;
    pthread_mutex_lock(&sys_.lock);
    const int i = sys_.name_count++;
    sys_.names[i].name = strdup(name);
    sys_.names[i].above = above_(name);
    sys_.names[i].was = was ? strdup(was) : NULL;
    sys_.names[i].is_folder = is_folder;
    pthread_mutex_unlock(&sys_.lock);
}

static inline void forget_name_(int i)
{
    free(sys_.names[i].name);
    free(sys_.names[i].above);
    free(sys_.names[i].was);
    memmove(&sys_.names[i], &sys_.names[i + 1],
            (size_t)(--sys_.name_count - i) * sizeof sys_.names[0]);
}

static inline void folder_synced_(const char *folder)
{
    pthread_mutex_lock(&sys_.lock);
    for (int i = sys_.name_count - 1; i >= 0; i--)
        if (!strcmp(sys_.names[i].above, folder))
            forget_name_(i);
    pthread_mutex_unlock(&sys_.lock);
}

static inline ino_t inode_(int fd)
{
    struct stat s;
    return fstat(fd, &s) == 0 ? s.st_ino : 0;
}

static inline void bytes_written_(int fd, bool synced)
{
    const ino_t file = sys_.tracking ? inode_(fd) : 0;
    int at = -1;
    if (!file)
        return;
    pthread_mutex_lock(&sys_.lock);
    for (int i = 0; i < sys_.dirty_count; i++)
        if (sys_.dirty[i] == file)
            at = i;
    if (synced && at >= 0)
        sys_.dirty[at] = sys_.dirty[--sys_.dirty_count];
    else if (!synced && at < 0 && sys_.dirty_count < SYS_UNSYNCED)
        sys_.dirty[sys_.dirty_count++] = file;
    pthread_mutex_unlock(&sys_.lock);
}

/* Forgets what was before: all of it counts as on the disk. */
static inline void syscalls_track(bool on)
{
    while (sys_.name_count)
        forget_name_(sys_.name_count - 1);
    sys_.dirty_count = 0;
    sys_.tracking = on;
}

static inline void lose_bytes_(const char *folder)
{
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        char *path = NULL;
        struct stat s;
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") ||
            asprintf(&path, "%s/%s", folder, e->d_name) < 0)
            continue;
        if (lstat(path, &s) == 0 && S_ISDIR(s.st_mode))
            lose_bytes_(path);
        for (int i = 0; i < sys_.dirty_count; i++)
            if (sys_.dirty[i] == s.st_ino && truncate(path, 0) != 0)
                abort();
        free(path);
    }
    if (d)
        closedir(d);
}

static inline void remove_all_(const char *path)
{
    char *command = NULL;
    FILE *p = asprintf(&command, "rm -rf '%s'", path) < 0 ? NULL : popen(command, "r");
    if (p)
        pclose(p);
    free(command);
}

/* Names go from the newest to the oldest; a renamed file has its old name again. */
static inline int syscalls_power_cut(void)
{
    const int lost = sys_.name_count + sys_.dirty_count;
    sys_.tracking = false;
    for (int i = sys_.name_count - 1; i >= 0; i--) {
        if (sys_.names[i].was)
            (void)!rename(sys_.names[i].name, sys_.names[i].was);
        else if (sys_.names[i].is_folder)
            remove_all_(sys_.names[i].name);
        else
            unlink(sys_.names[i].name);
    }
    lose_bytes_(sys_.root);
    syscalls_track(false);
    return lost;
}

/* ---- the calls -------------------------------------------------------------------- */

#define SYSCALL __attribute__((visibility("default"), used))

static inline int open_(int at, const char *path, int flags, mode_t mode)
{
    const bool watched = below_(path);
    struct stat s;
    if (hit_(CALL_OPEN, watched))
        return -1;
    const bool fresh = watched && (flags & O_CREAT) && stat(path, &s) != 0;
    const int fd = (int)syscall(SYS_openat, at, path, flags, mode);
    if (fd >= 0 && fd < SYS_FDS && watched) {
        pthread_mutex_lock(&sys_.lock);
        free(sys_.path[fd]);
        sys_.path[fd] = strdup(path);
        sys_.folder[fd] = (flags & O_DIRECTORY) != 0;
        pthread_mutex_unlock(&sys_.lock);
        if (fresh)
            name_appeared_(path, NULL, false);
    }
    return fd;
}

#define OPEN_BODY(at)                    \
    mode_t mode = 0;                     \
    if (flags & (O_CREAT | O_TMPFILE)) { \
        va_list ap;                      \
        va_start(ap, flags);             \
        mode = va_arg(ap, mode_t);       \
        va_end(ap);                      \
    }                                    \
    return open_(at, path, flags, mode)

SYSCALL int open(const char *path, int flags, ...)
{
    OPEN_BODY(AT_FDCWD);
}
SYSCALL int open64(const char *path, int flags, ...)
{
    OPEN_BODY(AT_FDCWD);
}

SYSCALL int close(int fd)
{
    if (watched_fd_(fd)) {
        pthread_mutex_lock(&sys_.lock);
        free(sys_.path[fd]);
        sys_.path[fd] = NULL;
        pthread_mutex_unlock(&sys_.lock);
    }
    return (int)syscall(SYS_close, fd);
}

SYSCALL ssize_t read(int fd, void *out, size_t n)
{
    return hit_(CALL_READ, watched_fd_(fd)) ? -1 : syscall(SYS_read, fd, out, n);
}
SYSCALL ssize_t pread(int fd, void *out, size_t n, off_t at)
{
    return hit_(CALL_READ, watched_fd_(fd)) ? -1 : syscall(SYS_pread64, fd, out, n, at);
}
SYSCALL ssize_t pread64(int fd, void *out, size_t n, off_t at)
{
    return pread(fd, out, n, at);
}

/* Half of the bytes get there before the disk is full. */
static inline ssize_t half_(int fd, const void *data, size_t n)
{
    if (n > 1)
        (void)!syscall(SYS_write, fd, data, n / 2);
    errno = sys_.error;
    return -1;
}

SYSCALL ssize_t write(int fd, const void *data, size_t n)
{
    const bool watched = watched_fd_(fd);
    if (watched)
        bytes_written_(fd, false);
    if (hit_(CALL_WRITE, watched))
        return half_(fd, data, n);
    return syscall(SYS_write, fd, data, n);
}
SYSCALL ssize_t pwrite(int fd, const void *data, size_t n, off_t at)
{
    const bool watched = watched_fd_(fd);
    if (watched)
        bytes_written_(fd, false);
    if (hit_(CALL_WRITE, watched))
        return -1;
    return syscall(SYS_pwrite64, fd, data, n, at);
}
SYSCALL ssize_t pwrite64(int fd, const void *data, size_t n, off_t at)
{
    return pwrite(fd, data, n, at);
}
SYSCALL ssize_t copy_file_range(int in, off_t *from, int out, off_t *to, size_t n, unsigned flags)
{
    const bool watched = watched_fd_(out);
    if (watched)
        bytes_written_(out, false);
    if (hit_(CALL_WRITE, watched))
        return -1;
    return syscall(SYS_copy_file_range, in, from, out, to, n, flags);
}
SYSCALL int ftruncate(int fd, off_t n)
{
    return hit_(CALL_WRITE, watched_fd_(fd)) ? -1 : (int)syscall(SYS_ftruncate, fd, n);
}
SYSCALL int ftruncate64(int fd, off_t n)
{
    return ftruncate(fd, n);
}

static inline int sync_(int fd, long number)
{
    const bool watched = watched_fd_(fd);
    if (hit_(CALL_SYNC, watched))
        return -1;
    if (watched && sys_.never_syncs)
        return 0;
    if (watched && sys_.folder[fd])
        folder_synced_(sys_.path[fd]);
    else if (watched)
        bytes_written_(fd, true);
    return (int)syscall(number, fd);
}
SYSCALL int fsync(int fd)
{
    return sync_(fd, SYS_fsync);
}
SYSCALL int fdatasync(int fd)
{
    return sync_(fd, SYS_fdatasync);
}

SYSCALL int renameat2(int a, const char *from, int b, const char *to, unsigned flags)
{
    if (hit_(CALL_NAME, below_(to)))
        return -1;
    void (*hook)(void) = below_(to) ? sys_.before_name : NULL;
    if (hook) {
        sys_.before_name = NULL;
        hook();
    }
    const int rc = (int)syscall(SYS_renameat2, a, from, b, to, sys_.replaces ? 0 : flags);
    if (rc == 0 && below_(to))
        name_appeared_(to, from, false);
    return rc;
}
SYSCALL int rename(const char *from, const char *to)
{
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}
SYSCALL int link(const char *from, const char *to)
{
    if (hit_(CALL_NAME, below_(to)))
        return -1;
    const int rc = (int)syscall(SYS_link, from, to);
    if (rc == 0 && below_(to))
        name_appeared_(to, NULL, false);
    return rc;
}
SYSCALL int mkdir(const char *path, mode_t mode)
{
    if (hit_(CALL_NAME, below_(path)))
        return -1;
    const int rc = (int)syscall(SYS_mkdir, path, mode);
    if (rc == 0 && below_(path))
        name_appeared_(path, NULL, true);
    return rc;
}
SYSCALL int unlink(const char *path)
{
    return hit_(CALL_REMOVE, below_(path)) ? -1 : (int)syscall(SYS_unlink, path);
}
SYSCALL int rmdir(const char *path)
{
    return hit_(CALL_REMOVE, below_(path)) ? -1 : (int)syscall(SYS_rmdir, path);
}
