"""Which reader reads which front-end machine (选择读取器), and within which limits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from shutong.catalog.models import FrontEnd, FrontEndKind
from shutong.frontends import slots
from shutong.frontends.endpoints import Endpoint
from shutong.frontends.faults import Faults
from shutong.frontends.ports import Reader
from shutong.frontends.waiting import TIMING, Timing, tried

if TYPE_CHECKING:
    from shutong.frontends.limited import ProvingReader


def open_reader(
    front_end: FrontEnd,
    endpoint: Endpoint,
    *,
    locks: Path | None = None,
    timing: Timing = TIMING,
) -> Reader:
    """Open a front-end machine for reading, within its limits.

    `locks` is the folder in which this machine's readers share the allowed connections; without
    it they are not counted. Raises Busy when all are in use; SourceUnreachable when the machine
    does not answer, refuses the login (the message never holds the password) or its driver is
    not installed. A refused or cut connection is tried again a few times. The caller closes
    the reader.
    """
    from shutong.frontends.limited import LimitedReader

    faults = Faults(front_end, endpoint)
    slot = None if locks is None else slots.take(locks, front_end, faults.place, timing)
    try:
        reader = tried(lambda: _connected(front_end, endpoint), timing)
    except BaseException:
        if slot is not None:
            slot.release()
        raise
    return LimitedReader(reader, front_end, faults, timing, slot)


def _connected(front_end: FrontEnd, endpoint: Endpoint) -> ProvingReader:
    match front_end.kind:
        case FrontEndKind.MYSQL:
            from shutong.frontends.mysql import MysqlReader

            return MysqlReader(front_end, endpoint)
        case FrontEndKind.ORACLE:
            from shutong.frontends.oracle import OracleReader

            return OracleReader(front_end, endpoint)
        case FrontEndKind.DM:
            from shutong.frontends.dm import DmReader

            return DmReader(front_end, endpoint)
        case FrontEndKind.SQLITE | FrontEndKind.POSTGRESQL | FrontEndKind.KINGBASE:
            from shutong.frontends.generic import GenericReader

            return GenericReader(front_end, endpoint)
