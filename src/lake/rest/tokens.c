/* Personal access tokens: one's own, and an admin's view of everybody's. */
#include "base/hash.h"
#include "lake/metastore/principals.h"
#include "lake/rest/rest.h"

enum { LIFETIME_MOST = 730 * 86400 };

static json *token_json(const meta_token *t, bool managed)
{
    const json_int_t expiry = t->expires_ms ? t->expires_ms : -1;
    json *j = json_pack("{s:s, s:I, s:I, s:s}", "token_id", t->id, "creation_time",
                        (json_int_t)t->created_ms, "expiry_time", expiry, "comment",
                        t->comment ? t->comment : "");
    if (managed) {
        json_object_set_new(j, "owner_id", json_integer(t->user_id));
        json_object_set_new(j, "created_by_id", json_integer(t->created_by_id));
        json_object_set_new(j, "created_by_username", json_string(t->created_by));
    }
    return j;
}

static cx_code read_lifetime(cx *c, const rest_call *r, meta_token *t)
{
    const json *given = json_get(r->body, "lifetime_seconds");
    const int64_t seconds = json_get_int(r->body, "lifetime_seconds", 0);
    t->created_ms = cx_now_ms(c);
    if (!given || seconds == -1)
        return CX_OK;
    if (seconds < 1 || seconds > LIFETIME_MOST)
        return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                         "lifetime_seconds must be between 1 and %d.", (int)LIFETIME_MOST);
    t->expires_ms = t->created_ms + seconds * 1000;
    return CX_OK;
}

static cx_code reply_token(cx *c, rest_call *r, const char *user, bool managed)
{
    char random[33];
    meta_token t = {.kind = META_TOKEN_PERSONAL,
                    .user = user,
                    .comment = json_get_str(r->body, "comment", NULL),
                    .created_by = r->principal};
    TRY(read_lifetime(c, r, &t));
    hex_random(random, 32);
    const char *token = cx_fmt(c, "dapi%s", random);
    TRY(meta_token_make(c, r->lake->meta, &t, token));
    return rest_reply(
        r, json_pack("{s:s, s:o}", "token_value", token, "token_info", token_json(&t, managed)));
}

cx_code rest_token_create(cx *c, rest_call *r)
{
    return reply_token(c, r, r->principal, false);
}

/* An admin makes a token for somebody else: the platform's way to equip service principals. */
cx_code rest_token_for(cx *c, rest_call *r)
{
    const char *user;
    meta_person p;
    TRY(rest_need(c, r, "application_id", &user));
    TRY(rest_admins_only(c, r, "make tokens for others"));
    if (!meta_principal_known(c, r->lake->meta, user))
        return rest_fail(c, CX_NOT_FOUND, "RESOURCE_DOES_NOT_EXIST", "Principal %s does not exist.",
                         user);
    TRY(meta_person_named(c, r->lake->meta, user, &p));
    if (p.kind == META_GROUP)
        return rest_fail(c, CX_INVALID, "INVALID_PARAMETER_VALUE",
                         "%s is a group: tokens are for users and service principals.", user);
    return reply_token(c, r, p.name, true);
}

static cx_code reply_list(cx *c, rest_call *r, const char *user, bool managed)
{
    const char *by = managed ? rest_query(c, r, "created_by_username") : NULL;
    const char *by_id = managed ? rest_query(c, r, "created_by_id") : NULL;
    meta_token *rows;
    size_t n;
    TRY(meta_tokens(c, r->lake->meta, META_TOKEN_PERSONAL, user, &rows, &n));
    json *list = json_array();
    for (size_t i = 0; i < n; i++)
        if ((!by || text_same_nocase(by, rows[i].created_by)) &&
            (!by_id || strtoll(by_id, NULL, 10) == rows[i].created_by_id))
            json_array_append_new(list, token_json(&rows[i], managed));
    return rest_reply(r, json_pack("{s:o}", "token_infos", list));
}

cx_code rest_tokens_list(cx *c, rest_call *r)
{
    return reply_list(c, r, r->principal, false);
}

cx_code rest_token_delete(cx *c, rest_call *r)
{
    const char *id;
    TRY(rest_need(c, r, "token_id", &id));
    TRY(meta_token_drop(c, r->lake->meta, META_TOKEN_PERSONAL, r->principal, id));
    return rest_empty(r);
}

cx_code rest_all_tokens_list(cx *c, rest_call *r)
{
    TRY(rest_admins_only(c, r, "see the tokens of others"));
    return reply_list(c, r, NULL, true);
}

cx_code rest_any_token_get(cx *c, rest_call *r)
{
    meta_token *rows;
    size_t n;
    TRY(rest_admins_only(c, r, "see the tokens of others"));
    TRY(meta_tokens(c, r->lake->meta, META_TOKEN_PERSONAL, NULL, &rows, &n));
    for (size_t i = 0; i < n; i++)
        if (strcmp(rows[i].id, rest_param(r, "id")) == 0)
            return rest_reply(r, json_pack("{s:o}", "token_info", token_json(&rows[i], true)));
    return rest_fail(c, CX_NOT_FOUND, "RESOURCE_DOES_NOT_EXIST", "Token with id %s does not exist.",
                     rest_param(r, "id"));
}

cx_code rest_any_token_delete(cx *c, rest_call *r)
{
    TRY(rest_admins_only(c, r, "revoke the tokens of others"));
    TRY(meta_token_drop(c, r->lake->meta, META_TOKEN_PERSONAL, NULL, rest_param(r, "id")));
    return rest_empty(r);
}
