/* Which files make a version.
 *
 * _last_checkpoint is a hint and nothing more: when it names a version that is not above the wanted
 * one, the listing starts there, so a log of a hundred thousand commits costs one short listing. If
 * that listing holds no complete checkpoint after all (the pointer was stale, or lied), the whole
 * folder is listed. Names sort as versions do, because they are zero-padded. */
#include "delta/log.h"

#include "delta/action.h"
#include "delta/checkpoint.h"

#include <inttypes.h>

enum { LAST_CHECKPOINT_MOST = 64 << 20, COMMIT_HEAD = 64 << 10 };
static const size_t commit_most = (size_t)4 << 30;

char *log_commit_path(cx *c, int64_t version)
{
    return cx_fmt(c, LOG_FOLDER "/%020" PRId64 ".json", version);
}

char *log_file_path(cx *c, const log_file *f)
{
    if (f->to == f->version)
        return log_commit_path(c, f->version);
    return cx_fmt(c, LOG_FOLDER "/%020" PRId64 ".%020" PRId64 ".compacted.json", f->version, f->to);
}

/* Exactly n digits and then `after`; moves past both. */
static bool number(const char **p, int n, char after, int64_t *out)
{
    int64_t v = 0;
    for (int i = 0; i < n; i++) {
        const char ch = (*p)[i];
        if (ch < '0' || ch > '9' || v > (INT64_MAX - 9) / 10)
            return false;
        v = v * 10 + (ch - '0');
    }
    if ((*p)[n] != after)
        return false;
    *p += n + 1;
    *out = v;
    return true;
}

typedef struct {
    log_listing *l;
    size_t commit_room, compaction_room, checkpoint_room;
} lister;

#define GROW(c, list, count, room)                                \
    do {                                                          \
        if ((count) == (room)) {                                  \
            (room) = (room) ? (room)*2 : 64;                      \
            void *more_ = cx_alloc((c), (room) * sizeof *(list)); \
            if (count)                                            \
                memcpy(more_, (list), (count) * sizeof *(list));  \
            (list) = more_;                                       \
        }                                                         \
    } while (0)

static void add_checkpoint(cx *c, lister *s, const store_entry *e, int64_t version,
                           const char *rest)
{
    int64_t part = 1, parts = 1;
    if (!strcmp(rest, "parquet")) {
        /* a classic one */
    } else if (number(&rest, 10, '.', &part)) {
        if (!number(&rest, 10, '.', &parts) || strcmp(rest, "parquet") != 0 || part < 1 ||
            part > parts || parts > INT32_MAX)
            return;
    } else if (!text_ends(rest, ".json") && !text_ends(rest, ".parquet")) {
        return; /* not "<uuid>.json" or "<uuid>.parquet" either */
    }
    GROW(c, s->l->checkpoints, s->l->checkpoint_count, s->checkpoint_room);
    s->l->checkpoints[s->l->checkpoint_count++] =
        (log_checkpoint_file){version, e->mtime_ms, cx_dup(c, e->path), (int)part, (int)parts};
}

static cx_code visit(cx *c, void *self, const store_entry *e)
{
    lister *s = self;
    const char *p = e->path;
    int64_t version, to;
    if (!number(&p, 20, '.', &version))
        return CX_OK;
    if (!strcmp(p, "json")) {
        GROW(c, s->l->commits, s->l->commit_count, s->commit_room);
        s->l->commits[s->l->commit_count++] = (log_file){version, version, e->mtime_ms, e->size};
    } else if (text_starts(p, "checkpoint.")) {
        add_checkpoint(c, s, e, version, p + strlen("checkpoint."));
    } else if (number(&p, 20, '.', &to) && !strcmp(p, "compacted.json") && to > version) {
        GROW(c, s->l->compactions, s->l->compaction_count, s->compaction_room);
        s->l->compactions[s->l->compaction_count++] = (log_file){version, to, e->mtime_ms, e->size};
    }
    return CX_OK;
}

static cx_code no_log(cx *c, const store *s)
{
    cx_forgive(c);
    return cx_fail_as(c, CX_NOT_FOUND, "DELTA_MISSING_DELTA_TABLE", "42P01",
                      "%s is not a Delta table: it has no " LOG_FOLDER " with a commit", s->root);
}

static cx_code list_once(cx *c, store *s, int64_t from, log_listing *out)
{
    *out = (log_listing){0};
    lister self = {.l = out};
    const char *name = from > 0 ? cx_fmt(c, "%020" PRId64, from) : NULL;
    const cx_code rc = store_list(c, s, LOG_FOLDER, name, visit, &self);
    if (rc == CX_NOT_FOUND)
        return no_log(c, s);
    return rc;
}

static bool has_gap(const log_listing *l)
{
    for (size_t i = 1; i < l->commit_count; i++)
        if (l->commits[i].version != l->commits[i - 1].version + 1)
            return true;
    return false;
}

static void drop_above(log_listing *l, int64_t most)
{
    size_t kept = 0;
    while (l->commit_count && l->commits[l->commit_count - 1].version > most)
        l->commit_count--;
    for (size_t i = 0; i < l->compaction_count; i++)
        if (l->compactions[i].to <= most)
            l->compactions[kept++] = l->compactions[i];
    l->compaction_count = kept;
    kept = 0;
    for (size_t i = 0; i < l->checkpoint_count; i++)
        if (l->checkpoints[i].version <= most)
            l->checkpoints[kept++] = l->checkpoints[i];
    l->checkpoint_count = kept;
}

/* A folder is not listed at one moment: of two names that appear meanwhile, the later one may be
 * found and the earlier one not. All versions below one that was found were there before a second
 * listing begins, so up to that one it has no gap that the log has not. */
cx_code log_list(cx *c, store *s, int64_t from, log_listing *out)
{
    TRY(list_once(c, s, from, out));
    if (!has_gap(out))
        return CX_OK;
    const int64_t most = out->commits[out->commit_count - 1].version;
    TRY(list_once(c, s, from, out));
    drop_above(out, most);
    return CX_OK;
}

void log_monotonic(log_file *commits, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (commits[i].mtime_ms <= commits[i - 1].mtime_ms)
            commits[i].mtime_ms = commits[i - 1].mtime_ms + 1;
}

static bool intact(const json *pointer)
{
    char sum[33];
    const char *wanted = json_get_str(pointer, "checksum", NULL);
    if (!wanted)
        return true;
    json_checksum(pointer, sum);
    return !strcmp(sum, wanted);
}

cx_code log_hint(cx *c, store *s, int64_t *out)
{
    AUTO_CLEAR(buf) text = {0};
    *out = 0;
    const cx_code rc =
        store_read(c, s, LOG_FOLDER "/_last_checkpoint", LAST_CHECKPOINT_MOST, &text);
    if (rc == CX_NOT_FOUND || rc == CX_TOO_LARGE) {
        cx_forgive(c);
        return CX_OK;
    }
    TRY(rc);
    AUTO(json) j = NULL;
    if (json_parse(c, text.data, text.length, "_last_checkpoint", &j) != CX_OK || !intact(j)) {
        cx_info(c, "%s/" LOG_FOLDER "/_last_checkpoint is damaged; listing the whole log", s->root);
        cx_forgive(c);
        return CX_OK;
    }
    const int64_t v = json_get_int(j, "version", 0);
    *out = v > 0 ? v : 0;
    return CX_OK;
}

/* A checkpoint is complete when all its parts are there. Files of one multi-part set are adjacent,
 * because the names sort by version, then part. Returns the number of files from i on, 0 if not. */
size_t log_checkpoint_complete(const log_listing *l, size_t i)
{
    const log_checkpoint_file *f = &l->checkpoints[i];
    if (f->parts == 1)
        return 1;
    if (f->part != 1 || (size_t)f->parts > l->checkpoint_count)
        return 0;
    /* Two sets of other part counts may interleave: gather by number of parts. */
    size_t n = 0;
    for (size_t k = 0; k < l->checkpoint_count; k++)
        n += l->checkpoints[k].version == f->version && l->checkpoints[k].parts == f->parts;
    return n == (size_t)f->parts ? n : 0;
}

static void choose_checkpoint(cx *c, const log_listing *l, int64_t most, log_segment *out)
{
    for (size_t i = l->checkpoint_count; i-- > 0;) {
        const log_checkpoint_file *f = &l->checkpoints[i];
        const size_t n = f->version <= most && f->version > out->checkpoint_version
                             ? log_checkpoint_complete(l, i)
                             : 0;
        if (!n)
            continue;
        log_checkpoint_file *files = cx_array(c, log_checkpoint_file, n);
        size_t k = 0;
        for (size_t j = 0; j < l->checkpoint_count && k < n; j++)
            if (j == i || (f->parts > 1 && l->checkpoints[j].version == f->version &&
                           l->checkpoints[j].parts == f->parts))
                files[k++] = l->checkpoints[j];
        out->checkpoint = files;
        out->checkpoint_files = n;
        out->checkpoint_version = f->version;
        out->checkpoint_mtime_ms = f->mtime_ms;
    }
}

static cx_code missing(cx *c, const store *s, int64_t version)
{
    return cx_fail_as(c, CX_CORRUPT, "DELTA_VERSIONS_NOT_CONTIGUOUS", "KD00C",
                      "the log of %s is not contiguous: version %" PRId64 " is missing (" LOG_FOLDER
                      "/%020" PRId64 ".json)",
                      s->root, version, version);
}

static cx_code not_available(cx *c, const store *s, int64_t version, int64_t first, int64_t last)
{
    return cx_fail_as(c, CX_NOT_FOUND, "DELTA_VERSION_NOT_FOUND", "22003",
                      "version %" PRId64 " of %s is not available: versions %" PRId64 " to %" PRId64
                      " are",
                      version, s->root, first, last);
}

/* The longest compaction that starts at `version` and ends at or before `last`. */
static const log_file *compaction_at(const log_listing *l, int64_t version, int64_t last)
{
    const log_file *best = NULL;
    for (size_t i = 0; i < l->compaction_count; i++) {
        const log_file *f = &l->compactions[i];
        if (f->version == version && f->to <= last && (!best || f->to > best->to))
            best = f;
    }
    return best;
}

/* Commits above the checkpoint up to the version, each there; compactions in place of runs. */
static cx_code choose_commits(cx *c, const store *s, const log_listing *l, log_segment *out)
{
    int64_t next = out->checkpoint_version + 1;
    size_t i = 0;
    while (i < l->commit_count && l->commits[i].version < next)
        i++;
    const size_t first = i;
    for (; i < l->commit_count && l->commits[i].version <= out->version; i++, next++)
        if (l->commits[i].version != next)
            return missing(c, s, next);
    if (next <= out->version)
        return missing(c, s, next);
    const size_t n = i - first;
    log_file *files = cx_array(c, log_file, n ? n : 1);
    size_t count = 0;
    for (size_t k = first; k < i; count++) {
        const log_file *f = compaction_at(l, l->commits[k].version, out->version);
        files[count] = f ? *f : l->commits[k];
        k += (size_t)(files[count].to - files[count].version) + 1;
    }
    for (size_t k = 0; k < count / 2; k++) {
        const log_file t = files[k];
        files[k] = files[count - 1 - k];
        files[count - 1 - k] = t;
    }
    out->files = files;
    out->file_count = count;
    return CX_OK;
}

static int64_t newest(const log_listing *l)
{
    int64_t v = l->commit_count ? l->commits[l->commit_count - 1].version : -1;
    for (size_t i = 0; i < l->checkpoint_count; i++)
        if (l->checkpoints[i].version > v && log_checkpoint_complete(l, i))
            v = l->checkpoints[i].version;
    return v;
}

static void set_timestamp(log_listing *l, log_segment *out)
{
    log_monotonic(l->commits, l->commit_count);
    out->timestamp_ms = out->checkpoint_mtime_ms;
    for (size_t i = 0; i < l->commit_count; i++)
        if (l->commits[i].version == out->version)
            out->timestamp_ms = l->commits[i].mtime_ms;
}

static cx_code segment_of(cx *c, const store *s, log_listing *l, int64_t version, bool checkpoints,
                          log_segment *out)
{
    const int64_t last = newest(l);
    if (last < 0)
        return no_log(c, s);
    const int64_t wanted = version < 0 ? last : version;
    *out = (log_segment){.version = wanted, .checkpoint_version = -1};
    if (checkpoints)
        choose_checkpoint(c, l, wanted, out);
    int64_t first = l->commit_count ? l->commits[0].version : last;
    for (size_t i = 0; i < l->checkpoint_count && first > 0; i++)
        if (l->checkpoints[i].version < first)
            first = l->checkpoints[i].version;
    if (wanted > last || wanted < first)
        return not_available(c, s, wanted, first, last);
    if (out->checkpoint_version < 0 && first > 0)
        return cx_fail_as(c, CX_CORRUPT, "DELTA_TRUNCATED_TRANSACTION_LOG", "42K03",
                          "version %" PRId64
                          " of %s cannot be built: the log starts at version %" PRId64
                          " without a checkpoint",
                          wanted, s->root, first);
    TRY(choose_commits(c, s, l, out));
    set_timestamp(l, out);
    return CX_OK;
}

cx_code log_segment_load(cx *c, store *s, int64_t version, bool use_checkpoints, log_segment *out)
{
    log_listing l;
    int64_t hint = 0;
    if (use_checkpoints)
        TRY(log_hint(c, s, &hint));
    if (hint > 0 && (version < 0 || hint <= version)) {
        TRY(log_list(c, s, hint, &l));
        if (newest(&l) >= 0 && segment_of(c, s, &l, version, true, out) == CX_OK &&
            out->checkpoint_version >= 0)
            return CX_OK;
        cx_forgive(c); /* the pointer was wrong: the whole listing tells the truth */
    }
    TRY(log_list(c, s, 0, &l));
    return segment_of(c, s, &l, version, use_checkpoints, out);
}

cx_code log_latest(cx *c, store *s, int64_t from, int64_t *out)
{
    log_listing l;
    TRY(log_list(c, s, from, &l));
    const int64_t v = newest(&l);
    if (v < 0)
        return no_log(c, s);
    *out = v;
    return CX_OK;
}

static cx_code keep_info(cx *c, void *self, const action *a, const char *what)
{
    json **out = self;
    if (a->kind == ACTION_COMMIT_INFO && !*out)
        TRY_IN(c, json_parse(c, a->body.data, a->body.length, what, out), "reading %s", what);
    return CX_OK;
}

cx_code log_commit_info(cx *c, store *s, int64_t version, json **out)
{
    const char *path = log_commit_path(c, version);
    AUTO_CLEAR(buf) text = {0};
    AUTO(json) info = NULL;
    action a;
    /* It nearly always is the first line: do not read a commit of a million files for it. */
    store_entry e;
    TRY(store_stat(c, s, path, &e));
    if (e.size > COMMIT_HEAD) {
        TRY(store_read_range(c, s, path, 0, COMMIT_HEAD, &text));
        const char *nl = memchr(text.data, '\n', text.length);
        if (nl && action_scan((str){text.data, (size_t)(nl - text.data)}, &a) &&
            a.kind == ACTION_COMMIT_INFO) {
            TRY(keep_info(c, &info, &a, path));
            *out = STEAL(info);
            return CX_OK;
        }
        buf_clear(&text);
    }
    TRY(store_read(c, s, path, commit_most, &text));
    TRY(actions_each(c, (str){buf_text(&text), text.length}, path, false, keep_info, &info));
    *out = STEAL(info);
    return CX_OK;
}
