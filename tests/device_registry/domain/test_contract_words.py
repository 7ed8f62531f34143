"""The wire restates the domain's words, because a contract imports no domain; here the two lists meet."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, get_args

import pytest

from common.values.profile import BasisLevel
from device_registry import contract
from device_registry.domain import device
from device_registry.domain.application import ItemResult
from device_registry.domain.lifecycle import SuspensionReason

PAIRS: list[tuple[Any, type[StrEnum]]] = [
    (contract.StateName, device.State),
    (contract.KindName, device.DeviceKind),
    (contract.PlaceTypeName, device.PlaceType),
    (contract.BasisLevelName, BasisLevel),
    (contract.MetrologyName, device.Metrology),
    (contract.ResultName, device.Result),
    (contract.ItemName, ItemResult),
    (contract.ReasonName, SuspensionReason),
    (contract.RegistrationOrder.model_fields["owner_type"].annotation, device.OwnerType),
    (contract.RegistrationOrder.model_fields["installer_type"].annotation, device.InstallerType),
    (contract.RegistrationOrder.model_fields["funding"].annotation, device.Funding),
    (contract.RegistrationOrder.model_fields["revenue_link"].annotation, device.RevenueLink),
    (contract.VerificationOrder.model_fields["kind"].annotation, device.PaperKind),
]


@pytest.mark.parametrize("words, kind", PAIRS, ids=[kind.__name__ for _, kind in PAIRS])
def test_the_wire_knows_the_words_of_the_domain(words: Any, kind: type[StrEnum]) -> None:
    assert set(get_args(words)) == {member.value for member in kind}
