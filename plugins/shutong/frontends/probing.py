"""Writings that change nothing, to prove that an account cannot write (只读证明)."""

from __future__ import annotations

from collections.abc import Callable, Sequence


def attempts(
    quote: Callable[[str], str], names: Sequence[str | None], column: str
) -> dict[str, str]:
    """Return writings that no row fits, by the right that each needs.

    `names` are schema and table (None for a schema left out), `column` is one of the table's;
    all are identifiers, quoted by `quote`. Each reader has its database judge them in a way
    that runs none of them, where there is one.
    """
    table = ".".join(quote(name) for name in names if name is not None)
    field = quote(column)
    return {
        "INSERT": f"INSERT INTO {table} ({field}) SELECT {field} FROM {table} WHERE 1 = 0",  # noqa: S608 - quoted
        "UPDATE": f"UPDATE {table} SET {field} = {field} WHERE 1 = 0",  # noqa: S608 - quoted
        "DELETE": f"DELETE FROM {table} WHERE 1 = 0",  # noqa: S608 - quoted
    }
