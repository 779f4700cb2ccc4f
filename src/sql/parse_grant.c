/* GRANT, REVOKE, SHOW GRANTS, COMMENT ON, USE, SET. */
#include "sql/parse_int.h"

static cx_code take_principal(sql_parser *p, const char **out)
{
    return sql_take_ident(p, out);
}

/* Privileges are given out as Unity Catalog's REST API writes them. */
static cx_code take_privilege(sql_parser *p, const char **out)
{
    AUTO_CLEAR(buf) b = BUF(256);
    while (p->t.at[p->i].kind == TOK_WORD && !sql_at(p, "ON")) {
        if (b.length)
            buf_addc(&b, '_');
        buf_adds(&b, sql_token_text(p->c, &p->t, p->i++));
    }
    if (!b.length)
        return sql_refuse(p);
    TRY(buf_done(p->c, &b, "a privilege"));
    char *name = cx_dup(p->c, buf_text(&b));
    for (char *s = name; *s; s++)
        if (*s >= 'a' && *s <= 'z')
            *s = (char)(*s - 32);
    *out = strcmp(name, "ALL") == 0 ? "ALL_PRIVILEGES" : name;
    return CX_OK;
}

static cx_code take_privileges(sql_parser *p, sql_statement *out)
{
    const char **names = NULL;
    do {
        names = sql_grow(p->c, names, out->privilege_count, sizeof *names);
        TRY(take_privilege(p, &names[out->privilege_count]));
        out->privilege_count++;
    } while (sql_accept(p, ","));
    out->privileges = names;
    return CX_OK;
}

static cx_code take_securable(sql_parser *p, sql_statement *out)
{
    const char *object = sql_take_object(p);
    out->object = object ? object : "TABLE";
    if (strcmp(out->object, "MATERIALIZED VIEW") == 0)
        out->object = "VIEW";
    if (strcmp(out->object, "METASTORE") == 0)
        return CX_OK;
    return sql_take_name(p, 3, &out->name);
}

static cx_code parse_grant(sql_parser *p, sql_statement *out, const char *direction)
{
    TRY(take_privileges(p, out));
    TRY(sql_expect(p, "ON"));
    TRY(take_securable(p, out));
    TRY(sql_expect(p, direction));
    if (strcmp(out->object, "SHARE") == 0)
        (void)sql_accept(p, "RECIPIENT");
    return take_principal(p, &out->principal);
}

cx_code sql_parse_grant(sql_parser *p, sql_statement *out)
{
    out->kind = SQL_GRANT;
    return parse_grant(p, out, "TO");
}

cx_code sql_parse_revoke(sql_parser *p, sql_statement *out)
{
    out->kind = SQL_REVOKE;
    return parse_grant(p, out, "FROM");
}

cx_code sql_parse_show_grants(sql_parser *p, sql_statement *out)
{
    out->kind = SQL_SHOW_GRANTS;
    if (sql_at(p, "TO"))
        return sql_unsupported(p, "SHOW GRANTS TO");
    if (!sql_at(p, "ON"))
        TRY(take_principal(p, &out->principal));
    TRY(sql_expect(p, "ON"));
    return take_securable(p, out);
}

cx_code sql_parse_comment(sql_parser *p, sql_statement *out)
{
    out->kind = SQL_COMMENT;
    out->has_comment = true;
    out->object = sql_take_object(p);
    if (!out->object)
        return sql_refuse(p);
    const bool column = strcmp(out->object, "COLUMN") == 0;
    TRY(sql_take_name(p, column ? 4 : 3, &out->name));
    TRY(sql_expect(p, "IS"));
    if (sql_accept(p, "NULL"))
        return CX_OK;
    return sql_take_string(p, &out->comment);
}

cx_code sql_parse_use(sql_parser *p, sql_statement *out)
{
    out->kind = SQL_USE;
    out->object = "SCHEMA";
    const char *object = p->t.at[p->i + 1].kind == TOK_END || sql_token_is(&p->t, p->i + 1, ".") ||
                                 sql_token_is(&p->t, p->i + 1, ";")
                             ? NULL
                             : sql_take_object(p);
    if (object && strcmp(object, "CATALOG") == 0)
        out->object = object;
    else if (object && strcmp(object, "SCHEMA") != 0)
        return sql_refuse(p);
    return sql_take_name(p, strcmp(out->object, "CATALOG") == 0 ? 1 : 2, &out->name);
}

static cx_code parse_tag_on(sql_parser *p, bool set, sql_statement *out)
{
    sql_pair *pair = cx_new(p->c, sql_pair);
    out->kind = SQL_ALTER;
    out->alter_action = set ? "SET TAGS" : "UNSET TAGS";
    out->object = sql_take_object(p);
    if (!out->object)
        return sql_refuse(p);
    TRY(sql_take_name(p, strcmp(out->object, "COLUMN") == 0 ? 4 : 3, &out->name));
    TRY(sql_take_ident(p, &pair->key));
    if (set)
        pair->value = "";
    if (set && sql_accept(p, "=")) {
        if (p->t.at[p->i].kind == TOK_STRING)
            TRY(sql_take_string(p, &pair->value));
        else
            TRY(sql_take_ident(p, &pair->value));
    }
    out->properties = pair;
    out->property_count = 1;
    return CX_OK;
}

cx_code sql_parse_set(sql_parser *p, sql_statement *out)
{
    static const char *const stops[] = {"=", NULL};
    if (sql_accept(p, "CATALOG")) {
        out->kind = SQL_USE;
        out->object = "CATALOG";
        return sql_take_name(p, 1, &out->name);
    }
    if (sql_accept(p, "TAG ON"))
        return parse_tag_on(p, true, out);
    if (sql_at(p, "RECIPIENT") || sql_at(p, "VAR") || sql_at(p, "VARIABLE"))
        return sql_unsupported(p, "SET VAR");
    out->kind = SQL_SET;
    if (sql_accept(p, "TIME ZONE"))
        out->key = "TIME ZONE";
    else if (p->t.at[p->i].kind == TOK_END)
        return CX_OK; /* SET alone lists the settings */
    else
        TRY(sql_take_span(p, stops, &out->key));
    const bool equals = sql_accept(p, "=");
    if (!equals && strcmp(out->key, "TIME ZONE") != 0)
        return CX_OK;
    if (p->t.at[p->i].kind == TOK_STRING)
        return sql_take_string(p, &out->value);
    return sql_take_rest(p, &out->value);
}

cx_code sql_parse_reset(sql_parser *p, sql_statement *out)
{
    out->kind = SQL_SET;
    out->what = "RESET";
    if (p->t.at[p->i].kind == TOK_END || sql_at(p, ";"))
        return CX_OK;
    return sql_take_rest(p, &out->key);
}

cx_code sql_parse_unset(sql_parser *p, sql_statement *out)
{
    TRY(sql_expect(p, "TAG ON"));
    return parse_tag_on(p, false, out);
}
