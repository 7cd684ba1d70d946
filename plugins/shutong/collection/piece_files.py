"""Files of a load in pieces (分片文件): forced to disk, and trusted only while they are whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from shutong.collection.context import BatchFolder
from shutong.lake import force, sm3_of
from shutong.model import Piece, Pieces, StagedFile


def read_pieces(folder: BatchFolder) -> Pieces | None:
    """Return where a batch is cut; None where that was never decided, or was torn."""
    try:
        return Pieces.read(folder.cuts)
    except (OSError, ValueError):
        return None


def kept_piece(folder: BatchFolder, number: int) -> Piece | None:
    """Return a piece of an earlier try that is whole; None when it is to be drawn."""
    try:
        piece = Piece.read(folder.piece(number))
        whole = piece.number == number and all(_is_whole(file) for file in piece.files)
        misfits = pq.read_metadata(piece.misfits).num_rows if piece.misfits else 0
    except (OSError, ValueError):
        return None
    return piece if whole and misfits == piece.misfit_rows else None


def write_durably(fact: Pieces | Piece, path: Path) -> None:
    """Write a fact when the files that it names are on disk, and force it there too."""
    if isinstance(fact, Piece):
        files = [file.path for file in fact.files] + ([fact.misfits] if fact.misfits else [])
        for file in files:
            force(file)
        for folder in {each for file in files for each in (file.parent, file.parent.parent)}:
            force(folder)
    fact.write(path)
    path.chmod(0o600)
    force(path)
    force(path.parent)
    force(path.parent.parent)


def joined_misfits(folder: BatchFolder, pieces: Sequence[Piece]) -> Path | None:
    """Write the misfits of all pieces as one file, whole or not at all; None without any."""
    parts = [piece.misfits for piece in pieces if piece.misfits is not None]
    target = folder.path / "misfits.parquet"
    target.unlink(missing_ok=True)
    if not parts:
        return None
    temporary = folder.path / ".misfits.tmp.parquet"
    schema = pq.read_schema(parts[0])
    with pq.ParquetWriter(temporary, schema, write_statistics=False) as writer:
        for part in parts:
            with pq.ParquetFile(part) as file:
                for batch in file.iter_batches():
                    writer.write_batch(batch)
    temporary.replace(target)
    return target


def _is_whole(file: StagedFile) -> bool:
    if file.path.stat().st_size != file.bytes:
        return False
    if pq.read_metadata(file.path).num_rows != file.rows:
        return False
    return file.digest is None or sm3_of(file.path) == file.digest
