"""The daily DAG of the correction tickets' clock (校核时限检查)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shutong.dag_builder.mornings import Morning, morning_dag
from shutong.dag_builder.tasks import told
from shutong.settings import settings

if TYPE_CHECKING:
    from airflow.sdk import DAG

DAG_ID: Final = "corrections-clock"
_WORDS: Final = """### 校核工单时限

每天早上检查未办结的校核工单: 有超期或没有届满日的, 任务失败并列出工单; 同样的话记入日志和审计链。
用 `shutong corrections list --overdue` 查看。

Fails when correction tickets are overdue or without a last day, and names them.
"""


def clock_dag() -> DAG:
    """Return the DAG that looks at the tickets' clock every morning."""
    morning = Morning(
        dag_id=DAG_ID,
        title="校核工单时限",
        description="校核工单超期告警 · alarms of overdue correction tickets",
        words=_WORDS,
        cron="0 8 * * *",
        task="检查时限",
    )
    return morning_dag(morning, look_at_clock)


@told
def look_at_clock() -> dict[str, int]:
    """Look at every open ticket's clock; return how many there are. Fails on an alarm."""
    from shutong.catalog import load_resources
    from shutong.corrections.alarms import raise_alarms
    from shutong.ledger import Ledger

    using = settings()
    return {"open": raise_alarms(Ledger(using.ledger_address), load_resources(using.root, []))}
