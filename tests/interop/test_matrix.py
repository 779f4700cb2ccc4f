"""docs/delta-matrix.md says what is measured: our engine and deltalake, every kind of table after every operation."""
import pytest
from features import FEATURES
from matrix import differences, measure
from readers import DeltaRs


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    return measure([DeltaRs()], tmp_path_factory.mktemp("matrix"))


def test_the_matrix_is_printed(measured, capsys):
    with capsys.disabled():
        for text in measured.values():
            print("\n" + text)


@pytest.mark.parametrize("kind", [f.name for f in FEATURES])
@pytest.mark.parametrize("reader", ["clxs", "deltalake"])
def test_the_page_says_what_is_measured(measured, reader, kind):
    assert not differences(reader, measured[reader])[kind], "run build/venv/bin/python tests/interop/matrix.py --write"
