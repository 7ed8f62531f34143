"""The agencies of this installation: names and tree from identity, offices and the data authority from the profile."""

from __future__ import annotations

from dataclasses import dataclass

from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId
from common.values.law import GDS_16_1, NJ_18_1
from common.values.profile import Office, Profile
from data_exchange.documents.content import Agency
from data_exchange.domain.agencies import above
from data_exchange.runtime import DataExchangeRuntime
from gateway.identity.contract import Identity


@dataclass(frozen=True)
class Addresses:
    """Every agency that can send or answer here, by its id. None is the parent of the root."""

    names: dict[AgencyId, str]
    parents: dict[AgencyId, AgencyId | None]
    profile: Profile

    def name(self, agency_id: AgencyId) -> str:
        """The agency's name. Refusal DX_AGENCY_UNKNOWN without such an agency."""
        if agency_id not in self.names:
            raise Refusal(Kind.INVALID, "DX_AGENCY_UNKNOWN", {"agency": agency_id}, article=NJ_18_1)
        return self.names[agency_id]

    def find(self, name: str | None) -> AgencyId | None:
        """The agency of this name; None without one."""
        return next((agency_id for agency_id, each in self.names.items() if each == name), None)

    def above(self, agency_id: AgencyId) -> frozenset[AgencyId]:
        """The agencies above this one."""
        return frozenset(above(agency_id, self.parents))

    def find_authority(self) -> AgencyId | None:
        """The data authority, if the profile names one that is an agency here."""
        return self.find(self.profile.exchange.data_authority)

    def authority(self) -> AgencyId:
        """The data authority. Refusal PROFILE_INCOMPLETE where the profile names none that is an agency here."""
        authority_id = self.find_authority()
        if authority_id is None:
            facts = {"profile": self.profile.id}
            raise Refusal(
                Kind.CONFLICT, "PROFILE_INCOMPLETE", facts, wording="data_authority", article=GDS_16_1
            )
        return authority_id

    def office(self, agency_id: AgencyId) -> Office:
        """What the letters of the agency print. Refusal PROFILE_INCOMPLETE where the profile has no entry for it."""
        return self.profile.office(self.name(agency_id))

    def has_office(self, agency_id: AgencyId) -> bool:
        """Whether the profile can print a letter of the agency."""
        name = self.names.get(agency_id)
        return any(office.agency_name == name for office in self.profile.offices)

    def head(self, agency_id: AgencyId) -> Agency:
        """The agency as the author of a letter."""
        office = self.office(agency_id)
        return Agency(office.agency_name, office.address, office.phone)


async def addresses_of(runtime: DataExchangeRuntime) -> Addresses:
    """The agencies now, asked of identity before a change begins. Refusal PEER_UNAVAILABLE if the gateway is away."""
    agencies = await Identity(runtime.peers).agencies()
    names = {agency.agency_id: agency.name for agency in agencies}
    parents = {agency.agency_id: agency.parent_id for agency in agencies}
    return Addresses(names, parents, runtime.profile)


async def require_agency(runtime: DataExchangeRuntime, agency_id: AgencyId) -> None:
    """Raises Refusal DX_AGENCY_UNKNOWN unless it is an agency that can answer here."""
    (await addresses_of(runtime)).name(agency_id)
