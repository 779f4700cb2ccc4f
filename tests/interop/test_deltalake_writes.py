"""The other direction: tables that deltalake wrote are read, written on and cloned by us, and read back by deltalake."""
import datetime
import decimal

import pyarrow as pa
import pytest
from deltalake import DeltaTable, QueryBuilder, write_deltalake
from lake import Lake, Refused
from readers import DeltaRs
from values import from_text, table_of

D = decimal.Decimal
UTC = datetime.timezone.utc
NAMES = ["a/b", "x y", None, "50%", "k=v", "ü:é", "q\"'", "a\\b"]


def data(first=1, count=6, **more):
    ids = list(range(first, first + count))
    columns = {"id": pa.array(ids, pa.int64()), "n": pa.array([i * 10 for i in ids], pa.int32()),
               "v": pa.array([None if i % 4 == 0 else f"v{i}" for i in ids])}
    return pa.table({**columns, **{k: pa.array([f(i) for i in ids], t) for k, (t, f) in more.items()}})


def plain(folder):
    write_deltalake(folder, data())
    write_deltalake(folder, data(7), mode="append")


def after_every_operation(folder):
    plain(folder)
    table = DeltaTable(folder)
    table.delete("id = 2")
    table.update(updates={"n": "n + 1"}, predicate="id > 10")
    table.merge(data(12, 3), "t.id = s.id", source_alias="s", target_alias="t") \
        .when_matched_update_all().when_not_matched_insert_all().execute()
    table.optimize.compact()
    write_deltalake(folder, data(20, 2), mode="append")
    table = DeltaTable(folder)
    table.restore(table.version() - 1)
    write_deltalake(folder, data(30, 2), mode="append")
    DeltaTable(folder).vacuum(0, dry_run=False, enforce_retention_duration=False)


def every_type(folder):
    write_deltalake(folder, data(
        b=(pa.bool_(), lambda i: i % 2 == 0 or None), i8=(pa.int8(), lambda i: -i), i16=(pa.int16(), lambda i: -300 * i),
        f=(pa.float32(), lambda i: i / 4), d=(pa.float64(), lambda i: i / 3 if i % 3 else None),
        x=(pa.binary(), lambda i: bytes([i, 255])), dt=(pa.date32(), lambda i: datetime.date(1500 + 100 * i, 2, 3)),
        ts=(pa.timestamp("us", "UTC"), lambda i: datetime.datetime(1960 + 10 * i, 3, 29, 2, 30, 1, i, tzinfo=UTC)),
        tn=(pa.timestamp("us"), lambda i: datetime.datetime(1960 + 10 * i, 3, 29, 2, 30, 1, i)),
        dec=(pa.decimal128(38, 10), lambda i: D("1234567890123456789012345678.0123456789") * (-1) ** i)))


def nested(folder):
    write_deltalake(folder, data(
        a=(pa.list_(pa.int32()), lambda i: [i, None] if i % 3 else None),
        m=(pa.map_(pa.string(), pa.int32()), lambda i: {"k": i, "l": None} if i % 2 else None),
        s=(pa.struct([("x", pa.int32()), ("y", pa.struct([("z", pa.string())]))]), lambda i: {"x": i, "y": {"z": f"z{i}"}})))


def partitioned(kind, value):
    def make(folder):
        write_deltalake(folder, data(p=(kind, value)), partition_by=["p"])
        write_deltalake(folder, data(7, 3, p=(kind, value)), partition_by=["p"], mode="append")
    return make


def partitioned_by_two(folder):
    more = dict(p=(pa.string(), lambda i: NAMES[i % 8]), q=(pa.date32(), lambda i: datetime.date(2026, 1, 1 + i % 2)))
    write_deltalake(folder, data(count=12, **more), partition_by=["q", "p"])
    DeltaTable(folder).delete("p = '50%'")


def feed(folder):
    write_deltalake(folder, data(), configuration={"delta.enableChangeDataFeed": "true"})
    table = DeltaTable(folder)
    table.update(updates={"n": "n + 1"}, predicate="id > 3")
    table.delete("id = 2")
    table.merge(data(5, 4), "t.id = s.id", source_alias="s", target_alias="t") \
        .when_matched_delete("s.id = 5").when_matched_update_all().when_not_matched_insert_all().execute()


def new_columns(folder):
    plain(folder)
    write_deltalake(folder, data(20, 3, extra=(pa.string(), lambda i: f"e{i}")), mode="append", schema_mode="merge")


def overwritten_schema(folder):
    plain(folder)
    write_deltalake(folder, data(1, 3).drop_columns(["n"]), mode="overwrite", schema_mode="overwrite")


def replaced_where(folder):
    plain(folder)
    write_deltalake(folder, data(5, 2), mode="overwrite", predicate="id >= 5")


def checkpointed(folder):
    plain(folder)
    DeltaTable(folder).create_checkpoint()
    write_deltalake(folder, data(20, 3), mode="append")
    DeltaTable(folder).delete("id = 2")
    DeltaTable(folder).create_checkpoint()
    write_deltalake(folder, data(30, 3), mode="append")


def cleaned_log(folder):
    write_deltalake(folder, data(), configuration={"delta.logRetentionDuration": "interval 0 seconds"})
    for i in range(4):
        write_deltalake(folder, data(10 * i, 2), mode="append")
    table = DeltaTable(folder)
    table.create_checkpoint()
    table.cleanup_metadata()


def constrained(folder):
    plain(folder)
    DeltaTable(folder).alter.add_constraint({"small": "id < 1000"})


def append_only(folder):
    write_deltalake(folder, data(), configuration={"delta.appendOnly": "true"})


def zordered(folder):
    plain(folder)
    DeltaTable(folder).optimize.z_order(["n"])


MAKERS = {f.__name__: f for f in (plain, after_every_operation, every_type, nested, partitioned_by_two, feed, new_columns,
                                  overwritten_schema, replaced_where, checkpointed, cleaned_log, constrained, append_only,
                                  zordered)}
MAKERS |= {f"partitioned_by_{name}": partitioned(kind, value) for name, kind, value in (
    ("string", pa.string(), lambda i: NAMES[i % 8]), ("int", pa.int32(), lambda i: i if i % 3 else None),
    ("boolean", pa.bool_(), lambda i: i % 2 == 0), ("double", pa.float64(), lambda i: i / 4),
    ("decimal", pa.decimal128(10, 2), lambda i: D("1.50") * (i % 3)),
    ("date", pa.date32(), lambda i: datetime.date(1500 + i % 2, 2, 3)), ("binary", pa.binary(), lambda i: b"z/%d" % (i % 2)),
    ("timestamp", pa.timestamp("us", "UTC"), lambda i: datetime.datetime(2026, 3, 29, 2, 30, 0, i % 2, tzinfo=UTC)),
    ("timestamp_ntz", pa.timestamp("us"), lambda i: datetime.datetime(2026, 3, 29, 2, 30, 0, i % 2)))}

# What may not be done to it; the reason names the property.
REFUSED = {"append_only": "append"}


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    lake = Lake(tmp_path_factory.mktemp("lake"))
    lake.sql("CREATE CATALOG c")
    yield lake
    lake.close()


@pytest.fixture(scope="module")
def made(lake, tmp_path_factory):
    """name → (table of ours, folder), made when first asked for."""
    root, known = tmp_path_factory.mktemp("made"), {}

    def get(name):
        if name not in known:
            folder = str(root / name)
            MAKERS[name](folder)
            lake.adopt(f"c.default.{name}", folder)
            known[name] = (f"c.default.{name}", folder)
        return known[name]
    return get


def ours(lake, table):
    names, types, rows = lake.sql(f"SELECT * FROM {table}")
    return table_of(names, [[from_text(v, t) for v, t in zip(row, types)] for row in rows])


def theirs(folder):
    return table_of(*DeltaRs().of(QueryBuilder().register("t", DeltaTable(folder)).execute("SELECT * FROM t").read_all()))


@pytest.mark.parametrize("name", MAKERS)
def test_rows_and_history_are_read(lake, made, name):
    table, folder = made(name)
    assert ours(lake, table) == theirs(folder)
    history = [(int(h["version"]), h["operation"]) for h in lake.dicts(f"DESCRIBE HISTORY {table}")]
    assert history == [(h["version"], h["operation"]) for h in DeltaTable(folder).history()]


@pytest.mark.parametrize("name", MAKERS)
def test_old_versions_are_read(lake, made, name):
    table, folder = made(name)
    versions = [int(h["version"]) for h in lake.dicts(f"DESCRIBE HISTORY {table}")]
    if name == "after_every_operation":
        versions = versions[:1]  # the files of the others are vacuumed
    for version in versions:
        old = DeltaTable(folder, version=version)
        want = table_of(*DeltaRs().of(QueryBuilder().register("t", old).execute("SELECT * FROM t").read_all()))
        assert ours(lake, f"{table} VERSION AS OF {version}") == want


@pytest.mark.parametrize("kind", ["DEEP", "SHALLOW"])
@pytest.mark.parametrize("name", MAKERS)
def test_a_clone_has_the_rows(lake, made, name, kind):
    table, folder = made(name)
    copy = f"{table}_{kind.lower()}"
    lake.sql(f"CREATE TABLE {copy} {kind} CLONE {table}")
    assert ours(lake, copy) == theirs(folder)
    assert theirs(lake.location(copy)) == theirs(folder)


@pytest.mark.parametrize("name", MAKERS)
def test_what_we_write_on_it_is_read(lake, made, tmp_path, name):
    _, folder = made(name)
    table, target = f"c.default.{name}_w", tmp_path / "t"
    lake.adopt(table, folder, target)
    want = theirs(str(target))[1]
    names = theirs(str(target))[0]
    at = names.index("id")
    lake.sql(f"INSERT INTO {table} SELECT * FROM {table} WHERE id = 1")
    want += [r for r in want if r[at] == "1"]
    assert theirs(str(target)) == table_of(names, want)
    if name not in REFUSED:
        lake.sql(f"DELETE FROM {table} WHERE id = 3")
        want = [r for r in want if r[at] != "3"]
        assert theirs(str(target)) == table_of(names, want)
        lake.sql(f"UPDATE {table} SET v = 'changed' WHERE id = 1")
        v = names.index("v")
        want = [[*r[:v], "changed", *r[v + 1:]] if r[at] == "1" else r for r in want]
        assert theirs(str(target)) == table_of(names, want)
        lake.sql(f"MERGE INTO {table} t USING (SELECT 1 AS id UNION ALL SELECT 900) s ON t.id = s.id "
                 "WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id, v) VALUES (s.id, 'merged')")
        new = {"id": "900", "v": "merged"}
        want = [r for r in want if r[at] != "1"] + [[new.get(n) for n in names]]
        assert theirs(str(target)) == table_of(names, want)
        lake.sql(f"OPTIMIZE {table}")
        assert theirs(str(target)) == table_of(names, want)
    assert ours(lake, table) == table_of(names, want)


@pytest.mark.parametrize("name", REFUSED)
def test_what_may_not_be_written_is_refused(lake, made, name):
    table, folder = made(name)
    with pytest.raises(Refused, match=REFUSED[name]):
        lake.sql(f"DELETE FROM {table} WHERE id = 3")


def test_a_constraint_of_theirs_is_kept_by_us(lake, made, tmp_path):
    table = "c.default.kept"
    lake.adopt(table, made("constrained")[1], tmp_path / "t")
    with pytest.raises(Refused, match="small"):
        lake.sql(f"INSERT INTO {table} VALUES (5000, 1, 'x')")


def test_their_change_feed_is_read(lake, made):
    table, folder = made("feed")
    names, types, rows = lake.sql(f"SELECT * FROM table_changes('{table}', 0)")
    got = table_of(names, [[from_text(v, t) for v, t in zip(row, types)] for row in rows])
    want = table_of(*DeltaRs().of(DeltaTable(folder).load_cdf(starting_version=0).read_all()))
    drop = got[0].index("_commit_timestamp")
    assert got[0] == want[0]
    assert [r[:drop] + r[drop + 1:] for r in got[1]] == [r[:drop] + r[drop + 1:] for r in want[1]]
