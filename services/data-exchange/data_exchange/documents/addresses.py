"""The agencies as letters print them: their names from identity, their offices from the profile."""

from __future__ import annotations

from dataclasses import dataclass

from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId
from common.values.law import NJ_18_1
from common.values.profile import Office, Profile
from data_exchange.documents.content import Agency
from data_exchange.runtime import DataExchangeRuntime
from gateway.identity.contract import Identity


@dataclass(frozen=True)
class Addresses:
    """Every agency that can send or answer here, by its id."""

    names: dict[AgencyId, str]
    profile: Profile

    def name(self, agency_id: AgencyId) -> str:
        """The agency's name. Refusal DX_AGENCY_UNKNOWN without such an agency."""
        if agency_id not in self.names:
            raise Refusal(Kind.INVALID, "DX_AGENCY_UNKNOWN", {"agency": agency_id}, article=NJ_18_1)
        return self.names[agency_id]

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
    """The agencies of this installation now. Refusal PEER_UNAVAILABLE if the gateway is away."""
    agencies = await Identity(runtime.peers).agencies()
    return Addresses({agency.agency_id: agency.name for agency in agencies}, runtime.profile)
