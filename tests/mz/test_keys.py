"""`./mz keys`: a key takes over from another, and everything that was signed before stands."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from ledger.checkpoint import open_own
from ledger.keyfiles import make_key
from ledger.trust import Policy
from mz.__main__ import _parser
from mz.operate.keyring import keys_of, listed, policy_text
from mz.operate.keys import CannotDo, _act, _read
from mz.services import SERVICES
from tests.faults.process import System, running
from tests.world import World, opened


def asked(*arguments: str) -> argparse.Namespace:
    return _parser().parse_args(["keys", *arguments])


async def act(world: World, *arguments: str) -> None:
    """`./mz keys …` on a world that is stopped: its sequencer gave up the log."""
    await world.runtimes["evidence"].ledger.stop()
    await _act(world.installation, asked(*arguments))


async def test_every_key_is_listed_with_its_role_and_its_interval(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    await _read(world.installation, asked("list", "--json"))
    said = json.loads(capsys.readouterr().out)
    await _read(world.installation, asked("list"))
    shown = capsys.readouterr().out

    roles = [key["role"] for key in said]
    assert roles == ["root", "log", "log", "twin", "twin"] + ["record"] * len(SERVICES)
    assert [key["algorithm"] for key in said[1:5]] == ["Ed25519", "SM2-SM3"] * 2
    assert all(key["valid"] for key in said)
    assert said[5]["streams"] == list(SERVICES["gateway"].streams)
    assert "账本密钥" in shown
    assert said[1]["id"] in shown


async def test_what_is_exported_is_a_policy_that_others_read(world: World) -> None:
    keys = await keys_of(world.installation)

    text = policy_text(keys)

    assert Policy.parse(text).logs == keys.log_keys[:1]
    assert all(root.vkey in text for root in keys.roots)
    assert all(key.vkey in text for key in (*keys.log_keys, *keys.twin_keys))


async def test_a_service_signs_with_its_new_key_from_its_next_start(world: World) -> None:
    old = world.installation.record_key("gateway")
    await act(world, "rotate", "gateway")

    async with opened(world.installation) as again:
        assert again.runtimes["gateway"].db.signer.name.endswith("/k2")
        ended = again.runtimes["evidence"].ledger.keys.find(old.vkey)
        assert ended is not None
        assert ended.until is not None
        await again.settle()
        assert (await again.fsck()).findings == []


async def test_what_waits_in_the_outbox_is_carried_before_its_key_ends(world: World) -> None:
    async with world.database("gateway") as conn:
        before = await conn.fetchval("SELECT count(*) FROM outbox")
        await conn.execute(
            "INSERT INTO outbox_pending (record_id, stream, seq, xid) SELECT record_id, stream, seq, '1' FROM outbox"
            " ON CONFLICT DO NOTHING"
        )

    await act(world, "rotate", "gateway")

    async with opened(world.installation) as again:
        await again.settle()
        async with again.database("gateway") as conn:
            assert await conn.fetchval("SELECT count(*) FROM outbox_pending") == 0
            assert await conn.fetchval("SELECT count(*) FROM receipts") == before


async def test_a_service_whose_newest_key_is_revoked_goes_on_with_another(world: World) -> None:
    gone = world.installation.record_key("case")
    await act(world, "revoke", gone.verifier.key_id.hex(), "--reason", "KEY_COMPROMISED")

    keys = await keys_of(world.installation)
    valid = [key for key in listed(keys) if key.streams == SERVICES["case"].streams and key.until is None]
    assert [key.verifier.name.rpartition("/")[2] for key in valid] == ["k2"]
    async with opened(world.installation) as again:
        assert again.runtimes["case"].db.signer.vkey == valid[0].verifier.vkey
        assert (await again.fsck()).findings == []


async def test_new_log_keys_sign_beside_the_old_for_thirty_days(world: World) -> None:
    first = world.installation.log_key.verifier
    await act(world, "rotate-log")
    installation = world.installation
    keys = await keys_of(installation)
    assert [key.verifier.name for key in listed(keys) if key.role == "log"] == [installation.origin] * 4

    world.clock.advance(days=29)
    with pytest.raises(CannotDo, match="30"):
        await _act(installation, asked("retire-log", first.key_id.hex()))
    world.clock.advance(days=2)
    await _act(installation, asked("retire-log", first.key_id.hex()))

    keys = await keys_of(installation)
    assert first not in keys.log_keys
    assert len(keys.log_keys) == len(keys.twin_keys) == 3
    async with opened(installation) as again:
        checkpoint = (await again.anonymous.get("/ledger/sm3/checkpoint")).content
        assert open_own(checkpoint, keys.twin_keys).size > 0
        await again.settle()
        assert (await again.fsck()).findings == []


async def test_a_compromised_log_key_ends_at_once_but_never_the_last(world: World) -> None:
    first = world.installation.log_key.verifier.key_id.hex()
    with pytest.raises(CannotDo, match="没有接替"):
        await act(world, "retire-log", first)

    await _act(world.installation, asked("rotate-log"))
    await _act(world.installation, asked("retire-log", first, "--compromised"))

    assert first not in [key.key_id.hex() for key in (await keys_of(world.installation)).log_keys]


@pytest.mark.parametrize(
    "arguments, why",
    [
        (("rotate", "nobody"), "没有服务"),
        (("revoke", "nobody", "--reason", "KEY_LOST"), "0 把有效密钥"),
        (("revoke", "log"), "--reason"),
        (("retire-log", "record"), "记录密钥"),
        (("revoke", "log", "--reason", "KEY_LOST"), "retire-log"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
async def test_what_makes_no_sense_is_told_in_one_line(
    world: World, arguments: tuple[str, ...], why: str
) -> None:
    names = {
        "log": world.installation.log_key.verifier.key_id.hex(),
        "record": world.installation.record_key("case").verifier.key_id.hex(),
    }

    with pytest.raises(CannotDo, match=why):
        await act(world, *(names.get(argument, argument) for argument in arguments))


async def test_nobody_changes_keys_while_another_process_leads(world: World) -> None:
    with pytest.raises(CannotDo, match="另一个进程"):
        await _act(world.installation, asked("rotate", "case"))


@pytest.mark.slow
def test_a_ledger_begins_under_three_root_keys_of_which_two_must_sign(tmp_path: Path) -> None:
    for name in "abc":
        make_key(tmp_path / f"{name}.pem")
    system = System(tmp_path / "D", 0)
    a, b, c = (("--root", str(tmp_path / f"{name}.pem")) for name in "abc")
    try:
        begun = system.mz("keys", "begin", *a, *b, *c, "--threshold", "2")
        again = system.mz("keys", "begin", *a)
        alone = system.mz("keys", "rotate-log", *c)
        both = system.mz("keys", "rotate-log", *c, *a)
        shown = system.mz("keys", "list", "--json")
    finally:
        system.remove()

    assert begun.returncode == 0, begun.stderr
    assert (again.returncode, alone.returncode, both.returncode) == (1, 1, 0), both.stderr
    assert not (system.folder / "keys/root.pem").exists()
    roles = [key["role"] for key in json.loads(shown.stdout)]
    assert (roles.count("root"), roles.count("log"), roles.count("twin")) == (3, 4, 4)


@pytest.mark.slow
def test_keys_of_a_running_platform_are_shown_and_not_changed(tmp_path: Path) -> None:
    with running(tmp_path / "D") as system:
        shown = system.mz("keys", "list")
        refused = system.mz("keys", "rotate", "case")
        system.mz("down")
        rotated = [system.mz("keys", "rotate", "case"), system.mz("keys", "rotate-log")]
        (system.folder / "keys/root.pem").rename(tmp_path / "root.pem")  # offline, where it belongs
        without = system.mz("keys", "rotate-log")
        system.up()
        clean = system.mz("ledger", "fsck")

    assert shown.returncode == 0
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
    assert [done.returncode for done in rotated] == [0, 0], rotated
    assert (without.returncode, "--root" in without.stderr) == (1, True)
    assert (clean.returncode, "clean" in clean.stdout) == (0, True), clean.stdout
