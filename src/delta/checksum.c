/* Version checksums.
 *
 * A commit writes the sums of its version from those of the one before and from what it adds and
 * removes, so it costs one small file, which the disk is not waited for, and no replay. Where a
 * number is not known (a remove that does not say how large its file was), none is written; nobody
 * needs it.
 *
 * A reader compares what it replayed with what was written. That finds a checkpoint or compaction
 * that does not hold what it should. Where all commits are there, from version 0 on, they are the
 * truth, and a checksum that differs is itself what is wrong: it is told in the log only. Nor is
 * one that is no JSON, as a power cut may leave, a reason to refuse a table: checksums are
 * optional.
 *
 * Never overwritten: whoever wrote one first has the same to say.
 * spec: delta "Version Checksum File", "Version Checksum File Schema" */
#include "delta/checksum.h"

#include "delta/log.h"
#include "delta/protocol.h"

#include <inttypes.h>

static const size_t checksum_most = (size_t)64 << 20;

static const char *path_of(cx *c, int64_t version)
{
    return cx_fmt(c, LOG_FOLDER "/%020" PRId64 ".crc", version);
}

/* ---- writing ------------------------------------------------------------------------ */

static json *values(const cx *c, const json *by_name, const json *expires_by)
{
    json *list = json_array(), *value;
    const char *name;
    json_object_foreach ((json *)by_name, name, value) {
        if (!expires_by || !txn_expired(c, expires_by, value))
            json_array_append(list, value);
    }
    return list;
}

static json *body_of(const cx *c, const table_tip *tip, const char *txn_id)
{
    json *j = json_object();
    json_object_set_new(j, "txnId", json_string(txn_id));
    json_object_set_new(j, "tableSizeBytes", json_integer(tip->size_bytes));
    json_object_set_new(j, "numFiles", json_integer(tip->file_count));
    json_object_set_new(j, "numMetadata", json_integer(1));
    json_object_set_new(j, "numProtocol", json_integer(1));
    if (tip->rules.in_commit_times)
        json_object_set_new(j, "inCommitTimestampOpt", json_integer(tip->timestamp_ms));
    json_object_set_new(j, "setTransactions",
                        values(c, tip->txns, json_get(tip->metadata, "configuration")));
    json_object_set_new(j, "domainMetadata", values(c, tip->domains, NULL));
    json_object_set(j, "metadata", tip->metadata);
    json_object_set(j, "protocol", tip->protocol);
    return j;
}

void checksum_after_commit(cx *c, delta_table *t, int64_t version, const char *txn_id)
{
    cx own;
    const table_tip *tip = &t->tip;
    if (tip->version != version || !tip->counted || !tip->metadata || !tip->protocol)
        return;
    cx_child(&own, c);
    AUTO(json) body = body_of(&own, tip, txn_id);
    AUTO_FREE char *text = json_text(body);
    const cx_code rc = store_put_hint(&own, t->store, path_of(&own, version), STR(text));
    if (rc != CX_OK && rc != CX_EXISTS)
        cx_warn(c, "version %" PRId64 " of %s has no checksum: %s", version, t->store->root,
                own.error.message);
    cx_clear(&own);
}

/* ---- checking ------------------------------------------------------------------------ */

static cx_code differs(cx *c, const delta_snapshot *s, const char *field, const char *wanted,
                       const char *found)
{
    (void)cx_fail_as(c, CX_CORRUPT, "DELTA_STATE_RECOVER_ERROR", "XXKDS",
                     "version %" PRId64 " of %s does not agree with its checksum (%s/%s): %s is %s "
                     "there, and %s in the log",
                     s->version, s->root, s->root, path_of(c, s->version), field, wanted, found);
    return cx_hint(c, "A commit or checkpoint was lost or changed. If the log is right, remove the "
                      "checksum file.");
}

static cx_code check_number(cx *c, const delta_snapshot *s, const json *sum, const char *field,
                            int64_t found)
{
    const int64_t wanted = json_get_int(sum, field, -1);
    if (wanted < 0 || wanted == found)
        return CX_OK;
    return differs(c, s, field, cx_fmt(c, "%" PRId64, wanted), cx_fmt(c, "%" PRId64, found));
}

static cx_code check_protocol(cx *c, const delta_snapshot *s, const json *sum)
{
    const json *p = json_get(sum, "protocol");
    const int64_t reader = json_get_int(p, "minReaderVersion", s->protocol.min_reader),
                  writer = json_get_int(p, "minWriterVersion", s->protocol.min_writer);
    if (reader == s->protocol.min_reader && writer == s->protocol.min_writer)
        return CX_OK;
    return differs(c, s, "protocol", cx_fmt(c, "(%" PRId64 ", %" PRId64 ")", reader, writer),
                   cx_fmt(c, "(%d, %d)", s->protocol.min_reader, s->protocol.min_writer));
}

static cx_code check_metadata(cx *c, const delta_snapshot *s, const json *sum)
{
    const char *id = json_get_str(json_get(sum, "metadata"), "id", NULL);
    if (!id || !strcmp(id, delta_table_id(s)))
        return CX_OK;
    return differs(c, s, "metadata.id", id, delta_table_id(s));
}

static cx_code compare(cx *c, const delta_snapshot *s, const json *sum)
{
    TRY(check_protocol(c, s, sum));
    TRY(check_metadata(c, s, sum));
    TRY(check_number(c, s, sum, "numFiles", (int64_t)delta_file_count(s)));
    return check_number(c, s, sum, "tableSizeBytes", delta_size_bytes(s));
}

static bool commits_alone(const log_segment *from)
{
    for (size_t i = 0; i < from->file_count; i++)
        if (from->files[i].to != from->files[i].version)
            return false;
    return from->checkpoint_version < 0;
}

cx_code checksum_check(cx *c, delta_table *t, const log_segment *from, const delta_snapshot *s)
{
    AUTO_CLEAR(buf) text = {0};
    AUTO(json) sum = NULL;
    const char *path = path_of(c, s->version);
    cx_code rc = store_read(c, t->store, path, checksum_most, &text);
    if (rc == CX_OK)
        rc = json_parse(c, text.data, text.length, path, &sum);
    if (rc == CX_CANCELLED || rc == CX_TIMEOUT)
        return rc;
    if (rc != CX_OK) { /* absent, or what a power cut left of it */
        cx_forgive(c);
        return CX_OK;
    }
    rc = compare(c, s, sum);
    if (rc != CX_CORRUPT || !commits_alone(from))
        return rc;
    cx_warn(c, "%s", c->error.message);
    cx_forgive(c);
    return CX_OK;
}
