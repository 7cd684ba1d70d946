"""What a refusal says: a few reasons, and how many more there are."""

from __future__ import annotations

from shutong.collection.validating import _told


def test_a_refusal_gives_its_first_reasons_and_counts_the_others() -> None:
    assert _told(["a", "b"]).zh == "a；b"
    assert _told(["a", "b", "c", "d", "e"]).zh == "a；b；c；另有 2 条原因"
    assert _told(["a", "b", "c", "d"]).en == "a; b; c; 1 reasons more"
