"""Tables that others wrote: registered, cloned deep and shallow, and compared with the rows that Spark read (`tables/`,
where `expected` holds them) or that deltalake reads (`more/`). A table that is neither read nor refused for a reason
that is known here fails: so does one that is new."""
import base64
import datetime
import decimal
import json
import math
import re
import struct

import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, QueryBuilder

from conftest import Clxs
from readers import DeltaRs
from values import from_text, table_of

# Tables that a correct reader refuses, and a word of the reason.
REFUSED = {
    "deltalog-invalid-protocol-version": "99",
    "deltalog-state-reconstruction-without-metadata": "metadata",
    "versions-not-contiguous": "version",
    "no-delta-log-folder": "no _delta_log",
    "data-reader-absolute-paths-escaped-chars": "no metadata action",  # only the commits behind the first are here
    "checkpoint": "/15",                            # only the log is here: the reason names the file that is not
    "with_checkpoint_no_last_checkpoint": ".parquet",
}
# Readable, and without a row: nothing is expected of it but that.
EMPTY = {"canonicalized-paths-normal-a"}


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
    more = clxs.json("register", "--catalog", "golden", "--schema", "more", "--from", golden / "more")
    report = {"refused": report["refused"] + more["refused"], "more": [r["name"] for r in more["refused"]]}
    for kind in ("DEEP", "SHALLOW"):
        clxs("clone", "--source", "golden", "--dest", f"golden_{kind.lower()}", "--clone-type", kind)
    return clxs, report


def folders():
    from conftest import GOLDEN
    return sorted(f for kind in ("tables", "more") for f in (GOLDEN / kind).glob("*"))


@pytest.mark.parametrize("folder", folders(), ids=lambda f: f"{f.parent.name}/{f.name}")
def test_a_table_is_read_or_refused_for_the_right_reason(registered, folder):
    clxs, report = registered
    refused = {r["name"]: r["reason"] for r in report["refused"]}
    name = table_name(folder.name)
    if folder.name in REFUSED:
        assert REFUSED[folder.name] in refused[name].lower()
        return
    assert name not in refused, f"refused, and not in REFUSED: {refused.get(name)}"
    count = int(clxs.rows(f"SELECT count(*) FROM golden.{folder.parent.name}.{name}")[0][0])
    known = (folder / "expected").exists() or folder.parent.name == "more" or folder.name in EMPTY
    assert known, "has no `expected`: say in EMPTY or REFUSED what it is"
    assert folder.name not in EMPTY or count == 0


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


# What deltalake does not read is read by Spark in `./check --full` (tests/spark/test_spark_golden.py).
UNREADABLE = {"type-widening": "TypeWidening", "with_checkpoint_no_last_checkpoint": "Failed to fetch metadata"}
# Change files that are not here, or a feed that was off for a part of the history.
NO_FEED = "Failed to fetch metadata|does not have change data|not enabled for version"


def seen(answer):
    """An answer of run-sql in the form of values.py."""
    names, types = [c["name"] for c in answer["columns"]], [c["type"] for c in answer["columns"]]
    return names, [[from_text(v, t) for v, t in zip(r, types)] for r in answer["rows"]]


def timeless(names, rows):
    """Changes without the time of their commit: a file's time here, the writer's word there."""
    at = [i for i, n in enumerate(names) if n != "_commit_timestamp"]
    return table_of([names[i] for i in at], [[r[i] for i in at] for r in rows])


def more_tables():
    return [f.name for f in folders() if f.parent.name == "more"]


@pytest.mark.parametrize("catalog", ["golden", "golden_deep", "golden_shallow"])
@pytest.mark.parametrize("folder", more_tables())
def test_rows_equal_what_deltalake_reads(registered, golden, catalog, folder):
    clxs, _ = registered
    table = DeltaTable(str(golden / "more" / folder)) if folder not in UNREADABLE else None
    if table is None:
        with pytest.raises(Exception, match=UNREADABLE[folder]):
            QueryBuilder().register("t", DeltaTable(str(golden / "more" / folder))).execute("SELECT * FROM t").read_all()
        return
    want = table_of(*DeltaRs.of(QueryBuilder().register("t", table).execute("SELECT * FROM t").read_all()))
    answer = clxs.json("run-sql", "--sql", f"SELECT * FROM {catalog}.more.{table_name(folder)}")
    assert table_of(*seen(answer)) == want


@pytest.mark.parametrize("folder", more_tables())
def test_changes_equal_what_deltalake_reads(registered, golden, folder):
    clxs, _ = registered
    try:
        want = timeless(*DeltaRs.of(DeltaTable(str(golden / "more" / folder)).load_cdf(starting_version=0).read_all()))
    except Exception as e:
        assert re.search(NO_FEED + "|" + UNREADABLE.get(folder, "^$"), str(e)), e
        return
    answer = clxs.json("run-sql", "--sql", f"SELECT * FROM table_changes('golden.more.{table_name(folder)}', 0)")
    assert timeless(*seen(answer)) == want
