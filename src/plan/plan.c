/* Building a plan, and its JSON both ways. */
#include "plan/plan.h"

#include "base/hash.h"

plan *plan_new(cx *c, const char *op, const char *source, const char *dest)
{
    plan *p = cx_new(c, plan);
    p->op = op;
    p->source = source;
    p->dest = dest;
    p->workspace = "";
    p->options = json_object();
    return p;
}

void plan_free(plan *p)
{
    if (!p)
        return;
    json_decref(p->options);
    p->options = NULL;
}

int plan_add(cx *c, plan *p, const plan_step *step)
{
    if (p->count == p->capacity) {
        p->capacity = p->capacity ? p->capacity * 2 : 64;
        plan_step *grown = cx_array(c, plan_step, p->capacity);
        if (p->count)
            memcpy(grown, p->steps, (size_t)p->count * sizeof *grown);
        p->steps = grown;
    }
    p->steps[p->count] = *step;
    p->steps[p->count].id = p->count;
    return p->count++;
}

static void add_id(cx *c, plan_ids *list, int id)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 4;
        int *grown = cx_array(c, int, list->capacity);
        if (list->count)
            memcpy(grown, list->items, (size_t)list->count * sizeof *grown);
        list->items = grown;
    }
    list->items[list->count++] = id;
}

void plan_need(cx *c, plan *p, int step, int needed)
{
    plan_ids *list = &p->steps[step].needs;
    if (needed < 0 || needed == step)
        return;
    for (int i = 0; i < list->count; i++)
        if (list->items[i] == needed)
            return;
    add_id(c, list, needed);
}

void plan_after(cx *c, plan *p, int step, int earlier)
{
    if (earlier >= 0 && earlier != step)
        add_id(c, &p->steps[step].after, earlier);
}

void plan_warn(cx *c, plan *p, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *text = arena_vfmt(c->arena, fmt, ap);
    va_end(ap);
    const char **grown = cx_array(c, const char *, p->warning_count + 1);
    if (p->warning_count)
        memcpy(grown, p->warnings, (size_t)p->warning_count * sizeof *grown);
    grown[p->warning_count++] = text;
    p->warnings = grown;
}

/* ---- JSON -------------------------------------------------------------------------------- */

static void set_text(json *j, const char *key, const char *value)
{
    if (value)
        json_object_set_new(j, key, json_string(value));
}

static void set_count(json *j, const char *key, int64_t value)
{
    if (value >= 0)
        json_object_set_new(j, key, json_integer(value));
}

static json *ids_json(const plan_ids *list)
{
    json *j = json_array();
    for (int i = 0; i < list->count; i++)
        json_array_append_new(j, json_integer(list->items[i]));
    return j;
}

static json *step_json(const plan_step *s)
{
    json *j = json_object();
    json_object_set_new(j, "id", json_integer(s->id));
    set_text(j, "action", s->action);
    set_text(j, "kind", s->kind);
    set_text(j, "object", s->object);
    set_text(j, "schema", s->schema);
    set_text(j, "source", s->source);
    set_text(j, "format", s->format);
    set_text(j, "sql", s->sql);
    set_text(j, "files_from", s->files_from);
    set_text(j, "files_to", s->files_to);
    if (s->files_most)
        json_object_set_new(j, "files_most", json_integer(s->files_most));
    set_text(j, "in_catalog", s->in_catalog);
    set_text(j, "in_schema", s->in_schema);
    set_text(j, "problem", s->problem);
    if (s->skip)
        json_object_set_new(j, "skip", json_true());
    set_text(j, "inverse", s->inverse);
    set_count(j, "version", s->version);
    set_count(j, "bytes", s->bytes);
    set_count(j, "files", s->files);
    if (s->exists_ok)
        json_object_set_new(j, "exists_ok", json_true());
    json_object_set_new(j, "depends_on", ids_json(&s->needs));
    if (s->after.count)
        json_object_set_new(j, "after", ids_json(&s->after));
    return j;
}

static json *versions_json(const plan *p)
{
    json *j = json_object();
    for (int i = 0; i < p->count; i++)
        if (p->steps[i].version >= 0 && p->steps[i].source)
            json_object_set_new(j, p->steps[i].source, json_integer(p->steps[i].version));
    return j;
}

/* What is hashed: what will be done, to what. */
static json *deeds_json(const plan *p)
{
    json *j = json_object();
    set_text(j, "operation", p->op);
    set_text(j, "source_catalog", p->source);
    set_text(j, "destination_catalog", p->dest);
    set_text(j, "workspace", p->workspace);
    json_object_set_new(j, "versions", versions_json(p));
    json *steps = json_array();
    for (int i = 0; i < p->count; i++)
        json_array_append_new(steps, step_json(&p->steps[i]));
    json_object_set_new(j, "steps", steps);
    return j;
}

static void hash_of(const json *deeds, char out[65])
{
    char *text = json_canonical(deeds);
    hash_sha256_hex(text, strlen(text), out);
    free(text);
}

void plan_hash(const plan *p, char out[65])
{
    AUTO(json) deeds = deeds_json(p);
    hash_of(deeds, out);
}

json *plan_json(const plan *p)
{
    char hash[65];
    json *j = deeds_json(p);
    hash_of(j, hash);
    json_object_set_new(j, "hash", json_string(hash));
    set_text(j, "t0", p->t0);
    set_text(j, "cut", p->cut);
    json_object_set(j, "options", p->options);
    json *warnings = json_array();
    for (int i = 0; i < p->warning_count; i++)
        json_array_append_new(warnings, json_string(p->warnings[i]));
    json_object_set_new(j, "warnings", warnings);
    return j;
}

static const char *get_text(cx *c, const json *j, const char *key)
{
    return cx_dup(c, json_get_str(j, key, NULL));
}

static cx_code read_ids(cx *c, plan *p, int id, const json *list,
                        void (*add)(cx *c, plan *p, int step, int other))
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_int_t other = json_integer_value(json_array_get(list, i));
        if (other < 0 || other >= id)
            return cx_fail(c, CX_CORRUPT, "step %d of the journalled plan needs a later one", id);
        add(c, p, id, (int)other);
    }
    return CX_OK;
}

static cx_code read_step(cx *c, plan *p, const json *j)
{
    const plan_step step = {.action = get_text(c, j, "action"),
                            .kind = get_text(c, j, "kind"),
                            .object = get_text(c, j, "object"),
                            .schema = get_text(c, j, "schema"),
                            .source = get_text(c, j, "source"),
                            .format = get_text(c, j, "format"),
                            .sql = get_text(c, j, "sql"),
                            .files_from = get_text(c, j, "files_from"),
                            .files_to = get_text(c, j, "files_to"),
                            .files_most = json_get_int(j, "files_most", 0),
                            .in_catalog = get_text(c, j, "in_catalog"),
                            .in_schema = get_text(c, j, "in_schema"),
                            .problem = get_text(c, j, "problem"),
                            .skip = json_get_bool(j, "skip", false),
                            .exists_ok = json_get_bool(j, "exists_ok", false),
                            .inverse = get_text(c, j, "inverse"),
                            .version = json_get_int(j, "version", -1),
                            .bytes = json_get_int(j, "bytes", -1),
                            .files = json_get_int(j, "files", -1)};
    if (!step.action || !step.kind || !step.object || !step.schema ||
        (!step.sql && !step.problem && !(step.files_from && step.files_to)))
        return cx_fail(c, CX_CORRUPT, "step %d of the journalled plan is damaged", p->count);
    const int id = plan_add(c, p, &step);
    TRY(read_ids(c, p, id, json_get(j, "depends_on"), plan_need));
    return read_ids(c, p, id, json_get(j, "after"), plan_after);
}

cx_code plan_from_json(cx *c, const json *j, plan **out)
{
    AUTO(plan)
    p = plan_new(c, get_text(c, j, "operation"), get_text(c, j, "source_catalog"),
                 get_text(c, j, "destination_catalog"));
    p->workspace = get_text(c, j, "workspace");
    p->t0 = get_text(c, j, "t0");
    p->cut = get_text(c, j, "cut");
    if (json_get(j, "options")) {
        json_decref(p->options);
        p->options = json_deep_copy(json_get(j, "options"));
    }
    const json *steps = json_get(j, "steps");
    for (size_t i = 0; i < json_array_size(steps); i++)
        TRY(read_step(c, p, json_array_get(steps, i)));
    const json *warnings = json_get(j, "warnings");
    for (size_t i = 0; i < json_array_size(warnings); i++)
        plan_warn(c, p, "%s", json_string_value(json_array_get(warnings, i)));
    if (!p->op)
        return cx_fail(c, CX_CORRUPT, "the journalled plan names no operation");
    *out = STEAL(p);
    return CX_OK;
}
