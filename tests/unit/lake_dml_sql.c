/* DELETE, UPDATE and MERGE on tables of every kind: what they say, what the table has after, what
 * the history and the log tell. */
#include "unit/lake_engine.h"

#include "delta/delta.h"

/* The kinds of table that one mechanism must serve alike. */
static const char *const kinds[] = {
    "",
    "TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')",
    "TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')",
    "TBLPROPERTIES ('delta.enableDeletionVectors' = 'true', 'delta.enableChangeDataFeed' = 'true')",
    "TBLPROPERTIES ('delta.columnMapping.mode' = 'name')",
    "PARTITIONED BY (g)",
    "PARTITIONED BY (g) TBLPROPERTIES ('delta.enableDeletionVectors' = 'true', "
    "'delta.enableChangeDataFeed' = 'true')",
};

static void make(kit *k, const char *kind)
{
    OK(k, "DROP TABLE IF EXISTS t");
    OK(k, cx_fmt(&k->c, "CREATE TABLE t (id BIGINT, g STRING, v INT) %s", kind));
    OK(k, "INSERT INTO t VALUES (1, 'a', 10), (2, 'b', 20), (3, 'a', NULL), (4, NULL, 40)");
    OK(k, "INSERT INTO t VALUES (5, 'b', 50), (6, 'a', 60)");
}

#define ALL "SELECT * FROM t ORDER BY id, v"

static void rows_are_deleted_from_every_kind_of_table(void **state)
{
    kit *k = *state;
    for (size_t i = 0; i < CX_COUNT(kinds); i++) {
        make(k, kinds[i]);
        ROWS(k, "DELETE FROM t WHERE v > 15 AND g = 'b'", "2");
        ROWS(k, ALL, "1|a|10\n3|a|NULL\n4|NULL|40\n6|a|60");
        ROWS(k, "DELETE FROM t AS x WHERE x.v IS NULL OR x.id = 6", "2");
        ROWS(k, ALL, "1|a|10\n4|NULL|40");
        ROWS(k, "DELETE FROM t WHERE v > 1000", "0");
        ROWS(k, "DELETE FROM main.default.t WHERE main.default.t.id = 1", "1");
        ROWS(k, "DELETE FROM t WHERE id IN (SELECT max(id) FROM t)", "1");
        ROWS(k, ALL, "");
    }
}

static void rows_are_updated_in_every_kind_of_table(void **state)
{
    kit *k = *state;
    for (size_t i = 0; i < CX_COUNT(kinds); i++) {
        make(k, kinds[i]);
        ROWS(k, "UPDATE t SET v = v + 1, g = upper(g) WHERE id >= 3", "4");
        ROWS(k, ALL, "1|a|10\n2|b|20\n3|A|NULL\n4|NULL|41\n5|B|51\n6|A|61");
        ROWS(k, "UPDATE t AS x SET x.v = id WHERE EXISTS (SELECT 1 FROM t y WHERE y.id = x.id + 5)",
             "1");
        ROWS(k, "UPDATE t SET v = (SELECT max(v) FROM t) WHERE id = 2", "1");
        ROWS(k, ALL, "1|a|1\n2|b|61\n3|A|NULL\n4|NULL|41\n5|B|51\n6|A|61");
        ROWS(k, "UPDATE t SET v = 0", "6");
        ROWS(k, "SELECT count(*), sum(v) FROM t", "6|0");
    }
}

static void merge_does_each_of_its_clauses_in_every_kind_of_table(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE s (id BIGINT, g STRING, v INT, op STRING)");
    OK(k, "INSERT INTO s VALUES (1, 'a', 11, 'u'), (2, 'b', 0, 'd'), (7, 'c', 70, 'u'), "
          "(8, 'c', 80, 'skip'), (3, 'z', 33, 'none')");
    for (size_t i = 0; i < CX_COUNT(kinds); i++) {
        make(k, kinds[i]);
        ROWS(
            k,
            "MERGE INTO t USING s ON t.id = s.id "
            "WHEN MATCHED AND s.op = 'd' THEN DELETE "
            "WHEN MATCHED AND s.op = 'u' THEN UPDATE SET v = s.v + CASE WHEN t.v > 5 THEN 1 ELSE 0 "
            "END "
            "WHEN NOT MATCHED AND op <> 'skip' THEN INSERT (id, g, v) VALUES (s.id, s.g, s.v) "
            "WHEN NOT MATCHED BY SOURCE AND t.id = 4 THEN UPDATE SET g = 'left' "
            "WHEN NOT MATCHED BY SOURCE AND t.id = 5 THEN DELETE",
            "5|2|2|1");
        ROWS(k, ALL, "1|a|12\n3|a|NULL\n4|left|40\n6|a|60\n7|c|70");
    }
}

static void merge_takes_stars_and_sources_of_all_kinds(void **state)
{
    kit *k = *state;
    make(k, "");
    ROWS(k,
         "MERGE INTO main.default.t AS x USING (SELECT 6 AS v, 1 AS id, 'q' AS g UNION ALL SELECT "
         "90, 9, 'n') AS s ON x.id = s.id WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN "
         "INSERT *",
         "2|1|0|1");
    ROWS(k, "SELECT * FROM t WHERE id IN (1, 9) ORDER BY id", "1|q|6\n9|n|90");
    ROWS(k,
         "MERGE INTO t USING t VERSION AS OF 1 AS old ON t.id = old.id AND t.id = 1 WHEN MATCHED "
         "THEN UPDATE SET t.v = old.v, g = old.g",
         "1|1|0|0");
    ROWS(k, "MERGE INTO t USING t AS s ON t.id = s.id AND s.id > 4 WHEN MATCHED THEN DELETE",
         "3|0|3|0");
    ROWS(
        k,
        "MERGE INTO t USING (VALUES (1, 2)) AS s (a, b) ON id = a WHEN MATCHED THEN UPDATE SET v = "
        "b",
        "1|1|0|0");
    ROWS(k, "MERGE INTO t USING main.default.t s ON false WHEN NOT MATCHED BY TARGET THEN INSERT *",
         "4|0|0|4");
    ROWS(k, "SELECT count(*), sum(v) FROM t", "8|124");
    FAILS(k, "MERGE INTO t USING (SELECT 1 AS id) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET *",
          "DELTA_MERGE_UNRESOLVED_EXPRESSION");
    FAILS(k, "MERGE INTO t USING (SELECT 1 AS id) s ON t.id = s.id", "MERGE_WITHOUT_WHEN");
    FAILS(k,
          "MERGE INTO t USING (SELECT 1 AS id) s ON t.id = s.id WHEN MATCHED THEN DELETE WHEN "
          "MATCHED THEN UPDATE SET v = 1",
          "NON_LAST_MATCHED_CLAUSE_OMIT_CONDITION");
}

static void two_source_rows_for_one_target_row_are_refused_with_the_key(void **state)
{
    static const char two[] = "(SELECT 2 AS id, 1 AS v UNION ALL SELECT 2, 5) s";
    kit *k = *state;
    make(k, "");
    FAILS(k,
          cx_fmt(&k->c, "MERGE INTO t USING %s ON t.id = s.id WHEN MATCHED THEN UPDATE SET v = s.v",
                 two),
          "DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE");
    assert_non_null(strstr(k->c.error.message, "(id = 2)"));
    assert_string_equal("21506", k->c.error.sqlstate);
    ROWS(k,
         cx_fmt(&k->c,
                "MERGE INTO t USING %s ON t.id = s.id WHEN MATCHED AND s.v = 5 THEN UPDATE SET v = "
                "s.v",
                two),
         "1|1|0|0");
    ROWS(k, cx_fmt(&k->c, "MERGE INTO t USING %s ON t.id = s.id WHEN MATCHED THEN DELETE", two),
         "1|0|1|0");
    ROWS(k, ALL, "1|a|10\n3|a|NULL\n4|NULL|40\n5|b|50\n6|a|60");
}

static void what_a_clause_does_not_take_is_not_evaluated(void **state)
{
    kit *k = *state;
    make(k, "");
    ROWS(k,
         "MERGE INTO t USING (SELECT 1 AS id, 0 AS d UNION ALL SELECT 100, 2) s ON t.id = s.id "
         "WHEN NOT MATCHED THEN INSERT (id, v) VALUES (s.id, CAST(100 div s.d AS INT))",
         "1|0|0|1");
    ROWS(k, "SELECT id, v FROM t WHERE id = 100", "100|50");
}

static void a_random_source_is_one_thing_to_every_clause(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (id BIGINT, v DOUBLE)");
    OK(k, "INSERT INTO t SELECT id, 0 FROM range(1000) AS r(id)");
    OK(k,
       "MERGE INTO t USING (SELECT id, rand() AS v FROM range(2000) AS r(id) WHERE rand() < 0.5) "
       "s ON t.id = s.id WHEN MATCHED AND s.v < 0.5 THEN DELETE WHEN MATCHED AND s.v >= 0.5 "
       "THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT *");
    ROWS(k, "SELECT count(*) FROM t WHERE id < 1000 AND v <> 0 AND v < 0.5", "0");
    ROWS(k, "SELECT count(*) FROM t GROUP BY id HAVING count(*) > 1", "");
}

static void values_are_assigned_as_columns_want_them(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (id INT NOT NULL, s STRUCT<a: INT, b: STRUCT<c: STRING, d: INT>>, "
          "x ARRAY<BIGINT>, d DATE, n DECIMAL(10,2), w STRING DEFAULT 'std') "
          "TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported')");
    OK(k, "INSERT INTO t SELECT 1, named_struct('a', 1, 'b', named_struct('c', 'x', 'd', 2)), "
          "array(1, 2), DATE'2020-01-01', 1.5, 'w'");
    OK(k, "INSERT INTO t (id) VALUES (2)");
    ROWS(k, "UPDATE t SET s.a = 7, s.b.c = 'y', n = 2, d = '2021-02-03', w = DEFAULT WHERE id = 1",
         "1");
    ROWS(k, "SELECT s.a, s.b.c, s.b.d, x[1], d, n, w FROM t WHERE id = 1",
         "7|y|2|2|2021-02-03|2.00|std");
    ROWS(k, "UPDATE t SET s.b.d = 5 WHERE id = 2", "1");
    ROWS(k, "SELECT s.a, s.b.c, s.b.d FROM t WHERE id = 2", "NULL|NULL|5");
    ROWS(
        k,
        "MERGE INTO t USING (SELECT 3 AS id) q ON t.id = q.id WHEN NOT MATCHED THEN INSERT (id, w) "
        "VALUES (q.id, DEFAULT)",
        "1|0|0|1");
    ROWS(k,
         "MERGE INTO t USING (SELECT 4 AS id) q ON t.id = q.id WHEN NOT MATCHED THEN INSERT (id) "
         "VALUES (q.id)",
         "1|0|0|1");
    ROWS(k, "SELECT id, w FROM t WHERE id > 2 ORDER BY id", "3|std\n4|std");
    FAILS(k, "UPDATE t SET nope = 1", "UNRESOLVED_COLUMN.WITH_SUGGESTION");
    FAILS(k, "UPDATE t SET s.nope = 1", "UNRESOLVED_COLUMN.WITH_SUGGESTION");
    FAILS(k, "UPDATE t SET n = 1, n = 2", "DUPLICATE_ASSIGNMENTS");
    FAILS(k, "UPDATE t SET s = NULL, s.a = 2", "DELTA_CONFLICT_SET_COLUMN");
    FAILS(k, "UPDATE t SET id = NULL WHERE id = 1", "DELTA_NOT_NULL_CONSTRAINT_VIOLATED");
    FAILS(k, "UPDATE t SET id = 'x' WHERE id = 1", "CAST_INVALID_INPUT");
    ROWS(k, "SELECT count(*) FROM t WHERE id = 1", "1");
}

static void rules_hold_for_changed_rows(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (id INT, v INT)");
    OK(k, "INSERT INTO t VALUES (1, 1), (2, 2)");
    OK(k, "ALTER TABLE t ADD CONSTRAINT small CHECK (v < 100)");
    FAILS(k, "UPDATE t SET v = 100 WHERE id = 1", "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES");
    FAILS(k,
          "MERGE INTO t USING (SELECT 3 AS id, 200 AS v) s ON t.id = s.id WHEN NOT MATCHED THEN "
          "INSERT *",
          "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES");
    ROWS(k, "UPDATE t SET v = 99 WHERE id = 1", "1");
    OK(k, "ALTER TABLE t SET TBLPROPERTIES ('delta.appendOnly' = 'true')");
    FAILS(k, "UPDATE t SET v = 1", "DELTA_CANNOT_MODIFY_APPEND_ONLY");
    FAILS(k, "DELETE FROM t", "DELTA_CANNOT_MODIFY_APPEND_ONLY");
}

static void generated_columns_follow_the_columns_they_are_made_of(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (id INT, twice INT GENERATED ALWAYS AS (id * 2), v INT)");
    OK(k, "INSERT INTO t (id, v) VALUES (1, 1), (2, 2)");
    ROWS(k, "UPDATE t SET id = id + 10 WHERE v = 2", "1");
    ROWS(k,
         "MERGE INTO t USING (SELECT 1 AS id, 5 AS v UNION ALL SELECT 7, 7) s ON t.id = s.id WHEN "
         "MATCHED THEN UPDATE SET id = 3 WHEN NOT MATCHED THEN INSERT (id, v) VALUES (s.id, s.v)",
         "2|1|0|1");
    ROWS(k, "SELECT * FROM t ORDER BY id", "3|6|1\n7|14|7\n12|24|2");
    FAILS(k, "UPDATE t SET twice = 5 WHERE id = 3", "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES");
}

static void identity_columns_number_what_a_merge_inserts(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (n BIGINT GENERATED ALWAYS AS IDENTITY, id INT, v STRING)");
    OK(k, "INSERT INTO t (id) VALUES (10), (20)");
    ROWS(k,
         "MERGE INTO t USING (SELECT 20 AS id UNION ALL SELECT 30 UNION ALL SELECT 40) s ON t.id = "
         "s.id WHEN MATCHED THEN UPDATE SET v = 'm' WHEN NOT MATCHED AND s.id = 30 THEN INSERT "
         "(id, v) VALUES (s.id, 'three') WHEN NOT MATCHED THEN INSERT (n, id) VALUES (DEFAULT, "
         "s.id)",
         "3|1|0|2");
    OK(k, "INSERT INTO t (id) VALUES (50)");
    ROWS(k, "SELECT count(DISTINCT n), min(n), max(n), count(*) FROM t", "5|1|5|5");
    FAILS(k, "UPDATE t SET n = 5", "DELTA_IDENTITY_COLUMNS_UPDATE_NOT_SUPPORTED");
    FAILS(
        k,
        "MERGE INTO t USING (SELECT 1 AS n) s ON false WHEN NOT MATCHED THEN INSERT (n) VALUES (n)",
        "DELTA_IDENTITY_COLUMNS_EXPLICIT_INSERT_NOT_SUPPORTED");
}

static void values_that_do_not_fit_are_refused(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (b TINYINT, i INT, d DECIMAL(4,1))");
    OK(k, "INSERT INTO t VALUES (1, 1, 1)");
    ROWS(k, "UPDATE t SET i = 2.7, d = 3.14", "1");
    ROWS(k, "SELECT * FROM t", "1|2|3.1");
    FAILS(k, "UPDATE t SET b = 1000", "CAST_OVERFLOW_IN_TABLE_INSERT");
    FAILS(k, "MERGE INTO t USING (SELECT 300 AS b) s ON true WHEN MATCHED THEN UPDATE SET b = s.b",
          "CAST_OVERFLOW_IN_TABLE_INSERT");
}

static void a_merge_may_bring_new_columns(void **state)
{
    kit *k = *state;
    for (size_t i = 0; i < CX_COUNT(kinds); i++) {
        make(k, kinds[i]);
        ROWS(
            k,
            "MERGE WITH SCHEMA EVOLUTION INTO t USING (SELECT 1 AS id, 'n' AS fresh, 1.5 AS d UNION "
            "ALL SELECT 9, 'm', 2.5) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET * WHEN NOT "
            "MATCHED THEN INSERT *",
            "2|1|0|1");
        ROWS(k, "SELECT * FROM t WHERE id IN (1, 2, 9) ORDER BY id",
             "1|a|10|n|1.5\n2|b|20|NULL|NULL\n9|NULL|NULL|m|2.5");
        TYPES(k, "SELECT * FROM t", "id BIGINT, g STRING, v INT, fresh STRING, d DECIMAL(2,1)");
        ROWS(k, "UPDATE t SET fresh = 'u' WHERE id = 2", "1");
        ROWS(k,
             "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'default' AND "
             "table_name = 't'",
             "5");
    }
}

static void what_is_wrong_is_told_in_the_users_names(void **state)
{
    kit *k = *state;
    make(k, "");
    FAILS(k, "UPDATE t SET v = nope + 1", "UNRESOLVED_COLUMN.WITH_SUGGESTION");
    assert_null(strstr(k->c.error.message, "__clxs"));
    FAILS(k, "DELETE FROM t WHERE t.nope = 1", "UNRESOLVED_COLUMN.WITH_SUGGESTION");
    assert_null(strstr(k->c.error.message, "__clxs"));
    assert_int_not_equal(CX_OK, kit_run(k, "MERGE INTO t USING t s ON t.id = s.nope WHEN MATCHED "
                                           "THEN DELETE"));
    assert_null(strstr(k->c.error.message, "__clxs"));
    FAILS(k, "DELETE FROM t WHERE", "PARSE_SYNTAX_ERROR");
    FAILS(k, "DELETE FROM nope", "TABLE_OR_VIEW_NOT_FOUND");
    FAILS(k, "MERGE INTO t USING nope ON true WHEN MATCHED THEN DELETE", "TABLE_OR_VIEW_NOT_FOUND");
}

/* A table as a writer without statistics leaves it: adds say no more than they must. */
static void forget_statistics(kit *k)
{
    cx *c = &k->c;
    AUTO(delta_table) table = NULL;
    AUTO(delta_snapshot) s = NULL;
    AUTO(json) actions = json_array();
    AUTO(json) parameters = json_object();
    int64_t version;
    OK(k, "DESCRIBE DETAIL t");
    const char *from = strstr(buf_text(&k->rows), "file:") + 5;
    const char *root = cx_dupn(c, from, strcspn(from, "|"));
    assert_int_equal(CX_OK, delta_open(c, root, NULL, &table));
    assert_int_equal(CX_OK, delta_snapshot_load(c, table, DELTA_LATEST, &s));
    for (size_t i = 0; i < delta_file_count(s); i++) {
        AUTO(json) add = NULL;
        assert_int_equal(CX_OK, delta_file_add(c, delta_file_at(s, i), &add));
        json_object_del(add, "stats");
        json_object_set_new(add, "dataChange", json_false());
        json_array_append_new(actions, json_pack("{s:O}", "add", add));
    }
    const delta_commit what = {.operation = "COMPUTE STATS",
                               .parameters = parameters,
                               .read_version = delta_version(s),
                               .actions = actions};
    assert_int_equal(CX_OK, delta_commit_write(c, table, &what, &version));
}

static void files_without_statistics_are_counted(void **state)
{
    kit *k = *state;
    for (int vectors = 0; vectors < 2; vectors++) {
        make(k, kinds[vectors]);
        forget_statistics(k);
        ROWS(k, "DELETE FROM t WHERE id IN (1, 5, 6)", "3");
        ROWS(k, "SELECT operationMetrics['numRemovedFiles'] FROM (DESCRIBE HISTORY t LIMIT 1)",
             vectors ? "1" : "2");
        ROWS(k, "SELECT id FROM t ORDER BY id", "2\n3\n4");
        forget_statistics(k);
        ROWS(k, "DELETE FROM t", "3");
    }
}

static void whole_partitions_go_without_being_read(void **state)
{
    kit *k = *state;
    static const char last[] =
        "SELECT operationMetrics['numDeletedRows'], operationMetrics['numRemovedFiles'], "
        "operationMetrics['numAddedFiles'], operationMetrics['numDeletionVectorsAdded'], "
        "operationMetrics['numAddedChangeFiles'] FROM (DESCRIBE HISTORY t LIMIT 1)";
    for (size_t i = 5; i < CX_COUNT(kinds); i++) {
        make(k, kinds[i]);
        forget_statistics(k);
        ROWS(k, "DELETE FROM t WHERE g IN ('b', 'x') OR t.g > 'c'", "2");
        ROWS(k, last, "2|2|0|0|0");
        ROWS(k, "DELETE FROM t WHERE g IS NULL", "1");
        ROWS(k, "DELETE FROM t WHERE g = 'a' AND v = 10", "1");
        ROWS(k, ALL, "3|a|NULL\n6|a|60");
        ROWS(k, "DELETE FROM t WHERE g = 'none'", "0");
        ROWS(k, "DELETE FROM t WHERE rand() < 0 AND g = 'a'", "0");
        ROWS(k, "DELETE FROM t WHERE NOT (g = 'b')", "2");
        ROWS(k, ALL, "");
    }
}

/* DuckDB would take a name that is no column for an alias of the SELECT that we make. */
static void our_own_names_are_no_columns(void **state)
{
    static const char *const names[] = {"f", "w", "o0", "k", "v0_0", "id_"};
    kit *k = *state;
    for (size_t i = 5; i < CX_COUNT(kinds); i++) {
        make(k, kinds[i]);
        for (size_t n = 0; n < CX_COUNT(names); n++) {
            FAILS(k, cx_fmt(&k->c, "DELETE FROM t WHERE %s = 0", names[n]),
                  "UNRESOLVED_COLUMN.WITH_SUGGESTION");
            FAILS(k, cx_fmt(&k->c, "UPDATE t SET v = %s", names[n]),
                  "UNRESOLVED_COLUMN.WITH_SUGGESTION");
            FAILS(
                k,
                cx_fmt(&k->c,
                       "MERGE INTO t USING t s ON t.id = s.id WHEN MATCHED AND %s = 0 THEN DELETE",
                       names[n]),
                "UNRESOLVED_COLUMN.WITH_SUGGESTION");
        }
    }
    OK(k, "CREATE TABLE own (f INT, w INT, g STRING) PARTITIONED BY (g)");
    OK(k, "INSERT INTO own VALUES (0, 5, 'a'), (1, 6, 'b')");
    ROWS(k, "DELETE FROM own WHERE f = 1", "1");
    ROWS(k, "UPDATE own SET w = f + 7 WHERE w = 5", "1");
    ROWS(k, "SELECT * FROM own", "0|7|a");
}

static void names_of_all_kinds_may_be_changed(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE odd (`a b` INT, `x.y` INT, `q``t` STRING, `select` STRUCT<`m n`: INT>) "
          "TBLPROPERTIES ('delta.columnMapping.mode' = 'name', 'delta.enableChangeDataFeed' = "
          "'true')");
    OK(k, "INSERT INTO odd SELECT 1, 2, 'x', named_struct('m n', 3)");
    ROWS(
        k,
        "UPDATE odd SET `a b` = `x.y` + 1, `x.y` = 7, `q``t` = concat(`q``t`, '\"'), `select`.`m n` "
        "= 5",
        "1");
    ROWS(k,
         "MERGE INTO odd USING (SELECT 3 AS `a b`, 8 AS `x.y`, 'z' AS `q``t`, named_struct('m n', "
         "6) AS `select`) s ON odd.`a b` = s.`a b` AND s.`x.y` = 8 WHEN MATCHED AND "
         "odd.`select`.`m n` = 5 THEN UPDATE SET `x.y` = s.`x.y` WHEN NOT MATCHED THEN INSERT *",
         "1|1|0|0");
    ROWS(k, "SELECT `a b`, `x.y`, `q``t`, `select`.`m n` FROM odd", "3|8|x\"|5");
    FAILS(
        k,
        "MERGE INTO odd USING (VALUES (3), (3)) s (`a b`) ON odd.`a b` = s.`a b` WHEN MATCHED THEN "
        "UPDATE SET `x.y` = 1",
        "DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE");
    assert_non_null(strstr(k->c.error.message, "(a b = 3)"));
}

static void tables_and_sources_may_be_paths_views_and_functions(void **state)
{
    kit *k = *state;
    make(k, kinds[1]);
    OK(k, "DESCRIBE DETAIL t");
    const char *from = strstr(buf_text(&k->rows), "file:") + 5;
    const char *root = cx_dupn(&k->c, from, strcspn(from, "|"));
    ROWS(k, cx_fmt(&k->c, "DELETE FROM delta.`%s` WHERE id = 1", root), "1");
    ROWS(k, cx_fmt(&k->c, "UPDATE delta.`%s` AS x SET v = x.v + 1 WHERE x.id = 2", root), "1");
    ROWS(k,
         cx_fmt(
             &k->c,
             "MERGE INTO delta.`%s` x USING delta.`%s` y ON x.id = y.id AND y.id = 2 WHEN MATCHED "
             "THEN UPDATE SET v = y.v * 2",
             root, root),
         "1|1|0|0");
    ROWS(k,
         cx_fmt(&k->c,
                "MERGE INTO delta.`%s` USING range(3, 5) r ON g = 'none' AND r.id = 1 WHEN NOT "
                "MATCHED THEN INSERT (id) VALUES (r.id)",
                root),
         "2|0|0|2");
    OK(k, "CREATE VIEW seen AS SELECT id, v + 1 AS v FROM t WHERE id = 2");
    ROWS(k,
         "MERGE INTO t USING seen ON t.id = main.default.seen.id WHEN MATCHED THEN UPDATE SET v = "
         "seen.v",
         "1|1|0|0");
    ROWS(k,
         "MERGE INTO t USING (WITH a AS (SELECT 6 AS id) SELECT * FROM a) s ON t.id = s.id WHEN "
         "MATCHED THEN DELETE",
         "1|0|1|0");
    ROWS(k, "SELECT id, v FROM t ORDER BY id, v", "2|43\n3|NULL\n3|NULL\n4|NULL\n4|40\n5|50");
    FAILS(k, "UPDATE seen SET v = 1", "EXPECT_TABLE_NOT_VIEW");
}

static void times_become_text_as_the_platform_writes_them(void **state)
{
    kit *k = *state;
    make(k, "");
    ROWS(k, "UPDATE t SET g = TIMESTAMP'2020-01-02 03:04:05' WHERE id = 1", "1");
    ROWS(k, "UPDATE t SET g = true WHERE id = 2", "1");
    ROWS(k, "SELECT g FROM t WHERE id <= 2 ORDER BY id", "2020-01-02 03:04:05\ntrue");
}

static void old_vectors_are_honoured_when_the_property_is_off_again(void **state)
{
    kit *k = *state;
    make(k, kinds[1]);
    ROWS(k, "DELETE FROM t WHERE id = 1", "1");
    OK(k, "ALTER TABLE t SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'false')");
    ROWS(k, "UPDATE t SET v = 0 WHERE id = 2", "1");
    ROWS(k, ALL, "2|b|0\n3|a|NULL\n4|NULL|40\n5|b|50\n6|a|60");
    ROWS(k,
         "SELECT operationMetrics['numCopiedRows'], "
         "operationMetrics['numDeletionVectorsRemoved'], "
         "operationMetrics['numDeletionVectorsAdded'], operationMetrics['numRemovedFiles'] FROM "
         "(DESCRIBE HISTORY t LIMIT 1)",
         "2|1|0|1");
    OK(k, "ALTER TABLE t SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true', "
          "'delta.enableRowTracking' = 'true')");
    ROWS(k, "DELETE FROM t WHERE id IN (2, 5)", "2");
    ROWS(k, "MERGE INTO t USING (SELECT 4 AS id) s ON t.id = s.id WHEN MATCHED THEN DELETE",
         "1|0|1|0");
    ROWS(k, ALL, "3|a|NULL\n6|a|60");
}

static void a_value_is_one_value(void **state)
{
    kit *k = *state;
    make(k, "");
    FAILS(k, "UPDATE t SET v = explode(array(1, 2))", "UNSUPPORTED_GENERATOR.OUTSIDE_SELECT");
    FAILS(
        k,
        "MERGE INTO t USING (SELECT 9 AS id) s ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id, v) "
        "VALUES (s.id, posexplode(array(1, 2)))",
        "UNSUPPORTED_GENERATOR.OUTSIDE_SELECT");
    assert_int_not_equal(CX_OK, kit_run(k, "UPDATE t SET v = max(v)"));
    assert_int_not_equal(CX_OK, kit_run(k, "UPDATE t SET v = (SELECT v FROM t)"));
    assert_int_not_equal(CX_OK, kit_run(k, "DELETE FROM t WHERE max(v) > 0"));
    assert_int_not_equal(CX_OK, kit_run(k, "UPDATE t SET v = 1 WHERE explode(array(true, true))"));
    ROWS(k, "SELECT count(*), sum(v) FROM t", "6|180");
    ROWS(k, "UPDATE t SET v = (SELECT sum(x) FROM explode(array(1, 2)) AS e(x)) WHERE id = 1", "1");
}

static void nothing_matched_is_no_commit(void **state)
{
    kit *k = *state;
    make(k, kinds[1]);
    ROWS(k, "DELETE FROM t WHERE id = 77", "0");
    ROWS(k, "UPDATE t SET v = 1 WHERE id = 77", "0");
    ROWS(k,
         "MERGE INTO t USING (SELECT 77 AS id) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET v = 1",
         "0|0|0|0");
    ROWS(k, "SELECT max(version) FROM (DESCRIBE HISTORY t)", "2");
}

static void the_history_tells_what_was_done(void **state)
{
    kit *k = *state;
    make(k, kinds[3]);
    OK(k, "DELETE FROM t WHERE id = 1 OR id = 5 OR id = 6");
    ROWS(k,
         "SELECT operation, operationParameters['predicate'], operationMetrics['numDeletedRows'], "
         "operationMetrics['numRemovedFiles'], operationMetrics['numDeletionVectorsAdded'], "
         "operationMetrics['numAddedChangeFiles'] FROM (DESCRIBE HISTORY t LIMIT 1)",
         "DELETE|[\"id = 1 OR id = 5 OR id = 6\"]|3|1|1|1");
    OK(k, "DELETE FROM t WHERE id = 2");
    ROWS(k,
         "SELECT operationMetrics['numDeletionVectorsAdded'], "
         "operationMetrics['numDeletionVectorsRemoved'], "
         "operationMetrics['numDeletionVectorsUpdated'] FROM (DESCRIBE HISTORY t LIMIT 1)",
         "1|1|1");
    OK(k, "MERGE INTO t USING (SELECT 3 AS id) s ON t.id = s.id WHEN MATCHED AND v IS NULL THEN "
          "UPDATE SET v = 1 WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id) WHEN NOT MATCHED BY "
          "SOURCE THEN DELETE");
    ROWS(k,
         "SELECT operationParameters['predicate'], operationParameters['matchedPredicates'], "
         "operationParameters['notMatchedPredicates'], "
         "operationParameters['notMatchedBySourcePredicates'] FROM (DESCRIBE HISTORY t LIMIT 1)",
         "[\"t.id = s.id\"]|[{\"predicate\":\"v IS NULL\",\"actionType\":\"update\"}]|"
         "[{\"actionType\":\"insert\"}]|[{\"actionType\":\"delete\"}]");
    ROWS(k,
         "SELECT operationMetrics['numTargetRowsMatchedUpdated'], "
         "operationMetrics['numTargetRowsNotMatchedBySourceDeleted'], "
         "operationMetrics['numTargetRowsInserted'], operationMetrics['numSourceRows'] FROM "
         "(DESCRIBE HISTORY t LIMIT 1)",
         "1|1|0|1");
}

static void an_insert_only_merge_removes_no_file(void **state)
{
    kit *k = *state;
    make(k, kinds[2]);
    OK(k, "MERGE INTO t USING (SELECT 1 AS id UNION ALL SELECT 50) s ON t.id = s.id WHEN NOT "
          "MATCHED THEN INSERT (id) VALUES (s.id)");
    ROWS(k,
         "SELECT operationMetrics['numTargetFilesRemoved'], "
         "operationMetrics['numTargetChangeFilesAdded'], operationMetrics['numTargetFilesAdded'] "
         "FROM (DESCRIBE HISTORY t LIMIT 1)",
         "0|0|1");
    ROWS(k, "SELECT count(*) FROM t WHERE id = 50 AND g IS NULL", "1");
}

static void whoever_changes_rows_must_be_allowed_to_read_them(void **state)
{
    kit *k = *state;
    const char *owner = k->principal;
    make(k, "");
    assert_int_equal(CX_OK, meta_principal_add(&k->c, k->m, "bob@x.io", false));
    OK(k, "GRANT USE CATALOG ON CATALOG main TO `bob@x.io`");
    OK(k, "GRANT USE SCHEMA ON SCHEMA main.default TO `bob@x.io`");
    OK(k, "GRANT MODIFY ON TABLE t TO `bob@x.io`");
    k->principal = "bob@x.io";
    assert_int_equal(CX_DENIED, kit_run(k, "DELETE FROM t WHERE v = 20"));
    assert_int_equal(CX_DENIED, kit_run(k, "UPDATE t SET v = 1"));
    k->principal = owner;
    OK(k, "GRANT SELECT ON TABLE t TO `bob@x.io`");
    k->principal = "bob@x.io";
    ROWS(k, "DELETE FROM t WHERE v = 20", "1");
    k->principal = owner;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(rows_are_deleted_from_every_kind_of_table),
        T(rows_are_updated_in_every_kind_of_table),
        T(merge_does_each_of_its_clauses_in_every_kind_of_table),
        T(merge_takes_stars_and_sources_of_all_kinds),
        T(two_source_rows_for_one_target_row_are_refused_with_the_key),
        T(what_a_clause_does_not_take_is_not_evaluated),
        T(a_random_source_is_one_thing_to_every_clause),
        T(values_are_assigned_as_columns_want_them),
        T(rules_hold_for_changed_rows),
        T(generated_columns_follow_the_columns_they_are_made_of),
        T(identity_columns_number_what_a_merge_inserts),
        T(values_that_do_not_fit_are_refused),
        T(a_merge_may_bring_new_columns),
        T(what_is_wrong_is_told_in_the_users_names),
        T(files_without_statistics_are_counted),
        T(whole_partitions_go_without_being_read),
        T(our_own_names_are_no_columns),
        T(names_of_all_kinds_may_be_changed),
        T(tables_and_sources_may_be_paths_views_and_functions),
        T(times_become_text_as_the_platform_writes_them),
        T(old_vectors_are_honoured_when_the_property_is_off_again),
        T(a_value_is_one_value),
        T(nothing_matched_is_no_commit),
        T(the_history_tells_what_was_done),
        T(an_insert_only_merge_removes_no_file),
        T(whoever_changes_rows_must_be_allowed_to_read_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
