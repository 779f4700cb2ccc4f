/* Carries the plan of a rollback out and tells what came of it. */
#include "ops/clone/undo.h"

static json *entry(const plan_step *s, const char *key, const char *text)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "object", s->object, "kind", s->kind, "action",
                     s->action, key, text);
}

static json *summary(const plan *p, const plan_outcome *o)
{
    int64_t restored = 0, dropped = 0, undone = 0;
    json *errors = json_array(), *left = json_array();
    for (int i = 0; i < p->count; i++) {
        const plan_step *s = &p->steps[i];
        const bool done = o->steps[i].status == STEP_DONE;
        restored += done && !strcmp(s->action, "restore");
        dropped += done && !strcmp(s->action, "drop");
        undone += done && strcmp(s->action, "restore") != 0 && strcmp(s->action, "drop") != 0;
        if (o->steps[i].status == STEP_FAILED)
            json_array_append_new(
                errors, entry(s, "error", json_get_str(o->steps[i].detail, "error", "failed")));
        else if (!done)
            json_array_append_new(left, entry(s, "reason", s->problem ? s->problem : "cancelled"));
    }
    return json_pack("{s:s, s:I, s:I, s:I, s:i, s:o, s:o, s:s?}", "run",
                     json_get_str(p->options, "run", ""), "restored", (json_int_t)restored,
                     "dropped", (json_int_t)dropped, "undone", (json_int_t)undone, "failed",
                     o->failed, "errors", errors, "left", left, "run_id", *o->run ? o->run : NULL);
}

/* A run is undone when nothing of it is left but its catalog. */
static bool all_undone(const plan *p, const plan_outcome *o)
{
    for (int i = 0; i < p->count; i++)
        if (o->steps[i].status != STEP_DONE && strcmp(p->steps[i].kind, "CATALOG") != 0)
            return false;
    return true;
}

cx_code clone_undo_apply(cx *c, const plan *p, const plan_apply_options *k, json **out,
                         bool *out_failed)
{
    AUTO(plan_outcome) o = NULL;
    const cx_code rc = plan_apply(c, p, k, &o);
    if (!o)
        return rc;
    *out = summary(p, o);
    *out_failed = o->failed > 0;
    if (rc == CX_OK && all_undone(p, o))
        return state_run_end(c, k->st, json_get_str(p->options, "run", ""), "undone");
    return rc;
}
