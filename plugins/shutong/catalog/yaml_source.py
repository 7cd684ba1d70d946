"""YAML read safely, with the line of every entry (声明文件读取).

Only plain data: no tags, no anchors or aliases (an alias bomb needs them), no duplicate
keys, at most 1 MB. Scalars follow YAML 1.2's core schema, so that `no`, `on` and `1:30` stay
text; a code with a leading zero stays text too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml

from shutong.catalog.faults import Fault
from shutong.errors import Text

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # a PyYAML built without libyaml is slower, and right as well
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

MAX_BYTES: Final = 1_000_000
_MAX_DEPTH: Final = 40
_INTEGER: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_FLOAT: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?\Z")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_PLAIN: Final = {"": None, "~": None, "null": None, "true": True, "false": False}

Path_ = tuple[str | int, ...]
"""Where an entry is inside its file: keys and positions from the top."""


@dataclass(frozen=True)
class YamlSource:
    """A YAML file read (声明文件): its data, and the line of each entry."""

    file: str
    data: Any
    lines: dict[Path_, int] = field(default_factory=dict)

    def line(self, path: Path_) -> int:
        """Return the line of the entry at `path`, or of its nearest parent that has one."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[:-1]
        return self.lines.get((), 1)


class _Unsafe(Exception):
    def __init__(self, line: int, fact: Text, next_step: Text) -> None:
        self.line, self.fact, self.next_step = line, fact, next_step


def read_yaml(path: Path, root: Path) -> YamlSource | Fault:
    """Read the YAML file at `path`; return its data with lines, or the fault that it has."""
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
    try:
        raw = path.read_bytes()
    except OSError as exc:
        reason = exc.strerror or type(exc).__name__
        return Fault(name, 1, Text(f"文件读不了: {reason}", f"cannot be read: {reason}"))
    if len(raw) > MAX_BYTES:
        return Fault(
            name,
            1,
            Text("文件超过 1 MB", "file is larger than 1 MB"),
            Text("声明文件应当短小: 请拆分", "declarations are small files: split it"),
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = raw[: exc.start].count(b"\n") + 1
        return Fault(
            name,
            line,
            Text("不是 UTF-8 编码", "not UTF-8"),
            Text("请以 UTF-8 编码另存", "save the file as UTF-8"),
        )
    return parse_yaml(text, name)


def parse_yaml(text: str, name: str) -> YamlSource | Fault:
    """Return the data of YAML text with lines, or its fault; `name` is the file's."""
    loader = _Loader(text)
    lines: dict[Path_, int] = {}
    try:
        node = loader.get_single_node()
        data = _build(node, (), lines, set(), 0) if node is not None else None
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        problem = exc.problem or "syntax"
        return Fault(
            name,
            mark.line + 1 if mark else 1,
            Text(f"YAML 语法错误: {problem}", f"YAML syntax: {problem}"),
            Text("检查缩进、冒号和引号", "look at indentation, colons and quotes"),
        )
    except yaml.YAMLError:
        return Fault(name, 1, Text("YAML 含有不允许的字符", "YAML holds characters it may not"))
    except _Unsafe as exc:
        return Fault(name, exc.line, exc.fact, exc.next_step)
    finally:
        loader.dispose()
    return YamlSource(name, data, lines)


def _build(node: Any, path: Path_, lines: dict[Path_, int], seen: set[int], depth: int) -> Any:
    line = node.start_mark.line + 1
    lines[path] = line
    if id(node) in seen:
        raise _Unsafe(
            line,
            Text("不允许使用 YAML 别名 (&, *)", "YAML aliases (&, *) are not allowed"),
            Text("请把内容写出来", "write the content out"),
        )
    seen.add(id(node))
    if depth > _MAX_DEPTH:
        raise _Unsafe(line, Text("嵌套过深", "nested too deeply"), Text("请简化", "simplify it"))
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, line)
    if not node.tag.startswith("tag:yaml.org,2002:") or node.tag[18:] not in {"map", "seq"}:
        raise _tagged(node.tag, line)
    if isinstance(node, yaml.SequenceNode):
        return [
            _build(child, (*path, i), lines, seen, depth + 1) for i, child in enumerate(node.value)
        ]
    return _mapping(node, path, lines, seen, depth)


def _mapping(
    node: yaml.MappingNode, path: Path_, lines: dict[Path_, int], seen: set[int], depth: int
) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
        line = key_node.start_mark.line + 1
        if key is None:
            raise _Unsafe(
                line, Text("键必须是文字", "a key must be text"), Text("请改写", "rewrite it")
            )
        if key in result:
            first = lines[(*path, key)]
            raise _Unsafe(
                line,
                Text(f"键 '{key}' 重复 (首见于第 {first} 行)", f"key '{key}' repeats line {first}"),
                Text("只留一个", "keep one of them"),
            )
        result[key] = _build(value_node, (*path, key), lines, seen, depth + 1)
        lines[(*path, key)] = line
    return result


def _scalar(node: yaml.ScalarNode, line: int) -> Any:
    tag = node.tag
    if not tag.startswith("tag:yaml.org,2002:") or tag.endswith((":binary", ":python")):
        raise _tagged(tag, line)
    text: str = node.value
    if node.style:  # quoted or block text; plain scalars have none (pure) or "" (libyaml)
        return text
    if text in _PLAIN:
        return _PLAIN[text]
    if _INTEGER.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    if _DATE.match(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text
    return text


def _tagged(tag: str, line: int) -> _Unsafe:
    return _Unsafe(
        line,
        Text(f"不允许的 YAML 标签 {tag}", f"YAML tag {tag} is not allowed"),
        Text("只写普通数据", "write plain data only"),
    )
