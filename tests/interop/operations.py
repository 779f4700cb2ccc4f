"""What is done to a table of each kind, and what must be in it afterwards.

An operation runs SQL against the lake and does the same to a list of rows in Python: the second is what every reader
is compared with, so that our engine is not its own witness. `case.changes` is what the change feed must say.
"""
import copy
import dataclasses
import pathlib

from features import Column, Row, literal, row
from lake import Refused


@dataclasses.dataclass
class Case:
    lake: object
    feature: object
    table: str
    rows: dict = dataclasses.field(default_factory=dict)   # id → Row
    columns: list = None
    changes: list = dataclasses.field(default_factory=list)  # (kind, Row)
    history: list = dataclasses.field(default_factory=list)  # names of operations, the oldest first
    net_changes: bool = False                              # whole files came and went: equal inserts and deletes cancel
    partial_log: bool = False                              # history is cut: only rows are compared
    reads: str = None                                      # the table to be read, when it is another one

    def __post_init__(self):
        self.columns = self.columns or self.feature.all_columns()
        self.reads = self.table

    def sql(self, text):
        return self.lake.sql(text)

    def written(self):
        return [c for c in self.columns if c.written]

    def computed(self, r):
        """Fills what the table computes, as far as it is known here."""
        for c in self.columns:
            if "(id * 2)" in c.clause:
                r.values[c.name] = r.values["id"] * 2
        return r

    def values(self, rows):
        return ", ".join(r.sql(self.written()) for r in rows)

    def names(self):
        return ", ".join(f"`{c.name}`" for c in self.written())

    def known(self):
        """Columns whose values the oracle knows."""
        return [c.name for c in self.columns if "IDENTITY" not in c.clause]

    def insert(self, *ids):
        rows = [row(self.feature, i) for i in ids]
        self.add(rows)
        self.sql(f"INSERT INTO {self.table} ({self.names()}) VALUES {self.values(rows)}")
        self.history.append("WRITE")
        return rows

    def add(self, rows):
        for r in rows:
            self.rows[r.values["id"]] = r
            self.changes.append(("insert", r))

    def remove(self, ids):
        for i in ids:
            self.changes.append(("delete", self.rows.pop(i)))

    def change(self, i, **values):
        before, after = self.rows[i], copy.deepcopy(self.rows[i])
        after.values.update(values)
        self.rows[i] = self.computed(after)
        self.changes += [("update_preimage", before), ("update_postimage", after)]


def create(case):
    pass


def insert(case):
    case.insert(7, 8)


def overwrite(case):
    case.remove(list(case.rows))
    rows = [row(case.feature, i) for i in (8, 9)]
    case.add(rows)
    case.sql(f"INSERT OVERWRITE {case.table} ({case.names()}) VALUES {case.values(rows)}")
    case.history.append("WRITE")


def replace_where(case):
    case.remove([i for i in list(case.rows) if i >= 5])
    rows = [row(case.feature, i) for i in (5, 9)]
    case.add(rows)
    names = [c.name for c in case.written()]
    source = " UNION ALL ".join(
        "SELECT " + ", ".join(f"{literal(r.values[c.name], c.type)} AS `{c.name}`" for c in case.written()) for r in rows)
    listed = "" if len(names) == len(case.columns) else f"({case.names()}) "
    case.sql(f"INSERT INTO {case.table} {listed}REPLACE WHERE id >= 5 {source}")
    case.history.append("WRITE")


def delete(case):
    case.sql(f"DELETE FROM {case.table} WHERE id IN (2, 5)")
    case.remove([2, 5])
    case.history.append("DELETE")


def delete_all(case):
    case.sql(f"DELETE FROM {case.table}")
    case.remove(list(case.rows))
    case.history.append("DELETE")


def update(case):
    v = case.feature.columns[0]
    case.sql(f"UPDATE {case.table} SET n = n + 1, `{v.name}` = {literal(v.value(0), v.type)} WHERE id = 3 OR id = 4")
    for i in (3, 4):
        case.change(i, n=case.rows[i].values["n"] + 1, **{v.name: v.value(0)})
    case.history.append("UPDATE")


def merge(case):
    source = [row(case.feature, i) for i in (1, 2, 9)]
    for r in source:
        r.values["n"] += 5
    v = case.feature.columns[0].name
    listed = " UNION ALL ".join(
        "SELECT " + ", ".join(f"{literal(r.values[c.name], c.type)} AS `{c.name}`" for c in case.written()) for r in source)
    case.sql(f"""MERGE INTO {case.table} AS t USING ({listed}) AS s ON t.id = s.id
        WHEN MATCHED AND s.id = 1 THEN DELETE
        WHEN MATCHED THEN UPDATE SET n = s.n, `{v}` = s.`{v}`
        WHEN NOT MATCHED THEN INSERT ({case.names()}) VALUES ({', '.join(f's.`{c.name}`' for c in case.written())})
        WHEN NOT MATCHED BY SOURCE AND t.id = 6 THEN DELETE""")
    case.remove([1, 6])
    case.change(2, n=source[1].values["n"], **{v: source[1].values[v]})
    case.add(source[2:])
    case.history.append("MERGE")


def add_column(case):
    case.sql(f"ALTER TABLE {case.table} ADD COLUMN extra STRING")
    case.history.append("ADD COLUMNS")
    for r in case.rows.values():
        r.values["extra"] = None
    rows = [row(case.feature, 7)]
    rows[0].values["extra"] = "new"
    case.columns = case.columns + [Column("extra", "STRING", [])]
    case.add(rows)
    case.sql(f"INSERT INTO {case.table} ({case.names()}) VALUES {case.values(rows)}")
    case.history.append("WRITE")


def rename_column(case):
    case.sql(f"ALTER TABLE {case.table} RENAME COLUMN n TO number")
    case.history.append("RENAME COLUMN")
    rows = [row(case.feature, 7)]
    for r in [*case.rows.values(), *rows]:
        r.values["number"] = r.values.pop("n")
    case.columns = [dataclasses.replace(c, name="number") if c.name == "n" else c for c in case.columns]
    case.add(rows)
    case.sql(f"INSERT INTO {case.table} ({case.names()}) VALUES {case.values(rows)}")
    case.history.append("WRITE")


def drop_column(case):
    case.sql(f"ALTER TABLE {case.table} DROP COLUMN n")
    case.history.append("DROP COLUMNS")
    case.columns = [c for c in case.columns if c.name != "n"]
    case.insert(7)


def widen_column(case):
    case.sql(f"ALTER TABLE {case.table} ALTER COLUMN n TYPE BIGINT")
    case.history.append("CHANGE COLUMN")
    case.columns = [dataclasses.replace(c, type="BIGINT") if c.name == "n" else c for c in case.columns]
    rows = [row(case.feature, 7)]
    rows[0].values["n"] = 2**40
    case.add(rows)
    case.sql(f"INSERT INTO {case.table} ({case.names()}) VALUES {case.values(rows)}")
    case.history.append("WRITE")


def with_a_hole(case):
    """Deletes a row first, when that is allowed, so that there is something to tidy up."""
    try:
        delete(case)
    except Refused:
        pass


def optimize(case):
    with_a_hole(case)
    case.insert(7, 11)  # a second file in a partition of each kind
    case.sql(f"OPTIMIZE {case.table}")
    case.history.append("OPTIMIZE")


def zorder(case):
    with_a_hole(case)
    case.insert(7, 11)  # a second file in a partition of each kind
    case.sql(f"OPTIMIZE {case.table} ZORDER BY (id, n)")
    case.history.append("OPTIMIZE")


def purge(case):
    with_a_hole(case)
    case.sql(f"REORG TABLE {case.table} APPLY (PURGE)")
    if case.feature.properties.get("delta.enableDeletionVectors") == "true":
        case.history.append("REORG")


def vacuum(case):
    with_a_hole(case)
    case.sql(f"VACUUM {case.table}")
    case.history += ["VACUUM START", "VACUUM END"]


def restore(case):
    before = copy.deepcopy(case.rows)
    version = len(case.history) - 1
    case.insert(7)
    with_a_hole(case)
    kept = list(case.changes)
    case.sql(f"RESTORE TABLE {case.table} TO VERSION AS OF {version}")
    case.changes = kept + [("delete", r) for i, r in case.rows.items() if i not in before]
    case.changes += [("insert", r) for i, r in before.items() if i not in case.rows]
    case.rows = before
    case.net_changes = True
    case.history.append("RESTORE")


def checkpoint(case):
    """The table must be whole without the commits below its checkpoint."""
    case.sql(f"ALTER TABLE {case.table} SET TBLPROPERTIES ('delta.checkpointInterval' = '1')")
    case.insert(7)
    with_a_hole(case)
    log = pathlib.Path(case.lake.location(case.table)) / "_delta_log"
    tops = sorted(int(p.name[:20]) for p in log.glob("*.checkpoint.*"))
    assert tops, "no checkpoint was written"
    for commit in log.glob("*.json"):
        if commit.name[20:] == ".json" and int(commit.name[:20]) < tops[-1]:
            commit.unlink()
    for old in log.glob("*.checkpoint.*"):
        if int(old.name[:20]) < tops[-1]:
            old.unlink()
    case.partial_log = True


def clone(case, kind):
    case.reads = f"{case.table}_{kind.lower()}"
    case.sql(f"CREATE TABLE {case.reads} {kind} CLONE {case.table}")
    case.history, case.changes = ["CLONE"], []


def deep_clone(case):
    clone(case, "DEEP")


def shallow_clone(case):
    clone(case, "SHALLOW")


def replace_table(case):
    rows = [row(case.feature, i) for i in (8, 9)]
    case.sql(case.feature.create(case.table).replace("CREATE TABLE", "CREATE OR REPLACE TABLE", 1))
    case.remove(list(case.rows))
    case.history.append("CREATE OR REPLACE TABLE")
    case.add(rows)
    case.sql(f"INSERT INTO {case.table} ({case.names()}) VALUES {case.values(rows)}")
    case.history.append("WRITE")


def one_after_another(case):
    """Changes of changes: vectors over vectors, ids and stamps through everything."""
    update(case)
    merge(case)
    delete(case)
    case.insert(7, 8)
    case.insert(17)
    case.sql(f"OPTIMIZE {case.table}")
    case.history.append("OPTIMIZE")
    case.sql(f"DELETE FROM {case.table} WHERE id = 7")
    case.remove([7])
    case.history.append("DELETE")
    case.insert(12)


OPERATIONS = {
    "insert": insert, "overwrite": overwrite, "replace where": replace_where, "delete": delete, "delete all": delete_all,
    "update": update, "merge": merge, "add column": add_column, "rename column": rename_column,
    "drop column": drop_column, "widen column": widen_column, "optimize": optimize, "zorder": zorder, "purge": purge,
    "vacuum": vacuum, "restore": restore, "checkpoint": checkpoint, "replace table": replace_table,
    "deep clone": deep_clone, "shallow clone": shallow_clone, "one after another": one_after_another,
}
