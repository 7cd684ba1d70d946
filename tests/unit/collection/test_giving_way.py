"""A collection lets the machine's other work go first."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

from shutong.collection.giving_way import giving_way, step_back


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, 0)


def aside() -> int:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(niceness).result()


def test_threads_started_meanwhile_give_way_too() -> None:
    with giving_way():
        assert niceness() >= 10
        assert aside() >= 10


def test_a_thread_that_steps_back_does_so_alone() -> None:
    before = niceness()
    with ThreadPoolExecutor(1, initializer=step_back) as pool:
        assert pool.submit(niceness).result() == 19

    assert niceness() == before


def test_who_gives_way_more_already_is_not_pushed_forward() -> None:
    def twice() -> int:
        step_back()
        with giving_way():
            return niceness()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(twice).result() == 19
