"""The wire restates the domain's words, because a contract imports no domain; here the two lists meet.

UNKNOWN is what an inventory leaves open. Nobody can apply with it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, get_args

import pytest

from common.values.profile import BasisLevel
from device_registry import contract
from device_registry.contract import words
from device_registry.domain import device
from device_registry.domain.checklist import ItemResult
from device_registry.domain.lifecycle import SuspensionReason

PAIRS: list[tuple[Any, type[StrEnum]]] = [
    (words.StateName, device.State),
    (words.KindShown, device.DeviceKind),
    (words.PlaceTypeName, device.PlaceType),
    (words.MetrologyShown, device.Metrology),
    (words.ResultName, device.Result),
    (words.ItemName, ItemResult),
    (contract.VerificationOrder.model_fields["kind"].annotation, device.PaperKind),
]
APPLIED: list[tuple[Any, type[StrEnum]]] = [
    (words.KindName, device.DeviceKind),
    (words.MetrologyName, device.Metrology),
    (words.BasisLevelName, BasisLevel),
    (contract.RegistrationOrder.model_fields["owner_type"].annotation, device.OwnerType),
    (contract.RegistrationOrder.model_fields["installer_type"].annotation, device.InstallerType),
    (contract.RegistrationOrder.model_fields["funding_source"].annotation, device.Funding),
    (contract.RegistrationOrder.model_fields["revenue_link"].annotation, device.RevenueLink),
]


@pytest.mark.parametrize("listed, kind", PAIRS, ids=[kind.__name__ for _, kind in PAIRS])
def test_the_wire_knows_the_words_of_the_domain(listed: Any, kind: type[StrEnum]) -> None:
    assert set(get_args(listed)) == {member.value for member in kind}


def test_nobody_orders_a_suspension_for_a_refused_change() -> None:
    assert set(get_args(words.ReasonName)) == {*SuspensionReason} - {SuspensionReason.CHANGE_REFUSED}


@pytest.mark.parametrize("listed, kind", APPLIED, ids=[kind.__name__ for _, kind in APPLIED])
def test_an_applicant_names_any_word_but_unknown(listed: Any, kind: type[StrEnum]) -> None:
    assert set(get_args(listed)) | {"UNKNOWN"} == {member.value for member in kind}
