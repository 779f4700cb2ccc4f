/* What a process did and saw, a line of JSON each: before an operation what it is about to do,
 * after it how it ended. A line is one write: a killed process leaves whole lines. Times are of the
 * one monotonic clock that all processes of the machine share. check_history.py reads these files.
 */
#pragma once

#include "base/fs.h"
#include "base/json.h"

#include <fcntl.h>
#include <unistd.h>

typedef struct {
    int fd;
    const char *who;
    int64_t count;
} history;

static inline history history_open(const char *path, const char *who)
{
    return (history){open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644), who, 0};
}

/* Takes the reference. */
static inline void history_line(cx *c, history *h, json *take_line)
{
    AUTO(json) line = take_line;
    json_object_set_new(line, "at", json_integer(cx_ticks_us(c)));
    AUTO_FREE char *text = json_text(line);
    const char *whole = cx_fmt(c, "%s\n", text);
    if (write(h->fd, whole, strlen(whole)) != (ssize_t)strlen(whole))
        _exit(9);
}

/* The tag of the operation that begins: unique over all processes and incarnations. */
static inline const char *history_tag(cx *c, history *h)
{
    return cx_fmt(c, "%s-%lld", h->who, (long long)++h->count);
}

static inline void history_begin(cx *c, history *h, const char *op, const char *tag,
                                 json *take_what)
{
    json_object_set_new(take_what, "begin", json_string(op));
    json_object_set_new(take_what, "tag", json_string(tag));
    history_line(c, h, take_what);
}

/* rc: CX_OK; CX_CONFLICT, CX_INVALID, CX_UNSUPPORTED mean that nothing happened; all else, that
 * nobody knows. */
static inline void history_end(cx *c, history *h, const char *tag, cx_code rc, json *take_what)
{
    const bool no = rc == CX_CONFLICT || rc == CX_INVALID || rc == CX_UNSUPPORTED;
    json_object_set_new(take_what, "end", json_string(rc == CX_OK ? "ok" : no ? "no" : "unknown"));
    json_object_set_new(take_what, "tag", json_string(tag));
    if (rc != CX_OK) {
        json_object_set_new(
            take_what, "condition",
            json_str_or_null(c->error.condition ? c->error.condition : cx_code_name(rc)));
        json_object_set_new(take_what, "message", json_str_or_null(c->error.message));
    }
    history_line(c, h, take_what);
}
