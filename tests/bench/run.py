"""`make bench` (性能基准): Shutong, its peers and the server's own dump, in one run.

Runs take turns, so that a busy moment of the machine hits all alike; the medians count. Every
runner is a process of its own that times itself after imports and a warm-up. Results go to
`build/bench.json`, raw times beside the medians.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psutil
from tests.bench import catalog_scale, rules
from tests.bench.dump import dump_seconds
from tests.bench.increments import ADMIN
from tests.bench.server import running
from tests.bench.source import Source
from tests.bench.table import table_source
from tests.integration.mariadb import Account

ROOT: Final = Path(__file__).parents[2]
BUILD: Final = ROOT / "build"
REQUIREMENTS: Final = Path(__file__).with_name("peers-requirements.txt")
_RUNNERS: Final = (
    *("dump", "ours", "dlt", "pandas", "connectorx", "polars", "increments"),
    "rules",
)
MIB: Final = 2**20
_SAMPLE_SECONDS: Final = 0.25
_NOTE: Final = (
    "对照组没有公民身份号码规则(其中没有这种规则), 本项目多校验这一条 · "
    "the peers lack the citizen number rule, which ours checks in addition"
)

Facts = dict[str, float]


def measured(words: list[str], source: Source, scratch: Path) -> Facts:
    """Run a runner to its end; return its facts, with the peak of its whole process tree in MiB.

    Raises RuntimeError with the end of its talk when it failed.
    """
    environment = source.environment() | {"BENCH_SCRATCH": str(scratch)}
    talk = scratch / "talk.log"
    with talk.open("wb") as log:
        process = psutil.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log)
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, _resident(process))
            time.sleep(_SAMPLE_SECONDS)
        said = process.stdout.read().decode()
    if process.returncode != 0:
        raise RuntimeError(f"{words[-2:]} failed:\n{talk.read_text(errors='replace')[-3000:]}")
    facts: Facts = json.loads(said.strip().splitlines()[-1])
    facts["peak_mb"] = round(max(facts["peak_mb"], peak), 1)
    return facts


def _resident(process: psutil.Process) -> float:
    """Return the resident size of a process and its descendants now, in MiB."""
    total = 0
    try:
        for member in (process, *process.children(recursive=True)):
            total += member.memory_info().rss
    except psutil.NoSuchProcess:
        pass
    return total / MIB


def peers_python(folder: Path) -> str:
    """Return the interpreter of the peers' environment, built by uv when it is not there."""
    python = folder / "bin" / "python"
    stamp = folder / "requirements.sha256"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != wanted:
        uv = shutil.which("uv", path=f"{ROOT / '.tools/bin'}{os.pathsep}{os.environ['PATH']}")
        if uv is None:
            raise RuntimeError("uv is needed to build the peers' environment")
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([uv, "venv", "-q", "--python", sys.executable, str(folder)], check=True)
        words = [uv, "pip", "sync", "-q", "--python", str(python), str(REQUIREMENTS)]
        subprocess.run(words, check=True)
        stamp.write_text(wanted)
    return str(python)


def take_turns(
    runners: dict[str, Callable[[], Facts]], rounds: int, rows: int
) -> dict[str, list[Facts]]:
    """Let every runner run once a round; return their facts in order.

    RuntimeError when one carried other than `rows` rows.
    """
    found: dict[str, list[Facts]] = defaultdict(list)
    for number in range(rounds):
        for name, run in runners.items():
            facts = run()
            if facts.get("rows", rows) != rows:
                raise RuntimeError(f"{name} carried {facts['rows']} of {rows} rows")
            found[name].append(facts)
            said = "  ".join(f"{key} {value:g}" for key, value in facts.items())
            sys.stdout.write(f"{number + 1}/{rounds} {name:8} {said}\n")
            sys.stdout.flush()
    return dict(found)


def median(runs: list[Facts], fact: str) -> float:
    """Return the median of one fact over the runs."""
    return round(statistics.median(facts[fact] for facts in runs), 3)


def summary(small: dict[str, list[Facts]], large: dict[str, list[Facts]]) -> dict[str, float]:
    """Return the figures of `build/bench.json`; those of runners that did not run are missing."""
    seconds = {name: median(runs, "seconds") for name, runs in small.items()}
    figures: dict[str, float] = {}
    if "ours" in seconds:
        ratios = {
            "pipeline_vs_dump": seconds["ours"] / seconds["dump"],
            **{
                f"speedup_vs_{peer}_gx": seconds[peer] / seconds["ours"]
                for peer in ("dlt", "pandas")
                if peer in seconds
            },
        }
        figures |= {name: round(value, 3) for name, value in ratios.items()}
        figures["peak_mb_2m"] = median(small["ours"], "peak_mb")
        for peer in ("connectorx", "polars"):
            if peer in seconds:
                drawn = median(small["ours"], "extract")
                figures[f"reading_vs_{peer}"] = round(drawn / seconds[peer], 3)
    if "increments" in large:
        figures |= _shares(large["increments"])
    if "ours" in large:
        figures["peak_mb_10m"] = median(large["ours"], "peak_mb")
        ratio = median(large["ours"], "seconds") / median(large["dump"], "seconds")
        figures["pipeline_vs_dump_10m"] = round(ratio, 3)
    return figures


def _shares(runs: list[Facts]) -> dict[str, float]:
    """Return what increments and comparison cost, as shares of a whole merging load."""
    shares = {
        f"increment_{where}_share": median(runs, where) / median(runs, "seconds")
        for where in ("together", "spread")
    }
    shares["comparison_vs_reading"] = median(runs, "comparison") / median(runs, "load_extract")
    return {name: round(share, 3) for name, share in shares.items()} | {
        "increment_peak_mb": max(facts["peak_mb"] for facts in runs)
    }


def main(arguments: list[str]) -> int:
    """Measure, print and write the figures; return 0."""
    options = _options(arguments)
    bench = BUILD / "bench"
    scratch = bench / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    peers = peers_python(bench / "peers-venv")
    with running(bench / "mariadb") as admin:
        small = _measure(admin, options.rows, scratch, peers, options)
        large: dict[str, list[Facts]] = {}
        os.environ[ADMIN] = json.dumps(asdict(admin))
        if options.large_rows:
            large = _measure(admin, options.large_rows, scratch, None, options)
    shutil.rmtree(scratch, ignore_errors=True)
    alone = rules.measure(options.rules_rows, rounds=options.rounds) if judged(options) else {}
    facts: dict[str, Any] = (
        summary(small, large)
        | alone
        | {
            "seconds": {name: median(runs, "seconds") for name, runs in small.items()},
            "rows": {"small": options.rows, "large": options.large_rows},
            "raw": {"small": small, "large": large},
            "catalog": catalog_scale.measure(),
            "rounds": options.rounds,
            "dlt_read_connections": options.dlt_partitions,
            "note": _NOTE,
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
    )
    options.output.write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", "utf-8")
    _print(facts, small, options)
    return 0


def judged(options: argparse.Namespace) -> bool:
    """Say whether validation is measured by itself, too."""
    return "rules" in options.only and options.rules_rows > 0


def _measure(
    admin: Account, rows: int, scratch: Path, peers: str | None, options: argparse.Namespace
) -> dict[str, list[Facts]]:
    source = table_source(admin, rows, scratch)

    def dump() -> Facts:
        return {"seconds": round(dump_seconds(source), 3)}

    def runner(*words: str) -> Callable[[], Facts]:
        return lambda: measured(list(words), source, scratch)

    runners: dict[str, Callable[[], Facts]] = {
        "dump": dump,
        "ours": runner(sys.executable, "-m", "tests.bench.ours"),
    }
    if peers is not None:
        module = (peers, "-m", "tests.bench.peers")
        runners["dlt"] = runner(*module, "dlt", "--partitions", str(options.dlt_partitions))
        runners["pandas"] = runner(*module, "pandas")
        runners |= {name: runner(*module, name) for name in ("connectorx", "polars")}
    else:
        runners["increments"] = runner(sys.executable, "-m", "tests.bench.increments")
    chosen = {name: run for name, run in runners.items() if name in options.only}
    dump()  # The table comes into the server's memory before anything is timed.
    return take_turns(chosen, options.rounds, rows)


def _print(
    facts: dict[str, Any], small: dict[str, list[Facts]], options: argparse.Namespace
) -> None:
    lines = ["", f"{options.rows:,} 行 rows × 15 列 columns, 30 条规则 expectations"]
    for name, seconds in facts["seconds"].items():
        peak = f"{median(small[name], 'peak_mb'):8.0f} MB" if name != "dump" else ""
        lines.append(
            f"  {name:8} {seconds:8.2f} s {options.rows / seconds:12,.0f} 行 rows/s {peak}"
        )
    told = ("pipeline_", "speedup_", "peak_", "reading_", "increment_", "comparison_")
    keys = [key for key in facts if key.startswith((*told, "rules_")) and key != "rules_raw"]
    lines += [
        "",
        *(f"  {key:30} {facts[key]:10.2f}" for key in keys),
        *(f"  {key:30} {value:10.2f}" for key, value in facts["catalog"].items()),
        "",
        _NOTE,
        str(options.output),
    ]
    sys.stdout.write("\n".join(lines) + "\n")


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--large-rows", type=int, default=10_000_000, help="0 leaves it out")
    parser.add_argument(
        "--rules-rows", type=int, default=rules.ROWS, help="rows that are validated alone"
    )
    parser.add_argument("--only", nargs="+", default=list(_RUNNERS))
    parser.add_argument("--dlt-partitions", type=int, default=1, help="dlt's read connections")
    parser.add_argument("--output", type=Path, default=BUILD / "bench.json")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
