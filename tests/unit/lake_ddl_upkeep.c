/* What ALTER leaves behind: rows of the metastore after a crash, features that go, ids of rows. */
#include "delta/delta.h"
#include "lake_engine.h"

#include <sys/wait.h>

static void remember(kit *k, const char *table, meta_object *out)
{
    const meta_name n = {"main", "default", table};
    assert_int_equal(CX_OK, meta_load(&k->c, k->m, META_TABLE, n, out));
}

/* As if the process had died after the commit and before the row. */
static void put_back(kit *k, const meta_object *old)
{
    AUTO(json)
    changes = json_pack("{s:O, s:O, s:O}", "columns", old->columns, "properties", old->properties,
                        "routine", old->routine);
    assert_int_equal(CX_OK, meta_update(&k->c, k->m, META_TABLE, old->name, changes, k->principal));
}

static void leave_note(kit *k, const char *location)
{
    const pid_t child = fork();
    if (child == 0) {
        cx c;
        meta *m = NULL;
        int64_t id;
        cx_init(&c);
        _exit(meta_open(&c, k->root, &m) == CX_OK &&
                      meta_pending_begin(&c, m, location, &id) == CX_OK
                  ? 0
                  : 1);
    }
    int status = 1;
    assert_int_equal(child, waitpid(child, &status, 0));
    assert_int_equal(0, status);
}

#define LISTED \
    "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 't'"

static void recovery_brings_a_row_up_to_its_log(void **state)
{
    kit *k = *state;
    AUTO_CLEAR(meta_object) old = {0};
    OK(k, "CREATE TABLE t (a INT)");
    remember(k, "t", &old);
    OK(k, "ALTER TABLE t ADD COLUMN b STRING");
    put_back(k, &old);
    leave_note(k, old.location);
    ROWS(k, LISTED, "a|INT");
    assert_int_equal(CX_OK, engine_recover(&k->c, k->e));
    ROWS(k, LISTED " ORDER BY ordinal_position", "a|INT\nb|STRING");
}

static void put_file(kit *k, const char *folder, const char *name)
{
    assert_int_equal(CX_OK, fs_mkdirs(&k->c, folder));
    assert_int_equal(CX_OK, fs_replace(&k->c, fs_join(&k->c, folder, name), "x", 1, false));
}

static void recovery_leaves_alone_what_a_user_put_below_the_root(void **state)
{
    kit *k = *state;
    const char *there = cx_fmt(&k->c, "%s/tables/mine/data", k->root),
               *table = cx_fmt(&k->c, "%s/made/t", k->root),
               *ours = meta_new_location(&k->c, k->m, META_TABLE),
               *empty = cx_fmt(&k->c, "%s/made/nothing", k->root);
    put_file(k, there, "notes.txt");
    put_file(k, ours, "part-x.parquet");
    assert_int_equal(CX_OK, fs_mkdirs(&k->c, cx_fmt(&k->c, "%s/_delta_log", empty)));
    OK(k, cx_fmt(&k->c, "CREATE TABLE t (a INT) LOCATION '%s'", table));
    OK(k, "INSERT INTO t VALUES (1)");
    OK(k, "DROP TABLE t");
    leave_note(k, there); /* a CREATE TABLE … LOCATION that died at once */
    leave_note(k, table);
    leave_note(k, ours);
    leave_note(k, empty);
    assert_int_equal(CX_OK, engine_recover(&k->c, k->e));
    assert_true(fs_exists(fs_join(&k->c, there, "notes.txt")));
    assert_false(fs_exists(ours));
    assert_false(fs_exists(empty));
    ROWS(k, cx_fmt(&k->c, "SELECT * FROM delta.`%s`", table), "1");
}

static void a_comment_is_in_the_log_too(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT) COMMENT 'one'");
    ROWS(k, "SELECT count(*) FROM (DESCRIBE HISTORY t)", "1");
    const char *const describes = "DESCRIBE DETAIL t";
    OK(k, describes);
    assert_non_null(strstr(buf_text(&k->rows), "|one|"));
    OK(k, "COMMENT ON TABLE t IS 'two'");
    OK(k, "COMMENT ON TABLE t IS 'two'");
    ROWS(k, "SELECT count(*) FROM (DESCRIBE HISTORY t)", "2");
    ROWS(k, "SELECT operation FROM (DESCRIBE HISTORY t LIMIT 1)", "SET TBLPROPERTIES");
    ROWS(k, "SELECT comment FROM information_schema.tables WHERE table_name = 't'", "two");
    AUTO_CLEAR(meta_object) o = {0};
    assert_int_equal(CX_OK,
                     meta_load(&k->c, k->m, META_TABLE, (meta_name){"main", "default", "t"}, &o));
    const char *by_path = cx_fmt(&k->c, "DESCRIBE DETAIL delta.`%s`", o.location);
    OK(k, by_path);
    assert_non_null(strstr(buf_text(&k->rows), "|two|"));
    OK(k, "CREATE TABLE c CLONE t");
    ROWS(k, "SELECT comment FROM information_schema.tables WHERE table_name = 'c'", "NULL");
    OK(k, "COMMENT ON TABLE t IS NULL");
    OK(k, by_path);
    assert_null(strstr(buf_text(&k->rows), "two"));
    ROWS(k, "SELECT comment FROM information_schema.tables WHERE table_name = 't'", "NULL");
    OK(k, "CREATE VIEW v AS SELECT 1 AS a");
    OK(k, "COMMENT ON TABLE v IS 'seen'");
    ROWS(k, "SELECT comment FROM information_schema.tables WHERE table_name = 'v'", "seen");
}

static void a_row_behind_its_log_is_brought_up_by_who_has_the_table_in_hand(void **state)
{
    kit *k = *state;
    AUTO_CLEAR(meta_object) old = {0};
    OK(k, "CREATE TABLE t (a INT)");
    remember(k, "t", &old);
    OK(k, "ALTER TABLE t SET TBLPROPERTIES (mine = 'x')");
    OK(k, "ALTER TABLE t ADD COLUMN b STRING");
    put_back(k, &old);
    ROWS(k, "DESCRIBE t", "a|int|NULL\nb|string|NULL");
    ROWS(k, LISTED " ORDER BY ordinal_position", "a|INT\nb|STRING");
    AUTO_CLEAR(meta_object) now = {0};
    remember(k, "t", &now);
    assert_string_equal("x", json_get_str(now.properties, "mine", ""));
}

static void an_older_version_does_not_take_the_row_back(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT)");
    OK(k, "ALTER TABLE t ADD COLUMN b STRING");
    ROWS(k, "SELECT count(*) FROM t VERSION AS OF 0", "0");
    OK(k, "RESTORE TABLE t TO VERSION AS OF 0");
    ROWS(k, "DESCRIBE t", "a|int|NULL");
    ROWS(k, LISTED, "a|INT");
}

static void a_feature_goes_when_nothing_uses_it(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT, CONSTRAINT c CHECK (a > 0)) CLUSTER BY (a) TBLPROPERTIES "
          "('delta.columnMapping.mode' = 'name')");
    FAILS(k, "ALTER TABLE t DROP FEATURE checkConstraints",
          "DELTA_CANNOT_DROP_CHECK_CONSTRAINT_FEATURE");
    OK(k, "ALTER TABLE t DROP CONSTRAINT c");
    OK(k, "ALTER TABLE t DROP FEATURE checkConstraints");
    FAILS(k, "ALTER TABLE t DROP FEATURE checkConstraints",
          "DELTA_FEATURE_DROP_FEATURE_NOT_PRESENT");
    FAILS(k, "ALTER TABLE t DROP FEATURE domainMetadata", "DELTA_FEATURE_DROP_DEPENDENT_FEATURE");
    FAILS(k, "ALTER TABLE t DROP FEATURE clustering", "DELTA_FEATURE_DROP_DEPENDENT_FEATURE");
    OK(k, "ALTER TABLE t CLUSTER BY NONE");
    OK(k, "ALTER TABLE t DROP FEATURE clustering");
    OK(k, "ALTER TABLE t DROP FEATURE domainMetadata");
    FAILS(k, "ALTER TABLE t DROP FEATURE columnMapping", "DELTA_FEATURE_DROP_NONREMOVABLE_FEATURE");
    FAILS(k, "ALTER TABLE t DROP FEATURE nonsense",
          "DELTA_FEATURE_DROP_UNSUPPORTED_CLIENT_FEATURE");
    OK(k, "INSERT INTO t VALUES (-1)");
    OK(k, "DESCRIBE DETAIL t");
    assert_non_null(
        strstr(buf_text(&k->rows), "[\"appendOnly\",\"invariants\",\"columnMapping\"]"));
}

static void a_feature_of_readers_goes_with_the_history_that_may_use_it(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT) TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')");
    OK(k, "INSERT INTO t VALUES (1)");
    FAILS(k, "ALTER TABLE t DROP FEATURE deletionVectors",
          "DELTA_FEATURE_DROP_HISTORICAL_VERSIONS_EXIST");
    OK(k, "CREATE TABLE u (a INT, CHECK (a > 0)) TBLPROPERTIES ('delta.feature.deletionVectors' = "
          "'supported', 'delta.feature.vacuumProtocolCheck' = 'supported')");
    OK(k, "INSERT INTO u VALUES (1)");
    OK(k, "ALTER TABLE u DROP FEATURE deletionVectors");
    OK(k, "ALTER TABLE u DROP FEATURE vacuumProtocolCheck TRUNCATE HISTORY");
    OK(k, "DESCRIBE DETAIL u");
    assert_non_null(
        strstr(buf_text(&k->rows), "|1|3|[\"appendOnly\",\"invariants\",\"checkConstraints\"]"));
}

static void row_tracking_gives_ids_to_the_rows_that_are_there(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT)");
    OK(k, "INSERT INTO t VALUES (1), (2)");
    OK(k, "INSERT INTO t VALUES (3)");
    OK(k, "ALTER TABLE t SET TBLPROPERTIES ('delta.enableRowTracking' = 'true')");
    ROWS(k, "SELECT count(*) FROM t", "3");
    AUTO_CLEAR(meta_object) o = {0};
    remember(k, "t", &o);
    AUTO(delta_table) table = NULL;
    AUTO(delta_snapshot) s = NULL;
    assert_int_equal(CX_OK, delta_open(&k->c, o.location, NULL, &table));
    assert_int_equal(CX_OK, delta_snapshot_load(&k->c, table, DELTA_LATEST, &s));
    assert_int_equal(2, delta_file_count(s));
    int64_t sum = 0;
    for (size_t i = 0; i < 2; i++) {
        AUTO(json) add = NULL;
        assert_int_equal(CX_OK, delta_file_add(&k->c, delta_file_at(s, i), &add));
        assert_non_null(json_get(add, "baseRowId"));
        assert_int_equal(3, json_get_int(add, "defaultRowCommitVersion", -1));
        sum += json_get_int(add, "baseRowId", 0);
    }
    assert_true(sum == 1 || sum == 2); /* 0 and the other file's number of rows */
    assert_non_null(delta_property(s, "delta.rowTracking.materializedRowIdColumnName"));
    OK(k, "INSERT INTO t VALUES (4)");
    ROWS(k, "SELECT count(*) FROM t", "4");
}

static void identity_is_brought_up_to_the_rows(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (id BIGINT GENERATED BY DEFAULT AS IDENTITY (START WITH 10 INCREMENT BY "
          "5), a INT)");
    OK(k, "ALTER TABLE t SET TBLPROPERTIES ('delta.enableTypeWidening' = 'true')");
    FAILS(k, "ALTER TABLE t ALTER COLUMN id TYPE DECIMAL(30,0)",
          "DELTA_IDENTITY_COLUMNS_ALTER_COLUMN_NOT_SUPPORTED");
    FAILS(k, "ALTER TABLE t ALTER COLUMN a SYNC IDENTITY",
          "DELTA_IDENTITY_COLUMNS_ALTER_NON_IDENTITY_COLUMN");
    OK(k, "ALTER TABLE t ALTER COLUMN id SYNC IDENTITY");
    OK(k, "INSERT INTO t VALUES (32, 1)");
    OK(k, "ALTER TABLE t ALTER COLUMN id SYNC IDENTITY");
    OK(k, "INSERT INTO t (a) VALUES (2)");
    ROWS(k, "SELECT max(id) FROM t", "40");
}

static void an_external_table_moves_to_an_equal_one(void **state)
{
    kit *k = *state;
    OK(k, cx_fmt(&k->c, "CREATE TABLE t (a INT) LOCATION '%s/one'", k->root));
    OK(k, cx_fmt(&k->c, "CREATE TABLE u (a INT) LOCATION '%s/two'", k->root));
    OK(k, cx_fmt(&k->c, "CREATE TABLE v (b INT) LOCATION '%s/three'", k->root));
    OK(k, "INSERT INTO u VALUES (7)");
    OK(k, cx_fmt(&k->c, "ALTER TABLE t SET LOCATION '%s/two'", k->root));
    ROWS(k, "SELECT a FROM t", "7");
    FAILS(k, cx_fmt(&k->c, "ALTER TABLE t SET LOCATION '%s/three'", k->root),
          "DELTA_SET_LOCATION_SCHEMA_MISMATCH");
    OK(k, "CREATE TABLE m (a INT)");
    FAILS(k, cx_fmt(&k->c, "ALTER TABLE m SET LOCATION '%s/two'", k->root),
          "OPERATION_NOT_SUPPORTED_ON_MANAGED_TABLE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(recovery_leaves_alone_what_a_user_put_below_the_root),
        T(a_comment_is_in_the_log_too),
        T(recovery_brings_a_row_up_to_its_log),
        T(a_row_behind_its_log_is_brought_up_by_who_has_the_table_in_hand),
        T(an_older_version_does_not_take_the_row_back),
        T(a_feature_goes_when_nothing_uses_it),
        T(a_feature_of_readers_goes_with_the_history_that_may_use_it),
        T(row_tracking_gives_ids_to_the_rows_that_are_there),
        T(identity_is_brought_up_to_the_rows),
        T(an_external_table_moves_to_an_equal_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
