"""Statements in the log whose rows the log does not tell (日志语句)."""

from __future__ import annotations

import re
from typing import Final

_COMMENTS: Final = re.compile(r"/\*.*?\*/|--[^\n]*\n|#[^\n]*\n", re.DOTALL)
_EXECUTED: Final = re.compile(r"/\*M?!\d*(.*?)\*/", re.DOTALL)
"""A comment that the server carries out."""
_TEMPORARY: Final = re.compile(r"\s*(CREATE|DROP)\s+(OR\s+REPLACE\s+)?TEMPORARY\b", re.IGNORECASE)
_HARMLESS: Final = re.compile(
    r"""\s*(
      BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|XA|START
    | GRANT|REVOKE|ANALYZE|OPTIMIZE|REPAIR|CHECK|FLUSH|SET|USE
    | (CREATE|DROP|ALTER)\b[^(]*?\b
      (USER|ROLE|VIEW|TRIGGER|PROCEDURE|FUNCTION|EVENT|INDEX|SERVER|SEQUENCE)
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""Statements that change no row of a table and no column's place. An index may be made by
CREATE INDEX; by ALTER TABLE it is told, because columns may change with it."""
_WORDS: Final = re.compile(r"[A-Za-z]+")
_TABLE_STATEMENT: Final = re.compile(
    r"\s*(ALTER|DROP|RENAME|TRUNCATE|CREATE\s+OR\s+REPLACE)\s+"
    r"((ONLINE|OFFLINE|IGNORE)\s+)*TABLES?\b",
    re.IGNORECASE,
)
_CREATE: Final = re.compile(r"\s*CREATE\s+TABLE\b", re.IGNORECASE)
"""Makes a table only where there is none: who removed it stands in the log before."""
_REFERENCES: Final = re.compile(r"\bREFERENCES\s+[^\s(]+", re.IGNORECASE)
_MODEL: Final = re.compile(
    r"(\s*CREATE\b.*?\bTABLE\b.*?)(\(|\bLIKE\b|\bSELECT\b).*", re.IGNORECASE | re.DOTALL
)
"""A table that is made, and what it is made after: other tables stand only there."""
_DATABASE: Final = re.compile(r"\s*DROP\s+(DATABASE|SCHEMA)\b", re.IGNORECASE)


def change_of(statement: str, default_schema: str, schema: str, table: str) -> str | None:
    """Return the first word of a statement that may change `table`'s rows or columns unseen.

    None for a statement that does not name the table, or cannot change it. In doubt the
    statement counts: `default_schema` is the one it was given in. Texts of a client that
    spoke GBK come as escapes, and are compared as such.
    """
    bare = _COMMENTS.sub(" ", _EXECUTED.sub(r" \1 ", statement))
    word = _WORDS.search(bare)
    if word is None:
        return None
    if _DATABASE.match(bare):
        return word.group().upper() if _names(bare, schema) else None
    if _TEMPORARY.match(bare) or (_HARMLESS.match(bare) and not _TABLE_STATEMENT.match(bare)):
        return None
    if _CREATE.match(bare):
        return None
    bare = _MODEL.sub(r"\1", _REFERENCES.sub(" ", bare))
    for name in _spellings(table):
        found = re.finditer(
            rf"(?:(?P<q>[`\"]?)(?P<schema>[^\s`\".,()]+)(?P=q)\s*\.\s*)?(?<![\w$])[`\"]?"
            rf"{re.escape(name)}(?![\w$])",
            bare,
            re.IGNORECASE,
        )
        for match in found:
            named = match.group("schema") or default_schema
            if any(named.casefold() == each.casefold() for each in _spellings(schema)):
                return word.group().upper()
    return None


def _names(statement: str, name: str) -> bool:
    return any(
        re.search(rf"(?<![\w$]){re.escape(each)}(?![\w$])", statement, re.IGNORECASE)
        for each in _spellings(name)
    )


def _spellings(name: str) -> set[str]:
    """Return how a name appears in a statement: as it is, or sent in GBK and read as UTF-8."""
    try:
        sent = name.encode("gb18030").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return {name}
    return {name, sent}
