"""Variants that Spark wrote, as clxs shows them: the same JSON, schemas and parts that Spark gives.

spec: delta "Variant data in Parquet", "Reader Requirements for Variant Data Type"
"""
import pytest
from spark import session  # first: puts tests/interop on the path
from lake import Lake

VALUES = [
    "parse_json('{\"b\": [1, -300, 70000, 5000000000, null], \"a\": {\"x y\": \"é\\\\n\"}, \"c\": 1.50, \"d\": 1e10}')",
    "parse_json('[]')", "parse_json('{}')", "parse_json('null')", "CAST(NULL AS VARIANT)", "parse_json('[1, 2.5, 3e0]')",
    "CAST(true AS VARIANT)", "CAST(CAST(1.25 AS DECIMAL(38,10)) AS VARIANT)", "CAST(CAST(0.1 AS FLOAT) AS VARIANT)",
    "CAST(CAST('NaN' AS DOUBLE) AS VARIANT)", "CAST(X'00FF' AS VARIANT)", "CAST(repeat('long', 40) AS VARIANT)",
    "CAST(DATE'2024-02-29' AS VARIANT)", "CAST(TIMESTAMP'2024-02-29 12:30:01.5' AS VARIANT)",
    "CAST(TIMESTAMP_NTZ'1969-12-31 23:59:59.999999' AS VARIANT)", "CAST(array('a', NULL) AS VARIANT)",
]
JSON = ['{"b": 1.50, "a": [2, -3e2, null]}', "123456789012345678901234567890", "0.000", "-0", "1e400", "[1,]", " [ ] ", '{"a":1,"a":2}',
        "1" * 40, "0.1234567890123456789012345678901234567890", '"\\\\ud83d\\\\ude00/"', "[12.5, 3]", "nul", "9223372036854775808"]
ASKED = ["to_json(v)", "schema_of_variant(v)", "is_variant_null(v)", "try_variant_get(v, '$.a[\"x y\"]', 'string')",
         "try_variant_get(v, '$.b[2]', 'int')", "try_variant_get(v, '$.c', 'decimal(10,2)')", "try_variant_get(v, '$', 'date')",
         "try_variant_get(v, '$[1]', 'double')", "try_variant_get(v, '$', 'boolean')", "to_json(s.v)", "to_json(l[0])"]


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    work = tmp_path_factory.mktemp("variants")
    spark, folder = session(work), work / "table"
    rows = " UNION ALL ".join(f"SELECT {i} AS id, {v} AS v" for i, v in enumerate(VALUES))
    spark.sql(f"CREATE TABLE delta.`{folder}` USING DELTA AS SELECT id, v, named_struct('v', v) AS s, array(v) AS l "
              f"FROM ({rows})")
    query = "SELECT id, {} FROM {} ORDER BY id"
    theirs = {a: spark.sql(query.format(f"CAST({a} AS STRING)", f"delta.`{folder}`")).collect() for a in ASKED}
    parsed = [f"to_json({p}), schema_of_variant({p})" for p in (f"try_parse_json('{j}')" for j in JSON)]
    spark_parsed = [list(spark.sql(f"SELECT {p}").collect()[0]) for p in parsed]
    spark.stop()
    lake = Lake(work / "ours")
    lake.adopt("t", folder)
    ours = {a: lake.rows(query.format(f"CAST({a} AS STRING)", "t")) for a in ASKED}
    own_parsed = [lake.rows(f"SELECT {p}")[0] for p in parsed]
    lake.close()
    return {"JSON": (spark_parsed, own_parsed)} | {a: ([r[1] for r in theirs[a]], [r[1] for r in ours[a]]) for a in ASKED}


def test_json_is_parsed_as_spark_parses_it(answers):
    different = [(j, t, o) for j, t, o in zip(JSON, *answers["JSON"]) if t != o]
    assert not different, different


@pytest.mark.parametrize("asked", ASKED)
def test_clxs_and_spark_say_the_same(answers, asked):
    theirs, ours = answers[asked]
    different = [(v, t, o) for v, t, o in zip(VALUES, theirs, ours) if t != o]
    assert not different, different
