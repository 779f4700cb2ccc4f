"""The embedded workspace behind one server, asked over the SQL Statement API: quicker than a process a statement."""
import json
import pathlib
import shutil
import urllib.request

from conftest import Clxs, Server


class Refused(Exception):
    """A statement that failed; `state` is its SQLSTATE, the text its message."""

    def __init__(self, message, state):
        super().__init__(message)
        self.state = state


class Lake:
    def __init__(self, work):
        self.work = pathlib.Path(work)
        self.work.mkdir(parents=True, exist_ok=True)
        self.server = Server(Clxs(self.work / "home"), "workspace", "serve", "--root", self.work / "lake", "--port", "0",
                             "--token", "t")
        self.warehouse = self.ask("/api/2.0/sql/warehouses")["warehouses"][0]["id"]

    def ask(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.server.url + path, data,
                                         {"Authorization": "Bearer t", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)

    def sql(self, text):
        """(names, types, rows as texts) of one statement."""
        answer = self.ask("/api/2.0/sql/statements", {"statement": text, "warehouse_id": self.warehouse, "wait_timeout": "50s"})
        if answer["status"]["state"] != "SUCCEEDED":
            raise Refused(f"{answer['status']['error']['message']}", answer["status"].get("sql_state", ""))
        columns = answer["manifest"]["schema"].get("columns", [])
        assert answer["manifest"].get("total_chunk_count", 0) <= 1, "an answer of several chunks"
        return ([c["name"] for c in columns], [c["type_text"] for c in columns], answer["result"].get("data_array", []))

    def rows(self, text):
        return self.sql(text)[2]

    def dicts(self, text):
        names, _, rows = self.sql(text)
        return [dict(zip(names, row)) for row in rows]

    def location(self, table):
        return self.dicts(f"DESCRIBE DETAIL {table}")[0]["location"].removeprefix("file:")

    def adopt(self, table, folder, copy_to=None):
        """Registers a folder, or a copy of it, as an external table."""
        if copy_to is not None:
            shutil.copytree(folder, copy_to)
            folder = copy_to
        self.sql(f"CREATE TABLE {table} USING DELTA LOCATION '{folder}'")
        return str(folder)

    def close(self):
        self.server.stop()
