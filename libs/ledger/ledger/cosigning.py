"""Private keys that cosign checkpoints (c2sp.org/tlog-cosignature): of witnesses, and a log's own of ML-DSA-44."""

from __future__ import annotations

import base64
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from ledger.keyfiles import create_durably, read_private
from ledger.notes import MARK, Signature
from ledger.trust import ED25519, ML_DSA_44, Cosigner, ed25519_message, ml_dsa_message


class CosignatureKey:
    """A cosigner's private key under its note name."""

    def __init__(self, name: str, private: Ed25519PrivateKey | MLDSA44PrivateKey) -> None:
        self._private = private
        kind = ED25519 if isinstance(private, Ed25519PrivateKey) else ML_DSA_44
        self.cosigner = Cosigner(name, private.public_key().public_bytes_raw(), kind)
        Cosigner.parse(self.cosigner.vkey)  # raises ValueError now for a name that no reader accepts

    @classmethod
    def load(cls, name: str, path: Path) -> CosignatureKey:
        """The key in the PEM file `path`. Raises ValueError for another kind, or a file open to others."""
        if path.stat().st_mode & 0o077:
            raise ValueError(f"{path} holds a private key and is open to others; chmod 600 it")
        private = serialization.load_pem_private_key(read_private(path), password=None)
        if isinstance(private, Ed25519PrivateKey | MLDSA44PrivateKey):
            return cls(name, private)
        raise ValueError(f"{path} holds neither an Ed25519 nor an ML-DSA-44 key")

    def line(self, checkpoint_text: bytes, seconds: int) -> bytes:
        """The cosignature line over a checkpoint, which was the largest known at `seconds` since 1970."""
        if self.cosigner.type == ED25519:
            message = ed25519_message(checkpoint_text, seconds)
        else:
            message = ml_dsa_message(checkpoint_text, seconds, self.cosigner.name)
        value = seconds.to_bytes(8, "big") + self._private.sign(message)
        return signature_line(Signature(self.cosigner.name, self.cosigner.key_id, value))


def make_key(path: Path, kind: str = "ed25519") -> None:
    """Write a fresh key, `ed25519` or `ml-dsa-44`, mode 0600. Raises FileExistsError rather than replace one."""
    private: Ed25519PrivateKey | MLDSA44PrivateKey = (
        Ed25519PrivateKey.generate() if kind == "ed25519" else MLDSA44PrivateKey.generate()
    )
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    create_durably(path, pem)


def signature_line(signature: Signature) -> bytes:
    """The line of a note for `signature`."""
    encoded = base64.b64encode(signature.key_id + signature.value)
    return MARK + signature.name.encode() + b" " + encoded + b"\n"
