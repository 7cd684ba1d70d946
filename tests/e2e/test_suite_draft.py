"""A suite drafted from the standard and from the rows that landed, by the command line."""

from __future__ import annotations

import json
from typing import Any

from tests.e2e.conftest import Project

from shutong.catalog import load_catalog

RESOURCE = "market-regulation.enterprise"
DATASET = "legal_person/enterprise"


def suite(project: Project, name: str = DATASET) -> list[dict[str, Any]]:
    text = (project.root / f"expectations/{name}.json").read_text(encoding="utf-8")
    entries: list[dict[str, Any]] = json.loads(text)["expectations"]
    return entries


def proposed(project: Project, name: str = DATASET) -> dict[str, dict[str, Any]]:
    return {
        rule["meta"]["rule"]: rule
        for rule in suite(project, name)
        if rule["meta"]["origin"] == "profile"
    }


def test_landed_rows_propose_warnings_that_they_themselves_pass(project: Project) -> None:
    assert project.shutong("collect", RESOURCE).returncode == 0
    by_hand = [rule for rule in suite(project) if rule["meta"]["origin"] != "profile"]

    done = project.shutong("suite", "draft", DATASET)

    assert done.returncode == 0, done.stderr
    assert f"drafted {DATASET}" in done.stdout
    rules = proposed(project)
    assert {rule["meta"]["severity"] for rule in rules.values()} == {"warn"}
    assert any(name.endswith(".profile_range") for name in rules)
    assert [rule for rule in suite(project) if rule["meta"]["origin"] != "profile"] == by_hand
    assert project.shutong("check").returncode == 0

    assert personal_spoken_of(project) == set()


def personal_spoken_of(project: Project) -> set[str]:
    """Return the personal items of which more is proposed than how many rows hold something."""
    dataset = load_catalog(project.root).datasets[DATASET].value
    personal = {item.name for item in dataset.items if item.sensitivity.personal}
    return {
        rule["kwargs"]["column"]
        for name, rule in proposed(project).items()
        if not name.endswith(".profile_filled") and rule["kwargs"]["column"] in personal
    }


def test_of_a_dataset_of_people_no_value_of_a_person_is_proposed(project: Project) -> None:
    assert project.shutong("collect", "public-security.resident").returncode == 0

    assert project.shutong("suite", "draft", "population/resident").returncode == 0

    dataset = load_catalog(project.root).datasets["population/resident"].value
    for name, rule in proposed(project, "population/resident").items():
        item = dataset.item(rule["kwargs"]["column"])
        if item.sensitivity.personal:
            assert name.endswith(".profile_filled"), name


def test_without_landed_rows_the_standard_alone_is_drafted_and_a_wrong_name_is_told(
    project: Project,
) -> None:
    none = project.shutong("suite", "draft", DATASET)
    wrong = project.shutong("suite", "draft", "legal_person/entreprise")

    assert none.returncode == 0
    assert "has no landed rows" in none.stdout
    assert proposed(project) == {}
    assert wrong.returncode == 3
    assert "did you mean 'legal_person/enterprise'?" in wrong.stderr
