"""Masks of identifiers, names and addresses (标识与文本脱敏).

Each takes a text column and gives a text column, null where it does not recognise a value: the
caller masks those whole.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from shutong.standards.predicates import MOBILE_PHONE, is_person_name
from shutong.standards.regions import place_names
from shutong.standards.vectors import citizen_number_verdicts
from shutong.standards.words import Verdict

if TYPE_CHECKING:
    import pyarrow as pa

STAR: Final = "*"
DOTS: Final = "·•・‧∙⋅."
"""What stands between the parts of a name, as keyboards and registers write it."""
_REGION: Final = 6
_MANY: Final = 8
"""Stars of a masked name at most: a length may tell who it is."""


def citizen_numbers(column: pa.Array) -> pa.Array:
    """Keep the region of issue, and the length of 18 or 15 (GB 11643-1999)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    # Whether someone can have been born on a day is validation's question, not this one's.
    verdicts = citizen_number_verdicts(column, date.max)
    stars = {Verdict.VALID: 18 - _REGION, Verdict.OLD_15: 15 - _REGION}
    masked = pa.nulls(len(column), pa.string())
    head = pc.utf8_slice_codeunits(column, 0, _REGION)
    for verdict, many in stars.items():
        written = pc.binary_join_element_wise(head, STAR * many, "")
        masked = pc.if_else(pc.equal(verdicts, int(verdict)), written, masked)
    return masked


def mobile_phones(column: pa.Array) -> pa.Array:
    """Keep the first three and the last four digits of a mobile number."""
    import pyarrow as pa
    import pyarrow.compute as pc

    head = pc.utf8_slice_codeunits(column, 0, 3)
    tail = pc.utf8_slice_codeunits(column, 7, 11)
    masked = pc.binary_join_element_wise(head, STAR * 4, tail, "")
    known = pc.fill_null(pc.match_substring_regex(column, MOBILE_PHONE), False)
    # RE2's `$` is the end of the text, and the length is looked at all the same.
    known = pc.and_(known, pc.fill_null(pc.equal(pc.utf8_length(column), 11), False))
    return pc.if_else(known, masked, pa.scalar(None, pa.string()))


def person_names(column: pa.Array) -> pa.Array:
    """Keep the first character, and the dots between the parts (姓名)."""
    import pyarrow as pa

    coded = column.dictionary_encode()
    masked = [None if name is None else masked_name(name) for name in coded.dictionary.to_pylist()]
    return pa.array(masked, pa.string()).take(coded.indices)


def masked_name(name: str) -> str | None:
    """Return a name with its first character only; None where it is none.

    A character is what a reader sees as one: rare characters beyond the basic plane count as
    one, and a variation selector or accent belongs to the character before it. A name of one
    character has nothing to keep.
    """
    if not is_person_name(name):
        return None
    seen = [c for c in name.strip() if not _joins(c)]
    if len(seen) == 1 or seen[0] in DOTS:
        return None
    # Blanks go under too: three stars for a name, whatever stands between its words.
    marks = [c if c in DOTS else STAR for c in seen[1:]]
    return _first(name.strip()) + "".join(marks[:_MANY])


def _first(name: str) -> str:
    end = 1
    while end < len(name) and _joins(name[end]):
        end += 1
    return name[:end]


def _joins(character: str) -> bool:
    return unicodedata.category(character) in {"Mn", "Me", "Mc", "Cf"}


def addresses(column: pa.Array) -> pa.Array:
    """Keep an address down to its county or district (地址)."""
    import pyarrow as pa

    coded = column.dictionary_encode()
    masked = [
        None if text is None else masked_address(text) for text in coded.dictionary.to_pylist()
    ]
    return pa.array(masked, pa.string()).take(coded.indices)


def masked_address(text: str) -> str | None:
    """Return the part of an address that names known places; None where it names none."""
    found = _places().match(text.strip())
    if found is None or not found.group():
        return None
    return found.group() + STAR * 3


@lru_cache(maxsize=1)
def _places() -> re.Pattern[str]:
    """Known names of province, prefecture and county, in this order; no other text passes."""
    places = place_names()
    levels = (places.provinces, places.prefectures, places.counties)
    return re.compile("".join(f"(?:{_one_of(names)})?" for names in levels))


def _one_of(names: frozenset[str]) -> str:
    return "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
