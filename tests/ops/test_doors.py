"""Both doors: each operation through the command line and over HTTP, with the same JSON; jobs, sessions, errors."""
import json
import os
import signal
import time
import urllib.request

import pytest

from conftest import Api, Clxs, Server

VOLATILE = {"duration_seconds", "timestamp", "schema_durations", "run_id", "job_id", "t0", "versions", "plan_hash", "hash",
            "seconds", "requests", "statements", "generated_at", "elapsed_ms", "workspace"}
exercised = set()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    clxs = Clxs(tmp_path_factory.mktemp("doors"))
    clxs("demo-data", "--catalog", "demo", "--industry", "healthcare", "--scale", "0.02")
    clxs("clone", "--source", "demo", "--dest", "copy")
    return clxs


@pytest.fixture(scope="module")
def server(home):
    s = Server(home, "serve", "--port", "0")
    yield s
    assert s.stop() == 0


@pytest.fixture(scope="module")
def api(server):
    answer = Api(server.url)("POST", "/api/auth/demo", {})
    assert answer["authenticated"]
    return Api(server.url, {"X-Clone-Session": answer["session_id"], "X-CSRF-Token": answer["csrf_token"]})


def stable(value, drop=VOLATILE):
    if isinstance(value, dict):
        return {k: stable(v, drop) for k, v in value.items() if k not in drop}
    if isinstance(value, list):
        return [stable(v, drop) for v in value]
    return value


def finished(api, job_id):
    for _ in range(600):
        job = api("GET", f"/api/clone/{job_id}")
        if job["status"] in ("completed", "failed", "cancelled"):
            return job
        time.sleep(0.1)
    raise AssertionError(f"job {job_id} did not end: {job}")


READS = [
    ("diff", ["diff", "--source", "demo", "--dest", "copy"], "/api/diff", {"source_catalog": "demo", "destination_catalog": "copy"}),
    ("validate", ["validate", "--source", "demo", "--dest", "copy", "--checksum"], "/api/validate",
     {"source_catalog": "demo", "destination_catalog": "copy", "use_checksum": True}),
    ("stats", ["stats", "--source", "demo"], "/api/stats", {"source_catalog": "demo"}),
    ("preflight", ["preflight", "--source", "demo", "--dest", "copy"], "/api/preflight",
     {"source_catalog": "demo", "destination_catalog": "copy"}),
    ("estimate", ["estimate", "--source", "demo", "--dest", "copy"], "/api/estimate",
     {"source_catalog": "demo", "destination_catalog": "copy"}),
    ("search", ["search", "--source", "demo", "--pattern", "pat"], "/api/search", {"source_catalog": "demo", "pattern": "pat"}),
    ("plan", ["plan", "--source", "demo", "--dest", "other"], "/api/plan", {"source_catalog": "demo", "destination_catalog": "other"}),
    ("run_sql", ["run-sql", "--sql", "SELECT 1 AS a, NULL AS b, 'x' AS c"], "/api/run-sql", {"sql": "SELECT 1 AS a, NULL AS b, 'x' AS c"}),
    ("history", ["history", "list"], "/api/history", {"action": "list"}),
    ("resume", ["resume"], "/api/resume", {}),
]


@pytest.mark.parametrize("name,args,path,body", READS, ids=[r[0] for r in READS])
def test_both_doors_give_the_same_json(home, api, name, args, path, body):
    ours = home.json(*args)
    answer = api("POST", path, body)
    if set(answer) == {"job_id", "status", "message"}:
        assert answer["status"] == "queued"
        job = finished(api, answer["job_id"])
        assert job["status"] == "completed", job
        answer = job["result"]
    exercised.add(name)
    drop = VOLATILE | ({"operations", "items", "rows"} if name == "history" else set())
    assert stable(answer, drop) == stable(ours, drop)


def test_a_clone_as_a_job_has_the_summary_of_the_command_line(home, api):
    ours = home.json("clone", "--source", "demo", "--dest", "by_cli")
    submitted = api("POST", "/api/clone", {"source_catalog": "demo", "destination_catalog": "by_http"})
    assert submitted["status"] == "queued" and len(submitted["job_id"]) == 8
    assert submitted["message"] == "Clone job submitted"
    job = finished(api, submitted["job_id"])
    assert job["status"] == "completed", job["error"]
    assert job["source_catalog"] == "demo" and job["destination_catalog"] == "by_http"
    drop = VOLATILE | {"destination_catalog"}
    assert stable(job["result"], drop) == stable(ours, drop)
    assert job["logs"] and job["progress"]["completed"] == job["progress"]["total"]
    exercised.add("clone")


def test_a_clone_is_taken_back_over_http_as_on_the_command_line(home, api):
    for dest in ("back_cli", "back_http"):
        job = finished(api, api("POST", "/api/clone", {"source_catalog": "demo", "destination_catalog": dest})["job_id"])
        assert job["status"] == "completed", job["error"]
    runs = {r["destination_catalog"]: r["file"] for r in api("GET", "/api/rollback/logs")}
    ours = home.json("rollback", "--rollback-log", runs["back_cli"], "--yes")
    job = finished(api, api("POST", "/api/rollback", {"log_file": runs["back_http"]})["job_id"])
    assert job["status"] == "completed", job
    drop = VOLATILE | {"run"}
    same = lambda r: json.dumps(stable(r, drop), sort_keys=True).replace("back_http", "back_cli")  # noqa: E731
    assert same(job["result"]) == same(ours) and ours["dropped"] > 0 and ours["failed"] == 0
    assert "back_http" not in {r["destination_catalog"] for r in api("GET", "/api/rollback/logs")}
    exercised.add("rollback")


def test_register_and_demo_data_over_http(home, api, golden):
    submitted = api("POST", "/api/register", {"catalog": "golden", "schema": "t", "from": str(golden / "tables")})
    job = finished(api, submitted["job_id"]) if "job_id" in submitted else {"result": submitted, "status": "completed"}
    assert job["status"] == "completed", job
    assert job["result"]["registered"] and job["result"]["refused"]
    submitted = api("POST", "/api/generate/demo-data", {"catalog_name": "more", "industry": "retail", "scale_factor": 0.01})
    assert finished(api, submitted["job_id"])["status"] == "completed"
    exercised.update({"register", "demo_data"})


def test_every_operation_of_the_api_was_exercised(home):
    spec = json.loads(home("spec", "--format", "openapi"))
    named = {p for p in spec["paths"]}
    assert {"/api/clone", "/api/diff", "/api/health"} <= named
    ts = home("spec", "--format", "ts")
    ops = {line.split(":")[0].strip() for line in ts.split("export const ops = {")[1].splitlines() if line.startswith("  ") and
           line.rstrip().endswith("{") and not line.startswith("   ")}
    assert ops == exercised, ops ^ exercised


@pytest.mark.parametrize("body,field", [
    ({}, "source_catalog"),
    ({"source_catalog": "demo"}, "destination_catalog"),
    ({"source_catalog": "demo", "destination_catalog": "x", "clone_type": "SIDEWAYS"}, "clone_type"),
    ({"source_catalog": "demo", "destination_catalog": "x", "max_workers": 0}, "max_workers"),
    ({"source_catalog": "demo", "destination_catalog": "x", "max_workers": "many"}, "max_workers"),
    ({"source_catalog": 7, "destination_catalog": "x"}, "source_catalog"),
    ({"source_catalog": "demo", "destination_catalog": "demo"}, None),
])
def test_a_bad_request_names_the_field(api, body, field):
    answer = api("POST", "/api/clone", body, status=422)
    assert isinstance(answer["detail"], list) and answer["detail"][0]["msg"] and answer["detail"][0]["type"]
    if field:
        assert any(field in d["loc"] for d in answer["detail"]), answer


def test_without_a_session_nothing_is_told(server):
    bare = Api(server.url)
    bare("GET", "/api/health")
    for method, path in (("GET", "/api/catalogs"), ("GET", "/api/clone/jobs"), ("POST", "/api/clone"), ("POST", "/api/run-sql"),
                         ("DELETE", "/api/clone/12345678")):
        answer = bare(method, path, {} if method == "POST" else None, status=401)
        assert answer["detail"]


def test_unknown_jobs_and_paths_are_404(api):
    api("GET", "/api/clone/00000000", status=404)
    api("GET", "/api/no/such/path", status=404)


def test_events_replay_and_end(server, api):
    submitted = api("POST", "/api/clone", {"source_catalog": "demo", "destination_catalog": "evented"})
    finished(api, submitted["job_id"])
    request = urllib.request.Request(f"{server.url}/api/clone/{submitted['job_id']}/events", headers=api.headers)
    with urllib.request.urlopen(request, timeout=20) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        text = stream.read().decode()
    assert "event: status" in text and "event: log" in text and "event: result" in text
    ids = [int(line[3:]) for line in text.splitlines() if line.startswith("id:")]
    assert ids == sorted(ids) and len(ids) == len(set(ids))
    request.add_header("Last-Event-ID", str(ids[-2]))
    with urllib.request.urlopen(request, timeout=20) as stream:
        rest = stream.read().decode()
    assert [line for line in rest.splitlines() if line.startswith("id:")] == [f"id: {ids[-1]}"]


def test_jobs_survive_the_death_of_the_server(tmp_path):
    clxs = Clxs(tmp_path / "home")
    clxs("demo-data", "--catalog", "demo", "--industry", "retail", "--scale", "0.02")
    first = Server(clxs, "serve", "--port", "0")
    answer = Api(first.url)("POST", "/api/auth/demo", {})
    api = Api(first.url, {"X-Clone-Session": answer["session_id"], "X-CSRF-Token": answer["csrf_token"]})
    jobs = [api("POST", "/api/clone", {"source_catalog": "demo", "destination_catalog": f"d{i}"})["job_id"] for i in range(5)]
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()
    second = Server(clxs, "serve", "--port", "0")
    answer = Api(second.url)("POST", "/api/auth/demo", {})
    api = Api(second.url, {"X-Clone-Session": answer["session_id"], "X-CSRF-Token": answer["csrf_token"]})
    for _ in range(1200):
        seen = {j["job_id"]: j["status"] for j in api("GET", "/api/clone/jobs")}
        if not {"queued", "running"} & set(seen.values()):
            break
        time.sleep(0.1)
    assert set(jobs) <= set(seen), "a job was lost"
    bad = [api("GET", f"/api/clone/{j}") for j in jobs if seen[j] not in ("completed", "interrupted")]
    assert not bad, bad  # with what each job says went wrong
    assert second.stop() == 0
    clxs("resume")
    for i in range(5):
        clxs("validate", "--source", "demo", "--dest", f"d{i}")


def test_a_running_clone_can_be_cancelled(home, api):
    submitted = api("POST", "/api/clone", {"source_catalog": "demo", "destination_catalog": "cancelled"})
    answer = api("DELETE", f"/api/clone/{submitted['job_id']}")
    assert answer["job_id"] == submitted["job_id"]
    assert finished(api, submitted["job_id"])["status"] in ("cancelled", "completed")
