"""Tables of any columns and any values, for each kind of front-end machine (任意源表)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from hypothesis import strategies as st
from tests.integration.collection.typed import Column, typed
from tests.integration.frontends.conftest import Site, drawn

from shutong.frontends import Query

WHOLE, DOUBLE, TRUTH, TEXT = pa.int64(), pa.float64(), pa.bool_(), pa.string()
BYTES, DAY, MOMENT = pa.binary(), pa.date32(), pa.timestamp("us")
FIRST, LAST = date(1850, 1, 1), date(2024, 12, 31)
"""Days that the rules of every data standard let pass."""
_BITS: Final = 64


@dataclass(frozen=True)
class Kind:
    """A column's declaration with the values that it holds (字段种类)."""

    declared: str
    wanted: pa.DataType
    values: st.SearchStrategy[Any]
    stored: Callable[[Any], Any] = lambda value: value
    """How a test's driver is given a value."""


@dataclass(frozen=True)
class AnyTable:
    """Columns and rows."""

    kinds: tuple[Kind, ...]
    rows: tuple[tuple[Any, ...], ...]

    @property
    def stored(self) -> list[tuple[Any, ...]]:
        """The rows as a test's driver is given them."""
        return [
            tuple(
                None if value is None else kind.stored(value)
                for kind, value in zip(self.kinds, row, strict=True)
            )
            for row in self.rows
        ]

    def __repr__(self) -> str:
        return f"AnyTable({[kind.declared for kind in self.kinds]}, {self.rows})"


def survives(site: Site, table: AnyTable) -> None:
    """See that every cell of a table arrives as it is, and no row more or less."""
    columns = ", ".join(f"c{i} {kind.declared}" for i, kind in enumerate(table.kinds))
    site.run("DROP TABLE IF EXISTS t", f"CREATE TABLE t (n INTEGER, {columns})")
    if table.rows:
        site.fill("t", [(n, *row) for n, row in enumerate(table.stored)])
    names = ["n", *(f"c{i}" for i in range(len(table.kinds)))]
    query = Query(None, "t", tuple((name, name) for name in names))
    wanted = pa.schema(zip(names, [WHOLE, *(kind.wanted for kind in table.kinds)], strict=True))

    result = drawn(site, query, wanted)

    assert result.misfits == []
    assert result.source_rows == len(table.rows)
    arrived = sorted(tuple(row.values()) for row in result.rows)
    assert arrived == [(n, *row) for n, row in enumerate(table.rows)]


def lands(site: Site, table: AnyTable) -> None:
    """See that every cell of a table stands in the shared database, and that none is rejected."""
    columns = [
        Column(kind.declared, *facts) for kind in table.kinds if (facts := letter(kind)) is not None
    ]
    kept = [i for i, kind in enumerate(table.kinds) if letter(kind) is not None]
    if not columns or not table.rows:
        return
    with tempfile.TemporaryDirectory() as folder:
        made = typed(Path(folder), site, columns, [[row[i] for i in kept] for row in table.stored])
        landed = made.collect()

        assert [row["_reasons"] for row in made.quarantined()] == []
        assert landed.rows_landed == len(table.rows)
        assert made.landed() == [tuple(row[i] for i in kept) for row in table.rows]


@st.composite
def tables(draw: st.DrawFn, kind: str) -> AnyTable:
    """Return a table of a machine's kind, with empty cells among the others."""
    kinds = draw(st.lists(st.one_of(*KINDS[kind]), min_size=1, max_size=8))
    row = st.tuples(*(st.none() | each.values for each in kinds))
    return AnyTable(tuple(kinds), tuple(draw(st.lists(row, max_size=8))))


def letter(kind: Kind) -> tuple[str, int | None, int | None] | None:
    """Return type letter, length and scale of an item for a kind; None when there is none."""
    wanted = kind.wanted
    if pa.types.is_decimal(wanted):
        fits = wanted.precision <= 38 and wanted.scale < 38
        return ("N", wanted.precision, wanted.scale) if fits else None
    return (
        {WHOLE: "I", DOUBLE: "B", TRUTH: "L", TEXT: "M", BYTES: "G", DAY: "D", MOMENT: "T"}[wanted],
        None,
        None,
    )


# ------------------------------------------------------------------- values

_PLAIN = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")


def whole(low: int, high: int) -> st.SearchStrategy[int]:
    return st.sampled_from([low, high]) | st.integers(low, high)


def texts(length: int) -> st.SearchStrategy[str]:
    rare = st.sampled_from(
        ["𠮷", "㛃", "䶮", "😀", "张?", "\\", "'", '"', "\r\n", "\t", " 甲 ", "é"]
    )
    written = st.text(_PLAIN, max_size=length)
    return written | st.lists(rare, max_size=4).map(lambda each: "".join(each)[:length])


def decimals(digits: int, scale: int) -> st.SearchStrategy[Decimal]:
    every = whole(-(10**digits) + 1, 10**digits - 1)
    return every.map(lambda number: _number(number, scale))


def _number(units: int, scale: int) -> Decimal:
    # By hand: arithmetic would round to the 28 digits of Python's default context.
    return Decimal((int(units < 0), tuple(map(int, str(abs(units)))), -scale))


def decimal_kinds(
    called: str, digits: int, scales: int, stored: Callable[[Any], Any]
) -> st.SearchStrategy[Kind]:
    """Return decimals of any declaration, in 128 bits where they fit, else in 256."""

    def kind(both: tuple[int, int]) -> Kind:
        total, scale = both
        wide = pa.decimal128 if total <= 38 else pa.decimal256
        declared = called.format(total, scale)
        return Kind(declared, wide(total, scale), decimals(total, scale), stored)

    pairs = st.integers(1, digits).flatmap(
        lambda total: st.tuples(st.just(total), st.integers(0, min(total, scales)))
    )
    return pairs.map(kind)


def moments(digits: int) -> st.SearchStrategy[datetime]:
    step = 10 ** (6 - digits)

    def cut(moment: datetime) -> datetime:
        return moment.replace(microsecond=moment.microsecond // step * step)

    low, high = datetime(1850, 1, 1), datetime(2024, 12, 31, 23, 59, 59, 999999)
    return (st.sampled_from([low, high]) | st.datetimes(low, high)).map(cut)


def timed(called: str) -> st.SearchStrategy[Kind]:
    return st.integers(0, 6).map(lambda n: Kind(called.format(n), MOMENT, moments(n), _moment))


def _moment(value: datetime) -> str:
    return value.isoformat(sep=" ")


def _span(seconds: int) -> str:
    """Return a time as MySQL shows it."""
    sign, (minutes, rest) = "-" if seconds < 0 else "", divmod(abs(seconds), 60)
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}:{rest:02}"


_FINITE = st.floats(allow_nan=False, allow_infinity=False)
_DAYS = st.sampled_from([FIRST, LAST]) | st.dates(FIRST, LAST)
_SINGLE = st.sampled_from([0.10000000149011612, 16777215.0]) | st.floats(
    width=32, allow_nan=False, allow_infinity=False
)
_ANY_BYTES = st.binary(max_size=40) | st.sampled_from([b"", b"\x00", b"'\\\"", b"\xff\xfe"])
_SIZES = st.integers(1, 60)


def sized(
    called: str, values: Callable[[int], st.SearchStrategy[Any]], wanted: pa.DataType = TEXT
) -> st.SearchStrategy[Kind]:
    return _SIZES.map(lambda n: Kind(called.format(n), wanted, values(n)))


def unpadded(length: int) -> st.SearchStrategy[str]:
    """Return texts that a CHAR keeps: it pads with blanks, and takes all of them away."""
    return texts(length).map(lambda text: text.rstrip(" "))


def of(*kinds: Kind) -> list[st.SearchStrategy[Kind]]:
    return [st.just(kind) for kind in kinds]


KINDS: Final[dict[str, list[st.SearchStrategy[Kind]]]] = {
    "mysql": [
        *of(
            Kind("TINYINT", WHOLE, whole(-128, 127)),
            Kind("TINYINT(1)", TRUTH, st.booleans()),
            Kind("SMALLINT UNSIGNED", WHOLE, whole(0, 65_535)),
            Kind("MEDIUMINT", WHOLE, whole(-(2**23), 2**23 - 1)),
            Kind("INT UNSIGNED", WHOLE, whole(0, 2**32 - 1)),
            Kind("BIGINT", WHOLE, whole(-(2**63), 2**63 - 1)),
            Kind("BIGINT UNSIGNED", pa.decimal128(20, 0), whole(0, 2**64 - 1).map(Decimal)),
            Kind("YEAR", WHOLE, whole(1901, 2155)),
            Kind("DOUBLE", DOUBLE, _FINITE),
            Kind("FLOAT", DOUBLE, _SINGLE),
            Kind("DATE", DAY, _DAYS),
            Kind("DATE", TEXT, _DAYS.map(str)),
            Kind("TIME", TEXT, whole(-3_020_399, 3_020_399).map(_span)),
            Kind("LONGTEXT", TEXT, texts(200)),
            Kind("LONGBLOB", BYTES, _ANY_BYTES),
        ),
        st.integers(1, _BITS).map(
            lambda n: Kind(f"BIT({n})", pa.decimal128(20, 0), whole(0, 2**n - 1).map(Decimal), int)
        ),
        decimal_kinds("DECIMAL({},{})", 65, 38, str),
        sized("VARCHAR({})", texts),
        sized("CHAR({})", unpadded),
        sized("VARBINARY({})", lambda n: st.binary(max_size=n), BYTES),
        timed("DATETIME({})"),
    ],
    "postgresql": [
        *of(
            Kind("SMALLINT", WHOLE, whole(-32_768, 32_767)),
            Kind("INTEGER", WHOLE, whole(-(2**31), 2**31 - 1)),
            Kind("BIGINT", WHOLE, whole(-(2**63), 2**63 - 1)),
            Kind("BOOLEAN", TRUTH, st.booleans()),
            Kind("DOUBLE PRECISION", DOUBLE, _FINITE),
            Kind("REAL", DOUBLE, _SINGLE),
            Kind("NUMERIC", pa.decimal256(76, 38), decimals(76, 38)),
            Kind("MONEY", pa.decimal128(19, 2),
                 whole(-(2**63), 2**63 - 1).map(lambda cents: _number(cents, 2)), str),
            Kind("DATE", DAY, _DAYS, str),
            Kind("UUID", TEXT, st.uuids().map(str)),
            Kind("TEXT", TEXT, texts(200)),
            Kind("BYTEA", BYTES, _ANY_BYTES),
            Kind("TIMESTAMPTZ", MOMENT,
                 st.datetimes(datetime(1992, 1, 1), datetime(2024, 12, 31)),
                 lambda moment: f"{moment - timedelta(hours=8)}Z"),
        ),
        decimal_kinds("NUMERIC({},{})", 76, 38, str),
        sized("VARCHAR({})", texts),
        sized("CHAR({})", unpadded),
        timed("TIMESTAMP({})"),
    ],
    "sqlite": [
        *of(
            Kind("INTEGER", WHOLE, whole(-(2**63), 2**63 - 1)),
            Kind("BOOLEAN", TRUTH, st.booleans(), int),
            Kind("REAL", DOUBLE, _FINITE),
            Kind("DATE", DAY, _DAYS, str),
            Kind("TEXT", TEXT, texts(200)),
            Kind("BLOB", BYTES, _ANY_BYTES),
        ),
        # Numeric affinity would turn long numbers into doubles.
        decimal_kinds("VARCHAR({})", 76, 38, str),
        sized("VARCHAR({})", texts),
        timed("DATETIME({})"),
    ],
}  # fmt: skip
"""Every kind of column that carries values exactly, by kind of front-end machine."""
