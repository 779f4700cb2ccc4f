"""Tables that Spark and others wrote, changed by us: each row is written anew, some go, all come twice."""
import collections
import json

import pytest

from lake import Lake, Refused

def folders():
    from conftest import GOLDEN
    return sorted(f for kind in ("tables", "more") for f in (GOLDEN / kind).glob("*"))


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    lake = Lake(tmp_path_factory.mktemp("golden_dml"))
    yield lake
    lake.close()


def data_of(folder):
    """The table's own folder: some have it one level down."""
    return next((f for f in (folder / "delta", folder / "table", folder) if (f / "_delta_log").is_dir()), None)


def rows_of(lake, name):
    return collections.Counter(json.dumps(r) for r in lake.rows(f"SELECT * FROM {name}"))


@pytest.mark.parametrize("folder", folders(), ids=lambda f: f"{f.parent.name}/{f.name}")
def test_rows_of_others_are_changed_and_kept(lake, folder, tmp_path):
    name = "main.default.`" + "".join(ch if ch.isalnum() else "_" for ch in f"{folder.parent.name}_{folder.name}".lower()) + "`"
    data = data_of(folder)
    if data is None:
        pytest.skip("not a table")
    try:
        lake.adopt(name, data, tmp_path / "copy")
        before = rows_of(lake, name)
    except Refused as refusal:
        pytest.skip(f"not readable: {refusal}")
    except AssertionError:
        pytest.skip("large")
    column = "`" + lake.sql(f"SELECT * FROM {name} LIMIT 0")[0][0].replace("`", "``") + "`"
    count = lake.rows(f"UPDATE {name} SET {column} = {column}")
    assert int(count[0][0]) == before.total() and rows_of(lake, name) == before
    gone = int(lake.rows(f"SELECT count(*) FROM {name} WHERE {column} IS NULL")[0][0])
    assert int(lake.rows(f"DELETE FROM {name} WHERE {column} IS NULL")[0][0]) == gone
    left = rows_of(lake, name)
    assert left <= before and left.total() == before.total() - gone
    twice = lake.rows(f"MERGE INTO {name} t USING {name} s ON false WHEN NOT MATCHED THEN INSERT *")
    assert int(twice[0][0]) == left.total() and rows_of(lake, name) == left + left
