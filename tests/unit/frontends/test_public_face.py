"""The package's face stays light, and knows every kind of front-end machine."""

from __future__ import annotations

import subprocess
import sys

import pytest

from shutong.catalog.models import FrontEnd, FrontEndKind
from shutong.errors import SourceUnreachable
from shutong.frontends import endpoint_of, open_reader

HEAVY = ["pyarrow", "pandas", "sqlalchemy", "pymysql", "oracledb", "sqlite3"]


def test_importing_the_package_imports_no_driver() -> None:
    code = f"import sys, shutong.frontends; print([m for m in {HEAVY} if m in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # oracledb's socket
@pytest.mark.parametrize("kind", list(FrontEndKind))
def test_every_kind_of_front_end_has_a_reader_that_says_what_is_wrong(kind: FrontEndKind) -> None:
    front_end = FrontEnd(code="fe", name="前置机", department="d", kind=kind, connection="c")

    with pytest.raises(SourceUnreachable) as caught:
        open_reader(front_end, endpoint_of("c", "x://u:p@127.0.0.1:1/none"))

    assert caught.value.next_step.zh
