"""What every front-end reader takes and gives (读取端口).

A reader draws one table of a front-end machine. It yields Arrow batches whose types stand
near the source's; `shutong.fitting` brings them to the data standard's exact types.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

from shutong.catalog.models import Cursor, RowFilter
from shutong.errors import Text
from shutong.model import Bound

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Among:
    """Rows of given keys (按主键取数), for those that a comparison or a log names."""

    columns: tuple[str, ...]
    """The key's columns."""
    rows: tuple[tuple[Any, ...], ...]
    """Keys, each value as a drawing of the same reader gave it: bytes, text, number or time."""


@dataclass(frozen=True, slots=True)
class KeyRange:
    """Rows within a half-open range of one column (主键区间), in the database's own order."""

    column: str
    low: Bound | None
    """First value that is drawn; None for no lower end, and then rows without a value come too."""
    high: Bound | None
    """First value that is drawn no more; None for no upper end."""


@dataclass(frozen=True, slots=True)
class Query:
    """What to draw (取数请求): columns of one table, filtered, within a half-open window."""

    schema: str | None
    table: str
    columns: tuple[tuple[str, str], ...]
    """(item, column) pairs in the order of the data standard."""
    filters: tuple[RowFilter, ...] = ()
    cursor: Cursor | None = None
    low: Bound | None = None
    """First cursor value that is drawn; None for no lower end."""
    high: Bound | None = None
    """First cursor value that is drawn no more; None for no upper end."""
    placed: bool | None = None
    """False: only rows without a cursor value, which no window draws; True: only the others."""
    among: Among | None = None
    """Only rows of these keys, too."""
    within: KeyRange | None = None
    """Only rows within this range of a column, too."""


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column as the front-end machine declares it (源表字段)."""

    name: str
    type_name: str
    """The database's own name of the type, in small letters, without length."""
    length: int | None = None
    """Largest number of characters or bytes, for texts and bytes."""
    precision: int | None = None
    """Digits of a number; digits of a second's fraction for times."""
    scale: int | None = None
    """Digits behind the point; None where the type leaves them open."""
    unsigned: bool = False
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class SourceClock:
    """The front-end machine's own time (源端时钟)."""

    now: datetime
    """Wall clock in the front-end's zone, without a zone."""
    cursor_max: Bound | None
    """Largest value of the cursor over the whole table; None without cursor or rows."""


@dataclass(frozen=True, slots=True)
class Explained:
    """How one item would be carried (字段传输说明)."""

    item: str
    column: str
    declared: str | None
    """The column's declaration at the source; None where there is no such column."""
    way: Text | None
    """How it is carried; None when it cannot be, which refuses the drawing."""
    misfits: Text
    """What happens to values that do not fit."""
    never_fits: bool = False
    """True when no value of the column's type fits the item, so that every row is rejected."""

    @property
    def refused(self) -> bool:
        """Say whether collection cannot go well with this column."""
        return self.way is None or self.never_fits


@dataclass(frozen=True, slots=True)
class LogPosition:
    """A place in a database's log (日志位点)."""

    bound: Bound
    settled: bool
    """True when every change before it is visible to whoever reads now; False when a change
    may stand in the log a moment before it can be seen in the table."""
    beginning: Bound
    """A place before it, such that every change before that one is visible by now."""


class Drawing(Protocol):
    """Rows under way from a front-end machine (取数过程), a context manager.

    All batches of one drawing share a schema: the wanted items in order. Iterating raises
    SourceUnreachable when rows are lost on the way. Leaving early ends the query.
    """

    @property
    def reader(self) -> str:
        """Which reader draws, and how: "mysql: text rows as Arrow"."""
        ...

    @property
    def source_rows(self) -> int:
        """Rows the source counted in the same read snapshot.

        To be asked for when iteration has ended. SourceUnreachable when other rows came.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    def __iter__(self) -> Iterator[pa.RecordBatch]: ...


class Reader(Protocol):
    """A connection to one front-end machine (前置机读取器).

    Every method raises SourceUnreachable when the machine does not answer within its limits.
    """

    def describe(self, schema: str | None, table: str) -> tuple[SourceColumn, ...]:
        """Return the table's columns; SourceMismatch when there is no such table."""
        ...

    def clock(self, query: Query) -> SourceClock:
        """Return the machine's wall clock and the cursor's largest value."""
        ...

    def draw(self, query: Query, wanted: pa.Schema) -> Drawing:
        """Begin to draw; `wanted` gives each item's exact Arrow type.

        SourceMismatch before the first row when a column is missing or cannot be carried.
        """
        ...

    def cuts(self, query: Query, column: str, rows: int) -> tuple[Bound, ...]:
        """Return where a column is cut so that each range holds about `rows` rows of the table.

        The values rise strictly in the database's own order. None where the table has fewer
        rows, or where the column's values have no exact bound.
        """
        ...

    def explain(self, query: Query, wanted: pa.Schema) -> tuple[Explained, ...]:
        """Tell how each item would be carried, without reading a row."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...


@runtime_checkable
class LogReader(Protocol):
    """A reader that can tell from the database's log what changed (日志读取器).

    Every method raises SourceMismatch where the log is off, does not hold rows, no longer
    reaches back, or the account may not read it.
    """

    def log_position(self, query: Query, wanted: pa.Schema) -> LogPosition:
        """Return where the log stands now; `query` names the key's columns."""
        ...

    def changed_keys(
        self, query: Query, wanted: pa.Schema, low: Bound, high: Bound, most: int
    ) -> pa.RecordBatch | None:
        """Return the keys of rows that were inserted, changed or deleted in [low, high).

        `query` names the key's columns; each key comes once, as a drawing would give it. None
        when there are more than `most`.
        """
        ...
