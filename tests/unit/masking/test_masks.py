"""What is masked, and that nothing passes as it came."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shutong.masking import WHOLE, Mask, PurposeKey, mask, purpose_key

KEY: Final = purpose_key(b"k" * 32, "aid for disabled children")
KINDS: Final = [kind for kind in Mask if kind is not Mask.NONE]


def masked(kind: Mask, *values: Any, type: pa.DataType | None = None) -> list[str]:
    found: list[str] = mask(pa.array(values, type), kind, KEY).to_pylist()
    return found


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("11010519491231002X", "110105************"),
        ("360201198001010013", WHOLE),  # a wrong check digit
        ("110105491231002", "110105*********"),
        ("11010519491231002x", WHOLE),
        (" 11010519491231002X", WHOLE),
        ("1", WHOLE),
    ],
)
def test_a_citizen_number_keeps_its_region_and_its_length(number: str, shown: str) -> None:
    assert masked(Mask.CITIZEN_NUMBER, number) == [shown]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张三", "张*"),
        ("欧阳修", "欧**"),
        ("阿依古丽·买买提", "阿***·***"),
        ("𠮷田", "𠮷*"),
        ("㛃䶮", "㛃*"),
        ("葛\U000e0100三", "葛\U000e0100*"),  # a variant of the character belongs to it
        ("王小明  ", "王**"),  # blanks of a fixed-length column
        ("张", WHOLE),
        ("王?明", WHOLE),
        ("王\ufffd", WHOLE),
        ("", WHOLE),
        ("\u3000", WHOLE),
    ],
)
def test_a_name_keeps_its_first_character(name: str, shown: str) -> None:
    assert masked(Mask.NAME, name) == [shown]


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812345678", "138****5678"),
        ("0798-8221234", WHOLE),
        ("13812345678\n", WHOLE),
        ("+8613812345678", WHOLE),
    ],
)
def test_a_phone_keeps_its_ends(phone: str, shown: str) -> None:
    assert masked(Mask.PHONE, phone) == [shown]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("江西省景德镇市珠山区珠山中路1号", "江西省景德镇市珠山区***"),
        ("景德镇乐平市洎阳街道", "景德镇乐平市***"),
        ("乐平县塔前公社", "乐平县***"),
        ("江西省某地", "江西省***"),
        ("张三家小区1栋", WHOLE),
        ("某街珠山区", WHOLE),
    ],
)
def test_an_address_ends_at_its_district_and_tells_known_places_only(
    address: str, shown: str
) -> None:
    assert masked(Mask.ADDRESS, address) == [shown]


def test_a_day_becomes_its_year() -> None:
    assert masked(Mask.YEAR, date(1985, 3, 1), None) == ["1985", WHOLE]
    assert masked(Mask.YEAR, datetime(2024, 12, 31, 23, 59)) == ["2024"]
    assert masked(Mask.YEAR, "2024-05-01", "1985", "2024-13-01") == ["2024", WHOLE, WHOLE]
    assert masked(Mask.YEAR, 1985) == [WHOLE]


def test_an_amount_becomes_its_band() -> None:
    amounts = [Decimal("-0.01"), Decimal("0.00"), Decimal("999.99"), Decimal("1000.00")]
    assert masked(Mask.BAND, *amounts, None) == [
        *("0以下", "0-1000(不含)", "0-1000(不含)", "1000-5000(不含)", WHOLE)
    ]
    assert masked(Mask.BAND, float("nan"), float("inf")) == [WHOLE, "100000000以上"]
    assert masked(Mask.BAND, "1000") == [WHOLE]


def test_a_pseudonym_joins_within_its_purpose_and_not_beyond() -> None:
    other = purpose_key(b"k" * 32, "refund of insurance")
    column = pa.array(["a", "b", "a", None])
    here = mask(column, Mask.PSEUDONYM, KEY).to_pylist()
    there = mask(column, Mask.PSEUDONYM, other).to_pylist()

    assert here[0] == here[2] != here[1]
    assert here[3] == there[3] == WHOLE
    assert not {*here[:3]} & {*there[:3]}
    assert len(here[0]) == 64


def test_a_pseudonym_is_hmac_sm3() -> None:
    # Computed apart with OpenSSL 3: `openssl mac -digest SM3 -macopt hexkey:... HMAC`.
    assert PurposeKey(b"\x01" * 32).pseudonym("abc") == SM3_OF_ABC


SM3_OF_ABC: Final = "1a8c22f4c137e76eab6a9707d63e41686156245cdeb761b4d39cd721d6533f22"


def test_a_key_is_never_shown() -> None:
    assert "secret" not in repr(KEY)
    assert "k" * 8 not in repr(KEY)


@pytest.mark.parametrize(("master", "purpose"), [(b"short", "x"), (b"k" * 32, " ")])
def test_no_pseudonym_without_a_key_and_a_purpose(master: bytes, purpose: str) -> None:
    with pytest.raises(ValueError):
        purpose_key(master, purpose)
    with pytest.raises(ValueError):
        mask(pa.array(["a"]), Mask.PSEUDONYM)


def test_what_is_not_masked_does_not_come_here() -> None:
    with pytest.raises(ValueError):
        mask(pa.array(["a"]), Mask.NONE)


VALUES: Final = st.one_of(
    st.lists(st.none() | st.text(alphabet="*张三·1 0X?\u3000𠮷", max_size=5)),
    st.lists(st.none() | st.text(max_size=20)),
    st.lists(st.none() | st.from_regex(r"1[3-9][0-9*]{9}", fullmatch=True)),
    st.lists(st.none() | st.dates()),
    st.lists(st.none() | st.decimals(-(10**9), 10**9, places=2)),
    st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)),
    st.lists(st.none() | st.booleans()),
    st.lists(st.none() | st.floats()),
    st.lists(st.none() | st.binary(max_size=8)),
)


@pytest.mark.parametrize("kind", KINDS)
@given(values=VALUES)
def test_a_mask_never_returns_its_input(kind: Mask, values: list[Any]) -> None:
    column = pa.array(values)
    given_out = mask(column, kind, KEY)

    assert given_out.type == pa.string()
    assert given_out.null_count == 0
    assert len(given_out) == len(values)
    if not pa.types.is_null(column.type) and not pa.types.is_binary(column.type):
        came_in = column.cast(pa.string()).to_pylist()
        assert all(a != b for a, b in zip(given_out.to_pylist(), came_in, strict=True))


@pytest.mark.parametrize("kind", KINDS)
@given(values=VALUES)
def test_a_mask_is_a_function_of_each_value_alone(kind: Mask, values: list[Any]) -> None:
    column = pa.array(values)
    together = mask(column, kind, KEY).to_pylist()
    apart = [mask(column.slice(n, 1), kind, KEY)[0].as_py() for n in range(len(values))]
    assert together == apart
    assert mask(pa.chunked_array([column, column]), kind, KEY).to_pylist() == together * 2


@pytest.mark.parametrize("kind", KINDS)
def test_no_value_and_a_blank_one_look_alike(kind: Mask) -> None:
    assert masked(kind, None, "", " \t\u3000", type=pa.string()) == [WHOLE] * 3


@pytest.mark.parametrize("form", [pa.large_string(), pa.string_view()])
def test_every_form_of_text_is_masked_alike(form: pa.DataType) -> None:
    column = pa.array(["13812345678", None]).cast(form)
    assert mask(column, Mask.PHONE).to_pylist() == ["138****5678", WHOLE]
    coded = pa.array(["13812345678", None]).dictionary_encode()
    assert mask(coded, Mask.PHONE).to_pylist() == ["138****5678", WHOLE]
