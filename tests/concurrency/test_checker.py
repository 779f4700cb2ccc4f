"""The checker believes a good history, and finds each way in which a bad one is bad."""
import copy

import pytest

from check_history import Cut, Op, Version, read_log, violations


def good():
    """Two transfers, one append, one refused, one killed, reads between."""
    versions = [
        Version(0, "create", {"acc-0-c": 10, "acc-1-c": 10}, set()),
        Version(1, "a-1", {"acc-0-a1": 7, "acc-1-a1": 13}, {"acc-0-c", "acc-1-c"}),
        Version(2, "b-1", {"note-b1": 0}, set()),
        Version(3, "a-2", {"acc-0-a2": 8, "acc-1-a2": 12}, {"acc-0-a1", "acc-1-a1"}),
    ]
    s1 = {"acc-0-a1": 7, "acc-1-a1": 13}
    ops = [
        Op("a-1", "a", "commit", 10, dict(versions[1].adds), {"acc-0-c": 10, "acc-1-c": 10}, 20, "ok", 1),
        Op("r-1", "r", "read", 21, ended=25, outcome="ok", version=1, state=dict(s1)),
        Op("b-1", "b", "commit", 22, {"note-b1": 0}, {}, 30, "ok", 2),
        Op("c-1", "c", "commit", 15, {"acc-0-x": 9, "acc-1-x": 11}, {"acc-0-c": 10, "acc-1-c": 10}, 28, "no"),
        Op("a-2", "a", "commit", 31, dict(versions[3].adds), {"acc-0-a1": 7, "acc-1-a1": 13}),  # killed, and there
        Op("d-1", "d", "commit", 33, {"note-d1": 0}, {}),  # killed, and not there
        Op("r-2", "r", "read", 40, ended=45, outcome="ok", version=3,
           state={"acc-0-a2": 8, "acc-1-a2": 12, "note-b1": 0}),
        Op("r-3", "r", "travel", 46, ended=47, outcome="ok", version=0, state={"acc-0-c": 10, "acc-1-c": 10}),
    ]
    return versions, {op.tag: op for op in ops}


def test_a_good_history_is_believed():
    assert violations(*good()) == []


def lose_an_acknowledged_commit(versions, ops):
    del versions[2:]
    ops.pop("r-2")


def put_a_commit_there_twice(versions, ops):
    versions.append(Version(4, "b-1", {"note-b2": 0}, set()))


def tell_a_wrong_version(versions, ops):
    ops["b-1"].version = 3


def keep_a_refused_commit(versions, ops):
    versions.append(Version(4, "c-1", dict(ops["c-1"].adds), {"acc-0-a2", "acc-1-a2"}))
    ops["c-1"].removes = {"acc-0-a2": 8, "acc-1-a2": 12}


def write_half_of_a_commit(versions, ops):
    versions[3].removes.discard("acc-1-a1")


def write_what_nobody_asked_for(versions, ops):
    versions.append(Version(4, "z-9", {"note-z": 0}, set()))


def remove_the_same_account_twice(versions, ops):
    versions.append(Version(4, "c-1", dict(ops["c-1"].adds), {"acc-0-c", "acc-1-c"}))
    ops["c-1"].outcome = "ok"
    ops["c-1"].version = 4


def lose_an_update(versions, ops):
    versions[3].adds["acc-1-a2"] = 11
    ops["a-2"].adds["acc-1-a2"] = 11
    ops["r-2"].state["acc-1-a2"] = 11


def read_what_is_old(versions, ops):
    ops["r-2"].version, ops["r-2"].state = 1, {"acc-0-a1": 7, "acc-1-a1": 13}


def read_half_of_a_version(versions, ops):
    del ops["r-2"].state["note-b1"]


def read_what_is_not_written_yet(versions, ops):
    ops["r-1"].version = 3
    ops["r-1"].state = dict(ops["r-2"].state)


def read_what_never_was(versions, ops):
    ops["r-3"].version = 9


def commit_into_the_past(versions, ops):
    ops["a-1"].began, ops["a-1"].ended = 50, 60


def read_back_in_time(versions, ops):
    ops["r-9"] = Op("r-9", "r", "read", 50, ended=55, outcome="ok", version=2, state={"acc-0-a1": 7, "acc-1-a1": 13, "note-b1": 0})


@pytest.mark.parametrize("doctor", [
    lose_an_acknowledged_commit, put_a_commit_there_twice, tell_a_wrong_version, keep_a_refused_commit,
    write_half_of_a_commit, write_what_nobody_asked_for, remove_the_same_account_twice, lose_an_update,
    read_what_is_old, read_half_of_a_version, read_what_is_not_written_yet, read_what_never_was, commit_into_the_past,
    read_back_in_time])
def test_a_doctored_history_is_refused(doctor):
    versions, ops = copy.deepcopy(good())
    doctor(versions, ops)
    assert violations(versions, ops), doctor.__name__


def test_a_power_cut_may_take_what_was_not_acknowledged_and_nothing_else():
    versions, ops = good()
    assert violations(versions, ops, [Cut(48, 3)]) == []
    # Version 3 was seen by a reader, then lost, and its number used again.
    versions[3] = Version(3, "e-1", {"note-e": 0}, set())
    ops["e-1"] = Op("e-1", "e", "commit", 60, {"note-e": 0}, {}, 70, "ok", 3)
    assert violations(versions, ops, [Cut(48, 2)]) == []
    assert violations(versions, ops, [])  # without a power cut that is wrong
    ops["b-1"].version = 2
    assert any("power cut" in line for line in violations(versions, ops, [Cut(48, 1)]))


def test_readers_that_know_only_rows_are_placed_by_what_they_saw():
    versions, ops = good()
    assert violations(versions, ops, told=False) == []
    versions, ops = good()
    read_what_is_old(versions, ops)
    assert violations(versions, ops, told=False)
    versions, ops = good()
    read_half_of_a_version(versions, ops)
    assert violations(versions, ops, told=False)


@pytest.mark.parametrize("names", [["0", "2"], ["1"]])
def test_a_log_with_a_hole_is_refused(tmp_path, names):
    log = tmp_path / "_delta_log"
    log.mkdir()
    for name in names:
        (log / f"{int(name):020}.json").write_text('{"commitInfo":{"operationParameters":{}}}\n')
    with pytest.raises(AssertionError, match="missing"):
        read_log(tmp_path)


def test_a_torn_commit_is_refused(tmp_path):
    log = tmp_path / "_delta_log"
    log.mkdir()
    (log / f"{0:020}.json").write_text('{"commitInfo":{"operationParameters":{}}}\n{"add":{')
    with pytest.raises(AssertionError, match="not whole"):
        read_log(tmp_path)
