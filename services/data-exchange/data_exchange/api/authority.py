"""Who the data authority is: the agency that the city's profile names."""

from __future__ import annotations

from common.values.errors import Kind, Refusal
from common.values.ids import AgencyId
from common.values.law import GDS_16_1
from data_exchange.runtime import DataExchangeRuntime
from gateway.identity.contract import Identity


async def the_authority(runtime: DataExchangeRuntime) -> AgencyId:
    """The data authority. Asks identity, so it is called before a change begins.

    Refusal PROFILE_INCOMPLETE where the profile names none, or one that is no agency here.
    """
    name = runtime.profile.exchange.data_authority
    agencies = await Identity(runtime.peers).agencies() if name is not None else []
    for agency in agencies:
        if agency.name == name:
            return agency.agency_id
    raise Refusal(
        Kind.CONFLICT,
        "PROFILE_INCOMPLETE",
        {"profile": runtime.profile.id},
        wording="data_authority",
        article=GDS_16_1,
    )
