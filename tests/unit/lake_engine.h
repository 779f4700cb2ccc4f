/* A workspace in a scratch folder; statements whose result is text: "a INT, b STRING" and, a line a
 * row, "1|x". */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "base/fs.h"
#include "lake/engine/engine.h"

typedef struct {
    cx c;
    char root[64];
    meta *m;
    engine *e;
    const char *principal;
    size_t columns;
    buf types, rows; /* of the last statement */
} kit;

static cx_code kit_columns(cx *c, void *self, const engine_column *columns, size_t n)
{
    kit *k = self;
    (void)c;
    k->columns = n;
    for (size_t i = 0; i < n; i++)
        buf_addf(&k->types, "%s%s %s", i ? ", " : "", columns[i].name, columns[i].type_text);
    return CX_OK;
}

static cx_code kit_row(cx *c, void *self, const char *const *values, const size_t *lengths)
{
    kit *k = self;
    (void)c, (void)lengths;
    if (k->rows.length)
        buf_addc(&k->rows, '\n');
    for (size_t i = 0; i < k->columns; i++)
        buf_addf(&k->rows, "%s%s", i ? "|" : "", values[i] ? values[i] : "NULL");
    return CX_OK;
}

static cx_code kit_run(kit *k, const char *text)
{
    const engine_sink sink = {kit_columns, kit_row, k};
    const engine_statement s = {.text = text, .principal = k->principal};
    buf_reset(&k->types);
    buf_reset(&k->rows);
    cx_forgive(&k->c);
    return engine_run(&k->c, k->e, &s, &sink);
}

static inline void kit_ok_(kit *k, const char *text, const char *file, int line)
{
    if (kit_run(k, text) != CX_OK) {
        print_error("%s:%d: %s\n  %s: %s\n", file, line, text,
                    k->c.error.condition ? k->c.error.condition : "", k->c.error.message);
        _fail(file, line);
    }
}
#define OK(k, text) kit_ok_((k), (text), __FILE__, __LINE__)
/* The rows of a statement. */
#define ROWS(k, text, expected)                              \
    do {                                                     \
        OK(k, text);                                         \
        assert_string_equal(expected, buf_text(&(k)->rows)); \
    } while (0)
#define TYPES(k, text, expected)                              \
    do {                                                      \
        OK(k, text);                                          \
        assert_string_equal(expected, buf_text(&(k)->types)); \
    } while (0)
#define FAILS(k, text, expected)                                                             \
    do {                                                                                     \
        assert_int_not_equal(CX_OK, kit_run(k, text));                                       \
        assert_string_equal(expected, (k)->c.error.condition ? (k)->c.error.condition : ""); \
    } while (0)

static int kit_setup(void **state)
{
    kit *k = calloc(1, sizeof *k);
    cx_init(&k->c);
    snprintf(k->root, sizeof k->root, "/tmp/clxs-engine-XXXXXX");
    assert_non_null(mkdtemp(k->root));
    k->types = k->rows = BUF(BUF_ANY);
    assert_int_equal(CX_OK, meta_open(&k->c, k->root, &k->m));
    assert_int_equal(CX_OK, engine_new(&k->c, k->m, k->root, &k->e));
    k->principal = meta_owner(k->m);
    *state = k;
    return 0;
}

static int kit_teardown(void **state)
{
    kit *k = *state;
    engine_free(k->e);
    meta_free(k->m);
    assert_int_equal(CX_OK, fs_remove_tree(&k->c, k->root));
    buf_clear(&k->types);
    buf_clear(&k->rows);
    cx_clear(&k->c);
    free(k);
    return 0;
}
#define T(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

/* The folder of tables that others wrote; NULL where there is none. */
static inline const char *kit_golden(void)
{
    const char *given = getenv("CLXS_GOLDEN");
    if (!given)
        given = "../shared/golden";
    return fs_is_dir(given) ? given : NULL;
}
