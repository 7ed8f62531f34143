"""What the provider signs: ID tokens and logout tokens, each claim in turn. No database, no wire."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from common.calls.jwk import b64url
from gateway.identity.issuer.idtokens import (
    LOGOUT_EVENT,
    SKEW,
    Unsound,
    check_id_token,
    check_logout_token,
    keys_of,
    left_half,
)

NOW = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
ISSUER, CLIENT, NONCE, ACCESS = "https://id.example", "mingzheng", "n-1", "access"
_RSA = rsa.generate_private_key(65537, 2048)
_EC = ec.generate_private_key(ec.SECP256R1())
_S = int(NOW.timestamp())

Claims = dict[str, Any]


def _number(value: int) -> str:
    return b64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _set() -> Claims:
    n, point = _RSA.public_key().public_numbers(), _EC.public_key().public_numbers()
    x, y = (b64url(each.to_bytes(32, "big")) for each in (point.x, point.y))
    return {
        "keys": [
            {"kty": "RSA", "kid": "r", "use": "sig", "n": _number(n.n), "e": "AQAB"},
            {"kty": "EC", "crv": "P-256", "kid": "e", "x": x, "y": y},
            {"kty": "EC", "crv": "P-521", "kid": "of a kind that we do not know"},
            {"kty": "RSA", "kid": "for encryption", "use": "enc", "n": _number(n.n), "e": "AQAB"},
        ]
    }


def _signed(claims: Claims, **header: Any) -> str:
    head = {"alg": "RS256", "kid": "r"} | header
    text = ".".join(b64url(json.dumps(part).encode()) for part in (head, claims))
    if head["alg"] == "RS256":
        signature = _RSA.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    elif head["alg"] == "PS256":
        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
        signature = _RSA.sign(text.encode(), pss, hashes.SHA256())
    else:
        signature = b"\0" * 32
    return f"{text}.{b64url(signature)}"


def _claims(**change: Any) -> Claims:
    claims = {
        "iss": ISSUER, "aud": CLIENT, "sub": "officer:off_1", "nonce": NONCE, "iat": _S, "exp": _S + 60,
        "auth_time": _S - 10, "at_hash": left_half("RS256", ACCESS), "sid": "s-1",
    }  # fmt: skip
    return {name: value for name, value in (claims | change).items() if value is not None}


def _check(token: str, **options: Any) -> Any:
    given: Claims = {
        "issuer": ISSUER,
        "client_id": CLIENT,
        "nonce": NONCE,
        "access_token": ACCESS,
        "now": NOW,
    }
    return check_id_token(token, keys_of(_set()), **(given | options))


@pytest.mark.parametrize("algorithm", ["RS256", "PS256"])
def test_a_sound_token_names_its_person(algorithm: str) -> None:
    asserted = _check(_signed(_claims(), alg=algorithm))

    assert (asserted.sub, asserted.sid, asserted.at) == ("officer:off_1", "s-1", NOW - timedelta(seconds=10))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"iss": "https://other.example"}, "ISS"),
        ({"iss": ISSUER + "/"}, "ISS"),
        ({"aud": "another-client"}, "AUD"),
        ({"aud": []}, "AUD"),
        ({"aud": [CLIENT, "another"]}, "AZP"),
        ({"azp": "another"}, "AZP"),
        ({"nonce": "of another attempt"}, "NONCE"),
        ({"nonce": None}, "NONCE"),
        ({"exp": _S - int(SKEW.total_seconds())}, "EXP"),
        ({"exp": None}, "TIME"),
        ({"exp": True}, "TIME"),
        ({"exp": 1e400}, "JSON"),
        ({"iat": _S + 61}, "IAT"),
        ({"iat": None}, "TIME"),
        ({"nbf": _S + 61}, "NBF"),
        ({"at_hash": left_half("RS256", "another")}, "AT_HASH"),
        ({"at_hash": 7}, "AT_HASH"),
        ({"sub": None}, "SUB"),
        ({"sub": 7}, "SUB"),
        ({"sub": "s" * 256}, "SUB"),
        ({"sid": ""}, "SID"),
        ({"auth_time": _S + 61}, "AUTH_TIME"),
    ],
)
def test_an_id_token_with_a_wrong_claim_names_nobody(change: Claims, why: str) -> None:
    with pytest.raises(Unsound) as unsound:
        _check(_signed(_claims(**change)))

    assert unsound.value.why == why


@pytest.mark.parametrize(
    ("token", "why"),
    [
        (_signed(_claims(), alg="none"), "SIGNATURE"),
        (_signed(_claims(), alg="HS256"), "SIGNATURE"),
        (_signed(_claims(), alg="ES256"), "SIGNATURE"),
        (_signed(_claims(), kid="e"), "SIGNATURE"),
        (_signed(_claims(), kid="unknown"), "KID"),
        (_signed(_claims(), kid="for encryption"), "KID"),
        (_signed(_claims(), crit=["b64"]), "CRIT"),
        (_signed(_claims())[:-4] + "AAAA", "SIGNATURE"),
        ("", "SHAPE"),
        ("a.b", "SHAPE"),
    ],
)
def test_an_id_token_that_another_signed_names_nobody(token: str, why: str) -> None:
    with pytest.raises(Unsound) as unsound:
        _check(token)

    assert unsound.value.why == why


@pytest.mark.parametrize(("ago", "is_fresh"), [(0, True), (300, True), (361, False), (None, False)])
def test_a_fresh_sign_in_says_when_it_was(ago: int | None, is_fresh: bool) -> None:
    token = _signed(_claims(auth_time=None if ago is None else _S - ago))
    outcomes = []
    for max_age in (None, timedelta(seconds=300)):
        try:
            _check(token, max_age=max_age)
        except Unsound as unsound:
            outcomes.append(unsound.why)

    assert outcomes == ([] if is_fresh else ["AUTH_TIME"])


def _logout(**change: Any) -> Claims:
    claims = {
        "iss": ISSUER, "aud": CLIENT, "sub": "officer:off_1", "sid": "s-1", "jti": "j-1", "iat": _S, "exp": _S + 60,
        "events": {LOGOUT_EVENT: {}},
    }  # fmt: skip
    return {name: value for name, value in (claims | change).items() if value is not None}


def _log_out(token: str) -> Any:
    return check_logout_token(token, keys_of(_set()), issuer=ISSUER, client_id=CLIENT, now=NOW)


@pytest.mark.parametrize("missing", [{}, {"sub": None}, {"sid": None}])
def test_a_sound_logout_token_ends_what_it_names(missing: Claims) -> None:
    said = _log_out(_signed(_logout(**missing), typ="logout+jwt"))

    assert (said.jti, said.sub is None, said.sid is None) == ("j-1", "sub" in missing, "sid" in missing)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"iss": "https://other.example"}, "ISS"),
        ({"aud": "another-client"}, "AUD"),
        ({"events": None}, "EVENTS"),
        ({"events": {"another": {}}}, "EVENTS"),
        ({"events": {LOGOUT_EVENT: True}}, "EVENTS"),
        ({"nonce": NONCE}, "NONCE"),
        ({"jti": None}, "JTI"),
        ({"sub": None, "sid": None}, "SUB"),
        ({"exp": _S - 60}, "EXP"),
        ({"iat": _S + 61}, "IAT"),
    ],
)
def test_a_wrong_logout_token_ends_nothing(change: Claims, why: str) -> None:
    with pytest.raises(Unsound) as unsound:
        _log_out(_signed(_logout(**change)))

    assert unsound.value.why == why


@pytest.mark.parametrize(
    "token", [_signed(_logout(), typ="at+jwt"), _signed(_claims()), _signed(_logout(), alg="none")]
)
def test_another_kind_of_token_ends_nothing(token: str) -> None:
    with pytest.raises(Unsound):
        _log_out(token)


def test_a_key_set_that_is_none_has_no_keys() -> None:
    makers: list[Callable[[], Any]] = [list, dict, lambda: {"keys": [7]}, lambda: {"keys": "x"}, lambda: None]

    assert [keys_of(make()) for make in makers] == [[]] * 5
