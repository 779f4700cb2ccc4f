"""Every kind of table × every operation × every reader.

A table of each kind is made by SQL on an embedded workspace, with two inserts. For each operation its folder is copied,
registered, and operated on; then the rows are compared with what Python says they must be (operations.py), and history
and change feed with what the operation is. What comes out is one verdict a cell:

    ✓            rows, history and (when it is on) the change feed are right
    –            the reader says by name that it does not read such tables
    refused      our engine says by name that it does not do this
    ✗            anything else: wrong rows, an error that names nothing

`docs/delta-matrix.md` keeps the verdicts. It has one section a reader, so that each suite measures and writes its own.
"""
import concurrent.futures
import dataclasses
import pathlib
import re
import sys
import tempfile
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import features  # noqa: E402
from lake import Lake, Refused  # noqa: E402
from operations import OPERATIONS, Case  # noqa: E402
from readers import Ours, Unsupported  # noqa: E402
from values import table_of  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/delta-matrix.md"


@dataclasses.dataclass
class Verdict:
    mark: str         # ✓ – refused ✗
    reason: str = ""


def slug(text):
    return re.sub(r"\W+", "_", text.lower()).strip("_")


def names_nothing(error):
    """Whether a failure of ours is no refusal: the platform's code for what is not supported begins with 0A."""
    return not (error.state.startswith("0A") or re.match(r"\[(DELTA|UNSUPPORTED)", str(error)))


def reason(error, case_table):
    text = re.sub(r" ?SQLSTATE:? \w+\.?", "", str(error)).split("\n")[0].strip()
    text = re.sub(r"\[(\w[\w.]*)\] ?", "", text)
    text = re.sub(r"(?<!\w)(?:/[^\s/',]+){2,}", "…", text)  # a path of this run
    return re.sub(r"`?m`?\.`?\w+`?\.`?\w+`?", "t", text.replace(case_table, "t")).rstrip(".")


class Matrix:
    def __init__(self, lake, readers, chosen=None):
        self.lake, self.readers = lake, [Ours(lake), *readers]
        self.cells = {r.name: {} for r in self.readers}   # reader → (feature, operation) → Verdict
        self.chosen = chosen or (lambda feature, operation: True)
        lake.sql("CREATE CATALOG m")

    def say(self, feature, operation, verdict, only=None):
        for r in self.readers:
            if only is None or r is only:
                self.cells[r.name][feature.name, operation] = verdict

    def run(self, workers=2):
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            list(pool.map(self.feature, features.FEATURES))
        return self

    def feature(self, feature):
        wanted = [o for o in ["create", *OPERATIONS] if self.chosen(feature.name, o)]
        if not wanted:
            return
        schema = f"m.{slug(feature.name)}"
        base = Case(self.lake, feature, f"{schema}.base", history=["CREATE TABLE"])
        try:
            self.lake.sql(f"CREATE SCHEMA {schema}")
            self.lake.sql(feature.create(base.table))
            for statement in feature.after:
                self.lake.sql(statement.format(t=base.table))
                base.history.append("ADD CONSTRAINT")
            if "create" in wanted:
                self.judge(base, feature, "create")
            base.insert(1, 2, 3)
            base.insert(4, 5, 6)
        except Refused as e:
            mark = Verdict("✗" if names_nothing(e) else "refused", reason(e, base.table))
            for operation in wanted:
                if (feature.name, operation) not in self.cells[Ours.name]:
                    self.say(feature, operation, mark)
            return
        folder = self.lake.location(base.table)
        for operation in wanted:
            if operation != "create":
                self.operation(feature, operation, base, folder)

    def operation(self, feature, operation, base, folder):
        case = Case(self.lake, feature, f"{base.table[:-5]}.{slug(operation)}", rows={**base.rows}, history=[*base.history])
        case.rows = {i: type(r)(dict(r.values)) for i, r in base.rows.items()}
        target = self.lake.work / "tables" / slug(feature.name) / slug(operation)
        try:
            self.lake.adopt(case.table, folder, target)
            case.start = len(case.history)
            OPERATIONS[operation](case)
        except Refused as e:
            self.say(feature, operation, Verdict("✗" if names_nothing(e) else "refused", reason(e, case.table)))
            return
        except Exception as e:
            self.say(feature, operation, Verdict("✗", f"{type(e).__name__}: {e}".split("\n")[0]))
            return
        self.judge(case, feature, operation)

    def judge(self, case, feature, operation):
        location = self.lake.location(case.reads)
        if not proven(location, feature.proof.get(operation)):
            self.say(feature, operation, Verdict("✗", f"the log has no {feature.proof[operation]} after {operation}"))
            return
        ours = None
        for reader in self.readers:
            try:
                verdict, ours = self.compare(reader, case, location, ours)
            except Unsupported as e:
                verdict = Verdict("–", str(e))
            except Refused as e:
                verdict = Verdict("✗" if names_nothing(e) else "refused", reason(e, case.table))
            except Exception as e:
                verdict = Verdict("✗", f"{type(e).__name__}: {str(e) or traceback.format_exc()}".split("\n")[0][:300])
            self.say(feature, operation, verdict, reader)

    def compare(self, reader, case, location, ours):
        names, rows = reader.rows(case, location)
        want_names = [c.name for c in case.columns]
        if sorted(names) != sorted(want_names):
            return Verdict("✗", f"columns {names}, not {want_names}"), ours
        wrong = self.compare_rows(case, names, rows, case.rows.values())
        if not wrong and hasattr(reader, "some"):  # statistics are believed
            some = [r for r in case.rows.values() if 4 <= r.values["id"] <= 7]
            wrong = self.compare_rows(case, *reader.some(case, location, "id BETWEEN 4 AND 7"), some)
        if wrong:
            return Verdict("✗", wrong), ours
        ours = ours or table_of(names, rows)
        if table_of(names, rows) != ours:
            return Verdict("✗", "rows unlike ours"), ours
        if not case.partial_log:
            got = [h[1] for h in sorted(reader.history(case, location)) if not h[1].startswith("VACUUM")]
            want = [h for h in case.history if not h.startswith("VACUUM")]
            if got != want:
                return Verdict("✗", f"history {got}, not {want}"), ours
        if case.feature.feed and case.changes and not case.partial_log and len(case.columns) == len(case.feature.all_columns()):
            return self.compare_changes(reader, case, location), ours
        return Verdict("✓"), ours

    @staticmethod
    def compare_rows(case, names, rows, expected):
        known = case.known()
        at = [names.index(n) for n in known]
        got = table_of(known, [[r[i] for i in at] for r in rows])
        want = table_of(known, [r.seen(known) for r in expected])
        return None if got == want else f"rows {differ(want[1], got[1])}"

    def compare_changes(self, reader, case, location):
        names, rows = reader.changes(case, location, case.start)
        known = ["_change_type", *case.known()]
        at = [names.index(n) for n in known]
        got = [[r[i] for i in at] for r in rows]
        want = [[kind, *r.seen(known[1:])] for kind, r in case.changes]
        if case.net_changes:
            got, want = net(got), net(want)
        got, want = sorted(map(str, got)), sorted(map(str, want))
        return Verdict("✓") if got == want else Verdict("✗", f"changes {differ(want, got)}")


def net(changes):
    """Changes less the rows that were deleted and inserted as they were."""
    left = []
    for kind, *row in changes:
        other = [{"insert": "delete", "delete": "insert"}.get(kind), *row]
        if other in left:
            left.remove(other)
        else:
            left.append([kind, *row])
    return left


def proven(location, text):
    """Whether the log says that the feature was used; a name that the schema holds is quoted once more there."""
    if text is None:
        return True
    files = [*pathlib.Path(location, "_delta_log").glob("*.json"), *pathlib.Path(location, "_delta_log").glob("*.parquet")]
    return any(text.encode() in f.read_bytes() for f in files)


def differ(want, got):
    missing, extra = [r for r in want if r not in got], [r for r in got if r not in want]
    return f"missing {missing[:2]} extra {extra[:2]}" if missing or extra else f"{len(got)} rows, not {len(want)}"


KINDS = [f.name for f in features.FEATURES]


def section(name, cells, kinds=KINDS, operations=("create", *OPERATIONS)):
    """One table as Markdown between its marks, reasons as notes below it."""
    notes = []

    def cell(kind, operation):
        v = cells.get((kind, operation))
        if v is None:
            return ""
        if not v.reason:
            return v.mark
        note = f"{'refused: ' if v.mark == 'refused' else '✗ ' if v.mark == '✗' else ''}{v.reason}"
        if note not in notes:
            notes.append(note)
        return f"{'R' if v.mark == 'refused' else v.mark}{notes.index(note) + 1}"

    lines = [f"| kind of table | {' | '.join(operations)} |", "|---" * (len(operations) + 1) + "|"]
    lines += [f"| {kind} | {' | '.join(cell(kind, o) for o in operations)} |" for kind in kinds]
    lines += [""] + [f"{i}. {n.replace('|', '¦')}" for i, n in enumerate(notes, 1)]
    counts = {m: sum(v.mark == m for v in cells.values()) for m in ("✓", "–", "refused", "✗")}
    return f"<!-- {name} -->\n" + "\n".join(lines) + "\n\n" + ", ".join(
        f"{n} {m}" for m, n in counts.items()) + f"\n<!-- end of {name} -->"


def committed(reader):
    found = re.search(f"<!-- {reader} -->.*?<!-- end of {reader} -->", PAGE.read_text(encoding="utf-8"), re.S)
    return found.group(0) if found else ""


def verdicts(text):
    """kind of table → {operation: what its cell says}, notes put in place of their numbers."""
    lines = text.splitlines()
    notes = dict(m.groups() for m in (re.match(r"(\d+)\. (.*)", line) for line in lines) if m)
    table = [[c.strip() for c in line.strip("|").split("|")] for line in lines if line.startswith("|") and "---" not in line]
    found = {}
    for kind, *cells in table[1:]:
        found[kind] = {o: notes.get(re.sub(r"\D", "", c), c) for o, c in zip(table[0][1:], cells)}
    return found


def differences(reader, text):
    """kind of table → what the page says otherwise than was measured."""
    page, measured = verdicts(committed(reader)), verdicts(text)
    found = {}
    for kind in {**page, **measured}:
        was, now = page.get(kind, {}), measured.get(kind, {})
        found[kind] = [f"{kind}, {o}: docs/delta-matrix.md says {was.get(o)!r}, measured is {now.get(o)!r}"
                       for o in {**was, **now} if was.get(o) != now.get(o)]
    return found


def write(reader, text):
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(page.replace(committed(reader), text), encoding="utf-8")


def measure(readers, work):
    """reader → its section."""
    matrix = Matrix(Lake(work), readers)
    try:
        matrix.run()
    finally:
        matrix.lake.close()
    return {name: section(name, cells) for name, cells in matrix.cells.items()}


def main(readers, skip=()):
    """Prints the sections; with --write, puts them into the page."""
    with tempfile.TemporaryDirectory(prefix="clxs-matrix-") as work:
        for name, text in measure(readers, work).items():
            if name not in skip:
                print(text)
                if "--write" in sys.argv:
                    write(name, text)


if __name__ == "__main__":
    from readers import DeltaRs
    main([DeltaRs()])
