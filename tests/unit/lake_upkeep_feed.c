/* table_changes: what each version did, as rows. */
#include "unit/lake_engine.h"

#include "lake/engine/engine_int.h"

#define FEED "TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')"
#define CHANGES "SELECT _commit_version, _change_type, a FROM table_changes('t', "

static void inserts_deletes_and_updates_are_told_with_their_version(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT, b STRING) " FEED);
    OK(k, "INSERT INTO t VALUES (1, 'x'), (2, 'y')");
    OK(k, "UPDATE t SET b = 'z' WHERE a = 2");
    OK(k, "DELETE FROM t WHERE a = 1");
    TYPES(k, "SELECT * FROM table_changes('main.default.t', 0)",
          "a INT, b STRING, _change_type STRING, _commit_version BIGINT, _commit_timestamp "
          "TIMESTAMP");
    ROWS(k,
         "SELECT _commit_version, _change_type, a, b FROM table_changes('t', 0) "
         "ORDER BY _commit_version, a, _change_type DESC",
         "1|insert|1|x\n1|insert|2|y\n2|update_preimage|2|y\n2|update_postimage|2|z\n"
         "3|delete|1|x");
    ROWS(k, CHANGES "2, 2) WHERE _change_type = 'update_postimage'", "2|update_postimage|2");
    ROWS(k, "SELECT count(*) FROM table_changes('t', 1, 99)", "5");
}

static void a_whole_table_deleted_is_told_from_its_files(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT) " FEED);
    OK(k, "INSERT INTO t VALUES (1), (2)");
    OK(k, "DELETE FROM t");
    ROWS(k, CHANGES "0) ORDER BY 1, 3", "1|insert|1\n1|insert|2\n2|delete|1\n2|delete|2");
}

/* Commits another deletion vector of the table's only file, without change files. */
static void set_vector(kit *k, const char *root, const uint64_t *rows, size_t n)
{
    AUTO(delta_table) t = NULL;
    AUTO(delta_snapshot) s = NULL;
    AUTO(json) actions = json_array();
    const delta_parquet parquet = eng_parquet(k->e);
    delta_dv dv;
    int64_t version;
    assert_int_equal(CX_OK, delta_open(&k->c, root, &parquet, &t));
    assert_int_equal(CX_OK, delta_snapshot_load(&k->c, t, DELTA_LATEST, &s));
    assert_int_equal(CX_OK, delta_dv_write(&k->c, t, &(delta_rows){rows, n}, 1, &dv));
    assert_int_equal(CX_OK, delta_dv_actions(&k->c, delta_file_at(s, 0), &dv, 4, actions));
    const delta_commit m = {
        .operation = "DELETE", .read_version = delta_version(s), .actions = actions};
    if (delta_commit_write(&k->c, t, &m, &version) != CX_OK)
        fail_msg("%s", k->c.error.message);
}

static void vectors_that_grow_and_shrink_are_deletes_and_inserts(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true', "
          "'delta.enableDeletionVectors' = 'true')");
    OK(k, "INSERT INTO t VALUES (10), (11), (12), (13)");
    OK(k, "DESCRIBE DETAIL t");
    const char *at = strstr(buf_text(&k->rows), "file:") + 5;
    const char *root = cx_dupn(&k->c, at, strcspn(at, "|"));
    set_vector(k, root, (const uint64_t[]){1, 2}, 2);
    set_vector(k, root, (const uint64_t[]){1, 2, 3}, 3);
    ROWS(k, CHANGES "2) ORDER BY 1, 3", "2|delete|11\n2|delete|12\n3|delete|13");
    OK(k, "RESTORE TABLE t TO VERSION AS OF 2");
    ROWS(k, CHANGES "4)", "4|insert|13");
    OK(k, "DELETE FROM t");
    ROWS(k, CHANGES "5) ORDER BY a", "5|delete|10\n5|delete|13");
    ROWS(k, "SELECT count(*), count(DISTINCT a) FROM table_changes('t', 0)", "10|4");
}

static void partitions_renamed_columns_and_added_ones_are_as_the_last_version_has_them(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT, p DATE) PARTITIONED BY (p) TBLPROPERTIES "
          "('delta.enableChangeDataFeed' = 'true', 'delta.columnMapping.mode' = 'name')");
    OK(k, "INSERT INTO t VALUES (1, DATE'2024-01-01'), (2, NULL)");
    OK(k, "ALTER TABLE t ADD COLUMN c STRING");
    OK(k, "INSERT INTO t VALUES (3, DATE'2024-01-02', 'new')");
    OK(k, "UPDATE t SET c = 'set' WHERE a = 1");
    ROWS(k,
         "SELECT a, p, c, _change_type FROM table_changes('t', 0) ORDER BY _commit_version, a, "
         "_change_type DESC",
         "1|2024-01-01|NULL|insert\n2|NULL|NULL|insert\n3|2024-01-02|new|insert\n"
         "1|2024-01-01|NULL|update_preimage\n1|2024-01-01|set|update_postimage");
    OK(k, "ALTER TABLE t RENAME COLUMN c TO d");
    FAILS(k, "SELECT * FROM table_changes('t', 0)",
          "DELTA_CHANGE_DATA_FEED_INCOMPATIBLE_SCHEMA_CHANGE");
    OK(k, "INSERT INTO t VALUES (4, NULL, 'later')");
    ROWS(k, "SELECT d, _change_type FROM table_changes('t', 6)", "later|insert");
}

static void a_mapped_table_that_was_replaced_does_not_tell_rows_without_their_values(void **state)
{
    kit *k = *state;
    static const char table[] =
        "TABLE t (a INT) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true', "
        "'delta.columnMapping.mode' = 'name')";
    OK(k, cx_fmt(&k->c, "CREATE %s", table));
    OK(k, "INSERT INTO t VALUES (1)");
    OK(k, cx_fmt(&k->c, "CREATE OR REPLACE %s", table));
    OK(k, "INSERT INTO t VALUES (2)");
    const cx_code rc = kit_run(k, CHANGES "2) ORDER BY 1");
    if (rc == CX_OK) /* the replaced column kept its physical name */
        assert_string_equal("2|delete|1\n3|insert|2", buf_text(&k->rows));
    else
        assert_string_equal("DELTA_CHANGE_DATA_FEED_INCOMPATIBLE_SCHEMA_CHANGE",
                            k->c.error.condition);
    ROWS(k, CHANGES "3)", "3|insert|2");
}

static void a_feed_joins_and_has_an_alias_and_stands_in_views(void **state)
{
    kit *k = *state;
    OK(k, "CREATE CATALOG other");
    OK(k, "CREATE SCHEMA other.s");
    OK(k, "CREATE TABLE other.s.t (a INT, b STRING) " FEED);
    OK(k, "INSERT INTO other.s.t VALUES (1, 'x'), (2, 'y')");
    ROWS(k,
         "SELECT c.a, t.b, c._change_type FROM table_changes('other.s.t', 1) AS c JOIN other.s.t t "
         "ON c.a = t.a ORDER BY 1",
         "1|x|insert\n2|y|insert");
    OK(k, "CREATE VIEW v AS SELECT a FROM table_changes('`other`.`s`.`t`', 0) WHERE a > 1");
    ROWS(k, "SELECT * FROM v", "2");
    ROWS(k, "WITH n AS (SELECT max(a) AS m FROM table_changes('other.s.t', 0)) SELECT m FROM n",
         "2");
    ROWS(k,
         "SELECT x.a FROM table_changes('other.s.t', 0) x, table_changes('other.s.t', 1, 1) y "
         "WHERE x.a = y.a AND y.b = 'y'",
         "2");
}

static void times_choose_versions(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT) " FEED);
    OK(k, "INSERT INTO t VALUES (1)");
    cx_sleep_ms(&k->c, 5);
    OK(k, "INSERT INTO t VALUES (2)");
    ROWS(k, "SELECT count(*) FROM table_changes('t', '2020-01-01')", "2");
    ROWS(k, "SELECT count(*) FROM table_changes('t', '2020-01-01', current_timestamp())", "2");
    ROWS(k, "SELECT count(*) FROM table_changes('t', TIMESTAMP'2020-01-01 00:00:00', 1)", "1");
    OK(k, "SELECT timestamp FROM (DESCRIBE HISTORY t) WHERE version = 2");
    const char *at = cx_dup(&k->c, buf_text(&k->rows));
    ROWS(k, cx_fmt(&k->c, CHANGES "'%s')", at), "2|insert|2");
    FAILS(k, "SELECT * FROM table_changes('t', '2999-01-01')",
          "DELTA_TIMESTAMP_GREATER_THAN_COMMIT");
}

static void what_cannot_be_told_is_refused_by_name(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE off (a INT)");
    OK(k, "CREATE TABLE t (a INT) " FEED);
    OK(k, "CREATE VIEW v AS SELECT * FROM t");
    FAILS(k, "SELECT * FROM table_changes('off', 0)", "DELTA_MISSING_CHANGE_DATA");
    assert_string_equal("KD002", k->c.error.sqlstate);
    FAILS(k, "SELECT * FROM table_changes('t', 7)", "DELTA_CDC_START_VERSION_AFTER_LATEST");
    FAILS(k, "SELECT * FROM table_changes('t', 0, -1)", "INVALID_TIME_TRAVEL_SPEC");
    OK(k, "INSERT INTO t VALUES (1)");
    FAILS(k, "SELECT * FROM table_changes('t', 1, 0)", "DELTA_INVALID_CDC_RANGE");
    FAILS(k, "SELECT * FROM table_changes('t', NULL)", "DELTA_CDC_READ_NULL_RANGE_BOUNDARY");
    FAILS(k, "SELECT * FROM table_changes('v', 0)", "DELTA_TABLE_CHANGES_VIEW_UNSUPPORTED");
    FAILS(k, "SELECT * FROM table_changes('nope', 0)", "TABLE_OR_VIEW_NOT_FOUND");
    FAILS(k, "SELECT * FROM table_changes('t')", "WRONG_NUM_ARGS.WITHOUT_SUGGESTION");
    FAILS(k, "SELECT * FROM table_changes(t, 0)", "NON_FOLDABLE_ARGUMENT");
}

static void a_feed_wants_the_right_to_read_its_table(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (a INT) " FEED);
    OK(k, "INSERT INTO t VALUES (1)");
    assert_int_equal(CX_OK, meta_principal_add(&k->c, k->m, "reader@x", false));
    OK(k, "GRANT USE CATALOG ON CATALOG main TO `reader@x`");
    OK(k, "GRANT USE SCHEMA ON SCHEMA main.default TO `reader@x`");
    k->principal = "reader@x";
    FAILS(k, "SELECT * FROM table_changes('t', 0)", "INSUFFICIENT_PERMISSIONS");
    k->principal = meta_owner(k->m);
    OK(k, "GRANT SELECT ON TABLE t TO `reader@x`");
    k->principal = "reader@x";
    ROWS(k, CHANGES "0)", "1|insert|1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(inserts_deletes_and_updates_are_told_with_their_version),
        T(a_whole_table_deleted_is_told_from_its_files),
        T(vectors_that_grow_and_shrink_are_deletes_and_inserts),
        T(partitions_renamed_columns_and_added_ones_are_as_the_last_version_has_them),
        T(a_mapped_table_that_was_replaced_does_not_tell_rows_without_their_values),
        T(a_feed_joins_and_has_an_alias_and_stands_in_views),
        T(times_choose_versions),
        T(what_cannot_be_told_is_refused_by_name),
        T(a_feed_wants_the_right_to_read_its_table),
    };
    return cmocka_run_group_tests_name("table_changes", tests, NULL, NULL);
}
