"""The counties of the city, their towns and addresses (行政区划与地址)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shutong.sample_city.randomness import picks, stream, take, weighted_positions

CITY: Final = "360200"


@dataclass(frozen=True, slots=True)
class County:
    """A county of the city (县、市、区)."""

    region: str
    code: str
    name: str
    share: float
    """Share of the city's people."""
    longitude: float
    latitude: float
    """Centre in degrees."""
    spread: float
    """Farthest address from the centre in degrees: all of them lie inside the city."""
    towns: tuple[str, ...]
    roads: tuple[str, ...]


COUNTIES: Final = (
    County(
        "360202",
        "changjiang",
        "昌江区",
        0.20,
        117.18,
        29.27,
        0.06,
        ("鲇鱼山镇", "丽阳镇", "荷塘乡", "吕蒙街道", "西郊街道", "新枫街道"),
        ("瓷都大道", "西山路", "迎宾大道", "鲇鱼山街", "古田路", "昌江大道"),
    ),
    County(
        "360203",
        "zhushan",
        "珠山区",
        0.25,
        117.21,
        29.30,
        0.03,
        ("竟成街道", "里村街道", "周路口街道", "珠山街道", "昌江街道", "新村街道", "石狮埠街道"),
        ("珠山中路", "中华北路", "广场南路", "新厂西路", "沿江东路", "陶阳南路", "新村北路"),
    ),
    County(
        "360222",
        "fuliang",
        "浮梁县",
        0.20,
        117.25,
        29.50,
        0.22,
        (
            "浮梁镇",
            "瑶里镇",
            "鹅湖镇",
            "蛟潭镇",
            "湘湖镇",
            "经公桥镇",
            "三龙镇",
            "寿安镇",
            "兴田乡",
        ),
        ("新平路", "朝阳中路", "瑶里老街", "高岭路", "鹅湖大街", "浮红路"),
    ),
    County(
        "360281",
        "leping",
        "乐平市",
        0.35,
        117.25,
        28.97,
        0.18,
        (
            "洎阳街道",
            "塔山街道",
            "镇桥镇",
            "乐港镇",
            "涌山镇",
            "众埠镇",
            "接渡镇",
            "洪岩镇",
            "礼林镇",
        ),
        ("洎阳北路", "人民西路", "翥山东路", "天湖大道", "乐平大道", "东风南路"),
    ),
)
COMMUNITIES: Final = (
    "东风",
    "解放",
    "新建",
    "和平",
    "建设",
    "河西",
    "荷花塘",
    "前程",
    "曙光",
    "青塘",
)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Standard addresses (标准地址), column by column."""

    county: NDArray[np.int64]
    """Position in COUNTIES."""
    code: list[str]
    full: list[str]
    town: list[str]
    community: list[str]
    road: list[str]
    house_number: list[str]
    longitude: list[str]
    latitude: list[str]

    def __len__(self) -> int:
        return len(self.code)

    def regions(self, positions: NDArray[np.int64]) -> list[str]:
        """Return the county codes of the addresses at `positions`."""
        return take([county.region for county in COUNTIES], self.county[positions])


def make_addresses(seed: int, size: int) -> Addresses:
    """Return `size` addresses, no two alike."""
    chance = stream(seed, "addresses")
    county = weighted_positions(chance, [c.share for c in COUNTIES], size)
    county[: len(COUNTIES)] = np.arange(len(COUNTIES))
    communities = picks(chance, COMMUNITIES, size)
    town_draws, road_draws = chance.random(size), chance.random(size)
    towns = _chosen([c.towns for c in COUNTIES], county, town_draws)
    roads = _chosen([c.roads for c in COUNTIES], county, road_draws)
    numbers = [f"{i // 7 + 1}号{i % 7 + 1}栋" for i in range(size)]
    longitude = _scattered(chance, county, "longitude")
    latitude = _scattered(chance, county, "latitude")
    names = take([c.name for c in COUNTIES], county)
    regions = take([c.region for c in COUNTIES], county)
    villages = [
        word + ("社区" if town.endswith("街道") else "村")
        for word, town in zip(communities, towns, strict=True)
    ]
    parts = zip(names, towns, villages, roads, numbers, strict=True)
    full = ["江西省景德镇市" + "".join(part) for part in parts]
    code = [f"{region}{i:012d}" for i, region in enumerate(regions, start=1)]
    return Addresses(county, code, full, towns, villages, roads, numbers, longitude, latitude)


def _chosen(
    words: list[tuple[str, ...]], county: NDArray[np.int64], draws: NDArray[np.float64]
) -> list[str]:
    """Return for each address one of its county's words."""
    pairs = zip(county.tolist(), draws.tolist(), strict=True)
    return [words[c][int(draw * len(words[c]))] for c, draw in pairs]


def _scattered(chance: np.random.Generator, county: NDArray[np.int64], axis: str) -> list[str]:
    """Return degrees with six digits behind the point, around each county's centre."""
    centre = np.array([getattr(c, axis) for c in COUNTIES])[county]
    spread = np.array([c.spread for c in COUNTIES])[county]
    degrees = centre + chance.uniform(-1, 1, len(county)) * spread
    return [f"{value:.6f}" for value in degrees.tolist()]
