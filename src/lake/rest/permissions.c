/* Grants. spec: wire "Grants"
 *
 * Privileges are spelled with underscores here; spaces are taken too, as some clients write them.
 */
#include "lake/rest/rest.h"

static cx_code securable(cx *c, const rest_call *r, meta_type *t, meta_name *n)
{
    static const struct {
        const char *word;
        meta_type type;
    } words[] = {{"metastore", META_METASTORE}, {"catalog", META_CATALOG},
                 {"schema", META_SCHEMA},       {"table", META_TABLE},
                 {"view", META_TABLE},          {"function", META_FUNCTION},
                 {"volume", META_VOLUME}};
    const char *word = rest_param(r, "type");
    for (size_t i = 0; i < CX_COUNT(words); i++)
        if (text_same_nocase(word, words[i].word)) {
            *t = words[i].type;
            return rest_full_name(c, r, *t, rest_param(r, "name"), n);
        }
    return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                     "SECURABLE TYPE '%s' is not one that this workspace has", word);
}

/* Those who may manage see every grant; others see what concerns them. */
static cx_code only_principal(cx *c, const rest_call *r, meta_type t, meta_name n, const char **out)
{
    *out = rest_query(c, r, "principal");
    const cx_code rc = meta_require(c, r->lake->meta, r->principal, "MANAGE", t, n);
    if (rc != CX_DENIED)
        return rest_named(c, rc, t, n);
    cx_forgive(c);
    if (*out && !text_same_nocase(*out, r->principal))
        return rest_fail(c, CX_DENIED, "INSUFFICIENT_PERMISSIONS",
                         "User is not an owner of %s '%s' and sees only their own grants.",
                         meta_type_name(t), meta_full_name(c, t, n));
    *out = r->principal;
    return CX_OK;
}

/* rows are ordered by principal within the object */
static json *assignments(const meta_grant_row *rows, size_t n, const char *only)
{
    json *list = json_array(), *privileges = NULL;
    const char *current = NULL;
    for (size_t i = 0; i < n; i++) {
        if (only && !text_same_nocase(rows[i].principal, only))
            continue;
        if (!current || !text_same_nocase(current, rows[i].principal)) {
            current = rows[i].principal;
            privileges = json_array();
            json_array_append_new(
                list, json_pack("{s:s, s:o}", "principal", current, "privileges", privileges));
        }
        json_array_append_new(privileges, json_string(rows[i].privilege));
    }
    return list;
}

static cx_code reply_grants(cx *c, rest_call *r, meta_type t, meta_name n, const char *only)
{
    meta_grant_row *rows;
    size_t count;
    TRY(rest_named(c, meta_grants(c, r->lake->meta, t, n, false, &rows, &count), t, n));
    json *body = json_object();
    json_object_set_new(body, "privilege_assignments", assignments(rows, count, only));
    return rest_reply(r, body);
}

cx_code rest_permissions_get(cx *c, rest_call *r)
{
    meta_type t;
    meta_name n;
    const char *only;
    TRY(securable(c, r, &t, &n));
    TRY(only_principal(c, r, t, n, &only));
    return reply_grants(c, r, t, n, only);
}

/* ---- change --------------------------------------------------------------------- */

static cx_code privilege_word(cx *c, meta_type t, const json *value, const char **out)
{
    if (!json_is_string(value))
        return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE", "Privileges must be strings");
    char *word = cx_dup(c, json_string_value(value));
    for (char *p = word; *p; p++)
        *p = *p == ' ' ? '_' : *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
    if (!meta_privilege_known(word, t))
        return rest_fail(
            c, CX_INVALID, "INVALID_PARAMETER_VALUE",
            "Privilege %s is not applicable to this entity [%s]. If this seems unexpected, check "
            "the privilege model of the metastore.",
            word, meta_type_name(t));
    *out = word;
    return CX_OK;
}

static cx_code check_change(cx *c, const rest_call *r, meta_type t, const json *change)
{
    const char *who = json_get_str(change, "principal", NULL);
    const json *add = json_get(change, "add"), *remove = json_get(change, "remove");
    const char *a, *b;
    if (!who || !*who)
        return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                         "Missing required field: principal");
    if (!meta_principal_known(c, r->lake->meta, who))
        return rest_fail(c, CX_NOT_FOUND, "PRINCIPAL_DOES_NOT_EXIST",
                         "Could not find principal with name %s", who);
    for (size_t i = 0; i < json_array_size(remove); i++)
        TRY(privilege_word(c, t, json_array_get(remove, i), &b));
    for (size_t i = 0; i < json_array_size(add); i++) {
        TRY(privilege_word(c, t, json_array_get(add, i), &a));
        for (size_t k = 0; k < json_array_size(remove); k++) {
            TRY(privilege_word(c, t, json_array_get(remove, k), &b));
            if (strcmp(a, b) == 0)
                return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                                 "Duplicate privileges to add and delete for principal %s.", who);
        }
    }
    return CX_OK;
}

static cx_code apply_change(cx *c, const rest_call *r, meta_type t, meta_name n, const json *change)
{
    const char *who = json_get_str(change, "principal", ""), *word;
    const json *add = json_get(change, "add"), *remove = json_get(change, "remove");
    for (size_t i = 0; i < json_array_size(remove); i++) {
        TRY(privilege_word(c, t, json_array_get(remove, i), &word));
        TRY(rest_named(c, meta_revoke(c, r->lake->meta, t, n, who, word), t, n));
    }
    for (size_t i = 0; i < json_array_size(add); i++) {
        TRY(privilege_word(c, t, json_array_get(add, i), &word));
        TRY(rest_named(c, meta_grant(c, r->lake->meta, t, n, who, word, r->principal), t, n));
    }
    return CX_OK;
}

cx_code rest_permissions_patch(cx *c, rest_call *r)
{
    meta_type t;
    meta_name n;
    const json *changes = json_get(r->body, "changes");
    TRY(securable(c, r, &t, &n));
    TRY(rest_require(c, r, "MANAGE", t, n));
    for (size_t i = 0; i < json_array_size(changes); i++)
        TRY(check_change(c, r, t, json_array_get(changes, i)));
    for (size_t i = 0; i < json_array_size(changes); i++)
        TRY(apply_change(c, r, t, n, json_array_get(changes, i)));
    if (json_get_bool(r->body, "omit_permissions_in_response", false))
        return rest_empty(r);
    return reply_grants(c, r, t, n, NULL);
}

/* ---- effective -------------------------------------------------------------------- */

static json *entry_of(json *list, const char *principal)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (text_same_nocase(json_get_str(json_array_get(list, i), "principal", ""), principal))
            return json_get(json_array_get(list, i), "privileges");
    json *privileges = json_array();
    json_array_append_new(
        list, json_pack("{s:s, s:o}", "principal", principal, "privileges", privileges));
    return privileges;
}

/* Whose grants count for the one that was asked for: its own, its groups', everybody's. NULL = all
 * principals were asked for, each by its own name. */
typedef struct {
    const char *only;
    meta_principal *acts_as;
    size_t n;
} subject;

static cx_code load_subject(cx *c, const rest_call *r, const char *only, subject *out)
{
    *out = (subject){.only = only};
    return only ? meta_principals(c, r->lake->meta, only, &out->acts_as, &out->n) : CX_OK;
}

static const char *counts_for(const subject *s, const char *principal)
{
    if (!s->only)
        return principal;
    if (text_same_nocase(principal, s->only) || text_same_nocase(principal, "account users"))
        return s->only;
    for (size_t i = 0; i < s->n; i++)
        if (text_same_nocase(principal, s->acts_as[i].name))
            return s->only;
    return NULL;
}

/* Two groups may give the same. */
static void add_once(json *privileges, json *take_p)
{
    for (size_t i = 0; i < json_array_size(privileges); i++)
        if (json_equal(json_array_get(privileges, i), take_p)) {
            json_decref(take_p);
            return;
        }
    json_array_append_new(privileges, take_p);
}

static cx_code add_level(cx *c, const rest_call *r, meta_type level, meta_type t, meta_name n,
                         const subject *who, json *list)
{
    meta_grant_row *rows;
    size_t count;
    TRY(rest_named(c, meta_grants(c, r->lake->meta, level, n, false, &rows, &count), level, n));
    for (size_t i = 0; i < count; i++) {
        const char *holder = counts_for(who, rows[i].principal);
        if (!holder)
            continue;
        if (level != t && (strcmp(rows[i].privilege, "BROWSE") == 0 ||
                           !meta_privilege_known(rows[i].privilege, t)))
            continue;
        json *p = json_pack("{s:s}", "privilege", rows[i].privilege);
        if (level != t) {
            json_object_set_new(p, "inherited_from_type", json_string(meta_type_name(level)));
            json_object_set_new(p, "inherited_from_name", json_string(meta_full_name(c, level, n)));
        }
        add_once(entry_of(list, holder), p);
    }
    return CX_OK;
}

cx_code rest_permissions_effective(cx *c, rest_call *r)
{
    meta_type t;
    meta_name n;
    const char *only;
    subject who;
    TRY(securable(c, r, &t, &n));
    TRY(only_principal(c, r, t, n, &only));
    TRY(load_subject(c, r, only, &who));
    AUTO(json) list = json_array();
    for (meta_type level = META_METASTORE; level <= META_SCHEMA && level < t; level++)
        TRY(add_level(c, r, level, t, n, &who, list));
    TRY(add_level(c, r, t, t, n, &who, list));
    return rest_reply(r, json_pack("{s:O}", "privilege_assignments", list));
}
