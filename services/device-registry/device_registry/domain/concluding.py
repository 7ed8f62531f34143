"""How the clean-up ended for each device of the baseline, and what the overall report says of all of them (PJ §3(2)).

needs_cleanup: a person confirmed a finding since the snapshot, or the device is out of use for a reason of PJ §2.
KEEP_USE:      nothing was found, or the device was rectified: it came back into service after its last finding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from common.values.calendar import legal_day
from common.values.ids import DeviceId
from common.values.profile import BasisLevel
from common.values.refusals import Language
from device_registry.domain.annex import SHORT, CleanupResult, DeviceLine, Reason
from device_registry.domain.campaigns import BaselineDevice
from device_registry.domain.cleanup import IN_USE, Category
from device_registry.domain.device import Basis, DeviceKind, State
from device_registry.domain.findings import CleanupFinding, FindingState
from device_registry.domain.stopping import Rectification

KINDS: Final = {
    DeviceKind.FIXED_CAMERA: "固定电子监控设备",
    DeviceKind.MOBILE_VEHICLE: "车载电子监控设备",
    DeviceKind.UAV: "无人机",
    DeviceKind.SENSOR: "传感监测设备",
    DeviceKind.REGULATED_PARTY_DEVICE: "行政相对人依法设置的设备",
    DeviceKind.SHARED_CAMERA: "共享的监控设备",
    DeviceKind.UNKNOWN: "种类未登记的监控设备",
}
LEVELS: Final = {
    BasisLevel.LAW: "法律",
    BasisLevel.ADMIN_REGULATION: "行政法规",
    BasisLevel.LOCAL_REGULATION: "地方性法规",
    BasisLevel.DEPARTMENT_RULE: "部门规章",
    BasisLevel.LOCAL_GOV_RULE: "地方政府规章",
    BasisLevel.NORMATIVE_DOCUMENT: "规范性文件",
    BasisLevel.NONE: "无依据",
    BasisLevel.UNKNOWN: "层级未登记",
}
UNNAMED: Final = "执法情形未登记"
_STOPPED: Final = "不符合法定条件,已停止使用"
_TAKEN_DOWN: Final = "清理期间已报废、拆除"
"""A device that is out of use without a finding: stopped by its import or at the end of LEGACY, or taken down."""


@dataclass(frozen=True)
class Now:
    """A device of the baseline as it stands when the report is made. `findings` are those since the snapshot.

    `lived_on_fines` says that its import stopped it, because a market entity set it up and carries it or lives on it.
    """

    device_id: DeviceId
    state: State
    in_service_from: datetime | None
    findings: tuple[tuple[CleanupFinding, str], ...] = ()  # each with a person's words
    rectifications: tuple[Rectification, ...] = ()
    lived_on_fines: bool = False

    @property
    def confirmed(self) -> list[tuple[CleanupFinding, str]]:
        return [each for each in self.findings if each[0].state is FindingState.CONFIRMED]

    @property
    def undecided(self) -> int:
        return sum(f.state in (FindingState.OPEN, FindingState.PROPOSED) for f, _ in self.findings)

    @property
    def rectified_at(self) -> datetime | None:
        """When the device came back into service after its last confirmed finding; None where it did not."""
        decided = [finding.decided_at for finding, _ in self.confirmed if finding.decided_at]
        began = self.in_service_from
        return began if decided and began and self.state in IN_USE and began > max(decided) else None


def conclude(device: BaselineDevice, now: Now, *, fines_fen: int) -> DeviceLine:
    """The line of one device: situation and basis of before the clean-up, result of today (notes 1 to 3)."""
    reasons = _reasons(now)
    rectified_at = now.rectified_at
    keeps = not reasons or rectified_at is not None
    return DeviceLine(
        device.device_id,
        scenario_of(device),
        bases_of(device),
        fines_fen,
        reasons,
        CleanupResult.KEEP_USE if keeps else CleanupResult.STOP_USE,
        _remark(now, rectified_at) if reasons and rectified_at else "",
    )


def scenario_of(device: BaselineDevice) -> str:
    """具体情形: which kind of device is used against which violations."""
    names = "、".join(dict.fromkeys(function.name for function in device.functions if function.name))
    kind = KINDS[device.kind]
    return f"利用{kind}对{names}进行取证处罚" if names else f"利用{kind}取证({UNNAMED})"


def bases_of(device: BaselineDevice) -> tuple[Basis, ...]:
    """The bases of all functions, each once."""
    return tuple(dict.fromkeys(basis for function in device.functions for basis in function.bases))


def _reasons(now: Now) -> tuple[Reason, ...]:
    found = [Reason(finding.category, words or _said(finding)) for finding, words in now.confirmed]
    if not found and now.state not in (*IN_USE, State.LEGACY):
        found = [_out_of_use(now)]
    return tuple(sorted(found, key=lambda reason: reason.category))


def _out_of_use(now: Now) -> Reason:
    """Why a device is out of use without a finding. On its way back it still is: under review nothing is evidence."""
    if now.lived_on_fines:
        return Reason(Category.CU_6, SHORT[Category.CU_6])
    return Reason(Category.CU_7, _TAKEN_DOWN if now.state is State.RETIRED else _STOPPED)


def _said(finding: CleanupFinding) -> str:
    """What was computed, as the table says it. The basis has a column of its own, so item 1 does not repeat it."""
    if finding.category is Category.CU_1:
        return SHORT[Category.CU_1]
    return "、".join(ground.said(Language.ZH).rstrip("。") for ground in finding.grounds)


def _remark(now: Now, rectified_at: datetime) -> str:
    done = [each.evidence for each in now.rectifications if each.evidence]
    what = f"已整改:{done[-1].rstrip('。')}" if done else "已整改"
    return f"{what},{legal_day(rectified_at):%Y-%m-%d}恢复使用"


@dataclass(frozen=True)
class Overall:
    """The figures of the overall report (总体情况报告)."""

    devices: int
    by_kind: tuple[tuple[str, int], ...]
    by_level: tuple[tuple[str, int], ...]
    by_category: tuple[tuple[int, int], ...]
    stopped: int
    kept: int
    rectified: int
    fines_fen: int
    top: tuple[tuple[str, int], ...]


def overall(
    devices: Sequence[BaselineDevice],
    lines: Sequence[DeviceLine],
    now: Mapping[DeviceId, Now],
    *,
    most: int = 10,
) -> Overall:
    """The figures of all devices of one agency. `top` are the places with the highest fines."""
    kinds = Counter(KINDS[device.kind] for device in devices)
    levels = Counter(LEVELS[_highest(bases_of(device))] for device in devices)
    categories = Counter(c for line in lines for c in {reason.category.number for reason in line.reasons})
    stopped = sum(line.result is CleanupResult.STOP_USE for line in lines)
    fined = sorted(
        (
            (device.place, line.fines_fen)
            for device, line in zip(devices, lines, strict=True)
            if line.fines_fen
        ),
        key=lambda each: (-each[1], each[0]),
    )
    return Overall(
        len(devices),
        tuple(sorted(kinds.items())),
        tuple(sorted(levels.items())),
        tuple((number, categories[number]) for number in range(1, 8)),
        stopped,
        len(lines) - stopped,
        sum(each.rectified_at is not None for each in now.values()),
        sum(line.fines_fen for line in lines),
        tuple(fined[:most]),
    )


def _highest(bases: Collection[Basis]) -> BasisLevel:
    order = list(BasisLevel)
    return min((basis.level for basis in bases), key=order.index, default=BasisLevel.NONE)
