/* Tables that Spark wrote, with the rows that a right reader finds in them. */
#include "unit/lake_engine.h"

#include <dirent.h>

typedef struct {
    char *names[512];
    size_t n;
} names;

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static names tables_in(cx *c, const char *folder)
{
    names all = {0};
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d)) && all.n < 512;)
        if (e->d_name[0] != '.')
            all.names[all.n++] = cx_dup(c, e->d_name);
    if (d)
        closedir(d);
    qsort(all.names, all.n, sizeof *all.names, by_name);
    return all;
}

/* One table's log has partition values of type timestamp without a zone, written in California:
 * what they mean is not in the table. */
static const char *columns_of(const char *place)
{
    return strstr(place, "data-reader-partition-values") ? "* EXCEPT (as_timestamp)" : "*";
}

/* "" when the rows of the table are those expected, else what is wrong. */
static const char *compare(kit *k, const char *table, const char *expected)
{
    const char *columns = columns_of(expected);
    const char *other = cx_fmt(&k->c, "parquet.`%s`", expected);
    for (int i = 0; i < 2; i++) {
        const cx_code rc = kit_run(
            k,
            cx_fmt(&k->c, "SELECT count(*) FROM (SELECT %s FROM %s EXCEPT ALL SELECT %s FROM %s) x",
                   columns, i ? other : table, columns, i ? table : other));
        if (rc != CX_OK)
            return cx_fmt(&k->c, "%s: %s", k->c.error.condition ? k->c.error.condition : "-",
                          k->c.error.message);
        if (strcmp(buf_text(&k->rows), "0") != 0)
            return cx_fmt(&k->c, "%s rows %s", buf_text(&k->rows), i ? "missing" : "too many");
    }
    return "";
}

static void rows_equal_those_that_spark_read(void **state)
{
    kit *k = *state;
    const char *golden = kit_golden();
    if (!golden)
        skip();
    char *root = NULL;
    int bad = 0;
    assert_int_equal(CX_OK, fs_absolute(&k->c, golden, &root));
    const names all = tables_in(&k->c, fs_join(&k->c, root, "tables"));
    for (size_t i = 0; i < all.n; i++) {
        const char *place = cx_fmt(&k->c, "%s/tables/%s", root, all.names[i]);
        const char *expected = fs_join(&k->c, place, "expected");
        if (!fs_is_dir(expected))
            continue;
        const char *wrong = compare(k, cx_fmt(&k->c, "delta.`%s/delta`", place), expected);
        if (*wrong)
            print_error("%s: %s\n", all.names[i], wrong);
        bad += *wrong != 0;
    }
    assert_int_equal(0, bad);
}

static void what_cannot_be_read_is_refused_with_a_reason(void **state)
{
    static const char *const refused[][2] = {
        {"deltalog-invalid-protocol-version", "DELTA_INVALID_PROTOCOL_VERSION"},
        {"no-delta-log-folder", "DELTA_MISSING_DELTA_TABLE"},
        {"versions-not-contiguous", NULL},
        {"deltalog-state-reconstruction-without-metadata", NULL},
    };
    kit *k = *state;
    const char *golden = kit_golden();
    if (!golden)
        skip();
    char *root = NULL;
    assert_int_equal(CX_OK, fs_absolute(&k->c, golden, &root));
    for (size_t i = 0; i < CX_COUNT(refused); i++) {
        const char *sql =
            cx_fmt(&k->c, "SELECT * FROM delta.`%s/tables/%s/delta`", root, refused[i][0]);
        assert_int_not_equal(CX_OK, kit_run(k, sql));
        if (refused[i][1])
            assert_string_equal(refused[i][1],
                                k->c.error.condition ? k->c.error.condition : k->c.error.message);
    }
}

static void clones_have_the_rows_of_their_source(void **state)
{
    static const char *const kinds[] = {"DEEP", "SHALLOW"};
    kit *k = *state;
    const char *golden = kit_golden();
    if (!golden)
        skip();
    char *root = NULL;
    int bad = 0;
    assert_int_equal(CX_OK, fs_absolute(&k->c, golden, &root));
    const names all = tables_in(&k->c, fs_join(&k->c, root, "tables"));
    for (size_t i = 0; i < all.n * 2; i++) {
        const char *place = cx_fmt(&k->c, "%s/tables/%s", root, all.names[i / 2]);
        const char *expected = fs_join(&k->c, place, "expected");
        if (!fs_is_dir(expected))
            continue;
        OK(k, cx_fmt(&k->c, "CREATE TABLE main.default.copy %s CLONE delta.`%s/delta`",
                     kinds[i % 2], place));
        const char *wrong = compare(k, "main.default.copy", expected);
        if (*wrong)
            print_error("%s %s: %s\n", kinds[i % 2], all.names[i / 2], wrong);
        bad += *wrong != 0;
        OK(k, "DROP TABLE IF EXISTS main.default.copy");
    }
    assert_int_equal(0, bad);
}

/* Tables of the kernel's tests: no expected rows, but each must be read to the end. */
static void tables_with_newer_features_can_be_read(void **state)
{
    kit *k = *state;
    const char *golden = kit_golden();
    if (!golden)
        skip();
    char *root = NULL;
    assert_int_equal(CX_OK, fs_absolute(&k->c, golden, &root));
    const names all = tables_in(&k->c, fs_join(&k->c, root, "more"));
    for (size_t i = 0; i < all.n; i++) {
        const char *place = cx_fmt(&k->c, "%s/more/%s", root, all.names[i]);
        if (!fs_is_dir(fs_join(&k->c, place, "_delta_log")))
            place = fs_join(&k->c, place, "delta");
        if (kit_run(k, cx_fmt(&k->c, "SELECT * FROM delta.`%s`", place)) != CX_OK)
            print_message("%s: %s\n", all.names[i], k->c.error.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(rows_equal_those_that_spark_read),
        T(what_cannot_be_read_is_refused_with_a_reason),
        T(clones_have_the_rows_of_their_source),
        T(tables_with_newer_features_can_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
