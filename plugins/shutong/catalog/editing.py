"""Single entries of a YAML file changed where they stand (声明文件就地修改).

Everything else keeps its bytes: comments, layout, quotes, line ends. Works on scalars and
mappings, in block or flow style, of files that `yaml_source` reads.
"""

from __future__ import annotations

from typing import Any, Final

import yaml

from shutong.catalog.yaml_source import Path_

_RESERVED: Final = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n", "~"})
"""Words that other YAML readers than ours take for something else."""


class YamlEdit:
    """Changes to one YAML text (声明修改), all made by the places of the original."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._root: Any = yaml.compose(text, Loader=yaml.SafeLoader)
        self._edits: list[tuple[int, int, str]] = []

    def replace(self, path: Path_, value: str) -> None:
        """Put another scalar at `path`; KeyError when nothing stands there."""
        _, node = self._entry(path)
        written = value
        if isinstance(node, yaml.ScalarNode) and node.style in ("'", '"'):
            written = f"{node.style}{value}{node.style}"
        elif value.casefold() in _RESERVED:
            written = f'"{value}"'
        self._edits.append((node.start_mark.index, node.end_mark.index, written))

    def remove(self, path: Path_) -> None:
        """Take the entry of a mapping at `path` away, with its line in block style."""
        parent = self._node(path[:-1])
        position = next(i for i, (key, _) in enumerate(parent.value) if key.value == path[-1])
        key, value = parent.value[position]
        if not parent.flow_style:
            start = self._text.rfind("\n", 0, key.start_mark.index) + 1
            self._edits.append((start, self._line_end(value) + len(self._newline), ""))
        elif position + 1 < len(parent.value):
            following = parent.value[position + 1][0]
            self._edits.append((key.start_mark.index, following.start_mark.index, ""))
        else:
            before = parent.value[position - 1][1]
            self._edits.append((before.end_mark.index, value.end_mark.index, ""))

    def add(self, path: Path_, key: str, value: str) -> None:
        """Add an entry at the end of the mapping at `path`."""
        parent = self._node(path)
        last_key, last = parent.value[-1]
        written = f'{key}: "{value}"' if value.casefold() in _RESERVED else f"{key}: {value}"
        if parent.flow_style:
            self._edits.append((last.end_mark.index, last.end_mark.index, f", {written}"))
        else:
            self._insert(self._line_end(last), last_key.start_mark.column, [written])

    def remark(self, path: Path_, lines: list[str]) -> None:
        """Add comment lines at the end of the mapping or list at `path`, in block style only."""
        parent = self._node(path)
        if parent.flow_style:
            return
        last = parent.value[-1]
        column = last[0].start_mark.column if isinstance(last, tuple) else self._dash(last)
        leaf = last[1] if isinstance(last, tuple) else last
        self._insert(self._line_end(leaf), column, [f"# {line}" for line in lines])

    @property
    def text(self) -> str:
        """The text with all changes made."""
        text = self._text
        ordered = sorted(enumerate(self._edits), key=lambda each: (each[1][0], each[0]))
        for _, (start, end, new) in reversed(ordered):
            text = text[:start] + new + text[end:]
        return text

    def _insert(self, at: int, column: int, lines: list[str]) -> None:
        written = "".join(f"{self._newline}{' ' * column}{line}" for line in lines)
        self._edits.append((at, at, written))

    def _line_end(self, node: Any) -> int:
        """Return where the last line of a node ends, before the line's own end."""
        while not isinstance(node, yaml.ScalarNode) and node.value and not node.flow_style:
            last = node.value[-1]
            node = last[1] if isinstance(last, tuple) else last
        index = int(node.end_mark.index)
        while index and self._text[index - 1] in " \r\n":  # a block text ends on the next line
            index -= 1
        end = self._text.find("\n", index)
        if end < 0:
            return len(self._text)
        return end - 1 if self._text[end - 1] == "\r" else end

    def _dash(self, node: Any) -> int:
        return max(int(node.start_mark.column) - 2, 0)

    def _entry(self, path: Path_) -> tuple[Any, Any]:
        parent = self._node(path[:-1])
        part = path[-1]
        if isinstance(part, int):
            return None, parent.value[part]
        for key, value in parent.value:
            if key.value == part:
                return key, value
        raise KeyError(path)

    def _node(self, path: Path_) -> Any:
        node: Any = self._root
        for part in path:
            if isinstance(part, int):
                node = node.value[part]
                continue
            node = next((value for key, value in node.value if key.value == part), None)
            if node is None:
                raise KeyError(path)
        return node
