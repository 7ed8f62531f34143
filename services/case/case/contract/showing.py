"""What a party sees of the evidence of its case (APL 41(3))."""

from __future__ import annotations

from datetime import datetime

from common.values.ids import AgencyId, DeviceId, EvidenceId
from common.web.wire import Out
from device_registry.contract import DeviceDossier


class PictureView(Out):
    """One picture of a capture; at `href` is the copy on which everything is covered but what concerns the party."""

    n: int
    href: str


class ShownCaptureView(Out):
    """A capture of the case with its pictures."""

    evidence_id: EvidenceId
    device_id: DeviceId
    device_code: str
    place: str
    captured_at: datetime
    pictures: list[PictureView]


class PictureList(Out):
    """The captures of a case, the oldest first."""

    items: list[ShownCaptureView]


class PowerView(Out):
    """Whose matter it is, and by which law: the power to punish it, and the list of matters that devices may record."""

    agency_id: AgencyId
    violation_code: str
    violation_name: str
    violated: str
    penalty: str
    listed: bool


class SentenceView(Out):
    """One sentence of the dossier, in Chinese and in English."""

    zh: str
    en: str


class ShownDossierView(Out):
    """The dossier of the device at the second of a capture: first in words, then as data.

    `note` is the statement as the registry signed it (UTF-8) and `sha256` its digest, so that it can be shown to a
    court; `dossier` is what it says.
    """

    sentences: list[SentenceView]

    evidence_id: EvidenceId
    captured_at: datetime
    note: str
    sha256: str
    dossier: DeviceDossier


class DeviceDossierList(Out):
    """One dossier for each capture of the case: a device may have had other papers at another second."""

    power: PowerView
    items: list[ShownDossierView]
