"""Grants from files and ledger (授权推导): deny by default, nothing stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from shutong.catalog.models import RowFilter, ShareType
from shutong.catalog.share_cases import Case, cases_of
from shutong.catalog.share_faults import share_faults
from shutong.catalog.share_models import Period, ShareRequest, digest_of
from shutong.grants import Grant, GrantedData
from shutong.masking.kinds import Mask
from shutong.sharing.clocks import decided_at
from shutong.sharing.progress import Progress, progress_of

if TYPE_CHECKING:
    from shutong.catalog.loading import Catalog
    from shutong.catalog.models import Dataset
    from shutong.catalog.share_models import Deciding
    from shutong.ledger import Ledger, ShareRecord


def grants(catalog: Catalog, ledger: Ledger, today: date) -> tuple[Grant, ...]:
    """Return every grant that holds on a day, in the order of their ids.

    Nothing is granted that the ledger has not seen: call `observe` first. A request whose files
    have faults, were changed after their decision, or moved as none may, has no grant.
    """
    record = ledger.share_record()
    faults = (*catalog.faults, *share_faults(catalog))
    found = []
    for case in cases_of(catalog).values():
        progress = progress_of(case, catalog, record, today, faults)
        grant = grant_of(progress, record, ledger, today)
        if grant is not None:
            found.append(grant)
    return tuple(found)


def grant_of(progress: Progress, record: ShareRecord, ledger: Ledger, today: date) -> Grant | None:
    """Return the grant of one request on a day; None where it has none."""
    case = progress.case
    resource, dataset = case.resource, case.dataset
    if resource is None or dataset is None or not _holds(progress, record):
        return None
    asked, deciding = case.request.value, case.deciding
    period = _period(asked, deciding)
    if not period.begin <= today <= period.until:
        return None
    decided = decided_at(case, record)
    if decided is None:
        return None
    items = deciding.items if deciding is not None and deciding.items else asked.items
    landed = ledger.last_landing(asked.resource)
    return Grant(
        id=case.id,
        request_digest=asked.substance,
        decision_digest=deciding.substance if deciding is not None else None,
        consumer=case.consumer,
        provider=case.provider,
        resource=asked.resource,
        data=GrantedData(
            dataset=resource.dataset,
            standard=digest_of(dataset),
            version=landed.landed.version if landed is not None else None,
            batch_id=landed.landed.batch_id if landed is not None else None,
        ),
        items=items,
        masks=_masks(items, asked, deciding, dataset),
        rows=tuple(_rows(asked, deciding)),
        valid_from=period.begin,
        valid_until=period.until,
        purpose=asked.use,
        scenario=asked.scenario,
        basis=asked.basis,
        mode=asked.delivery.mode,
        target=asked.delivery.target,
        cycle=asked.delivery.cycle,
        decided_by=_decided_by(case),
        decided_at=decided.isoformat(timespec="microseconds"),
    )


def _holds(progress: Progress, record: ShareRecord) -> bool:
    """Say whether a request stands granted, in files without fault, all of it on record."""
    case = progress.case
    if progress.faults or progress.halts or not progress.state.gives:
        return False
    if case.share_type is ShareType.NOT_SHARED:
        return False
    known = {(seen.file, seen.digest) for seen in record.files}
    seen = all((each.source.file, digest_of(each.value)) in known for each in case.files)
    return seen and record.last_state(case.id) == progress.state


def _period(asked: ShareRequest, deciding: Deciding | None) -> Period:
    if deciding is not None and deciding.period is not None:
        return deciding.period
    return asked.period


def _masks(
    items: tuple[str, ...], asked: ShareRequest, deciding: Deciding | None, dataset: Dataset
) -> dict[str, Mask]:
    """Return each item's mask: the standard's, unless it was asked for plainly and granted so."""
    masks: dict[str, Mask] = {
        name: Mask.NONE if name in asked.unmasked else dataset.item(name).mask for name in items
    }
    return masks | (deciding.masks if deciding is not None else {})


def _rows(asked: ShareRequest, deciding: Deciding | None) -> Iterator[RowFilter]:
    """Yield the rows asked for and those granted of them: both must hold."""
    for row in (*asked.rows, *(deciding.rows if deciding is not None else ())):
        yield RowFilter(column=row.column, operator=row.operator, value=row.value)


def _decided_by(case: Case) -> str:
    for declared in (case.settlement, case.ruling, case.review):
        if declared is not None and declared.value.decision is not None:
            return declared.source.file.split("/")[1]
    return "catalog"
