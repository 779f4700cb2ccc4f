/* What depends on the version that wins the race.
 *
 * A caller's actions are the same whichever version they become, with three exceptions: row ids go
 * on from where the version before stopped, a file's defaultRowCommitVersion is the version itself,
 * and the metadata that turns in-commit times on says from which version they are there. So lines
 * are made anew for each try, but only where one of these applies: else they go out as they came.
 * spec: delta "Row Tracking", "In-Commit Timestamps" */
#include "delta/compose.h"

#include "delta/action.h"

#include "delta/delta_int.h"
#include "delta/uri.h"

#include "base/hash.h"

#include <inttypes.h>

#define ROW_DOMAIN "delta.rowTracking"

void composition_clear(composition *w)
{
    json_decref(w->metadata);
}

/* ---- metadata ---------------------------------------------------------------------- */

static json *configuration_of(json *metadata)
{
    if (!json_is_object(json_object_get(metadata, "configuration")))
        json_object_set_new(metadata, "configuration", json_object());
    return json_object_get(metadata, "configuration");
}

/* Columns that keep row ids where a file's own order does not tell them; the names are taken by
 * nobody else. */
static void name_row_columns(json *configuration)
{
    static const char *const keys[][2] = {
        {"delta.rowTracking.materializedRowIdColumnName", "_row-id-col-"},
        {"delta.rowTracking.materializedRowCommitVersionColumnName", "_row-commit-version-col-"}};
    for (size_t i = 0; i < CX_COUNT(keys); i++) {
        char id[UUID_TEXT], name[96];
        if (json_get_str(configuration, keys[i][0], NULL))
            continue;
        uuid_random(id);
        snprintf(name, sizeof name, "%s%s", keys[i][1], id);
        json_object_set_new(configuration, keys[i][0], json_string(name));
    }
}

static const char enablement_version[] = "delta.inCommitTimestampEnablementVersion";
static const char enablement_time[] = "delta.inCommitTimestampEnablementTimestamp";

/* Which versions tell their own time does not change by replacing the table. */
static void keep_enablement(json *configuration, const table_tip *tip)
{
    const char *const keys[] = {enablement_version, enablement_time};
    const json *old = json_get(tip->metadata, "configuration");
    for (size_t i = 0; i < CX_COUNT(keys); i++)
        if (json_get(old, keys[i]))
            json_object_set(configuration, keys[i], json_get(old, keys[i]));
}

static bool wants_times(const json *metadata)
{
    return text_same_nocase(
        json_get_str(json_get(metadata, "configuration"), "delta.enableInCommitTimestamps", NULL),
        "true");
}

void composition_begin(composition *w, str lines, const footprint *mine, const table_tip *tip,
                       bool exists, bool row_ids, bool row_ids_enabled)
{
    *w = (composition){.lines = lines, .row_ids = row_ids, .row_mark = -1};
    if (!mine->metadata)
        return;
    w->turns_on_times = exists && wants_times(mine->metadata) && !tip->rules.in_commit_times;
    const bool keeps_times = exists && wants_times(mine->metadata) && tip->rules.in_commit_times;
    if (!w->turns_on_times && !keeps_times && !row_ids_enabled)
        return;
    w->metadata = json_deep_copy(mine->metadata);
    json *configuration = configuration_of(w->metadata);
    if (row_ids_enabled)
        name_row_columns(configuration);
    if (keeps_times)
        keep_enablement(configuration, tip);
}

static void set_text(json *configuration, const char *key, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    json_object_set_new(configuration, key, json_string(text));
}

static void metadata_line(composition *w, int64_t version, int64_t time_ms, buf *out)
{
    json *configuration = configuration_of(w->metadata);
    if (w->turns_on_times) {
        set_text(configuration, enablement_version, version);
        set_text(configuration, enablement_time, time_ms);
    }
    AUTO_FREE char *text = json_text(w->metadata);
    buf_adds(out, "{\"metaData\":");
    buf_adds(out, text);
    buf_adds(out, "}\n");
}

/* ---- row ids ----------------------------------------------------------------------- */

static int64_t rows_of(const action *a)
{
    AUTO(arena) mem = arena_new();
    char *stats;
    if (!value_text(mem, a->stats, &stats))
        return -1;
    return value_int(object_member(STR(stats), "numRecords"), -1);
}

static cx_code add_line(cx *c, composition *w, const action *a, int64_t version, buf *out)
{
    static const char *const given[] = {"baseRowId", "defaultRowCommitVersion", NULL};
    const int64_t base = value_int(object_member(a->body, "baseRowId"), -1);
    const int64_t rows = base < 0 ? rows_of(a) : 0;
    const str of_version = object_member(a->body, "defaultRowCommitVersion");
    if (rows < 0) {
        (void)cx_fail(c, CX_UNSUPPORTED,
                      "row ids cannot be given to %.*s: its statistics do not say how many rows it "
                      "has",
                      (int)a->path.length, a->path.data);
        return cx_hint(c, "The table has row tracking. Set delta.rowTrackingSuspended to write "
                          "files without statistics.");
    }
    buf_adds(out, "{\"add\":{");
    buf_add_members(out, a->body, given);
    buf_addf(out, "\"baseRowId\":%" PRId64, base < 0 ? w->row_mark + 1 : base);
    if (base < 0 && __builtin_add_overflow(w->row_mark, rows, &w->row_mark))
        return cx_fail(c, CX_TOO_LARGE, "the table has no row ids left");
    buf_addf(out, ",\"defaultRowCommitVersion\":%" PRId64 "}}\n", value_int(of_version, version));
    return CX_OK;
}

static json *row_domain(const composition *w)
{
    char text[64];
    snprintf(text, sizeof text, "{\"rowIdHighWaterMark\":%" PRId64 "}", w->row_mark);
    return json_pack("{s:s, s:s, s:b}", "domain", ROW_DOMAIN, "configuration", text, "removed", 0);
}

static void row_domain_line(const composition *w, buf *out)
{
    AUTO(json) domain = row_domain(w);
    AUTO_FREE char *text = json_text(domain);
    buf_adds(out, "{\"domainMetadata\":");
    buf_adds(out, text);
    buf_adds(out, "}\n");
}

/* ---- line by line ------------------------------------------------------------------- */

typedef struct {
    composition *w;
    int64_t version, time_ms;
    buf *out;
} composer;

static bool is_row_domain(const action *a)
{
    return str_is(object_member(a->body, "domain"), "\"" ROW_DOMAIN "\"");
}

static cx_code one(cx *c, void *self, const action *a, const char *what)
{
    const composer *k = self;
    composition *w = k->w;
    (void)what;
    if (a->kind == ACTION_METADATA && w->metadata) {
        metadata_line(w, k->version, k->time_ms, k->out);
        return CX_OK;
    }
    if (a->kind == ACTION_ADD && w->row_ids)
        return add_line(c, w, a, k->version, k->out);
    if (a->kind == ACTION_DOMAIN && w->row_ids && is_row_domain(a))
        return CX_OK; /* the mark is ours to write */
    buf_addf(k->out, "{\"%s\":", action_name(a->kind));
    buf_add(k->out, a->body.data, a->body.length);
    buf_adds(k->out, "}\n");
    return CX_OK;
}

cx_code compose(cx *c, composition *w, const table_tip *tip, int64_t version, int64_t time_ms,
                buf *out)
{
    if (!w->metadata && !w->row_ids) {
        buf_add(out, w->lines.data, w->lines.length);
        return CX_OK;
    }
    const int64_t before = w->row_mark = tip_row_mark(tip);
    composer k = {w, version, time_ms, out};
    TRY(actions_each(c, w->lines, "the commit", false, one, &k));
    if (w->row_mark > before)
        row_domain_line(w, out);
    return CX_OK;
}

void composition_note(const composition *w, table_tip *tip, int64_t version)
{
    if (tip->version != version)
        return;
    if (w->metadata) {
        json_decref(tip->metadata);
        tip->metadata = json_deep_copy(w->metadata);
    }
    if (w->row_ids && w->row_mark >= 0)
        json_object_set_new(tip->domains, ROW_DOMAIN, row_domain(w));
}

/* ---- files that were there before ------------------------------------------------------ */

typedef struct {
    json *paths; /* keys */
    const char *root;
} touched;

static void touched_clear(touched *t)
{
    json_decref(t->paths);
}

static cx_code note_path(cx *c, void *self, const action *a, const char *what)
{
    const touched *t = self;
    char *path;
    (void)what;
    if ((a->kind == ACTION_ADD || a->kind == ACTION_REMOVE) && value_text(c->arena, a->path, &path))
        json_object_set_new_nocheck(t->paths, uri_key(c->arena, t->root, path), json_true());
    return CX_OK;
}

cx_code readd_files(cx *c, const delta_snapshot *s, str lines, buf *out)
{
    AUTO_CLEAR(touched) t = {json_object(), s->root};
    TRY(actions_each(c, lines, "the commit", false, note_path, &t));
    for (size_t i = 0; i < delta_file_count(s); i++) {
        const delta_file *f = delta_file_at(s, i);
        AUTO(json) add = NULL;
        if ((i & 1023) == 0)
            TRY(cx_alive(c));
        if (json_object_get(t.paths, uri_key(c->arena, s->root, f->path)))
            continue;
        TRY(delta_file_add(c, f, &add));
        if (json_get(add, "baseRowId"))
            continue;
        json_object_set_new(add, "dataChange", json_false());
        AUTO_FREE char *text = json_text(add);
        buf_adds(out, "{\"add\":");
        buf_adds(out, text);
        buf_adds(out, "}\n");
    }
    return CX_OK;
}
