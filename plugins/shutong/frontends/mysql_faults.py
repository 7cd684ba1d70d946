"""MySQL's error numbers in our words (MySQL 错误码); the driver's own text is never shown."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Final

import pymysql

from shutong.errors import ShutongError
from shutong.frontends import encryption
from shutong.frontends.faults import Faults

_NO_ANSWER: Final = frozenset({2002, 2003, 2005})
_LOST: Final = frozenset({1053, 1077, 1317, 1927, 2006, 2013, 2014, 4031})
_LOCKED: Final = frozenset({1205})
_TOO_LONG: Final = frozenset({1969, 3024})
_REFUSED: Final = frozenset({1044, 1045, 1129, 1130, 1227, 1251, 1698, 1862, 3118, 4151})
_BUSY: Final = frozenset({1040, 1203, 1226})
_NO_TABLE: Final = frozenset({1142, 1143, 1146, 1347, 1356})
_BAD_CONDITION: Final = frozenset({1054, 1267, 1292, 1366, 1525, 3988})
_NO_DATABASE: Final = 1049
_NOT_ENCRYPTED: Final = 2026


def number_of(error: pymysql.err.MySQLError) -> int:
    """Return the error number that the server or PyMySQL gave, 0 for none."""
    return error.args[0] if error.args and isinstance(error.args[0], int) else 0


def fault_of(
    error: pymysql.err.MySQLError,
    faults: Faults,
    table: str,
    progress: tuple[int, int | None] = (0, None),
) -> ShutongError:
    """Return the error in our words; `progress` are the rows that came and those expected."""
    code = number_of(error)
    # PyMySQL gives one number to a line that was cut and to one that fell silent.
    silent = code in _LOST and "timed out" in str(error)
    known: list[tuple[frozenset[int], Callable[[], ShutongError]]] = [
        (_NO_ANSWER, faults.no_answer),
        (_LOST, faults.timed_out if silent else lambda: faults.cut_short(*progress)),
        (_LOCKED, faults.timed_out),
        (_TOO_LONG, faults.took_too_long),
        (_REFUSED, faults.login_refused),
        (_BUSY, faults.busy),
        (frozenset({_NO_DATABASE}), faults.no_database),
        (_NO_TABLE, lambda: faults.no_table(table)),
        (_BAD_CONDITION, lambda: faults.bad_condition(table)),
    ]
    for codes, fault in known:
        if code in codes:
            return fault()
    return faults.failed(f"MySQL {code}")


def connecting_fault_of(error: pymysql.err.MySQLError, faults: Faults) -> ShutongError:
    """Return the error of a login: what was refused or cut before it was through may pass."""
    code, origin = number_of(error), getattr(error, "original_exception", None)
    if code == _NOT_ENCRYPTED:
        return encryption.not_offered(faults)
    if isinstance(origin, ssl.SSLError) and not isinstance(origin, ssl.SSLEOFError):
        return encryption.fault_of(origin, faults)
    cut = code in _LOST and "timed out" not in str(error)
    if cut or isinstance(origin, ConnectionError | ssl.SSLEOFError):
        return faults.turned_away()
    if code in _LOST:
        return faults.no_answer()
    return fault_of(error, faults, "?")
