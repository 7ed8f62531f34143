"""Digest answers as the clients seen on the wire write them (RFC 2617)."""

from __future__ import annotations

import re

import pytest

from evidence.intake.digest import WINDOW, challenge, count_of, counted, parse, verifies
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

    first = f'Digest realm="viid.local", qop="auth", nonce="{NONCE}"'
    assert header == f'{first}, algorithm=MD5, opaque="{OPAQUE}"'
    assert challenge("viid.local", NONCE, stale=True) == f"{header}, stale=true"
    # A client in Python looks for the first three by one expression, in this order.
    assert re.search(r'Digest realm="(.*?)", qop="(.*?)", nonce="(.*?)"', header)
    # Client C splits on commas, does not trim, and looks for these bare tokens.
    assert {"qop=auth", f"nonce={NONCE}"} <= set(header.split(","))
    assert "charset" not in header


def test_a_client_without_qop_is_admitted_and_uses_its_nonce_whole() -> None:
    answer = md5(f"{HA1}:{NONCE}:" + md5(f"POST:{PATH}"))
    header = f'Digest username="cam1", realm="viid.local", nonce="{NONCE}", uri="{PATH}", response="{answer}"'

    given = parse(header)

    assert given is not None
    assert verifies(given, ha1=HA1, method="POST", path=PATH)
    assert not verifies(given, ha1=md5("cam1:viid.local:wrong"), method="POST", path=PATH)
    assert count_of(given) == 0
    whole = counted(0, 0, 0)
    assert whole is not None
    assert [counted(*whole, count) for count in (0, 1, 2, 0xFFFFFFFF)] == [None] * 4
    assert counted(1, 0, 0) is None


def test_a_count_is_good_once_also_out_of_order_and_never_twice() -> None:
    used, taken = (0, 0), []
    for count in (1, 2, 5, 4, 2, 3, 5, 1, 70, 8, 7, 69, 69, 70, 71):
        after = counted(*used, count)
        taken.append(after is not None)
        used = after or used

    # 5 came before 4 and 3; 7 is too far below 70 to be remembered, 8 is just near enough.
    assert taken == [
        True,
        True,
        True,
        True,
        False,
        True,
        False,
        False,
        True,
        True,
        False,
        True,
        False,
        False,
        True,
    ]
    assert used[0] == 71
    assert 0 <= used[1] < 1 << WINDOW


@pytest.mark.parametrize(
    ("nc", "count"),
    [("00000001", 1), ("1", 1), ("0000000A", 10), ("000000001", None), ("x", None), ("", None)],
)
def test_a_count_is_up_to_eight_hex_digits(nc: str, count: int | None) -> None:
    given = parse(CLIENTS["A"].replace("nc=00000001", f'nc="{nc}"'))

    assert given is not None
    assert count_of(given) == count
