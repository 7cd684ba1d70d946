"""What has changed in a source table since it was last looked at (结构变更), and what matters.

Pure comparison of descriptions: nothing here reads a database or writes a file.
"""

from __future__ import annotations

from shutong.drift.comparing import Change, ChangeKind, compare
from shutong.drift.judging import Finding, judge
from shutong.drift.shape import ColumnShape, Role, SourceShape, Use, uses_of

__all__ = [
    "Change",
    "ChangeKind",
    "ColumnShape",
    "Finding",
    "Role",
    "SourceShape",
    "Use",
    "compare",
    "judge",
    "uses_of",
]
