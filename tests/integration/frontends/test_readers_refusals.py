"""What every reader must refuse, with a next step and no secret, on each kind of machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa
import pytest
from pydantic import SecretStr
from tests.integration.frontends.conftest import (
    Site,
    drawn,
    front_end,
    opened,
    query_of,
    wanted_of,
)

from shutong.catalog.models import FrontEndKind, RowFilter
from shutong.errors import CatalogFaulty, ShutongError, SourceMismatch, SourceUnreachable
from shutong.frontends import Endpoint, Query, open_reader

TEXT, MOMENT = pa.string(), pa.timestamp("us")


def test_names_are_quoted_so_that_reserved_and_chinese_words_serve(site: Site) -> None:
    site.run("CREATE TABLE `select` (`order` INTEGER, `姓名` VARCHAR(20), `a$b#c` INTEGER)")
    site.fill("select", [(1, "李", 2)])
    query = query_of("select", "order", "姓名", "a$b#c")

    assert drawn(site, query, wanted_of(pa.int64(), TEXT, pa.int64())).rows == [
        {"a": 1, "b": "李", "c": 2}
    ]


HOSTILE = ["t; DROP TABLE t", "t`", 't"', "t'--", "t.t", "1t", "", "t\n", "t\x00", "(SELECT 1)"]


def hostile_queries() -> Iterator[Query]:
    for name in HOSTILE:
        yield Query(None, name, (("a", "v"),))
        yield Query(name, "t", (("a", "v"),))
        yield Query(None, "t", (("a", name),))
        yield Query(None, "t", (("a", "v"),), cursor=name)


def test_a_name_that_is_no_identifier_is_refused(site: Site) -> None:
    site.run("CREATE TABLE t (v VARCHAR(20))")

    with opened(site) as reader:
        for query in hostile_queries():
            with pytest.raises(CatalogFaulty):
                reader.draw(query, wanted_of(TEXT))


def test_a_missing_table_is_named(site: Site) -> None:
    with opened(site) as reader:
        with pytest.raises(SourceMismatch, match="T_MISSING"):
            reader.draw(query_of("T_MISSING", "v"), wanted_of(TEXT))
        with pytest.raises(SourceMismatch, match="T_MISSING"):
            reader.describe(None, "T_MISSING")
        with pytest.raises(SourceMismatch, match="T_MISSING"):
            reader.clock(query_of("T_MISSING", "v", cursor="v"))


def test_all_missing_columns_are_named_together_with_those_that_are_there(site: Site) -> None:
    site.run("CREATE TABLE t (here INTEGER)")
    query = query_of(
        "t",
        "gone",
        "here",
        filters=(RowFilter(column="lost", operator="is_null"),),
        cursor="away",
    )

    with opened(site) as reader, pytest.raises(SourceMismatch) as caught:
        reader.draw(query, wanted_of(TEXT, TEXT))

    assert "gone、lost、away" in caught.value.fact.zh
    assert "here" in caught.value.next_step.zh


def test_a_column_is_found_though_its_capitals_differ(site: Site) -> None:
    site.run("CREATE TABLE t (GXSJ INTEGER)")
    site.fill("t", [(1,)])

    assert drawn(site, query_of("t", "gxsj"), wanted_of(pa.int64())).rows == [{"a": 1}]


def test_an_unknown_zone_is_a_fault_of_the_catalog(site: Site) -> None:
    with pytest.raises(CatalogFaulty, match="Mars"):
        open_reader(front_end(site.kind, zone="Mars/Olympus"), site.endpoint)


CANARY = "Zx9-canary-password"


def test_errors_tell_what_to_do_and_keep_secrets(site: Site) -> None:
    site.run("CREATE TABLE t (v VARCHAR(20))")
    secret = "360203196602246411"
    hostile = RowFilter(column="missing", operator="=", value=secret)

    errors: list[ShutongError] = []
    with opened(site) as reader, pytest.raises(SourceMismatch) as caught:
        reader.draw(query_of("t", "v", filters=(hostile,)), wanted_of(TEXT))
    errors.append(caught.value)
    for endpoint in unreachable(site):
        with pytest.raises(SourceUnreachable) as missed:
            open_reader(front_end(site.kind, connect_timeout_seconds=2), endpoint)
        errors.append(missed.value)

    for error in errors:
        assert error.next_step.zh
        assert "test-fe" in error.place
        chain = f"{error!r} {error} {error.__cause__!r}"
        assert CANARY not in chain
        assert secret not in chain
        assert error.__cause__ is None


def unreachable(site: Site) -> list[Endpoint]:
    """Return endpoints that do not answer, or refuse, or are something else."""
    there = replace(site.endpoint, password=SecretStr(CANARY))
    if site.kind is FrontEndKind.SQLITE:
        return [
            replace(there, host="/nowhere/missing.db"),
            replace(there, host=__file__),
            replace(there, host="/"),
        ]
    return [
        there,
        replace(there, login="nobody"),
        replace(there, port=1),
        replace(there, host="no.such.host.invalid"),
    ]
