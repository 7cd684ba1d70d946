"""Oracle's error codes in our words (Oracle 错误码)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from shutong.errors import ShutongError
from shutong.frontends.faults import Faults

_CODE: Final = re.compile(r"(?:ORA|DPI|DPY)-\d{4,5}", re.ASCII)
_NO_ANSWER: Final = frozenset(
    {"ORA-12541", "ORA-12170", "ORA-12543", "ORA-12545", "ORA-12535", "DPY-6005", "DPY-6000"}
)
_NO_SERVICE: Final = frozenset(
    {"ORA-12154", "ORA-12514", "ORA-12505", "ORA-12521", "DPY-6001", "DPY-6003", "DPY-4000",
     "DPY-4026", "DPY-4027", "DPY-4018"}
)  # fmt: skip
_REFUSED: Final = frozenset(
    {"ORA-01017", "ORA-01005", "ORA-01045", "ORA-28000", "ORA-28001", "ORA-28009", "ORA-28040",
     "DPY-4001"}
)  # fmt: skip
_OLD: Final = frozenset({"DPY-3010", "DPY-3015"})
_THIN: Final = frozenset({"DPY-2019"})
_BROKEN: Final = frozenset({"ORA-29275", "ORA-12703"})
_NO_CLIENT: Final = frozenset({"DPI-1047", "DPI-1072"})
_TIMED_OUT: Final = frozenset({"DPY-4024", "DPI-1067", "ORA-03136", "ORA-01013", "ORA-00054"})
_LOST: Final = frozenset(
    {"DPY-4011", "DPY-1001", "DPI-1080", "DPI-1010", "ORA-00028", "ORA-03113", "ORA-03114",
     "ORA-03135", "ORA-01555", "ORA-01089", "ORA-12537", "ORA-12547", "ORA-02396"}
)  # fmt: skip
_BUSY: Final = frozenset({"ORA-12516", "ORA-12519", "ORA-12520", "ORA-00018", "ORA-00020"})
_NO_TABLE: Final = frozenset({"ORA-00942", "ORA-01031", "ORA-00980", "ORA-04063"})
_BAD_CONDITION: Final = frozenset(
    {"ORA-00904", "ORA-00932", "ORA-01722", "ORA-01858", "ORA-01861", "ORA-01843", "ORA-01830",
     "ORA-01841"}
)  # fmt: skip


def fault_of(error: Exception, faults: Faults, table: str) -> ShutongError:
    """Return the error for Oracle's or the driver's code, never with their text."""
    code = code_of(error)
    known: list[tuple[frozenset[str], Callable[[], ShutongError]]] = [
        (_NO_ANSWER, faults.no_answer),
        (_NO_SERVICE, faults.no_database),
        (_REFUSED, faults.login_refused),
        (_OLD, faults.old_server),
        (_NO_CLIENT, faults.no_client),
        (_THIN, faults.thin_already),
        (_BROKEN, faults.broken_text),
        (_TIMED_OUT, faults.timed_out),
        (_LOST, faults.cut_short),
        (_BUSY, faults.busy),
        (_NO_TABLE, lambda: faults.no_table(table)),
        (_BAD_CONDITION, lambda: faults.bad_condition(table)),
    ]
    for codes, fault in known:
        if code in codes:
            return fault()
    return faults.failed(code)


def code_of(error: Exception) -> str:
    """Return "ORA-00942", "DPY-6005", …: cx_Oracle has it at the head of its text only."""
    first = error.args[0] if error.args else None
    if code := getattr(first, "full_code", ""):
        return str(code)
    found = _CODE.match(str(getattr(first, "message", "")))
    return found[0] if found else type(error).__name__
