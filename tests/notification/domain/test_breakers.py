"""The breaker of a provider: what counts as its failure, and that no trial keeps it shut for ever."""

from __future__ import annotations

from notification.channels.breakers import FAILURES, OPEN_S, TRIAL_S, Breaker
from notification.domain.answers import Verdict


def opened(verdict: Verdict = Verdict.AWAY) -> Breaker:
    breaker = Breaker()
    for n in range(FAILURES):
        breaker.note(verdict, float(n))
    return breaker


def test_only_a_provider_that_does_not_answer_has_failed() -> None:
    assert not opened(Verdict.AWAY).admits(5.0)
    assert not opened(Verdict.SILENT).admits(5.0)
    for says_no in (Verdict.LATER, Verdict.ADDRESS, Verdict.UNWANTED, Verdict.ORDER, Verdict.TAKEN):
        assert opened(says_no).admits(5.0), says_no


def test_a_full_mailbox_neither_opens_nor_mends_anything() -> None:
    breaker = Breaker()
    for n in range(FAILURES - 1):
        breaker.note(Verdict.AWAY, float(n))
    breaker.note(Verdict.LATER, 4.0)
    assert breaker.admits(4.0)
    breaker.note(Verdict.AWAY, 5.0)
    assert not breaker.admits(5.0)


def test_while_half_open_one_order_at_a_time_is_given() -> None:
    breaker, now = opened(), 4.0 + OPEN_S
    assert breaker.admits(now)
    breaker.begin(now)
    assert not breaker.admits(now)
    breaker.note(Verdict.TAKEN, now + 1)
    assert breaker.admits(now + 1)
    assert not breaker.is_open


def test_a_trial_of_which_nobody_heard_lapses() -> None:
    """The change in which it was picked fell through, so nobody ever noted what came of it."""
    breaker, now = opened(), 4.0 + OPEN_S
    breaker.begin(now)
    assert not breaker.admits(now + TRIAL_S - 1)
    assert breaker.admits(now + TRIAL_S)
