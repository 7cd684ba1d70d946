# ruff: noqa: S608 - the statements hold quoted names and file paths, never a value
"""What must hold before anything is written (入库前核查); each refuses the landing whole.

Delta itself would drop a column too many, fill a missing one with NULL, round, cut, and
insert a NULL or repeated key again with each merge, all without a word.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import ArrowInvalid

from shutong.catalog.models import Dataset
from shutong.datafiles import file_schema, only_rises
from shutong.errors import LandingRefused, Text
from shutong.lake.repeated import repeated_rows
from shutong.lake.scratch import parquet, quoted
from shutong.lake.tables import differences
from shutong.model import LoadMode, StagedBatch, ValidationReport

if TYPE_CHECKING:
    import duckdb

_RERUN: Final = Text("重新抽取并校验该批次", "extract and validate the batch again")
_SOURCE: Final = Text(
    "请数据专员更正源表中的主键后重跑", "have the steward mend the keys at the source, then rerun"
)


@dataclass(frozen=True, slots=True)
class Landing:
    """A validated batch on its way into the table (待入库批次)."""

    report: ValidationReport
    staged: StagedBatch
    dataset: Dataset

    @property
    def batch_id(self) -> str:
        """Id of the batch."""
        return self.report.batch_id

    @property
    def resource(self) -> str:
        """Id of the resource."""
        return self.report.resource

    @property
    def mode(self) -> LoadMode:
        """How the resource is drawn."""
        return self.staged.window.mode

    @property
    def files(self) -> list[Path]:
        """The files with the rows that may land."""
        return [file.path for file in self.report.clean_files]

    @property
    def gone(self) -> list[Path]:
        """The file with the keys of rows to take away, if there are any."""
        return [self.staged.gone] if self.staged.gone is not None else []

    @property
    def place(self) -> str:
        """Name the batch in messages."""
        return f"{self.resource} {self.batch_id}"


def guard_facts(landing: Landing) -> None:
    """Refuse a batch whose facts do not belong together or were not accepted."""
    report, staged = landing.report, landing.staged
    if not report.accepted:
        raise _refused(landing, Text("校验未通过", "validation did not accept it"), _RERUN)
    ours = (staged.batch_id, staged.resource, staged.dataset)
    if (report.batch_id, report.resource, report.dataset) != ours:
        fact = Text("校验报告与暂存批次不是同一批", "report and staged batch do not match")
        raise _refused(landing, fact, _RERUN)
    if report.clean_rows + report.rejected_rows != report.rows:
        counts = f"{report.clean_rows} + {report.rejected_rows} ≠ {report.rows}"
        fact = Text(f"行数不平: {counts}", f"rows do not add up: {counts}")
        raise _refused(landing, fact, _RERUN)


def guard_accounted(landing: Landing, rows: int) -> None:
    """Refuse a change that does not hold each clean row, landed or unchanged (平账)."""
    clean = landing.report.clean_rows
    if rows != clean:
        fact = Text(
            f"行数不平: 可入库 {clean} 行, 实际入库与未变共 {rows} 行",
            f"rows do not add up: {clean} are to land, {rows} would land or are unchanged",
        )
        raise _refused(landing, fact, _RERUN)


def guard_files(landing: Landing) -> None:
    """Refuse a file whose columns, types, order, rows or size are not what was said."""
    wanted = file_schema(landing.dataset)
    for file in landing.report.clean_files:
        try:
            footer = pq.read_metadata(file.path)
        except (FileNotFoundError, ArrowInvalid):
            fact = Text(
                f"文件缺失或残缺: {file.path.name}", f"file missing or torn: {file.path.name}"
            )
            raise _refused(landing, fact, _RERUN) from None
        differing = differences(footer.schema.to_arrow_schema(), wanted)
        if differing:
            told = ", ".join(differing)
            fact = Text(f"列与数据标准不符: {told}", f"columns differ from the standard: {told}")
            step = Text("对照 schemas 中的数据标准", "compare with the standard in schemas/")
            raise _refused(landing, fact, step)
        if (footer.num_rows, file.path.stat().st_size) != (file.rows, file.bytes):
            fact = Text(
                f"文件与登记不符: {file.path.name} 有 {footer.num_rows} 行, 登记 {file.rows} 行",
                f"{file.path.name} is not as recorded: {footer.num_rows} rows, not {file.rows}",
            )
            raise _refused(landing, fact, _RERUN)


def guard_rows(landing: Landing, connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse NULL keys, repeated keys, and rows that are another batch's or provider's."""
    if not landing.files:
        return
    relation = parquet(landing.files)
    keys = [quoted(name) for name in landing.dataset.key]
    null_key = " OR ".join(f"{key} IS NULL" for key in keys)
    with ThreadPoolExecutor(1) as beside:
        rising = beside.submit(only_rises, landing.files, landing.dataset.key)
        marked = connection.execute(
            f"SELECT _batch, _provider, count(*) FILTER ({null_key}) FROM {relation} GROUP BY ALL"
        ).fetchall()
    nulls = sum(count for _, _, count in marked)
    if nulls:
        fact = Text(f"{nulls} 行主键为空", f"{nulls} rows have a NULL key")
        raise _refused(landing, fact, _SOURCE)
    if not all(_is_origin(landing, batch, provider) for batch, provider, _ in marked):
        fact = Text("行的来源标记不属于本批次", "rows are marked as another batch's or provider's")
        raise _refused(landing, fact, _RERUN)
    if rising.result():
        return
    repeated = repeated_rows(connection, landing.files, landing.dataset.key)
    if repeated:
        fact = Text(f"{repeated} 行主键重复", f"{repeated} rows repeat a key")
        raise _refused(landing, fact, _SOURCE)


def guard_gone(landing: Landing, connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse keys to take away that are not keys of the dataset, or not for a merge."""
    if not landing.gone:
        return
    whole = file_schema(landing.dataset)
    wanted = pa.schema([whole.field(name) for name in landing.dataset.key])
    differing = differences(pq.read_schema(landing.gone[0]), wanted)
    if differing or landing.mode is not LoadMode.MERGE:
        told = ", ".join(differing) or str(landing.mode)
        fact = Text(f"待删主键与数据标准不符: {told}", f"keys to take away do not fit: {told}")
        raise _refused(landing, fact, _RERUN)
    null_key = " OR ".join(f"{quoted(name)} IS NULL" for name in landing.dataset.key)
    query = f"SELECT count(*) FROM {parquet(landing.gone)} WHERE {null_key}"
    nulls = connection.execute(query).fetchone()
    if nulls and nulls[0]:
        fact = Text(f"{nulls[0]} 个待删主键为空", f"{nulls[0]} keys to take away are NULL")
        raise _refused(landing, fact, _RERUN)


def _is_origin(landing: Landing, batch: str | None, provider: str | None) -> bool:
    return batch == landing.batch_id and landing.resource.startswith(f"{provider}.")


def known_rows(
    landing: Landing, connection: duckdb.DuckDBPyConnection, current: Sequence[Path]
) -> int:
    """Return how many of the batch's keys stand in the resource's `current` files already."""
    if not landing.files or not current:
        return 0
    keys = ", ".join(quoted(name) for name in landing.dataset.key)
    row = connection.execute(
        f"SELECT count(*) FROM {parquet(current)} "
        f"WHERE ({keys}) IN (SELECT {keys} FROM {parquet(landing.files)})"
    ).fetchone()
    return int(row[0]) if row else 0


def guard_grown(landing: Landing, changed: int) -> None:
    """Refuse an appending batch in which rows that landed have other content now.

    The overlap of windows brings rows twice, and those are passed over; but a source whose
    rows change is not one that only grows.
    """
    if not changed:
        return
    raise _refused(
        landing,
        Text(
            f"{changed} 行的主键已在库中而内容不同",
            f"{changed} rows have keys that stand in the table with other content",
        ),
        Text(
            "源表并非只增: 把归集方式改为增量合并 (merge)",
            "the source does not only grow: set the resource's load to merge",
        ),
    )


def _refused(landing: Landing, fact: Text, next_step: Text) -> LandingRefused:
    return LandingRefused(fact, place=landing.place, next_step=next_step)
