"""One batch before the validating engine (校验会话): views over its files, GX's verdicts.

Between opening and closing, DuckDB holds nothing but temporary state; closing leaves neither
files nor references behind.
"""

from __future__ import annotations

import glob
import logging
import shutil
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from shutong.errors import StorageFailed, Text
from shutong.quality.files_sql import parquet_sql
from shutong.quality.importing import load_gx
from shutong.quality.relations import Attached
from shutong.quality.suites import Rule

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.data_context.types.base import DataContextConfig
    from great_expectations.datasource.fluent.interfaces import Batch

    from shutong.quality.engine import DuckDBExecutionEngine

VIEW: Final = "batch"
FILE: Final = "_file"
ROW: Final = "_row"
_TALKATIVE: Final = ("great_expectations", "sqlalchemy", "sqlalchemy.engine")
_RESULT_FORMAT: Final = {
    "result_format": "BASIC",
    "partial_unexpected_count": 0,
    "include_unexpected_rows": False,
    "return_unexpected_index_query": False,
}
"""The least that still tells how many rows failed; the engine lists no values besides."""


@dataclass(frozen=True)
class Session:
    """A batch under validation (校验会话)."""

    engine: DuckDBExecutionEngine
    batch: Batch
    files: tuple[Path, ...]
    items: tuple[str, ...]

    def judge(self, rules: Sequence[Rule]) -> dict[str, ExpectationValidationResult | Exception]:
        """Judge the batch by all rules at once (执行校验); GX's result by rule id.

        A rule that GX refuses to build stands there with its exception.
        """
        import great_expectations as gx

        from shutong.quality.ahead import begin

        self.engine.load_batch_data(self.batch.id, self.batch.data)
        begin(self.engine, self.batch.id, rules, self.files)
        verdicts: dict[str, Any] = {}
        expectations = []
        for rule in rules:
            try:
                expectations.append(expectation_of(rule))
            except Exception as exc:  # noqa: BLE001 - whatever GX raises: the rule has erred
                verdicts[rule.rule] = exc
        suite = gx.ExpectationSuite(name=VIEW, expectations=expectations)
        try:
            with _configurations_kept():
                results = self.batch.validate(suite, result_format=_RESULT_FORMAT).results
        except Exception as exc:  # noqa: BLE001 - and here all of them have
            return {rule.rule: exc for rule in rules}
        for each in results:
            meta = each.expectation_config.meta if each.expectation_config else None
            verdicts[(meta or {}).get("rule", "")] = each
        return verdicts

    def locate(self) -> None:
        """Add to the view where each row stands: `_file` and `_row`, from 0, in its file."""
        self.engine.raw.execute(view_of(self.files, self.items, located=True))


@contextmanager
def _configurations_kept() -> Iterator[None]:
    """Let GX make each expectation's configuration once.

    It is made anew some fifty times for each, from facts that do not change while a batch is
    judged: a third of what judging a small batch costs.
    """
    from great_expectations.expectations.expectation import Expectation

    made: dict[int, tuple[Expectation, Any]] = {}
    property_of = Expectation.configuration

    def kept(expectation: Expectation) -> Any:
        known = made.get(id(expectation))
        if known is None:
            known = made[id(expectation)] = (expectation, property_of.__get__(expectation))
        return known[1]

    Expectation.configuration = property(kept)  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        Expectation.configuration = property_of  # type: ignore[method-assign]


@contextmanager
def session(
    files: Sequence[Path],
    items: Sequence[str],
    *,
    folder: Path,
    memory: str,
    threads: int,
    attached: Sequence[Attached] = (),
) -> Iterator[Session]:
    """Open the batch's files to the engine (打开校验会话), within its memory and threads.

    `attached` are views over other datasets' files, which are seen besides.
    """
    load_gx()
    import great_expectations as gx

    from shutong.quality.engine import limits

    spill = folder / "spill"
    with _quietly():
        context = gx.get_context(mode="ephemeral", project_config=in_memory())
        source = context.data_sources.add_duckdb(
            name=VIEW,
            connection_string="duckdb:///:memory:",
            kwargs={"connect_args": limits(memory, threads, spill)},
        )
        engine = source.get_execution_engine()
        try:
            try:
                _open_files(engine, files, items, spill, attached)
                asset = source.add_table_asset(name=VIEW, table_name=VIEW)
                batch = asset.add_batch_definition_whole_table(VIEW).get_batch()
            except Exception as exc:  # noqa: BLE001 - DuckDB's errors and GX's around them
                raise _unreadable(files, exc) from None
            yield Session(engine, batch, tuple(files), tuple(items))
        finally:
            engine.close()
            shutil.rmtree(spill, ignore_errors=True)


def in_memory() -> DataContextConfig:
    """Return a configuration of GX that writes, shows and sends nothing (内存配置)."""
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    return DataContextConfig(
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
        store_backend_defaults=InMemoryStoreBackendDefaults(),
    )


def _open_files(
    engine: DuckDBExecutionEngine,
    files: Sequence[Path],
    items: Sequence[str],
    spill: Path,
    attached: Sequence[Attached],
) -> None:
    """Make the views, then shut DuckDB in: a suite's SQL reaches no file but theirs."""
    folders = {str(path.parent) for path in files} | {str(spill)}
    # DuckDB compares what it is asked to read, and that is a pattern.
    allowed = ", ".join(_quoted(each, "'") for each in folders | set(map(glob.escape, folders)))
    engine.raw.execute(view_of(files, items, located=False))
    for other in attached:
        columns = ", ".join(_quoted(column, '"') for column in other.columns)
        engine.raw.execute(
            f"CREATE VIEW {other.name} AS SELECT {columns} FROM {parquet_sql(other.files)}"  # noqa: S608
        )
    paths = {str(path) for other in attached for path in other.files}
    listed = ", ".join(_quoted(each, "'") for each in sorted(paths | set(map(glob.escape, paths))))
    engine.raw.execute(f"SET allowed_paths = [{listed}]")
    engine.raw.execute(f"SET allowed_directories = [{allowed}]")
    engine.raw.execute("SET enable_external_access = false")
    engine.raw.execute("SET lock_configuration = true")


def _unreadable(files: Sequence[Path], error: Exception) -> StorageFailed:
    kind = type(error).__name__
    return StorageFailed(
        Text(f"暂存文件读不出来({kind})", f"the staged files cannot be read ({kind})"),
        place=str(files[0].parent),
        next_step=Text("重新归集该批次", "extract the batch again"),
    )


def expectation_of(rule: Rule) -> Any:
    """Return a rule as GX's expectation, with its id in the meta (构造规则)."""
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    configuration = ExpectationConfiguration(
        type=rule.expectation, kwargs=dict(rule.kwargs), meta={"rule": rule.rule}
    )
    return configuration.to_domain_obj()


def view_of(files: Sequence[Path], items: Sequence[str], *, located: bool) -> str:
    """Return the SQL of the view over the batch's files (批次视图)."""
    columns = [_quoted(item, '"') for item in items]
    if located:
        columns += [f"filename AS {FILE}", f"file_row_number AS {ROW}"]
    # DuckDB takes a path for a pattern: `[`, `*` and `?` in a folder's name are meant as such.
    paths = ", ".join(_quoted(glob.escape(str(path)), "'") for path in files)
    read = f"read_parquet([{paths}], filename=true, file_row_number=true)"
    return f"CREATE OR REPLACE VIEW {VIEW} AS SELECT {', '.join(columns)} FROM {read}"  # noqa: S608


def _quoted(text: str, mark: str) -> str:
    return mark + text.replace(mark, mark * 2) + mark


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep the engine's words off the log: errors quote queries, debugging prints rows."""
    loggers = [logging.getLogger(name) for name in _TALKATIVE]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*GX Core", DeprecationWarning)
            warnings.filterwarnings("ignore", category=DeprecationWarning, module="great_exp.*")
            warnings.filterwarnings("ignore", message=".*result_format.*", category=UserWarning)
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
