"""The trust that a reader brings along."""

from __future__ import annotations

import pytest

from ledger.verifier.trust import Trust
from tests.ledger.given import LOG, ROOT
from tests.outsiders.given import W1


def test_a_quorum_that_nobody_or_everybody_would_meet_is_no_quorum() -> None:
    witnesses = [W1.cosigner.vkey]
    for wrong in (0, 2, -1):
        with pytest.raises(ValueError):
            Trust.of([ROOT.vkey], witnesses=witnesses, quorum=wrong)
    with pytest.raises(ValueError):
        Trust.of([ROOT.vkey], witnesses=[LOG.vkey])
    assert Trust.of([], witnesses=[*witnesses, *witnesses]).quorum == 1
