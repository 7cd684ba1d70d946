"""Requests, reviews and rulings as catalog files (共享申请, 审核, 审定).

A request stands in its consumer's folder, a review in the provider's, a ruling in the
authority's: whose folder it is, is who may say so. Dates in these files are what people
declare; the moments that count are when the ledger first saw a file.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final, Self

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from shutong.catalog.models import (
    Code,
    Declaration,
    Identifier,
    ItemName,
    Line,
    RowFilter,
    UpdateCycle,
)
from shutong.masking.kinds import Mask

RequestId = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}\.[a-z0-9][a-z0-9_.-]{0,63}$")
]
"""Name of a request in the city: its consumer's folder, a dot, its file's name."""
ResourceId = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}\.[a-z0-9][a-z0-9_.-]{0,63}$")
]
DigestText = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Lines = Annotated[tuple[Line, ...], Field(min_length=1, max_length=50)]


def _day_as_text(value: Any) -> Any:
    """Let a day stand in YAML without quotes; anything but a day stays what it is."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return tuple(each.isoformat() if isinstance(each, date) else each for each in value)
    return value


class RowScope(RowFilter):
    """Which rows are asked for or granted (数据范围): an item, an operator, a value."""

    column: Identifier
    """The information item that is compared."""
    value: Annotated[str | int | tuple[str | int, ...] | None, BeforeValidator(_day_as_text)] = None


class Period(Declaration):
    """First and last day of use (使用期限), both included."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True)

    begin: date = Field(alias="from")
    until: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until < self.begin:
            raise ValueError("until 早于 from / until is before from")
        return self

    def within(self, other: Period) -> bool:
        """Say whether no day of this period lies outside the other."""
        return other.begin <= self.begin and self.until <= other.until

    def meets(self, other: Period) -> bool:
        """Say whether the periods have a day in common."""
        return self.begin <= other.until and other.begin <= self.until


class DeliveryMode(StrEnum):
    """How granted data reach the consumer (提供方式)."""

    TABLE = "table"
    """库表: into a table of the consumer's front-end machine."""
    FILE = "file"
    """文件: a file with its manifest."""
    API = "api"
    """接口: answers to single queries."""
    MATCH = "match"
    """比对: the consumer's own list, compared; nothing but the answers leaves."""


class DeliveryWish(Declaration):
    """How, where and how often the data are to be provided (提供要求)."""

    mode: DeliveryMode
    target: Code
    """Front-end machine of the consumer for a table, its system for an interface or a match,
    a name of its own for a file."""
    cycle: UpdateCycle


class Said(Declaration):
    """A step that somebody declares, with the day and the reasons (声明的一步)."""

    on: date
    reasons: Lines


class ShareRequest(Declaration):
    """What a consumer asks for (共享申请), `catalog/<consumer>/requests/<id>.yaml`."""

    resource: ResourceId
    items: Annotated[tuple[ItemName, ...], Field(min_length=1)]
    unmasked: tuple[ItemName, ...] = ()
    """Items that are needed as they are (不脱敏); all others come as the standard masks them."""
    basis: Lines
    """Law, regulation or document that the need rests on (依据)."""
    scenario: Line
    """The matter it is needed for (应用场景)."""
    use: Line
    """What is done with it (用途); nothing else may be."""
    period: Period
    rows: tuple[RowScope, ...] = ()
    delivery: DeliveryWish
    submitted_on: date | None = None
    """None for a draft (草稿)."""
    resubmitted_on: date | None = None
    """After it was returned for what was missing (补正后重新提交)."""
    dispute: Said | None = None
    """Disagreement with the review (异议), which goes to the authority."""
    appeal: Said | None = None
    """Disagreement with the ruling, which goes to the common superior (提请共同上级)."""
    withdrawn: Said | None = None

    @property
    def substance(self) -> str:
        """Digest of what is asked for, whatever step it is at: what a review answers."""
        steps = {"submitted_on", "resubmitted_on", "dispute", "appeal", "withdrawn"}
        return digest_of(self, exclude=steps)


class Decision(StrEnum):
    """How a review or ruling ends (审核意见)."""

    GRANTED = "granted"
    GRANTED_IN_PART = "granted_in_part"
    REFUSED = "refused"

    @property
    def gives(self) -> bool:
        """Say whether something is granted."""
        return self is not Decision.REFUSED


class Returned(Declaration):
    """A request given back, once, with all that is missing (一次性告知)."""

    on: date
    missing: Lines


class Deciding(Declaration):
    """What a review and a ruling have in common (审核与审定)."""

    request: RequestId
    request_digest: DigestText | None = None
    """Digest of the request as it was decided on; `shutong request show` tells it."""
    decision: Decision | None = None
    decided_on: date | None = None
    reasons: tuple[Line, ...] = ()
    items: tuple[ItemName, ...] = ()
    """Items granted, of those asked for; none written for all."""
    masks: dict[ItemName, Mask] = Field(default_factory=dict)
    """Masks that differ from what was asked for."""
    rows: tuple[RowScope, ...] = ()
    """Narrows the rows asked for further."""
    period: Period | None = None
    """Narrows the period asked for."""
    extension: Said | None = None
    """In a review: the answer needs longer (申请延期). In a ruling: it may (同意延期)."""
    revoked: Said | None = None
    """The grant has ended (终止共享)."""

    @property
    def substance(self) -> str:
        """Digest of what was decided: it may not be edited afterwards."""
        steps = {"extension", "revoked", "returned", "appeal"}
        return digest_of(self, exclude=steps)


class Review(Deciding):
    """The provider's answer (审核), `catalog/<provider>/reviews/<id>.yaml`."""

    returned: Returned | None = None
    appeal: Said | None = None
    """The provider's own disagreement with the authority's ruling."""


class Ruling(Deciding):
    """The authority's or common superior's answer (审定), `catalog/<it>/rulings/<id>.yaml`."""

    on_overdue: bool = False
    """Ruled because the provider let its term pass, without a dispute (逾期未答复)."""


SHARE_FILE_MODELS: Final[dict[str, type[Declaration]]] = {
    "request": ShareRequest,
    "review": Review,
    "ruling": Ruling,
}
"""The kinds of YAML files of sharing, by the name of their JSON Schema."""


def digest_of(declared: Declaration, *, exclude: set[str] | None = None) -> str:
    """Return SM3 over the canonical JSON of a declaration, comments and layout left out.

    Defaults are left out too, so that a field of a later release changes no digest.
    """
    facts = declared.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=exclude)
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.new("sm3", text.encode()).hexdigest()
