"""Bringing values to the data standard's exact types."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shutong.fitting import REASONS, Fitted, fit
from shutong.fitting.packed import unpack_days, unpack_moments
from shutong.fitting.reasons import Unfit
from shutong.fitting.single import one
from shutong.fitting.whole import whole

MONEY = pa.decimal128(12, 2)
MOMENT = pa.timestamp("us")


def fitted(values: Sequence[Any], source: pa.DataType, wanted: pa.DataType) -> Fitted:
    """Fit one column called `item`."""
    batch = pa.record_batch([pa.array(values, source)], ["item"])
    return fit(batch, pa.schema([("item", wanted)]))


def values_of(result: Fitted) -> list[Any]:
    column: list[Any] = result.rows.column("item").to_pylist()
    return column


def reasons_of(result: Fitted) -> list[str]:
    if result.misfits is None:
        return []
    return [text.removeprefix("item: ") for text in result.misfits.column(REASONS).to_pylist()]


# ------------------------------------------------------------------- examples


@pytest.mark.parametrize(
    ("source", "value", "wanted", "expected"),
    [
        (pa.string(), "12.30", MONEY, Decimal("12.30")),
        (pa.string(), " 12.3 ", MONEY, Decimal("12.30")),
        (pa.string(), "1.5e3", MONEY, Decimal("1500.00")),
        (pa.string(), "12.300000", MONEY, Decimal("12.30")),
        (pa.binary(), b"12.30", MONEY, Decimal("12.30")),
        (pa.decimal128(38, 10), Decimal("12.3"), MONEY, Decimal("12.30")),
        (pa.decimal256(60, 30), Decimal("12.3"), MONEY, Decimal("12.30")),
        (pa.int64(), 12, MONEY, Decimal("12.00")),
        (pa.float64(), 0.1, MONEY, Decimal("0.10")),
        (pa.float32(), 0.1, MONEY, Decimal("0.10")),
        (pa.uint64(), 2**64 - 1, pa.decimal128(20, 0), Decimal(2**64 - 1)),
        (pa.uint64(), 2**63 - 1, pa.int64(), 2**63 - 1),
        (pa.int8(), -128, pa.int64(), -128),
        (pa.string(), "007", pa.int64(), 7),
        (pa.string(), "7.0", pa.int64(), 7),
        (pa.decimal128(20, 2), Decimal("7.00"), pa.int64(), 7),
        (pa.float64(), 7.0, pa.int64(), 7),
        (pa.float32(), 0.1, pa.float64(), float(np.float32(0.1))),
        (pa.string(), "0.1", pa.float64(), 0.1),
        (pa.decimal128(10, 1), Decimal("0.1"), pa.float64(), 0.1),
        (pa.int64(), 2**53, pa.float64(), float(2**53)),
        (pa.int8(), 1, pa.bool_(), True),
        (pa.string(), "否", pa.bool_(), False),
        (pa.string(), "TRUE", pa.bool_(), True),
        (pa.string(), "1", pa.bool_(), True),
        (pa.string(), "2024-02-29", pa.date32(), date(2024, 2, 29)),
        (pa.string(), "2024-02-29 00:00:00", pa.date32(), date(2024, 2, 29)),
        (pa.string(), "20240229", pa.date32(), date(2024, 2, 29)),
        (pa.int64(), 20240229, pa.date32(), date(2024, 2, 29)),
        (MOMENT, datetime(2024, 2, 29), pa.date32(), date(2024, 2, 29)),
        (pa.date32(), date(2024, 2, 29), MOMENT, datetime(2024, 2, 29)),
        (pa.string(), "2024-02-29 10:11:12.5", MOMENT, datetime(2024, 2, 29, 10, 11, 12, 500000)),
        (pa.string(), "2024-02-29T10:11", MOMENT, datetime(2024, 2, 29, 10, 11)),
        (pa.string(), "2024-02-29 10:11:12.1234560", MOMENT,
         datetime(2024, 2, 29, 10, 11, 12, 123456)),
        (pa.string(), "20240229101112", MOMENT, datetime(2024, 2, 29, 10, 11, 12)),
        (pa.int64(), 20240229101112, MOMENT, datetime(2024, 2, 29, 10, 11, 12)),
        (pa.timestamp("ns"), datetime(2024, 2, 29, 1), MOMENT, datetime(2024, 2, 29, 1)),
        (pa.timestamp("s"), datetime(2024, 2, 29, 1), MOMENT, datetime(2024, 2, 29, 1)),
        (pa.string(), "𠮷田", pa.string(), "𠮷田"),
        (pa.large_string(), "", pa.string(), ""),
        (pa.large_binary(), "䶮😀".encode(), pa.string(), "䶮😀"),
        (pa.int64(), -5, pa.string(), "-5"),
        (pa.decimal128(10, 7), Decimal("0.0000001"), pa.string(), "0.0000001"),
        (pa.float64(), 0.1, pa.string(), "0.1"),
        (pa.date32(), date(2024, 2, 29), pa.string(), "2024-02-29"),
        (MOMENT, datetime(2024, 2, 29, 1, 2, 3), pa.string(), "2024-02-29 01:02:03"),
        (MOMENT, datetime(2024, 2, 29, 1, 2, 3, 4), pa.string(), "2024-02-29 01:02:03.000004"),
        (pa.bool_(), True, pa.string(), "true"),
        (pa.large_binary(), b"\xff\x00", pa.binary(), b"\xff\x00"),
        (pa.string(), "张", pa.binary(), "张".encode()),
    ],
)  # fmt: skip
def test_a_value_that_the_wanted_type_holds_arrives_exactly(
    source: pa.DataType, value: Any, wanted: pa.DataType, expected: Any
) -> None:
    result = fitted([value, None], source, wanted)

    assert result.misfits is None
    assert result.rows.schema.field("item").type == wanted
    assert values_of(result) == [expected, None]


@pytest.mark.parametrize(
    ("source", "value", "wanted", "reason"),
    [
        (pa.string(), "0000-00-00", pa.date32(), "invalid_date"),
        (pa.string(), "2024-00-15", pa.date32(), "invalid_date"),
        (pa.string(), "2023-02-29", pa.date32(), "invalid_date"),
        (pa.string(), "0000-01-01", pa.date32(), "invalid_date"),
        (pa.string(), "29/02/2024", pa.date32(), "invalid_date"),
        (pa.string(), "", pa.date32(), "invalid_date"),
        (pa.int64(), 0, pa.date32(), "invalid_date"),
        (pa.int64(), 20240230, pa.date32(), "invalid_date"),
        (pa.int64(), 20241301, pa.date32(), "invalid_date"),
        (pa.int64(), 20240100, pa.date32(), "invalid_date"),
        (pa.int64(), -20240101, pa.date32(), "invalid_date"),
        (pa.int64(), 20240101, MOMENT, "invalid_date"),
        (pa.int64(), 20240101245960, MOMENT, "invalid_date"),
        (pa.int64(), 1_700_000_000, MOMENT, "invalid_date"),
        (pa.date32(), -800_000, pa.date32(), "invalid_date"),
        (MOMENT, 2**62, MOMENT, "invalid_date"),
        (pa.string(), "2024-02-29 24:00:00", MOMENT, "invalid_date"),
        (pa.string(), "2024-02-29 10:11:12+08:00", MOMENT, "time_zone"),
        (pa.string(), "2024-02-29T10:11:12Z", MOMENT, "time_zone"),
        (pa.timestamp("us", "Asia/Shanghai"), 0, MOMENT, "time_zone"),
        (pa.string(), "2024-02-29 10:11:12.1234567", MOMENT, "too_precise"),
        (pa.timestamp("ns"), 1, MOMENT, "too_precise"),
        (pa.string(), "2024-02-29 00:00:01", pa.date32(), "time_lost"),
        (MOMENT, datetime(2024, 2, 29, 0, 0, 1), pa.date32(), "time_lost"),
        (MOMENT, datetime(1969, 12, 31, 23), pa.date32(), "time_lost"),
        (pa.string(), "12.345", MONEY, "too_precise"),
        (pa.decimal128(38, 10), Decimal("12.345"), MONEY, "too_precise"),
        (pa.decimal128(38, 10), Decimal(12345678901), MONEY, "too_large"),
        (pa.string(), "12345678901", MONEY, "too_large"),
        (pa.int64(), 12345678901, MONEY, "too_large"),
        (pa.string(), "1e999999", MONEY, "too_large"),
        (pa.string(), "12,345", MONEY, "invalid_number"),
        (pa.string(), "１２", MONEY, "invalid_number"),
        (pa.string(), "nan", MONEY, "invalid_number"),
        (pa.float64(), float("nan"), MONEY, "invalid_number"),
        (pa.float64(), float("inf"), MONEY, "invalid_number"),
        (pa.string(), "0x10", pa.int64(), "invalid_number"),
        (pa.string(), "", pa.int64(), "invalid_number"),
        (pa.string(), "1.5", pa.int64(), "too_precise"),
        (pa.float64(), 1.5, pa.int64(), "too_precise"),
        (pa.decimal128(20, 2), Decimal("7.01"), pa.int64(), "too_precise"),
        (pa.uint64(), 2**63, pa.int64(), "too_large"),
        (pa.string(), "9223372036854775808", pa.int64(), "too_large"),
        (pa.string(), "nan", pa.float64(), "invalid_number"),
        (pa.string(), "1e400", pa.float64(), "too_large"),
        (pa.int64(), 2**53 + 1, pa.float64(), "too_precise"),
        (pa.decimal128(38, 0), Decimal(2**53 + 1), pa.float64(), "too_precise"),
        (pa.int8(), 2, pa.bool_(), "invalid_boolean"),
        (pa.string(), "maybe", pa.bool_(), "invalid_boolean"),
        (pa.binary(), b"\xc4\xe3", pa.string(), "invalid_text"),
        (pa.binary(), b"\xff", MONEY, "invalid_text"),
        (pa.list_(pa.int64()), [1], pa.int64(), "invalid_number"),
        (pa.string(), "x", pa.list_(pa.int64()), "unknown_type"),
    ],
)  # fmt: skip
def test_a_value_that_the_wanted_type_cannot_hold_is_a_misfit_with_its_reason(
    source: pa.DataType, value: Any, wanted: pa.DataType, reason: str
) -> None:
    result = fitted([None, value], source, wanted)

    assert reasons_of(result) == [reason]
    assert values_of(result) == [None]


def test_one_misfit_among_many_rows_leaves_alone_in_its_place() -> None:
    texts = ["2024-01-01"] * 2000
    texts[700] = "0000-00-00"
    numbers = list(range(2000))
    batch = pa.record_batch([pa.array(texts), pa.array(numbers)], ["born", "number"])

    result = fit(batch, pa.schema([("born", pa.date32()), ("number", pa.int64())]))

    assert result.rows.column("number").to_pylist() == [n for n in numbers if n != 700]
    assert result.misfits is not None
    assert result.misfits.to_pylist() == [
        {"born": "0000-00-00", "number": "700", REASONS: "born: invalid_date"}
    ]


def test_a_row_with_two_faults_names_both() -> None:
    batch = pa.record_batch([pa.array(["x"]), pa.array(["y"])], ["born", "income"])

    result = fit(batch, pa.schema([("born", pa.date32()), ("income", MONEY)]))

    assert result.misfits is not None
    assert result.misfits.column(REASONS).to_pylist() == [
        "born: invalid_date; income: invalid_number"
    ]
    assert result.rows.num_rows == 0


def test_columns_come_in_the_wanted_order_whatever_the_source_order() -> None:
    batch = pa.record_batch([pa.array([1]), pa.array(["a"])], ["second", "first"])

    result = fit(batch, pa.schema([("first", pa.string()), ("second", pa.int64())]))

    assert result.rows.schema.names == ["first", "second"]


def test_a_column_of_the_wanted_type_is_passed_on_without_a_copy() -> None:
    names = pa.array(["陈", "李"])
    result = fit(pa.record_batch([names], ["item"]), pa.schema([("item", pa.string())]))

    assert result.rows.column("item").buffers()[2].address == names.buffers()[2].address


def test_text_longer_than_any_standard_is_no_misfit() -> None:
    assert fitted(["长" * 5000], pa.string(), pa.string()).misfits is None


def test_an_empty_batch_fits() -> None:
    for source, wanted in [(pa.int64(), pa.date32()), (pa.string(), MONEY), (pa.int64(), MOMENT)]:
        assert fitted([], source, wanted).rows.num_rows == 0


def test_a_misfit_shows_bytes_that_are_no_text_in_hexadecimal() -> None:
    result = fitted([b"\xc4\xe3"], pa.binary(), pa.string())

    assert result.misfits is not None
    assert result.misfits.column("item").to_pylist() == ["0xc4e3"]


# ------------------------------------------------------------------- laws


days = st.dates(date(1, 1, 1), date(9999, 12, 31))
moments = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999999))
seconds = moments.map(lambda moment: moment.replace(microsecond=0))


@given(st.lists(st.none() | days))
def test_every_day_survives_packing(values: list[date | None]) -> None:
    packed = [None if v is None else v.year * 10000 + v.month * 100 + v.day for v in values]

    assert values_of(fitted(packed, pa.int64(), pa.date32())) == values


@given(st.lists(st.none() | seconds))
def test_every_second_survives_packing(values: list[datetime | None]) -> None:
    packed = [None if v is None else int(f"{v.year:04d}{v:%m%d%H%M%S}") for v in values]

    assert values_of(fitted(packed, pa.int64(), MOMENT)) == values


@given(st.lists(st.none() | seconds, min_size=1), st.data())
def test_a_slice_of_packed_values_is_read_like_a_column_of_its_own(
    values: list[datetime | None], data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(values) - 1))
    packed = [None if v is None else int(f"{v.year:04d}{v:%m%d%H%M%S}") for v in values]
    days_only = [None if v is None else v // 1_000_000 for v in packed]

    moments_read = unpack_moments(pa.array(packed, pa.int64()).slice(start), MOMENT)
    days_read = unpack_days(pa.array(days_only, pa.int64()).slice(start), pa.date32())

    assert moments_read.to_pylist() == values[start:]
    assert days_read.to_pylist() == [None if v is None else v.date() for v in values[start:]]


@given(st.lists(st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=2,
                                        min_value=Decimal("-9999999999.99"),
                                        max_value=Decimal("9999999999.99"))))  # fmt: skip
def test_every_amount_survives_as_text_and_as_a_wider_decimal(
    values: list[Decimal | None],
) -> None:
    texts = [None if v is None else str(v) for v in values]

    assert values_of(fitted(texts, pa.string(), MONEY)) == values
    assert values_of(fitted(values, pa.decimal128(38, 10), MONEY)) == values


@given(st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False)))
def test_every_double_survives_as_text(values: list[float | None]) -> None:
    texts = fitted(values, pa.float64(), pa.string())

    assert values_of(fitted(values_of(texts), pa.string(), pa.float64())) == values


@given(st.lists(st.none() | moments))
def test_every_moment_survives_as_text(values: list[datetime | None]) -> None:
    texts = fitted(values, MOMENT, pa.string())

    assert values_of(fitted(values_of(texts), pa.string(), MOMENT)) == values


WANTED = [
    pa.string(), pa.binary(), pa.int64(), pa.float64(), pa.bool_(), pa.date32(), MOMENT,
    MONEY, pa.decimal128(38, 30), pa.decimal128(38, 38), pa.decimal128(38, 0), pa.decimal128(3, 0),
]  # fmt: skip
numberlike = st.from_regex(
    r"[ ]?[-+]?[0-9]{0,25}\.?[0-9]{0,12}([eE][-+]?[0-9]{1,3})?[ ]?", fullmatch=True
)
datelike = st.from_regex(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}(:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?)?)?(Z|\+08:00)?",
    fullmatch=True,
)
plausible = st.builds(
    lambda moment, end: moment.isoformat(sep=" ") + end,
    moments,
    st.sampled_from(["", "", "", "Z", "0", " "]),
)
words = st.sampled_from(
    ["是", "否", "true", "F", "0x1F", "nan", "-inf", "Infinity", "", " ", "1_0"]
)
texts = st.text(max_size=8) | numberlike | datelike | plausible | words


def lawful(value: Any, wanted: pa.DataType) -> tuple[Any, str | None]:
    """Return what the law makes of one value: the value, or the reason."""
    try:
        return pa.scalar(one(value, wanted), wanted).as_py(), None
    except Unfit as exc:
        return None, exc.reason


@given(st.lists(st.none() | texts, max_size=6), st.sampled_from(WANTED))
@example(["0x1F"], pa.int64())
@example(["0000-01-01"], pa.date32())
@example(["1e400"], pa.float64())
@example(["7.0"], pa.decimal128(38, 38))
@example(["2381976569"], pa.decimal128(38, 30))
@example(["1." + "1" * 39], pa.decimal128(38, 38))
@example(["306784634631588556120297510855010915.5438"], pa.decimal128(38, 10))
def test_whole_columns_of_text_follow_the_law_of_single_values(
    values: list[str | None], wanted: pa.DataType
) -> None:
    expected = [(None, None) if v is None else lawful(v, wanted) for v in values]

    result = fitted(values, pa.string(), wanted)

    assert reasons_of(result) == [reason for _, reason in expected if reason]
    kept = [value for value, reason in expected if reason is None]
    assert repr(values_of(result)) == repr(kept)


@given(st.lists(numberlike, max_size=6), st.sampled_from([w for w in WANTED if w != pa.binary()]))
@example(["12345678.123456789012345678901234567891"], pa.decimal128(38, 30))
@example(["1." + "0" * 50], MONEY)
@example(["1e-999999999"], MONEY)
def test_a_number_that_fits_is_the_number_that_was_written(
    values: list[str], wanted: pa.DataType
) -> None:
    numbers = [text for text in values if any(digit.isdigit() for digit in text)]
    kept = fitted(numbers, pa.string(), wanted)
    if not (pa.types.is_decimal(wanted) or pa.types.is_int64(wanted)):
        return
    misfits = [] if kept.misfits is None else kept.misfits.column("item").to_pylist()

    written = [Decimal(text.strip()) for text in numbers if text not in misfits]

    assert values_of(kept) == written


@given(
    st.lists(st.none() | st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3)
             | st.integers(19000000, 21000000), max_size=6),
    st.sampled_from([w for w in WANTED if w != pa.binary()]),
)  # fmt: skip
def test_whole_columns_of_integers_follow_the_law_of_single_values(
    values: list[int | None], wanted: pa.DataType
) -> None:
    expected = [(None, None) if v is None else lawful(v, wanted) for v in values]

    result = fitted(values, pa.int64(), wanted)

    assert reasons_of(result) == [reason for _, reason in expected if reason]
    assert values_of(result) == [value for value, reason in expected if reason is None]


@given(
    st.lists(st.none() | st.decimals(-(10**24), 10**24, places=6), max_size=6),
    st.sampled_from([pa.string(), pa.int64(), pa.float64(), MONEY, pa.decimal128(38, 30)]),
)
@example([Decimal("736658082616909434153.029034")], pa.decimal128(38, 30))
def test_whole_columns_of_decimals_follow_the_law_of_single_values(
    values: list[Decimal | None], wanted: pa.DataType
) -> None:
    expected = [(None, None) if v is None else lawful(v, wanted) for v in values]

    result = fitted(values, pa.decimal128(38, 6), wanted)

    assert reasons_of(result) == [reason for _, reason in expected if reason]
    assert values_of(result) == [value for value, reason in expected if reason is None]


@given(st.lists(st.none() | st.binary(max_size=6), max_size=6), st.sampled_from(WANTED))
def test_no_row_is_lost_and_no_value_becomes_null(
    values: list[bytes | None], wanted: pa.DataType
) -> None:
    result = fitted(values, pa.binary(), wanted)
    misfits = 0 if result.misfits is None else result.misfits.num_rows

    assert result.rows.num_rows + misfits == len(values)
    assert values_of(result).count(None) == values.count(None)
    if result.misfits is not None:
        assert result.misfits.column("item").null_count == 0


def test_a_zoned_moment_is_refused_even_when_its_instant_is_plain() -> None:
    moment = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=1)

    assert reasons_of(fitted([moment], pa.timestamp("us", "UTC"), MOMENT)) == ["time_zone"]


@pytest.mark.parametrize(
    "written", ["{} 00:00:00", "{}T00:00:00", "{} 00:00", "{} 00:00:00.000000"]
)
def test_days_written_with_midnight_are_read_as_a_whole_column(written: str) -> None:
    days = [date(1, 1, 1), date(2024, 2, 29), date(9999, 12, 31)]
    texts = [written.format(day.isoformat()) for day in days]

    assert whole(pa.array([*texts, None, days[1].isoformat()]), pa.date32()).to_pylist() == [
        *days, None, days[1]
    ]  # fmt: skip
    for late in ("2024-02-29 00:00:01", "2024-02-30 00:00:00", "10000-01-01 00:00:00"):
        with pytest.raises((Unfit, pa.ArrowInvalid)):
            whole(pa.array([*texts, late]), pa.date32())
