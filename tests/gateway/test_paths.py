"""One way to write a path, and one table of routes: nothing is matched that could be read in two ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.values.errors import Kind, Refusal
from gateway.paths import MAX_PATH, MAX_QUERY, Auth, Route, Routes, canonical

TABLE = Routes(
    Route(method, template, service, "act")
    for method, template, service in [
        ("GET", "/v1/devices", "device-registry"),
        ("POST", "/v1/devices", "device-registry"),
        ("GET", "/v1/devices/{device_id}", "device-registry"),
        ("POST", "/v1/devices/{device_id}/suspension", "device-registry"),
        ("GET", "/v1/public/devices", "device-registry"),
        ("GET", "/v1/devices/legacy", "device-registry"),
        ("GET", "/ledger/tile/{path:path}", "evidence"),
        ("POST", "/VIID/System/Register", "evidence"),
        ("PUT", "/VIID/{rest:path}", "evidence"),
    ]
)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/devices/dev_01",
        "/v1/devices/%E6%B2%AA",
        "/v1/devices/a%20b",
        "/ledger/tile/0/x001/067.p/1",
        "/v1/devices/a:b@c,d",
        "/VIID/System/Register",
        "/",
    ],
)
def test_a_plain_path_is_read_as_it_stands(path: str) -> None:
    assert canonical(path.encode(), b"limit=5&cursor=a%2Fb") == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "v1/devices",
        "http://gateway/v1/devices",
        "//v1/devices",
        "/v1//devices",
        "/v1/./devices",
        "/v1/x/../devices",
        "/v1/..",
        "/v1/devices/.",
        "/v1/%2e%2e/devices",
        "/v1/%2E/devices",
        "/v1/.%2e/devices",
        "/v1/devices%2fpublic",
        "/v1/devices%2Fpublic",
        "/v1/devices%5cpublic",
        "/v1/devices\\public",
        "/v1/devices;admin=1",
        "/v1/devices%3badmin",
        "/v1/devices%00",
        "/v1/devices%0d%0aX-Header:1",
        "/v1/devices%7f",
        "/v1/devices%252e",
        "/v1/%64evices",
        "/v1/device%73",
        "/v1/devices%",
        "/v1/devices%4",
        "/v1/devices%zz",
        "/v1/devices?x",
        "/v1/devices#x",
        "/v1/devices x",
        "/v1/devices\t",
        "/v1/devices\n",
        "/v1/dévices",
        "/v1/" + "a" * MAX_PATH,
    ],
)
def test_a_path_with_two_readings_is_refused_before_it_is_matched(path: str) -> None:
    with pytest.raises(Refusal) as refusal:
        canonical(path.encode(), b"")

    assert (refusal.value.kind, refusal.value.code) == (Kind.MALFORMED, "PATH_NOT_CANONICAL")


@pytest.mark.parametrize("query", [b"a=\xff", b"a= b", b"a=\r\n", b"a=1\x00", b"a=" + b"1" * MAX_QUERY])
def test_a_query_is_printable_and_short(query: bytes) -> None:
    with pytest.raises(Refusal) as refusal:
        canonical(b"/v1/devices", query)

    assert refusal.value.code == "QUERY_NOT_CANONICAL"


@given(st.binary(max_size=60))
def test_whatever_is_accepted_has_no_second_reading(noise: bytes) -> None:
    try:
        path = canonical(b"/" + noise, b"")
    except Refusal:
        return

    lowered = path.lower()
    assert not any(bad in lowered for bad in ("//", "%2e", "%2f", "%5c", "%00", "%25", ";", "\\"))
    assert not {".", ".."} & set(path.split("/"))


@pytest.mark.parametrize(
    ("method", "path", "template"),
    [
        ("GET", "/v1/devices", "/v1/devices"),
        ("GET", "/v1/devices/dev_1", "/v1/devices/{device_id}"),
        ("GET", "/v1/devices/legacy", "/v1/devices/legacy"),
        ("POST", "/v1/devices/legacy/suspension", "/v1/devices/{device_id}/suspension"),
        ("GET", "/ledger/tile/0/x000/001", "/ledger/tile/{path:path}"),
        ("POST", "/VIID/System/Register", "/VIID/System/Register"),
        ("PUT", "/VIID/Faces", "/VIID/{rest:path}"),
    ],
)
def test_a_literal_wins_over_a_parameter(method: str, path: str, template: str) -> None:
    found = TABLE.match(method, path)

    assert isinstance(found, Route)
    assert found.template == template


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v1/device",
        "/v1/devices/",
        "/v1/devices/a/b",
        "/v2/devices",
        "/viid/System/Register",
        "/ledger/tile/",
    ],
)
def test_what_is_not_in_the_table_is_nowhere(path: str) -> None:
    assert TABLE.match("GET", path) == frozenset()


def test_a_known_path_names_the_methods_it_answers() -> None:
    assert TABLE.match("DELETE", "/v1/devices") == {"GET", "POST"}
    # What takes the rest of a path does not answer in the place of an address that is known.
    assert TABLE.match("PUT", "/VIID/System/Register") == {"POST"}


def test_two_services_cannot_answer_one_request() -> None:
    with pytest.raises(ValueError, match="two services answer GET"):
        Routes([Route("GET", "/v1/x/{a}", "case", "a"), Route("GET", "/v1/x/{b}", "evidence", "b")])


@pytest.mark.parametrize(
    ("method", "template", "auth"),
    [
        ("GET", "/v1/devices", Auth.BEARER),
        ("GET", "/v1/public/devices", Auth.OPEN),
        ("GET", "/v1/ledger/entries", Auth.OPEN),
        ("POST", "/v1/ledger/record-batches", Auth.BEARER),
        ("GET", "/ledger/checkpoint", Auth.OPEN),
        ("POST", "/v1/payment-callbacks", Auth.OPEN),
        ("POST", "/v1/provider-callbacks/{provider}", Auth.OPEN),
        ("GET", "/livez", Auth.OPEN),
        ("POST", "/VIID/System/Register", Auth.DIGEST),
        ("POST", "/oauth2/token", Auth.CLIENT),
    ],
)
def test_a_route_asks_for_a_token_unless_the_public_may_use_it(
    method: str, template: str, auth: Auth
) -> None:
    assert Route(method, template, "evidence", "act").auth is auth


def test_only_images_and_inventories_may_be_large() -> None:
    sizes = {
        t: Route("POST", t, "x", "a").max_body >> 20
        for t in ("/v1/cases", "/VIID/MotorVehicles", "/v1/device-imports")
    }

    assert sizes == {"/v1/cases": 1, "/VIID/MotorVehicles": 50, "/v1/device-imports": 20}
