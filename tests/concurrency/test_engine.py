"""Many processes on one table of an embedded workspace, with SQL statements; no server between them."""
import json
import pathlib
import subprocess
import time

import pytest

from check_history import Version, read_histories, violations
from crowd import FULL, SEED, Crowd, program

WORKER = "lake_worker"
KINDS = "iiuumd"
WRITERS, READERS, COMMITS = 8, 2, 200 if FULL else 4
TABLES = {
    "copy-on-write": "'delta.enableDeletionVectors' = 'false'",
    "deletion-vectors": "'delta.enableDeletionVectors' = 'true'",
}


def done(path):
    return path.read_text().count('"end":"ok"') if path.exists() else 0


def crowd(tmp_path, kind, commits):
    lake = tmp_path / "lake"
    subprocess.run([program(WORKER), "setup", lake, TABLES[kind]], check=True)
    return Crowd(
        tmp_path / "histories",
        lambda who, history, seed, n: [program(WORKER), "write", str(lake), history, who, str(n), str(seed), KINDS],
        lambda who, history, seed, n: [program(WORKER), "read", str(lake), history, who, str(seed)],
        WRITERS, READERS, commits, done)


def tag_of(name):
    return name.rpartition("@")[2]


def maker(adds, removes, deletes):
    """Who wrote a version: the tag of its rows, or who said that it would delete just that."""
    if adds:
        tags = {tag_of(name) for name in adds}
        assert len(tags) == 1, f"two statements in one version: {tags}"
        return tags.pop()
    ranks = {"ok": 0, "killed": 1, "unknown": 1, "no": 2}
    meant = sorted((op for op in deletes if set(op.removes) == removes), key=lambda op: ranks[op.outcome])
    return meant[0].tag if meant else "nobody"


def versions_of(states, ops, intents):
    """The versions as the checker wants them, and each transfer's rows, which its writer could not know before."""
    versions = [Version(0, "create", states[0], set())]
    deletes = [op for op in ops.values() if op.removes]
    for number in range(1, len(states)):
        before, after = states[number - 1], states[number]
        adds = {k: v for k, v in after.items() if before.get(k) != v}
        removes = {k for k in before if k not in after}
        tag = maker(adds, removes, deletes)
        versions.append(Version(number, tag, adds, removes))
        if tag in intents:
            op, (a, b, part) = ops[tag], intents[tag]
            rows = {name.rpartition("@")[0]: (name, value) for name, value in before.items()}
            (old_a, va), (old_b, vb) = rows[f"acc-{a}"], rows[f"acc-{b}"]
            op.adds = {f"acc-{a}@{tag}": va - part, f"acc-{b}@{tag}": vb + part}
            op.removes = {old_a: va, old_b: vb}
    return versions


def transfers(paths):
    found = {}
    for path in paths:
        for text in path.read_text().splitlines():
            line = json.loads(text)
            if "transfer" in line:
                found[line["tag"]] = line["transfer"]
    return found


def named_files(location):
    """All files that any version of the log names."""
    names = set()
    for path in (location / "_delta_log").glob("*.json"):
        for line in path.read_text().splitlines():
            for kind, action in json.loads(line).items():
                if kind in ("add", "remove", "cdc"):
                    names.add(action["path"])
    return names


def judge(tmp_path, c):
    dump = subprocess.run([program(WORKER), "dump", tmp_path / "lake"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.splitlines()
    location, states = pathlib.Path(dump[0]), [json.loads(line) for line in dump[1:]][1:]  # version 0 is empty
    ops = read_histories(c.histories())
    versions = versions_of(states, ops, transfers(c.histories()))
    found = violations(versions, ops, told=False)
    assert not found, f"CLXS_SEED={SEED}: {len(found)} violations:\n" + "\n".join(found[:20])
    there = {str(p.relative_to(location)) for p in location.rglob("*.parquet") if "_delta_log" not in p.parts}
    left = there - named_files(location)
    assert not left, f"CLXS_SEED={SEED}: recovery left {sorted(left)[:5]}"
    return versions, ops


@pytest.mark.parametrize("kind", TABLES)
def test_eight_processes_run_statements_side_by_side(tmp_path, kind):
    with crowd(tmp_path, kind, COMMITS) as c:
        began = time.monotonic()
        c.run(timeout=900)
        versions, ops = judge(tmp_path, c)
        assert len(versions) == 1 + WRITERS * COMMITS
        refused = sum(op.outcome == "no" for op in ops.values())
        reads = sum(op.kind == "read" and op.outcome == "ok" for op in ops.values())
        assert reads > 5
        print(f"{len(versions)} versions, {reads} reads, {refused} conflicts, {time.monotonic() - began:.1f} s")


def test_processes_that_are_killed_in_a_statement_leave_no_trace(tmp_path):
    with crowd(tmp_path, "deletion-vectors", 40 if FULL else 4) as c:
        kills = c.run_with_kills(0.4, 400 if FULL else 20, timeout=900)
        versions, ops = judge(tmp_path, c)
        unfinished = [op for op in ops.values() if op.kind == "commit" and op.outcome == "killed"]
        there = {v.tag for v in versions}
        print(f"{len(versions)} versions, {kills} kills, {len(unfinished)} statements cut short, "
              f"{sum(op.tag in there for op in unfinished)} of them there")
