"""The content of a penalty on the spot (当场行政处罚决定书, D-21; APL 52; ARL 23).

The platform offers no summary procedure for what a device recorded unless the city's profile says so
(`summary_for_offsite`), and its route is not built. The form is here, so that none can be made without its sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from case.documents.content import Agency, Collection, Officer, Party, Remedies
from common.documents.content import Content
from common.values.law import APL_52, ARL_23_1_1

REMEDY_ORDER: Final = (
    f"依照{ARL_23_1_1.zh}，你（单位）对本决定不服的，应当先向行政复议机关申请行政复议，"
    "对行政复议决定不服的，再依法向人民法院提起行政诉讼"
)
"""The sentence of every D-21 about the order of its remedies."""


@dataclass(frozen=True)
class OnTheSpot(Content):
    """D-21: the items of APL 52(2). `remedy_order` says that reconsideration comes before a suit (ARL 23(1)(1)).

    `refusal` notes that the party did not sign.
    """

    article = APL_52

    number: str
    case_code: str
    agency: Agency
    party: Party
    act: str
    happened_at: datetime
    place: str
    violated: tuple[str, ...]
    basis: tuple[str, ...]
    penalty: str
    fine_fen: int
    collection: Collection
    remedies: Remedies
    remedy_order: str
    officers: tuple[Officer, ...]
    refusal: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not ("应当先" in self.remedy_order and "申请行政复议" in self.remedy_order):
            # Who sues without having been told loses the suit and perhaps the period (ARL 23(2)).
            self.refuse(["remedy_order"])
