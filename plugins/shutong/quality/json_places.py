"""Where the entries of a JSON list stand (JSON 行号): the standard parser tells values only."""

from __future__ import annotations

import json
import re
from typing import Final

_BLANK: Final = re.compile(r"[ \t\r\n]*")


def json_places(text: str, key: str) -> list[int]:
    """Return the line, from 1, of each entry of the top-level list `key`; [] if there is none.

    `text` is valid JSON with an object at its top.
    """
    decoder = json.JSONDecoder()
    lines: list[int] = []
    at = _skip(text, 0) + 1
    while text[at := _skip(text, at)] != "}":
        name, at = decoder.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)
        if name == key:
            # Of a key that stands twice the parser takes the last.
            lines = _entries(text, at + 1, decoder) if text[at] == "[" else []
        _, at = decoder.raw_decode(text, at)
        at = _past_comma(text, at)
    return lines


def _entries(text: str, at: int, decoder: json.JSONDecoder) -> list[int]:
    lines = []
    while text[at := _skip(text, at)] != "]":
        lines.append(text.count("\n", 0, at) + 1)
        _, at = decoder.raw_decode(text, at)
        at = _past_comma(text, at)
    return lines


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _past_comma(text: str, at: int) -> int:
    at = _skip(text, at)
    return at + 1 if text[at] == "," else at
