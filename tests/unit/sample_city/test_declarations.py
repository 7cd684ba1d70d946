"""The city's declarations: catalog/ and schemas/."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from shutong.catalog.lint import lint_faults
from shutong.catalog.loading import load_catalog
from shutong.catalog.models import (
    Dataset,
    DepartmentsFile,
    FrontEndKind,
    FrontEndsFile,
    Resource,
    Role,
    ShareType,
    SystemsFile,
)
from shutong.catalog.references import reference_faults
from shutong.model import LoadMode
from shutong.sample_city import authorities
from shutong.sample_city.authorities import Authority
from shutong.sample_city.sizes import SIZES
from shutong.sample_city.tables import TABLES, connection_of
from shutong.standards.identifiers import Verdict, credit_code_verdict

from .conftest import ROOT, plain

DEPARTMENTS = DepartmentsFile.model_validate(plain(ROOT / "catalog" / "departments.yaml"))
SYSTEMS = SystemsFile.model_validate(plain(ROOT / "catalog" / "systems.yaml"))
FRONT_ENDS = FrontEndsFile.model_validate(plain(ROOT / "catalog" / "front_ends.yaml"))


def test_the_catalog_has_no_fault_of_reading_typing_reference_or_lint() -> None:
    catalog = load_catalog(ROOT)
    assert len(catalog.resources) >= 15
    faults = [
        *catalog.faults,
        *reference_faults(catalog),
        *lint_faults(catalog, lambda text: credit_code_verdict(text) is Verdict.VALID),
    ]
    assert [fault.render("en") for fault in faults] == []


def test_departments_have_valid_credit_codes_of_their_own_region() -> None:
    for department in DEPARTMENTS.departments:
        assert credit_code_verdict(department.credit_code) is Verdict.VALID, department.code
        assert department.credit_code[2:8] == department.region
    codes = [department.credit_code for department in DEPARTMENTS.departments]
    assert len(set(codes)) == len(codes)


def test_stewards_are_named_by_post_with_an_office_phone() -> None:
    for department in DEPARTMENTS.departments:
        assert re.search("数据(专员|管理员)$", department.steward.name)
        assert re.fullmatch(r"0798-8\d{6}", department.steward.phone)


def test_one_department_is_the_authority_and_the_four_counties_are_there() -> None:
    roles = [d.code for d in DEPARTMENTS.departments if Role.AUTHORITY in d.roles]
    assert roles == ["information-bureau"]
    regions = {d.region for d in DEPARTMENTS.departments if d.kind == "county"}
    assert regions == {"360202", "360203", "360222", "360281"}


def test_every_system_and_front_end_belongs_to_a_department() -> None:
    known = {department.code for department in DEPARTMENTS.departments}
    assert {system.department for system in SYSTEMS.systems} <= known
    assert {front_end.department for front_end in FRONT_ENDS.front_ends} <= known
    assert len(SYSTEMS.systems) >= 10
    assert len(FRONT_ENDS.front_ends) >= 5


def test_front_ends_are_embedded_and_named_by_their_connection() -> None:
    for front_end in FRONT_ENDS.front_ends:
        assert front_end.kind is FrontEndKind.SQLITE
        assert front_end.connection == connection_of(front_end.code)
    assert {f.code for f in FRONT_ENDS.front_ends} == {t.front_end for t in TABLES.values()}


@pytest.mark.parametrize("name", ["departments", "systems", "front_ends"])
def test_each_list_begins_with_what_it_is_and_how_to_edit_it(name: str) -> None:
    head = (ROOT / "catalog" / f"{name}.yaml").read_text(encoding="utf-8").split(f"\n{name}:")[0]
    assert all(line.startswith("#") for line in head.splitlines())
    assert "shutong check" in head
    assert re.search("[\u4e00-\u9fff]", head)


def test_no_file_of_the_catalog_holds_an_address_or_a_password() -> None:
    for path in sorted((ROOT / "catalog").rglob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?im)^\s*(password|login|host|port|uri)\s*:", text), path
        assert not re.search(r"\b\d{1,3}(\.\d{1,3}){3}\b", text), path


def test_every_resource_is_drawn_from_a_table_of_the_sample_city(
    resources: dict[str, Resource],
) -> None:
    assert set(resources) == set(TABLES) == set(SIZES)
    for resource_id, resource in resources.items():
        table, source = TABLES[resource_id], resource.source
        assert (source.front_end, source.table) == (table.front_end, table.name)
        shared = {column.key: column.name for column in table.columns if column.shared}
        assert dict(source.columns) == shared, resource_id
        cursor = table.column(table.cursor) if table.cursor else None
        assert source.cursor == cursor, resource_id


def test_source_columns_are_the_items_of_the_data_standard(
    resources: dict[str, Resource], datasets: dict[str, Dataset]
) -> None:
    for resource_id, resource in resources.items():
        dataset = datasets[resource.dataset]
        assert set(resource.source.columns) == {item.name for item in dataset.items}, resource_id
        assert set(TABLES[resource_id].identity) == set(dataset.key), resource_id


def test_load_modes_and_share_types_are_all_in_use(resources: dict[str, Resource]) -> None:
    # Following a log needs a MySQL server, and the sample city runs without one.
    assert {r.source.load for r in resources.values()} == set(LoadMode) - {LoadMode.LOG}
    assert {r.share.type for r in resources.values()} == set(ShareType)
    assert len({r.source.front_end for r in resources.values()}) >= 5
    themes = {r.dataset.partition("/")[0] for r in resources.values()}
    assert len(themes) == 8


def test_the_four_counties_provide_one_dataset_of_low_income_families(
    resources: dict[str, Resource],
) -> None:
    providers = Counter(r.dataset for r in resources.values())
    assert providers["population/low_income_family"] == 4


def test_items_of_a_person_are_marked_sensitive_and_masked(
    datasets: dict[str, Dataset],
) -> None:
    for name, dataset in datasets.items():
        for item in dataset.items:
            if item.name.endswith("id_number"):
                assert (item.sensitivity, item.mask) == ("sensitive", "citizen_number"), name
            if item.rule == "person_name":
                assert (item.sensitivity, item.mask) == ("personal", "name"), name
            if item.sensitivity.personal:
                assert item.mask != "none", f"{name}.{item.name}"


def test_the_resident_standard_has_at_least_fifteen_items(datasets: dict[str, Dataset]) -> None:
    assert len(datasets["population/resident"].items) >= 15


def test_authorities_sign_as_the_departments_are_declared() -> None:
    declared = {(d.name, d.credit_code) for d in DEPARTMENTS.departments}
    signing = [value for value in vars(authorities).values() if isinstance(value, Authority)]
    assert signing
    assert {(a.name, a.credit_code) for a in signing} <= declared
