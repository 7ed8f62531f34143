"""verify.sh, with bash, openssl and coreutils alone: it accepts what verify.py accepts, and each step can fail."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ledger
from ledger.checkpoint import Checkpoint
from mz.postgres import Server
from tests.evidence.ledger.bundles import Files, Made, make_bundle, resigned
from tests.evidence.ledger.conftest import empty_ledger, ledgers, open_ledger
from tests.evidence.test_bundle_mutations import foreign_cosignature, line_of, other_token
from tests.ledger.given import CASE, EVIDENCE, LOG, ROOT, STRANGER, Stream
from tests.outsiders.given import W1, W2, W3

__all__ = ["empty_ledger", "open_ledger"]

SCRIPT = Path(ledger.__file__).with_name("verify.sh")
pytestmark = pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("openssl")), reason="`apt-get install bash openssl`"
)


@pytest.fixture(scope="module")
async def made(postgres: Server, empty_ledger: str, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """One bundle for all tests here: none of them changes it, each makes its own copy of the files."""
    async with ledgers(postgres, empty_ledger, tmp_path_factory.mktemp("bundle")) as open_ledger:
        return await make_bundle(open_ledger)


def unpacked(folder: Path, files: Files) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def run(folder: Path, made: Made, *arguments: str) -> tuple[int, str]:
    """Exit code and all output, errors of the shell included."""
    (folder.parent / "tsa.pem").write_bytes(made.root)
    given = arguments or (
        *("--key", ROOT.vkey, "--tsa", str(folder.parent / "tsa.pem")),
        *("--witness", W1.cosigner.vkey, "--witness", W2.cosigner.vkey),
    )
    done = subprocess.run(
        ["bash", str(SCRIPT), str(folder), *given], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
async def test_the_shell_verifies_a_bundle_and_names_the_steps_that_only_verify_py_does(
    made: Made, tmp_path: Path
) -> None:
    folder = unpacked(tmp_path / "b", made.files)

    verified, said = run(folder, made)
    three = ["--key", ROOT.vkey]
    three += [part for key in (W1, W2, W3) for part in ("--witness", key.cosigner.vkey)]
    unwitnessed, _ = run(folder, made, "--key", ROOT.vkey, "--witness", W3.cosigner.vkey)
    quorate, _ = run(folder, made, *three, "--quorum", "2")
    short, _ = run(folder, made, *three)
    untrusted, told = run(folder, made, "--tsa", str(tmp_path / "tsa.pem"))
    foreign, _ = run(folder, made, "--key", STRANGER.vkey)

    assert (verified, unwitnessed, untrusted, foreign) == (0, 2, 2, 1), said
    assert (quorate, short) == (0, 2)
    assert all(word in said for word in ("压缩包的写法", "清单和报告", "监督方声明"))
    assert said.endswith("项\n")
    assert "核验结论:核验通过 (VERIFIED)" in said
    assert "没有用 --key 给出公布的公钥" in told


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def of(files: Files, folder: str, ending: str) -> str:
    """The first file of a kind, by its number where it has one."""
    found = [name for name in files if name.startswith(folder) and name.endswith(ending)]
    return min(found, key=lambda name: (len(name), name))


def altered_picture(files: Files) -> Files:
    name = of(files, "media/", "")
    return files | {name: flipped(files[name], 3)}


def strange_file(files: Files) -> Files:
    return files | {"media/more.jpg": b"more"}


def lost_file(files: Files) -> Files:
    return {name: data for name, data in files.items() if name != "report.html"}


def swapped_record(files: Files, key: Any = STRANGER) -> Files:
    name = of(files, "records/", ".entry")
    return resigned(files | {name: files[name].split(b"\n")[0] + b"\n" + Stream(key=key).next()})


def other_record_of_ours(files: Files) -> Files:
    return swapped_record(files, EVIDENCE)


def altered_signature(files: Files) -> Files:
    name = of(files, "records/", ".entry")
    at = files[name].rindex(b" ") + 40
    return resigned(files | {name: files[name][:at] + b"AAAA" + files[name][at + 4 :]})


def altered_proof(files: Files) -> Files:
    name = of(files, "proofs/", ".tlog-proof")
    at = files[name].index(b"\n", 25) + 3
    return resigned(files | {name: files[name][:at] + b"AAAA" + files[name][at + 4 :]})


def lost_first_record(files: Files) -> Files:
    gone = of(files, "records/", ".entry").removesuffix("entry")
    index = gone.split("/")[1]
    return resigned({n: d for n, d in files.items() if not n.startswith((gone, f"proofs/{index}"))})


def lost_key(files: Files) -> Files:
    gone = "keys/2.entry"
    return resigned({n: d for n, d in files.items() if not n.startswith(gone.removesuffix("entry"))})


def forked(files: Files) -> Files:
    old = files["checkpoints/final.note"]
    new = Checkpoint(LOG.name, 400, bytes(32)).signed(LOG)
    return resigned({name: data.replace(old, new) for name, data in files.items()})


def unsigned(files: Files) -> Files:
    old = files["checkpoints/final.note"]
    new = old.replace(line_of(old, LOG.name), b"")
    return resigned({name: data.replace(old, new) for name, data in files.items()})


def manifest_of_another(files: Files) -> Files:
    return resigned(files, CASE)


def other_plate(files: Files) -> Files:
    name = of(files, "disclosures/", "")
    return resigned(files | {name: files[name].replace(b"A12345", b"A12346")})


def other_picture(files: Files) -> Files:
    return resigned(files | {of(files, "media/", ""): b"another picture"})


def false_cosignature(files: Files) -> Files:
    return resigned(foreign_cosignature(files))


def false_token(files: Files) -> Files:
    return resigned(other_token(files))


def commands_in_names(files: Files) -> Files:
    """A hostile bundle: the verifier must not run anything from it."""
    name = of(files, "keys/", ".entry")
    evil = files[name].replace(b'"log_keys":["', b'"log_keys":["a[$(touch${IFS}/tmp/owned-by-a-bundle)]",,"')
    return resigned(files | {name: evil})


ATTACKS: list[tuple[Callable[[Files], Files], str]] = [
    (altered_picture, "文件摘要"),
    (strange_file, "文件摘要"),
    (lost_file, "文件摘要"),
    (swapped_record, "记录签名"),
    (other_record_of_ours, "归入账本"),
    (altered_signature, "记录签名"),
    (altered_proof, "归入账本"),
    (lost_first_record, "流内无缺"),
    (lost_key, "记录签名"),
    (forked, "归入账本"),
    (unsigned, "检查点签名"),
    (manifest_of_another, "清单签名"),
    (other_plate, "披露内容"),
    (other_picture, "图像原件"),
    (false_cosignature, "见证副署"),
    (false_token, "时间戳"),
    (commands_in_names, "记录签名"),
]


@pytest.mark.slow
async def test_every_step_of_the_shell_refuses_what_breaks_it(made: Made, tmp_path: Path) -> None:
    assert run(unpacked(tmp_path / "b", resigned(made.files)), made)[0] == 0

    for attack, step in ATTACKS:
        code, said = run(unpacked(tmp_path / "b", attack(made.files)), made)
        steps = [line for line in said.splitlines() if line.startswith(" ✗ ")]
        assert code == 1, (attack.__name__, said)
        assert any(step in line for line in steps), (attack.__name__, said)
        assert "VERIFIED)" not in said.replace("(NOT_VERIFIED)", ""), attack.__name__
    assert not Path("/tmp/owned-by-a-bundle").exists()


async def test_an_empty_folder_or_no_folder_is_never_verified(made: Made, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()

    codes = [run(folder, made)[0] for folder in (empty, tmp_path / "absent")]

    assert 0 not in codes
