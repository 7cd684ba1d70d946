"""Rows that no type could hold (类型不符), found by the extraction: rejected like any other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from shutong.catalog.models import Dataset
from shutong.errors import Text
from shutong.model import RuleResult, RuleState, Severity
from shutong.quality.rejected import RejectedFile

_REASON: Final = re.compile(r"([a-z][a-z0-9_]*): ([a-z0-9_]+)")
_ROWS_AT_ONCE: Final = 65_536
REASON_WORDS: Final[Mapping[str, Text]] = {
    "invalid_date": Text("不是存在的日期或时间", "no such day or time"),
    "time_lost": Text("日期带有时刻", "a day with a time of day"),
    "time_zone": Text("时间带有时区", "a wall clock with a zone"),
    "invalid_number": Text("不是数字", "no number"),
    "too_precise": Text("小数位数超出标准", "more digits behind the point than the standard has"),
    "too_large": Text("数字位数超出标准", "more digits than the standard has"),
    "invalid_boolean": Text("不是是否值", "neither true nor false"),
    "invalid_text": Text("文字编码损坏", "broken text"),
    "unknown_type": Text("源类型无法精确转换", "the source's type has no exact way here"),
}


@dataclass(frozen=True, slots=True)
class Misfits:
    """How many rows misfit by item and reason (类型不符统计)."""

    counts: Mapping[tuple[str, str], int]

    def results(self, dataset: Dataset) -> tuple[RuleResult, ...]:
        """Return a failed rule `<item>.type` for each item with misfits (类型规则结果)."""
        by_item: dict[str, Counter[str]] = {}
        for (item, reason), count in self.counts.items():
            by_item.setdefault(item, Counter())[reason] += count
        return tuple(_result(item, reasons, dataset) for item, reasons in sorted(by_item.items()))


def put_misfits(path: Path, dataset: Dataset, rejected: RejectedFile) -> Misfits:
    """Put the extraction's misfits among the rejected rows (类型不符行入隔离), and count them."""
    titles = {item.name: item.title for item in dataset.items}
    counts: Counter[tuple[str, str]] = Counter()
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_ROWS_AT_ONCE):
            found = [_reasons(text) for text in batch.column("_reasons").to_pylist()]
            counts.update(pair for pairs in found for pair in pairs)
            rules = [[f"{item}.type" for item, _ in pairs] for pairs in found]
            words = ["；".join(_told(pairs, titles)) for pairs in found]
            rejected.put(pa.Table.from_batches([batch]), rules, words)
    return Misfits(dict(counts))


def _reasons(text: str | None) -> list[tuple[str, str]]:
    return _REASON.findall(text or "")


def _told(pairs: Sequence[tuple[str, str]], titles: Mapping[str, str]) -> Iterator[str]:
    for item, reason in pairs:
        words = REASON_WORDS.get(reason, Text(reason, reason))
        yield f"{titles.get(item, item)}{words.zh}"


def _result(item: str, reasons: Counter[str], dataset: Dataset) -> RuleResult:
    declared = {each.name: each for each in dataset.items}.get(item)
    title = declared.title if declared else item
    kind = declared.type if declared else ""
    return RuleResult(
        rule=f"{item}.type",
        expectation="type",
        items=(item,),
        words=f"{title}应符合数据类型 {kind}",
        words_en=f"{item} is of type {kind}",
        severity=Severity.REJECT_ROW,
        state=RuleState.FAILED,
        failed_rows=sum(reasons.values()),
        detail=", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items())),
    )
