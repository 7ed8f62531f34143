"""The key that a partner's developer offers to the sandbox: a file with a JWK or in PEM, public or private.

A private key is used once, in this process, to sign the challenge of the proof. It is stored and sent nowhere.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from common.calls.jwk import PublicJwk, b64url, public_jwk, unb64url
from ledger.keyfiles import make_key


@dataclass(frozen=True)
class OfferedKey:
    """A key with its public JWK. `private` is None where the file holds the public half alone."""

    public: PublicJwk
    private: Ed25519PrivateKey | None

    @property
    def members(self) -> dict[str, str]:
        """The public JWK with its id."""
        return self.public.members | {"kid": self.public.kid}

    def signed(self, message: str) -> str | None:
        """The signature over `message` in base64url; None without the private key."""
        return None if self.private is None else b64url(self.private.sign(message.encode()))


def offered_key(path: Path, *, make: bool = False) -> OfferedKey:
    """The key in the file `path`, first made there if `make` and the file is missing.

    Raises ValueError for anything but one key, OSError if the file cannot be read.
    """
    if make and not path.exists():
        make_key(path)
    content = path.read_bytes()
    if content.lstrip().startswith(b"{"):
        return _of_jwk(json.loads(content))
    if b"PRIVATE" in content:
        private = serialization.load_pem_private_key(content, password=None)
        if not isinstance(private, Ed25519PrivateKey):
            raise ValueError(
                f"{path}: 请用 Ed25519 私钥,或只给公钥并另附证明 (an Ed25519 key, or the public half)"
            )
        return OfferedKey(public_jwk(_members(private.public_key())), private)
    public = serialization.load_pem_public_key(content)
    if not isinstance(public, Ed25519PublicKey):
        raise ValueError(f"{path}: 其他算法的公钥请以 JWK 给出 (give a key of another kind as a JWK)")
    return OfferedKey(public_jwk(_members(public)), None)


def _of_jwk(document: dict[str, Any]) -> OfferedKey:
    """The key of a JWK, or of a set that holds one."""
    keys = document.get("keys", [document])
    if len(keys) != 1:
        raise ValueError("请给出一把密钥 (one key, please)")
    members = dict(keys[0])
    secret = members.pop("d", None)
    public = public_jwk(members)
    if secret is None or public.algorithm != "ed25519":
        return OfferedKey(public, None)
    return OfferedKey(public, Ed25519PrivateKey.from_private_bytes(unb64url(secret)))


def _members(public: Ed25519PublicKey) -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": b64url(public.public_bytes_raw())}
