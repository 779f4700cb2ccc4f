"""The matrix with Spark as the reader: `build/venv-spark/bin/python tests/spark/matrix_spark.py --write`."""
import tempfile

from spark import Spark, session  # noqa: E402  (puts tests/interop on the path)
from matrix import main  # noqa: E402

if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="clxs-spark-") as work:
        spark = session(work)
        try:
            main([Spark(spark)], skip=["clxs"])
        finally:
            spark.stop()
