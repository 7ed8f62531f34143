"""By what the figures of abnormal devices may be grouped: by agency, flag and month, and never by a person.

Fines and the number of penalties are no measure of an officer or a team (APL 74(3)): who counts them so sets a quota.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from common.values.errors import Kind, Refusal
from common.values.law import APL_74_3


class Dimension(StrEnum):
    """What a caller may ask to group by. Those for people are named so that they can be refused with the reason."""

    AGENCY = "AGENCY"
    FLAG = "FLAG"
    MONTH = "MONTH"
    OFFICER = "OFFICER"
    TEAM = "TEAM"


_OF_PEOPLE: Final = {Dimension.OFFICER, Dimension.TEAM}


def require_allowed(by: Dimension) -> None:
    """Refuse to group by people, whoever asks."""
    if by in _OF_PEOPLE:
        raise Refusal(Kind.FORBIDDEN, "ANALYTICS_FORBIDDEN_DIMENSION", {"by": by}, article=APL_74_3)
