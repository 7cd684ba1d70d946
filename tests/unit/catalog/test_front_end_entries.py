"""`shutong check` on what an administrator writes about a front-end machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.catalog.test_check import FRONT_ENDS, project

from shutong.catalog import check_catalog
from shutong.catalog.models import FrontEnd, Limits, Tls, WritableAccount

__all__ = ["project"]
FILE = "catalog/front_ends.yaml"
ENTRY = {
    "code": "ps-1",
    "name": "公安局前置机",
    "department": "public-security",
    "connection": "fe_ps",
}


def write(project: Path, *lines: str) -> None:
    """Add lines to the front-end machine's entry, which ends in the file's line 6."""
    text = FRONT_ENDS.rstrip() + "\n" + "".join(f"    {line}\n" for line in lines)
    (project / FILE).write_text(text, encoding="utf-8")


def test_every_limit_may_be_stated(project: Path) -> None:
    path = project / FILE
    write(
        project,
        "tls: plaintext",
        "writable_account: accept",
        "limits:",
        "  connections: 1",
        "  rows_per_second: 20000",
        "  statement_timeout_seconds: 7200",
        '  hours: ["20:00-07:00", 12:00-13:30]',
    )
    path.write_text(path.read_text(encoding="utf-8").replace("sqlite", "mysql"), encoding="utf-8")
    catalog, faults = check_catalog(project, lambda code: True)
    assert faults == ()
    stated = catalog.front_ends["ps-1"].value
    assert (stated.tls, stated.writable_account) == (Tls.PLAINTEXT, WritableAccount.ACCEPT)
    assert stated.limits.hours == ("20:00-07:00", "12:00-13:30")


def test_by_default_a_machine_is_spared_and_no_writing_account_accepted() -> None:
    made = FrontEnd.model_validate({**ENTRY, "kind": "mysql"})
    assert (made.tls, made.writable_account) == (Tls.PREFERRED, WritableAccount.REFUSE)
    assert made.limits == Limits()
    assert all((made.limits.read_timeout_seconds, made.limits.statement_timeout_seconds))


@pytest.mark.parametrize("kind", ["oracle", "dm"])
@pytest.mark.parametrize("tls", ["plaintext", "required", "verified"])
def test_encryption_is_stated_only_where_it_does_something(
    project: Path, kind: str, tls: str
) -> None:
    write(project, f"tls: {tls}")
    path = project / FILE
    path.write_text(path.read_text(encoding="utf-8").replace("sqlite", kind), encoding="utf-8")
    _, faults = check_catalog(project, lambda code: True)
    (fault,) = [fault for fault in faults if fault.file == FILE]
    assert fault.line == 7
    assert f"{tls} 不起作用" in fault.render("zh")
    assert "leave tls out" in fault.render("en")


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        (["tls: encrypted"], 7, "tls"),
        (["tls: required"], 7, "sqlite"),
        (["tls: verified"], 7, "sqlite"),
        (["tls: plaintext"], 7, "没有线路"),
        (["writable_account: yes"], 7, "writable_account"),
        (["limits:", "  rows_per_second: 0"], 8, "rows_per_second"),
        (["limits:", "  rows_per_hour: 7"], 8, "rows_per_hour"),
        (["limits:", "  read_timeout_seconds: 0"], 8, "read_timeout_seconds"),
        (["limits:", "  statement_timeout_seconds: 0"], 8, "statement_timeout_seconds"),
        (["limits:", '  hours: ["8pm-7am"]'], 8, "hours"),
        (["limits:", '  hours: ["20:00-25:00"]'], 8, "hours"),
        (["limits:", '  hours: ["08:00-08:00"]'], 8, "08:00-08:00"),
    ],
)
def test_a_wrong_entry_is_found_at_its_line(
    project: Path, lines: list[str], line: int, words: str
) -> None:
    write(project, *lines)
    _, faults = check_catalog(project, lambda code: True)
    # A second one says that the resource's front-end machine is not declared.
    (fault,) = [fault for fault in faults if fault.file == FILE]
    assert (fault.file, fault.line) == (FILE, line)
    assert words in fault.render("zh")
    assert fault.next_step.zh
