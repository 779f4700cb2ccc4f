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
#include "delta/conflict.h"
#include "delta/delta_int.h"

#include "base/hash.h"
#include "base/sys.h"

#include <inttypes.h>

enum { ATTEMPTS = 1000 };

typedef struct {
    delta_table *t;
    const delta_commit *m;
    str lines;
    footprint mine;
    bool in_commit_times;
    char txn_id[UUID_TEXT];
    int64_t time_ms; /* of the commit that is being tried */
} writer;

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
    if (!w->mine.data_change && !w->mine.metadata)
        return "SnapshotIsolation";
    return w->t->tip.version >= 0 && !w->t->tip.serializable ? "WriteSerializable" : "Serializable";
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
    json_object_set_new(info, "engineInfo", json_string("clxs/" CLXS_VERSION));
    json_object_set_new(info, "txnId", json_string(w->txn_id));
    return info;
}

/* In-commit times rise: later than the commit before, whatever the clock says. */
static cx_code set_time(cx *c, writer *w, int64_t version)
{
    w->time_ms = cx_now_ms(c);
    if (!w->in_commit_times || version == 0)
        return CX_OK;
    int64_t before = 0;
    if (w->t->tip.version == version - 1) {
        before = w->t->tip.timestamp_ms;
    } else {
        AUTO(json) info = NULL;
        store_entry e;
        TRY(log_commit_info(c, w->t->store, version - 1, &info));
        TRY(store_stat(c, w->t->store, log_commit_path(c, version - 1), &e));
        before = json_get_int(info, "inCommitTimestamp", e.mtime_ms);
    }
    if (w->time_ms <= before)
        w->time_ms = before + 1;
    return CX_OK;
}

static cx_code publish(cx *c, writer *w, int64_t version)
{
    TRY(set_time(c, w, version));
    AUTO(json) info = commit_info(w);
    AUTO_FREE char *head = json_text(info);
    AUTO_CLEAR(buf) text = BUF(BUF_ANY);
    buf_adds(&text, "{\"commitInfo\":");
    buf_adds(&text, head);
    buf_adds(&text, "}\n");
    buf_add(&text, w->lines.data, w->lines.length);
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

/* Reads the winners from `version` on; *out_next is the first version that is free. */
static cx_code meet_winners(cx *c, writer *w, int64_t version, int64_t *out_next, int64_t *out_ours)
{
    for (;; version++) {
        AUTO_CLEAR(buf) text = {0};
        const char *path = log_commit_path(c, version);
        const cx_code rc = store_read(c, w->t->store, path, (size_t)4 << 30, &text);
        if (rc == CX_NOT_FOUND) {
            cx_forgive(c);
            *out_next = version;
            return CX_OK;
        }
        TRY(rc);
        const conflict_side ours = {&w->mine, w->txn_id, w->m->blind_append,
                                    w->t->tip.version < 0 || w->t->tip.serializable};
        bool own = false;
        TRY(conflict_check(c, w->t->store->root, version, (str){buf_text(&text), text.length},
                           &ours, &own));
        if (own) {
            *out_ours = version;
            return CX_OK;
        }
        if (w->m->exclusive)
            return cx_fail_as(c, CX_CONFLICT, "DELTA_CONCURRENT_WRITE", "2D521",
                              "another writer was first: version %" PRId64 " of %s", version,
                              w->t->store->root);
    }
}

static void note_success(writer *w, int64_t version)
{
    table_tip *tip = &w->t->tip;
    if (w->mine.metadata || w->mine.protocol)
        tip->version = -1; /* what was known of the table is not so any more */
    if (tip->version < 0)
        return;
    tip->version = version;
    tip->timestamp_ms = w->time_ms;
}

static cx_code race(cx *c, writer *w, int64_t *out_version)
{
    int64_t version = w->m->read_version + 1;
    for (int i = 0; i < ATTEMPTS; i++) {
        int64_t ours = -1;
        TRY(cx_alive(c));
        const cx_code rc = publish(c, w, version);
        if (rc == CX_OK) {
            note_success(w, version);
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
    if (w->t->tip.version >= 0 && w->t->tip.append_only && w->mine.removes_data &&
        !w->mine.metadata)
        return cx_fail_as(c, CX_INVALID, "DELTA_CANNOT_MODIFY_APPEND_ONLY", "42809",
                          "%s only allows appends (delta.appendOnly is true)", w->t->store->root);
    /* Older versions have no in-commit time; the metadata must say from which version on there is
     * one, and that is not known before the race is won. */
    if (w->m->read_version >= 0 && w->mine.metadata && w->mine.in_commit_times &&
        !w->t->tip.in_commit_times)
        return cx_fail_as(c, CX_UNSUPPORTED, "DELTA_UNSUPPORTED_FEATURES_FOR_WRITE", "56038",
                          "delta.enableInCommitTimestamps cannot be turned on for %s, which exists "
                          "already; it can be set when a table is created",
                          w->t->store->root);
    return CX_OK;
}

/* What the rules of the table are, without a replay where the handle knows them already. */
static cx_code know_tip(cx *c, delta_table *t, int64_t read_version)
{
    if (read_version < 0 || t->tip.version >= read_version)
        return CX_OK;
    AUTO(delta_snapshot) s = NULL;
    TRY(snapshot_load(c, t, -1, false, &s));
    snapshot_note_tip(t, s);
    return CX_OK;
}

cx_code commit_lines(cx *c, delta_table *t, const delta_commit *m, str lines, int64_t *out_version)
{
    writer w = {.t = t, .m = m, .lines = lines};
    AUTO(footprint) mine = footprint_new();
    TRY(know_tip(c, t, m->read_version));
    TRY(footprint_read(c, mine, t->store->root, lines));
    w.mine = *mine;
    w.in_commit_times =
        mine->metadata ? mine->in_commit_times : m->read_version >= 0 && t->tip.in_commit_times;
    uuid_random(w.txn_id);
    TRY(check_rules(c, &w));
    TRY(check_base(c, &w));
    const int64_t interval = mine->metadata        ? mine->checkpoint_interval
                             : t->tip.version >= 0 ? t->tip.checkpoint_interval
                                                   : 10;
    TRY(race(c, &w, out_version));
    checkpoint_after_commit(c, t, *out_version, interval);
    return CX_OK;
}

static cx_code check_tip_writable(cx *c, delta_table *t, int64_t read_version)
{
    TRY(know_tip(c, t, read_version));
    if (read_version < 0 || t->tip.version < 0 || t->tip.writable == CX_OK)
        return CX_OK;
    AUTO(delta_snapshot) s = NULL;
    TRY(snapshot_load(c, t, -1, false, &s));
    return delta_check_writable(c, s);
}

cx_code delta_commit_write(cx *c, delta_table *t, const delta_commit *commit, int64_t *out_version)
{
    AUTO_CLEAR(buf) lines = BUF(BUF_ANY);
    TRY(check_tip_writable(c, t, commit->read_version));
    for (size_t i = 0; i < json_array_size(commit->actions); i++) {
        AUTO_FREE char *text = json_text(json_array_get(commit->actions, i));
        buf_adds(&lines, text);
        buf_addc(&lines, '\n');
    }
    TRY_IN(c, commit_lines(c, t, commit, (str){buf_text(&lines), lines.length}, out_version),
           "committing %s to %s", commit->operation, t->store->root);
    return CX_OK;
}
