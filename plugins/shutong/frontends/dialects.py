"""What differs between databases behind SQLAlchemy (方言)."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from datetime import datetime
from typing import Any, Protocol

import pyarrow as pa
from sqlalchemy import ColumnElement, Connection, Engine, Select

from shutong.errors import ShutongError
from shutong.frontends.ports import SourceColumn
from shutong.frontends.select import Source, Value
from shutong.model import Bound


class Dialect(Protocol):
    """The ways of one database (数据库方言)."""

    name: str

    def engine(self) -> Engine:
        """Return the engine; ModuleNotFoundError when its driver is not installed."""
        ...

    def prepare(self, connection: Connection) -> None:
        """Make the session read-only, in the front-end's zone, with time limits."""
        ...

    def describe(
        self, connection: Connection, schema: str | None, table: str
    ) -> tuple[SourceColumn, ...]:
        """Return the table's columns; none when there is no such table."""
        ...

    def now(self, connection: Connection) -> datetime:
        """Return the machine's wall clock."""
        ...

    def carries(self, column: SourceColumn, wanted: pa.DataType) -> bool:
        """Say whether a column can be carried exactly to an item of type `wanted`."""
        ...

    def carried(
        self, expression: ColumnElement[Any], column: SourceColumn, wanted: pa.DataType
    ) -> ColumnElement[Any]:
        """Return the expression that carries a column exactly to an item of type `wanted`."""
        ...

    def charset(self, column: SourceColumn) -> str | None:
        """Return the encoding of a column's bytes where it is not UTF-8."""
        ...

    def shown(self, expression: ColumnElement[Any], column: SourceColumn) -> ColumnElement[Any]:
        """Return the expression that shows a cursor value."""
        ...

    def bound(self, column: SourceColumn, value: Any) -> Bound | None:
        """Return a cursor value as a bound."""
        ...

    def cuttable(
        self, expression: ColumnElement[Any], column: SourceColumn
    ) -> ColumnElement[Any] | None:
        """Return what shows a value by which a table may be cut; None where none is exact."""
        ...

    def cut_bound(self, column: SourceColumn, value: Any) -> Bound | None:
        """Return a value that `cuttable` showed as an exact bound."""
        ...

    def value_maker(self, connection: Connection, source: Source) -> Value:
        """Return how values of filters and windows become parameters."""
        ...

    def begin(self, connection: Connection) -> None:
        """Open a read snapshot."""
        ...

    def fetch(
        self, connection: Connection, statement: Select[Any], size: int
    ) -> Generator[Sequence[Any], None, None]:
        """Yield the statement's rows, `size` at a time, without holding them all."""
        ...

    def end(self, connection: Connection) -> None:
        """Close the read snapshot."""
        ...

    def writable(
        self, connection: Connection, schema: str | None, table: str, column: str
    ) -> tuple[str, ...]:
        """Return the rights to write on a table with this column; none is good."""
        ...

    def no_driver(self, module: str) -> ShutongError:
        """Return the error for a driver that is not installed."""
        ...

    def fault(self, error: Exception, table: str) -> ShutongError:
        """Return our error for the driver's."""
        ...
