"""Counts made beside the engine (旁路计数), while GX prepares its suite in Python.

Citizen numbers and credit codes are judged by Arrow column, whole row groups at a time: as
functions of DuckDB they come in some thousand values, each call with the interpreter's lock,
and take three times as long; so do codes of a fixed shape as regular expressions. The rows that
fail are noted while they are counted, as long as they are few; of many, DuckDB tells which, and
both must come to the same number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from great_expectations.validator.metric_configuration import MetricConfiguration

Judge = Callable[[pa.Array], pa.Array]
"""From texts to whether they are wrong, null for null."""

Places = npt.NDArray[np.int64]

_COUNT: Final = ".unexpected_count"
_NOTED: Final = 1_000_000
"""So many failing rows of a rule are noted (8 MB); of more only the number is kept."""
_NARROWED: Final = ("row_condition", "condition_parser", "table")


@dataclass(frozen=True, slots=True)
class Counted:
    """Which of GX's metrics is counted, and how a column is judged (旁路计数项)."""

    metric: str
    """The condition's name; its count is `<metric>.unexpected_count`."""
    column: str
    arguments: Mapping[str, Any]
    judge: Judge


@dataclass(frozen=True, slots=True)
class Wrong:
    """What was judged wrong in a column (判错)."""

    count: int
    places: Mapping[Path, Places] | None
    """By file, the numbers of the rows from 0; None where they are too many to note."""


class Beside:
    """Counts under way in a thread of their own (旁路计数), by metric, column and arguments."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="beside")
        self._begun: dict[tuple[str, str], tuple[Mapping[str, Any], Future[Wrong]]] = {}

    def begin(self, counted: Counted, files: Sequence[Path]) -> None:
        """Begin to count the values of all files' column that are wrong."""
        counting = self._pool.submit(count_wrong, files, counted.column, counted.judge)
        self._begun[counted.metric + _COUNT, counted.column] = (counted.arguments, counting)

    def submit(self, work: Callable[[], Any]) -> Future[Any]:
        """Do other work in the same thread, in turn."""
        return self._pool.submit(work)

    def has(self, metric: MetricConfiguration) -> bool:
        """Say whether a metric's count was begun: of this column, by these arguments, whole."""
        domain = metric.metric_domain_kwargs
        begun = self._begun.get((metric.metric_name, domain.get("column", "")))
        if begun is None or any(domain.get(name) is not None for name in _NARROWED):
            return False
        arguments, _ = begun
        return all(metric.metric_value_kwargs.get(name) == said for name, said in arguments.items())

    def count(self, metric: MetricConfiguration) -> int | None:
        """Return a metric's count, waiting for it; None where it failed.

        What failed here is for the engine to try, and to say why.
        """
        _, counting = self._begun[metric.metric_name, metric.metric_domain_kwargs["column"]]
        return None if counting.exception() else counting.result().count

    def places(self, counted: Counted) -> Mapping[Path, Places] | None:
        """Return the rows that a whole column's count found, None where it noted none.

        None too where nothing was counted, or by other arguments.
        """
        begun = self._begun.get((counted.metric + _COUNT, counted.column))
        if begun is None or begun[0] != counted.arguments or begun[1].exception():
            return None
        return begun[1].result().places

    def close(self) -> None:
        """Wait for what was begun: the files may go."""
        self._pool.shutdown(cancel_futures=True)


def count_wrong(files: Sequence[Path], column: str, judge: Judge) -> Wrong:
    """Return how many values of a column are judged wrong over all files, and which."""
    count = 0
    noted: dict[Path, list[Places]] = {}
    for file in files:
        start = 0
        with pq.ParquetFile(file) as source:
            for group in range(source.num_row_groups):
                table = source.read_row_group(group, columns=[column], use_threads=False)
                judged = judge(table.column(0).combine_chunks())
                wrong = pc.sum(judged).as_py() or 0
                if wrong and count + wrong <= _NOTED:
                    flags = judged.fill_null(False).to_numpy(zero_copy_only=False)
                    noted.setdefault(file, []).append(np.flatnonzero(flags) + start)
                count += wrong
                start += table.num_rows
    if count > _NOTED:
        return Wrong(count, None)
    return Wrong(count, {file: np.concatenate(parts) for file, parts in noted.items()})
