"""People and companies are the same ones in every department."""

from __future__ import annotations

import pytest

from shutong.sample_city import City

from .conftest import Ask

# Rows that may be missing: those made dirty in the very column, and no other.
PEOPLE = [
    ("changjiang", "DB_JTCY", "SFZH", "changjiang.low-income-family", "id_number"),
    ("changjiang", "DB_JTCY", "HZSFZH", "changjiang.low-income-family", "head_id_number"),
    ("zhushan", "dibao_member", "id_card", "zhushan.low-income-family", "id_number"),
    ("fuliang", "FLX_DBRY", "GMSFHM", "fuliang.low-income-family", ""),
    ("leping", "LP_SHJZ_DB", "ZJHM", "leping.low-income-family", "id_number"),
    ("leping", "LP_SHJZ_DB", "HZZJHM", "leping.low-income-family", "head_id_number"),
    ("disabled-federation", "CJR_JBXX", "SFZH", "disabled-federation.disabled-person", "id_number"),
    ("poverty-relief", "JDLK_RK", "ZJHM", "poverty-relief.poor-person", "id_number"),
    ("civil-affairs", "SY_DJXX", "SYR_SFZH", "civil-affairs.adoption", "adopter_id_number"),
    ("civil-affairs", "SY_DJXX", "BSYR_SFZH", "civil-affairs.adoption", "adoptee_id_number"),
    (
        "market-regulation",
        "E_BASEINFO",
        "LEREP_CERNO",
        "market-regulation.enterprise",
        "legal_representative_id_number",
    ),
]
COMPANIES = [
    ("taxation", "SB_ZSXX", "NSRSBH", "taxation.payment", "credit_code"),
    (
        "service-center",
        "license_info",
        "holder_uscc",
        "service-center.licence",
        "holder_credit_code",
    ),
    (
        "development-reform",
        "project_info",
        "enterprise_uscc",
        "development-reform.project",
        "owner_credit_code",
    ),
    (
        "development-reform",
        "XY_JCXX",
        "TYSHXYDM",
        "development-reform.award-penalty",
        "credit_code",
    ),
    ("market-regulation", "E_CASE_PUB", "UNISCID", "market-regulation.penalty", "credit_code"),
    (
        "natural-resources",
        "TD_ZDJBXX",
        "QLR_XYDM",
        "natural-resources.land-parcel",
        "right_holder_credit_code",
    ),
    (
        "human-resources",
        "AC02",
        "AAB998",
        "human-resources.participation",
        "employer_credit_code",
    ),
    ("human-resources", "AB_WGFH", "AAB998", "human-resources.employer", "credit_code"),
]


def strangers(ask: Ask, child: tuple[str, str, str], parent: tuple[str, str, str]) -> int:
    """Return how many rows of a table refer to nobody in the parent's table."""
    (department, table, column), (owner, parents, key) = child, parent
    sql = (
        f"SELECT count(*) FROM {department.replace('-', '_')}.{table} WHERE {column} NOT IN "
        f"(SELECT {key} FROM {owner.replace('-', '_')}.{parents})"
    )
    ((number,),) = ask(sql, *{department, owner})
    return int(number)


@pytest.mark.parametrize(("department", "table", "column", "resource_id", "item"), PEOPLE)
def test_everybody_in_a_register_is_a_resident(
    ask: Ask, city: City, department: str, table: str, column: str, resource_id: str, item: str
) -> None:
    missing = strangers(ask, (department, table, column), ("public-security", "T_RK_JBXX", "SFZH"))
    assert missing == city.counts[resource_id].by_item.get(item, 0)


@pytest.mark.parametrize(("department", "table", "column", "resource_id", "item"), COMPANIES)
def test_every_company_in_a_register_is_registered(
    ask: Ask, city: City, department: str, table: str, column: str, resource_id: str, item: str
) -> None:
    missing = strangers(
        ask, (department, table, column), ("market-regulation", "E_BASEINFO", "UNISCID")
    )
    assert missing == city.counts[resource_id].by_item.get(item, 0)


def test_an_insured_person_is_a_resident_unless_the_number_was_spoilt(ask: Ask, city: City) -> None:
    missing = strangers(
        ask, ("human-resources", "AC02", "AAC147"), ("public-security", "T_RK_JBXX", "SFZH")
    )
    by_rule = city.counts["human-resources.participation"].by_rule
    assert missing == by_rule["id_number.citizen_number"] > 0


def test_a_legal_representative_bears_the_residents_name(ask: Ask) -> None:
    ((pairs, other_name),) = ask(
        """
        SELECT count(*), sum(e.LEREP <> r.XM) FROM market_regulation.E_BASEINFO e
        JOIN public_security.T_RK_JBXX r ON r.SFZH = e.LEREP_CERNO
        WHERE e.LEREP NOT LIKE '%?%'
        """,
        "market-regulation",
        "public-security",
    )
    assert pairs > 1_000
    assert other_name == 0


def test_company_names_agree_in_tax_and_registration(ask: Ask) -> None:
    ((pairs, other_name),) = ask(
        """
        SELECT count(*), sum(t.NSRMC <> e.ENTNAME) FROM taxation.SB_ZSXX t
        JOIN market_regulation.E_BASEINFO e ON e.UNISCID = t.NSRSBH
        """,
        "market-regulation",
        "taxation",
    )
    assert pairs > 1_000
    assert other_name == 0


def test_an_employers_number_of_insured_is_the_number_of_rows(ask: Ask) -> None:
    ((employers, wrong),) = ask(
        """
        SELECT count(*), sum(b.SNM_CBRS <> p.n) FROM human_resources.AB_WGFH b JOIN
        (SELECT AAB998, count(DISTINCT AAC001) AS n FROM human_resources.AC02 GROUP BY 1) p
        ON p.AAB998 = b.AAB998
        """,
        "human-resources",
    )
    assert employers > 400
    # A row with a spoilt employer or a doubled one counts elsewhere.
    assert wrong <= 3


def test_disabled_children_of_low_income_families_can_be_found(ask: Ask) -> None:
    """The first sharing case: 景府发〔2019〕2号."""
    ((children,),) = ask(
        """
        SELECT count(*) FROM disabled_federation.CJR_JBXX d
        WHERE d.CSRQ > '2019-01-05' AND d.SFZH IN (
            SELECT SFZH FROM changjiang.DB_JTCY UNION SELECT id_card FROM zhushan.dibao_member
            UNION SELECT GMSFHM FROM fuliang.FLX_DBRY UNION SELECT ZJHM FROM leping.LP_SHJZ_DB)
        """,
        "disabled-federation",
        "changjiang",
        "zhushan",
        "fuliang",
        "leping",
    )
    assert children > 0


def test_residents_live_at_standard_addresses(ask: Ask, city: City) -> None:
    missing = strangers(
        ask, ("public-security", "T_RK_JBXX", "HJDZ"), ("natural-resources", "DZ_BZDZ", "DZQC")
    )
    assert missing == city.counts["public-security.resident"].by_item["household_address"]
