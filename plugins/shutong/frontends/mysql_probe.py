"""The proof that a MySQL account cannot write (只读证明), by trying without ever writing.

The server judges a prepared statement by the account's rights and runs it only when it is
executed, which it never is: nothing is locked, no trigger fires. What cannot be prepared, such
as DROP, is looked up among the grants.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import pymysql
from sqlalchemy.dialects import mysql

from shutong.frontends.mysql_faults import number_of
from shutong.frontends.probing import attempts

_NOT_GRANTED: Final = frozenset({1044, 1142, 1143, 1227, 1370})
_NOT_WRITABLE: Final = frozenset({1031, 1036, 1288, 1348, 1393, 1394, 1395, 1423, 1443, 1471})
"""The relation itself takes no writing: a view that joins or groups, a table of the system."""
_NOT_PREPARED: Final = frozenset({1461})
"""The server prepares no statements: the grants alone must tell."""
_RIGHTS: Final = (
    "INSERT", "UPDATE", "DELETE", "DELETE HISTORY", "DROP", "ALTER", "CREATE", "INDEX",
    "TRIGGER", "FILE", "SUPER",
)  # fmt: skip
_GRANTED: Final = f"""
SELECT PRIVILEGE_TYPE FROM (
  SELECT GRANTEE, PRIVILEGE_TYPE FROM information_schema.USER_PRIVILEGES
  UNION ALL
  SELECT GRANTEE, PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES
  WHERE COALESCE(%s, DATABASE()) LIKE TABLE_SCHEMA
  UNION ALL
  SELECT GRANTEE, PRIVILEGE_TYPE FROM information_schema.TABLE_PRIVILEGES
  WHERE TABLE_SCHEMA = COALESCE(%s, DATABASE()) AND TABLE_NAME = %s
  UNION ALL
  SELECT GRANTEE, PRIVILEGE_TYPE FROM information_schema.COLUMN_PRIVILEGES
  WHERE TABLE_SCHEMA = COALESCE(%s, DATABASE()) AND TABLE_NAME = %s
) AS granted
WHERE GRANTEE = %s AND PRIVILEGE_TYPE IN ({", ".join(f"'{right}'" for right in _RIGHTS)})
"""  # noqa: S608 - words of our own

Ask = Callable[..., Sequence[Any]]
"""Runs a statement with its values and returns the rows; PyMySQL's errors."""


def rights_to_write(ask: Ask, schema: str | None, table: str, column: str) -> tuple[str, ...]:
    """Return the rights to write that the account has on a table or view; none is good.

    Names come from the catalog and are identifiers; `column` is one of the table's.
    """
    quote = mysql.dialect().identifier_preparer.quote_identifier
    tried = attempts(quote, (schema, table), column)
    found = {right for right, sql in tried.items() if _allowed(ask, sql)}
    user, _, host = str(ask("SELECT CURRENT_USER()")[0][0]).rpartition("@")
    grantee = f"'{user}'@'{host}'"
    found |= {str(row[0]) for row in ask(_GRANTED, (schema, schema, table, schema, table, grantee))}
    return tuple(right for right in _RIGHTS if right in found)


def _allowed(ask: Ask, sql: str) -> bool:
    try:
        ask("PREPARE shutong_probe FROM %s", (sql,))
    except pymysql.err.MySQLError as exc:
        if number_of(exc) in _NOT_GRANTED | _NOT_WRITABLE | _NOT_PREPARED:
            return False
        raise
    ask("DEALLOCATE PREPARE shutong_probe")
    return True
