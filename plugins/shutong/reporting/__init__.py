"""What people read (清单与报告): validation reports and the summary of a run."""

from shutong.reporting.pages import latest_report, write_report
from shutong.reporting.summary import RunLine, line_of, write_run

__all__ = ["RunLine", "latest_report", "line_of", "write_report", "write_run"]
