"""Pages beside Airflow's own (页面)."""

from shutong.web.reports import report_pages

__all__ = ["report_pages"]
