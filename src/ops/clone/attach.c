/* What a clone puts on objects once they are there: comments, tags, keys, masks and row filters,
 * then grants, then owners.
 *
 * Grants come after masks and filters: nobody may read a copy before those are on it; a catalog's
 * or schema's own grants wait for those of everything in it. Owners come last, since who gives an
 * object away may no longer change it. */
#include "ops/clone/drift.h"

/* The plan makes it, or it is a schema that is there already. */
static bool is_made(const planning *g, const model_object *o)
{
    const size_t i = (size_t)(o - g->source->of[o->kind].items);
    const int step = g->steps[o->kind][i];
    if (step < 0 && g->drift && o->kind == MODEL_SCHEMA && g->same[MODEL_SCHEMA][i])
        return false;
    return step >= 0 ? g->p->steps[step].problem == NULL : o->kind == MODEL_SCHEMA;
}

/* What cannot be written as a statement still shows up, as a failure of its own. */
static int add_attribute(planning *g, const char *action, const model_object *o, cx_code rc,
                         char *sql, int needs)
{
    plan_step s = clone_blank_step(g, action, o);
    if (rc == CX_OK) {
        s.sql = sql;
    } else {
        s.problem = g->c->error.message;
        cx_forgive(g->c);
    }
    return clone_add_step(g, &s, needs);
}

static int add_guard(planning *g, const char *action, const model_object *o, cx_code rc, char *sql,
                     const char *function, int needs)
{
    const int id = add_attribute(g, action, o, rc, sql, needs);
    const char *dot = function ? strchr(function, '.') : NULL;
    if (rc == CX_OK && dot) {
        char *schema = cx_dupn(g->c, function, (size_t)(dot - function)),
             *name = cx_dup(g->c, dot + 1);
        text_lower(schema);
        text_lower(name);
        model_object *f = model_find(g->source, MODEL_FUNCTION, schema, name);
        if (f)
            plan_need(g->c, g->p, id, *clone_slot(g, f));
    }
    if (g->guard_count == g->guard_capacity) {
        g->guard_capacity = g->guard_capacity ? g->guard_capacity * 2 : 16;
        int *grown = cx_array(g->c, int, g->guard_capacity);
        if (g->guard_count)
            memcpy(grown, g->guards, (size_t)g->guard_count * sizeof *grown);
        g->guards = grown;
    }
    g->guards[g->guard_count++] = id;
    return id;
}

/* The object as it was before the clone; NULL = it was not there, or is the catalog. */
static const model_object *before(const planning *g, const model_object *o)
{
    return o ? model_find(g->dest, o->kind, o->schema, o->name) : NULL;
}

static clone_options backwards(const planning *g)
{
    clone_options back = *g->k;
    back.source = g->k->dest;
    return back;
}

static const char *mask_before(const planning *g, const model_object *o, const model_column *column)
{
    const model_object *old = before(g, o);
    const clone_options back = backwards(g);
    const char *function;
    char *sql = NULL;
    for (size_t i = 0; old && i < old->column_count; i++)
        if (text_same_nocase(old->columns[i].name, column->name) && old->columns[i].mask &&
            clone_sql_mask(g->c, &back, old, &old->columns[i], &sql, &function) == CX_OK)
            return sql;
    return old ? clone_sql_drop_mask(g->c, g->k, o, column) : NULL;
}

static const char *filter_before(const planning *g, const model_object *o)
{
    const model_object *old = before(g, o);
    const clone_options back = backwards(g);
    const char *function;
    char *sql = NULL;
    if (old && old->row_filter && clone_sql_filter(g->c, &back, old, &sql, &function) == CX_OK)
        return sql;
    return old ? clone_sql_drop_filter(g->c, g->k, o) : NULL;
}

static void add_security(planning *g, const model_object *o, int step)
{
    char *sql = NULL;
    const char *function = NULL;
    for (size_t i = 0; i < o->column_count; i++)
        if (o->columns[i].mask) {
            const cx_code rc = clone_sql_mask(g->c, g->k, o, &o->columns[i], &sql, &function);
            const int id = add_guard(g, "mask", o, rc, sql, rc == CX_OK ? function : NULL, step);
            g->p->steps[id].inverse = mask_before(g, o, &o->columns[i]);
        }
    if (o->row_filter) {
        const cx_code rc = clone_sql_filter(g->c, g->k, o, &sql, &function);
        const int id = add_guard(g, "filter", o, rc, sql, rc == CX_OK ? function : NULL, step);
        g->p->steps[id].inverse = filter_before(g, o);
    }
}

/* The value that the key had before the clone; NULL = it was not set. */
static const char *tag_before(const model_tag *old, size_t n, const model_tag *tag)
{
    for (size_t i = 0; i < n; i++)
        if (text_same_nocase(old[i].column ? old[i].column : "", tag->column ? tag->column : "") &&
            !strcmp(old[i].key, tag->key))
            return old[i].value ? old[i].value : "";
    return NULL;
}

/* One statement sets them; what takes it back is one statement only when all of them were unset
 * before, or all had other values: so these make two steps. */
static void add_tag_steps(planning *g, const model_object *o, const model_tag *tags, size_t n,
                          const model_tag *old, size_t old_n, int step)
{
    model_tag *fresh = cx_array(g->c, model_tag, n + 1),
              *changed = cx_array(g->c, model_tag, n + 1), *was = cx_array(g->c, model_tag, n + 1);
    size_t fresh_n = 0, changed_n = 0;
    for (size_t i = 0; i < n; i++) {
        const char *value = tag_before(old, old_n, &tags[i]);
        if (!value) {
            fresh[fresh_n++] = tags[i];
            continue;
        }
        was[changed_n] = tags[i];
        was[changed_n].value = value;
        changed[changed_n++] = tags[i];
    }
    const char *column = tags[0].column;
    if (fresh_n) {
        const int id = add_attribute(g, "tag", o, CX_OK,
                                     clone_sql_tags(g->c, g->k, o, column, fresh, fresh_n), step);
        g->p->steps[id].inverse = clone_sql_unset_tags(g->c, g->k, o, column, fresh, fresh_n);
    }
    if (changed_n) {
        const int id = add_attribute(
            g, "tag", o, CX_OK, clone_sql_tags(g->c, g->k, o, column, changed, changed_n), step);
        g->p->steps[id].inverse = clone_sql_tags(g->c, g->k, o, column, was, changed_n);
    }
}

static void add_tags(planning *g, const model_object *o, const model_tag *tags, size_t n, int step)
{
    const model_object *old = before(g, o);
    for (size_t from = 0; from < n;) {
        size_t to = from + 1;
        while (to < n && (tags[to].column == tags[from].column ||
                          (tags[to].column && tags[from].column &&
                           !strcmp(tags[to].column, tags[from].column))))
            to++;
        add_tag_steps(g, o, &tags[from], to - from, o ? old ? old->tags : NULL : g->dest->tags,
                      o ? old ? old->tag_count : 0 : g->dest->tag_count, step);
        from = to;
    }
}

/* Privileges are written as words, so only words are. */
static bool is_word(const char *privilege)
{
    return *privilege && strspn(privilege, "ABCDEFGHIJKLMNOPQRSTUVWXYZ ") == strlen(privilege);
}

static bool was_granted(const model_grant *old, size_t n, const model_grant *grant)
{
    for (size_t i = 0; i < n; i++)
        if (text_same_nocase(old[i].principal, grant->principal) &&
            !strcmp(old[i].privilege, grant->privilege))
            return true;
    return false;
}

/* Takes back only what was not granted before; NULL = nothing. */
static const char *grants_inverse(const planning *g, const model_object *o,
                                  const model_grant *grants, size_t n)
{
    const model_object *there = before(g, o);
    const model_grant *old = o ? there ? there->grants : NULL : g->dest->grants;
    const size_t old_n = o ? there ? there->grant_count : 0 : g->dest->grant_count;
    model_grant *fresh = cx_array(g->c, model_grant, n + 1);
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (!was_granted(old, old_n, &grants[i]))
            fresh[count++] = grants[i];
    return count ? clone_sql_grant(g->c, g->k, o, fresh, count, true) : NULL;
}

static void add_grants(planning *g, const model_object *o, const model_grant *grants, size_t n,
                       int step, int first_guard)
{
    for (size_t from = 0; from < n;) {
        size_t to = from;
        bool fine = true;
        for (; to < n && !strcmp(grants[to].principal, grants[from].principal); to++)
            fine = fine && is_word(grants[to].privilege);
        if (fine) {
            plan_step s = clone_blank_step(g, "grant", o);
            s.sql = clone_sql_grant(g->c, g->k, o, &grants[from], to - from, false);
            s.inverse = grants_inverse(g, o, &grants[from], to - from);
            const int id = clone_add_step(g, &s, step);
            for (int i = first_guard; i < g->guard_count; i++)
                plan_need(g->c, g->p, id, g->guards[i]);
        } else {
            plan_warn(g->c, g->p, "grants of %s on %s have a privilege that is no word",
                      grants[from].principal, clone_label(g->c, g->k->source, o));
        }
        from = to;
    }
}

/* ---- keys ---------------------------------------------------------------------------- */

static bool is_foreign(const model_key *k)
{
    return k->type && !strcmp(k->type, "FOREIGN KEY");
}

static const char *key_inverse(const planning *g, const model_object *o, const model_key *key)
{
    const model_object *old = before(g, o);
    for (size_t i = 0; old && i < old->key_count; i++)
        if (text_same_nocase(old->keys[i].name, key->name))
            return NULL;
    return clone_sql_drop_key(g->c, g->k, o, key);
}

static void add_primary_keys(planning *g, const model_object *o, int step)
{
    for (size_t i = 0; i < o->key_count; i++) {
        if (is_foreign(&o->keys[i]))
            continue;
        plan_step s = clone_blank_step(g, "key", o);
        s.sql = clone_sql_key(g->c, g->k, o, &o->keys[i], NULL);
        s.exists_ok = true;
        s.inverse = key_inverse(g, o, &o->keys[i]);
        g->keys[o - g->source->of[MODEL_TABLE].items] = clone_add_step(g, &s, step);
    }
}

/* The parent's primary key must be there first; a parent that is not cloned leaves it out. */
static void add_foreign_key(planning *g, const model_object *o, const model_key *k, int step)
{
    const model_object *parent =
        k->parent_table ? model_find(g->source, MODEL_TABLE, k->parent_schema, k->parent_table)
                        : NULL;
    plan_step s = clone_blank_step(g, "key", o);
    s.exists_ok = true;
    s.inverse = parent ? key_inverse(g, o, k) : NULL;
    if (parent)
        s.sql = clone_sql_key(g->c, g->k, o, k, parent);
    else
        s.problem =
            cx_fmt(g->c, "its foreign key %s refers to a table that is not cloned", k->name);
    s.skip = !parent;
    const int id = clone_add_step(g, &s, step);
    if (parent)
        plan_need(g->c, g->p, id, g->keys[parent - g->source->of[MODEL_TABLE].items]);
}

static void add_foreign_keys(planning *g)
{
    const model_list *tables = &g->source->of[MODEL_TABLE];
    for (size_t i = 0; i < tables->count; i++)
        for (size_t k = 0; is_made(g, &tables->items[i]) && k < tables->items[i].key_count; k++)
            if (is_foreign(&tables->items[i].keys[k]))
                add_foreign_key(g, &tables->items[i], &tables->items[i].keys[k],
                                *clone_slot(g, &tables->items[i]));
}

/* ---- owners ------------------------------------------------------------------------------ */

/* After everything else that is done to the object, or to what is in it. */
static int add_owner(planning *g, const model_object *o, const char *owner, int step)
{
    plan_step s = clone_blank_step(g, "owner", o);
    const model_object *old = before(g, o);
    const char *was = o ? old ? old->owner : NULL : g->dest_exists ? g->dest->owner : NULL;
    s.sql = clone_sql_owner(g->c, g->k, o, owner);
    s.inverse = was ? clone_sql_owner(g->c, g->k, o, was) : NULL;
    return clone_add_step(g, &s, step);
}

static bool other_owner(const char *owner, const char *me)
{
    return owner && *owner && !text_same_nocase(owner, me) && strcmp(owner, "System user") != 0;
}

static void add_owners_of_objects(planning *g, const char *me)
{
    const int before = g->p->count;
    for (int kind = MODEL_TABLE; kind < MODEL_KINDS; kind++)
        for (size_t i = 0; i < g->source->of[kind].count; i++) {
            const model_object *o = &g->source->of[kind].items[i];
            if (!is_made(g, o) || !other_owner(o->owner, me))
                continue;
            const int id = add_owner(g, o, o->owner, *clone_slot(g, o));
            for (int k = 0; k < before; k++)
                if (!strcmp(g->p->steps[k].object, g->p->steps[id].object))
                    plan_after(g->c, g->p, id, k);
        }
}

static cx_code add_owners(planning *g)
{
    const char *me;
    TRY(workspace_whoami(g->c, g->w, &me));
    add_owners_of_objects(g, me);
    const int objects = g->p->count;
    for (size_t i = 0; i < g->source->of[MODEL_SCHEMA].count; i++) {
        const model_object *o = &g->source->of[MODEL_SCHEMA].items[i];
        const int step = *clone_slot(g, o);
        if (!is_made(g, o) || !other_owner(o->owner, me))
            continue;
        const int id = add_owner(g, o, o->owner, step);
        for (int k = 0; k < objects; k++)
            if (!strcmp(g->p->steps[k].schema, o->name))
                plan_after(g->c, g->p, id, k);
    }
    if (g->dest_exists || !other_owner(g->source->owner, me))
        return CX_OK;
    const int last = g->p->count, id = add_owner(g, NULL, g->source->owner, g->catalog);
    for (int k = 0; k < last; k++)
        plan_after(g->c, g->p, id, k);
    return CX_OK;
}

/* ---- all of it ------------------------------------------------------------------------------ */

static void add_comment(planning *g, const model_object *o, int step)
{
    const model_object *old = before(g, o);
    const int id =
        add_attribute(g, "comment", o, CX_OK, clone_sql_comment(g->c, g->k, o, o->comment), step);
    g->p->steps[id].inverse = old ? clone_sql_comment(g->c, g->k, o, old->comment) : NULL;
}

static void add_attributes_of(planning *g, const model_object *o, int step)
{
    const int first_guard = g->guard_count;
    const bool table = o->kind == MODEL_TABLE;
    if (g->k->comments && table && o->comment)
        add_comment(g, o, step);
    if (g->k->tags)
        add_tags(g, o, o->tags, o->tag_count, step);
    if (g->k->constraints && table)
        add_primary_keys(g, o, step);
    if (g->k->security && table)
        add_security(g, o, step);
    if (g->k->permissions && o->kind != MODEL_SCHEMA)
        add_grants(g, o, o->grants, o->grant_count, step, first_guard);
}

/* A table that is in sync but for its grants or tags. */
static bool only_facts(const planning *g, int kind, size_t i)
{
    return g->drift && kind == MODEL_TABLE && g->drift[i].reasons && !g->drift[i].copy;
}

static void add_facts_alone(planning *g, const model_object *o)
{
    if (g->k->tags)
        add_tags(g, o, o->tags, o->tag_count, -1);
    if (g->k->permissions)
        add_grants(g, o, o->grants, o->grant_count, -1, g->guard_count);
}

static bool catalog_is_same(const planning *g)
{
    const model_object source = {.grants = g->source->grants,
                                 .grant_count = g->source->grant_count,
                                 .tags = g->source->tags,
                                 .tag_count = g->source->tag_count},
                       dest = {.grants = g->dest->grants,
                               .grant_count = g->dest->grant_count,
                               .tags = g->dest->tags,
                               .tag_count = g->dest->tag_count};
    return g->drift && g->dest_exists && !clone_facts_missing(g, &source, &dest);
}

static void add_all_attributes(planning *g)
{
    for (int kind = 0; kind < MODEL_KINDS; kind++)
        for (size_t i = 0; i < g->source->of[kind].count; i++) {
            const model_object *o = &g->source->of[kind].items[i];
            if (is_made(g, o))
                add_attributes_of(g, o, g->steps[kind][i]);
            else if (only_facts(g, kind, i))
                add_facts_alone(g, o);
        }
    if (g->k->constraints)
        add_foreign_keys(g);
    const bool same = catalog_is_same(g);
    if (g->k->tags && !same)
        add_tags(g, NULL, g->source->tags, g->source->tag_count, g->catalog);
    if (!g->k->permissions)
        return;
    for (size_t i = 0; i < g->source->of[MODEL_SCHEMA].count; i++) {
        const model_object *o = &g->source->of[MODEL_SCHEMA].items[i];
        if (is_made(g, o))
            add_grants(g, o, o->grants, o->grant_count, g->steps[MODEL_SCHEMA][i], 0);
    }
    if (!same)
        add_grants(g, NULL, g->source->grants, g->source->grant_count, g->catalog, 0);
}

static void warn_of_what_stays(planning *g)
{
    if (!g->k->security) {
        for (size_t i = 0; i < g->source->of[MODEL_TABLE].count; i++)
            if (g->source->of[MODEL_TABLE].items[i].row_filter) {
                plan_warn(g->c, g->p,
                          "row filters and masks are left out, as asked: copies show all rows");
                break;
            }
    }
}

cx_code clone_attach(planning *g)
{
    const size_t tables = g->source->of[MODEL_TABLE].count;
    g->keys = cx_array(g->c, int, tables + 1);
    for (size_t i = 0; i < tables; i++)
        g->keys[i] = -1;
    add_all_attributes(g);
    warn_of_what_stays(g);
    return g->k->ownership ? add_owners(g) : CX_OK;
}
