"""Tables with variants that others wrote: read, whatever a value holds; damage is said, and writing refused.

spec: delta "Variant Data Type", "Variant data in Parquet", "Reader Requirements for Variant Data Type"
"""
import datetime
import decimal
import json
import struct
import uuid

import pyarrow as pa
import pytest

from lake import Lake, Refused
from variants import VARIANT, Raw, metadata, primitive, variant, write_table

UTC = datetime.timezone.utc


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    lake = Lake(tmp_path_factory.mktemp("variants"))
    yield lake
    lake.close()


@pytest.fixture
def table(lake, tmp_path, request):
    """Makes a table (id, v) of variants, adopted under a name of its own."""
    made = []

    def make(values, features=("variantType",)):
        name = f"t{abs(hash(request.node.name)) % 10**9}_{len(made)}"
        column = pa.array(values if isinstance(values, list) else list(values), VARIANT)
        folder = write_table(tmp_path / name, [("id", "long"), ("v", "variant")],
                             pa.table({"id": pa.array(range(len(column)), pa.int64()), "v": column}), features)
        made.append(name)
        lake.adopt(name, folder)
        return name
    yield make
    for name in made:
        lake.sql(f"DROP TABLE {name}")


def one(lake, expression, name):
    return [row[0] for row in lake.rows(f"SELECT {expression} FROM {name} ORDER BY id")]


# A value, the JSON text of it, what schema_of_variant says.
LEAVES = [
    (Raw(b"\0"), "null", "VOID"),
    (True, "true", "BOOLEAN"),
    (False, "false", "BOOLEAN"),
    (0, "0", "BIGINT"),
    (-128, "-128", "BIGINT"),
    (-32768, "-32768", "BIGINT"),
    (2**31 - 1, "2147483647", "BIGINT"),
    (-2**63, "-9223372036854775808", "BIGINT"),
    (decimal.Decimal("12.50"), "12.5", "DECIMAL(3,1)"),
    (decimal.Decimal("-0.01"), "-0.01", "DECIMAL(2,2)"),
    (decimal.Decimal("12345678901.25"), "12345678901.25", "DECIMAL(13,2)"),
    (decimal.Decimal("-9999999999999999999999999999.123456789"), "-9999999999999999999999999999.123456789",
     "DECIMAL(37,9)"),
    (2.5, "2.5", "DOUBLE"),
    (1e300, "1.0E300", "DOUBLE"),
    (float("nan"), '"NaN"', "DOUBLE"),
    (float("-inf"), '"-Infinity"', "DOUBLE"),
    (Raw(primitive(14, struct.pack("<f", 0.1))), "0.1", "FLOAT"),
    ("", '""', "STRING"),
    ("short", '"short"', "STRING"),
    ("é\n\"\\\0 " + "long" * 40, json.dumps("é\n\"\\\0 " + "long" * 40, ensure_ascii=False), "STRING"),
    (b"\0\xff", '"AP8="', "BINARY"),
    (datetime.date(1582, 10, 4), '"1582-10-04"', "DATE"),
    (datetime.datetime(2024, 2, 29, 12, 30, 1, 500000, UTC), '"2024-02-29 12:30:01.5+00:00"', "TIMESTAMP"),
    (datetime.datetime(1969, 12, 31, 23, 59, 59, 999999), '"1969-12-31 23:59:59.999999"', "TIMESTAMP_NTZ"),
    (uuid.UUID("00112233-4455-6677-8899-aabbccddeeff"), '"00112233-4455-6677-8899-aabbccddeeff"', "UUID"),
    ([], "[]", "ARRAY<VOID>"),
    ([1, 2.5, None], "[1,2.5,null]", "ARRAY<DOUBLE>"),
    ([1, decimal.Decimal("2.25")], "[1,2.25]", "ARRAY<DECIMAL(22,2)>"),
    ([1, "x"], '[1,"x"]', "ARRAY<VARIANT>"),
    ({}, "{}", "OBJECT<>"),
    ({"b": [1, None], "a": {"c d": "x"}}, '{"a":{"c d":"x"},"b":[1,null]}',
     "OBJECT<a: OBJECT<`c d`: STRING>, b: ARRAY<BIGINT>>"),
]


def test_every_kind_of_value_is_shown_as_json_and_described(lake, table):
    name = table([variant(v) for v, _, _ in LEAVES] + [None])
    names, types, rows = lake.sql(f"SELECT v, to_json(v), schema_of_variant(v), is_variant_null(v) FROM {name} ORDER BY id")
    assert types[0] == "VARIANT"
    assert [row[0] for row in rows] == [text for _, text, _ in LEAVES] + [None]
    assert [row[1] for row in rows] == [text for _, text, _ in LEAVES] + [None]
    assert [row[2] for row in rows] == [schema for _, _, schema in LEAVES] + [None]
    assert [row[3] for row in rows] == ["true"] + ["false"] * len(LEAVES)


def test_other_columns_are_read_and_the_type_is_shown(lake, table):
    name = table([variant(1), variant(2)])
    assert one(lake, "id", name) == ["0", "1"]
    assert [(r["col_name"], r["data_type"]) for r in lake.dicts(f"DESCRIBE {name}")] == [("id", "bigint"), ("v", "variant")]


def test_paths_reach_into_values_and_casts_give_types(lake, table):
    name = table([variant({"a": {"b": 7, "x y": ["p", {"q": decimal.Decimal("1.25")}]}, "d": "2024-02-29",
                           "e": {"n": 3}})])
    asked = {
        "v:a.b::int": ("INT", "7"),
        "v:a.b": ("VARIANT", "7"),
        "v:a['x y'][0]": ("VARIANT", '"p"'),
        "v:a['x y'][0]::string": ("STRING", "p"),
        "v:a.nothing.at.all": ("VARIANT", None),
        "v:d::date": ("DATE", "2024-02-29"),
        "variant_get(v, '$.a.b', 'int')": ("INT", "7"),
        "variant_get(v, '$.a[\"x y\"][1].q', 'decimal(10,2)')": ("DECIMAL(10,2)", "1.25"),
        "v:a['x y'][1].q::decimal(5,3)": ("DECIMAL(5,3)", "1.250"),
        "variant_get(v, '$.a.b', 'double')": ("DOUBLE", "7.0"),
        "variant_get(v, '$.d', 'timestamp')": ("TIMESTAMP", "2024-02-29T00:00:00.000Z"),
        "try_variant_get(v, '$.d', 'int')": ("INT", None),
        "variant_get(v, '$.e', 'struct<n: int>')": ("STRUCT<n: INT>", '{"n":3}'),
        "variant_get(v, '$.e', 'map<string, bigint>')": ("MAP<STRING, BIGINT>", '{"n":3}'),
        "variant_get(v, '$.a', 'variant')": ("VARIANT", '{"b":7,"x y":["p",{"q":1.25}]}'),
    }
    for expression, wanted in asked.items():
        _, types, rows = lake.sql(f"SELECT {expression} FROM {name}")
        assert (types[0], rows[0][0]) == wanted, expression


def test_casts_that_a_value_does_not_allow_are_refused(lake, table):
    name = table([variant({"s": "x", "big": 2**40, "day": datetime.date(2024, 1, 1)})])
    for expression in ("v:s::int", "v:big::int", "v:s::boolean", "v::int", "v:day::double"):
        with pytest.raises(Refused, match="INVALID_VARIANT_CAST|cannot be cast"):
            lake.sql(f"SELECT {expression} FROM {name}")
    for path in ("a", "$.", "$[x]", "$['a"):
        with pytest.raises(Refused, match="path"):
            lake.sql(f"SELECT variant_get(v, {json.dumps(path)}, 'int') FROM {name}")


def test_variants_inside_structs_arrays_and_maps(lake, tmp_path):
    member = {"type": "struct", "fields": [{"name": "w", "type": "variant", "nullable": True, "metadata": {}}]}
    values = [variant({"a": 1}), None, variant(Raw(b"\0"))]
    folder = write_table(
        tmp_path / "nested",
        [("s", member), ("l", {"type": "array", "elementType": "variant", "containsNull": True}),
         ("m", {"type": "map", "keyType": "string", "valueType": "variant", "valueContainsNull": True}), ("n", "void")],
        pa.table({"s": pa.array([{"w": v} for v in values], pa.struct([("w", VARIANT)])),
                  "l": pa.array([[v, variant("x")] for v in values], pa.list_(VARIANT)),
                  "m": pa.array([[("k", v)] for v in values], pa.map_(pa.string(), VARIANT))}))
    lake.adopt("nested", folder)
    _, types, rows = lake.sql("SELECT * FROM nested ORDER BY s.w:a::int NULLS LAST, to_json(s.w) NULLS LAST")
    assert types == ["STRUCT<w: VARIANT>", "ARRAY<VARIANT>", "MAP<STRING, VARIANT>", types[3]]
    nulls = ['{"w":null}', '[null,"x"]', '{"k":null}', None]
    assert rows == [['{"w":{"a":1}}', '[{"a":1},"x"]', '{"k":{"a":1}}', None], nulls, nulls]
    lake.sql("DROP TABLE nested")


def test_objects_of_many_keys_and_wide_offsets(lake, table):
    wide = {f"key{i:04}": i for i in range(1000)}
    long = {"a": "x" * 70000, "b": ["y" * 300] * 300}
    name = table([variant(wide), variant(long), variant(list(range(300)))])
    assert [json.loads(t) for t in one(lake, "v", name)] == [wide, long, list(range(300))]
    assert one(lake, "v:key0999::int", name) == ["999", None, None]


def test_depth_is_bounded(lake, table):
    def deep(n):
        value = 1
        for _ in range(n):
            value = [value]
        return value
    assert one(lake, "v", table([variant(deep(100))])) == ["[" * 100 + "1" + "]" * 100]
    with pytest.raises(Refused, match="malformed"):
        lake.sql(f"SELECT v FROM {table([variant(deep(200))])}")


def shared_insides():
    """Arrays whose elements are all the same bytes: small, and endless to print."""
    value = b"\x0c\x01"
    for _ in range(60):
        value = b"\x0f\x02" + struct.pack("<III", 0, 0, len(value)) + value
    return value


DAMAGED = {
    "no metadata": (b"", b"\0"),
    "another version": (b"\x12\0\0", b"\0"),
    "no value": (metadata([]), b""),
    "a dictionary that ends early": (b"\x11\x05\0\1", b"\0"),
    "a key that is not there": (metadata(["a"]), b"\x02\x01\x05\x00\x01\x00"),
    "a number cut off": (metadata([]), b"\x18\x01"),
    "a text cut off": (metadata([]), b"\x40\xff\xff\xff\x7fx"),
    "a text that is not UTF-8": (metadata([]), b"\x05\xff"),
    "an unknown primitive": (metadata([]), b"\xfc" + b"\0" * 20),
    "an array past its end": (metadata([]), b"\x03\x01\x00\x50\x00"),
    "a count past its end": (metadata([]), b"\x13\xff\xff\xff\xff\x00"),
    "a scale of 200": (metadata([]), b"\x20\xc8\1\0\0\0"),
    "insides that are shared": (metadata([]), shared_insides()),
}


@pytest.mark.parametrize("what", DAMAGED)
def test_damage_is_said_and_the_other_columns_stay_readable(lake, table, what):
    head, value = DAMAGED[what]
    name = table([variant(1), {"metadata": head, "value": value}])
    with pytest.raises(Refused, match="malformed"):
        lake.sql(f"SELECT v FROM {name}")
    assert one(lake, "id", name) == ["0", "1"]


def test_writing_is_refused_by_name(lake, table):
    name = table([variant(1)])
    for statement in (f"INSERT INTO {name} VALUES (1, NULL)", f"DELETE FROM {name}", f"UPDATE {name} SET id = 3"):
        with pytest.raises(Refused, match="variantType"):
            lake.sql(statement)
    for statement in ("CREATE TABLE refused (v VARIANT)", f"CREATE TABLE refused AS SELECT v FROM {name}",
                      "CREATE TABLE refused (a INT, s STRUCT<v: VARIANT>)"):
        with pytest.raises(Refused, match="variantType"):
            lake.sql(statement)
    assert one(lake, "v", name) == ["1"]


def test_parse_json_makes_variants(lake):
    texts = {
        '{"b": 1.50, "a": [2, -3e2, null, true, "x"]}': ('{"a":[2,-300.0,null,true,"x"],"b":1.5}',
                                                       "OBJECT<a: ARRAY<VARIANT>, b: DECIMAL(2,1)>"),
        "9223372036854775808": ("9223372036854775808", "DECIMAL(19,0)"),
        "1" * 40: (None, "DOUBLE"),
        " [ ] ": ("[]", "ARRAY<VOID>"),
    }
    for text, (shown, schema) in texts.items():
        _, types, rows = lake.sql(f"SELECT parse_json('{text}'), schema_of_variant(parse_json('{text}'))")
        assert types[0] == "VARIANT" and rows[0][1] == schema
        assert shown is None or rows[0][0] == shown
    keys = {f"k{i}": i for i in range(2000)}
    assert json.loads(lake.rows(f"SELECT parse_json('{json.dumps(keys)}')")[0][0]) == keys
    for wrong in ("", "{", "[1,]", '{"a":1,"a":2}', "01", "1.", "nul", '{"a"}', "1 2", "[" * 200 + "]" * 200):
        assert lake.rows(f"SELECT try_parse_json('{wrong}')") == [[None]]
        with pytest.raises(Refused, match="MALFORMED_RECORD_IN_PARSING|try_parse_json"):
            lake.sql(f"SELECT parse_json('{wrong}')")


def test_casts_to_variant_are_of_text_or_refused(lake):
    assert lake.rows("SELECT '{\"a\"'::variant, CAST(NULL AS VARIANT)") == [['"{\\"a\\""', None]]
    for expression in ("CAST(1 AS VARIANT)", "X'00'::VARIANT", "array(1)::variant"):
        with pytest.raises(Refused, match="VARIANT"):
            lake.sql(f"SELECT {expression}")
    assert lake.sql("SELECT variant + 1 AS variant FROM (SELECT 1 AS variant)")[2] == [["2"]]


def test_clones_and_views_of_variants_are_read(lake, table):
    name = table([variant({"a": 1})])
    lake.sql(f"CREATE TABLE {name}_deep DEEP CLONE {name}")
    lake.sql(f"CREATE TABLE {name}_shallow SHALLOW CLONE {name}")
    lake.sql(f"CREATE VIEW {name}_view AS SELECT id, v, v:a::int AS a FROM {name}")
    for other in ("deep", "shallow", "view"):
        assert one(lake, "v", f"{name}_{other}") == ['{"a":1}']
    lake.sql(f"DROP VIEW {name}_view")
    for other in ("deep", "shallow"):
        lake.sql(f"DROP TABLE {name}_{other}")


def test_shredded_tables_are_refused_by_name(lake, tmp_path):
    folder = write_table(tmp_path / "shredded", [("v", "variant")], pa.table({"v": pa.array([variant(1)], VARIANT)}),
                         ("variantType", "variantShredding"))
    with pytest.raises(Refused, match="variantShredding"):
        lake.adopt("shredded", folder)
        lake.sql("SELECT * FROM shredded")
