"""What the benches share: one table of measures, ours beside another program's in the same run.

The machine may be busy, so both take turns and the best turn of each counts."""
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = os.environ.get("CLXS_BIN", str(ROOT / "build" / "release" / "clxs"))
GOLDEN = pathlib.Path(os.environ.get("CLXS_GOLDEN", ROOT.parent / "shared" / "golden"))
missed = []


def heading(theirs):
    print(f"\n{'':6}{'':58}  {'clxs':>12}  {theirs:>12}", flush=True)


def note(what, ours, theirs, limit, ok=True):
    print(f"{'ok  ' if ok else 'MISS'}  {what:58}  {ours:>12}  {theirs:>12}  {limit}", flush=True)
    if not ok:
        missed.append(what)


def finish():
    sys.exit(1 if missed else 0)


def environment(home):
    return dict({k: v for k, v in os.environ.items() if not k.startswith("DATABRICKS_")}, CLXS_HOME=str(home))


def measured(command, env=None):
    """Seconds, peak memory in MB, output."""
    t0 = time.perf_counter()
    process = subprocess.Popen(list(map(str, command)), env=env, stdout=subprocess.PIPE)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - t0
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command}: exit {process.returncode}\n{out.decode()}")
    return seconds, usage.ru_maxrss / 1024, out.decode()


def clxs(home, *args):
    return measured([BIN, *args], environment(home))


def timed(call):
    t0 = time.perf_counter()
    call()
    return time.perf_counter() - t0
