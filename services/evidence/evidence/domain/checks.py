"""The technical checks of a capture, and the codes by which evidence fails (APL 41(1); GA/T 832-2014).

    INGESTED ──check──▶ TECH_PASSED    every check below held; people review it next
                   └──▶ TECH_FAILED    a code names the check that failed; people cannot reverse this

A machine may say that a capture cannot be evidence (its device was not lawful, its clock was wrong, a
picture is missing). It never says that one is evidence: that is for two officers (APL 41(2)).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from common.values.errors import Kind, Refusal
from common.values.ids import DeviceId, EvidenceId
from common.values.law import APL_41_2
from common.values.rulesets import Media
from evidence.domain.capture import CaptureOfDevice, Flag, Picture, State
from evidence.domain.measurement import Measured, Measurement, Requirement, measure

# GA/T 832-2014 3.4: 768×576 is the least any camera may deliver, 1280×720 what a digital one must.
LEAST_PIXELS = (768, 576)
DIGITAL_PIXELS = (1280, 720)

# Pictures that show a detail by intent (plate, its binary, badge): the size rule is about the others.
DETAILS = frozenset({"02", "03", "06"})


class Code(StrEnum):
    """Why a capture is not evidence: the catalogue of reasons."""

    DEVICE_NOT_ACTIVE = "E-DEV-01"
    DEVICE_NOT_PUBLISHED = "E-DEV-02"
    DEVICE_NOT_VERIFIED = "E-DEV-03"
    DEVICE_NOT_REVIEWED = "E-DEV-04"
    DEVICE_AT_FAULT = "E-DEV-05"
    DEVICE_PLACE = "E-DEV-06"
    DIGEST_MISMATCH = "E-INT-01"
    SIGNATURE = "E-INT-02"
    CUSTODY_GAP = "E-INT-03"
    CLOCK_DRIFT = "E-INT-04"
    OVERLAY_DIFFERS = "E-INT-05"
    EDITED = "E-INT-06"
    BLURRED = "E-QLT-01"
    SUBJECT_UNRECOGNISABLE = "E-QLT-02"
    PICTURE_MISSING = "E-QLT-03"
    PLACE_NOT_VISIBLE = "E-QLT-04"
    NO_VIOLATION = "E-FAC-01"
    WRONG_VIOLATION_CODE = "E-FAC-02"
    WITHIN_LIMIT = "E-FAC-03"
    PLATE_ERROR = "E-SUB-01"
    CLONED_PLATE = "E-SUB-02"
    PARTY_UNKNOWN = "E-SUB-03"
    EMERGENCY_VEHICLE = "E-EXM-01"
    NECESSITY = "E-EXM-02"
    HANDLED_ON_SITE = "E-EXM-03"
    SIGNS_CONFLICT = "E-EXM-04"
    ON_ORDER = "E-EXM-05"
    DUPLICATE = "E-DUP-01"
    REVIEW_TOO_LATE = "E-TIM-01"
    INGEST_TOO_LATE = "E-TIM-02"
    LIMITATION_PASSED = "E-TIM-03"
    OUTSIDE_COMPETENCE = "E-JUR-01"
    STATE_SECRET = "E-SEC-01"
    PRIVATE_CONTENT = "E-PRV-01"


ZH = {
    Code.DEVICE_NOT_ACTIVE: "采集时设备未启用（试运行、暂停或停用）",
    Code.DEVICE_NOT_PUBLISHED: "采集时设备未公布或缺少标志",
    Code.DEVICE_NOT_VERIFIED: "采集时检定缺失或者过期",
    Code.DEVICE_NOT_REVIEWED: "采集时法制审核或者技术审核缺失、无效",
    Code.DEVICE_AT_FAULT: "设备故障、运行异常或者维护期间",
    Code.DEVICE_PLACE: "设置地点被禁止或者超出核准视场",
    Code.DIGEST_MISMATCH: "摘要不一致",
    Code.SIGNATURE: "签名无效或者应有而无",
    Code.CUSTODY_GAP: "保管链中断",
    Code.CLOCK_DRIFT: "时钟偏差超限",
    Code.OVERLAY_DIFFERS: "叠加信息与元数据不一致",
    Code.EDITED: "经过编辑或者疑似编辑",
    Code.BLURRED: "模糊、遮挡、曝光不当或者分辨率不足",
    Code.SUBJECT_UNRECOGNISABLE: "号牌或者主体无法辨认",
    Code.PICTURE_MISSING: "图片缺失、数量或者间隔不足",
    Code.PLACE_NOT_VISIBLE: "地点或者标志标线不可见",
    Code.NO_VIOLATION: "看不出违法事实或者事实不清",
    Code.WRONG_VIOLATION_CODE: "违法行为代码错误",
    Code.WITHIN_LIMIT: "扣除最大允许误差后未超限",
    Code.PLATE_ERROR: "号牌识别错误或者与登记信息不符",
    Code.CLONED_PLATE: "套牌或者被盗抢车辆",
    Code.PARTY_UNKNOWN: "无法确定当事人",
    Code.EMERGENCY_VEHICLE: "执行紧急任务的特种车辆",
    Code.NECESSITY: "救助危难或者紧急避险",
    Code.HANDLED_ON_SITE: "现场已被处理",
    Code.SIGNS_CONFLICT: "标志标线、信号指示相互冲突",
    Code.ON_ORDER: "按执法人员指挥或者其他法定免责",
    Code.DUPLICATE: "重复采集或者同一持续行为",
    Code.REVIEW_TOO_LATE: "超过审核期限且未经批准",
    Code.INGEST_TOO_LATE: "逾期上传且无正当理由",
    Code.LIMITATION_PASSED: "超过追责时效",
    Code.OUTSIDE_COMPETENCE: "不属于本机关管辖",
    Code.STATE_SECRET: "疑似涉及国家秘密",
    Code.PRIVATE_CONTENT: "私密内容明显过度",
}
"""Each code in words."""


class Result(StrEnum):
    PASSED = "PASSED"
    FAILED = "FAILED"


@dataclass(frozen=True)
class Standing:
    """The registry's signed answer: was the device lawful at the second of capture?

    `failures` are E-DEV codes, empty when it was; `statement_sha256` is the hash of the
    signed statement, which we keep, so that the answer can be given again in court. `violation_codes` are the
    violations that it might lawfully record at that second, `requirements` what its functions measure.
    """

    lawful: bool
    failures: tuple[str, ...]
    statement_sha256: str
    violation_codes: tuple[str, ...]
    requirements: tuple[Requirement, ...] = ()


@dataclass(frozen=True)
class Checked:
    """The part of an ingested capture that its check looks at."""

    id: EvidenceId
    device_id: DeviceId
    state: State
    captured_at: datetime
    violation_code: str | None
    flags: frozenset[Flag]
    pictures: tuple[Picture, ...]
    measured: Measured | None = None


@dataclass(frozen=True)
class EvidenceChecked(CaptureOfDevice):
    """The technical checks of a capture, done once. `codes` are empty when it passed.

    `measurements` hold the value against the limit of each function of the device that measures.
    """

    type: ClassVar[str] = "evidence.checked"
    v: ClassVar[int] = 2

    result: Result
    codes: tuple[Code, ...]
    flags: tuple[Flag, ...]
    lawful: bool
    device_failures: tuple[str, ...]
    capability_sha256: str
    violation_code: str | None
    violation_codes: tuple[str, ...]
    ruleset: str | None
    measurements: tuple[Measurement, ...] = ()
    near_duplicate_of: EvidenceId | None = None


def check(
    capture: Checked,
    standing: Standing,
    *,
    media: Media | None,
    ruleset: str | None,
    measured: bool = False,
    near_duplicate_of: EvidenceId | None = None,
) -> EvidenceChecked:
    """Decide once whether people may review this capture.

    The device's standing is that of the second of capture, never of today: a capture of an unlawful device is not
    evidence even if the device was put right an hour later (APL 41(1)). `media` is what the rule set of this
    violation demands; without one, a single sufficient picture. `measured` says that the rule set rests on a measured
    value: a function that measures none cannot show the violation. `near_duplicate_of` is an earlier capture that shows
    the same: a flag for the reviewers, and no reason to fail.
    """
    if capture.state is not State.INGESTED:
        raise Refusal(
            Kind.CONFLICT,
            "EVD_TRANSITION_NOT_ALLOWED",
            {"capture": capture.id, "state": capture.state},
            wording="check",
            article=APL_41_2,
        )
    codes = {Code(failure) for failure in standing.failures}
    if standing.lawful and capture.violation_code and capture.violation_code not in standing.violation_codes:
        # The device is in order, but it was not reviewed or verified for this violation.
        codes.add(Code.DEVICE_NOT_REVIEWED)
    if Flag.CLOCK_SKEW in capture.flags:
        codes.add(Code.CLOCK_DRIFT)
    quality, flags = _quality(capture.pictures)
    if near_duplicate_of is not None:
        flags.add(Flag.NEAR_DUPLICATE)
    codes |= quality
    if _moments(capture.pictures) < (media.pictures_min if media else 1) or _too_close(
        capture.pictures, media
    ):
        codes.add(Code.PICTURE_MISSING)
    proposed = standing.violation_codes[0] if len(standing.violation_codes) == 1 else None
    named = capture.violation_code or proposed
    measurements = tuple(measure(capture.measured, requirement) for requirement in standing.requirements)
    codes |= _unmeasured((named,) if named else standing.violation_codes, measurements)
    if measured and not any(measurement.violation_code == named for measurement in measurements):
        codes.add(Code.NO_VIOLATION)
    return EvidenceChecked(
        owner=capture.id,
        device_id=capture.device_id,
        result=Result.FAILED if codes else Result.PASSED,
        codes=tuple(sorted(codes)),
        flags=tuple(sorted(capture.flags | flags)),
        lawful=standing.lawful,
        device_failures=standing.failures,
        capability_sha256=standing.statement_sha256,
        violation_code=named,
        violation_codes=standing.violation_codes,
        ruleset=ruleset,
        measurements=measurements,
        near_duplicate_of=near_duplicate_of,
    )


def shortfall(violation_code: str, measurements: tuple[Measurement, ...]) -> Code | None:
    """Why the measured value does not show this violation; None where it does, or where nothing is measured."""
    ours = next((each for each in measurements if each.violation_code == violation_code), None)
    if ours is None or ours.exceeds:
        return None
    return Code.NO_VIOLATION if ours.value is None else Code.WITHIN_LIMIT


def _unmeasured(candidates: tuple[str, ...], measurements: tuple[Measurement, ...]) -> set[Code]:
    """The codes of a capture whose value shows none of the violations that it might be; people name one of several."""
    reasons = [shortfall(code, measurements) for code in candidates]
    return set() if None in reasons else {reason for reason in reasons if reason}


def _quality(pictures: tuple[Picture, ...]) -> tuple[set[Code], set[Flag]]:
    # A crop of the plate is small by intent; the rule asks for one picture that shows the scene.
    scenes = [p for p in pictures if p.kind not in DETAILS] or list(pictures)
    flags = {Flag.NOT_COLOR} if any(not p.colour for p in scenes) else set[Flag]()
    if not any(_reaches(p, DIGITAL_PIXELS) for p in scenes):
        flags.add(Flag.RES_LOW)
    return (set() if any(_reaches(p, LEAST_PIXELS) for p in scenes) else {Code.BLURRED}), flags


def _reaches(picture: Picture, least: tuple[int, int]) -> bool:
    sides = sorted((picture.width, picture.height))
    return sides[0] >= min(least) and sides[1] >= max(least)


def _moments(pictures: tuple[Picture, ...]) -> int:
    """How many pictures taken at different times: by content *and* by time, because one camera sends a
    picture twice under two times, another two pictures under one (GA/T 832-2014 3.3)."""
    return min(len({p.sha256 for p in pictures}), len({p.shot_at for p in pictures}))


def _too_close(pictures: tuple[Picture, ...], media: Media | None) -> bool:
    if media is None or not media.interval_min_s:
        return False
    times = [p.shot_at for p in pictures if p.shot_at]
    if len(times) < 2:
        # The pictures carry fewer than two times, so they do not show the interval.
        return True
    return (max(times) - min(times)).total_seconds() < media.interval_min_s
