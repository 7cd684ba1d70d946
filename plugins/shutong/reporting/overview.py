"""The index over all resources (校验总览): state, latest batch, trend, who is late."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from shutong.catalog.models import UpdateCycle
from shutong.errors import Text
from shutong.reporting import words
from shutong.reporting.facts import LANDED, BatchFacts
from shutong.reporting.history import HistoryLine, light_of, line_of
from shutong.reporting.pages import environment
from shutong.reporting.places import INDEX, INDEX_FACTS, compact, loaded, put

_CYCLES: Final[Mapping[UpdateCycle, timedelta]] = {
    UpdateCycle.REAL_TIME: timedelta(hours=1),
    UpdateCycle.DAILY: timedelta(days=1),
    UpdateCycle.WEEKLY: timedelta(days=7),
    UpdateCycle.MONTHLY: timedelta(days=31),
    UpdateCycle.QUARTERLY: timedelta(days=92),
    UpdateCycle.HALF_YEARLY: timedelta(days=184),
    UpdateCycle.YEARLY: timedelta(days=366),
}
_GRACE: Final = timedelta(days=1)
"""How long after its cycle a resource may still be on its way."""
_ORDER: Final = ("red", "amber", "none", "green")
_LIGHTS: Final[Mapping[str, Text]] = {
    "red": Text("拒收", "refused"),
    "amber": Text("有问题", "findings"),
    "green": Text("正常", "clean"),
    "none": Text("无批次", "no batch"),
}
_LATE: Final = Text("逾期", "late")
SCRIPT: Final = (
    'const f=document.getElementById("find");f.hidden=false;f.addEventListener("input",()=>{'
    "const q=f.value.trim().toLowerCase();"
    'for(const r of document.querySelectorAll("tr[data-find]"))r.hidden=!r.dataset.find.includes(q)'
    "});"
)
"""Finding in the index as one types; without scripts the filters remain."""
SCRIPT_HASH: Final = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
"""For a Content-Security-Policy that lets this script run and no other."""

Entry = dict[str, Any]
"""A resource in the index, as JSON: its row ready to be shown, its light, when it is due."""


@dataclass(frozen=True, slots=True)
class Known:
    """A resource of the catalog (目录资源), for those that have no batch yet."""

    resource: str
    title: str
    provider: str

    @property
    def entry(self) -> Entry:
        """Its entry without a batch."""
        row = _row(self.resource, self.title, self.provider, "none", None, ())
        return {"row": row, "light": "none", "title": self.title, "provider": self.provider}


def due_after(landed_at: datetime, cycle: UpdateCycle) -> datetime | None:
    """Return when a resource is late that landed last at a moment; None for no set cycle."""
    length = _CYCLES.get(cycle)
    return landed_at + length + _GRACE if length is not None else None


def entry_of(facts: BatchFacts, points: Sequence[HistoryLine], before: Entry | None) -> Entry:
    """Return a resource's entry after a batch; `points` are its last ones, the oldest first."""
    line = line_of(facts)
    light = light_of(line)
    landed = [each for each in points if each.outcome == LANDED]
    due = due_after(landed[-1].validated_at, facts.cycle) if landed else None
    return {
        "row": _row(facts.resource, facts.title, facts.provider, light, line, points),
        "light": light,
        "title": facts.title,
        "provider": facts.provider,
        "due": due.isoformat() if due else (before or {}).get("due"),
    }


def known_entries(folder: Path) -> dict[str, Entry]:
    """Return the index's entries by resource; none where its file is missing or torn."""
    found = loaded(folder / INDEX_FACTS)
    return found if isinstance(found, dict) else {}


def write_index(folder: Path, entries: Mapping[str, Entry], now: datetime) -> None:
    """Write the index and its facts."""
    put(folder / INDEX_FACTS, compact(entries))
    put(folder / INDEX, index_text(entries, now))


def index_text(
    entries: Mapping[str, Entry], now: datetime, may_see: Callable[[str], bool] | None = None
) -> str:
    """Return the index page as of a moment, of all resources or those somebody may see."""
    shown = [
        (_late(entry, now), entry)
        for name, entry in entries.items()
        if may_see is None or may_see(name)
    ]
    shown.sort(key=lambda each: _place(*each))
    counts = {
        "all": len(shown),
        "late": sum(late for late, _ in shown),
        **{light: sum(e["light"] == light for _, e in shown) for light in _LIGHTS},
    }
    mark = (
        f'<br><span class="late-mark"><span lang="zh">{_LATE.zh}</span> '
        f'<span lang="en">{_LATE.en}</span></span>'
    )
    rows = "".join(
        entry["row"]
        .replace("@late-class@", " late" if late else "")
        .replace("@late-mark@", mark if late else "")
        for late, entry in shown
    )
    from markupsafe import Markup

    template = environment().get_template("index.html")
    return template.render(
        counts=counts,
        # Each row was escaped when it was rendered.
        rows=Markup(rows),  # noqa: S704
        script=Markup(SCRIPT),  # noqa: S704
        written_at=now,
        city=words.city,
    )


def late_resources(entries: Mapping[str, Entry], now: datetime) -> tuple[str, ...]:
    """Return the resources that are late at a moment (逾期资源)."""
    return tuple(sorted(name for name, entry in entries.items() if _late(entry, now)))


def _late(entry: Entry, now: datetime) -> bool:
    due = entry.get("due")
    return bool(due) and datetime.fromisoformat(str(due)) < now.astimezone(UTC)


def _place(late: bool, entry: Entry) -> tuple[int, bool, str, str]:
    light = str(entry["light"])
    return (_ORDER.index(light), not late, str(entry["provider"]), str(entry["title"]))


def _row(
    resource: str,
    title: str,
    provider: str,
    light: str,
    line: HistoryLine | None,
    points: Sequence[HistoryLine],
) -> str:
    template = environment().get_template("index_row.html")
    return template.render(
        resource=resource,
        title=title,
        provider=provider,
        light=light,
        words=_LIGHTS[light],
        line=line,
        points=points,
        share=words.share,
        city=words.city,
    )
