"""The eight flags on their thresholds (NJ 13; PJ 2.5), and the case of Foshan."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from common.values.datafiles import load_profile
from common.values.ids import AgencyId, DeviceId
from common.values.law import NJ_13, PJ_2_5
from device_registry.domain.abnormality import Flag, Observed, Recent, Verdict, Year, look, rank
from device_registry.domain.device import DeviceKind, PlaceType
from device_registry.domain.peers import Peer, Scope, code_group

LIMITS = load_profile("NJ").abnormality.thresholds
NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
AGENCY, OTHER = AgencyId.new(NOON), AgencyId.new(NOON)
SPEED = Peer(("CM-03",), DeviceKind.FIXED_CAMERA, PlaceType.ROAD)


def device(**changes: Any) -> Observed:
    """An ordinary camera: 100 accepted of 400 captures and 10,000 yuan a month, nothing unusual."""
    return replace(
        Observed(
            DeviceId.new(NOON + timedelta(seconds=changes.pop("n", 0))),
            AGENCY,
            SPEED,
            month=date(2026, 2, 1),
            days=28,
            accepted=100,
            fine_fen=1_000_000,
            passes=None,
            before=(100,) * 12,
            since_activation=(),
            recent=Recent(400, 10),
            year=Year(5, 0, 1_000_000),
        ),
        **changes,
    )


def seven(**changes: Any) -> list[Observed]:
    """Seven peers of an agency of their own."""
    own = {"agency_id": OTHER} | changes
    return [device(n=n, accepted=100 + n, fine_fen=1_000_000 + n, **own) for n in range(1, 8)]


def flags(one: Observed, others: list[Observed] | None = None) -> set[str]:
    return set(verdict(one, others).flags)


def verdict(one: Observed, others: list[Observed] | None = None) -> Verdict:
    # A second device of the same agency, so that nobody has all of its fines.
    rest = device(n=99, year=Year(0, 0, 10**11), peer=replace(SPEED, codes=("XX",)))
    return look([one, rest, *(seven() if others is None else others)], LIMITS)[0]


def test_an_ordinary_device_has_no_flag() -> None:
    assert flags(device()) == set()


@pytest.mark.law(NJ_13, PJ_2_5)
def test_a_camera_like_that_of_foshan_is_out_of_line_in_volume_and_rate() -> None:
    """佛山广台高速 K43+200, 2020-03-18 to 2021-04-01: 184,373 captures, about 19 million passes a year."""
    days = (date(2021, 4, 1) - date(2020, 3, 18)).days
    foshan = device(days=days, accepted=184_373, passes=19_000_000)

    found = verdict(foshan, seven(passes=19_000_000))

    assert 184_373 // days == 486
    assert {Flag.VOLUME, Flag.RATE} <= found.flags
    assert found.breaks
    # Its own figures suffice: nobody needs to be like it.
    assert {Flag.VOLUME, Flag.RATE} <= flags(foshan, [])


@pytest.mark.parametrize(
    ("flag", "raised", "not_raised"),
    [
        pytest.param("A1", {"fine_fen": 5_000_000}, {"fine_fen": 4_999_999}, id="A1-money"),
        pytest.param("A2", {"accepted": 1_045}, {"accepted": 1_034}, id="A2-times-the-median"),
        pytest.param("A3", {"accepted": 300}, {"accepted": 299}, id="A3-three-times-its-own-median"),
        pytest.param(
            "A3",
            {"accepted": 330, "before": (110,) * 3},
            {"accepted": 330, "before": (110,) * 2},
            id="A3-history",
        ),
        pytest.param("A4", {"passes": 20_000}, {"passes": 20_001}, id="A4-half-a-percent"),
        pytest.param("A5", {"year": Year(10, 1, 0)}, {"year": Year(9, 9, 0)}, id="A5-ten-disputes"),
        pytest.param("A5", {"year": Year(20, 2, 0)}, {"year": Year(21, 2, 0)}, id="A5-ten-percent"),
        pytest.param("A6", {"recent": Recent(200, 60)}, {"recent": Recent(199, 199)}, id="A6-200-captures"),
        pytest.param(
            "A6", {"recent": Recent(1000, 300)}, {"recent": Recent(1000, 299)}, id="A6-thirty-percent"
        ),
        pytest.param(
            "A7", {"year": Year(0, 0, 25 * 10**9)}, {"year": Year(0, 0, 25 * 10**9 - 1)}, id="A7-a-fifth"
        ),
        pytest.param(
            "A8",
            {"accepted": 120, "since_activation": (100, 90, 81, 90, 90, 90, 120)},
            {"accepted": 120, "since_activation": (100, 90, 80, 90, 90, 90, 120)},
            id="A8-a-fall-of-a-fifth",
        ),
        pytest.param(
            "A8",
            {"accepted": 107, "since_activation": (100,) * 7},
            {"accepted": 106, "since_activation": (100,) * 7},
            id="A8-still-among-the-highest",
        ),
        pytest.param(
            "A8",
            {"accepted": 120, "since_activation": (100,) * 7},
            {"accepted": 120, "since_activation": (100,) * 6},
            id="A8-six-months-are-over",
        ),
    ],
)
@pytest.mark.law(PJ_2_5)
def test_each_flag_begins_at_its_threshold(
    flag: str, raised: dict[str, Any], not_raised: dict[str, Any]
) -> None:
    assert flag in flags(device(**raised))
    assert flag not in flags(device(**not_raised))


def test_the_outlier_is_measured_in_deviations_from_the_group() -> None:
    """Peers between 40,000 and 60,000 yuan: 70,000 is far from them, 62,000 is not."""
    peers = [replace(each, fine_fen=4_000_000 + 300_000 * n) for n, each in enumerate(seven())]

    assert Flag.FINES in flags(device(fine_fen=12_000_000), peers)
    assert Flag.FINES not in flags(device(fine_fen=6_200_000), peers)


def test_two_of_the_first_four_break_and_no_other_two() -> None:
    def breaks(*raised: Flag) -> bool:
        return Verdict(device().device_id, frozenset(raised), Scope.PEERS, 8).breaks

    assert breaks(Flag.FINES, Flag.JUMP)
    assert breaks(Flag.VOLUME, Flag.RATE, Flag.QUALITY)
    assert not breaks(Flag.FINES)
    assert not breaks(Flag.RATE, Flag.DISPUTES, Flag.QUALITY, Flag.CONCENTRATION, Flag.NO_DETERRENCE)


def test_fewer_than_eight_peers_compare_with_the_city_and_fewer_there_with_nobody() -> None:
    uav = replace(SPEED, kind=DeviceKind.UAV)

    assert verdict(device()).scope is Scope.PEERS
    assert (verdict(device(peer=uav)).scope, verdict(device(peer=uav)).group_size) == (Scope.CITY, 8)
    alone = verdict(device(accepted=2_000, fine_fen=9_000_000), seven()[:6])
    assert (alone.scope, alone.group_size, Flag.FINES in alone.flags) == (Scope.NOBODY, 0, False)


def test_a_group_that_records_nothing_flags_nobody_for_its_first_capture() -> None:
    nothing = [replace(each, accepted=0) for each in seven()]

    assert flags(device(accepted=1), nothing) == set()


def test_the_same_devices_in_another_order_get_the_same_verdicts() -> None:
    city = [device(fine_fen=9_000_000, accepted=3_000, passes=90_000), *seven(passes=1_000_000)]

    forward, back = look(city, LIMITS), look(city[::-1], LIMITS)

    assert forward == back[::-1]


@pytest.mark.parametrize(
    ("size", "percentile", "place"), [(8, 99, 7), (100, 99, 98), (101, 99, 99), (10, 90, 8), (1, 90, 0)]
)
def test_a_percentile_is_the_value_of_the_nearest_rank(size: int, percentile: int, place: int) -> None:
    assert rank(size, percentile) == place


@pytest.mark.parametrize(
    ("code", "group"), [("CM-0107", "CM-01"), ("CM-01", "CM-01"), ("1344", "13"), ("X", "X")]
)
def test_codes_that_differ_in_their_last_two_digits_are_one_group(code: str, group: str) -> None:
    assert code_group(code) == group
