"""A request never makes an illegal move, whatever people try."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shutong.catalog.share_states import (
    GIVING,
    MOVES,
    IllegalMove,
    State,
    Step,
    leads_to,
    move,
    replay,
)

STEPS = st.sampled_from(list(Step))
ANSWERS = {Step.GRANT, Step.GRANT_IN_PART, Step.REFUSE}
RULINGS = {Step.RULE_GRANTED, Step.RULE_IN_PART, Step.RULE_REFUSED}
SETTLEMENTS = {Step.SETTLE_GRANTED, Step.SETTLE_IN_PART, Step.SETTLE_REFUSED}


@given(st.data())
def test_whatever_is_tried_the_steps_that_are_taken_keep_to_the_law(data: st.DataObject) -> None:
    state, taken = State.DRAFT, []
    for _ in range(data.draw(st.integers(0, 14))):
        before = state
        legal = [step for at, step in MOVES if at is state and step is not Step.WITHDRAW]
        step = data.draw(STEPS | st.sampled_from(legal or list(Step)))
        try:
            state = move(state, step)
        except IllegalMove:
            assert state is before
            continue
        taken.append(step)
        assert leads_to(before, state)
        assert leads_to(State.DRAFT, state)
    assert replay(taken) is state
    for once in (Step.SUBMIT, Step.RETURN, Step.RESUBMIT, Step.ESCALATE, Step.DISPUTE, Step.APPEAL):
        assert taken.count(once) <= 1
    for few in (ANSWERS, RULINGS, SETTLEMENTS):
        assert sum(step in few for step in taken) <= 1
    if state in GIVING:
        assert any(step in ANSWERS | RULINGS | SETTLEMENTS for step in taken)
        assert not {Step.WITHDRAW, Step.REVOKE} & set(taken)
    if Step.WITHDRAW in taken:
        assert taken[-1] is Step.WITHDRAW


@given(STEPS)
def test_nothing_follows_an_end(step: Step) -> None:
    for end in (State.WITHDRAWN, State.REVOKED):
        assert end.ended
        with pytest.raises(IllegalMove):
            move(end, step)


def test_no_two_states_lead_to_each_other() -> None:
    for one, other in combinations(State, 2):
        assert not (leads_to(one, other) and leads_to(other, one)), (one, other)


def test_every_state_can_be_reached_and_every_step_can_be_taken() -> None:
    assert {state for state in State if leads_to(State.DRAFT, state)} == set(State)
    assert {step for _, step in MOVES} == set(Step)


def test_a_refused_step_says_what_is_possible() -> None:
    with pytest.raises(IllegalMove) as caught:
        move(State.RETURNED, Step.GRANT)
    words = caught.value.render("both")
    assert "已退回" in words
    assert "possible: submit again, withdraw" in words
