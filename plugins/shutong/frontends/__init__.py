"""Front-end machines (前置机): one reader for each kind of database, behind one port.

Drivers are imported when a reader is opened, not with this package.
"""

from __future__ import annotations

from shutong.frontends.endpoints import Endpoint, endpoint_of, resolve
from shutong.frontends.opening import open_reader
from shutong.frontends.ports import (
    Among,
    Drawing,
    Explained,
    KeyRange,
    LogPosition,
    LogReader,
    Query,
    Reader,
    SourceClock,
    SourceColumn,
)

__all__ = [
    "Among",
    "Drawing",
    "Endpoint",
    "Explained",
    "KeyRange",
    "LogPosition",
    "LogReader",
    "Query",
    "Reader",
    "SourceClock",
    "SourceColumn",
    "endpoint_of",
    "open_reader",
    "resolve",
]
