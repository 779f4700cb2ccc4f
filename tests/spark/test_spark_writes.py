"""docs/delta-matrix.md says what we do with tables that Spark wrote."""
import pytest
from writing import STEPS, Writing, measure_writing  # first: puts tests/interop on the path
from matrix import differences
from writers import SPARK_TABLES


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    return measure_writing(tmp_path_factory.mktemp("writing"))


def test_the_table_is_printed(measured, capsys):
    assert all(step in measured for step in STEPS)
    with capsys.disabled():
        print("\n" + measured)


@pytest.mark.parametrize("kind", SPARK_TABLES)
def test_the_page_says_what_is_measured(measured, kind):
    assert not differences(Writing.name, measured)[kind], "run build/venv-spark/bin/python tests/spark/writing.py --write"
