"""The Python client against a platform that checks and signs by hand."""

from __future__ import annotations

import base64
import re
from datetime import timedelta

import httpx
import pytest

from mingzheng_partner import AnswerNotVerified, Problem
from tests.sdk.platform import Platform

PATH = "/v1/assistance-requests"


@pytest.fixture
def platform() -> Platform:
    return Platform()


def keys_of(platform: Platform) -> set[str]:
    return {call.headers["idempotency-key"] for call in platform.calls}


def test_a_call_covers_all_that_it_carries_and_its_answer_is_verified(platform: Platform) -> None:
    with platform.partner(case_no="2026-1") as partner:
        answer = partner.post(PATH, {"subject": "核实"})
        listed = partner.get("/v1/exchanges", params={"limit": 1, "state": "SENT"})

    covered = [
        re.findall(r'"([^"]+)"', call.headers["signature-input"].partition(")")[0]) for call in platform.calls
    ]
    grants = ["mingzheng-agreement", "mingzheng-purpose", "mingzheng-case"]
    assert (answer.status, answer.json(), answer.record_id) == (
        201,
        {"n": 1},
        "00000000-0000-0000-0000-000000000007",
    )
    assert covered[0] == [
        "@method", "@authority", "@path", "content-type", "content-digest", "idempotency-key", *grants,
    ]  # fmt: skip
    assert covered[1] == ["@method", "@authority", "@path", "@query", *grants]
    assert listed.json() == {"path": "/v1/exchanges?limit=1&state=SENT"}
    assert platform.tokens == 1


@pytest.mark.parametrize("what", ["status", "body", "header", "signature of another call", "no signature"])
def test_an_answer_that_the_platform_did_not_sign_for_this_call_is_not_believed(
    platform: Platform, what: str
) -> None:
    earlier: list[httpx.Response] = []

    def bend(answer: httpx.Response) -> httpx.Response:
        earlier.append(answer)
        headers = httpx.Headers(answer.headers)
        match what:
            case "status":
                return httpx.Response(200, content=answer.content, headers=headers)
            case "body":
                return httpx.Response(201, content=b'{"n": 9}', headers=headers)
            case "header":
                headers["content-type"] = "text/html"
                return httpx.Response(201, content=answer.content, headers=headers)
            case "signature of another call":
                return earlier[0]
        del headers["signature"], headers["signature-input"]
        return httpx.Response(201, content=answer.content, headers=headers)

    with platform.partner() as partner:
        partner.post(PATH, {})
        platform.bend = bend
        if what == "signature of another call":
            partner.post(PATH, {})
        with pytest.raises(AnswerNotVerified):
            partner.post(PATH, {})


def test_an_answer_whose_signature_covers_less_is_not_believed(platform: Platform) -> None:
    """A signature that holds over the status alone says nothing about the body."""

    def bend(answer: httpx.Response) -> httpx.Response:
        inner = '("@status");created=1;keyid="answers";tag="mingzheng-res-v1"'
        base = f'"@status": {answer.status_code}\n"@signature-params": {inner}'.encode()
        answer.headers["signature-input"] = f"platform={inner}"
        answer.headers["signature"] = (
            f"platform=:{base64.b64encode(platform.answer_key.sign(base)).decode()}:"
        )
        return answer

    platform.bend = bend
    with platform.partner() as partner, pytest.raises(AnswerNotVerified, match="was not covered"):
        partner.post(PATH, {})


def test_a_refusal_names_what_was_expected_and_is_verified_too(platform: Platform) -> None:
    platform.refuse(403, "DX_PURPOSE_DIFFERS", header="Mingzheng-Purpose", expected="prp_2", received="prp_1")

    with platform.partner() as partner, pytest.raises(Problem) as caught:
        partner.post(PATH, {})

    problem = caught.value
    assert (problem.status, problem.code, problem.verified) == (403, "DX_PURPOSE_DIFFERS", True)
    assert (problem.header, problem.expected, problem.received) == ("Mingzheng-Purpose", "prp_2", "prp_1")
    assert "catalog/allowed" in str(problem)
    assert len(platform.calls) == 1


def test_a_refusal_that_was_bent_on_its_way_is_no_refusal(platform: Platform) -> None:
    platform.refuse(403, "DX_PURPOSE_DIFFERS")
    platform.bend = lambda answer: httpx.Response(404, content=answer.content, headers=answer.headers)

    with platform.partner() as partner, pytest.raises(AnswerNotVerified):
        partner.post(PATH, {})


def test_a_lost_answer_and_a_busy_ledger_are_repeated_under_one_key(platform: Platform) -> None:
    platform.lost = 2

    with platform.partner() as partner:
        first = partner.post(PATH, {})
        platform.refuse(503, "DX_LEDGER_BEHIND", after="2")
        second = partner.post(PATH, {}, key="chosen-before-the-call")

    assert (first.json(), first.is_repeat, second.json()) == ({"n": 1}, True, {"n": 2})
    assert list(platform.done) == [platform.calls[0].headers["idempotency-key"], "chosen-before-the-call"]
    assert len(platform.calls) == 5
    assert platform.pauses[-1] == 2.0


def test_attempts_come_to_an_end(platform: Platform) -> None:
    platform.lost = 9

    with platform.partner(attempts=3) as partner:
        with pytest.raises(httpx.ReadError):
            partner.post(PATH, {})
        platform.refuse(503, "DX_LEDGER_BEHIND", after="3600")
        with pytest.raises(Problem, match="DX_LEDGER_BEHIND"):
            partner.post(PATH, {})

    assert len(platform.calls) == 4


def test_what_is_wrong_with_the_order_is_not_repeated(platform: Platform) -> None:
    platform.refuse(422, "REQUEST_INVALID")

    with platform.partner() as partner, pytest.raises(Problem, match="REQUEST_INVALID"):
        partner.post(PATH, {})

    assert len(platform.calls) == 1


@pytest.mark.parametrize("minutes", [-30, 30])
def test_a_client_with_a_wrong_clock_follows_the_platforms(platform: Platform, minutes: int) -> None:
    platform.ahead = timedelta(minutes=minutes)

    with platform.partner() as partner:
        answer = partner.post(PATH, {})
        platform.ahead += timedelta(hours=1)
        later = partner.post(PATH, {})

        assert (answer.status, later.status) == (201, 201)
        assert abs(partner.clock.offset_s - 60 * (minutes + 60)) < 5
    assert len(platform.done) == 2


def test_a_component_that_the_call_does_not_have_is_named_before_it_is_sent(platform: Platform) -> None:
    operation = {
        "method": "GET",
        "path": "/v1/exchanges/{exchange_id}",
        "service": None,
        "components": ["mingzheng-case"],
    }
    platform.operations = [operation]

    with platform.partner() as partner, pytest.raises(ValueError, match="mingzheng-case"):
        partner.get("/v1/exchanges/exc_1")

    assert platform.calls == []


def test_a_list_is_read_page_after_page_to_its_end(platform: Platform) -> None:
    platform.pages = {
        "/v1/exchanges?limit=2": {"items": [{"n": 1}, {"n": 2}], "next_cursor": "Mg=="},
        "/v1/exchanges?limit=2&cursor=Mg%3D%3D": {"items": [{"n": 3}], "next_cursor": None},
    }

    with platform.partner() as partner:
        assert [item["n"] for item in partner.pages("/v1/exchanges", limit=2)] == [1, 2, 3]


def test_a_feed_moves_its_cursor_once_a_page_is_dealt_with(platform: Platform) -> None:
    first = {"items": [{"id": "a"}, {"id": "b"}], "next_cursor": "B", "has_more": True}
    second = {"items": [{"id": "c"}], "next_cursor": "C", "has_more": False}
    platform.pages = {"/v1/events?after=A&limit=500": first, "/v1/events?after=B&limit=500": second}

    with platform.partner() as partner:
        feed = partner.feed("A")
        reading = iter(feed)
        assert ([next(reading)["id"], next(reading)["id"]], feed.cursor) == (["a", "b"], "A")
        assert (next(reading)["id"], feed.cursor) == ("c", "B")
        assert (list(reading), feed.cursor) == ([], "C")


def test_a_token_is_kept_and_dropped_when_the_platform_says_so(platform: Platform) -> None:
    with platform.partner() as partner:
        partner.post(PATH, {})
        platform.refuse(401, "TOKEN_EXPIRED")
        partner.post(PATH, {})

    assert platform.tokens == 2
    assert {call.headers["authorization"] for call in platform.calls} == {"DPoP t1", "DPoP t2"}
