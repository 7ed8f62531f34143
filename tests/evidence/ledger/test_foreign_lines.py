"""A record with extra signature lines: every line that names a known key is checked, of any algorithm."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Any

from common.values.errors import Refusal
from evidence.ledger.batch import Receipt
from ledger.notes import Verifier
from tests.evidence.ledger.given import BOTH
from tests.ledger.given import LOG, SM2_LOG, Stream


def line_of(key: Verifier, signature: bytes) -> bytes:
    return f"— {key.name} {base64.b64encode(key.key_id + signature).decode()}\n".encode()


async def test_a_record_that_claims_the_log_s_sm2_key_is_refused_and_the_next_is_judged_for_itself(
    open_ledger: Callable[..., Any],
) -> None:
    """The children read keys of 32 bytes only; a longer key would shift everything after it."""
    ledger = open_ledger(keys=(LOG, SM2_LOG), suites=BOTH)
    await ledger.begin()
    stream = Stream()
    note = stream.next()
    claiming = note + line_of(SM2_LOG.verifier, bytes(64))

    # As many as go to a child.
    async with asyncio.timeout(20):
        refused, *others = await ledger.sequencer.append_all([claiming, *Stream().take(40)])
        receipt = await ledger.sequencer.append(note)

    assert isinstance(refused, Refusal)
    assert refused.code == "LEDGER_SIGNATURE_INVALID"
    assert [other.index for other in others if isinstance(other, Receipt)] == [
        *range(receipt.index - 40, receipt.index)
    ]
