/* The note in `pending` around a write, and the mark that its files carry.
 *
 * Files of a write that came to nothing must go, but only those: another statement, maybe of
 * another process, may be writing to the same table, and its files are in no version yet either. So
 * every file that we write has the note's number in its name: part-00000-<uuid>, where the uuid's
 * last twelve digits are the number; delta_mark(table, r->mark) does that for deletion vectors.
 * Whoever cleans up removes files with that number that no version names. */
#include "lake/engine/engine_int.h"

#include <errno.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/hash.h"

enum { MARK_DIGITS = 12 };

cx_code eng_note_begin(cx *c, run *r, const char *location, eng_note *out)
{
    char id[UUID_TEXT];
    uuid_random(id);
    out->since_ms = cx_now_ms(c);
    TRY(meta_pending_begin(c, r->e->meta, location, &out->id));
    r->mark = cx_fmt(c, "%.24s%012llx", id, (unsigned long long)out->id & 0xffffffffffffull);
    return CX_OK;
}

/* part-00000-<uuid>…, cdc-00000-<uuid>…, deletion_vector_<uuid>.bin */
static const char *uuid_in(const char *name)
{
    static const char vector[] = "deletion_vector_";
    const char *p = text_starts(name, "part-")  ? name + 11
                    : text_starts(name, "cdc-") ? name + 10
                    : text_starts(name, vector) ? name + strlen(vector)
                                                : NULL;
    return p && strlen(name) > (size_t)(p - name) + 36 && (p[-1] == '-' || p[-1] == '_') ? p : NULL;
}

static bool marked(const char *relative, const void *digits)
{
    const char *slash = strrchr(relative, '/'), *name = slash ? slash + 1 : relative;
    const char *uuid =
        uuid_in(name + (name[0] == '.')); /* ".<name>.<random>.tmp" while it is written */
    return uuid && strncmp(uuid + 24, digits, MARK_DIGITS) == 0;
}

/* Clocks of file systems and processes differ a little; the mark is what tells. */
enum { CLOCK_SLACK_MS = 60000 };

cx_code eng_note_sweep(cx *c, delta_table *t, const eng_note *note)
{
    char digits[MARK_DIGITS + 1];
    int64_t removed = 0;
    snprintf(digits, sizeof digits, "%012llx", (unsigned long long)note->id & 0xffffffffffffull);
    if (!fs_is_dir(delta_root(t)))
        return CX_OK;
    return delta_remove_unreferenced(c, t, note->since_ms - CLOCK_SLACK_MS, marked, digits,
                                     &removed);
}

/* On a context of its own, so that a cancelled statement still cleans and the first error is told.
 * A commit whose answer was lost is in the log, so its files are named and stay. */
cx_code eng_note_end(cx *c, run *r, delta_table *t, const eng_note *note, cx_code code)
{
    cx own;
    cx_init(&own);
    own.log = c->log;
    cx_code rc = code == CX_OK ? CX_OK : eng_note_sweep(&own, t, note);
    if (rc == CX_OK)
        rc = meta_pending_end(&own, r->e->meta, note->id);
    if (rc != CX_OK)
        cx_warn(c, "%s is not cleaned up yet: %s", delta_root(t), own.error.message);
    cx_clear(&own);
    return code;
}
