"""Who reads a table: each gives its rows, its history and its change feed in one form (see values.py)."""
import re

from values import canonical, from_text


class Unsupported(Exception):
    """The reader says itself that it does not read this kind of table."""


class Ours:
    name = "clxs"

    def __init__(self, lake):
        self.lake = lake

    def query(self, text):
        names, types, rows = self.lake.sql(text)
        return names, [[from_text(v, t) for v, t in zip(row, types)] for row in rows]

    def rows(self, case, location):
        return self.query(f"SELECT * FROM {case.reads}")

    def some(self, case, location, predicate):
        return self.query(f"SELECT * FROM {case.reads} WHERE {predicate}")

    def history(self, case, location):
        return [(int(h["version"]), h["operation"]) for h in self.lake.dicts(f"DESCRIBE HISTORY {case.reads}")]

    def changes(self, case, location, start):
        return self.query(f"SELECT * FROM table_changes('{case.reads}', {start})")


def refusal(error, reader):
    """An error of deltalake that names what it does not read."""
    text = str(error)
    if "Column mapping is not supported for read operation 'CHANGE DATA FEED" in text:
        return Unsupported(f"{reader} does not read the change feed of a table with column mapping")
    found = re.search(r"reader features: \[?\{?([\w, \"]+)\}?\]? but these are not yet supported", text)
    found = found or re.search(r"Unsupported table features required: \[([\w, ]+)\]", text)
    found = found or re.search(r"[Uu]nsupported reader features? ?\[?:? ?\[?\"?(\w+)", text)
    found = found or re.search(r"[Ff]eature \'?(\w+)\'? is not supported", text)
    return Unsupported(f"{reader} does not read {found.group(1)}") if found else None


class DeltaRs:
    """deltalake from PyPI: Rust, shares nothing with us or Spark."""
    name = "deltalake"

    def __init__(self):
        import deltalake
        self.deltalake = deltalake

    def open(self, location):
        try:
            return self.deltalake.DeltaTable(location)
        except Exception as e:
            raise refusal(e, self.name) or e

    def rows(self, case, location):
        return self.some(case, location, "true")

    def some(self, case, location, predicate):
        table = self.open(location)
        try:
            builder = self.deltalake.QueryBuilder().register("t", table)
            found = builder.execute(f"SELECT * FROM t WHERE {predicate}").read_all()
        except Exception as e:
            raise refusal(e, self.name) or e
        return self.of(found)

    @staticmethod
    def of(found):
        import pyarrow
        found = pyarrow.table(found)
        columns = [column.to_pylist() for column in found.columns]
        return found.column_names, [[canonical(v) for v in row] for row in zip(*columns)]

    def history(self, case, location):
        return [(h["version"], h["operation"]) for h in self.open(location).history()]

    def changes(self, case, location, start):
        try:
            return self.of(self.open(location).load_cdf(starting_version=start).read_all())
        except Exception as e:
            raise refusal(e, self.name) or e
