"""Pages from templates: every text is escaped, every word comes from `words/`, every form knows its session.

A template lies beside the module that fills it and is named by its folder: `console/today.html`. It formats and never
judges: what is allowed, when something is due and why something was refused comes from the API.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import jinja2
from markupsafe import Markup
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from common.values import law
from common.values.clock import BEIJING
from common.values.refusals import Language
from gateway.web.assets import asset
from gateway.web.visitor import CODE, Refused, Visitor, sign_in_url
from gateway.web.words import say, word

_FOLDER: Final = Path(__file__).parent
PROOF_FIELD: Final = "page"
KEY_FIELD: Final = "key"
"""Hidden fields of every form: what proves its page, and the key with which its act happens once."""

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class SendAgain(Exception):
    """A form came without a session, or from a page of an earlier one. What was typed is kept: `fields`.

    `is_signing`: the session goes on, but the act signs and needs a fresh sign-in.
    """

    def __init__(self, fields: FormData, *, is_signing: bool = False) -> None:
        super().__init__()
        kept = [(name, value) for name, value in fields.multi_items() if name != PROOF_FIELD]
        self.key = text_of(fields, KEY_FIELD)
        self.fields = [(name, value) for name, value in kept if isinstance(value, str) and name != KEY_FIELD]
        self.had_files = any(isinstance(value, UploadFile) and value.filename for _, value in kept)
        self.is_signing = is_signing


@cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals |= {"asset": asset}
    return environment


def render(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    """`template` as the visitor of `request` sees it. Raises jinja2.UndefinedError for a name it is not given."""
    visitor: Visitor = request.state.visitor
    language = visitor.language

    def said(name: str, **facts: object) -> Markup:
        return Markup(say(name, language, **{key: Markup.escape(fact) for key, fact in facts.items()}))

    shown = context | {
        "visitor": visitor,
        "lang": language.value,
        "html_lang": "zh-CN" if language is Language.ZH else "en",
        "say": said,
        "word": lambda kind, code: word(kind, str(code), language),
        "title_of": lambda summary: title_of(summary, language),
        "day": lambda value: day(value, language),
        "instant": lambda value: instant(value, language),
        "money": money,
        "law": lambda value: law_of(value, language),
        "here": request.url.path,
        "switch": _switch(request, "en" if language is Language.ZH else "zh"),
        "notice": request.app.state.notice,
        "sign_in": sign_in_url(request.url.path if request.method == "GET" else "/"),
        "new_key": uuid.uuid4().hex,
    }
    body = _templates().get_template(template).render(shown)
    answer = HTMLResponse(body, status)
    if request.query_params.get("lang") in ("zh", "en"):
        answer.set_cookie(
            "lang", language.value, max_age=31_536_000, samesite="lax", secure=True, httponly=True
        )
    return answer


def _switch(request: Request, language: str) -> str:
    """This page in the other language: a path, because behind a proxy we know neither our name nor our scheme."""
    others = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    path = request.url.path if request.method == "GET" else "/"
    return f"{path}?{urlencode([*others, ('lang', language)])}"


async def form(request: Request, *, needs_key: bool = True) -> FormData:
    """The fields of a form of a page that this session showed. Raises SendAgain for any other.

    `needs_key` is False where the browser may have lost the session's key: to sign out.
    """
    fields = await request.form(max_files=20, max_fields=200)
    visitor: Visitor = request.state.visitor
    request.state.form = fields
    is_proven = visitor.signed is not None and (visitor.signed.is_proven or not needs_key)
    if not is_proven or fields.get(PROOF_FIELD) != visitor.proof:
        raise SendAgain(fields)
    return fields


def text_of(fields: FormData, name: str) -> str:
    """One field's text without the space around it; empty where the form has none."""
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else ""


def texts_of(fields: FormData) -> dict[str, list[str]]:
    """Every text of a form by its name; files are left out."""
    texts: dict[str, list[str]] = {}
    for name, value in fields.multi_items():
        if isinstance(value, str):
            texts.setdefault(name, []).append(value)
    return texts


def refused_page(request: Request, refused: Refused) -> Response:
    """What the API refused, in its own words, with what can be done next."""
    answer = render(request, "refused.html", status=refused.status, refused=refused)
    if refused.retry_after is not None:
        answer.headers["retry-after"] = refused.retry_after
    return answer


def send_again_page(request: Request, again: SendAgain) -> Response:
    """What was typed, kept in the page, to be sent again once the visitor is signed in, in a window beside it."""
    is_partys = request.url.path.startswith("/portal") and not again.is_signing
    beside = (
        f"{CODE}?next=/sign-in/done" if is_partys else sign_in_url("/sign-in/done", is_fresh=again.is_signing)
    )
    return render(request, "sendagain.html", status=401, again=again, beside=beside)


def title_of(summary: str, language: Language) -> str:
    """The title of an operation of the API, which names it in both languages: `申请立案 · Apply for filing`."""
    zh, _, en = summary.partition(" · ")
    return zh if language is Language.ZH or not en else en


def day(value: str | date | None, language: Language) -> str:
    """A legal day as people write it; an en dash without one."""
    if value is None:
        return "–"
    read = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    if language is Language.ZH:
        return f"{read.year} 年 {read.month} 月 {read.day} 日"
    return f"{read.day} {_MONTHS[read.month - 1]} {read.year}"


def instant(value: str | datetime | None, language: Language) -> str:
    """An instant as the clocks of the city show it (Asia/Shanghai), to the minute; an en dash without one."""
    if value is None:
        return "–"
    read = datetime.fromisoformat(value) if isinstance(value, str) else value
    local = read.astimezone(BEIJING)
    return f"{day(local.date(), language)} {local:%H:%M}"


def law_of(cited: str | None, language: Language) -> str:
    """The provisions `cited` (`APL 41(1); NJ 10`) as a document quotes them in Chinese; in English as they are."""
    if not cited:
        return ""
    quoted = [_quoted(one.strip(), language) for one in cited.split(";")]
    return ("、" if language is Language.ZH else "; ").join(quoted)


def _quoted(cite: str, language: Language) -> str:
    if cite.startswith("set_by:"):
        return say("site.law.city", language)
    if language is not Language.ZH:
        return cite
    try:
        return law.cited(cite).zh
    except KeyError:
        return cite


def money(fen: int) -> str:
    """An amount of fen in yuan, with a thin space at thousands: `3 000.00`."""
    yuan, rest = divmod(fen, 100)
    return f"{yuan:,}".replace(",", "\u2009") + f".{rest:02d}"
