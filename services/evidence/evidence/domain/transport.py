"""How it is known who sent a capture, and what becomes of one that does not show it (NJ 8).

    a signature that does not hold, or that is missing from a device that signs  ──▶ QUARANTINED, whoever sent it
    mutual TLS, or the signature of the device over the capture                  ──▶ taken in
    the password of an account that may rest on it alone                         ──▶ taken in, flagged TRANSPORT_DIGEST
    the secret address of a camera whose account may rest on it alone            ──▶ taken in, flagged TRANSPORT_ADDRESS
    anything else                                                ──▶ QUARANTINED for E-INT-02, for good

Words of a signed capture that were not signed are taken in only where its carrier would do alone (intake/verdict.py).

A capture in quarantine is kept and counted like any other, and nobody can review it: another push of the same bytes is
the same capture, so it does not leave quarantine when its sender is allowed more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from evidence.domain.capture import CaptureOfDevice, EvidenceIngested, Transport
from evidence.domain.checks import Code
from evidence.domain.signing import DISPROVED

PROVED = frozenset({Transport.MUTUAL_TLS, Transport.SIGNED})
"""What shows by itself who sent a capture."""


@dataclass(frozen=True)
class EvidenceQuarantined(CaptureOfDevice):
    """The capture is kept and is no evidence: who sent it was not shown as the law demands."""

    type: ClassVar[str] = "evidence.quarantined"

    codes: tuple[Code, ...]


def quarantine(ingested: EvidenceIngested, *, relaxed: bool) -> EvidenceQuarantined | None:
    """The quarantine of a capture that was just taken in; None where it may go on to its checks.

    `relaxed` says that the profile and the account let its captures rest on a password or an address alone. It never
    lets in what a signature speaks against.
    """
    if not DISPROVED.intersection(ingested.flags) and (ingested.transport in PROVED or relaxed):
        return None
    return EvidenceQuarantined(ingested.owner, ingested.device_id, (Code.SIGNATURE,))
