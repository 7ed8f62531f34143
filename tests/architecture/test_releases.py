"""A released migration never changes: a data folder that has run it would not be what the code expects."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mz.build.releases import FILE, Released, amiss, changed, in_preparation, lines, present, released
from mz.contract.document import KEPT
from mz.services import SERVICES

TEXT = FILE.read_text()


def test_RELEASES_begins_with_the_first_release_whose_data_is_kept() -> None:
    versions = [line.split()[0] for line in TEXT.splitlines() if not line.startswith("#")]

    assert versions[0] == "0.2.0"
    assert len(in_preparation(TEXT)) <= 1


def test_no_released_migration_was_changed() -> None:
    assert changed(released(TEXT), present()) == []


def test_every_release_left_its_databases_to_the_tests() -> None:
    for version in {one.version for one in released(TEXT)}:
        kept = {path.name for path in (KEPT / version).iterdir()}
        databases = {f"{service.database}.sql.gz" for service in SERVICES.values()}
        assert kept == databases | {"openapi.json.gz"}


@pytest.mark.parametrize("fault", ["other SQL", "gone"])
def test_a_changed_or_missing_migration_of_a_release_is_named(fault: str) -> None:
    now = present()
    frozen = released("\n".join(lines("0.2.0", "0" * 40, [], now)))
    assert changed(frozen, now) == []

    first = now["case"][0]
    now["case"] = [replace(first, sha256="0" * 64)] if fault == "other SQL" else []

    assert changed(frozen, now) == ["case 0001 of 0.2.0"]


def test_a_later_release_names_what_it_adds_and_repeats_nothing() -> None:
    now = present()
    first = released("\n".join(lines("0.2.0", "0" * 40, [], now)))
    now["case"] = [*now["case"], replace(now["case"][0], revision="0002")]

    assert [line.split()[2:4] for line in lines("0.3.0", "1" * 40, first, now)] == [["case", "0002"]]


def test_a_tree_that_bears_another_version_is_no_release_yet(tmp_path: Path) -> None:
    for name in ("sdk/python", "sdk/typescript"):
        (tmp_path / name).mkdir(parents=True)

    def write(version: str, heading: str) -> None:
        for name in ("pyproject.toml", "sdk/python/pyproject.toml"):
            (tmp_path / name).write_text(f'[project]\nversion = "{version}"\n')
        (tmp_path / "sdk/typescript/package.json").write_text(f'{{"version": "{version}"}}')
        (tmp_path / "CHANGELOG.md").write_text(f"# Changelog\n\n## {heading}\n\n- …\n")

    write("0.1.0", "Unreleased")
    assert [line.partition(":")[0] for line in amiss(tmp_path, "0.2.0")] == [
        "pyproject.toml",
        "sdk/python/pyproject.toml",
        "sdk/typescript/package.json",
        "CHANGELOG.md",
    ]
    write("0.2.0", "0.2.0")
    assert amiss(tmp_path, "0.2.0") == []


def test_a_line_that_says_too_little_is_refused() -> None:
    with pytest.raises(ValueError, match="RELEASES"):
        released("0.2.0 abc case\n")

    assert released("0.2.0 -\n") == []
    assert released("0.2.0 c case 0001 d\n") == [Released("0.2.0", "c", "case", "0001", "d")]
