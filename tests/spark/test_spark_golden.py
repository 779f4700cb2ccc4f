"""The golden tables as Spark reads them now: what has no `expected`, and what deltalake does not read."""
import pytest
from spark import Spark, session, why  # first: puts tests/interop on the path
from conftest import GOLDEN
from lake import Lake
from matrix import slug
from readers import Ours
from values import table_of

# A partition value without a zone was written in California: Spark reads it in its own session's zone, we in UTC.
ZONELESS = {"data-reader-partition-values": "as_timestamp"}
# We read what Spark refuses (a byte made wider than a decimal of its release may be) …
OURS_ALONE = {"type-widening"}
# … and a deletion vector in the log whose last, short group is written as only the Rust kernel writes and reads it.
OTHER_CODEC = {"cdf-table-with-dv"}


def loose(value):
    """Floats to six digits: ours are text, Spark's are wider than a FLOAT."""
    if isinstance(value, list):
        return [loose(v) for v in value]
    if isinstance(value, dict):
        return {k: loose(v) for k, v in value.items()}
    try:
        return f"{float(value):.6g}" if isinstance(value, str) and "." in value else value
    except ValueError:
        return value


def same(keep, got, want):
    at, theirs = [got[0].index(n) for n in keep], [want[0].index(n) for n in keep]
    assert table_of(keep, [[loose(r[i]) for i in at] for r in got[1]]) == \
        table_of(keep, [[loose(r[i]) for i in theirs] for r in want[1]])


class At:
    def __init__(self, table):
        self.reads = table


def tables():
    return sorted([f / "delta" for f in (GOLDEN / "tables").glob("*") if (f / "delta/_delta_log").exists()] +
                  list((GOLDEN / "more").glob("*")))


def name_of(folder):
    return folder.parent.name if folder.name == "delta" else folder.name


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    lake = Lake(tmp_path_factory.mktemp("lake"))
    lake.sql("CREATE CATALOG g")
    yield lake, Spark(session(tmp_path_factory.mktemp("spark")))
    lake.close()


@pytest.mark.parametrize("folder", tables(), ids=name_of)
def test_both_read_the_same_rows_or_both_refuse(both, folder):
    lake, spark = both
    table = f"g.default.{slug(name_of(folder))}"
    try:
        want = spark.rows(None, str(folder))
    except RuntimeError as e:
        if name_of(folder) in OURS_ALONE:
            lake.adopt(table, folder)
            assert lake.rows(f"SELECT * FROM {table}")
            return
        with pytest.raises(Exception) as ours:
            lake.adopt(table, folder)
            lake.rows(f"SELECT * FROM {table}")
        assert str(ours.value), why(e)
        return
    lake.adopt(table, folder)
    got = Ours(lake).rows(At(table), None)
    assert sorted(got[0]) == sorted(want[0])
    same([n for n in want[0] if n != ZONELESS.get(name_of(folder))], got, want)


@pytest.mark.parametrize("folder", [f for f in tables() if "cdf" in name_of(f) or "compacted" in name_of(f)], ids=name_of)
def test_both_read_the_same_changes(both, folder):
    lake, spark = both
    table = f"g.default.{slug(name_of(folder))}_feed"
    lake.adopt(table, folder)
    try:
        want = spark.changes(None, str(folder), 0)
    except Exception as e:
        with pytest.raises(Exception) as ours:
            lake.rows(f"SELECT * FROM table_changes('{table}', 0)")
        assert str(ours.value), why(e)
        return
    got = Ours(lake).changes(At(table), None, 0)
    if name_of(folder) not in OTHER_CODEC:
        same([n for n in want[0] if n != "_commit_timestamp"], got, want)
