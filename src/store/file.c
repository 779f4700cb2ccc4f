/* A store in a folder.
 *
 * Publishing: the bytes go to a hidden temporary name in the same folder and are synced; one rename
 * that refuses to replace makes the name appear; a sync of the folder makes it stay. Killed before
 * the rename, there is a temporary that nobody reads; killed after it, the whole object is there.
 * A file system without that rename gets link(2), which has the same promise. A new folder is
 * synced into its parent before anything is put into it. */
#include "base/fs.h"
#include "base/hash.h"
#include "store/store_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    store base;
    char *root; /* owned */
} file_store;

static char *full(cx *c, const store *s, const char *path)
{
    return fs_join(c, s->root, path);
}

static int64_t mtime_of(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000;
}

static cx_code read_fd(cx *c, int fd, const char *path, int64_t offset, int64_t length, size_t most,
                       buf *out)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return cx_fail_errno(c, errno, "cannot read %s", path);
    if (!S_ISREG(st.st_mode))
        return cx_fail(c, CX_IO, "%s is not a file", path);
    if (offset > st.st_size || (length >= 0 && length > st.st_size - offset))
        return cx_fail(c, CX_CORRUPT, "%s ends before byte %" PRId64, path,
                       offset + (length > 0 ? length : 0));
    const size_t want = (size_t)(length >= 0 ? length : st.st_size - offset);
    if (want > most)
        return cx_fail(c, CX_TOO_LARGE, "%s has %zu bytes; at most %zu are read", path, want, most);
    *out = BUF(most ? most : 1);
    out->data = cx_malloc(want + 1);
    out->capacity = want + 1;
    while (out->length < want) {
        const ssize_t n = pread(fd, out->data + out->length, want - out->length,
                                (off_t)(offset + (int64_t)out->length));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            const int e = errno;
            buf_clear(out);
            return n < 0 ? cx_fail_errno(c, e, "cannot read %s", path)
                         : cx_fail(c, CX_IO, "%s became shorter while it was read", path);
        }
        out->length += (size_t)n;
    }
    out->data[want] = '\0';
    return CX_OK;
}

static cx_code file_read(cx *c, store *s, const char *path, int64_t offset, int64_t length,
                         size_t most, buf *out)
{
    const char *at = full(c, s, path);
    const int fd = open(at, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return cx_fail_errno(c, errno == ENOTDIR ? ENOENT : errno, "cannot read %s", at);
    const cx_code rc = read_fd(c, fd, at, offset, length, most, out);
    close(fd);
    return rc;
}

static cx_code file_stat(cx *c, store *s, const char *path, store_entry *out)
{
    struct stat st;
    const char *at = full(c, s, path);
    if (stat(at, &st) != 0)
        return cx_fail_errno(c, errno == ENOTDIR ? ENOENT : errno, "cannot find %s", at);
    *out = (store_entry){path, st.st_size, mtime_of(&st)};
    return CX_OK;
}

static cx_code file_list(cx *c, store *s, const char *folder, const char *from, store_visit v,
                         void *self)
{
    const char *at = full(c, s, folder);
    DIR *d = opendir(at);
    if (!d)
        return cx_fail_errno(c, errno == ENOTDIR ? ENOENT : errno, "cannot list %s", at);
    AUTO_CLEAR(names) found = {0};
    for (struct dirent *e; (e = readdir(d));) {
        struct stat st;
        if (e->d_name[0] == '.' || (from && strcmp(e->d_name, from) < 0))
            continue;
        if (fstatat(dirfd(d), e->d_name, &st, 0) == 0 && S_ISREG(st.st_mode))
            names_add(&found, e->d_name, st.st_size, mtime_of(&st));
    }
    closedir(d);
    return names_visit(c, &found, v, self);
}

static cx_code write_fd(cx *c, int fd, str data, const char *path)
{
    while (data.length) {
        const ssize_t n = write(fd, data.data, data.length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return cx_fail_errno(c, errno, "cannot write %s", path);
        data.data += n;
        data.length -= (size_t)n;
    }
    return CX_OK;
}

static const char *folder_of(cx *c, const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == path ? "/" : cx_dupn(c, path, (size_t)(slash - path));
}

/* mkdir -p that outlives a power cut: each new folder is synced into the one above it. */
static cx_code make_folders(cx *c, const char *path)
{
    if (fs_is_dir(path))
        return CX_OK;
    const char *above = folder_of(c, path);
    TRY(make_folders(c, above));
    if (mkdir(path, 0755) != 0 && errno != EEXIST)
        return cx_fail_errno(c, errno, "cannot make the folder %s", path);
    return fs_sync_dir(c, above);
}

static cx_code publish(cx *c, const char *temp, const char *path)
{
    if (renameat2(AT_FDCWD, temp, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
        return CX_OK;
    if (errno == EINVAL || errno == ENOSYS) {
        if (link(temp, path) == 0) {
            unlink(temp);
            return CX_OK;
        }
    }
    return cx_fail_errno(c, errno, "cannot publish %s", path);
}

static cx_code put_temp(cx *c, const char *path, str data, bool sync, const char **out_temp)
{
    char tail[17];
    hex_random(tail, 16);
    const char *folder = folder_of(c, path);
    const char *temp = cx_fmt(c, "%s/.%s.%s.tmp", folder, strrchr(path, '/') + 1, tail);
    int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 && errno == ENOENT) {
        TRY(make_folders(c, folder));
        fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    }
    if (fd < 0)
        return cx_fail_errno(c, errno, "cannot write %s", temp);
    cx_code rc = write_fd(c, fd, data, temp);
    if (rc == CX_OK && sync && fsync(fd) != 0)
        rc = cx_fail_errno(c, errno, "cannot sync %s", temp);
    if (close(fd) != 0 && rc == CX_OK)
        rc = cx_fail_errno(c, errno, "cannot finish %s", temp);
    if (rc != CX_OK)
        unlink(temp);
    else
        *out_temp = temp;
    return rc;
}

static cx_code put(cx *c, store *s, const char *path, str data, bool sync)
{
    const char *at = full(c, s, path), *temp = NULL;
    if (fs_exists(at)) /* the common way to lose a race, found before the disk is waited for */
        return cx_fail(c, CX_EXISTS, "%s exists already", at);
    TRY(put_temp(c, at, data, sync, &temp));
    const cx_code rc = publish(c, temp, at);
    if (rc != CX_OK) {
        unlink(temp);
        return rc;
    }
    return sync ? fs_sync_dir(c, folder_of(c, at)) : CX_OK;
}

static cx_code file_put_if_absent(cx *c, store *s, const char *path, str data)
{
    return put(c, s, path, data, true);
}

static cx_code file_put_hint(cx *c, store *s, const char *path, str data)
{
    return put(c, s, path, data, false);
}

static cx_code file_replace(cx *c, store *s, const char *path, str data)
{
    const char *at = full(c, s, path), *temp = NULL;
    TRY(put_temp(c, at, data, true, &temp));
    if (rename(temp, at) != 0) {
        const int e = errno;
        unlink(temp);
        return cx_fail_errno(c, e, "cannot replace %s", at);
    }
    return fs_sync_dir(c, folder_of(c, at));
}

static cx_code file_remove(cx *c, store *s, const char *path)
{
    const char *at = full(c, s, path);
    if (unlink(at) != 0 && errno != ENOENT && errno != ENOTDIR)
        return cx_fail_errno(c, errno, "cannot remove %s", at);
    return CX_OK;
}

static void file_free(store *s)
{
    file_store *f = container_of(s, file_store, base);
    free(f->root);
    free(f);
}

static const store_ops file_ops = {
    .name = "file",
    .read = file_read,
    .stat = file_stat,
    .list = file_list,
    .put_if_absent = file_put_if_absent,
    .put_hint = file_put_hint,
    .replace = file_replace,
    .remove = file_remove,
    .free = file_free,
};

cx_code store_file_open(cx *c, const char *root, store **out)
{
    char *absolute = NULL;
    TRY(fs_absolute(c, root, &absolute));
    file_store *f = cx_calloc(1, sizeof *f);
    f->root = cx_heapdup(absolute);
    for (size_t n = strlen(f->root); n > 1 && f->root[n - 1] == '/'; n--)
        f->root[n - 1] = '\0';
    f->base = (store){&file_ops, f->root};
    *out = &f->base;
    return CX_OK;
}
