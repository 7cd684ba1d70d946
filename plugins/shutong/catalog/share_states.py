"""Where a request may stand, and which step may follow which (申请状态机).

One table says all moves. Files are judged by replaying the steps that they declare, commands
by asking before they write, the ledger by asking whether what it saw last leads to what it
sees now.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from typing import Final

from shutong.catalog.share_models import Decision
from shutong.errors import CatalogFaulty, Text


class State(StrEnum):
    """Where a request stands (申请状态); the value stands in the ledger and never changes."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    RESUBMITTED = "resubmitted"
    ESCALATED = "escalated"
    GRANTED = "granted"
    GRANTED_IN_PART = "granted_in_part"
    REFUSED = "refused"
    DISPUTED = "disputed"
    RULED_GRANTED = "ruled_granted"
    RULED_IN_PART = "ruled_in_part"
    RULED_REFUSED = "ruled_refused"
    APPEALED = "appealed"
    SETTLED_GRANTED = "settled_granted"
    SETTLED_IN_PART = "settled_in_part"
    SETTLED_REFUSED = "settled_refused"
    REVOKED = "revoked"
    WITHDRAWN = "withdrawn"

    @property
    def words(self) -> Text:
        """Return the state in words for people."""
        return STATE_WORDS[self]

    @property
    def waits_for_provider(self) -> bool:
        """Say whether the provider's answer is due."""
        return self in (State.SUBMITTED, State.RESUBMITTED, State.ESCALATED)

    @property
    def gives(self) -> bool:
        """Say whether something is granted in this state."""
        return self in GIVING

    @property
    def ended(self) -> bool:
        """Say whether no step leads any further."""
        return not any(state is self for state, _ in MOVES)


class Step(StrEnum):
    """A step that somebody takes (办理动作)."""

    SUBMIT = "submit"
    RETURN = "return"
    EXTEND = "extend"
    RESUBMIT = "resubmit"
    ESCALATE = "escalate"
    GRANT = "grant"
    GRANT_IN_PART = "grant_in_part"
    REFUSE = "refuse"
    DISPUTE = "dispute"
    RULE_GRANTED = "rule_granted"
    RULE_IN_PART = "rule_in_part"
    RULE_REFUSED = "rule_refused"
    APPEAL = "appeal"
    SETTLE_GRANTED = "settle_granted"
    SETTLE_IN_PART = "settle_in_part"
    SETTLE_REFUSED = "settle_refused"
    REVOKE = "revoke"
    WITHDRAW = "withdraw"

    @property
    def words(self) -> Text:
        """Return the step in words for people."""
        return STEP_WORDS[self]


STATE_WORDS: Final[dict[State, Text]] = {
    State.DRAFT: Text("草稿", "draft"),
    State.SUBMITTED: Text("已提交, 待审核", "submitted, waits for review"),
    State.RETURNED: Text("已退回, 待补正", "returned, waits for what is missing"),
    State.RESUBMITTED: Text("已补正, 待审核", "submitted again, waits for review"),
    State.ESCALATED: Text("逾期未答复, 已转主管部门", "not answered in time, before the authority"),
    State.GRANTED: Text("同意共享", "granted"),
    State.GRANTED_IN_PART: Text("部分同意", "granted in part"),
    State.REFUSED: Text("不同意共享", "refused"),
    State.DISPUTED: Text("有异议, 待主管部门审定", "disputed, waits for the authority's ruling"),
    State.RULED_GRANTED: Text("审定同意", "granted by ruling"),
    State.RULED_IN_PART: Text("审定部分同意", "granted in part by ruling"),
    State.RULED_REFUSED: Text("审定不同意", "refused by ruling"),
    State.APPEALED: Text("待共同上级审定", "waits for the common superior"),
    State.SETTLED_GRANTED: Text("上级审定同意", "granted by the common superior"),
    State.SETTLED_IN_PART: Text("上级审定部分同意", "granted in part by the common superior"),
    State.SETTLED_REFUSED: Text("上级审定不同意", "refused by the common superior"),
    State.REVOKED: Text("已终止共享", "revoked"),
    State.WITHDRAWN: Text("已撤回", "withdrawn"),
}
STEP_WORDS: Final[dict[Step, Text]] = {
    Step.SUBMIT: Text("提交", "submit"),
    Step.RETURN: Text("退回补正", "return"),
    Step.EXTEND: Text("延期", "extend"),
    Step.RESUBMIT: Text("补正后重新提交", "submit again"),
    Step.ESCALATE: Text("逾期转主管部门", "escalate"),
    Step.GRANT: Text("同意", "grant"),
    Step.GRANT_IN_PART: Text("部分同意", "grant in part"),
    Step.REFUSE: Text("不同意", "refuse"),
    Step.DISPUTE: Text("提出异议", "dispute"),
    Step.RULE_GRANTED: Text("审定同意", "rule: granted"),
    Step.RULE_IN_PART: Text("审定部分同意", "rule: granted in part"),
    Step.RULE_REFUSED: Text("审定不同意", "rule: refused"),
    Step.APPEAL: Text("提请共同上级", "appeal"),
    Step.SETTLE_GRANTED: Text("上级审定同意", "settle: granted"),
    Step.SETTLE_IN_PART: Text("上级审定部分同意", "settle: granted in part"),
    Step.SETTLE_REFUSED: Text("上级审定不同意", "settle: refused"),
    Step.REVOKE: Text("终止共享", "revoke"),
    Step.WITHDRAW: Text("撤回", "withdraw"),
}

ANSWERS: Final[dict[Decision, Step]] = {
    Decision.GRANTED: Step.GRANT,
    Decision.GRANTED_IN_PART: Step.GRANT_IN_PART,
    Decision.REFUSED: Step.REFUSE,
}
RULINGS: Final[dict[Decision, Step]] = {
    Decision.GRANTED: Step.RULE_GRANTED,
    Decision.GRANTED_IN_PART: Step.RULE_IN_PART,
    Decision.REFUSED: Step.RULE_REFUSED,
}
SETTLEMENTS: Final[dict[Decision, Step]] = {
    Decision.GRANTED: Step.SETTLE_GRANTED,
    Decision.GRANTED_IN_PART: Step.SETTLE_IN_PART,
    Decision.REFUSED: Step.SETTLE_REFUSED,
}
"""The step that a decision is, for provider, authority and common superior."""

GIVING: Final = frozenset(
    {
        *(State.GRANTED, State.GRANTED_IN_PART),
        *(State.RULED_GRANTED, State.RULED_IN_PART),
        *(State.SETTLED_GRANTED, State.SETTLED_IN_PART),
    }
)
"""States in which something is granted; in all others nothing is."""

_ANSWERED: Final = {
    Step.GRANT: State.GRANTED,
    Step.GRANT_IN_PART: State.GRANTED_IN_PART,
    Step.REFUSE: State.REFUSED,
}
_RULED: Final = {
    Step.RULE_GRANTED: State.RULED_GRANTED,
    Step.RULE_IN_PART: State.RULED_IN_PART,
    Step.RULE_REFUSED: State.RULED_REFUSED,
}
_SETTLED: Final = {
    Step.SETTLE_GRANTED: State.SETTLED_GRANTED,
    Step.SETTLE_IN_PART: State.SETTLED_IN_PART,
    Step.SETTLE_REFUSED: State.SETTLED_REFUSED,
}


def _moves() -> dict[tuple[State, Step], State]:
    moves = {
        (State.DRAFT, Step.SUBMIT): State.SUBMITTED,
        # Returned once only: nothing leads back from RESUBMITTED (一次性告知).
        (State.SUBMITTED, Step.RETURN): State.RETURNED,
        (State.RETURNED, Step.RESUBMIT): State.RESUBMITTED,
        # Asked for by the provider, consented to by the authority: it waits as before.
        (State.SUBMITTED, Step.EXTEND): State.SUBMITTED,
        (State.RESUBMITTED, Step.EXTEND): State.RESUBMITTED,
        (State.SUBMITTED, Step.ESCALATE): State.ESCALATED,
        (State.RESUBMITTED, Step.ESCALATE): State.ESCALATED,
        (State.GRANTED_IN_PART, Step.DISPUTE): State.DISPUTED,
        (State.REFUSED, Step.DISPUTE): State.DISPUTED,
    }
    for waiting in (State.SUBMITTED, State.RESUBMITTED, State.ESCALATED):
        moves |= {(waiting, step): answered for step, answered in _ANSWERED.items()}
    for before in (State.DISPUTED, State.ESCALATED):
        moves |= {(before, step): ruled for step, ruled in _RULED.items()}
    moves |= {(ruled, Step.APPEAL): State.APPEALED for ruled in _RULED.values()}
    moves |= {(State.APPEALED, step): settled for step, settled in _SETTLED.items()}
    moves |= {(giving, Step.REVOKE): State.REVOKED for giving in GIVING}
    moves |= {
        (state, Step.WITHDRAW): State.WITHDRAWN
        for state in State
        if state not in (State.WITHDRAWN, State.REVOKED)
    }
    return moves


MOVES: Final = _moves()
"""Every move a request can make; whatever is not here is illegal."""


class IllegalMove(CatalogFaulty):
    """A step that may not follow where the request stands (不合规的办理动作)."""


def move(state: State, step: Step) -> State:
    """Return where a step leads; IllegalMove where it may not follow."""
    try:
        return MOVES[state, step]
    except KeyError:
        raise IllegalMove(refusal(state, step), next_step=possible(state)) from None


def refusal(state: State, step: Step) -> Text:
    """Say that a step may not follow where the request stands."""
    return Text(
        f"申请现为“{state.words.zh}”, 不能“{step.words.zh}”",
        f"the request is '{state.words.en}': it cannot '{step.words.en}'",
    )


def possible(state: State) -> Text:
    """Say which steps may follow."""
    steps = [step.words for before, step in MOVES if before is state]
    if not steps:
        return Text("已办结; 如仍需要, 请另行申请", "it has ended; make a new request")
    zh, en = "、".join(words.zh for words in steps), ", ".join(words.en for words in steps)
    return Text(f"可以: {zh}", f"possible: {en}")


def replay(steps: Iterable[Step]) -> State:
    """Return where steps lead from a draft; IllegalMove for the first that may not follow."""
    state = State.DRAFT
    for step in steps:
        state = move(state, step)
    return state


def leads_to(before: State, after: State) -> bool:
    """Say whether some steps lead from one state to the other; none at all leads to itself."""
    return after in _after(before)


@cache
def _after(state: State) -> frozenset[State]:
    found = {state}
    waiting = [state]
    while waiting:
        here = waiting.pop()
        for (before, _), following in MOVES.items():
            if before is here and following not in found:
                found.add(following)
                waiting.append(following)
    return frozenset(found)
