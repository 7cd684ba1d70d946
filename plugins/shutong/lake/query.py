"""Queries over the shared tables (查询): SELECT only, of the tables' own files only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa

from shutong.errors import ShutongError, StorageFailed, Text, UnknownName
from shutong.lake.faults import storing
from shutong.lake.scratch import bounds, glob_free, literal, parquet, quoted, spill_folder
from shutong.lake.tables import PARTITION, file_rows, open_table, schema_of, table_folder, tables_in

_ROWS_AT_ONCE: Final = 65_536
_QUALIFIED: Final = re.compile(r'(?<![\w/])"?(\w+)"?\s*\.\s*"?(\w+)"?(?![\w/])')
_UNKNOWN_TABLE: Final = re.compile(r"Table with name (\S+) does not exist")
_TOLD: Final = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)
"""Errors that speak of the statement; others may quote a row's values."""


class QueryFaulty(ShutongError):
    """The statement cannot be carried out (查询语句有误)."""

    exit_code = 1


class LakeQuery:
    """A read-only SQL door to the tables (查询入口); `versions` sets tables back in time.

    Each statement gets a connection of its own that sees the files of the tables it names
    and nothing else of this machine.
    """

    def __init__(
        self, root: Path, versions: Mapping[str, int], *, memory: str, threads: int
    ) -> None:
        self._root = root
        self._versions = dict(versions)
        self._memory = memory
        self._threads = threads

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> pa.RecordBatchReader:
        """Return the rows of one SELECT as an Arrow stream.

        `?` or `$1` in the statement stand for `parameters`. QueryFaulty for a statement that
        is none or more than one SELECT or does not compile; UnknownName for a table nobody
        has, with the nearest one; StorageFailed when a data file is lost.
        """
        with ExitStack() as stack:
            connection = self._connect(stack)
            _guard_statement(connection, sql)
            self._show(connection, self._named_in(sql))
            reader = self._read(connection, sql, parameters)
            held = stack.pop_all()
        return pa.RecordBatchReader.from_batches(reader.schema, _streamed(reader, held))

    def _connect(self, stack: ExitStack) -> duckdb.DuckDBPyConnection:
        spill = stack.enter_context(spill_folder(self._root))
        connection = duckdb.connect(config=bounds(spill, self._memory, self._threads))
        stack.callback(connection.close)
        return connection

    def _named_in(self, sql: str) -> list[str]:
        """Return the tables that the statement names as theme.dataset."""
        named = {f"{theme}/{name}".casefold() for theme, name in _QUALIFIED.findall(sql)}
        return [table for table in tables_in(self._root) if table in named]

    def _show(self, connection: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> None:
        files: list[Path] = []
        views: list[str] = []
        for name in tables:
            with storing(name):
                view, listed = self._view(name)
            views.append(view)
            files += listed
        allowed = {form for path in files for form in (str(path), glob_free(str(path)))}
        listed_paths = ", ".join(literal(path) for path in sorted(allowed))
        connection.execute(f"SET allowed_paths = [{listed_paths}]")
        for theme in sorted({name.partition("/")[0] for name in tables}):
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(theme)}")
        for view in views:
            connection.execute(view)
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")

    def _view(self, name: str) -> tuple[str, list[Path]]:
        folder = table_folder(self._root, name)
        table = open_table(folder, self._versions.get(name))
        if table is None:
            raise self._unknown(name)
        theme, _, dataset = name.partition("/")
        schema = schema_of(table)
        columns = [field.name for field in schema if field.name != PARTITION]
        listed = ", ".join(quoted(column) for column in columns)
        by_resource: dict[str, list[Path]] = {}
        for path, facts in sorted(file_rows(table).items()):
            by_resource.setdefault(facts["resource"], []).append(folder / path)
        files = [path for paths in by_resource.values() for path in paths]
        _guard_files(name, folder, files)
        # A constant column per resource, not DuckDB's reading of the folder's name: that
        # takes "1.2" for a number and an "a=b" above the table for a column.
        selects = [
            f"SELECT {listed}, {literal(resource)} AS {PARTITION} FROM {parquet(paths)}"  # noqa: S608
            for resource, paths in by_resource.items()
        ] or [_nothing(schema)]
        body = " UNION ALL ".join(selects)
        return f"CREATE VIEW {quoted(theme)}.{quoted(dataset)} AS {body}", files

    def _read(
        self, connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any]
    ) -> pa.RecordBatchReader:
        try:
            relation = connection.sql(sql, params=list(parameters) or None)
            return relation.to_arrow_reader(_ROWS_AT_ONCE)
        except duckdb.Error as exc:
            raise self._translated(exc) from None

    def _translated(self, exc: duckdb.Error) -> ShutongError:
        found = _UNKNOWN_TABLE.search(str(exc))
        if found:
            return self._unknown(found.group(1))
        return _faulty(exc)

    def _unknown(self, name: str) -> UnknownName:
        tables = {table.replace("/", "."): table for table in tables_in(self._root)}
        short = {table.partition(".")[2]: table for table in tables}
        near = get_close_matches(name.replace("/", "."), [*tables, *short], n=1, cutoff=0.4)
        meant = short.get(near[0], near[0]) if near else ""
        hint = (
            Text(f"是否要找 {meant}", f"did you mean {meant}")
            if meant
            else Text("表名写作 主题.数据集", "write a table as theme.dataset")
        )
        return UnknownName(Text(f"共享库没有表 {name}", f"no table {name}"), next_step=hint)


def _streamed(reader: pa.RecordBatchReader, held: ExitStack) -> Iterator[pa.RecordBatch]:
    with held:
        while True:
            try:
                batch = reader.read_next_batch()
            except StopIteration:
                return
            except (duckdb.Error, pa.ArrowException, OSError) as exc:
                raise _faulty(exc) from None
            yield batch


def _guard_statement(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error as exc:
        raise _faulty(exc) from None
    if len(statements) == 1 and statements[0].type == duckdb.StatementType.SELECT:
        return
    raise QueryFaulty(
        Text("只能执行一条 SELECT 查询", "one SELECT statement only"),
        next_step=Text(
            "例如 SELECT count(*) FROM population.resident",
            "for instance SELECT count(*) FROM population.resident",
        ),
    )


def _guard_files(name: str, folder: Path, files: Sequence[Path]) -> None:
    missing = [path for path in files if not path.is_file()]
    if missing:
        path = missing[0].relative_to(folder)
        raise StorageFailed(
            Text(f"数据文件缺失: {path}", f"a data file is missing: {path}"),
            place=name,
            next_step=Text("从备份恢复该文件", "restore it from a backup"),
        )


def _nothing(schema: pa.Schema) -> str:
    """Return a SELECT of no rows with the table's names and types."""
    columns = [f"NULL::{_duckdb_type(f.type)} AS {quoted(f.name)}" for f in schema]
    return f"SELECT {', '.join(columns)} LIMIT 0"


def _duckdb_type(kind: pa.DataType) -> str:
    empty = pa.table({"c": pa.array([], kind)})
    connection = duckdb.connect()
    try:
        return str(connection.from_arrow(empty).types[0])
    finally:
        connection.close()


def _faulty(exc: Exception) -> QueryFaulty:
    if isinstance(exc, _TOLD):
        words = str(exc).split("\n\n", maxsplit=1)[0].replace("\n", " ")
    else:
        # Such as a failed cast: the text would quote the value.
        words = type(exc).__name__
    return QueryFaulty(
        Text(f"查询不能执行: {words}", f"the query cannot be carried out: {words}"),
        next_step=Text("检查列名、类型与语法", "check its columns, types and grammar"),
    )
