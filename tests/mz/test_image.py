"""What enters an image, and that its list of parts is its lock."""

from __future__ import annotations

import json
import re

import pytest

from mz import ROOT
from mz.build.locks import NOT_IN_IMAGE, entries, outsiders_lock, run_lock
from mz.build.sbom import bill

DOCKERFILE = (ROOT / "Dockerfile").read_text()
LOCKS = {"requirements-run.lock": run_lock, "requirements-outsiders.lock": outsiders_lock}
TOOLS = {
    "pytest",
    "hypothesis",
    "ruff",
    "mypy",
    "uv",
    "hatchling",
    "pip",
    "setuptools",
    "openpyxl",
    "aiosmtpd",
}


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_of_an_image_holds_no_tool_and_no_embedded_server(name: str) -> None:
    held = entries((ROOT / name).read_text())

    assert not held.keys() & (TOOLS | NOT_IN_IMAGE)
    assert held.items() <= entries((ROOT / "requirements.lock").read_text()).items()


def test_the_lock_of_the_platform_holds_what_an_extra_asks_for() -> None:
    # sqlalchemy[asyncio] is declared by us, sqlalchemy alone by alembic.
    assert "greenlet" in entries(run_lock(ROOT))


@pytest.mark.parametrize("name", LOCKS)
def test_the_bill_of_an_image_is_its_lock(name: str) -> None:
    lock = (ROOT / name).read_text()
    document = json.loads(bill(lock, "mingzheng", "0.2.0"))

    listed = {(each["name"], each["version"]) for each in document["components"]}

    assert listed == set(re.findall(r"^([a-z0-9._-]+)==([^\s;\\]+)", lock, re.MULTILINE))
    assert document["dependencies"][0]["dependsOn"] == [each["purl"] for each in document["components"]]
    assert all(each["properties"] for each in document["components"])


def test_a_line_that_is_no_entry_of_a_lock_is_refused() -> None:
    with pytest.raises(ValueError, match="no entry"):
        bill("-e .\n", "mingzheng", "0.2.0")


def test_nothing_enters_the_build_but_what_is_named() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]

    assert lines[0] == "*"
    admitted = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        word.partition("/")[0]
        for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
        for word in line.split()
    }
    assert copied == admitted
    assert {"**/*.pem", "**/*.key", "**/*.secret", "**/.mingzheng*"} <= set(lines)


def test_an_image_runs_as_a_number_and_says_what_it_is() -> None:
    stages = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]
    final = {stage.split()[2]: stage for stage in stages if "installed" not in stage.split()[2]}

    assert final.keys() == {"platform", "outsiders"}
    for stage in final.values():
        assert stage.startswith("${BASE} ")
        assert re.search(r"^USER 1000\d:1000\d$", stage, re.MULTILINE)
        assert "HEALTHCHECK" in stage
        assert "org.opencontainers.image.revision" in stage
    assert "git" not in re.findall(r"^RUN (\w+)", DOCKERFILE, re.MULTILINE)
