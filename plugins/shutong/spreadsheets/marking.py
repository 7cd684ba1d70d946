r"""Texts that a spreadsheet would run, lose or change (单元格防护), and how they come back.

A text that a spreadsheet program could take for a formula is written with an apostrophe in
front: `=1+1` becomes `'=1+1`. Such are texts that begin, behind any white space, with one of
`= + - @`, their full-width forms, or with a tab, a line break or NUL. A number is no text: a
cell of a number item stays a number, also a negative one.

The same mark keeps apart what a spreadsheet cannot: the empty text is `'` (a blank cell is
NULL), and white space only, a text that begins with an apostrophe itself, or one that the
reader would change or refuse as what a spreadsheet program made of it, gets the mark too.
Reading takes exactly one away, so each text comes back as it was. A person who types over
the cell types no mark: spreadsheet programs take a typed one for their own.

XLSX cannot hold control characters: they are written as `_xHHHH_`, Excel's own way (ECMA-376,
22.9.2.19, ST_Xstring), and an underscore that would begin such an escape as `_x005F_`.
"""

from __future__ import annotations

import re
from typing import Final

MARK: Final = "'"
_DANGEROUS: Final = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n\0]|\s*\Z")
_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_UNSAFE: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)|[\\x00-\\x08\\x0b-\\x1f\ufffe\uffff]")


def marked(text: str, *, needed: bool = False) -> str:
    """Return the text as it is written: with a mark where it is dangerous, or `needed`."""
    if needed or text.startswith(MARK) or _DANGEROUS.match(text):
        return MARK + text
    return text


def unmarked(text: str) -> tuple[str, bool]:
    """Return the text that was written, and whether it had a mark: then it is as it was."""
    return (text[1:], True) if text.startswith(MARK) else (text, False)


def escaped(text: str) -> str:
    """Return a text as XLSX can hold it."""
    return _UNSAFE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def unescaped(text: str) -> str:
    """Return the text that an XLSX file holds."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
