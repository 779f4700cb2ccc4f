"""What the tests that drive the real program share: a state folder, the command line, the two servers."""
import json
import os
import pathlib
import re
import signal
import subprocess
import urllib.error
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
GOLDEN = pathlib.Path(os.environ.get("CLXS_GOLDEN", ROOT.parent / "shared" / "golden"))


def binary():
    if "CLXS_BIN" in os.environ:
        return os.environ["CLXS_BIN"]
    for kind in ("release", "dev"):
        if (ROOT / "build" / kind / "clxs").exists():
            return str(ROOT / "build" / kind / "clxs")
    raise RuntimeError("build clxs first")


class Clxs:
    """The command line on one state folder."""

    def __init__(self, home, **env):
        self.home = pathlib.Path(home)
        clean = {k: v for k, v in os.environ.items() if not k.startswith("DATABRICKS_")}
        self.env = dict(clean, CLXS_HOME=str(home), HOME=str(home), **env)

    def run(self, *args, timeout=300):
        return subprocess.run([binary(), *map(str, args)], env=self.env, text=True, capture_output=True,
                              timeout=timeout, stdin=subprocess.DEVNULL)

    def __call__(self, *args, status=0):
        done = self.run(*args)
        assert done.returncode == status, f"clxs {args}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def json(self, *args, status=0):
        return json.loads(self(*args, "--json", status=status))

    def rows(self, sql):
        return self.json("run-sql", "--sql", sql)["rows"]

    def start(self, *args):
        return subprocess.Popen([binary(), *map(str, args)], env=self.env, text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)


class Server:
    """A server of ours on a free port; `url` is read from its first line."""

    def __init__(self, clxs, *args):
        self.process = clxs.start(*args)
        line = self.process.stdout.readline()
        found = re.search(r"https?://[\d.:a-z\[\]]+", line)
        assert found, f"no address: {line!r} {self.process.stderr.read() if self.process.poll() is not None else ''}"
        self.url = found.group(0)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode


class Api:
    """JSON over HTTP with the headers of one caller."""

    def __init__(self, url, headers=None):
        self.url, self.headers = url, dict(headers or {})

    def __call__(self, method, path, body=None, status=200):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, dict(self.headers, **{"Content-Type": "application/json"}),
                                         method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                code, text = answer.status, answer.read()
        except urllib.error.HTTPError as e:
            code, text = e.code, e.read()
        assert code == status, f"{method} {path}: {code}\n{text.decode(errors='replace')}"
        return json.loads(text) if text else None


@pytest.fixture
def clxs(tmp_path):
    return Clxs(tmp_path / "home")


@pytest.fixture(scope="session")
def golden():
    if not GOLDEN.exists():
        pytest.skip("no golden tables here")
    return GOLDEN
