/* Users, groups, service principals and what proves them: the part of the metastore that SCIM, the
 * token APIs and OAuth edit. A service principal's name is its application id, everybody else's is
 * what grants call them. `admins` is a group like others, except that the workspace's owner cannot
 * leave it; `users` and `account users` hold everybody, without rows. */
#pragma once

#include "lake/metastore/meta.h"

typedef enum { META_USER, META_GROUP, META_SERVICE_PRINCIPAL } meta_kind;
enum {
    META_GROUP_MOST = 10000, /* members of a group */
    META_TOKENS_MOST = 600,  /* of a principal, as on the platform */
    META_SECRETS_MOST = 5,
    META_ACCESS_MOST = 10000, /* live access tokens of a principal */
    META_ACCESS_SECONDS = 3600
};

typedef struct {
    int64_t id;
    meta_kind kind;
    bool active;
    const char *name, *display, *external_id; /* the last two may be NULL */
    const char *entitlements, *roles;         /* JSON arrays of strings; NULL = none */
} meta_person;
CX_CHECKED cx_code meta_people(cx *c, meta *m, meta_kind kind, meta_person **out, size_t *out_n);
CX_CHECKED cx_code meta_person_find(cx *c, meta *m, meta_kind kind, int64_t id, meta_person *out);
CX_CHECKED cx_code meta_person_named(cx *c, meta *m, const char *name, meta_person *out);
const char *meta_kind_word(meta_kind kind); /* as stored: user, group, service_principal */
bool meta_group_of_all(const char *group);  /* users, account users */

typedef struct {
    const char *group, *member, *display; /* the last of the member; may be NULL */
    int64_t group_id, member_id;
    meta_kind kind; /* of the member */
} meta_membership;
/* All direct memberships, ordered by group or by member (ASCII, without case). */
CX_CHECKED cx_code meta_memberships(cx *c, meta *m, bool by_group, meta_membership **out,
                                    size_t *out_n);

/* A record to edit: {displayName, externalId, active, entitlements: [text], roles: [text], members:
 * [id as text]}; only members of groups. What is not there is none; `active` is then true. */
CX_CHECKED cx_code meta_person_create(cx *c, meta *m, meta_kind kind, const char *name,
                                      const json *record, int64_t *out_id);
/* Reads, edits and writes in one transaction, so that two editors of a group lose nothing. */
typedef cx_code (*meta_person_change)(cx *c, void *self, json *record);
CX_CHECKED cx_code meta_person_edit(cx *c, meta *m, meta_kind kind, int64_t id,
                                    meta_person_change change, void *self);
/* Grants of it, its memberships and tokens go with it; what it owns keeps the owner's name. */
CX_CHECKED cx_code meta_person_delete(cx *c, meta *m, meta_kind kind, int64_t id);

/* ---- tokens ------------------------------------------------------------------------ */

/* A personal token, a client secret of OAuth, or the access token that a secret was changed for.
 * The id is the SHA-256 of the token, the only thing of it that is kept. */
typedef enum { META_TOKEN_PERSONAL, META_TOKEN_SECRET, META_TOKEN_ACCESS } meta_token_kind;
typedef struct {
    meta_token_kind kind;
    const char *id, *user, *comment, *created_by;
    int64_t user_id, created_by_id, created_ms, expires_ms; /* expires 0 = never */
} meta_token;
/* Of t: kind, user, comment, created_by, expires_ms, and created_ms unless it is now. Fills in the
 * rest. */
CX_CHECKED cx_code meta_token_make(cx *c, meta *m, meta_token *t, const char *token);
/* Those still valid, of one principal or (NULL) of all, newest first. */
CX_CHECKED cx_code meta_tokens(cx *c, meta *m, meta_token_kind kind, const char *user,
                               meta_token **out, size_t *out_n);
/* NOT_FOUND when `user` (NULL = anybody) has no such token. */
CX_CHECKED cx_code meta_token_drop(cx *c, meta *m, meta_token_kind kind, const char *user,
                                   const char *id);
/* UNAUTHENTICATED unless `secret` is a client secret (or personal token) of the active principal
 * `client`. `token` then is an access token of it, gone when the secret is. */
CX_CHECKED cx_code meta_access_make(cx *c, meta *m, const char *client, const char *secret,
                                    const char *token, int64_t *out_seconds);
