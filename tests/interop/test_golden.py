"""Tables that Spark wrote, with the rows that Spark read: registered, cloned deep and shallow, compared."""
import base64
import datetime
import decimal
import json
import math
import struct

import pyarrow.parquet as pq
import pytest

from conftest import Clxs

# Tables that a correct reader refuses, and a word of the reason.
REFUSED = {
    "deltalog-invalid-protocol-version": "99",
    "deltalog-state-reconstruction-without-metadata": "metadata",
    "versions-not-contiguous": "version",
    "no-delta-log-folder": "",
}


def table_name(folder):
    return "".join(ch if ch.isalnum() else "_" for ch in folder.lower())


def plain(value):
    """An Arrow value as the SQL Statement API writes it, parsed where text is not unique."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def ours(text, type_text):
    if text is None:
        return None
    kind = type_text.split("(")[0].split("<")[0].upper()
    if kind in ("FLOAT", "DOUBLE"):
        wide = float(text)
        return plain(struct.unpack("f", struct.pack("f", wide))[0] if kind == "FLOAT" else wide)
    if kind in ("TIMESTAMP", "TIMESTAMP_NTZ"):
        return datetime.datetime.fromisoformat(text.rstrip("Z"))
    if kind in ("ARRAY", "MAP", "STRUCT"):
        return loose(json.loads(text))
    return text


def loose(value):
    """Nested values: as text leaves, maps as sorted pairs, because JSON has fewer types than Arrow."""
    if isinstance(value, dict):
        return sorted((str(loose(k)), loose(v)) for k, v in value.items())
    if isinstance(value, list) and value and all(isinstance(p, tuple) and len(p) == 2 for p in value):
        return sorted((str(loose(k)), loose(v)) for k, v in value)
    if isinstance(value, (list, tuple)):
        return [loose(v) for v in value]
    p = plain(value)
    if isinstance(p, float):
        return f"{p:.6g}"
    if isinstance(p, str):
        try:
            return f"{float(p):.6g}" if not p.isalpha() and any(ch.isdigit() for ch in p) else p
        except ValueError:
            return p
    return p


# A partition value of type timestamp has no zone in this table: it was written in California, and only its
# writer knows. We read UTC, as the protocol has it for values without a zone.
ZONELESS = {"data-reader-partition-values": "as_timestamp"}


def expected_rows(folder, without):
    table = pq.read_table(folder)
    if without:
        table = table.drop_columns([without])
    rows = []
    for row in zip(*(column.to_pylist() for column in table.columns)) if table.num_columns else []:
        rows.append([loose(v) if isinstance(v, (list, dict)) else plain(v) for v in row])
    return table.column_names, rows


def key(row):
    return json.dumps(row, default=str, sort_keys=True)


def read(clxs, catalog, name, columns):
    listed = ", ".join(f"`{c}`" for c in columns)
    answer = clxs.json("run-sql", "--sql", f"SELECT {listed} FROM {catalog}.tables.{name}")
    types = [column["type"] for column in answer["columns"]]
    names = [column["name"] for column in answer["columns"]]
    return names, [[ours(v, t) for v, t in zip(row, types)] for row in answer["rows"]]


@pytest.fixture(scope="module")
def registered(golden, tmp_path_factory):
    clxs = Clxs(tmp_path_factory.mktemp("golden"))
    report = clxs.json("register", "--catalog", "golden", "--schema", "tables", "--from", golden / "tables")
    for kind in ("DEEP", "SHALLOW"):
        clxs("clone", "--source", "golden", "--dest", f"golden_{kind.lower()}", "--clone-type", kind)
    return clxs, report


def test_every_readable_table_is_registered_and_the_others_are_named(registered, golden):
    _, report = registered
    refused = {r["name"]: r["reason"] for r in report["refused"]}
    for folder in sorted((golden / "tables").iterdir()):
        name = table_name(folder.name)
        if (folder / "expected").exists() and folder.name not in REFUSED:
            assert name not in refused, f"{name}: {refused.get(name)}"
        elif folder.name in REFUSED:
            assert REFUSED[folder.name] in refused[name].lower(), refused[name]


def expected_tables():
    from conftest import GOLDEN
    if not GOLDEN.exists():
        return []
    return sorted(f.parent.name for f in (GOLDEN / "tables").glob("*/expected"))


@pytest.mark.parametrize("catalog", ["golden", "golden_deep", "golden_shallow"])
@pytest.mark.parametrize("folder", expected_tables())
def test_rows_equal_what_spark_read(registered, golden, catalog, folder):
    clxs, _ = registered
    want_names, want = expected_rows(golden / "tables" / folder / "expected", ZONELESS.get(folder))
    names, got = read(clxs, catalog, table_name(folder), want_names)
    assert names == want_names
    star = clxs.json("run-sql", "--sql", f"SELECT * FROM {catalog}.tables.{table_name(folder)} LIMIT 0")
    assert [c["name"] for c in star["columns"] if c["name"] != ZONELESS.get(folder)] == want_names
    assert sorted(map(key, got)) == sorted(map(key, want))
