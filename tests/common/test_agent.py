"""Keys that an agent keeps: the OpenSSH ssh-agent, and one that misbehaves."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ledger.keyfiles import NoteKey, RecordSigner
from ledger.notes import open_note

NAME = "evidence.test.mingzheng.example/k1"
needs_openssh = pytest.mark.skipif(
    shutil.which("ssh-agent") is None or shutil.which("ssh-add") is None, reason="OpenSSH is not installed"
)


@dataclass(frozen=True)
class Agent:
    """A running ssh-agent that holds one Ed25519 key."""

    socket: Path
    fingerprint: str
    public: bytes

    def ssh_add(self, *arguments: str) -> str:
        done = subprocess.run(
            ["ssh-add", *arguments],
            env={"SSH_AUTH_SOCK": str(self.socket), "PATH": "/usr/bin:/bin"},
            capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return done.stdout


@pytest.fixture
def agent() -> Iterator[Agent]:
    # The path of a socket has at most 107 bytes: pytest's own folders may be deeper.
    folder = Path(tempfile.mkdtemp(prefix="mz-agent-"))
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(folder / "s")], stdout=subprocess.DEVNULL)
    try:
        while not (folder / "s").exists():
            assert process.poll() is None
        key = Ed25519PrivateKey.generate()
        (folder / "key").touch(mode=0o600)
        (folder / "key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
        made = Agent(folder / "s", "", key.public_key().public_bytes_raw())
        made.ssh_add("-q", str(folder / "key"))
        yield Agent(made.socket, made.ssh_add("-l").split()[1], made.public)
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


@needs_openssh
def test_a_key_in_the_agent_signs_notes_like_any_other(agent: Agent) -> None:
    key = NoteKey.load(NAME, f"agent:{agent.socket}#{agent.fingerprint}")

    note = key.note(b"text\n")

    assert key.verifier.public == agent.public
    assert open_note(note, [key.verifier])[1] == (key.verifier,)
    assert not key.is_local


@needs_openssh
def test_a_vkey_names_the_key_as_well_as_its_fingerprint_does(agent: Agent) -> None:
    vkey = NoteKey.load(NAME, f"agent:{agent.socket}#{agent.fingerprint}").vkey

    assert NoteKey.load("another/name", f"agent:{agent.socket}#{vkey}").verifier.public == agent.public


@needs_openssh
def test_a_key_file_may_hold_the_address_in_place_of_the_key(agent: Agent, tmp_path: Path) -> None:
    path = tmp_path / "record-k1.pem"
    path.write_text(f"agent:{agent.socket}#{agent.fingerprint}\n")

    signer = RecordSigner.load(NAME, path)

    assert open_note(signer.sign(b"{}"), [signer.verifier])[0].text == b"{}\n"


@needs_openssh
def test_an_agent_without_the_key_or_none_at_all_is_told(agent: Agent, tmp_path: Path) -> None:
    key = NoteKey.load(NAME, f"agent:{agent.socket}#{agent.fingerprint}")
    with pytest.raises(ValueError, match="does not hold"):
        NoteKey.load(NAME, f"agent:{agent.socket}#SHA256:nothing")
    with pytest.raises(OSError):
        NoteKey.load(NAME, f"agent:{tmp_path}/none#{agent.fingerprint}")

    agent.ssh_add("-D")

    with pytest.raises(ValueError, match="refuses"):
        key.line(b"text\n")


def test_a_signature_that_does_not_fit_never_leaves_the_port(tmp_path: Path) -> None:
    """An agent that answers every request with the signature of another text."""
    private = Ed25519PrivateKey.generate()

    def framed(data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + data

    blob = framed(b"ssh-ed25519") + framed(private.public_key().public_bytes_raw())
    answers = {
        11: b"\x0c" + (1).to_bytes(4, "big") + framed(blob) + framed(b"comment"),
        13: b"\x0e" + framed(framed(b"ssh-ed25519") + framed(private.sign(b"another text\n"))),
    }
    folder = Path(tempfile.mkdtemp(prefix="mz-agent-"))
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "s"))
        listening.listen()

        def serve() -> None:
            for _ in answers:
                connection, _ = listening.accept()
                with connection:
                    asked = connection.recv(65_536)
                    connection.sendall(framed(answers[asked[4]]))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        vkey = NoteKey(NAME, private).vkey
        key = NoteKey.load(NAME, f"agent:{folder / 's'}#{vkey}")

        with pytest.raises(ValueError, match="does not fit"):
            key.line(b"text\n")
        thread.join()
    shutil.rmtree(folder)
