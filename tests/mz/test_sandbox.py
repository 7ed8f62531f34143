"""`./mz sandbox` as a partner's developer meets it, in real processes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from common.calls.jwk import b64url
from data_exchange.domain.subjects import SubjectKind, subject_of
from outsiders.register import MAGIC
from tests.faults.process import System, free_port

_PATIENCE_S = 600  # the first enrolment brings about a case: 30 s on an idle machine
_SUBJECTS = {"plate": SubjectKind.PLATE, "person": SubjectKind.PERSON_ID, "shop": SubjectKind.CREDIT_CODE}


def test_every_magic_subject_passes_the_checks_of_a_real_one() -> None:
    for name, endings in MAGIC.items():
        assert [subject_of(_SUBJECTS[name], text).value for text in endings.values()] == [*endings.values()]  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A running sandbox."""
    system = System(tmp_path_factory.mktemp("sandbox") / "D", free_port())
    try:
        started = system.mz("sandbox", "--port", str(system.port), "--detach", timeout=_PATIENCE_S)
        assert started.returncode == 0, started.stdout + started.stderr
        assert "无法律效力" in started.stdout
        assert "nothing here has legal effect" in started.stdout
        yield system
    finally:
        system.remove()


@pytest.mark.slow
def test_a_sandbox_says_so_everywhere_and_enrols_a_system_by_one_command(
    sandbox: System, tmp_path: Path
) -> None:
    key = tmp_path / "partner.pem"

    first = sandbox.mz("sandbox", "enroll", "--key", str(key), "--make-key", timeout=_PATIENCE_S)
    again = sandbox.mz("sandbox", "enroll", "--key", str(key))

    assert first.returncode == 0, first.stderr
    assert again.stdout == first.stdout
    settings = json.loads(first.stdout)
    assert set(settings) == {
        "origin", "application_id", "kid", "agreement_id", "purpose_id", "case_id", "case_no", "agency_id",
        "to_agency_id", "answer_keys", "magic",
    }  # fmt: skip
    assert settings["origin"] == sandbox.base_url
    assert settings["answer_keys"]["keys"][0]["crv"] == "Ed25519"
    home = httpx.get(f"{sandbox.base_url}/", trust_env=False)
    missing = httpx.get(f"{sandbox.base_url}/v1/nothing", trust_env=False)
    assert ("无法律效力" in home.text, "has legal effect" in home.text) == (True, True)
    assert {answer.headers["mingzheng-sandbox"] for answer in (home, missing)} == {"1"}


@pytest.mark.slow
def test_a_public_key_is_enrolled_in_two_steps_and_rolled(sandbox: System, tmp_path: Path) -> None:
    """The private key never reaches the sandbox: its developer signs the challenge."""
    private, file = Ed25519PrivateKey.generate(), tmp_path / "public.jwk"
    x = b64url(private.public_key().public_bytes_raw())
    file.write_text(json.dumps({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "mine"}))

    challenged = sandbox.mz("sandbox", "enroll", "--key", str(file))
    message = json.loads(challenged.stdout)["sign"]
    proof = b64url(private.sign(message.encode()))
    enrolled = sandbox.mz("sandbox", "enroll", "--key", str(file), f"--proof={proof}", timeout=_PATIENCE_S)
    application_id = json.loads(enrolled.stdout)["application_id"]
    named = ("--application", application_id)
    second = tmp_path / "second.pem"
    added = sandbox.mz("sandbox", "add-key", *named, "--key", str(second), "--make-key")
    revoked = sandbox.mz("sandbox", "revoke-key", *named, "--kid", "mine")

    assert challenged.returncode == 3
    assert json.loads(enrolled.stdout)["kid"] == "mine"
    assert (added.returncode, revoked.returncode) == (0, 0), added.stderr + revoked.stderr
    rolled = sandbox.mz("sandbox", "enroll", "--key", str(second))
    assert json.loads(rolled.stdout)["application_id"] == application_id


def test_an_installation_never_becomes_a_sandbox(tmp_path: Path) -> None:
    folder = tmp_path / "D"
    folder.mkdir()
    (folder / "vkeys.json").write_text("{}")

    refused = System(folder, free_port()).mz("sandbox", "--port", "1")

    assert (refused.returncode, "no sandbox" in refused.stderr) == (1, True)
