"""Judges recorded histories of many processes on one Delta table against the log that they left.

A history (history.h) says of each operation when it began, what it was to do, when it ended and how. From all of
them, and the versions of the table, `violations` proves, or names what is wrong:

- versions are contiguous, whole, and each was made by exactly one operation that had begun, with just its actions;
- an acknowledged commit is there once, at the version that its writer was told; one that was refused is not there;
- what a version removes was live before it, what it adds was not; the accounts' sum never changes;
- a reader's snapshot is exactly the state of its version;
- real time holds: an operation that began after another ended sees it. As versions are numbered, this is
  linearizability: a commit gets a higher number than all that ended before it began, a read at least that number, and
  no read sees a version whose writer had not begun.

After a power cut what was not acknowledged may be gone, and its number used again: a `Cut` says when, and what was the
newest version afterwards. Acknowledged versions up to then must stay; reads of what was lost are judged by time alone.
"""
import bisect
import collections
import json
import pathlib
import sys
from dataclasses import dataclass, field


@dataclass
class Op:
    tag: str
    who: str
    kind: str  # commit, read (the latest), travel (an older version)
    began: int
    adds: dict = field(default_factory=dict)
    removes: dict = field(default_factory=dict)
    ended: float = float("inf")
    outcome: str = "killed"  # ok, no, unknown, killed
    version: int = -1
    state: dict = None
    candidates: tuple = None  # versions that the state can be of, where the process could not tell


@dataclass
class Version:
    number: int
    tag: str
    adds: dict
    removes: set


@dataclass
class Cut:
    at: int
    tip: int


def read_histories(paths):
    """All operations of all files; a process that was killed leaves operations without an end."""
    ops = {}
    for path in map(pathlib.Path, paths):
        for text in path.read_text().split("\n"):
            try:
                line = json.loads(text)
            except ValueError:
                continue  # the end of the file
            tag = line["tag"]
            if "begin" in line:
                assert tag not in ops, f"{path}: the tag {tag} is used twice: the test itself is wrong"
                ops[tag] = Op(tag, tag.rpartition("-")[0], line["begin"], line["at"], line.get("adds", {}),
                              line.get("removes", {}))
            else:
                op = ops[tag]
                op.ended, op.outcome = line["at"], line["end"]
                op.version, op.state = line.get("version", -1), line.get("state")
    return ops


def read_log(table):
    """The versions of a Delta log by their commit files. Raises AssertionError where the log itself is not whole."""
    names = sorted(p.name for p in (pathlib.Path(table) / "_delta_log").iterdir()
                   if p.name.endswith(".json") and p.name[:20].isdigit() and len(p.name) == 25)
    versions = []
    for number, name in enumerate(names):
        assert int(name[:20]) == number, f"version {number} is missing: next is {name}"
        text = (pathlib.Path(table) / "_delta_log" / name).read_text()
        assert text.endswith("\n"), f"{name} is not whole"
        actions = [json.loads(line) for line in text.splitlines()]
        infos = [a["commitInfo"] for a in actions if "commitInfo" in a]
        assert len(infos) == 1, f"{name} has {len(infos)} commitInfo"
        versions.append(Version(number, infos[0]["operationParameters"].get("tag"),
                                {a["add"]["path"]: a["add"]["size"] for a in actions if "add" in a},
                                {a["remove"]["path"] for a in actions if "remove" in a}))
    return versions


def states_of(versions, wrong):
    """The live facts after each version."""
    states, live = [], {}
    for v in versions:
        live = dict(live)
        for name in v.removes:
            if live.pop(name, None) is None:
                wrong.append(f"version {v.number} removes {name}, which was not there")
        for name, value in v.adds.items():
            if name in live:
                wrong.append(f"version {v.number} adds {name}, which is there already")
            live[name] = value
        states.append(live)
    return states


def account_sum(state):
    return sum(value for name, value in state.items() if name.startswith("acc-"))


def check_commits(versions, ops, cuts, wrong):
    at = collections.defaultdict(list)
    for v in versions:
        at[v.tag].append(v.number)
        op = ops.get(v.tag)
        if v.number == 0:
            continue
        if op is None or op.kind != "commit":
            wrong.append(f"version {v.number} was made by nobody ({v.tag})")
        elif op.outcome == "no":
            wrong.append(f"version {v.number} is of {v.tag}, which was told that it failed")
        elif v.adds != op.adds or v.removes != set(op.removes):
            wrong.append(f"version {v.number} is not what {v.tag} meant to write")
    for tag, numbers in at.items():
        if len(numbers) > 1:
            wrong.append(f"{tag} is there {len(numbers)} times: versions {numbers}")
    for op in ops.values():
        if op.kind != "commit" or op.outcome != "ok":
            continue
        if not at[op.tag]:
            wrong.append(f"the acknowledged commit {op.tag} (version {op.version}) is lost")
        elif op.version not in at[op.tag]:
            wrong.append(f"{op.tag} was told version {op.version}, and is at {at[op.tag]}")
        for cut in cuts:
            if op.ended < cut.at and op.version > cut.tip:
                wrong.append(f"the power cut took {op.tag} (version {op.version}), which was acknowledged")


def lost(op, cuts):
    """A read of a version that a power cut took away later."""
    return any(op.began < cut.at and op.version > cut.tip for cut in cuts)


def check_reads(states, ops, cuts, wrong):
    for op in ops.values():
        if op.kind == "commit" or op.outcome != "ok" or lost(op, cuts):
            continue
        if not 0 <= op.version < len(states):
            wrong.append(f"{op.tag} read version {op.version}, which does not exist")
        elif op.state is not None and op.state != states[op.version]:
            here = set(op.state.items()) ^ set(states[op.version].items())
            wrong.append(f"{op.tag} did not read version {op.version}: {sorted(here)[:3]}")


def check_time(versions, ops, cuts, wrong):
    """Each operation against the highest version of all that ended before it began."""
    done = sorted((op.ended, op.version) for op in ops.values()
                  if op.outcome == "ok" and op.kind != "travel" and not lost(op, cuts))
    ends, highest = [], []
    for ended, version in done:
        ends.append(ended)
        highest.append(max(version, highest[-1] if highest else -1))
    made = {v.number: ops[v.tag].began for v in versions if v.tag in ops}
    for op in ops.values():
        if op.outcome != "ok" or op.kind == "travel":
            continue
        before = bisect.bisect_left(ends, op.began)
        least = highest[before - 1] if before else -1
        if op.kind == "commit" and op.version <= least:
            wrong.append(f"{op.tag} made version {op.version} after version {least} had been seen")
        if op.kind == "read" and op.version < least:
            wrong.append(f"{op.tag} read version {op.version} after version {least} had been seen")
        if op.kind == "read" and not lost(op, cuts) and made.get(op.version, -1) > op.ended:
            wrong.append(f"{op.tag} read version {op.version} before its writer began")


def settle(op, least, most):
    """A reader that knows no version: the lowest that fits. Later readers then have the most room."""
    fits = [v for v in op.candidates if least <= v <= most]
    return fits[0] if fits else op.candidates[0] if op.candidates else -1


def find_versions(versions, states, ops, wrong):
    """Where writers were not told their version and readers know only rows: found out from the log."""
    by_tag = {v.tag: v.number for v in versions}
    for op in ops.values():
        if op.kind == "commit" and op.outcome == "ok":
            op.version = by_tag.get(op.tag, -1)
    by_state = collections.defaultdict(list)
    for number, state in enumerate(states):
        by_state[json.dumps(state, sort_keys=True)].append(number)
    ended = sorted((op.ended, op.version) for op in ops.values() if op.kind == "commit" and op.outcome == "ok")
    made = {v.number: ops[v.tag].began for v in versions if v.tag in ops}
    floor = -1
    for op in sorted((o for o in ops.values() if o.kind == "read" and o.outcome == "ok"), key=lambda o: o.ended):
        op.candidates = tuple(by_state.get(json.dumps(op.state, sort_keys=True), ()))
        if not op.candidates:
            wrong.append(f"{op.tag} read rows that no version has")
            continue
        floor = max([v for e, v in ended if e < op.began], default=-1)
        most = max([n for n, began in made.items() if began < op.ended], default=0)
        op.version = settle(op, floor, most)


def violations(versions, ops, cuts=(), value=account_sum, told=True):
    """Sentences that say what is wrong; an empty list when all is well."""
    wrong = []
    states = states_of(versions, wrong)
    if not states:
        return ["the table has no version"]
    if not told:
        find_versions(versions, states, ops, wrong)
    check_commits(versions, ops, cuts, wrong)
    check_reads(states, ops, cuts, wrong)
    check_time(versions, ops, cuts, wrong)
    for number, state in enumerate(states):
        if value(state) != value(states[0]):
            wrong.append(f"version {number} has the sum {value(state)}, not {value(states[0])}")
            break
    return wrong


def main(table, *paths):
    ops = read_histories(paths)
    found = violations(read_log(table), ops)
    for line in found[:50]:
        print(line)
    print(f"{len(ops)} operations, {len(found)} violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
