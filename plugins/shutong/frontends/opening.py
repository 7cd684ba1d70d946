"""Which reader reads which front-end machine (选择读取器)."""

from __future__ import annotations

from shutong.catalog.models import FrontEnd, FrontEndKind
from shutong.frontends.endpoints import Endpoint
from shutong.frontends.ports import Reader


def open_reader(front_end: FrontEnd, endpoint: Endpoint) -> Reader:
    """Open a front-end machine for reading.

    Raises SourceUnreachable when it does not answer, refuses the login (the message never
    holds the password) or its driver is not installed. The caller closes the reader.
    """
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
