"""Keys, their ring, and the gateway's own check of access tokens."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from common.calls.tokens import (
    GATEWAY,
    SERVICE,
    AccessVerifier,
    AuthError,
    KeyRing,
    TokenExpired,
    TokenKey,
    mint,
)
from tests.gateway.test_tokens import CASE, CLAIMS, EDGE, NOW, STRANGER, YEAR, T, verifier, verify


def test_a_torn_ring_keeps_the_one_in_use_and_a_sound_one_replaces_it(tmp_path: Path) -> None:
    path, now = tmp_path / "ring.json", [NOW]
    path.write_text(json.dumps([EDGE.entry(GATEWAY, **YEAR)]))
    ring = KeyRing(path, clock=lambda: now[0])
    assert ring.get(EDGE.kid)

    for torn in ("", "[]", '[{"kid": "x"}]', json.dumps([EDGE.entry(GATEWAY, **YEAR)] * 2), "{"):
        now[0] += timedelta(seconds=6)
        path.write_text(torn)
        assert ring.get(EDGE.kid)
    now[0] += timedelta(seconds=6)
    path.write_text(json.dumps([CASE.entry(SERVICE + "case", **YEAR)]))

    assert ring.get(CASE.kid)
    assert ring.get(EDGE.kid) is None
    assert ring.malformed == 5


def test_a_missing_ring_lets_nobody_in(tmp_path: Path) -> None:
    with pytest.raises(AuthError):
        verify(mint(EDGE, "gwi+jwt", CLAIMS), by=verifier(ring=KeyRing(tmp_path / "ring.json")))


def test_a_ring_entry_under_another_name_is_refused() -> None:
    entry = EDGE.entry(GATEWAY, **YEAR)

    for wrong in (entry | {"kid": CASE.kid}, entry | {"x": CASE.x}, entry | {"naf": "never"}):
        with pytest.raises(ValueError):
            KeyRing([wrong])


def test_a_key_file_is_private_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "token-k1.pem"

    key = TokenKey.generate(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert TokenKey.load(path).kid == key.kid
    with pytest.raises(FileExistsError):
        TokenKey.generate(path)


def test_only_a_p256_key_is_a_token_key() -> None:
    for key in (ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048), EDGE.jose):
        with pytest.raises(ValueError):
            TokenKey(key)


ISSUER = "https://id.example"
ACCESS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": "mingzheng",
    "sub": CLAIMS["sub"],
    "client_id": "cli_1",
    "iat": T,
    "exp": T + 300,
    "jti": "0123456789abcdefghijkl",
}


def access(token: str) -> dict[str, Any]:
    ring = KeyRing([STRANGER.entry(ISSUER, **YEAR), EDGE.entry(GATEWAY, **YEAR)])
    return AccessVerifier(ring, ISSUER, clock=lambda: NOW).verify(token)


def test_an_access_token_of_the_issuer_is_believed() -> None:
    assert access(mint(STRANGER, "at+jwt", ACCESS))["sub"] == CLAIMS["sub"]


@pytest.mark.parametrize(
    "change",
    [
        {"aud": ["mingzheng"]},
        {"aud": "another"},
        {"iss": GATEWAY},
        {"exp": T + 301},
        {"exp": T - 5, "iat": T - 100, "aud": "another"},
        {"roles": ["AGENCY_HEAD"]},
        {"epo": -1},
        {"scope": ["all"]},
    ],
    ids=str,
)
def test_an_access_token_for_anything_else_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(AuthError):
        access(mint(STRANGER, "at+jwt", ACCESS | change))


def test_a_token_that_was_believed_once_is_still_judged_by_the_ring_and_the_clock(tmp_path: Path) -> None:
    now, path = [NOW], tmp_path / "ring.json"
    path.write_text(json.dumps([STRANGER.entry(ISSUER, **YEAR)]))
    verifier = AccessVerifier(KeyRing(path, lambda: now[0]), ISSUER, clock=lambda: now[0])
    token = mint(STRANGER, "at+jwt", ACCESS)
    believed = verifier.verify(token)

    believed["sub"] = "officer:another"
    assert verifier.verify(token)["sub"] == CLAIMS["sub"]
    now[0] = NOW + timedelta(seconds=305)
    with pytest.raises(TokenExpired):
        verifier.verify(token)
    now[0] = NOW - timedelta(seconds=6)
    with pytest.raises(AuthError):
        verifier.verify(token)
    now[0] = NOW + timedelta(seconds=10)
    path.write_text(json.dumps([EDGE.entry(ISSUER, **YEAR)]))
    with pytest.raises(AuthError):
        verifier.verify(token)


def test_only_a_token_that_was_sound_is_called_expired() -> None:
    past = {"iat": T - 305, "exp": T - 5}

    with pytest.raises(TokenExpired) as refusal:
        access(mint(STRANGER, "at+jwt", ACCESS | past))
    with pytest.raises(AuthError) as stranger:
        access(mint(CASE, "at+jwt", ACCESS | past))

    challenge = (
        'Bearer realm="mingzheng", error="invalid_token", error_description="The access token has expired."'
    )
    assert refusal.value.headers == {"www-authenticate": challenge}
    assert (refusal.value.code, stranger.value.code) == ("TOKEN_EXPIRED", "UNAUTHENTICATED")


def test_token_kinds_are_never_mistaken_for_each_other() -> None:
    with pytest.raises(AuthError):
        access(mint(EDGE, "gwi+jwt", CLAIMS))
    with pytest.raises(AuthError):
        access(mint(EDGE, "at+jwt", ACCESS | {"iss": GATEWAY}))
    with pytest.raises(AuthError):
        verify(mint(EDGE, "at+jwt", CLAIMS))
    with pytest.raises(AuthError):
        verify(mint(STRANGER, "at+jwt", ACCESS))
