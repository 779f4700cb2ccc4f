/* Notes about folders in which work is going on.
 *
 * A process writes the note before its first byte and takes it back when every file there is
 * accounted for. A note whose process is dead tells the next opener where to clean up. "Dead" must
 * not be fooled by a reused process id, so the note has the start time of the process and the boot
 * of the machine. */
#include "lake/metastore/meta_int.h"

#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

static void read_word_file(const char *path, char *out, size_t room)
{
    out[0] = 0;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    const ssize_t n = read(fd, out, room - 1);
    close(fd);
    out[n > 0 ? n : 0] = 0;
    out[strcspn(out, "\n")] = 0;
}

/* Field 22 of /proc/<pid>/stat, counted after the command's closing parenthesis. 0 = no such
 * process. */
static uint64_t start_ticks(long pid)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    read_word_file(path, text, sizeof text);
    const char *p = strrchr(text, ')');
    if (!p || (p[1] && (p[2] == 'Z' || p[2] == 'X'))) /* a zombie writes no more */
        return 0;
    for (int field = 2; p && field < 22; field++)
        p = strchr(p + 1, ' ');
    return p ? strtoull(p + 1, NULL, 10) : 0;
}

static void describe(long pid, char out[META_PROCESS])
{
    char boot[48];
    read_word_file("/proc/sys/kernel/random/boot_id", boot, sizeof boot);
    snprintf(out, META_PROCESS, "%ld:%" PRIu64 ":%.40s", pid, start_ticks(pid), boot);
}

void meta_process_self(char out[META_PROCESS])
{
    describe((long)getpid(), out);
}

bool meta_process_alive(const char *process)
{
    const long pid = strtol(process, NULL, 10);
    char now[META_PROCESS];
    if (pid <= 0 || start_ticks(pid) == 0)
        return false;
    describe(pid, now);
    return strcmp(now, process) == 0;
}

cx_code meta_pending_on(cx *c, db *d, const char *location, int64_t *out_id)
{
    TRY(db_run(c, d, "INSERT INTO pending(location, process, since_ms) VALUES(?1,?2,?3)", "tti",
               location, d->m->process, cx_now_ms(c)));
    *out_id = sqlite3_last_insert_rowid(d->sql);
    return CX_OK;
}

cx_code meta_pending_begin(cx *c, meta *m, const char *location, int64_t *out_id)
{
    AUTO(db) d = NULL;
    TRY(db_take(c, m, DB_WRITE, &d));
    TRY(meta_pending_on(c, d, location, out_id));
    return db_commit(c, d);
}

cx_code meta_pending_end(cx *c, meta *m, int64_t id)
{
    AUTO(db) d = NULL;
    TRY(db_take(c, m, DB_RELAXED, &d));
    TRY(db_run(c, d, "DELETE FROM pending WHERE id=?1", "i", id));
    return db_commit(c, d);
}

cx_code meta_pending_end_at(cx *c, meta *m, const char *location)
{
    AUTO(db) d = NULL;
    TRY(db_take(c, m, DB_RELAXED, &d));
    TRY(db_run(c, d, "DELETE FROM pending WHERE location=?1 AND process=?2", "tt", location,
               m->process));
    return db_commit(c, d);
}

cx_code meta_pending_dead(cx *c, meta *m, meta_pending **out, size_t *out_n)
{
    AUTO(db) d = NULL;
    DB_STMT s = NULL;
    size_t count = 0, room = 0;
    meta_pending *rows = NULL;
    TRY(db_take(c, m, DB_READ, &d));
    TRY(db_query(
        c, d, &s,
        "SELECT id, since_ms, location, process,"
        " EXISTS(SELECT 1 FROM object o WHERE o.location=p.location) FROM pending p ORDER BY id",
        ""));
    for (bool row;;) {
        TRY(db_step(c, d, s, &row));
        if (!row)
            break;
        if (meta_process_alive((const char *)sqlite3_column_text(s, 3)))
            continue;
        if (count == room) {
            room = room ? room * 2 : 16;
            meta_pending *more = cx_array(c, meta_pending, room);
            if (count)
                memcpy(more, rows, count * sizeof *rows);
            rows = more;
        }
        rows[count++] = (meta_pending){.id = sqlite3_column_int64(s, 0),
                                       .since_ms = sqlite3_column_int64(s, 1),
                                       .location = db_text(c, s, 2),
                                       .owned_by_table = sqlite3_column_int(s, 4) != 0};
    }
    *out = rows;
    *out_n = count;
    return CX_OK;
}
