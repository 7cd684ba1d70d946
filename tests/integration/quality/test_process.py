"""What a process that validates looks like from outside: quiet, light, without the internet."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import shutong

_ROOT = Path(__file__).parents[3]
_PACKAGE = str(Path(shutong.__file__).parents[1])

_VALIDATE = """
from pathlib import Path
import sys
from tests.integration.quality.staging import Bench, person
bench = Bench(Path(sys.argv[1]))
rows = [person(1), person(1), person(3, name="?", phone="1"), person(4)]
report = bench.judge(rows)
assert report.rejected_rows == 3, report
"""


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([_PACKAGE, str(_ROOT)])},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_validating_process_leaves_nothing_on_stdout_and_stderr(tmp_path: Path) -> None:
    done = run(_VALIDATE, str(tmp_path))

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_process_whose_validation_breaks_off_ends_without_a_page_of_leaks(
    tmp_path: Path,
) -> None:
    code = _VALIDATE.replace(
        "report = bench.judge(rows)",
        """
staged = bench.stage(rows)
staged.files[0].path.write_bytes(b"no parquet")
report = bench.judge_staged(staged)
""",
    )
    done = run(code, str(tmp_path))

    assert done.returncode == 1
    assert "StorageFailed" in done.stderr
    assert "nanobind" not in done.stderr


def test_importing_the_package_loads_none_of_the_heavy_libraries() -> None:
    heavy = ["great_expectations", "pandas", "duckdb", "sqlalchemy", "pyarrow", "numpy"]
    code = (
        "import sys, shutong.quality, shutong.quality.suites, shutong.quality.drafting, "
        "shutong.quality.checking\n"
        f"found = [name for name in {heavy} if name in sys.modules]\n"
        "assert not found, found"
    )
    done = run(code)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("unused", ["altair", "scipy.stats"])
def test_gx_is_loaded_without_what_draws_charts_and_yet_can_use_it(unused: str) -> None:
    code = f"""
import sys
from shutong.quality.importing import load_gx
load_gx()
assert {unused!r} not in sys.modules
import warnings
warnings.simplefilter("ignore")
from great_expectations.expectations.core import (
    expect_column_kl_divergence_to_be_less_than as divergence,
)
assert divergence.stats.entropy([0.5, 0.5], [0.5, 0.5]) == 0
assert divergence.alt.Chart is not None
import altair, scipy.stats
assert altair.Chart is divergence.alt.Chart
assert scipy.stats.entropy is divergence.stats.entropy
"""
    done = run(code)

    assert (done.returncode, done.stderr) == (0, "")


def test_validation_reaches_for_no_network(tmp_path: Path) -> None:
    no_network = """
import socket
def refuse(*arguments):
    raise AssertionError(f"a connection to {arguments}")
socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
"""
    done = run(no_network + _VALIDATE, str(tmp_path))

    assert (done.returncode, done.stderr) == (0, "")
