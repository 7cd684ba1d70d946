"""Creating the sample city: foretold, whole or not at all, and only once."""

from __future__ import annotations

import hashlib
import json
import stat
from pathlib import Path

import pytest

from shutong.errors import StorageFailed
from shutong.sample_city import City, create
from shutong.sample_city.tables import FRONT_ENDS, TABLES

from .conftest import SCALE, SEED


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of every database of a city."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((folder / "front_ends").glob("*.db"))
    }


def test_the_same_seed_makes_the_same_city_to_the_byte(tmp_path: Path, city_folder: Path) -> None:
    create(tmp_path, seed=SEED, scale=SCALE)
    assert digests(tmp_path) == digests(city_folder)


def test_another_seed_makes_another_city(tmp_path: Path, city_folder: Path) -> None:
    create(tmp_path, seed=SEED + 1, scale=SCALE)
    other, first = digests(tmp_path), digests(city_folder)
    assert other.keys() == first.keys()
    assert all(other[name] != first[name] for name in first)


def test_another_scale_makes_a_larger_city(tmp_path: Path, city: City) -> None:
    larger = create(tmp_path, seed=SEED, scale=0.15)
    assert larger.rows > city.rows
    assert larger.counts["public-security.resident"].rows == 9_000


def test_creating_again_does_nothing_and_says_so(tmp_path: Path) -> None:
    first = create(tmp_path, seed=SEED, scale=SCALE)
    marker = (tmp_path / "front_ends" / "city.json").stat().st_mtime_ns
    before = digests(tmp_path)
    again = create(tmp_path, seed=SEED, scale=SCALE)
    assert (first.existed, again.existed) == (False, True)
    assert again.counts == first.counts
    assert digests(tmp_path) == before
    assert (tmp_path / "front_ends" / "city.json").stat().st_mtime_ns == marker


def test_a_city_of_another_seed_is_never_written_over(tmp_path: Path) -> None:
    create(tmp_path, seed=SEED, scale=SCALE)
    before = digests(tmp_path)
    with pytest.raises(StorageFailed, match=f"seed {SEED}"):
        create(tmp_path, seed=1, scale=SCALE)
    assert digests(tmp_path) == before


def test_a_foreign_folder_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "front_ends").mkdir()
    with pytest.raises(StorageFailed, match="other data"):
        create(tmp_path, seed=SEED, scale=SCALE)


def test_creation_that_breaks_off_leaves_nothing_behind(tmp_path: Path) -> None:
    def break_off(resource: str, done: int, total: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        create(tmp_path, seed=SEED, scale=SCALE, progress=break_off)
    assert list(tmp_path.iterdir()) == []
    assert not create(tmp_path, seed=SEED, scale=SCALE).existed


def test_progress_tells_every_resource_once(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    create(tmp_path, seed=SEED, scale=SCALE, progress=lambda *step: told.append(step))
    assert {name for name, _, _ in told} == set(TABLES)
    assert [done for _, done, _ in told] == list(range(1, len(TABLES) + 1))


def test_connections_name_every_front_end_and_keep_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "connections.json").write_text('{"fe_other": {"conn_type": "oracle"}}')
    create(tmp_path, seed=SEED, scale=SCALE)
    known = json.loads((tmp_path / "connections.json").read_text())
    assert known.pop("fe_other") == {"conn_type": "oracle"}
    assert len(known) == len(FRONT_ENDS)
    for name, entry in known.items():
        assert entry["conn_type"] == "sqlite", name
        assert Path(entry["host"]).is_file()


def test_connections_that_are_no_json_are_told_without_their_text(tmp_path: Path) -> None:
    (tmp_path / "connections.json").write_text("password=canary")
    with pytest.raises(StorageFailed) as caught:
        create(tmp_path, seed=SEED, scale=SCALE)
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_only_the_owner_can_read_the_city(city_folder: Path) -> None:
    paths = [city_folder / "connections.json", *(city_folder / "front_ends").glob("*.db")]
    for path in paths:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((city_folder / "front_ends").stat().st_mode) == 0o700
