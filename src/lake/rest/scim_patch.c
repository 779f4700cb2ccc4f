/* SCIM's PATCH, applied to a record in memory.
 *
 * Clients write the same wish in several ways: a value beside a path, an object of attributes
 * without a path, "false" for false, [{"value": x}] for x, one member or a list of them, and
 * `members[value eq "7"]` for the one to remove. All come down to two kinds of attribute: one value
 * (set or cleared) and a list (added to, replaced, taken from). */
#include "lake/rest/scim.h"

static cx_code bad(cx *c, const char *type, const char *what)
{
    return rest_fail(c, CX_INVALID, type, "Invalid PATCH: %s", what);
}

static bool is_list(const char *key)
{
    return strcmp(key, "members") == 0 || strcmp(key, "entitlements") == 0 ||
           strcmp(key, "roles") == 0;
}

/* The attribute of the record that a name means; NULL = not one that can be changed. userName and
 * emails are taken and ignored, as on the platform. */
static const char *attribute(meta_kind kind, const char *name, bool *out_ignored)
{
    static const char *const keys[] = {"displayName",  "externalId", "active",
                                       "entitlements", "roles",      "members"};
    static const char *const ignored[] = {"userName", "emails",        "schemas",
                                          "id",       "applicationId", "meta"};
    *out_ignored = text_starts(name, "name.") || strcmp(name, "name") == 0;
    for (size_t i = 0; i < CX_COUNT(ignored); i++)
        *out_ignored = *out_ignored || text_same_nocase(name, ignored[i]);
    for (size_t i = 0; i < CX_COUNT(keys); i++)
        if (text_same_nocase(name, keys[i]) &&
            (kind == META_GROUP ? i != 2 : strcmp(keys[i], "members") != 0))
            return keys[i];
    return NULL;
}

/* ---- one value ---------------------------------------------------------------------- */

static const json *inner(const json *value)
{
    if (json_is_array(value) && json_array_size(value) == 1)
        value = json_array_get(value, 0);
    return json_is_object(value) && json_get(value, "value") ? json_get(value, "value") : value;
}

static cx_code set_active(cx *c, json *record, const json *value)
{
    const char *text = json_is_string(value) ? json_string_value(value) : NULL;
    const bool yes = text ? text_same_nocase(text, "true") : json_is_true(value);
    if (!yes && !json_is_false(value) && !(text && text_same_nocase(text, "false")))
        return bad(c, "invalidValue", "active is true or false");
    json_object_set_new(record, "active", json_boolean(yes));
    return CX_OK;
}

static cx_code set_one(cx *c, json *record, const char *key, const json *value, bool remove)
{
    value = inner(value);
    if (strcmp(key, "active") == 0)
        return remove ? bad(c, "mutability", "active cannot be removed")
                      : set_active(c, record, value);
    if (remove) {
        json_object_del(record, key);
        return CX_OK;
    }
    if (!json_is_string(value))
        return bad(c, "invalidValue", cx_fmt(c, "%s needs a text as its value", key));
    json_object_set_new(record, key, json_string(json_string_value(value)));
    return CX_OK;
}

/* ---- a list -------------------------------------------------------------------------- */

static cx_code value_text(cx *c, const json *item, const char **out)
{
    if (json_is_object(item))
        item = json_get(item, "value");
    if (json_is_integer(item))
        *out = cx_fmt(c, "%lld", (long long)json_integer_value(item));
    else if (json_is_string(item) && *json_string_value(item))
        *out = json_string_value(item);
    else
        return bad(c, "invalidValue", "each value is {\"value\": \"…\"}");
    return CX_OK;
}

static size_t place_of(const json *list, const char *text)
{
    size_t i = 0;
    while (i < json_array_size(list) &&
           strcmp(json_string_value(json_array_get(list, i)), text) != 0)
        i++;
    return i;
}

static cx_code change_one(cx *c, json *list, const json *item, bool remove)
{
    const char *text;
    TRY(value_text(c, item, &text));
    const size_t at = place_of(list, text);
    if (remove && at < json_array_size(list))
        json_array_remove(list, at);
    if (!remove && at == json_array_size(list))
        json_array_append_new(list, json_string(text));
    return CX_OK;
}

static cx_code change_list(cx *c, json *record, const char *key, const json *value,
                           const char *operation)
{
    const bool remove = strcmp(operation, "remove") == 0;
    json *list = json_get(record, key);
    if (!list) {
        list = json_array();
        json_object_set_new(record, key, list);
    }
    if (strcmp(operation, "replace") == 0 || (remove && !value))
        json_array_clear(list);
    if (!value || json_is_null(value))
        return remove || strcmp(operation, "replace") == 0
                   ? CX_OK
                   : bad(c, "invalidValue", cx_fmt(c, "%s needs a value", key));
    if (json_is_object(value) && json_get(value, key))
        value = json_get(value, key);
    if (!json_is_array(value))
        return change_one(c, list, value, remove);
    if (json_array_size(value) > META_GROUP_MOST)
        return bad(c, "tooMany", "too many values");
    for (size_t i = 0; i < json_array_size(value); i++)
        TRY(change_one(c, list, json_array_get(value, i), remove));
    return CX_OK;
}

/* ---- operations ----------------------------------------------------------------------- */

static cx_code change(cx *c, meta_kind kind, json *record, const char *name, const json *value,
                      const char *operation)
{
    bool ignored;
    const char *key = attribute(kind, name, &ignored);
    if (!key)
        return ignored ? CX_OK : bad(c, "invalidPath", cx_fmt(c, "%.100s cannot be changed", name));
    if (is_list(key))
        return change_list(c, record, key, value, operation);
    return set_one(c, record, key, value, strcmp(operation, "remove") == 0);
}

/* members[value eq "7"] */
static cx_code change_chosen(cx *c, meta_kind kind, json *record, const char *path,
                             const char *operation)
{
    const char *open = strchr(path, '[');
    const char *quote = strpbrk(open, "\"'"), *p = open + 1;
    p += strspn(p, " ");
    const size_t n = quote ? strcspn(quote + 1, "\"'") : 0;
    if (!quote || !text_starts(p, "value ") || !text_starts(p + 6 + strspn(p + 6, " "), "eq ") ||
        strcmp(quote + 1 + n + (quote[1 + n] != 0), "]") != 0)
        return bad(c, "invalidPath", cx_fmt(c, "%.100s is not attribute[value eq \"…\"]", path));
    if (strcmp(operation, "remove") != 0)
        return bad(c, "invalidPath", "a chosen value can only be removed");
    AUTO(json) value = json_string(cx_dupn(c, quote + 1, n));
    return change(c, kind, record, cx_dupn(c, path, (size_t)(open - path)), value, operation);
}

static cx_code apply(cx *c, meta_kind kind, json *record, const json *o)
{
    const char *path = json_get_str(o, "path", ""), *key;
    char *op = cx_dup(c, json_get_str(o, "op", ""));
    json *value = json_get(o, "value"), *member;
    text_lower(op);
    if (strcmp(op, "add") != 0 && strcmp(op, "replace") != 0 && strcmp(op, "remove") != 0)
        return bad(c, "invalidSyntax", "op is add, replace or remove");
    if (strchr(path, '['))
        return change_chosen(c, kind, record, path, op);
    if (*path)
        return change(c, kind, record, path, value, op);
    if (!json_is_object(value))
        return bad(c, strcmp(op, "remove") == 0 ? "noTarget" : "invalidValue",
                   "an operation without a path needs an object of attributes");
    json_object_foreach (value, key, member)
        TRY(change(c, kind, record, key, member, op));
    return CX_OK;
}

cx_code scim_patch(cx *c, meta_kind kind, const json *operations, json *record)
{
    if (!json_is_array(operations) || !json_array_size(operations))
        return bad(c, "invalidSyntax", "Operations is missing");
    if (json_array_size(operations) > SCIM_OPERATIONS_MOST)
        return bad(c, "tooMany", "too many Operations");
    for (size_t i = 0; i < json_array_size(operations); i++)
        TRY(apply(c, kind, record, json_array_get(operations, i)));
    return CX_OK;
}

cx_code scim_record(cx *c, meta_kind kind, const json *resource, json **out)
{
    static const char *const keys[] = {"displayName",  "externalId", "active",
                                       "entitlements", "roles",      "members"};
    json *record = *out = json_object();
    for (size_t i = 0; i < CX_COUNT(keys); i++) {
        const json *value = json_get(resource, keys[i]);
        bool ignored;
        if (value && attribute(kind, keys[i], &ignored))
            TRY(change(c, kind, record, keys[i], value, "replace"));
    }
    return CX_OK;
}
