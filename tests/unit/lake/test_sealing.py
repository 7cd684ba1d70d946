"""Keys and sealed rows (加密保管)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shutong.errors import KeyUnusable
from shutong.lake.sealing import Keys, read_keys

OLD, NEW = "0" * 31 + "1", "f" * 32


def keys_at(folder: Path, *lines: str, mode: int = 0o600) -> Path:
    path = folder / "keys.txt"
    path.write_text("\n".join(lines) + "\n", encoding="ascii")
    path.chmod(mode)
    return path


def test_what_was_sealed_opens_with_its_key_and_in_its_place_only(tmp_path: Path) -> None:
    keys = read_keys(keys_at(tmp_path, f"a = {OLD}"), None)
    sealed = keys.sealer().seal("张三".encode(), b"here")
    assert "张三".encode() not in sealed
    assert keys.opened("a", sealed, b"here") == "张三".encode()
    with pytest.raises(KeyUnusable):
        keys.opened("a", sealed, b"elsewhere")
    with pytest.raises(KeyUnusable):
        Keys("a", {"a": bytes.fromhex(NEW)}).opened("a", sealed, b"here")
    with pytest.raises(KeyUnusable, match="缺少密钥 a"):
        Keys("b", {"b": bytes.fromhex(OLD)}).opened("a", sealed, b"here")
    for cut in (0, 10, 30, len(sealed) - 1):
        with pytest.raises(KeyUnusable):
            keys.opened("a", sealed[:cut], b"here")


def test_no_key_and_nonce_come_twice() -> None:
    keys = Keys("a", {"a": os.urandom(16)})
    heads = set()
    for _ in range(20):
        sealer = keys.sealer()
        heads |= {sealer.seal(b"same", b"same")[:29] for _ in range(50)}
    assert len(heads) == 1000


def test_a_key_is_changed_by_a_new_first_line(tmp_path: Path) -> None:
    before = read_keys(keys_at(tmp_path, f"a = {OLD}"), None)
    sealed = before.sealer().seal(b"row", b"")
    after = read_keys(keys_at(tmp_path, "# 2026", f"b: {NEW}", f"a = {OLD}"), None)
    assert after.active == "b"
    assert after.opened("a", sealed, b"") == b"row"


@pytest.mark.parametrize(
    ("lines", "mode", "words"),
    [
        ((f"a = {OLD}",), 0o640, "其他用户"),
        ((), 0o600, "格式"),
        (("a = 1234",), 0o600, "格式"),
        ((f"a = {OLD}", "b = x"), 0o600, "格式"),
        ((f"a = {OLD}", f"a = {NEW}"), 0o600, "格式"),
    ],
)
def test_a_key_file_that_is_not_right_is_refused(
    tmp_path: Path, lines: tuple[str, ...], mode: int, words: str
) -> None:
    with pytest.raises(KeyUnusable, match=words) as refused:
        read_keys(keys_at(tmp_path, *lines, mode=mode), None)
    assert OLD not in refused.value.render("both")


def test_keys_do_not_lie_in_the_project(tmp_path: Path) -> None:
    path = keys_at(tmp_path, f"a = {OLD}")
    with pytest.raises(KeyUnusable, match="项目目录内"):
        read_keys(path, tmp_path)
    with pytest.raises(KeyUnusable, match="没有设置"):
        read_keys(None, tmp_path)
    with pytest.raises(KeyUnusable, match="无法读取"):
        read_keys(tmp_path / "none", None)
