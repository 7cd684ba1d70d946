"""A column masked (列脱敏): the one door, which lets nothing pass as it came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shutong.masking.kinds import Mask
from shutong.masking.pseudonyms import PurposeKey, pseudonyms
from shutong.masking.texts import addresses, citizen_numbers, mobile_phones, person_names
from shutong.masking.values import bands, years

if TYPE_CHECKING:
    import pyarrow as pa

WHOLE: Final = "***"
"""What stands for a value that is masked whole, and for no value at all."""
_OTHER_WHOLE: Final = "****"
"""The same, for the value that is `WHOLE` itself."""


def mask(column: pa.Array, kind: Mask, key: PurposeKey | None = None) -> pa.Array:
    """Return the column masked: text without nulls, of which none equals its input.

    Null, blank and malformed values are masked whole. ValueError for a pseudonym without its
    purpose's key, and for `Mask.NONE`: what is not masked does not come here.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if kind is Mask.NONE:
        raise ValueError("an item without a mask is not masked")
    column = _flat(column)
    texts = _as_texts(column)
    masked = pc.fill_null(_masked(column, texts, kind, key), WHOLE)
    blank = pc.fill_null(pc.match_substring_regex(texts, r"^[\s\x{a0}\x{3000}]*$"), True)
    masked = pc.if_else(blank, pa.scalar(WHOLE), masked)
    # What shows all of a value, for instance a name that was masked before, shows nothing.
    masked = pc.if_else(_same(masked, texts), pa.scalar(WHOLE), masked)
    return pc.if_else(_same(masked, texts), pa.scalar(_OTHER_WHOLE), masked)


def _masked(column: pa.Array, texts: pa.Array, kind: Mask, key: PurposeKey | None) -> pa.Array:
    import pyarrow as pa

    match kind:
        case Mask.CITIZEN_NUMBER:
            return citizen_numbers(texts)
        case Mask.NAME:
            return person_names(texts)
        case Mask.PHONE:
            return mobile_phones(texts)
        case Mask.ADDRESS:
            return addresses(texts)
        case Mask.YEAR:
            return years(column)
        case Mask.BAND:
            return bands(column)
        case Mask.PSEUDONYM:
            if key is None:
                raise ValueError("a pseudonym is made with the key of its purpose")
            return pseudonyms(texts, key)
    return pa.nulls(len(column), pa.string())


def _flat(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    import pyarrow as pa

    flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    kind = flat.type
    if pa.types.is_dictionary(kind):
        return _flat(flat.dictionary_decode())
    is_text = pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    return flat.cast(pa.string()) if is_text else flat


def _as_texts(column: pa.Array) -> pa.Array:
    """Return the values as canonical text; null for bytes, which have none."""
    import pyarrow as pa

    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return pa.array(
            [None if value is None else value.hex() for value in column.to_pylist()], pa.string()
        )
    return column.cast(pa.string())


def _same(masked: pa.Array, texts: pa.Array) -> pa.Array:
    import pyarrow.compute as pc

    return pc.fill_null(pc.equal(masked, texts), False)
