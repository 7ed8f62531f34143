"""Every known trap of JSON web tokens is closed: refused as AuthError, and as nothing else."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from jose import jws

from common.calls.tokens import GATEWAY, SERVICE, AuthError, InternalVerifier, KeyRing, TokenKey, b64url, mint

NOW = datetime(2030, 3, 1, 12, 0, tzinfo=UTC)
T = int(NOW.timestamp())
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
EDGE, CASE, STRANGER = (TokenKey(ec.generate_private_key(ec.SECP256R1())) for _ in range(3))
YEAR = {"nbf": T - 1000, "naf": T + 1000}
RING = KeyRing([EDGE.entry(GATEWAY, **YEAR), CASE.entry(SERVICE + "case", **YEAR)])

CLAIMS: dict[str, Any] = {
    "iss": GATEWAY,
    "aud": "evidence",
    "sub": "officer:off_01jncr8p9wepmvzdz4ykeza6ve",
    "kind": "officer",
    "tnt": "agy_01jncr8p9wf2mr2mjvzztnrg5p",
    "roles": ["CASE_OFFICER"],
    "vis": ["agy_01jncr8p9wf2mr2mjvzztnrg5p"],
    "scope": "capture.read",
    "conf": 3,
    "act": {"sub": "svc:gateway"},
    "htm": "GET",
    "htu": "/v1/captures?limit=5",
    "bdy": EMPTY,
    "rid": "r1",
    "iat": T,
    "nbf": T,
    "exp": T + 30,
    "jti": "0123456789abcdefghijkl",
}
SERVICE_CLAIMS = CLAIMS | {"iss": SERVICE + "case", "sub": "svc:case", "kind": "svc", "roles": [], "tnt": "-"}


def verifier(at: datetime = NOW, ring: KeyRing = RING) -> InternalVerifier:
    return InternalVerifier(ring, "evidence", clock=lambda: at)


def verify(token: str, *, by: InternalVerifier | None = None, **request: str) -> dict[str, Any]:
    asked = {"method": "GET", "target": "/v1/captures?limit=5", "body_sha256": EMPTY} | request
    return (by or verifier()).verify(token, **asked)


def raw(header: str | dict[str, Any], payload: str | dict[str, Any], key: TokenKey = EDGE) -> str:
    """A token signed with a real key around whatever text it is given."""
    texts = [part if isinstance(part, str) else json.dumps(part) for part in (header, payload)]
    signed = ".".join(b64url(text.encode("utf-8", "surrogatepass")) for text in texts)
    return f"{signed}.{b64url(key.jose.sign(signed.encode()))}"


def header(**more: Any) -> dict[str, Any]:
    return {"alg": "ES256", "typ": "gwi+jwt", "kid": EDGE.kid} | more


def without(claim: str) -> dict[str, Any]:
    return {name: value for name, value in CLAIMS.items() if name != claim}


def text_with(claim: str, value: str) -> str:
    """The payload as JSON text in which one claim has a value that json.dumps would not write."""
    return json.dumps(without(claim))[:-1] + f', "{claim}": {value}}}'


def test_a_token_minted_for_this_request_is_believed() -> None:
    claims = verify(mint(EDGE, "gwi+jwt", CLAIMS))

    assert claims == CLAIMS | {"typ": "gwi+jwt"}


def test_a_service_is_believed_to_be_itself() -> None:
    claims = verify(mint(CASE, "svc+jwt", SERVICE_CLAIMS))

    assert (claims["sub"], claims["typ"]) == ("svc:case", "svc+jwt")


@pytest.mark.parametrize("claim", [name for name in CLAIMS if name not in ("vis", "act")])
def test_no_claim_may_be_missing(claim: str) -> None:
    with pytest.raises(AuthError):
        verify(raw(header(), without(claim)))


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("aud", "case"),
        ("aud", ["evidence"]),
        ("aud", ["evidence", "case"]),
        ("iss", SERVICE + "case"),
        ("iss", "https://idp.example"),
        ("kind", "svc"),
        ("kind", "device"),
        ("sub", "svc:case"),
        ("sub", "officer:"),
        ("sub", "officer:off_x\n"),
        ("sub", "root"),
        ("roles", "CASE_OFFICER"),
        ("roles", [f"R{n}" for n in range(17)]),
        ("roles", [["CASE_OFFICER"]]),
        ("vis", {"a": 1}),
        ("conf", 0),
        ("conf", 5),
        ("conf", True),
        ("conf", "3"),
        ("act", {"sub": "svc:case"}),
        ("act", {"sub": "svc:gateway", "act": {"sub": "svc:gateway"}}),
        ("pur", 7),
        ("htm", "POST"),
        ("htu", "/v1/captures"),
        ("htu", "/v1/captures?limit=5&limit=6"),
        ("bdy", EMPTY.upper()),
        ("bdy", "0" * 64),
        ("jti", "short"),
        ("jti", 7),
        ("iat", T + 6),
        ("iat", float(T)),
        ("iat", str(T)),
        ("iat", True),
        ("iat", -1),
        ("nbf", T + 6),
        ("exp", T + 61),
        ("exp", T),
        ("exp", [T + 30]),
        ("exp", None),
        ("exp", 10**400),
        ("obo", "a token in a token"),
        ("typ", "gwi+jwt"),
        ("admin", True),
    ],
)
def test_no_claim_may_say_anything_else(claim: str, value: Any) -> None:
    with pytest.raises(AuthError):
        verify(raw(header(), CLAIMS | {claim: value}))


@pytest.mark.parametrize(
    "payload",
    [
        text_with("exp", "Infinity"),
        text_with("exp", "NaN"),
        text_with("exp", "1e400"),
        text_with("exp", f"{T}.0"),
        text_with("conf", "3.0"),
        text_with("rid", r'"\ud800"'),
        text_with("roles", "[" * 20_000),
        text_with("roles", "[" * 900 + "]" * 900),
        text_with("exp", "1" * 5_000),
        json.dumps(CLAIMS)[:-1] + ', "sub": "officer:off_another"}',
        json.dumps(CLAIMS)[:-1] + f', "iss": "{GATEWAY}"}}',
        json.dumps([CLAIMS]),
        "null",
        "7",
        '"text"',
        "",
        "{",
        json.dumps(CLAIMS) + "{}",
        "\ufeff" + json.dumps(CLAIMS),
        "\udcff",
    ],
    ids=range(20),
)
def test_a_payload_with_two_readings_is_no_payload(payload: str) -> None:
    with pytest.raises(AuthError):
        verify(raw(header(), payload))


@pytest.mark.parametrize(
    "head",
    [
        header(alg="none"),
        header(alg="HS256"),
        header(alg="ES384"),
        header(alg=["ES256"]),
        header(alg={}),
        header(typ="JWT"),
        header(typ="at+jwt"),
        header(typ="svc+jwt"),
        header(typ=["gwi+jwt"]),
        header(typ=None),
        header(kid=STRANGER.kid),
        header(kid=CASE.kid),
        header(kid="../../etc/passwd"),
        header(kid=[EDGE.kid]),
        header(kid=None),
        header(crit=["exp"]),
        header(crit=[]),
        header(jku="https://evil.example/keys"),
        header(jwk={"kty": "EC", "crv": "P-256", "x": EDGE.x, "y": EDGE.y}),
        header(x5u="https://evil.example/cert"),
        header(b64=False),
        header(zip="DEF"),
        {"alg": "ES256", "kid": EDGE.kid},
        {"alg": "ES256", "typ": "gwi+jwt"},
        json.dumps(header())[:-1] + ', "alg": "ES256"}',
        '{"alg":' + "[" * 2_000 + "]" * 2_000 + "}",
        '{"alg":' + "[" * 20_000,
        "[]",
        "null",
        "\udcff",
    ],
    ids=range(30),
)
def test_a_header_is_alg_typ_and_kid_or_nothing(head: str | dict[str, Any]) -> None:
    with pytest.raises(AuthError):
        verify(raw(head, CLAIMS))


MANGLED: dict[str, Callable[[str], str]] = {
    "padded signature": lambda token: token + "==",
    "a space": lambda token: token + " ",
    "a line end": lambda token: token + "\n",
    "four parts": lambda token: token + ".e30",
    "two parts": lambda token: token.rpartition(".")[0],
    "no signature": lambda token: token.rpartition(".")[0] + ".",
    "another signature": lambda token: token[:-86] + mint(EDGE, "gwi+jwt", CLAIMS | {"rid": "r2"})[-86:],
    "spare bits": lambda token: token[:-1] + ("B" if token[-1] == "A" else chr(ord(token[-1]) + 1)),
    "a flipped bit": lambda token: token[:90] + ("A" if token[90] != "A" else "B") + token[91:],
    "standard base64": lambda token: (
        base64.b64encode(base64.urlsafe_b64decode(token.split(".")[0] + "==")).decode()
        + "+/."
        + token.split(".", 1)[1]
    ),
    "9 KiB": lambda token: token.split(".")[0] + "." + "e30" * 3_000 + "." + token.split(".")[2],
    "nothing": lambda token: "",
    "beyond ASCII": lambda token: token[:-1] + "ä",
}


@pytest.mark.parametrize("how", MANGLED)
def test_a_token_has_one_spelling(how: str) -> None:
    with pytest.raises(AuthError):
        verify(MANGLED[how](mint(EDGE, "gwi+jwt", CLAIMS)))


def test_what_is_not_a_text_is_not_a_token() -> None:
    for thing in (None, 7, b"a.b.c", ["a"], {}):
        with pytest.raises(AuthError):
            verify(thing)  # type: ignore[arg-type]


def test_an_hmac_over_the_public_key_is_not_a_signature() -> None:
    public = EDGE.jose.public_key().to_pem()
    forged = jws.sign(
        CLAIMS, b"mingzheng" + public[30:90], headers={"typ": "gwi+jwt", "kid": EDGE.kid}, algorithm="HS256"
    )

    with pytest.raises(AuthError):
        verify(forged)


def test_a_key_signs_for_its_own_issuer_only() -> None:
    with pytest.raises(AuthError):
        verify(mint(CASE, "gwi+jwt", CLAIMS))
    with pytest.raises(AuthError):
        verify(mint(EDGE, "svc+jwt", SERVICE_CLAIMS))
    with pytest.raises(AuthError):
        verify(mint(CASE, "svc+jwt", SERVICE_CLAIMS | {"sub": "svc:evidence"}))
    with pytest.raises(AuthError):
        verify(mint(CASE, "svc+jwt", SERVICE_CLAIMS | {"sub": CLAIMS["sub"], "kind": "officer"}))


@pytest.mark.parametrize(("seconds", "holds"), [(-6, False), (-5, True), (34, True), (35, False)])
def test_a_token_lives_half_a_minute_give_or_take_five_seconds(seconds: int, holds: bool) -> None:
    token, then = mint(EDGE, "gwi+jwt", CLAIMS), verifier(NOW + timedelta(seconds=seconds))

    if holds:
        assert verify(token, by=then)["iat"] == T
    else:
        with pytest.raises(AuthError):
            verify(token, by=then)


@pytest.mark.parametrize(
    "request_",
    [{"method": "POST"}, {"target": "/v1/captures"}, {"body_sha256": "0" * 64}],
    ids=["method", "target", "body"],
)
def test_a_token_serves_the_request_it_was_minted_for(request_: dict[str, str]) -> None:
    with pytest.raises(AuthError):
        verify(mint(EDGE, "gwi+jwt", CLAIMS), **request_)


def test_a_token_for_a_write_works_once_even_if_it_is_signed_anew() -> None:
    once = verifier()
    first, again = (mint(EDGE, "gwi+jwt", CLAIMS | {"htm": "POST"}) for _ in range(2))
    assert first != again

    verify(first, by=once, method="POST")

    for token in (first, again):
        with pytest.raises(AuthError):
            verify(token, by=once, method="POST")


def test_a_refused_request_does_not_spend_its_token() -> None:
    once, token = verifier(), mint(EDGE, "gwi+jwt", CLAIMS | {"htm": "POST"})
    with pytest.raises(AuthError):
        verify(token, by=once, method="POST", body_sha256="0" * 64)

    assert verify(token, by=once, method="POST")["htm"] == "POST"


def test_a_retired_key_is_dead_at_once() -> None:
    token = mint(EDGE, "gwi+jwt", CLAIMS)

    for nbf, naf in ((T - 1000, T), (T + 6, T + 1000)):
        with pytest.raises(AuthError):
            verify(token, by=verifier(ring=KeyRing([EDGE.entry(GATEWAY, nbf=nbf, naf=naf)])))


def test_the_refusal_never_says_why() -> None:
    texts = set()
    for token in ("", "a.b.c", mint(STRANGER, "gwi+jwt", CLAIMS), raw(header(), CLAIMS | {"exp": []})):
        with pytest.raises(AuthError) as refusal:
            verify(token)
        texts.add((str(refusal.value), refusal.value.code, refusal.value.__cause__))

    assert texts == {("A bearer token of this platform is required.", "UNAUTHENTICATED", None)}


@given(
    st.text(max_size=300) | st.from_regex(r"\A[A-Za-z0-9_-]{2,40}\.[A-Za-z0-9_-]{2,40}\.[A-Za-z0-9_-]{86}\Z")
)
def test_noise_is_refused_and_nothing_else(noise: str) -> None:
    with pytest.raises(AuthError):
        verify(noise)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_any_json_signed_by_the_gateway_is_judged_without_a_crash(value: Any) -> None:
    for part in (
        raw(header(), json.dumps(value)),
        raw(json.dumps(value), CLAIMS),
        raw(header(), CLAIMS | {"exp": value}),
    ):
        with pytest.raises(AuthError):
            verify(part)
