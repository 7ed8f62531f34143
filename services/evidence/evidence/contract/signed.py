"""What devices signed, and what is missing of it."""

from __future__ import annotations

from common.web.wire import Out


class SignedView(Out):
    """What the device signed: by which key, and the place of the manifest in the chain of that key."""

    kid: str
    algorithm: str
    level: str
    seq: int
    prev: str
    manifest_sha256: str


class SequenceGapView(Out):
    """Numbers of a device's key of which no capture has arrived: from `first` to `last`, both included."""

    kid: str
    first: int
    last: int


class SequenceGapsView(Out):
    """What is missing of the chains of one device, the newest first, at most a hundred."""

    items: list[SequenceGapView]


class SignedCaptureView(Out):
    """A capture that its device signed, and what of the newest thousand numbers of that key has not arrived.

    Of one that was on record before, only its id.
    """

    capture_id: str
    motor_vehicle_id: str | None = None
    state: str | None = None
    transport: str | None = None
    signing_level: str | None = None
    flags: list[str] | None = None
    missing: list[SequenceGapView] | None = None
