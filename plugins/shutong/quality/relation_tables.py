"""What of a batch does not hold against another dataset (比对差异表), kept by DuckDB.

The other dataset is streamed past the batch's keys, so that memory is bounded by the batch and
not by the city: 10 million keys there cost no more of it than one. Only the named columns of
its files are read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from shutong.quality.comparable import comparable_sql
from shutong.quality.files_sql import parquet_sql

if TYPE_CHECKING:
    from shutong.quality.engine import DuckDBExecutionEngine


@dataclass(frozen=True, slots=True)
class Relation:
    """What is held against what (比对关系)."""

    here: tuple[str, ...]
    """Columns of the batch by which rows meet."""
    there: tuple[str, ...]
    """Columns of the other dataset that they meet."""
    kinds: tuple[str, ...]
    """How each pair is compared."""
    fact: tuple[str, str, str] | None
    """Column here, column there and how they are compared, which must then be equal."""
    view: str | None
    """View over the other dataset's files on the engine's connection, or"""
    files: tuple[str, ...] = ()
    """the files themselves."""

    @property
    def readable(self) -> bool:
        """Say whether there is anything to read of the other dataset."""
        return bool(self.view or self.files)

    @classmethod
    def of(cls, said: Mapping[str, Any], column: str) -> Relation:
        """Return what an expectation's arguments say of a column."""
        view, files = said.get("view"), tuple(said.get("files") or ())
        kind = said.get("compared_as") or "text"
        if not said.get("by"):
            return cls((column,), (str(said["item"]),), (kind,), None, view, files)
        by: Sequence[Mapping[str, Any]] = said["by"]
        return cls(
            here=tuple(str(pair["here"]) for pair in by),
            there=tuple(str(pair["there"]) for pair in by),
            kinds=tuple(str(pair.get("compared_as") or "text") for pair in by),
            fact=(column, str(said["item"]), kind),
            view=view,
            files=files,
        )


def rows_that_hold(engine: DuckDBExecutionEngine, domain: Any, relation: Relation) -> Any:
    """Return the condition of rows that hold (相符条件).

    `domain` are the rows as GX selects them. The values that do not hold are looked for once.
    """
    table = _table(engine, domain, relation)
    if table is None:
        return sa.true()
    own = _own(engine, relation)
    keys: list[Any] = [sa.column(f"_{number}") for number in range(len(own))]
    wrong = sa.select(_row(keys)).select_from(sa.table(table))
    return sa.not_(_row(own).in_(wrong.scalar_subquery()))


def _table(engine: DuckDBExecutionEngine, domain: Any, relation: Relation) -> str | None:
    query = _query(engine, domain, relation)
    known = engine.unlike
    if query not in known:
        table = f"_unlike_{len(known)}"
        engine.create_table(table, query)
        counted = sa.select(sa.func.count()).select_from(sa.table(table))
        known[query] = table if engine.execute_query(counted).scalar() else None
    return known[query]


def _query(engine: DuckDBExecutionEngine, domain: Any, relation: Relation) -> str:
    """Return the query of the batch's values, each once, that do not hold."""
    source = domain.subquery() if hasattr(domain, "subquery") else domain
    own = engine.as_text(_present(_own(engine, relation), source, relation.here, relation.fact))
    # A dataset that has landed and holds nothing is like the batch's values less all of them.
    nothing = f"SELECT * FROM ({own}) LIMIT 0"  # noqa: S608
    other = engine.as_text(_others(engine, relation)) if relation.readable else nothing
    keys = ", ".join(f"_{number}" for number in range(len(relation.here)))
    if relation.fact is None:
        return f"SELECT DISTINCT {keys} FROM ({own}) b ANTI JOIN ({other}) o USING ({keys})"  # noqa: S608
    fact = f"_{len(relation.here)}"
    listed = ", ".join(f"b._{number}" for number in range(len(relation.here) + 1))
    # Of several rows with one key there, as by several providers, one that says the same is enough.
    return (
        f"SELECT {listed} FROM (SELECT DISTINCT * FROM ({own})) b "  # noqa: S608
        f"JOIN ({other}) o USING ({keys}) "
        f"GROUP BY ALL HAVING NOT bool_or(b.{fact} = o.{fact})"
    )


def _own(engine: DuckDBExecutionEngine, relation: Relation) -> list[Any]:
    pairs = [*zip(relation.here, relation.kinds, strict=True)]
    if relation.fact is not None:
        pairs.append((relation.fact[0], relation.fact[2]))
    return [comparable_sql(engine, sa.column(name), kind) for name, kind in pairs]


def _others(engine: DuckDBExecutionEngine, relation: Relation) -> Any:
    pairs = [*zip(relation.there, relation.kinds, strict=True)]
    if relation.fact is not None:
        pairs.append((relation.fact[1], relation.fact[2]))
    source: Any = sa.table(relation.view) if relation.view else sa.text(parquet_sql(relation.files))
    values = [comparable_sql(engine, sa.column(name), kind) for name, kind in pairs]
    fact = (relation.fact[1],) if relation.fact is not None else ()
    return _present(values, source, (*relation.there, *fact), None)


def _present(
    values: Sequence[Any], source: Any, names: Sequence[str], fact: tuple[str, str, str] | None
) -> Any:
    """Return the select of values, numbered, of rows where none is NULL."""
    needed = [*names, *([fact[0]] if fact else [])]
    labelled = [value.label(f"_{number}") for number, value in enumerate(values)]
    there: list[Any] = [sa.column(name).is_not(None) for name in dict.fromkeys(needed)]
    return sa.select(*labelled).select_from(source).where(*there)


def _row(values: Sequence[Any]) -> Any:
    return values[0] if len(values) == 1 else sa.func.row(*values)
