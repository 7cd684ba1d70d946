"""What people read (清单与报告): validation reports, their site, and the summary of a run."""

from shutong.reporting.facts import BatchFacts
from shutong.reporting.pages import latest_report
from shutong.reporting.site import publish, rebuild
from shutong.reporting.summary import RunLine, line_of, write_run

__all__ = [
    "BatchFacts",
    "RunLine",
    "latest_report",
    "line_of",
    "publish",
    "rebuild",
    "write_run",
]
