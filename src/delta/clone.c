/* CLONE: the files of one version of a table as the first (or next) version of another.
 *
 *   read the target → plan each file → copy what is missing → one commit
 *
 * Killed before the commit, the target is what it was, plus files that nothing names (which
 * delta_remove_unreferenced finds). A commit whose fate is unknown leaves the files alone: to
 * remove what a visible commit names would be damage, to leave what none names is untidy. */
#include "delta/clone.h"
#include "delta/action.h"
#include "delta/protocol.h"
#include "delta/uri.h"

#include "base/fs.h"

#include <inttypes.h>

static void clone_plan_clear(clone_plan *p)
{
    free(p->copies);
}

/* ---- the lines ------------------------------------------------------------------------ */

static const char *const rewritten[] = {"path",
                                        "dataChange",
                                        "baseRowId",
                                        "defaultRowCommitVersion",
                                        "tags",
                                        "deletionVector",
                                        "stats_parsed",
                                        "partitionValues",
                                        "partitionValues_parsed",
                                        "stats",
                                        NULL};

static cx_code add_partition_values(cx *c, const delta_file *f, str add, buf *out)
{
    const str text = object_member(add, "partitionValues");
    buf_adds(out, ",\"partitionValues\":");
    if (text.data && text.data[0] == '{') {
        buf_add(out, text.data, text.length);
        return CX_OK;
    }
    AUTO(json) values = NULL;
    TRY(delta_file_partition_values(c, f, &values));
    AUTO_FREE char *made = json_text(values);
    buf_adds(out, made);
    return CX_OK;
}

static void add_stats(str add, buf *out)
{
    const str text = object_member(add, "stats"), parsed = object_member(add, "stats_parsed");
    if (text.data) {
        buf_adds(out, ",\"stats\":");
        buf_add(out, text.data, text.length);
    } else if (parsed.data) {
        AUTO_FREE char *copy = strndup(parsed.data, parsed.length);
        buf_adds(out, ",\"stats\":");
        buf_add_json(out, copy);
    }
}

static void add_tags(const clone_item *item, str add, buf *out)
{
    static const char *const own[] = {CLONE_TAG, NULL};
    const str tags = object_member(add, "tags");
    const bool object = tags.data && tags.data[0] == '{';
    if (!item->tag && !object)
        return;
    buf_adds(out, ",\"tags\":{");
    const size_t start = out->length;
    if (object)
        buf_add_members(out, tags, own);
    if (item->tag) {
        buf_adds(out, "\"" CLONE_TAG "\":");
        buf_add_json(out, item->tag);
    } else if (out->length > start) {
        out->data[--out->length] = '\0'; /* the last comma */
    }
    buf_addc(out, '}');
}

/* Those that the file has already. */
static void add_row_ids(const delta_file *f, buf *out)
{
    static const char *const members[] = {"baseRowId", "defaultRowCommitVersion"};
    AUTO_CLEAR(buf) made = BUF(BUF_ANY);
    const str text = file_text(f, &made);
    for (size_t i = 0; i < CX_COUNT(members); i++) {
        const int64_t value = value_int(object_member(text, members[i]), -1);
        if (value >= 0)
            buf_addf(out, ",\"%s\":%" PRId64, members[i], value);
    }
}

cx_code clone_add_line(cx *c, const clone_item *item, bool keep_row_ids, buf *out)
{
    AUTO_CLEAR(buf) made = BUF(BUF_ANY);
    const str add = file_text(item->file, &made);
    buf_adds(out, "{\"add\":{\"path\":");
    buf_add_json(out, item->path);
    TRY(add_partition_values(c, item->file, add, out));
    buf_addc(out, ',');
    buf_add_members(out, add, rewritten); /* size, modificationTime, clusteringProvider … */
    buf_adds(out, "\"dataChange\":true");
    add_stats(add, out);
    add_tags(item, add, out);
    if (item->dv) {
        buf_adds(out, ",\"deletionVector\":");
        buf_add_dv(out, item->dv);
    }
    if (keep_row_ids)
        add_row_ids(item->file, out);
    buf_adds(out, "}}\n");
    return CX_OK;
}

cx_code clone_remove_line(cx *c, const delta_file *f, int64_t now_ms, buf *out)
{
    buf_adds(out, "{\"remove\":{\"path\":");
    buf_add_json(out, f->path);
    buf_addf(out,
             ",\"deletionTimestamp\":%" PRId64 ",\"dataChange\":true,\"extendedFileMetadata\":true",
             now_ms);
    AUTO_CLEAR(buf) made = BUF(BUF_ANY);
    TRY(add_partition_values(c, f, file_text(f, &made), out));
    buf_addf(out, ",\"size\":%" PRId64, f->size_bytes);
    add_row_ids(f, out);
    if (f->dv) {
        buf_adds(out, ",\"deletionVector\":");
        buf_add_dv(out, f->dv);
    }
    buf_adds(out, "}}\n");
    return CX_OK;
}

cx_code clone_lines(cx *c, const clone_plan *p, buf *out)
{
    const int64_t now_ms = cx_now_ms(c);
    TRY(clone_meta_lines(c, p, out));
    for (size_t i = 0; p->before && i < p->before->file_count; i++)
        if (!p->stays[i])
            TRY(clone_remove_line(c, &p->before->files[i], now_ms, out));
    for (size_t i = 0; i < p->source->file_count; i++) {
        if ((i & 1023) == 0)
            TRY(cx_alive(c));
        if (!p->items[i].kept)
            TRY(clone_add_line(c, &p->items[i], false, out));
    }
    return CX_OK;
}

/* ---- the whole -------------------------------------------------------------------------- */

static cx_code load_target(cx *c, delta_table *target, const delta_clone_options *o,
                           delta_snapshot **out)
{
    const cx_code rc = snapshot_load(c, target, -1, false, out);
    if (rc == CX_NOT_FOUND) {
        cx_forgive(c);
        return CX_OK;
    }
    TRY(rc);
    tip_note(&target->tip, *out);
    if (!o->replace && (*out)->file_count)
        return cx_fail_as(c, CX_EXISTS, "DELTA_UNSUPPORTED_NON_EMPTY_CLONE", "0AKDC",
                          "the target %s exists and has %zu files", target->store->root,
                          (*out)->file_count);
    return CX_OK;
}

static void count(const clone_plan *p, delta_clone_result *r)
{
    *r = (delta_clone_result){.source_table_size = p->source->size_bytes,
                              .source_num_of_files = (int64_t)p->source->file_count,
                              .source_version = p->source->version};
    for (size_t i = 0; p->before && i < p->before->file_count; i++)
        if (!p->reused[i]) {
            r->num_removed_files++;
            r->removed_files_size += p->before->files[i].size_bytes;
        }
    for (size_t i = 0; i < p->copy_count; i++)
        if (!p->copies[i].vector) {
            r->num_copied_files++;
            r->copied_files_size += p->copies[i].bytes;
        }
}

static json *metrics(const delta_clone_result *r)
{
    const struct {
        const char *name;
        int64_t value;
    } list[] = {
        {"sourceTableSize", r->source_table_size},   {"sourceNumOfFiles", r->source_num_of_files},
        {"numRemovedFiles", r->num_removed_files},   {"numCopiedFiles", r->num_copied_files},
        {"removedFilesSize", r->removed_files_size}, {"copiedFilesSize", r->copied_files_size},
    };
    json *m = json_object();
    for (size_t i = 0; i < CX_COUNT(list); i++) {
        char text[24];
        snprintf(text, sizeof text, "%" PRId64, list[i].value);
        json_object_set_new(m, list[i].name, json_string(text));
    }
    return m;
}

static cx_code publish(cx *c, clone_plan *p, delta_clone_result *r)
{
    const delta_clone_options *o = p->options;
    AUTO_CLEAR(buf) lines = BUF(BUF_ANY);
    TRY(clone_lines(c, p, &lines));
    AUTO(json) m = metrics(r);
    AUTO(json) parameters = json_object();
    json_object_set_new(parameters, "source", json_str_or_null(o->source_name));
    json_object_set_new(parameters, "sourceVersion", json_integer(p->source->version));
    json_object_set_new(parameters, "isShallow", json_boolean(o->shallow));
    const delta_commit commit = {.operation = "CLONE",
                                 .parameters = parameters,
                                 .metrics = m,
                                 .user_name = o->user_name,
                                 .read_version = p->before ? p->before->version : -1};
    return commit_lines(c, p->target, &commit, (str){lines.data, lines.length}, &r->target_version);
}

/* True when no version after the one that the clone began with is in the target's log. */
static bool surely_unpublished(cx *c, const clone_plan *p)
{
    cx child;
    store_entry e;
    cx_child(&child, c);
    child.cancel = NULL;
    child.deadline_us = 0;
    const cx_code rc =
        store_stat(&child, p->target->store,
                   log_commit_path(&child, p->before ? p->before->version + 1 : 0), &e);
    cx_clear(&child);
    return rc == CX_NOT_FOUND;
}

static cx_code run(cx *c, clone_plan *p, delta_clone_result *out)
{
    delta_clone_result r;
    TRY(clone_plan_files(c, p));
    if (p->copy_count)
        TRY(clone_copy_files(c, p));
    count(p, &r);
    const cx_code rc = publish(c, p, &r);
    if (rc == CX_OK) {
        *out = r;
        return CX_OK;
    }
    /* Another writer's commit cannot name files that only this clone made. */
    if (rc == CX_CONFLICT || surely_unpublished(c, p))
        clone_undo(c, p);
    return rc;
}

cx_code delta_clone(cx *c, const delta_snapshot *source, delta_table *target,
                    const delta_clone_options *options, delta_clone_result *out)
{
    AUTO(delta_snapshot) before = NULL;
    if (!strcmp(source->root, target->store->root))
        return cx_fail(c, CX_INVALID, "%s cannot be cloned onto itself", source->root);
    if (target->store->root[0] != '/' && !options->shallow)
        return cx_fail(c, CX_UNSUPPORTED, "a deep clone needs a target on disk");
    TRY(protocol_check_clone(c, &source->protocol, source->root));
    TRY(load_target(c, target, options, &before));
    if (before)
        TRY(protocol_check_clone(c, &before->protocol, before->root));
    AUTO_CLEAR(clone_plan)
    p = {.source = source, .before = before, .target = target, .options = options};
    TRY_IN(c, run(c, &p, out), "cloning version %" PRId64 " of %s to %s", source->version,
           source->root, target->store->root);
    return CX_OK;
}
