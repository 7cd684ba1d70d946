"""DM's error codes in our words (达梦错误码)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from shutong.errors import ShutongError
from shutong.frontends.faults import Faults

LOST: Final = frozenset({"-70019", "-70028", "-6001"})
"""The line is lost: nothing can be said of the account."""
NOT_GRANTED: Final = frozenset({"-5501", "-5502", "-5503"})
"""The right to insert, delete or update is missing. Of no other code is it known to say so."""


def code_of(error: Exception) -> str:
    """Return DM's code in a driver's error, such as "-2106"; "" for none."""
    found = re.search(r"CODE:\s*(-\d+)", str(error))
    return found[1] if found else ""


def fault_of(error: Exception, faults: Faults, table: str) -> ShutongError:
    """Return the error for DM's code: negative numbers, "[CODE:-2106]" in the driver's text."""
    code = code_of(error)
    known: dict[str, Callable[[], ShutongError]] = {
        "-2501": faults.login_refused,
        "-70028": faults.no_answer,
        "-70019": faults.cut_short,
        "-6001": faults.cut_short,
        "-2106": lambda: faults.no_table(table),
        "-5504": lambda: faults.no_table(table),
        "-2207": lambda: faults.bad_condition(table),
        "-6118": lambda: faults.bad_condition(table),
    }
    fault = known.get(code)
    return fault() if fault is not None else faults.failed(f"DM {code or 'error'}")
