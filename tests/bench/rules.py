"""Validation alone, timed (校验): the thirty expectations and the identifier rules on staged files.

Ours judges the files as the extraction writes them and finds every failing row; a figure of its
own has the clean and the rejected rows written apart, too. GX on pandas gets the same files in
its fastest column types and the same rules, the city's with their pandas bodies; it is to find
the same rows and writes nothing. The plain rules alone, on rows of which none fails, show what
GX's own rules cost. Each runner is a process of its own that times itself after imports and a
warm-up over a thousand rows.

Run alone: `python -m tests.bench.rules`, with `--rows 1000000` for a smaller one.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from tests.bench.ours import IDENTIFIER_RULE, bench_dataset
from tests.bench.peers import CODES, REPEATED
from tests.bench.source import SUITE, WARM_ROWS, cpu_seconds, peak_mb, tell
from tests.bench.table import CHUNK, chunks

from shutong import quality
from shutong.catalog.models import Tolerance
from shutong.datafiles import file_schema, written_as
from shutong.model import LoadMode, StagedBatch, StagedFile, Window
from shutong.quality import validation

if TYPE_CHECKING:
    import pandas as pd

ROOT: Final = Path(__file__).parents[2]
TODAY: Final = date(2026, 11, 23)
ROWS: Final = 10_000_000
PANDAS_ROWS: Final = 1_000_000
ROUNDS: Final = 3
EVERY: Final = 500
"""One row in so many is soiled in each of the soiled columns, each column in other rows."""
GROUP: Final = 65_536
"""Rows of a row group, as the extraction writes them."""
MILLION: Final = 1_000_000
_SOILED: Final = {
    "id_number": "360202199003070010",
    "name": "王?",
    "sex": "7",
    "phone": "12345678901",
    "region_code": "999999",
}
_MEMORY: Final = "200MB"
_THREADS: Final = 2


def _rule(kind: str, rule: str, **kwargs: Any) -> dict[str, Any]:
    return {
        "type": f"expect_column_values_to_be_{kind}",
        "kwargs": kwargs,
        "meta": {"rule": rule, "severity": "reject_row", "words": rule, "words_en": rule},
    }


IDENTIFIER_RULES: Final = [
    IDENTIFIER_RULE,
    _rule("birth_date_of_number", "birth.number", column="birth_date", number_column="id_number"),
    _rule("sex_of_number", "sex.number", column="sex", number_column="id_number"),
    _rule("region_code", "region.known", column="region_code"),
    _rule("mobile_phone", "phone.mobile", column="phone"),
    _rule("person_name", "name.person", column="name"),
]
"""The rules of the city's own that speak of people."""


def suite(*, identifiers: bool) -> dict[str, Any]:
    """Return the suite of a runner, in GX's own form."""
    data: dict[str, Any] = json.loads(SUITE.read_text(encoding="utf-8"))
    if identifiers:
        data["expectations"] += IDENTIFIER_RULES
    return data


def soiled(table: pa.Table, first: int) -> pa.Table:
    """Return the rows with one in `EVERY` soiled, column by column."""
    numbers = np.arange(first, first + table.num_rows)
    for place, (name, wrong) in enumerate(_SOILED.items()):
        at = table.schema.get_field_index(name)
        bad = pa.array(numbers % EVERY == place * 7)
        table = table.set_column(at, name, pc.if_else(bad, wrong, table.column(at)))
    return table


def write_files(folder: Path, rows: int, *, soil: bool) -> list[Path]:
    """Write the bench table as the extraction stages it; return the files."""
    folder.mkdir(parents=True)
    dataset = bench_dataset()
    schema = file_schema(dataset)
    files = []
    for number, chunk in enumerate(chunks(rows)):
        table = soiled(chunk, number * CHUNK) if soil else chunk
        for name in ("_provider", "_batch"):
            table = table.append_column(name, pa.repeat("bench", table.num_rows))
        path = folder / f"part-{number:05d}.parquet"
        with pq.ParquetWriter(path, schema, **written_as(dataset)) as writer:
            writer.write_table(table.cast(schema, safe=False), row_group_size=GROUP)
        files.append(path)
    return files


def judge(files: list[Path], folder: Path, *, identifiers: bool) -> dict[str, float]:
    """Judge staged files as `shutong validate` does; return rows, rejected rows and seconds.

    `seconds` end when every failing row is known, `whole` when clean and rejected ones are
    written apart.
    """
    began: dict[str, float] = {}
    splitting = validation.split

    def split(*facts: Any, **more: Any) -> Any:
        began["split"] = time.perf_counter()
        return splitting(*facts, **more)

    started = time.perf_counter()
    with mock.patch.object(validation, "split", split):
        facts = _validated(files, folder, identifiers=identifiers)
    ended = time.perf_counter()
    return {**facts, "seconds": began["split"] - started, "whole": ended - started}


def _validated(files: list[Path], folder: Path, *, identifiers: bool) -> dict[str, float]:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "suite.json"
    path.write_text(json.dumps(suite(identifiers=identifiers)), encoding="utf-8")
    staged = [
        StagedFile(path=file, rows=pq.read_metadata(file).num_rows, bytes=file.stat().st_size)
        for file in files
    ]
    rows = sum(file.rows for file in staged)
    window = Window(resource="bench.rules", mode=LoadMode.FULL, planned_at=datetime(2026, 11, 23))
    batch = StagedBatch(
        batch_id="bench",
        resource="bench.rules",
        dataset="population/bench_resident",
        window=window,
        files=tuple(staged),
        rows=rows,
        source_rows=rows,
        reader="bench",
    )
    report = quality.validate(
        staged=batch,
        dataset=bench_dataset(),
        suite_path=path,
        tolerance=Tolerance(rejected_share=1),
        codes={},
        folder=folder,
        memory=_MEMORY,
        threads=_THREADS,
        today=TODAY,
    )
    if not report.accepted:
        raise RuntimeError(f"the bench rules must be carried out: {report.reasons}")
    return {"rows": rows, "rejected": report.rejected_rows}


def frame_of(files: list[Path]) -> pd.DataFrame:
    """Read staged files into the column types on which GX is fastest."""
    table = pa.concat_tables(pq.read_table(f, read_dictionary=list(REPEATED)) for f in files)
    types = {"income": pa.float64()}
    types |= dict.fromkeys(("birth_date", "updated_at"), pa.timestamp("ns"))
    table = table.drop_columns(["_provider", "_batch"])
    for name, kind in types.items():
        at = table.schema.get_field_index(name)
        table = table.set_column(at, name, table[name].cast(kind, safe=False))
    frame: pd.DataFrame = table.to_pandas(split_blocks=True, self_destruct=True)
    return frame.astype(dict.fromkeys(CODES, "category"))


def judge_on_pandas(files: list[Path]) -> dict[str, float]:
    """Judge the files by GX on pandas, failing rows found; return rows and failing rows."""
    import great_expectations as gx

    frame = frame_of(files)
    context = gx.get_context(mode="ephemeral")
    silent: Any = {"globally": False, "metric_calculations": False}
    context.variables.progress_bars = silent
    asset = context.data_sources.add_pandas("frame").add_dataframe_asset("rows")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    said = suite(identifiers=True)
    result = batch.validate(gx.ExpectationSuite(**said), result_format="COMPLETE")
    failing: set[int] = set()
    for each in result.results:
        if "unexpected_count" in each.result:
            failing.update(each.result["unexpected_index_list"] or [])
        elif not each.success:
            raise RuntimeError(f"erred on pandas: {each.exception_info}")
    return {"rows": len(frame), "rejected": len(failing)}


def run(runner: str, rows: int) -> None:
    """Warm one runner up, time it, print {seconds, cpu, rows, rejected, peak_mb} as JSON."""
    warnings.simplefilter("ignore")
    home = Path(tempfile.mkdtemp(prefix="rules-"))
    plain = runner == "plain"
    if runner == "pandas":
        from shutong.quality.importing import load_gx

        load_gx()
    try:

        def once(files: list[Path], name: str) -> dict[str, float]:
            if runner == "pandas":
                return judge_on_pandas(files)
            return judge(files, home / name, identifiers=not plain)

        once(write_files(home / "few", WARM_ROWS, soil=not plain), "warm")
        whole = subprocess.run(  # Its own process: making the rows must not count as memory.
            [sys.executable, "-m", "tests.bench.rules", "write", str(home / "all"), str(rows)]
            + (["--clean"] if plain else []),
            cwd=ROOT,
            check=True,
        )
        files = sorted((home / "all").glob("*.parquet")) if not whole.returncode else []
        spent, started = cpu_seconds(), time.perf_counter()
        facts = once(files, "timed")
        facts = {"seconds": time.perf_counter() - started, **facts}
        tell(**facts, cpu=cpu_seconds() - spent, peak_mb=peak_mb())
    finally:
        shutil.rmtree(home, ignore_errors=True)


def measure(
    rows: int = ROWS, pandas_rows: int = PANDAS_ROWS, rounds: int = ROUNDS
) -> dict[str, Any]:
    """Let the runners take turns; return the keys of `build/bench.json`, raw times beside."""
    found: dict[str, list[dict[str, float]]] = {"ours": [], "plain": [], "pandas": []}
    for _ in range(rounds):
        for runner, told in found.items():
            told.append(_told(runner, pandas_rows if runner == "pandas" else rows))
    shares = {
        runner: {round(facts["rejected"] / facts["rows"], 6) for facts in told}
        for runner, told in found.items()
    }
    if shares["plain"] != {0.0} or shares["ours"] != shares["pandas"] or len(shares["ours"]) != 1:
        raise RuntimeError(f"the runners found other rows: {shares}")
    return {**figures(found), "rules_raw": found}


def figures(found: dict[str, list[dict[str, float]]]) -> dict[str, float]:
    """Return seconds per million rows and the ratio to pandas, of medians, and the largest size."""
    each = {runner: _per_million(told, "seconds") for runner, told in found.items()}
    return {
        "rules_seconds_per_million": round(each["ours"], 3),
        "rules_split_seconds_per_million": round(_per_million(found["ours"], "whole"), 3),
        "rules_plain_seconds_per_million": round(each["plain"], 3),
        "rules_speedup_vs_pandas_gx": round(each["pandas"] / each["ours"], 3),
        "rules_peak_mb": max(facts["peak_mb"] for facts in found["ours"]),
    }


def _per_million(told: Iterable[dict[str, float]], fact: str) -> float:
    return statistics.median(facts[fact] / facts["rows"] for facts in told) * MILLION


def _told(runner: str, rows: int) -> dict[str, float]:
    words = [sys.executable, "-m", "tests.bench.rules", "run", runner, str(rows)]
    done = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True)
    facts: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    sys.stdout.write(f"{runner:8} " + "  ".join(f"{k} {v:g}" for k, v in facts.items()) + "\n")
    sys.stdout.flush()
    return facts


def main(arguments: list[str]) -> None:
    """Measure; or, as a process of its own, run one runner or write its files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--clean", action="store_true", help="write rows of which none fails")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--pandas-rows", type=int, default=PANDAS_ROWS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args(arguments)
    match options.words:
        case ["run", runner, rows]:
            run(runner, int(rows))
        case ["write", folder, rows]:
            write_files(Path(folder), int(rows), soil=not options.clean)
        case []:
            told = measure(options.rows, options.pandas_rows, options.rounds)
            told.pop("rules_raw")
            sys.stdout.write(json.dumps(told, indent=1) + "\n")
        case other:
            raise SystemExit(f"run <runner> <rows>, write <folder> <rows>, or nothing: {other}")


if __name__ == "__main__":
    main(sys.argv[1:])
