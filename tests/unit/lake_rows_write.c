/* eng_write in its forms, as DELETE, MERGE and OPTIMIZE use it. */
#include "unit/lake_engine.h"

#include "lake/engine/rows/rows.h"

#include <sys/wait.h>

typedef struct {
    run r;
    eng_table t;
    eng_shape shape;
    json *actions;
    eng_written written;
} writing;

static void writing_begin(kit *k, const char *table, writing *w)
{
    static const engine_statement none = {.text = ""};
    eng_note note;
    *w = (writing){.r = {.e = k->e, .s = &none, .catalog = "main", .schema = "default"},
                   .actions = json_array()};
    const sql_name name = {.parts = {table}, .count = 1};
    assert_int_equal(CX_OK, eng_table_load(&k->c, &w->r, &name, NULL, NULL, &w->t));
    assert_int_equal(CX_OK, eng_note_begin(&k->c, &w->r, delta_root(w->t.table), &note));
    eng_shape_of(&k->c, w->t.snapshot, delta_root(w->t.table), &w->shape);
}

static void writing_end(writing *w)
{
    json_decref(w->actions);
    eng_table_clear(&w->t);
    duck_conn_free(w->r.conn);
}

static void write_ok(kit *k, writing *w, const eng_rows *rows)
{
    if (eng_write(&k->c, &w->r, &w->shape, rows, w->actions, &w->written) != CX_OK)
        fail_msg("%s", k->c.error.message);
}

static const json *action(const writing *w, size_t i, const char *kind)
{
    const json *a = json_get(json_array_get(w->actions, i), kind);
    assert_non_null(a);
    return a;
}

/* What is in an action's file: rows of `select`, which has %s for the file. */
static void file_rows(kit *k, writing *w, const json *a, const char *select, const char *expected)
{
    duck_result *result;
    char *path = cx_fmt(&k->c, "'%s/%s'", delta_root(w->t.table), json_get_str(a, "path", ""));
    const char *at = strstr(select, "%s");
    buf sql = BUF(BUF_ANY);
    buf_add(&sql, select, (size_t)(at - select));
    buf_addf(&sql, "%s%s", path, at + 2);
    if (eng_run_duck(&k->c, &w->r, buf_text(&sql), &result) != CX_OK)
        fail_msg("%s", k->c.error.message);
    buf_clear(&sql);
    const engine_sink sink = {NULL, kit_row, k};
    k->columns = duck_columns(result);
    buf_reset(&k->rows);
    assert_int_equal(CX_OK, duck_each(&k->c, result, kit_row, sink.self));
    duck_result_free(result);
    assert_string_equal(expected, buf_text(&k->rows));
}

static void change_files_say_what_became_of_each_row(void **state)
{
    kit *k = *state;
    writing w;
    OK(k, "CREATE TABLE t (id INT NOT NULL, name STRING)");
    writing_begin(k, "t", &w);
    const eng_rows rows = {
        .select = "SELECT 1::INT, 'a', 'delete' UNION ALL SELECT NULL, 'b', 'insert' ORDER BY 2",
        .changes = true};
    write_ok(k, &w, &rows);
    const json *cdc = action(&w, 0, "cdc");
    assert_true(text_starts(json_get_str(cdc, "path", ""), "_change_data/cdc-00000-"));
    assert_false(json_get_bool(cdc, "dataChange", true));
    assert_null(json_get(cdc, "stats"));
    file_rows(k, &w, cdc, "SELECT id, name, _change_type FROM %s", "1|a|delete\nNULL|b|insert");
    assert_non_null(strstr(json_get_str(cdc, "path", ""), w.r.mark + 24));
    writing_end(&w);
}

static void change_files_of_partitions_stand_in_folders(void **state)
{
    kit *k = *state;
    writing w;
    OK(k, "CREATE TABLE t (id INT, p STRING) PARTITIONED BY (p)");
    writing_begin(k, "t", &w);
    const eng_rows rows = {.select = "SELECT 1::INT, 'x', 'delete'", .changes = true};
    write_ok(k, &w, &rows);
    const json *cdc = action(&w, 0, "cdc");
    assert_true(text_starts(json_get_str(cdc, "path", ""), "_change_data/p=x/cdc-00000-"));
    assert_string_equal("x", json_get_str(json_get(cdc, "partitionValues"), "p", ""));
    file_rows(k, &w, cdc, "SELECT * FROM read_parquet(%s, hive_partitioning=false)", "1|delete");
    writing_end(&w);
}

static void rearranged_rows_are_no_change_of_data(void **state)
{
    kit *k = *state;
    writing w;
    OK(k, "CREATE TABLE t (id INT NOT NULL)");
    writing_begin(k, "t", &w);
    write_ok(k, &w,
             &(eng_rows){.select = "SELECT NULL::INT UNION ALL SELECT 2 UNION ALL SELECT 1",
                         .rearranged = true,
                         .order_by = "id DESC NULLS LAST"});
    assert_false(json_get_bool(action(&w, 0, "add"), "dataChange", true));
    file_rows(k, &w, action(&w, 0, "add"), "SELECT id FROM %s", "2\n1\nNULL");
    writing_end(&w);
}

static void names_of_two_writes_of_a_statement_differ(void **state)
{
    kit *k = *state;
    writing w;
    OK(k, "CREATE TABLE t (id INT)");
    writing_begin(k, "t", &w);
    write_ok(k, &w, &(eng_rows){.select = "SELECT 1::INT"});
    write_ok(k, &w, &(eng_rows){.select = "SELECT 2::INT"});
    assert_string_not_equal(json_get_str(action(&w, 0, "add"), "path", ""),
                            json_get_str(action(&w, 1, "add"), "path", ""));
    file_rows(k, &w, action(&w, 0, "add"), "SELECT id FROM %s", "1");
    writing_end(&w);
}

static void row_ids_have_the_columns_that_the_table_names(void **state)
{
    kit *k = *state;
    writing w;
    OK(k, "CREATE TABLE t (id INT)");
    writing_begin(k, "t", &w);
    const eng_rows rows = {.select = "SELECT 7::INT, 40::BIGINT, 3::BIGINT", .row_ids = true};
    assert_int_equal(CX_CORRUPT, eng_write(&k->c, &w.r, &w.shape, &rows, w.actions, &w.written));
    AUTO(json)
    properties = json_pack("{s:s, s:s}", "delta.rowTracking.materializedRowIdColumnName", "_row-id",
                           "delta.rowTracking.materializedRowCommitVersionColumnName", "_row-v");
    w.shape.configuration = properties;
    write_ok(k, &w, &rows);
    file_rows(k, &w, action(&w, 0, "add"), "SELECT id, \"_row-id\", \"_row-v\" FROM %s", "7|40|3");
    writing_end(&w);
}

static cx_code count_parquet(cx *c, void *self, const char *relative, int64_t size, int64_t mtime)
{
    (void)c, (void)size, (void)mtime;
    if (text_ends(relative, ".parquet"))
        ++*(int *)self;
    return CX_OK;
}

static int parquet_files(kit *k)
{
    int n = 0;
    assert_int_equal(CX_OK, fs_walk(&k->c, k->root, count_parquet, &n));
    return n;
}

/* Data and change files, and no commit. */
static void die_while_writing(kit *k)
{
    kit other = {.principal = k->principal};
    writing w;
    cx_init(&other.c);
    memcpy(other.root, k->root, sizeof other.root);
    if (meta_open(&other.c, k->root, &other.m) != CX_OK ||
        engine_new(&other.c, other.m, k->root, &other.e) != CX_OK)
        _exit(1);
    writing_begin(&other, "t", &w);
    write_ok(&other, &w, &(eng_rows){.select = "SELECT 1::INT, 'x'"});
    write_ok(&other, &w, &(eng_rows){.select = "SELECT 1::INT, 'x', 'insert'", .changes = true});
    _exit(json_array_size(w.actions) == 2 ? 0 : 1);
}

static void what_a_killed_writer_left_is_removed_change_files_too(void **state)
{
    kit *k = *state;
    int status;
    OK(k, "CREATE TABLE t (id INT, p STRING) PARTITIONED BY (p)");
    const pid_t child = fork();
    if (child == 0)
        die_while_writing(k);
    assert_int_equal(child, waitpid(child, &status, 0));
    assert_int_equal(0, WEXITSTATUS(status));
    assert_int_equal(2, parquet_files(k));
    assert_int_equal(CX_OK, engine_recover(&k->c, k->e));
    assert_int_equal(0, parquet_files(k));
}

static void files_that_became_too_large_are_split(void **state)
{
    kit *k = *state;
    writing w;
    int64_t rows = 0;
    OK(k, "CREATE TABLE t (id INT, p STRING) PARTITIONED BY (p) TBLPROPERTIES "
          "('delta.targetFileSize' = '300kb', 'delta.parquet.compression.codec' = 'none')");
    writing_begin(k, "t", &w);
    write_ok(
        k, &w,
        &(eng_rows){.select =
                        "SELECT (hash(range) % 2147483647)::INT, 'a', 'insert' FROM range(400000)",
                    .changes = true});
    assert_true(w.written.files > 1 && w.written.files == parquet_files(k));
    assert_int_equal(400000, w.written.rows);
    for (size_t i = 0; i < json_array_size(w.actions); i++)
        rows += json_get_int(action(&w, i, "cdc"), "size", 0);
    assert_int_equal(rows, w.written.bytes);
    writing_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(change_files_say_what_became_of_each_row),
        T(change_files_of_partitions_stand_in_folders),
        T(rearranged_rows_are_no_change_of_data),
        T(names_of_two_writes_of_a_statement_differ),
        T(row_ids_have_the_columns_that_the_table_names),
        T(what_a_killed_writer_left_is_removed_change_files_too),
        T(files_that_became_too_large_are_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
