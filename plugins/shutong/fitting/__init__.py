"""Bring values to the data standard's exact types (类型归一), or say why they do not fit.

The law: a value either arrives exactly, or its whole row is a misfit with a reason; NULL
stays NULL and nothing becomes NULL. Text longer than the standard allows is no misfit: a
rule of the suite finds it.

Each type pair has a fast way over a whole Arrow column, which either converts every value
exactly or refuses; a refused column is tried in blocks, and the values of a refused block
one by one, by the law of `_one`. Reasons:

================  ======================================================================
invalid_date      no such day or time, or not written YYYY-MM-DD[ HH:MM[:SS[.ffffff]]]
time_lost         a day is wanted and the value has a time of day
time_zone         a wall clock is wanted and the value names a zone
invalid_number    not a number
too_precise       digits behind the point would be cut
too_large         more digits than the type holds
invalid_boolean   neither true nor false
invalid_text      bytes that are no text in UTF-8, or in the source's declared encoding
unknown_type      no exact way from the source's type to the wanted one
================  ======================================================================
"""

from __future__ import annotations

from shutong.fitting.charsets import field_in
from shutong.fitting.reasons import REASONS
from shutong.fitting.rows import Fitted, fit

__all__ = ["REASONS", "Fitted", "field_in", "fit"]
