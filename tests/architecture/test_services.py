"""services.toml is the one list of services, and a list that is wrong is named."""

from __future__ import annotations

import shutil
from importlib import import_module
from pathlib import Path
from typing import get_type_hints

import pytest

from gateway.allinone import package_of
from mz import ROOT
from mz.build.manifest import pyproject
from mz.services import SERVICES, read_services
from tests.architecture.services import faults_of

UNBUILT = """
[[service]]
name = "parking-permit"
package = "parking_permit"
folder = "services/parking-permit"
database = "parking_permit"
streams = ["permit/"]
port = 8990
built = false
"""


def test_the_list_of_services_agrees_with_the_disk() -> None:
    assert faults_of(ROOT) == []


def test_the_all_in_one_finds_each_service_behind_the_gateway() -> None:
    behind = [service for service in SERVICES.values() if service.name != "gateway"]

    assert [package_of(service.name) for service in behind] == [service.package for service in behind]


def test_a_service_listens_by_default_on_the_port_that_the_list_gives_it() -> None:
    kinds = {
        name: get_type_hints(import_module(f"{one.package}.runtime").runtime_of)["settings"]
        for name, one in SERVICES.items()
    }

    assert {name: kind.model_fields["port"].default for name, kind in kinds.items()} == {
        name: one.port for name, one in SERVICES.items()
    }


def test_the_lists_of_the_manifest_are_those_of_services_toml() -> None:
    assert (ROOT / "pyproject.toml").read_text() == pyproject(ROOT)


def test_a_service_that_is_not_built_is_in_no_list(tmp_path: Path) -> None:
    root = copied(tmp_path)
    (root / "services.toml").write_text((root / "services.toml").read_text() + UNBUILT)

    named = read_services(root)

    assert not named["parking-permit"].built
    assert "parking_permit" not in pyproject(root)


@pytest.mark.parametrize(
    "entry, fault",
    [
        ({"database": "case"}, "database case belongs to case and planted"),
        ({"port": 8030}, "port 8030 belongs to case and planted"),
        ({"package": "case"}, "package case belongs to case and planted"),
        ({"streams": ["case/"]}, "stream case/ of planted lies in case/ of case"),
        ({"streams": ["case/closed/"]}, "stream case/closed/ of planted lies in case/ of case"),
        ({"streams": ["ca"]}, "stream case/ of case lies in ca of planted"),
        ({"streams": ["planted"]}, "stream planted of planted does not end in /"),
        ({"package": "other"}, "planted: its package is other"),
        ({"rooms": ["cellar"]}, "planted: there is no services/planted/planted/cellar"),
        ({"sql": ["attic"]}, "planted: attic speaks SQL or HTTP and is not one of its rooms"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_list_that_gives_one_thing_to_two_services_is_named(
    tmp_path: Path, entry: dict[str, object], fault: str
) -> None:
    root = copied(tmp_path)
    planted = {
        "name": "planted",
        "package": "planted",
        "folder": "services/planted",
        "database": "planted",
        "streams": ["planted/"],
        "port": 8990,
    } | entry
    lines = [f"{key} = {value!r}".replace("'", '"') for key, value in planted.items()]
    with (root / "services.toml").open("a") as file:
        file.write("\n".join(["", "[[service]]", *lines, ""]))

    assert fault in faults_of(root)


def test_a_service_that_the_list_does_not_name_is_named(tmp_path: Path) -> None:
    root = copied(tmp_path)
    (root / "services/planted").mkdir()

    assert faults_of(root) == ["services/planted is not in services.toml"]


def test_a_service_that_the_manifest_lacks_fails_the_check(tmp_path: Path) -> None:
    root = copied(tmp_path)
    text = (root / "services.toml").read_text() + UNBUILT.replace("built = false\n", "")
    (root / "services.toml").write_text(text)

    assert (ROOT / "pyproject.toml").read_text() != pyproject(root)
    assert '"services/parking-permit/parking_permit"' in pyproject(root)


def copied(to: Path) -> Path:
    """The list, the manifest and the services in a folder where a test may break them."""
    for part in ("services.toml", "pyproject.toml"):
        shutil.copy(ROOT / part, to / part)
    for part in ("services", "gateway"):
        shutil.copytree(ROOT / part, to / part, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    return to
