"""Every program of ours gives one answer about keys and signatures that no honest signer makes."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from hashlib import sha512
from pathlib import Path

import pytest

import ledger
from evidence.ledger import ed25519 as compiled
from ledger.edwards import BASE_Y, NEUTRAL, ORDER, SMALL, P, add, decode, encode, extended, is_key, times
from ledger.notes import Verifier
from ledger.signatures import holds
from ledger.trust import ED25519, Cosigner
from ledger.verifier.ed25519 import ed25519, fastest_ed25519
from ledger.verifier.notes import Vkey

SCALAR = 0x1D4F4C8E2C9A7B30 << 190 | 0x77
TEXT = b"text"
SHELL = Path(ledger.__file__).with_name("verify.sh")
BASE = decode(BASE_Y.to_bytes(32, "little"))
assert BASE is not None
KEY = encode(times(SCALAR % ORDER, BASE))


def challenge(r: bytes, key: bytes, text: bytes) -> int:
    return int.from_bytes(sha512(r + key + text).digest(), "little")


def signed(key: bytes, nonce: int, text: bytes = TEXT, *, times_order: int = 0) -> tuple[bytes, bytes, bytes]:
    """What the holder of SCALAR makes with this nonce, in the name of `key`."""
    r = encode(times(nonce, BASE)) if BASE else b""
    s = (nonce + challenge(r, key, text) * SCALAR) % ORDER + times_order * ORDER
    return key, r + s.to_bytes(32, "little"), text


def without_torsion(key: bytes) -> tuple[bytes, bytes, bytes]:
    """A signature that holds although the key has a part of small order: the challenge is a multiple of eight."""
    return next(
        claim for n in range(1, 200) if challenge((claim := signed(key, n))[1][:32], key, TEXT) % 8 == 0
    )


def edges() -> Iterator[tuple[str, tuple[bytes, bytes, bytes]]]:
    of_order_8 = next(
        point for point in map(decode, SMALL) if point and encode(times(4, point)) != encode(NEUTRAL)
    )
    honest = decode(KEY)
    assert honest is not None
    for factor in range(1, 8):
        mixed = encode(add(extended(honest), times(factor, of_order_8)))
        yield f"a key with {factor} parts of order eight", without_torsion(mixed)
    spelled_otherwise = [bytes(31) + b"\x80", (1 | 1 << 255).to_bytes(32, "little"), b"\xff" * 32]
    spelled_otherwise += [
        (P - 1 | 1 << 255).to_bytes(32, "little"),
        *((P + n).to_bytes(32, "little") for n in range(19)),
    ]
    for key in (*sorted(SMALL), *spelled_otherwise):
        for nonce in (1, 5):
            r, s = encode(times(nonce, BASE)) if BASE else b"", nonce.to_bytes(32, "little")
            yield f"the key {key.hex()}", (key, r + s, TEXT)
    for r in (*sorted(SMALL), *spelled_otherwise):
        s = challenge(r, KEY, TEXT) * SCALAR % ORDER
        yield f"the point R {r.hex()}", (KEY, r + s.to_bytes(32, "little"), TEXT)
    for count in range(1, 8):
        yield f"S with {count} times the order", signed(KEY, 7, times_order=count)
    key, signature, _ = signed(KEY, 7)
    yield "no signature", (key, b"", TEXT)
    yield "a signature of 63 bytes", (key, signature[:-1], TEXT)
    yield "a signature of 65 bytes", (key, signature + b"\0", TEXT)
    yield "a key of 31 bytes", (key[:-1], signature, TEXT)
    yield "a key of 33 bytes", (key + b"\0", signature, TEXT)


EDGES = dict(edges())
GOOD = [signed(KEY, nonce, b"%d" % nonce) for nonce in range(2, 12)]
PROGRAMS: dict[str, Callable[[bytes, bytes, bytes], bool]] = {
    "the ledger": lambda *claim: holds(claim),
    "verify.py": ed25519,
    "verify.py with cryptography": fastest_ed25519(),
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_accepts_honest_signatures_and_refuses_every_edge(program: str) -> None:
    accepts = PROGRAMS[program]

    assert all(accepts(*claim) for claim in GOOD)
    assert [name for name, claim in EDGES.items() if accepts(*claim)] == []


@pytest.mark.skipif(not compiled.is_built(), reason="no C compiler had built ed25519.c here")
def test_the_compiled_code_refuses_every_edge_among_honest_signatures() -> None:
    claims = [claim for edge in EDGES.values() for claim in (GOOD[0], edge, GOOD[1])]

    assert compiled.hold(claims) == bytes([1, 0, 1]) * len(EDGES)


def test_a_vkey_names_no_such_key() -> None:
    keys = {key for key, _, _ in EDGES.values() if key != KEY and len(key) == 32}

    assert is_key(KEY)
    assert len(keys) > 30
    for key in keys:
        for vkey, parse in (
            (Verifier("log.example/k1", key).vkey, Verifier.parse),
            (Cosigner("witness.example/k1", key, ED25519).vkey, Cosigner.parse),
        ):
            with pytest.raises(ValueError, match="prime order"):
                parse(vkey)
        parsed = Vkey.parse(Verifier("log.example/k1", key).vkey)
        assert not ed25519(parsed.public, GOOD[0][1], GOOD[0][2])


@pytest.mark.skipif(
    not (shutil.which("openssl") and shutil.which("bc")), reason="`apt-get install openssl bc`"
)
def test_the_shell_gives_the_same_answers_with_openssl(tmp_path: Path) -> None:
    keys = sorted({key.hex() for key, _, _ in EDGES.values() if key != KEY})
    asked = [claim for claim in EDGES.values() if claim[0] == KEY]
    (tmp_path / "text").write_bytes(TEXT)
    lines = [f"ed25519 {key.hex()} {signature.hex() or '00'} {tmp_path}/text" for key, signature, _ in asked]
    lines += [f"sound {key}" for key in keys]
    honest = signed(KEY, 7)
    lines += [f"sound {KEY.hex()}", f"ed25519 {KEY.hex()} {honest[1].hex()} {tmp_path}/text"]
    functions = ["unhex", "sound", "ed25519"]
    parts = [f"eval \"$(sed -n '/^{name}()/,/^}}/p' '{SHELL}')\"" for name in functions]
    script = "\n".join(
        [f"TMP={tmp_path}", *parts, *(f"if {line}; then echo 1; else echo 0; fi" for line in lines)]
    )

    done = subprocess.run(["bash", "-u"], input=script, capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["0"] * (len(lines) - 2) + ["1", "1"], done.stderr
