/* sql_parse: which command is it, is all of it understood, is it only one. */
#include "sql/parse_int.h"

static const struct {
    const char *word;
    cx_code (*parse)(sql_parser *p, sql_statement *out);
} commands[] = {
    {"ALTER", sql_parse_alter},
    {"COMMENT ON", sql_parse_comment},
    {"CONVERT", sql_parse_convert},
    {"CREATE", sql_parse_create},
    {"DELETE FROM", sql_parse_delete},
    {"DESC", sql_parse_describe},
    {"DESCRIBE", sql_parse_describe},
    {"DROP", sql_parse_drop},
    {"GRANT", sql_parse_grant},
    {"INSERT", sql_parse_insert},
    {"MERGE", sql_parse_merge},
    {"OPTIMIZE", sql_parse_optimize},
    {"REORG", sql_parse_reorg},
    {"REPLACE", sql_parse_replace},
    {"RESET", sql_parse_reset},
    {"RESTORE", sql_parse_restore},
    {"REVOKE", sql_parse_revoke},
    {"SET", sql_parse_set},
    {"SHOW", sql_parse_show},
    {"TRUNCATE TABLE", sql_parse_truncate},
    {"UNSET", sql_parse_unset},
    {"UPDATE", sql_parse_update},
    {"USE", sql_parse_use},
    {"VACUUM", sql_parse_vacuum},
};

/* Commands of the platform that are refused by name rather than as a spelling mistake. */
static const char *const known[] = {
    "ANALYZE", "BEGIN",   "CACHE",  "CALL",     "CLEAR", "COPY",    "DECLARE", "DENY",
    "EXECUTE", "EXPLAIN", "FSCK",   "GENERATE", "GET",   "LIST",    "LOAD",    "MSCK",
    "PUT",     "REFRESH", "REMOVE", "REPAIR",   "SYNC",  "UNCACHE", "UNDROP",
};

static cx_code parse_command(sql_parser *p, sql_statement *out)
{
    for (size_t k = 0; k < CX_COUNT(commands); k++)
        if (sql_accept(p, commands[k].word))
            return commands[k].parse(p, out);
    for (size_t k = 0; k < CX_COUNT(known); k++)
        if (sql_accept(p, known[k]))
            return sql_unsupported(p, known[k]);
    return sql_refuse(p);
}

/* The statement's last token; ";" may only be followed by more of them. */
static cx_code find_end(sql_parser *p, size_t *out_end)
{
    size_t end = p->t.count;
    while (end > 0 && sql_token_is(&p->t, end - 1, ";"))
        end--;
    for (p->i = 0; p->i < end; p->i++)
        if (sql_at(p, ";"))
            return sql_syntax_error(p->c, p->t.text, p->t.at[p->i].start,
                                    "Only one statement may be given at a time.");
    p->i = 0;
    if (end == 0)
        return sql_refuse(p);
    *out_end = end;
    return CX_OK;
}

cx_code sql_parse(cx *c, const char *text, sql_statement *out)
{
    sql_parser p = {.c = c};
    sql_statement s = {.kind = SQL_QUERY, .limit = -1};
    size_t end = 0;
    TRY(sql_lex(c, text, &p.t));
    TRY(find_end(&p, &end));
    s.text = sql_tokens_text(c, &p.t, 0, end);
    if (sql_at_query(&p)) {
        s.query = s.text;
        p.i = end;
    } else {
        TRY(parse_command(&p, &s));
    }
    if (p.i != end)
        return sql_refuse(&p);
    *out = s;
    return CX_OK;
}
