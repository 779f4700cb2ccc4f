#include "base/fs.h"

#include "base/hash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

char *fs_join(cx *c, const char *a, const char *b)
{
    const size_t n = strlen(a);
    return cx_fmt(c, "%s%s%s", a, n && a[n - 1] == '/' ? "" : "/", b);
}

static const char *parent_of(cx *c, const char *path)
{
    const char *slash = strrchr(path, '/');
    return !slash ? "." : slash == path ? "/" : cx_dupn(c, path, (size_t)(slash - path));
}

/* A folder that may be written to but not listed cannot be opened for its sync. */
static cx_code sync_above(cx *c, const char *path)
{
    const cx_code rc = fs_sync_dir(c, parent_of(c, path));
    if (rc != CX_DENIED)
        return rc;
    cx_forgive(c);
    return CX_OK;
}

cx_code fs_mkdirs(cx *c, const char *path)
{
    char *p = cx_dup(c, path);
    for (char *s = p + 1;; s++) {
        if (*s != '/' && *s)
            continue;
        const char kept = *s;
        *s = '\0';
        if (mkdir(p, 0700) == 0)
            TRY(sync_above(c, p));
        else if (errno != EEXIST)
            return cx_fail_errno(c, errno, "cannot make the folder %s", p);
        if (!kept)
            break;
        *s = kept;
    }
    if (!fs_is_dir(path))
        return cx_fail(c, CX_IO, "%s is there, but it is not a folder", path);
    return CX_OK;
}

bool fs_exists(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0;
}

bool fs_is_dir(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

int64_t fs_size(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 ? s.st_size : -1;
}

cx_code fs_read(cx *c, const char *path, size_t most, buf *out)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return cx_fail_errno(c, errno, "cannot read %s", path);
    *out = BUF(most);
    char chunk[65536];
    for (;;) {
        const ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            const int e = errno;
            close(fd);
            buf_clear(out);
            return cx_fail_errno(c, e, "cannot read %s", path);
        }
        if (n == 0)
            break;
        buf_add(out, chunk, (size_t)n);
    }
    close(fd);
    const cx_code rc = buf_done(c, out, path);
    if (rc != CX_OK)
        buf_clear(out);
    return rc;
}

static cx_code write_all(cx *c, int fd, const char *data, size_t length, const char *path)
{
    while (length) {
        const ssize_t n = write(fd, data, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return cx_fail_errno(c, errno, "cannot write %s", path);
        data += n;
        length -= (size_t)n;
    }
    return CX_OK;
}

cx_code fs_sync_dir(cx *c, const char *path)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return cx_fail_errno(c, errno, "cannot open the folder %s", path);
    const int rc = fsync(fd), e = errno;
    close(fd);
    return rc == 0 ? CX_OK : cx_fail_errno(c, e, "cannot sync the folder %s", path);
}

cx_code fs_replace(cx *c, const char *path, const void *data, size_t length, bool secret)
{
    char tail[17];
    hex_random(tail, 16);
    const char *temp = cx_fmt(c, "%s.%s.tmp", path, tail);
    const int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, secret ? 0600 : 0644);
    if (fd < 0)
        return cx_fail_errno(c, errno, "cannot write %s", temp);
    cx_code rc = write_all(c, fd, data, length, temp);
    if (rc == CX_OK && fsync(fd) != 0)
        rc = cx_fail_errno(c, errno, "cannot sync %s", temp);
    close(fd);
    if (rc == CX_OK && rename(temp, path) != 0)
        rc = cx_fail_errno(c, errno, "cannot replace %s", path);
    if (rc != CX_OK) {
        unlink(temp);
        return rc;
    }
    return fs_sync_dir(c, parent_of(c, path));
}

static cx_code remove_at(cx *c, int dir, const char *name, const char *shown)
{
    if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
        return CX_OK;
    if (errno != EISDIR && errno != EPERM)
        return cx_fail_errno(c, errno, "cannot remove %s", shown);
    const int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return cx_fail_errno(c, errno, "cannot remove %s", shown);
    DIR *d = fdopendir(fd);
    cx_code rc = CX_OK;
    for (struct dirent *e; rc == CX_OK && (e = readdir(d));) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        rc = remove_at(c, dirfd(d), e->d_name, cx_fmt(c, "%s/%s", shown, e->d_name));
    }
    closedir(d);
    TRY(rc);
    if (unlinkat(dir, name, AT_REMOVEDIR) != 0 && errno != ENOENT)
        return cx_fail_errno(c, errno, "cannot remove %s", shown);
    return CX_OK;
}

cx_code fs_remove_tree(cx *c, const char *path)
{
    return remove_at(c, AT_FDCWD, path, path);
}

static cx_code walk_at(cx *c, const char *root, const char *relative, fs_visit visit, void *self)
{
    const char *here = *relative ? fs_join(c, root, relative) : root;
    DIR *d = opendir(here);
    if (!d)
        return errno == ENOENT ? CX_OK : cx_fail_errno(c, errno, "cannot list %s", here);
    cx_code rc = CX_OK;
    for (struct dirent *e; rc == CX_OK && (e = readdir(d));) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        struct stat s;
        if (fstatat(dirfd(d), e->d_name, &s, AT_SYMLINK_NOFOLLOW) != 0)
            continue; /* went away meanwhile */
        const char *below = *relative ? fs_join(c, relative, e->d_name) : cx_dup(c, e->d_name);
        if (S_ISDIR(s.st_mode))
            rc = walk_at(c, root, below, visit, self);
        else if (S_ISREG(s.st_mode))
            rc = visit(c, self, below, s.st_size,
                       (int64_t)s.st_mtim.tv_sec * 1000 + s.st_mtim.tv_nsec / 1000000);
    }
    closedir(d);
    return rc;
}

cx_code fs_walk(cx *c, const char *root, fs_visit visit, void *self)
{
    return walk_at(c, root, "", visit, self);
}

cx_code fs_absolute(cx *c, const char *path, char **out)
{
    AUTO_FREE char *real = realpath(path, NULL);
    if (real) {
        *out = cx_dup(c, real);
        return CX_OK;
    }
    if (errno != ENOENT)
        return cx_fail_errno(c, errno, "cannot resolve %s", path);
    if (path[0] == '/') {
        *out = cx_dup(c, path);
        return CX_OK;
    }
    AUTO_FREE char *cwd = getcwd(NULL, 0);
    if (!cwd)
        return cx_fail_errno(c, errno, "cannot tell the current folder");
    *out = fs_join(c, cwd, path);
    return CX_OK;
}

/* The caller cleans the target up after a failure. */
static cx_code copy_bytes(cx *c, int in, int out, const char *to, int64_t *out_bytes)
{
    struct stat s;
    if (fstat(in, &s) != 0)
        return cx_fail_errno(c, errno, "cannot read the size of the source of %s", to);
    *out_bytes = s.st_size;
    if (ioctl(out, FICLONE, in) == 0)
        return CX_OK;
    int64_t left = s.st_size;
    bool by_range = true;
    while (left > 0) {
        TRY(cx_alive(c));
        ssize_t n;
        if (by_range) {
            n = copy_file_range(in, NULL, out, NULL, left > (1 << 26) ? 1 << 26 : (size_t)left, 0);
            if (n < 0 &&
                (errno == EXDEV || errno == ENOSYS || errno == EINVAL || errno == EOPNOTSUPP)) {
                by_range = false;
                continue;
            }
        } else {
            char chunk[1 << 17];
            n = read(in, chunk, sizeof chunk);
            if (n > 0)
                TRY(write_all(c, out, chunk, (size_t)n, to));
        }
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return cx_fail_errno(c, errno, "cannot copy to %s", to);
        if (n == 0)
            return cx_fail(c, CX_IO, "the source of %s became shorter while it was copied", to);
        left -= n;
    }
    return CX_OK;
}

cx_code fs_copy(cx *c, const char *from, const char *to, int64_t *out_bytes)
{
    const int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0)
        return cx_fail_errno(c, errno, "cannot read %s", from);
    const int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (out < 0) {
        const int e = errno;
        close(in);
        return cx_fail_errno(c, e, "cannot write %s", to);
    }
    int64_t bytes = 0;
    cx_code rc = copy_bytes(c, in, out, to, &bytes);
    if (rc == CX_OK)
        (void)sync_file_range(out, 0, 0,
                              SYNC_FILE_RANGE_WRITE); /* a hint; the sync is fs_sync_file's */
    close(in);
    if (close(out) != 0 && rc == CX_OK)
        rc = cx_fail_errno(c, errno, "cannot finish %s", to);
    if (rc != CX_OK)
        unlink(to);
    else
        *out_bytes = bytes;
    return rc;
}

cx_code fs_sync_file(cx *c, const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return cx_fail_errno(c, errno, "cannot open %s", path);
    const int rc = fdatasync(fd), e = errno;
    close(fd);
    return rc == 0 ? CX_OK : cx_fail_errno(c, e, "cannot sync %s", path);
}

struct fs_lock {
    int fd;
};

cx_code fs_lock_take(cx *c, const char *path, int64_t wait_ms, fs_lock **out)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return cx_fail_errno(c, errno, "cannot open the lock %s", path);
    const int64_t until = cx_ticks_us(c) + wait_ms * 1000;
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            const int e = errno;
            close(fd);
            return cx_fail_errno(c, e, "cannot lock %s", path);
        }
        if (cx_ticks_us(c) >= until || cx_alive(c) != CX_OK) {
            close(fd);
            return cx_fail(c, CX_CONFLICT, "another process holds %s", path);
        }
        cx_sleep_ms(c, 5);
    }
    *out = cx_calloc(1, sizeof **out);
    (*out)->fd = fd;
    return CX_OK;
}

void fs_lock_free(fs_lock *l)
{
    if (!l)
        return;
    close(l->fd);
    free(l);
}
