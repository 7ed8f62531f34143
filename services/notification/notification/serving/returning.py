"""The return of service as a page: filled from the service, its records and what officers wrote of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from case.contract import DocumentForServiceView
from common.documents.figures import day, moment
from common.documents.glyphs import as_drawable
from common.documents.render import Template, render
from notification.domain.serving.notice import missing_snapshots
from notification.domain.serving.service import Service, Step
from notification.serving.content import Agency, Line, Return
from notification.serving.wording import (
    CAPACITIES,
    DOCUMENTS,
    FAILURES,
    GROUNDS,
    MANNERS,
    PROOFS,
    SIGNS,
    WITNESSES,
)
from notification.store.servicewords import Written

_TEMPLATE: Final = Template("D-25", "送达回证", Path(__file__).parent / "return.typ", Return)


def render_return(content: Return, at: datetime) -> bytes:
    """The PDF/A-3a bytes of the return as it stands at `at`."""
    return render(_TEMPLATE, content, at)


def return_of(
    service: Service,
    known: DocumentForServiceView,
    certificate: dict[str, Any],
    words: Sequence[Written],
) -> Return:
    """D-25 of `service`. `certificate` is what its records say; `words` what officers wrote."""
    written = {each.field: dict(each.words) for each in words}
    served: dict[str, Any] = next(
        (e for e in reversed(certificate["events"]) if e["type"] == "document.served"), {}
    )
    ended = written.get(f"step/{served.get('step')}/end", {})
    missing = missing_snapshots(service)
    return Return(
        number=known.number,
        agency=Agency(known.agency_name, known.agency_address, known.agency_phone),
        case_code=known.case_number,
        document=f"{DOCUMENTS.get(service.document_kind, service.document_kind)}（{known.number}）",
        document_sha256=service.document_sha256,
        addressee=as_drawable(known.party_name or "（内容已依法删除）"),
        effect=_effect(service),
        lines=tuple(_line(step, written) for step in service.steps),
        signer=_person(ended.get("signer"), CAPACITIES.get(served.get("signed_as", ""))),
        witness=_person(ended.get("witness_name"), WITNESSES.get(served.get("witness", ""))),
        place=_drawable(written.get(f"step/{served.get('step')}", {}).get("place")),
        servers="、".join(served[name] for name in ("by", "second") if name in served) or None,
        proofs=tuple(f"{PROOFS[proof.kind]} {proof.sha256}" for proof in service.proofs),
        missing="缺少：" + "、".join(PROOFS[kind] for kind in missing) if missing else None,
        records="、".join(f"第{event['index']}条" for event in certificate["events"]),
    )


def _effect(service: Service) -> str:
    effect, first = service.effect, service.first_effect
    if effect is None:
        return "送达已终止，没有送达" if service.abandoned_at else "尚未送达"
    said = f"{day(effect.day)}送达（{MANNERS[effect.manner]}，依据{effect.basis}）"
    if first is not None and first.day != effect.day:
        said += f"；{'当事人证明' if service.is_proved else '重新送达'}前登记的日期为{day(first.day)}"
    return f"{said}；渠道其后称未到达，送达存疑，尚未确认" if service.in_doubt else said


def _line(step: Step, written: dict[str, dict[str, str]]) -> Line:
    before, after = written.get(f"step/{step.n}", {}), written.get(f"step/{step.n}/end", {})
    course = [GROUNDS[step.ground]] if step.ground else []
    course += [as_drawable(text) for text in (before.get("reasons"), before.get("place")) if text]
    course += [f"单号{before['tracking_number']}"] if "tracking_number" in before else []
    course += [f"{moment(step.sent_at)}发送成功"] if step.sent_at else []
    course += [f"{moment(step.arrived_at)}{SIGNS[step.arrival or '']}"] if step.arrived_at else []
    course += [f"公告至{day(step.deemed_on)}届满"] if step.deemed_on else []
    course += [as_drawable(after["note"])] if "note" in after else []
    if step.is_running:
        result = "进行中"
    else:
        result = FAILURES[step.failure] if step.failure else "送达"
    return Line(str(step.n), MANNERS[step.manner], moment(step.begun_at), "；".join(course) or "—", result)


def _person(name: str | None, capacity: str | None) -> str | None:
    if capacity is None:
        return None
    return f"{as_drawable(name)}（{capacity}）" if name else capacity


def _drawable(text: str | None) -> str | None:
    return as_drawable(text) if text else None
