"""The proof that an Oracle account cannot write (只读证明), by trying without ever writing.

Oracle judges a statement by the account's rights when it is parsed, and parsing runs nothing.
What must not be parsed, because a definition runs at once, is looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy.dialects import oracle

from shutong.frontends.oracle_faults import code_of
from shutong.frontends.probing import attempts

_REFUSED: Final = frozenset(
    {"ORA-01031", "ORA-00942", "ORA-41900", "ORA-01732", "ORA-01733", "ORA-01752", "ORA-01776",
     "ORA-01779", "ORA-42399", "ORA-16000", "ORA-54013", "ORA-32575"}
)  # fmt: skip
"""Not granted; a view or column that takes no writing; a standby server."""
_GRANTED: Final = """
SELECT privilege FROM session_privs
WHERE privilege IN ('ALTER ANY TABLE', 'DROP ANY TABLE', 'CREATE ANY TRIGGER')
UNION
SELECT privilege FROM user_col_privs_recd
WHERE owner = :owner AND table_name = :name AND privilege IN ('INSERT', 'UPDATE')
"""


def rights_to_write(
    parse: Callable[[str], object],
    run: Callable[[str, dict[str, Any]], Sequence[Any]],
    owner: str,
    table: str,
    column: str,
) -> tuple[str, ...]:
    """Return the rights to write that the account has on a table or view; none is good.

    `parse` parses a statement, `run` runs one and returns its rows; names are as Oracle
    spells them.
    """
    quote = oracle.dialect().identifier_preparer.quote_identifier  # type: ignore[no-untyped-call]
    tried = attempts(quote, (owner, table), column)
    found = [right for right, sql in tried.items() if _allowed(parse, sql)]
    granted = [str(row[0]) for row in run(_GRANTED, {"owner": owner, "name": table})]
    return tuple(found + [right for right in granted if right not in found])


def _allowed(parse: Callable[[str], object], sql: str) -> bool:
    try:
        parse(sql)
    except Exception as exc:
        # Of either driver: python-oracledb's errors and cx_Oracle's have no base in common.
        if code_of(exc) in _REFUSED:
            return False
        raise
    return True
