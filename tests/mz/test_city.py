"""A second city from nothing, by exactly the commands of docs/OPERATIONS.md, each run as it stands there."""

from __future__ import annotations

import json
import re
import secrets
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from common.calls.tokens import TokenKey, mint
from gateway.opening import list_entered, open_city, read_roll
from ledger.clock import real_time
from ledger.keyfiles import make_key
from mz import ROOT
from tests.faults.process import free_port
from tests.world import World

PAGE = ROOT / "docs" / "OPERATIONS.md"
ISSUER = "https://id.example.gov"
MOST_COMMANDS = 10


def documented() -> list[str]:
    """The commands of the section, a line each."""
    section = PAGE.read_text().partition("## A city from nothing")[2]
    block = re.search(r"```bash\n(.*?)```", section, re.DOTALL)
    assert block is not None
    return block[1].splitlines()


def test_the_example_of_a_roll_can_be_read() -> None:
    roll = read_roll(ROOT / "examples" / "people.toml")

    assert [agency.parent for agency in roll.agency] == [None, roll.agency[0].name]


@pytest.mark.parametrize(
    "change, said",
    [
        (('parent = "某市人民政府"', 'parent = "别市"'), "does not stand before it"),
        (('agency = "某市人民政府"', 'agency = "别市"'), "there is no agency"),
        (('roles = ["SUPERVISOR"]', 'roles = ["KING"]'), "officer/1/roles/0"),
        (('title = "执法监督员"', 'titel = "执法监督员"'), "officer/1"),
    ],
    ids=["parent", "agency", "role", "unknown"],
)
def test_a_roll_at_fault_is_told_by_its_place(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    roll = tmp_path / "people.toml"
    roll.write_text((ROOT / "examples" / "people.toml").read_text().replace(*change))

    with pytest.raises(ValueError, match=re.escape(said)):
        read_roll(roll)


async def test_who_was_entered_can_be_listed_again(world: World) -> None:
    db = world.runtimes["gateway"].db
    roll = read_roll(ROOT / "examples" / "people.toml")

    assert await open_city(db, roll) is None, "a city is opened once"
    ids = [each.id for each in await list_entered(db)]

    assert {id[:4] for id in ids} == {"agy_", "off_"}
    assert len(ids) == len(set(ids))


@pytest.mark.slow
def test_a_second_city_from_nothing_in_at_most_ten_commands(tmp_path: Path) -> None:
    key = _identity_provider(tmp_path)
    shutil.copy(ROOT / "examples" / "people.toml", tmp_path / "people.toml")
    port, commands = free_port(), documented()
    assert len(commands) <= MOST_COMMANDS
    told = {}
    try:
        for command in commands:
            words = shlex.split(command.replace("8080", str(port)))
            assert words[0] == "./mz"
            done = _mz(tmp_path, words[1:])
            assert done.returncode == 0, (command, done.stdout, done.stderr)
            told[words[1]] = done.stdout
            if words[1] == "city" and words[2] == "open":
                again = _mz(tmp_path, words[1:])
                assert (again.returncode, "已有机关" in again.stdout) == (0, True)
            if words[1] == "up":
                mine = _who_am_i(tmp_path, key, port)
    finally:
        _mz(tmp_path, ["down", "--data-dir", "D"])
        if (tmp_path / "D" / "pg").is_symlink():
            shutil.rmtree((tmp_path / "D" / "pg").resolve(), ignore_errors=True)

    assert (mine["name"], mine["roles"]) == ("赵示范", ["DEVICE_ADMIN"])
    assert "示" not in told["ledger"]
    assert "clean" in told["ledger"]
    assert not [path for path in ("demo.json", "clock.json", "bank.pem") if (tmp_path / "D" / path).exists()]
    genesis = json.loads((tmp_path / "D" / "origin.json").read_text())["origin"]
    assert genesis.startswith("ledger.nj.")


def _identity_provider(folder: Path) -> TokenKey:
    """The key of a city's identity provider; its public half lies in issuer.json."""
    make_key(folder / "issuer.pem", "p256")
    key = TokenKey.load(folder / "issuer.pem")
    ring = [
        key.entry(ISSUER, nbf=int(real_time().timestamp()) - 60, naf=int(real_time().timestamp()) + 86_400)
    ]
    (folder / "issuer.json").write_text(json.dumps(ring))
    return key


def _who_am_i(folder: Path, key: TokenKey, port: int) -> dict[str, object]:
    """What the platform knows of the first officer, who signed in at the identity provider."""
    people = json.loads((folder / "D" / "people.json").read_text())
    officer = next(each["id"] for each in people if each["id"].startswith("off_"))
    now = int(real_time().timestamp())
    claims = {
        "iss": ISSUER,
        "aud": "mingzheng",
        "sub": f"officer:{officer}",
        "client_id": "city-portal",
        "iat": now,
        "exp": now + 200,
        "jti": secrets.token_urlsafe(16),
    }
    headers = {"authorization": f"Bearer {mint(key, 'at+jwt', claims)}"}
    answer = httpx.get(f"http://127.0.0.1:{port}/v1/me", headers=headers, trust_env=False, timeout=30)
    assert answer.status_code == 200, answer.text
    mine: dict[str, object] = answer.json()
    return mine


def _mz(folder: Path, words: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "mz", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
