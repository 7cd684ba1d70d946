"""What can go wrong with a database's log, in words (日志故障)."""

from __future__ import annotations

from dataclasses import dataclass

from shutong.errors import SourceMismatch, SourceUnreachable, Text
from shutong.frontends.faults import Faults

_ANEW = Text(
    "运行 shutong collect <资源> --anew, 从现在的日志位点重新整表归集",
    "run shutong collect <resource> --anew: the whole table is drawn again, from where the log "
    "stands now",
)
_OTHERWISE = Text(
    "改用 load: merge 或 load: full, 或请部门调整", "use load: merge or load: full, or ask for it"
)


@dataclass(frozen=True, slots=True)
class LogFaults:
    """Builds the errors of reading a front-end machine's log (日志故障用语)."""

    faults: Faults

    def setting(self, name: str, value: str, wanted: str) -> SourceMismatch:
        """Say that a setting of the server keeps the log from telling the rows."""
        return self._mismatch(
            Text(
                f"数据库参数 {name} 为 {value}, 日志归集需要 {wanted}",
                f"the server's {name} is {value}; load: log needs {wanted}",
            ),
            Text(
                f"请部门设置 {name}={wanted} 后重跑, 或改用 load: merge",
                f"ask the department to set {name}={wanted}, or use load: merge",
            ),
        )

    def not_granted(self, grant: str) -> SourceMismatch:
        """Say which grant the account lacks."""
        login = self.faults.endpoint.login
        return self._mismatch(
            Text(
                f"账号 {login} 无权读取数据库日志, 缺少 {grant}",
                f"the login {login} may not read the log: it lacks {grant}",
            ),
            Text(
                f"请部门执行 GRANT {grant} ON *.* (只读取日志, 不能写入)",
                f"ask the department to GRANT {grant} ON *.*, which allows no writing",
            ),
        )

    def not_logged(self, schema: str) -> SourceMismatch:
        """Say that the server leaves this schema out of its log."""
        return self._mismatch(
            Text(f"数据库 {schema} 的变化不记入日志", f"changes of {schema} are not logged"),
            Text(
                "请部门调整 binlog-do-db / binlog-ignore-db, 或改用 load: merge",
                "ask for other binlog-do-db / binlog-ignore-db, or use load: merge",
            ),
        )

    def gone(self) -> SourceMismatch:
        """Say that the log no longer holds the place where we left off."""
        return self._mismatch(
            Text(
                "数据库日志已不含上次的位点 (日志被清除、重置或换了服务器)",
                "the log no longer holds the place where we left off "
                "(purged, reset, or another server's)",
            ),
            _ANEW,
        )

    def ended_early(self) -> SourceUnreachable:
        """Say that the log ended before the place where it had stood."""
        return SourceUnreachable(
            Text("数据库日志中途断开", "the log ended before the place it had reached"),
            place=self.faults.place,
            next_step=Text("重跑; 未入库任何数据", "run again; nothing has landed"),
        )

    def too_large(self) -> SourceMismatch:
        """Say that the log's file is larger than the protocol can address."""
        return self._mismatch(
            Text("日志文件超过 4 GB", "the log's file is larger than 4 GB"),
            Text(
                "请部门执行 FLUSH BINARY LOGS 后重跑", "ask for FLUSH BINARY LOGS, then run again"
            ),
        )

    def statement(self, table: str, word: str) -> SourceMismatch:
        """Say that a statement stands in the log whose rows the log does not tell."""
        return self._mismatch(
            Text(
                f"日志中有对表 {table} 的 {word} 语句, 无法得知涉及哪些行",
                f"the log holds a statement {word} on table {table}; it does not tell which rows",
            ),
            _ANEW,
        )

    def distributed(self, table: str) -> SourceMismatch:
        """Say that the table is written by distributed transactions."""
        return self._mismatch(
            Text(
                f"表 {table} 由分布式事务 (XA) 写入, 日志不能说明何时生效",
                f"table {table} is written by distributed transactions (XA): the log does not "
                "tell when they count",
            ),
            _OTHERWISE,
        )

    def no_base_table(self, table: str) -> SourceMismatch:
        """Say that the log tells nothing of a view."""
        return self._mismatch(
            Text(f"{table} 不是基本表, 日志中没有它的行", f"{table} is no base table: not logged"),
            _OTHERWISE,
        )

    def cascades(self, table: str) -> SourceMismatch:
        """Say that foreign keys change rows of the table that never reach the log."""
        return self._mismatch(
            Text(
                f"表 {table} 有级联外键, 级联的删改不记入日志",
                f"table {table} has a foreign key that cascades; such changes are not logged",
            ),
            _OTHERWISE,
        )

    def key_type(self, table: str, column: str, type_name: str) -> SourceMismatch:
        """Say that a key of this type cannot be taken from the log exactly."""
        return self._mismatch(
            Text(
                f"表 {table} 主键字段 {column} 的类型 {type_name} 不能从日志精确读取",
                f"key column {column} of table {table} has type {type_name}, which the log does "
                "not tell exactly",
            ),
            _OTHERWISE,
        )

    def no_key(self, table: str) -> SourceMismatch:
        """Say that the log's rows do not hold the key."""
        return self._mismatch(
            Text(
                f"表 {table} 的日志行缺少主键字段 (binlog_row_image 不是 FULL, "
                "且数据标准的主键不是表的主键)",
                f"the log's rows of table {table} lack a key column: binlog_row_image is not "
                "FULL, and the standard's key is not the table's own",
            ),
            Text(
                "请部门设置 binlog_row_image=FULL, 再运行 shutong collect <资源> --anew",
                "ask for binlog_row_image=FULL, then run shutong collect <resource> --anew",
            ),
        )

    def unreadable(self, table: str) -> SourceMismatch:
        """Say that rows in the log do not have the table's present columns, or cannot be read."""
        return self._mismatch(
            Text(
                f"日志中表 {table} 的行与现在的字段不符或无法解读",
                f"the log's rows of table {table} do not have its present columns, or cannot be "
                "read",
            ),
            _ANEW,
        )

    def _mismatch(self, fact: Text, next_step: Text) -> SourceMismatch:
        return SourceMismatch(fact, place=self.faults.place, next_step=next_step)
