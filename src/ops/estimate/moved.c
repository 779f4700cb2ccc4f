/* A deep clone over an earlier one copies the files that the copy does not have: those that the
 * source got since, and those that the copy lost since. Both histories say how many bytes: of the
 * source what its commits added, of the copy what its own commits removed. A file that came and
 * went in between is counted though nobody will copy it, so the sum is a ceiling, and the table's
 * size is another; the caller takes the smaller. A source that was restored to the very version
 * that the copy has needs nothing of what was done before. A history that does not reach back, or a
 * commit that says nothing of bytes, gives -1. */
#include "ops/estimate/moved.h"

#include "ops/batch.h"
#include "sql/quote.h"

enum { LOOK_BACK = 100 };

typedef struct {
    int64_t version, bytes; /* -1 = it moved some, and does not say how many */
} commit;

typedef struct {
    commit *commits; /* LOOK_BACK of them; NULL until the first */
    size_t count;
    int64_t oldest;
    int64_t undone; /* what was committed up to this version was taken back; -1 */
    bool unreadable;
} side;

typedef struct {
    cx *c;                   /* the caller's, for one call at a time */
    const char *catalogs[2]; /* source, dest */
    moved_table *tables;
    side *sides; /* two a table */
} asking;

static const char *part(cx *c, void *self, size_t i)
{
    const asking *a = self;
    const moved_table *t = &a->tables[i / 2];
    buf b = BUF(BUF_ANY);
    buf_adds(&b, "version, operation, operationParameters['mode'] AS mode, "
                 "operationParameters['version'] AS restored");
    if (i % 2 == 0)
        buf_adds(&b, ", coalesce(operationMetrics['numOutputBytes'], "
                     "operationMetrics['numAddedBytes'], "
                     "operationMetrics['numTargetBytesAdded'], "
                     "operationMetrics['restoredFilesSize'], operationMetrics['copiedFilesSize'])");
    else
        buf_adds(&b, ", coalesce(operationMetrics['numRemovedBytes'], "
                     "operationMetrics['numTargetBytesRemoved'], "
                     "operationMetrics['removedFilesSize'])");
    buf_adds(&b, " AS bytes FROM (DESCRIBE HISTORY ");
    sql_add_name3(&b, a->catalogs[i % 2], t->table->schema, t->table->name);
    buf_addf(&b, " LIMIT %d)", LOOK_BACK);
    const char *text = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    return text;
}

static bool is_one_of(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(word, *list) == 0)
            return true;
    return false;
}

/* Commits that bring files, or take files away, without saying how many bytes are a riddle. */
static bool brings(const char *operation)
{
    static const char *const list[] = {
        "WRITE",   "DELETE",  "UPDATE",           "MERGE",     "OPTIMIZE", "REORG", "CLONE",
        "RESTORE", "CONVERT", "STREAMING UPDATE", "COPY INTO", NULL};
    return is_one_of(operation, list) || strstr(operation, "AS SELECT");
}

static bool takes(const char *operation, const char *mode)
{
    static const char *const list[] = {"DELETE", "UPDATE",  "MERGE",    "OPTIMIZE", "REORG",
                                       "CLONE",  "RESTORE", "TRUNCATE", NULL};
    if (!strcmp(operation, "WRITE") || !strcmp(operation, "STREAMING UPDATE"))
        return mode && strcmp(mode, "Append") != 0;
    return is_one_of(operation, list) || strstr(operation, "AS SELECT") ||
           text_starts(operation, "REPLACE") || text_starts(operation, "CREATE OR REPLACE");
}

static int64_t bytes_of(const sql_result *r, size_t at, bool source)
{
    const char *operation = sql_value_by(r, at, "operation");
    const int64_t bytes = sql_int(r, at, "bytes", -1);
    if (bytes >= 0 || !operation)
        return bytes;
    const bool moves = source ? brings(operation) : takes(operation, sql_value_by(r, at, "mode"));
    return moves ? -1 : 0;
}

static void row(void *self, size_t i, const sql_result *r, size_t at)
{
    asking *a = self;
    const moved_table *t = &a->tables[i / 2];
    side *s = &a->sides[i];
    const bool source = i % 2 == 0;
    const int64_t version = sql_int(r, at, "version", -1);
    if (s->oldest < 0 || version < s->oldest)
        s->oldest = version;
    if (version <= (source ? t->source_version : t->copy_version) ||
        (source && t->until >= 0 && version > t->until) || s->count == LOOK_BACK)
        return;
    if (!s->commits)
        s->commits = cx_array(a->c, commit, LOOK_BACK);
    s->commits[s->count++] = (commit){version, bytes_of(r, at, source)};
    if (source && sql_int(r, at, "restored", -1) == t->source_version && version > s->undone)
        s->undone = version;
}

static void problem(void *self, size_t i, const cx_error *e)
{
    asking *a = self;
    (void)e;
    a->sides[i].unreadable = true;
}

/* -1 = not told */
static int64_t sum(const side *s, int64_t after)
{
    int64_t bytes = 0;
    if (s->unreadable || s->oldest < 0 || s->oldest > after + 1)
        return -1;
    for (size_t i = 0; i < s->count; i++) {
        if (s->commits[i].version <= s->undone)
            continue;
        if (s->commits[i].bytes < 0)
            return -1;
        bytes += s->commits[i].bytes;
    }
    return bytes;
}

cx_code moved_load(cx *c, workspace *w, const char *source, const char *dest, moved_table *tables,
                   size_t n)
{
    asking a = {.c = c, .catalogs = {source, dest}, .tables = tables};
    a.sides = cx_array(c, side, 2 * n + 1);
    for (size_t i = 0; i < 2 * n; i++)
        a.sides[i].oldest = a.sides[i].undone = -1;
    const batch_query q = {w, 2 * n, "changes", part, row, problem, &a};
    TRY_IN(c, batch_run(c, &q), "reading the histories of %zu tables", n);
    for (size_t i = 0; i < n; i++) {
        const bool behind = tables[i].until >= 0 && tables[i].until < tables[i].source_version;
        const int64_t came = sum(&a.sides[2 * i], tables[i].source_version);
        const int64_t went = sum(&a.sides[2 * i + 1], tables[i].copy_version);
        tables[i].bytes = behind || came < 0 || went < 0 ? -1 : came + went;
    }
    return CX_OK;
}
