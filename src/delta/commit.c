/* Publishing a commit.
 *
 * The only lock is the store's refusal to publish a name twice. Who loses the race reads each
 * commit that won, asks whether it touches what the writer read or writes (conflict.c), and then
 * tries the next version; as each loss is somebody else's success, all writers together always go
 * forward.
 *
 * Killed before the publish: nothing happened. Killed after it: the commit is there, whole. Answer
 * lost: the caller sees an error, and a retry of the same commit through commit_lines would find
 * its own txnId; a caller that starts over reads the new version first and sees what it did.
 *
 * A version that was read may have been cleaned out of the log meanwhile, and the name after it be
 * free again. So the commit file of the version read must still be there, else the log is listed.
 * spec: delta "Delta Log Entries", "Commit Provenance Information", "In-Commit Timestamps" */
#include "delta/checksum.h"
#include "delta/compose.h"
#include "delta/delta_int.h"
#include "delta/protocol.h"
#include "delta/uri.h"

#include "base/hash.h"
#include "base/sys.h"

#include <inttypes.h>

enum { ATTEMPTS = 1000 };

typedef struct {
    delta_table *t;
    const delta_commit *m;
    const footprint *mine; /* owned by commit_lines */
    composition made;      /* owned; the lines */
    json *reads;           /* owned; see conflict_side */
    bool in_commit_times, row_ids_enabled, exclusive;
    char txn_id[UUID_TEXT];
    int64_t time_ms; /* of the commit that is being tried */
} writer;

static void writer_clear(writer *w)
{
    composition_clear(&w->made);
    json_decref(w->reads);
}

/* Lists are written as text that holds JSON, all else as it is: so Spark does. */
static json *parameters_of(const delta_commit *m)
{
    json *out = json_object(), *value;
    const char *key;
    json_object_foreach (m->parameters, key, value) {
        if (json_is_array(value) || json_is_object(value)) {
            AUTO_FREE char *text = json_text(value);
            json_object_set_new(out, key, json_string(text));
        } else {
            json_object_set(out, key, value);
        }
    }
    return out;
}

static json *metrics_of(const delta_commit *m)
{
    json *out = json_object(), *value;
    const char *key;
    json_object_foreach (m->metrics, key, value) {
        AUTO_FREE char *text = json_text(value);
        json_object_set_new(out, key,
                            json_is_string(value) ? json_incref(value) : json_string(text));
    }
    return out;
}

static const char *isolation_of(const writer *w)
{
    if (!w->mine->data_change && !w->mine->metadata)
        return "SnapshotIsolation";
    return w->t->tip.version >= 0 && !w->t->tip.rules.serializable ? "WriteSerializable"
                                                                   : "Serializable";
}

static json *commit_info(const writer *w)
{
    const delta_commit *m = w->m;
    json *info = json_object();
    if (w->in_commit_times)
        json_object_set_new(info, "inCommitTimestamp", json_integer(w->time_ms));
    json_object_set_new(info, "timestamp", json_integer(w->time_ms));
    if (m->user_name)
        json_object_set_new(info, "userName", json_str_or_null(m->user_name));
    json_object_set_new(info, "operation", json_str_or_null(m->operation));
    json_object_set_new(info, "operationParameters", parameters_of(m));
    if (m->read_version >= 0)
        json_object_set_new(info, "readVersion", json_integer(m->read_version));
    json_object_set_new(info, "isolationLevel", json_string(isolation_of(w)));
    json_object_set_new(info, "isBlindAppend", json_boolean(m->blind_append));
    if (m->metrics)
        json_object_set_new(info, "operationMetrics", metrics_of(m));
    if (m->user_metadata)
        json_object_set_new(info, "userMetadata", json_string(m->user_metadata));
    if (w->row_ids_enabled)
        json_object_set_new(
            info, "tags",
            json_pack("{s:s}", "delta.rowTracking.preserved",
                      m->row_ids_kept || !footprint_rewrites(w->mine) ? "true" : "false"));
    json_object_set_new(info, "engineInfo", json_string("clxs/" CLXS_VERSION));
    json_object_set_new(info, "txnId", json_string(w->txn_id));
    return info;
}

/* What readers take for the time of the version before: its own, or that of its file, made to rise
 * over those of all files before it. */
static cx_code time_before(cx *c, const writer *w, int64_t version, int64_t *out)
{
    AUTO(json) info = NULL;
    log_listing l;
    const cx_code rc = log_commit_info(c, w->t->store, version - 1, &info);
    if (rc != CX_OK && rc != CX_NOT_FOUND)
        return rc;
    if (rc == CX_NOT_FOUND) /* cleaned away; its checkpoint is what is left */
        cx_forgive(c);
    *out =
        json_get_int(info, "inCommitTimestamp", rc == CX_NOT_FOUND ? w->t->tip.timestamp_ms : -1);
    if (*out >= 0)
        return CX_OK;
    TRY(log_list(c, w->t->store, 0, &l));
    log_monotonic(l.commits, l.commit_count);
    for (size_t i = 0; i < l.commit_count && l.commits[i].version < version; i++)
        *out = l.commits[i].mtime_ms;
    return CX_OK;
}

/* In-commit times rise: later than the commit before, whatever the clock says. */
static cx_code set_time(cx *c, writer *w, int64_t version)
{
    w->time_ms = cx_now_ms(c);
    if (!w->in_commit_times || version == 0)
        return CX_OK;
    int64_t before = 0;
    if (w->t->tip.version == version - 1 && w->t->tip.rules.in_commit_times) {
        before = w->t->tip.timestamp_ms;
    } else {
        TRY(time_before(c, w, version, &before));
    }
    if (w->time_ms <= before)
        w->time_ms = before + 1;
    return CX_OK;
}

/* Row ids go on from the version before: it must be known, not only the rules. */
static cx_code know_mark(cx *c, writer *w, int64_t version)
{
    table_tip *tip = &w->t->tip;
    if (!w->made.row_ids || tip->version >= version - 1)
        return CX_OK;
    AUTO(delta_snapshot) s = NULL;
    TRY(snapshot_load(c, w->t, version - 1, false, &s));
    tip_note(tip, s);
    return CX_OK;
}

static cx_code publish(cx *c, writer *w, int64_t version)
{
    TRY(set_time(c, w, version));
    TRY(know_mark(c, w, version));
    AUTO(json) info = commit_info(w);
    AUTO_FREE char *head = json_text(info);
    AUTO_CLEAR(buf) text = BUF(BUF_ANY);
    buf_adds(&text, "{\"commitInfo\":");
    buf_adds(&text, head);
    buf_adds(&text, "}\n");
    TRY(compose(c, &w->made, &w->t->tip, version, w->time_ms, &text));
    return store_put_if_absent(c, w->t->store, log_commit_path(c, version),
                               (str){text.data, text.length});
}

static cx_code gone(cx *c, const writer *w)
{
    return cx_fail_as(c, CX_CONFLICT, "DELTA_CONCURRENT_WRITE", "2D521",
                      "version %" PRId64
                      " of %s, which this write is based on, is no longer in the log",
                      w->m->read_version, w->t->store->root);
}

/* That the next name is free must mean that the version is new. */
static cx_code check_base(cx *c, const writer *w)
{
    store_entry e;
    int64_t last;
    const int64_t base = w->m->read_version;
    if (base >= 0) {
        const cx_code rc = store_stat(c, w->t->store, log_commit_path(c, base), &e);
        if (rc != CX_NOT_FOUND)
            return rc;
        cx_forgive(c);
    }
    const cx_code rc = log_latest(c, w->t->store, 0, &last);
    if (rc == CX_NOT_FOUND && base < 0) {
        cx_forgive(c);
        return CX_OK; /* a new table */
    }
    TRY(rc);
    if (base < 0)
        return cx_fail_as(c, CX_CONFLICT, "DELTA_PROTOCOL_CHANGED", "2D521",
                          "%s was made by another writer meanwhile: it has version %" PRId64,
                          w->t->store->root, last);
    return last == base ? CX_OK : gone(c, w);
}

static cx_code meet_winner(cx *c, writer *w, int64_t version, str text, bool *out_own)
{
    AUTO(footprint) theirs = footprint_new();
    const char *root = w->t->store->root;
    const conflict_side ours = {
        .touched = w->mine,
        .root = root,
        .txn_id = w->txn_id,
        .blind_append = w->m->blind_append,
        .serializable = w->t->tip.version < 0 || w->t->tip.rules.serializable,
        .reads = w->reads,
        .told = w->m->reads,
    };
    if (ours.told && ours.told->may_match)
        theirs->places = json_object();
    TRY(footprint_read(c, theirs, root, text,
                       cx_fmt(c, "version %" PRId64 " of %s", version, root)));
    TRY(conflict_check(c, version, theirs, &ours, out_own));
    if (!*out_own && w->exclusive)
        return cx_fail_as(c, CX_CONFLICT, "DELTA_CONCURRENT_WRITE", "2D521",
                          "another writer was first: version %" PRId64 " of %s (%s)", version, root,
                          json_get_str(theirs->info, "operation", "unknown operation"));
    tip_apply(&w->t->tip, root, version, theirs->time_ms, theirs);
    return CX_OK;
}

/* Reads the winners from `version` on; *out_next is the first version that is free. */
static cx_code meet_winners(cx *c, writer *w, int64_t version, int64_t *out_next, int64_t *out_ours)
{
    for (;; version++) {
        AUTO_CLEAR(buf) text = {0};
        bool own = false;
        const char *path = log_commit_path(c, version);
        const cx_code rc = store_read(c, w->t->store, path, (size_t)4 << 30, &text);
        if (rc == CX_NOT_FOUND) {
            cx_forgive(c);
            *out_next = version;
            return CX_OK;
        }
        TRY(rc);
        TRY(meet_winner(c, w, version, (str){buf_text(&text), text.length}, &own));
        if (own) {
            *out_ours = version;
            return CX_OK;
        }
    }
}

/* What is known of the table moves on with us; and it is written down, for who reads it. */
static void note_success(cx *c, writer *w, int64_t version)
{
    table_tip *tip = &w->t->tip;
    if (version == 0)
        tip_empty(tip);
    if (tip->version < version - 1) /* a version between is not known */
        tip_forget(tip);
    tip_apply(tip, w->t->store->root, version, w->time_ms, w->mine);
    composition_note(&w->made, tip, version);
    checksum_after_commit(c, w->t, version, w->txn_id);
}

static cx_code race(cx *c, writer *w, int64_t *out_version)
{
    int64_t version = w->m->read_version + 1;
    for (int i = 0; i < ATTEMPTS; i++) {
        int64_t ours = -1;
        TRY(cx_alive(c));
        const cx_code rc = publish(c, w, version);
        if (rc == CX_OK) {
            note_success(c, w, version);
            *out_version = version;
            return CX_OK;
        }
        if (rc != CX_EXISTS)
            return rc;
        cx_forgive(c);
        TRY(meet_winners(c, w, version, &version, &ours));
        if (ours >= 0) {
            *out_version = ours;
            return CX_OK;
        }
    }
    return cx_fail_as(c, CX_CONFLICT, "DELTA_CONCURRENT_WRITE", "2D521",
                      "%d other writers were faster at %s", ATTEMPTS, w->t->store->root);
}

static cx_code check_rules(cx *c, const writer *w)
{
    if (w->t->tip.version >= 0 && w->t->tip.rules.append_only && w->mine->removes_data &&
        !w->mine->metadata)
        return cx_fail_as(c, CX_INVALID, "DELTA_CANNOT_MODIFY_APPEND_ONLY", "42809",
                          "%s only allows appends (delta.appendOnly is true)", w->t->store->root);
    return CX_OK;
}

/* What the rules of the table are, without a replay where the handle knows them already. */
static cx_code know_tip(cx *c, delta_table *t, int64_t read_version)
{
    if (read_version < 0 || t->tip.version >= read_version)
        return CX_OK;
    AUTO(delta_snapshot) s = NULL;
    TRY(snapshot_load(c, t, -1, false, &s));
    tip_note(&t->tip, s);
    return CX_OK;
}

/* The rules as they are once the commit is there. */
static cx_code rules_after(cx *c, const writer *w, table_rules *out)
{
    const table_tip *tip = &w->t->tip;
    const footprint *mine = w->mine;
    const bool known = w->m->read_version >= 0 && tip->version >= 0;
    if (known && !mine->metadata && !mine->protocol) {
        *out = tip->rules;
        return CX_OK;
    }
    return rules_read(c,
                      mine->protocol ? mine->protocol
                      : known        ? tip->protocol
                                     : NULL,
                      mine->metadata ? mine->metadata
                      : known        ? tip->metadata
                                     : NULL,
                      w->t->store->root, out);
}

static json *read_keys(cx *c, const delta_table *t, const delta_reads *reads)
{
    if (!reads)
        return NULL;
    json *keys = json_object();
    for (size_t i = 0; i < reads->count; i++)
        json_object_set_new_nocheck(keys, uri_key(c->arena, t->store->root, reads->files[i]),
                                    json_true());
    return keys;
}

/* Row tracking is on from a version on in which each file has ids, so the commit that turns it on
 * gives them to those that have none; no other commit may come between.
 * spec: delta "Row Tracking" */
static cx_code backfill(cx *c, writer *w, buf *lines)
{
    AUTO(delta_snapshot) s = NULL;
    TRY(snapshot_load(c, w->t, w->m->read_version, false, &s));
    buf_add(lines, w->made.lines.data, w->made.lines.length);
    TRY(readd_files(c, s, w->made.lines, lines));
    w->made.lines = (str){buf_text(lines), lines->length};
    w->exclusive = true;
    return CX_OK;
}

static cx_code prepare(cx *c, writer *w, str lines, buf *longer)
{
    table_rules after;
    const bool exists = w->m->read_version >= 0;
    uuid_random(w->txn_id);
    TRY(rules_after(c, w, &after));
    w->in_commit_times = after.in_commit_times;
    w->row_ids_enabled = after.row_ids_enabled;
    w->exclusive = w->m->exclusive;
    w->reads = read_keys(c, w->t, w->m->reads);
    composition_begin(&w->made, lines, w->mine, &w->t->tip, exists, after.row_ids,
                      after.row_ids_enabled);
    if (exists && after.row_ids_enabled && !w->t->tip.rules.row_ids_enabled)
        TRY(backfill(c, w, longer));
    TRY(check_rules(c, w));
    return check_base(c, w);
}

cx_code commit_lines(cx *c, delta_table *t, const delta_commit *m, str lines, int64_t *out_version)
{
    AUTO(footprint) mine = footprint_new();
    AUTO_CLEAR(buf) longer = BUF(BUF_ANY);
    AUTO_CLEAR(writer) w = {.t = t, .m = m, .mine = mine};
    TRY(know_tip(c, t, m->read_version));
    TRY(footprint_read(c, mine, t->store->root, lines, "the commit"));
    TRY(prepare(c, &w, lines, &longer));
    TRY(race(c, &w, out_version));
    checkpoint_after_commit(c, t, *out_version, t->tip.rules.checkpoint_interval);
    return CX_OK;
}

static cx_code check_tip_writable(cx *c, delta_table *t, int64_t read_version)
{
    TRY(know_tip(c, t, read_version));
    if (read_version < 0 || t->tip.version < 0 || t->tip.rules.writable == CX_OK)
        return CX_OK;
    AUTO(delta_snapshot) s = NULL;
    TRY(snapshot_load(c, t, -1, false, &s));
    return delta_check_writable(c, s);
}

static void add_txn(const cx *c, const delta_commit *m, buf *lines)
{
    if (!m->app_id)
        return;
    buf_adds(lines, "{\"txn\":{\"appId\":");
    buf_add_json(lines, m->app_id);
    buf_addf(lines, ",\"version\":%" PRId64 ",\"lastUpdated\":%" PRId64 "}}\n", m->app_version,
             cx_now_ms(c));
}

cx_code delta_commit_write(cx *c, delta_table *t, const delta_commit *commit, int64_t *out_version)
{
    AUTO_CLEAR(buf) lines = BUF(BUF_ANY);
    TRY(check_tip_writable(c, t, commit->read_version));
    add_txn(c, commit, &lines);
    for (size_t i = 0; i < json_array_size(commit->actions); i++) {
        AUTO_FREE char *text = json_text(json_array_get(commit->actions, i));
        buf_adds(&lines, text);
        buf_addc(&lines, '\n');
    }
    TRY_IN(c, commit_lines(c, t, commit, (str){buf_text(&lines), lines.length}, out_version),
           "committing %s to %s", commit->operation, t->store->root);
    return CX_OK;
}
