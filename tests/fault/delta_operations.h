/* Every operation of delta/ on a small table, what a fresh reader sees of it, and the judgement
 * after a fault: the rows of before or of after, of after when the operation said so, and nothing
 * left that recovery does not find. */
#pragma once

#include "unit/delta_help.h"

#define OK_(c, call)                                       \
    do {                                                   \
        if ((call) != CX_OK)                               \
            fail_msg("%s: %s", #call, (c)->error.message); \
    } while (0)

typedef struct {
    const char *name;
    const char *table; /* the one that the operation changes */
    cx_code (*run)(cx *c, const char *root);
    bool same;   /* before is after */
    bool leaves; /* files that the caller's own note finds (lake/engine/note.c) */
} operation;

/* ---- the folder in which all begin ---------------------------------------------- */

#define FEED "{\"delta.enableChangeDataFeed\":\"true\"}"

static void make_logged(cx *c, const char *root, const char *configuration)
{
    AUTO(delta_table) t = NULL;
    int64_t version;
    OK_(c, delta_open(c, root, &lines_parquet, &t));
    OK_(c, COMMIT(c, t, -1, true, &version, PROTOCOL, meta_with(c, configuration)));
    for (int i = 0; i < 3; i++) {
        const char *name = cx_fmt(c, "f%d.parquet", i);
        write_text(c, fs_join(c, root, name), "abc");
        OK_(c, COMMIT(c, t, i, true, &version, add_of(c, name)));
    }
    write_text(c, fs_join(c, root, "extra.parquet"), "abc");
}

static void make_vectors(cx *c, const char *root)
{
    AUTO(delta_table) t = NULL;
    int64_t version;
    OK_(c, delta_open(c, root, &lines_parquet, &t));
    OK_(c, COMMIT(c, t, -1, true, &version,
                  "{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,\"readerFeatures\":"
                  "[\"deletionVectors\"],\"writerFeatures\":[\"deletionVectors\"]}}",
                  meta_with(c, "{\"delta.enableDeletionVectors\":\"true\"}"),
                  add_of(c, "f0.parquet")));
    write_text(c, fs_join(c, root, "f0.parquet"), "abc");
}

static void make_all(cx *c, const char *root)
{
    make_logged(c, fs_join(c, root, "a"), "{}");
    make_logged(c, fs_join(c, root, "often"), "{\"delta.checkpointInterval\":\"1\"}");
    make_logged(c, fs_join(c, root, "feed"), FEED);
    make_table(c, fs_join(c, root, "b"), 1);
    make_vectors(c, fs_join(c, root, "dv"));
    write_text(c, fs_join(c, root, "b/stray.parquet"), "abc");
}

typedef struct {
    const char *from, *to;
} copy_job;

static cx_code copy_one(cx *c, void *self, const char *relative, int64_t size, int64_t mtime_ms)
{
    const copy_job *job = self;
    int64_t bytes;
    (void)size, (void)mtime_ms;
    const char *to = fs_join(c, job->to, relative);
    TRY(fs_mkdirs(c, cx_dupn(c, to, (size_t)(strrchr(to, '/') - to))));
    return fs_copy(c, fs_join(c, job->from, relative), to, &bytes);
}

/* ---- operations ------------------------------------------------------------------- */

static cx_code opened(cx *c, const char *root, const char *name, delta_table **out)
{
    return delta_open(c, fs_join(c, root, name), &lines_parquet, out);
}

static cx_code run_load(cx *c, const char *root)
{
    AUTO(delta_table) t = NULL;
    AUTO(delta_snapshot) s = NULL;
    TRY(opened(c, root, "a", &t));
    return delta_snapshot_load(c, t, DELTA_LATEST, &s);
}

static cx_code append(cx *c, const char *root, const char *name, int64_t read)
{
    AUTO(delta_table) t = NULL;
    int64_t version;
    TRY(opened(c, root, name, &t));
    return COMMIT(c, t, read, true, &version, add_of(c, "extra.parquet"));
}

static cx_code run_commit(cx *c, const char *root)
{
    return append(c, root, "a", 3);
}

static cx_code run_rebase(cx *c, const char *root)
{
    return append(c, root, "a", 1);
}

static cx_code run_commit_and_checkpoint(cx *c, const char *root)
{
    return append(c, root, "often", 3);
}

static cx_code run_create(cx *c, const char *root)
{
    AUTO(delta_table) t = NULL;
    TRY(opened(c, root, "x/y/new", &t));
    return create(c, t);
}

static cx_code run_checkpoint(cx *c, const char *root)
{
    AUTO(delta_table) t = NULL;
    AUTO(delta_snapshot) s = NULL;
    TRY(opened(c, root, "a", &t));
    TRY(delta_snapshot_load(c, t, DELTA_LATEST, &s));
    return delta_checkpoint_write(c, t, s);
}

static cx_code clone_to(cx *c, const char *root, const char *to, bool shallow)
{
    AUTO(delta_table) a = NULL;
    AUTO(delta_table) b = NULL;
    AUTO(delta_snapshot) s = NULL;
    delta_clone_result r;
    const delta_clone_options o = {.shallow = shallow, .source_name = "a", .replace = true};
    TRY(opened(c, root, "a", &a));
    TRY(opened(c, root, to, &b));
    TRY(delta_snapshot_load(c, a, DELTA_LATEST, &s));
    return delta_clone(c, s, b, &o, &r);
}

static cx_code run_clone(cx *c, const char *root)
{
    return clone_to(c, root, "new", false);
}

static cx_code run_clone_over(cx *c, const char *root)
{
    return clone_to(c, root, "b", false);
}

static cx_code run_clone_shallow(cx *c, const char *root)
{
    return clone_to(c, root, "new", true);
}

static cx_code run_restore(cx *c, const char *root)
{
    AUTO(delta_table) t = NULL;
    delta_restore_result r;
    TRY(opened(c, root, "a", &t));
    return delta_restore(c, t, (delta_at){1, -1}, NULL, &r);
}

static cx_code run_vacuum(cx *c, const char *root)
{
    AUTO(delta_table) t = NULL;
    delta_vacuum_result r;
    const delta_vacuum_options o = {.retention_ms = 0, .unchecked = true, .record = true};
    TRY(opened(c, root, "b", &t));
    return delta_vacuum(c, t, &o, &r);
}

static cx_code run_delete_by_vector(cx *c, const char *root)
{
    static const uint64_t rows[] = {1, 3};
    AUTO(delta_table) t = NULL;
    AUTO(delta_snapshot) s = NULL;
    AUTO(json) actions = json_array();
    AUTO(json) parameters = json_object();
    delta_dv dv;
    int64_t version;
    TRY(opened(c, root, "dv", &t));
    TRY(delta_snapshot_load(c, t, DELTA_LATEST, &s));
    TRY(delta_dv_write(c, t, &(delta_rows){rows, 2}, 1, &dv));
    TRY(delta_dv_actions(c, delta_file_at(s, 0), &dv, 5, actions));
    const delta_commit m = {
        .operation = "DELETE", .parameters = parameters, .read_version = 0, .actions = actions};
    return delta_commit_write(c, t, &m, &version);
}

static cx_code take_change(cx *c, void *self, const delta_change *change)
{
    (void)c, (void)change;
    ++*(int *)self;
    return CX_OK;
}

static cx_code run_changes(cx *c, const char *root)
{
    AUTO(delta_table) t = NULL;
    int seen = 0;
    TRY(opened(c, root, "feed", &t));
    TRY(delta_changes(c, t, 1, -1, take_change, &seen));
    return seen == 3 ? CX_OK : cx_fail(c, CX_INTERNAL, "%d changes", seen);
}

static cx_code run_history(cx *c, const char *root)
{
    AUTO(delta_table) t = NULL;
    AUTO(json) holder = NULL;
    delta_history_row *rows;
    size_t n;
    TRY(opened(c, root, "a", &t));
    TRY(delta_history(c, t, 0, &rows, &n, &holder));
    return n == 4 ? CX_OK : cx_fail(c, CX_INTERNAL, "%zu versions", n);
}

static const operation operations[] __attribute__((unused)) = {
    {"load", "a", run_load, true, false},
    {"commit", "a", run_commit, false, false},
    {"commit that must rebase", "a", run_rebase, false, false},
    {"commit with a checkpoint", "often", run_commit_and_checkpoint, false, false},
    {"create in new folders", "x/y/new", run_create, false, false},
    {"checkpoint", "a", run_checkpoint, true, false},
    {"clone", "new", run_clone, false, false},
    {"clone over a table", "b", run_clone_over, false, false},
    {"shallow clone", "new", run_clone_shallow, false, false},
    {"restore", "a", run_restore, false, false},
    {"vacuum", "b", run_vacuum, true, false},
    {"delete by vector", "dv", run_delete_by_vector, false, true},
    {"changes", "feed", run_changes, true, false},
    {"history", "a", run_history, true, false},
};

/* ---- what a fresh reader sees --------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static const char *file_seen(cx *c, const delta_snapshot *s, const delta_file *f)
{
    AUTO_CLEAR(buf) text = {0};
    AUTO_FREE uint64_t *rows = NULL;
    size_t n = 0;
    char *path;
    OK_(c, delta_file_path(c, s, f, &path));
    OK_(c, delta_dv_rows(c, s, f, &rows, &n));
    OK_(c, fs_read(c, path, BUF_ANY, &text));
    return cx_fmt(c, "%s %s -%zu\n", strrchr(path, '/') + 1, buf_text(&text), n);
}

/* The live files, their bytes and how many rows are deleted; all versions must be readable. */
static const char *seen(cx *c, const char *root, const char *table)
{
    const char *folder = fs_join(c, root, table);
    if (!delta_is_table(c, folder))
        return "";
    AUTO(delta_snapshot) s = load_at(c, folder, -1);
    for (int64_t v = 0; v < delta_version(s); v++) {
        AUTO(delta_snapshot) old = load_at(c, folder, v);
        assert_int_equal(delta_version(old), v);
    }
    const size_t n = delta_file_count(s);
    const char **lines = cx_array(c, const char *, n + 1);
    char *all = cx_fmt(c, "table\n");
    for (size_t i = 0; i < n; i++)
        lines[i] = file_seen(c, s, delta_file_at(s, i));
    qsort(lines, n, sizeof *lines, by_text);
    for (size_t i = 0; i < n; i++)
        all = cx_fmt(c, "%s%s", all, lines[i]);
    return all;
}

typedef struct {
    const char *root;
    json *named;
    const char *stray;
} stray_job;

static cx_code look_for_stray(cx *c, void *self, const char *relative, int64_t size,
                              int64_t mtime_ms)
{
    stray_job *job = self;
    (void)size, (void)mtime_ms;
    const bool log = text_starts(relative, "_delta_log/") && !text_ends(relative, ".tmp");
    const char *name = strrchr(relative, '/') ? strrchr(relative, '/') + 1 : relative;
    const bool given = !strcmp(name, "extra.parquet") || !strcmp(name, "stray.parquet");
    if (!log && !given && !json_object_get(job->named, fs_join(c, job->root, relative)))
        job->stray = cx_dup(c, relative);
    return CX_OK;
}

/* A file below the table that no version names; NULL = none. */
static const char *stray(cx *c, const char *root, const char *table)
{
    AUTO(delta_table) t = NULL;
    AUTO(json) named = json_object();
    stray_job job = {fs_join(c, root, table), named, NULL};
    OK_(c, opened(c, root, table, &t));
    OK_(c, delta_names(c, t, named));
    OK_(c, fs_walk(c, job.root, look_for_stray, &job));
    return job.stray;
}

typedef struct {
    const char *pristine, *before, *after;
} plan;

static void judge(cx *c, const char *root, const operation *o, const plan *p, cx_code rc,
                  const char *what, bool may_leave)
{
    AUTO(delta_table) t = NULL;
    int64_t removed;
    const char *now = seen(c, root, o->table);
    if (strcmp(now, p->before) && strcmp(now, p->after))
        fail_msg("%s, %s: the table is damaged:\n%s", o->name, what, now);
    if (rc == CX_OK && strcmp(now, p->after))
        fail_msg("%s, %s: it said that it was done, and is not:\n%s", o->name, what, now);
    const char *left = stray(c, root, o->table);
    if (left && !may_leave)
        fail_msg("%s, %s: %s was left", o->name, what, left);
    OK_(c, opened(c, root, o->table, &t));
    if (fs_is_dir(fs_join(c, root, o->table)))
        OK_(c, delta_remove_unreferenced(c, t, 0, NULL, NULL, &removed));
    if ((left = stray(c, root, o->table)))
        fail_msg("%s, %s: recovery does not find %s", o->name, what, left);
    if (strcmp(seen(c, root, o->table), now))
        fail_msg("%s, %s: recovery took what is needed", o->name, what);
}

/* The state that all trials of an operation begin with, and the two that may be there after it. */
static plan plan_make(cx *c, const operation *o)
{
    plan p = {.pristine = scratch(c)};
    const char *once = scratch(c);
    copy_job job = {p.pristine, once};
    make_all(c, p.pristine);
    p.before = seen(c, p.pristine, o->table);
    OK_(c, fs_walk(c, p.pristine, copy_one, &job));
    OK_(c, o->run(c, once));
    p.after = seen(c, once, o->table);
    assert_true(o->same == !strcmp(p.before, p.after));
    OK_(c, fs_remove_tree(c, once));
    return p;
}

static const char *fresh_copy(cx *c, const plan *p)
{
    const char *root = scratch(c);
    copy_job job = {p->pristine, root};
    OK_(c, fs_walk(c, p->pristine, copy_one, &job));
    return root;
}
