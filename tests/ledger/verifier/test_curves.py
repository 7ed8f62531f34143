"""SM3, SM2 and ECDSA in pure Python: published vectors, and agreement with libraries."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger.verifier.curves import CURVES, SM2_ID, ecdsa, sm2
from ledger.verifier.sm3 import sm3, sm3_by_hand

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "data" / "sm2sm3.json").read_text())


def test_the_pure_python_sm3_agrees_with_openssl_at_every_length() -> None:
    for length in range(0, 200, 7):
        data = bytes(range(length % 256)) * (1 + length // 256)
        assert sm3_by_hand(data) == sm3(data)


def test_the_pure_python_sm2_and_sm3_pass_the_published_vectors() -> None:
    for vector in VECTORS["sm3"]:
        assert sm3_by_hand(bytes.fromhex(vector["msg_hex"])).hex() == vector["digest"]
    ours = [vector for vector in VECTORS["sm2_sign"] if vector["id"].encode() == SM2_ID]
    assert len(ours) == 6
    for vector in ours:
        public = b"\x04" + bytes.fromhex(vector["px"]) + bytes.fromhex(vector["py"])
        signature = bytes.fromhex(vector["r"]) + bytes.fromhex(vector["s"])
        text = bytes.fromhex(vector["msg_hex"])
        assert sm2(public, signature, text) is vector["valid"]
        assert not sm2(public, signature, text + b"x")
        assert not sm2(public[:-1] + b"\x00", signature, text)


@pytest.mark.parametrize("name, curve", [("P-256", ec.SECP256R1()), ("P-384", ec.SECP384R1())])
def test_the_pure_python_ecdsa_agrees_with_the_library(name: str, curve: ec.EllipticCurve) -> None:
    key = ec.generate_private_key(curve)
    public = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    digest, order = hashlib.sha256(b"text").digest(), CURVES[name][2]

    r, s = decode_dss_signature(key.sign(b"text", ec.ECDSA(hashes.SHA256())))

    assert ecdsa(name, public, r, s, digest)
    assert not ecdsa(name, public, r, s, hashlib.sha256(b"texu").digest())
    assert not ecdsa(name, public[:-1] + bytes([public[-1] ^ 1]), r, s, digest)
    for wrong in ((0, s), (r, 0), (order, s), (r, order), (s, r)):
        assert not ecdsa(name, public, *wrong, digest)
