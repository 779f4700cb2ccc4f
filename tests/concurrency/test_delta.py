"""Many processes on one Delta table, through src/delta alone."""
import subprocess
import time

import pytest

from check_history import Cut, read_histories, read_log, violations
from crowd import FULL, SEED, Crowd, program

WORKER = "delta_worker"
WRITERS, READERS, COMMITS = 8, 3, 200 if FULL else 50


def crowd(tmp_path, commits, journal=None):
    table = tmp_path / "table"
    table.mkdir()
    subprocess.run([program(WORKER), "create", table], check=True)
    tail = [str(journal)] if journal else []
    return Crowd(
        tmp_path / "histories",
        lambda who, history, seed, n: [program(WORKER), "write", str(table), history, who, str(n), str(seed), *tail],
        lambda who, history, seed, n: [program(WORKER), "read", str(table), history, who, str(seed), *tail],
        WRITERS, READERS, commits)


def judge(tmp_path, c, cuts=()):
    versions, ops = read_log(tmp_path / "table"), read_histories(c.histories())
    found = violations(versions, ops, cuts)
    assert not found, f"CLXS_SEED={SEED}: {len(found)} violations:\n" + "\n".join(found[:20])
    return versions, ops


def test_eight_processes_commit_side_by_side(tmp_path):
    with crowd(tmp_path, COMMITS) as c:
        began = time.monotonic()
        c.run()
        versions, ops = judge(tmp_path, c)
        assert len(versions) == 1 + WRITERS * COMMITS
        reads = [op for op in ops.values() if op.kind == "read" and op.outcome == "ok"]
        refused = [op for op in ops.values() if op.outcome == "no"]
        assert len(reads) > 20 and refused, "the processes did not meet"
        print(f"{len(versions)} versions, {len(reads)} reads, {len(refused)} conflicts, {time.monotonic() - began:.1f} s")


def test_processes_that_are_killed_at_random_lose_and_break_nothing(tmp_path):
    with crowd(tmp_path, 100 if FULL else 25) as c:
        kills = c.run_with_kills(0.04, 400 if FULL else 60)
        versions, ops = judge(tmp_path, c)
        assert kills > 5
        unfinished = [op for op in ops.values() if op.kind == "commit" and op.outcome == "killed"]
        there = {v.tag for v in versions}
        print(f"{len(versions)} versions, {kills} kills, {len(unfinished)} commits cut short, "
              f"{sum(op.tag in there for op in unfinished)} of them there")


def test_power_cuts_take_nothing_that_was_acknowledged(tmp_path):
    journal = tmp_path / "journal"
    journal.mkdir()
    with crowd(tmp_path, 10**6, journal) as c:
        cuts, lost = [], 0
        while len(cuts) < 40 and (lost < (10 if FULL else 2) or len(cuts) < 4):
            c.start()
            time.sleep(c.random.uniform(0.15, 0.4))
            c.kill_all()
            done = subprocess.run([program(WORKER), "powercut", tmp_path / "table", journal], check=True, text=True,
                                  stdout=subprocess.PIPE)
            lost += int(done.stdout)
            cuts.append(Cut(time.monotonic_ns() // 1000, len(read_log(tmp_path / "table")) - 1))
        versions, _ = judge(tmp_path, c, cuts)
        assert lost > 0, "no power cut took anything: the test has shown nothing"
        print(f"{len(versions)} versions, {len(cuts)} power cuts, {lost} un-synced writes lost")
