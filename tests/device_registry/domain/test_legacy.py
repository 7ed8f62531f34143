"""A device of an inventory: UNKNOWN where the file is silent, stopped where it may not stand, the same next time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from common.values.ids import DeviceId, ImportId
from common.values.law import METROLOGY_9, PJ_2, PJ_2_1, PJ_2_4, PJ_2_6
from common.values.profile import BasisLevel
from device_registry.domain import legacy
from device_registry.domain.cells import InventoryRow, RefusedRow
from device_registry.domain.columns import Column
from device_registry.domain.device import Metrology, PlaceType, State
from device_registry.domain.legacy import Brought, Circumstances, Corrected, Held, Known, Outcome
from device_registry.domain.matching import Stored, match
from tests.device_registry.domain.dossiers import AGENCY, NOON, PROFILE
from tests.device_registry.domain.test_inventory import CODE, good, read

NOW = Circumstances("shanghai", AGENCY, ImportId.new(NOON), "officer:admin", PROFILE, NOON)


def one(text: str) -> InventoryRow:
    """The one row of a file, written `heading=cell` for each column."""
    cells = dict(part.split("=") for part in text.split())
    (row,) = good(read(f"{','.join(cells)},x\n{','.join(cells.values())},x\n"))
    return row


def judge(row: InventoryRow, held: Held | None = None, codes: dict[str, DeviceId] | None = None) -> Outcome:
    return legacy.judge(row, held, codes=codes or {}, now=NOW)


def brought(text: str) -> Brought:
    outcome = judge(one(text))
    assert isinstance(outcome, Brought)
    return outcome


def held(text: str, **changes: Any) -> Held:
    first = brought(text)
    return Held(replace(first.device, **changes), first.row.claims, first.fact.findings)


@pytest.mark.law(PJ_2)
def test_a_device_of_which_only_the_place_is_known_has_a_finding_for_every_guard() -> None:
    new = brought("设置地点=天目立交东侧北分岔口 备注=无")

    assert (new.device.state, new.fact.state) == (State.LEGACY, State.LEGACY)
    assert new.fact.findings == (
        "DEV_PLACE_UNKNOWN",
        "DEV_KIND_UNKNOWN",
        "DEV_PROVISION_UNKNOWN",
        "TERRITORY_UNKNOWN",
        "NO_LOCATION",
        "DEV_LEGAL_BASIS_INSUFFICIENT",
        "DEV_LEGAL_REVIEW_MISSING",
        "DEV_TECH_REVIEW_MISSING",
        "DEV_STANDARD_NONCONFORM",
        "DEV_SIGNAGE_MISSING",
        "DEV_ACCEPTANCE_TEST_MISSING",
        "DEV_NOT_PUBLISHED",
    )


def test_a_device_of_another_city_is_imported_with_that_finding() -> None:
    new = brought("设置地点=河南省郑州市东风路 经度(WGS84)=113.664070 纬度=34.804760")

    assert "OUT_OF_TERRITORY" in new.fact.findings
    assert "DATUM_UNKNOWN" not in new.fact.findings


@pytest.mark.law(PJ_2_6)
@pytest.mark.parametrize(
    "cells, state",
    [
        ("安装单位=某科技公司 资金来源=财政 罚款分成=直接", State.STOPPED),
        ("安装单位=某科技公司 资金来源=企业投资 罚款分成=无", State.STOPPED),
        ("安装单位=某科技公司 资金来源=当事人 罚款分成=无", State.STOPPED),
        ("安装单位=某科技公司 资金来源=财政 罚款分成=无", State.LEGACY),
        ("安装单位=某某局 资金来源=财政 罚款分成=无", State.LEGACY),
        ("安装单位=不知道谁 资金来源=各方 罚款分成=看情况", State.LEGACY),
    ],
)
def test_who_pays_and_who_profits_is_read_and_stops_the_device_or_is_left_open(
    cells: str, state: State
) -> None:
    new = brought(f"设置地点=衡山路 场所类型=道路 {cells}")

    assert new.device.state is state
    assert ("DEV_PROVISION_UNKNOWN" in new.fact.findings) is True  # nobody said whose the device is


@pytest.mark.parametrize(
    "words, place_type",
    [
        ("宾馆客房", PlaceType.HOTEL_GUEST_ROOM),
        ("某饭店包间", PlaceType.PRIVATE_DINING_ROOM),
        ("学生宿舍", PlaceType.PUBLIC_DORMITORY),
        ("公共卫生间", PlaceType.TOILET),
        ("母婴室", PlaceType.MOTHER_BABY_ROOM),
        ("HOTEL_GUEST_ROOM", PlaceType.HOTEL_GUEST_ROOM),
    ],
)
def test_a_device_in_a_private_place_is_stopped_as_it_is_imported(words: str, place_type: PlaceType) -> None:
    new = brought(f"设置地点=某处 场所类型={words}")

    assert (new.device.state, new.device.site.place_type) == (State.STOPPED, place_type)


@pytest.mark.law(PJ_2_1)
def test_a_basis_stays_as_the_file_wrote_it_and_its_level_is_not_guessed() -> None:
    unstated = brought("设置地点=衡山路 功能=违停、闯红灯 设置依据=《某某法》第十条").device.functions
    stated = brought(
        "设置地点=衡山路 功能=违停 设置依据=《某市条例》第三条 依据层级=地方性法规"
    ).device.functions
    none = brought("设置地点=衡山路 功能=违停 设置依据=无依据").device.functions

    assert [(f.name, f.bases[0].title, f.bases[0].article) for f in unstated] == [
        ("违停", "某某法", "第十条"),
        ("闯红灯", "某某法", "第十条"),
    ]
    assert unstated[0].bases[0].level is BasisLevel.UNKNOWN
    assert unstated[0].metrology is Metrology.UNKNOWN
    assert stated[0].bases[0].level is BasisLevel.LOCAL_REGULATION
    assert none[0].bases == ()


@pytest.mark.law(METROLOGY_9, PJ_2_4)
@pytest.mark.parametrize(
    "cells, finding",
    [
        ("检定结果=不合格 有效期至=2099-01-01", "DEV_VERIFICATION_FAILED"),
        ("检定结果=合格 有效期至=2020-01-01", "DEV_VERIFICATION_EXPIRED"),
        ("检定结果=超期", "DEV_VERIFICATION_EXPIRED"),
        ("检定结果=未检定", "DEV_VERIFICATION_MISSING"),
        ("检定结果=合格 有效期至=2099-01-01 强制检定=是", "DEV_VERIFICATION_MISSING"),
    ],
)
def test_what_a_file_says_of_a_verification_is_a_finding_and_never_a_certificate(
    cells: str, finding: str
) -> None:
    new = brought(f"设置地点=衡山路 {cells}")

    assert finding in new.fact.findings


def test_a_row_that_says_nothing_new_changes_nothing() -> None:
    before = held("设置地点=衡山路 方向=由东向西 设备类型=固定式")

    assert judge(one("设置地点=衡山路 方向= 设备类型="), before) == Known(
        one("设置地点=衡山路 方向= 设备类型="), before.device.id
    )


def test_a_corrected_row_changes_what_differs_and_a_dash_clears() -> None:
    before = held("设置地点=衡山路 方向=由东向西 设备类型=固定式 场所类型=道路")

    outcome = judge(one("设置地点=衡山路2号 方向=- 设备类型="), before)

    assert isinstance(outcome, Corrected)
    assert outcome.fact.fields == ("direction", "place")
    assert (outcome.device.site.place, outcome.device.site.direction) == ("衡山路2号", "")
    assert outcome.device.kind == before.device.kind
    assert outcome.device.id == before.device.id


def test_a_correction_that_names_a_private_place_stops_the_device() -> None:
    outcome = judge(one("设置地点=衡山路 场所类型=宾馆客房"), held("设置地点=衡山路 场所类型=道路"))

    assert isinstance(outcome, Corrected)
    assert (outcome.before.state, outcome.device.state) == (State.LEGACY, State.STOPPED)


@pytest.mark.parametrize("state", [State.ACTIVE, State.STOPPED, State.UNDER_REVIEW])
def test_what_was_reviewed_or_decided_is_not_changed_by_a_file(state: State) -> None:
    before = held("设置地点=衡山路 场所类型=道路", state=state)

    refused = judge(one("设置地点=东平路 场所类型=道路"), before)
    described = judge(one("设置地点=衡山路 场所类型=道路 方向=由东向西"), before)

    assert isinstance(refused, RefusedRow)
    assert refused.errors[0].code == "IMP_CERTIFIED"
    assert isinstance(described, Corrected)
    assert (described.device.state, described.device.site.direction) == (state, "由东向西")


def test_a_file_that_no_longer_states_its_datum_does_not_move_the_device_back() -> None:
    before = held("设置地点=衡山路 经度(GCJ02)=121.445721 纬度=31.210443")

    assert isinstance(judge(one("设置地点=衡山路 经度=121.445721 纬度=31.210443"), before), Known)


def test_a_code_that_another_device_has_is_refused() -> None:
    row, another = one(f"设置地点=衡山路 设备编号={CODE}"), DeviceId.new(NOON)

    refused = judge(row, codes={CODE: another})

    assert isinstance(refused, RefusedRow)
    assert refused.errors[0].pointer == "2/device_code"
    assert isinstance(judge(row, held("设置地点=衡山路"), codes={}), Corrected)


A, B, C = (DeviceId.new(NOON) for _ in range(3))


def claims(**said: str) -> dict[Column, str]:
    return {Column(name): text for name, text in said.items()}


def here(x: str, place: str = "衡山路") -> dict[Column, str]:
    return claims(place=place, longitude=x, latitude="31.2")


SAME: dict[str, tuple[list[Any], list[Any], list[DeviceId | None]]] = {
    "by code": ([claims(place="新名", device_code=CODE)], [claims(place="旧名", device_code=CODE)], [A]),
    "by number": ([claims(place="新名", own_number="1")], [claims(place="旧名", own_number="1")], [A]),
    "by place, moved": ([here("121.5")], [here("121.4")], [A]),
    "by point, renamed": ([here("121.4", "东平路")], [here("121.4")], [A]),
    "a number is new": ([claims(place="衡山路", own_number="1")], [claims(place="衡山路")], [A]),
    "other numbers": (
        [claims(place="衡山路", own_number="2")],
        [claims(place="衡山路", own_number="1")],
        [None],
    ),
    "two of one place": ([here("121.4"), here("121.5")], [here("121.5"), here("121.4")], [B, A]),
    "one more of a place": ([here("121.4"), here("121.6")], [here("121.4")], [A, None]),
    "point of two": ([here("121.4", "甲")], [here("121.4", "乙"), here("121.4", "丙")], [None]),
    "full-width": ([claims(place="Ｓ３２ 高速")], [claims(place="s32高速")], [A]),
    "number twice": (
        [claims(place="北", own_number="1"), claims(place="南", own_number="1")],
        [claims(place="南", own_number="1"), claims(place="北", own_number="1")],
        [B, A],
    ),
    "gone from the file": ([here("121.4", "乙")], [here("121.9", "甲"), here("121.4", "乙")], [B]),
}


@pytest.mark.parametrize("rows, before, expected", SAME.values(), ids=SAME.keys())
def test_a_row_is_the_device_that_its_source_named_before(
    rows: list[Any], before: list[Any], expected: list[DeviceId | None]
) -> None:
    stored = [Stored(device_id, said) for device_id, said in zip((A, B, C), before, strict=False)]

    assert match(rows, stored) == expected
