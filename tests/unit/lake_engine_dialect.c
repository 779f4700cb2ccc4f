/* Databricks SQL through the engine: what a query gives, and in what types. */
#include "unit/lake_engine.h"

static const char *const tables[] = {
    "CREATE TABLE t (id INT, g STRING, v DOUBLE, d DECIMAL(10,2), arr ARRAY<INT>, m MAP<STRING,INT>, mi "
    "MAP<INT,STRING>, ts TIMESTAMP, dt DATE, s STRUCT<x:INT,y:STRING>)",
    "INSERT INTO t VALUES (1, 'a', 1.5, 10.25, array(1, 2, 3), map('k', 1), map(1, 'one'), TIMESTAMP "
    "'2024-01-31 10:20:30.5', DATE '2024-01-31', named_struct('x', 1, 'y', 'p')), (2, 'b', 2.5, 3.00, "
    "array(4), map('k', 2, 'j', 3), map(2, 'two'), TIMESTAMP '2024-02-29 23:59:59', DATE '2024-02-29', "
    "named_struct('x', 2, 'y', 'q')), (3, 'a', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
};

/* A query, its columns (NULL = not asked) and its rows. */
static const char *const answers[][3] = {
    {"SELECT 5/2 AS a, 5 div 2 AS b, 5 % 2 AS c, -7 div 2 AS d, -7 % 3 AS e, NULL / 0 AS f",
     "a DOUBLE, b BIGINT, c INT, d BIGINT, e INT, f DOUBLE", "2.5|2|1|-3|-1|NULL"},
    {"SELECT d / 3 AS a, 10.25 / 3 AS b, cast(1 as decimal(10,2)) / cast(3 as decimal(5,1)) AS c, d * 2 AS e, d * d AS f, d + 1 AS g, d % 3 AS h FROM t WHERE id = 1",
     "a DECIMAL(14,6), b DECIMAL(8,6), c DECIMAL(17,8), e DECIMAL(12,2), f DECIMAL(21,4), g DECIMAL(11,2), h DECIMAL(3,2)",
     "3.416667|3.416667|0.33333333|20.50|105.0625|11.25|1.25"},
    {"SELECT try_divide(1, 0) AS a, try_divide(6, 4) AS b", "a DOUBLE, b DOUBLE", "NULL|1.5"},
    {"SELECT arr[0], arr[id - 1], m['k'], mi[1], s.x FROM t WHERE id = 1",
     "arr[0] INT, arr[id - 1] INT, m[k] INT, mi[1] STRING, x INT", "1|1|1|one|1"},
    {"SELECT element_at(arr, 1) AS a, element_at(arr, -1) AS b, element_at(m, 'k') AS c, get(arr, 9) AS d, try_element_at(arr, 9) AS e FROM t WHERE id = 1",
     "a INT, b INT, c INT, d INT, e INT", "1|3|1|NULL|NULL"},
    {"SELECT TIMESTAMP_NTZ '2024-01-01 10:00:00' AS a, hex(X'1F2A') AS b",
     "a TIMESTAMP_NTZ, b STRING", "2024-01-01T10:00:00.000|1F2A"},
    {"SELECT * FROM VALUES (X'00ff'), (CAST(NULL AS BINARY)) AS t(a)", "a BINARY", "AP8=\nNULL"},
    {"SELECT CAST(1.7 AS INT) AS a, CAST(-1.7 AS BIGINT) AS b, CAST(CAST(2.5 AS DOUBLE) AS INT) AS c, CAST(' 12 ' AS INT) AS d, try_cast('1.7' AS INT) AS e, CAST(NULL AS INT) AS f, CAST(true AS INT) AS g",
     "a INT, b BIGINT, c INT, d INT, e INT, f INT, g INT", "1|-1|2|12|NULL|NULL|1"},
    {"SELECT cast(ts as string) AS a, concat('x', ts) AS b, cast(1e10 as string) AS c, 1e10 AS d FROM t WHERE id = 1",
     "a STRING, b STRING, c STRING, d DOUBLE",
     "2024-01-31 10:20:30.5|x2024-01-31 10:20:30.5|1.0E10|1.0E10"},
    {"SELECT xxhash64('Spark', array(123), 2) AS a, hash('Spark', array(123), 2) AS b, xxhash64(NULL) AS c, sha2('abc', 256) AS d",
     "a BIGINT, b INT, c BIGINT, d STRING",
     "5602566077635097486|-1321691492|42|ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"SELECT count(*), COUNT(1), sum(id), avg(id), sum(d), avg(d), max(v) FROM t",
     "count(1) BIGINT, count(1) BIGINT, sum(id) BIGINT, avg(id) DOUBLE, sum(d) DECIMAL(20,2), avg(d) DECIMAL(14,6), max(v) DOUBLE",
     "3|3|6|2.0|13.25|6.625000|2.5"},
    {"SELECT id + 1, upper(g), t.id, -id, id = 1, CASE WHEN id=1 THEN 'x' END, cast(id as string), id x, 1, 'x' FROM t WHERE id = 1",
     "(id + 1) INT, upper(g) STRING, id INT, -id INT, (id = 1) BOOLEAN, CASE WHEN id = 1 THEN x END STRING, CAST(id as string) STRING, x INT, 1 INT, x STRING",
     "2|A|1|-1|true|x|1|1|1|x"},
    {"SELECT a FROM (SELECT 1 AS a) UNION ALL SELECT 2 ORDER BY a", "a INT", "1\n2"},
    {"SELECT g, sum(d) / count(*) AS a FROM t GROUP BY g HAVING sum(d) / count(*) > 4",
     "g STRING, a DECIMAL(38,20)", "a|5.12500000000000000000"},
    {"SELECT sum(id) OVER (PARTITION BY g ORDER BY id) AS a FROM t ORDER BY id", "a BIGINT",
     "1\n2\n4"},
    {"SELECT explode(m) FROM t", "key STRING, value INT", "k|1\nk|2\nj|3"},
    {"SELECT explode(map('a', 1)) AS (k, v)", "k STRING, v INT", "a|1"},
    {"SELECT explode(arr) FROM t WHERE id = 1", "col INT", "1\n2\n3"},
    {"SELECT posexplode(array('x', 'y')) AS (p, c)", "p INT, c STRING", "0|x\n1|y"},
    {"SELECT stack(2, 1, 'a', 2, 'b')", "col0 INT, col1 STRING", "1|a\n2|b"},
    {"SELECT inline(array(struct(1, 'a'), struct(2, 'b')))", "col1 INT, col2 STRING", "1|a\n2|b"},
    {"SELECT json_tuple('{\"a\":1,\"b\":\"x\"}', 'a', 'b')", "c0 STRING, c1 STRING", "1|x"},
    {"SELECT from_json('{\"a\":1,\"b\":\"x\"}', 'a INT, b STRING') AS j",
     "j STRUCT<a: INT, b: STRING>", "{\"a\":1,\"b\":\"x\"}"},
    {"SELECT str_to_map('a:1,b:2', ',', ':') AS a, zip_with(array(1, 2), array(3, 4), (x, y) -> x + y) AS b",
     "a MAP<STRING, STRING>, b ARRAY<INT>", "{\"a\":\"1\",\"b\":\"2\"}|[4,6]"},
    {"SELECT map_filter(m, (k, v) -> v > 2) AS a, transform_keys(m, (k, v) -> upper(k)) AS b, transform_values(m, (k, v) -> v * 10) AS c FROM t WHERE id = 2",
     "a MAP<STRING, INT>, b MAP<STRING, INT>, c MAP<STRING, INT>",
     "{\"j\":3}|{\"K\":2,\"J\":3}|{\"k\":20,\"j\":30}"},
    {"SELECT typeof(1), typeof(d), typeof(arr), typeof(s) FROM t LIMIT 1",
     "typeof(1) STRING, typeof(d) STRING, typeof(arr) STRING, typeof(s) STRING",
     "int|decimal(10,2)|array<int>|struct<x:int,y:string>"},
    {"SELECT id FROM t DISTRIBUTE BY g SORT BY id DESC LIMIT 2", "id INT", "3\n2"},
    {"SELECT id, g FROM t QUALIFY row_number() OVER (PARTITION BY g ORDER BY id DESC) = 1 ORDER BY id",
     "id INT, g STRING", "2|b\n3|a"},
    {"SELECT * FROM (SELECT g, id FROM t) PIVOT (sum(id) FOR g IN ('a', 'b'))",
     "a BIGINT, b BIGINT", "4|2"},
    {"SELECT * EXCEPT (v, d, arr, m, mi, ts, dt, s) FROM t ORDER BY 1", "id INT, g STRING",
     "1|a\n2|b\n3|a"},
    {"SELECT g, count(*) FROM t GROUP BY ALL ORDER BY ALL", "g STRING, count(1) BIGINT",
     "a|2\nb|1"},
    {"SELECT id AS a, a + 1 AS b FROM t ORDER BY a LIMIT 1", "a INT, b INT", "1|2"},
    {"SELECT 'Abc' ILIKE ANY ('a%', 'x%') AS a, 'abc' LIKE ALL ('a%', '%c') AS b",
     "a BOOLEAN, b BOOLEAN", "true|true"},
    {"SELECT DATE '2024-01-31' + INTERVAL 1 MONTH AS a, DATE '2024-01-31' + INTERVAL 3 HOURS AS b, DATE '2024-01-31' + 1 AS c",
     "a DATE, b TIMESTAMP, c DATE", "2024-02-29|2024-01-31T03:00:00.000Z|2024-02-01"},
    {"SELECT date_trunc('MONTH', ts) AS a, last_day(dt) AS b, next_day(dt, 'MON') AS c, months_between(dt, DATE '2023-12-15') AS d, datediff(MONTH, DATE '2024-01-31', DATE '2024-02-01') AS e FROM t WHERE id = 1",
     "a TIMESTAMP, b DATE, c DATE, d DOUBLE, e BIGINT",
     "2024-01-01T00:00:00.000Z|2024-01-31|2024-02-05|1.51612903|0"},
    {"SELECT to_date('31/01/2024', 'dd/MM/yyyy') AS a, date_format(ts, 'yyyy-MM-dd HH:mm') AS b, unix_timestamp(ts) AS c, extract(SECOND FROM ts) AS d, date_part('month', dt) AS e, extract(DOW FROM dt) AS f FROM t WHERE id = 1",
     "a DATE, b STRING, c BIGINT, d DECIMAL(8,6), e INT, f INT",
     "2024-01-31|2024-01-31 10:20|1706696430|30.500000|1|4"},
    {"SELECT split('a1b2c', '[0-9]') AS a, concat_ws('-', 'a', NULL, 'b', array('c', 'd')) AS b, locate('bar', 'foobarbar', 5) AS c, initcap('sPark sql') AS d",
     "a ARRAY<STRING>, b STRING, c INT, d STRING", "[\"a\",\"b\",\"c\"]|a-b-c-d|7|Spark Sql"},
    {"SELECT percentile_approx(id, 0.5) AS a, collect_list(id) AS b, max_by(g, id) AS c, median(id) AS d, listagg(g, ',') AS e FROM t",
     "a INT, b ARRAY<INT>, c STRING, d DOUBLE, e STRING", "2|[1,2,3]|a|2.0|a,b,a"},
    {"SELECT sequence(1, 3) AS a, array_distinct(array(1, 1, 2)) AS b, transform(array(5, 6), (x, i) -> i) AS c, aggregate(array(1, 2, 3), 0, (a, x) -> a + x, a -> a * 10) AS d, sequence(DATE '2024-01-01', DATE '2024-02-01', INTERVAL 1 MONTH) AS e",
     "a ARRAY<INT>, b ARRAY<INT>, c ARRAY<INT>, d INT, e ARRAY<DATE>",
     "[1,2,3]|[1,2]|[0,1]|60|[\"2024-01-01\",\"2024-02-01\"]"},
    {"SELECT date '2024-03-01' - date '2024-01-01' AS a", "a INTERVAL DAY TO SECOND",
     "60 00:00:00.000000000"},
    {"WITH q AS (SELECT d / 2 AS h FROM t WHERE id = 1) SELECT h / 2 AS a FROM q",
     "a DECIMAL(16,8)", "2.56250000"},
    {"SELECT x.a + x.offset, first_value(a) OVER w FROM (SELECT 1 AS a, 2 AS offset) x WINDOW w AS "
     "(ORDER BY a)",
     "(x.a + x.offset) INT, first_value(a) OVER w INT", "3|1"},
    {"SELECT listagg(g, ',') WITHIN GROUP (ORDER BY g) AS a FROM t", "a STRING", "a,a,b"},
};

static const char *const refusals[][2] = {
    {"SELECT 1/0", "DIVIDE_BY_ZERO"},
    {"SELECT d / 0 FROM t", "DIVIDE_BY_ZERO"},
    {"SELECT 5 div 0", "DIVIDE_BY_ZERO"},
    {"SELECT 5 % 0", "REMAINDER_BY_ZERO"},
    {"SELECT cast('x' as int)", "CAST_INVALID_INPUT"},
    {"SELECT cast(300 as tinyint)", "CAST_OVERFLOW"},
    {"SELECT 2147483647 + 1", "ARITHMETIC_OVERFLOW"},
    {"SELECT sum(x) FROM VALUES (9223372036854775807), (1) t(x)", "ARITHMETIC_OVERFLOW"},
    {"SELECT arr[7] FROM t WHERE id = 1", "INVALID_ARRAY_INDEX"},
    {"SELECT arr[-1] FROM t WHERE id = 1", "INVALID_ARRAY_INDEX"},
    {"SELECT element_at(arr, 9) FROM t WHERE id = 1", "INVALID_ARRAY_INDEX_IN_ELEMENT_AT"},
    {"SELECT element_at(arr, 0) FROM t WHERE id = 1", "INVALID_INDEX_OF_ZERO"},
    {"SELECT sha2('abc', 512)", "UNSUPPORTED_FEATURE"},
    {"SELECT skewness(id) FROM t", "UNSUPPORTED_FEATURE"},
    {"SELECT xxhash64(m) FROM t", "DATATYPE_MISMATCH.HASH_MAP_TYPE"},
    {"SELECT soundex('Miller')", "UNRESOLVED_ROUTINE"},
    {"SELECT split('a,b', ',', 2)", "UNSUPPORTED_FEATURE"},
};

static void queries_give_what_the_platform_gives(void **state)
{
    kit *k = *state;
    int wrong = 0;
    for (size_t i = 0; i < CX_COUNT(tables); i++)
        OK(k, tables[i]);
    for (size_t i = 0; i < CX_COUNT(answers); i++) {
        const bool ran = kit_run(k, answers[i][0]) == CX_OK;
        const bool right = ran && strcmp(answers[i][2], buf_text(&k->rows)) == 0 &&
                           (!answers[i][1] || strcmp(answers[i][1], buf_text(&k->types)) == 0);
        if (!right)
            print_error("%s\n  %s\n  %s\n", answers[i][0],
                        ran ? buf_text(&k->types) : k->c.error.message, buf_text(&k->rows));
        wrong += !right;
    }
    assert_int_equal(0, wrong);
}

static void what_cannot_be_answered_is_refused_by_name(void **state)
{
    kit *k = *state;
    for (size_t i = 0; i < CX_COUNT(tables); i++)
        OK(k, tables[i]);
    for (size_t i = 0; i < CX_COUNT(refusals); i++)
        FAILS(k, refusals[i][0], refusals[i][1]);
}

static void functions_and_views_divide_and_index_as_queries_do(void **state)
{
    kit *k = *state;
    for (size_t i = 0; i < CX_COUNT(tables); i++)
        OK(k, tables[i]);
    OK(k, "CREATE FUNCTION half(n INT) RETURNS DOUBLE RETURN n / 2");
    OK(k, "CREATE FUNCTION head(a ARRAY<INT>) RETURNS INT RETURN a[0]");
    ROWS(k, "SELECT half(3), head(arr) FROM t WHERE id = 1", "1.5|1");
    OK(k, "CREATE VIEW w AS SELECT d / 3 AS third, mi[id] AS name, count(*) FROM t GROUP BY ALL");
    TYPES(k, "SELECT * FROM w", "third DECIMAL(14,6), name STRING, count(1) BIGINT");
    ROWS(k, "SELECT * FROM w WHERE name = 'one'", "3.416667|one|1");
    OK(k, "UPDATE t SET v = id / 2, arr = array(arr[0]) WHERE id = 1 AND arr[1] = 2");
    ROWS(k, "SELECT v, arr FROM t WHERE id = 1", "0.5|[1]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(queries_give_what_the_platform_gives),
        T(what_cannot_be_answered_is_refused_by_name),
        T(functions_and_views_divide_and_index_as_queries_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
