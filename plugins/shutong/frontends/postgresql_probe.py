"""The proof that a PostgreSQL account cannot write (只读证明), by trying without ever writing.

EXPLAIN has the server judge a statement by the account's rights and runs nothing; it works in
a read-only transaction. What EXPLAIN does not know, the server's own functions tell.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError

from shutong.frontends.probing import attempts

_REFUSED: Final = frozenset({"42501", "55000", "0A000", "428C9", "25006"})
"""Not granted; a view or column that takes no writing; a standby server."""
_GRANTED: Final = text(
    """
    SELECT has_any_column_privilege(:name, 'INSERT') AS "INSERT",
           has_any_column_privilege(:name, 'UPDATE') AS "UPDATE",
           has_table_privilege(:name, 'TRUNCATE') AS "TRUNCATE",
           has_table_privilege(:name, 'TRIGGER') AS "TRIGGER"
    """
)


def rights_to_write(
    connection: Connection, schema: str | None, table: str, column: str
) -> tuple[str, ...]:
    """Return the rights to write that the account has on a table or view; none is good.

    Names come from the catalog and are identifiers; `column` is one of the table's. The
    transaction is rolled back.
    """
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    quote = dialect.identifier_preparer.quote_identifier
    name = ".".join(quote(part) for part in (schema, table) if part is not None)
    tried = attempts(quote, (schema, table), column)
    found = [right for right, sql in tried.items() if _allowed(connection, sql)]
    granted = connection.execute(_GRANTED, {"name": name}).mappings().one()
    connection.rollback()
    found += [right for right, holds in granted.items() if holds and right not in found]
    return tuple(found)


def _allowed(connection: Connection, sql: str) -> bool:
    try:
        connection.exec_driver_sql(f"EXPLAIN {sql}")
    except DBAPIError as exc:
        if getattr(exc.orig, "sqlstate", None) in _REFUSED:
            return False
        raise
    finally:
        connection.rollback()
    return True
