"""The signed statement about a device that the party of a case is given (APL 41(3))."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from common.values.ids import AgencyId, DeviceId
from common.web.wire import Out
from device_registry.contract.devices import MeasurementView
from device_registry.contract.words import KindShown, MetrologyShown, ResultName, StateName
from ledger.canonical import instant


class DossierReview(Out):
    """A review of the device (APL 41(1)): its day and its result. Who made it is not said."""

    reviewed_on: date
    result: ResultName


class DossierCertificate(Out):
    """A certificate that was valid at the second."""

    certificate_no: str
    issuer: str
    verified_on: date
    valid_until: date


class DossierFunction(Out):
    """What the device might record: whether it might at that second, its basis, and its certificates.

    `metrology` NONE needs no certificate, MANDATORY a verification, NO_REGULATION a calibration or type test.
    """

    code: str
    name: str
    lawful: bool
    bases: list[str]
    metrology: MetrologyShown
    measures: MeasurementView | None
    certificates: list[DossierCertificate]


class DossierPublication(Out):
    """Where and when the location of the device was published (APL 41(1); NJ 10)."""

    url: str
    channel: str
    published_at: datetime


class DeviceDossier(Out):
    """A device at `at`, as known at `known_at`: what the law wants published of it, and the papers that it demands.

    The place is rounded to about ten metres, as on the public list. `codes` say why it was not lawful then. What is
    null was not on record.
    """

    v: Literal[1]
    device_id: DeviceId
    device_code: str | None
    agency_id: AgencyId
    kind: KindShown
    at: datetime
    known_at: datetime
    state: StateName | None
    lawful: bool
    codes: list[str]
    functions: list[DossierFunction]
    legal_review: DossierReview | None
    technical_review: DossierReview | None
    standards: list[str]
    sign_from: date | None
    publication: DossierPublication | None
    place: str
    direction: str
    longitude: str | None
    latitude: str | None
    address: str

    def statement(self) -> dict[str, Any]:
        """The object that is signed: every field, instants with six decimals."""
        value = self.model_dump(mode="json") | {"at": instant(self.at), "known_at": instant(self.known_at)}
        if self.publication is not None:
            value["publication"]["published_at"] = instant(self.publication.published_at)
        return value


class SignedDossier(Out):
    """The statement as signed by the registry (`note`, UTF-8), its SHA-256, and its contents."""

    note: str
    sha256: str
    dossier: DeviceDossier
