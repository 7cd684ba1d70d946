"""Where things are on this machine (运行设置), from `SHUTONG_*` environment variables."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shutong.errors import CatalogFaulty, Text

PREFIX: Final = "SHUTONG_"


def _project_root() -> Path:
    """Return the folder that holds `catalog/`: here, above here, or the checkout's own."""
    for folder in (Path.cwd(), *Path.cwd().parents):
        if (folder / "catalog" / "departments.yaml").is_file():
            return folder
    return Path(__file__).resolve().parents[2]


class Settings(BaseModel):
    """Every setting of Shutong (设置), each overridable as `SHUTONG_<NAME>`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def from_environment(cls) -> Self:
        """Return the settings that the environment gives; CatalogFaulty for a wrong value.

        Read here rather than by pydantic-settings, whose import doubles what the parse of a
        DAG file costs.
        """
        given = {
            name: os.environ[PREFIX + name.upper()]
            for name in cls.model_fields
            if os.environ.get(PREFIX + name.upper())
        }
        try:
            return cls.model_validate(given)
        except ValidationError as exc:
            error = exc.errors(include_input=False)[0]
            variable = PREFIX + str(error["loc"][0]).upper()
            raise CatalogFaulty(
                Text(f"环境变量 {variable} 的值有误", f"variable {variable} has a wrong value"),
                place=variable,
                next_step=Text(f"改正它: {error['msg']}", f"correct it: {error['msg']}"),
            ) from None

    root: Path = Field(default_factory=_project_root)
    """Project folder with `catalog/`, `schemas/`, `expectations/` and `dags/`."""
    data_dir: Path | None = None
    """Folder of everything written at run time; default `<root>/build`."""
    ledger_url: str | None = None
    """SQLAlchemy URL of the ledger (台账); default SQLite in the data folder."""
    connections_file: Path | None = None
    """Connections in the format of `airflow connections export`; default in the data folder."""
    lang: Literal["zh", "en", "both"] = "zh"
    """Language of messages for people."""
    duckdb_memory: str = "200MB"
    """Memory limit of the validating engine; what exceeds it spills to disk."""
    threads: int = Field(default=2, ge=1, le=64)
    """Threads of the validating engine."""
    rows_per_file: int = Field(default=524_288, ge=1)
    """Rows of one staged Parquet file."""
    rows_per_piece: int = Field(default=2_000_000, ge=0)
    """Rows of one piece of an initial load that is cut; 0 to cut none."""
    port: int = Field(default=8080, ge=1, le=65535)
    """Port of Airflow's pages on this machine, for `shutong up`."""
    task_retries: int = Field(default=3, ge=0, le=10)
    """Retries of an Airflow task; 0 in tests, because `dag.test()` waits them out."""

    @property
    def catalog_dir(self) -> Path:
        """Folder of the city's declarations (资源目录)."""
        return self.root / "catalog"

    @property
    def schemas_dir(self) -> Path:
        """Folder of the data standards (数据标准)."""
        return self.root / "schemas"

    @property
    def expectations_dir(self) -> Path:
        """Folder of the Great Expectations suites (校验规则)."""
        return self.root / "expectations"

    @property
    def build_dir(self) -> Path:
        """Folder of everything written at run time."""
        return self.data_dir or self.root / "build"

    @property
    def staging_dir(self) -> Path:
        """Folder of the batches under way (暂存区)."""
        return self.build_dir / "staging"

    @property
    def locks_dir(self) -> Path:
        """Folder in which this machine's readings share the front-ends' connections."""
        return self.build_dir / "locks"

    @property
    def lake_dir(self) -> Path:
        """Root of the shared high-frequency database (高频数据共享库)."""
        return self.build_dir / "lake"

    @property
    def quarantine_dir(self) -> Path:
        """Root of the quarantine tables (问题数据隔离区)."""
        return self.build_dir / "quarantine"

    @property
    def reports_dir(self) -> Path:
        """Folder of the validation reports (校验报告)."""
        return self.build_dir / "reports"

    @property
    def ledger_address(self) -> str:
        """SQLAlchemy URL of the ledger."""
        return self.ledger_url or f"sqlite:///{self.build_dir / 'ledger.db'}"

    @property
    def connections_path(self) -> Path:
        """File of the front-end connections when Airflow holds none."""
        return self.connections_file or self.build_dir / "connections.json"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings.from_environment()
