"""Values of two datasets in one form (比对口径), on DuckDB and in Arrow alike.

The kinds are those of `shutong.catalog.relations.ComparedAs`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from shutong.catalog.relations import ComparedAs
from shutong.quality.functions import CITIZEN_NUMBER_18, citizen_numbers_18

if TYPE_CHECKING:
    import pyarrow as pa

    from shutong.quality.engine import DuckDBExecutionEngine

BLANKS: Final = " \t\r\n\u00a0\u3000"
"""What does not count at either end of a text, the full-width blank too."""
_OLD_LENGTH: Final = 15


def comparable_sql(engine: DuckDBExecutionEngine, column: Any, kind: str) -> Any:
    """Return a column's values in the form in which they are compared, as an SQL expression."""
    wanted = ComparedAs(kind)
    if wanted is ComparedAs.VALUE:
        return column
    # Trimming costs ten times what looking for blanks does, and nearly no value has any.
    unusual = sa.or_(*(sa.func.contains(column, blank) for blank in BLANKS))
    text: Any = sa.func.trim(column, BLANKS)
    plain: Any = column
    if wanted is not ComparedAs.TEXT:
        text, plain = sa.func.upper(text), sa.func.upper(column)
    if wanted is ComparedAs.CITIZEN_NUMBER:
        # The function runs in the interpreter: old numbers alone take this branch.
        unusual = sa.or_(unusual, sa.func.strlen(column) == _OLD_LENGTH)
        old = sa.func.strlen(text) == _OLD_LENGTH
        text = sa.case((old, engine.function(CITIZEN_NUMBER_18)(text)), else_=text)
    return sa.case((unusual, text), else_=plain)


def comparable_values(column: pa.Array, kind: str) -> list[Any]:
    """Return a column's values in the form in which they are compared; None for null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = ComparedAs(kind)
    if wanted is ComparedAs.VALUE:
        return list(column.to_pylist())
    text = pc.utf8_trim(column.cast(pa.string()), BLANKS)
    if wanted is not ComparedAs.TEXT:
        text = pc.utf8_upper(text)
    if wanted is ComparedAs.CITIZEN_NUMBER:
        text = citizen_numbers_18(text)
    return list(text.to_pylist())
