#!/usr/bin/env python3
"""Runs transcripts: tests/scenario/*.t, and the ```console blocks of docs/*.md and README.md.

A transcript is text; a line that begins with "$ " is a command, the lines behind it are what it prints
(standard output and error together). Each file runs in a fresh folder with a state folder of its own.
In expected text, a line "..." stands for any lines, and "…" inside a line for any characters. A line
"[exit N]" behind a command says its status (0 when it says nothing). Indented or fenced prose is ignored.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("CLXS_BIN", ROOT / "build/release/clxs")).resolve()


def blocks(path):
    """The transcript text of a file."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".t":
        return text
    return "\n".join(m.group(1) for m in re.finditer(r"^```console\n(.*?)^```", text, re.M | re.S))


def steps(text):
    """(command, expected lines, status) of each command."""
    found = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append([line[2:], [], 0])
        elif line.startswith("> ") and found and not found[-1][1]:
            found[-1][0] += "\n" + line[2:]
        elif found and (m := re.fullmatch(r"\[exit (\d+)\]", line)):
            found[-1][2] = int(m.group(1))
        elif found and line and not line.startswith("#"):
            found[-1][1].append(line)
    return found


def pattern(lines):
    parts = []
    for line in lines:
        if line.strip() == "...":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            parts.append(".*?".join(re.escape(p) for p in line.rstrip().split("…")) + r"[ \t]*\n")
    return "".join(parts)


def run_file(path):
    failures, count = [], 0
    with tempfile.TemporaryDirectory(prefix="clxs-scenario-") as work:
        env = dict(os.environ, CLXS_HOME=f"{work}/home", HOME=work, CLXS_ROOT=str(ROOT), COLUMNS="100",
                   PATH=f"{BIN.parent}:{os.environ['PATH']}", NO_COLOR="1")
        for name in list(env):
            if name.startswith("DATABRICKS_"):
                del env[name]
        for command, expected, status in steps(blocks(path)):
            count += 1
            done = subprocess.run(["bash", "-c", command], cwd=work, env=env, text=True, timeout=300,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
            got = "".join(line.rstrip() + "\n" for line in done.stdout.splitlines() if line.strip())
            if done.returncode != status:
                failures.append(f"{path.name}: $ {command}\n  exit {done.returncode}, expected {status}\n{got}")
            elif not re.fullmatch(pattern(expected), got):
                want = "\n".join(expected)
                failures.append(f"{path.name}: $ {command}\n  expected:\n{want}\n  got:\n{got}")
    return count, failures


def main():
    if not BIN.exists():
        sys.exit(f"no program at {BIN}")
    chosen = [pathlib.Path(a).resolve() for a in sys.argv[1:]]
    files = chosen or sorted(ROOT.glob("tests/scenario/*.t")) + sorted(ROOT.glob("docs/*.md")) + [ROOT / "README.md"]
    passed = failed = 0
    for path in files:
        count, failures = run_file(path)
        for f in failures:
            print(f)
        if count:
            print(f"{'FAIL' if failures else 'ok'}  {path.relative_to(ROOT)}  {count} commands")
        passed += count - len(failures)
        failed += len(failures)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
