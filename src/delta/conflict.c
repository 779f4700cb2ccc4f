/* The rules of conflict, as Delta has them.
 *
 * A writer that was blind (only added files, read nothing) passes every winner but one that changed
 * schema, protocol, or the same application's transaction. A writer that read is taken to have read
 * the whole table: a winner that added data it did not see, or removed data that it saw, forbids
 * it; under WriteSerializable a winner's blind append is let through, as if it had come later. A
 * writer that says which files it read minds only removals of those, and not files that merely lost
 * rows elsewhere: two deletes with vectors in different files both pass. If it also says in which
 * partitions the rows are that it looked for, it minds no file that was added to another, whatever
 * the isolation: two updates of different partitions both pass. A writer that changed no data
 * (compaction) only minds the files that it removes itself.
 *
 * Row ids are no conflict: whoever loses takes the next ones. spec: delta sheet §8 */
#include "delta/conflict.h"

#include <inttypes.h>

static const char *shared(const json *a, const json *b)
{
    const char *key;
    json *value;
    json_object_foreach ((json *)a, key, value) {
        if (json_object_get(b, key))
            return key;
    }
    return NULL;
}

static const struct {
    const char *condition, *what;
} kinds[] = {
    {"DELTA_PROTOCOL_CHANGED", "it changed the table's protocol"},
    {"DELTA_METADATA_CHANGED", "it changed the table's schema or properties"},
    {"DELTA_CONCURRENT_TRANSACTION", "it wrote a transaction of the same application"},
    {"DELTA_CONCURRENT_WRITE", "it wrote the same metadata domain"},
    {"DELTA_CONCURRENT_DELETE_DELETE", "it removed a file that this write removes too"},
    {"DELTA_CONCURRENT_APPEND", "it added data that this write did not see"},
    {"DELTA_CONCURRENT_DELETE_READ", "it removed data that this write has read"},
};
enum { NONE = -1, PROTOCOL, METADATA, TRANSACTION, DOMAIN, DELETE_DELETE, APPEND, DELETE_READ };

static bool same_domain(const footprint *a, const footprint *b)
{
    const char *name;
    json *value;
    json_object_foreach (a->domains, name, value) {
        if (strcmp(name, "delta.rowTracking") != 0 && json_object_get(b->domains, name))
            return true;
    }
    return false;
}

/* Some file was added where the rows may be that our writer looked for. */
static cx_code added_where_read(cx *c, const delta_reads *told, const footprint *theirs, bool *out)
{
    const char *place;
    json *value;
    *out = true;
    if (!told || !told->may_match || !theirs->places || theirs->regained)
        return CX_OK;
    *out = false;
    json_object_foreach (theirs->places, place, value) {
        AUTO(json) values = NULL;
        TRY(json_parse(c, place, strlen(place), "partitionValues", &values));
        TRY(told->may_match(c, told->self, values, out));
        if (*out)
            break;
    }
    return CX_OK;
}

static cx_code added_unseen(cx *c, const conflict_side *ours, const footprint *theirs, bool *out)
{
    const bool all = ours->serializable || ours->touched->metadata;
    *out = false;
    if (!theirs->adds_data || (!all && json_get_bool(theirs->info, "isBlindAppend", false)))
        return CX_OK;
    *out = !ours->reads;
    if (!ours->reads || theirs->plain_adds == 0)
        return CX_OK;
    return added_where_read(c, ours->told, theirs, out);
}

static bool removed_read(const conflict_side *ours, const footprint *theirs)
{
    return theirs->removes_data && (!ours->reads || shared(ours->reads, theirs->removed));
}

/* Who says that it read no file, and changes none, depends on none: so an ALTER passes an append.
 */
static bool depends_on_files(const conflict_side *ours)
{
    const footprint *mine = ours->touched;
    if (ours->blind_append)
        return false;
    if (mine->data_change)
        return true;
    const bool nothing = ours->reads && json_object_size(ours->reads) == 0;
    return (mine->metadata || mine->protocol) && !nothing;
}

static int judge_actions(const conflict_side *ours, const footprint *theirs)
{
    const footprint *mine = ours->touched;
    if (theirs->protocol)
        return PROTOCOL;
    if (theirs->metadata)
        return METADATA;
    if (shared(mine->apps, theirs->apps))
        return TRANSACTION;
    if (same_domain(mine, theirs))
        return DOMAIN;
    if (shared(mine->removed, theirs->removed))
        return DELETE_DELETE;
    return NONE;
}

static cx_code judge(cx *c, const conflict_side *ours, const footprint *theirs, int *out)
{
    bool unseen;
    *out = judge_actions(ours, theirs);
    if (*out != NONE || !depends_on_files(ours))
        return CX_OK;
    TRY(added_unseen(c, ours, theirs, &unseen));
    *out = unseen ? APPEND : removed_read(ours, theirs) ? DELETE_READ : NONE;
    return CX_OK;
}

cx_code conflict_check(cx *c, int64_t version, const footprint *theirs, const conflict_side *ours,
                       bool *out_own)
{
    *out_own = !strcmp(json_get_str(theirs->info, "txnId", ""), ours->txn_id);
    if (*out_own)
        return CX_OK;
    int kind;
    TRY(judge(c, ours, theirs, &kind));
    if (kind == NONE)
        return CX_OK;
    (void)cx_fail_as(c, CX_CONFLICT, kinds[kind].condition, "2D521",
                     "another writer was first: version %" PRId64 " of %s (%s): %s", version,
                     ours->root, json_get_str(theirs->info, "operation", "unknown operation"),
                     kinds[kind].what);
    return cx_hint(c, "Read the table again and repeat the write.");
}
