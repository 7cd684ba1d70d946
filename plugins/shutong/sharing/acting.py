"""What departments do with a request (办理): each step asks whether it may, then writes a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from shutong.catalog.faults import did_you_mean
from shutong.catalog.loading import load_catalog, request_path
from shutong.catalog.models import Role
from shutong.catalog.share_cases import Case, seat_of
from shutong.catalog.share_models import Decision, RequestId
from shutong.catalog.share_states import (
    ANSWERS,
    MOVES,
    RULINGS,
    SETTLEMENTS,
    State,
    Step,
    possible,
    refusal,
)
from shutong.errors import CatalogFaulty, ShutongError, Text, UnknownName
from shutong.ledger import Action
from shutong.sharing.observing import observe
from shutong.sharing.progress import Progress
from shutong.sharing.writing import added_text, new_text, write_checked
from shutong.standards.workdays import city_day

if TYPE_CHECKING:
    from shutong.ledger import Ledger

_ID: TypeAdapter[str] = TypeAdapter(RequestId)


class NotEntitled(CatalogFaulty):
    """A department that may not do this (无权办理)."""


@dataclass(frozen=True)
class Desk:
    """Where a department acts (办理窗口). Every refused step is on record."""

    root: Path
    ledger: Ledger
    department: str
    actor: str

    # ------------------------------------------------------------ the consumer

    def draft(self, name: str, facts: Mapping[str, Any]) -> Progress:
        """Write a new request as a draft (草拟申请); CatalogFaulty for what it may not say."""
        request_id = f"{self.department}.{name}"
        file = request_path(request_id)
        try:
            try:
                _ID.validate_python(request_id)
            except ValidationError:
                raise CatalogFaulty(
                    Text(f"申请名 '{name}' 不合规", f"'{name}' is no name of a request"),
                    next_step=Text("只用小写字母、数字、_ . -", "use a-z, 0-9, _ . - only"),
                ) from None
            if (self.root / file).exists():
                raise CatalogFaulty(
                    Text("已有同名申请", "there is a request of this name"),
                    place=file,
                    next_step=Text("换一个名称 (--id)", "choose another name (--id)"),
                )
            write_checked(self.root, file, new_text("requests", facts))
        except ShutongError as exc:
            self._refused(request_id, "draft", exc)
            raise
        return self.look(request_id)

    def submit(self, request_id: str) -> Progress:
        """Submit a draft, or again a request that was returned (提交, 补正后提交)."""
        before = self.look(request_id)
        again = before.state is State.RETURNED
        entry = "resubmitted_on" if again else "submitted_on"
        step = Step.RESUBMIT if again else Step.SUBMIT
        return self._by_consumer(before, step, {entry: self._today()})

    def withdraw(self, request_id: str, reasons: Sequence[str]) -> Progress:
        """Take a request back, or give up what it granted (撤回)."""
        said = {"withdrawn": self._said(reasons)}
        return self._by_consumer(self.look(request_id), Step.WITHDRAW, said)

    def dispute(self, request_id: str, reasons: Sequence[str]) -> Progress:
        """Bring a disagreement with the review before the authority (提出异议)."""
        said = {"dispute": self._said(reasons)}
        return self._by_consumer(self.look(request_id), Step.DISPUTE, said)

    def appeal(self, request_id: str, reasons: Sequence[str]) -> Progress:
        """Bring a disagreement with the ruling before the common superior (提请共同上级)."""
        before = self.look(request_id)
        said = {"appeal": self._said(reasons)}
        if self.department == before.case.provider:
            return self._by_provider(before, Step.APPEAL, said)
        return self._by_consumer(before, Step.APPEAL, said)

    # ------------------------------------------------------------ the provider

    def give_back(self, request_id: str, missing: Sequence[str]) -> Progress:
        """Return a request, once, with all that is missing (一次性告知)."""
        said = {"returned": {"on": self._today(), "missing": list(missing)}}
        return self._by_provider(self.look(request_id), Step.RETURN, said)

    def answer(self, request_id: str, decision: Decision, entries: Mapping[str, Any]) -> Progress:
        """Grant a request, grant it in part, or refuse it (审核)."""
        before = self.look(request_id)
        facts = self._decision(before.case, decision, entries)
        return self._by_provider(before, ANSWERS[decision], facts)

    def ask_longer(self, request_id: str, reasons: Sequence[str]) -> Progress:
        """Ask the authority for a longer term (申请延期)."""
        before = self.look(request_id)
        return self._by_provider(before, Step.EXTEND, {"extension": self._said(reasons)})

    def revoke(self, request_id: str, reasons: Sequence[str]) -> Progress:
        """End what was granted (终止共享): the provider, or the authority."""
        before = self.look(request_id)
        said = {"revoked": self._said(reasons)}
        if self.department == before.case.provider:
            return self._by_provider(before, Step.REVOKE, said)
        step = None if before.state is State.REVOKED else Step.REVOKE
        return self._by_authority(before, step, said)

    # ------------------------------------------------------------ authority, superior

    def rule(self, request_id: str, decision: Decision, entries: Mapping[str, Any]) -> Progress:
        """Rule on a disputed or overdue request (审定)."""
        before = self.look(request_id)
        facts = self._decision(before.case, decision, entries)
        if before.state is State.ESCALATED:
            facts["on_overdue"] = True
        last = before.state is State.APPEALED
        return self._by_authority(before, (SETTLEMENTS if last else RULINGS)[decision], facts)

    def allow_longer(self, request_id: str, reasons: Sequence[str]) -> Progress:
        """Consent to a longer term (同意延期)."""
        before = self.look(request_id)
        return self._by_authority(before, Step.EXTEND, {"extension": self._said(reasons)})

    # ------------------------------------------------------------ what they share

    def look(self, request_id: str) -> Progress:
        """Return where a request stands, and bring the ledger up to it; UnknownName for none."""
        return look(self.root, self.ledger, request_id, actor=self.actor)

    def _by_consumer(self, before: Progress, step: Step, facts: Mapping[str, Any]) -> Progress:
        case = before.case
        return self._step(before, step, facts, {case.consumer}, case.request.source.file)

    def _by_provider(
        self, before: Progress, step: Step | None, facts: Mapping[str, Any]
    ) -> Progress:
        case = before.case
        file = f"catalog/{case.provider}/reviews/{case.id}.yaml"
        file = case.review.source.file if case.review is not None else file
        return self._step(before, step, facts, {case.provider}, file)

    def _by_authority(
        self, before: Progress, step: Step | None, facts: Mapping[str, Any]
    ) -> Progress:
        case, catalog = before.case, load_catalog(self.root)
        seat = Role.SUPERIOR if before.state is State.APPEALED else Role.AUTHORITY
        entitled = {code for code in catalog.departments if seat_of(catalog, code) is seat}
        file = f"catalog/{self.department}/rulings/{case.id}.yaml"
        for known in (case.ruling, case.settlement):
            if known is not None and known.source.file.split("/")[1] == self.department:
                file = known.source.file
        return self._step(before, step, facts, entitled, file)

    def _step(
        self,
        before: Progress,
        step: Step | None,
        facts: Mapping[str, Any],
        entitled: set[str],
        file: str,
    ) -> Progress:
        request_id = before.case.id
        try:
            self._guard(before, step, entitled)
            path = self.root / file
            if path.is_file():
                text = added_text(path.read_bytes().decode(), facts)
            else:
                text = new_text(path.parent.name, {"request": request_id, **facts})
            write_checked(self.root, file, text)
        except ShutongError as exc:
            self._refused(request_id, str(step or next(iter(facts))), exc)
            raise
        return self.look(request_id)

    def _guard(self, before: Progress, step: Step | None, entitled: set[str]) -> None:
        """Refuse whoever is not entitled, files that are wrong, and a step that may not follow."""
        case = before.case
        if self.department not in entitled:
            raise NotEntitled(
                Text(f"部门 '{self.department}' 无权办理", f"'{self.department}' may not do this"),
                place=case.request.source.file,
                next_step=Text(
                    f"由 {'、'.join(sorted(entitled)) or '共同上级'} 办理",
                    f"it is for {', '.join(sorted(entitled)) or 'the common superior'}",
                ),
            )
        for fault in before.faults:
            raise CatalogFaulty(
                fault.fact, place=f"{fault.file}:{fault.line}", next_step=fault.next_step
            )
        for halt in before.halts:
            raise CatalogFaulty(
                halt,
                place=case.request.source.file,
                next_step=Text("把文件恢复原样", "restore the file"),
            )
        if step is not None and (before.state, step) not in MOVES:
            raise CatalogFaulty(
                refusal(before.state, step),
                place=case.request.source.file,
                next_step=possible(before.state),
            )

    def _decision(
        self, case: Case, decision: Decision, entries: Mapping[str, Any]
    ) -> dict[str, Any]:
        facts = {
            "request_digest": case.request.value.substance,
            "decision": str(decision),
            "decided_on": self._today(),
        }
        return {**facts, **{name: value for name, value in entries.items() if value}}

    def _said(self, reasons: Sequence[str]) -> dict[str, Any]:
        return {"on": self._today(), "reasons": list(reasons)}

    def _today(self) -> date:
        return city_day(self.ledger.moment())

    def _refused(self, request_id: str, step: str, error: ShutongError) -> None:
        facts = {"step": step, "department": self.department, "reason": error.fact.en}
        self.ledger.record(Action.REQUEST_STEP_REFUSED, request_id, facts, actor=self.actor)


def look(root: Path, ledger: Ledger, request_id: str, *, actor: str | None = None) -> Progress:
    """Return where a request stands, the ledger brought up to the files; UnknownName for none."""
    catalog = load_catalog(root)
    found = observe(catalog, ledger, actor=actor)
    if request_id in found:
        return found[request_id]
    file = request_path(request_id)
    for fault in catalog.faults:
        if fault.file == file:
            raise CatalogFaulty(
                fault.fact, place=f"{fault.file}:{fault.line}", next_step=fault.next_step
            )
    raise UnknownName(
        Text(f"没有申请 '{request_id}'", f"no request '{request_id}'"),
        place="catalog",
        next_step=did_you_mean(request_id, found),
    )
