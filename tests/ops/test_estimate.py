"""What a copy would cost, and what a selective clone would copy. behaviours N: 182 to 184."""
import pytest

from conftest import Clxs

BUILD = """
CREATE CATALOG src
CREATE SCHEMA src.s
CREATE SCHEMA src.other
CREATE TABLE src.s.big AS SELECT id AS x, concat('v', id) AS y FROM range(20000)
CREATE TABLE src.s.mid AS SELECT id AS x, concat('v', id) AS y FROM range(5000)
CREATE TABLE src.s.small AS SELECT id AS x FROM range(300)
CREATE TABLE src.other.o AS SELECT id AS x FROM range(1000)
CREATE VIEW src.s.v AS SELECT * FROM src.s.big
"""


def sql(clxs, *statements):
    for statement in statements:
        clxs("run-sql", "--sql", statement)


@pytest.fixture
def src(tmp_path):
    clxs = Clxs(tmp_path / "home")
    sql(clxs, *BUILD.strip().splitlines())
    return clxs


@pytest.fixture
def pair(src):
    src("clone", "--source", "src", "--dest", "dst")
    return src


def estimate(clxs, *more):
    return clxs.json("estimate", "--source", "src", *more)


def test_bytes_files_and_costs_are_those_of_the_tables(src):
    e = estimate(src, "--price-per-gb", "1000000")
    stats = src.json("stats", "--source", "src")
    assert e["total_bytes"] == stats["total_size_bytes"] > 0 and e["table_count"] == 4
    assert e["total_files"] == sum(t["num_files"] for t in stats["tables"])
    assert e["total_gb"] == pytest.approx(e["total_bytes"] / 2**30) and e["total_tb"] == pytest.approx(e["total_bytes"] / 2**40)
    assert e["monthly_cost_usd"] == pytest.approx(e["total_gb"] * 1e6) and e["yearly_cost_usd"] == pytest.approx(12 * e["monthly_cost_usd"])
    assert e["deep"]["size_bytes"] == e["total_bytes"] and e["shallow"]["size_bytes"] == e["shallow"]["monthly_cost"] == 0
    assert [t["table"] for t in e["top_tables"]] == ["big", "mid", "o", "small"] and e["not_sized"] == []
    assert estimate(src)["price_per_gb"] == 0.023
    assert estimate(src, "--include-schemas", "other")["table_count"] == 1


def test_a_deep_clone_copies_what_was_estimated(src):
    e = estimate(src)
    run = src.json("clone", "--source", "src", "--dest", "dst")
    assert run["bytes_copied"] == e["total_bytes"] and run["files_copied"] == e["total_files"]


def test_another_currency_is_not_called_dollars(src):
    e = estimate(src, "--currency", "eur", "--price-per-gb", "2")
    assert e["currency"] == "EUR" and e["monthly_cost"] == pytest.approx(2 * e["total_gb"])
    assert e["monthly_cost_usd"] is None and e["yearly_cost_usd"] is None
    assert src.run("estimate", "--source", "src", "--currency", "dollars").returncode == 2


def test_183_without_the_destination_there_is_no_selective(src):
    assert "selective" not in estimate(src)
    assert "selective" not in estimate(src, "--dest", "nowhere")


def test_182_in_sync(pair):
    s = estimate(pair, "--dest", "dst")["selective"]
    assert s["target_exists"] is True and s["tables_to_clone"] == 0 and s["tables_in_sync"] == 4
    assert s["savings_pct"] == 100.0 and s["recommended"] is True and s["size_bytes"] == 0
    assert s["drift_breakdown"] == {"never_cloned": 0, "version_drift": 0, "unable_to_compare": 0}
    assert s["top_drifted_tables"] == []


DRIFTS = {
    "insert": ["INSERT INTO src.s.mid SELECT id, 'n' FROM range(700)"],
    "delete": ["DELETE FROM src.s.big WHERE x < 50"],
    "update": ["UPDATE src.s.mid SET y = 'k' WHERE x = 7"],
    "merge": ["MERGE INTO src.s.mid t USING (SELECT id AS x FROM range(4990, 5100)) u ON t.x = u.x "
              "WHEN MATCHED THEN UPDATE SET y = 'm' WHEN NOT MATCHED THEN INSERT (x, y) VALUES (u.x, 'n')"],
    "overwrite": ["INSERT OVERWRITE src.s.big SELECT id, 'o' FROM range(900)"],
    "replace": ["CREATE OR REPLACE TABLE src.s.small AS SELECT id AS x FROM range(2000)"],
    "truncate": ["TRUNCATE TABLE src.s.mid"],
    "new": ["CREATE TABLE src.other.n AS SELECT id AS x FROM range(4000)"],
    "restore": ["INSERT OVERWRITE src.s.mid SELECT 1, 'a'", "RESTORE TABLE src.s.mid TO VERSION AS OF 0"],
    "properties": ["ALTER TABLE src.s.big SET TBLPROPERTIES ('k' = 'v')"],
    "several": ["INSERT INTO src.s.mid SELECT id, 'n' FROM range(700)", "INSERT INTO src.s.mid SELECT id, 'n' FROM range(90)",
                "INSERT INTO src.s.big VALUES (1, 'x')"],
    "the copy was written to": ["INSERT INTO dst.s.mid VALUES (1, 'x')"],
    "the copy lost rows": ["DELETE FROM dst.s.mid WHERE x < 9"],
    "the copy was emptied": ["TRUNCATE TABLE dst.s.mid"],
    "both": ["INSERT INTO src.s.mid VALUES (1, 'x')", "DELETE FROM dst.s.mid WHERE x < 9"],
    "another table": ["DROP TABLE dst.s.mid", "CREATE TABLE dst.s.mid AS SELECT 1 AS x, 'a' AS y"],
    "grants": ["GRANT SELECT ON TABLE src.s.big TO `account users`"],
}


@pytest.mark.parametrize("drift", DRIFTS, ids=[d.replace(" ", "_") for d in DRIFTS])
def test_184_the_size_is_within_ten_percent_of_what_is_then_copied(pair, drift):
    sql(pair, *DRIFTS[drift])
    s = estimate(pair, "--dest", "dst")["selective"]
    run = pair.json("clone", "--source", "src", "--dest", "dst", "--load-type", "SELECTIVE")
    assert s["size_bytes"] == pytest.approx(run["bytes_copied"], rel=0.1), (s, run["drifted_tables"])
    assert s["tables_to_clone"] == run["tables"]["success"] and s["tables_in_sync"] == run["tables_in_sync"]
    assert {k: v for k, v in s["drift_breakdown"].items() if v} == run["drift"]


def test_half_in_sync_is_recommended_and_less_is_not(pair):
    sql(pair, "INSERT INTO src.s.mid VALUES (1, 'x')", "INSERT INTO src.s.big VALUES (1, 'x')")
    s = estimate(pair, "--dest", "dst")["selective"]
    assert s["savings_pct"] == 50.0 and s["recommended"] is True
    assert {(t["table"], t["reason"]) for t in s["top_drifted_tables"]} == {("mid", "version_drift"), ("big", "version_drift")}
    sql(pair, "INSERT INTO src.s.small VALUES (1)")
    s = estimate(pair, "--dest", "dst")["selective"]
    assert s["savings_pct"] == 25.0 and s["recommended"] is False


def statements(clxs, *args):
    done = clxs.run(*args, "--json", "--verbose")
    assert done.returncode == 0, done.stderr
    return [line.split("SQL: ", 1)[1] for line in done.stderr.splitlines() if "SQL: " in line]


def test_one_statement_a_table_and_a_few_more_none_of_which_writes(pair):
    alone = statements(pair, "estimate", "--source", "src")
    assert len(alone) <= 4 + 6 and sum(s.startswith("DESCRIBE DETAIL") for s in alone) == 4
    sql(pair, "INSERT INTO src.s.mid VALUES (1, 'x')")
    both = statements(pair, "estimate", "--source", "src", "--dest", "dst")
    assert len(both) <= 4 + 2 * 14 + 4
    assert not [s for s in alone + both if not s.startswith(("SELECT", "DESCRIBE", "SHOW"))]


def test_a_table_that_cannot_be_asked_is_named_and_the_rest_goes_on(src):
    import shutil
    lost = src.rows("SELECT storage_path FROM src.information_schema.tables WHERE table_name = 'mid'")[0][0]
    shutil.rmtree(lost.removeprefix("file://"))
    e = estimate(src)
    assert [t["table"] for t in e["not_sized"]] == ["mid"] and e["not_sized"][0]["error"]
    assert e["table_count"] == 4 and [t["table"] for t in e["top_tables"]] == ["big", "o", "small"]


def test_the_text_fits_and_says_what_is_recommended(pair):
    sql(pair, "INSERT INTO src.s.mid VALUES (1, 'x')")
    text = pair("estimate", "--source", "src", "--dest", "dst")
    assert "Recommended: SELECTIVE" in text and "s.mid" in text and max(map(len, text.splitlines())) <= 100


def test_the_same_catalog_twice_and_a_missing_one(src):
    assert src.run("estimate", "--source", "src", "--dest", "SRC").returncode == 2
    done = src.run("estimate", "--source", "nope")
    assert done.returncode == 4 and "nope" in done.stderr
