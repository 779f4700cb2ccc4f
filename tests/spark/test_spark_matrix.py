"""docs/delta-matrix.md says what Spark reads of what we write."""
import pytest
from spark import Spark, session  # first: puts tests/interop on the path
from features import FEATURES
from matrix import differences, measure


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    spark = session(tmp_path_factory.mktemp("spark"))
    return measure([Spark(spark)], tmp_path_factory.mktemp("matrix"))


def test_the_matrix_is_printed(measured, capsys):
    with capsys.disabled():
        print("\n" + measured["Spark"])


@pytest.mark.parametrize("kind", [f.name for f in FEATURES])
def test_the_page_says_what_is_measured(measured, kind):
    assert not differences("Spark", measured["Spark"])[kind], "run build/venv-spark/bin/python tests/spark/matrix_spark.py --write"
