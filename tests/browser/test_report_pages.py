"""The reports in a real browser without any network: complete, in two languages, by keyboard.

The batch is one of a front-end machine whose persons have values of their own, and none of
them may show.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import Watched, watched
from tests.integration.collection.town import FIRST_DAY, RESOURCE, Person, SqliteSite, Town, build

from shutong.collection import collect
from shutong.collection.documents import write_documents
from shutong.web import report_pages

CANARIES = ("KN-310199001", "金丝雀", "KN-无名者", "0000-00-00", "77777.77")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Collect three batches of persons, with rows that fail by their values."""
    folder = tmp_path_factory.mktemp("reports")
    made = build(folder / "town", SqliteSite(folder / "fe.db"), now=FIRST_DAY)
    for day in range(3):
        made.now = FIRST_DAY + timedelta(days=day + 1)
        made.put(*(Person(f"KN-310199001{n}", f"金丝雀{n}") for n in range(20 + day)))
        made.put(Person("KN-无名者", None), Person("KN-无日", "金丝雀", born="0000-00-00"))
        landed = collect(RESOURCE, context=made.context())
    write_documents(landed.batch_id, None, using=made.settings)
    return made


@pytest.fixture
def folder(town: Town) -> Path:
    return town.settings.reports_dir


def latest(folder: Path) -> Path:
    return folder / RESOURCE / "latest.html"


def test_every_page_of_the_site_opens_without_asking_any_network(
    folder: Path, cut: Watched
) -> None:
    pages = sorted(folder.rglob("*.html"))
    assert len(pages) == 8, "index, history, month, latest, three batches, GX"
    for path in pages:
        page = cut.open(path)
        shown = page.content()
        assert not [value for value in CANARIES if value in shown], path.name


def test_the_site_is_walked_by_its_links(folder: Path, cut: Watched) -> None:
    page = cut.open(folder / "index.html")
    page.get_by_role("rowheader").get_by_role("link").first.click()
    page.get_by_role("rowheader").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("已入库：第 3 版")).to_be_visible()
    page.get_by_role("navigation").get_by_role("link").first.click()
    assert page.url == (folder / "index.html").as_uri()


def test_chinese_comes_first_and_english_by_a_switch_without_scripts(
    folder: Path, scriptless: Watched
) -> None:
    page = scriptless.open(latest(folder))
    chinese, english = page.get_by_text("数据校验报告"), page.get_by_text("Data validation report")
    expect(chinese).to_be_visible()
    expect(english).to_be_visible()
    page.locator("label[for=lang-en]").click()
    expect(chinese).to_be_hidden()
    expect(english).to_be_visible()
    expect(page.get_by_text("name is required")).to_be_visible()
    page.locator("label[for=lang-zh]").click()
    expect(chinese).to_be_visible()
    expect(english).to_be_hidden()


def test_the_language_is_switched_by_keyboard_alone(folder: Path, cut: Watched) -> None:
    page = cut.open(latest(folder))
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#lang-en")).to_be_checked()
    expect(page.get_by_text("数据校验报告")).to_be_hidden()


def test_tabs_reach_every_link_and_the_table_that_scrolls(folder: Path, cut: Watched) -> None:
    page = cut.open(latest(folder))
    wanted = page.locator("a, summary, [tabindex='0']").count()
    reached = {focused(page) for _ in range(wanted + 3) if page.keyboard.press("Tab") is None}
    names = page.eval_on_selector_all(
        "a, summary, [tabindex='0']", "found => found.map(each => each.textContent.slice(0, 60))"
    )
    assert set(names) <= reached


def focused(page: Page) -> str:
    return str(page.evaluate("() => document.activeElement.textContent.slice(0, 60)"))


def test_the_trend_is_a_picture_with_a_name(folder: Path, cut: Watched) -> None:
    page = cut.open(latest(folder))
    picture = page.get_by_role("img", name="近期批次的问题占比")
    expect(picture).to_be_visible()
    assert picture.locator("circle").count() == 3


def test_the_index_is_filtered_without_scripts(folder: Path, scriptless: Watched) -> None:
    page = scriptless.open(folder / "index.html")
    row = page.locator("tbody tr")
    expect(row).to_be_visible()
    page.locator("label[for=only-red]").click()
    expect(row).to_be_hidden()
    page.locator("label[for=only-amber]").click()
    expect(row).to_be_visible()
    expect(page.locator("#find")).to_be_hidden()


def test_the_index_finds_a_resource_as_one_types(folder: Path, cut: Watched) -> None:
    page = cut.open(folder / "index.html")
    page.locator("#find").fill("没有这个")
    expect(page.locator("tbody tr")).to_be_hidden()
    page.locator("#find").fill("Registry.PER")
    expect(page.locator("tbody tr")).to_be_visible()


def test_the_printed_report_leaves_out_what_cannot_be_pressed(folder: Path, cut: Watched) -> None:
    page = cut.open(latest(folder))
    page.emulate_media(media="print")
    expect(page.locator(".switch")).to_be_hidden()
    expect(page.get_by_text("shutong report verify")).to_be_hidden()
    expect(page.get_by_text("姓名必填")).to_be_visible()
    wide = page.evaluate("() => document.documentElement.scrollWidth > innerWidth")
    assert not wide
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_gx_s_own_page_shows_its_verdicts(folder: Path, cut: Watched) -> None:
    (path,) = folder.rglob("*-gx.html")
    page = cut.open(path)
    expect(page.get_by_text("Evaluated Expectations")).to_be_visible()
    expect(page.get_by_text("values must never be null").first).to_be_visible()
    expect(page.get_by_text(RESOURCE, exact=True)).to_be_visible()


@pytest.fixture
def server(folder: Path) -> Iterator[str]:
    """Serve the reports as Airflow does, to somebody who may see all of them."""
    import uvicorn

    pages = report_pages(folder, lambda dag_id: None, lambda: {RESOURCE})
    config = uvicorn.Config(pages, port=0, log_level="error", lifespan="off")
    served = uvicorn.Server(config)
    config.load()
    socket = config.bind_socket()
    thread = threading.Thread(target=served.run, kwargs={"sockets": [socket]})
    thread.start()
    yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    served.should_exit = True
    thread.join()


def test_served_pages_work_under_their_strict_policy(chromium: Browser, server: str) -> None:
    with watched(chromium, server=server) as shown:
        page = shown.open(f"{server}/reports/")
        page.locator("#find").fill("没有这个")
        expect(page.locator("tbody tr")).to_be_hidden()
        page.locator("#find").fill("")
        page.get_by_role("rowheader").get_by_role("link").first.click()
        page.get_by_role("rowheader").get_by_role("link").first.click()
        expect(page.get_by_role("img", name="近期批次的问题占比")).to_be_visible()
        page.get_by_role("navigation").get_by_role("link").first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("数据校验总览")
