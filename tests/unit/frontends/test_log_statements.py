"""Which statements in a log may change a table's rows or columns without telling the rows."""

from __future__ import annotations

import pytest

from shutong.frontends.mysql_log_statements import change_of


def change(statement: str, default: str = "town") -> str | None:
    return change_of(statement, default, "town", "RY")


@pytest.mark.parametrize(
    ("statement", "word"),
    [
        ("TRUNCATE TABLE RY", "TRUNCATE"),
        ("truncate `RY`", "TRUNCATE"),
        ("/* by hand */ TRUNCATE/**/town . RY", "TRUNCATE"),
        ("ALTER TABLE `town`.`RY` ADD COLUMN X INT", "ALTER"),
        ("ALTER ONLINE TABLE RY DROP INDEX i", "ALTER"),
        ("DROP TABLE IF EXISTS ZF, RY", "DROP"),
        ("DROP DATABASE town", "DROP"),
        ("RENAME TABLE ZF TO RY", "RENAME"),
        ("CREATE OR REPLACE TABLE RY (BH INT)", "CREATE"),
        ("INSERT INTO RY VALUES (1)", "INSERT"),
        ("UPDATE ZF JOIN RY ON 1 SET RY.JE = 0", "UPDATE"),
        ("DELETE FROM `town`.`RY`", "DELETE"),
    ],
)
def test_a_statement_that_changes_the_table_is_told(statement: str, word: str) -> None:
    assert change(statement) == word


@pytest.mark.parametrize(
    "statement",
    [
        "BEGIN",
        "COMMIT",
        "# Dum",
        "",
        "TRUNCATE TABLE ZF",
        "TRUNCATE TABLE other.RY",
        "TRUNCATE TABLE `other`.`RY`",
        "TRUNCATE TABLE RY2",
        "TRUNCATE TABLE XRY",
        "ALTER TABLE ZF ADD FOREIGN KEY (BH) REFERENCES RY (BH)",
        "CREATE TABLE ZF LIKE RY",
        "CREATE OR REPLACE TABLE ZF LIKE RY",
        "CREATE TABLE IF NOT EXISTS RY (BH INT)",
        "CREATE VIEW V AS SELECT * FROM RY",
        "CREATE UNIQUE INDEX i ON RY (XM)",
        "DROP INDEX i ON RY",
        "GRANT SELECT ON RY TO reader",
        "ANALYZE TABLE RY",
        "DROP /*!40005 TEMPORARY */ TABLE IF EXISTS `RY`",
        "CREATE TEMPORARY TABLE RY (BH INT)",
        "DROP DATABASE other",
    ],
)
def test_a_statement_that_does_not_is_passed_over(statement: str) -> None:
    assert change(statement) is None


def test_the_schema_in_which_a_statement_was_given_counts() -> None:
    assert change("TRUNCATE RY", "other") is None
    assert change("TRUNCATE town.RY", "other") == "TRUNCATE"


def test_a_chinese_name_is_found_in_the_encoding_of_an_old_client() -> None:
    sent = "TRUNCATE TABLE 人员".encode("gbk").decode("utf-8", "backslashreplace")
    assert change_of(sent, "town", "town", "人员") == "TRUNCATE"
    assert change_of("TRUNCATE TABLE 人员表", "town", "town", "人员") is None
