"""Digest answers as the clients seen on the wire write them (RFC 2617)."""

from __future__ import annotations

import pytest

from evidence.intake.digest import challenge, parse, verifies
from tests.evidence.intake.given import digest_response, md5

PATH = "/VIID/System/Register"
NONCE = "0123456789abcdef0123456789abcdef"
OPAQUE = f"v=1,qop=auth,nonce={NONCE},e=1"


HA1 = md5("cam1:viid.local:s3cret")


def response(uri: str = PATH, **parts: str) -> str:
    return digest_response(HA1, NONCE, uri, **parts)


ABSOLUTE = "http://127.0.0.1:18410/VIID/System/Register"
CLIENTS = {
    "A": f'Digest username="cam1", realm="viid.local", nonce="{NONCE}", uri="{PATH}", response="{response()}", '
    f'algorithm="MD5", opaque="{OPAQUE}", qop=auth, nc=00000001, cnonce="c0ffee"',
    "B": f'Digest username="cam1", realm="viid.local", nonce="{NONCE}", uri="{PATH}", algorithm=MD5, '
    f'opaque="{OPAQUE}", qop="auth", nc=00000001, cnonce="c0ffee", response="{response()}"',
    "C": f'Digest username="cam1",realm="viid.local",nonce="{NONCE}",uri="{ABSOLUTE}",response="{response(ABSOLUTE)}",'
    'qop="auth",nc="00000001",cnonce="c0ffee",opaque="null',
    "C, opaque in the middle": f'Digest username="cam1",realm="viid.local",nonce="{NONCE}",uri="{ABSOLUTE}",'
    f'opaque="null,qop="auth",nc="00000001",cnonce="c0ffee",response="{response(ABSOLUTE)}"',
    "fliad": f'Digest username="cam1", realm="viid.local", nonce="{NONCE}", uri="{PATH}", '
    f'response="{response(nc="1")}", qop=auth, nc=1, cnonce="c0ffee"',
    "curl": f'Digest username="cam1", realm="viid.local", nonce="{NONCE}", uri="{PATH}", cnonce="c0ffee", '
    f'nc=00000001, qop=auth, response="{response()}", opaque="{OPAQUE}"',
    "upper case": f'DIGEST username="cam1", realm="viid.local", nonce="{NONCE}", uri="{PATH}", cnonce="c0ffee", '
    f'nc=00000001, qop=auth, response="{response().upper()}"',
}


@pytest.mark.parametrize("header", CLIENTS.values(), ids=CLIENTS)
def test_every_client_that_knows_the_password_is_admitted(header: str) -> None:
    given = parse(header)

    assert given is not None
    assert (given.username, given.realm, given.nonce) == ("cam1", "viid.local", NONCE)
    assert verifies(given, ha1=HA1, method="POST", path=PATH)


@pytest.mark.parametrize("header", CLIENTS.values(), ids=CLIENTS)
def test_none_is_admitted_with_another_password_method_or_path(header: str) -> None:
    given = parse(header)

    assert given is not None
    assert not verifies(given, ha1=md5("cam1:viid.local:wrong"), method="POST", path=PATH)
    assert not verifies(given, ha1=HA1, method="GET", path=PATH)
    assert not verifies(given, ha1=HA1, method="POST", path="/VIID/MotorVehicles")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic Y2FtMTpzM2NyZXQ=",
        "Digest",
        'Digest username="cam1"',
        CLIENTS["A"].replace("cnonce", "x"),
    ],
)
def test_what_is_no_digest_answer_is_none(header: str | None) -> None:
    assert parse(header) is None


@pytest.mark.parametrize(("name", "value"), [("qop=auth, nc", "qop=auth-int, nc"), ('"MD5"', '"SHA-256"')])
def test_another_protection_or_algorithm_is_not_ours(name: str, value: str) -> None:
    given = parse(CLIENTS["A"].replace(name, value))

    assert given is not None
    assert not verifies(given, ha1=HA1, method="POST", path=PATH)


def test_a_uri_that_is_none_proves_nothing() -> None:
    given = parse(CLIENTS["A"].replace(f'uri="{PATH}"', 'uri="http://["'))

    assert given is not None
    assert given.uri == "http://["
    assert not verifies(given, ha1=HA1, method="POST", path=PATH)


def test_the_challenge_suits_every_client() -> None:
    header = challenge("viid.local", NONCE)

    assert header == f'Digest realm="viid.local", qop="auth", nonce="{NONCE}", opaque="{OPAQUE}"'
    # Client C splits on commas, does not trim, and looks for these bare tokens.
    assert {"qop=auth", f"nonce={NONCE}"} <= set(header.split(","))
    assert "charset" not in header
