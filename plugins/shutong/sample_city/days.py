"""A day passes at the front-end machines (过一天): rows come, change, go, and come late."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from shutong.errors import NO_TEXT, SourceMismatch, StorageFailed, Text, UnknownName
from shutong.sample_city.changes import CHANGES
from shutong.sample_city.city import City, DayCounts, DayReport, database_path, marker_path
from shutong.sample_city.columns import clock_text
from shutong.sample_city.registers import UPDATED_AT, Register, make_registers
from shutong.sample_city.sizes import MAX_DAYS, SIZES
from shutong.sample_city.source_table import quoted

_ZONE: Final = ZoneInfo("Asia/Shanghai")
_AT_ONCE: Final = 3
"""Rows that share the day's last moment, as at the edge of every real window."""
_BUSY: Final = 60
"""Seconds before the day's end in which the punctual rows change."""
_LATE: Final = (120, 480)
"""Seconds by which late rows are older: more than the busy time, less than the overlap."""


def pass_day(
    folder: Path, *, seed: int | None = None, day: int | None = None, at: datetime | None = None
) -> DayReport:
    """Let a day pass in the city under `folder`, and return what changed.

    `day` is the next one unless said. `at` is the day's end in the front-ends' wall clock, which
    no cursor value exceeds: now by default, so that the next window draws the day's rows; with
    a fixed `at` every byte is foretold. A day that has passed is not passed again; one that was
    broken off goes on where it stopped.
    """
    city = _city(folder, seed)
    wanted = city.days + 1 if day is None else day
    if 1 <= wanted <= city.days:
        return DayReport(day=wanted, at=city.clock, counts=_counts(city.scale), repeated=True)
    moment = (at or _now()).replace(microsecond=0)
    _refuse_disorder(city, wanted, moment, folder)
    registers = sorted(make_registers(city.seed, city.scale), key=_front_end)
    try:
        for front_end, group in groupby(registers, key=_front_end):
            _pass_at(database_path(folder, front_end), list(group), wanted, moment)
        marker = city.model_copy(update={"days": wanted, "clock": moment})
        marker.write(marker_path(folder))
    except (OSError, sqlite3.OperationalError) as exc:
        raise StorageFailed(
            Text("前置机数据库写不下来", "a front-end database cannot be written"),
            place=str(folder),
            next_step=Text("排除故障后再运行一次, 会从断处继续", "mend it, run again: it goes on"),
        ) from exc
    return DayReport(day=wanted, at=moment, counts=_counts(city.scale))


def _now() -> datetime:
    """Return the wall clock a little ago: windows end before the present second."""
    return datetime.now(_ZONE).replace(tzinfo=None) - timedelta(seconds=2)


def _front_end(register: Register) -> str:
    return register.table.front_end


def _counts(scale: float) -> dict[str, DayCounts]:
    """Return what each day changes, the same on every day of a city."""
    daily = {resource: size.daily.scaled(scale) for resource, size in SIZES.items()}
    return {
        resource: DayCounts(inserted=d.inserted, updated=d.updated, deleted=d.deleted, late=d.late)
        for resource, d in daily.items()
    }


def _city(folder: Path, seed: int | None) -> City:
    marker = marker_path(folder)
    if not marker.is_file():
        raise UnknownName(
            Text("此处没有样例城市", "there is no sample city here"),
            place=str(folder),
            next_step=Text("先运行 shutong sample create", "run shutong sample create first"),
        )
    city = City.read(marker)
    if seed is not None and seed != city.seed:
        raise UnknownName(
            Text(f"此处样例城市的种子是 {city.seed}", f"the sample city here has seed {city.seed}"),
            place=str(folder),
            next_step=Text(f"写 --seed {city.seed}", f"say --seed {city.seed}"),
        )
    return city


def _refuse_disorder(city: City, day: int, at: datetime, folder: Path) -> None:
    """Refuse a day that is not the next one, past the last one, or ends before the last."""
    following = city.days + 1
    step = NO_TEXT
    if day > MAX_DAYS:
        fact = Text(f"样例城市只有 {MAX_DAYS} 天", f"the sample city has only {MAX_DAYS} days")
        step = Text("另建一座", "create another one")
    elif day != following:
        fact = Text(f"下一天是第 {following} 天", f"the next day is day {following}")
    elif at <= city.clock:
        fact = Text(f"上一天到 {city.clock} 才结束", f"the last day ended only at {city.clock}")
    else:
        return
    raise UnknownName(fact, place=f"{folder}: {day}", next_step=step)


def _pass_at(path: Path, registers: list[Register], day: int, at: datetime) -> None:
    """Let the day pass at one front-end machine, in one transaction.

    The database's own `user_version` counts its days, inside the same transaction.
    """
    with closing(sqlite3.connect(f"file:{path}?mode=rw", uri=True, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        (passed,) = db.execute("PRAGMA user_version").fetchone()
        if passed == day:
            db.execute("ROLLBACK")
            return
        if passed != day - 1:
            raise _not_this_city(path.name)
        for register in registers:
            _change(db, register, day, at)
        db.execute(f"PRAGMA user_version = {day:d}")
        db.execute("COMMIT")


def _change(db: sqlite3.Connection, register: Register, day: int, at: datetime) -> None:
    daily, table = register.count.daily, register.table
    keys = " AND ".join(f"{quoted(table.column(key))} = ?" for key in table.identity)
    name = quoted(table.name)
    new = _new_rows(register, day, at)
    marks = ", ".join("?" for _ in table.columns)
    _all_done(db, f"INSERT INTO {name} VALUES ({marks})", new, table.name)  # noqa: S608
    if daily.updated:
        item, _ = CHANGES[register.resource]
        stamps = [UPDATED_AT] if table.cursor == UPDATED_AT else []
        sets = ", ".join(f"{quoted(table.column(key))} = ?" for key in [item, *stamps])
        changed = _changed_rows(register, day, at, stamped=bool(stamps))
        _all_done(db, f"UPDATE {name} SET {sets} WHERE {keys}", changed, table.name)  # noqa: S608
    gone = register.may_go[daily.deleted * (day - 1) : daily.deleted * day]
    keys_gone = [_identity(register, row) for row in gone]
    _all_done(db, f"DELETE FROM {name} WHERE {keys}", keys_gone, table.name)  # noqa: S608


def _all_done(
    db: sqlite3.Connection, statement: str, rows: list[tuple[Any, ...]], table: str
) -> None:
    """Carry out a statement for each row; each has to change exactly one."""
    if rows and db.executemany(statement, rows).rowcount != len(rows):
        raise _not_this_city(table)


def _new_rows(register: Register, day: int, at: datetime) -> list[tuple[Any, ...]]:
    """Return the day's newcomers, the late ones last."""
    count, daily = register.count, register.count.daily
    begin = count.base + (day - 1) * (daily.inserted + daily.late)
    positions = range(begin, begin + daily.inserted + daily.late)
    if register.table.cursor == UPDATED_AT:
        punctual = _moments(at, daily.inserted)
        spread = _LATE[1] - _LATE[0]
        late = [at - timedelta(seconds=_LATE[0] + i * 7 % spread) for i in range(daily.late)]
        register.columns[UPDATED_AT][positions.start : positions.stop] = [
            clock_text(moment) for moment in (*punctual, *late)
        ]
    return register.rows(positions)


def _changed_rows(
    register: Register, day: int, at: datetime, *, stamped: bool
) -> list[tuple[Any, ...]]:
    """Return new value, new cursor value where there is one, and key of the day's changes."""
    item, change = CHANGES[register.resource]
    number = register.count.daily.updated
    rows = register.may_change[number * (day - 1) : number * day]
    values = [change(register.columns[item][row]) for row in rows]
    moments = [clock_text(moment) for moment in _moments(at, len(rows))]
    return [
        (value, *([moment] if stamped else []), *_identity(register, row))
        for value, moment, row in zip(values, moments, rows, strict=True)
    ]


def _moments(at: datetime, number: int) -> list[datetime]:
    """Return the moments of punctual rows: some at the very end, the others shortly before."""
    return [at - timedelta(seconds=max(0, i - _AT_ONCE + 1) % _BUSY) for i in range(number)]


def _identity(register: Register, row: int) -> tuple[Any, ...]:
    return tuple(register.columns[key][row] for key in register.table.identity)


def _not_this_city(place: str) -> SourceMismatch:
    return SourceMismatch(
        Text("前置机的行不是这座样例城市的", "the rows are not those of this sample city"),
        place=place,
        next_step=Text("移走 front_ends 后重建", "move front_ends away and create it anew"),
    )
