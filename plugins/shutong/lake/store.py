"""The shared high-frequency database (高频数据共享库): one Delta table per dataset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable

from shutong.catalog.models import Dataset
from shutong.errors import Text, UnknownName
from shutong.lake import landing as landings
from shutong.lake import problems, upkeep
from shutong.lake import quarantine as quarantines
from shutong.lake.accounts import Account, accounts
from shutong.lake.batches import LandedRows, QuarantinedRows, landed_rows, quarantined_rows
from shutong.lake.changes import Site
from shutong.lake.comparing import KeyDifference, KeyFiles, compare_keys, standing_keys
from shutong.lake.faults import storing
from shutong.lake.guards import Landing
from shutong.lake.locks import held
from shutong.lake.log import commits, find_batch
from shutong.lake.problems import ProblemLine
from shutong.lake.quarantined import Places, ids_at, rows_at
from shutong.lake.query import LakeQuery
from shutong.lake.scratch import scratch, spill_folder
from shutong.lake.sealing import KeyRing
from shutong.lake.tables import file_rows, make_folder, open_table, table_folder, tables_in
from shutong.lake.upkeep import Damage, Swept
from shutong.model import LandedBatch, LandedFile, StagedBatch, ValidationReport


@dataclass(frozen=True, slots=True)
class TableVersion:
    """One version of a table (库表版本)."""

    version: int
    at: datetime
    """UTC."""
    batch_id: str | None
    """The batch that made it; None for the making of the table."""
    resource: str | None


@dataclass(frozen=True, slots=True)
class BatchRows:
    """The rows of a batch, found again (批次原始行)."""

    folder: Path
    """Of the caller's own, gone afterwards."""
    landed: LandedRows
    quarantined: QuarantinedRows


class Lake:
    """The shared database and its quarantine (共享库与隔离区), in two folders.

    `memory` and `threads` bound the engine of the guards and queries. Faults of the disk are
    StorageFailed, and then the table is as it was.
    """

    def __init__(
        self,
        root: Path,
        quarantine_root: Path,
        *,
        memory: str = "200MB",
        threads: int = 2,
        keys: KeyRing | None = None,
    ) -> None:
        self.root = root
        self.quarantine_root = quarantine_root
        self._memory = memory
        self._threads = threads
        self._keys = keys or KeyRing()

    # ------------------------------------------------------------ writing

    @contextmanager
    def working_on(self, resource: str) -> Iterator[None]:
        """Hold a resource for one run (资源锁); Busy at once when another run has it."""
        with storing(resource):
            make_folder(self.root)
        with held(self.root, resource):
            yield

    def land(
        self,
        *,
        report: ValidationReport,
        staged: StagedBatch,
        dataset: Dataset,
    ) -> LandedBatch:
        """Put a validated batch's clean rows into its table, whole and once (入库).

        Full replaces the resource's partition, append adds, merge renews by key; rows of other
        resources stay as they are. A batch that has landed is told again with `repeated`.
        LandingRefused by a guard, Busy while another run works on the resource; on return all
        of it is on disk.
        """
        batch = Landing(report, staged, dataset)
        with self.working_on(report.resource), storing(batch.place):
            site = Site(self.root, self._memory, self._threads)
            return landings.land(site, batch)

    def quarantine(self, report: ValidationReport, dataset: Dataset, *, seal: bool = False) -> int:
        """Put a batch's rejected rows aside, once, and return their number (问题数据隔离).

        With `seal` their items are encrypted; KeyUnusable, with nothing written, without a key.
        """
        with self.working_on(report.resource), storing(f"{report.resource} {report.batch_id}"):
            make_folder(self.quarantine_root)
            return quarantines.quarantine(
                self.quarantine_root, report, dataset, self._keys, seal=seal
            )

    def settle(
        self, dataset: str, resource: str, settled: Mapping[str, str], *, reference: str
    ) -> int:
        """Mark rejected rows as settled (办结), by row id with how; see `problems.settle`."""
        with self.working_on(resource), storing(resource):
            root = self.quarantine_root
            return problems.settle(root, dataset, resource, settled, reference=reference)

    # ------------------------------------------------------------ reading

    def problems(self) -> Iterator[ProblemLine]:
        """Yield how many problems lie in quarantine (问题数据统计), without any value."""
        for dataset in tables_in(self.quarantine_root):
            with storing(dataset):
                yield from problems.problem_lines(self.quarantine_root, dataset)

    def problem_rows(
        self, name: str, dataset: Dataset, resource: str, *, batch_id: str | None = None
    ) -> Iterator[pa.Table]:
        """Yield a resource's rejected rows with their items (查阅问题数据), sealed ones opened.

        The caller has put the access on record before.
        """
        with storing(resource):
            yield from problems.problem_rows(
                self.quarantine_root, name, dataset, resource, self._keys, batch_id=batch_id
            )

    def accounts(self, dataset: str) -> dict[str, Account]:
        """Return where the rows of each landed batch are (批次平账), from the tables alone."""
        with storing(dataset):
            return accounts(self.root, self.quarantine_root, dataset)

    def quarantined(
        self, name: str, dataset: Dataset, resource: str, places: Places
    ) -> dict[str, pa.Table]:
        """Return rejected rows by batch and place (隔离行); see `quarantined.rows_at`.

        The caller has put the access on record before where anybody is shown them.
        """
        with storing(resource):
            root = self.quarantine_root
            return rows_at(root, name, dataset, resource, self._keys, places)

    def problem_ids(self, name: str, resource: str, places: Places) -> list[str]:
        """Return the ids of rejected rows by batch and place (问题编号)."""
        with storing(resource):
            return ids_at(self.quarantine_root, name, resource, places)

    def compare_keys(
        self, dataset: Dataset, name: str, resource: str, files: KeyFiles
    ) -> KeyDifference:
        """Hold a resource's keys against the source's (主键比对); write what differs."""
        with storing(resource), scratch(self.root, self._memory, self._threads) as connection:
            return compare_keys(connection, dataset.key, self._own(name, resource), files)

    def standing_keys(
        self, dataset: Dataset, name: str, resource: str, asked: Path, target: Path
    ) -> KeyDifference:
        """Write which of the `asked` keys stand in a resource's rows (在库主键)."""
        with storing(resource), scratch(self.root, self._memory, self._threads) as connection:
            own = self._own(name, resource)
            return standing_keys(connection, dataset.key, own, asked, target)

    def _own(self, name: str, resource: str) -> list[Path]:
        """Return a resource's current files."""
        folder = table_folder(self.root, name)
        table = open_table(folder)
        facts = file_rows(table) if table is not None else {}
        return [folder / path for path in sorted(facts) if facts[path]["resource"] == resource]

    def files_of(self, dataset: str, resource: str) -> tuple[Path, ...]:
        """Return the data files that hold a resource's rows now; none before the first."""
        with storing(dataset):
            return tuple(self._own(dataset, resource))

    def tables(self) -> tuple[str, ...]:
        """Return the names of the datasets that have a table (库表清单)."""
        return tables_in(self.root)

    def version(self, dataset: str) -> int | None:
        """Return the current version of a dataset's table, None when it has none yet."""
        with storing(dataset):
            table = open_table(table_folder(self.root, dataset))
            return table.version() if table else None

    def rows(self, dataset: str, version: int | None = None) -> int:
        """Return the rows of a table by its log, now or at a version."""
        with storing(dataset):
            return sum(facts["rows"] for facts in file_rows(self._table(dataset, version)).values())

    def versions(self, dataset: str) -> tuple[TableVersion, ...]:
        """Return the versions of a table, the newest first (版本清单)."""
        with storing(dataset):
            newest = self._table(dataset).version()
            return tuple(
                TableVersion(c.version, c.at, c.batch_id, c.told.get("resource"))
                for c in commits(table_folder(self.root, dataset), newest)
            )

    def current_files(
        self, dataset: str, version: int | None = None, batch: str | None = None
    ) -> tuple[Path, ...]:
        """Return the data files of a table: now, at a version, or as a batch left it."""
        with storing(dataset):
            if batch is not None:
                version = self.version_of(dataset, batch)
            table = self._table(dataset, version)
            folder = table_folder(self.root, dataset)
            return tuple(folder / path for path in sorted(file_rows(table)))

    def version_of(self, dataset: str, batch: str) -> int:
        """Return the version that a batch made; UnknownName when it did not land there."""
        newest = self._table(dataset).version()
        commit = find_batch(table_folder(self.root, dataset), newest, batch)
        if commit is None:
            raise UnknownName(
                Text(f"批次 {batch} 未入此表", f"batch {batch} did not land in this table"),
                place=dataset,
            )
        return commit.version

    def query(self, versions: Mapping[str, int | str] | None = None) -> LakeQuery:
        """Return a read-only SQL door to the tables (查询), named `<theme>.<dataset>`.

        `versions` sets tables back to a version or to what a batch left, by dataset name.
        """
        settled = {
            dataset: self.version_of(dataset, at) if isinstance(at, str) else at
            for dataset, at in (versions or {}).items()
        }
        return LakeQuery(self.root, settled, memory=self._memory, threads=self._threads)

    @contextmanager
    def batch_rows(
        self,
        dataset: str,
        declared: Dataset,
        batch: str,
        *,
        digests: Mapping[str, str],
        misfit_rules: frozenset[str],
    ) -> Iterator[BatchRows]:
        """Give the rows of one batch as it landed and as it was rejected (批次原始行).

        They may be read until the context is left. `digests` are the ledger's by path,
        `misfit_rules` those that say that no type could hold a row.
        """
        with spill_folder(self.root) as folder:
            with storing(batch):
                rows = BatchRows(
                    folder,
                    landed_rows(self.root, dataset, batch, digests, folder),
                    quarantined_rows(
                        self.quarantine_root, dataset, declared, batch, misfit_rules, folder
                    ),
                )
            yield rows

    # ------------------------------------------------------------ upkeep

    def sweep(self, older_than: timedelta = timedelta(days=1)) -> Swept:
        """Remove files that no version of a table knows and that are older than an age (清理)."""
        with storing(str(self.root.name)):
            lake = upkeep.sweep(self.root, older_than, self.root)
            return lake + upkeep.sweep(self.quarantine_root, older_than, self.root)

    def verify(self, dataset: str, recorded: Iterable[LandedFile]) -> tuple[Damage, ...]:
        """Hold a table's current files against the ledger's digests (核验); name the bad ones."""
        with storing(dataset):
            table = self._table(dataset)
            return upkeep.verify(table_folder(self.root, dataset), table, recorded, self._threads)

    def compare(self, last: Iterable[LandedBatch]) -> tuple[str, ...]:
        """Hold the tables against the last landing of each dataset in the ledger (启动核对).

        Returns the batches that landed and are not in the ledger yet: rerun them. StorageFailed
        when a table has lost what the ledger knows, as after a power failure.
        """
        with storing(str(self.root.name)):
            return upkeep.compare(self.root, last)

    def guard_last(self, landed: LandedBatch) -> None:
        """Hold a table against one landing of the ledger; StorageFailed when it lost that."""
        with storing(str(self.root.name)):
            upkeep.guard_last(self.root, landed)

    def _table(self, dataset: str, version: int | None = None) -> DeltaTable:
        table = open_table(table_folder(self.root, dataset), version)
        if table is not None:
            return table
        near = get_close_matches(dataset, self.tables(), n=1, cutoff=0.4)
        hint = (
            Text(f"是否要找 {near[0]}", f"did you mean {near[0]}")
            if near
            else Text("先归集一次该数据集", "collect the dataset first")
        )
        raise UnknownName(Text(f"共享库没有表 {dataset}", f"no table {dataset}"), next_step=hint)
