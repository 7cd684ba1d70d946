"""A proposed catalog change as files (目录修改建议文件): a diff, a check of them, their writing."""

from __future__ import annotations

import difflib
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shutong import quality
from shutong.catalog import check_catalog
from shutong.collection.context import storing
from shutong.errors import Text

DIFF: Final = "proposal.diff"
"""File with all proposed changes as a unified diff."""


@dataclass(frozen=True)
class Proposal:
    """A proposed change of the catalog (目录修改建议)."""

    files: dict[str, str]
    """New text by path relative to the project; empty when no file is to change."""
    diff: str
    notes: tuple[Text, ...]
    """What a person has to decide or to know."""


def write_proposal(proposal: Proposal, folder: Path) -> list[Path]:
    """Write the files of a proposal below `folder`, in the project's own layout, and the diff."""
    with storing(str(folder)):
        written = []
        for name, text in {**proposal.files, DIFF: proposal.diff}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8"))
            written.append(path)
    return written


def unified(name: str, before: str, after: str) -> str:
    """Return a unified diff that git applies, whatever the ends of the lines."""
    # Not `splitlines`, which knows more ends of lines than git does.
    old, new = (re.findall(r"[^\n]*\n|[^\n]+", text) for text in (before, after))
    lines = difflib.unified_diff(old, new, f"a/{name}", f"b/{name}")
    unended = "\n\\ No newline at end of file\n"
    return "".join(line if line.endswith("\n") else line + unended for line in lines)


def check_faults(root: Path, files: dict[str, str]) -> list[Text]:
    """Return what `shutong check` would say of the files, put in place in a copy."""
    if not files:
        return []
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary)
        for name in ("catalog", "schemas", "expectations"):
            if (root / name).is_dir():
                shutil.copytree(root / name, copy / name)
        for name, text in files.items():
            (copy / name).write_bytes(text.encode("utf-8"))
        catalog, faults = check_catalog(copy)
        every = [*faults, *quality.suite_faults(catalog, copy / "expectations")]
    return [
        Text(f"检查未通过: {fault.render('zh')}", f"check finds: {fault.render('en')}")
        for fault in every
        if fault.file in files
    ]
