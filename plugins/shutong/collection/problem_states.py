"""Problems in quarantine that a ticket has ended (隔离区办结): its list shows them no more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from shutong.lake import Lake


@dataclass(frozen=True, slots=True)
class EndedProblem:
    """A rejected row that needs no more mending, by its place in quarantine, and how."""

    batch: str
    place: int
    how: str


def end_problems(
    lake: Lake, dataset: str, resource: str, ended: Iterable[EndedProblem], *, reference: str
) -> None:
    """Mark rejected rows as settled in quarantine; the same `reference` again changes nothing."""
    places: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for each in ended:
        places[each.how][each.batch].append(each.place)
    settled: dict[str, str] = {}
    for how, wanted in places.items():
        settled |= dict.fromkeys(lake.problem_ids(dataset, resource, wanted), how)
    if settled:
        lake.settle(dataset, resource, settled, reference=reference)
