/* SCIM's filters, as far as the platform takes them: terms joined by `and` and `or`. */
#include "lake/rest/scim.h"

static cx_code bad(cx *c, const char *text)
{
    (void)rest_fail(c, CX_INVALID, "invalidFilter", "Invalid filter: %.200s", text);
    return cx_hint(c, "write: userName eq \"ann@example.com\"");
}

static const char *skip_space(const char *p)
{
    while (*p == ' ' || *p == '\t')
        p++;
    return p;
}

static const char *word(cx *c, const char **p)
{
    const char *start = skip_space(*p);
    const size_t n = strcspn(start, " \t\"'()");
    *p = start + n;
    return cx_dupn(c, start, n);
}

/* "quoted" with \" inside, 'quoted', or a bare word. NULL when there is none. */
static const char *value(cx *c, const char **p)
{
    const char *start = skip_space(*p);
    const char quote = *start;
    if (quote != '"' && quote != '\'') {
        *p = start;
        const char *bare = word(c, p);
        return *bare ? bare : NULL;
    }
    char *out = cx_alloc(c, strlen(start) + 1);
    size_t n = 0;
    for (start++; *start && *start != quote; start++) {
        if (*start == '\\' && start[1])
            start++;
        out[n++] = *start;
    }
    *p = start + 1;
    return *start ? out : NULL;
}

static bool known_attribute(const char *name)
{
    static const char *const names[] = {"userName",     "displayName", "applicationId",
                                        "externalId",   "id",          "active",
                                        "emails.value", "emails",      "name.givenName"};
    for (size_t i = 0; i < CX_COUNT(names); i++)
        if (text_same_nocase(name, names[i]))
            return true;
    return false;
}

static cx_code read_term(cx *c, const char *text, const char **p, scim_term *t)
{
    static const char *const ops[] = {"eq", "ne", "co", "sw", "ew", "pr"};
    const char *op;
    t->attribute = word(c, p);
    op = word(c, p);
    for (size_t i = 0; i < CX_COUNT(ops); i++)
        if (text_same_nocase(op, ops[i]))
            memcpy(t->op, ops[i], sizeof t->op);
    if (!*t->op || !known_attribute(t->attribute))
        return bad(c, text);
    if (strcmp(t->op, "pr") == 0)
        return CX_OK;
    t->value = value(c, p);
    return t->value ? CX_OK : bad(c, text);
}

cx_code scim_filter_read(cx *c, const char *text, scim_filter *out)
{
    const char *p = text ? skip_space(text) : "";
    *out = (scim_filter){0};
    for (bool starts = true; *p;) {
        if (out->count == SCIM_TERMS_MOST)
            return bad(c, text);
        scim_term *t = &out->terms[out->count++];
        t->starts = starts;
        TRY(read_term(c, text, &p, t));
        p = skip_space(p);
        if (!*p)
            break;
        const char *joint = word(c, &p);
        starts = text_same_nocase(joint, "or");
        p = skip_space(p);
        if ((!starts && !text_same_nocase(joint, "and")) || !*p)
            return bad(c, text);
    }
    return CX_OK;
}

/* ---- taking ------------------------------------------------------------------------- */

static const char *attribute_of(const meta_person *p, const char *name, char id[24])
{
    snprintf(id, 24, "%lld", (long long)p->id);
    if (text_same_nocase(name, "id"))
        return id;
    if (text_same_nocase(name, "active"))
        return p->active ? "true" : "false";
    if (text_same_nocase(name, "externalId"))
        return p->external_id;
    if (text_same_nocase(name, "applicationId"))
        return p->kind == META_SERVICE_PRINCIPAL ? p->name : NULL;
    if (text_same_nocase(name, "displayName") || text_same_nocase(name, "name.givenName"))
        return p->kind == META_GROUP || !p->display ? p->name : p->display;
    return p->kind == META_USER ? p->name : NULL;
}

static bool same_start(const char *text, const char *start, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char a = text[i], b = start[i];
        a = a >= 'A' && a <= 'Z' ? (char)(a + 32) : a;
        b = b >= 'A' && b <= 'Z' ? (char)(b + 32) : b;
        if (!a || a != b)
            return false;
    }
    return true;
}

static bool takes(const scim_term *t, const meta_person *p)
{
    char id[24];
    const char *have = attribute_of(p, t->attribute, id);
    if (!t->value || !have)
        return strcmp(t->op, "ne") == 0 || (!t->value && have && *have);
    const size_t n = strlen(t->value), length = strlen(have);
    switch (t->op[0]) {
    case 'e':
        if (t->op[1] == 'w')
            return length >= n && text_same_nocase(have + length - n, t->value);
        return text_same_nocase(have, t->value);
    case 'n': return !text_same_nocase(have, t->value);
    case 's': return same_start(have, t->value, n);
    default:
        for (size_t i = 0; i + n <= length; i++)
            if (same_start(have + i, t->value, n))
                return true;
        return false;
    }
}

bool scim_filter_takes(const scim_filter *f, const meta_person *p)
{
    bool all = f->count == 0;
    for (size_t i = 0; i < f->count; i++) {
        if (f->terms[i].starts) {
            if (all)
                return true;
            all = true;
        }
        all = all && takes(&f->terms[i], p);
    }
    return all;
}
