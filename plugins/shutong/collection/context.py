"""What one resource's collection stands on (归集环境)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from shutong.catalog import Catalog, load_codes, load_resource
from shutong.catalog.models import CodeTable, Dataset, FrontEnd, Resource
from shutong.errors import StorageFailed, Text, UnknownName
from shutong.frontends import Endpoint, Reader, open_reader, resolve
from shutong.lake import Lake
from shutong.ledger import Ledger
from shutong.model import BatchState
from shutong.settings import Settings, settings

Resolver = Callable[[str], Endpoint]
"""Finds the connection of a front-end machine by its id."""


@dataclass(frozen=True)
class CollectionContext:
    """One resource with its catalog entries, stores and front-end machine (归集环境)."""

    resource_id: str
    resource: Resource
    dataset: Dataset
    front_end: FrontEnd
    catalog: Catalog
    settings: Settings
    resolver: Resolver

    @cached_property
    def ledger(self) -> Ledger:
        """The state store (台账)."""
        return Ledger(self.settings.ledger_address)

    @cached_property
    def lake(self) -> Lake:
        """The shared high-frequency database (高频数据共享库)."""
        return Lake(
            self.settings.lake_dir,
            self.settings.quarantine_dir,
            memory=self.settings.duckdb_memory,
            threads=self.settings.threads,
        )

    @cached_property
    def codes(self) -> dict[str, CodeTable]:
        """The code tables of the city (代码表)."""
        load_codes(self.catalog)
        return self.catalog.code_tables()

    @property
    def suite_path(self) -> Path:
        """The dataset's suite of expectations."""
        return self.settings.expectations_dir / f"{self.resource.dataset}.json"

    def folder(self, batch_id: str) -> BatchFolder:
        """Return the folder of a batch of this resource."""
        return BatchFolder(self.settings.staging_dir / self.resource_id / batch_id)

    def settled(self, batch_id: str) -> bool:
        """Say whether a batch has passed validation: its facts stand and are not made anew."""
        return self.ledger.state(batch_id) in (BatchState.VALIDATED, BatchState.LANDED)

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """Open the front-end machine for reading, and close it."""
        endpoint = self.resolver(self.front_end.connection)
        reader = open_reader(self.front_end, endpoint, locks=self.settings.locks_dir)
        try:
            yield reader
        finally:
            reader.close()


@dataclass(frozen=True)
class BatchFolder:
    """The folder of one batch under way (批次目录): its facts as JSON, its rows as Parquet."""

    path: Path

    @property
    def window(self) -> Path:
        """Fact of the plan."""
        return self.path / "window.json"

    @property
    def staged(self) -> Path:
        """Fact of the extraction."""
        return self.path / "staged.json"

    @property
    def reconciliation(self) -> Path:
        """Fact of the reconciliation."""
        return self.path / "reconciliation.json"

    @property
    def report(self) -> Path:
        """Fact of the validation."""
        return self.path / "report.json"

    @property
    def data(self) -> Path:
        """Folder of the staged Parquet files."""
        return self.path / "data"

    @property
    def pieces(self) -> Path:
        """Folder of a cut window's pieces, each with its own folder and its fact."""
        return self.path / "pieces"

    @property
    def cuts(self) -> Path:
        """Fact of where the window is cut."""
        return self.pieces / "pieces.json"

    def piece(self, number: int) -> Path:
        """Fact of a piece that is whole."""
        return self.pieces / f"piece-{number:04d}.json"

    def clear_rows(self) -> None:
        """Remove every row from the folder; the facts stay, they hold none.

        What has landed or was given up is needed no more, and personal data are not to pile up.
        """
        for path in list(self.path.iterdir()) if self.path.is_dir() else []:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            elif path.suffix == ".parquet":
                path.unlink(missing_ok=True)

    def need(self, fact: Path, stage: str) -> Path:
        """Return a fact's path; UnknownName when its stage has not run."""
        if not fact.is_file():
            raise UnknownName(
                Text(f"批次缺少 {fact.name}", f"the batch has no {fact.name}"),
                place=self.path.name,
                next_step=Text(f"先运行 shutong {stage}", f"run shutong {stage} first"),
            )
        return fact


def open_context(
    resource_id: str, *, using: Settings | None = None, resolver: Resolver | None = None
) -> CollectionContext:
    """Return the context of a resource; UnknownName or CatalogFaulty when it has none."""
    current = using or settings()
    catalog = load_resource(current.root, resource_id)
    resource = catalog.resource(resource_id)
    path = current.connections_path
    return CollectionContext(
        resource_id=resource_id,
        resource=resource,
        dataset=catalog.dataset_of(resource),
        front_end=catalog.front_end_of(resource),
        catalog=catalog,
        settings=current,
        resolver=resolver or (lambda connection: resolve(connection, path)),
    )


@contextmanager
def storing(place: str) -> Iterator[None]:
    """Turn a failure of the disk into StorageFailed with the folder's name."""
    try:
        yield
    except OSError as exc:
        reason = os.strerror(exc.errno) if exc.errno else type(exc).__name__
        raise StorageFailed(
            Text(f"写盘失败: {reason}", f"cannot write to disk: {reason}"),
            place=place,
            next_step=Text(
                "腾出空间或修正权限后重跑; 未入库任何数据",
                "free space or mend the rights, then run again; nothing has landed",
            ),
        ) from exc
