"""Seals a push account's HA1 under a key that lies in a file, not in the database (Inv. 6).

AES-256-GCM with a random 96-bit nonce; the account's name is bound in, so that a sealed value cannot be moved to
another account. Whoever steals the database alone learns no secret of a device.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.keyfiles import create_durably

KEY_FILE: Final = "push-accounts.key"
_NONCE_BYTES: Final = 12


def ha1(account: str, realm: str, password: str) -> str:
    """HA1 of RFC 2617 §3.2.2.2 in hex. MD5 because GA/T 1400 devices speak no other Digest."""
    return hashlib.md5(f"{account}:{realm}:{password}".encode(), usedforsecurity=False).hexdigest()


def ensure_key(folder: Path) -> None:
    """Make the key on the first start. Never replaced: what it sealed would be lost."""
    path = folder / KEY_FILE
    if path.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    create_durably(path, secrets.token_bytes(32))


def seal(folder: Path, account: str, value: str) -> tuple[bytes, bytes]:
    """`value` sealed for `account`: (nonce, ciphertext with its tag)."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce, AESGCM(_key(folder)).encrypt(nonce, value.encode(), account.encode())


def unseal(folder: Path, account: str, nonce: bytes, sealed: bytes) -> str:
    """What was sealed. Raises InvalidTag if nonce, account or bytes are not what they were."""
    return AESGCM(_key(folder)).decrypt(nonce, sealed, account.encode()).decode()


def _key(folder: Path) -> bytes:
    return (folder / KEY_FILE).read_bytes()
