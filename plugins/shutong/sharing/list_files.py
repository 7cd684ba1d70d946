"""Write the city's lists as XLSX, CSV and pages (清单导出): the pages work without the internet."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import JsonValue

from shutong.errors import StorageFailed, Text
from shutong.fieldtypes import FieldType
from shutong.ledger import Action
from shutong.reporting.pages import environment
from shutong.sharing.lists import CityList
from shutong.spreadsheets import write_csv, write_xlsx

if TYPE_CHECKING:
    import pyarrow as pa

    from shutong.ledger import Ledger


def write_lists(
    lists: Sequence[CityList], folder: Path, ledger: Ledger, today: date, actor: str
) -> list[Path]:
    """Write every list into `folder`, three files each, with an audit record; return the files."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written: list[Path] = []
        for listed in lists:
            table = _table(listed)
            stem = folder / listed.title
            written += write_xlsx(
                stem.with_suffix(".xlsx"), listed.columns, [table], sheet=listed.title
            ).files
            written += write_csv(stem.with_suffix(".csv"), listed.columns, [table]).files
            written.append(_write_page(listed, stem.with_suffix(".html"), today))
    except OSError as exc:
        reason = exc.strerror or type(exc).__name__
        raise StorageFailed(
            Text(f"清单写不下来: {reason}", f"the lists cannot be written: {reason}"),
            place=str(folder),
            next_step=Text("检查磁盘空间和目录权限", "look at disk space and rights"),
        ) from exc
    digests: dict[str, JsonValue] = {path.name: _digest(path) for path in written}
    rows: dict[str, JsonValue] = {listed.title: len(listed.rows) for listed in lists}
    ledger.record(Action.LISTS_WRITTEN, "lists", {"rows": rows, "sm3": digests}, actor=actor)
    return written


def _table(listed: CityList) -> pa.Table:
    import pyarrow as pa

    kinds = {FieldType.D: pa.date32(), FieldType.I: pa.int64()}
    arrays = {
        column.id: pa.array([row[i] for row in listed.rows], kinds.get(column.type, pa.string()))
        for i, column in enumerate(listed.columns)
    }
    return pa.table(arrays)


def _write_page(listed: CityList, path: Path, today: date) -> Path:
    page = environment().get_template("city_list.html").render(listed=listed, today=today)
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(page, encoding="utf-8")
    temporary.chmod(0o600)
    temporary.replace(path)
    return path


def _digest(path: Path) -> str:
    return hashlib.new("sm3", path.read_bytes()).hexdigest()
