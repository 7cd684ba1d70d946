"""The daily DAG of share requests (共享申请时限检查): clocks move, alarms are raised."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shutong.dag_builder.mornings import Morning, morning_dag
from shutong.dag_builder.tasks import told
from shutong.settings import settings

if TYPE_CHECKING:
    from airflow.sdk import DAG

DAG_ID: Final = "sharing-clock"
_SHOWN: Final = 20
_WORDS: Final = """### 共享申请时限

每天早上把申请、审核、审定文件登记入台账 (首次出现的时刻), 推进办理时限: 无条件共享到期即同意,
逾期未答复的转主管部门。有逾期、冻结、文件被删、日历缺年的, 任务失败并列出; 同样的话记入审计链。
用 `shutong request list`、`shutong request alarms` 查看。

Enters the first sight of every request, review and ruling, moves the terms, and fails where a
person must act, naming each request.
"""


def sharing_dag() -> DAG:
    """Return the DAG that looks at every share request each morning."""
    morning = Morning(
        dag_id=DAG_ID,
        title="共享申请时限",
        description="共享申请推进与告警 · terms and alarms of share requests",
        words=_WORDS,
        cron="30 7 * * *",
        task="推进时限",
    )
    return morning_dag(morning, look_at_requests)


@told
def look_at_requests() -> dict[str, int]:
    """Look at every share request; return how many alarms there are. Fails on an urgent one."""
    from shutong.errors import CatalogFaulty, Text
    from shutong.ledger import Ledger
    from shutong.sharing.watching import watch

    using = settings()
    found = watch(using.root, Ledger(using.ledger_address))
    urgent = [each for each in found if each.urgent]
    if urgent:
        lines = "\n".join(
            f"{each.request}: {each.words} {each.detail}".rstrip() for each in urgent[:_SHOWN]
        )
        raise CatalogFaulty(
            Text(
                f"{len(urgent)} 项共享申请待处理:\n{lines}",
                f"{len(urgent)} share requests need somebody",
            ),
            place="catalog",
            next_step=Text("运行 shutong request alarms", "run shutong request alarms"),
        )
    return {"alarms": len(found)}
