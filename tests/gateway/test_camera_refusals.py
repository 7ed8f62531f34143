"""Whatever is refused under /VIID is refused in the protocol of cameras (GA/T 1400.4): they read nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from common.web import viid
from gateway.answering import answer_to
from gateway.edge import edge
from gateway.upstream import Http, InProcess
from tests.evidence.camera import status
from tests.gateway.test_forwarding import Service, standing
from tests.world import BASE_URL, World

PUSH = "/VIID/MotorVehicles"
IDENTIFY = ("user-identify", "31000000001190000001")
ODD = [
    # method, path, headers, HTTP status, StatusCode
    ("POST", "//VIID/System/Register", [], 404, 4),
    ("POST", "/VIID//MotorVehicles", [], 404, 4),
    ("POST", "/viid/MotorVehicles", [], 404, 4),
    ("POST", "/Viid/System/Register", [], 404, 4),
    ("POST", "/VIID/MotorVehicles;a=1", [], 404, 4),
    ("GET", "/VIID", [], 404, 4),
    ("GET", "/VIID/", [], 404, 4),
    ("GET", f"/VIID/{'a' * 2_000}", [], 404, 4),
    ("GET", f"{PUSH}?a={'1' * 3_000}", [], 400, 4),
    ("PATCH", PUSH, [], 405, 4),
    ("OPTIONS", "/VIID/System/Register", [], 405, 4),
    ("POST", PUSH, [IDENTIFY, IDENTIFY], 400, 4),
    ("POST", PUSH, [("authorization", "Digest a"), ("authorization", "Digest b")], 400, 4),
    ("POST", PUSH, [(f"x-{n}", "1") for n in range(120)], 400, 4),
    ("POST", PUSH, [("content-encoding", "gzip")], 415, 4),
    ("POST", PUSH, [("content-encoding", "utf-8")], 415, 4),
    ("POST", "/VIID/VehiclesFlows", [], 404, 4),
    ("POST", "/VIID/Faces", [], 403, 4),
    ("POST", "/VIID/Persons/1/Data", [], 403, 4),
]  # fmt: skip


async def test_every_refusal_is_in_the_protocol_and_says_in_chinese_why(world: World) -> None:
    for method, path, headers, http, code in ODD:
        for body in (b"", b"{}"):
            answer = await world.http.request(method, BASE_URL + path, headers=headers, content=body)

            asked = f"{method} {path[:40]} {headers[:2]} {len(body)}"
            assert (asked, *status(answer)) == (asked, http, code)
            said = answer.json()
            assert (asked, "ResponseStatusListObject" in said) == (
                asked,
                viid.is_batch(path.partition("?")[0]),
            )
            assert any("\u4e00" <= sign <= "\u9fff" for sign in said["ResponseStatusObject"]["StatusString"])
            # Nobody has read this body, so what the client still sends is no next request.
            by_gateway = answer.headers.get("mingzheng-error-source") == "gateway"
            assert (asked, answer.headers.get("connection")) == (
                asked,
                "close" if by_gateway and body else None,
            )


async def test_a_refusal_keeps_the_headers_that_it_demands(world: World) -> None:
    method = await world.http.request("PATCH", PUSH)
    encoded = await world.http.post(PUSH, headers={"content-encoding": "gzip"}, content=b"x")
    elsewhere = await world.http.post("/v1/nowhere", content=b"x")

    assert method.headers["allow"] == "DELETE, GET, HEAD, POST, PUT"
    assert encoded.headers["accept-encoding"] == "identity"
    assert elsewhere.headers["content-type"] == "application/problem+json"
    assert "connection" not in elsewhere.headers


async def _megabytes(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield bytes(1 << 20)


async def test_a_body_over_the_cap_is_413_and_the_connection_closes(world: World) -> None:
    service = Service()
    own = edge(world.runtimes["gateway"], issuer=BASE_URL, issuer_ring=None, per_minute=600)
    async with standing(own, InProcess(service), service, world) as front:
        announced = await front.http.post(PUSH, content=b"", headers={"content-length": str((50 << 20) + 1)})
        chunked = await front.http.post(PUSH, content=_megabytes(51))

    for answer in (announced, chunked):
        assert status(answer) == (413, 1)
        assert answer.headers["connection"] == "close"
        assert answer.json()["ResponseStatusListObject"]
    # The service was asked who speaks, and never got a body.
    assert [heard["body"] for heard in service.heard] == [b"", b""]


async def test_a_service_that_is_away_and_a_spent_budget_are_busy(world: World) -> None:
    own = edge(world.runtimes["gateway"], issuer=BASE_URL, issuer_ring=None, per_minute=2)
    away = Http("http://127.0.0.1:1")
    async with standing(own, away, Service(), world) as front:
        answers = [await front.http.post(PUSH, content=b"{}") for _ in range(3)]
    await away.close()

    assert [status(answer) for answer in answers] == [(503, 2), (503, 2), (429, 2)]
    assert all(answer.headers["retry-after"].isdigit() for answer in answers)


@pytest.mark.parametrize(
    ("path", "is_camera", "is_batch"),
    [
        ("/VIID/Images/340100/Data", True, True),
        ("/VIID/MotorVehicles", True, True),
        ("//viid//subscribenotifications", True, True),
        ("/VIID/System/Register", True, False),
        ("/VIID/Extend/X", True, False),
        ("/VIID", True, False),
        ("/VIIDX/MotorVehicles", False, False),
        ("/v1/VIID/Images", False, False),
        ("/", False, False),
    ],
)
def test_a_camera_is_known_by_its_path(path: str, is_camera: bool, is_batch: bool) -> None:
    assert (viid.is_camera_path(path), viid.is_batch(path)) == (is_camera, is_batch)
    assert type(answer_to({"method": "GET", "path": path, "headers": []}, _send, [], _clock)).__name__ == (
        "CameraAnswer" if is_camera else "Answer"
    )


async def _send(message: Any) -> None:
    raise AssertionError(message)


def _clock() -> Any:
    raise AssertionError("nobody asked")
