"""The dossier of a device in words, Chinese first: each sentence says one thing that the law demands of the device."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from common.documents.figures import day, moment
from common.values.calendar import legal_day
from common.values.refusals import catalogue
from device_registry.contract import DeviceDossier, DossierFunction, DossierReview


class Sentence(NamedTuple):
    """The same in both languages."""

    zh: str
    en: str


def sentences_of(dossier: DeviceDossier) -> tuple[Sentence, ...]:
    """The dossier as its reader reads it. What was not on record is said as such, and never left out."""
    return tuple(_sentences(dossier))


def _sentences(d: DeviceDossier) -> Iterator[Sentence]:
    state = d.state or "-"
    word = catalogue()["words"].get(state, state)
    yield Sentence(
        f"设备编号{d.device_code or '无'}，位于{d.place}{f'（{d.direction}）' if d.direction else ''}。",
        f"Device {d.device_code or 'without a code'} at {d.place}.",
    )
    able = "可以用于取证" if d.lawful else f"不得用于取证（{'、'.join(d.codes)}）"
    yield Sentence(
        f"{moment(d.at)}，设备状态为“{word}”，{able}。",
        f"At {d.at.isoformat()} it was {state} and {'could' if d.lawful else 'could not'} give evidence.",
    )
    for function in d.functions:
        yield from _function(function)
    yield _review("法制审核", "legal", d.legal_review)
    yield _review("技术审核", "technical", d.technical_review)
    standards = "、".join(d.standards)
    yield Sentence(
        f"符合标准的检验报告：{standards or '无记录'}。",
        f"Reports of conformity: {standards or 'none on record'}.",
    )
    if d.sign_from is None:
        yield Sentence("现场标志：无记录。", "Sign at the place: none on record.")
    else:
        yield Sentence(
            f"现场标志自{day(d.sign_from)}起设置。",
            f"The sign has stood there since {d.sign_from.isoformat()}.",
        )
    if (told := d.publication) is None:
        yield Sentence("设置地点：没有向社会公布的记录。", "Its place: no publication is on record.")
    else:
        on = legal_day(told.published_at)
        yield Sentence(
            f"设置地点于{day(on)}通过{told.channel}向社会公布：{told.url}。",
            f"Its place was published on {on.isoformat()} at {told.url}.",
        )
    yield Sentence(f"任何人可以在{d.address}查询该设备。", f"Anybody finds the device at {d.address}.")


def _function(function: DossierFunction) -> Iterator[Sentence]:
    bases = "；".join(function.bases)
    yield Sentence(
        f"“{function.name}”的设置依据：{bases or '无依据'}。",
        f"The basis of {function.code}: {bases or 'none'}.",
    )
    for one in function.certificates:
        yield Sentence(
            f"“{function.name}”的检定（校准）证书{one.certificate_no}，由{one.issuer}于{day(one.verified_on)}出具，"
            f"有效期至{day(one.valid_until)}，拍摄时有效。",
            f"Certificate {one.certificate_no} of {one.issuer} was valid then, to {one.valid_until.isoformat()}.",
        )
    if function.certificates:
        return
    if function.metrology == "NONE":
        yield Sentence(
            f"“{function.name}”不测量任何量值，无需检定。",
            f"{function.code} measures nothing and needs no certificate.",
        )
    else:
        yield Sentence(
            f"“{function.name}”在拍摄时没有有效的检定（校准）证书。",
            f"No certificate of {function.code} was valid then.",
        )


def _review(zh: str, en: str, review: DossierReview | None) -> Sentence:
    if review is None:
        return Sentence(f"{zh}：无记录。", f"No {en} review is on record.")
    result = "通过" if review.result == "PASS" else "未通过"
    return Sentence(
        f"{zh}于{day(review.reviewed_on)}作出，结论为{result}。",
        f"The {en} review of {review.reviewed_on.isoformat()} said {review.result}.",
    )
