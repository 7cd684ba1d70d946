"""Administrative regions with their history (行政区划): GB/T 2260.

Two questions, two answers. `region_valid` asks whether a code names a region on a day, for
columns that hold a region. `issued_region` asks whether police ever gave out citizen numbers
that begin so: a number outlives its county, and was often given years after the birth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

CITY: Final = "360200"
"""景德镇市."""


@dataclass(frozen=True, slots=True)
class Region:
    """A region code with its years of validity, both inclusive (行政区划); None is open."""

    code: str
    name: str
    since: int | None = None
    until: int | None = None

    def holds(self, year: int) -> bool:
        """Say whether the code was in force at some time of `year`."""
        return (self.since or 0) <= year <= (self.until or 9999)


CITY_REGIONS: Final = (
    Region(CITY, "景德镇市"),
    # A summary code of statistics, no place of its own; last in the 2007 edition of the standard.
    Region("360201", "市辖区", until=2007),
    Region("360202", "昌江区"),
    Region("360203", "珠山区"),
    Region("360211", "鹅湖区", 1983, 1988),
    Region("360212", "蛟潭区", 1983, 1988),
    Region("360221", "乐平县", 1983, 1992),
    Region("360222", "浮梁县", 1988),
    Region("360281", "乐平市", 1992),
    Region("362332", "乐平县", until=1983),
)
"""Every region code the city and its counties ever had (本市行政区划沿革)."""

# What python-stdnum's table lacks, found by comparing it with the yearly tables of the Ministry
# of Civil Affairs 1980-2024 (github.com/cn/GB2260 and github.com/yescallop/areacodes, CC0).
_FURTHER: Final = (
    Region("132733", "唐海县", 1982, 1982),
    Region("229006", "蛟河市", 1989, 1989),
    Region("230834", "友谊县", 1984, 1990),
    Region("329012", "昆山市", 1989, 1989),
    Region("329013", "启东市", 1989, 1989),
    Region("330113", "临平区", 2021),
    Region("330114", "钱塘区", 2021),
    Region("339011", "诸暨市", 1989, 1989),
    Region("340511", "郊区", 1983, 1983),
    Region("360411", "郊区", 1983, 1983),
    Region("369001", "瑞昌市", 1989, 1989),
    Region("370719", "青州市", 1986, 1986),
    Region("370819", "曲阜市", 1986, 1986),
    Region("379013", "即墨市", 1989, 1989),
    Region("379014", "平度市", 1989, 1989),
    Region("419007", "沁阳市", 1989, 1989),
    Region("620925", "安西县", 2002, 2005),
)

_FURTHER_PREFECTURES: Final = frozenset({"1331", "3490", "3528", "3690", "4230", "5170", "6190"})
"""Four-digit prefixes of the editions of 1982 to 1991 and of 雄安, absent from the table too."""

_ISSUED_WHOLE: Final = frozenset({"710000", "810000", "820000", "830000"})
"""Residence permits of Hong Kong 81, Macao 82, Taiwan 83 carry citizen numbers
(港澳台居民居住证申领发放办法, 国办发〔2018〕81号)."""


@dataclass(frozen=True, slots=True)
class PlaceNames:
    """Names of places by level (各级地名).

    Provinces and prefectures also as people write them, without the word for what they are.
    """

    provinces: frozenset[str]
    prefectures: frozenset[str]
    counties: frozenset[str]


@lru_cache(maxsize=1)
def _nation() -> dict[str, tuple[Region, ...]]:
    """Return the nation's regions by code, newest name last.

    The codes and years are python-stdnum's (`cn/loc`); its verdicts are not used, because they
    hold a number's county against the year of birth.
    """
    from stdnum import numdb

    found: dict[str, tuple[Region, ...]] = {}
    for _, head, _, _, children in numdb.get("cn/loc").prefixes:
        for _, tail, _, facts, _ in children:
            code = head + tail
            found[code] = tuple(_named(code, facts.get("county", "")))
    for region in (*_FURTHER, *CITY_REGIONS):
        found[region.code] = (region,)
    return found


def _named(code: str, text: str) -> Iterator[Region]:
    """Read `[1983-2001]郊区,[2002-]青山湖区`: years in brackets, either side may be open."""
    for part in text.split(","):
        years, bracket, name = part.removeprefix("[").partition("]")
        if not bracket:
            yield Region(code, part)
            continue
        since, _, until = years.partition("-")
        yield Region(code, name, int(since) if since else None, int(until) if until else None)


def region_valid(code: str, on: date) -> bool:
    """Say whether `code` is a region of GB/T 2260 on the day `on` (行政区划代码有效性).

    Years are the finest that the tables know: in a year of change the old and the new code
    both hold.
    """
    return any(region.holds(on.year) for region in _nation().get(code, ()))


def region_name(code: str) -> str | None:
    """Return the newest name of a region, its county's or city's own only; None if unknown."""
    regions = _nation().get(code)
    return regions[-1].name if regions else None


def place_names() -> PlaceNames:
    """Return the nation's places by name, past ones too (地名)."""
    provinces, prefectures, counties = set[str](), set[str](), set[str]()
    for code, regions in _nation().items():
        names = {region.name for region in regions if len(region.name) > 1} - _NO_PLACES
        if code.endswith("0000"):
            provinces |= names | {name.removesuffix("省").removesuffix("市") for name in names}
        elif code.endswith("00"):
            prefectures |= names | {name.removesuffix("市") for name in names if len(name) > _SHORT}
        else:
            counties |= names
    return PlaceNames(frozenset(provinces), frozenset(prefectures), frozenset(counties))


_SHORT: Final = 2
"""Characters of a name that is none without its last one: 沙市."""
_NO_PLACES: Final = frozenset(
    {"市辖区", "县", "省直辖县级行政区划", "省直辖县级行政单位", "自治区直辖县级行政单位"}
)
"""Headings of the tables, not names."""


def is_of_city(code: str) -> bool:
    """Say whether a region code is or was one of the city's (本市行政区划)."""
    return code in _CITY_CODES


_CITY_CODES: Final = frozenset(region.code for region in CITY_REGIONS)


def issued_region(code: str) -> bool:
    """Say whether citizen numbers may begin with the six digits `code` (公民身份号码地址码).

    The city's own codes are known one by one. Elsewhere a known prefecture is enough, for three
    kinds of real numbers hold a county code that no edition of GB/T 2260 lists: those police
    gave out under codes of their own (321119, see github.com/guanguans/id-validator/issues/45),
    those borrowed when a county ran out of sequence numbers for a day, and those of counties
    founded after this table. A wrong digit is the check digit's to find. No year is compared:
    numbers were given long after birth, and under codes just retired.
    """
    return code in issued_regions()


@lru_cache(maxsize=1)
def issued_regions() -> frozenset[str]:
    """Return every code that `issued_region` accepts (地址码全集), some 56,000."""
    known = {code[:4] for code in _nation() if not code.endswith("0000")}
    elsewhere = (known | _FURTHER_PREFECTURES) - {CITY[:4]}
    codes = {f"{prefecture}{county:02d}" for prefecture in elsewhere for county in range(100)}
    return frozenset(codes | _ISSUED_WHOLE | _CITY_CODES)
