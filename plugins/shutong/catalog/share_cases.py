"""A request with all that was decided on it (申请案卷), joined from the folders it lies in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from shutong.catalog.loading import Catalog, Declared
from shutong.catalog.models import Dataset, Resource, Role, ShareType
from shutong.catalog.share_models import Deciding, Decision, Review, Ruling, ShareRequest
from shutong.catalog.share_states import (
    ANSWERS,
    RULINGS,
    SETTLEMENTS,
    IllegalMove,
    State,
    Step,
    move,
)
from shutong.catalog.yaml_source import Path_

D = TypeVar("D", bound=Deciding)

ShareFile = Declared[ShareRequest] | Declared[Review] | Declared[Ruling]
"""A file of a case with its place."""

_STRICTNESS = (ShareType.UNCONDITIONAL, ShareType.CONDITIONAL, ShareType.NOT_SHARED)


@dataclass(frozen=True)
class Taken:
    """A step with the place that declares it (有出处的动作)."""

    step: Step
    file: ShareFile
    path: Path_


@dataclass(frozen=True)
class Case:
    """One request and what was decided on it (案卷). What stands in a wrong folder is not in it."""

    id: str
    request: Declared[ShareRequest]
    resource: Resource | None
    """None where the catalog has no such resource."""
    dataset: Dataset | None
    review: Declared[Review] | None = None
    ruling: Declared[Ruling] | None = None
    """Of the authority."""
    settlement: Declared[Ruling] | None = None
    """Of the common superior."""

    @property
    def consumer(self) -> str:
        """Department that asks: the folder's."""
        return self.id.partition(".")[0]

    @property
    def provider(self) -> str:
        """Department that answers: the resource's."""
        return self.request.value.resource.partition(".")[0]

    @property
    def share_type(self) -> ShareType:
        """The strictest share type among the resource and the items asked for."""
        if self.resource is None:
            return ShareType.NOT_SHARED
        items = set(self.request.value.items)
        kinds = [each.type for each in self.resource.items if each.item in items]
        return max([self.resource.share.type, *kinds], key=_STRICTNESS.index)

    @property
    def waiting(self) -> bool:
        """Say whether it was submitted, and submitted again where it was returned."""
        asked = self.request.value
        returned = self.review is not None and self.review.value.returned is not None
        return asked.submitted_on is not None and (not returned or asked.resubmitted_on is not None)

    @property
    def files(self) -> tuple[ShareFile, ...]:
        """Every file of the case, the request first."""
        every = (self.request, self.review, self.ruling, self.settlement)
        return tuple(each for each in every if each is not None)

    @property
    def deciding(self) -> Deciding | None:
        """The decision that counts: of the superior, else the authority, else the provider."""
        for declared in (self.settlement, self.ruling, self.review):
            if declared is not None and declared.value.decision is not None:
                return declared.value
        return None

    def steps(self, by_rule: Decision | None = None, *, overdue: bool = False) -> Iterator[Taken]:
        """Yield the steps that the files declare, in the order of the law.

        `by_rule` is what the catalog's share type decides by itself, `overdue` says that the
        provider let its term pass.
        """
        yield from self._asked()
        yield from self._answered(by_rule, overdue=overdue)
        yield from self._ruled()
        for declared in (self.review, self.ruling, self.settlement):
            if declared is not None and declared.value.revoked is not None:
                yield Taken(Step.REVOKE, declared, ("revoked",))
                break
        if self.request.value.withdrawn is not None:
            yield Taken(Step.WITHDRAW, self.request, ("withdrawn",))

    def _asked(self) -> Iterator[Taken]:
        if self.request.value.submitted_on is not None:
            yield Taken(Step.SUBMIT, self.request, ("submitted_on",))
        if self.review is not None and self.review.value.returned is not None:
            yield Taken(Step.RETURN, self.review, ("returned",))
        if self.request.value.resubmitted_on is not None:
            yield Taken(Step.RESUBMIT, self.request, ("resubmitted_on",))

    def _answered(self, by_rule: Decision | None, *, overdue: bool) -> Iterator[Taken]:
        for declared in (self.review, self.ruling):
            if declared is not None and declared.value.extension is not None:
                yield Taken(Step.EXTEND, declared, ("extension",))
        if self.review is not None and self.review.value.decision is not None:
            yield Taken(ANSWERS[self.review.value.decision], self.review, ("decision",))
        elif self.waiting and by_rule is not None:
            yield Taken(ANSWERS[by_rule], self.request, ("resource",))
        elif (self.waiting and overdue) or (
            self.ruling is not None and self.ruling.value.on_overdue
        ):
            yield Taken(Step.ESCALATE, self.request, ("resource",))

    def _ruled(self) -> Iterator[Taken]:
        request, review = self.request, self.review
        if request.value.dispute is not None:
            yield Taken(Step.DISPUTE, request, ("dispute",))
        if self.ruling is not None and self.ruling.value.decision is not None:
            yield Taken(RULINGS[self.ruling.value.decision], self.ruling, ("decision",))
        if request.value.appeal is not None:
            yield Taken(Step.APPEAL, request, ("appeal",))
        elif review is not None and review.value.appeal is not None:
            yield Taken(Step.APPEAL, review, ("appeal",))
        if self.settlement is not None and self.settlement.value.decision is not None:
            yield Taken(SETTLEMENTS[self.settlement.value.decision], self.settlement, ("decision",))

    def standing(self, by_rule: Decision | None = None, *, overdue: bool = False) -> State:
        """Return where the request stands, up to the first step that may not follow."""
        state = State.DRAFT
        for taken in self.steps(by_rule, overdue=overdue):
            try:
                state = move(state, taken.step)
            except IllegalMove:
                break
        return state

    def refused_by_rule(self) -> Decision | None:
        """Return the refusal that the law itself makes for what is not shared (不予共享)."""
        known = self.resource is not None
        if known and self.waiting and self.share_type is ShareType.NOT_SHARED:
            return Decision.REFUSED
        return None

    def legal_bases(self) -> tuple[str, ...]:
        """Return what the catalog says on the share types that bind this request."""
        if self.resource is None:
            return ()
        items = set(self.request.value.items)
        narrowed = [each for each in self.resource.items if each.item in items]
        kind = self.share_type
        found = [each.condition for each in narrowed if each.type is kind]
        if self.resource.share.type is kind:
            found.insert(0, self.resource.share.condition)
        return tuple(dict.fromkeys(words for words in found if words))


def cases_of(catalog: Catalog) -> dict[str, Case]:
    """Return every request that could be read, by its id, with what belongs to it."""
    reviews = _by_request(catalog.reviews)
    authority = _by_request(_of_role(catalog, Role.AUTHORITY))
    superior = _by_request(_of_role(catalog, Role.SUPERIOR))
    ruling = {code for code, d in catalog.departments.items() if Role.AUTHORITY in d.value.roles}
    found = {}
    for request_id, declared in sorted(catalog.requests.items()):
        provider = declared.value.resource.partition(".")[0]
        parties = {request_id.partition(".")[0], provider}
        resource = catalog.resources.get(declared.value.resource)
        dataset = catalog.datasets.get(resource.value.dataset) if resource is not None else None
        first = _first_of(authority.get(request_id, []), ruling - parties)
        last = _first_of(superior.get(request_id, []), catalog.departments.keys() - parties)
        if not ruling - parties:  # The authority is a party: the common superior rules at once.
            first, last = last, None
        found[request_id] = Case(
            request_id,
            declared,
            resource.value if resource is not None else None,
            dataset.value if dataset is not None else None,
            _first_of(reviews.get(request_id, []), {provider}),
            first,
            last,
        )
    return found


def _first_of(files: list[tuple[str, Declared[D]]], folders: set[str]) -> Declared[D] | None:
    return next((declared for folder, declared in files if folder in folders), None)


def _of_role(catalog: Catalog, role: Role) -> dict[str, Declared[Ruling]]:
    return {
        name: declared
        for name, declared in catalog.rulings.items()
        if seat_of(catalog, name.partition(".")[0]) is role
    }


def seat_of(catalog: Catalog, department: str) -> Role | None:
    """Return as what a department rules: authority or common superior; None if it may not."""
    known = catalog.departments.get(department)
    roles = known.value.roles if known is not None else ()
    return next((role for role in (Role.AUTHORITY, Role.SUPERIOR) if role in roles), None)


def _by_request(files: dict[str, Declared[D]]) -> dict[str, list[tuple[str, Declared[D]]]]:
    found: dict[str, list[tuple[str, Declared[D]]]] = {}
    for name, declared in sorted(files.items()):
        found.setdefault(declared.value.request, []).append((name.partition(".")[0], declared))
    return found
