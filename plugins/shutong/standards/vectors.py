"""Identifiers of whole columns (批量校验): the rules of `identifiers`, some 100 times faster.

In: Arrow text of any kind, sliced, chunked or dictionary-encoded, with nulls and any garbage.
Out: one int8 array of `Verdict` with null for null. Values are read where they lie; only rows
that stand among rows of another length are copied, a block at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Final

from shutong.standards.identifiers import LENGTH
from shutong.standards.words import Verdict

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    Bytes = npt.NDArray[np.uint8]
    Offsets = npt.NDArray[np.signedinteger]
    Verdicts = npt.NDArray[np.int8]
    Judges = Mapping[int, Callable[[Bytes], Verdicts]]
    """By length in bytes, what judges an (n, length) array of such rows."""

BLOCK: Final = 16_384
"""Rows judged at a time: their intermediate results stay in the processor's cache."""

OLD_LENGTH: Final = 15


def citizen_number_verdicts(column: pa.Array | pa.ChunkedArray, today: date) -> pa.Array:
    """Judge a column of citizen numbers (公民身份号码): int8 of `Verdict`, null for null.

    `today` is the last day on which a birth is possible. TypeError when it is no text column.
    """
    from shutong.standards.pair_tables import citizen_verdicts, old_citizen_verdicts

    judges: Judges = {
        LENGTH: partial(citizen_verdicts, today=today),
        OLD_LENGTH: old_citizen_verdicts,
    }
    return _verdicts(column, judges)


def credit_code_verdicts(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Judge a column of unified social credit codes (统一社会信用代码), likewise."""
    from shutong.standards.pair_tables import credit_verdicts

    return _verdicts(column, {LENGTH: credit_verdicts})


def _verdicts(column: pa.Array | pa.ChunkedArray, judges: Judges) -> pa.Array:
    """Judge a column chunk by chunk, in whatever form of text it comes."""
    import pyarrow as pa

    kind = column.type
    if isinstance(column, pa.ChunkedArray):
        parts = [_verdicts(chunk, judges) for chunk in column.chunks]
        return pa.concat_arrays(parts) if parts else pa.array([], pa.int8())
    if pa.types.is_null(kind):
        return pa.nulls(len(column), pa.int8())
    if pa.types.is_dictionary(kind):
        return _verdicts(column.dictionary, judges).take(column.indices)
    if pa.types.is_string_view(kind):
        column = column.cast(pa.large_string())
    elif not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        raise TypeError(f"identifiers are text, this column is {kind}")
    return _judge_text(column, judges)


def _judge_text(column: pa.Array, judges: Judges) -> pa.Array:
    """Judge one contiguous array of string or large_string."""
    import numpy as np
    import pyarrow as pa

    from shutong.standards.text_bytes import bytes_of

    verdicts = np.empty(len(column), dtype=np.int8)
    data, offsets = bytes_of(column)
    for start in range(0, len(column), BLOCK):
        block = column.slice(start, BLOCK)
        judged = _judge_block(block, data, offsets[start : start + len(block) + 1], judges)
        verdicts[start : start + len(block)] = judged
    nulls = column.is_null().to_numpy(zero_copy_only=False) if column.null_count else None
    return pa.array(verdicts, type=pa.int8(), mask=nulls)


def _judge_block(block: pa.Array, data: Bytes, offsets: Offsets, judges: Judges) -> Verdicts:
    """Judge one block: in place when every row has 18 bytes, else length by length."""
    import numpy as np

    from shutong.standards.text_bytes import rows_at

    lengths = np.diff(offsets)
    if (lengths == LENGTH).all():
        start = int(offsets[0])
        rows = data[start : start + LENGTH * len(lengths)].reshape(-1, LENGTH)
        verdicts = judges[LENGTH](rows)
    else:
        verdicts = np.full(len(lengths), Verdict.LENGTH, dtype=np.int8)
        for length, judge in judges.items():
            places = np.flatnonzero(lengths == length)
            if places.size:
                verdicts[places] = judge(rows_at(data, offsets[places], length))
    if (lengths > LENGTH).any() or (verdicts == Verdict.CHARACTERS).any():
        _count_characters(block, verdicts)
    return verdicts


def _count_characters(block: pa.Array, verdicts: Verdicts) -> None:
    """Put right what was judged by bytes: a length is one of characters (code points)."""
    import pyarrow.compute as pc

    right = pc.utf8_length(block).fill_null(0).to_numpy() == LENGTH
    verdicts[right & (verdicts == Verdict.LENGTH)] = Verdict.CHARACTERS
    verdicts[~right & (verdicts == Verdict.CHARACTERS)] = Verdict.LENGTH
