"""A query code and its second factor, on the wire between the gateway and case."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from common.values.ids import CaseId, PartyId
from common.web.wire import In, Out, Text

QueryCode = Annotated[
    Text, StringConstraints(min_length=16, max_length=40), Field(examples=["K7P2-9XQM-4T3V-8RW3"])
]
"""A query code as somebody typed it: 16 characters, with or without hyphens and spaces."""

Factor = Annotated[Text, StringConstraints(min_length=1, max_length=20), Field(examples=["011237"])]
"""What the city asks besides: the last six characters of the identity number or credit code, or the plate."""


class QueryCodeOrder(In):
    """What somebody typed."""

    query_code: QueryCode
    factor: Factor


class QueryCodeView(Out):
    """The party and the case that the code opens; null where code and factor do not go together."""

    party_id: PartyId | None
    case_id: CaseId | None
