"""Whom a document names beside its party: witnesses, agents, keepers. A masked copy covers them (APL 50; PIPL 6).

What a witness said describes the witness in words that no list knows, so a masked copy shows that somebody was asked,
by whom and when, and not the questions and answers. The words of the party are covered word by word (`masked`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from case.documents.collectcontent import (
    InquiryRecord,
    InspectionRecord,
    MaterialRequest,
    PreservationNotice,
    Question,
)
from case.documents.collecting import OF_THE_PARTY
from case.documents.deliberationcontent import HearingRecord
from common.documents.content import Content
from common.values.masking import masked_name

HIDDEN: Final = "（已隐去）"
_NOTE: Final = "："
_WITNESS: Final = "见证人"


def covered(content: Content) -> tuple[Content, dict[str, str]]:
    """`content` without what tells of somebody beside the party, and each name that is left, with its mask."""
    match content:
        case InquiryRecord():
            asked = content.asked if content.role in OF_THE_PARTY else (Question(HIDDEN, HIDDEN),)
            shown = replace(
                content,
                identity=HIDDEN,
                asked=asked,
                signing=_without_note(content.signing),
                recording_note=HIDDEN if content.recording else None,
            )
            return shown, _names(content.person)
        case InspectionRecord():
            return replace(content, signing=_without_note(content.signing)), _names(*content.present)
        case MaterialRequest():
            return content, _names(content.recipient)
        case PreservationNotice():
            return content, _names(content.keeper)
        case HearingRecord():
            return content, _names(*content.attendees, *content.agents)
    return content, {}


def _names(*names: str) -> dict[str, str]:
    """Each name with its mask. A witness is named with that word before the name, and elsewhere without it."""
    words = {}
    for name in names:
        bare = name.removeprefix(_WITNESS).removeprefix(_NOTE)
        words[bare] = masked_name(bare)
    return words


def _without_note(signing: str) -> str:
    """What stands under a record, without the officers' note: it names who signed, or says why somebody did not."""
    sentence, mark, _ = signing.partition(_NOTE)
    return sentence + mark + HIDDEN if mark else sentence
