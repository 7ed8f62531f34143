"""Whether others vouch for the ledger at the moment when a legal effect comes to rest on it."""

from __future__ import annotations

from common.values.errors import Kind, Refusal
from common.values.law import OLR_17


def require_vouched(age_s: float | None, *, grace_s: int | None) -> None:
    """Raises Refusal LEDGER_NOT_WITNESSED unless independent witnesses vouched for the ledger lately.

    A court asks whether the platform that keeps the evidence is neutral and could have been interfered with
    (OLR 17). An officer who decides on a ledger that nobody outside has seen for longer than `grace_s`
    could later be shown another one; so the act waits. `age_s` is the time since a quorum last vouched, None if it
    never did or nobody can tell. A city that names no witnesses (`grace_s` is None) rests on its own word alone. The
    boundary is inclusive: vouched for exactly the grace ago is still in time.
    """
    if grace_s is None or (age_s is not None and age_s <= grace_s):
        return
    raise Refusal(
        Kind.UNAVAILABLE,
        "LEDGER_NOT_WITNESSED",
        {"age_s": None if age_s is None else int(age_s), "grace_s": grace_s},
        wording="never" if age_s is None else "",
        article=OLR_17,
    )
