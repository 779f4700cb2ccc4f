/* One version of a table in memory. */
#include "delta/action.h"
#include "delta/checksum.h"
#include "delta/delta_int.h"
#include "delta/protocol.h"
#include "delta/uri.h"
#include "delta/widening.h"

#include <inttypes.h>

cx_code delta_open_store(cx *c, store *take_store, const delta_parquet *parquet, delta_table **out)
{
    (void)c;
    delta_table *t = cx_calloc(1, sizeof *t);
    *t = (delta_table){.store = take_store, .parquet = parquet};
    tip_forget(&t->tip);
    *out = t;
    return CX_OK;
}

cx_code delta_open(cx *c, const char *root, const delta_parquet *parquet, delta_table **out)
{
    store *s = NULL;
    TRY(store_file_open(c, root, &s));
    return delta_open_store(c, s, parquet, out);
}

void delta_table_free(delta_table *t)
{
    if (!t)
        return;
    store_free(t->store);
    tip_forget(&t->tip);
    free(t);
}

const char *delta_root(const delta_table *t)
{
    return t->store->root;
}

bool delta_is_table(cx *c, const char *root)
{
    AUTO(store) s = NULL;
    int64_t version;
    const bool is = store_file_open(c, root, &s) == CX_OK && log_latest(c, s, 0, &version) == CX_OK;
    cx_forgive(c);
    return is;
}

void delta_snapshot_free(delta_snapshot *s)
{
    if (!s)
        return;
    json_decref(s->metadata);
    json_decref(s->schema);
    json_decref(s->domains);
    json_decref(s->txns);
    json_decref(s->protocol_action);
    for (size_t i = 0; i < s->text_count; i++)
        arena_free(s->texts[i]);
    free(s->texts);
    free(s->files);
    free(s->tombstones);
    arena_free(s->arena);
    free(s);
}

/* ---- loading ------------------------------------------------------------------- */

static cx_code no_state(cx *c, const delta_snapshot *s, const char *what)
{
    return cx_fail_as(c, CX_CORRUPT, "DELTA_STATE_RECOVER_ERROR", "XXKDS",
                      "version %" PRId64 " of %s cannot be built: its log has no %s action",
                      s->version, s->root, what);
}

static cx_code read_metadata(cx *c, delta_snapshot *s)
{
    pairs_to_object(s->metadata, "configuration");
    pairs_to_object(json_get(s->metadata, "format"), "options");
    const char *schema = json_get_str(s->metadata, "schemaString", NULL);
    if (!schema)
        return cx_fail(c, CX_CORRUPT, "the metadata of %s (version %" PRId64 ") has no schema",
                       s->root, s->version);
    TRY(json_parse(c, schema, strlen(schema), cx_fmt(c, "the schema of %s", s->root), &s->schema));
    const char *format = json_get_str(json_get(s->metadata, "format"), "provider", "parquet");
    if (strcmp(format, "parquet") != 0)
        return cx_fail(c, CX_UNSUPPORTED, "%s keeps its data as %s, not as Parquet", s->root,
                       format);
    const json *columns = json_get(s->metadata, "partitionColumns");
    s->partition_count = json_array_size(columns);
    s->partitions = arena_alloc(s->arena, (s->partition_count + 1) * sizeof *s->partitions);
    for (size_t i = 0; i < s->partition_count; i++) {
        const char *name = json_string_value(json_array_get(columns, i));
        s->partitions[i] = name ? name : "";
    }
    return CX_OK;
}

/* spec: delta "In-Commit Timestamps" */
static cx_code read_timestamp(cx *c, delta_table *t, const log_segment *seg, delta_snapshot *s)
{
    s->timestamp_ms = seg->timestamp_ms;
    s->in_commit_times =
        protocol_has(&s->protocol, "inCommitTimestamp") &&
        text_same_nocase(delta_property(s, "delta.enableInCommitTimestamps"), "true");
    if (!s->in_commit_times)
        return CX_OK;
    AUTO(json) info = NULL;
    const cx_code rc = log_commit_info(c, t->store, s->version, &info);
    if (rc == CX_NOT_FOUND) { /* cleaned away; the checkpoint is what is left */
        cx_forgive(c);
        return CX_OK;
    }
    TRY(rc);
    s->timestamp_ms = json_get_int(info, "inCommitTimestamp", s->timestamp_ms);
    return CX_OK;
}

static cx_code build(cx *c, delta_table *t, const log_segment *seg, bool tombstones,
                     delta_snapshot *s)
{
    TRY(replay_segment(c, t, seg, tombstones, s));
    if (!s->protocol_action)
        return no_state(c, s, "protocol");
    TRY(protocol_parse(c, s->arena, s->protocol_action, s->root, &s->protocol));
    TRY(protocol_check_read(c, &s->protocol, s->root));
    if (!s->metadata)
        return no_state(c, s, "metaData");
    TRY(read_metadata(c, s));
    TRY(widening_check(c, s->schema, s->root));
    TRY(checksum_check(c, t, seg, s));
    return read_timestamp(c, t, seg, s);
}

static bool reaches_zero(const log_segment *seg)
{
    return seg->checkpoint_version < 0;
}

cx_code snapshot_load(cx *c, delta_table *t, int64_t version, bool tombstones, delta_snapshot **out)
{
    log_segment seg;
    cx_code rc = CX_CORRUPT;
    if (!t->parquet) { /* without a reader of Parquet, the commits may still tell everything */
        rc = log_segment_load(c, t->store, version, false, &seg);
        if (rc == CX_NOT_FOUND)
            return rc;
    }
    if (rc != CX_OK || !reaches_zero(&seg)) {
        cx_forgive(c);
        TRY(log_segment_load(c, t->store, version, true, &seg));
    }
    AUTO(delta_snapshot) s = cx_calloc(1, sizeof *s);
    s->arena = arena_new();
    s->root = arena_dup(s->arena, t->store->root);
    s->version = seg.version;
    TRY(build(c, t, &seg, tombstones, s));
    *out = STEAL(s);
    return CX_OK;
}

/* ---- by time --------------------------------------------------------------------- */

static cx_code time_of(cx *c, delta_table *t, const log_file *f, int64_t *out_ms)
{
    AUTO(json) info = NULL;
    TRY(log_commit_info(c, t->store, f->version, &info));
    *out_ms = json_get_int(info, "inCommitTimestamp", f->mtime_ms);
    return CX_OK;
}

/* The last of commits[low, high) at or before `ms` by in-commit time, which rises; -1 = none. */
static cx_code by_commit_time(cx *c, delta_table *t, const log_file *commits, size_t low,
                              size_t high, int64_t ms, int64_t *out)
{
    const size_t first = low;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        int64_t at;
        TRY(time_of(c, t, &commits[middle], &at));
        if (at <= ms)
            low = middle + 1;
        else
            high = middle;
    }
    *out = low > first ? commits[low - 1].version : -1;
    return CX_OK;
}

static int64_t by_file_time(const log_file *commits, size_t n, int64_t ms)
{
    int64_t version = -1;
    for (size_t i = 0; i < n && commits[i].mtime_ms <= ms; i++)
        version = commits[i].version;
    return version;
}

/* Versions from the one that turned in-commit times on tell their own time; those before it have
 * that of their file. A time at or after the switch can only mean a version at or after it. */
static cx_code version_at(cx *c, delta_table *t, const delta_snapshot *latest, int64_t ms,
                          int64_t *out)
{
    log_listing l;
    TRY(log_list(c, t->store, 0, &l));
    log_monotonic(l.commits, l.commit_count);
    if (!latest->in_commit_times) {
        *out = by_file_time(l.commits, l.commit_count, ms);
        return CX_OK;
    }
    const char *v = delta_property(latest, "delta.inCommitTimestampEnablementVersion");
    const char *at = delta_property(latest, "delta.inCommitTimestampEnablementTimestamp");
    const int64_t switched = v ? strtoll(v, NULL, 10) : 0;
    size_t first = 0;
    while (first < l.commit_count && l.commits[first].version < switched)
        first++;
    if (v && at && ms < strtoll(at, NULL, 10)) {
        *out = by_file_time(l.commits, first, ms);
        return CX_OK;
    }
    return by_commit_time(c, t, l.commits, first, l.commit_count, ms, out);
}

static cx_code load_at_time(cx *c, delta_table *t, int64_t timestamp_us, delta_snapshot **out)
{
    AUTO(delta_snapshot) latest = NULL;
    int64_t version = -1;
    TRY(snapshot_load(c, t, -1, false, &latest));
    /* Commit times are in ms: a time within the millisecond of a commit is at or after it. */
    const int64_t ms = timestamp_us / 1000;
    if (ms > latest->timestamp_ms)
        return cx_fail_as(c, CX_INVALID, "DELTA_TIMESTAMP_GREATER_THAN_COMMIT", "42816",
                          "the timestamp is after the latest version of %s (version %" PRId64
                          ", epoch ms %" PRId64 ")",
                          latest->root, latest->version, latest->timestamp_ms);
    TRY(version_at(c, t, latest, ms, &version));
    if (version < 0)
        return cx_fail_as(c, CX_INVALID, "DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION", "42816",
                          "the timestamp is before the earliest version of %s that is left",
                          latest->root);
    if (version != latest->version)
        return snapshot_load(c, t, version, false, out);
    *out = STEAL(latest);
    return CX_OK;
}

cx_code delta_snapshot_load(cx *c, delta_table *t, delta_at at, delta_snapshot **out)
{
    if (at.version < 0 && at.timestamp_us >= 0)
        return load_at_time(c, t, at.timestamp_us, out);
    TRY(snapshot_load(c, t, at.version, false, out));
    if (at.version < 0)
        tip_note(&t->tip, *out);
    return CX_OK;
}

/* ---- reading it -------------------------------------------------------------------- */

int64_t delta_version(const delta_snapshot *s)
{
    return s->version;
}
int64_t delta_timestamp_ms(const delta_snapshot *s)
{
    return s->timestamp_ms;
}
const delta_protocol *delta_protocol_of(const delta_snapshot *s)
{
    return &s->protocol;
}
const json *delta_metadata(const delta_snapshot *s)
{
    return s->metadata;
}
const json *delta_schema(const delta_snapshot *s)
{
    return s->schema;
}
const char *delta_table_id(const delta_snapshot *s)
{
    return json_get_str(s->metadata, "id", "");
}
size_t delta_partition_count(const delta_snapshot *s)
{
    return s->partition_count;
}
const char *delta_partition_name(const delta_snapshot *s, size_t i)
{
    return s->partitions[i];
}
size_t delta_file_count(const delta_snapshot *s)
{
    return s->file_count;
}
const delta_file *delta_file_at(const delta_snapshot *s, size_t i)
{
    return &s->files[i];
}
int64_t delta_size_bytes(const delta_snapshot *s)
{
    return s->size_bytes;
}
const json *delta_domains(const delta_snapshot *s)
{
    return s->domains;
}

const char *delta_property(const delta_snapshot *s, const char *key)
{
    return json_get_str(json_get(s->metadata, "configuration"), key, NULL);
}

cx_code delta_file_path(cx *c, const delta_snapshot *s, const delta_file *f, char **out)
{
    return uri_to_path(c, s->root, f->path, out);
}
