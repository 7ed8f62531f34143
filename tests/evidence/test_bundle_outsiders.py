"""What outsiders signed is believed as far as it goes: witnesses, authorities, monitors and their times."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from ledger.notes import STREAM_HEADS
from ledger.verifier.report import FORGED, VERIFIED
from mz.postgres import Server
from tests.evidence.ledger.bundles import (
    MONITOR,
    SECONDS,
    Files,
    Made,
    forged,
    make_bundle,
)
from tests.evidence.ledger.conftest import empty_ledger, ledgers, open_ledger
from tests.evidence.told import row, text_of, with_final
from tests.ledger.given import note_key
from tests.outsiders.given import W1, W2, W3, witness_key

pytestmark = pytest.mark.slow

__all__ = ["empty_ledger", "open_ledger"]


@pytest.fixture(scope="module")
async def made(postgres: Server, empty_ledger: str, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """One honest bundle; each test makes its own copy of the files."""
    async with ledgers(postgres, empty_ledger, tmp_path_factory.mktemp("bundle")) as open_ledger:
        return await make_bundle(open_ledger)


def second_line(note: bytes) -> bytes:
    """A line under the name and number of the second witness, and a signature that signs nothing."""
    line = next(one for one in note.splitlines(keepends=True) if W2.cosigner.name.encode() in one)
    mark, name, encoded = line.split(b" ")
    return b" ".join([mark, name, base64.b64encode(base64.b64decode(encoded)[:4] + b"any text") + b"\n"])


def with_line(files: Files, seconds: int) -> Files:
    """The files, with the first witness's line of another time."""
    note = files["checkpoints/final.note"]
    old = next(one for one in note.splitlines(keepends=True) if W1.cosigner.name.encode() in one)
    return forged(with_final(files, note.replace(old, W1.line(text_of(note), seconds))))


async def test_a_witness_that_has_two_lines_and_two_places_in_the_policy_is_refused(
    made: Made, tmp_path: Path
) -> None:
    note, policy = made.files["checkpoints/final.note"], made.files["keys/policy.txt"]
    named = f"witness {W2.cosigner.name} {W2.cosigner.vkey}\n".encode()
    files = with_final(made.files, note + second_line(note))
    files["keys/policy.txt"] = policy.replace(named, named + named)

    report = made.check(tmp_path / "b.zip", forged(files))

    assert report.verdict == FORGED, report.lines()


async def test_one_time_stamp_does_not_pass_under_the_names_of_two_authorities(
    made: Made, tmp_path: Path
) -> None:
    """The name of an authority is that of a file: the exporter's word. The verdict prints it as the one that proves."""
    token = made.files["timestamps/upper.bureau-of-time.tsr"]
    files = forged(made.files | {"timestamps/upper.national-time-service-center.tsr": token})

    report = made.check(tmp_path / "b.zip", files)

    proved = [line for line in report.lines() if "national-time-service-center 于" in line]
    assert (report.verdict, proved) != (VERIFIED, proved[:1]) or not proved, report.lines()


@pytest.mark.parametrize("seconds", [253_402_300_799, 2**56], ids=["the last second", "beyond the system's"])
async def test_no_time_of_a_witness_stops_the_verifier(made: Made, tmp_path: Path, seconds: int) -> None:
    assert made.check(tmp_path / "b.zip", with_line(made.files, seconds)).verdict != ""


async def test_records_later_than_a_witness_s_time_are_refused_without_an_authority_too(
    made: Made, tmp_path: Path
) -> None:
    """docs/BUNDLE.md 11: the last record is not more than 60 s later than any cosignature of a given witness."""
    early = with_line(made.files, SECONDS - 7_200)

    with_tsa = made.check(tmp_path / "b.zip", early)
    without = made.check(tmp_path / "b.zip", early, authorities=b"")

    assert (with_tsa.verdict, without.verdict) == (FORGED, FORGED)


async def test_a_line_under_the_name_of_a_known_witness_by_another_key_is_not_printed_as_its_cosignature(
    made: Made, tmp_path: Path
) -> None:
    """The reader gives the third witness's key. It did not sign; a key of the exporter did, under its name."""
    note, policy = made.files["checkpoints/final.note"], made.files["keys/policy.txt"]
    fake = witness_key(W3.cosigner.name, 77)
    files = with_final(made.files, note + fake.line(text_of(note), SECONDS))
    line = f"witness {fake.cosigner.name} {fake.cosigner.vkey}\nquorum"
    files["keys/policy.txt"] = policy.replace(b"quorum", line.encode())
    files = forged(files)

    report = made.check(tmp_path / "b.zip", files)

    assert (report.verdict, W3.cosigner.name in row(files, "副署")) != (VERIFIED, True), report.lines()


async def test_a_witness_whose_key_is_no_key_of_a_witness_is_refused(made: Made, tmp_path: Path) -> None:
    """A line in the policy of a type that no witness has is not judged at all: any bytes are its signature."""
    note, policy = made.files["checkpoints/final.note"], made.files["keys/policy.txt"]
    court = note_key("最高人民法院司法链", 77)
    junk = base64.b64encode(court.verifier.key_id + b"signed by nobody").decode()
    files = with_final(made.files, note + f"— {court.name} {junk}\n".encode())
    files["keys/policy.txt"] = policy.replace(
        b"quorum", f"witness {court.name} {court.vkey}\nquorum".encode()
    )

    report = made.check(tmp_path / "b.zip", forged(files))

    assert report.verdict == FORGED, report.lines()


async def test_a_statement_whose_time_is_no_time_or_whose_numbers_are_none_is_refused(
    made: Made, tmp_path: Path
) -> None:
    """The second program refuses them: docs/BUNDLE.md calls a member of another type a fault of its step."""
    stated = json.loads(made.files["statements/completeness.note"].split(b"\n")[1])
    other = {"sha256": "", "stream": "evidence/evd_01jqwkb4x8e0h9f6t3yq2m5w7z"}
    changes: dict[str, dict[str, Any]] = {f"at {at!r}": {"at": at} for at in (None, True, {"a": 1}, "now")}
    changes |= {
        f"seq {seq!r}": {"streams": [*stated["streams"], other | {"seq": seq}]}
        for seq in ("0", None, True, -7)
    }
    verdicts = {}
    for name, change in changes.items():
        note = MONITOR.statement(STREAM_HEADS, stated | change)
        files = forged(made.files | {"statements/completeness.note": note})
        verdicts[name] = made.check(tmp_path / "b.zip", files).verdict

    assert set(verdicts.values()) == {FORGED}, verdicts
