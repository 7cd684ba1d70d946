"""The actions that leave a record (审计动作): a closed catalogue with Chinese words."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from shutong.errors import Text


class Action(StrEnum):
    """What was done (审计动作); the value stands in the chain and never changes."""

    BATCH_PLANNED = "batch.planned"
    BATCH_REOPENED = "batch.reopened"
    BATCH_STAGED = "batch.staged"
    BATCH_RECONCILED = "batch.reconciled"
    BATCH_VALIDATED = "batch.validated"
    BATCH_REFUSED = "batch.refused"
    BATCH_ABANDONED = "batch.abandoned"
    BATCH_LANDED = "batch.landed"
    ROWS_QUARANTINED = "rows.quarantined"
    QUARANTINE_READ = "quarantine.read"
    TABLE_QUERIED = "table.queried"
    TABLE_VERIFIED = "table.verified"
    TABLE_SWEPT = "table.swept"
    REPORT_WRITTEN = "report.written"
    REPORT_VERIFIED = "report.verified"
    CHAIN_VERIFIED = "chain.verified"
    SHAPE_RECORDED = "shape.recorded"
    SHAPE_DRIFTED = "shape.drifted"
    SHAPE_EVOLVED = "shape.evolved"
    SHAPE_ACCEPTED = "shape.accepted"
    SHARE_FILE_SEEN = "share_file.seen"
    REQUEST_MOVED = "request.moved"
    REQUEST_HALTED = "request.halted"
    REQUEST_ALARMED = "request.alarmed"
    REQUEST_STEP_REFUSED = "request.step_refused"
    LISTS_WRITTEN = "lists.written"
    TICKET_OPENED = "ticket.opened"
    TICKET_EXPORTED = "ticket.exported"
    TICKET_IMPORTED = "ticket.imported"
    TICKET_ROWS_SETTLED = "ticket.rows_settled"
    TICKET_READ = "ticket.read"
    TICKET_ANSWERED = "ticket.answered"
    TICKET_CLOSED = "ticket.closed"
    TICKET_WITHDRAWN = "ticket.withdrawn"
    TICKET_OVERDUE = "ticket.overdue"
    TICKET_TERM_SET = "ticket.term_set"

    @property
    def words(self) -> Text:
        """Return the action in words for people."""
        return ACTION_WORDS[self]


ACTION_WORDS: Final[dict[Action, Text]] = {
    Action.BATCH_PLANNED: Text("计划批次", "batch planned"),
    Action.BATCH_REOPENED: Text("重开批次", "batch reopened"),
    Action.BATCH_STAGED: Text("抽取暂存", "batch staged"),
    Action.BATCH_RECONCILED: Text("对账", "batch reconciled"),
    Action.BATCH_VALIDATED: Text("校验", "batch validated"),
    Action.BATCH_REFUSED: Text("拒收批次", "batch refused"),
    Action.BATCH_ABANDONED: Text("放弃未完批次", "unfinished batch given up"),
    Action.BATCH_LANDED: Text("入库", "batch landed"),
    Action.ROWS_QUARANTINED: Text("隔离问题数据", "rows quarantined"),
    Action.QUARANTINE_READ: Text("查阅问题数据", "quarantine read"),
    Action.TABLE_QUERIED: Text("查询共享库", "shared table queried"),
    Action.TABLE_VERIFIED: Text("核验数据文件", "data files verified"),
    Action.TABLE_SWEPT: Text("清理残留文件", "orphaned files swept"),
    Action.REPORT_WRITTEN: Text("生成报告", "report written"),
    Action.REPORT_VERIFIED: Text("复算报告", "report recomputed"),
    Action.CHAIN_VERIFIED: Text("核验审计链", "audit chain verified"),
    Action.SHAPE_RECORDED: Text("登记源表结构", "source table's shape recorded"),
    Action.SHAPE_DRIFTED: Text("发现结构变更", "schema drift found"),
    Action.SHAPE_EVOLVED: Text("随源表结构变更", "schema drift followed"),
    Action.SHAPE_ACCEPTED: Text("人工确认结构变更", "schema drift accepted by a person"),
    Action.SHARE_FILE_SEEN: Text("首见共享文件", "sharing file first seen"),
    Action.REQUEST_MOVED: Text("申请状态变化", "request moved"),
    Action.REQUEST_HALTED: Text("申请冻结", "request halted"),
    Action.REQUEST_ALARMED: Text("申请提醒", "request alarmed"),
    Action.REQUEST_STEP_REFUSED: Text("拒绝办理动作", "step on a request refused"),
    Action.LISTS_WRITTEN: Text("生成清单", "lists written"),
    Action.TICKET_OPENED: Text("立校核工单", "correction ticket opened"),
    Action.TICKET_EXPORTED: Text("导出校核工单", "correction ticket exported"),
    Action.TICKET_IMPORTED: Text("回收更正表格", "corrected spreadsheet taken in"),
    Action.TICKET_ROWS_SETTLED: Text("工单行变动", "rows of a ticket settled or come back"),
    Action.TICKET_READ: Text("查阅工单内容", "what a ticket holds was read"),
    Action.TICKET_ANSWERED: Text("工单答复", "ticket answered by a person"),
    Action.TICKET_CLOSED: Text("工单办结", "ticket closed"),
    Action.TICKET_WITHDRAWN: Text("工单撤销", "ticket withdrawn"),
    Action.TICKET_OVERDUE: Text("工单告警", "ticket overdue or without a term"),
    Action.TICKET_TERM_SET: Text("补登工单届满日", "ticket's last day entered"),
}
