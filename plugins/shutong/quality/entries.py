"""One expectation of a suite, as it is written into the tree (规则条目)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shutong.errors import Text
from shutong.model import Severity


def entry(
    expectation: str,
    kwargs: Mapping[str, Any],
    rule: str,
    severity: Severity,
    words: Text,
    **more: str,
) -> dict[str, Any]:
    """Return one expectation of a suite with its words (规则条目)."""
    meta = {"rule": rule, "severity": str(severity), "words": words.zh, "words_en": words.en}
    return {
        "type": expectation,
        "kwargs": dict(kwargs),
        "meta": {"origin": "standard", **meta, **more},
    }
