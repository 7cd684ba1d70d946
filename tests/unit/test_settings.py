"""Settings come from the environment; a wrong one is named, with what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from shutong.errors import CatalogFaulty
from shutong.settings import Settings


def test_each_setting_is_taken_from_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHUTONG_DATA_DIR", "/data")
    monkeypatch.setenv("SHUTONG_THREADS", "3")
    using = Settings.from_environment()
    assert (using.build_dir, using.threads) == (Path("/data"), 3)
    assert using.ledger_address == "sqlite:////data/ledger.db"


def test_an_empty_variable_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHUTONG_LEDGER_URL", "")
    assert Settings.from_environment().ledger_url is None


@pytest.mark.parametrize(
    ("variable", "value"), [("SHUTONG_THREADS", "many"), ("SHUTONG_LANG", "fr")]
)
def test_a_wrong_value_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(CatalogFaulty, match=variable):
        Settings.from_environment()
