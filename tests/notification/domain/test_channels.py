"""What channels share, without a network: breakers and shares, pauses, segments, placeholders, and the file of
providers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from notification.channels.breakers import FAILURES, OPEN_S, WITHIN_S, Breaker, chosen
from notification.channels.configs import Smtp, read_providers
from notification.channels.texts import code_of, filled, found, segments_of
from notification.domain.answers import RETRIES_S, Verdict, retry_at

NOON = datetime(2025, 3, 10, 4, 0, tzinfo=UTC)


def failed(breaker: Breaker, times: int, *, every_s: float = 1.0) -> float:
    """The second at which `breaker` has failed so often."""
    for n in range(times):
        breaker.note(Verdict.AWAY, n * every_s)
    return (times - 1) * every_s


def test_a_breaker_opens_after_five_failures_and_one_order_tries_it_again() -> None:
    breaker = Breaker()
    at = failed(breaker, FAILURES - 1)
    assert breaker.admits(at)

    at = failed(breaker, FAILURES)
    assert not breaker.admits(at + OPEN_S - 1)
    half_open = at + OPEN_S
    assert breaker.admits(half_open)
    breaker.begin(half_open)
    assert not breaker.admits(half_open)  # one order at a time
    breaker.note(Verdict.SILENT, half_open)
    assert not breaker.admits(half_open + OPEN_S - 1)
    breaker.note(Verdict.TAKEN, half_open + OPEN_S)
    assert breaker.admits(half_open + OPEN_S)


def test_failures_that_lie_apart_and_refusals_of_orders_open_no_breaker() -> None:
    breaker = Breaker()
    at = failed(breaker, 3 * FAILURES, every_s=WITHIN_S / 2)
    assert breaker.admits(at)

    for verdict in (Verdict.ADDRESS, Verdict.ORDER, Verdict.UNWANTED):
        for _ in range(FAILURES):
            breaker.note(verdict, at)
    assert breaker.admits(at)


def test_the_faster_of_two_providers_gets_more_and_a_new_one_gets_its_share() -> None:
    def share(weights: dict[str, int], speeds: dict[str, float]) -> float:
        drawn = [chosen(weights, speeds, drawn=n / 1_000) for n in range(1_000)]
        return drawn.count("a") / 1_000

    assert share({"a": 1, "b": 1}, {}) == 0.5
    assert share({"a": 3, "b": 1}, {}) == 0.75
    assert share({"a": 1, "b": 1}, {"a": 2.0, "b": 8.0}) == 0.8
    assert share({"a": 1, "b": 1}, {"b": 8.0}) == 0.5
    assert share({"a": 1, "b": 1}, {"a": 0.0, "b": 3_600.0}) == 0.8  # within four times its weight


def test_pauses_grow_spread_and_are_never_shorter_than_the_provider_asks() -> None:
    for attempts, longest in enumerate((*RETRIES_S, RETRIES_S[-1]), start=1):
        first, last = (
            retry_at(attempts, retry_after_s=None, drawn=drawn, at=NOON) - NOON for drawn in (0.0, 1.0)
        )
        assert (first, last) == (timedelta(seconds=longest / 2), timedelta(seconds=longest))
    assert retry_at(1, retry_after_s=900, drawn=1.0, at=NOON) == NOON + timedelta(seconds=900)


@pytest.mark.parametrize(
    "text, segments",
    [("", 1), ("字" * 70, 1), ("字" * 71, 2), ("字" * 134, 2), ("字" * 135, 3), ("😀" * 36, 2)],
)
def test_a_text_has_as_many_segments_as_the_carrier_sends(text: str, segments: int) -> None:
    assert segments_of(text) == segments


def test_a_value_is_put_in_once_and_names_no_other_value() -> None:
    form = {"to": "{address}", "data": "{values}", "text": "【城】{text}", "n": [1, "{value.plate}"]}
    values = {"address": "1", "values": {"a": "b"}, "text": "{address}", "value.plate": "苏A1"}

    assert filled(form, values) == {
        "to": "1",
        "data": {"a": "b"},
        "text": "【城】{address}",
        "n": [1, "苏A1"],
    }
    with pytest.raises(KeyError):
        filled("{value.other}", values)


def test_a_path_leads_to_a_value_or_to_none_and_a_code_is_no_sentence() -> None:
    body = {"data": [{"id": 7}], "code": "OK"}

    assert [found(body, path) for path in ("data.0.id", "data.1.id", "code.x", "")] == [7, None, None, body]
    assert [code_of(value) for value in (0, "OK", None, "号码 13800000000 停机", {"a": 1})] == [
        "0",
        "OK",
        "-",
        "-",
        "-",
    ]


EXAMPLE = files("notification.channels").joinpath("providers-example.toml").read_text()


@pytest.mark.parametrize(
    "old, new",
    [
        ("most_segments", "most_segmnets"),
        ('name = "fax"', 'name = "sms"'),
        ('networks = ["127.0.0.0/8"]', 'networks = ["127.0.0.1/8"]'),
        ('secret = "sms.secret"\nnetworks', "networks"),
        ('channel = "FAX"', 'channel = "TELEX"'),
    ],
)
def test_a_file_of_providers_that_contradicts_itself_stops_the_start(
    tmp_path: Path, old: str, new: str
) -> None:
    path = tmp_path / "providers.toml"
    path.write_text(EXAMPLE)
    assert [each.name for each in read_providers(path)] == ["sms", "fax", "wechat", "vendor-push"]

    path.write_text(EXAMPLE.replace(old, new, 1))

    with pytest.raises(ValueError, match=r"provider"):
        read_providers(path)


def test_a_server_whose_word_is_an_arrival_is_bound_to_the_domains_of_its_mailboxes() -> None:
    own = {"host": "mx.a.example", "sender": "n@city.example", "domain": "city.example", "is_final": True}
    with pytest.raises(ValueError, match="names the domains"):
        Smtp.model_validate(own)
    server, relay = (
        Smtp.model_validate(own | {"domains": ["A.example"]}),
        Smtp.model_validate(own | {"is_final": False}),
    )

    assert [
        server.reaches(f"x@{domain}") for domain in ("a.example", "A.EXAMPLE", "b.a.example", "b.example")
    ] == [
        True,
        True,
        False,
        False,
    ]
    assert relay.reaches("x@b.example")
