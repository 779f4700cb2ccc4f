/* The macros that translated queries call, made when a query first names them: all of them would
 * cost every process 50 ms, and a query names a few. A macro's own text is searched for others. */
#include "lake/engine/engine_int.h"

#include <ctype.h>

#include "sql/duckdb_macros.h"

_Static_assert(CX_COUNT(sql_duckdb_macros) <= ENG_MOST_MACROS, "more room for macros");

/* Where the name in "CREATE OR REPLACE MACRO name(" is. */
static const char *macro_name(const char *text, size_t *length)
{
    const char *name = text + strlen("CREATE OR REPLACE MACRO ");
    name += *name == '"';
    *length = strcspn(name, "\"(");
    return name;
}

static bool is_word(char ch)
{
    return isalnum((unsigned char)ch) || ch == '_';
}

static void mark(engine *e, const char *text, bool *wanted);

static void mark_name(engine *e, const char *word, size_t n, bool *wanted)
{
    for (size_t i = 0; i < CX_COUNT(sql_duckdb_macros); i++) {
        size_t length;
        const char *name = macro_name(sql_duckdb_macros[i], &length);
        if (length != n || wanted[i] || e->macros[i] || strncasecmp(name, word, n) != 0)
            continue;
        wanted[i] = true;
        mark(e, strchr(sql_duckdb_macros[i], '('), wanted);
    }
}

static void mark(engine *e, const char *text, bool *wanted)
{
    for (const char *p = text; *p;) {
        size_t n = 0;
        while (is_word(p[n]))
            n++;
        if (n)
            mark_name(e, p, n, wanted);
        else
            while (strchr("/%", p[n]) && p[n])
                n++;
        if (n && !is_word(*p))
            mark_name(e, p, n, wanted);
        p += n ? n : 1;
    }
}

static cx_code make(cx *c, engine *e, const bool *wanted)
{
    AUTO(duck_conn) conn = NULL;
    for (size_t i = CX_COUNT(sql_duckdb_macros); i-- > 0;) {
        if (!wanted[i])
            continue;
        if (!conn)
            TRY(duck_connect(c, e->db, &conn));
        TRY_IN(c, duck_run(c, conn, sql_duckdb_macros[i], NULL),
               "making a function of the dialect");
        e->macros[i] = true;
    }
    return CX_OK;
}

cx_code eng_macros(cx *c, run *r, const char *sql)
{
    bool wanted[ENG_MOST_MACROS] = {0};
    duck_conn *conn;
    TRY(eng_conn(c, r, &conn));
    pthread_mutex_lock(&r->e->lock);
    mark(r->e, sql, wanted);
    const cx_code rc = make(c, r->e, wanted);
    pthread_mutex_unlock(&r->e->lock);
    return rc;
}
