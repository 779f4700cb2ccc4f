/* Undoing is a plan like any other: previewed, journalled, resumed.
 *
 * A step that was done and has an inverse is taken back after all steps that came after it. A table
 * is never dropped on hearsay: its history must say that the clone's own commit was its first, else
 * it is restored to the version before that commit. A table that somebody has written to since
 * stays as it is, unless forced. What became of an object that is dropped anyway needs no step of
 * its own.
 *
 * The clone's commit is the first CLONE of the same source and version at or after the run's T0, by
 * the workspace's own clock. */
#include "ops/clone/undo.h"

#include "base/when.h"
#include "ops/batch.h"
#include "ops/clone/drift.h"
#include "sql/quote.h"

enum { LOOK_BACK = 100 };

typedef struct {
    int64_t cloned_at; /* version of the clone's commit; -1 = not found */
    int64_t changed_at;
    const char *changed_by; /* operation of the newest commit after it that changed the table */
    const char *problem;
} standing;

typedef struct {
    cx *c;
    const plan *p;
    const undo_options *k;
    const bool *done; /* a step of p */
    int64_t t0_us;
    int *tables; /* ids of the steps that made tables */
    size_t n;
    standing *of;
    plan *back;
    int *undone;   /* id in `back` of the step that takes step i back; -1 = none */
    bool *dropped; /* the object that step i made is dropped */
} undoing;

static bool makes_table(const plan_step *s)
{
    return !strcmp(s->kind, "TABLE") &&
           (!strcmp(s->action, "clone") || !strcmp(s->action, "refer"));
}

static bool makes(const plan_step *s)
{
    return makes_table(s) || !strcmp(s->action, "create");
}

/* ---- how the tables stand --------------------------------------------------------------- */

/* "catalog.schema.name" of a label, whose parts may have dots only in the last. */
static void add_object(buf *b, const plan *p, const plan_step *s)
{
    const char *name = s->object + strlen(p->dest) + 1 + strlen(s->schema) + 1;
    sql_add_name3(b, p->dest, s->schema, name);
}

static const char *part(cx *c, void *self, size_t i)
{
    const undoing *u = self;
    buf b = BUF(BUF_ANY);
    buf_adds(&b, "version, timestamp, operation, operationParameters['sourceVersion'] AS "
                 "source_version FROM (DESCRIBE HISTORY ");
    add_object(&b, u->p, &u->p->steps[u->tables[i]]);
    buf_addf(&b, " LIMIT %d)", LOOK_BACK);
    const char *text = cx_dup(c, buf_text(&b));
    buf_clear(&b);
    return text;
}

/* Rows come in any order: the first CLONE that fits is the one with the smallest version. */
static void row(void *self, size_t i, const sql_result *r, size_t at)
{
    undoing *u = self;
    standing *s = &u->of[i];
    const plan_step *step = &u->p->steps[u->tables[i]];
    const char *operation = sql_value_by(r, at, "operation"),
               *time = sql_value_by(r, at, "timestamp");
    const int64_t version = sql_int(r, at, "version", -1);
    int64_t us;
    if (!operation || !time || version < 0 || !when_parse_us(time, &us) || us < u->t0_us)
        return;
    if (!strcmp(operation, "CLONE") && (s->cloned_at < 0 || version < s->cloned_at) &&
        (step->version < 0 || sql_int(r, at, "source_version", -1) == step->version))
        s->cloned_at = version;
    if (!clone_is_upkeep(operation) && version > s->changed_at) {
        s->changed_at = version;
        s->changed_by = cx_dup(u->c, operation);
    }
}

static void problem(void *self, size_t i, const cx_error *e)
{
    undoing *u = self;
    u->of[i].problem = cx_dup(u->c, e->message);
}

static cx_code look(undoing *u, workspace *ws)
{
    u->tables = cx_array(u->c, int, u->p->count + 1);
    for (int i = 0; i < u->p->count; i++)
        if (u->done[i] && makes_table(&u->p->steps[i]))
            u->tables[u->n++] = i;
    u->of = cx_array(u->c, standing, u->n + 1);
    for (size_t i = 0; i < u->n; i++)
        u->of[i].cloned_at = u->of[i].changed_at = -1;
    const batch_query q = {ws, u->n, "histories", part, row, problem, u};
    return batch_run(u->c, &q);
}

/* ---- steps -------------------------------------------------------------------------------- */

static int add(undoing *u, int i, const char *action, const char *sql, const char *why)
{
    const plan_step *s = &u->p->steps[i];
    const plan_step back = {.action = action,
                            .kind = s->kind,
                            .object = s->object,
                            .schema = s->schema,
                            .sql = why ? NULL : sql,
                            .in_catalog = s->in_catalog,
                            .in_schema = s->in_schema,
                            .problem = why,
                            .skip = why != NULL,
                            .version = -1,
                            .bytes = -1,
                            .files = -1};
    u->undone[i] = plan_add(u->c, u->back, &back);
    return u->undone[i];
}

static const char *restore_sql(undoing *u, int i, int64_t version)
{
    buf b = BUF(BUF_ANY);
    buf_adds(&b, "RESTORE TABLE ");
    add_object(&b, u->p, &u->p->steps[i]);
    buf_addf(&b, " TO VERSION AS OF %lld", (long long)version);
    const char *sql = cx_dup(u->c, buf_text(&b));
    buf_clear(&b);
    return sql;
}

static void undo_table(undoing *u, int i, const standing *s)
{
    const plan_step *step = &u->p->steps[i];
    if (s->problem) {
        add(u, i, "restore", NULL, cx_fmt(u->c, "its history cannot be read: %s", s->problem));
    } else if (s->cloned_at < 0) {
        add(u, i, "restore", NULL,
            "the clone's commit is not in its history: it was replaced, or made anew, since");
    } else if (s->changed_at > s->cloned_at && !u->k->force) {
        add(u, i, "restore", NULL,
            cx_fmt(u->c,
                   "it was changed since, by %s in version %lld; --force takes that back, too",
                   s->changed_by, (long long)s->changed_at));
    } else if (s->cloned_at > 0) {
        add(u, i, "restore", restore_sql(u, i, s->cloned_at - 1), NULL);
    } else {
        u->dropped[i] = true;
        add(u, i, "drop",
            step->inverse ? step->inverse
                          : cx_fmt(u->c, "DROP TABLE IF EXISTS %s.%s",
                                   sql_name2(u->c, u->p->dest, step->schema),
                                   sql_ident(u->c, step->object + strlen(u->p->dest) + 1 +
                                                       strlen(step->schema) + 1)),
            NULL);
    }
}

static bool is_drop(const char *sql)
{
    return sql && text_starts(sql, "DROP ");
}

/* Objects without history: what the plan knew of them before. */
static void undo_made(undoing *u, int i)
{
    const plan_step *s = &u->p->steps[i];
    if (!strcmp(s->kind, "CATALOG") && !u->k->drop_catalog) {
        add(u, i, "drop", NULL, "the catalog stays unless --drop-catalog is given");
    } else if (is_drop(s->inverse)) {
        u->dropped[i] = true;
        add(u, i, "drop", s->inverse, NULL);
    } else if (s->inverse) {
        add(u, i, "restore", s->inverse, NULL);
    } else if (!strcmp(s->kind, "VIEW") || !strcmp(s->kind, "FUNCTION")) {
        add(u, i, "restore", NULL, "what it was before cannot be written as a statement");
    }
}

/* The object that a later step worked on is dropped, or is in a catalog that is. */
static bool is_moot(const undoing *u, int i)
{
    for (int k = 0; k < i; k++)
        if (u->dropped[k] && (!strcmp(u->p->steps[k].object, u->p->steps[i].object) &&
                              !strcmp(u->p->steps[k].kind, u->p->steps[i].kind)))
            return true;
    return false;
}

static void undo_attribute(undoing *u, int i)
{
    const plan_step *s = &u->p->steps[i];
    if (is_moot(u, i))
        return;
    if (s->inverse)
        add(u, i, s->action, s->inverse, NULL);
    else if (s->files_from)
        add(u, i, s->action, NULL, "files that were copied into a volume that was there stay");
}

/* Steps are undone from the last to the first; of two that depended on each other, the later one
 * comes first. */
static void order(undoing *u)
{
    for (int i = 0; i < u->p->count; i++) {
        const plan_step *s = &u->p->steps[i];
        for (int k = 0; u->undone[i] >= 0 && k < s->needs.count; k++) {
            const int needed = u->undone[s->needs.items[k]];
            if (needed >= 0)
                plan_after(u->c, u->back, needed, u->undone[i]);
        }
    }
}

static void add_steps(undoing *u)
{
    for (size_t t = 0; t < u->n; t++) /* which tables go must be known before their attributes */
        u->dropped[u->tables[t]] = !u->of[t].problem && u->of[t].cloned_at == 0 &&
                                   (u->k->force || u->of[t].changed_at <= 0);
    for (int i = 0; i < u->p->count; i++)
        if (u->done[i] && makes(&u->p->steps[i]) && !makes_table(&u->p->steps[i]))
            u->dropped[i] = is_drop(u->p->steps[i].inverse) &&
                            (strcmp(u->p->steps[i].kind, "CATALOG") != 0 || u->k->drop_catalog);
    size_t t = u->n;
    for (int i = u->p->count - 1; i >= 0; i--) {
        const bool table = makes_table(&u->p->steps[i]);
        if (!u->done[i])
            continue;
        if (table)
            undo_table(u, i, &u->of[--t]);
        else if (makes(&u->p->steps[i]))
            undo_made(u, i);
        else
            undo_attribute(u, i);
    }
    order(u);
}

static cx_code read_done(cx *c, state *st, const state_run *run, int count, bool *done)
{
    state_step *steps;
    size_t n;
    TRY(state_step_list(c, st, run->id, &steps, &n));
    for (size_t i = 0; i < n; i++) {
        /* One that was begun and not ended may have been done. */
        if (steps[i].step >= 0 && steps[i].step < count)
            done[steps[i].step] =
                (!strcmp(steps[i].status, "done") || !strcmp(steps[i].status, "intent")) &&
                json_get_int(steps[i].detail, "volume_files", 1) > 0; /* no file was copied */
        json_decref(steps[i].detail);
    }
    return CX_OK;
}

cx_code clone_undo_plan(cx *c, workspace *ws, state *st, const state_run *run,
                        const undo_options *k, plan **out)
{
    AUTO(plan) p = NULL;
    TRY(plan_from_json(c, run->plan, &p));
    bool *done = cx_array(c, bool, p->count + 1);
    TRY(read_done(c, st, run, p->count, done));
    AUTO(plan) back = plan_new(c, "rollback", p->source, p->dest);
    back->workspace = cx_dup(c, workspace_name(ws));
    json_object_set_new(back->options, "run", json_string(run->id));
    undoing u = {.c = c,
                 .p = p,
                 .k = k,
                 .done = done,
                 .back = back,
                 .undone = cx_array(c, int, p->count + 1),
                 .dropped = cx_array(c, bool, p->count + 1)};
    for (int i = 0; i < p->count; i++)
        u.undone[i] = -1;
    if (p->t0 && !when_parse_us(p->t0, &u.t0_us))
        u.t0_us = 0;
    TRY_IN(c, look(&u, ws), "reading the histories of %s", p->dest);
    add_steps(&u);
    *out = STEAL(back);
    return CX_OK;
}
