"""Check a ledger's audit chain without Shutong (独立核验审计链): one file, standard library only.

    python audit_verifier.py ledger.db

Prints the first bad record and exits 1; exits 0 when every record holds, 2 when the file
cannot be read. A record's seal is SM3(previous seal + canonical JSON of the record); the
first previous seal is 64 zeros. Compare the last number and seal that it prints with the
ones noted down earlier: a chain alone does not show that its end was cut off.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
from collections.abc import Iterable
from pathlib import Path

COLUMNS = ("seq", "at", "actor", "action", "subject", "facts", "prev", "hash")
RECORDS = """
    SELECT seq, at, actor, action, subject, facts, prev, hash FROM audit_events ORDER BY seq
"""
ARGUMENTS = 2


def seal(record: dict[str, object]) -> str:
    """Return the seal that the content of `record` must carry."""
    row = {name: record[name] for name in COLUMNS if name not in ("prev", "hash")}
    text = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.new("sm3", (str(record["prev"]) + text).encode()).hexdigest()


def check(records: Iterable[dict[str, object]]) -> tuple[int, str, str]:
    """Return the number and seal of the last good record, and what is wrong with the next."""
    seq, last = 0, "0" * 64
    for record in records:
        name = f"第 {record['seq']} 号记录 record {record['seq']}"
        if record["seq"] != seq + 1:
            return seq, last, f"{name}: 序号不连续 number out of sequence"
        if record["prev"] != last:
            return seq, last, f"{name}: 与上一条不衔接 does not continue the one before"
        if record["hash"] != seal(record):
            return seq, last, f"{name}: 内容与封签不符 content does not match its seal"
        seq, last = seq + 1, str(record["hash"])
    return seq, last, ""


def open_ledger(path: Path) -> sqlite3.Connection:
    """Open the ledger for reading only, also from a medium that cannot be written."""
    address = path.resolve(strict=True).as_uri()
    connection = sqlite3.connect(f"{address}?mode=ro", uri=True)
    try:
        connection.execute("SELECT 1 FROM audit_events LIMIT 1")
    except sqlite3.OperationalError:
        journal = path.with_name(path.name + "-wal")
        if journal.exists() and journal.stat().st_size:
            raise
        connection = sqlite3.connect(f"{address}?mode=ro&immutable=1", uri=True)
    return connection


def main(arguments: list[str]) -> int:
    """Check the ledger named on the command line; return the exit code."""
    if len(arguments) != ARGUMENTS:
        sys.stderr.write("用法 usage: python audit_verifier.py ledger.db\n")
        return 2
    try:
        connection = open_ledger(Path(arguments[1]))
        rows = connection.execute(RECORDS)
        seq, last, fault = check(dict(zip(COLUMNS, row, strict=True)) for row in rows)
    except (OSError, sqlite3.Error, ValueError) as exc:
        sys.stderr.write(f"无法读取台账 the ledger cannot be read: {exc}\n")
        return 2
    if fault:
        sys.stdout.write(f"首条异常 first bad: {fault}\n")
        return 1
    sys.stdout.write(f"审计链完好 the chain holds: {seq} 条 records, 末封签 last seal {last}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
