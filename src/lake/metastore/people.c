/* Changes to users, groups and service principals, each in one transaction.
 *
 * An edit reads the record, hands it to whoever knows what is asked (SCIM's PATCH, a PUT), and
 * writes it back under the same write lock. Names are what grants, ownership and memberships hang
 * on, so a group that is renamed takes them along, and whoever is deleted leaves none behind but
 * ownership, which the platform keeps too until an admin hands it on. */
#include "lake/metastore/meta_int.h"

enum { VALUES_MOST = 64 };

/* ---- reading -------------------------------------------------------------------------- */

static void set_list(json *record, const char *key, const char *text)
{
    json *list = text ? json_loads(text, 0, NULL) : NULL;
    json_object_set_new(record, key, list ? list : json_array());
}

static cx_code read_members(cx *c, db *d, const char *group, json *record)
{
    DB_STMT s = NULL;
    json *ids = json_array();
    json_object_set_new(record, "members", ids);
    TRY(db_query(c, d, &s,
                 "SELECT p.id FROM membership m JOIN principal p ON p.name=m.member WHERE m.grp=?1"
                 " ORDER BY p.name",
                 "t", group));
    for (bool row;;) {
        TRY(db_step(c, d, s, &row));
        if (!row)
            return CX_OK;
        json_array_append_new(ids, json_string(db_text(c, s, 0)));
    }
}

static cx_code read_record(cx *c, db *d, const meta_person *p, json **out)
{
    json *record = *out = json_object();
    json_object_set_new(record, "displayName",
                        json_str_or_null(p->kind == META_GROUP ? p->name : p->display));
    json_object_set_new(record, "externalId", json_str_or_null(p->external_id));
    json_object_set_new(record, "active", json_boolean(p->active));
    set_list(record, "entitlements", p->entitlements);
    set_list(record, "roles", p->roles);
    return p->kind == META_GROUP ? read_members(c, d, p->name, record) : CX_OK;
}

/* ---- checking -------------------------------------------------------------------------- */

static cx_code check_text(cx *c, const json *record, const char *key)
{
    const char *text = json_get_str(record, key, "");
    if (strlen(text) <= META_NAME_MOST)
        return CX_OK;
    return cx_fail(c, CX_INVALID, "%s has at most %d bytes.", key, META_NAME_MOST);
}

static cx_code check_values(cx *c, const json *record, const char *key)
{
    const json *list = json_get(record, key);
    if (json_array_size(list) > VALUES_MOST)
        return cx_fail(c, CX_INVALID, "%s has at most %d values.", key, VALUES_MOST);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_string_length(json_array_get(list, i)) > META_NAME_MOST)
            return cx_fail(c, CX_INVALID, "A value of %s has at most %d bytes.", key,
                           META_NAME_MOST);
    return CX_OK;
}

static cx_code check_record(cx *c, const json *record)
{
    TRY(check_text(c, record, "displayName"));
    TRY(check_text(c, record, "externalId"));
    TRY(check_values(c, record, "entitlements"));
    TRY(check_values(c, record, "roles"));
    if (json_array_size(json_get(record, "members")) > META_GROUP_MOST)
        return cx_fail(c, CX_INVALID, "A group has at most %d members.", META_GROUP_MOST);
    return CX_OK;
}

static bool built_in(const meta_person *p)
{
    return p->kind == META_GROUP &&
           (meta_group_of_all(p->name) || text_same_nocase(p->name, "admins"));
}

static cx_code is_taken(cx *c, const char *name)
{
    return cx_fail_as(c, CX_EXISTS, "uniqueness", NULL, "%s already exists.", name);
}

/* ---- writing ---------------------------------------------------------------------------- */

static cx_code rename_group(cx *c, db *d, meta_person *p, const char *name)
{
    bool known, admin;
    if (strcmp(p->name, name) == 0)
        return CX_OK;
    if (built_in(p))
        return cx_fail(c, CX_INVALID, "The group %s cannot be renamed.", p->name);
    if (!*name)
        return cx_fail(c, CX_INVALID, "A group needs a displayName.");
    TRY(meta_principal_on(c, d, name, &known, &admin));
    if (known && !text_same_nocase(name, p->name))
        return is_taken(c, name);
    static const char *const updates[] = {
        "UPDATE principal SET name=?2 WHERE name=?1", "UPDATE membership SET grp=?2 WHERE grp=?1",
        "UPDATE membership SET member=?2 WHERE member=?1",
        "UPDATE privilege SET principal=?2 WHERE principal=?1",
        "UPDATE object SET owner=?2 WHERE owner=?1 COLLATE NOCASE"};
    for (size_t i = 0; i < CX_COUNT(updates); i++)
        TRY(db_run(c, d, updates[i], "tt", p->name, name));
    p->name = name;
    return CX_OK;
}

/* A member is named by its id; people write its name, too. */
static cx_code member_named(cx *c, db *d, const char *text, const char **out)
{
    DB_STMT s = NULL;
    bool row;
    TRY(db_query(c, d, &s,
                 "SELECT name FROM principal WHERE (id=CAST(?1 AS INTEGER) AND"
                 " CAST(id AS TEXT)=?1) OR name=?1 ORDER BY name=?1 LIMIT 1",
                 "t", text));
    TRY(db_step(c, d, s, &row));
    if (!row)
        return cx_fail_as(c, CX_INVALID, "invalidValue", NULL,
                          "A member with id %.64s does not exist.", text);
    *out = db_text(c, s, 0);
    return CX_OK;
}

static json *set_of(const json *ids)
{
    json *set = json_object();
    for (size_t i = 0; i < json_array_size(ids); i++)
        if (json_is_string(json_array_get(ids, i)))
            json_object_set_new(set, json_string_value(json_array_get(ids, i)), json_true());
    return set;
}

static cx_code add_member(cx *c, db *d, const meta_person *p, const char *id)
{
    const char *member;
    TRY(member_named(c, d, id, &member));
    if (text_same_nocase(member, p->name))
        return cx_fail_as(c, CX_INVALID, "invalidValue", NULL,
                          "A group cannot be a member of itself.");
    return db_run(c, d, "INSERT INTO membership(grp, member) VALUES(?1,?2) ON CONFLICT DO NOTHING",
                  "tt", p->name, member);
}

/* Only what differs is written: a large group that loses one member is one row. */
static cx_code write_difference(cx *c, db *d, const meta_person *p, const json *before,
                                const json *after)
{
    AUTO(json) was = set_of(before);
    AUTO(json) is = set_of(after);
    const char *id;
    json *yes;
    json_object_foreach (was, id, yes)
        if (!json_object_get(is, id))
            TRY(db_run(c, d,
                       "DELETE FROM membership WHERE grp=?1 AND member=(SELECT name FROM principal"
                       " WHERE id=CAST(?2 AS INTEGER))",
                       "tt", p->name, id));
    json_object_foreach (is, id, yes)
        if (!json_object_get(was, id))
            TRY(add_member(c, d, p, id));
    return CX_OK;
}

static cx_code write_members(cx *c, db *d, const meta_person *p, const json *before,
                             const json *after)
{
    int64_t owner_in = 1;
    if (meta_group_of_all(p->name)) {
        if (json_array_size(after))
            return cx_fail(c, CX_INVALID, "The group %s holds everybody: nobody can be added.",
                           p->name);
        return CX_OK;
    }
    TRY(write_difference(c, d, p, before, after));
    if (text_same_nocase(p->name, "admins"))
        TRY(db_int(c, d, &owner_in,
                   "SELECT count(*) FROM membership WHERE grp='admins' AND member=?1", "t",
                   d->m->owner));
    return owner_in
               ? CX_OK
               : cx_fail(c, CX_INVALID, "%s owns this workspace and stays an admin.", d->m->owner);
}

static char *list_text(cx *c, const json *record, const char *key)
{
    const json *list = json_get(record, key);
    if (!json_array_size(list))
        return NULL;
    AUTO_FREE char *text = json_text(list);
    return cx_dup(c, text);
}

static cx_code write_record(cx *c, db *d, meta_person *p, const json *members_before,
                            const json *record)
{
    const bool active = json_get_bool(record, "active", true);
    TRY(check_record(c, record));
    if (!active && text_same_nocase(p->name, d->m->owner))
        return cx_fail(c, CX_INVALID, "%s owns this workspace and stays active.", p->name);
    if (p->kind == META_GROUP) {
        TRY(rename_group(c, d, p, json_get_str(record, "displayName", p->name)));
        TRY(write_members(c, d, p, members_before, json_get(record, "members")));
    }
    return db_run(c, d,
                  "UPDATE principal SET display=?2, external_id=?3, active=?4, entitlements=?5,"
                  " roles=?6 WHERE id=?1",
                  "ittitt", p->id,
                  p->kind == META_GROUP ? NULL : json_get_str(record, "displayName", NULL),
                  json_get_str(record, "externalId", NULL), (int64_t)active,
                  list_text(c, record, "entitlements"), list_text(c, record, "roles"));
}

/* ---- the three changes ---------------------------------------------------------------------- */

cx_code meta_person_create(cx *c, meta *m, meta_kind kind, const char *name, const json *record,
                           int64_t *out_id)
{
    AUTO(db) d = NULL;
    meta_person p;
    bool known, admin;
    TRY(db_take(c, m, DB_WRITE, &d));
    TRY(meta_principal_on(c, d, name, &known, &admin));
    if (known)
        return is_taken(c, name);
    TRY(meta_principal_add_on(c, d, name, meta_kind_word(kind), false));
    TRY(db_int(c, d, out_id, "SELECT id FROM principal WHERE name=?1", "t", name));
    TRY(meta_person_on(c, d, kind, *out_id, &p));
    TRY(write_record(c, d, &p, NULL, record));
    return db_commit(c, d);
}

cx_code meta_person_edit(cx *c, meta *m, meta_kind kind, int64_t id, meta_person_change change,
                         void *self)
{
    AUTO(db) d = NULL;
    AUTO(json) record = NULL;
    AUTO(json) members = NULL;
    meta_person p;
    TRY(db_take(c, m, DB_WRITE, &d));
    TRY(meta_person_on(c, d, kind, id, &p));
    TRY(read_record(c, d, &p, &record));
    members = json_copy(json_get(record, "members"));
    TRY(change(c, self, record));
    TRY(write_record(c, d, &p, members, record));
    return db_commit(c, d);
}

cx_code meta_person_delete(cx *c, meta *m, meta_kind kind, int64_t id)
{
    AUTO(db) d = NULL;
    meta_person p;
    TRY(db_take(c, m, DB_WRITE, &d));
    TRY(meta_person_on(c, d, kind, id, &p));
    if (built_in(&p))
        return cx_fail(c, CX_INVALID, "The group %s cannot be deleted.", p.name);
    if (text_same_nocase(p.name, m->owner))
        return cx_fail(c, CX_INVALID, "%s owns this workspace and cannot be deleted.", p.name);
    static const char *const deletes[] = {"DELETE FROM privilege WHERE principal=?1",
                                          "DELETE FROM membership WHERE member=?1 OR grp=?1",
                                          "DELETE FROM token WHERE user_name=?1 COLLATE NOCASE",
                                          "DELETE FROM principal WHERE name=?1"};
    for (size_t i = 0; i < CX_COUNT(deletes); i++)
        TRY(db_run(c, d, deletes[i], "t", p.name));
    return db_commit(c, d);
}
