"""The contract keeps the conventions, judged by Spectral; what it may break is named with its reason."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from mz.contract.document import document
from tests import nodejs

pytestmark = pytest.mark.slow

RULES = Path(__file__).with_name("conventions.spectral.yaml")
PROTOCOL = "/VIID/"
"""GA/T 1400 fixes these addresses, with capital letters."""


async def test_spectral_finds_no_error_but_the_addresses_of_the_camera_s_protocol(tmp_path: Path) -> None:
    folder = await nodejs.installed("spectral", "@stoplight/spectral-cli@6.16.3")
    shutil.copy(RULES, tmp_path)
    (tmp_path / "openapi.json").write_text(json.dumps(document()))
    command = [str(folder / "node_modules/.bin/spectral"), "lint", "openapi.json", "-r", RULES.name]

    # Its exit says whether it found errors; which ones they are is judged here.
    await nodejs.run("sh", "-c", '"$@" -f json -o report.json || true', "sh", *command, cwd=tmp_path)

    found = json.loads((tmp_path / "report.json").read_text())
    errors = {(one["code"], "/".join(map(str, one["path"]))) for one in found if one["severity"] == 0}
    named = {
        error for error in errors if error[0] == "path-kebab" and error[1].startswith(f"paths/{PROTOCOL}")
    }
    assert named, "the exception is needed no more"
    assert errors - named == set()
