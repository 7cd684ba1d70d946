"""A first load in pieces (分片归集): it can be interrupted, and goes on where it stopped.

Only the first window of a load that follows a cursor is cut, into ranges of the key's first
column; each piece has a read snapshot of its own. Their sum is right all the same:

- The window's upper end was fixed when it was planned. A row that is changed afterwards has a
  cursor beyond it: no later piece draws it, and the next window brings it.
- A row that is deleted after its piece was drawn is found by the comparison of keys.
- A row whose key changes between two pieces may be drawn under both keys or under neither. Its
  new key comes with the next window, for its cursor changed too; where it did not, the
  comparison of keys finds the new key missing. The comparison finds the old key gone.

A full load replaces everything and must be one snapshot; a later window is small. Neither is
cut. The batch still lands whole or not at all.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from typing import Final

from shutong.collection.context import BatchFolder, CollectionContext, storing
from shutong.collection.drawing import mapped_items, wanted_schema, write_rows
from shutong.collection.drifting import guard_drift
from shutong.collection.piece_files import (
    joined_misfits,
    kept_piece,
    read_pieces,
    write_durably,
)
from shutong.drift import SourceShape
from shutong.errors import NotReconciled, SourceMismatch, SourceUnreachable, Text
from shutong.frontends import KeyRange, Query, Reader
from shutong.model import BatchState, Bound, LoadMode, Piece, Pieces, StagedBatch, Window

_log = logging.getLogger(__name__)
_OPEN: Final = (BatchState.PLANNED, BatchState.STAGED, BatchState.RECONCILED)
Progress = Callable[[int, int], None]


def begun(context: CollectionContext, window: Window, present: SourceShape | None = None) -> bool:
    """Say whether a window's drawing can go on: some piece is whole.

    With `present`, also whether table and catalog still ask for the same rows.
    """
    folder = context.folder(window.batch_id)
    pieces = read_pieces(folder)
    if not _is_cut(window) or pieces is None or not any(folder.pieces.glob("piece-*.json")):
        return False
    return present is None or pieces.basis == _basis(context, pieces.column, present)


def cut_window(
    context: CollectionContext, reader: Reader, window: Window, query: Query
) -> Pieces | None:
    """Return where the window is cut, as decided before or now; None where it is not.

    Whole pieces of an earlier try are left only where they answer the same question, and never
    those of a refused batch: its cause was mended at the source.
    """
    folder = context.folder(window.batch_id)
    column = _column(context)
    if not _is_cut(window) or column is None:
        return None
    basis = _basis(context, column, guard_drift(context, reader).present)
    pieces = read_pieces(folder)
    open_still = context.ledger.state(window.batch_id) in _OPEN
    if open_still and pieces is not None and pieces.basis == basis:
        return pieces
    with storing(str(folder.path)):
        shutil.rmtree(folder.pieces, ignore_errors=True)
    rows = context.settings.rows_per_piece
    cuts = _cuts(reader, query, column, rows) if rows else ()
    if not cuts:
        return None
    pieces = Pieces(column=column, cuts=cuts, basis=basis)
    with storing(str(folder.path)):
        folder.pieces.mkdir(mode=0o700)
        write_durably(pieces, folder.cuts)
    return pieces


def draw_pieces(
    context: CollectionContext,
    reader: Reader,
    window: Window,
    query: Query,
    pieces: Pieces,
    progress: Progress | None,
) -> StagedBatch:
    """Draw the pieces that are not there yet; return the batch as if drawn in one go.

    SourceDrifted when the table was changed meanwhile; what is whole stays.
    """
    folder = context.folder(window.batch_id)
    ends = (None, *pieces.cuts, None)
    done = []
    for number, (low, high) in enumerate(pairwise(ends)):
        if progress is not None:
            progress(number + 1, len(pieces.cuts) + 1)
        with storing(str(folder.path)):
            piece = kept_piece(folder, number)
        if piece is None:
            _guard_basis(context, reader, pieces)
            part = replace(query, within=KeyRange(pieces.column, low, high))
            piece = _draw(context, reader, window, part, number)
        done.append(piece)
        _log.info(
            "%s %s: piece %s of %s, %s rows",
            *(context.resource_id, window.batch_id, number + 1, len(ends) - 1, piece.rows),
        )
    with storing(str(folder.path)):
        misfits = joined_misfits(folder, done)
    return StagedBatch(
        batch_id=window.batch_id,
        resource=context.resource_id,
        dataset=context.resource.dataset,
        window=window,
        files=tuple(file for piece in done for file in piece.files),
        rows=sum(piece.rows for piece in done),
        source_rows=sum(piece.source_rows for piece in done),
        reader="; ".join(dict.fromkeys(piece.reader for piece in done)),
        misfits=misfits,
        misfit_rows=sum(piece.misfit_rows for piece in done),
    )


def _draw(
    context: CollectionContext, reader: Reader, window: Window, query: Query, number: int
) -> Piece:
    """Draw one piece anew; its fact is written when all of it is on disk."""
    whole = context.folder(window.batch_id)
    own = BatchFolder(whole.pieces / f"{number:04d}")
    with storing(str(own.path)):
        whole.piece(number).unlink(missing_ok=True)
        shutil.rmtree(own.path, ignore_errors=True)
        own.data.mkdir(parents=True, mode=0o700)
    # Files of several pieces meet in one folder when rejected rows are split off.
    name = f"piece-{number:04d}"
    writer, told = write_rows(context, own, window.batch_id, reader, [query], name=name)
    if writer.rows + writer.misfit_rows != told.source_rows:
        raise NotReconciled(
            Text(
                f"源库统计 {told.source_rows} 行, 收到 {writer.rows + writer.misfit_rows} 行",
                f"source counted {told.source_rows} rows; "
                f"{writer.rows + writer.misfit_rows} received",
            ),
            place=f"{context.resource_id} {window.batch_id} {name}",
            next_step=Text("重新运行 shutong collect", "run shutong collect again"),
        )
    piece = Piece(
        number=number,
        files=writer.files,
        rows=writer.rows,
        source_rows=told.source_rows,
        reader=told.reader,
        misfits=writer.misfits,
        misfit_rows=writer.misfit_rows,
    )
    with storing(str(own.path)):
        write_durably(piece, whole.piece(number))
    return piece


def _is_cut(window: Window) -> bool:
    first = window.low is None and window.high is not None
    return first and not window.comparison and window.mode is not LoadMode.FULL


def _column(context: CollectionContext) -> str | None:
    """Return the source's column of the key's first item that is drawn."""
    mapped = context.resource.source.columns
    return next((mapped[item] for item in context.dataset.key if item in mapped), None)


def _cuts(reader: Reader, query: Query, column: str, rows: int) -> tuple[Bound, ...]:
    """Return the cuts; none where the machine cannot tell them, for instance in its time."""
    try:
        return reader.cuts(query, column, rows)
    except (SourceUnreachable, SourceMismatch) as exc:
        _log.warning("not cut into pieces: %s", exc.render("both"))
        return ()


def _basis(context: CollectionContext, column: str, present: SourceShape) -> str:
    """Return a digest of all that decides which rows are drawn, how, and in which order."""
    source = context.resource.source
    spelled = present.spelled(column)
    facts = (
        source.model_dump_json(include={"front_end", "db_schema", "table", "columns", "load"}),
        source.model_dump_json(include={"filters", "cursor"}),
        context.front_end.model_dump_json(include={"kind", "connection", "time_zone", "charset"}),
        str(wanted_schema(context, mapped_items(context))),
        context.resource.provider,
        column,
        *(each.type_name for each in present.columns if each.name == spelled),
    )
    return sha256("\x1f".join(facts).encode()).hexdigest()


def _guard_basis(context: CollectionContext, reader: Reader, pieces: Pieces) -> None:
    """Refuse to go on where the table, or the column by which it is cut, was changed."""
    present = guard_drift(context, reader).present
    if _basis(context, pieces.column, present) == pieces.basis:
        return
    raise SourceMismatch(
        Text(
            f"分片归集期间字段 {pieces.column} 的类型变了",
            f"column {pieces.column}, by which the load is cut, changed its type meanwhile",
        ),
        place=context.resource_id,
        next_step=Text("重新运行 shutong collect, 从头归集", "run shutong collect: it starts anew"),
    )
