"""LIKE patterns, which GX's pandas engine cannot be asked, against plain Python."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pytest
from tests.integration.quality.engines import on_duckdb, rule_of

_VALUES: Final = ["", "a", "ab", "b%", "b_", "bc", "中文", "a\nb", "A", None, "%", "\\"]


def like(pattern: str, text: str, escape: str | None = None) -> bool:
    """Say what SQL's LIKE says."""
    said, at = "", 0
    while at < len(pattern):
        letter = pattern[at]
        if letter == escape:
            at += 1
            said += re.escape(pattern[at])
        else:
            said += {"%": ".*", "_": "."}.get(letter, re.escape(letter))
        at += 1
    return re.fullmatch(said, text, re.DOTALL) is not None


def rows(wrong: Any) -> tuple[int, ...]:
    return tuple(n for n, text in enumerate(_VALUES) if text is not None and wrong(text))


@pytest.mark.parametrize(
    ("pattern", "escape"), [("a%", None), ("%b", None), ("b!%", "!"), ("__", None), ("%\n%", None)]
)
def test_a_like_pattern_matches_what_sql_matches(
    tmp_path: Path, pattern: str, escape: str | None
) -> None:
    said: dict[str, Any] = {"column": "x", "like_pattern": pattern}
    said |= {"escape": escape} if escape else {}
    match = rule_of("match", "expect_column_values_to_match_like_pattern", **said)
    other = rule_of("other", "expect_column_values_to_not_match_like_pattern", **said)

    told = on_duckdb(pa.table({"x": _VALUES}), [match, other], tmp_path)

    assert told["match"].failing == rows(lambda text: not like(pattern, text, escape))
    assert told["other"].failing == rows(lambda text: like(pattern, text, escape))


def test_several_like_patterns_match_by_any_or_all_of_them(tmp_path: Path) -> None:
    patterns = ["a%", "%b"]
    said: dict[str, Any] = {"column": "x", "like_pattern_list": patterns}
    kind = "expect_column_values_to_match_like_pattern_list"
    rules = [
        rule_of("any", kind, match_on="any", **said),
        rule_of("all", kind, match_on="all", **said),
        rule_of("none", "expect_column_values_to_not_match_like_pattern_list", **said),
    ]

    told = on_duckdb(pa.table({"x": _VALUES}), rules, tmp_path)

    each = [lambda text, p=p: like(p, text) for p in patterns]
    assert told["any"].failing == rows(lambda text: not any(one(text) for one in each))
    assert told["all"].failing == rows(lambda text: not all(one(text) for one in each))
    assert told["none"].failing == rows(lambda text: any(one(text) for one in each))


def test_a_text_that_is_no_json_fails_its_schema_and_stops_nothing(tmp_path: Path) -> None:
    table = pa.table({"x": ['{"k": 1}', "{", None, "[1]", '{"k": "x"}']})
    schema = {"type": "object", "properties": {"k": {"type": "integer"}}}
    kind = "expect_column_values_to_match_json_schema"

    told = on_duckdb(table, [rule_of("it", kind, column="x", json_schema=schema)], tmp_path)

    assert told["it"].failing == (1, 3, 4)
