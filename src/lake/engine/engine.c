/* One statement from text to rows: parse, then hand to the command's file. */
#include "lake/engine/engine.h"

#include <unistd.h>

#include "base/fs.h"
#include "lake/engine/engine_int.h"

cx_code engine_new(cx *c, meta *m, const char *lake_root, engine **out)
{
    (void)c;
    engine *e = cx_calloc(1, sizeof *e);
    e->meta = m;
    e->root = cx_heapdup(lake_root);
    e->parquet = eng_parquet(e);
    pthread_mutex_init(&e->lock, NULL);
    *out = e;
    return CX_OK;
}

void engine_free(engine *e)
{
    if (!e)
        return;
    duck_db_free(e->db);
    pthread_mutex_destroy(&e->lock);
    free(e->root);
    free(e);
}

/* Types that Databricks SQL has and DuckDB has not, for every connection. */
static cx_code make_types(cx *c, duck_db *db)
{
    AUTO(duck_conn) conn = NULL;
    TRY(duck_connect(c, db, &conn));
    TRY(duck_run(c, conn, "CREATE TYPE timestampntz AS TIMESTAMP", NULL));
    TRY(duck_run(c, conn, "CREATE TYPE timestamp_ntz AS TIMESTAMP", NULL));
    return CX_OK;
}

static cx_code open_db(cx *c, engine *e, duck_db **out)
{
    AUTO(duck_db) db = NULL;
    /* DuckDB makes the folder when it must spill, and removes it at the end; a dead process's goes
     * with recovery. One a process, since DuckDB's names in it are not unique. */
    const duck_config config = {.temp_dir =
                                    cx_fmt(c, "%s/spill-%s", e->root, meta_process(e->meta))};
    if (!e->db) {
        TRY(duck_open(c, &config, &db));
        TRY(make_types(c, db));
        e->db = STEAL(db);
    }
    *out = e->db;
    return CX_OK;
}

cx_code eng_connect(cx *c, engine *e, duck_conn **out)
{
    duck_db *db = NULL;
    pthread_mutex_lock(&e->lock);
    const cx_code rc = open_db(c, e, &db);
    pthread_mutex_unlock(&e->lock);
    TRY(rc);
    return duck_connect(c, db, out);
}

static cx_code set_groups(cx *c, const run *r, duck_conn *conn)
{
    meta_principal *all = NULL;
    size_t n = 0;
    buf sql = BUF(BUF_ANY);
    if (r->s->principal)
        TRY(meta_principals(c, r->e->meta, r->s->principal, &all, &n));
    buf_adds(&sql, "SET VARIABLE dbx_groups = ['account users'");
    for (size_t i = 0; i < n; i++)
        if (all[i].group) {
            buf_adds(&sql, ", ");
            duck_add_literal(&sql, all[i].name);
        }
    buf_addc(&sql, ']');
    const cx_code rc = duck_run(c, conn, buf_text(&sql), NULL);
    buf_clear(&sql);
    return rc;
}

/* What current_user() and its like say. */
static cx_code set_session(cx *c, const run *r, duck_conn *conn)
{
    const char *const variables[][2] = {{"dbx_user", r->s->principal ? r->s->principal : ""},
                                        {"dbx_catalog", r->catalog},
                                        {"dbx_schema", r->schema}};
    for (size_t i = 0; i < CX_COUNT(variables); i++) {
        buf sql = BUF(BUF_ANY);
        buf_addf(&sql, "SET VARIABLE %s = ", variables[i][0]);
        duck_add_literal(&sql, variables[i][1]);
        const cx_code rc = duck_run(c, conn, buf_text(&sql), NULL);
        buf_clear(&sql);
        TRY(rc);
    }
    return set_groups(c, r, conn);
}

cx_code eng_conn(cx *c, run *r, duck_conn **out)
{
    AUTO(duck_conn) fresh = NULL;
    if (!r->conn) {
        TRY(eng_connect(c, r->e, &fresh));
        TRY(set_session(c, r, fresh));
        r->conn = STEAL(fresh);
    }
    *out = r->conn;
    return CX_OK;
}

typedef cx_code (*command)(cx *c, run *r, const sql_statement *q);

static cx_code accepted(cx *c, run *r, const sql_statement *q)
{
    (void)q;
    return eng_out_none(c, r);
}

static command command_of(sql_kind kind)
{
    switch (kind) {
    case SQL_QUERY: return eng_query;
    case SQL_CREATE_CATALOG:
    case SQL_CREATE_SCHEMA: return eng_create_container;
    case SQL_CREATE_TABLE: return eng_create_table;
    case SQL_CLONE_TABLE: return eng_clone;
    case SQL_CREATE_VIEW: return eng_create_view;
    case SQL_CREATE_FUNCTION: return eng_create_function;
    case SQL_CREATE_VOLUME: return eng_create_volume;
    case SQL_DROP: return eng_drop;
    case SQL_INSERT: return eng_insert;
    case SQL_DELETE:
    case SQL_TRUNCATE: return eng_delete;
    case SQL_UPDATE: return eng_update;
    case SQL_MERGE: return eng_merge;
    case SQL_GRANT:
    case SQL_REVOKE: return eng_grant;
    case SQL_SHOW_GRANTS: return eng_show_grants;
    case SQL_SHOW: return eng_show;
    case SQL_DESCRIBE: return eng_describe;
    case SQL_COMMENT: return eng_comment;
    case SQL_ALTER: return eng_alter;
    case SQL_USE: return eng_use;
    case SQL_SET: return accepted;
    case SQL_RESTORE: return eng_restore;
    case SQL_VACUUM: return eng_vacuum;
    case SQL_OPTIMIZE:
    case SQL_REORG: return eng_optimize;
    case SQL_CONVERT: return eng_convert;
    }
    return NULL;
}

static cx_code run_text(cx *c, run *r)
{
    sql_statement q = {0};
    char *text = NULL;
    TRY(sql_bind_parameters(c, r->s->text, r->s->parameters, &text));
    TRY(sql_parse(c, text, &q));
    const command run_it = command_of(q.kind);
    if (!run_it)
        return eng_unsupported(c, "this statement");
    return run_it(c, r, &q);
}

cx_code engine_run(cx *c, engine *e, const engine_statement *s, const engine_sink *sink)
{
    run r = {.e = e,
             .s = s,
             .sink = sink,
             .catalog = s->catalog ? s->catalog : "main",
             .schema = s->schema ? s->schema : "default",
             .principal = s->principal};
    const cx_code rc = run_text(c, &r);
    duck_conn_free(r.conn);
    json_decref(r.histories);
    return rc;
}

/* Words that make a type with the word after them, as query history shows it. */
static bool starts_word(const char *text, const char *word)
{
    const size_t n = strlen(word);
    return strncasecmp(text, word, n) == 0 && !(text[n] >= 'A' && text[n] <= 'z');
}

static const char *skip_space(const char *p)
{
    for (;;) {
        while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r' || *p == '(' || *p == ';')
            p++;
        if (p[0] == '-' && p[1] == '-') {
            p += strcspn(p, "\n");
        } else if (p[0] == '/' && p[1] == '*') {
            const char *end = strstr(p + 2, "*/");
            p = end ? end + 2 : p + strlen(p);
        } else {
            return p;
        }
    }
}

const char *engine_statement_type(const char *text)
{
    static const char *const words[] = {"SELECT",  "CREATE",   "INSERT",   "UPDATE",  "DELETE",
                                        "MERGE",   "DROP",     "ALTER",    "GRANT",   "REVOKE",
                                        "SHOW",    "DESCRIBE", "TRUNCATE", "USE",     "SET",
                                        "COPY",    "OPTIMIZE", "VACUUM",   "RESTORE", "REORG",
                                        "CONVERT", "COMMENT",  "REFRESH",  "ANALYZE", "REPLACE"};
    const char *p = skip_space(text);
    for (size_t i = 0; i < CX_COUNT(words); i++)
        if (starts_word(p, words[i]))
            return words[i];
    if (starts_word(p, "DESC"))
        return "DESCRIBE";
    if (starts_word(p, "WITH") || starts_word(p, "VALUES") || starts_word(p, "FROM") ||
        starts_word(p, "TABLE"))
        return "SELECT";
    return "OTHER";
}
