"""The documents that a city seals electronically (ESL 14; APL 59(2))."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_BY_LAW: Final = "D-20a"


@dataclass(frozen=True)
class SealRules:
    """`demanded` are the numbers of documents that are not served without the agency's electronic seal.

    Raises ValueError without the decision of a penalty: its seal is the law's and not the city's (APL 59(2)).
    """

    demanded: tuple[str, ...]

    def __post_init__(self) -> None:
        if _BY_LAW not in self.demanded:
            raise ValueError(f"the seal is demanded on {_BY_LAW} by law (APL 59)")

    def demands(self, kind: str) -> bool:
        """Whether a document of this kind is served only with its seal."""
        return kind in self.demanded
