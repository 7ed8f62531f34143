"""Agreements and purposes: what a partner may ask, of whom, and what for. Both live alike.

    DRAFT --submit--> WAITING_FOR_APPROVAL --approve--> ACTIVE --suspend--> SUSPENDED --resume--> ACTIVE
                               |                          |                     |
                               +--reject--> REJECTED      +------ archive ------+--> ARCHIVED (final)

The agency that needs the data drafts and submits; the agency that gives it decides (GDS 20).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from common.values.errors import Kind as RefusalKind
from common.values.errors import Refusal
from common.values.ids import AgencyId
from common.values.law import GDS_20


class State(StrEnum):
    DRAFT = "DRAFT"
    WAITING_FOR_APPROVAL = "WAITING_FOR_APPROVAL"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    REJECTED = "REJECTED"
    ARCHIVED = "ARCHIVED"


_FROM: Final = {
    "its submission": (State.DRAFT,),
    "its approval": (State.WAITING_FOR_APPROVAL,),
    "its rejection": (State.WAITING_FOR_APPROVAL,),
    "its suspension": (State.ACTIVE,),
    "its resumption": (State.SUSPENDED,),
    "its archiving": (State.ACTIVE, State.SUSPENDED),
}


def require_act(thing: str, state: State, act: str) -> None:
    """Raises Refusal DX_GRANT_STATE unless `act` is open to an agreement or a purpose in `state`."""
    if state not in _FROM[act]:
        raise Refusal(
            RefusalKind.CONFLICT,
            "DX_GRANT_STATE",
            {"id": thing, "state": state, "act": act, "wanted": list(_FROM[act])},
            article=GDS_20,
        )


def require_either(thing: str, agency_id: AgencyId | None, *sides: AgencyId) -> None:
    """Raises Refusal DX_ACT_OF_ANOTHER unless one of the two sides acts."""
    if agency_id not in sides:
        raise Refusal(
            RefusalKind.FORBIDDEN, "DX_ACT_OF_ANOTHER", {"id": thing, "agency": sides[0]}, article=GDS_20
        )
