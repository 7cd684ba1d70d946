"""Time zones of front-end machines (前置机时区)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shutong.errors import CatalogFaulty, Text


def zone_of(name: str) -> ZoneInfo:
    """Return the zone called `name`; CatalogFaulty when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise CatalogFaulty(
            Text(f"没有时区 {name}", f"there is no time zone {name}"),
            place="catalog/front_ends.yaml",
            next_step=Text("例如 Asia/Shanghai", "for instance Asia/Shanghai"),
        ) from None


def offset_text(name: str) -> str:
    """Return a zone's offset now, such as "+08:00": servers without zone tables know it."""
    text = datetime.now(zone_of(name)).strftime("%z")
    return f"{text[:3]}:{text[3:5]}"
