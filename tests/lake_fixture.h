/* An embedded workspace in a folder of its own, with statements that must succeed. */
#pragma once

#include <unistd.h>

#include "base/fs.h"
#include "check.h"
#include "ops/op.h"

typedef struct {
    cx c;
    char folder[64];
    state *st;
    workspace *ws;
    workspace_config config;
    char root[96];
} lake_fixture;

static inline void fixture_open(lake_fixture *x)
{
    cx_init(&x->c);
    snprintf(x->root, sizeof x->root, "%s/lake", x->folder);
    x->config = (workspace_config){.lake_root = x->root};
    assert_int_equal(state_open(&x->c, x->folder, &x->st), CX_OK);
    if (workspace_open(&x->c, &x->config, &x->ws) != CX_OK)
        fail_msg("the workspace does not open: %s", x->c.error.message);
}

static inline void fixture_close(lake_fixture *x)
{
    workspace_free(x->ws);
    state_free(x->st);
    cx_clear(&x->c);
}

static inline void fixture_make(lake_fixture *x)
{
    *x = (lake_fixture){0};
    snprintf(x->folder, sizeof x->folder, "/tmp/clxs-test-XXXXXX");
    assert_non_null(mkdtemp(x->folder));
}

static inline void fixture_remove(lake_fixture *x)
{
    cx_init(&x->c);
    assert_int_equal(fs_remove_tree(&x->c, x->folder), CX_OK);
    cx_clear(&x->c);
}

static inline void must_sql(lake_fixture *x, const char *sql)
{
    if (workspace_sql(&x->c, x->ws, sql, NULL) != CX_OK)
        fail_msg("%s\n  → %s", sql, x->c.error.message);
}

/* One value of one row, in the arena; "NULL" for NULL. */
static inline const char *one_value(lake_fixture *x, const char *sql)
{
    AUTO(sql_result) r = NULL;
    if (workspace_sql(&x->c, x->ws, sql, &r) != CX_OK)
        fail_msg("%s\n  → %s", sql, x->c.error.message);
    assert_int_equal(sql_rows(r), 1);
    const char *v = sql_value(r, 0, 0);
    return v ? cx_dup(&x->c, v) : "NULL";
}

/* Runs an operation with a JSON body as the command line does. */
static inline cx_code run_op(lake_fixture *x, const char *name, const char *body, json **out,
                             bool *failed)
{
    AUTO(json) j = NULL;
    const op *o = op_find(name);
    assert_non_null(o);
    assert_int_equal(json_parse(&x->c, body, strlen(body), "arguments", &j), CX_OK);
    op_call call = {.ws = x->ws,
                    .st = x->st,
                    .user = "",
                    .cli = true,
                    .config = &x->config,
                    .state_dir = x->folder};
    *out = NULL;
    const cx_code rc = op_execute(&x->c, o, &call, j, out);
    if (failed)
        *failed = call.failed;
    return rc;
}

static inline json *must_op(lake_fixture *x, const char *name, const char *body)
{
    json *out;
    bool failed;
    const cx_code rc = run_op(x, name, body, &out, &failed);
    if (rc != CX_OK)
        fail_msg("%s %s\n  → %s", name, body, x->c.error.message);
    if (failed) {
        char *text = json_pretty(out);
        fail_msg("%s %s failed: %s", name, body, text);
    }
    return out;
}
