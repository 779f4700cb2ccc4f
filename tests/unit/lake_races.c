/* Statements of two writers on one table, the one in the middle of the other's publish. */
#include "unit/lake_engine.h"

#include <sys/syscall.h>

static struct {
    kit *k;
    const char *statement; /* to be run when the next commit is about to be published */
    cx_code code;
} meanwhile;

static void run_meanwhile(void)
{
    kit other = *meanwhile.k;
    const char *statement = meanwhile.statement;
    meanwhile.statement = NULL;
    cx_init(&other.c);
    other.types = other.rows = BUF(BUF_ANY);
    meanwhile.code = kit_run(&other, statement);
    if (meanwhile.code != CX_OK)
        print_error("%s\n  %s\n", statement, other.c.error.message);
    buf_clear(&other.types);
    buf_clear(&other.rows);
    cx_clear(&other.c);
}

/* The real name: it comes before libc's. */
__attribute__((visibility("default"), used)) int renameat2(int from_at, const char *from, int to_at,
                                                           const char *to, unsigned flags)
{
    if (meanwhile.statement && strstr(to, "/_delta_log/0") && strstr(to, ".json"))
        run_meanwhile();
    return (int)syscall(SYS_renameat2, from_at, from, to_at, to, flags);
}

/* The first statement publishes, but the second is there before. */
static cx_code both(kit *k, const char *first, const char *second)
{
    meanwhile.k = k;
    meanwhile.statement = second;
    meanwhile.code = CX_INTERNAL;
    const cx_code rc = kit_run(k, first);
    if (meanwhile.statement)
        print_error("%s\n  made no commit: %s\n", first, k->c.error.message);
    meanwhile.statement = NULL;
    assert_int_equal(CX_OK, meanwhile.code);
    return rc;
}
#define BOTH(k, first, second)                    \
    do {                                          \
        if (both(k, first, second) != CX_OK)      \
            fail_msg("%s", (k)->c.error.message); \
    } while (0)
#define CONFLICT(k, first, second, expected)                   \
    do {                                                       \
        assert_int_equal(CX_CONFLICT, both(k, first, second)); \
        assert_string_equal(expected, (k)->c.error.condition); \
    } while (0)

/* Two partitions of two files each. */
static void make(kit *k, const char *properties)
{
    OK(k, "DROP TABLE IF EXISTS t");
    OK(k, cx_fmt(&k->c,
                 "CREATE TABLE t (p STRING, id INT, v INT) PARTITIONED BY (p) TBLPROPERTIES (%s)",
                 properties));
    for (int i = 0; i < 2; i++)
        OK(k, cx_fmt(&k->c,
                     "INSERT INTO t SELECT p, id + %d, 0 FROM VALUES ('a', 0), ('a', 1), "
                     "('b', 0), ('b', 1) AS s(p, id)",
                     10 * i));
}
static const char *const isolations[] = {
    "'delta.enableDeletionVectors' = 'false', 'delta.isolationLevel' = 'WriteSerializable'",
    "'delta.enableDeletionVectors' = 'false', 'delta.isolationLevel' = 'Serializable'",
    "'delta.enableDeletionVectors' = 'true'"};

static void statements_on_different_partitions_both_pass(void **state)
{
    kit *k = *state;
    for (size_t i = 0; i < CX_COUNT(isolations); i++) {
        make(k, isolations[i]);
        BOTH(k, "UPDATE t SET v = 1 WHERE p = 'a' AND id = 1",
             "UPDATE t SET v = 2 WHERE p = 'b' AND id = 1");
        BOTH(k, "DELETE FROM t WHERE id < 1 AND t.p IN ('a', 'c')",
             "DELETE FROM t WHERE p = 'b' AND id BETWEEN 0 AND 0");
        BOTH(k, "DELETE FROM t WHERE p = 'a' AND id = 10", "INSERT INTO t VALUES ('c', 1, 3)");
        BOTH(k, "DELETE FROM t WHERE p = 'a' AND v = 0",
             "INSERT OVERWRITE t PARTITION (p = 'b') SELECT 7, 7");
        ROWS(k, "SELECT * FROM t ORDER BY p, id", "a|1|1\nb|7|7\nc|1|3");
    }
}

static void merges_into_different_partitions_both_pass(void **state)
{
    kit *k = *state;
    make(k, isolations[1]);
    BOTH(
        k,
        "MERGE INTO t USING (SELECT 1 AS id, 5 AS v) AS s ON t.p = 'a' AND t.id = s.id "
        "WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT (p, id, v) VALUES ('a', s.id, s.v)",
        "MERGE INTO t USING (SELECT 1 AS id, 6 AS v) AS s ON t.p = 'b' AND t.id = s.id "
        "WHEN MATCHED THEN UPDATE SET v = s.v");
    ROWS(k, "SELECT p, v FROM t WHERE id = 1 ORDER BY p", "a|5\nb|6");
    CONFLICT(k,
             "MERGE INTO t USING (SELECT 1 AS id, 5 AS v) AS s ON t.p = 'a' AND t.id = s.id "
             "WHEN MATCHED THEN UPDATE SET v = s.v "
             "WHEN NOT MATCHED BY SOURCE AND t.p = 'a' THEN DELETE",
             "UPDATE t SET v = 9 WHERE p = 'b' AND id = 1", "DELTA_CONCURRENT_APPEND");
    CONFLICT(k,
             "MERGE INTO t USING (SELECT max(id) AS id FROM t) AS s ON t.p = 'a' AND t.id = s.id "
             "WHEN MATCHED THEN DELETE",
             "UPDATE t SET v = 9 WHERE p = 'b' AND id = 1", "DELTA_CONCURRENT_APPEND");
}

static void what_could_match_is_not_overlooked(void **state)
{
    kit *k = *state;
    make(k, isolations[1]);
    CONFLICT(k, "DELETE FROM t WHERE p = 'a' AND id = 1", "INSERT INTO t VALUES ('a', 1, 3)",
             "DELTA_CONCURRENT_APPEND");
    CONFLICT(k, "DELETE FROM t WHERE p = 'a' OR id = 1", "INSERT INTO t VALUES ('c', 1, 3)",
             "DELTA_CONCURRENT_APPEND");
    CONFLICT(k, "DELETE FROM t WHERE id = 1", "INSERT INTO t VALUES ('c', 1, 3)",
             "DELTA_CONCURRENT_APPEND");
    CONFLICT(k, "UPDATE t SET v = 1 WHERE p = 'a' AND id = 1",
             "UPDATE t SET p = 'a' WHERE p = 'b' AND id = 0", "DELTA_CONCURRENT_APPEND");
    CONFLICT(k, "UPDATE t SET v = (SELECT max(id) FROM t) WHERE p = 'a' AND id = 1",
             "UPDATE t SET v = 1 WHERE p = 'b' AND id = 10", "DELTA_CONCURRENT_APPEND");
    CONFLICT(k, "DELETE FROM t WHERE p = 'a' AND id = 1", "DELETE FROM t WHERE p = 'a'",
             "DELTA_CONCURRENT_DELETE_DELETE");
    OK(k, "CREATE VIEW seen AS SELECT * FROM t");
    CONFLICT(k, "DELETE FROM t WHERE p = 'b' AND id IN (SELECT id FROM seen)",
             "INSERT INTO t VALUES ('a', 1, 3)", "DELTA_CONCURRENT_APPEND");
}

static void files_of_one_partition_conflict_if_they_are_rewritten(void **state)
{
    kit *k = *state;
    make(k, isolations[0]);
    CONFLICT(k, "DELETE FROM t WHERE p = 'a' AND id = 1", "DELETE FROM t WHERE p = 'a' AND id = 10",
             "DELTA_CONCURRENT_APPEND");
    BOTH(k, "DELETE FROM t WHERE p = 'a' AND id = 1", "INSERT INTO t VALUES ('a', 1, 3)");
    make(k, isolations[2]);
    BOTH(k, "DELETE FROM t WHERE id = 1", "DELETE FROM t WHERE id = 10");
    ROWS(k, "SELECT count(*) FROM t", "4");
}

static void partitions_of_renamed_columns_and_other_types_are_told_apart(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (d DATE, n INT, s STRUCT<x: INT>, v INT) PARTITIONED BY (d, n) "
          "TBLPROPERTIES ('delta.columnMapping.mode' = 'name', "
          "'delta.isolationLevel' = 'Serializable')");
    OK(k, "ALTER TABLE t RENAME COLUMN n TO m");
    OK(k, "INSERT INTO t VALUES (DATE'2024-01-01', 1, named_struct('x', 1), 1), "
          "(DATE'2024-01-02', NULL, NULL, 2)");
    BOTH(k, "UPDATE t SET v = 5 WHERE m < 2 AND d = DATE'2024-01-01'",
         "UPDATE t SET v = 6 WHERE m IS NULL");
    BOTH(k, "UPDATE t SET v = 7 WHERE m IS NULL AND v = 6",
         "INSERT INTO t VALUES (DATE'2024-01-02', 3, NULL, 8)");
    ROWS(k, "SELECT v FROM t ORDER BY v", "5\n7\n8");
}

static void a_merge_that_loses_its_numbers_begins_again(void **state)
{
    kit *k = *state;
    OK(k, "CREATE TABLE t (n BIGINT GENERATED ALWAYS AS IDENTITY, id INT)");
    OK(k, "INSERT INTO t (id) VALUES (10)");
    BOTH(k,
         "MERGE INTO t USING (SELECT 20 AS id UNION ALL SELECT 30) s ON t.id = s.id "
         "WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)",
         "INSERT INTO t (id) VALUES (20)");
    ROWS(k, "SELECT * FROM t ORDER BY n", "1|10\n2|20\n3|30");
    BOTH(k, "INSERT INTO t (id) SELECT count(*) FROM t", "INSERT INTO t (id) VALUES (40)");
    ROWS(k, "SELECT max(n), min(id) FROM t", "5|4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(statements_on_different_partitions_both_pass),
        T(merges_into_different_partitions_both_pass),
        T(what_could_match_is_not_overlooked),
        T(files_of_one_partition_conflict_if_they_are_rewritten),
        T(a_merge_that_loses_its_numbers_begins_again),
        T(partitions_of_renamed_columns_and_other_types_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
