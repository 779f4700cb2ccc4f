"""Processes that share one folder, killed and started again as a seed says."""
import os
import pathlib
import random
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FULL = os.environ.get("CLXS_CHECK_FULL") == "1"
SEED = int(os.environ.get("CLXS_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)


def program(name):
    folder = pathlib.Path(os.environ.get("CLXS_BUILD", ROOT / "build" / "release"))
    assert (folder / name).exists(), f"build the target workers first: cmake --build {folder} --target workers"
    return str(folder / name)


def acknowledged(path):
    """How many commits a history file says were made."""
    return path.read_text().count('"version":') if path.exists() else 0


class Crowd:
    """`writer` and `reader` make the arguments of one process from (who, history file, seed, commits)."""

    def __init__(self, folder, writer, reader, writers, readers, commits, done=acknowledged):
        self.folder, self.writer, self.reader, self.done = folder, writer, reader, done
        self.random = random.Random(SEED)
        self.commits = commits
        self.serial = 0
        self.writers = {i: None for i in range(writers)}
        self.readers = {i: None for i in range(readers)}
        folder.mkdir(exist_ok=True)
        print(f"CLXS_SEED={SEED}")

    def histories(self):
        return sorted(self.folder.glob("*.jsonl"))

    def left(self, i):
        return self.commits - sum(self.done(p) for p in self.folder.glob(f"w{i}.*.jsonl"))

    def _start(self, make, name, commits):
        self.serial += 1
        who = f"{name}.{self.serial}"
        return subprocess.Popen(make(who, str(self.folder / f"{who}.jsonl"), self.random.randrange(1 << 62), commits))

    def start(self):
        """Starts whoever is not running and has work left."""
        for i, process in self.writers.items():
            if process is None and self.left(i) > 0:
                self.writers[i] = self._start(self.writer, f"w{i}", self.left(i))
        for i, process in self.readers.items():
            if process is None:
                self.readers[i] = self._start(self.reader, f"r{i}", 0)

    def reap(self):
        """Takes note of writers that have ended; True when none runs. No process may end with an error."""
        for i, process in self.writers.items():
            if process is not None and process.poll() is not None:
                assert process.returncode == 0, f"writer {i} failed: {process.returncode}"
                self.writers[i] = None
        for i, process in self.readers.items():
            assert process is None or process.poll() is None, f"reader {i} failed: {process.returncode}"
        return all(p is None for p in self.writers.values())

    def kill(self, group, i):
        process = group[i]
        if process is not None:
            process.send_signal(signal.SIGKILL)
            process.wait()
            group[i] = None

    def kill_all(self):
        for group in (self.writers, self.readers):
            for process in group.values():  # at one moment, as far as that can be had
                if process is not None:
                    process.send_signal(signal.SIGKILL)
            for i in group:
                self.kill(group, i)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill_all()  # also after a failure: a test leaves no process behind

    def run(self, timeout=300):
        """To the end, undisturbed."""
        self.start()
        end = time.monotonic() + timeout
        while not self.reap():
            assert time.monotonic() < end, "the writers do not come to an end"
            time.sleep(0.02)
        self.kill_all()

    def run_with_kills(self, pause, most, timeout=300):
        """One process after the other is killed and started again, at most so often, until all work is done."""
        end, kills = time.monotonic() + timeout, 0
        self.start()
        while True:
            time.sleep(self.random.uniform(0, pause))
            assert time.monotonic() < end, "the writers do not come to an end"
            self.reap()
            group = self.writers if self.random.random() < 0.8 else self.readers
            running = [i for i, p in group.items() if p is not None]
            if running:
                self.kill(group, self.random.choice(running))
                kills += 1
            self.start()
            if self.reap() and all(self.left(i) <= 0 for i in self.writers):
                break
            if kills >= most:
                self.run(timeout)
                break
        self.kill_all()
        return kills
