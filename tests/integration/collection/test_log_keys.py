"""Keys from the log: of each type, each value finds its own row and no other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from tests.integration.collection.logged import collected, logged_site, town_of
from tests.integration.collection.town import DATASET, MariadbSite, Town
from tests.integration.mariadb import Account

from shutong.catalog.models import Dataset
from shutong.errors import SourceMismatch
from shutong.quality.drafting import draft_suite

TEXTS: Final = ["a", "A", "é", "e", "王", "𠮷野", "㛃䶮", "it's", 'q"\\', "a b", "😀"]
KINDS: Final = {
    "int": ("INT", {"type": "I"}, ["0", "-1", "2147483647", "-2147483648"]),
    "tiny": ("TINYINT", {"type": "I"}, ["-128", "127", "0"]),
    "unsigned": ("BIGINT UNSIGNED", {"type": "N", "length": 20, "scale": 0},
                 ["0", "18446744073709551615", "9223372036854775808"]),
    "medium": ("MEDIUMINT UNSIGNED", {"type": "I"}, ["16777215", "0"]),
    "zerofill": ("INT(6) ZEROFILL", {"type": "C", "length": 20}, ["42", "1234567"]),
    "decimal": ("DECIMAL(30,6)", {"type": "N", "length": 30, "scale": 6},
                ["0", "-0.000001", "123456789012345678901234.000001",
                 "123456789012345678901234.000002", "-999999999999999999999999.999999"]),
    "decimal as text": ("DECIMAL(20,2)", {"type": "C", "length": 40},
                        ["1.10", "-123456789012345678.01", "-123456789012345678.02", "0.00"]),
    "varchar": ("VARCHAR(100)", {"type": "C", "length": 100}, TEXTS),
    "char": ("CHAR(20)", {"type": "C", "length": 20}, TEXTS),
    "long char": ("CHAR(200)", {"type": "C", "length": 200}, [*TEXTS, "x" * 200]),
    "gbk": ("VARCHAR(60) COLLATE gbk_bin", {"type": "C", "length": 60},
            ["王", "張", "a", "A", "镕€"]),
    "latin": ("CHAR(30) COLLATE latin1_bin", {"type": "C", "length": 30}, ["é", "e", "€", "ÿ"]),
    "utf16": ("CHAR(30) COLLATE utf16_bin", {"type": "C", "length": 30}, ["王", "𠮷", "a"]),
    "binary collation": ("VARCHAR(60) COLLATE utf8mb4_bin", {"type": "C", "length": 60}, TEXTS),
    "date": ("DATE", {"type": "D"}, ["1949-10-01", "1990-02-28", "2026-01-01"]),
    "datetime": ("DATETIME", {"type": "T"}, ["1990-02-28 00:00:00", "2026-01-01 23:59:59"]),
    "datetime(3)": ("DATETIME(3)", {"type": "T"},
                    ["1990-02-28 00:00:00.000", "1990-02-28 00:00:00.007"]),
    "datetime(6)": ("DATETIME(6)", {"type": "T"},
                    ["1990-02-28 00:00:00.000001", "1990-02-28 00:00:00.100000"]),
}  # fmt: skip
"""A column's declaration, its item in the standard, and values."""


def keyed(town: Town, columns: Sequence[tuple[str, str, dict[str, Any]]]) -> None:
    """Give the town's table and standard another key, and no other items but a text."""
    root, site = town.root, town.site
    items = [{"name": item, "title": item, "required": True, **kind} for item, _, kind in columns]
    items.append({"name": "name", "title": "姓名", "type": "C", "length": 60})
    standard = yaml.safe_load((root / f"schemas/{DATASET}.yaml").read_text("utf-8"))
    standard |= {"key": [item for item, *_ in columns], "items": items}
    (root / f"schemas/{DATASET}.yaml").write_text(yaml.safe_dump(standard, allow_unicode=True))
    suite = draft_suite(DATASET, Dataset.model_validate(standard), {})
    kept = [each for each in suite["expectations"] if each["meta"]["rule"] != "table.row_count"]
    text = json.dumps(suite | {"expectations": kept}, ensure_ascii=False)
    (root / f"expectations/{DATASET}.json").write_text(text)
    for name in ("person", "person-too"):
        place = root / f"catalog/registry/resources/{name}.yaml"
        declared = yaml.safe_load(place.read_text("utf-8"))
        declared["source"]["columns"] = {item: item for item, *_ in columns} | {"name": "XM"}
        place.write_text(yaml.safe_dump(declared, allow_unicode=True), "utf-8")
    site.run("DROP TABLE RY")
    names = ", ".join(item for item, *_ in columns)
    declared_columns = ", ".join(f"{item} {declared} NOT NULL" for item, declared, _ in columns)
    site.run(
        f"CREATE TABLE RY (XM VARCHAR(60), XJ JSON, XB BLOB, XE ENUM('x','y'), {declared_columns}, "
        f"PRIMARY KEY ({names})) COLLATE utf8mb4_bin"
    )


def landed(town: Town, *items: str) -> list[tuple[Any, ...]]:
    columns = ", ".join(f"{item}::varchar" for item in items)
    sql = f"SELECT {columns}, name FROM population.person"
    rows = town.lake.query().run(sql).read_all()
    return sorted(zip(*(c.to_pylist() for c in rows.columns), strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_each_value_of_a_key_is_followed(logged: MariadbSite, tmp_path: Path, kind: str) -> None:
    declared, item, values = KINDS[kind]
    town = town_of(logged, tmp_path)
    keyed(town, [("k", declared, item)])
    insert = "INSERT INTO RY (k, XM, XJ, XB, XE) VALUES (%s, %s, '{\"a\": [1]}', X'00FF', 'x')"
    town.site.run(insert, *((value, f"r{n}") for n, value in enumerate(values)))
    assert collected(town).rows_landed == len(values)
    before = landed(town, "k")
    town.site.run("UPDATE RY SET XM = CONCAT(XM, '!')")
    told = collected(town)
    assert (told.rows_read, told.rows_landed, told.rows_removed) == (len(values),) * 2 + (0,)
    assert landed(town, "k") == [(key, f"{name}!") for key, name in before]
    for n in range(len(values)):
        town.site.run(f"DELETE FROM RY WHERE XM = 'r{n}!'")
        told = collected(town)
        assert (told.rows_read, told.rows_removed) == (0, 1)
        assert f"r{n}!" not in [name for _, name in landed(town, "k")]
    assert landed(town, "k") == []
    town.check_books()


def test_a_key_of_several_columns_is_followed(logged: MariadbSite, tmp_path: Path) -> None:
    town = town_of(logged, tmp_path)
    keyed(
        town,
        [
            ("a", "VARCHAR(20)", {"type": "C", "length": 20}),
            ("b", "DATE", {"type": "D"}),
            ("c", "DECIMAL(12,2)", {"type": "N", "length": 12, "scale": 2}),
        ],
    )
    rows = [(a, b, c, f"{a}{b}{c}") for a in ("王", "a", "A") for b in ("2001-01-01", "2001-01-02")
            for c in ("1.00", "-1.00")]  # fmt: skip
    town.site.run("INSERT INTO RY (a, b, c, XM) VALUES (%s, %s, %s, %s)", *rows)
    assert collected(town).rows_landed == 12
    town.site.run("DELETE FROM RY WHERE a = 'A' AND b = '2001-01-02'")
    town.site.run("UPDATE RY SET c = 7 WHERE a = '王' AND b = '2001-01-01' AND c = 1")
    told = collected(town)
    assert (told.rows_read, told.rows_landed, told.rows_removed) == (1, 1, 3)
    assert len(landed(town, "a", "b", "c")) == 10
    assert ("王", "2001-01-01", "7.00", "王2001-01-011.00") in landed(town, "a", "b", "c")


def test_small_row_images_hold_enough_when_the_key_is_the_tables_own(
    log_server: Account, tmp_path: Path
) -> None:
    log_server.run("SET GLOBAL binlog_row_image = MINIMAL")
    try:
        with logged_site(log_server) as site:
            town = town_of(site, tmp_path, drift="evolve")
            keyed(
                town,
                [("a", "INT", {"type": "I"}), ("b", "VARCHAR(9)", {"type": "C", "length": 9})],
            )
            site.run(
                "INSERT INTO RY (a, b, XM) VALUES (1, 'x', '甲'), (2, 'y', '乙'), (3, 'z', '丙')"
            )
            collected(town)
            site.run("UPDATE RY SET b = 'w' WHERE a = 1")
            site.run("UPDATE RY SET XM = '丁' WHERE a = 2")
            site.run("DELETE FROM RY WHERE a = 3")
            site.run("INSERT INTO RY (a, b) VALUES (4, 'v')")
            collected(town)
            expected = [("1", "w", "甲"), ("2", "y", "丁"), ("4", "v", None)]
            assert landed(town, "a", "b") == expected
            site.run("ALTER TABLE RY DROP PRIMARY KEY, ADD COLUMN N INT AUTO_INCREMENT PRIMARY KEY")
            collected(town, anew=True)
            site.run("DELETE FROM RY WHERE a = 2")
            with pytest.raises(SourceMismatch, match="lack a key column"):
                collected(town)
    finally:
        log_server.run("SET GLOBAL binlog_row_image = FULL")


def test_a_table_without_a_primary_key_is_followed_by_whole_row_images(
    logged: MariadbSite, tmp_path: Path
) -> None:
    town = town_of(logged, tmp_path)
    keyed(town, [("a", "INT", {"type": "I"})])
    logged.run("ALTER TABLE RY DROP PRIMARY KEY")
    logged.run("INSERT INTO RY (a, XM) VALUES (1, '甲'), (2, '乙')")
    collected(town)
    logged.run("UPDATE RY SET XM = '丙' WHERE a = 1")
    logged.run("DELETE FROM RY WHERE a = 2")
    told = collected(town)
    assert (told.rows_landed, told.rows_removed) == (1, 1)
    assert landed(town, "a") == [("1", "丙")]


@pytest.mark.parametrize("declared", ["FLOAT", "YEAR", "ENUM('x', 'y')", "TIMESTAMP(0)", "UUID"])
def test_a_key_that_the_log_does_not_tell_exactly_is_refused(
    logged: MariadbSite, tmp_path: Path, declared: str
) -> None:
    town = town_of(logged, tmp_path)
    keyed(town, [("k", declared, {"type": "C", "length": 40})])
    with pytest.raises(SourceMismatch, match=r"key column k .* does not tell exactly"):
        collected(town)
