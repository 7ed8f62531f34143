"""Statement and defence: own words, files, whether a hearing is wanted, a look at all of it, and the receipt (APL 45).

Nothing that was typed is ever lost: each step carries it on, and a refusal shows it again. A file is handed in at once
and stays in the case, whatever becomes of the form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from common.values.refusals import Language
from gateway.web.portal.around import shown
from gateway.web.portal.cases import rule_of
from gateway.web.portal.uploading import chosen, hand_in, list_files
from gateway.web.shell import form, text_of
from gateway.web.visitor import Refused, SignedIn, Visitor
from gateway.web.words import say

router = APIRouter()

ABOUT: Final = ("NOT_MINE", "FACTS", "EXEMPT", "OTHER")


@dataclass(frozen=True)
class Typed:
    """What the party typed so far. `files` are the numbers of files that it handed in for this statement."""

    about: str = ""
    words: str = ""
    hearing: str = "no"
    files: tuple[int, ...] = ()

    @classmethod
    def of(cls, fields: FormData) -> Typed:
        left_out = {each for each in fields.getlist("drop") if isinstance(each, str)}
        numbers = [each for each in text_of(fields, "files").split(",") if each.isascii() and each.isdigit()]
        kept = tuple(int(each) for each in dict.fromkeys(numbers) if each not in left_out)
        about, hearing = text_of(fields, "about"), text_of(fields, "hearing")
        return cls(
            about if about in ABOUT else "",
            text_of(fields, "words").replace("\r\n", "\n"),
            "yes" if hearing == "yes" else "no",
            kept,
        )

    @property
    def statement(self) -> str:
        """What goes to the agency: in Chinese what it is about, then the party's own words."""
        return f"{say(f'portal.about.{self.about}', Language.ZH)}\n{self.words}"


@router.get("/portal/cases/{case_id}/statement")
async def write(case_id: str, request: Request, visitor: SignedIn) -> Response:
    """The form."""
    return await _form(request, visitor, case_id, Typed())


@router.post("/portal/cases/{case_id}/statement")
async def go_on(case_id: str, request: Request, visitor: SignedIn) -> Response:
    """Take the files in, then: the form again, a look at everything, or the act itself."""
    fields = await form(request)
    typed, key, step = Typed.of(fields), text_of(fields, "key"), text_of(fields, "do")
    faults: dict[str, str] = {}
    for file in chosen(fields, "upload"):
        try:
            number = await hand_in(visitor, case_id, file)
            typed = Typed(typed.about, typed.words, typed.hearing, (*dict.fromkeys([*typed.files, number]),))
        except Refused as refused:
            told = f"{file.filename}: {said(refused)}"
            faults["upload"] = f"{faults['upload']} {told}" if "upload" in faults else told
    if step in ("check", "send"):
        faults |= _missing(typed, visitor.language)
    if faults or step not in ("check", "send"):
        return await _form(request, visitor, case_id, typed, faults)
    if step == "check":
        return await _page(request, visitor, case_id, "portal/statementcheck.html", typed=typed)
    try:
        made = await visitor.post(
            f"/v1/cases/{case_id}/defences",
            {"statement": typed.statement, "final": False, "files": list(typed.files)},
            key=key,
        )
    except Refused as refused:
        return await _form(request, visitor, case_id, typed, {"words": said(refused)}, status=refused.status)
    number, asked = made["defences"][-1]["number"], ""
    if typed.hearing == "yes":
        asked = "?hearing=" + await _ask_for_hearing(visitor, case_id, key)
    return RedirectResponse(f"/portal/cases/{case_id}/statements/{number}{asked}", 303)


@router.get("/portal/cases/{case_id}/statements/{number}")
async def read_receipt(
    case_id: str, number: int, request: Request, visitor: SignedIn, hearing: str = ""
) -> Response:
    """The receipt: number, time, the words and files that the agency holds, and what comes next."""
    case = await visitor.get(f"/v1/cases/{case_id}")
    stated = (await visitor.get(f"/v1/cases/{case_id}/defences"))["items"]
    mine = next((each for each in stated if each["number"] == number), None)
    if mine is None:
        raise Refused(404, {})
    due = [each for each in case["deadlines"] if rule_of(each["rule"]) in ("review_defence", "decide")]
    return await shown(
        request,
        "portal/receipt.html",
        agency_id=case["agency_id"],
        case=case,
        stated=mine,
        due=due,
        hearing=hearing if hearing in ("asked", "refused") else "",
        named=rule_of,
    )


async def _ask_for_hearing(visitor: Visitor, case_id: str, key: str) -> str:
    try:
        await visitor.post(f"/v1/cases/{case_id}/hearing-request", {}, key=f"{key}h")
    except Refused:
        # The statement is in: the receipt says that the hearing is not, and the case says why.
        return "refused"
    return "asked"


async def _form(
    request: Request,
    visitor: Visitor,
    case_id: str,
    typed: Typed,
    faults: Mapping[str, str] | None = None,
    *,
    status: int = 200,
) -> Response:
    return await _page(
        request,
        visitor,
        case_id,
        "portal/statement.html",
        typed=typed,
        faults=faults or {},
        about=[(code, say(f"portal.about.{code}", visitor.language)) for code in ABOUT],
        status=422 if faults and status == 200 else status,
    )


async def _page(
    request: Request, visitor: Visitor, case_id: str, template: str, *, typed: Typed, **context: Any
) -> Response:
    case = await visitor.get(f"/v1/cases/{case_id}")
    acts = {each["act"]: each for each in (await visitor.get(f"/v1/cases/{case_id}/next-acts"))["items"]}
    files = {each["number"]: each for each in await list_files(visitor, case_id)}
    return await shown(
        request,
        template,
        agency_id=case["agency_id"],
        case=case,
        act=acts.get("defences"),
        hearing=acts.get("hearing-request"),
        typed=typed,
        files=[files[n] for n in typed.files if n in files],
        **context,
    )


def _missing(typed: Typed, language: Language) -> dict[str, str]:
    faults = {} if typed.about else {"about": say("portal.statement.about_missing", language)}
    return faults | ({} if typed.words else {"words": say("portal.statement.words_missing", language)})


def said(refused: Refused) -> str:
    """What the API refused, field by field where it says so, as one sentence."""
    errors = refused.problem.get("errors") or refused.problem.get("violations") or []
    found = [str(each.get("message") or each.get("detail") or "") for each in errors]
    return " ".join(filter(None, found)) or str(refused.problem.get("detail") or refused.code)
