"""Report pages are served to whoever may see their DAG, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import HTTPException
from fastapi.testclient import TestClient
from tests.unit.reporting.reports import report

from shutong.reporting import publish
from shutong.web import report_pages


def nobody(dag_id: str) -> None:
    raise HTTPException(403)


def everybody(dag_id: str) -> None:
    return None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "reports" / "public-security.resident"
    place.mkdir(parents=True)
    (place / "latest.html").write_text("报告", encoding="utf-8")
    (tmp_path / "secret.html").write_text("secret", encoding="utf-8")
    return tmp_path / "reports"


def test_a_report_is_served_and_may_load_nothing_from_elsewhere(folder: Path) -> None:
    answer = TestClient(report_pages(folder, everybody)).get(
        "/reports/public-security.resident/latest.html"
    )
    assert (answer.status_code, answer.text) == (200, "报告")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_the_index_shows_what_somebody_may_see_and_nothing_else(tmp_path: Path) -> None:
    publish(report(1, "public-security.resident", title="户籍"), tmp_path)
    publish(report(1, "civil-affairs.adoption", title="收养"), tmp_path)
    client = TestClient(report_pages(tmp_path, everybody, lambda: {"civil-affairs.adoption"}))
    for address in ("/reports/", "/reports/index.html"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "收养" in answer.text
        assert "户籍" not in answer.text
        assert "public-security" not in answer.text
    assert "script-src 'sha256-" in answer.headers["content-security-policy"]
    assert "收养" in client.get("/reports/civil-affairs.adoption/").text
    assert client.get("/reports/index.json").status_code == 404
    assert client.get("/reports/civil-affairs.adoption/2026-10.json").status_code == 404


def test_without_knowing_who_may_see_what_there_is_no_index(tmp_path: Path) -> None:
    publish(report(1), tmp_path)
    client = TestClient(report_pages(tmp_path, everybody))
    assert client.get("/reports/").status_code == 404
    assert client.get("/reports/index.html").status_code == 404


def test_whoever_may_not_see_the_dag_gets_no_report(folder: Path) -> None:
    client = TestClient(report_pages(folder, nobody))
    assert client.get("/reports/public-security.resident/latest.html").status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/reports/public-security.resident/other.html",
        "/reports/public-security.resident/..%2f..%2fsecret.html",
        "/reports/..%2f/secret.html",
        "/reports/%2e%2e/secret.html",
        "/reports/public-security.resident/%00.html",
        "/docs",
        "/openapi.json",
    ],
)
def test_nothing_but_reports_is_served(folder: Path, path: str) -> None:
    assert TestClient(report_pages(folder, everybody)).get(path).status_code == 404


def test_a_link_out_of_the_folder_is_not_followed(folder: Path) -> None:
    link = folder / "public-security.resident" / "link.html"
    link.symlink_to(folder.parent / "secret.html")
    client = TestClient(report_pages(folder, everybody))
    assert client.get("/reports/public-security.resident/link.html").status_code == 404
