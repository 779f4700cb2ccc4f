/* Copying the files of a clone, several at once.
 *
 * Each is copied to a hidden temporary beside its place and moved there by a rename that refuses to
 * replace. When all are there, all are synced, then their folders, and then the commit is
 * published: until then nothing refers to any of it. The disk writes the first files while the last
 * are copied. */
#include "delta/clone.h"

#include "base/fs.h"
#include "base/hash.h"
#include "base/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *folder_of(cx *c, const char *path)
{
    return cx_dupn(c, path, (size_t)(strrchr(path, '/') - path));
}

static cx_code missing(cx *c, const clone_plan *p, const clone_copy *copy)
{
    (void)cx_fail_as(c, CX_NOT_FOUND, "DELTA_FILE_NOT_FOUND", "42K03",
                     "the %s %s, which version %" PRId64 " of %s names, is missing",
                     copy->vector ? "deletion vector" : "data file", copy->from, p->source->version,
                     p->source->root);
    return cx_hint(
        c, "It may have been removed by VACUUM; clone a newer version, or restore the file.");
}

static cx_code copy_one(cx *c, void *self, size_t i)
{
    clone_plan *p = self;
    clone_copy *copy = &p->copies[i];
    char tail[17];
    hex_random(tail, 16);
    const char *temp = cx_fmt(c, "%s/.clxs-%s.tmp", folder_of(c, copy->to), tail);
    const cx_code rc = fs_copy(c, copy->from, temp, &copy->bytes);
    if (rc == CX_NOT_FOUND && !fs_exists(copy->from))
        return missing(c, p, copy);
    TRY(rc);
    if (renameat2(AT_FDCWD, temp, AT_FDCWD, copy->to, RENAME_NOREPLACE) != 0) {
        const int e = errno;
        /* Some file systems cannot; the name was free a moment ago and is not known to others. */
        if ((e != EINVAL && e != ENOSYS) || link(temp, copy->to) != 0) {
            unlink(temp);
            return cx_fail_errno(c, e, "cannot publish %s", copy->to);
        }
        unlink(temp);
    }
    copy->made = true;
    return CX_OK;
}

/* mkdir -p, each new folder synced into the one above it. */
static cx_code make_folder(cx *c, const char *path)
{
    if (fs_is_dir(path))
        return CX_OK;
    const char *above = strrchr(path, '/') == path ? "/" : folder_of(c, path);
    TRY(make_folder(c, above));
    if (mkdir(path, 0755) != 0 && errno != EEXIST)
        return cx_fail_errno(c, errno, "cannot make the folder %s", path);
    return fs_sync_dir(c, above);
}

static cx_code each_folder(cx *c, const clone_plan *p, cx_code (*act)(cx *c, const char *path))
{
    AUTO(json) seen = json_object();
    for (size_t i = 0; i < p->copy_count; i++) {
        const char *folder = folder_of(c, p->copies[i].to);
        if (json_object_get(seen, folder))
            continue;
        json_object_set_new_nocheck(seen, folder, json_true());
        TRY(act(c, folder));
    }
    return CX_OK;
}

static cx_code sync_one(cx *c, void *self, size_t i)
{
    const clone_plan *p = self;
    return fs_sync_file(c, p->copies[i].to);
}

cx_code clone_copy_files(cx *c, clone_plan *p)
{
    const int threads = p->options->threads > 0 ? p->options->threads : 4;
    cx_code rc = each_folder(c, p, make_folder);
    if (rc == CX_OK)
        rc = pool_run(c, p->copy_count, threads, true, copy_one, p);
    if (rc == CX_OK)
        rc = pool_run(c, p->copy_count, threads, true, sync_one, p);
    if (rc == CX_OK)
        rc = each_folder(c, p, fs_sync_dir);
    if (rc != CX_OK)
        clone_undo(c, p);
    return rc;
}

void clone_undo(cx *c, clone_plan *p)
{
    (void)c;
    for (size_t i = 0; i < p->copy_count; i++)
        if (p->copies[i].made) {
            unlink(p->copies[i].to);
            p->copies[i].made = false;
        }
}
