"""Write requests, reviews and rulings as catalog files (写目录文件): checked first, then whole.

A file that stands keeps its bytes; a step is added at its end. What would make a fault
anywhere in the catalog is not written.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from shutong.catalog.faults import Fault
from shutong.catalog.loading import load_catalog, overlay
from shutong.catalog.share_faults import share_faults
from shutong.errors import CatalogFaulty, StorageFailed, Text

_HEADS: Final = {
    "requests": (
        "request",
        "共享申请。草稿可以修改; 提交之后内容不得改动, 需要变更的, 撤回后另行申请。",
        "A share request. Once submitted it is not edited: withdraw it and make a new one.",
    ),
    "reviews": (
        "review",
        "提供部门的审核意见。作出之后不得改动。",
        "The provider's review. Once given it is not edited.",
    ),
    "rulings": (
        "ruling",
        "主管部门 (或共同上级) 的审定意见。作出之后不得改动。",
        "The ruling of the authority or common superior. Once given it is not edited.",
    ),
}


class _Plain(yaml.SafeDumper):
    """Writes the same value out again: the catalog refuses YAML aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def new_text(kind: str, facts: Mapping[str, Any]) -> str:
    """Return the text of a new file of a kind: `requests`, `reviews` or `rulings`."""
    schema, zh, en = _HEADS[kind]
    head = f"# yaml-language-server: $schema=../../../schemas/catalog/{schema}.schema.json\n"
    return f"{head}# {zh}\n# {en}\n{_dumped(facts)}"


def added_text(text: str, facts: Mapping[str, Any]) -> str:
    """Return a file's text with entries added at its end; CatalogFaulty where none can be."""
    if text.lstrip().startswith("{"):
        raise CatalogFaulty(
            Text("文件以 { } 书写, 不能补写", "the file is written in braces"),
            next_step=Text("改为每行一项, 再办理", "write an entry a line, then go on"),
        )
    newline = "\r\n" if "\r\n" in text else "\n"
    added = _dumped(facts).replace("\n", newline)
    return (text if text.endswith("\n") or not text else text + newline) + added


def write_checked(root: Path, file: str, text: str) -> None:
    """Write a file of the catalog, whole, if it makes no new fault; CatalogFaulty if it does."""
    fault = next(iter(new_faults(root, file, text)), None)
    if fault is not None:
        raise CatalogFaulty(
            fault.fact, place=f"{fault.file}:{fault.line}", next_step=fault.next_step
        )
    path = root / file
    _guard(root, path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(text.encode())
                out.flush()
                os.fsync(out.fileno())
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as exc:
        reason = exc.strerror or type(exc).__name__
        raise StorageFailed(
            Text(f"文件写不下来: {reason}", f"the file cannot be written: {reason}"),
            place=file,
            next_step=Text("检查磁盘空间和目录权限", "look at disk space and rights"),
        ) from exc


def new_faults(root: Path, file: str, text: str) -> list[Fault]:
    """Return the faults that the catalog would have with the file and has not without it."""
    catalog = load_catalog(root)
    before = {_what(fault) for fault in (*catalog.faults, *share_faults(catalog))}
    overlay(catalog, file, text)
    after = (*catalog.faults, *share_faults(catalog))
    found = [fault for fault in after if fault.file == file or _what(fault) not in before]
    return sorted(found, key=lambda fault: (fault.file != file, fault.line))


def _what(fault: Fault) -> tuple[str, str]:
    return fault.file, fault.fact.en


def _guard(root: Path, path: Path) -> None:
    if not path.parent.resolve().is_relative_to((root / "catalog").resolve()):
        raise CatalogFaulty(
            Text("文件夹在目录之外", "the folder is outside the catalog"),
            place=path.parent.name,
            next_step=Text("换成普通文件夹", "use a plain folder"),
        )


def _dumped(facts: Mapping[str, Any]) -> str:
    text: str = yaml.dump(
        dict(facts), Dumper=_Plain, allow_unicode=True, sort_keys=False, width=100
    )
    return text
