"""What can go wrong at a front-end machine, in words (前置机故障).

One sentence for each fault, whichever driver met it. No sentence repeats a driver's own
text: it may hold a password, a filter's value or a row's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shutong.catalog.models import FrontEnd
from shutong.errors import NO_TEXT, SourceMismatch, SourceUnreachable, Text
from shutong.frontends.endpoints import Endpoint


@dataclass(frozen=True, slots=True)
class Faults:
    """Builds the errors of one front-end machine (故障用语), with its place."""

    front_end: FrontEnd
    endpoint: Endpoint

    @property
    def place(self) -> str:
        """The front-end machine and its address."""
        return f"{self.front_end.code} ({self.endpoint.address})"

    def no_answer(self) -> SourceUnreachable:
        """Say that nothing listens there, or nothing answered in time."""
        seconds = self.front_end.limits.connect_timeout_seconds
        return self._unreachable(
            Text(
                f"前置机连接不上 ({seconds} 秒内无应答)",
                f"the front-end machine does not answer within {seconds} s",
            ),
            Text(
                "检查前置机是否开机, 地址端口与防火墙; 恢复后重跑",
                "look at the machine, its address, port and firewall; then run again",
            ),
        )

    def turned_away(self) -> SourceUnreachable:
        """Say that the connection was refused or cut before the login was through."""
        return self._passing(
            Text(
                "前置机连接不上 (拒绝连接或随即断开)",
                "the front-end machine refuses or cuts the connection",
            ),
            Text(
                "检查数据库服务是否启动, 地址端口与防火墙; 恢复后重跑",
                "see that the database runs, and look at address, port and firewall; "
                "then run again",
            ),
        )

    def login_refused(self) -> SourceUnreachable:
        """Say that the login is wrong, or not allowed from here."""
        return self._unreachable(
            Text(
                f"前置机拒绝账号 {self.endpoint.login} 登录",
                f"the front-end machine refuses the login {self.endpoint.login}",
            ),
            Text(
                f"核对连接 {self.front_end.connection} 的账号与口令, 及允许的来访地址",
                f"check login and password of connection {self.front_end.connection}, "
                "and the addresses it may come from",
            ),
        )

    def no_database(self) -> SourceUnreachable:
        """Say that the connection names a database or service that is not there."""
        name = self.endpoint.database
        return self._unreachable(
            Text(f"前置机上没有数据库 {name}", f"there is no database {name}"),
            Text(
                f"核对连接 {self.front_end.connection} 的库名或服务名",
                f"check the database or service of connection {self.front_end.connection}",
            ),
        )

    def busy(self) -> SourceUnreachable:
        """Say that the machine takes no more connections."""
        return self._passing(
            Text("前置机连接数已满", "the front-end machine takes no more connections"),
            Text("稍后重跑, 或减少该前置机的并发", "run again later, or lower its limit"),
        )

    def timed_out(self) -> SourceUnreachable:
        """Say that no byte came within the read timeout."""
        seconds = self.front_end.limits.read_timeout_seconds
        return self._unreachable(
            Text(f"前置机 {seconds} 秒内没有数据", f"no data came within {seconds} s"),
            Text(
                "检查源表是否被锁或网络是否中断, 然后重跑; 未入库任何数据",
                "look for a lock or a cut line, then run again; nothing has landed",
            ),
        )

    def took_too_long(self) -> SourceUnreachable:
        """Say that the drawing lasted longer than it may."""
        seconds = self.front_end.limits.statement_timeout_seconds
        return self._unreachable(
            Text(
                f"读取超过 {seconds} 秒被中止",
                f"the reading was stopped: it lasted over {seconds} s",
            ),
            Text(
                "缩小过滤条件, 请部门为游标字段建索引, 或提高 front_ends.yaml 中的 "
                "limits.statement_timeout_seconds; 未入库任何数据",
                "narrow the filters, ask for an index on the cursor, or raise "
                "limits.statement_timeout_seconds in front_ends.yaml; nothing has landed",
            ),
        )

    def cut_short(self, rows: int | None = None, expected: int | None = None) -> SourceUnreachable:
        """Say that the reading ended before its last row."""
        came = Text("", "")
        if rows is not None and expected is not None:
            came = Text(
                f": 应有 {expected} 行, 收到 {rows} 行", f": {rows} of {expected} rows came"
            )
        elif rows:
            came = Text(f": 已收到 {rows} 行", f": {rows} rows had come")
        return self._unreachable(
            Text(
                f"读取中途断开 (连接中断、查询被终止或前置机重启){came.zh}",
                f"the reading was cut short (line cut, query killed or server restarted){came.en}",
            ),
            Text("重跑; 未入库任何数据", "run again; nothing has landed"),
        )

    def odd_value(self) -> SourceUnreachable:
        """Say that the driver gave up over a value."""
        return self._unreachable(
            Text("驱动无法读取某个值, 读取中止", "the driver gave up over a value"),
            Text(
                "请将源表结构告知平台管理员; 未入库任何数据",
                "tell the maintainers the table's declaration; nothing has landed",
            ),
        )

    def failed(self, code: str) -> SourceUnreachable:
        """Give any other error of the database, by its own code."""
        return self._unreachable(
            Text(f"前置机数据库报错 {code}", f"the front-end database reports {code}"),
            Text("按错误码排查后重跑", "look up the code, then run again"),
        )

    def no_driver(self, driver: str, extra: str) -> SourceUnreachable:
        """Say that the driver of this database is not installed."""
        return self._unreachable(
            Text(f"未安装驱动 {driver}", f"the driver {driver} is not installed"),
            Text(
                f"安装 shutong[{extra}] 后重跑; 离线环境请预置该驱动",
                f"install shutong[{extra}], then run again",
            ),
        )

    def no_file(self) -> SourceUnreachable:
        """Say that the database file is missing or is none."""
        return self._unreachable(
            Text("数据库文件不存在或不是数据库", "the database file is missing or is none"),
            Text(
                f"核对连接 {self.front_end.connection} 的路径; 样例库用 shutong sample create 生成",
                f"check the path of connection {self.front_end.connection}; "
                "make the sample city with shutong sample create",
            ),
        )

    def old_server(self) -> SourceUnreachable:
        """Say that the Oracle server is too old for thin mode."""
        return self._unreachable(
            Text(
                "Oracle 版本低于 12.1, 精简模式不支持",
                "this Oracle is older than 12.1, which thin mode does not speak",
            ),
            Text(
                f"安装 Oracle 客户端, 并在 front_ends.yaml 中为 {self.front_end.code} "
                "设 thick_client: true",
                "install the Oracle client and set thick_client: true for "
                f"{self.front_end.code} in front_ends.yaml",
            ),
        )

    def no_client(self) -> SourceUnreachable:
        """Say that the Oracle client, which thick mode needs, is not here."""
        return self._unreachable(
            Text("未找到 Oracle 客户端", "the Oracle client is not found"),
            Text(
                "安装 Oracle Instant Client 并设置其路径",
                "install Oracle Instant Client and put it on the library path",
            ),
        )

    def thin_already(self) -> SourceUnreachable:
        """Say that this process speaks to Oracle without a client already."""
        return self._unreachable(
            Text(
                "本进程已以精简模式连接过其他 Oracle, 不能再用客户端",
                "this process has already spoken to another Oracle without a client",
            ),
            Text(
                "单独归集该前置机, 或为所有 Oracle 前置机设 thick_client: true",
                "collect this machine by itself, or set thick_client: true for all Oracle machines",
            ),
        )

    def broken_text(self) -> SourceUnreachable:
        """Say that the source holds bytes that are no text in its own charset."""
        code = self.front_end.code
        return self._unreachable(
            Text(
                "源表含有与数据库字符集不符的文字, 读取中止",
                "the source holds bytes that are no text in the charset of its database",
            ),
            Text(
                f"在 front_ends.yaml 中为 {code} 设 charset (如 gbk), "
                "此类行将进入隔离区; 未入库任何数据",
                f"set charset (such as gbk) for {code} in front_ends.yaml: "
                "such rows then go to quarantine; nothing has landed",
            ),
        )

    def no_table(self, table: str) -> SourceMismatch:
        """Say that the table is missing, or the account may not see it."""
        return self._mismatch(
            Text(
                f"没有表 {table}, 或账号无权读取",
                f"there is no table {table}, or the login may not read it",
            ),
            Text(
                "核对资源的 source.table 与 db_schema, 或请部门授予查询权",
                "check source.table and db_schema, or ask the department for SELECT",
            ),
        )

    def no_columns(
        self, table: str, missing: Iterable[str], there: Iterable[str]
    ) -> SourceMismatch:
        """Say that columns are missing."""
        names, present = "、".join(missing), "、".join(there)
        return self._mismatch(
            Text(f"表 {table} 没有字段 {names}", f"table {table} has no column {names}"),
            Text(
                f"核对资源的 source.columns; 源表现有字段: {present}",
                f"check source.columns; the table has: {present}",
            ),
        )

    def not_carried(self, table: str, column: str, type_name: str) -> SourceMismatch:
        """Say that a column's type cannot be carried exactly."""
        return self._mismatch(
            Text(
                f"表 {table} 字段 {column} 的类型 {type_name} 不能精确传输",
                f"column {column} of table {table} has type {type_name}, "
                "which cannot be carried exactly",
            ),
            Text(
                "从 source.columns 去掉该字段, 或请部门提供转换后的视图",
                "leave the column out of source.columns, or ask for a view that converts it",
            ),
        )

    def bad_condition(self, table: str) -> SourceMismatch:
        """Say that a filter or the window does not fit its column."""
        return self._mismatch(
            Text(
                f"过滤条件或窗口与表 {table} 的字段类型不符",
                f"a filter or the window does not fit its column of table {table}",
            ),
            Text("核对 source.filters 与 source.cursor", "check source.filters and source.cursor"),
        )

    def no_log(self) -> SourceMismatch:
        """Say that this kind of database is not followed by its log."""
        kind = self.front_end.kind
        return self._mismatch(
            Text(f"{kind} 前置机不支持日志归集", f"load: log is not for {kind}"),
            Text("改用 load: merge 或 load: full", "use load: merge or load: full"),
        )

    def writable(self, table: str, rights: Iterable[str]) -> SourceMismatch:
        """Say that the account may write, and which grants are to be revoked."""
        login, names = self.endpoint.login, ", ".join(rights)
        return self._mismatch(
            Text(
                f"账号 {login} 对表 {table} 有写权限: {names}",
                f"the login {login} may write to table {table}: {names}",
            ),
            Text(
                f"请部门收回这些权限 (REVOKE {names}), 只保留 GRANT SELECT; 确需暂时接受时在 "
                f"front_ends.yaml 为 {self.front_end.code} 设 writable_account: accept",
                f"ask the department to REVOKE {names} and leave GRANT SELECT only; to accept it "
                f"for now, set writable_account: accept for {self.front_end.code} in "
                "front_ends.yaml",
            ),
        )

    def _passing(self, fact: Text, next_step: Text) -> SourceUnreachable:
        error = self._unreachable(fact, next_step)
        error.passing = True
        return error

    def _unreachable(self, fact: Text, next_step: Text = NO_TEXT) -> SourceUnreachable:
        return SourceUnreachable(fact, place=self.place, next_step=next_step)

    def _mismatch(self, fact: Text, next_step: Text = NO_TEXT) -> SourceMismatch:
        return SourceMismatch(fact, place=self.place, next_step=next_step)
