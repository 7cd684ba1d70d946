"""Oracle and DM accounts are proven unable to write, as far as it is seen without a server."""

from __future__ import annotations

from typing import Any

import oracledb
import pytest

from shutong.frontends.oracle_probe import rights_to_write
from shutong.frontends.probing import attempts


class Told:
    """What python-oracledb carries in its errors."""

    def __init__(self, code: str) -> None:
        self.full_code = code


def parsing(codes: dict[str, str], seen: list[str]) -> Any:
    """Return a parser that refuses statements by their first word."""

    def parse(sql: str) -> None:
        seen.append(sql)
        if code := codes.get(sql.split(maxsplit=1)[0]):
            raise oracledb.DatabaseError(Told(code))

    return parse


def nothing(sql: str, values: dict[str, Any]) -> list[tuple[str]]:
    assert values == {"owner": "GSXT", "name": "T"}
    assert "session_privs" in sql
    return []


ALL = ("INSERT", "UPDATE", "DELETE")


@pytest.mark.parametrize("code", ["ORA-01031", "ORA-41900", "ORA-00942", "ORA-01732", "ORA-16000"])
def test_an_oracle_account_whose_writings_are_refused_is_proven(code: str) -> None:
    seen: list[str] = []
    parse = parsing(dict.fromkeys(ALL, code), seen)
    assert rights_to_write(parse, nothing, "GSXT", "T", "ID") == ()
    assert seen == [
        'INSERT INTO "GSXT"."T" ("ID") SELECT "ID" FROM "GSXT"."T" WHERE 1 = 0',
        'UPDATE "GSXT"."T" SET "ID" = "ID" WHERE 1 = 0',
        'DELETE FROM "GSXT"."T" WHERE 1 = 0',
    ]


@pytest.mark.parametrize("right", ALL)
def test_each_right_of_an_oracle_account_is_named(right: str) -> None:
    refused = {other: "ORA-01031" for other in ALL if other != right}
    assert rights_to_write(parsing(refused, []), nothing, "GSXT", "T", "ID") == (right,)


def test_rights_that_no_parsing_shows_are_looked_up() -> None:
    parse = parsing(dict.fromkeys(ALL, "ORA-01031"), [])
    found = rights_to_write(parse, lambda *_: [("DROP ANY TABLE",)], "GSXT", "T", "ID")
    assert found == ("DROP ANY TABLE",)


def test_an_error_that_proves_nothing_is_not_taken_for_a_proof() -> None:
    with pytest.raises(oracledb.DatabaseError):
        rights_to_write(parsing({"INSERT": "DPY-4011"}, []), nothing, "GSXT", "T", "ID")


def test_names_are_quoted_and_a_schema_may_be_left_out() -> None:
    tried = attempts(lambda name: f"[{name}]", (None, "T"), "列")
    assert tried["DELETE"] == "DELETE FROM [T] WHERE 1 = 0"
    assert tried["UPDATE"] == "UPDATE [T] SET [列] = [列] WHERE 1 = 0"
