"""What a department may receive (授权): the only thing that a delivery passes through.

A grant is derived from the request, its review and rulings, and the ledger, whenever it is
asked for. It is never stored: what is revoked, expired or undecided has none.
"""

from __future__ import annotations

from datetime import date

from shutong.catalog.models import RowFilter, UpdateCycle
from shutong.catalog.share_models import DeliveryMode
from shutong.masking.kinds import Mask
from shutong.model import Fact


class GrantedData(Fact):
    """What the granted data are, as they stand (授权数据)."""

    dataset: str
    """The shared dataset, `<theme>/<name>`; only the resource's own rows of it are granted."""
    standard: str
    """SM3 of the dataset's data standard."""
    version: int | None = None
    """Version of the table after the resource's last landing; None before the first."""
    batch_id: str | None = None
    """Batch that landed last; None before the first."""


class Grant(Fact):
    """One granted request (授权), whole and frozen. Deny by default: what is not here is not given.

    `id` is the request's id and goes with every delivery and query, beside `purpose`.
    """

    id: str
    request_digest: str
    """SM3 of the request as it was decided on."""
    decision_digest: str | None
    """SM3 of the decision; None where the share type itself decides (无条件共享)."""
    consumer: str
    provider: str
    resource: str
    data: GrantedData
    items: tuple[str, ...]
    """Items that may be given, in the order asked for; the mask is applied to each."""
    masks: dict[str, Mask]
    """Mask of every item, `none` where it is given as it is."""
    rows: tuple[RowFilter, ...]
    """Conditions that all must hold; `column` is an item of the dataset. Values were held against
    its type: a number, amount, day or moment may stand as text in the standard's writing, and is
    bound as a value of that type, never put into a statement."""
    valid_from: date
    valid_until: date
    """First and last day, both included."""
    purpose: str
    """The use (用途) that the data may be put to; nothing else."""
    scenario: str
    basis: tuple[str, ...]
    mode: DeliveryMode
    target: str
    cycle: UpdateCycle
    decided_by: str
    """Department that decided; `catalog` where the share type itself decides."""
    decided_at: str
    """When the ledger first saw the decision, UTC, ISO 8601."""
