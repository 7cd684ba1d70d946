"""The two usual ways, timed (对照组): dlt with GX on pandas, and pandas with GX on pandas.

Beside them two readers that only draw the table to Parquet: connectorx and polars.

Runs in an environment of its own (`peers-requirements.txt`). Each way is tuned as far as its
own documentation goes: connectorx as one Arrow result, binary protocol, no telemetry; code
columns as categories and dates as datetime64[ns], the only types that GX compares without
a Python call per value; BOOLEAN_ONLY results, the cheapest there are. One read connection,
as a front-end machine is to be spared and one read must see one state. Imports and a warm-up
over a thousand rows come before the clock starts.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.source import COLUMNS, SUITE, WARM_ROWS, Source, cpu_seconds, peak_mb, tell
from tests.bench.source import source_of_environment as source_here

if TYPE_CHECKING:
    import pandas as pd

CODES = ("sex", "ethnic", "region_code", "marital", "education")
REPEATED = (*CODES, "name", "address")
"""Text columns worth a dictionary: far fewer different values than rows."""


def validate_frame(frame: pd.DataFrame) -> None:
    """Validate with GX on pandas; RuntimeError when a rule failed or raised."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    silent: Any = {"globally": False, "metric_calculations": False}
    context.variables.progress_bars = silent
    asset = context.data_sources.add_pandas("frame").add_dataframe_asset("rows")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    suite = gx.ExpectationSuite(**json.loads(SUITE.read_text(encoding="utf-8")))
    result = batch.validate(suite, result_format="BOOLEAN_ONLY")
    if not result.success:
        rules = [r.expectation_config for r in result.results if not r.success]
        failed = [rule.meta["rule"] if rule and rule.meta else "?" for rule in rules]
        raise RuntimeError(f"the bench table must satisfy the suite: {failed}")


def frame_of_parquet(files: list[Path]) -> pd.DataFrame:
    """Read Parquet into the column types on which GX is fastest."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.concat_tables(pq.read_table(f, read_dictionary=list(REPEATED)) for f in files)
    types = {"income": pa.float64()}
    types |= dict.fromkeys(("birth_date", "updated_at"), pa.timestamp("ns"))
    for name, kind in types.items():
        table = table.set_column(
            table.schema.get_field_index(name), name, table[name].cast(kind, safe=False)
        )
    frame: pd.DataFrame = table.to_pandas(split_blocks=True, self_destruct=True)
    return frame


def draw_with_dlt(source: Source, home: Path, limit: int | None, partitions: int) -> list[Path]:
    """Run a dlt pipeline from the table to Parquet files; return them."""
    # dlt is not installed beside this project: its environment is built by `run.py`.
    import dlt  # type: ignore[import-not-found,unused-ignore]
    from dlt.destinations import filesystem  # type: ignore[import-not-found,unused-ignore]
    from dlt.sources.sql_database import sql_table  # type: ignore[import-not-found,unused-ignore]

    name = f"bench_{limit or 'all'}"
    options: dict[str, Any] = {"protocol": "binary", "return_type": "arrow"}
    if partitions > 1 and limit is None:
        options |= {"partition_on": "person_id", "partition_num": partitions}

    def narrow(query: Any, table: Any) -> Any:
        return query if limit is None else query.where(table.c.person_id <= limit)

    pipeline = dlt.pipeline(
        pipeline_name=name,
        pipelines_dir=str(home / "pipelines"),
        destination=filesystem(bucket_url=(home / name).as_uri()),
        dataset_name="bench",
    )
    rows = sql_table(
        credentials=source.url("mysql+pymysql"),
        table=source.table,
        backend="connectorx",
        backend_kwargs=options,
        included_columns=list(COLUMNS),
        query_adapter_callback=narrow,
    )
    pipeline.run(rows, loader_file_format="parquet", write_disposition="replace")
    return sorted((home / name / "bench" / source.table).rglob("*.parquet"))


def dlt_and_gx(source: Source, home: Path, limit: int | None, partitions: int) -> dict[str, float]:
    """Peer 1: dlt to Parquet, then GX on pandas over the Parquet."""
    started = time.perf_counter()
    files = draw_with_dlt(source, home, limit, partitions)
    drawn = time.perf_counter()
    frame = frame_of_parquet(files)
    validate_frame(frame)
    ended = time.perf_counter()
    return {
        "seconds": ended - started,
        "drawing": drawn - started,
        "validating": ended - drawn,
        "rows": len(frame),
    }


def pandas_and_gx(source: Source, home: Path, limit: int | None, _: int) -> dict[str, float]:
    """Peer 2: pandas.read_sql, GX on pandas, then to_parquet."""
    import pandas as pd
    import pymysql

    query = _query(source, limit)
    started = time.perf_counter()
    with warnings.catch_warnings():
        # A bare DBAPI connection reads a fifth faster than SQLAlchemy's; pandas warns of it.
        warnings.simplefilter("ignore")
        connection = pymysql.connect(
            host=source.host,
            port=source.port,
            user=source.user,
            password=source.password,
            database=source.database,
            charset="utf8mb4",
        )
        with connection:
            reading: Any = connection
            frame = pd.read_sql(query, reading, parse_dates=["birth_date"])
    types = dict.fromkeys(("birth_date", "updated_at"), "datetime64[ns]")
    frame = frame.astype(types | dict.fromkeys(CODES, "category"))
    drawn = time.perf_counter()
    validate_frame(frame)
    validated = time.perf_counter()
    frame.to_parquet(home / "rows.parquet", index=False)
    ended = time.perf_counter()
    return {
        "seconds": ended - started,
        "drawing": drawn - started,
        "validating": validated - drawn,
        "writing": ended - validated,
        "rows": len(frame),
    }


def connectorx_to_parquet(
    source: Source, home: Path, limit: int | None, _: int
) -> dict[str, float]:
    """Reader 1: connectorx as a stream of Arrow batches, written as they come."""
    import connectorx as cx  # type: ignore[import-not-found,unused-ignore]
    import pyarrow.parquet as pq

    started = time.perf_counter()
    reader = cx.read_sql(
        source.url("mysql"),
        _query(source, limit),
        protocol="binary",
        return_type="arrow_stream",
        batch_size=65_536,
    )
    rows = 0
    with pq.ParquetWriter(home / "connectorx.parquet", reader.schema) as file:
        for batch in reader:
            file.write_batch(batch)
            rows += batch.num_rows
    return {"seconds": time.perf_counter() - started, "rows": rows}


def polars_to_parquet(source: Source, home: Path, limit: int | None, _: int) -> dict[str, float]:
    """Reader 2: polars, which reads by connectorx, and its own Parquet writer."""
    import polars as pl  # type: ignore[import-not-found,unused-ignore]

    started = time.perf_counter()
    frame = pl.read_database_uri(
        _query(source, limit), source.url("mysql"), engine="connectorx", protocol="binary"
    )
    frame.write_parquet(home / "polars.parquet", compression="snappy")
    return {"seconds": time.perf_counter() - started, "rows": frame.height}


def _query(source: Source, limit: int | None) -> str:
    query = f"SELECT {', '.join(COLUMNS)} FROM {source.table}"
    return query if limit is None else f"{query} WHERE person_id <= {limit}"


PEERS: dict[str, Callable[[Source, Path, int | None, int], dict[str, float]]] = {
    "dlt": dlt_and_gx,
    "pandas": pandas_and_gx,
    "connectorx": connectorx_to_parquet,
    "polars": polars_to_parquet,
}


def main(arguments: list[str]) -> None:
    """Warm one peer up, time it, print {seconds, peak_mb, …} as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("--partitions", type=int, default=1, help="connectorx read connections")
    options = parser.parse_args(arguments)
    home = Path(tempfile.mkdtemp(prefix="peer-", dir=os.environ.get("BENCH_SCRATCH")))
    os.environ.update(
        GX_ANALYTICS_ENABLED="False",
        RUNTIME__DLTHUB_TELEMETRY="false",
        RUNTIME__LOG_LEVEL="ERROR",
        DLT_PROJECT_DIR=str(home),
        DLT_DATA_DIR=str(home / "data"),
    )
    try:
        source = source_here()
        PEERS[options.peer](source, home, WARM_ROWS, 1)
        spent = cpu_seconds()
        facts = PEERS[options.peer](source, home, None, options.partitions)
        tell(**facts, cpu=cpu_seconds() - spent, peak_mb=peak_mb())
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
